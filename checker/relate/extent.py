"""Finds what of the plan under review lies outside the administrative area; how much may, is for a rule to say.

The area is the union of the rows that bear the plan's own administrative code, of the plan's own layer if it has one, else
of a reference's. Where it cannot be trusted (no layer, no CRS, an unsound polygon, another place's code) nothing is
compared and the plan is not marked, so that a rule is undecided.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely

from checker.facts import Builder, Facts, FactTable
from checker.model import Place
from checker.relate.geometry import (
    LINES,
    POLYGONS,
    Geometries,
    is_exact,
    layer,
    measuring_crs,
    project,
)
from checker.vocabulary import SUB, Declaration, Vocabulary

_DECIMAL = pa.decimal128(38, 6)


@dataclass(frozen=True)
class _Area:
    shape: shapely.Geometry
    crs: pyproj.CRS


def extents(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """Adds sub:extentKnown of the plan, sub:placed of its features, and a sub:Excess for each that reaches outside."""
    builder = Builder.resume(vocabulary, facts)
    for declared in vocabulary.declarations(str(SUB.Extent)):
        area = _area(facts, vocabulary, declared)
        if area is None:
            continue
        builder.value(str(SUB.extentKnown), [facts.reviewed], pa.array([True]))
        shapely.prepare(area.shape)
        classes = vocabulary.subclasses(declared["features"]) - vocabulary.subclasses(declared["zones"])
        for table in facts.tables:
            if table.cls in classes and table.plan == facts.reviewed and table.geometry is not None and len(table.ids):
                _compare(builder, facts, table, area)
    return builder.facts()


def _area(facts: Facts, vocabulary: Vocabulary, declared: Declaration) -> _Area | None:
    """The area that the plan's features must lie in, in a CRS to measure in; None where there is none to trust."""
    below = vocabulary.subclasses(declared["zones"])
    other = facts.references.get(declared["inKind"])
    for plan in (facts.reviewed, other):
        zones = [t for t in facts.tables if t.cls in below and t.geometry is not None and t.plan == plan]
        if zones:
            return _united(zones, declared["zoneCode"], facts.of_plan(declared["planCode"]))
    return None


def _united(zones: Sequence[FactTable], prop: str, code: object) -> _Area | None:
    """The union of the zones of a place; None where one of them cannot be used."""
    kept = [np.flatnonzero(rows) for rows in _of_place(zones, prop, code)]
    found, metric = [], None
    for zone, rows in zip(zones, kept, strict=True):
        if not len(rows):
            continue
        drawn = layer(zone)
        crs, raw = drawn.crs, drawn.shapes[rows]
        if crs is None or not drawn.measurable()[rows].all():
            return None
        metric = metric or measuring_crs(crs, raw)
        if not is_exact(crs, metric):
            return None
        moved = project(raw, crs, metric)
        if not shapely.is_valid(moved).all():
            return None
        found.append(moved)
    return None if metric is None else _Area(shapely.union_all(np.concatenate(found)), metric)


def _of_place(zones: Sequence[FactTable], prop: str, code: object) -> list[npt.NDArray[np.bool_]]:
    """Which zones bear the code of a place or of a part of it; all of them where none bears any code."""
    codes = [zone.columns[prop].to_pylist() if prop in zone.columns else [None] * len(zone.ids) for zone in zones]
    if not any(one for column in codes for one in column):
        return [np.ones(len(column), dtype=bool) for column in codes]
    stem = re.sub("(00)+$", "", str(code or ""))  # noughts stand for the numbers of a place's parts
    belongs = [[bool(stem) and str(one or "").startswith(stem) for one in column] for column in codes]
    return [np.array(column, dtype=bool) for column in belongs]


def _compare(builder: Builder, facts: Facts, table: FactTable, area: _Area) -> None:
    drawn = layer(table)
    moved, sound = drawn.shapes, np.zeros(len(drawn.shapes), dtype=bool)
    if drawn.crs is not None and drawn.placed.any() and is_exact(drawn.crs, area.crs):
        moved, sound = drawn.moved_to(area.crs)
    builder.value(str(SUB.placed), table.ids, pa.array(sound))
    rows = np.flatnonzero(sound)
    rows = rows[~shapely.covers(area.shape, moved[rows])]
    if len(rows):
        _add(builder, facts, table.ids.to_numpy()[rows], moved[rows], area)


def _add(builder: Builder, facts: Facts, ids: npt.NDArray[np.int64], mine: Geometries, area: _Area) -> None:
    """States what of some features lies outside: of a polygon its area, of a line its length, of a point its distance."""
    pieces = mine.copy()
    near = shapely.intersects(area.shape, mine)
    pieces[near] = shapely.difference(mine[near], area.shape)
    kinds = shapely.get_type_id(mine)
    areal, linear = np.isin(kinds, POLYGONS), np.isin(kinds, LINES)
    whole = np.where(areal, shapely.area(mine), shapely.length(mine))
    beyond = np.where(areal, shapely.area(pieces), shapely.length(pieces))
    far = np.zeros(len(mine))
    rest = ~areal & ~linear
    far[rest] = shapely.distance(pieces[rest], area.shape)
    amount = np.round(np.where(rest, far, beyond), 2)
    kept = amount > 0
    if not kept.any():
        return
    share = np.where(rest, 1, beyond / np.where(whole > 0, whole, 1))
    columns = {str(SUB.excessOf): pa.array(ids[kept]), str(SUB.share): _numbers(np.minimum(share[kept], 1), 6)}
    for term, those in ((SUB.area, areal), (SUB.length, linear), (SUB.distance, rest)):
        columns[str(term)] = pa.array(amount[kept], mask=~those[kept]).cast(_DECIMAL)
    nodes = builder.rows(pa.array([f"{facts.iri(int(i))}/excess" for i in ids[kept]], pa.string()))
    rows, wkb = pa.nulls(len(nodes), pa.int32()), pa.array(shapely.to_wkb(pieces[kept]), pa.binary())
    builder.add(
        FactTable(
            str(SUB.Excess), facts.reviewed, None, Place(""), nodes, rows, columns, geometry=wkb, crs=area.crs.to_wkt()
        )
    )


def _numbers(measured: npt.NDArray[np.float64], places: int) -> pa.Array:
    return pa.array(np.round(measured, places)).cast(_DECIMAL)
