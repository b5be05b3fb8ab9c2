"""What the lists of a report say in the columns that nobody answers in, as one list more: with it in the workbook that
reviewers hand back, the next check can tell what of these was changed."""

from __future__ import annotations

from checker.errors import Text
from checker.model import Report
from checker.writers import lists
from checker.writers.lists import EARLIER, FINDINGS, MATTERS, Cell, Column

SHEET = Text("核查原文", "as written")
_ID = Column("id", Text("事项编号", "matter"))
_PLAN = Column("plan", Text("送审规划编号", "plan under review"))
_OTHERS = dict.fromkeys(c.heading for c in (*FINDINGS, *MATTERS, *EARLIER) if c.name != _ID.name)
COLUMNS = (_ID, _PLAN, *(Column(heading.en, heading) for heading in _OTHERS))
"""Of which plan a row is, and every column of the lists, by its heading, under which the list that comes back has it too."""


def rows(report: Report, lang: str) -> list[dict[str, Cell]]:
    """A row for each row of the lists, in their order."""
    matters = [row for row, _ in lists.matters(report, lang)]
    earlier = [row for row, _ in lists.earlier(report, lang)]
    of: dict[str, Cell] = {_PLAN.name: lists.printable(report.plan.identifier)}
    return [
        *(of | _named(row, FINDINGS) for row in lists.findings(report, lang)),
        *(of | _named(row, MATTERS) for row in matters),
        *(of | _named(row, EARLIER) for row in earlier),
    ]


def _named(row: dict[str, Cell], columns: tuple[Column, ...]) -> dict[str, Cell]:
    names = {column.name: _ID.name if column.name == _ID.name else column.heading.en for column in columns}
    return {names[name]: cell for name, cell in row.items()}
