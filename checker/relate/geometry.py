"""What layers look like on the ground: CRS, plausibility of coordinates, validity; and how areas are measured."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely
from pyproj.aoi import AreaOfUse
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from pyproj.exceptions import CRSError, ProjError

from checker.errors import Text
from checker.facts import Builder, Facts, FactTable
from checker.vocabulary import SUB, Vocabulary

Geometries = npt.NDArray[np.object_]

_WGS84 = pyproj.CRS.from_epsg(4326)

_SURE = 70  # of 100, that a CRS written out as text is the one of an EPSG code: at 25 a local meridian passes for another zone
_MARGIN = 3.0  # degrees: a plan may reach over the border of its zone, not two zones away
_OUTLINE = 21  # points of each side of an outline: more than enough for its curve in degrees beside the margin
_NULL_ISLAND = 1.0  # in the layer's unit; no plan lies at the origin of a CRS
POINT = 0  # shapely's type id of a point
POLYGONS = (3, 6)  # shapely's type ids of polygon and multipolygon
LINES = (1, 2, 5)  # of line, ring and multiline
_CURVES = range(8, 13)  # WKB's type codes from CircularString to MultiSurface
_MILLION = 1_000_000.0  # metres
_DISTORTION = 0.01  # of area: Gauss-Krueger stays below 0.3 % in its zone; Web Mercator is 36 % off at 31° N
_PROBLEMS = {
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "孔洞在外环之外",
    "Holes are nested": "孔洞相套",
    "Interior is disconnected": "内部不连通",
    "Nested shells": "外环相套",
    "Duplicate Rings": "重复的环",
    "Too few points in geometry component": "点数不足",
    "Invalid Coordinate": "坐标无效",
    "Ring is not closed": "环未闭合",
}


_BLOCK = 50_000  # geometries that one thread works on at a time


class Layer:
    """The geometries of a layer, in two dimensions, and what of them can be measured. Nothing of it is to be changed.

    ``shapes``: None for a missing or unreadable one. ``crs``: None where the layer's means nothing.
    """

    def __init__(self, table: FactTable) -> None:
        assert table.geometry is not None
        self.shapes = read(table.geometry)
        self.crs = crs_of(table.crs) if table.crs else None

    @cached_property
    def kinds(self) -> npt.NDArray[np.int32]:
        """Shapely's type ids."""
        found: npt.NDArray[np.int32] = shapely.get_type_id(self.shapes)
        return found

    @cached_property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which geometries are there, not empty, and valid."""
        missing = shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes)
        found: npt.NDArray[np.bool_] = ~missing & spread(shapely.is_valid, self.shapes)
        return found

    @cached_property
    def plausible(self) -> npt.NDArray[np.bool_]:
        """Which geometries have coordinates that can be right for the layer's CRS; never a missing or empty one."""
        return np.zeros(len(self.shapes), dtype=bool) if self.crs is None else plausible(self.shapes, self.crs)

    @cached_property
    def placed(self) -> npt.NDArray[np.bool_]:
        """Which geometries are usable, and where the layer's CRS may be used."""
        return self.usable & self.plausible

    def measurable(self, kinds: tuple[int, ...] = POLYGONS) -> npt.NDArray[np.bool_]:
        """Which geometries can be measured and laid over others: those placed that are of these kinds."""
        found: npt.NDArray[np.bool_] = self.placed & np.isin(self.kinds, kinds)
        return found

    @cached_property
    def metric(self) -> pyproj.CRS:
        """The CRS that the layer is measured in; only of a layer with a CRS."""
        assert self.crs is not None, "a layer without CRS is not measured"
        return measuring_crs(self.crs, self.shapes[self.placed]) if self.placed.any() else self.crs

    def moved_to(self, crs: pyproj.CRS) -> tuple[Geometries, npt.NDArray[np.bool_]]:
        """The placed geometries of a layer with a CRS in some other, None for the rest, and which of them are valid there."""
        assert self.crs is not None, "a layer without CRS is nowhere"
        placed = only(self.shapes, self.placed)
        if crs == self.crs:
            return placed, self.placed
        moved = project(placed, self.crs, crs)
        return moved, self.placed & spread(shapely.is_valid, moved)

    @cached_property
    def _measured(self) -> tuple[Geometries, npt.NDArray[np.bool_]]:
        return self.moved_to(self.metric) if self.placed.any() else (only(self.shapes, self.placed), self.placed)

    @property
    def moved(self) -> Geometries:
        """The geometries in the CRS to measure in; None for one that is not placed."""
        return self._measured[0]

    @property
    def sound(self) -> npt.NDArray[np.bool_]:
        """Which geometries are placed, and valid in the CRS to measure in."""
        return self._measured[1]


@lru_cache(maxsize=16)  # all layers are described, then each is measured and laid over others
def layer(table: FactTable) -> Layer:
    """The geometries of a table that has some."""
    return Layer(table)


def spread(measure: Callable[..., Any], *columns: npt.NDArray[Any]) -> Any:
    """What a function gives for columns of the same length, row by row, computed on all cores: GEOS needs no lock of Python's."""
    starts = range(0, len(columns[0]), _BLOCK)
    if len(starts) < 2:
        return measure(*columns)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(lambda start: measure(*(column[start : start + _BLOCK] for column in columns)), starts)
        return np.concatenate(list(parts))


def read(geometry: pa.Array) -> Geometries:
    """The shapely geometries of a column of WKB in two dimensions; None for a missing or unreadable one."""
    wkb = geometry.to_numpy(zero_copy_only=False)
    try:
        found: Geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:  # a curve among them
        return np.array([_linear(one) for one in wkb], dtype=object)
    flat = not (shapely.has_z(found) | shapely.has_m(found)).any()
    return found if flat else shapely.force_2d(found)


def _linear(wkb: bytes | None) -> shapely.Geometry | None:
    """The geometry of one WKB; None for a curve, which GEOS does not measure."""
    try:
        return shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    except NotImplementedError:
        return None


@lru_cache(maxsize=64)
def crs_of(text: str) -> pyproj.CRS | None:
    """The CRS that a layer names, or None where it means nothing to PROJ or is not tied to the Earth."""
    try:
        crs = pyproj.CRS.from_user_input(text)
    except CRSError:
        return None
    return crs if crs.geodetic_crs is not None and _leads_to_the_earth(crs) else None


def _leads_to_the_earth(crs: pyproj.CRS) -> bool:
    """Whether positions can be computed from it: a CRS can be written out that no projection fits."""
    try:
        _transformer(crs, _WGS84)
    except ProjError:
        return False
    return True


@lru_cache(maxsize=64)
def area_of_use(crs: pyproj.CRS) -> AreaOfUse | None:
    """Where a CRS may be used; that of its EPSG entry where it is written out as text (a .prj file)."""
    area = crs.area_of_use
    if area is None:
        epsg = (crs.sub_crs_list or [crs])[0].to_epsg(min_confidence=_SURE)
        area = pyproj.CRS.from_epsg(epsg).area_of_use if epsg is not None else None
    return None if area is None else AreaOfUse(area.west, area.south, area.east, area.north, area.name)


@lru_cache(maxsize=64)
def _transformer(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=64)
def is_exact(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Whether PROJ knows a real transformation between two CRS.

    Without one it would take two datums for the same: the coordinates of Xian 1980 are about 100 m off those of CGCS2000.
    """
    try:
        pyproj.Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError:
        return False
    return True


def only(geometries: Geometries, kept: npt.NDArray[np.bool_]) -> Geometries:
    """The geometries with None in place of those not kept."""
    chosen = geometries.copy()
    chosen[~kept] = None
    return chosen


def plausible(geometries: Geometries, crs: pyproj.CRS) -> npt.NDArray[np.bool_]:
    """Which geometries have coordinates that can be right for their CRS; never a missing or empty one."""
    boxes = shapely.bounds(geometries)
    right: npt.NDArray[np.bool_] = np.isfinite(boxes).all(axis=1) & ~(np.abs(boxes).max(axis=1) < _NULL_ISLAND)
    rows = np.flatnonzero(right)
    if len(rows) and not _lies_within(boxes[rows], crs):  # else all of them do
        right[rows] = _lie_within(*_corners(boxes[rows], crs), area_of_use(crs)).all(axis=0)
    return right


def _lies_within(boxes: npt.NDArray[np.float64], crs: pyproj.CRS) -> bool:
    """Whether the outline of all boxes together lies where a CRS may be used: a million corners take a second to project."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    steps = np.linspace(0, 1, _OUTLINE)
    x, y = (low[i] + steps * (high[i] - low[i]) for i in (0, 1))
    lon, lat = _transformer(crs, _WGS84).transform(
        np.concatenate([x, x, np.full(_OUTLINE, low[0]), np.full(_OUTLINE, high[0])]),
        np.concatenate([np.full(_OUTLINE, low[1]), np.full(_OUTLINE, high[1]), y, y]),
    )
    return bool(_lie_within(np.asarray(lon), np.asarray(lat), area_of_use(crs)).all())


def _lie_within(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], area: AreaOfUse | None
) -> npt.NDArray[np.bool_]:
    """Which places lie where a CRS may be used, or not far from there; none that is infinite."""
    found = np.isfinite(lon) & np.isfinite(lat)
    if area is not None:
        found &= (lon >= area.west - _MARGIN) & (lon <= area.east + _MARGIN)
        found &= (lat >= area.south - _MARGIN) & (lat <= area.north + _MARGIN)
    return found


def measuring_crs(crs: pyproj.CRS, geometries: Geometries) -> pyproj.CRS:
    """A CRS in metres to measure in: the layer's own if it is in metres and true to area there, else one made for it."""
    lon, lat = (float(corner.mean()) for corner in _corners(shapely.total_bounds(geometries)[np.newaxis], crs))
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # nowhere on the Earth: nothing that is true can be measured there
        return crs
    if crs.is_projected and all(axis.unit_name == "metre" for axis in crs.axis_info[:2]):
        distortion = abs(pyproj.Proj(crs).get_factors(lon, lat).areal_scale - 1)
        if not distortion > _DISTORTION:
            return crs
    around = LambertAzimuthalEqualAreaConversion(round(lat, 6), round(lon, 6))
    return ProjectedCRS(around, geodetic_crs=crs.geodetic_crs)  # of the same datum


def _corners(
    boxes: npt.NDArray[np.float64], crs: pyproj.CRS
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitude and latitude of the four corners of bounding boxes, each as [corner, box]; infinite where impossible."""
    left, bottom, right, top = boxes.T
    transformer = _transformer(crs, _WGS84)
    lon, lat = transformer.transform(np.array([left, right, left, right]), np.array([bottom, bottom, top, top]))
    return np.asarray(lon), np.asarray(lat)


def project(geometries: Geometries, source: pyproj.CRS, target: pyproj.CRS) -> Geometries:
    """The geometries in another CRS, x before y. Coordinates that cannot be projected become infinite."""
    if source == target:
        return geometries
    transformer = _transformer(source, target)
    moved: Geometries = shapely.transform(geometries, transformer.transform, interleaved=False)
    return moved


def describe(facts: Facts, vocabulary: Vocabulary, with_places: bool = True) -> Facts:
    """Adds EPSG code and implausible coordinates of every layer, and the geometry problems of the plan under review.

    ``with_places``: also says where (sub:near).
    """
    builder = Builder.resume(vocabulary, facts)
    for table in facts.tables:
        if table.geometry is None:
            continue
        drawn = layer(table)
        found = drawn.shapes
        if drawn.crs is not None and table.table is not None:
            epsg = drawn.crs.to_epsg(min_confidence=_SURE)
            if epsg is not None:
                builder.value(str(SUB.epsg), [table.table], pa.array([epsg], pa.int64()))
            odd = _implausible(drawn, drawn.crs)
            if odd is not None:
                _say(builder, "outsideItsCrs", pa.array([table.table]), [odd])
                if with_places:
                    corners = shapely.total_bounds(found[~shapely.is_missing(found)])
                    builder.value(str(SUB.near), [table.table], pa.array([_place(corners)]))
        if table.plan == facts.reviewed:
            wrong = np.flatnonzero(~drawn.usable)
            ids = table.ids.take(pa.array(wrong))
            _say(builder, "geometryProblem", ids, [_problem(found[i], table.geometry[int(i)].as_py()) for i in wrong])
            faults = [fault(found[i]) for i in wrong]
            placed = [(node, _place(at.coords[0])) for node, at in zip(ids.to_pylist(), faults, strict=True) if at]
            if with_places:
                builder.value(str(SUB.near), [n for n, _ in placed], pa.array([at for _, at in placed], pa.string()))
    return builder.facts()


def _say(builder: Builder, term: str, nodes: pa.Array, words: Sequence[Text]) -> None:
    """States words about nodes in both languages: sub:<term> and sub:<term>InEnglish."""
    builder.value(str(SUB[term]), nodes, pa.array([w.zh for w in words], pa.string()))
    builder.value(str(SUB[f"{term}InEnglish"]), nodes, pa.array([w.en for w in words], pa.string()))


def _implausible(drawn: Layer, crs: pyproj.CRS) -> Text | None:
    """Why the coordinates cannot be right for their CRS, or None."""
    there = ~shapely.is_missing(drawn.shapes) & ~shapely.is_empty(drawn.shapes)
    if drawn.plausible[there].all():
        return None
    present = drawn.shapes[there]
    if np.abs(shapely.total_bounds(present)).max() < _NULL_ISLAND:
        return Text("坐标在原点附近", "they lie near the origin")
    if plausible(shapely.transform(present, lambda xy: xy[:, ::-1]), crs).all():
        return Text("坐标轴可能颠倒", "the axes may be swapped")
    apart = _zones_apart(present, crs)
    if apart and plausible(shapely.transform(present, lambda xy: xy - np.array([apart, 0.0])), crs).all():
        return Text(
            "东坐标可能多写或少写了带号", "the zone's number may be missing from the eastings, or be one too many"
        )
    return Text("超出坐标系适用范围", "they lie outside its area of use")


def _zones_apart(geometries: Geometries, crs: pyproj.CRS) -> float:
    """By how many whole millions of metres the eastings are off those of a CRS: zone numbers are written before them."""
    operation = crs.coordinate_operation if crs.is_projected else None
    easting = next((p.value for p in operation.params if p.name == "False easting"), None) if operation else None
    left, _, right, _ = shapely.total_bounds(geometries)
    if easting is None or not np.isfinite(left + right):
        return 0.0
    return float(round(((left + right) / 2 - easting) / _MILLION) * _MILLION)


def _place(coordinates: Iterable[float]) -> str:
    return f"({', '.join(_coordinate(value) for value in coordinates)})"


def _coordinate(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1e12 else f"{value:.3g}"


def _problem(geometry: shapely.Geometry | None, wkb: bytes | None) -> Text:
    """What is wrong with a geometry, in both languages."""
    if geometry is None and wkb is not None and wkb[:1] == b"\1" and wkb[1] in _CURVES:
        return Text(
            "是曲线，无法量算，请转为折线后提交", "it is a curve, which cannot be measured; turn it into straight lines"
        )
    if geometry is None:
        return Text("没有图形", "no geometry")
    if shapely.is_empty(geometry):
        return Text("图形为空", "it is empty")
    words = str(shapely.is_valid_reason(geometry)).partition("[")[0].strip()
    return Text(_PROBLEMS.get(words, words), words)


def fault(geometry: shapely.Geometry | None) -> shapely.Point | None:
    """The point at which a geometry is not valid, or None where there is no such point."""
    if geometry is None or shapely.is_valid(geometry):
        return None
    at = str(shapely.is_valid_reason(geometry)).partition("[")[2]
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", at)[:2]]
    return shapely.Point(numbers) if len(numbers) == 2 else None
