"""Reads the lists that reviewers hand back, and the files that lie beside them; hands on ``ReviewFiles``.

A workbook may hold several lists. What in it is no list is remarked on, so that nobody believes it was read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from checker.errors import CannotFinish, Text
from checker.model import Content, Note, Place, ReviewFiles, SourceFile, SourceTable
from checker.readers import comments, delimited, sheets, unread
from checker.readers.package import Reader, children, hashed, is_there
from checker.vocabulary import SUB, Vocabulary, normal

_READERS: Mapping[str, Reader] = {".xlsx": sheets.read, ".csv": delimited.read}
_BETWEEN = re.compile(r"[、；;\n]")
_MOST_ATTACHMENTS = 1_000


def read(paths: Sequence[Path], vocabulary: Vocabulary) -> ReviewFiles:
    """The lists in some files, by name. ``vocabulary``: that of reviews.

    Raises CannotFinish for a file that is not there, cannot be read or holds no list, and for a list without headings.
    """
    files: list[SourceFile] = []
    tables: list[SourceTable] = []
    written: list[SourceTable] = []
    notes: list[Note] = []
    attachments: dict[tuple[str, str], str] = {}
    for name, path in sorted(_named(paths).items()):
        content = _content(path, name, vocabulary)
        lists = [table for table in content.tables if _is_list(table, vocabulary)]
        _refuse_strange(lists, content, name, vocabulary)
        files.append(hashed(path, name))
        others = [table for table in content.tables if not _is_list(table, vocabulary)]
        copies = [table for table in others if table.kind in _copies(vocabulary)]
        tables += lists
        written += copies
        notes += [note for note in content.notes if note.place.part not in {table.part for table in others}]
        notes += [_unread(table) for table in others if table.kind not in _copies(vocabulary)]
        for named, file in _attached(lists, path.parent, vocabulary):
            attachments[name, named] = file.sha256
            files.append(file)
    return ReviewFiles(tuple(dict.fromkeys(files)), tuple(tables), attachments, tuple(notes), tuple(written))


def in_folders(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The tables in each folder of a folder, by its name; under an empty name those that lie in none of these.

    A table in a format that is not read is among them, so that whoever handed it in is told. Raises CannotFinish where
    there is no such folder.
    """
    if not (is_there(folder) and folder.is_dir()):
        raise _refused(
            str(folder),
            Text("找不到这个放审查清单的文件夹。", "There is no such folder with lists of the review."),
            Text("请检查 --review 的路径。", "Check the path that --review names."),
        )
    inner = {child.name: child for child in children(folder) if child.is_dir()}
    return {name: tuple(filter(_is_table, children(place))) for name, place in {"": folder, **inner}.items()}


def _is_table(file: Path) -> bool:
    said = file.suffix.lower()
    return file.is_file() and (said in {*_READERS, ".xls"} or unread.is_workbook(said))


def _copies(vocabulary: Vocabulary) -> frozenset[str]:
    """The kinds of sheets that hold what a check wrote, and that nobody fills in."""
    return frozenset(kind.iri for kind in vocabulary.tables if kind.rows_are == str(SUB.ListedMatter))


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """Files by their names, those of one name with the name of their folder before it."""
    times = Counter(path.name for path in paths)
    named: dict[str, Path] = {}
    for path in paths:
        name = path.name if times[path.name] == 1 else f"{path.resolve().parent.name}/{path.name}"
        if name in named:
            raise _refused(
                name,
                Text("这份清单给了两次，或两份清单同名。", "This list was given twice, or two lists have its name."),
                Text(
                    "每份清单只给一次；同名的请改名。",
                    "Give each list once, and rename one of two that are called alike.",
                ),
            )
        named[name] = path
    return named


def _content(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise _refused(
            name,
            Text("审查清单应为 .xlsx 或 .csv。", "A list of the review is an .xlsx or a .csv."),
            Text("请另存为 .xlsx。", "Save it as .xlsx."),
        )
    if not is_there(path) or not path.is_file():
        raise _refused(
            name,
            Text("找不到这份审查清单。", "There is no such list."),
            Text("请检查 --review 的路径。", "Check the path that --review names."),
        )
    content = reader(path, name, vocabulary)
    return comments.added(content, path, name) if path.suffix.lower() == ".xlsx" else content


def _refuse_strange(lists: Sequence[SourceTable], content: Content, name: str, vocabulary: Vocabulary) -> None:
    """Refuses a file without a list, and a list of which no heading is known: its rows would say nothing."""
    called = [kind.label for kind in vocabulary.tables if kind.iri not in _copies(vocabulary)]
    if not lists:
        raise _refused(
            name,
            Text("文件中没有审查清单。", "The file holds no list of the review."),
            Text(
                f"工作表（或 CSV 文件名）应为{'、'.join(f'“{label.zh}”' for label in called)}之一；可用核查给出的 .xlsx 填写。",
                f"Call the sheet (or the CSV file) {' or '.join(repr(label.en) for label in called)}; the .xlsx that a check writes has them.",
            ),
        )
    said = {(note.place.file, note.place.part) for note in content.notes}
    for table in lists:
        kind = next(kind for kind in vocabulary.tables if kind.iri == table.kind)
        is_empty = not table.columns.column_names and (table.file, table.part) not in said
        if not is_empty and not any(vocabulary.column(kind, heading) for heading in table.columns.column_names):
            labels = [column.label for column in kind.columns]
            raise _refused(
                f"{name} / {table.part}",
                Text(f"“{kind.label.zh}”没有认得的列名，无法读取。", f"No heading of '{kind.label.en}' is known."),
                Text(
                    f"表头应有：{'、'.join(label.zh for label in labels)}。",
                    f"Its header has: {', '.join(label.en for label in labels)}.",
                ),
            )


def _is_list(table: SourceTable, vocabulary: Vocabulary) -> bool:
    is_known = table.kind is not None and table.kind not in _copies(vocabulary)
    return is_known and normal(table.part) not in vocabulary.report_sheets


def _unread(table: SourceTable) -> Note:
    text = Text(
        "不是审查清单，没有读取；写在其中的意见不会带到核查结果中。",
        "This is no list of the review and was not read; what was written in it does not reach the report.",
    )
    return Note(text, Place(table.file, table.part))


def _attached(lists: Sequence[SourceTable], folder: Path, vocabulary: Vocabulary) -> Iterator[tuple[str, SourceFile]]:
    """The files that cells of lists name and that lie in the folder of the list, each by the name in the cell."""
    names: dict[str, None] = {}
    for table in lists:
        kind = next(kind for kind in vocabulary.tables if kind.iri == table.kind)
        for heading in table.columns.column_names:
            found = vocabulary.column(kind, heading)
            if found is not None and found[0].property == str(SUB.attachment):
                cells = (cell for cell in table.columns.column(heading).to_pylist() if cell)
                names |= dict.fromkeys(part.strip() for cell in cells for part in _BETWEEN.split(cell) if part.strip())
    if len(names) > _MOST_ATTACHMENTS:
        raise _refused(
            lists[0].file,
            Text(f"附件多于 {_MOST_ATTACHMENTS} 个。", f"It names more than {_MOST_ATTACHMENTS} attachments."),
            Text("请分成几份清单。", "Split the list."),
        )
    for name in names:
        file = _beside(folder, name)
        if file is not None:
            yield name, hashed(file, file.relative_to(folder).as_posix())


def _beside(folder: Path, name: str) -> Path | None:
    """The file of this name in a folder or below it, with something in it; None where there is none, or it leads elsewhere."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        return None
    file = folder / path
    try:
        is_inside = file.resolve().is_relative_to(folder.resolve())
        return file if is_inside and file.is_file() and file.stat().st_size else None
    except (OSError, ValueError):
        return None


def _refused(where: str, problem: Text, remedy: Text) -> CannotFinish:
    return CannotFinish(problem, where, remedy)
