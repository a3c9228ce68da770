"""The terminal as the kit sees it: narrow or wide, a reader or a pipe that may go away."""

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
    """Print rows of equally many cells in columns, of which the last wraps.

    Elsewhere than on a terminal nothing wraps: what a row holds is found by grep.
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
