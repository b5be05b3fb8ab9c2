"""Lifts what the text of a plan treats: each content that its kind of plan has to treat, and what shows it.

A record in the package's tables shows a content, and so does a chapter that a table of contents by requirement names and
that is in the text. Words alone are a clue: the passages with one of a content's names, headings before paragraphs. Hands
on one individual per content, linked to passages, and the same as ``Treatment`` to be shown.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyarrow as pa

from checker.errors import Text
from checker.facts import Builder, FactTable
from checker.lift import cells
from checker.model import Basis, Document, Paragraph, Place, Treatment
from checker.vocabulary import PLAN, SUB, All, Expression, Has, Named, Vocabulary, local_name, normal

_CONTENT = str(PLAN.RequiredContent)
_DEEPEST = 4  # numbers before one title
_MOST_PLACES = 40  # that one cell may name
_MOST = 3  # passages of one content: enough for a person to look it up
_LONGEST = 120  # characters of a passage that are kept
_SHORTEST = 4  # characters of a name that is looked for inside other words: 定位 stands in 卫星定位 too
_DIGITS = "零一二三四五六七八九"
_CHINESE = "[〇零一二三四五六七八九十百两]"
_COUNT = rf"{_CHINESE}{{1,5}}|\d{{1,3}}"
# The number before a title, as normal() leaves it. Its kind is its first group of signs: 章 of 第三章, （ of （三）.
_NUMBER = re.compile(
    rf"第(?P<of>{_COUNT})(?P<unit>[篇编卷章节条]|部分)|(?P<comma>{_CHINESE}{{1,5}})[、.]|\((?P<bracket>{_COUNT})\)"
    r"|第?(?P<decimal>\d{1,3}(?:\.\d{1,3})+)[.、节]?|(?P<plain>\d{1,3})[、.)]|chapter(?P<chapter>\d{1,3})[.:]?"
)
_BARE = re.compile(r"^\s*(\d{1,3})\s+(?=\D)")  # 3 目标
_BETWEEN = re.compile(r"以及|[与和及、，,·&/]")
_PAGES = re.compile(r"[(,，]?(?:(?<![a-z])pp?\.?\d+(?:[-—–~]\d+)?|第\d+(?:[-—–~]\d+)?页)\)?$")
# Between two places of a cell: 第三章至第五章 names both ends.
_AND = re.compile(r"\s*(?:以及|[,，和及与至到~～—–-])\s*(?=第)")
_NTH_PARAGRAPH = re.compile(r"第(\d{1,7})(?:自然)?段")
_SAYS = re.compile(r"[^\W_]")


@dataclass(eq=False)
class _Line:
    """A heading or paragraph of a text. ``numbers``: those before its title; ``above``: those of the headings over it."""

    file: str
    paragraph: Paragraph
    whole: str
    title: str
    numbers: tuple[str, ...]
    above: tuple[str, ...]
    is_filled: bool = False

    @property
    def is_heading(self) -> bool:
        return self.paragraph.level is not None


@dataclass
class _Found:
    """A content with what shows it."""

    content: str
    node: int
    recorded: dict[str, list[int]] = field(default_factory=dict)
    placed: list[_Line] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    words: list[_Line] = field(default_factory=list)
    is_excused: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the table of contents by requirement says something of it."""
        return bool(self.placed or self.lost or self.unseen or self.is_excused)


def lift(documents: Sequence[Document], kind: str, plan: int, plan_iri: str, builder: Builder) -> tuple[Treatment, ...]:
    """Adds the contents that a plan of this kind has to treat, with what shows them; its tables must be lifted already.

    Without a text and without a table of contents by requirement only what is recorded is added: of the rest nothing is
    supplied.
    """
    lines = [line for document in documents for line in _lines(document)]
    evidence = [line for line in lines if line.is_filled]
    is_given = bool(lines) or _has_table(plan, builder)
    places, reasons = builder.said(str(PLAN.statedPlace)), builder.said(str(PLAN.notConcernedReason))
    found: list[_Found] = []
    for content in builder.vocabulary.contents_of(_kinds(kind, plan, builder)):
        records = {term: _records(term, plan, builder) for term in builder.vocabulary.shown_by(content)}
        recorded = {term: nodes for term, nodes in records.items() if nodes}
        words = _speaking(evidence, _names(content, builder.vocabulary))
        rows = builder.rows_of(plan, content)
        if not rows and (is_given or recorded):
            rows = [_individual(f"{plan_iri}/content/{local_name(content)}", content, plan, words, builder)]
        for row in rows:
            one = _Found(content, row, recorded)
            for said in places.get(row, ()):
                _read_cell(str(said), one, evidence, bool(lines), builder.vocabulary)
            if not one.is_told:  # a reason for not being concerned says so, also where no chapter does
                one.is_excused = any(_says(str(reason), builder.vocabulary) for reason in reasons.get(row, ()))
            if not one.is_told:
                one.words = words
            found.append(one)
    _state(found, plan, plan_iri, builder)
    return tuple(_treatment(one, builder.vocabulary) for one in found)


def _names(content: str, vocabulary: Vocabulary) -> frozenset[str]:
    """What a content is called, as normal() gives it."""
    return frozenset(normal(name) for name in vocabulary.names(content))


# ---- what a plan has to treat ---------------------------------------------------------------------------------------


def _kinds(kind: str, plan: int, builder: Builder) -> frozenset[str]:
    """The kinds that a plan is of, also by what it says of itself (a city-cluster plan)."""
    vocabulary = builder.vocabulary
    known = vocabulary.superclasses(kind)

    def holds(e: Expression) -> bool:
        if isinstance(e, All):
            return all(map(holds, e.parts))
        if isinstance(e, Has):
            return e.is_iri and builder.named.get(str(e.value)) in builder.said(e.property).get(plan, [])
        return isinstance(e, Named) and (e.iri in known or any(map(holds, vocabulary.classes[e.iri].definitions)))

    below = (c for c in vocabulary.subclasses(kind) if any(map(holds, vocabulary.classes[c].definitions)))
    return known.union(*(vocabulary.superclasses(c) for c in below))


def _has_table(plan: int, builder: Builder) -> bool:
    """Whether the package has a table of contents by requirement, be it empty."""
    contents = builder.vocabulary.subclasses(_CONTENT)
    return any(table.plan == plan and table.cls in contents for table in builder.tables)


def _records(term: str, plan: int, builder: Builder) -> list[int]:
    """The rows of a class that the package has; of a property the property itself, where the plan says something with it."""
    if term in builder.vocabulary.classes:
        return builder.rows_of(plan, term)
    said = builder.said(term).get(plan, ())
    return [builder.node(term)] if any(_says(str(value), builder.vocabulary) for value in said) else []


def _says(cell: str, vocabulary: Vocabulary) -> bool:
    """Whether a cell says something: it is not empty and holds no mark for that."""
    return bool(normal(cell)) and normal(cell) not in vocabulary.empty_marks


def _individual(iri: str, content: str, plan: int, words: Sequence[_Line], builder: Builder) -> int:
    """A content of which no row tells, as an individual of the plan; it stands where words speak of it, if any do."""
    ids = builder.rows(pa.array([iri]))
    place = Place(words[0].file if words else "", is_text=True)
    rows = pa.array([words[0].paragraph.number if words else None], pa.int32())
    builder.add(FactTable(content, plan, None, place, ids, rows, {}))
    return int(ids[0].as_py())


# ---- the text -------------------------------------------------------------------------------------------------------


def _lines(document: Document) -> list[_Line]:
    """The headings and paragraphs of a text. A heading is filled once a paragraph stands in its part, however deep."""
    lines: list[_Line] = []
    open_: list[_Line] = []  # the headings above, outer first
    for paragraph in document.paragraphs:
        whole = normal(paragraph.text)
        level = paragraph.level
        if level is not None:
            open_ = [line for line in open_ if (line.paragraph.level or 0) < level]
        title, numbers = _parted(paragraph.text) if level is not None else (whole, ())
        above = tuple(number for line in open_ for number in line.numbers)
        line = _Line(document.file, paragraph, whole, title, numbers, above)
        if level is not None:
            open_.append(line)
        elif not paragraph.is_guide and _SAYS.search(whole):
            for filled in (*open_, line):
                filled.is_filled = True
        lines.append(line)
    return lines


def _parted(text: str) -> tuple[str, tuple[str, ...]]:
    """A title as normal() gives it without the numbers before it, and the numbers: 第三章 3.2 目标 -> 目标, (章 3, decimal 3.2)."""
    numbers: list[str] = []
    text = normal(_BARE.sub(r"\1、", unicodedata.normalize("NFKC", text)))
    while len(numbers) < _DEEPEST and (match := _NUMBER.match(text)):
        kind = str(match.lastgroup if match["unit"] is None else match["unit"])
        said = next(group for group in match.groups() if group is not None)
        numbers.append(f"{'章' if kind == 'chapter' else kind} {said if '.' in said else _counted(said)}")
        text = text[match.end() :]
    return text, tuple(numbers)


def _counted(said: str) -> int:
    """The number that digits or Chinese numerals up to 999 say."""
    if said.isdecimal():
        return int(said)
    total, digit = 0, 0
    for sign in said.replace("〇", "零").replace("两", "二"):
        if sign in "十百":
            total += (digit or 1) * {"十": 10, "百": 100}[sign]
            digit = 0
        else:
            digit = digit * 10 + _DIGITS.index(sign)
    return total + digit


def _speaking(lines: Sequence[_Line], known: frozenset[str]) -> list[_Line]:
    """The first lines that have one of these names: headings, those that are one before those that hold one; else paragraphs."""
    long = tuple(name for name in known if len(name) >= _SHORTEST)
    headings = (line for line in lines if line.is_heading)
    same, holding = [], []
    for line in headings:
        if line.title in known or not known.isdisjoint(_BETWEEN.split(line.title)):
            same.append(line)
        elif any(name in line.title for name in long):
            holding.append(line)
    if same or holding:
        return [*same, *holding][:_MOST]
    paragraphs = (line for line in lines if not line.is_heading and any(name in line.whole for name in long))
    return list(islice(paragraphs, _MOST))


# ---- the table of contents by requirement ---------------------------------------------------------------------------


def _read_cell(said: str, one: _Found, lines: Sequence[_Line], has_text: bool, vocabulary: Vocabulary) -> None:
    """Takes in where a row places a content. A cell that is empty, or holds a mark for that, says nothing."""
    if normal(said) in vocabulary.not_concerned_marks:
        one.is_excused = True
    elif _says(said, vocabulary):
        for place, at in _looked_up(said, lines):
            if not has_text:
                one.unseen.append(place)
            elif at:
                one.placed += at
            else:
                one.lost.append(place)


def _looked_up(said: str, lines: Sequence[_Line]) -> Iterator[tuple[str, list[_Line]]]:
    """Each place that a cell names, with the lines that it means. A title may itself hold the sign that parts places."""
    whole = _at(said, lines)
    if whole:
        yield said, whole
        return
    places = list(dict.fromkeys(place for item in cells.items(said) for place in _AND.split(item)))
    if len(places) > _MOST_PLACES:
        places = [said]  # no table of contents names so many; it counts as one place that is not there
    for place in places:
        yield place, _at(place, lines)


def _at(place: str, lines: Sequence[_Line]) -> list[_Line]:
    """The lines that a place means: a paragraph by its number, else headings by number, by title, or by both."""
    nth = _NTH_PARAGRAPH.fullmatch(normal(place))
    if nth is not None:
        return [line for line in lines if line.paragraph.number == int(nth[1])]
    title, numbers = _parted(place)
    title = _PAGES.sub("", title)
    return list(islice((line for line in lines if line.is_heading and _is_meant(line, title, numbers)), _MOST))


def _is_meant(line: _Line, title: str, numbers: tuple[str, ...]) -> bool:
    """Whether a heading has a title, or the last of some numbers, with the others above it, and no other title."""
    if not numbers:
        return bool(title) and line.title == title
    is_numbered = line.numbers[-1:] == numbers[-1:] and {*numbers} <= {*line.above, *line.numbers}
    return is_numbered and (title in line.title or line.title in title)


# ---- facts ----------------------------------------------------------------------------------------------------------


def _state(found: Sequence[_Found], plan: int, plan_iri: str, builder: Builder) -> None:
    """States what shows each content."""
    nodes = _passages(found, plan, plan_iri, builder)
    # Also a row that names nothing which this plan has to treat is of some content.
    of = dict.fromkeys(builder.rows_of(plan, _CONTENT), _CONTENT)
    of |= {one.node: one.content for one in found}
    builder.link(str(SUB.ofContent), list(of), [builder.node(content) for content in of.values()])
    for one in found:
        node = [one.node]
        for prop, terms in ((SUB.recordedAs, [record for rows in one.recorded.values() for record in rows]),
                            (SUB.placedIn, [nodes[one.content, id(line)] for line in one.placed]),
                            (SUB.namedIn, [nodes[one.content, id(line)] for line in one.words])):  # fmt: skip
            builder.link(str(prop), node * len(terms), terms)
        for prop, texts in ((SUB.placeNotFound, one.lost), (SUB.placeNotSeen, one.unseen)):
            builder.value(str(prop), node * len(texts), pa.array(texts, pa.string()))
        if one.is_excused:
            builder.value(str(SUB.notConcerned), node, pa.array([True]))


def _passages(found: Iterable[_Found], plan: int, plan_iri: str, builder: Builder) -> dict[tuple[str, int], int]:
    """The nodes of passages by content and identity of their lines. A passage is named by what it says, not by its number."""
    speaking = {(one.content, id(line)): line for one in found for line in (*one.placed, *one.words)}
    by_file: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for key, line in speaking.items():
        by_file[line.file].append(key)
    taken: dict[str, int] = defaultdict(int)
    nodes: dict[tuple[str, int], int] = {}
    for file, keys in sorted(by_file.items()):
        iris = []
        for content, line in ((key[0], speaking[key]) for key in keys):
            said = hashlib.sha256(f"{file}\x1f{line.paragraph.text}".encode()).hexdigest()[:8]
            iri = f"{plan_iri}/passage/{local_name(content)}/{said}"
            taken[iri] += 1
            iris.append(f"{iri}~{taken[iri]}" if taken[iri] > 1 else iri)
        ids = builder.rows(pa.array(iris))
        here = [speaking[key].paragraph for key in keys]
        numbers = pa.array([paragraph.number for paragraph in here], pa.int64())
        texts = [_excerpt(speaking[key], _names(key[0], builder.vocabulary)) for key in keys]
        columns = {
            str(SUB.passageText): pa.array(texts),
            str(SUB.passageNumber): numbers,
            str(SUB.headingLevel): pa.array([paragraph.level for paragraph in here], pa.int64()),
            str(SUB.inDocument): pa.array([file] * len(here)),
        }
        place = Place(file, is_text=True)
        builder.add(FactTable(str(SUB.Passage), plan, None, place, ids, numbers.cast(pa.int32()), columns))
        nodes |= dict(zip(keys, ids.to_pylist(), strict=True))
    return nodes


def _excerpt(line: _Line, names: frozenset[str]) -> str:
    """What a line says, on one line; of a long one the part around the first of the names."""
    text = " ".join(line.paragraph.text.split())
    if len(text) <= _LONGEST:
        return text
    at = min((i for name in names if (i := text.casefold().find(name)) >= 0), default=0)
    start = max(0, min(at - _LONGEST // 3, len(text) - _LONGEST))
    end = start + _LONGEST
    return "…" * (start > 0) + text[start:end] + "…" * (end < len(text))


def _treatment(one: _Found, vocabulary: Vocabulary) -> Treatment:
    """What was found of a content, to be shown."""
    label = vocabulary.classes[one.content].label
    lines = one.placed or one.words
    names = _names(one.content, vocabulary)
    shown = tuple((Place(line.file, row=line.paragraph.number, is_text=True), _excerpt(line, names)) for line in lines)
    if one.recorded:
        said = [vocabulary.label(term) or Text(term, term) for term in one.recorded]
        return Treatment(label, Basis.RECORDED, Text("、".join(t.zh for t in said), ", ".join(t.en for t in said)))
    for basis, places in ((Basis.NOT_IN_TEXT, one.lost), (Basis.NOT_SEEN, one.unseen)):
        if places:
            return Treatment(label, basis, Text("；".join(places), "; ".join(places)), shown)
    basis = (
        Basis.NOT_CONCERNED
        if one.is_excused
        else Basis.STATED
        if one.placed
        else Basis.WORDS
        if shown
        else Basis.NOTHING
    )
    return Treatment(label, basis, None, shown)
