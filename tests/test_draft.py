"""`plancheck draft`: rows proposed from a Word text, which pass nothing until a person has confirmed them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from rdflib import Graph

from checker.vocabulary import PLAN, SUB
from tests.packages import FORM, PROJECTS, Ran, check, run, workbook
from tests.unit.test_documents import p, style, table, word

TASKS = (
    ("编号", "任务名", "责任领域", "批注栏"),
    ("R1", "感知网建设", "智慧城市", "甲"),
    ("R2", "数据中枢", "智慧城市", ""),
)
LISTED = (
    ("序号", "项目名称", "建设年限", "总投资", "用地规模（亩）", "心情"),
    ("1", "城市信息平台", "2026—2028年", "3200", "", "好"),
    ("2", "智慧停车", "2027年", "约500", "12", "好"),
    ("", "合计", "", "3700", "", ""),
)


def heading(level: int, text: str) -> str:
    return p(text, f"Heading{level}")


MESSY = (
    heading(1, "第二章 规划目标"),
    p("到2030年，全市智慧化水平明显提升。"),
    heading(2, "2.1 总体目标"),
    p("建成协调的智慧城市。"),
    heading(2, "2.2 具体目标"),
    p("（一）感知覆盖：重点区域设备覆盖率达到95%。"),
    p("（二）数据共享。政务数据共享率100%。"),
    heading(1, "第四章 规划策略"),
    heading(2, "（一）以数据促协同"),
    heading(1, "第五章 重点项目"),
    heading(2, "5.1 近期项目"),
    heading(3, "5.1.1 城市信息平台"),
    p("建设内容：统一底图；服务总线；总投资：9999万元；牵头单位：市数据局"),
    heading(3, "5.1.2 智慧灯杆项目"),
    p("（1）建设内容：改造灯杆5000根"),
    p("（2）投资估算：约8000万元"),
    heading(2, "5.2 远期项目"),
    heading(3, "5.2.1 东湖算力中心"),
    heading(4, "用地规模"),
    p("30亩"),
    heading(2, "5.3 投资估算"),
    p("合计约2亿元。"),
    p("表1 近期建设项目表（单位：万元）"),
    table(*LISTED),
    p("表2 任务安排"),
    table(*TASKS),
)  # fmt: skip


@pytest.fixture
def text(tmp_path: Path) -> Path:
    (tmp_path / "包").mkdir()
    return word(tmp_path / "包" / "规划文本.docx", MESSY)


def drafted(text: Path, *options: object) -> tuple[Ran, Path]:
    target = text.parent / "草案.xlsx"
    return run("draft", text, "-o", target, *options), target


def rows(path: Path, sheet: str) -> list[Mapping[str, object]]:
    head, *lines = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return [{str(k): v for k, v in zip(head, line, strict=True) if v is not None} for line in lines]


def test_tables_headings_and_lists_become_rows_to_be_confirmed(text: Path) -> None:
    ran, target = drafted(text)
    assert ran.status == 0 and "项目表：提出 4 行" in ran.out, ran.out
    found = {row["项目名称"]: row for row in rows(target, "项目表")}
    assert list(found) == ["城市信息平台", "智慧停车", "智慧灯杆项目", "东湖算力中心"]
    assert [row["项目编号"] for row in found.values()] == ["1", "2", "3", "4"]
    assert found["城市信息平台"]["建设内容"] == "统一底图；服务总线" and found["城市信息平台"]["牵头单位"] == "市数据局"
    assert found["城市信息平台"]["总投资（万元）"] == 3200, "the table comes first; what differs stands in the passage"
    assert "9999" in str(found["城市信息平台"]["原文出处"])
    assert found["智慧停车"]["用地规模（平方米）"] == "12亩" and found["智慧停车"]["总投资（万元）"] == "约500"
    assert found["智慧灯杆项目"]["总投资（万元）"] == "约8000万元"
    assert found["东湖算力中心"]["用地规模（平方米）"] == "30亩"
    assert [row["目标名称"] for row in rows(target, "目标表")] == ["感知覆盖", "数据共享"]
    assert [row["策略名称"] for row in rows(target, "策略表")] == ["以数据促协同"]
    for sheet in ("项目表", "目标表", "策略表", "近期任务表"):
        for row in rows(target, sheet):
            assert row["确认状态"] == "待确认" and str(row["原文出处"]).startswith("规划文本.docx ")


def test_a_table_with_headings_that_are_only_alike_is_proposed_and_the_rest_said(text: Path) -> None:
    ran, target = drafted(text)
    first = rows(target, "近期任务表")[0]
    assert (first["任务编号"], first["任务名称"], first["任务领域"]) == ("R1", "感知网建设", "智慧城市")
    assert first["原文出处"] == "规划文本.docx 表2 任务安排 第 2 行：R1 | 感知网建设 | 智慧城市 | 甲"
    assert "“表2 任务安排”的列没有采用：批注栏。" in ran.out and "心情" in ran.out


def test_the_state_is_picked_from_a_list(text: Path) -> None:
    page = openpyxl.load_workbook(drafted(text)[1])["项目表"]
    at = next(cell.column_letter for cell in page[1] if cell.value == "确认状态")
    offered = {str(v.sqref).partition("2:")[0]: v.formula1 for v in page.data_validations.dataValidation}
    assert offered[at] == '"已确认,待确认"'


def fill_form(path: Path, confirm: bool = False) -> None:
    book = openpyxl.load_workbook(path)
    for name, said in FORM:
        next(row for row in book["规划信息"].iter_rows() if row[0].value == name)[1].value = said
    for sheet in book.worksheets[2:] if confirm else ():
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                cell.value = "已确认" if cell.value == "待确认" else cell.value
    book.save(path)


def test_what_is_not_confirmed_passes_nothing_and_confirmed_it_is_judged(text: Path) -> None:
    _, target = drafted(text)
    fill_form(target)
    ran = check(text.parent, "--strict")
    assert ran.status == 1, ran.err
    assert ran.outcome("DQ-101b") == ran.outcome("DQ-108b") == ran.outcome("NT-201") == "undecided"
    places = [r["place"] for rule in ran.report["rules"] if rule["code"] == "DQ-108b" for r in rule["reasons"]]
    assert ("草案.xlsx", "项目表", 2) in [(place["file"], place["sheet"], place["row"]) for place in places]
    assert "有 4 行的“确认状态”不是“已确认”" in ran.notes()
    fill_form(target, confirm=True)
    ran = check(text.parent, "--strict")
    assert ran.outcome("DQ-101b") == ran.outcome("DQ-108b") == "passed"
    assert "确认状态" not in ran.notes()


def test_only_a_row_that_says_so_is_confirmed(tmp_path: Path) -> None:
    states = ("已确认", None, "好", "待确认", "confirmed")
    sheets = {
        "规划信息": FORM,
        "项目表": [
            ("项目编号", "项目名称", "确认状态"),
            *((f"P-{i}", f"项目{i}", state) for i, state in enumerate(states)),
        ],
    }
    ran = check(workbook(tmp_path / "表.xlsx", sheets))
    rule = next(rule for rule in ran.report["rules"] if rule["code"] == "DQ-108b")
    assert [reason["place"]["row"] for reason in rule["reasons"]] == [3, 4, 5] and rule["checked"] == 2


def test_what_only_an_unconfirmed_row_mentions_is_not_confirmed_either(tmp_path: Path) -> None:
    head = ("项目编号", "项目名称", "落实策略", "确认状态")
    lines = [
        ("P-1", "甲", "策略一、策略二", "待确认"),
        ("P-2", "乙", "策略二", "已确认"),
        ("P-3", "丙", "策略三", "已确认"),
    ]
    told = run("rdf", workbook(tmp_path / "表.xlsx", {"规划信息": FORM, "项目表": [head, *lines]}))
    facts = Graph().parse(data=told.out, format="turtle")
    named = {str(o): s for s, o in facts.subject_objects(PLAN.name)}
    states = {name: facts.value(named[name], SUB.confirmationState) for name in ("策略一", "策略二", "策略三")}
    assert states == {"策略一": SUB.unconfirmed, "策略二": None, "策略三": None}


def test_rdf_that_is_not_confirmed_passes_nothing(tmp_path: Path) -> None:
    for state, outcome in (("sub:confirmed", "passed"), ("sub:unconfirmed", "undecided"), ('"confirmed"', "undecided")):
        (tmp_path / "项目.ttl").write_text(
            f"""@prefix plan: <https://w3id.org/plancheck/plan#> . @prefix sub: <https://w3id.org/plancheck/sub#> .
            <urn:t> a plan:SmartCityPlan ; plan:identifier "T" ; plan:title "试算市（虚构）规划" ; plan:administrativeCode "990200" .
            <urn:t/p> a plan:Project ; plan:code "P-1" ; plan:name "甲" ; sub:confirmationState {state} .""",
            encoding="utf-8",
        )
        ran = check(tmp_path)
        assert (ran.outcome("DQ-101b"), ran.outcome("DQ-108b")) == (outcome, outcome), (state, ran.err)


def test_a_finding_on_a_confirmed_row_stays_beside_rows_that_are_not(tmp_path: Path) -> None:
    head = ("项目编号", "项目名称", "牵头单位", "落实策略", "确认状态")
    lines = [("P-1", "甲", "数据局", "", "已确认"), ("P-2", "乙", "数据局", "策略一", "待确认")]
    ran = check(workbook(tmp_path / "表.xlsx", {"规划信息": FORM, "项目表": [head, *lines]}))
    found = [finding for finding in ran.report["findings"] if finding["rule"] == "IO-104"]
    assert len(found) == 1 and "甲（P-1）" in found[0]["message"]["zh"] and "P-2" not in found[0]["message"]["zh"]


def test_rows_that_the_sheets_have_already_are_not_proposed(text: Path) -> None:
    workbook(text.parent / "表格.xlsx", {"规划信息": FORM, "项目表": PROJECTS})  # has 城市信息平台
    target = text.parent.parent / "草案.xlsx"
    assert run("draft", text.parent, "-o", target).status == 0
    assert "城市信息平台" not in [row["项目名称"] for row in rows(target, "项目表")]
    assert "规划信息" not in openpyxl.load_workbook(target).sheetnames, "the package says already what plan it is"


def test_bulleted_items_are_taken(tmp_path: Path) -> None:
    bullet = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="7"/></w:numPr>'
    body = [heading(1, "重点项目"), p("云溪社区驿站", more=bullet), p("不是列表项"), p("数字孪生底座", more=bullet)]
    text = word(tmp_path / "文.docx", body, styles=style("Heading1", "heading 1"))
    names = [row["项目名称"] for row in rows(drafted(text)[1], "项目表")]
    assert names == ["云溪社区驿站", "数字孪生底座"]


@pytest.mark.parametrize(("lang", "said"), [("zh", "没有可以提出的内容"), ("en", "nothing to propose")])
def test_nothing_to_propose_is_said_and_nothing_written(tmp_path: Path, lang: str, said: str) -> None:
    ran, target = drafted(word(tmp_path / "文.docx", [heading(1, "前言"), p("略。")]), "--lang", lang)
    assert ran.status == 1 and said in ran.out and not target.exists()


def test_a_draft_is_never_overwritten(text: Path) -> None:
    _, target = drafted(text)
    before = target.read_bytes()
    ran, _ = drafted(text)
    assert ran.status == 2 and ran.err.startswith("无法生成草案：") and target.read_bytes() == before


def test_a_package_without_text_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "表.xlsx", {"项目表": PROJECTS})
    ran = run("draft", tmp_path / "表.xlsx", "-o", tmp_path / "草案.xlsx", "--lang", "en")
    assert ran.status == 2 and "no Word text" in ran.err


def test_an_english_draft_reads_back(tmp_path: Path) -> None:
    body = [
        heading(1, "3 Key projects"),
        heading(2, "3.1 City information platform"),
        p("Investment: 800万元"),
        heading(1, "4 Smart subprojects"),
        heading(2, "4.1 Not a project"),
    ]
    text = word(tmp_path / "text.docx", body)
    ran, target = drafted(text, "--lang", "en")
    assert ran.status == 0 and "projects: 1 row proposed" in ran.out, ran.out
    (row,) = rows(target, "projects")
    assert row["project name"] == "City information platform" and row["confirmation"] == "to be confirmed"
    assert "not known" not in run("inspect", target, "--lang", "en").out
