"""Text and data as they may stand in a page, whatever a plan has put into them; and whole pages, made of files, parts and words."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from string import Template
from typing import Any

from checker.errors import Text

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


def page(body: str, title: str, lang: str, style: str, script: str | None = None, notice: str = "") -> str:
    """A whole page. ``body``: HTML; ``title``: text; ``notice``: a comment that stands before the style."""
    return Template(asset("frame.html")).substitute(
        lang="zh-CN" if lang == "zh" else "en",
        policy=_policy(style, script),
        title=escape(title),
        notice=notice,
        style=style,
        body=body,
        script="" if script is None else f"<script>{script}</script>\n",
    )


def filled(frame: str, words: Mapping[str, Text], lang: str, **parts: str) -> str:
    """A frame with its words in one language, and its other parts, which are HTML."""
    said = {f"word_{name}": text.in_(lang) for name, text in words.items()}
    return Template(frame).substitute(said, **parts)


def heads(columns: Iterable[Text], lang: str) -> str:
    """The heads of a table's columns."""
    return "".join(f'<th scope="col">{escape(column.in_(lang))}</th>' for column in columns)


def table(name: str, columns: Iterable[Text], body: str, lang: str) -> str:
    """A table of this class. ``body``: its rows."""
    return f'<table class="{name}"><thead><tr>{heads(columns, lang)}</tr></thead><tbody>{body}</tbody></table>'


def _policy(style: str, script: str | None) -> str:
    """The page's own style and script and nothing else may act, whatever a plan has written into it; nothing is fetched."""
    own = [("style", style)] if script is None else [("style", style), ("script", script)]
    allowed = " ".join(f"{kind}-src '{_digest(text)}'" + ";" for kind, text in own)
    return f"default-src 'none'; {allowed} base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def asset(name: str, page: str = "html") -> str:
    """A file that a page is made of: a style, a script or a frame. ``page``: the module of writers that it belongs to."""
    return (files("checker.writers") / page / name).read_text(encoding="utf-8")
