"""The overview of an audit as a workbook: a row for each plan with links to its reports, plans by guideline, conflicts."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from checker import __version__
from checker.errors import Text
from checker.model import Audited, Overview, Severity
from checker.writers.conclusion import HEADED
from checker.writers.lists import Column, printable
from checker.writers.overview import words
from checker.writers.review import DECIDED, WAIVED
from checker.writers.text import cited
from checker.writers.words import ORDER, OUTCOMES, SEVERITIES

_EPOCH = dt.datetime(1980, 1, 1)  # when the workbook says it was made, so that the same overview gives the same bytes
_GUIDELINES = Text("各规划按指南", "plans by guideline")
_HIGHEST = 300  # points of a row
_LONGEST = 32_767  # characters that Excel keeps in a cell
_PLAN = (
    Column("package", Text("成果包", "package"), 18),
    Column("plan", Text("规划", "plan"), 30),
    Column("identifier", Text("编号", "identifier"), 14),
    Column("kind", Text("类型", "kind"), 13),
    Column("profile", Text("核查方案", "profile"), 10),
    Column("verdict", Text("结论建议", "suggested conclusion"), 14),
    Column("accepted", Text("可接受", "accepted"), 9),
)
_COUNTS = (
    *(Column(kind.value, OUTCOMES[kind], 10) for kind in ORDER),
    *(Column(severity.value, SEVERITIES[severity], 9) for severity in reversed(Severity)),
    Column("waived", WAIVED, 8),
    Column("decided", DECIDED, 8),
)
_FAILURE = Column("failure", Text("未能完成的原因", "why it was not finished"), 32)
_GUIDELINE = (Column("guideline", Text("指南", "guideline"), 24),)
_BY_GUIDELINE = (*_PLAN[:2], *_GUIDELINE, *_COUNTS[: len(ORDER)], Column("findings", Text("问题", "findings"), 8))
_CONFLICT = (
    Column("rule", Text("规则", "rule"), 9),
    Column("severity", Text("级别", "severity"), 8),
    Column("message", Text("矛盾", "conflict"), 50),
    Column("first", Text("规划一", "first plan"), 24),
    Column("second", Text("规划二", "second plan"), 24),
    Column("ids", Text("问题编号", "findings"), 17),
    Column("basis", Text("依据", "basis"), 20),
    Column("remedy", Text("处理建议", "how to mend it"), 30),
)
_SCOPE = (
    Column("what", Text("", ""), 20),
    Column("name", Text("名称", "name"), 60),
    Column("more", Text("说明", "more"), 40),
)

Cell = str | int


def write(overview: Overview, lang: str) -> bytes:
    """The bytes of the XLSX file; the same overview gives the same."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": _EPOCH, "title": words.TITLE.in_(lang), "comments": HEADED.in_(lang)})
    writer = _Writer(book, lang)
    forms = list(dict.fromkeys(form for one in overview.audited for form in one.reports))
    reports = tuple(Column(form, Text(form, form), 6) for form in forms)
    sheet = writer.list(
        words.PLANS, (*_PLAN, *_COUNTS, *reports, _FAILURE), [_plan(one, forms, lang) for one in overview.audited]
    )
    for row, one in enumerate(overview.audited, 1):
        for form, file in one.reports.items():
            at = len(_PLAN) + len(_COUNTS) + forms.index(form)
            sheet.write_url(row, at, f"external:{file}", writer.link, form)
    writer.list(_GUIDELINES, _BY_GUIDELINE, [row for one in overview.audited for row in _by_guideline(one, lang)])
    writer.list(words.CONFLICTS, _CONFLICT, _conflicts(overview, lang))
    writer.list(Text("核查范围", "scope"), _SCOPE, _scope(overview, lang))
    book.close()
    return made.getvalue()


def _plan(one: Audited, forms: Sequence[str], lang: str) -> list[Cell]:
    plan, failure = one.plan, one.failure
    accepted = Text("是", "yes") if words.state(one) == "accepted" else Text("否", "no")
    told = [plan.title, plan.identifier, plan.kind.in_(lang)] if plan is not None else ["", "", ""]
    told.append(one.profile.title.in_(lang) if one.profile else "")
    counts: list[Cell] = [""] * len(_COUNTS)
    if plan is not None:
        settled = one.settled or ("", "")
        counts = [*(one.counts[kind] for kind in ORDER), *(one.severities[s] for s in reversed(Severity)), *settled]
    why = "" if failure is None else " ".join((failure.where, failure.problem.in_(lang), failure.remedy.in_(lang)))
    return [one.name, *told, words.verdict(one).in_(lang), accepted.in_(lang), *counts, *("" for _ in forms), why]


def _by_guideline(one: Audited, lang: str) -> list[list[Cell]]:
    plan = one.plan.title if one.plan is not None else ""
    return [
        [one.name, plan, tally.title.in_(lang), *(tally.outcomes[kind] for kind in ORDER), tally.findings]
        for tally in one.tallies
    ]


def _conflicts(overview: Overview, lang: str) -> list[list[Cell]]:
    found: list[list[Cell]] = []
    for conflict in overview.conflicts:
        finding = conflict.finding
        told = (finding.message.in_(lang), *words.sides(conflict, overview, lang), "\n".join(conflict.ids))
        basis = cited(finding.rule.clause, lang)
        severity = SEVERITIES[finding.severity].in_(lang)
        found.append([finding.rule.code, severity, *told, basis, finding.rule.remedy.in_(lang)])
    return found or [["", "", words.NO_CONFLICTS.in_(lang), "", "", "", "", ""]]


def _scope(overview: Overview, lang: str) -> list[list[Cell]]:
    told: list[tuple[Text, str, str]] = [
        (HEADED, "", ""),
        (Text("文件夹", "folder"), overview.folder, ""),
        (Text("规则库摘要", "rulebook digest"), overview.rulebook, ""),
        (Text("软件版本", "version"), f"plancheck {__version__}", ""),
        *((words.COMPARED, plan.title, f"{plan.kind.in_(lang)} {plan.identifier}") for plan in overview.references),
        *((words.ASIDE, name, "") for name in overview.aside),
    ]
    return [[what.in_(lang), name, more] for what, name, more in told]


class _Writer:
    """One workbook in the making."""

    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        common = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#BFBFBF", "font_size": 9}
        self.cell = book.add_format(common)
        self.head = book.add_format(
            {
                **common,
                "bold": True,
                "valign": "vcenter",
                "align": "center",
                "bg_color": "#1F4E79",
                "font_color": "#FFFFFF",
            }
        )
        self.link = book.add_format({**common, "font_color": "#0563C1", "underline": 1})

    def list(self, name: Text, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Any:
        """A sheet with a row for each record, to be filtered; texts are written as texts, whatever they begin with."""
        sheet = self.book.add_worksheet(name.in_(self.lang))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 1)
        sheet.set_footer(f"&L{HEADED.in_(self.lang)}&R&P / &N")
        sheet.set_row(0, 26)  # two lines
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, column.heading.in_(self.lang), self.head)
        for row, cells in enumerate(rows, 1):
            lines = max(_lines(str(cell), column.width) for cell, column in zip(cells, columns, strict=True))
            sheet.set_row(row, min(12.5 * lines + 2, _HIGHEST))  # which Excel finds itself, but not every program
            for at, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(row, at, cell, self.cell)
                else:
                    sheet.write_string(row, at, printable(cell)[:_LONGEST], self.cell)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        return sheet


def _lines(text: str, places: int) -> int:
    """How many lines a text takes in a column so wide; letters of this size are smaller than those that widths count."""
    return sum(1 + words.width(line) // (places * 11 // 9) for line in text.split("\n"))
