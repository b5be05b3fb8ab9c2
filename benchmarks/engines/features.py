"""Makes facts in columns for the benchmark: features in a fixed mix, of which a fixed share is at fault; the same every time.

Of so many features 62 % are parcels, 35 % projects, 2 % planning zones, the rest strategies and goals, with about ten
statements each. Besides them there are what belongs to projects: a site for every fifth, with one overlap with a parcel,
one with a zone and two coverages, and for every tenth a counterpart in the near-term plan. One in a hundred of each kind
has a fault, each of another shape in turn; in small sets so many that every shape has its fault.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rdflib import Namespace, URIRef

from checker.facts import Builder, Facts, FactTable
from checker.model import Place
from checker.relate import with_thresholds
from checker.vocabulary import PLAN, SUB, TERR, Vocabulary

OURS, THEIRS = "urn:plancheck:plan:B", "urn:plancheck:plan:N"
CODE = Namespace("https://w3id.org/plancheck/code#")
LAND_USE = Namespace("https://w3id.org/plancheck/land-use-2020#")
_DAY = dt.date(2026, 6, 30)
_KINDS = ("data-centre", "transport-hub", "sensing", "platform")
_CLASSES = ("0601", "0101", "0602", "0601")  # one parcel in four lies on undeveloped land
_MODES = ("new-land", "attached", "no-land", "no-land", "attached")

Columns = Mapping[URIRef, pa.Array]


class Faults:
    """Which individuals of a kind are at fault, and in what, of several things by name."""

    def __init__(self, count: int, *names: str) -> None:
        step = max(1, min(100, count // len(names)))
        places = np.arange(0, count, step)
        self.all = np.zeros(count, bool)
        self.all[places] = True
        self._of = {name: np.zeros(count, bool) for name in names}
        for i, name in enumerate(names):
            self._of[name][places[i :: len(names)]] = True

    def __getitem__(self, name: str) -> np.ndarray:
        return self._of[name]


class _Making:
    """Facts in the making: kinds of individuals, one after the other."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.builder = Builder.with_codes(vocabulary)
        self.ours, self.theirs = self.builder.node(OURS), self.builder.node(THEIRS)
        for plan, *classes in (
            (self.ours, PLAN.SmartCityPlan, SUB.PlanUnderReview),
            (self.theirs, PLAN.NearTermPlan, SUB.ReferencePlan),
        ):
            for cls in classes:
                self.builder.type(str(cls), [plan])
            self.builder.link(str(SUB.inPlan), [plan], [plan])
        self.builder.reviewed = self.ours
        self.builder.references = {str(PLAN.NearTermPlan): self.theirs}

    def rows(self, name: str, count: int, plan: int | None = None) -> np.ndarray:
        """New individuals of a plan, the one under review where none is named."""
        home = THEIRS if plan == self.theirs else OURS
        iris = pa.array([f"{home}/{name}{i}" for i in range(count)])
        return self.builder.rows(iris).to_numpy()

    def table(self, cls: URIRef, ids: np.ndarray, columns: Columns, plan: int | None = None) -> None:
        """A table of such individuals."""
        named = {str(prop): column for prop, column in columns.items()}
        rows = pa.nulls(len(ids), pa.int32())
        home = self.ours if plan is None else plan
        self.builder.add(FactTable(str(cls), home, None, Place(""), pa.array(ids), rows, named))

    def node(self, iri: URIRef) -> int:
        return self.builder.node(str(iri))

    def nodes(self, namespace: Namespace, names: tuple[str, ...]) -> np.ndarray:
        return np.array([self.node(namespace[name]) for name in names])

    def link(self, prop: URIRef, subjects: np.ndarray, objects: np.ndarray) -> None:
        self.builder.link(str(prop), pa.array(subjects), pa.array(objects))


def facts(count: int, vocabulary: Vocabulary) -> Facts:
    """Facts of about so many features, 200 at least."""
    making = _Making(vocabulary)
    parcels = _parcels(making, count * 62 // 100)
    zones = _zones(making, count * 2 // 100)
    strategies, strategy_faults = _strategies(making, max(8, count * 9 // 1000), max(2, count // 1000))
    sites, on_undeveloped = _projects(making, count * 35 // 100, strategies, strategy_faults)
    _overlay(making, sites, on_undeveloped, parcels, zones)
    return with_thresholds(making.builder.facts(), vocabulary, _DAY)


def _parcels(making: _Making, count: int) -> np.ndarray:
    ids, i = making.rows("parcel", count), np.arange(count)
    faults = Faults(count, "none", "class", "datatype", "pattern", "unique", "tenure", "area", "year", "remark")
    classes = making.nodes(LAND_USE, _CLASSES)[i % 4]
    classes[faults["class"]] = making.node(CODE["new-land"])
    classes[faults["year"]] = making.node(LAND_USE["0102"])
    area = 1000 + i % 5000
    making.table(
        TERR.CurrentLandUse,
        ids,
        {
            TERR.bsm: _texts("A{:017d}", np.where(faults["unique"], i + 1, i)),
            TERR.landUseClass: pa.array(classes, mask=faults["none"]),
            TERR.statedArea: _decimals(np.where(faults["area"], area * 2, area)),
            SUB.measuredArea: _decimals(area),
            TERR.dataYear: pa.array(np.where(faults["year"], 2009, 2020 + i % 5)),
            TERR.parcelNumber: _where(faults["datatype"], "第七号图斑", None),
            TERR.districtCode: _where(faults["pattern"], "99-02", "990200"),
            TERR.tenure: _where(faults["tenure"], "不详", "国有"),
            TERR.remark: _where(faults["remark"], "一条写得比允许的长度还要长许多的备注，写了又写", "无"),
            TERR.ownerCode: _texts("Q{:05d}", i % 997),
        },
    )
    return ids


def _zones(making: _Making, count: int) -> np.ndarray:
    ids, i, faults = making.rows("zone", count), np.arange(count), Faults(count, "sum")
    making.table(
        TERR.PlanningZone,
        ids,
        {
            TERR.bsm: _texts("Z{:017d}", i),
            TERR.zoneCode: _texts("{:03d}", i % 9),
            TERR.districtCode: _where(i < 0, None, "990200"),
            TERR.statedArea: _decimals(np.where(faults["sum"], 50, 100_000)),
            SUB.measuredArea: _decimals(np.where(faults["sum"], 50, 100_000)),
            TERR.remark: _where(i < 0, None, "无"),
        },
    )
    return ids


def _strategies(making: _Making, count: int, goals: int) -> tuple[np.ndarray, Faults]:
    targets = making.rows("goal", goals)
    making.table(PLAN.Goal, targets, {PLAN.name: _texts("目标{}", np.arange(goals))})
    ids, i = making.rows("strategy", count), np.arange(count)
    making.table(PLAN.Strategy, ids, {PLAN.code: _texts("S{}", i), PLAN.name: _texts("策略{}", i)})
    making.link(PLAN.pursues, ids, targets[i % goals])
    return ids, Faults(count, "unused", "sum")


def _projects(
    making: _Making, count: int, strategies: np.ndarray, of_strategies: Faults
) -> tuple[np.ndarray, np.ndarray]:
    """The projects, with their sites; gives the sites, and which are to lie on undeveloped land."""
    ids, i = making.rows("project", count), np.arange(count)
    kinds = ("most", "in", "qualified", "order", "disjoint", "or", "node", "sequence", "kind", "year")
    faults = Faults(count, *kinds, "ground", "exists", "positive", "length", "not", "total")
    mode = making.nodes(CODE, _MODES)[np.where(faults.all, 0, i % 5)]
    mode[faults["in"]] = making.node(CODE["existing-land"])
    mode[faults["ground"] | faults["not"]] = making.node(CODE["no-land"])
    takes = mode == making.node(CODE["new-land"])
    has_area = (takes | faults["in"] | faults["not"]) & ~faults["or"]
    used = np.flatnonzero(~of_strategies["unused"])
    first = used[i % len(used)]
    rich = of_strategies["sum"][first]
    money = np.where(faults["positive"], 0, np.where(rich, 2_000_000, 100 + i % 100))
    year = 2026 + i % 4
    start = _dates(year, 3)
    kind = making.nodes(CODE, _KINDS)[i % 4]
    making.table(
        PLAN.Project,
        ids,
        {
            PLAN.code: _texts("P{}", i),
            PLAN.name: pc.if_else(pa.array(faults["length"]), "站", _texts("第{}号智慧设施", i)),
            PLAN.projectKind: pa.array(kind),
            PLAN.landMode: pa.array(mode),
            PLAN.landArea: _decimals(500 + i % 700, has_area),
            PLAN.investment: _decimals(money),
            PLAN.nearTermInvestment: _decimals(
                np.where(faults["total"], money + 10, money // 2), (i % 2 == 0) | faults["total"]
            ),
            PLAN.start: start,
            PLAN.end: _dates(np.where(faults["order"], year - 1, year + 1), 9),
            PLAN.leadDepartment: _texts("第{}局", i % 7),
            PLAN.supportingDepartment: _texts("第{}局", np.where(faults["disjoint"], i % 7, 7 + i % 5)),
        },
    )
    led = ~(faults["qualified"] | faults["sequence"])
    for extra, some in enumerate((led, led & (i % 2 == 0) | faults["most"], faults["most"])):
        objects = (first + extra) % len(strategies)
        joined = some & ~of_strategies.all[objects] if extra else some
        making.link(PLAN.carriesOutStrategy, ids[joined], strategies[objects[joined]])
    making.link(PLAN.carriesOutStrategy, ids[faults["qualified"]], ids[faults["qualified"]])
    twins = (i % 10 == 0) | faults.all
    _near_term(making, ids[twins], kind[twins], year[twins], faults, twins)
    sited = ((i % 5 == 0) | faults.all) & ~faults["exists"] & ~faults["not"]
    return _sites(making, ids[sited], faults["node"][sited]), faults["ground"][sited]


def _near_term(
    making: _Making, projects: np.ndarray, kind: np.ndarray, year: np.ndarray, faults: Faults, some: np.ndarray
) -> None:
    """The counterparts of some projects in the near-term plan."""
    ids = making.rows("project", len(projects), making.theirs)
    other = making.node(CODE["telecom"])
    making.table(
        TERR.NearTermKeyProject,
        ids,
        {
            PLAN.projectKind: pa.array(np.where(faults["kind"][some], other, kind)),
            PLAN.start: _dates(np.where(faults["year"][some], year - 1, year), 6),
        },
        making.theirs,
    )
    making.link(PLAN.sameInNearTerm, projects, ids)


def _sites(making: _Making, projects: np.ndarray, without_area: np.ndarray) -> np.ndarray:
    """A site for each of some projects."""
    ids, i = making.rows("site", len(projects)), np.arange(len(projects))
    columns = {PLAN.code: _texts("YD-{}", i), SUB.measuredArea: _decimals(400 + i % 700, ~without_area)}
    making.table(PLAN.Site, ids, columns)
    making.link(PLAN.hasSite, projects, ids)
    return ids


def _overlay(
    making: _Making,
    sites: np.ndarray,
    on_undeveloped: np.ndarray,
    parcels: np.ndarray,
    zones: np.ndarray,
) -> None:
    """What of each site lies in a parcel, in a zone, in the red line and in the development boundary."""
    count = len(sites)
    s = np.arange(count)
    under = (4 * s + on_undeveloped) % (len(parcels) // 4 * 4)  # _CLASSES
    for name, others in (("parcel-overlap", parcels[under]), ("zone-overlap", zones[s % len(zones)])):
        ids = making.rows(name, count)
        columns = {SUB.overlapOf: pa.array(sites), SUB.overlapWith: pa.array(others)}
        making.table(SUB.Overlap, ids, columns | {SUB.area: _decimals(100 + s % 200), SUB.share: _decimals(s % 2)})
    faults = Faults(count, "area", "outside")
    for zone, prop in (("area", TERR.EcologicalProtectionRedLine), ("outside", TERR.UrbanDevelopmentBoundary)):
        ids = making.rows(f"{zone}-coverage", count)
        beyond = {"area": 0 * s, "outside": 0 * s} | {zone: np.where(faults[zone], 500, 0)}
        making.table(
            SUB.Coverage,
            ids,
            {
                SUB.coverageOf: pa.array(sites),
                SUB.coverageBy: pa.array(np.full(count, making.node(prop))),
                SUB.area: _decimals(beyond["area"]),
                SUB.share: _decimals(s % 2),
                SUB.outside: _decimals(beyond["outside"]),
            },
        )


def _texts(form: str, numbers: np.ndarray) -> pa.Array:
    return pa.array([form.format(number) for number in numbers.tolist()])


def _where(test: np.ndarray, then: str | None, otherwise: str | None) -> pa.Array:
    return pc.if_else(pa.array(test), pa.scalar(then, pa.string()), pa.scalar(otherwise, pa.string()))


def _decimals(numbers: np.ndarray, there: np.ndarray | None = None) -> pa.Array:
    mask = None if there is None else ~there
    return pa.array(numbers, mask=mask).cast(pa.decimal128(38, 6))


def _dates(years: np.ndarray, month: int) -> pa.Array:
    return pa.array([dt.date(year, month, 1) for year in years.tolist()])
