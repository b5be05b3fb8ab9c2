"""Reads the figures that the text of the plan under review quotes, and hands them on as facts (sub:QuotedFigure).

A figure is read only where a clause says nothing but that figure, in words that ontology/quoted-figures.ttl lists:

    sentence   ends with 。 ； ！ ？, a tab or the end of the paragraph
    clause     ends with a comma; its parts end with 、 and are read all or none
    part       lead* [year] lead* name word* amount word*
    name       an indicator of the plan's tables or of the territorial code list; a name of the plan's whole investment;
               or a project's full name and a column of its table that has a unit (总投资, 用地规模)
    word       links such as 达到, floors (不低于, 以上), ceilings (不超过, 以内), approximations (约, 左右)
    amount     see ``numerals``

A clause of leads alone gives its year to those behind it (到2035年，…). No indicator is read behind a year that is not
understood, or behind a word that narrows what is meant (东屏区…, 试点…), in the sentence or in the heading above it. What
is not read so is no figure: a remark counts the passages that name an indicator and hold a digit.

A figure is joined with the rows of tables that state the same thing: of an indicator, with the targets for its year, the
base value where it is of the base year, and any of them where the sentence names no year; of a project, with its row; of
the whole investment, with every project. It is converted into the unit of those rows; where the units do not convert, or
the rows are in several, the figure has no value.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

import pyarrow as pa
from rdflib import URIRef

from checker.errors import Text
from checker.facts import Builder, FactTable, Store
from checker.lift import numerals
from checker.lift.numerals import Amount, Units
from checker.model import Document, Note, Paragraph, Place
from checker.vocabulary import PLAN, SUB, TERR, TableKind, Unit, Vocabulary, normal

_SENTENCE = re.compile(r"[。；;！!？?\t\n]+")
_COMMA = re.compile(r"，|(?<!\d),|,(?!\d{3}(?!\d))")
_PARTED = re.compile(r"\d[\s*:：＊]+\d")  # 1:500, or two numbers: without what parts them they would read as one
_YEAR = re.compile(r"((?:19|20|21)\d\d|[〇零一二三四五六七八九]{4})年")
_YEARLIKE = re.compile(r"\d{2}年|[〇零一二三四五六七八九]{2,4}年")
_NUMERAL = str.maketrans("〇零一二三四五六七八九", "00123456789")
_OF = "的"
_MAX_PART = 200  # characters; a longer one says more than a figure
_MAX_SENTENCE = 2_000
_MAX_NAME = 60
_MAX_WORDS = 8
_MAX_TEXT = 4_000_000  # characters of a plan's text
_MAX_LINKS = 1_000_000  # figures and the rows that they are joined with
_MAX_PASSAGE = 120
_SHOWN = 5
_DECIMAL = pa.decimal128(38, 6)
_SIX_PLACES = Decimal("0.000001")


# ---- what figures may be about --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Measure:
    """A unit as a table writes it; ``unit`` is None for one that does not convert."""

    name: str
    unit: Unit | None


@dataclass(frozen=True)
class _Row:
    """A row that states a value: the way of quoting it (a property below sub:quotes), its node, and its year if any."""

    link: str
    node: int
    year: int | None = None


@dataclass(frozen=True)
class Subject:
    """What a figure may be said of, the rows that state it and their unit; None where it is not known or not one."""

    nodes: tuple[int, ...]
    rows: tuple[_Row, ...]
    measure: _Measure | None
    is_indicator: bool = False


@dataclass(frozen=True)
class Grammar:
    """What the clauses of one plan's text may hold. Names are as ``normal`` gives them.

    ``owned``: (owner, name of a column) -> subject; ``owners``: the names of the owners.
    """

    subjects: Mapping[str, Subject]
    owned: Mapping[tuple[str, str], Subject]
    units: Units
    leads: Sequence[str]
    bases: Sequence[str]
    links: Sequence[str]
    approximations: Sequence[str]
    floors: Sequence[str]
    ceilings: Sequence[str]
    narrowing: Sequence[str]

    @cached_property
    def owners(self) -> frozenset[str]:
        return frozenset(owner for owner, _ in self.owned)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.subjects) | {column for _, column in self.owned}

    @cached_property
    def lengths(self) -> Mapping[str, Sequence[int]]:
        """By first character the lengths of the names that begin with it, the longest first."""
        found: dict[str, set[int]] = defaultdict(set)
        for name in self.names:
            found[name[0]].add(len(name))
        return {sign: sorted(lengths, reverse=True) for sign, lengths in found.items()}


# ---- one part of a clause -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What a part of a clause says: ``year`` and ``is_base`` as far as it says so itself."""

    subject: Subject
    amount: Amount
    written: str
    year: int | None
    is_base: bool
    is_approximate: bool
    is_floor: bool
    is_ceiling: bool


@dataclass(frozen=True)
class _Front:
    """What stands before a name: leads, a year, and perhaps the name of an owner."""

    year: int | None
    is_base: bool
    owner: str


def said(part: str, grammar: Grammar) -> Said | None:
    """The figure that a part of a clause states, or None where it states none, or more than one can be read."""
    text = _plain(part)
    found = [one for at, name in _names(text, grammar) if (one := _said(text, at, name, grammar)) is not None]
    return found[0] if len(found) == 1 else None


def _plain(part: str) -> str:
    """A part as it is read: without white space, digits and letters half-width; empty where it is too long or garbled."""
    return "" if len(part) > _MAX_PART or _PARTED.search(part) else normal(part)


def _names(text: str, grammar: Grammar) -> Iterator[tuple[int, str]]:
    """Where names stand, the longest at each place."""
    for at, sign in enumerate(text):
        for length in grammar.lengths.get(sign, ()):
            if text[at : at + length] in grammar.names:
                yield at, text[at : at + length]
                break


def _said(text: str, at: int, name: str, grammar: Grammar) -> Said | None:
    front = _front(text[:at], grammar)
    if front is None:
        return None
    subject = grammar.owned.get((front.owner, name)) if front.owner else grammar.subjects.get(name)
    if subject is None:
        return None
    words, at = _skip(text, at + len(name), grammar)
    amount = numerals.amount(text, at, grammar.units)
    if amount is None:
        return None
    behind, end = _skip(text, amount.end, grammar, is_behind=True)
    words |= behind
    if end != len(text) or {"floor", "ceiling"} <= words:
        return None
    kinds = ("approximation", "floor", "ceiling")
    return Said(subject, amount, text[at : amount.end], front.year, front.is_base, *(kind in words for kind in kinds))


def _front(text: str, grammar: Grammar) -> _Front | None:
    """What stands before a name, or None where it is anything else."""
    years: list[int] = []
    is_base, at = False, 0
    while at < len(text):
        owner = text[at:].removesuffix(_OF)
        if owner in grammar.owners:
            return _Front(years[0] if years else None, is_base, owner)
        year = _YEAR.match(text, at)
        word = _word(text, at, grammar.bases)
        is_base = is_base or word is not None
        word = word or _word(text, at, grammar.leads)
        if year is not None:
            years.append(int(year[1].translate(_NUMERAL)))
            at = year.end()
        elif word is not None:
            at += len(word)
        else:
            return None
    return None if len(years) > 1 else _Front(years[0] if years else None, is_base, "")


def _skip(text: str, at: int, grammar: Grammar, is_behind: bool = False) -> tuple[set[str], int]:
    """The kinds of words about a figure that stand from a place on, and where they end."""
    kinds = {"approximation": grammar.approximations, "floor": grammar.floors, "ceiling": grammar.ceilings}
    if not is_behind:
        kinds["link"] = grammar.links
    found: set[str] = set()
    for _ in range(_MAX_WORDS):
        words = {kind: _word(text, at, words) for kind, words in kinds.items()}
        kind, word = max(words.items(), key=lambda pair: len(pair[1] or ""))
        if word is None:
            break
        found.add(kind)
        at += len(word)
    return found, at


def _word(text: str, at: int, words: Sequence[str]) -> str | None:
    return next((word for word in words if text.startswith(word, at)), None)


# ---- sentences ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quoted:
    """A figure with the sentence and the number of the paragraph where it stands."""

    said: Said
    passage: str
    paragraph: int


class Reading:
    """Reads a text paragraph by paragraph, until its figures would be joined with more than ``room`` rows.

    ``unread``: paragraphs that name an indicator and a number in other words.
    """

    def __init__(self, grammar: Grammar, room: int) -> None:
        self.grammar = grammar
        self.figures: list[Quoted] = []
        self.unread: dict[int, None] = {}
        self.room = room
        self._is_narrow_chapter = False

    def take(self, paragraph: Paragraph) -> None:
        """Reads a paragraph; a heading says of what those behind it are."""
        if paragraph.level is not None:
            self._is_narrow_chapter = self._narrows(paragraph.text)
        for sentence in _SENTENCE.split(paragraph.text):
            if self.room > 0:
                self._sentence(sentence.strip(), paragraph.number)

    def _sentence(self, sentence: str, paragraph: int) -> None:
        if next(_names(normal(sentence[:_MAX_SENTENCE]), self.grammar), None) is None:
            return
        if len(sentence) > _MAX_SENTENCE:
            self.unread[paragraph] = None
            return
        carried = _Front(None, False, "")
        is_clear = not self._is_narrow_chapter
        for clause in _COMMA.split(sentence):
            parts = clause.split("、")
            found = [said(part, self.grammar) for part in parts]
            read = [one for one in found if one is not None and (is_clear or not one.subject.is_indicator)]
            if len(read) == len(parts):
                for one in read:
                    self.room -= 1 + len(one.subject.rows)
                    carried = _Front(one.year, one.is_base, "") if one.year is not None else carried
                    self.figures.append(
                        Quoted(
                            replace(one, year=carried.year, is_base=one.is_base or carried.is_base),
                            _cut(sentence),
                            paragraph,
                        )
                    )
                continue
            lead = _front(_plain(clause), self.grammar) if len(parts) == 1 and clause.strip() else None
            if lead is not None and not lead.owner:
                carried = lead if lead.year is not None or lead.is_base else carried
                continue
            is_clear = is_clear and not self._narrows(clause) and not _YEARLIKE.search(clause)
            if any(self._seems(part) for part in parts):
                self.unread[paragraph] = None

    def _narrows(self, text: str) -> bool:
        plain = normal(text)
        return any(word in plain for word in self.grammar.narrowing)

    def _seems(self, part: str) -> bool:
        """Whether a part names an indicator and holds a digit."""
        text = normal(part[:_MAX_PART])
        if not any(sign.isdigit() for sign in text):
            return False
        subjects = (self.grammar.subjects.get(name) for _, name in _names(text, self.grammar))
        return any(subject is not None for subject in subjects)


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _MAX_PASSAGE else sentence[: _MAX_PASSAGE - 1] + "…"


# ---- the plan -------------------------------------------------------------------------------------------------------


def lift(builder: Builder, documents: Sequence[Document], vocabulary: Vocabulary) -> list[Note]:
    """Adds the figures that the text of the plan under review quotes to the builder; remarks on what was not read.

    All tables must have been lifted before: they say which indicators and projects there are.
    """
    if not any(document.paragraphs for document in documents):
        return []
    facts = builder.facts()
    grammar = _Plan(Store(facts, vocabulary), builder).grammar()
    if not grammar.names:
        return []
    stated = facts.of_plan(str(PLAN.baseYear))
    writer = _Writer(builder, vocabulary, facts.iri(builder.reviewed), stated if isinstance(stated, int) else None)
    notes: list[Note] = []
    left, room = _MAX_TEXT, _MAX_LINKS
    for document in documents:
        reading = Reading(grammar, room)
        for paragraph in document.paragraphs:
            left -= len(paragraph.text)
            if left < 0 or reading.room <= 0:
                notes.append(_too_much(document.file, paragraph.number))
                break
            reading.take(paragraph)
        room = reading.room
        astray = writer.add(document.file, reading.figures)
        if reading.unread:
            notes.append(_unread(document.file, list(reading.unread)))
        if astray:
            notes.append(_astray(document.file, astray))
    return notes


class _Writer:
    """States figures as facts. ``plan``: the IRI of the plan under review."""

    def __init__(self, builder: Builder, vocabulary: Vocabulary, plan: str, base_year: int | None) -> None:
        self._builder = builder
        self._vocabulary = vocabulary
        self._plan = plan
        self._base_year = base_year
        self._taken: Counter[str] = Counter()

    def add(self, file: str, figures: Sequence[Quoted]) -> list[int]:
        """States the figures of one file: a wide table, and links to what they are said of and compared with.

        Gives the paragraphs with a figure for a year that no row is of, though rows for other years there are.
        """
        if not figures:
            return []
        builder = self._builder
        ids = builder.rows(pa.array([self._iri(quoted) for quoted in figures]))
        values = [self._values(quoted) for quoted in figures]
        columns = {prop: pa.array([each[prop] for each in values], _TYPES.get(prop, pa.string())) for prop in values[0]}
        rows = pa.array([quoted.paragraph for quoted in figures], pa.int32())
        place = Place(file, is_text=True)
        builder.add(FactTable(str(SUB.QuotedFigure), builder.reviewed, None, place, ids, rows, columns))
        links: dict[str, list[tuple[int, int]]] = defaultdict(list)
        astray: dict[int, None] = {}
        for node, quoted in zip(ids.to_pylist(), figures, strict=True):
            one = quoted.said
            compared = _compared(one, self._base_year)
            links[str(SUB.figureOf)] += [(node, what) for what in one.subject.nodes]
            for row in compared:
                links[row.link].append((node, row.node))
            if one.subject.rows and not compared:
                astray[quoted.paragraph] = None
            for kind, is_so in ((SUB.FloorFigure, one.is_floor), (SUB.CeilingFigure, one.is_ceiling)):
                if is_so:
                    builder.type(str(kind), [node])
        for prop, pairs in links.items():
            builder.link(prop, [s for s, _ in pairs], [o for _, o in pairs])
        return list(astray)

    def _iri(self, quoted: Quoted) -> str:
        """A name that stays when paragraphs move."""
        stem = hashlib.sha256(f"{quoted.passage}\x1f{quoted.said.written}".encode()).hexdigest()[:12]
        self._taken[stem] += 1
        again = f"~{self._taken[stem]}" if self._taken[stem] > 1 else ""
        return f"{self._plan}/figure/{stem}{again}"

    def _values(self, quoted: Quoted) -> dict[str, object]:
        one = quoted.said
        low, high, step, is_converted = _converted(one, self._vocabulary)
        return {
            str(SUB.passage): quoted.passage,
            str(SUB.asQuoted): one.written,
            str(SUB.figureYear): one.year,
            str(SUB.figureLow): low,
            str(SUB.figureHigh): high,
            str(SUB.figureStep): step,
            str(SUB.figureUnit): one.subject.measure.name if one.subject.measure else None,
            str(SUB.isConverted): is_converted,
            str(SUB.isApproximate): one.is_approximate,
        }


_TYPES = {
    str(SUB.figureYear): pa.int64(),
    str(SUB.figureLow): _DECIMAL,
    str(SUB.figureHigh): _DECIMAL,
    str(SUB.figureStep): _DECIMAL,
    str(SUB.isConverted): pa.bool_(),
    str(SUB.isApproximate): pa.bool_(),
}


def _compared(one: Said, base_year: int | None) -> list[_Row]:
    """The rows that state what a figure says. One of the base year is no target, and a target is of its own year."""
    is_base = one.is_base or (one.year is not None and one.year == base_year)
    found = []
    for row in one.subject.rows:
        if row.link != str(SUB.quotesBase):
            fits = not is_base and (row.year is None or one.year in (None, row.year))
        else:
            fits = one.year is None or (is_base and one.year == base_year)
        if fits:
            found.append(row)
    return found


def _converted(one: Said, vocabulary: Vocabulary) -> tuple[Decimal | None, Decimal | None, Decimal | None, bool]:
    """Low, high and step of a figure in the unit of its subject's rows, and whether that is another unit than the text's."""
    amount, measure = one.amount, one.subject.measure
    if measure is None:
        return None, None, None, False
    is_same = amount.unit == normal(measure.name)
    factor: Decimal | None = Decimal(1)
    if not is_same:
        unit = vocabulary.unit(amount.unit)
        is_same = unit is not None and unit == measure.unit
        factor = _factor(amount.unit, unit, measure, vocabulary)
    if factor is None:
        return None, None, None, False
    try:
        low, high, step = ((n * factor).quantize(_SIX_PLACES) for n in (amount.low, amount.high, amount.step))
    except InvalidOperation:
        return None, None, None, False
    return low, high, step, not is_same and factor != 1


def _factor(name: str, unit: Unit | None, measure: _Measure, vocabulary: Vocabulary) -> Decimal | None:
    if unit is None or measure.unit is None:
        is_counted = measure.unit is not None and measure.unit.quantity == _COUNT and name in vocabulary.count_words
        return Decimal(1) if is_counted else None
    return unit.to_base / measure.unit.to_base if unit.quantity == measure.unit.quantity else None


_COUNT = "count"  # the quantity of units that count items


def _unread(file: str, paragraphs: Sequence[int]) -> Note:
    zh, en = _listed(paragraphs)
    text = Text(
        f"有 {len(paragraphs)} 段提到指标并写有数字，但句式不能确切读出，没有与表对照：第 {zh} 段。",
        f"{len(paragraphs)} paragraphs name an indicator and hold a number in words that cannot be read for certain; "
        f"they were not compared with the tables: {en}.",
    )
    return Note(text, Place(file, is_text=True))


def _astray(file: str, paragraphs: Sequence[int]) -> Note:
    zh, en = _listed(paragraphs)
    text = Text(
        f"有 {len(paragraphs)} 段引用的数值，表中没有同一年份的目标值或基期值，没有对照：第 {zh} 段。",
        f"{len(paragraphs)} paragraphs quote a figure for a year for which the tables state no target or base value; "
        f"it was not compared: {en}.",
    )
    return Note(text, Place(file, is_text=True))


def _listed(paragraphs: Sequence[int]) -> tuple[str, str]:
    """The first paragraphs, in Chinese and English."""
    shown = [str(number) for number in paragraphs[:_SHOWN]]
    more = "…" if len(paragraphs) > _SHOWN else ""
    return "、".join(shown) + more, ", ".join(shown) + more


def _too_much(file: str, paragraph: int) -> Note:
    text = Text(
        f"文本过长，自第 {paragraph} 段起没有读取其中引用的数值。",
        f"The text is too long; from paragraph {paragraph} on no figures were read in it.",
    )
    return Note(text, Place(file, is_text=True))


class _Plan:
    """What the tables of the plan under review name and state."""

    def __init__(self, store: Store, builder: Builder) -> None:
        self.store = store
        self.builder = builder
        self.vocabulary = store.vocabulary
        self._unparsed = self._cells()

    def grammar(self) -> Grammar:
        """The words and names that figures of this plan's text may be read with."""
        vocabulary = self.vocabulary
        subjects = {**self._indicators(), **self._whole()}
        units = {name for unit in vocabulary.units for name in unit.names} | set(vocabulary.count_words)
        units |= {subject.measure.name for subject in subjects.values() if subject.measure is not None}
        before = {
            str(written): (vocabulary.label(iri) or Text(iri, iri)).zh
            for iri, written in vocabulary.said_of_codes(str(SUB.writtenBefore))
        }

        def words(kind: URIRef) -> list[str]:
            return sorted(vocabulary.marks(kind), key=lambda word: (-len(word), word))

        return Grammar(
            {name: subject for name, subject in subjects.items() if _is_name(name)},
            self._owned(),
            Units(units, before),
            words(SUB.LeadWord),
            words(SUB.BaseYearWord),
            words(SUB.LinkWord),
            words(SUB.ApproximationWord),
            words(SUB.FloorWord),
            words(SUB.CeilingWord),
            words(SUB.NarrowingWord),
        )

    # ---- what the tables say ----------------------------------------------------------------------------------------

    def _of(self, prop: object, what: str = "v") -> dict[int, Any]:
        """What the individuals of the plan under review have of a property; the least where there are several."""
        relation = self.store.prop(str(prop))
        answer = self.store.query(
            f"SELECT s, min({what}) AS v FROM {relation} WHERE {what} IS NOT NULL AND {self.store.is_reviewed('s')} "
            "GROUP BY s ORDER BY s"
        )
        return dict(zip(answer.column("s").to_pylist(), answer.column("v").to_pylist(), strict=True))

    def _members(self, cls: object) -> list[int]:
        relation = self.store.cls(str(cls))
        return self.store.column(f"SELECT DISTINCT s FROM {relation} WHERE {self.store.is_reviewed('s')} ORDER BY s")

    def _cells(self) -> set[tuple[int, str]]:
        """(subject, property) of the cells that could not be read: a figure compared with one is undecided."""
        subject, prop = self.store.prop(str(SUB.subject)), self.store.prop(str(SUB.property))
        answer = self.store.query(f"SELECT s.o AS subject, p.o AS property FROM {subject} s JOIN {prop} p ON p.s = s.s")
        return {(row["subject"], self.store.iri(row["property"])) for row in answer.to_pylist()}

    def _states(self, node: int, prop: object, values: Mapping[int, Any]) -> bool:
        return node in values or (node, str(prop)) in self._unparsed

    # ---- indicators -------------------------------------------------------------------------------------------------

    def _indicators(self) -> dict[str, Subject]:
        """Subjects by the names of indicators: those of the plan, and those of the territorial code list."""
        names, units = self._of(PLAN.name), self._of(PLAN.indicatorUnit)
        stands_for = self._of(TERR.standsFor, "o")
        targets = self._targets(names)
        own: dict[str, list[Subject]] = defaultdict(list)
        by_code: dict[int, list[Subject]] = defaultdict(list)
        for node in sorted({*self._members(PLAN.IndicatorDefinition), *targets}):
            name = normal(str(names.get(node, "")))
            code = stands_for.get(node) or self._code(name)
            nodes = (node,) if code is None else (node, code)
            measure = self._measure(targets[node], units.get(node), code)
            subject = Subject(nodes, self._rows(targets[node]), measure, is_indicator=True)
            own[name].append(subject)
            if code is not None:
                by_code[code].append(subject)
        found: dict[str, list[Subject]] = defaultdict(list)
        for code in self._codes().values():
            alone = Subject((code,), (), self._measure((), None, code), is_indicator=True)
            for name in self._code_names(code):
                found[name] += by_code.get(code, [alone])
        return {name: subjects[0] for name, subjects in (found | own).items() if len(subjects) == 1}

    def _targets(self, names: Mapping[int, str]) -> dict[int, list[int]]:
        """The targets by their indicator; those without one by the indicator, or else the first target, of their name."""
        indicator_of = self._of(PLAN.targetIndicator, "o")
        first: dict[str, int] = {}
        for node in (*self._members(PLAN.IndicatorDefinition), *self._members(PLAN.IndicatorTarget)):
            first.setdefault(normal(str(names.get(node, ""))), node)
        targets: dict[int, list[int]] = defaultdict(list)
        for target in self._members(PLAN.IndicatorTarget):
            named = first[normal(str(names.get(target, "")))]
            targets[indicator_of.get(target, named)].append(target)
        return targets

    def _rows(self, targets: Iterable[int]) -> tuple[_Row, ...]:
        goals, bases, years = self._of(PLAN.targetValue), self._of(PLAN.baseValue), self._of(PLAN.targetYear)
        rows = []
        for target in targets:
            if self._states(target, PLAN.targetValue, goals):
                rows.append(_Row(str(SUB.quotesTarget), target, years.get(target)))
            if self._states(target, PLAN.baseValue, bases):
                rows.append(_Row(str(SUB.quotesBase), target))
        return tuple(rows)

    def _measure(self, targets: Sequence[int], own: str | None, code: int | None) -> _Measure | None:
        """The one unit that the targets of an indicator are in, or None."""
        if any((target, str(PLAN.targetUnit)) in self._unparsed for target in targets):
            return None
        unit_of_code = self._of_codes(TERR.indicatorUnit).get(self.store.iri(code)) if code is not None else None
        label = self.vocabulary.label(unit_of_code) if unit_of_code else None
        default = own or (label.zh if label else None)
        written = self._of(PLAN.targetUnit)
        names = {written.get(target) or default for target in targets} | ({own} if own else set()) or {default}
        measures = {_Measure(name, self.vocabulary.unit(name)) for name in names if name}
        kinds = {measure.unit or normal(measure.name) for measure in measures}
        return min(measures, key=lambda m: m.name) if len(kinds) == 1 and None not in names else None

    def _code(self, name: str) -> int | None:
        iri = self.vocabulary.concept(self._code_class, name, None) if _is_name(name) else None
        return self.builder.node(iri) if iri is not None else None

    @cached_property
    def _code_class(self) -> str:
        return self.vocabulary.properties[str(TERR.standsFor)].range or ""

    def _codes(self) -> dict[str, int]:
        return {iri: self.builder.node(iri) for iri in self._of_codes(TERR.indicatorUnit)}

    def _of_codes(self, prop: object) -> dict[str, str]:
        return {iri: str(o) for iri, o in self.vocabulary.said_of_codes(str(prop))}

    def _code_names(self, code: int | None) -> set[str]:
        return {normal(name) for name in self.vocabulary.names(self.store.iri(code))} if code is not None else set()

    # ---- projects and the whole -------------------------------------------------------------------------------------

    def _owned(self) -> dict[tuple[str, str], Subject]:
        """Subjects by project and column: what a row's column with a unit states."""
        found: dict[tuple[str, str], Subject] = {}
        for link, prop in self._of_codes(SUB.comparesWith).items():
            for kind, column in self._columns(prop):
                if link == str(SUB.quotesSumOf) or column[1] is None:
                    continue
                values, names = self._of(prop), self._of(PLAN.name)
                counts = Counter(normal(str(names.get(node, ""))) for node in self._members(kind.rows_are))
                for node in self._members(kind.rows_are):
                    owner = normal(str(names.get(node, "")))
                    if _is_name(owner) and counts[owner] == 1 and self._states(node, prop, values):
                        subject = Subject((node,), (_Row(link, node),), column[1])
                        found |= {(owner, name): subject for name in column[0]}
        return found

    def _whole(self) -> dict[str, Subject]:
        """Subjects by the names of the plan's whole investment: every project is a row."""
        prop = self._of_codes(SUB.comparesWith)[str(SUB.quotesSumOf)]
        of = self.vocabulary.properties[str(SUB.quotesSumOf)].range
        kind, (_, measure) = next(found for found in self._columns(prop) if found[0].rows_are == of)
        rows = tuple(_Row(str(SUB.quotesSumOf), node) for node in self._members(kind.rows_are))
        subject = Subject((self.store.facts.reviewed,), rows, measure)
        return dict.fromkeys(self.vocabulary.marks(SUB.WholePlanWord), subject) if rows else {}

    def _columns(self, prop: str) -> Iterator[tuple[TableKind, tuple[frozenset[str], _Measure | None]]]:
        """The tables with a column of a property: its names, and the unit that facts keep it in."""
        for kind in self.vocabulary.tables:
            for column in kind.columns:
                declared = self.vocabulary.unit(column.unit) if column.property == prop and column.unit else None
                if declared is not None:
                    kept = [u for u in self.vocabulary.units if u.quantity == declared.quantity and u.to_base == 1]
                    name = min(kept[0].names, key=lambda name: (len(name), name))
                    yield kind, (frozenset(map(normal, column.names)), _Measure(name, kept[0]))


def _is_name(name: str) -> bool:
    """Whether a text can be told as a name in running text: not a number, not a single sign."""
    return 1 < len(name) <= _MAX_NAME and any(sign.isalpha() for sign in name)
