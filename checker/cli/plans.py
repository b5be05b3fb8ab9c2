"""The commands on a plan: check it, show what is read of it, start one, draft its tables."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checker.cli.frame import (
    ACCEPTED,
    CHECKING,
    LANG,
    NOT_ACCEPTED,
    OUTPUT_OPTIONS,
    PACKS,
    PATH,
    REFERENCES,
    REPORT_OPTIONS,
    REVIEWS,
    STRICT,
    UNFINISHED,
    deliver,
    finishing,
    formats,
    named,
    options,
    progress,
    put,
    tried,
    write,
)
from checker.errors import Text

if TYPE_CHECKING:
    from checker.pipeline import Request


@click.command()
@click.argument("package", type=PATH)
@options(*REFERENCES, PACKS, *CHECKING, REVIEWS, *REPORT_OPTIONS)
def check(
    package: Path,
    packs: tuple[Path, ...],
    profile: str | None,
    as_of: dt.datetime | None,
    fail_on: str | None,
    engine: str,
    strict: bool,
    no_geometry: bool,
    reviews: tuple[Path, ...],
    template: Path | None,
    group: str,
    form: str | None,
    outputs: tuple[Path, ...],
    lang: str,
    **given: Path | None,
) -> None:
    """Checks PACKAGE: a folder or zip with tables (.xlsx), layers (.gpkg) and plan.xml. 核查一个成果包。

    Exit status: 0 accepted, 1 not accepted, 2 could not finish, or with --strict something could not be matched.
    """
    with finishing(lang):
        from checker.model import Severity
        from checker.pipeline import Request

        day = as_of.date() if as_of else None
        request = Request(
            package,
            named(given),
            packs,
            profile,
            Severity(fail_on) if fail_on else None,
            day,
            engine,
            strict,
            with_coordinates=not no_geometry,
            reviews=reviews,
        )
        sys.exit(_run(request, group, form, outputs, lang, template))


@click.command()
@options(*REPORT_OPTIONS)
def demo(group: str, form: str | None, outputs: tuple[Path, ...], lang: str) -> None:
    """Checks the demo smart-city plan of an invented city, with planted mistakes. 核查演示成果包。

    Exit status 0 when the check ran to its end as expected, whatever it found.
    """
    with finishing(lang):
        from checker import resources
        from checker.pipeline import Request

        status = _run(Request(resources.demo_package(), {}, profile="alignment"), group, form, outputs, lang)
        sys.exit(ACCEPTED if status == NOT_ACCEPTED else UNFINISHED)


@click.command()
@click.argument("package", type=PATH)
@options(*REFERENCES, PACKS, STRICT, *OUTPUT_OPTIONS)
def inspect(
    package: Path,
    packs: tuple[Path, ...],
    strict: bool,
    form: str,
    output: Path | None,
    lang: str,
    **given: Path | None,
) -> None:
    """Shows what is read of PACKAGE: files, tables, columns, texts, and what is missing. 显示读到了什么、缺什么。

    Exit status: 0 read, 2 could not finish, or with --strict something could not be matched.
    """
    with finishing(lang, Text("无法完成读取", "The package could not be read")):
        from checker import pipeline
        from checker.writers import inspection

        found = pipeline.inspect(pipeline.Request(package, named(given), packs, strict=strict))
        show = {"text": inspection.write, "json": inspection.write_json}[form]
        write(show(found, lang), output)


@click.command()
@click.argument("folder", type=PATH)
@click.option("--kind", required=True, help="规划类型，如 smart-city、智慧园区规划 kind of plan")
@click.option("--scale", help="规划尺度，如 city、城市 scale")
@click.option("--epsg", type=int, default=4490, show_default=True, help="图层坐标系 CRS of the layers (CGCS2000)")
@PACKS
@LANG
def init(folder: Path, kind: str, scale: str | None, epsg: int, packs: tuple[Path, ...], lang: str) -> None:
    """Writes a package to start from into FOLDER, which is new or empty. 生成一种规划的成果包模板。"""
    with finishing(lang, Text("无法生成成果包模板", "The template could not be made")):
        from checker import resources
        from checker.authoring import template
        from checker.prepared import prepare

        known = prepare(resources.packs(packs))
        choice = template.choose(known.vocabulary, known.rulebook, kind, scale)
        made = template.files(choice, epsg, lang)
        template.write(folder, made)
        click.echo("\n".join(str(folder / name) for name in made))


@click.command()
@click.argument("package", type=PATH)
@click.option("-o", "--output", type=PATH, help="写入的 .xlsx，默认“待确认.xlsx” workbook to write")
@PACKS
@LANG
def draft(package: Path, output: Path | None, packs: tuple[Path, ...], lang: str) -> None:
    """Proposes rows of tables from the Word text of PACKAGE (or a .docx), to be confirmed by a person. 由文本提出表格草案。

    \b
    退出状态：0 提出了内容，1 没有可提出的，2 无法完成。
    Exit status: 0 rows proposed, 1 nothing to propose, 2 could not finish.
    """
    with finishing(lang, Text("无法生成草案", "The draft could not be made")):
        from checker import resources
        from checker.authoring import draft as drafting
        from checker.prepared import prepare

        target = output or Path(drafting.DEFAULT.in_(lang))
        drafting.refuse_to_overwrite(target)
        known_packs = resources.packs(packs)
        known = prepare(known_packs)
        found, has_form = drafting.propose(package, known, known_packs[0].root / "ontology" / "plan.xsd")
        if found.rows:
            put(drafting.xlsx(found, known, has_form, lang), target)
        nothing = Text("文本中没有可以提出的内容。", "The text has nothing to propose.")
        written = Text(f"写入 {target}", f"written to {target}") if found.rows else nothing
        click.echo("\n".join(line.in_(lang) for line in (*drafting.summary(found), written)))
        sys.exit(ACCEPTED if found.rows else NOT_ACCEPTED)


@click.command("plan-xml")
@click.argument("package", type=PATH)
@options(*OUTPUT_OPTIONS[1:])
def plan_xml(package: Path, output: Path | None, lang: str) -> None:
    """Writes the plan.xml of a PACKAGE that has a sheet 规划信息. 由“规划信息”表生成 plan.xml。"""
    with finishing(lang, Text("无法生成 plan.xml", "plan.xml could not be made")):
        from checker import pipeline

        write(pipeline.plan_xml(package), output)


@click.command()
@click.argument("package", type=PATH)
@PACKS
@options(*OUTPUT_OPTIONS[1:])
def rdf(package: Path, packs: tuple[Path, ...], output: Path | None, lang: str) -> None:
    """Writes what a PACKAGE states as RDF (Turtle), geometry included. 将成果包的内容写成 RDF。"""
    with finishing(lang):
        from checker import pipeline

        write(pipeline.rdf(package, packs), output)


def _run(
    request: Request, group: str, form: str | None, outputs: Sequence[Path], lang: str, template: Path | None = None
) -> int:
    """Checks, writes the report in each format wanted, and gives the exit status."""
    wanted = formats(form, outputs)  # what cannot be written is told before anything is checked
    more = tried(template, [name for name, _ in wanted], with_coordinates=request.with_coordinates, group=group)
    from checker import pipeline, writers
    from checker.model import Outcome

    shown = replace(request, **writers.drawn_by(name for name, _ in wanted))
    with progress(lang) as tell:
        report = pipeline.check(shown, tell)
    for name, output in wanted:
        deliver(writers.write(report, name, lang, *more.get(name, ())), output)
    if report.counts[Outcome.ERROR]:
        return UNFINISHED
    return ACCEPTED if report.accepted else NOT_ACCEPTED
