"""Evaluates rules over facts, fail closed; hands on one ``RuleResult`` per rule.

``evaluate`` decides what is checked; a shape engine says which nodes fail a shape: ``reference`` (pySHACL, the meaning
of a rule) or ``compiled`` (SQL, its speed).
"""

from collections.abc import Callable, Mapping

from checker.engine.apart import Apart
from checker.engine.compiled import Compiled, CompiledEngine, aggregates_behind, compile_all, solutions
from checker.engine.evaluate import Evaluation, ShapeEngine, is_at_home
from checker.facts import Store
from checker.rulebook import Rulebook

__all__ = [
    "ENGINES",
    "Compiled",
    "CompiledEngine",
    "Evaluation",
    "ShapeEngine",
    "aggregates_behind",
    "compile_all",
    "engine",
    "is_at_home",
    "solutions",
]

ENGINES = ("auto", "compiled", "reference")


def engine(
    name: str,
    rulebook: Rulebook,
    store: Store,
    ready: Mapping[tuple[str, str], Compiled] | None = None,
    *,
    is_apart: bool = False,
) -> ShapeEngine:
    """The engine of a name: auto is the compiled one, for which the reference engine stands in where need be.

    ``ready``: shapes of the rulebook that are compiled already. ``is_apart``: the reference engine runs in a process of
    its own, so that it can be stopped.
    """
    reference: Callable[[Rulebook, Store], ShapeEngine] = Apart if is_apart else _reference
    if name == "reference":
        return reference(rulebook, store)
    return CompiledEngine(rulebook, store, ready or {}, reference if name == "auto" else None)


def _reference(rulebook: Rulebook, store: Store) -> ShapeEngine:
    from checker.engine.reference import ReferenceEngine  # importing pySHACL takes long, and few checks need it

    return ReferenceEngine(rulebook, store)
