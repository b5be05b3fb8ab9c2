"""Geometries as the page's script reads them: light enough to be sent by the ten thousand, and as whole numbers.

A geometry is a list of parts, a part is its dimension (0 point, 1 line, 2 area) followed by its rings, and a ring is a flat
list of longitudes and latitudes in ten-millionths of a degree, each but the first pair as the difference from the one before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

_UNIT = 1e-7  # of a degree: a centimetre
_MOST_VERTICES = 300_000  # of all together: about four megabytes as text
_FINEST = 1e-6  # of a degree: a tenth of a metre
_COARSEST = 1e-3

Part = list[int | list[int]]


def light(wkbs: Sequence[bytes]) -> tuple[list[list[Part]], bool]:
    """The geometries in the page's form, and whether some were made simpler so that the page can hold all."""
    whole = shapely.from_wkb(np.array(wkbs, dtype=object))
    shown = _simple(whole)
    return [_parts(shape) for shape in shown], shown is not whole


def _simple(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The geometries with ever coarser lines until all fit; in the end their boxes, or points where even these are many."""
    tolerance, found = _FINEST, shapes
    while shapely.get_num_coordinates(found).sum() > _MOST_VERTICES:
        if tolerance > _COARSEST:
            boxes: npt.NDArray[np.object_] = shapely.envelope(shapes)
            points: npt.NDArray[np.object_] = shapely.centroid(boxes)
            return boxes if len(boxes) * 5 <= _MOST_VERTICES else points
        found = shapely.simplify(shapes, tolerance)
        tolerance *= 4
    return found


def _parts(shape: shapely.Geometry) -> list[Part]:
    return [part for piece in shapely.get_parts(shape) for part in _part(piece)]


def _part(piece: shapely.Geometry) -> list[Part]:
    dimension = int(shapely.get_dimensions(piece))
    if dimension < 0:
        return []
    if shapely.get_type_id(piece) == shapely.GeometryType.GEOMETRYCOLLECTION:
        return _parts(piece)
    rings = shapely.get_rings(piece) if dimension == 2 else [piece]
    return [[dimension, *(_ring(ring) for ring in rings)]]


def _ring(ring: shapely.Geometry) -> list[int]:
    whole = np.rint(shapely.get_coordinates(ring) / _UNIT).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    flat: list[int] = steps.ravel().tolist()
    return flat
