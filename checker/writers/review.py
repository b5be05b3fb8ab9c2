"""What reviewers handed back as sentences: waivers, decisions, opinions, and what became of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Text
from checker.model import Decision, Finding, Opinion, OpinionStanding, Outcome, Reason, Report, RuleOutcome, Waiver
from checker.writers.words import OUTCOMES, where

WAIVED, DECIDED = Text("已豁免", "waived"), Text("已认定", "decided")
EARLIER = Text("此前意见", "earlier opinions")
OWN = Text("审查人员另写的意见", "rows of the reviewers' own")
ANSWERS = (
    ("adopted", Text("是否采纳", "adopted")),
    ("change", Text("修改说明", "what was changed")),
    ("changed_at", Text("修改位置", "where it was changed")),
    ("opinion", Text("人工意见", "reviewer's opinion")),
)
"""The fields of an opinion that have a column in a list, with the headings of these."""

_COMPLIES = {True: Text("符合", "complies"), False: Text("不符合", "does not comply")}
_STANDINGS = {
    OpinionStanding.ANSWERED: Text("本次核查不再有此问题", "not found any more"),
    OpinionStanding.NOT_CHECKED: Text(
        "本次没有查出，但规则没有得出定论，不等于已改正",
        "not found, but its rule left something open, so that it may be there still",
    ),
    OpinionStanding.UNKNOWN: Text("编号不属于规则库中的任何规则", "its id belongs to no rule of the rulebook"),
}


def waived(waiver: Waiver, lang: str) -> str:
    """Why a finding does not stand in the way, who approved that, until when, and where it is recorded."""
    parts = [
        Text(f"批准：{waiver.approved_by}", f"approved by {waiver.approved_by}"),
        *([Text(f"文号：{waiver.document}", f"document {waiver.document}")] if waiver.document else []),
        Text(f"有效期至 {waiver.until}", f"valid until {waiver.until}"),
        *_attached(waiver.files),
    ]
    return _told(WAIVED, waiver.reason, parts, where(waiver.place, lang), lang)


def decided(decision: Decision, lang: str) -> str:
    """What a person decided, when and on what basis, and where it is recorded."""
    complies = _COMPLIES[decision.complies]
    head = Text(f"{DECIDED.zh}{complies.zh}", f"{DECIDED.en}: {complies.en}")
    by = Text(f"{decision.person}，{decision.day}", f"{decision.person}, {decision.day}")
    return _told(head, decision.basis, [by, *_attached(decision.files)], where(decision.place, lang), lang)


def _attached(files: tuple[str, ...]) -> list[Text]:
    return [Text(f"附件 {len(files)} 个", f"{len(files)} attachment{'s' * (len(files) != 1)}")] if files else []


def _told(head: Text, why: str, parts: list[Text], place: str, lang: str) -> str:
    colon, between = Text("：", ": ").in_(lang), Text("；", "; ").in_(lang)
    said = between.join([why, *(part.in_(lang) for part in parts)])
    return f"{head.in_(lang)}{colon}{_in_a_line(said)}  [{place}]"


def said(opinion: Opinion, lang: str) -> str:
    """What a reviewer wrote in a row, each answer behind the heading of its column."""
    answers = [(name.in_(lang), getattr(opinion, field)) for field, name in ANSWERS]
    colon = Text("：", ": ").in_(lang)
    told = [f"{name}{colon}{_in_a_line(text)}" for name, text in (*answers, *opinion.others) if text]
    return f"{Text('；', '; ').in_(lang).join(told)}  [{where(opinion.place, lang)}]"


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def standing(kind: OpinionStanding, outcome: RuleOutcome | None, lang: str) -> str:
    """What became of the matter of an earlier opinion, with how its rule ended now."""
    if outcome is None:
        return _STANDINGS[kind].in_(lang)
    ended = OUTCOMES[outcome.outcome]
    now = Text(f"（规则 {outcome.rule.code} 本次：{ended.zh}）", f" (rule {outcome.rule.code} now: {ended.en})")
    return _STANDINGS[kind].in_(lang) + now.in_(lang)


def of_finding(finding: Finding, lang: str) -> list[str]:
    """What reviewers recorded of a finding: its waiver, then their opinions."""
    head = [waived(finding.waiver, lang)] if finding.waiver else []
    return [*head, *(said(opinion, lang) for opinion in finding.opinions)]


def of_reason(reason: Reason, lang: str) -> list[str]:
    """What reviewers recorded of an open point: the decision on it, then their opinions."""
    head = [decided(reason.decision, lang)] if reason.decision else []
    return [*head, *(said(opinion, lang) for opinion in reason.opinions)]


def settled(report: Report) -> tuple[int, int]:
    """How many findings are waived, and how many open points a person decided."""
    findings = sum(len(o.findings) - len(o.standing) for o in report.outcomes)
    return findings, sum(len(o.reasons) - len(o.open) for o in report.outcomes)


def in_numbers(waived: int, decided: int) -> Text:
    """What ``settled`` counts, in words."""
    return Text(f"{WAIVED.zh} {waived}，{DECIDED.zh} {decided}", f"{WAIVED.en} {waived}, {DECIDED.en} {decided}")


def earlier(report: Report, lang: str) -> Iterator[tuple[str, str, str]]:
    """(id, what became of it, what had been found and was said of it) of each opinion on what is there no more."""
    by_code = {outcome.rule.code: outcome for outcome in report.outcomes}
    for past in report.review.earlier if report.review else ():
        outcome = by_code.get(past.rule) if past.rule else None
        found = f"{_in_a_line(past.opinion.found)}  →  " if past.opinion.found else ""
        yield past.opinion.about, standing(past.standing, outcome, lang), found + said(past.opinion, lang)


def open_outcomes(outcome: RuleOutcome) -> set[Outcome]:
    """As what a rule leaves something open that nobody has decided."""
    return {reason.outcome for reason in outcome.open}
