"""Turns packages into facts by the ontology's table and column names; hands on one ``Facts`` for the whole plan set."""

from checker.lift.plans import lift

__all__ = ["lift"]
