"""Builds a folder of wheels from which plancheck installs without a network, for Windows x64 and Linux arm64.

    python tools/bundle.py TARGET [PLATFORM PYTHON]

Without a platform and a Python version every supported pair is built. uv resolves for the other machine (pip would
judge the markers of this one), pip fetches the wheels, and uv then proves that each folder is enough by itself.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# folder -> (uv's name of the platform, pip's tags, newest first; glibc 2.28 is that of current government Linux systems)
PLATFORMS = {
    "windows-x64": ("x86_64-pc-windows-msvc", ("win_amd64",)),
    "linux-arm64": (
        "aarch64-manylinux_2_28",
        ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    ),
}
HOW_TO = """在没有网络的电脑上安装 / Installing without a network

    python -m venv plancheck
    plancheck\\Scripts\\pip install --no-index --find-links . plancheck        (Windows)
    plancheck/bin/pip install --no-index --find-links . plancheck             (Linux)
    plancheck\\Scripts\\plancheck demo

不需要管理员权限；需要 Python 3.11 至 3.14。/ No administrator rights needed; needs Python 3.11 to 3.14.
"""


def build(target: Path, wheel: Path, platform: str, python: str) -> Path:
    """Adds to ``target/platform`` the wheels for one Python version, and proves that they suffice."""
    folder = target / platform
    folder.mkdir(parents=True, exist_ok=True)
    name, tags = PLATFORMS[platform]
    resolved = resolve(wheel, platform, python)
    with tempfile.TemporaryDirectory() as place:
        wanted = Path(place) / "wanted.txt"
        wanted.write_text("".join(line for line in resolved if not line.startswith("plancheck")), encoding="utf-8")
        tag_options = [option for tag in tags for option in ("--platform", tag)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *tag_options]
        command += ["--dest", str(folder), "--requirement", str(wanted), "--python-version", python]
        _run(command)
    (folder / wheel.name).write_bytes(wheel.read_bytes())
    (folder / "INSTALL.txt").write_text(HOW_TO, encoding="utf-8")
    prove(folder, name, python)
    return folder


def resolve(wheel: Path, platform: str, python: str) -> list[str]:
    """The requirements of the wheel on another platform, one line each. Fails where a package has no wheel there."""
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command += ["--only-binary", ":all:", "--python-platform", PLATFORMS[platform][0], "--python-version", python, "-"]
    return _run(command, f"plancheck @ {wheel.resolve().as_uri()}\n").splitlines(keepends=True)


def prove(folder: Path, platform: str, python: str) -> None:
    """Resolves an installation from the folder alone."""
    with tempfile.TemporaryDirectory() as place:
        command = ["uv", "pip", "install", "--quiet", "--dry-run", "--no-index", "--find-links", str(folder)]
        command += ["--python-platform", platform, "--python-version", python, "--target", place, "plancheck"]
        _run(command)


def _run(command: list[str], text: str | None = None) -> str:
    if command[0] == "uv":
        command = [sys.executable, "-m", *command]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    target = Path(sys.argv[1])
    wheel = max(Path("dist").glob("plancheck-*.whl"), key=lambda path: path.stat().st_mtime)
    pairs = [(sys.argv[2], sys.argv[3])] if len(sys.argv) > 3 else [(f, p) for f in PLATFORMS for p in PYTHONS]
    for platform, python in pairs:
        build(target, wheel, platform, python)
    for folder in sorted(target.iterdir()):
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{folder}: {len(list(folder.glob('*.whl')))} wheels, {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
