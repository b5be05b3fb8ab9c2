"""Reads the Turtle files of packs into one graph, and refuses what a pack may not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from rdflib import Graph, Namespace, URIRef
from rdflib.exceptions import ParserError
from rdflib.namespace import RDF
from rdflib.term import Node

from checker import __version__
from checker.errors import CannotFinish, Text
from checker.resources import Pack

CHK = Namespace("https://w3id.org/plancheck/chk#")


def wrong_with(error: Exception) -> Text:
    """What a parser of RDF says is wrong, where it says more than that it broke itself."""
    if isinstance(error, SyntaxError | ParserError | ValueError):
        said = " ".join(str(error).split())[:300]
        return Text(said, said)
    return Text("语法有误", "its syntax is wrong")


def parse(path: Path, into: Graph | None = None) -> Graph:
    """The graph of one Turtle file. Raises CannotFinish with file and line where it is not Turtle."""
    graph = Graph() if into is None else into
    try:
        return graph.parse(path, format="turtle")
    except Exception as error:  # rdflib raises several unrelated classes for bad Turtle
        wrong = wrong_with(error)
        raise CannotFinish(
            Text(f"Turtle 文件无法读取：{wrong.zh}", f"This Turtle file cannot be read: {wrong.en}"),
            str(path),
            Text("请改正语法，有行号的从该行查起。", "Correct the syntax; start at the line, where one is named."),
        ) from None


def instances(graph: Graph, cls: Node) -> list[URIRef]:
    """The named individuals of a class, in order."""
    return sorted(s for s in graph.subjects(RDF.type, cls) if isinstance(s, URIRef))


@lru_cache(maxsize=32)
def base_of(pack: Pack) -> str:
    """The namespace in which a pack may describe subjects, from its pack.ttl."""
    graph = parse(pack.description)
    for subject in graph.subjects(RDF.type, CHK.Pack):
        base = graph.value(subject, CHK.base)
        if base is not None:
            return str(base)
    raise CannotFinish(
        Text("pack.ttl 中没有 chk:Pack 及其 chk:base。", "pack.ttl describes no chk:Pack with a chk:base."),
        str(pack.description),
        Text("请写明规则包及其 IRI 基址。", "State the pack and its IRI base."),
    )


def agree(packs: Sequence[Pack]) -> None:
    """Refuses packs that were written for another version of plancheck, or that could describe each other's subjects."""
    bases: dict[str, Pack] = {}
    for pack in packs:
        base = base_of(pack)
        wanted = _requirement(pack)
        if not wanted.contains(__version__, prereleases=True):
            raise CannotFinish(
                Text(
                    f"规则包要求 plancheck {wanted}，本机是 {__version__}。",
                    f"The pack is written for plancheck {wanted}; this is {__version__}.",
                ),
                str(pack.description),
                Text("请换用相应版本的规则包或 plancheck。", "Use a pack or a plancheck of the version that fits."),
            )
        for other, owner in bases.items():
            if base.startswith(other) or other.startswith(base):
                raise CannotFinish(
                    Text(
                        f"两个规则包的 IRI 基址相互包含：{base} 与 {other}（{owner.root}）。",
                        f"The IRI bases of two packs hold one another: {base} and {other} ({owner.root}).",
                    ),
                    str(pack.description),
                    Text(
                        "请给规则包一个自己的基址；同一规则包只加载一次。",
                        "Give the pack a base of its own, and load it once.",
                    ),
                )
        bases[base] = pack


def _requirement(pack: Pack) -> SpecifierSet:
    """The versions of plancheck that a pack is written for; all, where it does not say."""
    text = next((str(o) for o in parse(pack.description).objects(None, CHK.requiresCore)), "")
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise CannotFinish(
            Text(f"chk:requiresCore 的写法无法识别：{text}", f"chk:requiresCore is no range of versions: {text}"),
            str(pack.description),
            Text('请写成 ">=0.1,<1" 的形式。', 'Write it like ">=0.1,<1".'),
        ) from None


def parse_all(pack: Pack, paths: Iterable[Path], into: Graph) -> None:
    """Adds files of a pack to a graph. A pack may describe subjects in its own namespace only (exit 2 otherwise)."""
    base = base_of(pack)
    for path in paths:
        graph = parse(path)
        for subject in graph.subjects(unique=True):
            if isinstance(subject, URIRef) and not subject.startswith(base):
                raise CannotFinish(
                    Text(
                        f"规则包只能描述自己基址（{base}）内的事物，这里却描述了 {subject}。",
                        f"A pack may only describe things below its own base ({base}), but this describes {subject}.",
                    ),
                    str(path),
                    Text(
                        "请改用本包的 IRI；改阈值时另加带日期的取值。",
                        "Use an IRI of the pack; a threshold is changed by a dated value.",
                    ),
                )
        into += graph
