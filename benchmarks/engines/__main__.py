"""`python -m benchmarks.engines`: measures engines on growing numbers of features and writes benchmarks/RESULTS.md."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.engines import measure, peers, report
from benchmarks.engines.measure import Row
from benchmarks.engines.pack import shacl

_RESULTS = Path(__file__).parents[1] / "RESULTS.md"
_CACHE = Path(__file__).parents[2] / "build" / "benchmark-peers"
_MOST = {"pyshacl": 1_000, "reference": 10_000}  # more takes them many minutes


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    options.add_argument("--sizes", nargs="*", type=int, default=[1_000, 10_000, 100_000], metavar="COUNT")
    options.add_argument("--scaling", type=int, nargs="*", default=[100_000, 300_000, 1_000_000], metavar="COUNT")
    options.add_argument(
        "--only", nargs="*", default=[], metavar="ENGINE", help="besides the compiled one; all if none is named"
    )
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--limit", type=float, default=900.0, help="seconds that one run may take")
    options.add_argument("--peers", type=Path, default=_CACHE, help="where the other engines are installed")
    options.add_argument("-o", "--output", type=Path, default=_RESULTS)
    given = options.parse_args()

    pythons, versions = _installed(given.peers)
    sizes: dict[int, list[Row]] = {count: [] for count in given.sizes}
    scaling: list[Row] = []

    def keep(row: Row, rows: list[Row]) -> None:
        """What is measured is written at once: all of it takes long."""
        print(f"{row.count} {row.engine}: {row.failed or f'{row.processor:.2f} s of processor time'}", flush=True)
        rows.append(row)
        report.write(given.output, sizes, scaling, report.machine(versions))

    for count in given.sizes:
        for row in _rows(count, pythons, set(given.only), given.repeat, given.limit):
            keep(row, sizes[count])
    for count in given.scaling:
        for engine in ("compiled", "handwritten"):
            keep(measure.columnar(engine, count, given.repeat, given.limit), scaling)
    return 0


def _installed(cache: Path) -> tuple[dict[str, Path | None], dict[str, str]]:
    """The Python of each other engine, None where it cannot be installed; and their versions."""
    pythons: dict[str, Path | None] = {}
    versions: dict[str, str] = {}
    for name in peers.PACKAGES:
        try:
            python = peers.python_of(name, cache)
            pythons[name], versions[name] = python, peers.version_of(name, python)
        except (OSError, subprocess.CalledProcessError):
            pythons[name] = None
    return pythons, versions


def _rows(count: int, pythons: dict[str, Path | None], only: set[str], repeat: int, limit: float) -> Iterator[Row]:
    """The engines on so many features, one after the other."""
    for engine in ("compiled", "handwritten", "reference"):
        if count <= _MOST.get(engine, count) and (engine == "compiled" or not only or engine in only):
            yield measure.columnar(engine, count, repeat, limit)
    with tempfile.TemporaryDirectory() as place:
        data, shapes = Path(place) / "data.nt", Path(place) / "shapes.ttl"
        shacl().serialize(shapes, format="turtle")
        command = [sys.executable, "-m", "benchmarks.engines.run", "rdf", str(count), str(data)]
        subprocess.run(command, check=True)
        for name, python in pythons.items():
            if count > _MOST.get(name, count) or (only and name not in only):
                continue
            if python is None:
                yield Row(name, count, failed="could not be installed")
            else:
                yield measure.peer(name, python, data, shapes, count, repeat, limit)


if __name__ == "__main__":
    sys.exit(main())
