"""From tables to facts: names in any order and spelling, units, codes, many values, and stable names for rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from checker import lift, readers
from checker.facts import Facts, Store
from checker.lift import cells, tables
from checker.model import SourceTable
from checker.vocabulary import PLAN, SUB, normal
from tests.builtin import PACK, TERMS
from tests.packages import FORM, PLAN_XML, Rows, layer, package, run, workbook

SCHEMA = PACK.root / "ontology" / "plan.xsd"


def lifted(path: Path, **references: Path) -> tuple[Store, str]:
    package_ = readers.read(path, TERMS, SCHEMA)
    given = {kind.replace("_", "-"): readers.read(p, TERMS, SCHEMA) for kind, p in references.items()}
    facts, _, notes = lift.lift(package_, given, TERMS)
    return Store(facts, TERMS), "\n".join(note.text.zh for note in notes)


def sheets(tmp_path: Path, **tables: Rows) -> Store:
    return lifted(workbook(tmp_path / "t.xlsx", {"规划信息": FORM, **tables}))[0]


def values(s: Store, prop: object) -> dict[str, object]:
    rows = s.query(f"SELECT s, v, o FROM {s.prop(str(prop))}").to_pylist()
    return {tail(s.facts, r["s"]): r["v"] if r["o"] is None else tail(s.facts, r["o"]) for r in rows}


def tail(facts: Facts, node: int) -> str:
    return facts.iri(node).removeprefix("urn:plancheck:plan:TEST-1/").rsplit("plancheck/", 1)[-1]


def test_columns_in_any_order_and_spelling(tmp_path: Path) -> None:
    rows = [("投 资 额（亿元）", "*项目名称", "ＰＲＯＪＥＣＴ code"), ("1.5", "甲", "P-1")]
    s = sheets(tmp_path, 项目一览表=rows)
    assert values(s, PLAN.investment) == {"project/P-1": 15000}
    assert values(s, PLAN.name) == {"project/P-1": "甲"}


def test_area_units(tmp_path: Path) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "用地面积（公顷）"), ("P-1", "甲", "2.5")])
    assert values(s, PLAN.landArea) == {"project/P-1": 25000}


def test_a_target_is_kept_in_the_unit_of_its_indicator(tmp_path: Path) -> None:
    s = sheets(tmp_path, 目标指标表=[("指标目标编号", "指标目标名称", "目标值（%）"), ("T-1", "覆盖率", "80")])
    assert values(s, PLAN.targetValue) == {"target/T-1": 80}


@pytest.mark.parametrize(
    "unit", ["美元", "万美元", "亩", "含税，万美元", "以美元计", "单位：千元", "元/平方米", "million yuan"]
)
def test_a_unit_that_is_none_of_the_quantity_makes_no_value(tmp_path: Path, unit: str) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", f"总投资（{unit}）"), ("P-1", "甲", "3")])
    assert values(s, PLAN.investment) == {}
    assert f"单位“{unit}”不认识" in "".join(map(str, values(s, SUB.reason).values()))


@pytest.mark.parametrize(
    ("bracket", "value"),
    [
        ("含税，亿元", 30000),
        ("单位：亿元", 30000),
        ("以亿元计", 30000),
        ("hundred million yuan", 30000),
        ("万元/年", 3),
        ("估算", 3),
        ("含处置费", 3),
        ("元器件除外", 3),
        ("phase 1", 3),
    ],
)
def test_a_remark_in_a_heading_is_no_unit(tmp_path: Path, bracket: str, value: int) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", f"总投资（{bracket}）"), ("P-1", "甲", "3")])
    assert values(s, PLAN.investment) == {"project/P-1": value}


def test_period_column(tmp_path: Path) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "建设年限"), ("P-1", "甲", "2026—2028年")])
    assert str(values(s, PLAN.start)["project/P-1"]) == "2026-01-01"
    assert str(values(s, PLAN.end)["project/P-1"]) == "2028-12-31"


@pytest.mark.parametrize(
    "text", ["20281231", "2028/12/31", "2028-12-31 00:00:00", "2028/12/31 0:00:00", "2028-12-31T00:00:00Z"]
)
def test_dates_as_databases_write_them(tmp_path: Path, text: str) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "招标日期"), ("P-1", "甲", text)])
    assert str(values(s, PLAN.tenderDate)["project/P-1"]) == "2028-12-31"


@pytest.mark.parametrize("text", ["20281331", "202812", "2028-12-30 16:00:00"])
def test_a_date_that_may_be_another_is_none(tmp_path: Path, text: str) -> None:
    """16:00 is what a database that keeps UTC makes of midnight in China."""
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "招标日期"), ("P-1", "甲", text)])
    assert values(s, PLAN.tenderDate) == {} and list(values(s, SUB.text).values()) == [text]


PERIOD_AND_START = {"建设年限": "2026—2028年", "开始时间": "2026年3月"}


@pytest.mark.parametrize("order", [list(PERIOD_AND_START), list(reversed(PERIOD_AND_START))])
def test_a_column_of_its_own_says_more_than_a_period(tmp_path: Path, order: list[str]) -> None:
    cells = [PERIOD_AND_START[heading] for heading in order]
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", *order), ("P-1", "甲", *cells)])
    assert str(values(s, PLAN.start)["project/P-1"]) == "2026-03-01"
    assert values(s, SUB.text) == {}


@pytest.mark.parametrize("order", [list(PERIOD_AND_START), list(reversed(PERIOD_AND_START))])
def test_a_period_that_contradicts_a_column_of_its_own(tmp_path: Path, order: list[str]) -> None:
    cells = [{**PERIOD_AND_START, "开始时间": "2027年"}[heading] for heading in order]
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", *order), ("P-1", "甲", *cells)])
    assert values(s, PLAN.start) == {}
    assert list(values(s, SUB.reason).values()) == ["与“开始时间”列不一致"]


def test_codes_by_name_alias_and_notation(tmp_path: Path) -> None:
    rows = [("应用编号", "应用名称", "应用类型"), ("A", "甲", "服务应用"), ("B", "乙", "P"), ("C", "丙", "娱乐应用")]
    s = sheets(tmp_path, 应用表=rows)
    assert values(s, PLAN.applicationKind) == {
        "application/A": "code#service-application",
        "application/B": "code#public-application",
    }
    assert set(values(s, SUB.text).values()) == {"娱乐应用"}


@pytest.mark.parametrize("mark", ["/", "—", "无", " ", ""])
def test_marks_of_emptiness_are_no_values_and_no_errors(tmp_path: Path, mark: str) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "总投资"), ("P-1", "甲", mark)])
    assert values(s, PLAN.investment) == {} and values(s, SUB.text) == {}


def test_entries_become_individuals_where_no_table_has_them(tmp_path: Path) -> None:
    s = sheets(
        tmp_path,
        项目表=[("项目编号", "项目名称", "策略"), ("P-1", "甲", "数据共享、一网统管"), ("P-2", "乙", "数据共享")],
    )
    strategies = s.column(f"SELECT s FROM {s.cls(str(PLAN.Strategy))}")
    assert len(strategies) == 2
    assert len(s.query(f"SELECT s FROM {s.prop(str(PLAN.carriesOutStrategy))}")) == 3


def test_entries_refer_to_rows_by_key_or_name_where_a_table_has_them(tmp_path: Path) -> None:
    rows = [("项目编号", "项目名称", "策略"), ("P-1", "甲", "C1、一网统管、C9")]
    s = sheets(tmp_path, 项目表=rows, 策略表=[("策略编号", "策略名称"), ("C1", "数据共享"), ("C2", "一网统管")])
    found = s.query(f"SELECT o FROM {s.prop(str(PLAN.carriesOutStrategy))}").column("o").to_pylist()
    assert {tail(s.facts, node) for node in found} == {"strategy/C1", "strategy/C2"}
    assert list(values(s, SUB.reason).values()) == ["“策略表”中没有“C9”"]


ELEMENTS: Rows = [
    ("要素编号", "要素名称", "类别"),
    ("E-1", "买菜", "居民活动"),
    ("E-2", "光纤", "网络信息技术"),
    ("E-3", "接送", ""),
]


@pytest.mark.parametrize("entry", ["E-1", "买菜", "E-3"])
def test_a_link_finds_rows_of_a_wider_table_by_their_kind(tmp_path: Path, entry: str) -> None:
    """E-3 does not say what it is, so it may be an activity."""
    applications = [("应用编号", "应用名称", "优化活动"), ("A", "甲", entry)]
    s = sheets(tmp_path, 要素表=ELEMENTS, 应用表=applications)
    wanted = next(row[0] for row in ELEMENTS if entry in row)
    assert values(s, PLAN.easesActivity) == {"application/A": f"element/{wanted}"}


@pytest.mark.parametrize("entry", ["E-2", "E-9"])
def test_a_link_to_a_row_of_another_kind_is_none(tmp_path: Path, entry: str) -> None:
    applications = [("应用编号", "应用名称", "优化活动"), ("A", "甲", entry)]
    s = sheets(tmp_path, 要素表=ELEMENTS, 应用表=applications)
    assert values(s, PLAN.easesActivity) == {}
    assert list(values(s, SUB.reason).values()) == [f"“要素表（活动要素）”中没有“{entry}”"]


def test_a_wider_table_that_lists_nothing_of_the_kind_leaves_entries_free(tmp_path: Path) -> None:
    applications = [("应用编号", "应用名称", "优化活动"), ("A", "甲", "买菜")]
    s = sheets(tmp_path, 要素表=[ELEMENTS[0], ELEMENTS[2]], 应用表=applications)
    assert values(s, SUB.reason) == {} and len(values(s, PLAN.easesActivity)) == 1


def test_an_entry_that_two_tables_know_may_mean_either(tmp_path: Path) -> None:
    tables: dict[str, Rows] = {
        "需求表": [("需求编号", "需求名称"), ("1", "停车难")],
        "问题表": [("问题编号", "问题名称"), ("1", "拥堵")],
        "策略表": [("策略编号", "策略名称", "回应问题与需求"), ("S-1", "甲", "1"), ("S-2", "乙", "拥堵")],
    }
    s = sheets(tmp_path, **tables)
    assert values(s, PLAN.answers) == {"strategy/S-2": "problem/1"}
    assert list(values(s, SUB.reason).values()) == ["“需求”、“问题”中都有“1”，不知所指"]


def typed_layer(tmp_path: Path, name: str, **columns: pa.Array) -> Store:
    """A package with a layer whose fields have types, as in a database."""
    given = readers.read(package(tmp_path / "p"), TERMS, SCHEMA)
    geometry = pa.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))] * len(next(iter(columns.values()))), pa.binary())
    rows = pa.array(range(1, len(geometry) + 1), pa.int32())
    source = SourceTable("t.gpkg", name, pa.table(columns), rows, geometry, "EPSG:4549")
    facts, _, _ = lift.lift(replace(given, tables=(*given.tables, source)), {}, TERMS)
    return Store(facts, TERMS)


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64()])
def test_codes_that_a_database_keeps_as_numbers(tmp_path: Path, kind: pa.DataType) -> None:
    codes = pa.array([101, 33020300100001], pa.int64()).cast(kind)
    s = typed_layer(tmp_path, "功能分区方案", 分区编号=codes)
    assert {"101", "33020300100001"} <= set(values(s, PLAN.code).values())
    assert values(s, SUB.text) == {}


def test_a_number_of_a_layer_with_an_unknown_unit_is_no_value(tmp_path: Path) -> None:
    s = typed_layer(tmp_path, "STBHHX", BSM=pa.array(["1"]), **{"面积（元）": pa.array([3.5])})
    assert values(s, "https://w3id.org/plancheck/terr#statedArea") == {}
    assert list(values(s, SUB.text).values()) == ["3.5"]


DATABASE_FIELDS: dict[str, list[object]] = {
    "BSM": ["1"],
    "FID_1": [1],
    "Shape_Area": [1.0],
    "QSXZ": ["20"],
    "YJJBNTTBBH": ["3"],
}


def test_fields_that_no_rule_reads_are_not_remarked_on(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    layer(folder / "图层.gpkg", "STBHHX", [shapely.box(0, 0, 1, 1)], DATABASE_FIELDS)
    file = layer(tmp_path / "t.gpkg", "STBHHX", [shapely.box(0, 0, 1, 1)], DATABASE_FIELDS)
    assert lifted(folder, territorial=file)[1] == ""


def test_a_required_field_under_another_name_is_remarked_on(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    (folder / "图层.gpkg").unlink()
    columns: dict[str, list[object]] = {"用地编号": ["S-1"], "项目编码": ["P-1"], "Shape_Area": [1.0]}
    layer(folder / "图层.gpkg", "项目用地", [shapely.box(0, 0, 1, 1)], columns)
    assert lifted(folder)[1] == "列“项目编码”不认识，没有读取。是否应为“项目编号”？"


@pytest.mark.parametrize("heading", ["估算总投资（万元）", "总投资万元"])
def test_a_heading_is_likened_to_names_without_its_unit(tmp_path: Path, heading: str) -> None:
    rows = [("项目编号", "项目名称", heading), ("P-1", "甲", "3")]
    assert lifted(workbook(tmp_path / "t.xlsx", {"规划信息": FORM, "项目表": rows}))[1].endswith("是否应为“总投资”？")


def test_rows_without_a_key_are_named_by_their_contents(tmp_path: Path) -> None:
    a, b = ("", "甲", "1"), ("", "乙", "2")
    first = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "总投资"), a, b])
    second = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "总投资"), b, a])
    assert values(first, PLAN.name) == values(second, PLAN.name)


def test_rows_with_one_key_are_two_individuals(tmp_path: Path) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称"), ("P-1", "甲"), ("P-1", "乙")])
    assert sorted(values(s, PLAN.name).values()) == ["乙", "甲"]  # type: ignore[type-var]


def test_two_layers_of_one_kind_with_the_same_codes(tmp_path: Path) -> None:
    file = tmp_path / "t.gpkg"
    for name in ("GHFQ", "ZXCQGHFQ"):
        layer(file, name, [shapely.box(0, 0, 1, 1)], {"BSM": ["1"], "GHFQMC": ["工业发展区"]})
    s, _ = lifted(package(tmp_path / "p"), territorial=file)
    zones = s.column(f"SELECT s FROM {s.cls('https://w3id.org/plancheck/terr#PlanningZone')}")
    assert len(zones) == 2


def test_land_use_codes_need_a_declared_edition(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    layer(folder / "图层.gpkg", "XZYDYH", [shapely.box(0, 0, 1, 1)], {"BSM": ["1"], "YDYHFLDM": ["0701"]})
    prop = "https://w3id.org/plancheck/terr#landUseClass"
    s, _ = lifted(folder)
    assert values(s, prop) == {} and "没有声明代码版本" in "".join(map(str, values(s, SUB.reason).values()))
    workbook(folder / "表格.xlsx", {"规划信息": [*FORM, ("用地用海分类版本", "2023")]})
    s, _ = lifted(folder)
    assert list(values(s, prop).values()) == ["land-use-2023#0701"]


def test_plan_xml_gives_the_same_facts_as_the_form(tmp_path: Path) -> None:
    form, xml = tmp_path / "form", tmp_path / "xml"
    form.mkdir(), xml.mkdir()
    workbook(form / "t.xlsx", {"规划信息": FORM})
    (xml / "plan.xml").write_text(PLAN_XML, encoding="utf-8")
    for prop in (PLAN.title, PLAN.administrativeCode, PLAN.date, PLAN.identifier):
        assert values(lifted(form)[0], prop) == values(lifted(xml)[0], prop), prop


def test_plans_cited_in_the_form(tmp_path: Path) -> None:
    s = lifted(workbook(tmp_path / "t.xlsx", {"规划信息": [*FORM, ("衔接的近期规划", "QY-1、QY-2")]}))[0]
    assert len(s.query(f"SELECT o FROM {s.prop(str(PLAN.alignsWith))}")) == 2


def test_plan_xml_made_from_the_form_says_the_same(tmp_path: Path) -> None:
    form = [
        *FORM,
        ("规划尺度", "城市"),
        ("规划期限", "2026—2035年"),
        ("规划基期年", "2025年"),
        ("衔接的近期规划", "QY-1、QY-2"),
    ]
    book = workbook(tmp_path / "t.xlsx", {"规划信息": form})
    (tmp_path / "xml").mkdir()
    ran = run("plan-xml", book, "-o", tmp_path / "xml" / "plan.xml")
    assert ran.status == 0, ran.err
    sheet, xml = lifted(book)[0], lifted(tmp_path / "xml")[0]
    for prop in (PLAN.identifier, PLAN.title, PLAN.scale, PLAN.date, PLAN.baseYear, PLAN.periodStart, PLAN.periodEnd):
        assert values(sheet, prop) == values(xml, prop) != {}, prop
    cited = [sorted(s.column(f"SELECT v FROM {s.prop(str(SUB.citedAs))}")) for s in (sheet, xml)]
    assert cited == [["QY-1", "QY-2"]] * 2


@given(
    st.lists(
        st.none() | st.text() | st.sampled_from(["无", " 无＊", "／", "\u3000", "\x85无", "N/A", "ｎ/ａ", "—", "*"]),
        max_size=8,
    )
)
def test_a_column_knows_its_empty_cells_as_each_cell_does(texts: list[str | None]) -> None:
    marks = TERMS.empty_marks
    alone = [text is None or not text.strip() or normal(text) in marks for text in texts]
    assert tables.hold_only(pa.chunked_array([pa.array(texts, pa.string())]), marks).to_pylist() == alone


@given(st.lists(st.text() | st.sampled_from(["#REF!", "=A1", "1.2E+17", "#N/A", "e+"]), max_size=8))
def test_whatever_is_broken_is_looked_at(texts: list[str]) -> None:
    looked = pc.match_substring_regex(pa.array(texts, pa.string()), cells.MAY_BE_BROKEN).to_pylist()
    assert all(seen for text, seen in zip(texts, looked, strict=True) if cells.broken(text))
