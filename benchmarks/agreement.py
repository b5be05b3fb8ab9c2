"""Whether the engines agree on a large plan: `python benchmarks/agreement.py 10000 city near-term`, from the repository's root.

A whole package of each kind named (fixtures/whole) is read, lifted and related, and what its plan holds is stated again
and again, under other names and keys, until there are as many features as asked for: mostly those of the package that
passes everything, one in a hundred of one that has a mistake of the package with all mistakes. Both engines judge the
plan by the whole rulebook. For each kind the features, the share of them with a finding, the rules, results, rules on
which the engines differ and their times are printed. The exit status is 1 where they differ.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from checker import lift, readers, relate  # noqa: E402
from checker.engine import Evaluation, engine  # noqa: E402
from checker.facts import Store  # noqa: E402
from checker.facts.rdf import from_graph, to_graph  # noqa: E402
from checker.model import Rule, RuleResult  # noqa: E402
from checker.turtle import CHK  # noqa: E402
from checker.vocabulary import PLAN, SUB  # noqa: E402
from tests.builtin import KNOWN, PACK, RULES, TERMS  # noqa: E402 - the tests are no installed package
from tests.random_packages import cited  # noqa: E402
from tests.whole import KINDS, build  # noqa: E402

AT_FAULT = 0.01
_ENGINES = ("compiled", "reference")
_PLAN = re.compile(r"urn:plancheck:plan:[^/]+/")
_ONCE = (SUB.SuppliedField, SUB.DrawingFile, SUB.ListedDrawing, PLAN.ActionPhase)  # numbered within their plan


@dataclass(frozen=True)
class Agreement:
    """What came of one plan. ``seconds``: by engine; ``differing``: codes of the rules with other results."""

    features: int
    at_fault: int
    judged: int
    checked: int
    results: int
    open: int
    differing: tuple[str, ...]
    seconds: dict[str, float]


def agreement(kind: str, count: int, rules: Sequence[Rule] = RULES.rules, at_fault: float = AT_FAULT) -> Agreement:
    """What both engines make of a plan of a kind with about so many features, but at least those of its package."""
    graph, features = large_plan(kind, count, rules, at_fault)
    store = Store(from_graph(graph, TERMS), TERMS)
    evaluations = {name: Evaluation(RULES, store, engine(name, RULES, store, KNOWN.compiled)) for name in _ENGINES}
    seconds = dict.fromkeys(_ENGINES, 0.0)
    results: dict[str, list[RuleResult]] = {name: [] for name in _ENGINES}
    for rule in rules:
        for name, evaluation in evaluations.items():
            begin = time.monotonic()
            results[name].append(replace(evaluation.rule(rule), engine=""))
            seconds[name] += time.monotonic() - begin
        same = "same" if results[_ENGINES[0]][-1] == results[_ENGINES[1]][-1] else "different"
        print(f"{rule.code}: {same}, {sum(seconds.values()):.0f} s so far", file=sys.stderr, flush=True)
    found, reference = (results[name] for name in _ENGINES)
    broken = [r.rule.code for r in found + reference if r.error is not None]
    differing = [a.rule.code for a, b in zip(found, reference, strict=True) if a != b]
    return Agreement(
        features=len(features),
        at_fault=len(features & {v.focus for r in found for v in r.violations}),
        judged=sum(len(r.checked) > 0 for r in found),
        checked=sum(len(r.checked) for r in found),
        results=sum(len(r.violations) for r in found),
        open=sum(len(r.undecided) + len(r.asked) for r in found),
        differing=tuple(dict.fromkeys(broken + differing)),
        seconds=seconds,
    )


# ---- the plan --------------------------------------------------------------------------------------------------------


def large_plan(kind: str, count: int, rules: Sequence[Rule], at_fault: float) -> tuple[Graph, set[str]]:
    """The facts of a plan set, as a graph, whose plan under review has about so many features; and the IRIs of these."""
    with tempfile.TemporaryDirectory() as place:
        good, bad = (_facts(build(kind, Path(place), planted=planted)) for planted in (False, True))
    plan = str(next(good.subjects(RDF.type, SUB.PlanUnderReview)))
    rows, wrong = _rows(good), _rows(bad)
    own = {row for row in rows if str(row).startswith(f"{plan}/")}
    copies = round(count / len(own))
    share = at_fault * copies * len(own) / (len(_at_fault(bad, rules) & wrong) or 1)
    sound = good + Graph()
    while excepted := _at_fault(sound, rules) & rows:  # what only an exception allows, and what then lacks it
        sound = _without(sound, excepted)
    graph = good + Graph()
    features = set(map(str, own))
    for k in range(1, copies):
        source, repeated = (bad, wrong) if k <= share else (sound, rows)
        graph += _again(source, repeated, k)
        features |= {_renamed(row, k) for row in repeated if str(row).startswith(f"{plan}/")}
    return graph, features


def _facts(folder: Path) -> Graph:
    """All that is stated, entailed and related of a package and the plans that it cites."""
    schema = PACK.root / "ontology" / "plan.xsd"
    package = readers.read(folder, TERMS, schema)
    references = {kind: readers.read(path, TERMS, schema) for kind, path in cited(package).items()}
    facts, *_ = lift.lift(package, references, TERMS)
    mentions = frozenset[str]().union(*(rule.mentions for rule in RULES.rules))
    as_of = facts.of_plan(str(PLAN.date))
    store = Store(relate.relate(facts, TERMS, mentions, as_of), TERMS)  # type: ignore[arg-type]
    return to_graph(store, TERMS.classes, TERMS.properties)


def _rows(graph: Graph) -> set[Node]:
    """What the plans hold, row by row, with what was worked out of it: all but the sheets and layers themselves, and
    what a plan has only one row of."""
    once = set(graph.objects(None, SUB.inTable)).union(*(graph.subjects(RDF.type, kind) for kind in _ONCE))
    return {s for s in set(graph.subjects()) - once if _PLAN.match(str(s))}


def _at_fault(graph: Graph, rules: Sequence[Rule]) -> set[Node]:
    """The nodes that have a finding of some rules, by the compiled engine."""
    store = Store(from_graph(graph, TERMS), TERMS)
    evaluation = Evaluation(RULES, store, engine("compiled", RULES, store, KNOWN.compiled))
    return {URIRef(v.focus) for rule in rules for v in evaluation.rule(rule).violations}


def _without(graph: Graph, nodes: set[Node]) -> Graph:
    """What a graph says of anything else than some nodes."""
    found = Graph()
    for s, p, o in graph:
        if s not in nodes and o not in nodes:
            found.add((s, p, o))
    return found


def _again(graph: Graph, rows: set[Node], k: int) -> Graph:
    """What a graph says of rows, said of others: under other names, and with keys and names of their own."""
    found, keys = Graph(), _told_apart()
    for s, p, o in graph:
        if s in rows or o in rows:
            if p in keys and isinstance(o, Literal):
                o = Literal(f"{o}{k:04}", datatype=o.datatype)
            found.add(tuple(URIRef(_renamed(t, k)) if t in rows else t for t in (s, p, o)))  # type: ignore[arg-type]
    return found


def _renamed(node: Node, k: int) -> str:
    return _PLAN.sub(rf"\g<0>{k}/", str(node))


@cache
def _told_apart() -> frozenset[Node]:
    """The properties by which things are told apart: keys of tables, and what rules want to be unique; of texts only."""
    keys: set[Node] = {URIRef(c.property) for kind in TERMS.tables for c in kind.columns if c.is_key}
    for graph in RULES.shapes.values():
        keys |= {graph.value(shape, SH.path) for shape in graph.subjects(CHK.uniqueIn)} - {None}
    return frozenset(p for p in keys if TERMS.values_of(str(p)) == "string")


def main() -> int:
    count, *kinds = sys.argv[1:] or ("10000",)
    differ = 0
    for kind in kinds or KINDS:
        a = agreement(kind, int(count))
        differ += len(a.differing)
        times = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in a.seconds.items())
        print(
            f"{kind}: {a.features} features, {a.at_fault} with a finding ({a.at_fault / a.features:.1%}); {a.judged} rules "
            f"judge {a.checked} nodes, {a.results} results, {a.open} left open; {len(a.differing)} rules differ "
            f"{list(a.differing)}; {times}",
            flush=True,
        )
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
