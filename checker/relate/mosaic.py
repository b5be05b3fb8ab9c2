"""Measures the features of the plan under review, and finds where layers that must cover the ground overlap or leave gaps.

A layer is marked as examined only where all its features are sound polygons with a CRS: the mark's absence is what makes
a rule undecided. Only gaps that the layer itself encloses are seen; whether it reaches the plan's border is another matter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from checker.facts import Builder, Derived, Facts, FactTable
from checker.model import Place
from checker.relate.geometry import Geometries, crs_of, layer, only
from checker.relate.strips import ground_of
from checker.vocabulary import SUB, Vocabulary

_DECIMAL = pa.decimal128(38, 6)
_LEAST = 0.01  # m²: what areas are rounded to


def measure(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """Adds sub:measuredArea (m², rounded to 0.01) of every feature of the plan under review that takes ground.

    These are sound polygons, and lines and points that declare a width or an area.
    """
    builder = Builder.resume(vocabulary, facts)
    for table in layers(facts, vocabulary):
        taken = ground_of(table, vocabulary)
        areas = np.round(taken.areas[taken.is_real], 2)
        ids = table.ids.take(pa.array(np.flatnonzero(taken.is_real)))
        builder.value(str(SUB.measuredArea), ids, pa.array(areas).cast(_DECIMAL))
    return builder.facts()


def mosaics(facts: Facts, vocabulary: Vocabulary, with_places: bool = True) -> Facts:
    """Adds the overlaps and gaps of every layer of the plan under review that is declared a sub:Mosaic.

    ``with_places``: also says where each is (sub:near).
    """
    builder = Builder.resume(vocabulary, facts)
    for declared in vocabulary.declarations(str(SUB.Mosaic)):
        below = vocabulary.subclasses(declared["features"])
        for table in layers(facts, vocabulary):
            if table.cls in below and table.table is not None:
                builder.type(str(SUB.MosaicLayer), [table.table])
                drawn = layer(table)
                sound = drawn.sound & drawn.measurable()
                shape = only(drawn.moved, sound)
                faults = _Faults(builder, facts, table, drawn.metric.to_wkt(), with_places)
                if len(shape) and sound.all():
                    builder.value(str(SUB.examined), [table.table], pa.array([True]))
                    odd = ~shapely.is_empty(shapely.coverage_invalid_edges(shape))  # edges that match no neighbour's
                    _overlaps(faults, shape, np.flatnonzero(odd))
                    _gaps(faults, shape, bool(odd.any()))
    return builder.facts()


def layers(facts: Facts, vocabulary: Vocabulary) -> list[FactTable]:
    """The layers of the plan under review with a CRS that is known."""
    features = vocabulary.subclasses(str(SUB.Feature))
    return [
        t
        for t in facts.tables
        if t.cls in features
        and t.plan == facts.reviewed
        and t.geometry is not None
        and t.crs is not None
        and crs_of(t.crs) is not None
    ]


@dataclass(frozen=True)
class _Faults:
    """Where the faults of one layer are stated. ``crs``: that of their geometries."""

    builder: Builder
    facts: Facts
    table: FactTable
    crs: str
    with_places: bool


def _overlaps(faults: _Faults, shape: Geometries, suspects: npt.NDArray[np.int64]) -> None:
    """States each pair of features that share ground. ``suspects``: the only features that can share any."""
    left, right = shapely.STRtree(shape).query(shape[suspects], predicate="intersects")
    pairs = np.unique(np.sort(np.column_stack([suspects[left], right]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    pieces = shapely.intersection(shape[pairs[:, 0]], shape[pairs[:, 1]])
    kept = shapely.area(pieces) >= _LEAST
    ids = faults.table.ids.to_numpy()
    first, second = (pa.array(ids[pairs[kept, side]]) for side in (0, 1))
    columns = {str(SUB.firstFeature): first, str(SUB.secondFeature): second}
    _add(faults, str(SUB.SharedGround), Derived(first, "shared", second), pieces[kept], columns)


def _gaps(faults: _Faults, shape: Geometries, overlapping: bool) -> None:
    """States each hole that the features leave between them. Features that do not overlap are united much faster."""
    united = shapely.get_parts(shapely.union_all(shape) if overlapping else shapely.coverage_union_all(shape))
    rings = [ring for part in united for ring in shapely.get_rings(part)[1:]]
    holes = shapely.polygons(np.array(rings, dtype=object)) if rings else np.array([], dtype=object)
    holes = holes[shapely.area(holes) >= _LEAST]
    layer = faults.facts.iri(int(faults.table.table or 0))
    iris = [f"{layer}/gap/{_hashed(x, y)}" for x, y in shapely.get_coordinates(shapely.point_on_surface(holes))]
    _add(faults, str(SUB.Gap), pa.array(iris, pa.string()), holes, {})


def _hashed(x: float, y: float) -> str:
    """A name for a place that does not tell where it is: names stand in reports that may not hold coordinates."""
    return hashlib.sha256(f"{x:.2f},{y:.2f}".encode()).hexdigest()[:12]


def _add(faults: _Faults, cls: str, iris: pa.Array | Derived, pieces: Geometries, columns: dict[str, pa.Array]) -> None:
    if not len(iris):
        return
    columns |= {
        str(SUB.faultIn): pa.array([faults.table.table] * len(iris), pa.int64()),
        str(SUB.area): pa.array(np.round(shapely.area(pieces), 2)).cast(_DECIMAL),
    }
    if faults.with_places:
        points = shapely.get_coordinates(shapely.point_on_surface(pieces))
        columns[str(SUB.near)] = pa.array([f"({x:.2f}, {y:.2f})" for x, y in points], pa.string())
    ids = faults.builder.rows(iris)
    rows = pa.nulls(len(ids), pa.int32())
    wkb = pa.array(shapely.to_wkb(pieces), pa.binary())
    plan = faults.facts.reviewed
    faults.builder.add(FactTable(cls, plan, None, Place(""), ids, rows, columns, geometry=wkb, crs=faults.crs))
