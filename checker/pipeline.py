"""The whole way from packages to a report; it reads like the design's table of contents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checker import judge as judging
from checker import lift, readers, relate, resources
from checker.engine import Evaluation, engine
from checker.errors import CannotFinish, Text
from checker.facts import Facts, Store
from checker.judge import Words, not_supplied, suited
from checker.lift import reviews
from checker.model import (
    Inspection,
    Note,
    Opinion,
    Package,
    Place,
    PlanSummary,
    Profile,
    Report,
    ReviewFiles,
    RuleOutcome,
    RuleResult,
    Severity,
)
from checker.prepared import Prepared, prepare
from checker.readers.reviews import read as read_reviews
from checker.relate import cartography, ground
from checker.vocabulary import PLAN, Vocabulary
from checker.writers import planxml
from checker.writers import rdf as turtle
from checker.writers.text import where

READING = Text("读取成果包", "reading")
Tell = Callable[[Text, float], None]  # what is being done, and which part of the whole lies behind it


@dataclass(frozen=True)
class Request:
    """What to check, against what, and by which rules.

    ``references``: plan kind by notation -> package, overriding what plan.xml names. ``as_of``: the day for which
    dated thresholds hold; None for the plan's own date, else today. ``engine``: one of ``engine.ENGINES``.
    ``strict``: a package with something in it that could not be matched is refused.
    ``with_coordinates``: whether the report may hold coordinates, for geodata can be classified. ``with_map``: whether it
    holds the layers that a map draws, if so; ``with_features``: likewise, the features that findings are about.
    ``reviews``: lists that reviewers handed back.
    """

    package: Path
    references: Mapping[str, Path]
    packs: tuple[Path, ...] = ()
    profile: str | None = None
    fail_on: Severity | None = None
    as_of: dt.date | None = None
    engine: str = "auto"
    strict: bool = False
    with_coordinates: bool = True
    with_map: bool = False
    with_features: bool = False
    reviews: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Kit:
    """What checks need of the packs: vocabulary, rules, and the schema of plan.xml."""

    prepared: Prepared
    schema: Path


@dataclass(frozen=True)
class Submission:
    """A package that was read. ``references``: plan kind by notation -> the package to compare it with."""

    package: Package
    references: Mapping[str, Path]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Beside:
    """How the rules between plans ended for a plan (IRI), and the other submitted plans that it was compared with."""

    plan: str
    outcomes: tuple[RuleOutcome, ...]
    plans: tuple[PlanSummary, ...]


@dataclass(frozen=True)
class _Lifted:
    """A plan set that was read: its facts, a summary of each plan, and remarks."""

    facts: Facts
    summaries: tuple[PlanSummary, ...]
    notes: tuple[Note, ...]


def check(request: Request, tell: Tell = lambda _, __: None) -> Report:
    """The report on a package. Raises CannotFinish where input or rules make it impossible to finish."""
    tell(READING, 0.0)
    kit = of_packs(request.packs)
    submission = read(request, kit)
    return assess(request, submission, references(submission.references, kit), kit, tell)


def of_packs(packs: tuple[Path, ...]) -> Kit:
    """What checks need of the built-in pack and some others."""
    known = resources.packs(packs)
    return Kit(prepare(known), known[0].root / "ontology" / "plan.xsd")


def read(request: Request, kit: Kit) -> Submission:
    """The package of a request, and where the plans lie that it is compared with."""
    if request.profile:
        kit.prepared.rulebook.profile(request.profile)  # a name that no profile has is told before anything is read
    terms = kit.prepared.vocabulary
    package = readers.read(request.package, terms, kit.schema)
    cited, lost = _cited(package, terms, request.references)
    return Submission(package, dict(sorted({**cited, **request.references}.items())), tuple(lost))


def references(paths: Mapping[str, Path], kit: Kit) -> lift.References:
    """The plans to compare with, plan kind by notation -> package, read and lifted once for as many checks as there are."""
    terms = kit.prepared.vocabulary
    return lift.lift_references({kind: readers.read(path, terms, kit.schema) for kind, path in paths.items()}, terms)


def assess(
    request: Request,
    submission: Submission,
    compared: lift.References,
    kit: Kit,
    tell: Tell,
    beside: Beside | None = None,
) -> Report:
    """The report on a package that was read, against plans that were lifted, which stay as they are.

    ``beside``: what the rules between it and other submitted plans came to, if it was compared with any.
    """
    lifted = _lift(request, submission, compared, kit, tell)
    terms, rules = kit.prepared.vocabulary, kit.prepared.rulebook
    as_of = day(request, lifted.facts)
    handed = _handed_back(request.reviews, lifted.summaries[0], terms.of_reviews()) if request.reviews else None

    tell(Text("空间叠加与跨规划匹配", "relating"), 0.15)
    facts = _related(lifted.facts, request, kit, as_of)

    store = Store(facts, terms)
    profile = chosen(request, kit, store)
    shapes = engine(request.engine, rules, store, kit.prepared.compiled, is_apart=True)
    evaluation = Evaluation(rules, store, shapes)
    on_records = judging.on_records(rules.rules, terms)
    results = []
    for i, rule in enumerate(rules.rules):
        if rule in on_records:
            results.append(RuleResult(rule))  # of what reviewers hand back there is nothing to see in a package
            continue
        tell(
            Text(f"核查 {rule.code} {rule.title.zh}", f"checking {rule.code} {rule.title.en}"),
            0.3 + 0.7 * i / len(rules.rules),
        )
        results.append(evaluation.rule(rule))
    if request.with_coordinates:
        results = ground.locate(results, store)
    report = judging.judge(
        results,
        store,
        profile,
        request.fail_on or profile.fail_on,
        lifted.summaries,
        as_of,
        rules.digest,
        shapes.name,
        lifted.notes,
    )
    if beside is not None:
        report = judging.completed(report, beside.outcomes, beside.plans)
    report = reviewed(report, handed, kit.prepared, store, request.engine)
    if not request.with_coordinates:
        return report
    layers = cartography.layers(store) if request.with_map else ()
    concerned = ground.concerned(report.findings, store) if request.with_features else ()
    return replace(report, geometry_crs=ground.CRS, layers=layers, concerned=concerned)


def day(request: Request, facts: Facts) -> dt.date:
    """The day for which dated thresholds hold: that of the request, else the plan's own, else today."""
    stated = facts.of_plan(str(PLAN.date))
    return request.as_of or (stated if isinstance(stated, dt.date) else dt.date.today())


def chosen(request: Request, kit: Kit, store: Store) -> Profile:
    """The profile of a request, else the one for the plan under review."""
    rules = kit.prepared.rulebook
    return rules.profile(request.profile) if request.profile else suited(rules.profiles, store)


@dataclass(frozen=True)
class Known:
    """What is known of a plan set when rules judge it. ``stated``: the facts before anything was computed."""

    prepared: Prepared
    summaries: tuple[PlanSummary, ...]
    stated: Facts
    store: Store


def known(request: Request, as_of: dt.date, expected: Callable[[Sequence[PlanSummary]], None]) -> Known:
    """The facts of a package and its references as a check of that day has them.

    ``expected``: refuses plans that are not those wanted, before anything is computed. Raises CannotFinish as check() does.
    """
    kit = of_packs(request.packs)
    submission = read(request, kit)
    lifted = _lift(request, submission, references(submission.references, kit), kit, lambda _, __: None)
    expected(lifted.summaries)
    store = Store(_related(lifted.facts, request, kit, as_of), kit.prepared.vocabulary)
    return Known(kit.prepared, lifted.summaries, lifted.facts, store)


def _related(stated: Facts, request: Request, kit: Kit, as_of: dt.date) -> Facts:
    """The facts with all computed that rules mention; no coordinates where the report may hold none."""
    mentions = frozenset[str]().union(*(rule.mentions for rule in kit.prepared.rulebook.rules))
    if not request.with_coordinates:
        mentions -= {relate.PLACES}
    return relate.relate(stated, kit.prepared.vocabulary, mentions, as_of)


def reviewed(report: Report, handed: ReviewFiles | None, known: Prepared, store: Store, by: str) -> Report:
    """The report with what reviewers handed back, if anything, and the lists that they can fill in."""
    lists, rules = known.vocabulary.of_reviews(), known.rulebook
    report = replace(report, forms=reviews.forms(handed, lists))
    if handed is None:
        return report
    recorded, notes = reviews.records(handed, report.plan, lists)
    on_records = judging.on_records(rules.rules, known.vocabulary)
    records = Store(judging.point(recorded, report, store, on_records), known.vocabulary)
    evaluation = Evaluation(rules, records, engine(by, rules, records, known.compiled))
    results = [evaluation.rule(rule) for rule in on_records]
    report = replace(report, notes=(*report.notes, *handed.notes, *notes))
    return judging.settle(report, results, records, handed, reviews.opinions(handed, lists))


def opinions(paths: Sequence[Path], plan: PlanSummary, packs: tuple[Path, ...] = ()) -> tuple[Opinion, ...]:
    """What reviewers wrote in lists on a plan that they handed back.

    Raises CannotFinish where one cannot be read, or is about another plan.
    """
    lists = prepare(resources.packs(packs)).vocabulary.of_reviews()
    return reviews.opinions(_handed_back(paths, plan, lists), lists)


def _handed_back(paths: Sequence[Path], plan: PlanSummary, lists: Vocabulary) -> ReviewFiles:
    """``lists``: the vocabulary of reviews."""
    handed = read_reviews(paths, lists)
    reviews.refuse_others(handed, plan, lists)
    return handed


def inspect(request: Request) -> Inspection:
    """What is read of a package and its references, and what is not there. Raises CannotFinish as check() does."""
    kit = of_packs(request.packs)
    submission = read(request, kit)
    lifted = _lift(request, submission, references(submission.references, kit), kit, lambda _, __: None, is_shown=True)
    rules = kit.prepared.rulebook
    store = Store(lifted.facts, kit.prepared.vocabulary)
    evaluation = Evaluation(rules, store, engine("compiled", rules, store, kit.prepared.compiled))
    words = Words(store)
    missing: dict[Text, list[str]] = {}
    for rule in rules.rules:
        for term in evaluation.missing(rule):
            missing.setdefault(not_supplied(term, rule, words), []).append(rule.code)
    return Inspection(
        lifted.summaries, tuple((what, tuple(dict.fromkeys(codes))) for what, codes in missing.items()), lifted.notes
    )


def _lift(
    request: Request,
    submission: Submission,
    compared: lift.References,
    kit: Kit,
    tell: Tell,
    *,
    is_shown: bool = False,
) -> _Lifted:
    """Lifts a package onto the plans to compare it with. ``is_shown``: as for ``lift``."""
    tell(Text("识别内容", "lifting"), 0.1)
    facts, summaries, notes = lift.lift_reviewed(
        submission.package, compared, kit.prepared.vocabulary, is_shown=is_shown
    )
    notes = (*notes, *submission.notes)
    unmatched = [note for note in notes if note.is_unmatched]
    if request.strict and unmatched:
        raise _refused(request.package, unmatched)
    return _Lifted(facts, summaries, notes)


def _refused(package: Path, unmatched: Sequence[Note]) -> CannotFinish:
    """The refusal of a package for what of it could not be matched: everything, with its place."""

    def listed(lang: str) -> str:
        colon = Text("：", ": ").in_(lang)
        return "".join(f"\n    {where(note.place, lang)}{colon}{note.text.in_(lang)}" for note in unmatched)

    count = len(unmatched)
    return CannotFinish(
        Text(
            f"有 {count} 处内容无法对应，没有读取（--strict）：{listed('zh')}",
            f"{count} thing{'s' * (count != 1)} could not be matched and {'were' if count != 1 else 'was'} not read (--strict):{listed('en')}",
        ),
        str(package),
        Text(
            "请改正名称或格式，或从成果包中移除；去掉 --strict 则只作说明。",
            "Correct the names or formats, or take these out of the package; without --strict they are only remarked on.",
        ),
    )


def plan_xml(path: Path) -> str:
    """The plan.xml of a package that has a sheet 规划信息. Raises CannotFinish where it has none."""
    return planxml.write(*_alone(path, ()))


def rdf(path: Path, packs: tuple[Path, ...] = ()) -> str:
    """What a package states, as Turtle. Raises CannotFinish where the package cannot be read."""
    return turtle.write(*_alone(path, packs))


def _alone(path: Path, packs: tuple[Path, ...]) -> tuple[Facts, Vocabulary]:
    """The facts of a package by itself, and the terms that they are in."""
    kit = of_packs(packs)
    terms = kit.prepared.vocabulary
    facts, _, _ = lift.lift(readers.read(path, terms, kit.schema), {}, terms)
    return facts, terms


def _cited(package: Package, terms: Vocabulary, given: Mapping[str, Path]) -> tuple[dict[str, Path], list[Note]]:
    """The packages of cited plans that plan.xml says where to find, by plan kind, and remarks on those not there.

    Kinds that are ``given`` are left out.
    """
    home = package.path if package.path.is_dir() else package.path.parent
    found: dict[str, Path] = {}
    notes: list[Note] = []
    for citation in package.citations:
        prop = terms.properties.get(str(PLAN) + citation.relation)
        kind = terms.classes.get(prop.range) if prop is not None and prop.range else None
        if not citation.href or kind is None or not kind.notation or kind.notation in given:
            continue
        if readers.is_there(home / citation.href):
            found[kind.notation] = home / citation.href
        else:
            text = Text(
                f"{citation.relation} 所指的成果包“{citation.href}”不在那里，没有用来对照。",
                f"The package '{citation.href}' that {citation.relation} points to is not there and was not compared with.",
            )
            notes.append(Note(text, Place("plan.xml"), is_unmatched=True))
    return found, notes
