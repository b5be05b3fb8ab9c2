"""The meaning of a rule: pySHACL on the RDF view of the facts. The only module that imports pyshacl."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pyshacl
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.query import Result, ResultRow
from rdflib.term import Identifier, Node

from checker.engine.queries import PreparedGraph
from checker.facts import Store
from checker.facts.rdf import to_graph
from checker.model import Rule, Severity, Value, Violation
from checker.rulebook import Rulebook
from checker.turtle import CHK

_SEVERITIES = {SH.Info: Severity.INFO, SH.Warning: Severity.WARNING, SH.Violation: Severity.VIOLATION}


class ReferenceEngine:
    """Evaluates shapes with pySHACL, rule by rule, on the part of the facts that the rule mentions."""

    name = f"pySHACL {pyshacl.__version__}"

    def __init__(self, rulebook: Rulebook, store: Store) -> None:
        self.rulebook = rulebook
        self.store = store
        self._graph = PreparedGraph()
        self._stated: set[str] = set()
        self._shared: dict[tuple[str, tuple[str, ...]], list[Violation]] = {}

    def validate(self, rule: Rule, shape: str, nodes: Sequence[str]) -> list[Violation]:
        """The results of a shape on exactly these nodes. A shared need is evaluated once per run."""
        if not nodes:
            return []
        key = (shape, tuple(nodes))
        if key in self._shared:
            return self._shared[key]
        shapes = self._shapes(rule, shape, nodes)
        data = self._data(rule)
        _, results, text = pyshacl.validate(
            data, shacl_graph=shapes, inplace=True, advanced=False, js=False, inference="none", meta_shacl=False
        )
        if not isinstance(results, Graph):
            raise RuntimeError(text)
        found = [self._violation(rule, shapes, results, result) for result in _top_results(results)]
        filled = self._with_details(rule, shapes, data, found)
        if shape != rule.iri:
            self._shared[key] = filled
        return filled

    # ---- graphs -----------------------------------------------------------------------------------------------------

    def _data(self, rule: Rule) -> Graph:
        """The RDF view, grown by what the rule mentions and no earlier one did."""
        vocabulary = self.store.vocabulary
        fresh = {iri for iri in rule.mentions if not iri.startswith((str(SH), str(RDF)))} - self._stated
        self._stated |= fresh
        if not fresh:
            return self._graph
        classes = {iri for iri in fresh if iri in vocabulary.classes}
        to_graph(self.store, classes, fresh - classes, self._graph)
        return self._graph

    def _shapes(self, rule: Rule, shape: str, nodes: Sequence[str]) -> Graph:
        """The shape with what it leads to, as the only one that has targets."""
        graph = self.rulebook.shapes_for(rule, shape)
        for node in nodes:
            graph.add((URIRef(shape), SH.targetNode, URIRef(node)))
        return graph

    # ---- results ----------------------------------------------------------------------------------------------------

    def _violation(self, rule: Rule, shapes: Graph, results: Graph, result: Node) -> Violation:
        shape = results.value(result, SH.sourceShape)
        path = results.value(result, SH.resultPath)
        value = results.value(result, SH.value)
        severity = results.value(result, SH.resultSeverity)
        focus = results.value(result, SH.focusNode)
        messages = _languages(shapes, shape, SH.message) or _languages(
            self.rulebook.shapes[rule.code], URIRef(rule.iri), SH.message
        )
        return Violation(
            focus=str(focus),
            path=None if path is None else _path(results, path),
            value=None if value is None or value == focus else str(value),
            component=str(results.value(result, SH.sourceConstraintComponent)),
            shape=str(shape),
            severity=_SEVERITIES.get(severity, Severity.VIOLATION)
            if isinstance(severity, URIRef)
            else Severity.VIOLATION,
            messages=messages or {"zh": rule.title.zh, "en": rule.title.en},
        )

    def _with_details(self, rule: Rule, shapes: Graph, data: Graph, found: Sequence[Violation]) -> list[Violation]:
        """The violations with the named values of chk:details of their rule, shape and component."""
        filled = []
        for v in found:
            values: dict[str, Value] = {}
            own = self.rulebook.shapes[rule.code]
            for graph, holder in ((shapes, v.component), (own, rule.iri), (shapes, v.shape)):
                for details in graph.objects(URIRef(holder), CHK.details):
                    values |= self._details(shapes, str(graph.value(details, SH.select)), data, v)
            filled.append(Violation(v.focus, v.path, v.value, v.component, v.shape, v.severity, v.messages, values))
        return filled

    def _details(self, shapes: Graph, text: str, data: Graph, v: Violation) -> Mapping[str, Value]:
        """The values of a details query for one result; parameters of its component are bound too."""
        bound: dict[str, Identifier] = {"this": URIRef(v.focus)}
        for parameter in shapes.objects(URIRef(v.component), SH.parameter):
            path = shapes.value(parameter, SH.path)
            given = shapes.value(URIRef(v.shape), path) if isinstance(path, URIRef) else None
            if isinstance(path, URIRef) and isinstance(given, Identifier):
                bound[path.rsplit("#", 1)[-1]] = given
        rows = [
            {str(name): term for name, term in row.asdict().items()}
            for row in _solutions(data.query(text, initNs=self.rulebook.prefixes(), initBindings=bound))
        ]
        fitting = [row for row in rows if "value" not in row or v.value is None or str(row["value"]) == v.value]
        if not fitting:
            return {}
        first = min(fitting, key=lambda row: sorted((n, str(t)) for n, t in row.items()))
        return {name: _python(term) for name, term in first.items() if name != "this"}


def validate(data: Graph, shapes: Graph) -> list[Violation]:
    """The results of shapes, with the targets they state, on a graph that is no plan: on rules themselves, say."""
    _, results, text = pyshacl.validate(
        data, shacl_graph=shapes, inplace=True, advanced=False, js=False, inference="none", meta_shacl=False
    )
    if not isinstance(results, Graph):
        raise RuntimeError(text)
    found = []
    for result in _top_results(results):
        path, value, severity = (results.value(result, p) for p in (SH.resultPath, SH.value, SH.resultSeverity))
        found.append(
            Violation(
                focus=str(results.value(result, SH.focusNode)),
                path=None if path is None else _path(results, path),
                value=None if value is None else str(value),
                component=str(results.value(result, SH.sourceConstraintComponent)),
                shape=str(results.value(result, SH.sourceShape)),
                severity=_SEVERITIES.get(severity, Severity.VIOLATION)
                if isinstance(severity, URIRef)
                else Severity.VIOLATION,
                messages=_languages(results, result, SH.resultMessage),
            )
        )
    return found


def _solutions(answer: Result) -> list[ResultRow]:
    return [row for row in answer if isinstance(row, ResultRow)]


def _top_results(results: Graph) -> list[Node]:
    """The results that the report lists itself, not those nested in sh:detail."""
    return [r for report in results.subjects(RDF.type, SH.ValidationReport) for r in results.objects(report, SH.result)]


def _languages(graph: Graph, subject: Node | None, predicate: URIRef) -> dict[str, str]:
    return {o.language or "en": str(o) for o in graph.objects(subject, predicate) if isinstance(o, Literal)}


def _path(graph: Graph, path: Node) -> str:
    """A SHACL path as SPARQL writes it."""
    if isinstance(path, URIRef):
        return str(path)
    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return f"^{_path(graph, inverse)}"
    if (path, RDF.first, None) in graph:
        return "/".join(_path(graph, step) for step in graph.items(path))
    alternatives = graph.value(path, SH.alternativePath)
    if alternatives is not None:
        return "|".join(_path(graph, step) for step in graph.items(alternatives))
    for predicate, mark in ((SH.zeroOrMorePath, "*"), (SH.oneOrMorePath, "+"), (SH.zeroOrOnePath, "?")):
        inner = graph.value(path, predicate)
        if inner is not None:
            return f"({_path(graph, inner)}){mark}"
    return "path"


def _python(term: Identifier) -> Value:
    if isinstance(term, Literal):
        value = term.toPython()
        if isinstance(value, Decimal | bool | int | dt.date):
            return value
        if isinstance(value, float):
            return Decimal(repr(value))
    return str(term)
