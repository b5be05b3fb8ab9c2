"""What the overview of an audit calls things, in whichever format."""

from __future__ import annotations

import unicodedata

from checker.errors import Text
from checker.model import Audited, Conflict, Overview

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
    """How many packages ended how."""
    states = [state(one) for one in overview.audited]
    accepted, rejected, unfinished = (states.count(s) for s in ("accepted", "rejected", "unfinished"))
    return Text(
        f"成果包 {len(states)} 个：可接受 {accepted}，不可接受 {rejected}，未能完成 {unfinished}；规划之间的矛盾 {len(overview.conflicts)} 处",
        f"{len(states)} package{'s' * (len(states) != 1)}: {accepted} accepted, {rejected} not accepted, {unfinished} not finished; conflicts between plans: {len(overview.conflicts)}",
    )


def width(text: str) -> int:
    """How many places a line takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def sides(conflict: Conflict, overview: Overview) -> tuple[str, str]:
    """What the two plans of a conflict are called."""
    plans = {one.name: named(one) for one in overview.audited}
    first, second = conflict.packages
    return plans.get(first, first), plans.get(second, second)
