"""A report as lists: findings, what is open and remarks, a row each; hands on columns, with their headings, and rows.

The headings are data, so that whoever reads a list back finds the same columns, in either language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from checker.errors import Text
from checker.model import Finding, Note, Outcome, Place, Reason, Report, RuleOutcome
from checker.writers.text import cited
from checker.writers.words import OUTCOMES, SEVERITIES

OPEN = (Outcome.ERROR, Outcome.UNDECIDED, Outcome.PERSON_DECIDES, Outcome.NOT_SUPPLIED)  # what is worst first
YES, NO, PARTLY = Text("是", "yes"), Text("否", "no"), Text("部分", "partly")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 does not allow

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
)
REVIEW = (
    Column("adopted", Text("是否采纳", "adopted"), 9),
    Column("change", Text("修改说明", "what was changed"), 20),
    Column("changed_at", Text("修改位置", "where it was changed"), 16),
    Column("opinion", Text("人工意见", "reviewer's opinion"), 20),
)
ADOPTED = (YES, NO, PARTLY)  # what may stand under ``adopted``
MATTERS = (
    Column("id", Text("事项编号", "matter"), 16),
    Column("outcome", Text("状态", "state"), 8),
    Column("counts", Text("影响结论", "changes the verdict"), 8),
    Column("reason", Text("原因", "reason"), 44),
    *_RULE,
    *_PLACE,
)
REMARKS = (Column("plan", Text("规划", "plan"), 30), *_PLACE, Column("remark", Text("说明", "remark"), 70))


def printable(text: str) -> str:
    """A text without the characters that no XML document may hold."""
    return _UNPRINTABLE.sub("", text)


def findings(report: Report, lang: str) -> list[dict[str, Cell]]:
    """A row for each finding, in the order of the report."""
    return [_finding(finding, outcome, lang) for outcome in report.outcomes for finding in outcome.findings]


def matters(report: Report, lang: str) -> list[dict[str, Cell]]:
    """A row for each reason why a rule is open: by outcome, those that change the verdict first."""
    found = [(reason, outcome) for outcome in report.outcomes for reason in outcome.reasons]
    found.sort(key=lambda pair: (OPEN.index(pair[0].outcome), not pair[1].counts))
    return [_matter(reason, outcome, lang) for reason, outcome in found]


def remarks(report: Report, lang: str) -> list[dict[str, Cell]]:
    """A row for each remark on reading."""
    return [_remark(note, report, lang) for note in report.notes]


def by_guideline(report: Report) -> list[tuple[Text, tuple[RuleOutcome, ...]]]:
    """Guidelines by title with how their rules ended, in the order of the report."""
    found: dict[str, list[RuleOutcome]] = {}
    for outcome in report.outcomes:
        found.setdefault(outcome.rule.clause.guideline, []).append(outcome)
    return [(outcomes[0].rule.clause.guideline_title, tuple(outcomes)) for outcomes in found.values()]


def rows(records: Sequence[dict[str, Cell]], columns: Sequence[Column]) -> Iterator[tuple[Cell, ...]]:
    """The cells of each record in the order of columns."""
    return (tuple(record[column.name] for column in columns) for record in records)


def _finding(finding: Finding, outcome: RuleOutcome, lang: str) -> dict[str, Cell]:
    say = _sayer(lang)
    return {
        "id": finding.id,
        **_rule(outcome, lang),
        "severity": say(SEVERITIES[finding.severity]),
        "outcome": say(OUTCOMES[outcome.outcome]),
        "counts": say(YES if outcome.counts else NO),
        "message": say(finding.message),
        "subject": printable(finding.focus_label),
        **_place(finding.place),
        "measured": say(finding.measured),
        "allowed": say(finding.allowed),
        "remedy": say(finding.rule.remedy),
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
