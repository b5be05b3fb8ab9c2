"""`plancheck inspect`: what was read of a package, what was not, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.packages import FORM, PROJECTS, package, run, territory, workbook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A package with a column and a sheet that are not known."""
    sheets = {
        "规划信息": FORM,
        "项目表": [(*PROJECTS[0], "心情"), *((*row, "好") for row in PROJECTS[1:])],
        "随手记": [("甲", "乙"), ("1", "2")],
    }
    return package(tmp_path / "包", sheets)


def test_tables_columns_and_units_are_shown(folder: Path) -> None:
    ran = run("inspect", folder)
    assert ran.status == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    assert "项目表  →  项目表  2 行" in lines and "总投资（万元）  →  总投资  (万元)" in lines
    assert "项目用地  →  项目用地  1 个要素  EPSG:4549" in lines


def test_what_is_not_known_is_shown_as_such(folder: Path) -> None:
    out = run("inspect", folder).out
    assert "没有读取的列: 心情" in out and "随手记  →  不认识，没有读取" in out


def test_what_is_missing_is_named_with_the_rules_that_read_it(folder: Path) -> None:
    missing = json.loads(run("inspect", folder, "--format", "json").out)["missing"]
    assert {"zh": "成果包没有“应用表”", "en": "the package has no table 'applications'"} in [m["what"] for m in missing]
    assert ["SC-105"] in [m["rules"] for m in missing]


def test_references_are_shown_too(folder: Path, tmp_path: Path) -> None:
    reference = territory(tmp_path / "国土.gpkg", YJJBNT=[])
    ran = run("inspect", folder, "--territorial", reference, "--lang", "en")
    assert "to compare with: 国土" in ran.out and "YJJBNT  →  permanent basic farmland  0 features" in ran.out


def test_what_cannot_be_read_ends_in_two(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    workbook(tmp_path / "空" / "表.xlsx", {"项目表": PROJECTS})
    ran = run("inspect", tmp_path / "空")
    assert ran.status == 2 and "规划信息" in ran.err
