"""The whole way from packages to a report; it reads like the design's table of contents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from checker import lift, readers, relate, resources
from checker.engine import Evaluation, engine
from checker.errors import Text
from checker.facts import Store
from checker.judge import judge
from checker.model import Note, Package, Place, Report, Severity
from checker.prepared import prepare
from checker.vocabulary import PLAN, Vocabulary
from checker.writers import planxml

Tell = Callable[[Text, float], None]  # what is being done, and which part of the whole lies behind it


@dataclass(frozen=True)
class Request:
    """What to check, against what, and by which rules.

    ``references``: plan kind by notation -> package, overriding what plan.xml names. ``as_of``: the day for which
    dated thresholds hold; None for the plan's own date, else today. ``engine``: one of ``engine.ENGINES``.
    """

    package: Path
    references: Mapping[str, Path]
    packs: tuple[Path, ...] = ()
    profile: str = "default"
    fail_on: Severity = Severity.VIOLATION
    as_of: dt.date | None = None
    engine: str = "auto"


def check(request: Request, tell: Tell = lambda _, __: None) -> Report:
    """The report on a package. Raises CannotFinish where input or rules make it impossible to finish."""
    packs = resources.packs(request.packs)
    prepared = prepare(packs)
    terms, rules = prepared.vocabulary, prepared.rulebook
    profile = rules.profile(request.profile)
    schema = packs[0].root / "ontology" / "plan.xsd"

    tell(Text("读取成果包", "reading"), 0.0)
    package = readers.read(request.package, terms, schema)
    cited, lost = _cited(package, terms, request.references)
    paths = {**cited, **request.references}
    references = {kind: readers.read(path, terms, schema) for kind, path in sorted(paths.items())}

    tell(Text("识别内容", "lifting"), 0.1)
    facts, summaries, notes = lift.lift(package, references, terms)
    stated = facts.of_plan(str(PLAN.date))
    as_of = request.as_of or (stated if isinstance(stated, dt.date) else dt.date.today())

    tell(Text("空间叠加与跨规划匹配", "relating"), 0.15)
    mentions = frozenset[str]().union(*(rule.mentions for rule in rules.rules))
    facts = relate.relate(facts, terms, mentions, as_of)

    store = Store(facts, terms)
    shapes = engine(request.engine, rules, store, prepared.compiled)
    evaluation = Evaluation(rules, store, shapes)
    results = []
    for i, rule in enumerate(rules.rules):
        tell(
            Text(f"核查 {rule.code} {rule.title.zh}", f"checking {rule.code} {rule.title.en}"),
            0.3 + 0.7 * i / len(rules.rules),
        )
        results.append(evaluation.rule(rule))

    return judge(results, store, profile, request.fail_on, summaries, as_of, rules.digest, shapes.name, (*notes, *lost))


def plan_xml(path: Path) -> str:
    """The plan.xml of a package that has a sheet 规划信息. Raises CannotFinish where it has none."""
    packs = resources.packs()
    terms = prepare(packs).vocabulary
    package = readers.read(path, terms, packs[0].root / "ontology" / "plan.xsd")
    facts, _, _ = lift.lift(package, {}, terms)
    return planxml.write(facts, terms)


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
            notes.append(Note(text, Place("plan.xml")))
    return found, notes
