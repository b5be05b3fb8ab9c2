"""The picture of the ontology's modules and main relations as SVG, as ontology/picture.ttl lays it out.

Nothing is placed here: the file gives every position, the ontology every label. So both languages have the same drawing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF
from rdflib.term import Node

from checker.errors import CannotFinish, Text
from checker.turtle import CHK
from checker.vocabulary import Vocabulary

BOX = (106, 50)
BOX_FONT, ARROW_FONT, TITLE_FONT = 12.5, 10.5, 14.0
LEADING = 1.18
_MARGIN, _LABEL_WIDTH = 16, 84
_FONTS = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','Hiragino Sans GB','WenQuanYi Zen Hei',sans-serif"
# Tints of the palette of Okabe and Ito; the dark borders and black text carry the meaning in grey print.
_PANELS = ("#e6f1f8", "#fdf3dc", "#e3f4ee", "#f8e9f1", "#fbe9df", "#f0f0f0")
_INK, _LINE, _STRONG = "#1a1a1a", "#3d4852", "#b24a00"
_MEANING = Text(
    "本体的模块、主要的类及其关系", "The modules of the ontology, their main classes and how these are related"
)
_RELATION = Text("关系", "relation")
_SUBCLASS = Text("上位类", "is a kind of")

Point = tuple[float, float]


@dataclass(frozen=True)
class Panel:
    """A titled area. ``is_band``: it lies inside another one."""

    iri: str
    label: Text
    left: float
    top: float
    width: float
    height: float
    is_band: bool


@dataclass(frozen=True)
class Box:
    """A class by its label, drawn around a centre."""

    iri: str
    label: Text
    centre: Point


@dataclass(frozen=True)
class Arrow:
    """A relation between two boxes. ``at``: the centre of its label, None for an arrow to a superclass; ``room``: its width."""

    shows: str
    label: Text
    tail: str
    head: str
    corners: tuple[Point, ...]
    at: Point | None
    room: float
    both_ways: bool
    emphasised: bool


@dataclass(frozen=True)
class Layout:
    """All that the picture shows, in a fixed order."""

    panels: tuple[Panel, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    legend: Point


def layout(vocabulary: Vocabulary) -> Layout:
    """The picture as the ontology describes it. Raises CannotFinish for a position that is none."""
    graph = vocabulary.graph
    areas = sorted((str(s), _numbers(s, o, 4)) for s, o in graph.subject_objects(CHK.picturedIn))
    panels = [
        Panel(iri, _label(vocabulary, iri), n[0], n[1], n[2], n[3], is_band=(URIRef(iri), RDF.type, OWL.Class) in graph)
        for iri, n in areas
    ]
    places = sorted((str(s), _numbers(s, o, 2)) for s, o in graph.subject_objects(CHK.picturedAt))
    boxes = tuple(Box(iri, _label(vocabulary, iri), (n[0], n[1])) for iri, n in places)
    found = (_arrow(vocabulary, graph, s) for s in graph.subjects(RDF.type, CHK.Arrow))
    legend = next((_numbers(s, o, 2) for s, o in graph.subject_objects(CHK.legendAt)), (0.0, 0.0))
    return Layout(
        tuple(sorted(panels, key=lambda p: (p.is_band, p.top, p.left))),
        boxes,
        tuple(sorted(found, key=lambda a: (a.emphasised, a.shows, a.tail, a.head))),
        (legend[0], legend[1]),
    )


def _arrow(vocabulary: Vocabulary, graph: Graph, node: Node) -> Arrow:
    shows, tail, head = (str(graph.value(node, p)) for p in (CHK.shows, CHK.tail, CHK.head))
    n = _numbers(node, graph.value(node, CHK.corners) or node, *range(4, 40, 2))
    at = graph.value(node, CHK.labelledAt)
    place = None if at is None else _numbers(node, at, 2, 3)
    return Arrow(
        shows,
        Text("", "") if place is None else _label(vocabulary, shows),
        tail,
        head,
        tuple(zip(n[::2], n[1::2], strict=True)),
        None if place is None else (place[0], place[1]),
        place[2] if place is not None and len(place) == 3 else _LABEL_WIDTH,
        (URIRef(shows), RDF.type, OWL.SymmetricProperty) in graph,
        graph.value(node, CHK.isEmphasised) is not None,
    )


def _label(vocabulary: Vocabulary, iri: str) -> Text:
    label = vocabulary.label(iri)
    if label is None:
        raise _wrong(iri, "rdfs:label")
    return label


def _numbers(subject: Node, value: Node, *counts: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in str(value).split())
    except ValueError:
        raise _wrong(str(subject), str(value)) from None
    if len(numbers) not in counts:
        raise _wrong(str(subject), str(value))
    return numbers


def _wrong(what: str, said: str) -> CannotFinish:
    return CannotFinish(
        Text(f"总图无法画出：{said}", f"The picture cannot be drawn: {said}"),
        what,
        Text("请改正 ontology/picture.ttl。", "Correct ontology/picture.ttl."),
    )


# ---- text -----------------------------------------------------------------------------------------------------------


def width(text: str, font: float) -> float:
    """How wide a text is drawn, by estimate: 1 em for a wide character, 0.55 em for others."""
    return font * sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.55 for c in text)


def wrap(text: str, font: float, room: float) -> list[str]:
    """A text in lines of at most ``room``: words stay whole, Chinese breaks anywhere but before punctuation."""
    lines = [""]
    for part in re.findall(r"[\u2e80-\uffef][，。、；：）—]*| ?[^\s\u2e80-\uffef]+", text):
        if lines[-1] and width(lines[-1] + part, font) > room:
            lines.append(part.strip())
        else:
            lines[-1] += part
    if len(lines) < 2 or not all(c >= "\u2e80" for c in text):
        return lines
    each = -(-len(text) // len(lines))  # lines of about one length, so that no single character hangs below
    return [text[i : i + each] for i in range(0, len(text), each)]


def box_lines(box: Box, lang: str) -> list[str]:
    """The lines of a box's label."""
    return wrap(box.label.in_(lang), BOX_FONT, BOX[0] - 8)


def arrow_lines(arrow: Arrow, lang: str) -> list[str]:
    """The lines of an arrow's label."""
    return wrap(arrow.label.in_(lang), ARROW_FONT, arrow.room)


# ---- drawing --------------------------------------------------------------------------------------------------------


def svg(plan: Layout, lang: str) -> str:
    """The picture in one language."""
    right = max(p.left + p.width for p in plan.panels) + _MARGIN
    bottom = max(p.top + p.height for p in plan.panels) + _MARGIN
    tints = {p.iri: _PANELS[i % len(_PANELS)] for i, p in enumerate(p for p in plan.panels if not p.is_band)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right:g} {bottom:g}" width="{right:g}" height="{bottom:g}" role="img" aria-labelledby="title desc" lang="{"zh-CN" if lang == "zh" else "en"}" font-family="{_FONTS}" fill="{_INK}">',
        f'<title id="title">{_MEANING.in_(lang)}</title>',
        f'<desc id="desc">{escape(_description(plan, lang))}</desc>',
        "<defs>",
        *_markers(),
        "</defs>",
        f'<rect width="{right:g}" height="{bottom:g}" fill="#ffffff"/>',
    ]
    for panel in plan.panels:
        parts += _panel(panel, tints.get(panel.iri, "#ffffff"), lang)
    for arrow in plan.arrows:
        parts.append(_path(arrow))
    for box in plan.boxes:
        x, y = box.centre
        parts.append(
            f'<rect x="{x - BOX[0] / 2:g}" y="{y - BOX[1] / 2:g}" width="{BOX[0]}" height="{BOX[1]}" rx="5" fill="#ffffff" stroke="{_INK}" stroke-width="1.1"/>'
        )
        parts.append(_text(box_lines(box, lang), box.centre, BOX_FONT, ""))
    for arrow in plan.arrows:
        if arrow.at is not None:
            colour = f' fill="{_STRONG}" font-weight="bold"' if arrow.emphasised else ""
            halo = f' stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"{colour}'
            parts.append(_text(arrow_lines(arrow, lang), arrow.at, ARROW_FONT, halo))
    parts += [*_legend(plan.legend, lang), "</svg>", ""]
    return "\n".join(parts)


def _markers() -> Iterator[str]:
    for name, fill, colour in (("to", _LINE, _LINE), ("strong", _STRONG, _STRONG), ("kind", "#ffffff", _LINE)):
        yield (
            f'<marker id="{name}" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
            f'<path d="M1 1 L9.5 5 L1 9 z" fill="{fill}" stroke="{colour}"/></marker>'
        )


def _panel(panel: Panel, tint: str, lang: str) -> list[str]:
    weight, dash = ("0.9", ' stroke-dasharray="4 3"') if panel.is_band else ("1.4", "")
    font = BOX_FONT if panel.is_band else TITLE_FONT
    fill = f'fill="{tint}" fill-opacity="0.65"' if panel.is_band else f'fill="{tint}"'
    # A band's title stands at its right, out of the way of the arrows between bands.
    x, anchor = (panel.left + panel.width - 10, "end") if panel.is_band else (panel.left + 10, "start")
    return [
        f'<rect x="{panel.left:g}" y="{panel.top:g}" width="{panel.width:g}" height="{panel.height:g}" rx="8" {fill} stroke="{_LINE}" stroke-width="{weight}"{dash}/>',
        f'<text x="{x:g}" y="{panel.top + font + 5:g}" text-anchor="{anchor}" font-size="{font:g}" font-weight="bold">{escape(panel.label.in_(lang))}</text>',
    ]


def _path(arrow: Arrow) -> str:
    way = "M" + " L".join(f"{x:g} {y:g}" for x, y in arrow.corners)
    colour, weight, head = (_STRONG, "2.6", "strong") if arrow.emphasised else (_LINE, "1.2", "to")
    head = "kind" if arrow.at is None else head
    start = f' marker-start="url(#{head})"' if arrow.both_ways else ""
    return f'<path d="{way}" fill="none" stroke="{colour}" stroke-width="{weight}" stroke-linejoin="round"{start} marker-end="url(#{head})"/>'


def _text(lines: list[str], centre: Point, font: float, style: str) -> str:
    x, y = centre
    top = y - font * LEADING * (len(lines) - 1) / 2 + font * 0.36
    spans = "".join(
        f'<tspan x="{x:g}" y="{top + i * font * LEADING:.1f}">{escape(line)}</tspan>' for i, line in enumerate(lines)
    )
    return f'<text text-anchor="middle" font-size="{font:g}"{style}>{spans}</text>'


def _legend(at: Point, lang: str) -> Iterator[str]:
    for i, (head, what) in enumerate((("to", _RELATION), ("kind", _SUBCLASS))):
        x, y = at[0], at[1] + 22 * i
        yield f'<path d="M{x:g} {y:g} L{x + 44:g} {y:g}" stroke="{_LINE}" stroke-width="1.2" marker-end="url(#{head})"/>'
        yield f'<text x="{x + 52:g}" y="{y + 4:g}" font-size="{ARROW_FONT:g}">{what.in_(lang)}</text>'


def _description(plan: Layout, lang: str) -> str:
    """The picture in words: what stands in which relation to what."""
    names = {box.iri: box.label.in_(lang) for box in plan.boxes}
    said = (f"{names[a.tail]} {a.label.in_(lang) or _SUBCLASS.in_(lang)} {names[a.head]}" for a in plan.arrows)
    return ("；" if lang == "zh" else "; ").join(said)
