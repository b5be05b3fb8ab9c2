"""All the ways in which a rule is changed to see whether its fixtures notice: the one place where they are listed.

A mutant differs from the rule in one thing that decides what is found: a constraint, a parameter, a target, a need, a
condition of a query. What only speaks (messages, remedies, chk:details) is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node

from checker.rulebook import TARGETS
from checker.turtle import CHK
from checker.vocabulary import Vocabulary, local_name


@dataclass(frozen=True)
class Mutant:
    """A graph of shapes with one thing changed. ``name`` says where and what, the same in every run."""

    name: str
    graph: Graph


# ---- what decides, and what does not ------------------------------------------------------------------------------------

_SPEAKS = {
    *(SH.path, SH.message, SH.severity, SH.order, SH.name, SH.description, SH.group, SH.prefixes, SH.select, SH.ask),
    *(SH.qualifiedValueShape, SH.qualifiedValueShapesDisjoint, SH.flags, SH.ignoredProperties, *TARGETS),
}
_PARTS_OF_A_RULE = (CHK.needs, CHK.asks, CHK.reads, CHK.appliesTo, CHK.excepts)
_LISTS = (SH["in"], SH["or"], SH["and"], SH.xone, SH.languageIn)
_COUNTS = (
    *(SH.minCount, SH.maxCount, SH.minLength, SH.maxLength, SH.qualifiedMinCount, SH.qualifiedMaxCount),
    *(SH.minInclusive, SH.maxInclusive, SH.minExclusive, SH.maxExclusive),
)
_SWAPS = {
    SH.minCount: SH.maxCount,
    SH.maxCount: SH.minCount,
    SH.minLength: SH.maxLength,
    SH.maxLength: SH.minLength,
    SH.minInclusive: SH.minExclusive,
    SH.maxInclusive: SH.maxExclusive,
    SH.minExclusive: SH.minInclusive,
    SH.maxExclusive: SH.maxInclusive,
    SH.qualifiedMinCount: SH.qualifiedMaxCount,
    SH.qualifiedMaxCount: SH.qualifiedMinCount,
    SH.lessThan: SH.lessThanOrEquals,
    SH.lessThanOrEquals: SH.lessThan,
    SH.equals: SH.disjoint,
    SH.disjoint: SH.equals,
    SH["or"]: SH["and"],
    SH["and"]: SH["or"],
    SH["not"]: SH.node,
    SH.targetSubjectsOf: SH.targetObjectsOf,
    SH.targetObjectsOf: SH.targetSubjectsOf,
}


def mutants(shapes: Graph, components: Graph, vocabulary: Vocabulary) -> Iterator[Mutant]:
    """Every mutant of a graph of shapes (a rule's file, or the shared shapes and components), each once.

    ``components``: the graph that defines the constraint components, whose parameters stand and fall together.
    """
    seen: set[frozenset[tuple[Node, Node, Node]]] = {frozenset(shapes)}
    for operator in OPERATORS:
        for mutant in operator(shapes, components, vocabulary):
            content = frozenset(mutant.graph)
            if content not in seen:
                seen.add(content)
                yield mutant


def threshold_mutants(vocabulary: Vocabulary, mentioned: Iterable[str]) -> Iterator[tuple[str, str, Decimal]]:
    """(name, threshold, other value) one unit above and below each threshold; the unit is that of its last digit."""
    for iri in sorted(set(mentioned) & set(vocabulary.thresholds)):
        value = vocabulary.thresholds[iri].values[-1][1].normalize()
        exponent = value.as_tuple().exponent
        unit = Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)
        for step in (unit, -unit):
            yield f"{local_name(iri)}: {value:f} -> {value + step:f}", iri, value + step


# ---- statements of shapes -----------------------------------------------------------------------------------------------


def drops(shapes: Graph, components: Graph, _: Vocabulary) -> Iterator[Mutant]:
    """Without a constraint, a property shape, a need, a question, a term read, a kind of plan, an exception."""
    together = _together(components)
    for s, p, o in _sorted(shapes):
        if not isinstance(p, URIRef) or p in _SPEAKS or not _is_shape(shapes, s):
            continue
        stated = set(shapes.predicates(s))
        if (p.startswith(str(SH)) or p in _PARTS_OF_A_RULE or p in together) and p not in (SH.parameter, SH.validator):
            standing = {q for own in together.get(p, ()) if own <= stated for q in own - {p}}
            others = [(s, q, None) for q in sorted(standing)]
            others += [(s, SH.qualifiedValueShape, None)] if p in (SH.qualifiedMinCount, SH.qualifiedMaxCount) else []
            yield Mutant(f"{_name(shapes, s)}: drop {_word(p, o)}", _without(shapes, (s, p, o), *others))


def targets(shapes: Graph, _: Graph, vocabulary: Vocabulary) -> Iterator[Mutant]:
    """Without one of several targets, or with a class narrowed to each of those right below it."""
    for s in sorted(set(shapes.subjects(SH.targetClass)) | set(shapes.subjects(SH.targetSubjectsOf)), key=str):
        stated = [(p, o) for p in TARGETS for o in sorted(shapes.objects(s, p), key=str)]
        for p, o in stated if len(stated) > 1 else []:
            yield Mutant(f"{_name(shapes, s)}: drop {_word(p, o)}", _without(shapes, (s, p, o)))
        for p, o in stated:
            for below in sorted(vocabulary.graph.subjects(RDFS.subClassOf, o), key=str) if p == SH.targetClass else []:
                if isinstance(below, URIRef):
                    changed = _without(shapes, (s, p, o)).add((s, p, below))
                    yield Mutant(f"{_name(shapes, s)}: narrow to {_short(below)}", changed)


def numbers(shapes: Graph, _: Graph, __: Vocabulary) -> Iterator[Mutant]:
    """With a count, a length or a bound one more and one less."""
    for s, p, o in _sorted(shapes):
        if p in _COUNTS and isinstance(o, Literal) and isinstance(o.value, (int, Decimal)):
            for step in (1, -1):
                if o.value + step >= 0:
                    changed = _without(shapes, (s, p, o)).add((s, p, Literal(o.value + step, datatype=o.datatype)))
                    yield Mutant(f"{_name(shapes, s)}: {_short(p)} {o} -> {o.value + step}", changed)


def swaps(shapes: Graph, _: Graph, __: Vocabulary) -> Iterator[Mutant]:
    """With a constraint turned into its counterpart: least and most, open and closed bound, or and and."""
    for s, p, o in _sorted(shapes):
        if isinstance(p, URIRef) and p in _SWAPS:
            changed = _without(shapes, (s, p, o)).add((s, _SWAPS[p], o))
            yield Mutant(f"{_name(shapes, s)}: {_short(p)} -> {_short(_SWAPS[p])}", changed)


def members(shapes: Graph, _: Graph, __: Vocabulary) -> Iterator[Mutant]:
    """Without one member of a list: a value allowed, an alternative."""
    for s, p, o in _sorted(shapes):
        if p in _LISTS:
            items = list(Collection(shapes, o))
            for i, item in enumerate(items) if len(items) > 1 else []:
                changed = _without(shapes, (s, p, o))
                head = BNode()
                Collection(changed, head, items[:i] + items[i + 1 :])
                changed.add((s, p, head))
                what = local_name(str(item)) if not isinstance(item, BNode) else str(i + 1)
                yield Mutant(f"{_name(shapes, s)}: {_short(p)} without {what}", changed)


def paths(shapes: Graph, _: Graph, __: Vocabulary) -> Iterator[Mutant]:
    """With an inverse path turned, a repeated step taken once, an alternative or a step of a sequence left out."""
    for s, o in sorted(shapes.subject_objects(SH.path), key=str):
        if not isinstance(o, BNode):
            continue
        bare = _without(shapes, (s, SH.path, o))
        for p in (SH.inversePath, SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath):
            for inner in shapes.objects(o, p):
                yield Mutant(f"{_name(shapes, s)}: path without {_short(p)}", _plus(bare, (s, SH.path, inner)))
        head = shapes.value(o, SH.alternativePath)
        items = list(Collection(shapes, head if head is not None else o))
        for i in range(len(items)) if len(items) > 1 else ():
            rest = items[:i] + items[i + 1 :]
            changed = _plus(bare)
            changed.add((s, SH.path, _path(changed, rest, head is not None)))
            yield Mutant(f"{_name(shapes, s)}: path without step {i + 1}", changed)


def _path(graph: Graph, items: list[Node], alternative: bool) -> Node:
    if len(items) == 1:
        return items[0]
    head = BNode()
    Collection(graph, head, items)
    if not alternative:
        return head
    whole = BNode()
    graph.add((whole, SH.alternativePath, head))
    return whole


# ---- queries ------------------------------------------------------------------------------------------------------------


def queries(shapes: Graph, _: Graph, __: Vocabulary) -> Iterator[Mutant]:
    """With one condition of a constraint's query left out, turned round, or off by one."""
    spoken = set(shapes.objects(None, CHK.details))
    for p in (SH.select, SH.ask):
        for s, o in sorted(shapes.subject_objects(p), key=str):
            if s in spoken or not isinstance(o, Literal):
                continue
            owner = _name(shapes, s)
            for what, text in _changed_queries(str(o)):
                yield Mutant(f"{owner}: {what}", _without(shapes, (s, p, o)).add((s, p, Literal(text))))


_OPAQUE = re.compile(r"<[^<>\s]*>|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#[^\n]*")
_TURNS = {"<=": ("<", ">"), ">=": (">", "<"), "<": ("<=", ">"), ">": (">=", "<"), "!=": ("=",), "=": ("!=",)}
_COMPARISON = re.compile(r"(?<![<>=!^|/])(<=|>=|!=|<|>|=)(?![<>=])")
_NUMBER = re.compile(r"(?<![\w.?$:-])\d+(?:\.\d+)?(?![\w.])")
_NO_STATEMENTS = ("SELECT", "BIND", "GROUP", "ORDER")
_SAID = re.compile(r"\b(?:OPTIONAL|(?:FILTER\s+)?(?:NOT\s+)?EXISTS|FILTER|HAVING)\b", re.IGNORECASE)


def _changed_queries(text: str) -> Iterator[tuple[str, str]]:
    blank = _OPAQUE.sub(lambda m: " " * len(m.group()), text)  # the same places, without what is only quoted
    for begin, end, what in _removable(blank):
        yield f"drop {_brief(text[begin:end])}", f"{text[:begin]} {what} {text[end:]}"
    for m in _COMPARISON.finditer(blank):
        for turned in _TURNS[m.group()]:
            around = _brief(text[max(0, m.start() - 24) : m.end() + 24])
            yield f"{m.group()} -> {turned} in {around}", text[: m.start()] + turned + text[m.end() :]
    for m in re.finditer(r"\bNOT\s+EXISTS\b", blank):
        yield f"EXISTS {_brief(text[m.end() : m.end() + 40])}", text[: m.start()] + "EXISTS" + text[m.end() :]
    for m in _NUMBER.finditer(blank):
        for step in (1, -1):
            other = str(Decimal(m.group()) + step)
            yield (
                f"{m.group()} -> {other} in {_brief(text[max(0, m.start() - 24) : m.end() + 8])}",
                (text[: m.start()] + other + text[m.end() :]),
            )


def _removable(blank: str) -> Iterator[tuple[int, int, str]]:
    """(begin, end, what stands there instead) of each condition of a query that can be left out."""
    for m in _SAID.finditer(blank):
        opening = re.compile(r"\s*[({]").match(blank, m.end())
        if opening:
            begin, end = opening.end() - 1, _closing(blank, opening.end() - 1)
            if m.group().upper().startswith(("FILTER", "OPTIONAL", "HAVING")):
                yield m.start(), end, ""
            if blank[begin] == "(":
                yield from _operands(blank, begin + 1, end - 1)
    for begin, end in _statements(blank):
        yield begin, end, ""


def _operands(blank: str, begin: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Each operand of && or || at any depth of a condition."""
    parts, depth, start, joined = [], 0, begin, False
    i = begin
    while i < end:
        if blank[i] in "({":
            inner = _closing(blank, i)
            yield from _operands(blank, i + 1, inner - 1)
            i = inner
            continue
        if blank.startswith(("&&", "||"), i) and depth == 0:
            parts.append((start, i, blank[i : i + 2]))
            start, joined = i + 2, True
            i += 2
            continue
        i += 1
    if joined:
        parts.append((start, end, parts[-1][2]))
        for b, e, sign in parts:
            yield b, e, " true " if sign == "&&" else " false "


def _statements(blank: str) -> Iterator[tuple[int, int]]:
    """Each statement of a pattern: between dots, or between semicolons where it goes on with the same subject."""
    for m in re.finditer(r"\{", blank):
        begin, end = m.end(), _closing(blank, m.start()) - 1
        i = start = begin
        while i < end:
            if blank[i] in "({[":
                i = _closing(blank, i)
                if blank[i - 1] != "]":
                    start = i
                continue
            ends = blank[i] in ".;" and not blank[i + 1 : i + 2].isalnum()
            if ends or i == end - 1:
                stop = i if ends else i + 1
                text = blank[start:stop].strip()
                if (
                    text
                    and not _SAID.match(text)
                    and re.match(r"[?$\w:]", text)
                    and not text.startswith(_NO_STATEMENTS)
                ):
                    yield _triple(blank, start, stop, end)
                start = i + 1
            i += 1


def _triple(blank: str, start: int, stop: int, end: int) -> tuple[int, int]:
    """The place of a statement: its predicate and object alone where more follows on its subject."""
    text = blank[start:stop]
    goes_on = blank[stop : stop + 1] == ";"
    follows = blank[:start].rstrip().endswith(";")
    if follows:
        return blank[:start].rstrip().__len__() - 1, stop
    if goes_on:
        subject = re.compile(r"\s*\S+").match(text)
        assert subject is not None
        return start + subject.end(), stop + 1
    return start, min(stop + (blank[stop : stop + 1] == "."), end)


def _closing(text: str, begin: int) -> int:
    """The place after the bracket that closes the one at ``begin``."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    depth, open_, close = 0, text[begin], pairs[text[begin]]
    for i in range(begin, len(text)):
        depth += (text[i] == open_) - (text[i] == close)
        if depth == 0:
            return i + 1
    return len(text)


OPERATORS: tuple[Callable[[Graph, Graph, Vocabulary], Iterator[Mutant]], ...] = (
    drops,
    targets,
    numbers,
    swaps,
    members,
    paths,
    queries,
)


# ---- graphs -------------------------------------------------------------------------------------------------------------


def _together(components: Graph) -> dict[URIRef, list[frozenset[URIRef]]]:
    """For each parameter, the parameters of each component that has it; several components may share one."""
    found: dict[URIRef, list[frozenset[URIRef]]] = {}
    for component in components.subjects(RDF.type, SH.ConstraintComponent):
        paths = (
            p
            for parameter in components.objects(component, SH.parameter)
            for p in components.objects(parameter, SH.path)
        )
        own = frozenset(path for path in paths if isinstance(path, URIRef))
        for path in own:
            found.setdefault(path, []).append(own)
    return found


def _is_shape(shapes: Graph, s: Node) -> bool:
    """Whether a subject is a shape: not a query, a path, a list or a component."""
    if (s, RDF.type, SH.ConstraintComponent) in shapes or (s, RDF.first, None) in shapes:
        return False
    return all(
        (s, p, None) not in shapes
        for p in (SH.select, SH.ask, SH.inversePath, SH.alternativePath, SH.prefix, SH.declare)
    )


def _without(shapes: Graph, *patterns: tuple[Node, Node, Node | None]) -> Graph:
    changed = _plus(shapes)
    for pattern in patterns:
        changed.remove(pattern)
    return changed


def _plus(shapes: Graph, *triples: tuple[Node, Node, Node]) -> Graph:
    changed = Graph(namespace_manager=shapes.namespace_manager)
    for triple in (*shapes, *triples):
        changed.add(triple)
    return changed


def _sorted(shapes: Graph) -> list[tuple[Node, Node, Node]]:
    """The statements of a graph in an order that does not depend on the labels of blank nodes."""
    return sorted(shapes, key=lambda t: (_name(shapes, t[0]), str(t[1]), "" if isinstance(t[2], BNode) else str(t[2])))


def _name(shapes: Graph, node: Node) -> str:
    """What a shape is called: its local name, or that of the nearest one above it."""
    for _ in range(20):
        if isinstance(node, URIRef):
            return local_name(str(node))
        above = next(iter(shapes.subjects(None, node)), None)
        if above is None:
            return ""
        node = above
    return ""


def _word(p: URIRef, o: Node) -> str:
    return _short(p) if isinstance(o, BNode) else f"{_short(p)} {local_name(str(o)) if isinstance(o, URIRef) else o}"


def _short(iri: Node) -> str:
    return local_name(str(iri))


def _brief(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= 60 else f"{one[:57]}…"
