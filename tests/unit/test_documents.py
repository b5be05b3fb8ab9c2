"""Word files as people write them: headings by style, by outline and by hand; numbers, changes, fields; known tables."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from checker import readers, resources
from checker.errors import CannotFinish
from checker.model import Content, SourceTable
from checker.prepared import prepare
from checker.readers import documents
from checker.vocabulary import Vocabulary
from tests import packages
from tests.packages import FORM, check, workbook

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    f'xmlns:w="{_W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:v="urn:schemas-microsoft-com:vml"'
)
_PACKS = resources.packs()
SCHEMA = _PACKS[0].root / "ontology" / "plan.xsd"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return prepare(_PACKS).vocabulary


# ---- a Word file by hand --------------------------------------------------------------------------------------------


def word(path: Path, body: str | Iterable[str], namespace: str = _W, **parts: str) -> Path:
    """A .docx of this body; ``parts``: the content of styles, numbering, footnotes, comments."""

    def xml(tag: str, content: str) -> str:
        said = f'<?xml version="1.0" encoding="UTF-8"?><w:{tag} {_NAMESPACES}>{content}</w:{tag}>'
        return said.replace(_W, namespace)

    def relations(targets: Mapping[str, str]) -> str:
        links = "".join(
            f'<Relationship Id="r{i}" Type="{_R}/{kind}" Target="{target}"/>'
            for i, (kind, target) in enumerate(targets.items())
        )
        return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", relations({"officeDocument": "word/document.xml"}))
        archive.writestr("word/_rels/document.xml.rels", relations({kind: f"{kind}.xml" for kind in parts}))
        archive.writestr("word/document.xml", xml("document", f"<w:body>{''.join(body)}</w:body>"))
        for kind, content in parts.items():
            archive.writestr(f"word/{kind}.xml", xml(kind, content))
    return path


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(content: str = "", style: str = "", more: str = "", look: str = "") -> str:
    """A paragraph; ``content``: a text, or runs ready made."""
    runs = content if content.startswith("<") else run(content, look)
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{more}</w:pPr>{runs}</w:p>"


def bold(text: str) -> str:
    return p(text, look="<w:b/>")


def style(key: str, name: str, more: str = "", based_on: str = "") -> str:
    above = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    return f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>{above}{more}</w:style>'


def outline(level: int) -> str:
    return f'<w:outlineLvl w:val="{level}"/>'


def numbered(num: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>'


def cell(content: str = "", span: int = 1, merge: str = "") -> str:
    """``merge``: restart or continue, for cells merged downwards."""
    said = content if content.startswith("<") else p(content)
    down = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/>{down}</w:tcPr>{said}</w:tc>'


def table(*rows: Sequence[str]) -> str:
    """A table of rows of texts or of cells ready made."""
    lines = ("<w:tr>" + "".join(c if c.startswith("<w:tc>") else cell(c) for c in cells) + "</w:tr>" for cells in rows)
    return f"<w:tbl>{''.join(lines)}</w:tbl>"


PLAIN = p("全市统筹推进基础设施建设，逐步完善各类服务，远期再行扩展，具体安排由各部门另行制定。")
HEADER = ("项目编号", "项目名称", "建设内容", "建设年限", "总投资（万元）")
PROJECTS = table(
    HEADER,
    ("P-1", "算力中心", "新建机房", "2026—2028年", "3200"),
    ("P-2", "城市信息平台", "平台开发", "2026年", "800"),
)


class Read:
    """What a Word file gave."""

    def __init__(self, content: Content) -> None:
        (document,) = content.documents
        self.tables = content.tables
        self.headings = [(q.level, q.text) for q in document.paragraphs if q.level is not None]
        self.text = [q.text for q in document.paragraphs]
        self.numbers = [q.number for q in document.paragraphs]
        self.notes = "\n".join(note.text.zh for note in content.notes)


@pytest.fixture
def read(tmp_path: Path, vocabulary: Vocabulary):  # type: ignore[no-untyped-def]
    def of(*body: str, **parts: str) -> Read:
        return Read(documents.read(word(tmp_path / "文本.docx", body, **parts), "文本.docx", vocabulary))

    return of


def rows(found: SourceTable) -> list[dict[str, str]]:
    return found.columns.to_pylist()  # type: ignore[no-any-return]


# ---- headings -------------------------------------------------------------------------------------------------------


def test_styles_give_levels_by_name_by_id_by_inheritance_and_by_outline(read) -> None:
    styles = "".join(
        (
            style("2", "heading 1"),  # as WPS writes it: the id says nothing
            style("标题2", "标题 2"),
            style("a5", "章标题", based_on="2"),
            style("b1", "小节", f"<w:pPr>{outline(2)}</w:pPr>"),
            style("b2", "小节加粗", based_on="b1"),
            style("TOCHeading", "TOC Heading", f"<w:pPr>{outline(9)}</w:pPr>", based_on="2"),
            style("loop", "循环", based_on="loop2") + style("loop2", "循环二", based_on="loop"),
        )
    )
    found = read(
        p("目录", "TOCHeading"), p("总则", "2"), p("现状", "标题2"), p("目标", "a5"), p("指标", "b1"), p("算法", "b2"),
        p("大纲级别", more=outline(3)), p("不是标题", "2", more=outline(9)), p("循环样式", "loop"), PLAIN,
        styles=styles,
    )  # fmt: skip
    assert found.headings == [
        (1, "总则"), (2, "现状"), (1, "目标"), (3, "指标"), (3, "算法"), (4, "大纲级别"),
    ]  # fmt: skip
    assert found.text[0] == "目录" and found.numbers == list(range(1, 11))


def test_without_styles_the_id_speaks(read) -> None:
    assert read(p("总则", "Heading1"), p("范围", "Heading2"), PLAIN).headings == [(1, "总则"), (2, "范围")]


def test_headings_typed_by_hand_are_told_by_number_and_look(read) -> None:
    found = read(
        p("第一章 总则"), PLAIN, bold("一、规划背景"), bold("（一）政策要求"), bold("1．上位规划"), PLAIN,
        bold("（二）发展基础"), bold("二、规划原则"), p("第二章　现状与问题"), bold("2.1 现状"), bold("2.1.1 设施"),
        bold("2.2 问题"), PLAIN,
    )  # fmt: skip
    assert found.headings == [
        (1, "第一章 总则"), (2, "一、规划背景"), (3, "（一）政策要求"), (4, "1．上位规划"), (3, "（二）发展基础"),
        (2, "二、规划原则"), (1, "第二章　现状与问题"), (2, "2.1 现状"), (3, "2.1.1 设施"), (2, "2.2 问题"),
    ]  # fmt: skip


def test_a_typed_heading_stands_below_a_styled_one(read) -> None:
    found = read(p("总则", "Heading1"), bold("一、背景"), p("目标", "Heading2"), bold("一、总体目标"), PLAIN)
    assert found.headings == [(1, "总则"), (2, "一、背景"), (2, "目标"), (3, "一、总体目标")]


def test_a_face_of_its_own_makes_a_heading_but_numbered_sentences_and_lists_do_not(read) -> None:
    face = '<w:rFonts w:eastAsia="黑体"/>'
    found = read(
        p("一、总体要求", look=face), PLAIN,
        p("一、项目库建设"),  # looks like the text: an item of a list
        bold("（一）加强领导。各部门按职责分工推进。"),
        bold("2026年建成"), bold("5G 基站"), bold("重点任务"),
    )  # fmt: skip
    assert found.headings == [(1, "一、总体要求")]


def test_lines_of_a_table_of_contents_are_no_headings(read) -> None:
    field = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    toc = field.format("begin") + "<w:r><w:instrText>TOC \\o</w:instrText></w:r>" + field.format("separate")
    found = read(
        p(toc + run("第一章 总则") + "<w:r><w:tab/></w:r>" + run("1"), "10"),
        p("第二章 现状", "10"), p(field.format("end") + run("第三章 目标……12")), p("第一章 总则"), PLAIN,
        styles=style("10", "toc 1"),
    )  # fmt: skip
    assert found.headings == [(1, "第一章 总则")]
    assert found.text[0] == "第一章 总则\t1", "the stored result of a field is read, its instruction is not"


def test_lines_of_contents_and_questions_of_a_template_are_no_text(tmp_path: Path, vocabulary: Vocabulary) -> None:
    styles = style("T1", "toc 1") + style("Asked", "Asked")
    body = (p("第一章 总则\t1", "T1"), p("第二章 目标……12"), p("第一章 总则"), p("写明规划依据。", "Asked"), PLAIN)
    content = documents.read(word(tmp_path / "文本.docx", body, styles=styles), "文本.docx", vocabulary)
    assert [q.is_guide for q in content.documents[0].paragraphs] == [True, True, False, True, False]
    assert "模板提问" in content.notes[0].text.zh, "what was written over a question is not lost without a word"


# ---- numbers --------------------------------------------------------------------------------------------------------


def level(i: int, form: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'
    )


NUMBERING = (
    '<w:abstractNum w:abstractNumId="7">'
    + level(0, "chineseCounting", "第%1章")
    + level(1, "decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="3"/>')
    + level(2, "upperRoman", "%3.")
    + level(3, "bullet", "●")
    + "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="7"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
)


def test_automatic_numbers_stand_before_the_text_where_they_can_be_computed(read) -> None:
    styles = style("2", "heading 1", f"<w:pPr>{numbered(1)}</w:pPr>")
    styles += style("3", "heading 2", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
    found = read(
        p("总则", "2"), p("范围", "3"), p("期限", "3"), p("现状", "2"), p("设施", "3"),
        p("罗马数字", more=numbered(1, 2)), p("圆点", more=numbered(1, 3)), p("无编号的章", "2", more=numbered(0)),
        *(p(f"章{i}", "2") for i in range(3, 12)), p("重新开始", more=numbered(2)), p("没有的编号", more=numbered(9)),
        styles=styles, numbering=NUMBERING,
    )  # fmt: skip
    assert found.text[:8] == [
        "第一章 总则", "1.1 范围", "1.2 期限", "第二章 现状", "2.1 设施", "罗马数字", "圆点", "无编号的章",
    ]  # fmt: skip
    assert found.text[15:] == ["第十章 章10", "第十一章 章11", "第一章 重新开始", "没有的编号"]
    assert found.headings[1] == (2, "1.1 范围")


# ---- what is on the page --------------------------------------------------------------------------------------------


def test_tracked_changes_are_read_as_accepted_and_said(read) -> None:
    found = read(
        p(run("规划期限至") + "<w:del>" + run("2030") + "</w:del><w:ins>" + run("2035") + "</w:ins>" + run("年。")),
        p("<w:moveFrom>" + run("移走的句子。") + "</w:moveFrom>"),
        p("<w:moveTo>" + run("移来的句子。") + "</w:moveTo>"),
        comments="<w:comment><w:p/></w:comment>",
    )
    assert found.text == ["规划期限至2035年。", "移来的句子。"]
    assert "修订（4 处）" in found.notes and "批注（1 条）" in found.notes


def test_deleted_numbered_paragraphs_and_rows_do_not_count(read) -> None:
    gone = "<w:rPr><w:del/></w:rPr>"
    deleted = "<w:tr><w:trPr><w:del/></w:trPr>" + cell("P-9") + cell("删除的项目") + "</w:tr>"
    found = read(
        p("一", more=numbered(1)), p("<w:del>" + run("删") + "</w:del>", more=numbered(1) + gone),
        p("二", more=numbered(1)), p("表1 项目表"), PROJECTS.replace("</w:tbl>", deleted + "</w:tbl>"),
        numbering=NUMBERING,
    )  # fmt: skip
    assert found.text[:2] == ["第一章 一", "第二章 二"]
    assert [row["项目编号"] for row in rows(found.tables[0])] == ["P-1", "P-2"]


def test_text_boxes_and_notes_follow_their_paragraph_once(read) -> None:
    box = "<w:txbxContent>" + p("第九章 框内文字") + "</w:txbxContent>"
    twice = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    found = read(
        p(run("人口 50 万") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run("。") + f"<w:r>{twice}</w:r>"),
        p("后文。"),
        footnotes='<w:footnote w:id="2">' + p("常住人口口径。") + "</w:footnote>",
    )
    assert found.text == ["人口 50 万。", "常住人口口径。", "第九章 框内文字", "后文。"]
    assert found.headings == []


def test_what_is_not_read_is_said(read) -> None:
    excel = '<w:object><o:OLEObject ProgID="Excel.Sheet.12"/></w:object>'
    found = read(p(f"<w:r>{excel}</w:r>"), p(run("看得见") + run("看不见", "<w:vanish/>")), "<w:altChunk/>")
    assert found.text == ["看得见"]
    assert (
        "嵌入了 Excel 表格（1 个）" in found.notes and "隐藏文字" in found.notes and "插入的文档没有读取" in found.notes
    )


def test_content_controls_links_breaks_and_full_width_characters(read) -> None:
    prompt = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
        + run("单击此处输入文字")
        + "</w:sdtContent></w:sdt>"
    )
    found = read(
        "<w:sdt><w:sdtContent>" + p("控件内的段落") + "</w:sdtContent></w:sdt>",
        p(
            "<w:hyperlink>"
            + run("链接")
            + "</w:hyperlink>"
            + prompt
            + "<w:r><w:br/></w:r>"
            + run("投资１２．５亿元（含税）")
        ),
    )
    assert found.text == ["控件内的段落", "链接\n投资１２．５亿元（含税）"]


# ---- tables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "caption",
    ["表 3-1 项目表", "附表1　试算市（虚构）近期建设项目表（单位：万元）", "表3-1 近期项目汇总", ""],
)
def test_a_project_table_is_read_like_a_sheet(read, caption: str) -> None:
    found = read(PLAIN, p(caption), PROJECTS, PLAIN)
    (projects,) = found.tables
    assert rows(projects)[0] == dict(zip(HEADER, ("P-1", "算力中心", "新建机房", "2026—2028年", "3200"), strict=True))
    assert projects.rows.to_pylist() == [2, 3]
    assert "算力中心" not in "".join(found.text), "what a table says is not said again as text"


def test_a_table_without_a_known_name_says_as_what_it_was_read(read) -> None:
    assert "按表头读作“项目表”" in read(PROJECTS).notes
    assert read(p("表1 项目表"), PROJECTS).notes == ""


def test_an_indicator_table_and_a_caption_below(read) -> None:
    header = ("指标名称", "现状值", "目标值", "责任部门")
    found = read(table(header, ("千兆用户占比", "20", "60", "工信局")), p("表2 规划指标表"), PLAIN)
    assert [row["目标值"] for row in rows(found.tables[0])] == ["60"]
    other = read(table(("甲", "乙"), ("1", "2")), p("表2 项目表"), PROJECTS)
    assert len(other.tables) == 1, "a caption between two tables belongs to the one below it"
    assert other.notes == ""


def test_headers_over_several_rows_merged_cells_titles_and_totals(read) -> None:
    found = read(
        table(
            (cell("试算市（虚构）重点项目表", span=5),),
            (cell("项目编号", merge="restart"), cell("项目名称", merge="restart"), cell("牵头单位", merge="restart"),
             cell("投资（万元）", span=2)),
            (cell(merge="continue"), cell(merge="continue"), cell(merge="continue"), "总投资", "近期投资"),
            ("P-1", "算力中心", cell("数据局", merge="restart"), "3200", "1200"),
            ("P-2", "信息平台", cell(merge="continue"), "800", "800"),
            (cell("二、民生类", span=5),),
            ("P-3", "智慧社区", "民政局", "500", "100"),
            ("项目编号", "项目名称", "牵头单位", cell("投资（万元）", span=2)),
            ("P-4", "智慧校园", "教育局", "90", "90"),
            (cell("合计", span=3), "4590", "2190"),
        )
    )  # fmt: skip
    (projects,) = found.tables
    assert [(row["项目编号"], row["牵头单位"], row["近期投资（万元）"]) for row in rows(projects)] == [
        ("P-1", "数据局", "1200"), ("P-2", "数据局", "800"), ("P-3", "民政局", "100"), ("P-4", "教育局", "90"),
    ]  # fmt: skip
    assert projects.rows.to_pylist() == [4, 5, 7, 9]
    assert "合计" in found.notes, "what is no record is said"


def test_the_unit_above_a_table_holds_for_its_columns(read) -> None:
    found = read(
        p("表1 项目表"),
        p("单位：亿元"),
        table(("项目编号", "项目名称", "总投资"), ("P-1", "算力中心", "3.2")),
    )
    assert rows(found.tables[0]) == [{"项目编号": "P-1", "项目名称": "算力中心", "总投资（亿元）": "3.2"}]


@pytest.mark.parametrize("repeats_header", [True, False])
@pytest.mark.parametrize("mark", ["续表 3-1", "表3-1 项目表（续）", "（续表）"])
def test_a_table_continued_on_the_next_page_is_one(read, mark: str, repeats_header: bool) -> None:
    rest = (HEADER,) if repeats_header else ()
    found = read(p("表3-1 项目表"), PROJECTS, p(mark), table(*rest, ("P-3", "智慧社区", "改造", "2027年", "500")))
    (projects,) = found.tables
    assert [row["项目编号"] for row in rows(projects)] == ["P-1", "P-2", "P-3"]


def test_an_unknown_table_stays_text_row_by_row_and_a_nested_known_one_is_found(read) -> None:
    layout = table((cell(p("第一条 为推进建设，制定本规划。") + PROJECTS + p()),))
    found = read(table(("指标", "单位", "数值"), ("常住人口", "万人", "50")), layout)
    assert found.text[:3] == ["指标\t单位\t数值", "常住人口\t万人\t50", "第一条 为推进建设，制定本规划。"]
    assert [len(t.rows) for t in found.tables] == [2]
    assert read(table(("序号", "内容"), ("1", "说明"))).notes == ""


def test_a_near_match_is_said_and_not_read(read) -> None:
    found = read(p("附表2 项目表"), table(("工程", "干什么", "花费"), ("算力中心", "机房", "3200")))
    assert found.tables == () and "像是“项目表”" in found.notes
    assert "算力中心\t机房\t3200" in found.text


def test_a_finding_in_a_table_of_a_text_says_where_it_stands(tmp_path: Path) -> None:
    workbook(tmp_path / "表格.xlsx", {"规划信息": FORM})
    late = table(HEADER, ("P-1", "算力中心", "新建机房", "约三年", "3200"), ("P-2", "平台", "开发", "2026年", "800"))
    word(tmp_path / "文本.docx", [p("附表1 试算市（虚构）近期建设项目表"), late])
    report = check(tmp_path).report
    places = [finding["place"] for finding in report["findings"] if finding["place"]]
    assert {"file": "文本.docx", "sheet": "附表1 试算市（虚构）近期建设项目表", "row": 2} in [
        {key: place.get(key) for key in ("file", "sheet", "row")} for place in places
    ]


def test_a_table_that_a_workbook_gives_too_is_taken_once(tmp_path: Path) -> None:
    workbook(tmp_path / "表格.xlsx", {"规划信息": FORM, "项目表": packages.PROJECTS})
    again = table(HEADER, ("P-1", "算力中心", "新建机房", "2026年", "3200"), ("P-2", "平台", "开发", "2026年", "800"))
    word(tmp_path / "文本.docx", [p("附表1 试算市（虚构）近期建设项目表"), again])
    ran = check(tmp_path)
    assert "正文中的这张表没有采用" in ran.notes() and "表格.xlsx" in ran.notes()
    rules = {rule["code"]: rule for rule in ran.report["rules"]}
    assert rules["DQ-108b"]["checked"] == len(packages.PROJECTS) - 1


def test_numbers_that_word_itself_counts_are_read_in_cells(read) -> None:
    def number() -> str:
        return cell(p("<w:r/>", more=numbered(1)))

    body = table(("序号", *HEADER[1:]), (number(), "甲", "a", "2026年", "1"), (number(), "乙", "b", "2027年", "2"))
    simple = NUMBERING.replace("第%1章", "%1.").replace("chineseCounting", "decimal")
    assert [row["序号"] for row in rows(read(p("项目表"), body, numbering=simple).tables[0])] == ["1", "2"]


# ---- files that are not what they should be -------------------------------------------------------------------------


def test_strict_files_are_read(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = word(tmp_path / "a.docx", [p("总则", "Heading1")], "http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert Read(documents.read(path, "a.docx", vocabulary)).headings == [(1, "总则")]


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OLE2 + "WordDocument".encode("utf-16-le"), "旧的 .doc"),
        (OLE2 + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        ("{\\rtf1 规划}".encode(), "打不开"),
        (b"", "打不开"),
    ],
)
def test_what_only_bears_the_extension_is_named(
    tmp_path: Path, vocabulary: Vocabulary, content: bytes, said: str
) -> None:
    (tmp_path / "文本.docx").write_bytes(content)
    with pytest.raises(CannotFinish) as refused:
        documents.read(tmp_path / "文本.docx", "成果/文本.docx", vocabulary)
    assert said in refused.value.problem.zh and refused.value.where == "成果/文本.docx"


@pytest.mark.parametrize(
    "body",
    [
        "<w:p><w:r></w:p>",
        "<w:p>" * 300 + "</w:p>" * 300,
        "<w:tbl><w:tr>" + "<w:tc><w:tcPr><w:gridSpan w:val='60'/></w:tcPr></w:tc>" * 700 + "</w:tr>" + "<w:tr/>" * 50
        + "</w:tbl>",
    ],
    ids=["torn", "deep", "wide table"],
)  # fmt: skip
def test_broken_and_hostile_files_are_refused(tmp_path: Path, vocabulary: Vocabulary, body: str) -> None:
    path = word(tmp_path / "a.docx", body)
    with pytest.raises(CannotFinish) as refused:
        documents.read(path, "a.docx", vocabulary)
    assert refused.value.where == "a.docx" and str(tmp_path) not in refused.value.problem.zh


def test_zip_bombs_are_refused_before_they_are_inflated(
    tmp_path: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = word(tmp_path / "a.docx", p("零" * 100_000), comments=" " * 100_000)
    for limit, most in (("_MAX_XML", 200_000), ("_MAX_INFLATED", 200_000), ("_MAX_TAGS", 5)):
        with monkeypatch.context() as patched, pytest.raises(CannotFinish, match="inflates"):
            patched.setattr(f"checker.readers.word.{limit}", most)
            documents.read(path, "a.docx", vocabulary)


def test_entities_are_refused(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = word(tmp_path / "a.docx", [])
    xml = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><w:document xmlns:w="{_W}"><w:body>&x;</w:body></w:document>'
    evil = tmp_path / "b.docx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(evil, "w") as target:
        for part in source.namelist():
            target.writestr(part, xml if part == "word/document.xml" else source.read(part))
    with pytest.raises(CannotFinish, match="DOCTYPE"):
        documents.read(evil, "b.docx", vocabulary)


def test_tables_nested_to_the_depth_that_xml_may_have(tmp_path: Path, vocabulary: Vocabulary) -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 80 + p("最里层") + "</w:tc></w:tr></w:tbl>" * 80
    assert Read(documents.read(word(tmp_path / "a.docx", deep), "a.docx", vocabulary)).text == ["最里层"]


# ---- formats that are not read --------------------------------------------------------------------------------------

_UNREAD = {
    ".doc": ".docx", ".wps": ".docx", ".et": ".xlsx", ".ett": ".xlsx", ".dwg": "DXF", ".dgn": "DXF",
    ".mdb": ".gdb", ".accdb": ".gdb", ".vct": ".gpkg", ".rar": "解压", ".7z": ".zip",
}  # fmt: skip


@pytest.mark.parametrize(("extension", "conversion"), _UNREAD.items())
def test_a_format_that_is_not_read_names_its_conversion(
    tmp_path: Path, vocabulary: Vocabulary, extension: str, conversion: str
) -> None:
    word(tmp_path / "文本.docx", [PLAIN])
    odd = tmp_path / f"资料{extension.upper()}"
    odd.write_bytes(OLE2)
    (note,) = readers.read(tmp_path, vocabulary, SCHEMA).notes
    assert conversion in note.text.zh and conversion.lower() in note.text.en.lower() + "解压"
    assert note.place.file == odd.name
    with pytest.raises(CannotFinish) as refused:
        readers.read(odd, vocabulary, SCHEMA)
    assert conversion in refused.value.remedy.zh and extension in refused.value.problem.zh


@pytest.mark.parametrize("extension", [".pdf", ".JPG", ".tif"])
def test_files_for_people_count_as_present(tmp_path: Path, vocabulary: Vocabulary, extension: str) -> None:
    word(tmp_path / "文本.docx", [PLAIN])
    for name in ("图纸", "附图"):
        (tmp_path / f"{name}{extension}").write_bytes(b"%PDF-1.7")
    package = readers.read(tmp_path, vocabulary, SCHEMA)
    assert f"图纸{extension}" in {file.name for file in package.files}
    assert [note.text.zh for note in package.notes] == [
        f"{extension.lower()} 文件共 2 个，计入成果文件，内容不作核查。"
    ]
    assert len(package.documents) == 1
    with pytest.raises(CannotFinish, match="single"):
        readers.read(tmp_path / f"图纸{extension}", vocabulary, SCHEMA)
