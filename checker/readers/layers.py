"""Reads vector layers and attribute tables through pyogrio as Arrow columns with WKB geometry in two dimensions."""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import pyogrio.raw
import shapely
from pyogrio.errors import CRSError

from checker.errors import Text
from checker.model import Content, Note, Place, SourceTable
from checker.readers import geodatabase, geojson, geopackage, gml, shapefile
from checker.readers.refusal import disguised, unreadable
from checker.vocabulary import Vocabulary

EXTENSIONS = (".gpkg", ".gdb", ".shp", ".dbf", ".geojson", ".gml")

# Files that are parts of another one, by what the names of both end with.
_PARTS: Mapping[str, tuple[str, ...]] = {
    ".shp": (
        *(".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qix", ".qmd", ".fbn", ".fbx", ".ain", ".aih"),
        *(".atx", ".ixs", ".mxs", ".cst", ".shp.xml"),
    ),
    ".dbf": (".cpg", ".dbf.xml"),
    ".gpkg": (".gpkg-wal", ".gpkg-shm", ".gpkg-journal"),
    ".gml": (".xsd", ".gfs"),
}
_OF_GEODATABASE = re.compile(
    r"gdb|timestamps|.+\.lock|a[0-9a-f]{8}\.(?:.+\.)?(?:gdbtable|gdbtablx|gdbindexes|atx|spx|freelist|horizon|cdf)",
    re.IGNORECASE,
)
_CATALOGUE = "a00000001.gdbtable"  # every geodatabase has it; it begins with the version of its format

# Arcs become chords of one degree: these leave the arc by no more than 0.004 % of its radius (2 cm at 500 m) and change
# the area of a full circle by 0.005 %, which is less than areas are rounded to. GDAL's own measure is four degrees.
_STEP = 1
_GDAL = {
    "OGR_ARC_STEPSIZE": _STEP,
    "SHAPE_RESTORE_SHX": True,  # in the copy that is read
    "GML_FIELDTYPES": "ALWAYS_STRING",  # without its schema, GDAL would take the code 1E5 for a number
    "GML_DOWNLOAD_SCHEMA": False,
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "GDAL_HTTP_PROXY": "off://",  # no reader lets GDAL near an address; if one did, it should get nowhere
}
_COLLECTION = 7  # WKB's type code of what may hold curves; those after it are curves and surfaces of special kinds
_FLAT = 1000  # WKB's type codes from here on have Z, M or both
_NO_TEXT = "\ufffd"
_OF_SQLITE = re.compile(r"^.*\bsqlite3_\w+\(.*\) failed: ")  # in GDAL's messages; what follows is what is wrong
_WKB = (b"geoarrow.wkb", b"ogc.wkb")


def read(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    """Every layer and attribute table of a spatial file, Shapefile or File Geodatabase; empty ones too.

    The layer of a format that holds only one is named after the file, unless the ontology knows its own name alone.
    Raises CannotFinish for a file that GDAL cannot open, or that is not what its name says.
    """
    set_up_gdal()
    tables: list[SourceTable] = []
    notes: list[Note] = []
    with warnings.catch_warnings(action="ignore"), tempfile.TemporaryDirectory(prefix="plancheck-") as folder:
        source = _source(path, name, Path(folder))
        try:
            layers = [str(layer) for layer, _ in pyogrio.list_layers(source.dataset)]
            for layer in layers:
                part = layer if len(layers) > 1 or source.keeps_names else _named(layer, path.stem, vocabulary)
                table, said = _layer(source, layer, name, part)
                tables.append(table)
                notes += [Note(text, Place(name, part, is_layer=table.is_layer)) for text in said]
            if is_geodatabase(path):
                geodatabase.refuse_loss(path, name, {table.part: len(table.rows) for table in tables})
        except (CRSError, UnboundLocalError):  # pyogrio 0.13 forgets a variable where PROJ cannot write a CRS out
            where = Text("（.prj 文件）", " (the .prj file)") if source.shapefile else Text("", "")
            why = Text(f"坐标系的定义{where.zh}读不懂。", f"its CRS{where.en} cannot be understood.")
            raise unreadable(name, why) from None
        except (RuntimeError, OSError, UnicodeDecodeError, pa.ArrowException) as error:
            detail = " ".join(str(error).split()).replace(source.dataset, name).replace(str(path), name)
            detail = _OF_SQLITE.sub("", detail.replace(folder, "").partition(";")[0])[:200]
            damaged = Text(f"文件已损坏（{detail}）。", f"it is damaged ({detail}).")
            raise unreadable(name, geojson.fault(path) if source.is_geojson else damaged) from None
        if source.shapefile is not None:
            shapefile.refuse_mismatch(Path(source.dataset), name)
    return Content(tuple(tables), notes=tuple(notes))


def set_up_gdal(more: Mapping[str, object] = {}) -> None:
    """Makes GDAL read in the way that all readers of shapes rely on, and keep its remarks to itself."""
    logging.getLogger("pyogrio").setLevel(logging.CRITICAL)
    pyogrio.set_gdal_config_options({**_GDAL, **more})


def arcs_as_chords() -> Text:
    """What is said where arcs were drawn as chords."""
    return Text(
        f"有图形以曲线记录，其中的圆弧以每 {_STEP}° 一段的折线代替，偏离不超过半径的 0.004%。",
        f"Some shapes are drawn as curves; chords of {_STEP}° stand for their arcs, no further off than "
        "0.004% of the radius.",
    )


def without_heights() -> Text:
    """What is said where shapes had a third or fourth dimension."""
    return Text(
        "图形的高程（Z）或量测值（M）没有读取。", "The heights (Z) or measures (M) of its shapes were not read."
    )


def main_file(file: Path, folder: Path, there: Mapping[str, Path]) -> Path:
    """What a file is read with: its geodatabase, or the .shp, .dbf or .gpkg that it is a part of, else itself.

    ``there``: the files of the package in ``folder`` by their paths, case-folded.
    """
    for parent in file.parents:
        if parent != folder and parent.is_relative_to(folder) and is_geodatabase(parent):
            return parent
    folded = str(file).casefold()
    for ending, parts in _PARTS.items():
        for part in parts:
            main = there.get(folded.removesuffix(part) + ending) if folded.endswith(part) else None
            if main is not None:
                return main
    return file


def is_geodatabase(path: Path) -> bool:
    """Whether this is the folder of a File Geodatabase."""
    return path.suffix.lower() == ".gdb" and path.is_dir()


# ---- what GDAL is given to open -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Source:
    """A dataset as GDAL is given it.

    ``keeps_names``: the format holds many layers, each with its own name. ``shapefile``: where one lies, whose texts
    are to be decoded. ``sqlite``: the database that GDAL reads. ``geojson_crs``: the CRS that a GeoJSON file names.
    """

    dataset: str
    keeps_names: bool = False
    shapefile: Path | None = None
    sqlite: Path | None = None
    is_geojson: bool = False
    geojson_crs: str | None = None


def _source(path: Path, name: str, folder: Path) -> _Source:
    """The file as GDAL may open it, copied to ``folder`` where GDAL would write or look beside it.

    GDAL goes by contents: a virtual dataset of another name would make it open other files, or addresses on the
    network. So contents are checked first, and the driver is named where GDAL takes its name.
    """
    match path.suffix.lower():
        case ".gdb":
            _refuse_strangers(path, name)
            return _Source(str(path), keeps_names=True)
        case ".gpkg":
            database = _quiet(path, name, folder)
            return _Source(f"GPKG:{database}", keeps_names=True, sqlite=database)
        case ".shp" | ".dbf":
            return _Source(str(shapefile.copy(path, name, folder)), shapefile=path)
        case ".gml":
            return _Source(str(gml.copy(path, name, folder)))
        case _:
            return _Source(f"GeoJSON:{path}", is_geojson=True, geojson_crs=geojson.named_crs(path, name))


def _refuse_strangers(path: Path, name: str) -> None:
    """Refuses a geodatabase with links or files of other formats, which GDAL would open in its place."""
    catalogue = path / _CATALOGUE
    if not catalogue.is_file() or catalogue.read_bytes()[:4] not in (b"\3\0\0\0", b"\4\0\0\0"):
        raise disguised(name)
    for file in sorted(path.iterdir()):
        if file.is_symlink() or not file.is_file() or not _OF_GEODATABASE.fullmatch(file.name):
            raise unreadable(
                f"{name}/{file.name}",
                Text("这不是地理数据库的文件。", "this is no file of a geodatabase."),
            )


def _quiet(path: Path, name: str, folder: Path) -> Path:
    """A GeoPackage that SQLite reads without writing: a copy, where changes lie beside it or might be put there."""
    with path.open("rb") as stream:
        head = stream.read(20)
    if not head.startswith(b"SQLite format 3\0"):
        raise disguised(name)
    beside = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
    beside = [file for file in beside if file.is_file() and not file.is_symlink()]
    is_logged = head[18:] == b"\2\2"
    if not beside and not is_logged and not set(':"') & set(str(path)):  # GDAL would end the name at these
        return path
    for file in (path, *beside):
        shutil.copyfile(file, folder / file.name.replace(path.name, "layer.gpkg"))
    return folder / "layer.gpkg"


def _named(layer: str, stem: str, vocabulary: Vocabulary) -> str:
    return layer if vocabulary.table(stem) is None and vocabulary.table(layer) is not None else stem


# ---- a layer --------------------------------------------------------------------------------------------------------


def _layer(source: _Source, layer: str, name: str, part: str) -> tuple[SourceTable, list[Text]]:
    """A layer, and what the user should know of how it was read."""
    encoding = shapefile.BYTES if source.shapefile else None
    meta, table = pyogrio.read_arrow(source.dataset, layer=layer, return_fids=True, encoding=encoding)
    shapes = [i for i, field in enumerate(table.schema) if _is_geometry(field)]
    fids = _one(table.column(0))
    columns = table.select([i for i in range(1, table.num_columns) if i not in shapes])
    notes: list[Text] = []
    if source.shapefile:
        columns, notes = shapefile.decode(columns, source.shapefile)
    if source.sqlite:
        columns = geopackage.with_strays(source.sqlite, layer, fids, columns)
    plain = [_plain(_one(column)) for column in columns.columns]
    broken = sum(found for _, found in plain)
    if broken:
        notes.append(
            Text(
                f"有 {broken} 处文字含无法识别的字节，以 {_NO_TEXT} 代替。",
                f"{broken} texts hold bytes that are no text; {_NO_TEXT} stands in their place.",
            )
        )
    geometry, crs = None, None
    if shapes:
        geometry, said = _flat(source.dataset, layer, fids, _one(table.column(shapes[0])).cast(pa.binary()))
        crs = _crs(meta.get("crs"))
        notes += said
    if shapes and source.is_geojson and not geojson.agrees(source.geojson_crs, crs):
        notes.append(_no_crs(source.geojson_crs))
        crs = None
    if len(shapes) > 1:
        notes.append(
            Text("有多个图形字段，只读取第一个。", "It has several geometry fields; only the first was read."),
        )
    rows, said = _rows(fids)
    attributes = pa.table(dict(zip(_distinct(columns.column_names), (c for c, _ in plain), strict=True)))
    cut_at = shapefile.LONGEST_NAME if source.shapefile else None
    return SourceTable(name, part, attributes, rows, geometry, crs, cut_at=cut_at), notes + said


def _is_geometry(field: pa.Field) -> bool:
    return bool(field.metadata) and field.metadata.get(b"ARROW:extension:name") in _WKB


def _one(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _rows(fids: pa.Array) -> tuple[pa.Array, list[Text]]:
    """The ids of the features; the order in which they stand where ids are too large to be shown as rows."""
    try:
        return fids.cast(pa.int32()), []
    except pa.ArrowInvalid:
        said = Text(
            "要素编号过大，改为从 1 起按顺序编号。",
            "The ids of its features are too large; they are numbered from 1 in their order.",
        )
        return pa.array(range(1, len(fids) + 1), pa.int32()), [said]


def _plain(column: pa.Array) -> tuple[pa.Array, int]:
    """A column that can be read as text, and how many of its texts held bytes that are none.

    Codes with a list of values (coded domains) stay codes, lists are written out, and days that a format can only keep
    as times of midnight are days again.
    """
    if pa.types.is_dictionary(column.type):
        column = column.indices
    if pa.types.is_string(column.type):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            column = column.cast(pa.binary())
        else:
            return column, pc.sum(pc.match_substring(column, _NO_TEXT)).as_py() or 0
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        texts = pa.array([None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()], pa.string())
        return texts, pc.sum(pc.match_substring(texts, _NO_TEXT)).as_py() or 0
    if pa.types.is_nested(column.type):
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string()), 0
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        days = column.cast(pa.date32(), safe=False)
        if pc.all(pc.equal(days.cast(column.type), column)).as_py() is not False:
            return days, 0
    return column, 0


def _distinct(names: Sequence[str]) -> list[str]:
    """Column names, with a number behind those that are there already (GeoJSON's own id and a property id)."""
    found: list[str] = []
    for name in names:
        found.append(name if name not in found else f"{name} #{found.count(name) + 1}")
    return found


def _crs(crs: str | None) -> str | None:
    """The CRS as pyproj reads it; GeoPackage's 'undefined' entries are no CRS."""
    return None if not crs or "undefined" in crs.casefold() else crs


def _no_crs(named: str | None) -> Text:
    if named is None:
        return Text("文件声明没有坐标系（crs 为 null）。", "The file states that it has no CRS (crs is null).")
    return Text(f"坐标系“{named}”无法识别。", f"The CRS '{named}' is not known.")


# ---- geometry -------------------------------------------------------------------------------------------------------


def _flat(dataset: str, layer: str, fids: pa.Array, geometry: pa.Array) -> tuple[pa.Array, list[Text]]:
    """The geometries in two dimensions with arcs as chords, and what was done to them.

    What cannot be read stays as it is, for the rules to find.
    """
    codes = _type_codes(geometry)
    curved = [row for row in np.flatnonzero(codes % _FLAT >= _COLLECTION) if _is_curved(geometry[int(row)].as_py())]
    high = np.setdiff1d(np.flatnonzero(codes >= _FLAT), curved)
    changed: dict[int, bytes] = {}
    notes = []
    if curved:
        # A condition makes GDAL count features instead of believing the file.
        _, ids, linear, _ = pyogrio.raw.read(
            dataset, layer=layer, columns=[], where="1=1", return_fids=True, force_2d=True
        )
        found = dict(zip(ids.tolist(), linear, strict=True))
        pairs = ((int(row), found.get(fids[int(row)].as_py())) for row in curved)
        changed |= {row: wkb for row, wkb in pairs if wkb is not None}
        notes.append(arcs_as_chords())
    if len(high):
        shapes = shapely.from_wkb(geometry.take(pa.array(high)).to_numpy(zero_copy_only=False), on_invalid="ignore")
        flat = zip(high.tolist(), shapely.to_wkb(shapely.force_2d(shapes)), strict=True)
        changed |= {row: wkb for row, wkb in flat if wkb is not None}
    if (codes >= _FLAT).any():
        notes.append(without_heights())
    if changed:
        geometry = pa.array([changed.get(row, wkb) for row, wkb in enumerate(geometry.to_pylist())], pa.binary())
    return geometry, notes


def _type_codes(geometry: pa.Array) -> npt.NDArray[np.int64]:
    """The type code of each WKB; 0 for a missing or too short one."""
    _, offsets, data = geometry.buffers()
    codes = np.zeros(len(geometry), np.int64)
    if data is None:
        return codes
    ends = np.frombuffer(offsets, np.int32)[geometry.offset : geometry.offset + len(geometry) + 1]
    there = np.flatnonzero(np.diff(ends) >= 5)
    heads = np.frombuffer(data, np.uint8)[ends[there][:, np.newaxis] + np.arange(5)]
    little, big = (np.ascontiguousarray(heads[:, 1:]).view(order)[:, 0] for order in ("<u4", ">u4"))
    codes[there] = np.where(heads[:, 0] == 1, little, big)
    return codes


def _is_curved(wkb: bytes) -> bool:
    try:
        shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        return True
    return False
