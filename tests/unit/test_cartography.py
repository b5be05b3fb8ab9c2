"""What the map of a report draws: which features of which plan, in which order, how light, and nothing where it must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from checker.model import MapLayer, Report
from checker.pipeline import Request, check
from checker.relate import cartography
from tests.packages import PROJECTS, layer, package, territory

X, Y = 500_000, 3_300_000


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def reported(folder: Path, territorial: Path, with_coordinates: bool = True) -> Report:
    return check(Request(folder, {"territorial": territorial}, with_coordinates=with_coordinates, with_map=True))


def coordinates(drawn: MapLayer) -> np.ndarray:
    found: np.ndarray = shapely.get_coordinates(shapely.from_wkb([feature.wkb for feature in drawn.features]))
    return found


def test_zones_lie_below_control_lines_and_these_below_sites(tmp_path: Path) -> None:
    lines = territory(
        tmp_path / "t.gpkg", CZKFBJ=[box(0, 0, 900, 900)], STBHHX=[box(0, 0, 50, 50)], GHFQ=[box(0, 0, 900, 900)]
    )
    layer(lines, "XZYDYH", [box(0, 0, 900, 900)], {"BSM": ["L"]})
    report = reported(package(tmp_path / "p"), lines)
    assert [drawn.label.en for drawn in report.layers] == [
        "planning zone",
        "ecological protection red line",
        "urban development boundary",
        "site",
    ]  # and no land use, which has no style
    assert [drawn.plan == report.plan.iri for drawn in report.layers] == [False, False, False, True]
    site = report.layers[-1]
    assert site.features[0].name == "S-1" and site.features[0].iri.endswith("/site/S-1") and site.note is None
    lon, lat = coordinates(site).T
    assert ((lon > 119) & (lon < 121)).all() and ((lat > 29) & (lat < 31)).all()
    assert (np.round(lon, 7) == lon).all()


def test_there_are_no_layers_without_coordinates(tmp_path: Path) -> None:
    lines = territory(tmp_path / "t.gpkg", STBHHX=[box(0, 0, 50, 50)])
    report = reported(package(tmp_path / "p"), lines, with_coordinates=False)
    assert report.layers == () and report.geometry_crs is None


def test_of_many_features_the_largest_are_drawn_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cartography, "_MOST_FEATURES", 4)  # for two layers
    red = [box(1000 * i, 0, 1000 * i + 10 + i, 10) for i in range(9)]
    zones, _ = reported(package(tmp_path / "p"), territory(tmp_path / "t.gpkg", STBHHX=red)).layers
    assert [feature.name for feature in zones.features] == ["STBHHX-7", "STBHHX-8"]
    assert zones.note is not None and "7" in zones.note.en and "7" in zones.note.zh


def test_lines_are_made_coarser_until_all_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cartography, "_MOST_VERTICES", 60)
    circle = shapely.Point(X, Y).buffer(500, quad_segs=200)
    dust = shapely.MultiPolygon([box(50 * i, 2000, 50 * i + 1, 2001) for i in range(100)])
    zones, _ = reported(package(tmp_path / "p"), territory(tmp_path / "t.gpkg", STBHHX=[circle, dust])).layers
    assert len(coordinates(zones)) <= 55
    drawn = shapely.from_wkb(zones.features[0].wkb)
    assert drawn.is_valid and len(drawn.exterior.coords) > 8, "a circle is still one"
    assert shapely.from_wkb(zones.features[1].wkb).area > 0, "dust is shown by its box"


@pytest.mark.parametrize("crs", ["EPSG:2437", None])
def test_what_cannot_be_placed_is_not_drawn_but_said(tmp_path: Path, crs: str | None) -> None:
    """Beijing 1954 is tens of metres off, and without a CRS nothing is anywhere."""
    folder = package(tmp_path / "p", site=None)
    (folder / "图层.gpkg").unlink()
    layer(folder / "图层.gpkg", "项目用地", [box(0, 0, 9, 9)], {"用地编号": ["S-1"], "项目编号": [PROJECTS[1][0]]}, crs)
    red = territory(
        tmp_path / "t.gpkg", STBHHX=[box(0, 0, 9, 9), shapely.box(900, 900, 901, 901), None, box(50, 50, 60, 60)]
    )
    zones, sites = reported(folder, red).layers
    assert sites.features == () and sites.note is not None and "1 has" in sites.note.en
    assert [f.name for f in zones.features] == ["STBHHX-0", "STBHHX-3"]
    assert zones.note is not None and "2 have" in zones.note.en
