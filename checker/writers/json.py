"""The report as JSON, in both languages: the contract of which every other format is a view."""

from __future__ import annotations

import json
import re
from typing import Any

import shapely
import shapely.geometry

from checker import __version__
from checker.errors import Text
from checker.model import ConflictGeometry, Finding, Note, Place, PlanSummary, Reason, Report, RuleOutcome

_PAIR = re.compile(r"\[\n +(-?[\d.e-]+),\n +(-?[\d.e-]+)\n +\]")  # of coordinates: one line, not four


def write(report: Report, lang: str) -> str:  # noqa: ARG001 - every writer takes a language; JSON carries both
    """The same report gives the same bytes."""
    return _PAIR.sub(r"[\1, \2]", json.dumps(_report(report), ensure_ascii=False, indent=1)) + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "plancheck": __version__,
        "format": 1,
        "note": text(Text("自动核查建议，供审查参考。", "An automatic suggestion for the reviewer, not an approval.")),
        "plan": plan(report.plan),
        "references": [plan(reference) for reference in report.references],
        "asOf": report.as_of.isoformat(),
        "profile": report.profile.name,
        "rulebook": report.rulebook,
        "engine": report.engine,
        "geometryCrs": report.geometry_crs,
        "accepted": report.accepted,
        "outcomes": {kind.value: count for kind, count in report.counts.items()},
        "rules": [_outcome(outcome) for outcome in report.outcomes],
        "findings": [_finding(finding) for finding in report.findings],
        "notes": [note(n) for n in report.notes],
    }


def plan(summary: PlanSummary) -> dict[str, Any]:
    """A plan of the set."""
    return {
        "role": summary.role,
        "identifier": summary.identifier,
        "title": summary.title,
        "kind": text(summary.kind),
        "files": [{"name": file.name, "sha256": file.sha256} for file in summary.files],
    }


def _outcome(outcome: RuleOutcome) -> dict[str, Any]:
    rule, clause = outcome.rule, outcome.rule.clause
    return {
        "code": rule.code,
        "title": text(rule.title),
        "clause": {
            "number": clause.number,
            "requirement": text(clause.requirement),
            "instrument": text(clause.instrument),
            "article": text(clause.article),
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
        "message": text(finding.message),
        "subject": finding.focus_label,
        "focus": finding.focus,
        "place": place(finding.place),
        "path": finding.path,
        "value": finding.value,
        "measured": text(finding.measured),
        "allowed": text(finding.allowed),
        "remedy": text(finding.rule.remedy),
    } | _geometry(finding.geometry)


def _geometry(found: ConflictGeometry | None) -> dict[str, Any]:
    """The geometry of a conflict as GeoJSON (longitude before latitude); left out where there is none."""
    if found is None:
        return {}
    drawn = None if found.wkb is None else shapely.geometry.mapping(shapely.from_wkb(found.wkb))
    said = {} if found.note is None else {"geometryNote": text(found.note)}
    return {"geometry": drawn} | said


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "outcome": reason.outcome.value,
        "text": text(reason.text),
        "node": reason.node,
        "place": place(reason.place),
    }


def note(remark: Note) -> dict[str, Any]:
    """A remark on reading."""
    said = {"text": text(remark.text), "place": place(remark.place)}
    return said if remark.plan is None else {**said, "plan": remark.plan}


def place(where: Place | None) -> dict[str, Any] | None:
    """Where something stands."""
    if where is None:
        return None
    names = ("layer", "feature") if where.is_layer else ("sheet", "paragraph" if where.is_text else "row")
    found = {"file": where.file, names[0]: where.part, names[1]: where.row, "column": where.column}
    return {name: value for name, value in found.items() if value is not None}


def text(said: Text | None) -> dict[str, str] | None:
    """A sentence in both languages."""
    return None if said is None else {"zh": said.zh, "en": said.en}
