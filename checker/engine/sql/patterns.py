"""SPARQL graph patterns and queries as steps of a SQL statement.

A pattern is compiled from a *seed*: solutions whose variables are bound before it is evaluated, as SHACL pre-binds
``$this`` and as EXISTS substitutes the variables of the solution that it tests. Every solution of the pattern carries
the seed's variables along, so that one statement answers for all focus nodes at once. Where patterns are joined, each
is compiled from the same seed and sees nothing of the others, as SPARQL's bottom-up semantics has it; a pattern that
could not tell the difference is compiled from what is bound already, which gives one chain of joins.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pyparsing import ParseResults
from rdflib import BNode, URIRef, Variable
from rdflib.namespace import RDF
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Identifier

from checker.engine.sql import terms
from checker.engine.sql.expressions import Scope, condition, conditions, exists_in, expression, variables_in
from checker.engine.sql.paths import reversed_path
from checker.engine.sql.script import NOTHING, Script, Solutions
from checker.engine.sql.statement import PART
from checker.engine.sql.terms import CannotCompile, Expr, Kind

Triple = tuple[Any, Any, Any]


@lru_cache(maxsize=1024)
def parsed(text: str, prefixes: tuple[tuple[str, str], ...]) -> CompValue:
    """A query's algebra. Raises CannotCompile for text that is no SPARQL, or that SHACL forbids."""
    try:
        tree = parseQuery(text)
        shown = [{p.var for p in inner.projection or ()} for inner in _sub_selects(tree)]  # emptied by translateQuery
        algebra: CompValue = translateQuery(tree, None, dict(prefixes)).algebra
    except Exception as error:  # pyparsing and rdflib raise several unrelated classes
        raise CannotCompile(f"a query that is not SPARQL: {' '.join(str(error).split())[:200]}") from None
    if not all(Variable("this") in names for names in shown):
        raise CannotCompile("a sub-select without $this")
    return algebra


def _sub_selects(part: Any) -> Iterator[CompValue]:
    """The sub-selects of a query as parsed."""
    if isinstance(part, CompValue):
        if part.name == "SubSelect":
            yield part
        part = list(part.values())
    if isinstance(part, list | tuple | ParseResults):
        for inner in part:
            yield from _sub_selects(inner)


def has_open_predicate(part: Any, given: Container[str]) -> bool:
    """Whether a part of a query has a variable as predicate, or asks for any class; ``given``: parameters are none."""
    if isinstance(part, CompValue):
        triples = part.triples if part.name == "BGP" else ()
        if any(_is_open(p, given) or (p == RDF.type and _is_open(o, given)) for _, p, o in triples):
            return True
        inner = (part.graph if key == "graph" else value for key, value in part.items() if key != "_vars")
        return any(has_open_predicate(value, given) for value in inner)
    return isinstance(part, list | tuple) and any(has_open_predicate(value, given) for value in part)


def _is_open(term: Any, given: Container[str]) -> bool:
    return isinstance(term, BNode) or (isinstance(term, Variable) and str(term) not in given)


def select(script: Script, query: CompValue, seed: Solutions, constants: Mapping[str, Identifier]) -> Solutions:
    """The solutions of a SELECT, or of the pattern of an ASK, from a seed; ``constants`` stand for their variables."""
    if query.datasetClause:
        raise CannotCompile("FROM")
    return _solutions(script, _substituted(query.p, constants), seed)


def values(script: Script, focus: Solutions, path: URIRef | Path) -> Solutions:
    """The value nodes of each focus node along a path: distinct rows of this and value."""
    found = _basic(script, [(Variable("this"), path, Variable("value"))], focus)
    again = not isinstance(path, URIRef)  # a relation has each statement once, and there is each focus node once
    return script.made("value_nodes", replace(found.of_kind("this", focus.columns["this"].kind), distinct=again))


def _substituted(part: Any, constants: Mapping[str, Identifier]) -> Any:
    """A part of a query with constants in the place of variables."""
    if isinstance(part, Variable):
        return constants.get(str(part), part)
    if isinstance(part, CompValue):
        copy = CompValue(part.name)
        for key, value in part.items():
            if key == "PV":
                copy[key] = [v for v in value if str(v) not in constants]
            else:
                # rdflib keeps the translated pattern of an EXISTS as an attribute beside the item, which it has emptied.
                copy[key] = _substituted(part.graph if key == "graph" else value, constants)
        # rdflib joins the pattern of an EXISTS to an empty one.
        return copy.p2 if copy.name == "Join" and _is_empty(copy.p1) else copy
    if isinstance(part, list | tuple):
        return type(part)(_substituted(v, constants) for v in part)
    return part


# ---- patterns -------------------------------------------------------------------------------------------------------


def _solutions(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    form = _FORMS.get(part.name)
    if form is None:
        raise CannotCompile(part.name)
    return form(script, part, seed)


def _join(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    left = _solutions(script, part.p1, seed)
    if _is_alone(part.p2, left):
        return _solutions(script, part.p2, left)
    return _joined(script, left, _solutions(script, part.p2, seed))


def _is_empty(part: CompValue) -> bool:
    return part.name == "BGP" and not part.triples


def _is_alone(part: CompValue, outer: Solutions) -> bool:
    """Whether a pattern has the same solutions with the variables of ``outer`` bound before it as joined to it after."""
    known = outer.columns.keys() - outer.maybe
    if variables_in(part) & outer.maybe:
        return False
    match part.name:
        case "BGP":
            return True
        case "Join" | "Union":
            return _is_alone(part.p1, outer) and _is_alone(part.p2, outer)
        case "Filter":
            return variables_in(part.expr) & known <= _certain(part.p) and _is_alone(part.p, outer)
        case "Extend":
            seen = variables_in(part.expr) | {str(part.var)}
            return seen & known <= _certain(part.p) - {str(part.var)} and _is_alone(part.p, outer)
    return False


def _certain(part: CompValue) -> set[str]:
    """The variables that every solution of a pattern binds."""
    match part.name:
        case "BGP":
            return variables_in(list(part.triples))
        case "Join":
            return _certain(part.p1) | _certain(part.p2)
        case "Union":
            return _certain(part.p1) & _certain(part.p2)
        case "Filter" | "Extend" | "Distinct" | "Reduced" | "OrderBy" | "ToMultiSet":
            return _certain(part.p)
        case "LeftJoin":
            return _certain(part.p1)
        case "Project":
            return _certain(part.p) & {str(v) for v in part.PV}
    return set()


def _joined(script: Script, left: Solutions, right: Solutions) -> Solutions:
    """The compatible pairs of two relations of solutions."""
    left, right = _open(script, left), script.made("other", right)
    table = f"JOIN {right.tables[0]} ON {_compatible(left, right)}"
    maybe = (left.maybe & right.maybe) | (left.maybe - right.columns.keys()) | (right.maybe - left.columns.keys())
    return replace(left, columns=_merged(left, right, right.maybe), tables=(*left.tables, table), maybe=maybe)


def _open(script: Script, found: Solutions) -> Solutions:
    """Solutions to which tables can be joined: DISTINCT rows have to be a step first, and there has to be a table."""
    return script.made("distinct_rows", found) if found.distinct or not found.tables else found


def _compatible(left: Solutions, right: Solutions) -> str:
    """The condition under which two solutions are compatible: shared variables agree where both are bound."""
    found = []
    for name in sorted(left.columns.keys() & right.columns.keys()):
        a, b = left.columns[name], right.columns[name]
        unbound = [f"{x.sql} IS NULL" for x, side in ((a, left), (b, right)) if name in side.maybe]
        agree = terms.same(a, b)
        found.append(f"({' OR '.join([*unbound, agree])})" if unbound else agree)
    return " AND ".join(found) or "true"


def _merged(left: Solutions, right: Solutions, optional: frozenset[str]) -> dict[str, Expr]:
    """The columns of merged solutions. ``optional``: variables that the right one may leave unbound."""
    columns = {**right.columns, **left.columns}
    for name in left.columns.keys() & right.columns.keys():
        a, b = left.columns[name], right.columns[name]
        if name in left.maybe:
            kind = terms.common([a.kind, b.kind])
            columns[name] = Expr(f"COALESCE({terms.coerced(a, kind)}, {terms.coerced(b, kind)})", kind)
        elif a.kind is Kind.TERM and name not in optional:
            columns[name] = b  # the same term, of a kind that says more
    return columns


def _left_join(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    left = _solutions(script, part.p1, seed)
    test = part.expr
    alone = _is_alone(part.p2, left)
    left = script.made("required", left) if alone else _open(script, left)
    right = _solutions(script, part.p2, _narrowed(script, left, part.p2) if alone else seed)
    right = script.made("optional", right)
    if not _is_true(test):
        for name in left.maybe & right.columns.keys():
            raise CannotCompile(f"an OPTIONAL whose filter sees ?{name}, bound perhaps before it")
    if any(exists_in(test)):
        return _left_joined_where(script, left, right, test)
    on = _compatible(left, right)
    if not _is_true(test):
        on += f" AND ({condition(test, Scope({**right.columns, **left.columns}, script.nodes))})"
    merged = _merged(left, right, frozenset(right.columns))
    maybe = left.maybe | (right.columns.keys() - left.columns.keys())
    return replace(left, columns=merged, tables=(*left.tables, f"LEFT JOIN {right.tables[0]} ON {on}"), maybe=maybe)


def _left_joined_where(script: Script, left: Solutions, right: Solutions, test: Any) -> Solutions:
    """A left join whose filter asks for EXISTS, which SQL does not take in an ON: the pairs that pass it are a step.

    They are joined to the left solutions by their number, for two of these may be equal.
    """
    numbered = {**left.columns, _ROW: Expr("row_number() OVER ()", Kind.INTEGER)}
    left = script.table(
        script.step("numbered", replace(left, columns=numbered).selected()), _kinds(numbered), left.maybe
    )
    pairs = _joined(script, left, right)
    pairs, scope = _scope(script, test, pairs)
    pairs = script.made("paired", pairs.filtered(f"({condition(test, scope)})"))
    columns = {n: e for n, e in {**pairs.columns, **left.columns}.items() if n != _ROW}
    join = f"LEFT JOIN {pairs.tables[0]} ON {left.columns[_ROW].sql} = {pairs.columns[_ROW].sql}"
    return Solutions(columns, (*left.tables, join), maybe=left.maybe | (columns.keys() - left.columns.keys()))


_ROW = "number of the row"  # a column that no variable of a query can be


def _kinds(columns: Mapping[str, Expr]) -> dict[str, Kind]:
    return {name: e.kind for name, e in columns.items()}


def _is_true(test: Any) -> bool:
    return isinstance(test, CompValue) and test.name == "TrueFilter"


def _narrowed(script: Script, outer: Solutions, part: Any) -> Solutions:
    """The distinct values of those variables of some solutions that a part of the query mentions."""
    names = variables_in(part) & outer.columns.keys()
    return script.made("given", replace(outer.projected(names), distinct=True)) if names else NOTHING


def _union(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    return either(script, [_solutions(script, p, seed) for p in (part.p1, part.p2)])


def either(script: Script, sides: Sequence[Solutions]) -> Solutions:
    """All solutions of several relations; what one does not bind is unbound."""
    names = sorted(set[str]().union(*(side.columns for side in sides)))
    kinds = {n: terms.common([side.columns[n].kind for side in sides if n in side.columns]) for n in names}

    def aligned(side: Solutions, name: str) -> Expr:
        bound = side.columns.get(name)
        return terms.null(kinds[name]) if bound is None else Expr(terms.coerced(bound, kinds[name]), kinds[name])

    selects = [replace(side, columns={n: aligned(side, n) for n in names}).selected() for side in sides]
    maybe = {n for n in names for side in sides if n not in side.columns or n in side.maybe}
    return script.table(script.step("either", "\nUNION ALL\n".join(selects)), kinds, maybe)


def _filter(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    found = _solutions(script, part.p, seed)
    found, scope = _scope(script, part.expr, found)
    return found.filtered(*(f"({condition(c, scope)})" for c in conditions(part.expr)))


def _scope(script: Script, e: Any, found: Solutions) -> tuple[Solutions, Scope]:
    """What an expression on some solutions can see, its EXISTS compiled; and the solutions, which may now be a step."""
    tests = list(exists_in(e))
    if not all(_is_direct(test.graph, found) for test in tests):
        found = script.made("tested", found)  # both the seed of the pattern and the filter read it
    elif tests:
        found = _open(script, found)
    exists = {id(test): _exists(script, test.graph, found) for test in tests}
    return found, Scope(found.columns, script.nodes, exists)


def _is_direct(graph: CompValue, outer: Solutions) -> bool:
    """Whether an EXISTS can be asked without putting in the outer variables first, and at no greater cost.

    The solutions must be the same, and the triples hang together without the outer variables: else the pattern
    alone would have the solutions of each part in every combination.
    """
    triples = graph.p.triples if graph.name == "Filter" and graph.p.name == "BGP" else graph.triples
    if not triples or not _is_alone(graph, outer) or any(exists_in(graph)):
        return False
    if not all(isinstance(p, URIRef) for _, p, _ in triples):
        return False
    free = [{n for term in (s, o) for n in variables_in(term) - outer.columns.keys()} for s, _, o in triples]
    linked, waiting = free[0], free[1:]
    while joining := [names for names in waiting if names & linked]:
        linked = linked.union(*joining)
        waiting = [names for names in waiting if not names & linked]
    return not waiting


def _exists(script: Script, graph: CompValue, outer: Solutions) -> str:
    """The condition that a pattern has a solution with the variables of an outer solution put in."""
    names = sorted(variables_in(graph) & outer.columns.keys())
    open_names = [name for name in names if name in outer.maybe]
    if open_names and not _binds_itself(graph, open_names):
        raise CannotCompile("EXISTS on a variable that may be unbound")
    bound = outer.projected(outer.columns.keys() - set(open_names))
    seed = NOTHING if _is_direct(graph, bound) else _narrowed(script, bound, graph)
    inner = _solutions(script, graph, seed)
    if seed is not NOTHING:
        inner = script.made("found", inner)
    return _holds(inner, outer, [n for n in names if n not in open_names], open_names)


def _binds_itself(graph: CompValue, names: Sequence[str]) -> bool:
    """Whether every solution of a pattern of triples, filtered or not, binds variables: then they need not be put in.

    A path that repeats does not count: what it starts from is among its ends, be it in no triple.
    """
    basic = graph.p if graph.name == "Filter" and not any(exists_in(graph.expr)) else graph
    return (
        basic.name == "BGP"
        and all(isinstance(p, URIRef) for _, p, _ in basic.triples)
        and set(names) <= _certain(basic)
    )


def _holds(inner: Solutions, outer: Solutions, names: Sequence[str], open_names: Sequence[str]) -> str:
    """The condition that a solution agrees with an outer one on names, and on those of ``open_names`` that this has bound.

    A case for each, and not an OR in one condition, so that each is an equality that SQL can hash.
    """
    if not open_names:
        on = [terms.same(inner.columns[n], outer.columns[n]) for n in names]
        return f"EXISTS (SELECT 1{_in_line(inner.source(*on))})"
    first, *rest = open_names
    without, with_it = (_holds(inner, outer, some, rest) for some in (names, [*names, first]))
    return f"(CASE WHEN {outer.columns[first].sql} IS NULL THEN {without} ELSE {with_it} END)"


def _in_line(sql: str) -> str:
    return " " + " ".join(sql.split())


def _extend(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    found = _solutions(script, part.p, seed)
    name = str(part.var)
    if name in found.columns:
        if str(part.expr).startswith("__agg"):
            return found  # rdflib's way of carrying a key of GROUP BY along
        raise CannotCompile(f"?{name} bound twice")
    found, scope = _scope(script, part.expr, found)
    value = expression(part.expr, scope)
    return replace(found, columns={**found.columns, name: value}, maybe=found.maybe | {name})


def _project(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    found = _solutions(script, part.p, seed)
    found = script.made("distinct_rows", found) if found.distinct else found
    return found.projected(n for n in found.columns if n in seed.columns or Variable(n) in part.PV)


def _sub_select(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    projection = part.p
    if projection.name == "values":
        raise CannotCompile("VALUES")
    while projection.name != "Project":
        projection = projection.p
    hidden = (variables_in(projection.p) - {str(v) for v in projection.PV}) & seed.columns.keys()
    if hidden:
        raise CannotCompile(f"a sub-select that hides ?{min(hidden)}")
    return _solutions(script, part.p, seed)


def _distinct(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    return replace(_solutions(script, part.p, seed), distinct=True)


def _same_solutions(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    return _solutions(script, part.p, seed)


# ---- aggregates -----------------------------------------------------------------------------------------------------


def _aggregates(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    """Groups and their aggregates. Without GROUP BY each row of the seed has one group, be it empty."""
    group = part.p
    found = _open(script, _solutions(script, group.p, seed))
    by = list(group.expr or ())
    if not all(isinstance(key, Variable) for key in by):
        raise CannotCompile("GROUP BY an expression")
    keys = sorted(({str(key) for key in by} | seed.columns.keys()) & found.columns.keys())
    scope = Scope(found.columns, script.nodes)
    aggregates = {str(a.res): _aggregate(a, scope) for a in part.A}
    columns = {key: found.columns[key] for key in keys} | {name: value for name, (value, _) in aggregates.items()}
    groups = f"\nGROUP BY {', '.join(found.columns[key].sql for key in keys)}" if keys else ""
    sql = replace(found, columns=columns).selected() + groups
    kinds = {name: e.kind for name, e in columns.items()}
    grouped = script.table(script.step("grouped", sql), kinds, (found.maybe & set(keys)) | aggregates.keys())
    if by or not keys:
        return grouped
    shown = {**seed.columns} | {
        name: Expr(f"COALESCE({grouped.columns[name].sql}, {of_nothing})", kinds[name])
        for name, (_, of_nothing) in aggregates.items()
    }
    join = f"LEFT JOIN {grouped.tables[0]} ON {_compatible(seed, grouped)}"
    return replace(seed, columns=shown, tables=(*seed.tables, join), maybe=seed.maybe | aggregates.keys())


def _aggregate(a: CompValue, scope: Scope) -> tuple[Expr, str]:
    """An aggregate, and its value for an empty group. One value that errs or is unbound makes a sum err, not a count."""
    name = a.name.removeprefix("Aggregate_")
    distinct = "DISTINCT " if a.distinct else ""
    if name == "Count":
        if str(a.vars) == "*":
            if distinct:
                raise CannotCompile("COUNT(DISTINCT *)")
            return Expr("count(*)", Kind.INTEGER), "0"
        value = expression(a.vars, scope)
        return Expr(f"count({distinct}{value.sql})", Kind.INTEGER), "0"
    value = expression(a.vars, scope)
    if name == "Sample":
        return Expr(f"min({value.sql})", value.kind), "NULL"
    if name == "GroupConcat":
        raise CannotCompile("GROUP_CONCAT")
    if name in ("Sum", "Avg"):
        number = terms.number(value)
        kind = Kind.DECIMAL if name == "Avg" and number.kind is Kind.INTEGER else number.kind
        function = f"CASE WHEN count(*) = count({number.sql}) THEN {name.lower()}({distinct}{number.sql}) END"
        return Expr(f"({function})::{kind.sql}", kind), "0"
    if name in ("Min", "Max") and value.kind not in (Kind.NODE, Kind.TERM):
        function = f"CASE WHEN count(*) = count({value.sql}) THEN {name.lower()}({value.sql}) END"
        return Expr(function, value.kind), "NULL"
    raise CannotCompile(f"{name.upper()} of {value.kind}")


def aggregates_in(
    query: CompValue, constants: Mapping[str, Identifier]
) -> Iterator[tuple[CompValue, CompValue, str | None]]:
    """The aggregates of a query: the grouping that each belongs to, the aggregate, and the variable that holds it, if one does."""
    for projection in _parts_of(_substituted(query.p, constants), "Project"):
        inner, names = projection.p, {}
        while inner.name in ("Extend", "Filter", "OrderBy"):  # what SELECT and HAVING put over a grouping
            if inner.name == "Extend":
                names[str(inner.expr)] = str(inner.var)
            inner = inner.p
        if inner.name == "AggregateJoin":
            # rdflib samples the variables that a query groups by or hands on; a sample is no number of many.
            numbers = (a for a in inner.A if a.name not in ("Aggregate_Sample", "Aggregate_GroupConcat"))
            yield from ((inner, a, names.get(str(a.res))) for a in numbers)


def aggregated(script: Script, seed: Solutions, grouping: CompValue, a: CompValue) -> Solutions:
    """The solutions that an aggregate is made of, with what it takes of each as ``PART``; 1 where it counts solutions."""
    found = _open(script, _solutions(script, grouping.p.p, seed))
    counts = str(a.vars) == "*"
    part = Expr("1", Kind.INTEGER) if counts else expression(a.vars, Scope(found.columns, script.nodes))
    return replace(found, columns={**found.columns, PART: part})


def aggregate(script: Script, seed: Solutions, grouping: CompValue, a: CompValue) -> Solutions:
    """What an aggregate comes to in each group, as ``PART``, with the variables that the groups are made by."""
    found = _aggregates(script, grouping, seed)
    keys = [name for name in found.columns if not name.startswith("__agg")]
    return replace(found, columns={**found.projected(keys).columns, PART: found.columns[str(a.res)]})


def value_of(grouping: CompValue, a: CompValue) -> tuple[str, str] | None:
    """The variable and the property of which an aggregate takes the values; None where it takes no property's."""
    triples = (triple for pattern in _parts_of(grouping.p.p, "BGP") for triple in pattern.triples)
    known = (
        (str(s), str(p)) for s, p, o in triples if o == a.vars and isinstance(s, Variable) and isinstance(p, URIRef)
    )
    return next(known, None)


def _parts_of(part: Any, name: str) -> Iterator[CompValue]:
    """The parts of a query of one kind, without what is in an EXISTS."""
    if isinstance(part, CompValue):
        if part.name == name:
            yield part
        for key, value in part.items():
            if key not in ("_vars", "graph"):
                yield from _parts_of(value, name)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _parts_of(inner, name)


# ---- basic graph patterns -------------------------------------------------------------------------------------------


def _basic_pattern(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    return _basic(script, part.triples, seed)


def _basic(script: Script, triples: Sequence[Triple], seed: Solutions) -> Solutions:
    """The solutions of triples. Blank nodes are seen in their own pattern only."""
    found = _matched(script, triples, seed)
    return found.projected(n for n in found.columns if not n.startswith("_") or n in seed.columns)


def _matched(script: Script, triples: Sequence[Triple], seed: Solutions) -> Solutions:
    """The solutions of triples: predicates as joins of their relations; then paths that repeat or choose, one by one."""
    simple, others = _expanded(script, triples)
    found = _joins(script, simple, seed)
    while others:
        # A path that starts from something bound is followed from there, so such paths come first.
        at = next(
            (i for i, (s, _, o) in enumerate(others) if _is_bound(script, s, found) or _is_bound(script, o, found)), 0
        )
        found = _along(script, others.pop(at), found)
    return found


def _expanded(script: Script, triples: Sequence[Triple]) -> tuple[list[Triple], list[Triple]]:
    """Triples with sequences and inverses resolved: those with a predicate, be it a variable, and those with any other path."""
    simple: list[Triple] = []
    others: list[Triple] = []
    todo = list(triples)
    while todo:
        s, p, o = todo.pop(0)
        if isinstance(p, InvPath):
            todo.insert(0, (o, p.arg, s))
        elif isinstance(p, SequencePath):
            steps = [s, *(script.fresh() for _ in p.args[1:]), o]
            todo[:0] = [(steps[i], step, steps[i + 1]) for i, step in enumerate(p.args)]
        elif isinstance(p, URIRef | Variable):
            simple.append((s, p, o))
        elif isinstance(p, AlternativePath | MulPath):
            others.append((s, p, o))
        else:
            raise CannotCompile(f"the path {p}")
    return simple, others


def _name(script: Script, term: Any) -> str | None:
    """The name of a variable, or of the blank node that stands for one; None for a constant."""
    if isinstance(term, Variable):
        return str(term)
    return script.blank(term) if isinstance(term, BNode) else None


def _is_bound(script: Script, term: Any, found: Solutions) -> bool:
    name = _name(script, term)
    return name is None or name in found.columns


def _joins(script: Script, triples: Sequence[Triple], seed: Solutions) -> Solutions:
    """Triples with plain predicates as joins of their relations to the seed."""
    if not triples:
        return seed
    seed = script.made("distinct_rows", seed) if seed.distinct else seed
    bound = dict(seed.columns)
    maybe = set(seed.maybe)
    tables, where = list(seed.tables), list(seed.where)
    waiting = list(triples)
    while waiting:
        # One that shares something with those before it comes first, so that the statement reads as a chain.
        linked = (t for t in waiting if any(_name(script, term) in bound for term in t))
        triple = next(linked, waiting[0])
        s, p, o = triple
        alias = script.alias()
        star = [t for t in waiting if t[0] == s and isinstance(t[1], URIRef) and t[1] != RDF.type]
        together = star if triple in star else [triple]
        waiting = [t for t in waiting if t not in together]
        if p == RDF.type and isinstance(o, URIRef):
            relation = f"{script.cls(str(o))} {alias}"
            ends = [(s, Expr(f"{alias}.s", Kind.NODE))]
        elif isinstance(p, Variable):
            relation = f"{script.statements()} {alias}"
            ends = [
                (s, Expr(f"{alias}.s", Kind.NODE)),
                (p, Expr(f"{alias}.p", Kind.NODE)),
                (o, Expr(f"{alias}.term", Kind.TERM)),
            ]
        elif len(together) > 1:
            relation, subject, values = script.star([str(t[1]) for t in together], alias)
            ends = [(s, subject), *((t[2], value) for t, value in zip(together, values, strict=True))]
        else:
            relation, subject, value = script.pairs(str(p), alias)
            ends = [(s, subject), (o, value)]
        on = [test for term, here in ends if (test := _met(script, term, here, bound, maybe)) is not None]
        if tables:
            tables.append(f"JOIN {relation} ON {' AND '.join(on) or 'true'}")
        else:
            tables.append(relation)
            where += on
    return Solutions(bound, tuple(tables), tuple(where), frozenset(maybe))


def _met(script: Script, term: Any, here: Expr, bound: dict[str, Expr], maybe: set[str]) -> str | None:
    """The condition that a term of a triple is what a relation has in its place; a new variable is bound to that."""
    name = _name(script, term)
    if name is None:
        return terms.same(here, terms.constant(term, script.nodes))
    known = bound.get(name)
    if known is None:
        bound[name] = here
        return None
    agree = terms.same(here, known)
    if name in maybe:
        kind = terms.common([known.kind, here.kind])
        bound[name] = Expr(f"COALESCE({terms.coerced(known, kind)}, {terms.coerced(here, kind)})", kind)
        maybe.discard(name)
        return f"({known.sql} IS NULL OR {agree})"
    if known.kind is Kind.TERM:
        bound[name] = here  # the same term, of a kind that says more
    return agree


def _along(script: Script, triple: Triple, found: Solutions) -> Solutions:
    """Solutions extended along a path that chooses or repeats."""
    s, path, o = triple
    if isinstance(path, AlternativePath):
        ends = {name for term in (s, o) if (name := _name(script, term)) is not None}
        kept = found.columns.keys() | ends
        sides = [_matched(script, [(s, step, o)], found) for step in path.args]
        return either(script, [side.projected(kept & side.columns.keys()) for side in sides])
    if not _is_bound(script, s, found) and _is_bound(script, o, found):
        s, path, o = o, reversed_path(path), s
    return _repeated(script, s, path, o, found)


def _repeated(script: Script, s: Any, path: MulPath, o: Any, found: Solutions) -> Solutions:
    """Solutions extended along a path that repeats, from all that its start is bound to; from all nodes if unbound."""
    step = script.made("steps", _basic(script, [(Variable("s"), path.path, Variable("o"))], NOTHING))
    found = _open(script, found)
    name = _name(script, s)
    if name is None:
        start = terms.constant(s, script.nodes)
        begin = f"SELECT {start.sql} AS a"
    elif name in found.columns:
        if name in found.maybe:
            raise CannotCompile("a path from a variable that may be unbound")
        found = script.made("so_far", found)
        start = found.columns[name]
        begin = f"SELECT DISTINCT {start.sql} AS a{found.source()}"
    else:
        start = Expr("n.id", Kind.NODE)
        begin = "SELECT n.id AS a FROM node n"
    begun = script.step("begin", begin)
    a, here, there = Expr(f"{begun}.a", start.kind), step.columns["s"], step.columns["o"]
    end = terms.common([start.kind, there.kind]) if path.mod in "*?" else there.kind
    next_end = terms.coerced(there, end)
    zero = f"SELECT {a.sql} AS a, {terms.coerced(a, end)} AS b FROM {begun}"
    one = f"SELECT {a.sql} AS a, {next_end} AS b FROM {begun} JOIN {step.tables[0]} ON {terms.same(a, here)}"
    first = {"*": zero, "?": f"{zero}\nUNION\n{one}", "+": one}[path.mod]
    reached = script.step("reached", first)
    if path.mod != "?":
        on = terms.same(Expr(f"{reached}.b", end), here)
        more = f"SELECT {reached}.a, {next_end} AS b FROM {reached} JOIN {step.tables[0]} ON {on}"
        script.steps[-1] = (f"{reached}(a, b)", f"{first}\nUNION\n{more}")
    bound, maybe = dict(found.columns), set(found.maybe)
    ends = ((s, Expr(f"{reached}.a", start.kind)), (o, Expr(f"{reached}.b", end)))
    met = [test for term, side in ends if (test := _met(script, term, side, bound, maybe)) is not None]
    tables = (*found.tables, f"JOIN {reached} ON {' AND '.join(met) or 'true'}")
    return replace(found, columns=bound, tables=tables, maybe=frozenset(maybe))


_FORMS: Mapping[str, Callable[[Script, Any, Solutions], Solutions]] = {
    "BGP": _basic_pattern,
    "Join": _join,
    "LeftJoin": _left_join,
    "Union": _union,
    "Filter": _filter,
    "Extend": _extend,
    "Project": _project,
    "Distinct": _distinct,
    "Reduced": _same_solutions,
    "OrderBy": _same_solutions,
    "ToMultiSet": _sub_select,
    "AggregateJoin": _aggregates,
}
