"""The commands on reports that were written: compare two of them, explain a finding of one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from checker.cli.frame import (
    ACCEPTED,
    LANG,
    NOT_ACCEPTED,
    PATH,
    deliver,
    finishing,
    formats,
    options,
)
from checker.errors import Text
from checker.writers import comparison as comparisons


@click.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option(
    "--format", "form", type=click.Choice(list(comparisons.FORMATS)), help="格式；默认由 -o 的文件名决定，否则为 text"
)
@click.option("-o", "--output", "outputs", type=PATH, multiple=True, help="写入文件，不打印；可写几次 may be repeated")
@options(LANG)
def diff(old: Path, new: Path, form: str | None, outputs: tuple[Path, ...], lang: str) -> None:
    """对比两份 JSON 报告：新增、不再核查、有变化、仍然存在、已消除。 Compares two JSON reports of a plan.

    \b
    退出状态：0 没有新增、没有不再核查的，新报告可以通过；1 其他；2 无法完成。
    Exit status: 0 nothing new or out of sight and the new report is accepted, 1 otherwise, 2 could not finish.
    """
    with finishing(lang, Text("无法完成对比", "The reports could not be compared")):
        wanted = formats(form, outputs, comparisons.FORMATS)
        from checker.comparison import compare
        from checker.writers import reading

        found = compare(reading.read(old), reading.read(new))
        for name, output in wanted:
            deliver(comparisons.write(found, name, lang), output)
        sys.exit(ACCEPTED if found.is_clear else NOT_ACCEPTED)
