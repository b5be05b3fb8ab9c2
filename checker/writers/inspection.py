"""What was read of a package, for a terminal or as JSON: files, tables with their columns, texts, and what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from json import dumps
from pathlib import PurePosixPath
from typing import Any

from checker.errors import Text
from checker.model import Basis, Document, Inspection, PlanSummary, Reading, Treatment
from checker.writers import json
from checker.writers.text import remark, where

_DEFINED = re.compile(r'\w+\["([^"]+)"')  # WKT: PROJCS["CGCS2000 / …

# What shows that a content is treated, as people read it.
_BASES: Mapping[Basis, Text] = {
    Basis.RECORDED: Text("已有记录", "recorded"),
    Basis.STATED: Text("对照表写明", "stated in the table of contents by requirement"),
    Basis.NOT_IN_TEXT: Text("对照表写明，文本中没有", "stated, but not in the text"),
    Basis.NOT_SEEN: Text("对照表写明，没有可读的文本", "stated, but there is no text to read"),
    Basis.NOT_CONCERNED: Text("声明不涉及", "declared as not concerned"),
    Basis.WORDS: Text("仅用词相符，待人确认", "by its words only, for a person to confirm"),
    Basis.NOTHING: Text("没有找到", "not found"),
}


def write(inspection: Inspection, lang: str) -> str:
    """Plain text; the same package gives the same bytes."""
    return "\n".join(_lines(inspection, lang)) + "\n"


def write_json(inspection: Inspection, lang: str) -> str:  # noqa: ARG001 - JSON carries both languages
    """The same as JSON, in both languages."""
    missing = [{"what": json.text(what), "rules": list(codes)} for what, codes in inspection.missing]
    notes = [json.note(note) for note in inspection.notes]
    found = {"plans": [_plan(plan) for plan in inspection.plans], "missing": missing, "notes": notes}
    return dumps(found, ensure_ascii=False, indent=1) + "\n"


def _plan(plan: PlanSummary) -> dict[str, Any]:
    documents = [
        {"file": d.file, "paragraphs": len(d.paragraphs), "headings": [p.text for p in d.paragraphs if p.level]}
        for d in plan.documents
    ]
    tables = [_reading(reading) for reading in plan.readings]
    return {
        **json.plan(plan),
        "tables": tables,
        "documents": documents,
        "contents": [_treatment(treatment) for treatment in plan.treatments],
    }


def _treatment(treatment: Treatment) -> dict[str, Any]:
    return {
        "content": json.text(treatment.content),
        "basis": treatment.basis.value,
        "said": json.text(treatment.said),
        "passages": [{"place": json.place(place), "text": text} for place, text in treatment.passages],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "place": json.place(reading.place),
        "kind": json.text(reading.kind),
        "rows": reading.rows,
        "crs": reading.crs,
        "columns": [{"heading": c.heading, "readAs": json.text(c.label), "unit": c.unit} for c in reading.columns],
        "lacking": [json.text(label) for label in reading.lacking],
    }


def _lines(inspection: Inspection, lang: str) -> Iterator[str]:
    for plan in inspection.plans:
        head = Text("送审规划", "plan under review") if plan.role == "under-review" else Text("参照", "to compare with")
        yield f"{head.in_(lang)}{'：' if lang == 'zh' else ': '}{plan.title}  [{plan.kind.in_(lang)}  {plan.identifier}]"
        for name in _sources(plan):
            yield f"  {name}"
            yield from (line for r in plan.readings if r.place.file == name for line in _table(r, lang))
            yield from (line for d in plan.documents if d.file == name for line in _text(d, lang))
        if plan.treatments:
            yield f"  {Text('应载内容', 'required contents').in_(lang)}"
            yield from (line for treatment in plan.treatments for line in _content(treatment, lang))
        yield ""
    if inspection.missing:
        yield f"── {Text('没有提交', 'not given').in_(lang)} " + "─" * 40
        yield from (f"  {what.in_(lang)}  [{'、'.join(codes)}]" for what, codes in inspection.missing)
        yield ""
    if inspection.notes:
        yield f"── {Text('读取说明', 'remarks on reading').in_(lang)} " + "─" * 40
        yield from (f"  {remark(note, lang)}" for note in inspection.notes)


def _sources(plan: PlanSummary) -> Iterable[str]:
    """The files of a plan by name, but a geodatabase, which is read as one, by the name of its folder."""
    read = {reading.place.file for reading in plan.readings}
    folders = (
        [f"{parent}" for parent in PurePosixPath(file.name).parents if str(parent) in read] for file in plan.files
    )
    return dict.fromkeys(folder[0] if folder else file.name for folder, file in zip(folders, plan.files, strict=True))


def _table(reading: Reading, lang: str) -> Iterator[str]:
    kind = reading.kind.in_(lang) if reading.kind else Text("不认识，没有读取", "not known, not read").in_(lang)
    rows = Text(f"{reading.rows} 行", f"{reading.rows} row{'s' * (reading.rows != 1)}").in_(lang)
    if reading.place.is_layer:
        crs = _crs(reading.crs) or Text("没有坐标系", "no CRS").in_(lang)
        rows = (
            Text(f"{reading.rows} 个要素", f"{reading.rows} feature{'s' * (reading.rows != 1)}").in_(lang) + f"  {crs}"
        )
    yield f"    {reading.place.part or reading.place.file}  →  {kind}  {rows}"
    known = [c for c in reading.columns if c.label is not None]
    for column in known:
        unit = f"  ({column.unit})" if column.unit else ""
        yield f"      {column.heading}  →  {column.label.in_(lang) if column.label else ''}{unit}"
    unread = [c.heading for c in reading.columns if c.label is None]
    if unread:
        yield f"      {Text('没有读取的列', 'columns not read').in_(lang)}: {'、'.join(unread)}"
    if reading.lacking:
        yield f"      {Text('缺少的列', 'columns lacking').in_(lang)}: {'、'.join(c.in_(lang) for c in reading.lacking)}"


def _crs(crs: str | None) -> str | None:
    """A CRS by its code, or by the name in its definition, which is too long to be shown."""
    named = _DEFINED.match(crs or "")
    return named[1] if named else crs


def _content(treatment: Treatment, lang: str) -> Iterator[str]:
    said = f"{Text('：', ': ').in_(lang)}{treatment.said.in_(lang)}" if treatment.said else ""
    yield f"    {treatment.content.in_(lang)}  →  {_BASES[treatment.basis].in_(lang)}{said}"
    yield from (f"      {where(place, lang)}  {text}" for place, text in treatment.passages)


def _text(document: Document, lang: str) -> Iterator[str]:
    count = len(document.paragraphs)
    yield f"    {Text(f'{count} 段文字', f'{count} paragraphs').in_(lang)}"
    for paragraph in document.paragraphs:
        if paragraph.level is not None and paragraph.level <= 2:
            yield f"      {'  ' * (paragraph.level - 1)}{paragraph.text}"
