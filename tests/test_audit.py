"""`plancheck audit`: every package of a folder against the same plans, and special plans of one city with each other."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from jsonschema import Draft202012Validator
from lxml import html
from referencing import Registry, Resource

from tests.cities import CODE, city, ground, project, special
from tests.packages import Ran, check, run
from tests.reports import SCHEMA as REPORT
from tests.reports import wrong

PACKAGES = Path(__file__).parents[1] / "fixtures" / "packages"
TERRITORIAL = PACKAGES / "territorial"
SCHEMA = json.loads((files("checker.writers.overview") / "overview.schema.json").read_text(encoding="utf-8"))
OTHERS = Registry().with_resource(REPORT["$id"], Resource.from_contents(REPORT))
VALIDATOR = Draft202012Validator(SCHEMA, registry=OTHERS)


def audit(folder: Path, out: Path, *options: object) -> Ran:
    return run("audit", folder, "-o", out, *options)


def overview(out: Path) -> dict[str, Any]:
    """The overview as JSON, which is as its schema has it."""
    found: dict[str, Any] = json.loads((out / "overview.json").read_text(encoding="utf-8"))
    assert [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(found)] == []
    return found


def report(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "plans" / name / "report.json").read_text(encoding="utf-8"))
    return found


def outcome(out: Path, name: str, code: str) -> str:
    return str(next(rule["outcome"] for rule in report(out, name)["rules"] if rule["code"] == code))


def content(out: Path) -> dict[str, bytes]:
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Ran]:
    """Three plans of a city, a demo package, one that is broken and one that is none: the folder, what was written, the run."""
    home = tmp_path_factory.mktemp("audit")
    folder = city(home / "送审")
    shutil.copytree(PACKAGES / "smart-city-mistakes", folder / "smart-city-mistakes")
    (folder / "损坏.zip").write_bytes(b"PK\x03\x04")
    (folder / "旧稿.rar").write_bytes(b"Rar!")
    (folder / "说明.txt").write_text("说明", encoding="utf-8")
    return folder, home / "结果", audit(folder, home / "结果", "--territorial", TERRITORIAL)


def test_each_package_has_its_report_and_a_broken_one_stops_no_other(audited: tuple[Path, Path, Ran]) -> None:
    _, out, ran = audited
    assert ran.status == 2
    packages = {package["name"]: package for package in overview(out)["packages"]}
    assert {name: package["state"] for name, package in packages.items()} == {
        "smart-city-mistakes": "rejected",
        "交通": "rejected",
        "市政": "rejected",
        "教育": "rejected",
        "损坏.zip": "unfinished",
        "旧稿.rar": "unfinished",
    }
    assert packages["损坏.zip"]["failure"]["where"] == "损坏.zip"  # wherever the folder lies
    assert ".rar" in packages["旧稿.rar"]["failure"]["problem"]["zh"]
    assert overview(out)["aside"] == ["说明.txt"]
    assert "压缩包已损坏" in ran.out and "没有核查的文件：说明.txt" in ran.out
    for name in ("smart-city-mistakes", "交通", "市政", "教育"):
        assert set(packages[name]["reports"]) == {"html", "docx", "xlsx", "json"}
        assert all((out / file).stat().st_size for file in packages[name]["reports"].values())
        told, counted = report(out, name), packages[name]
        assert wrong(told) == []
        assert counted["outcomes"] == told["outcomes"]
        assert sum(counted["findings"].values()) == len(told["findings"])
        assert {k: sum(g["outcomes"][k] for g in counted["guidelines"]) for k in told["outcomes"]} == told["outcomes"]


def test_a_package_is_checked_as_if_it_were_alone(audited: tuple[Path, Path, Ran]) -> None:
    """What was read of one plan, or of the plans to compare with, leaves no trace in the report on another."""
    folder, out, _ = audited
    alone = check(folder / "smart-city-mistakes", "--territorial", TERRITORIAL)
    assert (out / "plans" / "smart-city-mistakes" / "report.json").read_text(encoding="utf-8") == alone.out
    for name in ("交通", "教育"):  # but for the rules between plans, and what they compared with
        single, among = check(folder / name, "--territorial", TERRITORIAL).report, report(out, name)
        assert {rule["outcome"] for rule in single["rules"] if rule["code"] in ("SP-112", "SP-112b")} == {
            "not-supplied"
        }
        for found in (single, among):
            found["rules"] = [rule for rule in found["rules"] if rule["code"] not in ("SP-112", "SP-112b")]
            found["findings"] = [f for f in found["findings"] if f["rule"] not in ("SP-112", "SP-112b")]
            found["references"] = [plan for plan in found["references"] if not plan["role"].startswith("coordinated")]
            del found["outcomes"], found["conclusion"]
        assert single == among


def test_the_order_of_files_and_their_place_change_no_byte(audited: tuple[Path, Path, Ran], tmp_path: Path) -> None:
    folder, out, ran = audited
    other = tmp_path / "别处" / folder.name
    other.mkdir(parents=True)
    for child in sorted(folder.iterdir(), key=lambda child: child.name, reverse=True):
        (shutil.copytree if child.is_dir() else shutil.copy)(child, other / child.name)
    again = audit(other, tmp_path / "again", "--territorial", TERRITORIAL)
    assert content(tmp_path / "again") == content(out)
    assert again.out == ran.out


def test_conflicts_between_plans_stand_in_the_overview_and_in_both_reports(audited: tuple[Path, Path, Ran]) -> None:
    _, out, ran = audited
    conflicts = overview(out)["conflicts"]
    assert [(c["rule"], c["packages"]) for c in conflicts] == [
        ("SP-112", ["交通", "市政"]),
        ("SP-112", ["交通", "市政"]),
        ("SP-112b", ["交通", "市政"]),
    ]
    for conflict in conflicts:
        assert "智慧交通专项规划" in conflict["message"]["zh"] and "智慧市政专项规划" in conflict["message"]["zh"]
        assert conflict["message"]["zh"] in ran.out
        for name, number in zip(conflict["packages"], conflict["findings"], strict=True):
            found = next(finding for finding in report(out, name)["findings"] if finding["id"] == number)
            assert "智慧交通专项规划" in found["message"]["zh"] and "智慧市政专项规划" in found["message"]["zh"]
    uses, double, years = conflicts
    assert "智慧停车场" in uses["message"]["zh"] and "1,000 平方米，分别占两块用地的 10% 和 1%" in uses["message"]["zh"]
    assert "交通算力中心" in double["message"]["zh"] and "数据中心" in double["message"]["zh"]
    assert "2026 年至 2028 年" in years["message"]["zh"] and "2027 年至 2029 年" in years["message"]["zh"]
    assert report(out, "交通")["findings"][-1]["rule"] != "SP-112"  # they stand where their rules do
    ground_of = [f["geometry"]["type"] for f in report(out, "交通")["findings"] if f["rule"] == "SP-112"]
    assert ground_of == ["Polygon", "Polygon"]
    assert outcome(out, "教育", "SP-112") == "passed" and outcome(out, "教育", "SP-112b") == "passed"
    assert outcome(out, "smart-city-mistakes", "SP-112") == "not-applicable"
    beside = [plan["identifier"] for plan in report(out, "教育")["references"]]
    assert beside == ["QY-TSP-2035", "SP-JT", "SP-SZ"]


def test_without_coordinates_conflicts_have_none(tmp_path: Path) -> None:
    ran = audit(city(tmp_path / "in"), tmp_path / "out", "--no-geometry", "--format", "json", "--format", "html")
    assert len(overview(tmp_path / "out")["conflicts"]) == 3 and ran.status == 1
    for file in content(tmp_path / "out").values():
        assert b'geometry":' not in file and b'coordinates":' not in file
    assert not list((tmp_path / "out").rglob("*.docx"))


def test_plans_that_cannot_be_told_apart_or_compared_are_undecided(tmp_path: Path) -> None:
    site = {"A-1": ground(0)}
    row = [project("A-1", "数据中心一", "数据中心", "2026年")]
    folder = tmp_path / "in"
    special(folder / "甲", "SP-1", "一", row, site)
    special(folder / "甲（第二稿）", "SP-1", "一", row, site)
    special(folder / "乙", "SP-2", "二", row, site)
    special(folder / "外市", "SP-3", "三", row, site, place="330199")
    special(folder / "外市二", "SP-4", "四", row, site, place="330199")
    audit(folder, tmp_path / "out", "--format", "json")
    for name in ("甲", "甲（第二稿）", "乙"):
        for code in ("SP-112", "SP-112b"):
            rule = next(rule for rule in report(tmp_path / "out", name)["rules"] if rule["code"] == code)
            assert rule["outcome"] == "undecided" and "规划编号相同（SP-1）" in rule["reasons"][0]["text"]["zh"]
    assert outcome(tmp_path / "out", "外市", "SP-112") == "not-applicable"  # the clause is Ningbo's
    assert overview(tmp_path / "out")["conflicts"] == []


def test_a_plan_that_draws_no_site_leaves_the_other_undecided(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    special(folder / "甲", "SP-1", "一", [project("A-1", "数据中心一", "数据中心", "2026年")], {"A-1": ground(0)})
    special(folder / "乙", "SP-2", "二", [project("B-1", "停车场", "道路", "2026年", key=CODE)], {})
    audit(folder, tmp_path / "out", "--format", "json")
    rule = next(rule for rule in report(tmp_path / "out", "甲")["rules"] if rule["code"] == "SP-112")
    assert rule["outcome"] == "undecided" and "没有绘出其项目停车场（B-1）的用地" in rule["reasons"][0]["text"]["zh"]
    assert outcome(tmp_path / "out", "甲", "SP-112b") == "passed"


def test_likely_the_same_project_goes_before_a_person(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name, number, projects in (("甲", "SP-1", "智慧灯杆建设工程"), ("乙", "SP-2", "智慧灯杆项目")):
        special(folder / name, number, name, [project("A-1", projects, "感知设施", "2026—2027年", "不占地")], {})
    audit(folder, tmp_path / "out", "--format", "json")
    for name, other in (("甲", "乙"), ("乙", "甲")):
        rule = next(rule for rule in report(tmp_path / "out", name)["rules"] if rule["code"] == "SP-112b")
        assert rule["outcome"] == "person-decides"
        assert f"{other}专项规划" in rule["reasons"][0]["text"]["zh"]


def test_the_overview_as_a_page_and_as_a_workbook(audited: tuple[Path, Path, Ran]) -> None:
    _, out, _ = audited
    page = html.fromstring((out / "overview.html").read_text(encoding="utf-8"))
    rows = page.xpath("//table[@id='table']/tbody/tr")
    assert [row.get("data-state") for row in rows] == [package["state"] for package in overview(out)["packages"]]
    links = {unquote(link) for link in page.xpath("//table//a/@href")}
    assert links and all((out / link).is_file() for link in links)
    assert len(page.xpath("//table[@class='conflicts']/tbody/tr")) == 3
    assert not page.xpath("//*[@src]") and "default-src 'none'" in page.xpath("//meta[@content]/@content")[0]
    book = openpyxl.load_workbook(out / "overview.xlsx")
    assert book.sheetnames == ["各规划", "各规划按指南", "规划之间的矛盾", "核查范围"]
    plans = list(book["各规划"].iter_rows(values_only=True))
    assert [row[0] for row in plans[1:]] == [package["name"] for package in overview(out)["packages"]]
    failed = plans[0].index("不通过")
    assert [row[failed] for row in plans[1:3]] == [p["outcomes"]["failed"] for p in overview(out)["packages"][:2]]
    targets = {cell.hyperlink.target for row in book["各规划"].iter_rows() for cell in row if cell.hyperlink}
    assert all((out / target.replace("\\", "/")).is_file() for target in targets) and targets


def test_in_english_nothing_of_ours_is_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    special(folder / "one", "SP-1", "", [project("A-1", "hub", "数据中心", "2026年")], {"A-1": ground(0)})
    (folder / "bad.zip").write_bytes(b"PK\x03\x04")
    ran = audit(folder, tmp_path / "out", "--format", "json", "--lang", "en")
    ours = ran.out.replace("甬沄市（虚构）专项规划", "")
    assert not any("\u4e00" <= char <= "\u9fff" for char in ours), ours
    page = (tmp_path / "out" / "overview.html").read_text(encoding="utf-8").replace("甬沄市（虚构）专项规划", "")
    assert not any("\u4e00" <= char <= "\u9fff" for char in html.fromstring(page).find("body").text_content())


def test_texts_of_a_plan_stay_texts_in_the_overview(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    special(
        folder / "<b>甲", "=SP-1", "</script><script>alert(1)</script>", [project("A-1", "甲", "道路", "2026年")], {}
    )
    audit(folder, tmp_path / "out", "--format", "json")
    page = (tmp_path / "out" / "overview.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "<b>甲" not in page
    book = openpyxl.load_workbook(tmp_path / "out" / "overview.xlsx")
    assert [cell.data_type for cell in book["各规划"][2] if cell.value == "=SP-1"] == ["s"]


@pytest.mark.parametrize(
    ("prepared", "said"),
    [
        ("nothing", "找不到这个文件夹"),
        ("empty", "这个文件夹中没有成果包"),
        ("only-text", "这个文件夹中没有成果包"),
        ("package", "这个文件夹本身就是一个成果包"),
        ("full", "这里已有文件"),
    ],
)
def test_what_cannot_be_audited_is_told_before_anything_is_written(tmp_path: Path, prepared: str, said: str) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    if prepared != "nothing":
        folder.mkdir()
    if prepared == "only-text":
        (folder / "说明.txt").write_text("x", encoding="utf-8")
    if prepared == "package":
        folder = PACKAGES / "smart-city"
    if prepared == "full":
        (folder / "甲").mkdir()
        out.mkdir()
        (out / "旧.txt").write_text("x", encoding="utf-8")
    ran = audit(folder, out)
    assert ran.status == 2 and said in ran.err
    assert not out.exists() or [file.name for file in out.iterdir()] == ["旧.txt"]


def test_plans_to_compare_with_and_its_own_output_are_no_packages(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    special(folder / "甲", "SP-1", "一", [project("A-1", "停车场", "道路", "2026年", "不占地")], {})
    shutil.copytree(TERRITORIAL, folder / "territorial")
    (folder / "out").mkdir()
    audit(folder, folder / "out", "--territorial", folder / "territorial", "--format", "json")
    assert [package["name"] for package in overview(folder / "out")["packages"]] == ["甲"]


def test_packages_of_one_name_have_reports_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    special(folder / "甲", "SP-1", "一", [project("A-1", "停车场", "道路", "2026年", "不占地")], {})
    special(tmp_path / "other", "SP-2", "二", [project("A-1", "云平台", "信息平台", "2026年", "不占地")], {})
    shutil.make_archive(str(folder / "甲"), "zip", tmp_path / "other")
    special(folder / "v1.2", "SP-3", "三", [project("A-1", "水厂", "市政设施", "2026年", "不占地")], {})
    audit(folder, tmp_path / "out", "--format", "json")
    found = {
        package["plan"]["identifier"]: package["reports"]["json"] for package in overview(tmp_path / "out")["packages"]
    }
    assert found == {
        "SP-1": "plans/甲/report.json",
        "SP-2": "plans/甲.zip/report.json",
        "SP-3": "plans/v1.2/report.json",
    }
    assert report(tmp_path / "out", "甲.zip")["plan"]["identifier"] == "SP-2"
