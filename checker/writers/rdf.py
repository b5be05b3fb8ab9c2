"""Writes the facts of one plan as Turtle, geometry with them, in the form in which a package may give them again as RDF."""

from __future__ import annotations

from rdflib.namespace import RDF

from checker.facts import Facts
from checker.facts.rdf import stated
from checker.vocabulary import SUB, Vocabulary


def write(facts: Facts, vocabulary: Vocabulary) -> str:
    """What a plan states, as Turtle. Its role in a check is left out: whoever reads the file gives it one."""
    graph = stated(facts, vocabulary)
    graph.remove((None, RDF.type, SUB.PlanUnderReview))
    for prefix in ("plan", "sub", "terr", "hts", "code", "tbl"):
        graph.bind(prefix, f"https://w3id.org/plancheck/{prefix}#")
    return str(graph.serialize(format="turtle"))
