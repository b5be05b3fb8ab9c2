"""From tables to facts: names in any order and spelling, units, codes, many values, and stable names for rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import lift, readers, resources, vocabulary
from checker.facts import Facts, Store
from checker.vocabulary import PLAN, SUB
from tests.packages import FORM, PLAN_XML, Rows, layer, package, run, workbook

PACK = resources.builtin()
TERMS = vocabulary.load([PACK])
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


@pytest.mark.parametrize("unit", ["美元", "万美元", "亩"])
def test_a_unit_that_is_none_of_the_quantity_makes_no_value(tmp_path: Path, unit: str) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", f"总投资（{unit}）"), ("P-1", "甲", "3")])
    assert values(s, PLAN.investment) == {}
    assert f"单位“{unit}”不认识" in "".join(map(str, values(s, SUB.reason).values()))


@pytest.mark.parametrize(("bracket", "value"), [("含税，亿元", 30000), ("估算", 3)])
def test_a_remark_in_a_heading_is_no_unit(tmp_path: Path, bracket: str, value: int) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", f"总投资（{bracket}）"), ("P-1", "甲", "3")])
    assert values(s, PLAN.investment) == {"project/P-1": value}


def test_period_column(tmp_path: Path) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "建设年限"), ("P-1", "甲", "2026—2028年")])
    assert str(values(s, PLAN.start)["project/P-1"]) == "2026-01-01"
    assert str(values(s, PLAN.end)["project/P-1"]) == "2028-12-31"


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


def test_rows_without_a_key_are_named_by_their_contents(tmp_path: Path) -> None:
    a, b = ("", "甲", "1"), ("", "乙", "2")
    first = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "总投资"), a, b])
    second = sheets(tmp_path, 项目表=[("项目编号", "项目名称", "总投资"), b, a])
    assert values(first, PLAN.name) == values(second, PLAN.name)


def test_rows_with_one_key_are_two_individuals(tmp_path: Path) -> None:
    s = sheets(tmp_path, 项目表=[("项目编号", "项目名称"), ("P-1", "甲"), ("P-1", "乙")])
    assert sorted(values(s, PLAN.name).values()) == ["乙", "甲"]  # type: ignore[type-var]


def test_two_layers_of_one_kind_with_the_same_codes(tmp_path: Path) -> None:
    import shapely

    file = tmp_path / "t.gpkg"
    for name in ("GHFQ", "ZXCQGHFQ"):
        layer(file, name, [shapely.box(0, 0, 1, 1)], {"BSM": ["1"], "GHFQMC": ["工业发展区"]})
    s, _ = lifted(package(tmp_path / "p"), territorial=file)
    zones = s.column(f"SELECT s FROM {s.cls('https://w3id.org/plancheck/terr#PlanningZone')}")
    assert len(zones) == 2


def test_land_use_codes_need_a_declared_edition(tmp_path: Path) -> None:
    import shapely

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
