"""The problem list: every finding a row that can be answered, everything open a row, texts never formulas, same bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from checker import writers
from checker.errors import Text
from checker.model import Finding, Outcome, Place, Report
from checker.writers.conclusion import Conclusion, conclude, grounds
from checker.writers.lists import FINDINGS, MATTERS, REVIEW
from tests.packages import run
from tests.reports import demo, every_outcome

LANGS = ("zh", "en")


def book(report: Report, lang: str = "zh") -> Any:
    written = writers.write(report, "xlsx", lang)
    assert isinstance(written, bytes)
    return openpyxl.load_workbook(io.BytesIO(written))


def records(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def links(sheet: Any) -> list[tuple[str, str, str]]:
    found = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    return [(link.ref, link.target, link.location) for link in found]


def with_finding(report: Report, **changes: Any) -> tuple[Report, Finding]:
    """A report of one finding, which is the first of the demo's that has a row, changed."""
    outcome = next(o for o in report.outcomes if any(f.place and f.place.row == 26 for f in o.findings))
    finding = replace(next(f for f in outcome.findings if f.place and f.place.row == 26), **changes)
    return replace(report, outcomes=(replace(outcome, findings=(finding,)),)), finding


@pytest.mark.parametrize("lang", LANGS)
def test_every_finding_is_a_row_with_columns_to_answer_it(lang: str) -> None:
    report = every_outcome()
    sheet = book(report, lang).worksheets[1]
    rows = records(sheet)
    assert list(rows[0]) == [column.heading.in_(lang) for column in (*FINDINGS, *REVIEW)]
    assert [next(iter(row.values())) for row in rows] == [finding.id for finding in report.findings]
    assert all(list(row.values())[-len(REVIEW) :] == [None] * len(REVIEW) for row in rows)
    (validation,) = sheet.data_validations.dataValidation
    assert validation.formula1 == {"zh": '"是,否,部分"', "en": '"yes,no,partly"'}[lang]
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref.startswith("A1:") and sheet.print_title_rows == "$1:$1"


def test_a_finding_is_told_with_its_clause_place_values_and_remedy() -> None:
    (row,) = (r for r in records(book(demo())["问题清单"]) if r["规则"] == "TP-202")
    (finding,) = (f for f in demo().findings if f.rule.code == "TP-202")
    clause = finding.rule.clause
    assert (row["条款"], row["指南"]) == (clause.number, "国土空间规划衔接指南") and "强制" in row["依据"]
    assert (row["文件"], row["表或图层"], row["行、要素或段"]) == ("智慧城市规划图层.gpkg", "项目用地", 21)
    assert (row["实测"], row["允许"], row["修改建议"]) == ("3,800.29 m²", "1 m²", finding.rule.remedy.zh)
    assert (row["级别"], row["影响结论"]) == ("违反", "是")


@pytest.mark.parametrize("lang", LANGS)
def test_everything_open_and_every_remark_is_a_row(lang: str) -> None:
    report = every_outcome()
    _, _, matters, remarks, *_ = book(report, lang).worksheets
    rows = records(matters)
    assert list(rows[0]) == [column.heading.in_(lang) for column in (*MATTERS, *REVIEW)]
    reasons = [reason for outcome in report.outcomes for reason in outcome.reasons]
    said = [(next(iter(row.values())), list(row.values())[3]) for row in rows]
    assert sorted(said) == sorted((reason.id, reason.text.in_(lang)) for reason in reasons)
    assert list(rows[0].values())[1] == {"zh": "规则出错", "en": "error"}[lang], "what is worst stands first"
    assert len(records(remarks)) == len(report.notes)


@pytest.mark.parametrize("lang", LANGS)
def test_the_summary_says_what_is_suggested_of_which_plan_and_counts_every_rule(lang: str) -> None:
    report = every_outcome()
    cells = [[c for c in row if c is not None] for row in book(report, lang).worksheets[0].iter_rows(values_only=True)]
    flat = [str(cell) for row in cells for cell in row]
    conclusion = conclude(report).value.in_(lang)
    assert conclusion in flat and flat[0] == {"zh": "自动核查建议，供审查参考"}.get(lang, flat[0])
    for part in (report.plan.identifier, report.rulebook, report.plan.files[0].sha256, "2026-03-31", report.engine):
        assert any(part in cell for cell in flat), part
    *guidelines, total = [row[1:] for row in cells if len(row) == 2 + len(Outcome)][1:]
    assert total == [*report.counts.values(), len(report.findings)]
    assert [sum(column) for column in zip(*guidelines, strict=True)] == total


def test_the_row_of_the_grounds_is_as_high_as_its_lines() -> None:
    sheet = book(demo(), "en").worksheets[0]
    (cell,) = (cell for cell in sheet["B"] if cell.value == grounds(demo()).en)
    assert sheet.row_dimensions[cell.row].height >= 2 * 15  # a merged cell: no program finds the height itself


def test_a_file_that_is_a_workbook_of_the_package_is_linked_to_sheet_and_row() -> None:
    report, _ = with_finding(demo())
    assert links(book(report)["问题清单"]) == [("M2", "智慧城市规划表格.xlsx", "'项目表'!A26")]


@pytest.mark.parametrize(
    "file", ["../智慧城市规划表格.xlsx", "\\\\server\\share\\a.xlsx", "http://example.invalid/a.xlsx", "别处.xlsx"]
)
def test_what_lies_outside_the_package_is_not_linked(file: str) -> None:
    report, _ = with_finding(demo(), place=Place(file, "项目表", 26))
    if file != "别处.xlsx":  # one that the package could be made to list
        report = replace(report, plan=replace(report.plan, files=(replace(report.plan.files[0], name=file),)))
    assert not links(book(report)["问题清单"])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "http://example.invalid/", "{=1}"])
def test_texts_of_plans_are_no_formulas_and_no_links(text: str) -> None:
    report, _ = with_finding(demo(), message=Text(text, text), focus_label=Text(text, text), place=None)
    sheet = book(report)["问题清单"]
    assert (sheet["K2"].value, sheet["K2"].data_type) == (text, "s") and not links(sheet)


def test_what_no_document_may_hold_is_taken_out_and_what_is_too_long_is_cut_visibly() -> None:
    report, _ = with_finding(demo(), message=Text("甲\x00\x0b\ud800乙￾", ""), focus_label=Text("长" * 40_000, ""))
    row = records(book(report)["问题清单"])[0]
    assert row["问题"] == "甲乙" and len(row["对象"]) == 32_767 and row["对象"].endswith("…")


def test_the_same_report_gives_the_same_bytes() -> None:
    assert writers.write(demo(), "xlsx", "zh") == writers.write(demo(), "xlsx", "zh")


def test_without_coordinates_there_are_none() -> None:
    text = [str(c.value) for s in book(demo(with_coordinates=False)) for row in s.iter_rows() for c in row]
    assert not any("3301302" in cell or "499900" in cell for cell in text)


def test_the_command_writes_it_by_the_name_of_the_file(tmp_path: Path) -> None:
    assert run("demo", "-o", tmp_path / "问题清单.xlsx").status == 0
    assert openpyxl.load_workbook(tmp_path / "问题清单.xlsx").sheetnames[:2] == ["核查概要", "问题清单"]


# ---- what is suggested ----------------------------------------------------------------------------------------------


def only(report: Report, *codes: str, accepted: bool) -> Report:
    kept = tuple(o for o in report.outcomes if o.rule.code in codes)
    assert len(kept) == len(codes)
    return replace(report, outcomes=kept, accepted=accepted)


def test_a_mandatory_clause_in_the_way_or_a_broken_rule_returns_the_plan() -> None:
    assert conclude(only(demo(), "TP-202", accepted=False)) is Conclusion.RETURN
    broken = next(o for o in every_outcome().outcomes if o.outcome is Outcome.ERROR and not o.counts)
    assert conclude(replace(demo(), outcomes=(broken,), accepted=True)) is Conclusion.RETURN


def test_what_can_be_mended_asks_for_it() -> None:
    assert conclude(only(demo(), "NT-203", accepted=False)) is Conclusion.MEND


def test_what_the_profile_leaves_to_a_person_is_told_with_what_is_suggested() -> None:
    waits = next(o for o in demo().outcomes if o.outcome is Outcome.PERSON_DECIDES and o.counts)
    report = only(demo(), waits.rule.code, accepted=True)
    assert conclude(report) is Conclusion.PASS
    assert grounds(report).zh.endswith("；另有 1 条待人工认定。") and grounds(report).en.endswith(
        "1 waits for a person's decision."
    )


def test_advice_alone_keeps_no_plan_from_passing() -> None:
    assert conclude(only(demo(), "IO-104", accepted=True)) is Conclusion.PASS
