"""What reviewers hand back: no word of theirs is lost, and only records that hold settle anything.

A workbook is one that plancheck wrote, filled in with openpyxl as a reviewer would, and read back.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openpyxl.comments import Comment

from checker import comparison, lift, pipeline, readers, writers
from checker.errors import CannotFinish, Text
from checker.facts import Store
from checker.judge.verdict import conclude
from checker.model import Finding, OpinionStanding, Outcome, Reason, Report, RuleOutcome
from checker.readers.reviews import read
from checker.vocabulary import SUB
from checker.writers import comparison as comparisons
from checker.writers import reading
from checker.writers.conclusion import Conclusion, grounds
from checker.writers.conclusion import conclude as suggest
from checker.writers.lists import EARLIER, FINDINGS, MATTERS, REVIEW
from tests.builtin import KNOWN, PACK, TERMS
from tests.packages import SITE, check, package, run, territory
from tests.reports import demo, wrong

LISTS = TERMS.of_reviews()
RED_LINE, FARMLAND = "TP-202", "TP-201"
ON_THE_DAY = dt.date(2026, 6, 30)  # the day as of which the plan is checked: its own
WAIVER = ("问题编号", "规则", "对象", "豁免理由", "批准人", "批准文号", "有效期至", "附件")
DECISION = ("事项编号", "规则", "对象", "认定结论", "认定人", "认定日期", "认定依据", "附件")


@dataclass(frozen=True)
class Checked:
    """A plan that was checked: its package and territorial plan, the report, and what the report was made of."""

    folder: Path
    territorial: Path
    report: Report
    store: Store

    def again(self, *lists: Path) -> Report:
        """The report of the next check, with lists handed in."""
        return pipeline.reviewed(self.report, read(lists, LISTS), KNOWN, self.store, "auto")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """A plan with a site on the red line, compared with a territorial plan that has little else."""
    folder = tmp_path_factory.mktemp("reviewed")
    package(folder / "plan")
    there = territory(folder / "territorial.gpkg", STBHHX=[SITE])
    report = pipeline.check(pipeline.Request(folder / "plan", {"territorial": there}))
    schema = PACK.root / "ontology" / "plan.xsd"
    read_in = {"territorial": readers.read(there, TERMS, schema)}
    facts, _, _ = lift.lift(readers.read(folder / "plan", TERMS, schema), read_in, TERMS)
    return Checked(folder / "plan", there, report, Store(facts, TERMS))


def finding(report: Report, code: str) -> Finding:
    return next(f for f in report.findings if f.rule.code == code)


def outcome(report: Report, code: str) -> RuleOutcome:
    return next(o for o in report.outcomes if o.rule.code == code)


def reason(report: Report, code: str) -> Reason:
    return outcome(report, code).reasons[0]


def broken(report: Report) -> list[tuple[str, str]]:
    """What is wrong with the records: rule and the last part of the shape."""
    found = [(f.rule.code, f.shape.rpartition("-")[2]) for f in report.findings if f.rule.code.startswith("RV-")]
    return sorted(found)


def filled(report: Report, path: Path, edit: Callable[[Any], None], lang: str = "zh") -> Path:
    """The workbook of a report, filled in."""
    made = writers.write(report, "xlsx", lang)
    assert isinstance(made, bytes)
    book = openpyxl.load_workbook(io.BytesIO(made))
    edit(book)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def at(sheet: Any, heading: str) -> int:
    return next(int(cell.column) for cell in sheet[1] if cell.value == heading)


def row_of(sheet: Any, id_: str) -> int:
    return next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value == id_)


def put(sheet: Any, rows: Sequence[dict[str, object]]) -> None:
    """Fills in rows of a list that is still empty."""
    for number, row in enumerate(rows, 2):
        for heading, value in row.items():
            sheet.cell(number, at(sheet, heading)).value = value


def with_rows(checked: Checked, folder: Path, name: str, *rows: dict[str, object]) -> Report:
    """The next report, with rows in the list of this name."""
    return checked.again(filled(checked.report, folder / "清单.xlsx", lambda book: put(book[name], rows)))


def waiver(**said: object) -> dict[str, object]:
    """A row of the list of waivers that is complete but for what it waives, unless said otherwise."""
    whole = {"豁免理由": "市政府会议同意", "批准人": "李四", "批准文号": "会纪〔2026〕3号", "有效期至": ON_THE_DAY}
    return {**whole, **said}


def decision(**said: object) -> dict[str, object]:
    whole = {"认定结论": "符合", "认定人": "张三", "认定日期": dt.date(2026, 5, 6), "认定依据": "已核对批复"}
    return {**whole, **said}


# ---- reports are read back, and compared ------------------------------------------------------------------------------


def reviewed_once(checked: Checked, folder: Path) -> tuple[Path, Report]:
    """A list with an answer, a row of the reviewers' own, a waiver and a decision, and the report of the next check."""
    id_, open_id = finding(checked.report, RED_LINE).id, reason(checked.report, FARMLAND).id

    def edit(book: Any) -> None:
        sheet = book["问题清单"]
        sheet.cell(row_of(sheet, id_), at(sheet, "人工意见")).value = "请移出红线"
        sheet.cell(sheet.max_row + 1, at(sheet, "人工意见")).value = "另请补充图例"
        put(book["豁免"], [waiver(问题编号=id_, 附件=attached(folder))])
        put(book["人工认定"], [decision(事项编号=open_id)])

    path = filled(checked.report, folder / "清单.xlsx", edit)
    return path, checked.again(path)


def test_a_reviewed_report_is_read_back_as_it_was_written(checked: Checked, tmp_path: Path) -> None:
    _, report = reviewed_once(checked, tmp_path)
    written = writers.write(replace(report, geometry_crs=None), "json", "zh")
    found = json.loads(written)
    for told in found["findings"]:
        for name in ("geometry", "geometryNote"):  # a report that is read back has none
            told.pop(name, None)
    again = reading.parse(json.dumps(found).encode(), tmp_path / "报告.json")
    assert json.loads(writers.write(again, "json", "zh")) == found
    assert finding(again, RED_LINE).waiver == finding(report, RED_LINE).waiver is not None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_comparison_shows_what_was_recorded_and_said(checked: Checked, tmp_path: Path, lang: str) -> None:
    path, report = reviewed_once(checked, tmp_path)
    found = comparison.compare(checked.report, report, pipeline.opinions([path], checked.report.plan))
    entry = next(e for e in found.entries if e.id == finding(report, RED_LINE).id)
    assert entry.standing is comparison.Standing.CHANGED and [o.opinion for o in entry.opinions] == ["请移出红线"]
    assert {change.aspect for change in entry.changes} == {comparison.Aspect.WAIVER, comparison.Aspect.WEIGHT}
    decided = next(e for e in found.entries if e.id == reason(report, FARMLAND).id)
    assert [change.aspect for change in decided.changes] == [comparison.Aspect.DECISION]
    assert [o.opinion for o in found.unplaced] == ["另请补充图例"]
    for form in ("text", "html", "json"):
        told = comparisons.write(found, form, lang)
        assert all(word in told for word in ("请移出红线", "另请补充图例", "市政府会议同意", "已核对批复")), form
    schema = json.loads((files("checker.writers") / "comparison.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(comparisons.write(found, "json", lang)))


def test_opinions_on_what_neither_report_has_are_told(checked: Checked, tmp_path: Path) -> None:
    path, _ = reviewed_once(checked, tmp_path)
    gone = replace(checked.report, outcomes=tuple(o for o in checked.report.outcomes if o.rule.code != RED_LINE))
    found = comparison.compare(gone, gone, pipeline.opinions([path], checked.report.plan))
    assert {"请移出红线", "另请补充图例"} == {o.opinion for o in found.unplaced}
    assert "请移出红线" in comparisons.write(found, "text", "zh")


# ---- opinions ---------------------------------------------------------------------------------------------------------


def test_answers_come_back_with_the_finding_though_rows_were_moved_and_columns_added(
    checked: Checked, tmp_path: Path
) -> None:
    id_, open_id = finding(checked.report, RED_LINE).id, reason(checked.report, FARMLAND).id

    def edit(book: Any) -> None:
        sheet = book["问题清单"]
        row = row_of(sheet, id_)
        for heading, text in zip(
            ("是否采纳", "修改说明", "修改位置", "人工意见"), ["部分", "已移", "图层", "=1+1"], strict=True
        ):
            sheet.cell(row, at(sheet, heading)).value = text
            sheet.cell(row, at(sheet, heading)).data_type = "s"
        sheet.cell(1, sheet.max_column + 1).value = "责任人"
        sheet.cell(row, sheet.max_column).value = "王工"
        sheet.cell(row, sheet.max_column + 3).value = "没有表头的话"
        sheet.cell(row, 5).comment = Comment("批注里的话", "李")
        sheet.move_range(f"A{row}:AZ{row}", rows=sheet.max_row)
        sheet.insert_cols(1)
        matters = book["待核实事项"]
        matters.cell(row_of(matters, open_id), at(matters, "人工意见")).value = "请补充"

    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", edit))
    (said,) = finding(report, RED_LINE).opinions
    assert (said.adopted, said.change, said.changed_at, said.opinion) == ("部分", "已移", "图层", "=1+1")
    assert ("责任人", "王工") in said.others and "没有表头的话" in dict(said.others).values()
    assert "批注里的话" in [text for _, text in said.others], "comments on cells are words too"
    assert [o.opinion for o in reason(report, FARMLAND).opinions] == ["请补充"]
    assert finding(report, RED_LINE).blocks, "an opinion changes no verdict"

    second = openpyxl.load_workbook(filled(report, tmp_path / "b.xlsx", lambda _: None))["问题清单"]
    row = row_of(second, id_)
    assert (
        second.cell(row, at(second, "责任人")).value == "王工"
        and second.cell(row, at(second, "是否采纳")).value == "部分"
    )
    cell = second.cell(row, at(second, "人工意见"))
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_list_without_answers_says_nothing(checked: Checked, tmp_path: Path, lang: str) -> None:
    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", lambda _: None, lang))
    assert report.review is not None and (report.review.earlier, report.review.own) == ((), ())
    assert not any(f.opinions for f in report.findings) and broken(report) == []
    assert report.accepted is checked.report.accepted
    others = ([replace(o, engine="") for o in r.outcomes if o.rule.code != "RV-107"] for r in (report, checked.report))
    assert next(others) == next(others) and outcome(report, "RV-107").outcome is Outcome.PASSED


def test_opinions_on_what_is_gone_say_whether_it_was_mended(checked: Checked, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["问题清单"]
        ids = ("SC-104-0123456789", "TP-203-0123456789", "甲-1")
        for number, id_ in enumerate(ids, sheet.max_row + 1):
            sheet.cell(number, 1).value = id_
            sheet.cell(number, at(sheet, "问题")).value = f"问题{id_}"
            sheet.cell(number, at(sheet, "人工意见")).value = f"意见{id_}"

    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", edit))
    assert report.review is not None
    stands = {past.opinion.about: past.standing for past in report.review.earlier}
    assert outcome(report, "TP-203").outcome is Outcome.UNDECIDED
    assert stands == {
        "SC-104-0123456789": OpinionStanding.ANSWERED,
        "TP-203-0123456789": OpinionStanding.NOT_CHECKED,
        "甲-1": OpinionStanding.UNKNOWN,
    }
    for form in ("text", "json", "html"):
        told = writers.write(report, form, "zh")
        assert all(f"意见{id_}" in told and f"问题{id_}" in told for id_ in stands), form

    third = checked.again(filled(report, tmp_path / "b.xlsx", lambda _: None))
    assert third.review is not None
    again = {past.opinion.about: past for past in third.review.earlier}
    assert {id_: past.standing for id_, past in again.items()} == stands, "the next list hands them on"
    assert all(past.opinion.opinion == f"意见{id_}" for id_, past in again.items())


_WORDS = st.text(st.sampled_from("意见合计注：小计、附表1 aB（）；\n"), min_size=1, max_size=12)


FEW = (RED_LINE, FARMLAND, "SC-103", "TP-203", "TP-212")  # findings, what is undecided, what a person decides


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_word_of_a_reviewer_is_lost(checked: Checked, tmp_path: Path, data: st.DataObject) -> None:
    """Words in any cell of a column for answers, of an added column, or of a row of their own come back, and do so again."""
    words: list[str] = []
    few = [o for o in checked.report.outcomes if o.rule.code in FEW or o.rule.code.startswith("RV-")]
    small = replace(checked, report=replace(checked.report, outcomes=tuple(few)))

    def word() -> str:
        words.append(f"〔{len(words)}〕{data.draw(_WORDS)}")
        return words[-1]

    def edit(book: Any) -> None:
        for name in ("问题清单", "待核实事项"):
            sheet = book[name]
            first, last, rows = at(sheet, "是否采纳"), sheet.max_column + 3, sheet.max_row
            sheet.cell(1, last).value = "另加"
            for _ in range(data.draw(st.integers(0, 3))):
                where = data.draw(st.integers(2, rows)), data.draw(st.integers(first, last))
                sheet.cell(*where).value = word()
            for row in range(rows + 1, rows + 1 + data.draw(st.integers(0, 3))):
                sheet.cell(row + data.draw(st.integers(0, 2)), data.draw(st.integers(2, last))).value = word()
            order = data.draw(st.permutations(range(2, rows + 1)))
            cells = {row: [cell.value for cell in sheet[row]] for row in order}
            for row, source in zip(range(2, rows + 1), order, strict=True):
                for column, value in enumerate(cells[source], 1):
                    sheet.cell(row, column).value = value

    report = small.report
    for generation in range(2):
        path = filled(report, tmp_path / f"{generation}.xlsx", edit if generation == 0 else lambda _: None)
        there = {c.value for s in openpyxl.load_workbook(path).worksheets for row in s.iter_rows() for c in row}
        kept = [text for text in words if any(text.strip() in str(value) for value in there)]
        report = small.again(path)
        found = json.loads(writers.write(report, "json", "zh"))
        told = json.dumps(found, ensure_ascii=False)
        lost = [text for text in kept if json.dumps(text.strip(), ensure_ascii=False)[1:-1] not in told]
        assert not lost, (generation, lost)
        if generation == 0:
            words = kept  # the others were written over
        assert kept == words, "the second list holds all that the first did"
    assert not wrong(found)


def test_our_headings_are_those_that_the_ontology_knows() -> None:
    kind = next(kind for kind in LISTS.tables if kind.rows_are == str(SUB.ReviewRemark))
    for column in (*FINDINGS, *MATTERS, *REVIEW, *EARLIER):
        assert all(LISTS.column(kind, heading) for heading in column.heading), column.heading
    for form in demo().forms:
        assert all(LISTS.table(name) for name in form.name)


def test_lists_of_reviews_are_unknown_in_packages(tmp_path: Path) -> None:
    names = {name for kind in LISTS.tables if kind.rows_are != str(SUB.ReviewRemark) for name in kind.names}
    assert len(names) > 4 and not [name for name in names if TERMS.table(name)]
    plan = package(tmp_path)
    book = openpyxl.load_workbook(plan / "表格.xlsx")
    book.create_sheet("豁免").append(list(WAIVER))
    book["豁免"].append(list(waiver(**{"问题编号": "TP-202-0123456789"}).values()))
    book.save(plan / "表格.xlsx")
    assert "豁免" in check(plan).notes(), "nobody waives what was found in their own plan"
    assert check(plan, "--strict").status == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_list_that_lies_in_the_package_is_no_part_of_the_plan(checked: Checked, tmp_path: Path, lang: str) -> None:
    plan = package(tmp_path)
    before = check(plan).report
    filled(checked.report, plan / "清单.xlsx", lambda _: None, lang)
    ran = check(plan)
    assert ran.report["findings"] == before["findings"] and ran.report["rules"] == before["rules"]
    assert "这是核查写出的清单，不是成果，没有读取" in ran.notes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_list_on_another_plan_is_refused(checked: Checked, tmp_path: Path, lang: str) -> None:
    """The matters of two plans can have one id."""
    path = filled(checked.report, tmp_path / "清单.xlsx", lambda _: None, lang)
    assert pipeline.opinions([path], checked.report.plan) == ()
    with pytest.raises(CannotFinish) as refused:
        pipeline.opinions([path], replace(checked.report.plan, identifier="TEST-2"))
    assert refused.value.where == "清单.xlsx"
    assert "“TEST-1”" in refused.value.problem.zh and "“TEST-2”" in refused.value.problem.zh


# ---- what the check wrote into a list --------------------------------------------------------------------------------

TOLD = {  # what the lists say in each language
    "zh": ("问题清单", "待核实事项", "级别", "违反", "提示", "问题", "条款", "允许", "人工意见"),
    "en": ("findings", "open matters", "severity", "violation", "info", "message", "clause", "allowed", "reviewer's opinion"),
}  # fmt: skip


def changed(report: Report) -> list[Finding]:
    return list(outcome(report, "RV-107").findings)


def end(finding: Finding) -> str:
    return finding.shape.rpartition("-")[2]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_cells_that_the_check_wrote_and_a_reviewer_changed_are_told(
    checked: Checked, tmp_path: Path, lang: str
) -> None:
    problems, matters, severity, violation, info, message, clause, allowed, opinion = TOLD[lang]
    other = next(f for f in checked.report.findings if f.rule.code == "SC-103")
    rows: dict[str, int] = {}

    def edit(book: Any) -> None:
        sheet = book[problems]
        sheet.insert_cols(3)
        rows["line"], rows["other"] = row_of(sheet, finding(checked.report, RED_LINE).id), row_of(sheet, other.id)
        sheet.cell(rows["line"], at(sheet, severity)).value = info
        sheet.cell(rows["line"], at(sheet, message)).value = "没有问题"
        sheet.cell(rows["line"], at(sheet, clause)).value = None
        sheet.cell(rows["other"], at(sheet, allowed)).value = "=1+1"
        sheet.cell(rows["other"], at(sheet, opinion)).value = "同意"
        rows["open"] = row_of(book[matters], reason(checked.report, FARMLAND).id)
        book[matters].cell(rows["open"], at(book[matters], clause)).value = "X-1"

    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", edit, lang))
    told = {(f.place.part, f.place.row, f.details["heading"]): f for f in changed(report) if f.place}
    assert set(told) == {
        (problems, rows["line"], severity),
        (problems, rows["line"], message),
        (problems, rows["line"], clause),
        (problems, rows["other"], allowed),
        (matters, rows["open"], clause),
    }
    line = told[problems, rows["line"], severity]
    assert (line.details["written"], line.details["now"]) == (violation, info)
    assert f"原为“{violation}”，现为“{info}”" in line.message.zh
    assert f"from '{violation}' to '{info}'" in line.message.en
    assert (
        end(told[problems, rows["line"], clause]) == "emptied"
        and end(told[problems, rows["other"], allowed]) == "filled"
    )
    assert told[problems, rows["other"], allowed].details["now"] == "=1+1"
    assert finding(report, RED_LINE).severity is finding(checked.report, RED_LINE).severity, "none of it is believed"
    assert (report.accepted, suggest(report)) == (checked.report.accepted, suggest(checked.report))
    assert [o.opinion for o in next(f for f in report.findings if f.id == other.id).opinions] == ["同意"]
    for form in ("text", "html", "json", "sarif"):
        assert "没有问题" in str(writers.write(report, form, "zh")), form


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_list_in_which_rows_were_moved_and_answered_is_as_it_was_written(
    checked: Checked, tmp_path: Path, lang: str
) -> None:
    def edit(book: Any) -> None:
        sheet = book[TOLD[lang][0]]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        for number, row in enumerate(reversed(rows), 2):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column).value = value.replace(", ", ",\r\n ") if isinstance(value, str) else value
        sheet.cell(2, at(sheet, TOLD[lang][-1])).value = "同意"
        sheet.cell(sheet.max_row + 1, at(sheet, TOLD[lang][-1])).value = "另请补充图例"

    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", edit, lang))
    rows = len(checked.report.findings) + sum(len(o.reasons) for o in checked.report.outcomes)
    assert outcome(report, "RV-107").outcome is Outcome.PASSED and outcome(report, "RV-107").checked == rows
    assert not [note for note in report.notes if note.place.part in (None, "核查原文", "as written")]


def test_an_id_that_was_changed_or_made_up_is_told(checked: Checked, tmp_path: Path) -> None:
    line, other = (next(f for f in checked.report.findings if f.rule.code == code).id for code in (RED_LINE, "SC-103"))
    rows: list[int] = []

    def edit(book: Any) -> None:
        sheet = book["问题清单"]
        rows.extend([row_of(sheet, line), row_of(sheet, other), sheet.max_row + 1])
        sheet.cell(rows[0], 1).value, sheet.cell(rows[1], 1).value = other, None
        sheet.cell(rows[2], 1).value, sheet.cell(rows[2], at(sheet, "人工意见")).value = "TP-202-9999999999", "另有一处"

    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", edit))
    told = {f.place.row: f for f in changed(report) if f.place}
    assert [end(told[row]) for row in rows] == ["changed", "emptied", "row"]
    assert (told[rows[0]].details["written"], told[rows[0]].details["now"]) == (line, other)
    assert told[rows[1]].details["written"] == other and "TP-202-9999999999" in told[rows[2]].message.zh


def test_what_was_found_is_told_as_the_check_wrote_it_though_the_list_says_otherwise(
    checked: Checked, tmp_path: Path
) -> None:
    line = finding(checked.report, RED_LINE)

    def edit(book: Any) -> None:
        sheet = book["问题清单"]
        row = row_of(sheet, line.id)
        sheet.cell(row, at(sheet, "问题")).value = "没有问题"
        sheet.cell(row, at(sheet, "人工意见")).value = "已移出"

    path = filled(checked.report, tmp_path / "a.xlsx", edit)
    mended = tuple(replace(o, findings=()) if o.rule.code == RED_LINE else o for o in checked.report.outcomes)
    report = replace(checked, report=replace(checked.report, outcomes=mended)).again(path)
    assert report.review is not None
    (past,) = report.review.earlier
    assert (past.opinion.found, past.opinion.opinion) == (line.message.zh, "已移出")
    assert [f.details["now"] for f in changed(report)] == ["没有问题"]

    again = checked.again(filled(report, tmp_path / "b.xlsx", lambda _: None))
    assert outcome(again, "RV-107").outcome is Outcome.PASSED, "the next list has its own copy"


def test_rows_that_are_gone_and_lists_without_a_copy_are_remarked_on(checked: Checked, tmp_path: Path) -> None:
    line = finding(checked.report, RED_LINE)

    def cut(book: Any) -> None:
        book["问题清单"].delete_rows(row_of(book["问题清单"], line.id))

    def without(book: Any) -> None:
        del book["核查原文"]
        sheet = book["问题清单"]
        sheet.cell(row_of(sheet, line.id), at(sheet, "级别")).value = "提示"

    gone = checked.again(filled(checked.report, tmp_path / "a.xlsx", cut))
    assert [note.text.zh for note in gone.notes if line.id in note.text.zh] == [
        f"核查写出的 1 行不在交回的清单中：{line.id}"
    ]
    blind = checked.again(filled(checked.report, tmp_path / "b.xlsx", without))
    said = {note.place.part for note in blind.notes if "看不出核查写出的内容是否被改动" in note.text.zh}
    assert said == {"问题清单", "待核实事项"} and outcome(blind, "RV-107").outcome is Outcome.NOT_APPLICABLE


# ---- waivers ----------------------------------------------------------------------------------------------------------


def attached(folder: Path, name: str = "批文.pdf") -> str:
    (folder / name).write_bytes(b"%PDF-1.4")
    return name


@pytest.mark.parametrize(
    ("until", "holds"),
    [(ON_THE_DAY, True), (ON_THE_DAY - dt.timedelta(1), False), ("2026年6月", True), ("2026-06-29", False)],
)
def test_a_waiver_holds_until_its_last_day(checked: Checked, tmp_path: Path, until: object, holds: bool) -> None:
    id_ = finding(checked.report, RED_LINE).id
    row = waiver(问题编号=id_, 有效期至=until, 附件=attached(tmp_path))
    report = with_rows(checked, tmp_path, "豁免", row)
    waived = finding(report, RED_LINE)
    assert (waived.waiver is not None) is holds and waived.blocks is not holds
    assert outcome(report, RED_LINE).blocks is not holds and outcome(report, RED_LINE).outcome is Outcome.FAILED
    assert broken(report) == ([] if holds else [("RV-102", "valid")])


def test_a_waived_finding_is_shown_as_waived_in_every_format(checked: Checked, tmp_path: Path) -> None:
    id_ = finding(checked.report, RED_LINE).id
    report = with_rows(checked, tmp_path, "豁免", waiver(问题编号=id_, 附件=attached(tmp_path)))
    assert report.review is not None and [file.name for file in report.review.files] == ["清单.xlsx", "批文.pdf"]
    for form in ("text", "html", "junit", "shacl", "json", "sarif"):
        told = writers.write(report, form, "zh")
        told = told.decode() if isinstance(told, bytes) else told
        assert "市政府会议同意" in told and "李四" in told and "会纪〔2026〕3号" in told, form
        assert finding(report, RED_LINE).message.zh.split("占用")[0] in told, form
    found = json.loads(writers.write(report, "json", "zh"))
    assert not wrong(found) and found["review"]["files"][1]["sha256"] == report.review.files[1].sha256
    results = json.loads(writers.write(report, "sarif", "en"))["runs"][0]["results"]
    waived = [result for result in results if result["suppressions"]]
    assert [result["ruleId"] for result in waived] == [RED_LINE]
    sheet = openpyxl.load_workbook(filled(report, tmp_path / "next" / "b.xlsx", lambda _: None))
    row = row_of(sheet["问题清单"], id_)
    assert "已豁免" in sheet["问题清单"].cell(row, at(sheet["问题清单"], "豁免情况")).value
    assert sheet["豁免"].cell(2, 1).value == id_, "the next list has the waiver in it"


def test_what_is_suggested_says_how_much_people_settled(checked: Checked, tmp_path: Path) -> None:
    def only(report: Report, code: str) -> Report:
        return conclude(replace(report, outcomes=(outcome(report, code),)))

    row = waiver(问题编号=finding(checked.report, RED_LINE).id, 附件=attached(tmp_path))
    waived = only(with_rows(checked, tmp_path, "豁免", row), RED_LINE)
    assert waived.accepted and suggest(waived) is Conclusion.PASS and "1 个问题已豁免" in grounds(waived).zh
    assert suggest(only(checked.report, RED_LINE)) is Conclusion.RETURN
    for said, conclusion in (("符合", Conclusion.PASS), ("不符合", Conclusion.RETURN)):
        row = decision(事项编号=reason(checked.report, FARMLAND).id, 认定结论=said)
        decided = only(with_rows(checked, tmp_path, "人工认定", row), FARMLAND)
        assert suggest(decided) is conclusion and "1 个事项已由人认定" in grounds(decided).zh


def test_a_feature_is_waived_by_rule_and_key(checked: Checked, tmp_path: Path) -> None:
    row = waiver(规则=RED_LINE, 对象="S-1", 附件=attached(tmp_path))
    assert finding(with_rows(checked, tmp_path, "豁免", row), RED_LINE).waiver is not None


@pytest.mark.parametrize(
    ("row", "wrong_with_it"),
    [
        ({"规则": "TP-202"}, [("RV-101", "matter"), ("RV-103", "met")]),
        ({"问题编号": "TP-202-0123456789"}, [("RV-103", "met")]),
        ({"问题编号": "XX-9-0123456789"}, [("RV-103", "known")]),
        ({"规则": "TP-202", "对象": "S-2"}, [("RV-103", "met")]),
        ({"规则": "SC-101", "问题编号": "TP-202-0123456789"}, [("RV-103", "known")]),
        ({"备注": "以下空白"}, [("RV-101", "matter"), ("RV-103", "known")]),
    ],
)
def test_a_waiver_of_nothing_is_a_finding(
    checked: Checked, tmp_path: Path, row: dict[str, object], wrong_with_it: list[tuple[str, str]]
) -> None:
    def edit(book: Any) -> None:
        book["豁免"].cell(1, 9).value = "备注"
        put(book["豁免"], [waiver(**row)])

    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", edit))
    assert broken(report) == wrong_with_it
    assert all(f.waiver is None for f in report.findings) and finding(report, RED_LINE).blocks
    (place,) = {f.place for f in report.findings if f.rule.code.startswith("RV-")}
    assert place is not None and (place.file, place.part, place.row) == ("a.xlsx", "豁免", 2)


@pytest.mark.parametrize("lacking", ["豁免理由", "批准人", "有效期至"])
def test_an_incomplete_waiver_waives_nothing(checked: Checked, tmp_path: Path, lacking: str) -> None:
    id_ = finding(checked.report, RED_LINE).id
    report = with_rows(
        checked, tmp_path, "豁免", waiver(**{"问题编号": id_, "附件": attached(tmp_path), lacking: None})
    )
    assert [rule for rule, _ in broken(report)] == ["RV-101"] and finding(report, RED_LINE).blocks


def test_a_day_that_cannot_be_read_waives_nothing(checked: Checked, tmp_path: Path) -> None:
    id_ = finding(checked.report, RED_LINE).id
    report = with_rows(checked, tmp_path, "豁免", waiver(问题编号=id_, 附件=attached(tmp_path), 有效期至="长期"))
    assert finding(report, RED_LINE).blocks and outcome(report, "RV-102").outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("said", "wrong_with_it"),
    [
        ({}, [("RV-104", "file")]),
        ({"附件": "没有.pdf"}, [("RV-101", "attached"), ("RV-104", "file")]),
        ({"附件": "空.pdf"}, [("RV-101", "attached"), ("RV-104", "file")]),
        ({"附件": "../外面.pdf"}, [("RV-101", "attached"), ("RV-104", "file")]),
        ({"附件": "批文.pdf；没有.pdf"}, [("RV-101", "attached")]),
        ({"附件": "批文.pdf", "批准文号": None}, [("RV-104", "number")]),
        ({"附件": "批文.pdf"}, []),
    ],
)
def test_a_control_line_is_waived_only_with_the_approval_named_and_attached(
    checked: Checked, tmp_path: Path, said: dict[str, object], wrong_with_it: list[tuple[str, str]]
) -> None:
    attached(tmp_path, "外面.pdf")
    (tmp_path / "in").mkdir()
    attached(tmp_path / "in")
    (tmp_path / "in" / "空.pdf").touch()
    row = waiver(问题编号=finding(checked.report, RED_LINE).id, **said)
    report = with_rows(checked, tmp_path / "in", "豁免", row)
    assert broken(report) == wrong_with_it
    assert finding(report, RED_LINE).blocks is bool(wrong_with_it)


def test_other_findings_need_no_attachment(checked: Checked, tmp_path: Path) -> None:
    other = next(f for f in checked.report.findings if f.rule.code == "SC-103")
    report = with_rows(checked, tmp_path, "豁免", waiver(问题编号=other.id, 批准文号=None))
    assert broken(report) == [] and next(f for f in report.findings if f.id == other.id).waiver is not None


def test_an_error_and_what_is_undecided_cannot_be_waived(checked: Checked, tmp_path: Path) -> None:
    text = Text("规则本身出错", "it broke")
    error = Reason(text, Outcome.ERROR, id="TP-202-0123456789")
    outcomes = tuple(
        replace(o, outcome=Outcome.ERROR, findings=(), reasons=(error,)) if o.rule.code == RED_LINE else o
        for o in checked.report.outcomes
    )
    broke = replace(checked, report=conclude(replace(checked.report, outcomes=outcomes)))
    rows = (waiver(问题编号=error.id), waiver(问题编号=reason(broke.report, FARMLAND).id))
    report = with_rows(broke, tmp_path, "豁免", *rows)
    assert broken(report) == [("RV-103", "finding")] * 2
    assert outcome(report, RED_LINE).blocks and outcome(report, FARMLAND).blocks and not report.accepted
    decided = with_rows(broke, tmp_path / "d", "人工认定", decision(事项编号=error.id))
    assert broken(decided) == [("RV-106", "open")] and outcome(decided, RED_LINE).blocks


# ---- decisions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("conclusion", "complies"), [("符合", True), ("不符合", False)])
def test_a_decision_settles_what_was_undecided(
    checked: Checked, tmp_path: Path, conclusion: str, complies: bool
) -> None:
    point = reason(checked.report, FARMLAND)
    report = with_rows(checked, tmp_path, "人工认定", decision(事项编号=point.id, 认定结论=conclusion))
    settled = reason(report, FARMLAND).decision
    assert settled is not None and (settled.complies, settled.person, settled.day) == (
        complies,
        "张三",
        dt.date(2026, 5, 6),
    )
    assert outcome(report, FARMLAND).blocks is not complies and broken(report) == []
    for form in ("text", "html", "json", "shacl"):
        told = str(writers.write(report, form, "zh"))
        assert "张三" in told and "2026-05-06" in told and "已核对批复" in told, form
    assert not wrong(json.loads(writers.write(report, "json", "zh")))


def test_what_a_person_refuses_stands_in_the_way_also_where_the_profile_would_accept_it(
    checked: Checked, tmp_path: Path
) -> None:
    before = outcome(checked.report, "TP-212")
    assert before.outcome is Outcome.PERSON_DECIDES and not before.blocks
    row = decision(规则="TP-212", 对象="TEST-1", 认定结论="不符合")
    report = with_rows(checked, tmp_path, "人工认定", row)
    assert broken(report) == [] and outcome(report, "TP-212").blocks
    assert all(r.decision is not None for r in outcome(report, "TP-212").reasons)


@pytest.mark.parametrize(
    ("said", "wrong_with_it"),
    [
        ({"认定人": None}, [("RV-105", "person")]),
        ({"认定日期": None}, [("RV-105", "date")]),
        ({"认定依据": None}, [("RV-105", "basis")]),
        ({"认定结论": None}, [("RV-105", "conclusion")]),
        ({"认定结论": "基本符合"}, []),
        ({"事项编号": "TP-201-0123456789"}, [("RV-106", "met")]),
    ],
)
def test_a_decision_that_lacks_something_or_meets_nothing_settles_nothing(
    checked: Checked, tmp_path: Path, said: dict[str, object], wrong_with_it: list[tuple[str, str]]
) -> None:
    id_ = reason(checked.report, FARMLAND).id
    report = with_rows(checked, tmp_path, "人工认定", decision(**{"事项编号": id_, **said}))
    assert broken(report) == wrong_with_it and outcome(report, FARMLAND).blocks
    assert reason(report, FARMLAND).decision is None
    unread = [o for o in report.outcomes if o.rule.code.startswith("RV-") and o.reasons]
    assert bool(unread) is (not wrong_with_it), "a cell that cannot be read is said"


def test_decisions_that_contradict_each_other_settle_nothing(checked: Checked, tmp_path: Path) -> None:
    id_ = reason(checked.report, FARMLAND).id
    rows = [decision(事项编号=id_, 认定结论=said) for said in ("符合", "不符合")]
    report = with_rows(checked, tmp_path, "人工认定", *rows)
    assert broken(report) == [("RV-106", "agree")] * 2 and reason(report, FARMLAND).decision is None


def test_a_finding_is_not_decided_but_mended_or_waived(checked: Checked, tmp_path: Path) -> None:
    id_ = finding(checked.report, RED_LINE).id
    report = with_rows(checked, tmp_path, "人工认定", decision(事项编号=id_))
    assert broken(report) == [("RV-106", "open")] and finding(report, RED_LINE).blocks


# ---- files ------------------------------------------------------------------------------------------------------------


def test_lists_may_be_csv_and_several(checked: Checked, tmp_path: Path) -> None:
    id_ = finding(checked.report, RED_LINE).id
    attached(tmp_path)
    lines = [",".join(WAIVER), f"{id_},,,同意,李四,函1号,2026-12-31,批文.pdf"]
    (tmp_path / "豁免.csv").write_text("\n".join(lines), encoding="gb18030")
    lines = [",".join(DECISION), f"{reason(checked.report, FARMLAND).id},,,符合,张三,2026-05-06,已核,"]
    (tmp_path / "人工认定.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    paths = [tmp_path / "豁免.csv", tmp_path / "人工认定.csv"]
    report = checked.again(*paths)
    assert finding(report, RED_LINE).waiver is not None and reason(report, FARMLAND).decision is not None
    assert writers.write(report, "json", "zh") == writers.write(checked.again(*reversed(paths)), "json", "zh")


def test_rubbish_is_refused_with_file_and_sheet(tmp_path: Path) -> None:
    def book(name: str, sheet: str, *rows: Sequence[object]) -> Path:
        made = openpyxl.Workbook()
        made.active.title = sheet
        for row in rows:
            made.active.append(list(row))
        made.save(tmp_path / name)
        return tmp_path / name

    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04")
    (tmp_path / "图.pdf").write_bytes(b"%PDF")
    good = book("好.xlsx", "豁免", WAIVER)
    for paths, said in (
        ([tmp_path / "坏.xlsx"], "坏.xlsx"),
        ([tmp_path / "图.pdf"], "图.pdf"),
        ([tmp_path / "没有.xlsx"], "没有.xlsx"),
        ([book("别的.xlsx", "项目表", ("项目编号", "项目名称"), ("P-1", "甲"))], "别的.xlsx"),
        ([book("无表头.xlsx", "豁免", ("TP-202-0123456789", "同意", "李四"))], "无表头.xlsx / 豁免"),
        ([good, good], "好.xlsx"),
    ):
        with pytest.raises(CannotFinish) as refused:
            read(paths, LISTS)
        assert said in refused.value.where and refused.value.remedy.zh and refused.value.remedy.en


def test_sheets_that_are_no_lists_are_said_to_be_unread(checked: Checked, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book.create_sheet("我的话").append(["总体意见", "还要再看"])

    report = checked.again(filled(checked.report, tmp_path / "a.xlsx", edit))
    unread = {note.place.part for note in report.notes if note.place.file == "a.xlsx"}
    assert {"核查概要", "我的话"} <= unread


def test_the_command_reads_lists_and_leaves_coordinates_out(checked: Checked, tmp_path: Path) -> None:
    id_ = finding(checked.report, RED_LINE).id

    def edit(book: Any) -> None:
        put(book["豁免"], [waiver(问题编号=id_, 附件=attached(tmp_path))])
        sheet = book["问题清单"]
        sheet.cell(row_of(sheet, id_), at(sheet, "人工意见")).value = "请核对"

    path = filled(checked.report, tmp_path / "清单.xlsx", edit)
    options = ("--territorial", checked.territorial, "--review", path, "--no-geometry")
    ran = run("check", checked.folder, *options, "--lang", "en", "--format", "text")
    assert ran.status == 1 and "waived: 市政府会议同意" in ran.out and "findings waived: 1" in ran.out
    assert "请核对" in ran.out and "Review" not in ran.err
    assert run("check", checked.folder, "--review", tmp_path / "没有.xlsx").status == 2
    assert [opinion.opinion for opinion in pipeline.opinions([path], checked.report.plan)] == ["请核对"]
