"""RDF terms in the columns of facts: the kinds that a column can be of, and how a whole term is written as text.

A column is of one kind, known before any row is read: a node (its number), a value of one datatype, or, where the
datatype is not known or differs from row to row, a whole term as text: ``#12`` for node 12, else the datatype's short
name (``@en`` for a language), a quotation mark, and the lexical form: ``decimal"3410.0``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rdflib import Literal, URIRef
from rdflib.namespace import XSD

BLANK = "urn:plancheck:blank:"  # how the names of blank nodes begin
_XSD = str(XSD)


class Kind(StrEnum):
    """What a column holds; the value of a literal's kind is the local name of its datatype."""

    NODE = "node"
    TERM = "term"
    STRING = "string"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"

    @classmethod
    def of(cls, values: str | None) -> Kind:
        """The kind in which a property's values are kept, given what they are (``Vocabulary.values_of``)."""
        if values is None:
            return cls.TERM
        return cls(values) if values in _STORED else cls.STRING

    @property
    def sql(self) -> str:
        """The SQL type of such a column."""
        return _SQL_TYPES[self]

    @property
    def is_number(self) -> bool:
        return self in (Kind.DECIMAL, Kind.INTEGER, Kind.DOUBLE)


_SQL_TYPES = {
    Kind.NODE: "BIGINT",
    Kind.TERM: "VARCHAR",
    Kind.STRING: "VARCHAR",
    Kind.DECIMAL: "DECIMAL(38,6)",
    Kind.INTEGER: "BIGINT",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
}
_STORED = ("node", "decimal", "integer", "boolean", "date")


@dataclass(frozen=True)
class Expr:
    """A SQL expression and what it holds."""

    sql: str
    kind: Kind


def quoted(text: str) -> str:
    """A string literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def datatype_name(term: Literal) -> str:
    """How a literal's datatype or language is written in a term: short for those of XSD."""
    if term.language:
        return f"@{term.language.lower()}"
    datatype = str(term.datatype or XSD.string)
    return datatype.removeprefix(_XSD)


def encoded(term: Literal | int) -> str:
    """A literal, or the node of this number, as a column of kind TERM holds it."""
    return f"#{term}" if isinstance(term, int) else f'{datatype_name(term)}"{term}'


def decoded(text: str) -> Literal | int:
    """The literal, or the number of the node, that a column of kind TERM holds."""
    if text.startswith("#"):
        return int(text[1:])
    name, _, lexical = text.partition('"')
    if name.startswith("@"):
        return Literal(lexical, lang=name[1:])
    if name == "string":
        return Literal(lexical)
    return Literal(lexical, datatype=URIRef(name if ":" in name else _XSD + name), normalize=False)


def as_term(e: Expr) -> str:
    """An expression of any kind as a whole term."""
    match e.kind:
        case Kind.TERM:
            return e.sql
        case Kind.NODE:
            return f"'#' || {e.sql}"
    return f"'{e.kind}\"' || {lexical(e)}"


def lexical(e: Expr) -> str:
    """The lexical form of a value, in the canonical form that facts have; that of a term, NULL for a node."""
    match e.kind:
        case Kind.STRING:
            return e.sql
        case Kind.DECIMAL:
            trimmed = f"rtrim(({e.sql})::VARCHAR, '0')"
            return f"{trimmed} || CASE WHEN {trimmed} LIKE '%.' THEN '0' ELSE '' END"
        case Kind.TERM:
            return f"CASE WHEN {is_node(e)} THEN NULL ELSE substr({e.sql}, strpos({e.sql}, '\"') + 1) END"
        case Kind.NODE:
            return "NULL::VARCHAR"
    return f"({e.sql})::VARCHAR"


def is_node(e: Expr) -> str:
    """Whether an expression is an IRI or a blank node."""
    if e.kind is Kind.TERM:
        return f"{e.sql} LIKE '#%'"
    return f"({e.sql}) IS NOT NULL" if e.kind is Kind.NODE else f"({e.sql}) IS NULL"


def node(e: Expr) -> str:
    """The number of the node, NULL for a literal."""
    if e.kind is Kind.TERM:
        return f"CASE WHEN {is_node(e)} THEN substr({e.sql}, 2)::BIGINT END"
    return e.sql if e.kind is Kind.NODE else "NULL::BIGINT"
