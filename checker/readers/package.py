"""Opens a plan package: a folder or zip, or a territorial plan's bare database; hands on a ``Package``."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from checker.errors import CannotFinish, Text
from checker.model import Citation, Content, Document, Note, Package, Place, SourceFile, SourceGraph, SourceTable
from checker.readers import delimited, documents, dxf, layers, oldsheets, planxml, rdf, sheets, unread
from checker.readers.refusal import BROKEN_ZIP
from checker.vocabulary import SUB, Vocabulary

PLAN_XML = "plan.xml"
Reader = Callable[[Path, str, Vocabulary], Content]
# A new format is a module beside this one and a line here. Its reader takes the path, the file's name in the package,
# and the vocabulary, and raises CannotFinish for a file that cannot be read.
_READERS: Mapping[str, Reader] = {
    ".xlsx": sheets.read,
    ".xls": oldsheets.read,
    ".csv": delimited.read,
    ".docx": documents.read,
    **dict.fromkeys(layers.EXTENSIONS, layers.read),
    ".dxf": dxf.read,
    ".ttl": rdf.read,
    ".nt": rdf.read,
    ".jsonld": rdf.read,
}
_LONE_READERS = {**_READERS, ".json": layers.read}  # in a package, .json may be anything
_ANSWERED = {str(SUB.aboutMatter), str(SUB.adoption), str(SUB.changeMade), str(SUB.remarkText)}
_NO_PART = Text(
    "这是核查写出的清单，不是成果，没有读取；审查后请用 --review 交回。",
    "This is a list that a check wrote, no part of the plan, and was not read; hand it back with --review.",
)
_NOISE = {"thumbs.db", "desktop.ini", ".ds_store", "__macosx"}

MAX_MEMBERS = 10_000
MAX_INFLATED = 8 << 30
MAX_RATIO = 200
_RATIO_FROM = 64 << 20


def read(path: Path, vocabulary: Vocabulary, schema: Path) -> Package:
    """The package at ``path``. ``schema``: the XSD of plan.xml.

    Raises CannotFinish where there is nothing, or something that cannot be read safely.
    """
    if not is_there(path):
        raise CannotFinish(
            Text("找不到这个成果包。", "There is no such package."),
            str(path),
            Text("请检查路径是否写对。", "Check the path."),
        )
    if path.is_dir() and not layers.is_geodatabase(path):
        return _folder(path, path, vocabulary, schema)
    if path.suffix.lower() in _LONE_READERS:
        return _single(path, vocabulary)
    if zipfile.is_zipfile(path):
        with tempfile.TemporaryDirectory(prefix="plancheck-") as place:
            _unpack(path, Path(place))
            return _folder(Path(place), path, vocabulary, schema)
    unread.refuse(path)
    raise CannotFinish(
        Text(
            "这不是成果包：应为文件夹、zip，或国土空间规划数据库（.gpkg）。",
            "This is no package: give a folder, a zip, or a territorial plan's .gpkg.",
        ),
        str(path),
        Text("请把成果放进一个文件夹再核查。", "Put the plan's files into a folder and check that."),
    )


def packages(folder: Path) -> tuple[list[Path], list[Path]]:
    """What lies in a folder by name: what may be packages, and files that are none by themselves.

    Whatever could be somebody's plan counts as a package, also if it cannot be read, so that it is not passed over.
    Raises CannotFinish where the folder is not there, or is itself a package.
    """
    if not (is_there(folder) and folder.is_dir()):
        raise CannotFinish(
            Text("找不到这个文件夹。", "There is no such folder."),
            str(folder),
            Text("请检查路径是否写对。", "Check the path."),
        )
    inside = children(folder)
    if layers.is_geodatabase(folder) or any(child.name.casefold() == PLAN_XML for child in inside):
        raise CannotFinish(
            Text("这个文件夹本身就是一个成果包。", "This folder is itself a package."),
            str(folder),
            Text(
                "请用 plancheck check 核查它，或给出放着各个成果包的文件夹。",
                "Check it with plancheck check, or give the folder that holds the packages.",
            ),
        )
    files = [child for child in inside if child.is_file()]
    parts = {part for main, of in _sources(files, folder).items() for part in of if part != main}
    found = [child for child in inside if child.is_dir() or (child not in parts and _may_be_plan(child))]
    return found, [child for child in files if child not in found and child not in parts]


def children(folder: Path) -> list[Path]:
    """What people put into a folder, by name."""
    return sorted((child for child in folder.iterdir() if not _is_noise(child.name)), key=lambda child: child.name)


def _may_be_plan(file: Path) -> bool:
    """Whether a file is in a format that is read by itself, or that plans are handed in in."""
    said = file.suffix.lower()
    return said in _LONE_READERS or zipfile.is_zipfile(file) or unread.is_submitted(said)


def is_there(path: Path) -> bool:
    """Whether a path leads to something; not where it is too long or otherwise no path at all."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _single(path: Path, vocabulary: Vocabulary) -> Package:
    """A workbook or a spatial database on its own, with the files that belong to it."""
    found = _LONE_READERS[path.suffix.lower()](path, path.name, vocabulary)
    beside = sorted(file for file in (path if path.is_dir() else path.parent).iterdir() if file.is_file())
    parts = [file for file in _sources(beside, path.parent)[path] if file == path or not file.is_symlink()]
    files = tuple(hashed(file, _named(file, path.parent)) for file in parts)
    return Package(path, files, found.tables, found.documents, found.graphs, notes=found.notes)


def _folder(folder: Path, path: Path, vocabulary: Vocabulary, schema: Path) -> Package:
    found = _files(folder)
    inner = [child for child in folder.iterdir() if child.is_dir() and child.name.casefold() not in _NOISE]
    if len(inner) == 1 and not layers.is_geodatabase(inner[0]) and all(f.is_relative_to(inner[0]) for f in found):
        return _folder(inner[0], path, vocabulary, schema)  # a zip of the folder rather than of its files
    if not found:
        raise CannotFinish(
            Text("成果包是空的。", "The package is empty."),
            str(path),
            Text(
                "请放入项目表（.xlsx）、图层（.gpkg）与 plan.xml。",
                "Put the project table (.xlsx), the layers (.gpkg) and plan.xml in it.",
            ),
        )
    tables: list[SourceTable] = []
    documents: list[Document] = []
    graphs: list[SourceGraph] = []
    notes: list[Note] = []
    for_people: dict[str, list[str]] = {}
    citations: tuple[Citation, ...] = ()
    listed: tuple[str, ...] = ()
    lists = vocabulary.of_reviews()
    _refuse_two_plans(path, [_named(file, folder) for file in found if file.name.casefold() == PLAN_XML])
    for file in found:
        if file.is_symlink():
            why = Text("是链接，没有读取。", "This is a link and was not read.")
            notes.append(Note(why, Place(_named(file, folder)), is_unmatched=True))
    read = [file for file in found if not file.is_symlink()]
    for file in _sources(read, folder):
        name = _named(file, folder)
        if file.name.casefold() == PLAN_XML:
            form, citations, listed = planxml.read(file, name, schema)
            tables.append(form)
        elif file.suffix.lower() in _READERS:
            content = _READERS[file.suffix.lower()](file, name, vocabulary)
            if _is_handed_back(content, lists):
                notes.append(Note(_NO_PART, Place(name)))
                continue
            tables += content.tables
            documents += content.documents
            graphs += content.graphs
            notes += content.notes
        elif unread.is_for_people(file.suffix):
            for_people.setdefault(file.suffix.lower(), []).append(name)
        else:
            notes.append(Note(unread.remark(file.suffix), Place(name), is_unmatched=True))
    for extension, alike in sorted(for_people.items()):
        notes.append(Note(unread.for_people(extension, len(alike)), Place(alike[0])))
    names = {_named(file, folder) for file in read}
    return Package(
        path,
        tuple(hashed(file, _named(file, folder)) for file in read),
        tuple(tables),
        tuple(documents),
        tuple(graphs),
        citations,
        tuple(notes),
        tuple(name for name in listed if name not in names),
    )


def _is_handed_back(content: Content, lists: Vocabulary) -> bool:
    """Whether a file is a list that a check wrote for reviewers, which people keep beside the files that it links to."""
    for table in content.tables:
        kind = lists.table(table.part)
        known = [lists.column(kind, heading) for heading in table.columns.column_names] if kind else []
        if {column[0].property for column in known if column} >= _ANSWERED:
            return True
    return False


def _files(folder: Path) -> list[Path]:
    """The files of a package in a fixed order, without what operating systems and Excel leave behind."""

    def is_noise(file: Path) -> bool:
        return any(_is_noise(part) for part in file.relative_to(folder).parts)

    return sorted(f for f in folder.rglob("*") if (f.is_file() or f.is_symlink()) and not is_noise(f))


def _is_noise(name: str) -> bool:
    """Whether operating systems or Excel leave files and folders of this name behind."""
    return name.casefold() in _NOISE or name.startswith(("~$", "."))


def _sources(files: Sequence[Path], folder: Path) -> dict[Path, list[Path]]:
    """What is read as one, each with its files: a Shapefile by its .shp, a File Geodatabase by its folder."""
    there = {str(file).casefold(): file for file in files}
    sources: dict[Path, list[Path]] = {}
    for file in files:
        sources.setdefault(layers.main_file(file, folder, there), []).append(file)
    return sources


def _named(file: Path, folder: Path) -> str:
    """A file's path in its package; names that are no UTF-8 come from a zip made on Chinese Windows."""
    name = os.fsencode(file.relative_to(folder).as_posix())
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("gb18030", "replace")


def _refuse_two_plans(path: Path, names: Sequence[str]) -> None:
    if len(names) > 1:
        listed = ", ".join(names)
        raise CannotFinish(
            Text(
                f"成果包中有 {len(names)} 个 plan.xml（{listed}），无法确定送审的是哪个规划。",
                f"The package holds {len(names)} plan.xml ({listed}), so which plan it is cannot be told.",
            ),
            str(path),
            Text(
                "一个成果包只放一个规划；参照规划放在另外的文件夹中。",
                "Put one plan in a package, and the plans to compare with in folders of their own.",
            ),
        )


def hashed(path: Path, name: str) -> SourceFile:
    """A file under a name, with the SHA-256 of its bytes."""
    with path.open("rb") as stream:
        return SourceFile(name, hashlib.file_digest(stream, "sha256").hexdigest())


def _unpack(archive: Path, target: Path) -> None:
    """Extracts a zip after looking at every member's path, kind and size."""
    with _opened(archive) as parts:
        members = [m for m in parts.infolist() if not m.filename.endswith("/")]
        _refuse(archive, members)
        for member in members:
            place = (target / _name(member)).resolve()
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with parts.open(member) as source, place.open("wb") as sink:
                    _copy(source.read, sink.write, member, archive)
            except BROKEN_ZIP as error:
                why = error.strerror if isinstance(error, OSError) and error.strerror else error
                raise CannotFinish(
                    Text(
                        f"压缩包中的文件“{_name(member)}”无法解压：{why}",
                        f"'{_name(member)}' in the zip cannot be unpacked: {why}",
                    ),
                    str(archive),
                    Text("请重新压缩，不要加密。", "Zip it again, without a password."),
                ) from None


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except BROKEN_ZIP:
        raise CannotFinish(
            Text("压缩包打不开，可能没有传完或已损坏。", "The zip cannot be opened: it is cut short or damaged."),
            str(archive),
            Text("请重新压缩或重新传送。", "Zip it or send it again."),
        ) from None


def _copy(
    read: Callable[[int], bytes], write: Callable[[bytes], object], member: zipfile.ZipInfo, archive: Path
) -> None:
    """Copies no more than the member's own header promised: a header can lie."""
    left = member.file_size
    while chunk := read(1 << 20):
        left -= len(chunk)
        if left < 0:
            raise _unsafe(archive, Text("文件实际大小超过其声明", "a file is larger than it says"), _name(member))
        write(chunk)


def _refuse(archive: Path, members: Iterable[zipfile.ZipInfo]) -> None:
    members = list(members)
    if len(members) > MAX_MEMBERS:
        raise _unsafe(archive, Text(f"文件多于 {MAX_MEMBERS} 个", f"more than {MAX_MEMBERS} files"), "")
    inflated = sum(m.file_size for m in members)
    packed = sum(m.compress_size for m in members) or 1
    if inflated > MAX_INFLATED or (inflated > _RATIO_FROM and inflated / packed > MAX_RATIO):
        raise _unsafe(archive, Text("解压后体积异常", "it inflates far beyond its size"), "")
    names: set[str] = set()
    for member in members:
        name = _name(member)
        if name in names:
            raise _unsafe(archive, Text("两个文件同名", "two of its files have one name"), name)
        names.add(name)
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            raise _unsafe(archive, Text("文件路径指向包外", "a path climbs out of the package"), name)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _unsafe(archive, Text("含有符号链接", "it holds a symbolic link"), name)


def _unsafe(archive: Path, why: Text, member: str) -> CannotFinish:
    at = f"{archive}: {member}" if member else str(archive)
    return CannotFinish(
        Text(f"压缩包不安全，拒绝解压：{why.zh}。", f"The zip is unsafe and was not unpacked: {why.en}."),
        at,
        Text("请用普通的压缩软件重新打包成果文件夹。", "Zip the package's folder again with an ordinary tool."),
    )


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name; zips made on Chinese Windows hold GBK bytes without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename
