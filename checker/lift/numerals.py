"""Reads amounts in running text: a number with its unit, or a range of numbers, to exact decimals.

An amount is one of

    number unit                12.5万亩   １２.５％   1,200座   三千二百座   十二点五万亩   120万平方米
    number to number unit      10—15万亩   10%～15%   五至八座
    unit-before number         百分之九十五   千分之3

A number is written in digits, with thousands in groups of three or ungrouped, at most 15 digits and six decimals, or in
Chinese numerals that can mean one number only: 一百二 (120 or 102?) and 九五 (95, or a year?) are none. 万 and 亿 may stand
between number and unit. Units are the words that the caller gives. Whatever else stands there is no amount. Text is
expected as ``vocabulary.normal`` leaves it; every step looks at a bounded number of characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from checker.vocabulary import normal

_DIGITS = re.compile(r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.(\d{1,6}))?(?![,.]?\d)")
_NUMERALS = re.compile(r"[零〇一二两三四五六七八九十百千万亿点]{1,24}")
_MAGNITUDES = {"万亿": 10**12, "亿": 10**8, "万": 10**4}
_VALUES = {"零": 0, "〇": 0, **{sign: i for i, sign in enumerate("一二三四五六七八九", 1)}, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_BETWEEN = ("——", "--", "—", "–", "-", "~", "至", "到")


@dataclass(frozen=True)
class Amount:
    """An amount from character ``start`` up to ``end``. ``low`` and ``high`` differ in a range only.

    ``step``: one unit of the last digit written. All three are in ``unit``, which is written as the caller's units are.
    """

    low: Decimal
    high: Decimal
    step: Decimal
    unit: str
    start: int
    end: int


@dataclass(frozen=True)
class _Number:
    value: Decimal
    step: Decimal
    magnitude: int | None
    unit: str | None
    end: int

    def times(self, factor: int) -> tuple[Decimal, Decimal]:
        return self.value * factor, self.step * factor


class Units:
    """The names of units that may follow a number, and those that may stand before it (name -> name of the unit)."""

    def __init__(self, names: Iterable[str], before: Mapping[str, str]) -> None:
        self._names = frozenset(filter(None, map(normal, names)))
        self._lengths = sorted({len(name) for name in self._names}, reverse=True)
        self.before = {normal(name): normal(unit) for name, unit in before.items()}

    def at(self, text: str, place: int) -> str | None:
        """The longest name of a unit that stands at a place, or None."""
        found = (text[place : place + length] for length in self._lengths)
        return next((name for name in found if name in self._names), None)


def amount(text: str, start: int, units: Units) -> Amount | None:
    """The amount that begins at a character of a text, or None."""
    for word, unit in units.before.items():
        if text.startswith(word, start):
            number = _number(text, start + len(word))
            return None if number is None else Amount(number[0], number[0], number[1], unit, start, number[2])
    first = _with_unit(text, start, units)
    if first is None:
        return None
    between = next((sign for sign in _BETWEEN if text.startswith(sign, first.end)), None)
    second = _with_unit(text, first.end + len(between), units) if between else None
    if second is not None:
        return _range(first, second, start)
    if first.unit is None:
        return None
    value, step = first.times(first.magnitude or 1)
    return Amount(value, value, step, first.unit, start, first.end)


def _range(first: _Number, second: _Number, start: int) -> Amount | None:
    """A range, in the unit of its upper end. 10—15万 is in 万 at both ends."""
    if second.unit is None or first.unit not in (None, second.unit):
        return None
    shared = second.magnitude if first.unit is None and first.magnitude is None else first.magnitude
    if first.unit is None and first.magnitude is not None and second.magnitude is None:
        return None
    low, one = first.times(shared or 1)
    high, other = second.times(second.magnitude or 1)
    return Amount(low, high, max(one, other), second.unit, start, second.end) if low < high else None


def _with_unit(text: str, start: int, units: Units) -> _Number | None:
    """A number with 万 or 亿 and a unit, as far as they are there."""
    number = _number(text, start)
    if number is None:
        return None
    value, step, end = number
    unit = units.at(text, end)
    if unit is not None:
        return _Number(value, step, None, unit, end + len(unit))
    word = next((word for word in _MAGNITUDES if text.startswith(word, end)), None)
    if word is None:
        return _Number(value, step, None, None, end)
    end += len(word)
    unit = units.at(text, end)
    return _Number(value, step, _MAGNITUDES[word], unit, end + len(unit or ""))


def _number(text: str, start: int) -> tuple[Decimal, Decimal, int] | None:
    """The value of a number, one unit of its last digit, and where it ends; without 万 or 亿 at its end."""
    match = _DIGITS.match(text, start)
    if match is not None:
        return Decimal(match[0].replace(",", "")), _step(len(match[1] or "")), match.end()
    match = _NUMERALS.match(text, start)
    if match is None:
        return None
    written = match[0].rstrip("万亿")
    value = chinese(written)
    decimals = len(written.partition("点")[2])
    return None if value is None else (value, _step(decimals), start + len(written))


def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def chinese(written: str) -> Decimal | None:
    """The number that Chinese numerals write, up to 亿, or None where they write none or may write two."""
    whole, point, decimals = written.partition("点")
    number = _whole(whole)
    if number is None or not point:
        return None if number is None else Decimal(number)
    digits = [_VALUES.get(sign) for sign in decimals]
    if not digits or len(digits) > 6 or None in digits:
        return None
    return Decimal(f"{number}.{''.join(map(str, digits))}")


def _whole(written: str) -> int | None:
    for sign, factor in (("亿", 10**8), ("万", 10**4)):
        above, found, below = written.partition(sign)
        if found:
            high, low = _whole(above), _below(below, "万" if sign == "亿" else "千")
            return None if high is None or low is None or not 0 < high < 10**4 else high * factor + low
    return _section(written)


def _below(written: str, top: str) -> int | None:
    """What stands below 亿 or 万: nothing, or a number that a 零 or the next place below keeps from being short for another."""
    if not written:
        return 0
    if written[0] in "零〇":
        return _whole(written[1:]) or None
    return _whole(written) if top in written else None


def _section(written: str) -> int | None:
    """A number below ten thousand."""
    if written in ("零", "〇"):
        return 0
    total, digit, last, is_skipped = 0, None, 10**4, False
    for sign in written:
        value = _VALUES.get(sign)
        if value == 0:
            if digit is not None or is_skipped or last == 10**4:
                return None
            is_skipped = True
        elif value is not None:
            if digit is not None:
                return None
            digit = value
        else:
            place = _PLACES.get(sign)
            digit = 1 if digit is None and place == 10 and not total else digit
            if place is None or digit is None or place >= last:
                return None
            if last != 10**4 and is_skipped is (place * 10 == last):
                return None
            total, last, digit, is_skipped = total + digit * place, place, None, False
    if digit is None:
        return None if is_skipped or not total else total
    if last != 10**4 and is_skipped is (last == 10):
        return None
    return total + digit
