"""A report as lists: findings, what is open and remarks, a row each; hands on columns, with their headings, and rows.

The headings are data, so that whoever reads a list back finds the same columns, in either language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from checker.errors import Text
from checker.model import Finding, Note, Opinion, Place, Reason, Report, RuleOutcome
from checker.writers import review
from checker.writers.text import cited
from checker.writers.words import OPEN, OUTCOMES, SEVERITIES, where

YES, NO, PARTLY = Text("是", "yes"), Text("否", "no"), Text("部分", "partly")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 does not allow

_ADDED = "added "  # before the heading of a column that reviewers added, to make a name of it

Cell = str | int | None


@dataclass(frozen=True)
class Column:
    """A column of a list. ``name``: what programs call it; ``width``: in characters, as sheets count them."""

    name: str
    heading: Text
    width: int = 12


_RULE = (
    Column("guideline", Text("指南", "guideline"), 15),
    Column("clause", Text("条款", "clause"), 8),
    Column("requirement", Text("条款要求", "requirement"), 46),
    Column("basis", Text("依据", "basis"), 22),
    Column("rule", Text("规则", "rule"), 8),
    Column("title", Text("规则名称", "rule title"), 16),
)
_PLACE = (
    Column("file", Text("文件", "file"), 18),
    Column("part", Text("表或图层", "sheet or layer"), 11),
    Column("row", Text("行、要素或段", "row, feature or paragraph"), 8),
    Column("column", Text("列", "column"), 11),
)
FINDINGS = (
    Column("id", Text("问题编号", "finding"), 16),
    *_RULE,
    Column("severity", Text("级别", "severity"), 8),
    Column("outcome", Text("规则结果", "outcome"), 8),
    Column("counts", Text("影响结论", "changes the verdict"), 8),
    Column("message", Text("问题", "message"), 40),
    Column("subject", Text("对象", "subject"), 18),
    *_PLACE,
    Column("measured", Text("实测", "measured"), 11),
    Column("allowed", Text("允许", "allowed"), 11),
    Column("remedy", Text("修改建议", "remedy"), 30),
    Column("waived", Text("豁免情况", "waived"), 18),
)
REVIEW = tuple(
    Column(name, heading, width) for (name, heading), width in zip(review.ANSWERS, (9, 20, 16, 20), strict=True)
)
ADOPTED = (YES, NO, PARTLY)  # what may stand under ``adopted``
MATTERS = (
    Column("id", Text("事项编号", "matter"), 16),
    Column("outcome", Text("状态", "state"), 8),
    Column("counts", Text("影响结论", "changes the verdict"), 8),
    Column("reason", Text("原因", "reason"), 44),
    *_RULE,
    *_PLACE,
    Column("decided", Text("认定情况", "decided"), 20),
)
EARLIER = (
    Column("id", Text("问题编号", "finding"), 16),
    Column("standing", Text("本次情况", "how it stands"), 30),
    Column("message", Text("问题", "message"), 40),
    Column("source", Text("意见出处", "where it was written"), 24),
)
REMARKS = (Column("plan", Text("规划", "plan"), 30), *_PLACE, Column("remark", Text("说明", "remark"), 70))


def printable(text: str) -> str:
    """A text without the characters that no XML document may hold."""
    return _UNPRINTABLE.sub("", text)


def findings(report: Report, lang: str) -> list[dict[str, Cell]]:
    """A row for each finding, in the order of the report."""
    return [_finding(finding, outcome, lang) for outcome in report.outcomes for finding in outcome.findings]


def matters(report: Report, lang: str) -> list[tuple[dict[str, Cell], Reason]]:
    """A row for each reason why a rule is open, and the reason: by outcome, those that change the verdict first."""
    found = [(reason, outcome) for outcome in report.outcomes for reason in outcome.reasons]
    found.sort(key=lambda pair: (OPEN.index(pair[0].outcome), not pair[1].counts))
    return [(_matter(reason, outcome, lang), reason) for reason, outcome in found]


def remarks(report: Report, lang: str) -> list[dict[str, Cell]]:
    """A row for each remark on reading."""
    return [_remark(note, report, lang) for note in report.notes]


def answered(columns: Sequence[Column], opinions: Sequence[Sequence[Opinion]]) -> tuple[Column, ...]:
    """Columns of a list with those for answers, and those that reviewers added to the rows of some opinions."""
    known = {heading for column in (*columns, *REVIEW) for heading in column.heading}
    added = dict.fromkeys(
        heading for those in opinions for o in those for heading, _ in o.others if heading not in known
    )
    return (*columns, *REVIEW, *(Column(_ADDED + heading, Text(heading, heading), 16) for heading in added))


def answers(columns: Sequence[Column], opinions: Sequence[Opinion]) -> dict[str, Cell]:
    """What opinions say, by column; what several say in one column stands one below the other."""
    names = {heading: column.name for column in columns for heading in column.heading}
    said: dict[str, list[str]] = {}
    for opinion in opinions:
        cells = [(field, getattr(opinion, field)) for field, _ in review.ANSWERS]
        cells += [(names.get(heading, _ADDED + heading), text) for heading, text in opinion.others]
        for name, text in cells:
            if text and text not in said.setdefault(name, []):
                said[name].append(text)
    return {name: printable("\n".join(texts)) for name, texts in said.items()}


def earlier(report: Report, lang: str) -> list[tuple[dict[str, Cell], Opinion]]:
    """A row for each opinion on what is there no more, without its answers, and the opinion."""
    by_code = {outcome.rule.code: outcome for outcome in report.outcomes}
    rows: list[tuple[dict[str, Cell], Opinion]] = []
    for past in report.review.earlier if report.review else ():
        became = review.standing(past.standing, by_code.get(past.rule or ""), lang)
        at = printable(where(past.opinion.place, lang))
        about, found = printable(past.opinion.about), printable(past.opinion.found)
        rows.append(({"id": about, "standing": became, "message": found, "source": at}, past.opinion))
    return rows


def by_guideline(report: Report) -> list[tuple[Text, tuple[RuleOutcome, ...]]]:
    """Guidelines by title with how their rules ended, in the order of the report."""
    return [(outcomes[0].rule.clause.guideline_title, outcomes) for outcomes in report.by_guideline.values()]


def rows(records: Sequence[dict[str, Cell]], columns: Sequence[Column]) -> Iterator[tuple[Cell, ...]]:
    """The cells of each record in the order of columns."""
    return (tuple(record.get(column.name) for column in columns) for record in records)


def _finding(finding: Finding, outcome: RuleOutcome, lang: str) -> dict[str, Cell]:
    say = _sayer(lang)
    return {
        "id": finding.id,
        **_rule(outcome, lang),
        "severity": say(SEVERITIES[finding.severity]),
        "outcome": say(OUTCOMES[outcome.outcome]),
        "counts": say(YES if outcome.counts else NO),
        "message": say(finding.message),
        "subject": say(finding.focus_label),
        **_place(finding.place),
        "measured": say(finding.measured),
        "allowed": say(finding.allowed),
        "remedy": say(finding.rule.remedy),
        "waived": printable(review.waived(finding.waiver, lang)) if finding.waiver else None,
    }


def _matter(reason: Reason, outcome: RuleOutcome, lang: str) -> dict[str, Cell]:
    say = _sayer(lang)
    return {
        "id": reason.id,
        "outcome": say(OUTCOMES[reason.outcome]),
        "counts": say(YES if outcome.counts else NO),
        "reason": say(reason.text),
        **_rule(outcome, lang),
        **_place(reason.place),
        "decided": printable(review.decided(reason.decision, lang)) if reason.decision else None,
    }


def _remark(note: Note, report: Report, lang: str) -> dict[str, Cell]:
    plan = report.plan.title if note.plan is None else note.plan
    return {"plan": printable(plan), **_place(note.place), "remark": _sayer(lang)(note.text)}


def _rule(outcome: RuleOutcome, lang: str) -> dict[str, Cell]:
    clause, say = outcome.rule.clause, _sayer(lang)
    return {
        "guideline": say(clause.guideline_title),
        "clause": clause.number,
        "requirement": say(clause.requirement),
        "basis": cited(clause, lang),
        "rule": outcome.rule.code,
        "title": say(outcome.rule.title),
    }


def _place(place: Place | None) -> dict[str, Cell]:
    if place is None:
        return dict.fromkeys(column.name for column in _PLACE)
    names = {"file": place.file, "part": place.part, "column": place.column}
    return {name: text and printable(text) for name, text in names.items()} | {"row": place.row}


def _sayer(lang: str) -> Callable[[Text | None], str | None]:
    return lambda text: None if text is None else printable(text.in_(lang))
