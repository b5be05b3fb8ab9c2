"""Makes a package to start from: plan.xml, a workbook, empty layers and an outline of the text, for one kind of plan.

All that it asks for comes from the ontology and from the rules that read a plan of that kind. What must be filled in
stands empty, so that a check refuses or flags it until it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from checker.authoring.template import words
from checker.authoring.template.choice import Choice, choose
from checker.authoring.template.layers import gpkg
from checker.authoring.template.outline import docx
from checker.authoring.template.planxml import plan_xml
from checker.authoring.template.workbook import xlsx
from checker.errors import CannotFinish, Text

__all__ = ["choose", "files", "write"]


def files(choice: Choice, epsg: int, lang: str) -> dict[str, bytes]:
    """The files of the package by name; the same bytes for the same choice. ``epsg``: the CRS of the layers."""
    made = {words.TABLES_FILE: ("tables", xlsx(choice, lang)), words.TEXT_FILE: ("text", docx(choice, lang))}
    if choice.layers:
        made[words.LAYERS_FILE] = ("layers", gpkg(choice, epsg, lang))
    roles = {name.in_(lang): role for name, (role, _) in made.items()}
    return {"plan.xml": plan_xml(choice, roles, lang)} | {n.in_(lang): content for n, (_, content) in made.items()}


def write(folder: Path, made: Mapping[str, bytes]) -> None:
    """Writes files into a new or empty folder. Raises CannotFinish where anything is there already, or cannot be written."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CannotFinish(
                Text("这里已有内容，不予覆盖。", "Something is there already and is not overwritten."),
                str(folder),
                Text("请给一个新的或空的文件夹。", "Give a folder that is new or empty."),
            )
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            (folder / name).write_bytes(content)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        raise CannotFinish(
            Text(f"模板写不进去：{said}", f"The template cannot be written: {said}"),
            str(folder),
            Text("请检查路径与写入权限。", "Check the path and the permission to write there."),
        ) from None
