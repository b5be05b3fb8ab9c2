"""CSV files in the encodings and with the delimiters that Excel, WPS and databases write."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import CannotFinish
from checker.model import Content
from checker.readers import delimited
from tests.builtin import TERMS

TEXT = "项目编号,项目名称,总投资（万元）\r\nP-1,算力中心,3200\r\nP-2,城市信息平台,800\r\n"
ROWS = {"项目编号": ["P-1", "P-2"], "项目名称": ["算力中心", "城市信息平台"], "总投资（万元）": ["3200", "800"]}


def read(folder: Path, data: bytes, name: str = "项目表.csv") -> Content:
    (folder / name).write_bytes(data)
    return delimited.read(folder / name, name, TERMS)


def columns(content: Content) -> dict[str, list[str | None]]:
    assert len(content.tables) == 1
    found: dict[str, list[str | None]] = content.tables[0].columns.to_pydict()
    return found


def refusal(folder: Path, data: bytes) -> str:
    with pytest.raises(CannotFinish) as error:
        read(folder, data)
    assert error.value.where == "项目表.csv" and str(folder) not in str(error.value)
    return error.value.problem.zh


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("gbk", "GB18030"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, said: str | None) -> None:
    found = read(tmp_path, TEXT.encode(encoding))
    assert columns(found) == ROWS
    assert found.tables[0].part == "项目表"
    assert [note.text.zh for note in found.notes] == ([f"文件不是 UTF-8，按 {said} 编码读取。"] if said else [])


def test_utf_16_of_either_order(tmp_path: Path) -> None:
    assert columns(read(tmp_path, b"\xfe\xff" + TEXT.encode("utf-16-be"))) == ROWS


def test_a_character_outside_gbk(tmp_path: Path) -> None:
    assert columns(read(tmp_path, TEXT.replace("算", "㐂").encode("gb18030")))["项目名称"][0] == "㐂力中心"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode()[:4] + TEXT.encode()[5:],
        TEXT.encode().replace("算".encode(), "算".encode()[:2]),
        TEXT.encode("utf-16-le"),
        TEXT.encode().replace(b"800", b"8\x000"),
        b"\xff\xfe" + TEXT.encode("utf-16-le")[:-1],
        b"\xef\xbb\xbf" + TEXT.encode("gbk"),
        TEXT.encode("gbk") + b"\xff\xff",
    ],
    ids=[
        "byte-lost",
        "character-cut",
        "utf-16-unmarked",
        "nul",
        "half-a-character",
        "mark-of-another",
        "no-bytes-of-text",
    ],
)
def test_what_is_in_no_encoding_never_becomes_other_words(tmp_path: Path, data: bytes) -> None:
    assert "编码无法识别" in refusal(tmp_path, data)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ("项目表", "", ""),
        ("项目编号", "项目名称", "总投资（万元）"),
        ("P-1", "甲、乙", "3,200"),
        ("P-2", "丙;丁", "1,5"),
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    found = columns(read(tmp_path, out.getvalue().encode()))
    assert found == {"项目编号": ["P-1", "P-2"], "项目名称": ["甲、乙", "丙;丁"], "总投资（万元）": ["3,200", "1,5"]}


def test_rows_are_numbered_as_excel_shows_them(tmp_path: Path) -> None:
    text = '项目编号,建设内容\nP-1,"机房\n与\u2028平台"\n\n\nP-2,道路\n合计,\n'
    found = read(tmp_path, text.encode())
    assert columns(found)["建设内容"] == ["机房\n与\u2028平台", "道路"]
    assert found.tables[0].rows.to_pylist() == [2, 5]
    assert found.notes[0].place.row == 6


def test_a_header_of_two_rows_as_excel_saves_it(tmp_path: Path) -> None:
    text = "附表1,,,\n项目编号,项目名称,投资（万元）,\n,,总投资,近期投资\nP-1,甲,3,1\n"
    assert list(columns(read(tmp_path, text.encode()))) == [
        "项目编号",
        "项目名称",
        "总投资（万元）",
        "近期投资（万元）",
    ]


def test_a_form(tmp_path: Path) -> None:
    found = read(tmp_path, "规划编号,TEST-1\n规划名称,试算市（虚构）智慧城市规划\n".encode("gbk"), "规划信息.csv")
    assert found.tables[0].is_form
    assert columns(found)["规划编号"] == ["TEST-1"]


@pytest.mark.parametrize("name", ["附表1 项目表.csv", "项目表（近期）.CSV"])
def test_the_file_names_the_table(tmp_path: Path, name: str) -> None:
    kind = TERMS.table("项目表")
    assert kind is not None
    assert read(tmp_path, TEXT.encode(), name).tables[0].kind == kind.iri


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('项目编号,项目名称\nP-1,"算力中心\n', "引号不成对"),
        ('项目编号,项目名称\nP-1,"算力"中心\n', "引号不成对"),
        ("项目编号,项目名称\nP-1," + "甲" * 200_000 + "\n", "过多"),
        ("项目编号,项目名称\nP-1," + "," * 20_000 + "\n", "过多"),
        ("项目编号,项目名称\n" + "," * (1 << 20) + "\n", "第 2 行超过"),
    ],
    ids=["open-quote", "quote-in-text", "long-cell", "wide-row", "long-line"],
)
def test_what_cannot_be_cut_into_cells_is_refused(tmp_path: Path, data: str, words: str) -> None:
    assert words in refusal(tmp_path, data.encode())


def test_a_file_of_over_64_mib(tmp_path: Path) -> None:
    with (tmp_path / "项目表.csv").open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    with pytest.raises(CannotFinish) as error:
        delimited.read(tmp_path / "项目表.csv", "项目表.csv", TERMS)
    assert "64 MiB" in error.value.problem.zh


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n,,\n"])
def test_an_empty_file_of_a_known_name_is_an_empty_table(tmp_path: Path, data: bytes) -> None:
    found = read(tmp_path, data)
    assert found.tables[0].columns.num_columns == 0 and len(found.tables[0].rows) == 0


CELLS = st.text("算力中心甲乙丙 ,;\t\"'\nA1（）", max_size=8).map(str.strip)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=3, max_size=8),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_file_reads_back_the_same(rows: Sequence[tuple[str, ...]], delimiter: str, encoding: str, end: str) -> None:
    rows = [(f"P-{i}", f"项目{row[0]}", *row[1:]) for i, row in enumerate(rows)]
    head = ("项目编号", "项目名称", "建设内容", "建设地点")
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([head, *rows])
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), out.getvalue().encode(encoding))
    expected = {name: [row[i] or None for row in rows] for i, name in enumerate(head)}
    assert columns(found) == expected
    assert found.tables[0].rows.to_pylist() == list(range(2, len(rows) + 2))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            read(Path(folder), data)
        except CannotFinish as error:
            assert error.problem.zh and error.remedy.en
