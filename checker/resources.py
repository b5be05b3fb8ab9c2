"""Where the files of a rule pack are: in the installed wheel, in a checkout, or in a folder given with --pack."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from checker.errors import CannotFinish, Text


@dataclass(frozen=True)
class Pack:
    """A folder with ontology/, guidelines/, rules/ and fixtures/, described by its pack.ttl."""

    root: Path

    @property
    def description(self) -> Path:
        return self.root / "pack.ttl"

    def turtle(self, folder: str) -> list[Path]:
        """The Turtle files of one of the pack's folders, in a fixed order."""
        return sorted((self.root / folder).rglob("*.ttl"))


def builtin() -> Pack:
    """The pack that plancheck brings: inside the wheel, else the checkout that this package lies in.

    Raises CannotFinish where neither is there (a broken installation).
    """
    package = Path(str(files("checker")))
    inside = package / "_pack"
    if inside.is_dir():
        return Pack(inside)
    checkout = package.parent
    pyproject = checkout / "pyproject.toml"
    if pyproject.is_file() and 'name = "plancheck"' in pyproject.read_text(encoding="utf-8"):
        return Pack(checkout)
    raise CannotFinish(
        Text("找不到内置规则包，安装不完整。", "The built-in rule pack is not there; the installation is incomplete."),
        str(package),
        Text("请重新安装 plancheck。", "Install plancheck again."),
    )


def packs(extra: tuple[Path, ...] = ()) -> tuple[Pack, ...]:
    """The built-in pack and the given ones, in that order. Raises CannotFinish for a folder that is no pack."""
    found = [builtin()]
    for root in extra:
        pack = Pack(root.resolve())
        if not pack.description.is_file():
            raise CannotFinish(
                Text("这个文件夹不是规则包：缺少 pack.ttl。", "This folder is no rule pack: it has no pack.ttl."),
                str(root),
                Text("请用 --pack 指向含 pack.ttl 的文件夹。", "Point --pack at a folder that holds a pack.ttl."),
            )
        found.append(pack)
    return tuple(found)


def demo_package() -> Path:
    """The demo plan with planted mistakes, which `plancheck demo` checks."""
    return builtin().root / "fixtures" / "packages" / "smart-city-mistakes"
