"""SPARQL graph patterns and queries as steps of a SQL statement.

A pattern is compiled from a *seed*: solutions whose variables are bound before it is evaluated, as SHACL pre-binds
``$this`` and as EXISTS substitutes the variables of the solution that it tests. Every solution of the pattern carries
the seed's variables along, so that one statement answers for all focus nodes at once. Where patterns are joined, each
is compiled from the same seed and sees nothing of the others, as SPARQL's bottom-up semantics has it; a pattern that
could not tell the difference is compiled from what is bound already, which gives one chain of joins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

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
from checker.engine.sql.script import Script, Solutions, column
from checker.engine.sql.terms import CannotCompile, Expr, Kind

Triple = tuple[Any, Any, Any]


@lru_cache(maxsize=1024)
def parsed(text: str, prefixes: tuple[tuple[str, str], ...]) -> CompValue:
    """A query's algebra. Raises CannotCompile for text that is no SPARQL."""
    try:
        algebra: CompValue = translateQuery(parseQuery(text), None, dict(prefixes)).algebra
    except Exception as error:  # pyparsing and rdflib raise several unrelated classes
        raise CannotCompile(f"a query that is not SPARQL: {' '.join(str(error).split())[:200]}") from None
    return algebra


def select(script: Script, query: CompValue, seed: Solutions, constants: Mapping[str, Identifier]) -> Solutions:
    """The solutions of a SELECT, or of the pattern of an ASK, from a seed; ``constants`` stand for their variables."""
    if query.datasetClause:
        raise CannotCompile("FROM")
    return _solutions(script, _substituted(query.p, constants), seed)


def values(script: Script, focus: Solutions, path: URIRef | Path) -> Solutions:
    """The value nodes of each focus node along a path: distinct rows of this and value."""
    found = _basic(script, [(Variable("this"), path, Variable("value"))], focus)
    return script.solutions("value_nodes", f"SELECT DISTINCT {found.listed()} FROM {found.step}", found.kinds)


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
        return copy
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
    if _is_empty(part.p1):
        return _solutions(script, part.p2, seed)
    left = _solutions(script, part.p1, seed)
    if _is_alone(part.p2, left):
        return _solutions(script, part.p2, left)
    return _joined(script, left, _solutions(script, part.p2, seed))


def _is_empty(part: CompValue) -> bool:
    return part.name == "BGP" and not part.triples


def _is_alone(part: CompValue, outer: Solutions) -> bool:
    """Whether a pattern has the same solutions with the variables of ``outer`` bound before it as joined to it after."""
    known = set(outer.kinds) - outer.maybe
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
    on = _compatible(left, right)
    merged, kinds = _merged(left, right, set())
    maybe = (left.maybe & right.maybe) | (left.maybe - set(right.kinds)) | (right.maybe - set(left.kinds))
    return script.solutions("joined", f"SELECT {merged}\nFROM {left.step}\nJOIN {right.step} ON {on}", kinds, maybe)


def _compatible(left: Solutions, right: Solutions) -> str:
    """The condition under which two solutions are compatible: shared variables agree where both are bound."""
    found = []
    for name in sorted(set(left.kinds) & set(right.kinds)):
        a, b = left.variable(name), right.variable(name)
        unbound = [f"{x.sql} IS NULL" for x, side in ((a, left), (b, right)) if name in side.maybe]
        agree = terms.same(a, b)
        found.append(f"({' OR '.join([*unbound, agree])})" if unbound else agree)
    return " AND ".join(found) or "true"


def _merged(left: Solutions, right: Solutions, optional: set[str]) -> tuple[str, dict[str, Kind]]:
    """The columns of merged solutions and their kinds. ``optional``: variables of the right that may add nothing."""
    columns, kinds = [], {}
    for name in sorted(set(left.kinds) | set(right.kinds)):
        sides = [s.variable(name) for s in (left, right) if name in s.kinds]
        kind = terms.common([side.kind for side in sides])
        if len(sides) == 2 and name not in left.maybe:
            # The same term on both sides: the left one, or the one whose kind says more.
            best = sides[1] if sides[0].kind is Kind.TERM and name not in right.maybe | optional else sides[0]
            columns.append(f"{best.sql} AS {column(name)}")
            kinds[name] = best.kind
        elif len(sides) == 2:
            both = ", ".join(terms.coerced(side, kind) for side in sides)
            columns.append(f"COALESCE({both}) AS {column(name)}")
            kinds[name] = kind
        else:
            columns.append(f"{sides[0].sql} AS {column(name)}")
            kinds[name] = kind
    return ", ".join(columns) or "1 AS one", kinds


def _left_join(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    left = _solutions(script, part.p1, seed)
    test = part.expr
    if any(exists_in(test)):
        raise CannotCompile("EXISTS in the filter of an OPTIONAL")
    right = _solutions(script, part.p2, _narrowed(script, left, part.p2) if _is_alone(part.p2, left) else seed)
    on = _compatible(left, right)
    merged, kinds = _merged(left, right, set(right.kinds))
    if not _is_true(test):
        known = right.variables() | left.variables()
        for name in left.maybe & set(right.kinds):
            raise CannotCompile(f"an OPTIONAL whose filter sees ?{name}, bound perhaps before it")
        on += f" AND ({condition(test, Scope(known, script.nodes))})"
    maybe = left.maybe | (set(right.kinds) - set(left.kinds))
    sql = f"SELECT {merged}\nFROM {left.step}\nLEFT JOIN {right.step} ON {on}"
    return script.solutions("optional", sql, kinds, maybe)


def _is_true(test: Any) -> bool:
    return isinstance(test, CompValue) and test.name == "TrueFilter"


def _narrowed(script: Script, outer: Solutions, part: Any) -> Solutions:
    """The distinct values of those variables of some solutions that a part of the query mentions."""
    names = variables_in(part) & set(outer.kinds)
    kinds = {name: outer.kinds[name] for name in names}
    return script.solutions("given", f"SELECT DISTINCT {outer.listed(names)} FROM {outer.step}", kinds)


def _union(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    return either(script, [_solutions(script, p, seed) for p in (part.p1, part.p2)])


def either(script: Script, sides: Sequence[Solutions]) -> Solutions:
    """All solutions of several relations; what one does not bind is unbound."""
    names = sorted(set().union(*(side.kinds for side in sides)))
    kinds = {n: terms.common([side.kinds[n] for side in sides if n in side.kinds]) for n in names}
    selects = []
    for side in sides:
        columns = [
            f"{terms.coerced(side.variable(n), kinds[n]) if n in side.kinds else f'NULL::{kinds[n].sql}'} AS {column(n)}"
            for n in names
        ]
        selects.append(f"SELECT {', '.join(columns) or '1 AS one'} FROM {side.step}")
    maybe = {n for n in names for side in sides if n not in side.kinds or n in side.maybe}
    return script.solutions("either", "\nUNION ALL\n".join(selects), kinds, maybe)


def _filter(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    found = _solutions(script, part.p, seed)
    scope = _scope(script, part.expr, found)
    tests = "\n  AND ".join(f"({condition(c, scope)})" for c in conditions(part.expr))
    sql = f"SELECT {found.listed()}\nFROM {found.step}\nWHERE {tests}"
    return script.solutions("filtered", sql, found.kinds, found.maybe)


def _scope(script: Script, e: Any, found: Solutions) -> Scope:
    """What an expression on some solutions can see, its EXISTS compiled."""
    exists = {id(test): _exists(script, test, found) for test in exists_in(e)}
    return Scope(found.variables(), script.nodes, exists)


def _exists(script: Script, test: CompValue, outer: Solutions) -> str:
    """The condition that a pattern has a solution with the variables of an outer solution put in."""
    graph = test.graph
    names = variables_in(graph) & set(outer.kinds)
    if names & outer.maybe:
        raise CannotCompile("EXISTS on a variable that may be unbound")
    inner = _solutions(script, graph, _narrowed(script, outer, graph))
    on = " AND ".join(terms.same(inner.variable(n), outer.variable(n)) for n in sorted(names)) or "true"
    return f"EXISTS (SELECT 1 FROM {inner.step} WHERE {on})"


def _extend(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    found = _solutions(script, part.p, seed)
    name = str(part.var)
    if name in found.kinds:
        if name in seed.kinds and str(part.expr).startswith("__agg"):
            return found  # rdflib's way of carrying a key of GROUP BY along
        raise CannotCompile(f"?{name} bound twice")
    value = expression(part.expr, _scope(script, part.expr, found))
    sql = f"SELECT {found.listed()}, {value.sql} AS {column(name)}\nFROM {found.step}"
    return script.solutions("extended", sql, {**found.kinds, name: value.kind}, found.maybe | {name})


def _project(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    shown = {str(v) for v in part.PV}
    found = _solutions(script, part.p, seed)
    kept = [name for name in sorted(found.kinds) if name in shown or name in seed.kinds]
    kinds = {name: found.kinds[name] for name in kept}
    sql = f"SELECT {found.listed(kept)} FROM {found.step}"
    return script.solutions("selected", sql, kinds, found.maybe & set(kept))


def _sub_select(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    projection = part.p
    while projection.name != "Project":
        projection = projection.p
    hidden = (variables_in(projection.p) - {str(v) for v in projection.PV}) & set(seed.kinds)
    if hidden:
        raise CannotCompile(f"a sub-select that hides ?{min(hidden)}")
    return _solutions(script, part.p, seed)


def _distinct(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    found = _solutions(script, part.p, seed)
    sql = f"SELECT DISTINCT {found.listed()} FROM {found.step}"
    return script.solutions("distinct_rows", sql, found.kinds, found.maybe)


def _same_solutions(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    return _solutions(script, part.p, seed)


# ---- aggregates -----------------------------------------------------------------------------------------------------


def _aggregates(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    """Groups and their aggregates. Without GROUP BY each row of the seed has one group, be it empty."""
    group = part.p
    found = _solutions(script, group.p, seed)
    by = list(group.expr or ())
    if not all(isinstance(key, Variable) for key in by):
        raise CannotCompile("GROUP BY an expression")
    keys = sorted(({str(key) for key in by} | set(seed.kinds)) & set(found.kinds))
    kinds = {key: found.kinds[key] for key in keys}
    columns = [found.variable(key).sql + f" AS {column(key)}" for key in keys]
    empty = {}
    scope = Scope(found.variables(), script.nodes)
    for aggregate in part.A:
        name = str(aggregate.res)
        value, of_nothing = _aggregate(aggregate, scope)
        columns.append(f"{value.sql} AS {column(name)}")
        kinds[name] = value.kind
        empty[name] = of_nothing
    groups = f" GROUP BY {', '.join(found.variable(key).sql for key in keys)}" if keys else ""
    sql = f"SELECT {', '.join(columns)}\nFROM {found.step}{groups}"
    grouped = script.solutions("grouped", sql, kinds, (found.maybe & set(keys)) | set(empty))
    if by or not keys:
        return grouped
    shown = [
        f"{seed.variable(n).sql} AS {column(n)}" if n in seed.kinds
        else f"COALESCE({grouped.variable(n).sql}, {empty[n]}) AS {column(n)}"
        for n in sorted(kinds)
    ]  # fmt: skip
    sql = f"SELECT {', '.join(shown)}\nFROM {seed.step}\nLEFT JOIN {grouped.step} ON {_compatible(seed, grouped)}"
    return script.solutions("grouped", sql, kinds, empty)


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


# ---- basic graph patterns -------------------------------------------------------------------------------------------


def _basic_pattern(script: Script, part: CompValue, seed: Solutions) -> Solutions:
    return _basic(script, part.triples, seed)


def _basic(script: Script, triples: Sequence[Triple], seed: Solutions) -> Solutions:
    """The solutions of triples: predicates as joins of their relations; then paths that repeat or choose, one by one."""
    simple, others = _expanded(script, triples)
    found = _joins(script, simple, seed)
    while others:
        # A path that starts from something bound is followed from there, so such paths come first.
        at = next(
            (i for i, (s, _, o) in enumerate(others) if _is_bound(script, s, found) or _is_bound(script, o, found)), 0
        )
        found = _along(script, others.pop(at), found)
    shown = [name for name in found.kinds if not name.startswith("_") or name in seed.kinds]
    if len(shown) == len(found.kinds):
        return found
    sql = f"SELECT {found.listed(shown)} FROM {found.step}"  # blank nodes are seen in their own pattern only
    return script.solutions("shown", sql, {name: found.kinds[name] for name in shown}, found.maybe & set(shown))


def _expanded(script: Script, triples: Sequence[Triple]) -> tuple[list[Triple], list[Triple]]:
    """Triples with sequences and inverses resolved: those with a plain predicate, and those with any other path."""
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
        elif isinstance(p, URIRef):
            simple.append((s, p, o))
        elif isinstance(p, AlternativePath | MulPath):
            others.append((s, p, o))
        else:
            raise CannotCompile("a predicate that is a variable" if isinstance(p, Variable) else f"the path {p}")
    return simple, others


def _name(script: Script, term: Any) -> str | None:
    """The name of a variable, or of the blank node that stands for one; None for a constant."""
    if isinstance(term, Variable):
        return str(term)
    return script.blank(term) if isinstance(term, BNode) else None


def _is_bound(script: Script, term: Any, found: Solutions) -> bool:
    name = _name(script, term)
    return name is None or name in found.kinds


def _joins(script: Script, triples: Sequence[Triple], seed: Solutions) -> Solutions:
    """Triples with plain predicates as joins of their relations to the seed."""
    if not triples:
        return seed
    bound = seed.variables()
    maybe = set(seed.maybe)
    tables = [seed.step]
    waiting = list(triples)
    for i in range(len(triples)):
        # One that shares something with those before it comes first, so that the statement reads as a chain.
        linked = (t for t in waiting if any(_name(script, term) in bound for term in (t[0], t[2])))
        s, p, o = triple = next(linked, waiting[0])
        waiting.remove(triple)
        alias = f"t{i + 1}"
        if p == RDF.type and isinstance(o, URIRef):
            relation = f"{script.cls(str(o))} {alias}"
            ends = [(s, Expr(f"{alias}.s", Kind.NODE))]
        else:
            relation, subject, value = script.pairs(str(p), alias)
            ends = [(s, subject), (o, value)]
        on = [test for term, here in ends if (test := _met(script, term, here, bound, maybe)) is not None]
        tables.append(f"JOIN {relation} ON {' AND '.join(on) or 'true'}")
    columns = ", ".join(f"{bound[name].sql} AS {column(name)}" for name in sorted(bound)) or "1 AS one"
    kinds = {name: e.kind for name, e in bound.items()}
    return script.solutions("matched", f"SELECT {columns}\nFROM " + "\n".join(tables), kinds, maybe)


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
        return either(script, [_basic(script, [(s, step, o)], found) for step in path.args])
    if not _is_bound(script, s, found) and _is_bound(script, o, found):
        s, path, o = o, reversed_path(path), s
    return _repeated(script, s, path, o, found)


def _repeated(script: Script, s: Any, path: MulPath, o: Any, found: Solutions) -> Solutions:
    """Solutions extended along a path that repeats, from all that its start is bound to; from all nodes if unbound."""
    nothing = script.solutions("nothing", "SELECT 1 AS one", {})
    step = _basic(script, [(Variable("s"), path.path, Variable("o"))], nothing)
    name = _name(script, s)
    if name is None:
        start = Expr(terms.constant(s, script.nodes).sql, terms.constant(s, script.nodes).kind)
        begin, kind = f"SELECT {start.sql} AS a", start.kind
    elif name in found.kinds:
        if name in found.maybe:
            raise CannotCompile("a path from a variable that may be unbound")
        kind = found.kinds[name]
        begin = f"SELECT DISTINCT {found.variable(name).sql} AS a FROM {found.step}"
    else:
        kind = Kind.NODE
        begin = "SELECT n.id AS a FROM node n"
    begun = script.step("begin", begin)
    end = terms.common([kind, step.kinds["o"]]) if path.mod in "*?" else step.kinds["o"]
    zero = f"SELECT a, {terms.coerced(Expr('a', kind), end)} AS b FROM {begun}"
    here, there = step.variable("s"), terms.coerced(step.variable("o"), end)
    one = (
        f"SELECT {begun}.a, {there} AS b FROM {begun} JOIN {step.step} ON {terms.same(Expr(f'{begun}.a', kind), here)}"
    )
    more = f"SELECT r.a, {there} AS b FROM reached r JOIN {step.step} ON {terms.same(Expr('r.b', end), here)}"
    first = {"*": zero, "?": f"{zero}\nUNION\n{one}", "+": one}[path.mod]
    reached = script.step("reached", first)
    if path.mod != "?":
        script.steps[-1] = (f"{reached}(a, b)", f"{first}\nUNION\n{more.replace('reached r', f'{reached} r')}")
    bound, maybe = found.variables(), set(found.maybe)
    on = [
        test
        for term, side in ((s, Expr(f"{reached}.a", kind)), (o, Expr(f"{reached}.b", end)))
        if (test := _met(script, term, side, bound, maybe)) is not None
    ]
    columns = ", ".join(f"{bound[n].sql} AS {column(n)}" for n in sorted(bound)) or "1 AS one"
    sql = f"SELECT {columns}\nFROM {found.step}\nJOIN {reached} ON {' AND '.join(on) or 'true'}"
    return script.solutions("followed", sql, {n: e.kind for n, e in bound.items()}, maybe)


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
