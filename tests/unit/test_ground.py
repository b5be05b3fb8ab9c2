"""The geometry of a conflict: whose ground it is, in which CRS, how light, and that it can be left out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from tests.packages import FORM, PLAN_XML, PROJECTS, Ran, check, layer, package, run, territory, workbook

X, Y = 500_000, 3_300_000
TO_METRES = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True).transform
BOW_TIE = shapely.Polygon([(X, Y), (X + 50, Y + 50), (X + 50, Y), (X, Y + 50)])


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def finding(ran: Ran, code: str) -> dict[str, Any]:
    (found,) = (f for f in ran.report["findings"] if f["rule"] == code)
    return found


def shown(ran: Ran, code: str) -> BaseGeometry:
    """The geometry of the one finding of a rule, back in metres."""
    return shapely.transform(shapely.geometry.shape(finding(ran, code)["geometry"]), TO_METRES, interleaved=False)


def same(a: BaseGeometry, b: BaseGeometry) -> bool:
    return bool(a.symmetric_difference(b).area < 1)


def mosaic(folder: Path, shapes: Sequence[BaseGeometry | None], crs: str = "EPSG:4549") -> Path:
    """A territorial plan with planning zones."""
    folder.mkdir(exist_ok=True)
    (folder / "plan.xml").write_text(PLAN_XML.replace("smart-city", "territorial"), encoding="utf-8")
    layer(folder / "库.gpkg", "GHFQ", shapes, {"BSM": [f"Z{i}" for i in range(len(shapes))]}, crs)
    return folder


def test_the_crs_is_named_and_longitude_goes_first(tmp_path: Path) -> None:
    ran = check(mosaic(tmp_path, [BOW_TIE]))
    assert ran.report["geometryCrs"] == "EPSG:4490"
    lon, lat = finding(ran, "DQ-111")["geometry"]["coordinates"]
    assert 119 < lon < 121 and 29 < lat < 30


def test_an_invalid_feature_is_shown_by_the_point_where_it_goes_wrong(tmp_path: Path) -> None:
    ran = check(mosaic(tmp_path, [BOW_TIE]))
    assert shown(ran, "DQ-111").distance(shapely.Point(X + 25, Y + 25)) < 0.01
    assert "(500025.00, 3300025.00)" in finding(ran, "DQ-111")["message"]["en"]


def test_an_overlap_and_a_gap_are_shown(tmp_path: Path) -> None:
    ran = check(mosaic(tmp_path / "a", [box(0, 0, 100, 100), box(90, 0, 190, 100)]))
    assert same(shown(ran, "DQ-112"), box(90, 0, 100, 100))
    ring = [box(0, 0, 100, 40), box(0, 60, 100, 100), box(0, 40, 45, 60), box(55, 40, 100, 60)]
    assert same(shown(check(mosaic(tmp_path / "b", ring)), "DQ-112"), box(45, 40, 55, 60))


def test_the_ground_taken_of_several_parcels_is_shown_as_one(tmp_path: Path) -> None:
    site = package(tmp_path / "p", site=box(0, 0, 100, 100))
    red = [box(-50, -50, 30, 200), box(30, 0, 40, 50), box(90, 90, 200, 200)]
    ran = check(site, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=red, YJJBNT=[box(500, 0, 600, 100)]))
    assert same(shown(ran, "TP-202"), shapely.intersection(box(0, 0, 100, 100), shapely.union_all(red)))
    assert ran.outcome("TP-201") == "passed"


@pytest.mark.parametrize("boundary", [[box(0, 0, 70, 100), box(0, 0, 20, 300)], [box(900, 0, 950, 100)]])
@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:4490"])
def test_the_part_outside_is_shown(tmp_path: Path, boundary: list[BaseGeometry], crs: str) -> None:
    """Also where the boundary is in another CRS than the site."""
    plan = package(tmp_path / "p", {"规划信息": FORM, "项目表": PROJECTS}, site=box(0, 0, 100, 100))
    to = pyproj.Transformer.from_crs("EPSG:4549", crs, always_xy=True).transform
    lines = [shapely.transform(shape, to, interleaved=False) for shape in boundary]
    path = layer(tmp_path / "t.gpkg", "CZKFBJ", lines, {"BSM": [f"C{i}" for i in range(len(lines))]}, crs)
    ran = check(plan, "--territorial", path)
    assert same(shown(ran, "TP-203"), box(0, 0, 100, 100).difference(shapely.union_all(boundary)))


def test_a_finding_on_a_feature_is_shown_by_the_feature(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    mosaic(folder, [box(0, 0, 100, 100)])
    (folder / "库.gpkg").unlink()
    layer(folder / "库.gpkg", "GHFQ", [box(0, 0, 100, 100)], {"BSM": ["Z"], "MJ": [5.0]})
    assert same(shown(check(folder), "DQ-114"), box(0, 0, 100, 100))


def test_a_finding_on_no_ground_has_no_geometry(tmp_path: Path) -> None:
    workbook(
        tmp_path / "表.xlsx",
        {"规划信息": FORM, "项目表": [PROJECTS[0], ("P-1", "甲", "道路", "2026年", "约3", "不占地")]},
    )
    assert "geometry" not in finding(check(tmp_path), "DQ-115")


def test_what_has_no_exact_place_is_not_shown_but_said(tmp_path: Path) -> None:
    """Beijing 1954 is tens of metres off CGCS2000, and PROJ knows no exact way."""
    found = finding(check(mosaic(tmp_path, [box(0, 0, 3, 3)], "EPSG:2437")), "DQ-113")
    assert found["geometry"] is None and "CGCS2000" in found["geometryNote"]["en"]


def test_heavy_geometries_are_made_light_and_it_is_said(tmp_path: Path) -> None:
    circle = shapely.Point(X, Y).buffer(500, quad_segs=5000)
    found = finding(check(mosaic(tmp_path, [circle, circle])), "DQ-112")
    assert len(found["geometry"]["coordinates"][0]) <= 1000
    assert re.search(r"20,?001 vertices to \d+", found["geometryNote"]["en"])
    light = shapely.transform(shapely.geometry.shape(found["geometry"]), TO_METRES, interleaved=False)
    assert light.symmetric_difference(circle).area < circle.area * 0.001


def test_no_report_holds_more_than_so_many_vertices_of_dust(tmp_path: Path) -> None:
    dust = shapely.MultiPolygon([box(20 * i, 20 * j, 20 * i + 1, 20 * j + 1) for i in range(20) for j in range(20)])
    found = finding(check(mosaic(tmp_path, [dust])), "DQ-113")
    assert shapely.get_num_coordinates(shapely.geometry.shape(found["geometry"])) <= 1000


def test_coordinates_are_rounded_to_a_millimetre_and_stand_in_pairs(tmp_path: Path) -> None:
    ran = check(mosaic(tmp_path, [box(0, 0, 100, 100), box(90, 0, 190, 100)]))
    coordinates = np.array(finding(ran, "DQ-112")["geometry"]["coordinates"][0])
    assert (np.round(coordinates, 8) == coordinates).all()
    assert re.search(r"\[\d+\.\d+, \d+\.\d+\]", ran.out)


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_geometry_leaves_every_coordinate_out(tmp_path: Path, form: str) -> None:
    shapes = [box(0, 0, 100, 100), box(90, 0, 190, 100), box(0, 300, 100, 340), box(0, 360, 100, 400)]
    shapes += [box(0, 340, 45, 360), box(55, 340, 100, 360)]
    folder = mosaic(tmp_path / "p", shapes)
    layer(folder / "乙.gpkg", "YJJBNT", [BOW_TIE], {"BSM": ["Y-1"]})
    layer(folder / "丙.gpkg", "STBHHX", [shapely.box(3_300_000, 500_000, 3_300_100, 500_100)], {"BSM": ["S-1"]})
    places = re.compile(r"5000\d\d|33000\d\d|33003\d\d|119\.\d{3}|120\.\d{3}|29\.\d{3}")
    with_them = run("check", folder, "--format", form)
    assert len(places.findall(with_them.out)) > 6, "the test would see coordinates"
    without = run("check", folder, "--format", form, "--no-geometry")
    assert not places.search(without.out)
    if form == "json":
        assert without.report["geometryCrs"] is None and '"geometry":' not in without.out
        assert [f["id"] for f in without.report["findings"]] == [f["id"] for f in with_them.report["findings"]]
        assert {"DQ-103", "DQ-111", "DQ-112"} <= {f["rule"] for f in json.loads(without.out)["findings"]}


def test_a_cell_of_one_project_does_not_hide_the_conflict_of_another(tmp_path: Path) -> None:
    """Both sites lie in the same parcel; that must not make the one depend on the other."""
    rows = [*PROJECTS[:2], ("P-3", "乙", "数据中心", "2026年", 800, "乱写")]
    plan = tmp_path / "p"
    plan.mkdir()
    workbook(plan / "表.xlsx", {"规划信息": FORM, "项目表": rows})
    sites = {"用地编号": ["S-1", "S-3"], "项目编号": ["P-1", "P-3"]}
    layer(plan / "图.gpkg", "项目用地", [box(0, 0, 100, 100), box(200, 0, 300, 100)], sites)
    ran = check(plan, "--territorial", territory(tmp_path / "t.gpkg", YJJBNT=[box(-50, -50, 400, 400)]))
    assert finding(ran, "TP-201")["subject"]["en"] == "S-1"
