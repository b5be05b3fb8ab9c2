"""What reviewers recorded, held against a report: which matter each record is about, and what those that hold settle.

A record holds if the rules on records judged it and found nothing wrong with it, so that what a waiver or a decision needs
stands in rules/review alone. What does not hold settles nothing, and is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from checker.facts import Builder, Facts, Store
from checker.judge.profiles import as_rated
from checker.judge.verdict import conclude, outcomes
from checker.judge.words import Words
from checker.model import (
    Decision,
    EarlierOpinion,
    Finding,
    Opinion,
    OpinionStanding,
    Outcome,
    Place,
    Reason,
    Report,
    Review,
    ReviewFiles,
    Rule,
    RuleOutcome,
    RuleResult,
    Waiver,
)
from checker.turtle import CHK
from checker.vocabulary import SUB, Vocabulary, normal

_MATTER = "urn:plancheck:matter:"
_JUDGED = (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE)


def on_records(rules: Sequence[Rule], vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """The rules that judge what reviewers hand back, which is seen only once the plan is judged."""
    kinds = vocabulary.subclasses(str(SUB.HandedBack))
    return tuple(rule for rule in rules if rule.targets & kinds)


# ---- what a record is about ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Matter:
    """A finding or an open point. ``things``: the individuals that it is about; the first is its feature."""

    id: str
    rule: Rule
    things: tuple[str, ...]
    outcome: Outcome | None = None


def point(records: Facts, report: Report, store: Store, rules: Sequence[Rule]) -> Facts:
    """The records with the findings and open points that they are about. ``store``: of the plan; ``rules``: on records."""
    vocabulary, builder = store.vocabulary, Builder.resume(store.vocabulary, records)
    codes = {outcome.rule.code: outcome.rule for outcome in report.outcomes}
    matters = _Matters(report, Words(store))
    kinds = sorted({kind for rule in rules for kind in rule.mentions if kind in vocabulary.classes})
    found: dict[str, list[_Matter]] = {}
    settling = vocabulary.subclasses(str(SUB.HandedBack)) - vocabulary.subclasses(str(SUB.ListedMatter))
    for record in _rows_of(records, settling):
        said = _said(records, record)
        builder.value(str(SUB.judgedAsOf), [record], pa.array([report.as_of], pa.date32()))
        id_, code, feature = (str(said.get(str(p)) or "") for p in (SUB.aboutMatter, SUB.aboutRule, SUB.aboutFeature))
        rule = _rule_of(id_, code, codes)
        if rule is None:
            continue
        builder.link(str(SUB.underRule), [record], [builder.node(rule.iri)])
        for name, about in matters.named(rule, id_, feature).items():
            found.setdefault(name, about)
            builder.link(str(SUB.pointsTo), [record], [builder.node(_iri(name))])
    for id_, about in found.items():
        _state(builder, builder.node(_iri(id_)), about[0])
    _state_kinds(builder, found, kinds, store)
    return builder.facts()


def _iri(id_: str) -> str:
    return _MATTER + quote(id_, safe="-")


def _rule_of(id_: str, code: str, rules: Mapping[str, Rule]) -> Rule | None:
    """The rule that an id belongs to, or a code names; None where the two do not agree."""
    named = id_.rpartition("-")[0] if id_ else code
    return rules.get(named) if code in ("", named) else None


class _Matters:
    """The findings and open points of a report, by id and by what they are about."""

    def __init__(self, report: Report, words: Words) -> None:
        self.plan = report.plan
        self.words = words
        self.by_rule: dict[str, dict[str, list[_Matter]]] = {}
        self._called: dict[str, dict[str, list[_Matter]]] = {}
        for matter in _matters(report):
            self.by_rule.setdefault(matter.rule.code, {}).setdefault(matter.id, []).append(matter)

    def named(self, rule: Rule, id_: str, feature: str) -> dict[str, list[_Matter]]:
        """Those of a rule that have an id, and those at a feature, by id; where both are given they have to agree.

        At a feature it is findings, or where there are none what was left open. Nothing where several go by its name.
        """
        by_id = self.by_rule.get(rule.code, {})
        here = self._at(rule, feature) if feature else []
        if id_:
            found = by_id.get(id_, [])
            agrees = not feature or any(matter.id == id_ for matter in here)
            return {id_: found} if found and agrees else {}
        if len({matter.things[0] for matter in here}) != 1:
            return {}
        wanted = [matter for matter in here if matter.outcome is None] or here
        return {matter.id: by_id[matter.id] for matter in wanted}

    def _at(self, rule: Rule, feature: str) -> list[_Matter]:
        if rule.code not in self._called:
            matters = [matter for those in self.by_rule.get(rule.code, {}).values() for matter in those]
            self.words.learn(matter.things[0] for matter in matters)
            names: dict[str, list[_Matter]] = {}
            for matter in matters:
                for name in dict.fromkeys(map(normal, self._names(matter.things[0]))):
                    names.setdefault(name, []).append(matter)
            self._called[rule.code] = names
        return self._called[rule.code].get(normal(feature), [])

    def _names(self, iri: str) -> tuple[str, ...]:
        """What a thing goes by: its key, or what the report calls it; the plan by what it calls itself."""
        own = (self.plan.identifier, self.plan.title) if iri == self.plan.iri else ()
        return (*self.words.names(iri), *own)


def _matters(report: Report) -> Iterator[_Matter]:
    for outcome in report.outcomes:
        for finding in outcome.findings:
            told = [value for value in finding.details.values() if isinstance(value, str)]
            things = (finding.focus, *finding.ground, *finding.without, *told, *filter(None, [finding.value]))
            yield _Matter(finding.id, outcome.rule, things)
        for reason in outcome.reasons:
            yield _Matter(reason.id, outcome.rule, (reason.node or report.plan.iri,), reason.outcome)


def _state(builder: Builder, node: int, matter: _Matter) -> None:
    if matter.outcome is None:
        builder.type(str(CHK.Finding), [node])
    else:
        builder.type(str(CHK.OpenPoint), [node])
        builder.value(str(CHK.outcome), [node], pa.array([matter.outcome.value]))


def _state_kinds(builder: Builder, found: Mapping[str, Sequence[_Matter]], kinds: Sequence[str], store: Store) -> None:
    """Which of some classes each finding is about: those that its rule mentions, and those that its individuals are of."""
    findings = {id_: matters for id_, matters in found.items() if matters[0].outcome is None}
    things = {thing for matters in findings.values() for matter in matters for thing in matter.things}
    nodes = store.find(things)
    listed = ", ".join(map(str, sorted(nodes.values()))) or "-1"
    for kind in kinds:
        is_empty = store.says_nothing(kind)
        members = set() if is_empty else set(store.column(f"SELECT s FROM {store.cls(kind)} WHERE s IN ({listed})"))
        below = store.vocabulary.subclasses(kind)
        for id_, matters in findings.items():
            is_mentioned = not matters[0].rule.mentions.isdisjoint(below)
            if is_mentioned or any(nodes.get(thing) in members for matter in matters for thing in matter.things):
                builder.link(str(SUB.aboutKind), [builder.node(_iri(id_))], [builder.node(kind)])


# ---- what the records settle -----------------------------------------------------------------------------------------


def settle(
    report: Report,
    results: Sequence[RuleResult],
    records: Store,
    handed: ReviewFiles,
    opinions: Sequence[Opinion],
) -> Report:
    """The report with waivers, decisions and opinions. ``results``: of the rules on records, over ``records``."""
    pointed = _pointed(records.facts)
    holding = _holding(results, records)
    rated = as_rated(results, report.profile)
    judged = {o.rule.code: o for o in outcomes(rated, Words(records), report.profile, report.fail_on)}
    waivers = _by_matter(holding, pointed, records.facts, str(SUB.Waiver), _waiver)
    decisions = _by_matter(holding, pointed, records.facts, str(SUB.RecordedDecision), _decision)
    said: dict[str, list[Opinion]] = {}
    for opinion in opinions:
        said.setdefault(opinion.about, []).append(opinion)
    settled = [_settled(judged.get(o.rule.code, o), waivers, decisions, said) for o in report.outcomes]
    by_code = {o.rule.code: o for o in settled}
    there = {finding.id for o in settled for finding in o.findings} | {
        reason.id for o in settled for reason in o.reasons
    }
    left = tuple(_earlier(opinion, by_code) for opinion in opinions if opinion.about and opinion.about not in there)
    own = tuple(opinion for opinion in opinions if not opinion.about)
    return conclude(replace(report, outcomes=tuple(settled), review=Review(handed.files, left, own)))


def _holding(results: Sequence[RuleResult], records: Store) -> frozenset[int]:
    """The records that rules judged, and with which none found anything wrong or left anything open."""
    checked: set[int] = set()
    wrong: set[str | None] = set()
    for result in results:
        if result.error is not None or result.missing:
            return frozenset()
        checked |= set(result.checked.to_pylist())
        wrong |= {v.focus for v in result.violations}
        wrong |= {point.node for point in (*result.undecided, *result.asked)}
    if None in wrong:  # a whole rule was not judged
        return frozenset()
    nodes = sorted(checked)
    iris = records.iris(pa.array(nodes, pa.int64()))
    return frozenset(node for node, iri in zip(nodes, iris, strict=True) if iri not in wrong)


_Settling = Callable[[Mapping[str, Any], Place, tuple[str, ...]], Waiver | Decision | None]


def _by_matter(
    holding: Collection[int], pointed: Mapping[int, Sequence[str]], facts: Facts, kind: str, make: _Settling
) -> dict[str, Any]:
    """By the id of the matter, what the first record of a kind that holds makes of it."""
    found: dict[str, Any] = {}
    files = _values(facts, str(SUB.attachedFile))
    for record in _rows_of(facts, {kind}):
        if record in holding:
            table, index = facts.place_of(record) or (None, 0)
            assert table is not None, "records are rows of lists"
            place = replace(table.place, row=table.rows[index].as_py())
            made = make(_said(facts, record), place, tuple(files.get(record, ())))
            for id_ in pointed.get(record, ()) if made is not None else ():
                found.setdefault(id_, made)
    return found


def _waiver(said: Mapping[str, Any], place: Place, files: tuple[str, ...]) -> Waiver | None:
    """None where it lacks what a report has to tell of it, whatever rules a pack puts in place of ours."""
    grounds, by, until = (said.get(str(prop)) for prop in (SUB.grounds, SUB.decidedBy, SUB.validUntil))
    document = said.get(str(SUB.approvalDocument)) or ""
    return Waiver(place, grounds, by, document, until, files) if grounds and by and until else None


def _decision(said: Mapping[str, Any], place: Place, files: tuple[str, ...]) -> Decision | None:
    """None as for a waiver."""
    conclusion, by, day, basis = (
        said.get(str(prop)) for prop in (SUB.conclusion, SUB.decidedBy, SUB.decidedOn, SUB.grounds)
    )
    complies = conclusion == str(SUB.complies)
    return Decision(place, complies, by, day, basis, files) if conclusion and by and day and basis else None


def _settled(
    outcome: RuleOutcome,
    waivers: Mapping[str, Waiver],
    decisions: Mapping[str, Decision],
    opinions: Mapping[str, Sequence[Opinion]],
) -> RuleOutcome:
    def said_of(id_: str) -> tuple[Opinion, ...]:
        return tuple(opinions.get(id_, ()))

    def finding(f: Finding) -> Finding:
        waiver = waivers.get(f.id)
        return replace(f, waiver=waiver, blocks=f.blocks and waiver is None, opinions=said_of(f.id))

    def reason(r: Reason) -> Reason:
        return replace(r, decision=decisions.get(r.id), opinions=said_of(r.id))

    return replace(outcome, findings=tuple(map(finding, outcome.findings)), reasons=tuple(map(reason, outcome.reasons)))


def _earlier(opinion: Opinion, outcomes: Mapping[str, RuleOutcome]) -> EarlierOpinion:
    """An opinion on what is there no more: mended only if its rule really judged everything."""
    code = opinion.about.rpartition("-")[0]
    rule = outcomes.get(code)
    if rule is None:  # a number of the reviewer's own, perhaps, in a row that the reviewer wrote
        kept = replace(opinion, others=(*opinion.reported, *opinion.others), found="", reported=())
        return EarlierOpinion(kept, OpinionStanding.UNKNOWN)
    is_judged = rule.outcome in _JUDGED and not rule.open
    return EarlierOpinion(opinion, OpinionStanding.ANSWERED if is_judged else OpinionStanding.NOT_CHECKED, code)


# ---- facts of records ------------------------------------------------------------------------------------------------


def _rows_of(facts: Facts, classes: Collection[str]) -> Iterator[int]:
    """The individuals of tables of some classes, in order."""
    for table in facts.tables:
        if table.cls in classes:
            yield from table.ids.to_pylist()


def _said(facts: Facts, record: int) -> dict[str, Any]:
    """What a row says, by property; of a code its IRI."""
    table, index = facts.place_of(record) or (None, 0)
    assert table is not None, "records are rows of lists"
    said = {prop: column[index].as_py() for prop, column in table.columns.items()}
    codes = str(SUB.conclusion)
    if said.get(codes) is not None:
        said[codes] = facts.iri(said[codes])
    return said


def _values(facts: Facts, prop: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in facts.values[prop].to_pylist() if prop in facts.values else ():
        found.setdefault(row["s"], []).append(row["v"])
    return found


def _pointed(facts: Facts) -> dict[int, list[str]]:
    """The ids of what each record is about."""
    links = facts.links.get(str(SUB.pointsTo))
    found: dict[int, list[str]] = {}
    for row in links.to_pylist() if links is not None else ():
        found.setdefault(row["s"], []).append(facts.iri(row["o"]).removeprefix(_MATTER))
    return found
