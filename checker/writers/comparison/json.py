"""A comparison as JSON, in both languages, as comparison.schema.json describes it."""

from __future__ import annotations

import json
from typing import Any

from checker import __version__
from checker.comparison import Change, Comparison, Difference, Entry, Matter
from checker.model import Finding, Report
from checker.writers.conclusion import HEADED, conclude
from checker.writers.json import opinion, place, plan, text

FORMAT = 1  # of comparison.schema.json: it rises with every change of the schema


def write(comparison: Comparison, lang: str) -> str:  # noqa: ARG001 - JSON carries both languages
    """The same reports give the same bytes."""
    return json.dumps(_comparison(comparison), ensure_ascii=False, indent=1) + "\n"


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "plancheck": __version__,
        "comparison": FORMAT,
        "note": text(HEADED),
        "before": _side(comparison.old),
        "after": _side(comparison.new),
        "clear": comparison.is_clear,
        "differences": [{"scope": d.scope.value} | _sides(d) for d in comparison.differences],
        "findings": {kind.value: n for kind, n in comparison.counts(of_findings=True).items()},
        "openPoints": {kind.value: n for kind, n in comparison.counts(of_findings=False).items()},
        "entries": [_entry(entry) for entry in comparison.entries],
        "otherOpinions": [opinion(o) for o in comparison.unplaced],
    }


def _side(report: Report) -> dict[str, Any]:
    return {
        "plan": plan(report.plan),
        "asOf": report.as_of.isoformat(),
        "profile": report.profile.name,
        "rulebook": report.rulebook,
        "accepted": report.accepted,
        "suggestion": text(conclude(report).value),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    rule = entry.latest.of.rule
    return {
        "id": entry.id,
        "standing": entry.standing.value,
        "kind": "finding" if entry.latest.is_finding else "open-point",
        "rule": rule.code,
        "title": text(rule.title),
        "guideline": {"iri": rule.clause.guideline, "title": text(rule.clause.guideline_title)},
        "clause": rule.clause.number,
        "because": text(entry.because),
        "moved": entry.is_moved,
        "opinions": [opinion(o) for o in entry.opinions],
        "changes": [{"aspect": change.aspect.value} | _sides(change) for change in entry.changes],
        "before": _matter(entry.before),
        "after": _matter(entry.after),
    }


def _sides(found: Change | Difference) -> dict[str, Any]:
    return {"before": text(found.before), "after": text(found.after)}


def _matter(matter: Matter | None) -> dict[str, Any] | None:
    """A finding or open point with how its rule ended in the same report; null where the report does not hold it."""
    if matter is None:
        return None
    told = matter.told
    return {
        "ruleOutcome": matter.of.outcome.value,
        "severity": told.severity.value if isinstance(told, Finding) else None,
        "outcome": None if isinstance(told, Finding) else told.outcome.value,
        "blocks": told.blocks if isinstance(told, Finding) else matter.of.blocks,
        "text": text(matter.text),
        "place": place(matter.place),
        "measured": text(told.measured) if isinstance(told, Finding) else None,
        "allowed": text(told.allowed) if isinstance(told, Finding) else None,
    }
