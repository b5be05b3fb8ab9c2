"""Puts what an audit found into numbers; hands on the rows of its overview, and each conflict between two plans once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from checker.errors import CannotFinish
from checker.model import Audited, Conflict, Failure, Finding, Outcome, Report, Severity, Tally
from checker.writers.conclusion import conclude
from checker.writers.review import settled


def broken(path: Path, error: CannotFinish) -> Audited:
    """A package that could not be checked, and why: where, as seen from the folder in which the package lies."""
    where = error.where.removeprefix(f"{path.parent}{os.sep}")
    return Audited(path.name, Failure(where, error.problem, error.remedy))


def tallied(name: str, report: Report, files: Mapping[str, str]) -> Audited:
    """A package that was checked. ``files``: format -> the file of its report."""
    findings = report.findings
    return Audited(
        name,
        None,
        replace(report.plan, readings=(), documents=(), treatments=()),
        report.as_of,
        report.profile,
        report.fail_on,
        report.accepted,
        bool(report.counts[Outcome.ERROR]),
        conclude(report).value,
        _tallies(report),
        {severity: sum(f.severity is severity for f in findings) for severity in Severity},
        sum(f.blocks for f in findings),
        settled(report) if report.review is not None else None,
        files,
    )


def _tallies(report: Report) -> tuple[Tally, ...]:
    return tuple(
        Tally(
            iri,
            those[0].rule.clause.guideline_title,
            {kind: sum(o.outcome is kind for o in those) for kind in Outcome},
            sum(len(o.findings) for o in those),
        )
        for iri, those in report.by_guideline.items()
    )


def conflicts(found: Sequence[tuple[str, Finding]], plans: Mapping[str, str]) -> tuple[Conflict, ...]:
    """Each conflict between two plans once, as the first package has it.

    ``found``: findings of rules between plans, each with the name of the package whose report it is in. ``plans``: name
    of a package -> IRI of its plan.
    """
    packages = {iri: name for name, iri in plans.items()}
    sides: dict[tuple[str, frozenset[str | None]], list[tuple[str, Finding]]] = {}
    for name, finding in found:
        sides.setdefault((finding.shape, frozenset({finding.focus, finding.value})), []).append((name, finding))
    told = []
    for (name, finding), *rest in sides.values():
        named = sorted(packages[v] for v in finding.details.values() if isinstance(v, str) and v in packages)
        other = next((package for package in named if package != name), "")
        mirrored = next((f for _, f in rest), None)
        ids = finding.id, mirrored.id if mirrored else ""
        waived = finding.waiver is not None, mirrored is not None and mirrored.waiver is not None
        told.append(Conflict(finding, (name, other), ids, waived))
    return tuple(told)
