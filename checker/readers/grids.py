"""Finds the table in a grid of texts such as a sheet or a CSV file: its name, its header of one or several rows, its records
apart from totals and remarks; hands on a ``Content`` with the table and what the user should know about it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa

from checker.errors import CannotFinish, Text
from checker.model import Content, Note, Place, SourceTable, SumRow
from checker.vocabulary import TYPE, TableKind, Unit, Vocabulary, normal, split_unit

Cells = Sequence[str | None]
Row = tuple[int, Cells]

_HEADER_WITHIN = 15  # rows with something in them
_HEADER_ROWS = 3
_LABELLED = re.compile(r"\s*[^\d\s:：]{1,8}\s*[:：]")  # 注：…  填表人：…  填报日期：…
_NUMERAL = "[一二三四五六七八九十]+"
_CAPTION = re.compile(rf"\s*(?:[（(]{_NUMERAL}[）)]|{_NUMERAL}\s*[、.．])")
_NUMBERING = re.compile(
    rf"^\s*(?:附?[表件])?\s*[（(]?(?:\d+|{_NUMERAL})(?:\s*[-.—－]\s*\d+)*[）)]?[\s、.．:：_-]*"  # 附表1-2  （一）  1.
)
_NUMBER = re.compile(r"[-+\d.,%\s]+")
_SAID = re.compile(r"[:：]\s*([^:：]+?)\s*[)）\]】]?\s*$")  # 单位：万元、公顷
_BETWEEN = re.compile(r"[、，,；;\s]+")
_SHOWN = 40  # characters of a remark that a note repeats


class Span(NamedTuple):
    """A merged cell: its first and last row by number, from 1, and its first and last column, from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Grid:
    """What stands in a sheet or file.

    ``name``: that of the sheet, or of the file without its suffix. ``rows``: the number (from 1, as Excel shows it) and
    the texts, from the first column on, of each row with something in it. ``merged``: the text of a merged cell stands
    in its first column and row. ``hidden_rows`` by number, ``hidden_columns`` from 0: what Excel does not show.
    """

    file: str
    name: str
    rows: Sequence[Row]
    merged: Sequence[Span] = ()
    is_hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


class _Header(NamedTuple):
    """The rows of a grid from ``start`` to before ``end``; the heading that they give to each column, and the texts that
    stand over each other there."""

    start: int
    end: int
    headings: dict[int, str]
    paths: dict[int, list[str]]


@dataclass
class _Body:
    """The rows under a header. ``rest``: the number of the row where another table begins."""

    records: list[Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)
    remarks: list[Row] = field(default_factory=list)
    rest: int | None = None


def read(grid: Grid, vocabulary: Vocabulary) -> Content:
    """The table of a grid; without columns where no header is found; nothing for an empty grid of unknown name.

    Its kind is told by the grid's name, also behind a numbering or before a bracket, or else by a title over the table;
    a note says so where that is not the name itself. Raises CannotFinish where merged cells overlap.
    """
    kind, said = _kind(grid, vocabulary)
    notes = [*_hidden(grid, vocabulary), *([_read_as(grid, said)] if said != grid.name else [])]
    iri = kind.iri if kind else None
    is_review = kind is not None and kind.is_review
    if kind is not None and kind.is_form:
        return Content((_form(grid, kind, vocabulary),), notes=tuple(notes))
    header = _header(grid, kind, vocabulary)
    if header is None:
        empty = SourceTable(grid.file, grid.name, pa.table({}), pa.array([], pa.int32()), kind=iri)
        if kind is not None and grid.rows:
            notes.append(_without_header(grid))
        return Content((empty,) if kind or grid.rows else (), notes=tuple(notes))
    headings = _with_units(grid, header, kind, vocabulary)
    body = _body(grid, header, kind, vocabulary)
    if is_review:
        headings |= _without_heading(headings, body)
    names = _distinct(headings.values())
    columns = {
        name: pa.array([_at(cells, column) for _, cells in body.records], pa.string())
        for name, column in zip(names, headings, strict=True)
    }
    rows = pa.array([number for number, _ in body.records], pa.int32())
    sums = tuple(_sums(body, dict(zip(headings, names, strict=True)), vocabulary))
    table = SourceTable(grid.file, grid.name, pa.table(columns), rows, kind=iri, sums=sums)
    return Content((table,), notes=(*notes, *_not_records(grid, header, headings, body, is_review=is_review)))


# ---- which table it is ----------------------------------------------------------------------------------------------


def _kind(grid: Grid, vocabulary: Vocabulary) -> tuple[TableKind | None, str]:
    """The kind of table, and the name that told it; else None and the grid's own name."""
    titles = []
    for _, cells in grid.rows[:_HEADER_WITHIN]:
        said = _filled(cells)
        if len(said) > 1:
            break
        titles += said
    for name in (grid.name, *titles):
        bare = _NUMBERING.sub("", name, count=1)
        for form in (name, bare, split_unit(name)[0], split_unit(bare)[0]):
            kind = vocabulary.table(form)
            if kind is not None:
                return kind, form
    return None, grid.name


# ---- its header -----------------------------------------------------------------------------------------------------


def _header(grid: Grid, kind: TableKind | None, vocabulary: Vocabulary) -> _Header | None:
    """Of the first rows, the one to three in which the ontology knows most headings; of none, the first of two cells."""

    @cache
    def is_known(heading: str) -> bool:
        return kind is not None and vocabulary.column(kind, heading) is not None

    best, best_score = None, -1
    for start in range(min(len(grid.rows), _HEADER_WITHIN)):
        levels = _levels(grid, start)
        if len(levels[0]) < 2:  # a title
            continue
        for end in range(1, len(levels) + 1):
            paths = _paths(grid.rows[start : start + end], levels[:end])
            headings = {column: _heading(path, is_known) for column, path in paths.items()}
            score = sum(is_known(heading) for heading in headings.values())
            if score > best_score or (best and best.start == start and score == best_score):
                best, best_score = _Header(start, start + end, headings, paths), score
    return best


def _levels(grid: Grid, start: int) -> list[dict[int, int]]:
    """The first and last column of each heading in the row at ``start``, and in the header rows that go on below it.

    A row goes on with the header above if nothing in it stands under a heading of one column only, and two cells or more
    stand under one heading: 总投资 | 近期投资 under 投资. Where no cells are merged (CSV), a heading of several columns
    has nothing beside it.
    """
    rows = grid.rows[start : start + _HEADER_ROWS]
    merged = {(span.top, span.left): max(span.left, span.right) for span in grid.merged if span.top <= rows[-1][0]}
    groups: list[tuple[int, int]] = []
    others = [(0, max(len(cells) for _, cells in rows) - 1)]  # columns that no heading stands over as yet
    levels: list[dict[int, int]] = []
    for number, cells in rows:
        filled = [column for column, cell in enumerate(cells) if cell is not None]
        level: dict[int, int] = {}
        is_divided, bare = False, []
        for left, right in groups + others:
            inside = [column for column in filled if left <= column <= right]
            is_divided |= len(inside) > 1 and (left, right) in groups
            bare.append((left, inside[0] - 1 if inside else right))
            for column, following in pairwise([*inside, right + 1]):
                level[column] = min(merged.get((number, column), following - 1), following - 1)
                bare.append((level[column] + 1, following - 1))
        is_next = not levels or (number == rows[len(levels) - 1][0] + 1 and is_divided)
        if not is_next or len(level) < len(filled):
            break
        levels.append(level)
        groups = [(left, right) for left, right in level.items() if left < right]
        others = [(left, right) for left, right in bare if left <= right]
    return levels


def _paths(rows: Sequence[Row], levels: Sequence[Mapping[int, int]]) -> dict[int, list[str]]:
    """The texts that stand over each column, from above, for the columns that have one of their own."""
    paths: dict[int, list[str]] = {column: [] for column in sorted({c for level in levels for c in level})}
    for (_, cells), level in zip(rows, levels, strict=True):
        for left, right in level.items():
            text = " ".join((cells[left] or "").split())
            for column in range(left, right + 1):
                if column in paths and text not in paths[column]:
                    paths[column].append(text)
    return paths


def _heading(path: Sequence[str], is_known: Callable[[str], bool]) -> str:
    """One heading for a column under several: the longest end of them that the ontology knows, with the group's unit.

    近期 over 投资 is 近期投资; 投资（万元） over 总投资 is 总投资（万元）.
    """
    *groups, last = path
    if not groups:
        return last
    bare, units = zip(*(split_unit(group) for group in groups), strict=True)
    ends = ("".join((*bare[i:], last)) for i in range(len(path)))
    heading = next(filter(is_known, ends), "".join((*bare, last)))
    unit = next((unit for name, unit in zip(reversed(bare), reversed(units), strict=True) if name and unit), None)
    return heading if unit is None or split_unit(last)[1] is not None else f"{heading}（{unit}）"


def _with_units(grid: Grid, header: _Header, kind: TableKind | None, vocabulary: Vocabulary) -> dict[int, str]:
    """The headings, with the unit that is said over the table (单位：万元) behind those that are in such a unit."""
    if kind is None:
        return header.headings
    above = [text for _, cells in grid.rows[: header.end - 1] for text in _filled(cells)]
    said = [match[1] for match in map(_SAID.search, above) if match]
    stated = [unit for text in said for name in (text, *_BETWEEN.split(text)) if (unit := vocabulary.unit(name))]

    def with_unit(heading: str) -> str:
        found = vocabulary.column(kind, heading)
        declared = vocabulary.unit(found[0].unit) if found and found[0].unit else None
        if declared is None or _has_unit(heading, declared.quantity, vocabulary.units):
            return heading
        # Two units of one quantity make a bracket that lift refuses: which one holds cannot be told.
        fitting = dict.fromkeys(unit.names[-1] for unit in stated if unit.quantity == declared.quantity)
        return f"{heading}（{'、'.join(fitting)}）" if fitting else heading

    return {column: with_unit(heading) for column, heading in header.headings.items()}


def _has_unit(heading: str, quantity: str, units: Iterable[Unit]) -> bool:
    bracket = normal(split_unit(heading)[1] or "")
    return any(normal(name) in bracket for unit in units if unit.quantity == quantity for name in unit.names)


def _without_heading(headings: Mapping[int, str], body: _Body) -> dict[int, str]:
    """The columns in which something stands without a heading over it, under the letters that Excel gives them."""
    filled = {column for _, cells in body.records for column, cell in enumerate(cells) if cell is not None}
    return {column: _letters(column) for column in sorted(filled - headings.keys())}


# ---- its rows -------------------------------------------------------------------------------------------------------


def _body(grid: Grid, header: _Header, kind: TableKind | None, vocabulary: Vocabulary) -> _Body:
    known = vocabulary.headings
    repeated = [_filled(cells) for _, cells in grid.rows[header.start : header.end]]
    shared = _shared(grid, header, _amounts(header, kind, vocabulary))
    wide = {span.top for span in grid.merged if span.left < span.right}
    body = _Body()
    previous = grid.rows[header.end - 1][0]
    is_apart = is_under_remark = False
    for number, cells in grid.rows[header.end :]:
        said = _filled(cells)
        is_apart |= number > previous + 1
        previous = number
        if said in repeated:
            continue
        if kind is not None and kind.is_review:  # whatever a reviewer writes under the header is meant
            body.records.append((number, _with(shared[number], cells) if number in shared else cells))
            continue
        if _is_header(said, known, is_apart) and not _names_its_kind(cells, header, kind, vocabulary):
            body.rest = number
            if body.records and body.records[-1][0] == number - 1 and len(_filled(body.records[-1][1])) == 1:
                body.rest = body.records.pop()[0]  # its title
            break
        is_remark = all(_LABELLED.match(text) for text in said) or normal(said[0]) in vocabulary.remark_marks
        is_apart = False
        if _is_total(said, vocabulary):
            body.totals.append((number, cells))
        elif number in shared:
            body.records.append((number, _with(shared[number], cells)))
        elif is_remark or (len(said) == 1 and (number in wide or is_under_remark or _CAPTION.match(said[0]))):
            body.remarks.append((number, cells))
            is_under_remark |= is_remark
            is_apart = True
        else:
            body.records.append((number, cells))
    return body


def _is_header(said: Sequence[str], known: frozenset[str], is_apart: bool) -> bool:
    """Whether the texts are headings of some table: all of them, of a row that stands apart half of them, at least two."""
    are_known = (normal(text) in known or normal(split_unit(text)[0]) in known for text in said)
    return sum(are_known) >= max(2, len(said) / 2) if is_apart else len(said) > 1 and all(are_known)


def _names_its_kind(cells: Cells, header: _Header, kind: TableKind | None, vocabulary: Vocabulary) -> bool:
    """Whether a row says of what kind it is: 总体目标 is the name of a column, and of a content that a row is about."""
    if kind is None:
        return False
    for column, heading in header.headings.items():
        found = vocabulary.column(kind, heading)
        text = _at(cells, column) if found is not None and found[0].property == TYPE else None
        if text is not None and vocabulary.named_class(text, kind.rows_are) is not None:
            return True
    return False


def _is_total(said: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether the first text of a row that is no number begins or ends like the name of a sum: 合计, 信息平台类小计."""
    name = normal(split_unit(_first_words(said))[0])
    marks = tuple(vocabulary.total_marks)
    return name.startswith(marks) or name.endswith(marks)


def _first_words(said: Sequence[str]) -> str:
    """The first text of a row that is no number."""
    return next((text for text in said if not _NUMBER.fullmatch(text)), "")


def _reach(name: str, vocabulary: Vocabulary) -> int:
    """How far a row of sums reaches: that of the mark it begins with, the lowest for one that is of something."""
    marks = vocabulary.total_marks
    begun = (reach for mark, reach in marks.items() if normal(name).startswith(mark))
    return next(begun, min(marks.values()))


def _sums(body: _Body, headings: Mapping[int, str], vocabulary: Vocabulary) -> Iterator[SumRow]:
    """The rows of sums, with the records that each sums.

    A row sums the records above it, up to another that reaches as far; or, where the first of its reach stands over all
    records, those below it. Of a group with a caption or remark inside it nobody can tell where it begins.
    """
    numbers = [number for number, _ in body.records]
    asides = [number for number, _ in body.remarks]
    names = {number: _first_words(_filled(cells)) for number, cells in body.totals}
    reaches = {number: _reach(name, vocabulary) for number, name in names.items()}
    places: dict[int, list[int]] = {}  # the rows of sums that reach at least so far, in order
    for reach in set(reaches.values()):
        places[reach] = [number for number, other in reaches.items() if other >= reach]
    leading = {
        reach: bool(numbers) and next(n for n, r in reaches.items() if r == reach) < numbers[0] for reach in places
    }
    for number, cells in body.totals:
        reach = reaches[number]
        at = bisect_left(places[reach], number)
        if leading[reach]:
            top, bottom = number, places[reach][at + 1] if at + 1 < len(places[reach]) else None
        else:
            top, bottom = places[reach][at - 1] if at else 0, number
        first = bisect_right(numbers, top)
        end = len(numbers) if bottom is None else bisect_left(numbers, bottom)
        is_group = reach == min(vocabulary.total_marks.values())
        if first >= end or (is_group and _any_between(asides, numbers[first], numbers[end - 1])):
            first = end = 0
        texts = {heading: text for column, heading in headings.items() if (text := _at(cells, column)) is not None}
        yield SumRow(names[number], number, texts, first, end)


def _any_between(numbers: Sequence[int], low: int, high: int) -> bool:
    """Whether any of the increasing numbers lies between two."""
    return bisect_right(numbers, low) < bisect_left(numbers, high)


def _amounts(header: _Header, kind: TableKind | None, vocabulary: Vocabulary) -> frozenset[int]:
    """The columns of amounts."""
    found = set()
    for column, heading in header.headings.items():
        match = vocabulary.column(kind, heading) if kind else None
        prop = vocabulary.properties.get(match[0].property) if match else None
        if prop is not None and prop.datatype == "decimal":
            found.add(column)
    return frozenset(found)


def _shared(grid: Grid, header: _Header, amounts: frozenset[int]) -> dict[int, dict[int, str]]:
    """By row and column, the text of merged cells that several rows share.

    An amount for several rows together is none of theirs: it is kept as a text that is no number.
    """
    numbers = [number for number, _ in grid.rows]
    shared: dict[int, dict[int, str]] = {}
    for span in grid.merged:
        first, last = bisect_left(numbers, span.top), bisect_right(numbers, span.bottom)
        if first < header.end or last - first < 2 or numbers[first] != span.top:
            continue
        text = _at(grid.rows[first][1], span.left)
        if text is None:
            continue
        if span.left in amounts:
            text = f"{text}（{span.top}—{span.bottom} 行合并）"
        for number in numbers[first:last]:
            if span.left in shared.setdefault(number, {}):
                raise _overlap(grid)
            shared[number][span.left] = text
    return shared


def _overlap(grid: Grid) -> CannotFinish:
    return CannotFinish(
        Text(
            f"“{grid.name}”的合并单元格相互重叠，文件已损坏。",
            f"Merged cells of '{grid.name}' overlap; the file is damaged.",
        ),
        grid.file,
        Text("请用 Excel 打开修复后另存。", "Open it in Excel, let it repair the file, and save it again."),
    )


def _form(grid: Grid, kind: TableKind, vocabulary: Vocabulary) -> SourceTable:
    """A sheet of names and, in the next filled column, values; several such pairs may stand beside each other.

    Three names or more over a row without names have their values there.
    """

    def names(cells: Cells) -> list[bool]:
        return [vocabulary.column(kind, text) is not None for text in _filled(cells)]

    pairs: list[tuple[str, str]] = []
    rows = [cells for _, cells in grid.rows]
    is_taken = False
    for cells, below in zip(rows, [*rows[1:], ()], strict=True):
        said, is_name = _filled(cells), names(cells)
        if is_taken:
            is_taken = False
            continue
        is_taken = len(said) > 2 and all(is_name) and not any(names(below))
        if is_taken:
            pairs += [(name, text) for name, text in zip(cells, below, strict=False) if name and text]
            continue
        for i in range(len(said) - 1):
            if (i == 0 or is_name[i]) and (not is_name[i + 1] or len(said) == 2):
                pairs.append((said[i], said[i + 1]))
    named = _distinct(name for name, _ in pairs)
    columns = {name: pa.array([value], pa.string()) for name, (_, value) in zip(named, pairs, strict=True)}
    return SourceTable(grid.file, grid.name, pa.table(columns), pa.array([1], pa.int32()), is_form=True, kind=kind.iri)


# ---- what the user should know --------------------------------------------------------------------------------------


def _without_header(grid: Grid) -> Note:
    text = Text(
        f"前 {_HEADER_WITHIN} 行中没有找到表头，表中内容没有读取。请把表头移到前面，说明文字放到表后。",
        f"No row of headings was found in the first {_HEADER_WITHIN} rows, so nothing was read. Move the headings up "
        "and what explains the table below it.",
    )
    return Note(text, Place(grid.file, grid.name))


def _read_as(grid: Grid, said: str) -> Note:
    text = Text(f"“{grid.name}”按“{said}”读取。", f"'{grid.name}' was read as '{said}'.")
    return Note(text, Place(grid.file, grid.name))


def _hidden(grid: Grid, vocabulary: Vocabulary) -> Iterator[Note]:
    """What was read although nobody sees it in Excel. A sheet of lists to choose from is hidden as a matter of course."""
    place = Place(grid.file, grid.name)
    if grid.is_hidden and grid.rows and normal(grid.name) not in vocabulary.asides:
        yield Note(Text("工作表是隐藏的，已读取。", "The sheet is hidden; it was read."), place)
    rows = _ranges(number for number, _ in grid.rows if number in grid.hidden_rows)
    if rows:
        zh, en = f"隐藏的第 {'、'.join(rows)} 行已读取。", f"Hidden rows were read: {', '.join(rows)}."
        yield Note(Text(zh, en), place)
    filled = (c for c in sorted(grid.hidden_columns) if any(_at(cells, c) is not None for _, cells in grid.rows))
    columns = [_letters(column) for column in filled]
    if columns:
        zh, en = f"隐藏的 {'、'.join(columns)} 列已读取。", f"Hidden columns were read: {', '.join(columns)}."
        yield Note(Text(zh, en), place)


def _letters(column: int) -> str:
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _not_records(
    grid: Grid, header: _Header, headings: Mapping[int, str], body: _Body, *, is_review: bool
) -> Iterator[Note]:
    """Remarks on the rows that became no records; of what a reviewer wrote, every word."""

    def note(row: int, zh: str, en: str) -> Note:
        return Note(Text(zh, en), Place(grid.file, grid.name, row))

    for number, cells in grid.rows[: header.start]:
        said = _filled(cells)
        if is_review or (len(said) > 1 and not all(_LABELLED.match(text) for text in said)):
            yield note(
                number,
                f"第 {number} 行在表头之上，没有作为数据读取：{_shown(said, is_whole=is_review)}。",
                f"Row {number} stands over the header and was not read as data: {_shown(said, is_whole=is_review)}.",
            )
    groups = {
        "／".join(path): header.headings[column]
        for column, path in header.paths.items()
        if any(normal(split_unit(group)[0]) not in normal(header.headings[column]) for group in path[:-1])
    }
    if groups:
        row = grid.rows[header.start][0]
        yield note(
            row,
            "多层表头按下层的列名读取："
            + "，".join(f"“{path}”即“{heading}”" for path, heading in groups.items())
            + "。",
            "Columns were read by the lower of their headings: "
            + ", ".join(f"'{path}' as '{heading}'" for path, heading in groups.items())
            + ".",
        )
    for number, cells in body.totals:
        values = {heading: _at(cells, column) for column, heading in headings.items()}
        said = [f"{heading} {value}" for heading, value in values.items() if value is not None]
        yield note(
            number,
            f"第 {number} 行是合计，没有作为一条记录读取：{'，'.join(said)}。",
            f"Row {number} is a total and was not read as a record: {', '.join(said)}.",
        )
    if body.remarks:
        numbers = _ranges(number for number, _ in body.remarks)
        said = _filled(body.remarks[0][1])
        yield note(
            body.remarks[0][0],
            f"第 {'、'.join(numbers)} 行是说明或小标题，没有作为数据读取：{_shown(said)}。",
            f"Rows {', '.join(numbers)} are remarks or captions and were not read as data: {_shown(said)}.",
        )
    if body.rest is not None:
        rest = note(
            body.rest,
            f"从第 {body.rest} 行起是另一张表，没有读取；请放到单独的工作表或文件中。",
            f"Another table begins in row {body.rest} and was not read; put it in a sheet or file of its own.",
        )
        yield replace(rest, is_unmatched=True)


def _shown(said: Sequence[str], *, is_whole: bool = False) -> str:
    text = " ".join(" ".join(said).split())
    return text if is_whole or len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _ranges(numbers: Iterable[int]) -> list[str]:
    """Increasing numbers as people list them: 3, 5—7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ["—".join(map(str, run)) for run in runs]


# ---- cells ----------------------------------------------------------------------------------------------------------


def _at(cells: Cells, column: int) -> str | None:
    return cells[column] if column < len(cells) else None


def _filled(cells: Cells) -> list[str]:
    return [cell for cell in cells if cell is not None]


def _with(shared: Mapping[int, str], cells: Cells) -> Cells:
    width = max(len(cells), *(column + 1 for column in shared))
    return [shared.get(column, _at(cells, column)) for column in range(width)]


def _distinct(headings: Iterable[str]) -> list[str]:
    """The headings, with `` #2`` and so on behind those that stand there already."""
    seen: Counter[str] = Counter()
    names = []
    for heading in headings:
        seen[heading] += 1
        names.append(heading if seen[heading] == 1 else f"{heading} #{seen[heading]}")
    return names
