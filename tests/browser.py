"""Pages in a real browser: Chromium, which the system has to have."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def visit(browser: Any, file: Path, width: int = 1440) -> tuple[Any, list[str]]:
    """A page that has loaded, and what went wrong in it or was asked of a network."""
    shown = browser.new_page(viewport={"width": width, "height": 900})
    shown.set_default_timeout(120_000)  # ms: a busy machine is no fault of the page
    wrong: list[str] = []
    shown.on("console", lambda said: wrong.append(said.text))
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.on("request", lambda asked: asked.url.startswith("file:") or wrong.append(asked.url))
    shown.goto(file.as_uri())
    return shown, wrong
