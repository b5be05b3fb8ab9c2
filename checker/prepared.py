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
_AT_HAND = 2  # in a process, which may check one plan after the other
_used: dict[str, Prepared] = {}  # in this process, by what it was made of; the last used last


@dataclass(frozen=True)
class Prepared:
    """The vocabulary and the rulebook of some packs, and the rulebook's shapes compiled."""

    vocabulary: Vocabulary
    rulebook: Rulebook
    compiled: Mapping[tuple[str, str], Compiled]


def prepare(packs: Sequence[Pack]) -> Prepared:
    """What was kept for these packs, else made now and kept. Raises CannotFinish as reading packs does.

    Where only some rules are not what they were, only they are read and compiled: their author tries them often.
    """
    base, rest = _keys(packs)
    kept = _folder() / f"{base}-{rest}.pickle"
    found = _used.pop(kept.name, None) or _read(kept)
    if found is None:
        others = sorted(_folder().glob(f"{base}-*.pickle"), key=lambda file: file.stat().st_mtime)
        found = _made(packs, _read(others[-1]) if others else None)
        _write(kept, found)
    _used[kept.name] = found
    while len(_used) > _AT_HAND:
        del _used[next(iter(_used))]
    return found


def _made(packs: Sequence[Pack], before: Prepared | None) -> Prepared:
    if before is None:
        terms, rules = vocabulary.load(packs), rulebook.load(packs)
        return Prepared(terms, rules, compile_all(rules, terms, {}))
    rules = rulebook.load(packs, before.rulebook)
    same = {rule.code for rule in rules.rules if before.rulebook.digests.get(rule.code) == rules.digests[rule.code]}
    known = {key: shape for key, shape in before.compiled.items() if key[0] in same}
    return Prepared(before.vocabulary, rules, compile_all(rules, before.vocabulary, known))


def _keys(packs: Sequence[Pack]) -> tuple[str, str]:
    """Names for all that what is kept depends on: the program, the ontologies and what rules share; and the rules."""
    base = hashlib.sha256(f"{__version__} {sys.version} {rdflib.__version__}".encode())
    rest = hashlib.sha256()
    program = Path(__file__).parent
    for file in sorted(program.rglob("*.py")):
        state = file.stat()
        base.update(f"{file.relative_to(program)} {state.st_size} {state.st_mtime_ns}".encode())
    for pack in packs:
        folders = (pack.turtle(folder) for folder in ("ontology", "guidelines", "rules"))
        for file in (pack.description, *(file for files in folders for file in files)):
            name = file.relative_to(pack.root).as_posix()
            is_rule = name.startswith("rules/") and not rulebook.is_shared(pack, file)
            digest = rest if is_rule else base
            digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        base.update(b"\0")
        rest.update(b"\0")
    return base.hexdigest()[:32], rest.hexdigest()[:32]


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
