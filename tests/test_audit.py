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

from checker import audit as auditing
from checker.audit.coordination import coordinate
from checker.errors import CannotFinish
from checker.model import Report, RuleOutcome
from checker.pipeline import Kit, Request
from checker.writers import json as written
from checker.writers import overview as overviews
from tests.browser import visit
from tests.builtin import KNOWN, PACK
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


def between(folder: Path) -> dict[str, dict[str, RuleOutcome]]:
    """How the rules between plans ended for each package that was compared with others."""
    kit = Kit(KNOWN, PACK.root / "ontology" / "plan.xsd")
    requests = {path.name: Request(path, {}) for path in sorted(folder.iterdir())}
    found = coordinate(requests, kit, lambda _, __: None)
    return {
        name: {outcome.rule.code: outcome for outcome in beside.outcomes}
        for name, beside in found.items()
        if not isinstance(beside, Exception)
    }


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
    # Of a plan that was compared with others, but for the rules on that and what it was compared with:
    single, among = check(folder / "交通", "--territorial", TERRITORIAL).report, report(out, "交通")
    assert {rule["outcome"] for rule in single["rules"] if rule["code"] in ("SP-112", "SP-112b")} == {"not-supplied"}
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
    reports = {package["name"]: package.get("reports", {}) for package in overview(out)["packages"]}
    told: dict[str, str] = {}

    def keep(name: str, found: Report) -> dict[str, str]:
        told[name] = written.write(found, "zh")
        return dict(reports[name])

    request = Request(other, {"territorial": TERRITORIAL})
    again = auditing.audit(request, auditing.packages(other, ()), {}, keep, lambda _, __: None)
    assert overviews.write(again, "json", "zh") == (out / "overview.json").read_text(encoding="utf-8")
    assert overviews.write(again, "text", "zh") == ran.out
    before = {name: out / files["json"] for name, files in reports.items() if files}
    assert told == {name: file.read_text(encoding="utf-8") for name, file in before.items()} and len(told) == 4


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
    shutil.rmtree(city(tmp_path / "in") / "教育")
    ran = audit(tmp_path / "in", tmp_path / "out", "--no-geometry", "--format", "json", "--format", "html")
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
    found = between(folder)
    assert set(found) == {"甲", "甲（第二稿）", "乙"}, "the clause is Ningbo's"
    for outcome_of in found.values():
        for code in ("SP-112", "SP-112b"):
            assert outcome_of[code].outcome == "undecided" and not outcome_of[code].findings
            assert "规划编号相同（SP-1）" in outcome_of[code].reasons[0].text.zh


def test_a_plan_that_draws_no_site_leaves_the_other_undecided(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    special(folder / "甲", "SP-1", "一", [project("A-1", "数据中心一", "数据中心", "2026年")], {"A-1": ground(0)})
    special(folder / "乙", "SP-2", "二", [project("B-1", "停车场", "道路", "2026年", key=CODE)], {})
    found = between(folder)["甲"]
    assert found["SP-112"].outcome == "undecided" and found["SP-112b"].outcome == "passed"
    assert "没有绘出其项目停车场（B-1）的用地" in found["SP-112"].reasons[0].text.zh


def test_likely_the_same_project_goes_before_a_person(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name, number, projects in (("甲", "SP-1", "智慧灯杆建设工程"), ("乙", "SP-2", "智慧灯杆项目")):
        special(folder / name, number, name, [project("A-1", projects, "感知设施", "2026—2027年", "不占地")], {})
    found = between(folder)
    for name, other in (("甲", "乙"), ("乙", "甲")):
        rule = found[name]["SP-112b"]
        assert rule.outcome == "person-decides" and f"{other}专项规划" in rule.reasons[0].text.zh


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


def test_packages_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    for name in ("甲", "v1.2", "库.gdb"):
        (tmp_path / name).mkdir()
    for name in ("甲.zip", "乙.xlsx"):
        (tmp_path / name).touch()
    found = auditing.folders(sorted(tmp_path.iterdir()))
    assert found == {"甲": "甲", "甲.zip": "甲.zip", "v1.2": "v1.2", "库.gdb": "库", "乙.xlsx": "乙"}


# ---- what reviewers hand back ----------------------------------------------------------------------------------------


def test_lists_that_are_handed_back_settle_what_they_are_about(audited: tuple[Path, Path, Ran], tmp_path: Path) -> None:
    folder, out, _ = audited
    (tmp_path / "in").mkdir()
    for name in ("交通", "市政", "教育"):
        shutil.copytree(folder / name, tmp_path / "in" / name)
    uses = next(conflict for conflict in overview(out)["conflicts"] if conflict["rule"] == "SP-112")
    opened = next(rule["reasons"][0]["id"] for rule in report(out, "交通")["rules"] if rule["outcome"] == "undecided")
    book = openpyxl.load_workbook(out / "plans" / "交通" / "report.xlsx")
    for column, value in enumerate((uses["findings"][0], None, None, "同意共建", "李四", "函1号", "2026-12-31"), 1):
        book["豁免"].cell(2, column).value = value
    for column, value in enumerate((opened, None, None, "符合", "张三", "2026-05-06", "已核对"), 1):
        book["人工认定"].cell(2, column).value = value
    lists = tmp_path / "plans"
    (lists / "交通").mkdir(parents=True)
    book.save(lists / "交通" / "report.xlsx")
    shutil.copytree(out / "plans" / "交通", lists / "教育")  # into a wrong folder

    ran = audit(tmp_path / "in", tmp_path / "out", "--review", lists, "--format", "json")
    again = overview(tmp_path / "out")
    settled = {package["name"]: package.get("settled") for package in again["packages"]}
    assert settled == {"交通": {"waived": 1, "decided": 1}, "市政": None, "教育": None}
    assert [c["waived"] for c in again["conflicts"]] == [[True, False], [False, False], [False, False]]
    waived = next(f for f in report(tmp_path / "out", "交通")["findings"] if f["id"] == uses["findings"][0])
    assert waived["waiver"]["reason"] == "同意共建" and not waived["blocks"]
    failed = next(package for package in again["packages"] if package["name"] == "教育")
    assert ran.status == 2 and failed["state"] == "unfinished" and failed["failure"]["where"] == "report.xlsx"
    assert "核查规划“SP-JT”时写出，而送审的是“SP-JY”" in failed["failure"]["problem"]["zh"]
    assert (
        "已豁免 1，已认定 1" in ran.out and "[SP-JT]（已豁免）  ↔  甬沄市（虚构）智慧市政专项规划 [SP-SZ]\n" in ran.out
    )
    page = html.fromstring((tmp_path / "out" / "overview.html").read_text(encoding="utf-8"))
    assert ["已豁免 1，已认定 1" in row.text_content() for row in page.xpath("//table[@id='table']/tbody/tr")] == [
        True,
        False,
        False,
    ]
    rows = list(openpyxl.load_workbook(tmp_path / "out" / "overview.xlsx")["各规划"].iter_rows(values_only=True))
    at = rows[0].index("已豁免")
    assert [row[at : at + 2] for row in rows[1:]] == [(1, 1), ("", ""), ("", "")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (("甲/问题清单.xlsx", "丙/问题清单.xlsx", "丁/意见.docx"), "不知道是关于哪部规划的审查意见：丁、丙"),
        (("甲/问题清单.xlsx", "豁免.csv"), "不知道是关于哪部规划的审查意见：豁免.csv"),
        (("豁免.et",), "豁免.et"),
        (("甲/report.html",), "没有交回的审查清单"),
        ((), "找不到这个放审查清单的文件夹"),
    ],
)
def test_lists_that_belong_to_no_package_are_told(tmp_path: Path, files: tuple[str, ...], said: str) -> None:
    with pytest.raises(CannotFinish) as refused:
        auditing.handed_back(written_to(tmp_path / "lists", *files), [tmp_path / "甲.zip"])
    assert said in refused.value.problem.zh and refused.value.where == str(tmp_path / "lists")


def test_a_list_in_any_format_is_handed_on_and_what_lies_beside_it_is_not(tmp_path: Path) -> None:
    """So that one that cannot be read is told when its package is checked."""
    lists = written_to(
        tmp_path,
        "甲/豁免.et",
        "甲/意见.xls",
        "甲/report.XLSX",
        "甲/~$report.xlsx",
        "甲/批文.pdf",
        "甲/附件/表.xlsx",
        "说明.txt",
    )
    found = auditing.handed_back(lists, [Path("甲.zip"), Path("乙.zip")])
    assert {name: sorted(file.name for file in files) for name, files in found.items()} == {
        "甲.zip": ["report.XLSX", "意见.xls", "豁免.et"]
    }


def written_to(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    return folder


# ---- the page in a browser -------------------------------------------------------------------------------------------


def test_plans_are_filtered_by_guideline_without_a_mouse(browser: Any, audited: tuple[Path, Path, Ran]) -> None:
    _, out, _ = audited
    shown, wrong = visit(browser, out / "overview.html")
    assert shown.locator("#table tbody tr:visible").count() == 6
    shown.focus("#by-state")
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.id") == "by-guideline"
    titles = shown.locator("#by-guideline option").all_inner_texts()
    for _ in range(titles.index("智慧城市规划编制指南")):
        shown.keyboard.press("ArrowDown")
    states = shown.locator("#table tbody tr:visible").evaluate_all("rows => rows.map(row => row.dataset.state)")
    assert states == ["rejected", "unfinished", "unfinished"], "special plans have nothing to act on under it"
    heads = shown.locator("#table thead th:visible").all_inner_texts()
    assert len(heads) == 5 and heads[3].startswith("智慧城市规划编制指南")
    ends = shown.locator("#table tbody tr:visible").evaluate_all(
        "rows => rows.map(r => r.getBoundingClientRect().width)"
    )
    assert len(set(ends)) == 1 and shown.locator("#table .why:visible").first.evaluate("cell => cell.colSpan") == 3
    assert shown.inner_text("#shown") == "显示 3 / 6 部"
    shown.locator("#filters button[type=reset]").focus()
    shown.keyboard.press("Enter")
    shown.locator("#table tbody tr").nth(5).wait_for(state="visible")
    assert shown.locator("#table thead th:visible").count() > 5 and wrong == []
    shown.close()
