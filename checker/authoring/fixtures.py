"""Runs rule fixtures: small plan sets in Turtle, each named after the outcome that its rule must give.

``fixtures/rules/<CODE>/<outcome>-<what>.ttl``, where <outcome> is pass, fail, na, undecided, person or not-supplied.
``fixture:this chk:expects [ chk:focus <node> ; chk:shape <property shape> ; chk:expectedValue <node or literal> ]`` names
each finding (or node left open); a finding that is not named is as wrong as one that is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, Namespace, URIRef

from checker.engine import Evaluation, ShapeEngine, engine
from checker.errors import Text
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.judge.verdict import judge
from checker.model import Outcome, PlanSummary, Profile, RuleResult, Severity
from checker.relate import with_thresholds
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.turtle import CHK, parse
from checker.vocabulary import Vocabulary

FIXTURE = Namespace("https://w3id.org/plancheck/fixture/")
AS_OF = dt.date(2026, 1, 1)
_OUTCOMES = {
    "pass": Outcome.PASSED,
    "fail": Outcome.FAILED,
    "na": Outcome.NOT_APPLICABLE,
    "undecided": Outcome.UNDECIDED,
    "person": Outcome.PERSON_DECIDES,
    "not-supplied": Outcome.NOT_SUPPLIED,
}

Expectation = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Fixture:
    """A fixture file: its rule's code, the outcome it must give, and the findings or open nodes it must name."""

    path: Path
    code: str
    outcome: Outcome
    expected: frozenset[Expectation]
    graph: Graph


@dataclass(frozen=True)
class Run:
    """What came of a fixture. ``found``: (focus, shape, value) as far as the fixture names shape and value."""

    outcome: Outcome
    found: frozenset[Expectation]
    messages: tuple[Text, ...]
    undeclared: tuple[tuple[str, str, str], ...]


def fixtures(pack: Pack) -> Iterator[Path]:
    """The fixture files of a pack."""
    yield from sorted((pack.root / "fixtures" / "rules").rglob("*.ttl"))


def read(path: Path) -> Fixture:
    """A fixture with its expectations taken out of its graph. Raises ValueError for a name without an outcome."""
    kind = next((kind for kind in _OUTCOMES if path.stem == kind or path.stem.startswith(f"{kind}-")), None)
    if kind is None:
        raise ValueError(f"{path}: a fixture's name begins with one of {', '.join(_OUTCOMES)}")
    graph = parse(path)
    expected = set()
    for node in list(graph.objects(FIXTURE.this, CHK.expects)):
        focus, shape, value = (graph.value(node, p) for p in (CHK.focus, CHK.shape, CHK.expectedValue))
        expected.add((str(focus), None if shape is None else str(shape), None if value is None else str(value)))
        graph.remove((node, None, None))
    graph.remove((URIRef(FIXTURE.this), None, None))
    return Fixture(path, path.parent.name, _OUTCOMES[kind], frozenset(expected), graph)


def run(fixture: Fixture, rulebook: Rulebook, vocabulary: Vocabulary, by: str = "compiled") -> Run:
    """Evaluates the fixture's rule, and any exception to it, on the fixture's facts, by one of ``engine.ENGINES``."""
    store = stored(fixture, vocabulary)
    return run_on(store, fixture, rulebook, engine(by, rulebook, store))


def stored(fixture: Fixture, vocabulary: Vocabulary) -> Store:
    """The facts of a fixture, with every threshold's value of the day that fixtures are judged by."""
    return Store(with_thresholds(from_graph(fixture.graph, vocabulary), vocabulary, AS_OF), vocabulary)


def run_on(store: Store, fixture: Fixture, rulebook: Rulebook, shapes: ShapeEngine) -> Run:
    """Evaluates the fixture's rule, and any exception to it, on facts that are stored already."""
    evaluation = Evaluation(rulebook, store, shapes)
    rule = rulebook.rule(fixture.code)
    result = evaluation.rule(rule)
    exceptions = [evaluation.rule(r) for r in rulebook.rules if rule.iri in r.excepts]
    plan = PlanSummary("", store.facts.iri(store.facts.reviewed), "", "", Text("", ""), ())
    nobody = Profile("fixture", Text("", ""))
    report = judge([result, *exceptions], store, nobody, Severity.VIOLATION, [plan], AS_OF, "", "", [])
    outcome = report.outcomes[0]
    return Run(outcome.outcome, _found(fixture, result, outcome.findings), _messages(outcome), store.facts.odd)


def agrees(run: Run, fixture: Fixture) -> bool:
    """Whether a run gave what the fixture says: the outcome, and exactly the findings and open nodes that it names."""
    return run.outcome is fixture.outcome and run.found == fixture.expected


def _messages(outcome: object) -> tuple[Text, ...]:
    return tuple(f.message for f in outcome.findings) + tuple(r.text for r in outcome.reasons)  # type: ignore[attr-defined]


def _found(fixture: Fixture, result: RuleResult, findings: object) -> frozenset[Expectation]:
    """What was found, as precisely as the fixture's expectations for the same node are."""
    named = {focus: (shape is not None, value is not None) for focus, shape, value in fixture.expected}
    found = set()
    for f in findings:  # type: ignore[attr-defined]
        with_shape, with_value = named.get(f.focus, (True, True))
        found.add((f.focus, f.shape if with_shape else None, f.value if with_value else None))
    found |= {(point.node, None, None) for point in (*result.undecided, *result.asked) if point.node is not None}
    return frozenset(found)
