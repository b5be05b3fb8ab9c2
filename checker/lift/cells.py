"""Reads cells: text to typed values. A cell that is no value of its type gives None and is reported by the caller."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from checker.errors import Text
from checker.vocabulary import Vocabulary

_SIX_PLACES = Decimal("0.000001")
_DATE = re.compile(r"(\d{4})(?:\s*[年./-]\s*(0?[1-9]|1[0-2])(?!\d)(?:\s*[月./-]\s*(0?[1-9]|[12]\d|3[01])(?!\d))?)?")
_PLAIN_DATE = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")
# Of the times of day only midnight, which databases add to a bare date: 16:00 may be the next day's, written in UTC.
_AROUND_DATE = re.compile(r"[年月日\sT]*(?:0?0:00(?::00(?:\.0+)?)?Z?)?")
_BETWEEN_DATES = re.compile(r"[年月日\s]*(?:-|—|–|~|～|至|到)+\s*")
# In a cell of numbers 2026.10 becomes 2026.1: January or October.
_OCTOBER_OR_JANUARY = re.compile(r"\d{4}\.1")
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?!,))"
_NUMBER = re.compile(rf"[-+]?{_WHOLE}(?:\.\d+)?|[-+]?\.\d+")
_INTEGER = re.compile(rf"([-+]?{_WHOLE})(?:\.0+)?年?")
_MAX_DIGITS = 18  # of a whole number that fits 64 bits
_ERROR = re.compile(r"#(?:REF|N/A|VALUE|DIV/0|NAME|NULL|NUM|SPILL|CALC|BLOCKED|FIELD|CONNECT|UNKNOWN)[!?]?")
MAY_BE_BROKEN = r"^[#=]|[eE]\+"  # what broken() finds has one of these
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
_SEPARATORS = re.compile(r"[、；;\n]")
_TRUE = {"是", "有", "true", "yes", "y", "1", "√"}
_FALSE = {"否", "没有", "false", "no", "n", "0", "×"}


def folded(text: str) -> str:
    """Full-width digits and letters as half-width ones and a minus sign as a hyphen, without surrounding space."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def items(text: str) -> list[str]:
    """The entries of a cell that lists several with 、 ； ; or line breaks."""
    return [item.strip() for item in _SEPARATORS.split(text) if item.strip()]


def failed(text: str) -> Text | None:
    """Why a text is what a spreadsheet holds in place of a value, or None: an error, a formula without a result."""
    if _ERROR.fullmatch(text):
        return Text("是表格软件的出错值", "an error of the spreadsheet")
    if text.startswith("="):
        return Text("公式没有保存计算结果", "a formula without a stored result")
    return None


def broken(text: str) -> Text | None:
    """Why a text is none that anyone wrote, or None: a cell that failed, or a long number that was rounded."""
    if _ROUNDED.fullmatch(text):
        return Text("长编号按数字保存，末尾的数字已丢失", "a long code stored as a number, which lost its last digits")
    return failed(text)


def decimal(text: str, factor: Decimal, vocabulary: Vocabulary, quantity: str | None = None) -> Decimal | None:
    """A number in the base unit, rounded to six places. A unit written in the cell overrides that of the column.

    ``quantity``: what the column measures; a unit of anything else is no unit here.
    """
    found = _scaled(text, factor, vocabulary, quantity)
    return None if found is None else _to_six_places(found[0] * found[1])


def last_place(text: str, factor: Decimal, vocabulary: Vocabulary, quantity: str | None = None) -> Decimal | None:
    """What one unit in the last place of a number counts, in the base unit: 0.1 hectares for 12.5; None for no number."""
    found = _scaled(text, factor, vocabulary, quantity)
    if found is None:
        return None
    _, _, exponent = found[0].as_tuple()
    assert isinstance(exponent, int), "the pattern of numbers knows no infinity"
    return _to_six_places(Decimal(1).scaleb(exponent) * found[1])


def measure(text: str) -> tuple[Decimal, str] | None:
    """A number as it is written, rounded to six places, and what stands behind it: 12.5万亩 -> 12.5, 万亩."""
    found = _number(text)
    number = _to_six_places(found[0]) if found else None
    return (number, found[1]) if found and number is not None else None


def _scaled(text: str, factor: Decimal, vocabulary: Vocabulary, quantity: str | None) -> tuple[Decimal, Decimal] | None:
    """The number that a text writes, and the factor of its unit; None where it is no number in such a unit."""
    found = _number(text)
    if found is None:
        return None
    number, rest = found
    if rest:
        unit = vocabulary.unit(rest)
        if unit is None or quantity not in (None, unit.quantity):
            return None
        factor = unit.to_base
    return number, factor


def _number(text: str) -> tuple[Decimal, str] | None:
    clean = folded(text)
    match = _NUMBER.match(clean)
    return None if match is None else (Decimal(match.group().replace(",", "")), clean[match.end() :].strip())


def _to_six_places(number: Decimal) -> Decimal | None:
    """None for a number that is too long to keep."""
    try:
        return number.quantize(_SIX_PLACES)
    except InvalidOperation:
        return None


def integer(text: str) -> int | None:
    """A whole number; a year may have 年 behind it."""
    match = _INTEGER.fullmatch(folded(text))
    digits = match.group(1).replace(",", "") if match else ""
    return int(digits) if digits and len(digits.lstrip("+-")) <= _MAX_DIGITS else None


def boolean(text: str) -> bool | None:
    word = folded(text).casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def date(text: str, edge: str) -> dt.date | None:
    """A day; a cell with only a year or month stands for its first day (edge "start") or last ("end")."""
    clean = _PLAIN_DATE.sub(r"\1-\2-\3", folded(text))
    match = _DATE.match(clean)
    if match is None or _OCTOBER_OR_JANUARY.fullmatch(clean) or not _AROUND_DATE.fullmatch(clean[match.end() :]):
        return None
    return _day(match, edge)


def period(text: str) -> tuple[dt.date, dt.date] | None:
    """The first and last day of a period like 2026—2028年 or 2026年3月至2027年6月; a single year is its own period."""
    clean = _PLAIN_DATE.sub(r"\1-\2-\3", folded(text))
    first = _DATE.match(clean)
    if first is None or _OCTOBER_OR_JANUARY.fullmatch(clean):
        return None
    between = _BETWEEN_DATES.match(clean, first.end())
    second = _DATE.match(clean, between.end()) if between else None
    last = second or first
    if not _AROUND_DATE.fullmatch(clean[last.end() :]):
        return None
    start, end = _day(first, "start"), _day(last, "end")
    return (start, end) if start and end and start <= end else None


def _day(match: re.Match[str], edge: str) -> dt.date | None:
    year, month, day = (int(group) if group else None for group in match.groups())
    assert year is not None
    at_end = edge == "end"
    month = month or (12 if at_end else 1)
    try:
        return dt.date(year, month, day or (calendar.monthrange(year, month)[1] if at_end else 1))
    except ValueError:
        return None
