"""DXF drawings: what is read of them, what is said about it, and what they may not do. The files are written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from checker import readers, resources, vocabulary
from checker.errors import CannotFinish
from checker.model import Content, SourceTable
from checker.readers import drawing, dxf
from tests.builtin import TERMS
from tests.packages import FORM, PROJECTS, SITE, check, layer, package, workbook

Pairs = Sequence[tuple[int, object]]
X, Y = 500_000, 3_300_000
SQUARE = [(X, Y), (X + 100, Y), (X + 100, Y + 100), (X, Y + 100)]


def written(
    path: Path,
    entities: Pairs,
    blocks: Pairs = (),
    layers: Sequence[str] = (),
    version: str = "AC1027",
    page: str = "ANSI_936",
    encoding: str = "utf-8",
    end: str = "\n",
) -> Path:
    """A DXF file of these entities, as pairs of group code and value."""
    table = [pair for name in layers for pair in ((0, "LAYER"), (2, name), (70, 0), (62, 7), (6, "CONTINUOUS"))]
    pairs = [
        *[(0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, version), (9, "$DWGCODEPAGE"), (3, page), (0, "ENDSEC")],
        *[(0, "SECTION"), (2, "TABLES"), (0, "TABLE"), (2, "LAYER"), *table, (0, "ENDTAB"), (0, "ENDSEC")],
        *[(0, "SECTION"), (2, "BLOCKS"), *blocks, (0, "ENDSEC")],
        *[(0, "SECTION"), (2, "ENTITIES"), *entities, (0, "ENDSEC"), (0, "EOF")],
    ]
    path.write_bytes("".join(f"{code:3d}{end}{value}{end}" for code, value in pairs).encode(encoding))
    return path


def entity(kind: str, layer: str, *pairs: tuple[int, object], handle: str = "A1") -> Pairs:
    return [(0, kind), (5, handle), (8, layer), *pairs]


def outline(layer: str, points: Sequence[tuple[float, float]] = SQUARE, closed: int = 1, bulge: float = 0) -> Pairs:
    corners = [pair for x, y in points for pair in ((10, x), (20, y), (42, bulge))]
    return entity("LWPOLYLINE", layer, (90, len(points)), (70, closed), *corners)


def hatch(layer: str, points: Sequence[tuple[float, float]] = SQUARE) -> Pairs:
    corners = [pair for x, y in points for pair in ((10, x), (20, y))]
    head = [(10, 0), (20, 0), (30, 0), (2, "SOLID"), (70, 1), (71, 0), (91, 1), (92, 3), (72, 0), (73, 1), (93, 4)]
    return entity("HATCH", layer, *head, *corners, (97, 0), (75, 0), (76, 1), (98, 0))


def block(name: str, entities: Pairs, flags: int = 0) -> Pairs:
    return [(0, "BLOCK"), (8, "0"), (2, name), (70, flags), (10, 0), (20, 0), *entities, (0, "ENDBLK"), (8, "0")]


def insert(name: str, layer: str = "用地红线", *pairs: tuple[int, object]) -> Pairs:
    return entity("INSERT", layer, (2, name), (10, 1000), (20, 0), *pairs)


def read(path: Path) -> Content:
    return dxf.read(path, path.name, TERMS)


def tables(path: Path) -> Mapping[str, SourceTable]:
    return {table.part: table for table in read(path).tables}


def shapes(table: SourceTable) -> list[shapely.Geometry | None]:
    assert table.geometry is not None
    return [None if wkb is None else shapely.from_wkb(wkb) for wkb in table.geometry.to_pylist()]


def kinds(path: Path) -> Mapping[str, list[str | None]]:
    return {part: [s and s.geom_type for s in shapes(table)] for part, table in tables(path).items()}


def said(content: Content) -> str:
    return "\n".join(note.text.zh for note in content.notes)


def refused(path: Path, *words: str) -> None:
    with pytest.raises(CannotFinish) as caught:
        read(path)
    text = f"{caught.value.problem.zh} {caught.value.where}"
    assert all(word in text for word in (path.name, *words)) and "/tmp" not in text, text


# ---- texts and names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "page", "encoding", "note"),
    [
        ("AC1015", "ANSI_936", "gbk", False),
        ("AC1027", "ANSI_936", "utf-8", False),
        ("AC1015", "ANSI_950", "big5", False),
        ("AC1015", "ANSI_1252", "gbk", True),
        ("AC1027", "ANSI_936", "gbk", True),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_of_layers_in_the_encodings_of_the_country(
    tmp_path: Path, version: str, page: str, encoding: str, note: bool, end: str
) -> None:
    name = "用地紅線" if encoding == "big5" else "用地红线"
    path = written(tmp_path / "图.dxf", outline(name), (), (), version, page, encoding, end)
    assert list(tables(path)) == [name]
    assert ("文字编码" in said(read(path))) is note


def test_a_name_with_an_escaped_character(tmp_path: Path) -> None:
    path = written(tmp_path / "图.dxf", outline("用地\\U+7EA2线"), version="AC1015", encoding="gbk")
    assert list(tables(path)) == ["用地红线"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("用地红线", "site"), ("YJJBNTBHHX", "farmland"), ("生态保护红线", "redLine"), ("生态红线", "redLine"), ("红线", None),
     ("YD-用地", None), ("JQZDXMD", "keyProjectPoints")],
)  # fmt: skip
def test_a_layer_is_known_by_code_label_or_what_drawings_call_it(tmp_path: Path, name: str, kind: str | None) -> None:
    found = tables(written(tmp_path / "图.dxf", outline(name)))[name]
    assert (found.kind and found.kind.rpartition("#")[2]) == kind


def test_a_pack_names_the_layers_of_its_drawings(tmp_path: Path) -> None:
    (tmp_path / "pack" / "ontology").mkdir(parents=True)
    (tmp_path / "pack" / "pack.ttl").write_text(
        "@prefix chk: <https://w3id.org/plancheck/chk#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<https://cad.example/> a chk:Pack ; rdfs:label "试验"@zh , "trial"@en ; chk:base "https://cad.example/" ; '
        'chk:version "0.1.0" ; chk:requiresCore ">=0.1,<1" .',
        encoding="utf-8",
    )
    (tmp_path / "pack" / "ontology" / "cad.ttl").write_text(
        "@prefix sub: <https://w3id.org/plancheck/sub#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "@prefix tbl: <https://w3id.org/plancheck/tbl#> .\n"
        '<https://cad.example/yd> a sub:CadLayer ; sub:cadLayerOf tbl:site ; skos:altLabel "YD-用地" .',
        encoding="utf-8",
    )
    terms = vocabulary.load(resources.packs((tmp_path / "pack",)))
    (table,) = dxf.read(written(tmp_path / "图.dxf", outline("yd-用地")), "图.dxf", terms).tables
    assert table.kind is not None and table.kind.endswith("#site")
    assert terms.table("YD-用地") is None  # only drawings call it so


# ---- geometry -------------------------------------------------------------------------------------------------------


def test_closed_lines_are_polygons_only_where_the_kind_of_layer_is_not_one_of_lines(tmp_path: Path) -> None:
    entities = [*outline("STBHHX"), *outline("STBHHX", closed=0), *outline("HHAX"), *outline("不认识")]
    path = written(tmp_path / "图.dxf", entities)
    assert kinds(path) == {"STBHHX": ["Polygon", "LineString"], "HHAX": ["LineString"], "不认识": ["LineString"]}
    assert "有 1 条线没有闭合" in said(read(path))


@pytest.mark.parametrize("kind", ["bulge", "circle"])
def test_arcs_become_chords_within_the_stated_tolerance(tmp_path: Path, kind: str) -> None:
    ends = [(X - 100.0, Y), (X + 100.0, Y)]
    circle = entity("CIRCLE", "用地红线", (10, X), (20, Y), (40, 100))
    path = written(tmp_path / "图.dxf", circle if kind == "circle" else outline("用地红线", ends, bulge=1))
    (found,) = shapes(tables(path)["用地红线"])
    assert found is not None and 1 - 6e-5 < found.area / (np.pi * 100**2) < 1
    assert 1 - 4e-5 < shapely.Point(X, Y).distance(found.boundary) / 100 < 1
    assert said(read(path)).count("0.004%") == 1


def test_heights_are_left_out_and_said_once(tmp_path: Path) -> None:
    corners = [p for x, y in SQUARE for p in ((0, "VERTEX"), (8, "用地红线"), (10, x), (20, y), (30, 5), (70, 32))]
    line = [*entity("POLYLINE", "用地红线", (66, 1), (10, 0), (20, 0), (30, 5), (70, 9)), *corners, (0, "SEQEND")]
    path = written(tmp_path / "图.dxf", [*line, *line])
    assert all(s is not None and not s.has_z and s.area == 10_000 for s in shapes(tables(path)["用地红线"]))
    assert said(read(path)).count("没有读取") == 1


def test_a_hatch_that_is_its_outline_counts_once_and_one_that_stands_alone_counts(tmp_path: Path) -> None:
    other = [(x + 500, y) for x, y in SQUARE]
    path = written(tmp_path / "图.dxf", [*outline("用地红线"), *hatch("用地红线"), *hatch("用地红线", other)])
    assert kinds(path) == {"用地红线": ["Polygon", "Polygon"]}
    assert "1 个填充与边界线重合" in said(read(path))


def test_what_a_block_draws_on_layer_0_takes_the_layer_of_its_insert(tmp_path: Path) -> None:
    blocks = block("B", [*outline("0"), *outline("STBHHX")])
    path = written(tmp_path / "图.dxf", insert("B", "用地红线", (70, 2), (71, 3), (44, 500), (45, 500)), blocks)
    found = tables(path)
    assert kinds(path) == {"用地红线": ["Polygon"] * 6, "STBHHX": ["Polygon"] * 6}
    assert {s.bounds[0] for s in shapes(found["用地红线"]) if s} == {X + 1000, X + 1500}


def test_blocks_in_blocks_attributes_and_print_layouts_in_blocks(tmp_path: Path) -> None:
    sheet = block("*Paper_Space", entity("LINE", "STBHHX", (10, 0), (20, 0), (11, 1), (21, 1)))
    blocks = [*sheet, *block("A", outline("0")), *block("B", [*insert("A", "0"), *insert("A", "STBHHX")])]
    blocks[:6] = [(0, "BLOCK"), (67, 1), *blocks[1:6]]
    attribute = [*entity("ATTRIB", "STBHHX", (10, X), (20, Y), (1, "P-1"), (2, "编号")), (0, "SEQEND"), (8, "0")]
    path = written(tmp_path / "图.dxf", [*insert("B", "用地红线", (66, 1)), *attribute, *outline("STBHHX")], blocks)
    assert kinds(path) == {"用地红线": ["Polygon"], "STBHHX": ["Polygon", "Polygon"]}


def test_one_endless_line_is_no_burden(tmp_path: Path) -> None:
    path = written(tmp_path / "图.dxf", outline("用地红线"))
    path.write_bytes(b"999\n" + b"x" * (1 << 22) + b"\n" + path.read_bytes())
    assert kinds(path) == {"用地红线": ["Polygon"]}


def test_texts_and_print_layouts_are_not_read_and_said_once(tmp_path: Path) -> None:
    text = entity("TEXT", "用地红线", (10, X), (20, Y), (40, 2), (1, "P-1"))
    path = written(tmp_path / "图.dxf", [*outline("用地红线"), *text, *text, *outline("用地红线")[:-12], (67, 1)])
    assert "有 2 处文字和标注没有读取" in said(read(path)) and "1 个图元没有读取" in said(read(path))
    assert kinds(path) == {"用地红线": ["Polygon"]}


@pytest.mark.parametrize("what", ["proxy", "block", "xref", "mesh", "in a block"])
def test_what_cannot_be_read_is_a_row_without_geometry(tmp_path: Path, what: str) -> None:
    proxy = entity("ACAD_PROXY_ENTITY", "0" if what == "in a block" else "STBHHX")
    lost = {"proxy": proxy, "mesh": entity("POLYLINE", "STBHHX", (66, 1), (70, 64))}.get(what, insert("B", "STBHHX"))
    blocks = {"xref": block("B", [], flags=4), "in a block": block("B", proxy)}.get(what, [])
    path = written(tmp_path / "图.dxf", [*outline("STBHHX"), *lost], blocks)
    assert kinds(path) == {"STBHHX": ["Polygon", None]}
    assert "有 1 个图元没有读出" in said(read(path))


def test_a_layer_that_draws_nothing_is_not_given_and_said(tmp_path: Path) -> None:
    path = written(tmp_path / "图.dxf", outline("用地红线"), layers=["0", "用地红线", "STBHHX", "图框"])
    assert list(tables(path)) == ["用地红线"]
    assert "图层“STBHHX”没有图形，按未提供处理" in said(read(path)) and "图框" not in said(read(path))


# ---- what a file may not do ------------------------------------------------------------------------------------------


def test_damaged_drawings_are_refused_with_the_place(tmp_path: Path) -> None:
    path = written(tmp_path / "图.dxf", outline("用地红线"))
    whole = path.read_bytes()
    for damaged, word in (
        (whole[:-5], "EOF"),
        (whole[: len(whole) // 2], "EOF"),
        (whole.replace(b"\n500100\n", b"\n500x100\n"), "第 "),
        (whole.replace(b"\n 10\n", b"\n1o\n", 1), "组码"),
        (b"AutoCAD Binary DXF\r\n\x1a\0" + whole, "二进制"),
        (b"<OGRVRTDataSource>" + whole, "扩展名"),
        (b"", "扩展名"),
    ):
        assert damaged != whole
        path.write_bytes(damaged)
        refused(path, word)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_a_drawing_in_an_encoding_that_no_drawing_has_is_refused(tmp_path: Path, encoding: str) -> None:
    refused(written(tmp_path / "图.dxf", outline("用地"), encoding=encoding), "内容与扩展名不符")


def test_other_formats_in_comments_stay_comments(tmp_path: Path) -> None:
    path = written(tmp_path / "图.dxf", outline("用地红线"))
    (tmp_path / "secret.csv").write_text("a\n1\n")
    virtual = (
        f"<OGRVRTDataSource><OGRVRTLayer name='s'><SrcDataSource>{tmp_path}/secret.csv</SrcDataSource></OGRVRTLayer>"
    )
    path.write_bytes(f"999\n{virtual}</OGRVRTDataSource>\n".encode() + path.read_bytes())
    assert kinds(path) == {"用地红线": ["Polygon"]}


@pytest.mark.parametrize("how", ["itself", "nested", "rows"])
def test_blocks_that_blow_up(tmp_path: Path, how: str) -> None:
    blocks, last, times = [*block("B0", outline("0"))], "B0", ()
    if how == "itself":
        blocks, last = [*block("B0", insert("B1")), *block("B1", insert("B0"))], "B1"
    if how == "nested":
        for i in range(1, 9):
            blocks += block(f"B{i}", [pair for _ in range(10) for pair in insert(f"B{i - 1}")])
        last = "B8"
    if how == "rows":
        times = ((70, 32_000), (71, 32_000))
    refused(written(tmp_path / "图.dxf", insert(last, "STBHHX", *times), blocks), "自身" if how == "itself" else "展开")


def test_a_drawing_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_MAX_BYTES", 100)
    refused(written(tmp_path / "图.dxf", outline("用地红线")), "MB")


# ---- packages -------------------------------------------------------------------------------------------------------


def plan(folder: Path, entities: Pairs, form: Sequence[Sequence[object]] = FORM) -> Any:
    workbook(folder / "表格.xlsx", {"规划信息": form, "项目表": PROJECTS})
    written(folder / "总图.dxf", entities)
    return check(folder)


def test_the_crs_of_a_drawing_is_the_one_that_the_plan_states(tmp_path: Path) -> None:
    ran = plan(tmp_path, outline("用地红线"), [*FORM, ("坐标系", "EPSG:4549")])
    assert ran.outcome("DQ-103") == "passed" and "按规划信息所写的“EPSG:4549”读取" in ran.notes()


def test_without_a_stated_crs_that_of_a_drawing_is_not_known(tmp_path: Path) -> None:
    ran = plan(tmp_path, outline("用地红线"))
    assert ran.outcome("DQ-103") == "failed" and "其图层的坐标系不明" in ran.notes()


def test_the_stated_crs_does_not_stand_in_where_a_format_could_have_named_one(tmp_path: Path) -> None:
    workbook(tmp_path / "表格.xlsx", {"规划信息": [*FORM, ("坐标系", "EPSG:4549")], "项目表": PROJECTS})
    layer(tmp_path / "图层.gpkg", "项目用地", [SITE], {"用地编号": ["S-1"], "项目编号": ["P-1"]}, crs=None)
    assert check(tmp_path).outcome("DQ-103") == "failed"


def test_a_site_in_a_drawing_names_no_project_and_that_is_found(tmp_path: Path) -> None:
    ran = plan(tmp_path, outline("用地红线"), [*FORM, ("坐标系", "EPSG:4549")])
    assert "项目编号" in "".join(f["message"]["zh"] for f in ran.report["findings"] if f["rule"] == "DQ-115b")


@pytest.mark.parametrize(("closed", "outcome"), [(1, "passed"), (0, "undecided")])
def test_a_line_of_a_reference_that_encloses_nothing_leaves_its_rule_undecided(
    tmp_path: Path, closed: int, outcome: str
) -> None:
    package(tmp_path / "plan", site=shapely.box(X + 50, Y + 300, X + 150, Y + 400))
    (tmp_path / "国土").mkdir()
    form = [("规划编号", "T-1"), ("规划名称", "国土"), ("规划类型", "国土空间总体规划"), ("坐标系", "EPSG:4549")]
    workbook(tmp_path / "国土" / "表格.xlsx", {"规划信息": form})
    corners = [(X, Y), (X + 500, Y), (X + 500, Y + 200), (X, Y + 200)]
    lines = [*outline("STBHHX", corners), *outline("STBHHX", [(X, Y + 900), (X + 90, Y), (X + 99, Y + 350)], closed=0)]
    written(tmp_path / "国土" / "总图.dxf", outline("STBHHX", corners) if closed else lines)
    assert check(tmp_path / "plan", "--territorial", tmp_path / "国土").outcome("TP-202") == outcome


def test_unknown_layers_are_listed_once_with_the_nearest_name(tmp_path: Path) -> None:
    ran = plan(tmp_path, [*outline("用地红线"), *outline("图框"), *outline("项目用地线")])
    (note,) = [n for n in ran.report["notes"] if "不认识" in n["text"]["zh"]]
    assert "2 个图层不认识" in note["text"]["zh"] and "“项目用地线”（是否应为“项目用地红线”？）" in note["text"]["zh"]
    assert "“图框”" in note["text"]["zh"]


def test_a_package_of_a_drawing_and_a_dwg(tmp_path: Path) -> None:
    written(tmp_path / "总图.DXF", outline("用地红线"))
    (tmp_path / "总图.dwg").write_bytes(b"AC1027")
    package = readers.read(tmp_path, TERMS, Path("plan.xsd"))
    assert [(t.file, t.part) for t in package.tables] == [("总图.DXF", "用地红线")]
    assert "文本格式的 DXF" in "".join(note.text.zh for note in package.notes)
