"""What is compiled: every rule of ours; and no rule that reads what it does not name, whatever else it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rdflib import Graph

from checker.engine import compile_all
from checker.errors import CannotFinish
from tests.builtin import RULES, TERMS

PREFIXES = "@prefix chk: <https://w3id.org/plancheck/chk#> . @prefix sh: <http://www.w3.org/ns/shacl#> . "
LIMIT = "{ SELECT $this WHERE { $this plan:name ?n } LIMIT 1 }"  # a form that the compiler does not take


def compile_one(shape: str) -> str | None:
    """Compiles a rule of this shape; gives the form that was refused, if any."""
    rule = RULES.rule("IO-102")
    graph = Graph().parse(data=f"{PREFIXES} <{rule.iri}> {shape} .", format="turtle")
    rules = replace(RULES, rules=(rule,), shapes={rule.code: graph})
    return compile_all(rules, TERMS, {})[rule.code, rule.iri].refused


def select(where: str) -> str:
    return f'sh:sparql [ sh:prefixes chk:prefixes ; sh:select "SELECT $this WHERE {{ {where} }}" ]'


@pytest.mark.parametrize("rest", ["", LIMIT])
@pytest.mark.parametrize(
    "where", ["$this ?p ?o", "$this a ?class", "FILTER NOT EXISTS { $this ?p ?o }", "OPTIONAL { $this a [] }"]
)
def test_a_rule_names_what_it_reads(where: str, rest: str) -> None:
    with pytest.raises(CannotFinish, match="IO-102"):
        compile_one(select(f"{where} {rest}"))


@pytest.mark.parametrize(
    "shape",
    ["sh:closed true", "sh:property [ sh:path <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ; sh:minCount 1 ]"],
)
def test_so_does_a_shape(shape: str) -> None:
    with pytest.raises(CannotFinish, match="IO-102"):
        compile_one(shape)


def test_no_rule_of_ours_is_left_to_the_reference_engine() -> None:
    assert not {key: found.refused for key, found in compile_all(RULES, TERMS, {}).items() if found.refused is not None}


def test_a_form_that_is_not_compiled_is_named() -> None:
    assert compile_one(select(LIMIT)) == "Slice"
    assert compile_one(select("$this plan:name ?n . FILTER (STRLEN(?n) > 2)")) is None
