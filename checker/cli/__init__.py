"""The command line: parse, call one function, pick a writer, return an exit status."""

from __future__ import annotations

import gc
import logging
import sys
import warnings
from typing import IO

import click

from checker import __version__
from checker.cli import authors, plans, reports
from checker.cli.audit import audit


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="plancheck")
def cli() -> None:
    """Checks a plan package against compilation guidelines. 规划成果核查。"""


for _command in (plans.check, audit, plans.demo, plans.inspect, plans.init, plans.draft, plans.plan_xml, plans.rdf):
    cli.add_command(_command)
for _command in (reports.diff, reports.explain, authors.rules, authors.ontology):
    cli.add_command(_command)


def main() -> None:
    """The entry point of the command `plancheck`."""
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    warnings.simplefilter("ignore")  # libraries speak to programmers; what a user should know is in the report
    logging.disable(logging.CRITICAL)
    gc.set_threshold(50_000, 50, 50)  # a check makes many objects and few cycles
    cli()


def _speak_utf8(stream: IO[str]) -> None:
    """Windows consoles default to a code page that has no room for half of the report."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
