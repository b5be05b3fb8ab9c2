"""What the numbers of a finding were made of: of each sum, count or mean that its queries make, the rows that went into it.

The rows come from the pattern that the query itself groups, their places from the proofs of their values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from checker.engine import aggregates_behind, solutions
from checker.engine.results import Row
from checker.engine.sql.statement import PART, Aggregate
from checker.explanation.facts import Ground, Proofs, Spot, Statement, spots
from checker.model import Finding, Rule, Value
from checker.relate.totals import summed
from checker.rulebook import Rulebook
from checker.vocabulary import SUB

_MOST_PARTS = 20
_COMPARED = ("measured", "allowed")
_SUMMED = str(SUB.summedTotal)


@dataclass(frozen=True)
class Part:
    """One thing that went into a number: the individuals that it is about, and why and where its value is so.

    ``ground``: None of what is no value of a property.
    """

    nodes: tuple[int, ...]
    value: Value
    ground: Ground | None
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class Made:
    """A number that was made of many.

    ``name``: as what the finding tells it (measured, allowed …), if it does. ``function``: Sum, Count, Avg, Min or Max;
    ``prop``: the property whose values it takes, if they are one's. ``parts``: those of the largest values, in the order of
    rows; ``count``: how many there are in all; ``rest``: what those that are not among ``parts`` come to, of a sum.
    """

    name: str | None
    function: str
    prop: str | None
    total: Value
    unit: Value | None
    parts: tuple[Part, ...]
    count: int
    rest: Decimal | None


@dataclass(frozen=True)
class Numbers:
    """What the numbers of a finding were made of. ``refused``: forms that keep others of its queries from being compiled,
    so that what their numbers were made of cannot be told."""

    made: tuple[Made, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Taken:
    """What one solution gives a number. ``said``: the statement whose value it is, if it is one's."""

    nodes: tuple[int, ...]
    value: Value
    said: Statement | None


def numbers(told: Finding, rule: Rule, rules: Rulebook, proofs: Proofs) -> Numbers:
    """What the numbers of a finding were made of."""
    node = proofs.store.find({told.focus}).get(told.focus)
    if node is None:
        return Numbers()
    aggregates, refused = aggregates_behind(rules, rule, told.shape, told.component, proofs.terms)
    found = [each for aggregate in aggregates for each in _aggregated(aggregate, told, node, proofs)]
    reads_total = _SUMMED in rules.named_by(rule, told.shape)
    return Numbers((*found, *(_total(told, node, proofs) if reads_total else ())), tuple(refused))


def _aggregated(aggregate: Aggregate, told: Finding, focus: int, proofs: Proofs) -> Iterator[Made]:
    """What an aggregate was made of for a focus node, in each group that the finding can be about."""
    nodes = pa.array([focus], pa.int64())
    rows = [row for _, row in solutions(proofs.store, aggregate.parts, nodes)]
    for _, whole in solutions(proofs.store, aggregate.wholes, nodes):
        keys = {name: value for name, value in whole.items() if name != PART}
        grouped = [row for row in rows if PART in row and _agree(row, keys)]
        if aggregate.distinct:
            grouped = list({row[PART]: row for row in reversed(grouped)}.values())[::-1]
        if PART in whole and grouped and _agree(told.details, keys):
            taken = [_taken(row, keys, aggregate, proofs) for row in grouped]
            prop = aggregate.value_of[1] if aggregate.value_of else None
            yield _made(aggregate.name, aggregate.function, prop, whole[PART], taken, told, proofs)


def _agree(row: Row, keys: Mapping[str, Value]) -> bool:
    """Whether what a row has of these values is the same."""
    return all(row.get(name, value) == value for name, value in keys.items())


def _taken(row: Row, keys: Mapping[str, Value], aggregate: Aggregate, proofs: Proofs) -> _Taken:
    """What a solution gives an aggregate, with the individuals of plans that it names besides the keys of its group."""
    named = {name: value for name, value in row.items() if isinstance(value, str)}
    known = proofs.store.find(set(named.values()))
    at = {name: known[value] for name, value in named.items() if value in known}
    nodes = {node for name, node in at.items() if name not in keys and proofs.is_individual(node)}
    subject, prop = aggregate.value_of or ("", "")
    is_data = prop in proofs.terms.properties and proofs.terms.properties[prop].datatype is not None
    said = Statement(at[subject], prop, row[PART], False) if subject in at and is_data else None
    return _Taken(tuple(sorted(nodes, key=proofs.order)), row[PART], said)


def _total(told: Finding, focus: int, proofs: Proofs) -> Iterator[Made]:
    """What a row of sums was compared with, which is added up before rules are judged."""
    found = summed(proofs.store, focus)
    if found is not None and proofs.values(_SUMMED, focus):
        prop, rows = found
        total = sum(rows.values(), Decimal())
        name = next((name for name in _COMPARED if told.details.get(name) == total), None)
        taken = [_Taken((row,), value, Statement(row, prop, value, False)) for row, value in rows.items()]
        yield _made(name, "Sum", prop, total, taken, told, proofs)


def _made(
    name: str | None,
    function: str,
    prop: str | None,
    total: Value,
    taken: Sequence[_Taken],
    told: Finding,
    proofs: Proofs,
) -> Made:
    taken = sorted(taken, key=lambda each: [proofs.order(node) for node in each.nodes])
    largest = sorted(range(len(taken)), key=lambda i: _size(taken[i].value), reverse=True)
    parts = tuple(_part(taken[i], proofs) for i in sorted(largest[:_MOST_PARTS]))
    left_out = (taken[i].value for i in largest[_MOST_PARTS:])
    rest = sum((Decimal(v) for v in left_out if isinstance(v, Decimal | int)), Decimal()) if function == "Sum" else None
    unit = told.details.get("unit") if name in _COMPARED else None
    return Made(name, function, prop, total, unit, parts, len(taken), rest)


def _part(taken: _Taken, proofs: Proofs) -> Part:
    if taken.said is not None:
        proof = proofs.prove(taken.said)
        return Part(taken.nodes, taken.value, proof.ground, spots(proof))
    return Part(taken.nodes, taken.value, None, tuple(filter(None, map(proofs.spot, taken.nodes))))


def _size(value: Value) -> Decimal:
    return abs(Decimal(value)) if isinstance(value, Decimal | int) else Decimal()
