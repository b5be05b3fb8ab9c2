"""Plans handed in as RDF: read like tables, and never taken at their word for what plancheck works out itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdflib import Graph

from tests.packages import FORM, PROJECTS, check, package, run, territory

PREFIXES = """
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
@prefix terr: <https://w3id.org/plancheck/terr#> .
@prefix code: <https://w3id.org/plancheck/code#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <https://example.org/shisuan/> .
"""
PLAN = """
<https://example.org/shisuan> a plan:SmartCityPlan ; plan:identifier "TEST-1" ;
    plan:title "试算市（虚构）智慧城市规划" ; plan:administrativeCode "990200" ; plan:date "2026-06-30"^^xsd:date .
"""
RDF_PROJECTS = """
:P-1 a plan:Project ; plan:code "P-1" ; plan:name "算力中心" ; plan:projectKind code:data-centre ;
    plan:start "2026-01-01"^^xsd:date ; plan:end "2028-12-31"^^xsd:date ; plan:investment 3200.0 ; plan:landMode code:new-land .
:P-2 a plan:Project ; plan:code "P-2" ; plan:name "城市信息平台" ; plan:projectKind code:information-platform ;
    plan:start "2026-01-01"^^xsd:date ; plan:end "2026-12-31"^^xsd:date ; plan:investment 800.0 ; plan:landMode code:no-land .
"""


def plan(tmp_path: Path, turtle: str, name: str = "规划.ttl") -> Path:
    folder = tmp_path / "包"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(PREFIXES + turtle, encoding="utf-8")
    return folder


def findings(folder: Path, *options: object) -> set[tuple[str, str, str]]:
    """(rule, focus, message) of a check; the focus without what tells formats apart."""
    found = check(folder, *options).report["findings"]
    return {(f["rule"], f["focus"].rpartition("/")[2], f["message"]["zh"]) for f in found}


def test_rdf_gives_the_findings_of_the_same_tables(tmp_path: Path) -> None:
    aspects = "\n".join(f":{code} plan:aspect code:design , code:operation ." for code in ("P-1", "P-2"))
    rdf = plan(tmp_path, PLAN + RDF_PROJECTS + aspects)
    heads, *rows = PROJECTS
    tables = package(tmp_path / "表", {
        "规划信息": [("规划编号", "TEST-1"), ("规划名称", "试算市（虚构）智慧城市规划"), ("规划类型", "智慧城市规划"),
                  ("行政区代码", "990200"), ("成果日期", "2026年6月30日")],
        "项目表": [(*heads, "实施环节"), *((*row, "设计、运营") for row in rows)],
    })  # fmt: skip
    assert {f for f in findings(rdf) if f[0] == "IO-102"} == {f for f in findings(tables) if f[0] == "IO-102"}
    assert len([f for f in findings(rdf) if f[0] == "IO-102"]) == 4


def test_json_ld_reads_as_turtle_does(tmp_path: Path) -> None:
    turtle = plan(tmp_path, PLAN + RDF_PROJECTS)
    expected = findings(turtle)
    graph = Graph().parse(turtle / "规划.ttl")
    (turtle / "规划.ttl").unlink()
    (turtle / "规划.jsonld").write_text(graph.serialize(format="json-ld"), encoding="utf-8")
    assert findings(turtle) == expected


@pytest.mark.parametrize("context", ["https://example.org/context.jsonld", [{}, "//example.org/c"], {"@import": "c"}])
def test_json_ld_reaches_out_for_nothing(tmp_path: Path, context: object) -> None:
    folder = plan(tmp_path, PLAN)
    (folder / "更多.jsonld").write_text(json.dumps({"a": [{"@context": context}]}), encoding="utf-8")
    ran = run("check", folder)
    assert ran.status == 2 and "更多.jsonld" in ran.err and "@context" in ran.err


def test_a_plan_cannot_state_its_own_compliance(tmp_path: Path) -> None:
    claims = """
    <https://example.org/shisuan> sub:supplies terr:PermanentBasicFarmland .
    :P-1 a plan:FarmlandExceptionProject ; plan:sameInNearTerm :other ; plan:hasSite :S-1 .
    :S-1 a plan:Site ; plan:siteOf :P-1 .
    :c a sub:Coverage ; sub:coverageOf :S-1 ; sub:coverageBy terr:PermanentBasicFarmland ; sub:area 0.0 ; sub:share 0.0 .
    """
    reference = territory(tmp_path / "国土.gpkg", YJJBNT=[])
    ran = check(plan(tmp_path, PLAN + RDF_PROJECTS + claims), "--territorial", reference)
    assert ran.outcome("TP-201") == "undecided" and ran.outcome("TP-201b") in ("not-applicable", "undecided")
    for claim in ("sameInNearTerm", "FarmlandExceptionProject", "supplies"):
        assert claim in ran.notes()


def test_what_cannot_be_taken_does_not_vanish(tmp_path: Path) -> None:
    bad = ':q a plan:Projekt ; plan:code "X" . :P-1 plan:landArea "很大" .'
    ran = check(plan(tmp_path, PLAN + RDF_PROJECTS + bad))
    said = [f["message"]["zh"] for f in ran.report["findings"] if f["rule"] == "DQ-115"]
    assert len(said) == 2 and any("很大" in m for m in said) and any("shisuan/q" in m for m in said)


@pytest.mark.parametrize(
    ("turtle", "said"),
    [
        (PLAN + '[] a plan:Project ; plan:code "P-1" .', "没有 IRI"),
        (PLAN + "<https://example.org/other> a plan:SpecialPlan .", "2 部规划"),
        (PLAN + "this is no Turtle", "无法读取"),
        (':P-1 a plan:Project ; plan:code "P-1" .', "没有说明自己是什么规划"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, turtle: str, said: str) -> None:
    ran = run("check", plan(tmp_path, turtle))
    assert ran.status == 2 and said in ran.err


def test_a_cell_may_mean_what_only_the_rdf_describes(tmp_path: Path) -> None:
    heads, first, second = PROJECTS
    rows = [(*heads, "落实策略"), (*first, "ST-1；感知优先"), (*second, "没有的策略")]
    folder = package(tmp_path / "包", {"规划信息": [*FORM], "项目表": rows})
    turtle = """
    :ST-1 a plan:Strategy ; plan:code "ST-1" ; plan:name "算力先行" .
    :ST-2 a plan:Strategy ; plan:code "ST-2" ; plan:name "感知优先" .
    """
    (folder / "策略.ttl").write_text(PREFIXES + turtle, encoding="utf-8")
    ran = check(folder)
    said = [f["message"]["zh"] for f in ran.report["findings"] if f["rule"] == "DQ-115"]
    assert len(said) == 1 and "没有的策略" in said[0]
    assert not [f for f in ran.report["findings"] if f["rule"] == "IO-104" and f["focus"].endswith("P-1")]


def test_a_code_in_a_table_and_in_the_rdf_is_found_twice(tmp_path: Path) -> None:
    folder = package(tmp_path / "包")
    turtle = ':P-2 a plan:Project ; plan:code "P-2" ; plan:name "另一个" .'
    (folder / "项目.ttl").write_text(PREFIXES + turtle, encoding="utf-8")
    assert len([f for f in check(folder).report["findings"] if f["rule"] == "DQ-108c"]) == 2


def test_a_code_in_two_tables_of_projects_is_found_in_both(tmp_path: Path) -> None:
    folder = package(tmp_path / "包", {"规划信息": FORM, "项目表": PROJECTS, "近期建设项目表": PROJECTS[:2]})
    found = [f for f in check(folder).report["findings"] if f["rule"] == "DQ-108c"]
    assert sorted((f["place"]["sheet"], f["place"]["row"]) for f in found) == [("近期建设项目表", 2), ("项目表", 2)]


def test_a_package_beside_its_own_export_keeps_both_apart(tmp_path: Path) -> None:
    folder = package(tmp_path / "包")
    assert run("rdf", folder, "-o", folder / "规划.ttl").status == 0
    found = {f["focus"].rpartition("/")[2] for f in check(folder).report["findings"] if f["rule"] == "DQ-108c"}
    assert found == {"P-1", "P-1~2", "P-2", "P-2~2", "S-1", "S-1~2"}


def test_tables_of_a_plan_may_be_said_and_nothing_more_is_taken_with_them(tmp_path: Path) -> None:
    claims = """
    <https://example.org/shisuan> sub:supplies plan:Strategy , terr:PermanentBasicFarmland .
    :t a sub:SuppliedTable ; sub:ofTable <https://w3id.org/plancheck/tbl#strategy> .
    """
    ran = check(plan(tmp_path, PLAN + RDF_PROJECTS + claims))
    assert len([note for note in ran.report["notes"] if "sub#supplies" in note["text"]["zh"]]) == 1, "that of farmland"
