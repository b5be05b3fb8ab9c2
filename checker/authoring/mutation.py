"""Changes rules, one thing at a time, and sees whether their fixtures notice: what shows that the fixtures bite.

A change that the compiler refuses is no mutant. One that no fixture notices is a survivor: a fixture is missing, or the
change makes no difference, which a file equivalent.csv beside the fixtures
then explains.
"""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from rdflib import Graph
from rdflib.term import Node

from checker.authoring import fixtures
from checker.authoring.fixtures import Fixture
from checker.authoring.mutants import mutants, threshold_mutants
from checker.engine import Compiled, CompiledEngine
from checker.engine.compiled import compiled
from checker.errors import CannotFinish, Text
from checker.facts import Store
from checker.model import Rule, Violation
from checker.prepared import prepare
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.vocabulary import Vocabulary

EXPLAINED = "equivalent.csv"
SHARED = "shared"  # what stands in the code's place for mutants of components and shared needs


@dataclass(frozen=True)
class Survivor:
    """A mutant that no fixture noticed; ``explanation``: why it makes no difference, where that is written down."""

    code: str
    name: str
    explanation: str | None


@dataclass(frozen=True)
class Score:
    """How many mutants of a rule were made, and which survived."""

    code: str
    made: int
    survivors: tuple[Survivor, ...]

    @property
    def caught(self) -> int:
        return self.made - len(self.survivors)


@dataclass(frozen=True)
class _Change:
    """A mutant to try: the rulebook with it, or other values of thresholds. ``touched``: the nodes of shapes it changes."""

    name: str
    rules: Rulebook
    thresholds: Mapping[str, Decimal]
    touched: frozenset[Node]


_Results = dict[tuple[str, str, bytes], list[Violation]]


class _Remembering:
    """A shape engine that evaluates a statement once per fixture: most shapes of a mutant are those of its rule."""

    def __init__(self, engine: CompiledEngine, ready: Mapping[tuple[str, str], Compiled], known: _Results) -> None:
        self.name = engine.name
        self.judged = engine.judged
        self._engine = engine
        self._ready = ready
        self._known = known

    def validate(self, rule: Rule, shape: str, nodes: pa.Array) -> list[Violation]:
        found = self._ready.get((rule.code, shape))
        if found is None:
            return self._engine.validate(rule, shape, nodes)
        key = (shape, _fingerprint(found), nodes.to_numpy().tobytes())
        if key not in self._known:
            self._known[key] = self._engine.validate(rule, shape, nodes)
        return self._known[key]


def _shapes(rule: Rule) -> tuple[str, ...]:
    return rule.iri, *rule.needs, *rule.asks


def _touched(before: Graph, after: Graph) -> frozenset[Node]:
    """What two graphs say something different of."""
    return frozenset(s for s, _, _ in set(before) ^ set(after))


def _fingerprint(found: Compiled) -> str:
    """All that the results of a compiled shape depend on."""
    statements = (found.statement, *(s for several in found.details for s in several))
    said = [(s.sql, sorted(s.nodes.items()), s.sources) for s in statements]
    return repr((said, [sorted(words.items()) for words in found.messages]))


class Bench:
    """The fixtures of some packs; their facts are kept while the mutants of a rule are tried on them."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        known = prepare(packs)
        self.rules, self.vocabulary, self._compiled = known.rulebook, known.vocabulary, known.compiled
        self.paths = [path for pack in packs for path in fixtures.fixtures(pack)]
        self.explained = {key: why for pack in packs for key, why in _explanations(pack).items()}
        self._kept: dict[Path, tuple[Fixture, Store]] = {}
        self._results: dict[Path, _Results] = {}

    def score(self, code: str) -> Score:
        """The mutants of one rule, or of what is ``SHARED``. Raises CannotFinish for a code that no rule has."""
        made, survivors = 0, []
        names: dict[str, int] = {}
        for change in self._shared() if code == SHARED else self._of_rule(self.rules.rule(code)):
            verdict = self._noticed(code, change)
            if verdict is None:
                continue
            made += 1
            names[change.name] = names.get(change.name, 0) + 1
            name = change.name if names[change.name] == 1 else f"{change.name} #{names[change.name]}"
            if not verdict:
                survivors.append(Survivor(code, name, self.explained.get((code, name))))
        self._kept.clear()
        self._results.clear()
        return Score(code, made, tuple(survivors))

    def _of_rule(self, rule: Rule) -> Iterator[_Change]:
        before = self.rules.shapes[rule.code]
        for mutant in mutants(before, self.rules.common, self.vocabulary):
            try:
                rules = self.rules.with_shapes(rule.code, mutant.graph)
            except CannotFinish:
                continue  # no rule any more
            yield _Change(mutant.name, rules, {}, _touched(before, mutant.graph))
        mentioned = rule.mentions | self._mentioned(rule)
        for name, iri, value in threshold_mutants(self.vocabulary, mentioned):
            yield _Change(name, self.rules, {iri: value}, frozenset())

    def _mentioned(self, rule: Rule) -> frozenset[str]:
        return frozenset(str(o) for o in self.rules.shapes[rule.code].objects())

    def _shared(self) -> Iterator[_Change]:
        for mutant in mutants(self.rules.common, self.rules.common, self.vocabulary):
            touched = _touched(self.rules.common, mutant.graph)
            codes = {code for (code, _), reached in self._reached.items() if touched & reached}
            try:
                yield _Change(mutant.name, self.rules.with_common(mutant.graph, codes), {}, touched)
            except CannotFinish:
                continue

    @cached_property
    def _reached(self) -> dict[tuple[str, str], frozenset[Node]]:
        """Of each shape of each rule, what its evaluation can come across: a change elsewhere does not touch it."""
        return {
            (rule.code, shape): frozenset(self.rules.shapes_for(rule, shape).subjects(unique=True))
            for rule in self.rules.rules
            for shape in _shapes(rule)
        }

    def _noticed(self, code: str, change: _Change) -> bool | None:
        """Whether some fixture gives another result with the change; None where the change cannot be compiled."""
        ready = dict(self._compiled)
        differing: list[Rule] = []
        for rule in change.rules.rules if code == SHARED else [change.rules.rule(code)]:
            before = self.rules.rule(rule.code)
            differs = rule != before or bool(change.thresholds)
            for shape in _shapes(rule):
                key = rule.code, shape
                if key in self._reached and not change.touched & self._reached[key]:
                    continue
                try:
                    found = compiled(change.rules, rule, shape, self.vocabulary)
                except Exception:  # whatever a broken query makes of the parser
                    return None
                if found.refused is not None:
                    return None
                ready[key] = found
                differs = differs or self._tells_apart(change.rules, rule, shape, found)
            if differs:
                differing.append(rule)
        excepted = {iri for r in differing for iri in (*r.excepts, *self.rules.rule(r.code).excepts)}
        codes = {rule.code for rule in differing} | {p.code for p in self.rules.rules if p.iri in excepted}
        for path in list(self.paths):
            if path.parent.name in codes:
                fixture, store = self._stored(path, change.thresholds)
                known = {} if change.thresholds else self._results.setdefault(path, {})
                shapes = _Remembering(CompiledEngine(change.rules, store, ready), ready, known)
                if not fixtures.agrees(fixtures.run_on(store, fixture, change.rules, shapes), fixture):
                    self.paths.remove(path)
                    self.paths.insert(0, path)  # what noticed one mutant is likely to notice the next
                    return True
        return False

    def _tells_apart(self, rules: Rulebook, rule: Rule, shape: str, found: Compiled) -> bool:
        """Whether a shape of a changed rulebook is evaluated otherwise than before."""
        before = self._compiled.get((rule.code, shape))
        if before is None or _fingerprint(found) != _fingerprint(before):
            return True
        return rules.targets(rule, shape) != self.rules.targets(rule, shape)

    def _stored(self, path: Path, thresholds: Mapping[str, Decimal]) -> tuple[Fixture, Store]:
        if path not in self._kept:
            fixture = fixtures.read(path)
            self._kept[path] = fixture, fixtures.stored(fixture, self.vocabulary)
        if not thresholds:
            return self._kept[path]
        fixture = self._kept[path][0]
        return fixture, fixtures.stored(fixture, _with_thresholds(self.vocabulary, thresholds))


def codes(packs: Sequence[Pack]) -> tuple[str, ...]:
    """Everything that has mutants: what rules share, which takes longest, and each rule."""
    return (SHARED, *(rule.code for rule in prepare(packs).rulebook.rules))


def scores(packs: Sequence[Pack], codes: Sequence[str], workers: int = 1) -> Iterator[Score]:
    """The score of each code, in order, as they come. Raises CannotFinish for a code that no rule has."""
    if workers == 1:
        bench = Bench(packs)
        yield from (bench.score(code) for code in codes)
        return
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(tuple(packs),)) as pool:
        yield from pool.map(_score, codes)


def listing(found: Sequence[Score], lang: str) -> str:
    """The scores as text: a line a rule, its survivors below it, and the total."""
    lines = []
    for score in found:
        lines.append(f"{score.code:<8} {score.caught}/{score.made}")
        for survivor in score.survivors:
            why = survivor.explanation
            mark = Text(f"等价：{why}", f"equivalent: {why}") if why else Text("没有样例发现", "noticed by no fixture")
            lines.append(f"  {'○' if why else '●'} {survivor.name}: {mark.in_(lang)}")
    made, caught = sum(s.made for s in found), sum(s.caught for s in found)
    equivalent = sum(1 for s in found for survivor in s.survivors if survivor.explanation)
    rate = f"{100 * caught / made:.1f} %" if made else "-"
    total = Text(
        f"变异 {made} 个，样例发现 {caught} 个（{rate}），说明为等价的 {equivalent} 个，未发现 {made - caught - equivalent} 个。",
        f"{made} mutants, {caught} caught ({rate}), {equivalent} explained as equivalent, {made - caught - equivalent} missed.",
    )
    return "\n".join([*lines, total.in_(lang)]) + "\n"


_bench: Bench


def _start(packs: tuple[Pack, ...]) -> None:
    global _bench
    _bench = Bench(packs)


def _score(code: str) -> Score:
    return _bench.score(code)


def _explanations(pack: Pack) -> dict[tuple[str, str], str]:
    """(code, mutant) -> why it makes no difference, as the files beside the fixtures say."""
    home = pack.root / "fixtures" / "rules"
    found: dict[tuple[str, str], str] = {}
    for path in sorted(home.rglob(EXPLAINED)):
        code = SHARED if path.parent == home else path.parent.name
        with path.open(encoding="utf-8", newline="") as file:
            found |= {(code, row["mutant"]): row["why"] for row in csv.DictReader(file)}
    return found


def _with_thresholds(terms: Vocabulary, values: Mapping[str, Decimal]) -> Vocabulary:
    """A vocabulary in which some thresholds always had another value."""
    changed = copy.copy(terms)
    changed.thresholds = {
        iri: replace(t, values=((t.values[0][0], values[iri]),)) if iri in values else t
        for iri, t in terms.thresholds.items()
    }
    return changed
