"""The overview of an audit as one HTML page that works without a network: plans by guideline, conflicts, and the reports.

All of it stands in the page itself; the script only sorts and filters. Style and policy are those of a plan's report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from checker.errors import Text
from checker.model import Audited, Conflict, Outcome, Overview, PlanSummary, Severity, Tally
from checker.writers.conclusion import HEADED
from checker.writers.html.markup import asset, escape, filled, page, table
from checker.writers.html.matters import severity
from checker.writers.html.sections import bar, choices, made_by, tile
from checker.writers.overview import words
from checker.writers.review import in_numbers
from checker.writers.text import cited
from checker.writers.words import OPEN, ORDER, OUTCOMES

_STATES = {
    "rejected": Text("不可接受", "not accepted"),
    "unfinished": Text("未能完成", "not finished"),
    "accepted": Text("可接受", "accepted"),
}
_ALL = Text("全部", "all")
_TOLD = (Outcome.FAILED, *OPEN)
_QUIET = {Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.NOT_SUPPLIED}  # what asks nothing of anybody
_WORDS = {
    "label": HEADED,
    "skip": Text("跳到各规划的结果", "Skip to the results of the plans"),
    "contents": Text("目录", "Contents"),
    "summary": Text("概要", "Summary"),
    "plans": words.PLANS,
    "conflicts": words.CONFLICTS,
    "scope": Text("对照规划与未核查的文件", "Compared with, and not checked"),
    "filters": Text("筛选", "Filters"),
    "state": Text("结果", "Result"),
    "guideline": Text("指南", "Guideline"),
    "search": Text("查找文字", "Search"),
    "reset": Text("清除筛选", "Clear filters"),
    "shown": Text("显示 {n} / {all} 部", "{n} of {all} shown"),
    "hint": Text(
        "点击列名排序；选定指南时，略去在其下没有需处理内容的规划",
        "click a column's name to sort by it; with a guideline chosen, plans with nothing to act on under it are left out",
    ),
}


def write(overview: Overview, lang: str) -> str:
    """The same overview gives the same bytes."""
    style, script = "\n".join([asset("page.css"), asset("overview.css", "overview")]), asset("overview.js", "overview")
    body = filled(
        asset("overview.html", "overview"),
        _WORDS,
        lang,
        header=_header(overview, lang),
        summary=_summary(overview, lang),
        states=choices(((state, said.in_(lang)) for state, said in _STATES.items()), _ALL, lang),
        guidelines=choices(
            ((iri, escape(title.in_(lang))) for iri, title in _guidelines(overview).items()), _ALL, lang
        ),
        plans=_plans(overview, lang),
        conflicts=_conflicts(overview, lang),
        scope=_scope(overview, lang),
        footer=_footer(overview, lang),
    )
    return page(body, f"{words.TITLE.in_(lang)} {overview.folder}", lang, style, script)


def _header(overview: Overview, lang: str) -> str:
    name = Text("文件夹", "folder").in_(lang)
    terms = f"<div><dt>{name}</dt><dd>{escape(overview.folder)}</dd></div>"
    return f"<h1>{words.TITLE.in_(lang)}</h1><dl>{terms}</dl>"


def _summary(overview: Overview, lang: str) -> str:
    states = [words.state(one) for one in overview.audited]
    tiles = "".join(
        tile(f"s-{state}", f'data-state="{state}"', states.count(state), said, lang) for state, said in _STATES.items()
    )
    tiles += (
        f'<li><a class="tile s-conflict" href="#conflicts"><b>{len(overview.conflicts)}</b> '
        f"<span>{words.CONFLICTS.in_(lang)}</span></a></li>"
    )
    return f'<ul class="tiles">{tiles}</ul><p class="counts">{words.counted(overview).in_(lang)}</p>'


# ---- plans ----------------------------------------------------------------------------------------------------------


def _guidelines(overview: Overview) -> dict[str, Text]:
    """The guidelines (IRI) under which plans were checked, with their titles."""
    return {tally.guideline: tally.title for one in overview.audited for tally in one.tallies}


def _plans(overview: Overview, lang: str) -> str:
    guidelines = _guidelines(overview)
    heads = [
        _head(Text("规划", "plan"), lang, "text"),
        _head(Text("建议", "suggestion"), lang, "text"),
        _head(Text("问题", "findings"), lang, "number"),
        *(_head(title, lang, "number", _of(iri)) for iri, title in guidelines.items()),
        f'<th scope="col">{Text("报告", "reports").in_(lang)}</th>',
    ]
    body = "".join(_plan(one, tuple(guidelines), lang) for one in overview.audited)
    return f'<table class="plans" id="table"><thead><tr>{"".join(heads)}</tr></thead><tbody>{body}</tbody></table>'


def _of(guideline: str) -> str:
    """Which guideline a cell is about, for the script."""
    return f' data-guideline="{escape(guideline)}"'


def _head(title: Text, lang: str, kind: str, of: str = "") -> str:
    return f'<th scope="col"{of} aria-sort="none"><button type="button" data-sort="{kind}">{escape(title.in_(lang))}</button></th>'


def _plan(one: Audited, guidelines: Sequence[str], lang: str) -> str:
    state = words.state(one)
    verdict = words.verdict(one).in_(lang)
    told = f'<td data-value="{escape(verdict)}"><strong class="s-{state}">{escape(verdict)}</strong></td>'
    if one.plan is None or one.failure is not None:
        problem, remedy = (one.failure.problem, one.failure.remedy) if one.failure else (Text("", ""), Text("", ""))
        where = f'<span class="place">{escape(one.failure.where)}</span> ' if one.failure else ""
        cells = f'<td class="why" colspan="{len(guidelines) + 2}">{where}{escape(problem.in_(lang))}<br>{escape(remedy.in_(lang))}</td>'
        return f'<tr data-state="{state}"><th scope="row" data-value="{escape(one.name)}">{escape(one.name)}</th>{told}{cells}</tr>'
    plan = one.plan
    profile = escape(one.profile.title.in_(lang)) if one.profile else ""
    of = {tally.guideline: tally for tally in one.tallies}
    severities = " ".join(
        f"{severity(kind, lang)} {one.severities[kind]}" for kind in reversed(Severity) if one.severities[kind]
    )
    settled = f'<span class="place">{in_numbers(*one.settled).in_(lang)}</span>' if one.settled is not None else ""
    title = (
        f'<a href="{_link(one.reports["html"])}">{escape(plan.title)}</a>'
        if "html" in one.reports
        else escape(plan.title)
    )
    return (
        f'<tr data-state="{state}"><th scope="row" data-value="{escape(plan.title)}">{title}'
        f'<span class="place">{escape(plan.kind.in_(lang))}　{escape(plan.identifier)}　{escape(one.name)}　{profile}</span></th>{told}'
        f'<td data-value="{one.findings}"><b>{one.findings}</b> {severities} {settled}</td>'
        f"{''.join(_tally(of.get(iri), _of(iri), lang) for iri in guidelines)}"
        f'<td><ul class="reports">{"".join(_reports(one))}</ul></td></tr>'
    )


def _tally(tally: Tally | None, about: str, lang: str) -> str:
    """A cell: what is to be acted on in numbers, and a bar of all; sorted by what failed, then by what is undecided."""
    if tally is None:
        return f'<td{about} data-quiet data-value="-1">–</td>'
    counts = {kind: tally.outcomes[kind] for kind in ORDER}
    said = "".join(
        f'<li class="n-{kind.value}"><b>{counts[kind]}</b> {OUTCOMES[kind].in_(lang)}</li>'
        for kind in _TOLD
        if counts[kind]
    )
    weight = 0
    for kind in _TOLD:
        weight = weight * 1000 + min(counts[kind], 999)
    quiet = " data-quiet" if not any(count for kind, count in counts.items() if kind not in _QUIET) else ""
    name = escape(tally.title.in_(lang))
    return f'<td{about}{quiet} data-value="{weight}" data-name="{name}">{bar(counts, lang)}<ul class="told">{said}</ul></td>'


def _reports(one: Audited) -> Iterator[str]:
    return (f'<li><a href="{_link(file)}">{escape(form)}</a></li>' for form, file in one.reports.items())


def _link(file: str) -> str:
    """A file below the page's folder as an address, whatever characters its name has."""
    return escape(quote(file, safe="/"))


# ---- conflicts ------------------------------------------------------------------------------------------------------


def _conflicts(overview: Overview, lang: str) -> str:
    if not overview.conflicts:
        return f"<p>{words.NO_CONFLICTS.in_(lang)}</p>"
    columns = (
        Text("规则", "rule"),
        Text("矛盾", "conflict"),
        Text("涉及的规划", "plans"),
        Text("处理建议", "how to mend it"),
    )
    body = "".join(_conflict(conflict, overview, lang) for conflict in overview.conflicts)
    return table("conflicts", columns, body, lang)


def _conflict(conflict: Conflict, overview: Overview, lang: str) -> str:
    finding = conflict.finding
    reports = {one.name: one.reports.get("html") for one in overview.audited}
    plans = ""
    for package, said, number in zip(
        conflict.packages, words.sides(conflict, overview, lang), conflict.ids, strict=True
    ):
        file = reports.get(package)
        link = f'<a href="{_link(file)}">{escape(said)}</a>' if file else escape(said)
        plans += f"<li>{link} <code>{escape(number)}</code></li>"
    return (
        f'<tr><th scope="row"><code>{escape(finding.rule.code)}</code> {severity(finding.severity, lang)}</th>'
        f'<td>{escape(finding.message.in_(lang))} <span class="place">{escape(cited(finding.rule.clause, lang))}</span></td>'
        f"<td><ul>{plans}</ul></td><td>{escape(finding.rule.remedy.in_(lang))}</td></tr>"
    )


# ---- what it was about ----------------------------------------------------------------------------------------------


def _scope(overview: Overview, lang: str) -> str:
    plans = "".join(_reference(plan, lang) for plan in overview.references)
    compared = f"<ul>{plans}</ul>" if plans else f"<p>{words.NO_REFERENCES.in_(lang)}</p>"
    aside = ""
    if overview.aside:
        listed = "".join(f"<li>{escape(name)}</li>" for name in overview.aside)
        aside = f"<h3>{words.ASIDE.in_(lang)}</h3><ul>{listed}</ul>"
    return f"<h3>{words.COMPARED.in_(lang)}</h3>{compared}{aside}"


def _reference(plan: PlanSummary, lang: str) -> str:
    return f"<li>{escape(plan.title)}　{escape(plan.kind.in_(lang))}　{escape(plan.identifier)}</li>"


def _footer(overview: Overview, lang: str) -> str:
    said = Text(
        "本总览由程序自动生成，是供审查人员参考的建议，不是审查结论，不代替审查与批准。",
        "This overview was made by a program. It suggests something to the reviewer; it is no review and no approval.",
    )
    return made_by(said, overview.rulebook, lang)
