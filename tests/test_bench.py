"""The benchmark compares like with like: at 200 features its engines and its SQL give the same results, some of every shape."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import RDF, SH

from benchmarks.engines import handwritten, ours
from benchmarks.engines.features import facts
from benchmarks.engines.pack import bench
from benchmarks.engines.run import write_rdf
from checker.engine import Evaluation, engine
from checker.facts import Facts, Store
from checker.facts.rdf import to_graph


@pytest.fixture(scope="module")
def made() -> Facts:
    return facts(200, bench().vocabulary)


def test_every_shape_is_failed_by_some_nodes_and_passed_by_others(made: Facts) -> None:
    known = bench()
    store = Store(made, known.vocabulary)
    evaluation = Evaluation(known.rulebook, store, engine("compiled", known.rulebook, store, known.compiled))
    assert len(known.rulebook.rules) == 30
    for rule in known.rulebook.rules:
        result = evaluation.rule(rule)
        failed = {violation.focus for violation in result.violations}
        assert failed and len(failed) < len(result.checked), rule.code


def test_the_engines_and_the_sql_agree(made: Facts) -> None:
    compiled = ours.check(made, "compiled")
    assert ours.check(made, "reference") == compiled
    assert handwritten.check(made) == compiled


def test_other_engines_are_given_what_the_reference_engine_sees(made: Facts, tmp_path: Path) -> None:
    known = bench()
    write_rdf(made, tmp_path / "data.nt")
    mentions = {
        iri for rule in known.rulebook.rules for iri in rule.mentions if not iri.startswith((str(SH), str(RDF)))
    }
    classes = {iri for iri in mentions if known.vocabulary.is_class(iri)}
    seen = to_graph(Store(made, known.vocabulary), classes, mentions - classes)
    assert set(Graph().parse(tmp_path / "data.nt")) == set(seen)


def test_facts_are_the_same_every_time_and_in_the_mix_that_is_said(made: Facts) -> None:
    again = facts(200, bench().vocabulary)
    assert again.names.written == made.names.written
    assert all(a.columns == b.columns for a, b in zip(made.tables, again.tables, strict=True))
    sizes = {table.cls.rsplit("#", 1)[-1]: len(table.ids) for table in made.tables}
    assert (sizes["CurrentLandUse"], sizes["Project"], sizes["PlanningZone"]) == (124, 70, 4)
