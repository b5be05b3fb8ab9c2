"""Reads a JSON report back; hands on the ``Report`` that it was written from, without geometries and what only checking needs.

A report comes from outside as a plan does. What is not as report.schema.json has it, or does not agree with itself, is
refused with its place: a report that lost its findings on the way must not look like one that has none.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

from checker.errors import CannotFinish, Text
from checker.model import (
    Checkability,
    Clause,
    Decision,
    EarlierOpinion,
    Finding,
    Note,
    Opinion,
    OpinionStanding,
    Outcome,
    Place,
    PlanSummary,
    Profile,
    Reason,
    Report,
    Review,
    Rule,
    RuleOutcome,
    Severity,
    SourceFile,
    Strength,
    Value,
    Waiver,
)
from checker.writers.conclusion import conclude, grounds
from checker.writers.json import FORMAT

_MOST_BYTES = 256 * 2**20  # ten times a report of 10,000 findings, each with the geometry of its conflict
_MOST_DIGITS = 38  # before or after the point, as facts keep them
_AGAIN = Text(
    "请用 plancheck check 成果包 -o 报告.json 重新生成。", "Write it again with plancheck check PACKAGE -o report.json."
)
_HALF = re.compile("[\ud800-\udfff]")  # half a character, which JSON can write and no file can hold
_Word = TypeVar("_Word", bound=StrEnum)
_Made = TypeVar("_Made")


class _Broken(Exception):  # noqa: N818 - it names what was found
    """A part of a report that is not as the schema has it: where, and what should stand there."""

    def __init__(self, at: str, due: Text) -> None:
        super().__init__(at)
        self.at = at
        self.due = due


@dataclass(frozen=True)
class _Part:
    """A part of a report and where it stands (``findings[3].place``)."""

    value: Any
    at: str = ""

    def __getitem__(self, name: str) -> _Part:
        if not isinstance(self.value, dict):
            raise _Broken(self.at, Text("一个对象", "an object"))
        at = f"{self.at}.{name}" if self.at else name
        if name not in self.value:
            raise _Broken(at, Text("一项内容", "something"))
        return _Part(self.value[name], at)

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def each(self) -> Iterator[_Part]:
        if not isinstance(self.value, list):
            raise _Broken(self.at, Text("一个列表", "a list"))
        return (_Part(value, f"{self.at}[{i}]") for i, value in enumerate(self.value))

    def or_none(self, made: Callable[[_Part], _Made]) -> _Made | None:
        return None if self.value is None else made(self)


def read(path: Path) -> Report:
    """The report in a file. Raises CannotFinish for one that is not there, no report, of another format, or broken."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _refused(path, Text("文件过大，不像核查报告。", "The file is too large for a report."), _AGAIN)
        content = path.read_bytes()
    except OSError as error:
        problem = Text(f"报告打不开：{error.strerror}", f"The report cannot be opened: {error.strerror}")
        raise _refused(path, problem, Text("请检查路径。", "Check the path.")) from None
    return parse(content, path)


def parse(content: bytes, path: Path) -> Report:
    """The report in the bytes of a file; ``path`` names it. Raises CannotFinish as ``read`` does."""
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        detail = str(error).splitlines()[0][:200]
        problem = Text(f"文件不是完整的 JSON：{detail}", f"The file is no complete JSON: {detail}")
        raise _refused(path, problem, _AGAIN) from None
    if not isinstance(found, dict) or not {"plancheck", "format", "rules", "findings"} <= found.keys():
        problem = Text("这不是 plancheck 的 JSON 核查报告。", "This is no JSON report of plancheck.")
        raise _refused(path, problem, _AGAIN)
    if found["format"] != FORMAT or isinstance(found["format"], bool):
        said, version = str(found["format"])[:20], str(found["plancheck"])[:20]
        problem = Text(
            f"报告的格式版本是 {said}（由 plancheck {version} 写出），本程序读的是 {FORMAT}。",
            f"The report is of format {said} (written by plancheck {version}); this program reads format {FORMAT}.",
        )
        remedy = Text(
            "请用本版本重新核查当时的成果包，用新写出的报告。",
            "Check the package of that time again with this version, and use the report that it writes.",
        )
        raise _refused(path, problem, remedy)
    try:
        return _report(_Part(found))
    except _Broken as broken:
        problem = Text(
            f"报告的内容不完整：{broken.at} 处应为{broken.due.zh}。",
            f"The report is broken: at {broken.at} there should be {broken.due.en}.",
        )
        raise _refused(path, problem, _AGAIN) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _refused(path: Path, problem: Text, remedy: Text) -> CannotFinish:
    return CannotFinish(problem, str(path), remedy)


def _report(part: _Part) -> Report:
    found: dict[str, list[Finding]] = {}
    rules = [(rule, _rule(rule)) for rule in part["rules"].each()]
    by_code = {rule.code: rule for _, rule in rules}
    if len(by_code) != len(rules):
        raise _Broken("rules", Text("各不相同的规则代码", "rules with different codes"))
    for item in part["findings"].each():
        finding = _finding(item, by_code)
        found.setdefault(finding.rule.code, []).append(finding)
    outcomes = tuple(_outcome(item, rule, found.get(rule.code, [])) for item, rule in rules)
    report = Report(
        plan=_plan(part["plan"]),
        references=tuple(_plan(item) for item in part["references"].each()),
        as_of=_day(part["asOf"]),
        profile=Profile(_str(part["profile"]), _text(part["profileTitle"])),
        rulebook=_str(part["rulebook"]),
        engine=_str(part["engine"]),
        accepted=_bool(part["accepted"]),
        outcomes=outcomes,
        notes=tuple(_note(item) for item in part["notes"].each()),
        geometry_crs=part["geometryCrs"].or_none(_str),
        fail_on=_word(part["failOn"], Severity),
        review=_review(part["review"]) if "review" in part else None,
    )
    counted = {kind: _count(part["outcomes"][kind.value]) for kind in Outcome}
    if counted != report.counts:
        raise _Broken("outcomes", Text("与规则结果一致的计数", "counts that agree with the rules"))
    if report.accepted != (not any(outcome.blocks for outcome in outcomes)):
        raise _Broken("accepted", Text("与规则结果一致的结论", "what follows from the rules"))
    return _concluded(report, part["conclusion"])


def _concluded(report: Report, part: _Part) -> Report:
    """The report with a profile that returns plans for those strengths of clauses with which it concludes what it says."""
    stated = _str(part["name"]), _text(part["grounds"])
    others = (frozenset(some) for n in range(len(Strength) + 1) for some in combinations(Strength, n))
    for returns in (report.profile.returns, *others):
        told = replace(report, profile=replace(report.profile, returns=returns))
        if (conclude(told).name.lower(), grounds(told)) == stated:
            return told
    raise _Broken(part.at, Text("与规则结果一致的结论", "what follows from the rules"))


def _plan(part: _Part) -> PlanSummary:
    role, iri, identifier, title = (_str(part[name]) for name in ("role", "iri", "identifier", "title"))
    return PlanSummary(role, iri, identifier, title, _text(part["kind"]), _files(part["files"]))


def _rule(part: _Part) -> Rule:
    return Rule(
        code=_str(part["code"]),
        iri=_str(part["iri"]),
        title=_text(part["title"]),
        clause=_clause(part["clause"]),
        remedy=_text(part["remedy"]),
        severity=_word(part["severity"], Severity),
        applies_to=frozenset(),
        reads=(),
        needs=(),
        asks=(),
        excepts=tuple(_str(item) for item in part["excepts"].each()),
        mentions=frozenset(),
        source="",
    )


def _clause(part: _Part) -> Clause:
    return Clause(
        iri=_str(part["iri"]),
        guideline=_str(part["guideline"]["iri"]),
        guideline_title=_text(part["guideline"]["title"]),
        number=_str(part["number"]),
        requirement=_text(part["requirement"]),
        instrument=_text(part["instrument"]),
        article=_text(part["article"]),
        strength=_word(part["strength"], Strength),
        jurisdiction=tuple(_str(item) for item in part["jurisdiction"].each()),
        checkability=_word(part["checkability"], Checkability),
        edition=_str(part["edition"]),
        in_force=part["inForce"].or_none(_day),
    )


def _outcome(part: _Part, rule: Rule, findings: list[Finding]) -> RuleOutcome:
    """How a rule ended, with its findings, which must be those that it names."""
    named = [_str(item) for item in part["findings"].each()]
    if Counter(named) != Counter(finding.id for finding in findings):
        raise _Broken(
            part["findings"].at, Text("该规则在 findings 中的问题", "the findings that the report holds of it")
        )
    found = RuleOutcome(
        rule,
        _word(part["outcome"], Outcome),
        _bool(part["counts"]),
        _count(part["checked"]),
        tuple(findings),
        tuple(_reason(item) for item in part["reasons"].each()),
        _str(part["engine"]),
        _bool(part["blocks"]),
    )
    if (found.outcome is Outcome.FAILED) != bool(findings):
        raise _Broken(part["outcome"].at, Text("与问题一致的结果", "an outcome that agrees with the findings"))
    is_open = found.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.FAILED)
    if found.outcome is not Outcome.FAILED and is_open != bool(found.reasons):
        raise _Broken(part["reasons"].at, Text("与结果一致的原因", "reasons that agree with the outcome"))
    return found


def _finding(part: _Part, rules: Mapping[str, Rule]) -> Finding:
    code = part["rule"]
    rule = rules.get(_str(code))
    if rule is None:
        raise _Broken(code.at, Text("rules 中的规则代码", "the code of a rule of the report"))
    details = part["details"]
    if not isinstance(details.value, dict):
        raise _Broken(details.at, Text("一个对象", "an object"))
    return Finding(
        id=_str(part["id"]),
        rule=rule if rule.remedy == _text(part["remedy"]) else replace(rule, remedy=_text(part["remedy"])),
        severity=_word(part["severity"], Severity),
        message=_text(part["message"]),
        focus=_str(part["focus"]),
        focus_label=_text(part["subject"]),
        place=part["place"].or_none(_place),
        path=part["path"].or_none(_str),
        value=part["value"].or_none(_str),
        measured=part["measured"].or_none(_text),
        allowed=part["allowed"].or_none(_text),
        shape=_str(part["shape"]),
        component=_str(part["component"]),
        details={name: _value(details[name]) for name in details.value},
        ground=tuple(_str(item) for item in part["ground"].each()),
        without=tuple(_str(item) for item in part["without"].each()),
        blocks=_bool(part["blocks"]),
        waiver=_waiver(part["waiver"]) if "waiver" in part else None,
        opinions=_opinions(part),
    )


def _reason(part: _Part) -> Reason:
    return Reason(
        _text(part["text"]),
        _word(part["outcome"], Outcome),
        part["node"].or_none(_str),
        part["place"].or_none(_place),
        _str(part["id"]),
        _decision(part["decision"]) if "decision" in part else None,
        _opinions(part),
    )


# ---- what reviewers handed back --------------------------------------------------------------------------------------


def _review(part: _Part) -> Review:
    return Review(
        files=_files(part["files"]),
        earlier=tuple(
            EarlierOpinion(
                _opinion(item["opinion"]), _word(item["standing"], OpinionStanding), item["rule"].or_none(_str)
            )
            for item in part["earlier"].each()
        ),
        own=tuple(_opinion(item) for item in part["own"].each()),
    )


def _opinions(part: _Part) -> tuple[Opinion, ...]:
    return tuple(_opinion(item) for item in part["opinions"].each()) if "opinions" in part else ()


def _opinion(part: _Part) -> Opinion:
    return Opinion(
        about=_str(part["about"]),
        place=_place(part["place"]),
        adopted=_str(part["adopted"]),
        change=_str(part["change"]),
        changed_at=_str(part["changedAt"]),
        opinion=_str(part["opinion"]),
        others=tuple((_str(item["heading"]), _str(item["text"])) for item in part["others"].each()),
        found=_str(part["found"]),
    )


def _waiver(part: _Part) -> Waiver:
    reason, by, document = (_str(part[name]) for name in ("reason", "approvedBy", "document"))
    return Waiver(_place(part["place"]), reason, by, document, _day(part["until"]), _names(part["files"]))


def _decision(part: _Part) -> Decision:
    person, basis = _str(part["person"]), _str(part["basis"])
    return Decision(
        _place(part["place"]), _bool(part["complies"]), person, _day(part["day"]), basis, _names(part["files"])
    )


def _names(part: _Part) -> tuple[str, ...]:
    return tuple(_str(item) for item in part.each())


def _files(part: _Part) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(_str(item["name"]), _str(item["sha256"])) for item in part.each())


# ---- words and values ------------------------------------------------------------------------------------------------


def _note(part: _Part) -> Note:
    plan = _str(part["plan"]) if "plan" in part else None
    return Note(_text(part["text"]), _place(part["place"]), plan, _bool(part["unmatched"]))


def _place(part: _Part) -> Place:
    file = _str(part["file"])
    given = {name: part[name] for name in ("sheet", "layer", "row", "feature", "paragraph", "column") if name in part}
    is_layer, is_text = bool(given.keys() & {"layer", "feature"}), "paragraph" in given
    named = next((given[name] for name in ("sheet", "layer") if name in given), None)
    numbered = next((given[name] for name in ("row", "feature", "paragraph") if name in given), None)
    return Place(
        file,
        None if named is None else _str(named),
        None if numbered is None else _count(numbered),
        _str(given["column"]) if "column" in given else None,
        is_layer,
        is_text,
    )


def _text(part: _Part) -> Text:
    return Text(_str(part["zh"]), _str(part["en"]))


def _str(part: _Part) -> str:
    if not isinstance(part.value, str) or _HALF.search(part.value):
        raise _Broken(part.at, Text("文字", "a text"))
    return part.value


def _bool(part: _Part) -> bool:
    if not isinstance(part.value, bool):
        raise _Broken(part.at, Text("真或假", "true or false"))
    return part.value


def _count(part: _Part) -> int:
    if not isinstance(part.value, int) or isinstance(part.value, bool) or part.value < 0:
        raise _Broken(part.at, Text("不小于零的整数", "a whole number from 0"))
    return part.value


def _value(part: _Part) -> Value:
    if isinstance(part.value, str):
        return _str(part)
    number = part.value
    if not isinstance(number, int | Decimal | bool) or abs(Decimal(number).adjusted()) > _MOST_DIGITS:
        raise _Broken(part.at, Text("文字、数字或真假", "a text, a number, true or false"))
    return number


def _day(part: _Part) -> dt.date:
    try:
        return dt.date.fromisoformat(_str(part))
    except ValueError:
        raise _Broken(part.at, Text("日期（YYYY-MM-DD）", "a day, YYYY-MM-DD")) from None


def _word(part: _Part, kind: type[_Word]) -> _Word:
    if not isinstance(part.value, str) or part.value not in set(kind):
        known = "、".join(kind)
        raise _Broken(part.at, Text(f"{known} 之一", f"one of {known.replace('、', ', ')}"))
    return kind(part.value)
