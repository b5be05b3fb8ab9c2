"""Facts in DuckDB: one relation per class and per property, with what the ontology entails already in them.

``cls(iri)`` is a table (s) of the members of a class: those stated, those of its subclasses, and those that a
definition (owl:equivalentClass) makes members. ``prop(iri)`` is a view (s, o, v): o is the object's node or NULL, v the
typed value or NULL; it holds what is stated with the property, its subproperties and inverses, and what symmetry,
transitivity and property chains add. Relations are made when first asked for, so that nothing is entailed that no rule
reads. This is the only module that imports duckdb.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa
from rdflib import Literal, URIRef

from checker.errors import CannotFinish, Text
from checker.facts.columns import IN_PLAN, Facts
from checker.vocabulary import SUB, All, Expression, Has, Named, Some, Vocabulary

_IN_TABLE = str(SUB.inTable)
_SQL_TYPES = {"decimal": "DECIMAL(38,6)", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE"}


class Store:
    """A plan set's facts, to be asked in SQL."""

    def __init__(self, facts: Facts, vocabulary: Vocabulary) -> None:
        self.facts = facts
        self.vocabulary = vocabulary
        self._db = duckdb.connect()
        self._made: dict[str, str] = {}
        self._making: list[str] = []
        self._names: dict[str, str] = {}
        for i, table in enumerate(facts.tables):
            wide = {"id": table.ids} | {f"c{j}": column for j, column in enumerate(table.columns.values())}
            self._db.register(f"t{i}", pa.table(wide))

    # ---- asking -----------------------------------------------------------------------------------------------------

    def query(self, sql: str) -> pa.Table:
        """The answer to a query over relations that cls() and prop() have named."""
        return self._db.sql(sql).to_arrow_table()

    def column(self, sql: str) -> list[Any]:
        """The first column of an answer."""
        found: list[Any] = self.query(sql).column(0).to_pylist()
        return found

    def cls(self, iri: str) -> str:
        """The name of the relation (s) of a class's members, made if need be."""
        return self._relation("c", iri, self._class_sql, "TABLE")

    def says_nothing(self, iri: str) -> bool:
        """Whether a class or property can have no member or statement, known without asking: most have none."""
        if iri in self.vocabulary.classes:
            below = self.vocabulary.subclasses(iri)
            return not (below & self._classes or any(self.vocabulary.classes[c].definitions for c in below))
        known = self.vocabulary.properties.get(iri)
        if known is not None and known.chains:
            return False
        return not any(p in self._properties or self._said_by_ontology(p) for p, _ in self._sources(iri))

    @cached_property
    def _classes(self) -> frozenset[str]:
        return frozenset(self.facts.types).union(table.cls for table in self.facts.tables)

    @cached_property
    def _properties(self) -> frozenset[str]:
        columns = {prop for table in self.facts.tables for prop in table.columns}
        return frozenset(columns | set(self.facts.links) | set(self.facts.values) | {IN_PLAN, _IN_TABLE})

    def prop(self, iri: str) -> str:
        """The name of the relation (s, o, v) of a property, made if need be."""
        return self._relation("p", iri, self._property_sql, "VIEW")

    def memberships(self, classes: Sequence[str]) -> pa.Table:
        """All members of several classes at once: columns k (place of the class in ``classes``) and s."""
        parts = [f"SELECT {k} AS k, s FROM ({self._class_sql(cls)})" for k, cls in enumerate(classes)]
        return self.query(" UNION ALL ".join(parts) if parts else "SELECT 0 AS k, 0::BIGINT AS s WHERE false")

    def statements(self, properties: Sequence[str]) -> list[pa.Table]:
        """All statements with several properties at once: tables with columns k (place in ``properties``), s, o and v.

        One table for each type of v.
        """
        by_type: dict[str, list[str]] = {}
        for k, prop in enumerate(properties):
            part = f"SELECT {k} AS k, s, o, v FROM ({self._property_sql(prop)})"
            by_type.setdefault(self.sql_type(prop), []).append(part)
        return [self.query(" UNION ALL ".join(parts)) for parts in by_type.values()]

    @cached_property
    def reviewed(self) -> str:
        """The name of the relation (s) of the individuals of the plan under review, the plan itself among them."""
        plan = self.facts.reviewed
        members = f"SELECT s FROM {self.prop(IN_PLAN)} WHERE o = {plan} UNION SELECT {plan}::BIGINT"
        self._db.execute(f"CREATE TABLE reviewed AS {members}")
        return "(SELECT s FROM reviewed)"

    # ---- making -----------------------------------------------------------------------------------------------------

    def _relation(self, kind: str, iri: str, sql_of: Any, made_as: str) -> str:
        key = f"{kind} {iri}"
        if key in self._made:
            return self._made[key]
        if key in self._making:
            raise CannotFinish(
                Text(
                    "本体中的定义互相引用，成了循环。", "Definitions in the ontology refer to each other in a circle."
                ),
                " → ".join([*self._making, key]),
                Text("请改写其中一个定义。", "Write one of these definitions differently."),
            )
        self._making.append(key)
        name = self._name(kind, iri)
        self._db.execute(f"CREATE {made_as} {name} AS {sql_of(iri)}")
        self._making.pop()
        self._made[key] = name
        return name

    def _name(self, kind: str, iri: str) -> str:
        stem = re.sub(r"\W", "_", "_".join(re.split(r"[/#]", iri)[-2:]))
        name = f"{kind}_{stem}"
        if self._names.setdefault(name, iri) != iri:
            name = f"{name}_{hashlib.sha256(iri.encode()).hexdigest()[:8]}"
        return name

    def _class_sql(self, iri: str) -> str:
        parts = []
        below = self.vocabulary.subclasses(iri)
        for i, table in enumerate(self.facts.tables):
            if table.cls in below:
                parts.append(f"SELECT id AS s FROM t{i}")
        for cls in sorted(below):
            nodes = self.facts.types.get(cls)
            if nodes is not None:
                parts.append(f"SELECT s FROM {self._arrow(pa.table({'s': nodes}))}")
            if cls in self.vocabulary.classes:
                parts += [f"SELECT s FROM ({self._expression(d)})" for d in self.vocabulary.classes[cls].definitions]
        return " UNION ".join(parts) if parts else "SELECT NULL::BIGINT AS s WHERE false"

    def _expression(self, e: Expression) -> str:
        """SQL for the individuals (s) of a class expression, closed under what is known."""
        match e:
            case Named(iri):
                return f"SELECT s FROM {self.cls(iri)}"
            case All(parts):
                return " INTERSECT ".join(f"({self._expression(part)})" for part in parts)
            case Some(prop, filler):
                return f"SELECT DISTINCT s FROM {self.prop(prop)} WHERE o IN ({self._expression(filler)})"
            case Has(prop, value, True):
                return f"SELECT DISTINCT s FROM {self.prop(prop)} WHERE o = {self.facts.named.get(str(value), -1)}"
            case Has(prop, value, _):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                return f"SELECT DISTINCT s FROM {self.prop(prop)} WHERE v = {_quoted(text)}::{self.sql_type(prop)}"

    def _property_sql(self, iri: str) -> str:
        parts = [sql for prop, flipped in self._sources(iri) for sql in self._stated(prop, flipped, iri)]
        known = self.vocabulary.properties.get(iri)
        for chain in known.chains if known else ():
            parts.append(self._chain(chain))
        kind = self.sql_type(iri)
        stated = (
            " UNION ALL ".join(parts) or f"SELECT NULL::BIGINT AS s, NULL::BIGINT AS o, NULL::{kind} AS v WHERE false"
        )
        if known and known.transitive:
            return (
                f"WITH RECURSIVE step AS ({stated}), far AS (SELECT s, o FROM step UNION "
                f"SELECT far.s, step.o FROM far JOIN step ON far.o = step.s) SELECT s, o, NULL::{kind} AS v FROM far"
            )
        return f"SELECT DISTINCT s, o, v FROM ({stated})"

    def _sources(self, iri: str) -> list[tuple[str, bool]]:
        """The properties whose statements are statements of this one, and whether with s and o exchanged."""
        properties = self.vocabulary.properties
        below: dict[str, list[str]] = {}
        for p in properties.values():
            for parent in p.parents:
                below.setdefault(parent, []).append(p.iri)
        seen = {(iri, False)}
        todo = [(iri, False)]
        while todo:
            prop, flipped = todo.pop()
            known = properties.get(prop)
            after = [(sub, flipped) for sub in below.get(prop, ())]
            if known:
                after += [(inverse, not flipped) for inverse in known.inverses]
                after += [(prop, not flipped)] if known.symmetric else []
            for step in after:
                if step not in seen:
                    seen.add(step)
                    todo.append(step)
        return sorted(seen)

    def _stated(self, prop: str, flipped: bool, wanted: str) -> list[str]:
        """SELECTs of what tables, links, values and the ontology state with one property."""
        kind = self.sql_type(wanted)
        is_data = self.is_data(wanted)
        s, o = ("o", "s") if flipped else ("s", "o")
        pairs = []
        for i, table in enumerate(self.facts.tables):
            if prop == IN_PLAN:
                pairs.append(f"SELECT id AS s, {table.plan}::BIGINT AS o FROM t{i}")
            elif prop == _IN_TABLE and table.table is not None:
                pairs.append(f"SELECT id AS s, {table.table}::BIGINT AS o FROM t{i}")
            elif prop in table.columns:
                j = list(table.columns).index(prop)
                pairs.append(f"SELECT id AS s, c{j} AS o FROM t{i} WHERE c{j} IS NOT NULL")
        if prop in self.facts.links:
            pairs.append(f"SELECT s, o FROM {self._arrow(self.facts.links[prop])}")
        if prop in self.facts.values:
            pairs.append(f"SELECT s, v AS o FROM {self._arrow(self.facts.values[prop])}")
        said = self._said_by_ontology(prop)
        if said is not None:
            pairs.append(f"SELECT s, o FROM {self._arrow(said)}")
        if is_data:
            return [f"SELECT s, NULL::BIGINT AS o, o::{kind} AS v FROM ({pair})" for pair in pairs]
        return [f"SELECT {s} AS s, {o} AS o, NULL::{kind} AS v FROM ({pair})" for pair in pairs]

    def _said_by_ontology(self, prop: str) -> pa.Table | None:
        """What the ontology states with a property between the individuals it describes itself (codes)."""
        named = self.facts.named
        is_data = self.is_data(prop)
        pairs = [
            (named[s], str(o) if is_data else named[str(o)])
            for s, _, o in self.vocabulary.triples_about_codes([prop])
            if s in named and (isinstance(o, Literal) if is_data else isinstance(o, URIRef) and str(o) in named)
        ]
        if not pairs:
            return None
        kind = pa.string() if is_data else pa.int64()
        return pa.table({"s": pa.array([s for s, _ in pairs], pa.int64()), "o": pa.array([o for _, o in pairs], kind)})

    def _chain(self, chain: Sequence[str]) -> str:
        first, *rest = (self.prop(p) for p in chain)
        joins = "".join(f" JOIN {p} AS j{i} ON {'j' + str(i - 1) if i else 'j'}.o = j{i}.s" for i, p in enumerate(rest))
        last = f"j{len(rest) - 1}" if rest else "j"
        return f"SELECT j.s AS s, {last}.o AS o, NULL AS v FROM {first} AS j{joins}"

    def is_data(self, prop: str) -> bool:
        known = self.vocabulary.properties.get(prop)
        return known is not None and known.datatype is not None

    def sql_type(self, prop: str) -> str:
        """The SQL type of a property's values."""
        known = self.vocabulary.properties.get(prop)
        return _SQL_TYPES.get(known.datatype or "", "VARCHAR") if known else "VARCHAR"

    def _arrow(self, table: pa.Table) -> str:
        name = f"a{len(self._names)}"
        self._names[name] = name
        self._db.register(name, table)
        return name

    # ---- names for people -------------------------------------------------------------------------------------------

    def names_of(self, nodes: Iterable[int], properties: Sequence[str]) -> dict[int, str]:
        """For each of some nodes, the first value it has with the first of these data properties that it has."""
        listed = ", ".join(str(node) for node in nodes)
        found: dict[int, str] = {}
        for prop in properties if listed else ():
            sql = f"SELECT s, min(v) AS v FROM {self.prop(prop)} WHERE s IN ({listed}) GROUP BY s"
            for row in self.query(sql).to_pylist():
                found.setdefault(row["s"], str(row["v"]))
        return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
