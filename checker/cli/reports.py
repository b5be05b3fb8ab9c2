"""The commands on reports that were written: compare two of them, explain a finding of one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checker.cli.frame import (
    ACCEPTED,
    LANG,
    NOT_ACCEPTED,
    PACKS,
    PATH,
    REFERENCES,
    REVIEWS,
    deliver,
    finishing,
    formats,
    named,
    options,
)
from checker.errors import CannotFinish, Text
from checker.writers import comparison as comparisons

if TYPE_CHECKING:
    from checker.model import Opinion


@click.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option(
    "--format", "form", type=click.Choice(list(comparisons.FORMATS)), help="格式；默认由 -o 的文件名决定，否则为 text"
)
@click.option("-o", "--output", "outputs", type=PATH, multiple=True, help="写入文件，不打印；可写几次 may be repeated")
@options(REVIEWS, PACKS, LANG)
def diff(
    old: Path,
    new: Path,
    reviews: tuple[Path, ...],
    packs: tuple[Path, ...],
    form: str | None,
    outputs: tuple[Path, ...],
    lang: str,
) -> None:
    """对比两份 JSON 报告：新增、不再核查、有变化、仍然存在、已消除。 Compares two JSON reports of a plan.

    \b
    退出状态：0 没有新增、没有不再核查的问题，新报告可以通过；1 其他；2 无法完成。
    Exit status: 0 nothing new, no finding out of sight, the new report accepted, 1 otherwise, 2 could not finish.
    """
    with finishing(lang, Text("无法完成对比", "The reports could not be compared")):
        wanted = formats(form, outputs, comparisons.FORMATS)
        from checker.comparison import compare
        from checker.writers import reading

        before, after = reading.read(old), reading.read(new)
        opinions: tuple[Opinion, ...] = ()
        if reviews:
            from checker import pipeline

            opinions = pipeline.opinions(reviews, after.plan, packs)
        found = compare(before, after, opinions)
        for name, output in wanted:
            deliver(comparisons.write(found, name, lang), output)
        sys.exit(ACCEPTED if found.is_clear else NOT_ACCEPTED)


@click.command()
@click.argument("subject", metavar="CODE | REPORT")
@click.argument("finding", required=False)
@click.option(
    "--package", type=PATH, help="报告所核查的成果包，用来列出依据的事实 package of the report, for the facts"
)
@options(*REFERENCES, PACKS, LANG)
def explain(
    subject: str,
    finding: str | None,
    package: Path | None,
    packs: tuple[Path, ...],
    lang: str,
    **given: Path | None,
) -> None:
    """说明规则 CODE，或 JSON 报告 REPORT 中编号以 FINDING 开头的问题或待定事项。 Explains a rule, or a finding of a report.

    \b
    加上 --package（及参照）则读取成果包，列出依据的事实。退出状态：0 已说明，2 无法完成。
    With --package (and references) the facts are shown. Exit status: 0 explained, 2 could not finish.
    """
    with finishing(lang, Text("无法说明", "This could not be explained")):
        from checker import resources

        references = named(given)
        if finding is None:
            if package is not None or references:
                raise CannotFinish(
                    Text("成果包只用于说明报告中的问题。", "A package is for explaining a finding of a report."),
                    "--package",
                    Text("请写明报告和问题编号。", "Name the report and the id of a finding."),
                )
            if Path(subject).is_file():
                raise CannotFinish(
                    Text("没有写明要说明报告中的哪一项。", "It is not said what of the report is to be explained."),
                    subject,
                    Text(
                        "请在报告之后写上问题编号或其开头。",
                        "Write the id of a finding, or its beginning, after the report.",
                    ),
                )
            from checker.authoring import explain as rules

            click.echo(rules.explain(resources.packs(packs), subject, lang), nl=False)
            return
        from checker import explanation
        from checker.pipeline import Request
        from checker.writers import reading

        report = reading.read(Path(subject))
        has_coordinates = report.geometry_crs is not None
        request = package and Request(package, references, packs, report.profile.name, with_coordinates=has_coordinates)
        click.echo(explanation.explain(report, finding, resources.packs(packs), lang, request or None), nl=False)
