"""Writes plan.xml from what a package's sheet 规划信息 says, so that nobody need write XML by hand."""

from __future__ import annotations

from lxml import etree

from checker.facts import Facts, Store
from checker.vocabulary import PLAN, SUB, TYPE, Column, Vocabulary


def write(facts: Facts, vocabulary: Vocabulary) -> str:
    """The plan.xml of the plan under review; it fits ontology/plan.xsd where the sheet says all that a plan must."""
    store = Store(facts, vocabulary)
    root = etree.Element("plan")
    references = etree.Element("references")
    form = next(table for table in vocabulary.tables if table.is_form)
    for column in form.columns:
        prop = vocabulary.properties.get(column.property)
        if column.notation and prop is not None and prop.range in vocabulary.subclasses(str(PLAN.Plan)):
            for identifier in _cited(store, column.property):
                etree.SubElement(references, column.notation, identifier=identifier)
        elif column.notation and (text := _text(store, column)) is not None:
            etree.SubElement(root, column.notation).text = text
    if len(references):
        root.append(references)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True).decode() + "\n"


def _text(store: Store, column: Column) -> str | None:
    """The text of an element: a literal as it is, a code or a kind of plan by its notation."""
    facts, vocabulary = store.facts, store.vocabulary
    if column.property == TYPE:
        kinds = sorted(vocabulary.subclasses(str(PLAN.Plan)) & facts.types.keys())
        mine = [kind for kind in kinds if facts.reviewed in facts.types[kind].to_pylist()]
        return vocabulary.classes[mine[0]].notation if mine else None
    if store.is_data(column.property):
        value = facts.of_plan(column.property)
        return None if value is None else str(value)
    sql = f"SELECT DISTINCT o FROM {store.prop(column.property)} WHERE s = {facts.reviewed}"
    return "、".join(sorted(vocabulary.written(facts.iri(node)) for node in store.column(sql))) or None


def _cited(store: Store, prop: str) -> list[str]:
    cited = f"SELECT o FROM {store.prop(prop)} WHERE s = {store.facts.reviewed}"
    found: list[str] = store.column(f"SELECT v FROM {store.prop(str(SUB.citedAs))} WHERE s IN ({cited}) ORDER BY v")
    return found
