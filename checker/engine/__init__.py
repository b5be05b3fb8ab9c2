"""Evaluates rules over facts, fail closed; hands on one ``RuleResult`` per rule.

``evaluate`` decides what is checked; a shape engine says which nodes fail a shape: ``reference`` (pySHACL, the meaning
of a rule) or ``compiled`` (SQL, its speed).
"""

from checker.engine.compiled import CompiledEngine
from checker.engine.evaluate import Evaluation, ShapeEngine
from checker.facts import Store
from checker.rulebook import Rulebook

__all__ = ["ENGINES", "CompiledEngine", "Evaluation", "ShapeEngine", "engine"]

ENGINES = ("auto", "compiled", "reference")


def engine(name: str, rulebook: Rulebook, store: Store) -> ShapeEngine:
    """The engine of a name: auto is the compiled one, for which the reference engine stands in where need be."""
    if name == "reference":
        return _reference(rulebook, store)
    return CompiledEngine(rulebook, store, _reference if name == "auto" else None)


def _reference(rulebook: Rulebook, store: Store) -> ShapeEngine:
    from checker.engine.reference import ReferenceEngine  # importing pySHACL takes long, and few checks need it

    return ReferenceEngine(rulebook, store)
