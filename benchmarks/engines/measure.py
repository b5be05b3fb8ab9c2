"""Measures engines, each run in a process of its own; hands on rows of the tables in RESULTS.md."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.engines import peers
from benchmarks.engines.ours import Result

_LONG = 30.0  # seconds; what takes longer is run once


@dataclass(frozen=True)
class Row:
    """What became of an engine: its times, peak memory in MiB and results; or why there are none.

    ``seconds``, ``processor``: medians for checking, on the clock and of processor time; ``load``: processor time for loading.
    """

    engine: str
    count: int
    seconds: float = 0.0
    processor: float = 0.0
    load: float | None = None
    memory: float = 0.0
    runs: int = 0
    found: frozenset[Result] = field(default_factory=frozenset)
    failed: str | None = None


@dataclass(frozen=True)
class Run:
    """Seconds on the clock and of processor time, and peak memory in MiB, of one run."""

    seconds: float
    processor: float
    memory: float


class Failed(Exception):  # noqa: N818 - a row of a table says so
    """A process that did not end well; says how."""


def columnar(engine: str, count: int, repeat: int, limit: float) -> Row:
    """An engine on facts in columns, of ``run.ENGINES``."""

    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "out.json"
        command = [sys.executable, "-m", "benchmarks.engines.run", engine, str(count), str(out)]

        def once() -> Run:
            whole = _process(command, limit)
            said = json.loads(out.read_text(encoding="utf-8"))
            return Run(said["seconds"], said["processor"], whole.memory)

        try:
            measured = _repeated(once, repeat)
        except Failed as failed:
            return Row(engine, count, failed=str(failed))
        found = json.loads(out.read_text(encoding="utf-8"))["results"]
    return _row(engine, count, measured, frozenset((focus, code, value) for focus, code, value in found))


def peer(engine: str, python: Path, data: Path, shapes: Path, count: int, repeat: int, limit: float) -> Row:
    """Another engine on RDF in a file. Its time is that of all less that of loading, which is measured apart."""
    with tempfile.TemporaryDirectory() as place:
        nothing, report = Path(place) / "nothing.ttl", Path(place) / "report"
        nothing.write_text(peers.NOTHING, encoding="utf-8")

        def once(asked: Path) -> Run:
            return _process([str(python), str(peers.RUNNER), engine, str(data), str(asked), str(report)], limit)

        try:
            loading = _row(engine, count, _repeated(lambda: once(nothing), repeat), frozenset())
            row = _row(engine, count, _repeated(lambda: once(shapes), repeat), frozenset(peers.results(report)))
        except Failed as failed:
            return Row(engine, count, failed=str(failed))
    seconds, processor = row.seconds - loading.seconds, row.processor - loading.processor
    return replace(row, seconds=seconds, processor=processor, load=loading.processor)


def _row(engine: str, count: int, measured: Sequence[Run], found: frozenset[Result]) -> Row:
    seconds, processor = (
        statistics.median(getattr(run, what) for run in measured) for what in ("seconds", "processor")
    )
    return Row(engine, count, seconds, processor, None, max(run.memory for run in measured), len(measured), found)


def _repeated(once: Callable[[], Run], repeat: int) -> list[Run]:
    measured = [once()]
    while len(measured) < repeat and measured[0].seconds < _LONG:
        measured.append(once())
    return measured


def _process(command: Sequence[str], limit: float) -> Run:
    """Runs a command to its end, with all that it starts."""
    with tempfile.TemporaryFile("w+") as wrong:
        begin = time.monotonic()
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=wrong, start_new_session=True)
        while True:
            pid, status, used = os.wait4(started.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > begin + limit:
                os.killpg(started.pid, signal.SIGKILL)
                os.wait4(started.pid, 0)
                started.returncode = -signal.SIGKILL
                raise Failed(f"not finished after {limit:g} s")
            time.sleep(0.02)
        started.returncode = os.waitstatus_to_exitcode(status)
        wrong.seek(0)
        if started.returncode:
            lines = wrong.read().strip().splitlines()
            raise Failed(f"ended with {started.returncode}: {lines[-1][:200] if lines else ''}")
        return Run(time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
