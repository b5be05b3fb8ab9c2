"""Finds the values of a GeoPackage that are not of their column's type, which SQLite keeps and GDAL takes for others."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa


def with_strays(path: Path, layer: str, fids: pa.Array, columns: pa.Table) -> pa.Table:
    """The columns as GDAL read them, but as texts where some value is not of their type: that one then reads as it stands.

    ``fids``: int64, the rowids of the rows. Raises OSError for a layer that cannot be asked.
    """
    odd = {i: sql for i, field in enumerate(columns.schema) if (sql := _odd(field)) is not None}
    if not odd or not len(fids):
        return columns
    table = _quoted(layer)
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            is_view = bool(
                database.execute("SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'view'", [layer]).fetchone()
            )
            row = "row_number() OVER ()" if is_view else "rowid"  # a view has no rowids; GDAL reads it in its order
            rows = range(1, len(fids) + 1) if is_view else fids.to_pylist()
            for i, sql in odd.items():
                name = columns.column_names[i]
                read = f"SELECT {row} AS row, CAST({_quoted(name)} AS TEXT) AS text, {sql} AS is_odd FROM {table}"
                if found := dict(database.execute(f"SELECT row, text FROM ({read}) WHERE is_odd")):
                    columns = columns.set_column(i, name, _texts(rows, columns.column(i), found))
        except sqlite3.Error as error:
            raise OSError(str(error)) from None
    return columns


def _odd(field: pa.Field) -> str | None:
    """The SQL condition on values that are not of a column's type; None where all are."""
    value = _quoted(field.name)
    if pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_boolean(field.type):
        return f"typeof({value}) IN ('text', 'blob')"
    if pa.types.is_temporal(field.type):
        day = f"substr({value}, 1, 10)"
        return f"{value} IS NOT NULL AND coalesce(date({day}) <> {day}, true)"
    return None


def _texts(rows: Sequence[int], column: pa.ChunkedArray, strays: dict[int, str]) -> pa.Array:
    read = column.combine_chunks().cast(pa.string()).to_pylist()
    return pa.array([strays.get(row, text) for row, text in zip(rows, read, strict=True)], pa.string())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
