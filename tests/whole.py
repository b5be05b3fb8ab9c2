"""Whole packages: what a plan of each kind hands in, described as text, built into the files that people submit.

A folder below fixtures/whole describes one package (its README says how). It is read as tables of text, mistakes
from its list may be planted in it, and it is written as a workbook, a GeoPackage, a Word text and plan.xml.

`python tests/whole.py city out` writes the package to look at; `--planted` the one with all mistakes.
"""

from __future__ import annotations

import csv
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import openpyxl
import shapely
from pyogrio.raw import write as write_layer

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from checker import resources  # noqa: E402 - the tests are no installed package
from checker.authoring.template.choice import Choice, Sheet  # noqa: E402
from checker.prepared import prepare  # noqa: E402
from checker.vocabulary import TableKind, Vocabulary  # noqa: E402

HOME = ROOT / "fixtures" / "whole"
BOOK, LAYERS, TEXT = "表格.xlsx", "图层.gpkg", "文本.docx"
SHAPE = "图形"  # the column of a layer that says where a feature lies
ORIGIN = (500_000.0, 3_300_000.0)  # in EPSG:4549, on which the shapes' metres count
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"


@dataclass
class Table:
    """A table of text. ``rows``: by the key that a row has where nothing is planted, column -> cell."""

    columns: list[str]
    rows: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Edit:
    """One thing that a careless planner did differently; the README says what the cells mean."""

    where: str
    row: str
    column: str
    value: str


@dataclass
class Description:
    """A package as its folder describes it.

    ``planted``: what may be planted, and the findings (rule, focus) that all of it together must cause. ``unplanted``:
    rule -> why no mistake is planted for it. ``person``, ``absent``: rule -> what is left to a person, and why it finds
    nothing to look at in this package.
    """

    tables: dict[str, Table]
    layers: dict[str, Table]
    lists: dict[str, Table]
    texts: dict[str, str]
    edits: list[Edit]
    findings: list[tuple[str, str]]
    unplanted: Mapping[str, str]
    person: Mapping[str, str]
    absent: Mapping[str, str]


# ---- reading ---------------------------------------------------------------------------------------------------------


def read(kind: str) -> Description:
    """The description of a kind of package."""
    settings = tomllib.loads((HOME / kind / "package.toml").read_text(encoding="utf-8"))
    files = _files(kind)
    rows = [row for name in sorted(files) if name.startswith("planted/") for row in _rows(files[name])[1]]
    return Description(
        _tables(files, "tables"),
        _tables(files, "layers"),
        _tables(files, "."),
        {name: files[name].read_text(encoding="utf-8") for name in ("plan.xml", "text.md") if name in files},
        [Edit(row["where"], row["row"], row["column"], row["value"]) for row in rows if row["where"]],
        [(row["rule"], row["focus"]) for row in rows if row["rule"]],
        *(settings.get(name, {}) for name in ("unplanted", "person", "absent")),
    )


def _files(kind: str) -> dict[str, Path]:
    """The files of a description by their name in it: its own, and those of the kind it is like."""
    folder = HOME / kind
    settings = tomllib.loads((folder / "package.toml").read_text(encoding="utf-8"))
    above = _files(settings["like"]) if "like" in settings else {}
    without = set(settings.get("without", ()))
    if lost := without - above.keys():
        raise ValueError(f"{kind}: 'without' names what is not there: {sorted(lost)}")
    own = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path for name, path in {**above, **own}.items() if name in own or name not in without}


def _rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The headings and the rows of a file. Raises ValueError for a row that is too long or too short."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        headings, *rows = csv.reader(lines, strict=True)
    try:
        return headings, [dict(zip(headings, row, strict=True)) for row in rows]
    except ValueError:
        wrong = next(row for row in rows if len(row) != len(headings))
        raise ValueError(f"{path}: {len(headings)} headings, but {len(wrong)} cells: {wrong}") from None


def _tables(files: Mapping[str, Path], folder: str) -> dict[str, Table]:
    """The tables of a folder. A wide one may stand in several files, told apart behind a dot, with the key in each."""
    found: dict[str, Table] = {}
    for name in sorted(name for name in files if name.endswith(".csv") and str(Path(name).parent) == folder):
        headings, rows = _rows(files[name])
        table = found.setdefault(Path(name).name.split(".")[0], Table([], {}))
        table.columns += [column for column in headings if column not in table.columns]
        for row in rows:
            table.rows.setdefault(row[headings[0]], {}).update(row)
    return found


KINDS = tuple(sorted(f.name for f in HOME.iterdir() if f.is_dir() and any("planted/" in n for n in _files(f.name))))


# ---- planting --------------------------------------------------------------------------------------------------------


def plant(description: Description) -> None:
    """Does what a careless planner did. Raises ValueError for an edit that changes nothing.

    A row that is like another is like what that one was before anything was planted, so that the order of lists is free.
    """
    before = {
        name: {k: dict(row) for k, row in t.rows.items()}
        for name, t in {**description.tables, **description.layers, **description.lists}.items()
    }
    for edit in description.edits:
        try:
            _plant(description, edit, before)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{edit}: {error}") from None


def _plant(description: Description, edit: Edit, before: Mapping[str, Mapping[str, dict[str, str]]]) -> None:
    if edit.where in description.texts:
        text = description.texts[edit.where]
        if text.count(edit.row) != 1:
            raise ValueError(f"stands there {text.count(edit.row)} times")
        description.texts[edit.where] = text.replace(edit.row, edit.value)
        return
    home = next(group for group in (description.tables, description.layers, description.lists) if edit.where in group)
    table = home[edit.where]
    if not edit.row and not edit.column:
        del home[edit.where]
    elif not edit.row:
        table.columns.remove(edit.column)
    elif edit.column:
        if edit.column not in table.columns or table.rows[edit.row].get(edit.column, "") == edit.value:
            raise ValueError("no such column, or nothing changed")
        table.rows[edit.row][edit.column] = edit.value
    elif edit.value:
        if edit.row in table.rows:
            raise ValueError("the row is there already")
        model = edit.value.removeprefix("like ")
        rows = list(table.rows.items())
        after = 1 + list(table.rows).index(model)  # beside the row that it is like, above a row of sums
        added = (edit.row, {**before[edit.where][model], table.columns[0]: edit.row})
        table.rows = dict([*rows[:after], added, *rows[after:]])
    else:
        del table.rows[edit.row]


def restrict(description: Description, choice: Choice) -> None:
    """Leaves what a template offers: what somebody who filled it in, and added nothing, would hand in."""
    sheets = {sheet.table.iri: sheet for sheet in (choice.form, *choice.sheets)}
    for group in (description.tables, description.layers):
        for stem, table in list(group.items()):
            kind, _ = _named(stem)
            if kind.iri not in sheets:
                del group[stem]
            elif kind.is_form:
                table.rows = {name: row for name, row in table.rows.items() if _offers(sheets[kind.iri], name)}
            else:
                table.columns = [c for c in table.columns if c == SHAPE or _offers(sheets[kind.iri], c)]


def _offers(sheet: Sheet, heading: str) -> bool:
    """Whether a sheet has a column, or one for the start and one for the end of its periods."""
    found = _terms().column(sheet.table, heading)
    if found is None:
        return False
    column, offered = found[0], [h.column for h in sheet.headings]
    ends = {column.property, column.end_property}
    return column in offered or (None not in ends and ends <= {c.property for c in offered})


# ---- writing ---------------------------------------------------------------------------------------------------------


def build(kind: str, out: Path, *, planted: bool = False, within: Choice | None = None) -> Path:
    """The folder of a package, named after its kind (``-planted``), with the packages that its plan.xml cites beside it.

    ``within``: only what this template offers. One that was built there already, such as for a package that cites it, stays as it is.
    """
    folder = out / (f"{kind}-planted" if planted else kind)
    if folder.exists():
        return folder
    description = read(kind)
    if planted:
        plant(description)
    if within:
        restrict(description, within)
    for href in re.findall(r'href="\.\./([a-z-]+)"', description.texts["plan.xml"]):
        build(href, out)
    return write(description, folder)


def write(description: Description, folder: Path) -> Path:
    """A new folder with what a description says is handed in."""
    folder.mkdir(parents=True)
    (folder / "plan.xml").write_text(description.texts["plan.xml"], encoding="utf-8")
    _write_book(folder / BOOK, description.tables)
    for name, table in description.layers.items():
        _write_layer(folder / LAYERS, name, table, description.lists["layers"].rows[name]["坐标系"])
    if "text.md" in description.texts:
        _write_text(folder / TEXT, description.texts["text.md"])
    for name in description.lists["files"].rows if "files" in description.lists else ():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(PDF)
    return folder


@cache
def _terms() -> Vocabulary:
    return prepare([resources.builtin()]).vocabulary


def _named(stem: str) -> tuple[TableKind, str]:
    """The kind of table that a file describes, and what the sheet or layer is called."""
    kind = next((kind for kind in _terms().tables if kind.local == stem), None)
    if kind is not None:
        return kind, kind.label.zh
    kind = _terms().table(stem)
    if kind is None:
        raise ValueError(f"no table is called {stem}")
    return kind, stem


def _datatype(kind: TableKind, heading: str) -> str | None:
    found = _terms().column(kind, heading)
    prop = found and _terms().properties.get(found[0].property)
    return prop.datatype if prop else None


def _cell(text: str, datatype: str | None) -> object:
    """A cell as Excel would hold it: a number where the column holds numbers and this is one."""
    if not text:
        return None
    if datatype in ("decimal", "integer") and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return float(text) if "." in text else int(text)
    return text


def _write_book(path: Path, tables: Mapping[str, Table]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for stem, table in tables.items():
        kind, name = _named(stem)
        sheet = book.create_sheet(name)
        types = [_datatype(kind, column) for column in table.columns]
        if not kind.is_form:
            sheet.append(table.columns)
        for row in table.rows.values():
            sheet.append([_cell(row.get(c, ""), t) for c, t in zip(table.columns, types, strict=True)])
    book.save(path)


def _write_layer(path: Path, stem: str, table: Table, crs: str) -> None:
    kind, name = _named(stem)
    columns = [column for column in table.columns if column != SHAPE]
    shapes = [shape(row[SHAPE]) for row in table.rows.values()]
    kinds = {type(s).__name__ for s in shapes if s is not None}
    write_layer(
        path,
        geometry=np.array([None if s is None else shapely.to_wkb(s) for s in shapes], dtype=object),
        field_data=[_field([row.get(c, "") for row in table.rows.values()], _datatype(kind, c)) for c in columns],
        fields=columns,
        layer=name,
        driver="GPKG",
        geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
        crs=crs,
        append=path.exists(),
        layer_options={"SPATIAL_INDEX": "NO"},
    )


def _field(texts: Sequence[str], datatype: str | None) -> np.ndarray:
    """A column of a layer: numbers where all of it are numbers, and in an empty layer what the column is to hold."""
    cells = [_cell(text, datatype) for text in texts]
    if not cells and datatype in ("decimal", "integer"):
        return np.array(cells, dtype="float64")
    if any(c is not None for c in cells) and not any(isinstance(c, str) for c in cells):
        if datatype == "integer" and None not in cells:
            return np.array(cells, dtype="int64")
        return np.array([np.nan if c is None else c for c in cells], dtype="float64")
    return np.array(cells, dtype=object)


def shape(text: str) -> shapely.Geometry | None:
    """A shape from numbers, in metres from the origin: x y a point, x y x y a box, more a ring; `line` before a line."""
    words = text.split()
    is_line = bool(words) and words[0] == "line"
    numbers = np.array([float(word) for word in words[is_line:]]).reshape(-1, 2) + ORIGIN
    if is_line:
        return shapely.LineString(numbers)
    if len(numbers) > 2:
        return shapely.Polygon(numbers)
    if len(numbers) == 2:
        return shapely.box(*numbers.ravel())
    return shapely.Point(numbers[0]) if len(numbers) else None


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def _write_text(path: Path, text: str) -> None:
    """A Word file of the lines of a text; # before a heading."""
    levels = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/>'
        f'<w:pPr><w:outlineLvl w:val="{n - 1}"/></w:pPr></w:style>'
        for n in (1, 2, 3)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "word/styles.xml": f'<w:styles xmlns:w="{_W}">{levels}</w:styles>',
        "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{"".join(_paragraphs(text))}</w:body></w:document>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{xml}')


def _paragraphs(text: str) -> Iterator[str]:
    for line in filter(None, (line.strip() for line in text.splitlines())):
        marks, words = re.fullmatch(r"(#*)\s*(.*)", line).groups()  # type: ignore[union-attr]
        style = f'<w:pPr><w:pStyle w:val="Heading{len(marks)}"/></w:pPr>' if marks else ""
        yield f"<w:p>{style}<w:r><w:t>{escape(words)}</w:t></w:r></w:p>"


def main(arguments: Iterable[str]) -> None:
    words = [word for word in arguments if word != "--planted"]
    print(build(words[0], Path(words[1]), planted="--planted" in sys.argv))


if __name__ == "__main__":
    main(sys.argv[1:])
