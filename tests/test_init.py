"""`plancheck init`: an untouched template never passes, and one that is filled in with sensible values has no finding.

What is filled in follows from the ontology and from the lists that the template offers, so that a column which a new rule
reads is filled in too.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from lxml import etree
from pyproj import Geod
from rdflib import URIRef

from checker.authoring.template import choose, files, names, words, write
from checker.authoring.template.choice import Choice, Sheet, kinds_of_plan, linked
from checker.authoring.template.layers import gpkg
from checker.authoring.template.names import heading, name_in_layer
from checker.authoring.template.outline import chapters, docx
from checker.authoring.template.workbook import xlsx
from checker.errors import CannotFinish
from checker.readers import planxml
from checker.vocabulary import PLAN, SUB, TERR, TYPE, Column, local_name
from tests.builtin import PACK, RULES, TERMS
from tests.packages import check, run

SCHEMA = PACK.root / "ontology" / "plan.xsd"
KINDS = tuple(kind.notation or "" for kind in kinds_of_plan(TERMS))
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

SITE, TOWN = shapely.box(119.000, 31.000, 119.001, 31.001), shapely.box(118.9, 30.9, 119.1, 31.1)
AWAY = shapely.box(118.5, 30.5, 118.6, 30.6)
WHOLE = shapely.box(118.4, 30.4, 119.2, 31.2)
KEPT_OFF = {"PermanentBasicFarmland", "EcologicalProtectionRedLine"}
SENSIBLE: Mapping[str, object] = {
    "administrativeCode": "990200",
    "districtCode": "990200",
    "date": dt.date(2026, 6, 30),
    "periodEnd": dt.date(2030, 12, 31),
    "landUseEdition": "2023",
    "landMode": "新增用地",
    "projectKind": "数据中心",
    "zoneType": "城镇集中建设区",
    "landUseClass": "0701",
    "taskField": "智慧城市",
    "applicationKind": "服务应用",
    "answer": "采纳",
    "drawingTitle": "区位图与现状图与空间结构图与设施布局图与项目分布图",
    "drawingPath": "图集/1 区位图与现状图与空间结构图与设施布局图与项目分布图.pdf",
}


@cache
def choice(kind: str) -> Choice:
    return choose(TERMS, RULES, kind, None)


# ---- filling in -----------------------------------------------------------------------------------------------------


def identifier(kind: str) -> str:
    return f"TEST-{kind}"


def fill(folder: Path, kind: str, keep: str = "sheet") -> Path:
    """Fills a template in, one row in each table. ``keep``: where the plan information stands, "sheet" or "xml"."""
    form_sheet = choice(kind).form.table.label.zh
    book = openpyxl.load_workbook(folder / "表格.xlsx")
    for row in book[form_sheet].iter_rows(max_col=2):
        if not row[1].value:
            row[1].value = value(kind, choice(kind).form, column(choice(kind).form, row[0].value))
    for sheet in choice(kind).tables:
        cells = book[sheet.table.label.zh]
        if sheet.table.rows_are == str(PLAN.RequiredContent):
            place_contents(cells)
            continue
        for cell in cells[1]:
            cells.cell(2, cell.column, value(kind, sheet, column(sheet, cell.value)))
    fill_text(folder / words.TEXT_FILE.zh)
    if keep == "sheet":
        (folder / "plan.xml").unlink()
    else:
        del book[form_sheet]
        fill_xml(folder / "plan.xml", kind)
    book.save(folder / "表格.xlsx")
    for sheet in choice(kind).layers:
        draw(folder / "图层.gpkg", kind, sheet)
    (folder / "图集").mkdir()
    (folder / SENSIBLE["drawingPath"]).write_bytes(b"%PDF-1.7")
    return folder


def place_contents(cells: Any) -> None:
    """Each content that stands in the table of contents by requirement has a chapter of its own name."""
    at = next(cell.column for cell in cells[1] if cell.value == "所在章节")
    for row in range(2, cells.max_row + 1):
        cells.cell(row, at, cells.cell(row, 1).value)


def fill_text(path: Path) -> None:
    """Writes a sentence into each empty paragraph of the outline."""
    with zipfile.ZipFile(path) as outline:
        parts = {name: outline.read(name) for name in outline.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        b"<w:t></w:t>", "<w:t>试算用文字（虚构）。</w:t>".encode()
    )
    with zipfile.ZipFile(path, "w") as text:
        for name, content in parts.items():
            text.writestr(name, content)


def fill_xml(path: Path, kind: str) -> None:
    form = choice(kind).form
    tree = etree.parse(str(path))
    for h in form.headings:
        for element in tree.iter(str(h.column.notation)):
            said = spelled(h.column, str(value(kind, form, h.column)))
            if element.getparent().tag == "references":
                element.set("identifier", said)
            elif not element.text:
                element.text = said
    tree.write(str(path), encoding="UTF-8", xml_declaration=True)


def spelled(c: Column, said: str) -> str:
    """What plan.xml says for an entry of the sheet: a code by its notation."""
    prop = TERMS.properties.get(c.property)
    code = TERMS.concept(prop.range, said, None) if prop is not None and prop.range is not None else None
    return TERMS.written(code) if code is not None and TERMS.is_code_class(prop.range) else said


def draw(path: Path, kind: str, sheet: Sheet) -> None:
    rows_are = local_name(sheet.table.rows_are)
    shape = SITE if rows_are == "Site" else AWAY if rows_are in KEPT_OFF else TOWN
    shape = WHOLE if rows_are == "AdministrativeArea" else shape
    layer = name_in_layer(TERMS, sheet, sheet.table, "zh")
    info = pyogrio.read_info(path, layer=layer)
    cells = {name_in_layer(TERMS, sheet, h.column, "zh"): value(kind, sheet, h.column) for h in sheet.headings}
    for h in sheet.headings:
        unit = TERMS.unit(h.column.unit or "")
        if unit is not None and unit.quantity == "area":
            square_metres = abs(Geod(ellps="GRS80").geometry_area_perimeter(shape)[0])
            cells[name_in_layer(TERMS, sheet, h.column, "zh")] = round(square_metres / float(unit.to_base), 2)
    if info["geometry_type"].startswith("Multi"):
        shape = shapely.MultiPolygon([shape])
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(shape)], dtype=object),
        field_data=[np.array([cells[f]], dtype=t) for f, t in zip(info["fields"], info["dtypes"], strict=True)],
        fields=list(info["fields"]),
        layer=layer,
        driver="GPKG",
        geometry_type=info["geometry_type"],
        crs=info["crs"],
        append=True,
    )


def column(sheet: Sheet, said: object) -> Column:
    return next(h.column for h in sheet.headings if heading(TERMS, h.column, "zh") == said)


def value(kind: str, sheet: Sheet, c: Column) -> Any:
    """A sensible value of a column, which agrees with what other tables and other plans hold."""
    if c.property == str(PLAN.identifier):
        return identifier(kind)
    if local_name(c.property) in SENSIBLE:
        return SENSIBLE[local_name(c.property)]
    if c.is_key:
        return f"{sheet.table.local}-1"
    for link in TERMS.declarations(str(SUB.CodeLink)):
        if link["fromProperty"] == c.property:
            return next(f"{t.local}-1" for t in TERMS.tables if t.rows_are == link["matches"])
    for table in linked(TERMS, c):
        return f"{table.local}-1"
    if c.property == TYPE:
        return names.kinds_of_rows(TERMS, sheet.table, "zh")[0]
    prop = TERMS.properties[c.property]
    if any(prop.range in TERMS.subclasses(t.rows_are) for t in TERMS.tables if not t.is_form):
        return None  # rows of one kind only, which the table's one row need not be of
    if prop.range is not None and prop.range in TERMS.subclasses(str(PLAN.Plan)):
        cited = identifier(str(TERMS.classes[prop.range].notation))
        return cited if cited != identifier(kind) else None
    if prop.range is not None:
        listed = names.codes(TERMS, prop.range, "zh")
        if listed:
            return "、".join(listed) if c.is_many else listed[0]
    day = dt.date(2028, 12, 31) if c.date_edge == "end" else dt.date(2026, 1, 1)
    return {"decimal": 100, "integer": 2026, "boolean": True, "date": day}.get(
        prop.datatype or "", "试算用文字（虚构）"
    )


# ---- the package ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One untouched template of each kind of plan."""
    home = tmp_path_factory.mktemp("templates")
    for kind in KINDS:
        write(home / kind, files(choice(kind), 4490, "zh"))
    return home


@pytest.fixture(scope="module")
def filled(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates, filled in."""
    home = tmp_path_factory.mktemp("filled")
    for kind in KINDS:
        fill(Path(shutil.copytree(templates / kind, home / kind)), kind)
    return home


def given(home: Path, kind: str) -> Iterator[object]:
    """The options that name the plans which the rules on a kind of plan compare it with."""
    for iri in choice(kind).references:
        notation = TERMS.classes[iri].notation
        yield from (f"--{notation}", home / str(notation))


@pytest.mark.parametrize("kind", KINDS)
def test_an_untouched_template_is_refused_for_what_stands_open(templates: Path, kind: str) -> None:
    ran = check(templates / kind)
    assert ran.status == 2
    assert all(f"“{element}”的取值“”" in ran.err for element in ("identifier", "title", "administrativeCode"))
    tree = etree.parse(str(templates / kind / "plan.xml"))
    for h in choice(kind).form.headings:
        for element in tree.iter(str(h.column.notation)):
            assert h.column.property == TYPE or not element.get("identifier", element.text), (
                "nothing that a check takes"
            )


def test_without_plan_xml_the_sheet_stands_open(templates: Path, tmp_path: Path) -> None:
    kind = "smart-city"
    folder = Path(shutil.copytree(templates / kind, tmp_path / kind))
    (folder / "plan.xml").unlink()
    ran = check(folder)
    assert ran.status == 2 and "规划编号" in ran.err
    write_cell(folder, kind, "规划编号", "TEST-1")
    ran = check(folder)
    said = " ".join(finding["message"]["zh"] for finding in ran.report["findings"] if finding["rule"] == "DQ-115b")
    assert ran.status == 1
    assert all(name in said for name in ("规划名称", "行政区代码"))
    assert ran.outcome("DQ-101b") == "failed", "headings without rows are nothing to accept"


def write_cell(folder: Path, kind: str, name: str, said: str | None) -> None:
    """Writes one value of the plan information."""
    book = openpyxl.load_workbook(folder / "表格.xlsx")
    form = book[choice(kind).form.table.label.zh]
    next(row for row in form.iter_rows() if row[0].value == name)[1].value = said
    book.save(folder / "表格.xlsx")


@pytest.mark.parametrize(("kind", "keep"), [*((kind, "sheet") for kind in KINDS), ("smart-city", "xml")])
def test_a_template_filled_in_is_read_whole(
    templates: Path, filled: Path, tmp_path: Path, kind: str, keep: str
) -> None:
    """No column, file or entry is unknown. That such a package can pass is shown by the whole packages."""
    folder = filled / kind
    if keep == "xml":
        folder = fill(Path(shutil.copytree(templates / kind, tmp_path / kind)), kind, keep)
    ran = check(folder, "--strict", "--profile", "alignment", *given(filled, kind))
    assert ran.status in (0, 1), ran.err
    assert "列“" not in ran.notes(), "every column and field of a template is known"
    assert {ran.outcome(code) for code in ("DQ-101", "DQ-101b", "DQ-115", "DQ-115b")} == {"passed"}


def test_the_sheets_that_a_template_brings_beside_its_tables_are_known(filled: Path) -> None:
    said = run("inspect", filled / "smart-city").out
    assert "说明  →  附页" in said and "不认识" not in said


@pytest.mark.parametrize("name", ["规划名称", "行政区代码"])
def test_one_required_entry_left_open_is_noticed(filled: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(filled / "annual", tmp_path / "annual"))
    write_cell(folder, "annual", name, None)
    ran = check(folder)
    assert ran.status == 1 and name in ran.report["findings"][0]["message"]["zh"]


def test_each_entry_of_plan_xml_left_open_is_refused(templates: Path, tmp_path: Path) -> None:
    kind = "smart-city"
    for h in choice(kind).form.headings:
        path = Path(shutil.copyfile(templates / kind / "plan.xml", tmp_path / "plan.xml"))
        fill_xml(path, kind)
        planxml.read(path, "plan.xml", SCHEMA)
        tree = etree.parse(str(path))
        for element in tree.iter(str(h.column.notation)):
            element.text = None
            element.attrib.update(dict.fromkeys(element.attrib, ""))
        tree.write(str(path), encoding="UTF-8")
        with pytest.raises(CannotFinish, match=f"Element '{h.column.notation}'"):
            planxml.read(path, "plan.xml", SCHEMA)


# ---- what stands in the files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["smart-city", "near-term"])
def test_the_workbook_offers_lists_help_and_formats(kind: str, lang: str) -> None:
    book = opened(choice(kind), lang)
    assert book.sheetnames[0] == TERMS.label(words.GUIDE).in_(lang) and book.active.title == book.sheetnames[0]
    for sheet in choice(kind).tables:
        page = book[sheet.table.label.in_(lang)]
        assert TERMS.table(page.title) is sheet.table and page.freeze_panes == "B2"
        lists = {str(v.sqref).partition("2:")[0]: v for v in page.data_validations.dataValidation}
        due = [h.column.is_key or h.column.is_required for h in sheet.headings]
        assert due == sorted(due, reverse=True), "what must be there comes first"
        for h, cell in zip(sheet.headings, page[1], strict=True):
            found = TERMS.column(sheet.table, cell.value)
            assert found is not None and found[0] is h.column
            if h.column.unit:
                measured, declared = TERMS.unit(found[1] or ""), TERMS.unit(h.column.unit)
                assert measured is declared is not None
            said = names.definition(TERMS, h.column.property)
            assert said is None or said.in_(lang) in cell.comment.text
            assert all(f"{rule.code} {rule.title.in_(lang)}" in cell.comment.text for rule in h.rules)
            assert column_of(page, cell).width >= 12
            prop = TERMS.properties.get(h.column.property)
            if prop is not None and prop.range is not None and TERMS.is_code_class(prop.range):
                check_list(book, lists[cell.column_letter], prop.range, h.column)
            elif prop is not None and prop.datatype == "date" and h.column.end_property is None:
                assert column_of(page, cell).number_format == "yyyy-mm-dd"
            elif prop is not None and prop.datatype == "decimal":
                assert lists[cell.column_letter].type == "decimal" and column_of(page, cell).number_format.startswith(
                    "#,##0"
                )
            elif prop is not None and prop.datatype == "string":
                assert column_of(page, cell).number_format == "@", "a code keeps its zeros"


def opened(made: Choice, lang: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx(made, lang)))


def column_of(page: Any, cell: Any) -> Any:
    """What is set for the cells below a heading; alike columns beside each other share one record."""
    return next(d for d in page.column_dimensions.values() if d.min <= cell.column <= d.max)


def entries(book: openpyxl.Workbook, offered: Any) -> list[str]:
    """What a list offers: its entries stand in the cell's own check, or on the hidden sheet when they are long."""
    name, _, cells = offered.formula1.partition("!")
    if not cells:
        return str(offered.formula1).strip('"').split(",")
    return [cell.value for (cell,) in book[name.strip("'")][cells.replace("$", "")]]


def check_list(book: openpyxl.Workbook, offered: Any, cls: str, c: Column) -> None:
    """Every entry of a list is read as a code, and no code is left out."""
    read = {TERMS.concept(cls, entry, None) for entry in entries(book, offered)}
    assert None not in read and len(read) == len(names.codes(TERMS, cls, "zh"))
    assert offered.showErrorMessage is not c.is_many, "several codes in a cell are in no list"


def test_a_column_that_refers_to_a_table_offers_its_keys() -> None:
    page = opened(choice("smart-city"), "zh")["应用表"]
    offered = {v.formula1 for v in page.data_validations.dataValidation}
    assert "'需求表'!$A$2:$A$2000" in offered and "'空间表'!$A$2:$A$2000" in offered
    order = [sheet.table.label.zh for sheet in choice("smart-city").sheets]
    assert order.index("需求表") < order.index("应用表") and order.index("策略表") < order.index("项目表")


def test_long_lists_stand_on_a_hidden_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.authoring.template.workbook._INLINE", 12)
    book = opened(choice("smart-city"), "zh")
    hidden = book[TERMS.label(words.CODES).zh]
    assert hidden.sheet_state == "hidden"
    found = 0
    for page in book:
        for offered in page.data_validations.dataValidation:
            if offered.formula1.startswith(f"'{TERMS.label(words.CODES).zh}'!"):
                listed = entries(book, offered)
                assert all(listed)
                found += listed == names.codes(TERMS, str(PLAN.ProjectKind), "zh")
    assert found == 1


def test_the_guide_names_every_sheet_layer_and_rule() -> None:
    for kind in ("smart-city", "territorial"):
        guide = opened(choice(kind), "zh").worksheets[0]
        said = "\n".join(str(cell) for row in guide.iter_rows(values_only=True) for cell in row if cell)
        for sheet in choice(kind).sheets:
            assert sheet.table.label.zh in said
            assert all(f"{rule.code} {rule.title.zh}" in said for rule in sheet.rules)
        assert "plancheck check" in said
        assert all(f"--{TERMS.classes[iri].notation} " in said for iri in choice(kind).references)


def test_layers_have_the_geometry_fields_and_crs_of_the_ontology(tmp_path: Path) -> None:
    for kind, epsg in (("territorial", 4549), ("smart-city", 4490)):
        path = tmp_path / f"{kind}.gpkg"
        path.write_bytes(gpkg(choice(kind), epsg, "zh"))
        listed = [str(name) for name, _ in pyogrio.list_layers(path)]
        for sheet, layer in zip(choice(kind).layers, listed, strict=True):
            info = pyogrio.read_info(path, layer=layer)
            assert TERMS.table(layer) is sheet.table
            assert info["features"] == 0 and info["crs"] == f"EPSG:{epsg}"
            drawn = TERMS.graph.value(URIRef(sheet.table.iri), SUB.geometryKind)
            assert info["geometry_type"] == ("MultiPolygon" if drawn else "Unknown")
            for name, h in zip(info["fields"], sheet.headings, strict=True):
                found = TERMS.column(sheet.table, name)
                assert found is not None and found[0] is h.column
        assert listed == [name_in_layer(TERMS, sheet, sheet.table, "zh") for sheet in choice(kind).layers]
    assert "项目用地" in listed


def headings(text: bytes) -> dict[str, list[str]]:
    """The headings of a text with the paragraphs below each."""
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(text)).read("word/document.xml"))
    found: dict[str, list[str]] = {}
    for paragraph in root.iter(f"{W}p"):
        text = "".join(t.text or "" for t in paragraph.iter(f"{W}t"))
        style = next((s.get(f"{W}val") for s in paragraph.iter(f"{W}pStyle")), "")
        if style.startswith("Heading"):
            found[text] = []
        elif found and text:
            found[list(found)[-1]].append(text)
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_outline_names_the_clauses_that_ask(lang: str) -> None:
    for kind in KINDS:
        made = choice(kind)
        said = headings(docx(made, lang))
        for sheet in made.sheets:
            if sheet.table.rows_are == str(PLAN.RequiredContent):
                continue  # each content has a chapter of its own
            below = said[TERMS.classes[sheet.table.rows_are].label.in_(lang)]
            for rule in sheet.rules:
                assert any(
                    line.startswith(rule.clause.number) and rule.clause.requirement.in_(lang) in line for line in below
                )
    asked = headings(docx(choice("smart-city"), "zh"))
    assert asked["统领规划"][0].startswith("SC-103")


def test_the_outline_has_what_the_scale_and_the_kind_have_to_treat() -> None:
    said = headings(docx(choose(TERMS, RULES, "smart-city", "城市"), "zh"))
    assert {"人口结构", "治理结构", "道路交通系统支撑"} <= said.keys() and "社区服务" not in said
    titles = [chapter.title.zh for chapter in chapters(choose(TERMS, RULES, "territorial", None))]
    due = TERMS.contents_of([f"{PLAN}TerritorialPlan"])
    contents = [TERMS.classes[c].label.zh for c in due if c in TERMS.subclasses(f"{TERR}MandatoryContent")]
    assert set(titles) >= {TERMS.classes[c].label.zh for c in due}
    after = titles.index("强制性内容") + 1
    assert len(contents) == 8 and titles[after : after + len(contents)] == contents


def test_a_kind_that_follows_from_a_definition_is_filed_as_the_definition_says() -> None:
    made = choose(TERMS, RULES, "智慧园区规划", None)
    tree = etree.fromstring(files(made, 4490, "zh")["plan.xml"])
    assert (tree.findtext("kind"), tree.findtext("scale"), tree.findtext("zoneKind")) == (
        "smart-city",
        "functional-zone",
        "park",
    )
    assert "FZ-122" in {rule.code for rule in made.judging} and "FZ-113b" not in {rule.code for rule in made.judging}
    transport = choose(TERMS, RULES, "smart transport plan", None)
    assert transport.filed.notation == "special" and [local_name(v) for v in transport.values.values()] == [
        "domain-transport"
    ]


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_same_choice_gives_the_same_bytes(templates: Path, tmp_path: Path) -> None:
    """Also where sets are in another order, as in every new process, and at another hour."""
    arguments = [sys.executable, "-m", "checker", "init", str(tmp_path / "again"), "--kind", "special"]
    subprocess.run(arguments, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    first = {file.name: file.read_bytes() for file in (templates / "special").iterdir()}
    assert first == {file.name: file.read_bytes() for file in (tmp_path / "again").iterdir()}
    for name in (words.TABLES_FILE.zh, words.TEXT_FILE.zh):
        parts = zipfile.ZipFile(io.BytesIO(first[name])).infolist()
        assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}
    assert "1980-01-01" in str(
        sqlite3.connect(templates / "special" / words.LAYERS_FILE.zh)
        .execute("SELECT last_change FROM gpkg_contents")
        .fetchall()
    )


def test_what_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "旧成果" / "plan.xml"
    kept.parent.mkdir()
    kept.write_text("旧", encoding="utf-8")
    for place in (kept.parent, kept):
        ran = run("init", place, "--kind", "special")
        assert ran.status == 2 and "不予覆盖" in ran.err
    assert [f.name for f in kept.parent.iterdir()] == ["plan.xml"] and kept.read_text(encoding="utf-8") == "旧"
    (tmp_path / "空").mkdir()
    assert run("init", tmp_path / "空", "--kind", "special").status == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kind", "智慧规划"), "智慧城市规划（smart-city）"),
        (("--kind", "smart-city", "--scale", "乡镇"), "城市群（city-cluster）"),
        (("--kind", "territorial", "--scale", "city"), "去掉 --scale"),
        (("--kind", "综合性规划"), "智慧城市规划（smart-city）"),
        (("--kind", "智慧园区规划", "--scale", "city"), "去掉 --scale"),
        (("--kind", "special", "--epsg", "1"), "4490"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    ran = run("init", tmp_path / "新", *options)
    assert ran.status == 2 and said in ran.err
    assert not (tmp_path / "新").exists()
