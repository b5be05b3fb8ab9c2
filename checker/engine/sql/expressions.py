"""SPARQL expressions as SQL expressions: one function per form. An error is NULL, as SPARQL's logic has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rdflib import Literal, Variable
from rdflib.namespace import XSD
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Identifier

from checker.engine.sql import terms
from checker.engine.sql.terms import CannotCompile, Expr, Kind

_EXISTS = ("Builtin_EXISTS", "Builtin_NOTEXISTS")


@dataclass(frozen=True)
class Scope:
    """What an expression can see: its variables, and for each EXISTS in it the column that says whether it holds.

    ``nodes``: see ``terms.constant``.
    """

    variables: Mapping[str, Expr]
    nodes: dict[str, str]
    exists: Mapping[int, str] = field(default_factory=dict)


def conditions(e: Any) -> list[Any]:
    """The conjuncts of a filter."""
    if isinstance(e, CompValue) and e.name == "ConditionalAndExpression":
        return [c for part in (e.expr, *e.other) for c in conditions(part)]
    return [e]


def exists_in(e: Any) -> Iterator[CompValue]:
    """The EXISTS and NOT EXISTS of an expression."""
    if isinstance(e, CompValue) and e.name in _EXISTS:
        yield e
    elif isinstance(e, CompValue):
        for value in e.values():
            yield from exists_in(value)
    elif isinstance(e, list | tuple):
        for part in e:
            yield from exists_in(part)


def variables_in(part: Any) -> set[str]:
    """The names of the variables that a part of a query mentions, sub-selects and paths included."""
    if isinstance(part, Variable):
        return {str(part)}
    if isinstance(part, CompValue):
        return set().union(*(variables_in(value) for key, value in part.items() if key != "_vars"))
    if isinstance(part, list | tuple):
        return set().union(*(variables_in(value) for value in part))
    return set()


def condition(e: Any, scope: Scope) -> str:
    """An expression as the condition of a filter: its effective boolean value."""
    return terms.effective(expression(e, scope))


def expression(e: Any, scope: Scope) -> Expr:
    """An expression. Raises CannotCompile for a form or function that is not known."""
    if isinstance(e, Variable):
        return scope.variables.get(str(e), terms.null(Kind.TERM))
    if isinstance(e, Identifier):
        return terms.constant(e, scope.nodes)
    if isinstance(e, CompValue) and e.name in _FORMS:
        return _FORMS[e.name](e, scope)
    raise CannotCompile(f"the expression {getattr(e, 'name', type(e).__name__)}")


# ---- operators ------------------------------------------------------------------------------------------------------


def _logic(word: str) -> Callable[[CompValue, Scope], Expr]:
    def form(e: CompValue, scope: Scope) -> Expr:
        parts = [f"({condition(part, scope)})" for part in (e.expr, *e.other)]
        return Expr("(" + f" {word} ".join(parts) + ")", Kind.BOOLEAN)

    return form


def _not(e: CompValue, scope: Scope) -> Expr:
    return Expr(f"NOT ({condition(e.expr, scope)})", Kind.BOOLEAN)


def _relation(e: CompValue, scope: Scope) -> Expr:
    left = expression(e.expr, scope)
    if e.op in ("IN", "NOT IN"):
        found = [terms.equal(left, expression(part, scope)) for part in e.other]
        among = " OR ".join(f"({f})" for f in found) or "false"
        return Expr(f"({among})" if e.op == "IN" else f"NOT ({among})", Kind.BOOLEAN)
    right = expression(e.other, scope)
    if e.op in ("=", "!="):
        alike = terms.equal(left, right)
        return Expr(f"({alike})" if e.op == "=" else f"NOT ({alike})", Kind.BOOLEAN)
    return Expr(f"({terms.ordered(left, e.op, right)})", Kind.BOOLEAN)


def _arithmetic(e: CompValue, scope: Scope) -> Expr:
    found = terms.number(expression(e.expr, scope))
    for operator, part in zip(e.op, e.other, strict=True):
        found = _combined(found, operator, terms.number(expression(part, scope)))
    return found


def _combined(a: Expr, operator: str, b: Expr) -> Expr:
    """Arithmetic on numbers: integers stay integers but in division, decimals are exact to six places."""
    kind = Kind.DOUBLE if Kind.DOUBLE in (a.kind, b.kind) else max(a.kind, b.kind, key=_WIDTH.index)
    if operator == "/":
        kind = Kind.DECIMAL if kind is Kind.INTEGER else kind
        quotient = f"({a.sql})::DOUBLE / NULLIF(({b.sql})::DOUBLE, 0)"
        return Expr(f"TRY_CAST({quotient} AS {kind.sql})", kind)
    if operator == "*" and kind is Kind.DECIMAL:
        # The product of two DECIMAL(38,6) has no room in 38 digits; twelve places and 26 digits are enough for plans.
        return Expr(f"({a.sql})::DECIMAL(19,6) * ({b.sql})::DECIMAL(19,6)", Kind.DECIMAL)
    return Expr(f"({a.sql} {operator} {b.sql})", kind)


_WIDTH = [Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE]


def _minus(e: CompValue, scope: Scope) -> Expr:
    number = terms.number(expression(e.expr, scope))
    return Expr(f"-({number.sql})", number.kind)


# ---- functions ------------------------------------------------------------------------------------------------------


def _bound(e: CompValue, scope: Scope) -> Expr:
    return Expr(f"({expression(e.arg, scope).sql}) IS NOT NULL", Kind.BOOLEAN)


def _exists(e: CompValue, scope: Scope) -> Expr:
    holds = scope.exists[id(e)]
    return Expr(holds if e.name == "Builtin_EXISTS" else f"NOT {holds}", Kind.BOOLEAN)


def _coalesce(e: CompValue, scope: Scope) -> Expr:
    return _choice([expression(part, scope) for part in e.arg], lambda parts: f"COALESCE({', '.join(parts)})")


def _if(e: CompValue, scope: Scope) -> Expr:
    test = condition(e.arg1, scope)
    branches = [expression(e.arg2, scope), expression(e.arg3, scope)]
    return _choice(branches, lambda parts: f"CASE WHEN {test} THEN {parts[0]} WHEN NOT ({test}) THEN {parts[1]} END")


def _choice(found: list[Expr], joined: Callable[[list[str]], str]) -> Expr:
    """One of several expressions, of their common kind."""
    kind = terms.common([f.kind for f in found])
    return Expr(joined([terms.coerced(f, kind) for f in found]), kind)


def _same_term(e: CompValue, scope: Scope) -> Expr:
    return Expr(f"({terms.same(expression(e.arg1, scope), expression(e.arg2, scope))})", Kind.BOOLEAN)


def _str(e: CompValue, scope: Scope) -> Expr:
    return Expr(terms.text(expression(e.arg, scope)), Kind.STRING)


def _of_string(sql: str, kind: Kind) -> Callable[[CompValue, Scope], Expr]:
    """A function of one string; ``sql`` has {} where it goes."""

    def form(e: CompValue, scope: Scope) -> Expr:
        return Expr(sql.format(terms.string(expression(e.arg, scope))), kind)

    return form


def _of_two_strings(sql: str, kind: Kind) -> Callable[[CompValue, Scope], Expr]:
    def form(e: CompValue, scope: Scope) -> Expr:
        two = (terms.string(expression(arg, scope)) for arg in (e.arg1, e.arg2))
        return Expr(sql.format(*two), kind)

    return form


def _of_number(sql: str) -> Callable[[CompValue, Scope], Expr]:
    """A function of one number that gives a number of the same kind."""

    def form(e: CompValue, scope: Scope) -> Expr:
        number = terms.number(expression(e.arg, scope))
        return Expr(f"({sql.format(number.sql)})::{number.kind.sql}", number.kind)

    return form


def _part_of_date(part: str) -> Callable[[CompValue, Scope], Expr]:
    def form(e: CompValue, scope: Scope) -> Expr:
        return Expr(f"EXTRACT({part} FROM {terms.date(expression(e.arg, scope))})", Kind.INTEGER)

    return form


def _test(test: Callable[[Expr], str]) -> Callable[[CompValue, Scope], Expr]:
    """A test of what sort of term something is; an unbound variable errs."""

    def form(e: CompValue, scope: Scope) -> Expr:
        arg = expression(e.arg, scope)
        return Expr(f"CASE WHEN {arg.sql} IS NOT NULL THEN {test(arg)} END", Kind.BOOLEAN)

    return form


def _concat(e: CompValue, scope: Scope) -> Expr:
    parts = [terms.string(expression(part, scope)) for part in e.arg]
    return Expr("(" + " || ".join(parts) + ")" if parts else "''", Kind.STRING)


def _substring(e: CompValue, scope: Scope) -> Expr:
    text = terms.string(expression(e.arg, scope))
    start = terms.number(expression(e.start, scope)).sql
    length = f", ({terms.number(expression(e.length, scope)).sql})::BIGINT" if e.length is not None else ""
    return Expr(f"substr({text}, ({start})::BIGINT{length})", Kind.STRING)


def _lang_matches(e: CompValue, scope: Scope) -> Expr:
    tag, wanted = (f"lower({terms.string(expression(arg, scope))})" for arg in (e.arg1, e.arg2))
    return Expr(language_matches(tag, wanted), Kind.BOOLEAN)


def language_matches(tag: str, wanted: str) -> str:
    """Whether a language tag is in a basic range (RFC 4647), both in lower case."""
    return f"CASE WHEN {wanted} = '*' THEN {tag} <> '' ELSE {tag} = {wanted} OR starts_with({tag}, {wanted} || '-') END"


def _regex(e: CompValue, scope: Scope) -> Expr:
    pattern, flags = e.pattern, e.flags
    if not isinstance(pattern, Literal) or not (flags is None or isinstance(flags, Literal)):
        raise CannotCompile("REGEX with a pattern that is not a constant")
    return Expr(matches(terms.string(expression(e.text, scope)), str(pattern), str(flags or "")), Kind.BOOLEAN)


def matches(text: str, pattern: str, flags: str) -> str:
    """Whether a text has a part that a pattern matches. Forms that SQL's dialect lacks cannot be compiled."""
    if any(form in pattern for form in ("(?=", "(?!", "(?<", "\\i", "\\c", "-[")) or set(flags) - set("ims"):
        raise CannotCompile(f"the pattern {pattern}")
    return f"regexp_matches({text}, {terms.quoted(pattern)}{f', {terms.quoted(flags)}' if flags else ''})"


def _cast(e: CompValue, scope: Scope) -> Expr:
    """A constructor function of XSD."""
    if len(e.expr) != 1 or str(e.iri) not in _CASTS:
        raise CannotCompile(f"the function {e.iri}")
    kind = _CASTS[str(e.iri)]
    arg = expression(e.expr[0], scope)
    if kind is Kind.STRING:
        return Expr(terms.text(arg), kind)
    if arg.kind is kind:
        return arg
    source = arg.sql if arg.kind.is_number else terms.lexical(arg)
    return Expr(f"TRY_CAST({source} AS {kind.sql})", kind)


_CASTS = {
    str(XSD.string): Kind.STRING,
    str(XSD.decimal): Kind.DECIMAL,
    str(XSD.integer): Kind.INTEGER,
    str(XSD.double): Kind.DOUBLE,
    str(XSD.date): Kind.DATE,
}

_FORMS: Mapping[str, Callable[[Any, Scope], Expr]] = {
    "ConditionalAndExpression": _logic("AND"),
    "ConditionalOrExpression": _logic("OR"),
    "UnaryNot": _not,
    "UnaryMinus": _minus,
    "UnaryPlus": lambda e, scope: terms.number(expression(e.expr, scope)),
    "RelationalExpression": _relation,
    "AdditiveExpression": _arithmetic,
    "MultiplicativeExpression": _arithmetic,
    "Builtin_BOUND": _bound,
    "Builtin_EXISTS": _exists,
    "Builtin_NOTEXISTS": _exists,
    "Builtin_COALESCE": _coalesce,
    "Builtin_IF": _if,
    "Builtin_sameTerm": _same_term,
    "Builtin_STR": _str,
    "Builtin_STRLEN": _of_string("length({})", Kind.INTEGER),
    "Builtin_UCASE": _of_string("upper({})", Kind.STRING),
    "Builtin_LCASE": _of_string("lower({})", Kind.STRING),
    "Builtin_CONTAINS": _of_two_strings("contains({}, {})", Kind.BOOLEAN),
    "Builtin_STRSTARTS": _of_two_strings("starts_with({}, {})", Kind.BOOLEAN),
    "Builtin_STRENDS": _of_two_strings("ends_with({}, {})", Kind.BOOLEAN),
    "Builtin_SUBSTR": _substring,
    "Builtin_CONCAT": _concat,
    "Builtin_REGEX": _regex,
    "Builtin_LANG": lambda e, scope: Expr(terms.language(expression(e.arg, scope)), Kind.STRING),
    "Builtin_LANGMATCHES": _lang_matches,
    "Builtin_ABS": _of_number("abs({})"),
    "Builtin_CEIL": _of_number("ceil({})"),
    "Builtin_FLOOR": _of_number("floor({})"),
    "Builtin_YEAR": _part_of_date("YEAR"),
    "Builtin_MONTH": _part_of_date("MONTH"),
    "Builtin_DAY": _part_of_date("DAY"),
    "Builtin_isIRI": _test(lambda e: f"{terms.is_node(e)} AND NOT {terms.is_blank(e)}"),
    "Builtin_isURI": _test(lambda e: f"{terms.is_node(e)} AND NOT {terms.is_blank(e)}"),
    "Builtin_isBLANK": _test(terms.is_blank),
    "Builtin_isLITERAL": _test(lambda e: f"NOT ({terms.is_node(e)})"),
    "Builtin_isNUMERIC": _test(lambda e: f"({terms.number(e).sql}) IS NOT NULL"),
    "Function": _cast,
}
