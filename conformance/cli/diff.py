"""`conformance diff OLD NEW`: what changed for each requirement between two runs."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.help import Command
from conformance.problem import ExitCode


@click.command(
    cls=Command,
    short_help="Compare two reports: regressions, fixes, newly unverified.",
    codes=(
        (ExitCode.OK, "no regression"),
        (ExitCode.FAILED, "a requirement fails that did not fail in OLD"),
        (ExitCode.USAGE, "a report cannot be read, or the reports are of two profiles"),
    ),
    examples=("conformance diff main-report/ conformance-report/",),
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff(old: Path, new: Path) -> int:
    """Compare two reports: regressions, fixes, newly unverified requirements.

    OLD and NEW are report folders or report.json files. A new warning is shown, but it is
    not a regression; under --strict it is a failure, and so a regression.
    """
    from conformance.reports.comparison import Comparison
    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console

    comparison = Comparison.of(Report.read(old), Report.read(new))
    comparison.print(Console())
    return ExitCode.FAILED if comparison.regressed else ExitCode.OK
