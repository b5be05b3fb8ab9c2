"""The smallest change that would make a finding go away, from its constraint component; hands on words, where it can be computed.

The words stand beside the components (chk:Change in rules/); what fills them comes from the finding and from the parameters
of its shape. Nothing here knows a rule or a component.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from checker.engine.sql.paths import shacl_path, written
from checker.errors import Text
from checker.judge.words import number
from checker.model import Finding, Value
from checker.rulebook import Rulebook
from checker.turtle import CHK
from checker.vocabulary import Vocabulary, local_name

_SLOT = re.compile(r"\{\?([\w.]+)\}")
_AN_IRI = re.compile(r"(https?:|urn:)\S+$")
_STEP = re.compile(r"(?:https?:|urn:)[^\s<>()|^*+?#]*#[\w-]+|[/|^]")  # of a path: a property, or what joins two
_DEPTH = 4  # of alternatives within alternatives
_MOST_DIGITS = 38  # of a number that something can be computed with
_MOST = 12  # values of a list that are told


@dataclass(frozen=True)
class Changes:
    """Finds the change of a component and fills its words. ``as_of``: the day whose thresholds hold."""

    rules: Rulebook
    terms: Vocabulary
    as_of: dt.date

    def of(self, finding: Finding) -> Text | None:
        """The smallest change for a finding; None where its constraint does not tell one."""
        rule = next((rule for rule in self.rules.rules if rule.code == finding.rule.code), None)
        if rule is None:
            return None
        shapes = self.rules.shapes_for(rule, rule.iri) + self.rules.shapes_for(rule, finding.shape)
        shape = URIRef(finding.shape)
        values = self._parameters(shapes, shape, finding.component) | self._said(finding)
        gap = _gap(finding, [v for p, v in _numbers(shapes, shape) if local_name(p) in values])
        if gap is not None:
            values["gap"] = gap
        return self._filled(finding.component, values)

    def _filled(self, component: str, values: Mapping[str, Text]) -> Text | None:
        """The words of a component's change that say most of those that can be filled."""
        common = self.rules.common
        found: list[tuple[int, Text]] = []
        for change in sorted(common.subjects(CHK.changeOf, URIRef(component)), key=str):
            said = {o.language: str(o) for o in common.objects(change, CHK.remedy) if isinstance(o, Literal)}
            slots = set(_SLOT.findall(said.get("zh", ""))) | set(_SLOT.findall(said.get("en", "")))
            if slots <= values.keys() and {"zh", "en"} <= said.keys():
                filled = [
                    _SLOT.sub(lambda slot, lang=lang: values[slot[1]].in_(lang), said[lang])  # type: ignore[misc]
                    for lang in ("zh", "en")
                ]
                found.append((len(slots), Text(*filled)))
        return max(found, key=lambda each: each[0])[1] if found else None

    def _said(self, finding: Finding) -> dict[str, Text]:
        """What a finding tells by itself."""
        values = {name: self._value(value) for name, value in finding.details.items()}
        given = {
            "path": None if finding.path is None else self.path(finding.path),
            "value": None if finding.value is None else self._value(finding.value),
            "measured": finding.measured,
            "allowed": finding.allowed,
        }
        return values | {name: text for name, text in given.items() if text is not None}

    # ---- constraints of a shape -------------------------------------------------------------------------------------

    def _parameters(self, shapes: Graph, shape: Node, component: str, depth: int = 0) -> dict[str, Text]:
        """The parameters of a component at a shape, in words; those of a shape that one of them is, as ``name.parameter``."""
        found: dict[str, Text] = {}
        for parameter in self._names(component):
            values = sorted(shapes.objects(shape, parameter), key=str)
            name = local_name(parameter)
            if not values:
                continue
            if all(isinstance(value, BNode) or (value, RDF.type, SH.NodeShape) in shapes for value in values):
                listed = [part for value in values for part in _listed(shapes, value)]
                inner = [text for part in listed if (text := self._demand(shapes, part, depth + 1)) is not None]
                if len(inner) == len(listed):
                    found[name] = _joined(inner, Text("；", "; "))
                for value in values:
                    for p, o in shapes.predicate_objects(value):
                        if isinstance(p, URIRef) and not isinstance(o, BNode):
                            found[f"{name}.{local_name(p)}"] = self._term(o)
            else:
                listed = [part for value in values for part in _listed(shapes, value)]
                texts = [self._term(part) for part in listed[:_MOST]]
                texts += [Text("……", "…")] if len(listed) > _MOST else []
                found[name] = _joined(texts, Text("、", ", "))
        return found

    def _names(self, component: str) -> Iterator[URIRef]:
        """The parameters of a component: those that rules/ declares, else those that SHACL names it after."""
        common = self.rules.common
        own = [
            path
            for parameter in common.objects(URIRef(component), SH.parameter)
            for path in common.objects(parameter, SH.path)
            if isinstance(path, URIRef)
        ]
        if own:
            yield from own
            return
        stem = local_name(component).removesuffix("ConstraintComponent")
        yield URIRef(f"{SH}{stem[:1].lower()}{stem[1:]}")
        if stem.startswith("Qualified"):
            yield SH.qualifiedValueShape

    def _demand(self, shapes: Graph, shape: Node, depth: int) -> Text | None:
        """What a shape demands, in the words of its components' changes; None where they cannot tell all of it."""
        if depth > _DEPTH or (shape, SH.sparql, None) in shapes:
            return None
        path = shapes.value(shape, SH.path)
        of_path = {} if path is None else {"path": self.path(written(shacl_path(shapes, path)))}
        said: list[Text | None] = []
        for component in self._components(shapes, shape):
            values = of_path | self._parameters(shapes, shape, component, depth)
            said.append(self._filled(component, values))
        said += [self._demand(shapes, part, depth + 1) for part in sorted(shapes.objects(shape, SH.property), key=str)]
        known = [text for text in said if text is not None]
        return _joined(known, Text("，且", ", and ")) if known and len(known) == len(said) else None

    def _components(self, shapes: Graph, shape: Node) -> list[str]:
        """The components whose parameters a shape states."""
        given = set(shapes.predicates(shape, unique=True))
        known = {str(o) for o in self.rules.common.objects(None, CHK.changeOf)}
        return sorted(component for component in known if next(self._names(component)) in given)

    # ---- words ------------------------------------------------------------------------------------------------------

    def path(self, path: str) -> Text:
        """A path with the labels of its properties in place of their IRIs."""

        def labelled(lang: str) -> str:
            joints = {"/": " → ", "|": Text(" 或 ", " or ").in_(lang), "^": Text("反向 ", "inverse of ").in_(lang)}

            def label(match: re.Match[str]) -> str:
                known = self.terms.label(match[0])
                return joints.get(match[0]) or (known.in_(lang) if known else local_name(match[0]))

            return _STEP.sub(label, path)

        return Text(labelled("zh"), labelled("en"))

    def _term(self, term: Node) -> Text:
        threshold = self.terms.thresholds.get(str(term))
        if threshold is not None:
            value = threshold.at(self.as_of)
            return threshold.label if value is None else _same(number(value, 2))
        return self._value(str(term))

    def _value(self, value: Value) -> Text:
        if isinstance(value, bool):
            return Text("是", "yes") if value else Text("否", "no")
        if isinstance(value, Decimal):
            return _same(number(value, 2))
        if not isinstance(value, str) or not _AN_IRI.match(value):
            return _same(str(value))
        return self.terms.label(value) or _same(unquote(re.split("[/#:]", value)[-1]))  # an IRI ends in the key


def _listed(shapes: Graph, value: Node) -> list[Node]:
    """The members of a list; what is no list by itself."""
    return list(Collection(shapes, value)) if (value, RDF.first, None) in shapes else [value]


def _joined(texts: Iterable[Text], by: Text) -> Text:
    each = list(texts)
    return Text(by.zh.join(text.zh for text in each), by.en.join(text.en for text in each))


def _same(word: str) -> Text:
    return Text(word, word)


def _numbers(shapes: Graph, shape: Node) -> Iterator[tuple[str, Decimal]]:
    """The parameters of a shape that are numbers."""
    for p, o in shapes.predicate_objects(shape):
        if isinstance(o, Literal) and (found := _decimal(str(o))) is not None:
            yield str(p), found


def _gap(finding: Finding, limits: list[Decimal]) -> Text | None:
    """By how much a finding misses what is allowed: a number with its unit, or days. None where it is told of neither."""
    measured = finding.details.get("measured", finding.value)
    allowed = finding.details.get("allowed", limits[0] if len(limits) == 1 else None)
    if measured is None or allowed is None or isinstance(measured, bool) or isinstance(allowed, bool):
        return None
    unit = str(finding.details.get("unit", ""))
    numbers = _decimal(str(measured)), _decimal(str(allowed))
    if numbers[0] is not None and numbers[1] is not None:
        gap = abs(numbers[0] - numbers[1])
        if unit == "%":
            return Text(f"{number(gap * 100, 1)} 个百分点", f"{number(gap * 100, 1)} percentage points")
        return _same(f"{number(gap, 2)} {unit}".rstrip())
    days = _day(str(measured)), _day(str(allowed))
    if days[0] is not None and days[1] is not None:
        count = abs((days[0] - days[1]).days)
        return Text(f"{count} 天", f"{count} day{'s' * (count != 1)}")
    return None


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= _MOST_DIGITS else None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
