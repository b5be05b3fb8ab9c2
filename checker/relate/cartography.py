"""Chooses what the map of a report shows of a plan set, and makes it light; hands on layers in the CRS of the findings.

A map is looked at, not measured: of large layers it shows the largest features, and their lines as fine as a screen is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import shapely

from checker.errors import Text
from checker.facts import FactTable, Store
from checker.model import MapFeature, MapLayer
from checker.relate.geometry import Geometries, crs_of, is_exact, layer, plausible, project
from checker.relate.ground import CRS
from checker.vocabulary import SUB, MapStyle

_MOST_FEATURES = 10_000  # of all layers together
_MOST_VERTICES = 100_000  # of all layers together: about two megabytes as text
_FINEST = 1 / 10_000  # of the map's extent: what is finer than that is seen on no screen
_COARSEST = 1 / 50  # of the map's extent: lines that are coarser say less than a box
_PLACES = 7  # of a degree: a centimetre


@dataclass(frozen=True)
class _Drawing:
    """What is drawn of a table: nodes, and their shapes in degrees.

    ``smaller``: how many features were left out for larger ones; ``unplaced``: how many have no place that can be shown.
    """

    table: FactTable
    style: MapStyle
    nodes: list[int]
    shapes: Geometries
    smaller: int
    unplaced: int


def layers(store: Store) -> tuple[MapLayer, ...]:
    """What a map draws of the plan under review and of the plans it is compared with, from the bottom upwards."""
    facts, vocabulary = store.facts, store.vocabulary
    styled = [(table, vocabulary.map_style(table.cls)) for table in facts.tables if table.geometry is not None]
    shown = [(table, style) for table, style in styled if style is not None and len(table.ids)]
    shown.sort(key=lambda found: (found[0].plan == facts.reviewed, found[1].order))
    most = max(1, _MOST_FEATURES // max(1, len(shown)))
    drawings = _light([_drawing(table, style, most) for table, style in shown])
    named = [node for drawing in drawings for node in drawing.nodes]
    names, keys = (store.names_of(named, (str(prop),)) for prop in (SUB.nameOf, SUB.keyOf))
    called = {node: " ".join(dict.fromkeys(x for x in (names.get(node), keys.get(node)) if x)) for node in named}
    together: dict[tuple[int, str], list[_Drawing]] = {}
    for drawing in drawings:
        together.setdefault((drawing.table.plan, drawing.table.cls), []).append(drawing)
    return tuple(_layer(of_class, store, called) for of_class in together.values())


def _drawing(table: FactTable, style: MapStyle, most: int) -> _Drawing:
    """The largest features of a table, at most so many, that have a place which can be shown exactly."""
    drawn, shown = layer(table), crs_of(CRS)
    assert shown is not None, "PROJ knows CGCS2000"
    if drawn.crs is None or not is_exact(drawn.crs, shown):
        return _Drawing(table, style, [], drawn.shapes[:0], 0, len(drawn.shapes))
    left, bottom, right, top = shapely.bounds(drawn.shapes).T
    size = np.maximum(right - left, top - bottom)  # nan where there is nothing
    can = np.flatnonzero(np.isfinite(size))
    largest = can[np.sort(np.argsort(-size[can], kind="stable")[:most])]
    chosen = largest[plausible(drawn.shapes[largest], drawn.crs)]
    shapes = project(drawn.shapes[chosen], drawn.crs, shown)
    sound = np.array([np.isfinite(shapely.get_coordinates(shape)).all() for shape in shapes], dtype=bool)
    nodes = table.ids.take(pa.array(chosen[sound])).to_pylist()
    smaller = len(can) - len(largest)
    return _Drawing(table, style, nodes, shapes[sound], smaller, len(drawn.shapes) - smaller - len(nodes))


def _light(drawings: Sequence[_Drawing]) -> list[_Drawing]:
    """The drawings with no finer lines than a map can show, and with no more vertices than a page should hold."""
    drawn = [drawing for drawing in drawings if drawing.nodes]
    if not drawn:
        return list(drawings)
    left, bottom, right, top = shapely.total_bounds(np.concatenate([drawing.shapes for drawing in drawn]))
    extent = max(right - left, top - bottom)
    tolerance = extent * _FINEST
    found = [_coarser(drawing, tolerance) for drawing in drawings]
    while _vertices(found) > _MOST_VERTICES:
        tolerance *= 2
        if tolerance > extent * _COARSEST:
            return [replace(drawing, shapes=shapely.envelope(drawing.shapes)) for drawing in found]
        found = [_coarser(drawing, tolerance) for drawing in found]
    return found


def _vertices(drawings: Sequence[_Drawing]) -> int:
    return sum(int(shapely.get_num_coordinates(drawing.shapes).sum()) for drawing in drawings)


def _coarser(drawing: _Drawing, tolerance: float) -> _Drawing:
    """A drawing with lines no finer than a tolerance; what vanishes by that is drawn as its box."""
    light = shapely.simplify(drawing.shapes, tolerance, preserve_topology=False)
    return replace(drawing, shapes=np.where(shapely.is_empty(light), shapely.envelope(drawing.shapes), light))


def _layer(drawings: Sequence[_Drawing], store: Store, called: Mapping[int, str]) -> MapLayer:
    """One layer of what a plan's tables hold of a class."""
    first = drawings[0]
    shapes = np.concatenate([drawing.shapes for drawing in drawings])
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, _PLACES))
    nodes = [node for drawing in drawings for node in drawing.nodes]
    label = store.vocabulary.label(first.table.cls)
    assert label is not None, "what has a style is a class of the ontology"
    return MapLayer(
        plan=store.facts.iri(first.table.plan),
        label=label,
        colour=first.style.colour,
        fill=first.style.fill,
        features=tuple(
            MapFeature(store.facts.iri(node), called[node], wkb)
            for node, wkb in zip(nodes, shapely.to_wkb(rounded), strict=True)
        ),
        note=_note(sum(drawing.smaller for drawing in drawings), sum(drawing.unplaced for drawing in drawings)),
    )


def _note(smaller: int, unplaced: int) -> Text | None:
    """What of a layer is not drawn, and why."""
    said = []
    if smaller:
        said.append(Text(f"较小的 {smaller} 个没有画出", f"the {smaller} smaller ones are not drawn"))
    if unplaced:
        said.append(
            Text(
                f"{unplaced} 个的位置无法表示",
                f"{unplaced} ha{'ve' if unplaced != 1 else 's'} no place that can be shown",
            )
        )
    return Text("，".join(t.zh for t in said), ", ".join(t.en for t in said)) if said else None
