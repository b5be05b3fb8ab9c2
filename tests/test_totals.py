"""Rows of sums, from the sheet to the finding: what they sum, what rounding excuses, and what cannot be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.packages import FORM, Rows, check, layer, run, workbook
from tests.test_rdf_packages import PREFIXES

HEAD = ("项目编号", "项目名称", "总投资（万元）", "用地规模（亩）")


def results(tmp_path: Path, rows: Rows, head: Rows = (HEAD,), code: str = "DQ-115c") -> dict[str, Any]:
    folder = tmp_path / "包"
    folder.mkdir(exist_ok=True)
    workbook(folder / "表格.xlsx", {"规划信息": FORM, "项目表": [*head, *rows]})
    report = check(folder).report
    (rule,) = (r for r in report["rules"] if r["code"] == code)
    return {**rule, "findings": [f for f in report["findings"] if f["rule"] == code]}


def messages(tmp_path: Path, rows: Rows, head: Rows = (HEAD,)) -> list[str]:
    return [finding["message"]["zh"] for finding in results(tmp_path, rows, head)["findings"]]


def test_a_total_that_adds_up_passes(tmp_path: Path) -> None:
    found = results(tmp_path, [("P-1", "甲", 3200, None), ("P-2", "乙", 800, None), ("合计", None, 4000, None)])
    assert found["outcome"] == "passed" and found["checked"] == 1


def test_a_total_that_leaves_a_project_out_is_found_in_its_row(tmp_path: Path) -> None:
    rows = [(f"P-{i}", f"项目{i}", 100 + i, None) for i in range(60)]
    found = results(tmp_path, [*rows, ("合计", None, sum(row[2] for row in rows[1:]), None)])
    (finding,) = found["findings"]
    assert finding["message"]["zh"] == "“合计”的总投资（万元）为 7,670，所汇总的各行相加为 7,770"
    assert finding["place"] == {**finding["place"], "sheet": "项目表", "row": 62, "column": "总投资（万元）"}


def test_what_rounding_does_is_excused_and_no_more(tmp_path: Path) -> None:
    rows = [
        (f"P-{i}", f"项目{i}", "0.3", "1") for i in range(4)
    ]  # sd of 5 roundings of 0.1: 0.0645, three of them 0.19
    assert not messages(tmp_path, [*rows, ("合计", None, "1.3", "4")])
    assert len(messages(tmp_path, [*rows, ("合计", None, "1.4", "4")])) == 1


def test_units_are_converted_before_they_are_added(tmp_path: Path) -> None:
    rows = [("P-1", "甲", "1.2亿元", "1公顷"), ("P-2", "乙", "800", "15"), ("合计", None, "1.28亿元", "30")]
    assert not messages(tmp_path, rows)
    (said,) = messages(tmp_path, [*rows[:2], ("合计", None, "1.48亿元", "30")])
    assert "14,800" in said and "12,800" in said


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ("P P 小计 P 小计 合计", "乙类 0"),
        ("P P 信息类小计 P 感知类小计 合计", "感知 1"),
        ("小计 P P 小计 P 合计", "下方 0"),
        ("合计 P P P", "全表 0"),
        ("合计 P P 小计 P 小计", "全表 0"),
        ("P P 合计 P 合计 总计", "分合计 1"),
    ],
)
def test_each_row_of_sums_sums_its_own_rows(tmp_path: Path, names: str, wrong: str) -> None:
    scopes = {
        "P P 小计 P 小计 合计": [3, 4, 7],
        "P P 信息类小计 P 感知类小计 合计": [3, 4, 7],
        "小计 P P 小计 P 合计": [3, 4, 7],
        "合计 P P P": [7],
        "合计 P P 小计 P 小计": [7, 3, 4],
        "P P 合计 P 合计 总计": [3, 4, 7],
    }[names]

    def table(sums: list[int]) -> Rows:
        amounts, given = iter([1, 2, 4]), iter(sums)
        return [
            (f"P-{i}", f"项目{i}", next(amounts) * 1000, None)
            if name == "P"
            else (None, name, next(given) * 1000, None)
            for i, name in enumerate(names.split())
        ]

    found = results(tmp_path, table(scopes))
    assert (found["outcome"], found["checked"]) == ("passed", len(scopes))
    at = int(wrong.split()[1])
    assert len(messages(tmp_path, table([s + (i == at) for i, s in enumerate(scopes)]))) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [("P-1", "甲", 1, None), ("小计", None, 1, None), ("合计", None, 1, None), ("合计", None, 1, None)],
        [("P-1", "甲", 1, None), ("二、感知类", None, None, None), ("P-2", "乙", 2, None), ("小计", None, 2, None)],
        [("合计", None, 3, None)],
        [("P-1", "甲", None, None), ("合计", None, 3, None)],
        [("P-1", "甲", "约1", None), ("合计", None, 1, None)],
        [("P-1", "甲", 1, None), ("合计", None, "约1", None)],
    ],
    ids=["nothing above it", "a caption inside", "no rows", "nothing stated", "a row unread", "the total unread"],
)
def test_what_cannot_be_compared_is_undecided(tmp_path: Path, rows: Rows) -> None:
    found = results(tmp_path, rows)
    assert (found["outcome"], found["findings"]) == ("undecided", [])


def test_a_total_that_cannot_be_read_is_said_with_its_row(tmp_path: Path) -> None:
    rows = [("P-1", "甲", 1, None), ("合计", None, "约1", None)]
    (finding,) = (f for f in results(tmp_path, rows, code="DQ-115")["findings"])
    assert "约1" in finding["message"]["zh"] and finding["place"]["row"] == 3


def test_an_amount_of_merged_cells_leaves_the_total_undecided(tmp_path: Path) -> None:
    import openpyxl

    results(tmp_path, [("P-1", "甲", 5, None), ("P-2", "乙", None, None), ("合计", None, 5, None)])
    book = openpyxl.load_workbook(tmp_path / "包" / "表格.xlsx")
    book["项目表"].merge_cells("C2:C3")
    book.save(tmp_path / "包" / "表格.xlsx")
    report = check(tmp_path / "包").report
    assert [r["outcome"] for r in report["rules"] if r["code"] == "DQ-115c"] == ["undecided"]


def test_numbers_that_cannot_be_added_are_no_totals(tmp_path: Path) -> None:
    folder = tmp_path / "包"
    folder.mkdir()
    sheets = {
        "规划信息": FORM,
        "设施表": [("设施编号", "设施名称", "服务半径（米）"), ("F-1", "甲", 500), ("合计", None, 900)],
    }
    workbook(folder / "表格.xlsx", sheets)
    assert [r["outcome"] for r in check(folder).report["rules"] if r["code"] == "DQ-115c"] == ["not-applicable"]


def test_land_in_the_table_is_compared_with_the_map(tmp_path: Path) -> None:
    rows = [("P-1", "甲", 1, "15"), ("P-2", "乙", 1, "15"), ("合计", None, 2, "30")]
    assert results(tmp_path, rows, code="DQ-116")["outcome"] == "not-supplied"
    sites = [shapely.box(500_000 + x, 3_300_000, 500_100 + x, 3_300_100) for x in (0, 200)]
    layer(tmp_path / "包" / "图层.gpkg", "项目用地", sites, {"用地编号": ["S-1", "S-2"], "项目编号": ["P-1", "P-2"]})
    assert results(tmp_path, rows, code="DQ-116")["outcome"] == "passed"
    assert results(tmp_path, rows, code="DQ-116b")["outcome"] == "passed"
    wrong = [*rows[:1], ("P-2", "乙", 1, "25"), ("合计", None, 2, "40")]
    assert len(results(tmp_path, wrong, code="DQ-116")["findings"]) == 1
    (finding,) = results(tmp_path, wrong, code="DQ-116b")["findings"]
    assert "16,666.67 平方米，图上的用地合计 10,0" in finding["message"]["zh"]


# ---- from RDF, which may state any last place ------------------------------------------------------------------------

IN_RDF = """
<https://example.org/shisuan> a plan:SmartCityPlan ; plan:identifier "TEST-1" ; plan:name "试算市（虚构）智慧城市规划" ;
    plan:administrativeCode "990200" ; plan:date "2026-06-30"^^xsd:date .
:P-1 a plan:Project ; plan:identifier "P-1" ; plan:name "甲" ; plan:investment 3200.5 .
:P-2 a plan:Project ; plan:identifier "P-2" ; plan:name "乙" ; plan:investment 800.25 .
:total a sub:Total ; sub:totalOf plan:investment ; sub:sums :P-1 , :P-2 ; sub:totalName "合计" ; sub:statedTotal %s ; %s .
"""


@pytest.mark.parametrize(
    ("total", "places", "outcome", "unread"),
    [
        ("4000.75", "sub:lastPlace 0.01 ; sub:lastPlaceOfRows 0.01", "passed", ""),
        ("4001", "sub:lastPlace 1.0 ; sub:lastPlaceOfRows 0.01", "passed", ""),
        ("4000", "sub:lastPlace 1000.0 ; sub:lastPlaceOfRows 0.01", "passed", ""),  # 0.4亿元, as a table may say
        ("5000", "sub:lastPlace 100000.0", "failed", "“合计的末位”"),
        ("5000", "sub:lastPlace 2500.0", "failed", "“合计的末位”"),
        ("4500", "sub:lastPlace 1000.0", "failed", "“合计的末位”"),
        ("5000", "sub:lastPlace -1000.0", "failed", "“合计的末位”"),
        ("5000", "sub:lastPlace 9999999999999999999999.0", "failed", "“合计的末位”"),
        ("5000", "sub:lastPlaceOfRows 1000.0", "failed", "“各行的末位”"),
    ],
)
def test_a_last_place_that_no_number_was_written_to_excuses_nothing_and_is_said(
    tmp_path: Path, total: str, places: str, outcome: str, unread: str
) -> None:
    (tmp_path / "规划.ttl").write_text(PREFIXES + IN_RDF % (total, places), encoding="utf-8")
    ran = check(tmp_path / "规划.ttl")
    assert ran.outcome("DQ-115c") == outcome
    said = [f["message"]["zh"] for f in ran.report["findings"] if f["rule"] == "DQ-115"]
    assert len(said) == bool(unread) and all(unread in text for text in said), said


def test_what_rounding_excuses_in_a_table_it_excuses_in_the_rdf_of_it(tmp_path: Path) -> None:
    rows = [("P-1", "甲", "1.2亿元", "1.3公顷"), ("P-2", "乙", "800.5", "15.25"), ("合计", None, "1.3亿元", "34.75")]
    folder = tmp_path / "包"
    folder.mkdir()
    workbook(folder / "表格.xlsx", {"规划信息": FORM, "项目表": [HEAD, *rows]})
    assert run("rdf", folder, "-o", tmp_path / "规划.ttl").status == 0
    for package in (folder, tmp_path / "规划.ttl"):
        ran = check(package)
        assert ran.outcome("DQ-115c") == "passed" and ran.outcome("DQ-115") != "failed", package
