"""The columns that facts are kept in.

A node is an integer: its place in ``Facts.names``, which tells its IRI. A source table gives one wide table of typed
columns; properties with several values give link tables (s, o) and value tables (s, v).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from rdflib import Literal, URIRef

from checker.facts.names import Derived, Names
from checker.model import Place
from checker.vocabulary import SUB, Vocabulary

UNPARSED = str(SUB.Unparsed)
IN_PLAN = str(SUB.inPlan)
COORDINATED = str(SUB.CoordinatedPlan)


Statement = tuple[str, str, Literal | URIRef]


@dataclass(frozen=True, eq=False)
class FactTable:
    """The individuals that one sheet or layer describes.

    ``ids``: int64 node per row. ``rows``: int32 row or feature number in the source, null where there is none.
    ``columns``: property IRI -> typed Arrow array as long as ``ids``; int64 nodes for object properties, null where
    the cell is empty or could not be read. ``headings``: property IRI -> the heading as the source writes it.
    ``geometry``: WKB per row, in the coordinates of ``crs``. ``plan`` and ``table``: nodes of the plan and of the
    sub:SuppliedTable that the rows stand in.
    """

    cls: str
    plan: int
    table: int | None
    place: Place
    ids: pa.Array
    rows: pa.Array
    columns: Mapping[str, pa.Array]
    headings: Mapping[str, str] = field(default_factory=dict)
    geometry: pa.Array | None = None
    crs: str | None = None


@dataclass(frozen=True)
class Facts:
    """All that is known of a plan set. Links, values and types add to what the tables say.

    ``odd``: statements whose property or class the ontology does not declare, as they were given. ``references``: kind of
    plan -> the one that was given to compare with; ``beside``: the plans that the one under review is coordinated with.
    """

    names: Names
    named: Mapping[str, int]
    tables: tuple[FactTable, ...]
    links: Mapping[str, pa.Table]
    values: Mapping[str, pa.Table]
    types: Mapping[str, pa.Array]
    odd: tuple[Statement, ...]
    reviewed: int
    references: Mapping[str, int]
    beside: tuple[int, ...] = ()

    def others(self, kind: str) -> tuple[int, ...]:
        """The plans to compare with that are of a kind (IRI), or that are coordinated with the plan under review."""
        if kind == COORDINATED:
            return self.beside
        return (self.references[kind],) if kind in self.references else ()

    def iri(self, node: int) -> str:
        return self.names[node]

    def of_plan(self, prop: str) -> object | None:
        """What the plan under review says of itself with a single-valued data property, or None."""
        node = pa.scalar(self.reviewed, pa.int64())
        for table in self.tables:
            if prop in table.columns and table.plan == self.reviewed and table.ids[0] == node:
                found: object = table.columns[prop][0].as_py()
                return found
        for row in self.values[prop].to_pylist() if prop in self.values else ():
            if row["s"] == self.reviewed:
                said: object = row["v"]
                return said
        return None

    @cached_property
    def _starts(self) -> list[tuple[int, int, FactTable]]:
        return [(t.ids[0].as_py(), t.ids[-1].as_py(), t) for t in self.tables if len(t.ids)]

    def place_of(self, node: int) -> tuple[FactTable, int] | None:
        """The table and row index in which a node is described, or None for one that no row describes."""
        for first, last, table in self._starts:
            if first <= node <= last:
                return table, node - first
        return None


class Builder:
    """Collects facts; ``facts()`` gives what was collected. Row nodes of a table are consecutive."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._names: list[pa.Array | Derived] = []
        self._count = 0
        self._fresh: list[str] = []
        self.named: dict[str, int] = {}
        self.tables: list[FactTable] = []
        self._links: dict[str, list[pa.Table]] = {}
        self._values: dict[str, list[pa.Table]] = {}
        self._types: dict[str, list[pa.Array]] = {}
        self.odd: list[Statement] = []
        self.reviewed = -1
        self.references: dict[str, int] = {}
        self.beside: list[int] = []

    @classmethod
    def with_codes(cls, vocabulary: Vocabulary) -> Builder:
        """A builder that already knows the individuals that the ontology itself describes."""
        builder = cls(vocabulary)
        of_kind: dict[str, list[int]] = {}
        for individual, kind in vocabulary.named_individuals:
            of_kind.setdefault(kind, []).append(builder.node(individual))
        for kind, nodes in of_kind.items():
            builder.type(kind, nodes)
        return builder

    @classmethod
    def resume(cls, vocabulary: Vocabulary, facts: Facts) -> Builder:
        """A builder that goes on from facts."""
        builder = cls(vocabulary)
        builder._names = list(facts.names.parts)
        builder._count = len(facts.names)
        builder.named = dict(facts.named)
        builder.tables = list(facts.tables)
        builder._links = {p: [t] for p, t in facts.links.items()}
        builder._values = {p: [t] for p, t in facts.values.items()}
        builder._types = {c: [a] for c, a in facts.types.items()}
        builder.odd = list(facts.odd)
        builder.reviewed = facts.reviewed
        builder.references = dict(facts.references)
        builder.beside = list(facts.beside)
        return builder

    def node(self, iri: str) -> int:
        """The node with this name."""
        known = self.named.get(iri)
        if known is None:
            known = self.named[iri] = self._count
            self._fresh.append(iri)
            self._count += 1
        return known

    def known(self, iris: Collection[str]) -> set[str]:
        """Those of some IRIs that name a node already, be it a row of a table."""
        return Names(self._names).find(set(iris)).keys() | (set(iris) & self.named.keys())

    def rows(self, iris: pa.Array | Derived) -> pa.Array:
        """Consecutive new nodes for the rows of a table; the IRIs must be new and distinct."""
        self._flush()
        start = self._count
        self._names.append(iris.cast(pa.string()) if isinstance(iris, pa.Array) else iris)
        self._count += len(iris)
        return pa.array(np.arange(start, self._count))

    def add(self, table: FactTable) -> None:
        self.tables.append(table)

    def link(self, prop: str, subjects: pa.Array | Iterable[int], objects: pa.Array | Iterable[int]) -> None:
        """States prop(s, o) for each pair."""
        self._links.setdefault(prop, []).append(_pairs(subjects, objects, pa.int64(), "o"))

    def value(self, prop: str, subjects: pa.Array | Iterable[int], values: pa.Array) -> None:
        """States prop(s, v) for each pair; ``values`` is typed."""
        self._values.setdefault(prop, []).append(_pairs(subjects, values, values.type, "v"))

    def said(self, prop: str) -> dict[int, list[object]]:
        """What was stated with a property so far: each subject with its values (nodes for an object property)."""
        found: dict[int, list[object]] = {}
        columns = [(t.ids, t.columns[prop]) for t in self.tables if prop in t.columns]
        parts = [(part["s"], part["v"]) for part in self._values.get(prop, ())]
        parts += [(part["s"], part["o"]) for part in self._links.get(prop, ())]
        for subjects, values in (*columns, *parts):
            for s, value in zip(subjects.to_pylist(), values.to_pylist(), strict=True):
                if value is not None:
                    found.setdefault(s, []).append(value)
        return found

    def rows_of(self, plan: int, cls: str) -> list[int]:
        """The rows of a plan's tables that are stated to be of a class or of one below it, in order."""
        below, above = self.vocabulary.subclasses(cls), self.vocabulary.superclasses(cls)
        typed = {node for c in below for part in self._types.get(c, ()) for node in part.to_pylist()}
        found = []
        for table in (t for t in self.tables if t.plan == plan and t.cls in below | above):
            found += [node for node in table.ids.to_pylist() if table.cls in below or node in typed]
        return found

    def type(self, cls: str, nodes: pa.Array | Iterable[int]) -> None:
        """States that the nodes are of a class."""
        found = nodes if isinstance(nodes, pa.Array) else pa.array(nodes, pa.int64())
        self._types.setdefault(cls, []).append(found)

    def facts(self) -> Facts:
        self._flush()
        return Facts(
            Names(self._names),
            dict(self.named),
            tuple(self.tables),
            {p: pa.concat_tables(parts) for p, parts in self._links.items()},
            {p: pa.concat_tables(parts) for p, parts in self._values.items()},
            {c: pa.concat_arrays(parts) for c, parts in self._types.items()},
            tuple(self.odd),
            self.reviewed,
            dict(self.references),
            tuple(self.beside),
        )

    def _flush(self) -> None:
        if self._fresh:
            self._names.append(pa.array(self._fresh, pa.string()))
            self._fresh = []


def _pairs(subjects: object, objects: object, kind: pa.DataType, name: str) -> pa.Table:
    s = subjects if isinstance(subjects, pa.Array) else pa.array(subjects, pa.int64())
    o = objects if isinstance(objects, pa.Array) else pa.array(objects, kind)
    return pa.table({"s": s, name: o})
