"""A SQL statement in the making: named steps (WITH …), the relations it reads, and relations of solutions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rdflib import BNode

from checker.engine.sql.terms import Expr, Kind, coerced
from checker.facts import STATEMENTS, Key, relation_name, star_of
from checker.vocabulary import Vocabulary


@dataclass(frozen=True)
class Solutions:
    """Solutions as a SELECT in the making: a column per variable, the tables, the conditions.

    ``maybe``: the variables that may be unbound (NULL) in a row. What is done to solutions goes on with the same
    SELECT where SQL allows, so that a pattern with its filters is one step of the statement and not ten.
    """

    columns: Mapping[str, Expr]
    tables: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    maybe: frozenset[str] = frozenset()
    distinct: bool = False

    @property
    def kinds(self) -> dict[str, Kind]:
        return {name: e.kind for name, e in self.columns.items()}

    def filtered(self, *tests: str) -> Solutions:
        """Those of which conditions hold."""
        return replace(self, where=(*self.where, *tests))

    def projected(self, names: Iterable[str]) -> Solutions:
        """The same with some of the variables only."""
        kept = {name: self.columns[name] for name in sorted(names)}
        return replace(self, columns=kept, maybe=self.maybe & kept.keys())

    def of_kind(self, name: str, kind: Kind) -> Solutions:
        """The same with a variable as a column of this kind, its own or TERM."""
        return replace(self, columns={**self.columns, name: Expr(coerced(self.columns[name], kind), kind)})

    def selected(self) -> str:
        """The SELECT."""
        columns = ", ".join(named(e.sql, name) for name, e in sorted(self.columns.items())) or "1 AS one"
        return f"SELECT {'DISTINCT ' if self.distinct else ''}{columns}{self.source()}"

    def source(self, *tests: str) -> str:
        """The FROM and WHERE of the SELECT, with further conditions."""
        where = [*self.where, *tests]
        return ("\nFROM " + "\n".join(self.tables) if self.tables else "") + (
            "\nWHERE " + "\n  AND ".join(where) if where else ""
        )


NOTHING = Solutions({})  # the one empty solution


def named(sql: str, variable: str) -> str:
    """An expression as the column of a variable."""
    name = column(variable)
    return sql if re.fullmatch(rf"\w+\.{name}", sql) else f"{sql} AS {name}"


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

    def made(self, name: str, found: Solutions) -> Solutions:
        """Solutions as a step of their own, which others can read more than once."""
        if len(found.tables) == 1 and not (found.where or found.distinct) and _is_step(found):
            return found
        return self.table(self.step(name, found.selected()), found.kinds, found.maybe)

    def table(self, step: str, kinds: Mapping[str, Kind], maybe: Iterable[str] = ()) -> Solutions:
        """The rows of a step as solutions."""
        columns = {name: Expr(f"{step}.{column(name)}", kind) for name, kind in kinds.items()}
        return Solutions(columns, (step,), maybe=frozenset(maybe))

    def alias(self) -> str:
        """A name for a relation in a SELECT, not taken in this statement."""
        self._counts["alias"] = count = self._counts.get("alias", 0) + 1
        return f"t{count}"

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

    def star(self, props: Sequence[str], alias: str) -> tuple[str, Expr, list[Expr]]:
        """The relation of what has several properties under an alias, and its subject and their values as expressions."""
        key = star_of(props)
        self.relations.add(key)
        kinds = [self.kind(prop) for prop in props]
        values = [Expr(f"{alias}.{'o' if k is Kind.NODE else 'v'}{i}", k) for i, k in enumerate(kinds)]
        return f"{relation_name(key)} {alias}", Expr(f"{alias}.s", Kind.NODE), values

    def named_in(self, sql: str) -> dict[str, str]:
        """The nodes of the parameters in a statement; a comparison that cannot hold has lost its own."""
        found = set(re.findall(r"\$(\w+)", sql))
        return {iri: parameter for iri, parameter in self.nodes.items() if parameter in found}

    def text(self, final: str) -> str:
        """The whole statement."""
        if not self.steps:
            return final
        steps = ",\n".join(f"{name} AS (\n{_indented(sql)}\n)" for name, sql in self.steps)
        return f"WITH RECURSIVE {steps}\n{final}"


def _is_step(found: Solutions) -> bool:
    """Whether solutions are just the columns of a step."""
    return all(e.sql == f"{found.tables[0]}.{column(name)}" for name, e in found.columns.items())


def column(variable: str) -> str:
    """The column of a variable. SQL's names know no case, so that a capital is written as _ and the small letter."""
    return '"' + re.sub(r"[A-Z_]", lambda m: "_" + m[0].lower(), variable) + '"'


def _indented(sql: str) -> str:
    return "\n".join(f"    {line}" for line in sql.splitlines())
