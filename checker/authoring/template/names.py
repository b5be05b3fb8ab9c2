"""What terms are called in the files of a template, what they mean, and which entries a list of them offers."""

from __future__ import annotations

from rdflib import URIRef
from rdflib.namespace import RDFS, SKOS

from checker.authoring.template.choice import Sheet, kinds_of_plan
from checker.errors import Text
from checker.turtle import instances
from checker.vocabulary import SUB, Column, TableKind, Vocabulary


def definition(terms: Vocabulary, iri: str) -> Text | None:
    """What the ontology says a term means."""
    found = {str(o.language): str(o) for o in terms.graph.objects(URIRef(iri), SKOS.definition)}  # type: ignore[attr-defined]
    return Text(found["zh"], found["en"]) if {"zh", "en"} <= found.keys() else None


def unit(terms: Vocabulary, column: Column) -> Text | None:
    """The name of the unit that a column's numbers are in."""
    if column.unit is None:
        return None
    for s in instances(terms.graph, SUB.Unit):
        labels = {str(o.language): str(o) for o in terms.graph.objects(s, RDFS.label)}  # type: ignore[attr-defined]
        if column.unit in labels.values():
            return Text(labels.get("zh", column.unit), labels.get("en", column.unit))
    return Text(column.unit, column.unit)


def heading(terms: Vocabulary, column: Column, lang: str) -> str:
    """A column's heading with its unit: 总投资（万元）."""
    measured = unit(terms, column)
    if measured is None:
        return column.label.in_(lang)
    return Text(f"{column.label.zh}（{measured.zh}）", f"{column.label.en} ({measured.en})").in_(lang)


def name_in_layer(terms: Vocabulary, sheet: Sheet, thing: TableKind | Column, lang: str) -> str:
    """What a layer or one of its fields is called: by its code, the shortest of several, where the fields have codes."""
    codes = sorted((str(o) for o in terms.graph.objects(URIRef(thing.iri), SKOS.notation)), key=lambda c: (len(c), c))
    return codes[0] if codes and sheet.headings[0].column.notation else thing.label.in_(lang)


def codes(terms: Vocabulary, cls: str, lang: str) -> list[str]:
    """The labels of the codes of a class, once each where editions share one."""
    every = sorted({s for below in terms.subclasses(cls) for s in instances(terms.graph, URIRef(below))})
    labels = (terms.label(str(s)) for s in every)
    return list(dict.fromkeys(label.in_(lang) for label in labels if label))


def editions(terms: Vocabulary, prop: str) -> list[str]:
    """The editions of code lists that a property of the plan tells apart."""
    given = set(terms.graph.subjects(SUB.editionGivenBy, URIRef(prop)))
    every = {s for cls in given for below in terms.subclasses(str(cls)) for s in instances(terms.graph, URIRef(below))}
    schemes = {scheme for s in every for scheme in terms.graph.objects(s, SKOS.inScheme)}
    return sorted({str(o) for scheme in schemes for o in terms.graph.objects(scheme, SUB.edition)})


def kinds_of_rows(terms: Vocabulary, table: TableKind, lang: str) -> list[str]:
    """What a column of kinds may say: the kinds of plan in the form, else the classes below that of the table's rows."""
    if table.is_form:
        return [cls.label.in_(lang) for cls in kinds_of_plan(terms)]
    below = sorted(terms.subclasses(table.rows_are) - {table.rows_are})
    return [terms.classes[cls].label.in_(lang) for cls in below]
