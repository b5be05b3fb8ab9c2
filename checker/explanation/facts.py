"""The facts that led to a finding, each down to what stands in a file: stated, computed, or entailed by an axiom.

``Proofs`` asks the store what holds, and finds for each statement a reason: a cell that states it, a declaration by which
it was computed, or an axiom of the ontology with the statements that it follows from, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from checker.errors import CannotFinish, Text
from checker.facts import Facts, Store
from checker.facts.columns import IN_PLAN
from checker.model import Finding, Place, Reason, Rule
from checker.rulebook import Rulebook
from checker.vocabulary import (
    SUB,
    TYPE,
    All,
    AnyOf,
    Declaration,
    Expression,
    Has,
    Named,
    OneOf,
    Some,
    Texts,
    normal,
)

_DEPTH = 12  # of reasons behind reasons
_MOST_VALUES = 5  # of one property of one individual that are told
_MOST_NEAR = 100  # individuals that lead to a focus by one property
_MOST_NODES = 12  # individuals whose statements are told
_IN_TABLE = str(SUB.inTable)
_ASIDE = {
    IN_PLAN,
    _IN_TABLE,
    TYPE,
    str(SUB.nameOf),
    str(SUB.keyOf),
    str(SUB.citedAs),
}  # they explain nothing by themselves


class Ground(StrEnum):
    """Why a statement holds."""

    STATED = "stated"
    ONTOLOGY = "ontology"
    COMPUTED = "computed"
    SUBCLASS = "subclass"
    DEFINITION = "definition"
    SUBPROPERTY = "subproperty"
    INVERSE = "inverse"
    SYMMETRIC = "symmetric"
    TRANSITIVE = "transitive"
    CHAIN = "chain"
    VALUE = "has-value"
    KEY = "has-key"
    RELATION = "relation"
    DRAWN = "drawn"
    UNKNOWN = "unknown"


Value = object  # a node (int) of an object property; the typed value of a data property


@dataclass(frozen=True)
class Statement:
    """``prop`` of ``subject`` is ``value``. ``is_node``: whether the value is a node (or, of rdf:type, the IRI of a class)."""

    subject: int
    prop: str
    value: Value
    is_node: bool


@dataclass(frozen=True)
class Spot:
    """Where something stands. ``plan``: the title of the plan compared with whose package it is in; None for the one under review."""

    place: Place
    plan: str | None


@dataclass(frozen=True)
class Proof:
    """A statement, why it holds, and what it follows from.

    ``axiom``: the IRIs of the terms that the axiom relates, or of the declaration. ``spot``: where it stands, of what is
    stated or drawn, where a file tells.
    """

    statement: Statement
    ground: Ground
    axiom: tuple[str, ...] = ()
    spot: Spot | None = None
    behind: tuple[Proof, ...] = ()


def spots(proof: Proof) -> tuple[Spot, ...]:
    """The places in which a statement and what it follows from stand, each once."""
    own = () if proof.spot is None else (proof.spot,)
    return tuple(dict.fromkeys((*own, *(spot for behind in proof.behind for spot in spots(behind)))))


@dataclass(frozen=True)
class Account:
    """What is told of the individuals of a finding.

    ``absent``: the path of the finding where it leads to nothing. ``left_out``: how many statements, at least, are not told, so
    that it can be read.
    """

    proofs: tuple[Proof, ...]
    absent: tuple[Text, ...]
    left_out: int


class Proofs:
    """Finds reasons for what holds in a store.

    ``stated``: the facts before anything was computed; nodes are the same. ``titles``: of the plans compared with, by IRI.
    """

    def __init__(self, stated: Facts, store: Store, titles: Mapping[str, str]) -> None:
        self.titles = titles
        self.stated = stated
        self.store = store
        self.terms = store.vocabulary
        self._values: dict[tuple[str, int], list[tuple[Value, bool]]] = {}

    # ---- what is told of a finding ----------------------------------------------------------------------------------

    def of(self, told: Finding | Reason, rule: Rule, rules: Rulebook) -> Account:
        """The statements about the individuals of a finding or open point along what its shapes name, each with its reason."""
        shapes = [told.shape] if isinstance(told, Finding) else [*rule.needs, *rule.asks, rule.iri]
        named = frozenset[str]().union(*(rules.named_by(rule, shape) for shape in shapes))
        props = sorted(p for p in named if p in self.terms.properties and p not in _ASIDE)
        classes = sorted((named | rule.targets) & self.terms.classes.keys())
        nodes = self._nodes(told, props, classes)
        found: list[Proof] = []
        left_out = 0
        for node in nodes[:_MOST_NODES]:
            for cls in self._nearest(node, classes):
                found.append(self.prove(Statement(node, TYPE, cls, True)))
            for prop in props:
                values = self.values(prop, node)
                left_out += max(0, len(values) - _MOST_VALUES)
                found += [self.prove(Statement(node, prop, value, n)) for value, n in values[:_MOST_VALUES]]
        return Account(tuple(found), self._absent(told), left_out + max(0, len(nodes) - _MOST_NODES))

    def _absent(self, told: Finding | Reason) -> tuple[Text, ...]:
        """The path of a finding, where it is one property, forwards or backwards, and its focus has no value of it."""
        path = told.path if isinstance(told, Finding) else None
        if not isinstance(told, Finding) or path is None or path.removeprefix("^") not in self.terms.properties:
            return ()
        prop = path.removeprefix("^")
        near, far = ("o", "s") if path.startswith("^") else ("s", "o")
        node = self.store.find({told.focus}).get(told.focus)
        if node is None or (not self.store.says_nothing(prop) and self._has(prop, node, near, far)):
            return ()
        label = self.terms.properties[prop].label
        return (Text(f"反向 {label.zh}", f"inverse of {label.en}") if path.startswith("^") else label,)

    def _has(self, prop: str, node: int, near: str, far: str) -> bool:
        return bool(self.store.column(f"SELECT {far} FROM {self.store.prop(prop)} WHERE {near} = {node} LIMIT 1"))

    def _nodes(self, told: Finding | Reason, props: Sequence[str], classes: Sequence[str]) -> list[int]:
        """The focus, what a finding names, and what the properties lead to from the focus, forwards and backwards.

        Of what was computed of the focus, such as what it was laid over, only what is about something that the shape names.
        """
        start = told.focus if isinstance(told, Finding) else told.node
        iris: list[object] = [start]
        if isinstance(told, Finding):
            iris += [told.value, *told.details.values(), *told.ground, *told.without]
        known = self.store.find({iri for iri in iris if isinstance(iri, str)})
        nodes = dict.fromkeys(known[iri] for iri in iris if isinstance(iri, str) and iri in known)
        focus = known.get(start or "")
        if focus is not None:
            for prop in props:
                if self.terms.properties[prop].datatype is None and not self.store.says_nothing(prop):
                    near: list[object] = [value for value, is_node in self.values(prop, focus) if is_node]
                    near += self.store.column(
                        f"SELECT s FROM {self.store.prop(prop)} WHERE o = {focus} ORDER BY s LIMIT {_MOST_NEAR}"
                    )
                    about = (n for n in near if isinstance(n, int) and self._is_about(n, classes, focus))
                    nodes |= dict.fromkeys(about)
        return [node for node in nodes if self.store.iri(node) not in self._terms]

    def _is_about(self, node: int, classes: Sequence[str], focus: int) -> bool:
        """Whether a node is an individual of a plan, or was computed and is linked with something of some classes."""
        if node < len(self.stated.names):
            return True
        near = [each for each in self._near(node) if each != focus]
        return any(self.store.iri(each) in classes or self._nearest(each, classes) for each in near)

    def is_individual(self, node: int) -> bool:
        """Whether a node is something that a plan describes: nothing that was computed, no term of the ontology."""
        return node < len(self.stated.names) and self.store.iri(node) not in self._terms

    @cached_property
    def _terms(self) -> set[str]:
        """The classes, properties and individuals of the ontology."""
        return set(self.terms.classes) | set(self.terms.properties) | self._codes

    @cached_property
    def _codes(self) -> set[str]:
        """The individuals that the ontology describes, of which a plan says nothing."""
        return {iri for iri, _ in self.terms.named_individuals}

    def _nearest(self, node: int, classes: Iterable[str]) -> list[str]:
        """Those of some classes that a node is of, without those that lie above another of them."""
        held = [cls for cls in classes if self.is_of(node, cls)]
        return [cls for cls in held if not any(cls in self.terms.superclasses(o) for o in held if o != cls)]

    # ---- what holds -------------------------------------------------------------------------------------------------

    def values(self, prop: str, node: int) -> list[tuple[Value, bool]]:
        """The values that a node has with a property, entailed ones among them, and whether each is a node."""
        if (prop, node) not in self._values:
            rows = []
            if not self.store.says_nothing(prop):
                sql = f"SELECT DISTINCT o, v FROM {self.store.prop(prop)} WHERE s = {node} ORDER BY o, v"
                rows = self.store.query(sql).to_pylist()
            self._values[prop, node] = [(row["v"], False) if row["o"] is None else (row["o"], True) for row in rows]
        return self._values[prop, node]

    def holds(self, statement: Statement) -> bool:
        if statement.prop == TYPE:
            return self.is_of(statement.subject, str(statement.value))
        return (statement.value, statement.is_node) in self.values(statement.prop, statement.subject)

    def is_of(self, node: int, cls: str) -> bool:
        """Whether a node is of a class; not where that is not computed."""
        if self.store.says_nothing(cls):
            return False
        try:
            return bool(self.store.column(f"SELECT s FROM {self.store.cls(cls)} WHERE s = {node} LIMIT 1"))
        except CannotFinish:
            return False

    # ---- why it holds -----------------------------------------------------------------------------------------------

    def prove(self, statement: Statement) -> Proof:
        """A statement that holds with a reason, the shortest that can be told; of one without, that none is known."""
        return self._prove(statement, frozenset()) or Proof(statement, Ground.UNKNOWN)

    def _prove(self, statement: Statement, above: frozenset[Statement]) -> Proof | None:
        if statement in above or len(above) > _DEPTH or not self.holds(statement):
            return None
        above |= {statement}
        ways = self._ways_of_class if statement.prop == TYPE else self._ways
        return next(ways(statement, above), None)

    def _ways(self, statement: Statement, above: frozenset[Statement]) -> Iterator[Proof]:
        s, p, value, is_node = statement.subject, statement.prop, statement.value, statement.is_node
        spot = self._cell(self.stated, statement)
        if spot is not None:
            yield Proof(statement, Ground.STATED, spot=spot[0])
        said = {str(o) for c, o in self.terms.said_of_codes(p) if c == self.store.iri(s)}
        if (self.store.iri(value) if isinstance(value, int) and is_node else str(value)) in said:
            yield Proof(statement, Ground.ONTOLOGY)
        if self._cell(self.store.facts, statement) is not None:
            yield self._computed(statement, above)
        for narrower in sorted(q.iri for q in self.terms.properties.values() if p in q.parents):
            yield from self._by(
                statement, Ground.SUBPROPERTY, (narrower, p), above, [Statement(s, narrower, value, is_node)]
            )
        known = self.terms.properties.get(p)
        if known is None:
            return
        if isinstance(value, int) and is_node:
            for inverse in known.inverses:
                yield from self._by(
                    statement, Ground.INVERSE, (inverse, p), above, [Statement(value, inverse, s, True)]
                )
            if known.symmetric:
                yield from self._by(statement, Ground.SYMMETRIC, (p,), above, [Statement(value, p, s, True)])
            for chain in [*known.chains, *([(p, p)] if known.transitive else [])]:
                ground = Ground.TRANSITIVE if chain == (p, p) else Ground.CHAIN
                for steps in self._links(chain, s, value):
                    yield from self._by(statement, ground, (*chain, p), above, steps)
        for cls in self.terms.classes.values():
            for has in cls.values:
                is_it = self._is_value(has, value, is_node)
                if p == has.property and is_it:
                    yield from self._by(
                        statement, Ground.VALUE, (cls.iri, p), above, [Statement(s, TYPE, cls.iri, True)]
                    )

    def _by(
        self,
        statement: Statement,
        ground: Ground,
        axiom: tuple[str, ...],
        above: frozenset[Statement],
        behind: Sequence[Statement],
    ) -> Iterator[Proof]:
        """The proof of a statement by an axiom, where all that it follows from can be proved."""
        found = self._all(behind, above)
        if found is not None:
            yield Proof(statement, ground, axiom, behind=found)

    def _all(self, behind: Iterable[Statement], above: frozenset[Statement]) -> tuple[Proof, ...] | None:
        found = []
        for each in behind:
            proof = self._prove(each, above)
            if proof is None:
                return None
            found.append(proof)
        return tuple(found)

    def _links(self, chain: Sequence[str], start: int, end: int) -> Iterator[list[Statement]]:
        """The ways along a chain of properties from one node to another."""
        first, *rest = chain
        for value, is_node in self.values(first, start):
            if not rest and value == end and is_node:
                yield [Statement(start, first, end, True)]
            elif rest and is_node and isinstance(value, int):
                yield from ([Statement(start, first, value, True), *after] for after in self._links(rest, value, end))

    def _is_value(self, has: Has, value: Value, is_node: bool) -> bool:
        if has.is_iri:
            return is_node and isinstance(value, int) and self.store.iri(value) == str(has.value)
        return not is_node and value == has.value

    def _ways_of_class(self, statement: Statement, above: frozenset[Statement]) -> Iterator[Proof]:
        s, cls = statement.subject, str(statement.value)
        if self.store.iri(s) in self._codes:
            if (self.store.iri(s), cls) in self.terms.named_individuals:
                yield Proof(statement, Ground.ONTOLOGY)
        elif (spot := self._row(self.stated, s, cls)) is not None:
            yield Proof(statement, Ground.STATED, spot=spot[0])
        if self._row(self.store.facts, s, cls) is not None:
            yield self._computed(statement, above)
        for narrower in sorted(c.iri for c in self.terms.classes.values() if cls in c.parents):
            behind = [Statement(s, TYPE, narrower, True)]
            yield from self._by(statement, Ground.SUBCLASS, (narrower, cls), above, behind)
        for definition in self.terms.classes[cls].definitions if cls in self.terms.classes else ():
            found = self._defined(definition, s, above)
            if found is not None:
                yield Proof(statement, Ground.DEFINITION, (cls,), behind=found)

    def _defined(self, e: Expression, s: int, above: frozenset[Statement]) -> tuple[Proof, ...] | None:
        """What makes a node a member of a class expression; None where nothing does."""
        match e:
            case Named(iri):
                return self._all([Statement(s, TYPE, iri, True)], above)
            case All(parts):
                each = [self._defined(part, s, above) for part in parts]
                found = [proofs for proofs in each if proofs is not None]
                return tuple(proof for proofs in found for proof in proofs) if len(found) == len(each) else None
            case AnyOf(parts):
                return next((p for part in parts if (p := self._defined(part, s, above)) is not None), None)
            case OneOf(individuals):
                return () if self.store.iri(s) in individuals else None
            case Has(prop, _):
                fitting = [Statement(s, prop, v, n) for v, n in self.values(prop, s) if self._is_value(e, v, n)]
                return self._all(fitting[:1], above) if fitting else None
            case Some(prop, filler):
                for value, is_node in self.values(prop, s):
                    is_any = (
                        not is_node
                        or isinstance(filler, Texts)
                        or (isinstance(filler, Named) and filler.iri not in self.terms.classes)
                    )
                    inner = () if is_any or not isinstance(value, int) else self._defined(filler, value, above)
                    own = self._all([Statement(s, prop, value, is_node)], above)
                    if own is not None and inner is not None:
                        return (*own, *inner)
        return None

    # ---- where it stands --------------------------------------------------------------------------------------------

    def spot(self, node: int) -> Spot | None:
        """Where an individual is described; None where no file tells."""
        return self._place(self.stated, node, None)

    def order(self, node: int) -> tuple[bool, int]:
        """The order in which individuals are told: those of the plan under review first, row by row."""
        spot = self.spot(node)
        return (spot is not None and spot.plan is not None, node)

    def _cell(self, facts: Facts, statement: Statement) -> tuple[Spot | None] | None:
        """Where facts state something, as a tuple of one: the place, or None where no file tells; None where they do not."""
        s, p, value = statement.subject, statement.prop, statement.value
        if s >= len(facts.names):
            return None
        found = facts.place_of(s)
        if found is not None:
            table, index = found
            own = {IN_PLAN: table.plan, _IN_TABLE: table.table}.get(p)
            if p in table.columns:
                own = table.columns[p][index].as_py()
            if own is not None and own == value:
                return (self._place(facts, s, p),)
        for links, name in ((facts.links.get(p), "o"), (facts.values.get(p), "v")):
            if links is not None and (name == "o") is statement.is_node:
                values = links.filter(pc.equal(links["s"], pa.scalar(s, pa.int64()))).column(name).to_pylist()
                if value in values:
                    return (
                        self._place(facts, s, p)
                        or (self._place(facts, value, p) if isinstance(value, int) and statement.is_node else None),
                    )
        return None

    def _row(self, facts: Facts, s: int, cls: str) -> tuple[Spot | None] | None:
        """Where facts state that a node is of a class, as ``_cell`` does."""
        if s >= len(facts.names):
            return None
        found = facts.place_of(s)
        typed = facts.types.get(cls)
        if found is not None and found[0].cls == cls:
            return (self._place(facts, s, None),)
        if typed is not None and pc.is_in(pa.scalar(s, pa.int64()), value_set=typed).as_py():
            return (self._place(facts, s, TYPE),)
        return None

    def _place(self, facts: Facts, node: int, prop: str | None) -> Spot | None:
        """Where a node is described, and in which column where a property has one."""
        found = facts.place_of(node) if node < len(facts.names) else None
        if found is None or not found[0].place.file:
            return None
        table, index = found
        place = table.place
        heading = table.headings.get(prop) if prop else None
        row = table.rows[index].as_py()
        return Spot(replace(place, row=row, column=heading), self.titles.get(facts.iri(table.plan)))

    # ---- what was computed ------------------------------------------------------------------------------------------

    def _computed(self, statement: Statement, above: frozenset[Statement]) -> Proof:
        """A computed statement with the declaration by which it was, and what that reads of its subject and its value."""
        by_key = self._by_key(statement, above)
        if by_key is not None:
            return by_key
        for declaration in self._declarations:
            if statement.prop in (declaration.get("yields"), declaration.get("yieldsLikely")):
                if declaration.kind == str(SUB.CodeLink) and not self._share_code(statement, declaration):
                    continue
                if declaration.get("zones") is None:
                    return self._declared(statement, declaration, above)
        return self._overlaid(statement) or Proof(
            statement, Ground.COMPUTED, spot=self._place(self.stated, statement.subject, None)
        )

    def _share_code(self, statement: Statement, declaration: Declaration) -> bool:
        """Whether the two individuals of a statement bear the code by which a declaration links them."""
        if not isinstance(statement.value, int):
            return False
        ours, theirs = (
            {normal(str(value)) for value, _ in self.values(declaration[name], node)}
            for name, node in (("fromProperty", statement.subject), ("toProperty", statement.value))
        )
        return bool(ours & theirs)

    def _overlaid(self, statement: Statement) -> Proof | None:
        """What is told of an overlay: the declared relation of what was laid over what, and where both are drawn."""
        if statement.subject >= len(self.stated.names):
            near = self._near(statement.subject)
        elif isinstance(statement.value, int) and statement.is_node and statement.prop != TYPE:
            near = [statement.subject, statement.value]
        else:
            return None
        for declaration in self._declarations:
            features, zones = declaration.get("features"), declaration.get("zones")
            if features is None or zones is None:
                continue
            one = next((node for node in near if self.is_of(node, features)), None)
            other = next((n for n in near if n != one and (self.is_of(n, zones) or self.store.iri(n) == zones)), None)
            if one is not None and other is not None:
                drawn = tuple(self._drawn(node) for node in (one, other) if self._place(self.stated, node, None))
                return Proof(statement, Ground.RELATION, (declaration.iri,), behind=drawn)
        return None

    @cached_property
    def _declarations(self) -> tuple[Declaration, ...]:
        """All that the ontology declares to be computed."""
        kinds = ("CodeLink", "PeriodRelation", "Matching", "UnitConversion", "SpatialRelation", "Extent")
        return tuple(d for kind in kinds for d in self.terms.declarations(str(SUB[kind])))

    def _declared(self, statement: Statement, declaration: Declaration, above: frozenset[Statement]) -> Proof:
        read = [iri for iri in declaration.values.values() if iri in self.terms.properties and iri != statement.prop]
        sides = [
            statement.subject,
            *([statement.value] if statement.is_node and isinstance(statement.value, int) else []),
        ]
        behind = [
            proof
            for node in sides
            for prop in dict.fromkeys(read)
            for value, is_node in self.values(prop, node)[:_MOST_VALUES]
            if (proof := self._prove(Statement(node, prop, value, is_node), above)) is not None
        ]
        return Proof(statement, Ground.RELATION, (declaration.iri,), behind=tuple(behind))

    def _by_key(self, statement: Statement, above: frozenset[Statement]) -> Proof | None:
        """A match of two plans by a key (owl:hasKey) in whose every property both agree."""
        s, other = statement.subject, statement.value
        kinds = {d["matches"] for d in self.terms.declarations(str(SUB.Matching)) if d["yields"] == statement.prop}
        if not statement.is_node or not isinstance(other, int):
            return None
        keys = [(cls, key) for cls in sorted(kinds) for key in self.terms.keys(cls)]
        for cls, key in keys:
            behind = []
            for prop in key:
                ours, theirs = self.values(prop, s), self.values(prop, other)
                behind += [
                    Statement(node, prop, value, is_node)
                    for value, is_node in ours
                    if (value, is_node) in theirs
                    for node in (s, other)
                ]
            found = self._all(behind, above) if {each.prop for each in behind} == set(key) else None
            if found is not None:
                return Proof(statement, Ground.KEY, (cls, *key), behind=found)
        return None

    def _near(self, node: int) -> list[int]:
        """What a computed node is linked with."""
        facts = self.store.facts
        found: list[object] = []
        for prop, links in facts.links.items():
            if prop not in _ASIDE:
                found += links.filter(pc.equal(links["s"], pa.scalar(node, pa.int64()))).column("o").to_pylist()
        row = facts.place_of(node)
        for prop, column in row[0].columns.items() if row is not None else ():
            if prop not in _ASIDE and not self.store.is_data(prop):
                found.append(column[row[1]].as_py() if row is not None else None)
        return [each for each in dict.fromkeys(found) if isinstance(each, int)]

    def _drawn(self, node: int) -> Proof:
        """That something is drawn, and where; no coordinate is told."""
        found = self.stated.place_of(node)
        cls = found[0].cls if found is not None else ""
        return Proof(Statement(node, TYPE, cls, True), Ground.DRAWN, spot=self._place(self.stated, node, None))
