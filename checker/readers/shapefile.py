"""Makes a Shapefile or dBASE table fit to read: its files checked, copied under plain names, its texts decoded."""

from __future__ import annotations

import codecs
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from checker.errors import Text
from checker.readers.refusal import unreadable

LONGEST_NAME = 10  # bytes of a column's name in a .dbf
BYTES = "ISO-8859-1"  # read so, every byte is a character of the same number, and nothing is lost before decode()

_PARTS = (".shp", ".shx", ".dbf", ".prj")
_FILE_CODE, _VERSION = 9994, 1000  # what a .shp begins with
_DBASE = 3  # in the low three bits of a .dbf's first byte
# What a .cpg says, and byte 29 of a .dbf. GB18030 holds GBK and GB2312. The Latin ones read any byte, so that only a
# .cpg is believed about them: editors write them into byte 29 for want of anything better.
_CODE_PAGES = {
    **dict.fromkeys(("utf-8", "utf8", "65001"), "utf-8"),
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "936", "cp936", "54936"), "gb18030"),
    **dict.fromkeys(("big5", "950", "cp950"), "big5"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "88591", "1252", "cp1252"), BYTES),
}
_LANGUAGE_DRIVERS = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}
_CUT_FROM = 9  # bytes: names are cut at ten, in the middle of a character too; a shorter text is whole


def copy(path: Path, name: str, folder: Path) -> Path:
    """Copies the parts that GDAL reads into ``folder`` and returns the copy of the main one.

    GDAL finds them there whatever the case of their endings, and may write the .shx that is missing.
    Raises CannotFinish for a part that is not what its ending says, or is cut short.
    """
    parts = {ending: part for ending in _PARTS if (part := _beside(path, ending)) is not None}
    if path.suffix.lower() == ".dbf":
        parts = {".dbf": path}
    for ending, check in ((".shp", _is_shapes), (".dbf", _is_table)):
        if ending in parts and not check(parts[ending]):
            raise unreadable(
                name,
                Text(
                    f"{ending} 文件内容与扩展名不符，或不完整。",
                    f"the {ending} file is not what its extension says, or is cut short.",
                ),
            )
    for ending, part in parts.items():
        shutil.copyfile(part, folder / f"layer{ending}")
    return folder / f"layer{path.suffix.lower()}"


def refuse_mismatch(copied: Path, name: str) -> None:
    """Raises CannotFinish where shapes and rows are not as many: every shape would have another's attributes."""
    index, table = copied.with_suffix(".shx"), copied.with_suffix(".dbf")
    if not (index.exists() and table.exists()):
        return
    shapes, rows = (index.stat().st_size - 100) // 8, _header(table)[0]
    if shapes != rows:
        raise unreadable(
            name,
            Text(
                f"图形有 {shapes} 个，属性表（.dbf）却有 {rows} 行，不是同一次导出的。",
                f"it has {shapes} shapes, but {rows} rows in its attribute table (.dbf); they are not from one export.",
            ),
        )


def decode(table: pa.Table, path: Path) -> tuple[pa.Table, list[Text]]:
    """The columns of a table read as BYTES, with names and texts decoded, and what the user should know of that.

    The encoding is UTF-8 where there is no doubt of it, else the one the files state, else UTF-8 or GB18030: the first
    that all the texts can be read in.
    """
    raw = {name.encode(BYTES) for name in table.column_names}
    for column in table.columns:
        if pa.types.is_string(column.type):
            raw |= {text.encode(BYTES) for text in column.unique().to_pylist() if text is not None}
    raw = {text for text in raw if not text.isascii()}
    stated = _stated(path)
    encoding = _encoding([stated] if stated else [], raw)
    notes = []
    if raw and encoding not in (stated, "utf-8"):
        said = "没有说明" if stated is None else f"说明的是 {stated.upper()}，与内容不符"
        notes.append(
            Text(
                f"属性表的文字编码{said}，按 {encoding.upper()} 读取。",
                f"The encoding of the attribute table is {'not stated' if stated is None else 'not as stated'}; "
                f"it was read as {encoding.upper()}.",
            )
        )
    names = [_name(name.encode(BYTES), encoding) for name in table.column_names]
    columns = [_decoded(table.column(i), encoding) for i in range(table.num_columns)]
    return pa.Table.from_arrays(columns, names=names), notes


def _decoded(column: pa.ChunkedArray, encoding: str) -> pa.Array | pa.ChunkedArray:
    if not pa.types.is_string(column.type) or pc.all(pc.string_is_ascii(column)).as_py() is not False:
        return column
    encoded = column.combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    texts = [text.encode(BYTES).decode(encoding, "replace") for text in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def _name(raw: bytes, encoding: str) -> str:
    """A column's name without the half of a character that it may end with."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(raw)


def _encoding(stated: list[str], texts: Iterable[bytes]) -> str:
    texts = list(texts)
    if all(_is_utf8(text) for text in texts):
        return "utf-8"
    candidates = [*stated, "utf-8", "gb18030"]
    return next((c for c in candidates if all(_reads(c, text) for text in texts)), stated[0] if stated else "gb18030")


def _reads(encoding: str, text: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(text, final=len(text) < _CUT_FROM)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(text: bytes) -> bool:
    """Whether a text is UTF-8 beyond doubt: characters of three bytes, as Chinese ones are. GBK text hardly ever is."""
    if not _reads("utf-8", text):
        return False
    return all(c.isascii() or ord(c) >= 0x800 for c in text.decode("utf-8", "ignore"))


def _stated(path: Path) -> str | None:
    """The encoding that the .cpg states, else the .dbf itself."""
    page = _beside(path, ".cpg")
    if page is not None:
        with page.open("rb") as stream:
            said = stream.read(64).decode("ascii", "replace").removeprefix("\ufeff").strip().lower()
        return _CODE_PAGES.get(said.removeprefix("ansi ").removeprefix("oem "))
    table = _beside(path, ".dbf")
    return _LANGUAGE_DRIVERS.get(_head(table, 32)[29]) if table is not None else None


def _beside(path: Path, ending: str) -> Path | None:
    """The file of the same name with this ending, in whatever case; never a link, which may lead anywhere."""
    sought = (path.stem + ending).casefold()
    found = (f for f in path.parent.iterdir() if f.name.casefold() == sought and f.is_file() and not f.is_symlink())
    return min(found, default=None)


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)


def _header(table: Path) -> tuple[int, int, int]:
    """Of a .dbf: the number of rows, the bytes of its header, and the bytes of a row."""
    rows, header, row = struct.unpack_from("<IHH", _head(table, 32), 4)
    return rows, header, row


def _is_table(path: Path) -> bool:
    """Whether this is a whole dBASE table. Bytes 12 and 13 are always zero, which ends what GDAL takes for text."""
    head = _head(path, 32)
    if len(head) < 32 or head[0] & 7 != _DBASE or head[12:14] != b"\0\0":
        return False
    rows, header, row = _header(path)
    return header > 32 and row > 0 and header + rows * row <= path.stat().st_size


def _is_shapes(path: Path) -> bool:
    """Whether this is a whole .shp: it begins with its code and states its length in words of 16 bits."""
    head = _head(path, 100)
    if len(head) < 100:
        return False
    code, words = struct.unpack_from(">I20xI", head)
    return bool(
        (code, struct.unpack_from("<I", head, 28)[0]) == (_FILE_CODE, _VERSION) and words * 2 <= path.stat().st_size
    )
