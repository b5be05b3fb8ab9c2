"""Writes the plan.xml of a template. What a person has to fill in stands empty, which plan.xsd refuses until it is done."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from checker.authoring.template import words
from checker.authoring.template.choice import Choice
from checker.authoring.template.names import definition
from checker.errors import Text
from checker.vocabulary import PLAN, TYPE, Column


def plan_xml(choice: Choice, files: Mapping[str, str], lang: str) -> bytes:
    """The bytes of plan.xml. ``files``: names of files in the package, with their roles."""
    terms = choice.terms
    given = {TYPE: choice.filed.notation} | {prop: terms.written(value) for prop, value in choice.values.items()}
    kinds_of_plan = terms.subclasses(str(PLAN.Plan))
    root, references = etree.Element("plan"), etree.Element("references")
    root.append(etree.Comment(f" {words.either(choice).in_(lang)} "))
    for column in (heading.column for heading in choice.form.headings):
        prop = terms.properties.get(column.property)
        if not column.notation:
            continue
        is_citation = prop is not None and prop.range in kinds_of_plan
        inside = references if is_citation else root
        inside.append(etree.Comment(_remark(choice, column, lang)))
        element = etree.SubElement(inside, column.notation)
        if is_citation:
            element.set("identifier", "")
        else:
            element.text = given.get(column.property)
    if len(references):
        root.append(references)
    listed = etree.SubElement(root, "files")
    for name, role in files.items():
        etree.SubElement(listed, "file", name=name, role=role)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _remark(choice: Choice, column: Column, lang: str) -> str:
    """What stands above an element: its name, what it means, and whether it may go."""
    said = definition(choice.terms, column.property) or Text("", "")
    due = (
        Text("必填。", "Required.")
        if column.is_required
        else Text("没有的，删去下一行。", "Delete the next line if there is none.")
    )
    zh, en = f"{column.label.zh}：{said.zh}{due.zh}", f"{column.label.en}: {said.en} {due.en}"
    return f" {Text(zh, en).in_(lang).replace('--', '—')} "
