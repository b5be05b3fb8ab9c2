"""Reads CSV files as grids of texts, in the encoding that their bytes bear out, and hands on the table found in them."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections import Counter
from itertools import islice
from pathlib import Path

from checker.errors import CannotFinish, Text
from checker.model import Content, Note, Place
from checker.readers import grids
from checker.readers.grids import Grid
from checker.vocabulary import Vocabulary

_MAX_BYTES = 64 << 20
_MAX_LINE = 1 << 20  # characters
_MAX_COLUMNS = 16_384  # as in Excel
_DELIMITERS = ",;\t"
_SAMPLE = 20  # rows from which the delimiter is told
_MARKS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}
_SAVE_AGAIN = Text("请用 Excel 打开，另存为 .xlsx。", "Open it in Excel and save it as .xlsx.")


def read(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    """The table of a CSV file (comma, semicolon or tab), named after the file without its suffix.

    Rows are numbered as Excel shows them: a line break in a quoted text begins no row. A note says which encoding was
    taken where it is not UTF-8. Raises CannotFinish for a file that is too large, of no encoding that can be told, or
    quoted wrongly.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise CannotFinish(
            Text("CSV 文件超过 64 MiB，不予读取。", "This CSV file is larger than 64 MiB and is refused."),
            name,
            Text("请拆分，或另存为 GeoPackage。", "Split it, or save it as GeoPackage."),
        )
    text, encoding = _decoded(path.read_bytes(), name)
    rows = _rows(text, name)
    content = grids.read(Grid(name, path.stem, rows), vocabulary)
    notes = content.notes
    if encoding != "UTF-8":
        said = Text(f"文件不是 UTF-8，按 {encoding} 编码读取。", f"The file is not UTF-8; it was read as {encoding}.")
        notes = (Note(said, Place(name)), *notes)
    return Content(content.tables, notes=notes)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    """The text of a file and the name of its encoding: by its mark, else UTF-8, and last GB18030, which fits most bytes."""
    known = next((codec for mark, codec in _MARKS.items() if data.startswith(mark)), None)
    for codec, encoding in [known] if known else [("utf-8", "UTF-8"), ("gb18030", "GB18030")]:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" in text or (codec == "gb18030" and (_is_damaged_utf8(data) or _is_garbled(text))):
            break
        return text, encoding
    raise CannotFinish(
        Text(
            "CSV 文件的编码无法识别（不是 UTF-8、GB18030 或带标记的 UTF-16，或已损坏）。",
            "The encoding of this CSV file cannot be told: it is not UTF-8, GB18030 or UTF-16 with its mark, or is damaged.",
        ),
        name,
        Text(
            "请用 Excel 打开核对内容，另存为“CSV UTF-8”或 .xlsx。",
            "Open it in Excel, check what it says, and save it as 'CSV UTF-8' or .xlsx.",
        ),
    )


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether most of what is not ASCII is UTF-8: then a byte is wrong or missing, and GB18030 would make other words of it."""
    read = Counter(character == "\ufffd" for character in data.decode("utf-8", "replace") if character > "\x7f")
    return read[False] > read[True]


def _is_garbled(text: str) -> bool:
    """Whether a text has characters that nobody writes, as a wrong encoding gives them."""
    return any(unicodedata.category(character) in ("Co", "Cn") for character in set(text))


def _rows(text: str, name: str) -> list[grids.Row]:
    lines = list(io.StringIO(text, newline=""))
    long = next((i for i, line in enumerate(lines, 1) if len(line) > _MAX_LINE), None)
    if long is not None:
        raise CannotFinish(
            Text(f"第 {long} 行超过 {_MAX_LINE} 个字符。", f"Line {long} has more than {_MAX_LINE} characters."),
            name,
            _SAVE_AGAIN,
        )
    reader = csv.reader(lines, delimiter=_delimiter(lines), strict=True)
    rows: list[grids.Row] = []
    try:
        for number, cells in enumerate(reader, 1):
            row = [cell.strip() or None for cell in cells]
            if len(row) > _MAX_COLUMNS:
                raise csv.Error
            if any(row):
                rows.append((number, row))
    except csv.Error:
        raise CannotFinish(
            Text(
                f"第 {reader.line_num} 行附近的引号不成对，或内容、列数过多。",
                f"Around line {reader.line_num} a quotation mark has no partner, or a cell or row is too long.",
            ),
            name,
            _SAVE_AGAIN,
        ) from None
    return rows


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts most of the first rows into the same number of cells, more than one."""

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(islice(csv.reader(lines, delimiter=delimiter, strict=True), _SAMPLE))
        except csv.Error:
            return 0, 0
        widths = Counter(len(row) for row in rows if len(row) > 1)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_DELIMITERS, key=fit)
