"""`plancheck inspect`: what was read of a package, what was not, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pyproj
import pytest

from tests.packages import FORM, PROJECTS, SITE, layer, package, run, territory, workbook
from tests.unit.test_layers import written


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
    what = {"zh": "成果包没有“应用表”", "en": "the package has no table 'applications'"}
    (waiting,) = [m["rules"] for m in missing if m["what"] == what]
    assert {"SC-105", "SC-106"} <= set(waiting)


def test_references_are_shown_too(folder: Path, tmp_path: Path) -> None:
    reference = territory(tmp_path / "国土.gpkg", YJJBNT=[])
    ran = run("inspect", folder, "--territorial", reference, "--lang", "en")
    assert "to compare with: 国土" in ran.out and "YJJBNT  →  permanent basic farmland  0 features" in ran.out


def test_a_remark_on_a_plan_compared_with_names_it(folder: Path, tmp_path: Path) -> None:
    reference = territory(tmp_path / "国土.gpkg", YJJBNT=[], 心情=[])
    lines = [line.strip() for line in run("inspect", folder, "--territorial", reference).out.splitlines()]
    assert "国土 / 国土.gpkg / 图层 心情：图层“心情”不认识，没有核查。" in lines
    assert "表格.xlsx / 随手记：工作表“随手记”不认识，没有核查。" in lines


def test_a_package_that_does_not_say_what_plan_it_is_is_shown_and_told_so(tmp_path: Path) -> None:
    workbook(tmp_path / "表.xlsx", {"项目表": PROJECTS})
    ran = run("inspect", tmp_path)
    assert ran.status == 0
    assert "项目表  →  项目表  2 行" in ran.out and "缺少 plan.xml" in ran.out and "还不能核查" in ran.out
    assert run("check", tmp_path).status == 2


def test_a_geodatabase_is_shown_by_its_layers(folder: Path) -> None:
    written(folder / "数据库" / "国土.gdb", layer="STBHHX")
    lines = [line.strip() for line in run("inspect", folder).out.splitlines()]
    at = lines.index("数据库/国土.gdb")
    assert lines[at + 1].startswith("STBHHX  →  生态保护红线  3 个要素")
    assert not any(line.endswith(".gdbtable") for line in lines)


def test_the_columns_of_a_table_that_is_not_known_are_shown(folder: Path) -> None:
    lines = [line.strip() for line in run("inspect", folder).out.splitlines()]
    assert lines[next(i for i, line in enumerate(lines) if line.startswith("随手记")) + 1] == "没有读取的列: 甲、乙"


def test_a_crs_without_a_code_is_shown_by_its_name(tmp_path: Path) -> None:
    own = pyproj.CRS("+proj=tmerc +lon_0=111.5 +x_0=500000 +ellps=GRS80 +units=m").to_wkt("WKT1_GDAL")
    place = package(tmp_path)
    (place / "图层.gpkg").unlink()
    columns = {"用地编号": ["S-1"], "项目编号": ["P-1"]}
    layer(place / "图层.gpkg", "项目用地", [SITE], columns, crs=own.replace("unknown", "试算独立坐标系"))
    assert "项目用地  1 个要素  试算独立坐标系\n" in run("inspect", place).out


def test_what_cannot_be_read_ends_in_two(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes(b"no workbook")
    ran = run("inspect", tmp_path)
    assert ran.status == 2 and "表.xlsx" in ran.err


def test_a_sheet_of_records_is_read_under_no_other_name(folder: Path) -> None:
    """Only a page without any known heading is a guide; records on it are said to be unread."""
    workbook(folder / "另表.xlsx", {"说明": PROJECTS, "代码": [("甲",), ("乙",)]})
    out = run("inspect", folder).out
    assert "说明  →  不认识，没有读取" in out and "工作表“说明”不认识" in out and "代码  →  附页" in out


@pytest.mark.parametrize("command", ["check", "inspect"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_strict_lists_everything_that_could_not_be_matched(folder: Path, command: str, lang: str) -> None:
    layer(folder / "图层.gpkg", "项目用的", [SITE], {"甲": ["1"]})
    (folder / "旧稿.wps").write_bytes(b"")
    (folder / "总图.pdf").write_bytes(b"%PDF-1.4")
    ran = run(command, folder, "--strict", "--lang", lang)
    assert ran.status == 2 and not ran.out
    listed = [line.strip() for line in ran.err.splitlines() if line.startswith("    ")]
    assert len(listed) == 4, ran.err
    expected = {
        "zh": (
            "表格.xlsx / 项目表 / “心情”列：",
            "表格.xlsx / 随手记：",
            "图层 项目用的：",
            "旧稿.wps：",
            "“项目用地”？",
        ),
        "en": ("项目表 / column 心情: ", "随手记: ", "layer 项目用的: ", "旧稿.wps: ", "Did you mean '项目用地'?"),
    }
    assert all(any(words in line for line in listed) for words in expected[lang]), ran.err


def test_strict_holds_for_the_plan_under_review_alone(tmp_path: Path) -> None:
    """Whoever hands in a plan cannot mend the database that it is compared with."""
    reference = territory(tmp_path / "国土.gpkg", YJJBNT=[], 某图层=[])
    ran = run("inspect", package(tmp_path / "包"), "--territorial", reference, "--strict")
    assert ran.status == 0 and "某图层" in ran.out


def test_a_command_says_what_it_could_not_do(tmp_path: Path) -> None:
    assert run("init", tmp_path, "--kind", "无").err.startswith("无法生成成果包模板：")
    assert run("inspect", tmp_path / "无", "--lang", "en").err.startswith("The package could not be read: ")
