"""What a profile makes of rules: which one is for a plan, which rules count, how severe their findings are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from checker.errors import CannotFinish, Text
from checker.facts import Store
from checker.model import Profile, Rule, RuleResult, Severity, Strength
from checker.vocabulary import PLAN

DEFAULT = "default"
_BINDING = {Strength.MANDATORY, Strength.EXPECTED, Strength.LOCAL}


def suited(profiles: Mapping[str, Profile], store: Store) -> Profile:
    """The profile for the plan under review, by its kind and where it lies: the one for the narrowest place, then kind.

    The default one where none is for it. Raises CannotFinish where two are for it alike.
    """
    here = str(store.facts.of_plan(str(PLAN.administrativeCode)) or "")
    kinds = _kinds(sorted({kind for profile in profiles.values() for kind in profile.for_kinds}), store)
    fitting: dict[tuple[int, int], list[Profile]] = {}
    for name in sorted(profiles):
        profile = profiles[name]
        places = [len(place) for place in profile.for_places if here.startswith(place)]
        fitting_kinds = profile.for_kinds & kinds
        is_for = bool(places or not profile.for_places) and bool(fitting_kinds or not profile.for_kinds)
        if is_for and (profile.for_places or profile.for_kinds):
            depth = max((len(store.vocabulary.superclasses(kind)) for kind in fitting_kinds), default=0)
            fitting.setdefault((max(places, default=0), depth), []).append(profile)
    if not fitting:
        return profiles[DEFAULT]
    first, *others = fitting[max(fitting)]
    if others:
        names = "、".join(profile.name for profile in (first, *others))
        raise CannotFinish(
            Text(f"有几个核查方案同样适用于这部规划：{names}。", f"Several profiles are for this plan alike: {names}."),
            "--profile",
            Text("请用 --profile 指明一个。", "Name one with --profile."),
        )
    return first


def _kinds(named: Sequence[str], store: Store) -> frozenset[str]:
    """Which of some kinds of plan the plan under review is of, also by definition."""
    possible = [kind for kind in named if not store.says_nothing(kind)]
    found = store.memberships(possible).to_pylist()
    return frozenset(possible[row["k"]] for row in found if row["s"] == store.facts.reviewed)


def counts(rule: Rule, profile: Profile) -> bool:
    """Whether a rule changes the verdict: its clause binds or the profile adopts it, and does not set it aside.

    What is said of a clause goes before what is said of its guideline.
    """
    for said in (rule.clause.iri, rule.clause.guideline):
        if said in profile.sets_aside:
            return False
        if said in profile.adopts:
            return True
    return rule.clause.strength in _BINDING


def as_rated(results: Iterable[RuleResult], profile: Profile) -> list[RuleResult]:
    """Results as severe as the profile has them; what it says of a rule goes before its clause, and that before its guideline."""
    return [_rated(result, profile) for result in results] if profile.rates else list(results)


def _rated(result: RuleResult, profile: Profile) -> RuleResult:
    rule = result.rule
    said: list[Severity] = [
        profile.rates[iri] for iri in (rule.iri, rule.clause.iri, rule.clause.guideline) if iri in profile.rates
    ]
    if not said:
        return result
    violations = tuple(replace(v, severity=said[0]) for v in result.violations)
    return replace(result, rule=replace(rule, severity=said[0]), violations=violations)
