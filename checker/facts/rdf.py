"""The RDF view of facts, made on demand, and the road back from RDF given as input.

Numbers have one canonical form: xsd:decimal as Python writes a normalised decimal without exponent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

import pyarrow as pa
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, XSD
from rdflib.term import Node

from checker.facts.columns import IN_PLAN, UNPARSED, Builder, Facts
from checker.facts.store import Store
from checker.facts.terms import BLANK, decoded
from checker.vocabulary import PLAN, SUB, Vocabulary, local_name, python_type

_DATATYPES = {"decimal": XSD.decimal, "integer": XSD.integer, "boolean": XSD.boolean, "date": XSD.date}
ARROW_TYPES = {Decimal: pa.decimal128(38, 6), int: pa.int64(), bool: pa.bool_(), dt.date: pa.date32(), str: pa.string()}


def canonical(number: Decimal) -> str:
    """A decimal without exponent and without trailing zeros, with one digit after the point at least."""
    text = format(number.normalize(), "f")
    return text if "." in text else f"{text}.0"


def to_literal(value: object, datatype: str) -> Literal:
    """A typed value as the RDF term that both engines see."""
    if datatype == "decimal":
        return Literal(canonical(Decimal(str(value))), datatype=XSD.decimal, normalize=False)
    if datatype in _DATATYPES:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Literal(text, datatype=_DATATYPES[datatype])
    return Literal(str(value))


def to_graph(store: Store, classes: Iterable[str], properties: Iterable[str], into: Graph | None = None) -> Graph:
    """What the facts say with these classes and properties, entailed statements among them, as an RDF graph."""
    graph = Graph() if into is None else into
    terms: dict[int, URIRef] = {}

    def term(node: int) -> URIRef:
        if node not in terms:
            terms[node] = URIRef(store.iri(node))
        return terms[node]

    def value(v: object, datatype: str) -> Literal | URIRef:
        found = decoded(str(v)) if datatype == "term" else to_literal(v, datatype)
        return term(found) if isinstance(found, int) else found

    kinds = sorted(c for c in classes if not store.says_nothing(c))
    for row in store.memberships(kinds).to_pylist():
        graph.add((term(row["s"]), RDF.type, URIRef(kinds[row["k"]])))
    spoken = sorted(p for p in properties if not store.says_nothing(p))
    datatypes = [store.vocabulary.values_of(prop) or "term" for prop in spoken]
    predicates = [URIRef(prop) for prop in spoken]
    for table in store.statements(spoken):
        for k, s, o, v in zip(*(table.column(name).to_pylist() for name in ("k", "s", "o", "v")), strict=True):
            graph.add((term(s), predicates[k], term(o) if v is None else value(v, datatypes[k])))
    return graph


def from_graph(graph: Graph, vocabulary: Vocabulary) -> Facts:
    """Facts from RDF, by the same road backwards.

    The plan under review is the one of class sub:PlanUnderReview. An individual belongs to the plan that sub:inPlan
    names, else to the plan whose IRI its own begins with. A literal that is no value of its property becomes a
    sub:Unparsed fact; a statement with an undeclared property or class is kept aside in ``Facts.odd``.
    """
    builder = Builder.with_codes(vocabulary)
    blanks: dict[BNode, str] = {}

    def name(term: Node) -> str:
        return blanks.setdefault(term, f"{BLANK}{len(blanks)}") if isinstance(term, BNode) else str(term)

    def node(term: Node) -> int:
        return builder.node(name(term))

    values: dict[str, list[tuple[int, object]]] = {}
    for s, p, o in sorted(graph, key=lambda t: tuple(str(x) for x in t)):
        prop = vocabulary.properties.get(str(p))
        if p == RDF.type and str(o) in vocabulary.classes:
            builder.type(str(o), [node(s)])
        elif prop is None or (prop.datatype is None) == isinstance(o, Literal):
            builder.odd.append((name(s), str(p), o if isinstance(o, Literal) else URIRef(name(o))))
        elif prop.datatype is None:
            builder.link(prop.iri, [node(s)], [node(o)])
        else:
            value = to_value(o, prop.datatype)
            if value is None:
                unparsed(builder, str(s), node(s), prop.iri, str(o))
            else:
                values.setdefault(prop.iri, []).append((node(s), value))
    for iri, pairs in values.items():
        kind = ARROW_TYPES[python_type(vocabulary.properties[iri].datatype or "string")]
        builder.value(iri, [s for s, _ in pairs], pa.array([v for _, v in pairs], kind))
    _place_in_plans(builder, graph)
    return builder.facts()


def to_value(literal: Node, datatype: str) -> object | None:
    """The Python value of a literal of the declared datatype, or None where it is none."""
    text = str(literal)
    kind = python_type(datatype)
    try:
        if kind is Decimal:
            return Decimal(text)
        if kind is int:
            return int(text)
        if kind is dt.date:
            return dt.date.fromisoformat(text)
        if kind is bool:
            return {"true": True, "1": True, "false": False, "0": False}.get(text)
    except (ValueError, InvalidOperation):
        return None
    return text


def unparsed(builder: Builder, subject_iri: str, subject: int, prop: str, text: str) -> int:
    """States that a value of a property could not be read; gives the node of that statement."""
    cell = builder.node(f"{subject_iri}/unparsed/{quote(local_name(prop), safe='')}/{quote(text, safe='')}")
    builder.type(UNPARSED, [cell])
    builder.link(str(SUB.subject), [cell], [subject])
    builder.link(str(SUB.property), [cell], [builder.node(prop)])
    builder.value(str(SUB.text), [cell], pa.array([text]))
    label = builder.vocabulary.label(prop)
    builder.value(str(SUB.heading), [cell], pa.array([label.zh if label else local_name(prop)]))
    builder.value(str(SUB.reason), [cell], pa.array(["不是该属性的取值"]))
    builder.value(str(SUB.reasonInEnglish), [cell], pa.array(["not a value of this property"]))
    return cell


def _place_in_plans(builder: Builder, graph: Graph) -> None:
    kinds = builder.vocabulary.subclasses(str(PLAN.Plan))
    plans = sorted({str(s) for s, c in graph.subject_objects(RDF.type) if str(c) in kinds}, key=len, reverse=True)
    explicit = {str(s) for s in graph.subjects(URIRef(IN_PLAN))}
    for iri, s in list(builder.named.items()):
        home = next((plan for plan in plans if iri.startswith(plan + "/")), None)
        if home is not None and iri not in explicit:
            builder.link(IN_PLAN, [s], [builder.named[home]])
    reviewed = [str(s) for s in graph.subjects(RDF.type, SUB.PlanUnderReview)]
    builder.reviewed = builder.node(reviewed[0]) if reviewed else builder.node("urn:plancheck:plan:none")
