"""Whole packages: one of each kind that passes everything, and the same with the mistakes of its list, found node for node."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from checker import resources
from checker.prepared import prepare
from checker.vocabulary import SUB
from tests.packages import Ran, check
from tests.whole import KINDS, build, plant, read

LEAST = 0.8  # of the rules that apply and can fail must have a planted mistake
PREPARED = prepare([resources.builtin()])
RULES, TERMS = PREPARED.rulebook, PREPARED.vocabulary
PLAN = "plan"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """What is said of each package as it ought to be; also by a reader that refuses what it does not know."""
    out = tmp_path_factory.mktemp("good")
    return {kind: checked(kind, out, "--strict") for kind in KINDS}


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    return {kind: checked(kind, tmp_path_factory.mktemp(kind), planted=True) for kind in KINDS}


def checked(kind: str, out: Path, *options: str, planted: bool = False) -> Ran:
    folder = build(kind, out, planted=planted) if planted or not (out / kind).exists() else out / kind
    return check(folder, "--profile", "alignment", *options)


def focus(iri: str) -> str:
    """A focus node as planted lists name it: without its plan."""
    return unquote(iri.removeprefix("urn:plancheck:plan:")).partition("/")[2] or PLAN


def listed(pairs: set[tuple[str, str]]) -> list[str]:
    return sorted(" ".join(pair) for pair in pairs)


def outcomes(ran: Ran) -> dict[str, str]:
    return {rule["code"]: rule["outcome"] for rule in ran.report["rules"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_package_passes_everything(good: dict[str, Ran], kind: str) -> None:
    ran, described = good[kind], read(kind)
    left = {code: outcome for code, outcome in outcomes(ran).items() if outcome not in ("passed", "not-applicable")}
    assert left == {code: "person-decides" for code in described.person}
    assert ran.report["findings"] == [] and ran.status == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_package_has_all_that_rules_on_its_kind_look_at(good: dict[str, Ran], kind: str) -> None:
    cls = TERMS.superclasses(good[kind].report["plan"]["kind"]["iri"])
    empty = {code for code, outcome in outcomes(good[kind]).items() if outcome == "not-applicable"}
    of_kind = {rule.code for rule in RULES.rules if not rule.applies_to or set(rule.applies_to) & cls}
    assert sorted(empty & of_kind) == sorted(read(kind).absent)


@pytest.mark.parametrize("kind", KINDS)
def test_every_planted_mistake_is_found_and_nothing_else(careless: dict[str, Ran], kind: str) -> None:
    found = {(finding["rule"], focus(finding["focus"])) for finding in careless[kind].report["findings"]}
    planted = read(kind).findings
    assert listed(planted - found) == [], "planted, but not found"
    assert listed(found - planted) == [], "found, but not planted"


@pytest.mark.parametrize("kind", KINDS)
def test_most_rules_that_can_fail_have_a_planted_mistake(good: dict[str, Ran], kind: str) -> None:
    described = read(kind)
    applying = {code for code, outcome in outcomes(good[kind]).items() if outcome != "not-applicable"}
    able = applying - {rule.code for rule in RULES.rules if rule.severity == "info"}
    planted = {rule for rule, _ in described.findings}
    assert sorted(able - planted) == sorted(described.unplanted), "not planted, and no reason given"
    assert len(able & planted) >= LEAST * len(able)
