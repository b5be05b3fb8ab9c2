"""Writes benchmarks/RESULTS.md: the tables anew; what people wrote below them stays."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.engines.measure import Row

KEPT = "## What they say"
_HEAD = "| engine | checking: processor, s | against compiled | on the clock, s | loading: processor, s | peak memory, MiB | runs | results |"
_RULE = "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
_GROWN = "| engine | features | checking: processor, s | on the clock, s | peak memory, MiB | runs |"
_ABOUT = """# Engines, measured

`make bench` makes features in columns (62 % parcels, 35 % projects, 2 % zones, 1 % strategies and goals, about ten statements each, one in a
hundred at fault), checks them by the thirty shapes of `benchmarks/engines/shapes.ttl`, and writes these tables. Every run is a
process of its own; times are medians, of one run only where that took longer than 30 s. Processor time (of all threads) is what is
compared: on a machine that others use the clock says little.

- *compiled* and *reference* are plancheck's engines, *handwritten* is SQL for the same shapes on the same Arrow tables
  (`benchmarks/engines/handwritten.py`). Their time goes from facts in columns to results; rules are compiled before, as they are in a check,
  and the database is open. plancheck's also have messages and the values that these name, SQL by hand has not. *reference* is pySHACL patched as
  `checker/engine` patches it; its time holds the making of its graph.
- The others read the same facts, with what is entailed, as N-Triples. Loading is what they take for a shape without targets, start of
  Java included; checking is the rest.
- *results*: against the compiled engine's, by focus node, shape and value.
"""


def machine(peers: Mapping[str, str]) -> str:
    """What it was measured on."""
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    own = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow", "pyshacl", "rdflib"))
    return (
        f"{dt.date.today()}; {_processor()}, {os.cpu_count()} cores (load at the end {load}); {platform.system()}, "
        f"CPython {platform.python_version()}; {own}; {'; '.join(f'{n}: {v}' for n, v in peers.items())}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def table(rows: Sequence[Row]) -> list[str]:
    """The rows of one size, against that of the compiled engine."""
    compiled = next(row for row in rows if row.engine == "compiled")
    return [_HEAD, _RULE, *(_line(row, compiled) for row in rows)]


def _line(row: Row, compiled: Row) -> str:
    if row.failed is not None:
        return f"| {row.engine} | | | | | | | {row.failed} |"
    ratio = f"{row.processor / compiled.processor:.2f} ×" if compiled.processor else ""
    load = "" if row.load is None else f"{row.load:.2f}"
    return (
        f"| {row.engine} | {row.processor:.2f} | {ratio} | {row.seconds:.2f} | {load} | {row.memory:.0f} | {row.runs} "
        f"| {_compared(row, compiled)} |"
    )


def _compared(row: Row, compiled: Row) -> str:
    lost, more = compiled.found - row.found, row.found - compiled.found
    if not lost and not more:
        return f"the same {len(row.found)}"
    shapes = sorted({code for _, code, _ in lost | more})
    return f"{len(lost)} lost, {len(more)} more ({', '.join(shapes[:6])}{' …' if len(shapes) > 6 else ''})"


def write(path: Path, sizes: Mapping[int, Sequence[Row]], scaling: Iterable[Row], about: str) -> None:
    """Writes the file."""
    lines = [_ABOUT, about]
    for count, rows in sorted((count, rows) for count, rows in sizes.items() if rows):
        lines += ["", f"## {count:,} features", "", *table(rows)]
    grown = list(scaling)
    if grown:
        lines += ["", "## Scaling", "", _GROWN, "| --- | ---: | ---: | ---: | ---: | ---: |"]
        lines += [
            f"| {r.engine} | {r.count:,} | {r.failed or f'{r.processor:.2f}'} | {r.seconds:.2f} | {r.memory:.0f} | {r.runs} |"
            for r in grown
        ]
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    kept = old.partition(KEPT)[2]
    path.write_text("\n".join([*lines, "", KEPT]) + (kept or "\n"), encoding="utf-8")
