"""A comparison as one HTML page without a script: differences, verdicts, numbers, and by guideline what became of each matter.

It has the look of the report's page; boxes that are ticked show the kinds of matters, by style alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker import __version__
from checker.comparison import Comparison, Entry, Matter, Standing
from checker.errors import Text
from checker.model import Finding, Report
from checker.writers.comparison.words import (
    MEANINGS,
    STANDINGS,
    TITLE,
    UNLIKE,
    UNPLACED,
    by_guideline,
    change,
    place_of,
)
from checker.writers.conclusion import HEADED, conclude
from checker.writers.html.markup import asset, escape, filled, heads, page, table
from checker.writers.html.matters import badge, severity, weight
from checker.writers.review import said

_WORDS = {
    "label": HEADED,
    "title": TITLE,
    "skip": Text("跳到逐项对比", "Skip to the matters"),
    "contents": Text("目录", "Contents"),
    "summary": Text("对比结果", "Result"),
    "checks": Text("两次核查", "The two checks"),
    "matrix": Text("各指南的变化", "Changes by guideline"),
    "matters": Text("逐项对比", "Matter by matter"),
    "show": Text("显示", "Show"),
}
_COLUMNS = (
    Text("变化", "standing"),
    Text("规则与级别", "rule and severity"),
    Text("问题或待定事项，位置", "finding or open point, and where"),
    Text("前后差别", "what differs"),
)


def write(comparison: Comparison, lang: str) -> str:
    """The same reports give the same bytes."""
    style = "\n".join((asset("page.css"), asset("comparison.css", "comparison")))
    body = filled(
        asset("comparison.html", "comparison"),
        _WORDS,
        lang,
        plan=escape(comparison.new.plan.title),
        differences=_differences(comparison, lang),
        summary=_summary(comparison, lang),
        matrix=_matrix(comparison, lang),
        checks=_checks(comparison, lang),
        show=_show(lang),
        matters="".join(_guideline(title, entries, lang) for title, entries in by_guideline(comparison).items())
        or f'<p class="empty">{Text("两份报告都没有问题，也没有待定事项。", "Neither report has a finding or an open point.").in_(lang)}</p>',
        opinions=_unplaced(comparison, lang),
        version=escape(__version__),
    )
    return page(body, f"{comparison.new.plan.title} {TITLE.in_(lang)}", lang, style)


def _differences(comparison: Comparison, lang: str) -> str:
    if not comparison.differences:
        return ""
    items = "".join(
        f"<li><b>{name}</b> {escape(sides)}</li>"
        for name, sides in (change(difference, lang) for difference in comparison.differences)
    )
    return f'<div class="unlike" role="note"><p>{UNLIKE.in_(lang)}</p><ul>{items}</ul></div>'


def _summary(comparison: Comparison, lang: str) -> str:
    """The suggestion before and after, and how many matters stand how."""
    how = "accepted" if comparison.is_clear else "rejected"
    before, after = (conclude(report).value.in_(lang) for report in (comparison.old, comparison.new))
    findings, points = (comparison.counts(of_findings=is_finding) for is_finding in (True, False))
    names = Text("问题", "findings").in_(lang), Text("待定", "open points").in_(lang)
    tiles = "".join(
        f'<li class="tile s-{kind.value}"><strong>{STANDINGS[kind].in_(lang)}</strong>'
        f"<span><b>{findings[kind]}</b> {names[0]}</span><span><b>{points[kind]}</b> {names[1]}</span>"
        f"<small>{MEANINGS[kind].in_(lang)}</small></li>"
        for kind in Standing
    )
    label = Text("自动核查建议", "automatic suggestion").in_(lang)
    return (
        f'<p class="verdict {how}"><span>{label}</span> <strong>{before} → {after}</strong></p>'
        f'<ul class="tiles standings">{tiles}</ul>'
    )


def _matrix(comparison: Comparison, lang: str) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(title.in_(lang))}</th>'
        + "".join(f"<td>{sum(e.standing is kind for e in entries) or '–'}</td>" for kind in Standing)
        + f"<td>{len(entries)}</td></tr>"
        for title, entries in by_guideline(comparison).items()
    )
    columns = (Text("指南", "guideline"), *(STANDINGS[kind] for kind in Standing), Text("合计", "all"))
    return table("matrix", columns, body, lang)


def _checks(comparison: Comparison, lang: str) -> str:
    """What the two reports are of."""
    sides = (comparison.old, comparison.new)
    rows: tuple[tuple[Text, tuple[str, ...]], ...] = (
        (Text("规划", "plan"), tuple(f"{r.plan.title} [{r.plan.kind.in_(lang)} {r.plan.identifier}]" for r in sides)),
        (Text("参照", "compared with"), tuple(_references(report, lang) for report in sides)),
        (Text("核查方案", "profile"), tuple(report.profile.title.in_(lang) for report in sides)),
        (Text("基准日", "as of"), tuple(report.as_of.isoformat() for report in sides)),
        (Text("规则库", "rulebook"), tuple(report.rulebook[:16] for report in sides)),
    )
    head = heads((Text("旧报告", "old report"), Text("新报告", "new report")), lang)
    body = "".join(
        f'<tr><th scope="row">{name.in_(lang)}</th>{"".join(f"<td>{escape(said)}</td>" for said in cells)}</tr>'
        for name, cells in rows
    )
    return f'<table class="checks"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'


def _references(report: Report, lang: str) -> str:
    named = [f"{plan.title} [{plan.kind.in_(lang)} {plan.identifier}]" for plan in report.references]
    return Text("；", "; ").in_(lang).join(named) or Text("（没有）", "(none)").in_(lang)


def _show(lang: str) -> str:
    """A box for each kind of matter; what is not ticked is hidden."""
    return "".join(
        f'<label><input type="checkbox" id="show-{kind.value}" checked> {STANDINGS[kind].in_(lang)}</label>'
        for kind in Standing
    )


def _guideline(title: Text, entries: Sequence[Entry], lang: str) -> str:
    count = Text(f"{len(entries)} 项", f"{len(entries)} matter{'s' * (len(entries) != 1)}").in_(lang)
    return (
        f'<section class="group"><h3>{escape(title.in_(lang))} <span class="count">{count}</span></h3>'
        f"{table('entries', _COLUMNS, ''.join(_entry(entry, lang) for entry in entries), lang)}</section>"
    )


def _unplaced(comparison: Comparison, lang: str) -> str:
    """What reviewers wrote that belongs to no matter of either report."""
    if not comparison.unplaced:
        return ""
    items = "".join(
        f"<li><code>{escape(opinion.about)}</code> {escape(said(opinion, lang))}</li>"
        for opinion in comparison.unplaced
    )
    return f'<section class="group"><h3>{UNPLACED.in_(lang)}</h3><ul>{items}</ul></section>'


def _entry(entry: Entry, lang: str) -> str:
    matter, place = entry.latest, place_of(entry, lang)
    at = "" if place is None else f"<span>{escape(place)}</span> "
    because = "" if entry.because is None else f'<p class="because">{escape(entry.because.in_(lang))}</p>'
    differing = "".join(
        f"<div><dt>{name}</dt><dd>{escape(sides)}</dd></div>"
        for name, sides in (change(found, lang) for found in entry.changes)
    )
    opinions = "".join(f'<p class="opinion">{escape(said(o, lang))}</p>' for o in entry.opinions)
    return (
        f'<tr class="e-{entry.standing.value}"><td><span class="badge s-{entry.standing.value}">{STANDINGS[entry.standing].in_(lang)}</span></td>'
        f"<td><p><code>{escape(matter.of.rule.code)}</code> {_kind(matter, lang)}</p>"
        f'<p class="rule">{escape(matter.of.rule.title.in_(lang))}</p><p>{weight(matter.of, lang)}</p></td>'
        f'<td><p>{escape(matter.text.in_(lang))}</p><p class="place">{at}<code>{escape(entry.id)}</code></p></td>'
        f"<td>{because}{opinions}{f'<dl>{differing}</dl>' if differing else ''}</td></tr>"
    )


def _kind(matter: Matter, lang: str) -> str:
    if isinstance(matter.told, Finding):
        return severity(matter.told.severity, lang)
    return badge(matter.told.outcome, lang)
