"""Builds plancheck's own templates of the review opinion: ``python tools/opinion_template.py``. Word can open and edit them.

The page, the fonts and the order are those of an official document in China (GB/T 9704—2012): A4, margins of 37, 35, 28 and
26 mm, body in size three. Where a machine lacks a font, the font table names the one to take instead.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parents[1] / "checker" / "writers" / "opinion"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FIXED = (1980, 1, 1, 0, 0, 0)

# Fonts with what is taken for them, where they are not there.
FONTS = {
    "方正小标宋简体": "黑体;SimHei;Noto Sans CJK SC",
    "仿宋_GB2312": "仿宋;FangSong;Noto Serif CJK SC",
    "楷体_GB2312": "楷体;KaiTi;Noto Serif CJK SC",
    "黑体": "SimHei;Noto Sans CJK SC",
    "宋体": "SimSun;Noto Serif CJK SC",
}
# Style -> name that Word shows, font of Chinese letters, half points, alignment, line pitch (0: that of the font), more.
STYLES = {
    "Normal": ("Normal", "仿宋_GB2312", 32, "both", 560, ""),
    "Notice": ("Notice", "楷体_GB2312", 28, "center", 560, ""),
    "Title": ("Title", "方正小标宋简体", 44, "center", 600, ""),
    "Heading1": ("heading 1", "黑体", 32, "left", 560, '<w:keepNext/><w:outlineLvl w:val="0"/>'),
    "Heading2": ("heading 2", "楷体_GB2312", 32, "left", 560, '<w:keepNext/><w:outlineLvl w:val="1"/>'),
    "Cell": ("Cell", "宋体", 18, "left", 0, ""),
    "CellHead": ("Cell Head", "黑体", 16, "center", 0, ""),
    "Footer": ("footer", "宋体", 28, "center", 0, ""),
}
INDENTED = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'

ZH = {
    "title": "{{title}}审查意见（建议稿）",
    "basis": "一、核查对象与依据",
    "under_review": "送审规划：{{title}}（{{kind}}，编号 {{identifier}}）。",
    "against": "对照规划：{{title}}（{{kind}}，编号 {{identifier}}）。",
    "no_reference": "未提供对照规划，须与之对照的要求未能判定。",
    "how": "核查方案：{{profile}}；基准日：{{as_of}}。",
    "applied": "适用的指南及其依据：",
    "guideline": "{{guideline}}：{{instruments}}。",
    "conclusion": "二、结论建议",
    "grounds": "{{grounds}}",
    "numbers": "共发现问题 {{finding_count}} 个，其中影响结论的 {{counting_finding_count}} 个；待核实的事项 {{matter_count}} 项次。",
    "findings": "三、问题清单",
    "no_findings": "未发现问题。",
    "open": "四、待核实事项",
    "open_note": "以下事项未能自动判定，不视为通过，须补充材料或由人认定。",
    "no_open": "没有待核实的事项。",
    "state": "{{state}}（{{count}} 项）",
    "remarks": "五、读取说明",
    "no_remarks": "没有需要说明的。",
    "sign": "六、审查人意见与签署",
    "sign_note": "以上为自动核查建议，不代替审查。审查人意见：",
    "record": "附：核查记录",
    "made": "plancheck {{version}}；规则引擎 {{engine}}；规则库摘要 {{rulebook}}",
    "files": "送审文件及其 SHA-256 值：",
    "lines": ["审查人（签字）：", "复核人（签字）：", "审查单位（盖章）：", "　　　　年　　月　　日"],
    "counts": ["指南", "规则", "通过", "不通过", "不适用", "无法判定", "人工认定", "未提交", "规则出错", "问题"],
    "finding": ["序号", "条款", "问题", "位置", "实测与允许", "修改建议"],
    "measured": "实测：{{measured}}",
    "allowed": "允许：{{allowed}}",
    "changes": "{{severity}}；影响结论：{{counts}}",
    "item": ["序号", "原因", "位置", "涉及的规则", "影响结论"],
}
EN = {
    "title": "Review opinion (draft) on {{title}}",
    "basis": "1  Subject and basis",
    "under_review": "Plan under review: {{title}} ({{kind}}, {{identifier}}).",
    "against": "Compared with: {{title}} ({{kind}}, {{identifier}}).",
    "no_reference": "No plan to compare with was given; what must be compared could not be judged.",
    "how": "Profile: {{profile}}; as of {{as_of}}.",
    "applied": "Guidelines applied, and what they rest on:",
    "guideline": "{{guideline}}: {{instruments}}.",
    "conclusion": "2  Suggested conclusion",
    "grounds": "{{grounds}}",
    "numbers": "Findings: {{finding_count}}, of which {{counting_finding_count}} change the verdict. Open matters: {{matter_count}}.",
    "findings": "3  Findings",
    "no_findings": "Nothing was found.",
    "open": "4  Open matters",
    "open_note": "These could not be judged automatically and do not count as passed; supply what is missing, or let a person decide.",
    "no_open": "Nothing is open.",
    "state": "{{state}} ({{count}})",
    "remarks": "5  Remarks on reading",
    "no_remarks": "None.",
    "sign": "6  The reviewer's opinion and signature",
    "sign_note": "The above is an automatic suggestion and replaces no review. The reviewer's opinion:",
    "record": "Appendix: record of the check",
    "made": "plancheck {{version}}; engine {{engine}}; rulebook digest {{rulebook}}",
    "files": "Files under review, with their SHA-256:",
    "lines": ["Reviewer (signature):", "Second reviewer (signature):", "Reviewing body (seal):", "Date:"],
    "counts": [
        "guideline",
        "rules",
        "passed",
        "failed",
        "not applicable",
        "undecided",
        "person decides",
        "not supplied",
        "error",
        "findings",
    ],
    "finding": ["no.", "clause", "finding", "place", "measured and allowed", "how to mend"],
    "measured": "measured: {{measured}}",
    "allowed": "allowed: {{allowed}}",
    "changes": "{{severity}}; changes the verdict: {{counts}}",
    "item": ["no.", "reason", "place", "rules concerned", "changes the verdict"],
}
COUNTS = (
    "guideline",
    "rules",
    "passed",
    "failed",
    "not_applicable",
    "undecided",
    "person_decides",
    "not_supplied",
    "error",
    "found",
)
# The longest word of each head fits in both languages.
COUNT_WIDTHS = (1820, 600, 690, 640, 940, 930, 800, 860, 720, 840)
CENTRED = '<w:jc w:val="center"/>'


def paragraph(text: str, style: str = "Normal", properties: str = "", letters: str = "") -> str:
    run = f'<w:r><w:rPr>{letters}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{run}</w:p>'


def body(text: str) -> str:
    return paragraph(text, properties=INDENTED)


def section(name: str, *inside: str) -> str:
    return paragraph(f"{{{{#{name}}}}}") + "".join(inside) + paragraph(f"{{{{/{name}}}}}")


def otherwise(name: str, text: str) -> str:
    return paragraph(f"{{{{^{name}}}}}") + body(text) + paragraph(f"{{{{/{name}}}}}")


def cell(width: int, *inside: str) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{"".join(inside)}</w:tc>'


def table(widths: Sequence[int], heads: Sequence[str], name: str, row: Sequence[Sequence[str]]) -> str:
    """A table with a head that is repeated on each page, and a row for each item of the list ``name``."""
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    head = "".join(cell(w, paragraph(text, "CellHead")) for w, text in zip(widths, heads, strict=True))
    cells = "".join(cell(w, *inside) for w, inside in zip(widths, row, strict=True))

    def mark(text: str) -> str:
        span = f'<w:tcPr><w:gridSpan w:val="{len(widths)}"/></w:tcPr>'
        return f"<w:tr><w:tc>{span}{paragraph(text, 'Cell')}</w:tc></w:tr>"

    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="20" w:type="dxa"/><w:left w:w="40" w:type="dxa"/>'
        '<w:bottom w:w="20" w:type="dxa"/><w:right w:w="40" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"
        f"{mark(f'{{{{#{name}}}}}')}<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>{mark(f'{{{{/{name}}}}}')}</w:tbl>"
    )


def small(text: str, properties: str = "") -> str:
    return paragraph(text, "Cell", properties)


def where_given(name: str, text: str) -> str:
    return small(f"{{{{#{name}}}}}") + small(text) + small(f"{{{{/{name}}}}}")


def document(words: dict[str, object]) -> str:
    def say(name: str) -> str:
        return str(words[name])

    finding = [
        [small("{{number}}")],
        [small("{{clause}}"), small("{{basis}}")],
        [small("{{message}}"), small(f"[{{{{id}}}}] {say('changes')}")],
        [small("{{place}}")],
        [where_given("measured", say("measured")), where_given("allowed", say("allowed"))],
        [small("{{remedy}}")],
    ]
    counts = [[small(f"{{{{{name}}}}}", "" if name == "guideline" else CENTRED)] for name in COUNTS]
    item = [[small(f"{{{{{name}}}}}")] for name in ("number", "reason", "place", "rules", "counts")]
    lines = [paragraph(str(line), properties='<w:keepNext/><w:spacing w:before="240"/>') for line in words["lines"]]  # type: ignore[attr-defined]
    parts = [
        paragraph("{{headed}}", "Notice"),
        paragraph(say("title"), "Title", '<w:spacing w:after="480"/>'),
        paragraph(say("basis"), "Heading1"),
        body(say("under_review")),
        section("references", body(say("against"))),
        otherwise("references", say("no_reference")),
        body(say("how")),
        body(say("applied")),
        section("applied", body(say("guideline"))),
        paragraph(say("conclusion"), "Heading1"),
        paragraph("{{conclusion}}", properties=INDENTED, letters="<w:b/>"),
        body(say("grounds")),
        body(say("numbers")),
        table(COUNT_WIDTHS, words["counts"], "counts", counts),  # type: ignore[arg-type]
        paragraph(say("findings"), "Heading1", '<w:spacing w:before="240"/>'),
        section(
            "guidelines",
            paragraph("{{guideline}}", "Heading2"),
            table([420, 1700, 2350, 1300, 1560, 1540], words["finding"], "findings", finding),  # type: ignore[arg-type]
        ),
        otherwise("guidelines", say("no_findings")),
        paragraph(say("open"), "Heading1", '<w:spacing w:before="240"/>'),
        body(say("open_note")),
        section(
            "matters",
            paragraph(say("state"), "Heading2"),
            table([550, 3070, 1950, 2400, 900], words["item"], "items", item),
        ),  # type: ignore[arg-type]
        otherwise("matters", say("no_open")),
        paragraph(say("remarks"), "Heading1"),
        section("remarks", body("{{remark}}")),
        otherwise("remarks", say("no_remarks")),
        paragraph(say("sign"), "Heading1"),
        paragraph(say("sign_note"), properties=f'<w:keepNext/><w:spacing w:after="1680"/>{INDENTED}'),
        *lines,
        paragraph(say("record"), "Heading1", '<w:spacing w:before="480"/>'),
        small(say("made")),
        small(say("files")),
        section("files", small("{{name}}"), small("{{sha256}}")),
    ]
    page = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1587" w:gutter="0"/></w:sectPr>'
    )
    return f'{HEAD}<w:document xmlns:w="{W}" xmlns:r="{OFFICE}"><w:body>{"".join(parts)}{page}</w:body></w:document>'


def styles() -> str:
    made = []
    for key, (name, font, size, side, pitch, more) in STYLES.items():
        based = "" if key == "Normal" else '<w:basedOn w:val="Normal"/>'
        line = (
            f'<w:spacing w:line="{pitch}" w:lineRule="exact"/>'
            if pitch
            else '<w:spacing w:line="240" w:lineRule="auto"/>'
        )
        keep, level = (more[: more.index("/>") + 2], more[more.index("/>") + 2 :]) if more else ("", "")
        default = ' w:default="1"' if key == "Normal" else ""
        made.append(
            f'<w:style w:type="paragraph"{default} w:styleId="{key}"><w:name w:val="{name}"/>{based}<w:qFormat/>'
            f'<w:pPr>{keep}{line}<w:jc w:val="{side}"/>{level}</w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" '
            f'w:hAnsi="Times New Roman" w:eastAsia="{font}" w:cs="Times New Roman"/><w:sz w:val="{size}"/>'
            f'<w:szCs w:val="{size}"/></w:rPr></w:style>'
        )
    return f'{HEAD}<w:styles xmlns:w="{W}">{"".join(made)}</w:styles>'


def fonts() -> str:
    made = (
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for name, others in FONTS.items()
    )
    return f'{HEAD}<w:fonts xmlns:w="{W}">{"".join(made)}</w:fonts>'


def footer() -> str:
    def field(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    number = f'{field("begin")}<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>{field("separate")}<w:r><w:t>1</w:t></w:r>{field("end")}'
    dash = '<w:r><w:t xml:space="preserve">{} </w:t></w:r>'
    inside = f'{dash.format("—")}{number}<w:r><w:t xml:space="preserve"> —</w:t></w:r>'
    return f'{HEAD}<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>{inside}</w:p></w:ftr>'


def parts(words: dict[str, object]) -> dict[str, str]:
    """The parts of a template by name."""
    kinds = {"document": "document.main", "styles": "styles", "fontTable": "fontTable", "footer1": "footer"}
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{WORD}.{kind}+xml"/>' for part, kind in kinds.items()
    )
    related = {"rId1": "styles", "rId2": "fontTable", "rId3": "footer"}
    relations = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{"footer1" if kind == "footer" else kind}.xml"/>'
        for key, kind in related.items()
    )
    return {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
        "word/document.xml": document(words),
        "word/styles.xml": styles(),
        "word/fontTable.xml": fonts(),
        "word/footer1.xml": footer(),
    }


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for lang, words in (("zh", ZH), ("en", EN)):
        with zipfile.ZipFile(HERE / f"{lang}.docx", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts(words).items():
                info = zipfile.ZipInfo(name, FIXED)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, content)


if __name__ == "__main__":
    main()
