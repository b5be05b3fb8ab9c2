"""Patterns of texts, as xsd:pattern has them, in the dialect of SQL.

A pattern matches a text as a whole. Only what XML Schema, DuckDB and HermiT read alike is taken: characters, ``.``,
classes of characters, groups, alternatives and quantifiers. Left out are classes by name (``\\d``, ``\\p{L}``) and
subtraction, and the characters that are operators to HermiT. One difference remains: to HermiT a dot is a line break too.
"""

from __future__ import annotations

import re

_ESCAPED = r"\\[\\.?*+{}()|\[\]^-]"
_SINGLE = rf"[^\\.?*+{{}}()|\[\]^$#@&~<>\"]|{_ESCAPED}"
_IN_CLASS = rf"(?:[^\\\[\]^-]|{_ESCAPED})"
_TOKEN = re.compile(
    rf"(?P<any>\.)|(?P<quantifier>[?*+]|\{{\d{{1,3}}(?:,\d{{0,3}})?\}})|(?P<sign>[()|])"
    rf"|(?P<atom>{_SINGLE}|\[\^?(?:{_IN_CLASS}(?:-{_IN_CLASS})?)+\])"
)
# What stands before a token.
_OPEN, _PIECE, _QUANTIFIED = "nothing", "piece", "quantified piece"


def in_sql(pattern: str) -> str | None:
    """The regular expression that matches, as a whole, the texts that an XSD pattern matches; None where it is not taken."""
    written, depth, before, at = "", 0, _OPEN, 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return None
        kind, text = str(token.lastgroup), token.group()
        if kind == "quantifier" and before != _PIECE:
            return None  # of a second one SQL would make something else
        if text in (")", "|") and before == _OPEN:
            return None
        depth += (text == "(") - (text == ")")
        if depth < 0:
            return None
        written += r"[^\n\r]" if kind == "any" else text
        before = _OPEN if text in ("(", "|") else _QUANTIFIED if kind == "quantifier" else _PIECE
        at = token.end()
    return written if depth == 0 and before != _OPEN else None
