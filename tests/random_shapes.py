"""Random facts and random shapes of declared terms, to hold the engines against each other.

`python tests/random_shapes.py --cases 5000` compares them that often and prints, for each constraint component, path,
SPARQL operator and function, in how many cases it gave violations and in how many none. A case is made from its number
alone, so that `--first 1234 --cases 1` shows a difference again. What is kept out of the grammar: test_engines_agree.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from random import Random

import pyarrow as pa
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH, SKOS, XSD, Namespace
from rdflib.term import Node

sys.path.insert(0, str(Path(__file__).parents[1]))

from checker.engine import engine
from checker.engine.compiled import compiled
from checker.engine.sql.terms import CannotCompile
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.model import Violation
from checker.turtle import CHK
from checker.vocabulary import PLAN, SUB
from tests.builtin import RULES, TERMS
from tests.histogram import Histogram, every_name, names

PREFIXES = RULES.prefixes()

CODE = Namespace("https://w3id.org/plancheck/code#")
HTS = Namespace("https://w3id.org/plancheck/hts#")
TERR = Namespace("https://w3id.org/plancheck/terr#")
THR = Namespace("https://w3id.org/plancheck/thr#")
LAND_USE = Namespace("https://w3id.org/plancheck/land-use-2020#")
OURS = URIRef("urn:plancheck:plan:S")
THEIRS = URIRef("urn:plancheck:plan:N")
THINGS = tuple(
    URIRef(f"{plan}/{name}") for plan, name in ((OURS, "a"), (OURS, "b"), (OURS, "c"), (THEIRS, "甲"), (THEIRS, "e"))
)
ROOT = URIRef("urn:plancheck:shape:rule")

LINKS = (
    PLAN.hasSite,
    PLAN.siteOf,
    PLAN.sameInNearTerm,
    PLAN.sameProject,
    HTS.partOf,
    HTS.withinSpace,
    PLAN.carriesOutStrategy,
    PLAN.carriesOut,
)
CODES: Mapping[URIRef, tuple[URIRef, ...]] = {
    PLAN.landMode: (CODE["new-land"], CODE["no-land"]),
    PLAN.projectKind: (CODE["data-centre"], CODE["transport-hub"]),
    TERR.landUseClass: (LAND_USE["0101"], LAND_USE["0102"], LAND_USE["01"], LAND_USE["0201"]),
}
VALUES: Mapping[str, tuple[URIRef, URIRef]] = {
    "string": (PLAN.name, PLAN.newProjectReason),
    "decimal": (PLAN.investment, PLAN.landArea),
    "integer": (PLAN.phaseOrder, PLAN.targetYear),
    "boolean": (PLAN.nationalKeyProject, PLAN.isFixed),
    "date": (PLAN.start, PLAN.end),
}
POOL: Mapping[str, tuple[Literal, ...]] = {
    "string": tuple(map(Literal, ("", "a", "ab", "Ab c", "近期", "智慧城市规划", "3"))),
    "decimal": tuple(Literal(v, datatype=XSD.decimal) for v in ("-1.5", "0.0", "0.5", "2.0", "2.25", "100000.5")),
    "integer": tuple(map(Literal, (-1, 0, 1, 2, 3, 2026))),
    "boolean": (Literal(True), Literal(False)),
    "date": tuple(Literal(v, datatype=XSD.date) for v in ("2025-12-31", "2026-01-01", "2026-06-30", "2030-12-31")),
}
NUMBERS = ("decimal", "integer")
LITERALS = tuple(VALUES)
CLASSES = (PLAN.Project, PLAN.Site, PLAN.LandTakingProject, PLAN.MatchedProject, PLAN.LandTakingSite, HTS.PhysicalSpace)
STATED_CLASSES = (PLAN.Project, PLAN.Site, HTS.PhysicalSpace)
CODE_CLASSES = (PLAN.LandTakingMode, PLAN.ProjectKind, TERR.UndevelopedClass)
REMARK = URIRef("https://example.org/remark")  # declared nowhere: its values are of any sort
REMARKS = (
    *(POOL[kind][1] for kind in LITERALS),
    *(Literal("plan", lang=tag) for tag in ("en", "en-GB")),
    Literal("规划", lang="zh"),
    Literal("05", datatype=XSD.integer),
    *THINGS[:2],
)
TEXT = URIRef("https://example.org/text")  # declared nowhere either: texts with a language
TEXTS = tuple(Literal(text, lang=tag) for text, tag in (("plan", "en"), ("map", "en"), ("road", "en"), ("规划", "zh")))
BROADER = "terr:landUseClass/skos:broader*"
ZONE = TERR.PermanentBasicFarmland


@cache
def mentions() -> frozenset[str]:
    """Every declared term that random facts and shapes may use, with what it entails."""
    stated = [*LINKS, *CODES, *(p for both in VALUES.values() for p in both), SUB.inPlan]
    coverage = [SUB.coverageOf, SUB.coverageBy, SUB.area, SUB.share, SUB.outside, SUB.supplies, CHK.value]
    properties = {p for iri in stated + coverage for p in TERMS.superproperties(str(iri))}
    properties |= {i for p in properties if p in TERMS.properties for i in TERMS.properties[p].inverses}
    kinds = {*map(str, STATED_CLASSES), *map(str, CODE_CLASSES), str(SUB.PlanUnderReview), str(SUB.ReferencePlan)}
    kinds |= {str(PLAN.SmartCityPlan), str(PLAN.NearTermPlan)}
    classes = {c for kind in kinds for c in TERMS.superclasses(kind)}
    classes |= {c.iri for c in TERMS.classes.values() if c.definitions and TERMS.superclasses(c.iri) & kinds}
    properties |= {has.property for c in classes if c in TERMS.classes for has in TERMS.classes[c].values}
    return frozenset({*properties, *classes, str(SKOS.broader), str(REMARK), str(TEXT)})


# ---- facts ----------------------------------------------------------------------------------------------------------


def random_facts(random: Random) -> Graph:
    """Two plans and a few things: values absent, single, several, equal and shared; links to themselves and in circles."""
    graph = Graph()
    for plan, kind, role in (
        (OURS, PLAN.SmartCityPlan, SUB.PlanUnderReview),
        (THEIRS, PLAN.NearTermPlan, SUB.ReferencePlan),
    ):
        graph.add((plan, RDF.type, kind))
        graph.add((plan, RDF.type, role))
    things = random.sample(THINGS, random.randint(2, len(THINGS)))

    def state(thing: URIRef, prop: URIRef, values: Sequence[Node]) -> None:
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            graph.add((thing, prop, random.choice(values)))

    for thing in things:
        state(thing, RDF.type, STATED_CLASSES)
        for link in LINKS:
            if random.random() < 0.5:
                state(thing, link, things)
        for prop, codes in CODES.items():
            state(thing, prop, codes)
        for datatype, both in VALUES.items():
            for prop in both:
                state(thing, prop, POOL[datatype])
        state(thing, REMARK, REMARKS)
        state(thing, TEXT, TEXTS)
        if random.random() < 0.7:
            coverage = URIRef(f"{thing}/coverage")
            graph.add((coverage, SUB.coverageOf, thing))
            graph.add((coverage, SUB.coverageBy, ZONE))
            for prop in (SUB.area, SUB.share, SUB.outside):
                state(coverage, prop, POOL["decimal"])
    graph.add((THR["zone-overlap"], CHK.value, Literal("0.01", datatype=XSD.decimal)))
    if random.random() < 0.5:
        graph.add((THEIRS, SUB.supplies, ZONE))
    return graph


# ---- SPARQL ---------------------------------------------------------------------------------------------------------


def name(iri: URIRef) -> str:
    """An IRI as a query has it, with a prefix where there is one."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri.n3()


def written(term: Node) -> str:
    """A term as a query has it."""
    return name(term) if isinstance(term, URIRef) else term.n3()


@dataclass(frozen=True)
class Scope:
    """Variables and their kinds: those that triples may join with, those that expressions see, those perhaps unbound."""

    joined: dict[str, str]
    seen: dict[str, str]
    maybe: dict[str, str] = field(default_factory=dict)

    def inner(self) -> Scope:
        """The scope of a group that is evaluated alone: its expressions see the focus node and what it binds itself."""
        return Scope(dict(self.joined), {"$this": "thing"})

    def tested(self) -> Scope:
        """The scope of an EXISTS, into which the variables of its group are put."""
        return Scope(dict(self.seen), dict(self.seen))

    def bind(self, variable: str, kind: str) -> None:
        self.joined[variable] = self.seen[variable] = kind


class Queries:
    """Writes random queries. ``repeats``: whether paths may repeat."""

    def __init__(self, random: Random, repeats: bool = True) -> None:
        self.random = random
        self.repeats = repeats
        self._count = 0

    def constraint(self) -> str:
        """The SELECT of a constraint."""
        scope = Scope({"$this": "thing"}, {"$this": "thing"})
        if self.random.random() < 0.2:
            return self._grouped(scope, "?value")
        where = f"{self.group(scope, 0)}\n{self.featured(scope)}"
        shown = self.random.choice([v for v in {**scope.joined, **scope.maybe} if not v.startswith("?x")])
        value = "" if shown == "$this" else f" ({shown} AS ?value)"
        return f"SELECT {self._maybe('DISTINCT ')}$this{value} WHERE {{\n{where}\n}}"

    def details(self) -> str:
        """The SELECT of chk:details: something that the focus node has, and something computed."""
        scope = Scope({"$this": "thing"}, {"$this": "thing"})
        where = self.group(scope, 1)
        kind = self.random.choice(("decimal", "integer", "string"))
        return f"SELECT ?measured WHERE {{\n{where}\nBIND ({self.value(scope, kind, 1)} AS ?measured)\n}}"

    def group(self, scope: Scope, depth: int) -> str:
        """The inside of a group: triples, and what may follow them."""
        lines = [self.triples(scope, self.random.randint(1, 2))]
        forms: list[Callable[[Scope, int], str]] = [self.filter, self.filter, self.bind]
        if depth < 2:
            forms += [self.optional, self.union, self.exists, self.exists, self.sub_select]
        for _ in range(self.random.choice((0, 1, 1) if depth else (0, 1, 2))):
            lines.append(self.random.choice(forms)(scope, depth))
        return "\n".join(lines)

    # ---- triples ----

    def triples(self, scope: Scope, count: int) -> str:
        return "\n".join(self.triple(scope) for _ in range(count))

    def triple(self, scope: Scope, kind: str | None = None, to: str | None = None, repeated: bool = True) -> str:
        """A triple about a variable that is bound already.

        ``kind``, ``to``: what its object has to be; ``repeated``: whether its path may repeat.
        """
        subject = self.random.choice([v for v, k in scope.joined.items() if k == "thing"])
        if kind is None and self.random.random() < 0.12:
            return f"{subject} a {name(self.random.choice(CLASSES))} ."
        kind = kind or self.random.choice(("thing", "thing", "code", *LITERALS))
        path = self.path(kind, repeated)
        known = [v for v, k in scope.joined.items() if k == kind]
        if to is None and known and self.random.random() < 0.2:
            object_ = self.random.choice(known)
        elif to is None and kind in POOL and self.random.random() < 0.1:
            object_ = written(self.random.choice(POOL[kind]))
        else:
            object_ = to or self.fresh()
        if object_[0] in "?$":
            scope.bind(object_, kind)
        return f"{subject} {path} {object_} ."

    def path(self, kind: str, repeated: bool) -> str:
        """A path to values of a kind."""
        first, link, other = (name(self.property_to(k)) for k in (kind, "thing", kind))
        if self.random.random() < 0.7:
            return first
        forms = ["{link}/{first}", "^{link}/{first}", "({first}|{other})"]
        if repeated and self.repeats:
            forms += ["{link}*/{first}", "{link}?/{first}"]
            forms += {
                "thing": ["{link}*", "{link}+", "({link}/{first})*", "(^{link}|{first})+"],
                "code": [BROADER] * 3,
            }.get(kind, [])
        form = self.random.choice(forms)
        return form.format(first=first, link=link, other=other)

    def property_to(self, kind: str) -> URIRef:
        """A property whose values are of a kind."""
        choices = {"thing": LINKS, "code": tuple(CODES), "remark": (REMARK,), "text": (TEXT,)}
        return self.random.choice(choices.get(kind) or VALUES[kind])

    # ---- what may follow triples ----

    def filter(self, scope: Scope, _: int) -> str:
        return f"FILTER ({self.condition(scope, 0)})"

    def featured(self, scope: Scope) -> str:
        """A filter that has one of the functions and operators, each as often as any other."""
        form, kind = self.random.choice([(form, kind) for kind, forms in _FUNCTIONS.items() for form in forms])
        match kind:
            case "test":
                return f"FILTER ({self._string_test(scope, 1, form)})"
            case "string":
                found = self._string(scope, 1, form)
            case "integer":
                found = self._integer(scope, 1, form)
            case _:
                found = self._decimal(scope, 1, form)
        operator = self.random.choice(("=", "!=", "<", "<=", ">", ">="))
        return f"FILTER ({found} {operator} {self.value(scope, kind, 1)})"

    def bind(self, scope: Scope, _: int) -> str:
        kind = self.random.choice(("string", "decimal", "integer", "boolean"))
        variable = self.fresh("x")
        found = self.condition(scope, 1) if kind == "boolean" else self.value(scope, kind, 0)
        scope.maybe[variable] = kind
        return f"BIND ({found} AS {variable})"

    def optional(self, scope: Scope, _: int) -> str:
        inner = Scope(dict(scope.joined), dict(scope.seen))
        lines = self.triples(inner, self.random.randint(1, 2))
        if self.random.random() < 0.4:
            kind = self.random.choice(LITERALS)
            lines += f"\nFILTER ({self._variable(inner, kind)} {self.random.choice(('=', '<'))} {self.value(inner, kind, 0)})"
        scope.maybe.update({v: k for v, k in inner.joined.items() if v not in scope.joined})
        return f"OPTIONAL {{ {lines} }}"

    def union(self, scope: Scope, depth: int) -> str:
        kind, variable = self.random.choice(("thing", "code", *LITERALS)), self.fresh()
        branches = []
        for _ in range(self.random.choice((2, 2, 3))):
            inner = scope.inner()
            lines = self.triple(inner, kind, variable)
            if self.random.random() < 0.4:
                lines += "\n" + self.random.choice((self.filter, self.exists))(inner, depth + 1)
            branches.append(f"{{ {lines} }}")
        scope.bind(variable, kind)
        return " UNION ".join(branches)

    def exists(self, scope: Scope, depth: int) -> str:
        return f"FILTER {self._exists(scope, depth)}"

    def _exists(self, scope: Scope, depth: int) -> str:
        word = self.random.choice(("EXISTS", "NOT EXISTS"))
        return f"{word} {{ {self.group(scope.tested(), depth + 1)} }}"

    def sub_select(self, scope: Scope, depth: int) -> str:
        """A sub-select that projects the focus node, with or without an aggregate."""
        inner = Scope({"$this": "thing"}, {"$this": "thing"})
        if self.random.random() < 0.7:
            return f"{{ {self._grouped(inner, self.fresh('x'), scope)} }}"
        where = self.group(inner, depth + 1)
        kept = self.random.choice(list(inner.joined))
        scope.bind(kept, inner.joined[kept])
        shown = "" if kept == "$this" else f" {kept}"
        return f"{{ SELECT {self._maybe('DISTINCT ')}$this{shown} WHERE {{ {where} }} }}"

    def _grouped(self, inner: Scope, variable: str, outer: Scope | None = None) -> str:
        """A SELECT of an aggregate for each focus node, or, for an outer scope, for each of its links too."""
        lines = [
            self.triple(inner, self.random.choice(("thing", "code")), repeated=False)
            for _ in range(self.random.randint(0, 1))
        ]
        keys = [v for v in inner.joined if v != "$this"]
        key = ""
        if outer is not None and keys and self.random.random() < 0.8:
            key = f" {keys[0]}"
            outer.bind(keys[0], inner.joined[keys[0]])
        kind, summand = self.random.choice(("decimal", "decimal", "integer", "date", "string")), self.fresh()
        lines.append(self.triple(inner, kind, summand, repeated=False))
        numeric = ("SUM", "AVG", "MAX") if kind in NUMBERS else ()
        functions = ("MIN", "MAX") if outer is None or kind not in NUMBERS else ("MIN", "COUNT", *numeric)
        function = self.random.choice(functions)
        shown = self._aggregate(function, summand)
        if outer is not None:
            outer.maybe[variable] = {"COUNT": "integer", "AVG": "decimal"}.get(function, kind)
        tested = self._aggregate(self.random.choice(("COUNT", *numeric)), summand)
        where = "\n".join(lines)
        having = f"HAVING ({tested} > {self.random.choice((0, 1, 2))})"
        return f"SELECT $this{key} ({shown} AS {variable}) WHERE {{ {where} }} GROUP BY $this{key} {having}"

    def _aggregate(self, function: str, variable: str) -> str:
        return f"{function}({self._maybe('DISTINCT ')}{variable})"

    def _maybe(self, word: str) -> str:
        if self.random.random() < 0.3:
            return word
        return ""

    # ---- expressions ----

    def condition(self, scope: Scope, depth: int) -> str:
        """An expression that is true, false or errs."""
        forms = [self._comparison, self._comparison, self._string_test, self._in, self._is]
        if depth < 2:
            forms += [self._logic, self._logic, self._not]
        if scope.maybe:
            forms += [self._bound] * 3
        if depth < 1 and self.random.random() < 0.1:
            return f"({self._comparison(scope, depth)} {self.random.choice(('||', '&&'))} {self._exists(scope, 1)})"
        return self.random.choice(forms)(scope, depth)

    def _logic(self, scope: Scope, depth: int) -> str:
        word = self.random.choice(("&&", "||"))
        return f"({self.condition(scope, depth + 1)} {word} {self.condition(scope, depth + 1)})"

    def _not(self, scope: Scope, depth: int) -> str:
        return f"(! {self.condition(scope, depth + 1)})"

    def _bound(self, scope: Scope, _: int) -> str:
        return f"BOUND({self.random.choice(list(scope.maybe))})"

    def _comparison(self, scope: Scope, depth: int) -> str:
        kind = self.random.choice(("thing", "code", "integer", "decimal", "number", "string", "date", "boolean"))
        if kind in ("thing", "code"):
            operator = self.random.choice(("=", "!="))
            left, right = self._node(scope, kind), self._node(scope, kind)
        else:
            operator = self.random.choice(("=", "!=", "<", "<=", ">", ">="))
            kinds = [self.random.choice(NUMBERS) if kind == "number" else kind for _ in range(2)]
            left, right = (self.value(scope, k, depth) for k in kinds)
        return f"({left} {operator} {right})"

    def _node(self, scope: Scope, kind: str) -> str:
        constants = THINGS if kind == "thing" else tuple(code for codes in CODES.values() for code in codes)
        known = [v for v, k in {**scope.seen, **scope.maybe}.items() if k == kind]
        return (
            self.random.choice(known) if known and self.random.random() < 0.8 else name(self.random.choice(constants))
        )

    def _string_test(self, scope: Scope, depth: int, function: str = "") -> str:
        text = self.value(scope, "string", depth)
        function = function or self.random.choice(_FUNCTIONS["test"])
        if function == "REGEX":
            return f"REGEX({text}, {Literal(self.random.choice(PATTERNS)).n3()})"
        return f"{function}({text}, {Literal(self.random.choice(('', 'a', 'b', '近', '规划'))).n3()})"

    def _in(self, scope: Scope, _: int) -> str:
        kind = self.random.choice(("string", "integer", "date"))
        word = self.random.choice(("IN", "NOT IN"))
        listed = ", ".join(written(v) for v in self.random.sample(POOL[kind], 2))
        return f"({self._variable(scope, kind)} {word} ({listed}))"

    def _is(self, scope: Scope, _: int) -> str:
        function = self.random.choice(("isIRI", "isLITERAL", "isNUMERIC"))
        return f"{function}({self.random.choice(list(scope.seen))})"

    def value(self, scope: Scope, kind: str, depth: int) -> str:
        """An expression of a literal of a kind."""
        if depth >= 2 or self.random.random() < 0.3 + 0.3 * depth:
            return self._variable(scope, kind)
        forms = {
            "string": self._string,
            "integer": self._integer,
            "decimal": self._decimal,
        }
        choice = self.random.random()
        if choice < 0.15:
            return f"COALESCE({self.value(scope, kind, depth + 1)}, {self.value(scope, kind, depth + 1)})"
        if choice < 0.3:
            then, other = (self.value(scope, self._like(kind), depth + 1) for _ in range(2))
            return f"IF({self.condition(scope, depth + 1)}, {then}, {other})"
        return forms[kind](scope, depth + 1) if kind in forms else self._variable(scope, kind)

    def _like(self, kind: str) -> str:
        return self.random.choice(NUMBERS) if kind == "decimal" else kind

    def _variable(self, scope: Scope, kind: str) -> str:
        """A variable of a kind, else a constant."""
        known = [v for v, k in {**scope.seen, **scope.maybe}.items() if k == kind]
        return (
            self.random.choice(known)
            if known and self.random.random() < 0.8
            else written(self.random.choice(POOL[kind]))
        )

    def _string(self, scope: Scope, depth: int, form: str = "") -> str:
        form = form or self.random.choice(_FUNCTIONS["string"])
        match form:
            case "STR":
                return f"STR({self.random.choice(list(scope.seen))})"
            case "CONCAT":
                return f"CONCAT({self.value(scope, 'string', depth)}, {self.value(scope, 'string', depth)})"
            case "SUBSTR":
                return f"SUBSTR({self.value(scope, 'string', depth)}, {self.random.randint(1, 2)}, {self.random.randint(1, 2)})"
        return f"{form}({self.value(scope, 'string', depth)})"

    def _integer(self, scope: Scope, depth: int, form: str = "") -> str:
        form = form or self.random.choice(_FUNCTIONS["integer"])
        match form:
            case "YEAR" | "MONTH":
                return f"{form}({self.value(scope, 'date', depth)})"
            case "STRLEN":
                return f"STRLEN({self.value(scope, 'string', depth)})"
            case "ABS":
                return f"ABS({self.value(scope, 'integer', depth)})"
        return f"({self.value(scope, 'integer', depth)} {form} {self.value(scope, 'integer', depth)})"

    def _decimal(self, scope: Scope, depth: int, form: str = "") -> str:
        form = form or self.random.choice(_FUNCTIONS["decimal"])
        match form:
            case "ABS":
                return f"ABS({self.value(scope, 'decimal', depth)})"
            case "unary -":
                return f"(- {self._variable(scope, 'decimal')})"
            case "*":
                return f"({self._variable(scope, 'decimal')} * {self._variable(scope, self._like('decimal'))})"
        return f"({self.value(scope, 'decimal', depth)} {form} {self.value(scope, self._like('decimal'), depth)})"

    def fresh(self, stem: str = "v") -> str:
        self._count += 1
        return f"?{stem}{self._count}"


_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "test": ("CONTAINS", "STRSTARTS", "STRENDS", "REGEX"),
    "string": ("STR", "CONCAT", "UCASE", "LCASE", "SUBSTR"),
    "integer": ("YEAR", "MONTH", "STRLEN", "+", "-", "*", "ABS"),
    "decimal": ("+", "-", "*", "ABS", "unary -"),
}
PATTERNS = ("^a", "b$", "^[a-z]+$", "近|规", "^.{2,4}$", "[0-9]", "c")


# ---- shapes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Facts and a shape."""

    facts: Graph
    shapes: Graph


def random_case(number: int) -> Case:
    """The case of a number: as many shapes as ``OF_ONE_WORLD`` share their facts."""
    return Case(random_facts(Random(f"facts {number // OF_ONE_WORLD}")), random_shapes(number))


def random_shapes(number: int) -> Graph:
    shapes = Shapes(Random(number))
    shapes.rule()
    return shapes.graph


class Shapes:
    """Draws a random rule; ``graph`` describes it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.graph = Graph()
        self._count = 0

    def rule(self) -> None:
        """A node shape on things, with property shapes: of any form, of one form in turn, and with a SPARQL constraint."""
        self.graph.add((ROOT, RDF.type, SH.NodeShape))
        self._constrain(ROOT, "thing", self.random.randint(0, 2), 0, _NODE_FORMS)
        if self.random.random() < 0.5:
            self.graph.add((ROOT, SH.property, self._property(0)))
        form, kinds = self.random.choice(_EVERY_FORM)
        shape = self._fresh()
        kind = self.random.choice(kinds)
        self.graph.add((shape, SH.path, self._path(kind)))
        self.graph.add((ROOT, SH.property, shape))
        form(self, shape, kind, 0)
        queried = self._fresh()
        self.graph.add((queried, SH.path, PLAN.name))
        self.graph.add((ROOT, SH.property, queried))
        self.sparql(queried, "string", 0)

    def _property(self, depth: int) -> URIRef:
        """A property shape on values of a random kind."""
        shape = self._fresh()
        kind = self.random.choice(("thing", "thing", "thing", "code", "remark", "text", *LITERALS, *NUMBERS))
        self.graph.add((shape, SH.path, self._path(kind)))
        if self.random.random() < 0.3:
            self.graph.add((shape, SH.severity, self.random.choice((SH.Info, SH.Warning, SH.Violation))))
        forms = _PROPERTY_FORMS + _FORMS_OF_KIND.get(kind, ()) * 2
        self._constrain(shape, kind, self.random.randint(1, 3), depth, forms)
        return shape

    def _path(self, kind: str, depth: int = 0, forms: str = "/|^*+?") -> Node:
        """A path to values of a kind, of some of the forms."""
        if depth > 1 or self.random.random() < 0.55:
            return Queries(self.random).property_to(kind)
        form = self.random.choice(forms if kind == "thing" else "/|")
        if form in "/|":
            steps = [self._path("thing" if form == "/" else kind, depth + 1), self._path(kind, depth + 1)]
            listed = self._list(steps)
            return listed if form == "/" else self._described(SH.alternativePath, listed)
        inverse_or_repeated = {
            "^": SH.inversePath,
            "*": SH.zeroOrMorePath,
            "+": SH.oneOrMorePath,
            "?": SH.zeroOrOnePath,
        }
        inner = "|" if form == "^" else "/|"
        return self._described(inverse_or_repeated[form], self._path(kind, depth + 1, inner))

    def _described(self, predicate: URIRef, value: Node) -> BNode:
        node = BNode()
        self.graph.add((node, predicate, value))
        return node

    def _list(self, items: Sequence[Node]) -> BNode:
        node = BNode()
        Collection(self.graph, node, list(items))
        return node

    def _inner(self, kind: str, depth: int) -> URIRef:
        """A shape for values of a kind, for another shape to refer to."""
        of_thing = kind == "thing" and self.random.random() < 0.5
        return self._property(depth) if of_thing else self._node_shape(kind, depth)

    def _node_shape(self, kind: str, depth: int) -> URIRef:
        shape = self._fresh()
        self.graph.add((shape, RDF.type, SH.NodeShape))
        self._constrain(
            shape,
            kind,
            self.random.randint(1, 2),
            depth,
            _NODE_FORMS + ((Shapes.limit, Shapes.datatype) * 2 if kind in LITERALS else ()),
        )
        if kind == "thing" and self.random.random() < 0.5:
            self.graph.add((shape, SH.property, self._property(depth)))
        return shape

    def _constrain(self, shape: URIRef, kind: str, count: int, depth: int, forms: Sequence[Form]) -> None:
        for form in dict.fromkeys(self.random.choices(forms, k=count)):
            form(self, shape, kind, depth)

    def _fresh(self) -> URIRef:
        self._count += 1
        return URIRef(f"urn:plancheck:shape:{self._count}")

    def _say(self, shape: URIRef, predicate: URIRef, value: Node) -> None:
        self.graph.add((shape, predicate, value))

    def _values(self, kind: str) -> Sequence[Node]:
        if kind == "thing":
            return THINGS
        if kind == "code":
            return [code for codes in CODES.values() for code in codes]
        return {"remark": REMARKS, "text": TEXTS}.get(kind) or POOL[kind]

    # ---- constraints, one of a form for each name -----

    def value_class(self, shape: URIRef, kind: str, _: int) -> None:
        classes = CODE_CLASSES if kind == "code" else CLASSES
        self._say(shape, SH["class"], self.random.choice(classes))

    def datatype(self, shape: URIRef, kind: str, _: int) -> None:
        likely = kind if kind in LITERALS and self.random.random() < 0.6 else self.random.choice(LITERALS)
        self._say(shape, SH.datatype, XSD[likely])

    def node_kind(self, shape: URIRef, _: str, __: int) -> None:
        self._say(shape, SH.nodeKind, self.random.choice((SH.IRI, SH.Literal, SH.IRIOrLiteral, SH.BlankNodeOrIRI)))

    def min_count(self, shape: URIRef, _: str, __: int) -> None:
        self._say(shape, SH.minCount, Literal(self.random.randint(0, 3)))

    def max_count(self, shape: URIRef, _: str, __: int) -> None:
        self._say(shape, SH.maxCount, Literal(self.random.randint(0, 3)))

    def limit(self, shape: URIRef, kind: str, _: int) -> None:
        end = self.random.choice(("minInclusive", "minExclusive", "maxInclusive", "maxExclusive"))
        pool = self.random.choice(NUMBERS) if kind in NUMBERS else kind
        self._say(shape, SH[end], self.random.choice(POOL[pool]))

    def min_length(self, shape: URIRef, kind: str, _: int) -> None:
        self._say(shape, SH.minLength, Literal(self._length(kind)))

    def max_length(self, shape: URIRef, kind: str, _: int) -> None:
        self._say(shape, SH.maxLength, Literal(self._length(kind)))

    def _length(self, kind: str) -> int:
        return self.random.randint(0, 5) + (20 if kind in ("thing", "code") else 0)

    def pattern(self, shape: URIRef, _: str, __: int) -> None:
        self._say(shape, SH.pattern, Literal(self.random.choice(PATTERNS)))
        if self.random.random() < 0.3:
            self.graph.add((shape, SH.flags, Literal("i")))

    def languages(self, shape: URIRef, _: str, __: int) -> None:
        tags = self.random.sample(("en", "zh", "en-GB"), self.random.randint(1, 2))
        self._say(shape, SH.languageIn, self._list([Literal(tag) for tag in tags]))

    def unique_language(self, shape: URIRef, _: str, __: int) -> None:
        self._say(shape, SH.uniqueLang, Literal(True))

    def equals(self, shape: URIRef, kind: str, _: int) -> None:
        self._say(shape, SH.equals, Queries(self.random).property_to(kind))

    def disjoint(self, shape: URIRef, kind: str, _: int) -> None:
        self._say(shape, SH.disjoint, Queries(self.random).property_to(kind))

    def less_than(self, shape: URIRef, kind: str, _: int) -> None:
        word = self.random.choice(("lessThan", "lessThanOrEquals"))
        other = self.random.choice(NUMBERS) if kind in NUMBERS else kind
        self._say(shape, SH[word], Queries(self.random).property_to(other))

    def has_value(self, shape: URIRef, kind: str, _: int) -> None:
        self._say(shape, SH.hasValue, self.random.choice(self._values(kind)))

    def one_of(self, shape: URIRef, kind: str, _: int) -> None:
        values = self._values(kind)
        listed = self.random.sample(values, self.random.randint(1, len(values) - 1))
        self._say(shape, SH["in"], self._list(listed))

    def negation(self, shape: URIRef, kind: str, depth: int) -> None:
        if depth < 2:
            self._say(shape, SH["not"], self._inner(kind, depth + 1))

    def alternatives(self, shape: URIRef, kind: str, depth: int) -> None:
        if depth < 2:
            word = self.random.choice(("and", "or", "xone"))
            listed = [self._inner(kind, depth + 1) for _ in range(self.random.randint(1, 3))]
            self._say(shape, SH[word], self._list(listed))

    def node(self, shape: URIRef, kind: str, depth: int) -> None:
        if depth < 2:
            self._say(shape, SH.node, self._node_shape(kind, depth + 1))

    def property(self, shape: URIRef, kind: str, depth: int) -> None:
        if depth < 2 and kind == "thing":
            self.graph.add((shape, SH.property, self._property(depth + 1)))

    def qualified(self, shape: URIRef, kind: str, depth: int) -> None:
        if depth < 2:
            word = self.random.choice(("Min", "Max"))
            self._say(shape, SH[f"qualified{word}Count"], Literal(self.random.randint(0, 1)))
            self.graph.add((shape, SH.qualifiedValueShape, self._inner(kind, depth + 1)))
            # Of literals a sibling could ask for an order that they do not have (test_engines_agree).
            if self.random.random() < 0.5 and kind in ("thing", "code"):
                self.graph.add((shape, SH.qualifiedValueShapesDisjoint, Literal(True)))

    def sparql(self, shape: URIRef, kind: str, _: int) -> None:
        # From a focus node that is "", 0 or false rdflib's paths go astray (test_engines_agree).
        is_of_things = kind in ("thing", "code") or (shape, SH.path, None) in self.graph
        constraint, queries = BNode(), Queries(self.random, repeats=is_of_things)
        self.graph.add((constraint, SH.select, Literal(queries.constraint())))
        self.graph.add((constraint, SH.prefixes, CHK.prefixes))
        self._say(shape, SH.sparql, constraint)
        if self.random.random() < 0.3:
            details = BNode()
            self.graph.add((details, SH.select, Literal(queries.details())))
            self.graph.add((shape, CHK.details, details))

    # ---- our own components -----

    def kept_off(self, shape: URIRef, _: str, __: int) -> None:
        word = self.random.choice((CHK.keepsOff, CHK.staysWithin))
        self.graph.add((shape, CHK.tolerance, THR["zone-overlap"]))
        self._say(shape, word, ZONE)

    def compared(self, shape: URIRef, kind: str, _: int) -> None:
        if kind in ("thing", "code"):
            self._say(shape, CHK.comparedWith, ZONE)

    def supplied(self, shape: URIRef, _: str, __: int) -> None:
        self._say(shape, CHK.supplied, ZONE)

    def reference(self, shape: URIRef, _: str, __: int) -> None:
        kind = self.random.choice((PLAN.NearTermPlan, PLAN.SpecialPlan, PLAN.TerritorialPlan))
        self._say(shape, CHK.reference, kind)

    def unique_in(self, shape: URIRef, _: str, __: int) -> None:
        home = self.random.choice((SUB.inPlan, PLAN.projectKind))
        self._say(shape, CHK.uniqueIn, home)

    def agrees_on(self, shape: URIRef, _: str, __: int) -> None:
        kind = self.random.choice(LITERALS)
        self._say(shape, CHK.agreesOn, Queries(self.random).property_to(kind))


Form = Callable[[Shapes, URIRef, str, int], None]
_NODE_FORMS: tuple[Form, ...] = (
    Shapes.value_class,
    Shapes.node_kind,
    Shapes.has_value,
    Shapes.one_of,
    Shapes.min_length,
    Shapes.max_length,
    Shapes.pattern,
    Shapes.equals,
    Shapes.disjoint,
    Shapes.negation,
    Shapes.alternatives,
    Shapes.node,
    Shapes.sparql,
    Shapes.kept_off,
    Shapes.compared,
    Shapes.supplied,
    Shapes.reference,
)
_PROPERTY_FORMS: tuple[Form, ...] = (
    Shapes.value_class,
    Shapes.datatype,
    Shapes.node_kind,
    Shapes.min_count,
    Shapes.max_count,
    Shapes.min_length,
    Shapes.max_length,
    Shapes.pattern,
    Shapes.equals,
    Shapes.disjoint,
    Shapes.has_value,
    Shapes.one_of,
    Shapes.negation,
    Shapes.alternatives,
    Shapes.node,
    Shapes.property,
    Shapes.qualified,
    Shapes.sparql,
    Shapes.unique_in,
)
_FORMS_OF_KIND: Mapping[str, tuple[Form, ...]] = {
    "thing": (Shapes.agrees_on, Shapes.property),
    "text": (Shapes.languages, Shapes.unique_language) * 2,
    **dict.fromkeys(LITERALS, (Shapes.limit, Shapes.limit, Shapes.less_than)),
}


_ANY = ("thing", "code", "remark", "text", *LITERALS)
_EVERY_FORM: tuple[tuple[Form, tuple[str, ...]], ...] = (
    *((form, _ANY) for form in _PROPERTY_FORMS if form not in (Shapes.property, Shapes.sparql)),
    (Shapes.agrees_on, ("thing",)),
    (Shapes.languages, ("text",)),
    (Shapes.unique_language, ("text",)),
    *[(Shapes.qualified, ("thing", "code"))] * 3,
    *[(Shapes.limit, LITERALS)] * 4,
    *[(Shapes.less_than, LITERALS)] * 2,
)


# ---- comparing ------------------------------------------------------------------------------------------------------

OF_ONE_WORLD = 20  # cases on the same facts: making these, as columns and as a graph, takes longer than most shapes
Key = tuple[object, ...]


@dataclass(frozen=True)
class Comparison:
    """The results of both engines; why the compiled one had none."""

    reference: Counter[Key]
    compiled: Counter[Key]
    refused: str | None = None

    @property
    def agree(self) -> bool:
        """Whether the results are the same; how often an equal one is stated is each engine's own affair: reports have it once."""
        return self.refused is not None or self.reference.keys() == self.compiled.keys()


class World:
    """Facts, and the engines that judge shapes on all things that these name."""

    def __init__(self, facts: Graph, shapes: Sequence[Graph]) -> None:
        self._store = Store(from_graph(facts, TERMS), TERMS)
        self._nodes = pa.array(sorted(self._store.find([str(thing) for thing in THINGS]).values()), pa.int64())
        self._rules = [
            replace(RULES.rules[0], code=str(i), iri=str(ROOT), needs=(), asks=(), mentions=mentions())
            for i in range(len(shapes))
        ]
        self._rulebook = replace(
            RULES, rules=tuple(self._rules), shapes={str(i): graph for i, graph in enumerate(shapes)}
        )
        self._compiled = {
            (rule.code, rule.iri): compiled(self._rulebook, rule, rule.iri, TERMS) for rule in self._rules
        }
        self._engines = {
            by: engine(by, self._rulebook, self._store, self._compiled) for by in ("compiled", "reference")
        }

    def results(self, by: str, i: int = 0) -> list[Violation]:
        """The results of a shape by one of the engines. Raises CannotCompile."""
        return self._engines[by].validate(self._rules[i], str(ROOT), self._nodes)

    def compare(self, i: int = 0) -> Comparison:
        """What both engines make of a shape. One that cannot be compiled is no difference."""
        try:
            found = _counted(self.results("compiled", i))
        except CannotCompile as refused:
            return Comparison(Counter(), Counter(), str(refused))
        return Comparison(_counted(self.results("reference", i)), found)

    def add(self, histogram: Histogram, i: int = 0) -> None:
        """Counts what came of a shape."""
        graph, prefixes = self._rulebook.shapes_for(self._rules[i], str(ROOT)), RULES.prefixes()
        statement = self._compiled[str(i), str(ROOT)]
        if statement.refused is not None:
            histogram.add_delegated(every_name(graph, prefixes))
            return
        direct = {str(ROOT), *map(str, graph.objects(ROOT, SH.property))}
        checked = {self._store.iri(node) for node in self._nodes.to_pylist()}
        said = names(graph, statement.statement.sources, prefixes)
        histogram.add(said, self.results("compiled", i), checked, direct)


def results(by: str, case: Case) -> Counter[Key]:
    """The results of a case by one of the engines."""
    return _counted(World(case.facts, [case.shapes]).results(by))


def _counted(found: Sequence[Violation]) -> Counter[Key]:
    return Counter(
        (v.focus, v.path, v.value, v.component, v.shape, v.severity, tuple(sorted(v.details.items()))) for v in found
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=int, default=500)
    arguments.add_argument("--first", type=int, default=0)
    given = arguments.parse_args()
    histogram, refused, different = Histogram(), Counter[str](), []
    numbers = range(given.first, given.first + given.cases)
    for _, together in groupby(numbers, lambda number: number // OF_ONE_WORLD):
        chosen = list(together)
        world = World(random_case(chosen[0]).facts, [random_shapes(number) for number in chosen])
        for i, number in enumerate(chosen):
            found = world.compare(i)
            world.add(histogram, i)
            if found.refused is not None:
                refused[found.refused] += 1
            if not found.agree:
                different.append(number)
                print(f"case {number}: {shown(random_case(number), found)}", flush=True)
    print("\n".join(histogram.lines()))
    print(f"{sum(refused.values())} of {given.cases} cannot be compiled: {dict(refused.most_common())}")
    print(f"{len(different)} differ: {different}")
    return 1 if different else 0


def shown(case: Case, found: Comparison) -> str:
    """What to look at where the engines differ."""
    only = {"reference": found.reference - found.compiled, "compiled": found.compiled - found.reference}
    sides = "\n".join(f"only {side}: {key}" for side, keys in only.items() for key in keys)
    return f"{sides}\n{case.shapes.serialize(format='turtle')}\n{case.facts.serialize(format='turtle')}"


if __name__ == "__main__":
    sys.exit(main())
