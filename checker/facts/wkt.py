"""Geometries as the literals of GeoSPARQL 1.1 (geo:wktLiteral), written and read: a CRS by its IRI, coordinates in its axis order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely
from pyproj.exceptions import CRSError
from rdflib import Literal, Namespace

GEO = Namespace("http://www.opengis.net/ont/geosparql#")
_UNKNOWN = "http://www.opengis.net/def/nil/OGC/0/unknown"
_CODE = re.compile(r"([A-Za-z]+):([A-Za-z0-9]+)")
_IRI = re.compile(r"https?://www\.opengis\.net/def/crs/([A-Za-z]+)/[^/]+/([A-Za-z0-9]+)")
_LITERAL = re.compile(r"\s*(?:<([^<>\s]*)>\s*)?(.*)", re.DOTALL)
_DEFAULT = "OGC:CRS84"  # of a literal that names no CRS
_EDITIONS = {"OGC": "1.3"}


def literals(geometry: pa.Array, crs: str | None, otherwise: str) -> list[Literal | None]:
    """WKB in x, y order as literals; None for a missing or unreadable one. Heights and measures are left out.

    ``crs``: authority code or WKT, as ``FactTable.crs``; ``otherwise``: the IRI of a CRS that has no authority code.
    """
    shapes = shapely.force_2d(_from_wkb(geometry.to_numpy(zero_copy_only=False)))
    code = _CODE.fullmatch(crs) if crs else None
    iri = otherwise if crs else _UNKNOWN
    if code:
        authority = code[1].upper()
        iri = f"http://www.opengis.net/def/crs/{authority}/{_EDITIONS.get(authority, '0')}/{code[2]}"
    words = shapely.to_wkt(_turned(shapes, crs), rounding_precision=-1)
    return [None if text is None else Literal(f"<{iri}> {text}", datatype=GEO.wktLiteral) for text in words]


def crs_named(literal: str, otherwise: str | None) -> str | None:
    """The CRS that a literal names, as an authority code; ``otherwise`` for one whose IRI says no code."""
    found = _LITERAL.match(literal)
    iri = found[1] if found else None
    if iri is None:
        return _DEFAULT
    code = _IRI.fullmatch(iri)
    return f"{code[1]}:{code[2]}" if code else None if iri == _UNKNOWN else otherwise


def geometries(texts: Sequence[str | None], crs: str | None) -> pa.Array:
    """Literals of one CRS as WKB in x, y order; null for what is no WKT."""
    words = [None if text is None else _LITERAL.sub(r"\2", text, count=1) for text in texts]
    shapes = shapely.from_wkt(np.array(words, dtype=object), on_invalid="ignore")
    return pa.array(shapely.to_wkb(_turned(shapely.force_2d(shapes), crs)), pa.binary())


def _from_wkb(wkb: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    try:
        found: npt.NDArray[np.object_] = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:  # a curve among them, which WKT of ours does not write
        found = np.array([_one(each) for each in wkb], dtype=object)
    return found


def _one(wkb: bytes | None) -> shapely.Geometry | None:
    try:
        return shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        return None


def _turned(shapes: npt.NDArray[np.object_], crs: str | None) -> npt.NDArray[np.object_]:
    """Geometries with x and y exchanged where the CRS says north before east."""
    if crs is None or not _is_north_first(crs):
        return shapes
    found: npt.NDArray[np.object_] = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    return found


@lru_cache(maxsize=64)
def _is_north_first(crs: str) -> bool:
    try:
        axes = pyproj.CRS.from_user_input(crs).axis_info
    except CRSError:
        return False
    return bool(axes) and axes[0].direction.lower() == "north"
