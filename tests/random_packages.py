"""Random plan packages, in the files that people submit; to hold the engines against each other, from the files on.

`python tests/random_packages.py --cases 20` makes that many and compares the engines by the whole rulebook. A package is
one of fixtures/whole with fewer rows, some of its own mistakes planted, and cells, columns and tables damaged: values that
nobody can read, other dates, numbers and units, references to nothing. It is made from its number alone.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from checker import lift, readers, relate
from checker.engine import Evaluation, engine
from checker.facts import Store
from checker.model import Package, Rule, RuleResult
from checker.vocabulary import PLAN
from tests.builtin import KNOWN, PACK, RULES, TERMS
from tests.random_rules import outcome
from tests.whole import KINDS, Description, Table, build, plant, read, write

_DAY = date(2026, 6, 30)
_CELLS = (
    "约3000", "？？", "3.2亿元", "12亩", "1,200.5", "-1", "0", "1e9", "2026年", "2026年2月30日", "2026-13-01", "2031—2029年", "2029—2031年",
    "2026/6/30", "长期", "是", "否", "P-01、P-99", "查无此项", "无", "100%", "５０", " ", "=1+1",
)  # fmt: skip


@cache
def _described(kind: str) -> Description:
    return read(kind)


def random_package(number: int, out: Path) -> Path:
    """The folder of a package, with those that it cites beside it."""
    random = Random(f"package {number}")
    kind = KINDS[number % len(KINDS)]
    description = deepcopy(_described(kind))
    # A mistake may belong to the row above it in its list; one that no longer fits is left out.
    for edit in [e for e in description.edits if random.random() < 0.3]:
        alone = replace(description, edits=[edit])
        try:
            plant(alone)
        except (ValueError, StopIteration):
            continue
    tables = {**description.tables, **description.layers}
    for table in tables.values():
        if table.rows and random.random() < 0.5:
            _thin(table, random)
    for _ in range(random.randint(5, 25)):
        _damage(random.choice([t for t in tables.values() if t.rows and t.columns]), random)
    for group in (description.tables, description.layers):
        for name in [n for n in group if n != "plan" and random.random() < 0.06]:
            del group[name]
    for href in re.findall(r'href="\.\./([a-z-]+)"', description.texts["plan.xml"]):
        if random.random() < 0.9:
            build(href, out)
    return write(description, out / f"random-{number}")


def _thin(table: Table, random: Random) -> None:
    """Fewer rows."""
    table.rows = {key: row for key, row in table.rows.items() if random.random() < 0.6}


def _damage(table: Table, random: Random) -> None:
    """One cell, or a column, is not what it was."""
    column, row = random.choice(table.columns), random.choice(list(table.rows.values()))
    match random.randrange(10):
        case 0 if len(table.columns) > 2:
            table.columns.remove(column)
        case 1 | 2:
            row[column] = ""
        case 3 | 4 | 5:
            row[column] = random.choice(list(table.rows.values())).get(column, "")
        case _ if column != "图形":
            row[column] = random.choice(_CELLS)


def compare(folder: Path, rules: Sequence[Rule]) -> tuple[list[RuleResult], list[RuleResult], dict[str, float]]:
    """The results of rules on a package, from the compiled engine and the reference, and the seconds of each."""
    schema = PACK.root / "ontology" / "plan.xsd"
    package = readers.read(folder, TERMS, schema)
    references = {kind: readers.read(path, TERMS, schema) for kind, path in cited(package).items() if path.exists()}
    facts, *_ = lift.lift(package, references, TERMS)
    mentions = frozenset[str]().union(*(rule.mentions for rule in RULES.rules))
    store = Store(relate.relate(facts, TERMS, mentions, _DAY), TERMS)
    found, seconds = [], {}
    for by in ("compiled", "reference"):
        begin = time.monotonic()
        evaluation = Evaluation(RULES, store, engine(by, RULES, store, KNOWN.compiled))
        found.append([replace(evaluation.rule(rule), engine="") for rule in rules])
        seconds[by] = time.monotonic() - begin
    return found[0], found[1], seconds


def cited(package: Package) -> dict[str, Path]:
    """The plans that a package names in its plan.xml, by the notation of their kind."""
    found = {}
    for citation in package.citations:
        kind = TERMS.classes[str(TERMS.properties[str(PLAN) + citation.relation].range)]
        if citation.href and kind.notation:
            found[kind.notation] = package.path / citation.href
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=int, default=10)
    arguments.add_argument("--first", type=int, default=0)
    given = arguments.parse_args()
    different, came_of = [], Counter[str]()
    for number in range(given.first, given.first + given.cases):
        with tempfile.TemporaryDirectory() as place:
            folder = random_package(number, Path(place))
            compiled, reference, _ = compare(folder, RULES.rules)
        came_of.update(map(outcome, compiled))
        for a, b in zip(compiled, reference, strict=True):
            if a != b or a.error is not None:
                different.append((number, a.rule.code))
                print(f"package {number}, {a.rule.code}:\ncompiled: {a}\nreference: {b}", flush=True)
    print(f"{given.cases} packages, {sum(came_of.values())} results of rules: {dict(came_of.most_common())}")
    print(f"{len(different)} differ: {different}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
