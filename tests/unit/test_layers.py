"""Vector formats: what is read of each, what is said about it, and what a file may not make the reader do."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import sqlite3
import struct
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from pyogrio.raw import write

from checker import readers, resources, vocabulary
from checker.errors import CannotFinish
from checker.model import Content, SourceTable
from checker.readers import layers
from tests.builtin import TERMS
from tests.packages import FORM, PROJECTS, SITE, check, package, workbook

FORMATS = {"gpkg": "GPKG", "gdb": "OpenFileGDB", "shp": "ESRI Shapefile", "geojson": "GeoJSON", "gml": "GML"}
COLUMNS: Mapping[str, Sequence[object]] = {
    "用地": ["S-1", "S-2", "S-3"],
    "面积": [1.5, 2.25, None],
    "层数": [3, 18, 0],
    "批": [date(2026, 3, 1), date(2026, 4, 1), None],
}
SHAPES = [SITE, shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]), None]
MOVED = shapely.transform(SITE, lambda xy: xy + 300)


def written(
    path: Path,
    shapes: Sequence[shapely.Geometry | bytes | None] = SHAPES,
    columns: Mapping[str, Any] = COLUMNS,
    layer: str | None = None,
    crs: str | None = "EPSG:4549",
    kind: str = "Unknown",
    **options: Any,
) -> Path:
    """A file of the format of its extension with one layer, named after the file unless said otherwise."""
    wkb = [shapely.to_wkb(s, flavor="iso") if isinstance(s, shapely.Geometry) else s for s in shapes]
    path.parent.mkdir(exist_ok=True)
    by_format = {".shp": {"encoding": "UTF-8"}, ".geojson": {"RFC7946": "NO"}}
    options = by_format.get(path.suffix, {}) | options
    write(
        path, geometry=np.array(wkb, dtype=object), fields=list(columns), layer=layer or path.stem, crs=crs,
        field_data=[typed(values) for values in columns.values()], driver=FORMATS[path.suffix[1:]],
        field_mask=[np.array([v is None for v in values]) for values in columns.values()],
        geometry_type="Polygon" if path.suffix in (".shp", ".gdb") and kind == "Unknown" else kind, **options,
    )  # fmt: skip
    return path


def typed(values: Sequence[object]) -> np.ndarray[Any, Any]:
    if isinstance(values, np.ndarray):
        return values
    if any(isinstance(v, date) for v in values):
        return np.array([v or "NaT" for v in values], dtype="datetime64[D]")
    kinds = {str: object, float: float, int: np.int64}
    kind = next((kinds[type(v)] for v in values if v is not None), object)
    return np.array([0 if v is None and kind is not object else v for v in values], dtype=kind)


def read(path: Path) -> Content:
    return layers.read(path, path.name, TERMS)


def one(path: Path) -> SourceTable:
    (table,) = read(path).tables
    return table


def said(content: Content) -> str:
    return "\n".join(note.text.zh for note in content.notes)


def refused(path: Path, *words: str) -> None:
    with pytest.raises(CannotFinish) as caught:
        read(path)
    text = f"{caught.value.problem.zh} {caught.value.where}"
    for word in (path.name, *words):
        assert word in text, text
    assert "/tmp" not in text and "plancheck-" not in text, text


# ---- one plan in every format ---------------------------------------------------------------------------------------


def contents(table: SourceTable) -> tuple[object, ...]:
    """What a table says, without what formats cannot help: single-part shapes as multi-part, numbers as text."""
    assert table.geometry is not None
    shapes = [None if w is None else shapely.from_wkb(w) for w in table.geometry.to_pylist()]
    parts = [None if s is None else sorted(g.normalize().wkt for g in shapely.get_parts(s)) for s in shapes]
    columns = {
        name: [None if v is None else float(v) if name in ("面积", "层数") else str(v) for v in values]
        for name, values in table.columns.to_pydict().items()
        if name != "gml_id"
    }
    return table.part, table.crs, len(table.rows), columns, parts


@pytest.mark.parametrize("ending", FORMATS)
def test_a_layer_says_the_same_in_every_format(tmp_path: Path, ending: str) -> None:
    found = read(written(tmp_path / f"项目用地.{ending}"))

    assert [contents(table) for table in found.tables] == [contents(one(written(tmp_path / "b" / "项目用地.gpkg")))]
    assert not found.notes
    assert sorted(found.tables[0].rows.to_pylist()) in ([0, 1, 2], [1, 2, 3])


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The report on a package whose sites a GeoPackage carries."""
    return report(tmp_path_factory.mktemp("gpkg"), "gpkg")


@pytest.mark.parametrize("ending", [ending for ending in FORMATS if ending != "gpkg"])
def test_the_report_is_the_same_whichever_format_carries_the_sites(
    tmp_path: Path, reported: dict[str, Any], ending: str
) -> None:
    found = report(tmp_path, ending)
    assert found == reported
    assert any("P-9" in finding["message"]["zh"] for finding in found["findings"])  # the layer was read at all


def report(folder: Path, ending: str) -> Any:
    workbook(folder / "表格.xlsx", {"规划信息": FORM, "项目表": PROJECTS})
    sites = {"用地编号": ["S-1", "S-2"], "项目编号": ["P-1", "P-9"]}  # eight bytes each in GBK, twelve in UTF-8
    written(folder / f"项目用地.{ending}", [SITE, MOVED], sites, **({"encoding": "GBK"} if ending == "shp" else {}))
    return masked(check(folder).report)


def masked(found: Any, key: str = "") -> Any:
    """A report without the names and hashes of files and the numbers of features, which some formats count from 0."""
    if isinstance(found, dict):
        return {k: masked(v, k) for k, v in found.items() if k not in ("sha256", "files")}
    if isinstance(found, list):
        return [masked(v) for v in found]
    if isinstance(found, str):
        for ending in FORMATS:
            found = found.replace(f"项目用地.{ending}", "图层")
        found = re.sub(r"(?<=项目用地 )\d+", "#", found)
    return None if key in ("row", "feature") else found


# ---- Shapefile and dBASE --------------------------------------------------------------------------------------------


def dbf(path: Path, fields: Sequence[tuple[bytes, int]], rows: Sequence[Sequence[bytes]], driver: int = 0) -> Path:
    """A dBASE table of text fields, byte by byte. ``driver``: its language driver, byte 29."""
    size = 1 + sum(width for _, width in fields)
    head = struct.pack("<B3BIHH17xBxx", 3, 126, 1, 1, len(rows), 33 + 32 * len(fields), size, driver)
    head += b"".join(struct.pack("<11sc4xB15x", name, b"C", width) for name, width in fields)
    body = [b" " + b"".join(v.ljust(w) for v, (_, w) in zip(row, fields, strict=True)) for row in rows]
    path.write_bytes(head + b"\r" + b"".join(body) + b"\x1a")
    return path


@pytest.mark.parametrize(
    ("encoding", "page", "driver", "note"),
    [
        ("gbk", None, 0x4D, ""),
        ("gbk", "GBK", 0, ""),
        ("gbk", "OEM 936", 0, ""),
        ("gbk", None, 0x57, "没有说明"),
        ("gbk", "UTF-8", 0, "与内容不符"),
        ("utf-8", "UTF-8", 0, ""),
        ("utf-8", "65001\r\n", 0x4D, ""),
        ("utf-8", None, 0x57, ""),
        ("utf-8", None, 0x4D, ""),
        ("big5", "950", 0, ""),
    ],
)
def test_dbf_in_the_encodings_of_the_country(
    tmp_path: Path, encoding: str, page: str | None, driver: int, note: str
) -> None:
    text = "試算市中山路" if encoding == "big5" else "试算市中山路"
    path = dbf(tmp_path / "道路.dbf", [("名".encode(encoding), 60)], [[text.encode(encoding)], [b"G1"]], driver)
    if page is not None:
        path.with_suffix(".cpg").write_text(page)
    found = read(path)
    (table,) = found.tables
    assert (table.part, table.is_layer) == ("道路", False)
    assert table.columns.to_pydict() == {"名": [text, "G1"]}
    assert note in said(found) and bool(note) == bool(said(found))


def test_bytes_that_are_no_text_are_replaced_and_said(tmp_path: Path) -> None:
    path = dbf(tmp_path / "表.dbf", [(b"A", 20), (b"B", 20)], [["试算".encode(), b"x\xff\xff"], [b"a", b"b"]])
    path.with_suffix(".cpg").write_text("UTF-8")
    found = read(path)
    assert found.tables[0].columns.to_pydict() == {"A": ["试算", "a"], "B": ["x\ufffd\ufffd", "b"]}
    assert "有 1 处文字" in said(found)


@pytest.mark.parametrize(("encoding", "cut"), [("UTF-8", "用地编"), ("GBK", "用地编号名")])
def test_a_name_cut_in_the_middle_of_a_character_loses_that_character(tmp_path: Path, encoding: str, cut: str) -> None:
    name = "用地编号名称".encode(encoding)[:10]
    assert one(dbf(tmp_path / "表.dbf", [(name, 10)], [["试算".encode(encoding)]])).columns.column_names == [cut]


def test_shapefile_without_its_other_files(tmp_path: Path) -> None:
    for missing in (".shx", ".dbf", ".prj", ".cpg"):
        path = written(tmp_path / missing[1:] / "项目用地.shp")
        path.with_suffix(missing).unlink()
        before = sorted(f.name for f in path.parent.iterdir())
        table = one(path)
        assert len(table.rows) == 3 and table.geometry is not None and table.geometry.null_count == 1
        assert table.crs == (None if missing == ".prj" else "EPSG:4549")
        assert bool(table.columns.column_names) is (missing != ".dbf")
        assert sorted(f.name for f in path.parent.iterdir()) == before  # nothing is written beside it


def test_endings_in_capitals(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.shp")
    for file in list(tmp_path.glob("项目用地.*")):
        file.rename(tmp_path / f"项目用地{file.suffix.upper()}")
    assert contents(one(path.with_suffix(".SHP")))[:3] == ("项目用地", "EPSG:4549", 3)


def test_shapes_and_rows_of_two_exports(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.shp")
    shutil.copy(dbf(tmp_path / "x.dbf", [(b"A", 5)], [[b"1"], [b"2"]]), path.with_suffix(".dbf"))
    refused(path, "图形有 3 个", "2 行")


@pytest.mark.parametrize("ending", [".shp", ".dbf"])
def test_a_shapefile_cut_short(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path / "项目用地.shp").with_suffix(ending)
    path.write_bytes(path.read_bytes()[:-20])
    refused(path.with_suffix(".shp"), ending, "不完整")


@pytest.mark.parametrize("zone", [500_000, 40_500_000])
def test_a_prj_by_arcgis_is_the_epsg_crs(tmp_path: Path, zone: int) -> None:
    path = written(tmp_path / "项目用地.shp")
    text = path.with_suffix(".prj").read_text()
    name = "CGCS2000_3_Degree_GK_CM_120E" if zone == 500_000 else "CGCS2000_3_Degree_GK_Zone_40"
    text = text.replace("CGCS2000_3_Degree_GK_CM_120E", name).replace("500000.0", f"{zone}.0")
    path.with_suffix(".prj").write_text(text)
    assert one(path).crs == ("EPSG:4549" if zone == 500_000 else "EPSG:4528")


# ---- geometry -------------------------------------------------------------------------------------------------------


def circle(x: float, y: float, r: float) -> bytes:
    """A curve polygon of one circular string: a full circle, which WKB can say and shapely cannot."""
    points = [(x + r, y), (x, y + r), (x - r, y), (x, y - r), (x + r, y)]
    string = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *point) for point in points)
    return struct.pack("<BII", 1, 10, 1) + string


@pytest.mark.parametrize("ending", ["gpkg", "gdb", "gml"])
def test_arcs_become_chords_within_the_stated_tolerance(tmp_path: Path, ending: str) -> None:
    columns = {"用地编号": ["S-1", "S-2"]}
    kind = "MultiPolygon" if ending == "gdb" else "Unknown"
    path = tmp_path / f"项目用地.{ending}"
    written(path, [SITE, circle(500_000, 3_300_000, 100)], columns, kind=kind)
    found = read(path)
    assert found.tables[0].geometry is not None
    square, round_ = shapely.from_wkb(found.tables[0].geometry.to_pylist())
    assert square.equals(SITE)
    assert 1 - 6e-5 < round_.area / (np.pi * 100**2) < 1
    assert 1 - 4e-5 < shapely.Point(500_000, 3_300_000).distance(round_.boundary) / 100 < 1
    assert said(found).count("有图形以曲线记录") == 1


@pytest.mark.parametrize("ending", ["gpkg", "gdb", "shp", "geojson", "gml"])
def test_heights_are_left_out_and_said_once(tmp_path: Path, ending: str) -> None:
    high = shapely.force_3d(np.array([SITE, MOVED], dtype=object), 12.5)
    path = written(tmp_path / f"项目用地.{ending}", list(high), {"用地编号": ["S-1", "S-2"]}, kind="Polygon Z")
    found = read(path)
    assert found.tables[0].geometry is not None
    shapes = shapely.from_wkb(found.tables[0].geometry.to_pylist())
    assert not shapely.has_z(shapes).any() and shapes[1].equals(MOVED)
    assert said(found).count("没有读取") == 1


def without_triggers(base: sqlite3.Connection) -> None:
    """Makes a GeoPackage's tables writable: its triggers call functions that only GDAL has."""
    for (trigger,) in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        base.execute(f'drop trigger "{trigger}"')


def test_mixed_and_missing_geometry_and_wkb_that_is_none(tmp_path: Path) -> None:
    shapes = [shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), SITE, None]
    path = written(tmp_path / "混合.gpkg", shapes, {"a": ["1", "2", "3", "4"]})
    with sqlite3.connect(path) as base:
        without_triggers(base)
        base.execute("update 混合 set geom = substr(geom, 1, 12) where a = '2'")
    geometry = one(path).geometry
    assert geometry is not None and [None if w is None else w[1] for w in geometry.to_pylist()][2:] == [3, None]
    assert len(geometry) == 4


@pytest.mark.parametrize("ending", ["gpkg", "gdb", "shp", "geojson"])
def test_an_empty_layer_is_there(tmp_path: Path, ending: str) -> None:
    table = one(written(tmp_path / f"项目用地.{ending}", [], {"用地编号": []}))
    assert (table.part, len(table.rows)) == ("项目用地", 0)
    assert table.geometry is not None and len(table.geometry) == 0


def test_codes_with_a_list_of_values_stay_codes(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.gpkg", [SITE, SITE], {"类": np.array([1, 7], np.int32)})
    with sqlite3.connect(path) as base:
        base.execute(
            "create table gpkg_data_columns (table_name, column_name, name, title, description, mime_type, constraint_name)"
        )
        base.execute(
            "create table gpkg_data_column_constraints (constraint_name, constraint_type, value, min, min_is_inclusive, "
            "max, max_is_inclusive, description)"
        )
        base.execute("insert into gpkg_data_columns values ('项目用地', '类', null, null, null, null, '类别')")
        for code, meaning in (("0", "甲"), ("1", "乙")):
            base.execute(
                "insert into gpkg_data_column_constraints values ('类别', 'enum', ?, null, null, null, null, ?)",
                (code, meaning),
            )
    assert one(path).columns.to_pydict() == {"类": [1, 7]}  # 7 is not in the list, which is for a rule to say


# ---- names, ids, CRS ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stem", "layer", "part"),
    [("项目用地", "导出1", "项目用地"), ("导出1", "项目用地", "项目用地"), ("甲", "乙", "甲")],
)
def test_the_layer_of_a_geojson_is_named_after_the_file_unless_only_its_own_name_is_known(
    tmp_path: Path, stem: str, layer: str, part: str
) -> None:
    assert one(written(tmp_path / f"{stem}.geojson", layer=layer)).part == part


def test_layers_of_a_database_keep_their_names(tmp_path: Path) -> None:
    assert one(written(tmp_path / "项目用地.gpkg", layer="STBHHX")).part == "STBHHX"


FEATURE = {"type": "Feature", "id": 7, "properties": {"a": "001"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}


def collection(path: Path, **members: object) -> Path:
    text = json.dumps({"type": "FeatureCollection", **members, "features": [FEATURE]}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("members", "crs", "note"),
    [
        ({}, "EPSG:4326", ""),
        ({"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}}, "EPSG:4549", ""),
        ({"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}, "EPSG:4326", ""),
        ({"crs": None}, None, "null"),
        ({"crs": {"type": "name", "properties": {"name": "试算坐标系"}}}, None, "试算坐标系"),
    ],
)
def test_the_crs_of_a_geojson(tmp_path: Path, members: dict[str, object], crs: str | None, note: str) -> None:
    found = read(collection(tmp_path / "点.geojson", **members))
    assert found.tables[0].crs == crs and note in said(found) and bool(note) == bool(found.notes)
    assert found.tables[0].rows.to_pylist() == [7]


def test_ids_beyond_32_bits(tmp_path: Path) -> None:
    path = tmp_path / "点.geojson"
    path.write_text(collection(path).read_text().replace('"id": 7', '"id": 5000000000'))
    found = read(path)
    assert found.tables[0].rows.to_pylist() == [1] and "编号过大" in said(found)


# ---- what a file may not make the reader do --------------------------------------------------------------------------


VRT = "<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


@pytest.mark.parametrize(
    "before", [b"", b"{", b"\x03", b"\x03~\x01\x01", b"<?xml version='1.0'?>", b"SQLite format 3\0"]
)
@pytest.mark.parametrize("ending", ["gpkg", "shp", "dbf", "geojson", "gml", "gdb"])
def test_a_virtual_dataset_under_another_name(tmp_path: Path, ending: str, before: bytes) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    path = tmp_path / f"图.{ending}"
    path.write_bytes(before + VRT.format(tmp_path / "secret.csv").encode())
    refused(path)


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and what was asked of it."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"EPSG:4549")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/", asked
        listening.shutdown()


@pytest.mark.parametrize(
    "crs",
    [
        '"crs":{"type":"link","properties":{"href":"URL"}}',
        '"CRS" : {"type":"url","properties":{"url":"URL"}}',
        '"\\u0063rs":{"type":"link","properties":{"href":"URL"}}',
        '"crs":{"type":"name","properties":{"name":"EPSG:4549"}},"crs":{"type":"link","properties":{"href":"URL"}}',
        "'crs':{'type':'link','properties':{'href':'URL'}}",
        '"crs"/**/:{"type":"link","properties":{"href":"URL"}}',
        '"crs":/**/{"type":"link","properties":{"href":"URL"}}',
    ],
)
@pytest.mark.parametrize("place", ["collection", "geometry", "alone"])
def test_a_geojson_does_not_reach_the_network(
    tmp_path: Path, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, crs: str, place: str
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    url, asked = server
    crs = crs.replace("URL", url)
    point = f'{{"type":"Point",{crs if place != "collection" else chr(34) + "x" + chr(34) + ":1"},"coordinates":[1,2]}}'
    whole = f'{{"type":"FeatureCollection",{crs},"features":[{{"type":"Feature","properties":{{}},"geometry":POINT}}]}}'
    if place != "collection":
        whole = whole.replace(f"{crs},", "")
    path = tmp_path / "点.geojson"
    path.write_text(point if place == "alone" else whole.replace("POINT", point), encoding="utf-8")
    refused(path)
    assert not asked


@pytest.mark.parametrize("how", ["schema", "srs", "xlink"])
def test_a_gml_does_not_reach_the_network_or_write(
    tmp_path: Path, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    url, asked = server
    path = written(tmp_path / "项目用地.gml")
    path.with_suffix(".xsd").unlink()
    old, new = {
        "schema": ("项目用地.xsd", f"{url}?service=WFS&amp;request=DescribeFeatureType"),
        "srs": ("urn:ogc:def:crs:EPSG::4549", f"{url}srs"),
        "xlink": ("<gml:Polygon ", f'<gml:Polygon xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{url}" '),
    }[how]
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert len(one(path).rows) == 3
    assert not asked and sorted(f.name for f in tmp_path.iterdir()) == ["项目用地.gml"]


def test_codes_in_gml_stay_text_and_its_encoding_is_heeded(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.gml", [SITE], {"编号": ["1E5"]})
    path.with_suffix(".xsd").unlink()
    text = path.read_text(encoding="utf-8").replace('encoding="utf-8"', 'encoding="GBK"')
    path.write_bytes(text.encode("gbk"))
    assert one(path).columns["编号"].to_pylist() == ["1E5"]


@pytest.mark.parametrize("doctype", ['<!DOCTYPE a [<!ENTITY x "y">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">'])
def test_gml_with_entities(tmp_path: Path, doctype: str) -> None:
    path = written(tmp_path / "项目用地.gml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("?>", f"?>{doctype}", 1), encoding="utf-8")
    refused(path, "DOCTYPE")


def test_a_geodatabase_with_strangers(tmp_path: Path) -> None:
    path = written(tmp_path / "图.gdb")
    (path / "项目用地.csv").write_text("a\n1\n")
    with pytest.raises(CannotFinish, match="项目用地"):
        read(path)


@pytest.mark.parametrize(
    ("ending", "at", "damage"),
    [
        ("gdbtable", 4, b"\0\0\0\0"),  # as many rows as the table says that it has
        ("gdbtable", 36, b"\xff"),  # where its columns are described
        ("gdbtable", 0, b"\r\n"),
        ("gdbtablx", 4, b"\0\0\0\0"),  # blocks of its index
        ("gdbtablx", 12, b"\xff"),  # bytes of an offset
        ("gdbtablx", 16, b"\0\0\0\0\0"),  # where its first row stands
    ],
)
def test_a_damaged_layer_of_a_geodatabase_is_no_empty_one(tmp_path: Path, ending: str, at: int, damage: bytes) -> None:
    path = written(tmp_path / "国土.gdb", layer="STBHHX")
    file = path / f"a00000009.{ending}"
    content = bytearray(file.read_bytes())
    content[at : at + len(damage)] = damage
    file.write_bytes(content)
    with pytest.raises(CannotFinish) as caught:
        read(path)
    assert "国土.gdb" in caught.value.where and "STBHHX" in caught.value.problem.zh


def test_a_geodatabase_of_which_rows_were_deleted_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "图.gdb")
    file = path / "a00000009.gdbtablx"
    content = bytearray(file.read_bytes())
    content[16:21] = bytes(5)
    file.write_bytes(content)
    table = path / "a00000009.gdbtable"
    head = bytearray(table.read_bytes())
    head[4] -= 1
    table.write_bytes(head)
    assert one(path).columns.num_rows == len(SHAPES) - 1


def test_a_geodatabase_of_links(tmp_path: Path) -> None:
    path = written(tmp_path / "图.gdb")
    (tmp_path / "链.gdb").mkdir()
    for file in path.iterdir():
        (tmp_path / "链.gdb" / file.name).symlink_to(file)
    with pytest.raises(CannotFinish, match="链"):
        read(tmp_path / "链.gdb")


def test_a_shapefile_does_not_follow_links(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.shp")
    path.with_suffix(".dbf").rename(tmp_path / "x.dbf")
    path.with_suffix(".dbf").symlink_to(tmp_path / "x.dbf")
    assert one(path).columns.num_columns == 0


def test_a_geopackage_with_changes_beside_it_is_read_with_them_and_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.gpkg", [SITE], {"用地编号": ["S-1"]})
    base = sqlite3.connect(path)
    without_triggers(base)
    base.execute("pragma journal_mode = wal")
    base.execute("pragma wal_autocheckpoint = 0")
    base.execute("update 项目用地 set 用地编号 = 'S-9'")
    base.commit()
    folder = tmp_path / "b"
    folder.mkdir()
    for file in tmp_path.glob("项目用地.gpkg*"):
        shutil.copy(file, folder)
    base.close()
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert one(folder / "项目用地.gpkg").columns["用地编号"].to_pylist() == ["S-9"]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_values_that_are_not_of_their_columns_type_read_as_they_stand(tmp_path: Path) -> None:
    """SQLite keeps them; GDAL reads a text among numbers as 0, and one that is no date as some day."""
    path = written(tmp_path / "项目用地.gpkg")
    with sqlite3.connect(path) as base:
        without_triggers(base)
        base.execute("update 项目用地 set 面积 = '约1.5', 批 = '三月初' where fid = 1")
        base.execute("update 项目用地 set 层数 = x'e5' where fid = 3")
    read = one(path).columns
    assert read["面积"].to_pylist() == ["约1.5", "2.25", None]
    assert [number for number in read["层数"].to_pylist() if number != "18"] == ["3", "\ufffd"]
    assert read["批"].to_pylist() == ["三月初", "2026-04-01", None]
    assert read.column("用地").type == pa.string()


def test_a_view_of_a_geopackage_is_read_like_a_table(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.gpkg")
    with sqlite3.connect(path) as base:
        without_triggers(base)
        base.execute("update 项目用地 set 面积 = '约1.5' where fid = 2")
        base.execute("create view 在建 as select fid as OGC_FID, geom, 用地, 面积 from 项目用地 where fid > 1")
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            (row,) = base.execute(f"select * from {table}")
            names = [column[1] for column in base.execute(f"pragma table_info({table})")]
            said = {**dict(zip(names, row, strict=True)), "table_name": "在建"} | (
                {"identifier": "在建"} if "identifier" in names else {}
            )
            base.execute(f"insert into {table} values ({', '.join('?' * len(said))})", list(said.values()))
    found = {table.part: table.columns for table in layers.read(path, path.name, TERMS).tables}
    assert found["在建"]["用地"].to_pylist() == ["S-2", "S-3"]
    assert found["在建"]["面积"].to_pylist() == ["约1.5", None]


def test_what_is_no_number_in_a_column_of_numbers_is_a_finding(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    with sqlite3.connect(folder / "图层.gpkg") as base:
        without_triggers(base)
        base.execute("alter table 项目用地 add column 点状占地面积 real")
        base.execute("update 项目用地 set 点状占地面积 = '约一公顷'")
    ran = check(folder)
    assert ran.outcome("DQ-115") == "failed" and "约一公顷" in " ".join(
        f["message"]["zh"] for f in ran.report["findings"]
    )


@pytest.mark.parametrize("name", ['a:b"c.gpkg', "a?b#c%20.gpkg", "a:b.geojson", "x.zip!a.geojson", "a b'c.shp"])
def test_file_names_that_gdal_would_take_for_more(tmp_path: Path, name: str) -> None:
    plain = written(tmp_path / f"项目用地{Path(name).suffix}")
    for file in tmp_path.glob("项目用地.*"):
        file.rename(tmp_path / f"{Path(name).stem}{file.suffix}")
    assert not plain.exists() and len(one(tmp_path / name).rows) == 3


# ---- packages -------------------------------------------------------------------------------------------------------


def test_the_files_of_a_shapefile_and_a_geodatabase_are_one_source_each(tmp_path: Path) -> None:
    folder = tmp_path / "包"
    folder.mkdir()
    written(folder / "项目用地.shp")
    (folder / "项目用地.shp.xml").write_text("<x/>")
    written(folder / "图.gdb", layer="现状")
    package = readers.read(folder, TERMS, Path("plan.xsd"))
    assert [(t.file, t.part) for t in package.tables] == [("图.gdb", "现状"), ("项目用地.shp", "项目用地")]
    assert not package.notes
    expected = sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file())
    assert [file.name for file in package.files] == expected
    assert any(name.startswith("图.gdb/a0") for name in expected) and "项目用地.shp.xml" in expected


@pytest.mark.parametrize("how", ["folder", "zip", "shp"])
def test_a_bare_database_with_all_its_files(tmp_path: Path, how: str) -> None:
    path = written(tmp_path / "STBHHX.shp") if how == "shp" else written(tmp_path / "国土.gdb", layer="STBHHX")
    if how == "zip":
        with zipfile.ZipFile(tmp_path / "国土.zip", "w") as archive:
            for file in sorted(path.iterdir()):
                archive.write(file, f"国土.gdb/{file.name}")
    package = readers.read(tmp_path / "国土.zip" if how == "zip" else path, TERMS, Path("plan.xsd"))
    assert [(t.part, len(t.rows)) for t in package.tables] == [("STBHHX", 3)]
    assert len(package.files) == (5 if how == "shp" else len(list(path.iterdir())))


def test_attribute_columns_keep_their_types_where_the_format_does(tmp_path: Path) -> None:
    types = [field.type for field in one(written(tmp_path / "项目用地.gdb")).columns.schema]
    assert types[0] == pa.string() and types[3] == pa.date32()


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    path = dbf(tmp_path / "表.dbf", [(b"A", 4), (b"A", 4)], [["甲".encode(), "乙".encode()]])
    assert one(path).columns.to_pydict() == {"A": ["甲"], "A #2": ["乙"]}


def test_a_prj_that_makes_no_sense(tmp_path: Path) -> None:
    path = written(tmp_path / "项目用地.shp")
    text = path.with_suffix(".prj").read_text()
    for broken in (text[:-40], text.replace("Gauss_Kruger", "Gauss"), text.replace("298.257222101", "-1"), "不明"):
        path.with_suffix(".prj").write_text(broken, encoding="utf-8")
        try:
            table = one(path)
        except CannotFinish as error:
            assert path.name in error.where
        else:
            assert table.crs is None or not table.crs.startswith("EPSG:")


def test_column_names_that_a_shapefile_cut_are_known(tmp_path: Path) -> None:
    workbook(tmp_path / "表格.xlsx", {"规划信息": FORM, "项目表": PROJECTS})
    sites = written(tmp_path / "项目用地.shp", [SITE], {"用地编号": ["S-1"], "项目编号": ["P-1"]})
    assert one(sites).columns.column_names == ["用地编", "项目编"]
    ran = check(tmp_path)
    assert ran.outcome("DQ-115b") == "passed" and ran.outcome("TP-219") != "not-supplied"


@pytest.mark.parametrize(
    ("heading", "column"),
    [("占用永", "占用永久基本农田论证"), ("建", None), ("项目编号"[:3], "项目编号"), ("国家重", "国家重点项目")],
)
def test_a_cut_heading_that_could_mean_two_columns_means_none(heading: str, column: str | None) -> None:
    terms = vocabulary.load([resources.builtin()])
    table = terms.table("项目表")
    assert table is not None
    found = terms.cut_column(table, heading, 10)
    assert (found.label.zh if found else None) == column
