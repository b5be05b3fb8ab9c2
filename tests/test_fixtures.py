"""Every rule fixture gives its outcome, node for node, and every rule has the fixtures it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.authoring import fixtures
from checker.engine import Evaluation, engine
from tests.builtin import KNOWN, PACK, RULES, TERMS

PATHS = list(fixtures.fixtures(PACK))


@pytest.mark.parametrize("path", PATHS, ids=[f"{p.parent.name}/{p.stem}" for p in PATHS])
def test_fixture(path: Path) -> None:
    """It gives the outcome and the nodes that it names, and the two engines give the same result."""
    fixture = fixtures.read(path)
    store = fixtures.stored(fixture, TERMS)
    run = fixtures.run_on(store, fixture, RULES, engine("compiled", RULES, store, KNOWN.compiled))
    said = "\n".join(text.zh for text in run.messages)
    assert not run.undeclared, f"undeclared terms: {run.undeclared}"
    assert run.outcome is fixture.outcome, f"{run.outcome}, not {fixture.outcome}:\n{said}"
    assert run.found == fixture.expected, said
    assert not fixtures.unfilled(run)

    again = Evaluation(RULES, store, engine("reference", RULES, store)).rule(RULES.rule(fixture.code))
    assert replace(run.result, engine="") == replace(again, engine="")


def test_each_open_point_of_a_node_is_compared_where_its_value_is_named() -> None:
    path = next(p for p in PATHS if p.stem == "person-each-later-limit-of-the-place")
    fixture = fixtures.read(path)
    run = fixtures.run(fixture, RULES, TERMS)
    assert fixtures.agrees(run, fixture)
    for one in fixture.expected:
        assert not fixtures.agrees(run, replace(fixture, expected=fixture.expected - {one}))


@pytest.mark.parametrize("rule", RULES.rules, ids=[rule.code for rule in RULES.rules])
def test_rule_has_fixtures(rule: object) -> None:
    kinds = {fixtures.outcome_of(p).value for p in PATHS if p.parent.name == rule.code}  # type: ignore[attr-defined]
    assert kinds >= {"passed", "failed", "not-applicable"} or rule.asks, f"{rule.code} has only {kinds}"  # type: ignore[attr-defined]
    if rule.needs:  # type: ignore[attr-defined]
        assert "undecided" in kinds, f"{rule.code} needs something and has no undecided fixture"  # type: ignore[attr-defined]
