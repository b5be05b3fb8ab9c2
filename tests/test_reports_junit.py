"""JUnit XML: a case a rule; what is not passed never looks so, and a pipeline is red exactly where a plan is not accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from checker import writers
from checker.errors import Text
from checker.model import Outcome, Report, Severity
from tests.reports import demo, every_outcome

REPORT = every_outcome()


def written(report: Report, lang: str = "zh") -> etree._Element:
    found = writers.write(report, "junit", lang)
    assert isinstance(found, bytes)
    return etree.fromstring(found)


def case(root: etree._Element, code: str) -> etree._Element:
    (found,) = [c for c in root.iter("testcase") if (c.get("name") or "").split()[0] == code]
    return found


def test_a_suite_is_a_guideline_and_a_case_a_rule() -> None:
    root = written(REPORT)
    titles = {o.rule.clause.guideline_title.zh for o in REPORT.outcomes}
    assert {suite.get("name") for suite in root} == titles and len(titles) == 6
    codes = [(c.get("name") or "").split()[0] for c in root.iter("testcase")]
    assert sorted(codes) == sorted(o.rule.code for o in REPORT.outcomes)
    assert all(c.get("time") == "0" and c.get("classname") == c.getparent().get("name") for c in root.iter("testcase"))  # type: ignore[union-attr]


def test_only_what_passed_looks_passed() -> None:
    root = written(REPORT)
    for outcome in REPORT.outcomes:
        children = [child.tag for child in case(root, outcome.rule.code)]
        if outcome.outcome is Outcome.PASSED:
            assert children == []
        elif outcome.outcome is Outcome.ERROR:
            assert children == ["error"]
        elif outcome.blocks:
            assert children == ["failure" if outcome.findings else "error"]
        else:
            assert children == ["skipped"]


def test_counts_are_those_of_the_cases() -> None:
    root = written(REPORT)
    for element in (root, *root):
        for count, tag in (("tests", None), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            cases = [c for c in element.iter("testcase") if tag is None or c.find(tag) is not None]
            assert element.get(count) == str(len(cases)), (element.get("name"), count)
    assert int(root.get("failures", "0")) and int(root.get("errors", "0")) and int(root.get("skipped", "0"))


def test_every_finding_and_reason_is_told_with_its_place() -> None:
    root = written(REPORT, "en")
    for outcome in REPORT.outcomes:
        told = "".join(case(root, outcome.rule.code).itertext())
        for finding in outcome.findings:
            assert finding.message.en in told and finding.id in told and finding.rule.remedy.en in told
            assert finding.place is None or finding.place.file in told
        for reason in outcome.reasons:
            assert reason.text.en in told


@pytest.mark.parametrize("fail_on", list(Severity))
def test_what_does_not_stand_in_the_way_makes_nothing_red(fail_on: Severity) -> None:
    """A report in which nothing blocks has neither failure nor error, but its findings and open points are told."""
    outcomes = tuple(
        replace(o, blocks=False, findings=tuple(replace(f, blocks=False) for f in o.findings)) for o in demo().outcomes
    )
    root = written(replace(demo(), outcomes=outcomes, accepted=True, fail_on=fail_on))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    findings = [
        c
        for c in root.iter("testcase")
        if "不影响结论" in (c.find("skipped").get("message", "") if c.find("skipped") is not None else "")
    ]  # type: ignore[union-attr]
    assert len(findings) == sum(bool(o.findings) for o in outcomes)


def test_a_finding_too_light_to_stand_in_the_way_beside_an_open_point_that_does_is_an_error() -> None:
    outcome = next(o for o in demo().outcomes if o.blocks and o.findings and o.reasons)
    light = tuple(replace(f, severity=Severity.INFO, blocks=False) for f in outcome.findings)
    root = written(replace(demo(), outcomes=(replace(outcome, findings=light),)))
    assert [child.tag for child in case(root, outcome.rule.code)] == ["error"]


def test_characters_that_xml_does_not_allow_are_left_out() -> None:
    outcome = next(o for o in demo().outcomes if o.findings)
    said = "甲\x00\x0b\ufffe<b>&乙"
    finding = replace(outcome.findings[0], message=Text(said, said))
    root = written(replace(demo(), outcomes=(replace(outcome, findings=(finding,)),)))
    assert "甲<b>&乙" in "".join(case(root, outcome.rule.code).itertext())
