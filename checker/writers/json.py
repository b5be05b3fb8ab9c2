"""The report as JSON, in both languages: the contract of which every other format is a view."""

from __future__ import annotations

import json
from typing import Any

from checker import __version__
from checker.errors import Text
from checker.model import Finding, Note, Place, PlanSummary, Reason, Report, RuleOutcome


def write(report: Report, lang: str) -> str:  # noqa: ARG001 - every writer takes a language; JSON carries both
    """The same report gives the same bytes."""
    return json.dumps(_report(report), ensure_ascii=False, indent=1) + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "plancheck": __version__,
        "format": 1,
        "note": _text(Text("自动核查建议，供审查参考。", "An automatic suggestion for the reviewer, not an approval.")),
        "plan": _plan(report.plan),
        "references": [_plan(plan) for plan in report.references],
        "asOf": report.as_of.isoformat(),
        "profile": report.profile.name,
        "rulebook": report.rulebook,
        "engine": report.engine,
        "accepted": report.accepted,
        "outcomes": {kind.value: count for kind, count in report.counts.items()},
        "rules": [_outcome(outcome) for outcome in report.outcomes],
        "findings": [_finding(finding) for finding in report.findings],
        "notes": [_note(note) for note in report.notes],
    }


def _plan(plan: PlanSummary) -> dict[str, Any]:
    return {
        "role": plan.role,
        "identifier": plan.identifier,
        "title": plan.title,
        "kind": _text(plan.kind),
        "files": [{"name": file.name, "sha256": file.sha256} for file in plan.files],
    }


def _outcome(outcome: RuleOutcome) -> dict[str, Any]:
    rule, clause = outcome.rule, outcome.rule.clause
    return {
        "code": rule.code,
        "title": _text(rule.title),
        "clause": {
            "number": clause.number,
            "requirement": _text(clause.requirement),
            "instrument": _text(clause.instrument),
            "article": _text(clause.article),
            "strength": clause.strength.value,
        },
        "outcome": outcome.outcome.value,
        "counts": outcome.counts,
        "checked": outcome.checked,
        "engine": outcome.engine,
        "findings": [finding.id for finding in outcome.findings],
        "reasons": [_reason(reason) for reason in outcome.reasons],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "rule": finding.rule.code,
        "severity": finding.severity.value,
        "message": _text(finding.message),
        "subject": finding.focus_label,
        "focus": finding.focus,
        "place": _place(finding.place),
        "path": finding.path,
        "value": finding.value,
        "measured": _text(finding.measured),
        "allowed": _text(finding.allowed),
        "remedy": _text(finding.rule.remedy),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "outcome": reason.outcome.value,
        "text": _text(reason.text),
        "node": reason.node,
        "place": _place(reason.place),
    }


def _note(note: Note) -> dict[str, Any]:
    return {"text": _text(note.text), "place": _place(note.place)}


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    names = ("layer", "feature") if place.is_layer else ("sheet", "row")
    found = {"file": place.file, names[0]: place.part, names[1]: place.row, "column": place.column}
    return {name: value for name, value in found.items() if value is not None}


def _text(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}
