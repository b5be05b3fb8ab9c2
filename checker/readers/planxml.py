"""Reads plan.xml into a form table of one row, after holding it against ontology/plan.xsd."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow as pa
from lxml import etree

from checker.errors import CannotFinish, Text
from checker.model import Citation, SourceTable

_LIST = "、"


def read(path: Path, name: str, schema: Path) -> tuple[SourceTable, tuple[Citation, ...], tuple[str, ...]]:
    """The form table of plan.xml, the plans it cites, and the files it lists.

    Raises CannotFinish, with the line, for a file that is not well formed, brings a DTD, or does not fit the schema.
    """
    root = _parse(path, name)
    _validate(root, schema, name)
    values: dict[str, str] = {}
    citations: list[Citation] = []
    listed: list[str] = []
    for child in root:
        if not isinstance(child.tag, str):
            continue
        if child.tag == "references":
            for cited in child.iterchildren("*"):
                identifier = cited.get("identifier", "").strip()
                citations.append(Citation(str(cited.tag), identifier, cited.get("href")))
                values[str(cited.tag)] = _LIST.join(filter(None, (values.get(str(cited.tag)), identifier)))
        elif child.tag == "files":
            listed += [file.get("name", "").strip() for file in child.iterchildren("file")]
        else:
            values[child.tag] = (child.text or "").strip()
    columns = pa.table({key: pa.array([value], pa.string()) for key, value in values.items()})
    nowhere = pa.nulls(1, pa.int32())  # an element has no row by which people would find it
    return SourceTable(name, name, columns, nowhere, is_form=True), tuple(citations), tuple(listed)


def _parse(path: Path, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.parse(io.BytesIO(path.read_bytes()), parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise CannotFinish(
            Text(
                f"第 {line} 行：XML 格式不完整：{_in_chinese(error.msg)}",
                f"Line {line}: not well-formed XML: {error.msg}",
            ),
            name,
            Text("请检查该行附近的标签是否成对、引号是否完整。", "Check tags and quotes around that line."),
        ) from None
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise CannotFinish(
            Text(
                "plan.xml 含有 DOCTYPE（实体定义），出于安全不予读取。",
                "plan.xml brings a DOCTYPE; it is refused for safety.",
            ),
            name,
            Text("请删除 <!DOCTYPE …> 一段。", "Delete the <!DOCTYPE …> part."),
        )
    return tree.getroot()


def _validate(root: etree._Element, schema: Path, name: str) -> None:
    xsd = etree.XMLSchema(etree.parse(str(schema)))
    if xsd.validate(root):
        return
    problems = [(entry.line, entry.message) for entry in list(xsd.error_log)]  # type: ignore[call-overload]
    zh = "；".join(f"第 {line} 行：{_in_chinese(message)}" for line, message in problems[:5])
    en = "; ".join(f"line {line}: {message}" for line, message in problems[:5])
    raise CannotFinish(
        Text(f"plan.xml 不符合格式：{zh}", f"plan.xml does not fit its schema: {en}"),
        name,
        Text(
            "请按提示改正；可取值见 ontology/plan.xsd。",
            "Correct what is named; ontology/plan.xsd has the permitted values.",
        ),
    )


# libxml2 speaks English only; these are the messages that a wrong plan.xml gives.
_PATTERNS = (
    (r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+),.*", r"第 \2 行的“\1”没有闭合"),
    (r"Document is empty.*", "文件是空的"),
    (r"(?:Premature end of data|EndTag|StartTag|Couldn't find end of Start Tag).*", "标签不完整"),
    (r"Start tag expected|Extra content at the end", "标签之外有文字"),
    (r"AttValue|attributes values|attribute name|attributes construct", "属性没有写完整，或缺少引号"),
    (r"Entity '([^']+)' not defined", r"没有“&\1;”这个实体"),
    (r"Invalid bytes in character encoding|not proper UTF-8", "有字符与文件的编码不符"),
    (
        r"Element '([^']+)': This element is not expected\..*Expected is (?:one of )?\( ?(.+?) ?\)",
        r"不应出现元素“\1”，此处应为 \2",
    ),
    (r"Element '([^']+)': This element is not expected", r"不应出现元素“\1”"),
    (r"Element '([^']+)': Missing child element\(s\)\. Expected is (?:one of )?\( ?(.+?) ?\)", r"“\1”缺少下级元素 \2"),
    (
        r"Element '([^']+)'.*?\[facet 'enumeration'\] The value '([^']*)' is not an element of the set \{(.+)\}",
        r"“\1”的取值“\2”无效，应为 \3 之一",
    ),
    (r"Element '([^']+)'.*?The attribute '([^']+)' is required but missing", r"“\1”缺少属性 \2"),
    (r"Element '([^']+)'.*?The attribute '([^']+)' is not allowed", r"“\1”不应有属性 \2"),
    (r"Element '([^']+)'(?:, attribute '[^']+')?: .*?'([^']*)' is not a valid value.*", r"“\1”的取值“\2”格式不对"),
    (r"Element '([^']+)'.*?\[facet 'pattern'\] The value '([^']*)' is not accepted.*", r"“\1”的取值“\2”格式不对"),
)


def _in_chinese(message: str) -> str:
    for pattern, words in _PATTERNS:
        found = re.search(pattern, message)
        if found:
            return found.expand(words)
    return message
