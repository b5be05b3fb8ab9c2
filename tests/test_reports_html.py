"""The HTML report: everything is in it, in one language, whatever a plan says; it fetches nothing, leaks nothing, stays light.

The last tests open it in a real browser: Chromium, which the system has to have.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from importlib.resources import files
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import lxml.html
import numpy as np
import pytest
import shapely

from checker import writers
from checker.errors import Text
from checker.model import ConflictGeometry, Finding, MapFeature, Outcome, Report
from checker.pipeline import Request, check
from tests.browser import visit
from tests.packages import FORM, PROJECTS, package, territory

X, Y = 500_000, 3_300_000
LANGS = ("zh", "en")
CJK = re.compile("[\u3400-\u9fff]")


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Request:
    """A site that lies partly on the red line and partly outside the boundary, and a cell that cannot be read."""
    folder = tmp_path_factory.mktemp("html")
    rows = [*PROJECTS, ("P-3", "甲", "道路", "2026年", "约3", "不占地")]
    plan = package(folder / "p", {"规划信息": FORM, "项目表": rows}, site=box(0, 0, 100, 100))
    lines = territory(
        folder / "t.gpkg",
        STBHHX=[box(60, 60, 300, 300)],
        CZKFBJ=[box(-400, -400, 80, 400)],
        GHFQ=[box(-400, -400, 400, 400)],
    )
    return Request(plan, {"territorial": lines}, with_map=True)


@pytest.fixture(scope="module")
def report(inputs: Request) -> Report:
    return check(inputs)


def many(report: Report, count: int) -> Report:
    """The report with so many findings, each with a place and a geometry of its own."""
    failed = [outcome for outcome in report.outcomes if outcome.findings]
    corners = np.random.default_rng(1).uniform((119.9, 29.7), (120.1, 29.9), (count, 2))
    shapes = shapely.to_wkb(shapely.buffer(shapely.points(corners), 0.0005, quad_segs=8))
    made: dict[str, list[Finding]] = {outcome.rule.code: [] for outcome in failed}
    for number, (outcome, wkb) in enumerate(zip(islice(cycle(failed), count), shapes, strict=True)):
        made[outcome.rule.code].append(
            replace(
                outcome.findings[0],
                id=f"{outcome.rule.code}-{number:010x}",
                message=Text(
                    f"第 {number} 个问题，占用控制线内的土地", f"problem {number} takes land inside a control line"
                ),
                geometry=ConflictGeometry(wkb),
            )
        )
    outcomes = (replace(o, findings=tuple(made.get(o.rule.code, ()))) for o in report.outcomes)
    return replace(report, outcomes=tuple(outcomes))


def page(report: Report, lang: str = "zh") -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(str(writers.write(report, "html", lang)))


def data(shown: lxml.html.HtmlElement) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shown.get_element_by_id("data").text)
    return found


def find(element: lxml.html.HtmlElement, *steps: str) -> list[lxml.html.HtmlElement]:
    """Elements below an element, step by step: a tag, or a tag and a class as in ``table.open``; ``*`` for any tag."""
    path = ""
    for step in steps:
        tag, _, cls = step.partition(".")
        path += f"//{tag}" + (f"[contains(concat(' ', @class, ' '), ' {cls} ')]" if cls else "")
    found: list[lxml.html.HtmlElement] = element.xpath(f".{path}")
    return found


def words(element: lxml.html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", str(element.text_content()))


# ---- what is in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_every_finding_and_every_open_point_is_there_without_a_script(report: Report, lang: str) -> None:
    shown = words(page(report, lang).get_element_by_id("list"))
    assert report.findings
    for finding in report.findings:
        clause = finding.rule.clause
        said = [finding.id, finding.message.in_(lang), finding.rule.remedy.in_(lang), clause.number]
        said += [clause.requirement.in_(lang), clause.instrument.in_(lang), clause.article.in_(lang)]
        said += [value.in_(lang) for value in (finding.measured, finding.allowed) if value]
        for text in said:
            assert re.sub(r"\s+", " ", text) in shown
    for reason in (reason for outcome in report.outcomes for reason in outcome.reasons):
        assert reason.text.in_(lang) in shown


def test_an_open_point_names_every_rule_that_waits_for_it(report: Report) -> None:
    rows = [words(row) for row in find(page(report), "table.open", "tbody", "tr")]
    for outcome in report.outcomes:
        for reason in outcome.reasons:
            assert any(reason.text.zh in row and f"{outcome.rule.code} " in row for row in rows)


def test_the_matrix_counts_the_rules_of_each_guideline(report: Report) -> None:
    table = find(page(report), "table.matrix")[0]
    counted = {(b.get("data-guideline"), b.get("data-outcome")): int(b.text) for b in find(table, "td", "button")}
    real: dict[tuple[str, str], int] = {}
    for o in report.outcomes:
        key = (o.rule.clause.guideline, o.outcome.value)
        real[key] = real.get(key, 0) + 1
    assert counted == real
    assert [int(td.text) if td.text != "–" else 0 for td in find(table, "tfoot", "td")[:8]][-1] == len(report.outcomes)


def test_every_rule_is_listed_also_those_that_passed(report: Report) -> None:
    listed = [words(th) for th in find(page(report), "table.all", "tbody", "th")]
    assert listed == [outcome.rule.code for outcome in report.outcomes]
    assert any(outcome.outcome is Outcome.PASSED for outcome in report.outcomes)


def test_it_is_headed_as_a_suggestion_and_names_what_was_compared(report: Report) -> None:
    for lang, label in (
        ("zh", "自动核查建议，供审查参考"),
        ("en", "Automatic suggestion for the reviewer, not an approval"),
    ):
        shown = page(report, lang)
        assert label in words(find(shown, "header")[0])
        scope = words(shown.get_element_by_id("scope"))
        for plan in (report.plan, *report.references):
            assert plan.title in scope and all(file.sha256 in scope for file in plan.files)


def test_the_english_page_has_no_chinese_frame(report: Report) -> None:
    """Only what the plan and the names of instruments say is Chinese; and each page names its language."""
    shown = page(report, "en")
    kinds = (
        "h2",
        "option",
        "summary",
        "dt",
        "*.badge",
        "*.severity",
        "*.weight",
        "*.count",
        "*.tiles",
        "*.under",
        "button",
    )
    frame = [part for kind in kinds for part in find(shown, kind)]
    frame += [*find(shown, "thead", "th"), *find(shown, "form", "label"), *find(shown, "footer"), *find(shown, "nav")]
    assert len(frame) > 100
    assert not [words(part) for part in frame if CJK.search(words(part))]
    assert not any(CJK.search(text) for text in data(shown)["words"].values())
    assert shown.get("lang") == "en" and page(report).get("lang") == "zh-CN"


def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    assert writers.write(report, "html", "zh") == writers.write(report, "html", "zh")


# ---- what is not in it -----------------------------------------------------------------------------------------------


def test_it_needs_nothing_from_elsewhere(report: Report) -> None:
    shown = page(report)
    assert not shown.xpath("//*[@src or @srcset]") and not shown.xpath(
        "//link | //iframe | //object | //embed | //base"
    )
    assert all(a.get("href").startswith("#") for a in find(shown, "a"))
    style = "".join(str(element.text) for element in find(shown, "style"))
    assert "url(" not in style and "@import" not in style


def test_only_its_own_script_and_style_may_act(report: Report) -> None:
    shown = page(report)
    policy = shown.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    (script,) = (s for s in find(shown, "script") if s.get("type") is None)
    (style,) = find(shown, "style")
    for kind, element in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(str(element.text).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not shown.xpath("//*[@style]") and not [a for a in shown.xpath("//@*") if a.attrname.startswith("on")]


def test_what_a_plan_says_stays_text(report: Report) -> None:
    evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\x00\x1b\ud800 & \"'"
    named = Text(evil, evil)
    outcomes = tuple(
        replace(
            o,
            findings=tuple(
                replace(f, message=named, measured=named, id=evil, place=f.place and replace(f.place, file=evil))
                for f in o.findings
            ),
            reasons=tuple(replace(r, text=named) for r in o.reasons),
        )
        for o in report.outcomes
    )
    plan = replace(
        report.plan, title=evil, identifier=evil, files=tuple(replace(f, name=evil) for f in report.plan.files)
    )
    layers = tuple(
        replace(drawn, features=tuple(replace(f, name=evil) for f in drawn.features)) for drawn in report.layers
    )
    written = str(writers.write(replace(report, plan=plan, outcomes=outcomes, layers=layers), "html", "zh"))
    written.encode()
    shown = lxml.html.document_fromstring(written)
    assert len(find(shown, "script")) == 2 and not find(shown, "img")
    assert words(find(shown, "h1")[0]) == evil.replace("\x00\x1b\ud800", "")
    for row in data(shown)["rows"]:
        made = lxml.html.fragment_fromstring(f"<table>{row[4]}</table>")
        assert not find(made, "img") and not find(made, "script")


def test_without_geometry_no_coordinate_is_anywhere(inputs: Request, report: Report) -> None:
    assert report.layers and any(finding.geometry for finding in report.findings)
    bare = str(writers.write(check(replace(inputs, with_coordinates=False)), "html", "zh"))
    for term in (
        "leaflet",
        'id="map"',
        "EPSG",
        "<canvas",
        "5000",
        "33000",
        "119.",
        "120.",
        "29.8",
        "12000000",
        "11999",
    ):
        assert term not in bare.lower(), term
    assert not data(lxml.html.document_fromstring(bare))["geometries"]


# ---- the map ---------------------------------------------------------------------------------------------------------


def decoded(parts: list[list[Any]]) -> shapely.Geometry:
    rings = [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 1e7 for _, *rings in parts for ring in rings]
    return shapely.Polygon(rings[0])


def test_the_map_shows_the_conflict_where_it_is(report: Report) -> None:
    shown = data(page(report))
    (conflict,) = (f for f in report.findings if f.rule.code == "TP-202")
    (row,) = (row for row in shown["rows"] if conflict.id in row[4])
    assert conflict.geometry is not None and conflict.geometry.wkb is not None
    real = shapely.from_wkb(conflict.geometry.wkb)
    assert decoded(shown["geometries"][row[3]]).symmetric_difference(real).area < real.area * 1e-3
    sites = shown["layers"][-1]["features"]
    assert sites[0][0] == "S-1" and shown["rows"].index(row) in sites[0][2], "a click on the site leads to it"


def test_leaflet_is_what_its_authors_published() -> None:
    """The hashes with which pages embed the release 1.9.3 from its authors' package.

    Checked by hand on that package from npm (the integrity of the archive is the registry's): leaflet.js, leaflet.css and both
    sources are byte for byte the ones of the installed package.
    """
    published = {
        "leaflet.js": "WBkoXOwTeyKclOHuWtc+i2uENFpDZ9YPdf5Hf+D7ewM=",
        "leaflet.css": "kLaT2GOSpHechhsozzB+flnD+zUyjE2LlfWPgU04xyI=",
    }
    for name, digest in published.items():
        content = (files("xstatic.pkg.leaflet") / "data" / name).read_bytes()
        assert base64.b64encode(hashlib.sha256(content).digest()).decode() == digest, name


def test_ten_thousand_findings_stay_light(report: Report) -> None:
    heavy = shapely.to_wkb(shapely.Point(120, 29.8).buffer(0.05, quad_segs=5000))
    layers = (replace(report.layers[0], features=(MapFeature("x", "y", heavy),)), *report.layers)
    written = str(writers.write(replace(many(report, 10_000), layers=layers), "html", "zh"))
    assert len(written.encode()) < 15_000_000
    shown = lxml.html.document_fromstring(written)
    assert len(data(shown)["rows"]) >= 10_000
    assert len(find(shown.get_element_by_id("list"), "tbody", "tr")) == 300
    assert "300" in words(find(shown, "noscript")[0])


# ---- in a browser ----------------------------------------------------------------------------------------------------


def opened(browser: Any, folder: Path, report: Report, lang: str, width: int = 1440) -> tuple[Any, list[str]]:
    """A page that has loaded, and what went wrong in it or was asked of a network."""
    file = folder / "report.html"
    file.write_text(str(writers.write(report, "html", lang)), encoding="utf-8")
    return visit(browser, file, width)


def fewer(shown: Any, selector: str, count: int) -> None:
    """Waits until fewer elements than so many are there."""
    shown.locator(selector).nth(count - 1).wait_for(state="detached")


def test_filters_work_at_once_among_ten_thousand(browser: Any, tmp_path: Path, report: Report) -> None:
    shown, wrong = opened(browser, tmp_path, many(report, 10_000), "en")
    count = shown.locator("#list tbody tr")
    assert 0 < count.count() <= 300, "rows are shown as one scrolls to them"
    shown.fill("#by-text", "PROBLEM 1234 control")
    fewer(shown, "#list tbody tr", 20)
    assert "problem 1234 " in shown.inner_text("#list tbody tr")
    took = shown.evaluate(
        "() => { const begin = performance.now(); field('text').value = 'problem 77'; filter(); document.body.offsetHeight; return performance.now() - begin; }"
    )
    assert took < 1000
    shown.click("button[type=reset]")
    shown.click(".tile.t-undecided")
    fewer(shown, "#list .group", 2)
    assert shown.get_attribute(".tile.t-undecided", "aria-pressed") == "true"
    assert "undecided" in shown.inner_text("#list h3")
    assert wrong == []
    shown.close()


def test_findings_and_map_lead_to_each_other(browser: Any, tmp_path: Path, report: Report) -> None:
    shown, wrong = opened(browser, tmp_path, report, "zh")
    (conflict,) = (f for f in report.findings if f.rule.code == "TP-202")
    row = shown.locator("#list tbody tr", has_text=conflict.id)
    row.locator("button.show").click()
    assert conflict.message.zh in shown.inner_text("#here")
    frame = shown.locator("#map").bounding_box()
    shown.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    shown.locator("#here li button", has_text=conflict.message.zh).click()
    assert shown.locator("#list tbody tr").count() == 1 and conflict.id in shown.inner_text("#list")
    colours = shown.evaluate(
        "() => { const c = document.querySelector('#map canvas'); return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size; }"
    )
    assert colours > 3, "something is drawn"
    assert wrong == []
    shown.close()


def test_on_paper_stands_everything(browser: Any, tmp_path: Path, report: Report) -> None:
    shown, wrong = opened(browser, tmp_path, many(report, 700), "zh", width=390)
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out on a small screen"
    shown.fill("#by-text", "-0000000005 问题")
    fewer(shown, "#list tbody tr", 20)
    shown.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.locator("#list tbody tr").count() == len(data(page(many(report, 700)))["rows"])
    assert shown.evaluate("document.getElementById('picture').width") > 500
    assert not shown.locator("details:not([open])").count()
    shown.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.locator("#list tbody tr").count() < 20
    assert wrong == []
    shown.close()
