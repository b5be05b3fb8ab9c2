"""What the READMEs say is so: their commands run, their output is real, their paths, options and topics exist."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import click
import openpyxl
import pytest
from lxml import etree

from checker import resources, rulebook, vocabulary
from checker.authoring import fixtures
from checker.cli.plans import check as check_command
from checker.cli.plans import demo as demo_command
from tests.packages import Rows, run, workbook

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
PAGES = ("docs/rules.md", "docs/rules.zh.md")
OMITTED = "…"
FOLDERS = {"ontology", "guidelines", "rules", "fixtures", "checker", "tests", "docs", "tools", "benchmarks"}

each_readme = pytest.mark.parametrize("name", READMES)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(name), re.MULTILINE | re.DOTALL)


def code_words(name: str) -> set[str]:
    """What stands between backticks in running text."""
    prose = re.sub(r"^```.*?^```$", "", text(name), flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", prose))


def test_the_compiler_page_shows_what_the_compiler_makes() -> None:
    (shown,) = re.findall(r"^```sql\n(.*?)^```$", text("docs/compiler.md"), re.MULTILINE | re.DOTALL)
    ran = run("rules", "sql", "TP-201", "--lang", "en")
    assert ran.status == 0 and shown in ran.out


# ---- commands and their output --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """A command that a README shows, the output shown below it, and the exit status shown after that."""

    readme: str
    command: str
    shown: tuple[str, ...]
    status: int


def examples(name: str) -> list[Example]:
    pattern = re.compile(r"^\$ (plancheck .+)\n((?:(?!\$ ).*\n)*)\$ echo \$\?\n(\d)$", re.MULTILINE)
    return [
        Example(name, command, tuple(shown.splitlines()), int(status))
        for block in blocks(name, "console")
        for command, shown, status in pattern.findall(block)
    ]


@pytest.mark.parametrize("name", (*READMES, *PAGES))
def test_every_command_shown_has_an_exit_status(name: str) -> None:
    commands = [line for block in blocks(name, "console") for line in block.splitlines() if line.startswith("$ ")]
    assert len(commands) == 2 * len(examples(name)) > 0, "after each `$ plancheck …` comes `$ echo $?` and the number"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each README a folder with the demo packages and the workbook that its reader has typed."""
    places = dict.fromkeys(PAGES, tmp_path_factory.mktemp("desk"))
    for name in READMES:
        places[name] = tmp_path_factory.mktemp("desk")
        shutil.copytree(ROOT / "fixtures" / "packages", places[name] / "fixtures" / "packages")
        workbook(places[name] / "plan.xlsx", typed_sheets(name))
    return places


@pytest.mark.parametrize("name", (*READMES, *PAGES))
def test_commands_do_what_is_shown(name: str, desks: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, as a reader types them: some read what others wrote."""
    monkeypatch.chdir(desks[name])
    for example in examples(name):
        arguments = shlex.split(example.command)[1:]
        ran = run(*arguments)
        assert ran.status == example.status, f"{example.command}\n{ran.out}{ran.err}"
        assert_shows(example, (ran.out + ran.err).splitlines())
        if "-o" in arguments:
            assert Path(arguments[arguments.index("-o") + 1]).is_file()


def assert_shows(example: Example, real: list[str]) -> None:
    """The lines shown are the real ones, in order; only an … stands for lines left out."""
    at, gap = 0, False
    for line in example.shown:
        if line == OMITTED:
            gap = True
            continue
        assert line in real[at:], f"{example.command}: not in the real output from its line {at + 1}:\n{line}"
        found = real.index(line, at)
        assert gap or found == at, (
            f"{example.command}: lines before this one are left out without an {OMITTED}:\n{line}"
        )
        at, gap = found + 1, False
    assert gap or at == len(real), f"{example.command}: the rest of the output is left out without an {OMITTED}"


@pytest.mark.parametrize("names", [READMES, PAGES])
def test_both_languages_show_the_same_commands(names: tuple[str, str]) -> None:
    english, chinese = ([e.command.replace(" --lang en", "") for e in examples(name)] for name in names)
    assert english == chinese


def test_both_readmes_show_the_same_files() -> None:
    assert blocks(READMES[0], "sh") == blocks(READMES[1], "sh")
    assert blocks(READMES[0], "turtle") == blocks(READMES[1], "turtle")
    assert blocks(READMES[0], "xml") == blocks(READMES[1], "xml")


@each_readme
def test_make_has_the_targets_named(name: str) -> None:
    named = set(re.findall(r"^make (\w+)", "\n".join((*blocks(name, "sh"), *code_words(name))), re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    assert {"demo", "test", "bundle"} <= named <= targets


# ---- the smallest package -------------------------------------------------------------------------------------------


def typed_sheets(name: str) -> dict[str, Rows]:
    """The sheets that a README asks its reader to type."""
    pattern = re.compile(r"^(?:Sheet|工作表) `(.+)`[:：]\n\n((?:\|.*\n)+)", re.MULTILINE)
    sheets: dict[str, Rows] = {}
    for sheet, table in pattern.findall(text(name)):
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
        sheets[sheet] = [[as_excel_takes_it(cell) for cell in row] for row in rows if set(row) != {"---"}]
    assert len(sheets) == 2
    return sheets


def as_excel_takes_it(cell: str) -> object:
    """What Excel makes of a cell when it is typed: a number, a date, else text."""
    if cell.isdecimal():
        return int(cell)
    try:
        return dt.datetime.fromisoformat(cell)
    except ValueError:
        return cell


@each_readme
def test_the_mistake_to_try_is_found(name: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "plan.xlsx", typed_sheets(name))
    book = openpyxl.load_workbook(path)
    cell = next(c for sheet in book for row in sheet.iter_rows() for c in row if c.value == 300)
    cell.value = "约300"
    book.save(path)
    packages = ROOT / "fixtures" / "packages"
    options = ("--near-term", packages / "near-term", "--territorial", packages / "territorial")
    ran = run("check", path, "--format", "json", *options)
    rows = [f["place"]["row"] for f in ran.report["findings"] if f["rule"] == "DQ-115"]
    assert (ran.status, rows) == (1, [cell.row])


@each_readme
def test_the_references_shown_are_those_of_a_real_plan(name: str) -> None:
    (block,) = blocks(name, "xml")
    real = etree.parse(str(ROOT / "fixtures" / "packages" / "smart-city" / "plan.xml")).find("references")
    cited = {(e.tag, e.get("identifier"), e.get("href")) for e in real}
    assert {(e.tag, e.get("identifier"), e.get("href")) for e in etree.fromstring(block)} <= cited


# ---- names ----------------------------------------------------------------------------------------------------------


@each_readme
def test_paths_exist(name: str) -> None:
    links = set(re.findall(r"\]\(([^)#]+)\)", text(name)))
    words = {w for w in code_words(name) if w.split("/")[0] in FOLDERS or re.fullmatch(r"[A-Z]+\.md|LICENSE", w)}
    assert len(words) > 10
    assert not [path for path in sorted(links | words) if not (ROOT / path).exists()]


@each_readme
def test_topics_have_rules(name: str) -> None:
    topics = {word for word in code_words(name) if re.fullmatch(r"[A-Z]{2}-\d{3}", word)}
    assert topics
    assert not [topic for topic in sorted(topics) if not list((ROOT / "rules").glob(f"*/{topic}.ttl"))]


def test_both_readmes_name_the_same_things() -> None:
    """Topics, paths, options, layer codes: whatever is no Chinese or English word. A page is named in its own language."""
    english, chinese = (
        {re.sub(r"\.(zh|en)\.md$", ".md", w) for w in code_words(name) if not w.startswith("plan ")} for name in READMES
    )
    assert english ^ chinese <= {"projects", "1.0"}


@each_readme
def test_tables_layers_and_columns_are_known(name: str) -> None:
    terms = vocabulary.load([resources.builtin()])
    words = {w for w in code_words(name) if re.fullmatch(r"[\u4e00-\u9fff]+(（.+）)?|[A-Z]{4,6}", w)}
    both = (terms, terms.of_reviews())
    known = {w for w in words for v in both if v.table(w) or any(v.column(t, w) for t in v.tables)}
    unknown = {w for w in words - known if not terms.concept(str(vocabulary.SUB.ReviewConclusion), w, None)}
    assert unknown <= {"PATH", "LEVEL", "FORM", "LANG", "NAME"}
    assert words > {"规划信息", "项目表", "项目用地", "STBHHX"}


@each_readme
def test_options_are_those_of_the_command(name: str) -> None:
    rows = re.findall(r"^\| (`-.+?) \|", text(name), re.MULTILINE)
    shown = {option for row in rows for option in re.findall(r"`(-[\w-]+)", row)}
    assert shown == {opt for p in check_command.params if isinstance(p, click.Option) for opt in p.opts}
    last = {re.findall(r"`(--[\w-]+)", row)[0] for row in rows[-4:]}
    assert last == {p.opts[-1] for p in demo_command.params}


@pytest.mark.parametrize(("name", "lang", "counts"), [(READMES[0], "en", "rules: "), (READMES[1], "zh", "规则：")])
def test_outcomes_are_those_of_a_report(name: str, lang: str, counts: str, desks: dict[str, Path]) -> None:
    report = run("check", desks[name] / "plan.xlsx", "--lang", lang).out.splitlines()
    line = next(line for line in report if line.startswith(counts))
    words = re.findall(r"(\D+) \d+(?:, |，|$)", line.removeprefix(counts))
    assert len(words) == 7
    assert not [word for word in words if f"\n| {word} | " not in text(name)]


@each_readme
def test_profiles_are_those_of_the_rulebook(name: str) -> None:
    profiles = rulebook.load([resources.builtin()]).profiles
    assert not [profile for profile in profiles if f"\n| `{profile}` | " not in text(name)]


# ---- changing a rule ------------------------------------------------------------------------------------------------


@each_readme
def test_lines_of_turtle_are_those_of_the_files(name: str) -> None:
    files = ("rules/territorial/TP-202.ttl", "ontology/thresholds.ttl")
    real = {line.strip() for file in files for line in text(file).splitlines()}
    assert not [line for block in blocks(name, "turtle") for line in block.splitlines() if line not in real]


def test_a_changed_threshold_makes_a_fixture_fail(tmp_path: Path) -> None:
    """The change that the READMEs invite to."""
    for folder in ("ontology", "guidelines", "rules", "fixtures/rules/TP-202"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pack.ttl", tmp_path)
    before = "chk:ofThreshold thr:control-line-noise ; chk:value 1.0 "
    file = tmp_path / "ontology" / "thresholds.ttl"
    assert text("ontology/thresholds.ttl").count(before) == 1
    file.write_text(text("ontology/thresholds.ttl").replace(before, before.replace("1.0", "2.0")), encoding="utf-8")

    pack = resources.Pack(tmp_path)
    terms, rules = vocabulary.load([pack]), rulebook.load([pack])
    wrong = set()
    for path in fixtures.fixtures(pack):
        fixture = fixtures.read(path)
        if fixtures.run(fixture, rules, terms).outcome is not fixture.outcome:
            wrong.add(path.stem)
    assert wrong == {"fail-above-numeric-noise"}
    for name in READMES:
        assert "fixtures/rules/TP-202/fail-above-numeric-noise.ttl" in code_words(name)
