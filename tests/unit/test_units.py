"""Values that rows state in units of their own, in the unit of the code that they stand for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rdflib import Graph

from checker import resources, vocabulary
from checker.facts import Store
from checker.facts.rdf import from_graph
from checker.relate import units
from checker.vocabulary import SUB, TERR

TERMS = vocabulary.load([resources.builtin()])
(RELATION,) = TERMS.declarations(str(SUB.UnitConversion))
HEAD = """
@prefix ind: <https://w3id.org/plancheck/indicator#> . @prefix p: <urn:plancheck:plan:S/> .
@prefix plan: <https://w3id.org/plancheck/plan#> . @prefix sub: <https://w3id.org/plancheck/sub#> .
@prefix terr: <https://w3id.org/plancheck/terr#> .
<urn:plancheck:plan:S> a plan:TerritorialPlan , sub:PlanUnderReview .
p:i a plan:IndicatorDefinition ; terr:standsFor ind:cultivated-land-kept .
p:t a plan:IndicatorTarget ; sub:inPlan <urn:plancheck:plan:S> ; plan:targetIndicator p:i .
"""


def converted(said: str) -> list[Decimal]:
    """The values in km², the unit of cultivated land kept, that come of a target with what ``said`` adds."""
    facts = units.convert(from_graph(Graph().parse(data=HEAD + said, format="turtle"), TERMS), TERMS, RELATION)
    store = Store(facts, TERMS)
    return store.query(f"SELECT v FROM {store.prop(str(TERR.valueInIndicatorUnit))}").column("v").to_pylist()


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('p:t plan:targetValue 550.99 ; plan:targetUnit "万亩" .', "3673.266667"),
        ('p:t plan:targetValue 3673.27 ; plan:targetUnit "km2" .', "3673.27"),
        ('p:t plan:targetValue 120.5 ; plan:targetUnit "公顷" .', "1.205"),
        ('p:t plan:targetValue 3.0 . p:i plan:indicatorUnit "平方公里" .', "3"),
        ('p:t plan:targetValue 15.0 ; plan:targetUnit "亩" . p:i plan:indicatorUnit "平方公里" .', "0.01"),
    ],
)
def test_values_are_in_the_unit_of_the_code(said: str, value: str) -> None:
    assert converted(said) == [Decimal(value)]


@pytest.mark.parametrize(
    "said",
    [
        "p:t plan:targetValue 3.0 .",  # no unit anywhere: the code's is not assumed
        'p:t plan:targetValue 3.0 ; plan:targetUnit "斗" .',
        'p:t plan:targetValue 3.0 ; plan:targetUnit "万人" .',
        'p:t plan:targetUnit "公顷" .',
        'p:t plan:targetValue 3.0 , 4.0 ; plan:targetUnit "公顷" .',
        'p:t plan:targetValue 3.0 ; plan:targetUnit "公顷" , "亩" .',
        'p:t plan:targetValue 3.0 ; plan:targetUnit "公顷" . p:i terr:standsFor ind:wetland-area .',
        # a unit that cannot be read is not replaced by the definition's
        'p:t plan:targetValue 3.0 . p:i plan:indicatorUnit "公顷" . p:u a sub:Unparsed ; sub:subject p:t ; sub:property plan:targetUnit .',
    ],
)
def test_what_cannot_be_told_is_not_converted(said: str) -> None:
    assert converted(said) == []
