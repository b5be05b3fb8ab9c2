"""The same plan in every vector format gives the same report; where a format cannot say the same, that is found."""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import pyproj
import pytest
import shapely
from pyogrio.raw import write, write_arrow

from checker import lift, readers
from tests.builtin import TERMS
from tests.packages import FORM, SITE, Ran, check, layer, package, territory, workbook

PACKAGES = Path(__file__).parent.parent / "fixtures" / "packages"
DRIVERS = {"gpkg": "GPKG", "gdb": "OpenFileGDB", "shp": "ESRI Shapefile", "geojson": "GeoJSON", "gml": "GML"}
# What is written, and how: GeoJSON with the CRS of the layer, as GDAL and QGIS write it when asked to keep it.
FORMATS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "gpkg": ("gpkg", {}),
    "gdb": ("gdb", {}),
    "gdb of ArcGIS Pro": ("gdb", {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}),  # 64-bit integers and dates
    "shp in UTF-8": ("shp", {"encoding": "UTF-8"}),
    "shp in GBK": ("shp", {"encoding": "GBK"}),
    "geojson": ("geojson", {"RFC7946": "NO"}),
    "gml": ("gml", {}),
}
# Of a report, only these may differ: the names and hashes of files, the file of a place, its field, of whose name a
# Shapefile keeps ten bytes, and the number of a feature, which GeoPackage, File Geodatabase count from 1, the others from 0.
EXCEPTED = ("files", "sha256", "file", "column", "feature")


def converted(source: Path, folder: Path, how: str) -> None:
    """The layers of a GeoPackage in another format: one file where that holds many layers, else one for each."""
    ending, options = FORMATS[how]
    for name, kind in pyogrio.list_layers(source):
        meta, table = pyogrio.read_arrow(source, layer=name)
        path = folder / f"{'图层' if ending in ('gpkg', 'gdb') else name}.{ending}"
        with warnings.catch_warnings(action="ignore"):  # names are cut at ten bytes
            write_arrow(
                table, path, layer=name, driver=DRIVERS[ending], geometry_type=kind, crs=meta["crs"],
                geometry_name=meta["geometry_name"] or "wkb_geometry", append=path.exists() and ending != "gml", **options,
            )  # fmt: skip


def plan(folder: Path, name: str, how: str) -> Path:
    """A demo package with its layers in another format."""
    folder.mkdir(parents=True)
    for file in (PACKAGES / name).iterdir():
        if file.suffix == ".gpkg":
            converted(file, folder, how)
        elif file.suffix == ".xml":
            text = re.sub(r" *<file name=.*gpkg.*\n", "", file.read_text(encoding="utf-8"))
            (folder / file.name).write_text(text, encoding="utf-8")
        else:
            shutil.copy(file, folder)
    return folder


def reported(folder: Path, how: str) -> Ran:
    """The report on the demo plan with mistakes, its layers and those of the territorial plan in one format."""
    territorial = plan(folder / "territorial", "territorial", how)
    reviewed = plan(folder / "reviewed", "smart-city-mistakes", how)
    references = ("--territorial", territorial, "--near-term", PACKAGES / "near-term")
    return check(reviewed, *references, "--profile", "alignment")


def compared(found: Any) -> Any:
    """A report, or a part of it, without what is EXCEPTED."""
    if isinstance(found, dict):
        return {key: compared(value) for key, value in found.items() if key not in EXCEPTED}
    return [compared(value) for value in found] if isinstance(found, list) else found


@pytest.fixture(scope="module")
def in_geopackage(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return reported(tmp_path_factory.mktemp("gpkg"), "gpkg")


@pytest.mark.parametrize("how", [how for how in FORMATS if how != "gpkg"])
def test_the_report_is_the_same_in_every_format(tmp_path: Path, in_geopackage: Ran, how: str) -> None:
    found = reported(tmp_path, how)
    assert compared(found.report) == compared(in_geopackage.report)
    assert found.status == in_geopackage.status == 1
    places = [finding["place"] for finding in found.report["findings"] if "feature" in (finding["place"] or {})]
    assert len(places) > 5  # the layers were really read


def test_geojson_as_rfc_7946_has_it_is_not_cgcs2000_and_measures_nothing(tmp_path: Path, in_geopackage: Ran) -> None:
    """The standard knows WGS 84 alone, and PROJ no exact way from there to CGCS2000: nothing passes by it."""
    reviewed = plan(tmp_path / "reviewed", "smart-city-mistakes", "gpkg")
    meta, table = pyogrio.read_arrow(reviewed / "图层.gpkg", layer="项目用地")
    (reviewed / "图层.gpkg").unlink()
    write_arrow(
        table, reviewed / "项目用地.geojson", driver="GeoJSON", geometry_type="Unknown", crs=meta["crs"],
        geometry_name=meta["geometry_name"], RFC7946="YES",
    )  # fmt: skip
    references = ("--territorial", PACKAGES / "territorial", "--near-term", PACKAGES / "near-term")
    found = check(reviewed, *references, "--profile", "alignment")
    assert found.outcome("DQ-103") == "failed"
    outcomes = {rule["code"]: rule["outcome"] for rule in in_geopackage.report["rules"]}
    differing = {code: found.outcome(code) for code in outcomes if found.outcome(code) != outcomes[code]}
    assert set(differing.values()) == {"failed", "undecided"} and [*differing].count("DQ-103") == 1


def test_a_drawing_gives_the_same_findings_on_the_ground(tmp_path: Path) -> None:
    """A drawing carries shapes alone: the red line is enough for what is measured on it."""
    line = shapely.box(500_050, 3_300_000, 500_300, 3_300_200)
    (tmp_path / "dxf").mkdir()
    form = [("规划编号", "T-1"), ("规划名称", "国土"), ("规划类型", "国土空间总体规划"), ("坐标系", "EPSG:4549")]
    workbook(tmp_path / "dxf" / "表格.xlsx", {"规划信息": [*form]})
    write(
        tmp_path / "dxf" / "总图.dxf", geometry=np.array([shapely.to_wkb(line.exterior)], dtype=object), driver="DXF",
        field_data=[np.array(["STBHHX"], dtype=object)], fields=["Layer"], geometry_type="LineString", crs=None,
    )  # fmt: skip
    bare = territory(tmp_path / "国土.gpkg", STBHHX=[line])
    (tmp_path / "plan").mkdir()
    reviewed = package(tmp_path / "plan", {"规划信息": FORM, "项目表": _LANDED})

    def found(reference: Path) -> list[Any]:
        findings = check(reviewed, "--territorial", reference).report["findings"]
        # A line of a drawing has no code, so that the ground shared with it has another name.
        return [{**compared(finding), "ground": None} for finding in findings if finding["rule"] == "TP-202"]

    assert found(tmp_path / "dxf") == found(bare)
    assert "5,000" in found(bare)[0]["message"]["zh"] and SITE.area == 10_000


_LANDED = [
    ("项目编号", "项目名称", "项目类型", "建设年限", "总投资（万元）", "用地方式"),
    ("P-1", "算力中心", "数据中心", "2026—2028年", 3200, "新增用地"),
]


# ---- numbers, days and what is empty --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [how for how in FORMATS if how != "gpkg"])
def test_cells_of_every_type_lift_alike(tmp_path: Path, how: str) -> None:
    """Whole and broken numbers, days, codes with leading noughts and empty cells, as facts of a territorial plan."""
    columns = {
        "BSM": pa.array(["001", "1E5", "330100"]),
        "YJJBNTMJ": pa.array([10000.5, None, 3.0]),
        "SJNF": pa.array([2025, None, 2024], pa.int32()),
        "BHKSSJ": pa.array([None, 20_000, 20_001], pa.date32()),
        "DLMC": pa.array(["水田", None, ""]),
        "geometry": pa.array(shapely.to_wkb([SITE, SITE, SITE]), pa.binary()),
    }
    facts = []
    for each in ("gpkg", how):
        source = tmp_path / f"{each}.source.gpkg"
        write_arrow(
            pa.table(columns), source, layer="YJJBNT", driver="GPKG", geometry_type="Polygon", crs="EPSG:4549",
            geometry_name="geometry",
        )  # fmt: skip
        folder = tmp_path / each
        folder.mkdir()
        converted(source, folder, each)
        facts.append(_said_of_farmland(folder))
    assert facts[0] == facts[1]
    assert len(facts[0]) > 3


def _said_of_farmland(folder: Path) -> Any:
    form = [("规划编号", "T-1"), ("规划名称", "国土"), ("规划类型", "国土空间总体规划"), ("行政区代码", "990200")]
    workbook(folder / "表格.xlsx", {"规划信息": form})
    facts, _, _ = lift.lift(readers.read(folder, TERMS, Path("plan.xsd")), {}, TERMS)
    tables = {t.cls: t for t in facts.tables}
    farmland = next(table for cls, table in tables.items() if cls.endswith("#PermanentBasicFarmland"))
    assert not any(cls.endswith("#Unparsed") for cls in tables)
    return {prop: column.to_pylist() for prop, column in farmland.columns.items()}


# ---- a territorial plan straight from the authority's database --------------------------------------------------------

CITY, COUNTY, CENTRE = (
    ("YJJBNT", "STBHHX", "CZKFBJ", "GHFQ", "XZYDYH"),
    ("YJJBNTBHHX", "STBHHX", "CZKFBJ", "YDYHGHFQ", "XZYDYH"),
    ("YJJBNT", "STBHHX", "CZKFBJ", "ZXCQGHFQ", "ZXCQXZYDYH"),
)


def database(path: Path, spelling: tuple[str, ...]) -> Path:
    """The layers of the demo's territorial plan, bare, by the codes of one spelling."""
    source = next((PACKAGES / "territorial").glob("*.gpkg"))
    for official, code in zip(CITY, spelling, strict=True):
        meta, table = pyogrio.read_arrow(source, layer=official)
        write_arrow(
            table, path, layer=code, driver=DRIVERS[path.suffix[1:]], geometry_type=meta["geometry_type"],
            crs=meta["crs"], geometry_name=meta["geometry_name"], append=path.exists(),
        )  # fmt: skip
    return path


def against(path: Path) -> Any:
    """The report on the demo plan with mistakes against a bare database, without the database's own names."""
    options = ("--territorial", path, "--near-term", PACKAGES / "near-term", "--profile", "alignment")
    found = compared(check(PACKAGES / "smart-city-mistakes", *options).report)
    return {key: value for key, value in found.items() if key not in ("notes", "references")}


@pytest.fixture(scope="module")
def by_city_codes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return against(database(tmp_path_factory.mktemp("city") / "国土.gpkg", CITY))


@pytest.mark.parametrize(("ending", "spelling"), [("gpkg", COUNTY), ("gdb", COUNTY), ("gdb", CENTRE)])
def test_city_and_county_spellings_of_a_bare_database_read_alike(
    tmp_path: Path, by_city_codes: Any, ending: str, spelling: tuple[str, ...]
) -> None:
    with warnings.catch_warnings(action="ignore"):
        path = database(tmp_path / f"国土.{ending}", spelling)
    assert against(path) == by_city_codes
    failed = {rule["code"] for rule in by_city_codes["rules"] if rule["outcome"] == "failed"}
    assert {"TP-201", "TP-202", "TP-203", "TP-205"} <= failed


# ---- geometry -------------------------------------------------------------------------------------------------------


def test_layers_in_several_crs_are_compared_in_one_and_that_is_said(tmp_path: Path) -> None:
    line = shapely.box(500_050, 3_300_000, 500_300, 3_300_200)
    degrees = shapely.transform(
        line, pyproj.Transformer.from_crs("EPSG:4549", "EPSG:4490", always_xy=True).transform, interleaved=False
    )
    reviewed = package(tmp_path / "plan", {"规划信息": FORM, "项目表": _LANDED})
    same = check(reviewed, "--territorial", territory(tmp_path / "国土.gpkg", STBHHX=[line]))
    (tmp_path / "b").mkdir()
    moved = layer(tmp_path / "b" / "国土.gpkg", "STBHHX", [degrees], {"BSM": ["STBHHX-0"]}, crs="EPSG:4490")
    other = check(reviewed, "--territorial", moved)
    of_rule = [[f for f in ran.report["findings"] if f["rule"] == "TP-202"] for ran in (same, other)]
    assert len(of_rule[0]) == 1 and compared(of_rule[0]) == compared(of_rule[1])
    assert "2 种坐标系（EPSG:4490、EPSG:4549）" in other.notes() and "种坐标系" not in same.notes()


def test_layers_of_one_package_in_two_crs_are_a_finding(tmp_path: Path) -> None:
    reviewed = package(tmp_path / "plan", {"规划信息": FORM, "项目表": _LANDED})
    layer(reviewed / "二.gpkg", "STBHHX", [shapely.box(119, 29, 119.1, 29.1)], {"BSM": ["1"]}, crs="EPSG:4490")
    ran = check(reviewed)
    assert ran.outcome("DQ-103b") == "failed" and "2 种坐标系" in ran.notes()


def test_swapped_axes_are_named_in_the_report(tmp_path: Path) -> None:
    ran = check(package(tmp_path / "plan", site=shapely.transform(SITE, lambda xy: xy[:, ::-1])))
    (finding,) = [f for f in ran.report["findings"] if f["rule"] == "DQ-103"]
    assert "坐标轴可能颠倒" in finding["message"]["zh"]


@pytest.mark.parametrize(
    ("ending", "kind"), [*product(("gpkg", "gdb"), ("Z", "M", "ZM")), *product(("shp",), ("Z", "M"))]
)
def test_heights_and_measures_are_left_out_and_said(tmp_path: Path, ending: str, kind: str) -> None:
    ring = ", ".join(f"{x:.0f} {y:.0f}" + " 7" * len(kind) for x, y in SITE.exterior.coords)
    wkb = shapely.to_wkb(shapely.from_wkt(f"POLYGON {kind} (({ring}))"), output_dimension=4, flavor="iso")
    folder = tmp_path / "plan"
    folder.mkdir()
    workbook(folder / "表格.xlsx", {"规划信息": FORM, "项目表": _LANDED})
    with warnings.catch_warnings(action="ignore"):
        write(
            folder / f"项目用地.{ending}", geometry=np.array([wkb], dtype=object), driver=DRIVERS[ending], crs="EPSG:4549",
            field_data=[np.array([v], dtype=object) for v in ("S-1", "P-1")], fields=["用地编号", "项目编号"],
            geometry_type={"Z": "Polygon Z", "M": "Measured Polygon", "ZM": "Measured 3D Polygon"}[kind], **({"encoding": "UTF-8"} if ending == "shp" else {}),
        )  # fmt: skip
    (table,) = [t for t in readers.read(folder, TERMS, Path("plan.xsd")).tables if t.is_layer]
    assert table.geometry is not None and shapely.from_wkb(table.geometry[0].as_py()).equals(SITE)
    assert not shapely.has_z(shapely.from_wkb(table.geometry[0].as_py()))
    assert "高程（Z）或量测值（M）没有读取" in check(folder).notes()
