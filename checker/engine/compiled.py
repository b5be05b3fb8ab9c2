"""Evaluates shapes as set-based SQL over the columns of the facts; the speed of a rule.

A shape that the compiler does not know goes to the engine that stands in, where there is one; never to silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
from rdflib import URIRef

from checker.engine.evaluate import ShapeEngine, TooLarge
from checker.engine.results import Row, constraints_of, details_of, messages, severity, to_value, with_details
from checker.engine.sql.statement import NO_STATEMENT, Aggregate, Statement
from checker.engine.sql.terms import CannotCompile, Kind
from checker.errors import CannotFinish, Text
from checker.facts import Store
from checker.facts.rdf import canonical
from checker.facts.terms import decoded
from checker.model import Rule, Violation
from checker.rulebook import Rulebook
from checker.vocabulary import Vocabulary

MOST_FOR_REFERENCE = 20_000  # focus nodes; above, the reference engine would take many minutes and gigabytes


@dataclass(frozen=True)
class Compiled:
    """A shape's statement, with the messages and the details queries of each source of results.

    ``refused``: the form that the compiler does not know; there is no statement then.
    """

    statement: Statement = NO_STATEMENT
    messages: tuple[Mapping[str, str], ...] = ()
    details: tuple[tuple[Statement, ...], ...] = ()
    refused: str | None = None


def compiled(rulebook: Rulebook, rule: Rule, shape: str, vocabulary: Vocabulary) -> Compiled:
    """One of a rule's shapes, compiled. Raises CannotFinish for one that would read statements which it does not name."""
    # Imported when there is something to compile: most runs have everything compiled already.
    from checker.engine.sql.shapes import reads_unnamed, select_statement, shape_statement

    graph = rulebook.shapes_for(rule, shape)
    prefixes = rulebook.prefixes()
    try:
        if reads_unnamed(graph, prefixes):
            raise _unnamed(rule)
        statement = shape_statement(graph, URIRef(shape), vocabulary)
        details = tuple(
            tuple(
                select_statement(query.select, prefixes, query.bound, vocabulary)
                for query in details_of(rulebook, rule, graph, str(source.shape), source.component)
            )
            for source in statement.sources
        )
    except CannotCompile as form:
        return Compiled(refused=str(form))
    said = tuple(messages(rulebook, rule, graph, source.shape) for source in statement.sources)
    return Compiled(statement, said, details)


def _unnamed(rule: Rule) -> CannotFinish:
    return CannotFinish(
        Text(
            "规则只能看到它写明的类和属性，不能用变量作谓词或类，也不能用 sh:closed。",
            "A rule sees the classes and properties that it names; no predicate or class can be a variable, no shape sh:closed.",
        ),
        rule.source,
        Text("请写明所要的类和属性。", "Name the classes and properties that are meant."),
    )


def compile_all(
    rulebook: Rulebook, vocabulary: Vocabulary, known: Mapping[tuple[str, str], Compiled]
) -> dict[tuple[str, str], Compiled]:
    """Every shape of every rule, by code of the rule and IRI of the shape; ``known``: those that need not be compiled."""
    return {
        key: known.get(key) or compiled(rulebook, rule, key[1], vocabulary)
        for rule in rulebook.rules
        for key in ((rule.code, shape) for shape in (rule.iri, *rule.needs, *rule.asks))
    }


class CompiledEngine:
    """Evaluates shapes in SQL.

    ``ready``: shapes that are compiled already, by code and shape. ``instead`` makes the engine for what cannot be
    compiled; None where that is an error.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        store: Store,
        ready: Mapping[tuple[str, str], Compiled],
        instead: Callable[[Rulebook, Store], ShapeEngine] | None = None,
    ) -> None:
        self.name = f"compiled, {store.engine}"
        self.rulebook = rulebook
        self.store = store
        self._make_instead = instead
        self._compiled = dict(ready)
        self._shared: dict[tuple[str, bytes], list[Violation]] = {}

    def validate(self, rule: Rule, shape: str, nodes: pa.Array) -> list[Violation]:
        """The results of a shape on exactly these nodes. A shared need is evaluated once per run."""
        if not len(nodes):
            return []
        found = self._shape(rule, shape)
        if found.refused is not None:
            return self._from_other(rule, shape, nodes, found.refused)
        key = (shape, nodes.to_numpy().tobytes() if shape != rule.iri else b"")
        if key not in self._shared:
            results = self._results(found, nodes)
            if shape == rule.iri:
                return results
            self._shared[key] = results
        return self._shared[key]

    @cached_property
    def _instead(self) -> ShapeEngine | None:
        return self._make_instead(self.rulebook, self.store) if self._make_instead else None

    def judged(self, rule: Rule) -> str:
        shapes = (rule.iri, *rule.needs, *rule.asks)
        other = any(self._shape(rule, shape).refused is not None for shape in shapes)
        return self._instead.name if other and self._instead else self.name

    def _shape(self, rule: Rule, shape: str) -> Compiled:
        key = (rule.code, shape)
        if key not in self._compiled:
            self._compiled[key] = compiled(self.rulebook, rule, shape, self.store.vocabulary)
        return self._compiled[key]

    def _from_other(self, rule: Rule, shape: str, nodes: pa.Array, form: str) -> list[Violation]:
        if self._instead is None:
            raise CannotCompile(form)
        if len(nodes) > MOST_FOR_REFERENCE:
            zh = f"规则含有不能编译的写法（{form}），对象有 {len(nodes)} 个，超过参照引擎的上限 {MOST_FOR_REFERENCE}，无法核查"
            en = (
                f"the rule has a form that cannot be compiled ({form}), and {len(nodes)} objects are more than the "
                f"{MOST_FOR_REFERENCE} that the reference engine takes"
            )
            raise TooLarge(Text(zh, en))
        return self._instead.validate(rule, shape, nodes)

    def _results(self, shape: Compiled, nodes: pa.Array) -> list[Violation]:
        """The results of a compiled shape, with the values of their details."""
        statement = shape.statement
        answer = self.store.answer(statement.sql, statement.relations, statement.nodes, nodes)
        focus, value = self._texts(answer, "focus"), self._texts(answer, "value")
        paths = self.store.iris(answer.column("path"))
        found: dict[int, list[tuple[int | None, Violation]]] = {}
        severities = [severity(URIRef(source.severity)) for source in statement.sources]
        for i, (k, node) in enumerate(zip(*(answer.column(n).to_pylist() for n in ("k", "focus")), strict=True)):
            source = statement.sources[k]
            violation = Violation(
                focus=focus[i] or "",
                path=paths[i] or source.path,
                value=None if value[i] == focus[i] else value[i],
                component=source.component,
                shape=str(source.shape),
                severity=severities[k],
                messages=shape.messages[k],
            )
            found.setdefault(k, []).append((node, violation))
        return [v for k in sorted(found) for v in self._with_details(found[k], shape.details[k])]

    def _texts(self, answer: pa.Table, name: str) -> list[str | None]:
        """A column of an answer as text: the IRIs of nodes, and other terms."""
        iris, terms = self.store.iris(answer.column(name)), answer.column(f"{name}_term").to_pylist()
        return [
            iri if iri is not None or term is None else str(decoded(term))
            for iri, term in zip(iris, terms, strict=True)
        ]

    def _with_details(
        self, found: list[tuple[int | None, Violation]], queries: tuple[Statement, ...]
    ) -> list[Violation]:
        """Violations of one source with the values of its details queries, each asked once for all focus nodes."""
        nodes = pa.array(sorted({node for node, _ in found if node is not None}), pa.int64())
        answers = [self._rows(query, nodes) for query in queries]
        return [with_details(v, [rows.get(node, []) for rows in answers]) for node, v in found]

    def _rows(self, query: Statement, nodes: pa.Array) -> dict[int | None, list[Row]]:
        """The solutions of a details query by focus node."""
        found: dict[int | None, list[Row]] = {}
        for node, row in solutions(self.store, query, nodes):
            found.setdefault(node, []).append(row)
        return found


def aggregates_behind(
    rulebook: Rulebook, rule: Rule, shape: str, component: str, vocabulary: Vocabulary
) -> tuple[list[Aggregate], list[str]]:
    """The numbers made of many solutions that results of a component at a shape tell; else those that find the results.

    And the forms for which others of them are left out: only the reference engine reads their queries.
    """
    from checker.engine.sql.shapes import aggregates

    graph, prefixes = rulebook.shapes_for(rule, shape), rulebook.prefixes()
    found: list[Aggregate] = []
    refused: list[str] = []
    for queries in (details_of(rulebook, rule, graph, shape, component), constraints_of(graph, shape, component)):
        for query in queries if not found else ():
            try:
                found += aggregates(query.select, prefixes, query.bound, vocabulary)
            except CannotCompile as form:
                refused.append(str(form))
    return found, list(dict.fromkeys(refused))


def solutions(store: Store, query: Statement, nodes: pa.Array) -> Iterator[tuple[int, Row]]:
    """The solutions of a SELECT for some focus nodes: the focus node, and the values by variable, without unbound ones."""
    answer = store.answer(query.sql, query.relations, query.nodes, nodes)
    names = sorted(query.kinds)
    columns = [_values(store, answer.column(i), query.kinds[name]) for i, name in enumerate(names)]
    for node, *values in zip(answer.column(names.index("this")).to_pylist(), *columns, strict=True):
        yield node, {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _values(store: Store, column: pa.ChunkedArray, kind: Kind) -> list[Any]:
    """What a column holds, as values of a message."""
    if kind is Kind.NODE:
        return store.iris(column)
    return [None if value is None else _value(store, value, kind) for value in column.to_pylist()]


def _value(store: Store, value: Any, kind: Kind) -> Any:
    if kind is Kind.TERM:
        term = decoded(value)
        return store.iri(term) if isinstance(term, int) else to_value(term)
    return Decimal(canonical(value)) if isinstance(value, Decimal) else value
