"""Drawings by the names of their files and by the list of drawings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from checker.lift import drawings
from checker.vocabulary import SUB, normal
from tests.packages import FORM, PROJECTS, Ran, Rows, check, workbook
from tests.unit.test_figures import findings
from tests.unit.test_lift import TERMS

PREFIXES = sorted(TERMS.marks(SUB.DrawingPrefix))
UNITS = {normal(name) for unit in TERMS.units for name in unit.names} | TERMS.count_words
LIST: Rows = [
    ("图号", "图名", "期限", "文件名"),
    ("图01", "区位图", "", ""),
    ("图02", "智慧设施现状图", "", ""),
    ("图03", "空间结构规划图", "2026—2035年", ""),
    ("图04", "设施布局规划图", "", "04 设施布局规划图.png"),
    ("图05", "项目分布图", "", ""),
]
FILES = (
    "图集/图01 区位图.pdf",
    "图集/02_智慧设施现状图.jpg",
    "图集/03-空间结构规划图（2026—2035年）.pdf",
    "图集/04 设施布局规划图.png",
    "图集/5、项目分布图.tif",
)


@pytest.mark.parametrize(
    ("file", "number", "title", "period"),
    [
        ("图01 空间结构规划图.pdf", "01", "空间结构规划图", ""),
        ("03_土地使用规划图.jpg", "03", "土地使用规划图", ""),
        ("图集/04-设施布局图.png", "04", "设施布局图", ""),
        ("附图3-2：空间结构规划图（2026—2035年）.PDF", "3-2", "空间结构规划图", "2026-2035年"),
        ("图１　区位图.tif", "1", "区位图", ""),
        ("12土地使用规划图2026-2035年.png", "12", "土地使用规划图", "2026-2035年"),
        ("15分钟生活圈规划图.jpg", "", "15分钟生活圈规划图", ""),
        ("3个片区指引图.jpg", "", "3个片区指引图", ""),
        ("5G基站分布图.jpg", "", "5G基站分布图", ""),
        ("2035年用地规划图.jpg", "", "2035年用地规划图", ""),
        ("05 项目分布图.pdf", "05", "项目分布图", ""),
        ("5项目分布图.pdf", "5", "项目分布图", ""),
        ("6_路网规划图.pdf", "6", "路网规划图", ""),
        ("5项重点工程图.pdf", "", "5项重点工程图", ""),
        ("0.5公里服务半径图.pdf", "", "0.5公里服务半径图", ""),
        ("图例图.png", "", "图例图", ""),
        ("项目分布图（一）.png", "", "项目分布图(一)", ""),
    ],
)
def test_a_file_name(file: str, number: str, title: str, period: str) -> None:
    name = drawings.read_name(file, PREFIXES, UNITS, ["项目分布图"])
    assert (name.number, name.title, name.period.replace("—", "-")) == (number, title, period)


@pytest.mark.parametrize(
    ("number", "plain"), [("图01", "1"), ("附图 3.02", "3-2"), ("００", "0"), ("图-1", "1"), ("", "")]
)
def test_numbers_are_compared_without_prefix_and_zeros(number: str, plain: str) -> None:
    assert drawings.plain_number(number, PREFIXES) == plain


def package(folder: Path, files: Sequence[str], listed: Rows | None = LIST) -> Ran:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"%PDF-1.7")
    sheets = {"规划信息": FORM, "项目表": PROJECTS} | ({"图纸目录": listed} if listed else {})
    workbook(folder / "表格.xlsx", sheets)
    return check(folder)


CODES = ("DQ-118", "DQ-118b", "DQ-118c", "DQ-118d")


def test_a_set_of_drawings_that_is_as_it_should_be(tmp_path: Path) -> None:
    ran = package(tmp_path, FILES)
    assert [ran.outcome(code) for code in CODES] == ["passed"] * 4
    assert not [note for note in ran.report["notes"] if "不认识" in note["text"]["zh"]]


def test_what_is_lacking_wrong_or_twice_there_is_found(tmp_path: Path) -> None:
    files = [
        "图01 区位图.pdf",
        "01 现状图.jpg",
        "03 空间格局图（2026—2030年）.pdf",
        "04 设施布局规划图.png",
        "06 多余的图.png",
    ]
    ran = package(tmp_path, files)
    said = {code: sorted(f["message"]["zh"] for f in findings(ran, code)) for code in CODES}
    assert said["DQ-118"] == [
        "“区位图（图01）”在目录中的图名是“区位图”，文件名中是“现状图”",
        "“空间结构规划图（图03）”在目录中的图名是“空间结构规划图”，文件名中是“空间格局图”",
        "“空间结构规划图（图03）”的期限在目录中是 2026-01-01 至 2035-12-31，文件名中是 2026-01-01 至 2030-12-31",
        "图纸目录所列的“智慧设施现状图（图02）”没有对应的图件文件",
        "图纸目录所列的“项目分布图（图05）”没有对应的图件文件",
    ]
    assert said["DQ-118b"] == []
    assert said["DQ-118c"] == [
        "图号“1”重复：“区位图（01）”与“现状图（01）”",
        "图号“1”重复：“现状图（01）”与“区位图（01）”",
    ]
    assert said["DQ-118d"] == ["图件“多余的图（06）”没有列入图纸目录"]
    (extra,) = findings(ran, "DQ-118d")
    assert extra["place"] == {"file": "06 多余的图.png"}


def test_without_a_list_only_the_files_are_judged(tmp_path: Path) -> None:
    ran = package(tmp_path, ["图01 区位图.pdf", "规划文本.pdf", "现场照片.jpg", "评审意见扫描件.pdf"], None)
    assert [ran.outcome(code) for code in CODES] == ["not-applicable", "failed", "passed", "not-supplied"]
    assert sorted(f["message"]["zh"].split("”")[0] for f in findings(ran, "DQ-118b")) == [
        "没有“现状图", "没有“空间结构图", "没有“设施布局图", "没有“项目分布图",
    ]  # fmt: skip
    assert ".pdf 文件共 3 个，计入成果文件" in ran.notes() and ".jpg 文件共 1 个" in ran.notes()


def test_an_atlas_shows_all_that_is_listed_in_it(tmp_path: Path) -> None:
    listed = [LIST[0], *((number, title, period, "图集.pdf") for number, title, period, _ in LIST[1:])]
    ran = package(tmp_path, ["图集.pdf"], listed)
    assert [ran.outcome(code) for code in CODES] == ["passed"] * 4


def test_no_drawings_are_not_supplied(tmp_path: Path) -> None:
    ran = package(tmp_path, [], None)
    assert [ran.outcome(code) for code in CODES] == ["not-applicable", "not-supplied", "not-applicable", "not-supplied"]


def test_a_file_that_the_list_names_must_be_there(tmp_path: Path) -> None:
    ran = package(tmp_path, ["04 设施布局规划图.pdf"], [LIST[0], LIST[4]])
    assert "没有对应的图件文件" in "".join(f["message"]["zh"] for f in findings(ran, "DQ-118"))
