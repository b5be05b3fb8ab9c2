"""Every rule fixture gives its outcome, node for node, and every rule has the fixtures it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker import resources, rulebook, vocabulary
from checker.authoring import fixtures
from checker.engine import Evaluation, engine
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.relate import with_thresholds

PACK = resources.builtin()
TERMS = vocabulary.load([PACK])
RULES = rulebook.load([PACK])
PATHS = list(fixtures.fixtures(PACK))


@pytest.mark.parametrize("path", PATHS, ids=[f"{p.parent.name}/{p.stem}" for p in PATHS])
def test_fixture(path: Path) -> None:
    fixture = fixtures.read(path)
    run = fixtures.run(fixture, RULES, TERMS)
    said = "\n".join(text.zh for text in run.messages)
    assert not run.undeclared, f"undeclared terms: {run.undeclared}"
    assert run.outcome is fixture.outcome, f"{run.outcome}, not {fixture.outcome}:\n{said}"
    assert run.found == fixture.expected, said
    assert not fixtures.unfilled(run)


@pytest.mark.parametrize("path", PATHS, ids=[f"{p.parent.name}/{p.stem}" for p in PATHS])
def test_engines_give_the_same_result(path: Path) -> None:
    fixture = fixtures.read(path)
    facts = with_thresholds(from_graph(fixture.graph, TERMS), TERMS, fixtures.AS_OF)
    rule = RULES.rule(fixture.code)
    found = []
    for name in ("compiled", "reference"):
        store = Store(facts, TERMS)
        found.append(replace(Evaluation(RULES, store, engine(name, RULES, store)).rule(rule), engine=""))
    assert found[0] == found[1]


@pytest.mark.parametrize("rule", RULES.rules, ids=[rule.code for rule in RULES.rules])
def test_rule_has_fixtures(rule: object) -> None:
    kinds = {fixtures.read(p).outcome.value for p in PATHS if p.parent.name == rule.code}  # type: ignore[attr-defined]
    assert kinds >= {"passed", "failed", "not-applicable"} or rule.asks, f"{rule.code} has only {kinds}"  # type: ignore[attr-defined]
    if rule.needs:  # type: ignore[attr-defined]
        assert "undecided" in kinds, f"{rule.code} needs something and has no undecided fixture"  # type: ignore[attr-defined]
