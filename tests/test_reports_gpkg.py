"""The findings as a GeoPackage: each finding in a layer of its kind or in the table of those without geometry, none lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import pytest
import shapely
from lxml import etree

from checker import writers
from checker.errors import CannotFinish
from checker.model import ConflictGeometry, Report
from checker.writers.lists import FINDINGS
from tests.packages import run
from tests.reports import demo
from tests.test_reports_xlsx import with_finding

LAYERS = {
    "zh": ["冲突面", "冲突线", "冲突点", "无图形问题"],
    "en": ["conflict_polygons", "conflict_lines", "conflict_points", "findings_without_geometry"],
}

FEATURES = {
    "zh": ["相关要素面", "相关要素线", "相关要素点"],
    "en": ["features_polygons", "features_lines", "features_points"],
}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "问题.gpkg"


def put(report: Report, file: Path, lang: str = "zh") -> Path:
    written = writers.write(report, "gpkg", lang)
    assert isinstance(written, bytes)
    file.write_bytes(written)
    return file


def layer(file: Path, name: str) -> tuple[dict[str, Any], pa.Table]:
    return pyogrio.read_arrow(file, layer=name)  # type: ignore[no-any-return]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_is_in_a_layer_of_its_kind_or_in_the_table_without_geometry(lang: str, file: Path) -> None:
    put(demo(), file, lang)
    assert [name for name, _ in pyogrio.list_layers(file)] == [
        *LAYERS[lang][:3],
        *FEATURES[lang],
        LAYERS[lang][3],
        "layer_styles",
    ]
    heading = FINDINGS[0].heading.in_(lang)
    found = [id for name in LAYERS[lang] for id in layer(file, name)[1].column(heading).to_pylist()]
    assert sorted(found) == sorted(finding.id for finding in demo().findings)
    kinds = [pyogrio.read_info(file, layer=name) for name in LAYERS[lang]]
    assert [kind["geometry_type"] for kind in kinds] == ["MultiPolygon", "MultiLineString", "MultiPoint", None]
    assert [kind["crs"] for kind in kinds] == ["EPSG:4490"] * 3 + [None]


def test_a_conflict_is_where_it_is_and_says_what_the_report_says(file: Path) -> None:
    put(demo(), file)
    (finding,) = (f for f in demo().findings if f.rule.code == "TP-202")
    (row,) = (r for r in layer(file, "冲突面")[1].to_pylist() if r["规则"] == "TP-202")
    assert finding.geometry is not None and finding.geometry.wkb is not None
    assert shapely.equals(shapely.from_wkb(row["geom"]), shapely.from_wkb(finding.geometry.wkb))
    assert (row["问题"], row["级别"], row["实测"], row["行、要素或段"]) == (
        finding.message.zh,
        "违反",
        "3,800.29 m²",
        21,
    )


def test_a_geometry_of_several_kinds_is_in_each_layer_and_an_empty_one_in_the_table(file: Path) -> None:
    inner = shapely.GeometryCollection([shapely.LineString([(0, 0), (1, 1)]), shapely.Point(2, 2)])
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), inner])
    report, _ = with_finding(demo(), geometry=ConflictGeometry(shapely.to_wkb(mixed)))
    put(report, file)
    assert [layer(file, name)[1].num_rows for name in LAYERS["zh"]] == [1, 1, 1, 0]
    for none in (shapely.to_wkb(shapely.Polygon()), None):
        put(with_finding(demo(), geometry=ConflictGeometry(none))[0], file)
        assert [layer(file, name)[1].num_rows for name in LAYERS["zh"]] == [0, 0, 0, 1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_qgis_finds_a_style_by_severity_for_each_layer(lang: str, file: Path) -> None:
    with sqlite3.connect(put(demo(), file, lang)) as base:
        styles = base.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
    assert [style[:3] for style in styles] == [(name, "geom", 1) for name in (*LAYERS[lang][:3], *FEATURES[lang])]
    heading, values = {"zh": ("级别", ["违反", "警告", "提示"]), "en": ("severity", ["violation", "warning", "info"])}[
        lang
    ]
    for *_, qml in styles:
        root = etree.fromstring(qml)
        assert root.find("renderer-v2").get("attr") == heading  # type: ignore[union-attr]
        assert [category.get("value") for category in root.iter("category")] == values
        assert len(list(root.iter("symbol"))) == len(values)


def test_the_same_report_gives_the_same_bytes_and_the_clock_of_gdal_goes_on() -> None:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    assert writers.write(demo(), "gpkg", "zh") == writers.write(demo(), "gpkg", "zh")
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == before


def test_without_coordinates_it_is_refused_before_anything_is_checked(file: Path) -> None:
    ran = run("check", file.parent / "没有", "--no-geometry", "-o", file)
    assert ran.status == 2 and "--no-geometry" in ran.err and "GeoPackage" in ran.err and not file.exists()
    with pytest.raises(CannotFinish):
        writers.write(replace(demo(), geometry_crs=None), "gpkg", "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_features_that_findings_are_about_are_there_whole(lang: str, file: Path) -> None:
    ran = run("demo", "--lang", lang, "-o", file)
    assert ran.status == 0, ran.err
    found = layer(file, FEATURES[lang][0])[1].to_pylist()
    name, ids = {"zh": ("要素", "问题编号"), "en": ("feature", "finding ids")}[lang]
    site = next(row for row in found if row[name] == "YD-P27-1")
    on_the_red_line = next(f for f in demo().findings if f.rule.code == "TP-202")
    assert on_the_red_line.id in site[ids].split()
    geometry = next(value for value in site.values() if isinstance(value, bytes))
    assert on_the_red_line.geometry is not None and on_the_red_line.geometry.wkb is not None
    conflict = shapely.from_wkb(on_the_red_line.geometry.wkb)
    assert shapely.from_wkb(geometry).buffer(1e-7).covers(conflict), "the whole site holds the conflict"
    elsewhere = next(f for f in demo().findings if f.rule.code == "NT-204")
    both = {row[name] for row in found if elsewhere.id in row[ids].split()}
    assert both == {"YD-P05-1", "JD-JX05-1"}, "of a finding between two plans, the features of both"
