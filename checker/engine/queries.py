"""Makes rdflib answer pySHACL's queries in bearable time, without changing an answer, and as SPARQL has it where it groups.

pySHACL sends the same query text once per focus node. rdflib parses it each time, and orders a pattern's triples by the
number of unbound terms alone, so that it may walk through all members of a class to find one node. Here each text is
translated once, and the next triple is always the one that has the fewest matches with what is bound by then. The order
of triples does not change the solutions. Of a filter's conditions those with EXISTS are tried last, and only where the
others hold, while rdflib computes all of them for each solution. The second part of a join is sought with what the first
has bound, wherever that comes to the same, while rdflib does so only where neither part is a join itself.

Where GROUP BY has nothing to group, rdflib gives one solution without any value; SPARQL gives none (1.1, section 11.2),
and only without GROUP BY one group that is empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rdflib import Graph, URIRef
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.evaluate import evalAggregateJoin, evalLazyJoin, evalPart
from rdflib.plugins.sparql.evalutils import _ebv
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import AlreadyBound, FrozenBindings, Query, QueryContext
from rdflib.query import Result
from rdflib.term import Node, Variable

_Triple = tuple[Node, Node, Node]
_GUESS = 100


class PreparedGraph(Graph):
    """A graph that answers queries that were translated once, and chooses the order of triples as it goes."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[tuple[Node, ...]] = Counter()
        CUSTOM_EVALS["plancheck"] = _evaluate  # rdflib's hook for evaluating a part of a query in another way

    def add(self, triple: _Triple) -> PreparedGraph:
        """Adds a triple that is not there yet, and counts it under each way of looking for it."""
        if triple not in self:
            s, p, o = triple
            self._counts.update(((p,), (s, p), (p, o)))
            super().add(triple)
        return self

    def matches(self, s: object, p: object, o: object) -> int:
        """How many triples match, None standing for anything; a guess where the predicate is open or a path."""
        if not isinstance(p, URIRef):
            return len(self) if s is None and o is None else _GUESS
        if s is not None:
            return 1 if o is not None else self._counts[s, p]  # type: ignore[index]
        return self._counts[(p,) if o is None else (p, o)]  # type: ignore[index]

    def query(
        self,
        query_object: str | Query,
        processor: Any = "sparql",
        result: Any = "sparql",
        initNs: Mapping[str, Any] | None = None,  # noqa: N803 - rdflib's name
        initBindings: Mapping[str, Node] | None = None,  # noqa: N803 - rdflib's name
        use_store_provided: bool = True,
        **kwargs: Any,
    ) -> Result:
        if isinstance(query_object, str):
            names = tuple(sorted((str(prefix), str(iri)) for prefix, iri in (initNs or {}).items()))
            query_object = _prepare(query_object, names)
        return super().query(
            query_object, processor, result, initNs, initBindings, use_store_provided, **kwargs  # type: ignore[arg-type]
        )  # fmt: skip


@lru_cache(maxsize=4096)
def _prepare(text: str, names: tuple[tuple[str, str], ...]) -> Query:
    return translateQuery(parseQuery(text), None, dict(names) or None)


def _evaluate(ctx: QueryContext, part: CompValue) -> Iterator[FrozenBindings]:
    if isinstance(ctx.graph, PreparedGraph):
        if part.name == "BGP":
            return _solutions(ctx, ctx.graph, part.triples)
        if part.name == "Filter":
            return _filtered(ctx, part)
        if part.name == "Join" and _is_sought_with_bindings(part.p2):
            return evalLazyJoin(ctx, part)
        if part.name == "AggregateJoin" and part.p.expr is not None:
            return evalAggregateJoin(ctx, part) if any(True for _ in evalPart(ctx, part.p)) else iter(())
    raise NotImplementedError  # rdflib's way of leaving a part to its own evaluation


def _is_sought_with_bindings(part: CompValue) -> bool:
    """Whether the solutions that fit what is bound already are those that are found with it bound from the start.

    They are not for what asks whether a variable is bound, or may: a filter then tells its own pattern's variables from
    those bound elsewhere only where its pattern binds each in every solution.
    """
    if part.name == "Filter":
        return _bound(part.p) is not None
    return part.name == "BGP" or (
        part.name in ("Join", "Union") and all(map(_is_sought_with_bindings, (part.p1, part.p2)))
    )


def _bound(part: CompValue) -> set[Variable] | None:
    """The variables of a pattern that binds each of them in every solution; None for other patterns."""
    if part.name == "BGP":
        return {term for triple in part.triples for term in triple if isinstance(term, Variable)}
    both = [_bound(inner) for inner in (part.p1, part.p2)] if part.name == "Join" else [None]
    return None if None in both else set[Variable]().union(*both)


def _filtered(ctx: QueryContext, part: CompValue) -> Iterator[FrozenBindings]:
    """The solutions for which all conditions of a filter hold; one that is in error does not (SPARQL 1.1, section 17.2)."""
    conditions = _conditions(part)
    # rdflib does not say of filters within EXISTS which variables are their own
    own = _bound(part.p) if part._vars is None else part._vars
    for found in evalPart(ctx, part.p):
        seen = found if part.no_isolated_scope else found.forget(ctx, _except=own)
        if all(_ebv(condition, seen) for condition in conditions):
            yield found


def _conditions(part: CompValue) -> list[Any]:
    """The conditions of a filter in the order in which to try them, found once."""
    if "conditions" not in vars(part):
        part.conditions = sorted(_conjuncts(part.expr), key=lambda condition: "EXISTS" in repr(condition))
    return vars(part)["conditions"]  # type: ignore[no-any-return]


def _conjuncts(expr: Any) -> list[Any]:
    if getattr(expr, "name", None) != "ConditionalAndExpression":
        return [expr]
    every = (dict.__getitem__(expr, "expr"), *(dict.get(expr, "other") or ()))  # an attribute would be its value
    return [part for inner in every for part in _conjuncts(inner)]


def _solutions(ctx: QueryContext, graph: PreparedGraph, triples: Sequence[_Triple]) -> Iterator[FrozenBindings]:
    """The solutions of a basic graph pattern, the most selective triple first."""
    if not triples:
        yield ctx.solution()
        return
    found = [(ctx[s], ctx[p], ctx[o]) for s, p, o in triples]  # type: ignore[index]
    first = min(range(len(triples)), key=lambda i: graph.matches(*found[i]))
    rest = [*triples[:first], *triples[first + 1 :]]
    names, known = triples[first], found[first]
    for match in graph.triples(known):  # type: ignore[arg-type]
        inner = ctx.push() if None in known else ctx
        try:
            for name, term, value in zip(names, known, match, strict=True):
                if term is None:
                    inner[name] = value  # type: ignore[index, assignment]
        except AlreadyBound:  # one variable twice in a triple, with two values
            continue
        yield from _solutions(inner, graph, rest)
