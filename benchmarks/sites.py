"""How long a check takes as a plan's sites grow: `python benchmarks/sites.py 10000 100000 1000000`, from the repository's root.

Each plan has that many sites, of a thousand projects, over a territorial plan with ten thousand zones on twenty by twenty
kilometres: nine thousand planning zones in a mosaic, nine hundred fields of permanent basic farmland, of which one site in a
hundred takes some, and a hundred patches of red line beside the sites. It is checked cold, with the whole rulebook and
a JSON report. Time, time for each thousand sites and peak memory are printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.packages import FORM, layer, workbook  # noqa: E402 - the tests are no installed package

_EXTENT = 20_000.0  # metres
_CORNER = np.array([490_000.0, 3_290_000.0])
_PROJECTS = 1000
_HEAD = ("项目编号", "项目名称", "项目类型", "建设年限", "总投资（万元）", "用地方式", "策略", "实施环节")


def _boxes(count: int, size: float, across: int | None = None) -> npt.NDArray[np.object_]:
    """Squares of ``size`` metres on a grid over the extent."""
    across = across or int(np.ceil(np.sqrt(count)))
    rows, columns = np.divmod(np.arange(count), across)
    x, y = _CORNER[0] + columns * _EXTENT / across, _CORNER[1] + rows * _EXTENT / across
    return np.asarray(shapely.box(x, y, x + size, y + size))


def build_zones(folder: Path) -> Path:
    """The territorial plan."""
    path = folder / "国土.gpkg"
    side = _EXTENT / 95
    zones = _boxes(9025, side, 95)[:9000]
    layer(path, "GHFQ", zones, {"BSM": [f"F{i}" for i in range(len(zones))], "GHFQMC": ["城镇集中建设区"] * len(zones)})
    fields = shapely.transform(_boxes(900, _EXTENT / 30 * 0.1, 30), lambda xy: xy + _EXTENT / 60)
    layer(path, "YJJBNT", fields, {"BSM": [f"N{i}" for i in range(len(fields))]})
    patches = shapely.transform(_boxes(100, 50.0, 10), lambda xy: xy - [30_000, 0])
    layer(path, "STBHHX", patches, {"BSM": [f"H{i}" for i in range(len(patches))]})
    whole = shapely.box(*(_CORNER - 100), *(_CORNER + _EXTENT + 100))
    layer(path, "CZKFBJ", [whole], {"BSM": ["B1"]})
    return path


def build_plan(folder: Path, count: int) -> Path:
    """The plan under review, with ``count`` sites."""
    rows = [
        (f"P{i}", f"第{i}号道路", "道路", "2027—2029年", 100 + i, "新增用地", f"策略{i % 20}", "设计、建设、运营、推广")
        for i in range(_PROJECTS)
    ]
    workbook(folder / "表.xlsx", {"规划信息": FORM, "项目表": [_HEAD, *rows]})
    sites = _boxes(count, _EXTENT / np.ceil(np.sqrt(count)) / 2)
    codes = [f"Y{i}" for i in range(count)]
    layer(
        folder / "图.gpkg",
        "项目用地",
        sites,
        {"用地编号": codes, "项目编号": [f"P{i % _PROJECTS}" for i in range(count)]},
    )
    return folder


def main() -> None:
    for count in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as place:
            plan = Path(place) / "plan"
            plan.mkdir()
            command = [sys.executable, "-m", "checker", "check", str(build_plan(plan, count))]
            command += [
                "--territorial",
                str(build_zones(Path(place))),
                "--format",
                "json",
                "-o",
                f"{place}/report.json",
            ]
            begin = time.monotonic()
            ran = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
            _, status, used = os.wait4(ran.pid, 0)
            seconds = time.monotonic() - begin
            print(
                f"{count} sites: {seconds:.1f} s ({1000 * seconds / count * 1000:.1f} ms for each thousand), "
                f"{used.ru_maxrss / 1024:.0f} MiB at most, exit status {os.waitstatus_to_exitcode(status)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
