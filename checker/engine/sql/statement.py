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


NO_STATEMENT = Statement("", frozenset(), {})
