"""The overview of an audit as JSON, in both languages: the contract of which its other formats are a view."""

from __future__ import annotations

import json
from typing import Any

from checker import __version__
from checker.model import Audited, Conflict, Overview
from checker.writers.conclusion import HEADED
from checker.writers.json import plan, text
from checker.writers.overview import words

FORMAT = 2  # of overview.schema.json: it rises with every change of the schema


def write(overview: Overview, lang: str) -> str:  # noqa: ARG001 - every writer takes a language; JSON carries both
    """The same overview gives the same bytes."""
    return json.dumps(_overview(overview), ensure_ascii=False, indent=1) + "\n"


def _overview(overview: Overview) -> dict[str, Any]:
    return {
        "plancheck": __version__,
        "format": FORMAT,
        "note": text(HEADED),
        "folder": overview.folder,
        "references": [plan(reference) for reference in overview.references],
        "rulebook": overview.rulebook,
        "packages": [_audited(one) for one in overview.audited],
        "conflicts": [_conflict(conflict) for conflict in overview.conflicts],
        "aside": list(overview.aside),
    }


def _audited(one: Audited) -> dict[str, Any]:
    failure = one.failure
    if failure is not None or one.plan is None:
        assert failure is not None, "what was finished has a plan"
        said = {"where": failure.where, "problem": text(failure.problem), "remedy": text(failure.remedy)}
        return {"name": one.name, "state": words.state(one), "failure": said}
    return {
        "name": one.name,
        "state": words.state(one),
        "plan": plan(one.plan),
        "asOf": one.as_of and one.as_of.isoformat(),
        "accepted": one.accepted,
        "profile": one.profile and one.profile.name,
        "profileTitle": text(one.profile.title) if one.profile else None,
        "failOn": one.fail_on,
        "conclusion": text(one.conclusion),
        "outcomes": {kind.value: count for kind, count in one.counts.items()},
        "findings": {severity.value: count for severity, count in one.severities.items()},
        "blocking": one.blocking,
        "settled": one.settled and dict(zip(("waived", "decided"), one.settled, strict=True)),
        "guidelines": [
            {
                "iri": tally.guideline,
                "title": text(tally.title),
                "outcomes": {kind.value: count for kind, count in tally.outcomes.items()},
                "findings": tally.findings,
            }
            for tally in one.tallies
        ],
        "reports": dict(one.reports),
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    finding = conflict.finding
    return {
        "rule": finding.rule.code,
        "severity": finding.severity.value,
        "message": text(finding.message),
        "remedy": text(finding.rule.remedy),
        "packages": list(conflict.packages),
        "findings": list(conflict.ids),
        "waived": list(conflict.waived),
    }
