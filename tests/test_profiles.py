"""Profiles that packs bring: chosen by kind and place, what they set aside or rate, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packages import Ran, check

PACKAGES = Path(__file__).parents[1] / "fixtures" / "packages"

PREFIXES = """@prefix chk: <https://w3id.org/plancheck/chk#> . @prefix gl: <https://w3id.org/plancheck/guideline/> .
@prefix plan: <https://w3id.org/plancheck/plan#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rule: <https://w3id.org/plancheck/rule/> . @prefix my: <https://profiles.example/> .
"""
PACK = """@prefix chk: <https://w3id.org/plancheck/chk#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://profiles.example/> a chk:Pack ; rdfs:label "试验"@zh , "trial"@en ; chk:base "https://profiles.example/" ;
    chk:version "0.1.0" ; chk:requiresCore ">=0.1,<1" .
"""
SPECIAL = PACKAGES / "transport-special"
MISTAKES = PACKAGES / "smart-city-mistakes"


def pack(folder: Path, *profiles: str) -> Path:
    """A pack of profiles, each called by its first word."""
    (folder / "guidelines").mkdir(parents=True)
    (folder / "pack.ttl").write_text(PACK, encoding="utf-8")
    said = [f'my:{p} ; rdfs:label "试验"@zh , "trial"@en .' for p in profiles]
    (folder / "guidelines" / "profiles.ttl").write_text(PREFIXES + "\n".join(said), encoding="utf-8")
    return folder


def with_pack(package: Path, folder: Path, *options: str) -> Ran:
    return check(package, "--pack", folder, *options)


def test_without_a_profile_for_it_the_default_one_judges() -> None:
    assert check(SPECIAL).report["profile"] == "default"


def test_the_profile_for_the_kind_and_place_of_a_plan_judges_it(tmp_path: Path) -> None:
    profiles = (
        "special a chk:Profile ; chk:forKind plan:SpecialPlan",
        "elsewhere a chk:Profile ; chk:forKind plan:SpecialPlan ; chk:forPlace '11'",
        "city a chk:Profile ; chk:forKind plan:CityPlan",  # by definition: a smart-city plan of city scale
        "any-smart a chk:Profile ; chk:forKind plan:SmartCityPlan",
    )
    folder = pack(tmp_path / "pack", *profiles)
    assert with_pack(SPECIAL, folder).report["profile"] == "special"
    assert with_pack(MISTAKES, folder).report["profile"] == "city"
    assert with_pack(SPECIAL, folder, "--profile", "default").report["profile"] == "default"
    assert with_pack(PACKAGES / "near-term", folder).report["profile"] == "default"


def test_the_narrower_place_goes_before_the_kind(tmp_path: Path) -> None:
    profiles = (
        "kind a chk:Profile ; chk:forKind plan:SpecialPlan",
        "province a chk:Profile ; chk:forPlace '99'",
        "town a chk:Profile ; chk:forPlace '11' , '9901'",
    )
    assert with_pack(SPECIAL, pack(tmp_path / "pack", *profiles)).report["profile"] == "town"


def test_two_profiles_for_a_plan_alike_are_refused(tmp_path: Path) -> None:
    ran = with_pack(
        SPECIAL, pack(tmp_path / "pack", *(f"{name} a chk:Profile ; chk:forKind plan:SpecialPlan" for name in "ab"))
    )
    assert ran.status == 2 and "a、b" in ran.err and "--profile" in ran.err


def test_what_is_set_aside_is_shown_and_changes_no_verdict(tmp_path: Path) -> None:
    before = check(MISTAKES, "--profile", "default")
    folder = pack(
        tmp_path / "pack", "lenient a chk:Profile ; chk:accepts 'not-supplied' ; chk:setsAside gl:territorial"
    )
    after = with_pack(MISTAKES, folder, "--profile", "lenient")
    rules = {rule["code"]: rule for rule in after.report["rules"]}
    assert {f["id"] for f in after.report["findings"]} == {f["id"] for f in before.report["findings"]}
    assert rules["TP-202"]["outcome"] == "failed" and not rules["TP-202"]["counts"] and not rules["TP-202"]["blocks"]
    assert all(not rule["counts"] for code, rule in rules.items() if code.startswith("TP-"))
    assert any(rule["counts"] for code, rule in rules.items() if code.startswith("DQ-"))


def test_a_clause_goes_before_its_guideline(tmp_path: Path) -> None:
    clause = "<https://w3id.org/plancheck/guideline/territorial/TP-202>"
    folder = pack(tmp_path / "pack", f"one a chk:Profile ; chk:setsAside gl:territorial ; chk:adopts {clause}")
    rules = {rule["code"]: rule for rule in with_pack(MISTAKES, folder, "--profile", "one").report["rules"]}
    assert rules["TP-202"]["counts"] and not rules["TP-201"]["counts"]


def test_findings_are_as_severe_as_the_profile_rates_them(tmp_path: Path) -> None:
    folder = pack(
        tmp_path / "pack",
        "mild a chk:Profile ; chk:asInfo gl:territorial ; chk:asWarning rule:TP-202 ; chk:failsFrom 'warning'",
    )
    report = with_pack(MISTAKES, folder, "--profile", "mild").report
    found = {(f["rule"], f["severity"], f["blocks"]) for f in report["findings"] if f["rule"].startswith("TP-")}
    assert ("TP-202", "warning", True) in found and report["failOn"] == "warning"
    assert {severity for code, severity, _ in found if code != "TP-202"} == {"info"}
    assert not any(blocks for code, _, blocks in found if code != "TP-202")
    assert next(rule for rule in report["rules"] if rule["code"] == "TP-202")["severity"] == "warning"


def test_the_profile_says_for_what_a_plan_is_returned(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack", "soft a chk:Profile ; chk:returnsFor chk:local")
    assert check(MISTAKES, "--profile", "default").report["conclusion"]["name"] == "return"
    softly = with_pack(MISTAKES, folder, "--profile", "soft").report["conclusion"]
    assert softly["name"] == "mend" and "地方" in softly["grounds"]["zh"]


@pytest.mark.parametrize("said", ["chk:adopts gl:teritorial", "chk:asInfo rule:TP-999", "chk:setsAside plan:Project"])
def test_a_profile_about_what_is_not_there_is_refused(tmp_path: Path, said: str) -> None:
    ran = with_pack(SPECIAL, pack(tmp_path / "pack", f"wrong a chk:Profile ; {said}"), "--profile", "wrong")
    assert ran.status == 2 and "wrong" in ran.err and said.split(":")[-1] in ran.err


def test_a_severity_that_is_none_is_refused(tmp_path: Path) -> None:
    ran = with_pack(SPECIAL, pack(tmp_path / "pack", "wrong a chk:Profile ; chk:failsFrom 'severe'"))
    assert ran.status == 2 and "severe" in ran.err
