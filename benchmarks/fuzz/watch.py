"""Runs one input in a place of its own and says what went wrong: the properties that every input must keep."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from benchmarks.fuzz import strays
from checker import pipeline
from checker.errors import CannotFinish, Text
from checker.model import Outcome, Report
from checker.writers import FORMATS, inspection

MOST_MEMORY = 1 << 30
_HARD_LIMIT = 12 << 30  # of addresses, so that a leak ends this process and not the computer
# What no message to a planner may hold.
_INTERNAL = re.compile(
    r"Traceback|/vsi|/tmp/|plancheck-\w|fuzz-\w|site-packages|\.py\b|\b0x[0-9a-f]{6,}|object at|<class|\blayer\.(?:shp|dbf|gml|gpkg)|NoneType|sqlite3_|OGR\w+\(|\bSELECT\b.*\bFROM\b"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class Seen:
    """What became of one input. ``said``: refused, read, checked or crashed; ``problems``: the properties that it broke.

    ``seconds``: of processor time; ``memory``: bytes by which the process grew at most.
    """

    said: str = ""
    detail: str = ""
    seconds: float = 0.0
    memory: int = 0
    problems: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sandbox:
    """A folder for one process: packages lie in ``work``; home, cache and the system's temporary files beside it."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    def enter(self) -> None:
        """Makes this process live here: nothing it writes of its own accord should be found elsewhere."""
        for name, variable in (
            ("home", "HOME"),
            ("tmp", "TMPDIR"),
            ("cwd", ""),
            ("xdg", "XDG_CACHE_HOME"),
            ("work", ""),
        ):
            (self.root / name).mkdir(exist_ok=True)
            if variable:
                os.environ[variable] = str(self.root / name)
        tempfile.tempdir = None
        os.chdir(self.root / "cwd")
        pipeline.prepare = cache(pipeline.prepare)  # type: ignore[assignment] - what is kept is read once per process
        resource.setrlimit(resource.RLIMIT_AS, (_HARD_LIMIT, _HARD_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        strays.watch((self.root,), _STRAYED.append)

    def listing(self) -> dict[str, tuple[int, int]]:
        """Every file here with its size and time."""
        found = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                file = Path(folder) / name
                state = file.lstat()
                found[str(file)] = (state.st_size, state.st_mtime_ns)
        return found


_STRAYED: list[str] = []


def watched(
    sandbox: Sandbox,
    request: pipeline.Request,
    names: tuple[str, ...],
    is_whole: bool = True,
    tell: Callable[[Report], object] = lambda _: None,
) -> Seen:
    """What became of a check. ``names``: files, of which a refusal has to name one.

    Rules are evaluated and reports written where it ``is_whole``; else it ends with the facts, which takes a fifth of the time.
    """
    seen = Seen()
    before = sandbox.listing()
    _STRAYED.clear()
    _forget_peak()
    resident = _memory("VmRSS")
    begin = time.process_time()
    try:
        if is_whole:
            seen.said = "checked"
            _check(request, seen, tell)
        else:
            seen.said = "read"
            kit = pipeline.of_packs(request.packs)
            submission = pipeline.read(request, kit)
            compared = pipeline.references(submission.references, kit)
            for note in pipeline._lift(request, submission, compared, kit, lambda _, __: None).notes:
                seen.problems += _of_text("note", note.text)
    except CannotFinish as refusal:
        seen.said = "refused"
        seen.detail = f"{refusal.where}: {refusal.problem.en}"[:300]
        seen.problems += _of_refusal(refusal, names)
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)
        at = next((f for f in reversed(last) if "/checker/" in f.filename), last[-1])
        seen.said = "crashed"
        seen.problems.append(f"{type(error).__name__} at {Path(at.filename).name}:{at.name}: {str(error)[:200]}")
    seen.seconds = time.process_time() - begin
    seen.memory = max(0, _memory("VmHWM") - resident)
    if seen.memory > MOST_MEMORY:
        seen.problems.append(f"memory grew by {seen.memory >> 20} MiB")
    after = sandbox.listing()
    seen.problems += [
        f"left or changed {path.removeprefix(str(sandbox.root))}" for path in after if after[path] != before.get(path)
    ]
    seen.problems += [f"removed {path.removeprefix(str(sandbox.root))}" for path in before.keys() - after.keys()]
    seen.problems += _STRAYED
    return seen


def _check(request: pipeline.Request, seen: Seen, tell: Callable[[Report], object]) -> None:
    report = pipeline.check(request)
    tell(report)
    for write in FORMATS.values():
        for lang in ("zh", "en"):
            write(report, lang).encode()
    seen.problems += _of_report(report)
    seen.outcomes = {o.rule.code: o.outcome.value for o in report.outcomes}
    found = pipeline.inspect(request)
    inspection.write(found, "zh").encode()
    json.loads(inspection.write_json(found, "en"))


def _of_refusal(refusal: CannotFinish, names: tuple[str, ...]) -> list[str]:
    """What a refusal lacks: it says what is wrong, where, and what to do, in both languages."""
    found = []
    for what, text in (("problem", refusal.problem), ("remedy", refusal.remedy)):
        found += _of_text(what, text)
    if not any(name in refusal.where for name in names):
        found.append(f"the refusal does not name the file: {refusal.where!r} {refusal.problem.en!r}"[:250])
    return found


def _of_report(report: Report) -> list[str]:
    """What a report must not have: rules that broke, words of the machinery, a sentence in one language only."""
    found = [
        f"rule {o.rule.code} broke: {o.reasons[0].text.en if o.reasons else ''}"[:250]
        for o in report.outcomes
        if o.outcome is Outcome.ERROR
    ]
    for note in report.notes:
        found += _of_text("note", note.text)
    for outcome in report.outcomes:
        for finding in outcome.findings:
            found += _of_text(outcome.rule.code, finding.message)
        for reason in outcome.reasons:
            found += _of_text(outcome.rule.code, reason.text)
    return sorted(set(found))


def _of_text(what: str, text: Text) -> list[str]:
    found = []
    if not text.zh.strip() or not text.en.strip():
        found.append(f"{what} is empty in one language: {text!r}"[:200])
    elif not _HAN.search(text.zh):
        found.append(f"{what} is not in Chinese: {text.zh!r}"[:200])
    for said in text:
        if inner := _INTERNAL.search(said):
            found.append(f"{what} shows {inner.group()!r}: {said!r}"[:300])
    return found


def _memory(what: str) -> int:
    with Path("/proc/self/status").open(encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(what))


def _forget_peak() -> None:
    with Path("/proc/self/clear_refs").open("w", encoding="ascii") as peak:
        peak.write("5")


@contextmanager
def laid_out(folder: Path, files: dict[str, bytes]) -> Iterator[Path]:
    """A folder with these files, gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
