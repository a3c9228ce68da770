"""The requirements that are not verified, on the terminal: grouped by the cause."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.redaction import visible
from conformance.reports.terminal.layout import print_hanging, print_heading, print_names
from conformance.reports.unverified import groups

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.reports.report import Report
    from conformance.reports.unverified import Group


def print_unverified(console: Console, report: Report, *, every: bool) -> None:
    """Print each group under the heading of its kind; `every`: all of its ids."""
    for kind, members in groupby(groups(report), lambda group: group.kind):
        print_heading(console, kind.value, "bold magenta")
        for group in members:
            # The user knows which cases -k left out: their ids are not needed.
            named = every or any(row["cases"] for row in group.rows) or not report["selection"]
            _print_group(console, group, named=named, every=every)


def _print_group(console: Console, group: Group, *, named: bool, every: bool) -> None:
    single = named and len(group.ids) == 1
    what = f"{group.ids[0]} ({group.rows[0]['level']})" if single else group.size
    print_hanging(
        console, Text("  "), Text.assemble((visible(group.cause), "bold"), f": {visible(what)}")
    )
    if named and not single:
        print_names(console, Text("    "), group.ids, every=every)
    for seen in group.seen:
        print_hanging(console, Text("    "), Text(visible(seen)))
