"""Gives features that are drawn as lines or points the ground that they declare: a strip of a width, a square of an area.

Where a class of features declares none, relations.ttl may give it a nominal ground: it shows where they lie, not how much
they take.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from checker.facts import Builder, Facts, FactTable
from checker.relate.geometry import LINES, POINT, Geometries, Layer, layer, only
from checker.vocabulary import SUB, Declaration, Vocabulary

_LINE, _POINT = "line", "point"


def drawn(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """Adds sub:drawnAs ("line", "point") to the features of the plan under review for which sub:DrawnGround is declared."""
    builder = Builder.resume(vocabulary, facts)
    for table in facts.tables:
        if table.plan == facts.reviewed and table.geometry is not None:
            for _, word, those in _drawn(table, vocabulary):
                ids = table.ids.filter(pa.array(those))
                builder.value(str(SUB.drawnAs), ids, pa.array([word] * len(ids), pa.string()))
    return builder.facts()


class Ground:
    """The ground that the features of a layer take, as polygons in a CRS to measure in.

    Those drawn as lines are strips of the width declared for them, those drawn as points squares of the area declared, and
    where none is, of the nominal one of their class. ``shapes``: None for a feature whose ground cannot be measured;
    ``sound``: those whose can; ``is_real``: those of them whose ground is not nominal; ``crs``: in metres; ``drawn``: the WKB
    of the shapes, where they are as drawn.
    """

    def __init__(self, table: FactTable, vocabulary: Vocabulary) -> None:
        drawn, declared, nominal = layer(table), declared_ground(table, vocabulary), nominal_ground(table, vocabulary)
        ground = np.where(declared > 0, declared, nominal)
        self.sound = grounded(drawn, ground) & drawn.sound
        self.crs = drawn.metric
        self.shapes = widen(only(drawn.moved, self.sound), ground)
        is_widened = bool((ground > 0).any())
        if is_widened:
            self.sound &= shapely.is_valid(self.shapes)
        self.is_real = self.sound & ((declared > 0) | (nominal == 0))
        self.drawn = None if is_widened or drawn.crs != drawn.metric else table.geometry

    @cached_property
    def areas(self) -> npt.NDArray[np.float64]:
        """In m²; not a number for those not sound."""
        found: npt.NDArray[np.float64] = shapely.area(self.shapes)
        return found

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Of the shapes, to be asked which meet others."""
        return shapely.STRtree(self.shapes)


@lru_cache(maxsize=4)  # features are measured, and laid over one kind of zone after the other
def ground_of(table: FactTable, vocabulary: Vocabulary) -> Ground:
    """The ground of the features of a layer with a CRS."""
    return Ground(table, vocabulary)


def declared_ground(table: FactTable, vocabulary: Vocabulary) -> npt.NDArray[np.float64]:
    """Per row the width in m of what is drawn as a line, the area in m² of what is drawn as a point; else 0."""
    found = np.zeros(len(table.ids))
    for declared, form, those in _drawn(table, vocabulary):
        column = table.columns.get(declared.get({_LINE: "widthGivenBy", _POINT: "areaGivenBy"}[form]) or "")
        if column is not None:
            found[those] = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)[those]
    return found


def nominal_ground(table: FactTable, vocabulary: Vocabulary) -> npt.NDArray[np.float64]:
    """Per row the nominal width in m of a line, the nominal area in m² of a point, where its class has one; else 0."""
    found = np.zeros(len(table.ids))
    for declared, form, those in _drawn(table, vocabulary):
        found[those] = float(declared.get({_LINE: "nominalWidth", _POINT: "nominalArea"}[form]) or 0)
    return found


def _drawn(table: FactTable, vocabulary: Vocabulary) -> Iterator[tuple[Declaration, str, npt.NDArray[np.bool_]]]:
    """What is declared of the ground of a layer's features, with those drawn as lines and with those drawn as points."""
    for declared in vocabulary.declarations(str(SUB.DrawnGround)):
        if table.cls in vocabulary.subclasses(declared["features"]):
            kinds = layer(table).kinds
            yield declared, _LINE, np.isin(kinds, LINES)
            yield declared, _POINT, kinds == POINT


def grounded(drawn: Layer, declared: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which take ground that can be measured: sound polygons, and sound lines and points for which some is declared."""
    return drawn.measurable() | ((declared > 0) & drawn.measurable((POINT, *LINES)))


def widen(geometries: Geometries, ground: npt.NDArray[np.float64]) -> Geometries:
    """Lines as strips and points as squares of the ground declared for them (m, m²), in a CRS in metres; the rest as it is."""
    if not (ground > 0).any():
        return geometries
    kinds = shapely.get_type_id(geometries)
    lines, points = (ground > 0) & np.isin(kinds, LINES), (ground > 0) & (kinds == POINT)
    wide = geometries.copy()
    wide[lines] = shapely.buffer(geometries[lines], ground[lines] / 2, cap_style="flat", join_style="mitre")
    wide[points] = shapely.buffer(geometries[points], np.sqrt(ground[points]) / 2, cap_style="square")
    return wide
