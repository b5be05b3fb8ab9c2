"""The land-use code lists hold what the facts say; the facts lie outside the repository."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from rdflib import OWL, RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, SKOS

CODES = Path(__file__).parents[1] / "ontology" / "codes"
FACTS = Path(__file__).parents[2] / "shared" / "facts"
EDITIONS = ("2020", "2023")
MAPPINGS = (SKOS.exactMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch, SKOS.closeMatch)
CHK = Namespace("https://w3id.org/plancheck/chk#")
TERR = Namespace("https://w3id.org/plancheck/terr#")

# Every class that changed code or name and is not simply the same class: it was merged or split, or what it holds changed.
NOT_THE_SAME = {
    "0204": SKOS.narrowMatch,  # oil-crop plantations became a class of their own
    "0601": SKOS.relatedMatch,  # roads inside villages left, field tracks came
    "060102": SKOS.broadMatch,
    "090301": SKOS.broadMatch,
    "090302": SKOS.broadMatch,
    "1207": SKOS.broadMatch,  # roads inside villages came
    "1311": SKOS.broadMatch,
    "1312": SKOS.broadMatch,  # main canals came
    "2202": SKOS.narrowMatch,  # four uses became classes of their own
}
CHANGED_MEANING = {"0204", "060102", "0602", "1311", "1312", "2202", "2302", "2303"}

needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the facts are not beside this checkout (../shared/facts)")


def rows(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@cache
def graph(edition: str) -> Graph:
    return Graph().parse(CODES / f"land-use-{edition}.ttl", format="turtle")


def local(edition: str) -> Namespace:
    return Namespace(f"https://w3id.org/plancheck/land-use-{edition}#")


def code_of(concept: object) -> str:
    return str(concept).rpartition("#")[2]


def concepts(g: Graph, edition: str) -> dict[str, URIRef]:
    found = g.subjects(SKOS.inScheme, local(edition).scheme)
    return {code_of(s): s for s in found if isinstance(s, URIRef)}


def label(g: Graph, concept: URIRef, language: str) -> str:
    (text,) = [str(o) for o in g.objects(concept, SKOS.prefLabel) if isinstance(o, Literal) and o.language == language]
    return text


def mappings(g: Graph) -> dict[str, list[tuple[URIRef, str]]]:
    """Class of 2020 -> how, and to which class of 2023, it is mapped."""
    found: dict[str, list[tuple[URIRef, str]]] = {code: [] for code in concepts(g, "2020")}
    for relation in MAPPINGS:
        for s, o in g.subject_objects(relation):
            assert str(o).startswith(local("2023"))
            found[code_of(s)].append((relation, code_of(o)))
    return found


def notes(g: Graph, edition: str) -> dict[str, dict[str, str]]:
    """Code -> language -> change note."""
    return {
        code: {str(o.language): str(o) for o in g.objects(concept, SKOS.changeNote) if isinstance(o, Literal)}
        for code, concept in concepts(g, edition).items()
        if (concept, SKOS.changeNote, None) in g
    }


@needs_facts
@pytest.mark.parametrize("edition", EDITIONS)
def test_codes_names_and_parents_are_those_of_the_facts(edition: str) -> None:
    g = graph(edition)
    listed = {
        (code, label(g, concept, "zh"), "".join(code_of(o) for o in g.objects(concept, SKOS.broader)))
        for code, concept in concepts(g, edition).items()
    }
    facts = rows(f"landuse_classes_{edition}")
    assert listed == {(row["code"], row["name_zh"], row["parent_code"]) for row in facts}
    assert len(listed) == len(facts)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_code_is_written_short_or_with_six_digits(edition: str) -> None:
    g = graph(edition)
    for code, concept in concepts(g, edition).items():
        assert {str(o) for o in g.objects(concept, SKOS.notation)} == {code, code.ljust(6, "0")}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_labels_stand_in_both_languages_and_name_one_class_each(edition: str, language: str) -> None:
    g = graph(edition)
    named = Counter(label(g, concept, language) for concept in concepts(g, edition).values())
    named.update(
        str(o) for _, o in g.subject_objects(SKOS.altLabel) if isinstance(o, Literal) and o.language == language
    )
    assert [name for name, times in named.items() if times > 1] == []


def test_one_chinese_name_has_one_english_name_in_both_editions() -> None:
    english: dict[str, set[str]] = {}
    for edition in EDITIONS:
        g = graph(edition)
        for concept in concepts(g, edition).values():
            english.setdefault(label(g, concept, "zh"), set()).add(label(g, concept, "en"))
    assert {zh: en for zh, en in english.items() if len(en) > 1} == {}


@needs_facts
def test_every_class_of_2020_is_mapped_as_the_crosswalk_says() -> None:
    mapped = mappings(graph("2020"))
    crosswalk = [row for row in rows("landuse_crosswalk_2020_2023") if row["code_2020"]]
    assert {code: [target for _, target in found] for code, found in mapped.items()} == {
        row["code_2020"]: [row["code_2023"]] for row in crosswalk
    }
    same = {row["code_2020"] for row in crosswalk if row["change"] == "same"}
    assert {code for code in same if mapped[code][0][0] != SKOS.exactMatch} == set()


def test_only_merged_split_and_widened_classes_are_not_exact_matches() -> None:
    mapped = mappings(graph("2020"))
    relations = {code: relation for code, [(relation, _)] in mapped.items()}
    assert {code: relation for code, relation in relations.items() if relation != SKOS.exactMatch} == NOT_THE_SAME
    exact = Counter(target for [(relation, target)] in mapped.values() if relation == SKOS.exactMatch)
    assert [target for target, times in exact.items() if times > 1] == []


def test_eight_codes_change_meaning_and_say_so() -> None:
    """A code changes meaning if its class of 2023 is not what its class of 2020 became, or is one that had another code
    of the same level (1311, which main canals joined, was 1312)."""
    g20, g23 = graph("2020"), graph("2023")
    old, new = concepts(g20, "2020"), concepts(g23, "2023")
    mapped = {code: {target for _, target in found} for code, found in mappings(g20).items()}
    sources = {
        code: {(len(c), label(g20, old[c], "zh")) for c in old if c != code and code in mapped[c]} for code in new
    }
    changed = {
        code
        for code in old.keys() & new.keys()
        if code not in mapped[code] or (len(code), label(g23, new[code], "zh")) in sources[code]
    }
    assert changed == CHANGED_MEANING

    noted = notes(g23, "2023")
    for code in changed:
        assert label(g20, old[code], "zh") in noted[code]["zh"]
        assert label(g20, old[code], "en") in noted[code]["en"]
        (target,) = mapped[code]
        assert target == code or (target in noted[code]["zh"] and target in noted[code]["en"])


def test_a_class_without_a_predecessor_says_that_it_is_new() -> None:
    g23 = graph("2023")
    reached = {target for found in mappings(graph("2020")).values() for _, target in found}
    noted = notes(g23, "2023")
    new = {code for code, note in noted.items() if "新设" in note["zh"] and "New in 2023" in note["en"]}
    assert new == concepts(g23, "2023").keys() - reached
    assert noted.keys() == new | CHANGED_MEANING


@needs_facts
def test_new_classes_are_those_of_the_crosswalk() -> None:
    reached = {target for found in mappings(graph("2020")).values() for _, target in found}
    new = {row["code_2023"] for row in rows("landuse_crosswalk_2020_2023") if row["change"] == "new_in_2023"}
    assert concepts(graph("2023"), "2023").keys() - reached == new


@needs_facts
def test_developed_and_undeveloped_agree_with_the_facts_of_2023() -> None:
    classes = {
        "construction": TERR.DevelopedClass,
        "agri_facility_construction": TERR.DevelopedClass,
        "non_construction": TERR.UndevelopedClass,
        "sea": TERR.LandUseClass,
    }
    g = graph("2023")
    listed = {code: g.value(concept, RDF.type) for code, concept in concepts(g, "2023").items()}
    facts = rows("landuse_classes_2023")
    assert listed == {row["code"]: classes[row["construction_group_derived"]] for row in facts}


@needs_facts
def test_developed_and_undeveloped_agree_with_the_facts_of_2020() -> None:
    """The facts of 2020 count the sea as not developed; the list leaves it out of both."""
    g = graph("2020")
    developed = {c for c, concept in concepts(g, "2020").items() if (concept, RDF.type, TERR.DevelopedClass) in g}
    facts = rows("landuse_classes_2020")
    assert developed == {row["code"] for row in facts if row["cctool_construction_group"] != "非建设用地"}


@needs_facts
def test_a_name_that_is_not_sure_says_so() -> None:
    g = graph("2023")
    marked = {code_of(s): str(o) for s, o in g.subject_objects(CHK.confidence)}
    unsure = {row["code"]: row["confidence"] for row in rows("landuse_classes_2023") if row["confidence"] != "high"}
    assert marked == unsure


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_list_is_a_module_with_a_source(edition: str) -> None:
    g = graph(edition)
    module = URIRef(f"https://w3id.org/plancheck/codes/land-use-{edition}")
    assert list(g.subjects(RDF.type, OWL.Ontology)) == [module]
    for subject in (module, local(edition).scheme):
        assert (subject, DCTERMS.source, None) in g
        languages = {o.language for o in g.objects(subject, SKOS.definition) if isinstance(o, Literal)}
        assert languages == {"zh", "en"}
