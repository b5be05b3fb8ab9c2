"""What all tests share: what plancheck keeps between runs is kept with the tests' own files, which need not outlive a power cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all workers of a run, outside the user's own."""
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANCHECK_CACHE", str((base.parent if base.name.startswith("popen-") else base) / "kept"))
        patch.setenv("OGR_SQLITE_SYNCHRONOUS", "OFF")  # else GDAL waits for the disk at each layer of a GeoPackage
        yield
