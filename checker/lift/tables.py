"""Lifts the tables of one package: rows to individuals, cells to typed values, codes and links."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rdflib import URIRef

from checker.errors import Text
from checker.facts import Builder, FactTable
from checker.lift import cells
from checker.lift.graphs import GraphLift
from checker.model import Note, Place, ReadColumn, Reading, SourceGraph, SourceTable, SumRow
from checker.vocabulary import (
    PLAN,
    SUB,
    TYPE,
    Column,
    TableKind,
    Unit,
    Vocabulary,
    local_name,
    nearest,
    normal,
    split_unit,
)

_LIKE = 3  # headings of a table that make it like another: fewer are shared by many
_NO_NAME = r"[\s\v\x1c-\x1f\x{85}\x{1680}\x{2028}\x{2029}*:]+"  # what normal() leaves out, as RE2 writes it
_SAFE = "-_.~"
_STATE = str(SUB.confirmationState)
_REPEATED = re.compile(r" #\d+$")  # what the reader of sheets adds to a heading that stands there twice
_BETWEEN_REMARKS = re.compile(r"[,，、;；:：/]+")
_EXACT = 2.0**53  # below it a float of 64 bits keeps every whole number
_AROUND_UNIT = re.compile(r"^(?:计量)?单位|^[以按]|计$|为单位$")
_PLAIN = f"^[A-Za-z0-9{re.escape(_SAFE)}]+$"


_Matched = Sequence[tuple[str, Column, str | None]]  # (heading, column, unit named in the heading)
_Read = tuple[
    Callable[[str], object | None], pa.DataType, Text
]  # how a cell is read, as what, and else why it cannot be


@dataclass
class _Cell:
    """A cell that could not be read: where, what it says, and why."""

    row: int
    column: Column
    heading: str
    text: str
    reason: Text


@dataclass
class _Lifted:
    """A source table with its kind, its individuals and the columns that were matched.

    ``unconfirmed``: its rows that nobody has confirmed yet, by their place.
    """

    source: SourceTable
    kind: TableKind
    iris: pa.Array
    ids: pa.Array
    node: int
    matched: list[tuple[str, Column, str | None]]
    prefix: str  # how the IRIs of its rows begin
    unconfirmed: frozenset[int]


class PackageLift:
    """The lift of one package. Rows first, then cells: a link may point to a row of a later table."""

    def __init__(self, builder: Builder, vocabulary: Vocabulary, plan: int, plan_iri: str) -> None:
        self.builder = builder
        self.vocabulary = vocabulary
        self.plan = plan
        self.plan_iri = plan_iri
        self.notes: list[Note] = []
        self.readings: list[Reading] = []
        self._by_key: dict[str, dict[str, int]] = {}
        self._typed: dict[str, TableKind] = {}
        self._supplied: set[str] = set()
        self._taken_locals: set[str] = set()
        self._editions: dict[str, str] = {}
        self._has_unconfirmed = False
        self._made: dict[tuple[str, str], int] = {}
        self._keyed: dict[str, list[tuple[SourceTable, pa.Array]]] = {}
        self._vouched: set[int] = set()  # individuals that a confirmed row mentions; kept only where some row is not
        ranges = (vocabulary.properties.get(c.property) for t in vocabulary.tables for c in t.columns)
        self._linked = {p.range for p in ranges if p is not None and p.range is not None}

    def lift(
        self,
        tables: Sequence[SourceTable],
        form_kind: TableKind | None,
        graphs: Sequence[SourceGraph] = (),
        given: URIRef | None = None,
    ) -> None:
        """Adds everything that the package's tables and RDF say to the builder. ``given``: the RDF's name of the plan."""
        known: list[_Lifted] = []
        unknown: list[SourceTable] = []
        for source in self._without_repeated(tables):
            is_aside = not source.is_form and self._is_aside(source)
            kind = form_kind if source.is_form else None if is_aside else self._kind(source)
            if is_aside:
                label = self.vocabulary.classes[str(SUB.AsideSheet)].label
                self.readings.append(Reading(_place(source), label, len(source.rows), ()))
            elif kind is None:
                unknown.append(source)
                self._read(source, None, ())
            elif kind.is_layer and not source.is_layer:
                self._without_geometry(source, kind)
                self._read(source, None, ())
            else:
                known.append(self._rows(source, kind))
                self._read(source, kind, known[-1].matched)
        self._unknown_tables(unknown)
        self._has_unconfirmed = any(lifted.unconfirmed for lifted in known)
        said = GraphLift(self.builder, self.vocabulary, self.plan, self.plan_iri, given)
        said.individuals(graphs)
        self._supplied |= said.supplied
        for cls, text, row in said.names(graphs):
            self._by_key.setdefault(cls, {}).setdefault(normal(text), row)
        for lifted in sorted(known, key=lambda found: not found.kind.is_form):  # the form says which code editions hold
            self._cells(lifted)
        if self._has_unconfirmed:
            lonely = sorted(set(self._made.values()) - self._vouched)
            self.builder.link(_STATE, lonely, [self.builder.node(str(SUB.unconfirmed))] * len(lonely))
        said.statements(graphs)
        self.notes += said.notes
        supplied = sorted(self._supplied | said.supplied)
        self.builder.link(str(SUB.supplies), [self.plan] * len(supplied), [self.builder.node(s) for s in supplied])

    def _read(self, source: SourceTable, kind: TableKind | None, matched: _Matched) -> None:
        """Keeps what was made of a table, to be shown."""
        known = {heading: ReadColumn(heading, column.label, unit) for heading, column, unit in matched}
        columns = tuple(known.get(heading, ReadColumn(heading, None)) for heading in source.columns.column_names)
        lacking = tuple(column.label for column in _lacking(kind, matched)) if kind else ()
        label = kind.label if kind else None
        self.readings.append(Reading(_place(source), label, len(source.rows), columns, source.crs, lacking))

    def _without_repeated(self, tables: Sequence[SourceTable]) -> list[SourceTable]:
        """Tables without those of the text that files of their own give too: each row would be there twice."""
        own = [t for t in tables if not t.in_text and not t.is_form and len(t.rows)]
        given = {kind.iri: t for t in own if (kind := self._kind(t)) is not None}
        kept = []
        for table in tables:
            instead = given.get(table.kind or "") if table.in_text else None
            if instead is None:
                kept.append(table)
                continue
            zh = f"正文中的这张表没有采用：成果包另有“{instead.part}”（{instead.file}）。"
            en = f"This table of the text was not taken: the package has '{instead.part}' ({instead.file}) too."
            self.notes.append(Note(Text(zh, en), _place(table)))
        return kept

    def _kind(self, source: SourceTable) -> TableKind | None:
        """The kind of a table: as its reader says, else by its name."""
        if source.kind is None:
            return self.vocabulary.table(source.part)
        return next(kind for kind in self.vocabulary.tables if kind.iri == source.kind)

    def _is_aside(self, source: SourceTable) -> bool:
        """Whether a sheet is one that a template brings beside its tables: by its name, unless a heading is a column's.

        The words of a single column are no headings: the list of codes may hold one that a column is called by too.
        """
        headings = {normal(split_unit(heading)[0]) for heading in source.columns.column_names}
        is_named = not source.is_layer and normal(source.part) in self.vocabulary.asides
        return is_named and (len(headings) == 1 or headings.isdisjoint(self.vocabulary.headings))

    # ---- rows -------------------------------------------------------------------------------------------------------

    def _rows(self, source: SourceTable, kind: TableKind) -> _Lifted:
        matched = self._match(source, kind)
        node = self._supplied_table(source, kind, matched)
        self._supplied.add(kind.rows_are)
        self._supplied |= {c.property for _, c, _ in matched} | {
            c.end_property for _, c, _ in matched if c.end_property
        }
        prefix = f"{self.plan_iri}/" if kind.is_form else self._prefix(source, kind)
        if kind.is_form:
            self._supplied |= {c.property for c in kind.columns}
            iris, ids = pa.array([self.plan_iri]), pa.array([self.plan], pa.int64())
        else:
            iris = self._iris(source, prefix, matched)
            ids = self.builder.rows(iris)
            self._index(source, kind, matched, ids)
            self._note_repeated_keys(source, kind, matched)
        return _Lifted(source, kind, iris, ids, node, matched, prefix, self._unconfirmed(source, matched))

    def _match(self, source: SourceTable, kind: TableKind) -> list[tuple[str, Column, str | None]]:
        """(heading, column, unit named in the heading) for each heading the ontology knows; a remark on the others."""
        matched, unknown = [], []
        for heading in source.columns.column_names:
            found = self.vocabulary.column(kind, _REPEATED.sub("", heading))
            if found is None and source.cut_at is not None:
                cut = self.vocabulary.cut_column(kind, heading, source.cut_at)
                found = (cut, None) if cut is not None else None
            if found is None:
                unknown.append(heading)
            else:
                matched.append((heading, found[0], found[1]))
        matched = self._without_makeshifts(source, matched)
        taken = {column.iri for _, column, _ in matched}
        # A database has dozens of fields that no rule reads. Of a layer only a field that must be there is worth a
        # remark, where it may be there under another name.
        sought = (c for c in kind.columns if c.iri not in taken and (c.is_required or not source.is_layer))
        names = [name for column in sought for name in column.names]
        for heading in unknown:
            near = nearest(heading, names)
            if near is not None or not source.is_layer:
                self._unknown_column(source, heading, near)
        return matched

    def _without_makeshifts(
        self, source: SourceTable, matched: list[tuple[str, Column, str | None]]
    ) -> list[tuple[str, Column, str | None]]:
        """The matches without headings such as 序号 where another heading gives the same column, and a remark on them."""
        proper = {column.iri: heading for heading, column, _ in matched if not _is_makeshift(heading, column)}
        kept = []
        for heading, column, unit in matched:
            instead = proper.get(column.iri, heading)
            if instead != heading and _is_makeshift(heading, column):
                zh = f"列“{heading}”没有读取：“{instead}”列已给出{column.label.zh}。"
                en = f"The column '{heading}' was not read: '{instead}' gives the {column.label.en}."
                self.notes.append(Note(Text(zh, en), replace(_place(source), column=heading)))
            else:
                kept.append((heading, column, unit))
        return kept

    def _unconfirmed(self, source: SourceTable, matched: _Matched) -> frozenset[int]:
        """The rows that a column of confirmation does not say to be confirmed: also those where it is empty or unreadable."""
        stated = [heading for heading, column, _ in matched if column.property == _STATE]
        if not stated:
            return frozenset()
        confirmed, range_ = str(SUB.confirmed), str(SUB.ConfirmationState)

        def is_confirmed(text: str | None) -> bool:
            return text is not None and self.vocabulary.concept(range_, text, None) == confirmed

        columns = [_texts(source.columns.column(heading)).to_pylist() for heading in stated]
        rows = frozenset(i for i, said in enumerate(zip(*columns, strict=True)) if not all(map(is_confirmed, said)))
        if rows:
            label = self.vocabulary.label(confirmed)
            assert label is not None, "a term of ours, so it has labels"
            zh = f"有 {len(rows)} 行的“{stated[0]}”不是“{label.zh}”，读取它们的规则不作判断。请逐行核对：属实的改为“{label.zh}”，不要的删去。"
            en = (
                f"{len(rows)} row{'s have' if len(rows) != 1 else ' has'} another '{stated[0]}' than '{label.en}'; rules that read them "
                f"decide nothing. Look at each: set it to '{label.en}', or delete the row."
            )
            self.notes.append(Note(Text(zh, en), _place(source)))
        return rows

    def _supplied_table(self, source: SourceTable, kind: TableKind, matched: _Matched) -> int:
        cls = str(SUB.SuppliedLayer if source.is_layer else SUB.SuppliedTable)
        ids = self.builder.rows(pa.array([self._supplied_iri(source)]))
        node = int(ids[0].as_py())
        columns: dict[str, pa.Array] = {str(SUB.ofTable): pa.array([self.builder.node(kind.iri)], pa.int64())}
        place = _place(source)
        self.builder.add(FactTable(cls, self.plan, None, place, ids, pa.nulls(1, pa.int32()), columns, crs=source.crs))
        for prop, lacking in (
            (SUB.lacksColumn, _lacking(kind, matched)),
            (SUB.lacksField, _lacking_fields(kind, matched)),
        ):
            lacked = [self.builder.node(column.iri) for column in lacking]
            self.builder.link(str(prop), [node] * len(lacked), lacked)
        return node

    def _supplied_iri(self, source: SourceTable) -> str:
        return f"{self.plan_iri}/supplied/{quote(source.file, safe='')}/{quote(source.part, safe='')}"

    def _prefix(self, source: SourceTable, kind: TableKind) -> str:
        """How the IRIs of a table's rows begin: with those of plan and kind of table.

        Where two layers of a package are of one kind, the names of the later ones stand in their IRIs, and where these
        are alike too, their files.
        """
        local = kind.local
        if local in self._taken_locals:
            local = f"{kind.local}.{quote(source.part, safe=_SAFE)}"
        if local in self._taken_locals:
            local = f"{local}.{quote(source.file, safe=_SAFE)}"
        self._taken_locals.add(local)
        return f"{self.plan_iri}/{local}/"

    def _iris(self, source: SourceTable, prefix: str, matched: _Matched) -> pa.Array:
        """One new IRI per row: plan, table and key; a row without a key, or with a taken one, is named by its contents."""
        key = next((heading for heading, column, _ in matched if column.is_key), None)
        keys = _texts(source.columns.column(key)) if key else pa.nulls(len(source.rows), pa.string())
        plain = keys.null_count == 0 and pc.all(pc.match_substring_regex(keys, _PLAIN)).as_py() is not False
        if plain and pc.count_distinct(keys).as_py() == len(keys):
            return pc.binary_join_element_wise(prefix, keys, "")
        taken: set[str] = set()
        iris = []
        for row, text in enumerate(keys.to_pylist()):
            stem = prefix + (quote(text.strip(), safe=_SAFE) if text and text.strip() else "")
            if stem == prefix or stem in taken:
                stem = f"{stem}~{_fingerprint(source, row)}"
            iri, n = stem, 1
            while iri in taken:
                iri, n = f"{stem}~{n + 1}", n + 1
            taken.add(iri)
            iris.append(iri)
        return pa.array(iris, pa.string())

    def _note_repeated_keys(self, source: SourceTable, kind: TableKind, matched: _Matched) -> None:
        """Remarks that another table of this kind has the same keys, as a copy of a workbook that was left in does."""
        key = next((heading for heading, column, _ in matched if column.is_key), None)
        if key is None or kind.is_layer:  # rules look through the layers of a plan together
            return
        keys = _texts(source.columns.column(key))
        for other, theirs in self._keyed.setdefault(kind.iri, []):
            both = pc.unique(keys.filter(pc.is_in(keys, theirs))).drop_null().to_pylist()
            if both:
                place = f"{other.part}（{other.file}）" if other.part != other.file else other.file
                text = Text(
                    f"有 {len(both)} 个编号在“{place}”中也有（如“{both[0]}”），两张表都已读取。请核对是否重复提交。",
                    f"{len(both)} of its codes, such as '{both[0]}', are in '{other.part}' ({other.file}) too; both tables "
                    "were read. Check that none was handed in twice.",
                )
                self.notes.append(Note(text, _place(source)))
        self._keyed[kind.iri].append((source, keys))

    def _index(self, source: SourceTable, kind: TableKind, matched: _Matched, ids: pa.Array) -> None:
        """Remembers which key and which name stands for which row, for links. The first row with a key keeps it.

        Rows are kept by the kind that they state: a table of elements also holds those that a link to activities means.
        """
        kinds = self._kinds(source, kind, matched)
        # No column of any table may link to rows of a kind, and a layer has many.
        linked = {cls: not self._linked.isdisjoint(self._above_and_below(cls)) for cls in set(kinds)}
        if not any(linked.values()):
            return
        for heading, column, _ in sorted(matched, key=lambda m: not m[1].is_key):
            if column.is_key or str(SUB.nameOf) in self.vocabulary.superproperties(column.property):
                texts = _texts(source.columns.column(heading)).to_pylist()
                for text, cls, node in zip(texts, kinds, ids.to_pylist(), strict=True):
                    if text and linked[cls]:
                        self._by_key.setdefault(cls, {}).setdefault(normal(text), node)

    def _kinds(self, source: SourceTable, kind: TableKind, matched: _Matched) -> list[str]:
        """The class of each row: the one that its column of rdf:type names, else that of the table's rows."""
        stated = next((heading for heading, column, _ in matched if column.property == TYPE), None)
        if stated is None:
            return [kind.rows_are] * len(source.rows)
        self._typed[kind.rows_are] = kind
        named = self.vocabulary.named_class
        texts = _texts(source.columns.column(stated)).to_pylist()
        return [(named(text, kind.rows_are) if text else None) or kind.rows_are for text in texts]

    def _above_and_below(self, cls: str) -> frozenset[str]:
        return self.vocabulary.superclasses(cls) | self.vocabulary.subclasses(cls)

    # ---- cells ------------------------------------------------------------------------------------------------------

    def _cells(self, lifted: _Lifted) -> None:
        columns: dict[str, pa.Array] = {}
        headings: dict[str, str] = {}
        read: dict[str, Column] = {}
        bad: list[_Cell] = []
        # A period comes last: it may say in years what columns of its own say to the day.
        for heading, column, unit in sorted(lifted.matched, key=lambda match: match[1].end_property is not None):
            for prop, values in self._column(lifted, heading, column, unit, bad):
                if prop in columns:
                    is_coarser = column.end_property is not None and column is not read[prop]
                    pair = [pc.year(v) if is_coarser else v for v in (columns[prop], values)]
                    differ = pc.fill_null(pc.not_equal(*pair), False)
                    texts = _texts(lifted.source.columns.column(heading))
                    why = Text(f"与“{headings[prop]}”列不一致", f"differs from the column '{headings[prop]}'")
                    bad += [
                        _Cell(row, column, heading, texts[row].as_py(), why)
                        for row in pc.indices_nonzero(differ).to_pylist()
                    ]
                    columns[prop], values = (pc.if_else(differ, None, part) for part in (columns[prop], values))
                read.setdefault(prop, column)
                headings.setdefault(prop, heading)
                columns[prop] = pc.coalesce(columns[prop], values) if prop in columns else values
        if _STATE in columns:
            states = [self.builder.node(str(state)) for state in (SUB.confirmed, SUB.unconfirmed)]
            rows = range(len(lifted.ids))
            columns[_STATE] = pa.array([states[row in lifted.unconfirmed] for row in rows], pa.int64())
        source = lifted.source
        self.builder.add(
            FactTable(
                lifted.kind.rows_are, self.plan, lifted.node, _place(source), lifted.ids, source.rows,
                columns, headings, source.geometry, source.crs,
            )
        )  # fmt: skip
        if lifted.kind.is_form:
            self._note_editions(columns)
        self._unparsed(lifted, bad)
        self._blanks(lifted)
        if lifted.source.is_layer:
            self._fields(lifted)
        self._totals(lifted)

    def _column(
        self, lifted: _Lifted, heading: str, column: Column, unit: str | None, bad: list[_Cell]
    ) -> list[tuple[str, pa.Array]]:
        """The typed columns that a column gives; what is many-valued goes to the builder as links or values."""
        raw = lifted.source.columns.column(heading).combine_chunks()
        prop = self.vocabulary.properties.get(column.property)
        if prop is None:
            self._types(lifted, raw, heading, column, bad)
            return []
        if column.end_property:
            return self._period(raw, heading, column, bad)
        if prop.datatype is not None:
            return self._data(lifted, raw, heading, column, prop.datatype, unit, bad)
        assert prop.range is not None, f"{prop.iri} stands for a column, so it has a range"
        resolve = self._resolver(prop.range)
        if column.is_many:
            self._links(lifted, raw, heading, column, resolve, bad)
            return []
        if column.is_required and not self.vocabulary.is_code_class(prop.range):
            why = Text("没有填写", "nothing is filled in")
            empty = pc.indices_nonzero(hold_only(raw, self.vocabulary.empty_marks)).to_pylist()
            bad += [_Cell(row, column, heading, "", why) for row in empty]
        nodes = self._codes(raw, lambda row, text: _tell(bad, row, column, heading, text, resolve))
        if self._has_unconfirmed:
            self._vouch(lifted, enumerate(nodes.to_pylist()))
        return [(prop.iri, nodes)]

    def _types(self, lifted: _Lifted, raw: pa.Array, heading: str, column: Column, bad: list[_Cell]) -> None:
        """Reads a column of rdf:type: each cell names a class below that of the table's rows."""
        if lifted.kind.is_form:
            return  # the kind of a plan, which lift.plans reads
        vocabulary = self.vocabulary
        for row, text in enumerate(_texts(raw).to_pylist()):
            if self._is_empty(text):
                continue
            cls = vocabulary.named_class(text, lifted.kind.rows_are)
            if cls is None:
                label = vocabulary.classes[lifted.kind.rows_are].label
                why = Text(f"不是“{label.zh}”的类别", f"is no kind of '{label.en}'")
                bad.append(_Cell(row, column, heading, text, why))
            else:
                self.builder.type(cls, [lifted.ids[row].as_py()])

    def _period(self, raw: pa.Array, heading: str, column: Column, bad: list[_Cell]) -> list[tuple[str, pa.Array]]:
        starts, ends = [], []
        for row, text in enumerate(_texts(raw).to_pylist()):
            found = None
            if not self._is_empty(text):
                found = cells.period(text)
                if found is None:
                    why = Text("不是起止年限（如 2026—2028年）", "not a period such as 2026—2028年")
                    bad.append(_Cell(row, column, heading, text, cells.failed(text) or why))
            starts.append(found[0] if found else None)
            ends.append(found[1] if found else None)
        assert column.end_property is not None
        return [(column.property, pa.array(starts, pa.date32())), (column.end_property, pa.array(ends, pa.date32()))]

    def _data(
        self,
        lifted: _Lifted,
        raw: pa.Array,
        heading: str,
        column: Column,
        datatype: str,
        unit: str | None,
        bad: list[_Cell],
    ) -> list[tuple[str, pa.Array]]:
        if datatype == "string":
            texts = _texts(raw)
            texts = pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), None, pc.utf8_trim_whitespace(texts))
            texts = self._unbroken(texts, heading, column, bad)
            if not column.is_many:
                return [(column.property, texts)]
            pairs = [(i, item) for i, text in enumerate(texts.to_pylist()) if text for item in cells.items(text)]
            self.builder.value(
                column.property,
                lifted.ids.take(pa.array([i for i, _ in pairs], pa.int64())),
                pa.array([t for _, t in pairs], pa.string()),
            )
            return []
        if column.unit_property is not None:
            return self._measures(raw, heading, column, column.unit_property, unit, bad)
        parse, arrow, why = self._parser(column, datatype, unit)
        factor = self._factor(column, unit) if datatype == "decimal" else None
        if factor is not None and unit and not self._named_unit(column, unit):
            self._odd_bracket(lifted, heading, column, unit)
        if factor is not None and (pa.types.is_floating(raw.type) or pa.types.is_integer(raw.type)):
            scaled = pc.multiply(raw.cast(pa.float64()), float(factor))
            return [(column.property, pc.round(scaled, 6).cast(arrow, safe=False))]
        if raw.type == arrow:
            return [(column.property, raw)]
        values: list[object] = []
        for row, text in enumerate(_texts(raw).to_pylist()):
            value = None if self._is_empty(text) else parse(text)
            if value is None and not self._is_empty(text):
                bad.append(_Cell(row, column, heading, text, cells.failed(text) or why))
            values.append(value)
        return [(column.property, pa.array(values, arrow))]

    def _measures(
        self, raw: pa.Array, heading: str, column: Column, unit_property: str, unit: str | None, bad: list[_Cell]
    ) -> list[tuple[str, pa.Array]]:
        """Numbers as they are written, and the unit of each: its cell's, else that of the heading."""
        named = unit if unit and self._is_unit(unit) else None
        is_foreign = bool(unit) and named is None and self._ends_in_unit(unit or "")
        why = Text("不是数字，或单位不认识", "not a number, or in a unit that is not known")
        numbers: list[Decimal | None] = []
        units: list[str | None] = []
        for row, text in enumerate(_texts(raw).to_pylist()):
            found = None if self._is_empty(text) or is_foreign else cells.measure(text)
            if found is not None and found[1] and not self._is_unit(found[1]):
                found = None
            if found is None and not self._is_empty(text):
                bad.append(_Cell(row, column, heading, text, why))
            numbers.append(found[0] if found else None)
            units.append((found[1] or named) if found else None)
        return [
            (column.property, pa.array(numbers, pa.decimal128(38, 6))),
            (unit_property, pa.array(units, pa.string())),
        ]

    def _is_unit(self, text: str) -> bool:
        return self.vocabulary.unit(text) is not None or normal(text) in self.vocabulary.count_words

    def _unbroken(self, texts: pa.Array, heading: str, column: Column, bad: list[_Cell]) -> pa.Array:
        """Texts without what a spreadsheet shows in place of a value."""
        odd = texts.filter(pc.match_substring_regex(texts, cells.MAY_BE_BROKEN))
        reasons = {text: cells.broken(text) for text in pc.unique(odd).to_pylist() if text}
        if not any(reasons.values()):
            return texts
        kept: list[str | None] = []
        for row, text in enumerate(texts.to_pylist()):
            reason = reasons.get(text)
            if reason is not None:
                bad.append(_Cell(row, column, heading, text, reason))
            kept.append(None if reason is not None else text)
        return pa.array(kept, pa.string())

    def _odd_bracket(self, lifted: _Lifted, heading: str, column: Column, bracket: str) -> None:
        """Remarks that the bracket of a heading over numbers holds no unit."""
        text = Text(
            f"列“{heading}”括号中的“{bracket}”不是单位，按{column.unit or '无单位'}读取。",
            f"'{bracket}' in the heading '{heading}' is no unit; read as {column.unit or 'a plain number'}.",
        )
        self.notes.append(Note(text, replace(_place(lifted.source), column=heading)))

    def _parser(self, column: Column, datatype: str, unit: str | None) -> _Read:
        if datatype == "decimal":
            factor = self._factor(column, unit)
            if factor is None:
                return (
                    lambda _: None,
                    pa.decimal128(38, 6),
                    Text(f"列名中的单位“{unit}”不认识", f"the unit '{unit}' in the heading is not known"),
                )
            return (
                lambda text: cells.decimal(text, factor, self.vocabulary, self._quantity(column)),
                pa.decimal128(38, 6),
                Text("不是数字", "not a number"),
            )
        if datatype == "integer":
            return cells.integer, pa.int64(), Text("不是整数", "not a whole number")
        if datatype == "boolean":
            return cells.boolean, pa.bool_(), Text("应填“是”或“否”", "neither 是 nor 否")
        return (
            lambda text: cells.date(text, column.date_edge),
            pa.date32(),
            Text("不是日期（如 2026年3月）", "not a date such as 2026-03"),
        )

    def _factor(self, column: Column, unit: str | None) -> Decimal | None:
        """The factor to the base unit; None where the heading's bracket names a unit that is none of this quantity.

        A bracket need not hold a unit (估算); but 万美元 ends in 元, and read as 万元 it would be wrong in silence.
        """
        if column.unit is None:
            return Decimal(1)  # 目标值（%）: the unit is that of the row's indicator
        named = self._named_unit(column, unit) if unit else None
        if unit and named is None and self._ends_in_unit(unit):
            return None
        used = named or self.vocabulary.unit(column.unit)
        return used.to_base if used else Decimal(1)

    def _ends_in_unit(self, bracket: str) -> bool:
        names = tuple(normal(name) for u in self.vocabulary.units for name in u.names)
        return any(normal(part).endswith(names) for part in _parts(bracket))

    def _named_unit(self, column: Column, bracket: str) -> Unit | None:
        """The unit of the column's quantity that stands in a heading's bracket, alone or beside a remark."""
        found = [unit for part in _parts(bracket) if (unit := self.vocabulary.unit(part))]
        whole = self.vocabulary.unit(bracket)  # 平方米/人 is one unit
        found = [whole] if whole else found
        fitting = [unit for unit in found if self._quantity(column) in (None, unit.quantity)]
        return fitting[0] if len(found) == len(fitting) == 1 else None

    def _quantity(self, column: Column) -> str | None:
        declared = self.vocabulary.unit(column.unit) if column.unit else None
        return declared.quantity if declared else None

    def _resolver(self, range_: str) -> Callable[[str], int | Text]:
        """A function from an entry of a cell to the node it stands for, or to the reason why there is none."""
        vocabulary = self.vocabulary
        if vocabulary.is_code_class(range_):
            given_by = vocabulary.edition_property(range_)
            edition = self._editions.get(given_by or "")
            label = vocabulary.classes[range_].label

            def code(text: str) -> int | Text:
                found = vocabulary.concept(range_, text, edition)
                if found is not None:
                    return self.builder.node(found)
                if given_by and edition is None:
                    return Text("规划信息没有声明代码版本", "the plan information does not declare the code edition")
                return Text(f"不在“{label.zh}”之列", f"not in the list '{label.en}'")

            return code
        if range_ in vocabulary.subclasses(str(PLAN.Plan)):
            return lambda text: self._cited_plan(text, range_)
        return self._row(range_)

    def _row(self, range_: str) -> Callable[[str], int | Text]:
        """A function from a key or name to the row of this class that it stands for, or to why there is none.

        Rows that state a kind of this class come first, then those that state no kind as close as this. Where the
        package lists nothing of the class, an entry makes an individual.
        """
        vocabulary = self.vocabulary
        kinds = vocabulary.subclasses(range_)
        above = vocabulary.superclasses(range_) - kinds
        sought = [
            {cls: self._by_key[cls] for cls in sorted(classes & self._by_key.keys())} for classes in (kinds, above)
        ]
        given = [t.label for t in vocabulary.tables if t.rows_are in kinds & self._supplied]
        label = vocabulary.classes[range_].label
        if not given and kinds & self._supplied:
            given.append(label)  # known from RDF alone
        for cls, table in self._typed.items():
            if cls in above and vocabulary.subclasses(cls) & sought[0].keys():
                given.append(Text(f"{table.label.zh}（{label.zh}）", f"{table.label.en} ({label.en})"))
        own = next((t.local for t in vocabulary.tables if t.rows_are == range_), local_name(range_))

        def find(text: str) -> int | Text:
            for indexes in sought:
                found = {cls: index[normal(text)] for cls, index in indexes.items() if normal(text) in index}
                if len(set(found.values())) > 1:
                    zh, en = _listed(vocabulary.classes[cls].label for cls in found)
                    return Text(f"{zh}中都有“{text}”，不知所指", f"'{text}' is one of each of these: {en}")
                if found:
                    return next(iter(found.values()))
            if not given:
                return self._make(range_, own, text)
            zh, en = _listed(given)
            return Text(f"{zh}中没有“{text}”", f"there is no '{text}' in {en}")

        return find

    def _make(self, cls: str, local: str, text: str) -> int:
        """An individual known only from an entry in a cell, because the package has no table of its kind."""
        key = (cls, normal(text))
        if key not in self._made:
            node = self.builder.node(f"{self.plan_iri}/{local}/{quote(text, safe=_SAFE)}")
            self.builder.type(cls, [node])
            self.builder.type(str(SUB.Mentioned), [node])
            self.builder.value(str(PLAN.name), [node], pa.array([text]))
            self.builder.link(str(SUB.inPlan), [node], [self.plan])
            self._made[key] = node
        return self._made[key]

    def _cited_plan(self, identifier: str, kind: str) -> int | Text:
        node = self.builder.node(f"urn:plancheck:plan:{quote(identifier, safe='')}")
        if node == self.plan:
            return Text("规划不能引用自己", "a plan cannot cite itself")
        self.builder.type(kind, [node])
        self.builder.value(str(SUB.citedAs), [node], pa.array([identifier]))
        return node

    def _codes(self, raw: pa.Array, resolve: Callable[[int, str], int | None]) -> pa.Array:
        """Nodes for a column of single entries; each distinct text is looked up once per row only where it fails."""
        texts = _texts(raw)
        encoded = texts.dictionary_encode()
        nodes: list[int | None] = []
        entries = encoded.dictionary.to_pylist()
        rows = np.flatnonzero(encoded.indices.is_valid().to_numpy(zero_copy_only=False))[::-1]
        first_rows = np.zeros(len(entries), dtype=np.int64)
        first_rows[encoded.indices.to_numpy(zero_copy_only=False)[rows].astype(np.int64)] = rows  # the last stays
        failing: list[int] = []
        for i, (text, row) in enumerate(zip(entries, first_rows.tolist(), strict=True)):
            is_empty = self._is_empty(text)
            node = None if is_empty else resolve(row, text.strip())
            if node is None and not is_empty:
                failing.append(i)
            nodes.append(node)
        for i in failing:
            text = entries[i]
            for row in pc.indices_nonzero(pc.equal(encoded.indices, i)).to_pylist():
                if row != first_rows[i]:
                    resolve(row, text.strip())
        return pa.array(nodes, pa.int64()).take(encoded.indices)

    def _links(
        self,
        lifted: _Lifted,
        raw: pa.Array,
        heading: str,
        column: Column,
        resolve: Callable[[str], int | Text],
        bad: list[_Cell],
    ) -> None:
        rows, objects = [], []
        ids = lifted.ids.to_pylist()
        for row, text in enumerate(_texts(raw).to_pylist()):
            for item in [] if self._is_empty(text) else cells.items(text):
                node = _tell(bad, row, column, heading, item, resolve)
                if node is not None:
                    rows.append(row)
                    objects.append(node)
        self.builder.link(column.property, [ids[row] for row in rows], objects)
        if self._has_unconfirmed:
            self._vouch(lifted, zip(rows, objects, strict=True))

    def _vouch(self, lifted: _Lifted, mentions: Iterable[tuple[int, int | None]]) -> None:
        """Remembers the individuals that confirmed rows mention; ``mentions``: row and node."""
        self._vouched.update(node for row, node in mentions if node is not None and row not in lifted.unconfirmed)

    def _is_empty(self, text: str | None) -> bool:
        return text is None or not text.strip() or normal(text) in self.vocabulary.empty_marks

    # ---- cells that have to be filled in, fields as they were handed in -----------------------------------------------

    def _blanks(self, lifted: _Lifted) -> None:
        """States which rows leave a column blank that has to be filled in; of several headings of one column any will do."""
        blank: dict[str, pa.Array] = {}
        for heading, column, _ in lifted.matched:
            if self._must_be_filled(column):
                empty = self._are_blank(lifted.source.columns.column(heading), column)
                blank[column.iri] = pc.and_(blank[column.iri], empty) if column.iri in blank else empty
        for iri, empty in blank.items():
            rows = lifted.ids.filter(empty)
            self.builder.link(str(SUB.leavesBlank), rows, pa.repeat(pa.scalar(self.builder.node(iri)), len(rows)))

    def _must_be_filled(self, column: Column) -> bool:
        """Whether each row has to fill a column in. An empty link is left out: it is kept as a cell that cannot be read."""
        prop = self.vocabulary.properties.get(column.property)
        is_link = prop is not None and prop.range is not None and not self.vocabulary.is_code_class(prop.range)
        is_due = column.is_required or column.is_mandatory or column.is_key
        return is_due and not column.may_be_empty and not (is_link and column.is_required and not column.is_many)

    def _are_blank(self, raw: pa.ChunkedArray, column: Column) -> pa.Array:
        """Which cells of a column are empty or hold a placeholder; what is no text in any other column cannot be read."""
        prop = self.vocabulary.properties.get(column.property)
        is_text = prop is not None and prop.datatype == "string"
        return hold_only(raw, self.vocabulary.placeholders if is_text else self.vocabulary.empty_marks)

    def _fields(self, lifted: _Lifted) -> None:
        """States the fields of a layer: which column each is, what it holds, and how long its longest text is."""
        source = lifted.source
        told = [(h, column, _datatype(source.columns.schema.field(h).type)) for h, column, _ in lifted.matched]
        fields = [(h, column, datatype) for h, column, datatype in told if datatype is not None]
        if not fields:
            return
        layer = self._supplied_iri(source)
        iris = pa.array([f"{layer}/field/{quote(h, safe=_SAFE)}" for h, _, _ in fields])
        lengths = [_longest(source.columns.column(h)) if datatype == "string" else None for h, _, datatype in fields]
        columns = {
            str(SUB.ofColumn): pa.array([self.builder.node(column.iri) for _, column, _ in fields], pa.int64()),
            str(SUB.fieldName): pa.array([h for h, _, _ in fields]),
            str(SUB.storedAs): pa.array([self.builder.node(str(SUB[f"stored-{d}"])) for _, _, d in fields], pa.int64()),
            str(SUB.longestText): pa.array(lengths, pa.int64()),
        }
        ids, nowhere = self.builder.rows(iris), pa.nulls(len(fields), pa.int32())
        cls, place = str(SUB.SuppliedField), _place(source)
        self.builder.add(FactTable(cls, self.plan, lifted.node, place, ids, nowhere, columns))

    def _note_editions(self, columns: dict[str, pa.Array]) -> None:
        for prop, values in columns.items():
            if pa.types.is_string(values.type) and values[0].as_py():
                self._editions[prop] = values[0].as_py()

    # ---- rows of sums -----------------------------------------------------------------------------------------------

    def _totals(self, lifted: _Lifted) -> None:
        """States what the table's rows of sums say in the columns that may be summed, and which rows each sums."""
        for heading, column, unit in lifted.matched:
            prop = self.vocabulary.properties.get(column.property)
            said = [row for row in lifted.source.sums if not self._is_empty(row.texts.get(heading))]
            if column.is_summed and said and prop is not None and prop.datatype is not None:
                self._totals_of(lifted, heading, column, said, self._parser(column, prop.datatype, unit), unit)

    def _totals_of(
        self, lifted: _Lifted, heading: str, column: Column, said: Sequence[SumRow], read: _Read, unit: str | None
    ) -> None:
        parse, _, why = read
        texts = [row.texts[heading] for row in said]
        found = [parse(text) for text in texts]
        factor = self._factor(column, unit) or Decimal(1)
        rows = _texts(lifted.source.columns.column(heading))
        own = [self._last_place([text], factor, column) for text in texts]
        below = [self._last_place(rows[r.first : r.end].unique().to_pylist(), factor, column) for r in said]
        stem = f"{lifted.prefix}total/{quote(local_name(column.iri), safe=_SAFE)}/"
        iris = pa.array(_distinct(stem + quote(row.name, safe=_SAFE) for row in said))
        ids = self.builder.rows(iris)
        numbers = pa.array([row.row for row in said], pa.int32())
        decimals = {SUB.statedTotal: found, SUB.lastPlace: own, SUB.lastPlaceOfRows: below}
        columns = {str(term): pa.array(values, pa.decimal128(38, 6)) for term, values in decimals.items()}
        columns[str(SUB.totalOf)] = pa.array([self.builder.node(column.property)] * len(said), pa.int64())
        columns[str(SUB.totalName)] = pa.array([row.name for row in said])
        headings = {str(SUB.statedTotal): heading}
        place = _place(lifted.source)
        self.builder.add(FactTable(str(SUB.Total), self.plan, lifted.node, place, ids, numbers, columns, headings))
        for node, row in zip(ids.to_pylist(), said, strict=True):
            summed = lifted.ids.slice(row.first, row.end - row.first)
            self.builder.link(str(SUB.sums), pa.repeat(pa.scalar(node, pa.int64()), len(summed)), summed)
        stated = replace(column, property=str(SUB.statedTotal), end_property=None)
        bad = [_Cell(i, stated, heading, texts[i], why) for i, value in enumerate(found) if value is None]
        source = replace(lifted.source, rows=numbers)
        self._unparsed(replace(lifted, source=source, iris=iris, ids=ids), bad)

    def _last_place(self, texts: Sequence[str | None], factor: Decimal, column: Column) -> Decimal | None:
        """The least that one unit in the last place of any of some numbers counts."""
        quantity = self._quantity(column)
        places = (cells.last_place(text, factor, self.vocabulary, quantity) for text in texts if text)
        return min((place for place in places if place is not None), default=None)

    # ---- what could not be read -------------------------------------------------------------------------------------

    def _unparsed(self, lifted: _Lifted, bad: Sequence[_Cell]) -> None:
        """Keeps cells that could not be read as individuals of sub:Unparsed, in the row where they stand."""
        if not bad:
            return
        stems = (f"{lifted.iris[cell.row].as_py()}/unparsed/{quote(cell.heading, safe=_SAFE)}" for cell in bad)
        iris = _distinct(stems)
        rows = pa.array([cell.row for cell in bad], pa.int64())
        columns = {
            str(SUB.subject): lifted.ids.take(rows),
            str(SUB.text): pa.array([cell.text for cell in bad]),
            str(SUB.reason): pa.array([cell.reason.zh for cell in bad]),
            str(SUB.reasonInEnglish): pa.array([cell.reason.en for cell in bad]),
            str(SUB.heading): pa.array([cell.heading for cell in bad]),
        }
        ids = self.builder.rows(pa.array(iris))
        meant = [
            (node, self.builder.node(prop))
            for node, cell in zip(ids.to_pylist(), bad, strict=True)
            for prop in (cell.column.property, cell.column.end_property)
            if prop is not None  # a period is one cell and says two things
        ]
        self.builder.link(str(SUB.property), [node for node, _ in meant], [prop for _, prop in meant])
        self.builder.add(
            FactTable(
                str(SUB.Unparsed),
                self.plan,
                lifted.node,
                _place(lifted.source),
                ids,
                lifted.source.rows.take(rows),
                columns,
            )
        )

    def _unknown_tables(self, sources: Sequence[SourceTable]) -> None:
        """A remark on each table that is not known; on layers of one file only one, for drawings have hundreds."""
        layers: dict[str, list[SourceTable]] = {}
        for source in sources:
            if source.is_layer:
                layers.setdefault(source.file, []).append(source)
            else:
                self._unknown_table(source)
        for found in layers.values():
            if len(found) == 1:
                self._unknown_table(found[0])
            else:
                self._unknown_layers(found)

    def _unknown_layers(self, sources: Sequence[SourceTable]) -> None:
        near = [(source.part, self._near(source)) for source in sources]
        zh = "、".join(f"“{name}”" + (f"（是否应为“{meant}”？）" if meant else "") for name, meant in near)
        en = ", ".join(f"'{name}'" + (f" (did you mean '{meant}'?)" if meant else "") for name, meant in near)
        text = Text(
            f"{len(near)} 个图层不认识，没有核查：{zh}。",
            f"{len(near)} layers are not known and were not checked: {en}.",
        )
        self.notes.append(Note(text, Place(sources[0].file), is_unmatched=True))

    def _near(self, source: SourceTable) -> str | None:
        """The known name that an unknown table's name is most like."""
        alike = [table for table in self.vocabulary.tables if table.is_layer == source.is_layer]
        names = [name for t in alike for name in (t.names if source.names_crs else (*t.names, *t.cad_names))]
        return nearest(source.part, names)

    def _unknown_table(self, source: SourceTable) -> None:
        near = self._near(source)
        kind = ("图层", "layer") if source.is_layer else ("工作表", "sheet")
        zh, en = (
            f"{kind[0]}“{source.part}”不认识，没有核查。",
            f"The {kind[1]} '{source.part}' is not known and was not checked.",
        )
        like = self._like(source)
        if like is not None:
            zh += f"它的表头像“{like.label.zh}”；要核查，请改用这个名称。"
            en += f" Its headings are those of '{like.label.en}'; give it that name to have it checked."
        elif near:
            zh, en = zh + f"是否应为“{near}”？", f"{en} Did you mean '{near}'?"
        self.notes.append(Note(Text(zh, en), _place(source), is_unmatched=True))

    def _like(self, source: SourceTable) -> TableKind | None:
        """The kind of table that knows most of the headings, at least three and half of them, and lacks none that it needs."""
        headings = source.columns.column_names
        best, most = None, max(_LIKE, len(headings) / 2)
        for kind in self.vocabulary.tables:
            found = [match[0] for h in headings if (match := self.vocabulary.column(kind, h)) is not None]
            if (
                kind.is_layer == source.is_layer
                and len(found) >= most
                and not _lacking(kind, [("", c, None) for c in found])
            ):
                best, most = kind, len(found) + 1
        return best

    def _without_geometry(self, source: SourceTable, kind: TableKind) -> None:
        zh = f"“{source.part}”应是图层（{kind.label.zh}），但没有图形，没有核查。"
        en = f"'{source.part}' should be a layer ({kind.label.en}) but has no geometry; it was not checked."
        self.notes.append(Note(Text(zh, en), _place(source), is_unmatched=True))

    def _unknown_column(self, source: SourceTable, heading: str, near: str | None) -> None:
        zh, en = f"列“{heading}”不认识，没有读取。", f"The column '{heading}' is not known and was not read."
        if near:
            zh, en = zh + f"是否应为“{near}”？", f"{en} Did you mean '{near}'?"
        self.notes.append(Note(Text(zh, en), replace(_place(source), column=heading), is_unmatched=True))


def _is_makeshift(heading: str, column: Column) -> bool:
    return normal(_REPEATED.sub("", heading)) in column.makeshifts


def _lacking(kind: TableKind, matched: _Matched) -> list[Column]:
    """The columns that a table ought to have and has not."""
    present = {column.property for _, column, _ in matched} | {c.end_property for _, c, _ in matched}
    return [column for column in kind.columns if column.is_required and column.property not in present]


def _lacking_fields(kind: TableKind, matched: _Matched) -> list[Column]:
    """The fields that the official specification demands of a layer and that it has not, but for its required columns."""
    present = {column.property for _, column, _ in matched}
    return [c for c in kind.columns if c.is_mandatory and not c.is_required and c.property not in present]


def _datatype(kind: pa.DataType) -> str | None:
    """What a field holds: string, integer, decimal, boolean or date; None where nothing is known, as nothing is filled in."""
    tests = {
        "string": lambda t: pa.types.is_string(t) or pa.types.is_large_string(t),
        "integer": pa.types.is_integer,
        "decimal": lambda t: pa.types.is_floating(t) or pa.types.is_decimal(t),
        "boolean": pa.types.is_boolean,
        "date": pa.types.is_temporal,
    }
    return next((name for name, test in tests.items() if test(kind)), None)


def _longest(texts: pa.ChunkedArray) -> int | None:
    """How many characters the longest of some texts has; None where there is none."""
    found: int | None = pc.max(pc.utf8_length(texts)).as_py()
    return found


def _fingerprint(source: SourceTable, row: int) -> str:
    """A short hash of what a row says, so that its name does not change when rows move."""
    said = "\x1f".join(str(column[row].as_py()) for column in source.columns.columns)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _distinct(iris: Iterable[str]) -> list[str]:
    """IRIs with ``~2`` and so on behind those that stand there already."""
    seen: Counter[str] = Counter()
    found = []
    for iri in iris:
        seen[iri] += 1
        found.append(iri if seen[iri] == 1 else f"{iri}~{seen[iri]}")
    return found


def _place(source: SourceTable) -> Place:
    return Place(source.file, None if source.file == source.part else source.part, is_layer=source.is_layer)


def _listed(labels: Iterable[Text]) -> tuple[str, str]:
    """Labels as quoted lists in Chinese and English."""
    labels = tuple(labels)
    return "、".join(f"“{label.zh}”" for label in labels), ", ".join(f"'{label.en}'" for label in labels)


def _parts(bracket: str) -> list[str]:
    """What stands in a heading's bracket, apart from remarks and from words around a unit: 含税，以万元计 -> 含税, 万元."""
    return [_AROUND_UNIT.sub("", part.strip()) for part in _BETWEEN_REMARKS.split(bracket)]


def hold_only(raw: pa.ChunkedArray, marks: Collection[str]) -> pa.Array:
    """Which cells are empty, or hold nothing but one of some marks as ``normal`` writes them."""
    texts = _texts(raw)
    plain = pc.utf8_lower(pc.replace_substring_regex(pc.utf8_normalize(texts, "NFKC"), _NO_NAME, ""))
    likely = texts.filter(pc.is_in(plain, pa.array(["", *marks], pa.string())))  # normal() is slow on a million
    found = [text for text in pc.unique(likely).drop_null().to_pylist() if not text.strip() or normal(text) in marks]
    return pc.or_(pc.is_null(texts), pc.is_in(texts, pa.array(found, pa.string())))


def _texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as text. Databases keep codes as floats too: what is exactly a whole number is written as one."""
    joined = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    joined = pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined
    if not pa.types.is_floating(joined.type):
        return joined if pa.types.is_string(joined.type) else joined.cast(pa.string())
    is_whole = pc.and_(pc.equal(pc.floor(joined), joined), pc.less(pc.abs(joined), _EXACT))
    whole = pc.if_else(is_whole, joined, None).cast(pa.int64())
    return pc.coalesce(whole.cast(pa.string()), joined.cast(pa.string()))


def _tell(
    bad: list[_Cell], row: int, column: Column, heading: str, text: str, resolve: Callable[[str], int | Text]
) -> int | None:
    found = resolve(text)
    if isinstance(found, Text):
        bad.append(_Cell(row, column, heading, text, found))
        return None
    return found
