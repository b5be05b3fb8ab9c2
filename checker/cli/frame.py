"""What all commands share: their options, where they write, and how whatever stops them becomes one message and a status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from checker.errors import CannotFinish, Text, told
from checker.writers import FORMATS, GROUPS, format_of

ACCEPTED, NOT_ACCEPTED, UNFINISHED = 0, 1, 2
NOT_CHECKED = Text("无法完成核查", "The check could not be finished")
NOT_DONE = Text("无法完成", "This could not be finished")
Command = TypeVar("Command", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)

PACKS = click.option("--pack", "packs", type=PATH, multiple=True, help="附加规则包文件夹 rule pack")
REVIEWS = click.option(
    "--review", "reviews", type=PATH, multiple=True, help="交回的审查清单，可多次给出 lists that reviewers handed back"
)
LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="报告语言")
REFERENCES = (
    click.option("--near-term", type=PATH, help="近期规划成果包 near-term plan"),
    click.option("--territorial", type=PATH, help="国土空间规划成果包或数据库 territorial spatial plan"),
    click.option("--smart-city", type=PATH, help="智慧城市规划成果包 smart-city plan"),
    click.option("--detailed", type=PATH, help="详细规划成果包或数据库 detailed plan"),
)


def named(given: Mapping[str, Path | None]) -> dict[str, Path]:
    """The references that were given by ``REFERENCES``, by the notation of their kind."""
    return {option.replace("_", "-"): path for option, path in given.items() if path is not None}


ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "compiled", "reference"]),
    default="auto",
    show_default=True,
    help="规则引擎；auto：编译为 SQL，不能编译的规则用 pySHACL",
)
STRICT = click.option(
    "--strict",
    is_flag=True,
    help="表、列、图层、文件有无法对应而没有读取的，列出并以退出码 2 结束 what could not be matched is an error",
)
CHECKING = (
    click.option("--profile", help="核查方案，默认按规划类型和所在地选取 profile, else the one for its kind and place"),
    click.option(
        "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="基准日，默认取规划成果日期 day for dated thresholds"
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["info", "warning", "violation"]),
        help="达到此级别即不通过，默认由核查方案规定 else as the profile says",
    ),
    ENGINE,
    STRICT,
    click.option("--no-geometry", is_flag=True, help="报告不含任何坐标（涉密数据） no coordinates in the report"),
    click.option("--template", type=PATH, help="审查意见的 Word 模板（.docx） template of the review opinion"),
)
OUTPUT_OPTIONS = (
    click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="报告格式"
    ),
    click.option("-o", "--output", type=PATH, help="写入文件，不打印"),
    LANG,
)


def options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """A decorator that gives a command several options."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


REPORT_OPTIONS = (
    click.option(
        "--group-by",
        "group",
        type=click.Choice(GROUPS),
        default=GROUPS[0],
        show_default=True,
        help="text 报告中的问题按条款还是按位置（文件、表、行）排列",
    ),
    click.option(
        "--format", "form", type=click.Choice(list(FORMATS)), help="报告格式；默认由 -o 的文件名决定，否则为 text"
    ),
    click.option(
        "-o", "--output", "outputs", type=PATH, multiple=True, help="写入文件，不打印；可写几次，一次核查写出几种报告"
    ),
    LANG,
)


def write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(_coloured(text) if sys.stdout.isatty() else text, nl=False)
        return
    put(text.encode(), output)


def formats(
    form: str | None, outputs: Sequence[Path], known: Mapping[str, str] = FORMATS
) -> list[tuple[str, Path | None]]:
    """The formats in which something is to be written, each with its file (None to print). Raises CannotFinish.

    ``known``: the formats there are, with the endings of their files.
    """
    if not outputs:
        return [(form or "text", None)]
    return [(form or _format_of(output, known), output) for output in outputs]


def _format_of(output: Path, known: Mapping[str, str]) -> str:
    found = format_of(output, known)
    if found is None:
        endings = "、".join(known.values())
        raise CannotFinish(
            Text("从文件名看不出报告格式。", "The file's name does not tell the format of the report."),
            str(output),
            Text(
                f"请改用以下后缀之一，或用 --format 指明：{endings}",
                f"Let it end in one of these, or name a --format: {endings.replace('、', ', ')}",
            ),
        )
    return found


def deliver(content: str | bytes, output: Path | None) -> None:
    """Prints a report, or puts it into a file. Raises CannotFinish for one that cannot be printed."""
    if isinstance(content, str):
        write(content, output)
    elif output is not None:
        put(content, output)
    else:
        raise CannotFinish(
            Text("这种格式不能打印在屏幕上。", "This format cannot be printed."),
            "--format",
            Text("请用 -o 指定文件。", "Name a file with -o."),
        )


def tried(
    template: Path | None, forms: Sequence[str], *, with_coordinates: bool, group: str = GROUPS[0]
) -> dict[str, tuple[object, ...]]:
    """What formats take besides the report: the text how findings are grouped, the review opinion its template, tried out.

    Raises CannotFinish for what cannot be written, before anything is checked.
    """
    if not with_coordinates and "gpkg" in forms:
        from checker.writers.gpkg import needs_coordinates

        raise needs_coordinates()
    more: dict[str, tuple[object, ...]] = {"text": (group,)}
    if template is None:
        return more
    if "docx" not in forms:
        raise CannotFinish(
            Text(
                "模板只用于 Word 审查意见，但没有要这种报告。",
                "A template is for the review opinion in Word, which was not asked for.",
            ),
            "--template",
            Text("请加上 -o 审查意见.docx。", "Add -o opinion.docx."),
        )
    from checker.writers import docx

    return more | {"docx": (docx.template(template),)}


def put(content: bytes, output: Path) -> None:
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
def progress(lang: str) -> Iterator[Any]:
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
def finishing(lang: str, unfinished: Text = NOT_CHECKED) -> Iterator[None]:
    """Turns whatever stops a command into one message and exit status 2; never a traceback.

    ``unfinished``: how the message begins, which says what could not be done.
    """
    try:
        yield
    except Exception as error:
        if os.environ.get("PLANCHECK_DEBUG") and not isinstance(error, CannotFinish | MemoryError):
            raise
        failure = told(error)
        _complain(unfinished, failure.where, failure.problem, failure.remedy, lang)
        sys.exit(UNFINISHED)


def _complain(unfinished: Text, where: str, problem: Text, remedy: Text, lang: str) -> None:
    head = unfinished.in_(lang)
    lines = [
        f"{head}：{where}" if lang == "zh" else f"{head}: {where}",
        f"  {problem.in_(lang)}",
        f"  {remedy.in_(lang)}",
    ]
    click.echo("\n".join(lines), err=True)
