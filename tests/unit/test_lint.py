"""Each check of rules finds the defect that is planted in a rule of ours, and nothing in the rule without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import SH

from checker import resources, rulebook, vocabulary
from checker.authoring import lint
from checker.authoring.lint import Linted
from checker.authoring.problems import Problem
from checker.authoring.terms import Source, read
from checker.model import Outcome, Severity, Strength
from checker.rulebook import Rulebook

CODE = "SC-105"
RULE = URIRef("https://w3id.org/plancheck/rule/SC-105")
NEED = URIRef("https://w3id.org/plancheck/rule/SC-105-need")
SPACE = URIRef("https://w3id.org/plancheck/rule/SC-105-space")


@pytest.fixture(scope="module")
def whole() -> Linted:
    packs = (resources.builtin(),)
    return Linted(packs, read(packs), rulebook.load(packs), vocabulary.load(packs))


def changed(whole: Linted, change: Callable[[Graph], object]) -> Linted:
    """What is linted, with a change in the graph of one rule."""
    graph = Graph()
    for triple in whole.rules.shapes[CODE]:
        graph.add(triple)
    change(graph)
    return Linted(whole.packs, whole.said, whole.rules.with_shapes(CODE, graph), whole.terms)


def with_rules(whole: Linted, rules: Rulebook) -> Linted:
    return Linted(whole.packs, whole.said, rules, whole.terms)


def about(look: Callable[[Linted], Iterator[Problem]], linted: Linted, term: str = CODE) -> list[str]:
    return [problem.text.en for problem in look(linted) if problem.term == term]


def say(zh: str, en: str) -> Callable[[Graph], object]:
    def change(graph: Graph) -> None:
        graph.remove((NEED, SH.message, None))
        graph.add((NEED, SH.message, Literal(zh, lang="zh")))
        graph.add((NEED, SH.message, Literal(en, lang="en")))

    return change


def ask(select: str) -> Callable[[Graph], object]:
    def change(graph: Graph) -> None:
        constraint = BNode()
        graph.add((RULE, SH.sparql, constraint))
        graph.add((constraint, SH.prefixes, URIRef("https://w3id.org/plancheck/chk#prefixes")))
        graph.add((constraint, SH.select, Literal(select)))

    return change


@pytest.mark.parametrize(
    ("look", "change", "said"),
    [
        (lint.messages, say("应用没有需求", "the application has no need"), "neither who nor how much"),
        (lint.messages, say("应用{?this}没有需求", "{?value} has no need"), "do not carry the same values"),
        (lint.messages, say("应用{?this:yaer}没有需求", "{?this} has no need"), "no form yaer; there are percent, year"),
        (lint.messages, say("应用对应需求与空间", "{?this}"), "only repeats the title"),
        (lint.messages, say("（待写）{?this}", "(to write) {?this}"), "not written yet"),
        (lint.slots, say("应用{?this}没有{?value}", "{?this} has no {?value}"), "QualifiedMinCountConstraintComponent have no value"),
        (lint.severities, lambda g: g.set((RULE, SH.severity, SH.Info)), "The rule is sh:Info, the severest of its constraints sh:Violation"),
        (lint.severities, lambda g: [g.set((s, SH.severity, SH.Warning)) for s in (NEED, SPACE)], "The rule is sh:Violation, the severest of its constraints sh:Warning"),
        (lint.numbers, ask("SELECT $this WHERE { $this plan:area ?area FILTER (?area > 37.5) }"), "A query says 37.5"),
        (lint.numbers, lambda g: g.add((NEED, SH.minInclusive, Literal(42))), "A constraint says 42"),
        (
            lint.queries,
            ask("SELECT $this WHERE { $this plan:servesNeed ?n } GROUP BY $this HAVING (COUNT(?n) < 1)"),
            "counts what is absent",
        ),
        (
            lint.queries,
            ask("SELECT $this (GROUP_CONCAT(?n) AS ?all) WHERE { $this plan:servesNeed ?n } GROUP BY $this"),
            "cannot be compiled",
        ),
        (lint.demands, lambda g: g.remove((NEED, SH.qualifiedMinCount, None)), "SC-105-need has no constraint"),
        (lint.no_recursion, lambda g: g.add((NEED, SH.node, RULE)), "SC-105 → SC-105-need → SC-105"),
    ],
)  # fmt: skip
def test_a_planted_defect_is_found(
    whole: Linted, look: Callable[[Linted], Iterator[Problem]], change: Callable[[Graph], object], said: str
) -> None:
    assert not about(look, whole)
    if said.startswith("SC-105-need has"):
        found = about(look, changed(whole, lambda g: (g.remove((NEED, SH.qualifiedValueShape, None)), change(g))))
    else:
        found = about(look, changed(whole, change))
    assert any(said in text for text in found), found


def area_of(shape: URIRef) -> Callable[[Graph], object]:
    """A message that says ?area, at a shape with a constraint that gives it beside one that does not."""

    def change(graph: Graph) -> None:
        say("应用{?this}面积{?area}", "the application {?this} has {?area} m²")(graph)
        constraint = BNode()
        graph.add((shape, SH.sparql, constraint))
        graph.add((constraint, SH.prefixes, URIRef("https://w3id.org/plancheck/chk#prefixes")))
        graph.add((constraint, SH.select, Literal("SELECT $this ?area WHERE { $this plan:area ?area }")))

    return change


def test_a_slot_that_only_another_constraint_fills_is_found(whole: Linted) -> None:
    assert about(lint.slots, changed(whole, area_of(NEED))) == [
        "SC-105-need: results of QualifiedMinCountConstraintComponent have no area, which the message would leave empty."
    ]
    alone = changed(whole, lambda g: (area_of(NEED)(g), [g.remove((NEED, p, None)) for p in _QUALIFIED]))
    assert about(lint.slots, alone) == []


_QUALIFIED = (SH.qualifiedMinCount, SH.qualifiedValueShape)


def test_a_softer_part_of_a_rule_is_no_contradiction(whole: Linted) -> None:
    """Where one property shape of several only informs, the rule keeps the severity of the others."""
    soft = whole.rules.rule("NT-202")
    assert soft.severity is Severity.VIOLATION and not about(lint.severities, whole, "NT-202")


def test_a_validator_of_nodes_gives_no_value(whole: Linted) -> None:
    component = """
    @prefix c: <https://city.example/chk#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
    c:Far a sh:ConstraintComponent ; sh:parameter [ sh:path c:far ] ;
        sh:nodeValidator [ a sh:SPARQLSelectValidator ; sh:select "SELECT $this %s WHERE { $this ?p ?value }" ] ."""

    def found(variables: str) -> list[str]:
        graph = Graph().parse(data=component % variables, format="turtle")
        source = Source(whole.packs[0], "rules", "rules/far.ttl", graph)
        said = replace(whole.said, sources=(*whole.said.sources, source))
        return about(lint.validators, Linted(whole.packs, said, whole.rules, whole.terms), "Far")

    assert found("?other") == []
    assert "selects ?value" in found("?value")[0]


def test_a_rule_lies_where_its_clause_and_code_say(whole: Linted) -> None:
    rule = whole.rules.rule(CODE)

    def moved(source: str, code: str = CODE) -> list[str]:
        rules = tuple(replace(r, source=source, code=code) if r is rule else r for r in whole.rules.rules)
        return about(lint.places, with_rules(whole, replace(whole.rules, rules=rules)), code)

    assert moved(f"rules/smart-city/{CODE}.ttl") == []
    assert moved("rules/near-term/SC-105.ttl") == ["It should be rules/smart-city/SC-105.ttl."]
    assert any("The code is the clause's number" in text for text in moved("rules/smart-city/SC-9.ttl", "SC-9"))


def test_a_binding_clause_says_since_when_it_holds(whole: Linted) -> None:
    rule = whole.rules.rule(CODE)

    def found(**clause: object) -> list[str]:
        other = replace(rule, clause=replace(rule.clause, **clause))  # type: ignore[arg-type]
        rules = tuple(other if r is rule else r for r in whole.rules.rules)
        return about(lint.in_force, with_rules(whole, replace(whole.rules, rules=rules)))

    today = dt.date.today()
    assert found(strength=Strength.MANDATORY, edition="", in_force=today) == []
    assert "neither edition nor day" in found(strength=Strength.MANDATORY, edition="", in_force=None)[0]
    assert "in force only from" in found(in_force=today + dt.timedelta(days=1))[0]


def test_an_automatic_clause_has_a_rule(whole: Linted) -> None:
    clause = whole.rules.rule(CODE).clause
    rules = replace(whole.rules, rules=tuple(r for r in whole.rules.rules if r.clause.iri != clause.iri))
    assert about(lint.covered, with_rules(whole, rules)) == ["It is marked automatic and has no rule."]
    assert not about(lint.covered, whole)


@pytest.mark.parametrize("name", ["pass", "fail", "na", "undecided", "not-supplied"])
def test_every_outcome_has_a_fixture(whole: Linted, name: str) -> None:
    less = with_rules(whole, whole.rules)
    left = {
        code: [p for p in paths if code != CODE or not p.name.startswith(name)]
        for code, paths in whole.fixtures.items()
    }
    less.__dict__["fixtures"] = left
    assert about(lint.with_fixtures, less) == [f"There is no fixture {name}-*."]


def test_fixtures_of_no_rule_are_told(whole: Linted) -> None:
    more = with_rules(whole, whole.rules)
    more.__dict__["fixtures"] = {**whole.fixtures, "XX-9": [Path("fixtures/rules/XX-9/pass.ttl")]}
    assert about(lint.with_fixtures, more, "XX-9") == ["There is no such rule."]


def test_an_exception_stays_in_its_pack(whole: Linted) -> None:
    rule = whole.rules.rule(CODE)
    foreign = replace(rule, excepts=("https://city.example/rule/A-1",))
    rules = tuple(foreign if r is rule else r for r in whole.rules.rules)
    assert about(lint.exceptions, with_rules(whole, replace(whole.rules, rules=rules)))
    assert not list(lint.exceptions(whole))


def test_names_of_fixtures_and_outcomes_agree() -> None:
    from checker.authoring import fixtures

    for outcome in Outcome:
        if outcome is not Outcome.ERROR:
            assert fixtures.outcome_of(Path(f"{fixtures.name_of(outcome)}-a.ttl")) is outcome


def test_what_nothing_passes_and_nothing_fails_is_said(whole: Linted) -> None:
    """A space that is a person is none, and the kind of an application is there by the rule's need."""
    turtle = """@prefix hts: <https://w3id.org/plancheck/hts#> . @prefix plan: <https://w3id.org/plancheck/plan#> .
    @prefix rule: <https://w3id.org/plancheck/rule/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
    rule:SC-105 sh:property rule:SC-105-kind . rule:SC-105-kind sh:path plan:applicationKind ; sh:minCount 1 .
    rule:SC-105-space sh:qualifiedValueShape [ sh:class hts:Space , hts:People ] ."""

    def change(graph: Graph) -> None:
        graph.remove((SPACE, SH.qualifiedValueShape, None))
        graph.parse(data=turtle, format="turtle")

    wrong = changed(whole, change)
    alone = with_rules(wrong, replace(wrong.rules, rules=(wrong.rules.rule(CODE),)))
    assert about(lint.reasoning, alone) == [
        "SC-105: what it judges passes only by contradicting what the ontology claims.",
        "SC-105-kind: whatever it judges satisfies it, so it never finds anything.",
    ]
