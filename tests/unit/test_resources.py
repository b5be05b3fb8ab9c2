"""The built-in pack is found in a wheel, else in a checkout of this project only, else the tool says it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import resources
from checker.errors import CannotFinish


def installed(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    package = root / "checker"
    package.mkdir(exist_ok=True)
    monkeypatch.setattr(resources, "files", lambda _: package)


def test_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, tmp_path)
    (tmp_path / "checker" / "_pack").mkdir()
    assert resources.builtin().root == tmp_path / "checker" / "_pack"


def test_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "plancheck"\n')
    assert resources.builtin().root == tmp_path


@pytest.mark.parametrize("pyproject", [None, '[project]\nname = "other"\n'])
def test_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pyproject: str | None) -> None:
    installed(monkeypatch, tmp_path)
    if pyproject:
        (tmp_path / "pyproject.toml").write_text(pyproject)
    with pytest.raises(CannotFinish) as stopped:
        resources.builtin()
    assert "重新安装" in stopped.value.remedy.zh
