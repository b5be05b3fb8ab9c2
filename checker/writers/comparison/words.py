"""What people read of a comparison, whatever its format: how matters stand, what differs, and their order."""

from __future__ import annotations

from checker.comparison import Aspect, Change, Comparison, Difference, Entry, Matter, Scope, Standing
from checker.errors import Text
from checker.model import Finding
from checker.writers.text import where
from checker.writers.words import OUTCOMES, SEVERITIES

TITLE = Text("两次核查结果对比", "What changed between two checks")
STANDINGS = {
    Standing.NEW: Text("新增", "new"),
    Standing.UNCHECKED: Text("不再核查", "no longer checked"),
    Standing.CHANGED: Text("有变化", "changed"),
    Standing.SAME: Text("仍然存在", "still there"),
    Standing.FIXED: Text("已消除", "fixed"),
}
MEANINGS = {
    Standing.NEW: Text("只在新报告中", "only in the new report"),
    Standing.UNCHECKED: Text(
        "只在旧报告中，规则这次没有判定，不等于已改正",
        "only in the old report, but the rule gave no judgement: not known to be mended",
    ),
    Standing.CHANGED: Text("两份报告都有，内容不同", "in both reports, and not the same"),
    Standing.SAME: Text("两份报告都有，内容相同", "the same in both reports"),
    Standing.FIXED: Text("只在旧报告中，规则已重新判断", "only in the old report, and the rule judged again"),
}
ASPECTS = {
    Aspect.SEVERITY: Text("级别", "severity"),
    Aspect.WEIGHT: Text("对结论的影响", "effect on the verdict"),
    Aspect.MESSAGE: Text("说明", "message"),
    Aspect.MEASURED: Text("实测", "measured"),
    Aspect.ALLOWED: Text("允许", "allowed"),
    Aspect.VALUE: Text("取值", "value"),
    Aspect.DETAILS: Text("其他数值", "other values"),
    Aspect.COLUMN: Text("所在列", "column"),
    Aspect.WAIVER: Text("豁免", "waiver"),
    Aspect.DECISION: Text("人工认定", "decision"),
}
SCOPES = {
    Scope.PLAN: Text("规划", "plan"),
    Scope.PROFILE: Text("核查方案", "profile"),
    Scope.FAIL_ON: Text("从何级别起不能通过", "stands in the way from severity"),
    Scope.AS_OF: Text("基准日", "as of"),
    Scope.RULEBOOK: Text("规则库（SHA-256）", "rulebook (SHA-256)"),
    Scope.NEW_RULES: Text("新增的规则", "rules that are new"),
    Scope.GONE_RULES: Text("不再有的规则", "rules that are gone"),
    Scope.REFERENCE: Text("参照的规划", "plan compared with"),
    Scope.FILES: Text("参照的规划，文件与上次不同", "plan compared with, files not the same"),
    Scope.ENGINE: Text("规则引擎", "engine"),
}
UNLIKE = Text(
    "两次核查的条件不同，下列变化不一定来自规划本身的修改：",
    "The two checks differ, so what follows need not come from changes of the plan:",
)
OPINION = Text("意见", "opinion")
UNPLACED = Text(
    "其他审查意见（所说的事项两份报告都没有，或由审查人员另写）",
    "other opinions (on what neither report has, or rows of the reviewers' own)",
)
NOTHING = Text("（无）", "(none)")
_SEVERITY = {Text(s, s): words for s, words in SEVERITIES.items()}


def by_guideline(comparison: Comparison) -> dict[Text, list[Entry]]:
    """Titles of guidelines, in the order of the reports, with their matters: what asks for attention first, then by rule."""
    found: dict[str, tuple[Text, list[Entry]]] = {}
    for entry in comparison.entries:
        clause = entry.latest.of.rule.clause
        found.setdefault(clause.guideline, (clause.guideline_title, []))[1].append(entry)
    order = list(Standing)
    return {title: sorted(entries, key=lambda e: order.index(e.standing)) for title, entries in found.values()}


def kind_of(matter: Matter) -> Text:
    """The severity of a finding, or how an open point is open."""
    return SEVERITIES[matter.told.severity] if isinstance(matter.told, Finding) else OUTCOMES[matter.told.outcome]


def place_of(entry: Entry, lang: str) -> str | None:
    """Where a matter stands, and where it stood where that was elsewhere; None for what stands nowhere."""
    now = entry.latest.place
    said = None if now is None else where(now, lang)
    if not entry.is_moved or entry.before is None:
        return said
    was = NOTHING.in_(lang) if entry.before.place is None else where(entry.before.place, lang)
    return f"{said or NOTHING.in_(lang)}{Text(f'（原在 {was}）', f' (was at {was})').in_(lang)}"


def change(found: Change | Difference, lang: str) -> tuple[str, str]:
    """What differs, and from what to what."""
    if isinstance(found, Change):
        name, is_severity = ASPECTS[found.aspect], found.aspect is Aspect.SEVERITY
    else:
        name, is_severity = SCOPES[found.scope], found.scope is Scope.FAIL_ON
    sides = [_SEVERITY.get(side, side) if side and is_severity else side for side in (found.before, found.after)]
    if isinstance(found, Difference) and None in sides:
        sides = [side for side in sides if side is not None]
    said = " → ".join(NOTHING.in_(lang) if side is None else side.in_(lang) for side in sides)
    return name.in_(lang), said
