"""The overview of an audit for a terminal: a block for each plan with a line for each guideline, and the conflicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.errors import Text
from checker.model import Audited, Overview
from checker.writers.overview import words
from checker.writers.review import in_numbers
from checker.writers.text import cited
from checker.writers.words import ORDER, OUTCOMES, SEVERITIES

_GAP = 2


def write(overview: Overview, lang: str) -> str:
    """Plain text without colour; the same overview gives the same bytes."""
    return "\n".join(_lines(overview, lang)) + "\n"


def _lines(overview: Overview, lang: str) -> Iterator[str]:
    yield f"{words.TITLE.in_(lang)}  {overview.folder}"
    for plan in overview.references:
        yield f"{Text('参照：', 'against: ').in_(lang)}{plan.title}  [{plan.kind.in_(lang)}  {plan.identifier}]"
    yield ""
    for one in overview.audited:
        yield from _plan(one, lang)
        yield ""
    yield f"── {words.CONFLICTS.in_(lang)} " + "─" * 40
    if not overview.conflicts:
        yield f"  {words.NO_CONFLICTS.in_(lang)}"
    for conflict in overview.conflicts:
        finding = conflict.finding
        yield f"● {finding.rule.code} {SEVERITIES[finding.severity].in_(lang)}  {finding.message.in_(lang)}"
        yield f"    {Text('涉及', 'plans').in_(lang)}  {'  ↔  '.join(words.sides(conflict, overview, lang))}"
        yield f"    {Text('依据', 'clause').in_(lang)}  {cited(finding.rule.clause, lang)}"
    yield ""
    if overview.aside:
        yield f"{words.ASIDE.in_(lang)}{Text('：', ': ').in_(lang)}{Text('、', ', ').in_(lang).join(overview.aside)}"
    yield words.counted(overview).in_(lang)
    yield Text("自动核查建议，供审查参考", "automatic suggestions for the reviewer, no approvals").in_(lang)


def _plan(one: Audited, lang: str) -> Iterator[str]:
    mark = "○" if words.state(one) == "accepted" else "●"
    package = f"  ({one.name})" if one.plan is not None else ""
    yield f"{mark} {words.verdict(one).in_(lang)}  {words.named(one)}{package}"
    if one.failure is not None:
        yield f"    {one.failure.where}{Text('：', ': ').in_(lang) if one.failure.where else ''}{one.failure.problem.in_(lang)}"
        yield f"    {one.failure.remedy.in_(lang)}"
        return
    heads = ["", *(OUTCOMES[kind].in_(lang) for kind in ORDER), Text("问题", "findings").in_(lang)]
    rows = [
        [tally.title.in_(lang), *(str(tally.outcomes[kind] or "–") for kind in ORDER), str(tally.findings or "–")]
        for tally in one.tallies
    ]
    yield from (f"    {line}" for line in _columns([heads, *rows]))
    if one.settled is not None:
        yield f"    {in_numbers(*one.settled).in_(lang)}"
    if one.reports:
        folders = dict.fromkeys(file.rpartition("/")[0] for file in one.reports.values())
        yield f"    {' '.join(folders)}/  {' '.join(one.reports)}"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as lines, the first column to the left and the others to the right; Chinese characters take two places."""
    widths = [max(words.width(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        first, *rest = row
        cells = (" " * (_GAP + width - words.width(cell)) + cell for cell, width in zip(rest, widths[1:], strict=True))
        yield f"{first}{' ' * (widths[0] - words.width(first))}{''.join(cells)}"
