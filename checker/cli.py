"""The command line: parse, call one function, pick a writer, return an exit status."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from checker import __version__
from checker.errors import CannotFinish, Text

if TYPE_CHECKING:
    from checker.pipeline import Request

ACCEPTED, NOT_ACCEPTED, UNFINISHED = 0, 1, 2
_NOT_CHECKED = Text("无法完成核查", "The check could not be finished")
_NOT_DONE = Text("无法完成", "This could not be finished")
_Command = TypeVar("_Command", bound=Callable[..., Any])
_PATH = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="plancheck")
def cli() -> None:
    """Checks a plan package against compilation guidelines. 规划成果核查。"""


_PACKS = click.option("--pack", "packs", type=_PATH, multiple=True, help="附加规则包文件夹 rule pack")
_LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="报告语言")
_REFERENCES = (
    click.option("--near-term", type=_PATH, help="近期规划成果包 near-term plan"),
    click.option("--territorial", type=_PATH, help="国土空间规划成果包或数据库 territorial spatial plan"),
    click.option("--smart-city", type=_PATH, help="智慧城市规划成果包 smart-city plan"),
)
_ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "compiled", "reference"]),
    default="auto",
    show_default=True,
    help="规则引擎；auto：编译为 SQL，不能编译的规则用 pySHACL",
)
_STRICT = click.option(
    "--strict",
    is_flag=True,
    help="表、列、图层、文件有无法对应而没有读取的，列出并以退出码 2 结束 what could not be matched is an error",
)
_OUTPUT_OPTIONS = (
    click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="报告格式"
    ),
    click.option("-o", "--output", type=_PATH, help="写入文件，不打印"),
    _LANG,
)


def _options(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """A decorator that gives a command several options."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@cli.command()
@click.argument("package", type=_PATH)
@_options(*_REFERENCES, _PACKS)
@click.option("--profile", default="default", show_default=True, help="核查方案 profile")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="基准日，默认取规划成果日期 day for dated thresholds")
@click.option(
    "--fail-on",
    type=click.Choice(["info", "warning", "violation"]),
    default="violation",
    show_default=True,
    help="达到此级别即不通过",
)
@_ENGINE
@_STRICT
@click.option("--no-geometry", is_flag=True, help="报告不含任何坐标（涉密数据） no coordinates in the report")
@_options(*_OUTPUT_OPTIONS)
def check(
    package: Path,
    near_term: Path | None,
    territorial: Path | None,
    smart_city: Path | None,
    packs: tuple[Path, ...],
    profile: str,
    as_of: dt.datetime | None,
    fail_on: str,
    engine: str,
    strict: bool,
    no_geometry: bool,
    form: str,
    output: Path | None,
    lang: str,
) -> None:
    """Checks PACKAGE: a folder or zip with tables (.xlsx), layers (.gpkg) and plan.xml. 核查一个成果包。

    Exit status: 0 accepted, 1 not accepted, 2 could not finish, or with --strict something could not be matched.
    """
    with _finishing(lang):
        from checker.model import Severity
        from checker.pipeline import Request

        references = _references(near_term, territorial, smart_city)
        day = as_of.date() if as_of else None
        request = Request(
            package,
            references,
            packs,
            profile,
            Severity(fail_on),
            day,
            engine,
            strict,
            with_coordinates=not no_geometry,
        )
        sys.exit(_run(request, form, output, lang))


@cli.command()
@_options(*_OUTPUT_OPTIONS)
def demo(form: str, output: Path | None, lang: str) -> None:
    """Checks the demo smart-city plan of an invented city, with planted mistakes. 核查演示成果包。

    Exit status 0 when the check ran to its end as expected, whatever it found.
    """
    with _finishing(lang):
        from checker import resources
        from checker.pipeline import Request

        status = _run(Request(resources.demo_package(), {}, profile="alignment"), form, output, lang)
        sys.exit(ACCEPTED if status == NOT_ACCEPTED else UNFINISHED)


@cli.command()
@click.argument("package", type=_PATH)
@_options(*_REFERENCES, _PACKS, _STRICT, *_OUTPUT_OPTIONS)
def inspect(
    package: Path,
    near_term: Path | None,
    territorial: Path | None,
    smart_city: Path | None,
    packs: tuple[Path, ...],
    strict: bool,
    form: str,
    output: Path | None,
    lang: str,
) -> None:
    """Shows what is read of PACKAGE: files, tables, columns, texts, and what is missing. 显示读到了什么、缺什么。

    Exit status: 0 read, 2 could not finish, or with --strict something could not be matched.
    """
    with _finishing(lang, Text("无法完成读取", "The package could not be read")):
        from checker import pipeline
        from checker.writers import inspection

        references = _references(near_term, territorial, smart_city)
        found = pipeline.inspect(pipeline.Request(package, references, packs, strict=strict))
        write = {"text": inspection.write, "json": inspection.write_json}[form]
        _write(write(found, lang), output)


@cli.command()
@click.argument("folder", type=_PATH)
@click.option("--kind", required=True, help="规划类型，如 smart-city、智慧城市规划 kind of plan")
@click.option("--scale", help="规划尺度，如 city、城市 scale")
@click.option("--epsg", type=int, default=4490, show_default=True, help="图层坐标系 CRS of the layers (CGCS2000)")
@_PACKS
@_LANG
def init(folder: Path, kind: str, scale: str | None, epsg: int, packs: tuple[Path, ...], lang: str) -> None:
    """Writes a package to start from into FOLDER, which is new or empty. 生成一种规划的成果包模板。"""
    with _finishing(lang, Text("无法生成成果包模板", "The template could not be made")):
        from checker import resources
        from checker.authoring import template
        from checker.prepared import prepare

        known = prepare(resources.packs(packs))
        choice = template.choose(known.vocabulary, known.rulebook, kind, scale)
        made = template.files(choice, epsg, lang)
        template.write(folder, made)
        click.echo("\n".join(str(folder / name) for name in made))


@cli.command()
@click.argument("package", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="写入的 .xlsx，默认“待确认.xlsx” workbook to write")
@_PACKS
@_LANG
def draft(package: Path, output: Path | None, packs: tuple[Path, ...], lang: str) -> None:
    """Proposes rows of tables from the Word text of PACKAGE (or a .docx), to be confirmed by a person. 由文本提出表格草案。

    \b
    退出状态：0 提出了内容，1 没有可提出的，2 无法完成。
    Exit status: 0 rows proposed, 1 nothing to propose, 2 could not finish.
    """
    with _finishing(lang, Text("无法生成草案", "The draft could not be made")):
        from checker import resources
        from checker.authoring import draft as drafting
        from checker.prepared import prepare

        target = output or Path(drafting.DEFAULT.in_(lang))
        drafting.refuse_to_overwrite(target)
        known_packs = resources.packs(packs)
        known = prepare(known_packs)
        found, has_form = drafting.propose(package, known, known_packs[0].root / "ontology" / "plan.xsd")
        if found.rows:
            _put(drafting.xlsx(found, known, has_form, lang), target)
        nothing = Text("文本中没有可以提出的内容。", "The text has nothing to propose.")
        written = Text(f"写入 {target}", f"written to {target}") if found.rows else nothing
        click.echo("\n".join(line.in_(lang) for line in (*drafting.summary(found), written)))
        sys.exit(ACCEPTED if found.rows else NOT_ACCEPTED)


@cli.command("plan-xml")
@click.argument("package", type=_PATH)
@_options(*_OUTPUT_OPTIONS[1:])
def plan_xml(package: Path, output: Path | None, lang: str) -> None:
    """Writes the plan.xml of a PACKAGE that has a sheet 规划信息. 由“规划信息”表生成 plan.xml。"""
    with _finishing(lang, Text("无法生成 plan.xml", "plan.xml could not be made")):
        from checker import pipeline

        _write(pipeline.plan_xml(package), output)


@cli.command()
@click.argument("package", type=_PATH)
@_PACKS
@_options(*_OUTPUT_OPTIONS[1:])
def rdf(package: Path, packs: tuple[Path, ...], output: Path | None, lang: str) -> None:
    """Writes what a PACKAGE states as RDF (Turtle), geometry included. 将成果包的内容写成 RDF。"""
    with _finishing(lang):
        from checker import pipeline

        _write(pipeline.rdf(package, packs), output)


@cli.group()
def ontology() -> None:
    """本体：检查与分类。 Checks and classifies the ontology of rule packs."""


@ontology.command("check")
@_PACKS
@click.option("--no-reasoner", is_flag=True, help="不运行推理机（不需要 Java） without HermiT and its Java")
@_LANG
def ontology_check(packs: tuple[Path, ...], no_reasoner: bool, lang: str) -> None:
    """检查内置规则包与附加规则包的本体。 Checks the ontology of the built-in pack and of the packs given.

    \b
    退出状态：0 没有问题，1 有问题，2 无法完成。
    Exit status: 0 nothing found, 1 problems, 2 could not finish.
    """
    with _finishing(lang, _NOT_DONE):
        from checker import resources
        from checker.authoring.ontology import check
        from checker.authoring.problems import listing

        problems = check(resources.packs(packs), reasoner=not no_reasoner)
        click.echo(listing(problems, lang), nl=False)
        sys.exit(NOT_ACCEPTED if problems else ACCEPTED)


@ontology.command("classify")
@_PACKS
@_LANG
def ontology_classify(packs: tuple[Path, ...], lang: str) -> None:
    """更新推断的类层次 ontology/inferred.ttl。 Renews ontology/inferred.ttl of the packs given, else of the built-in one."""
    with _finishing(lang, _NOT_DONE):
        from checker import resources
        from checker.authoring.hierarchy import write

        known = resources.packs(packs)
        for pack in known[1:] or known:
            pairs = write(known, pack)
            said = Text(
                f"{pack.root}：推断出 {pairs} 条上下位关系。", f"{pack.root}: {pairs} subclass relations inferred."
            )
            click.echo(said.in_(lang))


@ontology.command("page")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="写入的文件夹 folder to write to",
)
@_LANG
def ontology_page(output: Path, lang: str) -> None:
    """生成本体的中英文说明页与总图。 Writes the ontology's page and picture in zh and en."""
    with _finishing(lang, _NOT_DONE):
        from checker import resources
        from checker.authoring.page import pages

        output.mkdir(parents=True, exist_ok=True)
        for name, text in pages(resources.packs()).items():
            _write(text, output / name)


@cli.command()
@click.argument("code")
@_PACKS
@_LANG
def explain(code: str, packs: tuple[Path, ...], lang: str) -> None:
    """说明规则 CODE：查什么、为什么、例子、怎样修改。 Explains rule CODE: what, why, examples, how to mend."""
    with _finishing(lang):
        from checker import resources
        from checker.authoring.explain import explain

        click.echo(explain(resources.packs(packs), code, lang), nl=False)


@cli.group()
def rules() -> None:
    """规则：新建、检查、试验、覆盖、变异、编译结果。 Writes, checks and tries rules."""


@rules.command("new")
@click.argument("code")
@click.option("--clause", required=True, help="条款编号 number of the clause")
@click.option("--target", required=True, help="核查的类，如 项目、plan:Project the class that is judged")
@click.option("--path", required=True, help="要求的属性，如 项目类型、plan:projectKind the property that is demanded")
@_PACKS
@_LANG
def rules_new(code: str, clause: str, target: str, path: str, packs: tuple[Path, ...], lang: str) -> None:
    """由模板新建规则 CODE 及其样例，写入最后一个规则包。 Writes rule CODE and fixtures from a template to the last pack."""
    with _finishing(lang):
        from checker import resources
        from checker.authoring import scaffold

        files = scaffold.scaffold(resources.packs(packs), code, clause, target, path)
        scaffold.write(files)
        click.echo("\n".join(str(file) for file in files))


@rules.command("lint")
@click.argument("code", required=False)
@_PACKS
@_LANG
def rules_lint(code: str | None, packs: tuple[Path, ...], lang: str) -> None:
    """检查规则（或只检查 CODE）是否写得可靠、说得清楚。 Checks that rules rest on a clause, can be relied on, speak plainly.

    \b
    退出状态：0 没有问题，1 有问题，2 无法完成。
    Exit status: 0 nothing found, 1 problems, 2 could not finish.
    """
    with _finishing(lang):
        from checker import resources
        from checker.authoring.lint import lint
        from checker.authoring.problems import listing

        problems = lint(resources.packs(packs), code)
        click.echo(listing(problems, lang), nl=False)
        sys.exit(NOT_ACCEPTED if problems else ACCEPTED)


@rules.command("test")
@click.argument("code", required=False)
@_PACKS
@_LANG
def rules_test(code: str | None, packs: tuple[Path, ...], lang: str) -> None:
    """用样例试验规则（或只试 CODE）：应发现哪些，发现了哪些。 Tries rules on their fixtures: what was expected, what found.

    \b
    退出状态：0 都符合，1 有不符，2 无法完成。
    Exit status: 0 all agree, 1 some do not, 2 could not finish.
    """
    with _finishing(lang):
        from checker import resources
        from checker.authoring import fixtures

        tried = fixtures.try_all(resources.packs(packs), code)
        click.echo(fixtures.listing(tried, lang), nl=False)
        sys.exit(ACCEPTED if all(t.agrees for t in tried) else NOT_ACCEPTED)


@rules.command("coverage")
@_PACKS
@click.option("--format", "form", type=click.Choice(["text", "html"]), default="text", show_default=True, help="格式")
@_options(*_OUTPUT_OPTIONS[1:])
def rules_coverage(packs: tuple[Path, ...], form: str, output: Path | None, lang: str) -> None:
    """列出条款、规则与样例的对应。 Lists clauses with their rules and fixtures.

    \b
    退出状态：0 自动核查的条款都有规则，1 有缺，2 无法完成。
    Exit status: 0 every automatic clause has a rule, 1 some do not, 2 could not finish.
    """
    with _finishing(lang):
        from checker import resources
        from checker.authoring import coverage

        rows = coverage.coverage(resources.packs(packs))
        _write({"text": coverage.text, "html": coverage.page}[form](rows, lang), output)
        sys.exit(NOT_ACCEPTED if any(row.is_gap for row in rows) else ACCEPTED)


@rules.command("mutate")
@click.argument("codes", nargs=-1)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="并行进程数 processes")
@_PACKS
@_LANG
def rules_mutate(codes: tuple[str, ...], workers: int, packs: tuple[Path, ...], lang: str) -> None:
    """逐处改动规则 CODES（默认全部），看样例能否发现。 Changes rules one thing at a time; do their fixtures notice?

    \b
    退出状态：0 都被发现或已说明等价，1 有未发现的，2 无法完成。
    Exit status: 0 all noticed or explained, 1 some are not, 2 could not finish.
    """
    with _finishing(lang):
        from checker import resources
        from checker.authoring import mutation

        known = resources.packs(packs)
        found = []
        for score in mutation.scores(known, codes or mutation.codes(known), workers):
            found.append(score)
            if sys.stderr.isatty():
                click.echo(f"\r{score.code:<10} {score.caught}/{score.made}    ", nl=False, err=True)
        click.echo(mutation.listing(found, lang), nl=False)
        missed = any(survivor.explanation is None for score in found for survivor in score.survivors)
        sys.exit(NOT_ACCEPTED if missed else ACCEPTED)


@rules.command("sql")
@click.argument("code")
@_PACKS
@_LANG
def rules_sql(code: str, packs: tuple[Path, ...], lang: str) -> None:
    """显示规则 CODE 编译成的 SQL。 Prints the SQL that rule CODE is compiled to, with that of its needs."""
    with _finishing(lang, _NOT_DONE):
        from checker import resources
        from checker.authoring.statements import listing

        click.echo(listing(resources.packs(packs), code, lang), nl=False)


def _references(near_term: Path | None, territorial: Path | None, smart_city: Path | None) -> dict[str, Path]:
    """The references that were given, by the notation of their kind."""
    given = {"near-term": near_term, "territorial": territorial, "smart-city": smart_city}
    return {kind: path for kind, path in given.items() if path is not None}


def _run(request: Request, form: str, output: Path | None, lang: str) -> int:
    """Checks, writes the report, and gives the exit status."""
    from checker import pipeline
    from checker.model import Outcome
    from checker.writers import FORMATS

    with _progress(lang) as tell:
        report = pipeline.check(request, tell)
    _write(FORMATS[form](report, lang), output)
    if report.counts[Outcome.ERROR]:
        return UNFINISHED
    return ACCEPTED if report.accepted else NOT_ACCEPTED


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(_coloured(text) if sys.stdout.isatty() else text, nl=False)
        return
    _put(text.encode(), output)


def _put(content: bytes, output: Path) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        raise CannotFinish(
            Text(f"文件写不进去：{error.strerror}", f"The file cannot be written: {error.strerror}"),
            str(output),
            Text(
                "请检查文件夹是否存在、文件是否被占用。",
                "Check that the folder exists and the file is not open elsewhere.",
            ),
        ) from None


def _coloured(text: str) -> str:
    """The text report with what counts in red and what only advises in yellow, for a terminal."""
    colours = {"●": "red", "○": "yellow", "─": "cyan"}
    lines = text.splitlines(keepends=True)
    return "".join(click.style(line, fg=colours[line[0]]) if line[0] in colours else line for line in lines)


@contextmanager
def _progress(lang: str) -> Iterator[Any]:
    """A progress line on a terminal for what takes longer than a second; nothing where output is piped."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    begin = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=False) as bar:
        bar.stop()
        task = bar.add_task("", total=1.0)

        def tell(stage: Text, part: float) -> None:
            bar.update(task, description=stage.in_(lang), completed=part)
            if time.monotonic() - begin > 1 and not bar.live.is_started:
                bar.start()

        yield tell


@contextmanager
def _finishing(lang: str, unfinished: Text = _NOT_CHECKED) -> Iterator[None]:
    """Turns whatever stops a command into one message and exit status 2; never a traceback.

    ``unfinished``: how the message begins, which says what could not be done.
    """
    try:
        yield
    except CannotFinish as failure:
        _complain(unfinished, failure.where, failure.problem, failure.remedy, lang)
        sys.exit(UNFINISHED)
    except MemoryError:
        _complain(
            unfinished,
            "",
            Text("内存不足。", "Out of memory."),
            Text("请关闭其他程序，或分包核查。", "Close other programs."),
            lang,
        )
        sys.exit(UNFINISHED)
    except Exception as error:
        if os.environ.get("PLANCHECK_DEBUG"):
            raise
        detail = f"{type(error).__name__}: {error}"
        remedy = Text(
            "这是 plancheck 的缺陷，请附上本行文字反馈；设置环境变量 PLANCHECK_DEBUG=1 可显示细节。",
            "This is a fault of plancheck; please report this line. PLANCHECK_DEBUG=1 shows where it happened.",
        )
        _complain(unfinished, "", Text(f"内部错误 {detail}", f"Internal error {detail}"), remedy, lang)
        sys.exit(UNFINISHED)


def _complain(unfinished: Text, where: str, problem: Text, remedy: Text, lang: str) -> None:
    head = unfinished.in_(lang)
    lines = [
        f"{head}：{where}" if lang == "zh" else f"{head}: {where}",
        f"  {problem.in_(lang)}",
        f"  {remedy.in_(lang)}",
    ]
    click.echo("\n".join(lines), err=True)


def main() -> None:
    """The entry point of the command `plancheck`."""
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    warnings.simplefilter("ignore")  # libraries speak to programmers; what a user should know is in the report
    logging.disable(logging.CRITICAL)
    gc.set_threshold(50_000, 50, 50)  # a check makes many objects and few cycles
    cli()


def _speak_utf8(stream: IO[str]) -> None:
    """Windows consoles default to a code page that has no room for half of the report."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
