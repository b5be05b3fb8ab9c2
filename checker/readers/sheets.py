"""Reads the sheets of an Excel workbook as text columns; formulas are never evaluated, their stored results are read."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from checker.errors import CannotFinish, Text
from checker.model import SourceTable
from checker.vocabulary import Vocabulary

_HEADER_WITHIN = 15
_MAX_INFLATED = 1 << 30


def read(path: Path, name: str, vocabulary: Vocabulary) -> list[SourceTable]:
    """Every sheet with a header row, in the workbook's order. A sheet that the ontology calls a form is read as pairs.

    Raises CannotFinish for a workbook that cannot be opened or inflates beyond 1 GiB.
    """
    _refuse_bomb(path, name)
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
        texts = [[_text(cell) for cell in row] for row in grid]
        table = _form(name, sheet, texts) if kind and kind.is_form else _table(name, sheet, texts)
        if table is not None:
            tables.append(table)
    return tables


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
