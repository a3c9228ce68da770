"""`conformance diff OLD NEW`: what changed for each requirement between two runs."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.help import Command
from conformance.cli.options import format_option
from conformance.problem import ExitCode


@click.command(
    cls=Command,
    short_help="Compare two reports: regressions, fixes, newly unverified.",
    codes=(
        (ExitCode.OK, "no regression"),
        (ExitCode.FAILED, "a requirement fails that did not fail in OLD"),
        (ExitCode.USAGE, "a report cannot be read, or the reports are of two profiles"),
    ),
    examples=(
        "conformance diff main-report/ conformance-report/",
        "conformance diff main-report/ conformance-report/ --format markdown > changes.md",
    ),
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@format_option
def diff(old: Path, new: Path, form: str) -> int:
    """Compare two reports: regressions, fixes, newly unverified requirements.

    OLD and NEW are report folders or report.json files. A new warning is shown, but it is
    not a regression; under --strict it is a failure, and so a regression.
    """
    from conformance.reports.comparison import Comparison
    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console

    comparison = Comparison.of(Report.read(old), Report.read(new))
    comparison.listing().print(Console(), form)
    return ExitCode.FAILED if comparison.regressed else ExitCode.OK
