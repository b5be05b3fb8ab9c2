"""The ontology says everything that tables, columns and plan.xml need, and rules use nothing it does not say."""

from __future__ import annotations

import re

from lxml import etree
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, RDFS, SH, SKOS

from checker import vocabulary
from checker.turtle import instances
from checker.vocabulary import SUB
from tests.builtin import PACK, RULES, TERMS

OURS = "https://w3id.org/plancheck/"


def test_every_column_stands_for_a_declared_property() -> None:
    for table in TERMS.tables:
        assert table.rows_are in TERMS.classes, table.iri
        for column in table.columns:
            if column.property != str(RDF.type):
                assert column.property in TERMS.properties, column.iri
            if column.unit:
                assert TERMS.unit(column.unit) is not None, column.iri


def test_names_of_a_table_and_of_its_columns_are_not_ambiguous() -> None:
    taken: dict[str, str] = {}
    for table in TERMS.tables:
        for name in {vocabulary.normal(n) for n in table.names}:
            assert taken.setdefault(name, table.iri) == table.iri, f"{name} names two tables"
        inside: dict[str, str] = {}
        for column in table.columns:
            for name in {vocabulary.normal(n) for n in column.names}:
                assert inside.setdefault(name, column.iri) == column.iri, f"{name} names two columns of {table.iri}"


def test_plan_xml_and_the_form_have_the_same_fields() -> None:
    schema = etree.parse(str(PACK.root / "ontology" / "plan.xsd"))
    names = {"xs": "http://www.w3.org/2001/XMLSchema"}
    elements = set(schema.xpath("//xs:element/@name", namespaces=names)) - {"plan", "references", "files", "file"}
    form = next(table for table in TERMS.tables if table.is_form)
    assert elements == {column.notation for column in form.columns if column.notation}
    kinds = set(schema.xpath("//xs:element[@name='kind']//xs:enumeration/@value", namespaces=names))
    declared = {TERMS.classes[c].notation for c in TERMS.subclasses(str(vocabulary.PLAN.Plan))} - {None}
    assert kinds == declared


def test_every_term_has_a_label_in_both_languages() -> None:
    for iri in [*TERMS.classes, *TERMS.properties]:
        languages = {o.language for p in (RDFS.label, SKOS.prefLabel) for o in TERMS.graph.objects(URIRef(iri), p)}
        assert {"zh", "en"} <= languages, iri


def test_rules_use_only_declared_terms() -> None:
    declared = {str(s) for s in TERMS.graph.subjects() if isinstance(s, URIRef)}
    declared |= {str(s) for s in RULES.common.subjects() if isinstance(s, URIRef)}
    declared |= set(RULES.clauses) | {rule.iri for rule in RULES.rules}
    for rule in RULES.rules:
        own = {str(s) for s in RULES.shapes[rule.code].subjects() if isinstance(s, URIRef)}
        unknown = {iri for iri in rule.mentions if iri.startswith(OURS)} - declared - own
        assert not unknown, f"{rule.source} uses what nothing declares: {sorted(unknown)}"


def test_rules_use_only_known_shacl_terms() -> None:
    for rule in RULES.rules:
        unknown = {iri for iri in rule.mentions if iri.startswith(str(SH)) and URIRef(iri) not in SH}
        assert not unknown, f"{rule.source}: {sorted(unknown)}"


def test_every_property_shape_has_an_iri_and_is_named_after_its_rule() -> None:
    for rule in RULES.rules:
        graph = RULES.shapes[rule.code]
        for shape in graph.objects(None, URIRef("http://www.w3.org/ns/shacl#property")):
            if (None, URIRef("http://www.w3.org/ns/shacl#qualifiedValueShape"), shape) in graph:
                continue
            assert isinstance(shape, URIRef), f"{rule.source} has a blank property shape"
        assert rule.source.endswith(f"/{rule.code}.ttl")
        assert re.fullmatch(r"[A-Z]{2}-\d{3}[a-z]?", rule.code), rule.code


def test_every_threshold_has_a_source_and_a_value() -> None:
    for threshold in TERMS.thresholds.values():
        assert threshold.values, threshold.iri
        assert (URIRef(threshold.iri), URIRef("http://purl.org/dc/terms/source"), None) in TERMS.graph, threshold.iri


def test_hierarchy() -> None:
    plan = str(vocabulary.PLAN)
    assert plan + "Plan" in TERMS.superclasses(plan + "SpecialPlan")
    assert plan + "SpecialPlan" in TERMS.subclasses(plan + "Plan")
    assert TERMS.relation_of_kind(plan + "TerritorialPlan") == plan + "basedOn"


def test_the_same_code_in_two_editions_is_two_classes() -> None:
    land_use = "https://w3id.org/plancheck/terr#LandUseClass"
    old, new = (TERMS.concept(land_use, "0701", edition) for edition in ("2020", "2023"))
    assert old and new and old != new
    assert TERMS.concept(land_use, "0701", None) is None


def test_a_code_of_two_classes_is_still_one_code() -> None:
    """A zone that is held back, a kind of project that may be supplied by points: the classes above know it once."""
    above = {
        cls: [s for below in TERMS.subclasses(cls) for s in instances(TERMS.graph, URIRef(below))]
        for cls in TERMS.classes
        if TERMS.is_code_class(cls)
    }
    twice = {(cls, s) for cls, codes in above.items() for s in codes if codes.count(s) > 1 and cls != str(SKOS.Concept)}
    assert twice, "no code is of two classes"
    for cls, code in twice:
        edition = TERMS.graph.value(TERMS.graph.value(code, SKOS.inScheme), SUB.edition)
        label = TERMS.label(str(code))
        assert label is not None
        assert TERMS.concept(cls, label.zh, str(edition) if edition else None) == str(code)


SMALL = """
@prefix : <urn:o:> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
"""


def small(turtle: str) -> vocabulary.Vocabulary:
    return vocabulary.Vocabulary(Graph().parse(data=SMALL + turtle, format="turtle"))


def test_hierarchy_of_definitions() -> None:
    terms = small(
        """:A a owl:Class ; owl:equivalentClass :B . :B a owl:Class ; rdfs:subClassOf :A . :P a owl:Class .
        :C a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( :A [ owl:intersectionOf ( :P ) ] ) ] .
        :U a owl:Class ; owl:disjointUnionOf ( :C :D ) . :D a owl:Class .
        :p a owl:ObjectProperty ; rdfs:range [ owl:unionOf ( :A :D ) ] ."""
    )
    assert terms.superclasses("urn:o:C") == {f"urn:o:{name}" for name in "ABCPU"}
    assert terms.subclasses("urn:o:A") == terms.subclasses("urn:o:B") == {f"urn:o:{name}" for name in "ABC"}
    assert terms.subclasses("urn:o:U") == {f"urn:o:{name}" for name in "UCD"}
    assert terms.properties["urn:o:p"].range is None


def test_keys_are_those_of_the_classes_above_too() -> None:
    terms = small(
        """:A a owl:Class ; owl:hasKey ( :p ) . :B a owl:Class ; rdfs:subClassOf :A ; owl:hasKey ( :q :p ) ."""
    )
    assert terms.classes["urn:o:A"].keys == (("urn:o:p",),)
    assert set(terms.keys("urn:o:B")) == {("urn:o:p",), ("urn:o:q", "urn:o:p")}


def test_a_table_has_the_columns_of_its_field_sets_but_for_its_own() -> None:
    terms = small(
        """:layer a sub:TableKind ; rdfs:label "图斑"@zh ; sub:withFields :shared .
        :layer.area a sub:ColumnKind ; sub:ofTableKind :layer ; sub:values :area ; rdfs:label "地块面积"@zh .
        :layer.note a sub:ColumnKind ; sub:ofTableKind :layer ; sub:values :note ; skos:altLabel "bz" .
        :shared a sub:FieldSet ; rdfs:label "共有字段"@zh .
        :shared.area a sub:ColumnKind ; sub:ofTableKind :shared ; sub:values :area ; skos:notation "MJ" .
        :shared.note a sub:ColumnKind ; sub:ofTableKind :shared ; sub:values :remark ; skos:notation "BZ" .
        :shared.code a sub:ColumnKind ; sub:ofTableKind :shared ; sub:values :code ; skos:notation "BSM" ."""
    )
    (table,) = terms.tables
    assert [c.iri.removeprefix("urn:o:") for c in table.columns] == ["layer.area", "layer.note", "shared.code"]
    assert terms.table("共有字段") is None


def test_values_of_definitions_are_described_individuals() -> None:
    """A value that the ontology does not describe is no node, so that nothing could be entailed of it.

    A property is one as soon as a row of sums names it (sub:totalOf).
    """
    described = {individual for individual, _ in TERMS.named_individuals} | TERMS.properties.keys()

    def individuals(e: object) -> set[str]:
        match e:
            case vocabulary.Has(_, value, True):
                return {str(value)}
            case vocabulary.OneOf(listed):
                return set(listed)
            case vocabulary.All(parts) | vocabulary.AnyOf(parts):
                return {i for part in parts for i in individuals(part)}
            case vocabulary.Some(_, filler):
                return individuals(filler)
        return set()

    for cls in TERMS.classes.values():
        missing = {i for e in (*cls.definitions, *cls.values) for i in individuals(e)} - described
        assert not missing, f"{cls.iri}: {missing}"


def test_a_heading_may_have_a_remark_before_its_unit() -> None:
    table = TERMS.table("项目表")
    assert table is not None
    for heading in ("总投资（含税）（万元）", "总投资(含税)（万元）"):
        found = TERMS.column(table, heading)
        assert found is not None and found[0].label.zh == "总投资" and found[1] == "万元"
    assert TERMS.column(table, "别的（含税）（万元）") is None
