"""Opens a Word file and hands on what stands in it as a reader of the page sees it: paragraphs and tables in order.

It reads WordprocessingML itself: styles with what they inherit, automatic numbers, tracked changes as if accepted, the
stored results of fields. Headers and footers repeat on every page and are left out.
"""

from __future__ import annotations

import mmap
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from checker.errors import CannotFinish, Text
from checker.readers.refusal import BROKEN_ZIP

_MAX_INFLATED = 1 << 30
_MAX_XML = 64 << 20  # of one part: lxml keeps about ten times as much in memory
_MAX_TAGS = 3_000_000  # of one part; a plan of five hundred pages has about one million
_MAX_SPAN = 63  # columns of a table, by Word's own limit
_MAX_CELLS = 2_000_000  # of one table; Word's own limits are 63 columns and 32,767 rows
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|标题) ?([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录|目次) ?[1-9]", re.IGNORECASE)
ASKED = "Asked"  # the style in which a template of ours asks what a chapter should say
_BODY_TEXT = 9  # the outline level that says: no heading
_REWRITTEN = ("ins", "del", "moveFrom", "moveTo")
# Deleted or moved away; properties; the older twin of a drawing; the reading printed above a character.
_UNSEEN = {"del", "moveFrom", "pPr", "rPr", "sdtPr", "tblPr", "trPr", "tcPr", "sectPr", "Fallback", "rt"}
_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins", "moveTo"}
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_DIGITS = "零一二三四五六七八九"
_CHINESE_COUNTING = {
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand",
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How most of a paragraph is set. ``size`` in half points."""

    face: str = ""
    size: int = 0
    bold: bool = False


@dataclass(frozen=True)
class Line:
    """A paragraph. ``number``: its automatic number with what parts it from the text. ``level``: of its style or outline.

    ``is_aside``: a line of a text box, a footnote or an endnote, which is never a heading. ``is_guide``: a line of a table
    of contents, or a question of a template, which is no heading either and says nothing itself. ``is_item``: it belongs
    to a numbered or bulleted list.
    """

    text: str
    number: str = ""
    level: int | None = None
    look: Look = Look()
    is_aside: bool = False
    is_item: bool = False
    is_guide: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell from grid column ``first`` (0-based) over ``span`` columns.

    ``text``: its own paragraphs. ``blocks``: all that stands in it. ``continues``: it is merged with the cell above and
    is empty itself.
    """

    first: int
    span: int
    text: str
    continues: bool = False
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table, row by row."""

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def width(self) -> int:
        return max((cell.first + cell.span for row in self.rows for cell in row), default=0)


Block = Line | Table


@dataclass(frozen=True)
class Story:
    """What stands in a Word file, and what a user should know of the reading."""

    blocks: tuple[Block, ...]
    remarks: tuple[Text, ...]


def read(path: Path, name: str) -> Story:
    """The running text with its tables; footnotes, endnotes and text boxes follow the paragraph that holds them.

    Raises CannotFinish for a file that is no .docx, is encrypted or broken, or inflates beyond what is safe.
    """
    _refuse_other_formats(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MAX_INFLATED:
                raise _too_large(name)
            return _Reader(_Parts(archive, name)).story()
    # RuntimeError is a password of the zip, or tables nested without end.
    except BROKEN_ZIP:
        raise _broken(name, Text("文件已损坏或带有密码", "it is damaged or has a password")) from None


# ---- the parts of the file ------------------------------------------------------------------------------------------


def _refuse_other_formats(path: Path, name: str) -> None:
    """Refuses what only bears the extension: the first bytes say what a file is."""
    with path.open("rb") as stream:
        if stream.read(8) != _OLE2:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            is_encrypted = content.find("EncryptedPackage".encode("utf-16-le")) >= 0
    if is_encrypted:
        raise CannotFinish(
            Text(
                "Word 文件设有打开密码，无法读取。", "This Word file is encrypted with a password and cannot be read."
            ),
            name,
            Text(
                "请在 Word 或 WPS 中打开，取消密码后另存为 .docx。",
                "Open it in Word or WPS, remove the password and save it again as .docx.",
            ),
        )
    raise CannotFinish(
        Text(
            "扩展名是 .docx，内容却是旧的 .doc（或 .wps）格式，无法读取。",
            "The extension is .docx, but the file is in the old .doc (or .wps) format, which cannot be read.",
        ),
        name,
        Text(
            "只改扩展名不够：请在 Word 或 WPS 中打开，另存为“Word 文档（.docx）”。",
            "Renaming is not enough: open it in Word or WPS and save it as a Word document (.docx).",
        ),
    )


def _too_large(name: str) -> CannotFinish:
    return CannotFinish(
        Text("Word 文件解压后过大，不予读取。", "This Word file inflates beyond what is safe and is refused."),
        name,
        Text("请压缩图片、分成几个文件后另存。", "Compress its pictures, or split it, and save it again."),
    )


def _broken(name: str, why: Text) -> CannotFinish:
    return CannotFinish(
        Text(f"Word 文件打不开：{why.zh}。", f"This Word file cannot be opened: {why.en}."),
        name,
        Text("请用 Word 或 WPS 打开并另存为 .docx 后重试。", "Open it in Word or WPS and save it again as .docx."),
    )


class _Parts:
    """The XML parts of a Word file, found by their relations as the format asks."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._names = set(archive.namelist())
        main = self._related("_rels/.rels", "").get("officeDocument", "")
        self.body = self._root(main).find(f"{_W}body") if main in self._names else None
        if self.body is None:
            raise _broken(name, Text("其中没有 Word 正文", "it holds no Word text"))
        folder, file = posixpath.split(main)
        self._others = self._related(f"{folder}/_rels/{file}.rels", folder)

    @property
    def file(self) -> str:
        return self._name

    def part(self, relation: str) -> etree._Element:
        """The root of the part with this relation to the text; an empty element where there is none."""
        target = self._others.get(relation, "")
        return self._root(target) if target in self._names else etree.Element("none")

    def _related(self, part: str, folder: str) -> dict[str, str]:
        if part not in self._names:
            return {}
        targets: dict[str, str] = {}
        for link in self._root(part):
            kind = link.get("Type", "").rpartition("/")[2]
            targets.setdefault(kind, posixpath.normpath(posixpath.join("/", folder, link.get("Target", "")))[1:])
        return targets

    def _root(self, part: str) -> etree._Element:
        if self._archive.getinfo(part).file_size > _MAX_XML:
            raise _too_large(self._name)
        xml = self._archive.read(part).replace(_STRICT, _W[1:-1].encode())
        if xml.count(b"<") > _MAX_TAGS:
            raise _too_large(self._name)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(xml, parser)
        except etree.XMLSyntaxError as error:
            line = error.lineno or 1
            raise _broken(self._name, Text(f"{part} 第 {line} 行不完整", f"{part} is broken at line {line}")) from None
        if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
            raise _broken(self._name, Text(f"{part} 含有 DOCTYPE", f"{part} brings a DOCTYPE"))
        return root


# ---- what the XML says ----------------------------------------------------------------------------------------------


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _child(element: etree._Element | None, *path: str) -> etree._Element | None:
    for tag in path:
        element = None if element is None else element.find(_W + tag)
    return element


def _said(element: etree._Element | None, *path: str, attribute: str = "val") -> str | None:
    """An attribute of the element at a path, or None."""
    found = _child(element, *path)
    return None if found is None else found.get(_W + attribute)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else default


def _is_on(element: etree._Element | None, *path: str) -> bool | None:
    """Whether a switch is on; None where it is not set."""
    found = _child(element, *path)
    return None if found is None else found.get(f"{_W}val") not in ("0", "false", "off")


class _Styles:
    """The styles of a file; each inherits from those that it is based on."""

    def __init__(self, root: etree._Element) -> None:
        self._by_id = {style.get(f"{_W}styleId", ""): style for style in root.iterchildren(f"{_W}style")}
        self._default = next(
            (key for key, s in self._by_id.items() if s.get(f"{_W}type") == "paragraph" and s.get(f"{_W}default")), ""
        )
        self._chains: dict[str, tuple[etree._Element, ...]] = {}
        self.defaults = _child(root, "docDefaults", "rPrDefault", "rPr")

    def chain(self, style: str | None) -> tuple[etree._Element, ...]:
        """A style and those above it. A style that is not defined stands for the default one."""
        key = style if style in self._by_id else self._default
        if key not in self._chains:
            found: list[etree._Element] = []
            above: str | None = key
            while above in self._by_id and self._by_id[above] not in found:
                found.append(self._by_id[above])
                above = _said(found[-1], "basedOn")
            self._chains[key] = tuple(found)
        return self._chains[key]

    def names(self, style: str | None) -> Iterator[str]:
        """What a style and those above it are called. WPS writes numbers as ids; some programs write no styles at all."""
        yield style or ""
        for above in self.chain(style):
            yield _said(above, "name") or ""


class _Lists:
    """The automatic numbers, counted in the order of the text."""

    def __init__(self, root: etree._Element) -> None:
        lists = {one.get(f"{_W}abstractNumId"): one for one in root.iterchildren(f"{_W}abstractNum")}
        self._list: dict[str, str] = {}
        self._levels: dict[str, dict[int, etree._Element]] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for num in root.iterchildren(f"{_W}num"):
            key, of = num.get(f"{_W}numId", ""), _said(num, "abstractNumId") or ""
            if of in lists:
                changes = list(num.iterchildren(f"{_W}lvlOverride"))
                levels = [*lists[of].iterchildren(f"{_W}lvl"), *(lvl for c in changes for lvl in c.iter(f"{_W}lvl"))]
                self._list[key] = of
                self._levels[key] = {_number(lvl.get(f"{_W}ilvl"), 0): lvl for lvl in levels}
                for change in changes:
                    if (start := _said(change, "startOverride")) is not None:
                        self._restarts[key, _number(change.get(f"{_W}ilvl"), 0)] = _number(start, 1)

    def level_of(self, num: str, style: str | None) -> int:
        """The level that belongs to a style, or the first."""
        levels = self._levels.get(num, {})
        return next((i for i, lvl in levels.items() if style and _said(lvl, "pStyle") == style), 0)

    def next(self, num: str, level: int) -> str:
        """The next number at a level, as it is printed; empty for a bullet and where it cannot be computed simply."""
        levels = self._levels.get(num, {})
        if level not in levels:
            return ""
        counts = self._counts.setdefault(self._list[num], {})
        if (num, level) in self._restarts:
            counts[level] = self._restarts.pop((num, level)) - 1
        counts[level] = counts.get(level, self._start(levels[level]) - 1) + 1
        for deeper in [i for i in counts if i > level]:
            del counts[deeper]
        pieces = re.split(r"%([1-9])", _said(levels[level], "lvlText") or "")
        is_legal = _is_on(levels[level], "isLgl") or False
        for i in range(1, len(pieces), 2):
            upper = int(pieces[i]) - 1
            if upper not in levels:
                return ""
            printed = self._printed(levels[upper], counts.get(upper, self._start(levels[upper])), is_legal)
            if printed is None:
                return ""
            pieces[i] = printed
        if len(pieces) == 1:
            return ""  # a bullet, or no number at all
        return "".join(pieces) + ("" if _said(levels[level], "suff") == "nothing" else " ")

    def _start(self, level: etree._Element) -> int:
        return _number(_said(level, "start"), 1)

    def _printed(self, level: etree._Element, count: int, is_legal: bool) -> str | None:
        form = _said(level, "numFmt") or "decimal"
        if _child(level, "lvlRestart") is not None:
            return None
        if is_legal or form == "decimal":
            return str(count)
        if form in _CHINESE_COUNTING and 0 < count < 100:
            tens, ones = divmod(count, 10)
            return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (_DIGITS[ones] if ones else "")
        return None


class _Reader:
    """Reads one file from its first paragraph to its last."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self._body = parts.body
        self._styles = _Styles(parts.part("styles"))
        self._lists = _Lists(parts.part("numbering"))
        self._notes = {
            (f"{kind}Reference", note.get(f"{_W}id")): note
            for kind in ("footnote", "endnote")
            for note in parts.part(f"{kind}s").iterchildren(f"{_W}{kind}")
        }
        self._asides: list[etree._Element] = []
        self._looks: dict[tuple[bytes, str | None], Look] = {}
        self._hidden = 0
        self._asked = 0

    def story(self) -> Story:
        assert self._body is not None
        return Story(tuple(self._blocks(self._body)), tuple(self._remarks(self._body)))

    def _blocks(self, parent: etree._Element) -> Iterator[Block]:
        for element in parent:
            tag = _local(element)
            if tag == "p":
                yield from self._paragraph(element)
            elif tag == "tbl":
                yield self._table(element)
            elif tag not in _UNSEEN and not _is_placeholder(element):
                yield from self._blocks(element)

    def _paragraph(self, p: etree._Element) -> Iterator[Block]:
        style = _said(p, "pPr", "pStyle")
        looks: Counter[Look] = Counter()
        pieces = []
        for text, run in self._pieces(p, None):
            pieces.append(text)
            looks[self._look(run, style)] += len(text.strip())
        text = "".join(pieces).strip()
        # A paragraph whose mark is deleted has gone where its text has, and is not counted.
        number = "" if not text and _child(p, "pPr", "rPr", "del") is not None else self._numbered(p, style)
        look = looks.most_common(1)[0][0] if looks else Look()
        names = list(self._styles.names(style))
        is_asked = ASKED in names
        self._asked += is_asked and bool(text)
        is_guide = is_asked or any(map(_CONTENTS.fullmatch, names))
        if text or number:
            is_item = self._list_of(p, style) is not None
            yield Line(text, number, self._level(p, style), look, is_item=is_item, is_guide=is_guide)
        asides, self._asides = self._asides, []
        for block in (block for aside in asides for block in self._blocks(aside)):
            yield replace(block, is_aside=True) if isinstance(block, Line) else block

    def _pieces(
        self, parent: etree._Element, run: etree._Element | None
    ) -> Iterator[tuple[str, etree._Element | None]]:
        """The texts in an element, each with its run. Text boxes and notes on the way wait until the paragraph ends."""
        for element in parent:
            tag = _local(element)
            if tag in _UNSEEN or _is_placeholder(element):
                continue
            if tag == "r" and _is_on(element, "rPr", "vanish"):
                self._hidden += any(True for _ in element.iter(f"{_W}t"))
            elif tag == "t":
                yield element.text or "", run
            elif tag in _SIGNS:
                yield _SIGNS[tag], run
            elif tag == "sym":
                # A sign of a symbol font, such as a tick, has no code of its own: it stays a sign that no cell may hold.
                yield chr(0xF000 | int(element.get(f"{_W}char", "")[-2:] or "0", 16)), run
            elif tag == "txbxContent":
                self._asides.append(element)
            elif tag in ("footnoteReference", "endnoteReference"):
                note = self._notes.pop((tag, element.get(f"{_W}id")), None)
                self._asides += [note] if note is not None else []
            else:
                yield from self._pieces(element, element if tag == "r" else run)

    def _level(self, p: etree._Element, style: str | None) -> int | None:
        """The level of a heading: by its outline level, else by the first of its styles that says one."""
        outline = _said(p, "pPr", "outlineLvl")
        if outline is None and (named := _HEADING.fullmatch(style or "")) and not self._styles.chain(style):
            return int(named[1])
        for above in self._styles.chain(style) if outline is None else ():
            named = _HEADING.fullmatch(_said(above, "name") or "") or _HEADING.fullmatch(above.get(f"{_W}styleId", ""))
            outline = _said(above, "pPr", "outlineLvl") or (str(int(named[1]) - 1) if named else None)
            if outline is not None:
                break
        level = _number(outline, _BODY_TEXT)
        return level + 1 if level < _BODY_TEXT else None

    def _numbered(self, p: etree._Element, style: str | None) -> str:
        """The automatic number of a paragraph, which itself or its styles give."""
        sources = [p, *self._styles.chain(style)]
        num = self._list_of(p, style)
        level = next((found for s in sources if (found := _said(s, "pPr", "numPr", "ilvl"))), None)
        if num is None:
            return ""
        return self._lists.next(num, self._lists.level_of(num, style) if level is None else _number(level, 0))

    def _list_of(self, p: etree._Element, style: str | None) -> str | None:
        """The list that a paragraph belongs to, by itself or by its styles; the list 0 is none."""
        sources = [p, *self._styles.chain(style)]
        num = next((found for s in sources if (found := _said(s, "pPr", "numPr", "numId"))), None)
        return None if num == "0" else num

    def _look(self, run: etree._Element | None, style: str | None) -> Look:
        own = _child(run, "rPr")
        key = (b"" if own is None else etree.tostring(own), style)
        if key not in self._looks:
            of_run = self._styles.chain(_said(own, "rStyle")) if _said(own, "rStyle") else ()
            above = [_child(s, "rPr") for s in (*of_run, *self._styles.chain(style))]
            sources = [own, *above, self._styles.defaults]
            fonts = [_child(source, "rFonts") for source in sources]
            faces = (f.get(_W + a) for f in fonts if f is not None for a in ("eastAsia", "eastAsiaTheme"))
            self._looks[key] = Look(
                next(filter(None, faces), ""),
                next((_number(size, 0) for s in sources if (size := _said(s, "sz"))), 0),
                next((bold for s in sources if (bold := _is_on(s, "b")) is not None), False),
            )
        return self._looks[key]

    def _table(self, tbl: etree._Element) -> Table:
        rows: list[tuple[Cell, ...]] = []
        for tr in _within(tbl, "tr"):
            if _child(tr, "trPr", "del") is not None:
                continue
            column = min(_number(_said(tr, "trPr", "gridBefore"), 0), _MAX_SPAN)
            row: list[Cell] = []
            for tc in _within(tr, "tc"):
                span = min(max(_number(_said(tc, "tcPr", "gridSpan"), 1), 1), _MAX_SPAN)
                row.append(self._cell(tc, column, span))
                column += span
            rows.append(tuple(row))
        table = Table(tuple(rows))
        if len(rows) * table.width > _MAX_CELLS:
            raise _too_large(self._parts.file)
        return table

    def _cell(self, tc: etree._Element, column: int, span: int) -> Cell:
        merged = _child(tc, "tcPr", "vMerge")
        if merged is not None and merged.get(f"{_W}val", "continue") == "continue":
            return Cell(column, span, "", continues=True)
        if _child(tc, "tcPr", "cellDel") is not None:
            return Cell(column, span, "")
        blocks = tuple(self._blocks(tc))
        # A cell of a numbered column holds nothing but its automatic number: 1. is 1 there.
        own = (block for block in blocks if isinstance(block, Line) and not block.is_aside)
        texts = (line.number + line.text if line.text else line.number.rstrip(" .．、") for line in own)
        return Cell(column, span, "\n".join(filter(None, texts)), blocks=blocks)

    def _remarks(self, body: etree._Element) -> Iterator[Text]:
        if changes := sum(1 for tag in _REWRITTEN for _ in body.iter(_W + tag)):
            yield Text(
                f"文件中还有未处理的修订（{changes} 处），按全部接受后的样子读取。请接受或拒绝修订后再提交。",
                f"The file still has tracked changes ({changes}); it was read as if all were accepted. "
                "Accept or reject them before handing it in.",
            )
        if comments := sum(1 for _ in self._parts.part("comments").iter(f"{_W}comment")):
            yield Text(
                f"文件中有批注（{comments} 条），没有读取。", f"The file has {comments} comments, which were not read."
            )
        if self._hidden:
            yield Text(
                f"文件中有隐藏文字（{self._hidden} 处），没有读取。",
                f"The file has hidden text ({self._hidden} places), which was not read.",
            )
        if self._asked:
            yield Text(
                f"文件中还有模板提问样式（{ASKED}）的文字（{self._asked} 段），没有当作正文。已改写为正文的，请换用正文样式。",
                f"The file still has paragraphs in the style of a template's questions ({ASKED}: {self._asked}); they were "
                "not taken for text. If they were written over with text, give them the style of body text.",
            )
        if sheets := sum((o.get("ProgID") or "").startswith(("Excel", "ET")) for o in body.iter("{*}OLEObject")):
            yield Text(
                f"文件中嵌入了 Excel 表格（{sheets} 个），没有读取。请另存为单独的 .xlsx，或改为 Word 表格。",
                f"{sheets} Excel tables are embedded in the file and were not read. "
                "Save them as .xlsx of their own, or make them Word tables.",
            )
        if any(True for tag in ("altChunk", "subDoc") for _ in body.iter(_W + tag)):
            yield Text(
                "文件由几个文档拼成，插入的文档没有读取。请合并为一个文档后另存。",
                "The file is put together of several documents; those inserted were not read. "
                "Merge them into one and save it again.",
            )


def _is_placeholder(element: etree._Element) -> bool:
    """Whether a field of a template still shows its prompt (单击此处输入文字)."""
    return _local(element) == "sdt" and _is_on(element, "sdtPr", "showingPlcHdr") is True


def _within(parent: etree._Element, tag: str) -> Sequence[etree._Element]:
    """The rows of a table or the cells of a row, also those inside content controls."""
    found: list[etree._Element] = []
    for element in parent:
        if _local(element) == tag:
            found.append(element)
        elif _local(element) in _WRAPPERS:
            found += _within(element, tag)
    return found
