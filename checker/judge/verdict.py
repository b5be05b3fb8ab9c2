"""From results to a verdict: exceptions, outcomes, findings with stable ids, and what counts."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from checker.errors import Text
from checker.facts import Store
from checker.judge.profiles import as_rated, counts
from checker.judge.words import Words
from checker.model import (
    Finding,
    Note,
    OpenPoint,
    Outcome,
    PlanSummary,
    Profile,
    Reason,
    Report,
    Rule,
    RuleOutcome,
    RuleResult,
    Severity,
    Value,
    Violation,
)
from checker.vocabulary import TableKind, local_name


def judge(
    results: Sequence[RuleResult],
    store: Store,
    profile: Profile,
    fail_on: Severity,
    summaries: Sequence[PlanSummary],
    as_of: dt.date,
    rulebook: str,
    engine: str,
    notes: Sequence[Note],
) -> Report:
    """The report on a plan.

    Accepted means: no rule that counts has a finding of severity ``fail_on`` or above, or an outcome that the profile
    does not accept.
    """
    rated = _with_exceptions(as_rated(results, profile), store, profile)
    found = outcomes(rated, Words(store), profile, fail_on)
    report = Report(
        plan=summaries[0],
        references=tuple(summaries[1:]),
        as_of=as_of,
        profile=profile,
        rulebook=rulebook,
        engine=engine,
        accepted=False,
        outcomes=found,
        notes=tuple(notes),
        fail_on=fail_on,
    )
    return conclude(report)


def outcomes(
    results: Sequence[RuleResult], words: Words, profile: Profile, fail_on: Severity
) -> tuple[RuleOutcome, ...]:
    """How each rule ended, by what it found; what stands in the way is for ``conclude``."""
    words.learn(_mentioned(results))
    return tuple(_outcome(result, words, profile, fail_on) for result in results)


def conclude(report: Report) -> Report:
    """The report with what stands in the way, and whether it is accepted."""
    found = tuple(
        replace(o, blocks=o.counts and not _is_acceptable(o, report.profile, report.fail_on)) for o in report.outcomes
    )
    return replace(report, outcomes=found, accepted=not any(o.blocks for o in found))


def completed(report: Report, outcomes: Sequence[RuleOutcome], plans: Sequence[PlanSummary]) -> Report:
    """A report in which some rules ended otherwise, for they could be judged against more plans."""
    known = {outcome.rule.iri: outcome for outcome in outcomes}
    ended = tuple(known.get(outcome.rule.iri, outcome) for outcome in report.outcomes)
    accepted = not any(o.blocks for o in ended)
    return replace(report, outcomes=ended, accepted=accepted, references=(*report.references, *plans))


def _mentioned(results: Sequence[RuleResult]) -> set[str]:
    """The individuals that findings and reasons will name."""
    found: set[str] = set()
    for r in results:
        for v in r.violations:
            found |= {v.focus, v.value or v.focus} | {x for x in v.details.values() if isinstance(x, str)}
        for point in (*r.undecided, *r.asked):
            found |= {x for x in (point.node, *point.details.values()) if isinstance(x, str)}
    return found


def _is_acceptable(outcome: RuleOutcome, profile: Profile, fail_on: Severity) -> bool:
    """Whether a rule that counts lets the package be accepted. What can only inform cannot stop it either."""
    if outcome.outcome is Outcome.ERROR or any(f.blocks for f in outcome.findings):
        return False
    informs = outcome.rule.severity.rank < fail_on.rank
    return informs or all(_lets_pass(reason, profile) for reason in outcome.reasons)


def _lets_pass(reason: Reason, profile: Profile) -> bool:
    """Whether what is open lets the package be accepted: as a person decided, else as the profile says."""
    return reason.outcome in profile.accepts if reason.decision is None else reason.decision.complies


def _with_exceptions(results: Sequence[RuleResult], store: Store, profile: Profile) -> list[RuleResult]:
    """Results in which an exception has taken its parent's place on the nodes that it checked.

    What is advice lifts no finding of a rule that counts.
    """
    counting = {result.rule.iri for result in results if counts(result.rule, profile)}
    excepted: dict[str, list[pa.Array]] = {}
    for result in results:
        for parent in result.rule.excepts:
            if result.rule.iri in counting or parent not in counting:
                excepted.setdefault(parent, []).append(result.checked)
    changed = []
    for result in results:
        nodes = pa.concat_arrays(excepted.get(result.rule.iri, [pa.array([], pa.int64())]))
        iris = set(store.iris(nodes))
        changed.append(
            replace(
                result,
                checked=result.checked.filter(pc.invert(pc.is_in(result.checked, nodes))),
                violations=tuple(v for v in result.violations if v.focus not in iris),
            )
            if iris
            else result
        )
    return changed


def _outcome(result: RuleResult, words: Words, profile: Profile, fail_on: Severity) -> RuleOutcome:
    rule, does_count = result.rule, counts(result.rule, profile)
    findings = tuple(
        _finding(rule, v, words, blocks=does_count and v.severity.rank >= fail_on.rank) for v in result.violations
    )
    reasons = [_reason(rule, point, Outcome.UNDECIDED, words) for point in result.undecided]
    reasons += [_reason(rule, point, Outcome.PERSON_DECIDES, words) for point in result.asked]
    if result.error is not None:
        kind = Outcome.ERROR
        broke = Text(f"规则本身出错：{result.error.zh}", f"The rule itself broke: {result.error.en}")
        reasons = [Reason(broke, kind, id=_id(rule, kind))]
    elif result.missing:
        kind = Outcome.NOT_SUPPLIED
        said: dict[Text, str] = {}  # several terms can be columns of one table that is not there
        for term in result.missing:
            said.setdefault(not_supplied(term, rule, words), term)
        reasons = [Reason(text, kind, id=_id(rule, kind, term)) for text, term in said.items()]
    elif findings:
        kind = Outcome.FAILED
    elif result.undecided:
        kind = Outcome.UNDECIDED
    elif result.asked:
        kind = Outcome.PERSON_DECIDES
    else:
        kind = Outcome.PASSED if len(result.checked) else Outcome.NOT_APPLICABLE
    return RuleOutcome(rule, kind, does_count, len(result.checked), findings, tuple(reasons), result.engine)


def _finding(rule: Rule, v: Violation, words: Words, *, blocks: bool) -> Finding:
    values: dict[str, Value] = {"this": v.focus, **v.details}
    if v.value is not None:
        values.setdefault("value", words.typed(v.value, v.path))
    measured, allowed = (
        words.quantity(v.details[name], v.details.get("unit")) if name in v.details else None
        for name in ("measured", "allowed")
    )
    return Finding(
        id=_id(rule, local_name(v.shape), *_keys(words, v.focus, v.value)),
        rule=rule,
        severity=v.severity,
        message=words.fill(v.messages, values),
        focus=v.focus,
        focus_label=words.label(v.focus),
        place=words.place(v.focus, v.path),
        path=v.path,
        value=v.value,
        measured=measured,
        allowed=allowed,
        shape=v.shape,
        geometry=v.geometry,
        component=v.component,
        details=v.details,
        ground=v.ground,
        without=v.without,
        blocks=blocks,
    )


def _id(rule: Rule, *parts: str) -> str:
    """A name that stays while the matter does, made of a rule, its shape, and the keys of what it is about: no row number."""
    return f"{rule.code}-{hashlib.sha256('|'.join((rule.code, *parts)).encode()).hexdigest()[:10]}"


def _keys(words: Words, *iris: str | None) -> tuple[str, ...]:
    """What individuals are called within the plan under review; what is in no plan by itself."""
    return tuple((iri or "").removeprefix(words.plan) for iri in iris)


def _reason(rule: Rule, point: OpenPoint, outcome: Outcome, words: Words) -> Reason:
    values: Mapping[str, object] = {"this": point.node or words.plan, **point.details}
    text = words.fill(point.messages, values)  # type: ignore[arg-type]
    at = point.at or point.node
    about = _keys(words, point.node, str(point.details.get("value", "")))
    name = _id(rule, outcome, local_name(point.shape), *about)
    return Reason(text, outcome, point.node, words.place(at) if at else None, name)


def not_supplied(term: str, rule: Rule, words: Words) -> Text:
    """Which table or column, or what else, would have to be there.

    Of several tables with a column for the term those that hold what the rule judges are named, else all of them; a column
    of tables that are not there themselves is not named, but these.
    """
    vocabulary = words.store.vocabulary
    tables = [table for table in vocabulary.tables if table.rows_are == term]
    if tables:
        return _no_table(tables)
    columns = [(t, c) for t in vocabulary.tables for c in t.columns if term in (c.property, c.end_property)]
    judged = {near for c in rule.targets for near in vocabulary.superclasses(c) | vocabulary.subclasses(c)}
    columns = [(t, c) for t, c in columns if t.rows_are in judged] or columns
    given = {near for c in words.given for near in vocabulary.superclasses(c) | vocabulary.subclasses(c)}
    if columns and given and not any(table.is_form or table.rows_are in given for table, _ in columns):
        return _no_table(list(dict.fromkeys(table for table, _ in columns)))
    names: dict[Text, list[Text]] = {}
    for table, column in columns:
        names.setdefault(table.label, []).append(column.label)
    if names:
        said = [(of, _either(labels)) for of, labels in names.items()]
        return Text(
            "，".join(f"“{of.zh}”没有{any_of.zh}一列" for of, any_of in said),
            " and ".join(f"the table '{of.en}' has no column {any_of.en}" for of, any_of in said),
        )
    as_given = vocabulary.given_as(term)
    if as_given is not None:
        return Text(f"成果包没有{as_given.zh}", f"the package has no {as_given.en}")
    label = words.label(term)
    return Text(f"成果包没有“{label.zh}”", f"the package gives no '{label.en}'")


def _no_table(tables: Sequence[TableKind]) -> Text:
    any_of = _either([table.label for table in tables])
    return Text(f"成果包没有{any_of.zh}", f"the package has no table {any_of.en}")


def _either(names: Sequence[Text]) -> Text:
    """Names of which one would do."""
    return Text("或".join(f"“{name.zh}”" for name in names), " or ".join(f"'{name.en}'" for name in names))
