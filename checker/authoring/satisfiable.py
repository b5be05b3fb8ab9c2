"""Whether rules can be passed and failed at all: their shapes as class expressions, of which HermiT finds those without members.

``never(...)`` hands on each shape that nothing passes, and each that nothing fails. The two rest on different axioms:

* **Never passed**: no individual that agrees with all that the ontology claims is in the target and conforms. What cannot
  be said in OWL is left out of the shape, which then holds more.
* **Never failed**: no individual of any plan set is in the target and does not conform. A plan may break what the ontology
  claims, so only what checking entails may be used (docs/decisions/0007): it is written down anew from the ``Vocabulary``,
  under names of its own, so that both questions go to one run of the reasoner. What checking entails holds of the facts as
  they are, read as an interpretation, so that closed and open world agree here. A shape has to be said in OWL as a whole.

Every node that a rule judges has met its needs, and one that it asks about has passed it: those shapes are part of the target.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.graph import ReadOnlyGraphAggregate
from rdflib.namespace import OWL, RDF, RDFS, SH, XSD
from rdflib.term import Node

from checker.authoring.reasoner import classify
from checker.errors import CannotFinish, Text
from checker.model import Rule
from checker.rulebook import TARGETS, Rulebook, Targets
from checker.turtle import CHK
from checker.vocabulary import All, AnyOf, Expression, Has, Named, OneOf, Some, Vocabulary, closure, local_name

# What is said about a shape and demands nothing.
SAID_OF_SHAPES = {
    *(SH.path, SH.message, SH.severity, SH.order, SH.name, SH.description, SH.group, *TARGETS),
    *(CHK.code, CHK.clause, CHK.remedy, CHK.appliesTo, CHK.reads, CHK.needs, CHK.asks, CHK.excepts, CHK.details),
}
_DATATYPES = {"string": XSD.string, "decimal": XSD.decimal, "integer": XSD.integer, "boolean": XSD.boolean}
_NUMBERS = {XSD.decimal, XSD.integer}
_BOUNDS = {p: XSD[p.fragment] for p in (SH.minInclusive, SH.maxInclusive, SH.minExclusive, SH.maxExclusive)}
_QUALIFIED = (SH.qualifiedValueShape, SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.qualifiedValueShapesDisjoint)
_OF_VALUES = {SH.minCount, SH.maxCount, SH.hasValue, *_QUALIFIED}  # of all values together

Step = tuple[str, bool]  # a property, and whether it is followed from object to subject
Ways = tuple[tuple[Step, ...], ...]  # the sequences of steps any of which a path may take


@dataclass(frozen=True)
class Never:
    """A shape of a rule that nothing passes, or that nothing fails."""

    rule: Rule
    shape: str
    passes: bool


def never(rules: Rulebook, terms: Vocabulary, ontology: Graph) -> tuple[Never, ...]:
    """The shapes of rules that nothing passes or nothing fails. ``ontology``: what the packs' modules state.

    Raises CannotFinish where HermiT cannot be run, and where the ontology contradicts itself: then everything follows.
    """
    graph = Graph()
    claimed = _Axioms(terms, graph, URIRef)
    entailed = _Axioms(terms, graph, lambda iri: URIRef(f"urn:plancheck:entailed:{iri}"))
    asked: dict[str, Never] = {}
    for one, condition in _questions(rules, claimed, entailed):
        question = URIRef(f"urn:plancheck:question:{len(asked)}")
        graph.add((question, RDF.type, OWL.Class))
        graph.add((question, RDFS.subClassOf, condition))
        asked[str(question)] = one
    if not asked:
        return ()
    _state_entailed(entailed)
    for axioms in (claimed, entailed):
        axioms.tell_apart()
    result = classify(graph + _without_codes(ontology, claimed))
    if not result.consistent:
        raise CannotFinish(
            Text(
                "本体有矛盾，无法判断规则能否通过。",
                "The ontology contradicts itself, so nothing can be said of rules.",
            ),
            "ontology/",
            Text("请用 plancheck ontology check 查看矛盾所在。", "See plancheck ontology check for the contradiction."),
        )
    return tuple(asked[iri] for iri in result.unsatisfiable if iri in asked)


# ---- what is asked --------------------------------------------------------------------------------------------------


def _questions(rules: Rulebook, claimed: _Axioms, entailed: _Axioms) -> Iterator[tuple[Never, Node]]:
    """For each shape of each rule, what would pass it, and for each of its parts what would fail that."""
    seen: set[tuple[str, Targets]] = set()
    for rule in rules.rules:
        graph = ReadOnlyGraphAggregate([rules.shapes[rule.code], rules.common])
        for shape in (rule.iri, *rule.needs, *rule.asks):
            targets = rules.targets(rule, rule.iri if shape in rule.asks else shape)
            if shape not in (rule.iri, *rule.asks):
                if (shape, targets) in seen:
                    continue  # a shared need
                seen.add((shape, targets))
            before = _before(rules, claimed.terms, rule, shape, targets)
            holds = [_Reading(graph, axioms, is_exact=False) for axioms in (claimed, entailed)]
            judged = [_judged(reading, targets, before) for reading in holds]
            passing = holds[0].shape(URIRef(shape))
            if shape not in rule.asks and judged[0] is not None and passing is not None:
                yield Never(rule, shape, True), claimed.both((judged[0], passing))
            exact = _Reading(graph, entailed, is_exact=True)
            for name, part in _parts(exact, shape):
                if judged[1] is not None and part is not None:
                    yield Never(rule, name, False), entailed.both((judged[1], entailed.other_than(part)))


def _before(rules: Rulebook, terms: Vocabulary, rule: Rule, shape: str, targets: Targets) -> list[str]:
    """The shapes that each node has met before it is judged by one."""
    if shape in rule.needs:
        return []
    met = [need for need in rule.needs if _covers(terms, rules.targets(rule, need), targets)]
    return [*met, rule.iri] if shape in rule.asks else met


def _covers(terms: Vocabulary, wide: Targets, narrow: Targets) -> bool:
    """Whether targets are known to be among others."""
    only_classes = replace(narrow, classes=()) == Targets((), (), (), ())
    within = all(terms.superclasses(cls) & set(wide.classes) for cls in narrow.classes)
    return wide == narrow or (only_classes and within)


def _judged(reading: _Reading, targets: Targets, before: Sequence[str]) -> Node | None:
    """What a shape judges: its targets, as far as they have met the shapes before it."""
    focus = reading.targets(targets)
    met = (reading.shape(URIRef(shape)) for shape in before)
    return None if focus is None else reading.axioms.both([focus, *(e for e in met if e is not None)])


def _parts(reading: _Reading, shape: str) -> Iterator[tuple[str, Node | None]]:
    """The parts of a node shape that should each find something: its property shapes, and its other constraints together."""
    node = URIRef(shape)
    for part in sorted(reading.shapes.objects(node, SH.property), key=str):
        yield str(part), reading.shape(part)
    own = [(p, o) for p, o in reading.constraints(node) if p != SH.property]
    if own:
        yield shape, reading.together(reading.of_node(p, o) for p, o in own)


# ---- axioms ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Axioms:
    """Where class expressions are written, and under which names; ``individuals`` are those that they speak of."""

    terms: Vocabulary
    graph: Graph
    name: Callable[[str], URIRef]
    individuals: set[str] = field(default_factory=set)

    def say(self, **said: Node) -> BNode:
        """A new node of OWL with these values."""
        node = BNode()
        for word, value in said.items():
            self.graph.add((node, RDF.type if word == "type" else OWL[word], value))
        return node

    def items(self, items: Iterable[Node]) -> Node:
        """A list of OWL."""
        found = list(items)
        return Collection(self.graph, BNode(), found).uri if found else RDF.nil

    def both(self, parts: Iterable[Node]) -> Node:
        """The intersection of class expressions."""
        return self._joined("intersectionOf", parts, OWL.Thing)

    def any_of(self, parts: Iterable[Node]) -> Node:
        """The union of class expressions."""
        return self._joined("unionOf", parts, OWL.Nothing)

    def _joined(self, word: str, parts: Iterable[Node], nothing: Node) -> Node:
        found = list(dict.fromkeys(parts))
        if len(found) < 2:
            return found[0] if found else nothing
        return self.say(type=OWL.Class, **{word: self.items(found)})

    def other_than(self, expression: Node) -> Node:
        return self.say(type=OWL.Class, complementOf=expression)

    def restriction(self, step: Step, **condition: Node) -> Node:
        return self.say(type=OWL.Restriction, onProperty=self.property(step), **condition)

    def one_of(self, individuals: Iterable[str]) -> Node:
        """Exactly these individuals, or IRIs of classes and properties used as values."""
        found = list(individuals)
        self.individuals.update(found)
        return self.say(type=OWL.Class, oneOf=self.items(map(self.name, found)))

    def property(self, step: Step) -> URIRef:
        """The name of a property, or of its inverse."""
        iri, is_inverse = step
        name = self.name(iri)
        self.graph.add((name, RDF.type, OWL.DatatypeProperty if self.is_data(iri) else OWL.ObjectProperty))
        if not is_inverse:
            return name
        inverse = URIRef(f"urn:plancheck:inverse:{name}")
        self.graph.add((inverse, RDF.type, OWL.ObjectProperty))
        self.graph.add((inverse, OWL.inverseOf, name))
        return inverse

    def is_data(self, iri: str) -> bool:
        return self.terms.properties[iri].datatype is not None

    def holds_all(self, iri: str, filler: Expression) -> bool:
        """Whether a class or data range holds whatever values facts have of a property."""
        kind = self.terms.properties[iri].datatype
        every = str(OWL.Thing if kind is None else RDFS.Literal)
        return isinstance(filler, Named) and (filler.iri == every or local_name(filler.iri) == kind)

    def anything(self, iri: str) -> Node:
        """Whatever the values of a property may be."""
        return RDFS.Literal if self.is_data(iri) else OWL.Thing

    @cached_property
    def composite(self) -> frozenset[str]:
        """The properties that follow from chains or transitivity, whose values OWL 2 DL does not count."""
        known = self.terms.properties
        made = (p.iri for p in known.values() if p.chains or p.transitive)
        return closure(made, lambda p: {*known[p].parents, *known[p].inverses} & known.keys())

    @cached_property
    def described(self) -> frozenset[str]:
        """The individuals that the ontology describes: of every plan set they are part."""
        return frozenset(individual for individual, _ in self.terms.named_individuals)

    def tell_apart(self) -> None:
        """Individuals of different names are different, as they are to SHACL."""
        if len(self.individuals) > 1:
            self.say(type=OWL.AllDifferent, distinctMembers=self.items(map(self.name, sorted(self.individuals))))


def _state_entailed(axioms: _Axioms) -> None:
    """What checking entails (docs/decisions/0007) of all facts, and that values of other types are no values."""
    terms, graph, name = axioms.terms, axioms.graph, axioms.name
    for cls in terms.classes.values():
        this = name(cls.iri)
        graph.add((this, RDF.type, OWL.Class))
        for parent in cls.parents:
            graph.add((this, RDFS.subClassOf, name(parent)))
        for definition in cls.definitions:
            enough = _expression(axioms, definition)
            if enough is not None:
                graph.add((enough, RDFS.subClassOf, this))
        for value in cls.values:
            if value.is_iri and value.value in axioms.described and (had := _expression(axioms, value)) is not None:
                graph.add((this, RDFS.subClassOf, had))
    for prop in terms.properties.values():
        this = axioms.property((prop.iri, False))
        for word, others in ((RDFS.subPropertyOf, prop.parents), (OWL.inverseOf, prop.inverses)):
            for other in others:
                if other in terms.properties and terms.properties[other].datatype == prop.datatype:
                    graph.add((this, word, axioms.property((other, False))))
        for is_so, of_kind in ((prop.symmetric, OWL.SymmetricProperty), (prop.transitive, OWL.TransitiveProperty)):
            if is_so:
                graph.add((this, RDF.type, of_kind))
        for chain in prop.chains:
            if terms.properties.keys() >= set(chain):
                links = axioms.items(axioms.property((link, False)) for link in chain)
                graph.add((this, OWL.propertyChainAxiom, links))
        if prop.datatype in _DATATYPES:
            graph.add((this, RDFS.range, _DATATYPES[prop.datatype]))
    for individual, kind in terms.named_individuals:
        if individual in axioms.individuals:
            graph.add((name(individual), RDF.type, name(kind)))


def _expression(axioms: _Axioms, e: Expression) -> Node | None:
    """A class expression of the vocabulary in OWL; None where checking computes no members or HermiT might find others."""
    match e:
        case Named(iri):
            return axioms.name(iri)
        case All(parts) | AnyOf(parts):
            found = [_expression(axioms, part) for part in parts]
            if None in found:
                return None
            sure = [part for part in found if part is not None]
            return axioms.both(sure) if isinstance(e, All) else axioms.any_of(sure)
        case OneOf(individuals) if axioms.described.issuperset(individuals):
            return axioms.one_of(individuals)
        case Some(prop, filler) if prop in axioms.terms.properties:
            if axioms.holds_all(prop, filler):
                inner: Node | None = axioms.anything(prop)
            else:
                inner = None if axioms.is_data(prop) else _expression(axioms, filler)
            return None if inner is None else axioms.restriction((prop, False), someValuesFrom=inner)
        case Has(prop, value, True) if prop in axioms.terms.properties:
            return axioms.restriction((prop, False), someValuesFrom=axioms.one_of([str(value)]))
    return None


def _without_codes(ontology: Graph, claimed: _Axioms) -> Graph:
    """The ontology without the individuals that no axiom and no shape speaks of: they take most of HermiT's time."""
    used = {str(o) for p in (OWL.hasValue, RDF.first) for o in ontology.objects(None, p)} | claimed.individuals
    idle = claimed.described - used - claimed.terms.classes.keys() - claimed.terms.properties.keys()
    graph = Graph()
    for s, p, o in ontology:
        if str(s) not in idle:
            graph.add((s, p, o))
    return graph


# ---- shapes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Reading:
    """Shapes read as class expressions; None is given for what cannot be said.

    ``is_exact``: the expression holds what conforms and nothing else; otherwise it may hold more.
    """

    shapes: Graph
    axioms: _Axioms
    is_exact: bool

    def targets(self, targets: Targets) -> Node | None:
        """What targets hold; None where one is a property that the ontology does not declare."""
        found: list[Node] = [self.axioms.name(cls) for cls in targets.classes]
        for properties, is_inverse in ((targets.subjects_of, False), (targets.objects_of, True)):
            for iri in properties:
                if iri not in self.axioms.terms.properties or (is_inverse and self.axioms.is_data(iri)):
                    return None
                found.append(self._existence((((iri, is_inverse),),), None))
        if targets.nodes:
            found.append(self.axioms.one_of(targets.nodes))
        return self.axioms.any_of(found) if found else None

    def constraints(self, shape: Node) -> list[tuple[Node, Node]]:
        """What a shape demands: parameters and their values."""
        said = self.shapes.predicate_objects(shape)
        return sorted((p, o) for p, o in said if p not in SAID_OF_SHAPES and str(p).startswith((str(SH), str(CHK))))

    def shape(self, shape: Node) -> Node | None:
        """What conforms to a shape."""
        if (shape, SH.path, None) in self.shapes:
            return self._property_shape(shape)
        return self.together(self.of_node(p, o) for p, o in self.constraints(shape))

    def together(self, parts: Iterable[Node | None]) -> Node | None:
        """What conforms to several constraints."""
        found = list(parts)
        sure = [part for part in found if part is not None]
        if not sure or (self.is_exact and len(sure) < len(found)):
            return None
        return self.axioms.both(sure)

    def of_node(self, p: Node, o: Node) -> Node | None:
        """What conforms to a constraint on individuals."""
        if p in (SH.property, SH.node):
            return self.shape(o)
        if p == SH["class"]:
            return self.axioms.name(str(o))
        if p in (SH["in"], SH.hasValue):
            listed = [o] if p == SH.hasValue else list(Collection(self.shapes, o))
            return self.axioms.one_of(map(str, listed)) if all(isinstance(i, URIRef) for i in listed) else None
        if p == SH["not"]:
            inner = replace(self, is_exact=True).shape(o)
            return None if inner is None else self.axioms.other_than(inner)
        if p in (SH["and"], SH["or"], SH.xone):
            return self._logical(p, [self.shape(part) for part in Collection(self.shapes, o)])
        return None

    def _logical(self, p: Node, found: Sequence[Node | None]) -> Node | None:
        if p == SH["and"]:
            return self.together(found)
        sure = [part for part in found if part is not None]
        if len(sure) < len(found):
            return None
        if p == SH["or"] or not self.is_exact:
            return self.axioms.any_of(sure)
        others = ([part for part in sure if part is not one] for one in sure)
        ways = zip(sure, others, strict=True)
        return self.axioms.any_of(self.axioms.both([one, *map(self.axioms.other_than, rest)]) for one, rest in ways)

    # ---- of the values of a path ------------------------------------------------------------------------------------

    def _property_shape(self, shape: Node) -> Node | None:
        path = self.shapes.value(shape, SH.path)
        ways = None if path is None else self._ways(path)
        if not ways:
            return None
        said = self.constraints(shape)
        each = [self._of_values(ways, p, o) for p, o in said if p not in _OF_VALUES]
        together = [self._of_all(ways, p, o) for p, o in said if p in _OF_VALUES and p not in _QUALIFIED]
        qualified = [self._qualified(ways, shape)] if any(p in _QUALIFIED for p, _ in said) else []
        return self.together([*each, *together, *qualified])

    def _of_values(self, ways: Ways, p: Node, o: Node) -> Node | None:
        """What has only values that conform to a constraint."""
        if p == SH.property and not self.is_exact:
            return None  # what is found is then said of the value, and the node itself may go on to be judged
        filler = self._of_value(ways, p, o)
        if filler is None:
            return None
        return self.axioms.both(self._nested(way, "allValuesFrom", filler) for way in ways)

    def _of_value(self, ways: Ways, p: Node, o: Node) -> Node | None:
        """The individuals or literals that conform to a constraint on a value of a path."""
        kinds = {self.axioms.terms.properties[way[-1][0]].datatype for way in ways}
        if kinds == {None}:
            return self.of_node(p, o)
        return self._literals(_DATATYPES.get(kinds.pop() or ""), p, o) if len(kinds) == 1 else None

    def _literals(self, kind: URIRef | None, p: Node, o: Node) -> Node | None:
        """The literals that conform to a constraint on values of a property, which facts keep in this datatype."""
        if kind is None:
            return None
        if p == SH.datatype and isinstance(o, URIRef) and o in _DATATYPES.values():
            return o if o == kind or not {o, kind} <= _NUMBERS else None  # an integer is a decimal to OWL, not to SHACL
        if (
            isinstance(p, URIRef)
            and p in _BOUNDS
            and kind in _NUMBERS
            and isinstance(o, Literal)
            and o.datatype in _NUMBERS
        ):
            facet = BNode()
            self.axioms.graph.add((facet, _BOUNDS[p], o))
            return self.axioms.say(onDatatype=kind, withRestrictions=self.axioms.items([facet]), type=RDFS.Datatype)
        if p in (SH["in"], SH.hasValue):
            listed = [o] if p == SH.hasValue else list(Collection(self.shapes, o))
            if all(isinstance(i, Literal) and (i.datatype or XSD.string) == kind and not i.language for i in listed):
                return self.axioms.say(type=RDFS.Datatype, oneOf=self.axioms.items(listed))
        return None

    def _of_all(self, ways: Ways, p: Node, o: Node) -> Node | None:
        """What conforms to a constraint on all values together."""
        if p == SH.hasValue:
            filler = self._of_value(ways, p, o)
            return None if filler is None else self._existence(ways, filler)
        return self._count(ways, "min" if p == SH.minCount else "max", o, None)

    def _qualified(self, ways: Ways, shape: Node) -> Node | None:
        """What has so many values of a shape."""
        said = {p: self.shapes.value(shape, p) for p in _QUALIFIED}
        wanted = said[SH.qualifiedValueShape]
        if (
            wanted is None
            or said[SH.qualifiedValueShapesDisjoint] is not None
            or any(self.axioms.is_data(w[-1][0]) for w in ways)
        ):
            return None
        counts = []
        for p, bound, reading in (
            (SH.qualifiedMinCount, "min", self),
            (SH.qualifiedMaxCount, "max", replace(self, is_exact=True)),
        ):
            if said[p] is not None:
                filler = reading.shape(wanted)
                counts.append(None if filler is None else self._count(ways, bound, said[p], filler))
        return self.together(counts)

    def _count(self, ways: Ways, bound: str, said: Node | None, filler: Node | None) -> Node | None:
        """What has at least, or at most, so many values."""
        count = said.value if isinstance(said, Literal) else None
        if not isinstance(count, int) or count < 0:
            return None
        if bound == "min" and count == 0:
            return OWL.Thing
        existence = self._existence(ways, filler)
        if (bound, count) in (("min", 1), ("max", 0)):
            return existence if bound == "min" else self.axioms.other_than(existence)
        (step,) = ways[0] if len(ways) == 1 and len(ways[0]) == 1 else (None,)
        if step is None or step[0] in self.axioms.composite:
            return existence if bound == "min" and not self.is_exact else None
        number = Literal(count, datatype=XSD.nonNegativeInteger)
        if filler is None:
            return self.axioms.restriction(step, **{f"{bound}Cardinality": number})
        return self.axioms.restriction(step, onClass=filler, **{f"{bound}QualifiedCardinality": number})

    def _existence(self, ways: Ways, filler: Node | None) -> Node:
        """What has a value at the end of a path, of a kind if one is given."""
        return self.axioms.any_of(self._nested(way, "someValuesFrom", filler) for way in ways)

    def _nested(self, way: Sequence[Step], word: str, filler: Node | None) -> Node:
        expression = self.axioms.anything(way[-1][0]) if filler is None else filler
        for step in reversed(way):
            expression = self.axioms.restriction(step, **{word: expression})
        return expression

    def _ways(self, path: Node) -> Ways | None:
        """The ways of a path; None where it repeats a step or uses a property that the ontology does not declare."""
        found = self._steps(path)
        if found is None or any(self.axioms.is_data(iri) for way in found for iri, _ in way[:-1]):
            return None
        return found

    def _steps(self, path: Node) -> Ways | None:
        if isinstance(path, URIRef):
            return (((str(path), False),),) if str(path) in self.axioms.terms.properties else None
        inverse = self.shapes.value(path, SH.inversePath)
        if inverse is not None:
            known = str(inverse) in self.axioms.terms.properties and not self.axioms.is_data(str(inverse))
            return (((str(inverse), True),),) if known else None
        choice = self.shapes.value(path, SH.alternativePath)
        head = path if choice is None else choice
        if (head, RDF.first, None) not in self.shapes:
            return None
        parts = [self._steps(part) for part in Collection(self.shapes, head)]
        sure = [part for part in parts if part is not None]
        if len(sure) < len(parts):
            return None
        if choice is not None:
            return tuple(way for part in sure for way in part)
        return tuple(tuple(itertools.chain(*combined)) for combined in itertools.product(*sure))
