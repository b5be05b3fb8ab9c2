"""Metamorphic inputs: one cell, row, column, sheet or shape of plans that pass is damaged, and the report has to notice.

The demo's smart-city plan passes every rule that applies to it against its references. After a damage that makes a cell
unreadable or takes something away, it is silent, and a fault, if the report has not changed although the facts have, if
what stands at the place is nowhere said to be unreadable, or if a rule that mentions the property passes as before.
"""

from __future__ import annotations

import random
import sqlite3
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import openpyxl
import shapely

from benchmarks.fuzz.inputs import FIXTURES
from benchmarks.fuzz.watch import Sandbox, Seen, laid_out, watched
from checker import pipeline, resources
from checker.model import Outcome, Report
from checker.pipeline import Request
from checker.vocabulary import TYPE, Column, TableKind, Vocabulary
from tests.packages import Rows, workbook

_PLANS = ("smart-city", "near-term", "territorial")
_UNREADABLE = "？？"
_UNKNOWN = "查无此项-9"
_KINDS = (
    "garble",
    "garble",
    "garble",
    "blank",
    "header",
    "column",
    "sheet",
    "row",
    "shape",
    "shape",
    "feature",
    "attribute",
    "layer",
)
_LINES = ("YJJBNT", "STBHHX", "CZKFBJ", "GHFQ")


@dataclass(frozen=True)
class Damage:
    """What was done, to which file; ``place``: (sheet or layer, row) where a finding or note has to name it; ``prop``: the
    property whose value cannot be read any more, in a row of a class ``of``. ``must_differ``: the report has to be another one."""

    what: str
    plan: str
    place: tuple[str, int | None] | None = None
    prop: str | None = None
    of: str = ""
    words: str | None = None
    must_differ: bool = True


@cache
def _terms() -> Vocabulary:
    return pipeline.prepare(resources.packs()).vocabulary


@cache
def _books() -> Mapping[str, Mapping[str, Rows]]:
    """The sheets of the plans that have a workbook."""
    found = {}
    for plan in _PLANS:
        for file in (FIXTURES / plan).glob("*.xlsx"):
            book = openpyxl.load_workbook(file)
            found[plan] = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}
    return found


@dataclass(frozen=True)
class _Table:
    """A sheet of records: the index of its header, and its known columns."""

    plan: str
    name: str
    kind: TableKind
    rows: Rows
    header: int
    columns: Mapping[int, Column]

    @property
    def records(self) -> list[int]:
        """Rows with a key."""
        key = next(i for i, c in self.columns.items() if c.is_key)
        return [
            r for r in range(self.header + 1, len(self.rows)) if self.rows[r][key] and str(self.rows[r][0]).isascii()
        ]


@cache
def _tables() -> tuple[_Table, ...]:
    terms, found = _terms(), []
    for plan, sheets in _books().items():
        for name, rows in sheets.items():
            kind = terms.table(name)
            if kind is None or kind.is_form:
                continue
            known = {
                r: {i: m[0] for i, h in enumerate(row) if h and (m := terms.column(kind, str(h)))}
                for r, row in enumerate(rows[:4])
            }
            header = max(known, key=lambda r: len(known[r]))
            found.append(_Table(plan, name, kind, rows, header, known[header]))
    return tuple(found)


@cache
def _layers() -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
    """(plan, file, layer, columns) of every layer."""
    found = []
    for plan in _PLANS:
        for file in (FIXTURES / plan).glob("*.gpkg"):
            with sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True) as database:
                for (layer,) in database.execute("SELECT table_name FROM gpkg_contents ORDER BY 1"):
                    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{layer}")')]
                    found.append((plan, file.name, layer, tuple(c for c in columns if c not in ("fid", "geom"))))
    return tuple(found)


def _is_typed(column: Column) -> bool:
    """Whether a text can be no value of a column."""
    prop = _terms().properties.get(column.property)
    if prop is None:
        return True
    if prop.datatype is not None:
        return prop.datatype != "string"
    return True


# ---- damages --------------------------------------------------------------------------------------------------------


def _damage(kind: str, folder: Path, rng: random.Random) -> Damage | None:
    """Damages the plans in a folder; None where the kind of damage does not fit what was drawn."""
    if kind in ("shape", "feature", "attribute", "layer"):
        return _damage_layer(kind, folder, rng)
    table = rng.choice([t for t in _tables() if t.plan == "smart-city" or rng.random() < 0.5] or list(_tables()))
    rows = [list(row) for row in table.rows]
    sheets = {name: [list(r) for r in rs] for name, rs in _books()[table.plan].items()}
    at = rng.choice(sorted(table.columns))
    column = table.columns[at]
    record = rng.choice(table.records)
    heading = str(rows[table.header][at])
    name = table.name
    done: Damage
    match kind:
        case "garble":
            if not _is_typed(column):
                return None
            prop = _terms().properties.get(column.property)
            link = prop is not None and prop.datatype is None
            if link and not rows[record][at] and not column.is_required and rng.random() < 0.7:
                return None
            rows[record][at] = _UNKNOWN if link else _UNREADABLE
            made = link and not _is_listed(table.plan, prop.range if prop else None)
            done = Damage(
                f"{heading} of row {record + 1} made unreadable",
                table.plan,
                None if made else (name, record + 1),
                column.property,
                table.kind.rows_are,
            )
        case "blank":
            if not rows[record][at]:
                return None
            rows[record][at] = None
            done = Damage(f"{heading} of row {record + 1} emptied", table.plan, must_differ=column.is_key)
        case "header":
            rows[table.header][at] = "杂项乙"
            done = Damage(f"heading {heading} renamed", table.plan, words="杂项乙")
        case "column":
            for row in rows:
                del row[at : at + 1]
            done = Damage(f"column {heading} dropped", table.plan, must_differ=column.is_required)
        case "sheet":
            sheets[name] = rows
            sheets = {("杂表" if n == name else n): rs for n, rs in sheets.items()}
            done = Damage(f"sheet {name} renamed", table.plan, words="杂表")
        case _:
            del rows[record]
            done = Damage(f"row {record + 1} of {name} deleted", table.plan, must_differ=False)
    if name in sheets:
        sheets[name] = rows
    (file,) = (folder / table.plan).glob("*.xlsx")
    workbook(file, {n: [list(row) for row in rs] for n, rs in sheets.items()})
    return done


def _is_listed(plan: str, range_: str | None) -> bool:
    """Whether an unknown entry of a link cannot be taken for a new individual: codes, and rows of a table that is there."""
    terms = _terms()
    if range_ is None or terms.is_code_class(range_):
        return True
    below = terms.subclasses(range_)
    return any(t.plan == plan and t.kind.rows_are in below for t in _tables())


def _damage_layer(kind: str, folder: Path, rng: random.Random) -> Damage | None:
    plan, file, layer, columns = rng.choice(_layers())
    with sqlite3.connect(folder / plan / file) as database:
        for (trigger,) in list(database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
            database.execute(f'DROP TRIGGER "{trigger}"')
        ids = [i for (i,) in database.execute(f'SELECT fid FROM "{layer}"')]
        fid = rng.choice(ids)
        (shape,) = database.execute(f'SELECT geom FROM "{layer}" WHERE fid = ?', (fid,)).fetchone()
        if kind == "shape":
            name, blob = _broken_shape(shape, rng)
            database.execute(f'UPDATE "{layer}" SET geom = ? WHERE fid = ?', (blob, fid))
            place = (layer, fid) if plan == "smart-city" else None
            # A shape of another plan that crosses itself concerns what lies near it.
            return Damage(
                f"shape {fid} of {layer} {name}",
                plan,
                place,
                must_differ=plan == "smart-city" or (layer in _LINES and "cross" not in name),
            )
        if kind == "feature":
            database.execute(f'DELETE FROM "{layer}" WHERE fid = ?', (fid,))
            return Damage(f"feature {fid} of {layer} deleted", plan, must_differ=False)
        if kind == "layer":
            database.execute("UPDATE gpkg_contents SET table_name = '杂层' WHERE table_name = ?", (layer,))
            database.execute("UPDATE gpkg_geometry_columns SET table_name = '杂层' WHERE table_name = ?", (layer,))
            database.execute(f'ALTER TABLE "{layer}" RENAME TO "杂层"')
            return Damage(f"layer {layer} renamed", plan, words="杂层")
        table = _terms().table(layer)
        known = [(c, m[0]) for c in columns if table and (m := _terms().column(table, c)) and _is_typed(m[0])]
        if not known:
            return None
        assert table is not None
        column, term = rng.choice(known)
        database.execute(f'UPDATE "{layer}" SET "{column}" = ? WHERE fid = ?', (_UNKNOWN, fid))
        return Damage(
            f"{column} of feature {fid} of {layer} made unreadable", plan, (layer, fid), term.property, table.rows_are
        )


def _broken_shape(shape: bytes, rng: random.Random) -> tuple[str, bytes | None]:
    size = 8 + {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[shape[3] >> 1 & 7]
    head = shape[:3] + bytes([shape[3] & 0b110001]) + shape[4:8]
    geometry = shapely.from_wkb(shape[size:])
    x, y = geometry.representative_point().coords[0]
    knot = shapely.MultiPolygon([shapely.Polygon([(x, y), (x + 90, y + 90), (x + 90, y), (x, y + 90)])])
    match rng.randrange(6):
        case 0:
            return "taken away", None
        case 1:
            return "made to cross itself", head + shapely.to_wkb(knot)
        case 2:
            return "emptied", shape[:3] + bytes([shape[3] & 1 | 16]) + shape[4:8] + shapely.to_wkb(
                shapely.MultiPolygon()
            )
        case 3:
            return "cut short", head + shapely.to_wkb(geometry)[: rng.randrange(6, 40)]
        case 4:
            bad = bytearray(head + shapely.to_wkb(geometry))
            struct.pack_into("<d", bad, len(bad) - 40, float("nan"))
            return "with a coordinate that is no number", bytes(bad)
        case _:
            return "moved out of its CRS", head + shapely.to_wkb(shapely.transform(geometry, lambda xy: xy * 1000))


# ---- what the report says of it -------------------------------------------------------------------------------------

Print = dict[str, tuple[str, int, tuple[str, ...]]]


def fingerprint(report: Report) -> Print:
    """What a report says, by rule: outcome, how many were checked, what was said; and the notes."""
    found: Print = {}
    for o in report.outcomes:
        said = [f"{f.focus}|{f.message.en}" for f in o.findings] + [f"{r.node}|{r.text.en}" for r in o.reasons]
        found[o.rule.code] = (o.outcome.value, o.checked, tuple(sorted(said)))
    found["notes"] = ("", 0, tuple(sorted(f"{n.place}{n.text.en}" for n in report.notes)))
    return found


def _request(folder: Path) -> Request:
    references = {"near-term": folder / "near-term", "territorial": folder / "territorial"}
    return Request(folder / "smart-city", references, profile="alignment")


def run(sandbox: Sandbox, seed: int) -> Seen:
    """Damages the plans by seed and checks that the report notices."""
    rng = random.Random(f"meaning {seed}")
    folder = sandbox.work / "plans"
    files = {f"{p}/{f.name}": f.read_bytes() for p in _PLANS for f in (FIXTURES / p).iterdir()}
    with laid_out(folder, files):
        base = _base(folder)
        damage = None
        while damage is None:
            damage = _damage(rng.choice(_KINDS), folder, rng)
        names = tuple(Path(name).name for name in files)
        reports: list[Report] = []
        seen = watched(sandbox, _request(folder), names, tell=reports.append)
    seen.detail = damage.what
    if reports and seen.said == "checked":
        seen.problems += [f"SILENT {damage.plan}: {damage.what}: {why}" for why in _silences(base, reports[0], damage)]
    return seen


_BASE: dict[str, Print] = {}


def _base(folder: Path) -> Print:
    if "base" not in _BASE:
        report = pipeline.check(_request(folder))
        assert report.accepted and not report.findings, "the demo passes"
        _BASE["base"] = fingerprint(report)
        _BASE["mentions"] = {o.rule.code: (" ".join(sorted(o.rule.mentions)), 0, ()) for o in report.outcomes}
    return _BASE["base"]


def _silences(base: Print, report: Report, damage: Damage) -> list[str]:
    now = fingerprint(report)
    found = []
    own = damage.plan == "smart-city"  # of a plan to compare with, only what rules read is judged
    is_read = own or damage.prop is None or any(damage.prop in r.rule.mentions for r in report.outcomes)
    if damage.must_differ and is_read and now == base:
        found.append("nothing is said")
    said = (
        [n.place for n in report.notes]
        + [f.place for f in report.findings]
        + [r.place for o in report.outcomes for r in o.reasons]
    )
    if damage.place is not None and own:
        at = [p for p in said if p is not None and p.part == damage.place[0] and p.row in (damage.place[1], None)]
        if not at:
            found.append("the place is not named")
    if damage.words is not None and not any(damage.words in text for _, _, texts in now.values() for text in texts):
        found.append("the unknown name is not said")
    if damage.prop is not None and own:
        terms = _terms()
        # A kind is read by the rules on one of the kinds that it may name.
        read = terms.superproperties(damage.prop) if damage.prop != TYPE else terms.subclasses(damage.of) - {damage.of}
        for rule in report.outcomes:
            is_reader = read & rule.rule.mentions
            if is_reader and rule.outcome is Outcome.PASSED and base[rule.rule.code][:2] == ("passed", rule.checked):
                found.append(f"{rule.rule.code} passes as before")
    return found
