"""Measured areas, and overlaps and gaps of layers that must cover the ground, from real layers to findings."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

from tests.packages import FORM, PLAN_XML, PROJECTS, Ran, check, layer, workbook

X, Y = 500_000, 3_300_000


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def territorial(
    tmp_path: Path, shapes: list[shapely.Geometry | None], areas: list[float], crs: str = "EPSG:4549"
) -> Ran:
    """The check of a territorial plan with a layer of planning zones."""
    folder = tmp_path / "国土"
    folder.mkdir()
    (folder / "plan.xml").write_text(PLAN_XML.replace("smart-city", "territorial"), encoding="utf-8")
    columns = {"BSM": [f"Z{i}" for i in range(len(shapes))], "MJ": areas}
    layer(folder / "库.gpkg", "GHFQ", shapes, columns, crs)
    return check(folder)


def said(ran: Ran, code: str) -> list[str]:
    return [f["message"]["en"] for f in ran.report["findings"] if f["rule"] == code]


def test_parcels_that_only_touch_are_a_mosaic(tmp_path: Path) -> None:
    ran = territorial(tmp_path, [box(0, 0, 100, 100), box(100, 0, 200, 100)], [10_000.0, 10_000.0])
    assert ran.outcome("DQ-112") == "passed" and ran.outcome("DQ-114") == "passed"


@pytest.mark.parametrize("second", [box(90, 0, 200, 100), box(10, 10, 20, 20), box(0, 0, 100, 100)])
def test_parcels_that_share_ground_are_named_with_area_and_place(tmp_path: Path, second: shapely.Polygon) -> None:
    first = box(0, 0, 100, 100)
    (message,) = said(territorial(tmp_path, [first, second], [first.area, second.area]), "DQ-112")
    shared = shapely.area(shapely.intersection(first, second))
    assert "Z0" in message and "Z1" in message and f"{shared:,.0f} m²" in message


def test_a_gap_is_named_with_area_and_place(tmp_path: Path) -> None:
    ring = [box(0, 0, 100, 40), box(0, 60, 100, 100), box(0, 40, 45, 60), box(55, 40, 100, 60)]
    (message,) = said(territorial(tmp_path, ring, [shape.area for shape in ring]), "DQ-112")
    assert "gap of 200 m²" in message and "(500050.00, 3300050.00)" in message


def test_many_overlaps_of_one_parcel_are_told_apart(tmp_path: Path) -> None:
    shapes = [box(0, 0, 100, 100), box(90, 0, 190, 100), box(0, 90, 80, 190)]
    ran = territorial(tmp_path, shapes, [shape.area for shape in shapes])
    found = [f for f in ran.report["findings"] if f["rule"] == "DQ-112"]
    assert len(found) == 2 and len({f["id"] for f in found}) == 2


@pytest.mark.parametrize("broken", [None, shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])])
def test_a_layer_with_a_broken_parcel_is_undecided(tmp_path: Path, broken: shapely.Geometry | None) -> None:
    ran = territorial(tmp_path, [box(0, 0, 100, 100), broken], [10_000.0, 5.0])
    assert ran.outcome("DQ-112") == "undecided" and ran.outcome("DQ-114") == "undecided"


def test_an_empty_layer_is_undecided(tmp_path: Path) -> None:
    assert territorial(tmp_path, [], []).outcome("DQ-112") == "undecided"


def test_areas_are_measured_on_the_ellipsoid_where_the_crs_is_in_degrees(tmp_path: Path) -> None:
    """A square of one kilometre at 29.8° N, drawn in degrees."""
    side_lat, side_lon = 1000 / 110_860, 1000 / 96_700
    square = shapely.box(120, 29.8, 120 + side_lon, 29.8 + side_lat)
    ran = territorial(tmp_path, [square, square], [1_000_000.0, 2_000_000.0], "EPSG:4490")
    (message,) = said(ran, "DQ-114")
    measured = float(message.split("measures ")[1].split(" m²")[0].replace(",", ""))
    assert measured == pytest.approx(1_000_000, rel=0.005)


def test_random_mosaics_are_sound_until_one_parcel_moves(tmp_path: Path) -> None:
    cuts = np.concatenate([[0], np.sort(np.random.default_rng(7).uniform(0, 1000, 9)), [1000]])
    shapes = [box(a, c, b, d) for a, b in pairwise(cuts) for c, d in pairwise(cuts)]
    areas = [round(shape.area, 2) for shape in shapes]
    assert not said(territorial(tmp_path, shapes, areas), "DQ-112")
    (tmp_path / "国土").rename(tmp_path / "前")
    moved = [*shapes[:55], shapely.transform(shapes[55], lambda xy: xy + np.array([3.0, 0.0])), *shapes[56:]]
    messages = said(territorial(tmp_path, moved, areas), "DQ-112")
    assert any("overlap" in m for m in messages) and any("gap" in m for m in messages)


@pytest.mark.parametrize(("width", "outcome"), [(30.0, "passed"), (20.0, "failed"), (None, "undecided")])
def test_a_line_measures_what_its_width_makes_it(tmp_path: Path, width: float | None, outcome: str) -> None:
    """A road of 400 m that the table says takes 12,000 m²."""
    folder = tmp_path / "成果"
    folder.mkdir()
    head, road, *_ = PROJECTS
    projects = [[*head, "用地规模（平方米）"], [*road, 12_000]]
    workbook(folder / "表格.xlsx", {"规划信息": FORM, "项目表": projects})
    columns = {"用地编号": ["S-1"], "项目编号": ["P-1"], "用地宽度": [width]}
    layer(folder / "图层.gpkg", "项目用地", [shapely.LineString([(X, Y), (X + 400, Y)])], columns, kind="LineString")
    assert check(folder).outcome("DQ-116b") == outcome
