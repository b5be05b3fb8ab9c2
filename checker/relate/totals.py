"""Adds up what the rows of a stated total say, and how far rounding may put the two apart; hands on facts with both.

A sum that would leave something out is not made: its absence is what makes a rule undecided.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pyarrow as pa

from checker.facts import Builder, Facts, Store
from checker.vocabulary import SUB, Vocabulary

_DECIMAL = pa.decimal128(38, 6)
_SIX_PLACES = Decimal("0.000001")


def add_up(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """Adds sub:summedTotal and sub:rounding (in the unit of the property) of every total whose rows can be added up."""
    store = Store(facts, vocabulary)
    if store.says_nothing(str(SUB.Total)):
        return facts
    totals: dict[int, list[int]] = defaultdict(list)  # property -> its totals
    for row in store.query(
        f"SELECT s, o FROM {store.prop(str(SUB.totalOf))} WHERE s IN (SELECT s FROM {store.cls(str(SUB.Total))}) ORDER BY s"
    ).to_pylist():
        totals[row["o"]].append(row["s"])
    builder = Builder.resume(vocabulary, facts)
    for prop, nodes in totals.items():
        known = vocabulary.properties.get(facts.iri(prop))
        if known is not None and known.datatype in ("decimal", "integer"):
            found = _sums(store, known.iri, prop, nodes)
            ids = found["s"].combine_chunks()
            builder.value(str(SUB.summedTotal), ids, found["total"].combine_chunks().cast(_DECIMAL))
            deviations = [_deviation(*row.values()) for row in found.select(["n", "own", "below"]).to_pylist()]
            builder.value(str(SUB.rounding), ids, pa.array(deviations, _DECIMAL))
    return builder.facts()


def _sums(store: Store, prop: str, node: int, totals: list[int]) -> pa.Table:
    """For each total (s) that can be added up: the sum, how many rows state a value, and the last places of both."""
    lost = (
        f"SELECT u.o AS s FROM {store.prop(str(SUB.subject))} u JOIN {store.prop(str(SUB.property))} p "
        f"ON p.s = u.s WHERE p.o = {node}"
    )
    return store.query(
        f"WITH stated AS (SELECT s, min(v) AS v, count(*) AS times FROM {store.prop(prop)} GROUP BY s), lost AS ({lost}) "
        f"SELECT t.s, sum(x.v)::DECIMAL(38, 6) AS total, count(x.v) AS n, any_value(a.v) AS own, any_value(b.v) AS below "
        f"FROM {store.prop(str(SUB.sums))} t LEFT JOIN stated x ON x.s = t.o "
        f"LEFT JOIN ({_least(store, str(SUB.lastPlace))}) a ON a.s = t.s "
        f"LEFT JOIN ({_least(store, str(SUB.lastPlaceOfRows))}) b ON b.s = t.s "
        f"WHERE t.s IN (SELECT unnest({totals}::BIGINT[])) GROUP BY t.s "
        f"HAVING count(x.v) > 0 AND max(x.times) = 1 AND count(*) FILTER (t.o IN (SELECT s FROM lost)) = 0 ORDER BY t.s"
    )


def _least(store: Store, prop: str) -> str:
    """One value of a property for each that has any: RDF may state several, and none may count twice."""
    return f"SELECT s, min(v) AS v FROM {store.prop(prop)} GROUP BY s"


def _deviation(rows: int, own: Decimal | None, below: Decimal | None) -> Decimal:
    """The standard deviation of what rounding does to a total and to its rows: a last place u has the variance u²/12."""
    places = rows * (below or Decimal(0)) ** 2 + (own or Decimal(0)) ** 2
    return (places / 12).sqrt().quantize(_SIX_PLACES)
