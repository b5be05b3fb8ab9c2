"""The report as SARIF 2.1.0, for editors and code hosts: a rule each, and a result for whatever came of it.

What could not be judged is a result too, of the kind ``open`` or ``review``, and so is what passed; nothing is left out.
Severities are those of the rule for a rule that counts; what only advises is a note, so that a tool that stops at errors
stops where plancheck does by default. A row of a sheet is no line of a text, not even in CSV, whose cells may hold line
breaks: places are logical locations, and there are no regions. Coordinates are never in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from checker import __version__
from checker.errors import Text
from checker.model import Finding, Note, Outcome, Place, PlanSummary, Reason, Report, Rule, RuleOutcome, Severity
from checker.writers import review
from checker.writers.conclusion import HEADED
from checker.writers.json import place as named
from checker.writers.text import cited, where
from checker.writers.words import OUTCOMES

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# SARIF 2.1.0, section 3.27.9. What is not supplied does apply to the plan, so that it is open.
_KINDS = {
    Outcome.PASSED: "pass",
    Outcome.NOT_APPLICABLE: "notApplicable",
    Outcome.UNDECIDED: "open",
    Outcome.PERSON_DECIDES: "review",
    Outcome.NOT_SUPPLIED: "open",
    Outcome.ERROR: "open",
}
_EXITS = Text(
    "plancheck check 的退出码：0 可以接受，1 不能接受或无法判定，2 有规则出错，核查没有完成",
    "exit status of plancheck check: 0 accepted, 1 not accepted or undecided, 2 a rule broke and the check is not finished",
)
_Artifacts = Mapping[tuple[str, str], int]  # (role of a plan, file) -> index
Json = dict[str, Any]


def write(report: Report, lang: str) -> str:
    """The same report gives the same bytes."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, lang)]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _run(report: Report, lang: str) -> Json:
    plans = (report.plan, *report.references)
    files = [(plan, file) for plan in plans for file in plan.files]
    artifacts = {(plan.role, file.name): i for i, (plan, file) in enumerate(files)}
    codes = {outcome.rule.code: i for i, outcome in enumerate(report.outcomes)}
    unsuppressed: Json = {} if report.review is None else {"suppressions": []}  # of all results or of none (3.27.23)
    return {
        "tool": {"driver": _driver(report, lang)},
        "language": {"zh": "zh-CN"}.get(lang, lang),
        "invocations": [_invocation(report, artifacts, lang)],
        "originalUriBaseIds": {plan.role: {"description": _message(_titled(plan, lang))} for plan in plans},
        "artifacts": [
            {"location": _location_of(plan.role, file.name), "hashes": {"sha-256": file.sha256}}
            | ({"roles": ["analysisTarget"]} if plan is report.plan else {})
            for plan, file in files
        ],
        "results": [
            {"ruleIndex": codes[outcome.rule.code], **unsuppressed, **result}
            for outcome in report.outcomes
            for result in _results(outcome, report.plan.role, artifacts, lang)
        ],
        "properties": {
            "note": HEADED.in_(lang),
            "accepted": report.accepted,
            "outcomes": {kind.value: count for kind, count in report.counts.items()},
            "asOf": report.as_of.isoformat(),
            "profile": report.profile.name,
            "failOn": report.fail_on.value,
            "plan": report.plan.identifier,
            "references": {plan.role: plan.identifier for plan in report.references},
        },
    }


def _titled(plan: PlanSummary, lang: str) -> str:
    return f"{plan.title} [{plan.kind.in_(lang)} {plan.identifier}]"


def _driver(report: Report, lang: str) -> Json:
    return {
        "name": "plancheck",
        "version": __version__,
        "properties": {"rulebook": report.rulebook, "engine": report.engine},
        "rules": [_rule(outcome, lang) for outcome in report.outcomes],
    }


def _rule(outcome: RuleOutcome, lang: str) -> Json:
    rule, clause = outcome.rule, outcome.rule.clause
    advice = f"{rule.remedy.in_(lang)}\n{Text('依据：', 'Clause: ').in_(lang)}{cited(clause, lang)}"
    return {
        "id": rule.code,
        "name": rule.title.in_(lang),
        "shortDescription": _message(rule.title.in_(lang)),
        "fullDescription": _message(clause.requirement.in_(lang)),
        "help": _message(advice),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "guideline": clause.guideline_title.in_(lang),
            "clause": clause.number,
            "strength": clause.strength.value,
            "outcome": outcome.outcome.value,
            "counts": outcome.counts,
            "blocks": outcome.blocks,
        },
    }


def _invocation(report: Report, artifacts: _Artifacts, lang: str) -> Json:
    """How the run ended. Rules that broke and remarks on reading are its notifications."""
    broken = bool(report.counts[Outcome.ERROR])
    roles = {plan.title: plan.role for plan in report.references}
    return {
        "executionSuccessful": not broken,
        "exitCode": 2 if broken else int(not report.accepted),
        "exitCodeDescription": _EXITS.in_(lang),
        "toolExecutionNotifications": [
            *_breaks(report, lang),
            *(_remark(note, roles.get(note.plan or "", report.plan.role), artifacts, lang) for note in report.notes),
        ],
    }


def _breaks(report: Report, lang: str) -> Iterator[Json]:
    for outcome in report.outcomes:
        if outcome.outcome is Outcome.ERROR:
            for reason in outcome.reasons:
                rule = {"id": outcome.rule.code}
                yield {"level": "error", "message": _message(reason.text.in_(lang)), "associatedRule": rule}


def _remark(note: Note, role: str, artifacts: _Artifacts, lang: str) -> Json:
    return {
        "level": "warning" if note.is_unmatched else "note",
        "message": _message(note.text.in_(lang)),
        "locations": _locations(note.place, role, artifacts, lang),
    }


def _results(outcome: RuleOutcome, role: str, artifacts: _Artifacts, lang: str) -> Iterator[Json]:
    """All that came of a rule; one result where there is neither a finding nor a reason."""
    for finding in outcome.findings:
        yield _finding(finding, outcome, role, artifacts, lang)
    for reason in outcome.reasons:
        yield _reason(reason, outcome, role, artifacts, lang)
    if not outcome.findings and not outcome.reasons:
        word = OUTCOMES[outcome.outcome]
        said = Text(f"{word.zh}，核查 {outcome.checked} 个对象", f"{word.en}, {outcome.checked} checked")
        yield _head(outcome.rule, _KINDS[outcome.outcome], "none", said.in_(lang))


def _head(rule: Rule, kind: str, level: str, said: str) -> Json:
    return {"ruleId": rule.code, "kind": kind, "level": level, "message": _message(said)}


def _finding(finding: Finding, outcome: RuleOutcome, role: str, artifacts: _Artifacts, lang: str) -> Json:
    level = _LEVELS[finding.severity] if outcome.counts else "note"
    values = {"measured": finding.measured, "allowed": finding.allowed}
    return {
        **_head(finding.rule, "fail", level, finding.message.in_(lang)),
        "locations": _locations(finding.place, role, artifacts, lang),
        "partialFingerprints": {"finding/v1": finding.id},
        "properties": {
            "severity": finding.severity.value,
            "counts": outcome.counts,
            "blocks": finding.blocks,
            "subject": finding.focus_label.in_(lang),
            "focus": finding.focus,
            **{name: value.in_(lang) for name, value in values.items() if value is not None},
            "remedy": finding.rule.remedy.in_(lang),
        },
    } | _suppressed(finding, lang)


def _suppressed(finding: Finding, lang: str) -> Json:
    """A waived finding is suppressed (3.27.23), with the waiver as its justification."""
    if finding.waiver is None:
        return {}
    told = review.waived(finding.waiver, lang)
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": told}]}


def _reason(reason: Reason, outcome: RuleOutcome, role: str, artifacts: _Artifacts, lang: str) -> Json:
    said = f"{OUTCOMES[reason.outcome].in_(lang)}{Text('：', ': ').in_(lang)}{reason.text.in_(lang)}"
    about = {} if reason.node is None else {"focus": reason.node}
    if reason.decision is not None:
        about["decision"] = review.decided(reason.decision, lang)
    return {
        **_head(outcome.rule, _KINDS[reason.outcome], "none", said),
        "locations": _locations(reason.place, role, artifacts, lang),
        "partialFingerprints": {"finding/v1": reason.id},
        "properties": {"outcome": reason.outcome.value, "counts": outcome.counts, "blocks": outcome.blocks, **about},
    }


def _locations(place: Place | None, role: str, artifacts: _Artifacts, lang: str) -> list[Json]:
    if place is None:
        return []
    artifact: Json = _location_of(role, place.file)
    if (role, place.file) in artifacts:
        artifact["index"] = artifacts[role, place.file]
    known = list((named(place) or {}).items())
    kind, name = known[-1]  # the innermost thing that is known
    inside = {"name": str(name), "fullyQualifiedName": where(place, lang), "kind": kind}
    return [
        {"physicalLocation": {"artifactLocation": artifact}}
        | ({"logicalLocations": [inside]} if len(known) > 1 else {})
    ]


def _location_of(role: str, file: str) -> Json:
    """A file of a plan's package: its path there, percent-encoded."""
    return {"uri": quote(file, safe="/"), "uriBaseId": role}


def _message(text: str) -> Json:
    """A message that says just this: braces would be placeholders (3.11.5), and ``](`` would make a link (3.11.6)."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "\\](")}
