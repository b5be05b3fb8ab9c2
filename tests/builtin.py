"""The built-in pack as all tests know it: read once in a process, and not to be changed by any of them."""

from __future__ import annotations

from checker import resources
from checker.prepared import prepare

PACK = resources.builtin()
KNOWN = prepare([PACK])
TERMS, RULES = KNOWN.vocabulary, KNOWN.rulebook
