"""Reads the sheets of an Excel workbook as text columns; formulas are never evaluated, their stored results are read."""

from __future__ import annotations

import datetime as dt
import html
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from checker.errors import CannotFinish, Text
from checker.model import Content, SourceTable
from checker.vocabulary import Vocabulary

_HEADER_WITHIN = 15
_MAX_INFLATED = 1 << 30
_MAX_CELLS = 50_000_000  # of the rectangle from the first filled cell to the last, which calamine keeps in memory
_FILLED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
_CELL, _CELL_END = re.compile(rb"<(?:\w+:)?c\b"), re.compile(rb"</(?:\w+:)?c>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</)", re.DOTALL)
_STORED = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_Cells = Mapping[tuple[int, int], str]


def read(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    """Every sheet in the workbook's order, without columns where no header row is found; not the empty ones, unless the
    ontology knows their name. A sheet that the ontology calls a form is read as pairs.

    Raises CannotFinish for a workbook that cannot be opened or inflates beyond 1 GiB.
    """
    _refuse_bomb(path, name)
    odd = _odd_cells(path, name)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        grids = [
            (sheet, workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
            for sheet in workbook.sheet_names
        ]
    except (CalamineError, OSError) as error:
        raise CannotFinish(
            Text(f"Excel 文件打不开：{error}", f"This Excel file cannot be opened: {error}"),
            name,
            Text("请用 Excel 打开并另存为 .xlsx 后重试。", "Open it in Excel and save it again as .xlsx."),
        ) from None
    tables = []
    for sheet, grid in grids:
        kind = vocabulary.table(sheet)
        texts = _with(odd.get(sheet, {}), [[_text(cell) for cell in row] for row in grid])
        table = _form(name, sheet, texts) if kind and kind.is_form else _table(name, sheet, texts)
        if table is not None:
            tables.append(table)
        elif kind is not None or any(cell is not None for row in texts for cell in row):
            tables.append(SourceTable(name, sheet, pa.table({}), pa.array([], pa.int32())))
    return Content(tuple(tables))


def _refuse_bomb(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as parts:
            inflated = sum(part.file_size for part in parts.infolist())
    except zipfile.BadZipFile:
        return  # not a zip: calamine says what is wrong with it
    if inflated > _MAX_INFLATED:
        raise CannotFinish(
            Text("Excel 文件解压后超过 1 GiB，不予读取。", "This Excel file inflates beyond 1 GiB and is refused."),
            name,
            Text("请删除多余的格式与空行后另存。", "Remove surplus formatting and empty rows and save it again."),
        )


def _odd_cells(path: Path, name: str) -> dict[str, _Cells]:
    """By sheet, row and column from 0: the cells that calamine takes for empty, errors and formulas without a result."""
    found: dict[str, _Cells] = {}
    try:
        with zipfile.ZipFile(path) as parts:
            for sheet, part in _parts_of(parts).items():
                xml = parts.read(part)
                _refuse_far_cells(xml, name, sheet)
                if b'"e"' in xml or b"<f" in xml or b":f" in xml:
                    found[sheet] = dict(_odd(xml))
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, NotImplementedError, RuntimeError, OSError):
        return {}  # calamine says what is wrong with it
    return found


def _parts_of(workbook: zipfile.ZipFile) -> dict[str, str]:
    """The file of each sheet in a workbook."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    targets = {
        link.get("Id"): link.get("Target", "")
        for link in etree.fromstring(workbook.read("xl/_rels/workbook.xml.rels"), parser)
    }
    found = {}
    for sheet in etree.fromstring(workbook.read("xl/workbook.xml"), parser).iter("{*}sheet"):
        target = next((targets[value] for key, value in sheet.attrib.items() if str(key).endswith("}id")), "")
        if "worksheets/" in target:
            found[sheet.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
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


def _odd(xml: bytes) -> list[tuple[tuple[int, int], str]]:
    found = []
    for cell in _CELL.split(xml)[1:]:
        attributes, _, rest = cell.partition(b">")
        inner = b"" if attributes.endswith(b"/") else _CELL_END.split(rest, maxsplit=1)[0]
        place = re.search(rb'\br="([A-Z]{1,3})(\d{1,7})"', attributes)
        formula, stored = _FORMULA.search(inner), _STORED.search(inner)
        is_error, is_text = re.search(rb'\bt="e"', attributes), re.search(rb'\bt="str"', attributes)
        if place is None or not (is_error or (formula and not stored and not is_text)):
            continue
        text = stored.group(1) if stored else b"=" + ((formula and formula.group(1)) or b"")
        found.append(((int(place[2]) - 1, _column(place[1])), html.unescape(text.decode("utf-8", "replace"))))
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _with(odd: _Cells, grid: list[list[str | None]]) -> list[list[str | None]]:
    """The grid with the odd cells in it."""
    for (row, column), text in odd.items():
        grid += [[] for _ in range(row + 1 - len(grid))]
        grid[row] += [None] * (column + 1 - len(grid[row]))
        grid[row][column] = text
    return grid


def _text(cell: object) -> str | None:
    """A cell as a person sees it: 2027.0 is 2027, a date without time is a date; blank is None."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return str(cell)
    return str(cell).strip() or None


def _table(file: str, sheet: str, grid: list[list[str | None]]) -> SourceTable | None:
    """A sheet with the header in the first row that has two filled cells or more; title rows above it have one."""
    header = next((i for i, row in enumerate(grid[:_HEADER_WITHIN]) if sum(c is not None for c in row) > 1), None)
    if header is None:
        return None
    body = [(i + 1, row) for i, row in enumerate(grid) if i > header and any(c is not None for c in row)]
    columns: dict[str, pa.Array] = {}
    for j, heading in enumerate(grid[header]):
        if heading is not None:
            values = [row[j] if j < len(row) else None for _, row in body]
            columns[_distinct(" ".join(heading.split()), columns)] = pa.array(values, pa.string())
    return SourceTable(file, sheet, pa.table(columns), pa.array([i for i, _ in body], pa.int32()))


def _form(file: str, sheet: str, grid: list[list[str | None]]) -> SourceTable:
    """A sheet of names in one column and values in the next filled one."""
    columns: dict[str, pa.Array] = {}
    for row in grid:
        filled = [cell for cell in row if cell is not None]
        if len(filled) > 1:
            columns[_distinct(filled[0], columns)] = pa.array([filled[1]], pa.string())
    return SourceTable(file, sheet, pa.table(columns), pa.array([1], pa.int32()), is_form=True)


def _distinct(heading: str, taken: dict[str, pa.Array]) -> str:
    name, n = heading, 2
    while name in taken:
        name, n = f"{heading} #{n}", n + 1
    return name
