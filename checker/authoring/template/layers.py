"""Writes the empty GeoPackage of a template: its layers with their geometry types and fields, in one CRS."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError
from rdflib import URIRef

from checker.authoring.template.choice import Choice, Sheet
from checker.authoring.template.names import name_in_layer
from checker.errors import CannotFinish, Text
from checker.vocabulary import SUB, Column, Vocabulary

_SHAPES = {"polygon": "MultiPolygon", "line": "MultiLineString", "point": "Point"}  # sub:geometryKind as GDAL calls it
_TYPES = {"decimal": "float64", "integer": "int64", "boolean": "bool", "date": "datetime64[D]"}
# SQLite writes the same bytes for the same layers, but for the hour at which GDAL says they were changed.
_SAME_BYTES = {"OGR_CURRENT_DATE": "1980-01-01T00:00:00.000Z", "OGR_SQLITE_JOURNAL": "DELETE"}


def gpkg(choice: Choice, epsg: int, lang: str) -> bytes:
    """The bytes of the GeoPackage. Raises CannotFinish for a number that is no CRS."""
    crs = _crs(epsg)
    before = {name: pyogrio.get_gdal_config_option(name) for name in _SAME_BYTES}
    pyogrio.set_gdal_config_options(_SAME_BYTES)
    try:
        with tempfile.TemporaryDirectory(prefix="plancheck-") as place:
            made = Path(place) / "layers.gpkg"
            for sheet in choice.layers:
                _layer(made, choice.terms, sheet, crs, lang)
            return made.read_bytes()
    finally:
        pyogrio.set_gdal_config_options(before)


def _layer(path: Path, terms: Vocabulary, sheet: Sheet, crs: str, lang: str) -> None:
    kind = str(terms.graph.value(URIRef(sheet.table.iri), SUB.geometryKind) or "")
    columns = [heading.column for heading in sheet.headings]
    pyogrio.raw.write(
        path,
        geometry=np.array([], dtype=object),
        field_data=[np.array([], dtype=_type(terms, column)) for column in columns],
        fields=[name_in_layer(terms, sheet, column, lang) for column in columns],
        layer=name_in_layer(terms, sheet, sheet.table, lang),
        driver="GPKG",
        geometry_type=_SHAPES.get(kind, "Unknown"),
        crs=crs,
        append=path.exists(),
    )


def _type(terms: Vocabulary, column: Column) -> str:
    prop = terms.properties.get(column.property)
    return _TYPES.get(prop.datatype or "", "object") if prop is not None else "object"


def _crs(epsg: int) -> str:
    try:
        return CRS.from_epsg(epsg).to_string()
    except CRSError:
        raise CannotFinish(
            Text(f"没有编号为 EPSG:{epsg} 的坐标系。", f"There is no CRS EPSG:{epsg}."),
            "--epsg",
            Text(
                "请填 2000 国家大地坐标系的编号：4490（经纬度），或所在投影带的 4513—4554。",
                "Use a code of CGCS2000: 4490 (longitude and latitude), or 4513 to 4554 for the zone that the place lies in.",
            ),
        ) from None
