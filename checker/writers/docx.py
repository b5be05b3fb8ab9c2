"""The report as a review opinion in Word, to be checked, completed and signed by people; a department can replace the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

from checker import __version__
from checker.errors import CannotFinish, Text
from checker.model import Finding, Outcome, PlanSummary, Reason, Report, RuleOutcome
from checker.writers import review
from checker.writers.conclusion import HEADED, conclude, grounds
from checker.writers.filling import Fields, Template, Value
from checker.writers.lists import NO, YES, by_guideline
from checker.writers.text import cited, remark, where
from checker.writers.words import OPEN, OUTCOMES, SEVERITIES

_TEXT = ""
_COUNTS = {"guideline": _TEXT, "rules": _TEXT, "found": _TEXT} | {
    kind.value.replace("-", "_"): _TEXT for kind in Outcome
}
FIELDS: Mapping[str, Any] = {
    "headed": _TEXT,
    "title": _TEXT,
    "kind": _TEXT,
    "identifier": _TEXT,
    "files": {"name": _TEXT, "sha256": _TEXT},
    "references": {"title": _TEXT, "kind": _TEXT, "identifier": _TEXT},
    "profile": _TEXT,
    "as_of": _TEXT,
    "rulebook": _TEXT,
    "engine": _TEXT,
    "version": _TEXT,
    "applied": {"guideline": _TEXT, "instruments": _TEXT},
    "conclusion": _TEXT,
    "grounds": _TEXT,
    "finding_count": _TEXT,
    "counting_finding_count": _TEXT,
    "matter_count": _TEXT,
    "counts": _COUNTS,
    "guidelines": {
        "guideline": _TEXT,
        "findings": {
            "number": _TEXT,
            "id": _TEXT,
            "clause": _TEXT,
            "requirement": _TEXT,
            "basis": _TEXT,
            "rule": _TEXT,
            "title": _TEXT,
            "severity": _TEXT,
            "counts": _TEXT,
            "message": _TEXT,
            "subject": _TEXT,
            "place": _TEXT,
            "measured": _TEXT,
            "allowed": _TEXT,
            "remedy": _TEXT,
        },
    },
    "matters": {
        "state": _TEXT,
        "count": _TEXT,
        "items": {"number": _TEXT, "reason": _TEXT, "place": _TEXT, "rules": _TEXT, "counts": _TEXT},
    },
    "remarks": {"remark": _TEXT},
}
"""The fields of a template: texts, and lists with the fields of their items."""

REQUIRED = ("headed", "conclusion", "findings", "message", "matters", "reason")
"""What a template must show: that it is a suggestion, what it suggests, and everything that was found or is open."""


def template(file: Path) -> Template:
    """A department's own template, tried out. Raises CannotFinish where it is none, or its marks are wrong."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CannotFinish(
            Text(f"模板读不出来：{error.strerror}", f"The template cannot be read: {error.strerror}"),
            str(file),
            Text("请检查 --template 的路径。", "Check the path that --template names."),
        ) from None
    found = Template(content, str(file))
    lacking = [name for name in REQUIRED if name not in found.names()]
    if lacking:
        raise CannotFinish(
            Text(
                f"模板缺少必须有的字段：{'、'.join(lacking)}", f"The template lacks fields that it must show: {lacking}"
            ),
            str(file),
            Text("请在模板中加上这些字段。", "Add these fields to the template."),
        )
    for is_full in (True, False):  # both, since what stands where a list is empty is looked at only then
        found.fill(_sample(FIELDS, is_full))
    return found


def _sample(fields: Mapping[str, Any], is_full: bool) -> Fields:
    """Fields with one of each thing, or with nothing."""
    return {
        name: ("x" if is_full else "") if field == _TEXT else [_sample(field, is_full)] if is_full else []
        for name, field in fields.items()
    }


def write(report: Report, lang: str, given: Template | None = None) -> bytes:
    """The bytes of the DOCX file, from the ``given`` template or plancheck's own; the same input gives the same.

    Raises CannotFinish for a template with a mark that is wrong.
    """
    return (given or _own(lang)).fill(fields(report, lang))


@cache
def _own(lang: str) -> Template:
    name = f"{'en' if lang == 'en' else 'zh'}.docx"
    return Template((files("checker.writers") / "opinion" / name).read_bytes(), name)


def fields(report: Report, lang: str) -> Fields:
    """What a template can show of a report, as ``FIELDS`` lays it out."""
    matters = list(_matters(report, lang))
    return {
        "headed": HEADED.in_(lang),
        **_plan(report.plan, lang),
        "files": [{"name": file.name, "sha256": file.sha256} for file in report.plan.files],
        "references": [_plan(plan, lang) for plan in report.references],
        "profile": report.profile.title.in_(lang),
        "as_of": report.as_of.isoformat(),
        "rulebook": report.rulebook,
        "engine": report.engine,
        "version": __version__,
        "applied": list(_applied(report, lang)),
        "conclusion": conclude(report).value.in_(lang),
        "grounds": grounds(report).in_(lang),
        "finding_count": str(len(report.findings)),
        "counting_finding_count": str(sum(len(o.findings) for o in report.outcomes if o.counts)),
        "matter_count": str(sum(len(matter["items"]) for matter in matters)),
        "counts": list(_counts(report, lang)),
        "guidelines": list(_guidelines(report, lang)),
        "matters": [*matters, *_decided(report, lang)],
        "remarks": [
            {"remark": said} for said in (*(remark(note, lang) for note in report.notes), *_handed_back(report, lang))
        ],
    }


def _plan(plan: PlanSummary, lang: str) -> dict[str, Value]:
    return {"title": plan.title, "kind": plan.kind.in_(lang), "identifier": plan.identifier}


def _applied(report: Report, lang: str) -> Iterator[Fields]:
    """Guidelines, with what their clauses rest on, of which a rule judged something or could not."""
    idle = (Outcome.NOT_APPLICABLE, Outcome.NOT_SUPPLIED)
    for title, outcomes in by_guideline(report):
        mark = Text("；", "; ").in_(lang)  # also between the instruments of one clause
        named = (o.rule.clause.instrument.in_(lang).split(mark) for o in outcomes if o.outcome not in idle)
        cites = dict.fromkeys(chain.from_iterable(named))
        if cites:
            yield {"guideline": title.in_(lang), "instruments": mark.join(cites)}


def _counts(report: Report, lang: str) -> Iterator[Fields]:
    for title, outcomes in (*by_guideline(report), (Text("合计", "all"), report.outcomes)):
        counts = {kind.value.replace("-", "_"): str(sum(o.outcome is kind for o in outcomes)) for kind in Outcome}
        found = str(sum(len(o.findings) for o in outcomes))
        yield {"guideline": title.in_(lang), "rules": str(len(outcomes)), "found": found, **counts}


def _guidelines(report: Report, lang: str) -> Iterator[Fields]:
    """The findings by guideline, numbered through the document."""
    number = 0
    for title, outcomes in by_guideline(report):
        found = [(finding, outcome) for outcome in outcomes for finding in outcome.findings]
        if found:
            rows = [_finding(finding, outcome, number + i, lang) for i, (finding, outcome) in enumerate(found, 1)]
            number += len(rows)
            yield {"guideline": title.in_(lang), "findings": rows}


def _finding(finding: Finding, outcome: RuleOutcome, number: int, lang: str) -> Fields:
    rule = finding.rule
    return {
        "number": str(number),
        "id": finding.id,
        "clause": rule.clause.number,
        "requirement": rule.clause.requirement.in_(lang),
        "basis": cited(rule.clause, lang),
        "rule": rule.code,
        "title": rule.title.in_(lang),
        "severity": SEVERITIES[finding.severity].in_(lang),
        "counts": (YES if outcome.counts else NO).in_(lang),
        "message": "\n".join((finding.message.in_(lang), *review.of_finding(finding, lang))),
        "subject": finding.focus_label.in_(lang),
        "place": where(finding.place, lang) if finding.place else "",
        "measured": finding.measured.in_(lang) if finding.measured else "",
        "allowed": finding.allowed.in_(lang) if finding.allowed else "",
        "remedy": rule.remedy.in_(lang),
    }


def _matters(report: Report, lang: str) -> Iterator[Fields]:
    """What is open, by outcome: each reason at a place once, with the rules that wait for it; what counts first."""
    for kind in OPEN:
        waiting: dict[tuple[str, str], list[RuleOutcome]] = {}
        for outcome in report.outcomes:
            for reason in outcome.open:
                if reason.outcome is kind:
                    waiting.setdefault(_told(reason, lang), []).append(outcome)
        if waiting:
            ordered = sorted(waiting.items(), key=lambda item: not any(o.counts for o in item[1]))
            items = [_matter(i, *said, those, lang) for i, (said, those) in enumerate(ordered, 1)]
            yield {"state": OUTCOMES[kind].in_(lang), "count": str(len(items)), "items": items}


def _told(reason: Reason, lang: str) -> tuple[str, str]:
    """A reason with what reviewers said of it, and its place."""
    said = "\n".join((reason.text.in_(lang), *review.of_reason(reason, lang)))
    return said, where(reason.place, lang) if reason.place else ""


def _decided(report: Report, lang: str) -> Iterator[Fields]:
    """What was open and a person decided, as one more state."""
    found = [(o, reason) for o in report.outcomes for reason in o.reasons if reason.decision is not None]
    items = [_matter(i, *_told(reason, lang), [o], lang) for i, (o, reason) in enumerate(found, 1)]
    if items:
        yield {"state": review.DECIDED.in_(lang), "count": str(len(items)), "items": items}


def _handed_back(report: Report, lang: str) -> Iterator[str]:
    """Opinions on what is there no more, and what reviewers wrote on their own."""
    colon = Text("：", ": ").in_(lang)
    for id_, became, said in review.earlier(report, lang):
        yield f"{review.EARLIER.in_(lang)} {id_}{colon}{became}\n{said}"
    for opinion in report.review.own if report.review else ():
        yield f"{review.OWN.in_(lang)}{colon}{review.said(opinion, lang)}"


def _matter(number: int, reason: str, place: str, waiting: list[RuleOutcome], lang: str) -> Fields:
    rules = dict.fromkeys(f"{o.rule.code} {o.rule.title.in_(lang)}" for o in waiting)
    return {
        "number": str(number),
        "reason": reason,
        "place": place,
        "rules": "\n".join(rules),
        "counts": (YES if any(o.counts for o in waiting) else NO).in_(lang),
    }
