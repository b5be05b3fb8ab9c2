"""What the overview of an audit calls things, in whichever format."""

from __future__ import annotations

import unicodedata

from checker.errors import Text
from checker.model import Audited, Conflict, Overview
from checker.writers.review import WAIVED, in_numbers

TITLE = Text("批量核查总览", "Overview of an audit")
PLANS = Text("各规划", "Plans")
CONFLICTS = Text("规划之间的矛盾", "Conflicts between plans")
COMPARED = Text("对照规划", "Compared with")
ASIDE = Text("没有核查的文件", "Files that were not checked")
NO_CONFLICTS = Text(
    "没有发现。只对照了能读取的、须相互协调的规划；无法判定的见各规划的报告。",
    "None was found. Only plans that could be read and have to be coordinated were compared; what is undecided stands in their reports.",
)
NO_REFERENCES = Text("没有对照的规划。", "No plan to compare with.")
NOT_FINISHED = Text("未能完成", "not finished")
BROKEN = Text("有规则出错，结果不完整", "a rule broke, the result is incomplete")


def verdict(one: Audited) -> Text:
    """What is suggested for a package, or that it could not be finished."""
    if one.failure is not None:
        return NOT_FINISHED
    return BROKEN if one.is_broken else one.conclusion


def state(one: Audited) -> str:
    """How a package stands, for programs: accepted, rejected or unfinished."""
    if not one.is_finished:
        return "unfinished"
    return "accepted" if one.accepted else "rejected"


def named(one: Audited) -> str:
    """What the plan of a package is called; the package where that is not known."""
    return f"{one.plan.title} [{one.plan.identifier}]" if one.plan is not None else one.name


def counted(overview: Overview) -> Text:
    """How many packages ended how, and how much reviewers settled, where they handed anything back."""
    states = [state(one) for one in overview.audited]
    accepted, rejected, unfinished = (states.count(s) for s in ("accepted", "rejected", "unfinished"))
    handed = [one.settled for one in overview.audited if one.settled is not None]
    people = in_numbers(*map(sum, zip(*handed, strict=True))) if handed else Text("", "")
    more = Text(f"；{people.zh}", f"; {people.en}") if handed else people
    return Text(
        f"成果包 {len(states)} 个：可接受 {accepted}，不可接受 {rejected}，未能完成 {unfinished}；规划之间的矛盾 {len(overview.conflicts)} 处{more.zh}",
        f"{len(states)} package{'s' * (len(states) != 1)}: {accepted} accepted, {rejected} not accepted, {unfinished} not finished; conflicts between plans: {len(overview.conflicts)}{more.en}",
    )


def width(text: str) -> int:
    """How many places a line takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def sides(conflict: Conflict, overview: Overview, lang: str) -> list[str]:
    """What the two plans of a conflict are called, and whether it is waived in the report on each."""
    plans = {one.name: named(one) for one in overview.audited}
    said = Text(f"（{WAIVED.zh}）", f" ({WAIVED.en})").in_(lang)
    pairs = zip(conflict.packages, conflict.waived, strict=True)
    return [plans.get(name, name) + (said if waived else "") for name, waived in pairs]
