"""Names and numbers as a planner reads them, and messages filled with them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from urllib.parse import unquote

from checker.errors import Text
from checker.facts import Store
from checker.model import Place, Value
from checker.vocabulary import SUB

NOTHING = Text("（空）", "(nothing)")  # what stands for a value that is not there
SLOT = re.compile(r"\{[?$](\w+)(?::(\w+))?\}")  # of a message: the variable, and the form in which its value is said
FORMS = ("percent", "year")


class Words:
    """Looks up what things are called and where they stand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._nodes: dict[str, int | None] = {}
        self._labels: dict[str, Text] = {}
        self._names: dict[int, tuple[str | None, str | None]] = {}

    @cached_property
    def plan(self) -> str:
        """The IRI of the plan under review."""
        return self.store.facts.iri(self.store.facts.reviewed)

    def node(self, iri: str) -> int | None:
        """The node with an IRI, or None."""
        if iri not in self._nodes:
            self._find([iri])
        return self._nodes[iri]

    def _find(self, iris: Iterable[str]) -> None:
        found = self.store.find(set(iris) - self._nodes.keys())
        self._nodes |= {iri: found.get(iri) for iri in iris if iri not in self._nodes}

    @cached_property
    def given(self) -> frozenset[str]:
        """What the tables and layers that the plan under review gives are of, as classes; empty where nothing tells."""
        facts = self.store.facts
        links = facts.links.get(str(SUB.supplies))
        pairs = links.to_pylist() if links is not None else []
        return frozenset(facts.iri(pair["o"]) for pair in pairs if pair["s"] == facts.reviewed)

    def label(self, iri: str) -> Text:
        """What a thing is called: name and key for an individual, the label for a term; the end of its IRI at worst."""
        if iri not in self._labels:
            self._labels[iri] = self._label(iri)
        return self._labels[iri]

    def _label(self, iri: str) -> Text:
        known = self.store.vocabulary.label(iri)
        if known is not None:
            return known
        node = self.node(iri)
        if node is None:
            return Text(iri, iri)
        if node not in self._names:
            self.learn([iri])
        name, key = self._names[node]
        if name and key and name != key:
            return Text(f"{name}（{key}）", f"{name} ({key})")
        text = name or key
        if text:
            return Text(text, text)
        place = self.place(iri)
        if place is not None and place.part:
            row = f" {place.row}" if place.row is not None else ""
            return Text(f"{place.part}{row}", f"{place.part}{row}")
        tail = unquote(re.split("[/:]", iri)[-1])
        return Text(tail, tail)

    def names(self, iri: str) -> tuple[str, ...]:
        """By what a person may mean an individual: its key, what it is called in full, and the end of its IRI."""
        label = self.label(iri)
        node = self.node(iri)
        key = self._names[node][1] if node in self._names else None
        return tuple(filter(None, (key, label.zh, label.en, unquote(iri.rpartition("/")[2]))))

    def learn(self, iris: Iterable[str]) -> None:
        """Looks up the names and keys of many individuals at once."""
        iris = set(iris)
        self._find(iris)
        nodes = {node for node in map(self.node, iris) if node is not None} - self._names.keys()
        names = self.store.names_of(nodes, (str(SUB.nameOf),))
        keys = self.store.names_of(nodes, (str(SUB.keyOf), str(SUB.citedAs)))
        self._names |= {node: (names.get(node), keys.get(node)) for node in nodes}

    def place(self, iri: str, column: str | None = None) -> Place | None:
        """Where an individual is described: file, sheet or layer, and row or feature."""
        node = self.node(iri)
        found = self.store.facts.place_of(node) if node is not None else None
        if found is None:
            return None
        table, index = found
        row = table.rows[index].as_py()
        heading = table.headings.get(column) if column else None
        return replace(table.place, row=row, column=heading) if table.place.file else None

    def fill(self, messages: Mapping[str, str], values: Mapping[str, Value]) -> Text:
        """A message in both languages with its {?slots} filled."""

        def filled(lang: str) -> str:
            return SLOT.sub(lambda m: self._slot(values.get(m[1]), m[2], lang), messages.get(lang, ""))

        zh, en = filled("zh"), filled("en")
        return Text(zh or en, en or zh)

    def _slot(self, value: Value | None, form: str | None, lang: str) -> str:
        if form == "percent" and isinstance(value, Decimal):
            return self.quantity(value, "%").in_(lang)
        if form == "year" and isinstance(value, Decimal):
            return f"{value:.0f}"
        return self.say(value, lang)

    def say(self, value: Value | None, lang: str) -> str:
        """A value in one language; what stands for none where it is not there."""
        if value is None:
            return NOTHING.in_(lang)
        if isinstance(value, bool):
            return {"zh": ("否", "是"), "en": ("no", "yes")}[lang][value]
        if isinstance(value, Decimal):
            return number(value, 2)
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, str) and re.match(r"(https?:|urn:)\S+$", value):
            return self.label(value).in_(lang)
        return str(value)

    def typed(self, value: str, path: str | None) -> Value:
        """The value of a result as what it is: a number where the property that it is of holds numbers."""
        prop = self.store.vocabulary.properties.get(path or "")
        if prop is None or prop.datatype != "decimal":
            return value
        try:
            return Decimal(value)
        except InvalidOperation:
            return value

    def quantity(self, value: Value, unit: Value | None) -> Text:
        """A value with its unit, as it stands alone; a share with the unit % as a percentage."""
        if unit == "%" and isinstance(value, Decimal):
            return Text(f"{number(value * 100, 1)}%", f"{number(value * 100, 1)} %")
        zh, en = ("" if unit is None else f" {self.say(unit, lang)}" for lang in ("zh", "en"))
        return Text(self.say(value, "zh") + zh, self.say(value, "en") + en)


def number(value: Decimal, places: int) -> str:
    """A number with thousands separators and at most so many places; small ones keep two significant digits."""
    rounded = round(value, places)
    if rounded == 0 and value != 0:
        rounded = Decimal(f"{value:.2g}")
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
