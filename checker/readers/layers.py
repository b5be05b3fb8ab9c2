"""Reads vector layers through pyogrio as Arrow columns with WKB geometry."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from checker.errors import CannotFinish, Text
from checker.model import Content, SourceTable
from checker.vocabulary import Vocabulary


def read(path: Path, name: str, _: Vocabulary) -> Content:
    """Every layer and attribute table of a GeoPackage or GeoJSON file.

    Raises CannotFinish for a file that GDAL cannot open.
    """
    logging.getLogger("pyogrio").setLevel(logging.CRITICAL)
    _refuse_disguise(path, name)
    try:
        return Content(tuple(_layer(path, name, str(layer)) for layer, _ in pyogrio.list_layers(path)))
    except (DataSourceError, DataLayerError, pa.ArrowException) as error:
        detail = " ".join(str(error).split()).replace(str(path), name).partition(";")[0][:200]
        raise CannotFinish(
            Text(f"空间数据文件打不开：{detail}", f"This spatial file cannot be opened: {detail}"),
            name,
            Text(
                "请在 QGIS 或 ArcGIS 中打开检查，重新导出为 GeoPackage。",
                "Check it in QGIS or ArcGIS and export it again as GeoPackage.",
            ),
        ) from None


def _refuse_disguise(path: Path, name: str) -> None:
    """Refuses a file that is not what its name says.

    GDAL goes by contents: a virtual dataset named .gpkg would make it open other files, or addresses on the network.
    """
    with path.open("rb") as stream:
        head = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"SQLite format 3\0" if path.suffix.lower() == ".gpkg" else b"{"):
        raise CannotFinish(
            Text(
                "空间数据文件打不开：内容与扩展名不符。",
                "This spatial file cannot be opened: it is not what its extension says.",
            ),
            name,
            Text(
                "请在 QGIS 或 ArcGIS 中打开检查，重新导出为 GeoPackage。",
                "Check it in QGIS or ArcGIS and export it again as GeoPackage.",
            ),
        )


def _layer(path: Path, name: str, layer: str) -> SourceTable:
    meta, table = pyogrio.read_arrow(path, layer=layer, return_fids=True)
    table = table.rename_columns(_distinct(table.column_names))
    fid = meta.get("fid_column") or "OGC_FID"
    # Without a geometry column pyogrio names none; GDAL's own name for an unnamed one is wkb_geometry.
    shape = next(
        (c for c in (meta.get("geometry_name") or "wkb_geometry", "wkb_geometry") if c in table.column_names), None
    )
    rows = (
        _one(table.column(fid)).cast(pa.int32())
        if fid in table.column_names
        else pa.array(range(1, len(table) + 1), pa.int32())
    )
    names = [c for c in table.column_names if c not in (fid, shape)]
    columns = pa.table({c: _plain(_one(table.column(c))) for c in names}) if names else pa.table({})
    geometry = _one(table.column(shape)).cast(pa.binary()) if shape else None
    return SourceTable(name, layer, columns, rows, geometry, _crs(meta.get("crs")) if shape else None)


def _one(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _plain(column: pa.Array) -> pa.Array:
    """A column that can be read as text: bytes that are no UTF-8 are replaced, lists written out."""
    if pa.types.is_string(column.type):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            column = column.cast(pa.binary())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        texts = [None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()]
    elif pa.types.is_nested(column.type):
        texts = [None if v is None else str(v) for v in column.to_pylist()]
    else:
        return column
    return pa.array(texts, pa.string())


def _distinct(names: Sequence[str]) -> list[str]:
    """Column names, with a number behind those that are there already (GeoJSON's own id and a property id)."""
    found: list[str] = []
    for name in names:
        found.append(name if name not in found else f"{name} #{found.count(name) + 1}")
    return found


def _crs(crs: str | None) -> str | None:
    """The CRS as pyproj reads it; GeoPackage's 'undefined' entries are no CRS."""
    return None if not crs or "undefined" in crs.casefold() else crs
