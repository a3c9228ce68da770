"""The table of a fleet on the terminal: one target on each line, and one verdict for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.redaction import visible
from conformance.reports.fleet import NO_REPORT, broken_in, numbers_of, verdict_of
from conformance.reports.terminal.layout import print_hanging

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.reports.fleet import Fleet
    from conformance.reports.report import Row

_STYLES = {
    "conformant": "bold green",
    "partial": "bold yellow",
    "nonconformant": "bold red",
    "untestable": "bold magenta",
    NO_REPORT: "bold magenta",
}
#: So many ids of failed requirements are named for each target.
_SHOWN_IDS = 6


def print_fleet(console: Console, fleet: Fleet) -> None:
    """Print the table, and what all targets together came to."""
    names = max((len(row["name"]) for row in fleet.targets), default=0)
    verdicts = max((len(verdict_of(row)) for row in fleet.targets), default=0)
    console.print()
    for row in fleet.targets:
        verdict = verdict_of(row)
        head = Text.assemble(
            f"{visible(row['name']):<{names}}  ",
            (f"{verdict:<{verdicts}}  ", _STYLES[verdict]),
        )
        print_hanging(console, head, Text(visible(_words(row))))
    console.print()
    count = len(fleet.targets)
    targets = "1 target" if count == 1 else f"{count} targets"
    summary = f"{fleet['profile']}: {targets}: {fleet.verdicts}: exit {fleet['exit_code']}"
    console.print(Text(summary), soft_wrap=True)


def _words(row: Row) -> str:
    broken = broken_in(row)
    ids = ", ".join(broken[:_SHOWN_IDS])
    more = f" and {len(broken) - _SHOWN_IDS} more" if len(broken) > _SHOWN_IDS else ""
    named = f" ({ids}{more})" if ids else ""
    return f"{numbers_of(row)}{named}; exit {row['exit_code']}"
