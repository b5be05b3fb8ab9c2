"""The report as a workbook to work through: a summary, a row for each finding with columns for reviewers, what is open."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

import xlsxwriter

from checker import __version__
from checker.errors import Text
from checker.model import Opinion, Outcome, Place, PlanSummary, Report, ReviewForm, Severity
from checker.writers import lists, review, written
from checker.writers.conclusion import HEADED, conclude, grounds
from checker.writers.lists import ADOPTED, EARLIER, FINDINGS, MATTERS, REMARKS, Cell, Column
from checker.writers.words import OUTCOMES, SEVERITIES

SUMMARY, PROBLEMS = Text("核查概要", "summary"), Text("问题清单", "findings")
OPEN, READING = Text("待核实事项", "open matters"), Text("读取说明", "remarks on reading")
_EPOCH = dt.datetime(1980, 1, 1)  # when the workbook says it was made, so that the same report gives the same bytes
_LONGEST = 32_767  # characters that Excel keeps in a cell
_MOST_LINKS = 65_530  # that Excel keeps in a sheet
_PAGE = 230  # characters side by side that are still read on a page
_HIGHEST = 300  # points of a row
_BLANK = 50  # rows to fill in
_WORKBOOKS = (".xlsx", ".xlsm", ".xls")
_COLOURS = {Severity.VIOLATION: "#F8CBAD", Severity.WARNING: "#FFE699", Severity.INFO: "#DDEBF7"}
_LINKS = Text(
    "“文件”一列的链接为相对路径：把本清单与送审成果包的文件放在同一文件夹中，即可打开相应的工作表和行。",
    "The links under 'file' are relative: with this list in the folder of the package's files they open sheet and row.",
)


def write(report: Report, lang: str) -> bytes:
    """The bytes of the XLSX file; the same report gives the same."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": _EPOCH, "title": PROBLEMS.in_(lang), "comments": HEADED.in_(lang)})
    writer = _Writer(book, report, lang)
    writer.summary()
    writer.problems()
    writer.matters()
    if report.notes:
        writer.list(READING, REMARKS, lists.remarks(report, lang))
    if report.review is not None and report.review.earlier:
        writer.earlier()
    for form in report.forms:
        writer.form(form)
    writer.copy()
    book.close()
    return made.getvalue()


class _Writer:
    """One workbook in the making."""

    def __init__(self, book: Any, report: Report, lang: str) -> None:
        self.book, self.report, self.lang = book, report, lang
        common = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#BFBFBF", "font_size": 9}
        head = {**common, "bold": True, "valign": "vcenter", "align": "center"}
        self.cell = book.add_format(common)
        self.link = book.add_format({**common, "font_color": "#0563C1", "underline": 1})
        self.head = book.add_format({**head, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
        self.asked = book.add_format({**head, "bg_color": "#548235", "font_color": "#FFFFFF"})
        self.answer = book.add_format({**common, "bg_color": "#E2EFDA"})
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.verdict = book.add_format({"bold": True, "font_size": 14, "font_color": "#C00000"})
        self.label = book.add_format({"bold": True, "valign": "top"})
        self.plain = book.add_format({"valign": "top", "text_wrap": True})
        self.number = book.add_format({**common, "align": "right", "text_wrap": False})

    # ---- summary ----------------------------------------------------------------------------------------------------

    def summary(self) -> None:
        """The first sheet: what is suggested, on which plan, against what, and how the rules ended."""
        report = self.report
        sheet = self._sheet(SUMMARY)
        sheet.activate()
        sheet.set_column(0, 0, 40)
        sheet.set_column(1, 1 + len(Outcome), 11)
        sheet.write_string(0, 0, HEADED.in_(self.lang), self.label)
        sheet.write_string(1, 0, PROBLEMS.in_(self.lang), self.title)
        sheet.set_row(1, 26)
        across = 11 * (1 + len(Outcome))
        row = 3
        for name, value in self._particulars().items():
            is_verdict = row == 3
            sheet.write_string(row, 0, name.in_(self.lang), self.label)
            sheet.merge_range(row, 1, row, 1 + len(Outcome), value, self.verdict if is_verdict else self.plain)
            sheet.set_row(row, 22 if is_verdict else 17 * _lines(value, across))
            row += 1
            if is_verdict:
                why = grounds(report).in_(self.lang)
                sheet.merge_range(row, 1, row, 1 + len(Outcome), why, self.plain)
                sheet.set_row(row, 17 * _lines(why, across))
                row += 1
        self._counts(sheet, row + 1)

    def _particulars(self) -> Mapping[Text, str]:
        report = self.report
        return {
            Text("结论建议", "suggested conclusion"): conclude(report).value.in_(self.lang),
            Text("送审规划", "plan under review"): self._plan(report.plan),
            Text("对照规划", "compared with"): "\n".join(map(self._plan, report.references))
            or Text("无", "none").in_(self.lang),
            Text("送审文件（SHA-256）", "files (SHA-256)"): "\n".join(
                f"{lists.printable(file.name)}  {file.sha256}" for file in report.plan.files
            ),
            Text("核查方案", "profile"): report.profile.title.in_(self.lang),
            Text("基准日", "as of"): report.as_of.isoformat(),
            Text("规则库摘要", "rulebook digest"): report.rulebook,
            Text("规则引擎", "engine"): report.engine,
            Text("软件版本", "version"): f"plancheck {__version__}",
            Text("链接", "links"): _LINKS.in_(self.lang),
        }

    def _plan(self, plan: PlanSummary) -> str:
        return lists.printable(f"{plan.title}  [{plan.kind.in_(self.lang)}  {plan.identifier}]")

    def _counts(self, sheet: Any, top: int) -> None:
        """How many rules of each guideline ended how, and how many findings they have."""
        heads = (Text("指南（规则数）", "guideline (rules)"), *OUTCOMES.values(), Text("问题数", "findings"))
        for column, head in enumerate(heads):
            sheet.write_string(top, column, head.in_(self.lang), self.head)
        guidelines = lists.by_guideline(self.report)
        for row, (title, outcomes) in enumerate((*guidelines, (Text("合计", "all"), self.report.outcomes)), top + 1):
            sheet.write_string(row, 0, f"{title.in_(self.lang)} ({len(outcomes)})", self.cell)
            counts = [sum(o.outcome is kind for o in outcomes) for kind in Outcome]
            for column, count in enumerate((*counts, sum(len(o.findings) for o in outcomes)), 1):
                sheet.write_number(row, column, count, self.number)

    # ---- lists ------------------------------------------------------------------------------------------------------

    def problems(self) -> None:
        """The findings, with columns in which reviewers and planners answer them, and what reviewers wrote on their own."""
        found = lists.findings(self.report, self.lang)
        own = [(opinion,) for opinion in (self.report.review.own if self.report.review else ())]
        opinions = [*(finding.opinions for finding in self.report.findings), *own]
        sheet = self._answered(PROBLEMS, FINDINGS, [*found, *({} for _ in own)], opinions)
        for row, finding in enumerate(self.report.findings, 1):
            if row <= _MOST_LINKS and (target := _target(finding.place, self.report.plan)):
                name = finding.place.file if finding.place else ""
                sheet.write_url(row, _at("file"), target, self.link, lists.printable(name))
        last = max(1, len(opinions))
        for severity, colour in _COLOURS.items():
            word = f'"{SEVERITIES[severity].in_(self.lang)}"'
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": word,
                "format": self.book.add_format({"bg_color": colour}),
            }
            sheet.conditional_format(1, _at("severity"), last, _at("severity"), rule)

    def matters(self) -> None:
        """What is open, with columns to answer in."""
        found = lists.matters(self.report, self.lang)
        self._answered(OPEN, MATTERS, [row for row, _ in found], [reason.opinions for _, reason in found])

    def earlier(self) -> None:
        """What reviewers said of matters that are there no more; read back, it is kept."""
        found = lists.earlier(self.report, self.lang)
        self._answered(review.EARLIER, EARLIER, [row for row, _ in found], [(opinion,) for _, opinion in found])

    def form(self, form: ReviewForm) -> None:
        """A list that reviewers fill in, with what they filled in before."""
        columns = [Column(str(at), label, 18) for at, label in enumerate(form.columns)]
        rows: list[dict[str, Cell]] = [
            {str(at): lists.printable(text) for at, text in enumerate(row)} for row in form.rows
        ]
        sheet = self.list(form.name, columns, rows)
        for at, choices in enumerate(form.choices):
            sheet.write_string(0, at, columns[at].heading.in_(self.lang), self.asked)
            for row in range(len(rows) + 1, len(rows) + 1 + _BLANK):
                sheet.write_blank(row, at, None, self.answer)
            if choices:
                names = [choice.in_(self.lang) for choice in choices]
                sheet.data_validation(1, at, len(rows) + _BLANK, at, {"validate": "list", "source": names})

    def copy(self) -> None:
        """What the lists say, in a sheet that is not shown, so that it can be told later what of it was changed."""
        sheet = self.book.add_worksheet(written.SHEET.in_(self.lang))
        sheet.very_hidden()
        for at, column in enumerate(written.COLUMNS):
            sheet.write_string(0, at, column.heading.in_(self.lang))
        for row, cells in enumerate(lists.rows(written.rows(self.report, self.lang), written.COLUMNS), 1):
            for at, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(row, at, cell)
                elif cell:
                    sheet.write_string(row, at, _fitting(cell))

    def _answered(
        self,
        name: Text,
        columns: Sequence[Column],
        records: Sequence[dict[str, Cell]],
        opinions: Sequence[Sequence[Opinion]],
    ) -> Any:
        """A sheet with a row for each record, and what was said of it in columns to answer in."""
        every = lists.answered(columns, opinions)
        rows = [record | lists.answers(every, said) for record, said in zip(records, opinions, strict=True)]
        sheet = self.list(name, every, rows, answers=len(every) - len(columns))
        choices = [answer.in_(self.lang) for answer in ADOPTED]
        validation = {"validate": "list", "source": choices}
        sheet.data_validation(1, len(columns), max(1, len(rows)), len(columns), validation)
        return sheet

    def list(self, name: Text, columns: Sequence[Column], records: Sequence[dict[str, Cell]], answers: int = 0) -> Any:
        """A sheet with a row for each record; texts are written as texts, whatever they begin with.

        ``answers``: how many columns, the last ones, are for answers.
        """
        width = sum(column.width for column in columns)
        sheet = self._sheet(name, pages=2 if width > _PAGE else 1)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
        sheet.set_row(0, 38)  # three lines
        told = len(columns) - answers
        heads, formats = [self.head] * told + [self.asked] * answers, [self.cell] * told + [self.answer] * answers
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, column.heading.in_(self.lang), heads[at])
        for row, cells in enumerate(lists.rows(records, columns), 1):
            lines = max(
                _lines(str(cell or ""), column.width * 11 / 9) for cell, column in zip(cells, columns, strict=True)
            )
            sheet.set_row(row, min(13.5 * lines + 2, _HIGHEST))  # which Excel finds itself, but not every program
            for at, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(row, at, cell, formats[at])
                elif cell:
                    sheet.write_string(row, at, _fitting(cell), formats[at])
                else:
                    sheet.write_blank(row, at, None, formats[at])
        sheet.autofilter(0, 0, max(1, len(records)), len(columns) - 1)
        return sheet

    def _sheet(self, name: Text, pages: int = 1) -> Any:
        """A sheet that prints on A4, so many pages side by side."""
        sheet = self.book.add_worksheet(name.in_(self.lang))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(pages, 0)
        sheet.set_footer(f"&L{HEADED.in_(self.lang)}&R&P / &N")
        return sheet


def _at(name: str) -> int:
    """Where a column of findings stands."""
    return next(at for at, column in enumerate(FINDINGS) if column.name == name)


def _target(place: Place | None, plan: PlanSummary) -> str | None:
    """The address of a row in a workbook of the package, from the package's folder; None for what has none."""
    if place is None or place.is_layer or place.is_text or place.row is None or place.part is None:
        return None
    path = PurePosixPath(place.file)
    is_ours = place.file in {file.name for file in plan.files} and path.suffix.lower() in _WORKBOOKS
    if not is_ours or path.is_absolute() or ".." in path.parts or any(char in place.file for char in '\\:#"'):
        return None
    sheet = place.part.replace("'", "''")
    return f"external:{place.file}#'{sheet}'!A{place.row}"


def _fitting(text: str) -> str:
    """A text as a cell can hold it; one that is too long says by its last sign that it was cut."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@lru_cache(maxsize=4096)  # what is told of a rule stands in the row of each of its findings
def _lines(text: str, width: float) -> int:
    """How many lines a text of 11 points takes in a cell so wide: letters are narrower than the digits that a width counts,
    Chinese characters twice as wide."""
    taken = (
        sum(2.1 if unicodedata.east_asian_width(char) in "WF" else 0.9 for char in line) for line in text.split("\n")
    )
    return sum(1 + int(length / width) for length in taken)
