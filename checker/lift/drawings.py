"""Tells the drawings of the plan under review by the names of their files and by the list of drawings.

A file is a drawing if its extension is one of ontology/drawings.ttl and its name either has a number behind a prefix
(图01 …) or a title that ends in a mark (…图), or if the list of drawings names it. A name is read as

    [prefix] [number] title [period]       图01 空间结构规划图（2026—2035年）   03_土地使用规划图   04-1设施布局图

where a number has up to three digits, with parts joined by - or ., and no unit behind it: 15分钟生活圈图 has none. What
begins like a unit is none behind a number with a zero in front (06路网图), or in the title of a drawing that may be due
(5项目分布图). A file that several rows of the list name is an atlas; it has no number and title of its own. Handed on are the files as
sub:DrawingFile, what rows and files are compared by, which file shows which row, and which kinds of drawing are due.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from checker.errors import Text
from checker.facts import Builder, FactTable, Store
from checker.lift import cells
from checker.model import Note, Place, SourceFile
from checker.vocabulary import SUB, Vocabulary, normal, split_unit

_JOINT = re.compile(r"[-.—–－_]+")
_BLANK = " \t\u3000_-—–.、:：·"
_NUMBER = re.compile(r"(\d{1,3}(?:[-.—–－]\d{1,3}){0,3})(?![\d年月日A-Za-z])")
_PERIOD = re.compile(r"(?:19|20|21)\d\d年?\s*[-—–~～至]+\s*(?:19|20|21)\d\d年?$")
_MAX_NAME = 200
_MAX_DRAWINGS = 1_000
_MAX_FORMATS = 10  # files of one drawing


@dataclass(frozen=True)
class Name:
    """What the name of a file says. ``number``: as written, empty where there is none. ``period``: as written."""

    number: str
    title: str
    period: str
    has_prefix: bool


@dataclass(frozen=True)
class _Drawing:
    """A drawing, by what drawings are compared by."""

    node: int
    number: str
    title: str
    file: str


def read_name(file: str, prefixes: Iterable[str], units: Iterable[str], titles: Iterable[str] = ()) -> Name:
    """What the name of a file says, with or without folder and extension.

    ``units``: what makes a number in front a quantity. ``titles``: those of drawings, which are no units.
    """
    text = unicodedata.normalize("NFKC", PurePosixPath(file).stem[:_MAX_NAME]).strip(_BLANK)
    before = sorted((p for p in prefixes if text.casefold().startswith(p)), key=len, reverse=True)
    for prefix in (*before, ""):
        rest = text[len(prefix) :].lstrip(_BLANK)
        number = _NUMBER.match(rest)
        if number is None:
            continue
        title = rest[number.end() :]
        is_ordinal = prefix or re.match(r"0\d", rest) or normal(title).startswith(tuple(titles))
        if is_ordinal or not normal(title).startswith(tuple(units)):
            return Name(number[1], *_title(title), has_prefix=bool(prefix))
    return Name("", *_title(text), has_prefix=False)


def _title(text: str) -> tuple[str, str]:
    """A title without the period at its end, and that period."""
    rest, bracket = split_unit(text)
    if bracket is not None and cells.period(bracket) is not None:
        return rest.strip(_BLANK), bracket
    found = _PERIOD.search(text)
    if found is not None and cells.period(found[0]) is not None:
        return text[: found.start()].strip(_BLANK), found[0]
    return text.strip(_BLANK), ""


def plain_number(number: str, prefixes: Iterable[str]) -> str:
    """A number to compare by: 图 01-02 and 1.2 are both 1-2."""
    text = normal(number)
    prefix = max((p for p in prefixes if text.startswith(p)), key=len, default="")
    parts = _JOINT.split(text[len(prefix) :].strip(_BLANK))
    return "-".join(part.lstrip("0") or "0" for part in parts if part)


def plain_title(title: str) -> str:
    """A title to compare by, without a bracket at its end."""
    return normal(split_unit(title)[0])


def lift(builder: Builder, files: Sequence[SourceFile], vocabulary: Vocabulary) -> list[Note]:
    """Adds the drawings of the plan under review; a remark where there are too many files to be drawings.

    All tables must have been lifted before: the list of drawings is one.
    """
    prefixes = sorted(vocabulary.marks(SUB.DrawingPrefix))
    store = Store(builder.facts(), vocabulary)
    rows = _rows(store)
    named = Counter(str(row["path"]).casefold() for row in rows.values() if row["path"])
    found = _drawings(files, named, prefixes, vocabulary)
    if len(found) > _MAX_DRAWINGS:
        text = Text(
            f"图件文件多于 {_MAX_DRAWINGS} 个，没有核查。",
            f"More than {_MAX_DRAWINGS} drawings; they were not checked.",
        )
        return [Note(text, Place(found[0][0]))]
    drawings = [_state(builder, store, file, name, prefixes) for file, name in found]
    listed = [
        _Drawing(node, plain_number(row["number"] or "", prefixes), plain_title(row["title"] or ""), row["path"] or "")
        for node, row in rows.items()
    ]
    _compare(builder, listed, drawings)
    _kinds(builder, vocabulary, [*listed, *drawings])
    if listed or drawings:
        _due(builder, store)
    return []


def _rows(store: Store) -> dict[int, Mapping[str, Any]]:
    """The rows of the plan's list of drawings: node -> number, title and path as far as they are given."""
    columns = {"number": SUB.drawingNumber, "title": SUB.drawingTitle, "path": SUB.drawingPath}
    joined = "".join(
        f" LEFT JOIN (SELECT s, min(v) AS v FROM {store.prop(str(prop))} GROUP BY s) {name} ON {name}.s = d.s"
        for name, prop in columns.items()
    )
    shown = ", ".join(f"{name}.v AS {name}" for name in columns)
    members = f"SELECT DISTINCT s FROM {store.cls(str(SUB.ListedDrawing))} WHERE {store.is_reviewed('s')}"
    answer = store.query(f"SELECT d.s AS s, {shown} FROM ({members}) d{joined} ORDER BY d.s")
    return {row["s"]: row for row in answer.to_pylist()}


def _drawings(
    files: Sequence[SourceFile], named: Mapping[str, int], prefixes: Sequence[str], vocabulary: Vocabulary
) -> list[tuple[str, Name]]:
    """The files that are drawings, each with what its name says: nothing for an atlas."""
    formats = vocabulary.marks(SUB.DrawingFormat)
    marks = tuple(vocabulary.marks(SUB.DrawingMark))
    units = {normal(name) for unit in vocabulary.units for name in unit.names} | vocabulary.count_words
    titles = [normal(name) for names in _names_of_kinds(vocabulary).values() for name in names]
    found = []
    for file in files:
        path = PurePosixPath(file.name)
        if path.suffix.casefold() not in formats:
            continue
        times = max((named.get(name, 0) for name in _called(file.name)), default=0)
        name = read_name(file.name, prefixes, units, titles)
        if times > 1:
            found.append((file.name, Name("", "", "", has_prefix=False)))
        elif times or (name.has_prefix and name.title) or plain_title(name.title).endswith(marks):
            found.append((file.name, name))
    return found


def _called(file: str) -> tuple[str, str, str]:
    """The names by which a list may call a file: its path, its name, its name without extension."""
    path = PurePosixPath(file)
    return file.casefold(), path.name.casefold(), path.stem.casefold()


def _state(builder: Builder, store: Store, file: str, name: Name, prefixes: Sequence[str]) -> _Drawing:
    """States a file that is a drawing."""
    ids = builder.rows(pa.array([f"{store.facts.iri(builder.reviewed)}/drawing/{quote(file, safe='-_.~')}"]))
    period = cells.period(name.period) if name.period else None
    columns = {
        str(SUB.drawingNumber): pa.array([name.number or None], pa.string()),
        str(SUB.drawingTitle): pa.array([name.title or None], pa.string()),
        str(SUB.drawingFrom): pa.array([period[0] if period else None], pa.date32()),
        str(SUB.drawingTo): pa.array([period[1] if period else None], pa.date32()),
    }
    nowhere = pa.nulls(1, pa.int32())
    builder.add(FactTable(str(SUB.DrawingFile), builder.reviewed, None, Place(file), ids, nowhere, columns))
    return _Drawing(ids[0].as_py(), plain_number(name.number, prefixes), plain_title(name.title), file)


def _compare(builder: Builder, listed: Sequence[_Drawing], drawings: Sequence[_Drawing]) -> None:
    """States what drawings are compared by, and joins each row with its files."""
    for prop, part in ((SUB.plainNumber, "number"), (SUB.plainTitle, "title")):
        said = [(drawing.node, text) for drawing in (*listed, *drawings) if (text := getattr(drawing, part))]
        builder.value(str(prop), [node for node, _ in said], pa.array([text for _, text in said], pa.string()))
    by: dict[str, dict[str, list[int]]] = {part: defaultdict(list) for part in ("file", "number", "title")}
    for drawing in drawings:
        for name in set(_called(drawing.file)):
            by["file"][name].append(drawing.node)
        by["number"][drawing.number].append(drawing.node)
        by["title"][drawing.title].append(drawing.node)
    pairs: list[tuple[int, int]] = []
    for row in listed:
        if row.file:
            shown = by["file"].get(row.file.casefold(), [])
        else:
            shown = (row.number and by["number"].get(row.number)) or (row.title and by["title"].get(row.title)) or []
        pairs += [(row.node, file) for file in shown[:_MAX_FORMATS]]
    builder.link(str(SUB.drawnIn), [row for row, _ in pairs], [file for _, file in pairs])


def _kinds(builder: Builder, vocabulary: Vocabulary, drawings: Sequence[_Drawing]) -> None:
    """States of which kinds the titles of drawings say they are."""
    names = {builder.node(kind): [normal(name) for name in said] for kind, said in _names_of_kinds(vocabulary).items()}
    pairs = [(d.node, kind) for d in drawings for kind, said in names.items() if any(n in d.title for n in said)]
    builder.link(str(SUB.drawingKind), [node for node, _ in pairs], [kind for _, kind in pairs])


def _names_of_kinds(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """What each kind of drawing is called."""
    kinds = [iri for iri, cls in vocabulary.named_individuals if cls == str(SUB.DrawingKind)]
    return {kind: vocabulary.names(kind) for kind in kinds}


def _due(builder: Builder, store: Store) -> None:
    """States which kinds of drawing plans of this kind ought to have."""
    plan = builder.reviewed
    pairs = store.vocabulary.said_of_codes(str(SUB.dueIn))
    of_plan = {str(c): bool(store.column(f"SELECT s FROM {store.cls(str(c))} WHERE s = {plan}")) for _, c in pairs}
    due = sorted({builder.node(kind) for kind, c in pairs if of_plan[str(c)]})
    builder.link(str(SUB.dueDrawing), [plan] * len(due), due)
