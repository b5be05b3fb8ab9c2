"""Lifts the RDF of one package: individuals by class, their values and links, all under the plan's own name.

A package may say what a planner could write in a table: properties that stand for a column, classes that are no
definition of ours, the geometry of features; and what reading a table leaves: the tables that were handed in, totals, cells that could not
be read. What plancheck works out itself (overlaps, matches, exceptions) is not taken from a package, or a plan could state its own compliance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

import pyarrow as pa
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF
from rdflib.term import Node

from checker.errors import CannotFinish, Text
from checker.facts import Builder, FactTable, wkt
from checker.facts.columns import IN_PLAN, UNPARSED
from checker.facts.rdf import ARROW_TYPES, IN_TABLE, Layers, layers, to_value, unparsed, unread_geometry
from checker.facts.wkt import GEO
from checker.model import Note, Place, SourceGraph
from checker.vocabulary import PLAN, SUB, TableKind, Vocabulary, python_type

_SAFE = "-_.~"
_OWN = str(SUB)
_TABLES = (str(SUB.SuppliedTable), str(SUB.SuppliedLayer))
_CITED = str(SUB.citedAs)
# What reading tables leaves behind beside their rows: by class, what may be said of it. None of it makes a plan look better.
_LEFT = {
    str(SUB.Total): {
        str(SUB[n]) for n in ("totalOf", "sums", "statedTotal", "totalName", "lastPlace", "lastPlaceOfRows")
    },
    UNPARSED: {str(SUB[n]) for n in ("subject", "property", "text", "heading", "reason", "reasonInEnglish")},
    str(SUB.SuppliedField): {str(SUB[n]) for n in ("ofColumn", "fieldName", "storedAs", "longestText")},
    **{table: {str(SUB.ofTable), str(SUB.lacksColumn), str(SUB.lacksField)} for table in _TABLES},
}
_SAID_OF_ROWS = {str(SUB.leavesBlank)}
_SAID_OF_PLAN = {str(SUB.missingFile)}
_PLACED = {IN_PLAN, IN_TABLE, str(SUB.declaredCrs)}  # read where the individual is placed
_FOREIGN = "http://www.w3.org/"  # owl:NamedIndividual and the like say nothing that a plan could claim


def plan_in(graphs: Sequence[SourceGraph], vocabulary: Vocabulary) -> URIRef | None:
    """The node of the plan that RDF files describe, or None. Raises CannotFinish where they describe several."""
    kinds = {URIRef(c) for c in vocabulary.subclasses(str(PLAN.Plan)) if vocabulary.classes[c].notation}
    found = {
        (s, g.file)
        for g in graphs
        for s, c in g.graph.subject_objects(RDF.type)
        if c in kinds and isinstance(s, URIRef) and (s, URIRef(_CITED), None) not in g.graph
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
        self._names: dict[URIRef, str] = {}
        self._used: set[str] = set()  # names that something has already
        self._classes: dict[Node, str] = {}
        self._tables: dict[Node, int] = {}
        self._layers: dict[str, Layers] = {}
        self._taken: set[str] = set()  # what a plan may be said to supply, as a table of it was handed in
        # Of what plancheck works out itself a plan states nothing; but records and opinions are rows that it hands in.
        self._listed = {cls for table in vocabulary.tables for cls in vocabulary.subclasses(table.rows_are)}
        columns = [c for table in vocabulary.tables for c in table.columns]
        self._stateable = {c.property for c in columns} | {c.end_property for c in columns if c.end_property}

    def individuals(self, graphs: Sequence[SourceGraph]) -> None:
        """Adds the individuals that the files describe, in the tables and layers that they stand in."""
        subjects = {s for source in graphs for s in source.graph.subjects(unique=True) if isinstance(s, URIRef)}
        self._used = self.builder.known({self._name(s) for s in subjects})
        for source in graphs:
            self._layers[source.file] = layers(source.graph)
            self._individuals(source)

    def statements(self, graphs: Sequence[SourceGraph]) -> None:
        """Adds what the files say of the individuals: a link may lead to one of a later file."""
        for source in graphs:
            self._statements(source)

    def names(self, graphs: Sequence[SourceGraph]) -> Iterator[tuple[str, str, int]]:
        """(class, text, node) for each key and then each name of an individual, by which a cell may mean it."""
        for above in (str(SUB.keyOf), str(SUB.nameOf)):
            called = [p for p in sorted(self.vocabulary.properties) if above in self.vocabulary.superproperties(p)]
            for source in graphs:
                for prop in called:
                    for s, o in sorted(source.graph.subject_objects(URIRef(prop))):
                        if s in self._classes and isinstance(o, Literal):
                            yield self._classes[s], str(o), self._nodes[s]

    def _individuals(self, source: SourceGraph) -> None:
        graph, found = source.graph, self._layers[source.file]
        groups: dict[tuple[str, Node | None, str], list[URIRef]] = defaultdict(list)
        for s in sorted(graph.subjects(unique=True), key=str):
            if s in found.shapes:
                continue
            if isinstance(s, BNode):
                raise CannotFinish(
                    Text(
                        "RDF 中有没有 IRI 的个体，问题清单无法稳定地指出它。",
                        "The RDF has an individual without an IRI, which no finding could name.",
                    ),
                    source.file,
                    Text("请给每个个体一个 IRI。", "Give every individual an IRI."),
                )
            is_cited = (s, URIRef(_CITED), None) in graph
            if not isinstance(s, URIRef) or is_cited or s in self._nodes or str(s) in self.builder.named:
                continue
            if self._is_mention(graph, s):
                self._mention(graph, s)
                continue
            cls = self._class_of(source, s)
            if cls in _TABLES and self._kind_of(graph, s) is not None:
                self._handed_in(source, s, cls)
            elif cls is not None:
                groups[cls, graph.value(s, URIRef(IN_TABLE)), found.features.get(s, (None, None))[1] or ""].append(s)
        for (cls, table, crs), members in sorted(groups.items(), key=lambda group: tuple(map(str, group[0]))):
            self._rows(source, cls, table, crs or None, members)

    def _rows(self, source: SourceGraph, cls: str, table: Node | None, crs: str | None, members: list[URIRef]) -> None:
        """Adds the individuals of one class that stand in one table or layer; with geometry, if any of them has a place there."""
        ids = self.builder.rows(pa.array([self._named(s) for s in members], pa.string()))
        self._nodes.update(zip(members, ids.to_pylist(), strict=True))
        self._classes.update(dict.fromkeys(members, cls))
        home = self._tables[table] if table in self._tables else self._supplied_table(source.file, cls)
        features = self._layers[source.file].features
        geometry = None
        if any(s in features for s in members):
            texts = [features.get(s, (None, None))[0] for s in members]
            geometry = wkt.geometries(texts, crs)
            for i in unread_geometry(texts, geometry):
                self._unread(members[i], int(ids[i].as_py()), str(GEO.asWKT), str(texts[i]))
        rows = pa.nulls(len(members), pa.int32())
        self.builder.add(FactTable(cls, self.plan, home, Place(source.file), ids, rows, {}, geometry=geometry, crs=crs))
        if cls not in _LEFT:
            self.supplied.add(cls)

    def _handed_in(self, source: SourceGraph, s: URIRef, cls: str) -> None:
        """Adds a table or layer that the RDF says was handed in: its kind, and those of its columns that were there."""
        kind = self._kind_of(source.graph, s)
        assert kind is not None, "asked before"
        ids = self.builder.rows(pa.array([self._named(s)], pa.string()))
        self._nodes[s] = self._tables[s] = int(ids[0].as_py())
        self._classes[s] = cls
        rows = pa.nulls(1, pa.int32())
        self.builder.add(FactTable(cls, self.plan, None, Place(source.file), ids, rows, {}))
        columns = {c.property for c in kind.columns} | {c.end_property for c in kind.columns if c.end_property}
        said = {str(o) for o in source.graph.objects(self.given, SUB.supplies)} if self.given is not None else set()
        self.supplied |= {kind.rows_are} | (columns & said)
        self._taken |= {kind.rows_are} | columns

    def _kind_of(self, graph: Graph, table: URIRef) -> TableKind | None:
        """The kind that a handed-in table says it is of, or None."""
        said = str(graph.value(table, SUB.ofTable))
        return next((kind for kind in self.vocabulary.tables if kind.iri == said), None)

    def _is_mention(self, graph: Graph, s: URIRef) -> bool:
        """Whether an individual is only mentioned, and so says nothing but its name."""
        said = {str(p) for p in graph.predicates(s)}
        return (s, RDF.type, SUB.Mentioned) in graph and said <= {str(RDF.type), str(PLAN.name), IN_PLAN}

    def _mention(self, graph: Graph, s: URIRef) -> None:
        node = self._nodes[s] = self.builder.node(self._named(s))
        classes = {str(c) for c in graph.objects(s, RDF.type)}
        for cls in sorted(c for c in classes if self._is_stateable(c) or c == str(SUB.Mentioned)):
            self.builder.type(cls, [node])
        names = [str(o) for o in graph.objects(s, PLAN.name)]
        self.builder.value(str(PLAN.name), [node] * len(names), pa.array(names, pa.string()))
        self.builder.link(IN_PLAN, [node], [self.plan])

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
        is_own = cls.startswith(_OWN) and cls not in self._listed
        return cls in _LEFT or (known is not None and not known.definitions and not is_own)

    def _supplied_table(self, file: str, cls: str) -> int:
        iri = f"{self.iri}/supplied/{quote(file, safe='')}/{quote(cls, safe='')}"
        ids = self.builder.rows(pa.array([iri]))
        kinds = [kind for kind in self.vocabulary.tables if kind.rows_are == cls]
        columns = {str(SUB.ofTable): pa.array([self.builder.node(kinds[0].iri)], pa.int64())} if len(kinds) == 1 else {}
        rows = pa.nulls(1, pa.int32())
        self.builder.add(FactTable(str(SUB.SuppliedTable), self.plan, None, Place(file), ids, rows, columns))
        return int(ids[0].as_py())

    def _named(self, s: URIRef) -> str:
        """An individual's name under the plan's own; another behind ``~`` where a row or another individual has that name."""
        if s not in self._names:
            name, n = self._name(s), 1
            while name in self._used:
                n += 1
                name = f"{self._name(s)}~{n}"
            self._used.add(name)
            self._names[s] = name
        return self._names[s]

    def _name(self, s: URIRef) -> str:
        """The end of an IRI below the plan's own, or else the whole of it. What is percent-encoded stays as it is."""
        rest = str(s).removeprefix(str(self.given)) if self.given is not None else str(s)
        if rest == str(s):
            return f"{self.iri}/{quote(rest, safe=_SAFE)}"
        return f"{self.iri}/{quote(rest[1:] if rest[:1] in ('/', '#') else str(s), safe=f'{_SAFE}/%')}"

    def _statements(self, source: SourceGraph) -> None:
        values: dict[str, list[tuple[int, object]]] = {}
        shapes = self._layers[source.file].shapes
        for s, p, o in sorted(source.graph, key=lambda t: tuple(str(x) for x in t)):
            node = self._nodes.get(s)
            if node is None or p == RDF.type or o in shapes or self._is_placing(s, str(p), o):
                continue
            prop = self.vocabulary.properties.get(str(p))
            left = _SAID_OF_ROWS | (_SAID_OF_PLAN if s == self.given else _LEFT.get(self._classes.get(s, ""), set()))
            if prop is None or (prop.iri not in self._stateable and prop.iri not in left):
                self._remark(source.file, [str(p)], s)
            elif (prop.datatype is None) == isinstance(o, Literal):
                self._unread(s, node, prop.iri, str(o))
            elif prop.datatype is None:
                self.builder.link(prop.iri, [node], [self._object(o)])
                self.supplied |= {prop.iri} - left
            else:
                value = to_value(o, prop.datatype)
                self.supplied |= {prop.iri} - left
                if value is None:
                    self._unread(s, node, prop.iri, str(o))
                else:
                    values.setdefault(prop.iri, []).append((node, value))
        for iri, pairs in values.items():
            kind = ARROW_TYPES[python_type(self.vocabulary.properties[iri].datatype or "string")]
            self.builder.value(iri, [s for s, _ in pairs], pa.array([v for _, v in pairs], kind))

    def _is_placing(self, s: Node, p: str, o: Node) -> bool:
        """Whether a statement says where an individual stands, which was read with the individual itself."""
        is_mention = s in self._nodes and s != self.given and s not in self._classes
        is_supplying = p == str(SUB.supplies) and s == self.given and str(o) in self._taken
        is_role = p == IN_PLAN and o != self.given
        return (p in _PLACED and not is_role) or is_mention or is_supplying

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
