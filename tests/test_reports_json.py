"""The JSON report is the contract: every one is valid against the schema, and the schema lets nothing else pass."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker import writers
from checker.model import Outcome
from checker.writers.json import FORMAT
from tests.golden import CASES, GOLDEN
from tests.reports import SCHEMA, demo, every_outcome, wrong

Json = dict[str, Any]


def written(*, with_coordinates: bool = True) -> Json:
    report: Json = json.loads(writers.write(every_outcome(with_coordinates=with_coordinates), "json", "zh"))
    return report


@pytest.mark.parametrize("case", CASES)
def test_golden_reports_are_valid(case: str) -> None:
    report = json.loads((GOLDEN / f"{case}.json").read_text(encoding="utf-8"))
    assert wrong(report | {"rulebook": "0" * 64}) == []  # they mask it


@pytest.mark.parametrize("with_coordinates", [True, False])
def test_a_report_with_every_outcome_is_valid(with_coordinates: bool) -> None:
    report = written(with_coordinates=with_coordinates)
    assert wrong(report) == []
    assert all(report["outcomes"][kind.value] for kind in Outcome)
    assert any("plan" in note for note in report["notes"]) and any(note["unmatched"] for note in report["notes"])
    assert any("geometry" in finding for finding in report["findings"]) is with_coordinates


def subschemas(schema: Any) -> Iterator[Json]:
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from subschemas(part)


def test_the_schema_is_one_and_explains_every_field() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["format"]["const"] == FORMAT
    closed = [s for s in subschemas(SCHEMA) if s.get("type") == "object" and "properties" in s]
    assert len(closed) > 10 and all(s["additionalProperties"] is False for s in closed)
    for schema in closed:
        for name, field in schema["properties"].items():
            said = {**SCHEMA["$defs"].get(field.get("$ref", "").removeprefix("#/$defs/"), {}), **field}
            assert said.get("title") and said.get("description"), name


def objects(node: Any, within: str = "") -> Iterator[tuple[str, Json]]:
    """The objects of a report whose names are fixed, each with where it is: no values of details, no parts of a place."""
    if isinstance(node, dict):
        yield within, node
        for name, part in node.items():
            if name not in ("details", "place"):
                yield from objects(part, f"{within}.{name}")
    for part in node if isinstance(node, list) else ():
        yield from objects(part, within)


OPTIONAL = {"geometry", "geometryNote", "plan", "paragraph"}


def small(report: Json) -> Json:
    """A report with one of each thing in its lists, so that each change of it is checked at once."""
    rules = {rule["outcome"]: rule for rule in report["rules"]}
    findings = [
        next(f for f in report["findings"] if f.get("geometry")),
        next(f for f in report["findings"] if f["measured"]),
    ]
    return report | {
        "rules": [{**rule, "reasons": rule["reasons"][:1]} for rule in rules.values()],
        "findings": findings,
        "references": report["references"][:1],
        "notes": report["notes"][-1:],
    }


def test_the_schema_bites_when_a_field_is_left_out_or_has_another_name() -> None:
    report = small(written())
    assert wrong(report) == []
    changes = 0
    places = [where for where, _ in objects(report)]
    for at, (where, names) in enumerate([(where, list(thing)) for where, thing in objects(report)]):
        if places.index(where) < at:
            continue
        for name in names:
            for instead in (None, f"{name}X"):
                changed = copy.deepcopy(report)
                _, thing = list(objects(changed))[at]
                value = thing.pop(name)
                if instead is None and name in OPTIONAL and where:
                    continue
                if instead:
                    thing[instead] = value
                assert wrong(changed), f"{name} -> {instead}"
                changes += 1
    assert changes > 150


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (lambda r: r.update(format=1), "format"),
        (lambda r: r.update(accepted="no"), "accepted"),
        (lambda r: r["findings"][0].update(severity="grave"), "severity"),
        (lambda r: r["findings"][0].update(geometry=None), "findings"),
        (lambda r: r["findings"][0]["place"].update(sheet="s", layer="l"), "place"),
        (lambda r: r["findings"][0]["geometry"].update(type="Circle"), "geometry"),
        (lambda r: r["plan"]["files"][0].update(sha256="abc"), "sha256"),
        (lambda r: next(x for x in r["rules"] if x["outcome"] == "failed").update(outcome="passed"), "rules"),
        (lambda r: next(x for x in r["rules"] if x["outcome"] == "undecided").update(reasons=[]), "reasons"),
        (lambda r: next(x for x in r["rules"] if x["outcome"] == "passed").update(checked=0), "checked"),
    ],
)  # fmt: skip
def test_the_schema_bites_on_what_cannot_be(change: Any, at: str) -> None:
    report = small(written())
    change(report)
    assert any(at in line for line in wrong(report))


def test_what_stands_in_the_way_is_what_keeps_a_plan_from_being_accepted() -> None:
    report = json.loads(writers.write(demo(), "json", "zh"))
    by_code = {rule["code"]: rule for rule in report["rules"]}
    assert report["accepted"] is not any(rule["blocks"] for rule in report["rules"])
    assert all(rule["counts"] for rule in report["rules"] if rule["blocks"])
    assert all(by_code[f["rule"]]["blocks"] for f in report["findings"] if f["blocks"])
    assert {f["blocks"] for f in report["findings"]} == {True, False}


def test_open_points_have_names_of_their_own() -> None:
    report = json.loads(writers.write(demo(), "json", "zh"))
    ids = [x["id"] for rule in report["rules"] for x in rule["reasons"]] + [f["id"] for f in report["findings"]]
    assert len(ids) == len(set(ids)) > 100


def test_findings_give_their_values_by_name() -> None:
    report = json.loads(writers.write(demo(), "json", "zh"))
    taken = next(f for f in report["findings"] if f["rule"] == "TP-202")
    assert taken["details"]["area"] == 3800.29 and taken["details"]["share"] == 1
    assert taken["ground"] and taken["component"].endswith("KeepsOffComponent")
