"""An explanation as people read it, a line at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.errors import Text
from checker.explanation.facts import Account, Ground, Proof, Spot
from checker.explanation.sums import Made, Numbers, Part
from checker.judge import Words
from checker.model import Finding, Outcome, Reason, RuleOutcome
from checker.vocabulary import TYPE
from checker.writers.text import cited, where
from checker.writers.words import OUTCOMES, SEVERITIES

_GROUNDS = {
    Ground.STATED: Text("写明", "stated"),
    Ground.ONTOLOGY: Text("本体载明", "said by the ontology"),
    Ground.COMPUTED: Text("计算所得", "computed"),
    Ground.SUBCLASS: Text("下位类", "subclass"),
    Ground.DEFINITION: Text("类的定义", "definition of the class"),
    Ground.SUBPROPERTY: Text("下位属性", "subproperty"),
    Ground.INVERSE: Text("逆属性", "inverse"),
    Ground.SYMMETRIC: Text("对称属性", "symmetric"),
    Ground.TRANSITIVE: Text("传递属性", "transitive"),
    Ground.CHAIN: Text("属性链", "property chain"),
    Ground.VALUE: Text("类所含的取值", "value that the class implies"),
    Ground.KEY: Text("键相同（owl:hasKey）", "match by key (owl:hasKey)"),
    Ground.RELATION: Text("声明的关系", "declared relation"),
    Ground.DRAWN: Text("图形所在", "drawn"),
    Ground.UNKNOWN: Text("来由不明", "no reason known"),
}
_MADE = {
    "Sum": Text("{count} 项{of}之和", "the sum of {count}{of}"),
    "Count": Text("共 {count} 项{of}", "a count of {count}{of}"),
    "Avg": Text("{count} 项{of}的平均值", "the mean of {count}{of}"),
    "Min": Text("{count} 项{of}中最小的", "the least of {count}{of}"),
    "Max": Text("{count} 项{of}中最大的", "the greatest of {count}{of}"),
}
_COMPARED = {"measured": Text("实测", "measured"), "allowed": Text("允许", "allowed")}
_DECIDES = {
    Outcome.UNDECIDED: Text(
        "补齐所缺内容后重新核查，由规则判定；补不齐的由审查人员认定。",
        "Supply what is missing and check again, then the rule decides; what cannot be supplied a reviewer has to settle.",
    ),
    Outcome.PERSON_DECIDES: Text("由审查人员认定，程序不能代为判断。", "A reviewer decides; no program can."),
    Outcome.NOT_SUPPLIED: Text(
        "由编制单位补交后重新核查；不需要提交的由审查人员认定。",
        "The planner supplies it, then it is checked again; whether it need not be supplied a reviewer decides.",
    ),
    Outcome.ERROR: Text("由规则的编写者改正规则。", "The author of the rule has to mend the rule."),
}


@dataclass(frozen=True)
class Explanation:
    """A finding or open point with how its rule ended.

    ``change``: the smallest one that mends a finding, where it could be computed. ``is_other``: the rulebook at hand is not
    that of the report. ``account``: the facts, ``numbers``: what its numbers were made of, where the package was read again.
    """

    outcome: RuleOutcome
    told: Finding | Reason
    change: Text | None
    is_other: bool
    account: Account | None = None
    numbers: Numbers | None = None


def write(explanation: Explanation, lang: str, words: Words | None = None) -> str:
    """The explanation as text. ``words``: what the individuals of the facts are called."""
    return "\n".join(_lines(explanation, lang, words)).rstrip() + "\n"


def _lines(explanation: Explanation, lang: str, words: Words | None) -> Iterator[str]:
    outcome, told = explanation.outcome, explanation.told

    def section(zh: str, en: str, said: Sequence[str]) -> Iterator[str]:
        if said:
            yield f"● {Text(zh, en).in_(lang)}"
            yield from (f"    {line}" for line in said)
            yield ""

    rule = outcome.rule
    is_finding = isinstance(told, Finding)
    kind = SEVERITIES[told.severity] if isinstance(told, Finding) else OUTCOMES[told.outcome]
    text = told.message if isinstance(told, Finding) else told.text
    yield f"{told.id}  {kind.in_(lang)}  {_weight(outcome, told).in_(lang)}"
    yield ""
    if explanation.is_other:
        said = Text(
            "本机的规则库与报告所用的不同，以下改动与事实按本机的规则库得出。",
            "The rulebook at hand is not that of the report; the change and the facts below are by the one at hand.",
        )
        yield from section("注意", "Note", [said.in_(lang)])
    yield from section(*(("问题", "What is wrong") if is_finding else ("待定事项", "What is open")), [text.in_(lang)])
    yield from section("位置", "Where", [where(told.place, lang)] if told.place is not None else [])
    if isinstance(told, Finding):
        values = ((_COMPARED["measured"], told.measured), (_COMPARED["allowed"], told.allowed))
        yield from section(
            "数值", "Values", [f"{name.in_(lang)}  {value.in_(lang)}" for name, value in values if value is not None]
        )
    yield from section("规则", "Rule", [f"{rule.code}  {rule.title.in_(lang)}"])
    clause = rule.clause
    yield from section("条款", "Clause", [f"{clause.number}  {clause.requirement.in_(lang)}", cited(clause, lang)])
    if isinstance(told, Finding):
        yield from section("怎样修改", "How to mend it", [told.rule.remedy.in_(lang)])
        nothing = Text(
            "这类约束算不出最小的改动，见上面的修改建议。",
            "None can be computed for this kind of constraint; see how to mend it.",
        )
        yield from section("最小的改动", "The smallest change", [(explanation.change or nothing).in_(lang)])
    else:
        yield from section("由谁决定", "Who decides", [_DECIDES[told.outcome].in_(lang)])
    if explanation.account is not None and words is not None:
        numbers = [] if explanation.numbers is None else list(_numbers(explanation.numbers, words, lang))
        yield from section("数是怎样得出的", "What the numbers are made of", numbers)
        yield from section("依据的事实", "The facts that led there", list(_account(explanation.account, words, lang)))


def _weight(outcome: RuleOutcome, told: Finding | Reason) -> Text:
    blocks = told.blocks if isinstance(told, Finding) else outcome.blocks
    if blocks:
        return Text("● 使成果不能通过", "● stands in the way")
    return Text("○ 不妨碍通过", "○ does not stand in the way")


def _numbers(numbers: Numbers, words: Words, lang: str) -> Iterator[str]:
    for made in numbers.made:
        yield from _made(made, words, lang)
    yield from (_refused(form).in_(lang) for form in numbers.refused)


def _made(made: Made, words: Words, lang: str) -> Iterator[str]:
    """A number, what it was made of a line each, and what is not shown."""
    of = Text("", "") if made.prop is None else _of(words.label(made.prop), made.count)
    how = _MADE[made.function].in_(lang).format(count=made.count, of=of.in_(lang))
    name = _COMPARED.get(made.name or "", Text("算得", "computed"))
    total = words.quantity(made.total, made.unit).in_(lang)
    yield f"{name.in_(lang)}{Text('：', ': ').in_(lang)}{total}{Text('，', ', ').in_(lang)}{how}"
    for part in made.parts:
        yield f"  {_part(part, made, words, lang)}"
    more = made.count - len(made.parts)
    if more and made.rest is not None:
        rest = words.quantity(made.rest, made.unit)
        yield "  " + Text(f"其余 {more} 项合计 {rest.zh}", f"{more} more, together {rest.en}").in_(lang)
    elif more:
        yield "  " + Text(f"其余 {more} 项没有列出", f"{more} more that are not shown").in_(lang)


def _refused(form: str) -> Text:
    return Text(
        f"规则的查询含有不能编译的写法（{form}），其中的合计、计数等由哪些数得来，无法列出。",
        f"A query of the rule has a form that cannot be compiled ({form}); what its sums, counts or means were made of cannot be listed.",
    )


def _of(prop: Text, count: int) -> Text:
    return Text(f"“{prop.zh}”", f" {'value' if count == 1 else 'values'} of '{prop.en}'")


def _part(part: Part, made: Made, words: Words, lang: str) -> str:
    """What went into a number: the individuals, the value, and where it stands."""
    named = " · ".join(_named(node, words, lang) for node in part.nodes)
    value = "" if made.function == "Count" else words.quantity(part.value, made.unit).in_(lang)
    ground = "" if part.ground is None else _GROUNDS[part.ground].in_(lang)
    reason = Text("：", ": ").in_(lang).join(filter(None, (ground, " · ".join(_spot(s, lang) for s in part.spots))))
    return "  ".join(filter(None, (named, value, f"[{reason}]" if reason else "")))


def _account(account: Account, words: Words, lang: str) -> Iterator[str]:
    if not account.proofs and not account.absent:
        yield Text("没有可以列出的事实。", "There are no facts to show.").in_(lang)
    subject = None
    told: set[tuple[Proof, ...]] = set()
    for proof in account.proofs:
        if proof.statement.subject != subject:
            subject = proof.statement.subject
            yield _headed(subject, words, lang)
        yield from _proof(proof, words, lang, 1, told, is_own=True)
    for path in account.absent:
        nothing = Text("（没有任何取值）", "(no value at all)").in_(lang)
        yield f"{path.in_(lang)}{Text('：', ': ').in_(lang)}{nothing}"
    if account.left_out:
        yield Text(
            f"还有内容没有列出（至少 {account.left_out} 条）",
            f"there is more that is not shown (at least {account.left_out})",
        ).in_(lang)


def _proof(
    proof: Proof, words: Words, lang: str, depth: int, told: set[tuple[Proof, ...]], *, is_own: bool = False
) -> Iterator[str]:
    """A statement with its reason, and below it what it follows from, where that was not told before."""
    statement, indent = proof.statement, "  " * depth
    subject = "" if is_own else f"{_named(statement.subject, words, lang)}  "
    name = Text("类别", "kind") if statement.prop == TYPE else words.label(statement.prop)
    said = f"{name.in_(lang)}{Text('：', ': ').in_(lang)}{_value(proof, words, lang)}"
    above = Text("，见上", ", as above").in_(lang) if proof.behind in told else ""
    yield f"{indent}{subject}{said}  [{_reason(proof, words, lang)}{above}]"
    if proof.behind and not above:
        told.add(proof.behind)
        for behind in proof.behind:
            yield from _proof(behind, words, lang, depth + 1, told)


def _reason(proof: Proof, words: Words, lang: str) -> str:
    """Why a statement holds: the axiom with its IRIs, and the place."""
    parts = [_GROUNDS[proof.ground].in_(lang)]
    parts += [f"{words.label(iri).in_(lang)} <{iri}>" for iri in proof.axiom]
    if proof.spot is not None:
        parts.append(_spot(proof.spot, lang))
    return parts[0] if not parts[1:] else f"{parts[0]}{Text('：', ': ').in_(lang)}{' · '.join(parts[1:])}"


def _spot(spot: Spot, lang: str) -> str:
    place = where(spot.place, lang)
    return place if spot.plan is None else f"{spot.plan} / {place}"


def _headed(node: int, words: Words, lang: str) -> str:
    """An individual with the class of its table."""
    found = words.store.facts.place_of(node)
    kind = "" if found is None else f"{words.label(found[0].cls).in_(lang)}  "
    return f"{kind}{_named(node, words, lang)}"


def _named(node: int, words: Words, lang: str) -> str:
    return words.label(words.store.iri(node)).in_(lang)


def _value(proof: Proof, words: Words, lang: str) -> str:
    value = proof.statement.value
    if proof.statement.prop == TYPE:
        return words.label(str(value)).in_(lang)
    if proof.statement.is_node and isinstance(value, int):
        return _named(value, words, lang)
    return words.say(value, lang)  # type: ignore[arg-type]
