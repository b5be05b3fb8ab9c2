"""Runs one of the engines that work on facts in columns: `python -m benchmarks.engines.run ENGINE COUNT OUT`.

OUT is JSON: the seconds from facts to results, on the clock and of processor time, with libraries imported, rules compiled and the database open; and the results.
With ``rdf`` as engine OUT is the RDF view of the same facts that the shapes can see, with what is entailed, as N-Triples.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path

from rdflib.namespace import RDF, SH

from benchmarks.engines import handwritten, ours
from benchmarks.engines.features import facts
from benchmarks.engines.pack import bench
from checker.facts import Facts, Store
from checker.facts.rdf import to_graph

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
    """What facts say with the classes and properties that the shapes name."""
    known = bench()
    mentions = frozenset[str]().union(*(rule.mentions for rule in known.rulebook.rules))
    seen = {iri for iri in mentions if not iri.startswith((str(SH), str(RDF)))}
    classes = {iri for iri in seen if known.vocabulary.is_class(iri)}
    graph = to_graph(Store(made, known.vocabulary), classes, seen - classes)
    graph.serialize(out, format="nt", encoding="utf-8")


if __name__ == "__main__":
    main()
