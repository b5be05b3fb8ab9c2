"""What is to be mended in a pack, and how it is listed; the checks of ontologies and of rules hand it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from checker.errors import Text


class Kind(StrEnum):
    """What a problem is about; each value is what the report's headings say."""

    UNREADABLE = "unreadable"
    MODULE = "module"
    FOREIGN = "foreign"
    LABEL = "label"
    DEFINITION = "definition"
    SOURCE = "source"
    UNDECLARED = "undeclared"
    UNUSED = "unused"
    CIRCLE = "circle"
    TWICE = "twice"
    SAME_LABEL = "same-label"
    SAME_NAME = "same-name"
    OWL_DL = "owl-dl"
    NOT_COMPUTED = "not-computed"
    CONTRADICTION = "contradiction"
    HIERARCHY = "hierarchy"
    SHAPE = "shape"
    PLACE = "place"
    OUT_OF_FORCE = "out-of-force"
    NO_FIXTURE = "no-fixture"
    MESSAGE = "message"
    SEVERITY = "severity"
    NUMBER = "number"
    QUERY = "query"
    DEMANDS_NOTHING = "demands-nothing"
    CIRCULAR_SHAPES = "circular-shapes"
    NEVER_PASSES = "never-passes"
    NEVER_FAILS = "never-fails"
    TAKES_OVER = "takes-over"
    NO_RULE = "no-rule"


@dataclass(frozen=True)
class Problem:
    """Something to mend in a pack: the term it is about, the file to mend it in, and what is wrong."""

    kind: Kind
    term: str
    file: str
    text: Text


# For each kind: its heading, and how to mend it.
GUIDE: Mapping[Kind, tuple[Text, Text]] = {
    Kind.UNREADABLE: (
        Text("读不懂的本体", "Ontology that cannot be read"),
        Text("按所述改正。", "Correct it as it says."),
    ),
    Kind.MODULE: (
        Text("模块", "Modules"),
        Text(
            "每个文件恰好描述一个 owl:Ontology，写明标签、定义与版本；只导入规则包内的模块，不成循环。",
            "A file describes exactly one owl:Ontology with label, definition and version, and imports modules of the packs only, never in a circle.",
        ),
    ),
    Kind.FOREIGN: (
        Text("描述了规则包以外的事物", "Descriptions of what is not the pack's own"),
        Text("在本包基址内另立术语，再与之关联。", "Describe a term of the pack's own and relate it to the other."),
    ),
    Kind.LABEL: (
        Text("缺少标签", "Missing labels"),
        Text(
            "补上 @zh 与 @en 标签（代码用 skos:prefLabel）。", "Add labels in @zh and @en (for codes skos:prefLabel)."
        ),
    ),
    Kind.DEFINITION: (
        Text("缺少定义", "Missing definitions"),
        Text("补上 @zh 与 @en 的 skos:definition。", "Add a skos:definition in @zh and @en."),
    ),
    Kind.SOURCE: (
        Text("缺少来源", "Missing sources"),
        Text("在术语或其模块的文件头写明 dct:source。", "State dct:source at the term or in the header of its module."),
    ),
    Kind.UNDECLARED: (
        Text("未声明的术语", "Undeclared terms"),
        Text("改正拼写，或在 ontology/ 中声明。", "Correct the spelling, or declare the term in ontology/."),
    ),
    Kind.UNUSED: (
        Text("无处使用的术语", "Unused terms"),
        Text(
            "删去，或在公理、列、规则或能力问题中使用。",
            "Remove it, or use it in an axiom, a column, a rule or a competency question.",
        ),
    ),
    Kind.CIRCLE: (
        Text("循环", "Circles"),
        Text("去掉其中一步。", "Take one of the steps out."),
    ),
    Kind.TWICE: (
        Text("在两个文件中命名的术语", "Terms named in two files"),
        Text(
            "只在一处描述；若为两个事物，各用各的 IRI。",
            "Describe it in one place; if two things are meant, give each an IRI.",
        ),
    ),
    Kind.SAME_LABEL: (
        Text("同名的术语", "Terms with one name"),
        Text("改用各自的名称。", "Give each a name of its own."),
    ),
    Kind.SAME_NAME: (
        Text("同名的表或列", "Tables or columns with one name"),
        Text("改用别的名称，否则读取时无法区分。", "Use another name; what a file means by it could not be told."),
    ),
    Kind.OWL_DL: (
        Text("超出 OWL 2 DL", "Outside OWL 2 DL"),
        Text("改写该公理或声明。", "Write the axiom or declaration differently."),
    ),
    Kind.NOT_COMPUTED: (
        Text("核查时无法计算的定义", "Definitions that checking does not compute"),
        Text(
            "改用交集、并集、枚举、hasValue 或 someValuesFrom（文本可限 xsd:pattern）；只作断言的写为 rdfs:subClassOf。见 docs/decisions/0007。",
            "Use intersection, union, enumeration, hasValue or someValuesFrom (of texts with an xsd:pattern), or make it a claim by rdfs:subClassOf; see docs/decisions/0007.",
        ),
    ),
    Kind.CONTRADICTION: (
        Text("逻辑矛盾", "Contradictions"),
        Text("检查与之有关的互斥、定义与取值范围。", "Look at the disjointness, definitions and ranges around it."),
    ),
    Kind.HIERARCHY: (
        Text("推断的类层次已过时", "Inferred hierarchy out of date"),
        Text("运行 plancheck ontology classify。", "Run plancheck ontology classify."),
    ),
    Kind.SHAPE: (
        Text("规则、条款、阈值或表式不合要求", "Rules, clauses, thresholds or kinds of tables that lack something"),
        Text("按所述补正；要求见 ontology/rule-shapes.ttl。", "Mend it as it says; see ontology/rule-shapes.ttl."),
    ),
    Kind.PLACE: (
        Text("放错地方的规则", "Rules in the wrong place"),
        Text(
            "文件以规则代码命名，放在 rules/ 下该条款所属指南的文件夹。",
            "Name the file by the rule's code, in the folder of the clause's guideline below rules/.",
        ),
    ),
    Kind.OUT_OF_FORCE: (
        Text("条款的施行日期", "When clauses are in force"),
        Text(
            "写明依据文件的版次或施行日期；尚未施行的条款不应有规则。",
            "State the edition or the day in force of the instrument; no rule rests on what is not in force yet.",
        ),
    ),
    Kind.NO_FIXTURE: (
        Text("缺少的样例", "Missing fixtures"),
        Text(
            "在 fixtures/rules/<代码>/ 补上以该结果命名的样例。",
            "Add a fixture named by that outcome to fixtures/rules/<CODE>/.",
        ),
    ),
    Kind.MESSAGE: (
        Text("没有说清楚的提示", "Messages that do not teach"),
        Text(
            "写一句规划师会写的话，用 {?this}、{?value} 等带出是谁、是多少。",
            "Write the sentence that a planner would, with who and how much by {?this}, {?value} and the like.",
        ),
    ),
    Kind.SEVERITY: (
        Text("前后不一的级别", "Severities that do not agree"),
        Text(
            "规则与其属性形状各写 sh:severity；规则的级别是其中最重的一个。",
            "State sh:severity at the rule and at its property shapes; the rule's is the severest of them.",
        ),
    ),
    Kind.NUMBER: (
        Text("写在规则里的数", "Numbers in rules"),
        Text(
            "改写为带日期和来源的阈值（ontology/thresholds.ttl）。",
            "Make it a dated threshold with a source (ontology/thresholds.ttl).",
        ),
    ),
    Kind.QUERY: (
        Text("靠不住的查询", "Queries that cannot be relied on"),
        Text("按所述改写。", "Write it differently, as it says."),
    ),
    Kind.DEMANDS_NOTHING: (
        Text("没有要求的形状", "Shapes that demand nothing"),
        Text("加上约束，或删去该形状。", "Add a constraint, or remove the shape."),
    ),
    Kind.CIRCULAR_SHAPES: (
        Text("循环引用的形状", "Shapes that lead to themselves"),
        Text("去掉其中一步。", "Take one of the steps out."),
    ),
    Kind.NEVER_PASSES: (
        Text("无法通过的规则", "Rules that nothing passes"),
        Text(
            "检查规则的约束与本体的互斥、定义域、值域与基数，改正其一。",
            "Look at the rule's constraints and at the ontology's disjointness, domains, ranges and cardinalities; one of them is wrong.",
        ),
    ),
    Kind.NEVER_FAILS: (
        Text("从不报问题的约束", "Constraints that nothing fails"),
        Text("删去，或改为真正的要求。", "Remove it, or demand what is really meant."),
    ),
    Kind.TAKES_OVER: (
        Text("取代别的规则包的规则", "Exceptions to another pack's rules"),
        Text("例外只能取代本规则包的规则。", "An exception replaces findings of its own pack's rules only."),
    ),
    Kind.NO_RULE: (
        Text("没有规则的条款", "Clauses without a rule"),
        Text(
            "写规则，或把核查方式改为人工核查或成果包内无法核查。",
            "Write a rule, or say that a person checks it or that no package can show it.",
        ),
    ),
}


def listing(problems: Sequence[Problem], lang: str) -> str:
    """The problems as text, grouped by kind, with how to mend each kind and the counts at the end."""
    lines: list[str] = []
    for kind, (heading, remedy) in GUIDE.items():
        group = [problem for problem in problems if problem.kind is kind]
        if group:
            lines += [f"● {heading.in_(lang)} ({len(group)})", f"  {remedy.in_(lang)}"]
            lines += [f"  {p.file}  {p.term}  {p.text.in_(lang)}" for p in group]
            lines.append("")
    files = len({problem.file for problem in problems})
    total = Text(
        f"共 {len(problems)} 个问题，涉及 {files} 个文件。" if problems else "没有发现问题。",
        f"{len(problems)} problems in {files} files." if problems else "No problem found.",
    )
    return "\n".join([*lines, total.in_(lang)]) + "\n"
