"""Rubbish in: one clear message with its place and what to do, or an undecided rule; never a traceback or a silent pass."""

from __future__ import annotations

import io
import json
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import shapely

from tests.packages import FORM, PLAN_XML, PROJECTS, SITE, check, layer, package, run, territory, workbook
from tests.unit.test_layers import written

FARMLAND = shapely.box(500_090, 3_300_000, 501_000, 3_301_000)


def refused(ran: object, *words: str) -> None:
    """Exit status 2 and one message: what is wrong, where, what to do."""
    assert ran.status == 2, ran  # type: ignore[attr-defined]
    assert not ran.out  # type: ignore[attr-defined]
    lines = ran.err.strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3 and lines[0].startswith("无法完成核查："), lines
    for word in words:
        assert word in ran.err, f"{word} is not in:\n{ran.err}"  # type: ignore[attr-defined]


# ---- the package as a whole -----------------------------------------------------------------------------------------


def test_package_that_is_not_there(tmp_path: Path) -> None:
    refused(check(tmp_path / "没有"), "没有", "找不到")


def test_empty_package(tmp_path: Path) -> None:
    refused(check(tmp_path), "成果包是空的", "项目表")


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "规划.txt").write_text("规划", encoding="utf-8")
    refused(check(tmp_path / "规划.txt"), "这不是成果包")


def test_package_without_plan_information(tmp_path: Path) -> None:
    refused(check(package(tmp_path, {"项目表": PROJECTS})), "缺少 plan.xml", "规划信息")


def test_unknown_kind_of_plan(tmp_path: Path) -> None:
    form = [*FORM[:2], ("规划类型", "综合规划"), FORM[3]]
    refused(check(package(tmp_path, {"规划信息": form, "项目表": PROJECTS})), "综合规划", "智慧城市规划")


def test_reference_that_is_not_there(tmp_path: Path) -> None:
    refused(check(package(tmp_path / "p"), "--near-term", tmp_path / "近期"), "近期", "找不到")


@pytest.mark.parametrize("name", ["国土.gdb", "国土", "国土.zip"])
def test_a_bare_database_to_compare_with_may_be_a_folder_or_a_zip(tmp_path: Path, name: str) -> None:
    if name.endswith(".gdb"):
        written(tmp_path / name, [SITE], {"BSM": ["R-1"]}, layer="STBHHX", kind="Polygon")
    else:
        written(tmp_path / "国土" / "STBHHX.shp", [SITE], {"BSM": ["R-1"]}, kind="Polygon")
        zipped(tmp_path / "国土", tmp_path / "国土.zip")
    ran = check(package(tmp_path / "p"), "--territorial", tmp_path / name)
    assert [plan["identifier"] for plan in ran.report["references"]] == ["国土"]
    assert ran.outcome("TP-202") == "failed" and ran.outcome("TP-201") == "undecided"


def test_reference_of_another_kind(tmp_path: Path) -> None:
    other = package(tmp_path / "q", {"规划信息": FORM, "项目表": PROJECTS})
    refused(check(package(tmp_path / "p"), "--near-term", other), "近期规划", "智慧城市规划")


def test_cited_package_that_is_not_there_leaves_rules_undecided(tmp_path: Path) -> None:
    folder = package(tmp_path / "p", {"项目表": PROJECTS})
    cited = '<references><alignsWith identifier="N-1" href="../没有"/></references></plan>'
    (folder / "plan.xml").write_text(PLAN_XML.replace("</plan>", cited), encoding="utf-8")
    ran = check(folder)
    assert ran.outcome("NT-204") == "undecided"
    assert "近期规划" in ran.reasons("NT-204")
    assert "alignsWith 所指的成果包“../没有”不在那里" in ran.notes()


def test_unknown_profile(tmp_path: Path) -> None:
    refused(check(package(tmp_path), "--profile", "宽松"), "宽松", "alignment")


def test_folder_that_is_no_pack(tmp_path: Path) -> None:
    refused(check(package(tmp_path / "p"), "--pack", tmp_path), "pack.ttl")


def test_pack_that_describes_a_foreign_subject(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    (pack / "ontology").mkdir(parents=True)
    head = "@prefix chk: <https://w3id.org/plancheck/chk#> .\n"
    (pack / "pack.ttl").write_text(f'{head}<https://city.example/p/> a chk:Pack ; chk:base "https://city.example/p/" .')
    (pack / "ontology" / "x.ttl").write_text(f"{head}chk:mandatory a chk:Strength .")
    refused(check(package(tmp_path / "p"), "--pack", pack), "x.ttl", "https://city.example/p/")


@pytest.mark.parametrize("reach", ["SERVICE <http://192.0.2.1/> { ?s ?p ?o }", "?s ?p ?o MINUS { ?s ?p 1 }"])
def test_pack_whose_sparql_reaches_out(tmp_path: Path, reach: str) -> None:
    pack = tmp_path / "pack"
    (pack / "rules" / "city").mkdir(parents=True)
    head = "@prefix chk: <https://w3id.org/plancheck/chk#> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    (pack / "pack.ttl").write_text(f'{head}<https://city.example/p/> a chk:Pack ; chk:base "https://city.example/p/" .')
    rule = f'<https://city.example/p/r> a chk:Rule ; sh:sparql [ sh:select "SELECT $this WHERE {{ {reach} }}" ] .'
    (pack / "rules" / "city" / "CC-001.ttl").write_text(head + rule)
    refused(
        check(package(tmp_path / "p"), "--pack", pack),
        "CC-001.ttl",
        reach.split()[0] if "SERVICE" in reach else "MINUS",
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('chk:base "https://w3id.org/"', "基址相互包含"),
        ('chk:base "https://w3id.org/plancheck/city/"', "基址相互包含"),
        ('chk:base "https://city.example/p/" ; chk:requiresCore ">=9"', ">=9"),
        ('chk:base "https://city.example/p/" ; chk:requiresCore "new"', "无法识别"),
    ],
)
def test_pack_that_does_not_agree_with_the_others(tmp_path: Path, said: str, words: str) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    head = "@prefix chk: <https://w3id.org/plancheck/chk#> .\n"
    (pack / "pack.ttl").write_text(f"{head}<https://city.example/p/> a chk:Pack ; {said} .")
    refused(check(package(tmp_path / "p"), "--pack", pack), "pack.ttl", words)


def test_pack_that_is_no_turtle(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "pack.ttl").write_text("这不是 Turtle <")
    refused(check(package(tmp_path / "p"), "--pack", pack), "pack.ttl", "Turtle")


def test_report_that_cannot_be_written(tmp_path: Path) -> None:
    refused(run("check", package(tmp_path / "p"), "-o", tmp_path / "没有" / "r.txt"), "文件写不进去")


# ---- plan.xml -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (PLAN_XML.replace("</title>", ""), ("第 8 行", "第 4 行的“title”没有闭合")),
        (PLAN_XML.replace("kind", "kindd"), ("第 5 行", "不应出现元素“kindd”")),
        (PLAN_XML.replace("smart-city", "smart"), ("第 5 行", "smart", "near-term")),
        (PLAN_XML.replace("990200", "99"), ("第 6 行", "administrativeCode", "99")),
        (PLAN_XML.replace("2026-06-30", "2026年6月"), ("第 7 行", "2026年6月")),
        (PLAN_XML.replace("  <identifier>TEST-1</identifier>\n", ""), ("缺少下级元素", "identifier")),
        ("", ("XML 格式不完整", "文件是空的")),
        ("规划", ("XML 格式不完整", "标签之外有文字")),
        (PLAN_XML.replace("<plan>", "<plan a=1>"), ("第 2 行", "属性没有写完整")),
        (PLAN_XML.replace("TEST-1", "&nbsp;"), ("没有“&nbsp;”这个实体",)),
        (PLAN_XML.replace("<plan>", '<!DOCTYPE plan [<!ENTITY a "aaaa">]><plan>'), ("DOCTYPE",)),
        (
            PLAN_XML.replace(
                "<plan>",
                '<!DOCTYPE plan [<!ENTITY a "aaaaaaaaaa">'
                + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
                + "]><plan>",
            ).replace("试算市", "&i;"),
            ("plan.xml",),
        ),
        (PLAN_XML.replace("<plan>", '<!DOCTYPE plan SYSTEM "file:///etc/passwd"><plan>'), ("DOCTYPE",)),
    ],
    ids=[
        "not-well-formed",
        "unknown-element",
        "unknown-kind",
        "pattern",
        "date",
        "missing",
        "empty",
        "no-xml",
        "attribute",
        "entity",
        "doctype",
        "bomb",
        "external",
    ],
)
def test_plan_xml(tmp_path: Path, xml: str, words: tuple[str, ...]) -> None:
    folder = package(tmp_path, {"项目表": PROJECTS})
    (folder / "plan.xml").write_text(xml, encoding="utf-8")
    refused(check(folder), "plan.xml", *words)


# ---- zip ------------------------------------------------------------------------------------------------------------


def zipped(folder: Path, archive: Path, under: str = "") -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as parts:
        for file in sorted(folder.iterdir()):
            parts.write(file, under + file.name)
    return archive


@pytest.mark.parametrize("under", ["", "成果包/"])
def test_zip_is_read_like_its_folder(tmp_path: Path, under: str) -> None:
    folder = package(tmp_path / "p")
    assert check(zipped(folder, tmp_path / "p.zip", under)).out == check(folder).out


def test_file_names_in_gbk(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    archive = tmp_path / "windows.zip"
    archive.write_bytes(_windows_zip(folder))
    with zipfile.ZipFile(archive) as parts:
        assert "表格.xlsx" not in parts.namelist()  # the standard library alone cannot tell
    assert check(archive).out == check(folder).out


def _windows_zip(folder: Path) -> bytes:
    """A zip as Windows Explorer writes it on a Chinese system: GBK names, no UTF-8 flag, nothing compressed."""
    body, directory = io.BytesIO(), io.BytesIO()
    files = sorted(folder.iterdir())
    for file in files:
        data, name = file.read_bytes(), file.name.encode("gbk")
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x5C21, zlib.crc32(data), len(data), len(data), len(name), 0)
        directory.write(b"PK\x01\x02" + struct.pack("<H", 20) + common)
        directory.write(struct.pack("<HHHII", 0, 0, 0, 0, body.tell()) + name)
        body.write(b"PK\x03\x04" + common + name + data)
    start, entries = body.tell(), directory.getvalue()
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(entries), start, 0)
    return body.getvalue() + entries + b"PK\x05\x06" + end


@pytest.mark.parametrize(
    "name", ["../../climbs.txt", "/etc/climbs.txt", "C:/climbs.txt", "a/../../climbs.txt", "..\\climbs.txt"]
)
def test_zip_whose_paths_climb_out(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as parts:
        parts.writestr("plan.xml", PLAN_XML)
        parts.writestr(zipfile.ZipInfo(name), "x")
    refused(check(archive), "bad.zip", "指向包外")
    assert not list(tmp_path.parent.rglob("climbs.txt"))


def test_zip_that_inflates_without_end(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("a.bin", "w", force_zip64=True) as sink,
    ):
        for _ in range(100):
            sink.write(bytes(1 << 20))
    refused(check(archive), "bomb.zip", "体积异常")


def test_zip_whose_header_lies_about_size(tmp_path: Path) -> None:
    archive = tmp_path / "liar.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("a.bin", bytes(10 << 20))
    raw = archive.read_bytes()
    true, said = (10 << 20).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little")
    archive.write_bytes(raw.replace(true, said))
    refused(check(archive), "liar.zip")


def test_zip_with_a_symbolic_link(tmp_path: Path) -> None:
    archive = tmp_path / "link.zip"
    info = zipfile.ZipInfo("plan.xml")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as parts:
        parts.writestr(info, "/etc/passwd")
    refused(check(archive), "link.zip", "符号链接")


def test_zip_with_too_many_files(tmp_path: Path) -> None:
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as parts:
        for i in range(10_001):
            parts.writestr(f"{i}.txt", "")
    refused(check(archive), "many.zip", "10000")


def test_broken_zip(tmp_path: Path) -> None:
    archive = zipped(package(tmp_path / "p"), tmp_path / "p.zip")
    raw = bytearray(archive.read_bytes())
    raw[60:400] = bytes(340)
    archive.write_bytes(bytes(raw))
    assert check(archive).status == 2


def test_a_zip_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "成果.zip").write_bytes(b"Rar!" + bytes(100))
    refused(check(tmp_path / "成果.zip"), "成果.zip", "压缩包已损坏，或并不是 zip 格式")


def test_what_is_read_only_alone_is_said_with_what_to_do(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    zipped(folder, folder / "数据库.zip")
    (folder / "图层.json").write_text("{}", encoding="utf-8")
    notes = check(folder).notes()
    assert "成果包中的 .zip 文件没有读取，其内容没有核查。请解压" in notes and "请把扩展名改为 .geojson" in notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"planKey": "1", "geographicalArea": {"srid": "4490"}}', "不是 GeoJSON"),
        ('{"type": "FeatureCollection",\n "features": [', "第 2 行第 15 列"),
    ],
)
def test_json_that_is_no_geojson(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "规划.json").write_text(text, encoding="utf-8")
    refused(run("check", tmp_path / "规划.json"), "规划.json", said)


# ---- sheets ---------------------------------------------------------------------------------------------------------


def test_workbook_that_does_not_open(tmp_path: Path) -> None:
    folder = package(tmp_path)
    (folder / "坏表.xlsx").write_bytes(b"PK\x03\x04 this is no workbook")
    refused(check(folder), "坏表.xlsx", "打不开")


def test_unknown_sheet_and_heading_are_named_with_the_nearest_known(tmp_path: Path) -> None:
    projects = [("项目编号", "项目名字", "建设年限", "用地方式"), ("P-1", "算力中心", "2026", "新增用地")]
    ran = check(package(tmp_path, {"规划信息": FORM, "项目表": projects, "需求清表": [("甲", "乙"), ("1", "2")]}))
    assert "列“项目名字”不认识，没有读取。是否应为“项目名称”？" in ran.notes()
    assert "工作表“需求清表”不认识，没有核查。是否应为“需求表”？" in ran.notes()


def test_an_unknown_sheet_with_the_headings_of_a_known_table_is_told_its_name(tmp_path: Path) -> None:
    ran = check(
        package(tmp_path, {"规划信息": FORM, "项目表": PROJECTS, "Sheet2": PROJECTS, "Sheet3": [("编号", "名称")]})
    )
    notes = ran.notes()
    assert "工作表“Sheet2”不认识，没有核查。它的表头像“项目表”；要核查，请改用这个名称。" in notes
    assert "“Sheet3”不认识，没有核查。它的表头" not in notes


def test_a_running_number_is_no_code_where_the_table_has_codes(tmp_path: Path) -> None:
    projects = [("序号", *PROJECTS[0]), *((i, *row) for i, row in enumerate(PROJECTS[1:], 1))]
    ran = check(package(tmp_path, {"规划信息": FORM, "项目表": projects}))
    assert ran.outcome("DQ-115") == "passed"
    assert "列“序号”没有读取：“项目编号”列已给出项目编号。" in ran.notes()


def test_a_running_number_is_the_code_where_the_table_has_no_other(tmp_path: Path) -> None:
    projects = [("序号", *PROJECTS[0][1:]), *((i, *row[1:]) for i, row in enumerate(PROJECTS[1:], 1))]
    found = json.loads(
        run("inspect", package(tmp_path, {"规划信息": FORM, "项目表": projects}), "--format", "json").out
    )
    read = {c["heading"]: c["readAs"] for t in found["plans"][0]["tables"] for c in t["columns"]}
    assert read["序号"]["zh"] == "项目编号"


def test_a_copy_of_a_workbook_that_was_left_in_is_said(tmp_path: Path) -> None:
    folder = package(tmp_path)
    workbook(folder / "表格 - 副本.xlsx", {"项目表": [*PROJECTS[:2], ("P-3", *PROJECTS[2][1:])]})
    assert "有 1 个编号在“项目表（表格 - 副本.xlsx）”中也有（如“P-1”），两张表都已读取。" in check(folder).notes()


def test_a_table_whose_header_is_not_found_is_said(tmp_path: Path) -> None:
    ran = check(package(tmp_path, {"规划信息": FORM, "项目表": [*[(f"说明{i}",) for i in range(15)], *PROJECTS]}))
    assert "前 15 行中没有找到表头，表中内容没有读取。" in ran.notes() and ran.outcome("DQ-115b") == "failed"


def test_missing_required_column_is_a_finding(tmp_path: Path) -> None:
    projects = [("项目编号", "建设年限"), ("P-1", "2026")]
    ran = check(package(tmp_path, {"规划信息": FORM, "项目表": projects}))
    assert any("项目名称" in f["message"]["zh"] for f in ran.report["findings"] if f["rule"].startswith("DQ-115"))


def test_cell_that_does_not_parse_is_a_finding_with_its_place(tmp_path: Path) -> None:
    projects = [*PROJECTS[:2], ("P-2", "城市信息平台", "信息平台", "2026年", "约3000", "不占地")]
    ran = check(package(tmp_path, {"规划信息": FORM, "项目表": projects}))
    found = [f for f in ran.report["findings"] if f["rule"] == "DQ-115"]
    assert len(found) == 1 and ran.status == 1
    assert found[0]["place"]["file"] == "表格.xlsx"
    assert (found[0]["place"]["sheet"], found[0]["place"]["row"]) == ("项目表", 3)
    assert "总投资（万元）" in found[0]["message"]["zh"] and "约3000" in found[0]["message"]["zh"]


def test_unreadable_cell_leaves_the_rules_that_read_it_undecided(tmp_path: Path) -> None:
    projects = [PROJECTS[0], ("P-1", "算力中心", "数据中心", "2026—2028年", 3200, "租用")]
    folder = package(tmp_path / "p", {"规划信息": FORM, "项目表": projects})
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]))
    assert ran.outcome("TP-202") == "undecided"
    assert ran.status == 1


def test_duplicate_keys(tmp_path: Path) -> None:
    projects = [*PROJECTS, ("P-1", "另一项目", "道路", "2026年", 10, "不占地")]
    ran = check(package(tmp_path, {"规划信息": FORM, "项目表": projects}))
    found = [f for f in ran.report["findings"] if f["rule"] == "DQ-108b"]
    assert {f["place"]["row"] for f in found} == {2, 4}


def test_link_to_a_row_that_is_not_there(tmp_path: Path) -> None:
    applications = [("应用编号", "应用名称", "应用类型", "服务需求"), ("A-1", "停车诱导", "服务应用", "N-9")]
    needs = [("需求编号", "需求名称"), ("N-1", "停车难")]
    sheets = {"规划信息": FORM, "项目表": PROJECTS, "应用表": applications, "需求表": needs}
    ran = check(package(tmp_path, sheets))
    assert any("“需求表”中没有“N-9”" in f["message"]["zh"] for f in ran.report["findings"])


def test_project_table_alone_is_enough_to_start(tmp_path: Path) -> None:
    book = workbook(tmp_path / "项目.xlsx", {"规划信息": FORM, "项目表": PROJECTS})
    ran = check(book)
    assert ran.status in (0, 1)
    assert ran.outcome("SC-105") == "not-supplied"
    assert "应用表" in ran.reasons("SC-105")


# ---- layers ---------------------------------------------------------------------------------------------------------


def test_layer_without_crs_is_undecided_and_a_finding(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    (folder / "图层.gpkg").unlink()
    layer(folder / "图层.gpkg", "项目用地", [SITE], {"用地编号": ["S-1"], "项目编号": ["P-1"]}, crs=None)
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]))
    assert ran.outcome("TP-202") == "undecided"
    assert ran.outcome("DQ-103") == "failed"
    assert ran.status == 1


def test_missing_control_line_layer_is_undecided_not_passed(tmp_path: Path) -> None:
    ran = check(package(tmp_path / "p"), "--territorial", territory(tmp_path / "t.gpkg", YJJBNT=[FARMLAND]))
    assert ran.outcome("TP-202") == "undecided" and "STBHHX" in ran.reasons("TP-202")
    assert ran.outcome("TP-201") == "failed"


def test_empty_control_line_layer_is_not_a_missing_one(tmp_path: Path) -> None:
    ran = check(package(tmp_path / "p"), "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[]))
    assert ran.outcome("TP-202") == "passed"


def test_missing_site_layer_is_undecided(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    (folder / "图层.gpkg").unlink()
    ran = check(folder, "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND]))
    assert ran.outcome("TP-202") == "undecided" and "没有绘出用地范围" in ran.reasons("TP-202")


def test_invalid_geometry_is_a_finding_and_leaves_land_rules_undecided(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(500_000, 3_300_000), (500_100, 3_300_100), (500_100, 3_300_000), (500_000, 3_300_100)])
    ran = check(
        package(tmp_path / "p", site=bow_tie), "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND])
    )
    assert ran.outcome("TP-202") == "undecided"
    found = next(f for f in ran.report["findings"] if f["rule"] == "DQ-111")
    assert "自相交" in found["message"]["zh"] and "500050.00, 3300050.00" in found["message"]["zh"]
    assert found["place"] == {"file": "图层.gpkg", "layer": "项目用地", "feature": 1} or found["place"]["feature"] == 1


def test_database_that_does_not_open(tmp_path: Path) -> None:
    folder = package(tmp_path)
    (folder / "坏库.gpkg").write_bytes(b"SQLite format 3\0 but not really")
    refused(check(folder), "坏库.gpkg", "打不开")


def test_virtual_dataset_in_disguise(tmp_path: Path) -> None:
    """GDAL would follow it to other files or to the network."""
    folder = package(tmp_path)
    source = '<OGRVRTDataSource><OGRVRTLayer name="项目用地"><SrcDataSource>/vsicurl/http://192.0.2.1/a.gpkg</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    (folder / "假.gpkg").write_text(source, encoding="utf-8")
    refused(check(folder), "假.gpkg", "内容与扩展名不符")


def test_unknown_layer_is_named(tmp_path: Path) -> None:
    folder = package(tmp_path)
    layer(folder / "图层.gpkg", "项目用地范围线", [SITE], {"编号": ["1"]})
    assert "图层“项目用地范围线”不认识" in check(folder).notes()


def test_a_period_that_cannot_be_read_is_one_finding(tmp_path: Path) -> None:
    rows = [PROJECTS[0], ("P-1", "算力中心", "数据中心", "约三年", 3200, "新增用地"), PROJECTS[2]]
    ran = check(package(tmp_path / "包", {"规划信息": FORM, "项目表": rows}))
    said = [f["message"]["zh"] for f in ran.report["findings"] if f["rule"] == "DQ-115"]
    assert len(said) == 1 and "约三年" in said[0]
