"""Figures quoted in the text: what is read of real Word files, what is not, and what they are compared with."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from checker.facts import Store
from checker.vocabulary import SUB
from tests.packages import FORM, PROJECTS, Ran, Rows, check, workbook
from tests.unit.test_documents import outline, p, style, word
from tests.unit.test_lift import lifted, tail, values

TARGETS: Rows = [
    ("指标目标编号", "指标目标名称", "指标", "单位", "基期值", "目标值", "目标年"),
    ("T-1", "耕地", "耕地保有量", "万亩", "12.8", "12.5", 2035),
    ("T-2", "建设用地", "建设用地总面积", "平方公里", "33.1", "36.2", 2035),
    ("T-3", "覆盖率近期", "5G网络覆盖率", "%", "60", "80", 2030),
    ("T-4", "覆盖率远期", "5G网络覆盖率", "%", "60", "95", 2035),
    ("T-5", "基站", "5G基站", "座", "300", "1200", 2030),
]
INFORMATION: Rows = [*FORM, ("规划基期年", 2025)]


def package(folder: Path, *text: str, targets: Rows = TARGETS, projects: Rows = PROJECTS) -> Path:
    folder.mkdir(exist_ok=True)
    workbook(folder / "表格.xlsx", {"规划信息": INFORMATION, "项目表": projects, "目标指标表": targets})
    headed = (p(line[2:], "H") if line.startswith("# ") else p(line) for line in text)
    word(folder / "文本.docx", headed, styles=style("H", "heading 1", outline(0)))
    return folder


def quoted(tmp_path: Path, *text: str, **tables: Rows) -> tuple[Store, str]:
    return lifted(package(tmp_path / "p", *text, **tables))


def read(store: Store) -> dict[str, list[str]]:
    """What stands in each figure, by what it says -> the rows that it is compared with."""
    said = values(store, SUB.asQuoted)
    found: dict[str, list[str]] = {str(text): [] for text in said.values()}
    for row in store.query(f"SELECT s, o FROM {store.prop(str(SUB.quotes))} ORDER BY s, o").to_pylist():
        found[str(said[tail(store.facts, row["s"])])].append(tail(store.facts, row["o"]))
    return found


READ = {
    "至2035年，耕地保有量不低于 12.5 万亩。": ("12.5万亩", ["target/T-1"]),
    "建设用地总规模控制在36.2平方公里以内；": ("36.2平方公里", ["target/T-2"]),
    "预计2030年5G网络覆盖率达到 ８０％": ("80%", ["target/T-3"]),
    "到二〇三五年，全市5G网络覆盖率提升至百分之九十五。": ("百分之九十五", ["target/T-4"]),
    "到2030年，建成5G基站1,200座。": ("1,200座", ["target/T-5"]),
    "到2030年，建成5G基站一千二百座。": ("一千二百座", ["target/T-5"]),
    "2025年5G网络覆盖率为60%": ("60%", ["target/T-3", "target/T-4"]),
    "现状5G网络覆盖率60%": ("60%", ["target/T-3", "target/T-4"]),
    "算力中心总投资0.32亿元。": ("0.32亿元", ["project/P-1"]),
    "城市信息平台的投资额约为800万元，": ("800万元", ["project/P-2"]),
    "到2030年，5G基站达到1100—1200座": ("1100—1200座", ["target/T-5"]),
    "到2040年，5G网络覆盖率达到99%": ("99%", []),
}
UNREAD = (
    "东屏区耕地保有量不低于3万亩",
    "在东屏区，到2035年耕地保有量不低于3万亩",
    "试点期间，5G网络覆盖率达到50%",
    "5G网络覆盖率提高20个百分点",
    "5G网络覆盖率由60%提高到95%",
    "5G网络覆盖率达到95%的社区有三个",
    "5G网络覆盖率、入户率分别达到95%、90%",
    "5G网络覆盖率达到80%、95%",
    "5G网络覆盖率和入户率达到95%",
    "到2030年和2035年，5G网络覆盖率达到95%",
    "2026—2035年，5G网络覆盖率达到95%",
    "5G网络覆盖率达到95",
    "5G网络覆盖率 2030 95%",
    "5G网络覆盖率不低于90%以内",
    "建成5G基站1,20座",
    "建成5G基站一百二座",
    "建成5G基站1200标准箱",
    "某市5G网络覆盖率达到70%",
    "智慧灯杆项目总投资3.2亿元",
    "总投资3.2亿元",
    "长" * 300 + "5G网络覆盖率达到95%",
)


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[str, list[str]]]:
    """All sentences as one text: by paragraph what was read in it."""
    store, _ = quoted(tmp_path_factory.mktemp("text"), *READ, *UNREAD)
    rows = read(store)
    (table,) = (table for table in store.facts.tables if table.cls == str(SUB.QuotedFigure))
    written = table.columns[str(SUB.asQuoted)].to_pylist()
    return {n: (text, sorted(set(rows[text]))) for n, text in zip(table.rows.to_pylist(), written, strict=True)}


@pytest.mark.parametrize("sentence", READ)
def test_a_clause_that_says_nothing_but_a_figure(sentences: dict[int, object], sentence: str) -> None:
    assert sentences.get(list(READ).index(sentence) + 1) == READ[sentence]


@pytest.mark.parametrize("sentence", UNREAD)
def test_what_cannot_be_read_for_certain_is_no_figure(sentences: dict[int, object], sentence: str) -> None:
    assert len(READ) + UNREAD.index(sentence) + 1 not in sentences


def test_a_chapter_on_a_part_of_the_city_says_nothing_of_the_whole(tmp_path: Path) -> None:
    sentence = "到2035年，耕地保有量不低于3万亩"
    store, _ = quoted(tmp_path, "# 第三章 分区指引", sentence, "# 第四章 总体指标", sentence)
    assert [table.rows.to_pylist() for table in store.facts.tables if table.cls == str(SUB.QuotedFigure)] == [[4]]


def test_passages_left_unread_are_counted(tmp_path: Path) -> None:
    _, notes = quoted(tmp_path, "东屏区耕地保有量不低于3万亩。", "推进建设。", "5G网络覆盖率由60%提高到95%。")
    assert "有 2 段提到指标并写有数字，但句式不能确切读出，没有与表对照：第 1、3 段" in notes


def test_a_figure_for_a_year_without_a_row_is_said_to_stand_alone(tmp_path: Path) -> None:
    _, notes = quoted(tmp_path, "到2040年，5G网络覆盖率达到99%。")
    assert "表中没有同一年份的目标值或基期值，没有对照：第 1 段" in notes


def test_targets_without_an_indicator_go_by_their_name(tmp_path: Path) -> None:
    targets = [
        ("指标目标编号", "指标目标名称", "目标值（%）", "目标年"),
        ("T-1", "入户率", "70", 2030),
        ("T-2", "入户率", "90", 2035),
    ]
    store, _ = quoted(tmp_path, "到2035年，入户率达到90%。", targets=targets)
    assert read(store) == {"90%": ["target/T-2"]}


def test_a_unit_that_stands_there_twice_and_differs_is_none(tmp_path: Path) -> None:
    for i, heading in enumerate((("单位", "目标值"), ("目标值", "单位"))):
        cells = {"单位": "万亩", "目标值": "95%"}
        targets = [("指标目标编号", "指标目标名称", *heading), ("T-1", "入户率", *(cells[name] for name in heading))]
        ran = check(package(tmp_path / str(i), "入户率达到95%。", targets=targets))
        assert outcome(ran, "DQ-117")[0] == "undecided"
        assert ran.outcome("DQ-115") == "failed"


def test_an_enumeration_is_read_whole(tmp_path: Path) -> None:
    store, _ = quoted(tmp_path, "到2035年，耕地保有量12.5万亩、5G网络覆盖率95%。")
    assert read(store) == {"12.5万亩": ["target/T-1"], "95%": ["target/T-4"]}


def test_values_are_in_the_unit_of_the_table(tmp_path: Path) -> None:
    store, _ = quoted(tmp_path, "至2035年，耕地保有量不低于8333公顷，建设用地总规模不超过3620公顷。")
    assert [round(float(v), 4) for v in values(store, SUB.figureLow).values()] == [12.4995, 36.2]  # type: ignore[arg-type]
    assert set(values(store, SUB.isConverted).values()) == {True}
    assert len(store.column(f"SELECT s FROM {store.cls(str(SUB.FloorFigure))}")) == 1
    assert len(store.column(f"SELECT s FROM {store.cls(str(SUB.CeilingFigure))}")) == 1


@pytest.mark.parametrize(
    ("cells", "low"),
    [
        ({"单位": "", "目标值": "95%"}, 95),
        ({"单位": "%", "目标值": "95%"}, 95),
        ({"单位": "", "目标值（%）": "95"}, 95),
        ({"单位": "", "目标值": "95"}, None),
        ({"单位": "万亩", "目标值": "95"}, None),
    ],
)
def test_the_unit_of_a_target_may_stand_in_its_cell_its_column_or_the_heading(
    tmp_path: Path, cells: dict[str, str], low: int | None
) -> None:
    targets = [("指标目标编号", "指标目标名称", *cells), ("T-1", "入户率", *cells.values())]
    store, _ = quoted(tmp_path, "入户率达到95%", targets=targets)
    assert list(values(store, SUB.figureLow).values()) == ([low] if low is not None else [])
    assert read(store) == {"95%": ["target/T-1"]}


def outcome(ran: Ran, code: str) -> tuple[str, str]:
    said = "".join(f["message"]["zh"] for f in findings(ran, code))
    return ran.outcome(code), said + ran.reasons(code)


def findings(ran: Ran, code: str) -> list[dict[str, Any]]:
    return [finding for finding in ran.report["findings"] if finding["rule"] == code]


def test_a_plan_whose_text_differs_from_its_tables(tmp_path: Path) -> None:
    folder = package(
        tmp_path / "p",
        "至2035年，耕地保有量不低于 12.4 万亩。到2030年，5G网络覆盖率达到80%。",
        "规划总投资0.5亿元。",
    )
    ran = check(folder)
    kind, said = outcome(ran, "DQ-117")
    assert kind == "failed"
    assert (
        "文中写作 12.4万亩（合 12.4 万亩），表中“耕地（T-1）”为 12.5 万亩：“至2035年，耕地保有量不低于 12.4 万亩”"
        in said
    )
    (finding,) = findings(ran, "DQ-117")
    assert finding["place"] == {"file": "文本.docx", "paragraph": 1}
    assert outcome(ran, "DQ-117b") == (
        "failed",
        "文中总投资写作 0.5亿元（合 5,000 万元），项目表各项目合计为 4,000 万元：“规划总投资0.5亿元”",
    )
    assert outcome(ran, "DQ-117c")[0] == "passed"


def test_a_plan_whose_text_agrees(tmp_path: Path) -> None:
    folder = package(tmp_path / "p", "到2035年，5G网络覆盖率超过95%，耕地保有量不超过12.5万亩。规划总投资约0.4亿元。")
    ran = check(folder)
    assert [outcome(ran, code)[0] for code in ("DQ-117", "DQ-117b", "DQ-117c")] == ["passed", "passed", "failed"]


def test_a_target_that_cannot_be_read_leaves_the_figure_undecided(tmp_path: Path) -> None:
    targets = [TARGETS[0], ("T-1", "耕地", "耕地保有量", "万亩", "", "约12.5", 2035)]
    ran = check(package(tmp_path / "p", "至2035年，耕地保有量不低于10万亩。", targets=targets))
    assert outcome(ran, "DQ-117")[0] == "undecided"


def test_a_project_without_investment_leaves_the_sum_undecided(tmp_path: Path) -> None:
    projects = [*PROJECTS, ("P-3", "智慧灯杆", "感知设施", "2027年", "", "附着建设")]
    ran = check(package(tmp_path / "p", "规划总投资4000万元。", projects=projects))
    assert outcome(ran, "DQ-117b")[0] == "undecided"


def test_no_figure_is_not_applicable(tmp_path: Path) -> None:
    assert outcome(check(package(tmp_path / "p", "推进建设。")), "DQ-117")[0] == "not-applicable"


def test_hostile_text_takes_no_time(tmp_path: Path) -> None:
    texts = ["5G网络覆盖率" * 20_000, "一" * 300_000, "1," * 150_000, "到至" * 150_000, "全市达到约" * 50_000 + "9%"]
    texts += ["5G网络覆盖率," + "1," * 900 + "。"] * 10
    started = time.process_time()
    store, _ = quoted(tmp_path, *texts)
    assert read(store) == {}
    assert time.process_time() - started < 5
