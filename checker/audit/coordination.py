"""Compares the plans of an audit that have to be coordinated with each other; hands on how the rules on that ended.

Which plans these are is declared (sub:Coordination), and the rules are those that read sub:coordinatedWith. Of each
package only the tables that these rules read are kept; all plans of one place are lifted together, once, and each is then
looked at as the plan under review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker import judge, lift, pipeline, relate
from checker.engine import Evaluation, engine, is_at_home
from checker.errors import Text, told
from checker.facts import Facts, Store
from checker.model import OpenPoint, Package, PlanSummary, Rule, RuleOutcome, RuleResult
from checker.pipeline import Beside, Kit, Request, Tell
from checker.relate import ground
from checker.vocabulary import SUB

_BETWEEN_PLANS = str(SUB.coordinatedWith)


@dataclass(frozen=True)
class _Member:
    """What is kept of a package: its request, the tables that are compared, the plan's identifier, IRI and place."""

    request: Request
    package: Package
    identifier: str
    iri: str
    place: str


def coordinate(requests: Mapping[str, Request], kit: Kit, tell: Tell) -> dict[str, Beside | Exception]:
    """By the name of their package, the plans that have others to be coordinated with, or what stopped that."""
    members: dict[str, _Member] = {}
    found: dict[str, Beside | Exception] = {}
    for i, (name, request) in enumerate(requests.items()):
        tell(Text(f"同城规划 {name}", f"plans of one city: {name}"), i / len(requests))
        try:
            member = _member(request, kit)
        except Exception as error:  # checking the package will most likely meet it again
            found[name] = error
            continue
        if member is not None:
            members[name] = member
    groups: dict[str, list[str]] = {}
    for name, member in members.items():
        groups.setdefault(member.place, []).append(name)
    for names in (names for names in groups.values() if len(names) > 1):
        found |= zip(names, _compared([members[name] for name in names], kit), strict=True)
    return found


def _member(request: Request, kit: Kit) -> _Member | None:
    """What is kept of a package; None for one that no rule between plans judges."""
    terms, rules = kit.prepared.vocabulary, _rules(kit)
    classes = {term for rule in rules for term in rule.mentions}
    package = lift.only(pipeline.read(request, kit).package, classes, terms)
    facts, (summary, *_), _ = lift.lift(package, {}, terms)
    kind = terms.plan_kind(summary.kind.zh)
    for declared in terms.declarations(str(SUB.Coordination)):
        code, digits = str(facts.of_plan(declared["planCode"]) or ""), int(declared["codeDigits"])
        is_meant = kind is not None and kind.iri in terms.subclasses(declared["matches"]) and len(code) >= digits
        if is_meant and any(is_at_home(rule, code) for rule in rules):
            return _Member(request, package, summary.identifier, summary.iri, f"{declared.iri} {code[:digits]}")
    return None


def _rules(kit: Kit) -> list[Rule]:
    return [rule for rule in kit.prepared.rulebook.rules if _BETWEEN_PLANS in rule.reads]


def _compared(members: Sequence[_Member], kit: Kit) -> Iterator[Beside | Exception]:
    """How the rules between plans ended for each of the plans of one place, as far as the plans can be told apart."""
    terms = kit.prepared.vocabulary
    identifiers = [member.identifier for member in members]
    double = sorted({name for name in identifiers if identifiers.count(name) > 1})
    if double:
        zh, en = "、".join(double), ", ".join(double)
        why = Text(
            f"同城有几个成果包的规划编号相同（{zh}），无法确定以哪一个为准",
            f"several packages of plans of this city have the same identifier ({en}), so which of them holds is not known",
        )
        yield from (_not_compared(member, why, kit) for member in members)
        return
    try:
        facts, summaries = lift.lift_together([member.package for member in members], terms)
    except Exception as error:  # of one of them, which must not stop the others
        yield from (_not_compared(member, told(error).problem, kit) for member in members)
        return
    for member in members:
        others = tuple(summary for summary in summaries if summary.iri != member.iri)
        try:
            outcomes = _judged(member, lift.seen_from(member.iri, facts, terms), kit)
        except Exception as error:  # which must not stop the others
            yield error
            continue
        yield Beside(member.iri, outcomes, others)


def _not_compared(member: _Member, why: Text, kit: Kit) -> Beside:
    """What is known of a plan that could not be compared with others: that it has still to be."""
    terms = kit.prepared.vocabulary
    facts, _ = lift.lift_together([member.package], terms)
    return Beside(member.iri, _judged(member, lift.seen_from(member.iri, facts, terms), kit, why), ())


def _judged(member: _Member, facts: Facts, kit: Kit, why_not: Text | None = None) -> tuple[RuleOutcome, ...]:
    """How the rules between plans ended for the plan under review; ``why_not``: why there is nothing to compare it with."""
    request = member.request
    prepared, rules = kit.prepared, _rules(kit)
    terms, rulebook = prepared.vocabulary, prepared.rulebook
    as_of = pipeline.day(request, facts)
    store = Store(relate.relate(facts, terms, frozenset[str]().union(*(r.mentions for r in rules)), as_of), terms)
    shapes = engine(request.engine, rulebook, store, prepared.compiled, is_apart=True)
    evaluation = Evaluation(rulebook, store, shapes)
    results = [evaluation.rule(rule) for rule in rules]
    if why_not is not None:
        open_point = OpenPoint(None, {"zh": why_not.zh, "en": why_not.en})
        results = [RuleResult(r.rule, undecided=(open_point,)) if r.missing else r for r in results]
    if request.with_coordinates:
        results = ground.locate(results, store)
    profile = pipeline.chosen(request, kit, store)
    report = judge.judge(
        results,
        store,
        profile,
        request.fail_on or profile.fail_on,
        _nobody(member),
        as_of,
        rulebook.digest,
        shapes.name,
        (),
    )
    return report.outcomes


def _nobody(member: _Member) -> tuple[PlanSummary, ...]:
    """A summary for a report of which only the outcomes are wanted."""
    return (PlanSummary("under-review", member.iri, member.identifier, "", Text("", ""), ()),)
