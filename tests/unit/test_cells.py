"""Cells as people write them, and what must not become a value."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.lift import cells
from tests.builtin import TERMS

ONE = Decimal(1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3200", "3200"),
        ("3,200.5", "3200.5"),
        ("３２００", "3200"),
        (" 12 ", "12"),
        ("-4", "-4"),
        ("1.2亿元", "12000"),
        ("3200万元", "3200"),
        ("约3000", None),
        ("3000左右", None),
        ("3000-5000", None),
        ("三千", None),
        ("", None),
        ("12美元", None),
        ("3，200", "3200"),
        ("80%", "0.8"),
        ("８０％", "0.8"),
        ("\u22124", "-4"),
        ("￥3200", None),
        ("3000（2—3 行合并）", None),
        ("#REF!", None),
    ],
)
def test_decimal(text: str, value: str | None) -> None:
    assert cells.decimal(text, ONE, TERMS) == (None if value is None else Decimal(value))


def test_decimal_takes_the_unit_of_its_column() -> None:
    assert cells.decimal("15", TERMS.unit("亩").to_base, TERMS) == Decimal("10000.000005")  # type: ignore[union-attr]
    assert cells.decimal("1.5", TERMS.unit("公顷").to_base, TERMS) == Decimal("15000")  # type: ignore[union-attr]
    assert cells.decimal("12.5公顷", TERMS.unit("亩").to_base, TERMS) == Decimal("125000")  # type: ignore[union-attr]
    assert cells.decimal("80%", TERMS.unit("%").to_base, TERMS) == Decimal("0.8")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2027", 2027),
        ("２０２７年", 2027),
        ("1,200", 1200),
        ("3.0", 3),
        ("-2", -2),
        ("1,2", None),
        ("2.5", None),
        ("9" * 19, None),
    ],
)
def test_integer(text: str, value: int | None) -> None:
    assert cells.integer(text) == value


@pytest.mark.parametrize(
    ("text", "edge", "value"),
    [
        ("2026-03-05", "start", "2026-03-05"),
        ("2026年3月5日", "start", "2026-03-05"),
        ("2026/3/5", "start", "2026-03-05"),
        ("2026.03", "start", "2026-03-01"),
        ("2026.3", "start", "2026-03-01"),
        ("2026.1", "start", None),
        ("2026.10", "start", "2026-10-01"),
        ("2026.1.5", "start", "2026-01-05"),
        ("2026-1", "start", "2026-01-01"),
        ("46082", "start", None),
        ("2026年3月", "end", "2026-03-31"),
        ("2024年2月", "end", "2024-02-29"),
        ("２０２６年", "start", "2026-01-01"),
        ("2026", "end", "2026-12-31"),
        ("2026-03-05 00:00:00", "start", "2026-03-05"),
        ("2026年13月", "start", None),
        ("2026-02-30", "start", None),
        ("2026年底", "end", None),
        ("近期", "start", None),
        ("2026—2028", "start", None),
    ],
)
def test_date(text: str, edge: str, value: str | None) -> None:
    assert cells.date(text, edge) == (None if value is None else dt.date.fromisoformat(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026—2028年", ("2026-01-01", "2028-12-31")),
        ("2026-2028", ("2026-01-01", "2028-12-31")),
        ("2026~2028", ("2026-01-01", "2028-12-31")),
        ("2026年3月至2027年6月", ("2026-03-01", "2027-06-30")),
        ("2026.03-2027.06", ("2026-03-01", "2027-06-30")),
        ("2026.1-2027.1", ("2026-01-01", "2027-01-31")),
        ("2026.1", None),
        ("2026-03-01至2027-06-15", ("2026-03-01", "2027-06-15")),
        ("2026年", ("2026-01-01", "2026-12-31")),
        ("2028-2026", None),
        ("2026年起", None),
        ("长期", None),
    ],
)
def test_period(text: str, value: tuple[str, str] | None) -> None:
    expected = None if value is None else tuple(dt.date.fromisoformat(day) for day in value)
    assert cells.period(text) == expected


@given(
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y年%m月%d日", "%Y/%m/%d", "%Y.%m.%d"]),
)
def test_every_day_is_read_back(day: dt.date, form: str) -> None:
    assert cells.date(day.strftime(form), "start") == day


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_every_number_is_read_back(number: Decimal) -> None:
    assert cells.decimal(format(number, ",f"), ONE, TERMS) == number


@given(st.text(max_size=20))
def test_no_text_breaks_a_parser(text: str) -> None:
    cells.decimal(text, ONE, TERMS)
    cells.integer(text)
    cells.boolean(text)
    cells.period(text)
    cells.date(text, "end")


def test_entries_of_a_cell() -> None:
    assert cells.items("需求甲、需求乙；需求丙\n需求丁; ") == ["需求甲", "需求乙", "需求丙", "需求丁"]


def test_why_a_cell_is_no_value() -> None:
    assert cells.failed("=A1+1") == cells.broken("=A1+1") is not None
    assert cells.failed("#DIV/0!") is not None
    assert cells.failed("1.2E+3") is None and cells.broken("1.2E+17") is not None
