"""The built-in rulebook as its authors' tools see it: lint has nothing to say, every automatic clause has a rule, every topic a clause."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from checker import resources
from checker.authoring.coverage import coverage
from checker.authoring.lint import lint
from checker.authoring.problems import listing

PACK = resources.builtin()
SCOPE = Path(__file__).parents[2] / "shared" / "design" / "clause-scope.csv"


def test_rules_can_be_relied_on_and_speak_plainly() -> None:
    problems = lint([PACK])
    assert not problems, "\n" + listing(problems, "en")


def test_every_automatic_clause_has_a_rule() -> None:
    assert not [row.clause.number for row in coverage([PACK]) if row.is_gap]


def test_an_instrument_has_one_name_in_each_language() -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for row in coverage([PACK]):
        instrument = row.clause.instrument
        for zh, en in zip(instrument.zh.split("；"), instrument.en.split("; "), strict=True):
            names[zh].add(en)
    assert not {zh: en for zh, en in names.items() if len(en) > 1}


@pytest.mark.skipif(not SCOPE.exists(), reason="the list of topics is not part of the repository")
def test_clauses_are_of_the_list_of_topics() -> None:
    with SCOPE.open(encoding="utf-8", newline="") as file:
        topics = {row["code"]: row for row in csv.DictReader(file)}
    # What records of a review must be like is no topic of a plan.
    rows = (row for row in coverage([PACK]) if not row.clause.guideline.endswith("/review"))
    clauses = {row.clause.number: row.clause for row in rows}
    assert not [number for number in clauses if number.rstrip("abcd") not in topics]
    wrong = {
        number: (clause.strength.value, topics[number]["strength"])
        for number, clause in clauses.items()
        if number in topics and clause.strength.value != topics[number]["strength"]
    }
    assert not wrong
    for guideline in ("smart-city", "special"):
        due = {code for code, row in topics.items() if row["guideline"] == guideline}
        assert not due - clauses.keys()
