"""What users see, in Chinese and English Gherkin."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from tests.cities import city
from tests.packages import FORM, PROJECTS, Ran, package, run, workbook
from tests.unit.test_documents import p, word

PACKAGES = Path(__file__).parents[1] / "fixtures" / "packages"

scenarios("features")


@pytest.fixture
def options() -> list[object]:
    return []


@given(parsers.parse("成果包是演示包“{name}”"), target_fixture="folder")
@given(parsers.parse('the package is the demo "{name}"'), target_fixture="folder")
def demo_package(name: str) -> Path:
    return PACKAGES / name


@given(parsers.parse("成果包是演示包“{name}”，但只有它自己"), target_fixture="folder")
@given(parsers.parse('the package is the demo "{name}", alone'), target_fixture="folder")
def demo_package_alone(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGES / name, tmp_path / name))


@given("成果包只有“规划信息”和“项目表”两张表", target_fixture="folder")
def two_sheets(tmp_path: Path) -> Path:
    return workbook(tmp_path / "项目.xlsx", {"规划信息": FORM, "项目表": PROJECTS})


@given(parsers.parse("成果包里有一个损坏的工作簿“{name}”"), target_fixture="folder")
def broken_workbook(name: str, tmp_path: Path) -> Path:
    (package(tmp_path) / name).write_bytes(b"PK\x03\x04")
    return tmp_path


@given("文件夹中有同一城市相互矛盾的专项规划和一个损坏的压缩包", target_fixture="folder")
@given(
    "a folder holds special plans of one city that contradict each other, and a damaged zip", target_fixture="folder"
)
def plans_of_a_city(tmp_path: Path) -> Path:
    (city(tmp_path / "in") / "损坏.zip").write_bytes(b"PK\x03\x04")
    return tmp_path / "in"


@when("批量核查这个文件夹", target_fixture="ran")
def audit_in_chinese(folder: Path) -> Ran:
    return run("audit", folder, "-o", folder.parent / "out", "--format", "json")


@when("the folder is audited in English", target_fixture="ran")
def audit_in_english(folder: Path) -> Ran:
    return run("audit", folder, "-o", folder.parent / "out", "--format", "json", "--lang", "en")


@given("the territorial plan is the bare database of the demo")
def bare_territorial_plan(options: list[object]) -> None:
    options += ["--territorial", next((PACKAGES / "territorial").glob("*.gpkg"))]


def handed_back(folder: Path, to: Path, edit: Callable[[Any, dict[str, Any]], None]) -> Path:
    """The workbook of a check, filled in by ``edit``, which is given the workbook and the report as JSON."""
    told = to / "report.json"
    run("check", folder, "--profile", "alignment", "-o", to / "清单.xlsx", "-o", told)
    book = openpyxl.load_workbook(to / "清单.xlsx")
    edit(book, json.loads(told.read_text(encoding="utf-8")))
    book.save(to / "清单.xlsx")
    return to / "清单.xlsx"


@given(parsers.parse("审查人员在问题清单中对“{code}”写了“{words}”"))
def opinion_in_the_list(folder: Path, tmp_path: Path, options: list[object], code: str, words: str) -> None:
    def edit(book: Any, _: object) -> None:
        sheet = book["问题清单"]
        row = next(row for row in sheet.iter_rows() if str(row[0].value).startswith(code))
        heads = [cell.value for cell in sheet[1]]
        row[heads.index("人工意见")].value = words

    options += ["--review", handed_back(folder, tmp_path, edit)]


@given(parsers.parse('a reviewer waives the finding of "{code}" until "{day}" without the approval attached'))
def waiver_in_the_list(folder: Path, tmp_path: Path, options: list[object], code: str, day: str) -> None:
    def edit(book: Any, report: dict[str, Any]) -> None:
        id_ = next(finding["id"] for finding in report["findings"] if finding["rule"] == code)
        said = (id_, None, None, "limited human activity", "the city government", "No. 7 (2026)", day)
        for column, value in enumerate(said, 1):
            book["豁免"].cell(2, column).value = value

    options += ["--review", handed_back(folder, tmp_path, edit)]


@given(parsers.parse('a reviewer decides on "{code}" that it complies'))
def decision_in_the_list(folder: Path, tmp_path: Path, options: list[object], code: str) -> None:
    def edit(book: Any, report: dict[str, Any]) -> None:
        id_ = next(rule["reasons"][0]["id"] for rule in report["rules"] if rule["code"] == code)
        said = (id_, None, None, "complies", "Zhang San", "2026-04-01", "the argument and the replacement scheme")
        for column, value in enumerate(said, 1):
            book["人工认定"].cell(2, column).value = value

    options += ["--review", handed_back(folder, tmp_path, edit)]


@when(parsers.parse("按“{profile}”方案核查"), target_fixture="ran")
def check_in_chinese(folder: Path, profile: str, options: list[object]) -> Ran:
    return run("check", folder, "--profile", profile, *options)


@when(parsers.parse('it is checked in English with the profile "{profile}"'), target_fixture="ran")
def check_in_english(folder: Path, profile: str, options: list[object]) -> Ran:
    return run("check", folder, "--profile", profile, "--lang", "en", *options)


@given(parsers.parse("成果包只有规划文本，其中“{chapter}”一章列出“{item}”"), target_fixture="folder")
def text_alone(chapter: str, item: str, tmp_path: Path) -> Path:
    word(tmp_path / "规划文本.docx", [p(chapter, "Heading1"), p(item, "Heading2")])
    return tmp_path


@given(parsers.parse("成果包的项目表有一列“{heading}”"), target_fixture="folder")
def with_an_unknown_column(heading: str, tmp_path: Path) -> Path:
    return workbook(tmp_path / "表.xlsx", {"规划信息": FORM, "项目表": [(*PROJECTS[0], heading), *PROJECTS[1:]]})


@when("由文本提出表格", target_fixture="ran")
def draft_tables(folder: Path) -> Ran:
    return run("draft", folder, "-o", folder / "待确认.xlsx")


@when(parsers.parse("补填规划信息后按“{profile}”方案核查"), target_fixture="ran")
def fill_in_and_check(folder: Path, profile: str) -> Ran:
    book = openpyxl.load_workbook(folder / "待确认.xlsx")
    said = dict(FORM)
    for name, value in book["规划信息"].iter_rows(max_col=2):
        value.value = said.get(name.value)
    book.save(folder / "待确认.xlsx")
    return run("check", folder, "--profile", profile)


@when("严格核查", target_fixture="ran")
def check_strictly(folder: Path) -> Ran:
    return run("check", folder, "--strict")


def reported(package: Path, report: Path) -> Path:
    references = ("--near-term", PACKAGES / "near-term", "--territorial", PACKAGES / "territorial")
    run("check", package, *references, "--profile", "alignment", "-o", report)
    return report


@when(parsers.parse("改好项目“{project}”的“{heading}”，并漏交图层“{layer}”，与原报告对比"), target_fixture="ran")
def mend_one_and_lose_another(folder: Path, project: str, heading: str, layer: str, tmp_path: Path) -> Ran:
    old = reported(folder, tmp_path / "old.json")
    again = Path(shutil.copytree(folder, tmp_path / "again"))
    (again / layer).unlink()
    workbooks = list(again.glob("*.xlsx"))
    book = openpyxl.load_workbook(workbooks[0])
    sheet = book["项目表"]
    column = next(cell.column for cell in sheet[3] if cell.value == heading)
    row = next(row[0].row for row in sheet.iter_rows() if row[0].value == project)
    sheet.cell(row, column).value = "S1"
    book.save(workbooks[0])
    return run("diff", old, reported(again, tmp_path / "new.json"))


@when(parsers.parse('its report is compared in English with that on the demo "{name}"'), target_fixture="ran")
def compare_in_english(folder: Path, name: str, tmp_path: Path) -> Ran:
    reports = (reported(folder, tmp_path / "old.json"), reported(PACKAGES / name, tmp_path / "new.json"))
    return run("diff", *reports, "--lang", "en")


@then(parsers.parse("退出码是 {status:d}"))
@then(parsers.parse("the exit status is {status:d}"))
def exit_status(ran: Ran, status: int) -> None:
    assert ran.status == status, ran.out + ran.err


@then(parsers.re("报告说“(?P<words>.+)”"))
@then(parsers.parse('the report says "{words}"'))
def report_says(ran: Ran, words: str) -> None:
    assert words in ran.out, ran.out


@then(parsers.re("报告没有说“(?P<words>.+)”"))
def report_does_not_say(ran: Ran, words: str) -> None:
    assert words not in ran.out


@then(parsers.re("报告只有一次说“(?P<words>.+)”"))
def report_says_once(ran: Ran, words: str) -> None:
    assert ran.out.count(words) == 1, ran.out


@then(parsers.re("提示说“(?P<words>.+)”"))
def message_says(ran: Ran, words: str) -> None:
    assert words in ran.err, ran.err


@then(parsers.parse("没有规则“{outcome}”"))
def no_rule_ends_as(ran: Ran, outcome: str) -> None:
    assert f"{outcome} 0" in ran.out, ran.out


@then(parsers.parse("规则“{code}”的结果是“{outcome}”"))
@then(parsers.parse('the rule "{code}" ends as "{outcome}"'))
def rule_ends_as(folder: Path, options: list[object], code: str, outcome: str) -> None:
    ends = {"无法判定": "undecided", "未提交": "not-supplied", "人工认定": "person-decides"}
    ran = run("check", folder, "--format", "json", *options)
    assert ran.outcome(code) == ends.get(outcome, outcome)


@then("no line that plancheck wrote is in Chinese")
def frame_is_english(ran: Ran) -> None:
    """Words of the plan itself stay as they are; the frame (the words before two blanks) is in the report's language."""
    frames = {line.strip().split("  ")[0] for line in ran.out.splitlines() if line.startswith("    ")}
    assert not [frame for frame in frames if re.search(r"[\u4e00-\u9fff]", frame) and len(frame) < 8], frames
