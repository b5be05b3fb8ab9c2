"""`make bundle`: folders of wheels that install without a network on machines other than this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.bundle import PLATFORMS, PYTHONS, build, resolve

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(place), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(place.glob("plancheck-*.whl"))


@pytest.mark.parametrize("python", [PYTHONS[0], PYTHONS[-1]])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_dependency_has_a_wheel(wheel: Path, platform: str, python: str) -> None:
    assert any(line.startswith("duckdb==") for line in resolve(wheel, platform, python))


def test_a_folder_installs_by_itself(wheel: Path, tmp_path: Path) -> None:
    folder = build(tmp_path, wheel, "windows-x64", PYTHONS[0])  # build() proves it with --no-index
    assert (folder / "INSTALL.txt").is_file()
    assert not [file for file in folder.glob("*.whl") if "linux" in file.name or "macos" in file.name]
