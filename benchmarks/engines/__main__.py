"""`python -m benchmarks.engines [COUNT …]`: measures engines on so many features each and writes benchmarks/RESULTS.md."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.engines import measure, peers, report
from benchmarks.engines.measure import Row
from benchmarks.engines.pack import shacl

_RESULTS = Path(__file__).parents[1] / "RESULTS.md"
_CACHE = Path(__file__).parents[2] / "build" / "benchmark-peers"
_MOST = {"pyshacl": 1_000}  # as it comes, it takes minutes for a thousand


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    options.add_argument("counts", nargs="*", type=int, default=[1_000, 10_000, 100_000], metavar="COUNT")
    options.add_argument("--scaling", type=int, nargs="*", default=[100_000, 300_000, 1_000_000], metavar="COUNT")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--limit", type=float, default=900.0, help="seconds that one run may take")
    options.add_argument("--peers", type=Path, default=_CACHE, help="where the other engines are installed")
    options.add_argument("-o", "--output", type=Path, default=_RESULTS)
    given = options.parse_args()

    pythons, versions = _installed(given.peers)
    sizes = {count: _rows(count, pythons, given.repeat, given.limit) for count in given.counts}
    scaling = [
        _told(measure.columnar(engine, count, given.repeat, given.limit))
        for count in given.scaling
        for engine in ("compiled", "handwritten")
    ]
    report.write(given.output, sizes, scaling, report.machine(versions))
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


def _rows(count: int, pythons: dict[str, Path | None], repeat: int, limit: float) -> list[Row]:
    rows = [
        _told(measure.columnar(engine, count, repeat, limit)) for engine in ("compiled", "handwritten", "reference")
    ]
    with tempfile.TemporaryDirectory() as place:
        data, shapes = Path(place) / "data.nt", Path(place) / "shapes.ttl"
        shacl().serialize(shapes, format="turtle")
        command = [sys.executable, "-m", "benchmarks.engines.run", "rdf", str(count), str(data)]
        subprocess.run(command, check=True)
        for name, python in pythons.items():
            if count > _MOST.get(name, count):
                continue
            if python is None:
                rows.append(_told(Row(name, count, failed="could not be installed")))
            else:
                rows.append(_told(measure.peer(name, python, data, shapes, count, repeat, limit)))
    return rows


def _told(row: Row) -> Row:
    print(f"{row.count} {row.engine}: {row.failed or f'{row.processor:.2f} s of processor time'}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
