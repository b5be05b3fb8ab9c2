"""The thirty shapes as SQL written by hand for the benchmark's tables, without SHACL, ontology or messages; hands on the same results.

Committed before the comparison was measured. What a person knows who writes it: which table holds what, that one
code list is meant, that names and areas stand in one column each. It reads the same Arrow tables as the compiled engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import duckdb
import pyarrow as pa

from benchmarks.engines.ours import Result
from checker.facts import Facts
from checker.facts.rdf import canonical
from checker.vocabulary import local_name

# A statement gives the focus node, and the value where the result has one: a node in ``o``, else a text in ``v``.
_STATEMENTS: Mapping[str, str] = {
    "BM-01": "SELECT id AS s FROM CurrentLandUse WHERE landUseClass IS NULL",
    "BM-02": "SELECT id AS s, landUseClass AS o FROM CurrentLandUse WHERE landUseClass NOT IN (SELECT s FROM land_use_classes)",
    "BM-03": "SELECT id AS s, parcelNumber AS v FROM CurrentLandUse WHERE parcelNumber IS NOT NULL",
    "BM-04": "SELECT id AS s, districtCode AS v FROM CurrentLandUse "
    "WHERE NOT regexp_full_match(districtCode, '[0-9]{6}([0-9]{3}){0,2}')",
    "BM-05": "SELECT id AS s, bsm AS v FROM CurrentLandUse WHERE bsm IN "
    "(SELECT bsm FROM (SELECT bsm FROM CurrentLandUse UNION ALL SELECT bsm FROM PlanningZone) GROUP BY bsm HAVING count(*) > 1)",
    "BM-06": "SELECT id AS s FROM CurrentLandUse WHERE tenure IS DISTINCT FROM '国有'",
    "BM-07": "SELECT id AS s, statedArea AS v FROM CurrentLandUse WHERE abs(statedArea - measuredArea) > measuredArea * 0.01",
    "BM-08": "SELECT id AS s, dataYear AS v FROM CurrentLandUse WHERE dataYear < 2019 AND landUseClass IN (SELECT s FROM cultivated)",
    "BM-09": "SELECT id AS s, remark AS v FROM CurrentLandUse WHERE length(remark) > 20",
    "BM-10": "SELECT s FROM carriesOutStrategy GROUP BY s HAVING count(*) > 2",
    "BM-11": "SELECT id AS s, landMode AS o FROM Project WHERE landMode NOT IN ($new, $attached, $none)",
    "BM-12": "SELECT id AS s FROM Project WHERE id NOT IN "
    "(SELECT l.s FROM carriesOutStrategy l JOIN Strategy ON Strategy.id = l.o)",
    "BM-13": 'SELECT id AS s, start AS v FROM Project WHERE start > "end"',
    "BM-14": "SELECT id AS s, leadDepartment AS v FROM Project WHERE leadDepartment = supportingDepartment",
    "BM-15": "SELECT id AS s FROM Project WHERE landArea IS NULL AND landMode NOT IN ($attached, $none)",
    "BM-16": "SELECT l.s, l.o AS o FROM hasSite l JOIN Site ON Site.id = l.o WHERE NOT coalesce(measuredArea > 0, false)",
    "BM-17": "SELECT id AS s FROM Project WHERE id NOT IN (SELECT l.s FROM carriesOutStrategy l JOIN pursues p ON p.s = l.o)",
    "BM-18": "SELECT l.s, l.o AS o FROM sameInNearTerm l JOIN Project a ON a.id = l.s JOIN NearTermKeyProject b ON b.id = l.o "
    "WHERE a.projectKind <> b.projectKind",
    "BM-19": "SELECT l.s, l.o AS o FROM sameInNearTerm l JOIN Project a ON a.id = l.s JOIN NearTermKeyProject b ON b.id = l.o "
    "WHERE year(a.start) <> year(b.start)",
    "BM-20": "SELECT DISTINCT a.id AS s, o.overlapWith AS o FROM Project a JOIN hasSite l ON l.s = a.id JOIN Overlap o ON o.overlapOf = l.o "
    "JOIN CurrentLandUse p ON p.id = o.overlapWith "
    "WHERE a.landMode IN ($attached, $none) AND o.area > 1 AND p.landUseClass IN (SELECT s FROM undeveloped)",
    "BM-21": "SELECT id AS s FROM Project WHERE landMode = $new AND id NOT IN (SELECT s FROM hasSite)",
    "BM-22": "SELECT id AS s, investment AS v FROM Project WHERE investment <= 0",
    "BM-23": "SELECT id AS s, name AS v FROM Project WHERE length(name) < 2",
    "BM-24": "SELECT id AS s FROM Project WHERE landMode IN ($attached, $none) AND landArea IS NOT NULL",
    "BM-25": "SELECT id AS s, nearTermInvestment AS v FROM Project WHERE nearTermInvestment > investment",
    "BM-26": "SELECT overlaid.id AS s FROM Coverage c JOIN Site overlaid ON overlaid.id = c.coverageOf WHERE c.coverageBy = $line AND c.area > 1",
    "BM-27": "SELECT overlaid.id AS s FROM Coverage c JOIN Site overlaid ON overlaid.id = c.coverageOf WHERE c.coverageBy = $boundary AND c.outside > 1",
    "BM-28": "SELECT id AS s FROM Strategy WHERE id NOT IN (SELECT o FROM carriesOutStrategy)",
    "BM-29": "SELECT l.o AS s, sum(p.investment) AS v FROM carriesOutStrategy l JOIN Project p ON p.id = l.s "
    "JOIN Strategy t ON t.id = l.o GROUP BY l.o HAVING sum(p.investment) > 1000000",
    "BM-30": "SELECT z.id AS s, sum(o.area) AS v FROM Overlap o JOIN PlanningZone z ON z.id = o.overlapWith "
    "GROUP BY z.id, z.measuredArea HAVING sum(o.area) > z.measuredArea",
}
_NODES = {
    "new": "code#new-land",
    "attached": "code#attached",
    "none": "code#no-land",
    "line": "terr#EcologicalProtectionRedLine",
    "boundary": "terr#UrbanDevelopmentBoundary",
}
_BASE = "https://w3id.org/plancheck/"
_LINKS = ("carriesOutStrategy", "hasSite", "pursues", "sameInNearTerm")


def check(facts: Facts) -> set[Result]:
    """The results of all thirty."""
    db = _database().cursor()  # the database is open already, as the store's is
    _show(db, facts)
    nodes = {name: facts.named[_BASE + iri] for name, iri in _NODES.items()}
    return {row for code, sql in _STATEMENTS.items() for row in _results(db, code, sql, nodes)}


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _results(db: duckdb.DuckDBPyConnection, code: str, sql: str, nodes: Mapping[str, int]) -> list[Result]:
    given = {name: node for name, node in nodes.items() if f"${name}" in sql}
    has_node, has_text = " AS o " in sql, " AS v " in sql
    join = "JOIN node other ON other.id = o" if has_node else ""
    value = "other.iri" if has_node else "v" if has_text else "NULL"
    rows = db.execute(
        f"SELECT focus.iri, {value} FROM ({sql}) JOIN node focus ON focus.id = s {join}", given
    ).fetchall()
    return [
        (focus, code, None if v is None else canonical(v) if isinstance(v, Decimal) else str(v)) for focus, v in rows
    ]


def _show(db: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """Shows DuckDB the tables under their classes' and properties' names, and the three lists of codes that are needed."""
    parts: dict[str, list[pa.Table]] = {}
    for table in facts.tables:
        columns = {local_name(prop): column for prop, column in table.columns.items()}
        parts.setdefault(local_name(table.cls), []).append(pa.table({"id": table.ids, **columns}))
    for name, tables in parts.items():
        db.register(name, pa.concat_tables(tables))
    for prop, pairs in facts.links.items():
        if local_name(prop) in _LINKS:
            db.register(local_name(prop), pairs)
    db.register("node", pa.table({"id": pa.array(range(len(facts.names)), pa.int64()), "iri": facts.names.written}))
    codes = {
        name: facts.types[f"{_BASE}terr#{name}"] for name in ("UndevelopedClass", "DevelopedClass", "UndesignatedClass")
    }
    db.register("undeveloped", pa.table({"s": codes["UndevelopedClass"]}))
    db.register("land_use_classes", pa.table({"s": pa.concat_arrays(list(codes.values()))}))
    cultivated = [node for iri, node in facts.named.items() if iri.startswith(f"{_BASE}land-use-2020#01")]
    db.register("cultivated", pa.table({"s": pa.array(cultivated, pa.int64())}))
