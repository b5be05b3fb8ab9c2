"""From results to a verdict: what counts, what exceptions replace, and names of findings that do not move with rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pytest
from rdflib import Graph

from checker.errors import Text
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.judge import judge, not_supplied
from checker.judge.words import Words, number
from checker.model import (
    Clause,
    OpenPoint,
    Outcome,
    PlanSummary,
    Profile,
    Report,
    Rule,
    RuleResult,
    Severity,
    Strength,
    Violation,
)
from tests.builtin import TERMS

FACTS = """
@prefix p: <urn:plancheck:plan:S/> . @prefix plan: <https://w3id.org/plancheck/plan#> . @prefix sub: <https://w3id.org/plancheck/sub#> .
<urn:plancheck:plan:S> a plan:SmartCityPlan , sub:PlanUnderReview .
p:a a plan:Project ; plan:name "算力中心" ; plan:code "P-1" . p:b a plan:Project ; plan:name "平台" .
<urn:plancheck:plan:%E6%95%B0%E6%8D%AE%E5%BA%93> a plan:TerritorialPlan , sub:ReferencePlan .
"""
STORE = Store(from_graph(Graph().parse(data=FACTS, format="turtle"), TERMS), TERMS)
A, B = "urn:plancheck:plan:S/a", "urn:plancheck:plan:S/b"
NOBODY = Text("", "")


def nodes(*iris: str) -> pa.Array:
    return pa.array([STORE.node(iri) for iri in iris], pa.int64())


def rule(code: str, strength: Strength = Strength.MANDATORY, excepts: tuple[str, ...] = ()) -> Rule:
    clause = Clause(f"clause/{code}", "guideline", NOBODY, code, NOBODY, NOBODY, NOBODY, strength)
    empty: frozenset[str] = frozenset()
    return Rule(code, f"rule/{code}", NOBODY, clause, NOBODY, Severity.VIOLATION, empty, (), (), (), excepts, empty, "")


def violation(focus: str, severity: Severity = Severity.VIOLATION, value: str | None = None) -> Violation:
    return Violation(
        focus, None, value, "component", "shape", severity, {"zh": "{?this}不对", "en": "{?this} is wrong"}
    )


def report(*results: RuleResult, profile: Profile | None = None, fail_on: Severity = Severity.VIOLATION) -> Report:
    plan = PlanSummary("", "urn:plancheck:plan:S", "S", "S", NOBODY, ())
    return judge(results, STORE, profile or Profile("p", NOBODY), fail_on, [plan], dt.date(2026, 1, 1), "", "", [])


def test_a_rule_that_checked_nothing_is_not_passed() -> None:
    assert report(RuleResult(rule("R"))).outcomes[0].outcome is Outcome.NOT_APPLICABLE
    assert report(RuleResult(rule("R"), checked=nodes(A))).outcomes[0].outcome is Outcome.PASSED


def test_error_is_neither_finding_nor_pass() -> None:
    found = report(RuleResult(rule("R"), error=Text("boom", "boom")))
    assert found.outcomes[0].outcome is Outcome.ERROR and not found.accepted


@pytest.mark.parametrize(
    ("strength", "accepted"),
    [("mandatory", False), ("expected", False), ("local", False), ("practice", True), ("advised", True)],
)
def test_only_binding_clauses_change_the_verdict(strength: str, accepted: bool) -> None:
    failed = RuleResult(rule("R", Strength(strength)), nodes(A), (violation(A),))
    assert report(failed).accepted is accepted


def test_a_profile_adopts_a_guideline_or_a_clause() -> None:
    failed = RuleResult(rule("R", Strength.ADVISED), nodes(A), (violation(A),))
    for adopted in ("guideline", "clause/R"):
        assert not report(failed, profile=Profile("p", NOBODY, frozenset({adopted}))).accepted


PLAN = "https://w3id.org/plancheck/plan#"


@pytest.mark.parametrize(
    ("term", "targets", "zh"),
    [
        ("plan#usesData", ("Model",), "“模型表”没有“所用数据”一列"),  # five tables have such a column
        (
            "plan#start",
            ("MatchedProject",),
            "“项目表”没有“建设年限”或“开始时间”一列",
        ),  # a class defined by others of the table's
        ("hts#arisesFrom", (), "“需求表”没有“源于耦合”一列，“问题表”没有“源于耦合”一列"),
        ("plan#Model", (), "成果包没有“模型表”"),
    ],
)
def test_what_is_not_supplied_is_named_where_the_rule_looks_for_it(
    term: str, targets: tuple[str, ...], zh: str
) -> None:
    about = replace(rule("R"), targets=frozenset(f"{PLAN}{cls}" for cls in targets))
    found = report(RuleResult(about, missing=(f"https://w3id.org/plancheck/{term}",))).outcomes[0]
    assert found.outcome is Outcome.NOT_SUPPLIED
    assert [reason.text.zh for reason in found.reasons] == [zh]


def test_any_of_several_tables_of_one_class_would_do() -> None:
    text = not_supplied("https://w3id.org/plancheck/terr#AdministrativeArea", rule("R"), Words(STORE))
    assert text.zh.count("“") == 4 and "”或“" in text.zh
    assert text.en.count(" or ") == 3


def test_fail_on() -> None:
    informed = RuleResult(rule("R"), nodes(A), (violation(A, Severity.INFO),))
    assert report(informed).accepted
    assert not report(informed, fail_on=Severity.INFO).accepted


def test_undecided_is_not_accepted_unless_the_profile_says_so() -> None:
    open_ = RuleResult(rule("R"), nodes(B), (), (OpenPoint(A, {"zh": "缺", "en": "missing"}),))
    assert report(open_).outcomes[0].outcome is Outcome.UNDECIDED
    assert not report(open_).accepted
    assert report(open_, profile=Profile("p", NOBODY, frozenset(), frozenset({Outcome.UNDECIDED}))).accepted


def test_information_and_undecided_together_are_not_accepted() -> None:
    mixed = RuleResult(
        rule("R"), nodes(B), (violation(B, Severity.INFO),), (OpenPoint(A, {"zh": "缺", "en": "missing"}),)
    )
    assert not report(mixed).accepted


def test_an_exception_replaces_the_finding_of_its_parent_where_it_checked() -> None:
    parent = RuleResult(rule("R"), nodes(A, B), (violation(A), violation(B)))
    exception = RuleResult(
        rule("Rb", excepts=("rule/R",)), nodes(A), (), (), (OpenPoint(A, {"zh": "认定", "en": "decide"}),)
    )
    found = report(parent, exception)
    assert [f.focus for f in found.findings] == [B]
    assert [o.outcome for o in found.outcomes] == [Outcome.FAILED, Outcome.PERSON_DECIDES]


def test_an_exception_that_could_not_check_a_node_leaves_the_finding() -> None:
    parent = RuleResult(rule("R"), nodes(A), (violation(A),))
    exception = RuleResult(rule("Rb", excepts=("rule/R",)), nodes(), (), (OpenPoint(A, {"zh": "缺", "en": "missing"}),))
    assert [f.focus for f in report(parent, exception).findings] == [A]


def test_advice_lifts_a_finding_that_binds_only_where_it_is_adopted() -> None:
    parent = RuleResult(rule("R"), nodes(A), (violation(A),))
    exception = RuleResult(rule("Rb", Strength.PRACTICE, excepts=("rule/R",)), nodes(A))
    assert [f.focus for f in report(parent, exception).findings] == [A]
    assert not report(parent, exception, profile=Profile("p", NOBODY, frozenset({"clause/Rb"}))).findings


def test_finding_ids_tell_findings_apart_and_stay() -> None:
    results = RuleResult(rule("R"), nodes(A, B), (violation(A), violation(B), violation(A, value=B)))
    ids = [f.id for f in report(results).findings]
    assert len(set(ids)) == 3 and ids == [f.id for f in report(results).findings]


def test_things_are_called_by_name_and_key() -> None:
    found = report(RuleResult(rule("R"), nodes(A, B), (violation(A), violation(B)))).findings
    assert found[0].message == Text("算力中心（P-1）不对", "算力中心 (P-1) is wrong")
    assert found[1].message.zh == "平台不对"


def test_a_plan_without_title_is_called_by_its_identifier() -> None:
    """As of a database that comes without plan information: never by the escapes of its IRI."""
    assert Words(STORE).label("urn:plancheck:plan:%E6%95%B0%E6%8D%AE%E5%BA%93").zh == "数据库"


@pytest.mark.parametrize(
    ("value", "text"),
    [("3410.00", "3,410"), ("0.082", "0.08"), ("0.0004", "0.0004"), ("1234567.891", "1,234,567.89"), ("0", "0")],
)
def test_numbers(value: str, text: str) -> None:
    assert number(Decimal(value), 2) == text


def test_slots() -> None:
    words = Words(STORE)
    filled = words.fill(
        {"zh": "{?share:percent}，{?n}，{?n:year}，{?sum:year}，{?none}，{?day}"},
        {"share": Decimal("0.0821"), "n": 2027, "sum": Decimal("2027.000000"), "day": dt.date(2026, 1, 1)},
    )
    assert filled.zh == "8.2%，2027，2027，2027，（空），2026-01-01"


def test_a_value_is_shown_as_what_its_property_holds() -> None:
    """Not with the places that a store gives to each number; a text that looks like a number stays."""
    words = Words(STORE)
    assert words.say(words.typed("-4000.0", f"{PLAN}nearTermInvestment"), "zh") == "-4,000"
    assert words.say(words.typed("0.0", f"{PLAN}maintenancePerYear"), "zh") == "0"
    assert words.say(words.typed("2.0", f"{PLAN}name"), "zh") == "2.0"


def test_a_unit_is_shown_by_its_sign() -> None:
    per_cent = "https://w3id.org/plancheck/unit#per-cent"
    assert Words(STORE).quantity(Decimal("66"), per_cent).zh == "66 %"


def test_information_and_a_question_to_a_person_are_accepted_together() -> None:
    asked = (OpenPoint(A, {"zh": "认定", "en": "decide"}),)
    mixed = RuleResult(rule("R"), nodes(A, B), (violation(B, Severity.INFO),), (), asked)
    assert report(mixed, profile=Profile("p", NOBODY)).accepted
    assert not report(mixed, profile=Profile("p", NOBODY, frozenset(), frozenset())).accepted


def test_a_rule_that_only_informs_does_not_stop_a_package_when_undecided() -> None:
    open_ = RuleResult(
        replace(rule("R"), severity=Severity.INFO), nodes(), (), (OpenPoint(None, {"zh": "缺", "en": "missing"}),)
    )
    assert report(open_).accepted
    assert not report(open_, fail_on=Severity.INFO).accepted
