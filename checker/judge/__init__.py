"""Turns results into outcomes, findings and a verdict, by a profile; hands on the ``Report``."""

from checker.judge.verdict import judge, not_supplied
from checker.judge.words import Words

__all__ = ["Words", "judge", "not_supplied"]
