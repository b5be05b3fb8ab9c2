"""Joins individuals of the plan under review with those of its references: by code, by period, by key, by likeness."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import shapely
from rapidfuzz import fuzz, process

from checker.facts import Builder, Derived, Facts, FactTable, Store
from checker.model import Place
from checker.relate.geometry import layer
from checker.vocabulary import SUB, Declaration, Vocabulary, normal

_DECIMAL = pa.decimal128(38, 6)


def match(facts: Facts, vocabulary: Vocabulary, mentions: frozenset[str]) -> Facts:
    """Adds the links that the declared code links, period relations and matchings yield, and the pairs of sites."""
    store = Store(facts, vocabulary)
    builder = Builder.resume(vocabulary, facts)
    certain: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)  # by property, and the plan of the other
    for kind, joined in ((SUB.CodeLink, _by_code), (SUB.PeriodRelation, _by_period)):
        for relation in vocabulary.declarations(str(kind)):
            for other in facts.others(relation["inKind"]) if relation["yields"] in mentions else ():
                certain[relation["yields"], other] += joined(store, relation, other)
    for relation in vocabulary.declarations(str(SUB.Matching)):
        others = facts.others(relation["inKind"])
        if not others or not {relation["yields"], relation["yieldsLikely"]} & mentions:
            continue
        ground = _Ground(facts, store, relation)
        for other in others:
            confirmed = certain[relation["yields"], other]
            settled = {s for s, _ in confirmed}
            confirmed += [pair for pair in _by_key(store, relation, other) if pair[0] not in settled]
            _add_likely(builder, store, relation, other, confirmed, ground)
            _add_site_pairs(builder, facts, confirmed, ground)
    for prop in dict.fromkeys(prop for prop, _ in certain):
        distinct = sorted({pair for (said, _), pairs in certain.items() if said == prop for pair in pairs})
        builder.link(prop, [s for s, _ in distinct], [o for _, o in distinct])
    return builder.facts()


def _members(store: Store, cls: str, plan: int) -> str:
    """SQL for the individuals (s) of a class in one plan."""
    return f"SELECT s FROM {store.cls(cls)} INTERSECT SELECT s FROM {store.prop(str(SUB.inPlan))} WHERE o = {plan}"


def _values(store: Store, cls: str, plan: int, prop: str) -> dict[int, object]:
    """The value of a data property for the individuals of a class in a plan; the first where there are several."""
    sql = (
        f"SELECT s, min(v) AS v FROM {store.prop(prop)} WHERE s IN ({_members(store, cls, plan)}) GROUP BY s ORDER BY s"
    )
    answer = store.query(sql)
    return dict(zip(answer.column("s").to_pylist(), answer.column("v").to_pylist(), strict=True))


def _by_code(store: Store, relation: Declaration, other: int) -> list[tuple[int, int]]:
    targets = defaultdict(list)
    for node, code in _values(store, relation["matches"], other, relation["toProperty"]).items():
        targets[normal(str(code))].append(node)
    answer = store.query(
        f"SELECT s, v FROM {store.prop(relation['fromProperty'])} WHERE {store.is_reviewed('s')} ORDER BY s, v"
    )
    pairs = zip(answer.column("s").to_pylist(), answer.column("v").to_pylist(), strict=True)
    return [(s, o) for s, code in pairs for o in targets.get(normal(str(code)), ())]


def _by_period(store: Store, relation: Declaration, other: int) -> list[tuple[int, int]]:
    answer = store.query(
        f"SELECT d.s AS s FROM {store.prop(relation['fromProperty'])} d, {store.prop(relation['periodStart'])} b, "
        f"{store.prop(relation['periodEnd'])} e WHERE b.s = {other} AND e.s = {other} AND d.v BETWEEN b.v AND e.v "
        f"AND d.s IN ({_members(store, relation['matches'], store.facts.reviewed)}) ORDER BY d.s"
    )
    return [(s, other) for s in answer.column("s").to_pylist()]


def _by_key(store: Store, relation: Declaration, other: int) -> list[tuple[int, int]]:
    """The pairs that agree in every property of a key (owl:hasKey) of the class that is matched."""
    cls = relation["matches"]
    keys = store.vocabulary.keys(cls)
    agreeing = {p: _agreeing(store, cls, other, p) for p in sorted({p for key in keys for p in key})}
    return sorted({pair for key in keys for pair in set.intersection(*(agreeing[p] for p in key))})


def _agreeing(store: Store, cls: str, other: int, prop: str) -> set[tuple[int, int]]:
    """The pairs of a class's individuals in the plan under review and in another that share a value of a property."""
    sides = []
    for plan in (store.facts.reviewed, other):
        found: dict[tuple[object, str], list[int]] = defaultdict(list)
        for row in store.query(
            f"SELECT s, o, v FROM {store.prop(prop)} WHERE s IN ({_members(store, cls, plan)})"
        ).to_pylist():
            found[row["o"], normal(str(row["v"]))].append(row["s"])
        sides.append(found)
    ours, theirs = sides
    return {(s, o) for value in ours.keys() & theirs.keys() for s in ours[value] for o in theirs[value]}


class _Ground:
    """The sites of projects as one geometry each, all in one measuring CRS; only sites that can be trusted."""

    def __init__(self, facts: Facts, store: Store, relation: Declaration) -> None:
        answer = store.query(f"SELECT s, o FROM {store.prop(relation['ground'])} ORDER BY o, s")
        self._sites: dict[int, list[int]] = defaultdict(list)
        for site, project_ in zip(answer.column("s").to_pylist(), answer.column("o").to_pylist(), strict=True):
            self._sites[project_].append(site)
        self._shape: dict[int, shapely.Geometry] = {}
        metric = None
        below = store.vocabulary.subclasses(relation["features"])
        for table in facts.tables:
            if table.cls not in below or table.geometry is None:
                continue
            drawn = layer(table)
            if drawn.crs is None or not drawn.placed.any():
                continue
            metric = metric or drawn.metric
            moved, sound = drawn.moved_to(metric)
            self._shape.update(zip(table.ids.to_numpy()[sound].tolist(), moved[sound], strict=True))

    def sites(self, project_: int) -> list[tuple[int, shapely.Geometry]]:
        return [(site, self._shape[site]) for site in self._sites.get(project_, ()) if site in self._shape]

    def whole(self, project_: int) -> shapely.Geometry | None:
        found = [shape for _, shape in self.sites(project_)]
        return shapely.union_all(found) if found else None

    def share(self, project_: int, other: int) -> float | None:
        """The part of one project's ground that lies in the other's, or None where it cannot be measured."""
        mine, theirs = self.whole(project_), self.whole(other)
        if mine is None or theirs is None or mine.area == 0:
            return None
        return float(mine.intersection(theirs).area / mine.area)


def _add_likely(
    builder: Builder,
    store: Store,
    relation: Declaration,
    other: int,
    confirmed: Iterable[tuple[int, int]],
    ground: _Ground,
) -> None:
    """Likely matches of individuals that no key joins: like names, periods that meet, and ground in common if drawn.

    The thresholds of likeness are data; a likely match is a fact with a score, for a person to confirm.
    """
    matched = {node for pair in confirmed for node in pair}
    names = [
        {n: v for n, v in _values(store, relation["matches"], plan, relation["byName"]).items() if n not in matched}
        for plan in (store.facts.reviewed, other)
    ]
    ours, theirs = (list(side.items()) for side in names)
    if not ours or not theirs:
        return
    ignored = re.compile(relation["ignores"])
    texts = [[_bare(str(name), ignored) for _, name in side] for side in (ours, theirs)]
    least = _threshold(store, relation["nameThreshold"])
    scores = process.cdist(texts[0], texts[1], scorer=fuzz.ratio, score_cutoff=least * 100)
    spans = {plan: _spans(store, relation, plan) for plan in (store.facts.reviewed, other)}
    found = []
    for i, j in zip(*np.nonzero(scores), strict=True):
        a, b = ours[i][0], theirs[j][0]
        share = ground.share(a, b)
        near = share is None or share >= _threshold(store, relation["siteThreshold"])
        if near and _meet(spans[store.facts.reviewed].get(a), spans[other].get(b)):
            found.append((a, b, round(float(scores[i, j]) / 100, 4)))
    if not found:
        return
    facts = store.facts
    first, second = (pa.array([row[k] for row in found], pa.int64()) for k in (0, 1))
    columns = {
        str(SUB.matchOf): first,
        str(SUB.matchWith): second,
        str(SUB.score): pa.array([s for _, _, s in found]).cast(_DECIMAL),
    }
    ids = builder.rows(Derived(first, "likely", second))
    nowhere = pa.nulls(len(ids), pa.int32())
    builder.add(FactTable(str(SUB.LikelyMatch), facts.reviewed, None, Place(""), ids, nowhere, columns))
    builder.link(relation["yieldsLikely"], first, second)


def _bare(name: str, ignored: re.Pattern[str]) -> str:
    """A name without place prefix, tail words and phases; the whole name where nothing would be left."""
    clean = normal(name)
    return ignored.sub("", clean) or clean


def _threshold(store: Store, iri: str) -> float:
    node = store.facts.named[iri]
    values = store.column(f"SELECT v FROM {store.prop('https://w3id.org/plancheck/chk#value')} WHERE s = {node}")
    return float(values[0])


def _spans(store: Store, relation: Declaration, plan: int) -> Mapping[int, tuple[object, object]]:
    starts = _values(store, relation["matches"], plan, relation["periodStart"])
    ends = _values(store, relation["matches"], plan, relation["periodEnd"])
    return {node: (start, ends[node]) for node, start in starts.items() if node in ends}


def _meet(a: tuple[object, object] | None, b: tuple[object, object] | None) -> bool:
    """Whether two periods have a day in common; an unknown one rules nothing out."""
    return a is None or b is None or (a[0] <= b[1] and b[0] <= a[1])  # type: ignore[operator]


def _add_site_pairs(builder: Builder, facts: Facts, pairs: Iterable[tuple[int, int]], ground: _Ground) -> None:
    """sub:SitePair for each site of a matched project against the whole ground of the other: distance and share."""
    rows = []
    for ours, theirs in sorted(set(pairs)):
        others = ground.sites(theirs)
        whole = ground.whole(theirs)
        if whole is None:
            continue
        for site, shape in ground.sites(ours):
            both = shape.area > 0 and whole.area > 0
            share = shape.intersection(whole).area / shape.area if both else 0.0
            rows.append((site, others[0][0], shape.distance(whole), share, both))
    if not rows:
        return
    first, second = (pa.array([row[k] for row in rows], pa.int64()) for k in (0, 1))
    columns = {
        str(SUB.firstSite): first,
        str(SUB.secondSite): second,
        str(SUB.distance): pa.array(np.round([r[2] for r in rows], 2)).cast(_DECIMAL),
        str(SUB.share): pa.array(np.round([r[3] for r in rows], 6)).cast(_DECIMAL),
        str(SUB.bothAreas): pa.array([bool(r[4]) for r in rows]),
    }
    ids = builder.rows(Derived(first, "pair", second))
    nowhere = pa.nulls(len(ids), pa.int32())
    builder.add(FactTable(str(SUB.SitePair), facts.reviewed, None, Place(""), ids, nowhere, columns))
