"""RDF: a validation report of SHACL that says no more and no less than the JSON report, and where it comes from."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import PROV, RDF, SH

from checker import __version__, writers
from checker.errors import Text
from checker.model import Outcome, Report
from checker.turtle import CHK
from checker.vocabulary import local_name
from tests.reports import demo, every_outcome

SHAPES = Path(__file__).parent / "report-shapes.ttl"
ONTOLOGY = Path(__file__).parents[1] / "ontology" / "rules.ttl"
SPDX = Namespace("http://spdx.org/rdf/terms#")
REPORT = every_outcome()


def written(report: Report) -> Graph:
    return Graph().parse(data=str(writers.write(report, "shacl", "zh")), format="turtle")


@cache
def graph() -> Graph:
    return written(REPORT)


def root(found: Graph) -> URIRef:
    (this,) = found.subjects(RDF.type, SH.ValidationReport)
    assert isinstance(this, URIRef)
    return this


def test_it_has_the_findings_and_outcomes_of_the_json_report() -> None:
    report = json.loads(writers.write(REPORT, "json", "zh"))
    found, this = graph(), root(graph())
    results = list(found.objects(this, SH.result))
    severities = Counter(local_name(str(found.value(r, SH.resultSeverity))).lower() for r in results)
    assert severities == Counter(f["severity"] for f in report["findings"])
    assert {str(found.value(r, CHK.stableId)) for r in results} == {f["id"] for f in report["findings"]}
    assert Counter(str(found.value(r, SH.focusNode)) for r in results) == Counter(
        f["focus"] for f in report["findings"]
    )
    outcomes = Counter(str(found.value(o, CHK.outcome)) for o in found.objects(this, CHK.ruleOutcome))
    assert outcomes == report["outcomes"]
    points = Counter(str(found.value(p, CHK.outcome)) for p in found.objects(None, CHK.openPoint))
    assert points == Counter(x["outcome"] for rule in report["rules"] for x in rule["reasons"])
    assert len(list(found.objects(this, CHK.remark))) == 2 * len(report["notes"])


def test_a_finding_has_what_shacl_has_words_for() -> None:
    found = graph()
    finding = next(f for f in REPORT.findings if f.rule.code == "IO-102b")
    (result,) = found.subjects(CHK.stableId, Literal(finding.id))
    assert found.value(result, SH.resultPath) == URIRef(finding.path or "")
    assert found.value(result, SH.value) == Literal(finding.value)
    assert found.value(result, SH.sourceShape) == URIRef(finding.shape)
    assert found.value(result, SH.sourceConstraintComponent) == SH.LessThanOrEqualsConstraintComponent
    said = {o.language: str(o) for o in found.objects(result, SH.resultMessage) if isinstance(o, Literal)}
    assert said == {"zh": finding.message.zh, "en": finding.message.en}
    assert str(found.value(found.value(found.value(result, CHK.ofRule), CHK.clause), CHK.number)) == "IO-102"


def test_a_path_backwards_is_one() -> None:
    finding = next(f for f in REPORT.findings if (f.path or "").startswith("^"))
    (result,) = graph().subjects(CHK.stableId, Literal(finding.id))
    path = graph().value(result, SH.resultPath)
    assert str(graph().value(path, SH.inversePath)) == (finding.path or "")[1:]


def test_only_what_was_wholly_checked_conforms() -> None:
    """Where there is no finding but something is open, the plan does not conform."""
    passed = tuple(o for o in demo().outcomes if o.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE))
    for kind in Outcome:
        one = next(o for o in REPORT.outcomes if o.outcome is kind)
        found = written(replace(REPORT, outcomes=(*passed, one), accepted=True))
        conforms = found.value(root(found), SH.conforms)
        assert conforms == Literal(kind in (Outcome.PASSED, Outcome.NOT_APPLICABLE)), kind


def test_it_says_what_was_checked_with_what() -> None:
    found, this = graph(), root(graph())
    check = found.value(this, PROV.wasGeneratedBy)
    used = set(found.objects(check, PROV.used))
    sums = {str(found.value(found.value(e, SPDX.checksum), SPDX.checksumValue)) for e in used}
    plans = (REPORT.plan, *REPORT.references)
    assert {REPORT.rulebook, *(file.sha256 for plan in plans for file in plan.files)} <= sums
    for plan in plans:
        package = found.value(URIRef(plan.iri), PROV.wasDerivedFrom)
        assert package in used and len(list(found.objects(package, PROV.hadMember))) == len(plan.files)
    agent = found.value(check, PROV.wasAssociatedWith)
    assert (agent, RDF.type, PROV.SoftwareAgent) in found and __version__ in str(list(found.objects(agent)))
    assert any(REPORT.engine == str(o) for o in found.objects(agent))
    values = list(found.objects(None, SPDX.checksumValue))
    assert all(isinstance(v, Literal) and local_name(v.datatype or "") == "hexBinary" for v in values)


def test_it_satisfies_the_shapes_of_reports_and_they_bite() -> None:
    shapes = Graph().parse(SHAPES)
    conforms, _, text = pyshacl.validate(graph(), shacl_graph=shapes, inplace=True)
    assert conforms, text[:1000]
    result = next(graph().objects(root(graph()), SH.result))
    for predicate in (SH.focusNode, SH.resultMessage, SH.sourceShape, CHK.stableId, CHK.ofRule):
        small = Graph()
        for triple in graph().triples((result, None, None)):
            if triple[1] != predicate:
                small.add(triple)
        assert not pyshacl.validate(small, shacl_graph=shapes)[0], predicate


def test_every_term_of_ours_is_declared() -> None:
    declared = set(Graph().parse(ONTOLOGY).subjects(RDF.type))
    ours = {t for s, p, o in graph() for t in (p, o) if isinstance(t, URIRef) and t.startswith(str(CHK))}
    components = {str(c) for c in graph().objects(None, SH.sourceConstraintComponent)}
    assert {t for t in ours if str(t) not in components} <= declared


@pytest.mark.parametrize(
    "said", ['引号 " 与 \\ 反斜杠\n第二行\t列', "a'''b\"\"\"c \x01\x7f", "}]; <urn:x> a <urn:y> . #"]
)
def test_words_of_a_plan_stay_words(said: str) -> None:
    outcome = next(o for o in REPORT.outcomes if o.findings)
    first = outcome.findings[0]
    finding = replace(first, message=Text(said, said), value=said, focus=f"urn:plancheck:plan:X/{said}")
    found = written(replace(demo(), outcomes=(replace(outcome, findings=(finding,)),)))
    (result,) = found.objects(root(found), SH.result)
    assert {str(o) for o in found.objects(result, SH.resultMessage)} == {said}
    assert str(found.value(result, SH.value)) == said
    assert not list(found.triples((URIRef("urn:x"), None, None)))


def test_findings_of_one_id_stay_two() -> None:
    outcome = next(o for o in REPORT.outcomes if o.findings)
    twice = replace(outcome, findings=outcome.findings[:1] * 2)
    found = written(replace(demo(), outcomes=(twice,)))
    assert len(list(found.objects(root(found), SH.result))) == 2
