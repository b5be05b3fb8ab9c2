"""`plancheck explain REPORT FINDING`: the smallest change from the constraint, and each fact down to a cell or an axiom."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import SH

from checker import resources
from checker.explanation import find
from checker.explanation.change import Changes
from checker.explanation.facts import Account, Ground, Proof, Proofs, Statement
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.model import Finding, Outcome, Report
from checker.pipeline import Known, Request, known
from checker.prepared import Prepared, prepare
from checker.turtle import CHK
from checker.vocabulary import PLAN, TYPE, Vocabulary, local_name
from checker.writers import json as as_json
from tests.packages import run
from tests.reports import demo

PACKAGES = Path(__file__).parents[1] / "fixtures" / "packages"
PLANS = PACKAGES / "smart-city-mistakes"
COORDINATE = re.compile(r"\b\d{6,8}\.\d")


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(resources.packs())


@pytest.fixture(scope="module")
def report() -> Report:
    return demo()


@pytest.fixture(scope="module")
def changes(prepared: Prepared, report: Report) -> Changes:
    return Changes(prepared.rulebook, prepared.vocabulary, report.as_of)


@pytest.fixture(scope="module")
def facts(report: Report) -> Known:
    return known(Request(PLANS, {}), report.as_of, lambda _: None)


@pytest.fixture(scope="module")
def proofs(facts: Known) -> Proofs:
    return Proofs(facts.stated, facts.store, {plan.iri: plan.title for plan in facts.summaries[1:]})


@pytest.fixture
def written(report: Report, tmp_path: Path) -> Path:
    file = tmp_path / "report.json"
    file.write_text(as_json.write(report, "zh"), encoding="utf-8")
    return file


def one(report: Report, code: str, words: str = "") -> Finding:
    return next(f for f in report.findings if f.rule.code == code and words in f.message.zh)


# ---- the smallest change ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words", "zh", "en"),
    [
        ("TP-202", "", "即至少减少 3,799.29 m²", "reduce the area inside 'ecological protection red line' from 3,800.29 m²"),
        ("TP-203", "", "把位于“城镇开发边界”之外的面积", "outside 'urban development boundary'"),
        ("NT-203", "开始", "把“开始时间”由 2028 年改到 2027 年，相差 1 年", "move 'start' from 2028 to 2027, by 1 in years"),
        ("NT-203", "近期规划期末", "相差 731 天", "a difference of 731 days"),
        ("IO-102b", "", "合计至少 63 天", "together by 63 days at least"),
        ("IO-104", "P17", "在“落实策略”中补上“策略”，至少 1 个", "add to 'carries out strategy' at least 1 of 'strategy'"),
        ("IO-104b", "", "在“反向 落实策略”中补上“项目”", "add to 'inverse of carries out strategy'"),
        ("IO-102", "", "在“实施环节”中补上“推广”", "add 'promotion' to 'aspect'"),
        ("NT-202", "名称", "把“名称”由“双千兆网络补盲工程”改为“千兆光网与第五代移动通信补盲”", "change 'name' from"),
        ("SC-103", "", "补上“以其为统领”，至少 1 个", "add 'guided by', at least 1"),
        ("NT-201", "", "做到以下任何一项：", "state 'reason for a new project' in 4 characters or more"),
        ("TP-205", "P16", "相差 11.2 个百分点", "a difference of 11.2 percentage points"),
        ("NT-206", "", "由 623,100 改到 245,100，相差 378,000", "a difference of 378,000"),
    ],
)  # fmt: skip
def test_the_smallest_change_is_told(changes: Changes, report: Report, code: str, words: str, zh: str, en: str) -> None:
    told = changes.of(one(report, code, words))
    assert told is not None and zh in told.zh and en in told.en, told


def test_where_it_cannot_be_computed_nothing_is_made_up(changes: Changes, report: Report) -> None:
    assert changes.of(one(report, "DQ-101")) is None
    gone = replace(one(report, "TP-202"), rule=replace(one(report, "TP-202").rule, code="XX-1"))
    assert changes.of(gone) is None


def test_a_limit_in_the_shape_tells_by_how_much_a_value_misses_it(changes: Changes, report: Report) -> None:
    base = "https://w3id.org/plancheck/rule/"
    made = replace(
        one(report, "DQ-108b"),
        rule=changes.rules.rule("DQ-107"),
        shape=f"{base}DQ-107-investment",
        component=str(SH.MinInclusiveConstraintComponent),
        path=str(PLAN.investment),
        value="-12.5",
        details={"value": Decimal("-12.5")},
    )
    told = changes.of(made)
    assert told is not None and told.en.endswith("from -12.5 to 0 or more, that is by 12.5 at least")


def constraints(prepared: Prepared) -> Iterator[tuple[str, str]]:
    """The components of the rules' own shapes, with the codes of their rules."""
    common = prepared.rulebook.common
    owner = {
        common.value(p, SH.path): str(component)
        for component, p in common.subject_objects(SH.parameter)
    }  # fmt: skip
    for rule in prepared.rulebook.rules:
        graph = prepared.rulebook.shapes_for(rule, rule.iri)
        for shape in {URIRef(rule.iri), *graph.objects(URIRef(rule.iri), SH.property)}:
            for p in graph.predicates(shape, unique=True):
                name = local_name(str(p))
                own = f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"
                if p in owner:
                    yield owner[p], rule.code
                elif URIRef(own) in SH:
                    yield own, rule.code


def test_every_component_that_rules_use_has_words_for_its_change(prepared: Prepared) -> None:
    told = {str(o) for o in prepared.rulebook.common.objects(None, CHK.changeOf)}
    lacking = {(component, code) for component, code in constraints(prepared) if component not in told}
    aside = {f"{SH}PropertyConstraintComponent"}
    assert {component for component, _ in lacking} <= aside, lacking
    assert len({component for component, _ in constraints(prepared)}) > 20


def test_the_words_of_a_change_are_in_both_languages_with_the_same_slots(prepared: Prepared) -> None:
    common = prepared.rulebook.common
    for change in set(common.subjects(CHK.changeOf)):
        said = {o.language: str(o) for o in common.objects(change, CHK.remedy) if isinstance(o, Literal)}
        slots = [set(re.findall(r"\{\?([\w.]+)\}", said[lang])) for lang in ("zh", "en")]
        assert slots[0] == slots[1], change


# ---- the command ------------------------------------------------------------------------------------------------------


def test_a_finding_is_explained_from_the_report_alone(written: Path, report: Report) -> None:
    name = one(report, "TP-202").id
    ran = run("explain", written, name[:10], "--lang", "en")
    assert ran.status == 0 and "Note" not in ran.out
    for words in (
        name,
        "● stands in the way",
        "feature 21",
        "Notice 自然资发〔2022〕142号",
        "Move the site off",
        "by 3,799.29 m²",
    ):
        assert words in ran.out, ran.out
    assert "The facts that led there" not in ran.out
    frame = [line for line in run("explain", written, name).out.splitlines() if line.startswith("● ")]
    assert frame == [f"● {each}" for each in ("问题", "位置", "数值", "规则", "条款", "怎样修改", "最小的改动")]


def test_an_open_point_says_who_decides(written: Path, report: Report) -> None:
    for kind, words in (
        (Outcome.PERSON_DECIDES, "A reviewer decides"),
        (Outcome.NOT_SUPPLIED, "The planner supplies it"),
    ):
        point = next(r for o in report.outcomes for r in o.reasons if r.outcome is kind)
        ran = run("explain", written, point.id, "--lang", "en")
        assert ran.status == 0 and point.text.en in ran.out and words in ran.out


def test_names_of_none_or_several_are_refused_with_what_is_near(written: Path, report: Report) -> None:
    name = one(report, "TP-202").id
    for given, words in ((name[:-1] + "x", name), ("TP-2", "ids begin with"), ("", "The report has no finding")):
        ran = run("explain", written, given, "--lang", "en")
        assert ran.status == 2 and words in ran.err, ran.err


def test_a_rule_is_explained_as_before_and_takes_no_package(tmp_path: Path) -> None:
    assert "TP-202" in run("explain", "TP-202").out
    assert run("explain", "TP-202", "--package", PLANS).status == 2
    assert run("explain", tmp_path / "none.json", "TP-202").status == 2
    (tmp_path / "r.json").write_text("{}", encoding="utf-8")
    assert "after the report" in run("explain", tmp_path / "r.json", "--lang", "en").err


def test_another_rulebook_is_said(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(as_json.write(replace(report, rulebook="0" * 64), "zh"), encoding="utf-8")
    assert "规则库与报告所用的不同" in run("explain", file, one(report, "TP-202").id).out


def test_the_facts_are_shown_with_their_cells(written: Path, report: Report) -> None:
    ran = run("explain", written, one(report, "NT-203", "开始").id, "--package", PLANS, "--lang", "en")
    assert ran.status == 0, ran.err
    assert "start: 2028-01-01  [stated: 智慧城市规划表格.xlsx / 项目表 / row 10 / column 建设年限]" in ran.out
    assert "match by key (owl:hasKey): project <https://w3id.org/plancheck/plan#Project>" in ran.out
    assert "[stated: 栖云市近期规划（2026—2030年） / 近期规划表格.xlsx / 项目表 / row 9 / column 建设年限]" in ran.out
    sheet = openpyxl.load_workbook(PLANS / "智慧城市规划表格.xlsx")["项目表"]
    column = next(cell.column for cell in sheet[3] if cell.value == "建设年限")
    assert "2028" in str(sheet.cell(10, column).value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "plan.xml").write_bytes((folder / "plan.xml").read_bytes() + b"\n"), "plan.xml"),
        (lambda folder: (folder / "more.csv").write_text("a,b\n1,2\n", encoding="utf-8"), "more.csv"),
    ],
)
def test_another_package_is_refused(
    change: Callable[[Path], object], words: str, written: Path, report: Report, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(PLANS, tmp_path / "smart-city-mistakes"))
    for name in ("near-term", "territorial"):
        shutil.copytree(PACKAGES / name, tmp_path / name)
    change(folder)
    ran = run("explain", written, one(report, "TP-202").id, "--package", folder, "--lang", "en")
    assert ran.status == 2 and "not the one that the report is on" in ran.err and words in ran.err


def test_a_reference_that_is_missing_is_refused(written: Path, report: Report, tmp_path: Path) -> None:
    alone = shutil.copytree(PLANS, tmp_path / "p")
    ran = run("explain", written, one(report, "TP-202").id, "--package", alone, "--lang", "en")
    assert ran.status == 2 and "the report compares with the near-term plan" in ran.err


def test_no_coordinate_is_told_where_the_report_has_none(tmp_path: Path) -> None:
    bare = demo(with_coordinates=False)
    file = tmp_path / "r.json"
    file.write_text(as_json.write(bare, "zh"), encoding="utf-8")
    for code in ("TP-202", "DQ-111"):
        ran = run("explain", file, one(bare, code).id, "--package", PLANS)
        assert ran.status == 0 and not COORDINATE.search(ran.out), ran.out


# ---- why facts hold ---------------------------------------------------------------------------------------------------


def leaves(proof: Proof) -> Iterator[Proof]:
    if not proof.behind:
        yield proof
    for behind in proof.behind:
        yield from leaves(behind)


def everything(proof: Proof) -> Iterator[Proof]:
    yield proof
    for behind in proof.behind:
        yield from everything(behind)


def test_all_facts_of_the_demo_come_down_to_what_is_stated_or_computed(
    proofs: Proofs, facts: Known, report: Report
) -> None:
    accounts: list[Account] = []
    for outcome in report.outcomes:
        rule = facts.prepared.rulebook.rule(outcome.rule.code)
        told = (*outcome.findings, *(r for r in outcome.reasons if r.node is not None))
        accounts += [proofs.of(each, rule, facts.prepared.rulebook) for each in told]
    every = [proof for account in accounts for top in account.proofs for proof in everything(top)]
    grounds = {proof.ground for proof in every}
    assert {Ground.DEFINITION, Ground.INVERSE, Ground.KEY, Ground.RELATION, Ground.SUBCLASS, Ground.ONTOLOGY} <= grounds
    assert Ground.UNKNOWN not in grounds
    ends = {leaf.ground for account in accounts for top in account.proofs for leaf in leaves(top)}
    assert ends <= {Ground.STATED, Ground.DRAWN, Ground.ONTOLOGY, Ground.COMPUTED, Ground.RELATION, Ground.DEFINITION}
    assert all(p.spot is not None for p in every if p.ground in (Ground.STATED, Ground.DRAWN))
    assert all(proofs.holds(p.statement) for p in every)


def test_only_what_was_laid_over_what_the_rule_names_is_told(proofs: Proofs, facts: Known, report: Report) -> None:
    rules = facts.prepared.rulebook
    account = proofs.of(one(report, "TP-202"), rules.rule("TP-202"), rules)
    relations = {p.axiom for top in account.proofs for p in everything(top) if p.ground is Ground.RELATION}
    assert relations == {("https://w3id.org/plancheck/rel#site-red-line",)}


def test_a_path_that_leads_to_nothing_is_said(proofs: Proofs, facts: Known, report: Report) -> None:
    rules = facts.prepared.rulebook
    for code, words, en in (
        ("IO-104", "P17", "carries out strategy"),
        ("IO-104b", "", "inverse of carries out strategy"),
    ):
        assert [t.en for t in proofs.of(one(report, code, words), rules.rule(code), rules).absent] == [en]


# A small ontology with one axiom of each kind.
ONTOLOGY = """
@prefix : <urn:o#> . @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix plan: <https://w3id.org/plancheck/plan#> .
plan:Plan a owl:Class .
:A a owl:Class . :B a owl:Class ; rdfs:subClassOf :A .
:D a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :A [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] ) ] .
:V a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :valued ; owl:hasValue :code ] .
:code a :A .
:p a owl:ObjectProperty . :sub a owl:ObjectProperty ; rdfs:subPropertyOf :p .
:back a owl:ObjectProperty ; owl:inverseOf :p .
:near a owl:ObjectProperty , owl:SymmetricProperty .
:within a owl:ObjectProperty , owl:TransitiveProperty .
:chained a owl:ObjectProperty ; owl:propertyChainAxiom ( :p :near ) .
:valued a owl:ObjectProperty .
:n a owl:DatatypeProperty ; rdfs:range xsd:decimal . :m a owl:DatatypeProperty ; rdfs:range xsd:decimal ; rdfs:subPropertyOf :n .
"""
DATA = """
@prefix : <urn:o#> . @prefix i: <urn:i:> .
i:a a :A ; :sub i:b ; :m 3 . i:b a :B ; :near i:c . i:c a :A . i:v a :V .
i:x :within i:y . i:y :within i:z . i:z :within i:w .
"""


@pytest.fixture(scope="module")
def small() -> Proofs:
    terms = Vocabulary(Graph().parse(data=ONTOLOGY, format="turtle"))
    stated = from_graph(Graph().parse(data=DATA, format="turtle"), terms)
    return Proofs(stated, Store(stated, terms), {})


def proof(proofs: Proofs, s: str, p: str, o: str | Decimal) -> Proof:
    node = proofs.store.node(f"urn:i:{s}")
    if p == "a":
        return proofs.prove(Statement(node, TYPE, f"urn:o#{o}", True))
    if isinstance(o, Decimal):
        return proofs.prove(Statement(node, f"urn:o#{p}", o, False))
    return proofs.prove(Statement(node, f"urn:o#{p}", proofs.store.node(o if ":" in o else f"urn:i:{o}"), True))


def shown(proofs: Proofs, found: Proof) -> str:
    """A proof as a line: its statement, its reason, and what is behind it."""
    s = found.statement

    def name(value: object) -> str:
        text = proofs.store.iri(value) if isinstance(value, int) else str(value)
        return re.split("[#:]", text)[-1]

    prop = "a" if s.prop == TYPE else name(s.prop)
    behind = ", ".join(shown(proofs, each) for each in found.behind)
    return f"{name(s.subject)} {prop} {name(s.value)} {found.ground.value}{f' ({behind})' if behind else ''}"


@pytest.mark.parametrize(
    ("s", "p", "o", "expected"),
    [
        ("a", "sub", "b", "a sub b stated"),
        ("a", "p", "b", "a p b subproperty (a sub b stated)"),
        ("a", "n", Decimal(3), "a n 3 subproperty (a m 3 stated)"),
        ("b", "back", "a", "b back a inverse (a p b subproperty (a sub b stated))"),
        ("c", "near", "b", "c near b symmetric (b near c stated)"),
        ("a", "chained", "c", "a chained c chain (a p b subproperty (a sub b stated), b near c stated)"),
        ("x", "within", "z", "x within z transitive (x within y stated, y within z stated)"),
        ("b", "a", "A", "b a A subclass (b a B stated)"),
        ("a", "a", "D", "a a D definition (a a A stated, a p b subproperty (a sub b stated), b a B stated)"),
        ("v", "valued", "urn:o#code", "v valued code has-value (v a V stated)"),
        ("c", "sub", "a", "c sub a unknown"),  # it does not hold
    ],
)
def test_a_fact_of_each_kind_names_its_axiom_and_what_it_follows_from(
    small: Proofs, s: str, p: str, o: str | Decimal, expected: str
) -> None:
    assert shown(small, proof(small, s, p, o)) == expected


def test_long_transitive_ways_and_circles_end(small: Proofs) -> None:
    found = proof(small, "x", "within", "w")
    assert {leaf.ground for leaf in leaves(found)} == {Ground.STATED} and len(list(leaves(found))) == 3


def test_axioms_are_named_by_their_iris(small: Proofs) -> None:
    assert proof(small, "a", "chained", "c").axiom == ("urn:o#p", "urn:o#near", "urn:o#chained")
    assert proof(small, "b", "a", "A").axiom == ("urn:o#B", "urn:o#A")


def test_find_takes_the_whole_id_before_a_longer_one(report: Report) -> None:
    _, told = find(report, one(report, "TP-202").id)
    assert told == one(report, "TP-202")
