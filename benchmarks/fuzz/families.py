"""From the name of a family and a seed to an input, and to what became of it."""

from __future__ import annotations

from benchmarks.fuzz import bytewise, command, meaning, packs
from benchmarks.fuzz.watch import Sandbox, Seen


def run(sandbox: Sandbox, family: str, seed: int) -> Seen:
    """Runs the input of a family and a seed."""
    if family == "pack":
        return packs.run(sandbox, seed)
    if family == "command":
        return command.run(sandbox, seed)
    if family == "meaning":
        return meaning.run(sandbox, seed)
    return bytewise.run(sandbox, family, seed)
