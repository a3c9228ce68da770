"""The console: its width, its colours, and a reader that may go away."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole
from rich.text import Text

from conformance.reports.terminal.layout import print_hanging

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Console(RichConsole):
    """A console whose reader may leave early: later output is dropped, and nothing fails.

    Colours follow the terminal, `NO_COLOR` and `FORCE_COLOR`. `live` is whether the cursor
    may be moved; a variable cannot turn that on for a log file.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"highlight": False, **options})

    @property
    def live(self) -> bool:
        """Whether what was printed can be overwritten."""
        return bool(self.file.isatty()) and not self.is_dumb_terminal

    def on_broken_pipe(self) -> None:
        """Continue without a reader."""
        self.quiet = True
        drop_output()


def drop_output() -> None:
    """Drop everything that is written to the standard output from now on."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def print_rows(console: Console, rows: Iterable[Sequence[Text | str]]) -> None:
    """Print rows of cells in columns; the last column wraps.

    In a pipe or a file nothing wraps, so that grep finds a whole row.

    Args:
        console: Where to print.
        rows: The rows; each has the same number of cells.
    """
    cells = [[Text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    for *head, last in cells:
        columns = [_padded(cell, width) for cell, width in zip(head, widths, strict=False)]
        if console.is_terminal:
            print_hanging(console, Text().join(columns), last)
        else:
            line = Text().join((*columns, last))
            line.rstrip()
            console.print(line, soft_wrap=True)


def _padded(cell: Text, width: int) -> Text:
    padded = cell.copy()
    padded.pad_right(width - cell.cell_len + 2)
    return padded
