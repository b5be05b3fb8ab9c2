"""Converts values that rows state in units of their own to the unit of the code that they stand for; hands on facts with both.

A value whose unit is not known, or measures another quantity, is not converted: its absence is what makes a rule undecided.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa

from checker.facts import Builder, Facts, Store
from checker.vocabulary import SUB, Declaration, Unit, Vocabulary

_DECIMAL = pa.decimal128(38, 6)
_SIX_PLACES = Decimal("0.000001")


def convert(facts: Facts, vocabulary: Vocabulary, relation: Declaration) -> Facts:
    """Adds what ``relation`` yields: each value (rounded to six places) in the unit of the code that its row stands for."""
    store = Store(facts, vocabulary)
    if any(store.says_nothing(relation[part]) for part in ("fromProperty", "ofDefinition", "standsFor")):
        return facts
    wanted = {
        facts.named[code]: _named(vocabulary, str(unit))
        for code, unit in vocabulary.said_of_codes(relation["codeUnit"])
        if code in facts.named
    }
    unit_of = lru_cache(maxsize=None)(vocabulary.unit)
    nodes, values = [], []
    for row in _rows(store, relation):
        name = row["own"] or row["defined"]
        unit, target = unit_of(name) if name else None, wanted.get(row["code"])
        if unit is not None and target is not None and unit.quantity == target.quantity:
            nodes.append(row["s"])
            values.append((row["v"] * unit.to_base / target.to_base).quantize(_SIX_PLACES))
    builder = Builder.resume(vocabulary, facts)
    builder.value(relation["yields"], pa.array(nodes, pa.int64()), pa.array(values, _DECIMAL))
    return builder.facts()


def _named(vocabulary: Vocabulary, unit: str) -> Unit | None:
    label = vocabulary.label(unit)
    return None if label is None else vocabulary.unit(label.zh)


def _rows(store: Store, relation: Declaration) -> list[dict[str, Any]]:
    """Each row (s) with one value: the value, its own unit, that of its definition, and its code. A unit that could not
    be read is not replaced by another."""
    prop = {part: store.prop(iri) for part, iri in relation.values.items() if part != "yields"}
    lost = (
        f"SELECT u.o FROM {store.prop(str(SUB.subject))} u JOIN {store.prop(str(SUB.property))} p ON p.s = u.s "
        f"WHERE p.o IN {_iris(store, relation['unitValues'], relation['fromProperty'])}"
    )
    rows: list[dict[str, Any]] = store.query(
        f"SELECT x.s, any_value(x.v)::DECIMAL(38, 6) AS v, any_value(u.v) AS own, any_value(d.v) AS defined, any_value(c.o) AS code "
        f"FROM {prop['fromProperty']} x JOIN {prop['ofDefinition']} i ON i.s = x.s JOIN {prop['standsFor']} c ON c.s = i.o "
        f"LEFT JOIN {prop['unitValues']} u ON u.s = x.s LEFT JOIN {prop['definitionUnit']} d ON d.s = i.o "
        f"WHERE x.v IS NOT NULL AND x.s NOT IN ({lost}) GROUP BY x.s HAVING count(*) = 1 ORDER BY x.s"
    ).to_pylist()
    return rows


def _iris(store: Store, *iris: str) -> str:
    """The nodes of terms as a list in SQL; of those that no fact mentions there is nothing to find."""
    nodes = [str(store.facts.named[iri]) for iri in iris if iri in store.facts.named]
    return f"({', '.join(nodes or ['-1'])})"
