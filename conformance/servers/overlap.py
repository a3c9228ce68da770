"""Requests that overlap, for the faults of servers that mix them up."""

from __future__ import annotations

import threading

#: So long a request waits for another one that it can overlap.
OVERLAP_S = 0.02


class Overlap:
    """The unguarded moment of a request: it lasts until another one enters it, or the bound."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._entered = 0
        self._someone_waits = False

    def enter(self) -> None:
        """Wait until another request enters; return at once where one waits already."""
        with self._changed:
            self._entered += 1
            mine = self._entered
            self._changed.notify_all()
            if self._someone_waits:
                return
            self._someone_waits = True
            self._changed.wait_for(lambda: self._entered > mine, timeout=OVERLAP_S)
            self._someone_waits = False
