"""Workbooks as people make them: headers of several rows, merged cells, totals, remarks, what Excel hides or shows."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from checker.errors import CannotFinish
from checker.model import Content, SourceTable
from checker.readers import sheets
from tests.builtin import TERMS

PROJECTS = next(kind.iri for kind in TERMS.tables if kind.local == "project")
TITLE = "试算市（虚构）智慧城市规划"


def book(path: Path, rows: Sequence[Sequence[object]], merged: Sequence[str] = (), name: str = "项目表") -> Path:
    """A workbook of one sheet with these merged cells."""
    made = openpyxl.Workbook()
    sheet: Worksheet = made.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    made.save(path)
    return path


def read(path: Path) -> Content:
    return sheets.read(path, path.name, TERMS)


def only(content: Content) -> SourceTable:
    assert len(content.tables) == 1
    return content.tables[0]


def table(
    tmp_path: Path, rows: Sequence[Sequence[object]], merged: Sequence[str] = (), name: str = "项目表"
) -> Content:
    return read(book(tmp_path / "表.xlsx", rows, merged, name))


def said(content: Content) -> str:
    assert all(note.text.en for note in content.notes)
    return "\n".join(note.text.zh for note in content.notes)


def columns(content: Content) -> Mapping[str, list[str | None]]:
    found: dict[str, list[str | None]] = only(content).columns.to_pydict()
    return found


# ---- headers --------------------------------------------------------------------------------------------------------

GROUPED = [
    [f"{TITLE}项目表"],
    ["项目编号", "项目名称", "建设年限", None, "投资（万元）", None],
    [None, None, "起始", "结束", "总投资", "近期投资"],
    ["P-1", "算力中心", 2026, 2028, 3200, 800],
]
GROUPED_AREAS = ["A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2"]
GROUPED_HEADINGS = ["项目编号", "项目名称", "建设年限起始", "建设年限结束", "总投资（万元）", "近期投资（万元）"]


@pytest.mark.parametrize("merged", [GROUPED_AREAS, []], ids=["merged", "as-csv-leaves-it"])
def test_a_header_of_two_rows_names_columns_by_both(tmp_path: Path, merged: Sequence[str]) -> None:
    found = table(tmp_path, GROUPED, merged)
    assert list(columns(found)) == GROUPED_HEADINGS
    assert only(found).rows.to_pylist() == [4]
    assert columns(found)["近期投资（万元）"] == ["800"]
    assert not found.notes


def test_a_header_of_three_rows(tmp_path: Path) -> None:
    rows = [
        ["项目编号", "项目名称", "投资（万元）", None, None, "牵头单位"],
        [None, None, "总投资", "近期", None, None],
        [None, None, None, "投资", "建设内容", None],
        ["P-1", "算力中心", 3200, 800, "机房", "数据局"],
    ]
    found = table(tmp_path, rows, ["A1:A3", "B1:B3", "C1:E1", "C2:C3", "D2:E2", "F1:F3"])
    expected = ["项目编号", "项目名称", "总投资（万元）", "近期投资（万元）", "近期建设内容（万元）", "牵头单位"]
    assert list(columns(found)) == expected
    assert only(found).rows.to_pylist() == [4]


def test_a_wide_heading_takes_no_record_for_its_second_row(tmp_path: Path) -> None:
    rows = [["项目编号", "项目名称", "总投资（万元）", None], ["P-1", "甲", 3, None], ["P-2", "乙", 4, None]]
    found = table(tmp_path, rows, ["C1:D1", "C2:D2", "C3:D3"])
    assert columns(found)["项目编号"] == ["P-1", "P-2"]


def test_a_heading_read_without_its_group_is_said(tmp_path: Path) -> None:
    rows = [["项目编号", "项目名称", "上轮规划", None], [None, None, "总投资", "用地面积"], ["P-1", "甲", 3, 4]]
    found = table(tmp_path, rows, ["A1:A2", "B1:B2", "C1:D1"])
    assert list(columns(found)) == ["项目编号", "项目名称", "总投资", "用地面积"]
    assert "“上轮规划／总投资”即“总投资”" in said(found)


def test_titles_with_two_cells_are_no_header(tmp_path: Path) -> None:
    rows = [
        [f"{TITLE}项目表"],
        ["填报单位：数据局", None, "单位：元、公顷"],
        ["项目编号", "总投资", "用地面积"],
        ["P-1", 3, 2],
    ]
    found = table(tmp_path, rows)
    assert list(columns(found)) == ["项目编号", "总投资（元）", "用地面积（公顷）"]
    assert only(found).rows.to_pylist() == [4]


def test_two_units_of_one_quantity_over_the_table_are_left_to_lift_to_refuse(tmp_path: Path) -> None:
    found = table(tmp_path, [["单位：万元、亿元"], ["项目编号", "总投资", "近期投资（元）"], ["P-1", 3, 2]])
    heading = list(columns(found))[1]
    assert "万元" in heading and "亿元" in heading
    assert list(columns(found))[2] == "近期投资（元）"


def test_a_header_that_repeats_on_each_printed_page(tmp_path: Path) -> None:
    head = ["项目编号", "项目名称", "总投资（万元）"]
    found = table(tmp_path, [head, ["P-1", "甲", 3], head, ["P-2", "乙", 4]])
    assert columns(found)["项目编号"] == ["P-1", "P-2"]
    assert only(found).rows.to_pylist() == [2, 4]


# ---- rows -----------------------------------------------------------------------------------------------------------


def test_a_merged_cell_counts_for_each_of_its_rows(tmp_path: Path) -> None:
    rows = [["项目编号", "项目名称", "牵头单位"], ["P-1", "甲", "数据局"], ["P-2", "乙", None], ["P-3", "丙", "住建局"]]
    assert columns(table(tmp_path, rows, ["C2:C3"]))["牵头单位"] == ["数据局", "数据局", "住建局"]


def test_an_amount_for_several_projects_together_is_no_value_of_any(tmp_path: Path) -> None:
    rows = [["项目编号", "项目名称", "总投资（万元）"], ["P-1", "甲", 3000], ["P-2", "乙", None], ["P-3", "丙", 5]]
    values = columns(table(tmp_path, rows, ["C2:C3"]))["总投资（万元）"]
    assert values == ["3000（2—3 行合并）", "3000（2—3 行合并）", "5"]


def test_a_record_of_two_merged_rows_is_one(tmp_path: Path) -> None:
    rows = [["项目编号", "总投资（万元）"], ["P-1", 3000], [None, None], ["P-2", 5]]
    found = table(tmp_path, rows, ["A2:A3", "B2:B3"])
    assert columns(found)["总投资（万元）"] == ["3000", "5"]
    assert only(found).rows.to_pylist() == [2, 4]


@pytest.mark.parametrize("word", ["合计", "合 计", "总计：", "信息平台类小计", "合计（2 个）", "合计2个项目"])
def test_a_total_is_no_project_and_is_said(tmp_path: Path, word: str) -> None:
    rows = [["序号", "项目名称", "总投资（万元）"], [1, "甲", 3], [2, "乙", 4], [None, word, 7]]
    found = table(tmp_path, rows, ["A4:A4"])
    assert columns(found)["项目名称"] == ["甲", "乙"]
    assert "第 4 行是合计" in said(found) and "总投资（万元） 7" in said(found)
    assert found.notes[0].place.row == 4


def test_a_project_that_counts_something_is_no_total(tmp_path: Path) -> None:
    rows = [["项目编号", "项目名称", "建设内容"], ["P-1", "合计量平台", "合计"], ["P-2", "统计中心", "小计"]]
    assert columns(table(tmp_path, rows))["项目编号"] == ["P-1", "P-2"]


def test_remarks_and_captions_are_no_projects(tmp_path: Path) -> None:
    rows = [
        ["项目编号", "项目名称", "总投资（万元）"],
        ["数据中心类", None, None],
        ["P-1", "甲", 3],
        ["（二）信息平台类"],
        ["P-2", "乙", 4],
        [],
        ["填表说明"],
        ["1. 总投资按估算填写。"],
        ["填表人：张某", None, "审核人：李某"],
    ]
    found = table(tmp_path, rows, ["A2:C2"])
    assert columns(found)["项目编号"] == ["P-1", "P-2"]
    assert "第 2、4、7—9 行是说明或小标题" in said(found)


def test_a_row_of_which_only_the_name_is_filled_stays_a_record(tmp_path: Path) -> None:
    rows = [["项目编号", "项目名称", "总投资（万元）"], ["P-1", "甲", 3], [None, "乙", None]]
    assert columns(table(tmp_path, rows))["项目名称"] == ["甲", "乙"]


def test_blank_rows_in_a_table_are_not_its_end(tmp_path: Path) -> None:
    rows = [["项目编号", "项目名称"], ["P-1", "甲"], [], [], ["P-2", "乙"]]
    found = table(tmp_path, rows)
    assert only(found).rows.to_pylist() == [2, 5]
    assert not found.notes


def test_a_second_table_on_the_sheet_is_said(tmp_path: Path) -> None:
    rows = [
        ["项目编号", "项目名称", "总投资"],
        ["P-1", "甲", 3],
        [],
        ["需求表"],
        ["需求编号", "需求名称"],
        ["N-1", "停车难"],
    ]
    found = table(tmp_path, rows)
    assert columns(found)["项目编号"] == ["P-1"]
    assert "从第 4 行起是另一张表，没有读取" in said(found)


def test_what_stands_over_the_known_table_is_said(tmp_path: Path) -> None:
    rows = [["填报", "联系"], ["张某", "李某"], [], ["项目编号", "项目名称"], ["P-1", "甲"]]
    found = table(tmp_path, rows)
    assert columns(found)["项目编号"] == ["P-1"]
    assert "第 2 行在表头之上" in said(found)


# ---- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["附表1 项目表", "1.项目表", "（一）项目表", "表1-2项目一览表", "项目表（近期）", "01_项目表"]
)
def test_a_sheet_is_known_behind_its_numbering(tmp_path: Path, name: str) -> None:
    found = table(tmp_path, GROUPED[1:], [], name)
    assert only(found).kind == PROJECTS and only(found).part == name
    assert f"“{name}”按“项目" in said(found)


def test_a_sheet_is_known_by_its_title(tmp_path: Path) -> None:
    found = table(tmp_path, [["附表1 项目一览表"], ["项目编号", "项目名称"], ["P-1", "甲"]], ["A1:B1"], "Sheet1")
    assert only(found).kind == PROJECTS and only(found).part == "Sheet1"
    assert "“Sheet1”按“项目一览表”读取" in said(found)
    assert columns(found)["项目编号"] == ["P-1"]


def test_an_unknown_sheet_keeps_its_name(tmp_path: Path) -> None:
    found = table(tmp_path, [["甲", "乙"], ["1", "2"]], [], "12345热线")
    assert only(found).kind is None and only(found).part == "12345热线"
    assert columns(found) == {"甲": ["1"], "乙": ["2"]}


def test_a_form_of_two_pairs_beside_each_other(tmp_path: Path) -> None:
    rows = [["规划编号", "TEST-1", "规划名称", TITLE], ["规划类型", None, "成果日期", dt.date(2026, 6, 30)]]
    found = columns(table(tmp_path, rows, [], "规划信息"))
    assert found == {"规划编号": ["TEST-1"], "规划名称": [TITLE], "成果日期": ["2026-06-30"]}


def test_a_form_with_its_names_in_one_row(tmp_path: Path) -> None:
    rows = [["基本信息"], ["规划编号", "规划名称", None, "规划类型"], ["TEST-1", TITLE, None, "智慧城市规划"]]
    found = columns(table(tmp_path, rows, [], "规划信息"))
    assert found == {"规划编号": ["TEST-1"], "规划名称": [TITLE], "规划类型": ["智慧城市规划"]}


def test_names_without_values_do_not_take_those_of_the_row_below(tmp_path: Path) -> None:
    rows = [["规划编号", None, "规划名称", None, "规划类型", None], ["规划尺度", "城市", "成果日期", "2026年6月"]]
    found = columns(table(tmp_path, rows, [], "规划信息"))
    assert found == {"规划尺度": ["城市"], "成果日期": ["2026年6月"]}


# ---- cells ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (46082, 'yyyy"年"m"月"', "2026-03-01"),
        (46082, "[$-804]yyyy年m月d日;@", "2026-03-01"),
        (46082, "yyyy/m/d", "2026-03-01"),
        (46082, "General", "46082"),
        (dt.datetime(2026, 3, 1, 9, 30), "yyyy-mm-dd hh:mm", "2026-03-01 09:30:00"),
        (0.8, "0%", "80%"),
        (0.1234, "0.00%", "12.34%"),
        (0.29, "0%", "29%"),
        (0.8, '0.0" %"', "0.8"),
        ("=0.4*2", "0%", "=0.4*2"),
        (0.1 + 0.2, "General", "0.3"),
        (1e-7, "General", "0.0000001"),
        (999999999999999, "0", "999999999999999"),
        (1234567890123456, "0", "1.23456789012346e+15"),
        ("3200", "@", "3200"),
        ("３２００万元", "@", "３２００万元"),
        ("#REF!", "General", "#REF!"),
        (True, "General", "是"),
    ],
)
def test_a_cell_is_read_as_it_is_shown(tmp_path: Path, value: object, shown_as: str, text: str) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "项目表"
    sheet.append(["项目编号", "值"])
    sheet.append(["P-1", value])
    sheet["B2"].number_format = shown_as
    made.save(tmp_path / "值.xlsx")
    assert columns(read(tmp_path / "值.xlsx"))["值"] == [text]


def test_dates_in_the_numbers_of_chinese_excel(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["项目编号", "招标日期"], ["P-1", 46082]])
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as local:
        for name in parts.namelist():
            xml = parts.read(name).replace(b'<c r="B2" ', b'<c r="B2" s="1" ')
            local.writestr(
                name, xml.replace(b"</cellXfs>", b'<xf numFmtId="57" fontId="0" fillId="0" borderId="0"/></cellXfs>')
            )
    assert columns(read(tmp_path / "b.xlsx"))["招标日期"] == ["2026-03-01"]


def test_what_is_hidden_is_read_and_said(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", [["项目编号", "项目名称", "总投资"], ["P-1", "甲", 3], ["P-2", "乙", 4], ["P-3", "丙", 5]]
    )
    made = openpyxl.load_workbook(path)
    sheet = made["项目表"]
    sheet.sheet_state = "veryHidden"
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = sheet.row_dimensions[9].hidden = True
    sheet.column_dimensions["C"].hidden = sheet.column_dimensions["H"].hidden = True
    made.create_sheet("说明")
    made.save(path)
    found = read(path)
    assert columns(found)["总投资"] == ["3", "4", "5"]
    assert said(found).splitlines() == ["工作表是隐藏的，已读取。", "隐藏的第 3—4 行已读取。", "隐藏的 C 列已读取。"]


def test_empty_cells_with_a_format_far_away(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["项目编号", "项目名称"], ["P-1", "甲"]])
    made = openpyxl.load_workbook(path)
    made["项目表"]["XFD1048576"].font = Font(bold=True)
    made["项目表"].merge_cells("C3:XFD3")
    made.save(path)
    assert columns(read(path)) == {"项目编号": ["P-1"], "项目名称": ["甲"]}


def test_a_table_in_the_far_corner(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "项目表"
    for i, row in enumerate([["项目编号", "项目名称"], ["P-1", "甲"]]):
        for j, text in enumerate(row):
            sheet.cell(100_000 + i, 16_000 + j, text)
    made.save(tmp_path / "远.xlsx")
    found = read(tmp_path / "远.xlsx")
    assert columns(found) == {"项目编号": ["P-1"], "项目名称": ["甲"]}
    assert only(found).rows.to_pylist() == [100_001]


def test_a_sheet_with_a_chart_only_is_said(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["项目编号", "项目名称"], ["P-1", "甲"]])
    made = openpyxl.load_workbook(path)
    made.create_chartsheet("投资图").add_chart(BarChart())
    made.save(path)
    assert "不是数据工作表" in said(read(path))


def test_merged_cells_that_overlap_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["项目编号", "项目名称"], *([f"P-{i}", "甲"] for i in range(9))], ["A2:B5"])
    areas = b"".join(b'<mergeCell ref="A2:B%d"/>' % i for i in range(3, 11))
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as odd:
        for name in parts.namelist():
            odd.writestr(name, re.sub(rb'<mergeCell ref="A2:B5" */>', areas, parts.read(name)))
    with pytest.raises(CannotFinish) as error:
        read(tmp_path / "b.xlsx")
    assert "相互重叠" in error.value.problem.zh


# ---- what is no workbook --------------------------------------------------------------------------------------------


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "坏.xlsx").write_bytes("<table><tr><td>项目编号</td></tr></table>".encode())
    with pytest.raises(CannotFinish) as error:
        read(tmp_path / "坏.xlsx")
    assert error.value.where == "坏.xlsx"
    assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="E399999999999999999999"><v>1</v></c>',
        b"<c r='XFD1048576'><v>1</v></c>",
        b'<c r="A&#57;99999"><v>1</v></c>',
        b'<c x:r="A9" r="ZZZZZZ9"><v>1</v></c>',
        b"<c><v>1</v></c>",
        b'<c r="XFD1048576" t="str"><v></v></c>',
    ],
)
def test_a_cell_whose_place_cannot_be_told_or_is_far_away_is_refused(tmp_path: Path, cell: bytes) -> None:
    """The library takes such places for what they are not, and the memory for the cells between would end the process."""
    path = book(tmp_path / "a.xlsx", [["项目编号", "项目名称"], ["P-1", "甲"]])
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as odd:
        for name in parts.namelist():
            odd.writestr(name, parts.read(name).replace(b"</row></sheetData>", cell + b"</row></sheetData>"))
    with pytest.raises(CannotFinish):
        read(tmp_path / "b.xlsx")


def test_a_far_cell_in_a_part_that_stands_elsewhere_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["项目编号", "项目名称"], ["P-1", "甲"]])
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as odd:
        for name in parts.namelist():
            xml = parts.read(name).replace(b'r="B2"', b'r="XFD1048576"').replace(b"worksheets/sheet1", b"sheets/1")
            odd.writestr(name.replace("worksheets/sheet1", "sheets/1"), xml)
    with pytest.raises(CannotFinish):
        read(tmp_path / "b.xlsx")


# ---- in any arrangement ---------------------------------------------------------------------------------------------

FIELDS = ["项目编号", "项目名称", "牵头单位", "总投资（万元）", "近期投资（万元）"]
WORDS = st.text("算力中心信息平台数据道路甲乙丙", min_size=1, max_size=6)
AMOUNTS = st.integers(0, 10**6).map(str)
RECORDS = st.lists(st.tuples(WORDS, st.sampled_from(["数据局", "住建局"]), AMOUNTS, AMOUNTS), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_table_reads_back_the_same_in_any_arrangement(data: st.DataObject) -> None:
    """Titles, order of columns, amounts under a group, merged departments, blank rows, captions, totals and remarks."""
    records = [(f"P-{i}", *values) for i, values in enumerate(data.draw(RECORDS), 1)]
    order = data.draw(st.permutations(range(3)))
    is_grouped, at = data.draw(st.booleans()), data.draw(st.integers(0, 3))
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "项目表"
    top = 1 + data.draw(st.integers(0, 4))
    left = 1 + data.draw(st.integers(0, 2))
    for row in range(1, top):
        sheet.cell(row, left, f"{TITLE}第 {row} 页")
        if data.draw(st.booleans()):
            sheet.merge_cells(start_row=row, end_row=row, start_column=left, end_column=left + 4)
    fields = [*order[:at], 3, 4, *order[at:]]
    for column, i in enumerate(fields, left):
        if is_grouped and i > 2:
            sheet.cell(top + 1, column, FIELDS[i][:-4])
        else:
            sheet.cell(top, column, FIELDS[i])
            if is_grouped:
                sheet.merge_cells(start_row=top, end_row=top + 1, start_column=column, end_column=column)
    if is_grouped:
        sheet.cell(top, left + at, "投资（万元）")
        sheet.merge_cells(start_row=top, end_row=top, start_column=left + at, end_column=left + at + 1)
    row = top + 1 + is_grouped
    numbers = []
    run = row
    departments = left + fields.index(2)
    for n, record in enumerate(records):
        goes_on = n > 0 and record[2] == records[n - 1][2] and data.draw(st.booleans())
        if not goes_on:
            if row - run > 1:
                sheet.merge_cells(start_row=run, end_row=row - 1, start_column=departments, end_column=departments)
            extra = data.draw(st.sampled_from(["", "blank", "caption"])) if n else ""
            if extra == "caption":
                sheet.cell(row, left, "（二）信息平台类")
            row += bool(extra)
            run = row
        for column, i in enumerate(fields, left):
            if not (goes_on and i == 2):
                sheet.cell(row, column, int(record[i]) if i > 2 and data.draw(st.booleans()) else record[i])
        numbers.append(row)
        row += 1
    if row - run > 1:
        sheet.merge_cells(start_row=run, end_row=row - 1, start_column=departments, end_column=departments)
    if data.draw(st.booleans()):
        sheet.cell(row, left + fields.index(1), "合计")
        sheet.cell(row, left + fields.index(3), sum(int(r[3]) for r in records))
    if data.draw(st.booleans()):
        sheet.cell(row + 2, left, "注：投资为估算。")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "表.xlsx"
        made.save(path)
        found = read(path)
    assert only(found).rows.to_pylist() == numbers
    assert {name: columns(found)[name] for name in FIELDS} == {
        name: [record[i] for record in records] for i, name in enumerate(FIELDS)
    }


def test_a_period_over_its_two_ends_reads_as_start_and_end(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "项目表"
    for row in [
        ("项目编号", "项目名称", "建设年限", None),
        (None, None, "起始", "结束"),
        ("P-1", "算力中心", "2026年", "2028年"),
    ]:
        sheet.append(row)
    for merged in ("A1:A2", "B1:B2", "C1:D1"):
        sheet.merge_cells(merged)
    book.save(tmp_path / "表.xlsx")
    (table,) = sheets.read(tmp_path / "表.xlsx", "表.xlsx", TERMS).tables
    known = TERMS.table("项目表")
    assert known is not None
    read = [TERMS.column(known, heading) for heading in table.columns.column_names]
    assert [found[0].label.zh for found in read if found] == ["项目编号", "项目名称", "开始时间", "结束时间"]
