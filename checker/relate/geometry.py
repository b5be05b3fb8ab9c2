"""What layers look like on the ground: CRS, plausibility of coordinates, validity; and how areas are measured."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely
from pyproj.exceptions import CRSError

from checker.facts import Builder, Facts, FactTable
from checker.vocabulary import SUB, Vocabulary

Geometries = npt.NDArray[np.object_]

_MARGIN = 3.0  # degrees: a plan may reach over the border of its zone, not two zones away
_NULL_ISLAND = 1.0  # in the layer's unit; no plan lies at the origin of a CRS
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


def shapes(table: FactTable) -> Geometries:
    """The shapely geometries of a layer in two dimensions; None for a missing or unreadable one."""
    assert table.geometry is not None
    wkb = table.geometry.to_numpy(zero_copy_only=False)
    found: Geometries = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    return found


@lru_cache(maxsize=64)
def crs_of(text: str) -> pyproj.CRS | None:
    """The CRS that a layer names, or None where it means nothing to PROJ."""
    try:
        return pyproj.CRS.from_user_input(text)
    except CRSError:
        return None


def usable(geometries: Geometries) -> npt.NDArray[np.bool_]:
    """Which geometries are there, not empty, and valid."""
    found: npt.NDArray[np.bool_] = (
        ~shapely.is_missing(geometries) & ~shapely.is_empty(geometries) & shapely.is_valid(geometries)
    )
    return found


def only(geometries: Geometries, kept: npt.NDArray[np.bool_]) -> Geometries:
    """The geometries with None in place of those not kept."""
    chosen = geometries.copy()
    chosen[~kept] = None
    return chosen


def measuring_crs(crs: pyproj.CRS, geometries: Geometries) -> pyproj.CRS:
    """A CRS in metres to measure in: the layer's own if it is projected in metres, else an equal-area one around it."""
    if crs.is_projected and all(axis.unit_name == "metre" for axis in crs.axis_info[:2]):
        return crs
    left, bottom, right, top = shapely.total_bounds(project(geometries, crs, pyproj.CRS.from_epsg(4326)))
    return pyproj.CRS.from_proj4(
        f"+proj=laea +lon_0={(left + right) / 2:.6f} +lat_0={(bottom + top) / 2:.6f} +ellps=GRS80 +units=m"
    )


def project(geometries: Geometries, source: pyproj.CRS, target: pyproj.CRS) -> Geometries:
    """The geometries in another CRS, x before y. Coordinates that cannot be projected become infinite."""
    if source == target:
        return geometries
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    moved: Geometries = shapely.transform(geometries, transformer.transform, interleaved=False)
    return moved


def describe(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """Adds EPSG code and implausible coordinates of every layer, and the geometry problems of the plan under review."""
    builder = Builder.resume(vocabulary, facts)
    for table in facts.tables:
        if table.geometry is None:
            continue
        found = shapes(table)
        crs = crs_of(table.crs) if table.crs else None
        if crs is not None and table.table is not None:
            epsg = crs.to_epsg(min_confidence=25)
            if epsg is not None:
                builder.value(str(SUB.epsg), [table.table], pa.array([epsg], pa.int64()))
            odd = _implausible(found, crs)
            if odd:
                builder.value(str(SUB.outsideItsCrs), [table.table], pa.array([odd]))
        if table.plan == facts.reviewed:
            wrong = np.flatnonzero(~usable(found))
            reasons = [_problem(found[i]) for i in wrong]
            builder.value(str(SUB.geometryProblem), table.ids.take(pa.array(wrong)), pa.array(reasons, pa.string()))
    return builder.facts()


def _implausible(geometries: Geometries, crs: pyproj.CRS) -> str | None:
    """Why the coordinates cannot be right for their CRS, or None."""
    present = geometries[~shapely.is_missing(geometries) & ~shapely.is_empty(geometries)]
    if not len(present) or crs.area_of_use is None:
        return None
    box = shapely.box(*shapely.total_bounds(present))
    bounds = "({:.2f}, {:.2f}, {:.2f}, {:.2f})".format(*shapely.bounds(box))
    if np.abs(shapely.bounds(box)).max() < _NULL_ISLAND:
        return f"坐标在原点附近 near the origin {bounds}"
    if _within(box, crs):
        return None
    swapped = shapely.transform(box, lambda xy: xy[:, ::-1])
    if _within(swapped, crs):
        return f"坐标轴可能颠倒 axes may be swapped {bounds}"
    return f"超出坐标系适用范围 outside the area of use {bounds}"


def _within(box: shapely.Geometry, crs: pyproj.CRS) -> bool:
    area = crs.area_of_use
    assert area is not None, "_implausible() asked nothing of a CRS without an area of use"
    moved = project(np.array([box]), crs, pyproj.CRS.from_epsg(4326))
    left, bottom, right, top = shapely.total_bounds(moved)
    if not np.isfinite([left, bottom, right, top]).all():
        return False
    return bool(
        left >= area.west - _MARGIN
        and right <= area.east + _MARGIN
        and bottom >= area.south - _MARGIN
        and top <= area.north + _MARGIN
    )


def _problem(geometry: shapely.Geometry | None) -> str:
    """What is wrong with a geometry and where, in both languages; coordinates rounded to 0.01."""
    if geometry is None:
        return "没有图形 no geometry"
    if shapely.is_empty(geometry):
        return "图形为空 empty geometry"
    reason = str(shapely.is_valid_reason(geometry))
    words, _, at = reason.partition("[")
    numbers = [f"{float(n):.2f}" for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", at)[:2]]
    where = f" ({', '.join(numbers)})" if numbers else ""
    return f"{_PROBLEMS.get(words.strip(), '图形无效')} {words.strip()}{where}"
