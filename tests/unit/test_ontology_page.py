"""The ontology's page and picture: current, complete, linked, alike in both languages, and drawn without collisions."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from checker import resources
from checker.authoring.page import anchor, pages
from checker.authoring.picture import ARROW_FONT, BOX, BOX_FONT, LEADING, Layout, arrow_lines, box_lines, layout, width
from checker.vocabulary import Vocabulary, load

DOCS = Path(__file__).parents[2] / "docs" / "ontology"
NAMES = [f"ontology.{lang}.{kind}" for lang in ("zh", "en") for kind in ("md", "svg")]


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return pages(resources.packs())


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load(resources.packs())


@pytest.fixture(scope="module")
def picture(vocabulary: Vocabulary) -> Layout:
    return layout(vocabulary)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_committed_is_what_the_generator_writes(name: str, written: dict[str, str]) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == written[name], f"docs/ontology/{name} is out of date: run make docs"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_term_and_table_has_an_entry_and_every_code_is_listed(
    lang: str, written: dict[str, str], vocabulary: Vocabulary
) -> None:
    page = written[f"ontology.{lang}.md"]
    anchors = set(re.findall(r'<a id="([^"]+)">', page))
    terms = [*vocabulary.classes, *vocabulary.properties, *(t.iri for t in vocabulary.tables)]
    short = {iri: anchor(":".join(re.split(r"[/#]", iri)[-2:])) for iri in terms}
    assert [iri for iri, name in short.items() if name not in anchors] == []
    codes = [iri for iri, cls in vocabulary.named_individuals if vocabulary.is_code_class(cls)]
    cells = set(re.findall(r"\| ([^|]+?) (?=\|)", page))
    labels = {iri: label.in_(lang) for iri in codes if (label := vocabulary.label(iri)) is not None}
    assert [iri for iri, label in labels.items() if label not in cells] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_links_have_their_anchors_and_anchors_are_not_double(lang: str, written: dict[str, str]) -> None:
    page = written[f"ontology.{lang}.md"]
    anchors = re.findall(r'<a id="([^"]+)">', page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) - set(anchors) == set()


def test_both_languages_have_the_same_structure(written: dict[str, str]) -> None:
    zh, en = (_structure(written[f"ontology.{lang}.md"]) for lang in ("zh", "en"))
    assert zh == en


def _structure(page: str) -> list[str]:
    """Anchors, heading levels, list items and table rows, in order, without their words."""
    return re.findall(r'<a id="[^"]+">|^#+ |^- |^\||<details>', page, re.MULTILINE)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_picture_names_all_that_it_shows(lang: str, written: dict[str, str], picture: Layout) -> None:
    root = ElementTree.fromstring(written[f"ontology.{lang}.svg"])
    space = {"s": "http://www.w3.org/2000/svg"}
    texts = ["".join(text.itertext()).replace(" ", "") for text in root.iterfind(".//s:text", space)]
    labels = [thing.label.in_(lang) for thing in (*picture.panels, *picture.boxes, *picture.arrows)]
    assert [label for label in labels if label and label.replace(" ", "") not in texts] == []
    assert root.findtext("s:title", "", space) and root.findtext("s:desc", "", space)


def test_boxes_do_not_overlap_and_arrows_join_their_boxes(picture: Layout) -> None:
    for a, b in combinations(picture.boxes, 2):
        assert abs(a.centre[0] - b.centre[0]) > BOX[0] or abs(a.centre[1] - b.centre[1]) > BOX[1], (a.iri, b.iri)
    centres = {box.iri: box.centre for box in picture.boxes}
    for arrow in picture.arrows:
        for iri, (x, y) in ((arrow.tail, arrow.corners[0]), (arrow.head, arrow.corners[-1])):
            across, down = abs(x - centres[iri][0]), abs(y - centres[iri][1])
            assert (across == BOX[0] / 2 and down <= BOX[1] / 2) or (down == BOX[1] / 2 and across <= BOX[0] / 2), arrow


def test_no_arrow_runs_through_a_box(picture: Layout) -> None:
    for arrow in picture.arrows:
        for (x1, y1), (x2, y2) in zip(arrow.corners, arrow.corners[1:], strict=False):
            assert x1 == x2 or y1 == y2, arrow
            for box in picture.boxes:
                x, y = box.centre
                beside = max(x1, x2) <= x - BOX[0] / 2 or min(x1, x2) >= x + BOX[0] / 2
                above = max(y1, y2) <= y - BOX[1] / 2 or min(y1, y2) >= y + BOX[1] / 2
                assert beside or above, (arrow.shows, box.iri)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_labels_fit_their_boxes(lang: str, picture: Layout) -> None:
    for box in picture.boxes:
        lines = box_lines(box, lang)
        assert max(width(line, BOX_FONT) for line in lines) <= BOX[0] - 4, box
        assert len(lines) * BOX_FONT * LEADING <= BOX[1], box


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_labels_of_arrows_keep_off_each_other_and_off_boxes(lang: str, picture: Layout) -> None:
    taken = [(box.iri, box.centre, BOX) for box in picture.boxes]
    for arrow in picture.arrows:
        if arrow.at is not None:
            lines = arrow_lines(arrow, lang)
            size = max(width(line, ARROW_FONT) for line in lines), len(lines) * ARROW_FONT * LEADING
            for other, centre, room in taken:
                across, down = abs(arrow.at[0] - centre[0]), abs(arrow.at[1] - centre[1])
                assert across >= (size[0] + room[0]) / 2 or down >= (size[1] + room[1]) / 2, (arrow.shows, other)
            taken.append((arrow.shows, arrow.at, size))
