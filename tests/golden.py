"""Golden reports of the demo packages. `python tests/golden.py` renews them; look at the diff before committing it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.packages import run  # noqa: E402 - the tests are no installed package

GOLDEN = Path(__file__).parent / "golden"
PACKAGES = ROOT / "fixtures" / "packages"
CASES = {
    "smart-city": ("smart-city", "--profile", "alignment"),
    "smart-city-mistakes": ("smart-city-mistakes", "--profile", "alignment"),
    "smart-city-default-profile": ("smart-city-mistakes",),
    "transport-special": ("transport-special", "--profile", "alignment"),
    "near-term": ("near-term", "--territorial", PACKAGES / "territorial"),
    "territorial": ("territorial",),
}
# What changes with every edit of a rule or release of a library, without a change in what is found.
_PASSING = re.compile(r'^( +"(?:plancheck|rulebook|engine)": )".+"', re.MULTILINE)


def report(case: str, engine: str = "compiled") -> str:
    """The JSON report of a case, with versions, the rulebook's hash and the engine masked."""
    package, *options = CASES[case]
    ran = run("check", PACKAGES / package, "--format", "json", "--engine", engine, *options)
    return _PASSING.sub(r'\1"…"', ran.out)


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        (GOLDEN / f"{case}.json").write_text(report(case), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
