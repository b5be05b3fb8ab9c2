"""HermiT finds planted contradictions in the ontology as it stands, and no others.

Each plant is a class that the ontology must leave without members; planted classes that can have members show that it is
the axiom, not the plant, that is at fault. One run of HermiT for all of them, one for a contradiction between individuals.
"""

from __future__ import annotations

import pytest
from rdflib import Graph

from checker import resources
from checker.authoring.reasoner import Classification, classify
from checker.authoring.terms import read

PREFIXES = """
@prefix code: <https://w3id.org/plancheck/code#> .
@prefix ex: <https://example.org/planted/> .
@prefix hts: <https://w3id.org/plancheck/hts#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix plan: <https://w3id.org/plancheck/plan#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sub: <https://w3id.org/plancheck/sub#> .
@prefix terr: <https://w3id.org/plancheck/terr#> .
@prefix zone: <https://w3id.org/plancheck/planning-zone#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def has(prop: str, value: str) -> str:
    return f"[ a owl:Restriction ; owl:onProperty {prop} ; owl:hasValue {value} ]"


def some(prop: str, filler: str) -> str:
    return f"[ a owl:Restriction ; owl:onProperty {prop} ; owl:someValuesFrom {filler} ]"


IMPOSSIBLE = {
    "farmland-and-urban-zone": ("terr:PermanentBasicFarmland", "terr:UrbanDevelopmentZone"),
    "farmland-whose-type-is-urban": (
        "terr:PermanentBasicFarmland",
        "terr:PlanningZone",
        has("terr:zoneType", "zone:urban-development"),
    ),
    "farmland-and-boundary": ("terr:PermanentBasicFarmland", "terr:UrbanDevelopmentBoundary"),
    "zone-of-two-families": (has("terr:zoneType", "zone:ecological-protection"), has("terr:zoneType", "zone:village")),
    "current-and-planned-use": ("terr:CurrentLandUse", "terr:PlannedLandUse"),
    "model-and-project": ("plan:Model", "plan:Project"),
    "data-and-model": ("plan:DataResource", "plan:Model"),
    "goal-and-team": ("plan:Goal", "plan:Team"),
    "need-and-problem": ("hts:Need", "hts:Problem"),
    "application-of-two-kinds": (
        "plan:Application",
        has("plan:applicationKind", "code:service-application"),
        has("plan:applicationKind", "code:public-application"),
    ),
    "plan-of-two-scales": ("plan:Plan", has("plan:scale", "plan:household"), has("plan:scale", "plan:city")),
    "household-and-city-plan": ("plan:HouseholdPlan", "plan:CityPlan"),
    "smart-city-and-special": ("plan:SmartCityPlan", "plan:SpecialPlan"),
    "flow-of-two-kinds": (has("hts:flowKind", "code:flow-energy"), has("hts:flowKind", "code:flow-capital")),
    "flow-out-of-a-project": ("hts:Flow", some("hts:origin", "plan:Project")),
    "coupling-of-two-kinds": ("hts:PeoplePeopleCoupling", "hts:PlacePlaceCoupling"),
    "need-that-is-a-space": (
        "plan:EmbeddedPublicApplication",
        some("plan:servesNeed", "hts:Space"),
    ),
    "project-guided-like-a-plan": ("plan:Project", some("plan:guidedBy", "plan:DevelopmentPlan")),
    "guided-by-a-near-term-plan": ("plan:Plan", some("plan:guidedBy", "plan:NearTermPlan")),
    "approval-and-filing": ("sub:ApprovalRecord", "sub:FilingRecord"),
    "developed-and-undeveloped": ("terr:DevelopedClass", "terr:UndevelopedClass"),
}

POSSIBLE = {
    "urban-boundary-row-of-urban-type": (
        "terr:UrbanDevelopmentBoundary",
        has("terr:zoneType", "zone:urban-concentrated"),
    ),
    "community-plan-of-its-scale": ("plan:CommunityPlan", has("plan:scale", "plan:functional-zone")),
    "zone-that-is-a-space": ("plan:FunctionalZone", "hts:PhysicalSpace", "sub:Feature"),
    "embedded-service-for-residents": ("plan:EmbeddedPublicApplication", some("plan:servesPeople", "hts:Residents")),
    "concentrated-project-that-feeds-back": (
        "plan:ConcentratedProject",
        some("plan:feedsBackTo", "plan:ServiceApplication"),
    ),
    "city-plan-guided-and-based": (
        "plan:CityPlan",
        some("plan:guidedBy", "plan:DevelopmentPlan"),
        some("plan:basedOn", "plan:TerritorialPlan"),
    ),
}


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return read([resources.builtin()]).ontology


@pytest.fixture(scope="module")
def found(ontology: Graph) -> Classification:
    planted = (
        f"ex:{name} a owl:Class ; rdfs:subClassOf {' , '.join(above)} ."
        for name, above in (IMPOSSIBLE | POSSIBLE).items()
    )
    return classify(ontology + Graph().parse(data=PREFIXES + "\n".join(planted), format="turtle"))


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_planted_contradiction_is_found(name: str, found: Classification) -> None:
    assert found.consistent
    assert f"https://example.org/planted/{name}" in found.unsatisfiable


def test_nothing_else_is_impossible(found: Classification) -> None:
    assert len(found.unsatisfiable) == len(IMPOSSIBLE)


def test_a_row_that_is_farmland_and_urban_by_its_type_makes_the_data_inconsistent(ontology: Graph) -> None:
    row = "ex:row a terr:PermanentBasicFarmland , terr:PlanningZone ; terr:zoneType zone:urban-development ."
    result = classify(ontology + Graph().parse(data=PREFIXES + row, format="turtle"))
    assert not result.consistent
    assert result.explanation
