"""Facts written as RDF and read back are the same facts: on every fixture, on the demo packages, and for a verdict."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import graph_diff, to_isomorphic

from checker import lift, readers, vocabulary
from checker.authoring import fixtures
from checker.facts import Builder, Facts, wkt
from checker.facts.rdf import from_graph, stated
from checker.facts.terms import BLANK
from checker.relate.geometry import layer
from tests.builtin import PACK, TERMS
from tests.packages import check, run

PACKAGES = PACK.root / "fixtures" / "packages"
CODES = len(Builder.with_codes(TERMS).facts().names)  # what the ontology describes comes first in all facts


def said(facts: Facts) -> Graph:
    """What facts hold, value for value with its Arrow type, told apart from how they are written as RDF."""
    graph = Graph()

    def term(iri: str) -> URIRef | BNode:
        return BNode(iri) if iri.startswith(BLANK) else URIRef(iri)

    def add(s: int, p: str, values: Iterable[object]) -> None:
        for value in values:
            if value is not None:
                graph.add(
                    (
                        term(facts.iri(s)),
                        URIRef(p),
                        value if isinstance(value, URIRef | BNode) else Literal(repr(value)),
                    )
                )

    def put(p: str, subjects: Iterable[int], values: Iterable[object], is_link: bool) -> None:
        for s, v in zip(subjects, values, strict=True):
            add(s, p, [term(facts.iri(int(str(v)))) if is_link and v is not None else v])

    for table in facts.tables:
        ids = table.ids.to_pylist()
        put("urn:type", ids, [URIRef(table.cls)] * len(ids), False)
        put("urn:plan", ids, [table.plan] * len(ids), True)
        put(str(vocabulary.SUB.inTable), ids, [table.table] * len(ids), True)
        for prop, values in table.columns.items():
            known = TERMS.properties.get(prop)
            put(prop, ids, values.to_pylist(), known is not None and known.datatype is None)
        if table.geometry is not None:
            put("urn:wkb", ids, shapely.to_wkb(layer(table).shapes, hex=True), False)
            put("urn:crs", ids, [table.crs or "none"] * len(ids), False)
    for prop, links in facts.links.items():
        name = "urn:plan" if prop == str(vocabulary.SUB.inPlan) else prop
        put(name, links["s"].to_pylist(), links["o"].to_pylist(), True)
    for prop, pairs in facts.values.items():
        if prop != str(vocabulary.SUB.declaredCrs):
            put(prop, pairs["s"].to_pylist(), pairs["v"].to_pylist(), False)
    for cls, nodes in facts.types.items():
        own = [node for node in nodes.to_pylist() if node >= CODES]
        put("urn:type", own, [URIRef(cls)] * len(own), False)
    for s, p, o in facts.odd:
        graph.add((term(s), URIRef(f"urn:odd:{p}"), Literal(o.n3()) if isinstance(o, Literal) else term(str(o))))
    add(facts.reviewed, "urn:reviewed", [True])
    return graph


def differences(before: Facts, after: Facts) -> str:
    """What one set of facts holds and the other does not, as text; nothing where they are the same."""
    old, new = said(before), said(after)
    if not any(isinstance(t, BNode) for triple in old for t in triple):  # comparing sets is a hundred times faster
        lost, come = set(old) - set(new), set(new) - set(old)
    elif to_isomorphic(old) == to_isomorphic(new):
        return ""
    else:
        _, lost, come = graph_diff(old, new)
    lines = [*(f"lost: {t}" for t in sorted(lost)[:5]), *(f"come: {t}" for t in sorted(come)[:5])]
    return "\n".join(lines)


def test_every_fixture_is_the_same_facts_after_a_round_trip() -> None:
    failed = []
    for path in fixtures.fixtures(PACK):
        facts = from_graph(fixtures.read(path).graph, TERMS)
        found = differences(facts, from_graph(stated(facts, TERMS), TERMS))
        if found:
            failed.append(f"{path.parent.name}/{path.stem}\n{found}")
    assert not failed, f"{len(failed)} fixtures: " + "\n".join(failed[:5])


@pytest.mark.parametrize("name", ["smart-city-mistakes", "near-term", "transport-special", "territorial"])
def test_a_package_is_the_same_facts_after_a_round_trip(name: str) -> None:
    package = readers.read(PACKAGES / name, TERMS, PACK.root / "ontology" / "plan.xsd")
    facts, _, _ = lift.lift(package, {}, TERMS)
    assert sum(len(t.ids) for t in facts.tables if t.geometry is not None) > 5
    assert differences(facts, from_graph(stated(facts, TERMS), TERMS)) == ""


def test_a_set_of_plans_is_the_same_facts_after_a_round_trip() -> None:
    schema = PACK.root / "ontology" / "plan.xsd"
    reviewed, near = (readers.read(PACKAGES / name, TERMS, schema) for name in ("smart-city", "near-term"))
    facts, _, _ = lift.lift(reviewed, {"near-term": near}, TERMS)
    back = from_graph(stated(facts, TERMS), TERMS)
    assert differences(facts, back) == ""
    named = {kind: facts.iri(node) for kind, node in facts.references.items()}
    assert named and {kind: back.iri(node) for kind, node in back.references.items()} == named


def _verdict(report: dict[str, Any]) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """The outcome of each rule, and its findings by what they say, but for the file that they point to."""
    outcomes = {rule["code"]: rule["outcome"] for rule in report["rules"]}
    return outcomes, {(f["rule"], f["focus"]) for f in report["findings"]}


@pytest.mark.parametrize("name", ["smart-city-mistakes", "smart-city", "near-term", "transport-special", "territorial"])
def test_a_package_given_as_rdf_gets_the_same_verdict(tmp_path: Path, name: str) -> None:
    given = {"--near-term": "near-term", "--territorial": "territorial", "--smart-city": "smart-city"}
    wanted = {"smart-city-mistakes": 2, "smart-city": 2, "near-term": 0, "transport-special": 3, "territorial": 0}[name]
    options = [part for option in list(given)[:wanted] for part in (option, PACKAGES / given[option])]
    copied = tmp_path / "原件"
    shutil.copytree(PACKAGES / name, copied)
    for file in copied.rglob("plan.xml"):  # of its references none is where the file says, nor is it for the RDF
        file.write_text(re.sub(r' href="[^"]*"', "", file.read_text(encoding="utf-8")), encoding="utf-8")
    target = tmp_path / "RDF" / "规划.ttl"
    target.parent.mkdir()
    assert run("rdf", copied, "-o", target).status == 0
    tables = check(copied, "--profile", "alignment", *options)
    again = check(target.parent, "--profile", "alignment", *options)
    outcomes, findings = _verdict(again.report)
    expected, wrong = _verdict(tables.report)
    assert {c: (o, outcomes[c]) for c, o in expected.items() if outcomes[c] != o} == {}
    assert findings == wrong
    assert again.status == tables.status


def test_a_reference_given_as_rdf_is_compared_with_like_its_database(tmp_path: Path) -> None:
    base = PACKAGES / "territorial"
    folder = tmp_path / "国土"
    folder.mkdir()
    assert run("rdf", base, "-o", folder / "国土.ttl").status == 0
    reports = [check(PACKAGES / "smart-city-mistakes", "--territorial", path).report for path in (base, folder)]
    found = [
        {(f["rule"], f["focus"], str(f["measured"])) for f in r["findings"] if f["rule"][:2] == "TP"} for r in reports
    ]
    assert found[0] == found[1] and len(found[0]) > 3


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4549", "EPSG:3857", "OGC:CRS84", None])
def test_coordinates_are_written_in_the_order_of_their_crs(crs: str | None) -> None:
    box = shapely.box(118.125, 31.25, 118.5, 31.75)
    wkb = pa.array([shapely.to_wkb(box), None, shapely.to_wkb(shapely.Point(118.1, 31.123456789012345))])
    first, none, _ = found = wkt.literals(wkb, crs, "urn:crs")
    assert none is None and str(first).startswith("<http://www.opengis.net/def/")
    north_first = crs in ("EPSG:4490", "EPSG:4549")
    assert ("(31.25 118" if north_first else "(118.") in str(first).replace("((", "(")
    texts = [None if t is None else str(t) for t in found]
    assert [wkt.crs_named(t, None) for t in texts if t] == [crs, crs]
    assert shapely.equals(shapely.from_wkb(wkt.geometries(texts, crs).to_pylist()), shapely.from_wkb(wkb.to_pylist())).tolist() == [
        True, False, True
    ]  # fmt: skip


def test_a_crs_that_has_no_code_is_kept_as_the_layer_declares_it() -> None:
    local = "PROJCS of a place"
    (text,) = wkt.literals(pa.array([shapely.to_wkb(shapely.Point(1, 2))]), local, "urn:plan/layer/crs")
    assert str(text) == "<urn:plan/layer/crs> POINT (1 2)" and wkt.crs_named(str(text), local) == local


def test_geometry_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "包"
    folder.mkdir()
    turtle = """
    @prefix plan: <https://w3id.org/plancheck/plan#> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .
    @prefix : <https://example.org/p/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    <https://example.org/p> a plan:SmartCityPlan ; plan:identifier "T-1" ; plan:title "试算市（虚构）" ;
        plan:administrativeCode "990200" ; plan:date "2026-06-30"^^xsd:date .
    :P-1 a plan:Project ; plan:code "P-1" ; plan:name "算力中心" .
    :S-1 a plan:Site ; plan:siteOf :P-1 ; geo:hasGeometry :S-1-shape .
    :S-1-shape geo:asWKT "POLYGON ((一))"^^geo:wktLiteral .
    """
    (folder / "规划.ttl").write_text(turtle, encoding="utf-8")
    report = check(folder).report
    said = {f["rule"]: f["message"]["zh"] for f in report["findings"]}
    assert "POLYGON ((一))" in said["DQ-115"] and "没有图形" in said["DQ-111"]
