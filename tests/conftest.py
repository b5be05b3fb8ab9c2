"""What all tests share: what plancheck keeps between runs is kept with the tests' own files, which need not outlive a power cut;
and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import BROWSER


@pytest.fixture(scope="session", autouse=True)
def _own_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all workers of a run, outside the user's own."""
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANCHECK_CACHE", str((base.parent if base.name.startswith("popen-") else base) / "kept"))
        patch.setenv("OGR_SQLITE_SYNCHRONOUS", "OFF")  # else GDAL waits for the disk at each layer of a GeoPackage
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip("no Chromium on this machine; no page was opened in a browser")
    with api.sync_playwright() as play:
        started = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()
