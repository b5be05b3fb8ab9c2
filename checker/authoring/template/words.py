"""What a template says to the person who fills it in, in zh and en; terms, codes and clauses bring their own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.authoring.template.choice import Choice, Heading, linked
from checker.authoring.template.names import definition
from checker.errors import Text
from checker.model import Clause, Rule
from checker.vocabulary import SUB, TYPE, Column, Vocabulary

TABLES_FILE = Text("表格.xlsx", "tables.xlsx")
LAYERS_FILE = Text("图层.gpkg", "layers.gpkg")
TEXT_FILE = Text("文本.docx", "text.docx")
YES_NO = (Text("是", "yes"), Text("否", "no"))

GUIDE, CODES = str(SUB["guide-sheet"]), str(SUB["codes-sheet"])  # what these sheets are called, the ontology says

_OF_TYPE = {
    "decimal": Text("填数字。", "A number."),
    "integer": Text("填整数。", "A whole number."),
    "boolean": Text("填“是”或“否”。", "yes or no."),
    "date": Text(
        "填日期，如 2026-03-31；只知年月的写“2026年3月”。",
        "A date such as 2026-03-31, or 2026-03 if the day is not known.",
    ),
}


def help_on(terms: Vocabulary, heading: Heading, lang: str) -> list[str]:
    """Lines on one column: what it means, how to fill it in, and which rules read it."""
    found = how_to_fill(terms, heading.column, lang)
    if heading.rules:
        found += [Text("读取此列的规则：", "Rules that read it:").in_(lang), listed_rules(heading.rules, lang)]
    return found


def how_to_fill(terms: Vocabulary, column: Column, lang: str) -> list[str]:
    """Lines on what a column means and how to fill it in."""
    return [text.in_(lang) for text in (*_meaning(terms, column), *_manner(terms, column))]


def _meaning(terms: Vocabulary, column: Column) -> Iterator[Text]:
    said = definition(terms, column.property)
    if said is not None:
        yield said
    if column.is_key:
        yield Text(
            "必填，表内不得重复；其他表以它引用本行。",
            "Required, once in the table; other tables refer to the row by it.",
        )
    elif column.is_required:
        yield Text("必填。", "Required.")


def _manner(terms: Vocabulary, column: Column) -> Iterator[Text]:
    prop = terms.properties.get(column.property)
    if column.end_property is not None:
        yield Text("填起止年限，如 2026—2028年。", "A period such as 2026—2028.")
    elif prop is not None and prop.datatype in _OF_TYPE:
        yield _OF_TYPE[prop.datatype]
    for table in linked(terms, column):
        yield Text(f"填“{table.label.zh}”中的编号或名称。", f"A code or name from '{table.label.en}'.")
    if column.property == TYPE or (prop is not None and prop.range is not None and terms.is_code_class(prop.range)):
        yield Text("从下拉列表中选取。", "Pick from the list.")
    if column.is_many:
        yield Text("可填多个，用“、”分隔。", "Several may be given, parted by 、 or ;.")


def clause(of: Clause) -> Text:
    """A clause as it is cited: number, instrument, article, requirement."""
    zh = "，".join(part for part in (of.instrument.zh, of.article.zh) if part)
    en = ", ".join(part for part in (of.instrument.en, of.article.en) if part)
    return Text(f"{of.number}（{zh}）：{of.requirement.zh}", f"{of.number} ({en}): {of.requirement.en}")


def either(choice: Choice) -> Text:
    """Where to write the plan information: plan.xml and the sheet say the same, and only one of them may stay."""
    form = choice.form.table.label
    return Text(
        f"规划信息只填一处：填 {TABLES_FILE.zh} 的“{form.zh}”一表，删去 plan.xml；或者填 plan.xml，删去该表。",
        f"Give the plan information once: fill in the sheet '{form.en}' of {TABLES_FILE.en} and delete plan.xml, or fill in plan.xml and delete the sheet.",
    )


def steps(choice: Choice) -> list[Text]:
    """What to do with the package, in order."""
    found = [
        either(choice),
        Text(
            "按顺序填写各表。深色表头必填，浅色表头供规则读取，没有内容可留空。鼠标停在表头上有说明。不用的表可以删去，但读取它的规则就无法核查。",
            "Fill in the sheets in their order. Dark headings are required; light ones are read by rules and may stay empty where there is nothing to say. Hover over a heading for help. A sheet may be deleted, but then the rules that read it decide nothing.",
        ),
    ]
    if choice.layers:
        found.append(
            Text(
                f"在 QGIS 或 ArcGIS 中把图形画入 {LAYERS_FILE.zh}；坐标系不同的，先转换再放入。",
                f"Draw the features into {LAYERS_FILE.en} in QGIS or ArcGIS; transform what is in another CRS first.",
            )
        )
    found += [
        Text(f"按提纲编写 {TEXT_FILE.zh}。", f"Write the text along the outline of {TEXT_FILE.en}."),
        Text(f"核查：{command(choice).zh}", f"Check it: {command(choice).en}"),
    ]
    return [Text(f"{n}. {step.zh}", f"{n}. {step.en}") for n, step in enumerate(found, 1)]


def command(choice: Choice) -> Text:
    """How to run the check, with the plans that rules compare this one with."""
    others = [choice.terms.classes[iri] for iri in choice.references]
    zh = "".join(f" --{other.notation} {other.label.zh}文件夹" for other in others)
    en = "".join(f" --{other.notation} {(other.notation or '').upper()}_FOLDER" for other in others)
    return Text(f"plancheck check 本文件夹{zh}", f"plancheck check THIS_FOLDER{en}")


def listed_rules(rules: Sequence[Rule], lang: str) -> str:
    """Rules by code and title, one a line."""
    return "\n".join(f"{rule.code} {rule.title.in_(lang)}" for rule in rules)
