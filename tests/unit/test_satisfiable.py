"""Shapes that nothing passes and shapes that nothing fails are found, and no others: all planted in one run of HermiT."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import SH

from checker.authoring.satisfiable import never
from checker.rulebook import Rulebook
from checker.turtle import CHK
from checker.vocabulary import Vocabulary, local_name
from tests.builtin import RULES

PREFIXES = """
@prefix : <urn:o:> .
@prefix chk: <https://w3id.org/plancheck/chk#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
ONTOLOGY = """
:Zone a owl:Class . :Site a owl:Class ; owl:disjointWith :Zone . :Park a owl:Class ; rdfs:subClassOf :Zone .
:Kind a owl:Class . :SoftKind a owl:Class ; rdfs:subClassOf :Kind . :green a :SoftKind . :red a :Kind .
:GreenZone a owl:Class ; rdfs:subClassOf :Zone , [ a owl:Restriction ; owl:onProperty :kind ; owl:hasValue :green ] .
:LinkedZone a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( :Zone
    [ a owl:Restriction ; owl:onProperty :link ; owl:someValuesFrom owl:Thing ] ) ] .
:Home a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :link ; owl:someValuesFrom :Zone ] .
:kind a owl:ObjectProperty . :link a owl:ObjectProperty . :closeLink a owl:ObjectProperty ; rdfs:subPropertyOf :link .
:one a owl:ObjectProperty , owl:FunctionalProperty . :ofSite a owl:ObjectProperty ; rdfs:domain :Site .
:toZone a owl:ObjectProperty ; rdfs:range :Zone . :within a owl:ObjectProperty , owl:TransitiveProperty .
:next a owl:ObjectProperty ; owl:propertyChainAxiom ( :link :link ) . :back a owl:ObjectProperty ; owl:inverseOf :link .
:Anything a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( owl:Thing :Zone ) ] .
:far a owl:ObjectProperty ; owl:propertyChainAxiom ( :link <urn:foreign:p> ) ; owl:inverseOf <urn:foreign:q> ; rdfs:subPropertyOf <urn:foreign:r> .
:area a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:range xsd:decimal .
:count a owl:DatatypeProperty ; rdfs:range xsd:integer . :name a owl:DatatypeProperty ; rdfs:range xsd:string .
"""
SPARQL = 'sh:sparql [ a sh:SPARQLConstraint ; sh:select "SELECT $this WHERE { $this :name ?n }" ]'

# Each shape of a rule on zones, and the shapes that nothing passes (+) and nothing fails (-); :x and :y are its property shapes.
ON_ZONES = {
    # nothing passes
    "both-of-two-disjoint-classes": (":x sh:path :link ; sh:minCount 1 ; sh:class :Zone , :Site .", "+r"),
    "one-value-for-two-disjoint-classes": (
        """:x sh:path :one ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:class :Site ] .
        :y sh:path :one ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:class :Park ] .""",
        "+r",
    ),
    "two-values-of-a-functional-property": (":x sh:path :area ; sh:minCount 2 .", "+r"),
    "property-of-another-class": (":x sh:path :ofSite ; sh:minCount 1 .", "+r"),
    "value-outside-the-range": (":x sh:path :toZone ; sh:hasValue :s . :s a :Site . :y sh:path :toZone ; sh:class :Site ; sh:minCount 1 .", "+r"),
    "against-the-inverse": (":x sh:path [ sh:inversePath :ofSite ] ; sh:minCount 1 ; sh:class :Zone .", "+r"),
    "at-the-end-of-a-sequence": (":x sh:path ( :link :toZone ) ; sh:minCount 1 ; sh:class :Site .", "+r"),
    "either-way": (":x sh:path [ sh:alternativePath ( :ofSite ( :toZone :ofSite ) ) ] ; sh:minCount 1 .", "+r"),
    "wrong-datatype": (":x sh:path :area ; sh:minCount 1 ; sh:datatype xsd:string .", "+r"),
    "bounds-crossed": (":x sh:path :area ; sh:minCount 1 ; sh:minExclusive 2.5 ; sh:maxInclusive 2 .", "+r"),
    "not-among-the-literals": (':x sh:path :area ; sh:in ( 1.0 2.0 ) ; sh:hasValue 3.0 .', "+r"),
    "more-than-at-most": (":x sh:path :link ; sh:minCount 2 . :y sh:path :link ; sh:maxCount 1 .", "+r"),
    "another-individual": (":x sh:path :one ; sh:hasValue :green . :y sh:path :one ; sh:in ( :red ) .", "+r"),
    "beside-what-owl-cannot-say": (f":x sh:path :ofSite ; sh:minCount 1 ; sh:pattern '.' ; {SPARQL} .", "+r"),
    "all-alternatives": (":r sh:or ( [ sh:class :Site ] [ sh:path :ofSite ; sh:minCount 1 ] ) .", "+r"),
    "not-what-it-is": (":r sh:not [ sh:class :Zone ] .", "+r"),
    "met-before": (":r chk:needs :n . :n sh:targetClass :Zone ; sh:property :z . :z sh:path :link ; sh:maxCount 0 . :x sh:path :link ; sh:minCount 1 .", "+r"),
    # nothing fails
    "the-value-that-the-class-implies": (":r sh:targetClass :GreenZone . :x sh:path :kind ; sh:hasValue :green .", "-x"),
    "class-of-an-implied-value": (
        ":r sh:targetClass :GreenZone . :x sh:path :kind ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:class :Kind ] .",
        "-x",
    ),
    "so-or-not-so": (":r sh:or ( [ sh:class :Park ] [ sh:not [ sh:class :Park ] ] ) .", "-r"),
    "one-of-so-and-not-so": (":r sh:xone ( [ sh:class :Park ] [ sh:not [ sh:class :Park ] ] ) .", "-r"),
    "class-above-the-target": (":r sh:targetClass :Park ; sh:class :Zone .", "-r"),
    "declared-datatype": (":x sh:path :area ; sh:datatype xsd:decimal .", "-x"),
    "by-the-subproperty": (":r sh:targetSubjectsOf :closeLink . :x sh:path :link ; sh:minCount 1 .", "-x"),
    "by-the-inverse": (":r sh:targetObjectsOf :link . :x sh:path :back ; sh:minCount 1 . :y sh:path [ sh:inversePath :link ] ; sh:minCount 1 .", "-x -y"),
    "by-the-chain": (":r sh:targetSubjectsOf :link . :n sh:targetSubjectsOf :link ; sh:property :z . :r chk:needs :n . :z sh:path ( :link :link ) ; sh:minCount 1 . :x sh:path :next ; sh:minCount 1 .", "-x"),
    "by-the-definition": (":r chk:needs :n ; sh:class :LinkedZone . :n sh:targetClass :Zone ; sh:property :z . :z sh:path :link ; sh:minCount 1 .", "-r"),
    "needed-already": (":r chk:needs :n . :n sh:targetClass :Zone ; sh:property :z . :z sh:path :kind ; sh:minCount 1 . :x sh:path :kind ; sh:minCount 1 .", "-x"),
    "asked-though-demanded": (":r chk:asks :n . :n sh:property :z . :z sh:path :kind ; sh:minCount 1 . :x sh:path :kind ; sh:minCount 2 .", "-z"),
    "no-fewer-than-none": (":x sh:path :kind ; sh:minCount 0 .", "-x"),
    # neither
    "claim-of-one-value": (":x sh:path :area ; sh:maxCount 1 . :y sh:path :one ; sh:maxCount 1 .", ""),
    "claim-of-a-range": (":x sh:path :toZone ; sh:class :Zone .", ""),
    "claim-of-a-domain": (":r sh:targetSubjectsOf :ofSite ; sh:class :Site .", ""),
    "claim-that-a-value-exists": (":r sh:targetClass :Home . :x sh:path :link ; sh:minCount 1 .", ""),
    "claim-that-classes-are-disjoint": (":r sh:not [ sh:class :Site ] .", ""),
    "stated-member-of-a-defined-class": (":r sh:targetClass :LinkedZone . :x sh:path :link ; sh:minCount 1 .", ""),
    "need-of-other-nodes": (":r chk:needs :n . :n sh:targetClass :Park ; sh:property :z . :z sh:path :kind ; sh:minCount 1 . :x sh:path :kind ; sh:minCount 1 .", ""),
    "an-ask-may-always-be-asked": (":r chk:asks :n . :n sh:property :z . :z sh:path :ofSite ; sh:minCount 1 .  :x sh:path :kind ; sh:minCount 1 .", ""),
    "what-owl-cannot-say": (f":r sh:or ( [ sh:class :Zone ] [ {SPARQL} ] ) ; chk:other :Zone . :x sh:path :name ; sh:minLength 2 .", ""),
    "part-that-owl-cannot-say": (f":r sh:targetClass :Park ; sh:class :Zone ; {SPARQL} .", ""),
    "members-of-thing-are-not-entailed": (":r sh:class :Anything .", ""),
    "findings-on-values": (
        """:r chk:needs :n . :n sh:targetClass :Zone ; sh:property :z . :z sh:path :one ; sh:property [ sh:path :kind ; sh:minCount 1 ] .
        :x sh:path ( :one :kind ) ; sh:minCount 1 . :y sh:path :one ; sh:property [ sh:path :kind ; sh:minCount 1 ] .""",
        "",
    ),
    "undeclared-property": (":x sh:path rdfs:label ; sh:minCount 1 ; sh:maxCount 0 .", ""),
    "integers-are-no-decimals-to-shacl": (":x sh:path :count ; sh:datatype xsd:decimal .", ""),
    "several-of-a-transitive-property": (":x sh:path :within ; sh:minCount 2 . :y sh:path :within ; sh:maxCount 1 .", ""),
    "several-of-a-chain": (":x sh:path :next ; sh:qualifiedMinCount 2 ; sh:qualifiedValueShape [ sh:class :Park ] .", ""),
    "a-member-of-both-is-none": (":r sh:targetClass :Park , :Site ; sh:class :Zone .", ""),
    "values-of-nothing-in-particular": (":x sh:path :link ; sh:class :Zone , :Site .", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    """By rule, the shapes of all rules that nothing passes or nothing fails."""
    ontology = Graph().parse(data=PREFIXES + ONTOLOGY, format="turtle")
    template, shapes, rules = RULES.rules[0], {}, []
    for name, (turtle, _) in ON_ZONES.items():
        base = f"urn:rule:{name}:"
        own = turtle
        for local in "rnxyz":
            own = own.replace(f" :{local} ", f" <{base}{local}> ").replace(f":{local} sh:", f"<{base}{local}> sh:")
            own = own.replace(f":{local} chk:", f"<{base}{local}> chk:")
        graph = Graph().parse(data=PREFIXES + own, format="turtle")
        rule = URIRef(base + "r")
        if not set(graph.predicates(rule)) & {SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf}:
            graph.add((rule, SH.targetClass, URIRef("urn:o:Zone")))
        for local in "xy":
            if (URIRef(base + local), SH.path, None) in graph:
                graph.add((rule, SH.property, URIRef(base + local)))
        needs, asks = (tuple(map(str, graph.objects(rule, p))) for p in (CHK.needs, CHK.asks))
        rules.append(replace(template, code=name, iri=str(rule), needs=needs, asks=asks))
        shapes[name] = graph
    book: Rulebook = replace(RULES, rules=tuple(rules), shapes=shapes, common=Graph())
    by_rule: dict[str, set[str]] = {name: set() for name in ON_ZONES}
    for one in never(book, Vocabulary(ontology), ontology):
        by_rule[one.rule.code].add(f"{'+' if one.passes else '-'}{local_name(one.shape).rsplit(':')[-1]}")
    return by_rule


@pytest.mark.parametrize("name", ON_ZONES)
def test_planted(name: str, found: dict[str, set[str]]) -> None:
    assert found[name] == set(ON_ZONES[name][1].split())
