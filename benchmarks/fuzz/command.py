"""Inputs through the command line itself: in a process of its own, by its exit status, its streams and what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.fuzz import bytewise
from benchmarks.fuzz.names import FORMATS
from benchmarks.fuzz.watch import Sandbox, Seen, laid_out

_HOME = Path(__file__).parents[2]
_SAID = {0: "checked", 1: "checked", 2: "refused"}
_MOST_SECONDS = 500  # on a machine that others are using too
_STRAYS = "strays"
# Python runs what a sitecustomize on its path says before the program itself.
_WATCH = """import os
from pathlib import Path
from benchmarks.fuzz.strays import watch
log = os.open(os.environ["FUZZ_STRAYS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
watch([Path(place) for place in os.environ["FUZZ_PLACES"].split(os.pathsep)], lambda said: os.write(log, said.encode() + b"\\n"))
"""


def run(sandbox: Sandbox, seed: int) -> Seen:
    """Checks the input of a seed, of one format after the other, by `python -m checker check`."""
    form = FORMATS[seed % len(FORMATS)]
    with (
        bytewise.request(sandbox, form, seed) as (asked, _),
        laid_out(sandbox.work / "watch", watcher()) as watching,
    ):
        report = sandbox.work / "report.json"
        references = (word for kind, path in asked.references.items() for word in (f"--{kind}", str(path)))
        command = [sys.executable, "-m", "checker", "check", str(asked.package), *references]
        before, begin = sandbox.listing(), time.monotonic()
        ran = subprocess.run(
            [*command, "--format", "json", "-o", str(report)], env=environment(sandbox, watching), capture_output=True,
            cwd=sandbox.root / "cwd", timeout=_MOST_SECONDS, check=False,
        )  # fmt: skip
        after = sandbox.listing()
        changed = {file for file in before.keys() | after.keys() if before.get(file) != after.get(file)}
        allowed = {str(report), str(watching / _STRAYS)}
        seen = Seen(_SAID.get(ran.returncode, "crashed"), f"{form} {seed}", time.monotonic() - begin)
        seen.problems = [
            *strays_of(watching),
            *(f"left, changed or removed {file}" for file in sorted(changed - allowed)),
        ]
        seen.problems += _of_streams(ran.returncode, ran.stdout.decode(), ran.stderr.decode(), report)
        report.unlink(missing_ok=True)
        return seen


def watcher() -> dict[str, bytes]:
    """The files of a folder that makes a Python with ``environment`` note what it writes elsewhere."""
    return {"sitecustomize.py": _WATCH.encode(), _STRAYS: b""}


def strays_of(watching: Path) -> list[str]:
    """What was noted."""
    return (watching / _STRAYS).read_text(encoding="utf-8").splitlines()


def environment(sandbox: Sandbox, watching: Path) -> dict[str, str]:
    """The environment of the command: its home, its temporary files and its own cache lie in the sandbox."""
    cache = os.environ.get("PLANCHECK_CACHE", str(sandbox.root / "xdg" / "plancheck"))
    own = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "xdg"}
    return {
        **os.environ,
        **{variable: str(sandbox.root / name) for variable, name in own.items()},
        "PLANCHECK_CACHE": cache,
        "PYTHONPATH": os.pathsep.join((str(watching), str(_HOME))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FUZZ_STRAYS": str(watching / _STRAYS),
        "FUZZ_PLACES": os.pathsep.join((str(sandbox.root), cache)),
    }


def _of_streams(status: int, out: str, err: str, report: Path) -> list[str]:
    """What the command said that it should not have said, or did not say."""
    found = []
    if status not in _SAID:
        found.append(f"exit status {status}: {err[-200:]}")
    if "Traceback" in err or "内部错误" in err:
        found.append(f"stderr: {err[-300:]}")
    if out:
        found.append(f"stdout in spite of -o: {out[:200]}")
    if status == 2 and not report.exists() and "无法完成核查" not in err:
        found.append(f"no word of why: {err[:200]!r}")
    if report.exists() or status in (0, 1):
        try:
            rules = json.loads(report.read_bytes())["rules"]
        except (OSError, ValueError, KeyError) as error:
            return [*found, f"no report: {error}"]
        if (status == 2) != any(rule["outcome"] == "error" for rule in rules):
            found.append(f"exit status {status} is not what the report says")
    return found
