"""Writes the workbook of a template: a guide, the plan information, and a sheet per table with lists, formats and help."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from checker.authoring.template import words
from checker.authoring.template.choice import Choice, Heading, Sheet, linked
from checker.authoring.template.names import codes, editions, heading, kinds_of_rows, name_in_layer
from checker.errors import Text
from checker.vocabulary import PLAN, TYPE, Column, TableKind

_ROWS = 2000  # of a sheet that lists, formats and checks reach
_INLINE = 255  # characters of a list that Excel keeps in the cell's own validation
_EPOCH = dt.datetime(1980, 1, 1)  # when the workbook says it was made, so that the same input gives the same bytes


def xlsx(choice: Choice, lang: str) -> bytes:
    """The bytes of the XLSX file."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": _EPOCH})
    _Writer(book, choice, lang).write()
    book.close()
    return made.getvalue()


class _Writer:
    """One workbook in the making."""

    def __init__(self, book: Any, choice: Choice, lang: str) -> None:
        self.book, self.choice, self.terms, self.lang = book, choice, choice.terms, lang
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

    def write(self) -> None:
        guide = self.book.add_worksheet(words.GUIDE.in_(self.lang))
        self._guide(guide)
        self._form(self.choice.form)
        for sheet in self.choice.tables:
            self._sheet(sheet)
        self._codes()
        guide.activate()

    # ---- sheets -----------------------------------------------------------------------------------------------------

    def _guide(self, sheet: Any) -> None:
        zh = f"{self.choice.kind.label.zh}成果包模板"
        en = f"Template of a package of a {self.choice.kind.label.en}"
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 2, 60)
        sheet.write_string(0, 0, Text(zh, en).in_(self.lang), self.title)
        row = 2
        for step in words.steps(self.choice):
            sheet.merge_range(row, 0, row, 2, step.in_(self.lang), self.plain)
            sheet.set_row(row, 15 * (1 + _width(step.in_(self.lang)) // 150))
            row += 1
        row += 1
        heads = (Text("表或图层", "table or layer"), Text("列", "columns"), Text("读取它的规则", "rules that read it"))
        for column, head in enumerate(heads):
            sheet.write_string(row, column, head.in_(self.lang), self.optional)
        for part in (self.choice.form, *self.choice.sheets):
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

    def _form(self, part: Sheet) -> None:
        """Pairs of name and value; what is not given here and must be there stands open."""
        sheet = self.book.add_worksheet(part.table.label.in_(self.lang))
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 60)
        sheet.freeze_panes(0, 1)
        given = {
            TYPE: self.choice.kind.label,
            str(PLAN.scale): self.choice.scale and self.terms.label(self.choice.scale),
        }
        for row, h in enumerate(part.headings):
            self._head(sheet, row, 0, h)
            value = given.get(h.column.property)
            sheet.write_string(row, 1, value.in_(self.lang) if value else "", self.open)
            self._validate(sheet, part, h.column, row, 1, row)

    def _sheet(self, part: Sheet) -> None:
        sheet = self.book.add_worksheet(part.table.label.in_(self.lang))
        sheet.freeze_panes(1, 1)
        for column, h in enumerate(part.headings):
            name = heading(self.terms, h.column, self.lang)
            sheet.set_column(column, column, min(36, max(12, _width(name) + 4)), self._format(h.column))
            self._head(sheet, 0, column, h)
            self._validate(sheet, part, h.column, 1, column, _ROWS)

    def _head(self, sheet: Any, row: int, column: int, h: Heading) -> None:
        is_due = h.column.is_key or h.column.is_required
        name = heading(self.terms, h.column, self.lang)
        sheet.write_string(row, column, name, self.required if is_due else self.optional)
        text = "\n".join(words.help_on(self.terms, h, self.lang))
        if text:
            height = 24 + 18 * sum(1 + _width(line) // 44 for line in text.split("\n"))
            sheet.write_comment(row, column, text, {"author": "plancheck", "width": 320, "height": height})

    def _codes(self) -> None:
        if not self.lists:
            return
        sheet = self.book.add_worksheet(words.CODES.in_(self.lang))
        sheet.write_column(0, 0, [entry for entries in self.lists for entry in entries])
        sheet.hide()

    # ---- cells ------------------------------------------------------------------------------------------------------

    def _format(self, column: Column) -> Any:
        prop = self.terms.properties.get(column.property)
        datatype = prop.datatype if prop is not None and column.end_property is None else None
        return self.formats.get(datatype or "", self.text)

    def _validate(self, sheet: Any, part: Sheet, column: Column, first: int, at: int, last: int) -> None:
        """A list to pick from, or a check of numbers. Where several entries or a name may stand, the list only helps."""
        prop = self.terms.properties.get(column.property)
        datatype = prop.datatype if prop is not None and column.end_property is None else None
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
        here = {part.table.iri: part for part in self.choice.tables}
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
            self.lists[key] = f"='{words.CODES.in_(self.lang)}'!$A${first}:$A${first + len(key) - 1}"
        return self.lists[key]


def _width(text: str) -> int:
    """How wide a text is in a cell: Chinese characters take two places."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
