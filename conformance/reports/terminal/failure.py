"""A failure on the terminal: a title, and its parts with their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.reports.failure import OF_THE_REQUIREMENT, brief, parts, title
from conformance.reports.terminal.layout import print_copied, print_pair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from conformance.reports.failure import Part
    from conformance.reports.report import Row

_SHOWN_CASES = 3


def print_failure(console: Console, row: Row, style: str, *, every: bool) -> None:
    """Print why a requirement does not hold.

    Args:
        console: Where to print.
        row: A requirement of the report that failed or warned.
        style: The style of the title.
        every: Whether to print all of its evidence; without it, only the first entry.
    """
    first, *more = row["evidence"]
    _print_title(console, row, style)
    _print_parts(console, parts(row, first))
    for proof in more if every else ():
        console.print()
        further = (part for part in parts(row, proof) if part.name not in OF_THE_REQUIREMENT)
        _print_parts(console, further)
    if more and not every:
        _print_others(console, more)


def print_brief(console: Console, row: Row, style: str) -> None:
    """Print a failure in a few lines: for one of many warnings."""
    _print_title(console, row, style)
    _print_parts(console, brief(row, row["evidence"][0]))


def _print_title(console: Console, row: Row, style: str) -> None:
    console.print()
    console.rule(Text(title(row), style=style), align="left", style=style)


def _print_parts(console: Console, shown: Iterable[Part]) -> None:
    for part in shown:
        print_part = print_copied if part.copied else print_pair
        for number, line in enumerate(part.lines):
            print_part(console, part.label if number == 0 else "", line)


def _print_others(console: Console, proofs: list[Row]) -> None:
    """Name the other cases that show the failure; `--verbose` shows them in full."""
    names = list(dict.fromkeys(_case(proof) for proof in proofs))
    shown = ", ".join(names[:_SHOWN_CASES])
    more = f" and {len(names) - _SHOWN_CASES} more" if len(names) > _SHOWN_CASES else ""
    print_pair(console, "also in", f"{shown}{more} (-v shows all)")


def _case(proof: Row) -> str:
    return str(proof["case"]).rsplit("::", 1)[-1]
