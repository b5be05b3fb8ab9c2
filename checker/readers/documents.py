"""Reads a Word file: its text with headings as a ``Document``, and the tables in it that the ontology knows like sheets.

A table that becomes a ``SourceTable`` is not repeated in the text. Any other is: a row is one paragraph with tabs between
the cells, so that a figure keeps its label beside it; the paragraphs of a cell alone in its row stay as they are, since
such a table only lays out text. As in Word's own navigation pane, nothing in a table or a text box is a heading.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from checker.errors import Text
from checker.model import Content, Document, Note, Paragraph, Place, SourceTable, TextTable
from checker.readers import grids, word
from checker.readers.word import Block, Cell, Line, Look, Table
from checker.vocabulary import TableKind, Vocabulary, normal, split_unit

_CHINESE = "[〇零一二三四五六七八九十百两]+"
# How headings are numbered by hand, the highest first; decimals (1.1, 1.1.1) follow with a rank for each of their parts.
_NUMBERED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"第\s?(?:{_CHINESE}|\d+)\s?[篇编卷]",
        rf"第\s?(?:{_CHINESE}|\d+)\s?(?:章|部分)",
        rf"第\s?(?:{_CHINESE}|\d+)\s?节",
        rf"第\s?(?:{_CHINESE}|\d+)\s?条",
        rf"{_CHINESE}\s?[、.]\s*(?=\w)",
        rf"[(（]{_CHINESE}[)）]\s*(?=\w)",
    )
)
_ALWAYS_HEADING = 3  # 篇, 章 and 节 need not stand out from the text
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)(?:[、.]|\s|(?<=\.\d)|(?<=\.\d\d))\s*(?=[^\W\d])")
_BRACKETED = re.compile(r"\(\d{1,2}\)\s*(?=\w)")
_OTHER_NUMBER = re.compile(r"(?:\d{1,2}\s*\)|[①-⑳]|[•●○◆■▪·–—])\s*(?=\w)")
_HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_LONGEST_HEADING = 50
_SENTENCE = re.compile(r"[。；！？]|[，、,;]$")
_PAGE_NUMBER = re.compile(r"(?:\t|[.…·．]{2,})\s*\d+$")  # at the end of a line of a table of contents typed by hand

_CAPTION = re.compile(rf"(?:续|附)?表\s*(?:[\dA-Z]|{_CHINESE}|$|[-—:：（(])")
_CONTINUED = re.compile(r"[（(]?续(?:附?表)|附?表[^。]{0,40}[（(]续表?\s*\d*[）)]")
_UNIT_LINE = re.compile(r"[（(]?\s*(?:计量)?单位\s*[:：]")
_HEADER_ROWS = 3
_ENOUGH = 3  # headings known to one kind of table that tell it without a name
_FEW = 2  # those that confirm a name


def read(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    """The text of a .docx with the levels of its headings, and its known tables. ``part`` of a table is its caption.

    Raises CannotFinish for a file that is no .docx, is encrypted or broken, or inflates beyond what is safe.
    """
    story = word.read(path, name)
    reading = _Reading(name, vocabulary, _commonest_look(story.blocks))
    reading.take(_joined(story.blocks))
    notes = [Note(remark, Place(name)) for remark in story.remarks]
    document = Document(name, tuple(reading.paragraphs), tuple(reading.others))
    return Content(tuple(reading.tables), (document,), notes=(*notes, *reading.notes))


# ---- headings -------------------------------------------------------------------------------------------------------


def _commonest_look(blocks: Iterable[Block]) -> Look:
    """How most of the text is set."""
    looks: Counter[Look] = Counter()
    for block in blocks:
        if isinstance(block, Line):
            looks[block.look] += len(block.text)
    return looks.most_common(1)[0][0] if looks else Look()


class _Headings:
    """The levels of the headings, those that a style gives and those that are only numbered lines set apart.

    A numbered line stands one level below the nearest heading above it whose number is of a higher rank.
    """

    def __init__(self, body: Look) -> None:
        self._body = body
        self._open: list[tuple[int | None, int]] = []  # rank of the number and level of the headings above, outer first

    def level(self, line: Line, text: str) -> int | None:
        """The level of a line, or None where it is no heading."""
        if line.is_aside or line.is_guide or not text:
            return None
        rank, level = _rank(text), line.level
        if level is None and (rank is None or not self._is_apart(line, rank)):
            return None
        while self._open and _is_over(*self._open[-1], rank, level):
            self._open.pop()
        level = level or (self._open[-1][1] + 1 if self._open else 1)
        self._open.append((rank, level))
        return level

    def _is_apart(self, line: Line, rank: int) -> bool:
        text, look, body = line.text, line.look, self._body
        if len(text) > _LONGEST_HEADING or _SENTENCE.search(text) or _PAGE_NUMBER.search(text):
            return False
        stands_out = look.bold > body.bold or look.size > body.size or look.face != body.face
        return rank < _ALWAYS_HEADING or stands_out


def _is_line_of_contents(text: str) -> bool:
    """Whether a line ends with a page number, as those of a table of contents that was typed by hand do."""
    return len(text) <= _LONGEST_HEADING and _PAGE_NUMBER.search(text) is not None


def _is_over(above_rank: int | None, above: int, rank: int | None, level: int | None) -> bool:
    """Whether a heading with this level, or with a number of this rank, ends the part under the heading above it."""
    if level is not None:
        return above >= level
    return above_rank is not None and rank is not None and above_rank >= rank


def _rank(text: str) -> int | None:
    """How high the number is that a text begins with (0 the highest), or None."""
    folded = unicodedata.normalize("NFKC", text)
    for rank, pattern in enumerate(_NUMBERED):
        if pattern.match(folded):
            return rank
    if decimal := _DECIMAL.match(folded):
        return len(_NUMBERED) + decimal[1].count(".")
    return len(_NUMBERED) + 10 if _BRACKETED.match(folded) else None


def unnumbered(text: str) -> str:
    """A text without the number or bullet that it begins with; the text itself where it begins with none."""
    halved = text.translate(_HALF_WIDTH)  # one character for one, so that places stay the same
    patterns = (*_NUMBERED, _DECIMAL, _BRACKETED, _OTHER_NUMBER)
    match = next((found for pattern in patterns if (found := pattern.match(halved))), None)
    return text[match.end() :].lstrip(" \t\u3000、.．") if match else text


# ---- text and tables ------------------------------------------------------------------------------------------------


def _joined(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with each table that goes on after a page break (续表) as one."""
    found: list[Block] = []
    last = before = None  # where the last table stands, and the last line that says something
    for block in blocks:
        if isinstance(block, Line):
            before = block.text or before
        elif last is not None and before and _CONTINUED.match(before):
            above = found[last]
            assert isinstance(above, Table)
            if above.width == block.width:
                found[last] = Table(above.rows + block.rows)
                continue
        if isinstance(block, Table):
            last = len(found)
        found.append(block)
    return found


@dataclass(frozen=True)
class _Known:
    """What a table is: its kind, and whether its name said so or only its headings."""

    kind: TableKind
    by_name: bool


class _Reading:
    """Reads the blocks of one file in order."""

    def __init__(self, file: str, vocabulary: Vocabulary, body: Look) -> None:
        self.paragraphs: list[Paragraph] = []
        self.tables: list[SourceTable] = []
        self.others: list[TextTable] = []
        self.notes: list[Note] = []
        self._file = file
        self._vocabulary = vocabulary
        self._headings = _Headings(body)
        self._kinds = tuple(kind for kind in vocabulary.tables if not kind.is_layer)
        names = ((normal(name), kind) for kind in self._kinds for name in kind.names)
        self._names = sorted(names, key=lambda named: -len(named[0]))
        self._columns: dict[str, frozenset[tuple[str, str]]] = {}
        self._parts: set[str] = set()
        self._count = 0

    def take(self, blocks: Sequence[Block]) -> None:
        """The running text: its lines may be headings, and its tables have captions."""
        for i, block in enumerate(blocks):
            if isinstance(block, Table):
                self._count += 1
                self._table(block, f"第 {self._count} 个表", *self._around(blocks, i))
            else:
                text = block.number + block.text if block.text else ""
                is_item = block.is_item or unnumbered(text) != text
                is_guide = block.is_guide or _is_line_of_contents(block.text)
                level = self._headings.level(block, text)
                self._say(text, level, is_item and not (block.is_aside or is_guide), is_guide)

    def _say(self, text: str, level: int | None = None, is_item: bool = False, is_guide: bool = False) -> None:
        if text:
            said = Paragraph(
                len(self.paragraphs) + 1, text, level, is_item and level is None, is_guide and level is None
            )
            self.paragraphs.append(said)

    def _around(self, blocks: Sequence[Block], at: int) -> tuple[str | None, list[str]]:
        """The caption of a table, above it or else below, and the lines between that state units (单位：万元)."""
        units: list[str] = []
        for block in _saying(blocks, range(at - 1, -1, -1)):
            if _UNIT_LINE.match(_text(block)):
                units.append(_text(block))
                continue
            if self._is_caption(_text(block)):
                return _text(block), units
            break
        below = list(islice(_saying(blocks, range(at + 1, len(blocks))), 2))
        is_of_the_next = len(below) > 1 and isinstance(below[1], Table)
        if below and not is_of_the_next and _CAPTION.match(_text(below[0])):
            return _text(below[0]), units
        return None, units

    def _is_caption(self, text: str) -> bool:
        is_short = len(text) <= _LONGEST_HEADING and not _SENTENCE.search(text)
        return is_short and (_CAPTION.match(text) is not None or self._named(text) is not None)

    def _table(self, table: Table, ordinal: str, caption: str | None, units: Sequence[str]) -> None:
        """Hands on a table as a source table where the ontology knows it, else as text."""
        title = caption or next((text for row in table.rows[:1] if (text := _alone(row))), None)
        known = self._known(table, title, ordinal)
        if known is None:
            self.others.append(TextTable(title or ordinal, _texts(table)))
            self._tell(table, ordinal)
            return
        place = title or ordinal
        place = f"{place}（{ordinal}）" if place in self._parts else place
        self._parts.add(place)
        grid = grids.Grid(self._file, known.kind.label.zh, *_grid(table, units))
        content = grids.read(grid, self._vocabulary)
        self.tables += [replace(found, part=place, kind=known.kind.iri, in_text=True) for found in content.tables]
        self.notes += [replace(note, place=replace(note.place, part=place)) for note in content.notes]
        if not known.by_name:
            label = known.kind.label
            read_as = Text(f"按表头读作“{label.zh}”。", f"Read as '{label.en}', by its headings.")
            self.notes.append(Note(read_as, Place(self._file, place)))
        for cell in (cell for row in table.rows for cell in row):
            self._inside([block for block in cell.blocks if isinstance(block, Table) or block.is_aside], ordinal)

    def _tell(self, table: Table, ordinal: str) -> None:
        """The text of a table that is not known: a row is a paragraph, but a cell alone in its row keeps its own."""
        for row in table.rows:
            filled = [cell for cell in row if cell.blocks]
            if len(filled) == 1:
                self._inside(filled[0].blocks, ordinal)
                continue
            self._say("\t".join(" ".join(cell.text.split()) for cell in row).strip())
            for cell in filled:
                self._inside([block for block in cell.blocks if isinstance(block, Table) or block.is_aside], ordinal)

    def _inside(self, blocks: Sequence[Block], ordinal: str) -> None:
        """What stands in a cell: no headings, but perhaps tables again."""
        for i, block in enumerate(blocks):
            if isinstance(block, Table):
                self._table(block, f"{ordinal}中的表", *self._around(blocks, i))
            else:
                self._say(block.number + block.text if block.text else "", is_guide=block.is_guide)

    # ---- which table it is ------------------------------------------------------------------------------------------

    def _known(self, table: Table, title: str | None, ordinal: str) -> _Known | None:
        """The kind of a table, by its name where its headings do not speak against it, else by its headings alone."""
        named = self._named(title) if title else None
        if named is not None and named.is_form:
            return _Known(named, True)
        counts, columns = self._recognised(table)
        best = counts.most_common(2)
        if named is not None and counts[named.iri] >= _FEW:
            return _Known(named, True)
        is_clear = best and best[0][1] >= _ENOUGH and (len(best) == 1 or best[0][1] > best[1][1])
        if is_clear and best[0][1] * 2 >= columns:
            return _Known(self._kind(best[0][0]), False)
        like = named or (self._kind(best[0][0]) if best and best[0][1] >= _ENOUGH else None)
        if like is not None:
            text = Text(
                f"像是“{like.label.zh}”，但表头不足以认定，没有读作表格。请按模板填写表头，并在表的上方写明表名。",
                f"This looks like '{like.label.en}', but its headings do not tell; it was not read as a table. "
                "Give it the headings of the template, and its name above it.",
            )
            self.notes.append(Note(text, Place(self._file, title or ordinal), is_unmatched=True))
        return None

    def _kind(self, iri: str) -> TableKind:
        return next(kind for kind in self._kinds if kind.iri == iri)

    def _named(self, title: str) -> TableKind | None:
        """The kind of table whose name a title ends with: 附表1 试算市近期建设项目表（单位：万元）."""
        rest, bracket = split_unit(title)
        while bracket is not None:
            rest, bracket = split_unit(rest)
        said = normal(rest)
        return next((kind for name, kind in self._names if said.endswith(name)), None)

    def _recognised(self, table: Table) -> tuple[Counter[str], int]:
        """By kind of table the most columns that it knows by a header of up to three rows; and how many columns it has."""
        stacks: dict[int, list[str]] = {}
        most: Counter[str] = Counter()
        start = next((i for i, row in enumerate(table.rows) if _alone(row) is None), len(table.rows))
        for row in table.rows[start : start + _HEADER_ROWS]:
            for cell in row:
                if cell.text:
                    for column in range(cell.first, cell.first + cell.span):
                        stacks.setdefault(column, []).append(cell.text)
            known = {c for stack in stacks.values() for text in (stack[-1], "".join(stack)) for c in self._called(text)}
            most |= Counter(kind for kind, _ in known)
        return most, len({tuple(stack[:1]) for stack in stacks.values()})

    def _called(self, heading: str) -> frozenset[tuple[str, str]]:
        """The columns that a heading may stand for, each with the kind of its table."""
        if heading not in self._columns:
            found = ((kind.iri, self._vocabulary.column(kind, heading)) for kind in self._kinds if not kind.is_form)
            self._columns[heading] = frozenset((kind, match[0].iri) for kind, match in found if match is not None)
        return self._columns[heading]


def _saying(blocks: Sequence[Block], places: range) -> Iterator[Block]:
    """The blocks at these places without the empty paragraphs."""
    return (blocks[i] for i in places if isinstance(blocks[i], Table) or _text(blocks[i]))


def _text(block: Block) -> str:
    return block.text if isinstance(block, Line) else ""


def _alone(row: Sequence[Cell]) -> str | None:
    """The text of the only cell of a row that says something, or None."""
    filled = [cell.text for cell in row if cell.text]
    return filled[0] if len(filled) == 1 else None


def _texts(table: Table) -> tuple[tuple[str, ...], ...]:
    """The rows of a table as texts, one for each of its columns."""
    rows = []
    for row in table.rows:
        texts = [""] * table.width
        for cell in row:
            texts[cell.first] = " ".join(cell.text.split())
        rows.append(tuple(texts))
    return tuple(rows)


def _grid(table: Table, units: Iterable[str]) -> tuple[list[tuple[int, grids.Cells]], list[grids.Span]]:
    """The rows of a table with their numbers from 1, lines that state units before them, and its merged cells."""
    rows: list[tuple[int, grids.Cells]] = [(0, [" ".join(units)])] if units else []
    spans: list[grids.Span] = []
    open_: dict[int, int] = {}  # by column, which span a merged cell below it would lengthen
    for number, row in enumerate(table.rows, 1):
        cells: list[str | None] = [None] * table.width
        for cell in row:
            right = cell.first + cell.span - 1
            if cell.continues and cell.first in open_:
                spans[open_[cell.first]] = spans[open_[cell.first]]._replace(bottom=number)
                continue
            cells[cell.first] = " ".join(cell.text.split()) or None
            open_[cell.first] = len(spans)
            spans.append(grids.Span(number, cell.first, number, right))
        if any(cells):
            rows.append((number, cells))
    return rows, [span for span in spans if (span.top, span.left) != (span.bottom, span.right)]
