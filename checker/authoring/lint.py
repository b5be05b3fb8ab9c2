"""Checks the rules of packs as their authors should: that each rests on a clause, can be relied on, and speaks plainly.

One function per check, from ``Linted`` to problems; what the ontology's own checks say of guidelines and rules is part
of it. It reads and compiles rules; what they find in fixtures is another matter (``authoring.fixtures``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from checker.authoring import fixtures, ontology
from checker.authoring.problems import Kind, Problem
from checker.authoring.satisfiable import SAID_OF_SHAPES, never
from checker.authoring.scaffold import TO_WRITE
from checker.authoring.terms import Source, Statements, read
from checker.engine.compiled import Compiled, compiled
from checker.engine.results import given, selected, severity
from checker.errors import CannotFinish, Text
from checker.judge import FORMS, SLOT
from checker.model import Checkability, Outcome, Rule, Strength
from checker.prepared import prepare
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.turtle import CHK, base_of
from checker.vocabulary import Vocabulary, local_name

_BINDING = {Strength.MANDATORY, Strength.EXPECTED, Strength.LOCAL}
_SAID_NUMBER = re.compile(r"(?<![\w.?$:\"-])(\d+(?:\.\d+)?)(?![\w.])")
_LENGTH = re.compile(r"STRLEN\s*\([^)]*\)\s*[<>=!]+\s*\d+", re.IGNORECASE)
_QUOTED = re.compile(r"<[^<>\s]*>|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#[^\n]*")
_HARMLESS = {Decimal(0), Decimal(1), Decimal(2), Decimal(100)}  # none, some, both, per cent
_BOUNDS = (SH.minInclusive, SH.maxInclusive, SH.minExclusive, SH.maxExclusive)


@dataclass(frozen=True, eq=False)
class Linted:
    """What the checks look at: what packs state, their rulebook, their vocabulary and their fixtures."""

    packs: tuple[Pack, ...]
    said: Statements
    rules: Rulebook
    terms: Vocabulary

    @cached_property
    def fixtures(self) -> Mapping[str, Sequence[Path]]:
        """The fixture files of each rule, by code."""
        found: dict[str, list[Path]] = {}
        for pack in self.packs:
            for path in fixtures.fixtures(pack):
                found.setdefault(path.parent.name, []).append(path)
        return found

    @cached_property
    def _compiled(self) -> dict[tuple[str, str], Compiled | CannotFinish]:
        return {}

    def compiled(self, rule: Rule, shape: str) -> Compiled | CannotFinish:
        """One of a rule's shapes compiled, or why it cannot be; each once."""
        key = (rule.code, shape)
        if key not in self._compiled:
            try:
                self._compiled[key] = compiled(self.rules, rule, shape, self.terms)
            except CannotFinish as failure:
                self._compiled[key] = failure
        return self._compiled[key]

    def graph(self, rule: Rule) -> Graph:
        return self.rules.shapes[rule.code]


def lint(packs: Sequence[Pack], code: str | None = None, reasoner: bool = True) -> tuple[Problem, ...]:
    """Everything to mend in the rules and guidelines of packs, or in one rule. Raises CannotFinish for what cannot be read."""
    known = prepare(packs)
    rules, said = known.rulebook, read(packs, ("ontology", "guidelines", "rules"))
    if code is not None:
        rule = rules.rule(code)
        rules = replace(rules, rules=(rule,))
        said = replace(said, sources=tuple(s for s in said.sources if not _is_other_rule(s, rule)))
    linted = Linted(tuple(packs), said, rules, known.vocabulary)
    checks = CHECKS if code is None else [look for look in CHECKS if look is not covered]
    found = {problem for look in checks for problem in look(linted)}
    found |= {p for look in _OF_ONTOLOGY for p in look(said) if _is_of_rules(p.file)}
    if reasoner and not any(p.kind is Kind.CIRCULAR_SHAPES for p in found):
        found |= set(reasoning(linted))
    if code is not None:
        found = {p for p in found if Path(p.file).name == f"{code}.ttl" or p.term == code}
    order = list(Kind)
    return tuple(sorted(found, key=lambda p: (order.index(p.kind), p.file, p.term, p.text)))


def _is_other_rule(source: Source, rule: Rule) -> bool:
    """Whether a file holds a rule, and not this one."""
    is_rule = any(source.graph.subjects(RDF.type, CHK.Rule))
    return source.part == "rules" and is_rule and not source.name.endswith(rule.source)


def _is_of_rules(file: str) -> bool:
    return any(part in ("rules", "guidelines") for part in Path(file).parts)


# ---- where it stands, and what it rests on ------------------------------------------------------------------------------


def places(linted: Linted) -> Iterator[Problem]:
    """A rule's file bears its code, lies in the folder of its guideline, and its code begins with its clause's number."""
    for rule in linted.rules.rules:
        due = f"rules/{local_name(rule.clause.guideline)}/{rule.code}.ttl"
        if rule.source != due:
            yield _of(rule, Kind.PLACE, Text(f"应为 {due}。", f"It should be {due}."))
        if not re.fullmatch(rf"{re.escape(rule.clause.number)}[a-z]?", rule.code):
            number = rule.clause.number
            text = Text(
                f"代码应为条款编号 {number} 或另加一个字母。",
                f"The code is the clause's number {number}, or that with a letter.",
            )
            yield _of(rule, Kind.PLACE, text)


def in_force(linted: Linted) -> Iterator[Problem]:
    """A clause that binds says which edition of its instrument it means or since when it is in force, and is in force."""
    for rule in linted.rules.rules:
        clause = rule.clause
        if clause.strength in _BINDING and not (clause.edition or clause.in_force):
            yield _of(
                rule,
                Kind.OUT_OF_FORCE,
                Text(
                    f"条款 {clause.number} 没有写明依据的版次或施行日期。",
                    f"Clause {clause.number} states neither edition nor day in force.",
                ),
            )
        if clause.in_force and clause.in_force > dt.date.today():
            yield _of(
                rule,
                Kind.OUT_OF_FORCE,
                Text(
                    f"条款 {clause.number} 自 {clause.in_force} 起才施行。",
                    f"Clause {clause.number} is in force only from {clause.in_force}.",
                ),
            )


def covered(linted: Linted) -> Iterator[Problem]:
    """Every clause that says it is checked automatically has a rule."""
    with_rules = {rule.clause.iri for rule in linted.rules.rules}
    for clause in linted.rules.clauses.values():
        if clause.checkability is Checkability.AUTOMATIC and clause.iri not in with_rules:
            home = linted.said.homes[clause.iri].name
            yield Problem(
                Kind.NO_RULE,
                clause.number,
                home,
                Text("标为自动核查，没有规则。", "It is marked automatic and has no rule."),
            )


def with_fixtures(linted: Linted) -> Iterator[Problem]:
    """A rule has a fixture for every outcome that it can give."""
    for rule in linted.rules.rules:
        there = {fixtures.outcome_of(path) for path in linted.fixtures.get(rule.code, ())}
        for outcome in _due(linted, rule):
            if outcome not in there:
                yield _of(
                    rule,
                    Kind.NO_FIXTURE,
                    Text(
                        f"没有 {fixtures.name_of(outcome)}- 样例。",
                        f"There is no fixture {fixtures.name_of(outcome)}-*.",
                    ),
                )
    for code, paths in linted.fixtures.items():
        if code not in linted.rules.shapes:
            yield Problem(
                Kind.NO_FIXTURE, code, paths[0].parent.as_posix(), Text("没有这条规则。", "There is no such rule.")
            )


def _due(linted: Linted, rule: Rule) -> Iterator[Outcome]:
    """The outcomes for which a rule must have a fixture: those that its file says it can end in."""
    yield Outcome.PASSED
    demands = set(linted.graph(rule).predicates(URIRef(rule.iri))) & {SH.property, SH.sparql} or not rule.asks
    if demands:
        yield Outcome.FAILED
    yield Outcome.NOT_APPLICABLE
    if rule.needs:
        yield Outcome.UNDECIDED
    if rule.asks:
        yield Outcome.PERSON_DECIDES
    if rule.reads:
        yield Outcome.NOT_SUPPLIED


# ---- what it says -------------------------------------------------------------------------------------------------------


def messages(linted: Linted) -> Iterator[Problem]:
    """A message names who or how much, the same in both languages, and is not the title again."""
    for rule in linted.rules.rules:
        graph = linted.graph(rule)
        for shape in sorted(s for s in set(graph.subjects(SH.message)) if isinstance(s, URIRef)):
            said = {o.language: str(o) for o in graph.objects(shape, SH.message) if isinstance(o, Literal)}
            zh, en = said.get("zh", ""), said.get("en", "")
            slots = [{slot for slot, _ in SLOT.findall(text)} for text in (zh, en)]
            forms = {form for text in (zh, en) for _, form in SLOT.findall(text)} - {"", *FORMS}
            name = local_name(shape)
            differ = "、".join(sorted(s for s in slots[0] ^ slots[1] if not _is_in_one_language(s, slots)))
            if differ:
                yield _of(
                    rule,
                    Kind.MESSAGE,
                    Text(
                        f"{name}：中英文带出的值不同：{differ}。",
                        f"{name}: zh and en do not carry the same values: {differ}.",
                    ),
                )
            if forms:
                known, odd = ", ".join(FORMS), ", ".join(sorted(forms))
                yield _of(
                    rule,
                    Kind.MESSAGE,
                    Text(f"{name}：没有“{odd}”这种写法，可用 {known}。", f"{name}: no form {odd}; there are {known}."),
                )
            if not slots[0] and not _is_about_the_plan(linted, rule, shape):
                yield _of(
                    rule,
                    Kind.MESSAGE,
                    Text(f"{name}：没有说是谁或是多少。", f"{name}: it says neither who nor how much."),
                )
            if any(mark in text for mark in TO_WRITE for text in (zh, en, *rule.title, *rule.remedy)):
                yield _of(
                    rule,
                    Kind.MESSAGE,
                    Text(
                        f"{name}：模板中待写的文字还没有写。",
                        f"{name}: what the template leaves to write is not written yet.",
                    ),
                )
            if zh.strip("。 ") == rule.title.zh.strip("。 "):
                yield _of(rule, Kind.MESSAGE, Text(f"{name}：只是重复标题。", f"{name}: it only repeats the title."))
        for lang, text in (("zh", rule.remedy.zh), ("en", rule.remedy.en)):
            if len(text) < (8 if lang == "zh" else 20):
                yield _of(
                    rule,
                    Kind.MESSAGE,
                    Text(f"修改建议（{lang}）太短，没有说怎么改。", f"The remedy ({lang}) is too short to say how."),
                )


def _is_in_one_language(slot: str, slots: Sequence[set[str]]) -> bool:
    """Whether a value is words, of which there are some for each language: {?zh} and {?en}, {?at} and {?atInEnglish}."""
    pairs = (("zh", "en"), (slot, f"{slot}InEnglish"), (slot.removesuffix("InEnglish"), slot))
    return any(slot in pair and {*pair} <= slots[0] | slots[1] for pair in pairs if len({*pair}) == 2)


def _is_about_the_plan(linted: Linted, rule: Rule, shape: URIRef) -> bool:
    """Whether a shape's only focus is the plan, or its table, which need not be named."""
    graph = linted.graph(rule)
    holders: set[Node] = {shape, *graph.subjects(SH.property, shape)}
    targets = {o for holder in holders for o in graph.objects(holder, SH.targetClass)}
    return bool(targets) and all(local_name(str(o)) == "PlanUnderReview" for o in targets)


def slots(linted: Linted) -> Iterator[Problem]:
    """A message names only what every constraint that it speaks for gives, else it shows an empty value."""
    for rule in linted.rules.rules:
        for shape in (rule.iri, *rule.needs, *rule.asks):
            found = linted.compiled(rule, shape)
            if isinstance(found, CannotFinish):
                continue
            graph = linted.rules.shapes_for(rule, shape)
            for source, said in zip(found.statement.sources, found.messages, strict=True):
                known = given(linted.rules, rule, graph, str(source.shape), source.component)
                empty = "、".join(sorted({slot for text in said.values() for slot, _ in SLOT.findall(text)} - known))
                if empty:
                    name, component = local_name(str(source.shape)), local_name(source.component)
                    yield _of(
                        rule,
                        Kind.MESSAGE,
                        Text(
                            f"{name}：{component} 的结果没有 {empty}，提示里会空着。",
                            f"{name}: results of {component} have no {empty}, which the message would leave empty.",
                        ),
                    )


def severities(linted: Linted) -> Iterator[Problem]:
    """A rule is as severe as the severest of its findings: verdicts go by the rule, readers by the finding."""
    for rule in linted.rules.rules:
        found = linted.compiled(rule, rule.iri)
        if isinstance(found, CannotFinish) or not found.statement.sources:
            continue
        due = max((severity(URIRef(s.severity)) for s in found.statement.sources), key=lambda one: one.rank)
        if due is not rule.severity:
            yield _of(
                rule,
                Kind.SEVERITY,
                Text(
                    f"规则为 sh:{rule.severity.value.title()}，其约束最重为 sh:{due.value.title()}。",
                    f"The rule is sh:{rule.severity.value.title()}, the severest of its constraints sh:{due.value.title()}.",
                ),
            )


# ---- what it demands ----------------------------------------------------------------------------------------------------


def numbers(linted: Linted) -> Iterator[Problem]:
    """A number that decides is a threshold: dated, sourced, and open to packs. Lengths of texts are form, not thresholds."""
    for rule in linted.rules.rules:
        graph = linted.graph(rule)
        spoken = set(graph.objects(None, CHK.details))
        texts = (str(o) for p in (SH.select, SH.ask) for s, o in graph.subject_objects(p) if s not in spoken)
        for number in sorted({n for text in texts for n in _numbers_in(text)}):
            yield _of(rule, Kind.NUMBER, Text(f"查询中写着 {number}。", f"A query says {number}."))
        for o in (o for p in _BOUNDS for o in graph.objects(None, p)):
            if isinstance(o, Literal) and isinstance(o.value, int | float | Decimal) and o.value not in _HARMLESS:
                yield _of(rule, Kind.NUMBER, Text(f"约束中写着 {o}。", f"A constraint says {o}."))


def _numbers_in(query: str) -> Iterator[Decimal]:
    """The numbers in a query that decide something."""
    for found in _SAID_NUMBER.findall(_LENGTH.sub(" ", _QUOTED.sub(" ", query))):
        if Decimal(found) not in _HARMLESS:
            yield Decimal(found)


def queries(linted: Linted) -> Iterator[Problem]:
    """Queries mean what they seem to: none counts what is absent by COUNT, and the compiler takes them all."""
    for rule in linted.rules.rules:
        for text in (str(o) for p in (SH.select, SH.ask) for o in linted.graph(rule).objects(None, p)):
            blank = _QUOTED.sub(" ", text)
            if re.search(r"COUNT[^{}]*?\)\s*(=\s*0|<\s*1|<=\s*0)", blank, re.IGNORECASE):
                yield _of(
                    rule,
                    Kind.QUERY,
                    Text(
                        "用 COUNT 数没有的东西：没有匹配时分组为空，永远不报；改用 FILTER NOT EXISTS。",
                        "It counts what is absent: without a match there is no group, and nothing is ever found; use FILTER NOT EXISTS.",
                    ),
                )
        for shape in (rule.iri, *rule.needs, *rule.asks):
            found = linted.compiled(rule, shape)
            if isinstance(found, CannotFinish):
                yield _of(rule, Kind.QUERY, found.problem)
            elif found.refused is not None:
                yield _of(
                    rule,
                    Kind.QUERY,
                    Text(
                        f"{local_name(shape)} 不能编译：{found.refused}。",
                        f"{local_name(shape)} cannot be compiled: {found.refused}.",
                    ),
                )


def validators(linted: Linted) -> Iterator[Problem]:
    """A component's validator for node shapes gives no ?value: what becomes of it there SHACL leaves to the engine."""
    for source in linted.said.sources:
        for component, validator in sorted(source.graph.subject_objects(SH.nodeValidator), key=str):
            if any("value" in selected(str(text)) for text in source.graph.objects(validator, SH.select)):
                yield Problem(
                    Kind.QUERY,
                    local_name(str(component)),
                    source.name,
                    Text(
                        "sh:nodeValidator 选出了 ?value，两个引擎对它的处理不同；改用别的变量名。",
                        "Its sh:nodeValidator selects ?value, which the engines take differently; give it another name.",
                    ),
                )


def demands(linted: Linted) -> Iterator[Problem]:
    """A shape demands something: by a constraint of its own or by property shapes."""
    for rule in linted.rules.rules:
        graph = linted.graph(rule)
        shapes = {rule.iri, *rule.needs, *rule.asks, *map(str, graph.objects(None, SH.property))}
        for shape in (URIRef(s) for s in sorted(shapes) if (URIRef(s), None, None) in graph):
            own = {p for p in graph.predicates(shape) if str(p).startswith((str(SH), str(CHK)))}
            if not own - SAID_OF_SHAPES:
                yield _of(
                    rule,
                    Kind.DEMANDS_NOTHING,
                    Text(f"{local_name(shape)} 没有约束。", f"{local_name(shape)} has no constraint."),
                )


_LEADS = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)


def no_recursion(linted: Linted) -> Iterator[Problem]:
    """No shape leads to itself: SHACL leaves open what that means."""
    for rule in linted.rules.rules:
        graph = linted.graph(rule) + linted.rules.common
        edges = {
            str(s): [str(o) for p in _LEADS for o in graph.objects(s, p)] + [str(i) for i in _members(graph, s)]
            for s in graph.subjects(unique=True)
            if isinstance(s, URIRef | BNode)
        }
        for way in ontology.circles(edges):
            shown = " → ".join(local_name(step) for step in way)
            if any((URIRef(step), None, None) in linted.graph(rule) for step in way):
                yield _of(rule, Kind.CIRCULAR_SHAPES, Text(shown, shown))


def _members(graph: Graph, shape: Node) -> Iterator[Node]:
    for p in (SH["or"], SH["and"], SH.xone):
        for head in graph.objects(shape, p):
            yield from graph.items(head)


def exceptions(linted: Linted) -> Iterator[Problem]:
    """An exception takes the place of findings of its own pack's rules only."""
    bases = {base: pack for pack in linted.packs for base in [base_of(pack)]}
    for rule in linted.rules.rules:
        own = next((base for base in bases if rule.iri.startswith(base)), "")
        for parent in rule.excepts:
            if not parent.startswith(own):
                yield _of(
                    rule, Kind.TAKES_OVER, Text(f"取代了 {parent} 的问题。", f"It replaces findings of {parent}.")
                )


def reasoning(linted: Linted) -> Iterator[Problem]:
    """What a rule judges can pass it, and can fail each of its parts, as far as a reasoner can tell."""
    for one in never(linted.rules, linted.terms, linted.said.ontology):
        name = local_name(one.shape)
        if one.passes:
            text = Text(
                f"{name}：核查的对象只有违背本体所断言的才能通过。",
                f"{name}: what it judges passes only by contradicting what the ontology claims.",
            )
            yield _of(one.rule, Kind.NEVER_PASSES, text)
        else:
            text = Text(
                f"{name}：凡核查到的对象必然满足，从不报问题。",
                f"{name}: whatever it judges satisfies it, so it never finds anything.",
            )
            yield _of(one.rule, Kind.NEVER_FAILS, text)


def _of(rule: Rule, kind: Kind, text: Text) -> Problem:
    return Problem(kind, rule.code, rule.source, text)


CHECKS: tuple[Callable[[Linted], Iterator[Problem]], ...] = (
    places,
    in_force,
    covered,
    with_fixtures,
    messages,
    slots,
    severities,
    numbers,
    queries,
    validators,
    demands,
    no_recursion,
    exceptions,
)
# What the ontology's checks say of rules, guidelines and fixtures; its reasoning is not among them.
_OF_ONTOLOGY = (ontology.foreign_subjects, ontology.undeclared, ontology.unused, ontology.rule_shapes)
