"""Measures robustness: packages, rule packs and values are damaged by seed, and what plancheck makes of them is watched.

`python -m benchmarks.fuzz` from the repository's root; `benchmarks/FUZZ.md` has the numbers of the last long run.
"""
