"""What a report suggests that a department concludes, and what it rests on; hands on words for review opinions."""

from __future__ import annotations

from enum import Enum

from checker.errors import Text
from checker.model import Outcome, Report, Severity, Strength
from checker.writers.words import STRENGTHS

HEADED = Text("自动核查建议，供审查参考", "Automatic suggestion for the reviewer, not an approval")


class Conclusion(Enum):
    """What can be suggested, in the words of review opinions, and when it is."""

    PASS = Text("建议通过", "accept")
    MEND = Text("建议修改后通过", "accept once mended")
    RETURN = Text("建议退回", "return")


_GROUNDS = {
    Conclusion.PASS: Text(
        "影响结论的规则没有发现须修改的问题", "The rules that change the verdict found nothing to mend"
    ),
    Conclusion.MEND: Text(
        "有问题须修改，或有内容无法判定须补充；没有因{}条款不能通过的",
        "There is something to mend, or to supply so that it can be judged; no {} clause stands in the way",
    ),
    Conclusion.RETURN: Text(
        "有{}条款不符合或无法判定，或有规则出错，须改正后重新核查",
        "A clause that is {} is violated or could not be judged, or a rule broke; mend this and check again",
    ),
}
# What is told of one, and of several.
_LEFT = {
    Outcome.PERSON_DECIDES: (
        Text("{} 条待人工认定", "{} waits for a person's decision"),
        Text("{} 条待人工认定", "{} wait for a person's decision"),
    ),
    Outcome.NOT_SUPPLIED: (
        Text("{} 条所需内容未提交", "{} lacks what it reads"),
        Text("{} 条所需内容未提交", "{} lack what they read"),
    ),
}
_WAIVED = (
    Text("{} 个问题已豁免", "{} of their findings is waived"),
    Text("{} 个问题已豁免", "{} of their findings are waived"),
)
_DECIDED = (
    Text("{} 个事项已由人认定", "{} of their open points was decided by a person"),
    Text("{} 个事项已由人认定", "{} of their open points were decided by a person"),
)
_AND = {"zh": "、", "en": " and "}


def conclude(report: Report) -> Conclusion:
    """What the report suggests.

    Return: a rule broke, or one on a clause of a strength for which the profile returns plans stands in the way (by default a
    mandatory one, of which nobody can promise that it will be mended). Pass: the
    plan is accepted, and no rule that counts has a finding that does more than inform and is not waived, or was refused by
    a person. Else mend.
    """
    returns = report.profile.returns
    if any(o.outcome is Outcome.ERROR or (o.blocks and o.rule.clause.strength in returns) for o in report.outcomes):
        return Conclusion.RETURN
    counting = [o for o in report.outcomes if o.counts]
    faults = any(f.severity is not Severity.INFO for o in counting for f in o.standing)
    refused = any(o.refused and o.rule.severity is not Severity.INFO for o in counting)
    return Conclusion.PASS if report.accepted and not faults and not refused else Conclusion.MEND


def grounds(report: Report) -> Text:
    """Why that is suggested, with what remains for a person to decide or to ask for, as the profile lets it, and what people
    waived or decided."""
    returns = [STRENGTHS[strength] for strength in Strength if strength in report.profile.returns]
    said = Text(
        _GROUNDS[conclude(report)].zh.format("、".join(strength.zh for strength in returns)),
        _GROUNDS[conclude(report)].en.format(" or ".join(strength.en for strength in returns)),
    )
    counting = [o for o in report.outcomes if o.counts]
    left = [(_LEFT[kind], sum(any(reason.outcome is kind for reason in o.open) for o in counting)) for kind in _LEFT]
    left.append((_WAIVED, sum(len(o.findings) - len(o.standing) for o in counting)))
    left.append((_DECIDED, sum(len(o.reasons) - len(o.open) for o in counting)))
    zh, en = (word.join(told[n > 1].in_(lang).format(n) for told, n in left if n) for lang, word in _AND.items())
    if not zh:
        return Text(f"{said.zh}。", f"{said.en}.")
    return Text(f"{said.zh}；另有 {zh}。", f"{said.en}; of the rules that count, {en}.")
