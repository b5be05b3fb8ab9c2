"""Turns packages into facts by the ontology's table and column names; hands on one ``Facts`` for the whole plan set."""

from checker.lift.plans import References, lift, lift_references, lift_reviewed, lift_together, only, seen_from

__all__ = ["References", "lift", "lift_references", "lift_reviewed", "lift_together", "only", "seen_from"]
