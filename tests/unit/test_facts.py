"""Facts in SQL and in RDF: what the ontology entails is there, and the way to RDF and back loses nothing."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, XSD

from checker import lift, readers
from checker.authoring import fixtures
from checker.errors import CannotFinish
from checker.facts import Builder, FactTable, Store, star_of
from checker.facts.rdf import canonical, from_graph, to_graph
from checker.model import Place
from checker.relate import relate
from checker.vocabulary import PLAN, SUB, Vocabulary
from tests.builtin import PACK, TERMS

ROOT = Path(__file__).parents[2]
PREFIXES = """
@prefix code: <https://w3id.org/plancheck/code#> .
@prefix p: <urn:plancheck:plan:S/> .
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:plancheck:plan:S> a plan:SmartCityPlan , sub:PlanUnderReview .
"""


def store(turtle: str) -> Store:
    return Store(from_graph(Graph().parse(data=PREFIXES + turtle, format="turtle"), TERMS), TERMS)


def members(s: Store, cls: object) -> set[str]:
    return {s.facts.iri(n).removeprefix("urn:plancheck:plan:") for n in s.column(f"SELECT s FROM {s.cls(str(cls))}")}


def pairs(s: Store, prop: object) -> set[tuple[str, str]]:
    answer = s.query(f"SELECT s, o FROM {s.prop(str(prop))}").to_pylist()
    return {tuple(s.facts.iri(row[c]).rsplit("/", 1)[-1] for c in "so") for row in answer}  # type: ignore[misc]


def test_subclass() -> None:
    assert "S" in members(store(""), PLAN.Plan)


def test_defined_class_with_value_and_intersection() -> None:
    s = store(
        """p:a a plan:Project ; plan:landMode code:new-land . p:b a plan:Project ; plan:landMode code:no-land .
        p:s a plan:Site ; plan:siteOf p:a . p:t a plan:Site ; plan:siteOf p:b . p:u a plan:Site ."""
    )
    assert members(s, PLAN.LandTakingProject) == {"S/a"}
    assert members(s, PLAN.LandTakingSite) == {"S/s"}
    assert members(s, PLAN.NoLandSite) == {"S/t"}


def test_inverse_symmetric_and_subproperty() -> None:
    s = store("p:s plan:siteOf p:a . p:a plan:sameInNearTerm p:b ; plan:carriesOutStrategy p:c .")
    assert pairs(s, PLAN.hasSite) == {("a", "s")}
    assert pairs(s, PLAN.sameProject) == {("a", "b"), ("b", "a")}
    assert pairs(s, PLAN.carriesOut) == {("a", "c")}


def test_a_property_of_several_columns_states_a_thing_once() -> None:
    builder = Builder(TERMS)
    plan = builder.node("urn:plancheck:plan:S")
    for name, titles in (("a", ["x", None]), ("b", ["x", "z"])):
        ids = builder.rows(pa.array([f"urn:plancheck:plan:S/{name}{i}" for i in range(2)]))
        columns = {str(PLAN.name): pa.array(["x", "y"]), str(PLAN.title): pa.array(titles, pa.string())}
        builder.add(FactTable(str(PLAN.Project), plan, None, Place(""), ids, pa.nulls(2, pa.int32()), columns))
    s = Store(builder.facts(), TERMS)

    def said(prop: object) -> list[tuple[str, str]]:
        rows = s.query(f"SELECT s, v FROM {s.prop(str(prop))}").to_pylist()
        return sorted((s.facts.iri(row["s"])[-2:], row["v"]) for row in rows)

    assert said(PLAN.name) == [("a0", "x"), ("a1", "y"), ("b0", "x"), ("b1", "y")]
    assert said(SUB.nameOf) == [("a0", "x"), ("a1", "y"), ("b0", "x"), ("b1", "y"), ("b1", "z")]


def test_tables_that_are_alike_say_together_what_each_says(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = Builder(TERMS)
    first, second, sheet = (builder.node(f"urn:plancheck:plan:{name}") for name in ("S", "T", "S/sheet"))
    ours, theirs = (builder.rows(pa.array([f"urn:plancheck:plan:{of}/{i}" for i in range(2)])) for of in "ST")
    for plan, table, ids in ((first, sheet, ours), (second, None, theirs), (first, None, ours)):
        columns = {str(PLAN.name): pa.array(["x", None])}
        builder.add(FactTable(str(PLAN.Project), plan, table, Place(""), ids, pa.nulls(2, pa.int32()), columns))
    facts = builder.facts()

    def told() -> list[list[dict[str, object]]]:
        s = Store(facts, TERMS)
        names = [s.cls(str(PLAN.Project)), *(s.prop(str(p)) for p in (PLAN.name, SUB.inPlan, SUB.inTable))]
        return [s.query(f"FROM {name} ORDER BY ALL").to_pylist() for name in names]

    together = told()
    assert [len(rows) for rows in together] == [4, 2, 4, 2], "what two tables say is said once"
    assert {row["o"] for row in together[2]} == {first, second} and {row["o"] for row in together[3]} == {sheet}
    monkeypatch.setattr("checker.facts.store._MANY", 0)  # so that each stands alone
    assert told() == together


SMALL = """
@prefix : <urn:o:> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:Site a owl:Class . :Bench a owl:Class . :Named a owl:Class . :k a :Named .
:on a owl:ObjectProperty . :next a owl:ObjectProperty .
"""


def small(axioms: str, statements: str) -> tuple[Store, Namespace]:
    """The store of a small ontology and a few statements about :a, :b, :c."""
    terms = Vocabulary(Graph().parse(data=SMALL + axioms, format="turtle"))
    data = Graph().parse(data="@prefix : <urn:o:> ." + statements, format="turtle")
    return Store(from_graph(data, terms), terms), Namespace("urn:o:")


def names(s: Store, cls: object) -> set[str]:
    return {name.removeprefix("urn:o:") for name in members(s, cls)}


def test_definitions_that_need_each_other_are_filled_together() -> None:
    s, o = small(
        """:Red a owl:Class ; owl:equivalentClass [ owl:unionOf ( [ owl:oneOf ( :a ) ]
            [ a owl:Restriction ; owl:onProperty :next ; owl:someValuesFrom :Blue ] ) ] .
        :Blue a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty :next ; owl:someValuesFrom :Red ] .""",
        ":d :next :c . :c :next :b . :b :next :a .",
    )
    assert names(s, o.Red) == {"a", "c"}
    assert names(s, o.Blue) == {"b", "d"}


def test_a_class_that_cannot_be_computed_is_refused_when_asked_for_and_not_before() -> None:
    s, o = small(
        """:Lone a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( :Site
            [ a owl:Restriction ; owl:onProperty :next ; owl:maxCardinality 1 ] ) ] .
        :Few a owl:Class ; rdfs:subClassOf :Bench ;
            owl:equivalentClass [ a owl:Restriction ; owl:onProperty :next ; owl:allValuesFrom :Site ] .""",
        ":a a :Site . :b a :Lone .",
    )
    assert names(s, o.Site) == {"a", "b"}, "a definition adds nothing to a class that it is an intersection with"
    for refused in (o.Lone, o.Few, o.Bench):
        with pytest.raises(CannotFinish, match=r"owl:(maxCardinality|allValuesFrom)"):
            s.cls(str(refused))


def of_form(pattern: str) -> str:
    """A class :Odd of those with a name of a form."""
    return f""":Odd a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( :Site
        [ a owl:Restriction ; owl:onProperty :name ; owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:string ;
            owl:withRestrictions ( [ xsd:pattern {Literal(pattern).n3()} ] ) ] ] ) ] .
    :name a owl:DatatypeProperty ; rdfs:range xsd:string . :called rdfs:subPropertyOf :name ; a owl:DatatypeProperty ."""


TEXTS = {"a": "不予通过", "b": "经审查，\n不予通过。", "c": "同意", "d": "", "e": "a.b", "f": "a-b", "g": "aab\r"}


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("不予通过", "a"),
        (".*不予.*", "a"),
        ("(.|\n|\r)*不予(.|\n|\r)*", "ab"),
        ("同意|不予通过", "ac"),
        ("a\\.b", "e"),
        ("a.b", "ef"),
        ("a{2}b(.|\r)?", "g"),
        ("[a-b.]{1,4}", "e"),
        ("[^不同]*", "defg"),
        ("(a[.\\-]?)+b", "ef"),
    ],
)
def test_a_pattern_matches_a_text_as_a_whole(pattern: str, matching: str) -> None:
    said = "".join(f":{n} a :Site ; :called {Literal(text).n3()} ." for n, text in TEXTS.items())
    s, o = small(of_form(pattern), said + ' :h :name "不予通过" .')
    assert names(s, o.Odd) == set(matching)


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "a|", "(|a)", "*a", "a**", "a+?", "(?i)a", "(a", "a)", "[]", "[a", "a{1000}", "((a{999}){999}){999}"),
        *("[b-a]", "[a-z-[b]]", "\\d", "\\p{L}", "\\n", "^a", "a$", "a&b", "~a", "#", "a@", "<1-2>", 'a"b"'),
    ],
)
def test_a_pattern_that_is_not_read_alike_everywhere_is_refused(pattern: str) -> None:
    s, o = small(of_form(pattern), ':a a :Site ; :name "a" .')
    with pytest.raises(CannotFinish, match="xsd:pattern"):
        s.cls(str(o.Odd))


@pytest.mark.parametrize(
    "exchange",
    [
        ("[ xsd:pattern", "[ xsd:minLength 1 ] [ xsd:pattern"),
        ("[ xsd:pattern", '[ xsd:pattern "b" ; xsd:pattern'),
        ("[ xsd:pattern", "[ xsd:length"),
        ("owl:onDatatype xsd:string", "owl:onDatatype xsd:token"),
        ("rdfs:range xsd:string", "rdfs:range xsd:decimal"),
        ("owl:someValuesFrom", "owl:allValuesFrom"),
        (":name a owl:DatatypeProperty ; rdfs:range xsd:string", ":name a owl:ObjectProperty"),
    ],
)
def test_another_restriction_of_values_is_refused(exchange: tuple[str, str]) -> None:
    definition = of_form("a")
    assert exchange[0] in definition
    s, o = small(definition.replace(*exchange), ":a a :Site .")
    with pytest.raises(CannotFinish, match=r"owl:(withRestrictions|someValuesFrom|allValuesFrom|onDatatype)"):
        s.cls(str(o.Odd))


@pytest.mark.parametrize(
    ("conclusion", "refused"),
    [
        *((said, True) for said in ("不同意", "评审不通过", "经核对，未通过。", "不予备案", "退回修改", "驳回申请", "意见：\n不予批准\n", "多数人有不同意见，本局不同意")),
        *((said, False) for said in ("同意", "修改后通过", "予以备案", "无不同意见", "原则同意，\n请按意见修改")),
    ],
)  # fmt: skip
def test_a_record_is_a_refusal_by_its_conclusion(conclusion: str, refused: bool) -> None:
    said = f"sub:recordConclusion {Literal(conclusion).n3()}"
    s = store(f"p:r a sub:FilingRecord ; {said} . p:x {said} . p:t a sub:FilingRecord .")
    assert members(s, SUB.Refusal) == ({"S/r"} if refused else set())


def test_chain_that_ends_in_itself() -> None:
    s, o = small(
        ":on owl:propertyChainAxiom ( :on :next ) . :above a owl:ObjectProperty . :on rdfs:subPropertyOf :above .",
        ":a :on :b . :b :next :c . :c :next :d .",
    )
    assert len(pairs(s, o.on)) == 3
    assert pairs(s, o.above) == pairs(s, o.on)
    assert not s.says_nothing(str(o.on))


def test_members_have_the_value_that_their_class_implies() -> None:
    s, o = small(
        """:Bench rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :on ; owl:hasValue :k ] .
        :Kept a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty :on ; owl:hasValue :k ] .""",
        ":a a :Bench . :b a :Kept . :c :on :k .",
    )
    assert {subject for subject, _ in pairs(s, o.on)} == {"urn:o:a", "urn:o:b", "urn:o:c"}
    assert names(s, o.Kept) == {"a", "b", "c"}


def test_existential_domain_and_range_are_claims() -> None:
    s, o = small(
        """:Bench rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :on ; owl:someValuesFrom :Site ] .
        :on rdfs:domain :Named ; rdfs:range :Site .
        :Placed a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty :on ; owl:someValuesFrom :Site ] .""",
        ":a a :Bench ; :on :b .",
    )
    assert names(s, o.Placed) == names(s, o.Site) == set()
    assert names(s, o.Named) == {"k"}
    assert s.says_nothing(str(o.Placed))


def test_literal_of_the_wrong_type_is_unparsed_and_no_value() -> None:
    s = store('p:a a plan:Project ; plan:investment "约3000" ; plan:start "2026"^^xsd:gYear .')
    assert s.column(f"SELECT v FROM {s.prop(str(PLAN.investment))}") == []
    assert len(members(s, SUB.Unparsed)) == 2


def test_undeclared_property_is_kept_aside() -> None:
    odd = store("p:a plan:investmnt 3 .").facts.odd
    assert [(s, p, str(o)) for s, p, o in odd] == [("urn:plancheck:plan:S/a", str(PLAN.investmnt), "3")]


def test_membership_in_a_plan_follows_the_iri() -> None:
    s = store("p:a a plan:Project . <urn:plancheck:plan:S2/b> a plan:Project .")
    assert ("a", "urn:plancheck:plan:S") in pairs(s, SUB.inPlan)
    assert not any(subject == "b" for subject, _ in pairs(s, SUB.inPlan))


@pytest.mark.parametrize(
    ("number", "form"), [("1000", "1000.0"), ("1E+3", "1000.0"), ("0.100000", "0.1"), ("-0.5", "-0.5"), ("0", "0.0")]
)
def test_decimals_have_one_form(number: str, form: str) -> None:
    from decimal import Decimal

    assert canonical(Decimal(number)) == form


ONE_OF_EACH = {path.parent.name: path for path in fixtures.fixtures(PACK)}  # test_round_trip takes them all


@pytest.mark.parametrize("path", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_rdf_round_trip(path: object) -> None:
    """What a fixture states comes back from the columns, with what is entailed added and nothing changed."""
    graph = fixtures.read(path).graph  # type: ignore[arg-type]
    facts = from_graph(graph, TERMS)
    s = Store(facts, TERMS)
    classes = {str(o) for o in graph.objects(None, RDF.type)}
    properties = {str(p) for p in graph.predicates()} - {str(RDF.type)}
    back = to_graph(s, classes, properties)
    stated = Graph()
    for subject, p, o in graph:
        if isinstance(o, Literal) and o.datatype == XSD.decimal:
            o = Literal(canonical(o.toPython()), datatype=XSD.decimal, normalize=False)
        stated.add((subject, p, o))
    unread = {(str(u), str(q)) for u, q, _ in _unparsed(s)}
    missing = {t for t in stated - back if (str(t[0]), str(t[1])) not in unread}
    assert not missing, missing
    again = to_graph(Store(from_graph(back, TERMS), TERMS), classes, properties)
    if not unread:
        assert isomorphic(back, again)


def _unparsed(s: Store) -> list[tuple[URIRef, URIRef, str]]:
    rows = s.query(
        f"SELECT a.o AS s, b.o AS p FROM {s.prop(str(SUB.subject))} a JOIN {s.prop(str(SUB.property))} b ON a.s = b.s"
    )
    return [(URIRef(s.facts.iri(r["s"])), URIRef(s.facts.iri(r["p"])), "") for r in rows.to_pylist()]


def of_demo() -> Store:
    """The facts of the demo package and its references, with what is computed of them."""
    packages = {
        name: readers.read(ROOT / "fixtures" / "packages" / name, TERMS, ROOT / "ontology" / "plan.xsd")
        for name in ("smart-city", "near-term", "territorial")
    }
    facts, _, _ = lift.lift(packages.pop("smart-city"), packages, TERMS)
    computed = frozenset(TERMS.properties) | frozenset(TERMS.classes)
    return Store(relate(facts, TERMS, computed, dt.date(2026, 11, 1)), TERMS)


def test_what_has_several_properties_is_what_each_of_them_says() -> None:
    """A star, read from rows where it can be, is the join of its properties: on all facts of a package with its references."""
    found = []
    for s in (
        of_demo(),
        store("p:a plan:siteOf p:x , p:y ; plan:code '1' , '2' . p:b plan:siteOf p:x . p:x plan:hasSite p:c ."),
    ):
        spoken = [prop for prop in sorted(TERMS.properties) if not s.says_nothing(prop)]
        some = spoken[::2]
        for props in (
            *pairwise(some),
            *zip(some[::2], some[::2], strict=True),
            *zip(some, some[5:], some[2:], strict=False),
        ):
            star = s._relation(star_of(props))
            joined = "".join(f" JOIN {s.prop(prop)} x{i} ON x{i}.s = x0.s" for i, prop in enumerate(props) if i)
            columns = ", ".join(f"x{i}.o, x{i}.v" for i in range(len(props)))
            apart = f"SELECT x0.s, {columns} FROM {s.prop(props[0])} x0{joined}"
            differing = f"(FROM {star} EXCEPT ALL ({apart})) UNION ALL (({apart}) EXCEPT ALL FROM {star})"
            assert s.query(differing).num_rows == 0, props
            found.append(s.query(f"SELECT 1 FROM {star}").num_rows)
    assert sum(count > 0 for count in found) > 50


def test_what_both_sides_state_of_each_other_is_stated_once() -> None:
    builder = Builder(TERMS)
    plan = builder.reviewed = builder.node("urn:plancheck:plan:S")
    (project,) = builder.rows(pa.array(["urn:plancheck:plan:S/a"])).to_pylist()
    (site,) = builder.rows(pa.array(["urn:plancheck:plan:S/s"])).to_pylist()
    for cls, node, prop, other in (
        (PLAN.Project, project, PLAN.hasSite, site),
        (PLAN.Site, site, PLAN.siteOf, project),
    ):
        columns = {str(prop): pa.array([other], pa.int64())}
        row = pa.array([1], pa.int32())
        builder.add(FactTable(str(cls), plan, None, Place("x"), pa.array([node], pa.int64()), row, columns))
    s = Store(builder.facts(), TERMS)
    for prop in (PLAN.siteOf, PLAN.hasSite):
        assert s.query(f"SELECT * FROM {s.prop(str(prop))}").num_rows == 1
