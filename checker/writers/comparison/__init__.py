"""Writes comparisons of two reports, one module a format, each with ``write(comparison, lang)``, as reports are written."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.comparison import Comparison

# Format, which is the name of its module here -> how files of it end.
FORMATS = {"text": ".txt", "json": ".json", "html": ".html"}


def write(comparison: Comparison, form: str, lang: str) -> str:
    """The comparison in one of ``FORMATS``."""
    written: str = importlib.import_module(f"checker.writers.comparison.{form}").write(comparison, lang)
    return written
