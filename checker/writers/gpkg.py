"""The findings as a GeoPackage: a layer for each kind of geometry, styled by severity in QGIS, and a table of those without one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pyogrio
import shapely
from pyogrio.raw import write as write_layer

from checker.errors import CannotFinish, Text
from checker.model import Finding, Report, Severity
from checker.writers import lists
from checker.writers.lists import FINDINGS, Cell, Column
from checker.writers.words import SEVERITIES

_NO_GEOMETRY = Text("无图形问题", "findings_without_geometry")
_DAY = "1980-01-01T00:00:00.000Z"  # when layers say they were changed, so that the same report gives the same bytes
_COLUMNS: Sequence[Column] = (*FINDINGS, Column("note", Text("图形说明", "note on the geometry")))
_COLOURS = {Severity.VIOLATION: "215,48,39", Severity.WARNING: "252,141,89", Severity.INFO: "69,117,180"}

# Dimension of a geometry -> name of its layer, its type, and how QGIS draws it: symbol, layer of it, properties.
_LAYERS: Mapping[int, tuple[Text, str, str, str, str]] = {
    2: (Text("冲突面", "conflict_polygons"), "MultiPolygon", "fill", "SimpleFill", "color={0},110 outline_color={0},255 outline_width=0.6"),
    1: (Text("冲突线", "conflict_lines"), "MultiLineString", "line", "SimpleLine", "line_color={0},255 line_width=1"),
    0: (Text("冲突点", "conflict_points"), "MultiPoint", "marker", "SimpleMarker", "color={0},255 outline_color=255,255,255,255 size=3.5"),
}  # fmt: skip

# Features lie below the conflicts: outlines.
_OUTLINED: Mapping[int, str] = {
    2: "color={0},0 style=no outline_color={0},255 outline_width=0.3",
    1: "line_color={0},160 line_width=0.5",
    0: "color={0},120 outline_color={0},255 size=2.5",
}
_FEATURES: Mapping[int, Text] = {
    2: Text("相关要素面", "features_polygons"),
    1: Text("相关要素线", "features_lines"),
    0: Text("相关要素点", "features_points"),
}
_OF_FEATURES: Sequence[Column] = (
    Column("name", Text("要素", "feature")),
    Column("class", Text("类别", "class")),
    *(column for column in FINDINGS if column.name in ("file", "part", "row", "severity")),
    Column("count", Text("问题数", "findings")),
    Column("findings", Text("问题编号", "finding ids")),
    Column("note", Text("图形说明", "note on the geometry")),
)
_NUMBERS = {"row", "count"}

_Row = dict[str, Cell]


def write(report: Report, lang: str) -> bytes:
    """The bytes of the GeoPackage; the same report gives the same with the same GDAL and SQLite.

    Raises CannotFinish for a report without coordinates.
    """
    if report.geometry_crs is None:
        raise needs_coordinates()
    drawn, others = _by_dimension(report, lang)
    with tempfile.TemporaryDirectory() as folder, _as_if_on(_DAY):
        file = Path(folder) / "findings.gpkg"
        for dimension, (name, kind, *_) in _LAYERS.items():
            rows, shapes = drawn[dimension]
            _write(
                file,
                name.in_(lang),
                rows,
                lang,
                geometry=shapely.to_wkb(shapes),
                geometry_type=kind,
                crs=report.geometry_crs,
            )
        for dimension, (rows, shapes) in _features(report, lang).items():
            called, kind = _FEATURES[dimension].in_(lang), _LAYERS[dimension][1]
            wkb = shapely.to_wkb(shapes)
            _write(file, called, rows, lang, _OF_FEATURES, geometry=wkb, geometry_type=kind, crs=report.geometry_crs)
        _write(file, _NO_GEOMETRY.in_(lang), others, lang, geometry=None)
        _style(file, lang)
        return file.read_bytes()


def needs_coordinates() -> CannotFinish:
    """The refusal of this format where coordinates are to be left out."""
    return CannotFinish(
        Text(
            "GeoPackage 只能由坐标组成，而报告不得含有坐标。",
            "A GeoPackage is made of coordinates, and the report must hold none.",
        ),
        "--no-geometry",
        Text("请改用其他报告格式，或去掉 --no-geometry。", "Use another format, or leave out --no-geometry."),
    )


def _by_dimension(report: Report, lang: str) -> tuple[dict[int, tuple[list[_Row], Any]], list[_Row]]:
    """Rows with their geometries by dimension, and rows without one. A geometry of several kinds gives a row to each."""
    rows: dict[int, list[_Row]] = {dimension: [] for dimension in _LAYERS}
    shapes: dict[int, list[Any]] = {dimension: [] for dimension in _LAYERS}
    others = []
    for finding, row in zip(report.findings, lists.findings(report, lang), strict=True):
        found = finding.geometry
        row["note"] = found.note.in_(lang) if found is not None and found.note is not None else None
        parts = [] if found is None or found.wkb is None else _parts(shapely.from_wkb(found.wkb))
        for dimension, shape in parts:
            rows[dimension].append(row)
            shapes[dimension].append(shape)
        if not parts:
            others.append(row)
    return {d: (rows[d], np.array(shapes[d], dtype=object)) for d in _LAYERS}, others


def _features(report: Report, lang: str) -> dict[int, tuple[list[_Row], Any]]:
    """The features that findings are about, a row each with the findings that name it, by dimension."""
    naming: dict[str, list[Finding]] = {}
    for finding in report.findings:
        for iri in finding.individuals:
            naming.setdefault(iri, []).append(finding)
    rows: dict[int, list[_Row]] = {dimension: [] for dimension in _LAYERS}
    shapes: dict[int, list[Any]] = {dimension: [] for dimension in _LAYERS}
    for feature in report.concerned:
        found, geometry = naming[feature.iri], feature.geometry
        worst = max((f.severity for f in found), key=lambda severity: severity.rank)
        row: _Row = {
            "name": lists.printable(feature.name),
            "class": feature.label.in_(lang),
            "file": lists.printable(feature.place.file),
            "part": lists.printable(feature.place.part or ""),
            "row": feature.place.row,
            "severity": SEVERITIES[worst].in_(lang),
            "count": len(found),
            "findings": " ".join(f.id for f in found),
            "note": geometry.note.in_(lang) if geometry.note is not None else None,
        }
        for dimension, shape in _parts(shapely.from_wkb(geometry.wkb)) if geometry.wkb is not None else ():
            rows[dimension].append(row)
            shapes[dimension].append(shape)
    return {d: (rows[d], np.array(shapes[d], dtype=object)) for d in _LAYERS}


def _parts(shape: shapely.Geometry) -> list[tuple[int, shapely.Geometry]]:
    """What of a geometry has each dimension, as a multipart geometry; nothing for an empty one."""
    single = shapely.get_parts(shape)
    while (shapely.get_type_id(single) >= 4).any():  # collections in collections
        single = shapely.get_parts(single)
    single = single[~shapely.is_empty(single)]
    dimensions = shapely.get_dimensions(single)
    make = {2: shapely.multipolygons, 1: shapely.multilinestrings, 0: shapely.multipoints}
    return [(d, make[d](single[dimensions == d])) for d in _LAYERS if (dimensions == d).any()]


def _write(
    file: Path, name: str, rows: Sequence[_Row], lang: str, columns: Sequence[Column] = _COLUMNS, **more: Any
) -> None:
    """Adds a layer or table, by default with the columns of findings."""
    kinds = {column.name: "int32" if column.name in _NUMBERS else "object" for column in columns}
    data, masks = [], []
    for column in columns:
        values = [row[column.name] for row in rows]
        missing = np.array([value is None for value in values], dtype=bool)
        is_number = kinds[column.name] == "int32"
        data.append(np.array([0 if v is None and is_number else v for v in values], dtype=kinds[column.name]))
        masks.append(missing if is_number else None)
    headings = [column.heading.in_(lang) for column in columns]
    write_layer(
        str(file),
        field_data=data,
        fields=headings,
        field_mask=masks,
        layer=name,
        driver="GPKG",
        append=file.exists(),
        **more,
    )


def _style(file: Path, lang: str) -> None:
    """Adds the table in which QGIS looks for the style of a layer when it opens it."""
    named = [(name.in_(lang), _qml(symbol, layer, look, lang)) for name, _, symbol, layer, look in _LAYERS.values()]
    named += [(_FEATURES[d].in_(lang), _qml(*_LAYERS[d][2:4], look, lang)) for d, look in _OUTLINED.items()]
    columns: dict[str, list[Any]] = {
        "f_table_catalog": [""] * len(named),
        "f_table_schema": [""] * len(named),
        "f_table_name": [name for name, _ in named],
        "f_geometry_column": ["geom"] * len(named),
        "styleName": [name for name, _ in named],
        "styleQML": [qml for _, qml in named],
        "styleSLD": [""] * len(named),
        "useAsDefault": [True] * len(named),
        "description": [""] * len(named),
        "owner": [""] * len(named),
        "ui": [""] * len(named),
    }
    data = [np.array(values, dtype=bool if name == "useAsDefault" else object) for name, values in columns.items()]
    data.append(np.array([_DAY[:-1]] * len(named), dtype="datetime64[ms]"))
    write_layer(
        str(file), geometry=None, field_data=data, fields=[*columns, "update_time"], layer="layer_styles", driver="GPKG",
        append=True, layer_options={"FID": "id"},
    )  # fmt: skip


def _qml(symbol: str, layer: str, look: str, lang: str) -> str:
    """How QGIS draws a layer: a symbol for each severity, the worst first."""
    heading = next(column.heading for column in FINDINGS if column.name == "severity").in_(lang)
    categories, symbols = [], []
    for at, (severity, colour) in enumerate(_COLOURS.items()):
        word = quoteattr(SEVERITIES[severity].in_(lang))
        categories.append(f'<category symbol="{at}" value={word} label={word} render="true"/>')
        options = [option.split("=") for option in look.format(colour).split()]
        props = "".join(f'<prop k="{name}" v="{value}"/>' for name, value in options)
        drawn = f'<layer class="{layer}" enabled="1" locked="0" pass="0">{props}</layer>'
        symbols.append(f'<symbol type="{symbol}" name="{at}" alpha="1" clip_to_extent="1">{drawn}</symbol>')
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM"><qgis version="3.16" styleCategories="Symbology">'
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(heading)} enableorderby="0" forceraster="0" symbollevels="0">'
        f"<categories>{''.join(categories)}</categories><symbols>{''.join(symbols)}</symbols></renderer-v2></qgis>"
    )


@contextmanager
def _as_if_on(day: str) -> Iterator[None]:
    """Has GDAL take a time for now."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": day})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
