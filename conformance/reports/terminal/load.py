"""The figures of a load on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from conformance.model.redaction import visible
from conformance.reports import load
from conformance.reports.terminal.layout import print_heading, print_pair

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.reports.report import Report

_REMARKS = 5
# What fits beside each other on a narrow terminal.
_COLUMNS = ("p50", "p95", "p99", "max")


def print_load(console: Console, report: Report) -> None:
    """Print how many users and requests there were, each operation, and what broke first."""
    print_heading(console, "Load", "bold")
    print_pair(console, "users", load.users(report))
    print_pair(console, "requests", load.requests(report))
    style = "bold red" if report["load"]["first_broken"] else ""
    print_pair(console, "first", visible(load.first_broken(report)), style=style)
    for number, remark in enumerate(load.remarks(report)[:_REMARKS]):
        print_pair(console, "" if number else "note", visible(remark))
    console.print(_operations(report))


def _operations(report: Report) -> Table:
    table = Table(box=SIMPLE, pad_edge=False, collapse_padding=True)
    table.add_column("times in ms", no_wrap=True)
    for name in ("number", "in 1 s", "failed", *_COLUMNS):
        table.add_column(name, justify="right", no_wrap=True)
    for row in report["load"]["operations"]:
        counts = (f"{row['requests']:,}", f"{row['requests_per_s']:,.1f}", f"{row['errors']:,}")
        shares = (load.shown_ms(row, f"{name}_ms", digits=0) for name in _COLUMNS)
        table.add_row(Text(visible(row["operation"])), *counts, *shares)
    return table
