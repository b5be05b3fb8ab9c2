"""Plans that are in order contradict nothing that the ontology claims, and what the store entails of them HermiT entails too.

The store leaves domains, ranges and cardinalities to the rules (decision 0007); here the reasoner holds real facts against
them: a special plan with the smart-city plan above it, read from its files, and the plan set of the competency questions.
Texts of a form (xsd:pattern), which owlrl does not know, are held against it both ways.
"""

from __future__ import annotations

import datetime as dt

import pytest
from rdflib import Graph, Literal
from rdflib.namespace import OWL, RDF, RDFS, XSD

from checker import lift, readers, relate, rulebook
from checker.authoring.reasoner import classify
from checker.authoring.terms import read
from checker.facts import Facts, Store
from checker.facts.rdf import from_graph, to_graph
from checker.turtle import parse
from checker.vocabulary import Vocabulary
from tests.builtin import PACK, TERMS

FIXTURES = PACK.root / "fixtures"


def special_plan() -> Facts:
    schema = PACK.root / "ontology" / "plan.xsd"
    packages = FIXTURES / "packages"
    package, above = (readers.read(packages / name, TERMS, schema) for name in ("transport-special", "smart-city"))
    facts, _, _ = lift.lift(package, {"smart-city": above}, TERMS)
    mentions = frozenset[str]().union(*(rule.mentions for rule in rulebook.load([PACK]).rules))
    return relate.relate(facts, TERMS, mentions, dt.date(2026, 6, 30))


def plan_set() -> Facts:
    return from_graph(parse(FIXTURES / "competency" / "plan.ttl"), TERMS)


@pytest.mark.parametrize("facts", [special_plan, plan_set])
def test_facts_contradict_nothing(facts: object) -> None:
    view = Graph()
    to_graph(Store(facts(), TERMS), set(TERMS.classes), set(TERMS.properties), view)  # type: ignore[operator]
    result = classify(read([PACK]).ontology + view)
    assert result.consistent
    entailed = {(str(s), str(c)) for s, c in view.subject_objects(RDF.type) if str(c) in TERMS.classes}
    assert len(entailed) > 200
    assert entailed <= result.types


PATTERNS = ("不予.+", "(.|\n|\r)*(不同意|不予)(.|\n|\r)*", "同意|不同意", "a{2,3}[b-d]?", "[^不同]+", "a\\.(b|[.\\-])*")
TEXTS = ("不予通过", "经审查，\n不予通过。", "同意", "不同意", "", "aa", "aaac", "aaaa", "a.", "a.b-.", "acb", "😀")


def test_texts_of_a_form_are_those_of_hermit() -> None:
    axioms = "".join(
        f""":P{i} a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty :says ; owl:someValuesFrom
            [ a rdfs:Datatype ; owl:onDatatype xsd:string ; owl:withRestrictions ( [ xsd:pattern {Literal(p).n3()} ] ) ] ] ."""
        for i, p in enumerate(PATTERNS)
    )
    said = "".join(f":t{i} a :Said ; :says {Literal(text).n3()} ." for i, text in enumerate(TEXTS))
    prefixes = f"""@prefix : <urn:o:> . @prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> . @prefix xsd: <{XSD}> .
        :says a owl:DatatypeProperty ; rdfs:range xsd:string . :Said a owl:Class ."""
    ontology = Graph().parse(data=prefixes + axioms, format="turtle")
    data = Graph().parse(data=prefixes + said, format="turtle")
    terms = Vocabulary(ontology)
    ours = to_graph(Store(from_graph(data, terms), terms), terms.classes, [])
    found = {(str(s), str(c)) for s, c in ours.subject_objects(RDF.type)}
    assert found == classify(ontology + data).types
    assert {c for _, c in found} == {"urn:o:Said", *(f"urn:o:P{i}" for i in range(len(PATTERNS)))}
