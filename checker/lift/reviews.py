"""Lifts the lists that reviewers hand back: opinions as they are, decisions and waivers as facts for the rules on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from checker.errors import Text
from checker.facts import Builder, Facts
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
_FOUND = str(SUB.asFound)
_REPORTED = {_FOUND, str(SUB.asReported)}
_REPEATED = re.compile(r" #\d+$")  # what the reader of sheets adds to a heading that stands there twice


def records(handed: ReviewFiles, plan: PlanSummary, vocabulary: Vocabulary) -> tuple[Facts, tuple[Note, ...]]:
    """The decisions and waivers as facts of the plan that they are about, and remarks. ``vocabulary``: that of reviews."""
    builder = Builder.with_codes(vocabulary)
    builder.reviewed = builder.node(plan.iri)
    builder.type(str(SUB.PlanUnderReview), [builder.reviewed])
    work = PackageLift(builder, vocabulary, builder.reviewed, plan.iri)
    tables = [table for table in handed.tables if not _is_of_opinions(_kind(table, vocabulary))]
    work.lift(tables, None)
    lists = {node: table.place.file for table in builder.tables for node in table.ids.to_pylist()}
    for subject, names in builder.said(_ATTACHMENT).items():
        _attach(builder, subject, [str(name) for name in names], lists[subject], handed.attachments)
    return builder.facts(), tuple(work.notes)


def opinions(handed: ReviewFiles, vocabulary: Vocabulary) -> tuple[Opinion, ...]:
    """What reviewers wrote in lists of findings and open matters, a row each, in their order.

    A row that only says what the check wrote into it is none.
    """
    found = []
    for table in handed.tables:
        kind = _kind(table, vocabulary)
        if _is_of_opinions(kind):
            found += [opinion for opinion in _rows(table, kind, vocabulary) if opinion is not None]
    return tuple(found)


def forms(handed: ReviewFiles | None, vocabulary: Vocabulary) -> tuple[ReviewForm, ...]:
    """The lists of decisions and waivers to be filled in, with the rows that were handed in."""
    kinds = [kind for kind in vocabulary.tables if not _is_of_opinions(kind)]
    tables = handed.tables if handed else ()
    return tuple(_form(kind, [table for table in tables if table.kind == kind.iri], vocabulary) for kind in kinds)


# ---- opinions --------------------------------------------------------------------------------------------------------


def _rows(table: SourceTable, kind: TableKind, vocabulary: Vocabulary) -> Iterator[Opinion | None]:
    headings = table.columns.column_names
    matched = {heading: vocabulary.column(kind, _REPEATED.sub("", heading)) for heading in headings}
    properties = {heading: found[0].property if found else "" for heading, found in matched.items()}
    for number, row in zip(table.rows.to_pylist(), table.columns.to_pylist(), strict=True):
        said = {heading: text.strip() for heading, text in row.items() if text and text.strip()}
        yield _opinion(said, properties, Place(table.file, table.part, number))


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
