"""Every sheet, layer and column of the ontology is read: what is written here follows from the vocabulary alone.

One package with every kind of sheet and layer, every column filled, must give back as facts just what was written.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyogrio.raw import write as write_layer
from rdflib import URIRef
from rdflib.namespace import RDF, RDFS, SKOS

from checker import lift, readers, vocabulary
from checker.facts import Facts
from checker.model import Note, Package
from checker.turtle import instances
from checker.vocabulary import PLAN, SUB, Column, TableKind, local_name, normal
from tests.builtin import PACK, TERMS
from tests.packages import workbook

pytestmark = pytest.mark.xdist_group("tables")  # all read the same packages, dear to write

SCHEMA = PACK.root / "ontology" / "plan.xsd"
KIND = str(RDF.type)
SPELLINGS = ("zh", "en", "other")
FIXED = {str(PLAN.identifier): "TEST", str(PLAN.landUseEdition): "2023"}
PLAN_KIND = TERMS.plan_kind("smart-city")
ME = "urn:plancheck:plan:TEST"
START, END = dt.date(2026, 1, 1), dt.date(2028, 12, 31)
STARTS, ENDS = ("2026年1月", "20260101"), ("2028年", "2028/12/31 0:00:00")
PERIODS = ("2026—2028年", "2026年1月至2028年12月")

Fact = tuple[str, str, object]
Said = tuple[object, list[tuple[str, object]]]  # a cell, and the properties and values that it must become


@dataclass(frozen=True)
class Row:
    """A row to be written: the n-th of a kind of table, and the class that it says or is given by its table."""

    kind: TableKind
    n: int
    cls: str

    @property
    def key(self) -> str:
        return FIXED[str(PLAN.identifier)] if self.kind.is_form else f"{self.kind.local}-{self.n}"

    def iri(self, spelling: str) -> str:
        """The name of the row's individual."""
        return individual(self.kind, word(self.cls, spelling) if is_known_by_kind(self.kind) else self.key)


def individual(kind: TableKind, key: str) -> str:
    """What a row is named by its key."""
    return ME if kind.is_form else f"{ME}/{kind.local}/{quote(key, safe='')}"


def is_known_by_kind(kind: TableKind) -> bool:
    """Whether a table has one row of each kind, so that the kind is the row's key."""
    return any(column.is_key and column.property == KIND for column in kind.columns)


def rows_of(kind: TableKind) -> list[Row]:
    """Two rows of a kind, or one for each class where a column says which."""
    if kind.is_form:
        assert PLAN_KIND is not None
        return [Row(kind, 1, PLAN_KIND.iri)]
    if any(column.property == KIND for column in kind.columns):
        below = sorted(TERMS.subclasses(kind.rows_are) - {kind.rows_are})
        return [Row(kind, n, cls) for n, cls in enumerate(below, 1)]
    return [Row(kind, n, kind.rows_are) for n in (1, 2)]


ROWS = {kind.iri: rows_of(kind) for kind in TERMS.tables}


# ---- what is written ------------------------------------------------------------------------------------------------


def name(thing: TableKind | Column, spelling: str) -> str:
    """A name of a table or column: its label, or another name where it has one."""
    others = sorted(set(thing.names) - {thing.label.zh, thing.label.en})
    return thing.label.en if spelling == "en" else others[0] if spelling == "other" and others else thing.label.zh


def heading(column: Column, spelling: str) -> str:
    """A heading; the Chinese one of a column with a unit names a unit."""
    unit = named_unit(column, spelling)
    return name(column, spelling) + (f"（{unit.names[-1]}）" if unit else "")


def named_unit(column: Column, spelling: str) -> vocabulary.Unit | None:
    """The unit in a column's Chinese heading: where there is one, another of the same quantity than the column's own."""
    own = TERMS.unit(column.unit) if column.unit else None
    if own is None or spelling != "zh":
        return None
    return next((unit for unit in TERMS.units if unit.quantity == own.quantity and unit != own), own)


def codes(cls: str) -> list[str]:
    """The codes that a column of this class may hold where the land-use codes of 2023 are declared."""
    every = {s for below in TERMS.subclasses(cls) for s in instances(TERMS.graph, URIRef(below))}
    edition = {s: TERMS.graph.value(TERMS.graph.value(s, SKOS.inScheme), SUB.edition) for s in every}
    return sorted(str(s) for s in every if edition[s] is None or str(edition[s]) == FIXED[str(PLAN.landUseEdition)])


def names_of(iri: str) -> set[str]:
    """All that a code or class is called."""
    said_by = (SKOS.prefLabel, RDFS.label, SKOS.altLabel, SKOS.notation)
    return {str(o) for p in said_by for o in TERMS.graph.objects(URIRef(iri), p)}


def word(iri: str, spelling: str) -> str:
    """What a cell says for a code or class."""
    label = TERMS.label(iri)
    assert label is not None, iri
    others = names_of(iri) - {label.zh, label.en}
    return label.en if spelling == "en" else min(others) if spelling == "other" and others else label.zh


def targets(cls: str) -> list[Row]:
    """The rows that a link to this class may mean."""
    return [row for rows in ROWS.values() for row in rows if cls in TERMS.superclasses(row.cls)]


def called(row: Row, spelling: str) -> str:
    """How a link calls a row: in English by its name where it has one, else by its key."""
    names = [c for c in row.kind.columns if str(SUB.nameOf) in TERMS.superproperties(c.property) and not c.is_key]
    return f"{local_name(names[0].iri)} {row.n}" if names and spelling == "en" else row.key


def data(row: Row, column: Column, datatype: str, spelling: str) -> Said:
    """A cell of a data property."""
    prop, text = column.property, f"{local_name(column.iri)} {row.n}"
    if column.is_key or prop in FIXED:
        text = row.key if column.is_key else FIXED[prop]
        return text, [(prop, text)]
    if column.end_property is not None:
        return PERIODS[row.n % 2], [(prop, START), (column.end_property, END)]
    if datatype == "date":
        at_end = column.date_edge == "end"
        return (ENDS if at_end else STARTS)[row.n % 2], [(prop, END if at_end else START)]
    if datatype == "boolean":
        return "是否"[row.n % 2], [(prop, row.n % 2 == 0)]
    if datatype == "integer":
        return 2020 + row.n, [(prop, 2020 + row.n)]
    if datatype == "decimal":
        unit = named_unit(column, spelling) or (TERMS.unit(column.unit) if column.unit else None)
        factor = unit.to_base if unit else Decimal(1)
        number = 1234.5 + row.n if row.kind.is_layer else f"1,23{row.n}.5"
        return number, [(prop, Decimal(str(number).replace(",", "")) * factor)]
    assert datatype == "string", f"no sample for {column.iri}: {datatype}"
    parts = [f"{text} 甲", f"{text} 乙"] if column.is_many else [text]
    return "、".join(parts), [(prop, part) for part in parts]


def said(row: Row, column: Column, spelling: str) -> Said:
    """A cell that fits its column, and what it says."""
    if column.property == KIND:
        return word(row.cls, "zh" if row.kind.is_form and spelling == "other" else spelling), [(KIND, row.cls)]
    prop = TERMS.properties[column.property]
    if prop.datatype is not None:
        return data(row, column, prop.datatype, spelling)
    assert prop.range is not None, column.iri
    if prop.iri == str(SUB.confirmationState):  # of a row that is to count
        found = [(word(str(SUB.confirmed), spelling), str(SUB.confirmed))]
    elif TERMS.is_code_class(prop.range):
        found = [(word(code, spelling), code) for code in codes(prop.range)]
    elif str(PLAN.Plan) in TERMS.superclasses(prop.range):
        cited = [f"{local_name(column.iri)}-{n}" for n in (1, 2)]
        found = [(identifier, f"urn:plancheck:plan:{identifier}") for identifier in cited]
    elif rows := targets(prop.range):
        found = [(called(target, spelling), target.iri(spelling)) for target in rows]
    else:  # no table has such rows, so the entry makes an individual
        found = [(f"{local_name(column.iri)} {n}", "") for n in (1, 2)]
        found = [(text, f"{ME}/{local_name(prop.range)}/{quote(text)}") for text, _ in found]
    picked = [found[(row.n + i) % len(found)] for i in range(2 if column.is_many and len(found) > 1 else 1)]
    return "、".join(text for text, _ in picked), [(prop.iri, iri) for _, iri in picked]


@cache
def written(spelling: str) -> frozenset[Fact]:
    """All that the package says."""
    return frozenset(
        (row.iri(spelling), prop, value)
        for rows in ROWS.values()
        for row in rows
        for column in row.kind.columns
        for prop, value in said(row, column, spelling)[1]
    )


Grid = list[list[object]]


def grid(kind: TableKind, spelling: str, extra: Sequence[object] | None = None) -> Grid:
    """Headings and rows of a table, and where given one row more."""
    body = [[said(row, column, spelling)[0] for column in kind.columns] for row in ROWS[kind.iri]]
    return [[heading(column, spelling) for column in kind.columns], *body, *([list(extra)] if extra else [])]


def write(folder: Path, grids: dict[str, Grid], spelling: str) -> Package:
    """A workbook and databases with these tables, read again as a package.

    Every look at a layer opens its whole database, so a few small ones are read in a fifth of the time of one.
    """
    folder.mkdir(parents=True)
    sheets: dict[str, Grid] = {}
    place, layers = count(), count()
    for kind in TERMS.tables:
        cells = grids[kind.iri]
        if not kind.is_layer:
            sheets[name(kind, spelling)] = [list(pair) for pair in zip(*cells, strict=True)] if kind.is_form else cells
            continue
        shape = str(TERMS.graph.value(URIRef(kind.iri), SUB.geometryKind) or "polygon")
        columns = {str(head): values for head, *values in zip(*cells, strict=True)}
        assert len({head.casefold() for head in columns}) == len(columns), f"{kind.iri}: one name for two fields"
        draw(folder / f"图层{next(layers) // 8}.gpkg", name(kind, spelling), shape, len(cells) - 1, place, columns)
    workbook(folder / "表格.xlsx", sheets)
    return readers.read(folder, TERMS, SCHEMA)


def draw(path: Path, name: str, shape: str, size: int, place: Iterator[int], columns: dict[str, list[object]]) -> None:
    """Adds a layer of small shapes apart from each other; numbers stay numbers, as in a database."""
    shapes = [drawn(shape, next(place)) for _ in range(size)]
    kinds = {head: float if any(isinstance(v, float) for v in values) else object for head, values in columns.items()}
    write_layer(
        path,
        geometry=np.array(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object),
        field_data=[np.array(values, dtype=kinds[head]) for head, values in columns.items()],
        fields=list(columns),
        layer=name,
        driver="GPKG",
        geometry_type={"polygon": "Polygon", "line": "LineString", "point": "Point"}[shape],
        crs="EPSG:4549",
        append=path.exists(),
    )


def drawn(shape: str, n: int) -> shapely.Geometry:
    x, y = 500_000 + n % 50 * 20, 3_300_000 + n // 50 * 20
    if shape == "point":
        return shapely.Point(x, y)
    return shapely.box(x, y, x + 10, y + 10) if shape == "polygon" else shapely.LineString([(x, y), (x + 10, y + 10)])


# ---- what is read ---------------------------------------------------------------------------------------------------

STATED = {
    prop for table in TERMS.tables for c in table.columns for prop in (c.property, c.end_property)
}  # not computed


def told(facts: Facts) -> set[Fact]:
    """What the facts say of the plan and of the rows of its tables, as far as columns can say it."""
    tables = [t for t in facts.tables if not t.cls.startswith(str(SUB.Supplied)) and t.cls != str(SUB.Unparsed)]
    rows = {node for table in tables for node in table.ids.to_pylist()}

    def term(prop: str, value: object) -> object:
        is_node = prop in TERMS.properties and TERMS.properties[prop].datatype is None
        return facts.iri(value) if is_node and isinstance(value, int) else value

    found: set[Fact] = set()
    for table in tables:
        for prop, column in table.columns.items():
            for s, value in zip(table.ids.to_pylist(), column.to_pylist(), strict=True):
                if value is not None:
                    found.add((facts.iri(s), prop, term(prop, value)))
    for prop, pairs in (*facts.links.items(), *facts.values.items()):
        for pair in pairs.to_pylist():
            if pair["s"] in rows and prop in STATED:
                found.add((facts.iri(pair["s"]), prop, term(prop, pair.get("o", pair.get("v")))))
    for cls, nodes in facts.types.items():
        if cls != str(SUB.PlanUnderReview):
            found |= {(facts.iri(s), KIND, cls) for s in nodes.to_pylist() if s in rows}
    return found


def lifted(package: Package) -> tuple[Facts, tuple[Note, ...]]:
    facts, _, notes = lift.lift(package, {}, TERMS)
    return facts, notes


def unparsed(facts: Facts) -> list[dict[str, object]]:
    """The cells that were not read: subject, property, text and reasons, by local name; once for each property."""
    links = facts.links.get(str(SUB.property))
    meant = links.to_pylist() if links is not None else []
    found = []
    for table in (t for t in facts.tables if t.cls == str(SUB.Unparsed)):
        columns = {local_name(prop): values.to_pylist() for prop, values in table.columns.items()}
        for i in range(len(table.ids)):
            cell = {what: values[i] for what, values in columns.items()}
            properties = [facts.iri(link["o"]) for link in meant if link["s"] == table.ids[i].as_py()]
            found += [cell | {"subject": facts.iri(cell["subject"]), "property": prop} for prop in properties]
    return found


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """The package in every spelling."""
    folder = tmp_path_factory.mktemp("tables")
    grids = {spelling: {kind.iri: grid(kind, spelling) for kind in TERMS.tables} for spelling in SPELLINGS}
    return {spelling: write(folder / spelling, grids[spelling], spelling) for spelling in SPELLINGS}


def readable(facts: Iterable[Fact]) -> list[str]:
    return sorted(f"{s.removeprefix(ME)} {local_name(p)} {v!r}" for s, p, v in facts)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_column_arrives_as_it_was_written(packages: dict[str, Package], spelling: str) -> None:
    package = packages[spelling]
    facts, notes = lifted(package)
    assert [note.text.zh for note in (*package.notes, *notes)] == []
    assert unparsed(facts) == []
    expected, found = written(spelling), told(facts)
    assert readable(expected - found) == [], "written, but not read"
    assert readable(found - expected) == [], "read, but not written"


@pytest.mark.parametrize("kind", TERMS.tables, ids=lambda kind: kind.local)
def test_every_name_leads_to_its_table_and_column(kind: TableKind) -> None:
    assert {called for called in kind.names if TERMS.table(called) != kind} == set()
    for column in kind.columns:
        assert {called for called in column.names if TERMS.column(kind, called) != (column, None)} == set(), column.iri


def test_a_sheet_can_bear_every_label_of_its_table() -> None:
    labels = [label for kind in TERMS.tables if not kind.is_layer for label in (kind.label.zh, kind.label.en)]
    assert [label for label in labels if len(label) > 31 or set(label) & set("[]:*?/\\")] == []


@settings(max_examples=4, derandomize=True, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_order_of_tables_and_columns_does_not_matter(packages: dict[str, Package], seed: int) -> None:
    order = random.Random(seed)
    tables = []
    for table in packages["zh"].tables:
        names = table.columns.column_names
        order.shuffle(names)
        tables.append(replace(table, columns=table.columns.select(names)))
    order.shuffle(tables)
    moved, notes = lifted(replace(packages["zh"], tables=tuple(tables)))
    assert not notes and not unparsed(moved)
    assert told(moved) == written("zh")


# ---- what is refused ------------------------------------------------------------------------------------------------


def wrong(column: Column) -> str | None:
    """An entry that this column must refuse, or None where it takes any word."""
    prop = TERMS.properties.get(column.property)
    if prop is None:
        return word(str(SUB.Package), "zh")  # a class, but of nothing that a table lists
    if prop.range is None or str(PLAN.Plan) in TERMS.superclasses(prop.range):
        return None
    if not TERMS.is_code_class(prop.range):
        return "X-9" if targets(prop.range) else None
    known = {normal(word) for code in codes(prop.range) for word in names_of(code)}
    lists = sorted({p.range for p in TERMS.properties.values() if p.range and TERMS.is_code_class(p.range)})
    return next(label for cls in lists for c in codes(cls) if normal(label := word(c, "zh")) not in known)


def test_entries_that_stand_for_nothing_are_refused_with_a_reason(tmp_path: Path) -> None:
    """A link to a row that is not there, a class that is no kind of the rows, a code of another list."""
    grids, expected = {}, set()
    for kind in TERMS.tables:
        bad = Row(kind, 99, kind.rows_are)
        named = individual(kind, word(str(SUB.Package), "zh")) if is_known_by_kind(kind) else bad.iri("zh")
        cells: list[object] = []
        for column in kind.columns:
            text = None if kind.is_form and column.property == KIND else wrong(column)
            if text is not None:
                expected.add((named, column.property, text))
            given = said(ROWS[kind.iri][0], column, "zh")[0] if kind.is_form else bad.key if column.is_key else None
            cells.append(given if text is None else text)
        grids[kind.iri] = grid(kind, "zh", cells)
        if kind.is_form:
            del grids[kind.iri][1]
    facts, notes = lifted(write(tmp_path / "p", grids, "zh"))
    found = unparsed(facts)
    assert {(cell["subject"], cell["property"], cell["text"]) for cell in found} == expected
    for cell in found:
        assert cell["reason"] and cell["reasonInEnglish"] and cell["reason"] != cell["reasonInEnglish"], cell
    assert [note for note in notes if "确认状态" not in note.text.zh] == []
