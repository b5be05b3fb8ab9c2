"""Each check of the ontology finds the defect that is planted in a small pack, and nothing in the pack without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rdflib import URIRef
from rdflib.namespace import OWL, RDF, RDFS

from checker import resources
from checker.authoring import hierarchy, ontology, terms
from checker.authoring.problems import Kind, Problem, listing
from checker.authoring.reasoner import Classification
from checker.authoring.terms import Source, Statements
from checker.resources import Pack
from checker.turtle import parse
from tests.packages import run

PREFIXES = """
@prefix chk: <https://w3id.org/plancheck/chk#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix fixture: <https://pack.example/fixture/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
@prefix t: <https://pack.example/t#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def named(zh: str, en: str) -> str:
    return f'rdfs:label "{zh}"@zh , "{en}"@en ; skos:definition "{zh}的定义"@zh , "what a {en} is"@en'


FILES = {
    "pack.ttl": """
<https://pack.example/> a chk:Pack ; rdfs:label "试验包"@zh , "trial pack"@en ;
    chk:base "https://pack.example/" ; chk:version "1" ; chk:requiresCore ">=0.1" .
""",
    "ontology/city.ttl": f"""
<https://pack.example/city> a owl:Ontology ; {named("城市", "city")} ; owl:versionInfo "1" ; dct:source "own" ;
    owl:imports <https://pack.example/codes> .
t:CityPlan a owl:Class ; rdfs:subClassOf plan:Plan ; {named("城市规划", "city plan")} .
t:Zone a owl:Class ; {named("分区", "zone")} .
t:Park a owl:Class ; rdfs:subClassOf t:Zone ; {named("公园", "park")} .
t:GreenZone a owl:Class ; {named("绿区", "green zone")} ;
    owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( t:Zone [ a owl:Restriction ; owl:onProperty t:kind ; owl:hasValue t:green ] ) ] .
t:kind a owl:ObjectProperty ; rdfs:range t:Kind ; {named("类型", "kind")} .
t:area a owl:DatatypeProperty ; rdfs:range xsd:decimal ; {named("面积", "area")} .
t:partOf a owl:ObjectProperty , owl:TransitiveProperty ; {named("部分", "part of")} .
t:near a owl:ObjectProperty , owl:SymmetricProperty ; {named("邻近", "near")} .
t:within a owl:ObjectProperty ; owl:propertyChainAxiom ( t:near t:partOf ) ; {named("位于", "within")} .
t:remark a owl:AnnotationProperty ; {named("备注", "remark")} .
t:Home a owl:Class ; {named("家", "home")} ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty t:near ; owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .
t:zones a sub:TableKind ; sub:rowsAre t:Zone ; rdfs:label "分区表"@zh , "zones"@en .
t:homes a sub:TableKind ; sub:rowsAre t:Home ; rdfs:label "家庭表"@zh , "homes"@en .
t:zones.kind a sub:ColumnKind ; sub:ofTableKind t:zones ; sub:values t:kind ; rdfs:label "类型"@zh , "kind"@en .
t:zones.area a sub:ColumnKind ; sub:ofTableKind t:zones ; sub:values t:area ; rdfs:label "面积"@zh , "area"@en .
t:acre a sub:Unit ; sub:quantity "area" ; sub:toBase 4046.86 ; rdfs:label "英亩"@zh , "acre"@en .
t:limit a chk:Threshold ; rdfs:label "限值"@zh , "limit"@en .
t:limit.1 a chk:DatedValue ; chk:ofThreshold t:limit ; chk:value 1.5 ; chk:from "2020-01-01"^^xsd:date ; dct:source "own" .
""",
    "ontology/codes.ttl": f"""
<https://pack.example/codes> a owl:Ontology ; {named("代码", "codes")} ; owl:versionInfo "1" ; dct:source "own" .
t:Kind a owl:Class ; rdfs:subClassOf skos:Concept ; {named("类型代码", "kind code")} .
t:SoftKind a owl:Class ; rdfs:subClassOf t:Kind ; {named("软类型", "soft kind")} .
t:first a skos:ConceptScheme ; sub:edition "1" .
t:green a t:SoftKind ; skos:inScheme t:first ; skos:prefLabel "绿"@zh , "green"@en ; skos:notation "G" ; t:partOf t:colour .
t:red a t:Kind ; skos:inScheme t:first ; skos:prefLabel "红"@zh , "red"@en ; skos:broader t:colour ; t:remark "也称赤"@zh .
t:colour a t:Kind ; skos:inScheme t:first ; skos:prefLabel "色"@zh , "colour"@en .
""",
    "guidelines/clauses.ttl": """
t:guide a chk:Guideline ; rdfs:label "指南"@zh , "guide"@en ; chk:edition "1" .
t:clause a chk:Clause ; chk:ofGuideline t:guide ; chk:number "XX-1" ; chk:requirement "应有类型。"@zh , "Has a kind."@en ;
    chk:instrument "惯例"@zh , "practice"@en ; chk:article ""@zh , ""@en ; chk:strength chk:local ; chk:jurisdiction "3302" ;
    chk:checkability chk:automatic ; dct:source "own" .
t:profile a chk:Profile ; rdfs:label "方案"@zh , "profile"@en ; chk:adopts t:guide ; chk:accepts "not-supplied" .
""",
    "rules/prefixes.ttl": """
t:prefixes sh:declare [ sh:prefix "t" ; sh:namespace "https://pack.example/t#"^^xsd:anyURI ] .
""",
    "rules/x/XX-1.ttl": """
t:XX-1 a chk:Rule , sh:NodeShape ; chk:code "XX-1" ; rdfs:label "有类型"@zh , "has a kind"@en ; chk:clause t:clause ;
    chk:appliesTo t:CityPlan ; sh:targetClass t:Zone ; chk:remedy "填写类型"@zh , "state the kind"@en ; chk:needs t:XX-1-near ;
    sh:severity sh:Info ; sh:property t:XX-1-kind .
t:XX-1-kind sh:path t:kind ; sh:minCount 1 ; sh:message "没有类型"@zh , "has no kind"@en .
t:XX-1-near a sh:NodeShape ; sh:targetClass t:Park , t:GreenZone ; sh:message "没有邻近"@zh , "near nothing"@en ;
    sh:sparql [ a sh:SPARQLConstraint ; sh:prefixes t:prefixes ; sh:select "SELECT $this WHERE { $this t:near/t:within ?a }" ] .
""",
    "fixtures/rules/XX-1/pass.ttl": """
fixture:zone a t:Zone ; t:kind t:green ; t:near fixture:home .
fixture:home a t:Home .
""",
}
QUERY = "PREFIX t: <https://pack.example/t#>\nSELECT ?zone WHERE { ?zone t:area ?area } # not t:nothing\n"


def pack(root: Path, file: str = "", old: str = "", new: str = "") -> Pack:
    """The small pack, with one piece of one of its files exchanged."""
    for name, text in {**FILES, "fixtures/competency/area.rq": QUERY}.items():
        content = text if name.endswith(".rq") else PREFIXES + text
        if name == file:
            assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times in {file}"
            content = content.replace(old, new)
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return Pack(root)


def statements(trial: Pack) -> Statements:
    return terms.read([trial])


def with_shapes(trial: Pack) -> Statements:
    """What the pack states, and the built-in pack's shapes for rules."""
    builtin = resources.builtin()
    shapes = Source(terms.RULE_SHAPES, "ontology", builtin, parse(builtin.root / terms.RULE_SHAPES))
    said = terms.read([trial])
    return Statements(said.packs, (*said.sources, shapes))


def found(problems: Iterator[Problem]) -> set[tuple[Kind, str]]:
    return {(problem.kind, problem.term) for problem in problems}


CITY, CODES, CLAUSES, RULE = "ontology/city.ttl", "ontology/codes.ttl", "guidelines/clauses.ttl", "rules/x/XX-1.ttl"
FIXTURE, COMPETENCY = "fixtures/rules/XX-1/pass.ttl", "fixtures/competency/area.rq"
END = "t:zones a sub:TableKind"
MODULE = "https://pack.example/city"


def adds(text: str) -> tuple[str, str]:
    """Old and new text that put statements before the tables of city.ttl."""
    return END, f"{text}\n{END}"


PLANTED = [
    # modules
    pytest.param(ontology.modules, CITY, ("a owl:Ontology ;", "rdfs:seeAlso <x:y> ;"), Kind.MODULE, "owl:Ontology", id="no-module"),
    pytest.param(ontology.modules, CITY, adds("<https://pack.example/two> a owl:Ontology ; rdfs:label '二'@zh , 'two'@en ; skos:definition '二'@zh , 'two'@en ; owl:versionInfo '1' ."), Kind.MODULE, "owl:Ontology", id="two-modules"),
    pytest.param(ontology.modules, CITY, ('"城市"@zh , "city"@en', '"city"@en'), Kind.MODULE, MODULE, id="module-without-zh-label"),
    pytest.param(ontology.modules, CITY, ('"what a city is"@en', '""@en'), Kind.MODULE, MODULE, id="module-with-empty-definition"),
    pytest.param(ontology.modules, CITY, ('owl:versionInfo "1" ;', ""), Kind.MODULE, MODULE, id="module-without-version"),
    pytest.param(ontology.modules, CITY, ("<https://pack.example/codes>", "<https://pack.example/coeds>"), Kind.MODULE, MODULE, id="import-of-no-module"),
    pytest.param(ontology.modules, CODES, ('dct:source "own" .', "owl:imports <https://pack.example/city> ."), Kind.CIRCLE, MODULE, id="imports-in-a-circle"),
    pytest.param(ontology.foreign_subjects, CITY, adds("plan:Plan rdfs:label 'mine'@en ."), Kind.FOREIGN, "plan:Plan", id="foreign-subject"),
    # words
    pytest.param(ontology.words, CITY, ('"分区"@zh , "zone"@en', '"分区"@zh'), Kind.LABEL, "t:Zone", id="class-without-en-label"),
    pytest.param(ontology.words, CITY, ('"邻近"@zh , "near"@en', '"near"@en'), Kind.LABEL, "t:near", id="property-without-zh-label"),
    pytest.param(ontology.words, CITY, ('"what a remark is"@en', '"what a remark is"'), Kind.DEFINITION, "t:remark", id="annotation-property-without-en-definition"),
    pytest.param(ontology.words, CODES, ('"绿"@zh , "green"@en', '"green"@en'), Kind.LABEL, "t:green", id="code-without-zh-label"),
    pytest.param(ontology.words, CITY, ('"分区表"@zh , "zones"@en', '"分区表"@zh'), Kind.LABEL, "t:zones", id="table-without-en-label"),
    pytest.param(ontology.words, CITY, ('sub:values t:area ; rdfs:label "面积"@zh , "area"@en', 'sub:values t:area ; rdfs:label "面积"@zh'), Kind.LABEL, "t:zones.area", id="column-without-en-label"),
    pytest.param(ontology.words, CITY, ('"英亩"@zh , "acre"@en', '"acre"@en'), Kind.LABEL, "t:acre", id="unit-without-zh-label"),
    pytest.param(ontology.words, CITY, ('"限值"@zh , "limit"@en', '"limit"@en'), Kind.LABEL, "t:limit", id="threshold-without-zh-label"),
    # declared
    pytest.param(ontology.undeclared, CITY, ("rdfs:subClassOf t:Zone", "rdfs:subClassOf t:Zoen"), Kind.UNDECLARED, "t:Zoen", id="undeclared-superclass"),
    pytest.param(ontology.undeclared, CITY, ("owl:onProperty t:kind", "owl:onProperty t:knid"), Kind.UNDECLARED, "t:knid", id="undeclared-in-a-restriction"),
    pytest.param(ontology.undeclared, CITY, ("( t:near t:partOf )", "( t:near t:partOff )"), Kind.UNDECLARED, "t:partOff", id="undeclared-in-a-chain"),
    pytest.param(ontology.undeclared, CITY, ("sub:values t:area", "sub:values t:Zone"), Kind.UNDECLARED, "t:Zone", id="column-of-a-class"),
    pytest.param(ontology.undeclared, CITY, ("sub:rowsAre t:Zone", "sub:rowsAre t:kind"), Kind.UNDECLARED, "t:kind", id="rows-that-are-no-class"),
    pytest.param(ontology.undeclared, CITY, ("chk:ofThreshold t:limit", "chk:ofThreshold t:limits"), Kind.UNDECLARED, "t:limits", id="undeclared-threshold"),
    pytest.param(ontology.undeclared, CITY, ("rdfs:range t:Kind", "rdfs:rnage t:Kind"), Kind.UNDECLARED, "rdfs:rnage", id="no-word-of-rdfs"),
    pytest.param(ontology.undeclared, CODES, ("t:red a t:Kind ;", "t:red"), Kind.UNDECLARED, "t:red", id="described-without-type"),
    pytest.param(ontology.undeclared, CLAUSES, ("chk:adopts t:guide", "chk:adopts t:giude"), Kind.UNDECLARED, "t:giude", id="undeclared-in-a-profile"),
    pytest.param(ontology.undeclared, RULE, ("sh:path t:kind", "sh:path t:kinds"), Kind.UNDECLARED, "t:kinds", id="undeclared-path-in-a-rule"),
    pytest.param(ontology.undeclared, RULE, ("chk:clause t:clause", "chk:clause t:clauses"), Kind.UNDECLARED, "t:clauses", id="undeclared-clause"),
    pytest.param(ontology.undeclared, RULE, ("t:near/t:within", "t:near/t:witihn"), Kind.UNDECLARED, "t:witihn", id="undeclared-in-sparql"),
    pytest.param(ontology.undeclared, FIXTURE, ("t:near fixture:home", "t:naer fixture:home"), Kind.UNDECLARED, "t:naer", id="undeclared-property-in-a-fixture"),
    pytest.param(ontology.undeclared, FIXTURE, ("a t:Home", "a fixture:Home"), Kind.UNDECLARED, "fixture:Home", id="undeclared-class-in-a-fixture"),
    pytest.param(ontology.undeclared, FIXTURE, ("t:green", "t:gren"), Kind.UNDECLARED, "t:gren", id="undeclared-code-in-a-fixture"),
    pytest.param(ontology.undeclared, COMPETENCY, ("t:area ?area", "t:aera ?area"), Kind.UNDECLARED, "https://pack.example/t#aera", id="undeclared-in-a-competency-question"),
    # used
    pytest.param(ontology.unused, CITY, adds("t:Idle a owl:Class ; rdfs:subClassOf t:Zone ; rdfs:seeAlso t:Idle ."), Kind.UNUSED, "t:Idle", id="unused-class"),
    pytest.param(ontology.unused, COMPETENCY, ("t:area ?area", "?p ?area"), None, "", id="property-used-by-a-column-only"),
    pytest.param(ontology.unused, CODES, ('t:remark "也称赤"@zh', 'skos:note "也称赤"@zh'), Kind.UNUSED, "t:remark", id="unused-annotation-property"),
    pytest.param(ontology.unused, CODES, ("t:green a t:SoftKind", "t:green a t:Kind"), Kind.UNUSED, "t:SoftKind", id="unused-class-of-codes"),
    pytest.param(ontology.unused, RULE, ("sh:property t:XX-1-kind .", "sh:property t:XX-1-near ."), Kind.UNUSED, "t:XX-1-kind", id="shape-that-nothing-leads-to"),
    # circles
    pytest.param(ontology.hierarchies, CITY, adds("t:Zone rdfs:subClassOf t:Park ."), Kind.CIRCLE, "t:Park", id="circle-of-subclasses"),
    pytest.param(ontology.hierarchies, CITY, adds("t:near rdfs:subPropertyOf t:near ."), Kind.CIRCLE, "t:near", id="property-below-itself"),
    pytest.param(ontology.hierarchies, CODES, ('"colour"@en', '"colour"@en ; skos:broader t:red'), Kind.CIRCLE, "t:colour", id="circle-of-broader-codes"),
    pytest.param(ontology.hierarchies, CODES, ('"colour"@en', '"colour"@en ; t:partOf t:green'), Kind.CIRCLE, "t:colour", id="circle-of-parts"),
    pytest.param(ontology.hierarchies, CITY, adds("t:Zone owl:equivalentClass [ a owl:Restriction ; owl:onProperty t:near ; owl:someValuesFrom t:GreenZone ] ."), Kind.CIRCLE, "t:GreenZone", id="definition-by-itself"),
    # one name
    pytest.param(ontology.described_once, CITY, adds('t:SoftKind a owl:Class ; rdfs:label "园"@zh .'), Kind.TWICE, "t:SoftKind", id="class-that-two-modules-name"),
    pytest.param(ontology.described_once, CITY, adds("t:red a t:Park ."), None, "", id="another-module-may-classify"),
    pytest.param(ontology.same_labels, CITY, ('"公园"@zh', '"分 区"@zh'), Kind.SAME_LABEL, "t:Zone", id="two-classes-with-one-label"),
    pytest.param(ontology.same_labels, CITY, ('"邻近"@zh', '"面积"@zh'), Kind.SAME_LABEL, "t:near", id="two-properties-with-one-label"),
    pytest.param(ontology.same_labels, CITY, ('"备注"@zh', '"面积"@zh'), None, "", id="an-annotation-property-may-share-a-label"),
    pytest.param(ontology.same_codes, CODES, ('"colour"@en', '"colour"@en ; skos:altLabel "g"'), Kind.SAME_LABEL, "t:green", id="two-codes-with-one-name-in-sibling-classes"),
    pytest.param(ontology.same_codes, CODES, ('t:red a t:Kind ; skos:inScheme t:first ; skos:prefLabel "红"@zh', 't:second a skos:ConceptScheme ; sub:edition "2" . t:red a t:Kind ; skos:inScheme t:second ; skos:prefLabel "绿"@zh'), None, "", id="two-editions-may-share-a-name"),
    pytest.param(ontology.same_names, CITY, ('"家庭表"@zh', '"分区表"@zh'), Kind.SAME_NAME, "t:zones", id="two-tables-with-one-name"),
    pytest.param(ontology.same_names, CITY, ('sub:values t:area ; rdfs:label "面积"@zh', 'sub:values t:area ; rdfs:label "面积"@zh ; skos:altLabel "类型 "@zh'), Kind.SAME_NAME, "t:zones.kind", id="two-columns-with-one-name"),
    pytest.param(ontology.same_names, CITY, ("sub:toBase 4046.86", "sub:toBase 'acre'"), Kind.UNREADABLE, "https://pack.example/t#acre", id="unit-without-factor"),
    # OWL 2 DL
    pytest.param(ontology.one_kind_of_property, CITY, adds("t:near a owl:DatatypeProperty ."), Kind.OWL_DL, "t:near", id="two-kinds-of-property"),
    pytest.param(ontology.one_kind_of_property, CITY, adds("t:area rdfs:subPropertyOf t:near ."), Kind.OWL_DL, "t:area", id="data-below-object-property"),
    pytest.param(ontology.no_annotations_in_axioms, CITY, ("owl:onProperty t:kind", "owl:onProperty t:remark"), Kind.OWL_DL, "t:remark", id="annotation-in-a-restriction"),
    pytest.param(ontology.no_annotations_in_axioms, CITY, adds("t:Zone owl:hasKey ( t:remark ) ."), Kind.OWL_DL, "t:remark", id="annotation-in-a-key"),
    pytest.param(ontology.no_annotations_in_axioms, CITY, adds("t:remark a owl:FunctionalProperty ."), Kind.OWL_DL, "t:remark", id="functional-annotation"),
    pytest.param(ontology.simple_where_due, CITY, ("owl:onProperty t:near ; owl:maxCardinality", "owl:onProperty t:partOf ; owl:maxCardinality"), Kind.OWL_DL, "t:partOf", id="cardinality-of-a-transitive-property"),
    pytest.param(ontology.simple_where_due, CITY, adds("t:within a owl:FunctionalProperty ."), Kind.OWL_DL, "t:within", id="functional-property-with-a-chain"),
    pytest.param(ontology.simple_where_due, CITY, adds("t:partOf rdfs:subPropertyOf t:near . t:near owl:propertyDisjointWith t:kind ."), Kind.OWL_DL, "t:near", id="disjoint-property-above-a-transitive-one"),
    pytest.param(ontology.simple_where_due, CITY, adds("t:near owl:inverseOf t:within ."), Kind.OWL_DL, "t:near", id="cardinality-of-the-inverse-of-a-chain"),
    pytest.param(ontology.simple_where_due, CITY, adds("[] a owl:AllDisjointProperties ; owl:members ( t:within t:kind ) ."), Kind.OWL_DL, "t:within", id="all-disjoint-with-a-chain"),
    pytest.param(ontology.cardinalities, CITY, ('maxCardinality "1"^^xsd:nonNegativeInteger', "maxCardinality 1"), Kind.OWL_DL, "t:near", id="cardinality-that-is-a-plain-integer"),
    pytest.param(ontology.columns, CITY, ("t:kind a owl:ObjectProperty ; rdfs:range t:Kind", "t:kind a owl:ObjectProperty"), Kind.OWL_DL, "t:zones.kind", id="column-of-links-to-nothing-in-particular"),
    pytest.param(ontology.ranges, CITY, ("rdfs:range xsd:decimal", "rdfs:range t:Kind"), Kind.OWL_DL, "t:area", id="data-property-with-a-class-as-range"),
    pytest.param(ontology.ranges, CITY, ("rdfs:range t:Kind", "rdfs:range xsd:string"), Kind.OWL_DL, "t:kind", id="object-property-with-a-datatype-as-range"),
    # what checking computes
    pytest.param(ontology.computed, CITY, ("owl:hasValue t:green", "owl:allValuesFrom t:Kind"), Kind.NOT_COMPUTED, "t:GreenZone", id="definition-of-another-form"),
    pytest.param(ontology.computed, CITY, ("owl:onProperty t:kind ; owl:hasValue t:green", "owl:onProperty t:name ; owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:string ; owl:withRestrictions ( [ xsd:pattern '\\\\d+' ] ) ]"), Kind.NOT_COMPUTED, "t:GreenZone", id="pattern-that-is-not-taken"),
    pytest.param(ontology.computed, CITY, ("owl:onProperty t:kind ; owl:hasValue t:green", "owl:onProperty t:area ; owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:decimal ; owl:withRestrictions ( [ xsd:minInclusive 1.0 ] ) ]"), Kind.NOT_COMPUTED, "t:GreenZone", id="facet-that-is-not-computed"),
    pytest.param(ontology.computed, CITY, ("t:Zone [ a owl:Restriction ; owl:onProperty t:kind ; owl:hasValue t:green ]", "t:Zone t:Lone"), None, "", id="nothing-to-compute"),
    pytest.param(ontology.computed, CITY, ("t:Home a owl:Class ;", "t:Lone owl:equivalentClass [ a owl:Restriction ; owl:onProperty t:near ; owl:maxCardinality 0 ] ; a owl:Class . t:Home owl:equivalentClass t:Lone ; a owl:Class ;"), Kind.NOT_COMPUTED, "t:Lone", id="the-class-of-the-form-is-named"),
    pytest.param(ontology.ranges, CODES, ('"colour"@en', '"colour"@en ; t:partOf "all"'), Kind.OWL_DL, "t:colour", id="object-property-with-a-literal"),
]  # fmt: skip

BAD_RULES = [
    pytest.param("pack.ttl", ('chk:version "1"', 'chk:version "1" , "2"'), "https://pack.example/", id="pack-with-two-versions"),
    pytest.param(RULE, ('chk:code "XX-1" ;', ""), "t:XX-1", id="rule-without-code"),
    pytest.param(RULE, ('"有类型"@zh , "has a kind"@en', '"有类型"@zh'), "t:XX-1", id="rule-without-en-title"),
    pytest.param(RULE, ('"填写类型"@zh', '"填写类型"@zh , "写类型"@zh'), "t:XX-1", id="rule-with-two-remedies-in-zh"),
    pytest.param(RULE, ("chk:clause t:clause ;", ""), "t:XX-1", id="rule-without-clause"),
    pytest.param(RULE, ("chk:clause t:clause ;", "chk:clause t:guide ;"), "t:XX-1", id="rule-on-a-guideline"),
    pytest.param(RULE, ("chk:appliesTo t:CityPlan", "chk:appliesTo t:Zone"), "t:XX-1", id="rule-for-what-is-no-plan"),
    pytest.param(RULE, ("sh:targetClass t:Zone ;", ""), "t:XX-1", id="rule-without-target"),
    pytest.param(RULE, ("sh:severity sh:Info", "sh:severity sh:Error"), "t:XX-1", id="unknown-severity"),
    pytest.param(RULE, ("sh:property t:XX-1-kind .", "sh:property t:XX-1-kind ; sh:or ( t:XX-1-near ) ."), "t:XX-1", id="constraint-without-message"),
    pytest.param(RULE, ("chk:needs t:XX-1-near", "chk:needs t:XX-1-kind"), "t:XX-1", id="need-that-is-no-node-shape"),
    pytest.param(RULE, ('"没有类型"@zh , "has no kind"@en', '"没有类型"@zh'), "t:XX-1-kind", id="property-shape-without-en-message"),
    pytest.param(RULE, ("sh:property t:XX-1-kind .", "sh:property [ sh:path t:kind ; sh:minCount 1 ; sh:message '无'@zh , 'none'@en ] ."), "t:XX-1", id="property-shape-without-iri"),
    pytest.param(RULE, ('sh:message "没有邻近"@zh , "near nothing"@en ;', ""), "t:XX-1-near", id="need-without-message"),
    pytest.param(RULE, ("sh:select", "sh:ask"), "t:XX-1-near", id="constraint-without-select"),
    pytest.param(CLAUSES, ('chk:number "XX-1" ;', ""), "t:clause", id="clause-without-number"),
    pytest.param(CLAUSES, ('"应有类型。"@zh', '" "@zh'), "t:clause", id="clause-with-blank-requirement"),
    pytest.param(CLAUSES, ("chk:strength chk:local", "chk:strength chk:strong"), "t:clause", id="clause-of-unknown-strength"),
    pytest.param(CLAUSES, ("chk:checkability chk:automatic", "chk:checkability chk:byMagic"), "t:clause", id="clause-of-unknown-checkability"),
    pytest.param(CLAUSES, ('chk:jurisdiction "3302"', 'chk:jurisdiction "宁波"'), "t:clause", id="jurisdiction-that-is-no-code"),
    pytest.param(CLAUSES, ('chk:jurisdiction "3302" ;', ""), "t:clause", id="local-clause-without-jurisdiction"),
    pytest.param(CLAUSES, ('chk:number "XX-1"', 'chk:number "XX-1" ; chk:inForce "2020"'), "t:clause", id="in-force-that-is-no-date"),
    pytest.param(CLAUSES, ('chk:automatic ; dct:source "own"', "chk:automatic"), "t:clause", id="clause-without-source"),
    pytest.param(CLAUSES, ('; chk:edition "1"', ""), "t:guide", id="guideline-without-edition"),
    pytest.param(CLAUSES, ("chk:adopts t:guide", "chk:adopts t:profile"), "t:profile", id="profile-adopts-a-profile"),
    pytest.param(CLAUSES, ('"not-supplied"', '"failed"'), "t:profile", id="profile-accepts-failures"),
    pytest.param(CITY, ("chk:ofThreshold t:limit ;", ""), "t:limit", id="threshold-without-value"),
    pytest.param(CITY, ("chk:value 1.5", "chk:value '1.5'"), "t:limit.1", id="value-that-is-no-number"),
    pytest.param(CITY, ('chk:from "2020-01-01"^^xsd:date ;', ""), "t:limit.1", id="value-without-date"),
    pytest.param(CITY, ('^^xsd:date ; dct:source "own"', "^^xsd:date"), "t:limit.1", id="value-without-source"),
    pytest.param(CITY, ("sub:rowsAre t:Zone", "sub:rowsAre t:Zone , t:Home"), "t:zones", id="table-of-two-classes"),
    pytest.param(CITY, ("sub:values t:area", "sub:values t:area , t:kind"), "t:zones.area", id="column-of-two-properties"),
    pytest.param(CITY, ("sub:values t:kind", "sub:values t:remark"), "t:zones.kind", id="column-of-an-annotation-property"),
]  # fmt: skip


def test_the_pack_without_a_defect_is_clean(tmp_path: Path) -> None:
    trial = pack(tmp_path)
    assert ontology.check([trial], reasoner=False) == ()
    assert list(ontology.rule_shapes(with_shapes(trial))) == []


@pytest.mark.parametrize(("look", "file", "exchange", "kind", "term"), PLANTED)
def test_planted(
    tmp_path: Path,
    look: Callable[[Statements], Iterator[Problem]],
    file: str,
    exchange: tuple[str, str],
    kind: Kind | None,
    term: str,
) -> None:
    assert found(look(statements(pack(tmp_path, file, *exchange)))) == ({(kind, term)} if kind else set())


@pytest.mark.parametrize(("file", "exchange", "term"), BAD_RULES)
def test_rules_and_clauses_have_what_they_must(tmp_path: Path, file: str, exchange: tuple[str, str], term: str) -> None:
    problems = list(ontology.rule_shapes(with_shapes(pack(tmp_path, file, *exchange))))
    assert (Kind.SHAPE, term) in found(iter(problems))
    for problem in problems:
        assert problem.file == file
        assert problem.text.zh != problem.text.en, "a message has both languages"


def test_a_source_may_stand_at_the_term_or_at_its_module(tmp_path: Path) -> None:
    """Without the header's source all terms of the file lack one, but for those that state their own."""
    source = 'owl:versionInfo "1" ; dct:source "own" .'
    lacking = found(ontology.words(statements(pack(tmp_path / "a", CODES, source, 'owl:versionInfo "1" .'))))
    assert lacking == {(Kind.SOURCE, f"t:{name}") for name in ("Kind", "SoftKind", "green", "red", "colour")}
    own = 'owl:versionInfo "1" . t:red dct:source "own" .'
    lacking = found(ontology.words(statements(pack(tmp_path / "b", CODES, source, own))))
    assert (Kind.SOURCE, "t:red") not in lacking and (Kind.SOURCE, "t:green") in lacking


def test_a_threshold_needs_a_source(tmp_path: Path) -> None:
    trial = pack(tmp_path, CITY, 'dct:source "own" ;\n    owl:imports', "owl:imports")
    assert (Kind.SOURCE, "t:limit") in found(ontology.words(statements(trial)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('FILTER (?a < 3 && ?b > 2) ?s t:p "t:q # t:r"', ["x:p"]),
        ("# t:a\n?s t:b 't:c' . t:d.1 t:e _:f .", ["x:b", "x:d.1", "x:e"]),
        ("PREFIX u: <y:> SELECT * { ?s u:a <z:b> ; none:c ?t:d }", ["y:a", "z:b"]),
        ('?s t:a """one\n"two" t:b""" .', ["x:a"]),
        ("?s t:a/^t:b|t:c+ ?o", ["x:a", "x:b", "x:c"]),
    ],
    ids=["strings-and-comparisons", "comments-and-dots", "own-prefixes", "long-strings", "paths"],
)
def test_names_in_sparql(text: str, names: list[str]) -> None:
    assert list(terms.names_in(text, {"t": "x:"})) == names


# ---- the reasoner's findings; what HermiT itself does is tested with the reasoner -----------------------------------------


def inferring(*pairs: tuple[str, str], unsatisfiable: tuple[str, ...] = ()) -> Classification:
    return Classification(True, "", unsatisfiable, frozenset((iri(a), iri(b)) for a, b in pairs), frozenset())


def iri(local: str) -> str:
    return f"https://pack.example/t#{local}"


ENTAILED = inferring(
    ("GreenZone", "Zone"), ("Park", "Zone"), ("Park", "GreenZone"), ("Home", "Park"), ("Home", "GreenZone"), ("Home", "Zone")
)  # fmt: skip


def test_only_what_is_not_stated_and_does_not_follow_is_inferred(tmp_path: Path) -> None:
    trial = pack(tmp_path)
    graph = hierarchy.beyond_stated(statements(trial), ENTAILED, trial)
    pairs = {(str(s), str(o)) for s, o in graph.subject_objects(RDFS.subClassOf)}
    assert pairs == {(iri("GreenZone"), iri("Zone")), (iri("Park"), iri("GreenZone")), (iri("Home"), iri("Park"))}


def test_equivalent_classes_are_inferred_both_ways(tmp_path: Path) -> None:
    trial = pack(tmp_path)
    both = inferring(("GreenZone", "Home"), ("Home", "GreenZone"))
    assert len(hierarchy.beyond_stated(statements(trial), both, trial)) == 2


def test_a_stated_equivalence_is_not_inferred(tmp_path: Path) -> None:
    trial = pack(tmp_path, CITY, *adds("t:Home owl:equivalentClass t:Park ."))
    known = inferring(("Home", "Park"), ("Park", "Home"), ("Home", "Zone"), ("Park", "Zone"))
    assert not hierarchy.beyond_stated(statements(trial), known, trial)


def test_the_written_hierarchy_is_clean_and_the_same_each_time(tmp_path: Path) -> None:
    trial = pack(tmp_path)
    said = statements(trial)
    text = hierarchy.written(said, hierarchy.beyond_stated(said, ENTAILED, trial), trial)
    assert text == hierarchy.written(said, hierarchy.beyond_stated(said, ENTAILED, trial), trial)
    assert found(ontology.concluded(said, ENTAILED)) == {
        (Kind.HIERARCHY, f"t:{c}") for c in ("GreenZone", "Park", "Home")
    }
    (tmp_path / terms.INFERRED).write_text(text, encoding="utf-8")
    assert ontology.check([trial], reasoner=False) == ()
    again = statements(trial)
    assert list(ontology.concluded(again, ENTAILED)) == []
    assert found(ontology.concluded(again, inferring(("GreenZone", "Zone"), ("Park", "GreenZone")))) == {
        (Kind.HIERARCHY, "t:Home")
    }
    graph = parse(tmp_path / terms.INFERRED)
    module = URIRef("https://pack.example/inferred")
    assert (module, RDF.type, OWL.Ontology) in graph and (module, OWL.imports, URIRef(MODULE)) in graph


def test_contradictions(tmp_path: Path) -> None:
    said = statements(pack(tmp_path))
    assert found(ontology.concluded(said, inferring(unsatisfiable=(iri("Park"),)))) == {(Kind.CONTRADICTION, "t:Park")}
    clash = Classification(False, "clash", (), frozenset(), frozenset())
    assert found(ontology.concluded(said, clash)) == {(Kind.CONTRADICTION, "owl:Thing")}


def test_hermit_classifies_the_pack(tmp_path: Path) -> None:
    """The real reasoner: the file is written once for good, and the pack is clean with it."""
    trial = pack(tmp_path)
    assert hierarchy.write([trial], trial) == 1
    written = (tmp_path / terms.INFERRED).read_bytes()
    assert b"t:GreenZone rdfs:subClassOf t:Zone ." in written
    assert ontology.check([trial]) == ()
    hierarchy.write([trial], trial)
    assert (tmp_path / terms.INFERRED).read_bytes() == written


# ---- the command ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "words"), [("zh", "未声明的术语"), ("en", "Undeclared terms")])
def test_the_command_names_kind_file_and_term(tmp_path: Path, lang: str, words: str) -> None:
    root = pack(tmp_path / "trial", RULE, "sh:path t:kind", "sh:path t:kinds").root
    ran = run("ontology", "check", "--no-reasoner", "--pack", root, "--lang", lang)
    assert ran.status == 1
    assert words in ran.out and "trial/rules/x/XX-1.ttl  t:kinds" in ran.out


@pytest.mark.parametrize(("lang", "words"), [("zh", "没有发现问题。\n"), ("en", "No problem found.\n")])
def test_nothing_found_is_said(lang: str, words: str) -> None:
    assert listing((), lang) == words


def test_a_folder_that_is_no_pack_is_status_2(tmp_path: Path) -> None:
    assert run("ontology", "check", "--no-reasoner", "--pack", tmp_path).status == 2


def test_turtle_that_cannot_be_read_is_status_2(tmp_path: Path) -> None:
    root = pack(tmp_path, CITY, "t:Zone a owl:Class", "t:Zone a owl:Class ; ; .. ").root
    ran = run("ontology", "check", "--no-reasoner", "--pack", root)
    assert ran.status == 2 and "city.ttl" in ran.err
