"""The grammar of amounts: whatever a writer of numbers can write is read back, and nothing else is."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.lift.numerals import Units, amount, chinese
from checker.vocabulary import normal

UNITS = Units(
    ["亩", "万亩", "%", "‰", "座", "平方公里", "km²", "元", "万元", "亿元", "平方米"], {"百分之": "%", "千分之": "‰"}
)
NAMES = st.sampled_from(["亩", "%", "座", "平方公里", "元", "平方米"])
FULL_WIDTH = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
numbers = st.decimals(0, 10**12, allow_nan=False, places=3).map(lambda d: d.normalize())


def read(text: str) -> tuple[Decimal, Decimal, str] | None:
    """Low, high and unit of the amount that a whole text is, or None."""
    plain = normal(text)
    found = amount(plain, 0, UNITS)
    return None if found is None or found.end != len(plain) else (found.low, found.high, found.unit)


def in_chinese(n: int) -> str:
    """A whole number below 10^12 in Chinese numerals, written out in full."""
    for factor, sign in ((10**8, "亿"), (10**4, "万")):
        if n >= factor:
            rest = n % factor
            gap = "零" if 0 < rest < factor // 10 else ""
            return in_chinese(n // factor) + sign + (gap + in_chinese(rest) if rest else "")
    out, is_gap = "", False
    for place, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // place % 10
        if digit:
            out += ("零" if is_gap and out else "") + "零一二三四五六七八九"[digit] + sign
        is_gap = not digit
    return out or "零"


@given(numbers, NAMES, st.booleans(), st.booleans())
def test_digits_with_or_without_groups_and_of_any_width(
    number: Decimal, unit: str, is_grouped: bool, is_wide: bool
) -> None:
    text = f"{number:,f}" if is_grouped else f"{number:f}"
    if is_wide and not is_grouped:
        text = text.translate(FULL_WIDTH)
    assert read(text + unit) == (number, number, normal(unit))


@given(st.integers(0, 10**12 - 1), NAMES)
def test_chinese_numerals(number: int, unit: str) -> None:
    found = read(in_chinese(number) + unit)
    assert found is not None
    low, high, name = found
    worth = {"万亩": 10**4, "万元": 10**4, "亿元": 10**8}.get(name, 1)
    assert low == high and low * worth == number


@given(st.integers(0, 9999), st.text("零一二三四五六七八九", min_size=1, max_size=6))
def test_chinese_decimals(whole: int, decimals: str) -> None:
    digits = "".join(str("零一二三四五六七八九".index(sign)) for sign in decimals)
    assert chinese(f"{in_chinese(whole)}点{decimals}") == Decimal(f"{whole}.{digits}")


@given(st.text("零〇一二两三四五六七八九十百千万亿点", max_size=12))
@settings(max_examples=400)
def test_what_is_read_is_what_a_writer_would_write(text: str) -> None:
    """Numerals that are read at all are those of the number, but for 两, 〇, 十 for 一十 and places left out at the end."""
    number = chinese(text)
    if number is None or "点" in text:
        return
    said = text.replace("两", "二").replace("〇", "零")
    full = in_chinese(int(number))
    if full.startswith("一十") and said.startswith("十"):
        full = full[1:]
    assert said == full.replace("一十", "十") or said.replace("一十", "十") == full.replace("一十", "十")


@given(numbers, numbers, NAMES, st.sampled_from(["-", "—", "——", "～", "至", "到", "–"]))
def test_ranges(one: Decimal, other: Decimal, unit: str, between: str) -> None:
    expected = (one, other, normal(unit)) if one < other else None
    assert read(f"{one:f}{between}{other:f}{unit}") == expected
    assert read(f"{one:f}{unit}{between}{other:f}{unit}") == expected


@given(st.integers(0, 9999), st.sampled_from([("百分之", "%"), ("千分之", "‰")]))
def test_a_unit_before_its_number(number: int, pair: tuple[str, str]) -> None:
    before, unit = pair
    assert read(f"{before}{number}") == read(f"{before}{in_chinese(number)}") == (number, number, unit)


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "step"),
    [
        ("10—15万平方米", 100_000, 150_000, "平方米", 10_000),
        ("10万—15万平方米", 100_000, 150_000, "平方米", 10_000),
        ("120万座", 1_200_000, 1_200_000, "座", 10_000),
        ("12.50万亩", "12.50", "12.50", "万亩", "0.01"),
        ("三百万亩", 300, 300, "万亩", 1),
        ("1,200座", 1200, 1200, "座", 1),
        ("36.2km²", "36.2", "36.2", "km2", "0.1"),
    ],
)
def test_the_step_is_that_of_the_last_digit(text: str, low: object, high: object, unit: str, step: object) -> None:
    found = amount(normal(text), 0, UNITS)
    assert found is not None
    assert (found.low, found.high, found.unit) == (Decimal(str(low)), Decimal(str(high)), unit)
    assert found.step == Decimal(str(step))


@pytest.mark.parametrize(
    "text",
    [
        "一百二座", "一万二座", "九五座", "百座", "万亩座", "十十座", "一千五十座", "二零座", "12", "1,20座", "1,2345座",
        "12.座", ".5座", "1.2.3座", "12345678901234567座", "1.2345678座", "15—10座", "10万—15座", "10亩—15座", "-5座", "5-座",
    ],
)  # fmt: skip
def test_what_may_mean_two_numbers_or_none_is_no_amount(text: str) -> None:
    assert read(text) is None


@given(st.text("0123456789,.零一二十百千万亿点-—至座%百分之 ", max_size=300))
@settings(max_examples=300)
def test_any_text_is_read_in_no_time(text: str) -> None:
    started = time.process_time()
    for at in range(len(text)):
        found = amount(text, at, UNITS)
        assert found is None or (found.start == at < found.end <= len(text) and found.low <= found.high)
    assert time.process_time() - started < 1
