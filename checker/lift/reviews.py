"""Lifts the lists that reviewers hand back: opinions as they are, decisions and waivers as facts for the rules on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

import pyarrow as pa

from checker.errors import CannotFinish, Text
from checker.facts import Builder, Facts, FactTable
from checker.lift.listed import Change, Copy, Listed, compared, copied, filled
from checker.lift.tables import PackageLift
from checker.model import Note, Opinion, Place, PlanSummary, ReviewFiles, ReviewForm, SourceTable
from checker.vocabulary import SUB, Column, TableKind, Vocabulary

_ATTACHMENT = str(SUB.attachment)
_ANSWERS = {  # what a property of a row is in an opinion
    str(SUB.aboutMatter): "about",
    str(SUB.adoption): "adopted",
    str(SUB.changeMade): "change",
    str(SUB.changedWhere): "changed_at",
    str(SUB.remarkText): "opinion",
}
_ABOUT = str(SUB.aboutMatter)
_FOUND = str(SUB.asFound)
_OF_PLAN = str(SUB.ofCheckedPlan)
_REPORTED = {_FOUND, str(SUB.asReported)}
_REPEATED = re.compile(r" #\d+$")  # what the reader of sheets adds to a heading that stands there twice

_MOST_CHANGES = 10_000  # cells of a list whose changes are told one by one
_SHOWN = 10  # ids that a remark names


def records(handed: ReviewFiles, plan: PlanSummary, vocabulary: Vocabulary) -> tuple[Facts, tuple[Note, ...]]:
    """The decisions, waivers and rows that came back as facts of the plan that they are about, and remarks.

    ``vocabulary``: that of reviews.
    """
    builder = Builder.with_codes(vocabulary)
    builder.reviewed = builder.node(plan.iri)
    builder.type(str(SUB.PlanUnderReview), [builder.reviewed])
    work = PackageLift(builder, vocabulary, builder.reviewed, plan.iri)
    tables = [table for table in handed.tables if not _is_of_opinions(_kind(table, vocabulary))]
    work.lift(tables, None)
    lists = {node: table.place.file for table in builder.tables for node in table.ids.to_pylist()}
    for subject, names in builder.said(_ATTACHMENT).items():
        _attach(builder, subject, [str(name) for name in names], lists[subject], handed.attachments)
    notes = [*work.notes, *_state_listed(builder, plan.iri, handed, vocabulary)]
    return builder.facts(), tuple(notes)


def refuse_others(handed: ReviewFiles, plan: PlanSummary, vocabulary: Vocabulary) -> None:
    """Raises CannotFinish for a list that a check of another plan wrote: its ids would be taken for those of this one."""
    for table in handed.written:
        for heading, prop in _properties(table, vocabulary).items():
            for text in table.columns.column(heading).to_pylist() if prop == _OF_PLAN else ():
                if text and text.split() != plan.identifier.split():
                    raise _of_another(table.file, text, plan)


def opinions(handed: ReviewFiles, vocabulary: Vocabulary) -> tuple[Opinion, ...]:
    """What reviewers wrote in lists of findings and open matters, a row each, in their order.

    A row that only says what the check wrote into it is none. What the check had written is taken from its copy, where
    there is one, whatever the row says now.
    """
    found = []
    copies = _copies(handed, vocabulary)
    for table in _of_opinions(handed, vocabulary):
        changes = {row.place.row: row.changes for row in _listed(table, copies, vocabulary) if row.changes}
        found += [opinion for opinion in _rows(table, changes, vocabulary) if opinion is not None]
    return tuple(found)


def forms(handed: ReviewFiles | None, vocabulary: Vocabulary) -> tuple[ReviewForm, ...]:
    """The lists of decisions and waivers to be filled in, with the rows that were handed in."""
    aside = (str(SUB.ReviewRemark), str(SUB.ListedMatter))
    kinds = [kind for kind in vocabulary.tables if kind.rows_are not in aside]
    tables = handed.tables if handed else ()
    return tuple(_form(kind, [table for table in tables if table.kind == kind.iri], vocabulary) for kind in kinds)


# ---- opinions --------------------------------------------------------------------------------------------------------


def _of_opinions(handed: ReviewFiles, vocabulary: Vocabulary) -> list[SourceTable]:
    return [table for table in handed.tables if _is_of_opinions(_kind(table, vocabulary))]


def _properties(table: SourceTable, vocabulary: Vocabulary) -> dict[str, str]:
    """What stands under each heading of a list, as a property; none under those that the ontology does not know."""
    kind = _kind(table, vocabulary)
    matched = {h: vocabulary.column(kind, _REPEATED.sub("", h)) for h in table.columns.column_names}
    return {heading: found[0].property if found else "" for heading, found in matched.items()}


def _rows(
    table: SourceTable, changes: Mapping[int | None, Sequence[Change]], vocabulary: Vocabulary
) -> Iterator[Opinion | None]:
    """What each row of a list says, and its reviewer. ``changes``: by row, what the check had written otherwise."""
    properties = _properties(table, vocabulary)
    for number, row in zip(table.rows.to_pylist(), table.columns.to_pylist(), strict=True):
        said = filled(row)
        for change in changes.get(number, ()):
            if properties[change.heading] in _REPORTED:
                said |= {change.heading: change.written}
        yield _opinion({h: text for h, text in said.items() if text}, properties, Place(table.file, table.part, number))


def _opinion(said: Mapping[str, str], properties: Mapping[str, str], place: Place) -> Opinion | None:
    """An opinion of what a row says, by heading; None where no reviewer wrote anything in it.

    Of two columns for one answer, both are kept. In a row without an id all words are the reviewer's.
    """
    answers: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    reported: list[tuple[str, str]] = []
    for heading, text in said.items():
        answer = _ANSWERS.get(properties[heading])
        if answer and answer not in answers:
            answers[answer] = text
        elif properties[heading] in _REPORTED:
            reported.append((heading, text))
        else:
            others.append((heading, text))
    if "about" not in answers:
        others, reported = [*reported, *others], []
    if not others and answers.keys() <= {"about"}:
        return None
    found = "\n".join(text for heading, text in reported if properties[heading] == _FOUND)
    return Opinion(
        answers.get("about", ""),
        place,
        answers.get("adopted", ""),
        answers.get("change", ""),
        answers.get("changed_at", ""),
        answers.get("opinion", ""),
        tuple(others),
        found,
        tuple(reported),
    )


# ---- what became of what the check wrote ------------------------------------------------------------------------------


def _copies(handed: ReviewFiles, vocabulary: Vocabulary) -> dict[str, Copy]:
    """By file, what the check that wrote it had put into its lists."""
    files = dict.fromkeys(table.file for table in handed.written)
    tables = {file: [table for table in handed.written if table.file == file] for file in files}
    return {file: copied(those, _id_headings(those, vocabulary)) for file, those in tables.items()}


def _id_headings(tables: Sequence[SourceTable], vocabulary: Vocabulary) -> list[str]:
    return [h for table in tables for h, prop in _properties(table, vocabulary).items() if prop == _ABOUT]


def _listed(table: SourceTable, copies: Mapping[str, Copy], vocabulary: Vocabulary) -> list[Listed]:
    """The rows of a list with what was changed in them; none where there is no copy to tell it."""
    ids = _id_headings([table], vocabulary)
    if table.file not in copies or not ids:
        return []
    own = [heading for heading, prop in _properties(table, vocabulary).items() if prop in _REPORTED]
    return list(compared(table, ids[0], own, copies[table.file]))


def _state_listed(builder: Builder, plan: str, handed: ReviewFiles, vocabulary: Vocabulary) -> Iterator[Note]:
    """States the rows that the check wrote and what was changed in them; hands on remarks on what else became of them."""
    copies = _copies(handed, vocabulary)
    there: dict[str, set[str]] = {file: set() for file in copies}
    iris: Counter[str] = Counter()
    for table in _of_opinions(handed, vocabulary):
        ids = _id_headings([table], vocabulary)
        if table.file not in copies:
            if any(text for heading in ids for text in table.columns.column(heading).to_pylist()):
                yield _without_copy(table, vocabulary)
            continue
        listed = _listed(table, copies, vocabulary)
        there[table.file] |= {row.written_as for row in listed if row.written_as}
        yield from _state_rows(builder, plan, listed, iris)
    for file, copy in copies.items():
        missing = [id_ for id_ in copy.rows if id_ and id_ not in there[file]]
        if missing:
            yield _taken_out(file, missing)


def _state_rows(builder: Builder, plan: str, listed: Sequence[Listed], iris: Counter[str]) -> Iterator[Note]:
    """States the rows of one list. ``iris``: how often each was given, for two lists can have a row for one matter."""
    if not listed:
        return
    names = []
    for row in listed:
        name = f"{plan}/listed/{quote(row.about or row.written_as or '', safe='-')}"
        iris[name] += 1
        names.append(name if iris[name] == 1 else f"{name}/{iris[name]}")
    said = {_ABOUT: [row.about or None for row in listed], str(SUB.writtenAs): [row.written_as for row in listed]}
    rows = _state_table(builder, str(SUB.ListedMatter), names, [row.place for row in listed], said)
    cells = [(at, change) for at, row in enumerate(listed) for change in row.changes]
    if len(cells) > _MOST_CHANGES:
        yield _too_many(listed[0].place, len(cells))
        del cells[_MOST_CHANGES:]
    if cells:
        names = [f"{names[at]}/{quote(change.heading, safe='')}" for at, change in cells]
        said = {
            str(SUB.cellHeading): [change.heading for _, change in cells],
            str(SUB.cellWritten): [change.written or None for _, change in cells],
            str(SUB.cellHandedBack): [change.now or None for _, change in cells],
        }
        found = _state_table(builder, str(SUB.ChangedCell), names, [listed[at].place for at, _ in cells], said)
        builder.link(str(SUB.changedCell), rows.take(pa.array([at for at, _ in cells])), found)


def _state_table(
    builder: Builder, cls: str, iris: Sequence[str], places: Sequence[Place], said: Mapping[str, Sequence[str | None]]
) -> pa.Array:
    """The nodes of individuals that rows of one sheet describe, with what is said of them by property."""
    ids = builder.rows(pa.array(iris, pa.string()))
    columns = {prop: pa.array(texts, pa.string()) for prop, texts in said.items()}
    rows = pa.array([place.row for place in places], pa.int32())
    builder.add(FactTable(cls, builder.reviewed, None, replace(places[0], row=None), ids, rows, columns))
    return ids


def _of_another(file: str, other: str, plan: PlanSummary) -> CannotFinish:
    return CannotFinish(
        Text(
            f"这份清单由核查规划“{other}”时写出，而送审的是“{plan.identifier}”。",
            f"This list was written when the plan '{other}' was checked; the plan under review is '{plan.identifier}'.",
        ),
        file,
        Text(
            "请交回该规划自己的清单；规划编号更正过的，请把填写的内容移到按新编号核查写出的清单中。",
            "Hand back the plan's own list; where its identifier was corrected, move what was filled in to a list that a check under the new one writes.",
        ),
    )


def _without_copy(table: SourceTable, vocabulary: Vocabulary) -> Note:
    kind = next(kind.label for kind in vocabulary.tables if kind.rows_are == str(SUB.ListedMatter))
    text = Text(
        f"文件中没有“{kind.zh}”这张隐藏的工作表，看不出核查写出的内容是否被改动；请交回核查写出的 .xlsx 本身。",
        f"The file does not hold the hidden sheet '{kind.en}', so that changes of what the check wrote cannot be told; hand back the .xlsx itself that the check wrote.",
    )
    return Note(text, Place(table.file, table.part))


def _taken_out(file: str, ids: Sequence[str]) -> Note:
    shown, more = list(ids[:_SHOWN]), len(ids) > _SHOWN
    text = Text(
        f"核查写出的 {len(ids)} 行不在交回的清单中：{'、'.join(shown)}{'……' if more else ''}",
        f"Rows that the check wrote and that are not in the list any more, {len(ids)}: {', '.join(shown)}{' …' if more else ''}",
    )
    return Note(text, Place(file))


def _too_many(place: Place, count: int) -> Note:
    text = Text(
        f"有 {count} 格核查写出的内容被改动，只列出前 {_MOST_CHANGES} 格。",
        f"{count} cells that the check wrote were changed, of which the first {_MOST_CHANGES} are told.",
    )
    return Note(text, replace(place, row=None))


# ---- decisions and waivers -------------------------------------------------------------------------------------------


def _attach(
    builder: Builder, record: int, names: Sequence[str], list_: str, attachments: Mapping[tuple[str, str], str]
) -> None:
    """States which of the files that a record names are there, and which are not."""
    there = [attachments[list_, name] for name in names if (list_, name) in attachments]
    missing = [name for name in names if (list_, name) not in attachments]
    builder.value(str(SUB.attachedFile), [record] * len(there), pa.array(there, pa.string()))
    builder.value(str(SUB.missingAttachment), [record] * len(missing), pa.array(missing, pa.string()))


def _form(kind: TableKind, tables: Sequence[SourceTable], vocabulary: Vocabulary) -> ReviewForm:
    """A list with the rows of some tables of its kind; columns that reviewers added stand behind the others."""
    labels = [column.label for column in kind.columns]
    rows: list[dict[Text, str]] = []
    for table in tables:
        names: dict[str, Text] = {}
        for heading in table.columns.column_names:
            column = vocabulary.column(kind, heading)
            label = column[0].label if column else Text(heading, heading)
            names[heading] = Text(heading, heading) if label in names.values() else label
        labels += [label for label in names.values() if label not in labels]
        rows += [{names[heading]: text for heading, text in row.items() if text} for row in table.columns.to_pylist()]
    choices = [_choices(column, vocabulary) for column in kind.columns]
    choices += [()] * (len(labels) - len(choices))
    return ReviewForm(
        kind.label, tuple(labels), tuple(choices), tuple(tuple(row.get(label, "") for label in labels) for row in rows)
    )


def _choices(column: Column, vocabulary: Vocabulary) -> tuple[Text, ...]:
    """What a column of codes may hold."""
    prop = vocabulary.properties.get(column.property)
    if prop is None or prop.range is None or not vocabulary.is_code_class(prop.range):
        return ()
    codes = sorted(code for code, cls in vocabulary.named_individuals if cls == prop.range)
    return tuple(label for code in codes if (label := vocabulary.label(code)) is not None)


def _kind(table: SourceTable, vocabulary: Vocabulary) -> TableKind:
    return next(kind for kind in vocabulary.tables if kind.iri == table.kind)


def _is_of_opinions(kind: TableKind) -> bool:
    return kind.rows_are == str(SUB.ReviewRemark)
