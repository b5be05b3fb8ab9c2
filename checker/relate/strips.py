"""Gives features that are drawn as lines or points the ground that they declare: a strip of a width, a square of an area."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely

from checker.facts import Builder, Facts, FactTable
from checker.relate.geometry import LINES, POINT, Geometries, measurable, shapes
from checker.vocabulary import SUB, Vocabulary


def drawn(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """Adds sub:drawnAs ("line", "point") to the features of the plan under review for which sub:DrawnGround is declared."""
    builder = Builder.resume(vocabulary, facts)
    for declared in vocabulary.declarations(str(SUB.DrawnGround)):
        below = vocabulary.subclasses(declared["features"])
        for table in facts.tables:
            if table.plan == facts.reviewed and table.cls in below and table.geometry is not None:
                kinds = shapely.get_type_id(shapes(table))
                for word, those in (("line", np.isin(kinds, LINES)), ("point", kinds == POINT)):
                    ids = table.ids.filter(pa.array(those))
                    builder.value(str(SUB.drawnAs), ids, pa.array([word] * len(ids), pa.string()))
    return builder.facts()


def declared_ground(table: FactTable, vocabulary: Vocabulary) -> npt.NDArray[np.float64]:
    """Per row the width in m of what is drawn as a line, the area in m² of what is drawn as a point; else 0."""
    kinds = shapely.get_type_id(shapes(table))
    found = np.zeros(len(kinds))
    for declared in vocabulary.declarations(str(SUB.DrawnGround)):
        if table.cls not in vocabulary.subclasses(declared["features"]):
            continue
        for name, those in (("widthGivenBy", np.isin(kinds, LINES)), ("areaGivenBy", kinds == POINT)):
            column = table.columns.get(declared[name])
            if column is not None:
                found[those] = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)[those]
    return found


def grounded(geometries: Geometries, crs: pyproj.CRS, ground: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which take ground that can be measured: sound polygons, and sound lines and points for which ``ground`` is declared."""
    sound = measurable(geometries, crs)
    if (ground > 0).any():  # testing validity takes long where there are a million
        sound |= (ground > 0) & measurable(geometries, crs, (POINT, *LINES))
    return sound


def widen(geometries: Geometries, ground: npt.NDArray[np.float64]) -> Geometries:
    """Lines as strips and points as squares of the ground declared for them (m, m²), in a CRS in metres; the rest as it is."""
    kinds = shapely.get_type_id(geometries)
    lines, points = (ground > 0) & np.isin(kinds, LINES), (ground > 0) & (kinds == POINT)
    if not (lines.any() or points.any()):
        return geometries
    wide = geometries.copy()
    wide[lines] = shapely.buffer(geometries[lines], ground[lines] / 2, cap_style="flat", join_style="mitre")
    wide[points] = shapely.buffer(geometries[points], np.sqrt(ground[points]) / 2, cap_style="square")
    return wide
