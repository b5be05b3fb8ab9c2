"""The ontology says everything that tables, columns and plan.xml need, and rules use nothing it does not say."""

from __future__ import annotations

import re

from lxml import etree
from rdflib import URIRef
from rdflib.namespace import RDF, RDFS, SH, SKOS

from checker import resources, rulebook, vocabulary

PACK = resources.builtin()
TERMS = vocabulary.load([PACK])
RULES = rulebook.load([PACK])
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
