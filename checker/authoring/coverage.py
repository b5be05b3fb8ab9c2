"""Which clauses are checked by which rules, and which fixtures show it: generated, never kept by hand."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.authoring import fixtures
from checker.errors import Text
from checker.model import Checkability, Clause, Outcome, Rule
from checker.prepared import prepare
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.writers.words import CHECKED, STRENGTHS


@dataclass(frozen=True)
class Row:
    """A clause with its rules, and how many fixtures of each outcome every rule has."""

    clause: Clause
    rules: tuple[Rule, ...]
    fixtures: Mapping[str, Counter[Outcome]]

    @property
    def is_gap(self) -> bool:
        """Whether the clause says that it is checked automatically, and no rule does."""
        return self.clause.checkability is Checkability.AUTOMATIC and not self.rules


def coverage(packs: Sequence[Pack]) -> tuple[Row, ...]:
    """Every clause of the packs, by guideline and number. Raises CannotFinish for what cannot be read."""
    rules = prepare(packs).rulebook
    found: dict[str, Counter[Outcome]] = {}
    for pack in packs:
        for path in fixtures.fixtures(pack):
            found.setdefault(path.parent.name, Counter())[fixtures.outcome_of(path)] += 1
    clauses = sorted(rules.clauses.values(), key=lambda clause: (clause.guideline, clause.number))
    return tuple(_row(clause, rules, found) for clause in clauses)


def _row(clause: Clause, rules: Rulebook, found: Mapping[str, Counter[Outcome]]) -> Row:
    own = tuple(rule for rule in rules.rules if rule.clause.iri == clause.iri)
    return Row(clause, own, {rule.code: found.get(rule.code, Counter()) for rule in own})


def text(rows: Sequence[Row], lang: str) -> str:
    """The coverage as text: a line a clause, one below it for each rule, and the sums."""
    lines: list[str] = []
    guideline = ""
    for row in rows:
        if row.clause.guideline != guideline:
            guideline = row.clause.guideline
            lines += ["", f"== {guideline.rsplit('/', 1)[-1]}"]
        mark = "●" if row.is_gap else " "
        lines.append(
            f"{mark} {row.clause.number:<8} {_kind(row.clause, lang)}  {_first(row.clause.requirement.in_(lang))}"
        )
        lines += [
            f"    {rule.code:<8} {rule.title.in_(lang)}  {_counts(row.fixtures[rule.code])}" for rule in row.rules
        ]
    return "\n".join([*lines, "", _sums(rows).in_(lang)]).lstrip("\n") + "\n"


def page(rows: Sequence[Row], lang: str) -> str:
    """The coverage as one self-contained HTML page."""
    head = (
        Text("条款", "Clause"),
        Text("要求", "Requirement"),
        Text("约束力", "Strength"),
        Text("核查方式", "Checked"),
        Text("规则与样例", "Rules and fixtures"),
    )
    cells = "".join(f"<th>{h.in_(lang)}</th>" for h in head)
    title = Text("条款覆盖情况", "Coverage of the clauses").in_(lang)
    body = "\n".join(_cells(row, lang) for row in rows)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>\n<style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1><p>{html.escape(_sums(rows).in_(lang))}</p>\n<table><thead><tr>{cells}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></body></html>\n"
    )


_STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:2rem;color:#222}"
    "table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:.4rem .7rem;text-align:left;vertical-align:top}"
    "th{position:sticky;top:0;background:#fff}tr.gap td{background:#fbe9e7}td.nowrap{white-space:nowrap}ul{margin:0;padding-left:1.1rem}"
)


def _cells(row: Row, lang: str) -> str:
    rules = "".join(
        f"<li><b>{rule.code}</b> {html.escape(rule.title.in_(lang))} <small>{_counts(row.fixtures[rule.code])}</small></li>"
        for rule in row.rules
    )
    clause = row.clause
    return (
        f"<tr{' class=gap' if row.is_gap else ''}><td class=nowrap>{clause.number}</td>"
        f"<td>{html.escape(clause.requirement.in_(lang))}</td><td class=nowrap>{STRENGTHS[clause.strength].in_(lang)}</td>"
        f"<td class=nowrap>{CHECKED[clause.checkability].in_(lang)}</td><td><ul>{rules}</ul></td></tr>"
    )


def _kind(clause: Clause, lang: str) -> str:
    return f"[{STRENGTHS[clause.strength].in_(lang)}, {CHECKED[clause.checkability].in_(lang)}]"


def _counts(found: Counter[Outcome]) -> str:
    return " ".join(f"{fixtures.name_of(outcome)}:{found[outcome]}" for outcome in Outcome if found[outcome])


def _first(sentence: str) -> str:
    """The first sentence of a requirement."""
    return sentence.split("。")[0].split(". ")[0]


def _sums(rows: Sequence[Row]) -> Text:
    automatic = [row for row in rows if row.clause.checkability is Checkability.AUTOMATIC]
    gaps = sum(row.is_gap for row in rows)
    rules = sum(len(row.rules) for row in rows)
    shown = sum(sum(counts.values()) for row in rows for counts in row.fixtures.values())
    return Text(
        f"条款 {len(rows)} 条，其中自动核查 {len(automatic)} 条（{gaps} 条没有规则）；规则 {rules} 条，样例 {shown} 个。",
        f"{len(rows)} clauses, {len(automatic)} of them automatic ({gaps} without a rule); {rules} rules, {shown} fixtures.",
    )
