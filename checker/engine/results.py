"""What both engines make of a result: its messages, and the values of its details."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Identifier, Node

from checker.engine.sql.paths import in_sparql, shacl_path
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
    """A query that gives values for results; ``bound``: the parameters of its component."""

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
    """The queries that give values for the results of a shape: those of the component, of the rule, and of the shape.

    A constraint's own SELECT is one of them where it selects more than SHACL asks of it (SHACL, section 5.3.2).
    """
    own = rulebook.shapes[rule.code]
    stated = dict.fromkeys(  # the shape can be the rule itself
        str(graph.value(details, SH.select))
        for graph, holder in ((shapes, component), (own, rule.iri), (shapes, shape))
        for details in sorted(graph.objects(URIRef(holder), CHK.details), key=str)
    )
    bound = _bound(shapes, shape, component)
    constraints = constraints_of(shapes, shape, component)
    return [
        *(Details(select, bound) for select in stated),
        *(each for each in constraints if not selected(each.select) <= _OF_SHACL),
    ]


def constraints_of(shapes: Graph, shape: str, component: str) -> list[Details]:
    """The SELECTs that find the results of a component at a shape, with the shape's path in them."""
    bound = _bound(shapes, shape, component)
    texts = sorted(_selects(shapes, shape, component))
    return [Details(with_path(shapes, URIRef(shape), text), bound) for text in texts]


def _bound(shapes: Graph, shape: str, component: str) -> dict[str, Identifier]:
    """The values of a component's parameters at a shape."""
    bound: dict[str, Identifier] = {}
    for parameter in shapes.objects(URIRef(component), SH.parameter):
        path = shapes.value(parameter, SH.path)
        given = shapes.value(URIRef(shape), path) if isinstance(path, URIRef) else None
        if isinstance(path, URIRef) and isinstance(given, Identifier):
            bound[path.rsplit("#", 1)[-1]] = given
    return bound


def given(rulebook: Rulebook, rule: Rule, shapes: Graph, shape: str, component: str) -> frozenset[str]:
    """The names of the values that a message can carry for any result of a component at a shape.

    What only another constraint of the shape gives is not among them.
    """
    own = rulebook.shapes[rule.code]
    stated = [
        selected(str(graph.value(details, SH.select)))
        for graph, holder in ((shapes, component), (own, rule.iri), (shapes, shape))
        for details in graph.objects(URIRef(holder), CHK.details)
    ]
    texts = _selects(shapes, shape, component)
    if texts:
        stated.append(frozenset.intersection(*map(selected, texts)))
    elif (URIRef(shape), SH.path, None) in shapes and URIRef(component) not in _WITHOUT_VALUE:
        stated.append(frozenset({"value"}))
    return frozenset({"this"}).union(*stated)


def _selects(shapes: Graph, shape: str, component: str) -> list[str]:
    """The SELECTs that find the results of a component at a shape; none for a component of SHACL Core or one that asks."""
    if component == str(SH.SPARQLConstraintComponent):
        holders = shapes.objects(URIRef(shape), SH.sparql)
    else:
        holders = (v for p in (SH.nodeValidator, SH.propertyValidator) for v in shapes.objects(URIRef(component), p))
    return [str(text) for holder in holders for text in shapes.objects(holder, SH.select)]


_HEAD = re.compile(r"(.*?)(?:(?<![?$])\bWHERE\b|\{)", re.IGNORECASE | re.DOTALL)
_COMPUTED = re.compile(r"\((?:[^()]|\([^()]*\))*\bAS\s+([?$]\w+)\s*\)", re.IGNORECASE)
_OF_SHACL = {"this", "value", "path", "PATH", "message", "failure"}
_PATH = re.compile(r"[$?]PATH\b")
# Results of these are about the values together, not about one of them (SHACL, sections 4.2, 4.4.5, 4.7.3, 4.8.2).
_WITHOUT_VALUE = {
    SH[f"{name}ConstraintComponent"]
    for name in ("MinCount", "MaxCount", "UniqueLang", "QualifiedMinCount", "QualifiedMaxCount", "HasValue")
}


def selected(text: str) -> frozenset[str]:
    """The names of the variables that a SELECT hands on."""
    head = _HEAD.match(text)
    return frozenset(re.findall(r"[?$](\w+)", _COMPUTED.sub(r"\1", head[1]))) if head else frozenset()


def with_path(shapes: Graph, shape: URIRef, text: str) -> str:
    """A query in which the path of its shape stands for $PATH."""
    path = shapes.value(shape, SH.path)
    return text if path is None else _PATH.sub(lambda _: in_sparql(shacl_path(shapes, path)), text)


Row = Mapping[str, Value]


def with_details(v: Violation, answers: Iterable[Sequence[Row]]) -> Violation:
    """A violation with the values that the details queries gave for its focus node, one sequence of rows a query.

    Rows that give another ``value`` than the violation's are of other violations; of several, the least is taken. What
    they give as ``ground`` and ``without`` is taken from all of them: it is no value of a message.
    """
    values: dict[str, Value] = {}
    nodes: dict[str, set[str]] = {"ground": set(), "without": set()}
    for rows in answers:
        fitting = [row for row in rows if "value" not in row or v.value is None or written(row["value"]) == v.value]
        if fitting:
            least: Row = min(fitting, key=_in_order)
            values |= least
        for name, found in nodes.items():
            found |= {str(row[name]) for row in fitting if name in row}
    for name in ("this", *nodes):
        values.pop(name, None)
    return replace(v, details=values, ground=tuple(sorted(nodes["ground"])), without=tuple(sorted(nodes["without"])))


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
