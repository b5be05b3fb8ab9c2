"""Reads a DXF drawing: each of its layers as a table of shapes, with the entities' handles, and without a CRS."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyogrio
import shapely

from checker.errors import Text
from checker.model import Content, Note, Place, SourceTable
from checker.readers import drawing, layers
from checker.readers.drawing import Drawing
from checker.readers.refusal import unreadable
from checker.vocabulary import TableKind, Vocabulary

_GDAL = {
    "DXF_ENCODING": "UTF-8",  # of the copy that is read
    "DXF_MERGE_BLOCK_GEOMETRIES": False,
    "DXF_FEATURE_LIMIT_PER_BLOCK": -1,  # what blocks come to was counted before
}
_LAYER, _HANDLE, _GEOMETRY = "Layer", "EntityHandle", "wkb_geometry"  # as GDAL calls them
_LINE, _POLYGON = 1, 3  # shapely's type ids
_AREAS = (None, "polygon")  # the geometry of kinds of layers in which a closed line encloses an area
_SHOWN = 8  # names in a remark

_Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Entities:
    """What GDAL reads of a drawing, in the order of the file: layer, handle and geometry of each entity, its number."""

    layers: npt.NDArray[np.object_]
    handles: npt.NDArray[np.object_]
    shapes: _Geometries
    rows: npt.NDArray[np.int64]

    def only(self, kept: npt.NDArray[np.bool_]) -> _Entities:
        return _Entities(self.layers[kept], self.handles[kept], self.shapes[kept], self.rows[kept])


def read(path: Path, name: str, vocabulary: Vocabulary) -> Content:
    """The layers of a drawing that draw something. What is drawn and cannot be read is a row without geometry.

    Closed lines are polygons where the ontology knows the layer's name and its kind is not one of lines or points.
    Raises CannotFinish for a file that is no text DXF, is damaged, or draws too much.
    """
    with tempfile.TemporaryDirectory(prefix="plancheck-") as folder:
        copy = Path(folder) / "layer.dxf"
        found = drawing.copy(path, name, copy)
        entities = _entities(copy, name)
    tables, notes = [], [Note(text, Place(name)) for text in _remarks(found, entities, vocabulary)]
    for layer in sorted(found.drawn):
        kind = vocabulary.drawn(layer)
        shown = entities.only(entities.layers == layer)
        lost = max(found.drawn[layer] - len(shown.rows), 0)
        said = [_lost(lost)] if lost else []
        if kind is not None and kind.geometry in _AREAS:
            shown, remarks = _with_areas(shown)
            said += remarks
        tables.append(_table(name, layer, kind, shown, lost))
        notes += [Note(text, Place(name, layer, is_layer=True)) for text in said]
    return Content(tuple(tables), notes=tuple(notes))


def _entities(copy: Path, name: str) -> _Entities:
    layers.set_up_gdal(_GDAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            _, table = pyogrio.read_arrow(copy, columns=[_LAYER, _HANDLE])
            wkb = table[_GEOMETRY].combine_chunks().cast(pa.binary()).to_numpy(zero_copy_only=False)
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        layer_names, handles = (table[column].to_pylist() for column in (_LAYER, _HANDLE))
    except (RuntimeError, UnicodeDecodeError, pa.ArrowException, NotImplementedError):
        raise unreadable(name, Text("图形无法读出。", "its shapes cannot be read.")) from None
    names = np.array([drawing.unescaped((layer or drawing.BASE).strip()) for layer in layer_names], dtype=object)
    return _Entities(names, np.array(handles, dtype=object), shapes, np.arange(1, len(names) + 1))


def _table(name: str, layer: str, kind: TableKind | None, shown: _Entities, lost: int) -> SourceTable:
    """A layer, with a row for every entity that was lost: nothing is judged as if it were not there."""
    nothing = [None] * lost
    return SourceTable(
        name,
        layer,
        pa.table({_HANDLE: pa.array([*shown.handles, *nothing], pa.string())}),
        pa.array([*shown.rows.tolist(), *nothing], pa.int32()),
        pa.array([*shapely.to_wkb(shapely.force_2d(shown.shapes)), *nothing], pa.binary()),
        kind=kind.iri if kind else None,
        names_crs=False,
    )


def _with_areas(shown: _Entities) -> tuple[_Entities, list[Text]]:
    """The entities with closed lines as polygons, and what the user should know of that.

    Many draw an outline and hatch it too; a hatch that is the same as an outline is left out.
    """
    kinds, shapes = shapely.get_type_id(shown.shapes), shapely.force_2d(shown.shapes)
    is_line, is_hatch = kinds == _LINE, kinds == _POLYGON
    is_ring = is_line & shapely.is_closed(shapes) & (shapely.get_num_coordinates(shapes) > 3)
    if is_ring.any():
        corners, ring = shapely.get_coordinates(shapes[is_ring], return_index=True)
        shapes[is_ring] = shapely.polygons(shapely.linearrings(corners, indices=ring))
    outlines = set(shapely.to_wkb(shapely.normalize(shapes[is_ring])).tolist())
    is_twice = np.zeros(len(shapes), dtype=bool)
    is_twice[is_hatch] = [wkb in outlines for wkb in shapely.to_wkb(shapely.normalize(shapes[is_hatch])).tolist()]
    open_, twice = int((is_line & ~is_ring).sum()), int(is_twice.sum())
    said = []
    if open_:
        said.append(
            Text(
                f"有 {open_} 条线没有闭合，围不成面。请在 CAD 中闭合后再导出。",
                f"{open_} lines are not closed and enclose nothing. Close them in your CAD program and export again.",
            )
        )
    if twice:
        said.append(
            Text(
                f"有 {twice} 个填充与边界线重合，只读取边界线。",
                f"{twice} hatches are the same as an outline; only the outlines were read.",
            )
        )
    return _Entities(shown.layers, shown.handles, shapes, shown.rows).only(~is_twice), said


def _lost(count: int) -> Text:
    return Text(
        f"有 {count} 个图元没有读出，各作为没有图形的一行。",
        f"{count} entities could not be read; each stands as a row without geometry.",
    )


def _remarks(found: Drawing, entities: _Entities, vocabulary: Vocabulary) -> list[Text]:
    """What the user should know of the drawing as a whole."""
    said = []
    if not found.is_as_stated:
        said.append(
            Text(
                f"文字编码与文件所说明的不符或没有说明，按 {found.encoding.upper()} 读取。",
                f"The encoding of its texts is not stated, or not as stated; it was read as {found.encoding.upper()}.",
            )
        )
    if found.written:
        said.append(
            Text(
                f"有 {found.written} 处文字和标注没有读取：图形的属性请用表格或 .gpkg 提交。",
                f"{found.written} texts and dimensions were not read: hand in what is to be said of shapes as a table or .gpkg.",
            )
        )
    if found.on_sheets:
        said.append(
            Text(
                f"布局（图纸空间）中的 {found.on_sheets} 个图元没有读取。",
                f"{found.on_sheets} entities of print layouts (paper space) were not read.",
            )
        )
    if found.has_arcs:
        said.append(layers.arcs_as_chords())
    if found.has_splines:
        said.append(
            Text(
                "样条曲线以每个控制点约 8 段的折线代替，偏离多少没有保证。",
                "Splines were drawn with about 8 chords for each control point; how far these are off is not known.",
            )
        )
    if shapely.has_z(entities.shapes).any():
        said.append(layers.without_heights())
    if found.unread:
        kinds = ", ".join(f"{kind} × {count}" for kind, count in found.unread.items())
        said.append(
            Text(
                f"这些图元不能读取：{kinds}。天正等软件的对象请先分解（导出为 T3 格式或用 EXPLODE）。",
                f"These entities cannot be read: {kinds}. Explode the objects of add-on programs first.",
            )
        )
    if found.elsewhere:
        zh, en = _some(found.elsewhere)
        said.append(
            Text(
                f"图块或外部参照{zh}的内容不在文件中，没有读取。请先绑定外部参照。",
                f"The blocks or external references {en} are not in the file and were not read. Bind them first.",
            )
        )
    empty = [layer for layer in found.defined if layer not in found.drawn and vocabulary.drawn(layer)]
    if empty:
        zh, en = _some(empty)
        said.append(
            Text(
                f"图层{zh}没有图形，按未提供处理。若确实没有此类范围，请用 .gpkg 提交空图层。",
                f"The layers {en} draw nothing and count as not given. If there is nothing of that kind, say so by an "
                "empty layer in a .gpkg.",
            )
        )
    return said


def _some(names: Iterable[str]) -> tuple[str, str]:
    """Names as quoted lists in Chinese and English, cut short where they are many."""
    names = list(names)
    zh, en = "、".join(f"“{n}”" for n in names[:_SHOWN]), ", ".join(f"'{n}'" for n in names[:_SHOWN])
    more = len(names) - _SHOWN
    return (f"{zh}等 {len(names)} 个", f"{en} and {more} more") if more > 0 else (zh, en)
