"""`python -m benchmarks.fuzz FORMAT… --seeds 0-999`: runs inputs one after the other, each under a watchdog."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.fuzz.names import FAMILIES

BUDGET = 30.0  # seconds of processor time for one input; a small plan takes less than one
_PATIENCE = 600.0  # seconds on the clock for one that waits for something else than the processor
_TICKS = os.sysconf("SC_CLK_TCK")
_RENEWED_AFTER = 1500  # inputs, so that what libraries keep does not add up


def serve(pipe: Connection, other_end: Connection, root: str) -> None:
    """A worker: runs what is asked for until the pipe closes. Everything is imported here, not in the watchdog."""
    other_end.close()  # which it has by the fork, and which would keep the pipe open for ever
    from benchmarks.fuzz.families import run
    from benchmarks.fuzz.watch import Sandbox
    from checker import pipeline, resources

    log = os.open(Path(root).parent / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 2)  # what C libraries say
    sandbox = Sandbox(Path(root))
    sandbox.enter()
    pipeline.prepare(resources.packs())
    pipe.send("ready")
    while True:
        try:
            family, seed = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(run(sandbox, family, seed).__dict__)
        except Exception as error:  # of the harness, not of plancheck
            last = traceback.extract_tb(error.__traceback__)[-1]
            problem = f"HARNESS {type(error).__name__} at {last.filename}:{last.lineno}: {error}"
            pipe.send({"said": "failed", "problems": [problem[:300]], "seconds": 0.0, "memory": 0, "detail": ""})


class Worker:
    """A process that is begun anew when it dies, hangs or has done enough."""

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="fuzz-")
        self._done = 0
        self._begin()

    def _begin(self) -> None:
        root = Path(self._place.name) / f"{time.monotonic_ns()}"
        root.mkdir()
        ours, theirs = multiprocessing.Pipe()
        self._pipe = ours
        self._process = multiprocessing.get_context("fork").Process(target=serve, args=(theirs, ours, str(root)))
        self._process.start()
        theirs.close()
        if not self._answers(float("inf")):
            raise RuntimeError("the worker did not begin")
        self._pipe.recv()
        self._done = 0

    def run(self, family: str, seed: int, budget: float = BUDGET) -> dict[str, Any]:
        """What became of one input; a crash of the process or a hang where nothing came back."""
        if self._done >= _RENEWED_AFTER:
            self.end()
            self._begin()
        self._done += 1
        begin = time.monotonic()
        self._pipe.send((family, seed))
        why = f"hung for more than {budget:.0f} s"
        if self._answers(budget):
            try:
                found: dict[str, Any] = self._pipe.recv()
                return found
            except EOFError:
                self._process.join(10)
                why = f"the process ended with {self._process.exitcode}"
        self.end()
        self._begin()
        return {"said": "crashed", "problems": [why], "seconds": time.monotonic() - begin, "memory": 0, "detail": ""}

    def _answers(self, budget: float) -> bool:
        """Whether the process says something within its budget; on a machine that others use, waiting for them is no fault."""
        begun = self._spent()[1]
        idle = 0
        while not self._pipe.poll(1):
            waits, spent = self._spent()
            idle = idle + 1 if waits else 0
            if spent - begun > budget or idle > _PATIENCE:
                return False
        return True

    def _spent(self) -> tuple[bool, float]:
        """Whether the process waits for something else than the processor, and the processor time that it has taken, in seconds."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return fields[0] != "R", (int(fields[11]) + int(fields[12])) / _TICKS

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


@dataclass
class Tally:
    """What became of the inputs of a family."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)
    seconds: float = 0.0

    def add(self, seed: int, found: Mapping[str, Any]) -> None:
        self.counts[found["said"]] += 1
        self.broken.update(problem[:60] for problem in found["problems"])
        self.slowest = max(self.slowest, (round(found["seconds"], 2), seed))
        self.largest = max(self.largest, (found["memory"] >> 20, seed))
        self.seconds += found["seconds"]

    def row(self, family: str) -> str:
        """A line of the table in benchmarks/FUZZ.md."""
        c = self.counts
        ended = f"{c['refused']} | {c['read']} | {c['checked']}"
        slowest, largest = f"{self.slowest[0]} ({self.slowest[1]})", f"{self.largest[0]} ({self.largest[1]})"
        return f"| {family} | {sum(c.values())} | {ended} | {slowest} | {largest} | {sum(self.broken.values())} |"


def main() -> int:
    """Runs the inputs, prints every broken property as it comes and the numbers at the end; 1 where any was broken."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    options.add_argument("families", nargs="*", help=f"of {', '.join(FAMILIES)}; all if none is named")
    options.add_argument("--seeds", default="0-99", help="first-last")
    options.add_argument("--minutes", type=float, default=float("inf"), help="ends after so many, at the next seed")
    given = options.parse_args()
    first, _, last = given.seeds.partition("-")
    families = given.families or FAMILIES
    tallies = {family: Tally() for family in families}
    end = time.monotonic() + given.minutes * 60
    worker = Worker()
    seed = int(first)
    while seed <= int(last or first) and time.monotonic() < end:
        for family in families:
            found = worker.run(family, seed)
            tallies[family].add(seed, found)
            for problem in found["problems"]:
                print(f"{family} {seed}: {problem}", flush=True)
        seed += 1
        if seed % 50 == 0:
            print(*(tally.row(family) for family, tally in tallies.items()), sep="\n", flush=True)
    worker.end()
    print(f"seeds {first} to {seed - 1}", *(tally.row(family) for family, tally in tallies.items()), sep="\n")
    return 1 if any(tally.broken for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
