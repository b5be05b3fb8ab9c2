"""Runs one of the engines that work on facts in columns: `python -m benchmarks.engines.run ENGINE COUNT OUT`.

OUT is JSON: the seconds from facts to results, on the clock and of processor time, with libraries imported, rules compiled and the database open; and the results.
With ``rdf`` as engine OUT is the RDF view of the same facts that the shapes can see, with what is entailed, as N-Triples.
"""

from __future__ import annotations

import json
import sys
import time
from functools import lru_cache, partial
from pathlib import Path

from rdflib.namespace import RDF, SH

from benchmarks.engines import handwritten, ours
from benchmarks.engines.features import facts
from benchmarks.engines.pack import bench
from checker.facts import Facts, Store
from checker.facts.rdf import to_literal

_SMALL = 200
ENGINES = {
    "compiled": partial(ours.check, by="compiled"),
    "reference": partial(ours.check, by="reference"),
    "handwritten": handwritten.check,
}


def main() -> None:
    name, count, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    terms = bench().vocabulary
    made = facts(count, terms)
    if name == "rdf":
        write_rdf(made, out)
        return
    check = ENGINES[name]
    check(facts(_SMALL, terms))
    begin, worked = time.perf_counter(), time.process_time()
    found = check(made)
    said = {"seconds": time.perf_counter() - begin, "processor": time.process_time() - worked}
    out.write_text(json.dumps(said | {"results": sorted(found, key=str)}), encoding="utf-8")


def write_rdf(made: Facts, out: Path) -> None:
    """What facts say with the classes and properties that the shapes name, line by line: a graph of all would be large."""
    known = bench()
    store = Store(made, known.vocabulary)
    mentions = frozenset[str]().union(*(rule.mentions for rule in known.rulebook.rules))
    seen = sorted(iri for iri in mentions if not iri.startswith((str(SH), str(RDF))) and not store.says_nothing(iri))
    classes = [iri for iri in seen if known.vocabulary.is_class(iri)]
    properties = [iri for iri in seen if iri not in classes]
    datatypes = [known.vocabulary.values_of(prop) or "string" for prop in properties]

    @lru_cache(maxsize=100_000)
    def literal(value: object, datatype: str) -> str:
        return to_literal(value, datatype).n3()

    def term(node: int) -> str:
        return f"<{names[node]}>"

    with out.open("w", encoding="utf-8") as lines:
        members, statements = store.memberships(classes), store.statements(properties)
        names = made.names.written.to_pylist()
        for k, s in zip(members["k"].to_pylist(), members["s"].to_pylist(), strict=True):
            lines.write(f"{term(s)} <{RDF.type}> <{classes[k]}> .\n")
        for table in statements:
            for k, s, o, v in zip(*(table[name].to_pylist() for name in ("k", "s", "o", "v")), strict=True):
                lines.write(f"{term(s)} <{properties[k]}> {term(o) if v is None else literal(v, datatypes[k])} .\n")


if __name__ == "__main__":
    main()
