"""The report for a terminal: findings first, then what could not be decided, then the counts and the suggestion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checker.errors import Text
from checker.model import Clause, Finding, Note, Outcome, Place, Reason, Report, RuleOutcome, Severity
from checker.writers import review
from checker.writers.conclusion import HEADED, conclude, grounds
from checker.writers.words import OUTCOMES, SEVERITIES, STRENGTHS
from checker.writers.words import where as where

_OPEN = (Outcome.UNDECIDED, Outcome.PERSON_DECIDES, Outcome.NOT_SUPPLIED, Outcome.ERROR)


def write(report: Report, lang: str, group: str = "clause") -> str:
    """Plain text without colour; the same report gives the same bytes. ``group``: one of ``writers.GROUPS``, the order of findings."""
    return "\n".join(_lines(report, lang, group)) + "\n"


def _lines(report: Report, lang: str, group: str) -> Iterator[str]:

    def say(zh: str, en: str) -> str:
        return Text(zh, en).in_(lang)

    yield f"{report.plan.title}  [{report.plan.kind.in_(lang)}  {report.plan.identifier}]"
    for plan in report.references:
        yield say("参照：", "against: ") + f"{plan.title}  [{plan.kind.in_(lang)}  {plan.identifier}]"
    yield ""
    yield from {"clause": _by_clause, "place": _by_place}[group](report, lang)
    for kind in _OPEN:
        found = [o for o in report.outcomes if kind in review.open_outcomes(o)]
        if found:
            yield f"── {OUTCOMES[kind].in_(lang)} " + "─" * 40
            yield from _missing(found, lang) if kind is Outcome.NOT_SUPPLIED else _open(found, kind, lang)
            yield ""
    yield from _decided(report, lang)
    yield from _earlier(report, lang)
    if report.notes:
        yield f"── {say('读取说明', 'remarks on reading')} " + "─" * 40
        for note in report.notes:
            yield f"  {remark(note, lang)}"
        yield ""
    counts = say("，", ", ").join(f"{OUTCOMES[kind].in_(lang)} {n}" for kind, n in report.counts.items())
    yield say("●影响结论  ○仅供参考", "● changes the verdict  ○ advice")
    yield say("规则：", "rules: ") + counts
    partly = sum(o.outcome is Outcome.FAILED and bool(o.open) for o in report.outcomes)
    if partly:
        yield say(
            f"不通过的规则中，{partly} 条另有对象无法判定或待人工认定",
            f"of the failed rules, {partly} are also open for some nodes",
        )
    yield say("问题：", "findings: ") + str(len(report.findings)) + _by_severity(report, lang)
    if report.review is not None:
        waived, decided = review.settled(report)
        yield say(
            f"已豁免问题 {waived} 个，已认定事项 {decided} 个",
            f"findings waived: {waived}, open points decided: {decided}",
        )
    suggested = conclude(report).value
    yield say(
        f"{HEADED.zh}：{suggested.zh}（方案 {report.profile.title.zh}，基准日 {report.as_of}）",
        f"automatic suggestion for the reviewer: {suggested.en} (profile {report.profile.title.en}, as of {report.as_of})",
    )
    yield f"  {grounds(report).in_(lang)}"


def _by_clause(report: Report, lang: str) -> Iterator[str]:
    for outcome in report.outcomes:
        for finding in outcome.findings:
            yield from _finding(finding, outcome, lang)


def _by_place(report: Report, lang: str) -> Iterator[str]:
    """Findings by file, sheet or layer, and row, for whoever goes through a file and mends it; what has no place is last."""
    groups: dict[tuple[bool, str, str], list[tuple[Place, Finding, RuleOutcome]]] = {}
    for outcome in report.outcomes:
        for finding in outcome.findings:
            at = finding.place or Place("")
            groups.setdefault((not at.file, at.file, at.part or ""), []).append((at, finding, outcome))
    for _, found in sorted(groups.items()):
        whole = replace(found[0][0], row=None, column=None)
        yield f"── {where(whole, lang) or Text('没有位置', 'without a place').in_(lang)} " + "─" * 40
        for _, finding, outcome in sorted(found, key=lambda each: each[0].row or 0):
            yield from _finding(finding, outcome, lang)


def _by_severity(report: Report, lang: str) -> str:
    counts = {s: sum(f.severity is s for f in report.findings) for s in reversed(Severity)}
    words = [f"{SEVERITIES[s].in_(lang)} {n}" for s, n in counts.items() if n]
    if not words:
        return ""
    return f"（{'，'.join(words)}）" if lang == "zh" else f" ({', '.join(words)})"


def _finding(finding: Finding, outcome: RuleOutcome, lang: str) -> Iterator[str]:
    clause = finding.rule.clause
    yield f"{_mark(outcome)} {finding.rule.code} {SEVERITIES[finding.severity].in_(lang)}  {finding.message.in_(lang)}"
    if finding.place is not None:
        yield f"    {Text('位置', 'where').in_(lang)}  {where(finding.place, lang)}"
    values = ((Text("实测", "measured"), finding.measured), (Text("允许", "allowed"), finding.allowed))
    given = [f"{name.in_(lang)}  {value.in_(lang)}" for name, value in values if value is not None]
    if given:
        yield "    " + "    ".join(given)
    yield f"    {Text('依据', 'clause').in_(lang)}  {cited(clause, lang)}"
    yield f"    {Text('修改', 'mend').in_(lang)}  {finding.rule.remedy.in_(lang)}"
    yield from (f"    {Text('审查', 'review').in_(lang)}  {line}" for line in review.of_finding(finding, lang))
    yield ""


def _decided(report: Report, lang: str) -> Iterator[str]:
    """Open points that a person decided."""
    found = [(o, reason) for o in report.outcomes for reason in o.reasons if reason.decision is not None]
    if found:
        yield f"── {review.DECIDED.in_(lang)} " + "─" * 40
        for outcome, reason in found:
            yield _heading(outcome, lang)
            yield f"    {_reason(reason, lang)}"
            yield from (f"      {line}" for line in review.of_reason(reason, lang))
        yield ""


def _earlier(report: Report, lang: str) -> Iterator[str]:
    """Opinions on what is there no more, and what reviewers wrote on their own."""
    if report.review is None:
        return
    if report.review.earlier:
        yield f"── {review.EARLIER.in_(lang)} " + "─" * 40
        for id_, became, told in review.earlier(report, lang):
            yield f"  {id_}  {became}"
            yield f"    {told}"
        yield ""
    if report.review.own:
        yield f"── {review.OWN.in_(lang)} " + "─" * 40
        yield from (f"  {review.said(opinion, lang)}" for opinion in report.review.own)
        yield ""


def cited(clause: Clause, lang: str) -> str:
    """What a clause rests on: instrument, article and strength."""
    basis = f"{clause.instrument.in_(lang)} {clause.article.in_(lang)}".strip()
    strength = STRENGTHS[clause.strength].in_(lang)
    return f"{basis}（{strength}）" if lang == "zh" else f"{basis} ({strength})"


def _mark(outcome: RuleOutcome) -> str:
    return "●" if outcome.counts else "○"


def _heading(outcome: RuleOutcome, lang: str) -> str:
    return f"{_mark(outcome)} {outcome.rule.code} {outcome.rule.title.in_(lang)}"


def _open(outcomes: Iterable[RuleOutcome], kind: Outcome, lang: str) -> Iterator[str]:
    """Rules with the reasons why they are open, and what reviewers said of them."""
    for reasons, those in _grouped(outcomes, kind, lang).items():
        yield from (_heading(outcome, lang) for outcome in those)
        yield from (f"    {reason}" for reason in reasons)


def _missing(outcomes: Iterable[RuleOutcome], lang: str) -> Iterator[str]:
    """What is not supplied, each said once, with the rules that wait for it."""
    waiting: dict[str, list[RuleOutcome]] = {}
    for outcome in outcomes:
        for said in dict.fromkeys(_told(r, lang) for r in outcome.open if r.outcome is Outcome.NOT_SUPPLIED):
            waiting.setdefault(said, []).append(outcome)
    for said, those in waiting.items():
        yield f"  {said}"
        yield from (f"    {_heading(outcome, lang)}" for outcome in those)


def _grouped(outcomes: Iterable[RuleOutcome], kind: Outcome, lang: str) -> dict[tuple[str, ...], list[RuleOutcome]]:
    """Rules that are open for the same reasons, together, so that a missing reference is said once."""
    groups: dict[tuple[str, ...], list[RuleOutcome]] = {}
    for outcome in outcomes:
        reasons = tuple(dict.fromkeys(_told(r, lang) for r in outcome.open if r.outcome is kind))
        groups.setdefault(reasons, []).append(outcome)
    return groups


def _told(reason: Reason, lang: str) -> str:
    return "\n      ".join((_reason(reason, lang), *review.of_reason(reason, lang)))


def _reason(reason: Reason, lang: str) -> str:
    place = f"  [{where(reason.place, lang)}]" if reason.place is not None else ""
    return reason.text.in_(lang) + place


def remark(note: Note, lang: str) -> str:
    """A remark on reading behind the place that it is on, and the plan compared with that the place is in."""
    place = where(note.place, lang)
    place = place if note.plan is None else f"{note.plan} / {place}"
    return f"{place}{Text('：', ': ').in_(lang)}{note.text.in_(lang)}"
