"""Checks what packs state: that terms are named, defined, sourced, declared and used, and that the logic holds together.

One function per check, from ``Statements`` to problems; ``check`` runs them all. What is found is a ``Problem``, never an
exception: an author mends a list, not one thing at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SH, SKOS, XSD
from rdflib.term import Node

from checker.authoring.hierarchy import beyond_stated
from checker.authoring.problems import Kind, Problem
from checker.authoring.reasoner import Classification, classify
from checker.authoring.terms import INFERRED, RULE_SHAPES, Role, Source, Statements, read, union
from checker.engine.reference import validate
from checker.errors import CannotFinish, Text
from checker.facts import Store
from checker.facts.columns import Builder
from checker.resources import Pack
from checker.rulebook import TARGETS
from checker.turtle import CHK, agree, base_of
from checker.vocabulary import SUB, Column, TableKind, normal

_LANGUAGES = ("zh", "en")
# Vocabularies that are closed: a word that they do not have is a slip of the pen, which no reader of Turtle would notice.
_CLOSED = (RDF, RDFS, OWL, SKOS, XSD, DCTERMS, SH)


def check(packs: Sequence[Pack], reasoner: bool = True) -> tuple[Problem, ...]:
    """Everything to mend in the packs, by kind, file and term. Raises CannotFinish for what cannot even be read."""
    agree(packs)
    said = read(packs)
    found = [problem for look in (*CHECKS, *((reasoning,) if reasoner else ())) for problem in look(said)]
    order = list(Kind)
    return tuple(sorted(set(found), key=lambda p: (order.index(p.kind), p.file, p.term, p.text)))


# ---- modules ------------------------------------------------------------------------------------------------------------


def modules(said: Statements) -> Iterator[Problem]:
    """Each file of ontology/ is one module with label, definition and version; imports lead to modules, in no circle."""
    homes: dict[str, Source] = {}
    imports: dict[str, list[str]] = {}
    for source in said.of("ontology"):
        headers = sorted(str(s) for s in source.graph.subjects(RDF.type, OWL.Ontology))
        if len(headers) != 1:
            text = Text(
                f"文件描述了 {len(headers)} 个 owl:Ontology。", f"The file describes {len(headers)} owl:Ontology."
            )
            yield Problem(Kind.MODULE, "owl:Ontology", source.name, text)
        for header in headers:
            homes[header] = source
            imports[header] = sorted(str(o) for o in source.graph.objects(URIRef(header), OWL.imports))
            yield from _module_words(source, header)
    for header, targets in imports.items():
        for target in targets:
            if target not in homes:
                text = Text(f"所导入的 {target} 不在规则包内。", f"No pack has the module {target} that it imports.")
                yield Problem(Kind.MODULE, header, homes[header].name, text)
    for way in circles(imports):
        yield Problem(
            Kind.CIRCLE,
            way[0],
            homes[way[0]].name,
            Text(f"导入成循环：{_path(way)}", f"Imports in a circle: {_path(way)}"),
        )


def _module_words(source: Source, header: str) -> Iterator[Problem]:
    for predicate, zh, en in ((RDFS.label, "标签", "label"), (SKOS.definition, "定义", "definition")):
        lacking = _lacking(source.graph, header, predicate)
        if lacking:
            text = Text(f"模块缺少{zh}：{'、'.join(lacking)}。", f"The module has no {en} in {', '.join(lacking)}.")
            yield Problem(Kind.MODULE, header, source.name, text)
    if (URIRef(header), OWL.versionInfo, None) not in source.graph:
        yield Problem(Kind.MODULE, header, source.name, Text("模块没有版本。", "The module has no owl:versionInfo."))


def foreign_subjects(said: Statements) -> Iterator[Problem]:
    """A pack describes subjects of its own base only."""
    for source in said.of("ontology", "guidelines", "rules"):
        base = base_of(source.pack)
        for s in source.graph.subjects(unique=True):
            if isinstance(s, URIRef) and not s.startswith(base):
                text = Text(f"不在本包基址 {base} 内。", f"It is not below the pack's base {base}.")
                yield Problem(Kind.FOREIGN, source.short(s), source.name, text)


def described_once(said: Statements) -> Iterator[Problem]:
    """One file names a subject: two that do mean two things by one IRI, or will come to differ. Others may classify it."""
    first: dict[str, Source] = {}
    for source in said.of("ontology", "guidelines", "rules"):
        named = {s for label in (RDFS.label, SKOS.prefLabel) for s in source.graph.subjects(label)}
        for s in sorted(s for s in named if isinstance(s, URIRef)):
            home = first.setdefault(str(s), source)
            if home is not source:
                text = Text(f"在 {home.name} 中已有名称", f"{home.name} names it already")
                yield Problem(Kind.TWICE, source.short(s), source.name, text)


# ---- words --------------------------------------------------------------------------------------------------------------


def words(said: Statements) -> Iterator[Problem]:
    """Classes and properties have labels, definitions and a source; what people meet by name has labels."""
    for iri in sorted(said.classes | said.properties):
        yield from _words_of(said, iri, RDFS.label, with_definition=True, with_source=True)
    for iri in sorted({iri for iri, _ in said.members(SKOS.Concept)}):
        yield from _words_of(said, iri, SKOS.prefLabel, with_definition=False, with_source=True)
    for cls in (SUB.TableKind, SUB.ColumnKind, SUB.FieldSet, SUB.Unit, CHK.Threshold):
        for iri in sorted({iri for iri, _ in said.members(cls)}):
            yield from _words_of(said, iri, RDFS.label, with_definition=False, with_source=cls == CHK.Threshold)


def _words_of(
    said: Statements, iri: str, label: URIRef, *, with_definition: bool, with_source: bool
) -> Iterator[Problem]:
    home = said.homes[iri]
    term = home.short(iri)
    for kind, predicate in ((Kind.LABEL, label), (Kind.DEFINITION, SKOS.definition)):
        lacking = _lacking(said.ontology, iri, predicate) if kind is Kind.LABEL or with_definition else []
        if lacking:
            yield Problem(kind, term, home.name, Text(f"缺 {'、'.join(lacking)}", f"none in {', '.join(lacking)}"))
    if with_source and not _has_source(said.ontology, home, iri):
        yield Problem(Kind.SOURCE, term, home.name, Text("没有来源", "no source"))


def _lacking(graph: Graph, iri: str, predicate: URIRef) -> list[str]:
    """The languages in which a subject has no words."""
    given = {o.language for o in graph.objects(URIRef(iri), predicate) if isinstance(o, Literal) and o.strip()}
    return [language for language in _LANGUAGES if language not in given]


def _has_source(ontology: Graph, home: Source, iri: str) -> bool:
    if (URIRef(iri), DCTERMS.source, None) in ontology:
        return True
    return any((header, DCTERMS.source, None) in home.graph for header in home.graph.subjects(RDF.type, OWL.Ontology))


def same_labels(said: Statements) -> Iterator[Problem]:
    """No two classes, no two properties and no two annotation properties have one label."""
    logical = said.object_properties | said.data_properties
    for iris in (said.classes, logical, said.annotation_properties - logical):
        taken: dict[tuple[str | None, str], str] = {}
        for iri in sorted(iris):
            for o in sorted(said.ontology.objects(URIRef(iri), RDFS.label), key=str):
                if isinstance(o, Literal):
                    other = taken.setdefault((o.language, normal(o)), iri)
                    if other != iri:
                        yield _taken(said, Kind.SAME_LABEL, iri, str(o), other)


def same_codes(said: Statements) -> Iterator[Problem]:
    """No two codes of one list, in one edition, go by one name: label, alternative label or notation.

    A list is a class right below skos:Concept with all below it, for a column of the class takes all of their names.
    """
    taken: dict[tuple[str, str | None, str], str] = {}
    for iri, cls in sorted(said.members(SKOS.Concept)):
        above = set(said.ontology.transitive_objects(URIRef(cls), RDFS.subClassOf))
        lists = sorted(str(c) for c in above if (c, RDFS.subClassOf, SKOS.Concept) in said.ontology)
        editions = [
            said.ontology.value(scheme, SUB.edition) for scheme in said.ontology.objects(URIRef(iri), SKOS.inScheme)
        ]
        edition = next((str(e) for e in editions if e is not None), None)
        for name in _names(said.ontology, iri):
            for root in lists:
                other = taken.setdefault((root, edition, normal(name)), iri)
                if other != iri:
                    yield _taken(said, Kind.SAME_LABEL, iri, name, other)


def _names(graph: Graph, iri: str) -> list[str]:
    predicates = (SKOS.prefLabel, RDFS.label, SKOS.altLabel, SKOS.hiddenLabel, SKOS.notation)
    return sorted({str(o) for p in predicates for o in graph.objects(URIRef(iri), p)})


def same_names(said: Statements) -> Iterator[Problem]:
    """No two tables, and no two columns of a table, go by one name."""
    try:
        vocabulary = said.vocabulary
    except CannotFinish as failure:
        yield Problem(Kind.UNREADABLE, failure.where, "ontology/", failure.problem)
        return
    kinds = (vocabulary.tables, vocabulary.review_lists)
    groups: list[Sequence[TableKind | Column]] = [*kinds, *(kind.columns for group in kinds for kind in group)]
    for group in groups:
        taken: dict[str, str] = {}
        for thing in group:
            for name in thing.names:
                other = taken.setdefault(normal(name), thing.iri)
                if other != thing.iri:
                    yield _taken(said, Kind.SAME_NAME, thing.iri, name, other)


def _taken(said: Statements, kind: Kind, iri: str, name: str, other: str) -> Problem:
    home = said.homes[iri]
    owner = home.short(other)
    return Problem(
        kind, home.short(iri), home.name, Text(f"“{name}”已由 {owner} 使用", f"'{name}' is taken by {owner}")
    )


# ---- declared and used --------------------------------------------------------------------------------------------------


def undeclared(said: Statements) -> Iterator[Problem]:
    """Every term of the packs that anything uses is declared, and as what it is used as; so is every word of RDF, OWL, SHACL …"""
    kinds = {Role.CLASS: said.classes, Role.PROPERTY: said.properties, Role.ANY: frozenset(said.homes)}
    wanted = {
        Role.CLASS: Text("没有声明为类", "is declared as no class"),
        Role.PROPERTY: Text("没有声明为属性", "is declared as no property"),
        Role.ANY: Text("没有声明", "is not declared"),
    }
    for source in said.sources:
        for iri, role in sorted({(use.iri, use.role) for use in source.uses(said.prefixes)}):
            if said.is_ours(iri) and iri not in kinds[role] and not (role is Role.ANY and said.is_example(iri)):
                yield Problem(Kind.UNDECLARED, source.short(iri), source.name, wanted[role])
            elif _is_no_word(iri):
                yield Problem(Kind.UNDECLARED, source.short(iri), source.name, Text("没有这个词", "is no such word"))
    for source in said.of("ontology", "guidelines"):
        for s in sorted(s for s in source.graph.subjects(unique=True) if isinstance(s, URIRef)):
            if str(s) not in said.homes:
                yield Problem(
                    Kind.UNDECLARED,
                    source.short(s),
                    source.name,
                    Text("有描述，没有类型", "is described but has no type"),
                )


def _is_no_word(iri: str) -> bool:
    return any(iri.startswith(str(closed)) and iri != str(closed) and URIRef(iri) not in closed for closed in _CLOSED)


def unused(said: Statements) -> Iterator[Problem]:
    """Every class, property and shape is used by something but its own description. Members of code lists need not be."""
    shapes = {iri for iri, home in said.homes.items() if home.holds_shapes and _is_led_to(home, iri)}
    used = {
        use.iri
        for source in said.sources
        if not source.name.endswith(INFERRED)
        for use in source.uses(said.prefixes)
        if use.owner != use.iri
    }
    for iri in sorted((said.classes | said.properties | shapes) - used):
        home = said.homes[iri]
        yield Problem(
            Kind.UNUSED,
            home.short(iri),
            home.name,
            Text("除自身的描述外无处使用", "nothing but its own description uses it"),
        )


def _is_led_to(home: Source, iri: str) -> bool:
    """Whether a shape only works if something leads to it. Rules, components and changes work by themselves, and targets outside rules/ do."""
    types = set(home.graph.objects(URIRef(iri), RDF.type))
    targets = home.part != "rules" and any(p in TARGETS for p in home.graph.predicates(URIRef(iri)))
    return not (targets or types & {CHK.Rule, CHK.Change, SH.ConstraintComponent, OWL.Ontology})


# ---- circles ------------------------------------------------------------------------------------------------------------


def hierarchies(said: Statements) -> Iterator[Problem]:
    """No class or property is below itself, no code is broader or part of itself, no class is defined by itself."""
    ontology = said.ontology
    wholes = {
        SKOS.broader,
        *(
            p
            for p in ontology.subjects(RDF.type, OWL.TransitiveProperty)
            if (p, RDF.type, OWL.SymmetricProperty) not in ontology
        ),
    }
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf, *sorted(wholes, key=str)):
        edges: dict[str, list[str]] = {}
        for s, o in ontology.subject_objects(predicate):
            if isinstance(s, URIRef) and isinstance(o, URIRef):
                edges.setdefault(str(s), []).append(str(o))
        yield from _circles(said, edges, str(predicate).rsplit("#", 1)[-1])
    definitions = {cls: sorted(_defining(ontology, cls)) for cls in said.classes}
    yield from _circles(said, definitions, "owl:equivalentClass")


def _circles(said: Statements, edges: Mapping[str, Iterable[str]], step: str) -> Iterator[Problem]:
    for way in circles(edges):
        home = said.homes.get(way[0])
        shown = _path([home.short(iri) for iri in way]) if home else _path(way)
        name, term = (home.name, home.short(way[0])) if home else ("ontology/", way[0])
        yield Problem(Kind.CIRCLE, term, name, Text(f"{step} 成循环：{shown}", f"a circle of {step}: {shown}"))


def _defining(ontology: Graph, cls: str) -> set[str]:
    """The named classes that the definitions of a class are made of."""
    todo: list[Node] = list(ontology.objects(URIRef(cls), OWL.equivalentClass))
    found: set[str] = set()
    while todo:
        node = todo.pop()
        if isinstance(node, URIRef):
            found.add(str(node))
        for p in (
            (OWL.someValuesFrom, OWL.allValuesFrom, OWL.onClass, OWL.complementOf) if isinstance(node, BNode) else ()
        ):
            todo += ontology.objects(node, p)
        for p in (OWL.intersectionOf, OWL.unionOf) if isinstance(node, BNode) else ():
            todo += [part for parts in ontology.objects(node, p) for part in Collection(ontology, parts)]
    return found


def circles(edges: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """The shortest way round each circle of a directed graph, each named once, from its first node back to it."""
    found: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in sorted(edges):
        way = None if start in seen else _way_back(edges, start)
        if way is not None:
            found.append(way)
            seen.update(way)
    return found


def _way_back(edges: Mapping[str, Iterable[str]], start: str) -> tuple[str, ...] | None:
    ways: list[tuple[str, ...]] = [(start,)]
    reached: set[str] = set()
    for way in ways:  # grows as it is read: breadth first
        for step in edges.get(way[-1], ()):
            if step == start:
                return (*way, start)
            if step not in reached:
                reached.add(step)
                ways.append((*way, step))
    return None


def _path(steps: Sequence[str]) -> str:
    return " → ".join(steps)


# ---- OWL 2 DL -----------------------------------------------------------------------------------------------------------

_CARDINALITIES = (
    *(OWL.cardinality, OWL.minCardinality, OWL.maxCardinality, OWL.hasSelf),
    *(OWL.qualifiedCardinality, OWL.minQualifiedCardinality, OWL.maxQualifiedCardinality),
)
_SIMPLE_ONLY = (OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.AsymmetricProperty, OWL.IrreflexiveProperty)
_CHARACTERISTICS = (*_SIMPLE_ONLY, OWL.TransitiveProperty, OWL.SymmetricProperty, OWL.ReflexiveProperty)


def one_kind_of_property(said: Statements) -> Iterator[Problem]:
    """A property is an object, a datatype or an annotation property, and stands below properties of its kind."""
    kinds = {"owl:ObjectProperty": said.object_properties, "owl:DatatypeProperty": said.data_properties}
    kinds["owl:AnnotationProperty"] = said.annotation_properties
    declared = {iri: [kind for kind, iris in kinds.items() if iri in iris] for iri in said.properties}
    for iri, own in sorted(declared.items()):
        if len(own) > 1:
            yield _outside(said, iri, Text(f"同时声明为 {'、'.join(own)}", f"is declared as {', '.join(own)}"))
        for above in sorted(str(o) for o in said.ontology.objects(URIRef(iri), RDFS.subPropertyOf)):
            if above in declared and declared[above] != own:
                short = said.homes[iri].short(above)
                yield _outside(
                    said,
                    iri,
                    Text(
                        f"与其上位属性 {short} 不是一种属性", f"is not the kind of property that {short}, above it, is"
                    ),
                )


def no_annotations_in_axioms(said: Statements) -> Iterator[Problem]:
    """An annotation property carries no logic: it stands in no restriction, chain, key, inverse or characteristic."""
    for iri, axiom in sorted(set(_in_axioms(said.ontology))):
        if iri in said.annotation_properties:
            yield _outside(
                said, iri, Text(f"注释属性用于公理 {axiom}", f"is an annotation property in an axiom ({axiom})")
            )


def _in_axioms(ontology: Graph) -> Iterator[tuple[str, str]]:
    """(property, axiom) for each property that an axiom of properties or a restriction is about."""
    for predicate in (OWL.onProperty, OWL.inverseOf, OWL.equivalentProperty, OWL.propertyDisjointWith):
        for s, o in ontology.subject_objects(predicate):
            yield from ((str(term), f"owl:{_local(predicate)}") for term in (s, o))
    for predicate in (OWL.propertyChainAxiom, OWL.hasKey):
        for s, o in ontology.subject_objects(predicate):
            yield from ((str(term), f"owl:{_local(predicate)}") for term in (s, *Collection(ontology, o)))
    for characteristic in _CHARACTERISTICS:
        yield from ((str(s), f"owl:{_local(characteristic)}") for s in ontology.subjects(RDF.type, characteristic))


def simple_where_due(said: Statements) -> Iterator[Problem]:
    """No cardinality, characteristic or disjointness is said of a property that is transitive, has a chain, or lies above one."""
    ontology = said.ontology
    complex_ones = _complex_properties(ontology)
    said_of: set[tuple[Node, str]] = set()
    for predicate in _CARDINALITIES:
        said_of |= {
            (p, f"owl:{_local(predicate)}")
            for r in ontology.subjects(predicate)
            for p in ontology.objects(r, OWL.onProperty)
        }
    for characteristic in _SIMPLE_ONLY:
        said_of |= {(p, f"owl:{_local(characteristic)}") for p in ontology.subjects(RDF.type, characteristic)}
    for pair in ontology.subject_objects(OWL.propertyDisjointWith):
        said_of |= {(p, "owl:propertyDisjointWith") for p in pair}
    for together in ontology.subjects(RDF.type, OWL.AllDisjointProperties):
        for members in ontology.objects(together, OWL.members):
            said_of |= {(p, "owl:AllDisjointProperties") for p in Collection(ontology, members)}
    for prop, axiom in sorted(
        (str(ontology.value(p, OWL.inverseOf) if isinstance(p, BNode) else p), axiom) for p, axiom in said_of
    ):
        if URIRef(prop) in complex_ones:
            yield _outside(
                said,
                prop,
                Text(
                    f"传递或带属性链，不能有 {axiom}",
                    f"is transitive or has a chain (or lies above such), so it may not have {axiom}",
                ),
            )


def _complex_properties(ontology: Graph) -> set[Node]:
    """OWL 2, section 11: transitive properties, those with a chain, their inverses, and all above any of these."""
    found: set[Node] = set(ontology.subjects(RDF.type, OWL.TransitiveProperty)) | set(
        ontology.subjects(OWL.propertyChainAxiom)
    )
    todo = list(found)
    while todo:
        prop = todo.pop()
        near = {*ontology.objects(prop, RDFS.subPropertyOf)}
        for alike in (OWL.inverseOf, OWL.equivalentProperty):
            near |= {*ontology.objects(prop, alike), *ontology.subjects(alike, prop)}
        todo += near - found
        found |= near
    return found


def cardinalities(said: Statements) -> Iterator[Problem]:
    """A cardinality is an xsd:nonNegativeInteger, which a bare number in Turtle is not."""
    for predicate in _CARDINALITIES:
        for restriction, o in said.ontology.subject_objects(predicate):
            if isinstance(o, Literal) and predicate != OWL.hasSelf and o.datatype != XSD.nonNegativeInteger:
                prop = str(said.ontology.value(restriction, OWL.onProperty))
                text = Text(
                    f"owl:{_local(predicate)} {o} 应为 xsd:nonNegativeInteger",
                    f"owl:{_local(predicate)} {o} is no xsd:nonNegativeInteger",
                )
                yield _outside(said, prop, text)


def columns(said: Statements) -> Iterator[Problem]:
    """A column's object property names one class as its range, for that is where an entry of a cell is looked up."""
    for predicate in (SUB["values"], SUB.endValues):
        for column, prop in sorted(said.ontology.subject_objects(predicate)):
            ranges_ = set(said.ontology.objects(prop, RDFS.range))
            if str(prop) in said.object_properties and not any(isinstance(r, URIRef) for r in ranges_):
                short = said.homes[str(prop)].short(str(prop))
                text = Text(f"{short} 没有以一个类为值域", f"{short} has no class as its range")
                yield _outside(said, str(column), text)


def ranges(said: Statements) -> Iterator[Problem]:
    """A datatype property has an XSD range and an object property none; what the modules state with them fits."""
    for s, o in sorted(said.ontology.subject_objects(RDFS.range), key=str):
        is_xsd = isinstance(o, URIRef) and o in XSD
        if str(s) in said.data_properties and not is_xsd:
            yield _outside(
                said,
                str(s),
                Text(
                    f"数据属性的值域应为 XSD 类型，现为 {o}", f"is a datatype property whose range is no XSD type: {o}"
                ),
            )
        elif str(s) in said.object_properties and is_xsd:
            yield _outside(said, str(s), Text(f"对象属性的值域不能是 {o}", f"is an object property with the range {o}"))
    for s, p, o in sorted(said.ontology, key=str):
        wrong = said.object_properties if isinstance(o, Literal) else said.data_properties
        if str(p) in wrong and str(s) in said.homes:
            short = said.homes[str(s)].short(str(p))
            yield _outside(
                said,
                str(s),
                Text(f"{short} 的取值不是它应有的种类：{o}", f"the value of {short} is not of the kind it takes: {o}"),
            )


def _outside(said: Statements, iri: str, text: Text) -> Problem:
    home = said.homes.get(iri)
    return Problem(Kind.OWL_DL, home.short(iri) if home else iri, home.name if home else "ontology/", text)


def _local(iri: URIRef) -> str:
    return iri.rsplit("#", 1)[-1]


# ---- what checking computes ---------------------------------------------------------------------------------------------


def computed(said: Statements) -> Iterator[Problem]:
    """Every class is defined by what checking computes: of another form it is refused as soon as a rule asks for it."""
    try:
        vocabulary = said.vocabulary
    except CannotFinish:
        return  # same_names says so
    store = Store(Builder.with_codes(vocabulary).facts(), vocabulary)
    for iri in sorted(said.classes):
        try:
            store.says_nothing(iri)
        except CannotFinish as refusal:
            home = said.homes.get(refusal.where, said.homes[iri])  # the class itself, or one that it is defined by
            yield Problem(Kind.NOT_COMPUTED, home.short(refusal.where), home.name, refusal.problem)


# ---- the reasoner, and the shapes of rules ------------------------------------------------------------------------------


def reasoning(said: Statements) -> Iterator[Problem]:
    """What a reasoner finds of the modules together."""
    return concluded(said, classify(said.ontology))


def concluded(said: Statements, result: Classification) -> Iterator[Problem]:
    """The ontology is consistent, every class can have members, and each pack's inferred hierarchy is what follows today."""
    if not result.consistent:
        text = Text(f"本体不一致：{result.explanation}", f"The ontology is inconsistent: {result.explanation}")
        yield Problem(Kind.CONTRADICTION, "owl:Thing", "ontology/", text)
    for iri in result.unsatisfiable:
        home = said.homes[iri]
        yield Problem(Kind.CONTRADICTION, home.short(iri), home.name, Text("不可能有成员", "can have no member"))
    if not result.consistent or result.unsatisfiable:
        return
    for pack in said.packs:
        due = set(beyond_stated(said, result, pack).subject_objects(RDFS.subClassOf))
        files = [source for source in said.of("ontology") if source.pack == pack and source.name.endswith(INFERRED)]
        stands = set(union(files).subject_objects(RDFS.subClassOf))
        name = files[0].name if files else INFERRED
        for pairs, zh, en in (
            (due - stands, "应列入", "is missing: it is below"),
            (stands - due, "不应列入", "does not belong there: below"),
        ):
            for lower, upper in sorted((str(c), str(d)) for c, d in pairs):
                short = said.homes[lower].short if lower in said.homes else str
                text = Text(f"{zh}：下位于 {short(upper)}", f"{en} {short(upper)}")
                yield Problem(Kind.HIERARCHY, short(lower), name, text)


def rule_shapes(said: Statements) -> Iterator[Problem]:
    """Packs, rules, clauses, profiles, thresholds and kinds of tables satisfy ontology/rule-shapes.ttl."""
    shapes = union(source for source in said.of("ontology") if source.name.endswith(RULE_SHAPES))
    held = [
        source for source in said.of("pack", "ontology", "guidelines", "rules") if not source.name.endswith(RULE_SHAPES)
    ]
    places = {str(node): (source, node) for source in reversed(held) for node in source.graph.subjects(unique=True)}
    for violation in validate(union(held), shapes):
        source, node = places[violation.focus]
        value = f" ({source.short(violation.value)})" if violation.value not in (None, violation.focus) else ""
        messages = violation.messages
        text = Text(f"{messages.get('zh', messages.get('en', ''))}{value}", f"{messages.get('en', '')}{value}")
        yield Problem(Kind.SHAPE, source.short(source.owner(node) or violation.focus), source.name, text)


CHECKS: tuple[Callable[[Statements], Iterator[Problem]], ...] = (
    modules,
    foreign_subjects,
    described_once,
    words,
    same_labels,
    same_codes,
    same_names,
    undeclared,
    unused,
    hierarchies,
    one_kind_of_property,
    no_annotations_in_axioms,
    simple_where_due,
    cardinalities,
    columns,
    ranges,
    computed,
    rule_shapes,
)
