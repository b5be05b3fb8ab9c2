"""Finds the values of a GeoPackage that are not of their column's type, which SQLite keeps and GDAL takes for others."""

from __future__ import annotations

import contextlib
import sqlite3
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
            for i, sql in odd.items():
                name = columns.column_names[i]
                strays = f"SELECT rowid, CAST({_quoted(name)} AS TEXT) FROM {table} WHERE {sql}"
                if found := dict(database.execute(strays)):
                    columns = columns.set_column(i, name, _texts(fids, columns.column(i), found))
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


def _texts(fids: pa.Array, column: pa.ChunkedArray, strays: dict[int, str]) -> pa.Array:
    read = column.combine_chunks().cast(pa.string()).to_pylist()
    return pa.array([strays.get(fid, text) for fid, text in zip(fids.to_pylist(), read, strict=True)], pa.string())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
