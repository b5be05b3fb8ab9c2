"""What random cases are made of, and what came of it: of each component, path, SPARQL operator and function, how many cases.

Names are read from the shapes themselves, as the engines read them, so that no generator has to say what it wrote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rdflib import Graph, URIRef
from rdflib.namespace import SH
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql.parserutils import CompValue

from checker.engine.results import with_path
from checker.engine.sql.paths import shacl_path
from checker.engine.sql.patterns import parsed
from checker.engine.sql.shapes import DEFAULT_PREFIXES
from checker.engine.sql.statement import Source
from checker.model import Violation

Key = tuple[str, str]  # shape, component
_OPERATORS = {
    "Filter": "FILTER",
    "LeftJoin": "OPTIONAL",
    "Union": "UNION",
    "Join": "JOIN",
    "Extend": "BIND",
    "ToMultiSet": "SUB-SELECT",
    "AggregateJoin": "GROUP BY",
    "Distinct": "DISTINCT",
    "OrderBy": "ORDER BY",
    "Slice": "LIMIT",
    "ConditionalAndExpression": "&&",
    "ConditionalOrExpression": "||",
    "UnaryNot": "!",
    "UnaryMinus": "unary -",
    "UnaryPlus": "unary +",
    "Builtin_NOTEXISTS": "NOT EXISTS",
}
_KEYS_OF_GROUPS = "Aggregate_Sample"  # rdflib's way of carrying the keys of a group along


def operators(part: Any, within: str = "") -> Iterator[str]:
    """The names of the operators, functions and path kinds in a part of a query's algebra; ``within``: an EXISTS around it."""
    if isinstance(part, Path):
        yield from (f"path {kind}" for kind in path_kinds(part))
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from operators(inner, within)
    elif isinstance(part, CompValue):
        yield from _operator(part, within)
        inside = " within" if part.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS") else within
        for key, value in part.items():
            if key != "_vars":
                yield from operators(part.graph if key == "graph" else value, inside)


def _operator(part: CompValue, within: str) -> Iterator[str]:
    name = part.name
    if name in ("RelationalExpression", "AdditiveExpression", "MultiplicativeExpression"):
        yield from [part.op] if isinstance(part.op, str) else part.op
    elif name == "Function":
        yield f"xsd:{part.iri.rsplit('#', 1)[-1]}()"
    elif name == "Extend" and str(part.expr).startswith("__agg"):
        return
    elif name.startswith("Aggregate_") and name != _KEYS_OF_GROUPS:
        of_all = "(*)" if part.vars == "*" else ""
        yield f"{name.removeprefix('Aggregate_').upper()}{of_all}{' DISTINCT' if part.distinct else ''}"
    elif name == "LeftJoin" and part.expr.name != "TrueFilter":
        yield from ("OPTIONAL", "OPTIONAL with FILTER")
    elif name == "AggregateJoin" and len(part.A) > 2:
        yield from ("GROUP BY", "GROUP BY, or aggregates, of several")
    elif name == "Filter" and part.p.name in ("AggregateJoin", "Extend") and _is_having(part.p):
        yield "HAVING"
    elif name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        yield f"{_OPERATORS.get(name, 'EXISTS')}{within}"
    elif name in _OPERATORS:
        yield _OPERATORS[name]
    elif name.startswith("Builtin_"):
        yield name.removeprefix("Builtin_")


def _is_having(part: CompValue) -> bool:
    """Whether solutions are of groups, of which aggregates are bound to variables."""
    while part.name == "Extend" and str(part.expr).startswith("__agg"):
        part = part.p
    return bool(part.name == "AggregateJoin")


def path_kinds(path: URIRef | Path) -> Iterator[str]:
    """The operators of a path, as SPARQL writes them."""
    match path:
        case InvPath():
            yield "^"
            yield from path_kinds(path.arg)
        case MulPath():
            yield str(path.mod)
            yield from path_kinds(path.path)
        case SequencePath() | AlternativePath():
            yield "/" if isinstance(path, SequencePath) else "|"
            for step in path.args:
                yield from path_kinds(step)


def names(graph: Graph, sources: Iterable[Source], prefixes: Mapping[str, str]) -> dict[Key, frozenset[str]]:
    """What the results of each source of a compiled shape come from: its component, its path, and what its queries hold."""
    known = tuple(sorted({**DEFAULT_PREFIXES, **prefixes}.items()))
    found: dict[Key, frozenset[str]] = {}
    for source in sources:
        shape = URIRef(str(source.shape))
        said = {source.component.rsplit("#", 1)[-1]}
        path = graph.value(shape, SH.path)
        if path is not None:
            said |= {f"sh:path {kind}" for kind in path_kinds(shacl_path(graph, path))}
        for text in _queries(graph, shape, source.component):
            said |= set(operators(parsed(with_path(graph, shape, text), known)))
        found[str(shape), source.component] = frozenset(said)
    return found


def every_name(graph: Graph, prefixes: Mapping[str, str]) -> frozenset[str]:
    """What stands in any query of a graph of shapes."""
    known = tuple(sorted({**DEFAULT_PREFIXES, **prefixes}.items()))
    texts = [str(o) for p in (SH.select, SH.ask) for o in graph.objects(None, p)]
    return frozenset(name for text in texts for name in operators(parsed(text, known)))


def _queries(graph: Graph, shape: URIRef, component: str) -> list[str]:
    """The queries that find the results of a component at a shape."""
    if component == str(SH.SPARQLConstraintComponent):
        holders = list(graph.objects(shape, SH.sparql))
    else:
        is_property = (shape, SH.path, None) in graph
        own = SH.propertyValidator if is_property else SH.nodeValidator
        holders = [h for p in (own, SH.validator) for h in graph.objects(URIRef(component), p)]
    return [str(text) for holder in holders for p in (SH.select, SH.ask) for text in graph.objects(holder, p)]


@dataclass
class Histogram:
    """By name: the cases, those with violations, those in which a node passed, those with both, those delegated.

    A node passes what a rule asks of it itself, or one of its property shapes; of shapes further in nobody knows their nodes.
    """

    cases: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    both: Counter[str] = field(default_factory=Counter)
    delegated: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        said: Mapping[Key, frozenset[str]],
        violations: Iterable[Violation],
        checked: set[str],
        direct: set[str],
    ) -> None:
        """Counts a case. ``checked``: its focus nodes; ``direct``: the shapes that are evaluated on just these."""
        at_fault: dict[Key, set[str]] = defaultdict(set)
        for v in violations:
            at_fault[v.shape, v.component].add(v.focus)
        failed = {name for key in at_fault for name in said.get(key, ())}
        passed = {
            name for key, of_key in said.items() if key[0] in direct and checked - at_fault[key] for name in of_key
        }
        self.cases.update({name for of_key in said.values() for name in of_key})
        self.failed.update(failed)
        self.passed.update(passed)
        self.both.update(failed & passed)

    def add_delegated(self, said: Iterable[str]) -> None:
        said = set(said)
        self.cases.update(said)
        self.delegated.update(said)

    def lines(self) -> list[str]:
        head = f"{'cases':>7} {'failed':>7} {'passed':>7} {'both':>7} {'delegated':>9}"
        columns = (self.failed, self.passed, self.both)
        rows = [
            f"{self.cases[n]:7} {' '.join(f'{c[n]:7}' for c in columns)} {self.delegated[n]:9}  {n}"
            for n in sorted(self.cases)
        ]
        return [head, *rows]

    def rarer_than(self, count: int) -> list[str]:
        """What fewer cases than so many both violate and pass."""
        return [name for name in sorted(self.cases) if self.both[name] < count]
