"""The engines agree on random rules, packages and a plan whose features are many times those of its package.

`make random` and `benchmarks/agreement.py` hold them against each other at length; what that found is in
test_engines_agree.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from benchmarks.agreement import agreement
from checker.model import Severity, Violation
from tests import random_packages, random_rules
from tests.builtin import RULES
from tests.histogram import Histogram, operators


@pytest.mark.parametrize("number", range(7000, 7020))
def test_a_rule_on_a_random_plan(number: int) -> None:
    rule, graph = random_rules.random_plan(number)
    compiled, reference = random_rules.compare(rule, random_rules.stored(graph))
    assert compiled.error is None
    assert compiled == reference, random_rules.shown(number)


def test_random_plans_find_and_pass() -> None:
    """Else the engines would agree on nothing."""
    histogram = Histogram()
    for number in range(60):
        rule, graph = random_rules.random_plan(number)
        store = random_rules.stored(graph)
        found = random_rules.judged("compiled", rule, store)
        random_rules.add(histogram, rule, store, found)
    assert histogram.both.total() > 60
    assert histogram.both["SPARQLConstraintComponent"] > 5


def test_some_rules_on_a_random_package(tmp_path: Path) -> None:
    folder = random_packages.random_package(3, tmp_path)
    compiled, reference, _ = random_packages.compare(folder, RULES.rules[::15])
    assert compiled == reference
    assert sum(len(result.checked) for result in compiled) > 10


def test_some_rules_on_a_large_plan() -> None:
    codes = ("DQ-108b", "IO-103", "NT-203", "PS-107", "SC-116", "TP-202")
    found = agreement("city", 800, [RULES.rule(code) for code in codes], at_fault=0.5)
    assert found.differing == ()
    assert found.features > 700
    assert found.results > 10


def test_what_a_query_holds() -> None:
    query = """
        SELECT ?s (SUM(DISTINCT ?n) AS ?sum) WHERE {
            ?s <urn:p>/<urn:q>* ?o . OPTIONAL { ?o <urn:n> ?n FILTER (?n + 1 > 2) }
            FILTER NOT EXISTS { ?o <urn:r> ?x . FILTER EXISTS { ?x <urn:s> ?y } }
        } GROUP BY ?s HAVING (COUNT(?o) >= 1)"""
    found = set(operators(translateQuery(parseQuery(query)).algebra))
    wanted = {"SUM DISTINCT", "COUNT", "GROUP BY", "HAVING", "OPTIONAL", "OPTIONAL with FILTER", "NOT EXISTS"}
    assert wanted | {"EXISTS within", "path /", "path *", "+", ">", ">=", "FILTER"} <= found
    assert "BIND" not in found


def test_a_histogram_tells_violations_and_passes_of_one_case() -> None:
    histogram, key = Histogram(), ("urn:shape", "urn:c#One")
    said = {key: frozenset({"One"})}

    def case(*at_fault: str) -> None:
        violations = [Violation(node, None, None, key[1], key[0], Severity.VIOLATION, {}) for node in at_fault]
        histogram.add(said, violations, {"a", "b"}, {"urn:shape"})

    case("a")
    case("a", "b")
    case()
    histogram.add_delegated(["One"])
    counts = [getattr(histogram, name)["One"] for name in ("cases", "failed", "passed", "both", "delegated")]
    assert counts == [4, 2, 2, 1, 1]
