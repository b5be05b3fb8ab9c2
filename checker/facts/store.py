"""Facts in DuckDB: one relation per class and per property, with what the ontology entails already in them.

``cls(iri)`` is a table (s) of the members of a class: those stated, those of its subclasses, and those that a
definition makes members. ``prop(iri)`` is a view (s, o, v): o is the object's node or NULL, v the typed value or NULL;
it holds what is stated with the property, its subproperties and inverses, and what symmetry, transitivity, property
chains and owl:hasValue add. Relations are made when first asked for, so that nothing is entailed that no rule reads;
relations that need each other are tables, filled together until nothing is added. What is entailed and what is not:
docs/decisions/0007. This is the only module that imports duckdb.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import time
import weakref
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import numpy as np
import pyarrow as pa
from rdflib import Literal, URIRef
from rdflib.namespace import OWL, RDFS

from checker.errors import CannotFinish, Text
from checker.facts.columns import IN_PLAN, Facts, FactTable
from checker.facts.names import Names
from checker.facts.patterns import in_sql
from checker.facts.terms import Expr, Kind, as_term, encoded, quoted
from checker.vocabulary import (
    SUB,
    TYPE,
    All,
    AnyOf,
    Beyond,
    Expression,
    Has,
    Named,
    OneOf,
    Some,
    Texts,
    Vocabulary,
    closure,
    conjuncts,
    local_name,
)

_IN_TABLE = str(SUB.inTable)
_BASE = "https://w3id.org/plancheck/"
_ANYTHING = {str(OWL.Thing), str(RDFS.Literal)}

Key = tuple[str, str]  # ("class" or "property", IRI) or ("star", IRIs): what a relation is about
STATEMENTS: Key = ("statements", "")  # the relation (s, p, term) of all statements
MOST_ROWS = 2_000_000  # of an answer to a rule: two for every object of the largest plans; each becomes Python objects
_MANY = 50_000  # rows, from which a relation is read where it stands
_MOST_RUNS = 100  # in a condition
_AGAIN = 0.2  # seconds between interruptions


@dataclass(frozen=True)
class _Cell:
    """Where the subjects and the values of statements stand: a table and two of its columns, or the same value in each row."""

    relation: str
    subject: str
    value: str
    is_constant: bool = False


@dataclass(frozen=True)
class _Part:
    """A SELECT that adds to a relation: the relations that it reads, and those without which it yields nothing.

    ``span``: the first and the last node of which it says something, where it gives each row once, straight from a column.
    ``cell``: where subject and value stand, if they are columns of something.
    """

    sql: str
    reads: frozenset[Key] = frozenset()
    needs: frozenset[Key] = frozenset()
    span: tuple[int, int] | None = None
    cell: _Cell | None = None


@dataclass(frozen=True)
class _Sheet:
    """Tables of the facts that are asked as one: of one class, with the same columns."""

    tables: tuple[FactTable, ...]

    @property
    def cls(self) -> str:
        return self.tables[0].cls

    @property
    def columns(self) -> list[str]:
        """The properties of c0, c1 …"""
        return list(self.tables[0].columns)

    @cached_property
    def ids(self) -> pa.Array:
        return _joined_up([table.ids for table in self.tables])

    @cached_property
    def span(self) -> tuple[int, int] | None:
        return _span(self.ids)

    def node(self, name: str) -> tuple[str, bool]:
        """Where the ``plan`` or ``table`` of a row stands, and whether that is the same for all."""
        return (f"{getattr(self.tables[0], name)}::BIGINT", True) if len(self.tables) == 1 else (f"of_{name}", False)

    def rows(self) -> pa.Table:
        """All rows: a column id, c0, c1 … for the columns, and of_plan and of_table where they are of several tables."""
        columns = {f"c{j}": _joined_up([t.columns[prop] for t in self.tables]) for j, prop in enumerate(self.columns)}
        for name in ("plan", "table") if len(self.tables) > 1 else ():
            of = [node for table in self.tables for node in [getattr(table, name)] * len(table.ids)]
            columns[f"of_{name}"] = pa.array(of, pa.int64())
        return pa.table({"id": self.ids} | columns)


def relation_name(key: Key) -> str:
    """The name of a relation in SQL, the same in every run: kind, and the end of an IRI, with a hash for foreign ones."""
    kind, iri = key
    if kind == "star":
        words = "_".join(re.sub(r"\W", "_", local_name(part)) for part in iri.split())
        return f"j_{words}_{hashlib.sha256(iri.encode()).hexdigest()[:8]}"
    stem = re.sub(r"\W", "_", "_".join(re.split(r"[/#]", iri)[-2:]))
    if iri and not iri.startswith(_BASE):
        stem += f"_{hashlib.sha256(iri.encode()).hexdigest()[:8]}"
    return f"{kind[0]}_{stem}"


def star_of(props: Sequence[str]) -> Key:
    """The relation (s, o0, v0, o1, v1 …) of what has several properties at once: each combination of their values."""
    return "star", " ".join(props)


@cache  # a forked process has its own, and must not close the one of its parent
def _database(_: int) -> duckdb.DuckDBPyConnection:
    """The one database of a process, by its id: to open one costs more than most queries.

    What does not fit into memory goes to a folder of its own, which is gone when the process is. Joins are made in the
    order in which they are written, from the focus nodes on: DuckDB knows too little of relations over Arrow to order
    them, and took minutes where one property has few values, such as the kinds of a hundred thousand projects.
    """
    aside = Path(tempfile.gettempdir()) / f"plancheck-{uuid4().hex}"
    return duckdb.connect(config={"temp_directory": str(aside), "disabled_optimizers": "join_order"})


class _Watch:
    """A thread that interrupts what has run longer than it may."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: dict[object, tuple[float, duckdb.DuckDBPyConnection]] = {}
        self._wakes = float("inf")
        threading.Thread(target=self._run, daemon=True).start()

    @contextmanager
    def until(self, deadline: float, db: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Has queries of a connection interrupted after a deadline (time.monotonic) until the block ends."""
        key = object()
        with self._changed:
            self._running[key] = deadline, db
            if deadline < self._wakes:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._running[key]

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline, db in self._running.values():
                    if deadline <= now:
                        db.interrupt()
                # Time and again: between two queries there is nothing to interrupt.
                self._wakes = min(
                    (max(until, now + _AGAIN) for until, _ in self._running.values()), default=float("inf")
                )
                self._changed.wait(self._wakes - now if self._running else None)


@cache  # a forked process has no thread of its parent
def _watch(_: int) -> _Watch:
    """The one watch of a process, by its id: to start a thread for each rule takes longer than most rules."""
    return _Watch()


class TooManyRows(Exception):  # noqa: N818 - it names what was found
    """An answer of more than MOST_ROWS."""


class Store:
    """A plan set's facts, to be asked in SQL."""

    engine = f"DuckDB {duckdb.__version__}"

    def __init__(self, facts: Facts, vocabulary: Vocabulary) -> None:
        self.facts = facts
        self.vocabulary = vocabulary
        self._db = _database(os.getpid()).cursor()  # all that a store makes is temporary, so that no other sees it
        self._deadline = float("inf")
        self._made: set[Key] = set()
        self._more: dict[str, int] = {}  # IRIs that only queries and undeclared statements name -> their nodes
        self._arrows: dict[str, str] = {}
        self._parts: dict[Key, tuple[_Part, ...]] = {}
        self._spoken: dict[Key, bool] = {}
        self._undeclared = self._statements_aside()
        self._known = facts.names
        self._tabled = 0
        self._focus: pa.Array | None = None
        # To share little among threads takes longer than the work itself.
        self._is_little = sum(len(table.ids) for table in facts.tables) < _MANY
        self._db.execute("SET threads = 1" if self._is_little else "RESET threads")

    # ---- asking -----------------------------------------------------------------------------------------------------

    def query(self, sql: str) -> pa.Table:
        """The answer to a query over relations that cls() and prop() have named."""
        return self._db.sql(sql).to_arrow_table()

    def answer(self, sql: str, relations: Iterable[Key], nodes: Mapping[str, str], focus: pa.Array) -> pa.Table:
        """The answer to a compiled query.

        ``relations``: those it reads; ``nodes``: IRI -> the parameter that stands for its node; ``focus``: int64, the
        nodes of its table ``focus`` (this). Its table ``node`` (id) is there too, and iri(), the IRI of a node. Raises
        TooManyRows.
        """
        for key in sorted(relations):
            self._relation(key)
        given = {parameter: self.node(iri) for iri, parameter in nodes.items()}
        if "FROM node " in sql:
            self._make_nodes()
        if "iri(" in sql:
            assert self._tells_names
        if focus is not self._focus:
            self._db.register("given_focus", pa.table({"this": focus}))
            self._db.execute("CREATE OR REPLACE TEMP TABLE focus AS SELECT this FROM given_focus")
            self._focus = focus
        found = self._db.sql(f"SELECT * FROM ({sql}) LIMIT {MOST_ROWS + 1}", params=given).to_arrow_table()
        if len(found) > MOST_ROWS:
            raise TooManyRows(MOST_ROWS)
        return found

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Gives what is asked within the block so much time together. Raises TimeoutError when a query is still running then."""
        self._deadline = time.monotonic() + seconds
        try:
            with _watch(os.getpid()).until(self._deadline, self._db):
                yield
        except duckdb.InterruptException:
            raise TimeoutError from None
        finally:
            self._deadline = float("inf")

    @property
    def left(self) -> float:
        """The seconds that are left within ``limited``; inf elsewhere."""
        return max(0.0, self._deadline - time.monotonic())

    def node(self, iri: str) -> int:
        """The node with an IRI; a new one where the facts do not name it."""
        known = self.facts.named.get(iri)
        return self._more.setdefault(iri, len(self.facts.names) + len(self._more)) if known is None else known

    def iri(self, node: int) -> str:
        """The IRI of a node."""
        return self._names[node]

    def find(self, iris: Collection[str]) -> dict[str, int]:
        """The nodes of those IRIs that the facts name."""
        named = self.facts.named
        found = {iri: named[iri] for iri in iris if iri in named}
        return found | self._names.find(set(iris) - found.keys())

    def iris(self, nodes: pa.Array) -> list[str]:
        """The IRIs of nodes; None for null."""
        found: list[str] = self._names.take(nodes).to_pylist()
        return found

    @property
    def _names(self) -> Names:
        """The IRIs of all nodes, with those that were named since."""
        if len(self._known) != len(self.facts.names) + len(self._more):
            self._known = Names([*self.facts.names.parts, pa.array(list(self._more), pa.string())])
        return self._known

    def _make_nodes(self) -> None:
        """The table node (id), with the nodes that were named since."""
        if self._tabled != len(self._names):
            self._tabled = len(self._names)
            self._db.register("node", pa.table({"id": np.arange(self._tabled)}))

    @cached_property
    def _tells_names(self) -> bool:
        """Makes the function iri, from a node to its IRI. All names as a table would take more room than the facts."""
        function = f"iri_{uuid4().hex}"  # functions are of the database, which other stores use too
        told = weakref.proxy(self)
        db: Any = self._db  # its releases keep the names of types in different modules, and all know them as text
        db.create_function(function, lambda nodes: told._names.take(nodes), ["BIGINT"], "VARCHAR", type="arrow")
        self._db.execute(f"CREATE TEMP MACRO iri(node) AS {function}(node)")
        weakref.finalize(self, self._db.remove_function, function)
        return True

    def column(self, sql: str) -> list[Any]:
        """The first column of an answer."""
        found: list[Any] = self.query(sql).column(0).to_pylist()
        return found

    def cls(self, iri: str) -> str:
        """The name of the relation (s) of a class's members, made if need be."""
        return self._relation(("class", iri))

    def says_nothing(self, iri: str) -> bool:
        """Whether a class or property can have no member or statement, known without asking: most have none."""
        return not self._speaks(("class" if self.vocabulary.is_class(iri) else "property", iri))

    def prop(self, iri: str) -> str:
        """The name of the relation (s, o, v) of a property, made if need be."""
        return self._relation(("property", iri))

    def memberships(self, classes: Sequence[str]) -> pa.Table:
        """All members of several classes at once: columns k (place of the class in ``classes``) and s."""
        parts = [f"SELECT {k} AS k, s FROM ({self._select(('class', cls))})" for k, cls in enumerate(classes)]
        return self.query(" UNION ALL ".join(parts) if parts else "SELECT 0 AS k, 0::BIGINT AS s WHERE false")

    def statements(self, properties: Sequence[str]) -> list[pa.Table]:
        """All statements with several properties at once: tables with columns k (place in ``properties``), s, o and v.

        One table for each type of v.
        """
        by_type: dict[str, list[str]] = {}
        for k, prop in enumerate(properties):
            part = f"SELECT {k} AS k, s, o, v FROM ({self._select(('property', prop))})"
            by_type.setdefault(self.sql_type(prop), []).append(part)
        return [self.query(" UNION ALL ".join(parts)) for parts in by_type.values()]

    def is_reviewed(self, column: str) -> str:
        """The condition that a column of nodes is of the plan under review, the plan itself among them."""
        runs = self._reviewed
        if len(runs) <= _MOST_RUNS:
            return f"({' OR '.join(f'{column} BETWEEN {first} AND {last}' for first, last in runs)})"
        return f"{column} IN (SELECT s FROM {self.prop(IN_PLAN)} WHERE o = {self.facts.reviewed} UNION SELECT {self.facts.reviewed})"

    @cached_property
    def _reviewed(self) -> list[tuple[int, int]]:
        """The individuals of the plan under review as runs of nodes, first and last: the rows of a table follow each other."""
        plan = self.facts.reviewed
        rows = self.query(f"SELECT s FROM {self.prop(IN_PLAN)} WHERE o = {plan}").column(0).to_numpy()
        nodes = np.sort(np.append(rows, plan), kind="stable")  # nearly sorted
        breaks = np.flatnonzero(np.diff(nodes) > 1)
        firsts, lasts = nodes[np.append(0, breaks + 1)], nodes[np.append(breaks, len(nodes) - 1)]
        return list(zip(firsts.tolist(), lasts.tolist(), strict=True))

    # ---- making -----------------------------------------------------------------------------------------------------

    def _relation(self, key: Key) -> str:
        """The name of a relation, made if need be with all that it reads."""
        if key == STATEMENTS and key not in self._made:
            self._db.execute(f"CREATE TEMP VIEW {relation_name(key)} AS {self._all_statements()}")
            self._made.add(key)
        if key[0] == "star" and key not in self._made:
            kind, sql = self._star(key[1].split())
            self._db.execute(f"CREATE TEMP {kind} {relation_name(key)} AS {sql}")
            self._made.add(key)
        if key not in self._made:
            circle = self._circle(key)
            for read in sorted(self._reads({key} | circle) - circle):
                self._relation(read)
            if circle:
                self._fill(circle)
            else:
                parts = self._alive(key)
                kind = "VIEW" if parts and _are_apart(parts) and _are_many(parts) else "TABLE"
                self._db.execute(f"CREATE TEMP {kind} {relation_name(key)} AS {self._union(key, parts)}")
            self._made |= circle | {key}
        return relation_name(key)

    def _star(self, props: Sequence[str]) -> tuple[str, str]:
        """What has several properties, read from each row at once where they are columns of one table: VIEW or TABLE, and SQL."""
        keys: list[Key] = [("property", prop) for prop in props]
        every = [self._alive(key) for key in keys]
        is_large = any(map(_are_many, every))
        if is_large and all(_are_apart(parts) and all(part.cell for part in parts) for parts in every):
            rows = [self._row(props, [part.cell for part in parts if part.cell]) for parts in _meeting(every)]
        else:
            pairs = [f"{self._relation(key)} x{i}" for i, key in enumerate(keys)]
            joined = "".join(f" JOIN {pair} ON x{i}.s = x0.s" for i, pair in enumerate(pairs) if i)
            columns = ", ".join(f"x{i}.o AS o{i}, x{i}.v AS v{i}" for i in range(len(props)))
            rows = [f"SELECT x0.s, {columns} FROM {pairs[0]}{joined}"]
        nothing = ", ".join(
            f"NULL::BIGINT AS o{i}, NULL::{self.sql_type(prop)} AS v{i}" for i, prop in enumerate(props)
        )
        return "VIEW" if is_large else "TABLE", " UNION ALL ".join(
            rows
        ) or f"SELECT NULL::BIGINT AS s, {nothing} WHERE false"

    def _row(self, props: Sequence[str], cells: Sequence[_Cell]) -> str:
        """A SELECT of the values of several properties, each of which stands once for a subject; ``cells``: where."""
        sources = list(dict.fromkeys((cell.relation, cell.subject) for cell in cells))
        tables = [f"{relation} x{i}" for i, (relation, _) in enumerate(sources)]
        subjects = [f"x{i}.{subject}" for i, (_, subject) in enumerate(sources)]
        joined = "".join(f" JOIN {tables[i]} ON {subjects[i]} = {subjects[0]}" for i in range(1, len(sources)))
        columns, filled = [], []
        for i, (prop, cell) in enumerate(zip(props, cells, strict=True)):
            place = f"x{sources.index((cell.relation, cell.subject))}."
            value = cell.value if cell.is_constant else place + cell.value
            kind = self.sql_type(prop)
            o, v = ("NULL", value) if self.is_data(prop) else (value, "NULL")
            columns.append(f"{o}::BIGINT AS o{i}, {v}::{kind} AS v{i}")
            filled += [] if cell.is_constant else [f"{value} IS NOT NULL"]
        where = f" WHERE {' AND '.join(filled)}" if filled else ""
        return f"SELECT {subjects[0]} AS s, {', '.join(columns)} FROM {tables[0]}{joined}{where}"

    def _select(self, key: Key) -> str:
        """The SQL of a relation in full, without making the relation itself unless it takes part in a circle."""
        if key in self._made or self._circle(key):
            return f"SELECT * FROM {self._relation(key)}"
        for read in sorted(self._reads({key})):
            self._relation(read)
        return self._union(key, self._alive(key))

    def _circle(self, key: Key) -> frozenset[Key]:
        """The relations, itself among them, that a relation reads and that read it, directly or not; mostly none."""

        def reached(start: Key) -> frozenset[Key]:
            return closure(self._reads({start}), lambda k: self._reads({k}))

        after = reached(key)
        return frozenset(k for k in after if key in reached(k)) if key in after else frozenset()

    def _reads(self, keys: Iterable[Key]) -> set[Key]:
        """The relations that some relations read and that are not made yet."""
        return {read for key in keys for part in self._alive(key) for read in part.reads} - self._made

    def _fill(self, circle: Collection[Key]) -> None:
        """Makes relations that read each other: each grows by what the others hold, until none does (0007)."""
        again = []
        for key in sorted(circle):
            name = relation_name(key)
            inner = [part for part in self._alive(key) if not part.reads.isdisjoint(circle)]
            outer = [part for part in self._alive(key) if part.reads.isdisjoint(circle)]
            self._db.execute(f"CREATE TEMP TABLE {name} AS {self._union(key, outer)}")
            again.append(f"INSERT INTO {name} SELECT * FROM ({self._union(key, inner)}) EXCEPT SELECT * FROM {name}")
        while any(self._db.execute(sql).fetchone() != (0,) for sql in again):
            pass

    def _union(self, key: Key, parts: Sequence[_Part]) -> str:
        """SQL for the distinct rows of some parts of a relation, or for none."""
        columns = "s" if key[0] == "class" else "s, o, v"
        if not parts:
            more = "" if key[0] == "class" else f", NULL::BIGINT AS o, NULL::{self.sql_type(key[1])} AS v"
            return f"SELECT NULL::BIGINT AS s{more} WHERE false"
        rows = " UNION ALL ".join(part.sql for part in parts)
        return rows if _are_apart(parts) else f"SELECT DISTINCT {columns} FROM ({rows})"

    # ---- what adds to a relation ------------------------------------------------------------------------------------

    def _alive(self, key: Key) -> list[_Part]:
        """The parts of a relation that can yield rows."""
        return [part for part in self._all_parts(key) if all(self._speaks(need) for need in part.needs)]

    def _speaks(self, key: Key) -> bool:
        """Whether a relation can have rows: some part of it needs only relations that can."""
        if key not in self._spoken:
            open_ = closure([key], lambda k: {n for p in self._all_parts(k) for n in p.needs if n not in self._spoken})
            speaking: set[Key] = set()
            grown = True
            while grown:
                found = {
                    k
                    for k in open_ - speaking
                    if any(all(n in speaking or self._spoken.get(n) for n in p.needs) for p in self._all_parts(k))
                }
                speaking |= found
                grown = bool(found)
            self._spoken |= {k: k in speaking for k in open_}
        return self._spoken[key]

    def _all_parts(self, key: Key) -> tuple[_Part, ...]:
        if key not in self._parts:
            kind, iri = key
            self._parts[key] = tuple(self._class_parts(iri) if kind == "class" else self._property_parts(iri))
        return self._parts[key]

    def _statements_aside(self) -> dict[str, pa.Table]:
        """Undeclared property -> its statements: s, and v as a term."""
        rows: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for s, p, o in self.facts.odd:
            rows[p].append((self.node(s), encoded(o if isinstance(o, Literal) else self.node(str(o)))))
        return {p: pa.table({"s": [s for s, _ in pairs], "v": [v for _, v in pairs]}) for p, pairs in rows.items()}

    def _all_statements(self) -> str:
        """A SELECT of every statement: subject, predicate, and object as a term."""
        vocabulary = self.vocabulary
        properties = sorted({*vocabulary.properties, *self._undeclared, TYPE})
        parts = []
        for prop in properties:
            if self._speaks(("property", prop)):
                kind = self._kind(prop)
                term = as_term(Expr("o" if kind is Kind.NODE else "v", kind))
                parts.append(f"SELECT s, {self.node(prop)}::BIGINT AS p, {term} AS term FROM {self.prop(prop)}")
        return " UNION ".join(parts) or "SELECT 0::BIGINT AS s, 0::BIGINT AS p, '' AS term WHERE false"

    def _class_parts(self, iri: str, given: Has | None = None) -> Iterator[_Part]:
        """What makes members of a class. ``given``: a value whose bearers need not be among them.

        A definition with a conjunct below the class adds nothing to it: whoever it makes a member is one already.
        """
        below = self.vocabulary.subclasses(iri)
        known = {given, *(Named(c) for c in below)}
        for i, sheet in enumerate(self._sheets):
            if sheet.cls in below:
                yield _Part(f"SELECT id AS s FROM {self._wide(i)}", span=sheet.span)
        undeclared = [self.node(s) for s, p, o in self.facts.odd if p == TYPE and str(o) in below]
        if undeclared:
            yield _Part(f"SELECT unnest({undeclared}::BIGINT[]) AS s")
        for cls in sorted(below):
            nodes = self.facts.types.get(cls)
            if nodes is not None:
                typed = self._arrow(f"types {cls}", pa.table({"s": nodes}))
                yield _Part(f"SELECT s FROM {typed}", span=_span(nodes))
            if cls in self.vocabulary.classes:
                for definition in self.vocabulary.classes[cls].definitions:
                    if known.isdisjoint(conjuncts(definition)):
                        yield self._expression(definition, cls)

    def _expression(self, e: Expression, of: str) -> _Part:
        """The individuals (s) of a class expression in the definition of a class."""
        match e:
            case Named(iri):
                return self._reading(("class", iri))
            case All(parts):
                inner = [self._expression(part, of) for part in parts]
                return _joined("INTERSECT", inner, frozenset.union)
            case AnyOf(parts):
                inner = [self._expression(part, of) for part in parts]
                return _joined("UNION", inner, frozenset.intersection)
            case OneOf(individuals):
                nodes = [self.facts.named[i] for i in individuals if i in self.facts.named]
                return _Part(f"SELECT unnest({nodes}::BIGINT[]) AS s")
            case Some(prop, Named(iri)) if iri in _ANYTHING or (local_name(iri) == self._datatype(prop)):
                return self._reading(("property", prop))
            case Some(prop, Texts(pattern)) if self._datatype(prop) == "string":
                return self._reading(("property", prop), f"regexp_full_match(v, {quoted(self._taken(pattern, of))})")
            case Some(prop, filler) if not self.is_data(prop):
                values = self._expression(filler, of)
                found = self._reading(("property", prop), f"o IN (SELECT s FROM ({values.sql}))")
                return _Part(found.sql, found.reads | values.reads, found.needs | values.needs)
            case Has(prop, value, True):
                return self._reading(("property", prop), f"o = {self.facts.named.get(str(value), -1)}")
            case Has(prop):
                return self._reading(("property", prop), f"v = {self._literal(e)}")
            case Beyond(form):
                raise _uncomputed(form, of)
            case Texts():
                raise _uncomputed("owl:onDatatype", of)
            case Some():
                raise _uncomputed("owl:someValuesFrom", of)

    def _taken(self, pattern: str, of: str) -> str:
        """A pattern in the dialect of SQL. Raises CannotFinish for one that is not taken, or that is too large."""
        found = in_sql(pattern)
        if found is not None:
            with suppress(duckdb.Error):
                self.query(f"SELECT regexp_full_match('', {quoted(found)})")
                return found
        raise _uncomputed(f"xsd:pattern {pattern}", of)

    def _property_parts(self, iri: str) -> Iterator[_Part]:
        kind = self.sql_type(iri)
        if iri == TYPE:
            yield from self._types()
        elif iri in self._undeclared:
            statements = self._arrow(f"undeclared {iri}", self._undeclared[iri])
            of_nodes = self._kind(iri) is Kind.NODE
            columns = "substr(v, 2)::BIGINT AS o, NULL AS v" if of_nodes else "NULL::BIGINT AS o, v"
            yield _Part(f"SELECT s, {columns} FROM {statements}{' WHERE v LIKE ' + quoted('#%') if of_nodes else ''}")
        for prop, flipped in self._sources(iri):
            yield from self._stated(prop, flipped, iri)
            s, o = ("o", "s") if flipped else ("s", "o")
            known = self.vocabulary.properties.get(prop)
            chains = [*known.chains, *([(prop, prop)] if known.transitive else [])] if known else []
            for chain in chains:
                yield self._chain(chain, f"{s} AS s, {o} AS o, NULL::{kind} AS v")
            for cls, has in self._valued.get(prop, ()):
                for part in self._class_parts(cls, given=has):
                    yield from self._implied(has, part, f"{s} AS s, {o} AS o, v::{kind} AS v")

    def _types(self) -> Iterator[_Part]:
        """The classes of individuals, as statements with rdf:type."""
        undeclared = {str(o) for _, p, o in self.facts.odd if p == TYPE}
        for cls in sorted({*self.vocabulary.classes, *self.facts.types, *undeclared}):
            key = ("class", cls)
            columns = f"s, {self.node(cls)}::BIGINT AS o, NULL::VARCHAR AS v"
            yield _Part(f"SELECT {columns} FROM {relation_name(key)}", frozenset([key]), frozenset([key]))

    @cached_property
    def _valued(self) -> dict[str, list[tuple[str, Has]]]:
        """Property -> the classes whose members all have a value of it."""
        found = defaultdict(list)
        for cls in self.vocabulary.classes.values():
            for has in cls.values:
                found[has.property].append((cls.iri, has))
        return found

    def _implied(self, has: Has, members: _Part, columns: str) -> Iterator[_Part]:
        """The value that members of a class have by owl:hasValue; none of an individual that nothing else speaks of."""
        kind = self.sql_type(has.property)
        node = self.facts.named.get(str(has.value)) if has.is_iri else "NULL"
        if node is not None:
            value = "NULL" if has.is_iri else self._literal(has)
            pairs = f"SELECT s, {node}::BIGINT AS o, {value}::{kind} AS v FROM ({members.sql})"
            yield _Part(f"SELECT {columns} FROM ({pairs})", members.reads, members.needs)

    @cached_property
    def _narrower(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for prop in self.vocabulary.properties.values():
            for parent in prop.parents:
                found[parent].append(prop.iri)
        return found

    def _sources(self, iri: str) -> list[tuple[str, bool]]:
        """The properties whose statements are statements of this one, and whether with s and o exchanged."""

        def step(source: tuple[str, bool]) -> Iterator[tuple[str, bool]]:
            prop, flipped = source
            yield from ((narrower, flipped) for narrower in self._narrower.get(prop, ()))
            if known := self.vocabulary.properties.get(prop):
                yield from ((inverse, not flipped) for inverse in known.inverses)
                if known.symmetric:
                    yield prop, not flipped

        return sorted(closure([(iri, False)], step))

    def _stated(self, prop: str, flipped: bool, wanted: str) -> Iterator[_Part]:
        """SELECTs of what tables, links, values and the ontology state with one property."""
        kind = self.sql_type(wanted)
        is_data = self.is_data(wanted)
        s, o = ("o", "s") if flipped else ("s", "o")
        pairs: list[tuple[_Cell, tuple[int, int] | None]] = []
        for i, sheet in enumerate(self._sheets):
            if prop == IN_PLAN:
                pairs.append((_Cell(self._wide(i), "id", *sheet.node("plan")), sheet.span))
            elif prop == _IN_TABLE and any(table.table is not None for table in sheet.tables):
                pairs.append((_Cell(self._wide(i), "id", *sheet.node("table")), sheet.span))
            elif prop in sheet.columns:
                pairs.append((_Cell(self._wide(i), "id", f"c{sheet.columns.index(prop)}"), sheet.span))
        if prop in self.facts.links:
            links = self.facts.links[prop]
            pairs.append((_Cell(self._arrow(f"links {prop}", links), "s", "o"), _span(links["s"])))
        if prop in self.facts.values:
            values = self.facts.values[prop]
            pairs.append((_Cell(self._arrow(f"values {prop}", values), "s", "v"), _span(values["s"])))
        said = self._said_by_ontology(prop)
        if said is not None:
            pairs.append((_Cell(self._arrow(f"said {prop}", said), "s", "o"), None))
        shown = f"s, NULL::BIGINT AS o, o::{kind} AS v" if is_data else f"{s} AS s, {o} AS o, NULL::{kind} AS v"
        for cell, span in pairs:
            filled = "" if cell.is_constant else f" WHERE {cell.value} IS NOT NULL"
            pair = f"SELECT {cell.subject} AS s, {cell.value} AS o FROM {cell.relation}{filled}"
            part = f"SELECT {shown} FROM ({pair})"
            # Of an inverse the nodes are the objects: its rows can be those of a part that says the same from the other side.
            yield _Part(part) if flipped else _Part(part, span=span, cell=cell)

    @cached_property
    def _sheets(self) -> list[_Sheet]:
        """The facts' tables. Of little, those that are alike are one: of many plans there are hundreds, and each takes time."""
        alike: dict[object, list[FactTable]] = {}
        for i, table in enumerate(self.facts.tables):
            types = tuple((prop, str(column.type)) for prop, column in table.columns.items())
            alike.setdefault((table.cls, types) if self._is_little else i, []).append(table)
        return [_Sheet(tuple(tables)) for tables in alike.values()]

    def _said_by_ontology(self, prop: str) -> pa.Table | None:
        """What the ontology states with a property of the individuals it describes itself (codes).

        What it says of them counts whether or not the package names it too.
        """
        named = self.facts.named
        is_data = self.is_data(prop)
        pairs = [
            (named[s], str(o) if is_data else self.node(str(o)))
            for s, o in self.vocabulary.said_of_codes(prop)
            if s in named and isinstance(o, Literal if is_data else URIRef)
        ]
        if not pairs:
            return None
        kind = pa.string() if is_data else pa.int64()
        return pa.table({"s": pa.array([s for s, _ in pairs], pa.int64()), "o": pa.array([o for _, o in pairs], kind)})

    def _chain(self, chain: Sequence[str], columns: str) -> _Part:
        """The pairs that a chain of properties joins."""
        keys = [("property", prop) for prop in chain]
        joins = "".join(f" JOIN {relation_name(key)} AS j{i} ON j{i - 1}.o = j{i}.s" for i, key in enumerate(keys) if i)
        pairs = f"SELECT j0.s AS s, j{len(keys) - 1}.o AS o FROM {relation_name(keys[0])} AS j0{joins}"
        return _Part(f"SELECT {columns} FROM ({pairs})", frozenset(keys), frozenset(keys))

    def _reading(self, key: Key, where: str = "true") -> _Part:
        """The subjects of a relation."""
        return _Part(f"SELECT DISTINCT s FROM {relation_name(key)} WHERE {where}", frozenset([key]), frozenset([key]))

    def _literal(self, has: Has) -> str:
        text = str(has.value).lower() if isinstance(has.value, bool) else str(has.value)
        return f"{quoted(text)}::{self.sql_type(has.property)}"

    def is_data(self, prop: str) -> bool:
        return self._datatype(prop) is not None

    def sql_type(self, prop: str) -> str:
        """The SQL type of a property's values, of the column v."""
        kind = self._kind(prop)
        return Kind.STRING.sql if kind is Kind.NODE else kind.sql

    def _kind(self, prop: str) -> Kind:
        """What a property's values are kept as."""
        return Kind.of(self.vocabulary.values_of(prop))

    def _datatype(self, prop: str) -> str | None:
        known = self.vocabulary.properties.get(prop)
        return known.datatype if known else None

    def _wide(self, i: int) -> str:
        """The name under which the rows of a sheet can be asked."""
        what = f"table {i}"
        return self._arrows.get(what) or self._arrow(what, self._sheets[i].rows())

    def _arrow(self, what: str, table: pa.Table) -> str:
        """The name under which a table can be asked, registered once."""
        if what not in self._arrows:
            self._arrows[what] = f"a{len(self._arrows)}"
            self._db.register(self._arrows[what], table)
        return self._arrows[what]

    # ---- names for people -------------------------------------------------------------------------------------------

    def names_of(self, nodes: Iterable[int], properties: Sequence[str]) -> dict[int, str]:
        """For each of some nodes, the first value it has with the first of these data properties that it has."""
        self._db.register("asked", pa.table({"s": pa.array(nodes, pa.int64())}))
        found: dict[int, str] = {}
        for prop in properties:
            named = self.query(f"SELECT s, min(v) AS v FROM {self.prop(prop)} JOIN asked USING (s) GROUP BY s")
            for node, name in zip(named["s"].to_pylist(), named["v"].to_pylist(), strict=True):
                found.setdefault(node, str(name))
        return found


def _joined_up(arrays: Sequence[pa.Array]) -> pa.Array:
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)  # which copies


def _span(nodes: pa.Array | pa.ChunkedArray) -> tuple[int, int] | None:
    """The first and the last of some nodes where they rise, so that each is there once."""
    ids = nodes.to_numpy()
    return (int(ids[0]), int(ids[-1])) if len(ids) and bool((np.diff(ids) > 0).all()) else None


def _are_apart(parts: Sequence[_Part]) -> bool:
    """Whether no row of one part can be a row of another: an individual may stand in two tables."""
    spans = sorted(part.span for part in parts if part.span is not None)
    return len(spans) == len(parts) and all(before[1] < after[0] for before, after in pairwise(spans))


def _are_many(parts: Sequence[_Part]) -> bool:
    """Whether parts say so much that a table of it would be large; of little a table is made once, and quickly read."""
    return sum(part.span[1] - part.span[0] for part in parts if part.span) > _MANY


def _meeting(every: Sequence[Sequence[_Part]]) -> Iterator[tuple[_Part, ...]]:
    """The combinations of one part from each of several lists that can be about the same nodes; the parts of a list are apart."""
    first, *others = (sorted((part.span, i) for i, part in enumerate(parts) if part.span) for parts in every)
    for span, start in first:
        found: list[tuple[tuple[int, int], tuple[int, ...]]] = [(span, (start,))]
        for other in others:
            firsts, lasts = [s[0] for s, _ in other], [s[1] for s, _ in other]
            found = [
                ((max(low, s[0]), min(high, s[1])), (*places, i))
                for (low, high), places in found
                for s, i in other[bisect_left(lasts, low) : bisect_right(firsts, high)]
            ]
        yield from (tuple(parts[i] for parts, i in zip(every, places, strict=True)) for _, places in found)


def _joined(word: str, parts: Sequence[_Part], both: Callable[..., frozenset[Key]]) -> _Part:
    sql = f" {word} ".join(f"(SELECT s FROM ({part.sql}))" for part in parts)
    return _Part(sql, frozenset[Key]().union(*(p.reads for p in parts)), both(*(p.needs for p in parts)))


def _uncomputed(form: str, cls: str) -> CannotFinish:
    return CannotFinish(
        Text(
            f"类定义的形式（{form}）在核查时无法计算。",
            f"Definitions of this form ({form}) are not computed at check time.",
        ),
        cls,
        Text(
            "请改用交集、并集、枚举、someValuesFrom（也可限文本的 xsd:pattern）或 hasValue 定义；否则规则中不要使用依赖它的类和属性。",
            "Define it by intersection, union, enumeration, someValuesFrom (also of texts with an xsd:pattern) or hasValue, or keep what depends on it out of rules.",
        ),
    )
