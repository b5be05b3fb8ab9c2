"""What is noticed of layers: their CRS, coordinates that cannot be right, and geometries that are wrong, with the place."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyproj
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from checker.facts import Builder, Facts, FactTable
from checker.model import Place
from checker.relate import geometry
from checker.vocabulary import PLAN, SUB
from tests.builtin import TERMS

GK = "EPSG:4549"
GK_40 = "EPSG:4528"
GOOD = shapely.box(480_000, 3_450_000, 480_100, 3_450_100)
BOW_TIE = shapely.Polygon([(0, 0), (50, 50), (50, 0), (0, 50)])


def built(shapes: Sequence[BaseGeometry | bytes | None], crs: str | None, reviewed: bool = True) -> Facts:
    builder = Builder.with_codes(TERMS)
    s, t = builder.node("urn:plancheck:plan:S"), builder.node("urn:plancheck:plan:T")
    builder.reviewed = s
    layer = builder.node("urn:plancheck:plan:S/table/site")
    ids = builder.rows(pa.array([f"urn:plancheck:plan:S/site/{i}" for i in range(len(shapes))], pa.string()))
    wkb = pa.array([g if g is None or isinstance(g, bytes) else shapely.to_wkb(g) for g in shapes], pa.binary())
    rows, plan = pa.array(range(len(shapes)), pa.int32()), s if reviewed else t
    builder.add(FactTable(str(PLAN.Site), plan, layer, Place("层.gpkg", "XMYD"), ids, rows, {}, geometry=wkb, crs=crs))
    return builder.facts()


def described(shapes: Sequence[BaseGeometry | bytes | None], crs: str | None, reviewed: bool = True) -> Facts:
    return geometry.describe(built(shapes, crs, reviewed), TERMS)


def said(facts: Facts, name: str) -> dict[str, object]:
    values = facts.values.get(str(SUB[name]))
    if values is None:
        return {}
    pairs = zip(values.column("s").to_pylist(), values.column("v").to_pylist(), strict=True)
    return {facts.iri(s).rsplit("/", 1)[-1]: v for s, v in pairs}


def odd(shapes: Sequence[BaseGeometry | None], crs: str) -> object:
    facts = described(shapes, crs)
    found = [said(facts, f"outsideItsCrs{language}").get("site") for language in ("", "InEnglish")]
    return None if found == [None, None] else f"{found[0]}; {found[1]}"


# ---- CRS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crs", "epsg"), [(GK, 4549), ("EPSG:4490", 4490), (pyproj.CRS(GK_40).to_wkt("WKT1_ESRI"), 4528)]
)
def test_the_epsg_code_is_told(crs: str, epsg: int) -> None:
    assert said(described([GOOD], crs), "epsg") == {"site": epsg}


@pytest.mark.parametrize("crs", [None, "no CRS", 'LOCAL_CS["city grid",UNIT["metre",1]]'])
def test_no_epsg_code_without_a_crs_on_the_earth(crs: str | None) -> None:
    facts = described([GOOD], crs)
    assert not said(facts, "epsg")
    assert not said(facts, "outsideItsCrs")


# ---- coordinates that cannot be right -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "crs"),
    [
        (GOOD, GK),
        (shapely.box(40_480_000, 3_450_000, 40_480_100, 3_450_100), GK_40),
        (shapely.box(119.8, 31.1, 119.9, 31.2), "EPSG:4490"),
        (GOOD, pyproj.CRS(GK).to_wkt("WKT1_ESRI")),
    ],
)
def test_coordinates_that_can_be_right_are_not_noticed(shape: BaseGeometry, crs: str) -> None:
    assert odd([shape, None, shapely.Polygon()], crs) is None


@pytest.mark.parametrize(
    ("shape", "crs"),
    [
        (shapely.box(3_450_000, 480_000, 3_450_100, 480_100), GK),
        (shapely.box(3_450_000, 40_480_000, 3_450_100, 40_480_100), GK_40),
        (shapely.box(31.1, 119.8, 31.2, 119.9), "EPSG:4490"),
        (shapely.box(3_450_000, 480_000, 3_450_100, 480_100), pyproj.CRS(GK).to_wkt("WKT1_ESRI")),
    ],
)
def test_swapped_axes_are_noticed(shape: BaseGeometry, crs: str) -> None:
    assert "axes may be swapped" in str(odd([shape], crs))


@pytest.mark.parametrize("crs", [GK, "EPSG:4490"])
def test_null_island_is_noticed(crs: str) -> None:
    assert "near the origin" in str(odd([shapely.box(0, 0, 0.5, 0.5)], crs))


@pytest.mark.parametrize(
    ("shape", "crs"),
    [
        (GOOD, "EPSG:4490"),  # metres called degrees
        (shapely.box(10.0, 50.0, 10.1, 50.1), "EPSG:4490"),
    ],
)
def test_coordinates_outside_the_area_of_use_are_noticed(shape: BaseGeometry, crs: str) -> None:
    assert "outside its area of use" in str(odd([shape], crs))


def test_one_stray_feature_is_enough() -> None:
    assert odd([GOOD] * 50 + [shapely.box(0.1, 0.1, 0.2, 0.2)], GK) is not None


def test_what_is_noticed_names_the_coordinates() -> None:
    facts = described([None, shapely.box(3_450_000, 480_000, 3_450_100, 480_100)], GK)
    assert said(facts, "near") == {"site": "(3450000.00, 480000.00, 3450100.00, 480100.00)"}


@pytest.mark.parametrize(("crs", "east"), [(GK, 40_480_000), (GK_40, 480_000)])
def test_a_zone_number_too_many_or_missing_is_noticed(crs: str, east: float) -> None:
    assert "带号" in str(odd([shapely.box(east, 3_450_000, east + 100, 3_450_100)], crs))
    assert "带号" not in str(odd([shapely.box(east, 9_450_000, east + 100, 9_450_100)], crs))


# ---- geometries that are wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "reason", "place"),
    [
        (BOW_TIE, ("自相交", "Self-intersection"), "(25.00, 25.00)"),
        (
            shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(20, 20), (21, 20), (21, 21)]]),
            ("孔洞在外环之外", "Hole lies outside shell"),
            "(20.00, 20.00)",
        ),
        (shapely.Polygon(), ("图形为空", "it is empty"), None),
        (None, ("没有图形", "no geometry"), None),
        (b"no WKB", ("没有图形", "no geometry"), None),
    ],
)
def test_what_is_wrong_with_a_geometry_is_said_with_the_place(
    shape: BaseGeometry | bytes | None, reason: tuple[str, str], place: str | None
) -> None:
    facts = described([GOOD, shape], GK)
    assert said(facts, "geometryProblem") == {"1": reason[0]}
    assert said(facts, "geometryProblemInEnglish") == {"1": reason[1]}
    assert said(facts, "near").get("1") == place
    assert not said(geometry.describe(built([GOOD, shape], GK), TERMS, with_places=False), "near")


def test_sound_geometries_and_those_of_references_are_not_blamed() -> None:
    assert not said(described([GOOD, shapely.Point(1, 1)], GK), "geometryProblem")
    assert not said(described([BOW_TIE], GK, reviewed=False), "geometryProblem")


# ---- measuring ------------------------------------------------------------------------------------------------------


def test_a_projected_crs_in_metres_measures_itself() -> None:
    crs = pyproj.CRS(GK)
    assert geometry.measuring_crs(crs, drawn([GOOD])) == crs


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4490", "EPSG:2263"])
def test_other_crs_are_measured_in_one_made_for_the_place(crs: str) -> None:
    bounds = {
        "EPSG:3857": (13_300_000, 3_600_000, 13_300_100, 3_600_100),
        "EPSG:4490": (119, 31, 119.1, 31.1),
        "EPSG:2263": (984_000, 190_000, 985_000, 191_000),
    }
    found = geometry.measuring_crs(pyproj.CRS(crs), drawn([shapely.box(*bounds[crs])]))
    assert found.coordinate_operation is not None
    assert found.coordinate_operation.method_name == "Lambert Azimuthal Equal Area"


def test_measuring_what_lies_nowhere_does_not_stop_a_run() -> None:
    nowhere = [shapely.box(31.1, 119.8, 31.2, 119.9)]
    assert geometry.measuring_crs(pyproj.CRS("EPSG:4490"), drawn(nowhere)) == pyproj.CRS("EPSG:4490")


def drawn(shapes: Sequence[BaseGeometry]) -> geometry.Geometries:
    return geometry.layer(described(shapes, GK).tables[0]).shapes
