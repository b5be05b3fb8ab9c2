"""Checks facts with plancheck's own engines; hands on results as (focus, shape, value)."""

from __future__ import annotations

from benchmarks.engines.pack import bench
from checker.engine import Evaluation, engine
from checker.facts import Facts, Store
from checker.vocabulary import local_name

Result = tuple[str, str, str | None]  # focus node, code of the shape, value


def check(facts: Facts, by: str) -> set[Result]:
    """The results of one of ``checker.engine.ENGINES``, as a check has them: with messages and the values they name."""
    known = bench()
    store = Store(facts, known.vocabulary)
    evaluation = Evaluation(known.rulebook, store, engine(by, known.rulebook, store, known.compiled))
    found: set[Result] = set()
    for rule in known.rulebook.rules:
        result = evaluation.rule(rule)
        if result.error is not None or result.undecided or result.missing:
            raise RuntimeError(f"{rule.code}: {result.error or result.undecided or result.missing}")
        found |= {(v.focus, local_name(rule.iri), v.value) for v in result.violations}
    return found
