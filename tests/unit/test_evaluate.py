"""What is left open and why: cells that cannot be read reach the nodes whose judgement would read them, and no others."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from rdflib import Graph

from checker.engine import Evaluation, engine
from checker.engine.reference import ReferenceEngine
from checker.errors import Text
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.model import RuleResult
from checker.relate import with_thresholds
from checker.vocabulary import PLAN, SUB
from tests.builtin import RULES, TERMS

PREFIXES = """
@prefix code: <https://w3id.org/plancheck/code#> .
@prefix n: <urn:plancheck:plan:N/> .
@prefix p: <urn:plancheck:plan:S/> .
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:plancheck:plan:S> a plan:SmartCityPlan , sub:PlanUnderReview .
<urn:plancheck:plan:N> a plan:NearTermPlan , sub:ReferencePlan ; plan:periodStart "2026-01-01"^^xsd:date ; plan:periodEnd "2030-12-31"^^xsd:date .
"""
MATCHED = """
p:a a plan:Project ; plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date ; plan:sameInNearTerm n:a .
p:b a plan:Project ; plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date ; plan:sameInNearTerm n:b .
"""
NEAR = """
n:a a plan:Project ; plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date .
n:b a plan:Project ; plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date .
"""


@pytest.fixture(params=["reference", "compiled"])
def by(request: pytest.FixtureRequest) -> str:
    """The name of an engine."""
    return str(request.param)


def stored(turtle: str) -> Store:
    facts = from_graph(Graph().parse(data=PREFIXES + turtle, format="turtle"), TERMS)
    return Store(with_thresholds(facts, TERMS, dt.date(2026, 1, 1)), TERMS)


def result(by: str, code: str, turtle: str) -> tuple[RuleResult, set[str]]:
    """The result of a rule, and the tails of the IRIs that it checked."""
    store = stored(turtle)
    rule = next(rule for rule in RULES.rules if rule.code == code)
    found = Evaluation(RULES, store, engine(by, RULES, store)).rule(rule)
    return found, tails(store.iris(found.checked))


def tails(iris: object) -> set[str]:
    return {str(iri).rsplit("/", 1)[-1] for iri in iris}  # type: ignore[attr-defined]


def test_a_cell_of_the_node_itself(by: str) -> None:
    unreadable = MATCHED.replace('"2026-01-01"^^xsd:date ; plan:end', '"约2026" ; plan:end', 1)
    found, _ = result(by, "NT-203", unreadable + NEAR)
    assert tails(p.node for p in found.undecided) == {"a"}
    assert "约2026" in found.undecided[0].messages["zh"]


def test_a_cell_of_another_plan_reaches_only_what_is_joined_to_it(by: str) -> None:
    near = """n:a a plan:Project ; plan:start "不详" ; plan:end "2028-12-31"^^xsd:date .
    n:b a plan:Project ; plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date ."""
    found, checked = result(by, "NT-203", MATCHED + near)
    assert tails(p.node for p in found.undecided) == {"a"}
    assert checked == {"b"}


def test_a_cell_that_the_rule_does_not_read_changes_nothing(by: str) -> None:
    near = """n:a a plan:Project ; plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date ; plan:landArea "很大" .
    n:b a plan:Project ; plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date ."""
    found, checked = result(by, "NT-203", MATCHED + near)
    assert not found.undecided and checked == {"a", "b"}


def test_a_sum_with_an_unreadable_summand_is_undecided(by: str) -> None:
    near = (
        """n:a a plan:Project ; plan:nearTermInvestment "约3000" . n:b a plan:Project ; plan:nearTermInvestment 5.0 ."""
    )
    found, checked = result(
        by, "NT-206", MATCHED.replace(" ; plan:sameIn", " ; plan:nearTermInvestment 9.0 ; plan:sameIn") + near
    )
    assert found.undecided and not checked


def test_a_cell_by_which_a_class_of_the_rule_is_known(by: str) -> None:
    """Whether a record is a refusal its conclusion says, which rules do not mention."""
    rule = next(rule for rule in RULES.rules if rule.code == "NT-105")
    assert str(SUB.recordConclusion) not in rule.mentions and str(SUB.Refusal) in rule.mentions
    filed = """<urn:plancheck:plan:S> a plan:NearTermPlan .
    p:r a sub:FilingRecord ; sub:recordDate "2026-03-01"^^xsd:date ; sub:recordConclusion "同意" ."""
    unread = "p:u a sub:Unparsed ; sub:subject p:r ; sub:property sub:recordConclusion ; sub:text '#REF!' ."
    assert not result(by, "NT-105", filed)[0].undecided
    assert tails(p.node.rsplit(":")[-1] for p in result(by, "NT-105", filed + unread)[0].undecided) == {"S"}


def test_references_are_seen_not_judged(by: str) -> None:
    found, checked = result(by, "NT-203", MATCHED + "n:a a plan:Project . n:b a plan:Project .")
    judged = checked | tails(v.focus for v in found.violations) | tails(p.node for p in found.undecided)
    assert judged <= {"a", "b"} and len(checked) == len(found.checked)


def test_a_broken_rule_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(ReferenceEngine, "validate", broken)
    found, checked = result("reference", "NT-203", MATCHED)
    assert found.error == Text("RuntimeError: boom", "RuntimeError: boom") and not checked


@pytest.mark.parametrize(("code", "judged"), [("330200", True), ("330212", True), ("110000", False), ("", False)])
def test_local_clauses_hold_at_home_only(code: str, judged: bool) -> None:
    store = stored(f'<urn:plancheck:plan:S> plan:administrativeCode "{code}" .')
    rule = next(rule for rule in RULES.rules if rule.code == "DQ-101")
    local = replace(rule, clause=replace(rule.clause, jurisdiction=("3302",)))
    result = Evaluation(RULES, store, engine("compiled", RULES, store)).rule(local)
    assert bool(len(result.checked)) is judged


def test_a_rule_for_plans_of_a_defined_kind_applies_to_what_the_definition_makes_one() -> None:
    rule = replace(next(r for r in RULES.rules if r.code == "IO-102"), applies_to=frozenset({f"{PLAN}CityPlan"}))
    rules = replace(RULES, rules=(rule,))
    for scale, applies in (("plan:city", True), ("plan:household", False)):
        turtle = f"<urn:plancheck:plan:S> plan:scale {scale} . p:a a plan:Project ; plan:aspect code:design ."
        store = stored(turtle)
        found = Evaluation(rules, store, engine("compiled", rules, store)).rule(rule)
        assert bool(found.violations) is applies, scale


def test_a_misspelt_class_is_kept_aside_and_makes_no_member() -> None:
    facts = from_graph(Graph().parse(data=PREFIXES + "p:a a plan:Projekt .", format="turtle"), TERMS)
    assert [str(odd[2]) for odd in facts.odd] == [f"{PLAN}Projekt"]
    assert f"{PLAN}Projekt" not in facts.types
