"""Reads the sheets of Excel workbooks of the old format (.xls) as grids of texts and hands on the tables found in them."""

from __future__ import annotations

import io
from pathlib import Path

import xlrd
from xlrd.sheet import Cell, Sheet

from checker.errors import CannotFinish, Text
from checker.model import Content, Note, SourceTable
from checker.readers import grids
from checker.readers.grids import Grid, Row, Span
from checker.readers.sheets import is_percentage, number_text, unreadable
from checker.vocabulary import Vocabulary

_MAX_BYTES = 32 << 20


def read(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    """The table of every sheet, as from a newer workbook. Raises CannotFinish for a file that is too large or damaged."""
    if path.stat().st_size > _MAX_BYTES:
        raise CannotFinish(
            Text("Excel 文件超过 32 MiB，不予读取。", "This Excel file is larger than 32 MiB and is refused."),
            name,
            Text("请另存为 .xlsx。", "Save it as .xlsx."),
        )
    tables: list[SourceTable] = []
    notes: list[Note] = []
    try:
        # Opened sheet by sheet: a small file can hold cells far apart, and what lies between takes memory.
        with xlrd.open_workbook(
            file_contents=path.read_bytes(),
            logfile=io.StringIO(),
            formatting_info=True,
            on_demand=True,
            ragged_rows=True,
        ) as book:
            for i in range(book.nsheets):
                content = grids.read(_grid(book, book.sheet_by_index(i), name), vocabulary)
                book.unload_sheet(i)
                tables += content.tables
                notes += content.notes
    except CannotFinish:
        raise
    except Exception:  # the library checks little: a damaged file ends in any error
        raise unreadable(name) from None
    return Content(tuple(tables), notes=tuple(notes))


def _grid(book: xlrd.Book, sheet: Sheet, file: str) -> Grid:
    rows: list[Row] = []
    for i in range(sheet.nrows):
        row = [_text(book, cell) for cell in sheet.row(i)]
        if any(row):
            rows.append((i + 1, row))
    return Grid(
        file,
        sheet.name,
        rows,
        [Span(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells],
        sheet.visibility != 0,
        frozenset(number + 1 for number, row in sheet.rowinfo_map.items() if row.hidden),
        frozenset(number for number, column in sheet.colinfo_map.items() if column.hidden),
    )


def _text(book: xlrd.Book, cell: Cell) -> str | None:
    """A cell as a person sees it."""
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "是" if cell.value else "否"
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
        is_day = moment.time() == moment.min.time()
        return str(moment.date() if is_day else moment.isoformat(sep=" "))
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        form = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
        number = float(cell.value)
        return f"{number_text(number * 100)}%" if is_percentage(form) else number_text(number)
    return str(cell.value).strip() or None
