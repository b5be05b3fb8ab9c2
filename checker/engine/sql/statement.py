"""What the compiler hands on: statements, and where the results of each come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rdflib.term import Identifier

from checker.facts import Key
from checker.facts.terms import Kind


@dataclass(frozen=True)
class Source:
    """Where results come from: the shape, the constraint component, the path as results name it, the severity."""

    shape: Identifier
    component: str
    path: str | None
    severity: str


@dataclass(frozen=True)
class Statement:
    """A compiled query over a table ``focus`` (this BIGINT).

    Of a shape the rows are results: k (place in ``sources``), focus and value as node and as term, path as node; of a
    SELECT they are its solutions, whose columns ``kinds`` describes. ``nodes``: IRI -> parameter for its node.
    """

    sql: str
    relations: frozenset[Key]
    nodes: Mapping[str, str]
    sources: tuple[Source, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True)
class Aggregate:
    """A number that a query makes of many solutions, taken apart.

    ``function``: Sum, Count, Avg, Min or Max; ``distinct``: whether equal values count once. ``name``: the variable that
    holds it, if one does. ``parts``: the solutions that it is made of, with what is taken of each in the column ``PART``;
    ``wholes``: for each group the variables it is grouped by, and in ``PART`` what it comes to. ``value_of``: the
    variable and the property of which it takes the values, where it takes those of a property.
    """

    function: str
    distinct: bool
    name: str | None
    parts: Statement
    wholes: Statement
    value_of: tuple[str, str] | None


PART = "what is aggregated"  # a column that no variable of a query can be
NO_STATEMENT = Statement("", frozenset(), {})
