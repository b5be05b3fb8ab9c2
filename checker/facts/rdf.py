"""The RDF view of facts, made on demand, and the road back from RDF given as input.

Numbers have one canonical form: xsd:decimal as Python writes a normalised decimal without exponent.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

import pyarrow as pa
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, XSD
from rdflib.term import Node

from checker.facts import wkt
from checker.facts.columns import IN_PLAN, UNPARSED, Builder, Facts, FactTable
from checker.facts.store import Store
from checker.facts.terms import BLANK, decoded
from checker.facts.wkt import GEO
from checker.model import Place
from checker.vocabulary import PLAN, SUB, Vocabulary, local_name, python_type

_NO_PLAN = "urn:plancheck:plan:none"
IN_TABLE = str(SUB.inTable)
CRS = str(SUB.declaredCrs)
_DATATYPES = {"decimal": XSD.decimal, "integer": XSD.integer, "boolean": XSD.boolean, "date": XSD.date}
ARROW_TYPES = {Decimal: pa.decimal128(38, 6), int: pa.int64(), bool: pa.bool_(), dt.date: pa.date32(), str: pa.string()}
_SIX_PLACES = Decimal("0.000001")
_LARGEST_WHOLE = 2**63 - 1


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


def stated(facts: Facts, vocabulary: Vocabulary) -> Graph:
    """All that facts state, geometry with it, as an RDF graph from which ``from_graph`` makes the same facts again.

    Nothing that is entailed is in it, nor what the ontology says of its own individuals. Where rows stand in their files is left out.
    """
    graph = Graph()
    graph.bind("geo", GEO)
    names = [_term(iri) for iri in facts.names.written.to_pylist()]
    own = set(vocabulary.named_individuals)

    def add(s: int, p: URIRef, value: object, datatype: str | None) -> None:
        graph.add((names[s], p, names[int(str(value))] if datatype is None else to_literal(value, datatype)))

    for table in facts.tables:
        plan = names[table.plan]
        for node in table.ids.to_pylist():
            graph.add((names[node], RDF.type, URIRef(table.cls)))
            if not names[node].startswith(f"{plan}/"):
                graph.add((names[node], URIRef(IN_PLAN), plan))
            if table.table is not None:
                graph.add((names[node], URIRef(IN_TABLE), names[table.table]))
        columns = {prop: (table.ids, values) for prop, values in table.columns.items()}
        for prop, s, value in _pairs(columns):
            add(s, URIRef(prop), value, _datatype(prop, vocabulary))
        _add_geometry(graph, table, names)
    for prop, s, o in _pairs({p: (t.column("s"), t.column("o")) for p, t in facts.links.items()}):
        if prop != IN_PLAN or not names[s].startswith(f"{names[int(str(o))]}/"):
            add(s, URIRef(prop), o, None)
    for prop, s, v in _pairs({p: (t.column("s"), t.column("v")) for p, t in facts.values.items()}):
        add(s, URIRef(prop), v, _datatype(prop, vocabulary))
    for cls, nodes in facts.types.items():
        for node in nodes.to_pylist():
            if (str(names[node]), cls) not in own:
                graph.add((names[node], RDF.type, URIRef(cls)))
    for subject, p, odd in facts.odd:
        graph.add((_term(subject), URIRef(p), odd if isinstance(odd, Literal) else _term(str(odd))))
    return graph


def _term(iri: str) -> URIRef | BNode:
    return BNode(iri.removeprefix(BLANK)) if iri.startswith(BLANK) else URIRef(iri)


def _datatype(prop: str, vocabulary: Vocabulary) -> str | None:
    known = vocabulary.properties.get(prop)
    return known.datatype if known is not None else "string"


def _pairs(columns: dict[str, tuple[pa.Array, pa.Array]]) -> Iterator[tuple[str, int, object]]:
    """Property, subject and value of every value that is there."""
    for prop, (subjects, values) in columns.items():
        for s, value in zip(subjects.to_pylist(), values.to_pylist(), strict=True):
            if value is not None:
                yield prop, s, value


def _add_geometry(graph: Graph, table: FactTable, names: list[URIRef | BNode]) -> None:
    """The geometry of a layer's features, each with an IRI of its own, and the CRS that the layer declares."""
    if table.geometry is None:
        return
    layer = str(names[table.table]) if table.table is not None else str(names[table.plan])
    if table.table is not None:
        graph.add((names[table.table], URIRef(CRS), Literal(table.crs or "")))
    found = wkt.literals(table.geometry, table.crs, f"{layer}/crs")
    for node, literal in zip(table.ids.to_pylist(), found, strict=True):
        if literal is not None:
            shape = URIRef(f"{names[node]}/geometry")
            graph.add((names[node], GEO.hasGeometry, shape))
            graph.add((shape, RDF.type, GEO.Geometry))
            graph.add((shape, GEO.asWKT, literal))


@dataclass(frozen=True)
class Layers:
    """The geometry that RDF states. ``shapes``: nodes that are geometries; ``features``: those in a layer or with a shape.

    A feature comes with the text of its literal, None where it has none, and its CRS as ``FactTable.crs`` has it.
    """

    shapes: frozenset[Node]
    features: Mapping[Node, tuple[str | None, str | None]]


def layers(graph: Graph) -> Layers:
    """The geometry in a graph: of a feature, the first literal of its geometries. A layer is what declares a CRS or none."""
    texts = {s: str(o) for s, o in sorted(graph.subject_objects(GEO.asWKT), reverse=True)}
    of = {
        s: texts[o]
        for p in (GEO.hasGeometry, GEO.hasDefaultGeometry)
        for s, o in sorted(graph.subject_objects(p), reverse=True)
        if o in texts
    }
    declared = {s: str(o) or None for s, o in graph.subject_objects(URIRef(CRS))}
    said_of_layer = {s for kind in (SUB.SuppliedField, SUB.Unparsed) for s in graph.subjects(RDF.type, kind)}
    within = {s: t for s, t in graph.subject_objects(URIRef(IN_TABLE)) if t in declared and s not in said_of_layer}
    features: dict[Node, tuple[str | None, str | None]] = {s: (None, declared[table]) for s, table in within.items()}
    for s, text in of.items():
        features[s] = text, wkt.crs_named(text, declared.get(within[s]) if s in within else None)
    return Layers(frozenset(texts), features)


def unread_geometry(texts: Iterable[str | None], geometry: pa.Array) -> list[int]:
    """The rows whose literal is no geometry."""
    return [i for i, (text, wkb) in enumerate(zip(texts, geometry.to_pylist(), strict=True)) if text and wkb is None]


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

    found = layers(graph)
    _add_features(builder, graph, found, name)
    values: dict[str, list[tuple[int, object]]] = {}
    for s, p, o in sorted(graph, key=lambda t: tuple(str(x) for x in t)):
        if s in found.shapes or o in found.shapes:
            continue
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


def _add_features(builder: Builder, graph: Graph, found: Layers, name: Callable[[Node], str]) -> None:
    """Adds what lies in layers as tables with geometry: one for each class, plan, layer and CRS."""
    kinds = builder.vocabulary.subclasses(str(PLAN.Plan))
    plans = _longest_first(str(s) for s, c in graph.subject_objects(RDF.type) if str(c) in kinds)
    groups: dict[tuple[str, str, str, str], list[Node]] = defaultdict(list)
    for s, (_, crs) in sorted(found.features.items()):
        classes = sorted(str(c) for c in graph.objects(s, RDF.type) if str(c) in builder.vocabulary.classes)
        home = graph.value(s, URIRef(IN_PLAN)) or _home(str(s), plans) or _NO_PLAN
        table = graph.value(s, URIRef(IN_TABLE))
        cls = classes[0] if classes else str(SUB.Feature)
        groups[cls, str(home), name(table) if table else "", crs or ""].append(s)
    for (cls, plan_iri, layer_iri, crs), members in groups.items():
        plan, layer = builder.node(plan_iri), builder.node(layer_iri) if layer_iri else None
        iris = [name(s) for s in members]
        ids = builder.rows(pa.array(iris, pa.string()))
        builder.named |= zip(iris, ids.to_pylist(), strict=True)
        texts = [found.features[s][0] for s in members]
        geometry = wkt.geometries(texts, crs or None)
        rows = pa.nulls(len(members), pa.int32())
        builder.add(FactTable(cls, plan, layer, Place(""), ids, rows, {}, geometry=geometry, crs=crs or None))
        for i in unread_geometry(texts, geometry):
            unparsed(builder, iris[i], int(ids[i].as_py()), str(GEO.asWKT), str(texts[i]))


def _longest_first(iris: Iterable[str]) -> list[str]:
    return sorted(set(iris), key=len, reverse=True)


def _home(iri: str, plans: Iterable[str]) -> str | None:
    """The plan whose IRI another begins with."""
    return next((plan for plan in plans if iri.startswith(plan + "/")), None)


def to_value(literal: Node, datatype: str) -> object | None:
    """The Python value of a literal of the declared datatype, or None where it is none."""
    text = str(literal)
    kind = python_type(datatype)
    if kind in (Decimal, int) and "_" in text:
        return None  # a number in Python, but in no literal
    try:
        if kind is Decimal:
            number = Decimal(text).quantize(_SIX_PLACES)  # which raises where it has more digits than facts keep
            return number if number.is_finite() else None
        if kind is int:
            whole = int(text)
            return whole if abs(whole) <= _LARGEST_WHOLE else None
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
    plans = _longest_first(str(s) for s, c in graph.subject_objects(RDF.type) if str(c) in kinds)
    explicit = {str(s) for s in graph.subjects(URIRef(IN_PLAN))}
    for iri, s in list(builder.named.items()):
        home = _home(iri, plans)
        if home is not None and iri not in explicit:
            builder.link(IN_PLAN, [s], [builder.named[home]])
    reviewed = [str(s) for s in graph.subjects(RDF.type, SUB.PlanUnderReview)]
    for iri in sorted(str(s) for s in graph.subjects(RDF.type, SUB.ReferencePlan)):
        for cls in sorted(str(c) for c in graph.objects(URIRef(iri), RDF.type)):
            if cls in kinds and builder.vocabulary.classes[cls].notation:
                builder.references.setdefault(cls, builder.node(iri))
    builder.beside = [builder.node(str(s)) for s in sorted(graph.subjects(RDF.type, SUB.CoordinatedPlan), key=str)]
    builder.reviewed = builder.node(reviewed[0]) if reviewed else builder.node(_NO_PLAN)
