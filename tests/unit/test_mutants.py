"""Rules are changed in every way that the operators list, one thing at a time, and fixtures that bite notice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import SH
from rdflib.plugins.sparql.parser import parseQuery

from checker import resources
from checker.authoring.mutants import mutants, threshold_mutants
from checker.authoring.mutation import Bench, Score, listing

PREFIXES = """
@prefix chk: <https://w3id.org/plancheck/chk#> .
@prefix code: <https://w3id.org/plancheck/code#> .
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix rule: <https://w3id.org/plancheck/rule/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
"""


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench([resources.builtin()])


def names(bench: Bench, shapes: str) -> list[str]:
    graph = Graph().parse(data=PREFIXES + shapes, format="turtle")
    return [mutant.name for mutant in mutants(graph, bench.rules.common, bench.vocabulary)]


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        (
            "rule:A sh:path plan:name ; sh:minCount 1 ; sh:message 'a'@en .",
            ["A: drop minCount 1", "A: minCount 1 -> 2", "A: minCount 1 -> 0", "A: minCount -> maxCount"],
        ),
        (
            "rule:A sh:path plan:start ; sh:lessThan plan:end .",
            ["A: drop lessThan end", "A: lessThan -> lessThanOrEquals"],
        ),
        (
            "rule:A sh:path plan:scale ; sh:in ( plan:city plan:household ) .",
            ["A: drop in", "A: in without city", "A: in without household"],
        ),
        (
            "rule:A sh:targetClass plan:Need , plan:Model .",
            ["A: drop targetClass Model", "A: drop targetClass Need"],
        ),
        (
            "rule:A sh:path [ sh:inversePath plan:name ] .",
            ["A: path without inversePath"],
        ),
        (
            "rule:A sh:path ( plan:hasSite plan:name ) .",
            ["A: path without step 1", "A: path without step 2"],
        ),
        (
            "rule:A a chk:Rule ; chk:needs rule:B ; chk:reads plan:name ; chk:code 'A' ; sh:severity sh:Info .",
            ["A: drop needs B", "A: drop reads name"],
        ),
        (
            "rule:A chk:keepsOff plan:Need ; chk:tolerance plan:name .",  # what stands together falls together
            ["A: drop keepsOff Need"],
        ),
        (
            "chk:prefixes sh:declare [ sh:prefix 'plan' ; sh:namespace 'https://w3id.org/plancheck/plan#' ] .",
            [],
        ),
    ],
)  # fmt: skip
def test_what_is_made_of_a_shape(bench: Bench, shapes: str, expected: list[str]) -> None:
    assert names(bench, shapes) == expected


def test_what_is_made_of_a_query(bench: Bench) -> None:
    select = "SELECT $this WHERE { $this plan:start ?a ; plan:end ?b . FILTER (?a <= ?b && ?b != 7) FILTER NOT EXISTS { ?a plan:x ?c } }"
    made = set(names(bench, f'rule:A sh:sparql [ sh:select """{select}""" ] .'))
    assert made >= {
        "A: drop sparql",
        "A: drop FILTER (?a <= ?b && ?b != 7)",
        "A: drop ?a <= ?b",
        "A: drop ?b != 7",
        "A: drop FILTER NOT EXISTS { ?a plan:x ?c }",
        "A: drop plan:start ?a ;",
        "A: drop ; plan:end ?b",
    }
    assert {name.split(" in ")[0] for name in made} >= {
        "A: <= -> <",
        "A: <= -> >",
        "A: != -> =",
        "A: 7 -> 8",
        "A: 7 -> 6",
    }
    assert any(name.startswith("A: EXISTS") for name in made)


def test_what_only_speaks_is_left_alone(bench: Bench) -> None:
    details = 'rule:A chk:details [ sh:select "SELECT ?a WHERE { $this plan:name ?a FILTER (?a > 1) }" ] ; sh:message "a"@en .'
    assert names(bench, details) == []


def test_each_mutant_is_another_graph_under_the_same_name_in_every_run(bench: Bench) -> None:
    shapes = bench.rules.shapes["NT-203"]
    first = list(mutants(shapes, bench.rules.common, bench.vocabulary))
    assert [m.name for m in first] == [m.name for m in mutants(shapes, bench.rules.common, bench.vocabulary)]
    contents = [frozenset(m.graph) for m in first]
    assert len(set(contents)) == len(contents) and frozenset(shapes) not in contents


def test_a_changed_query_is_still_a_query(bench: Bench) -> None:
    """Else it would be thrown away, and a condition that no fixture tests would not be noticed."""
    broken = 0
    texts = 0
    for code in ("NT-203", "NT-206", "TP-219", "NT-204"):
        for mutant in mutants(bench.rules.shapes[code], bench.rules.common, bench.vocabulary):
            for text in map(str, mutant.graph.objects(None, SH.select)):
                texts += 1
                try:
                    parseQuery(text.replace("$PATH", "<urn:p>"))
                except Exception:
                    broken += 1
    assert texts > 200 and broken < 0.02 * texts


def test_thresholds_move_by_one_in_their_last_digit(bench: Bench) -> None:
    noise = "https://w3id.org/plancheck/thr#control-line-noise"
    value = bench.vocabulary.thresholds[noise].values[-1][1]
    moved = [(iri, to) for _, iri, to in threshold_mutants(bench.vocabulary, [noise, "urn:not-a-threshold"])]
    assert moved == [(noise, value + 1), (noise, value - 1)] and value == Decimal(1)


def test_a_missing_fixture_lets_mutants_live(bench: Bench) -> None:
    paths = list(bench.paths)
    before = {s.name for s in bench.score("IO-102b").survivors}
    bench.paths = [path for path in paths if not (path.parent.name == "IO-102b" and path.name.startswith("fail"))]
    after = {s.name for s in bench.score("IO-102b").survivors if s.explanation is None}
    bench.paths = paths
    assert any("drop" in name for name in after - before)


def test_scores_add_up_in_both_languages() -> None:
    from checker.authoring.mutation import Survivor

    found = [Score("A-1", 10, (Survivor("A-1", "drop x", None), Survivor("A-1", "drop y", "same")))]
    assert "10 mutants, 8 caught (80.0 %), 1 explained as equivalent, 1 missed." in listing(found, "en")
    assert "变异 10 个，样例发现 8 个（80.0 %），说明为等价的 1 个，未发现 1 个。" in listing(found, "zh")


def test_explanations_are_of_mutants_that_are_made(bench: Bench) -> None:
    """A stale explanation would excuse a mutant of another name."""
    for code, name in bench.explained:
        if code in bench.rules.shapes:
            made = {m.name for m in mutants(bench.rules.shapes[code], bench.rules.common, bench.vocabulary)}
            rule = bench.rules.rule(code)
            made |= {n for n, _, _ in threshold_mutants(bench.vocabulary, rule.mentions)}
            assert name.split(" #")[0] in made, f"{Path(code)}: {name}"
