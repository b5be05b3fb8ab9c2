"""Shows where conflicts are on the Earth; hands on results whose violations carry a geometry.

A conflict is about the ground of the individuals that its rule names, or of its focus: a feature, or a piece that relate
worked out. Nothing is computed for what no finding is about, so that a million sound features cost nothing. All geometries
are in one CRS with degrees, because a plan's layers may be in several, and maps want degrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely

from checker.errors import Text
from checker.facts import Facts, Store
from checker.model import Concerned, ConflictGeometry, Finding, RuleResult, Violation
from checker.relate.geometry import Geometries, crs_of, fault, is_exact, project, read
from checker.vocabulary import SUB

CRS = "EPSG:4490"  # CGCS2000, longitude before latitude
_PLACES = 8  # of a degree: about a millimetre, coarser than what releases of GEOS and PROJ differ by
_MOST = 1000  # vertices of one geometry
_GRID = (
    0.001  # m: what lies nearer together is one point, so that edges that nearly coincide leave no hairs between them
)
_LEAST = 0.01  # m²: what areas are rounded to; a remainder below it is numeric noise

_Conflict = tuple[tuple[str, ...], tuple[str, ...]]  # whose ground, and whose is taken away
_Shape = tuple[shapely.Geometry, pyproj.CRS | None]


def locate(results: Sequence[RuleResult], store: Store) -> list[RuleResult]:
    """The results with a geometry at each violation that is about some ground."""
    found = _geometries({_conflict(v) for r in results for v in r.violations}, store)
    return [
        replace(r, violations=tuple(replace(v, geometry=found.get(_conflict(v))) for v in r.violations))
        for r in results
    ]


def concerned(findings: Sequence[Finding], store: Store) -> tuple[Concerned, ...]:
    """The features of layers that findings are about, whole, each once."""
    iris = sorted({iri for finding in findings for iri in finding.individuals})
    nodes = store.find(iris)
    shapes = _shapes(store.facts, np.array(sorted(set(nodes.values())), dtype=np.int64))
    called: dict[int, str] = {}
    for prop in (str(SUB.keyOf), str(SUB.nameOf)):
        called |= store.names_of(shapes, (prop,))
    of_crs: dict[pyproj.CRS | None, list[tuple[str, int]]] = {}
    for iri in iris:
        if iri in nodes and nodes[iri] in shapes:
            of_crs.setdefault(shapes[nodes[iri]][1], []).append((iri, nodes[iri]))
    found: dict[str, Concerned] = {}
    for crs, those in of_crs.items():
        shown = _shown(np.array([shapes[node][0] for _, node in those], dtype=object), crs)
        for (iri, node), geometry in zip(those, shown, strict=True):
            placed = store.facts.place_of(node)
            if placed is not None and placed[0].place.file:
                table, row = placed
                label = store.vocabulary.label(table.cls) or Text(table.cls, table.cls)
                at = replace(table.place, row=table.rows[row].as_py())
                found[iri] = Concerned(iri, called.get(node, ""), label, at, geometry)
    return tuple(found[iri] for iri in iris if iri in found)


def _conflict(v: Violation) -> _Conflict:
    return v.ground or (v.focus,), v.without


def _geometries(conflicts: set[_Conflict], store: Store) -> dict[_Conflict, ConflictGeometry]:
    named = {iri for ground, without in conflicts for iri in (*ground, *without)}
    nodes = store.find(named)
    shapes = _shapes(store.facts, np.array(sorted(set(nodes.values())), dtype=np.int64))
    drawn = {iri: shapes[node] for iri, node in nodes.items() if node in shapes}
    of_crs: dict[pyproj.CRS | None, list[tuple[_Conflict, shapely.Geometry]]] = {}
    for conflict in sorted(conflicts):
        piece = _piece(conflict, drawn)
        if piece is not None:
            of_crs.setdefault(piece[1], []).append((conflict, piece[0]))
    found: dict[_Conflict, ConflictGeometry] = {}
    for crs, pieces in of_crs.items():
        shown = _shown(np.array([shape for _, shape in pieces], dtype=object), crs)
        found |= dict(zip((conflict for conflict, _ in pieces), shown, strict=True))
    return found


def _shapes(facts: Facts, nodes: npt.NDArray[np.int64]) -> dict[int, _Shape]:
    """The geometry of each node that has one, with its CRS. An invalid one is shown by the point where it goes wrong."""
    found: dict[int, _Shape] = {}
    for table in facts.tables:
        if table.geometry is None or not len(table.ids):
            continue
        first, last = table.ids[0].as_py(), table.ids[-1].as_py()
        mine = nodes[(nodes >= first) & (nodes <= last)]
        if not len(mine):
            continue
        crs = crs_of(table.crs) if table.crs else None
        shapes = read(table.geometry.take(pa.array(mine - first)))
        for node, shape, is_sound in zip(mine.tolist(), shapes, shapely.is_valid(shapes), strict=True):
            shown = shape if is_sound else fault(shape)
            if shown is not None and not shapely.is_empty(shown):
                found[node] = shown, crs
    return found


def _piece(conflict: _Conflict, drawn: Mapping[str, _Shape]) -> _Shape | None:
    """The ground of a conflict as one geometry: that of all its individuals, without that of others."""
    ground, without = ([drawn[iri] for iri in iris if iri in drawn] for iris in conflict)
    if not ground:
        return None
    crs = (without or ground)[0][1]  # pieces that were cut out fit exactly only in the CRS that they were cut in
    if crs is None or (len(ground) == 1 and not without):
        return ground[0]
    whole, cut = (_united(shapes, crs) for shapes in (ground, without))
    if not without:
        return whole, crs
    grid = 10**-_PLACES if crs.is_geographic else _GRID
    rest = shapely.get_parts(shapely.difference(whole, cut, grid_size=grid))
    kept = rest[(shapely.area(rest) >= _LEAST) | (shapely.get_dimensions(rest) < 2)]
    return (shapely.union_all(kept), crs) if len(kept) else None


def _united(shapes: Sequence[_Shape], crs: pyproj.CRS) -> shapely.Geometry:
    moved = [
        shape if own is None or own == crs else project(np.array([shape], dtype=object), own, crs)[0]
        for shape, own in shapes
    ]
    return shapely.union_all(np.array(moved, dtype=object))


def _shown(shapes: Geometries, crs: pyproj.CRS | None) -> list[ConflictGeometry]:
    """Geometries as a report shows them."""
    shown = crs_of(CRS)
    assert shown is not None, "PROJ knows CGCS2000"
    if crs is None:
        return [ConflictGeometry(None, Text("图层没有坐标系", "the layer has no CRS"))] * len(shapes)
    if not is_exact(crs, shown):
        said = Text(
            "图层的坐标系与 CGCS2000 没有精确换算", "the CRS of the layer has no exact transformation to CGCS2000"
        )
        return [ConflictGeometry(None, said)] * len(shapes)
    return [_light(shape) for shape in project(shapes, crs, shown)]


def _light(shape: shapely.Geometry) -> ConflictGeometry:
    """A geometry in degrees, rounded, in GEOS's normal order, and with no more vertices than a report should hold."""
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return ConflictGeometry(None, Text("坐标有误", "its coordinates are wrong"))
    before = shapely.get_num_coordinates(shape)
    light = _simple(shape) if before > _MOST else shape
    parts = shapely.get_parts(light)
    alone = parts[0] if len(parts) == 1 else light  # formats differ in whether one part is a multipart geometry
    rounded = shapely.normalize(shapely.transform(alone, lambda xy: np.round(xy, _PLACES)))
    after = shapely.get_num_coordinates(rounded)
    said = Text(f"{before} 个顶点，简化为 {after} 个", f"simplified from {before} vertices to {after}")
    return ConflictGeometry(shapely.to_wkb(rounded), said if after < before else None)


def _simple(shape: shapely.Geometry) -> shapely.Geometry:
    """A geometry with at most ``_MOST`` vertices: by ever coarser lines, in the end by its bounding box."""
    left, bottom, right, top = shapely.bounds(shape)
    tolerance, extent = max(right - left, top - bottom) / 10_000, max(right - left, top - bottom)
    light = shape
    while shapely.get_num_coordinates(light) > _MOST and tolerance < extent / 10:
        light = shapely.simplify(shape, tolerance)
        tolerance *= 2
    return light if shapely.get_num_coordinates(light) <= _MOST else shapely.envelope(shape)
