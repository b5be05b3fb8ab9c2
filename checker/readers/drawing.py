"""Takes a DXF file apart before GDAL does: checks it, counts what each layer draws, copies what is geometry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from checker.errors import CannotFinish, Text
from checker.readers.refusal import disguised, unreadable

_MAX_BYTES = 128 << 20
_MAX_COST = 20_000_000  # coordinates, about: what a block or an arc may blow up to
_BINARY = b"AutoCAD Binary DXF"
_UTF8_SINCE = "AC1021"  # the version that AutoCAD 2007 brought
_CODE_PAGES = {"ANSI_936": "gb18030", "GB2312": "gb18030", "GBK": "gb18030", "ANSI_950": "big5", "BIG5": "big5"}
_INTEGER = re.compile(r"[-+]?\d{1,9}", re.ASCII)
_ESCAPED = re.compile(r"\\U\+([0-9A-Fa-f]{4})")  # how characters outside of its code page stand in a file

# Group codes of the format.
_KIND, _NAME, _LAYER, _VARIABLE, _BULGE, _ANGLE, _PAPER, _FLAGS = 0, 2, 8, 9, 42, 50, 67, 70
_COLUMNS, _ROWS = 70, 71  # of an INSERT
_NUMBERS = (10, 60)  # codes of which every value is a number with a decimal point
_DRAWN = {
    *("POINT", "LINE", "POLYLINE", "LWPOLYLINE", "CIRCLE", "ELLIPSE", "ARC", "SPLINE", "HATCH", "SOLID", "TRACE"),
    "3DFACE",
}
_WRITTEN = {
    *("TEXT", "MTEXT", "ATTRIB", "ATTDEF", "DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION", "LEADER"),
    *("MLEADER", "MULTILEADER", "TOLERANCE", "ACAD_TABLE", "RTEXT", "ARCALIGNEDTEXT"),
}
_ROUND = {"CIRCLE", "ELLIPSE", "ARC"}
_IS_MESH = 16 | 64  # among the flags of a POLYLINE
_IS_ELSEWHERE = 4 | 8 | 32  # among the flags of a BLOCK: its content is another file (XREF)
_PER_ARC, _PER_CONTROL_POINT = 361, 8  # points, in the place of a full circle and of a control point of a spline
_DEEPEST = 32  # blocks in blocks

# GDAL's drivers look for their marks at the beginning of a file. There stands a header of ours, then comments.
_HEAD = b"  0\nSECTION\n  2\nHEADER\n" + b"999\nwithout texts and objects\n" * 64 + b"  0\nENDSEC\n"
BASE = "0"  # the layer whose entities take that of the block's insert


@dataclass(frozen=True)
class Drawing:
    """What a DXF file draws.

    ``drawn``: how many entities each layer draws, those in blocks once for each insert. ``defined``: the names of its
    layer table. ``written``, ``on_sheets``: how many texts and dimensions, and entities of print layouts, were left
    out. ``unread``: kinds of entities that are not read, and blocks that lie in other files, with their numbers.
    ``has_arcs``, ``has_splines``: whether curves are drawn. ``encoding``: that of its texts. ``is_as_stated``: whether
    the file says so too.
    """

    drawn: Mapping[str, int]
    defined: tuple[str, ...]
    written: int
    on_sheets: int
    unread: Mapping[str, int]
    elsewhere: tuple[str, ...]
    has_arcs: bool
    has_splines: bool
    encoding: str
    is_as_stated: bool


def copy(path: Path, name: str, target: Path) -> Drawing:
    """Writes the geometry of a DXF file to ``target``, in UTF-8, and tells what the file draws.

    Raises CannotFinish for what is no text DXF, is cut short, has coordinates that are no numbers, is too large, or
    has blocks that insert themselves.
    """
    data = _whole(path, name)
    pairs = _pairs(data, name)
    encoding, is_as_stated = _encoding(pairs)
    entities = _entities(pairs, encoding, name)
    blocks, placed = _blocks(entities, name)
    kept = entities.is_kept
    _refuse_non_numbers(pairs, pairs.among(kept), name)
    _write(data, pairs, pairs.among(kept), encoding, target)
    unread = Counter(entities.kinds[i] for i in np.flatnonzero(entities.is_unread & ~entities.on_sheet))
    return Drawing(
        drawn=placed,
        defined=tuple(entities.names[i] for i in np.flatnonzero(entities.kinds == "LAYER")),
        written=int((entities.is_written & ~entities.on_sheet).sum()),
        on_sheets=int((entities.is_model & entities.on_sheet).sum()),
        unread=dict(sorted(unread.items())),
        elsewhere=blocks,
        has_arcs=bool(entities.arcs[kept].any()),
        has_splines=bool((entities.kinds[kept] == "SPLINE").any()),
        encoding=encoding,
        is_as_stated=is_as_stated,
    )


def unescaped(text: str) -> str:
    """A name with the characters that stand in it as ``\\U+7EA2``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


# ---- pairs ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pairs:
    """The lines of a file by twos: group codes, values (bytes), and the entity (its position) that each belongs to.

    ``entity``: -1 before the first. ``starts``: where each pair begins in the file, and where the last one ends.
    """

    codes: npt.NDArray[np.int32]
    values: pa.Array
    entity: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    def of(self, code: int) -> npt.NDArray[np.int64]:
        """The pairs of entities with this code."""
        return np.flatnonzero((self.codes == code) & (self.entity >= 0))

    def first(self, code: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The first pair with this code of each entity that has one: entities, pairs."""
        at = self.of(code)
        entities, first = np.unique(self.entity[at], return_index=True)
        return entities, at[first]

    def among(self, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which pairs belong to the wanted entities."""
        found: npt.NDArray[np.bool_] = wanted[np.maximum(self.entity, 0)] & (self.entity >= 0)
        return found


def _whole(path: Path, name: str) -> bytes:
    if path.stat().st_size > _MAX_BYTES:
        raise unreadable(
            name,
            Text(
                f"图纸超过 {_MAX_BYTES >> 20} MB，请只保留要核查的图层再导出。",
                f"it is larger than {_MAX_BYTES >> 20} MB; export only the layers that are to be checked.",
            ),
        )
    data = path.read_bytes()
    if data.startswith(_BINARY):
        raise unreadable(
            name,
            Text(
                "是二进制 DXF，请在 CAD 中另存为文本（ASCII）格式的 DXF（2013 版）。",
                "it is a binary DXF; save it as DXF 2013 in text form (ASCII) in your CAD program.",
            ),
        )
    return data


def _pairs(data: bytes, name: str) -> _Pairs:
    text = data.removeprefix(b"\xef\xbb\xbf")
    before = len(data) - len(text)
    lines = pc.split_pattern(pa.array([text], pa.large_binary()), b"\n").flatten()
    count = len(lines) // 2
    lengths = pc.binary_length(lines).to_numpy(zero_copy_only=False)[: 2 * count] + 1
    starts = np.concatenate([[0], np.cumsum(lengths)])[::2] + before
    codes, values = (lines.take(pa.array(np.arange(which, 2 * count, 2))) for which in (0, 1))
    codes, values = (pc.ascii_trim_whitespace(part.cast(_TEXT, safe=False)) for part in (codes, values))
    if not _matches(codes[:1], r"^(0|999)$").any():  # also where it is no text at all
        raise disguised(name)
    try:
        numbers = codes.cast(pa.int32()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        line = 2 * int(np.flatnonzero(~_matches(codes, r"^-?\d{1,4}$"))[0]) + 1
        raise unreadable(
            name, Text(f"第 {line} 行应为组码（整数）。", f"line {line} should be a group code, a whole number.")
        ) from None
    ends = np.flatnonzero((numbers == _KIND) & _equal(values, "EOF"))
    if not len(ends):
        raise unreadable(name, Text("文件不完整（没有 EOF）。", "it is cut short (there is no EOF)."))
    last = int(ends[0])
    return _Pairs(numbers[:last], values[:last], np.cumsum(numbers[:last] == _KIND) - 1, starts[: last + 1])


_TEXT = pa.large_string()  # bytes of whatever encoding: only what is ASCII is looked at before it is decoded


def _matches(values: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(values.cast(pa.large_binary()), pattern).to_numpy(
        zero_copy_only=False
    )
    return found


def _equal(values: pa.Array, text: str) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = pc.equal(values, pa.scalar(text, values.type)).to_numpy(zero_copy_only=False)
    return found


def _encoding(pairs: _Pairs) -> tuple[str, bool]:
    """The encoding of the texts, and whether the file states it.

    UTF-8 where the version says so, else the stated code page, else UTF-8 or GB18030: the first that all can be read in.
    """
    version, page = (_variable(pairs, name) for name in ("$ACADVER", "$DWGCODEPAGE"))
    stated = "utf-8" if version >= _UTF8_SINCE else _CODE_PAGES.get(page.upper())
    odd = (
        pc.unique(pairs.values.filter(pc.invert(pc.string_is_ascii(pairs.values)))).cast(pa.large_binary()).to_pylist()
    )
    for encoding in filter(None, (stated, "utf-8", "gb18030")):
        if all(_reads(encoding, line) for line in odd):
            return encoding, not odd or encoding == stated
    return stated or "gb18030", False


def _reads(encoding: str, line: bytes) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _variable(pairs: _Pairs, name: str) -> str:
    """A variable of the header; empty where it is not there."""
    at = np.flatnonzero((pairs.codes == _VARIABLE) & _equal(pairs.values, name)) + 1
    said = pairs.values.take(pa.array(at[at < len(pairs.codes)][:1])).cast(pa.large_binary())
    return "".join(value.decode("ascii", "replace") for value in said.to_pylist())


def _refuse_non_numbers(pairs: _Pairs, is_kept: npt.NDArray[np.bool_], name: str) -> None:
    """GDAL would take 'x' for 0 and '12,5' for 12."""
    at = np.flatnonzero(is_kept & (pairs.codes >= _NUMBERS[0]) & (pairs.codes < _NUMBERS[1]))
    bad = at[~_matches(pairs.values.take(pa.array(at)), r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$")]
    if len(bad):
        line = 2 * int(bad[0]) + 2
        raise unreadable(name, Text(f"第 {line} 行应为数字。", f"line {line} should be a number."))


# ---- entities -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entities:
    """The entities of a file, one after the other, as columns; the vertices of a polyline follow it.

    ``copies``: of an INSERT. ``block``: position of the BLOCK that it stands in. ``on_sheet``: in a print layout.
    ``is_model``, ``is_block``: a whole entity of the drawing itself, or of a block. ``is_kept``: GDAL is given it.
    ``arcs``: how many arcs it is drawn with. ``cost``: points, of a polyline with those of its vertices.
    """

    kinds: npt.NDArray[np.object_]
    layers: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    flags: npt.NDArray[np.int64]
    copies: npt.NDArray[np.int64]
    block: npt.NDArray[np.int64]
    on_sheet: npt.NDArray[np.bool_]
    is_model: npt.NDArray[np.bool_]
    is_block: npt.NDArray[np.bool_]
    is_kept: npt.NDArray[np.bool_]
    is_written: npt.NDArray[np.bool_]
    is_unread: npt.NDArray[np.bool_]
    arcs: npt.NDArray[np.int64]
    cost: npt.NDArray[np.int64]


def _entities(pairs: _Pairs, encoding: str, name: str) -> _Entities:
    heads = pairs.of(_KIND)
    count = len(heads)
    if not count:
        raise disguised(name)
    kinds = _texts(pairs.values.take(pa.array(heads)), encoding)

    def text(code: int, missing: str) -> npt.NDArray[np.object_]:
        found = np.full(count, missing, dtype=object)
        entities, at = pairs.first(code)
        found[entities] = _texts(pairs.values.take(pa.array(at)), encoding)
        return found

    def number(code: int, missing: int) -> npt.NDArray[np.int64]:
        found = np.full(count, missing, np.int64)
        entities, at = pairs.first(code)
        said = _texts(pairs.values.take(pa.array(at)), encoding)
        found[entities] = [int(s) if _INTEGER.fullmatch(s) else missing for s in said]
        return found

    def how_many(code: int, among: npt.NDArray[np.bool_], but: str = "$^") -> npt.NDArray[np.int64]:
        at = pairs.of(code)
        at = at[among[pairs.entity[at]]]
        return np.bincount(pairs.entity[at[~_matches(pairs.values.take(pa.array(at)), but)]], minlength=count)

    names, flags = text(_NAME, ""), number(_FLAGS, 0)
    section = _last(kinds == "SECTION")
    section_names = np.where(section >= 0, names[section], "")
    is_model, in_blocks = section_names == "ENTITIES", section_names == "BLOCKS"
    block = np.where(in_blocks, _last(kinds == "BLOCK"), -1)
    is_part = np.isin(kinds, ["VERTEX", "SEQEND", "ATTRIB"])
    whole = np.maximum(_last(~is_part), 0)  # the polyline or insert that a vertex belongs to
    is_frame = np.isin(kinds, ["SECTION", "ENDSEC", "BLOCK", "ENDBLK"])
    is_mesh = (kinds == "POLYLINE") & (flags & _IS_MESH != 0)
    is_written = np.isin(kinds, list(_WRITTEN))
    is_drawn = (np.isin(kinds, list(_DRAWN)) & ~is_mesh) | (kinds == "INSERT")
    on_sheet = (number(_PAPER, 0) == 1)[whole]
    is_kept = np.where(is_part, is_drawn[whole] & (kinds != "ATTRIB"), is_drawn) & ~on_sheet | is_frame
    is_kept &= is_model | in_blocks
    inside = ~is_frame & ~is_part
    arcs = np.isin(kinds, list(_ROUND)).astype(np.int64)
    arcs += how_many(_BULGE, np.isin(kinds, ["LWPOLYLINE", "VERTEX", "HATCH"]), r"^[-+]?0*\.?0*$")
    arcs += how_many(_ANGLE, kinds == "HATCH")
    size = np.bincount(pairs.entity[pairs.entity >= 0], minlength=count)
    cost = size * np.where(kinds == "SPLINE", _PER_CONTROL_POINT, 1) + arcs * _PER_ARC
    return _Entities(
        kinds, text(_LAYER, BASE), names, flags, np.maximum(number(_ROWS, 1), 1) * np.maximum(number(_COLUMNS, 1), 1),
        block, on_sheet, inside & is_model, inside & in_blocks, is_kept, is_written,
        inside & (is_model | in_blocks) & ~is_drawn & ~is_written,
        arcs, np.bincount(whole, cost, count).astype(np.int64),
    )  # fmt: skip


def _last(marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """For each position that of the last mark at or before it; -1 where there is none."""
    found: npt.NDArray[np.int64] = np.maximum.accumulate(np.where(marks, np.arange(len(marks)), -1))
    return found


def _texts(values: pa.Array, encoding: str) -> npt.NDArray[np.object_]:
    encoded = values.cast(pa.large_binary()).dictionary_encode()
    texts = np.array([unescaped(v.decode(encoding, "replace")) for v in encoded.dictionary.to_pylist()], dtype=object)
    return texts[encoded.indices.to_numpy()] if len(values) else texts


def _blocks(entities: _Entities, name: str) -> tuple[tuple[str, ...], dict[str, int]]:
    """The blocks that are inserted but lie in other files, and how many entities each layer draws."""
    heads = {entities.names[i].casefold(): int(i) for i in np.flatnonzero(entities.kinds == "BLOCK")}
    elsewhere: set[str] = set()
    known: dict[int, tuple[Counter[str], int]] = {}
    counted = (entities.is_model | entities.is_block) & ~entities.is_written & ~entities.on_sheet
    inside: dict[int, list[int]] = {}
    for i in np.flatnonzero(counted & entities.is_block):
        inside.setdefault(int(entities.block[i]), []).append(int(i))

    def drawn(members: list[int], above: tuple[int, ...]) -> tuple[Counter[str], int]:
        """How many entities each layer draws among these, and how many points they take."""
        found: Counter[str] = Counter()
        cost = 0
        for i in members:
            layer, copies = entities.layers[i], int(entities.copies[i])
            if entities.kinds[i] != "INSERT":
                found[layer] += 1
                cost += int(entities.cost[i])
                continue
            head = heads.get(entities.names[i].casefold())
            if head is None or entities.flags[head] & _IS_ELSEWHERE:
                elsewhere.add(entities.names[i])
                found[layer] += 1
                continue
            if head in above or len(above) > _DEEPEST:
                raise unreadable(
                    name,
                    Text(
                        f"图块“{entities.names[i]}”层层套入自身或过深。",
                        f"the block '{entities.names[i]}' inserts itself, or blocks are nested too deep.",
                    ),
                )
            if head not in known:
                known[head] = drawn(inside.get(head, []), (*above, head))
            parts, size = known[head]
            for inner, n in parts.items():
                found[layer if inner == BASE else inner] += n * copies
            cost += size * copies
            if cost > _MAX_COST:
                raise _too_much(name)
        if cost > _MAX_COST:
            raise _too_much(name)
        return found, cost

    placed, _ = drawn(np.flatnonzero(counted & entities.is_model).tolist(), ())
    return tuple(sorted(elsewhere)), dict(placed)


def _too_much(name: str) -> CannotFinish:
    return unreadable(
        name,
        Text(
            f"图块和圆弧展开后超过 {_MAX_COST:,} 个点。", f"its blocks and arcs come to more than {_MAX_COST:,} points."
        ),
    )


def _write(data: bytes, pairs: _Pairs, kept: npt.NDArray[np.bool_], encoding: str, target: Path) -> None:
    """Writes the kept pairs in UTF-8."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    with target.open("wb") as sink:
        sink.write(_HEAD)
        for first, after in edges.reshape(-1, 2):
            text = data[pairs.starts[first] : pairs.starts[after]].decode(encoding, "replace")
            sink.write(text.encode())
        sink.write(b"  0\nEOF\n")
