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


def told(error: Exception) -> CannotFinish:
    """What stopped a command, whatever it was, as something that can be told."""
    if isinstance(error, CannotFinish):
        return error
    if isinstance(error, MemoryError):
        return CannotFinish(
            Text("内存不足。", "Out of memory."), "", Text("请关闭其他程序，或分包核查。", "Close other programs.")
        )
    detail = f"{type(error).__name__}: {error}"
    return CannotFinish(
        Text(f"内部错误 {detail}", f"Internal error {detail}"),
        "",
        Text(
            "这是 plancheck 的缺陷，请附上本行文字反馈；设置环境变量 PLANCHECK_DEBUG=1 可显示细节。",
            "This is a fault of plancheck; please report this line. PLANCHECK_DEBUG=1 shows where it happened.",
        ),
    )
