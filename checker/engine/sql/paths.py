"""Property paths of SHACL and SPARQL: read from a shapes graph, written as text, and reversed."""

from __future__ import annotations

from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.term import Node

from checker.engine.sql.terms import CannotCompile

AnyPath = URIRef | Path
_REPEATED = ((SH.zeroOrMorePath, "*"), (SH.oneOrMorePath, "+"), (SH.zeroOrOnePath, "?"))


def shacl_path(graph: Graph, node: Node) -> AnyPath:
    """The path that a node of a shapes graph describes. Raises CannotCompile for one that is no path."""
    if isinstance(node, URIRef):
        return node
    if graph.value(node, RDF.first) is not None:
        return SequencePath(*(shacl_path(graph, step) for step in graph.items(node)))
    inverse = graph.value(node, SH.inversePath)
    if inverse is not None:
        return InvPath(shacl_path(graph, inverse))
    alternatives = graph.value(node, SH.alternativePath)
    if alternatives is not None:
        return AlternativePath(*(shacl_path(graph, step) for step in graph.items(alternatives)))
    for predicate, mark in _REPEATED:
        inner = graph.value(node, predicate)
        if inner is not None:
            return MulPath(shacl_path(graph, inner), mark)  # type: ignore[arg-type]
    raise CannotCompile(f"the path {node}")


def written(path: AnyPath) -> str:
    """A path as results name it: IRIs bare, operators as in SPARQL."""
    match path:
        case InvPath():
            return f"^{_inner(path.arg)}"
        case SequencePath():
            return "/".join(_inner(step) for step in path.args)
        case AlternativePath():
            return "|".join(_inner(step) for step in path.args)
        case MulPath():
            return f"({written(path.path)}){path.mod}"
    return str(path)


def _inner(path: AnyPath) -> str:
    return str(path) if isinstance(path, URIRef) else f"({written(path)})"


def in_sparql(path: AnyPath) -> str:
    """A path as a query has it, to stand for $PATH."""
    match path:
        case InvPath():
            return f"^({in_sparql(path.arg)})"
        case SequencePath():
            return "(" + "/".join(in_sparql(step) for step in path.args) + ")"
        case AlternativePath():
            return "(" + "|".join(in_sparql(step) for step in path.args) + ")"
        case MulPath():
            return f"({in_sparql(path.path)}){path.mod}"
    return f"<{path}>"


def reversed_path(path: AnyPath) -> AnyPath:
    """The path that leads back."""
    match path:
        case InvPath():
            return path.arg
        case SequencePath():
            return SequencePath(*(reversed_path(step) for step in reversed(path.args)))
        case AlternativePath():
            return AlternativePath(*(reversed_path(step) for step in path.args))
        case MulPath():
            return MulPath(reversed_path(path.path), path.mod)
    return InvPath(path)
