"""The report as one HTML page that works without a network: summary, matrix, findings and open points, map, all rules.

What the page shows is in it as HTML or as data; its script finds, filters and draws. Style, script and frame are files
beside this one; the map is drawn by Leaflet, which a package brings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from checker.errors import Text
from checker.model import MapLayer, Report
from checker.writers.conclusion import HEADED
from checker.writers.html import matters, sections, shapes
from checker.writers.html.markup import asset, data, escape, filled, page, printable
from checker.writers.words import ORDER, OUTCOMES, SEVERITIES

_FIRST = 300  # rows that stand in the page itself, for whoever has no script
_LEAFLET = "xstatic.pkg.leaflet"  # a package that holds nothing but the files of Leaflet

_WORDS = {
    "label": HEADED,
    "skip": Text("跳到问题与待定事项", "Skip to findings and open points"),
    "summary": Text("核查结果", "Result"),
    "scope": Text("核查对象与对照规划", "What was checked, and against what"),
    "matrix": Text("各指南的核查结果", "Outcomes by guideline"),
    "matters": Text("问题与待定事项", "Findings and open points"),
    "rules": Text("全部规则", "All rules"),
    "notes": Text("读取说明", "Remarks on reading"),
    "contents": Text("目录", "Contents"),
    "filters": Text("筛选", "Filters"),
    "guideline": Text("指南", "Guideline"),
    "outcome": Text("结果", "Outcome"),
    "severity": Text("级别", "Severity"),
    "search": Text("查找文字", "Search"),
    "reset": Text("清除筛选", "Clear filters"),
    "map": Text("地图", "Map"),
    "legend": Text("图例", "Legend"),
    "light": Text("线形为显示作了简化，不可量算。", "Lines are simplified for display; do not measure here."),
    "whole": Text("显示全图", "Whole map"),
    "pick": Text(
        "点选图形可查看该处的问题；点问题旁的“地图”可定位。",
        "Click a shape to see its findings; click 'map' beside a finding to see where it is.",
    ),
}
_SCRIPT_WORDS = {
    "shown": Text("显示 {n} / {all} 项", "{n} of {all} shown"),
    "picked": Text("仅地图所选", "picked on the map"),
    "nothing": Text("没有符合筛选条件的事项。", "Nothing matches the filters."),
    "here": Text("此处 {n} 个问题", "findings here: {n}"),
    "noneHere": Text("此处没有问题。", "No finding here."),
    "list": Text("列出这些问题", "List these findings"),
    "on": Text("地图上已定位：", "Shown on the map: "),
    "zoomIn": Text("放大", "Zoom in"),
    "zoomOut": Text("缩小", "Zoom out"),
}


def write(report: Report, lang: str) -> str:
    """The same report gives the same bytes."""
    geometries, number_of, is_coarse = _geometries(report)
    groups, rows = matters.rows(report, lang)
    drawn = [_layer(layer, report, rows) for layer in report.layers]
    has_map = bool(geometries or any(layer["features"] for layer in drawn))
    guidelines = report.by_guideline
    numbers = {iri: number for number, iri in enumerate(guidelines)}
    script_data = {
        "words": {name: text.in_(lang) for name, text in _SCRIPT_WORDS.items()},
        "guidelines": list(guidelines),
        "groups": [[group.outcome.value, group.html] for group in groups],
        "rows": [_row(row, numbers, number_of) for row in rows],
        "geometries": geometries,
        "layers": drawn,
    }
    style, script = asset("page.css"), asset("page.js")
    if has_map:
        style = "\n".join([_leaflet_style(), style, asset("map.css")])
        script = "\n".join([_leaflet_script(), script, asset("map.js")])
    severities = ((severity.value, SEVERITIES[severity].in_(lang)) for severity in matters.severities(report))
    body = filled(
        asset("page.html"),
        _WORDS,
        lang,
        header=sections.header(report, lang),
        summary=sections.summary(report, lang),
        scope=sections.scope(report, lang),
        matrix=sections.matrix(report, lang),
        guidelines=sections.choices(
            ((iri, sections.title(outcomes, lang)) for iri, outcomes in guidelines.items()),
            Text("全部指南", "all guidelines"),
            lang,
        ),
        outcomes=sections.choices(
            ((kind.value, OUTCOMES[kind].in_(lang)) for kind in ORDER),
            Text("全部结果", "all outcomes"),
            lang,
        ),
        severities=sections.choices(severities, Text("全部级别", "all severities"), lang),
        matters="".join(matters.standing(groups, rows[:_FIRST], lang)),
        more=_more(len(rows), lang),
        map=_map(report, is_coarse, lang) if has_map else "",
        with_map="with-map" if has_map else "",
        rule_count=str(len(report.outcomes)),
        rules=sections.rules(report, lang),
        notes=sections.remarks(report, lang),
        footer=sections.footer(report, lang),
        data=data(script_data),
    )
    notice = asset("leaflet-licence.txt") if has_map else ""
    return page(body, f"{report.plan.title} {HEADED.in_(lang)}", lang, style, script, notice)


def _geometries(report: Report) -> tuple[list[list[shapes.Part]], dict[bytes, int], bool]:
    """The geometries of the findings, each once; which one a WKB is; and whether they were made simpler."""
    if report.geometry_crs is None:
        return [], {}, False
    wkbs = (finding.geometry.wkb for finding in report.findings if finding.geometry is not None)
    number_of = {wkb: number for number, wkb in enumerate(dict.fromkeys(wkb for wkb in wkbs if wkb is not None))}
    light, is_coarse = shapes.light(list(number_of))
    return light, number_of, is_coarse


def _row(row: matters.Row, guidelines: Mapping[str, int], number_of: Mapping[bytes, int]) -> list[object]:
    """A row for the script: its group, guidelines, severity and geometry by number (-1 for none), and its HTML."""
    found = row.finding
    wkb = found.geometry.wkb if found is not None and found.geometry is not None else None
    return [
        row.group,
        [guidelines[iri] for iri in row.guidelines],
        found.severity.value if found is not None else "",
        number_of.get(wkb, -1) if wkb is not None else -1,
        row.html,
    ]


def _layer(layer: MapLayer, report: Report, rows: list[matters.Row]) -> dict[str, object]:
    """A layer for the script: features by name, with their geometry and the rows that are about them."""
    about: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if row.finding is not None:
            about.setdefault(row.finding.focus, []).append(number)
    light, _ = shapes.light([feature.wkb for feature in layer.features])
    return {
        "colour": layer.colour,
        "fill": layer.fill,
        "dashed": sections.is_dashed(layer, report),
        "features": [
            [printable(feature.name), shape, about.get(feature.iri, [])]
            for feature, shape in zip(layer.features, light, strict=True)
        ],
    }


def _map(report: Report, is_coarse: bool, lang: str) -> str:
    coarse = Text("问题图形很多，线形简化较大。", "There are so many findings that their shapes are coarse.")
    return filled(
        asset("map.html"),
        _WORDS,
        lang,
        legend=sections.legend(report, lang),
        crs=escape(report.geometry_crs or ""),
        coarse=coarse.in_(lang) if is_coarse else "",
    )


def _more(count: int, lang: str) -> str:
    """What a page without a script says of the rows that it cannot show."""
    if count <= _FIRST:
        return ""
    said = Text(
        f"这里只列出前 {_FIRST} 项，共 {count} 项；启用脚本（JavaScript）后可查看全部，或另存为其他格式的报告。",
        f"Only the first {_FIRST} of {count} are listed here. Allow scripts (JavaScript) to see all, or write the report in another format.",
    )
    return f'<noscript><p class="more">{said.in_(lang)}</p></noscript>'


def _leaflet_script() -> str:
    return re.sub(r"//# sourceMappingURL=.*", "", _of_leaflet("leaflet.js"))


def _leaflet_style() -> str:
    """Leaflet's style without the pictures of markers and buttons, which the map does not use."""
    return re.sub(r"url\([^)]*\)", "none", _of_leaflet("leaflet.css"))


def _of_leaflet(name: str) -> str:
    return (files(_LEAFLET) / "data" / name).read_text(encoding="utf-8").replace("\r\n", "\n")
