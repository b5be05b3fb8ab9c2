"""The reference engine in a process of its own, which ends with its time.

Nothing in one process could end it: a search by a pattern holds Python up as a whole, and rdflib's joins ask nobody.
"""

from __future__ import annotations

import faulthandler
import logging
import multiprocessing
import os
import signal
import warnings
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa

from checker.facts import Facts, Store
from checker.model import Rule, Violation
from checker.rulebook import Rulebook
from checker.vocabulary import Vocabulary

_GRACE = 1.0  # seconds by which the process outlives its time, so that the one who asks is the first to know


class Apart:
    """Asks the reference engine in another process, for as long as ``store.limited`` leaves time."""

    name = f"pySHACL {version('pyshacl')}"

    def __init__(self, rulebook: Rulebook, store: Store) -> None:
        self._rulebook = rulebook
        self._store = store
        self._pipe: Connection | None = None

    def validate(self, rule: Rule, shape: str, nodes: pa.Array) -> list[Violation]:
        """As the reference engine. Raises TimeoutError where the time is over, RuntimeError for what broke there."""
        if not len(nodes):
            return []
        pipe = self._pipe = self._pipe or self._begun()
        seconds = self._store.left
        pipe.send((rule, shape, nodes, seconds + _GRACE))
        if not pipe.poll(seconds):
            self._pipe = None
            raise TimeoutError
        try:
            found: list[Violation] | str = pipe.recv()
        except EOFError:
            self._pipe = None
            raise RuntimeError("the process of the reference engine has ended") from None
        if isinstance(found, str):
            raise RuntimeError(found)
        return found

    def judged(self, _: Rule) -> str:
        return self.name

    def _begun(self) -> Connection:
        """A pipe to a new process; the process ends when the pipe is closed."""
        ours, theirs = multiprocessing.Pipe()
        given = (theirs, self._rulebook, self._store.facts, self._store.vocabulary)
        multiprocessing.get_context("spawn").Process(target=_serve, args=given, daemon=True).start()
        theirs.close()
        return ours


def _serve(pipe: Connection, rulebook: Rulebook, facts: Facts, vocabulary: Vocabulary) -> None:
    """Answers until the pipe is closed, each question in its time: the process ends itself after that, whatever it is doing."""
    from checker.engine.reference import ReferenceEngine

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks hears it too, and closes the pipe
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    engine = ReferenceEngine(rulebook, Store(facts, vocabulary))
    with Path(os.devnull).open("w", encoding="ascii") as nowhere:
        while True:
            try:
                rule, shape, nodes, seconds = pipe.recv()
            except EOFError:
                return
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            try:
                pipe.send(engine.validate(rule, shape, nodes))
            except Exception as error:  # which the one who asks makes the rule's error
                pipe.send(f"{type(error).__name__}: {error}")
            faulthandler.cancel_dump_traceback_later()
