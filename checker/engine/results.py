"""What both engines make of a result: its messages, and the values of its details."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Identifier, Node

from checker.facts.rdf import canonical
from checker.model import Rule, Severity, Value, Violation
from checker.rulebook import Rulebook
from checker.turtle import CHK

_SEVERITIES = {SH.Info: Severity.INFO, SH.Warning: Severity.WARNING, SH.Violation: Severity.VIOLATION}


def severity(term: object) -> Severity:
    """A severity of SHACL; a violation where it is none of the three."""
    return _SEVERITIES.get(term, Severity.VIOLATION) if isinstance(term, URIRef) else Severity.VIOLATION


@dataclass(frozen=True)
class Details:
    """A chk:details query that gives values for results; ``bound``: the parameters of its component."""

    select: str
    bound: Mapping[str, Identifier]


def messages(rulebook: Rulebook, rule: Rule, shapes: Graph, shape: Node) -> dict[str, str]:
    """The messages of a shape, else of its rule, else the rule's title."""
    own = in_languages(shapes, shape, SH.message)
    of_rule = in_languages(rulebook.shapes[rule.code], URIRef(rule.iri), SH.message)
    return own or of_rule or {"zh": rule.title.zh, "en": rule.title.en}


def in_languages(graph: Graph, subject: Node | None, predicate: URIRef) -> dict[str, str]:
    return {o.language or "en": str(o) for o in graph.objects(subject, predicate) if isinstance(o, Literal)}


def details_of(rulebook: Rulebook, rule: Rule, shapes: Graph, shape: str, component: str) -> list[Details]:
    """The queries that give values for the results of a shape: those of the component, of the rule, and of the shape."""
    own = rulebook.shapes[rule.code]
    bound: dict[str, Identifier] = {}
    for parameter in shapes.objects(URIRef(component), SH.parameter):
        path = shapes.value(parameter, SH.path)
        given = shapes.value(URIRef(shape), path) if isinstance(path, URIRef) else None
        if isinstance(path, URIRef) and isinstance(given, Identifier):
            bound[path.rsplit("#", 1)[-1]] = given
    holders = ((shapes, component), (own, rule.iri), (shapes, shape))
    return [
        Details(str(graph.value(details, SH.select)), bound)
        for graph, holder in holders
        for details in sorted(graph.objects(URIRef(holder), CHK.details), key=str)
    ]


Row = Mapping[str, Value]


def with_details(v: Violation, answers: Iterable[Sequence[Row]]) -> Violation:
    """A violation with the values that the details queries gave for its focus node, one sequence of rows a query.

    Rows that give another ``value`` than the violation's are of other violations; of several, the least is taken.
    """
    values: dict[str, Value] = {}
    for rows in answers:
        fitting = [row for row in rows if "value" not in row or v.value is None or written(row["value"]) == v.value]
        if fitting:
            least: Row = min(fitting, key=_in_order)
            values |= least
    values.pop("this", None)
    return replace(v, details=values)


def _in_order(row: Row) -> list[tuple[str, str]]:
    return sorted((name, written(value)) for name, value in row.items())


def written(value: Value) -> str:
    """A value as the text of its RDF term."""
    if isinstance(value, Decimal):
        return canonical(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_text(term: Node) -> str:
    """A term as text; a number that a query computed in the form that facts have."""
    is_decimal = isinstance(term, Literal) and isinstance(term.value, Decimal)
    return canonical(_rounded(term.value)) if is_decimal else str(term)  # type: ignore[attr-defined]


def to_value(term: Identifier) -> Value:
    """The value of a literal; the text of what has no other."""
    if isinstance(term, Literal):
        value = term.toPython()
        if isinstance(value, Decimal | float):
            return Decimal(canonical(_rounded(Decimal(repr(value) if isinstance(value, float) else value))))
        if isinstance(value, bool | int | dt.date):
            return value
    return str(term)


def _rounded(number: Decimal) -> Decimal:
    """A computed number to the six places that facts have."""
    return number.quantize(Decimal("0.000001"), ROUND_HALF_UP)
