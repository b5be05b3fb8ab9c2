"""What the ontology says, as plain dataclasses: classes, properties, tables, columns, codes, units, thresholds.

This is the only place where the program learns a term, a table name or a column name; it hands on a ``Vocabulary``.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TypeVar

from rapidfuzz import fuzz, process
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS, XSD
from rdflib.term import Node

from checker.errors import CannotFinish, Text
from checker.resources import Pack
from checker.turtle import CHK, agree, instances, parse_all

SUB = Namespace("https://w3id.org/plancheck/sub#")
PLAN = Namespace("https://w3id.org/plancheck/plan#")
TERR = Namespace("https://w3id.org/plancheck/terr#")
TYPE = str(RDF.type)  # the property of a column that says what kind a row is


@dataclass(frozen=True)
class Named:
    """A class by name."""

    iri: str


@dataclass(frozen=True)
class All:
    """The intersection of class expressions."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class AnyOf:
    """The union of class expressions."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class OneOf:
    """Exactly these individuals."""

    individuals: tuple[str, ...]


@dataclass(frozen=True)
class Some:
    """Individuals with a value of ``property`` in ``filler``."""

    property: str
    filler: Expression


@dataclass(frozen=True)
class Has:
    """Individuals with exactly this value: an IRI, or a literal as Python value."""

    property: str
    value: str | bool | int | Decimal | dt.date
    is_iri: bool


@dataclass(frozen=True)
class Texts:
    """The texts that a pattern (xsd:pattern) matches as a whole; as the filler of ``Some``."""

    pattern: str


@dataclass(frozen=True)
class Beyond:
    """An expression whose members are not computed at check time; ``text`` names its form."""

    text: str


Expression = Named | All | AnyOf | OneOf | Some | Has | Texts | Beyond


def conjuncts(e: Expression) -> tuple[Expression, ...]:
    """The expressions that every member of this one is a member of."""
    return tuple(c for part in e.parts for c in conjuncts(part)) if isinstance(e, All) else (e,)


def alternatives(e: Expression) -> tuple[Expression, ...]:
    """The expressions any of which makes a member of this one."""
    return tuple(a for part in e.parts for a in alternatives(part)) if isinstance(e, AnyOf) else (e,)


@dataclass(frozen=True)
class Property:
    """A property; ``datatype`` is the local name of its XSD range for data properties, else None.

    ``range`` is the class of an object property's values where one class by name is given. Equivalent properties are
    each other's parents.
    """

    iri: str
    label: Text
    datatype: str | None
    range: str | None
    parents: tuple[str, ...]
    inverses: tuple[str, ...]
    symmetric: bool
    transitive: bool
    chains: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Class:
    """A class and what its axioms come to.

    ``parents``: the named classes that hold all its members (equivalent classes are each other's parents).
    ``definitions``: the other expressions whose members are its members. ``values``: what all its members have.
    ``keys``: lists of properties, each of which tells its members apart.
    """

    iri: str
    label: Text
    notation: str | None
    parents: tuple[str, ...]
    definitions: tuple[Expression, ...]
    values: tuple[Has, ...]
    keys: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table kind: which property its cells are values of, and how to read them.

    ``makeshifts``: of its names those that stand for it only where no other heading of the table does.
    ``unit_property``: where each row may be in a unit of its own, the property of that unit. ``is_mandatory``: the
    official specification is known for sure to demand the field and a value in each row. ``may_be_empty``: the column must be there, its
    cells need not be filled in. ``order``: where it stands among the columns of a list that is written out.
    """

    iri: str
    label: Text
    names: tuple[str, ...]
    property: str
    end_property: str | None
    is_key: bool
    is_required: bool
    is_many: bool
    is_summed: bool
    unit: str | None
    date_edge: str
    notation: str | None
    unit_property: str | None = None
    makeshifts: frozenset[str] = frozenset()
    is_mandatory: bool = False
    may_be_empty: bool = False
    order: int = 0


@dataclass(frozen=True)
class TableKind:
    """A kind of table or layer: what its rows are, and its columns.

    ``geometry``: polygon, line or point; None where a layer may have any. ``cad_names``: what drawings call it besides.
    ``is_review``: reviewers hand it back, and each row under its header is a record; packages have none.
    """

    iri: str
    label: Text
    names: tuple[str, ...]
    rows_are: str
    is_layer: bool
    is_form: bool
    columns: tuple[Column, ...]
    geometry: str | None = None
    cad_names: tuple[str, ...] = ()
    is_review: bool = False

    @property
    def local(self) -> str:
        return local_name(self.iri)

    @cached_property
    def key(self) -> Column | None:
        return next((c for c in self.columns if c.is_key), None)


@dataclass(frozen=True)
class Concept:
    """A code: its IRI, the names it goes by (notations, labels), and its edition where the list has several."""

    iri: str
    label: Text
    names: tuple[str, ...]
    edition: str | None


@dataclass(frozen=True)
class Unit:
    names: tuple[str, ...]
    quantity: str
    to_base: Decimal


@dataclass(frozen=True)
class Threshold:
    """A number that rules compare with; ``values`` are (from, value) in order of date."""

    iri: str
    label: Text
    values: tuple[tuple[dt.date, Decimal], ...]

    def at(self, day: dt.date) -> Decimal | None:
        """The value in force on a day, or None before the first."""
        return next((value for start, value in reversed(self.values) if start <= day), None)


@dataclass(frozen=True)
class MapStyle:
    """How a map draws features of a class. ``order``: higher ones lie on top. ``fill``: opacity, 0 for outlines alone."""

    order: int
    colour: str
    fill: float


@dataclass(frozen=True)
class Declaration:
    """Something for relate to compute, as relations.ttl declares it: its kind and its named values."""

    iri: str
    kind: str
    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        if name not in self.values:
            raise CannotFinish(
                Text(f"缺少 sub:{name}。", f"sub:{name} is missing."),
                self.iri,
                Text("请在规则包的 ontology/ 中补上。", "Add it in the ontology/ of the pack."),
            )
        return self.values[name]

    def get(self, name: str) -> str | None:
        return self.values.get(name)


def local_name(iri: str) -> str:
    """The part of an IRI after its last ``#`` or ``/``."""
    return re.split(r"[#/]", iri)[-1]


def normal(text: str) -> str:
    """A name as names are compared: NFKC, no white space, no marks of required fields, lower case."""
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s*＊:：]+", "", folded).casefold()


_NEAR = 60  # below this likeness (0 to 100) a suggestion would mislead


def nearest(said: str, names: Iterable[str]) -> str | None:
    """The name that a heading or a sheet's name, without its bracket, is most like; None where it is like none."""
    bare, _ = split_unit(said)
    found = process.extractOne(bare, list(names), scorer=fuzz.ratio, processor=normal, score_cutoff=_NEAR)
    return found[0] if found else None


_UNIT = re.compile(r"[(（\[【]([^()（）\[\]【】]+)[)）\]】]\s*$")


def split_unit(heading: str) -> tuple[str, str | None]:
    """A heading without its trailing bracket, and what stands in the bracket: 总投资（万元） -> 总投资, 万元."""
    match = _UNIT.search(heading.strip())
    if match is None:
        return heading, None
    return heading.strip()[: match.start()], match.group(1).strip()


class Vocabulary:
    """The terms of all packs. Every look-up is by IRI or by a name as it stands in people's files."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.classes: dict[str, Class] = {}
        self.properties: dict[str, Property] = {}
        self._read_classes()
        self._read_properties()
        self.units = tuple(self._read_units())
        self.thresholds = {t.iri: t for t in self._read_thresholds()}
        kinds = tuple(self._read_tables())
        self.tables = tuple(kind for kind in kinds if not kind.is_review)
        self.review_lists = tuple(kind for kind in kinds if kind.is_review)

    def of_reviews(self) -> Vocabulary:
        """The same terms, with the lists of reviews in place of the tables of packages: neither is known in the other."""
        view = copy(self)
        for made in ("headings", "_tables_by_name", "_layers_by_cad_name", "_columns_by_name"):
            view.__dict__.pop(made, None)  # from the tables
        view.tables = self.review_lists
        return view

    # ---- names ------------------------------------------------------------------------------------------------------

    def table(self, name: str) -> TableKind | None:
        """The table kind of a sheet or layer with this name, or None."""
        return self._tables_by_name.get(normal(name))

    def drawn(self, name: str) -> TableKind | None:
        """The kind of a layer of a drawing: the one that goes by this name in drawings or anywhere, or None."""
        return self._layers_by_cad_name.get(normal(name))

    def column(self, table: TableKind, heading: str) -> tuple[Column, str | None] | None:
        """The column that a heading stands for, and the unit named in it (万元, 亩 …), or None."""
        names = self._columns_by_name[table.iri]
        whole = names.get(normal(heading))
        if whole is not None:
            return whole, None
        bare, unit = split_unit(heading)
        rest, before = bare, unit
        while before is not None and normal(rest) not in names:  # 总投资（含税）（万元）
            rest, before = split_unit(rest)
        found = names.get(normal(rest))
        return None if found is None else (found, unit)

    def cut_column(self, table: TableKind, heading: str, length: int) -> Column | None:
        """The one column whose name, cut to so many bytes of UTF-8 or GB18030, is this heading; None where several are.

        行政区 may be the code or the name of a district once 行政区代码 and 行政区名称 are cut: such a heading says nothing.
        """
        bare = normal(split_unit(heading)[0])
        found = {
            column.iri: column
            for column in table.columns
            for name in column.names
            for encoding in ("utf-8", "gb18030")
            if normal(name.encode(encoding)[:length].decode(encoding, "ignore")) == bare
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def concept(self, cls: str, text: str, edition: str | None) -> str | None:
        """The IRI of the code of class ``cls`` that a cell names, or None. ``edition``: that of the plan's lists."""
        found = self._concepts_by_name(cls).get(normal(text), ())
        fitting = [c.iri for c in found if c.edition is None or c.edition == edition]
        return fitting[0] if len(fitting) == 1 else None

    def is_code_class(self, cls: str) -> bool:
        return str(SKOS.Concept) in self.superclasses(cls)

    def written(self, iri: str) -> str:
        """A code as files write it: its notation, else its name."""
        return self._one(URIRef(iri), SKOS.notation) or self._label_or_name(URIRef(iri)).zh

    @cached_property
    def headings(self) -> frozenset[str]:
        """The names of all columns of all tables, as normal() gives them."""
        return frozenset(normal(name) for table in self.tables for c in table.columns for name in c.names)

    @cached_property
    def empty_marks(self) -> frozenset[str]:
        """What people write in a cell to leave it empty, as normal() gives it."""
        return self.marks(SUB.EmptyMark)

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """What people write where a text is still to come, and marks of emptiness, as normal() gives them."""
        return self.marks(SUB.PlaceholderMark) | self.empty_marks

    @cached_property
    def asides(self) -> frozenset[str]:
        """The names of sheets that stand beside the tables of a workbook and hold no records, as normal() gives them."""
        sheets = instances(self.graph, SUB.AsideSheet)
        return frozenset(normal(name) for s in sheets for name in self._names(s))

    @cached_property
    def total_marks(self) -> dict[str, int]:
        """How the name of a row of sums begins or ends, as normal() gives it, and how far such a row reaches."""
        marks = instances(self.graph, SUB.TotalMark)
        reaches = {s: int(self._one(s, SUB.reach) or 0) for s in marks}
        return {normal(str(o)): reaches[s] for s in sorted(marks) for o in self.graph.objects(s, SKOS.altLabel)}

    @cached_property
    def remark_marks(self) -> frozenset[str]:
        """How remarks under a table begin, as normal() gives it."""
        return self.marks(SUB.RemarkMark)

    @cached_property
    def count_words(self) -> frozenset[str]:
        """The words that count things, as normal() gives them."""
        return self.marks(SUB.CountWord)

    @cached_property
    def not_concerned_marks(self) -> frozenset[str]:
        """What people write in place of a chapter where a content does not concern their plan, as normal() gives it."""
        return self.marks(SUB.NotConcernedMark)

    @cached_property
    def report_sheets(self) -> frozenset[str]:
        """The names of sheets of a report that nobody fills in, as normal() gives them."""
        sheets = instances(self.graph, SUB.ReportSheet)
        return frozenset(normal(name) for s in sheets for name in self._names(s))

    def marks(self, kind: URIRef) -> frozenset[str]:
        """The words of a kind that files hold (signs of an empty cell, of a row of sums …), as normal() gives them."""
        marks = instances(self.graph, kind)
        return frozenset(normal(str(o)) for s in marks for o in self.graph.objects(s, SKOS.altLabel))

    def names(self, iri: str) -> tuple[str, ...]:
        """All that a term or code goes by: labels, alternative labels, notations."""
        return self._names(URIRef(iri))

    def label(self, iri: str) -> Text | None:
        """The label of a declared term or code in both languages (the other language's where one is missing)."""
        return self._label(URIRef(iri))

    # ---- hierarchy --------------------------------------------------------------------------------------------------

    def superclasses(self, iri: str) -> frozenset[str]:
        """The class itself and all above it."""
        return closure([iri], lambda c: self.classes[c].parents if c in self.classes else ())

    def is_class(self, iri: str) -> bool:
        """Whether an IRI is a class of the packs, or a foreign one above such a class (skos:Concept)."""
        return iri in self.classes or len(self.subclasses(iri)) > 1

    def subclasses(self, iri: str) -> frozenset[str]:
        """The class itself and all below it."""
        return closure([iri], lambda c: self._children.get(c, ()))

    def superproperties(self, iri: str) -> frozenset[str]:
        """The property itself and all above it."""
        return closure([iri], lambda p: self.properties[p].parents if p in self.properties else ())

    def keys(self, cls: str) -> tuple[tuple[str, ...], ...]:
        """The keys (owl:hasKey) of a class and of the classes above it."""
        above = sorted(self.superclasses(cls) & self.classes.keys())
        return tuple(key for c in above for key in self.classes[c].keys)

    def defining(self, classes: Iterable[str]) -> frozenset[str]:
        """The properties by which individuals are known to be of these classes."""
        properties: set[str] = set()

        def within(e: Expression) -> Iterable[Expression]:
            if isinstance(e, Some | Has):
                properties.add(e.property)
            if isinstance(e, All | AnyOf):
                return e.parts
            if isinstance(e, Named):
                return self.classes[e.iri].definitions if e.iri in self.classes else ()
            return (e.filler,) if isinstance(e, Some) else ()

        starts: list[Expression] = [Named(cls) for cls in classes]
        closure(starts, within)
        return frozenset(properties)

    def stated_kinds(self, cls: str) -> frozenset[str]:
        """The nearest classes, the class itself or above it, whose members are stated to be such and not found by definition."""
        known = self.classes.get(cls)
        if known is None or not known.definitions:
            return frozenset({cls})
        return frozenset[str]().union(*(self.stated_kinds(above) for above in known.parents))

    def relation_of_kind(self, plan_kind: str) -> str | None:
        """The property by which a plan cites plans of this kind (plan:basedOn for a territorial plan)."""
        for p in self.properties.values():
            if str(PLAN.cites) in p.parents and p.range == plan_kind:
                return p.iri
        return None

    def plan_kind(self, name: str) -> Class | None:
        """The kind of plan with this label or notation. A class without notation is no kind that a plan is filed as."""
        for iri in sorted(self.subclasses(str(PLAN.Plan))):
            cls = self.classes[iri]
            if cls.notation and normal(name) in {normal(n) for n in self._names(URIRef(iri))}:
                return cls
        return None

    def named_class(self, name: str, above: str) -> str | None:
        """The class at or below ``above`` with this label or notation, or None; the first by IRI."""
        below = sorted(self.subclasses(above))
        return next((c for c in below if normal(name) in {normal(n) for n in self._names(URIRef(c))}), None)

    def declarations(self, kind: str) -> tuple[Declaration, ...]:
        """What relations.ttl declares of this kind (a class of the submission module), by IRI."""
        found = []
        for node in instances(self.graph, URIRef(kind)):
            said = ((str(p), str(o)) for p, o in self.graph.predicate_objects(node))
            values = {local_name(p): o for p, o in said if p.startswith(str(SUB))}
            found.append(Declaration(str(node), kind, values))
        return tuple(found)

    def contents_of(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """The contents that the text of a plan of these kinds has to treat: the lowest classes, by IRI."""
        due = {str(s) for kind in kinds for s in self.graph.subjects(SUB.contentOf, URIRef(kind))}
        below = {cls for above in due for cls in self.subclasses(above)}
        return tuple(sorted(cls for cls in below if self.subclasses(cls) == {cls}))

    def shown_by(self, content: str) -> tuple[str, ...]:
        """The properties and classes that show a required content where a package fills them in."""
        return tuple(sorted(str(o) for o in self.graph.objects(URIRef(content), SUB.shownBy)))

    def map_style(self, cls: str) -> MapStyle | None:
        """How a map draws features of a class: as the nearest class says, itself or above it; None where it draws none."""
        styled = self._map_styles.keys() & self.superclasses(cls)
        nearest_first = sorted(styled, key=lambda above: (-len(self.superclasses(above)), above))
        return self._map_styles[nearest_first[0]] if nearest_first else None

    @cached_property
    def _map_styles(self) -> dict[str, MapStyle]:
        return {str(s): self._map_style(s) for s in set(self.graph.subjects(CHK.mapOrder))}

    def _map_style(self, s: Node) -> MapStyle:
        order, colour, fill = (self._one(s, CHK[name]) or "" for name in ("mapOrder", "mapColour", "mapFill"))
        if not (order.isdigit() and re.fullmatch("#[0-9a-f]{6}", colour) and re.fullmatch(r"[01](\.\d+)?", fill)):
            raise _broken(str(s), f"chk:mapOrder {order}, chk:mapColour {colour}, chk:mapFill {fill}")
        return MapStyle(int(order), colour, float(fill))

    def given_as(self, cls: str) -> Text | None:
        """How a package may give things of a class, in words, where the class or one above it says so."""
        for above in (cls, *sorted(self.superclasses(cls))):
            said = {
                o.language: str(o) for o in self.graph.objects(URIRef(above), SUB.givenAs) if isinstance(o, Literal)
            }
            if {"zh", "en"} <= said.keys():
                return Text(said["zh"], said["en"])
        return None

    def values_of(self, prop: str) -> str | None:
        """What a property's values are: ``node``, the local name of their datatype, or None where that is not known."""
        declared = self.properties.get(prop)
        if declared is not None:
            return declared.datatype or "node"
        said = [o for _, o in self.said_of_codes(prop)]
        return "node" if prop == TYPE or (said and all(isinstance(o, URIRef) for o in said)) else None

    def said_of_codes(self, prop: str) -> tuple[tuple[str, Node], ...]:
        """What the ontology itself says with a property about named individuals (codes, thresholds)."""
        if prop not in self._said_of_codes:
            pairs = ((str(s), o) for s, o in self.graph.subject_objects(URIRef(prop)) if isinstance(s, URIRef))
            self._said_of_codes[prop] = tuple(sorted(pairs, key=lambda pair: (pair[0], str(pair[1]))))
        return self._said_of_codes[prop]

    @cached_property
    def _said_of_codes(self) -> dict[str, tuple[tuple[str, Node], ...]]:
        return {}

    @cached_property
    def named_individuals(self) -> tuple[tuple[str, str], ...]:
        """(individual, class) for every individual of a declared class that the ontology itself describes."""
        said = self.graph.subject_objects(RDF.type)
        return tuple((str(s), str(c)) for s, c in said if isinstance(s, URIRef) and str(c) in self.classes)

    # ---- reading ----------------------------------------------------------------------------------------------------

    def _one(self, subject: Node, predicate: URIRef) -> str | None:
        value = self.graph.value(subject, predicate)
        return None if value is None else str(value)

    def _label(self, subject: URIRef) -> Text | None:
        return self._labels.get(str(subject))

    @cached_property
    def _labels(self) -> dict[str, Text]:
        """Term or code -> its label; the preferred one of a code."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for predicate in (SKOS.prefLabel, RDFS.label):
            for s, o in self.graph.subject_objects(predicate):
                if isinstance(s, URIRef) and isinstance(o, Literal):
                    found[str(s)].setdefault(o.language or "en", str(o))
        labels = {}
        for iri, said in found.items():
            any_label = next(iter(said.values()))
            labels[iri] = Text(said.get("zh", any_label), said.get("en", said.get("zh", any_label)))
        return labels

    def _label_or_name(self, subject: URIRef) -> Text:
        return self._label(subject) or Text(local_name(subject), local_name(subject))

    def _names(self, subject: Node) -> tuple[str, ...]:
        predicates = (SKOS.prefLabel, RDFS.label, SKOS.altLabel, SKOS.hiddenLabel, SKOS.notation)
        return tuple(sorted({str(o) for p in predicates for o in self.graph.objects(subject, p)}))

    def _read_classes(self) -> None:
        above: dict[str, set[str]] = defaultdict(set)
        enough: dict[str, set[Expression]] = defaultdict(set)
        values: dict[str, set[Has]] = defaultdict(set)
        named = instances(self.graph, OWL.Class)
        for s in named:
            iri = str(s)
            same = [self._expression(o) for o in self.graph.objects(s, OWL.equivalentClass)]
            same += [AnyOf(self._expressions(o)) for o in self.graph.objects(s, OWL.disjointUnionOf)]
            wider = [self._expression(o) for o in self.graph.objects(s, RDFS.subClassOf)]
            narrower = [self._expression(o) for o in self.graph.subjects(RDFS.subClassOf, s) if isinstance(o, BNode)]
            for part in (c for e in [*same, *wider] for c in conjuncts(e)):
                if isinstance(part, Named):
                    above[iri].add(part.iri)
                elif isinstance(part, Has):
                    values[iri].add(part)
            for part in (a for e in [*same, *narrower] for a in alternatives(e)):
                if isinstance(part, Named):
                    above[part.iri].add(iri)
                else:
                    enough[iri].add(part)
        for s in named:
            iri = str(s)
            keys = (tuple(str(p) for p in Collection(self.graph, k)) for k in self.graph.objects(s, OWL.hasKey))
            self.classes[iri] = Class(
                iri,
                self._label_or_name(s),
                self._one(s, SKOS.notation),
                tuple(sorted(above[iri] - {iri})),
                tuple(sorted(enough[iri], key=repr)),
                tuple(sorted(values[iri], key=repr)),
                tuple(sorted(key for key in keys if key)),
            )
        children: dict[str, list[str]] = {}
        for cls in self.classes.values():
            for parent in cls.parents:
                children.setdefault(parent, []).append(cls.iri)
        self._children = {parent: tuple(sorted(below)) for parent, below in children.items()}

    def _expressions(self, items: Node) -> tuple[Expression, ...]:
        return tuple(self._expression(item) for item in Collection(self.graph, items))

    def _expression(self, node: Node) -> Expression:
        if isinstance(node, URIRef):
            return Named(str(node))
        said = {p: self.graph.value(node, p) for p in self.graph.predicates(node)}
        on, some, value = (said.get(p) for p in (OWL.onProperty, OWL.someValuesFrom, OWL.hasValue))
        if (items := said.get(OWL.intersectionOf)) is not None and (parts := self._expressions(items)):
            return All(parts)
        if (items := said.get(OWL.unionOf)) is not None and (parts := self._expressions(items)):
            return AnyOf(parts)
        if (members := said.get(OWL.oneOf)) is not None:
            listed = list(Collection(self.graph, members))
            if all(isinstance(member, URIRef) for member in listed):
                return OneOf(tuple(str(member) for member in listed))
        if isinstance(on, URIRef) and some is not None:
            return Some(str(on), self._expression(some))
        if isinstance(on, URIRef) and isinstance(value, URIRef):
            return Has(str(on), str(value), True)
        if isinstance(on, URIRef) and isinstance(value, Literal):
            return Has(str(on), value.toPython(), False)
        if said.get(OWL.onDatatype) == XSD.string and (facets := said.get(OWL.withRestrictions)) is not None:
            found = [facet for node in Collection(self.graph, facets) for facet in self.graph.predicate_objects(node)]
            if [p for p, _ in found] == [XSD.pattern]:
                return Texts(str(found[0][1]))
        return Beyond(", ".join(sorted(f"owl:{local_name(str(p))}" for p in said.keys() - {RDF.type})))

    def _read_properties(self) -> None:
        kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
        inverses: dict[str, set[str]] = defaultdict(set)
        above: dict[str, set[str]] = defaultdict(set)
        for s, o in self.graph.subject_objects(OWL.inverseOf):
            inverses[str(s)].add(str(o))
            inverses[str(o)].add(str(s))
        for s, o in self.graph.subject_objects(RDFS.subPropertyOf):
            above[str(s)].add(str(o))
        for s, o in self.graph.subject_objects(OWL.equivalentProperty):
            above[str(s)].add(str(o))
            above[str(o)].add(str(s))
        for s in sorted({s for kind in kinds for s in instances(self.graph, kind)}):
            iri = str(s)
            target = min((str(o) for o in self.graph.objects(s, RDFS.range) if isinstance(o, URIRef)), default=None)
            is_data = (s, RDF.type, OWL.DatatypeProperty) in self.graph
            chains = self.graph.objects(s, OWL.propertyChainAxiom)
            self.properties[iri] = Property(
                iri,
                self._label_or_name(s),
                (local_name(target) if target else "string") if is_data else None,
                None if is_data else target,
                tuple(sorted(above[iri])),
                tuple(sorted(inverses[iri])),
                (s, RDF.type, OWL.SymmetricProperty) in self.graph,
                (s, RDF.type, OWL.TransitiveProperty) in self.graph,
                tuple(sorted(filter(None, (self._chain(s, chain) for chain in chains)))),
            )

    def _chain(self, of: URIRef, chain: Node) -> tuple[str, ...]:
        parts = list(Collection(self.graph, chain))
        if not all(isinstance(part, URIRef) for part in parts):
            raise CannotFinish(
                Text("属性链中有未命名的属性。", "A property chain has a property without a name."),
                str(of),
                Text("请为逆属性命名后再用于属性链。", "Give the inverse property a name and use that in the chain."),
            )
        return tuple(str(part) for part in parts)

    def _read_tables(self) -> Iterator[TableKind]:
        kinds = self.subclasses(str(SUB.TableKind))
        columns: dict[str, list[Column]] = {}
        for s, table in self.graph.subject_objects(SUB.ofTableKind):
            if isinstance(s, URIRef):
                columns.setdefault(str(table), []).append(self._column(s))
        names_in_drawings: dict[str, set[str]] = {}
        for s, table in self.graph.subject_objects(SUB.cadLayerOf):
            names_in_drawings.setdefault(str(table), set()).update(self._names(s))
        for s in sorted({s for kind in kinds for s in instances(self.graph, URIRef(kind))}):
            iri = str(s)
            own = columns.get(iri, [])
            having = (
                s,
                *self.graph.objects(s, RDF.type),
            )  # a field set of a class is that of all tables stated to be of it
            sets = sorted({str(fields) for of in having for fields in self.graph.objects(of, SUB.withFields)})
            shared = [column for fields in sets for column in columns.get(fields, ())]
            yield TableKind(
                iri,
                self._label_or_name(s),
                self._names(s),
                self._one(s, SUB.rowsAre) or "",
                (s, RDF.type, SUB.LayerKind) in self.graph,
                (s, RDF.type, SUB.FormKind) in self.graph,
                tuple(sorted([*own, *(c for c in shared if not _stands_in(own, c))], key=lambda c: (c.order, c.iri))),
                self._one(s, SUB.geometryKind),
                tuple(sorted(str(name) for name in names_in_drawings.get(iri, ()))),
                (s, RDF.type, SUB.ReviewListKind) in self.graph,
            )

    def _column(self, s: URIRef) -> Column:
        def flag(predicate: URIRef) -> bool:
            return (s, predicate, Literal(True)) in self.graph

        return Column(
            str(s),
            self._label_or_name(s),
            self._names(s),
            self._one(s, SUB["values"]) or "",
            self._one(s, SUB.endValues),
            flag(SUB.isKey),
            flag(SUB.isRequired),
            flag(SUB.isMany),
            flag(SUB.isSummed),
            self._one(s, SUB.unit),
            self._one(s, SUB.dateEdge) or "start",
            self._one(s, SKOS.notation),
            self._one(s, SUB.unitValues),
            frozenset(normal(str(o)) for o in self.graph.objects(s, SKOS.hiddenLabel)),
            (s, SUB.obligation, Literal("M")) in self.graph and self._one(s, CHK.confidence) is None,
            flag(SUB.mayBeEmpty),
            int(self._one(s, SH.order) or 0),
        )

    def _read_units(self) -> Iterator[Unit]:
        for s in instances(self.graph, SUB.Unit):
            factor = self._one(s, SUB.toBase) or "1"
            try:
                yield Unit(self._names(s), self._one(s, SUB.quantity) or "", Decimal(factor))
            except InvalidOperation:
                raise _broken(str(s), f"sub:toBase {factor}") from None

    def unit(self, name: str) -> Unit | None:
        """The unit that a heading names, or None."""
        return self._units_by_name.get(normal(name))

    @cached_property
    def _units_by_name(self) -> dict[str, Unit]:
        """The units by their names as normal() gives them; of two with one name the first."""
        return {normal(name): unit for unit in reversed(self.units) for name in unit.names}

    def _read_thresholds(self) -> Iterator[Threshold]:
        dated: dict[str, list[tuple[dt.date, Decimal]]] = {}
        for s, threshold in self.graph.subject_objects(CHK.ofThreshold):
            start, number = self._one(s, CHK["from"]) or "0001-01-01", self._one(s, CHK.value) or ""
            try:
                value = dt.date.fromisoformat(start), Decimal(number)
            except (ValueError, InvalidOperation):
                raise _broken(str(s), f"chk:from {start}, chk:value {number}") from None
            dated.setdefault(str(threshold), []).append(value)
        for s in instances(self.graph, CHK.Threshold):
            label = self._label_or_name(s)
            yield Threshold(str(s), label, tuple(sorted(dated.get(str(s), ()))))

    @cached_property
    def _tables_by_name(self) -> dict[str, TableKind]:
        return _by_name(self.tables)

    @cached_property
    def _layers_by_cad_name(self) -> dict[str, TableKind]:
        return _by_name([replace(t, names=(*t.names, *t.cad_names)) for t in self.tables if t.is_layer])

    @cached_property
    def _columns_by_name(self) -> dict[str, dict[str, Column]]:
        return {t.iri: _by_name(t.columns) for t in self.tables}

    def _concepts_by_name(self, cls: str) -> dict[str, tuple[Concept, ...]]:
        if cls not in self._concepts:
            found: dict[str, list[Concept]] = {}
            # Once each: a concept that is of two classes below this one is not two that share a name.
            for s in sorted({s for below in self.subclasses(cls) for s in instances(self.graph, URIRef(below))}):
                scheme = self.graph.value(s, SKOS.inScheme)
                edition = self._one(scheme, SUB.edition) if scheme is not None else None
                label = self._label(s) or Text(str(s), str(s))
                concept = Concept(str(s), label, self._names(s), edition)
                for name in {normal(n) for n in concept.names}:
                    found.setdefault(name, []).append(concept)
            self._concepts[cls] = {name: tuple(concepts) for name, concepts in found.items()}
        return self._concepts[cls]

    @cached_property
    def _concepts(self) -> dict[str, dict[str, tuple[Concept, ...]]]:
        return {}

    def edition_property(self, cls: str) -> str | None:
        """The plan's property that says which edition of this class's codes a package uses, or None."""
        return self._one(URIRef(cls), SUB.editionGivenBy)


_Called = TypeVar("_Called", TableKind, Column)


def _by_name(things: Iterable[_Called]) -> dict[str, _Called]:
    """Things by the names they go by. Raises CannotFinish where two claim one name: a file could mean either."""
    found: dict[str, _Called] = {}
    for thing in things:
        for name in thing.names:
            other = found.setdefault(normal(name), thing)
            if other is not thing:
                raise CannotFinish(
                    Text(
                        f"名称“{name}”已由 {other.iri} 使用，读取时无法区分。",
                        f"The name '{name}' is taken by {other.iri}; what a file means by it could not be told.",
                    ),
                    thing.iri,
                    Text("请在规则包的 ontology/ 中改用别的名称。", "Use another name in the ontology/ of the pack."),
                )
    return found


def _stands_in(own: Iterable[Column], shared: Column) -> bool:
    """Whether one of a table's own columns has a name or a property of a column of its field set."""
    names = {normal(name) for name in shared.names}
    return any(c.property == shared.property or not names.isdisjoint(normal(name) for name in c.names) for c in own)


def _broken(what: str, said: str) -> CannotFinish:
    return CannotFinish(
        Text(f"不是有效的数值或日期：{said}", f"No valid number or date: {said}"),
        what,
        Text("请在规则包的 ontology/ 中改正。", "Correct it in the ontology/ of the pack."),
    )


_Step = TypeVar("_Step", bound=Hashable)


def closure(starts: Iterable[_Step], step: Callable[[_Step], Iterable[_Step]]) -> frozenset[_Step]:
    """The starts and all that steps lead to from them."""
    seen = set(starts)
    todo = list(seen)
    while todo:
        for after in step(todo.pop()):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return frozenset(seen)


def python_type(datatype: str) -> type:
    """The Python type of values of an XSD datatype by local name; text for all that is not listed."""
    return {"decimal": Decimal, "integer": int, "boolean": bool, "date": dt.date}.get(datatype, str)


def load(packs: Iterable[Pack]) -> Vocabulary:
    """The vocabulary of the given packs. Raises CannotFinish for Turtle that cannot be read or that oversteps."""
    packs = tuple(packs)
    agree(packs)
    graph = Graph()
    for pack in packs:
        parse_all(pack, pack.turtle("ontology"), graph)
    return Vocabulary(graph)
