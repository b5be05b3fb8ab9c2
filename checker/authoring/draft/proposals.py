"""Finds what the text of a plan would say as rows of tables: in its tables, and in headings and lists under a chapter that
is called like something that tables list. Hands on the rows by table, each with the passage that it was found in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from checker.errors import Text
from checker.model import Document, Package, Paragraph, SourceTable, TextTable
from checker.readers.documents import unnumbered
from checker.vocabulary import PLAN, SUB, Column, TableKind, Vocabulary, nearest, normal, split_unit

MOST = 2000  # rows of a table; who has more has them in a database
_ENOUGH = 3  # headings alike that tell a table without a name
_FEW = 2  # those that confirm a name
_QUALIFIER = (
    2  # characters before a name that still make a chapter of it (近期目标), not a thing of its own (智慧灯杆项目)
)
_SHOWN = 200  # characters of a passage that are repeated
_PIECES = re.compile(r"[；;\n]|。(?=.)")
_LABEL = re.compile(r"\s*([^：:]{1,20})\s*[：:]\s*(.*)", re.DOTALL)
_NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?")

Cells = dict[str, str]  # by IRI of the column, what the cell says


@dataclass
class _Section:
    """A heading with the paragraphs right under it and the sections below."""

    heading: Paragraph
    body: list[Paragraph] = field(default_factory=list)
    parts: list[_Section] = field(default_factory=list)

    @property
    def title(self) -> str:
        return unnumbered(self.heading.text)


@dataclass(frozen=True)
class Found:
    """The rows that are proposed, by table, each with its passage; and what the user should know of tables left out."""

    rows: Mapping[TableKind, Sequence[tuple[Cells, Text]]]
    remarks: tuple[Text, ...]


def find(package: Package, terms: Vocabulary) -> Found:
    """What the texts of a package propose beside the rows that its own sheets hold already.

    Of two rows with one name the later fills in what the first leaves empty.
    """
    return _Search(package, terms).found()


class _Search:
    """The search through one package."""

    def __init__(self, package: Package, terms: Vocabulary) -> None:
        self.package, self.terms = package, terms
        self.tables = tuple(table for table in terms.tables if not table.is_layer and not table.is_form)
        self.remarks: list[Text] = []
        self._rows: dict[TableKind, list[tuple[Cells, list[Text]]]] = {}
        self._by_name: dict[tuple[str, str], tuple[Cells, list[Text]]] = {}
        self._names = self._chapter_names()
        self._near: dict[tuple[str, str], Column | None] = {}
        self._given = {(kind.iri, said) for kind, said in self._said_in_sheets()}

    def found(self) -> Found:
        for table in self.package.tables:
            kind = next((kind for kind in self.tables if kind.iri == table.kind), None)
            if table.in_text and kind is not None:
                self._take_known(table, kind)
        for document in self.package.documents:
            for other in document.tables:
                self._take_like(document.file, other)
            for section in _sections(document):
                self._walk(document.file, section)
        rows = {kind: [(cells, _joined(passages)) for cells, passages in found] for kind, found in self._rows.items()}
        return Found(
            {kind: self._with_keys(kind, rows[kind]) for kind in self.tables if kind in rows}, tuple(self.remarks)
        )

    # ---- rows -------------------------------------------------------------------------------------------------------

    def _add(self, kind: TableKind, cells: Cells, passage: Text) -> None:
        """A row, unless the package's own sheets have it, or as more of a row that was found before."""
        called = [
            normal(cells[c.iri]) for c in (_name_of(self.terms, kind), kind.key) if c is not None and c.iri in cells
        ]
        if not called or any((kind.iri, said) in self._given for said in called):
            return
        known = self._by_name.get((kind.iri, called[0]))
        if known is not None:
            known[0].update({iri: said for iri, said in cells.items() if iri not in known[0]})
            known[1].append(passage)
            return
        rows = self._rows.setdefault(kind, [])
        if len(rows) == MOST:
            zh, en = (
                f"“{kind.label.zh}”只提出前 {MOST} 行。",
                f"Of '{kind.label.en}' only the first {MOST} rows are proposed.",
            )
            self.remarks += [] if Text(zh, en) in self.remarks else [Text(zh, en)]
            return
        rows.append((cells, [passage]))
        self._by_name[kind.iri, called[0]] = rows[-1]

    def _said_in_sheets(self) -> Iterator[tuple[TableKind, str]]:
        """The names and keys of rows in the package's own sheets, by kind of table."""
        for table in self.package.tables:
            kind = None if table.in_text or table.is_form else self._kind(table)
            for heading in table.columns.column_names if kind else ():
                match = self.terms.column(kind, heading) if kind else None
                if kind and match and match[0] in (kind.key, _name_of(self.terms, kind)):
                    for said in table.columns.column(heading).to_pylist():
                        if said is not None:
                            yield kind, normal(str(said))

    def _kind(self, table: SourceTable) -> TableKind | None:
        named = self.terms.table(table.part)
        iri = table.kind or (named.iri if named else None)
        return next((kind for kind in self.tables if kind.iri == iri), None)

    def _with_keys(self, kind: TableKind, rows: Sequence[tuple[Cells, Text]]) -> list[tuple[Cells, Text]]:
        """Rows with a running number where they have no key: other tables refer to a row by it."""
        key = kind.key
        if key is None:
            return list(rows)
        taken = {normal(cells[key.iri]) for cells, _ in rows if key.iri in cells}
        taken |= {said for iri, said in self._given if iri == kind.iri}
        numbers = (str(n) for n in range(1, len(taken) + len(rows) + 1) if str(n) not in taken)
        return [(cells if key.iri in cells else {key.iri: next(numbers), **cells}, passage) for cells, passage in rows]

    # ---- tables -----------------------------------------------------------------------------------------------------

    def _take_known(self, table: SourceTable, kind: TableKind) -> None:
        columns = self._match(kind, table.columns.column_names)
        values = table.columns.to_pydict()
        place = Text(f"{table.file} {table.part}", f"{table.file} {table.part}")
        for i, row in enumerate(table.rows.to_pylist()):
            said = {heading: values[heading][i] or "" for heading in table.columns.column_names}
            self._add_row(kind, columns, said, Text(f"{place.zh} 第 {row} 行", f"{place.en} row {row}"))
        self._remark_unused(table.part, [h for h in table.columns.column_names if h not in columns])

    def _take_like(self, file: str, table: TextTable) -> None:
        """A table that is not known, where its headings are like those of just one kind."""
        start = next((i for i, row in enumerate(table.rows) if len(list(filter(None, row))) > 1), None)
        header = [] if start is None else list(filter(None, table.rows[start]))
        if start is None or len(set(header)) < _FEW:
            return
        likely = self._likely(table.name, header)
        if len(likely) != 1:
            if likely:
                zh, en = "、".join(k.label.zh for k in likely), ", ".join(k.label.en for k in likely)
                text = Text(
                    f"{file} “{table.name}”像是几种表（{zh}），没有提出。",
                    f"{file} '{table.name}' is like several tables ({en}) and was left out.",
                )
                self.remarks.append(text)
            return
        kind = likely[0]
        columns = self._match(kind, header)
        for i, row in enumerate(table.rows[start + 1 :], start + 2):
            said = {heading: text for heading, text in zip(table.rows[start], row, strict=True) if heading}
            place = Text(f"{file} {table.name} 第 {i} 行", f"{file} {table.name} row {i}")
            self._add_row(kind, columns, said, place)
        self._remark_unused(table.name, [heading for heading in header if heading not in columns])

    def _likely(self, name: str, header: Sequence[str]) -> list[TableKind]:
        """The kinds of table whose columns a header is most like, if it is enough like them to be one.

        One heading at least is known as it stands, or the table's name tells it.
        """
        named = self._chapter(split_unit(name)[0])
        scores: dict[TableKind, int] = {}
        for kind in self.tables:
            if kind is not named and all(self.terms.column(kind, heading) is None for heading in header):
                continue
            columns = self._match(kind, header)
            has_name = any(c in (kind.key, _name_of(self.terms, kind)) for c, _ in columns.values())
            least = _FEW if kind is named else _ENOUGH
            if has_name and len(columns) >= least and len(columns) * 2 >= len(header):
                scores[kind] = len(columns) + (kind is named)
        return [kind for kind, score in scores.items() if score == max(scores.values())]

    def _match(self, kind: TableKind, headings: Sequence[str]) -> dict[str, tuple[Column, str | None]]:
        """By heading, the column and unit that it stands for: those that are known first, then those that are alike."""
        found = {heading: match for heading in headings if (match := self.terms.column(kind, heading)) is not None}
        taken = {column.iri for column, _ in found.values()}
        for heading in headings:
            near = self._alike(kind, heading) if heading not in found else None
            if near is not None and near.iri not in taken:
                found[heading] = near, split_unit(heading)[1]
                taken.add(near.iri)
        return found

    def _alike(self, kind: TableKind, heading: str) -> Column | None:
        """The column of a table whose name a heading is most like."""
        if (kind.iri, heading) not in self._near:
            names = {name: column for column in kind.columns for name in column.names}
            near = nearest(heading, names)
            self._near[kind.iri, heading] = names[near] if near is not None else None
        return self._near[kind.iri, heading]

    def _add_row(
        self, kind: TableKind, columns: Mapping[str, tuple[Column, str | None]], said: Mapping[str, str], place: Text
    ) -> None:
        cells: Cells = {}
        for heading, (column, unit) in columns.items():
            if said[heading].strip():
                cells.setdefault(column.iri, self._with_unit(column, unit, said[heading].strip()))
        if cells:
            whole = _clipped(" | ".join(text for text in said.values() if text))
            self._add(kind, cells, Text(f"{place.zh}：{whole}", f"{place.en}: {whole}"))

    def _with_unit(self, column: Column, unit: str | None, text: str) -> str:
        """A number with the unit of its own heading behind it, where the sheet's heading will name another."""
        if unit is None or column.unit is None or not _NUMBER.fullmatch(text):
            return text
        is_same = self.terms.unit(unit) is self.terms.unit(column.unit)
        return text if is_same else f"{text}{unit}"

    def _remark_unused(self, table: str, headings: Sequence[str]) -> None:
        if headings:
            zh, en = "、".join(headings), ", ".join(headings)
            text = Text(f"“{table}”的列没有采用：{zh}。", f"Columns of '{table}' that were not taken: {en}.")
            self.remarks.append(text)

    # ---- chapters ---------------------------------------------------------------------------------------------------

    def _chapter_names(self) -> dict[str, TableKind | None]:
        """What chapters may be called, with the table that lists such things; None for names of anything else."""
        found: dict[str, TableKind | None] = {normal(name): table for table in self.tables for name in table.names}
        form = [name for t in self.terms.tables if t.is_form for c in t.columns for name in (*t.names, *c.names)]
        others = {normal(name): None for name in form}
        classes: dict[str, set[TableKind | None]] = {}
        # A content is what a chapter treats, not what it lists: 规划目标 is a chapter of goals all the same.
        for iri in sorted(self.terms.classes.keys() - self.terms.subclasses(str(PLAN.RequiredContent))):
            for name in self.terms.names(iri):
                classes.setdefault(normal(name), set()).add(self._table_of(iri))
        listed = {name: next(iter(tables)) if len(tables) == 1 else None for name, tables in classes.items()}
        every = {**listed, **others, **found}
        return {name: every[name] for name in sorted(every, key=lambda n: (-len(n), n)) if len(name) > 1}

    def _table_of(self, cls: str) -> TableKind | None:
        own = [table for table in self.tables if table.rows_are == cls]
        above = [table for table in self.tables if table.rows_are in self.terms.superclasses(cls)]
        fitting = own or above
        return fitting[0] if len(fitting) == 1 else None

    def _named(self, title: str) -> str | None:
        """The longest name that a title ends with. In a word of Latin letters no name begins in the middle."""
        said = normal(title)
        for name in self._names:
            if said.endswith(name) and not (name.isascii() and _before(title, len(name)).isalpha()):
                return name
        return None

    def _chapter(self, title: str) -> TableKind | None:
        name = self._named(title)
        return self._names[name] if name else None

    def _walk(self, file: str, section: _Section) -> None:
        kind = self._chapter(section.title)
        if kind is not None and _name_of(self.terms, kind) is not None:
            self._take_chapter(file, section, kind)
        else:
            for part in section.parts:
                self._walk(file, part)

    def _take_chapter(self, file: str, section: _Section, kind: TableKind) -> None:
        """The rows of a chapter: what its list names, and each heading below it that has no other such heading under it."""
        self._take_list(file, section.body, kind)
        for part in section.parts:
            name = self._named(part.title)
            other = self._names[name] if name else None
            is_brief = name is not None and len(normal(part.title)) - len(name) <= _QUALIFIER
            if self.terms.column(kind, part.title) is not None and not is_brief:
                continue  # it tells of the whole chapter what a column would tell of a row
            if any(self.terms.column(kind, below.title) is None for below in part.parts):
                self._take_chapter(file, part, other if other and is_brief else kind)
            elif not is_brief:
                self._take_heading(file, part, kind)
            elif other is not None and _name_of(self.terms, other) is not None:
                self._take_list(file, part.body, other)

    def _take_heading(self, file: str, part: _Section, kind: TableKind) -> None:
        cells = self._called(kind, part.title)
        for paragraph in part.body:
            self._fill(kind, cells, unnumbered(paragraph.text))
        for section in part.parts:
            self._fill(kind, cells, f"{section.title}：{' '.join(p.text for p in section.body)}")
        below = (paragraph for section in part.parts for paragraph in (section.heading, *section.body))
        self._add(kind, cells, _passage(file, [part.heading, *part.body, *below]))

    def _take_list(self, file: str, body: Iterable[Paragraph], kind: TableKind) -> None:
        """The items of a list, each with the paragraphs after it; an item that says a column belongs to the one before."""
        open_: list[tuple[Cells, list[Paragraph]]] = []
        for paragraph in body:
            text = unnumbered(paragraph.text)
            label = _LABEL.match(text)
            is_column = label is not None and self.terms.column(kind, label[1]) is not None
            if paragraph.is_item and not is_column:
                name, _, rest = text.partition("：") if label else text.partition("。")
                cells = self._called(kind, name)
                self._fill(kind, cells, rest)
                open_.append((cells, [paragraph]))
            elif open_:
                self._fill(kind, open_[-1][0], text)
                open_[-1][1].append(paragraph)
        for cells, paragraphs in open_:
            self._add(kind, cells, _passage(file, paragraphs))

    def _called(self, kind: TableKind, name: str) -> Cells:
        column = _name_of(self.terms, kind)
        assert column is not None, "a chapter is only of things that have names"
        return {column.iri: name.strip().rstrip("。；;，,：:")}

    def _fill(self, kind: TableKind, cells: Cells, text: str) -> None:
        """Adds what a text says as 建设内容：…；总投资：…. What follows without a label goes on with the one before."""
        at: str | None = None
        for piece in _PIECES.split(text):
            label = _LABEL.match(piece)
            match = self.terms.column(kind, label[1]) if label else None
            if label and match:
                at = match[0].iri if match[0].iri not in cells else None
                if at is not None:
                    cells[at] = self._with_unit(match[0], match[1], label[2].strip().rstrip("。"))
            elif at is not None and piece.strip():
                cells[at] = f"{cells[at]}；{piece.strip().rstrip('。')}"


def _before(title: str, length: int) -> str:
    """The character before so many at the end of a title, white space not counted."""
    at = len(title)
    while at and length:
        at -= 1
        length -= not title[at].isspace()
    return title[max(at - 1, 0) : at]


def _name_of(terms: Vocabulary, kind: TableKind) -> Column | None:
    """The column of a table that says what its rows are called."""
    return next((c for c in kind.columns if str(SUB.nameOf) in terms.superproperties(c.property)), None)


def _sections(document: Document) -> list[_Section]:
    """The sections of a text by the levels of its headings; what stands before the first belongs to none."""
    top: list[_Section] = []
    above: list[_Section] = []
    for paragraph in document.paragraphs:
        if paragraph.level is None:
            if above:
                above[-1].body.append(paragraph)
            continue
        while above and (above[-1].heading.level or 0) >= paragraph.level:
            above.pop()
        section = _Section(paragraph)
        (above[-1].parts if above else top).append(section)
        above.append(section)
    return top


def _passage(file: str, paragraphs: Sequence[Paragraph]) -> Text:
    number = paragraphs[0].number
    whole = _clipped(" ".join(paragraph.text for paragraph in paragraphs))
    return Text(f"{file} 第 {number} 段：{whole}", f"{file} paragraph {number}: {whole}")


def _clipped(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else flat[:_SHOWN] + "…"


def _joined(passages: Sequence[Text]) -> Text:
    return Text("\n".join(p.zh for p in passages), "\n".join(p.en for p in passages))
