"""Makes rdflib answer pySHACL's queries in bearable time, without changing an answer.

pySHACL sends the same query text once per focus node. rdflib parses it each time, and orders the patterns as if ``$this``
were unbound. Here each text is translated once, and its patterns are ordered by what is bound: the initial bindings, and
what earlier patterns bind. rdflib would sort them once more at run time, by the number of unbound terms alone; its hook
for custom evaluation is how an ordered pattern keeps its order. The order of patterns does not change the solutions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from rdflib import BNode, Graph, Variable
from rdflib.namespace import RDF
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.evaluate import evalBGP
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import FrozenBindings, Query, QueryContext
from rdflib.query import Result
from rdflib.term import Node

_Bound = frozenset[Node]
_ORDERED = "plancheck_ordered"


class PreparedGraph(Graph):
    """A graph that answers queries that were translated once and ordered."""

    def __init__(self) -> None:
        super().__init__()
        CUSTOM_EVALS["plancheck"] = _evaluate_ordered

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
            query_object = _prepare(query_object, names, tuple(sorted(str(name) for name in initBindings or {})))
        return super().query(
            query_object, processor, result, initNs, initBindings, use_store_provided, **kwargs  # type: ignore[arg-type]
        )  # fmt: skip


@lru_cache(maxsize=4096)
def _prepare(text: str, names: tuple[tuple[str, str], ...], bound: tuple[str, ...]) -> Query:
    """A query translated and ordered, given the prefixes and the names of the variables that will be bound."""
    query = translateQuery(parseQuery(text), None, dict(names) or None)
    _order(query.algebra, frozenset(Variable(name) for name in bound))
    return query


def _evaluate_ordered(ctx: QueryContext, part: CompValue) -> Iterable[FrozenBindings]:
    if _ORDERED not in part:
        raise NotImplementedError  # rdflib's way of leaving a part to its own evaluation
    return evalBGP(ctx, part.triples)


def _order(part: Any, bound: _Bound) -> _Bound:
    """Orders the patterns of an algebra expression in place; gives what is bound after it."""
    if not isinstance(part, CompValue):
        return bound
    match part.name:
        case "BGP":
            part.triples = list(_ordered(part.triples, bound))
            part[_ORDERED] = True
            return bound.union(term for triple in part.triples for term in triple if _is_open(term))
        case "Join":
            first = _order(part.p1, bound)
            return first | _order(part.p2, first if part.lazy else bound)
        case "LeftJoin":
            first = _order(part.p1, bound)
            second = _order(part.p2, first)
            _order_in_expression(part.expr, second)
            return second
        case "Union":
            return _order(part.p1, bound) & _order(part.p2, bound)
        case "Minus":
            _order(part.p2, bound)
            return _order(part.p1, bound)
        case "Filter":
            inner = _order(part.p, bound)
            _order_in_expression(part.expr, inner)
            return inner
        case "Extend":
            inner = _order(part.p, bound)
            _order_in_expression(part.expr, inner)
            return inner | {part.var}
        case _:
            return _order(part.p, bound) if "p" in part else bound


def _order_in_expression(expression: Any, bound: _Bound) -> None:
    """Orders the patterns of EXISTS and NOT EXISTS; they see what the pattern around them bound."""
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            _order(expression.graph, bound)
            return
        for value in expression.values():
            _order_in_expression(value, bound)
    elif isinstance(expression, list | tuple):
        for value in expression:
            _order_in_expression(value, bound)


def _ordered(triples: Iterable[tuple[Node, Node, Node]], bound: _Bound) -> Iterable[tuple[Node, Node, Node]]:
    left, known = list(triples), set(bound)
    while left:
        best = min(left, key=lambda triple: _cost(triple, known))
        left.remove(best)
        known.update(term for term in best if _is_open(term))
        yield best


def _cost(triple: tuple[Node, Node, Node], known: set[Node]) -> int:
    """A rank of how many solutions a pattern will have: both ends known, subject known, object known, neither."""
    s, p, o = (not _is_open(term) or term in known for term in triple)
    if s and o:
        return 0
    if s:
        return 1
    if o:
        return 3 if triple[1] == RDF.type else 2
    return 4 if p else 5


def _is_open(term: Node) -> bool:
    return isinstance(term, Variable | BNode)
