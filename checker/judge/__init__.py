"""Turns results into outcomes, findings and a verdict, by a profile; hands on the ``Report``."""

from checker.judge.verdict import judge

__all__ = ["judge"]
