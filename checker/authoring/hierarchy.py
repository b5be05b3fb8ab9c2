"""The class hierarchy that a reasoner infers beyond what a pack states: ``ontology/inferred.ttl``, read at check time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from checker.authoring.reasoner import Classification, classify
from checker.authoring.terms import INFERRED, Statements, read
from checker.errors import CannotFinish, Text
from checker.resources import Pack
from checker.turtle import base_of

Pair = tuple[str, str]

_HEADER_PREFIXES = {"dct": DCTERMS, "owl": OWL, "rdfs": RDFS, "skos": SKOS}
_HEADER = """
# Written by `plancheck ontology classify` from the other modules; not to be edited by hand.

<{base}inferred> a owl:Ontology ;
    rdfs:label "推断的类层次"@zh , "Inferred hierarchy"@en ;
    skos:definition "由其他模块推出、而未在其中写明的上下位类关系。"@zh ,
        "The subclass relations that follow from the other modules and are not stated there."@en ;
    owl:versionInfo "{version}" ;{imports}
    dct:source "inferred from the other modules by HermiT" .
"""


def inferred(packs: Sequence[Pack], of: Pack) -> Graph:
    """What follows for the classes of one of the packs and is not stated, as rdfs:subClassOf triples.

    Raises CannotFinish where the ontology is inconsistent or has an unsatisfiable class, for then everything follows.
    """
    said = read(packs)
    result = classify(said.ontology)
    if not result.consistent or result.unsatisfiable:
        faulty = "、".join(result.unsatisfiable) or result.explanation
        raise CannotFinish(
            Text(
                f"本体有矛盾，无法推断类的层次：{faulty}",
                f"The ontology contradicts itself, so no hierarchy follows: {faulty}",
            ),
            "ontology/",
            Text("请用 plancheck ontology check 查看矛盾所在。", "See plancheck ontology check for the contradiction."),
        )
    return beyond_stated(said, result, of)


def beyond_stated(said: Statements, result: Classification, of: Pack) -> Graph:
    """The entailed pairs of a pack's classes that neither what is stated nor the other pairs lead to."""
    base = base_of(of)
    kept = _stated(said.ontology)
    new = sorted(pair for pair in result.subclasses if pair[0].startswith(base) and not _leads(kept, *pair))
    for lower, upper in new:
        kept.setdefault(lower, set()).add(upper)
    graph = Graph()
    for lower, upper in new:
        kept[lower].remove(upper)
        if not _leads(kept, lower, upper):
            kept[lower].add(upper)
            graph.add((URIRef(lower), RDFS.subClassOf, URIRef(upper)))
    return graph


def written(said: Statements, triples: Graph, of: Pack) -> str:
    """The Turtle of a pack's inferred hierarchy: the module's header, then the pairs in order. The same for the same input."""
    homes = {said.homes[iri] for iri in map(str, triples.all_nodes()) if iri in said.homes}
    names = Graph(bind_namespaces="none")
    for prefix, vocabulary in _HEADER_PREFIXES.items():
        names.bind(prefix, vocabulary)
    for source in sorted(homes, key=lambda source: source.name):
        for prefix, namespace in source.graph.namespaces():
            names.bind(prefix, namespace)
    pairs = sorted(tuple(term.n3(names.namespace_manager) for term in (s, o)) for s, _, o in triples)
    used = {term.partition(":")[0] for pair in pairs for term in pair} | set(_HEADER_PREFIXES)
    prefixes = sorted(f"@prefix {prefix}: <{ns}> ." for prefix, ns in names.namespaces() if prefix in used)
    modules = sorted({f"<{m}>" for source in homes for m in source.graph.subjects(RDF.type, OWL.Ontology)})
    imports = f"\n    owl:imports {' , '.join(modules)} ;" if modules else ""
    versions = [str(o) for m in said.modules if m.pack == of for o in m.graph.objects(None, OWL.versionInfo)]
    header = _HEADER.format(base=base_of(of), version=max(versions, default="1"), imports=imports)
    return "\n".join([*prefixes, header, *(f"{lower} rdfs:subClassOf {upper} ." for lower, upper in pairs)]) + "\n"


def write(packs: Sequence[Pack], of: Pack) -> int:
    """Renews a pack's inferred hierarchy and gives the number of its pairs. A pack for which nothing follows has no such file."""
    triples = inferred(packs, of)
    path = of.root / INFERRED
    try:
        if triples:
            path.write_text(written(read(packs), triples, of), encoding="utf-8", newline="\n")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotFinish(
            Text(f"文件写不进去：{error.strerror}", f"The file cannot be written: {error.strerror}"),
            str(path),
            Text("请检查文件夹是否可写。", "Check that the folder can be written to."),
        ) from None
    return len(triples)


def _stated(ontology: Graph) -> dict[str, set[str]]:
    """For each class, the named classes it is stated to be under or equivalent to."""
    above: dict[str, set[str]] = {}
    for lower, upper in _named(ontology.subject_objects(RDFS.subClassOf)):
        above.setdefault(lower, set()).add(upper)
    for one, other in _named(ontology.subject_objects(OWL.equivalentClass)):
        above.setdefault(one, set()).add(other)
        above.setdefault(other, set()).add(one)
    return above


def _named(pairs: Iterable[tuple[object, object]]) -> Iterable[Pair]:
    return ((str(s), str(o)) for s, o in pairs if isinstance(s, URIRef) and isinstance(o, URIRef))


def _leads(above: Mapping[str, set[str]], lower: str, upper: str) -> bool:
    """Whether one class is reached from another by steps upwards."""
    seen, todo = {lower}, [lower]
    while todo:
        for step in above.get(todo.pop(), ()):
            if step == upper:
                return True
            if step not in seen:
                seen.add(step)
                todo.append(step)
    return False
