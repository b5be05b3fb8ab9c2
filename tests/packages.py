"""Small plan packages for tests, in the formats that people submit, and a way to run the command on them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import shapely
from click.testing import CliRunner
from pyogrio.raw import write as write_layer

from checker.cli import cli

Rows = Sequence[Sequence[object]]

FORM: Rows = [
    ("规划编号", "TEST-1"),
    ("规划名称", "试算市（虚构）智慧城市规划"),
    ("规划类型", "智慧城市规划"),
    ("行政区代码", "990200"),
    ("成果日期", "2026年6月"),
]
PROJECTS: Rows = [
    ("项目编号", "项目名称", "项目类型", "建设年限", "总投资（万元）", "用地方式"),
    ("P-1", "算力中心", "数据中心", "2026—2028年", 3200, "新增用地"),
    ("P-2", "城市信息平台", "信息平台", "2026年", 800, "不占地"),
]
PLAN_XML = """<?xml version="1.0" encoding="UTF-8"?>
<plan>
  <identifier>TEST-1</identifier>
  <title>试算市（虚构）智慧城市规划</title>
  <kind>smart-city</kind>
  <administrativeCode>990200</administrativeCode>
  <date>2026-06-30</date>
</plan>
"""
SITE = shapely.box(500_000, 3_300_000, 500_100, 3_300_100)


def workbook(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An Excel file with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def layer(
    path: Path,
    name: str,
    geometries: Sequence[shapely.Geometry | None],
    columns: Mapping[str, Sequence[object]],
    crs: str | None = "EPSG:4549",
    kind: str = "Polygon",
) -> Path:
    """A GeoPackage with this layer added."""
    write_layer(
        path,
        geometry=np.array(shapely.to_wkb(np.array(geometries, dtype=object)), dtype=object),
        field_data=[np.array(values, dtype=object) for values in columns.values()],
        fields=list(columns),
        layer=name,
        driver="GPKG",
        geometry_type=kind,
        crs=crs,
        append=path.exists(),
    )
    return path


def package(folder: Path, sheets: Mapping[str, Rows] | None = None, site: shapely.Geometry | None = SITE) -> Path:
    """A plan package with plan information, a project table and one site."""
    folder.mkdir(parents=True, exist_ok=True)
    workbook(folder / "表格.xlsx", sheets or {"规划信息": FORM, "项目表": PROJECTS})
    layer(folder / "图层.gpkg", "项目用地", [site], {"用地编号": ["S-1"], "项目编号": ["P-1"]})
    return folder


def territory(path: Path, **layers: Sequence[shapely.Geometry]) -> Path:
    """A territorial plan as a bare GeoPackage with layers by official code."""
    for code, shapes in layers.items():
        layer(path, code, shapes, {"BSM": [f"{code}-{i}" for i in range(len(shapes))]})
    return path


@dataclass(frozen=True)
class Ran:
    """What a command gave: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    def outcome(self, code: str) -> str:
        return str(next(rule["outcome"] for rule in self.report["rules"] if rule["code"] == code))

    def reasons(self, code: str) -> str:
        rule = next(rule for rule in self.report["rules"] if rule["code"] == code)
        return "\n".join(reason["text"]["zh"] for reason in rule["reasons"])

    def notes(self) -> str:
        return "\n".join(note["text"]["zh"] for note in self.report["notes"])


def run(*arguments: object) -> Ran:
    """Runs plancheck in this process. A traceback is a failed test, whatever the exit status says."""
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output and "内部错误" not in result.output, result.output
    return Ran(result.exit_code, result.stdout, result.stderr)


def check(folder: Path, *options: object) -> Ran:
    """Runs `plancheck check` with a JSON report."""
    return run("check", folder, "--format", "json", *options)
