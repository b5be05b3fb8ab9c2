"""Overlays features of the plan under review with zones, in bulk, and measures what they share.

A ``sub:Coverage`` is made for a feature only where it was really compared: the zones are there, both have a CRS, the
feature is a valid polygon (or a line or point that declares what ground it takes) where its CRS may be used, and no zone that cannot be trusted lies near it (or anywhere, if
there is no telling where such a zone lies). Its absence is what makes a rule undecided.

Where zones are of the features' own class (sites over sites), each relation has coverages of its own, for it is about
the plan under review alone or about one reference; and a zone that is drawn as a mere point has a place but no ground:
a relation may yield which features hold it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely

from checker.facts import Builder, Derived, Facts, FactTable
from checker.model import Place
from checker.relate.geometry import (
    POINT,
    POLYGONS,
    Geometries,
    crs_of,
    is_exact,
    layer,
    only,
    project,
    spread,
)
from checker.relate.strips import Ground, declared_ground, ground_of, grounded, widen
from checker.vocabulary import SUB, Declaration, Vocabulary

_DECIMAL = pa.decimal128(38, 6)


def overlay(facts: Facts, vocabulary: Vocabulary, relation: Declaration) -> Facts:
    """Adds sub:Overlap, sub:overlaps and sub:Coverage for one declared relation. Areas in m², shares of the feature."""
    features = _tables(facts, vocabulary, relation["features"], {facts.reviewed})
    kind = relation.get("inKind")
    among_themselves = relation["features"] == relation["zones"]
    plans = {facts.reviewed} if among_themselves else {facts.reviewed, *facts.references.values()}
    if kind is not None:  # zones drawn in the plan under review do not take the place of those it must keep to
        plans = set(facts.others(kind))
        if "elseOwn" in relation.values and not _supplied(facts, vocabulary, relation["zones"], plans):
            plans = {facts.reviewed}
    zones = _tables(facts, vocabulary, relation["zones"], plans)
    if not _supplied(facts, vocabulary, relation["zones"], plans) or any(not _has_crs(zone) for zone in zones):
        return facts
    builder = Builder.resume(vocabulary, facts)
    compared_with = relation.iri if among_themselves else relation["zones"]
    for table in features:
        if len(table.ids) and _has_crs(table):
            _overlay_table(builder, facts, vocabulary, table, zones, compared_with, relation)
    return builder.facts()


def _tables(facts: Facts, vocabulary: Vocabulary, cls: str, plans: set[int]) -> list[FactTable]:
    below = vocabulary.subclasses(cls)
    return [t for t in facts.tables if t.cls in below and t.geometry is not None and t.plan in plans]


def _has_crs(table: FactTable) -> bool:
    return table.crs is not None and crs_of(table.crs) is not None


def _supplied(facts: Facts, vocabulary: Vocabulary, cls: str, plans: set[int]) -> bool:
    nodes = {facts.named[c] for c in vocabulary.subclasses(cls) if c in facts.named}
    links = facts.links.get(str(SUB.supplies))
    pairs = [] if links is None else zip(links.column("s").to_pylist(), links.column("o").to_pylist(), strict=True)
    return any(plan in plans and node in nodes for plan, node in pairs)


def _overlay_table(
    builder: Builder,
    facts: Facts,
    vocabulary: Vocabulary,
    table: FactTable,
    zones: Sequence[FactTable],
    compared_with: str,
    relation: Declaration,
) -> None:
    holds = relation.get(
        "yields"
    )  # from a feature to the bare points in it; else they are zones that cannot be trusted
    mine = ground_of(table, vocabulary)
    if not mine.sound.any() or not all(is_exact(crs_of(zone.crs or ""), mine.crs) for zone in zones):
        return
    theirs = _zones(zones, vocabulary, mine.crs, points_apart=holds is not None)
    compared = mine.sound & ~_near_unsound(mine, theirs.unsound)
    ids = table.ids.to_numpy()
    if holds is not None:
        left, right = shapely.STRtree(theirs.points).query(only(mine.shapes, compared), predicate="intersects")
        builder.link(holds, pa.array(ids[left]), pa.array(theirs.point_nodes[right]))
    left, right, pieces, whole = _pieces(mine, compared, theirs.shapes)
    shared = spread(shapely.area, pieces)
    kept = np.round(shared, 2) > 0
    left, right, pieces, whole, shared = (part[kept] for part in (left, right, pieces, whole, shared))
    wkb = _as_wkb(mine, left, pieces, whole)
    shares = {str(SUB.share): _shares(shared, mine.areas[left])}
    if "yieldsShare" in relation.values:
        shares[relation["yieldsShare"]] = _shares(shared, shapely.area(theirs.shapes[right]))
    _add_overlaps(builder, facts, ids[left], theirs.nodes[right], wkb, shared, shares, mine.crs)
    rows = np.flatnonzero(compared)
    covered = _covered(left, pieces, shared, len(ids))[rows]
    _add_coverages(builder, facts, ids[rows], covered, mine.areas[rows], compared_with)


def _pieces(
    mine: Ground, compared: npt.NDArray[np.bool_], zones: Geometries
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Geometries, npt.NDArray[np.bool_]]:
    """Which features meet which zones, in order, the ground that the two of each pair have in common, and whether that is
    the feature as a whole.

    The fewer are asked which of the more they meet and which they hold whole: GEOS prepares a geometry for many such
    questions, and only what crosses a border has to be cut.
    """
    zones_hold = len(zones) <= len(mine.shapes)
    if zones_hold:
        right, left = _meeting(mine.tree, zones)
        left, right = (part[compared[left]] for part in (left, right))
        whole, within = zones[right], mine.shapes[left]
    else:
        left, right = _meeting(shapely.STRtree(zones), only(mine.shapes, compared))
        whole, within = mine.shapes[left], zones[right]
    pieces = within.copy()
    cut = ~shapely.covers(whole, within)
    pieces[cut] = spread(shapely.intersection, mine.shapes[left[cut]], zones[right[cut]])
    order = np.lexsort((right, left))
    return left[order], right[order], pieces[order], (~cut & zones_hold)[order]


def _as_wkb(mine: Ground, rows: npt.NDArray[np.int64], pieces: Geometries, whole: npt.NDArray[np.bool_]) -> pa.Array:
    """Pieces as WKB; ``whole``: which are their feature itself, whose WKB is there if it was neither moved nor widened."""
    if mine.drawn is None:
        return pa.array(shapely.to_wkb(pieces), pa.binary())
    cut = pa.array(shapely.to_wkb(pieces[~whole]), mine.drawn.type)
    return pc.replace_with_mask(mine.drawn.take(pa.array(rows)), pa.array(~whole), cut)


def _meeting(tree: shapely.STRtree, asked: Geometries) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Which geometries meet which of a tree's; those asked are left prepared for more questions."""
    left, right = tree.query(asked, predicate="intersects")
    shapely.prepare(asked)
    return left, right


def _covered(
    rows: npt.NDArray[np.int64], pieces: Geometries, areas: npt.NDArray[np.float64], count: int
) -> npt.NDArray[np.float64]:
    """How much of each of ``count`` features its pieces cover together; ``rows``: whose each piece is, in order."""
    found = np.zeros(count)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    owners, numbers = rows[starts], np.diff(starts, append=len(rows))
    for number in np.flatnonzero(np.bincount(numbers)):
        those = numbers == number
        if number == 1:
            found[owners[those]] = areas[starts[those]]
        else:  # zones can lie over each other
            together = pieces[starts[those][:, np.newaxis] + np.arange(number)]
            found[owners[those]] = spread(_united_area, together)
    return found


def _united_area(pieces: Geometries) -> npt.NDArray[np.float64]:
    """The areas of the unions of the geometries of each row."""
    found: npt.NDArray[np.float64] = shapely.area(shapely.union_all(pieces, axis=1))
    return found


@dataclass(frozen=True)
class _Zones:
    """Zones in the measuring CRS, with their nodes: ``shapes`` to lay features over, bare ``points``, and what is ``unsound``."""

    shapes: Geometries
    nodes: npt.NDArray[np.int64]
    points: Geometries
    point_nodes: npt.NDArray[np.int64]
    unsound: Geometries  # None for a zone without a known place


def _zones(zones: Sequence[FactTable], vocabulary: Vocabulary, metric: pyproj.CRS, points_apart: bool) -> _Zones:
    """The zones of some layers. Unless ``points_apart``, a bare point is a zone that cannot be trusted."""
    nothing, nowhere = np.array([], dtype=object), np.array([], dtype=np.int64)
    found, nodes, points, point_nodes, unsound = [nothing], [nowhere], [nothing], [nowhere], [nothing]
    for zone in zones:
        drawn, ids = layer(zone), zone.ids.to_numpy()
        assert drawn.crs is not None, "overlay() refused zones without CRS"
        moved, declared = project(drawn.shapes, drawn.crs, metric), declared_ground(zone, vocabulary)
        sound = grounded(drawn, declared)
        sound &= drawn.crs == metric or spread(shapely.is_valid, moved)
        bare = ~sound & drawn.measurable((POINT,)) if points_apart else np.zeros(len(ids), dtype=bool)
        found.append(widen(moved, np.where(sound, declared, 0))[sound])
        nodes.append(ids[sound])
        points.append(moved[bare])
        point_nodes.append(ids[bare])
        lost = ~sound & ~bare
        if not lost.any():
            continue
        placed = drawn.plausible & _is_whole(drawn.shapes)
        lines = lost & placed & ~np.isin(drawn.kinds, POLYGONS)
        unsound.append(only(moved, placed)[lost & ~lines])
        if lines.any():  # the lines of a layer may enclose a zone together
            unsound.append(np.array([shapely.box(*shapely.total_bounds(moved[lines]))], dtype=object))
    return _Zones(*(np.concatenate(parts) for parts in (found, nodes, points, point_nodes, unsound)))


def _is_whole(geometries: Geometries) -> npt.NDArray[np.bool_]:
    """Which geometries have numbers for all their coordinates: of the others, a bounding box does not tell where they end."""
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    whole = np.ones(len(geometries), dtype=bool)
    whole[owners[~np.isfinite(coordinates).all(axis=1)]] = False
    return whole


def _near_unsound(mine: Ground, unsound: Geometries) -> npt.NDArray[np.bool_]:
    """Which features meet the bounding box of a zone that cannot be trusted; all of them if such a zone has none."""
    near = np.zeros(len(mine.shapes), dtype=bool)
    if not len(unsound):
        return near
    boxes = shapely.bounds(unsound)
    if not np.isfinite(boxes).all():
        return ~near
    _, hits = mine.tree.query(shapely.box(*boxes.T), predicate="intersects")
    near[hits] = True
    return near


def _add_overlaps(
    builder: Builder,
    facts: Facts,
    features: npt.NDArray[np.int64],
    zones: npt.NDArray[np.int64],
    pieces: pa.Array,
    areas: npt.NDArray[np.float64],
    shares: Mapping[str, pa.Array],
    metric: pyproj.CRS,
) -> None:
    if not len(features):
        return
    columns = {
        str(SUB.overlapOf): pa.array(features),
        str(SUB.overlapWith): pa.array(zones),
        str(SUB.area): _numbers(areas, 2),
        **shares,
    }
    ids = builder.rows(Derived(pa.array(features), "overlap", pa.array(zones)))
    nowhere = pa.nulls(len(ids), pa.int32())
    place, crs = Place(""), metric.to_wkt()
    builder.add(
        FactTable(str(SUB.Overlap), facts.reviewed, None, place, ids, nowhere, columns, geometry=pieces, crs=crs)
    )
    builder.link(str(SUB.overlaps), pa.array(features), pa.array(zones))


def _add_coverages(
    builder: Builder,
    facts: Facts,
    features: npt.NDArray[np.int64],
    areas: npt.NDArray[np.float64],
    own: npt.NDArray[np.float64],
    compared_with: str,
) -> None:
    local = compared_with.rsplit("#", 1)[-1]
    ids = builder.rows(Derived(pa.array(features), f"coverage/{local}"))
    columns = {
        str(SUB.coverageOf): pa.array(features),
        str(SUB.coverageBy): pa.array([builder.node(compared_with)] * len(features), pa.int64()),
        str(SUB.area): _numbers(areas, 2),
        str(SUB.share): _shares(areas, own),
        str(SUB.outside): _numbers(np.maximum(own - areas, 0), 2),
    }
    nowhere = pa.nulls(len(ids), pa.int32())
    builder.add(FactTable(str(SUB.Coverage), facts.reviewed, None, Place(""), ids, nowhere, columns))


def _shares(areas: npt.NDArray[np.float64], own: npt.NDArray[np.float64]) -> pa.Array:
    """Areas as shares of what they are a part of."""
    return _numbers(np.minimum(areas / own, 1), 6)


def _numbers(measured: npt.NDArray[np.float64], places: int) -> pa.Array:
    """Numbers rounded once, as decimals."""
    return pa.array(np.round(measured, places)).cast(_DECIMAL)
