"""Inputs whose bytes are damaged: one format, one seed, one package."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fuzz.damage import DAMAGES
from benchmarks.fuzz.inputs import bases
from benchmarks.fuzz.watch import Sandbox, Seen, laid_out, watched
from checker.pipeline import Request

_SMALL = 0.85  # of the inputs: small packages show the same faults in less time
_WHOLE = 8  # every so many inputs go all the way to a report


def damaged(form: str, seed: int) -> tuple[dict[str, bytes], str, bool]:
    """The files of the input, the name of the damaged one, and whether it is a plan to compare with."""
    rng = random.Random(f"{form} {seed}")
    known = bases(form)
    base = known[0] if rng.random() < _SMALL else rng.choice(known)
    name = rng.choice(base.damaged)
    damage = DAMAGES[Path(name).suffix]
    files = dict(base.files)
    files[name] = damage(files[name], rng)
    return files, name, base.is_reference


@contextmanager
def request(sandbox: Sandbox, form: str, seed: int) -> Iterator[tuple[Request, tuple[str, ...]]]:
    """What is asked for with the input of a format and a seed while it lies there, and the names that a refusal may say."""
    files, name, is_reference = damaged(form, seed)
    with laid_out(sandbox.work / "p", files) as folder:
        lone = len(files) == 1 and not name.endswith((".ttl", ".nt", ".jsonld"))
        package = folder / name if lone else folder
        names = (*_named(files), str(package))
        if not is_reference:
            yield Request(package, {}), names
            return
        with laid_out(sandbox.work / "own", dict(bases("plan.xml")[0].files)) as reviewed:
            yield Request(reviewed, {"territorial": folder / Path(name).parts[0]}), names


def run(sandbox: Sandbox, form: str, seed: int) -> Seen:
    """Checks the input of a format and a seed."""
    with request(sandbox, form, seed) as (asked, names):
        return watched(sandbox, asked, names, seed % _WHOLE == 0)


def _named(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """What a refusal may name: the files of a package, or those in a zip; of a geodatabase its folder."""
    paths = [Path(name) for name in files]
    for data in files.values() if len(files) == 1 else ():
        with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as parts:
            paths += [Path(name) for name in parts.namelist()]
    databases = {path.parent.name for path in paths if path.parent.suffix == ".gdb"}
    return tuple(databases | {path.name for path in paths if path.name})
