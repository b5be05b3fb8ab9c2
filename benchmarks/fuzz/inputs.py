"""Whole packages, made the same in every run, with the file that is to be damaged; hands on a ``Base`` per format."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from pyogrio.raw import write
from rdflib import Graph

from tests.packages import FORM, PLAN_XML, PROJECTS, SITE, Rows, layer, package, workbook
from tests.test_rdf_packages import PLAN, PREFIXES, RDF_PROJECTS
from tests.unit import test_dxf as drawn
from tests.unit.test_documents import bold, cell, p, run, table, word
from tests.unit.test_oldsheets import old_workbook

FIXTURES = Path(__file__).parents[2] / "fixtures" / "packages"
NEEDS: Rows = [("需求编号", "需求名称"), ("N-1", "停车难"), ("N-2", "看病难")]
APPLICATIONS: Rows = [("应用编号", "应用名称", "应用类型", "服务需求"), ("A-1", "停车诱导", "服务应用", "N-1")]
SITES = {"用地编号": ["S-1", "S-2"], "项目编号": ["P-1", "P-1"]}
SHAPES = [SITE, shapely.transform(SITE, lambda xy: xy + 300)]
_DRIVERS = {".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".gml": "GML", ".gdb": "OpenFileGDB"}
_SITES = "项目用地"
_THEN = (2026, 6, 30, 0, 0, 0)


@dataclass(frozen=True)
class Base:
    """The files of a package by name, and of these the ones to damage. ``is_reference``: a territorial plan to compare with."""

    files: Mapping[str, bytes]
    damaged: tuple[str, ...]
    is_reference: bool = False


@cache
def bases(form: str) -> tuple[Base, ...]:
    """The packages to damage in one format: small ones first."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        steady = {"OGR_CURRENT_DATE": "2026-06-30T00:00:00.000Z", "OPENFILEGDB_REPRODUCIBLE_UUID": "YES"}
        pyogrio.set_gdal_config_options(steady)
        return tuple(_BASES[form](Path(place)))


def _base(folder: Path, *damaged: str, is_reference: bool = False) -> Base:
    files = {
        f.relative_to(folder).as_posix(): _steady(f.read_bytes()) for f in sorted(folder.rglob("*")) if f.is_file()
    }
    return Base(files, damaged, is_reference)


def _steady(data: bytes) -> bytes:
    """An Office file without the time at which it was written."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        members = {name: parts.read(name) for name in parts.namelist()}
    if "docProps/core.xml" in members:
        members["docProps/core.xml"] = re.sub(
            rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-06-30T00:00:00Z", members["docProps/core.xml"]
        )
    return zipped(members)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of these members."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as parts:
        for name, data in members.items():
            parts.writestr(zipfile.ZipInfo(name, _THEN), data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _fixture(name: str, *endings: str) -> Base:
    folder = FIXTURES / name
    return _base(folder, *(f.name for f in sorted(folder.iterdir()) if f.name.endswith(endings)))


def _sheets(folder: Path) -> Base:
    sheets = {"规划信息": FORM, "项目表": PROJECTS, "需求表": NEEDS, "应用表": APPLICATIONS}
    return _base(package(folder / "a", sheets), "表格.xlsx")


def _xlsx(place: Path) -> list[Base]:
    return [_sheets(place), _fixture("smart-city", ".xlsx"), _fixture("near-term", ".xlsx")]


def _zip(place: Path) -> list[Base]:
    folder = package(place / "a", {"项目表": PROJECTS})
    (folder / "plan.xml").write_text(PLAN_XML, encoding="utf-8")
    (folder / "图纸").mkdir()
    (folder / "图纸" / "总图.pdf").write_bytes(b"%PDF-1.7")
    whole = Base({"成果.zip": zipped(_base(folder).files)}, ("成果.zip",))
    return [whole, Base({"成果.zip": zipped(_fixture("transport-special").files)}, ("成果.zip",))]


def _plan_xml(place: Path) -> list[Base]:
    folder = package(place / "a", {"项目表": PROJECTS})
    (folder / "plan.xml").write_text(PLAN_XML, encoding="utf-8")
    return [_base(folder, "plan.xml"), _fixture("smart-city", ".xml"), _fixture("territorial", ".xml")]


def _csv(place: Path) -> list[Base]:
    folder = place / "a"
    folder.mkdir()
    for name, rows in {"规划信息": FORM, "项目表": PROJECTS, "需求表": NEEDS}.items():
        text = "\r\n".join(",".join(f'"{c}"' if "、" in str(c) else str(c) for c in row) for row in rows) + "\r\n"
        (folder / f"{name}.csv").write_bytes(text.encode("gb18030" if name == "需求表" else "utf-8"))
    return [_base(folder, "规划信息.csv", "项目表.csv", "需求表.csv")]


def _xls(place: Path) -> list[Base]:
    folder = _made(place / "a")
    workbook(folder / "规划信息.xlsx", {"规划信息": FORM})
    rows = [[float(c) if isinstance(c, int) else str(c) for c in row] for row in PROJECTS]
    old_workbook(folder / "项目.xls", "项目表", rows, [])
    return [_base(folder, "项目.xls")]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _docx(place: Path) -> list[Base]:
    folder = package(place / "a", {"规划信息": FORM})
    rows = [[cell(str(c)) for c in row] for row in PROJECTS]
    body = [
        p("第一章 总则", style="1"), p("本规划期限为2026—2035年，总投资3.2亿元。"), bold("一、目标"), p("表1 项目表"),
        table(*rows), p("第二章 项目", style="1"), p(run("新建") + run("12", "<w:b/>") + run("个站点。")),
    ]  # fmt: skip
    styles = '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    word(folder / "文本.docx", body, styles=styles, numbering="", footnotes="", comments="")
    return [_base(folder, "文本.docx")]


def _gpkg(place: Path) -> list[Base]:
    folder = package(place / "a")
    (folder / "图层.gpkg").unlink()
    layer(folder / "图层.gpkg", _SITES, SHAPES, SITES)
    return [_base(folder, "图层.gpkg"), _fixture("transport-special", ".gpkg")]


def _territorial(place: Path) -> list[Base]:
    shapes = [shapely.box(500_050, 3_300_000, 500_060, 3_300_100), shapely.box(600_000, 3_300_000, 600_100, 3_300_100)]
    folder = _made(place / "a")
    for code in ("STBHHX", "CZKFBJ", "YJJBNT"):
        layer(folder / "国土.gpkg", code, shapes, {"BSM": ["1", "2"], "YSDM": ["2099", "2099"]})
    return [_base(folder, "国土.gpkg", is_reference=True)]


def _vector(ending: str) -> Callable[[Path], list[Base]]:
    def made(place: Path) -> list[Base]:
        folder = package(place / "a")
        (folder / "图层.gpkg").unlink()
        options = {".shp": {"encoding": "UTF-8"}, ".geojson": {"RFC7946": "NO"}}.get(ending, {})
        _write(folder / f"{_SITES}{ending}", _SITES, SITES, **options)
        files = _base(folder).files
        return [Base(files, tuple(name for name in files if not name.endswith(".xlsx")))]

    return made


def _write(path: Path, name: str, columns: Mapping[str, list[str]], **options: str) -> None:
    """Writes the two shapes as a layer of a format that is no GeoPackage."""
    shapes = np.array(SHAPES) if path.suffix != ".gdb" else np.array([shapely.MultiPolygon([s]) for s in SHAPES])
    write(
        path, geometry=np.array(shapely.to_wkb(shapes), dtype=object), fields=list(columns), layer=name, crs="EPSG:4549",
        field_data=[np.array(values, dtype=object) for values in columns.values()], driver=_DRIVERS[path.suffix],
        geometry_type="MultiPolygon" if path.suffix == ".gdb" else "Polygon", append=path.exists(), **options,
    )  # fmt: skip


def _gdb(place: Path) -> list[Base]:
    folder = _made(place / "b")
    for code in ("STBHHX", "CZKFBJ"):
        _write(folder / "国土.gdb", code, {"BSM": ["1", "2"], "YSDM": ["2099", "2099"]})
    files = _base(folder).files
    return [*_vector(".gdb")(place), Base(files, tuple(files), is_reference=True)]


def _dxf(place: Path) -> list[Base]:
    """A drawing with what readers of drawings have to work out: areas, holes, arcs, blocks in blocks, texts."""
    folder = package(place / "a")
    (folder / "图层.gpkg").unlink()
    moved = [(x + 300, y) for x, y in drawn.SQUARE]
    inner = drawn.block("内", drawn.outline("0"))
    outer = drawn.block("外", drawn.insert("内", "0", (41, 2), (50, 30)))
    arc = drawn.entity("ARC", "道路", (10, drawn.X), (20, drawn.Y), (40, 50), (50, 0), (51, 270))
    text = drawn.entity("TEXT", "标注", (10, drawn.X), (20, drawn.Y), (40, 5), (1, "用地\\U+7EA2线"))
    entities = [
        *drawn.outline(_SITES, bulge=0.2), *drawn.outline(_SITES, moved), *drawn.hatch(_SITES), *arc, *text,
        *drawn.insert("外", _SITES, (70, 2), (71, 2), (44, 300), (45, 300)),
    ]  # fmt: skip
    drawn.written(folder / "图.dxf", entities, [*inner, *outer], [_SITES, "道路", "标注"])
    return [_base(folder, "图.dxf")]


def _rdf(ending: str) -> Callable[[Path], list[Base]]:
    def made(place: Path) -> list[Base]:
        text = PREFIXES + PLAN + RDF_PROJECTS
        if ending != ".ttl":
            text = (
                Graph().parse(data=text, format="turtle").serialize(format={".nt": "nt", ".jsonld": "json-ld"}[ending])
            )
        if ending == ".jsonld":
            text = json.dumps(sorted(json.loads(text), key=lambda node: str(node["@id"])), ensure_ascii=False, indent=1)
        if ending == ".nt":
            text = "".join(sorted(text.splitlines(keepends=True)))
        (_made(place / "a") / f"规划{ending}").write_text(text, encoding="utf-8")
        return [_base(place / "a", f"规划{ending}")]

    return made


_BASES: Mapping[str, Callable[[Path], list[Base]]] = {
    "zip": _zip,
    "plan.xml": _plan_xml,
    "xlsx": _xlsx,
    "xls": _xls,
    "docx": _docx,
    "csv": _csv,
    "gpkg": _gpkg,
    "territorial": _territorial,
    "shp": _vector(".shp"),
    "geojson": _vector(".geojson"),
    "gml": _vector(".gml"),
    "gdb": _gdb,
    "dxf": _dxf,
    "ttl": _rdf(".ttl"),
    "nt": _rdf(".nt"),
    "jsonld": _rdf(".jsonld"),
}
FORMATS = tuple(_BASES)
