"""Reads the sheets of Excel workbooks (.xlsx) as grids of texts and hands on the tables found in them.

Formulas are never evaluated; their stored results are read.
"""

from __future__ import annotations

import datetime as dt
import html
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from lxml import etree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from checker.errors import CannotFinish, Text
from checker.model import Content, Note, Place, SourceTable
from checker.readers import grids
from checker.readers.grids import Grid, Row, Span
from checker.readers.refusal import BROKEN_ZIP
from checker.vocabulary import Vocabulary

_MAX_INFLATED = 1 << 30
_MAX_CELLS = 20_000_000  # of the rectangle from the first filled cell to the last, which calamine keeps in memory
_MAX_COLUMNS = 16_384
_EXACT = 1e15
_PERCENT_FORMATS = {9, 10}
_UNSHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # of a number format: literal text and conditions
# Every cell must say where it stands, in the letters and digits that Excel writes: from anything else calamine may make
# a place so far away that the memory for the cells between ends the process.
_IRREGULAR = re.compile(rb'<(?:\w+:)?c\b(?!\s(?:[^>\']*?\s)?r="[A-Z]{1,3}[1-9]\d{0,6}"[^>\']*>)')
_FILLED = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>(?!</)')
_CELL, _CELL_END = re.compile(rb"<(?:\w+:)?c\b"), re.compile(rb"</(?:\w+:)?c>")
_AT = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_TYPE_OR_STYLE = re.compile(rb'\b([ts])="(\w+)"')
_FORMULA_START = re.compile(rb"<(?:\w+:)?f\b")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</)", re.DOTALL)
_STORED = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_ROW_OR_COLUMNS = re.compile(rb"<(?:\w+:)?(row|col)\b([^>]*)>")
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')


@dataclass(frozen=True)
class _Unseen:
    """What calamine does not tell of a sheet, by row from 1 and column from 0.

    ``texts``: of the cells that it takes for empty (errors, formulas without a result) and of percentages.
    """

    texts: Mapping[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def read(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    """The table of every sheet in the workbook's order; none of an empty sheet, unless the ontology knows its name.

    Raises CannotFinish for a workbook that cannot be opened or is too large to be read safely.
    """
    _refuse_bomb(path, name)
    unseen = _unseen(path, name)
    tables: list[SourceTable] = []
    notes: list[Note] = []
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for sheet in workbook.sheets_metadata:
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                text = Text(
                    "不是数据工作表（如图表），没有读取。", "This is no sheet of cells (a chart, say) and was not read."
                )
                notes.append(Note(text, Place(name, sheet.name)))
                continue
            cells, own = workbook.get_sheet_by_name(sheet.name), unseen[sheet.name]
            is_hidden = sheet.visible is not SheetVisibleEnum.Visible
            merged = [Span(a + 1, b, c + 1, d) for (a, b), (c, d) in cells.merged_cell_ranges or ()]
            grid = Grid(name, sheet.name, _rows(cells, own), merged, is_hidden, own.hidden_rows, own.hidden_columns)
            content = grids.read(grid, vocabulary)
            tables += content.tables
            notes += content.notes
    except (CalamineError, OSError, KeyError):
        raise unreadable(name) from None
    return Content(tuple(tables), notes=tuple(notes))


def unreadable(name: str) -> CannotFinish:
    return CannotFinish(
        Text(
            "Excel 文件打不开：已损坏、有密码，或内容不是 Excel 工作簿。",
            "This Excel file cannot be opened: it is damaged, has a password, or is no Excel workbook.",
        ),
        name,
        Text(
            "请用 Excel 打开，去掉密码，另存为 .xlsx 后重试。",
            "Open it in Excel, remove any password, and save it again as .xlsx.",
        ),
    )


def _rows(sheet: CalamineSheet, unseen: _Unseen) -> list[Row]:
    before: list[str | None] = [None] * (sheet.start[1] if sheet.start else 0)
    rows: dict[int, list[str | None]] = {}
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if cells.count("") < len(cells):
            row = [_text(cell) for cell in cells]
            if any(row):
                rows[number] = before + row
    for (number, column), text in unseen.texts.items():
        row = rows.setdefault(number, [])
        row += [None] * (column + 1 - len(row))
        row[column] = text
    return sorted(rows.items())


def _refuse_bomb(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as parts:
            inflated = sum(part.file_size for part in parts.infolist())
    except BROKEN_ZIP:
        raise unreadable(name) from None
    if inflated > _MAX_INFLATED:
        raise CannotFinish(
            Text("Excel 文件解压后超过 1 GiB，不予读取。", "This Excel file inflates beyond 1 GiB and is refused."),
            name,
            Text("请删除多余的格式与空行后另存。", "Remove surplus formatting and empty rows and save it again."),
        )


def _unseen(path: Path, name: str) -> dict[str, _Unseen]:
    """By sheet, what calamine does not tell. Raises CannotFinish for a workbook that calamine could not read safely."""
    found: dict[str, _Unseen] = {}
    try:
        with zipfile.ZipFile(path) as parts:
            percents, sheets = _percent_styles(parts), sheets_by_part(parts)
            for member in parts.infolist():
                xml = parts.read(member) if member.filename.endswith(".xml") else b""
                if b"sheetData" in xml:
                    sheet = sheets.get(member.filename, member.filename)
                    if _IRREGULAR.search(xml):
                        raise unreadable(name)
                    _refuse_far_cells(xml, name, sheet)
                    found[sheet] = _Unseen(dict(_odd(xml, percents)), *_hidden_parts(xml))
    except (*BROKEN_ZIP, KeyError, etree.XMLSyntaxError):
        raise unreadable(name) from None
    return found


def _percent_styles(workbook: zipfile.ZipFile) -> frozenset[bytes]:
    """The numbers of the cell styles that show a number as a percentage."""
    if "xl/styles.xml" not in workbook.namelist():
        return frozenset()
    styles = etree.fromstring(workbook.read("xl/styles.xml"), parser())
    formats = set(_PERCENT_FORMATS)
    for own in styles.iterfind("{*}numFmts/{*}numFmt"):
        if is_percentage(own.get("formatCode", "")):
            formats.add(int(own.get("numFmtId", "-1")))
    cells = styles.iterfind("{*}cellXfs/{*}xf")
    return frozenset(b"%d" % i for i, style in enumerate(cells) if int(style.get("numFmtId", "0")) in formats)


def is_percentage(form: str) -> bool:
    """Whether a number format shows a number as a percentage."""
    return "%" in _UNSHOWN.sub("", form)


def parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def sheets_by_part(workbook: zipfile.ZipFile) -> dict[str, str]:
    """The name of the sheet that each part of a workbook holds."""
    links = etree.fromstring(workbook.read("xl/_rels/workbook.xml.rels"), parser())
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {}
    for sheet in etree.fromstring(workbook.read("xl/workbook.xml"), parser()).iter("{*}sheet"):
        target = next((targets[value] for key, value in sheet.attrib.items() if str(key).endswith("}id")), "")
        found[posixpath.normpath(posixpath.join("/xl", target))[1:]] = sheet.get("name", "")
    return found


def _refuse_far_cells(xml: bytes, name: str, sheet: str) -> None:
    """Refuses a sheet whose filled cells lie so far apart that the rectangle around them fits into no memory."""
    filled = _FILLED.findall(xml)
    columns, rows = {_column(letters) for letters, _ in filled}, {int(row) for _, row in filled}
    if filled and (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1) > _MAX_CELLS:
        far = max(rows)
        raise CannotFinish(
            Text(
                f"工作表“{sheet}”的单元格相距过远（最后一行是第 {far} 行），不予读取。",
                f"The filled cells of the sheet '{sheet}' lie too far apart (the last row is {far}); it is refused.",
            ),
            name,
            Text("请删除表格以外的零散单元格后另存。", "Delete stray cells outside the table and save it again."),
        )


def _odd(xml: bytes, percents: frozenset[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    """The cells of a sheet that calamine takes for empty, and those that are shown as percentages."""
    marks = (b't="e"', *(b's="%b"' % style for style in percents))

    def may_be_odd(part: bytes) -> bool:
        return any(mark in part for mark in marks) or _FORMULA_START.search(part) is not None

    if not may_be_odd(xml):
        return
    for cell in _CELL.split(xml)[1:]:
        attributes, _, rest = cell.partition(b">")
        place = _AT.search(attributes)
        if place is None or not may_be_odd(cell):
            continue
        inner = b"" if attributes.endswith(b"/") else _CELL_END.split(rest, maxsplit=1)[0]
        said = dict(_TYPE_OR_STYLE.findall(attributes))
        formula, stored = _FORMULA.search(inner), _STORED.search(inner)
        at, type_ = (int(place[2]), _column(place[1])), said.get(b"t", b"n")
        if type_ == b"e" or (formula and not stored and type_ != b"str"):
            text = stored.group(1) if stored else b"=" + ((formula and formula.group(1)) or b"")
            yield at, html.unescape(text.decode("utf-8", "replace"))
        elif type_ == b"n" and stored and said.get(b"s") in percents:
            yield at, f"{number_text(float(stored[1]) * 100)}%"


def _hidden_parts(xml: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """The hidden rows, from 1, and columns, from 0, of a sheet."""
    rows: set[int] = set()
    columns: set[int] = set()
    for part, attributes in _ROW_OR_COLUMNS.findall(xml):
        if not _HIDDEN.search(attributes):
            continue
        number = {key: int(value) for key, value in re.findall(rb'\b(r|min|max)="(\d{1,7})"', attributes)}
        if part == b"row" and b"r" in number:
            rows.add(number[b"r"])
        elif part == b"col" and b"min" in number and b"max" in number:
            columns.update(range(number[b"min"] - 1, min(number[b"max"], _MAX_COLUMNS)))
    return frozenset(rows), frozenset(columns)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _text(cell: object) -> str | None:
    """A cell as a person sees it: 2027.0 is 2027, a date without time is a date; blank is None."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return str(cell)
    return str(cell).strip() or None


def number_text(value: float) -> str:
    """A number with the 15 digits that Excel keeps; one that needs more has lost some, and shows it by its exponent."""
    return f"{value:.14e}" if abs(value) >= _EXACT else format(Decimal(f"{value:.15g}"), "f")
