"""Opens what people submit, one module a format; hands on a ``Package`` of columns with the place of every row."""

from checker.readers.package import is_there, packages, read

__all__ = ["is_there", "packages", "read"]
