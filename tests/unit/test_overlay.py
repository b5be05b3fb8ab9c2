"""Sites laid over zones, with real geometries: what is measured, and what must not be claimed to have been measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from checker.facts import Builder, Facts, FactTable, Store
from checker.model import Place
from checker.relate import overlay, relate
from checker.vocabulary import PLAN, SUB, Declaration
from tests.builtin import TERMS

FARMLAND = "https://w3id.org/plancheck/terr#PermanentBasicFarmland"
LAND_USE = "https://w3id.org/plancheck/terr#CurrentLandUse"
GK = "EPSG:4549"  # CGCS2000, three-degree Gauss-Krueger at 120° E without zone number
X, Y = 480_000.0, 3_450_000.0
INVALID = [(0, 0), (50, 50), (50, 0), (0, 50)]  # a bow tie

Shape = BaseGeometry | bytes | None
Layer = tuple[Sequence[Shape], str | None]


def box(left: float, bottom: float, right: float, top: float) -> BaseGeometry:
    """A rectangle, in metres from a corner in Gauss-Krueger."""
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def polygon(points: Sequence[tuple[float, float]]) -> BaseGeometry:
    return shapely.Polygon([(X + x, Y + y) for x, y in points])


def in_crs(shape: BaseGeometry, crs: str) -> BaseGeometry:
    """A Gauss-Krueger shape in another CRS, with dense edges so that it keeps its form."""
    move = pyproj.Transformer.from_crs(GK, crs, always_xy=True).transform
    return shapely.transform(shapely.segmentize(shape, 5), move, interleaved=False)


def table(
    builder: Builder, cls: str, plan: str, layer: Layer, part: str, columns: Mapping[str, pa.Array] | None = None
) -> None:
    shapes, crs = layer
    ids = builder.rows(pa.array([f"{plan}/{part}/{i}" for i in range(len(shapes))], pa.string()))
    wkb = pa.array([s if s is None or isinstance(s, bytes) else shapely.to_wkb(s) for s in shapes], pa.binary())
    rows = pa.array(range(len(shapes)), pa.int32())
    node, place = builder.node(plan), Place("层.gpkg", part, is_layer=True)
    builder.add(FactTable(cls, node, None, place, ids, rows, columns or {}, geometry=wkb, crs=crs))


def facts(sites: Layer, *zones: Layer, supplied: bool = True, cls: str = FARMLAND) -> Facts:
    """A plan set: sites of the plan under review and layers of zones of a territorial plan."""
    builder = Builder.with_codes(TERMS)
    s, t = "urn:plancheck:plan:S", "urn:plancheck:plan:T"
    builder.reviewed = builder.node(s)
    builder.references[str(PLAN.TerritorialPlan)] = builder.node(t)
    table(builder, str(PLAN.Site), s, sites, "site")
    for i, layer in enumerate(zones):
        table(builder, cls, t, layer, f"zone{i}")
    if supplied:
        builder.link(str(SUB.supplies), [builder.node(t)], [builder.node(cls)])
    return builder.facts()


def laid_over(sites: Layer, *zones: Layer, supplied: bool = True) -> Facts:
    relation = Declaration("rel:test", "", {"features": str(PLAN.Site), "zones": FARMLAND})
    return overlay.overlay(facts(sites, *zones, supplied=supplied), TERMS, relation)


def tail(iri: str) -> str:
    return iri.removeprefix("urn:plancheck:plan:").split("/", 1)[1]


def coverages(found: Facts) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Area, share and area outside by site, as rules see them."""
    rows = asked(found, str(SUB.Coverage), "coverageOf", "area", "share", "outside")
    return {tail(found.iri(s)): (a, b, c) for s, a, b, c in rows}


def overlaps(found: Facts) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Area and share by site and zone."""
    rows = asked(found, str(SUB.Overlap), "overlapOf", "overlapWith", "area", "share")
    return {(tail(found.iri(s)), tail(found.iri(z))): (a, b) for s, z, a, b in rows}


def asked(found: Facts, cls: str, *names: str) -> list[tuple[Any, ...]]:
    store = Store(found, TERMS)
    props = [str(SUB[n]) for n in names]
    joins = " ".join(f"JOIN {store.prop(p)} p{i} ON p{i}.s = c.s" for i, p in enumerate(props))
    values = ", ".join(f"p{i}.{'v' if store.is_data(p) else 'o'} AS v{i}" for i, p in enumerate(props))
    answer = store.query(f"SELECT {values} FROM {store.cls(cls)} c {joins}")
    return [tuple(row.values()) for row in answer.to_pylist()]


# ---- what is measured -----------------------------------------------------------------------------------------------


def test_areas_are_right_to_the_square_decimetre() -> None:
    found = laid_over(([box(0, 0, 100, 100)], GK), ([box(-50, -50, 10.123, 77.77)], GK))
    assert coverages(found) == {"site/0": (Decimal("787.27"), Decimal("0.078727"), Decimal("9212.73"))}
    assert overlaps(found) == {("site/0", "zone0/0"): (Decimal("787.27"), Decimal("0.078727"))}
    links = found.links[str(SUB.overlaps)]
    assert [tail(found.iri(o)) for o in links.column("o").to_pylist()] == ["zone0/0"]


def test_a_site_wholly_inside_has_nothing_outside() -> None:
    found = laid_over(([box(0, 0, 33.333, 33.333)], GK), ([box(-50, -50, 200, 200)], GK))
    assert coverages(found) == {"site/0": (Decimal("1111.09"), Decimal("1"), Decimal("0"))}


def test_holes_and_parts_count() -> None:
    site = shapely.union(box(0, 0, 100, 100), box(200, 0, 300, 100))
    zone = shapely.difference(box(0, 0, 300, 50), box(20, 20, 40, 40))
    found = laid_over(([site], GK), ([zone], GK))
    assert coverages(found)["site/0"] == (Decimal("9600"), Decimal("0.48"), Decimal("10400"))


def test_ground_under_two_zones_is_covered_once_and_listed_twice() -> None:
    zones = [box(0, 0, 60, 100), box(40, 0, 100, 100)]
    found = laid_over(([box(0, 0, 100, 100)], GK), (zones, GK))
    assert coverages(found)["site/0"][0] == 10_000
    assert sorted(area for area, _ in overlaps(found).values()) == [6000, 6000]


def test_zones_of_two_layers_are_one_ground() -> None:
    found = laid_over(([box(0, 0, 100, 100)], GK), ([box(0, 0, 60, 100)], GK), ([box(0, 0, 70, 100)], GK))
    assert coverages(found)["site/0"][0] == 7000
    assert {zone for _, zone in overlaps(found)} == {"zone0/0", "zone1/0"}


def test_a_shared_border_is_no_overlap() -> None:
    found = laid_over(([box(0, 0, 100, 100)], GK), ([box(100, 0, 200, 100)], GK))
    assert coverages(found)["site/0"] == (0, 0, 10_000)
    assert not overlaps(found)


def test_a_border_touched_beside_ground_shared_still_unites() -> None:
    """Intersections that are a polygon and a line together must not stop the union."""
    zone = polygon([(50, 0), (150, 0), (150, 100), (100, 100), (100, 50), (50, 50)])
    found = laid_over(([box(0, 0, 100, 100)], GK), ([zone, box(40, 0, 60, 100)], GK))
    assert coverages(found)["site/0"][0] == 2500 + 2000 - 500


def test_a_site_smaller_than_the_rounding_keeps_its_share_below_one() -> None:
    found = laid_over(([box(0, 0, 0.08, 0.08)], GK), ([box(-1, -1, 1, 1)], GK))
    assert coverages(found)["site/0"] == (Decimal("0.01"), 1, 0)


def test_a_layer_without_features_that_is_supplied_covers_nothing() -> None:
    assert coverages(laid_over(([box(0, 0, 10, 10)], GK), ([], GK))) == {"site/0": (0, 0, 100)}


def test_a_class_that_is_supplied_without_a_layer_covers_nothing() -> None:
    assert coverages(laid_over(([box(0, 0, 10, 10)], GK))) == {"site/0": (0, 0, 100)}


# ---- CRS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:3857", "EPSG:4326"])
def test_what_is_not_true_to_area_is_measured_in_an_equal_area_projection(crs: str) -> None:
    site, zone = box(0, 0, 400, 300), box(100, -100, 900, 900)
    plain = coverages(laid_over(([site], GK), ([zone], GK)))["site/0"]
    other = coverages(laid_over(([in_crs(site, crs)], crs), ([in_crs(zone, crs)], crs)))["site/0"]
    for a, b in zip(plain, other, strict=True):
        assert float(b) == pytest.approx(float(a), rel=0.001)


def test_zones_may_be_in_another_crs() -> None:
    site, zone = box(0, 0, 400, 300), box(100, -100, 900, 900)
    plain = coverages(laid_over(([site], GK), ([zone], GK)))["site/0"]
    other = coverages(laid_over(([site], GK), ([in_crs(zone, "EPSG:4490")], "EPSG:4490")))["site/0"]
    assert other[0] == pytest.approx(plain[0], abs=Decimal("0.5"))


def test_a_crs_as_text_of_a_prj_file_does() -> None:
    text = pyproj.CRS(GK).to_wkt("WKT1_ESRI")
    assert coverages(laid_over(([box(0, 0, 10, 10)], text), ([box(0, 0, 5, 10)], text)))["site/0"][0] == 50


@pytest.mark.parametrize("crs", [None, "no CRS", 'LOCAL_CS["city grid",UNIT["metre",1]]'])
def test_without_a_crs_on_either_side_nothing_is_claimed(crs: str | None) -> None:
    site, zone = [box(0, 0, 10, 10)], [box(500, 0, 600, 10)]
    assert not coverages(laid_over((site, crs), (zone, GK)))
    assert not coverages(laid_over((site, GK), (zone, crs)))
    assert not coverages(laid_over((site, GK), (zone, GK), (zone, crs)))


# ---- what cannot be trusted -----------------------------------------------------------------------------------------


def test_a_layer_that_is_not_supplied_says_nothing() -> None:
    assert not coverages(laid_over(([box(0, 0, 10, 10)], GK), supplied=False))


@pytest.mark.parametrize(
    "shape",
    [
        polygon(INVALID),
        shapely.Polygon(),
        None,
        b"no WKB",
        shapely.LineString([(X, Y), (X + 10, Y + 10)]),
        shapely.Point(X, Y),
        shapely.GeometryCollection([box(0, 0, 10, 10)]),
        shapely.box(0.1, 0.1, 0.9, 0.9),
        shapely.box(Y, X, Y + 10, X + 10),
        shapely.Polygon([(X, Y), (np.inf, Y), (X, Y + 10)]),
    ],
    ids=["invalid", "empty", "missing", "unreadable", "line", "point", "collection", "origin", "swapped", "infinite"],
)
class TestUntrusted:
    def test_such_a_site_is_not_compared_and_others_are(self, shape: Shape) -> None:
        found = laid_over(([shape, box(0, 0, 10, 10)], GK), ([box(0, 0, 5, 10)], GK))
        assert coverages(found) == {"site/1": (50, Decimal("0.5"), 50)}
        assert set(overlaps(found)) == {("site/1", "zone0/0")}

    def test_such_a_zone_leaves_the_site_near_it_open(self, shape: Shape) -> None:
        found = laid_over(([box(-20, -20, 30, 30)], GK), ([shape, box(0, 0, 5, 10)], GK))
        assert not coverages(found)
        assert not overlaps(found)


def test_an_invalid_zone_leaves_far_sites_alone() -> None:
    sites = [box(20, 20, 30, 30), box(500, 500, 510, 510)]
    found = laid_over((sites, GK), ([polygon(INVALID), box(500, 500, 505, 510)], GK))
    assert coverages(found) == {"site/1": (50, Decimal("0.5"), 50)}


def test_a_control_line_drawn_as_a_line_encloses_what_lies_in_it() -> None:
    outline = shapely.LineString(box(0, 0, 1000, 1000).exterior.coords)
    sites = [box(400, 400, 410, 410), box(2000, 0, 2010, 10)]
    assert set(coverages(laid_over((sites, GK), ([outline], GK)))) == {"site/1"}


@pytest.mark.parametrize("shape", [None, shapely.Polygon(), shapely.box(Y, X, Y + 10, X + 10)])
def test_a_zone_without_a_known_place_leaves_every_site_open(shape: Shape) -> None:
    assert not coverages(laid_over(([box(500, 500, 510, 510)], GK), ([shape, box(0, 0, 5, 10)], GK)))


def over_sites(drawn: Sequence[Shape], columns: Mapping[str, pa.Array]) -> Facts:
    """A site of the plan under review, and what other projects draw."""
    builder = Builder.with_codes(TERMS)
    s, n = "urn:plancheck:plan:S", "urn:plancheck:plan:N"
    builder.reviewed = builder.node(s)
    builder.references[str(PLAN.NearTermPlan)] = builder.node(n)
    table(builder, str(PLAN.Site), s, ([box(0, 0, 100, 100)], GK), "site")
    table(builder, str(PLAN.Site), n, (drawn, GK), "other", columns)
    builder.link(str(SUB.supplies), [builder.node(n)], [builder.node(str(PLAN.Site))])
    sites = str(PLAN.Site)
    relation = Declaration("rel:test", "", {"features": sites, "zones": sites, "inKind": str(PLAN.NearTermPlan)})
    return overlay.overlay(builder.facts(), TERMS, relation)


def test_a_zone_drawn_as_a_line_or_point_takes_the_ground_that_it_declares() -> None:
    drawn = [shapely.LineString([(X - 50, Y + 50), (X + 150, Y + 50)]), shapely.Point(X + 20, Y + 20)]
    number = pa.decimal128(38, 6)
    columns = {
        str(PLAN.siteWidth): pa.array([Decimal(10), None], number),
        str(PLAN.siteFootprint): pa.array([None, Decimal(25)], number),
    }
    found = over_sites(drawn, columns)
    assert sorted(area for area, _ in overlaps(found).values()) == [Decimal(25), Decimal(1000)]
    assert coverages(found)["site/0"][0] == Decimal(1025)
    assert coverages(over_sites(drawn, {})) == {}, "what declares nothing leaves the site open"


def test_a_facility_has_a_nominal_ground_that_shows_where_it_lies_and_is_not_measured() -> None:
    drawn = [
        shapely.Point(X + 5, Y + 5),
        shapely.Point(X + 50, Y + 50),
        shapely.LineString([(X + 5, Y + 5), (X + 15, Y + 5)]),
        box(0, 0, 10, 10),
    ]
    builder = Builder.with_codes(TERMS)
    s, t = "urn:plancheck:plan:S", "urn:plancheck:plan:T"
    builder.reviewed = builder.node(s)
    builder.references[str(PLAN.TerritorialPlan)] = builder.node(t)
    land = "https://w3id.org/plancheck/terr#MunicipalLand"
    table(builder, str(PLAN.Facility), s, (drawn, GK), "facility")
    table(builder, land, t, ([box(0, 0, 10, 10)], GK), "land")
    builder.link(str(SUB.supplies), [builder.node(t)], [builder.node(land)])
    reserved = "https://w3id.org/plancheck/terr#reservedOn"
    found = relate(builder.facts(), TERMS, frozenset({reserved, str(SUB.measuredArea)}), dt.date(2026, 6, 30))
    shares = {node: share for node, (_, share, _) in coverages(found).items()}
    assert shares == {"facility/0": 1, "facility/1": 0, "facility/2": Decimal("0.5"), "facility/3": 1}
    store = Store(found, TERMS)
    measured = store.column(f"SELECT s FROM {store.prop(str(SUB.measuredArea))} WHERE {store.is_reviewed('s')}")
    assert [tail(found.iri(node)) for node in measured] == ["facility/3"]


def test_only_zones_of_the_declared_class_count() -> None:
    relation = Declaration("rel:test", "", {"features": str(PLAN.Site), "zones": FARMLAND})
    other = facts(([box(0, 0, 10, 10)], GK), ([box(0, 0, 10, 10)], GK), cls=LAND_USE)
    assert not coverages(overlay.overlay(other, TERMS, relation))


def test_zones_of_a_class_below_count() -> None:
    above = Declaration(
        "rel:test", "", {"features": str(PLAN.Site), "zones": "https://w3id.org/plancheck/terr#ControlLine"}
    )
    found = overlay.overlay(facts(([box(0, 0, 10, 10)], GK), ([box(0, 0, 5, 10)], GK)), TERMS, above)
    assert coverages(found)["site/0"][0] == 50


@pytest.mark.parametrize("drawn_in, area", [("SNT", 70), ("SN", 40), ("N", None)])
def test_current_land_use_is_the_territorial_plans_or_else_the_plans_own(drawn_in: str, area: int | None) -> None:
    """Never that of two plans at once, which would count twice what both draw, and never a near-term plan's."""
    relation = next(d for d in TERMS.declarations(str(SUB.SpatialRelation)) if d["zones"] == LAND_USE)
    builder = Builder.with_codes(TERMS)
    plans = {name: f"urn:plancheck:plan:{name}" for name in "SNT"}
    builder.reviewed = builder.node(plans["S"])
    builder.references[str(PLAN.TerritorialPlan)] = builder.node(plans["T"])
    builder.references[str(PLAN.NearTermPlan)] = builder.node(plans["N"])
    table(builder, str(PLAN.Site), plans["S"], ([box(0, 0, 10, 10)], GK), "site")
    for name in drawn_in:
        table(builder, LAND_USE, plans[name], ([box(0, 0, {"S": 4, "N": 9, "T": 7}[name], 10)], GK), "use")
        builder.link(str(SUB.supplies), [builder.node(plans[name])], [builder.node(LAND_USE)])
    found = overlay.overlay(builder.facts(), TERMS, relation)
    assert [covered for covered, _, _ in coverages(found).values()] == ([] if area is None else [area])
    assert len(overlaps(found)) == len(coverages(found))


def test_plans_without_sites_are_left_as_they_are() -> None:
    assert not coverages(laid_over(([], GK), ([box(0, 0, 5, 10)], GK)))


# ---- features over their own kind -----------------------------------------------------------------------------------

OVER_SITES = "https://w3id.org/plancheck/rel#site-site"
OVER_NEAR_TERM = "https://w3id.org/plancheck/rel#site-near-term-site"


def sites_over(relation: str, own: Layer, near_term: Layer, ground: Sequence[float | None] | None = None) -> Facts:
    """Sites of the plan under review over those that a relation of the built-in ontology takes; ``ground``: of near-term points."""
    builder = Builder.with_codes(TERMS)
    s, n = "urn:plancheck:plan:S", "urn:plancheck:plan:N"
    builder.reviewed = builder.node(s)
    builder.references[str(PLAN.NearTermPlan)] = builder.node(n)
    table(builder, str(PLAN.Site), s, own, "site")
    columns = {} if ground is None else {str(PLAN.siteFootprint): pa.array(ground).cast(pa.decimal128(38, 6))}
    table(builder, str(PLAN.Site), n, near_term, "near", columns)
    for plan in (s, n):
        builder.link(str(SUB.supplies), [builder.node(plan)], [builder.node(str(PLAN.Site))])
    declared = next(d for d in TERMS.declarations(str(SUB.SpatialRelation)) if d.iri == relation)
    return overlay.overlay(builder.facts(), TERMS, declared)


def inside(found: Facts) -> set[tuple[str, str]]:
    links = found.links.get(str(SUB.pointInside))
    if links is None:
        return set()
    return {
        (tail(found.iri(s)), tail(found.iri(o)))
        for s, o in zip(links.column("s").to_pylist(), links.column("o").to_pylist(), strict=True)
    }


def test_among_themselves_only_the_plans_own_sites_count() -> None:
    """What another plan draws, be it a bow tie, does not keep the plan's own sites from being compared."""
    own = [box(0, 0, 10, 10), box(5, 0, 15, 10)]
    found = sites_over(OVER_SITES, (own, GK), ([polygon(INVALID), box(0, 0, 10, 10)], GK))
    assert set(coverages(found)) == {"site/0", "site/1"}
    assert overlaps(found)["site/0", "site/1"] == (50, Decimal("0.5"))
    assert all(zone.startswith("site/") for _, zone in overlaps(found))


def test_an_untrusted_site_of_its_own_is_no_matter_for_the_near_term_plan() -> None:
    found = sites_over(OVER_NEAR_TERM, ([box(0, 0, 10, 10), polygon(INVALID)], GK), ([box(0, 0, 5, 10)], GK))
    assert coverages(found) == {"site/0": (50, Decimal("0.5"), 50)}


def test_each_relation_over_its_own_kind_has_coverages_of_its_own() -> None:
    """Compared with the plan's own sites is not compared with those of the near-term plan."""
    found = sites_over(OVER_SITES, ([box(0, 0, 10, 10)], GK), ([box(0, 0, 5, 10)], None))
    assert [found.iri(by) for (by,) in asked(found, str(SUB.Coverage), "coverageBy")] == [OVER_SITES]
    assert not coverages(sites_over(OVER_NEAR_TERM, ([box(0, 0, 10, 10)], GK), ([box(0, 0, 5, 10)], None)))


def test_a_bare_point_of_the_near_term_plan_is_said_to_lie_inside() -> None:
    own = [box(0, 0, 10, 10), box(100, 0, 110, 10)]
    near = [shapely.Point(X + 5, Y + 5), box(0, 0, 5, 10)]
    found = sites_over(OVER_NEAR_TERM, (own, GK), (near, GK))
    assert inside(found) == {("site/0", "near/0")}
    assert coverages(found) == {"site/0": (50, Decimal("0.5"), 50), "site/1": (0, 0, 100)}
    assert set(overlaps(found)) == {("site/0", "near/1")}


def test_a_point_that_states_its_ground_is_laid_over_as_such() -> None:
    near = [shapely.Point(X + 5, Y + 5), shapely.Point(X + 105, Y + 5)]
    own = [box(0, 0, 10, 10), box(100, 0, 110, 10)]
    found = sites_over(OVER_NEAR_TERM, (own, GK), (near, GK), ground=[16, None])
    assert overlaps(found) == {("site/0", "near/0"): (16, Decimal("0.16"))}
    assert inside(found) == {("site/1", "near/1")}


@pytest.mark.parametrize("shape", [None, shapely.Point(), shapely.Point(Y, X), shapely.Point(0, 0)])
def test_a_point_without_a_known_place_leaves_every_site_open(shape: Shape) -> None:
    assert not coverages(sites_over(OVER_NEAR_TERM, ([box(0, 0, 10, 10)], GK), ([shape], GK)))


# ---- properties -----------------------------------------------------------------------------------------------------

_METRES = st.integers(-3000, 3000).map(lambda n: n / 10)
_SIDES = st.integers(1, 2000).map(lambda n: n / 10)
_BOXES = st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), _METRES, _METRES, _SIDES, _SIDES)


@settings(max_examples=120, deadline=None)
@given(_BOXES, st.lists(_SIDES, min_size=1, max_size=6), _METRES, _METRES, _SIDES)
def test_areas_in_zones_side_by_side_add_up(
    site: BaseGeometry, widths: list[float], left: float, bottom: float, height: float
) -> None:
    edges = np.concatenate([[left], left + np.cumsum(widths)])
    zones = [box(a, bottom, b, bottom + height) for a, b in pairwise(edges)]
    found = laid_over(([site], GK), (zones, GK))
    area, share, outside = coverages(found)["site/0"]
    parts = overlaps(found).values()
    assert float(sum(a for a, _ in parts)) == pytest.approx(float(area), abs=0.005 * (len(zones) + 1) + 1e-9)
    assert 0 <= share <= 1
    assert all(0 <= s <= 1 for _, s in parts)
    assert float(area + outside) == pytest.approx(site.area, abs=0.011)


@settings(max_examples=120, deadline=None)
@given(_BOXES, st.lists(_BOXES, max_size=5))
def test_coverage_is_the_union_of_the_zones(site: BaseGeometry, zones: list[BaseGeometry]) -> None:
    found = laid_over(([site], GK), (zones, GK))
    area, share, _ = coverages(found)["site/0"]
    expected = shapely.intersection(site, shapely.union_all(zones)).area if zones else 0.0
    assert float(area) == pytest.approx(expected, abs=0.005 * (len(zones) + 1) + 1e-6)
    assert 0 <= share <= 1
