"""Writes workbooks to be filled in: a guide, the plan information, and a sheet per table with lists, formats and help.

That of a template is empty; that of a draft holds rows to be confirmed.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

from checker.authoring.template import words
from checker.authoring.template.choice import Choice, Heading, Sheet, linked
from checker.authoring.template.names import codes, editions, heading, kinds_of_rows, name_in_layer
from checker.errors import Text
from checker.vocabulary import PLAN, TYPE, Column, TableKind, Vocabulary

_ROWS = 2000  # of a sheet that lists, formats and checks reach
_INLINE = 255  # characters of a list that Excel keeps in the cell's own validation
_LONGEST = 32_767  # characters that Excel keeps in a cell
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")  # what a cell of numbers keeps digit for digit
_EPOCH = dt.datetime(1980, 1, 1)  # when the workbook says it was made, so that the same input gives the same bytes

Row = Mapping[str, str]  # by IRI of the column, what the cell says


def xlsx(choice: Choice, lang: str) -> bytes:
    """The bytes of the XLSX file of a template."""
    zh, en = f"{choice.kind.label.zh}成果包模板", f"Template of a package of a {choice.kind.label.en}"
    given = {TYPE: choice.filed.label} | {prop: choice.terms.label(value) for prop, value in choice.values.items()}
    stated = {prop: label.in_(lang) for prop, label in given.items() if label}

    def write(writer: _Writer) -> None:
        writer.guide(Text(zh, en), words.steps(choice), (choice.form, *choice.sheets))
        writer.form(choice.form, stated)
        for sheet in choice.tables:
            writer.sheet(sheet, _ready(choice, sheet, lang))

    return _made(choice.terms, choice.tables, lang, write)


def _ready(choice: Choice, sheet: Sheet, lang: str) -> list[Row]:
    """The rows that stand in a table of a template: what the text has to treat, each ready for its chapter."""
    if sheet.table.rows_are != str(PLAN.RequiredContent):
        return []
    kind = next(h.column.iri for h in sheet.headings if h.column.property == TYPE)
    return [{kind: choice.terms.classes[iri].label.in_(lang)} for iri in choice.terms.contents_of(choice.kinds)]


def filled(
    terms: Vocabulary,
    form: Sheet | None,
    sheets: Mapping[Sheet, Sequence[Row]],
    title: Text,
    steps: Sequence[Text],
    lang: str,
) -> bytes:
    """The bytes of an XLSX file with rows in its sheets, and with a form to be filled in if one is given."""

    def write(writer: _Writer) -> None:
        writer.guide(title, steps, (*([form] if form else ()), *sheets))
        if form:
            writer.form(form, {})
        for sheet, rows in sheets.items():
            writer.sheet(sheet, rows)

    return _made(terms, tuple(sheets), lang, write)


def _made(terms: Vocabulary, tables: Sequence[Sheet], lang: str, write: Callable[[_Writer], None]) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": _EPOCH})
    writer = _Writer(book, terms, tables, lang)
    write(writer)
    writer.codes()
    book.close()
    return made.getvalue()


class _Writer:
    """One workbook in the making. ``tables``: its sheets, to whose keys other sheets may refer."""

    def __init__(self, book: Any, terms: Vocabulary, tables: Sequence[Sheet], lang: str) -> None:
        self.book, self.terms, self.tables, self.lang = book, terms, tables, lang
        common = {"valign": "top", "text_wrap": True}
        head = {**common, "bold": True, "border": 1, "valign": "vcenter"}
        self.required = book.add_format({**head, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
        self.optional = book.add_format({**head, "bg_color": "#DDEBF7"})
        self.plain, self.title = book.add_format(common), book.add_format({"bold": True, "font_size": 14})
        self.open = book.add_format({"num_format": "@", "border": 1, "bg_color": "#FFF2CC"})
        self.formats = {
            "decimal": book.add_format({"num_format": "#,##0.00##"}),
            "integer": book.add_format({"num_format": "0"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        self.text = book.add_format({"num_format": "@"})  # a code keeps its zeros and all of its digits
        self.lists: dict[tuple[str, ...], str] = {}  # long lists, and where they stand, one below the other

    # ---- sheets -----------------------------------------------------------------------------------------------------

    def guide(self, title: Text, steps: Sequence[Text], parts: Sequence[Sheet]) -> None:
        """The first sheet: what to do, step by step, and what each part of the package holds."""
        sheet = self.book.add_worksheet(self._name(words.GUIDE))
        sheet.activate()
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 2, 60)
        sheet.write_string(0, 0, title.in_(self.lang), self.title)
        row = 2
        for step in steps:
            sheet.merge_range(row, 0, row, 2, step.in_(self.lang), self.plain)
            sheet.set_row(row, 15 * (1 + _width(step.in_(self.lang)) // 150))
            row += 1
        row += 1
        heads = (Text("表或图层", "table or layer"), Text("列", "columns"), Text("读取它的规则", "rules that read it"))
        for column, head in enumerate(heads):
            sheet.write_string(row, column, head.in_(self.lang), self.optional)
        for part in parts:
            row += 1
            columns = "\n".join(self._in_guide(part, h) for h in part.headings)
            rules = words.listed_rules(part.rules, self.lang)
            for column, text in enumerate((self._named(part, part.table), columns, rules)):
                sheet.write_string(row, column, text, self.plain)
            lines = sum(1 + _width(line) // 60 for line in columns.split("\n"))
            sheet.set_row(row, min(409, 15 * max(lines, len(part.rules), 1)))  # Excel has no higher row

    def _in_guide(self, part: Sheet, h: Heading) -> str:
        """A column in the guide; a layer's field, which has no comment of its own, with what there is to say on it."""
        if not part.table.is_layer:
            return heading(self.terms, h.column, self.lang)
        return f"{self._named(part, h.column)}: {' '.join(words.how_to_fill(self.terms, h.column, self.lang))}"

    def _named(self, part: Sheet, thing: TableKind | Column) -> str:
        """What a table, layer or field is called in its file, with its label where that is a code."""
        label = thing.label.in_(self.lang)
        name = name_in_layer(self.terms, part, thing, self.lang) if part.table.is_layer else label
        return name if name == label else f"{name} {label}"

    def form(self, part: Sheet, given: Mapping[str, str]) -> None:
        """Pairs of name and value; what is not given here and must be there stands open. ``given``: values by property."""
        sheet = self.book.add_worksheet(part.table.label.in_(self.lang))
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 60)
        sheet.freeze_panes(0, 1)
        for row, h in enumerate(part.headings):
            self._head(sheet, row, 0, h)
            sheet.write_string(row, 1, given.get(h.column.property, ""), self.open)
            self._validate(sheet, part, h.column, row, 1, row)

    def sheet(self, part: Sheet, rows: Sequence[Row] = ()) -> None:
        """A table with its headings, and these rows in it."""
        sheet = self.book.add_worksheet(part.table.label.in_(self.lang))
        sheet.freeze_panes(1, 1)
        for column, h in enumerate(part.headings):
            name = heading(self.terms, h.column, self.lang)
            sheet.set_column(column, column, min(36, max(12, _width(name) + 4)), self._format(h.column))
            self._head(sheet, 0, column, h)
            self._validate(sheet, part, h.column, 1, column, _ROWS)
            for number, row in enumerate(rows, 1):
                if h.column.iri in row:
                    self._cell(sheet, number, column, h.column, row[h.column.iri])

    def _cell(self, sheet: Any, row: int, at: int, column: Column, text: str) -> None:
        """A cell as a person would have typed it: plain numbers in columns of numbers, all else as the text it is."""
        if self._datatype(column) in ("decimal", "integer") and _NUMBER.fullmatch(text):
            sheet.write_number(row, at, float(text))
        else:
            sheet.write_string(row, at, text[:_LONGEST])

    def _head(self, sheet: Any, row: int, column: int, h: Heading) -> None:
        is_due = h.column.is_key or h.column.is_required
        name = heading(self.terms, h.column, self.lang)
        sheet.write_string(row, column, name, self.required if is_due else self.optional)
        text = "\n".join(words.help_on(self.terms, h, self.lang))
        if text:
            height = 24 + 18 * sum(1 + _width(line) // 44 for line in text.split("\n"))
            sheet.write_comment(row, column, text, {"author": "plancheck", "width": 320, "height": height})

    def codes(self) -> None:
        """The lists that are too long for a cell's own validation, on a sheet that is not shown."""
        if not self.lists:
            return
        sheet = self.book.add_worksheet(self._name(words.CODES))
        sheet.write_column(0, 0, [entry for entries in self.lists for entry in entries])
        sheet.hide()

    # ---- cells ------------------------------------------------------------------------------------------------------

    def _name(self, iri: str) -> str:
        label = self.terms.label(iri)
        assert label is not None, f"{iri} is a term of ours, so it has labels"
        return label.in_(self.lang)

    def _datatype(self, column: Column) -> str | None:
        """The datatype of a column's cells; None for links, kinds and periods."""
        prop = self.terms.properties.get(column.property)
        return prop.datatype if prop is not None and column.end_property is None else None

    def _format(self, column: Column) -> Any:
        return self.formats.get(self._datatype(column) or "", self.text)

    def _validate(self, sheet: Any, part: Sheet, column: Column, first: int, at: int, last: int) -> None:
        """A list to pick from, or a check of numbers. Where several entries or a name may stand, the list only helps."""
        datatype = self._datatype(column)
        rule: dict[str, Any]
        if source := self._source(part, column):
            is_free = column.is_many or source in self._links(column)
            rule = {"validate": "list", "source": source, "show_error": not is_free}
        elif datatype in ("decimal", "integer"):
            rule = {"validate": datatype, "criteria": "between", "minimum": -(10**15), "maximum": 10**15}
        else:
            return
        sheet.data_validation(first, at, last, at, rule)

    def _source(self, part: Sheet, column: Column) -> str | list[str] | None:
        """The list of a column: entries, or the range of cells where they stand."""
        prop = self.terms.properties.get(column.property)
        if column.property == TYPE:
            return self._list(kinds_of_rows(self.terms, part.table, self.lang))
        if prop is None:
            return None
        if prop.datatype == "boolean":
            return [word.in_(self.lang) for word in words.YES_NO]
        if prop.range is not None and self.terms.is_code_class(prop.range):
            return self._list(codes(self.terms, prop.range, self.lang))
        return self._list(editions(self.terms, column.property)) or next(iter(self._links(column)), None)

    def _links(self, column: Column) -> list[str]:
        """The cells of the keys that a column refers to, where their table is in this workbook."""
        here = {part.table.iri: part for part in self.tables}
        found = [here[table.iri] for table in linked(self.terms, column) if table.iri in here]
        return [
            f"='{part.table.label.in_(self.lang)}'!$A$2:$A${_ROWS}" for part in found if part.headings[0].column.is_key
        ]

    def _list(self, entries: Sequence[str]) -> str | list[str] | None:
        if len(",".join(entries)) <= _INLINE and not any("," in entry for entry in entries):
            return list(entries) or None
        key = tuple(entries)
        if key not in self.lists:
            first = 1 + sum(map(len, self.lists))
            self.lists[key] = f"='{self._name(words.CODES)}'!$A${first}:$A${first + len(key) - 1}"
        return self.lists[key]


def _width(text: str) -> int:
    """How wide a text is in a cell: Chinese characters take two places."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
