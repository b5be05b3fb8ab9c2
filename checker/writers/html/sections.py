"""The sections of the page that stand still: the suggestion, what was checked, the matrix, all rules, remarks on reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from checker import __version__
from checker.errors import Text
from checker.model import MapLayer, Outcome, PlanSummary, Report, RuleOutcome
from checker.writers import review
from checker.writers.conclusion import conclude, grounds
from checker.writers.html.markup import escape, table
from checker.writers.html.matters import badge, severities, severity, weight
from checker.writers.text import cited, remark
from checker.writers.words import ORDER, OUTCOMES, SEVERITIES


def header(report: Report, lang: str) -> str:
    plan = report.plan
    told = (
        (Text("规划类型", "kind"), plan.kind.in_(lang)),
        (Text("编号", "identifier"), plan.identifier),
        (Text("核查方案", "profile"), report.profile.title.in_(lang)),
        (Text("基准日", "as of"), report.as_of.isoformat()),
    )
    terms = "".join(f"<div><dt>{name.in_(lang)}</dt><dd>{escape(said)}</dd></div>" for name, said in told)
    return f"<h1>{escape(plan.title)}</h1><dl>{terms}</dl>"


def summary(report: Report, lang: str) -> str:
    """The suggestion, and how many rules ended how, each of which is a filter."""
    counts = report.counts
    how = "accepted" if report.accepted else "rejected"
    said = conclude(report).value.in_(lang)
    findings = Text("问题", "findings").in_(lang)
    told = " ".join(f"{severity(kind, lang)} {count}" for kind, count in severities(report).items())
    tiles = "".join(
        tile(f"t-{kind.value}", f'data-outcome="{kind.value}"', counts[kind], OUTCOMES[kind], lang) for kind in ORDER
    )
    partly = sum(o.outcome is Outcome.FAILED and bool(o.open) for o in report.outcomes)
    also = Text(
        f"不通过的规则中，{partly} 条另有对象无法判定或待人工认定。",
        f"Of the failed rules, {partly} are also open for some objects.",
    )
    return (
        f'<p class="verdict {how}"><span>{Text("自动核查建议", "automatic suggestion").in_(lang)}</span> '
        f"<strong>{said}</strong> <small>{grounds(report).in_(lang)}</small></p>"
        f'<ul class="tiles" aria-label="{Text("规则按结果计数，点击筛选", "rules by outcome; a click filters").in_(lang)}">{tiles}</ul>'
        f'<p class="counts">{findings} <b>{len(report.findings)}</b>　{told}　{also.in_(lang) if partly else ""}{_settled(report, lang)}</p>'
    )


def tile(cls: str, chosen: str, count: int, said: Text, lang: str) -> str:
    """A number that filters. ``chosen``: the attribute that tells the script by what."""
    return (
        f'<li><button type="button" class="tile {cls}" {chosen} aria-pressed="false">'
        f"<b>{count}</b> <span>{said.in_(lang)}</span></button></li>"
    )


def _settled(report: Report, lang: str) -> str:
    """How much of it reviewers waived or decided, where they handed anything back."""
    if report.review is None:
        return ""
    return "　" + review.in_numbers(*review.settled(report)).in_(lang)


def scope(report: Report, lang: str) -> str:
    """What was checked, and against what."""
    columns = (
        Text("角色", "role"),
        Text("名称", "title"),
        Text("类型", "kind"),
        Text("编号", "identifier"),
        Text("文件", "files"),
    )
    body = "".join(_plan(plan, lang) for plan in (report.plan, *report.references))
    alone = Text(
        "没有对照的规划：需要对照的规则都没有判定。", "No plan to compare with: rules that compare judged nothing."
    )
    return table("scope", columns, body, lang) + ("" if report.references else f"<p>{alone.in_(lang)}</p>")


def _plan(plan: PlanSummary, lang: str) -> str:
    files = "".join(f"<li>{escape(f.name)} <code>{escape(f.sha256)}</code></li>" for f in plan.files)
    count = Text(f"{len(plan.files)} 个文件", f"{len(plan.files)} file{'s' * (len(plan.files) != 1)}").in_(lang)
    role = Text("送审规划", "plan under review") if plan.role == "under-review" else Text("对照", "compared with")
    return (
        f'<tr><th scope="row">{role.in_(lang)}</th><td>{escape(plan.title)}</td><td>{escape(plan.kind.in_(lang))}</td>'
        f"<td>{escape(plan.identifier)}</td><td><details><summary>{count}（SHA-256）</summary><ul>{files}</ul></details></td></tr>"
    )


def title(outcomes: Sequence[RuleOutcome], lang: str) -> str:
    """What the guideline of some rules is called."""
    return escape(outcomes[0].rule.clause.guideline_title.in_(lang))


def matrix(report: Report, lang: str) -> str:
    """How many rules of each guideline ended how: numbers that filter, and a bar."""
    badges = "".join(f'<th scope="col">{badge(kind, lang)}</th>' for kind in ORDER)
    body = "".join(_guideline(iri, outcomes, lang) for iri, outcomes in report.by_guideline.items())
    sums = "".join(f"<td>{report.counts[kind] or '–'}</td>" for kind in ORDER)
    first, last = Text("指南", "guideline").in_(lang), Text("规则", "rules").in_(lang)
    share = Text("结果构成", "shares").in_(lang)
    total = Text("合计", "all").in_(lang)
    return (
        f'<div class="wide"><table class="matrix"><thead><tr><th scope="col">{first}</th>{badges}<th scope="col">{last}</th>'
        f'<th scope="col">{share}</th></tr></thead><tbody>{body}</tbody>'
        f'<tfoot><tr><th scope="row">{total}</th>{sums}<td>{len(report.outcomes)}</td><td></td></tr></tfoot></table></div>'
    )


def _guideline(iri: str, outcomes: Sequence[RuleOutcome], lang: str) -> str:
    counts = {kind: sum(o.outcome is kind for o in outcomes) for kind in ORDER}
    name, of = title(outcomes, lang), f'data-guideline="{escape(iri)}"'
    cells = "".join(_cell(of, name, kind, count, lang) for kind, count in counts.items())
    return (
        f'<tr><th scope="row"><button type="button" {of} data-outcome="" aria-pressed="false">{name}</button></th>{cells}'
        f"<td>{len(outcomes)}</td><td>{bar(counts, lang)}</td></tr>"
    )


def _cell(of: str, name: str, kind: Outcome, count: int, lang: str) -> str:
    if not count:
        return '<td class="none">–</td>'
    label = f"{name} {OUTCOMES[kind].in_(lang)} {count}"
    return (
        f'<td><button type="button" class="n-{kind.value}" {of} data-outcome="{kind.value}" aria-pressed="false" '
        f'aria-label="{label}">{count}</button></td>'
    )


def bar(counts: Mapping[Outcome, int], lang: str) -> str:
    """A bar of shares; what it says is in its label too."""
    total, at, parts = sum(counts.values()), 0.0, []
    for kind, count in counts.items():
        width = 100 * count / total
        parts.append(
            f'<rect class="f-{kind.value}" x="{at:.2f}" y="0" width="{width:.2f}" height="10"/>' if count else ""
        )
        at += width
    said = Text("，", ", ").in_(lang).join(f"{OUTCOMES[kind].in_(lang)} {n}" for kind, n in counts.items() if n)
    return (
        f'<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{said}">'
        f"<title>{said}</title>{''.join(parts)}</svg>"
    )


def rules(report: Report, lang: str) -> str:
    """Every rule and how it ended, also those that passed."""
    columns = (
        Text("规则", "rule"),
        Text("结果", "outcome"),
        Text("名称", "title"),
        Text("条款与依据", "clause and basis"),
        Text("核查对象", "checked"),
        Text("问题", "findings"),
    )
    return table("all", columns, "".join(_rule(outcome, lang) for outcome in report.outcomes), lang)


def _rule(outcome: RuleOutcome, lang: str) -> str:
    rule, clause = outcome.rule, outcome.rule.clause
    return (
        f'<tr data-guideline="{escape(clause.guideline)}" data-outcome="{outcome.outcome.value}">'
        f'<th scope="row"><code>{escape(rule.code)}</code></th><td>{badge(outcome.outcome, lang)}</td>'
        f"<td>{escape(rule.title.in_(lang))} {weight(outcome, lang)}</td>"
        f'<td><code>{escape(clause.number)}</code> <span class="requirement">{escape(clause.requirement.in_(lang))}</span> <span class="place">{escape(cited(clause, lang))}</span></td>'
        f"<td>{outcome.checked}</td><td>{len(outcome.findings) or ''}</td></tr>"
    )


def remarks(report: Report, lang: str) -> str:
    """What the reader of the package should know."""
    said = [remark(note, lang) for note in report.notes]
    listed = _list(said) if said else f"<p>{Text('没有。', 'None.').in_(lang)}</p>"
    return listed + _handed_back(report, lang)


def _handed_back(report: Report, lang: str) -> str:
    """Opinions on what is there no more, and what reviewers wrote on their own."""
    if report.review is None:
        return ""
    past = [f"{id_}  {became}  {said}" for id_, became, said in review.earlier(report, lang)]
    own = [review.said(opinion, lang) for opinion in report.review.own]
    return "".join(
        f"<h3>{head.in_(lang)}</h3>{_list(said)}" for head, said in ((review.EARLIER, past), (review.OWN, own)) if said
    )


def _list(said: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in said)}</ul>"


def footer(report: Report, lang: str) -> str:
    said = Text(
        "本报告由程序自动生成，是供审查人员参考的建议，不是审查结论，不代替审查与批准。",
        "This report was made by a program. It suggests something to the reviewer; it is no review and no approval.",
    )
    return made_by(said, report.rulebook, lang, f"　{Text('引擎', 'engine').in_(lang)} {escape(report.engine)}")


def made_by(said: Text, rulebook: str, lang: str, more: str = "") -> str:
    """What a page is, and what made it: program, rulebook, and what else there is to say."""
    name = Text("规则库", "rulebook").in_(lang)
    return (
        f"<p>{said.in_(lang)}</p>"
        f"<p>plancheck {escape(__version__)}　{name} <code>{escape(rulebook[:16])}</code>{more}</p>"
    )


def legend(report: Report, lang: str) -> str:
    """What the colours of the map mean; each layer can be left out."""
    return "".join(_entries(report, lang))


def _entries(report: Report, lang: str) -> Iterator[str]:
    titles = {plan.iri: plan.title for plan in (report.plan, *report.references)}
    for kind, count in severities(report).items():
        if count:
            yield f'<li><i class="swatch s-{kind.value}"></i> {Text("问题：", "finding: ").in_(lang)}{SEVERITIES[kind].in_(lang)}</li>'
    for number, layer in reversed(list(enumerate(report.layers))):
        named = f"{layer.label.in_(lang)} {len(layer.features)}"
        note = (
            "" if layer.note is None else f"；{layer.note.in_(lang)}" if lang == "zh" else f"; {layer.note.in_(lang)}"
        )
        dashed = ' stroke-dasharray="4 3"' if is_dashed(layer, report) else ""
        yield (
            f'<li><label><input type="checkbox" checked data-layer="{number}"> '
            f'<svg class="swatch" viewBox="0 0 22 12" aria-hidden="true"><rect x="1" y="1" width="20" height="10" fill="{layer.colour}" '
            f'fill-opacity="{layer.fill}" stroke="{layer.colour}" stroke-width="1.5"{dashed}/></svg> {escape(named)} '
            f'<span class="place">{escape(titles.get(layer.plan, ""))}{escape(note)}</span></label></li>'
        )


def is_dashed(layer: MapLayer, report: Report) -> bool:
    """Whether a layer is told by dashes from one of the plan under review that has the same colour."""
    own = {other.label for other in report.layers if other.plan == report.plan.iri}
    return layer.plan != report.plan.iri and layer.label in own


def choices(pairs: Iterable[tuple[str, str]], every: Text, lang: str) -> str:
    """The options of a filter. ``pairs``: value and (already escaped) words."""
    options = "".join(f'<option value="{escape(value)}">{words}</option>' for value, words in pairs)
    return f'<option value="">{every.in_(lang)}</option>{options}'
