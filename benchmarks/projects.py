"""How long a check takes as a plan grows: `python benchmarks/projects.py 500 2000`, from the repository's root.

Each plan has that many projects with a site each and is checked, cold, against the demo's near-term and territorial plans.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import shapely

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.packages import FORM, layer, workbook  # noqa: E402 - the tests are no installed package

PACKAGES = ROOT / "fixtures" / "packages"
HEAD = (
    "项目编号",
    "项目名称",
    "项目类型",
    "建设年限",
    "总投资（万元）",
    "近期投资",
    "用地方式",
    "策略",
    "实施环节",
    "对应近期任务",
    "新增理由",
)


def build(folder: Path, count: int) -> Path:
    """A plan with ``count`` road projects on a grid of sites 300 m apart."""
    codes = [f"P{i}" for i in range(count)]
    rows = [
        (
            c,
            f"第{i}号道路",
            "道路",
            "2027—2029年",
            100 + i,
            50,
            "新增用地",
            f"策略{i % 20}",
            "设计、建设、运营、推广",
            "RW01",
            "按会议纪要新增",
        )
        for i, c in enumerate(codes)
    ]
    workbook(folder / "表.xlsx", {"规划信息": FORM, "项目表": [HEAD, *rows]})
    side = int(count**0.5) + 1
    corners = [(490_000 + i % side * 300, 3_295_000 + i // side * 300) for i in range(count)]
    sites = [shapely.box(x, y, x + 100, y + 100) for x, y in corners]
    layer(folder / "图.gpkg", "项目用地", sites, {"用地编号": codes, "项目编号": codes})
    return folder


def main() -> None:
    for count in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as place:
            command = [sys.executable, "-m", "checker", "check", str(build(Path(place), count))]
            command += ["--near-term", str(PACKAGES / "near-term"), "--territorial", str(PACKAGES / "territorial")]
            begin = time.monotonic()
            subprocess.run([*command, "--profile", "alignment"], check=False, capture_output=True, cwd=ROOT)
            print(f"{count} projects: {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    main()
