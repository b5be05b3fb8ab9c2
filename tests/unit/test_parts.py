"""Slivers and fragments, from real layers to findings."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from tests.packages import PLAN_XML, Ran, check, layer, package

X, Y = 500_000, 3_300_000


def strip(width: float, height: float, left: float = 0.0) -> shapely.Polygon:
    return shapely.box(X + left, Y, X + left + width, Y + height)


def line(length: float, north: float = 0.0) -> shapely.LineString:
    return shapely.LineString([(X, Y + north), (X + length, Y + north)])


def drawn(tmp_path: Path, code: str, shape: BaseGeometry | None, kind: str, crs: str = "EPSG:4549") -> Ran:
    """The check of a territorial plan with one feature."""
    (tmp_path / "plan.xml").write_text(PLAN_XML.replace("smart-city", "territorial"), encoding="utf-8")
    layer(tmp_path / "库.gpkg", code, [shape], {"BSM": ["A-1"]}, crs, kind)
    return check(tmp_path)


def said(ran: Ran) -> list[str]:
    return [f["message"]["en"] for f in ran.report["findings"] if f["rule"] == "DQ-113"]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (strip(4, 4), None),  # just large enough
        (strip(4, 3.99), "measures 15.96 m²"),
        (strip(100, 0.6), None),
        (strip(100, 0.4), "is 0.4 m wide on average"),
        (strip(3, 0.1), "measures 0.3 m²"),  # small and narrow: one finding
        (shapely.MultiPolygon([strip(100, 100), strip(1, 1, left=200)]), "measures 1 m²"),
        (
            shapely.Polygon(strip(50, 50).exterior, [shapely.box(X + 5, Y + 5, X + 6, Y + 6).exterior]),
            None,
        ),  # a hole is no part
    ],
)
def test_polygons_below_the_least(tmp_path: Path, shape: BaseGeometry, message: str | None) -> None:
    ran = drawn(tmp_path, "GHFQ", shape, "Unknown")
    assert ran.outcome("DQ-113") == ("passed" if message is None else "failed")
    assert [message in one for one in said(ran)] == ([] if message is None else [True])


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (line(1.0), None),
        (line(0.9), "is 0.9 m long"),
        (shapely.MultiLineString([line(100), line(0.5, north=50)]), "is 0.5 m long"),
    ],
)
def test_lines_below_the_least(tmp_path: Path, shape: BaseGeometry, message: str | None) -> None:
    ran = drawn(tmp_path, "GHFQ", shape, "Unknown")
    assert ran.outcome("DQ-113") == ("passed" if message is None else "failed")
    assert [message in one for one in said(ran)] == ([] if message is None else [True])


def test_degrees_are_measured_in_metres(tmp_path: Path) -> None:
    """Two seconds of arc by two are 3,000 m² and more, not four."""
    ran = drawn(tmp_path, "GHFQ", shapely.box(120, 29.8, 120 + 2 / 3600, 29.8 + 2 / 3600), "Polygon", "EPSG:4490")
    assert ran.outcome("DQ-113") == "passed"


def test_points_are_no_fragments(tmp_path: Path) -> None:
    assert drawn(tmp_path, "GHFQ", shapely.Point(X, Y), "Unknown").outcome("DQ-113") == "not-applicable"


@pytest.mark.parametrize("shape", [None, shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])])
def test_what_cannot_be_measured_is_undecided(tmp_path: Path, shape: BaseGeometry | None) -> None:
    assert drawn(tmp_path, "GHFQ", shape, "Polygon").outcome("DQ-113") == "undecided"


def test_a_small_site_of_a_project_is_no_fragment(tmp_path: Path) -> None:
    assert check(package(tmp_path, site=strip(1, 1))).outcome("DQ-113") == "not-applicable"
