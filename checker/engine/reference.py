"""The meaning of a rule: pySHACL on the RDF view of the facts. The only module that imports pyshacl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyshacl
from pyshacl.constraints.sparql.sparql_based_constraint_components import (
    AskConstraintValidator,
    SelectConstraintValidator,
)
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH
from rdflib.query import ResultRow
from rdflib.term import Node

from checker.engine.queries import PreparedGraph
from checker.engine.results import (
    Details,
    as_text,
    details_of,
    in_languages,
    messages,
    severity,
    to_value,
    with_details,
)
from checker.engine.sql.paths import shacl_path, written
from checker.facts import Store
from checker.facts.rdf import to_graph
from checker.model import Rule, Value, Violation
from checker.rulebook import Rulebook

_ask = AskConstraintValidator.validate
_select = SelectConstraintValidator.validate


def _ask_with_value(*given: Any, **named: Any) -> Any:
    """pySHACL's ASK validator with the value that SHACL (6.3) gives its results; pySHACL leaves it out for a property."""
    return {(value, (None, None, value)) for value, _ in _ask(*given, **named)}


def _select_once(self: Any, executor: Any, focus: Any, values: Any, graph: Any, query: Any = None, *rest: Any) -> Any:
    """pySHACL's SELECT validator, run once for a focus node (SHACL, 6.2.3) and not once for each value of the path."""
    once = [None] if query is not None and query.shape.is_property_shape else values
    return _select(self, executor, focus, once, graph, query, *rest)  # type: ignore[no-untyped-call]


AskConstraintValidator.validate = _ask_with_value  # type: ignore[method-assign]
SelectConstraintValidator.validate = _select_once  # type: ignore[method-assign]


class ReferenceEngine:
    """Evaluates shapes with pySHACL, rule by rule, on the part of the facts that the rule mentions."""

    name = f"pySHACL {pyshacl.__version__}"

    def __init__(self, rulebook: Rulebook, store: Store) -> None:
        self.rulebook = rulebook
        self.store = store
        self._graph = PreparedGraph()
        self._stated: set[str] = set()
        self._shared: dict[tuple[str, tuple[int, ...]], list[Violation]] = {}

    def validate(self, rule: Rule, shape: str, nodes: pa.Array) -> list[Violation]:
        """The results of a shape on exactly these nodes. A shared need is evaluated once per run."""
        if not len(nodes):
            return []
        key = (shape, tuple(nodes.to_pylist()))
        if key in self._shared:
            return self._shared[key]
        shapes = self._shapes(rule, shape, [self.store.iri(node) for node in key[1]])
        data = self._data(rule)
        _, results, text = pyshacl.validate(
            data, shacl_graph=shapes, inplace=True, advanced=False, js=False, inference="none", meta_shacl=False
        )
        if not isinstance(results, Graph):
            raise RuntimeError(text)
        found = [self._violation(rule, shapes, results, result) for result in _top_results(results)]
        filled = [self._with_details(rule, shapes, data, v) for v in found]
        if shape != rule.iri:
            self._shared[key] = filled
        return filled

    def judged(self, _: Rule) -> str:
        return self.name

    # ---- graphs -----------------------------------------------------------------------------------------------------

    def _data(self, rule: Rule) -> Graph:
        """The RDF view, grown by what the rule mentions and no earlier one did."""
        vocabulary = self.store.vocabulary
        fresh = {iri for iri in rule.mentions if not iri.startswith((str(SH), str(RDF)))} - self._stated
        self._stated |= fresh
        if not fresh:
            return self._graph
        classes = {iri for iri in fresh if vocabulary.is_class(iri)}
        to_graph(self.store, classes, fresh - classes, self._graph)
        return self._graph

    def _shapes(self, rule: Rule, shape: str, nodes: Sequence[str]) -> Graph:
        """The shape with what it leads to, as the only one that has targets."""
        graph = self.rulebook.shapes_for(rule, shape)
        parts = _split_values(graph).get(URIRef(shape), ())
        for node in nodes:
            for part in (URIRef(shape), *parts):
                graph.add((part, SH.targetNode, URIRef(node)))
        return graph

    # ---- results ----------------------------------------------------------------------------------------------------

    def _violation(self, rule: Rule, shapes: Graph, results: Graph, result: Node) -> Violation:
        shape = str(results.value(result, SH.sourceShape)).split(_PART)[0]
        path = results.value(result, SH.resultPath)
        value = results.value(result, SH.value)
        focus = results.value(result, SH.focusNode)
        return Violation(
            focus=str(focus),
            path=None if path is None else written(shacl_path(results, path)),
            value=None if value is None or value == focus else as_text(value),
            component=str(results.value(result, SH.sourceConstraintComponent)),
            shape=shape,
            severity=severity(results.value(result, SH.resultSeverity)),
            messages=messages(self.rulebook, rule, shapes, URIRef(shape)),
        )

    def _with_details(self, rule: Rule, shapes: Graph, data: Graph, v: Violation) -> Violation:
        """A violation with the named values of chk:details."""
        queries = details_of(self.rulebook, rule, shapes, v.shape, v.component)
        return with_details(v, (self._rows(data, query, v) for query in queries))

    def _rows(self, data: Graph, details: Details, v: Violation) -> list[dict[str, Value]]:
        """The solutions of a details query for the focus node of a violation."""
        bound = {"this": URIRef(v.focus), **details.bound}
        found = data.query(details.select, initNs=self.rulebook.prefixes(), initBindings=bound)
        return [
            {str(name): to_value(term) for name, term in row.asdict().items()}
            for row in found
            if isinstance(row, ResultRow)
        ]


def validate(data: Graph, shapes: Graph) -> list[Violation]:
    """The results of shapes, with the targets they state, on a graph that is no plan: on rules themselves, say."""
    _, results, text = pyshacl.validate(
        data, shacl_graph=shapes, inplace=True, advanced=False, js=False, inference="none", meta_shacl=False
    )
    if not isinstance(results, Graph):
        raise RuntimeError(text)
    found = []
    for result in _top_results(results):
        path, value, stated = (results.value(result, p) for p in (SH.resultPath, SH.value, SH.resultSeverity))
        found.append(
            Violation(
                focus=str(results.value(result, SH.focusNode)),
                path=None if path is None else written(shacl_path(results, path)),
                value=None if value is None else str(value),
                component=str(results.value(result, SH.sourceConstraintComponent)),
                shape=str(results.value(result, SH.sourceShape)),
                severity=severity(stated),
                messages=in_languages(results, result, SH.resultMessage),
            )
        )
    return found


def _top_results(results: Graph) -> list[Node]:
    """The results that the report lists itself, not those nested in sh:detail."""
    return [r for report in results.subjects(RDF.type, SH.ValidationReport) for r in results.objects(report, SH.result)]


_PART = "?value="


def _split_values(shapes: Graph) -> dict[Node, list[URIRef]]:
    """Gives each value of a component's only parameter a shape of its own, as SHACL (6.2.1) means it; pySHACL takes one.

    Hands on the shapes that a shape was split into besides itself.
    """
    found: dict[Node, list[URIRef]] = {}
    for component in list(shapes.subjects(RDF.type, SH.ConstraintComponent)):
        parameters = [path for p in shapes.objects(component, SH.parameter) for path in shapes.objects(p, SH.path)]
        for shape in set(shapes.subjects(parameters[0])) if len(parameters) == 1 else ():
            for i, value in enumerate(sorted(shapes.objects(shape, parameters[0]), key=str)[1:]):
                part = URIRef(f"{shape}{_PART}{i}")
                found.setdefault(shape, []).append(part)
                shapes.remove((shape, parameters[0], value))
                shapes.add((part, parameters[0], value))
                for p in (SH.path, SH.severity):
                    for o in shapes.objects(shape, p):
                        shapes.add((part, p, o))
                for holder, via in list(shapes.subject_predicates(shape)):
                    shapes.add((holder, via, part))
    return found
