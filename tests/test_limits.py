"""What a rule of a hostile pack may take: it is stopped after its time, and its error names it; never a silent pass."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from rdflib import Graph

from benchmarks.fuzz import packs
from checker.engine import Evaluation, engine
from checker.model import Rule, RuleResult
from checker.rulebook import Rulebook
from tests.packages import check, package
from tests.unit.test_evaluate import RULES, stored

NAMES = 'p:a a plan:Project ; plan:name "算力中心" . p:b a plan:Project ; plan:name "城市信息平台" .'
_KNOWN = RULES.rule("DQ-101")


def hostile(name: str) -> tuple[Rulebook, Rule]:
    """A rulebook of one rule, which makes one of the hostile demands."""
    text = packs.rule(packs.HOSTILE[name]).replace("chk:clause :c", f"chk:clause <{_KNOWN.clause.iri}>")
    rules = RULES.with_shapes(_KNOWN.code, Graph().parse(data=text.replace("XX-1", _KNOWN.code), format="turtle"))
    rule = rules.rule(_KNOWN.code)
    return replace(rules, rules=(rule,)), rule


def judged(name: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> tuple[RuleResult, float]:
    """What became of a hostile rule that was given so much time, and how long it really took."""
    monkeypatch.setattr("checker.engine.evaluate.MOST_SECONDS", seconds)
    rules, rule = hostile(name)
    store = stored(NAMES)
    evaluation = Evaluation(rules, store, engine("auto", rules, store, is_apart=True))
    begin = time.monotonic()
    return evaluation.rule(rule), time.monotonic() - begin


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("product of all names", 0.3), ("product that cannot be compiled", 1.0), ("regex of many choices", 1.0)],
)
def test_a_rule_that_would_not_end_is_stopped_and_named(
    monkeypatch: pytest.MonkeyPatch, name: str, seconds: float
) -> None:
    found, took = judged(name, seconds, monkeypatch)
    assert found.error is not None and not len(found.checked) and took >= seconds
    assert f"超过 {seconds:g} 秒，已中止（{_KNOWN.source}）" in found.error.zh
    assert f"stopped after {seconds:g} s ({_KNOWN.source})" in found.error.en


def test_a_process_that_was_stopped_ends_and_the_next_question_goes_to_a_new_one() -> None:
    rules, rule = hostile("regex of many choices")
    store = stored(f'{NAMES} p:c a plan:Project ; plan:name "云" .')  # which is soon done with
    shapes = engine("auto", rules, store, is_apart=True)
    long, short = (pa.array([store.node(f"urn:plancheck:plan:S/{name}")], pa.int64()) for name in "bc")
    before = set(multiprocessing.active_children())
    with pytest.raises(TimeoutError), store.limited(1.0):
        shapes.validate(rule, rule.iri, long)
    (stuck,) = set(multiprocessing.active_children()) - before
    with store.limited(60.0):
        (found,) = shapes.validate(rule, rule.iri, short)
    assert found.focus == "urn:plancheck:plan:S/c"
    stuck.join(20)
    assert not stuck.is_alive()


def test_a_rule_with_more_results_than_a_report_can_hold_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.facts.store.MOST_ROWS", 1000)
    found, _ = judged("product of all names, each solution a result", 60.0, monkeypatch)
    assert found.error is not None and not found.violations
    assert f"多于 1000 个，已中止（{_KNOWN.source}）" in found.error.zh and "more than 1000 results" in found.error.en


def test_a_package_checked_by_a_rule_that_would_not_end_has_exit_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.pipeline.prepare", packs.prepared)
    monkeypatch.setattr("checker.engine.evaluate.MOST_SECONDS", 2.0)
    for file, data in packs.files(packs.HOSTILE["product of all names"]).items():
        (tmp_path / "pack" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pack" / file).write_bytes(data)
    ran = check(package(tmp_path / "p"), "--pack", tmp_path / "pack")
    assert ran.status == 2 and ran.outcome("XX-1") == "error"
    assert "已中止（rules/g/XX-1.ttl）" in ran.reasons("XX-1")
