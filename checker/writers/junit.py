"""The report as JUnit XML, for pipelines: a test suite a guideline, a test case a rule.

A case fails if its findings stand in the way of acceptance, and is an error if what could not be judged does, or if the rule
broke. What is waived, and what a person decided to comply, does not stand in the way. Nothing else looks passed that is not: advice, what is open and what does not apply is skipped, with the reason. So a
pipeline is red where the exit status of plancheck is not 0, and only there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from checker import __version__
from checker.errors import Text
from checker.model import Finding, Outcome, Reason, Report, RuleOutcome
from checker.writers import review
from checker.writers.conclusion import HEADED
from checker.writers.text import cited, where
from checker.writers.words import OUTCOMES, SEVERITIES

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_ADVICE = Text("不影响结论", "does not change the verdict")


def write(report: Report, lang: str) -> bytes:
    """XML in UTF-8; the same report gives the same bytes."""
    suites = etree.Element("testsuites", name="plancheck", time="0")
    for outcomes in report.by_guideline.values():
        suites.append(_suite(outcomes[0].rule.clause.guideline_title.in_(lang), outcomes, report, lang))
    for count in ("tests", "failures", "errors", "skipped"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    written: bytes = etree.tostring(suites, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def _suite(title: str, outcomes: Sequence[RuleOutcome], report: Report, lang: str) -> etree._Element:
    suite = etree.Element("testsuite", name=_clean(title), time="0")
    properties = etree.SubElement(suite, "properties")
    for name, value in _about(report, lang):
        etree.SubElement(properties, "property", name=name, value=_clean(value))
    for outcome in outcomes:
        suite.append(_case(title, outcome, lang))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(outcomes)))
    return suite


def _about(report: Report, lang: str) -> Iterator[tuple[str, str]]:
    yield "note", HEADED.in_(lang)
    yield "plan", f"{report.plan.title} [{report.plan.kind.in_(lang)} {report.plan.identifier}]"
    yield "accepted", str(report.accepted).lower()
    yield "profile", report.profile.name
    yield "failOn", report.fail_on.value
    yield "asOf", report.as_of.isoformat()
    yield "plancheck", __version__
    yield "rulebook", report.rulebook


def _case(title: str, outcome: RuleOutcome, lang: str) -> etree._Element:
    name = f"{outcome.rule.code} {outcome.rule.title.in_(lang)}"
    case = etree.Element("testcase", classname=_clean(title), name=_clean(name), time="0")
    tag = _tag(outcome)
    if tag is not None:
        said = etree.SubElement(case, tag, message=_clean(_message(outcome, lang)))
        if tag != "skipped":
            said.set("type", outcome.outcome.value)
        said.text = _clean("\n\n".join(_lines(outcome, lang))) or None
    return case


def _tag(outcome: RuleOutcome) -> str | None:
    """What a case is besides being there; None for one that passed."""
    if outcome.outcome is Outcome.PASSED:
        return None
    if outcome.outcome is Outcome.ERROR:
        return "error"
    if not outcome.blocks:
        return "skipped"
    return "failure" if outcome.refused or any(finding.blocks for finding in outcome.findings) else "error"


def _message(outcome: RuleOutcome, lang: str) -> str:
    """How the rule ended, and the first thing that is said of it."""
    word = OUTCOMES[outcome.outcome].in_(lang)
    if outcome.findings:
        count = len(outcome.findings)
        word += Text(f"，问题 {count} 个", f", {count} finding{'s' * (count != 1)}").in_(lang)
        if not outcome.blocks:
            word += Text("，", ", ").in_(lang) + _ADVICE.in_(lang)
    first = [thing.in_(lang) for thing in (*(f.message for f in outcome.findings), *(r.text for r in outcome.reasons))][
        :1
    ]
    return Text("：", ": ").in_(lang).join((word, *first))


def _lines(outcome: RuleOutcome, lang: str) -> Iterator[str]:
    for finding in outcome.findings:
        yield _finding(finding, lang)
    for reason in outcome.reasons:
        yield _reason(reason, lang)


def _finding(finding: Finding, lang: str) -> str:
    labelled = [
        (Text("位置", "where"), finding.place and where(finding.place, lang)),
        (Text("实测", "measured"), finding.measured and finding.measured.in_(lang)),
        (Text("允许", "allowed"), finding.allowed and finding.allowed.in_(lang)),
        (Text("依据", "clause"), cited(finding.rule.clause, lang)),
        (Text("修改", "mend"), finding.rule.remedy.in_(lang)),
        (Text("编号", "id"), finding.id),
        *((Text("审查", "review"), line) for line in review.of_finding(finding, lang)),
    ]
    head = f"{SEVERITIES[finding.severity].in_(lang)}  {finding.message.in_(lang)}"
    return "\n".join([head, *(f"  {name.in_(lang)}  {value}" for name, value in labelled if value)])


def _reason(reason: Reason, lang: str) -> str:
    place = "" if reason.place is None else f"  [{where(reason.place, lang)}]"
    head = f"{OUTCOMES[reason.outcome].in_(lang)}  {reason.text.in_(lang)}{place}"
    return "\n".join([head, *(f"  {line}" for line in review.of_reason(reason, lang))])


def _clean(text: str) -> str:
    """Text without the characters that XML does not allow."""
    return _NOT_XML.sub("", text)
