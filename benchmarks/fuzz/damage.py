"""Damages the bytes of a file by what they are: zip members, XML trees, JSON trees, cells, records, pages, fields."""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.fuzz.inputs import zipped

Damage = Callable[[bytes, random.Random], bytes]

# What no cell should be, and what a cell could be in spite of it.
TEXTS = (
    "", " ", "\u3000", "0", "-0", "-1", "1e400", "1E5", "NaN", "inf", "-Infinity", "9" * 40, "9" * 400, "０１２", "1,0000",
    "约3000", "3000.0000000001", "=1+1", '=HYPERLINK("x")', "#REF!", "2026", "2026年", "2026-13-45", "0000-00-00", "9999-12-31",
    "10000年", "2026—2028年", "2028—2026年", "2026年2月30日", "、；、", "P-1、P-9", "P-1；P-1", "是", "√", "没有", "\u202e反", "\ufeff",
    "\u0000", "\ufffd", "\ud7ff", "\U0010ffff", "\U0001f600" * 50, "𠮷", "é", "%s%n", "{0}", "{?value}", "$this", "'; DROP TABLE t; --",
    '"', "'", "`", "\\", "<a>", "&amp;", "]]>", "--", "\t", "\n", "\r\n", "a\nb", "a" * 5000, "长" * 40000, "../../x", "/x/y", "C:\\x",
    "urn:x", "http://192.0.2.1/x", "file:///x", "项目编号", "合计", "注：", "单位：亩", "万亩", "（万元）", "TEST-1", "P-1", "S-1", "新增用地",
    "EPSG:4490", "EPSG:99999", "null", "true", "{}", "[]", "%E4%B8", "a b", "a/b#c?d", "#", "?", "/",
)  # fmt: skip
_WORDS = [t.encode("utf-8", "surrogatepass") for t in TEXTS if len(t) < 400] + [
    b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff\xff\xff", b"\x01\0\0\0", b"\0\0\0\0\0\0\xf0\x7f",
]  # fmt: skip
_LARGEST = 4 << 20
_PARSER = etree.XMLParser(huge_tree=True, resolve_entities=False)


def as_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut, repeated, moved or filled in without regard to what they are."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(found) + 1) if found else 0
        size = rng.choice((1, 2, 4, 8, 64, 512))
        match rng.randrange(8):
            case 0 | 1 if found:
                found[at % len(found)] ^= 1 << rng.randrange(8)
            case 2:
                found[at : at + size] = rng.randbytes(size)
            case 3:
                del found[at : at + size]
            case 4:
                found[at:at] = rng.choice(_WORDS)
            case 5:
                found[at:at] = found[at : at + size] * rng.choice((1, 2, 100))
            case 6:
                word = rng.choice(_WORDS)
                found[at : at + len(word)] = word
            case _:
                del found[at if rng.random() < 0.3 else max(at, len(found) - size) :]
    return bytes(found[:_LARGEST])


def as_text(data: bytes, rng: random.Random) -> bytes:
    """Words, numbers and signs of a text replaced, repeated or taken away; its encoding changed."""
    text = data.decode("utf-8", "surrogateescape")
    pieces = re.split(r"(\s+|[\"',;:{}\[\]()<>.=/]|\d+)", text)
    for _ in range(rng.choice((1, 1, 2, 5))):
        i = rng.randrange(len(pieces))
        match rng.randrange(5):
            case 0:
                pieces[i] = rng.choice(TEXTS)
            case 1:
                pieces[i] = ""
            case 2:
                pieces[i] *= rng.choice((2, 3, 1000))
            case 3:
                j = rng.randrange(len(pieces))
                pieces[i], pieces[j] = pieces[j], pieces[i]
            case _:
                j = min(len(pieces), i + rng.randrange(1, 20))
                pieces[i:i] = pieces[i:j] * rng.choice((1, 2, 50))
    found = "".join(pieces)[:_LARGEST]
    encoding = rng.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-16", "gb18030", "utf-32", "big5"))
    if encoding == "utf-8":
        return found.encode("utf-8", "surrogateescape" if _escaped(found) else "surrogatepass")
    return found.encode(encoding, "replace")


def _escaped(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def xml(data: bytes, rng: random.Random) -> bytes:
    """Elements and attributes taken away, repeated, moved, renamed, filled with other words or nested; entities declared."""
    if rng.random() < 0.15:
        return rng.choice((as_bytes, as_text))(data, rng)
    try:
        root = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return as_bytes(data, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 6))):
        with contextlib.suppress(etree.XMLSyntaxError):  # too deep to be copied
            _xml_once(root, rng)
    said = etree.tostring(
        root, encoding=rng.choice(("UTF-8",) * 8 + ("UTF-16", "GB18030", "ASCII")), xml_declaration=True
    )
    if rng.random() < 0.04:
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>'
        said = said.replace(b"?>", b"?>" + bomb, 1).replace(b"</", rng.choice((b"&b;", b"&c;")) + b"</", 1)
    return said[:_LARGEST]


def _xml_once(root: etree._Element, rng: random.Random) -> None:
    elements = [e for e in root.iter() if isinstance(e.tag, str)]
    e = rng.choice(elements)
    above = e.getparent()
    match rng.randrange(10):
        case 0 if above is not None:
            above.remove(e)
        case 1 if above is not None:
            for _ in range(rng.choice((1, 1, 2, 300))):
                above.insert(rng.randrange(len(above) + 1), _copied(e))
        case 2 if above is not None:
            inside = set(e.iter())
            target = rng.choice([x for x in elements if x not in inside] or [above])
            target.insert(rng.randrange(len(target) + 1), e)
        case 3:
            e.tag = rng.choice(elements).tag if rng.random() < 0.7 else "{urn:x}y"
        case 4 | 5:
            e.text = _allowed(rng.choice(TEXTS))
        case 6 | 7 if e.attrib:
            e.set(
                rng.choice(list(e.attrib)),
                _allowed(rng.choice(TEXTS) if rng.random() < 0.6 else str(rng.choice(_NUMBERS))),
            )
        case 8 if e.attrib:
            del e.attrib[rng.choice(list(e.attrib))]
        case _:
            inner = e
            for _ in range(rng.choice((1, 5, 200, 3000))):
                inner = etree.SubElement(inner, e.tag)
            inner.text = _allowed(rng.choice(TEXTS))


def _copied(e: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(e, with_tail=False), _PARSER)


_NUMBERS = (
    -1,
    0,
    1,
    2,
    9,
    255,
    65535,
    65536,
    1048576,
    1048577,
    2**31 - 1,
    2**31,
    2**32,
    2**63,
    2**64,
    10**30,
    0.5,
    "A1",
    "XFD1048576",
    "AAAA1",
)


def _allowed(text: str) -> str:
    """A text without what XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def archive(inner: Mapping[str, Damage], otherwise: Damage) -> Damage:
    """The damage of a zip: of one of its members (``inner``: by the end of its name), of their names and kinds, or of its bytes."""

    def damage(data: bytes, rng: random.Random) -> bytes:
        if rng.random() < 0.15:
            return as_bytes(data, rng)
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            members = {name: parts.read(name) for name in parts.namelist()}
        name = rng.choice(sorted(members))
        if rng.random() < 0.75:
            of = next((d for ending, d in inner.items() if name.endswith(ending)), otherwise)
            return zipped(members | {name: of(members[name], rng)})
        return _members(members, name, rng)

    return damage


_NAMES = ("../x", "/x", "..\\x", "C:/x", "a/../../x", "x\0y", "", ".", "plan.xml", "a/plan.xml", "x.gdb/a00000001.gdbtable", "长" * 90, "con", "x" * 300,
          "a/" * 200 + "b", "x.zip", "表.et", "a.vrt", "项目表.csv", "规划信息.csv")  # fmt: skip


def _members(members: dict[str, bytes], name: str, rng: random.Random) -> bytes:
    """A zip whose members are fewer, more, otherwise called, links, encrypted, much repeated, or larger than they say."""
    sink = io.BytesIO()
    said = dict(members)
    kind = rng.randrange(9)
    if kind == 0:
        del said[name]
    elif kind in (1, 2):
        said[rng.choice(_NAMES)] = said.pop(name) if kind == 1 else said[name]
    elif kind == 3:
        said[name] = said[name][: rng.randrange(len(said[name]) + 1)]
    elif kind == 4:
        said[f"空{rng.random()}.csv"] = bytes(rng.choice((1 << 10, 1 << 20, 1 << 24)))
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as parts:
        for member, content in said.items():
            info = zipfile.ZipInfo(member, (2026, 6, 30, 0, 0, 0))
            if kind == 5 and member == name:
                info.external_attr = rng.choice((0o120777, 0o010666, 0o040755)) << 16
            method = (
                rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
                if kind == 6
                else zipfile.ZIP_DEFLATED
            )
            parts.writestr(info, content, method)
        if kind == 7:
            for i in range(rng.choice((3, 300))):
                parts.writestr(zipfile.ZipInfo(f"多/{i}.csv", (2026, 6, 30, 0, 0, 0)), members[name][:100])
    found = bytearray(sink.getvalue())
    if kind == 8:  # a header that lies: about flags, method, CRC and sizes
        at = rng.choice([m.start() for m in re.finditer(rb"PK(\x01\x02|\x03\x04)", found)])
        field = rng.choice((6, 8, 10, 14, 18, 22, 26, 28, 42))
        found[at + field : at + field + 2] = rng.choice(
            (b"\0\0", b"\1\0", b"\xff\xff", b"\x63\0", b"\0\x80", b"\0\x08")
        )
    return bytes(found)


def json_tree(data: bytes, rng: random.Random) -> bytes:
    """Values of a JSON tree replaced, repeated, taken away, renamed, nested; numbers that JSON does not have."""
    if rng.random() < 0.2:
        return rng.choice((as_bytes, as_text))(data, rng)
    tree = json.loads(data)
    try:
        for _ in range(rng.choice((1, 1, 2, 5))):
            if holders := _holders(tree):
                _json_once(tree, rng.choice(holders), rng)
        said = json.dumps(tree, ensure_ascii=rng.random() < 0.3)
    except RecursionError:
        return as_bytes(data, rng)
    return said.encode("utf-8", "replace")[:_LARGEST]


def _json_once(tree: Any, holder: Any, rng: random.Random) -> None:
    key: Any = rng.choice(list(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
    match rng.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[
                rng.choice((*TEXTS, "type", "crs", "id", "@id", "@type", "@context", "@value", "@list", "@graph"))
            ] = holder.pop(key)
        case 2 if isinstance(holder, list):
            # What is repeated within what is repeated grows without bound: 2000 of 2000 of 2000.
            times = min(rng.choice((1, 3, 2000)), _LARGEST // len(json.dumps(tree)))
            holder[key:key] = [holder[key]] * times
        case 3:
            for _ in range(rng.choice((1, 3, 300))):
                holder[key] = rng.choice(([holder[key]], {"a": holder[key]}))
        case _:
            holder[key] = rng.choice(
                (
                    rng.choice(TEXTS),
                    rng.choice(TEXTS),
                    None,
                    True,
                    -1,
                    1e308,
                    10**30,
                    float("nan"),
                    float("inf"),
                    [],
                    {},
                    2**63,
                    0.1,
                )
            )


def _holders(tree: Any) -> list[Any]:
    found: list[Any] = []
    todo = [tree]
    while todo:
        one = todo.pop()
        inner = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        found += [one] if inner else []
        todo += inner
    return found


def csv_cells(data: bytes, rng: random.Random) -> bytes:
    """Cells, rows and columns of a CSV file; its delimiter, quotes and encoding."""
    if rng.random() < 0.3:
        return rng.choice((as_bytes, as_text))(data, rng)
    try:
        rows = [line.split(",") for line in data.decode("utf-8").splitlines()]
    except UnicodeDecodeError:
        return as_bytes(data, rng)
    for _ in range(rng.choice((1, 2, 6))):
        row = rng.choice(rows)
        match rng.randrange(6):
            case 0:
                rows[:] = [r for r in rows if r is not row] or [[""]]
            case 1:
                rows.insert(rng.randrange(len(rows) + 1), list(row))
            case 2:
                row.insert(rng.randrange(len(row) + 1), rng.choice(TEXTS))
            case 3 if len(row) > 1:
                del row[rng.randrange(len(row))]
            case _ if row:
                row[rng.randrange(len(row))] = rng.choice(TEXTS) if rng.random() < 0.8 else f'"{rng.choice(TEXTS)}"'
    delimiter = rng.choice(",,,,;\t|")
    text = rng.choice(("\n", "\r\n", "\r")).join(delimiter.join(row) for row in rows)
    return text.encode(rng.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be")), "replace")


def geopackage(data: bytes, rng: random.Random) -> bytes:
    """A GeoPackage through SQL (its own tables, its rows, its geometries) or through its pages."""
    if rng.random() < 0.3:
        return as_bytes(data, rng)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        path = Path(place) / "x.gpkg"
        path.write_bytes(data)
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA writable_schema = ON")
            for _ in range(rng.choice((1, 1, 2, 4))):
                try:
                    _sql_once(database, rng)
                except (sqlite3.Error, OverflowError, UnicodeEncodeError):
                    continue
        database.close()
        return path.read_bytes()


def _sql_once(database: sqlite3.Connection, rng: random.Random) -> None:
    tables = [t for (t,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = [t for t in tables if not t.startswith(("rtree", "sqlite"))]
    data = [t for t in tables if not t.startswith("gpkg")]
    table = rng.choice(data if data and rng.random() < 0.6 else tables)
    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
    column = rng.choice(columns)
    values = (
        *TEXTS,
        None,
        -1,
        0,
        1,
        2**63 - 1,
        2**31,
        1e308,
        float("inf"),
        float("nan"),
        b"",
        b"GP",
        rng.randbytes(40),
        "undefined",
        4490,
        0.5,
    )
    match rng.randrange(9):
        case 0 | 1 | 2:
            rows = [r for (r,) in database.execute(f'SELECT rowid FROM "{table}"')]
            if rows:
                database.execute(
                    f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (rng.choice(values), rng.choice(rows))
                )
        case 3:
            database.execute(f'DROP TABLE "{table}"')
        case 4:
            database.execute(f'DELETE FROM "{table}" WHERE rowid % 2 = ?', (rng.randrange(2),))
        case 5:
            database.execute(
                f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{rng.choice(TEXTS).replace(chr(34), "")[:60] or "x"}"'
            )
        case 6:
            shapes = list(database.execute(f'SELECT rowid, geom FROM "{rng.choice(data)}"')) if data else []
            if shapes:
                row, shape = rng.choice(shapes)
                blob = rng.choice((as_bytes, wkb_fields))(shape, rng)
                database.execute(f'UPDATE "{rng.choice(data)}" SET geom = ? WHERE rowid = ?', (blob, row))
        case 7:
            hostile = (
                f'CREATE VIEW "v" AS SELECT * FROM "{table}"',
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) SELECT 'v', 'features', 'v'",
                "PRAGMA journal_mode = WAL", "PRAGMA encoding = 'UTF-16'", "PRAGMA user_version = 99999", "PRAGMA application_id = 0",
                "UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'BLOB')", "UPDATE sqlite_master SET rootpage = 1 WHERE rowid = 3",
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000) INSERT INTO gpkg_ogr_contents SELECT 't' || x, x FROM c",
                "UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVEPOLYGON', z = 1, m = 2",
                "UPDATE gpkg_geometry_columns SET srs_id = -1", "UPDATE gpkg_spatial_ref_sys SET definition = 'undefined'",
            )  # fmt: skip
            database.execute(rng.choice(hostile))
        case _:
            listed = ", ".join(f'"{c}"' for c in columns[1:]) or "*"
            database.execute(f'INSERT INTO "{table}" ({listed}) SELECT {listed} FROM "{table}"')


def wkb_fields(data: bytes, rng: random.Random) -> bytes:
    """A GeoPackage geometry with other types, counts and coordinates."""
    found = bytearray(data)
    if len(found) < 16:
        return rng.randbytes(30)
    at = rng.randrange(4, len(found) - 7)
    number = rng.choice((float("nan"), float("inf"), 1e308, -1e308, 0.0, 5e-324, 1e18))
    kinds = (
        struct.pack("<d", number),
        struct.pack("<I", rng.choice((0, 1, 3, 6, 7, 10, 1003, 3006, 2**31, 2**32 - 1, 50_000_000))),
    )
    piece = rng.choice(kinds)
    found[at : at + len(piece)] = piece
    return bytes(found)


def dbase(data: bytes, rng: random.Random) -> bytes:
    """The header, the field descriptors and the rows of a .dbf."""
    found = bytearray(data)
    if rng.random() < 0.25 or len(found) < 70:
        return as_bytes(data, rng)
    header = struct.unpack_from("<H", found, 8)[0]
    match rng.randrange(4):
        case 0:
            struct.pack_into("<I", found, 4, rng.choice((0, 1, 3, 2**31, 2**32 - 1)))
        case 1:
            struct.pack_into("<H", found, rng.choice((8, 10)), rng.choice((0, 1, 32, 33, 65535)))
        case 2:
            field = 32 + 32 * rng.randrange(max(1, (header - 33) // 32))
            found[field + rng.choice((0, 5, 10, 11, 16, 17, 29)) if field + 29 < len(found) else 11] = rng.choice(
                b"CNFDLMB@O\x00\xff\x01 9"
            )
        case _:
            at = rng.randrange(min(header, len(found) - 1), len(found))
            word = rng.choice(_WORDS)[: len(found) - at]
            found[at : at + len(word)] = word
    return bytes(found)


def shapes(data: bytes, rng: random.Random) -> bytes:
    """The header and records of a .shp or .shx: types, lengths, counts, coordinates."""
    found = bytearray(data)
    if rng.random() < 0.25 or len(found) < 120:
        return as_bytes(data, rng)
    at = (
        rng.choice((24, 28, 32, 36, 100, 104, 108, 112, 144, 148, 152))
        if rng.random() < 0.6
        else rng.randrange(100, len(found) - 8)
    )
    number = rng.choice((0, 1, 3, 5, 8, 15, 31, -1, 2**31 - 1, 4, 1000))
    piece = (
        struct.pack(rng.choice(("<i", ">i")), number)
        if rng.random() < 0.7
        else struct.pack("<d", rng.choice((float("nan"), float("inf"), 1e308, 0.0)))
    )
    found[at : at + len(piece)] = piece
    return bytes(found)


def old_sheet(data: bytes, rng: random.Random) -> bytes:
    """The records of an .xls: kinds, lengths, contents; the chain of its sectors."""
    if rng.random() < 0.3:
        return as_bytes(data, rng)
    found = bytearray(data)
    start = 512 * 3
    records = []
    at = start
    while at + 4 <= len(found):
        kind, size = struct.unpack_from("<HH", found, at)
        if not kind:
            break
        records.append((at, size))
        at += 4 + size
    if not records or rng.random() < 0.15:
        at = rng.randrange(24, 512 * 3)
        found[at : at + 4] = struct.pack("<I", rng.choice((0, 1, 2, 3, 2**32 - 1, 2**31, 0xFFFFFFFE)))
        return bytes(found)
    at, size = rng.choice(records)
    match rng.randrange(4):
        case 0:
            struct.pack_into(
                "<H",
                found,
                at,
                rng.choice(
                    (0x06, 0x0A, 0x3C, 0x85, 0xFC, 0xFD, 0x203, 0x204, 0x205, 0xE0, 0xE5, 0x27E, 0xBD, 0x2F, 0x809)
                ),
            )
        case 1:
            struct.pack_into("<H", found, at + 2, rng.choice((0, 1, 3, 8224, 65535, size + 1, max(0, size - 1))))
        case 2 if size:
            where = at + 4 + rng.randrange(size)
            word = rng.choice(_WORDS)[: len(found) - where]
            found[where : where + len(word)] = word
        case _ if size >= 4:
            struct.pack_into("<HH", found, at + 4, rng.choice((0, 1, 65535, 30000)), rng.choice((0, 255, 256, 65535)))
    return bytes(found)


def geodatabase(data: bytes, rng: random.Random) -> bytes:
    """A file of a File Geodatabase: counts, offsets and lengths in its head or anywhere, or its bytes."""
    found = bytearray(data)
    if rng.random() < 0.3 or len(found) < 60:
        return as_bytes(data, rng)
    for _ in range(rng.choice((1, 1, 2, 4))):
        # The head of a table is 40 bytes, then come its columns; that of an index has its counts in the first 16.
        at = rng.choice((rng.randrange(0, 40, 4), rng.randrange(40, min(len(found), 400)), rng.randrange(len(found))))
        number = rng.choice((0, 1, 2, 4, 7, 255, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1))
        pieces = (struct.pack("<I", number), struct.pack("<B", number & 255), struct.pack("<d", rng.choice(_ODD)))
        piece = rng.choice((*pieces, rng.choice(_WORDS)))[: len(found) - at]
        found[at : at + len(piece)] = piece
    return bytes(found)


_ODD = (float("nan"), float("inf"), 1e308, -1e308, 0.0, 5e-324, 1e18)
_CODES = (
    0,
    1,
    2,
    3,
    5,
    8,
    9,
    10,
    20,
    30,
    40,
    41,
    42,
    50,
    70,
    71,
    72,
    73,
    90,
    91,
    92,
    93,
    97,
    100,
    210,
    230,
    330,
    999,
    1001,
    -5,
)
_DRAWN = ("LINE", "POLYLINE", "VERTEX", "SEQEND", "CIRCLE", "ELLIPSE", "SPLINE", "INSERT", "BLOCK", "ENDBLK", "SECTION", "ENDSEC", "HATCH",
          "3DFACE", "MTEXT", "DIMENSION", "ATTRIB", "LAYER", "EOF", "XDATA")  # fmt: skip


def drawing(data: bytes, rng: random.Random) -> bytes:
    """Pairs of a DXF drawing with other codes, kinds and values; taken away, repeated, moved; its encoding changed."""
    if rng.random() < 0.2:
        return rng.choice((as_bytes, as_text))(data, rng)
    lines = data.decode("utf-8").splitlines()
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    for _ in range(rng.choice((1, 1, 2, 5))):
        i = rng.randrange(len(pairs))
        code, value = pairs[i]
        run = pairs[i : i + rng.choice((1, 1, 4, 20))]
        match rng.randrange(8):
            case 0:
                pairs[i] = str(rng.choice(_CODES)), value
            case 1:
                pairs[i] = code, rng.choice(TEXTS)
            case 2:
                pairs[i] = code, str(rng.choice((*_NUMBERS, *_ODD)))
            case 3:
                pairs[i] = "0", rng.choice(_DRAWN)
            case 4 if len(pairs) > len(run):
                del pairs[i : i + len(run)]
            case 5:
                pairs[i:i] = run * rng.choice((1, 2, 300, 3000))
            case 6:  # what a block is called, how often it is placed, how many corners a line has
                held = [j for j, (c, _) in enumerate(pairs) if c.strip() in ("2", "70", "71", "90", "93")]
                if held:
                    j = rng.choice(held)
                    pairs[j] = pairs[j][0], str(rng.choice(("内", "外", "*Model_Space", 0, -1, 3000, 32767, 2**31)))
            case _:
                at = rng.randrange(len(pairs))
                pairs[at:at] = run
    end = rng.choice(("\n", "\n", "\r\n", "\r"))
    text = "".join(f"{code}{end}{value}{end}" for code, value in pairs)
    return text.encode(rng.choice(("utf-8",) * 6 + ("gb18030", "utf-8-sig", "utf-16")), "replace")[:_LARGEST]


_PACKAGE: Mapping[str, Damage] = {".xml": xml, ".rels": xml, ".gpkg": as_bytes, ".xlsx": as_bytes}
_XLSX = archive({".xml": xml, ".rels": xml}, as_bytes)
DAMAGES: Mapping[str, Damage] = {
    ".zip": archive({**_PACKAGE, ".xlsx": _XLSX, ".gpkg": geopackage}, as_bytes),
    ".xml": xml,
    ".xlsx": _XLSX,
    ".docx": archive({".xml": xml, ".rels": xml}, as_bytes),
    ".xls": old_sheet,
    ".csv": csv_cells,
    ".gpkg": geopackage,
    ".dbf": dbase,
    ".shp": shapes,
    ".shx": shapes,
    ".prj": as_text,
    ".cpg": as_text,
    ".geojson": json_tree,
    ".jsonld": json_tree,
    ".gml": xml,
    ".xsd": xml,
    ".ttl": as_text,
    ".nt": as_text,
    ".dxf": drawing,
    **dict.fromkeys((".gdbtable", ".gdbtablx", ".gdbindexes", ".spx", ".atx", ".freelist"), geodatabase),
    "": as_bytes,  # the files "gdb" and "timestamps" of a geodatabase
}
