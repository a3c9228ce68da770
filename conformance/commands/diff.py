"""`conformance diff OLD NEW`: what became of each requirement between two runs."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.commands.manners import Command


@click.command(
    cls=Command,
    short_help="Compare two reports: regressions, fixes, newly unverified.",
    codes=(
        (0, "no regression"),
        (1, "a requirement fails that did not fail in OLD"),
        (2, "a report that cannot be read, or reports of two profiles"),
    ),
    examples=("conformance diff main-report/ conformance-report/",),
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff(old: Path, new: Path) -> int:
    """Compare two reports: regressions, fixes, what is newly unverified.

    OLD and NEW are report folders, or report.json files. A new warning is shown and is
    no regression; under --strict it is a failure, and then it is one.
    """
    from conformance.comparison import Comparison  # noqa: PLC0415
    from conformance.console import Console  # noqa: PLC0415
    from conformance.earlier import EarlierReport  # noqa: PLC0415

    comparison = Comparison.of(EarlierReport.read(old), EarlierReport.read(new))
    comparison.print(Console())
    return int(comparison.regressed)
