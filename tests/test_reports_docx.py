"""The review opinion: everything is in it, a department's own template is filled or refused, plans' words stay words."""

from __future__ import annotations

import io
import runpy
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from checker import writers
from checker.errors import CannotFinish, Text
from checker.model import Report
from checker.writers import docx
from checker.writers.conclusion import HEADED, conclude
from checker.writers.filling import Template
from checker.writers.words import OUTCOMES
from tests.packages import run
from tests.reports import demo, every_outcome
from tests.test_reports_xlsx import with_finding

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OPINION = Path(docx.__file__).parent / "opinion"
LEAST = (
    "{{headed}}", "{{conclusion}}", "{{#guidelines}}", "{{#findings}}", "{{message}}", "{{/findings}}", "{{/guidelines}}",
    "{{#matters}}", "{{#items}}", "{{reason}}", "{{/items}}", "{{/matters}}",
)  # fmt: skip


def paragraphs(content: str | bytes) -> list[str]:
    assert isinstance(content, bytes)
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml"))
    return ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in root.iter(f"{W}p")]


def made(*lines: str, path: Path | None = None) -> bytes:
    """A template with these paragraphs; what stands between | is in runs of its own, as Word leaves them."""
    runs = [[f'<w:r><w:t xml:space="preserve">{part}</w:t></w:r>' for part in line.split("|")] for line in lines]
    body = "".join(f"<w:p>{''.join(parts)}</w:p>" for parts in runs)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{W[1:-1]}"><w:body>{body}</w:body></w:document>')
    if path is not None:
        path.write_bytes(written.getvalue())
    return written.getvalue()


def filled(fields: Mapping[str, Any], *lines: str) -> list[str]:
    return paragraphs(Template(made(*lines), "模板").fill(fields))


# ---- the opinion ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_found_and_everything_open_is_in_it(lang: str) -> None:
    report = every_outcome()
    said = paragraphs(writers.write(report, "docx", lang))
    whole = "\n".join(said)
    assert said[0] == HEADED.in_(lang) and conclude(report).value.in_(lang) in said
    for finding in report.findings:
        assert finding.message.in_(lang) in said and finding.id in whole and finding.rule.remedy.in_(lang) in said
    for outcome in report.outcomes:
        assert all(reason.text.in_(lang) in said for reason in outcome.reasons)
        assert all(any(line.startswith(OUTCOMES[r.outcome].in_(lang)) for line in said) for r in outcome.reasons)
    for note in report.notes:
        assert any(note.text.in_(lang) in line for line in said)
    assert report.plan.files[0].sha256 in said and "{{" not in whole


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_guideline_rests_on_is_named_once_though_clauses_name_several(lang: str) -> None:
    applied: Any = docx.fields(demo(), lang)["applied"]
    for guideline in applied:
        named = guideline["instruments"].split({"zh": "；", "en": "; "}[lang])
        assert len(named) == len(set(named)), guideline
    assert any("GB/T 40058-2021" in guideline["instruments"] for guideline in applied), "one that stands beside another"


def test_a_report_without_findings_says_so() -> None:
    report = replace(
        demo(), outcomes=tuple(o for o in demo().outcomes if not o.findings and not o.reasons), accepted=True
    )
    said = paragraphs(writers.write(report, "docx", "zh"))
    assert "未发现问题。" in said and "没有待核实的事项。" in said and "建议通过" in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_report_gives_the_same_bytes_in_parts_that_are_well_formed(lang: str) -> None:
    written = writers.write(every_outcome(), "docx", lang)
    assert isinstance(written, bytes) and written == writers.write(every_outcome(), "docx", lang)
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        root = etree.fromstring(archive.read("word/document.xml"))
        assert all(etree.fromstring(archive.read(info)) is not None for info in archive.infolist())
    assert all(cell[-1].tag == f"{W}p" for cell in root.iter(f"{W}tc"))
    assert all(table.find(f"{W}tr") is not None for table in root.iter(f"{W}tbl"))


def test_without_coordinates_there_are_none() -> None:
    text = "\n".join(paragraphs(writers.write(demo(with_coordinates=False), "docx", "zh")))
    assert "3301302" not in text and "499900" not in text


def test_words_of_a_plan_are_never_marks_nor_xml() -> None:
    text = "{{conclusion}} {{#findings}} {% if 1 %} <w:p/> & \x00\x0b\ud800完"
    report, _ = with_finding(demo(), message=Text(text, text))
    assert "{{conclusion}} {{#findings}} {% if 1 %} <w:p/> & 完" in paragraphs(writers.write(report, "docx", "zh"))


def test_the_fields_are_those_that_are_documented() -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, str):
            return ""
        merged: dict[str, Any] = {}
        for item in value:
            merged |= {name: shape(inner) for name, inner in item.items() if shape(inner) or name not in merged}
        return merged

    assert shape([docx.fields(every_outcome(), "zh")]) == docx.FIELDS


def test_the_templates_are_what_their_tool_builds() -> None:
    tool = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "opinion_template.py"))
    for lang, words in (("zh", tool["ZH"]), ("en", tool["EN"])):
        with zipfile.ZipFile(OPINION / f"{lang}.docx") as archive:
            assert {n: archive.read(n).decode() for n in archive.namelist()} == tool["parts"](words)
        docx.template(OPINION / f"{lang}.docx")


# ---- templates ------------------------------------------------------------------------------------------------------


def test_marks_are_filled_also_where_word_cut_them_apart() -> None:
    assert filled({"a": "甲", "b": "乙"}, "x{|{a|}}y{{ b }}{{a}}", "{|{b}|}") == ["x甲y乙甲", "乙"]


def test_sections_are_repeated_nested_left_out_and_stand_for_what_is_empty() -> None:
    lines = (
        "{{#l}}",
        "{{n}}{{a}}",
        "{{#m}}",
        "-{{k}}{{n}}",
        "{{/m}}",
        "{{/l}}",
        "{{^e}}",
        "空",
        "{{/e}}",
        "{{#e}}",
        "有",
        "{{/e}}",
    )
    items = [{"n": "1", "m": [{"k": "x"}, {"k": "y"}]}, {"n": "2", "m": []}]
    assert filled({"a": "甲", "l": items, "e": ""}, *lines) == ["1甲", "-x1", "-y1", "2甲", "空"]


def test_lines_of_a_text_are_lines_in_word() -> None:
    root = etree.fromstring(
        zipfile.ZipFile(io.BytesIO(Template(made("{{a}}"), "").fill({"a": "甲\n乙"}))).read("word/document.xml")
    )
    assert [e.tag.removeprefix(W) for e in root.iter() if e.tag in (f"{W}t", f"{W}br")] == ["t", "br", "t"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{{nothing}}"], "没有这个字段"),
        (["{{#findings}}"], "没有与它并列的"),
        (["{{/findings}}"], "没有对应的开头"),
        (["x {{#files}}", "{{/files}}"], "独占一段"),
        (["{{title"], "没有配对"),
        (["{{files}}"], "是列表"),
        (["{{^remarks}}", "{{nothing}}", "{{/remarks}}"], "没有这个字段"),
        (["{{title.__class__}}"], "没有这个字段"),
    ],
)
def test_a_template_with_a_wrong_mark_is_refused_before_anything_is_checked(
    lines: list[str], said: str, tmp_path: Path
) -> None:
    made(*LEAST, *lines, path=tmp_path / "模板.docx")
    ran = run("check", tmp_path / "没有", "-o", tmp_path / "意见.docx", "--template", tmp_path / "模板.docx")
    assert ran.status == 2 and said in ran.err and "模板.docx" in ran.err and not (tmp_path / "意见.docx").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", (OPINION / "zh.docx").read_bytes()[:4000], b"%PDF-1.7"])
def test_a_file_that_is_no_template_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "模板.docx").write_bytes(content)
    with pytest.raises(CannotFinish):
        docx.template(tmp_path / "模板.docx")


def test_a_template_that_leaves_out_what_was_found_or_that_it_is_a_suggestion_is_refused(tmp_path: Path) -> None:
    for left_out in ("{{headed}}", "{{conclusion}}", "{{message}}", "{{reason}}"):
        made(*[line for line in LEAST if line != left_out], path=tmp_path / "模板.docx")
        with pytest.raises(CannotFinish, match=left_out.strip("{}")):
            docx.template(tmp_path / "模板.docx")


def test_a_departments_own_template_is_used(tmp_path: Path) -> None:
    own = docx.template(_written(tmp_path / "模板.docx"))
    report: Report = demo()
    said = paragraphs(writers.write(report, "docx", "zh", own))
    assert said[0] == "某市某局" and [f.message.zh for f in report.findings if f.message.zh in said]


def _written(path: Path) -> Path:
    made("某市某局", *LEAST, path=path)
    return path


def test_a_template_without_a_word_report_is_told(tmp_path: Path) -> None:
    ran = run("check", tmp_path, "--template", OPINION / "zh.docx", "--lang", "en")
    assert ran.status == 2 and "--template" in ran.err
