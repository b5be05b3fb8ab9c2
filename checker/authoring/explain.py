"""What a rule checks, why, on what it decides, and what passes and fails it: from its file, its clause and its fixtures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from checker.authoring import fixtures
from checker.errors import Text
from checker.judge import SLOT
from checker.model import Clause, Outcome, Rule
from checker.prepared import prepare
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.vocabulary import Vocabulary, local_name
from checker.writers.words import CHECKED, OUTCOMES, SEVERITIES, STRENGTHS

_OF_PLANS = "urn:plancheck:plan:"  # how the IRIs of individuals in fixtures begin


def explain(packs: Sequence[Pack], code: str, lang: str) -> str:
    """The explanation of a rule as text. Raises CannotFinish for a code that no rule has."""
    known = prepare(packs)
    rule = known.rulebook.rule(code)
    return "\n".join(_lines(packs, known.rulebook, known.vocabulary, rule, lang)).rstrip() + "\n"


def _lines(packs: Sequence[Pack], rules: Rulebook, terms: Vocabulary, rule: Rule, lang: str) -> Iterator[str]:
    def say(zh: str, en: str) -> str:
        return Text(zh, en).in_(lang)

    clause = rule.clause
    kind = " · ".join(
        words.in_(lang)
        for words in (SEVERITIES[rule.severity], STRENGTHS[clause.strength], CHECKED[clause.checkability])
    )
    yield f"{rule.code}  {rule.title.in_(lang)}  [{kind}]"
    yield ""
    yield from _section(say("要求", "What is required"), [clause.requirement.in_(lang)])
    yield from _section(say("依据", "Why"), [_basis(clause, lang)])
    yield from _section(
        say("适用于", "For"), _labels(terms, sorted(rule.applies_to), lang) or [say("各类规划", "every kind of plan")]
    )
    yield from _section(say("读取", "It reads"), _labels(terms, rule.reads, lang))
    yield from _section(
        say("没有这些就不作判断", "Without these it is undecided"), _messages(rules, rule, rule.needs, lang)
    )
    yield from _section(say("阈值", "Thresholds"), list(_thresholds(terms, rule, rules, lang)))
    yield from _section(say("会发现", "It finds"), _found(rules, rule, lang))
    yield from _section(say("交由人工判断", "It puts before a person"), _messages(rules, rule, rule.asks, lang))
    yield from _section(say("怎样修改", "How to mend it"), [rule.remedy.in_(lang)])
    for outcome in (Outcome.FAILED, Outcome.PERSON_DECIDES, Outcome.PASSED):
        yield from _example(packs, rules, terms, rule, outcome, lang)
    yield from _section(say("规则文件", "File of the rule"), [rule.source])


def _section(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"● {heading}"
        yield from (f"    {line}" for line in lines)
        yield ""


def _basis(clause: Clause, lang: str) -> str:
    parts = [clause.instrument.in_(lang), clause.article.in_(lang)]
    if clause.edition:
        parts.append(Text(f"{clause.edition} 版", f"edition {clause.edition}").in_(lang))
    if clause.in_force:
        parts.append(Text(f"{clause.in_force} 起施行", f"in force from {clause.in_force}").in_(lang))
    if clause.jurisdiction:
        where = "、".join(clause.jurisdiction)
        parts.append(
            Text(
                f"仅适用于行政区代码以 {where} 开头的地区", f"only where the administrative code begins with {where}"
            ).in_(lang)
        )
    return Text("，", ", ").in_(lang).join(part for part in parts if part)


def _labels(terms: Vocabulary, iris: Sequence[str], lang: str) -> list[str]:
    return [_label(terms, URIRef(iri), lang) for iri in iris]


def _label(terms: Vocabulary, term: Node, lang: str) -> str:
    known = terms.label(str(term))
    return known.in_(lang) if known else str(term).removeprefix(_OF_PLANS)


def _thresholds(terms: Vocabulary, rule: Rule, rules: Rulebook, lang: str) -> Iterator[str]:
    used = rule.mentions | {str(o) for o in rules.shapes[rule.code].objects()}
    for iri in sorted(used & set(terms.thresholds)):
        threshold = terms.thresholds[iri]
        since, value = threshold.values[-1]
        said = Text(
            f"{threshold.label.zh}：{value.normalize():f}（{since} 起）",
            f"{threshold.label.en}: {value.normalize():f} (from {since})",
        )
        yield f"{said.in_(lang)}  {local_name(iri)}"


def _messages(rules: Rulebook, rule: Rule, shapes: Sequence[str], lang: str) -> list[str]:
    """What is said of nodes that fail shapes, in the order of the shapes; values not known yet as dots."""
    found = []
    for shape in shapes:
        graph = rules.graph_of(rule, shape)
        for holder in (URIRef(shape), *sorted(graph.objects(URIRef(shape), SH.property), key=str)):
            found += [
                str(o) for o in graph.objects(holder, SH.message) if isinstance(o, Literal) and o.language == lang
            ]
    return [SLOT.sub("…", text) for text in found]


def _found(rules: Rulebook, rule: Rule, lang: str) -> list[str]:
    """The messages of a rule's own shapes."""
    return _messages(rules, rule, [rule.iri], lang)


def _example(
    packs: Sequence[Pack], rules: Rulebook, terms: Vocabulary, rule: Rule, outcome: Outcome, lang: str
) -> Iterator[str]:
    """The smallest fixture of an outcome: what the plans say, and what the rule says of it."""
    read = [
        fixtures.read(path)
        for pack in packs
        for path in fixtures.fixtures(pack)
        if path.parent.name == rule.code and fixtures.outcome_of(path) is outcome
    ]
    if not read:
        return
    fixture = min(read, key=lambda f: (len(f.graph), f.path.name))
    heading = Text(f"例：{OUTCOMES[outcome].zh}", f"Example: {OUTCOMES[outcome].en}").in_(lang)
    said = [f"→ {text.in_(lang)}" for text in fixtures.run(fixture, rules, terms).messages]
    yield from _section(f"{heading}  ({_name(fixture.path)})", [*_statements(fixture.graph, terms, lang), *said])


def _name(path: Path) -> str:
    return "/".join(path.parts[-4:])


def _statements(graph: Graph, terms: Vocabulary, lang: str) -> Iterator[str]:
    """What a fixture says, a line an individual."""
    colon, comma = Text("：", ": ").in_(lang), Text("，", ", ").in_(lang)
    for subject in sorted(set(graph.subjects()), key=str):
        kinds = [_label(terms, o, lang) for o in sorted(graph.objects(subject, RDF.type), key=str)]
        said = [
            f"{_label(terms, p, lang)} {_label(terms, o, lang) if isinstance(o, URIRef) else o}"
            for p, o in sorted(graph.predicate_objects(subject), key=str)
            if p != RDF.type
        ]
        yield f"{'、'.join(kinds)} {_label(terms, subject, lang)}{colon}{comma.join(said)}".rstrip(f" {colon}")
