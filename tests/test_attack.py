"""What was submitted should not pass, or should not even be understood: once it was, so each has a test here."""

from __future__ import annotations

import os
import re
import sqlite3
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
import shapely

from tests.packages import FORM, PLAN_XML, PROJECTS, SITE, Ran, Rows, check, layer, package, territory, workbook
from tests.test_bad_input import FARMLAND, refused

NEAR_TERM = [(name, "近期规划" if name == "规划类型" else value) for name, value in FORM]
AROUND = shapely.box(499_000, 3_299_000, 501_000, 3_301_000)
FINDINGS = "findings"


def messages(ran: Ran, rule: str) -> str:
    return "\n".join(f["message"]["zh"] for f in ran.report[FINDINGS] if f["rule"] == rule)


def projects(tmp_path: Path, *rows: tuple[object, ...]) -> Path:
    return package(tmp_path / "p", {"规划信息": FORM, "项目表": [PROJECTS[0], *rows]})


# ---- what would have passed in silence ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [FORM, [*FORM[:4], ("成果日期", "2018年6月")]])
def test_a_day_before_every_threshold_is_refused(tmp_path: Path, form: list[tuple[str, str]]) -> None:
    folder = package(tmp_path / "p", {"规划信息": form, "项目表": PROJECTS})
    options = ["--as-of", "2000-01-01"] if form is FORM else []
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]), *options)
    refused(ran, "基准日", "--as-of")


def test_a_red_line_drawn_as_separate_lines_encloses_the_site(tmp_path: Path) -> None:
    corners = list(AROUND.exterior.coords)
    lines = [shapely.LineString(corners[i : i + 2]) for i in range(4)]
    red_line = layer(tmp_path / "t.gpkg", "STBHHX", lines, {"BSM": ["1", "2", "3", "4"]}, kind="LineString")
    assert check(package(tmp_path / "p"), "--territorial", red_line).outcome("TP-202") == "undecided"


def test_a_red_line_drawn_as_a_curve_is_kept_off_too(tmp_path: Path) -> None:
    red_line = territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND])
    curved(red_line, "STBHHX")
    ran = check(package(tmp_path / "p"), "--territorial", red_line)
    assert ran.outcome("TP-202") == "failed" and "曲线" in ran.notes()


def test_a_red_line_without_geometry_is_no_red_line(tmp_path: Path) -> None:
    red_line = territory(tmp_path / "t.gpkg", YJJBNT=[FARMLAND])
    with sqlite3.connect(red_line) as database:
        database.execute("CREATE TABLE STBHHX (fid INTEGER PRIMARY KEY, BSM TEXT)")
        database.execute("INSERT INTO gpkg_contents (table_name, data_type) VALUES ('STBHHX', 'attributes')")
    ran = check(package(tmp_path / "p"), "--territorial", red_line)
    assert ran.outcome("TP-202") == "undecided"
    assert "“STBHHX”应是图层（生态保护红线），但没有图形" in ran.notes()


def test_a_plan_cannot_bring_its_own_red_line(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    territory(folder / "自备.gpkg", STBHHX=[])
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", YJJBNT=[FARMLAND]))
    assert ran.outcome("TP-202") == "undecided" and "没有“生态保护红线”图层" in ran.reasons("TP-202")


def test_a_plan_cannot_bring_its_own_boundary(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    territory(folder / "自备.gpkg", CZKFBJ=[AROUND])
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", CZKFBJ=[FARMLAND]))
    assert ran.outcome("TP-203") == "failed"


def test_a_second_site_without_project_code_is_a_finding(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    (folder / "图层.gpkg").unlink()
    codes: dict[str, list[object]] = {"用地编号": ["S-1", "S-2"], "项目编号": ["P-1", None]}
    layer(folder / "图层.gpkg", "项目用地", [shapely.box(499_900, 3_300_000, 499_950, 3_300_050), SITE], codes)
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]))
    found = [f for f in ran.report[FINDINGS] if f["rule"] == "DQ-115"]
    assert [f["place"]["feature"] for f in found] == [2] and "没有填写" in found[0]["message"]["zh"]


@pytest.mark.parametrize("heading", ["用地方式", "用地类别"])
def test_two_columns_for_one_thing_that_disagree(tmp_path: Path, heading: str) -> None:
    rows = [(*PROJECTS[0], heading), (*PROJECTS[1][:5], "不占地", "新增用地"), (*PROJECTS[2], PROJECTS[2][5])]
    folder = package(tmp_path / "p", {"规划信息": FORM, "项目表": rows})
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]))
    assert "与“用地方式”列不一致" in messages(ran, "DQ-115")
    assert ran.outcome("TP-202") == "undecided"


def test_a_header_further_down_than_anyone_looks_is_a_finding(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("填表说明", "逐条")] * 40
    ran = check(package(tmp_path / "p", {"规划信息": FORM, "项目表": [*rows, *PROJECTS]}))
    assert "“项目表”缺少必备的列“项目编号”" in messages(ran, "DQ-115b")


@pytest.mark.parametrize(
    ("cell", "value", "words"),
    [
        ("E2", "=SUM(A1:A2)", "=SUM(A1:A2)”无法识别"),
        ("E2", "#DIV/0!", "#DIV/0!”无法识别"),
        ("B2", "#REF!", "是表格软件的出错值"),
        ("B2", '=A1&"<"', '=A1&"<"”无法识别：公式没有保存计算结果'),
    ],
)
def test_errors_and_formulas_without_result_are_not_empty_cells(
    tmp_path: Path, cell: str, value: str, words: str
) -> None:
    folder = package(tmp_path / "p")
    book = openpyxl.load_workbook(folder / "表格.xlsx")
    book["项目表"][cell] = value
    book.save(folder / "表格.xlsx")
    assert words in messages(check(folder), "DQ-115")


def test_an_investment_code_stored_as_a_number(tmp_path: Path) -> None:
    rows = [("项目编号", "项目名称", "投资项目统一代码"), ("P-1", "甲", 202633010065010123456)]
    ran = check(package(tmp_path / "p", {"规划信息": FORM, "项目表": rows}))
    assert "长编号按数字保存，末尾的数字已丢失" in messages(ran, "DQ-115")


@pytest.mark.parametrize("amount", ["3,2", "3200亩", "1,0000"])
def test_amounts_that_could_mean_something_else(tmp_path: Path, amount: str) -> None:
    row = ("P-1", "算力中心", "数据中心", "2026年", amount, "不占地")
    assert f"取值“{amount}”无法识别：不是数字" in messages(check(projects(tmp_path, row)), "DQ-115")


def test_a_plan_that_cites_itself(tmp_path: Path) -> None:
    form = [*FORM, ("依据的国土空间规划", "TEST-1")]
    ran = check(package(tmp_path / "p", {"规划信息": form, "项目表": PROJECTS}))
    assert "规划不能引用自己" in messages(ran, "DQ-115")


# ---- which plan is it -----------------------------------------------------------------------------------------------


def test_two_plans_with_one_identifier(tmp_path: Path) -> None:
    other = package(tmp_path / "近期", {"规划信息": NEAR_TERM, "项目表": PROJECTS})
    refused(check(package(tmp_path / "p"), "--near-term", other), "近期", "TEST-1")


def test_two_plans_in_one_package(tmp_path: Path) -> None:
    folder = package(tmp_path / "p", {"项目表": PROJECTS})
    (folder / "near").mkdir()
    (folder / "plan.xml").write_text(PLAN_XML, encoding="utf-8")
    near = PLAN_XML.replace("TEST-1", "N-1").replace("smart-city", "near-term")
    (folder / "near" / "plan.xml").write_text(near, encoding="utf-8")
    refused(check(folder), "near/plan.xml", "2 个 plan.xml")


@pytest.mark.parametrize(("old", "new"), [("TEST-1", "TEST-2"), ("smart-city", "near-term")])
def test_plan_xml_and_sheet_that_contradict_each_other(tmp_path: Path, old: str, new: str) -> None:
    folder = package(tmp_path / "p")
    (folder / "plan.xml").write_text(PLAN_XML.replace(old, new), encoding="utf-8")
    refused(check(folder), "前后矛盾", new)


def test_plan_xml_and_sheet_that_agree_in_other_words(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    (folder / "PLAN.XML").write_text(PLAN_XML, encoding="utf-8")
    assert check(folder).status == 1


# ---- where it is ----------------------------------------------------------------------------------------------------


def test_three_layers_of_one_name_in_three_files(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    for name in ("a.gpkg", "b.gpkg"):
        layer(folder / name, "项目用地", [SITE], {"用地编号": ["S-1"], "项目编号": ["P-1"]})
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]))
    found = [f["place"]["file"] for f in ran.report[FINDINGS] if f["rule"] == "TP-202"]
    assert sorted(found) == ["a.gpkg", "b.gpkg", "图层.gpkg"]


def test_a_file_that_is_a_link_is_named(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    (folder / "附图.gpkg").symlink_to(tmp_path / "elsewhere.gpkg")
    assert "是链接，没有读取" in check(folder).notes()


def test_a_file_name_in_gbk(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    Path(os.fsdecode(os.fsencode(folder) + b"/" + "附件.pdf".encode("gb18030"))).write_bytes(b"")
    ran = check(folder, "-o", tmp_path / "r.json")
    assert ran.status == 1 and "附件.pdf" in (tmp_path / "r.json").read_text(encoding="utf-8")


# ---- what broke the program -----------------------------------------------------------------------------------------


def test_a_stray_cell_in_the_last_corner_of_a_sheet(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    with zipfile.ZipFile(folder / "表格.xlsx") as book, zipfile.ZipFile(folder / "远.xlsx", "w") as far:
        for name in book.namelist():
            far.writestr(name, re.sub(rb'r="F3"', b'r="XFD1048576"', book.read(name)))
    refused(check(folder), "远.xlsx", "1048576")


@pytest.mark.parametrize("digits", [30, 5000])
def test_a_year_of_many_digits(tmp_path: Path, digits: int) -> None:
    form = [*FORM, ("规划基期年", "9" * digits)]
    assert "不是整数" in messages(check(package(tmp_path / "p", {"规划信息": form, "项目表": PROJECTS})), "DQ-115")


def test_plan_xml_in_another_encoding_than_it_says(tmp_path: Path) -> None:
    folder = package(tmp_path / "p", {"项目表": PROJECTS})
    (folder / "plan.xml").write_bytes(PLAN_XML.encode("gb18030"))
    refused(check(folder), "plan.xml")


def test_paths_longer_than_any_path(tmp_path: Path) -> None:
    refused(check(Path("长" * 5000)), "找不到")
    folder = package(tmp_path / "p", {"项目表": PROJECTS})
    cited = f'<references><basedOn identifier="T" href="{"x" * 5000}"/></references></plan>'
    (folder / "plan.xml").write_text(PLAN_XML.replace("</plan>", cited), encoding="utf-8")
    assert check(folder).outcome("TP-202") == "undecided"


def curved(path: Path, name: str) -> None:
    """Puts a polygon of arcs in place of a layer's geometries."""
    arc = [(499_000, 3_300_000), (500_050, 3_301_000), (501_000, 3_300_000), (500_050, 3_299_000), (499_000, 3_300_000)]
    wkb = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *p) for p in arc)
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute(f'UPDATE "{name}" SET geom = ?', (b"GP\0\1" + struct.pack("<i", 4549) + wkb,))


def test_a_site_drawn_as_a_curve(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    curved(folder / "图层.gpkg", "项目用地")
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]))
    assert ran.outcome("DQ-111") == "passed" and ran.outcome("TP-202") == "failed" and "曲线" in ran.notes()


@pytest.mark.parametrize("bytes_", [b"\xff\x00\xfe", b"P-1"])
def test_bytes_in_place_of_a_text(tmp_path: Path, bytes_: bytes) -> None:
    folder = package(tmp_path / "p")
    with sqlite3.connect(folder / "图层.gpkg") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("UPDATE 项目用地 SET 项目编号 = ?", (bytes_,))
    assert check(folder).status == 1


@pytest.mark.parametrize(
    "properties", ['"项目编号":["P-1","P-2"]', '"项目编号":"P-1","OGC_FID":7', '"项目编号":"P-1","用地编号":[1,2]']
)
def test_geojson_with_lists_and_names_that_gdal_uses_itself(tmp_path: Path, properties: str) -> None:
    folder = package(tmp_path / "p")
    feature = f'{{"type":"Feature","properties":{{{properties}}},"geometry":{shapely.to_geojson(SITE)}}}'
    text = f'{{"type":"FeatureCollection","name":"项目用地","features":[{feature}]}}'
    (folder / "项目用地.geojson").write_text(text, encoding="utf-8")
    assert check(folder).status == 1


# ---- packs ----------------------------------------------------------------------------------------------------------

BASE = "https://city.example/p/"
PREFIXES = f"""@prefix chk: <https://w3id.org/plancheck/chk#> .
@prefix gl: <https://w3id.org/plancheck/guideline/> .
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
@prefix tbl: <https://w3id.org/plancheck/tbl#> .
@prefix thr: <https://w3id.org/plancheck/thr#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix x: <{BASE}> .
"""
WORDS = 'rdfs:label "甲"@zh , "a"@en'


def pack(folder: Path, rule: str = "", ontology: str = "", guideline: str = "", strength: str = "mandatory") -> Path:
    """A rule pack with one clause and, if given, one rule, ontology and more of a guideline."""
    clause = (
        f'x:c a chk:Clause ; chk:ofGuideline gl:territorial ; chk:number "X" ; chk:requirement "甲"@zh , "a"@en ; '
        f'chk:instrument "甲"@zh , "a"@en ; chk:article "甲"@zh , "a"@en ; chk:strength chk:{strength} .\n'
    )
    files = {"guidelines/c.ttl": clause + guideline, "ontology/o.ttl": ontology}
    if rule:
        head = (
            f'x:R a chk:Rule , sh:NodeShape ; chk:code "R" ; {WORDS} ; chk:clause x:c ; sh:targetClass plan:Project ; '
        )
        files["rules/x/R.ttl"] = f'{head}{rule} ; chk:remedy "改"@zh , "mend"@en ; sh:message "错"@zh , "bad"@en .'
    files["pack.ttl"] = f'<{BASE}> a chk:Pack ; chk:base "{BASE}" ; chk:version "1" ; chk:requiresCore ">=0.1,<1" .'
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PREFIXES + text, encoding="utf-8")
    return folder


def test_a_pack_of_this_kind_works(tmp_path: Path) -> None:
    rule = "sh:property [ sh:path plan:landArea ; sh:minCount 1 ]"
    ran = check(package(tmp_path / "p"), "--pack", pack(tmp_path / "pack", rule))
    assert ran.outcome("R") == "failed"


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("sh:property [ sh:path plan:landArea ; sh:minCoutn 1 ]", "minCoutn"),
        ("sh:severity sh:Violaton", "Violaton"),
        ("chk:keepOff plan:Site ; chk:tolerance thr:zone-overlap", "keepOff"),
        ("chk:keepsOff plan:Site", "keepsOff"),
        ("chk:needs x:nothing", "nothing"),
        ("sh:deactivated true", "停用"),
    ],
)
def test_a_rule_that_would_demand_nothing(tmp_path: Path, rule: str, word: str) -> None:
    refused(check(package(tmp_path / "p"), "--pack", pack(tmp_path / "pack", rule)), "R.ttl", word)


@pytest.mark.parametrize(
    ("ontology", "word"),
    [
        ('x:t a sub:TableKind ; sub:rowsAre plan:Goal ; rdfs:label "项目表"@zh .', "项目表"),
        (
            'x:t a sub:ColumnKind ; sub:ofTableKind tbl:project ; sub:values plan:place ; rdfs:label "用地方式" .',
            "用地方式",
        ),
        ('x:d a chk:DatedValue ; chk:ofThreshold thr:match-name ; chk:value "lots" .', "lots"),
        ('x:d a chk:DatedValue ; chk:ofThreshold thr:match-name ; chk:value 1.0 ; chk:from "soon" .', "soon"),
        ('x:u a sub:Unit ; rdfs:label "石" ; sub:toBase "many" .', "many"),
        ("x:r a sub:SpatialRelation ; sub:features plan:Site .", "sub:zones"),
    ],
)
def test_an_ontology_of_a_pack_that_cannot_be_used(tmp_path: Path, ontology: str, word: str) -> None:
    refused(check(package(tmp_path / "p"), "--pack", pack(tmp_path / "pack", ontology=ontology)), word)


@pytest.mark.parametrize(
    ("guideline", "strength", "word"),
    [
        ("", "strong", "strong"),
        (f'x:mine a chk:Profile ; {WORDS} ; chk:accepts "evrything" .', "local", "evrything"),
        (f'x:default a chk:Profile ; {WORDS} ; chk:accepts "failed" .', "local", "default"),
    ],
)
def test_a_guideline_of_a_pack_that_cannot_be_used(tmp_path: Path, guideline: str, strength: str, word: str) -> None:
    ran = check(package(tmp_path / "p"), "--pack", pack(tmp_path / "pack", guideline=guideline, strength=strength))
    refused(ran, word)


def test_near_term_plan_with_sites_but_no_project_table(tmp_path: Path) -> None:
    """Projects that are only mentioned, as codes of sites, are no project table to compare with."""
    near = package(
        tmp_path / "n",
        {"规划信息": [("规划编号", "N-1"), ("规划类型", "近期规划"), FORM[3], ("规划期限", "2026—2030年")]},
    )
    ran = check(package(tmp_path / "p"), "--near-term", near)
    assert ran.outcome("NT-201") == "undecided"
    assert "没有项目表" in ran.reasons("NT-201")


@pytest.mark.parametrize("crs", ["EPSG:2385", "EPSG:4326"])
def test_control_line_of_another_datum_is_not_laid_over_the_site(tmp_path: Path, crs: str) -> None:
    """Xian 1980 lies about 100 m off CGCS2000, and nobody knows the exact shift from the file."""
    import pyproj

    there = shapely.transform(
        shapely.box(499_000, 3_299_000, 501_000, 3_301_000),
        pyproj.Transformer.from_crs("EPSG:4549", crs, always_xy=True).transform,
        interleaved=False,
    )
    layer(tmp_path / "t.gpkg", "STBHHX", [there], {"BSM": ["1"]}, crs=crs)
    ran = check(package(tmp_path / "p"), "--territorial", tmp_path / "t.gpkg")
    assert ran.outcome("TP-202") == "undecided"
    assert "没有精确换算" in ran.reasons("TP-202")


@pytest.mark.parametrize(
    "sheets", [{"规划信息": FORM}, {"规划信息": FORM, "项目表": PROJECTS[:1]}], ids=["form-alone", "no-row"]
)
def test_package_with_nothing_in_it_is_not_accepted(tmp_path: Path, sheets: dict[str, Rows]) -> None:
    """Every other rule has nothing to judge there, and with both references at hand nothing is missing either."""
    demo = Path(__file__).parents[1] / "fixtures" / "packages"
    book = workbook(tmp_path / "t.xlsx", sheets)
    ran = check(book, "--territorial", demo / "territorial", "--near-term", demo / "near-term")
    assert ran.status == 1
    assert ran.outcome("DQ-101b") == "failed"
