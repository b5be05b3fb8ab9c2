"""The command itself: exit statuses, output files, languages, and silence where output is piped."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checker import __version__
from tests.packages import check, package, run

PACKAGES = Path(__file__).parents[1] / "fixtures" / "packages"
DEMO = [sys.executable, "-m", "checker", "demo"]


def test_demo_ends_well_and_says_nothing_but_the_report(tmp_path: Path) -> None:
    """Outside the repository, with output piped: no progress bar, no colour, no warning of a library."""
    done = subprocess.run(DEMO, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout and "栖云市".encode() in done.stdout


def test_progress_on_a_terminal() -> None:
    """On a terminal a check that takes longer than a second shows that it goes on."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    main, side = pty.openpty()
    process = subprocess.Popen(DEMO, stdout=subprocess.DEVNULL, stderr=side, env={**os.environ, "TERM": "xterm"})
    os.close(side)
    shown = b""
    try:
        while chunk := os.read(main, 4096):
            shown += chunk
    except OSError:  # Linux's way of saying that the other end has closed
        pass
    assert process.wait() == 0
    assert not shown or "核查".encode() in shown  # a machine that needs less than a second shows nothing


def test_exit_statuses(tmp_path: Path) -> None:
    assert run("check", PACKAGES / "smart-city", "--profile", "alignment").status == 0
    assert run("check", package(tmp_path / "p")).status == 1
    assert run("check", tmp_path / "nothing").status == 2


def test_wrong_option_is_status_2() -> None:
    assert run("check", PACKAGES / "smart-city", "--fail-on", "never").status == 2


def test_fail_on_info() -> None:
    """The transport plan has one information, which stops it only when asked to."""
    special = PACKAGES / "transport-special"
    assert check(special, "--profile", "alignment").status == 0
    assert check(special, "--profile", "alignment", "--fail-on", "info").status == 1


def test_output_file(tmp_path: Path) -> None:
    target = tmp_path / "报告.json"
    ran = run("check", package(tmp_path / "p"), "--format", "json", "-o", target)
    assert ran.out == "" and ran.status == 1
    assert json.loads(target.read_text(encoding="utf-8"))["plan"]["identifier"] == "TEST-1"


def test_a_reference_given_overrides_the_one_cited() -> None:
    ran = check(PACKAGES / "smart-city", "--territorial", next((PACKAGES / "territorial").glob("*.gpkg")))
    assert "QY-TSP-2035" not in {r["identifier"] for r in ran.report["references"]}
    assert "送审规划引用的国土空间总体规划是“QY-TSP-2035”" in ran.notes()


def test_as_of_decides_which_thresholds_hold(tmp_path: Path) -> None:
    assert check(package(tmp_path), "--as-of", "2025-05-01").report["asOf"] == "2025-05-01"
    assert check(tmp_path).report["asOf"] == "2026-06-30"  # the plan's own date


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_errors_speak_the_chosen_language(tmp_path: Path, lang: str) -> None:
    err = run("check", tmp_path / "nothing", "--lang", lang).err
    assert ("无法完成核查" in err) is (lang == "zh")
    assert ("could not be finished" in err) is (lang == "en")


def test_version() -> None:
    assert __version__ in run("--version").out


def test_libraries_do_not_speak_to_users(tmp_path: Path) -> None:
    """rdflib logs a traceback for each literal that is not of its type."""
    prefixes = "@prefix x: <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."
    (tmp_path / "规划.ttl").write_text(f'{prefixes} x:a x:b "aldi"^^xsd:integer .', encoding="utf-8")
    command = [sys.executable, "-m", "checker", "check", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 2 and len(done.stderr.decode().splitlines()) == 3


def test_one_check_writes_several_reports_by_the_endings_of_their_files(tmp_path: Path) -> None:
    text, found = tmp_path / "报告.txt", tmp_path / "报告.JSON"
    ran = run("check", package(tmp_path / "p"), "-o", text, "-o", found)
    assert ran.status == 1 and ran.out == ""
    assert text.read_text(encoding="utf-8").startswith(json.loads(found.read_text(encoding="utf-8"))["plan"]["title"])


def test_a_report_whose_format_cannot_be_told_is_refused_before_anything_is_checked(tmp_path: Path) -> None:
    ran = run("check", tmp_path / "nothing-there", "-o", tmp_path / "r.pdf", "--lang", "en")
    assert ran.status == 2 and "name does not tell the format" in ran.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_findings_are_grouped_by_place_for_whoever_mends_a_file(lang: str) -> None:
    by_clause, by_place = (run("demo", "--lang", lang, "--group-by", group).out for group in ("clause", "place"))
    assert sorted(set(by_clause.splitlines())) == sorted(
        set(by_place.splitlines()) - _headings(by_place, ".xlsx", ".gpkg", "plan.xml")
    )
    rows = [
        int(row) for row in re.findall(r"项目表 / (?:第 |row )(\d+)", by_place.split("项目表 ─")[1].split("\n── ")[0])
    ]
    assert len(rows) > 5 and rows == sorted(rows)


def _headings(text: str, *files: str) -> set[str]:
    return {line for line in text.splitlines() if line.startswith("──") and any(file in line for file in files)}
