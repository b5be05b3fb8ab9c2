"""What goes wrong in the tool or in reaching its input, as opposed to findings about a plan."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """One sentence in the two languages that plancheck speaks."""

    zh: str
    en: str

    def in_(self, lang: str) -> str:
        return self.en if lang == "en" else self.zh


class CannotFinish(Exception):  # noqa: N818 - it names the outcome, as the report does
    """The check could not be finished (exit status 2): what is wrong, where, and what to do."""

    def __init__(self, problem: Text, where: str, remedy: Text) -> None:
        super().__init__(f"{where}: {problem.en} {remedy.en}")
        self.problem = problem
        self.where = where
        self.remedy = remedy
