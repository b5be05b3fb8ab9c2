"""The W3C test suite for SHACL on both engines; it lies outside the repository. A test is named by its file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
import rdflib
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SH
from rdflib.term import Identifier, Node

from checker.engine import reference
from checker.engine.results import severity
from checker.engine.sql.paths import shacl_path, written
from checker.engine.sql.shapes import shape_statement
from checker.engine.sql.terms import CannotCompile, Kind
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.facts.terms import BLANK, decoded, encoded
from checker.vocabulary import Vocabulary

SUITE = Path(__file__).parents[2] / "shared" / "data" / "w3c-shacl"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
SHAPES = (SH.NodeShape, SH.PropertyShape)

# What the compiled engine refuses, and as what. SHACL wants a failure for those without a remark.
REFUSED: dict[str, str] = {}

# Where pySHACL does not give the report that W3C wants, and why.
DEVIATIONS: dict[str, str] = {}

TESTS = sorted(
    path.relative_to(SUITE).with_suffix("").as_posix()
    for path in SUITE.rglob("*.ttl")
    if "sht:Validate" in path.read_text("utf-8")
)

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C tests are not beside this checkout (../shared/data)")


class Result(NamedTuple):
    """A result of a report. As both engines have it, the value is None where it is the focus node."""

    focus: Identifier
    path: str | None
    value: Identifier | None
    component: str
    shape: Identifier
    severity: str


@dataclass(frozen=True)
class Case:
    """A test of the suite; ``expected`` is None where validation has to fail."""

    data: Graph
    shapes: Graph
    expected: Counter[Result] | None


@pytest.fixture(autouse=True)
def literals_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.mark.parametrize("name", [name for name in TESTS if name not in REFUSED])
def test_compiled(name: str) -> None:
    test = case(name)
    assert compiled(test.data, test.shapes) == test.expected


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    test = case(name)
    with pytest.raises(CannotCompile, match=re.escape(REFUSED[name])):
        compiled(test.data, test.shapes)


@pytest.mark.parametrize("name", [name for name in TESTS if name not in DEVIATIONS])
def test_reference(name: str) -> None:
    test = case(name)
    if test.expected is None:
        with pytest.raises(RuntimeError):
            reference.validate(test.data, test.shapes)
    else:
        assert by_reference(test) == as_text(test.expected)


# ---- the suite ------------------------------------------------------------------------------------------------------


def case(name: str) -> Case:
    iri = (SUITE / f"{name}.ttl").as_uri()
    manifest = graph_of(iri)
    entry = manifest.value(predicate=RDF.type, object=SHT.Validate)
    action, report = (manifest.value(entry, predicate) for predicate in (MF.action, MF.result))
    data, shapes = (graph_of(str(manifest.value(action, part))) for part in (SHT.dataGraph, SHT.shapesGraph))
    return Case(data, shapes, None if report == SHT.Failure else results_of(manifest, report))


@cache
def graph_of(iri: str) -> Graph:
    """A file of the suite, read once, so that its blank nodes are the same in data, shapes and report."""
    return Graph().parse(iri, format="turtle")


def results_of(graph: Graph, report: Node | None) -> Counter[Result]:
    """The results of a report."""
    return Counter(result_of(graph, result) for result in graph.objects(report, SH.result))


def result_of(graph: Graph, result: Node) -> Result:
    focus, path, value, component, shape, level = (
        graph.value(result, predicate)
        for predicate in (
            SH.focusNode,
            SH.resultPath,
            SH.value,
            SH.sourceConstraintComponent,
            SH.sourceShape,
            SH.resultSeverity,
        )
    )
    return Result(
        focus,
        None if path is None else written(shacl_path(graph, path)),
        None if value == focus else value,
        str(component),
        shape,
        str(level),
    )


# ---- the compiled engine --------------------------------------------------------------------------------------------


def compiled(data: Graph, shapes: Graph) -> Counter[Result]:
    """The results of all shapes with targets."""
    known = subclasses(data)
    store = Store(from_graph(named(data), known), known)
    found = Counter[Result]()
    for shape in targeting(shapes):
        focus = set(targets(data, shapes, shape))
        found.update(results(store, shapes, shape, focus))
    return found


def named(graph: Graph) -> Graph:
    """A graph with names for its blank nodes, by which they are known again in the results."""
    found = Graph()
    for s, p, o in graph:
        found.add((name_of(s), p, name_of(o)))
    return found


def name_of(term: Node) -> Node:
    return URIRef(BLANK + term) if isinstance(term, BNode) else term


def subclasses(data: Graph) -> Vocabulary:
    """A vocabulary that declares what the data say of subclasses, and nothing else."""
    declared = Graph()
    for narrower, wider in data.subject_objects(RDFS.subClassOf):
        declared.add((narrower, RDFS.subClassOf, wider))
        for cls in (narrower, wider):
            declared.add((cls, RDF.type, OWL.Class))
    return Vocabulary(declared)


def targeting(shapes: Graph) -> set[Identifier]:
    """The shapes that have targets."""
    explicit = {s for predicate in TARGETS for s in shapes.subjects(predicate)}
    return explicit | {s for kind in SHAPES for s in shapes.subjects(RDF.type, kind) if is_class(shapes, s)}


def is_class(shapes: Graph, shape: Node) -> bool:
    return (shape, RDF.type / (RDFS.subClassOf * "*"), RDFS.Class) in shapes


def targets(data: Graph, shapes: Graph, shape: Node) -> Iterator[Identifier]:
    """The focus nodes of a shape (2.1.3)."""
    yield from shapes.objects(shape, SH.targetNode)
    for cls in [*shapes.objects(shape, SH.targetClass), *([shape] if is_class(shapes, shape) else [])]:
        yield from data.subjects(RDF.type / (RDFS.subClassOf * "*"), cls)
    for prop in shapes.objects(shape, SH.targetSubjectsOf):
        yield from data.subjects(prop)
    for prop in shapes.objects(shape, SH.targetObjectsOf):
        yield from data.objects(predicate=prop)


def results(store: Store, shapes: Graph, shape: Identifier, focus: set[Identifier]) -> Iterator[Result]:
    nodes = {term: term if isinstance(term, Literal) else store.node(str(name_of(term))) for term in focus}
    if any(isinstance(term, Literal) for term in focus):
        kind, given = Kind.TERM, pa.array([encoded(node) for node in nodes.values()], pa.string())
    else:
        kind, given = Kind.NODE, pa.array(nodes.values(), pa.int64())
    statement = shape_statement(shapes, shape, store.vocabulary, kind)
    for row in store.answer(statement.sql, statement.relations, statement.nodes, given).to_pylist():
        source = statement.sources[row["k"]]
        this, value = (term_of(store, row[name], row[f"{name}_term"]) for name in ("focus", "value"))
        path = source.path if row["path"] is None else store.iri(row["path"])
        yield Result(this, path, None if value == this else value, source.component, source.shape, source.severity)


def term_of(store: Store, node: int | None, term: str | None) -> Identifier | None:
    if node is None:
        return None if term is None else decoded(term)
    iri = store.iri(node)
    return BNode(iri.removeprefix(BLANK)) if iri.startswith(BLANK) else URIRef(iri)


# ---- the reference engine -------------------------------------------------------------------------------------------


def by_reference(test: Case) -> Counter[tuple[str | None, ...]]:
    return Counter(
        (v.focus, v.path, None if v.value == v.focus else v.value, v.component, v.shape, v.severity)
        for v in reference.validate(test.data, test.shapes)
    )


def as_text(expected: Counter[Result]) -> Counter[tuple[str | None, ...]]:
    """Results as the reference engine words them."""
    return Counter(
        (str(r.focus), r.path, None if r.value is None else str(r.value), r.component, str(r.shape), severity(URIRef(r.severity)))
        for r in expected.elements()
    )
