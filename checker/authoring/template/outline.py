"""Writes the outline of a plan's text as DOCX: a heading for each thing that clauses or the ontology ask a plan to treat.

WordprocessingML of headings and paragraphs is four small parts; it is written here so that the same input gives the same
bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree
from rdflib import URIRef
from rdflib.namespace import RDF

from checker.authoring.template import words
from checker.authoring.template.choice import Choice
from checker.authoring.template.names import definition
from checker.errors import Text
from checker.model import Rule
from checker.readers.word import ASKED

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_FIXED = (1980, 1, 1, 0, 0, 0)
_PARTS: Mapping[str, str] = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
}
_SIZES = {"Title": 44, "Heading1": 32, "Heading2": 28, ASKED: 18}  # of letters, in half points


@dataclass(frozen=True)
class Chapter:
    """A heading of the outline and what is asked of it. ``level``: 1 the highest."""

    level: int
    title: Text
    asked: tuple[Text, ...]


def chapters(choice: Choice) -> Iterator[Chapter]:
    """The chapters in order: what the plan says of itself, what it lists, and what plans of its kind have to treat."""
    terms = choice.terms
    yield Chapter(1, choice.form.table.label, ())
    for heading in choice.form.headings:
        if heading.rules:
            yield Chapter(2, heading.column.label, _clauses(heading.rules))
    listed: dict[str, list[Rule]] = {}  # a chapter for each class: several layers may show one
    for sheet in choice.sheets:
        listed.setdefault(sheet.table.rows_are, []).extend(sheet.rules)
    for cls, rules in listed.items():
        yield Chapter(1, terms.classes[cls].label, _clauses(rules))
    for cls, concepts in sorted(_contents(choice).items()):
        said = definition(terms, cls)
        yield Chapter(1, terms.classes[cls].label, (said,) if said else ())
        for concept in concepts:
            meant = definition(terms, concept)
            yield Chapter(2, terms.label(concept) or Text(concept, concept), (meant,) if meant else ())


def _clauses(rules: Sequence[Rule]) -> tuple[Text, ...]:
    """The clauses that rules rest on, once each."""
    found = {rule.clause.iri: rule.clause for rule in rules}
    return tuple(words.clause(clause) for clause in found.values())


def _contents(choice: Choice) -> dict[str, list[str]]:
    """What a plan has to treat, by class: the contents of its kind, and codes that the ontology joins to what makes it one."""
    terms, graph = choice.terms, choice.terms.graph
    found: dict[str, list[str]] = {}
    for content in terms.contents_of(choice.kinds):
        found.setdefault(terms.classes[content].parents[0], []).append(content)
    joined = {s for value in choice.values.values() for s in graph.subjects(None, URIRef(value))}
    for s in sorted(joined, key=str):
        for cls in sorted(graph.objects(s, RDF.type), key=str):
            if str(cls) in terms.classes and terms.is_code_class(str(cls)):
                found.setdefault(str(cls), []).append(str(s))
    return found


def docx(choice: Choice, lang: str) -> bytes:
    """The bytes of the DOCX file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, xml in {**_PARTS, "word/styles.xml": _styles(), "word/document.xml": _document(choice, lang)}.items():
            part = zipfile.ZipInfo(name, _FIXED)
            part.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(part, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + xml)
    return made.getvalue()


def _document(choice: Choice, lang: str) -> str:
    root = etree.Element(f"{{{_W}}}document", nsmap={"w": _W})
    body = etree.SubElement(root, f"{{{_W}}}body")
    _paragraph(body, choice.kind.label.in_(lang), "Title")
    for chapter in chapters(choice):
        _paragraph(body, chapter.title.in_(lang), f"Heading{chapter.level}")
        for asked in chapter.asked:
            _paragraph(body, asked.in_(lang), ASKED)
        _paragraph(body, "", None)
    return etree.tostring(root, encoding="unicode")


def _paragraph(body: etree._Element, text: str, style: str | None) -> None:
    paragraph = etree.SubElement(body, f"{{{_W}}}p")
    if style is not None:
        properties = etree.SubElement(paragraph, f"{{{_W}}}pPr")
        etree.SubElement(properties, f"{{{_W}}}pStyle").set(f"{{{_W}}}val", style)
    run = etree.SubElement(paragraph, f"{{{_W}}}r")
    etree.SubElement(run, f"{{{_W}}}t").text = text


def _styles() -> str:
    """The styles by which Word and readers know a heading; what is asked stands in small grey letters."""
    root = etree.Element(f"{{{_W}}}styles", nsmap={"w": _W})

    def add(parent: etree._Element, tag: str, **values: object) -> etree._Element:
        return etree.SubElement(parent, f"{{{_W}}}{tag}", {f"{{{_W}}}{name}": str(v) for name, v in values.items()})

    for name, size in _SIZES.items():
        style = add(root, "style", type="paragraph", styleId=name)
        is_heading = name.startswith("Heading")
        add(style, "name", val=f"heading {name[-1]}" if is_heading else name)
        add(style, "next", val="Normal")
        add(style, "qFormat")
        paragraph = add(style, "pPr")
        if is_heading:
            add(paragraph, "keepNext")
            add(paragraph, "spacing", before=240, after=120)
            add(paragraph, "outlineLvl", val=int(name[-1]) - 1)
        letters = add(style, "rPr")
        add(letters, "color", val="7F7F7F") if name == ASKED else add(letters, "b")
        add(letters, "sz", val=size)
    return etree.tostring(root, encoding="unicode")
