"""The tools of guideline authors, as they are run: a rule from a template, its fixtures, what lint says, what explain shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.packages import run

ON_APPLICATIONS = ("--target", "应用", "--path", "plan:underStrategy")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of an invented city, with one clause."""
    root = tmp_path_factory.mktemp("city")
    (root / "guidelines" / "smart-city").mkdir(parents=True)
    (root / "pack.ttl").write_text(
        """@prefix chk: <https://w3id.org/plancheck/chk#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <https://trial.example/> a chk:Pack ; rdfs:label "试验包"@zh , "trial"@en ; chk:base "https://trial.example/" ;
            chk:version "1" ; chk:requiresCore ">=0.1" .""",
        encoding="utf-8",
    )
    (root / "guidelines" / "smart-city" / "clauses.ttl").write_text(
        """@prefix chk: <https://w3id.org/plancheck/chk#> .
        @prefix dct: <http://purl.org/dc/terms/> .
        <https://trial.example/clause/XC-1> a chk:Clause ; chk:ofGuideline <https://w3id.org/plancheck/guideline/smart-city> ;
            chk:number "XC-1" ; chk:requirement "应用说明所属策略。"@zh , "An application names its strategy."@en ;
            chk:instrument "试验办法"@zh , "Trial rules"@en ; chk:article ""@zh , ""@en ; chk:strength chk:advised ;
            chk:checkability chk:automatic ; dct:source "own specification" .""",
        encoding="utf-8",
    )
    return root


@pytest.fixture
def pack(bare: Path, tmp_path: Path) -> Path:
    """A copy of it with one rule."""
    root = shutil.copytree(bare, tmp_path / "with-rule")
    made = run("rules", "new", "XC-1", "--clause", "XC-1", *ON_APPLICATIONS, "--pack", root)
    assert made.status == 0, made.err
    return root


def test_a_new_rule_runs_and_is_told_what_to_write(bare: Path, tmp_path: Path) -> None:
    pack = shutil.copytree(bare, tmp_path / "pack")
    gap = run("rules", "coverage", "--pack", pack)
    assert gap.status == 1 and "● XC-1" in gap.out

    made = run("rules", "new", "XC-1", "--clause", "XC-1", *ON_APPLICATIONS, "--pack", pack)
    assert made.status == 0, made.err
    assert (pack / "rules" / "smart-city" / "XC-1.ttl").is_file()

    tried = run("rules", "test", "XC-1", "--pack", pack)
    assert tried.status == 0, tried.out
    assert tried.out.count("✓ XC-1/") == 4

    lint = run("rules", "lint", "XC-1", "--pack", pack, "--lang", "en")
    assert lint.status == 1 and "what the template leaves to write" in lint.out

    again = run("rules", "new", "XC-1", "--clause", "XC-1", "--target", "应用", "--path", "所属策略", "--pack", pack)
    assert again.status == 2 and "XC-1 已经有规则" in again.err


def test_a_number_changed_in_a_rule_makes_a_fixture_fail(pack: Path, tmp_path: Path) -> None:
    """What a stranger tries first."""
    other = shutil.copytree(pack, tmp_path / "pack")
    rule = other / "rules" / "smart-city" / "XC-1.ttl"
    rule.write_text(rule.read_text(encoding="utf-8").replace("sh:minCount 1", "sh:minCount 2"), encoding="utf-8")
    tried = run("rules", "test", "XC-1", "--pack", other, "--lang", "en")
    assert tried.status == 1
    assert "● XC-1/pass-has-it" in tried.out and "expected pass, was failed" in tried.out
    assert "found and not expected: one XC-1-understrategy" in tried.out


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--clause", "XC-9", "没有条款 XC-9"),
        ("--target", "飞船", "本体中没有“飞船”这个类"),
        ("--path", "航速", "本体中没有“航速”这个属性"),
    ],
)
def test_a_rule_on_what_is_not_there_is_refused(pack: Path, option: str, value: str, said: str) -> None:
    given = {"--clause": "XC-1", "--target": "应用", "--path": "所属策略", option: value}
    ran = run("rules", "new", "XC-1b", *(x for pair in given.items() for x in pair), "--pack", pack)
    assert ran.status == 2 and said in ran.err


def test_a_mutant_that_lives_is_named_and_sets_the_exit_status(pack: Path, tmp_path: Path) -> None:
    whole = run("rules", "mutate", "XC-1", "--pack", pack, "--lang", "en")
    assert whole.status == 0 and "9 mutants, 9 caught (100.0 %)" in whole.out
    other = shutil.copytree(pack, tmp_path / "pack")
    home = other / "fixtures" / "rules" / "XC-1"
    (home / "not-supplied.ttl").unlink()
    ran = run("rules", "mutate", "XC-1", "--pack", other, "--lang", "en")
    assert ran.status == 1 and "● XC-1: drop reads Application: noticed by no fixture" in ran.out
    (home / "equivalent.csv").write_text("mutant,why\nXC-1: drop reads Application,a proof\n", encoding="utf-8")
    ran = run("rules", "mutate", "XC-1", "--pack", other, "--lang", "en")
    assert ran.status == 0 and "○ XC-1: drop reads Application: equivalent: a proof" in ran.out


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ("● 依据", "自然资发〔2022〕142号", "● 例：不通过", "占用生态保护红线", "● 怎样修改")),
        ("en", ("● Why", "● Example: failed", "of the ecological protection red line", "● How to mend it")),
    ],
)
def test_a_rule_is_explained(lang: str, said: tuple[str, ...]) -> None:
    ran = run("explain", "TP-202", "--lang", lang)
    assert ran.status == 0
    assert [words for words in said if words not in ran.out] == []


def test_a_code_that_no_rule_has_is_told_with_a_near_one() -> None:
    ran = run("explain", "TP-2022")
    assert ran.status == 2 and "TP-202" in ran.err


def test_coverage_as_a_page_stands_alone(tmp_path: Path) -> None:
    for lang in ("zh", "en"):
        assert run("rules", "coverage", "--format", "html", "-o", tmp_path / "c.html", "--lang", lang).status == 0
        page = (tmp_path / "c.html").read_text(encoding="utf-8")
        assert page.count("<tr") == page.count("</tr>") and "TP-202" in page
        assert "http://" not in page.replace("http://www.w3.org", "") and "<script" not in page


def test_a_fixture_without_an_outcome_in_its_name_is_told(pack: Path, tmp_path: Path) -> None:
    other = shutil.copytree(pack, tmp_path / "pack")
    (other / "fixtures" / "rules" / "XC-1" / "maybe.ttl").write_text("", encoding="utf-8")
    ran = run("rules", "test", "XC-1", "--pack", other)
    assert ran.status == 2 and "maybe.ttl" in ran.err and "pass" in ran.err
