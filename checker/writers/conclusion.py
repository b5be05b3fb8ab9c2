"""What a report suggests that a department concludes, and what it rests on; hands on words for review opinions."""

from __future__ import annotations

from enum import Enum

from checker.errors import Text
from checker.model import Outcome, Report, RuleOutcome, Strength

HEADED = Text("自动核查建议，供审查参考", "Automatic suggestion for the reviewer, not an approval")


class Conclusion(Enum):
    """What can be suggested, in the words of review opinions, and when it is."""

    PASS = Text("建议通过", "accept")
    MEND = Text("建议修改后通过", "accept once mended")
    RETURN = Text("建议退回", "return")


GROUNDS = {
    Conclusion.PASS: Text(
        "影响结论的规则没有未豁免的问题，也没有待核实的事项。",
        "The rules that change the verdict found nothing that is not waived, and leave nothing open.",
    ),
    Conclusion.MEND: Text(
        "有问题须修改，或有待核实的事项须补充、认定；没有因强制性条款不能通过的。",
        "There is something to mend, supply or settle; no mandatory clause stands in the way.",
    ),
    Conclusion.RETURN: Text(
        "有强制性条款不符合或无法判定，或有规则出错，须改正后重新核查。",
        "A mandatory clause is violated or could not be judged, or a rule broke; mend this and check again.",
    ),
}


def conclude(report: Report) -> Conclusion:
    """What the report suggests.

    Return: a rule broke, or one on a mandatory clause stands in the way, which nobody can promise to mend later. Pass: the
    plan is accepted, and no rule that counts has a finding that is not waived, or is open. Else mend.
    """
    if any(o.outcome is Outcome.ERROR or (o.blocks and _is_mandatory(o)) for o in report.outcomes):
        return Conclusion.RETURN
    is_clear = report.accepted and not any(o.counts and (o.standing or o.open or o.refused) for o in report.outcomes)
    return Conclusion.PASS if is_clear else Conclusion.MEND


def _is_mandatory(outcome: RuleOutcome) -> bool:
    return outcome.rule.clause.strength is Strength.MANDATORY
