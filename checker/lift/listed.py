"""Holds rows of a list that came back against the copy of what the check wrote, which lies in the same workbook; hands on
what was changed.

Only what a check writes is compared, under the headings that both have; the columns for answers are the reviewers' own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from checker.model import Place, SourceTable

Cells = Mapping[str, str]  # heading -> text, without the empty ones


@dataclass(frozen=True)
class Change:
    """A cell that the check wrote: its heading, what was written, and what it says now; empty for nothing."""

    heading: str
    written: str
    now: str


@dataclass(frozen=True)
class Listed:
    """A row that bears the id of a matter, or bore one.

    ``about``: the id that it bears. ``written_as``: the one that the check wrote; None for a row that the check never wrote.
    """

    place: Place
    about: str
    written_as: str | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Copy:
    """What a check wrote into the lists of a workbook. ``rows``: cells by the id of the matter, of which there can be several."""

    rows: Mapping[str, Sequence[Cells]]

    @cached_property
    def headings(self) -> frozenset[str]:
        return frozenset(heading for cells in self.rows.values() for row in cells for heading in row)

    def by_words(self, headings: Sequence[str]) -> dict[tuple[str, ...], str | None]:
        """The id of the row that says this under some headings; None where several do."""
        found: dict[tuple[str, ...], str | None] = {}
        for id_, rows in self.rows.items():
            for row in rows:
                words = _words(row, headings)
                found[words] = id_ if found.get(words, id_) == id_ else None
        return found


class _Copies:
    """Rows of a copy under some headings, of which the nearest to a row is found fast, however many bear its id."""

    def __init__(self, copy: Copy, headings: Sequence[str]) -> None:
        self._copy, self._headings = copy, headings
        self._numbers: dict[str, int] = {}  # of each text that stands in a cell
        self._matrices: dict[str, npt.NDArray[np.int64]] = {}

    def nearest(self, about: str, now: Cells) -> Cells | None:
        """Of the rows of an id, the first of those with the fewest changes; None where there is none."""
        rows = self._copy.rows.get(about, ())
        if len(rows) < 2:
            return next(iter(rows), None)
        if about not in self._matrices:
            self._matrices[about] = np.array(list(map(self._numbered, rows)), np.int64)
        changed = self._matrices[about] != np.array(self._numbered(now), np.int64)
        return rows[int(changed.sum(axis=1).argmin())]

    def _numbered(self, cells: Cells) -> list[int]:
        return [self._numbers.setdefault(word, len(self._numbers)) for word in _words(cells, self._headings)]


def copied(tables: Sequence[SourceTable], id_headings: Collection[str]) -> Copy:
    """What the copies in a workbook hold. ``id_headings``: the headings under which ids of matters stand."""
    rows: dict[str, list[Cells]] = {}
    for table in tables:
        for cells in map(filled, table.columns.to_pylist()):
            id_ = next((cells[heading] for heading in cells if heading in id_headings), "")
            rows.setdefault(id_, []).append({h: text for h, text in cells.items() if h not in id_headings})
    return Copy(rows)


def compared(table: SourceTable, id_heading: str, own: Sequence[str], copy: Copy) -> Iterator[Listed]:
    """The rows of a list with what of them was changed. ``own``: the headings under which the check wrote.

    A row whose words are those of one row of the copy but whose id is another has had its id changed.
    """
    headings = [heading for heading in own if heading in copy.headings]
    copies = _Copies(copy, headings)
    by_words: dict[tuple[str, ...], str | None] | None = None
    for number, row in zip(table.rows.to_pylist(), table.columns.to_pylist(), strict=True):
        cells, place = filled(row), Place(table.file, table.part, number)
        about = cells.get(id_heading, "")
        written = copies.nearest(about, cells)
        changes = () if written is None else _changes(written, cells, headings)
        if written is not None and about and not changes:
            yield Listed(place, about, about)
            continue
        if by_words is None:
            by_words = copy.by_words(headings)
        was = by_words.get(_words(cells, headings))
        if was and was != about:
            yield Listed(place, about, was, (Change(id_heading, was, about),))
        elif about:
            yield Listed(place, about, None if written is None else about, changes)


def filled(row: Mapping[str, str | None]) -> dict[str, str]:
    """The cells of a row in which something stands."""
    return {heading: text.strip() for heading, text in row.items() if text and text.strip()}


def _changes(written: Cells, now: Cells, headings: Sequence[str]) -> tuple[Change, ...]:
    pairs = ((heading, written.get(heading, ""), now.get(heading, "")) for heading in headings)
    return tuple(Change(h, was, is_) for h, was, is_ in pairs if was != is_ and _spaced(was) != _spaced(is_))


def _words(cells: Cells, headings: Sequence[str]) -> tuple[str, ...]:
    return tuple(_spaced(cells.get(heading, "")) for heading in headings)


def _spaced(text: str) -> str:
    """A text whatever its line breaks, which programs write in their own ways."""
    return " ".join(text.split())
