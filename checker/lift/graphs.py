"""Lifts the RDF of one package: individuals by class, their values and links, all under the plan's own name.

A package may say what a planner could write in a table: properties that stand for a column, classes that are no
definition of ours. What plancheck works out itself (overlaps, matches, exceptions) is not taken from a package, or a plan
could state its own compliance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import quote

import pyarrow as pa
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF
from rdflib.term import Node

from checker.errors import CannotFinish, Text
from checker.facts import Builder, FactTable
from checker.facts.columns import IN_PLAN
from checker.facts.rdf import ARROW_TYPES, to_value, unparsed
from checker.model import Note, Place, SourceGraph
from checker.vocabulary import PLAN, SUB, Vocabulary, python_type

_SAFE = "-_.~"
_OWN = str(SUB)
_FOREIGN = "http://www.w3.org/"  # owl:NamedIndividual and the like say nothing that a plan could claim


def plan_in(graphs: Sequence[SourceGraph], vocabulary: Vocabulary) -> URIRef | None:
    """The node of the plan that RDF files describe, or None. Raises CannotFinish where they describe several."""
    kinds = {URIRef(c) for c in vocabulary.subclasses(str(PLAN.Plan)) if vocabulary.classes[c].notation}
    found = {
        (s, g.file)
        for g in graphs
        for s, c in g.graph.subject_objects(RDF.type)
        if c in kinds and isinstance(s, URIRef)
    }
    plans = sorted({s for s, _ in found})
    if len(plans) > 1:
        raise CannotFinish(
            Text(
                f"RDF 中描述了 {len(plans)} 部规划（{'、'.join(plans)}），无法确定送审的是哪一部。",
                f"The RDF describes {len(plans)} plans ({', '.join(plans)}), so which one is handed in cannot be told.",
            ),
            ", ".join(sorted({file for _, file in found})),
            Text("一个成果包只写一部规划。", "Describe one plan in a package."),
        )
    return plans[0] if plans else None


class GraphLift:
    """The lift of a package's RDF. ``iri``: the name that the plan has here; ``given``: the name that the RDF gives it."""

    def __init__(self, builder: Builder, vocabulary: Vocabulary, plan: int, iri: str, given: URIRef | None) -> None:
        self.builder = builder
        self.vocabulary = vocabulary
        self.plan = plan
        self.iri = iri
        self.given = given
        self.notes: list[Note] = []
        self.supplied: set[str] = set()
        self._nodes: dict[Node, int] = {} if given is None else {given: plan}
        columns = [c for table in vocabulary.tables for c in table.columns]
        self._stateable = {c.property for c in columns} | {c.end_property for c in columns if c.end_property}

    def lift(self, graphs: Sequence[SourceGraph]) -> None:
        """Adds what the files say. Individuals first: a link may lead to one of a later file."""
        for source in graphs:
            self._individuals(source)
        for source in graphs:
            self._statements(source)

    def _individuals(self, source: SourceGraph) -> None:
        of_class: dict[str, list[URIRef]] = defaultdict(list)
        for s in sorted(source.graph.subjects(unique=True), key=str):
            if isinstance(s, BNode):
                raise CannotFinish(
                    Text(
                        "RDF 中有没有 IRI 的个体，问题清单无法稳定地指出它。",
                        "The RDF has an individual without an IRI, which no finding could name.",
                    ),
                    source.file,
                    Text("请给每个个体一个 IRI。", "Give every individual an IRI."),
                )
            if isinstance(s, URIRef) and s not in self._nodes and str(s) not in self.builder.named:
                cls = self._class_of(source, s)
                if cls is not None:
                    of_class[cls].append(s)
        for cls, individuals in sorted(of_class.items()):
            ids = self.builder.rows(pa.array([self._named(s) for s in individuals], pa.string()))
            self._nodes.update(zip(individuals, ids.to_pylist(), strict=True))
            table = self._supplied_table(source.file, cls)
            rows = pa.nulls(len(individuals), pa.int32())
            self.builder.add(FactTable(cls, self.plan, table, Place(source.file), ids, rows, {}))
            self.supplied.add(cls)

    def _class_of(self, source: SourceGraph, s: URIRef) -> str | None:
        """The class that says most of an individual; None where no class can be taken, and then it counts as unread."""
        stated = {str(c) for c in source.graph.objects(s, RDF.type)}
        taken = {above for c in stated for above in self.vocabulary.superclasses(c) if self._is_stateable(above)}
        self._remark(source.file, (c for c in stated - taken if not c.startswith(_FOREIGN)), s)
        lowest = sorted(c for c in taken if not (self.vocabulary.subclasses(c) - {c}) & taken)
        if not lowest:
            self._unread(s, self.plan, str(RDF.type), str(s))  # nothing that is handed in may vanish
            return None
        return lowest[0]

    def _is_stateable(self, cls: str) -> bool:
        known = self.vocabulary.classes.get(cls)
        return known is not None and not known.definitions and not cls.startswith(_OWN)

    def _supplied_table(self, file: str, cls: str) -> int:
        iri = f"{self.iri}/supplied/{quote(file, safe='')}/{quote(cls, safe='')}"
        ids = self.builder.rows(pa.array([iri]))
        self.builder.add(
            FactTable(str(SUB.SuppliedTable), self.plan, None, Place(file), ids, pa.nulls(1, pa.int32()), {})
        )
        return int(ids[0].as_py())

    def _named(self, s: URIRef) -> str:
        """An individual's name under the plan's own."""
        rest = str(s).removeprefix(str(self.given)) if self.given is not None else str(s)
        local = rest[1:] if rest != str(s) and rest[:1] in ("/", "#") else str(s)
        return (
            f"{self.iri}/{quote(local, safe=_SAFE + '/')}"
            if rest != str(s)
            else f"{self.iri}/{quote(local, safe=_SAFE)}"
        )

    def _statements(self, source: SourceGraph) -> None:
        values: dict[str, list[tuple[int, object]]] = {}
        for s, p, o in sorted(source.graph, key=lambda t: tuple(str(x) for x in t)):
            node = self._nodes.get(s)
            if node is None or p == RDF.type:
                continue
            prop = self.vocabulary.properties.get(str(p))
            if prop is None or prop.iri not in self._stateable:
                self._remark(source.file, [str(p)], s)
            elif (prop.datatype is None) == isinstance(o, Literal):
                self._unread(s, node, prop.iri, str(o))
            elif prop.datatype is None:
                self.builder.link(prop.iri, [node], [self._object(o)])
                self.supplied.add(prop.iri)
            else:
                value = to_value(o, prop.datatype)
                self.supplied.add(prop.iri)
                if value is None:
                    self._unread(s, node, prop.iri, str(o))
                else:
                    values.setdefault(prop.iri, []).append((node, value))
        for iri, pairs in values.items():
            kind = ARROW_TYPES[python_type(self.vocabulary.properties[iri].datatype or "string")]
            self.builder.value(iri, [s for s, _ in pairs], pa.array([v for _, v in pairs], kind))

    def _object(self, o: Node) -> int:
        known = self._nodes.get(o)
        return self.builder.node(str(o)) if known is None else known

    def _unread(self, s: Node, node: int, prop: str, text: str) -> None:
        name = self.iri if s == self.given else self._named(URIRef(str(s)))
        cell = unparsed(self.builder, name, node, prop, text)
        self.builder.link(IN_PLAN, [cell], [self.plan])

    def _remark(self, file: str, terms: Iterable[str], s: Node) -> None:
        for term in sorted(terms):
            zh = f"{s}：{term} 不是成果可以陈述的内容，没有采用。"
            en = f"{s}: {term} is nothing that a plan can state, and was not taken."
            self.notes.append(Note(Text(zh, en), Place(file), is_unmatched=True))
