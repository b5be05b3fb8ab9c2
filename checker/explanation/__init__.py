"""Explains one finding or open point of a report: what, why, where, the smallest change that mends it, and the facts behind it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from checker.errors import CannotFinish, Text
from checker.explanation.change import Changes
from checker.explanation.facts import Proofs
from checker.explanation.sums import numbers
from checker.explanation.words import Explanation, write
from checker.judge import Words
from checker.model import Finding, PlanSummary, Reason, Report, RuleOutcome
from checker.pipeline import Request, known
from checker.prepared import prepare
from checker.resources import Pack

__all__ = ["explain", "find"]


def explain(report: Report, name: str, packs: Sequence[Pack], lang: str, request: Request | None = None) -> str:
    """The explanation of a finding or open point as text. ``name``: its id, or the beginning of it.

    ``request``: the package, to be read again for the facts. Raises CannotFinish for a name that is none or of several, and
    for a package that is not the one of the report.
    """
    outcome, told = find(report, name)
    prepared = prepare(packs)
    change = (
        Changes(prepared.rulebook, prepared.vocabulary, report.as_of).of(told) if isinstance(told, Finding) else None
    )
    is_other = prepared.rulebook.digest != report.rulebook
    explanation = Explanation(outcome, told, change, is_other)
    if request is None:
        return write(explanation, lang)
    found = known(request, report.as_of, lambda plans: _refuse_others(report, plans, str(request.package)))
    proofs = Proofs(found.stated, found.store, {plan.iri: plan.title for plan in found.summaries[1:]})
    rule = found.prepared.rulebook.rule(outcome.rule.code)
    rules = found.prepared.rulebook
    account = proofs.of(told, rule, rules)
    made = numbers(told, rule, rules, proofs) if isinstance(told, Finding) else None
    return write(replace(explanation, account=account, numbers=made), lang, Words(found.store))


def find(report: Report, name: str) -> tuple[RuleOutcome, Finding | Reason]:
    """The finding or open point whose id is ``name`` or alone begins with it. Raises CannotFinish."""
    every: list[tuple[RuleOutcome, Finding | Reason]] = []
    for outcome in report.outcomes:
        every += [(outcome, finding) for finding in outcome.findings]
        every += [(outcome, reason) for reason in outcome.reasons]
    ids = list(dict.fromkeys(told.id for _, told in every))
    fitting = [name] if name in ids else [each for each in ids if name and each.startswith(name)]
    if len(fitting) == 1:
        return next((outcome, told) for outcome, told in every if told.id == fitting[0])
    if fitting:
        some = "、".join(fitting[:10]) + ("……" if len(fitting) > 10 else "")
        raise CannotFinish(
            Text(f"有 {len(fitting)} 项的编号以“{name}”开头。", f"{len(fitting)} ids begin with '{name}'."),
            name,
            Text(f"请写长一些：{some}", f"Write more of it: {some.replace('、', ', ').replace('……', ' …')}"),
        )
    near = difflib.get_close_matches(name, ids, n=5, cutoff=0.4)
    listed = "、".join(near)
    raise CannotFinish(
        Text(f"报告中没有编号为“{name}”的问题或待定事项。", f"The report has no finding or open point '{name}'."),
        name,
        Text(
            f"相近的有：{listed}。" if near else "编号见报告中每个问题之后。",
            f"Near: {', '.join(near)}." if near else "Each finding of a report is followed by its id.",
        ),
    )


def _refuse_others(report: Report, plans: Sequence[PlanSummary], where: str) -> None:
    """Refuses plans whose files are not, hash for hash, those that the report is on."""
    due, given = ({plan.role: plan for plan in side} for side in ((report.plan, *report.references), plans))
    wrong: list[Text] = []
    for role in sorted(due.keys() | given.keys()):
        a, b = due.get(role), given.get(role)
        if a is None or b is None:
            plan = a or b
            assert plan is not None
            kind = plan.kind
            said = Text(
                f"报告{'参照了' if b is None else '没有参照'}{kind.zh}“{plan.title}”",
                f"the report {'compares with' if b is None else 'does not compare with'} the {kind.en} {plan.title}",
            )
            wrong.append(said)
        elif set(a.files) != set(b.files):
            names = sorted({file.name for file in set(a.files) ^ set(b.files)})
            wrong.append(
                Text(
                    f"{a.kind.zh}的文件不同：{'、'.join(names)}", f"files of the {a.kind.en} differ: {', '.join(names)}"
                )
            )
    if wrong:
        raise CannotFinish(
            Text(
                f"成果包不是报告所核查的那一份：{'；'.join(text.zh for text in wrong)}。",
                f"The package is not the one that the report is on: {'; '.join(text.en for text in wrong)}.",
            ),
            where,
            Text(
                "请用当时的成果包与参照，或重新核查后解释新报告。",
                "Use the package and references of that time, or check again and explain the new report.",
            ),
        )
