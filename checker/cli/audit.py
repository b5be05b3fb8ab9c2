"""The command for many plans: check every package of a folder against the same plans."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checker.cli.frame import (
    ACCEPTED,
    CHECKING,
    LANG,
    NOT_ACCEPTED,
    PACKS,
    PATH,
    REFERENCES,
    UNFINISHED,
    finishing,
    named,
    options,
    progress,
    put,
    tried,
    write,
)
from checker.errors import CannotFinish, Text
from checker.writers import FORMATS

if TYPE_CHECKING:
    from checker.model import Overview, Report

_DEFAULT = ("html", "docx", "xlsx", "json")


@click.command()
@click.argument("folder", type=PATH)
@options(*REFERENCES, PACKS, *CHECKING)
@click.option(
    "--review",
    type=PATH,
    help="交回的审查清单所在的文件夹，每个成果包一个子文件夹 folder of the lists that reviewers handed back, a folder for each package",
)
@click.option(
    "--format",
    "forms",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    help=f"各规划报告的格式，可写几次；默认 {'、'.join(_DEFAULT)} format of each plan's report, may be repeated",
)
@click.option(
    "-o", "--output", type=PATH, required=True, help="写入的文件夹，新的或空的 folder to write to, new or empty"
)
@LANG
def audit(
    folder: Path,
    packs: tuple[Path, ...],
    profile: str | None,
    as_of: dt.datetime | None,
    fail_on: str | None,
    engine: str,
    strict: bool,
    no_geometry: bool,
    template: Path | None,
    review: Path | None,
    forms: tuple[str, ...],
    output: Path,
    lang: str,
    **given: Path | None,
) -> None:
    """Checks every package in FOLDER against the same plans, and special plans of one city against each other. 批量核查。

    \b
    退出状态：0 全部可接受，1 有不可接受的，2 有未能完成的。
    Exit status: 0 all accepted, 1 some not accepted, 2 some could not be finished.
    """
    with finishing(lang):
        wanted = forms or _DEFAULT
        more = tried(template, wanted, with_coordinates=not no_geometry)
        from checker import audit as auditing
        from checker import writers
        from checker.model import Severity
        from checker.pipeline import Request

        references = named(given)
        request = Request(
            folder,
            references,
            packs,
            profile,
            Severity(fail_on) if fail_on else None,
            as_of.date() if as_of else None,
            engine,
            strict,
            with_coordinates=not no_geometry,
            **writers.drawn_by(wanted),
        )
        found = auditing.packages(folder, (*references.values(), output, *filter(None, [review])))
        _refuse_to_mix(output)
        folders = auditing.folders(found[0])
        reviews = auditing.handed_back(review, found[0]) if review else {}

        def keep(name: str, report: Report) -> dict[str, str]:
            return _keep(report, output, f"plans/{folders[name]}", wanted, more, lang)

        with progress(lang) as tell:
            overview = auditing.audit(request, found, reviews, keep, tell)
        from checker.writers import overview as overviews

        for form, ending in overviews.FORMATS.items():
            _put(overviews.write(overview, form, lang), output / f"overview{ending}")
        write(str(overviews.write(overview, "text", lang)), None)
        sys.exit(_status(overview))


def _status(overview: Overview) -> int:
    if not all(one.is_finished for one in overview.audited):
        return UNFINISHED
    return ACCEPTED if all(one.accepted for one in overview.audited) else NOT_ACCEPTED


def _keep(
    report: Report, output: Path, folder: str, forms: Sequence[str], more: Mapping[str, tuple[Any, ...]], lang: str
) -> dict[str, str]:
    """Writes a plan's report in each format; where each file lies in the folder of the overview."""
    from checker import writers

    files = {form: f"{folder}/report{FORMATS[form]}" for form in dict.fromkeys(forms)}
    for form, file in files.items():
        _put(writers.write(report, form, lang, *more.get(form, ())), output / file)
    return files


def _put(content: str | bytes, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotFinish(
            Text(f"文件夹建不起来：{error.strerror}", f"The folder cannot be made: {error.strerror}"),
            str(file.parent),
            Text("请用 -o 指定可以写入的文件夹。", "Name a folder with -o that can be written to."),
        ) from None
    put(content.encode() if isinstance(content, str) else content, file)


def _refuse_to_mix(output: Path) -> None:
    """What an earlier audit left would stand beside the new reports, and be taken for them."""
    if (output.is_dir() and not any(output.iterdir())) or not output.exists():
        return
    raise CannotFinish(
        Text("这里已有文件，没有写入。", "There are files already; nothing was written."),
        str(output),
        Text("请用 -o 指定新的或空的文件夹。", "Name a folder with -o that is new or empty."),
    )
