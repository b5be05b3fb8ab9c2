"""Chooses what a package of one kind of plan is asked for: the tables, layers and columns that the rules on it read.

A plan is read on two occasions: when it is under review, and when another plan is compared with it. Hands on a
``Choice``, which the other modules of this package write out.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.errors import CannotFinish, Text
from checker.model import Rule
from checker.rulebook import Rulebook
from checker.vocabulary import (
    PLAN,
    SUB,
    TYPE,
    All,
    Class,
    Column,
    Expression,
    Has,
    Named,
    TableKind,
    Vocabulary,
    closure,
)

_SCALE = str(PLAN.scale)
_FAR: Mapping[str, tuple[str, ...]] = {  # what a declared relation names of the plan that is compared with
    str(SUB.SpatialRelation): ("zones",),
    str(SUB.Matching): ("matches", "features"),
    str(SUB.CodeLink): ("matches",),
    str(SUB.Extent): ("zones",),
}


@dataclass(frozen=True)
class Heading:
    """A column to be filled in, and the rules that read it."""

    column: Column
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Sheet:
    """A table or layer to be filled in: its columns, those that must be there first, and the rules that read it."""

    table: TableKind
    headings: tuple[Heading, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Choice:
    """What a package of a kind of plan is asked for.

    ``kind``: as it was asked for, ``filed``: as which it is filed. ``values``: what a plan says of itself that makes it
    one of the kind and scale, by property (its scale, the kind of its zone), as codes. ``kinds``: all that it is.

    ``sheets``: tables and layers, each after those that it refers to. ``judging``: the rules that apply to the plan.
    ``comparing``: those that apply to other plans and read this one. ``references``: the kinds of plan that the judging
    rules compare it with, by IRI.
    """

    terms: Vocabulary
    kind: Class
    filed: Class
    values: Mapping[str, str]
    kinds: frozenset[str]
    form: Sheet
    sheets: tuple[Sheet, ...]
    judging: tuple[Rule, ...]
    comparing: tuple[Rule, ...]
    references: tuple[str, ...]

    @property
    def tables(self) -> tuple[Sheet, ...]:
        return tuple(sheet for sheet in self.sheets if not sheet.table.is_layer)

    @property
    def layers(self) -> tuple[Sheet, ...]:
        return tuple(sheet for sheet in self.sheets if sheet.table.is_layer)


def choose(terms: Vocabulary, rulebook: Rulebook, kind: str, scale: str | None) -> Choice:
    """What a plan of this kind and scale, each by label or notation, is asked for.

    The kind is one that plans are filed as, or one that a definition makes of it (a smart park plan). Raises CannotFinish for a kind or scale that the ontology does not have, or a scale that the kind does not come in.
    """
    named, cls, values = _kind(terms, kind)
    if scale is not None:
        values[_SCALE] = _scale(terms, named, scale)
    kinds = _kinds(terms, named.iri, values)
    rules = [replace(rule, mentions=rule.mentions | terms.defining(rule.mentions)) for rule in rulebook.rules]
    judging = tuple(rule for rule in rules if not rule.applies_to or rule.applies_to & kinds)
    own = {rule: _own(terms, rulebook, rule, cls.iri) for rule in judging}
    compared = {rule: _compared(terms, rules, rule, cls.iri) for rule in rules if rule not in judging}
    reading: dict[str, list[Rule]] = {}
    for rule, tables in {**own, **compared}.items():
        for table in _with_linked(terms, rule, tables):
            reading.setdefault(table.iri, []).append(rule)
    if not reading:  # of this kind of plan nothing is asked yet but what every plan must hold
        reading = {t.iri: found for t in terms.tables if (found := [r for r in judging if t.rows_are in r.mentions])}
    comparing = tuple(rule for rule, tables in compared.items() if tables)
    references = tuple(sorted({other for rule in judging for other in _references(terms, rule)}))
    elsewhere = {d["fromProperty"] for d in terms.declarations(str(SUB.CodeLink)) if d.get("inKind") == cls.iri}
    sheets = [_sheet(terms, t, reading[t.iri], own, elsewhere) for t in terms.tables if t.iri in reading]
    form = _form(terms, (*judging, *comparing), references, sheets, values)
    ordered = tuple(_after_linked(terms, sheets))
    return Choice(terms, named, cls, values, kinds, form, ordered, judging, comparing, references)


# ---- the kind of plan ---------------------------------------------------------------------------------------------


def kinds_of_plan(terms: Vocabulary) -> tuple[Class, ...]:
    """The kinds that a plan may be filed as, by IRI."""
    below = (terms.classes[iri] for iri in sorted(terms.subclasses(str(PLAN.Plan))))
    return tuple(cls for cls in below if cls.notation)


def _kind(terms: Vocabulary, name: str) -> tuple[Class, Class, dict[str, str]]:
    """The kind of this name, the kind that such plans are filed as, and what they say of themselves by definition."""
    found = terms.named_class(name, str(PLAN.Plan))
    filed = _filed(terms, terms.classes[found]) if found else None
    if found is None or filed is None:
        raise CannotFinish(
            Text(f"没有“{name}”这种规划类型。", f"There is no kind of plan '{name}'."),
            "--kind",
            _one_of([(kind.label, kind.notation or "") for kind in kinds_of_plan(terms)]),
        )
    return terms.classes[found], *filed


def _scale(terms: Vocabulary, kind: Class, name: str) -> str:
    """The scale of this name, if plans of the kind come in it."""
    prop = terms.properties[_SCALE]
    below = (terms.classes[iri] for iri in terms.subclasses(kind.iri))
    fitting = sorted({str(has.value) for cls in below for has in cls.values if has.property == _SCALE})
    found = terms.concept(prop.range or "", name, None)
    if found not in fitting:
        without = Text("这种规划不分尺度，请去掉 --scale。", "Plans of this kind come in no scales; leave --scale out.")
        labels = [(terms.label(scale) or Text(scale, scale), terms.written(scale)) for scale in fitting]
        zh, en = f"“{kind.label.zh}”没有“{name}”这个尺度。", f"A {kind.label.en} comes in no scale '{name}'."
        raise CannotFinish(Text(zh, en), "--scale", _one_of(labels) if labels else without)
    return str(found)


def _one_of(listed: Sequence[tuple[Text, str]]) -> Text:
    zh = "、".join(f"{label.zh}（{code}）" for label, code in listed)
    en = ", ".join(f"{label.en} ({code})" for label, code in listed)
    return Text(f"请用：{zh}。", f"Use one of: {en}.")


def _filed(terms: Vocabulary, kind: Class) -> tuple[Class, dict[str, str]] | None:
    """The kind that plans of a kind are filed as, and what they say of themselves by its definition; None without one."""
    if kind.notation:
        return kind, {}
    for parts in (d.parts for d in kind.definitions if isinstance(d, All)):
        values = {part.property: str(part.value) for part in parts if isinstance(part, Has)}
        for above in (terms.classes[part.iri] for part in parts if isinstance(part, Named)):
            if filed := _filed(terms, above):
                return filed[0], filed[1] | values
    return None


def _kinds(terms: Vocabulary, kind: str, values: Mapping[str, str]) -> frozenset[str]:
    """All kinds that a plan of this kind with these values is of, also by definition."""
    known = terms.superclasses(kind)

    def holds(e: Expression) -> bool:
        if isinstance(e, All):
            return all(holds(part) for part in e.parts)
        if isinstance(e, Has):
            return values.get(e.property) == e.value
        return isinstance(e, Named) and e.iri in known

    defined = (iri for iri in terms.subclasses(kind) if any(holds(d) for d in terms.classes[iri].definitions))
    return known.union(*(terms.superclasses(iri) for iri in defined))


# ---- what a rule reads ----------------------------------------------------------------------------------------------


def _own(terms: Vocabulary, rulebook: Rulebook, rule: Rule, kind: str) -> list[TableKind]:
    """The tables of a plan of this kind that a rule judges, or cannot do without.

    A rule on every plan judges what is there, so that it asks for what it cannot do without alone.
    """
    classes = set(rule.reads)
    if rule.applies_to:
        shapes = (rule.iri, *rule.needs, *rule.asks)
        classes |= {cls for shape in shapes for cls in rulebook.targets(rule, shape).classes}
        extents = [d for d in terms.declarations(str(SUB.Extent)) if d["inKind"] == kind]
        classes |= {d["zones"] for d in extents} & rule.mentions  # the area that others take from such a plan
    tables = [table for table in terms.tables if not table.is_form]
    with_column = {table for prop in rule.reads for table in _holding(terms, rule, prop, tables)}
    return [table for table in tables if table in with_column or _is_about(terms, table, classes)]


def _holding(terms: Vocabulary, rule: Rule, prop: str, tables: Sequence[TableKind]) -> list[TableKind]:
    """The tables with a column for a property: those whose rows a rule speaks of, or all where it speaks of none."""
    having = [table for table in tables if prop in {c.property for c in table.columns}]
    return [table for table in having if _is_about(terms, table, rule.mentions)] or having


def _references(terms: Vocabulary, rule: Rule) -> list[str]:
    """The kinds of plan that a rule compares the plan under review with."""
    return [
        kind.iri for kind in kinds_of_plan(terms) if rule.applies_to and kind.iri in rule.mentions - rule.applies_to
    ]


def _compared(terms: Vocabulary, rules: Sequence[Rule], rule: Rule, kind: str) -> list[TableKind]:
    """The tables of a plan of this kind that a rule on other plans compares those with, as relations.ttl declares it."""
    compares = kind in _references(terms, rule)
    is_reference = any(kind in _references(terms, other) for other in rules)
    classes = set()
    for relation, far in _FAR.items():
        for declared in terms.declarations(relation):
            other = declared.get("inKind")  # zones of no kind are taken from any plan that is given
            if (compares and other == kind) or (is_reference and other is None):
                classes |= {value for name in far if (value := declared.get(name))}
    related = (terms.subclasses(cls) | terms.superclasses(cls) for cls in rule.mentions - rule.applies_to)
    met = classes & frozenset[str]().union(*related)
    return [table for table in terms.tables if not table.is_form and _is_about(terms, table, met)]


def _is_about(terms: Vocabulary, table: TableKind, classes: Iterable[str]) -> bool:
    """Whether a table's rows are, or may be, individuals of one of these classes."""
    near = terms.superclasses(table.rows_are) | terms.subclasses(table.rows_are)
    return not near.isdisjoint(classes)


def _with_linked(terms: Vocabulary, rule: Rule, tables: Sequence[TableKind]) -> frozenset[TableKind]:
    """The tables with those that the columns which a rule reads refer to."""
    return closure(tables, lambda t: [o for c in t.columns if _reads(terms, rule, t, c) for o in linked(terms, c)])


def linked(terms: Vocabulary, column: Column) -> list[TableKind]:
    """The tables whose rows a column refers to: those of just its range, else those of what lies below it."""
    prop = terms.properties.get(column.property)
    if prop is None or prop.range is None:
        return []
    within = [t for t in terms.tables if not t.is_form and t.rows_are in terms.subclasses(prop.range)]
    return [t for t in within if t.rows_are == prop.range] or within


def _reads(terms: Vocabulary, rule: Rule, table: TableKind, column: Column) -> bool:
    """Whether a rule reads a column of a table. A column of kinds is read by a rule on one of the kinds it names.

    The kind of a plan says which rules apply, so that none reads it in particular.
    """
    if column.property == TYPE:
        return not table.is_form and not rule.mentions.isdisjoint(terms.subclasses(table.rows_are) - {table.rows_are})
    filled = (column.property, column.end_property)
    return any(p and terms.superproperties(p) & rule.mentions for p in filled)


# ---- sheets ---------------------------------------------------------------------------------------------------------


def _sheet(
    terms: Vocabulary, table: TableKind, rules: Sequence[Rule], own: Collection[Rule], elsewhere: Container[str]
) -> Sheet:
    """A table with the columns that must be there, tell its rows apart or are read; a layer with all of its fields.

    ``elsewhere``: properties by which other plans point to this one. ``own``: the rules that judge this plan.
    """

    def is_asked(heading: Heading) -> bool:
        c = heading.column
        is_read = any(rule in own or c.property not in elsewhere for rule in heading.rules)
        return is_read or c.is_key or c.is_required or c.property in keys or table.is_layer

    keys = {prop for key in terms.keys(table.rows_are) for prop in key}
    # A rule that asks for other tables may lead over this one: from a facility to the project that builds it.
    reading = dict.fromkeys((*rules, *own))
    kept = [heading for heading in headings(terms, table, tuple(reading)) if is_asked(heading)]
    return Sheet(table, tuple(_without_periods(kept)), tuple(rules))


def _form(
    terms: Vocabulary, rules: Sequence[Rule], references: Sequence[str], sheets: Sequence[Sheet], values: Iterable[str]
) -> Sheet:
    """The plan information: what must be there or rules read, what the plan is compared with, and how to read its codes.

    ``values``: properties that say what kind of plan it is.
    """
    form = next(table for table in terms.tables if table.is_form)
    reading = [rule for rule in rules if rule.applies_to]
    columns = [heading.column for sheet in sheets for heading in sheet.headings]
    wanted = {str(PLAN.date), *values, *map(terms.relation_of_kind, references)}
    wanted |= {
        terms.edition_property(prop.range) for c in columns if (prop := terms.properties.get(c.property)) and prop.range
    }
    kept = [h for h in headings(terms, form, reading) if h.rules or h.column.is_required or h.column.property in wanted]
    return Sheet(
        form, tuple(_without_periods(kept)), tuple(rule for rule in reading if any(rule in h.rules for h in kept))
    )


def headings(terms: Vocabulary, table: TableKind, rules: Sequence[Rule]) -> list[Heading]:
    """All columns of a table with the rules that read them: the key, what must be there, what is read, the others.

    An end comes right after its start.
    """
    found = [Heading(c, tuple(rule for rule in rules if _reads(terms, rule, table, c))) for c in table.columns]
    start_of = {c.end_property: c.property for c in table.columns if c.end_property}

    def place(heading: Heading) -> tuple[bool, bool, bool, str, bool]:
        c = heading.column
        beside = start_of.get(c.property, c.property)
        return not c.is_key, not c.is_required, not heading.rules, beside, c.property in start_of

    return sorted(found, key=place)


def _without_periods(headings: Sequence[Heading]) -> Iterator[Heading]:
    """Columns without those of a period whose start and end have columns of their own."""
    single = {h.column.property for h in headings if h.column.end_property is None}
    return (
        h for h in headings if h.column.end_property is None or not {h.column.property, h.column.end_property} <= single
    )


def _after_linked(terms: Vocabulary, sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    """Sheets in an order in which each comes after those that it refers to, as far as they do not refer in a circle."""
    by_table: Mapping[str, Sheet] = {sheet.table.iri: sheet for sheet in sheets}
    seen: set[str] = set()

    def place(sheet: Sheet) -> Iterator[Sheet]:
        if sheet.table.iri in seen:
            return
        seen.add(sheet.table.iri)
        for other in sorted({t.iri for h in sheet.headings for t in linked(terms, h.column)} & by_table.keys()):
            yield from place(by_table[other])
        yield sheet

    for sheet in sheets:
        yield from place(sheet)
