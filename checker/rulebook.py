"""Reads rules/ and guidelines/ of all packs into a ``Rulebook``: rules, clauses, profiles, and the shapes' graphs."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node

from checker.errors import CannotFinish, Text
from checker.model import Checkability, Clause, Outcome, Profile, Rule, Severity, Strength
from checker.resources import Pack
from checker.turtle import CHK, instances, parse_all
from checker.vocabulary import local_name

TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)
_SEVERITIES = {SH.Info: Severity.INFO, SH.Warning: Severity.WARNING, SH.Violation: Severity.VIOLATION}
# What a rule's SPARQL may not say: the first three reach out of the facts, the others SHACL forbids in constraints.
_FORBIDDEN = re.compile(r"\b(SERVICE|FROM|LOAD|MINUS|VALUES)\b", re.IGNORECASE)
_FORBIDDEN_PARTS = {
    "ServiceGraphPattern": "SERVICE",
    "DatasetClause": "FROM",
    "MinusGraphPattern": "MINUS",
    "InlineData": "VALUES",
    "ValuesClause": "VALUES",
}
_MAY_HIDE = re.compile(r"\\|\'\'\'|\"\"\"")
_NO_KEYWORDS = re.compile(r"<[^<>\s]*>|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#[^\n]*|[?$]\w+|\w+:[\w.-]*")
_PREFIXED = re.compile(r"(?<![\w:?$])([A-Za-z][\w-]*):([\w][\w.-]*[\w]|[\w])")


@dataclass(frozen=True)
class Targets:
    """The targets of a shape, by kind."""

    classes: tuple[str, ...]
    subjects_of: tuple[str, ...]
    objects_of: tuple[str, ...]
    nodes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.classes or self.subjects_of or self.objects_of or self.nodes)


@dataclass(frozen=True)
class Rulebook:
    """All rules by code, in order. ``common``: components, shared needs and prefixes; ``shapes``: one graph per rule.

    ``digest``: of all files of the packs; ``digests``: of each rule's file, by code.
    """

    rules: tuple[Rule, ...]
    clauses: Mapping[str, Clause]
    profiles: Mapping[str, Profile]
    common: Graph
    shapes: Mapping[str, Graph]
    digest: str
    digests: Mapping[str, str]

    def graph_of(self, rule: Rule, subject: str) -> Graph:
        """The graph that describes a shape of a rule: the rule's own, or the shared one."""
        own = self.shapes[rule.code]
        return own if (URIRef(subject), None, None) in own else self.common

    def targets(self, rule: Rule, shape: str) -> Targets:
        """The targets of one of a rule's shapes."""
        graph, s = self.graph_of(rule, shape), URIRef(shape)

        def iris(predicate: URIRef) -> tuple[str, ...]:
            return tuple(sorted(str(o) for o in graph.objects(s, predicate)))

        return Targets(iris(SH.targetClass), iris(SH.targetSubjectsOf), iris(SH.targetObjectsOf), iris(SH.targetNode))

    def shapes_for(self, rule: Rule, shape: str) -> Graph:
        """A shape of a rule with all it leads to and the components it uses, as a graph without targets."""
        graph = Graph()
        _describe((self.shapes[rule.code], self.common), URIRef(shape), graph)
        _add_components(self.common, graph)
        for predicate in TARGETS:
            graph.remove((None, predicate, None))
        return graph

    def with_shapes(self, code: str, graph: Graph) -> Rulebook:
        """This rulebook with other shapes for one rule. Raises CannotFinish where they are no rule."""
        old = self.rule(code)
        rule = _rule(graph, self.common, self.clauses, old.source)
        rules = tuple(rule if r is old else r for r in self.rules)
        return replace(self, rules=rules, shapes={**self.shapes, code: graph})

    def with_common(self, graph: Graph, codes: Collection[str]) -> Rulebook:
        """This rulebook with other components and shared needs; ``codes``: the rules that use what is changed.

        Raises CannotFinish where a rule needs what is gone.
        """
        rules = tuple(
            _rule(self.shapes[r.code], graph, self.clauses, r.source) if r.code in codes else r for r in self.rules
        )
        return replace(self, rules=rules, common=graph)

    def prefixes(self) -> dict[str, str]:
        """The prefixes that rules may use in SPARQL, from rules/prefixes.ttl."""
        return _prefixes(self.common)

    def rule(self, code: str) -> Rule:
        """The rule with this code. Raises CannotFinish for one that no pack has."""
        for rule in self.rules:
            if rule.code == code:
                return rule
        near = "、".join(difflib.get_close_matches(code, [rule.code for rule in self.rules], cutoff=0.4))
        raise CannotFinish(
            Text(f"没有代码为“{code}”的规则。", f"There is no rule with the code '{code}'."),
            code,
            Text(f"相近的有：{near}。" if near else "请核对代码。", f"Near: {near}." if near else "Check the code."),
        )

    def profile(self, name: str) -> Profile:
        """The profile with this name. Raises CannotFinish for one that no pack has."""
        if name in self.profiles:
            return self.profiles[name]
        known = "、".join(sorted(self.profiles))
        raise CannotFinish(
            Text(f"没有名为“{name}”的核查方案。", f"There is no profile called '{name}'."),
            "--profile",
            Text(f"可用的有：{known}。", f"There are: {known}."),
        )


def load(packs: Iterable[Pack], before: Rulebook | None = None) -> Rulebook:
    """The rulebook of the given packs. Raises CannotFinish, with the file, for a rule that lacks what a rule must have.

    ``before``: a rulebook with the same guidelines and shared shapes, whose rules are taken over where their files are
    what they were.
    """
    packs = tuple(packs)
    words = _words(packs[0])
    digest = hashlib.sha256()
    files: list[tuple[Pack, Path, str]] = []
    for pack in packs:
        for file in [f for folder in ("ontology", "guidelines", "rules") for f in pack.turtle(folder)]:
            content = file.read_bytes()
            digest.update(file.relative_to(pack.root).as_posix().encode() + b"\0" + content)
            if file.is_relative_to(pack.root / "rules") and not is_shared(pack, file):
                files.append((pack, file, hashlib.sha256(content).hexdigest()))
    if before is None:
        guidelines = _guidelines(packs)
        clauses = {clause.iri: clause for clause in _clauses(guidelines)}
        profiles, common = _unique_profiles(guidelines), _shared(packs, words)
    else:
        clauses, profiles, common = dict(before.clauses), dict(before.profiles), before.common
    known = {} if before is None else {before.digests[rule.code]: rule for rule in before.rules}
    rules: list[Rule] = []
    shapes: dict[str, Graph] = {}
    digests: dict[str, str] = {}
    for pack, file, content_digest in files:
        rule = known.get(content_digest)
        source = file.relative_to(pack.root).as_posix()
        if before is not None and rule is not None and rule.source == source:
            graph = before.shapes[rule.code]
        else:
            graph = _read(pack, file, words)
            _refuse_half_components(graph, common, file)
            rule = _rule(graph, common, clauses, source)
        if rule.code in shapes:
            raise _broken(
                file, Text(f"规则代码 {rule.code} 重复。", f"The rule code {rule.code} is taken."), "chk:code"
            )
        rules.append(rule)
        shapes[rule.code], digests[rule.code] = graph, content_digest
    rules.sort(key=lambda rule: rule.code)
    _refuse_unknown_subjects(profiles, clauses, rules)
    return Rulebook(tuple(rules), clauses, profiles, common, shapes, digest.hexdigest(), digests)


def is_shared(pack: Pack, file: Path) -> bool:
    """Whether a file of rules/ holds what rules share, and no rule: it lies in no guideline's folder."""
    return file.parent == pack.root / "rules"


def _guidelines(packs: Iterable[Pack]) -> Graph:
    graph = Graph()
    for pack in packs:
        parse_all(pack, pack.turtle("guidelines"), graph)
    return graph


def _unique_profiles(guidelines: Graph) -> dict[str, Profile]:
    profiles: dict[str, Profile] = {}
    for profile in _profiles(guidelines):
        if profiles.setdefault(profile.name, profile) is not profile:
            raise _broken(
                "guidelines",
                Text(f"核查方案“{profile.name}”重名。", f"Two profiles are called '{profile.name}'."),
                profile.name,
            )
    return profiles


def _shared(packs: Iterable[Pack], words: frozenset[URIRef]) -> Graph:
    """The components, needs and prefixes that the rules of all packs share."""
    common = Graph()
    for pack in packs:
        for file in pack.turtle("rules"):
            if is_shared(pack, file):
                common += _read(pack, file, words)
    return common


def _read(pack: Pack, file: Path, words: frozenset[URIRef]) -> Graph:
    """A file of rules/, refused where it reaches out or uses words that do not exist."""
    graph = Graph()
    parse_all(pack, [file], graph)
    _refuse_reach(graph, file)
    _refuse_unknown_words(graph, words, file)
    return graph


def _refuse_reach(graph: Graph, file: Path) -> None:
    """Refuses SPARQL that could read files or the network, or that SHACL does not allow."""
    for text in (str(o) for p in (SH.select, SH.ask) for o in graph.objects(None, p)):
        found = _FORBIDDEN.search(_NO_KEYWORDS.sub(" ", text))
        word = found.group().upper() if found else next(filter(None, map(_FORBIDDEN_PARTS.get, _parts(text))), None)
        if word:
            raise _broken(file, Text(f"规则的 SPARQL 不得使用 {word}。", f"A rule's SPARQL may not use {word}."), word)


def _parts(text: str) -> Iterator[str]:
    """The names of the parts of a query as rdflib parses it, where escapes or long quotations may hide words in it."""
    if not _MAY_HIDE.search(text):  # parsing takes long, and so does importing the parser
        return
    from pyparsing import ParseResults
    from rdflib.plugins.sparql.parser import parseQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    try:
        todo: list[object] = [parseQuery(text)]
    except Exception:  # it is no SPARQL, and no engine will evaluate it
        return
    while todo:
        part = todo.pop()
        if isinstance(part, CompValue):
            yield part.name
            todo.extend(part.values())
        elif isinstance(part, ParseResults | list):
            todo.extend(part)


def _words(core: Pack) -> frozenset[URIRef]:
    """The words of plancheck's own rule vocabulary."""
    graph = Graph()
    parse_all(core, [core.root / "ontology" / "rules.ttl"], graph)
    return frozenset(s for s in graph.subjects(unique=True) if isinstance(s, URIRef))


def _refuse_unknown_words(graph: Graph, words: frozenset[URIRef], file: Path) -> None:
    """Refuses words of SHACL and chk: that do not exist, which no engine would miss: sh:minCoutn demands nothing."""
    shacl = {term for triple in graph for term in triple if isinstance(term, URIRef) and term.startswith(str(SH))}
    ours = {p for p in graph.predicates(unique=True) if isinstance(p, URIRef) and p.startswith(str(CHK))}
    for term in sorted({term for term in shacl if term not in SH} | (ours - words)):
        raise _broken(file, Text(f"没有 {term} 这个词。", f"There is no such word as {term}."), local_name(term))
    if (None, SH.deactivated, Literal(True)) in graph:
        raise _broken(file, Text("形状被停用，永远通过。", "A deactivated shape always passes."), "sh:deactivated")


def _refuse_half_components(graph: Graph, common: Graph, file: Path) -> None:
    """Refuses a shape that names some parameters of a component but not all: it would demand nothing."""
    components = []
    for component in common.subjects(RDF.type, SH.ConstraintComponent):
        parameters = set(common.objects(component, SH.parameter))
        due = {p for p in parameters if (p, SH.optional, Literal(True)) not in common}
        components.append(tuple({common.value(p, SH.path) for p in part} for part in (parameters, due)))
    for shape in graph.subjects(unique=True):
        given = set(graph.predicates(shape, unique=True))
        whole = set().union(*(parameters for parameters, due in components if due <= given))
        for parameter in given & set().union(*(parameters for parameters, _ in components)) - whole:
            name = local_name(str(parameter))
            raise _broken(
                file, Text(f"“{name}”缺少与之同用的参数。", f"'{name}' lacks what has to stand with it."), name
            )


def _rule(graph: Graph, common: Graph, clauses: Mapping[str, Clause], source: str) -> Rule:
    subjects = list(graph.subjects(RDF.type, CHK.Rule))
    if len(subjects) != 1 or not isinstance(subjects[0], URIRef):
        raise _broken(
            source, Text("一个文件应恰有一条规则（chk:Rule）。", "A file holds exactly one chk:Rule."), "chk:Rule"
        )
    s = subjects[0]
    clause_iri = _required(graph, s, CHK.clause, source)
    clause = clauses.get(clause_iri)
    if clause is None:
        raise _broken(
            source, Text(f"所引条款 {clause_iri} 不存在。", f"The clause {clause_iri} is not there."), "chk:clause"
        )
    severity = graph.value(s, SH.severity)
    needs = _in_order((graph, common), _iris(graph, s, CHK.needs))
    asks = _iris(graph, s, CHK.asks)
    for shape in (*needs, *asks):
        if all((URIRef(shape), None, None) not in known for known in (graph, common)):
            raise _broken(
                source, Text(f"形状 {shape} 不存在。", f"The shape {shape} is not there."), "chk:needs, chk:asks"
            )
    return Rule(
        code=_required(graph, s, CHK.code, source),
        iri=str(s),
        title=_text(graph, s, RDFS.label, source),
        clause=clause,
        remedy=_text(graph, s, CHK.remedy, source),
        severity=_SEVERITIES.get(severity, Severity.VIOLATION) if isinstance(severity, URIRef) else Severity.VIOLATION,
        applies_to=frozenset(_iris(graph, s, CHK.appliesTo)),
        reads=_iris(graph, s, CHK.reads),
        needs=needs,
        asks=asks,
        excepts=_iris(graph, s, CHK.excepts),
        mentions=_mentions(graph, common, (*needs, *asks)),
        source=source,
        targets=frozenset(_iris(graph, s, SH.targetClass)),
    )


def _mentions(graph: Graph, common: Graph, shared: Iterable[str]) -> frozenset[str]:
    """Every IRI that a rule's evaluation can come across: in its shapes, its needs, its components and their SPARQL."""
    prefixes = _prefixes(common)
    used = Graph()
    for subject in {*graph.subjects(unique=True), *map(URIRef, shared)}:
        _describe((graph, common), subject, used)
    _add_components(common, used)
    found: set[str] = set()
    for triple in used:
        for term in triple:
            if isinstance(term, URIRef):
                found.add(str(term))
    for text in (str(o) for p in (SH.select, SH.ask) for o in used.objects(None, p)):
        found |= {prefixes[prefix] + local for prefix, local in _PREFIXED.findall(text) if prefix in prefixes}
    return frozenset(found)


def _add_components(common: Graph, target: Graph) -> None:
    """Copies the constraint components whose parameters a graph of shapes uses."""
    predicates = set(target.predicates(unique=True))
    for component in common.subjects(RDF.type, SH.ConstraintComponent):
        if any(common.value(p, SH.path) in predicates for p in common.objects(component, SH.parameter)):
            _describe((common,), component, target)


def _describe(sources: tuple[Graph, ...], subject: Node, target: Graph) -> None:
    """Copies what graphs say of a subject and of the shapes and blank nodes it leads to; links between rules are not followed."""
    todo = [subject]
    while todo:  # no recursion: a list is as deep as it is long
        s = todo.pop()
        if (s, None, None) in target:
            continue
        for source in sources:
            for p, o in source.predicate_objects(s):
                target.add((s, p, o))
                if not isinstance(o, Literal) and p not in (RDF.type, CHK.needs, CHK.asks, CHK.excepts, CHK.clause):
                    todo.append(o)


def _prefixes(common: Graph) -> dict[str, str]:
    return {
        str(common.value(d, SH.prefix)): str(common.value(d, SH.namespace)) for d in common.objects(None, SH.declare)
    }


def _clauses(graph: Graph) -> Iterable[Clause]:
    for s in instances(graph, CHK.Clause):
        source = str(s)
        guideline = _required(graph, s, CHK.ofGuideline, source)
        yield Clause(
            iri=source,
            guideline=guideline,
            guideline_title=_text(graph, URIRef(guideline), RDFS.label, source),
            number=_required(graph, s, CHK.number, source),
            requirement=_text(graph, s, CHK.requirement, source),
            instrument=_text(graph, s, CHK.instrument, source),
            article=_text(graph, s, CHK.article, source),
            strength=_one_of(Strength, local_name(_required(graph, s, CHK.strength, source)), source, "chk:strength"),
            jurisdiction=tuple(sorted(str(o) for o in graph.objects(s, CHK.jurisdiction))),
            checkability=_one_of(
                Checkability,
                local_name(str(graph.value(s, CHK.checkability) or CHK.automatic)),
                source,
                "chk:checkability",
            ),
            edition=str(graph.value(s, CHK.edition) or ""),
            in_force=_day(graph.value(s, CHK.inForce)),
        )


def _day(term: Node | None) -> dt.date | None:
    return term.value if isinstance(term, Literal) and isinstance(term.value, dt.date) else None


def _profiles(graph: Graph) -> Iterable[Profile]:
    for s in instances(graph, CHK.Profile):
        source, usual = str(s), Profile("", Text("", ""))

        def words(kind: type[_Word], predicate: URIRef, s: Node = s, source: str = source) -> frozenset[_Word]:
            return frozenset(
                _one_of(kind, local_name(str(o)), source, f"chk:{local_name(predicate)}")
                for o in graph.objects(s, predicate)
            )

        yield Profile(
            name=local_name(source),
            title=_text(graph, s, RDFS.label, source),
            adopts=frozenset(_iris(graph, s, CHK.adopts)),
            accepts=words(Outcome, CHK.accepts),
            sets_aside=frozenset(_iris(graph, s, CHK.setsAside)),
            rates={iri: severity for severity, said in _RATING.items() for iri in _iris(graph, s, said)},
            fail_on=next(iter(words(Severity, CHK.failsFrom)), usual.fail_on),
            returns=words(Strength, CHK.returnsFor) or usual.returns,
            for_kinds=frozenset(_iris(graph, s, CHK.forKind)),
            for_places=_iris(graph, s, CHK.forPlace),
        )


def _refuse_unknown_subjects(
    profiles: Mapping[str, Profile], clauses: Mapping[str, Clause], rules: Iterable[Rule]
) -> None:
    """Refuses a profile that speaks of a guideline, clause or rule that is not there, which would change nothing unnoticed."""
    known = {*clauses, *(clause.guideline for clause in clauses.values()), *(rule.iri for rule in rules)}
    for profile in profiles.values():
        for iri in sorted({*profile.adopts, *profile.sets_aside, *profile.rates} - known):
            raise _broken(
                "guidelines",
                Text(
                    f"核查方案“{profile.name}”所说的 {iri} 不是指南、条款或规则。",
                    f"The profile '{profile.name}' speaks of {iri}, which is no guideline, clause or rule.",
                ),
                profile.name,
            )


_RATING = {Severity.INFO: CHK.asInfo, Severity.WARNING: CHK.asWarning, Severity.VIOLATION: CHK.asViolation}
_Word = TypeVar("_Word", Strength, Outcome, Checkability, Severity)


def _one_of(kind: type[_Word], word: str, source: str, what: str) -> _Word:
    if word not in set(kind):
        known = "、".join(kind)
        raise _broken(source, Text(f"“{word}”应为 {known} 之一。", f"'{word}' is none of {known}."), what)
    return kind(word)


def _in_order(graphs: Iterable[Graph], shapes: Iterable[str]) -> tuple[str, ...]:
    """Shapes by their sh:order, those without one last, then by IRI."""

    def order(shape: str) -> tuple[float, str]:
        orders = (o for graph in graphs for o in graph.objects(URIRef(shape), SH.order))
        stated = [float(o) for o in orders if isinstance(o, Literal) and isinstance(o.value, int | float | Decimal)]
        return (min(stated, default=float("inf")), shape)

    return tuple(sorted(shapes, key=order))


def _required(graph: Graph, s: Node, predicate: URIRef, source: str) -> str:
    value = graph.value(s, predicate)
    if value is None:
        name = f"chk:{local_name(predicate)}"
        raise _broken(source, Text(f"缺少 {name}。", f"{name} is missing."), name)
    return str(value)


def _text(graph: Graph, s: Node, predicate: URIRef, source: str) -> Text:
    found = {o.language: str(o) for o in graph.objects(s, predicate) if isinstance(o, Literal)}
    if not {"zh", "en"} <= set(found):
        name = local_name(predicate)
        raise _broken(
            source, Text(f"“{name}”应有 @zh 与 @en 两种文字。", f"'{name}' needs words in @zh and @en."), name
        )
    return Text(found["zh"], found["en"])


def _iris(graph: Graph, s: Node, predicate: URIRef) -> tuple[str, ...]:
    return tuple(sorted(str(o) for o in graph.objects(s, predicate)))


def _broken(source: str | Path, problem: Text, what: str) -> CannotFinish:
    return CannotFinish(problem, str(source), Text(f"请在该文件中改正 {what}。", f"Correct {what} in that file."))
