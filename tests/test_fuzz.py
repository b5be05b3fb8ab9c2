"""A short slice of the fuzz run, and the faults that its long runs found.

`python -m benchmarks.fuzz` is the run itself; benchmarks/FUZZ.md has its numbers.
"""

from __future__ import annotations

import io
import sqlite3
import struct
import subprocess
import sys
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from rdflib import Literal

from benchmarks.fuzz.names import FORMATS
from benchmarks.fuzz.packs import HOSTILE, files
from checker import resources, rulebook
from checker.errors import CannotFinish
from checker.facts.rdf import to_value
from checker.prepared import prepare
from checker.readers import layers
from checker.relate.geometry import crs_of
from checker.resources import Pack
from tests.packages import PLAN_XML, SITE, check, package, territory
from tests.test_bad_input import FARMLAND, refused
from tests.test_rdf_packages import PLAN, RDF_PROJECTS, plan

_SEEDS = range(1, 3)
_FOUND = {
    "zip": [492, 771],
    "xlsx": [2143],
    "ttl": [2272],
    "dxf": [4, 2396],
}  # seeds that once broke a property, where a test of its own would say no more


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("form", FORMATS)
def test_damaged_bytes_end_in_a_refusal_or_in_facts(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.fuzz import bytewise
    from benchmarks.fuzz.watch import Sandbox

    warnings.simplefilter("ignore")
    sandbox = Sandbox(tmp_path)
    sandbox.work.mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    for seed in (*_SEEDS, *_FOUND.get(form, ())):
        seen = bytewise.run(sandbox, form, seed)
        assert not seen.problems, (form, seed, seen.problems)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("seed", [0])
def test_damaged_bytes_end_the_command_itself_in_a_status_that_it_has(seed: int, tmp_path: Path) -> None:
    from benchmarks.fuzz import command
    from benchmarks.fuzz.watch import Sandbox

    sandbox = Sandbox(tmp_path)
    for name in ("work", "cwd", "home", "tmp", "xdg"):
        (tmp_path / name).mkdir()
    seen = command.run(sandbox, seed)
    assert not seen.problems and seen.said in ("checked", "refused"), seen


@pytest.mark.skipif(sys.platform != "linux", reason="as above")
def test_what_the_command_would_write_elsewhere_is_seen(tmp_path: Path) -> None:
    from benchmarks.fuzz import command
    from benchmarks.fuzz.watch import Sandbox, laid_out

    sandbox = Sandbox(tmp_path / "sandbox")
    with laid_out(sandbox.work / "watch", command.watcher()) as watching:
        stray = [
            sys.executable,
            "-c",
            f"open({str(tmp_path / 'elsewhere')!r}, 'w'); open({str(sandbox.work / 'x')!r}, 'w')",
        ]
        subprocess.run(stray, env=command.environment(sandbox, watching), check=True)
        assert command.strays_of(watching) == [f"wrote {tmp_path / 'elsewhere'}"]


def test_a_damage_of_a_damage_does_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """2000 of 2000 of 2000: making geojson 804 took longer than anyone waited."""
    from benchmarks.fuzz import bytewise

    monkeypatch.setattr("benchmarks.fuzz.damage._LARGEST", 20_000)
    files, name, _ = bytewise.damaged("geojson", 804)
    assert len(files[name]) <= 20_000


# ---- faults that it found -------------------------------------------------------------------------------------------


def zipped(path: Path, *names: str) -> bytes:
    sink = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(sink, "w") as parts:
        for name in names:
            parts.writestr(name, PLAN_XML)
    path.write_bytes(sink.getvalue())
    return sink.getvalue()


def test_a_zip_with_a_wrong_directory_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "包.zip", "plan.xml"))
    end = data.rindex(b"PK\5\6")
    struct.pack_into("<I", data, end + 12, 0x7FFFFFF0)  # how large its directory is
    (tmp_path / "包.zip").write_bytes(data)
    refused(check(tmp_path / "包.zip"), "包.zip", "打不开")


@pytest.mark.parametrize("name", [".", "长" * 90, "x/plan.xml/x"])
def test_a_name_in_a_zip_that_no_file_can_have_is_refused_without_our_own_paths(tmp_path: Path, name: str) -> None:
    zipped(tmp_path / "包.zip", "x/plan.xml", name)
    ran = check(tmp_path / "包.zip")
    refused(ran, "包.zip", "无法解压")
    assert "plancheck-" not in ran.err


def test_two_files_of_one_name_in_a_zip_are_refused(tmp_path: Path) -> None:
    zipped(tmp_path / "包.zip", "plan.xml", "plan.xml")
    refused(check(tmp_path / "包.zip"), "包.zip", "同名")


def test_a_damaged_geopackage_is_refused_in_words(tmp_path: Path) -> None:
    folder = package(tmp_path / "p")
    with sqlite3.connect(folder / "图层.gpkg") as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET sql = 'CREATE' WHERE name = '项目用地'")
    ran = check(folder)
    refused(ran, "图层.gpkg", "文件已损坏")
    assert "sqlite3_" not in ran.err and "SELECT" not in ran.err


def test_a_prj_that_is_cut_short_is_named(tmp_path: Path) -> None:
    from tests.unit.test_layers import TERMS, written

    path = written(tmp_path / "用地.shp", [SITE], {"编号": ["S-1"]})
    path.with_suffix(".prj").write_text(path.with_suffix(".prj").read_text()[:-20])
    with pytest.raises(CannotFinish) as caught:
        layers.read(path, path.name, TERMS)
    assert ".prj" in caught.value.problem.zh and ".prj" in caught.value.problem.en


def test_a_crs_from_which_nothing_can_be_computed_is_none() -> None:
    local = 'ENGCRS["x",EDATUM["x"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
    assert crs_of(local) is None
    vertical = 'VERTCRS["x",VDATUM["x"],CS[vertical,1],AXIS["height (H)",up],LENGTHUNIT["metre",1]]'
    assert crs_of(vertical) is None


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("Infinity", "decimal"),
        ("NaN", "decimal"),
        ("1e40", "decimal"),
        ("1_000", "decimal"),
        ("1_000", "integer"),
        ("9" * 30, "integer"),
    ],
)
def test_literals_that_are_no_number_of_ours_are_no_value(text: str, datatype: str) -> None:
    assert to_value(Literal(text), datatype) is None


def test_decimals_of_many_places_are_rounded() -> None:
    value = to_value(Literal("0.12345678"), "decimal")
    assert value == Decimal("0.123457") and pa.array([value], pa.decimal128(38, 6))


def test_relative_names_in_rdf_do_not_depend_on_where_the_package_lies(tmp_path: Path) -> None:
    said = []
    for place in ("甲", "乙"):
        (tmp_path / place).mkdir()
        ran = check(plan(tmp_path / place, PLAN + RDF_PROJECTS + ":P-1 <某物> 1 ."))
        said.append(ran.notes())
        assert str(tmp_path) not in ran.out
    assert said[0] == said[1] and "某物" in said[0]


def test_a_red_line_with_a_coordinate_that_is_no_number_may_reach_anywhere(tmp_path: Path) -> None:
    away = np.array(shapely.box(600_000, 3_300_000, 600_100, 3_300_100).exterior.coords)
    away[2] = np.nan
    torn = shapely.Polygon(away)
    ran = check(package(tmp_path / "p"), "--territorial", territory(tmp_path / "t.gpkg", STBHHX=[FARMLAND, torn]))
    assert ran.outcome("TP-202") == "undecided"


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("\\\\u0053ERVICE <http://192.0.2.1/> { ?s ?p ?o }", "SERVICE"),
        ("FILTER(?v != '''a'b''') SERVICE <http://192.0.2.1/> { ?s ?p ?o } FILTER(?v != 'c')", "SERVICE"),
        ("} V\\\\u0041LUES ?v { 1 ", "VALUES"),
        ("M\\\\u0049NUS { ?s ?p 1 }", "MINUS"),
    ],
)
def test_a_rule_cannot_hide_what_it_may_not_say(tmp_path: Path, where: str, word: str) -> None:
    demand = (
        f'sh:sparql [ a sh:SPARQLConstraint ; sh:select """SELECT $this WHERE {{ $this plan:name ?v . {where} }}""" ]'
    )
    with pytest.raises(CannotFinish) as caught:
        loaded(tmp_path, demand)
    assert word in caught.value.problem.zh and "XX-1.ttl" in caught.value.where


@pytest.mark.parametrize("name", ["list of 20000", "order that is no number"])
def test_a_pack_with_a_long_list_or_an_odd_order_can_be_loaded(tmp_path: Path, name: str) -> None:
    demand = HOSTILE[name].replace('"x" ' * 20_000, '"x" ' * 2000)  # deeper than Python may recurse all the same
    assert loaded(tmp_path, demand).rule("XX-1").code == "XX-1"


def loaded(folder: Path, demand: str) -> rulebook.Rulebook:
    """The built-in rulebook and a rule of a pack, which belongs to a clause of ours."""
    known = prepare(resources.packs()).rulebook
    for name, data in files(demand).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        own = data.decode().replace("chk:clause :c", f"chk:clause <{known.rules[0].clause.iri}>")
        (folder / name).write_text(own, encoding="utf-8")
    return rulebook.load([resources.builtin(), Pack(folder)], known)
