"""Measures the smallest part of each polygon and line of the plan under review; what is too small is for a rule to say.

A feature of several parts is as sound as its least one: fragments hide in multipolygons. A feature that cannot be measured
is marked as such, so that a rule is undecided about it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from checker.facts import Builder, Facts, FactTable
from checker.relate.geometry import LINES, POLYGONS, layer
from checker.vocabulary import SUB, Vocabulary

_DECIMAL = pa.decimal128(38, 6)
_POINTS = (0, 4)  # shapely's type ids of point and multipoint

_Numbers = npt.NDArray[np.float64]


def measure_parts(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """Adds sub:partsMeasured, and the area and width (m², m) or length (m) of the least part, of what is declared so."""
    builder = Builder.resume(vocabulary, facts)
    declared = vocabulary.declarations(str(SUB.PartMeasure))
    classes = frozenset[str]().union(*(vocabulary.subclasses(one["features"]) for one in declared))
    for table in facts.tables:
        if table.cls in classes and table.plan == facts.reviewed and table.geometry is not None and len(table.ids):
            _measure(builder, table)
    return builder.facts()


def _measure(builder: Builder, table: FactTable) -> None:
    drawn = layer(table)
    sound = drawn.sound & drawn.measurable((*POLYGONS, *LINES))
    rows = np.flatnonzero(~np.isin(drawn.kinds, _POINTS))
    builder.value(str(SUB.partsMeasured), table.ids.take(pa.array(rows)), pa.array(sound[rows]))
    polygons, lines = (np.flatnonzero(sound & np.isin(drawn.kinds, kind)) for kind in (POLYGONS, LINES))
    if len(polygons):
        parts, owner = shapely.get_parts(drawn.moved[polygons], return_index=True)
        area, around = shapely.area(parts), shapely.length(parts)
        _say(builder, table, "leastPartArea", polygons, _least(area, owner, len(polygons)), 2)
        _say(builder, table, "leastPartWidth", polygons, _least(2 * area / around, owner, len(polygons)), 3)
    if len(lines):
        parts, owner = shapely.get_parts(drawn.moved[lines], return_index=True)
        _say(builder, table, "leastPartLength", lines, _least(shapely.length(parts), owner, len(lines)), 2)


def _least(values: _Numbers, owner: npt.NDArray[np.int64], count: int) -> _Numbers:
    """The least value of each of so many owners; every owner has one."""
    found = np.full(count, np.inf)
    np.minimum.at(found, owner, values)
    return found


def _say(builder: Builder, table: FactTable, term: str, rows: npt.NDArray[np.int64], values: _Numbers, to: int) -> None:
    numbers = pa.array(np.round(values, to)).cast(_DECIMAL)
    builder.value(str(SUB[term]), table.ids.take(pa.array(rows)), numbers)
