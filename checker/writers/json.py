"""The report as JSON, in both languages: the contract of which every other format is a view."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import shapely
import shapely.geometry

from checker import __version__
from checker.errors import Text
from checker.model import (
    Clause,
    ConflictGeometry,
    Decision,
    Finding,
    Note,
    Opinion,
    Place,
    PlanSummary,
    Reason,
    Report,
    RuleOutcome,
    Value,
    Waiver,
)
from checker.writers.conclusion import HEADED, conclude, grounds

FORMAT = 3  # of report.schema.json: it rises with every change of the schema
_PAIR = re.compile(r"\[\n +(-?[\d.e-]+),\n +(-?[\d.e-]+)\n +\]")  # of coordinates: one line, not four


def write(report: Report, lang: str) -> str:  # noqa: ARG001 - every writer takes a language; JSON carries both
    """The same report gives the same bytes."""
    return _PAIR.sub(r"[\1, \2]", json.dumps(_report(report), ensure_ascii=False, indent=1)) + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "plancheck": __version__,
        "format": FORMAT,
        "note": text(HEADED),
        "plan": plan(report.plan),
        "references": [plan(reference) for reference in report.references],
        "asOf": report.as_of.isoformat(),
        "profile": report.profile.name,
        "profileTitle": text(report.profile.title),
        "failOn": report.fail_on.value,
        "rulebook": report.rulebook,
        "engine": report.engine,
        "geometryCrs": report.geometry_crs,
        "accepted": report.accepted,
        "conclusion": _conclusion(report),
        "outcomes": {kind.value: count for kind, count in report.counts.items()},
        "rules": [_outcome(outcome) for outcome in report.outcomes],
        "findings": [_finding(finding) for finding in report.findings],
        "notes": [note(n) for n in report.notes],
    } | _review(report)


# ---- what reviewers handed back; left out where nothing was ------------------------------------------------------------


def _review(report: Report) -> dict[str, Any]:
    if report.review is None:
        return {}
    found = {
        "files": [{"name": file.name, "sha256": file.sha256} for file in report.review.files],
        "earlier": [
            {"rule": past.rule, "standing": past.standing.value, "opinion": opinion(past.opinion)}
            for past in report.review.earlier
        ],
        "own": [opinion(o) for o in report.review.own],
    }
    return {"review": found}


def _opinions(opinions: Sequence[Opinion]) -> dict[str, Any]:
    return {"opinions": [opinion(o) for o in opinions]} if opinions else {}


def opinion(written: Opinion) -> dict[str, Any]:
    return {
        "about": written.about,
        "place": place(written.place),
        "adopted": written.adopted,
        "change": written.change,
        "changedAt": written.changed_at,
        "opinion": written.opinion,
        "others": [{"heading": heading, "text": said} for heading, said in written.others],
        "found": written.found,
    }


def _waiver(waiver: Waiver | None) -> dict[str, Any]:
    if waiver is None:
        return {}
    found = {
        "place": place(waiver.place),
        "reason": waiver.reason,
        "approvedBy": waiver.approved_by,
        "document": waiver.document,
        "until": waiver.until.isoformat(),
        "files": list(waiver.files),
    }
    return {"waiver": found}


def _decision(decision: Decision | None) -> dict[str, Any]:
    if decision is None:
        return {}
    found = {
        "place": place(decision.place),
        "complies": decision.complies,
        "person": decision.person,
        "day": decision.day.isoformat(),
        "basis": decision.basis,
        "files": list(decision.files),
    }
    return {"decision": found}


# ---- the plan and what was found ---------------------------------------------------------------------------------------


def _conclusion(report: Report) -> dict[str, Any]:
    suggested = conclude(report)
    return {"name": suggested.name.lower(), "text": text(suggested.value), "grounds": text(grounds(report))}


def plan(summary: PlanSummary) -> dict[str, Any]:
    """A plan of the set."""
    return {
        "role": summary.role,
        "iri": summary.iri,
        "identifier": summary.identifier,
        "title": summary.title,
        "kind": text(summary.kind),
        "files": [{"name": file.name, "sha256": file.sha256} for file in summary.files],
    }


def _outcome(outcome: RuleOutcome) -> dict[str, Any]:
    rule = outcome.rule
    return {
        "code": rule.code,
        "iri": rule.iri,
        "title": text(rule.title),
        "severity": rule.severity.value,
        "remedy": text(rule.remedy),
        "clause": _clause(rule.clause),
        "excepts": list(rule.excepts),
        "outcome": outcome.outcome.value,
        "counts": outcome.counts,
        "blocks": outcome.blocks,
        "checked": outcome.checked,
        "engine": outcome.engine,
        "findings": [finding.id for finding in outcome.findings],
        "reasons": [_reason(reason) for reason in outcome.reasons],
    }


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "iri": clause.iri,
        "number": clause.number,
        "guideline": {"iri": clause.guideline, "title": text(clause.guideline_title)},
        "requirement": text(clause.requirement),
        "instrument": text(clause.instrument),
        "article": text(clause.article),
        "edition": clause.edition,
        "inForce": clause.in_force and clause.in_force.isoformat(),
        "strength": clause.strength.value,
        "checkability": clause.checkability.value,
        "jurisdiction": list(clause.jurisdiction),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    told = {
        "id": finding.id,
        "rule": finding.rule.code,
        "severity": finding.severity.value,
        "blocks": finding.blocks,
        "message": text(finding.message),
        "subject": text(finding.focus_label),
        "focus": finding.focus,
        "place": place(finding.place),
        "shape": finding.shape,
        "component": finding.component,
        "path": finding.path,
        "value": finding.value,
        "details": {name: _value(finding.details[name]) for name in sorted(finding.details)},
        "ground": list(finding.ground),
        "without": list(finding.without),
        "measured": text(finding.measured),
        "allowed": text(finding.allowed),
        "remedy": text(finding.rule.remedy),
    }
    return told | _waiver(finding.waiver) | _opinions(finding.opinions) | _geometry(finding.geometry)


def _value(value: Value) -> str | int | float | bool:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _geometry(found: ConflictGeometry | None) -> dict[str, Any]:
    """The geometry of a conflict as GeoJSON (longitude before latitude); left out where there is none."""
    if found is None:
        return {}
    drawn = None if found.wkb is None else shapely.geometry.mapping(shapely.from_wkb(found.wkb))
    said = {} if found.note is None else {"geometryNote": text(found.note)}
    return {"geometry": drawn} | said


def _reason(reason: Reason) -> dict[str, Any]:
    told = {
        "id": reason.id,
        "outcome": reason.outcome.value,
        "text": text(reason.text),
        "node": reason.node,
        "place": place(reason.place),
    }
    return told | _decision(reason.decision) | _opinions(reason.opinions)


def note(remark: Note) -> dict[str, Any]:
    """A remark on reading."""
    said = {"text": text(remark.text), "place": place(remark.place), "unmatched": remark.is_unmatched}
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
