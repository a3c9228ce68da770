"""The terminal as the kit sees it: narrow or wide, a reader or a pipe that may go away."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Columns under which a row is written as lines below each other.
NARROW = 60


class Console(RichConsole):
    """Prints to a reader that may leave early: what comes then is dropped, nothing fails.

    Colours follow the terminal, `NO_COLOR` and `FORCE_COLOR`; `live` says whether the cursor
    may be moved, which no variable can force onto a log.
    """

    def __init__(self, **options: Any) -> None:
        """Take rich's own options; nothing is highlighted unasked."""
        super().__init__(**{"highlight": False, **options})

    @property
    def live(self) -> bool:
        """Whether what was printed can be overwritten."""
        return bool(self.file.isatty()) and not self.is_dumb_terminal

    def on_broken_pipe(self) -> None:
        """Go on without a reader."""
        self.quiet = True
        drop_output()


def drop_output() -> None:
    """Let everything still to be written to standard output vanish."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def print_rows(console: Console, rows: Iterable[Sequence[Text | str]]) -> None:
    """Print rows of cells: aligned on a terminal, one line each elsewhere, stacked if narrow."""
    cells = [[Text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    if not console.is_terminal:
        _print_lines(console, cells)
    elif console.width < NARROW:
        _print_stacked(console, cells)
    else:
        _print_table(console, cells)


def _print_lines(console: Console, rows: list[list[Text]]) -> None:
    """For pipes: what a row holds is found by grep, however long it is."""
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        line = Text("  ").join(
            _padded(cell, width) for cell, width in zip(row, widths, strict=True)
        )
        line.rstrip()
        console.print(line, soft_wrap=True)


def _padded(cell: Text, width: int) -> Text:
    padded = cell.copy()
    padded.pad_right(width - cell.cell_len)
    return padded


def _print_stacked(console: Console, rows: list[list[Text]]) -> None:
    for *head, last in rows:
        console.print(Text("  ").join(cell for cell in head if cell.plain) if head else last)
        if head:
            console.print(_indented(last))


def _indented(cell: Text) -> Table:
    grid = Table.grid(padding=(0, 0, 0, 2))
    grid.add_column(overflow="fold")
    grid.add_row(cell)
    return grid


def _print_table(console: Console, rows: list[list[Text]]) -> None:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number in range(len(rows[0]) if rows else 0):
        last = number == len(rows[0]) - 1
        grid.add_column(no_wrap=not last, overflow="fold", ratio=1 if last else None)
    for row in rows:
        grid.add_row(*row)
    console.print(grid)
