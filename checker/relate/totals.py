"""Adds up what the rows of a stated total say, and how far rounding may put the two apart; hands on facts with both.

A sum that would leave something out is not made: its absence is what makes a rule undecided. A last place is not taken
at its word, for RDF may state any: one to which the numbers cannot have been written is sub:Unparsed and rounds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import pyarrow as pa

from checker.facts import Builder, Facts, Store
from checker.facts.columns import IN_PLAN
from checker.facts.rdf import canonical, unparsed
from checker.vocabulary import SUB, Vocabulary

_DECIMAL = pa.decimal128(38, 6)
_SIX_PLACES = Decimal("0.000001")
_MOST_PLACES = 20  # behind the point of the largest unit, where nothing is left of six places of the smallest


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
            places = _places(known.iri, vocabulary)
            found = _sums(store, known.iri, prop, nodes, places)
            ids = found["s"].combine_chunks()
            builder.value(str(SUB.summedTotal), ids, found["total"].combine_chunks().cast(_DECIMAL))
            rows = found.to_pylist()
            for row in rows:
                _doubt(builder, facts.iri(row["s"]), row, places)
            deviations = [_deviation(row["n"], row["own"], row["below"]) for row in rows]
            builder.value(str(SUB.rounding), ids, pa.array(deviations, _DECIMAL))
    return builder.facts()


def summed(store: Store, total: int) -> tuple[str, dict[int, Decimal]] | None:
    """The property that a total sums, and the rows that it sums and that state a value, each with it; None for what is no total."""
    found = store.column(f"SELECT o FROM {store.prop(str(SUB.totalOf))} WHERE s = {total}")
    if not found:
        return None
    prop = store.iri(found[0])
    rows = store.query(
        f"SELECT t.o, min(x.v) AS v FROM {store.prop(str(SUB.sums))} t JOIN {store.prop(prop)} x ON x.s = t.o "
        f"WHERE t.s = {total} GROUP BY t.o ORDER BY t.o"
    )
    return prop, {row["o"]: row["v"] for row in rows.to_pylist()}


def _sums(store: Store, prop: str, node: int, totals: list[int], places: Collection[Decimal]) -> pa.Table:
    """For each total (s, in a plan) that can be added up: the sum, how many rows state a value, and the last places of both.

    ``own_fits``, ``below_fits``: whether the numbers can have been written to these places: the total is a whole multiple
    of its own, and each row of one that is no finer than that of the rows.
    """
    coarser = (f"b.v <= {p:f} AND {_is_multiple('x.v', f'{p:f}::DECIMAL(38, 6)')}" for p in sorted(places))
    lost = (
        f"SELECT u.o AS s FROM {store.prop(str(SUB.subject))} u JOIN {store.prop(str(SUB.property))} p "
        f"ON p.s = u.s WHERE p.o = {node}"
    )
    return store.query(
        f"WITH stated AS (SELECT s, min(v) AS v, count(*) AS times FROM {store.prop(prop)} GROUP BY s), lost AS ({lost}) "
        f"SELECT t.s, any_value(p.v) AS plan, sum(x.v)::DECIMAL(38, 6) AS total, count(x.v) AS n, "
        f"any_value(a.v) AS own, any_value(b.v) AS below, "
        f"bool_and(o.v IS NULL OR {_is_multiple('o.v', 'a.v')}) AS own_fits, bool_and(x.v IS NULL OR {' OR '.join(coarser)}) AS below_fits "
        f"FROM {store.prop(str(SUB.sums))} t LEFT JOIN stated x ON x.s = t.o "
        f"LEFT JOIN (SELECT s, min(o) AS v FROM {store.prop(IN_PLAN)} GROUP BY s) p ON p.s = t.s "
        f"LEFT JOIN ({_least(store, str(SUB.statedTotal))}) o ON o.s = t.s "
        f"LEFT JOIN ({_least(store, str(SUB.lastPlace))}) a ON a.s = t.s "
        f"LEFT JOIN ({_least(store, str(SUB.lastPlaceOfRows))}) b ON b.s = t.s "
        f"WHERE t.s IN (SELECT unnest({totals}::BIGINT[])) GROUP BY t.s "
        f"HAVING count(x.v) > 0 AND max(x.times) = 1 AND count(*) FILTER (t.o IN (SELECT s FROM lost)) = 0 ORDER BY t.s"
    )


def _is_multiple(number: str, place: str) -> str:
    """SQL: whether a number is a whole multiple of a place; both are rounded to six places (12.5 mu are 8333.333333 m²)."""
    rest = f"(abs({number}) % {place})"
    return f"({place} = 0 OR least({rest}, {place} - {rest}) <= (abs({number}) / {place} + 1) * 0.000001)"


def _doubt(builder: Builder, iri: str, total: dict[str, Any], places: Collection[Decimal]) -> None:
    """Takes a last place that cannot be away from a row of ``_sums``, and states it as a value that could not be read."""
    for name, prop in (("own", SUB.lastPlace), ("below", SUB.lastPlaceOfRows)):
        place = total[name]
        if place is not None and not (place in places and total[f"{name}_fits"]):
            total[name] = None
            cell = unparsed(builder, iri, total["s"], str(prop), canonical(place))
            builder.link(IN_PLAN, [cell], [total["plan"]])


def _places(prop: str, vocabulary: Vocabulary) -> frozenset[Decimal]:
    """What one unit in the last place of a number can count: a unit that a column of the property knows, or a part of it."""
    columns = [column for table in vocabulary.tables for column in table.columns if column.property == prop]
    units = [vocabulary.unit(column.unit) for column in columns if column.unit]
    quantities = {unit.quantity for unit in units if unit is not None}
    factors = {u.to_base for u in vocabulary.units if not quantities or u.quantity in quantities} | {Decimal(1)}
    return frozenset(
        factor.scaleb(-digits).quantize(_SIX_PLACES) for factor in factors for digits in range(_MOST_PLACES)
    )


def _least(store: Store, prop: str) -> str:
    """One value of a property for each that has any: RDF may state several, and none may count twice."""
    return f"SELECT s, min(v) AS v FROM {store.prop(prop)} GROUP BY s"


def _deviation(rows: int, own: Decimal | None, below: Decimal | None) -> Decimal:
    """The standard deviation of what rounding does to a total and to its rows: a last place u has the variance u²/12."""
    places = rows * (below or Decimal(0)) ** 2 + (own or Decimal(0)) ** 2
    return (places / 12).sqrt().quantize(_SIX_PLACES)
