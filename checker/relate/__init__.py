"""Computes what shapes cannot: geometry and the joins between plans; hands on the same facts with more columns.

Nothing here applies a rule's threshold, and only what the selected rules mention is computed.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa

from checker.errors import CannotFinish, Text
from checker.facts import Builder, Facts
from checker.relate import extent, geometry, matching, mosaic, overlay, parts, strips, totals, units
from checker.vocabulary import SUB, Vocabulary

PLACES = str(SUB.near)  # the only fact that holds coordinates
CHK_VALUE = "https://w3id.org/plancheck/chk#value"


def relate(facts: Facts, vocabulary: Vocabulary, mentions: frozenset[str], as_of: dt.date) -> Facts:
    """The facts with everything computed that ``mentions`` (IRIs that the rules use) can see.

    Thresholds take their value of the day ``as_of``. Raises CannotFinish where one has none yet on that day.
    """
    facts = with_thresholds(facts, vocabulary, as_of)
    with_places = PLACES in mentions
    facts = geometry.describe(facts, vocabulary, with_places)
    if str(SUB.measuredArea) in mentions:
        facts = mosaic.measure(facts, vocabulary)
    if str(SUB.MosaicLayer) in mentions:
        facts = mosaic.mosaics(facts, vocabulary, with_places)
    if str(SUB.summedTotal) in mentions:
        facts = totals.add_up(facts, vocabulary)
    if str(SUB.partsMeasured) in mentions:
        facts = parts.measure_parts(facts, vocabulary)
    if str(SUB.placed) in mentions:
        facts = extent.extents(facts, vocabulary)
    if str(SUB.drawnAs) in mentions:
        facts = strips.drawn(facts, vocabulary)
    for relation in vocabulary.declarations(str(SUB.SpatialRelation)):
        if mentions & {relation["zones"], relation.iri, relation.get("namedBy")}:
            facts = overlay.overlay(facts, vocabulary, relation)
    for relation in vocabulary.declarations(str(SUB.UnitConversion)):
        if relation["yields"] in mentions:
            facts = units.convert(facts, vocabulary, relation)
    facts = matching.match(facts, vocabulary, mentions)
    geometry.layer.cache_clear()
    strips.ground_of.cache_clear()
    return facts


def with_thresholds(facts: Facts, vocabulary: Vocabulary, as_of: dt.date) -> Facts:
    """The facts with every threshold's value of one day, as ``threshold chk:value number``."""
    builder = Builder.resume(vocabulary, facts)
    held: dict[str, Decimal] = {}
    for threshold in vocabulary.thresholds.values():
        value = threshold.at(as_of)
        if value is None:
            raise CannotFinish(
                Text(
                    f"基准日 {as_of} 早于“{threshold.label.zh}”最早的取值，无法判断。",
                    f"The day {as_of} is before the first value of '{threshold.label.en}', so nothing can be judged by it.",
                ),
                threshold.iri,
                Text(
                    "请核对成果日期，或用 --as-of 指定基准日。",
                    "Check the date of the plan, or name a day with --as-of.",
                ),
            )
        held[threshold.iri] = value
    builder.value(CHK_VALUE, [builder.node(iri) for iri in held], pa.array(list(held.values()), pa.decimal128(38, 6)))
    return builder.facts()
