"""RDF terms as SQL expressions: constants, the parts of a term, and how two terms compare in SPARQL.

An expression that errs in SPARQL, and a variable that is unbound, are NULL in SQL, so that AND, OR and COALESCE mean
the same in both.
"""

from __future__ import annotations

import re

from rdflib import BNode, Literal
from rdflib.namespace import RDF, XSD
from rdflib.term import Identifier

from checker.facts.terms import BLANK, Expr, Kind, as_term, datatype_name, encoded, is_node, lexical, node, quoted

__all__ = [
    "BLANK",
    "CannotCompile",
    "Expr",
    "Kind",
    "as_term",
    "boolean",
    "coerced",
    "common",
    "constant",
    "datatype",
    "datatype_iri",
    "datatype_name",
    "date",
    "effective",
    "encoded",
    "equal",
    "iri",
    "is_blank",
    "is_node",
    "language",
    "lexical",
    "literal",
    "node",
    "null",
    "number",
    "ordered",
    "parameter",
    "quoted",
    "same",
    "string",
    "text",
    "well_formed",
]

_XSD = str(XSD)


# The datatypes that are integers, with their least and greatest value (XML Schema Part 2, 3.4).
_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
_NUMBERS = (*_INTEGERS, "decimal", "double", "float")


class CannotCompile(Exception):  # noqa: N818 - not an error: the reference engine takes over
    """A form that the compiler does not know; the text names it."""


def null(kind: Kind) -> Expr:
    """An unbound variable or an error, of a kind."""
    return Expr(f"NULL::{kind.sql}", kind)


def literal(term: Literal) -> Expr:
    """A literal as an expression: a value where its form is the canonical one of its datatype, else a term."""
    name = datatype_name(term)
    text = str(term)
    match name:
        case "string":
            return Expr(quoted(text), Kind.STRING)
        case "boolean" if text in ("true", "false"):
            return Expr(text, Kind.BOOLEAN)
        case "integer" if re.fullmatch(r"0|-?[1-9]\d{0,17}", text):
            return Expr(text, Kind.INTEGER)
        case "decimal" if re.fullmatch(r"-?(0|[1-9]\d{0,25})\.(0|\d{0,5}[1-9])", text) and text != "-0.0":
            return Expr(f"{text}::{Kind.DECIMAL.sql}", Kind.DECIMAL)
        case "date" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) and term.value is not None:
            return Expr(f"DATE '{text}'", Kind.DATE)
    return Expr(quoted(encoded(term)), Kind.TERM)


# ---- parts of a term ------------------------------------------------------------------------------------------------


def iri(e: Expr) -> str:
    """The IRI of a node (a blank node's name begins as BLANK does), NULL for a literal."""
    return f"iri({node(e)})"


def datatype(e: Expr) -> str:
    """The short name of a literal's datatype, or its language with @; NULL for a node."""
    if e.kind is Kind.TERM:
        return f"CASE WHEN {is_node(e)} THEN NULL ELSE split_part({e.sql}, '\"', 1) END"
    return "NULL::VARCHAR" if e.kind is Kind.NODE else f"CASE WHEN {e.sql} IS NOT NULL THEN '{e.kind}' END"


def datatype_iri(e: Expr) -> str:
    """The IRI of a literal's datatype as text, NULL for a node."""
    name = datatype(e)
    return (
        f"CASE WHEN {name} LIKE '@%' THEN '{RDF.langString}' WHEN {name} LIKE '%:%' THEN {name} "
        f"ELSE '{_XSD}' || {name} END"
    )


def language(e: Expr) -> str:
    """The language of a literal, '' where it has none; NULL for a node."""
    name = datatype(e)
    return f"CASE WHEN {name} LIKE '@%' THEN substr({name}, 2) WHEN {name} IS NOT NULL THEN '' END"


def text(e: Expr) -> str:
    """What STR() gives: the IRI of a node, the lexical form of a literal; NULL for a blank node."""
    if e.kind is Kind.NODE:
        return f"CASE WHEN iri({e.sql}) NOT LIKE '{BLANK}%' THEN iri({e.sql}) END"
    if e.kind is Kind.TERM:
        return f"COALESCE({lexical(e)}, {text(Expr(node(e), Kind.NODE))})"
    return lexical(e)


def string(e: Expr) -> str:
    """The text of a string literal, with or without a language; NULL, an error, for anything else."""
    if e.kind is Kind.TERM:
        return f"CASE WHEN {datatype(e)} = 'string' OR {datatype(e)} LIKE '@%' THEN {lexical(e)} END"
    return e.sql if e.kind is Kind.STRING else "NULL::VARCHAR"


def number(e: Expr) -> Expr:
    """The number that a numeric literal is; NULL, an error, for anything else."""
    if e.kind.is_number:
        return e
    if e.kind is Kind.TERM:
        # Exact where the datatype is exact: a double would make 0.1 + 0.2 differ from 0.3.
        listed = ", ".join(quoted(name) for name in _NUMBERS)
        return Expr(
            f"CASE WHEN {datatype(e)} IN ({listed}) THEN TRY_CAST({lexical(e)} AS {Kind.DECIMAL.sql}) END", Kind.DECIMAL
        )
    return null(Kind.DECIMAL)


def date(e: Expr) -> str:
    """The day of an xsd:date; NULL, an error, for anything else."""
    if e.kind is Kind.TERM:
        return f"CASE WHEN {datatype(e)} = 'date' THEN TRY_CAST({lexical(e)} AS DATE) END"
    return e.sql if e.kind is Kind.DATE else "NULL::DATE"


def _moment(e: Expr, zoned: bool) -> str:
    """The moment of an xsd:dateTime with (or without) a time zone; NULL, an error, for anything else."""
    if e.kind is not Kind.TERM:
        return "NULL::TIMESTAMP"
    form = f"regexp_matches({lexical(e)}, '(Z|[+-]\\d\\d:\\d\\d)$')"
    kind = "TIMESTAMPTZ" if zoned else "TIMESTAMP"
    return f"CASE WHEN {datatype(e)} = 'dateTime' AND {form if zoned else f'NOT {form}'} THEN TRY_CAST({lexical(e)} AS {kind}) END"


def boolean(e: Expr) -> str:
    """The value of a boolean literal; NULL, an error, for anything else."""
    if e.kind is Kind.TERM:
        lex = lexical(e)
        value = f"CASE WHEN {lex} IN ('true', '1') THEN true WHEN {lex} IN ('false', '0') THEN false END"
        return f"CASE WHEN {datatype(e)} = 'boolean' THEN {value} END"
    return e.sql if e.kind is Kind.BOOLEAN else "NULL::BOOLEAN"


def effective(e: Expr) -> str:
    """The effective boolean value (SPARQL 1.1, 17.2.2); NULL, an error, where there is none."""
    match e.kind:
        case Kind.BOOLEAN:
            return e.sql
        case Kind.STRING:
            return f"({e.sql}) <> ''"
        case Kind.TERM:
            return f"COALESCE({boolean(e)}, {number(e).sql} <> 0, {string(e)} <> '')"
        case Kind.NODE | Kind.DATE:
            return "NULL::BOOLEAN"
    return f"({e.sql}) <> 0"


# ---- comparing ------------------------------------------------------------------------------------------------------


def common(kinds: list[Kind]) -> Kind:
    """The kind of a column that may hold what any of these hold."""
    return kinds[0] if len(set(kinds)) == 1 else Kind.TERM


def coerced(e: Expr, kind: Kind) -> str:
    """An expression as a column of this kind, its own or TERM, holds it."""
    return e.sql if e.kind is kind else as_term(e)


def same(a: Expr, b: Expr) -> str:
    """Whether two bound expressions are the same term."""
    if a.kind is b.kind:
        return f"{a.sql} = {b.sql}"
    return f"{as_term(a)} = {as_term(b)}" if Kind.TERM in (a.kind, b.kind) else "false"


def equal(a: Expr, b: Expr) -> str:
    """SPARQL's ``=``: by value for numbers, strings, booleans, dates; literals that cannot be compared err (NULL)."""
    if a.kind is b.kind and a.kind is not Kind.TERM:
        return f"{a.sql} = {b.sql}"
    if a.kind.is_number and b.kind.is_number:
        return f"{a.sql} = {b.sql}"
    if Kind.TERM in (a.kind, b.kind):
        by_value = ", ".join(f"{x} = {y}" for x, y in _comparable(a, b))
        alike = f"CASE WHEN {same(a, b)} THEN true WHEN {is_node(a)} OR {is_node(b)} THEN false END"
        return f"COALESCE({alike}, {by_value})"
    return "false" if Kind.NODE in (a.kind, b.kind) else "NULL::BOOLEAN"


def ordered(a: Expr, operator: str, b: Expr) -> str:
    """SPARQL's ``<``, ``<=``, ``>``, ``>=``; NULL, an error, for what has no order."""
    if a.kind is b.kind and a.kind not in (Kind.TERM, Kind.NODE):
        return f"{a.sql} {operator} {b.sql}"
    if a.kind.is_number and b.kind.is_number:
        return f"{a.sql} {operator} {b.sql}"
    pairs = [(x, y) for x, y in _comparable(a, b)] if Kind.TERM in (a.kind, b.kind) else []
    return f"COALESCE({', '.join(f'{x} {operator} {y}' for x, y in pairs)})" if pairs else "NULL::BOOLEAN"


def _comparable(a: Expr, b: Expr) -> list[tuple[str, str]]:
    """The values of two terms side by side, by sort of value; a pair is NULL where either is of another sort."""
    return [
        (number(a).sql, number(b).sql),
        (_plain(a), _plain(b)),
        (boolean(a), boolean(b)),
        (date(a), date(b)),
        (_moment(a, True), _moment(b, True)),
        (_moment(a, False), _moment(b, False)),
    ]


def _plain(e: Expr) -> str:
    """The text of an xsd:string."""
    if e.kind is Kind.TERM:
        return f"CASE WHEN {datatype(e)} = 'string' THEN {lexical(e)} END"
    return e.sql if e.kind is Kind.STRING else "NULL::VARCHAR"


def well_formed(datatype_name: str, lex: str) -> str | None:
    """Whether a lexical form is one of a datatype; None for a datatype of which every form is."""
    if datatype_name in _INTEGERS:
        least, most = _INTEGERS[datatype_name]
        value = f"TRY_CAST({lex} AS HUGEINT)"
        bounds = [f"{value} >= {least}"] * (least is not None) + [f"{value} <= {most}"] * (most is not None)
        return " AND ".join([f"regexp_full_match({lex}, '[+-]?[0-9]+')", *bounds])
    forms = {
        "decimal": f"regexp_full_match({lex}, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)')",
        "double": f"(TRY_CAST({lex} AS DOUBLE) IS NOT NULL OR {lex} IN ('INF', '-INF', 'NaN'))",
        "float": f"(TRY_CAST({lex} AS DOUBLE) IS NOT NULL OR {lex} IN ('INF', '-INF', 'NaN'))",
        "boolean": f"{lex} IN ('true', 'false', '1', '0')",
        "date": f"TRY_CAST(substr({lex}, 1, 10) AS DATE) IS NOT NULL",
        "dateTime": f"(TRY_CAST({lex} AS TIMESTAMPTZ) IS NOT NULL AND {lex} LIKE '%T%')",
    }
    return forms.get(datatype_name)


def is_blank(e: Expr) -> str:
    """Whether a term is a blank node."""
    return f"COALESCE({iri(e)} LIKE '{BLANK}%', false)"


def constant(term: Identifier, nodes: dict[str, str]) -> Expr:
    """A constant term. ``nodes`` collects IRI -> the name of the parameter that stands for its node."""
    if isinstance(term, Literal):
        return literal(term)
    if isinstance(term, BNode):
        raise CannotCompile("a blank node as a constant")
    return Expr(f"${parameter(str(term), nodes)}", Kind.NODE)


def parameter(name: str, nodes: dict[str, str]) -> str:
    """The name of the parameter for the node of an IRI: the end of the IRI, numbered where two end alike."""
    if name not in nodes:
        stem = re.sub(r"\W", "_", "_".join(re.split(r"[/#]", name)[-2:])).lstrip("_0123456789").rstrip("_") or "node"
        taken = {other.lower() for other in nodes.values()}  # SQL's names know no case
        candidate, count = stem, 1
        while candidate.lower() in taken:
            count += 1
            candidate = f"{stem}_{count}"
        nodes[name] = candidate
    return nodes[name]
