"""The same project in two plans: by code, by the package's own word, by likeness; never more certain than it is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import shapely
import shapely.affinity

from checker import lift, readers, relate
from checker.facts import Store
from checker.vocabulary import PLAN, SUB
from tests.builtin import PACK, TERMS
from tests.packages import FORM, Rows, layer, workbook

SCHEMA = PACK.root / "ontology" / "plan.xsd"
NEAR: Rows = [
    ("规划编号", "NEAR-1"),
    ("规划名称", "试算市（虚构）近期规划"),
    ("规划类型", "近期规划"),
    ("行政区代码", "990200"),
    ("规划期限", "2026—2030年"),
]
HEAD = ("项目编号", "投资项目统一代码", "项目名称", "建设年限", "对应近期项目")
MENTIONS = frozenset(
    {str(PLAN.sameInNearTerm), str(PLAN.likelySameInNearTerm), str(PLAN.startsInPeriodOf), str(PLAN.carriesOutTask)}
)


def related(tmp_path: Path, ours: Rows, theirs: Rows, sites: dict[str, shapely.Geometry] | None = None) -> Store:
    folders = {}
    for name, form, rows in (("ours", FORM, ours), ("theirs", NEAR, theirs)):
        folder = tmp_path / name
        folder.mkdir()
        workbook(folder / "表.xlsx", {"规划信息": form, "项目表": rows})
        drawn = {key.split(":")[1]: shape for key, shape in (sites or {}).items() if key.startswith(name)}
        if drawn:
            columns = {"用地编号": [f"S-{key}" for key in drawn], "项目编号": list(drawn)}
            kind = next(iter(drawn.values())).geom_type
            layer(folder / "图.gpkg", "项目用地", list(drawn.values()), columns, kind=kind)
        folders[name] = readers.read(folder, TERMS, SCHEMA)
    facts, _, _ = lift.lift(folders["ours"], {"near-term": folders["theirs"]}, TERMS)
    return Store(relate.relate(facts, TERMS, MENTIONS, dt.date(2026, 6, 30)), TERMS)


def pairs(s: Store, prop: object) -> set[tuple[str, str]]:
    rows = s.query(f"SELECT s, o FROM {s.prop(str(prop))}").to_pylist()
    return {(s.facts.iri(r["s"]).rsplit("/", 1)[-1], s.facts.iri(r["o"]).rsplit("/", 1)[-1]) for r in rows}


def test_by_investment_code(tmp_path: Path) -> None:
    s = related(tmp_path, [HEAD, ("P-1", "2601-A", "甲", "2026年", "")], [HEAD, ("N-1", "2601-a ", "乙", "2027年", "")])
    assert pairs(s, PLAN.sameInNearTerm) == {("P-1", "N-1")}


def test_the_match_column_of_the_package_decides(tmp_path: Path) -> None:
    theirs = [HEAD, ("N-1", "2601-A", "甲", "2026年", ""), ("N-2", "", "乙", "2026年", "")]
    s = related(tmp_path, [HEAD, ("P-1", "2601-A", "甲", "2026年", "N-2")], theirs)
    assert pairs(s, PLAN.sameInNearTerm) == {("P-1", "N-2")}


@pytest.mark.parametrize(
    ("ours", "theirs", "likely"),
    [
        ("栖云市城市大脑建设工程", "城市大脑项目", True),
        ("智慧停车工程（一期）", "智慧停车工程", True),
        ("滨江大道智慧化改造一标段", "滨江大道智慧化改造", True),
        ("智慧停车工程", "智慧水务工程", False),
        ("工程", "项目", False),
    ],
)
def test_by_likeness_of_names(tmp_path: Path, ours: str, theirs: str, likely: bool) -> None:
    s = related(tmp_path, [HEAD, ("P-1", "", ours, "2026年", "")], [HEAD, ("N-1", "", theirs, "2026年", "")])
    assert pairs(s, PLAN.sameInNearTerm) == set()
    assert pairs(s, PLAN.likelySameInNearTerm) == ({("P-1", "N-1")} if likely else set())


def test_likely_needs_periods_that_meet(tmp_path: Path) -> None:
    s = related(
        tmp_path, [HEAD, ("P-1", "", "智慧停车", "2026年", "")], [HEAD, ("N-1", "", "智慧停车", "2028—2029年", "")]
    )
    assert pairs(s, PLAN.likelySameInNearTerm) == set()


@pytest.mark.parametrize("moved", [False, True])
def test_likely_needs_common_ground_where_both_are_drawn(tmp_path: Path, moved: bool) -> None:
    rows = [HEAD, ("1", "", "智慧停车", "2026年", "")]
    site = shapely.box(500_000, 3_300_000, 500_100, 3_300_100)
    theirs = shapely.affinity.translate(site, 100_000) if moved else site
    s = related(tmp_path, rows, rows, {"ours:1": site, "theirs:1": theirs})
    assert pairs(s, PLAN.likelySameInNearTerm) == (set() if moved else {("1", "1")})


def test_a_certain_match_is_not_also_a_likely_one(tmp_path: Path) -> None:
    rows = [HEAD, ("1", "2601-A", "智慧停车", "2026年", "")]
    assert pairs(related(tmp_path, rows, rows), PLAN.likelySameInNearTerm) == set()


def test_start_in_the_near_term_period(tmp_path: Path) -> None:
    ours = [
        HEAD,
        ("in", "", "甲", "2026年", ""),
        ("last", "", "乙", "2030—2035年", ""),
        ("after", "", "丙", "2031年", ""),
    ]
    s = related(tmp_path, ours, [HEAD, ("N", "", "丁", "2026年", "")])
    assert {first for first, _ in pairs(s, PLAN.startsInPeriodOf)} == {"in", "last"}


@pytest.mark.parametrize(
    ("theirs", "distance", "share", "areas"),
    [
        (shapely.box(500_000, 3_300_000, 500_100, 3_300_100), 0, 1, True),
        (shapely.box(500_050, 3_300_000, 500_100, 3_300_100), 0, 0.5, True),
        (shapely.box(502_100, 3_300_000, 502_200, 3_300_100), 2000, 0, True),
        (shapely.Point(500_150, 3_300_050), 50, 0, False),
    ],
    ids=["same", "half", "moved", "point"],
)
def test_sites_of_one_project(
    tmp_path: Path, theirs: shapely.Geometry, distance: float, share: float, areas: bool
) -> None:
    rows = [HEAD, ("1", "2601-A", "智慧停车", "2026年", "")]
    site = shapely.box(500_000, 3_300_000, 500_100, 3_300_100)
    s = related(tmp_path, rows, rows, {"ours:1": site, "theirs:1": theirs})
    found = [s.column(f"SELECT v FROM {s.prop(str(p))}") for p in (SUB.distance, SUB.share, SUB.bothAreas)]
    assert [float(found[0][0]), float(found[1][0]), found[2][0]] == [distance, share, areas]
