"""The ontology answers what people in planning ask of a plan: competency questions, filed by section of the paper.

``fixtures/competency/<section>/<slug>.rq`` is a question and ``<slug>.csv`` its answers on ``fixtures/competency/plan.ttl``.
Questions are asked of the RDF view with what the ontology entails. Those that use skos: are asked of the view together with
the ontology's own graph, for labels, notations, hierarchy and matches of codes are not among the facts.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

from checker.facts import Store
from checker.facts.rdf import from_graph, to_graph
from checker.turtle import parse
from checker.vocabulary import PLAN, SUB, Vocabulary
from tests.builtin import RULES, TERMS

FOLDER = Path(__file__).parents[1] / "fixtures" / "competency"
SECTION = re.compile(r"1\.[12]|2\.1(\.[1-4])?|2\.2(\.[1-4])?|3|territorial")
OURS = "https://w3id.org/plancheck/"
HEADING = re.compile(r"# zh: (.+)\n# en: (.+)\n(?:# entailed: (.+)\n)?")
AXIOM = re.compile(
    r"(chain|subproperty|inverse|symmetric|transitive|hasValue|subclass|defined class) ((?:hts|plan|sub|terr):\w+)"
)
CLASS = re.compile(r"\ba ((?:hts|plan|sub|terr):\w+)")
WORD = re.compile(r"(?<!\w)([a-z]\w*:\w[\w-]*)")

Rows = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """A question in both languages, the axioms without which its answer would be another, and its query."""

    path: Path
    zh: str
    en: str
    entailed: tuple[str, ...]
    query: Query

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def expected(self) -> tuple[list[str], Rows]:
        """The names of the variables, and the answers."""
        with self.path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        return header, Counter(tuple(row) for row in rows)


def question(path: Path) -> Question:
    text = path.read_text(encoding="utf-8")
    heading = HEADING.match(text)
    assert heading, f"{path}: the first two lines are '# zh: …' and '# en: …'"
    zh, en, axioms = heading.groups()
    return Question(path, zh, en, tuple(axioms.split("; ")) if axioms else (), prepareQuery(text))


QUESTIONS = [question(path) for path in sorted(FOLDER.rglob("*.rq"))]
NAMES = [q.name for q in QUESTIONS]


@cache
def terms() -> Vocabulary:
    return TERMS


@cache
def stated() -> Graph:
    """The plan set as it is written."""
    return parse(FOLDER / "plan.ttl", Graph(bind_namespaces="none"))


@cache
def store() -> Store:
    return Store(from_graph(stated(), terms()), terms())


@cache
def view() -> Graph:
    """The plan set with what the ontology entails."""
    return to_graph(store(), terms().classes, terms().properties)


@cache
def view_and_ontology() -> Graph:
    return view() + terms().graph


@cache
def without_entailment() -> Graph:
    """What the plan set and the ontology state, and to which plan each thing belongs, which its name says."""
    graph = stated() + terms().graph
    for s, o in view().subject_objects(SUB.inPlan):
        graph.add((s, SUB.inPlan, o))
    return graph


def prefixes(q: Question) -> dict[str, str]:
    """Prefix -> namespace, of the plan set and of the query."""
    return {p: str(ns) for g in (stated(), q.query.prologue) for p, ns in g.namespace_manager.namespaces()}


def written(q: Question, term: Node | None) -> str:
    """A term as the answers write it: an IRI with its prefix, a literal as its text, nothing where nothing is bound."""
    if not isinstance(term, URIRef):
        return "" if term is None else str(term)
    prefix, namespace = max(
        ((p, ns) for p, ns in prefixes(q).items() if term.startswith(ns)), key=lambda pair: len(pair[1])
    )
    return f"{prefix}:{term.removeprefix(namespace)}"


def expanded(q: Question, name: str) -> URIRef:
    prefix, local = name.split(":")
    return URIRef(prefixes(q)[prefix] + local)


def answers(q: Question, graph: Graph) -> tuple[list[str], Rows]:
    """The names of the variables, and the answers."""
    result = graph.query(q.query)
    return [str(v) for v in result.vars or ()], Counter(tuple(written(q, term) for term in row) for row in result)  # type: ignore[union-attr]


def asks_of_codes(q: Question) -> bool:
    return "skos:" in q.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("q", QUESTIONS, ids=NAMES)
def test_answers(q: Question) -> None:
    assert answers(q, view_and_ontology() if asks_of_codes(q) else view()) == q.expected


@pytest.mark.parametrize("q", QUESTIONS, ids=NAMES)
def test_entailment_is_needed_where_it_is_named_and_nowhere_else(q: Question) -> None:
    differs = answers(q, without_entailment()) != q.expected
    assert differs == bool(q.entailed), f"without entailment: {answers(q, without_entailment())}"


@pytest.mark.parametrize("q", [q for q in QUESTIONS if q.entailed], ids=[q.name for q in QUESTIONS if q.entailed])
def test_axioms_named_are_axioms(q: Question) -> None:
    for axiom in q.entailed:
        match = AXIOM.fullmatch(axiom)
        assert match, axiom
        kind, name = match.groups()
        iri = str(expanded(q, name))
        cls, prop = terms().classes.get(iri), terms().properties.get(iri)
        holds = {
            "chain": prop and prop.chains,
            "subproperty": prop and any(iri in p.parents for p in terms().properties.values()),
            "inverse": prop and prop.inverses,
            "symmetric": prop and prop.symmetric,
            "transitive": prop and prop.transitive,
            "hasValue": prop and any(has.property == iri for c in terms().classes.values() for has in c.values),
            "subclass": cls and len(terms().subclasses(iri)) > 1,
            "defined class": cls and cls.definitions,
        }
        assert holds[kind], axiom


@pytest.mark.parametrize("q", QUESTIONS, ids=NAMES)
def test_question_is_well_made(q: Question) -> None:
    header, rows = q.expected
    assert rows, "a question has an answer"
    assert all(len(row) == len(header) for row in rows)
    assert SECTION.fullmatch(q.path.parent.name), "the folder is a section of the paper, or that of alignment"
    lines = q.path.with_suffix(".csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [tuple(r) for r in csv.reader(lines)] == sorted(tuple(r) for r in csv.reader(lines)), "rows are sorted"
    assert q.zh.endswith("？") and q.en.endswith("?")
    for cls in CLASS.findall(q.path.read_text(encoding="utf-8")) if len(header) == 1 else ():
        members = {written(q, s) for s in view().subjects(RDF.type, expanded(q, cls))}
        assert {row[0] for row in rows} != members, f"the answer is every {cls}, which tells nothing"


def test_there_are_enough_questions_and_no_two_are_the_same() -> None:
    assert len(QUESTIONS) >= 40
    assert 3 * sum(bool(q.entailed) for q in QUESTIONS) >= len(QUESTIONS)
    assert len({q.zh for q in QUESTIONS}) == len({q.en for q in QUESTIONS}) == len(QUESTIONS)


def test_every_question_has_its_answers_and_every_answer_its_question() -> None:
    assert {p.with_suffix("") for p in FOLDER.rglob("*.rq")} == {p.with_suffix("") for p in FOLDER.rglob("*.csv")}


def test_plan_set_uses_no_undeclared_term() -> None:
    assert store().facts.odd == ()
    used = {term for triple in stated() for term in triple if str(term).startswith(OURS)}
    assert used <= set(terms().graph.subjects())


@pytest.mark.parametrize("q", QUESTIONS, ids=NAMES)
def test_question_uses_no_undeclared_term(q: Question) -> None:
    """A name that nothing bears would make a FILTER NOT EXISTS hold of everything."""
    query = q.path.read_text(encoding="utf-8").split("\n\n", 1)[1]
    used = {expanded(q, name) for name in WORD.findall(query)}
    assert {term for term in used if term.startswith(OURS)} <= set(terms().graph.subjects())


def test_plan_set_or_a_rule_uses_every_term_of_the_plan_and_of_human_technology_space() -> None:
    """What the plan set is silent on is judged by a rule, whose fixtures use it, or is a content that texts treat."""
    ours = (str(PLAN), f"{OURS}hts#")
    judged = {iri for rule in RULES.rules for iri in rule.mentions} | terms().subclasses(str(PLAN.RequiredContent))
    silent = [c for c in terms().classes if c.startswith(ours) and (None, None, URIRef(c)) not in view()]
    silent += [p for p in terms().properties if p.startswith(ours) and (None, URIRef(p), None) not in view()]
    assert not set(silent) - judged
