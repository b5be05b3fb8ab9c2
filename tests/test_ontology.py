"""The built-in pack's ontology has nothing to mend: words, declarations, uses, logic, and what HermiT infers from it."""

from __future__ import annotations

import pytest

from checker import resources
from checker.authoring import ontology
from checker.authoring.problems import Kind, Problem, listing


@pytest.fixture(scope="module")
def problems() -> tuple[Problem, ...]:
    """Everything that is found, in one run of the reasoner."""
    return ontology.check([resources.builtin()])


@pytest.mark.parametrize("kind", list(Kind), ids=[kind.value for kind in Kind])
def test_nothing_to_mend(kind: Kind, problems: tuple[Problem, ...]) -> None:
    of_kind = [problem for problem in problems if problem.kind is kind]
    assert not of_kind, "\n" + listing(of_kind, "en")
