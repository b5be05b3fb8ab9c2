"""Text and data as they may stand in a page, whatever a plan has put into them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # controls and half characters


def printable(text: str) -> str:
    """A text without the characters that no page may hold."""
    return _UNPRINTABLE.sub("", text)


def escape(text: str) -> str:
    """A text as it stands between tags or in a quoted attribute."""
    return html.escape(printable(text))


def data(value: Any) -> str:
    """A value as JSON that cannot end the script element that it stands in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
