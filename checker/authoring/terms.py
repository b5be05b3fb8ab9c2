"""What packs state, file by file: which terms they declare, and where they use which; it hands on ``Statements``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS
from rdflib.term import Node

from checker.errors import CannotFinish, Text
from checker.resources import Pack
from checker.turtle import CHK, base_of, parse
from checker.vocabulary import SUB, Vocabulary

INFERRED = "ontology/inferred.ttl"
RULE_SHAPES = "ontology/rule-shapes.ttl"
FOLDERS = ("ontology", "guidelines", "rules", "fixtures/rules", "fixtures/competency")

# What the value of a predicate must be, where only one kind of term makes sense.
_VALUE_IS_CLASS = {
    *(RDF.type, RDFS.subClassOf, RDFS.domain, RDFS.range, SH.targetClass, SH["class"], CHK.appliesTo),
    *(OWL.equivalentClass, OWL.disjointWith, OWL.someValuesFrom, OWL.allValuesFrom, OWL.onClass),
    *(SUB.rowsAre, SUB.features, SUB.zones, SUB.matches, SUB.inKind),
}
_VALUE_IS_PROPERTY = {
    *(RDFS.subPropertyOf, OWL.inverseOf, OWL.onProperty, OWL.equivalentProperty, OWL.propertyDisjointWith),
    *(SH.path, SH.targetSubjectsOf, SH.targetObjectsOf, SUB["values"], SUB.endValues, SUB.fromProperty),
    *(SUB.toProperty, SUB.yields, SUB.yieldsLikely, SUB.byName, SUB.ground, SUB.periodStart, SUB.periodEnd),
}

_PREFIX = re.compile(r"\bPREFIX\s+([\w-]*):\s*<([^<>\s]*)>", re.IGNORECASE)
# Strings, comments and variables are matched so that nothing inside them is taken for a name.
_NAME = re.compile(
    r"<(?P<iri>[^<>\"{}|^`\\\s]*)>|\"\"\"(?:[^\\]|\\.)*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[?$]\w+"
    r"|(?P<prefix>[A-Za-z_][\w-]*)?:(?P<local>\w(?:[\w.-]*[\w-])?)"
)


class Role(StrEnum):
    """What a term has to be where it is used."""

    CLASS = "class"
    PROPERTY = "property"
    ANY = "any"


@dataclass(frozen=True)
class Use:
    """A term used. ``owner``: the subject whose description uses it, or None for an axiom that describes no one subject."""

    iri: str
    role: Role
    owner: str | None


@dataclass(frozen=True, eq=False)
class Source:
    """A file of a pack. ``name`` is its path inside the pack, ``part`` the folder it lies in, ``query`` its SPARQL."""

    name: str
    part: str
    pack: Pack
    graph: Graph
    query: str = ""

    @property
    def holds_shapes(self) -> bool:
        """Whether the file is SHACL, where what is described is declared: a property shape needs no type."""
        return self.part == "rules" or self.name.endswith(RULE_SHAPES)

    def short(self, iri: str) -> str:
        """An IRI as this file writes it: plan:Project."""
        fitting = [
            (len(ns), f"{prefix}:{iri[len(ns) :]}") for prefix, ns in self.graph.namespaces() if iri.startswith(ns)
        ]
        return max(fitting, default=(0, iri))[1]

    def uses(self, prefixes: Mapping[str, str]) -> Iterator[Use]:
        """Every IRI that the file uses as predicate, as value or in SPARQL. Imports name modules, not terms."""
        for s, p, o in self.graph:
            owner = self.owner(s)
            yield Use(str(p), Role.PROPERTY, owner)
            if isinstance(o, URIRef) and p != OWL.imports:
                yield Use(str(o), _role_of_value(p), owner)
            elif isinstance(o, Literal) and p in (SH.select, SH.ask):
                yield from (Use(iri, Role.ANY, owner) for iri in names_in(str(o), prefixes))
        yield from (Use(iri, Role.ANY, None) for iri in names_in(self.query, prefixes))

    def owner(self, node: Node) -> str | None:
        """The named subject that a node describes or helps to describe, or None for an axiom that stands alone."""
        while isinstance(node, BNode):
            above = self._above.get(node)
            if above is None:
                return None
            node = above
        return str(node)

    @cached_property
    def _above(self) -> dict[Node, Node]:
        return {o: s for s, _, o in self.graph if isinstance(o, BNode)}


def _role_of_value(predicate: Node) -> Role:
    if predicate in _VALUE_IS_CLASS:
        return Role.CLASS
    return Role.PROPERTY if predicate in _VALUE_IS_PROPERTY else Role.ANY


def names_in(sparql: str, prefixes: Mapping[str, str]) -> Iterator[str]:
    """The IRIs that a SPARQL text names, in full or with one of its own prefixes or of the given ones."""
    known = {**prefixes, **dict(_PREFIX.findall(sparql))}
    for match in _NAME.finditer(_PREFIX.sub(" ", sparql)):
        prefix = match["prefix"] or ""
        if match["iri"]:
            yield match["iri"]
        elif match["local"] and prefix in known:
            yield known[prefix] + match["local"]


@dataclass(frozen=True, eq=False)
class Statements:
    """All that packs state, file by file, and what of it is declared as what."""

    packs: tuple[Pack, ...]
    sources: tuple[Source, ...]

    def of(self, *parts: str) -> Iterator[Source]:
        """The files of some of the packs' folders."""
        return (source for source in self.sources if source.part in parts)

    @cached_property
    def modules(self) -> tuple[Source, ...]:
        """The files of ontology/ that people write: all but the inferred hierarchy."""
        return tuple(source for source in self.of("ontology") if not source.name.endswith(INFERRED))

    @cached_property
    def ontology(self) -> Graph:
        """What the modules state together."""
        return union(self.modules)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms as checking reads them, the inferred hierarchy among them. Raises CannotFinish."""
        return Vocabulary(union(self.of("ontology")))

    @cached_property
    def bases(self) -> tuple[str, ...]:
        return tuple(base_of(pack) for pack in self.packs)

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The prefixes that SPARQL in rules may use."""
        pairs: dict[str, str] = {}
        for source in self.of("rules"):
            for declaration in source.graph.objects(None, SH.declare):
                prefix, namespace = (source.graph.value(declaration, p) for p in (SH.prefix, SH.namespace))
                pairs[str(prefix)] = str(namespace)
        return pairs

    @cached_property
    def homes(self) -> dict[str, Source]:
        """The file that declares a term: gives it a type or, for a shape, describes it."""
        found: dict[str, Source] = {}
        for source in (*self.of("ontology", "guidelines", "rules"), *self.of("pack")):
            subjects = source.graph.subjects(None if source.holds_shapes else RDF.type, unique=True)
            for s in subjects:
                if isinstance(s, URIRef):
                    found.setdefault(str(s), source)
        return found

    @cached_property
    def classes(self) -> frozenset[str]:
        return self._typed(OWL.Class)

    @cached_property
    def object_properties(self) -> frozenset[str]:
        return self._typed(OWL.ObjectProperty)

    @cached_property
    def data_properties(self) -> frozenset[str]:
        return self._typed(OWL.DatatypeProperty)

    @cached_property
    def annotation_properties(self) -> frozenset[str]:
        return self._typed(OWL.AnnotationProperty)

    @cached_property
    def properties(self) -> frozenset[str]:
        return self.object_properties | self.data_properties | self.annotation_properties

    def _typed(self, kind: URIRef) -> frozenset[str]:
        return frozenset(str(s) for s in self.ontology.subjects(RDF.type, kind) if isinstance(s, URIRef))

    def below(self, cls: URIRef) -> frozenset[str]:
        """A class and all that are stated to be its subclasses."""
        return frozenset(
            str(c) for c in self.ontology.transitive_subjects(RDFS.subClassOf, cls) if isinstance(c, URIRef)
        )

    def members(self, cls: URIRef) -> Iterator[tuple[str, str]]:
        """(individual, class) for each individual that the modules place in a class or below it."""
        for c in sorted(self.below(cls)):
            for s in sorted(s for s in self.ontology.subjects(RDF.type, URIRef(c)) if isinstance(s, URIRef)):
                yield str(s), c

    @cached_property
    def code_classes(self) -> frozenset[str]:
        return self.below(SKOS.Concept) - {str(SKOS.Concept)}

    def is_ours(self, iri: str) -> bool:
        return iri.startswith(self.bases)

    def is_example(self, iri: str) -> bool:
        """Whether an IRI belongs to the individuals of fixtures, which nothing declares."""
        return iri.startswith(tuple(f"{base}fixture/" for base in self.bases))


def union(sources: Iterable[Source]) -> Graph:
    """The statements of several files as one graph."""
    graph = Graph()
    for source in sources:
        graph += source.graph
    return graph


def read(packs: Sequence[Pack], folders: Sequence[str] = FOLDERS) -> Statements:
    """All Turtle and SPARQL of the packs, or of some of their folders. Raises CannotFinish for a file that cannot be read."""
    sources: list[Source] = []
    for pack in packs:
        prefix = "" if pack is packs[0] else f"{pack.root.name}/"
        sources.append(Source(f"{prefix}pack.ttl", "pack", pack, parse(pack.description)))
        for folder in folders:
            for path in pack.turtle(folder):
                name = prefix + path.relative_to(pack.root).as_posix()
                sources.append(Source(name, folder, pack, parse(path)))
            for path in sorted((pack.root / folder).rglob("*.rq")):
                name = prefix + path.relative_to(pack.root).as_posix()
                sources.append(Source(name, folder, pack, Graph(), _text(path)))
    return Statements(tuple(packs), tuple(sources))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotFinish(
            Text(f"文件无法读取：{error}", f"The file cannot be read: {error}"),
            str(path),
            Text("请以 UTF-8 编码保存。", "Save it in UTF-8."),
        ) from None
