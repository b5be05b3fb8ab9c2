"""The commands of those who write rules and ontologies."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from checker.cli.frame import (
    ACCEPTED,
    LANG,
    NOT_ACCEPTED,
    NOT_DONE,
    OUTPUT_OPTIONS,
    PACKS,
    finishing,
    options,
    write,
)
from checker.errors import Text

_NO_REASONER = click.option(
    "--no-reasoner", is_flag=True, help="不运行推理机（不需要 Java） without HermiT and its Java"
)


@click.group()
def ontology() -> None:
    """本体：检查与分类。 Checks and classifies the ontology of rule packs."""


@ontology.command("check")
@PACKS
@_NO_REASONER
@LANG
def ontology_check(packs: tuple[Path, ...], no_reasoner: bool, lang: str) -> None:
    """检查内置规则包与附加规则包的本体。 Checks the ontology of the built-in pack and of the packs given.

    \b
    退出状态：0 没有问题，1 有问题，2 无法完成。
    Exit status: 0 nothing found, 1 problems, 2 could not finish.
    """
    with finishing(lang, NOT_DONE):
        from checker import resources
        from checker.authoring.ontology import check
        from checker.authoring.problems import listing

        problems = check(resources.packs(packs), reasoner=not no_reasoner)
        click.echo(listing(problems, lang), nl=False)
        sys.exit(NOT_ACCEPTED if problems else ACCEPTED)


@ontology.command("classify")
@PACKS
@LANG
def ontology_classify(packs: tuple[Path, ...], lang: str) -> None:
    """更新推断的类层次 ontology/inferred.ttl。 Renews ontology/inferred.ttl of the packs given, else of the built-in one."""
    with finishing(lang, NOT_DONE):
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
@LANG
def ontology_page(output: Path, lang: str) -> None:
    """生成本体的中英文说明页与总图。 Writes the ontology's page and picture in zh and en."""
    with finishing(lang, NOT_DONE):
        from checker import resources
        from checker.authoring.page import pages

        output.mkdir(parents=True, exist_ok=True)
        for name, text in pages(resources.packs()).items():
            write(text, output / name)


@click.group()
def rules() -> None:
    """规则：新建、检查、试验、覆盖、变异、编译结果。 Writes, checks and tries rules."""


@rules.command("new")
@click.argument("code")
@click.option("--clause", required=True, help="条款编号 number of the clause")
@click.option("--target", required=True, help="核查的类，如 项目、plan:Project the class that is judged")
@click.option("--path", required=True, help="要求的属性，如 项目类型、plan:projectKind the property that is demanded")
@PACKS
@LANG
def rules_new(code: str, clause: str, target: str, path: str, packs: tuple[Path, ...], lang: str) -> None:
    """由模板新建规则 CODE 及其样例，写入最后一个规则包。 Writes rule CODE and fixtures from a template to the last pack."""
    with finishing(lang):
        from checker import resources
        from checker.authoring import scaffold

        files = scaffold.scaffold(resources.packs(packs), code, clause, target, path)
        scaffold.write(files)
        click.echo("\n".join(str(file) for file in files))


@rules.command("lint")
@click.argument("code", required=False)
@PACKS
@_NO_REASONER
@LANG
def rules_lint(code: str | None, packs: tuple[Path, ...], no_reasoner: bool, lang: str) -> None:
    """检查规则（或只检查 CODE）是否写得可靠、说得清楚。 Checks that rules rest on a clause, can be relied on, speak plainly.

    \b
    退出状态：0 没有问题，1 有问题，2 无法完成。
    Exit status: 0 nothing found, 1 problems, 2 could not finish.
    """
    with finishing(lang):
        from checker import resources
        from checker.authoring.lint import lint
        from checker.authoring.problems import listing

        problems = lint(resources.packs(packs), code, reasoner=not no_reasoner)
        click.echo(listing(problems, lang), nl=False)
        sys.exit(NOT_ACCEPTED if problems else ACCEPTED)


@rules.command("test")
@click.argument("code", required=False)
@PACKS
@LANG
def rules_test(code: str | None, packs: tuple[Path, ...], lang: str) -> None:
    """用样例试验规则（或只试 CODE）：应发现哪些，发现了哪些。 Tries rules on their fixtures: what was expected, what found.

    \b
    退出状态：0 都符合，1 有不符，2 无法完成。
    Exit status: 0 all agree, 1 some do not, 2 could not finish.
    """
    with finishing(lang):
        from checker import resources
        from checker.authoring import fixtures

        tried = fixtures.try_all(resources.packs(packs), code)
        click.echo(fixtures.listing(tried, lang), nl=False)
        sys.exit(ACCEPTED if all(t.agrees for t in tried) else NOT_ACCEPTED)


@rules.command("coverage")
@PACKS
@click.option("--format", "form", type=click.Choice(["text", "html"]), default="text", show_default=True, help="格式")
@options(*OUTPUT_OPTIONS[1:])
def rules_coverage(packs: tuple[Path, ...], form: str, output: Path | None, lang: str) -> None:
    """列出条款、规则与样例的对应。 Lists clauses with their rules and fixtures.

    \b
    退出状态：0 自动核查的条款都有规则，1 有缺，2 无法完成。
    Exit status: 0 every automatic clause has a rule, 1 some do not, 2 could not finish.
    """
    with finishing(lang):
        from checker import resources
        from checker.authoring import coverage

        rows = coverage.coverage(resources.packs(packs))
        write({"text": coverage.text, "html": coverage.page}[form](rows, lang), output)
        sys.exit(NOT_ACCEPTED if any(row.is_gap for row in rows) else ACCEPTED)


@rules.command("mutate")
@click.argument("codes", nargs=-1)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="并行进程数 processes")
@PACKS
@LANG
def rules_mutate(codes: tuple[str, ...], workers: int, packs: tuple[Path, ...], lang: str) -> None:
    """逐处改动规则 CODES（默认全部），看样例能否发现。 Changes rules one thing at a time; do their fixtures notice?

    \b
    退出状态：0 都被发现或已说明等价，1 有未发现的，2 无法完成。
    Exit status: 0 all noticed or explained, 1 some are not, 2 could not finish.
    """
    with finishing(lang):
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
@PACKS
@LANG
def rules_sql(code: str, packs: tuple[Path, ...], lang: str) -> None:
    """显示规则 CODE 编译成的 SQL。 Prints the SQL that rule CODE is compiled to, with that of its needs."""
    with finishing(lang, NOT_DONE):
        from checker import resources
        from checker.authoring.statements import listing

        click.echo(listing(resources.packs(packs), code, lang), nl=False)
