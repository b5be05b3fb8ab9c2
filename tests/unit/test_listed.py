"""Rows that came back are held against what the check wrote, also where several stand under one id."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from checker.lift.listed import Change, compared, copied
from checker.model import SourceTable

HEADINGS = ("message", "row")
WORDS = st.sampled_from(["", "a", "b", "c"])
ROWS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6)


def table(rows: Sequence[tuple[str, str]]) -> SourceTable:
    columns = dict(zip(HEADINGS, map(list, zip(*rows, strict=True)), strict=True))
    return SourceTable("a.xlsx", "list", pa.table({"id": ["X-1"] * len(rows), **columns}), pa.array(range(len(rows))))


def changes(written: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]) -> list[tuple[Change, ...]]:
    return [row.changes for row in compared(table(now), "id", HEADINGS, copied([table(written)], ["id"]))]


def test_rows_of_one_id_are_held_against_the_nearest_in_whatever_order_they_come() -> None:
    written = [(f"text {i}", str(i)) for i in range(100)]
    now = [*reversed(written[:99]), ("another text", "99")]
    assert changes(written, now) == [()] * 99 + [(Change("message", "text 99", "another text"),)]


@given(ROWS, ROWS)
def test_no_row_of_the_id_is_nearer_than_the_one_that_a_row_is_held_against(
    written: list[tuple[str, str]], now: list[tuple[str, str]]
) -> None:
    cells = [cell for row in written for cell in zip(HEADINGS, row, strict=True) if cell[1]]
    shared = [heading for heading in HEADINGS if heading in dict(cells)]
    for row, found in zip(now, changes(written, now), strict=True):
        said = dict(zip(HEADINGS, row, strict=True))
        fewest = min(sum(dict(zip(HEADINGS, w, strict=True))[h] != said[h] for h in shared) for w in written)
        assert len(found) == fewest and all(change.now == said[change.heading] for change in found)
