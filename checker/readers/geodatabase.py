"""Holds what GDAL reads of a File Geodatabase against the database's own counts, for GDAL takes a broken table for an empty one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyogrio

from checker.errors import CannotFinish, Text
from checker.readers.refusal import unreadable

_CATALOGUE = "GDB_SystemCatalog"  # the table that lists the tables; their numbers are its row ids
_COUNTED = 3  # the version of the format in which a table's head begins with its number of rows; that of ArcGIS 10
_HEAD, _BLOCK = 16, 1024  # bytes of the head of an index of rows; offsets that stand in one of its blocks


def refuse_loss(path: Path, name: str, rows: Mapping[str, int]) -> None:
    """Raises CannotFinish where a layer has other than the rows that were read of it (``rows``: layer -> how many)."""
    _, listed = pyogrio.read_arrow(path, layer=_CATALOGUE, columns=["Name"], return_fids=True)
    numbers = dict(zip(listed.column("Name").to_pylist(), listed.column(0).to_pylist(), strict=True))
    files = {file.name.casefold(): file for file in path.iterdir()}
    for layer, read in rows.items():
        stem = f"a{numbers.get(layer, 0):08x}"
        table, index = (files.get(f"{stem}.{ending}") for ending in ("gdbtable", "gdbtablx"))
        stated = {read, *(_stated(table) if table else [-1]), *(_indexed(index) if index else [])}
        if len(stated) > 1:
            raise _damaged(name, layer)


def _stated(table: Path) -> list[int]:
    """The number of rows in the head of a table; none for a version that has it elsewhere."""
    with table.open("rb") as stream:
        head = stream.read(8)
    version, count = (int.from_bytes(head[at : at + 4], "little") for at in (0, 4))
    return [count] if version == _COUNTED else [] if version == _COUNTED + 1 else [-1]


def _indexed(index: Path) -> list[int]:
    """The number of rows that an index of rows knows the place of: a row that was deleted has none."""
    data = np.fromfile(index, np.uint8)
    if len(data) < _HEAD:
        return [-1]
    version, blocks, _, width = data[:_HEAD].view("<u4").tolist()
    if version == _COUNTED + 1:
        return []
    if version != _COUNTED or not 4 <= width <= 6 or len(data) < _HEAD + blocks * _BLOCK * width:
        return [-1]
    return [int(data[_HEAD : _HEAD + blocks * _BLOCK * width].reshape(-1, width).any(axis=1).sum())]


def _damaged(name: str, layer: str) -> CannotFinish:
    return unreadable(
        name,
        Text(
            f"图层“{layer}”已损坏，读到的要素数与数据库自己的记录不符。",
            f"its layer '{layer}' is damaged: the features that can be read are not as many as the database says.",
        ),
    )
