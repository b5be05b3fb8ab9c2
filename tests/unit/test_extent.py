"""What lies outside the administrative area, from real layers to findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyproj
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from tests.packages import PLAN_XML, Ran, check, layer, package, territory

X, Y = 500_000, 3_300_000
TOWN = shapely.box(X - 1000, Y - 1000, X + 1000, Y + 1000)
BOW_TIE = shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def territorial(
    tmp_path: Path,
    feature: BaseGeometry | None,
    areas: Mapping[str, Sequence[BaseGeometry | None]],
    codes: Sequence[str | None] = (),
    crs: str | None = "EPSG:4549",
) -> Ran:
    """The check of a territorial plan of 990200 with a planning zone and administrative areas by layer code."""
    (tmp_path / "plan.xml").write_text(PLAN_XML.replace("smart-city", "territorial"), encoding="utf-8")
    layer(tmp_path / "库.gpkg", "GHFQ", [feature], {"BSM": ["Z-1"]}, kind="Unknown")
    for code, shapes in areas.items():
        columns: dict[str, Sequence[object]] = {"BSM": [f"{code}-{i}" for i in range(len(shapes))]}
        if codes:
            columns["XZQDM"] = codes
        layer(tmp_path / "界.gpkg", code, shapes, columns, crs, "Unknown")
    return check(tmp_path)


def said(ran: Ran, code: str = "DQ-104") -> list[str]:
    return [f["message"]["en"] for f in ran.report["findings"] if f["rule"] == code]


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (TOWN, None),
        (box(900, 0, 1000.009, 100), None),  # 0.9 m² outside: noise
        (box(900, 0, 1000.02, 100), "2 m² (0.02 %)"),
        (box(900, 0, 1100, 100), "10,000 m² (50 %)"),
        (box(5000, 0, 5100, 100), "10,000 m² (100 %)"),
        (shapely.LineString([(X, Y), (X + 1001, Y)]), None),
        (shapely.LineString([(X, Y), (X + 1010, Y)]), "10 m (1 %)"),
        (shapely.Point(X + 1001, Y), None),
        (shapely.Point(X + 1050, Y), "50 m away"),
    ],
)
def test_what_is_outside_is_measured(tmp_path: Path, feature: BaseGeometry, message: str | None) -> None:
    ran = territorial(tmp_path, feature, {"XZQDS": [TOWN]})
    assert ran.outcome("DQ-104") == ("passed" if message is None else "failed")
    assert [message in one for one in said(ran)] == ([] if message is None else [True])


def test_areas_of_several_rows_and_levels_are_one(tmp_path: Path) -> None:
    west, east = shapely.box(X - 1000, Y - 1000, X, Y + 1000), shapely.box(X, Y - 1000, X + 1000, Y + 1000)
    assert territorial(tmp_path, box(-50, 0, 50, 100), {"XZQXS": [west, east]}).outcome("DQ-104") == "passed"


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        (["990201", "990300"], "failed"),  # the second is a neighbour's
        (["990300", "990202"], "passed"),
        (["990300", "990400"], "undecided"),  # none is of the plan's place
        ([None, None], "passed"),  # no code: all count
    ],
)
def test_only_areas_of_the_plans_own_place_count(tmp_path: Path, codes: list[str | None], outcome: str) -> None:
    neighbour = shapely.box(X + 1000, Y - 1000, X + 3000, Y + 1000)
    ran = territorial(tmp_path, box(2000, 0, 2100, 100), {"XZQXS": [TOWN, neighbour]}, codes)
    assert ran.outcome("DQ-104") == outcome


@pytest.mark.parametrize(
    ("areas", "crs"),
    [
        ({}, "EPSG:4549"),
        ({"XZQDS": []}, "EPSG:4549"),
        ({"XZQDS": [TOWN]}, None),
        ({"XZQDS": [TOWN, BOW_TIE]}, "EPSG:4549"),
        ({"XZQDS": [TOWN, None]}, "EPSG:4549"),
        ({"XZQDS": [shapely.LineString(TOWN.exterior)]}, "EPSG:4549"),
        ({"XZQDS": [TOWN]}, "EPSG:2437"),  # Beijing 1954: nothing leads from it to CGCS2000 exactly
    ],
)
def test_without_an_area_to_trust_it_is_undecided(
    tmp_path: Path, areas: Mapping[str, Sequence[BaseGeometry | None]], crs: str | None
) -> None:
    ran = territorial(tmp_path, box(0, 0, 10, 10), areas, crs=crs)
    assert ran.outcome("DQ-104") == "undecided"


@pytest.mark.parametrize("feature", [None, BOW_TIE, shapely.box(3_300_000, 500_000, 3_300_100, 500_100)])
def test_a_feature_that_cannot_be_placed_is_undecided(tmp_path: Path, feature: BaseGeometry | None) -> None:
    assert territorial(tmp_path, feature, {"XZQDS": [TOWN]}).outcome("DQ-104") == "undecided"


def test_a_site_is_compared_with_the_area_of_the_territorial_plan(tmp_path: Path) -> None:
    plan = package(tmp_path / "plan", site=box(950, 0, 1050, 100))
    ran = check(plan, "--territorial", territory(tmp_path / "国土.gpkg", XZQDS=[TOWN]))
    (message,) = said(ran, "DQ-104b")
    assert "5,000 m² (50 %)" in message and ran.outcome("DQ-104") == "not-applicable"
    (finding,) = (f for f in ran.report["findings"] if f["rule"] == "DQ-104b")
    shown = shapely.geometry.shape(finding["geometry"])
    to_metres = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True).transform
    found = shapely.transform(shown, to_metres, interleaved=False)
    assert found.symmetric_difference(box(1000, 0, 1050, 100)).area < 1  # the part outside, and only that


def test_the_packages_own_area_goes_first(tmp_path: Path) -> None:
    plan = package(tmp_path / "plan", site=box(0, 0, 10, 10))
    layer(plan / "界.gpkg", "XZQDS", [box(500, 500, 600, 600)], {"BSM": ["X-1"]})
    ran = check(plan, "--territorial", territory(tmp_path / "国土.gpkg", XZQDS=[TOWN]))
    assert ran.outcome("DQ-104b") == "failed"
