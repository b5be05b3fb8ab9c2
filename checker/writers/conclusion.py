"""What a report suggests that a department concludes, and what it rests on; hands on words for review opinions."""

from __future__ import annotations

from enum import Enum

from checker.errors import Text
from checker.model import Outcome, Report, RuleOutcome, Severity, Strength

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
        "有问题须修改，或有内容无法判定须补充；没有因强制性条款不能通过的",
        "There is something to mend, or to supply so that it can be judged; no mandatory clause stands in the way",
    ),
    Conclusion.RETURN: Text(
        "有强制性条款不符合或无法判定，或有规则出错，须改正后重新核查",
        "A mandatory clause is violated or could not be judged, or a rule broke; mend this and check again",
    ),
}
_LEFT = {
    Outcome.PERSON_DECIDES: Text("{} 条待人工认定", "{} wait for a person's decision"),
    Outcome.NOT_SUPPLIED: Text("{} 条所需内容未提交", "{} lack what they read"),
}
_WAIVED = Text("{} 个问题已豁免", "{} of their findings are waived")
_DECIDED = Text("{} 个事项已由人认定", "{} of their open points were decided by a person")
_AND = {"zh": "、", "en": " and "}


def conclude(report: Report) -> Conclusion:
    """What the report suggests.

    Return: a rule broke, or one on a mandatory clause stands in the way, which nobody can promise to mend later. Pass: the
    plan is accepted, and no rule that counts has a finding that does more than inform and is not waived, or was refused by
    a person. Else mend.
    """
    if any(o.outcome is Outcome.ERROR or (o.blocks and _is_mandatory(o)) for o in report.outcomes):
        return Conclusion.RETURN
    counting = [o for o in report.outcomes if o.counts]
    faults = any(f.severity is not Severity.INFO for o in counting for f in o.standing)
    refused = any(o.refused and o.rule.severity is not Severity.INFO for o in counting)
    return Conclusion.PASS if report.accepted and not faults and not refused else Conclusion.MEND


def grounds(report: Report) -> Text:
    """Why that is suggested, with what remains for a person to decide or to ask for, as the profile lets it, and what people
    waived or decided."""
    said = _GROUNDS[conclude(report)]
    counting = [o for o in report.outcomes if o.counts]
    left = [(_LEFT[kind], sum(any(reason.outcome is kind for reason in o.open) for o in counting)) for kind in _LEFT]
    left.append((_WAIVED, sum(len(o.findings) - len(o.standing) for o in counting)))
    left.append((_DECIDED, sum(len(o.reasons) - len(o.open) for o in counting)))
    zh, en = (word.join(text.in_(lang).format(n) for text, n in left if n) for lang, word in _AND.items())
    if not zh:
        return Text(f"{said.zh}。", f"{said.en}.")
    return Text(f"{said.zh}；另有 {zh}。", f"{said.en}; of the rules that count, {en}.")


def _is_mandatory(outcome: RuleOutcome) -> bool:
    return outcome.rule.clause.strength is Strength.MANDATORY
