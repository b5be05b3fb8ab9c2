"""Evaluates shapes as set-based SQL over the columns of the facts; the speed of a rule.

A shape that the compiler does not know goes to the engine that stands in, where there is one; never to silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
from rdflib import URIRef

from checker.engine.evaluate import ShapeEngine, TooLarge
from checker.engine.results import Row, details_of, messages, severity, to_value, with_details
from checker.engine.sql.shapes import Source, Statement, select_statement, shape_statement
from checker.engine.sql.terms import CannotCompile, Kind
from checker.errors import Text
from checker.facts import Store
from checker.facts.rdf import canonical
from checker.facts.terms import decoded
from checker.model import Rule, Violation
from checker.rulebook import Rulebook
from checker.vocabulary import Vocabulary

MOST_FOR_REFERENCE = 20_000  # focus nodes; above, the reference engine would take many minutes and gigabytes


@dataclass(frozen=True)
class CompiledShape:
    """A shape's statement, with the messages and the details queries of each source of results."""

    statement: Statement
    messages: tuple[Mapping[str, str], ...]
    details: tuple[tuple[Statement, ...], ...]


def compiled(rulebook: Rulebook, rule: Rule, shape: str, vocabulary: Vocabulary) -> CompiledShape:
    """One of a rule's shapes, compiled. Raises CannotCompile, naming the form, for one that the compiler does not know."""
    graph = rulebook.shapes_for(rule, shape)
    statement = shape_statement(graph, URIRef(shape), vocabulary)
    prefixes = rulebook.prefixes()
    details = tuple(
        tuple(
            select_statement(query.select, prefixes, query.bound, vocabulary)
            for query in details_of(rulebook, rule, graph, str(source.shape), source.component)
        )
        for source in statement.sources
    )
    said = tuple(messages(rulebook, rule, graph, source.shape) for source in statement.sources)
    return CompiledShape(statement, said, details)


class CompiledEngine:
    """Evaluates shapes in SQL. ``instead`` makes the engine for what cannot be compiled; None where that is an error."""

    def __init__(
        self, rulebook: Rulebook, store: Store, instead: Callable[[Rulebook, Store], ShapeEngine] | None = None
    ) -> None:
        self.name = f"compiled, {store.engine}"
        self.rulebook = rulebook
        self.store = store
        self._make_instead = instead
        self._compiled: dict[str, CompiledShape | CannotCompile] = {}
        self._shared: dict[tuple[str, bytes], list[Violation]] = {}

    def validate(self, rule: Rule, shape: str, nodes: pa.Array) -> list[Violation]:
        """The results of a shape on exactly these nodes. A shared need is evaluated once per run."""
        if not len(nodes):
            return []
        found = self._shape(rule, shape)
        if isinstance(found, CannotCompile):
            return self._from_other(rule, shape, nodes, found)
        key = (shape, nodes.buffers()[1].to_pybytes() if shape != rule.iri else b"")
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
        other = any(isinstance(self._compiled.get(shape), CannotCompile) for shape in shapes)
        return self._instead.name if other and self._instead else self.name

    def _shape(self, rule: Rule, shape: str) -> CompiledShape | CannotCompile:
        if shape not in self._compiled:
            try:
                self._compiled[shape] = compiled(self.rulebook, rule, shape, self.store.vocabulary)
            except CannotCompile as reason:
                self._compiled[shape] = reason
        return self._compiled[shape]

    def _from_other(self, rule: Rule, shape: str, nodes: pa.Array, reason: CannotCompile) -> list[Violation]:
        if self._instead is None:
            raise reason
        if len(nodes) > MOST_FOR_REFERENCE:
            zh = f"规则含有不能编译的写法（{reason}），对象有 {len(nodes)} 个，超过参照引擎的上限 {MOST_FOR_REFERENCE}，无法核查"
            en = (
                f"the rule has a form that cannot be compiled ({reason}), and {len(nodes)} objects are more than the "
                f"{MOST_FOR_REFERENCE} that the reference engine takes"
            )
            raise TooLarge(Text(zh, en))
        return self._instead.validate(rule, shape, nodes)

    def _results(self, shape: CompiledShape, nodes: pa.Array) -> list[Violation]:
        """The results of a compiled shape, with the values of their details."""
        statement = shape.statement
        rows = self.store.answer(statement.sql, statement.relations, statement.nodes, nodes).to_pylist()
        found: dict[int, list[tuple[int | None, Violation]]] = {}
        for row in rows:
            source = statement.sources[row["k"]]
            violation = self._violation(row, source, shape.messages[row["k"]])
            found.setdefault(row["k"], []).append((row["focus"], violation))
        return [v for k in sorted(found) for v in self._with_details(found[k], shape.details[k])]

    def _violation(self, row: Mapping[str, Any], source: Source, said: Mapping[str, str]) -> Violation:
        focus = self._text(row["focus"], row["focus_term"])
        value = self._text(row["value"], row["value_term"])
        return Violation(
            focus=focus or "",
            path=self.store.iri(row["path"]) if row["path"] is not None else source.path,
            value=None if value == focus else value,
            component=source.component,
            shape=str(source.shape),
            severity=severity(URIRef(source.severity)),
            messages=said,
        )

    def _text(self, node: int | None, term: str | None) -> str | None:
        if node is not None:
            return self.store.iri(node)
        return None if term is None else str(decoded(term))

    def _with_details(
        self, found: list[tuple[int | None, Violation]], queries: tuple[Statement, ...]
    ) -> list[Violation]:
        """Violations of one source with the values of its details queries, each asked once for all focus nodes."""
        nodes = pa.array(sorted({node for node, _ in found if node is not None}), pa.int64())
        answers = [self._rows(query, nodes) for query in queries]
        return [with_details(v, [rows.get(node, []) for rows in answers]) for node, v in found]

    def _rows(self, query: Statement, nodes: pa.Array) -> dict[int | None, list[Row]]:
        """The solutions of a details query by focus node."""
        answer = self.store.answer(query.sql, query.relations, query.nodes, nodes)
        found: dict[int | None, list[Row]] = {}
        names = sorted(query.kinds)
        columns = [answer.column(i).to_pylist() for i in range(len(names))]
        this = names.index("this")
        for values in zip(*columns, strict=True):
            row = {n: self._value(v, query.kinds[n]) for n, v in zip(names, values, strict=True) if v is not None}
            found.setdefault(values[this], []).append(row)
        return found

    def _value(self, value: Any, kind: Kind) -> Any:
        """What a column holds, as a value of a message."""
        if kind is Kind.NODE:
            return self.store.iri(value)
        if kind is Kind.TERM:
            term = decoded(value)
            return self.store.iri(term) if isinstance(term, int) else to_value(term)
        return Decimal(canonical(value)) if isinstance(value, Decimal) else value
