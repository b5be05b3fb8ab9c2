"""Prepared queries give what stock rdflib gives: on random queries, and on what pySHACL asks for every rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, Namespace, URIRef

from checker.authoring import fixtures
from checker.engine import reference
from checker.engine.queries import PreparedGraph
from tests.builtin import PACK, RULES
from tests.builtin import TERMS as VOCABULARY

EX = Namespace("urn:x:")
NODES = [EX[n] for n in "abcde"]
PREDICATES = [EX[p] for p in "pqr"]
TERMS = ["$this", "?x", "?y", "?z", "<urn:x:a>", "<urn:x:b>"]

triples = st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from(NODES))
patterns = st.tuples(
    st.sampled_from(TERMS), st.sampled_from([f"<{p}>" for p in PREDICATES]), st.sampled_from(TERMS)
).map(" ".join)
groups = st.lists(patterns, min_size=1, max_size=4).map(" . ".join)


@st.composite
def alternatives(draw: st.DrawFn) -> str:
    """Two ways, of which the second has filters of its own, as a target has a place of its own or else its plan's."""
    own = draw(groups)
    return f"{{ {{ {draw(groups)} }} UNION {{ {own} FILTER NOT EXISTS {{ {draw(groups)} }} FILTER (?x != ?y) }} }}"


@st.composite
def queries(draw: st.DrawFn) -> str:
    where = draw(groups)
    for form in draw(
        st.lists(
            st.sampled_from(["OPTIONAL", "FILTER EXISTS", "FILTER NOT EXISTS", "UNION", "BIND", "FILTER", "&&", "AND"]),
            max_size=3,
        )
    ):
        if form == "UNION":
            where = f"{{ {where} }} UNION {{ {draw(groups)} }}"
        elif form == "AND":
            where = f"{{ {where} }} {draw(alternatives())} {draw(alternatives())}"
        elif form in ("FILTER EXISTS", "FILTER NOT EXISTS") and draw(st.booleans()):
            where = f"{where} {form} {{ {draw(groups)} {draw(alternatives())} {draw(alternatives())} }}"
        elif form == "BIND":
            where = f"{{ {where} }} BIND (STR(?x) AS ?s{len(where)})"
        elif form == "FILTER":
            where = f"{{ {where} }} FILTER (!BOUND(?y) || ?y != $this)"
        elif form == "&&":
            where = f"{{ {where} }} FILTER (NOT EXISTS {{ {draw(groups)} }} && ?y != $this && EXISTS {{ {draw(groups)} FILTER (?z != ?x) }})"
        else:
            where = f"{where} {form} {{ {draw(groups)} }}"
    distinct = draw(st.sampled_from(["", "DISTINCT "]))
    return f"SELECT {distinct}$this ?x ?y ?z WHERE {{ {where} }}"


@settings(max_examples=300, deadline=None)
@given(st.lists(triples, max_size=25), queries(), st.sampled_from(NODES))
def test_random_queries(data: list[tuple[URIRef, URIRef, URIRef]], query: str, this: URIRef) -> None:
    stock, prepared = Graph(), PreparedGraph()
    for triple in data:
        stock.add(triple)
        prepared.add(triple)
    expected, found = (sorted(map(str, g.query(query, initBindings={"this": this}))) for g in (stock, prepared))
    again = sorted(map(str, prepared.query(query, initBindings={"this": this})))
    assert found == expected == again, query


FIRST_FAILS = {p.parent.name: p for p in reversed(list(fixtures.fixtures(PACK))) if p.stem.startswith("fail-")}


@pytest.mark.parametrize("path", FIRST_FAILS.values(), ids=FIRST_FAILS.keys())
def test_rules(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fixture = fixtures.read(path)
    prepared = fixtures.run(fixture, RULES, VOCABULARY, "reference")
    monkeypatch.setattr(reference, "PreparedGraph", Graph)
    assert fixtures.run(fixture, RULES, VOCABULARY, "reference") == prepared
