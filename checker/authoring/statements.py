"""The SQL that a rule is compiled to, for those who write rules or run them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker import rulebook, vocabulary
from checker.engine.compiled import compiled
from checker.errors import Text
from checker.model import Rule
from checker.resources import Pack
from checker.vocabulary import Vocabulary


def listing(packs: Sequence[Pack], code: str, lang: str) -> str:
    """The statements of a rule's shapes as text: needs first, then the rule, then what it asks of a person.

    Raises CannotFinish for a code that no rule has.
    """
    terms, rules = vocabulary.load(packs), rulebook.load(packs)
    rule = rules.rule(code)
    shapes = [(need, Text("前提", "need")) for need in rule.needs]
    shapes += [(rule.iri, Text("规则", "rule"))]
    shapes += [(ask, Text("人工判断", "question to a person")) for ask in rule.asks]
    return "\n".join(
        line for shape, role in shapes for line in _statement(rules, rule, shape, role.in_(lang), terms, lang)
    )


def _statement(
    rules: rulebook.Rulebook, rule: Rule, shape: str, role: str, terms: Vocabulary, lang: str
) -> Iterator[str]:
    """The lines of one shape's statement: a heading, the nodes that its parameters stand for, and the SQL."""
    yield f"-- {role} {shape}"
    found = compiled(rules, rule, shape, terms)
    if found.refused is not None:
        zh, en = (
            f"不能编译（{found.refused}），由 pySHACL 核查",
            f"cannot be compiled ({found.refused}); pySHACL judges it",
        )
        yield f"-- {Text(zh, en).in_(lang)}\n"
        return
    statement = found.statement
    yield from (f"-- ${parameter} = <{iri}>" for iri, parameter in sorted(statement.nodes.items()))
    yield from (f"-- k = {k}: {source.component} in {source.shape}" for k, source in enumerate(statement.sources))
    yield statement.sql + ";\n"
