"""Makes a rule pack of the benchmark's shapes; hands on its rulebook, compiled, as for any pack, and the shapes for other engines."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDFS
from rdflib.term import Node

from checker import resources, rulebook
from checker.engine import Compiled, compile_all
from checker.prepared import prepare
from checker.rulebook import TARGETS, Rulebook
from checker.turtle import CHK, instances
from checker.vocabulary import Vocabulary, local_name

BASE = "https://bench.example/"
SHAPES = Path(__file__).with_name("shapes.ttl")
_PACK = f"""@prefix chk: <{CHK}> . @prefix rdfs: <{RDFS}> .
<{BASE}> a chk:Pack ; rdfs:label "基准测试"@zh , "benchmark"@en ; chk:base "{BASE}" ; chk:version "0.1.0" .
"""
_REMEDY = (
    Literal("基准测试的规则，无需修改。", "zh"),
    Literal("A rule of the benchmark: nothing is to be mended.", "en"),
)


@dataclass(frozen=True)
class Bench:
    """The vocabulary, the rulebook with the thirty rules alone, and these compiled."""

    vocabulary: Vocabulary
    rulebook: Rulebook
    compiled: Mapping[tuple[str, str], Compiled]


@cache
def bench() -> Bench:
    """The benchmark's pack beside the built-in one, without the rules of the latter."""
    known = prepare([resources.builtin()])
    with tempfile.TemporaryDirectory() as place:
        write(Path(place))
        whole = rulebook.load(resources.packs((Path(place),)), known.rulebook)
    ours = replace(whole, rules=tuple(rule for rule in whole.rules if rule.iri.startswith(BASE)))
    return Bench(known.vocabulary, ours, compile_all(ours, known.vocabulary, {}))


def write(folder: Path) -> None:
    """The pack as files: one for each rule."""
    (folder / "pack.ttl").write_text(_PACK, encoding="utf-8")
    rules = folder / "rules" / "benchmark"
    rules.mkdir(parents=True)
    shapes = Graph().parse(SHAPES)
    for rule in instances(shapes, CHK.Rule):
        graph = Graph()
        for triple in _described(shapes, rule):
            graph.add(triple)
        graph.add((rule, CHK.code, Literal(local_name(rule))))
        for text in _REMEDY:
            graph.add((rule, CHK.remedy, text))
        graph.serialize(rules / f"{local_name(rule)}.ttl", format="turtle")


def shacl() -> Graph:
    """The shapes with their targets and the components that they use, for an engine that knows nothing else."""
    rules = bench().rulebook
    graph = Graph()
    for rule in rules.rules:
        graph += rules.shapes_for(rule, rule.iri)
        for predicate in TARGETS:
            graph += rules.shapes[rule.code].triples((None, predicate, None))
    return graph


def _described(graph: Graph, subject: Node) -> Iterator[tuple[Node, Node, Node]]:
    """What is said of a subject, and of the shapes of this pack and the blank nodes that it leads to."""
    for s, p, o in graph.triples((subject, None, None)):
        yield s, p, o
        if isinstance(o, BNode) or (isinstance(o, URIRef) and o.startswith(BASE)):
            yield from _described(graph, o)
