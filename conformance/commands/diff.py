"""`conformance diff OLD NEW`: what became of each requirement between two runs."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

_EXIT_CODES = """\b
Exit codes:
  0  no regression
  1  a regression: a requirement fails that did not fail in OLD
  2  a report that cannot be read, or reports of two profiles
"""


@click.command(epilog=_EXIT_CODES)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff(old: Path, new: Path) -> int:
    """Compare two reports: regressions, fixes, what is newly unverified.

    OLD and NEW are report folders, or report.json files. A new warning is shown and is
    no regression; under --strict it is a failure, and then it is one.

    \b
    conformance diff main-report/ conformance-report/
    """  # noqa: D301 - click's mark against re-wrapping
    from conformance.comparison import Comparison  # noqa: PLC0415
    from conformance.report import Report  # noqa: PLC0415

    comparison = Comparison.of(Report.read(old), Report.read(new))
    comparison.print(Console(highlight=False))
    return int(comparison.regressed)
