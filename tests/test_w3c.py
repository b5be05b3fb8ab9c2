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
from rdflib.paths import MulPath
from rdflib.term import Identifier, Node

from checker.engine import reference
from checker.engine.results import severity
from checker.engine.sql.paths import shacl_path, written
from checker.engine.sql.shapes import shape_statement
from checker.engine.sql.terms import CannotCompile, Kind
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.facts.terms import BLANK, decoded, encoded
from checker.model import Severity
from checker.vocabulary import Vocabulary

SUITE = Path(__file__).parents[2] / "shared" / "data" / "w3c-shacl"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
TESTS = sorted(
    path.relative_to(SUITE).with_suffix("").as_posix()
    for path in SUITE.rglob("*.ttl")
    if "sht:Validate" in path.read_text("utf-8")
)

# What the compiler refuses, and as what. SHACL asks for a failure of all but the first, whose $shapesGraph is optional.
REFUSED = {
    "sparql/pre-binding/shapesGraph-001": "$shapesGraph",
    "sparql/pre-binding/pre-binding-006": "a sub-select without $this",
    "sparql/pre-binding/unsupported-sparql-001": "Minus",
    "sparql/pre-binding/unsupported-sparql-002": "VALUES",
    "sparql/pre-binding/unsupported-sparql-003": "ServiceGraphPattern",
    "sparql/pre-binding/unsupported-sparql-004": "a sub-select without $this",
    "sparql/pre-binding/unsupported-sparql-005": "?this bound twice",
    "sparql/pre-binding/unsupported-sparql-006": "?value bound twice",
}

# Where the report of pySHACL is not the one of the suite, and why.
DEVIATIONS = {
    "core/property/uniqueLang-002": 'takes "1"^^xsd:boolean for true',
    "sparql/pre-binding/shapesGraph-001": "does not support $shapesGraph",
}

pytestmark = [
    pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C tests are not beside this checkout (../shared/data)"),
    pytest.mark.filterwarnings("ignore:Parsing weird boolean"),  # the suite has ill-formed literals
]


class Result(NamedTuple):
    """A result of a report. As both engines have it, there is no value where that is the focus node itself."""

    focus: Node | None
    path: str | None
    value: Node | None
    component: str
    shape: Node | None
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
    assert Counter(compiled(test)) == test.expected


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(CannotCompile, match=f"^{re.escape(REFUSED[name])}$"):
        list(compiled(case(name)))


def test_what_has_to_fail_is_refused() -> None:
    assert {name for name in TESTS if case(name).expected is None} <= REFUSED.keys()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(reason=DEVIATIONS[name], strict=True))
        if name in DEVIATIONS
        else name
        for name in TESTS
    ],
)
def test_reference(name: str) -> None:
    test = case(name)
    if test.expected is None:
        with pytest.raises(RuntimeError):
            reference.validate(test.data, test.shapes)
    else:
        assert Counter(referred(test)) == Counter(map(in_words, test.expected.elements()))


# ---- the suite ------------------------------------------------------------------------------------------------------


def case(name: str) -> Case:
    manifest = graph_of((SUITE / f"{name}.ttl").as_uri())
    entry = manifest.value(predicate=RDF.type, object=SHT.Validate)
    action, report = (manifest.value(entry, predicate) for predicate in (MF.action, MF.result))
    data, shapes = (graph_of(str(manifest.value(action, part))) for part in (SHT.dataGraph, SHT.shapesGraph))
    results = manifest.objects(report, SH.result)
    expected = None if report == SHT.Failure else Counter(result_of(manifest, result) for result in results)
    return Case(data, shapes, expected)


@cache
def graph_of(iri: str) -> Graph:
    """A file of the suite, read once: its blank nodes are to be the same in data, shapes and report."""
    return Graph().parse(iri, format="turtle")


def result_of(manifest: Graph, result: Node) -> Result:
    """A result as a manifest describes it."""
    focus, path, value = (manifest.value(result, p) for p in (SH.focusNode, SH.resultPath, SH.value))
    return Result(
        focus,
        None if path is None else written(shacl_path(manifest, path)),
        None if value == focus else value,
        str(manifest.value(result, SH.sourceConstraintComponent)),
        manifest.value(result, SH.sourceShape),
        str(manifest.value(result, SH.resultSeverity)),
    )


# ---- the compiled engine --------------------------------------------------------------------------------------------


def compiled(test: Case) -> Iterator[Result]:
    """The results of all shapes with targets."""
    known = subclasses(test.data)
    store = Store(from_graph(with_names(test.data), known), known)
    for shape in set(test.shapes.subjects()):
        focus = set(targets(test, shape))
        if focus:
            yield from results(store, test.shapes, shape, focus)


def subclasses(data: Graph) -> Vocabulary:
    """A vocabulary that declares what the data say of subclasses, and nothing else."""
    declared = Graph()
    for narrower, wider in data.subject_objects(RDFS.subClassOf):
        declared.add((narrower, RDFS.subClassOf, wider))
        for cls in (narrower, wider):
            declared.add((cls, RDF.type, OWL.Class))
    return Vocabulary(declared)


def with_names(graph: Graph) -> Graph:
    """A graph whose blank nodes have the names of facts, by which the results give them back."""
    found = Graph()
    for s, p, o in graph:
        found.add((named(s), p, named(o)))
    return found


def named(term: Node) -> Node:
    return URIRef(BLANK + str(term)) if isinstance(term, BNode) else term


def targets(test: Case, shape: Node) -> Iterator[Node]:
    """The focus nodes of a shape (2.1.3)."""
    data, shapes = test.data, test.shapes
    types = RDF.type / MulPath(RDFS.subClassOf, "*")
    classes = [*shapes.objects(shape, SH.targetClass), *([shape] if (shape, types, RDFS.Class) in shapes else [])]
    yield from shapes.objects(shape, SH.targetNode)
    for cls in classes:
        yield from data.subjects(types, cls)
    for prop in shapes.objects(shape, SH.targetSubjectsOf):
        yield from data.subjects(prop)
    for prop in shapes.objects(shape, SH.targetObjectsOf):
        yield from data.objects(predicate=prop)


def results(store: Store, shapes: Graph, shape: Node, focus: set[Node]) -> Iterator[Result]:
    """The results of a shape on focus nodes, which are terms where a literal is among them, else nodes."""
    assert isinstance(shape, Identifier)
    given = [term if isinstance(term, Literal) else store.node(str(named(term))) for term in focus]
    if any(isinstance(term, Literal) for term in given):
        kind, column = Kind.TERM, pa.array([encoded(term) for term in given], pa.string())
    else:
        kind, column = Kind.NODE, pa.array(given, pa.int64())
    statement = shape_statement(shapes, shape, store.vocabulary, kind)
    for row in store.answer(statement.sql, statement.relations, statement.nodes, column).to_pylist():
        source = statement.sources[row["k"]]
        this, value = (term_of(store, row[name], row[f"{name}_term"]) for name in ("focus", "value"))
        path = source.path if row["path"] is None else store.iri(row["path"])
        yield Result(this, path, None if value == this else value, source.component, source.shape, source.severity)


def term_of(store: Store, node: int | None, literal: str | None) -> Node | None:
    """The term that two columns of an answer give."""
    if node is None:
        found = None if literal is None else decoded(literal)
        assert not isinstance(found, int)
        return found
    iri = store.iri(node)
    return BNode(iri.removeprefix(BLANK)) if iri.startswith(BLANK) else URIRef(iri)


# ---- the reference engine -------------------------------------------------------------------------------------------

Words = tuple[str, str | None, str | None, str, str, Severity]


def referred(test: Case) -> Iterator[Words]:
    """The results of the reference engine, which are in words."""
    for v in reference.validate(test.data, test.shapes):
        yield v.focus, v.path, None if v.value == v.focus else v.value, v.component, v.shape, v.severity


def in_words(r: Result) -> Words:
    """A result as the reference engine has it."""
    value = None if r.value is None else str(r.value)
    return str(r.focus), r.path, value, r.component, str(r.shape), severity(URIRef(r.severity))
