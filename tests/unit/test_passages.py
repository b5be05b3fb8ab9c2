"""What a text treats: headings and paragraphs matched to required contents, and the table that stands over them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker import lift, readers, resources
from checker.authoring.template import choice
from checker.authoring.template.outline import docx
from checker.lift import passages
from checker.model import Basis, Treatment
from checker.prepared import prepare
from checker.vocabulary import PLAN, SUB, normal
from tests.packages import FORM, PROJECTS, Rows, check, run, workbook
from tests.unit.test_documents import outline, p, style, table, word

PACKS = resources.packs()
PREPARED = prepare(PACKS)
TERMS = PREPARED.vocabulary
SCHEMA = PACKS[0].root / "ontology" / "plan.xsd"
STYLES = "".join(
    (
        style("1", "heading 1", f"<w:pPr>{outline(0)}</w:pPr>"),
        style("2", "heading 2", f"<w:pPr>{outline(1)}</w:pPr>"),
        style("T1", "toc 1"),
    )
)
BODY = p("全市统筹推进，分期实施，具体安排由各部门另行制定。")
TERRITORIAL: Rows = [*FORM[:2], ("规划类型", "国土空间规划"), *FORM[3:]]
CLUSTER: Rows = [*FORM, ("规划尺度", "城市群")]
CONTENTS = ("审查要点", "所在章节", "不涉及理由")


def chapters(*titles: str) -> list[str]:
    """Headings of the first level with a paragraph under each."""
    return [part for title in titles for part in (p(title, "1"), BODY)]


class Treated:
    """What was found of the contents of a package."""

    def __init__(self, folder: Path) -> None:
        _, (summary, *_), _ = lift.lift(readers.read(folder, TERMS, SCHEMA), {}, TERMS)
        self.all = summary.treatments

    def __getitem__(self, name: str) -> Treatment:
        (found,) = (one for one in self.all if one.content.zh == name)
        return found

    def basis(self, name: str) -> str:
        return self[name].basis.value

    def words(self, name: str) -> list[str]:
        return [text for _, text in self[name].passages]


@pytest.fixture
def treated(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Reads a package of plan information, a text, and rows of a table of contents by requirement."""

    def of(*body: str, rows: Rows = (), form: Rows = FORM, **sheets: Rows) -> Treated:
        given = {"规划信息": form, **sheets, **({"审查要点对照表": [CONTENTS, *rows]} if rows else {})}
        workbook(tmp_path / "表格.xlsx", given)
        if body:
            word(tmp_path / "规划文本.docx", body, styles=STYLES)
        return Treated(tmp_path)

    return of


# ---- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "content"),
    [
        ("第三章 总体目标", "总体目标"),
        ("第３章　总 体 目 标", "总体目标"),
        ("三、规划目标", "总体目标"),
        ("（三）发展目标与指标", "总体目标"),
        ("3 目标", "总体目标"),
        ("3.2.1　目标与定位", "定位"),
        ("第二十一条 与相关规划的衔接", "相关规划衔接"),
        ("2.3 知识、技能共享机制", "知识与技能共享"),
        ("Chapter 4 Overall Goal", "总体目标"),
    ],
)
def test_a_heading_is_known_by_its_names_whatever_its_number(treated, heading: str, content: str) -> None:
    found = treated(p("第一章 总则", "1"), BODY, p(heading, "2"), BODY)
    assert found.basis(content) == "words" and found.words(content) == [" ".join(heading.split())]
    place, _ = found[content].passages[0]
    assert (place.file, place.row, place.is_text) == ("规划文本.docx", 3, True)


def test_all_eight_groups_are_found_in_the_headings_of_a_real_plan(treated) -> None:
    found = treated(
        *chapters(
            "第一章 规划范围与期限", "第二章 城乡建设用地规模控制", "第三章 健全公共服务设施体系",
            "第四章 保护河湖水系，统筹水资源", "第五章 严守耕地和永久基本农田", "第六章 生态环境保护与修复",
            "第七章 彰显历史文化遗产", "第八章 建设综合防灾减灾体系",
        ),
        form=TERRITORIAL,
    )  # fmt: skip
    assert [one.content.zh for one in found.all if one.basis is not Basis.WORDS] == ["近期规划安排"]
    assert len(found.all) == 9


def test_a_short_name_counts_as_a_whole_heading_only(treated) -> None:
    found = treated(*chapters("卫星定位基准站"), p("沿街布设定位信标，完善水系。"))
    assert found.basis("定位") == "nothing"


def test_headings_come_before_paragraphs_and_at_most_three_are_kept(treated) -> None:
    said = p("本规划的总体目标是建成宜居之城。")
    assert treated(p("第一章 总则", "1"), *[said] * 5).words("总体目标") == ["本规划的总体目标是建成宜居之城。"] * 3
    assert treated(p("第一章 总则", "1"), said, p("二、建设目标", "2"), BODY).words("总体目标") == ["二、建设目标"]


def test_of_a_long_paragraph_the_words_are_shown(treated) -> None:
    (shown,) = treated(p("背景介绍。" * 60 + "由专业公司承担，运营模式为特许经营。" + "其他说明。" * 60)).words(
        "运营模式与主体"
    )
    assert "运营模式为特许经营" in shown and len(shown) <= 122


def test_a_heading_with_nothing_under_it_is_no_evidence(treated) -> None:
    found = treated(p("第一章 总体目标", "1"), p("第二章 相关规划", "1"), p("……"), p("第三章 人才保障", "1"), BODY)
    assert [found.basis(name) for name in ("总体目标", "相关规划衔接", "人才队伍建设")] == [
        "nothing",
        "nothing",
        "words",
    ]


def test_text_deeper_down_fills_the_headings_above(treated) -> None:
    found = treated(p("第一章 总体目标", "1"), p("第一节 近期", "2"), BODY, p("第二章 人才保障", "1"))
    assert found.basis("总体目标") == "words" and found.basis("人才队伍建设") == "nothing"


def test_a_table_of_contents_is_no_evidence(treated) -> None:
    listed = [p("第一章 总体目标\t3", "T1"), p("第二章 相关规划衔接……12"), p("第三章 人才保障\t15")]
    found = treated(*listed, p("第一章 总则", "1"), BODY)
    assert {one.basis for one in found.all} == {Basis.NOTHING}


@pytest.mark.parametrize("kind", ["smart-city", "territorial", "special"])
def test_an_outline_that_is_not_filled_in_is_no_evidence(tmp_path: Path, kind: str) -> None:
    asked = choice.choose(TERMS, PREPARED.rulebook, kind, None)
    (tmp_path / "规划文本.docx").write_bytes(docx(asked, "zh"))
    workbook(tmp_path / "表格.xlsx", {"规划信息": [*FORM[:2], ("规划类型", asked.kind.label.zh), *FORM[3:]]})
    found = Treated(tmp_path)
    assert found.all and {one.basis for one in found.all} == {Basis.NOTHING}


def test_contents_of_a_scale_are_asked_of_that_scale_only(treated) -> None:
    names = [one.content.zh for one in treated(BODY).all]
    assert "区域协同安排" not in names and "参与式感知与隐私保护" not in names
    assert treated(*chapters("第五章 区域协调发展"), form=CLUSTER).basis("区域协同安排") == "words"


# ---- records --------------------------------------------------------------------------------------------------------


def test_what_the_tables_record_needs_no_words(treated) -> None:
    related = [("相关规划名称", "衔接方式"), ("试算市（虚构）交通规划", "采纳")]
    found = treated(BODY, form=[*FORM, ("总体目标", "建成宜居之城"), ("定位", "/")], 相关规划衔接表=related)
    assert found.basis("总体目标") == "recorded" and found["总体目标"].said == TERMS.label(str(PLAN.overallGoal))
    assert found.basis("相关规划衔接") == "recorded"
    assert found.basis("定位") == "nothing", "a mark for an empty cell is no positioning"


def test_without_text_and_table_only_records_are_there(treated) -> None:
    assert [one.content.zh for one in treated(form=[*FORM, ("总体目标", "建成宜居之城")]).all] == ["总体目标"]
    assert treated(项目表=PROJECTS).all == ()


# ---- the table of contents by requirement ---------------------------------------------------------------------------

TEXT = [
    p("第一章 总则", "1"), BODY, p("第二章 愿景", "1"), p("第一节 2035年的城市", "2"), BODY, p("第二节 角色", "2"), BODY,
    p("第三章 用地、设施", "1"), p("第一节 空间", "2"), BODY, p("3.2 数字底座", "2"), BODY, p("第四章 附则", "1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("第二章", ["第二章 愿景"]),
        ("第２章（P8-12）", ["第二章 愿景"]),
        ("第二章 愿景，第8页", ["第二章 愿景"]),
        ("愿景", ["第二章 愿景"]),
        ("第二章第一节", ["第一节 2035年的城市"]),
        ("第二章 第一节；第三章第一节", ["第一节 2035年的城市", "第一节 空间"]),
        ("第二章第一节至第二节", ["第一节 2035年的城市", "第二节 角色"]),
        ("第二章和第三章", ["第二章 愿景", "第三章 用地、设施"]),
        ("第三章 用地、设施", ["第三章 用地、设施"]),
        ("3.2", ["3.2 数字底座"]),
        ("第3.2节 数字底座 P20", ["3.2 数字底座"]),
        ("第 5 段", ["全市统筹推进，分期实施，具体安排由各部门另行制定。"]),
    ],
)
def test_a_stated_place_is_looked_up(treated, place: str, shown: list[str]) -> None:
    found = treated(*TEXT, rows=[("总体目标", place, None)])
    assert found.basis("总体目标") == "stated" and found.words("总体目标") == shown


@pytest.mark.parametrize(
    "place", ["第九章", "第二章 总体布局", "第二章第三节", "第四章", "目标体系", "第 99 段", "P12"]
)
def test_a_stated_place_that_is_not_in_the_text_is_told(treated, place: str) -> None:
    """Among them a number with another title, and a chapter with nothing under it."""
    found = treated(*TEXT, rows=[("总体目标", place, None)])["总体目标"]
    assert found.basis is Basis.NOT_IN_TEXT and found.said is not None and found.said.zh == place


def test_the_table_stands_over_the_words(treated) -> None:
    body = [*TEXT, *chapters("第五章 总体目标", "第六章 运营模式", "第七章 人才保障", "第八章 建设管控")]
    rows = [("总体目标", "第二章", None), ("运营模式", "不涉及", "由市级平台统一运营"), ("人才队伍", "/", None)]
    found = treated(*body, rows=rows)
    assert found.words("总体目标") == ["第二章 愿景"]
    assert found.basis("运营模式与主体") == "not-concerned" and found.words("运营模式与主体") == []
    assert found.words("人才队伍建设") == ["第七章 人才保障"], "a row that says nothing leaves the words"
    assert found.words("建设管控要求") == ["第八章 建设管控"], "and so does a content that has no row"


def test_a_reason_alone_declares_that_a_content_does_not_concern_the_plan(treated) -> None:
    rows = [("运营模式", None, "由市级平台统一运营"), ("人才队伍", None, "/"), ("总体目标", "第二章", "另见说明书")]
    found = treated(*TEXT, *chapters("第五章 人才保障"), rows=rows)
    assert found.basis("运营模式与主体") == "not-concerned"
    assert found.words("人才队伍建设") == ["第五章 人才保障"], "a mark for an empty cell is no reason"
    assert found.basis("总体目标") == "stated", "a chapter stands over it"


def test_a_table_in_the_text_itself_counts_and_its_cells_are_no_words(treated) -> None:
    rows = table(CONTENTS, ("总体目标", "第二章", ""), ("知识共享", "第三章", ""))
    found = treated(*TEXT, p("附表 审查要点对照表"), rows)
    assert found.basis("总体目标") == "stated" and found.words("知识与技能共享") == ["第三章 用地、设施"]


def test_a_row_of_names_of_columns_is_a_row(treated) -> None:
    """总体目标 and 定位 are columns of the plan information as well."""
    found = treated(*chapters("总体目标", "定位"), rows=[("总体目标", "总体目标", None), ("定位", "定位", None)])
    assert found.basis("总体目标") == found.basis("定位") == "stated"


def test_without_a_text_a_stated_place_cannot_be_seen(treated) -> None:
    found = treated(rows=[("总体目标", "第二章", None)])
    assert found.basis("总体目标") == "not-seen" and found.basis("定位") == "nothing"


# ---- what the ontology and the rules say ------------------------------------------------------------------------------


def test_no_two_contents_share_a_name() -> None:
    taken: dict[str, str] = {}
    for content in sorted(TERMS.subclasses(str(PLAN.RequiredContent))):
        for name in map(normal, TERMS.names(content)):
            assert taken.setdefault(name, content) == content, name


def test_a_rule_on_contents_reads_each_of_them_and_asks_a_person() -> None:
    """Else a content of which nothing is known would pass unseen, or words would pass."""
    rules = PREPARED.rulebook
    every = TERMS.subclasses(str(PLAN.RequiredContent))
    count = 0
    for rule in rules.rules:
        targets = [cls for cls in rules.targets(rule, rule.iri).classes if cls in every]
        for cls in targets:
            count += 1
            due = {c for c in TERMS.subclasses(cls) if TERMS.subclasses(c) == {c}}
            kinds = {k for kind in rule.applies_to for k in TERMS.superclasses(kind)}
            assert due <= set(rule.reads), f"{rule.code} must read {due - set(rule.reads)}"
            assert rule.applies_to and due <= set(TERMS.contents_of(kinds)), f"{rule.code} judges plans without {cls}"
            assert rule.asks and "https://w3id.org/plancheck/content#shown" in rule.mentions, rule.code
    assert count


def test_contents_have_passages_as_facts(tmp_path: Path) -> None:
    workbook(tmp_path / "表格.xlsx", {"规划信息": FORM})
    word(tmp_path / "规划文本.docx", chapters("第一章 总体目标"), styles=STYLES)
    facts, _, _ = lift.lift(readers.read(tmp_path, TERMS, SCHEMA), {}, TERMS)
    (passage,) = (t for t in facts.tables if t.cls == str(SUB.Passage))
    said = {prop.rpartition("#")[2]: column.to_pylist() for prop, column in passage.columns.items()}
    assert said == {
        "passageText": ["第一章 总体目标"], "passageNumber": [1], "headingLevel": [1], "inDocument": ["规划文本.docx"]
    }  # fmt: skip
    assert facts.links[str(SUB.namedIn)].column("o").to_pylist() == passage.ids.to_pylist()


def test_numerals() -> None:
    said = ["三", "十", "十二", "二十", "二十一", "一百零二", "〇", "12", "03"]
    assert [passages._counted(text) for text in said] == [3, 10, 12, 20, 21, 102, 0, 12, 3]


# ---- from a package to a report ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A smart-city plan with a text that speaks of its goal, and of nothing else that is asked."""
    workbook(tmp_path / "表格.xlsx", {"规划信息": [*FORM, ("定位", "山水数字名城")], "项目表": PROJECTS})
    word(tmp_path / "规划文本.docx", chapters("第一章 总则", "第二章 规划目标"), styles=STYLES)
    return tmp_path


def test_words_are_put_before_a_person_with_the_passage(folder: Path) -> None:
    ran = check(folder)
    assert ran.outcome("PS-105") == "person-decides"
    assert "规划文本.docx 第 3 段“第二章 规划目标”" in ran.reasons("PS-105")
    (rule,) = (rule for rule in ran.report["rules"] if rule["code"] == "PS-105")
    assert [reason["place"] for reason in rule["reasons"]] == [{"file": "规划文本.docx", "paragraph": 3}]
    assert ran.outcome("SC-113") == "failed"
    assert "[规划文本.docx / paragraph 3]" in run("check", folder, "--lang", "en").out


def test_a_record_passes_and_no_text_is_said_once(folder: Path) -> None:
    (folder / "规划文本.docx").unlink()
    ran = check(folder)
    assert ran.outcome("PS-105") == ran.outcome("SC-113") == "not-supplied"
    assert ran.reasons("PS-105") == ran.reasons("SC-113") == "成果包没有规划文本（.docx）或“审查要点对照表”"
    workbook(folder / "表格.xlsx", {"规划信息": [*FORM, ("定位", "名城"), ("总体目标", "宜居")], "项目表": PROJECTS})
    assert check(folder).outcome("PS-105") == "passed"


def test_a_declared_exception_is_for_a_person_and_a_chapter_that_is_not_there_fails(folder: Path) -> None:
    rows = [CONTENTS, ("相关规划衔接", "不涉及", "本市尚无其他规划"), ("总体目标", "第九章", None)]
    workbook(folder / "对照.xlsx", {"审查要点对照表": rows})
    ran = check(folder)
    assert ran.outcome("SC-113") == "person-decides" and "本市尚无其他规划" in ran.reasons("SC-113")
    (finding,) = (f for f in ran.report["findings"] if f["rule"] == "PS-105")
    assert "第九章" in finding["message"]["zh"]
    assert (finding["place"]["file"], finding["place"]["row"]) == ("对照.xlsx", 3)


def test_a_content_that_is_not_known_is_a_finding(folder: Path) -> None:
    workbook(folder / "对照.xlsx", {"审查要点对照表": [CONTENTS, ("总休目标", "第二章", None)]})
    ran = check(folder)
    assert ran.outcome("DQ-115") == "failed" and ran.outcome("PS-105") == "person-decides"


def test_inspect_shows_which_contents_were_found_where(folder: Path) -> None:
    lines = [line.strip() for line in run("inspect", folder).out.splitlines()]
    at = lines.index("总体目标  →  仅用词相符，待人确认")
    assert lines[at + 1] == "规划文本.docx / 第 3 段  第二章 规划目标" and "相关规划衔接  →  没有找到" in lines
    plan = json.loads(run("inspect", folder, "--format", "json").out)["plans"][0]
    (goal,) = (one for one in plan["contents"] if one["content"]["en"] == "overall goal")
    assert goal["basis"] == "words"
    assert goal["passages"] == [{"place": {"file": "规划文本.docx", "paragraph": 3}, "text": "第二章 规划目标"}]
