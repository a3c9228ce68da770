"""The layout of lines on a terminal: labels, and texts that wrap in their own column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.evidence import Outcome
from conformance.model.redaction import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

#: The style of each outcome.
STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.WARNED: "yellow",
    Outcome.NOT_VERIFIED: "magenta",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.INFORMATIVE: "dim",
}
#: The width of labels, in columns.
LABEL = 11
#: A terminal with fewer columns is narrow: its labels are not aligned.
NARROW = 60
#: A text that has fewer columns than this beside its head is printed below it.
_PROSE = 24
_BELOW = 4
#: How many ids a list shows, unless the user asked for all of them: a line of 80 columns.
_SHOWN_IDS = 4


def print_pair(console: Console, label: str, value: str, style: str = "") -> None:
    """Print a label and its text, which wraps within its own column."""
    print_hanging(console, _label(console, label), Text(visible(value), style=style))


def print_copied(console: Console, label: str, value: str) -> None:
    """Print a label and a text to copy, on one line of any length."""
    console.print(_label(console, label).append(visible(value), style="not bold"), soft_wrap=True)


def print_hanging(console: Console, head: Text, prose: Text) -> None:
    """Print a text behind its head; its other lines are aligned with its first line."""
    indent = head.cell_len
    tight = indent > LABEL + 2 and console.width < NARROW
    if tight or (indent > _BELOW and console.width - indent < _PROSE):
        print_hanging(console, Text(), head)
        head, indent = Text(" " * _BELOW), _BELOW
    for line in prose.wrap(console, max(console.width - indent, 1), overflow="fold") or [Text()]:
        whole = Text.assemble(head, line)
        whole.rstrip()
        console.print(whole, soft_wrap=True)
        head = Text(" " * indent)


def print_heading(console: Console, heading: str, style: str = "bold") -> None:
    """Print a heading, with an empty line before it."""
    console.print()
    console.print(Text(heading, style=style))


def print_names(console: Console, head: Text, names: Iterable[str], *, every: bool) -> None:
    """Print names behind their head: the first few, or with `every` all of them."""
    names = list(names)
    shown = names if every else names[:_SHOWN_IDS]
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    print_hanging(console, head, Text(visible(", ".join(shown) + more), style="dim"))


def _label(console: Console, label: str) -> Text:
    width = LABEL if console.width >= NARROW else 0
    return Text(f"{label:>{width}}  ", style="bold")
