"""Plans that are in order contradict nothing that the ontology claims, and what the store entails of them HermiT entails too.

The store leaves domains, ranges and cardinalities to the rules (decision 0007); here the reasoner holds real facts against
them: a special plan with the smart-city plan above it, read from its files, and the plan set of the competency questions.
"""

from __future__ import annotations

import datetime as dt

import pytest
from rdflib import Graph
from rdflib.namespace import RDF

from checker import lift, readers, relate, rulebook
from checker.authoring.reasoner import classify
from checker.authoring.terms import read
from checker.facts import Facts, Store
from checker.facts.rdf import from_graph, to_graph
from checker.turtle import parse
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
