"""Compares two reports on a plan; hands on what is new, no longer checked, changed, still there and fixed.

Findings and open points are matched by their stable ids, so that moved rows do not matter. What is gone is fixed only where
its rule judged the individual again: a rule that gave no judgement this time has mended nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from checker.errors import Text
from checker.model import (
    Decision,
    Finding,
    Opinion,
    Outcome,
    Place,
    PlanSummary,
    Reason,
    Report,
    RuleOutcome,
    Value,
    Waiver,
)

# How a rule ends that judged; what it left open stands in its reasons, each with its individual. One that is undecided
# judged some individuals too, but it cannot be told which ones: what a layer that is left out held is among nobody's reasons.
_JUDGED = {Outcome.PASSED, Outcome.FAILED, Outcome.PERSON_DECIDES}


class Standing(StrEnum):
    """What became of a matter from one report to the next, what asks for attention first."""

    NEW = "new"
    UNCHECKED = "no-longer-checked"
    CHANGED = "changed"
    SAME = "still-there"
    FIXED = "fixed"


class Aspect(StrEnum):
    """In what a matter can differ between two reports."""

    SEVERITY = "severity"
    WEIGHT = "weight"
    MESSAGE = "message"
    MEASURED = "measured"
    ALLOWED = "allowed"
    VALUE = "value"
    DETAILS = "details"
    COLUMN = "column"
    WAIVER = "waiver"
    DECISION = "decision"


class Scope(StrEnum):
    """In what two checks can differ, so that their reports are not about the same thing."""

    PLAN = "plan"
    PROFILE = "profile"
    FAIL_ON = "fail-on"
    AS_OF = "as-of"
    RULEBOOK = "rulebook"
    NEW_RULES = "new-rules"
    GONE_RULES = "gone-rules"
    REFERENCE = "reference"
    FILES = "files-of-reference"
    ENGINE = "engine"


@dataclass(frozen=True)
class Matter:
    """A finding or an open point of a report, with how its rule ended there."""

    told: Finding | Reason
    of: RuleOutcome

    @property
    def is_finding(self) -> bool:
        return isinstance(self.told, Finding)

    @property
    def text(self) -> Text:
        return self.told.message if isinstance(self.told, Finding) else self.told.text

    @property
    def place(self) -> Place | None:
        return self.told.place


@dataclass(frozen=True)
class Change:
    """A difference between the two sides of a matter; None where a side has nothing there. Words that cannot be told are empty."""

    aspect: Aspect
    before: Text | None
    after: Text | None


@dataclass(frozen=True)
class Entry:
    """A matter of one or both reports.

    ``because``: why it stands as it does, where its kind alone does not tell. ``opinions``: what reviewers wrote of it.
    """

    id: str
    standing: Standing
    before: Matter | None
    after: Matter | None
    changes: tuple[Change, ...] = ()
    because: Text | None = None
    opinions: tuple[Opinion, ...] = ()

    @property
    def latest(self) -> Matter:
        """The matter as it was told last."""
        found = self.after or self.before
        assert found is not None, "an entry is in one of the reports"
        return found

    @property
    def is_moved(self) -> bool:
        """Whether it is in both reports but stands elsewhere now."""
        return self.before is not None and self.after is not None and self.before.place != self.after.place


@dataclass(frozen=True)
class Difference:
    """How two checks differ: what they had there, None where only one of them has something to tell."""

    scope: Scope
    before: Text | None
    after: Text | None


@dataclass(frozen=True)
class Comparison:
    """Two reports and what became of every matter of both, by rule.

    ``differences``: what makes them about different things. ``unplaced``: opinions on what neither report has, and rows of
    the reviewers' own.
    """

    old: Report
    new: Report
    differences: tuple[Difference, ...]
    entries: tuple[Entry, ...]
    unplaced: tuple[Opinion, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Whether the new report is accepted, no rule of it broke, nothing in it is new, and no finding went out of sight.

        An open point that went out of sight was not judged before either; what keeps its rule from judging now is new.
        """
        is_new = any(entry.standing is Standing.NEW for entry in self.entries)
        is_lost = self.counts(of_findings=True)[Standing.UNCHECKED] > 0
        return self.new.accepted and not self.new.counts[Outcome.ERROR] and not is_new and not is_lost

    def counts(self, *, of_findings: bool) -> dict[Standing, int]:
        """How many findings, or else open points, stand how."""
        found = dict.fromkeys(Standing, 0)
        for entry in self.entries:
            if entry.latest.is_finding is of_findings:
                found[entry.standing] += 1
        return found


def compare(old: Report, new: Report, opinions: Sequence[Opinion] = ()) -> Comparison:
    """What became of each finding and each open point of two reports; every one of both stands in exactly one entry.

    ``opinions``: what reviewers wrote besides that which the reports hold.
    """
    before = {outcome.rule.code: outcome for outcome in old.outcomes}
    after = {outcome.rule.code: outcome for outcome in new.outcomes}
    sides = _Sides(old, new)
    entries = [
        entry for code in sorted({*before, *after}) for entry in sides.entries(before.get(code), after.get(code))
    ]
    known = {entry.id for entry in entries}
    given: dict[str, list[Opinion]] = {}
    for opinion in opinions:
        given.setdefault(opinion.about, []).append(opinion)
    return Comparison(
        old,
        new,
        tuple(_differences(old, new)),
        tuple(_with_opinions(entry, given.get(entry.id, ())) for entry in entries),
        tuple(opinion for opinion in opinions if opinion.about not in known),
    )


def _with_opinions(entry: Entry, given: Sequence[Opinion]) -> Entry:
    """An entry with what reviewers wrote of it, in the reports and besides (``given``), each once."""
    told = [matter.told for matter in (entry.before, entry.after) if matter is not None]
    found = [*(o for t in told for o in t.opinions), *given]
    once = {(o.adopted, o.change, o.changed_at, o.opinion, o.others): o for o in found}
    return replace(entry, opinions=tuple(once.values()))


# ---- what became of a matter ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Again:
    """How a rule judged the second time, by the keys of individuals.

    ``is_open``: the whole plan is open. ``open``, ``found``: those that it left open, and those that it has findings on.
    ``taken_over``: exceptions to it by code, with those that they have findings or open points on.
    """

    has_judged: bool
    is_open: bool
    open: frozenset[str]
    found: frozenset[str]
    taken_over: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True)
class _Sides:
    """Two reports, whose individuals are told apart by what they are called within their plans."""

    old: Report
    new: Report

    def entries(self, before: RuleOutcome | None, after: RuleOutcome | None) -> list[Entry]:
        """What became of the matters of one rule, what asks for attention first."""
        again = None if after is None else self._again(after)
        found = [self._entry(was, now, before, again) for was, now in self._paired(_matters(before), _matters(after))]
        order = list(Standing)
        return sorted(found, key=lambda entry: order.index(entry.standing))

    def _paired(
        self, before: Sequence[Matter], after: Sequence[Matter]
    ) -> Iterator[tuple[Matter | None, Matter | None]]:
        """Matters with the same id, of several the least different first, and those that have no counterpart."""
        waiting: dict[str, list[Matter]] = {}
        for now in after:
            waiting.setdefault(now.told.id, []).append(now)
        for was in before:
            same = waiting.get(was.told.id)
            if not same:
                yield was, None
                continue
            nearest = min(same, key=lambda now: len(self._changes(was, now)))
            same.remove(nearest)
            yield was, nearest
        yield from ((None, now) for left in waiting.values() for now in left)

    def _entry(self, was: Matter | None, now: Matter | None, before: RuleOutcome | None, again: _Again | None) -> Entry:
        if was is None:
            assert now is not None
            return Entry(now.told.id, Standing.NEW, None, now, because=self._why_new(now, before))
        if now is None:
            standing, because = self._gone(was, again)
            return Entry(was.told.id, standing, was, None, because=because)
        changes = self._changes(was, now)
        return Entry(was.told.id, Standing.CHANGED if changes else Standing.SAME, was, now, changes)

    def _why_new(self, now: Matter, before: RuleOutcome | None) -> Text | None:
        """What tells that a matter may be older than the old report: its rule did not judge then."""
        if before is None:
            return Text("上次的规则库没有这条规则", "the rule was not in the rulebook of the old report")
        if now.is_finding and before.outcome not in _JUDGED:
            return Text(
                "这条规则上次没有作出判断，问题可能早已存在",
                "the rule gave no judgement in the old report; this may not be new",
            )
        return None

    def _again(self, after: RuleOutcome) -> _Again:
        """What the new report tells of a rule's second judgement."""
        plan = self.new.plan.iri
        taken = []
        for outcome in self.new.outcomes:
            if after.rule.iri in outcome.rule.excepts:
                nodes = [*(f.focus for f in outcome.findings), *(r.node for r in outcome.reasons if r.node is not None)]
                taken.append((outcome.rule.code, frozenset(_key(node, self.new) for node in nodes)))
        return _Again(
            has_judged=after.outcome in _JUDGED,
            is_open=any(reason.node is None or reason.node == plan for reason in after.reasons),
            open=frozenset(_key(reason.node, self.new) for reason in after.reasons if reason.node is not None),
            found=frozenset(_key(finding.focus, self.new) for finding in after.findings),
            taken_over=tuple(taken),
        )

    def _gone(self, was: Matter, again: _Again | None) -> tuple[Standing, Text | None]:
        """Whether what is gone was fixed, or is out of sight because nothing judged it."""
        if again is None:
            return Standing.UNCHECKED, Text(
                "新报告的规则库没有这条规则", "the rule is not in the rulebook of the new report"
            )
        about = self._about(was)
        if not again.has_judged:
            return Standing.UNCHECKED, Text(
                "新报告中这条规则没有判定，不能认定已改正",
                "the rule came to no judgement in the new report, so that this is not known to be mended",
            )
        if again.is_open or about & again.open:
            return Standing.UNCHECKED, Text(
                "新报告中这条规则对它没有作出判断，不能认定已改正",
                "the rule left it open in the new report, so that this is not known to be mended",
            )
        for code, nodes in again.taken_over:
            if about & nodes:
                return Standing.UNCHECKED, Text(
                    f"现由例外规则 {code} 处理，见该规则；不能认定已改正",
                    f"the exception {code} has taken its place, see there; this is not known to be mended",
                )
        if not was.is_finding and about & again.found:
            return Standing.FIXED, Text("现已能判定，结果是有问题", "it could be judged now, and there is a finding")
        return Standing.FIXED, None

    def _about(self, was: Matter) -> frozenset[str]:
        """The individuals that a matter of the old report is about, by their keys."""
        told = was.told
        if isinstance(told, Reason):
            iris: Iterable[object] = [told.node]
        else:
            iris = [told.focus, told.value, *told.details.values(), *told.ground]
        return frozenset(_key(iri, self.old) for iri in iris if isinstance(iri, str) and iri)

    def _changes(self, was: Matter, now: Matter) -> tuple[Change, ...]:
        """In what a matter differs. That its row, sheet or file moved is no change."""
        told = [
            (Aspect.MESSAGE, was.text, now.text),
            (Aspect.COLUMN, _column(was.place), _column(now.place)),
        ]
        named: list[tuple[Aspect, Text | None, Text | None]] = []
        if isinstance(was.told, Finding) and isinstance(now.told, Finding):
            before, after = was.told, now.told
            told += [
                (Aspect.SEVERITY, _same(before.severity), _same(after.severity)),
                (Aspect.WEIGHT, _weight(before), _weight(after)),
                (Aspect.MEASURED, before.measured, after.measured),
                (Aspect.ALLOWED, before.allowed, after.allowed),
                (Aspect.VALUE, _value(before.value, self.old), _value(after.value, self.new)),
            ]
            told.append((Aspect.WAIVER, _recorded(before.waiver), _recorded(after.waiver)))
            named.append(_named_values(_plain(before.details, self.old), _plain(after.details, self.new)))
        elif isinstance(was.told, Reason) and isinstance(now.told, Reason):
            told.append((Aspect.DECISION, _recorded(was.told.decision), _recorded(now.told.decision)))
        changes = tuple(Change(aspect, b, a) for aspect, b, a in told if b != a)
        return changes or tuple(
            Change(aspect, b, a) for aspect, b, a in named if b != a
        )  # mostly the message tells them


def _matters(outcome: RuleOutcome | None) -> list[Matter]:
    if outcome is None:
        return []
    return [*(Matter(f, outcome) for f in outcome.findings), *(Matter(r, outcome) for r in outcome.reasons)]


def _key(iri: str, report: Report) -> str:
    """What an individual is called within the plan under review, whose own IRI can change from one report to the next."""
    return iri.removeprefix(report.plan.iri) or "/"


def _column(place: Place | None) -> Text | None:
    return None if place is None or place.column is None else _same(place.column)


def _same(word: str) -> Text:
    return Text(word, word)


def _recorded(record: Waiver | Decision | None) -> Text | None:
    """Who waived or decided something, until or on which day, and why."""
    match record:
        case Waiver():
            until = Text(f"有效期至 {record.until}", f"valid until {record.until}")
            return _joined(record.reason, record.approved_by, until)
        case Decision():
            complies = Text("符合", "complies") if record.complies else Text("不符合", "does not comply")
            return _joined(record.basis, f"{record.person}，{record.day}", complies)
    return None


def _joined(why: str, who: str, what: Text) -> Text:
    return Text(f"{what.zh}；{who}；{why}", f"{what.en}; {who}; {why}")


def _weight(finding: Finding) -> Text:
    said = Text("使成果不能通过", "stands in the way"), Text("不妨碍通过", "does not stand in the way")
    return said[0] if finding.blocks else said[1]


def _value(value: str | None, report: Report) -> Text | None:
    return None if value is None else _same(_key(value, report))


def _plain(details: Mapping[str, Value], report: Report) -> dict[str, str]:
    """The named values of a finding but for individuals of plans, whose IRIs hold names of files and are told in the message."""
    plans = [plan.iri for plan in (report.plan, *report.references)]
    return {
        name: str(value)
        for name, value in details.items()
        if not (isinstance(value, str) and any(value.startswith(iri) for iri in plans))
    }


def _named_values(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Aspect, Text | None, Text | None]:
    differing = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    was, now = (
        ", ".join(f"{name} {values[name]}" for name in differing if name in values) for values in (before, after)
    )
    return Aspect.DETAILS, _same(was) if was else None, _same(now) if now else None


# ---- what makes the two checks different ----------------------------------------------------------------------------


def _differences(old: Report, new: Report) -> Iterator[Difference]:
    if (old.plan.identifier, old.plan.kind) != (new.plan.identifier, new.plan.kind):
        yield Difference(Scope.PLAN, _named(old.plan), _named(new.plan))
    for scope, said in _SCOPES:
        if said(old) != said(new):
            yield Difference(scope, said(old), said(new))
    before, after = ({outcome.rule.code for outcome in report.outcomes} for report in (old, new))
    if after - before:
        yield Difference(Scope.NEW_RULES, None, _list(after - before))
    if before - after:
        yield Difference(Scope.GONE_RULES, _list(before - after), None)
    yield from _references(old, new)


_SCOPES: tuple[tuple[Scope, Callable[[Report], Text]], ...] = (
    (Scope.PROFILE, lambda report: report.profile.title),
    (Scope.FAIL_ON, lambda report: _same(report.fail_on)),
    (Scope.AS_OF, lambda report: _same(report.as_of.isoformat())),
    (Scope.RULEBOOK, lambda report: _same(report.rulebook[:16])),
    (Scope.ENGINE, lambda report: _same(report.engine)),
)


def _references(old: Report, new: Report) -> Iterator[Difference]:
    """Plans to compare with that came, went, or are not what they were."""
    for role in sorted({plan.role for plan in (*old.references, *new.references)}):
        was, now = ([plan for plan in report.references if plan.role == role] for report in (old, new))
        if _all_named(was) != _all_named(now):
            yield Difference(Scope.REFERENCE, _all_named(was), _all_named(now))
            continue
        before, after = ({file for plan in plans for file in plan.files} for plans in (was, now))
        if before != after:
            files, named = _list({file.name for file in before ^ after}), _all_named(now)
            yield Difference(Scope.FILES, None, Text(f"{named.zh}：{files.zh}", f"{named.en}: {files.en}"))


def _all_named(plans: Sequence[PlanSummary]) -> Text:
    names = [_named(plan) for plan in plans]
    if not names:
        return Text("（没有）", "(none)")
    return Text("；".join(name.zh for name in names), "; ".join(name.en for name in names))


def _named(plan: PlanSummary) -> Text:
    zh, en = (f"{plan.title} [{plan.kind.in_(lang)} {plan.identifier}]" for lang in ("zh", "en"))
    return Text(zh, en)


def _list(words: Collection[str]) -> Text:
    return Text("、".join(sorted(words)), ", ".join(sorted(words)))
