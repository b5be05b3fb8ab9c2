"""What the store entails is what OWL 2 RL entails, as far as decision 0007 goes: held against owlrl.

owlrl is given the same statements and the same axioms, with these differences, which are those of the decision:
no rule of equality; no rdfs:domain, rdfs:range and owl:allValuesFrom; no rule that makes one someValuesFrom a subclass
of another (scm-svf1, scm-svf2), by which a mere claim that a value exists would make members. An owl:disjointUnionOf,
which is outside the profile, is given as the union that it states. Of what form a text is, owlrl is told: it knows no facets.

Compared are the memberships in classes and the statements with properties between individuals: those of the data and
the named individuals that the ontology describes. Literals are compared in the store's canonical form; a literal that
is no value of its property is kept from both sides, as it never becomes a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from owlrl import OWLRL
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, XSD
from rdflib.term import Node

from checker import resources, rulebook, vocabulary
from checker.authoring import fixtures
from checker.errors import CannotFinish
from checker.facts import Store
from checker.facts.columns import IN_PLAN
from checker.facts.rdf import from_graph, to_graph, to_literal, to_value
from checker.relate.matching import match
from checker.turtle import parse
from checker.vocabulary import PLAN, SUB, Vocabulary

PACK = resources.builtin()
SUBJECTS = tuple(f"https://w3id.org/plancheck/{name}#" for name in ("plan", "hts", "terr"))
CLAIMS = {RDFS.domain, RDFS.range, OWL.allValuesFrom}
S, N = URIRef("urn:plancheck:plan:S"), URIRef("urn:plancheck:plan:N")


class Rules(OWLRL.OWLRL_Semantics):  # type: ignore[misc]
    """The rules of OWL 2 RL but those of equality and those that compare existential claims."""

    def rules(self, triple: tuple[Node, Node, Node], cycle_num: int) -> None:
        """owlrl offers every triple to every rule; those that are no axiom set none off, and cost most of the time."""
        _, p, o = triple
        if str(o if p == RDF.type else p).startswith((str(OWL), str(RDFS))):
            super().rules(triple, cycle_num)

    def _equality(self, triple: object, cycle_num: int) -> None: ...

    def _schema_vocabulary(self, triple: tuple[Node, Node, Node], cycle_num: int) -> None:
        if triple[1] != OWL.someValuesFrom:
            super()._schema_vocabulary(triple, cycle_num)


def closed(axioms: Graph, data: Graph) -> Graph:
    """The closure of the data under the axioms that are entailed at check time."""
    graph = Graph()
    for s, p, o in axioms:
        if p == OWL.disjointUnionOf:
            union = BNode()
            graph.add((s, OWL.equivalentClass, union))
            graph.add((union, OWL.unionOf, o))
        elif p not in CLAIMS:
            graph.add((s, p, o))
    graph += data
    lists = axioms.subject_objects(OWL.withRestrictions)
    patterns = {form: str(axioms.value(Collection(axioms, facets)[0], XSD.pattern)) for form, facets in lists}
    for o in set(graph.objects()):
        if isinstance(o, Literal) and o.datatype is None and o.language is None:
            graph.add((o, RDF.type, XSD.string))  # RDF 1.1, which owlrl does not know
            for form, pattern in patterns.items():
                if re.fullmatch(pattern, o):
                    graph.add((o, RDF.type, form))
    Rules(graph, axioms=False, daxioms=False).closure()
    return graph


def about(graph: Graph, individuals: set[Node], classes: Iterable[str], properties: Iterable[str]) -> set[object]:
    """The memberships and statements of a graph between the individuals."""
    found: set[object] = set()
    for cls in classes:
        found |= {(s, RDF.type, URIRef(cls)) for s in graph.subjects(RDF.type, URIRef(cls)) if s in individuals}
    for prop in properties:
        found |= {
            (s, URIRef(prop), o)
            for s, o in graph.subject_objects(URIRef(prop))
            if s in individuals and (o in individuals or isinstance(o, Literal))
        }
    return found


# ---- the ontology and its fixtures ----------------------------------------------------------------------------------


def apart(graph: Graph, n: int, terms: Vocabulary) -> Graph:
    """A fixture's statements with its individuals renamed, so that many fixtures can be closed at once."""
    found = Graph()

    def name(node: Node) -> Node:
        return URIRef(f"urn:{n}:{node}") if isinstance(node, BNode) or str(node).startswith("urn:") else node

    for s, p, o in graph:
        prop = terms.properties.get(str(p))
        if isinstance(o, Literal):
            assert prop is not None and prop.datatype is not None, p
            value = to_value(o, prop.datatype)
            if value is None:
                continue
            o = to_literal(value, prop.datatype)
        found.add((name(s), p, name(o)))
    return found


def logic(terms: Vocabulary) -> Graph:
    """The ontology's axioms but keys, which yield equality only, and what it states with declared properties."""
    found = Graph()
    for s, p, o in terms.graph:
        prop = terms.properties.get(str(p))
        if prop is not None and isinstance(o, Literal):
            o = to_literal(to_value(o, prop.datatype or "string"), prop.datatype or "string")
        if prop is not None or (str(p).startswith((str(OWL), str(RDF), str(RDFS), str(XSD))) and p != OWL.hasKey):
            found.add((s, p, o))
    return found


def graphs() -> Iterator[Graph]:
    """What the fixtures of rules and of competency questions state."""
    yield from (fixtures.read(path).graph for path in fixtures.fixtures(PACK))
    yield from (parse(path) for path in (PACK.root / "fixtures" / "competency").glob("plan.ttl"))


def is_computed(store: Store, cls: str) -> bool:
    try:
        return bool(store.cls(cls))
    except CannotFinish:
        return False


def test_fixtures_entail_what_owlrl_entails() -> None:
    terms = vocabulary.load([PACK])
    mentions = {iri for rule in rulebook.load([PACK]).rules for iri in rule.mentions}
    seen = mentions.union(iri for iri in (*terms.classes, *terms.properties) if iri.startswith(SUBJECTS))
    data = Graph()
    for n, graph in enumerate(graphs()):
        data += apart(graph, n, terms)
    store = Store(from_graph(data, terms), terms)
    classes = sorted(c for c in seen & terms.classes.keys() if is_computed(store, c))
    assert not (mentions & terms.classes.keys()) - set(classes), "a rule mentions a class that is not computed"
    properties = sorted(seen & terms.properties.keys())
    data += to_graph(store, [], [IN_PLAN])  # which plan an individual belongs to follows from its IRI
    ours = {URIRef(s) for s, _ in terms.named_individuals}
    individuals = ours | {n for s, p, o in data for n in ((s,) if p == RDF.type else (s, o)) if isinstance(n, URIRef)}
    expected = about(closed(logic(terms), data), individuals, classes, properties)
    found = about(to_graph(store, classes, properties), individuals, classes, properties)
    assert expected - set(data), "nothing is entailed"
    assert sorted(map(str, expected - found)) == []
    assert sorted(map(str, found - expected)) == []


# ---- small random ontologies ----------------------------------------------------------------------------------------

PREFIXES = """
@prefix : <urn:o:> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:A a owl:Class . :B a owl:Class . :C a owl:Class . :D a owl:Class . :E a owl:Class . :Code a owl:Class .
:p a owl:ObjectProperty . :q a owl:ObjectProperty . :r a owl:ObjectProperty . :s a owl:ObjectProperty .
:t a owl:DatatypeProperty ; rdfs:range xsd:string . :u a owl:DatatypeProperty ; rdfs:range xsd:string .
:k a :Code . :l a :Code , :B ; :p :k .
"""
CLASSES = st.sampled_from([":A", ":B", ":C", ":D", ":E"])
LINKS = st.sampled_from([":p", ":q", ":r", ":s"])
VALUES = st.sampled_from([":t", ":u"])
CODES = st.sampled_from([":k", ":l"])
TEXTS = st.sampled_from(['"x"', '"y"'])
NODES = st.one_of(CODES, st.sampled_from([":a", ":b", ":c", ":d"]))


def lines(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda said: form.format(*said))


BEARERS = st.one_of(
    lines("[ a owl:Restriction ; owl:onProperty {} ; owl:hasValue {} ]", LINKS, CODES),
    lines("[ a owl:Restriction ; owl:onProperty {} ; owl:hasValue {} ]", VALUES, TEXTS),
)
EXPRESSIONS = st.recursive(
    st.one_of(
        CLASSES,
        BEARERS,
        lines("[ owl:oneOf ( {} ) ]", CODES),
        lines("[ a owl:Restriction ; owl:onProperty {} ; owl:someValuesFrom xsd:string ]", VALUES),
        lines(
            "[ a owl:Restriction ; owl:onProperty {} ; owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:string ;"
            " owl:withRestrictions ( [ xsd:pattern {} ] ) ] ]",
            VALUES,
            st.sampled_from(['"x"', '"[x-z]"', '"y|z"']),
        ),
        lines("[ a owl:Restriction ; owl:onProperty {} ; owl:someValuesFrom owl:Thing ]", LINKS),
    ),
    lambda inner: st.one_of(
        lines("[ owl:intersectionOf ( {} {} ) ]", inner, inner),
        lines("[ owl:unionOf ( {} {} ) ]", inner, inner),
        lines("[ a owl:Restriction ; owl:onProperty {} ; owl:someValuesFrom {} ]", LINKS, inner),
    ),
    max_leaves=4,
)
AXIOMS = st.one_of(
    lines("{} owl:equivalentClass {} .", CLASSES, EXPRESSIONS),
    lines("{} owl:equivalentClass {} .", CLASSES, EXPRESSIONS),
    lines("{} rdfs:subClassOf {} .", CLASSES, st.one_of(CLASSES, BEARERS)),
    lines("{} rdfs:subClassOf {} .", CLASSES, EXPRESSIONS),
    lines("[ owl:intersectionOf ( {} {} ) ] rdfs:subClassOf {} .", EXPRESSIONS, EXPRESSIONS, CLASSES),
    lines("{} owl:disjointUnionOf ( {} {} ) .", CLASSES, CLASSES, EXPRESSIONS),
    lines("{} rdfs:subPropertyOf {} .", LINKS, LINKS),
    lines("{} rdfs:subPropertyOf {} .", VALUES, VALUES),
    lines("{} owl:equivalentProperty {} .", LINKS, LINKS),
    lines("{} owl:inverseOf {} .", LINKS, LINKS),
    lines("{} a owl:SymmetricProperty .", LINKS),
    lines("{} a owl:TransitiveProperty .", LINKS),
    lines("{} owl:propertyChainAxiom ( {} {} ) .", LINKS, LINKS, LINKS),
    lines("{} owl:propertyChainAxiom ( {} {} {} ) .", LINKS, LINKS, LINKS, LINKS),
    lines("{} rdfs:domain {} ; rdfs:range {} .", LINKS, CLASSES, CLASSES),
    lines(
        "{} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty {} ; owl:allValuesFrom {} ] .", CLASSES, LINKS, CLASSES
    ),
)
STATEMENTS = st.one_of(
    lines("{} a {} .", NODES, CLASSES),
    lines("{} {} {} .", NODES, LINKS, NODES),
    lines("{} {} {} .", NODES, LINKS, NODES),
    lines("{} {} {} .", NODES, VALUES, TEXTS),
)


@settings(max_examples=120, derandomize=True, deadline=None, database=None)
@given(st.lists(AXIOMS, min_size=6, max_size=12), st.lists(STATEMENTS, min_size=8, max_size=16))
def test_random_ontologies_entail_what_owlrl_entails(axioms: list[str], statements: list[str]) -> None:
    """All forms that the store computes, in any mixture: circles of definitions, of properties and of both too."""
    schema = Graph().parse(data=PREFIXES + "\n".join(axioms), format="turtle")
    data = Graph().parse(data=PREFIXES.split(":A a")[0] + "\n".join(statements), format="turtle")
    terms = Vocabulary(schema)
    individuals = {URIRef(f"urn:o:{name}") for name in "klabcd"}
    expected = about(closed(schema, data), individuals, terms.classes, terms.properties)
    found = to_graph(Store(from_graph(data, terms), terms), terms.classes, terms.properties)
    assert sorted(map(str, expected)) == sorted(map(str, about(found, individuals, terms.classes, terms.properties)))


# ---- keys -----------------------------------------------------------------------------------------------------------

PROJECTS = st.lists(st.tuples(*[st.sets(st.sampled_from("AB"), max_size=2)] * 2), min_size=1, max_size=4)
KEYS = {
    "one": [[PLAN.investmentCode]],
    "together": [[PLAN.investmentCode, PLAN.place]],
    "either": [[PLAN.investmentCode], [PLAN.place]],
}


def keyed(keys: list[list[URIRef]]) -> Vocabulary:
    """The ontology with other keys of projects."""
    graph = Graph()
    graph += vocabulary.load([PACK]).graph
    graph.remove((PLAN.Project, OWL.hasKey, None))
    for key in keys:
        graph.add((PLAN.Project, OWL.hasKey, Collection(graph, BNode(), list(key)).uri))
    return Vocabulary(graph)


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_projects_of_two_plans_match_by_key_where_owlrl_finds_them_the_same(keys: list[list[URIRef]]) -> None:
    """Rule prp-key of owlrl leaves the last property of a key unread, so its keys are given with that property twice."""
    terms = keyed(keys)
    axioms = Graph()
    for key in keys:
        axioms.add((PLAN.Project, OWL.hasKey, Collection(axioms, BNode(), [*key, key[-1]]).uri))

    @settings(max_examples=25, derandomize=True, deadline=None, database=None)
    @given(PROJECTS, PROJECTS)
    def holds(ours: list[tuple[set[str], set[str]]], theirs: list[tuple[set[str], set[str]]]) -> None:
        data = Graph()
        for plan, kind, projects in ((S, PLAN.SmartCityPlan, ours), (N, PLAN.NearTermPlan, theirs)):
            data.add((plan, RDF.type, kind))
            for i, values in enumerate(projects):
                data.add((plan + f"/{i}", RDF.type, PLAN.Project))
                for prop, texts in zip((PLAN.investmentCode, PLAN.place), values, strict=True):
                    for text in texts:
                        data.add((plan + f"/{i}", prop, Literal(text)))
        data.add((S, RDF.type, SUB.PlanUnderReview))
        facts = from_graph(data, terms)
        facts = replace(facts, references={str(PLAN.NearTermPlan): facts.named[str(N)]})
        matched = Store(match(facts, terms, frozenset({str(PLAN.sameInNearTerm)})), terms)
        found = set(to_graph(matched, [], [str(PLAN.sameInNearTerm)]).subject_objects())
        same = set(closed(axioms, data).subject_objects(OWL.sameAs))
        assert found == {(s, o) for a, b in same for s, o in ((a, b), (b, a)) if s.startswith(S) and o.startswith(N)}

    holds()
