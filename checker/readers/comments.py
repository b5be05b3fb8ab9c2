"""Reads the comments on cells of a workbook, which reviewers like to write into; hands on tables with a column for them."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from lxml import etree

from checker.errors import Text
from checker.model import Content, Note, Place, SourceTable
from checker.readers.refusal import BROKEN_ZIP
from checker.readers.sheets import parser, sheets_by_part, unreadable

HEADING = "批注 comments"
_AT = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def added(content: Content, path: Path, name: str) -> Content:
    """What was read of a workbook, with the comments on each row in a column; those beside the rows are remarks."""
    found: dict[tuple[str, int], list[str]] = {}
    for sheet, row, text in _comments(path, name):
        found.setdefault((sheet, row), []).append(text)
    if not found:
        return content
    tables, kept = [], set[tuple[str, int]]()
    for table in content.tables:
        places = [(table.part, row) for row in table.rows.to_pylist()]
        texts = ["\n".join(found[place]) if place in found else None for place in places]
        is_there = any(texts) and table.kind is not None
        tables.append(_with(table, texts) if is_there else table)
        kept |= set(places) if is_there else set()
    lost = sorted(place for place in found if place not in kept)
    return replace(
        content, tables=tuple(tables), notes=(*content.notes, *(_beside(name, *at, found[at]) for at in lost))
    )


def _with(table: SourceTable, texts: list[str | None]) -> SourceTable:
    heading, n = HEADING, 1
    while heading in table.columns.column_names:  # of an earlier list, in which they stand as texts
        heading, n = f"{HEADING} #{n + 1}", n + 1
    return replace(table, columns=table.columns.append_column(heading, pa.array(texts, pa.string())))


def _beside(name: str, sheet: str, row: int, texts: list[str]) -> Note:
    said = " ".join(" ".join(texts).split())
    text = Text(f"单元格批注没有对应的行：{said}", f"A comment on a cell belongs to no row that was read: {said}")
    return Note(text, Place(name, sheet, row))


def _comments(path: Path, name: str) -> Iterator[tuple[str, int, str]]:
    """(sheet, row, text) of each comment, in the order of the sheet."""
    try:
        with zipfile.ZipFile(path) as parts:
            members = set(parts.namelist())
            for part, sheet in sheets_by_part(parts).items():
                folder, file = posixpath.split(part)
                links = posixpath.join(folder, "_rels", f"{file}.rels")
                if links not in members:
                    continue
                for link in etree.fromstring(parts.read(links), parser()):
                    target = posixpath.normpath(posixpath.join("/", folder, link.get("Target", "")))[1:]
                    if link.get("Type", "").endswith("/comments") and target in members:
                        yield from ((sheet, *said) for said in _texts(parts.read(target)))
    except (*BROKEN_ZIP, KeyError, etree.XMLSyntaxError):
        raise unreadable(name) from None


def _texts(xml: bytes) -> Iterator[tuple[int, str]]:
    for comment in etree.fromstring(xml, parser()).iter("{*}comment"):
        at = _AT.fullmatch(comment.get("ref", ""))
        text = "".join(part.text or "" for part in comment.iter("{*}t")).strip()
        if at and text:
            yield int(at[2]), text
