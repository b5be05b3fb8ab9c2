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
_Row = tuple[int, int | None, object]


def match(facts: Facts, vocabulary: Vocabulary, mentions: frozenset[str]) -> Facts:
    """Adds the links that the declared code links, period relations and matchings yield, and the pairs of sites."""
    store = Store(facts, vocabulary)
    said = _Said(store)
    builder = Builder.resume(vocabulary, facts)
    certain: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)  # by property, and the plan of the other
    for kind, joined in ((SUB.CodeLink, _by_code), (SUB.PeriodRelation, _by_period)):
        for relation in vocabulary.declarations(str(kind)):
            for other in facts.others(relation["inKind"]) if relation["yields"] in mentions else ():
                certain[relation["yields"], other] += joined(said, relation, other)
    for relation in vocabulary.declarations(str(SUB.Matching)):
        others = facts.others(relation["inKind"])
        if not others or not {relation["yields"], relation["yieldsLikely"]} & mentions:
            continue
        ground = _Ground(facts, store, relation)
        for other in others:
            confirmed = certain[relation["yields"], other]
            settled = {s for s, _ in confirmed}
            confirmed += [pair for pair in _by_key(said, relation, other) if pair[0] not in settled]
            _add_likely(builder, said, relation, other, confirmed, ground)
            _add_site_pairs(builder, facts, confirmed, ground)
    for prop in dict.fromkeys(prop for prop, _ in certain):
        distinct = sorted({pair for (yielded, _), pairs in certain.items() if yielded == prop for pair in pairs})
        builder.link(prop, [s for s, _ in distinct], [o for _, o in distinct])
    return builder.facts()


class _Said:
    """What individuals of a class say with a property, by plan: asked once for all plans, of which an audit joins many."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._rows: dict[tuple[str, str], dict[int, list[_Row]]] = {}
        self._thresholds: dict[str, float] = {}

    def rows(self, cls: str, plan: int, prop: str) -> list[_Row]:
        """Subject, object and value of each statement, in order."""
        if (cls, prop) not in self._rows:
            in_plan, stated = self.store.prop(str(SUB.inPlan)), self.store.prop(prop)
            answer = self.store.query(
                f"SELECT i.o AS plan, x.s AS s, x.o AS o, x.v AS v FROM {stated} x JOIN {in_plan} i ON i.s = x.s "
                f"WHERE x.s IN (SELECT s FROM {self.store.cls(cls)}) ORDER BY ALL"
            )
            found: dict[int, list[_Row]] = defaultdict(list)
            for of, *row in zip(*(column.to_pylist() for column in answer.columns), strict=True):
                found[of].append(tuple(row))
            self._rows[cls, prop] = found
        return self._rows[cls, prop].get(plan, [])

    def values(self, cls: str, plan: int, prop: str) -> dict[int, object]:
        """The value of a data property for each individual that has one; the first where there are several."""
        found: dict[int, object] = {}
        for s, _, v in self.rows(cls, plan, prop):
            found.setdefault(s, v)
        return found

    def threshold(self, iri: str) -> float:
        if iri not in self._thresholds:
            value, node = self.store.prop("https://w3id.org/plancheck/chk#value"), self.store.facts.named[iri]
            self._thresholds[iri] = float(self.store.column(f"SELECT v FROM {value} WHERE s = {node}")[0])
        return self._thresholds[iri]


def _by_code(said: _Said, relation: Declaration, other: int) -> list[tuple[int, int]]:
    targets = defaultdict(list)
    for node, code in said.values(relation["matches"], other, relation["toProperty"]).items():
        targets[normal(str(code))].append(node)
    store = said.store
    answer = store.query(
        f"SELECT s, v FROM {store.prop(relation['fromProperty'])} WHERE {store.is_reviewed('s')} ORDER BY s, v"
    )
    pairs = zip(answer.column("s").to_pylist(), answer.column("v").to_pylist(), strict=True)
    return [(s, o) for s, code in pairs for o in targets.get(normal(str(code)), ())]


def _by_period(said: _Said, relation: Declaration, other: int) -> list[tuple[int, int]]:
    store = said.store
    answer = store.query(
        f"SELECT d.s AS s FROM {store.prop(relation['fromProperty'])} d, {store.prop(relation['periodStart'])} b, "
        f"{store.prop(relation['periodEnd'])} e WHERE b.s = {other} AND e.s = {other} AND d.v BETWEEN b.v AND e.v "
        f"AND {store.is_reviewed('d.s')} AND d.s IN (SELECT s FROM {store.cls(relation['matches'])}) ORDER BY d.s"
    )
    return [(s, other) for s in answer.column("s").to_pylist()]


def _by_key(said: _Said, relation: Declaration, other: int) -> list[tuple[int, int]]:
    """The pairs that agree in every property of a key (owl:hasKey) of the class that is matched."""
    cls = relation["matches"]
    keys = said.store.vocabulary.keys(cls)
    agreeing = {p: _agreeing(said, cls, other, p) for p in sorted({p for key in keys for p in key})}
    return sorted({pair for key in keys for pair in set.intersection(*(agreeing[p] for p in key))})


def _agreeing(said: _Said, cls: str, other: int, prop: str) -> set[tuple[int, int]]:
    """The pairs of a class's individuals in the plan under review and in another that share a value of a property."""
    sides = []
    for plan in (said.store.facts.reviewed, other):
        found: dict[tuple[int | None, str], list[int]] = defaultdict(list)
        for s, o, v in said.rows(cls, plan, prop):
            found[o, normal(str(v))].append(s)
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
    said: _Said,
    relation: Declaration,
    other: int,
    confirmed: Iterable[tuple[int, int]],
    ground: _Ground,
) -> None:
    """Likely matches of individuals that no key joins: like names, periods that meet, and ground in common if drawn.

    The thresholds of likeness are data; a likely match is a fact with a score, for a person to confirm.
    """
    matched = {node for pair in confirmed for node in pair}
    facts = said.store.facts
    names = [
        {n: v for n, v in said.values(relation["matches"], plan, relation["byName"]).items() if n not in matched}
        for plan in (facts.reviewed, other)
    ]
    ours, theirs = (list(side.items()) for side in names)
    if not ours or not theirs:
        return
    ignored = re.compile(relation["ignores"])
    texts = [[_bare(str(name), ignored) for _, name in side] for side in (ours, theirs)]
    least, least_shared = (said.threshold(relation[name]) for name in ("nameThreshold", "siteThreshold"))
    scores = process.cdist(texts[0], texts[1], scorer=fuzz.ratio, score_cutoff=least * 100)
    spans = {plan: _spans(said, relation, plan) for plan in (facts.reviewed, other)}
    found = []
    for i, j in zip(*np.nonzero(scores), strict=True):
        a, b = ours[i][0], theirs[j][0]
        share = ground.share(a, b)
        near = share is None or share >= least_shared
        if near and _meet(spans[facts.reviewed].get(a), spans[other].get(b)):
            found.append((a, b, round(float(scores[i, j]) / 100, 4)))
    if not found:
        return
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


def _spans(said: _Said, relation: Declaration, plan: int) -> Mapping[int, tuple[object, object]]:
    starts = said.values(relation["matches"], plan, relation["periodStart"])
    ends = said.values(relation["matches"], plan, relation["periodEnd"])
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
