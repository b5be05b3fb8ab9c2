"""Workbooks of the old format: read by the same rules as new ones."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import CannotFinish
from checker.readers import oldsheets
from tests.builtin import TERMS


def old_workbook(
    path: Path, sheet: str, rows: Sequence[Sequence[str | float]], merged: Sequence[tuple[int, ...]]
) -> Path:
    """An .xls (BIFF8 in an OLE2 container) with one sheet. ``merged``: first and last row, first and last column, from 0."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def wide(text: str, count: str) -> bytes:
        return struct.pack(f"<{count}B", len(text), 1) + text.encode("utf-16-le")

    cells = b""
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            at = struct.pack("<HHH", i, j, 0)
            cells += (
                record(0x204, at + wide(cell, "H"))
                if isinstance(cell, str)
                else record(0x203, at + struct.pack("<d", cell))
            )
    begin, end = 0x809, record(0x0A, b"")
    areas = record(0xE5, struct.pack("<H", len(merged)) + b"".join(struct.pack("<HHHH", *area) for area in merged))
    body = record(begin, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + areas + end
    head = (
        record(begin, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
        + record(0x42, struct.pack("<H", 1200))
        + record(0xE0, bytes(20))
    )
    bound = len(head) + len(record(0x85, struct.pack("<IH", 0, 0) + wide(sheet, "B"))) + len(end)
    stream = head + record(0x85, struct.pack("<IH", bound, 0) + wide(sheet, "B")) + end + body
    stream += bytes(max(4096, -(-len(stream) // 512) * 512) - len(stream))
    sectors = len(stream) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    fat = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = (name + "\0").encode("utf-16-le")
        links = struct.pack("<BBiii", kind, 1, -1, -1, child)
        return raw.ljust(64, b"\0") + struct.pack("<H", len(raw)) + links + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, -1, 2, len(stream)) + bytes(256)
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    path.write_bytes(header + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108) + fat + directory + stream)
    return path


ROWS: list[list[str | float]] = [
    ["项目编号", "总投资（万元）", "牵头单位"],
    ["P-1", 3200.0, "数据局"],
    ["P-2", 0.5],
    ["合计", 3200.5],
]


def test_the_old_format_is_read_by_the_same_rules(tmp_path: Path) -> None:
    found = oldsheets.read(old_workbook(tmp_path / "旧.xls", "附表1 项目表", ROWS, [(1, 2, 2, 2)]), "旧.xls", TERMS)
    assert len(found.tables) == 1
    assert found.tables[0].columns.to_pydict() == {
        "项目编号": ["P-1", "P-2"],
        "总投资（万元）": ["3200", "0.5"],
        "牵头单位": ["数据局", "数据局"],
    }
    assert found.tables[0].rows.to_pylist() == [2, 3]
    assert "第 4 行是合计" in found.notes[-1].text.zh


def test_a_page_of_the_web_named_xls_is_refused(tmp_path: Path) -> None:
    (tmp_path / "坏.xls").write_bytes("<table><tr><td>项目编号</td></tr></table>".encode())
    with pytest.raises(CannotFinish) as error:
        oldsheets.read(tmp_path / "坏.xls", "坏.xls", TERMS)
    assert error.value.where == "坏.xls" and str(tmp_path) not in str(error.value)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 255)), min_size=1, max_size=5))
def test_no_damage_ends_it_but_in_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    path = old_workbook(tmp_path_factory.getbasetemp() / "损.xls", "项目表", ROWS, [(1, 2, 2, 2)])
    data = bytearray(path.read_bytes())
    for at, byte in damage:
        data[at] = byte
    path.write_bytes(data)
    try:
        oldsheets.read(path, path.name, TERMS)
    except CannotFinish as error:
        assert error.remedy.zh
