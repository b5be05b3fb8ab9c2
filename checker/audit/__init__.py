"""Checks every package of a folder against the same plans; hands on an overview, and each report while it is at hand.

Packages are gone through twice. First only what has to be coordinated is kept of each: the projects and sites of plans of
one place, which are then compared with each other (``coordination``). Then one package after the other is checked as if
it were alone, and its report completed by what the comparison found, so that there is one package in memory at a time.
What is kept of a package between the two depends on nothing but the folder, so that an audit could be taken up again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from checker import lift, pipeline, readers
from checker.audit.coordination import coordinate
from checker.audit.folders import folders, handed_back
from checker.audit.tallies import broken, conflicts, tallied
from checker.errors import CannotFinish, Text, told
from checker.model import Audited, Finding, Overview, PlanSummary, Report
from checker.pipeline import Beside, Kit, Request, Tell

__all__ = ["audit", "folders", "handed_back", "packages"]

_Shelf = list[tuple[Mapping[str, Path], lift.References]]
Keep = Callable[[str, Report], Mapping[str, str]]  # a package's name and report -> format -> the file that was written


def packages(folder: Path, aside: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """What may be packages in a folder, and files that are none; without some paths that lie in it for another reason.

    Raises CannotFinish where there is no package.
    """
    not_meant = {path.resolve() for path in aside}
    found, others = readers.packages(folder)
    meant = [path for path in found if path.resolve() not in not_meant]
    if not meant:
        raise CannotFinish(
            Text("这个文件夹中没有成果包。", "There is no package in this folder."),
            str(folder),
            Text(
                "请放入各规划的成果文件夹、zip 或单独的数据库。",
                "Put the plans' folders, zips or single databases into it.",
            ),
        )
    return meant, [path for path in others if path.resolve() not in not_meant]


def audit(
    request: Request,
    found: tuple[Sequence[Path], Sequence[Path]],
    reviews: Mapping[str, tuple[Path, ...]],
    keep: Keep,
    tell: Tell,
) -> Overview:
    """The overview of the packages ``found`` in the folder ``request.package``, each checked as the request says.

    ``reviews``: the lists that reviewers handed back on a package, by its name. ``keep`` is given each report with the name
    of its package. Raises CannotFinish where the plans to compare with, or the rules, cannot be read; what is wrong with a
    package stands in the overview.
    """
    paths, aside = found
    kit = pipeline.of_packs(request.packs)
    if request.profile:
        kit.prepared.rulebook.profile(request.profile)  # a name that no profile has is told before anything is read
    given = dict(sorted(request.references.items()))
    shelf: _Shelf = [(given, pipeline.references(given, kit))]
    coordinated = coordinate({path.name: replace(request, package=path) for path in paths}, kit, _part(tell, 0.0, 0.1))
    audited: list[Audited] = []
    seen: dict[str, PlanSummary] = {}
    between: list[tuple[str, Finding]] = []
    for i, path in enumerate(paths):
        step = _part(tell, 0.1 + 0.9 * i / len(paths), 0.9 / len(paths), f"{i + 1}/{len(paths)} {path.name}")
        own = replace(request, package=path, reviews=reviews.get(path.name, ()))
        known = coordinated.get(path.name)
        try:
            report = _checked(own, None if isinstance(known, Exception) else known, shelf, kit, step)
            if isinstance(known, Exception):  # else nobody would be told that it was not compared
                raise known
            if known is not None:
                between += _between(path.name, report, known)
            seen |= {plan.iri: plan for plan in report.references if known is None or plan not in known.plans}
            audited.append(tallied(path.name, report, keep(path.name, report)))
        except Exception as error:  # what is wrong with one package, or with checking it, stops no other
            audited.append(broken(path, told(error)))
    return Overview(
        request.package.resolve().name,
        tuple(audited),
        conflicts(between, {name: c.plan for name, c in coordinated.items() if not isinstance(c, Exception)}),
        tuple(seen[iri] for iri in sorted(seen)),
        tuple(path.name for path in aside),
        kit.prepared.rulebook.digest,
    )


def _checked(request: Request, beside: Beside | None, shelf: _Shelf, kit: Kit, tell: Tell) -> Report:
    """The report on one package, as if it were checked alone, with what the rules between plans came to.

    ``shelf``: plans to compare with that are lifted already: those given for all packages, and the last that a package
    named besides.
    """
    tell(pipeline.READING, 0.0)
    submission = pipeline.read(request, kit)
    compared = next((plans for paths, plans in shelf if paths == submission.references), None)
    if compared is None:
        compared = pipeline.references(submission.references, kit)
        shelf[1:] = [(submission.references, compared)]
    return pipeline.assess(request, submission, compared, kit, tell, beside)


def _between(name: str, report: Report, beside: Beside) -> list[tuple[str, Finding]]:
    """The findings of the rules between plans, each with the name of the package."""
    rules = {outcome.rule.iri for outcome in beside.outcomes}
    return [(name, finding) for outcome in report.outcomes if outcome.rule.iri in rules for finding in outcome.findings]


def _part(tell: Tell, begin: float, share: float, name: str = "") -> Tell:
    """Tells of a part of a whole: where it begins, and which share it is."""

    def of_whole(stage: Text, part: float) -> None:
        tell(Text(f"{name} {stage.zh}".strip(), f"{name} {stage.en}".strip()), begin + share * part)

    return of_whole
