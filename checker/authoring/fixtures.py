"""Runs rule fixtures: small plan sets in Turtle, each named after the outcome that its rule must give.

``fixtures/rules/<CODE>/<outcome>-<what>.ttl``, where <outcome> is pass, fail, na, undecided, person or not-supplied.
``fixture:this chk:expects [ chk:focus <node> ; chk:shape <property shape> ; chk:expectedValue <node or literal> ]`` names
each finding (or node left open); a finding that is not named is as wrong as one that is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, Namespace, URIRef

from checker.engine import CompiledEngine, Evaluation, ShapeEngine, engine
from checker.errors import CannotFinish, Text
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.judge.verdict import judge
from checker.judge.words import NOTHING
from checker.model import Outcome, PlanSummary, Profile, RuleResult, Severity
from checker.prepared import prepare
from checker.relate import with_thresholds
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.turtle import CHK, parse
from checker.vocabulary import Vocabulary, local_name

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
    """What came of a fixture: the ``result`` of its rule, and what is made of it.

    ``found``: (focus, shape, value) as far as the fixture names shape and value.
    """

    result: RuleResult
    outcome: Outcome
    found: frozenset[Expectation]
    messages: tuple[Text, ...]
    undeclared: tuple[tuple[str, str, str], ...]


def fixtures(pack: Pack) -> Iterator[Path]:
    """The fixture files of a pack."""
    yield from sorted((pack.root / "fixtures" / "rules").rglob("*.ttl"))


def outcome_of(path: Path) -> Outcome:
    """The outcome that a fixture's name says. Raises CannotFinish for a name without one."""
    kind = next((kind for kind in _OUTCOMES if path.stem == kind or path.stem.startswith(f"{kind}-")), None)
    if kind is None:
        known = "、".join(_OUTCOMES)
        raise CannotFinish(
            Text("样例的文件名没有以结果开头。", "The name of this fixture does not begin with an outcome."),
            str(path),
            Text(f"以 {known} 之一开头。", f"Let it begin with one of {known}."),
        )
    return _OUTCOMES[kind]


def name_of(outcome: Outcome) -> str:
    """How the names of fixtures begin that give an outcome."""
    return next(name for name, named in _OUTCOMES.items() if named is outcome)


def read(path: Path) -> Fixture:
    """A fixture with its expectations taken out of its graph. Raises CannotFinish where it cannot be read."""
    outcome = outcome_of(path)
    graph = parse(path)
    expected = set()
    for node in list(graph.objects(FIXTURE.this, CHK.expects)):
        focus, shape, value = (graph.value(node, p) for p in (CHK.focus, CHK.shape, CHK.expectedValue))
        expected.add((str(focus), None if shape is None else str(shape), None if value is None else str(value)))
        graph.remove((node, None, None))
    graph.remove((URIRef(FIXTURE.this), None, None))
    return Fixture(path, path.parent.name, outcome, frozenset(expected), graph)


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
    return Run(result, outcome.outcome, _found(fixture, result, outcome.findings), _messages(outcome), store.facts.odd)


def agrees(run: Run, fixture: Fixture) -> bool:
    """Whether a run gave what the fixture says: the outcome, and exactly the findings and open nodes that it names.

    A message with a value that was not found is no message that the fixture could have meant.
    """
    return run.outcome is fixture.outcome and run.found == fixture.expected and not unfilled(run)


def unfilled(run: Run) -> tuple[Text, ...]:
    """The messages of a run that lack a value."""
    return tuple(text for text in run.messages if NOTHING.zh in text.zh or NOTHING.en in text.en)


@dataclass(frozen=True)
class Tried:
    """A fixture and what came of it."""

    fixture: Fixture
    run: Run

    @property
    def agrees(self) -> bool:
        return agrees(self.run, self.fixture) and not self.run.undeclared


def try_all(packs: Sequence[Pack], code: str | None = None) -> tuple[Tried, ...]:
    """Every fixture of packs, or of one rule, tried. Raises CannotFinish for a rule that is not there or has none."""
    known = prepare(packs)
    if code is not None:
        known.rulebook.rule(code)
    paths = [path for pack in packs for path in fixtures(pack) if code in (None, path.parent.name)]
    if not paths:
        raise CannotFinish(
            Text("没有样例。", "There are no fixtures."),
            f"fixtures/rules/{code or ''}",
            Text(
                "至少写通过、不通过、不适用各一个。",
                "Write one that passes, one that fails and one that is not applicable.",
            ),
        )
    found = []
    for path in paths:
        fixture = read(path)
        store = stored(fixture, known.vocabulary)
        shapes = CompiledEngine(known.rulebook, store, known.compiled)
        found.append(Tried(fixture, run_on(store, fixture, known.rulebook, shapes)))
    return tuple(found)


def listing(tried: Sequence[Tried], lang: str) -> str:
    """What was expected and what was found, a line a fixture, with the nodes where they differ."""
    lines = []
    for t in tried:
        mark = "✓" if t.agrees else "●"
        lines.append(f"{mark} {t.fixture.code}/{t.fixture.path.stem}")
        if not t.agrees:
            lines += [f"    {text.in_(lang)}" for text in _differences(t)]
            lines += [f"    → {text.in_(lang)}" for text in t.run.messages]
    wrong = sum(not t.agrees for t in tried)
    total = Text(f"样例 {len(tried)} 个，不符 {wrong} 个。", f"{len(tried)} fixtures, {wrong} not as expected.")
    return "\n".join([*lines, total.in_(lang)]) + "\n"


def _differences(tried: Tried) -> Iterator[Text]:
    fixture, run = tried.fixture, tried.run
    if run.outcome is not fixture.outcome:
        yield Text(
            f"应为 {name_of(fixture.outcome)}，结果是 {run.outcome}",
            f"expected {name_of(fixture.outcome)}, was {run.outcome}",
        )
    for node, zh, en in (
        *((e, "应发现而没有发现", "expected and not found") for e in sorted(fixture.expected - run.found, key=str)),
        *((e, "发现了样例没有写的", "found and not expected") for e in sorted(run.found - fixture.expected, key=str)),
    ):
        named = " ".join(local_name(part) for part in node if part)
        yield Text(f"{zh}：{named}", f"{en}: {named}")
    for text in unfilled(run):
        yield Text(f"提示中有值没有填上：{text.zh}", f"a message lacks a value: {text.en}")
    for _s, p, o in run.undeclared:
        yield Text(f"用了未声明的词：{p} {o}", f"uses a term that is not declared: {p} {o}")


def _messages(outcome: object) -> tuple[Text, ...]:
    return tuple(f.message for f in outcome.findings) + tuple(r.text for r in outcome.reasons)  # type: ignore[attr-defined]


def _found(fixture: Fixture, result: RuleResult, findings: object) -> frozenset[Expectation]:
    """What was found, as precisely as the fixture's expectations for the same node, and for the same shape there, are."""
    nodes = {focus for focus, _, _ in fixture.expected}
    shapes = {focus for focus, shape, _ in fixture.expected if shape is not None}
    values = {(focus, shape) for focus, shape, value in fixture.expected if value is not None}
    found = set()
    for f in findings:  # type: ignore[attr-defined]
        shape = f.shape if f.focus in shapes or f.focus not in nodes else None
        found.add((f.focus, shape, f.value if (f.focus, shape) in values or f.focus not in nodes else None))
    for point in (*result.undecided, *result.asked):
        if point.node is not None:
            value = point.details.get("value") if (point.node, None) in values else None
            found.add((point.node, None, None if value is None else str(value)))
    return frozenset(found)
