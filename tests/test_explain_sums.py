"""`plancheck explain --package`: what the sums, shares and counts of a finding were made of, down to the row of each part."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from rdflib import Graph

from checker.authoring import fixtures
from checker.engine import Evaluation, engine
from checker.errors import Text
from checker.explanation.facts import Account, Proofs
from checker.explanation.sums import Numbers
from checker.explanation.sums import numbers as numbers_of
from checker.explanation.words import Explanation, write
from checker.facts import Facts, Store
from checker.facts.rdf import from_graph
from checker.judge import Words
from checker.model import Finding, Outcome, Rule, RuleOutcome, Severity, Violation
from checker.rulebook import Rulebook
from tests.builtin import KNOWN, PACK, RULES, TERMS
from tests.packages import FORM, run, workbook

HEAD = ("项目编号", "项目名称", "总投资（万元）")


def test_a_total_lists_its_largest_rows_with_their_cells_and_sums_up_the_others(tmp_path: Path) -> None:
    folder, report = tmp_path / "包", tmp_path / "report.json"
    projects = [(f"P-{i}", f"项目{i}", 100 + i) for i in range(60)]
    folder.mkdir()
    workbook(folder / "表.xlsx", {"规划信息": FORM, "项目表": [HEAD, *projects, ("合计", None, 7670)]})
    run("check", folder, "--format", "json", "-o", report)

    def explained(lang: str, head: str) -> list[str]:
        ran = run("explain", report, "DQ-115c", "--package", folder, "--lang", lang)
        assert ran.status == 0, ran.err
        lines = ran.out.splitlines()
        return [line.strip() for line in lines[lines.index(head) + 1 : lines.index("", lines.index(head))]]

    head, *parts, rest = explained("zh", "● 数是怎样得出的")
    assert head == "允许：7,770，60 项“总投资（万元）”之和"
    assert parts[0] == "项目40（P-40）  140  [写明：表.xlsx / 项目表 / 第 42 行 / “总投资（万元）”列]"
    assert [part.split("（")[0] for part in parts] == [f"项目{i}" for i in range(40, 60)]
    assert rest == f"其余 40 项合计 {sum(range(100, 140)):,}"

    head, *parts, rest = explained("en", "● What the numbers are made of")
    assert head == "allowed: 7,770, the sum of 60 values of 'investment (10,000 yuan)'"
    assert parts[0] == "项目40 (P-40)  140  [stated: 表.xlsx / 项目表 / row 42 / column 总投资（万元）]"
    assert rest == "40 more, together 4,780"


# ---- from the queries of rules ----------------------------------------------------------------------------------------


def numbers(stated: Facts, store: Store, rules: Rulebook, rule: Rule) -> list[tuple[Finding, Numbers]]:
    """What was found of a rule on some facts, with what its numbers were made of."""
    result = Evaluation(rules, store, engine("auto", rules, store, KNOWN.compiled if rules is RULES else {})).rule(rule)
    assert result.error is None
    found = [finding(violation, rule) for violation in result.violations]
    proofs = Proofs(stated, store, {})
    return [(each, numbers_of(each, rule, rules, proofs)) for each in found]


def finding(v: Violation, rule: Rule) -> Finding:
    nothing = Text("", "")
    return Finding(
        "", rule, Severity.VIOLATION, nothing, v.focus, nothing, None, v.path, v.value, None, None, v.shape,
        component=v.component, details=v.details,
    )  # fmt: skip


def of_fixture(path: Path) -> list[tuple[Finding, Numbers]]:
    fixture = fixtures.read(path)
    return numbers(from_graph(fixture.graph, TERMS), fixtures.stored(fixture, TERMS), RULES, RULES.rule(fixture.code))


def test_the_parts_of_every_number_that_rules_add_up_make_it() -> None:
    adding = {code for code, graph in RULES.shapes.items() if any("SUM(" in str(o) for o in graph.objects())}
    seen = set()
    for path in fixtures.fixtures(PACK):
        for told, found in of_fixture(path) if path.parent.name in adding and path.stem.startswith("fail-") else ():
            assert len({number.name for number in found.made}) == len(found.made) and not found.refused, path
            for number in found.made:
                assert number.name in told.details and told.details[number.name] == number.total, path
                added = sum(Decimal(part.value) for part in number.parts)  # type: ignore[arg-type]
                assert number.rest is not None and added + number.rest == number.total, path
                assert number.parts and all(part.nodes for part in number.parts), path
                seen.add(path.parent.name)
    assert seen == adding


def test_a_share_is_made_of_the_overlaps_with_what_they_are_of() -> None:
    ((_, found),) = of_fixture(PACK.root / "fixtures/rules/SP-106/fail-less-than-half-inside-two-parcels.ttl")
    (number,) = found.made
    words = Words(Store(from_graph(Graph(), TERMS), TERMS))
    assert (number.name, number.unit, words.quantity(number.total, number.unit).en) == ("measured", "%", "49 %")
    assert len(number.parts) == 2 and number.prop == "https://w3id.org/plancheck/sub#share"


PROJECTS = """
@prefix p: <urn:plancheck:plan:S/> . @prefix plan: <https://w3id.org/plancheck/plan#> . @prefix sub: <https://w3id.org/plancheck/sub#> .
<urn:plancheck:plan:S> a plan:SmartCityPlan , sub:PlanUnderReview .
p:one a plan:Strategy . p:two a plan:Strategy .
p:p1 a plan:Project ; plan:carriesOutStrategy p:one ; plan:investment 5.0 .
p:p2 a plan:Project ; plan:carriesOutStrategy p:one ; plan:investment 5.0 .
p:p3 a plan:Project ; plan:carriesOutStrategy p:one ; plan:investment 8.0 .
p:p4 a plan:Project ; plan:carriesOutStrategy p:two ; plan:investment 1.0 .
"""


def counted(select: str, name: str = "") -> Numbers:
    """What the numbers of a rule with this query were made of, for the first strategy."""
    graph = Graph()
    old = RULES.shapes["IO-104b"]
    for statement in old:
        graph.add(statement)
    graph.parse(
        data=f"""
        @prefix chk: <https://w3id.org/plancheck/chk#> . @prefix rule: <https://w3id.org/plancheck/rule/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        rule:IO-104b sh:sparql [ a sh:SPARQLConstraint ; sh:prefixes chk:prefixes ; sh:select \"\"\"{select}\"\"\" ] ."""
    )
    rules = RULES.with_shapes("IO-104b", graph)
    facts = from_graph(Graph().parse(data=PROJECTS, format="turtle"), TERMS)
    found = numbers(facts, Store(facts, TERMS), rules, rules.rule("IO-104b"))
    ((told, numbers_),) = [each for each in found if each[0].focus.endswith("one")]
    assert not name or told.details[name] == numbers_.made[0].total
    return numbers_


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        (
            "SELECT $this (COUNT(?project) AS ?measured) WHERE { ?project plan:carriesOutStrategy $this } GROUP BY $this HAVING (COUNT(?project) > 2)",
            [("Count", "measured", 3, 3), ("Count", None, 3, 3)],
        ),
        (
            "SELECT $this WHERE { { SELECT $this (COUNT(DISTINCT ?money) AS ?count) WHERE { ?project plan:carriesOutStrategy $this ; plan:investment ?money } GROUP BY $this } FILTER (?count > 1) }",
            [("Count", "count", 2, 2)],
        ),
        (
            "SELECT $this ?measured WHERE { { SELECT $this (AVG(?money) AS ?measured) (MAX(?money) AS ?most) WHERE { ?project plan:carriesOutStrategy $this ; plan:investment ?money } GROUP BY $this } FILTER (?most > 7) }",
            [("Avg", "measured", 6, 3), ("Max", "most", 8, 3)],
        ),
    ],
)  # fmt: skip
def test_counts_and_means_are_made_of_what_the_query_groups(
    select: str, expected: list[tuple[str, str | None, int, int]]
) -> None:
    found = counted(select).made
    assert [(m.function, m.name, m.total, m.count) for m in found] == expected
    assert all(m.rest is None for m in found)
    assert [len(m.parts) for m in found] == [count for *_, count in expected]


def test_numbers_of_a_query_that_cannot_be_compiled_are_said_not_to_be_taken_apart() -> None:
    grouped = "WHERE { ?project plan:carriesOutStrategy $this } GROUP BY $this HAVING (COUNT(?project) > 2)"
    found = counted(f"SELECT $this (GROUP_CONCAT(STR(?project)) AS ?value) (COUNT(?project) AS ?measured) {grouped}")
    assert found == Numbers((), ("GROUP_CONCAT",))
    (told, _), *_ = of_fixture(PACK.root / "fixtures/rules/SP-106/fail-less-than-half-inside-two-parcels.ttl")
    outcome = RuleOutcome(told.rule, Outcome.FAILED, True, 1, (told,))
    explanation = Explanation(outcome, told, None, False, Account((), (), 0), found)
    words = Words(Store(from_graph(Graph(), TERMS), TERMS))
    zh, en = (write(explanation, lang, words) for lang in ("zh", "en"))
    assert "● 数是怎样得出的\n    规则的查询含有不能编译的写法（GROUP_CONCAT）" in zh
    assert (
        "● What the numbers are made of\n    A query of the rule has a form that cannot be compiled (GROUP_CONCAT)"
        in en
    )
