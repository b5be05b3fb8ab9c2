"""Writes reports, one module a format: each has ``write(report, lang)``, which gives text, or bytes for what is no text."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from checker.model import Report

# Format, which is the name of its module here -> how files of it end. Modules are imported when they are asked for.
FORMATS = {
    "text": ".txt",
    "json": ".json",
    "html": ".html",
    "docx": ".docx",
    "xlsx": ".xlsx",
    "gpkg": ".gpkg",
    "sarif": ".sarif",
    "junit": ".xml",
    "shacl": ".ttl",
}
GROUPS = ("clause", "place")  # by what a text can group findings
_DRAW_MAPS = {"html"}  # those that show the report's layers
_DRAW_FEATURES = {"gpkg"}  # those that show the features that findings are about


def format_of(file: Path, known: Mapping[str, str] = FORMATS) -> str | None:
    """The format that files with such a name have, of those known with their endings; None where the name does not tell."""
    return next((form for form, ending in known.items() if file.name.lower().endswith(ending)), None)


def write(report: Report, form: str, lang: str, *more: Any) -> str | bytes:
    """The report in one of ``FORMATS``. ``more``: what that format takes besides."""
    written: str | bytes = importlib.import_module(f"checker.writers.{form}").write(report, lang, *more)
    return written


class Drawn(TypedDict):
    """What of a report is only made where a format shows it, as options of a request."""

    with_map: bool
    with_features: bool


def drawn_by(forms: Iterable[str]) -> Drawn:
    """What some formats show."""
    wanted = set(forms)
    return {"with_map": bool(wanted & _DRAW_MAPS), "with_features": bool(wanted & _DRAW_FEATURES)}
