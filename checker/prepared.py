"""What a check needs of rule packs, read and compiled: kept between runs, for the same packs and the same program.

Reading and compiling the built-in pack takes two seconds, a small plan less than one. What is kept lies in the user's
cache folder under a name made of the content of all files of the packs, the program's own files and the versions it runs
on, so that it can never be stale; it is written aside and moved into place, so that runs may overlap.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import rdflib

from checker import __version__, rulebook, vocabulary
from checker.engine import Compiled, compile_all
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.vocabulary import Vocabulary

_KEPT = 8  # of so many rulebooks: packs that are being edited leave one behind for each edit


@dataclass(frozen=True)
class Prepared:
    """The vocabulary and the rulebook of some packs, and the rulebook's shapes compiled."""

    vocabulary: Vocabulary
    rulebook: Rulebook
    compiled: Mapping[tuple[str, str], Compiled]


def prepare(packs: Sequence[Pack]) -> Prepared:
    """What was kept for these packs, else made now and kept. Raises CannotFinish as reading packs does."""
    kept = _folder() / f"{_key(packs)}.pickle"
    found = _read(kept)
    if found is None:
        terms, rules = vocabulary.load(packs), rulebook.load(packs)
        found = Prepared(terms, rules, compile_all(rules, terms))
        _write(kept, found)
    return found


def _key(packs: Sequence[Pack]) -> str:
    """A name for all that what is kept depends on."""
    digest = hashlib.sha256(f"{__version__} {sys.version} {rdflib.__version__}".encode())
    program = Path(__file__).parent
    for file in sorted(program.rglob("*.py")):
        state = file.stat()
        digest.update(f"{file.relative_to(program)} {state.st_size} {state.st_mtime_ns}".encode())
    for pack in packs:
        folders = (pack.turtle(folder) for folder in ("ontology", "guidelines", "rules"))
        for file in (pack.description, *(file for files in folders for file in files)):
            name = file.relative_to(pack.root).as_posix()
            digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        digest.update(b"\0")
    return digest.hexdigest()


def _folder() -> Path:
    """Where things are kept: PLANCHECK_CACHE, else the user's cache folder."""
    return Path(os.environ.get("PLANCHECK_CACHE") or platformdirs.user_cache_dir("plancheck", appauthor=False))


def _read(kept: Path) -> Prepared | None:
    """What a file holds; None where it is not there, not the user's own, or cannot be read."""
    try:
        if hasattr(os, "getuid") and kept.stat().st_uid != os.getuid():
            return None  # a pickle can run code, so that only one that this user wrote is opened
        gc.disable()  # a hundred thousand small objects, none of them garbage
        found = pickle.loads(kept.read_bytes())
    except Exception:  # whatever is wrong with it, it can be made again
        return None
    finally:
        gc.enable()
    return found if isinstance(found, Prepared) else None


def _write(kept: Path, found: Prepared) -> None:
    """Keeps something for later runs, and lets go of the oldest. Where that cannot be, every run makes it anew."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=kept.parent, suffix=".part")
        with os.fdopen(handle, "wb") as part:
            pickle.dump(found, part, protocol=5)
        Path(name).replace(kept)
        others = sorted(kept.parent.glob("*.pickle"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in others[_KEPT:]:
            old.unlink(missing_ok=True)
