"""Drafts the sheets of a package from the text of a plan: rows that a person has to confirm, as a workbook.

Nothing in it is taken as said by the plan until the row is confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from checker import readers
from checker.authoring.draft.proposals import Found, find
from checker.authoring.template.choice import Heading, Sheet, headings
from checker.authoring.template.workbook import filled
from checker.errors import CannotFinish, Text
from checker.model import Rule
from checker.prepared import Prepared
from checker.vocabulary import PLAN, SUB, TableKind, Vocabulary

__all__ = ["DEFAULT", "Found", "propose", "refuse_to_overwrite", "summary", "xlsx"]

DEFAULT = Text("待确认.xlsx", "to-confirm.xlsx")
_STATE, _PASSAGE = str(SUB.confirmationState), str(SUB.foundIn)


def propose(path: Path, known: Prepared, schema: Path) -> tuple[Found, bool]:
    """The rows that the texts of a package, or a single .docx, propose; and whether it says what plan it is.

    ``schema``: the XSD of plan.xml. Raises CannotFinish for what cannot be read, and where there is no text.
    """
    package = readers.read(path, known.vocabulary, schema)
    if not package.documents:
        raise CannotFinish(
            Text("成果包中没有 Word 文本（.docx）。", "There is no Word text (.docx) in the package."),
            str(path),
            Text("请给出规划文本，或含有它的成果包。", "Give the text of the plan, or a package that holds it."),
        )
    return find(package, known.vocabulary), any(table.is_form for table in package.tables)


def refuse_to_overwrite(path: Path) -> None:
    """Raises CannotFinish where the file is there: somebody may have confirmed its rows."""
    if readers.is_there(path):
        raise CannotFinish(
            Text(
                "文件已存在，不予覆盖：其中可能有已确认的内容。",
                "The file is there and is not overwritten: its rows may be confirmed.",
            ),
            str(path),
            Text("请用 -o 另给文件名，或移走旧文件。", "Give another name with -o, or move the old file away."),
        )


def xlsx(found: Found, known: Prepared, has_form: bool, lang: str) -> bytes:
    """The bytes of the workbook. ``has_form``: the package says what plan it is, so that no form for it is added."""
    terms, rules = known.vocabulary, known.rulebook.rules
    sheets = {}
    for kind, rows in found.rows.items():
        filled_in = {iri for cells, _ in rows for iri in cells}
        state, passage = (next(c.iri for c in kind.columns if c.property == p) for p in (_STATE, _PASSAGE))
        open_ = {state: _label(terms, str(SUB.unconfirmed)).in_(lang)}
        sheet = _sheet(terms, kind, rules, filled_in)
        sheets[sheet] = [{**cells, **open_, passage: where.in_(lang)} for cells, where in rows]
    form = None if has_form else _form(terms, rules)
    title = Text("由规划文本提出的表格，待确认", "Tables proposed from the text of the plan, to be confirmed")
    return filled(terms, form, sheets, title, _steps(terms, form), lang)


def summary(found: Found) -> list[Text]:
    """What is proposed, a line for each table, and what was left out."""
    said = []
    for kind, rows in found.rows.items():
        count = len(rows)
        en = f"{kind.label.en}: {count} row{'s' * (count != 1)} proposed"
        said.append(Text(f"{kind.label.zh}：提出 {count} 行", en))
    return [*said, *found.remarks]


def _sheet(terms: Vocabulary, kind: TableKind, rules: Sequence[Rule], filled_in: set[str]) -> Sheet:
    """A table with the columns that must be there, those of the confirmation, and those that are filled in or read."""

    def place(heading: Heading) -> tuple[bool, bool]:
        c = heading.column
        is_due = c.is_key or c.is_required
        return not is_due, c.property not in (_STATE, _PASSAGE)

    kept = [
        h
        for h in headings(terms, kind, rules)
        if h.rules or h.column.is_key or h.column.is_required or h.column.iri in filled_in
        or h.column.property in (_STATE, _PASSAGE)
    ]  # fmt: skip
    reading = tuple(rule for rule in rules if any(rule in h.rules for h in kept))
    return Sheet(kind, tuple(sorted(kept, key=place)), reading)


def _form(terms: Vocabulary, rules: Sequence[Rule]) -> Sheet:
    """The plan information that must be there, to be filled in by hand."""
    form = next(table for table in terms.tables if table.is_form)
    kept = [h for h in headings(terms, form, rules) if h.column.is_required or h.column.property == str(PLAN.date)]
    return Sheet(form, tuple(replace(h, rules=()) for h in kept), ())


def _label(terms: Vocabulary, iri: str) -> Text:
    label = terms.label(iri)
    assert label is not None, f"{iri} is a term of ours, so it has labels"
    return label


def _steps(terms: Vocabulary, form: Sheet | None) -> list[Text]:
    """What to do with the workbook, in order."""
    column = next(c.label for table in terms.tables for c in table.columns if c.property == _STATE)
    passage = next(c.label for table in terms.tables for c in table.columns if c.property == _PASSAGE)
    confirmed, unconfirmed = _label(terms, str(SUB.confirmed)), _label(terms, str(SUB.unconfirmed))
    found = [
        Text(
            f"逐行对照“{passage.zh}”核对。属实的，把“{column.zh}”由“{unconfirmed.zh}”改为“{confirmed.zh}”；不是的，删去整行；缺的，补填。",
            f"Compare each row with '{passage.en}'. If it is right, set '{column.en}' from '{unconfirmed.en}' to '{confirmed.en}'; if it is none, delete the row; fill in what is missing.",
        ),
        Text(
            "编号由文本中的表而来；文本没有编号的，按顺序编了号，可以改。",
            "Codes come from the tables of the text; where it has none, running numbers were given, which may be changed.",
        ),
        Text(
            "把本文件放进成果包的文件夹，其中的表就代替文本中的同名表。没有确认的行不会使任何规则通过。",
            "Put this file into the folder of the package; its sheets then stand for the tables of the text. A row that is not confirmed lets no rule pass.",
        ),
    ]
    if form is not None:
        label = form.table.label
        found.insert(0, Text(f"填写“{label.zh}”。", f"Fill in '{label.en}'."))
    return [Text(f"{n}. {step.zh}", f"{n}. {step.en}") for n, step in enumerate(found, 1)]
