"""Text and data as they may stand in a page, whatever a plan has put into them, and the files that pages are made of."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
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


def policy(style: str, script: str | None = None) -> str:
    """The page's own style and script and nothing else may act, whatever a plan has written into it; nothing is fetched."""
    own = [("style", style)] if script is None else [("style", style), ("script", script)]
    allowed = " ".join(f"{kind}-src '{_digest(text)}'" + ";" for kind, text in own)
    return f"default-src 'none'; {allowed} base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def asset(name: str, page: str = "html") -> str:
    """A file that a page is made of: a style, a script or a frame. ``page``: the module of writers that it belongs to."""
    return (files("checker.writers") / page / name).read_text(encoding="utf-8")
