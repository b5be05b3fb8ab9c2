"""Writes reports, one module a format: each has ``write(report, lang) -> str``."""

from collections.abc import Callable

from checker.model import Report
from checker.writers import json, text

FORMATS: dict[str, Callable[[Report, str], str]] = {"text": text.write, "json": json.write}

__all__ = ["FORMATS"]
