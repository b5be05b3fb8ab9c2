"""The rules on random plans: plan sets of their fixtures, changed at random; to hold the engines against each other.

`python tests/random_rules.py --cases 5000` compares the engines that often, rule by rule in turn, and prints in how many
cases each component, path, SPARQL operator and function was violated, passed, or both. A case is made from its number
alone, so that `--first 1234 --cases 1` shows a difference again.

A fixture has what its rule asks about, so that a change of one statement is near the border of what passes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

sys.path.insert(0, str(Path(__file__).parents[1]))

from checker.authoring import fixtures
from checker.engine import Evaluation, engine
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.model import Outcome, Rule, RuleResult
from checker.relate import with_thresholds
from checker.vocabulary import SUB
from tests.builtin import KNOWN, PACK, RULES, TERMS
from tests.histogram import Histogram, Key, names

_ROLES = {SUB.PlanUnderReview, SUB.ReferencePlan}
_UNREADABLE = ("约3000", "2026年2月30日", "？？", "1e400", "")


@cache
def _fixtures() -> dict[str, list[fixtures.Fixture]]:
    """The fixtures of each rule."""
    found: dict[str, list[fixtures.Fixture]] = defaultdict(list)
    for path in fixtures.fixtures(PACK):
        fixture = fixtures.read(path)
        found[fixture.code].append(fixture)
    return dict(sorted(found.items()))


@cache
def _of_name() -> tuple[tuple[str, ...], ...]:
    """The rules that have something of a name in them, for each name: components, operators, functions."""
    found: dict[str, set[str]] = defaultdict(set)
    for code in _fixtures():
        for name in {name for of_key in _said(code).values() for name in of_key}:
            found[name].add(code)
    return tuple(tuple(sorted(codes)) for _, codes in sorted(found.items()))


def random_plan(number: int) -> tuple[Rule, Graph]:
    """A rule, and facts for it: those of two of its fixtures side by side, with up to six changes.

    Every other case is of the next rule; between them is a rule of the next name, so that what is rare comes as often.
    """
    random = Random(f"plan {number}")
    turn, is_of_name = divmod(number, 2)
    choice = (
        random.choice(_of_name()[turn % len(_of_name())]) if is_of_name else [*_fixtures()][turn % len(_fixtures())]
    )
    known = _fixtures()[choice]
    failing = [f for f in known if f.outcome is Outcome.FAILED] or known
    passing = [f for f in known if f.outcome is Outcome.PASSED] or known
    first, second = random.choice(passing), random.choice(failing if random.random() < 0.8 else known)
    graph = first.graph + _beside(second.graph)
    for _ in range(random.choice((0, 1, 1, 2, 3, 6))):
        random.choice(_CHANGES)(graph, random)
    return RULES.rule(choice), graph


def _beside(graph: Graph) -> Graph:
    """The facts of a plan set under other names, but for the plans themselves."""
    plans = {s for role in _ROLES for s in graph.subjects(RDF.type, role)}
    things = {s for s in graph.subjects(RDF.type) if isinstance(s, URIRef) and s not in plans}
    things = {s for s in things if any(s.startswith(f"{plan}/") for plan in plans)}
    found = Graph()
    for triple in graph:
        found.add(tuple(URIRef(f"{term}~b") if term in things else term for term in triple))  # type: ignore[arg-type]
    return found


# ---- changes ---------------------------------------------------------------------------------------------------------


def _drop(graph: Graph, random: Random) -> None:
    """A statement less."""
    if triples := _triples(graph):
        graph.remove(random.choice(triples))


def _point_elsewhere(graph: Graph, random: Random) -> None:
    """A link to another node: one that the same property, else a statement of a class, names."""
    if links := [t for t in _triples(graph) if isinstance(t[2], URIRef)]:
        s, p, _ = random.choice(links)
        others = sorted(set(graph.objects(None, p))) if random.random() < 0.7 else _nodes(graph)
        graph.set((s, p, random.choice(others))) if random.random() < 0.6 else graph.add((s, p, random.choice(others)))


def _say_otherwise(graph: Graph, random: Random) -> None:
    """Another value: a little more or less, one that stands elsewhere, or one that nobody can read."""
    if values := [t for t in _triples(graph) if isinstance(t[2], Literal)]:
        s, p, o = random.choice(values)
        value = _other(o, [x for _, q, x in values if q == p], random)
        if random.random() < 0.7:
            graph.remove((s, p, o))
        graph.add((s, p, value))


def _twin(graph: Graph, random: Random) -> None:
    """A second thing like another, with the links from and to it."""
    if nodes := _nodes(graph):
        node = random.choice(nodes)
        other = URIRef(f"{node}~{random.randint(1, 3)}")
        for s, p, o in sorted(graph):
            if node in (s, o) and o not in _ROLES:
                graph.add((other if s == node else s, p, other if o == node else o))


_CHANGES: tuple[Callable[[Graph, Random], None], ...] = (
    _drop,
    _drop,
    _point_elsewhere,
    _point_elsewhere,
    _say_otherwise,
    _say_otherwise,
    _say_otherwise,
    _twin,
    _twin,
)


def _triples(graph: Graph) -> list[tuple[Node, Node, Node]]:
    """What may be changed, in order: all but which plan is under review and which are compared with it."""
    return [t for t in sorted(graph) if t[2] not in _ROLES]


def _nodes(graph: Graph) -> list[Node]:
    """The things of the plans."""
    return sorted(s for s in set(graph.subjects(RDF.type)) if isinstance(s, URIRef) and (s, RDF.type, None) in graph)


def _other(value: Literal, alike: list[Node], random: Random) -> Literal:
    if random.random() < 0.1:
        return Literal(random.choice(_UNREADABLE))
    if random.random() < 0.3:
        return random.choice(alike)  # type: ignore[return-value]
    known = value.toPython()
    if isinstance(known, bool):
        return Literal(not known)
    if isinstance(known, int | Decimal):
        step = random.choice((1, -1, known, -2 * known, known * 9))
        return Literal(type(known)(known + step), datatype=value.datatype)
    if isinstance(known, date):
        return Literal(known + timedelta(days=random.choice((1, -1, 30, -30, 400, -400))))
    text = str(value)
    return Literal(
        random.choice((text[:-1], text[:1], text * 2, text + "1", text.upper(), "")), datatype=value.datatype
    )


# ---- comparing -------------------------------------------------------------------------------------------------------


def judged(by: str, rule: Rule, store: Store) -> RuleResult:
    """The result of a rule on facts, by one of the engines; without its name."""
    return replace(Evaluation(RULES, store, engine(by, RULES, store, KNOWN.compiled)).rule(rule), engine="")


def compare(rule: Rule, store: Store) -> tuple[RuleResult, RuleResult]:
    """The results of a rule on facts, from the compiled engine and from the reference."""
    return judged("compiled", rule, store), judged("reference", rule, store)


def stored(graph: Graph) -> Store:
    """Facts, with every threshold's value of the day that fixtures are judged by."""
    return Store(with_thresholds(from_graph(graph, TERMS), TERMS, fixtures.AS_OF), TERMS)


def shown(number: int) -> str:
    """What to look at where the engines differ, or where one of them breaks."""
    rule, graph = random_plan(number)
    sides = zip(("compiled", "reference"), compare(rule, stored(graph)), strict=True)
    said = "\n".join(f"{by}: {found}" for by, found in sides)
    return f"case {number}, {rule.code}:\n{said}\n{graph.serialize(format='turtle')}"


@cache
def _said(code: str) -> dict[Key, frozenset[str]]:
    rule = RULES.rule(code)
    sources = KNOWN.compiled[code, rule.iri].statement.sources
    return names(RULES.shapes_for(rule, rule.iri), sources, RULES.prefixes())


def add(histogram: Histogram, rule: Rule, store: Store, found: RuleResult) -> None:
    """Counts a case in which nodes were checked."""
    if len(found.checked):
        shapes = RULES.shapes[rule.code]
        direct = {rule.iri, *map(str, shapes.objects(URIRef(rule.iri), SH.property))}
        checked = {store.iri(node) for node in found.checked.to_pylist()}
        histogram.add(_said(rule.code), found.violations, checked, direct)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=int, default=500)
    arguments.add_argument("--first", type=int, default=0)
    given = arguments.parse_args()
    histogram, different, came_of = Histogram(), [], Counter[str]()
    for number in range(given.first, given.first + given.cases):
        rule, graph = random_plan(number)
        store = stored(graph)
        found, reference = compare(rule, store)
        add(histogram, rule, store, found)
        came_of[outcome(found)] += 1
        if found != reference or found.error is not None:
            different.append(number)
            print(shown(number), flush=True)
    print("\n".join(histogram.lines()))
    print(f"of {given.cases} cases: {dict(came_of.most_common())}")
    print(f"{len(different)} differ: {different}")
    return 1 if different else 0


def outcome(found: RuleResult) -> str:
    """What came of a case, in a word."""
    kinds = {
        "broken": found.error is not None,
        "violations": bool(found.violations),
        "left open": bool(found.undecided or found.asked),
        "not supplied": bool(found.missing),
        "passed": len(found.checked) > 0,
    }
    return next((kind for kind, is_so in kinds.items() if is_so), "nothing to check")


if __name__ == "__main__":
    sys.exit(main())
