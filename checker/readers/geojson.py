"""Finds out which CRS a GeoJSON file names, before GDAL does: GDAL would look one up on the network."""

from __future__ import annotations

import json
import mmap
import re
from pathlib import Path

from checker.errors import Text
from checker.readers.refusal import disguised, unreadable

WGS84 = "urn:ogc:def:crs:OGC::CRS84"  # what RFC 7946 says of a file that names none

# The key "crs", or what GDAL might take for it: it reads keys in any case, and of lone objects with ' and comments.
_KEY = re.compile(rb"""("crs"\s*(?=[^\s,}\]])|'crs'):?""", re.IGNORECASE)
_LETTER = re.compile(rb"\\u00(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])", re.IGNORECASE)
_IS_WGS84 = re.compile("4326|CRS:?84", re.IGNORECASE)
_MAX_PARSED = 64 << 20  # bytes: parsed it takes ten times as much
_LONGEST = 4096  # bytes: no name of a CRS is longer


def named_crs(path: Path, name: str) -> str | None:
    """The name of the CRS, WGS84 where the file says nothing, or None where it says that there is none.

    Raises CannotFinish for a CRS that is not given by its name, for several, and for letters written as escapes,
    which no program writes and which would hide one.
    """
    with path.open("rb") as stream:
        if not stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            raise disguised(name)
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if _LETTER.search(data):
                raise disguised(name)
            found = [_crs(data[at.end() : at.end() + _LONGEST]) for at in _KEY.finditer(data)]
    if not any(isinstance(crs, dict) for crs in found):
        return None if found == [None] else WGS84
    names = [_name(crs) for crs in found]
    if len(names) > 1 or names[0] is None:
        raise unreadable(
            name, Text("坐标系（crs）应在文件中只写一次，并写明名称。", "it must name its CRS once, by its name.")
        )
    return names[0]


def _crs(after: bytes) -> object:
    """What stands behind the key: an object, or None for null, or anything else, which names no CRS.

    What is no JSON is taken for an object without a name: GDAL is not as strict.
    """
    try:
        return json.JSONDecoder().raw_decode(after.decode("utf-8", "ignore").lstrip())[0]
    except (ValueError, RecursionError):
        return {}


def _name(crs: object) -> str | None:
    match crs:
        case {"type": "name", "properties": {"name": str(name)}}:
            return name
    return None


def agrees(named: str | None, read: str | None) -> bool:
    """Whether the CRS that GDAL read can be the named one: what it does not know it takes for WGS 84."""
    return named is not None and (read != "EPSG:4326" or _IS_WGS84.search(named) is not None)


def fault(path: Path) -> Text:
    """Why GDAL cannot read a file as GeoJSON: where its JSON breaks off, or that it is JSON of another kind."""
    if path.stat().st_size <= _MAX_PARSED:
        try:
            json.loads(path.read_bytes())
        except json.JSONDecodeError as error:
            return Text(
                f"第 {error.lineno} 行第 {error.colno} 列：JSON 有误或不完整。",
                f"line {error.lineno}, column {error.colno}: the JSON is wrong or cut short.",
            )
        except (UnicodeDecodeError, RecursionError):
            return Text("JSON 不是 UTF-8 编码，或嵌套过深。", "the JSON is not in UTF-8, or nested too deep.")
    return Text(
        "不是 GeoJSON：最外层应为要素集合（FeatureCollection）。其他 JSON 格式请先在原软件中导出为图层。",
        "it is no GeoJSON, which is a FeatureCollection; from other kinds of JSON, export layers with the program "
        "that wrote it.",
    )
