"""Where the time of a run went, on the terminal (`--profile-time`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from conformance.model.redaction import visible
from conformance.reports import timing
from conformance.reports.terminal.layout import print_heading, print_pair

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.reports.report import Report

_SLOWEST = 5


def print_timing(console: Console, report: Report) -> None:
    """Print the phases, the waiting, the processor time, the operations and the slowest cases."""
    if not report.get("timing"):
        return
    print_heading(console, "Time", "bold")
    print_pair(console, "phases", timing.phases(report))
    print_pair(console, "waiting", timing.waiting(report))
    print_pair(console, "processor", timing.processor(report))
    console.print(_operations(report))
    for number, line in enumerate(timing.slowest(report, _SLOWEST)):
        print_pair(console, "" if number else "slowest", visible(line))


def _operations(report: Report) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("answers of")
    for name in ("number", "p50 ms", "p90 ms", "p99 ms", "max ms"):
        table.add_column(name, justify="right")
    for row in timing.operations(report):
        shown = [f"{row[name]:,.1f}" for name in ("p50_ms", "p90_ms", "p99_ms", "max_ms")]
        table.add_row(Text(visible(row["operation"])), str(row["answers"]), *shown)
    return table
