"""Turns results into outcomes, findings and a verdict, by a profile; hands on the ``Report``."""

from checker.judge.profiles import suited
from checker.judge.records import on_records, point, settle
from checker.judge.verdict import completed, judge, not_supplied
from checker.judge.words import FORMS, SLOT, Words

__all__ = [
    "FORMS",
    "SLOT",
    "Words",
    "completed",
    "judge",
    "not_supplied",
    "on_records",
    "point",
    "settle",
    "suited",
]
