"""Which folder belongs to which package of an audit: what is written on it, and what reviewers hand back on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checker.errors import CannotFinish, Text
from checker.readers.reviews import in_folders

_LIKE_REPORTS = Text(
    "每个成果包的清单放在与批量核查所写 plans 文件夹中同名的子文件夹里；可直接给出填写过的 plans 文件夹。",
    "The lists on each package lie in a folder called like that below 'plans' of an audit; 'plans' itself, filled in, will do.",
)


def folders(packages: Sequence[Path]) -> dict[str, str]:
    """A folder for each package, by its name: called like it, without the ending of a file where that tells no two apart."""
    short = {path.name: path.stem if path.suffix and not _is_plain_folder(path) else path.name for path in packages}
    said = [name.casefold() for name in short.values()]
    return {name: stem if said.count(stem.casefold()) == 1 else name for name, stem in short.items()}


def _is_plain_folder(path: Path) -> bool:
    return path.is_dir() and path.suffix.lower() != ".gdb"


def handed_back(reviews: Path, packages: Sequence[Path]) -> dict[str, tuple[Path, ...]]:
    """The lists that reviewers handed back on each package, by its name; ``reviews``: a folder with a folder for each.

    Raises CannotFinish where it is not there, holds no list, or holds what belongs to no package.
    """
    names = {folder: name for name, folder in folders(packages).items()}
    found = in_folders(reviews)
    strange = [folder for folder in found if folder and folder not in names]
    strange += [file.name for file in found.pop("")]
    if strange:
        raise CannotFinish(
            Text(
                f"不属于任何一个成果包，不知道是关于哪部规划的审查意见：{'、'.join(strange)}",
                f"This belongs to no package, so on which plan the review is cannot be told: {', '.join(strange)}",
            ),
            str(reviews),
            _LIKE_REPORTS,
        )
    if not any(found.values()):
        raise CannotFinish(
            Text("这里没有交回的审查清单。", "There is no list of the review in it."), str(reviews), _LIKE_REPORTS
        )
    return {names[folder]: lists for folder, lists in found.items()}
