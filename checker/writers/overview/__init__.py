"""Writes the overview of an audit, one module a format: each has ``write(overview, lang)``."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.model import Overview

FORMATS = {"html": ".html", "xlsx": ".xlsx", "json": ".json"}  # besides text, which is printed; module -> how files end


def write(overview: Overview, form: str, lang: str) -> str | bytes:
    """The overview as text, or in one of ``FORMATS``. The same overview gives the same bytes."""
    written: str | bytes = importlib.import_module(f"checker.writers.overview.{form}").write(overview, lang)
    return written
