"""A SQL statement in the making: named steps (WITH …), the relations it reads, and relations of solutions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rdflib import BNode

from checker.engine.sql.terms import Expr, Kind
from checker.facts import STATEMENTS, Key, relation_name
from checker.vocabulary import Vocabulary


@dataclass(frozen=True)
class Solutions:
    """A step whose rows are solutions: a column per variable. ``maybe``: those that may be unbound (NULL) in a row."""

    step: str
    kinds: Mapping[str, Kind]
    maybe: frozenset[str] = frozenset()

    def variable(self, name: str, alias: str | None = None) -> Expr:
        """A variable as an expression, in a query that has this step under an alias (the step's name by default)."""
        return Expr(f"{alias or self.step}.{column(name)}", self.kinds[name])

    def variables(self, alias: str | None = None) -> dict[str, Expr]:
        return {name: self.variable(name, alias) for name in self.kinds}

    def listed(self, names: Iterable[str] | None = None, alias: str | None = None) -> str:
        """The columns of some variables, all by default, for a SELECT."""
        wanted = sorted(self.kinds if names is None else names)
        return ", ".join(f"{alias or self.step}.{column(name)}" for name in wanted) or "1 AS one"


@dataclass
class Script:
    """The steps of a statement, each of which may read those before it.

    ``relations``: what the store has to make. ``nodes``: IRI -> the parameter that stands for its node.
    """

    vocabulary: Vocabulary
    steps: list[tuple[str, str]] = field(default_factory=list)
    relations: set[Key] = field(default_factory=set)
    nodes: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _blanks: dict[BNode, str] = field(default_factory=dict)

    def step(self, name: str, sql: str) -> str:
        """Adds a step; its name is numbered where it is taken."""
        self._counts[name] = count = self._counts.get(name, 0) + 1
        unique = name if count == 1 else f"{name}_{count}"
        self.steps.append((unique, sql))
        return unique

    def solutions(self, name: str, sql: str, kinds: Mapping[str, Kind], maybe: Iterable[str] = ()) -> Solutions:
        """Adds a step of solutions."""
        return Solutions(self.step(name, sql), dict(kinds), frozenset(maybe))

    def blank(self, node: BNode) -> str:
        """The name of a blank node in a query, which is a variable that only its own pattern sees."""
        return self._blanks.setdefault(node, f"_{len(self._blanks) + 1}")

    def fresh(self) -> BNode:
        """A blank node that no query names."""
        self._counts["blank"] = count = self._counts.get("blank", 0) + 1
        return BNode(f"plancheck{count}")

    def cls(self, iri: str) -> str:
        """The relation (s) of a class."""
        self.relations.add(("class", iri))
        return relation_name(("class", iri))

    def prop(self, iri: str) -> str:
        """The relation (s, o, v) of a property."""
        self.relations.add(("property", iri))
        return relation_name(("property", iri))

    def statements(self) -> str:
        """The relation (s, p, term) of all statements."""
        self.relations.add(STATEMENTS)
        return relation_name(STATEMENTS)

    def kind(self, prop: str) -> Kind:
        """What the values of a property are: nodes, values of the declared datatype, terms where it is undeclared."""
        return Kind.of(self.vocabulary.values_of(prop))

    def pairs(self, prop: str, alias: str) -> tuple[str, Expr, Expr]:
        """A property's relation under an alias, and its subject and object as expressions."""
        kind = self.kind(prop)
        value = f"{alias}.{'o' if kind is Kind.NODE else 'v'}"
        return f"{self.prop(prop)} {alias}", Expr(f"{alias}.s", Kind.NODE), Expr(value, kind)

    def text(self, final: str) -> str:
        """The whole statement."""
        if not self.steps:
            return final
        steps = ",\n".join(f"{name} AS (\n{_indented(sql)}\n)" for name, sql in self.steps)
        return f"WITH RECURSIVE {steps}\n{final}"


def column(variable: str) -> str:
    """The column of a variable. SQL's names know no case, so that a capital is written as _ and the small letter."""
    return '"' + re.sub(r"[A-Z_]", lambda m: "_" + m[0].lower(), variable) + '"'


def _indented(sql: str) -> str:
    return "\n".join(f"    {line}" for line in sql.splitlines())
