"""Small special plans of one invented city, for tests of audits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import shapely

from tests.packages import layer, workbook

HEADINGS = ("项目编号", "项目名称", "项目类型", "建设年限", "总投资（万元）", "用地方式", "统一代码")
CODE = "2601-330299-04-01-000001"


def ground(x: float, width: float = 100) -> shapely.Geometry:
    """A site a hundred metres deep, so far to the east."""
    return shapely.box(500_000 + x, 3_300_000, 500_000 + x + width, 3_300_100)


def project(code: str, name: str, kind: str, years: str, mode: str = "新增用地", key: str = "") -> tuple[object, ...]:
    """A row of the project table."""
    return (code, name, kind, years, 100, mode, key)


def special(
    folder: Path,
    number: str,
    name: str,
    projects: list[tuple[object, ...]],
    sites: Mapping[str, shapely.Geometry],
    place: str = "330299",
) -> Path:
    """A special plan with these projects, and a site by the code of the project it is of."""
    folder.mkdir(parents=True)
    form = [
        ("规划编号", number),
        ("规划名称", f"甬沄市（虚构）{name}专项规划"),
        ("规划类型", "智慧专项规划"),
        ("行政区代码", place),
        ("成果日期", "2026-06-30"),
    ]
    workbook(folder / "表格.xlsx", {"规划信息": form, "项目表": [HEADINGS, *projects]})
    if sites:
        codes = list(sites)
        columns = {"用地编号": [f"YD-{code}" for code in codes], "项目编号": codes}
        layer(folder / "图层.gpkg", "项目用地", [sites[code] for code in codes], columns)
    return folder


def city(folder: Path) -> Path:
    """Three special plans of which the first two contradict each other in three ways, and the third nothing."""
    traffic = [
        project("JT-1", "智慧停车场", "道路", "2026—2027年"),
        project("JT-2", "路侧感知网", "感知设施", "2026—2028年", "不占地", CODE),
        project("JT-3", "交通算力中心", "数据中心", "2027年"),
    ]
    special(folder / "交通", "SP-JT", "智慧交通", traffic, {"JT-1": ground(0), "JT-3": ground(500)})
    utilities = [
        project("SZ-1", "市政算力中心", "数据中心", "2026—2027年"),
        project("SZ-2", "路侧感知设施", "感知设施", "2027—2029年", "不占地", CODE),
        project("SZ-3", "管网边缘机房", "数据中心", "2026—2029年"),
    ]
    special(folder / "市政", "SP-SZ", "智慧市政", utilities, {"SZ-1": ground(90, 1000), "SZ-3": ground(1200)})
    special(
        folder / "教育",
        "SP-JY",
        "智慧教育",
        [project("JY-1", "教育云中心", "数据中心", "2026年")],
        {"JY-1": ground(9000)},
    )
    return folder
