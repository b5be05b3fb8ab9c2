"""How long a check takes as a layer grows: `python benchmarks/parcels.py 10000 100000`, from the repository's root.

Each territorial plan has that many planning zones in a mosaic, one in a thousand of which overlaps its neighbour, and
the administrative area, whose border the outer parcels touch; it is checked cold. Time and peak memory are printed.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.packages import PLAN_XML, layer  # noqa: E402 - the tests are no installed package

_SIDE = 50.0  # metres


def build(folder: Path, count: int) -> Path:
    """A plan with ``count`` parcels of wavy outline; neighbours share their vertices."""
    across = int(np.sqrt(count))
    rows, columns = np.divmod(np.arange(count), across)
    steps = np.arange(0, 1, 0.1)
    ring = np.concatenate(
        [
            np.column_stack([steps, 0 * steps]),
            np.column_stack([1 + 0 * steps, steps]),
            np.column_stack([1 - steps, 1 + 0 * steps]),
            np.column_stack([0 * steps, 1 - steps]),
        ]
    )
    ring = np.round(np.vstack([ring, ring[:1]]), 6)
    at = np.stack([columns, rows], axis=1)[:, np.newaxis, :] + ring[np.newaxis]
    waves = 0.1 * np.stack([np.sin(7 * at[..., 1]), np.sin(7 * at[..., 0])], axis=-1)
    corner = np.array([470_000, 3_290_000])
    shapes = shapely.polygons(np.round(corner + _SIDE * (at + waves), 3))
    whole = shapely.coverage_union_all(shapes)
    moved = shapes[500::1000]
    shapes[500::1000] = shapely.transform(moved, lambda xy: xy + np.array([0.5, 0.0]))
    (folder / "plan.xml").write_text(PLAN_XML.replace("smart-city", "territorial"), encoding="utf-8")
    columns_of = {"BSM": [f"A{i}" for i in range(count)], "GHFQMC": ["农田保护区"] * count, "MJ": shapely.area(shapes)}
    layer(folder / "库.gpkg", "GHFQ", shapes, columns_of)
    layer(folder / "界.gpkg", "XZQDS", [whole], {"BSM": ["X1"], "XZQDM": ["990200"]}, kind="Unknown")
    return folder


def main() -> None:
    for count in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as place:
            package = build(Path(place), count)
            command = [sys.executable, "-m", "checker", "check", str(package), "--format", "json"]
            begin = time.monotonic()
            subprocess.run(command, check=False, capture_output=True, cwd=ROOT)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"{count} parcels: {time.monotonic() - begin:.1f} s, {peak:.0f} MiB at most")


if __name__ == "__main__":
    main()
