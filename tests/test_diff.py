"""`plancheck diff`: what became of every matter of two reports, and that nothing counts as fixed that nobody judged again."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import lxml.html
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checker.comparison import Aspect, Comparison, Scope, Standing, compare
from checker.errors import CannotFinish, Text
from checker.model import (
    Clause,
    Finding,
    Outcome,
    Place,
    PlanSummary,
    Profile,
    Reason,
    Report,
    Rule,
    RuleOutcome,
    Severity,
    SourceFile,
    Strength,
)
from checker.pipeline import Request, check
from checker.writers import comparison as comparisons
from checker.writers import json as as_json
from checker.writers import reading
from tests.packages import run
from tests.reports import demo, every_outcome

PACKAGES = Path(__file__).parents[1] / "fixtures" / "packages"
BOOK = "智慧城市规划表格.xlsx"
CJK = re.compile("[\u3400-\u9fff]")
SCHEMA = json.loads((files("checker.writers") / "comparison.schema.json").read_text(encoding="utf-8"))
Json = dict[str, Any]


# ---- real reports: the demo, and what a planner made of it -----------------------------------------------------------


def revised(folder: Path) -> Path:
    """The demo package as it comes back: the first row last, one mistake mended, one made, one changed, the layer left out."""
    shutil.copytree(PACKAGES / "smart-city-mistakes", folder)
    book = openpyxl.load_workbook(folder / BOOK)
    sheet = book["项目表"]
    headings = {cell.value: cell.column for cell in sheet[3]}
    rows = {row[0].value: row[0].row for row in sheet.iter_rows(min_row=5)}
    sheet.cell(rows["P17"], headings["落实策略"]).value = "S1"
    sheet.cell(rows["P04"], headings["总投资（万元）"]).value = "约500"
    sheet.cell(rows["P06"], headings["建设年限"]).value = "2029—2030年"
    sheet.append([cell.value for cell in sheet[rows["P01"]]])
    sheet.delete_rows(rows["P01"])
    book.save(folder / BOOK)
    (folder / "智慧城市规划图层.gpkg").unlink()
    return folder


def references() -> dict[str, Path]:
    return {"near-term": PACKAGES / "near-term", "territorial": PACKAGES / "territorial"}


@pytest.fixture(scope="module")
def before() -> Report:
    return demo()


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = revised(tmp_path_factory.mktemp("diff") / "p")
    return check(Request(folder, references(), profile="alignment"))


@pytest.fixture(scope="module")
def found(before: Report, after: Report) -> Comparison:
    return compare(before, after)


def codes(found: Comparison, standing: Standing, *, is_finding: bool = True) -> set[str]:
    return {
        e.latest.of.rule.code for e in found.entries if e.standing is standing and e.latest.is_finding is is_finding
    }


def of(found: Comparison, code: str) -> Any:
    """The one finding of a rule."""
    (entry,) = (e for e in found.entries if e.latest.of.rule.code == code and e.latest.is_finding)
    return entry


def test_what_was_mended_is_fixed_and_what_was_made_is_new(found: Comparison) -> None:
    assert "P17" in of(found, "IO-104").before.text.zh
    assert of(found, "IO-104").standing is Standing.FIXED
    new = [e for e in found.entries if e.standing is Standing.NEW and e.latest.of.rule.code == "DQ-115"]
    assert [e for e in new if "约500" in e.latest.text.zh and e.because is None]


def test_a_moved_row_is_no_change_but_its_new_place_is_told(found: Comparison) -> None:
    entry = next(e for e in found.entries if e.id.startswith("NT-202-") and e.before is not None)
    assert entry.standing is Standing.SAME and entry.is_moved and entry.changes == ()
    rows = [side.place.row for side in (entry.before, entry.after)]
    assert rows[0] - rows[1] == 1
    assert f"第 {rows[1]} 行（原在 {BOOK} / 项目表 / 第 {rows[0]} 行）" in comparisons.write(found, "text", "zh")


def test_changed_values_are_told_from_what_to_what(found: Comparison) -> None:
    entry = next(e for e in found.entries if e.id.startswith("NT-203-") and e.before is not None)
    assert entry.standing is Standing.CHANGED
    assert {c.aspect: (c.before.en, c.after.en) for c in entry.changes if c.aspect is not Aspect.MESSAGE} == {
        Aspect.MEASURED: ("2028", "2029")
    }


def test_a_layer_that_is_left_out_mends_nothing(found: Comparison) -> None:
    land = {"TP-201", "TP-202", "TP-203", "TP-219"}
    assert land <= codes(found, Standing.UNCHECKED)
    assert not land & codes(found, Standing.FIXED)
    judged = {o.rule.code for o in found.new.outcomes if o.outcome in (Outcome.PASSED, Outcome.FAILED)}
    assert codes(found, Standing.FIXED) == {"IO-104"}
    assert codes(found, Standing.FIXED, is_finding=False) <= judged


def test_every_matter_of_both_reports_is_there_once(found: Comparison) -> None:
    assert_whole(found)


def assert_whole(found: Comparison) -> None:
    for report, side in ((found.old, "before"), (found.new, "after")):
        told = [x.id for o in report.outcomes for x in (*o.findings, *o.reasons)]
        sides = [getattr(e, side) for e in found.entries]
        assert Counter(told) == Counter(matter.told.id for matter in sides if matter is not None)
        assert len({id(matter.told) for matter in sides if matter is not None}) == len(told)
    shown = {
        Standing.NEW: (False, True),
        Standing.UNCHECKED: (True, False),
        Standing.FIXED: (True, False),
        Standing.CHANGED: (True, True),
        Standing.SAME: (True, True),
    }
    for entry in found.entries:
        assert (entry.before is not None, entry.after is not None) == shown[entry.standing]


def test_the_command_writes_every_format_and_tells_by_its_status(before: Report, after: Report, tmp_path: Path) -> None:
    old, new, page, data = (tmp_path / name for name in ("old.json", "new.json", "d.html", "d.json"))
    old.write_text(as_json.write(before, "zh"), encoding="utf-8")
    new.write_text(as_json.write(after, "zh"), encoding="utf-8")
    assert run("diff", old, new, "-o", page, "-o", data).status == 1
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    told = json.loads(data.read_text(encoding="utf-8"))
    assert told["clear"] is False and told["findings"]["fixed"] >= 1
    ran = run("diff", old, old, "--lang", "en")
    assert ran.status == 1, "the old report is not accepted"
    assert "findings: new 0, no longer checked 0, changed 0, still there 29, fixed 0" in ran.out
    assert run("diff", old, new, "-o", tmp_path / "d.docx").status == 2


def test_the_same_accepted_report_is_clear() -> None:
    good = replace(demo(), accepted=True, outcomes=tuple(o for o in demo().outcomes if not o.blocks))
    assert compare(good, good).is_clear
    assert not compare(good, replace(good, accepted=False)).is_clear


# ---- reading a report back -------------------------------------------------------------------------------------------


def returning() -> Report:
    """The demo's report by a profile that returns a plan for what is only expected, too."""
    strengths = frozenset({Strength.MANDATORY, Strength.EXPECTED})
    return replace(demo(), profile=replace(demo().profile, returns=strengths))


@pytest.mark.parametrize("make", [demo, every_outcome, returning])
def test_a_report_read_back_writes_the_same_json(make: Callable[[], Report]) -> None:
    written = json.loads(as_json.write(make(), "zh"))
    again = json.loads(as_json.write(reading.parse(json.dumps(written).encode(), Path("r.json")), "zh"))
    for finding in written["findings"]:
        finding.pop("geometry", None)
        finding.pop("geometryNote", None)
    assert again == written


def damaged(change: Callable[[Json], object]) -> bytes:
    report: Json = json.loads(as_json.write(demo(), "zh"))
    change(report)
    return json.dumps(report).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no complete JSON"),
        (b'{"plancheck": "1", "format"', "no complete JSON"),
        (b'{"plancheck": "1", "format": 3, "rules": [NaN], "findings": []}', "NaN"),
        (b"[" * 100_000, "no complete JSON"),
        (b"\xff\xfe\x00", "no complete JSON"),
        (b"[]", "no JSON report of plancheck"),
        (b'{"version": "2.1.0", "runs": []}', "no JSON report of plancheck"),
        (damaged(lambda r: r.update(format=2)), "of format 2"),
        (damaged(lambda r: r.update(format=4)), "of format 4"),
        (damaged(lambda r: r["findings"][0].update(subject="甲")), "findings[0].subject"),
        (damaged(lambda r: r.pop("plan")), "at plan "),
        (damaged(lambda r: r["findings"].pop()), "findings"),
        (damaged(lambda r: r["findings"].append(r["findings"][0])), "findings"),
        (damaged(lambda r: r["findings"][0].update(rule="XX-1")), "findings[0].rule"),
        (damaged(lambda r: r["findings"][3]["place"].update(row="ten")), "findings[3].place.row"),
        (damaged(lambda r: r["findings"][0].update(severity=[])), "findings[0].severity"),
        (damaged(lambda r: r["findings"][0]["message"].update(zh="\ud800")), "findings[0].message.zh"),
        (damaged(lambda r: r["rules"][0].update(outcome="fine")), "rules[0].outcome"),
        (damaged(lambda r: r["rules"].append(r["rules"][0])), "at rules "),
        (damaged(lambda r: r.update(accepted=True)), "at accepted "),
        (damaged(lambda r: r["conclusion"].update(name="pass")), "at conclusion "),
        (damaged(lambda r: r.update(notes=[7])), "notes[0]"),
        (damaged(lambda r: r["findings"][0]["details"].update(n=10**60)), "findings[0].details.n"),
        (damaged(lambda r: r["outcomes"].update(passed=0)), "at outcomes "),
    ],
)
def test_what_is_no_whole_report_is_refused_with_its_place(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_bytes(content)
    ran = run("diff", tmp_path / "old.json", tmp_path / "old.json", "--lang", "en")
    assert ran.status == 2 and ran.out == ""
    assert "old.json" in ran.err and said in ran.err, ran.err
    assert run("diff", tmp_path / "old.json", tmp_path / "old.json").err.count("请") == 1


def test_a_report_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert run("diff", tmp_path / "a.json", tmp_path / "b.json").status == 2


# ---- small reports, made up ------------------------------------------------------------------------------------------

GUIDELINES = {"A": Text("甲指南", "guideline A"), "B": Text("乙指南", "guideline B")}
PLAN = "urn:plancheck:plan:T"


def rule(code: str, excepts: tuple[str, ...] = ()) -> Rule:
    clause = Clause(
        f"urn:clause:{code}",
        f"urn:guideline:{code[0]}",
        GUIDELINES[code[0]],
        code,
        Text("要求", "requirement"),
        Text("文件", "instrument"),
        Text("", ""),
        Strength.MANDATORY,
    )
    title = Text(f"规则{code[-1]}", f"rule {code[-1]}")
    return Rule(
        code, f"urn:rule:{code}", title, clause, Text("修改", "mend"), Severity.VIOLATION, frozenset(), (), (), (),
        excepts, frozenset(), "",
    )  # fmt: skip


def finding(code: str, key: str, number: int = 5, row: int = 2, **more: Any) -> Finding:
    said = Text(f"{key} 为 {number}", f"{key} is {number}")
    made = Finding(
        f"{code}-{key:0>10}", rule(code), Severity.VIOLATION, said, f"{PLAN}/{key}", key,
        Place("表.xlsx", "项目表", row, "列"), None, None, Text(f"{number}", f"{number}"), Text("3", "3"),
        f"urn:rule:{code}", blocks=True,
    )  # fmt: skip
    return replace(made, **more)


def point(code: str, key: str | None, outcome: Outcome = Outcome.UNDECIDED, said: str = "") -> Reason:
    text = Text(f"缺{said or key}", f"{said or key} is missing")
    return Reason(text, outcome, key and f"{PLAN}/{key}", None, f"{code}-{outcome[0]}{key or '':0>9}")


def ended(
    code: str, *told: Finding | Reason, outcome: Outcome | None = None, checked: int = 3, excepts: tuple[str, ...] = ()
) -> RuleOutcome:
    """How a rule ended with some findings and open points, as judge would have it."""
    findings = tuple(t for t in told if isinstance(t, Finding))
    reasons = tuple(t for t in told if isinstance(t, Reason))
    kind = outcome or (Outcome.FAILED if findings else reasons[0].outcome if reasons else Outcome.PASSED)
    return RuleOutcome(rule(code, excepts), kind, True, checked, findings, reasons, "sql", bool(told))


def report(*outcomes: RuleOutcome, plan: str = PLAN, **more: Any) -> Report:
    files_ = (SourceFile("表.xlsx", "a" * 64),)
    kind = Text("智慧城市规划", "smart-city plan")
    made = Report(
        PlanSummary("under-review", plan, "T", "试算市规划（虚构）", kind, files_), (), dt.date(2026, 6, 30),
        Profile("default", Text("默认", "default")), "0" * 64, "sql", not any(o.blocks for o in outcomes),
        outcomes, (),
    )  # fmt: skip
    return replace(made, **more)


def standing(old: RuleOutcome, new: RuleOutcome | None, *others: RuleOutcome) -> Standing:
    """What became of the one matter of a rule."""
    found = compare(report(old), report(*(() if new is None else (new,)), *others))
    assert_whole(found)
    (entry,) = (e for e in found.entries if e.before is not None)
    return entry.standing


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (ended("A-1"), Standing.FIXED),
        (ended("A-1", finding("A-1", "y")), Standing.FIXED),
        (ended("A-1", finding("A-1", "y"), point("A-1", "z")), Standing.FIXED),  # open for another individual
        (ended("A-1", point("A-1", "y", Outcome.PERSON_DECIDES)), Standing.FIXED),
        (ended("A-1", point("A-1", "y")), Standing.UNCHECKED),
        (ended("A-1", finding("A-1", "y"), point("A-1", "x")), Standing.UNCHECKED),
        (ended("A-1", point("A-1", "x")), Standing.UNCHECKED),
        (ended("A-1", point("A-1", "x", Outcome.PERSON_DECIDES)), Standing.UNCHECKED),
        (ended("A-1", point("A-1", None)), Standing.UNCHECKED),
        (ended("A-1", point("A-1", "y"), checked=0), Standing.UNCHECKED),
        (ended("A-1", point("A-1", None, Outcome.NOT_SUPPLIED)), Standing.UNCHECKED),
        (ended("A-1", point("A-1", None, Outcome.ERROR)), Standing.UNCHECKED),
        (ended("A-1", outcome=Outcome.NOT_APPLICABLE, checked=0), Standing.UNCHECKED),
        (None, Standing.UNCHECKED),
    ],
)
def test_only_what_was_judged_again_is_fixed(new: RuleOutcome | None, expected: Standing) -> None:
    assert standing(ended("A-1", finding("A-1", "x")), new) is expected


@pytest.mark.parametrize(
    ("old", "new", "is_clear"),
    [
        (ended("A-1"), ended("A-1"), True),
        (ended("A-1", finding("A-1", "x")), ended("A-1"), True),
        (ended("A-1", finding("A-1", "x")), ended("A-1", outcome=Outcome.NOT_APPLICABLE, checked=0), False),
        (ended("A-1", point("A-1", "x")), ended("A-1", outcome=Outcome.NOT_APPLICABLE, checked=0), True),
        (ended("A-1"), replace(ended("A-1", finding("A-1", "x")), blocks=False), False),
        (ended("A-1"), replace(ended("A-1", point("A-1", None, Outcome.NOT_SUPPLIED)), blocks=False), False),
        (*[replace(ended("A-1", point("A-1", None, Outcome.ERROR)), blocks=False)] * 2, False),
    ],
)
def test_when_there_is_nothing_to_do(old: RuleOutcome, new: RuleOutcome, is_clear: bool) -> None:
    assert compare(report(old), report(new)).is_clear is is_clear


def test_an_open_point_on_something_that_a_finding_names_keeps_it_from_being_fixed() -> None:
    old = ended("A-1", finding("A-1", "x", details={"project": f"{PLAN}/p"}))
    assert standing(old, ended("A-1", finding("A-1", "y"), point("A-1", "p"))) is Standing.UNCHECKED


def test_what_an_exception_took_over_is_not_fixed() -> None:
    old = ended("A-1", finding("A-1", "x"))
    for told in (finding("A-2", "x"), point("A-2", "x", Outcome.PERSON_DECIDES)):
        assert standing(old, ended("A-1"), ended("A-2", told, excepts=("urn:rule:A-1",))) is Standing.UNCHECKED
        assert standing(old, ended("A-1"), ended("A-2", told)) is Standing.FIXED
    assert standing(old, ended("A-1"), ended("A-2", excepts=("urn:rule:A-1",))) is Standing.FIXED


def test_another_iri_of_the_plan_changes_nothing() -> None:
    old = report(ended("A-1", finding("A-1", "x", value=f"{PLAN}/v", details={"of": f"{PLAN}/v"})))
    other = "urn:plancheck:plan:T-2"
    moved = finding("A-1", "x", focus=f"{other}/x", value=f"{other}/v", details={"of": f"{other}/v"})
    (entry,) = compare(old, report(ended("A-1", moved), plan=other)).entries
    assert entry.standing is Standing.SAME


@pytest.mark.parametrize(
    ("changed", "aspects"),
    [
        ({"severity": Severity.WARNING}, {Aspect.SEVERITY}),
        ({"blocks": False}, {Aspect.WEIGHT}),
        ({"message": Text("别的", "other")}, {Aspect.MESSAGE}),
        ({"place": Place("表.xlsx", "项目表", 2, "别的列")}, {Aspect.COLUMN}),
        ({"value": "7"}, {Aspect.VALUE}),
        ({"details": {"n": 7}}, {Aspect.DETAILS}),
        ({"place": Place("新表.xlsx", "项目", 9, "列")}, set()),
        ({"place": None}, {Aspect.COLUMN}),
    ],
)
def test_what_is_a_change(changed: Json, aspects: set[Aspect]) -> None:
    old = finding("A-1", "x")
    (entry,) = compare(report(ended("A-1", old)), report(ended("A-1", replace(old, **changed)))).entries
    assert {c.aspect for c in entry.changes} == aspects
    assert entry.is_moved is ("place" in changed)


def test_a_new_finding_of_a_rule_that_did_not_judge_before_is_said_to_be_perhaps_older() -> None:
    (_, entry) = sorted(
        compare(report(ended("A-1", point("A-1", None))), report(ended("A-1", finding("A-1", "x")))).entries,
        key=lambda e: e.standing is Standing.NEW,
    )
    assert entry.standing is Standing.NEW and entry.because is not None and "may not be new" in entry.because.en


def test_what_makes_the_checks_different_is_told() -> None:
    kind = Text("近期规划", "near-term plan")
    near = PlanSummary("near-term", "urn:n", "N", "近期", kind, (SourceFile("a.xlsx", "b" * 64),))
    old = report(ended("A-1"), ended("A-2"), references=(near,))
    new = report(
        ended("A-2"), ended("A-3"),
        references=(replace(near, files=(SourceFile("a.xlsx", "c" * 64),)),),
        as_of=dt.date(2026, 7, 1), rulebook="1" * 64, profile=Profile("x", Text("某", "x")), fail_on=Severity.INFO,
    )  # fmt: skip
    scopes = {d.scope for d in compare(old, new).differences}
    assert scopes == {
        Scope.PROFILE, Scope.FAIL_ON, Scope.AS_OF, Scope.RULEBOOK, Scope.NEW_RULES, Scope.GONE_RULES, Scope.FILES,
    }  # fmt: skip
    (gone,) = compare(old, replace(old, references=())).differences
    assert gone.scope is Scope.REFERENCE and gone.after == Text("（没有）", "(none)")
    for lang in ("zh", "en"):
        assert "severity: violation → info" in comparisons.write(compare(old, new), "text", "en")
        assert "违反 → 提示" in comparisons.write(compare(old, new), "text", "zh")
        assert comparisons.write(compare(old, old), "text", lang).count("→") == 1, "the verdict alone"


# ---- properties ------------------------------------------------------------------------------------------------------

KEYS = st.sampled_from("xyzw")


@st.composite
def outcomes(draw: st.DrawFn, code: str) -> RuleOutcome | None:
    if draw(st.integers(0, 5)) == 0:
        return None
    numbers, rows = st.integers(4, 6), st.integers(1, 9)
    told: list[Finding | Reason] = [
        finding(code, key, draw(numbers), draw(rows)) for key in draw(st.lists(KEYS, max_size=3))
    ]  # also twice with the same id
    open_ = st.sampled_from([Outcome.UNDECIDED, Outcome.PERSON_DECIDES])
    told += [point(code, key, draw(open_), draw(KEYS)) for key in draw(st.lists(KEYS, max_size=2))]
    if told:
        return ended(code, *told, checked=draw(st.integers(0, 3)))
    whole = draw(st.sampled_from([Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.NOT_SUPPLIED, Outcome.ERROR]))
    if whole in (Outcome.PASSED, Outcome.NOT_APPLICABLE):
        return ended(code, outcome=whole, checked=3 if whole is Outcome.PASSED else 0)
    return ended(code, point(code, None, whole), checked=0)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    return report(*(o for code in ("A-1", "A-2", "B-1") if (o := draw(outcomes(code))) is not None))


@settings(deadline=None)  # the machine may be busy
@given(reports(), reports())
def test_every_matter_stands_in_one_entry(old: Report, new: Report) -> None:
    found = compare(old, new)
    assert_whole(found)
    assert sum(sum(found.counts(of_findings=f).values()) for f in (True, False)) == len(found.entries)


@settings(deadline=None)  # the machine may be busy
@given(reports())
def test_a_report_compared_with_itself_has_nothing_new_or_fixed(a: Report) -> None:
    found = compare(a, a)
    assert {e.standing for e in found.entries} <= {Standing.SAME} and found.differences == ()
    assert found.is_clear is (a.accepted and not a.counts[Outcome.ERROR])


@settings(deadline=None)  # the machine may be busy
@given(reports(), reports())
def test_there_and_back_new_and_gone_change_places(old: Report, new: Report) -> None:
    there, back = compare(old, new), compare(new, old)

    def ids(found: Comparison, *kinds: Standing) -> Counter[str]:
        return Counter(e.id for e in found.entries if e.standing in kinds)

    assert ids(there, Standing.NEW) == ids(back, Standing.FIXED, Standing.UNCHECKED)
    assert not any(
        e.standing is Standing.FIXED
        and o.outcome in (Outcome.UNDECIDED, Outcome.NOT_SUPPLIED, Outcome.ERROR, Outcome.NOT_APPLICABLE)
        for e in there.entries
        for o in new.outcomes
        if e.latest.of.rule.code == o.rule.code
    )


@settings(deadline=None)  # the machine may be busy
@given(reports(), reports())
def test_every_comparison_keeps_to_the_schema(old: Report, new: Report) -> None:
    written = json.loads(comparisons.write(compare(old, new), "json", "zh"))
    assert [e for e in VALIDATOR.iter_errors(written) if not e.json_path.endswith(".id")] == []


VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_closed_and_explains_every_field(found: Comparison) -> None:
    Draft202012Validator.check_schema(SCHEMA)

    def parts(schema: Any) -> Iterator[Json]:
        if isinstance(schema, dict):
            yield schema
        for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
            yield from parts(part)

    for schema in parts(SCHEMA):
        if schema.get("type") == "object" and "properties" in schema:
            assert schema["additionalProperties"] is False
            for name, field in schema["properties"].items():
                said = {**SCHEMA["$defs"].get(field.get("$ref", "").removeprefix("#/$defs/"), {}), **field}
                assert said.get("title") and said.get("description"), name
    written = json.loads(comparisons.write(found, "json", "zh"))
    assert list(VALIDATOR.iter_errors(written)) == []
    written["entries"][0].pop("because")
    assert list(VALIDATOR.iter_errors(written))


# ---- how it reads ----------------------------------------------------------------------------------------------------


def small() -> Comparison:
    old = report(
        ended("A-1", finding("A-1", "x"), finding("A-1", "y"), finding("A-1", "z", row=7)),
        ended("A-2", finding("A-2", "x")),
        ended("B-1", point("B-1", None, Outcome.NOT_SUPPLIED, "表")),
    )
    new = report(
        ended("A-1", finding("A-1", "y", 4), finding("A-1", "z", row=9), finding("A-1", "w")),
        ended("A-2", point("A-2", None)),
        ended("B-1", point("B-1", None, Outcome.NOT_SUPPLIED, "表")),
        as_of=dt.date(2026, 7, 1),
    )
    return compare(old, new)


ZH = """\
两次核查结果对比
试算市规划（虚构）  [智慧城市规划  T]

两次核查的条件不同，下列变化不一定来自规划本身的修改：
  基准日：2026-06-30 → 2026-07-01

── 甲指南 ────────────────────────────────────────
+ 新增  ● A-1 违反  w 为 5
    位置  表.xlsx / 项目表 / 第 2 行 / “列”列
    编号  A-1-000000000w
+ 新增  ● A-2 无法判定  缺None
    编号  A-2-u000000000
? 不再核查  ● A-2 违反  x 为 5
    位置  表.xlsx / 项目表 / 第 2 行 / “列”列
    原因  新报告中这条规则没有判定，不能认定已改正
    编号  A-2-000000000x
~ 有变化  ● A-1 违反  y 为 4
    位置  表.xlsx / 项目表 / 第 2 行 / “列”列
    说明  y 为 5 → y 为 4
    实测  5 → 4
    编号  A-1-000000000y
= 仍然存在  ● A-1 违反  z 为 5
    位置  表.xlsx / 项目表 / 第 9 行 / “列”列（原在 表.xlsx / 项目表 / 第 7 行 / “列”列）
    编号  A-1-000000000z
- 已消除  ● A-1 违反  x 为 5
    位置  表.xlsx / 项目表 / 第 2 行 / “列”列
    编号  A-1-000000000x

── 乙指南 ────────────────────────────────────────
= 仍然存在  待定事项 1 项：B-1

+ 新增  只在新报告中
? 不再核查  只在旧报告中，规则这次没有判定，不等于已改正
~ 有变化  两份报告都有，内容不同
= 仍然存在  两份报告都有，内容相同
- 已消除  只在旧报告中，规则已重新判断
问题：新增 1，不再核查 1，有变化 1，仍然存在 1，已消除 1
待定事项：新增 1，不再核查 0，有变化 0，仍然存在 1，已消除 0
自动核查建议，供审查参考：建议退回 → 建议退回
"""


def test_a_small_comparison_reads_so_in_chinese() -> None:
    assert comparisons.write(small(), "text", "zh") == ZH


EN = """\
What changed between two checks
试算市规划（虚构）  [smart-city plan  T]

The two checks differ, so what follows need not come from changes of the plan:
  as of: 2026-06-30 → 2026-07-01

── guideline A ────────────────────────────────────────
+ new  ● A-1 violation  w is 5
    where  表.xlsx / 项目表 / row 2 / column 列
    id  A-1-000000000w
+ new  ● A-2 undecided  None is missing
    id  A-2-u000000000
? no longer checked  ● A-2 violation  x is 5
    where  表.xlsx / 项目表 / row 2 / column 列
    why  the rule came to no judgement in the new report, so that this is not known to be mended
    id  A-2-000000000x
~ changed  ● A-1 violation  y is 4
    where  表.xlsx / 项目表 / row 2 / column 列
    message  y is 5 → y is 4
    measured  5 → 4
    id  A-1-000000000y
= still there  ● A-1 violation  z is 5
    where  表.xlsx / 项目表 / row 9 / column 列 (was at 表.xlsx / 项目表 / row 7 / column 列)
    id  A-1-000000000z
- fixed  ● A-1 violation  x is 5
    where  表.xlsx / 项目表 / row 2 / column 列
    id  A-1-000000000x

── guideline B ────────────────────────────────────────
= still there  open points 1: B-1

+ new  only in the new report
? no longer checked  only in the old report, but the rule gave no judgement: not known to be mended
~ changed  in both reports, and not the same
= still there  the same in both reports
- fixed  only in the old report, and the rule judged again
findings: new 1, no longer checked 1, changed 1, still there 1, fixed 1
open points: new 1, no longer checked 0, changed 0, still there 1, fixed 0
automatic suggestion for the reviewer: return → return
"""


def test_a_small_comparison_reads_so_in_english() -> None:
    assert comparisons.write(small(), "text", "en") == EN


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_holds_everything_in_one_language_and_lets_nothing_in(found: Comparison, lang: str) -> None:
    said = Text("<b onclick=x>甲</b>\x07", "<b onclick=x>A</b>\x07")
    bad = report(ended("A-1", finding("A-1", "x", message=said)))
    page = comparisons.write(compare(bad, bad), "html", lang)
    assert "<b onclick" not in page and "\x07" not in page
    page = comparisons.write(found, "html", lang)
    tree = lxml.html.fromstring(page)
    rows = tree.xpath("//table[@class='entries']/tbody/tr")
    assert len(rows) == len(found.entries)
    assert {e.id for e in found.entries} == set(tree.xpath("//table[@class='entries']//p[@class='place']/code/text()"))
    assert not tree.xpath("//script | //img | //link | //iframe | //*[@src] | //*[@style]")
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]
    if lang == "en":
        frame = " ".join(
            tree.xpath(
                "//nav//text() | //h2//text() | //thead//text() | //h3//text() | //legend//text() | //dt//text()"
            )
        )
        assert not CJK.search(frame), frame
    assert page == comparisons.write(found, "html", lang)


def test_old_reports_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotFinish) as refused:
        reading.parse(damaged(lambda r: r.update(format=1)), tmp_path / "r.json")
    assert "重新核查" in refused.value.remedy.zh
