"""What a reader has to act on, as rows of the page: findings by rule, and what is open by outcome; hands on HTML.

Rows are written once, here. The page shows the first ones without a script; the script shows, filters and finds all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.errors import Text
from checker.model import Clause, Finding, Outcome, Place, Report, RuleOutcome, Severity
from checker.writers import review
from checker.writers.html.markup import escape, table
from checker.writers.text import cited, where
from checker.writers.words import OPEN, OUTCOMES, SEVERITIES

_MEANS = {
    Outcome.ERROR: Text("规则本身没有执行完，结果不可用。", "The rule itself broke; it says nothing about the plan."),
    Outcome.UNDECIDED: Text(
        "缺少判断所需的内容，不等于通过。", "Something needed to judge is missing. This is not a pass."
    ),
    Outcome.PERSON_DECIDES: Text("须由人认定，不等于通过。", "A person has to settle this. This is not a pass."),
    Outcome.NOT_SUPPLIED: Text(
        "成果包没有提交所需的表或图层，相关规则没有核查。",
        "The package does not give the table or layer; the rules that read it checked nothing.",
    ),
}


@dataclass(frozen=True)
class Group:
    """Rows under one heading. ``html``: a section with an empty table body."""

    outcome: Outcome
    html: str


@dataclass(frozen=True)
class Row:
    """One row. ``group``: index of its group; ``guidelines``: IRIs; ``finding``: where it is one."""

    group: int
    guidelines: tuple[str, ...]
    html: str
    finding: Finding | None = None


def rows(report: Report, lang: str) -> tuple[list[Group], list[Row]]:
    """Every finding and every open point of a report."""
    groups: list[Group] = []
    found: list[Row] = []
    for outcome in report.outcomes:
        if outcome.findings:
            groups.append(Group(Outcome.FAILED, _of_rule(outcome, lang)))
            for finding in outcome.findings:
                html = _finding(finding, lang)
                found.append(Row(len(groups) - 1, (outcome.rule.clause.guideline,), html, finding))
    for kind in OPEN:
        for is_decided in (False, True):
            points = _points(report, kind, lang, is_decided=is_decided)
            if points:
                groups.append(Group(kind, _of_outcome(kind, len(points), lang, is_decided=is_decided)))
            for (reason, place, said), outcomes in points.items():
                of = tuple(dict.fromkeys(outcome.rule.clause.guideline for outcome in outcomes))
                found.append(Row(len(groups) - 1, of, _point(reason, place, said, outcomes, lang)))
    return groups, found


def standing(groups: Sequence[Group], found: Sequence[Row], lang: str) -> Iterator[str]:
    """The sections with their rows, for a page without a script."""
    shown = -1
    if not found:
        yield f'<p class="empty">{Text("没有问题，也没有待定事项。", "No findings and no open points.").in_(lang)}</p>'
    for row in found:
        if row.group != shown:
            yield "</tbody></table></section>" if shown >= 0 else ""
            shown = row.group
            yield groups[shown].html.removesuffix("</tbody></table></section>")
        yield row.html
    yield "</tbody></table></section>" if shown >= 0 else ""


def badge(outcome: Outcome, lang: str) -> str:
    return f'<span class="badge o-{outcome.value}">{escape(OUTCOMES[outcome].in_(lang))}</span>'


def severity(kind: Severity, lang: str) -> str:
    return f'<span class="severity s-{kind.value}">{SEVERITIES[kind].in_(lang)}</span>'


def weight(outcome: RuleOutcome, lang: str) -> str:
    """The mark that tells whether a rule can change the verdict."""
    said = Text("影响结论", "changes the verdict") if outcome.counts else Text("仅供参考", "advice")
    return f'<span class="weight">{"●" if outcome.counts else "○"} {said.in_(lang)}</span>'


def _of_rule(outcome: RuleOutcome, lang: str) -> str:
    rule, count = outcome.rule, len(outcome.findings)
    told = (
        (Text("条款", "clause"), _requirement(rule.clause, lang)),
        (Text("依据", "basis"), escape(cited(rule.clause, lang))),
        (Text("修改", "how to mend"), escape(rule.remedy.in_(lang))),
    )
    terms = "".join(f"<div><dt>{name.in_(lang)}</dt><dd>{said}</dd></div>" for name, said in told)
    number = Text(f"{count} 个问题", f"{count} finding{'s' * (count != 1)}").in_(lang)
    heading = f"{badge(Outcome.FAILED, lang)} <code>{escape(rule.code)}</code> {escape(rule.title.in_(lang))}"
    columns = (
        Text("级别", "severity"),
        Text("问题与位置", "what is wrong, and where"),
        Text("实测", "measured"),
        Text("允许", "allowed"),
        Text("地图", "map"),
    )
    return (
        f'<section class="group"><h3>{heading} <span class="count">{number}</span> {weight(outcome, lang)}</h3>'
        f"<dl>{terms}</dl>{table('findings', columns, '', lang)}</section>"
    )


def _requirement(clause: Clause, lang: str) -> str:
    guideline = f'<span class="place">{escape(clause.guideline_title.in_(lang))}</span>'
    return f"<code>{escape(clause.number)}</code> {escape(clause.requirement.in_(lang))} {guideline}"


def _of_outcome(kind: Outcome, count: int, lang: str, *, is_decided: bool) -> str:
    number = Text(f"{count} 项", f"{count} point{'s' * (count != 1)}").in_(lang)
    columns = (Text("原因与位置", "why, and where"), Text("涉及的规则", "rules concerned"))
    settled = f' <span class="badge">{review.DECIDED.in_(lang)}</span>' if is_decided else ""
    means = "" if is_decided else f"<p>{_MEANS[kind].in_(lang)}</p>"
    return (
        f'<section class="group"><h3>{badge(kind, lang)}{settled} <span class="count">{number}</span></h3>'
        f"{means}{table('open', columns, '', lang)}</section>"
    )


def _finding(finding: Finding, lang: str) -> str:
    grade = severity(finding.severity, lang)
    if finding.waiver is not None:
        grade += f' <span class="badge">{review.WAIVED.in_(lang)}</span>'
    at = "" if finding.place is None else f"<span>{escape(where(finding.place, lang))}</span> "
    note = finding.geometry.note if finding.geometry is not None else None
    said = "" if note is None else f" <span>{escape(note.in_(lang))}</span>"
    values = (finding.measured, finding.allowed)
    names = (Text("实测", "measured").in_(lang), Text("允许", "allowed").in_(lang))
    cells = "".join(
        f'<td data-name="{name}">{escape(value.in_(lang)) if value else ""}</td>'
        for name, value in zip(names, values, strict=True)
    )
    is_mapped = finding.geometry is not None and finding.geometry.wkb is not None
    show = Text("地图", "map").in_(lang)
    button = f'<button type="button" class="show">{show}</button>' if is_mapped else ""
    return (
        f"<tr><td>{grade}</td><td><p>{escape(finding.message.in_(lang))}</p>"
        f'<p class="place">{at}<code>{escape(finding.id)}</code>{said}</p>{_reviewed(review.of_finding(finding, lang))}</td>'
        f"{cells}<td>{button}</td></tr>"
    )


def _reviewed(said: Iterable[str]) -> str:
    """What reviewers recorded, a line each."""
    return "".join(f'<p class="review">{escape(line)}</p>' for line in said)


_Point = tuple[str, Place | None, tuple[str, ...]]  # the reason, its place, and what reviewers recorded of it


def _points(report: Report, kind: Outcome, lang: str, *, is_decided: bool) -> dict[_Point, list[RuleOutcome]]:
    """Why rules are open, each reason once, with the rules that it keeps open; those that change the verdict first."""
    waiting: dict[_Point, list[RuleOutcome]] = {}
    for outcome in report.outcomes:
        for reason in outcome.reasons:
            if reason.outcome is kind and (reason.decision is not None) is is_decided:
                said = tuple(review.of_reason(reason, lang))
                rules = waiting.setdefault((reason.text.in_(lang), reason.place, said), [])
                if not rules or rules[-1] is not outcome:
                    rules.append(outcome)
    return dict(sorted(waiting.items(), key=lambda item: not any(outcome.counts for outcome in item[1])))


def _point(reason: str, place: Place | None, said: Iterable[str], outcomes: list[RuleOutcome], lang: str) -> str:
    at = "" if place is None else f'<p class="place">{escape(where(place, lang))}</p>'
    rules = "".join(_chip(outcome, lang) for outcome in outcomes)
    return f'<tr><td><p>{escape(reason)}</p>{at}{_reviewed(said)}</td><td><ul class="rules">{rules}</ul></td></tr>'


def _chip(outcome: RuleOutcome, lang: str) -> str:
    mark = "●" if outcome.counts else "○"
    return f"<li>{mark} <code>{escape(outcome.rule.code)}</code> {escape(outcome.rule.title.in_(lang))}</li>"


def severities(report: Report) -> dict[Severity, int]:
    """How many findings there are of each severity, the gravest first."""
    found = dict.fromkeys(sorted(Severity, key=lambda s: -s.rank), 0)
    for finding in report.findings:
        found[finding.severity] += 1
    return found
