"""Fills a Word template that people can edit: ``{{name}}`` becomes a text, ``{{#name}}`` to ``{{/name}}`` is repeated.

The marks are those of Mustache, and nothing in a template is run. Values are put in as text and never read as marks or XML,
so that nothing in a plan's own words can change the document. A mark that is not understood is refused, not left standing.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from lxml import etree

from checker.errors import CannotFinish, Text
from checker.writers.lists import printable

Value: TypeAlias = "str | Sequence[Fields]"
Fields: TypeAlias = Mapping[str, Value]
"""By name, a text or what is repeated; a section for a text stands if the text is not empty."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _T, _R, _TR, _TC, _TBL, _BR = (f"{_W}{tag}" for tag in ("p", "t", "r", "tr", "tc", "tbl", "br"))
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_MARK = re.compile(r"\{\{\s*([#^/]?)\s*([^{}]*?)\s*\}\}")
_PART = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml")
_MOST_MEMBERS, _MOST_BYTES = 2000, 64 * 1024 * 1024
_FIXED = (1980, 1, 1, 0, 0, 0)  # when members say they were made, so that the same report gives the same bytes


class Template:
    """A DOCX file with marks. Raises CannotFinish for a file that is none."""

    def __init__(self, content: bytes, where: str) -> None:
        """``where``: what messages call it."""
        self.where = where
        self.members = dict(self._members(content))
        if "word/document.xml" not in self.members:
            raise self._refused(Text("这不是 Word 文档（.docx）。", "This is no Word document (.docx)."))
        self.parts = {name: self._parsed(data) for name, data in self.members.items() if _PART.fullmatch(name)}

    def names(self) -> set[str]:
        """The names in all marks."""
        paragraphs = (p for part in self.parts.values() for p in part.iter(_P))
        return {name for p in paragraphs for _, name in _MARK.findall(_text(p))}

    def fill(self, fields: Fields) -> bytes:
        """The bytes of the document; the same template and fields give the same. Raises CannotFinish for a wrong mark."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.members.items():
                info = zipfile.ZipInfo(name, _FIXED)
                info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 0
                archive.writestr(info, self._filled(self.parts[name], fields) if name in self.parts else data)
        return made.getvalue()

    def _members(self, content: bytes) -> Iterator[tuple[str, bytes]]:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                infos = archive.infolist()
                if len(infos) > _MOST_MEMBERS or sum(info.file_size for info in infos) > _MOST_BYTES:
                    raise self._refused(Text("模板太大。", "The template is too large."))
                yield from ((info.filename, archive.read(info)) for info in infos)
        except CannotFinish:
            raise
        except Exception:  # a damaged zip raises a dozen kinds of error
            raise self._refused(
                Text("这不是 Word 文档（.docx），或已损坏。", "This is no .docx, or it is damaged.")
            ) from None

    def _parsed(self, data: bytes) -> etree._Element:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            raise self._refused(Text("文档内容已损坏。", "Its content is damaged.")) from None
        if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
            raise self._refused(Text("文档含有 DTD。", "It holds a DTD."))
        return root

    def _filled(self, part: etree._Element, fields: Fields) -> bytes:
        root = _shallow(part)
        self._expand(list(part), ChainMap(dict(fields)), root)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    def _expand(self, blocks: Sequence[etree._Element], scope: ChainMap[str, Value], target: etree._Element) -> None:
        """Adds to ``target`` what blocks of the template become; marks of sections stand alone in a paragraph or row."""
        at = 0
        while at < len(blocks):
            block = blocks[at]
            mark = _alone(block)
            if mark is None:
                self._copy(block, scope, target)
                at += 1
                continue
            sign, name = mark
            if sign == "/":
                raise self._wrong(f"{{{{/{name}}}}}", Text("没有对应的开头。", "Nothing opens it."))
            end = self._end(blocks, at, name)
            for inner in self._scopes(sign, name, scope):
                self._expand(blocks[at + 1 : end], inner, target)
            at = end + 1

    def _copy(self, block: etree._Element, scope: ChainMap[str, Value], target: etree._Element) -> None:
        made = _shallow(block, target)
        self._expand(list(block), scope, made)
        if made.tag == _P:
            self._fill(made, scope)
        elif made.tag == _TBL and made.find(_TR) is None:
            target.remove(made)
        elif made.tag == _TC and (len(made) == 0 or made[-1].tag != _P):
            etree.SubElement(made, _P)  # Word opens no cell that does not end in a paragraph

    def _end(self, children: Sequence[etree._Element], start: int, name: str) -> int:
        """Where the section that begins at ``start`` ends: among the same paragraphs or rows."""
        depth = 0
        for at in range(start, len(children)):
            mark = _alone(children[at])
            if mark is not None and mark[1] == name:
                depth += -1 if mark[0] == "/" else 1
                if depth == 0:
                    return at
        said = Text(
            f"后面没有与它并列的 {{{{/{name}}}}}。",
            f"No {{{{/{name}}}}} follows on the same level.",
        )
        raise self._wrong(f"{{{{#{name}}}}}", said)

    def _scopes(self, sign: str, name: str, scope: ChainMap[str, Value]) -> list[ChainMap[str, Value]]:
        """What the body of a section is filled with, once for each time that it stands."""
        value = self._value(name, scope)
        if sign == "^":
            return [] if value else [scope]
        if isinstance(value, str):
            return [scope] if value else []
        return [scope.new_child(dict(item)) for item in value]

    def _fill(self, paragraph: etree._Element, scope: ChainMap[str, Value]) -> None:
        """Puts values in the place of marks, which Word may have cut into several runs."""
        pieces = list(_pieces(paragraph))
        text = "".join(piece.text or "" for piece in pieces)
        if "{{" not in text and "}}" not in text:
            return
        marks = list(_MARK.finditer(text))
        rest = _MARK.sub("", text)
        if "{{" in rest or "}}" in rest:
            raise self._wrong(text[:60], Text("括号没有配对。", "Its braces do not match."))
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + len(piece.text or ""))
        for mark in reversed(marks):
            sign, name = mark.groups()
            if sign:
                said = Text("它须独占一段，或独占表格的一行。", "It must stand alone in a paragraph or a table row.")
                raise self._wrong(mark[0], said)
            value = self._value(name, scope)
            if not isinstance(value, str):
                raise self._wrong(
                    mark[0], Text(f"它是列表，应写为 {{{{#{name}}}}}。", f"It is a list: write {{{{#{name}}}}}.")
                )
            for piece, start in reversed(list(zip(pieces, starts, strict=False))):
                have = piece.text or ""
                left, right = max(mark.start() - start, 0), mark.end() - start
                if right <= 0 or left >= len(have):
                    continue
                is_first = mark.start() >= start
                piece.text = have[:left] + (printable(value) if is_first else "") + have[right:]
        for piece in pieces:
            _break_lines(piece)

    def _value(self, name: str, scope: ChainMap[str, Value]) -> Value:
        if name not in scope:
            known = "、".join(sorted(scope))
            raise self._wrong(
                f"{{{{{name}}}}}",
                Text(f"此处没有这个字段。可用的有：{known}", f"There is no such field here. There are: {known}"),
            )
        return scope[name]

    def _wrong(self, mark: str, problem: Text) -> CannotFinish:
        return self._refused(Text(f"标记“{mark}”有误：{problem.zh}", f"The mark '{mark}' is wrong: {problem.en}"))

    def _refused(self, problem: Text) -> CannotFinish:
        return CannotFinish(
            problem,
            self.where,
            Text(
                "请在 Word 中改正模板，另存为 .docx；字段见 docs/opinion-template.md。",
                "Correct the template in Word and save it as .docx; docs/opinion-template.md lists the fields.",
            ),
        )


def _shallow(element: etree._Element, target: etree._Element | None = None) -> etree._Element:
    """An element as another one without what is in it, at the end of ``target`` if one is given."""
    above = element.getparent()
    names: Any = element.nsmap  # the stubs allow no default namespace
    if target is None:
        made = etree.Element(element.tag, nsmap=names)
    elif above is not None and names != above.nsmap:
        made = etree.SubElement(target, element.tag, nsmap=names)
    else:
        made = etree.SubElement(target, element.tag)
    made.attrib.update(element.attrib)
    made.text, made.tail = element.text, element.tail
    return made


def _pieces(paragraph: etree._Element) -> Iterator[etree._Element]:
    """The texts of a paragraph, without those of paragraphs in text boxes within it."""
    return (t for t in paragraph.iter(_T) if next(t.iterancestors(_P)) is paragraph)


def _text(paragraph: etree._Element) -> str:
    return "".join(piece.text or "" for piece in _pieces(paragraph))


def _alone(block: etree._Element) -> tuple[str, str] | None:
    """The sign and name of a section's mark, where a paragraph or row holds that and nothing else."""
    if block.tag not in (_P, _TR):
        return None
    found = _MARK.fullmatch("".join(t.text or "" for t in block.iter(_T)).strip())
    return (found[1], found[2]) if found is not None and found[1] else None


def _break_lines(piece: etree._Element) -> None:
    """Writes the line ends in a text as Word's own."""
    first, *others = (piece.text or "").split("\n")
    piece.text = first
    piece.set(_SPACE, "preserve")
    run = piece.getparent()
    assert run is not None
    after = run.index(piece) + 1
    for line in reversed(others):
        text = etree.Element(_T)
        text.text = line
        text.set(_SPACE, "preserve")
        run.insert(after, text)
        run.insert(after, etree.Element(_BR))
