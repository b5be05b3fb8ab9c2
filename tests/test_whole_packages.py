"""Whole packages: one of each kind that passes everything, and the same with the mistakes of its list, found node for node."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from checker import lift, readers, resources
from checker.authoring.template import choose
from checker.facts import Store
from checker.judge import on_records
from checker.model import Severity
from checker.prepared import prepare
from checker.vocabulary import PLAN, SUB
from tests.packages import Ran, check
from tests.reports import wrong
from tests.whole import KINDS, build, read

LEAST = 0.8  # of the rules that apply and can fail must have a planted mistake
PACK = resources.builtin()
PREPARED = prepare([PACK])
RULES, TERMS = PREPARED.rulebook.rules, PREPARED.vocabulary
BETWEEN = {
    rule.code for rule in RULES if str(SUB.coordinatedWith) in rule.reads
}  # what takes several plans: test_audit
# What is checked once for several tests is checked once only where these run in one process.
each_kind = pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=pytest.mark.xdist_group(f"whole-{k}")) for k in KINDS]
)
Found = Counter[tuple[str, str]]  # how many nodes have a finding of a rule, by what lists call them


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where packages are built, beside the plans that they cite."""
    return tmp_path_factory.mktemp("whole")


@cache
def checked(kind: str, folder: Path, *, planted: bool) -> Ran:
    """What is said of a package; of a good one also that nothing in it is unknown."""
    options = () if planted else ("--strict",)
    ran = check(build(kind, folder, planted=planted), "--profile", "alignment", *options)
    assert wrong(ran.report) == []
    return ran


def outcomes(ran: Ran) -> dict[str, str]:
    """How the rules on one plan ended; those between plans are not supplied with what they need, if they apply."""
    found = {rule["code"]: rule["outcome"] for rule in ran.report["rules"]}
    assert {found[code] for code in BETWEEN} <= {"not-supplied", "not-applicable"}
    return {code: outcome for code, outcome in found.items() if code not in BETWEEN}


def focus(iri: str) -> str:
    """A node as lists call it: without its plan, and without what tells two rows with one key apart."""
    within = unquote(iri.removeprefix("urn:plancheck:plan:")).partition("/")[2]
    return within.partition("~")[0] or "plan"


@cache
def kinds_and_place(plan: Path) -> tuple[frozenset[str], str]:
    """The kinds that a plan is of, also by definition, and the code of the place where it lies."""
    facts, _, _ = lift.lift(readers.read(plan, TERMS, PACK.root / "ontology" / "plan.xsd"), {}, TERMS)
    store, kinds = Store(facts, TERMS), sorted(TERMS.subclasses(str(PLAN.Plan)))
    members = store.memberships(kinds).to_pylist()
    of_plan = frozenset(kinds[row["k"]] for row in members if row["s"] == facts.reviewed)
    return of_plan, str(facts.of_plan(str(PLAN.administrativeCode)))


def applying(plan: Path) -> set[str]:
    """The rules on plans of this kind, in force where it lies; not those on what reviewers hand back."""
    kinds, here = kinds_and_place(plan)
    on_plans = (rule for rule in RULES if rule not in on_records(RULES, TERMS))
    at_home = (rule for rule in on_plans if not rule.clause.jurisdiction or here.startswith(rule.clause.jurisdiction))
    return {rule.code for rule in at_home if not rule.applies_to or rule.applies_to & kinds} - BETWEEN


@each_kind
def test_a_good_package_passes_everything(folder: Path, kind: str) -> None:
    ran, described = checked(kind, folder, planted=False), read(kind)
    left = {code: outcome for code, outcome in outcomes(ran).items() if outcome not in ("passed", "not-applicable")}
    assert left == dict.fromkeys(described.person, "person-decides")
    assert ran.report["findings"] == [] and ran.status == 0


@each_kind
def test_a_good_package_has_all_that_rules_on_its_kind_look_at(folder: Path, kind: str) -> None:
    found = outcomes(checked(kind, folder, planted=False))
    empty = {code for code in applying(folder / kind) if found[code] == "not-applicable"}
    assert sorted(empty) == sorted(read(kind).absent)


@each_kind
def test_what_a_template_of_its_kind_asks_for_is_enough(folder: Path, tmp_path: Path, kind: str) -> None:
    checked(kind, folder, planted=False)
    lowest = max(kinds_and_place(folder / kind)[0], key=lambda cls: len(TERMS.superclasses(cls)))
    template = choose(TERMS, PREPARED.rulebook, TERMS.classes[lowest].label.zh, None)
    found = outcomes(check(build(kind, tmp_path, within=template), "--profile", "alignment", "--strict"))
    left = {code for code, outcome in found.items() if outcome not in ("passed", "not-applicable")}
    assert left == set(read(kind).person)


@each_kind
def test_every_planted_mistake_is_found_and_nothing_else(folder: Path, kind: str) -> None:
    ran = checked(kind, folder, planted=True)
    nodes = {(finding["rule"], finding["focus"]) for finding in ran.report["findings"]}
    found, planted = Found((rule, focus(iri)) for rule, iri in nodes), Found(read(kind).findings)
    assert sorted((planted - found).elements()) == [], "planted, but not found"
    assert sorted((found - planted).elements()) == [], "found, but not planted"
    assert ran.status == 1


@each_kind
def test_most_rules_that_can_fail_have_a_planted_mistake(folder: Path, kind: str) -> None:
    found = outcomes(checked(kind, folder, planted=False))
    able = {rule.code for rule in RULES if rule.severity != Severity.INFO} - BETWEEN
    able = {code for code in able if found[code] != "not-applicable"}
    described = read(kind)
    planted = {rule for rule, _ in described.findings} & able
    assert sorted(able - planted) == sorted(described.unplanted), (
        "those without a planted mistake, and those with a reason"
    )
    assert len(planted) >= LEAST * len(able)
