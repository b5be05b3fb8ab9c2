"""Reports for the tests of writers: the demo's, with and without coordinates, and one in which every outcome stands."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from checker import resources
from checker.errors import Text
from checker.model import Note, Outcome, Place, Reason, Report
from checker.pipeline import Request, check

SCHEMA = json.loads((files("checker.writers") / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def wrong(report: Any) -> list[str]:
    """What of a JSON report is not as the schema has it."""
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(report)]


def demo(*, with_coordinates: bool = True) -> Report:
    """The report on the demo package with mistakes."""
    return checked(resources.demo_package(), with_coordinates)


@cache
def checked(package: Path, with_coordinates: bool) -> Report:
    return check(Request(package, {}, profile="alignment", with_coordinates=with_coordinates))


def every_outcome(*, with_coordinates: bool = True) -> Report:
    """The demo's report with one rule that counts and one that advises broken, and a remark on each side of the comparison."""
    report = demo(with_coordinates=with_coordinates)
    broken = {
        next(o.rule.code for o in report.outcomes if o.outcome is Outcome.PASSED and o.counts is c)
        for c in (True, False)
    }
    outcomes = tuple(
        replace(
            o,
            outcome=Outcome.ERROR,
            checked=0,
            blocks=o.counts,
            reasons=(Reason(Text("规则本身出错", "it broke"), Outcome.ERROR, id=f"{o.rule.code}-0123456789"),),
        )
        if o.rule.code in broken
        else o
        for o in report.outcomes
    )
    notes = (
        Note(Text("没有读取", "was not read"), Place("附件/图 1.pdf"), is_unmatched=True),
        Note(Text("没有读取", "was not read"), Place("图层.gpkg", "道路", is_layer=True), plan="近期规划"),
    )
    found = replace(report, outcomes=outcomes, notes=(*report.notes, *notes), accepted=False)
    assert all(found.counts.values()), "an outcome is missing"
    return found
