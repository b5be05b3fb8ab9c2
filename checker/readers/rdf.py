"""Reads a plan given as RDF: Turtle, N-Triples, or JSON-LD that needs nothing from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rdflib import Graph

from checker.errors import CannotFinish, Text
from checker.model import Content, SourceGraph
from checker.turtle import wrong_with
from checker.vocabulary import Vocabulary

_FORMATS = {".ttl": "turtle", ".nt": "nt", ".jsonld": "json-ld"}
_MAX_BYTES = 256 << 20  # rdflib needs about a gigabyte for a hundred megabytes of Turtle


def read(path: Path, name: str, _: Vocabulary) -> Content:
    """The statements of a file. Raises CannotFinish for one that is no RDF, too large, or wants a context fetched."""
    if path.stat().st_size > _MAX_BYTES:
        raise CannotFinish(
            Text("RDF 文件超过 256 MB，不予读取。", "This RDF file is larger than 256 MB and is refused."),
            name,
            Text("图斑等大量内容请用 GeoPackage 提交。", "Give parcels and other bulk data as GeoPackage."),
        )
    form = _FORMATS[path.suffix.lower()]
    if form == "json-ld":
        _refuse_fetching(path, name)
    graph = Graph()
    try:
        graph.parse(path, format=form, publicID=f"file:///{quote(name)}")  # the same IRIs wherever the package lies
    except Exception as error:  # rdflib raises many unrelated classes for what is no RDF
        wrong = wrong_with(error)
        zh, en = (said.replace(str(path), name) for said in (wrong.zh, wrong.en))
        raise CannotFinish(
            Text(f"RDF 文件无法读取：{zh}", f"This RDF file cannot be read: {en}"),
            name,
            Text("请改正语法，有行号的从该行查起。", "Correct the syntax; start at the line, where one is named."),
        ) from None
    return Content(graphs=(SourceGraph(name, graph),))


def _refuse_fetching(path: Path, name: str) -> None:
    """Refuses JSON-LD whose context lies elsewhere: reading it would reach out to the network."""
    try:
        found = _outside(json.loads(path.read_text(encoding="utf-8-sig")))
    except (ValueError, RecursionError) as error:
        raise CannotFinish(
            Text(f"JSON-LD 文件无法读取：{error}", f"This JSON-LD file cannot be read: {error}"),
            name,
            Text("请改正 JSON 语法。", "Correct the JSON."),
        ) from None
    if found is not None:
        raise CannotFinish(
            Text(f"JSON-LD 的上下文在文件之外：{found}", f"The context of this JSON-LD is outside the file: {found}"),
            name,
            Text("请把 @context 写在文件里，或改用 Turtle。", "Write the @context into the file, or give Turtle."),
        )


def _outside(value: Any) -> str | None:
    """The first context that is named by address."""
    if isinstance(value, list):
        return next((found for item in value if (found := _outside(item))), None)
    if not isinstance(value, dict):
        return None
    for key, inner in value.items():
        listed = inner if isinstance(inner, list) else [inner]
        named = next((c for c in listed if isinstance(c, str)), None) if key in ("@context", "@import") else None
        found = named or _outside(inner)
        if found:
            return found
    return None
