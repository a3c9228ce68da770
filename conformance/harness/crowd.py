"""Users of one process who act together, and know of each other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: So many users act at the same moment at most: more than any server handles at once by itself.
LARGEST_WAVE = 48
#: So many seconds a user waits for others.
PATIENCE_S = 2.0


class Crowd:
    """The users of one process.

    A fault of concurrency needs requests at the same moment. Users that go round for themselves
    drift apart, so they meet before the request that matters.
    """

    def __init__(self, size: Callable[[], int], patience_s: float = PATIENCE_S) -> None:
        """Begin without a user who waits.

        Args:
            size: Returns how many users there are now.
            patience_s: How long a user waits for others.
        """
        self._size = size
        self._patience_s = patience_s
        self._met = threading.Condition()
        self._waiting = self._wave = 0
        self._things: dict[str, str] = {}

    def meet(self) -> None:
        """Wait until enough users are here, or until one of them has waited long enough."""
        with self._met:
            wave = self._wave
            self._waiting += 1
            enough = self._waiting >= min(self._size(), LARGEST_WAVE)
            if enough or not self._met.wait_for(lambda: self._wave != wave, self._patience_s):
                self._go()

    def _go(self) -> None:
        self._wave += 1
        self._waiting = 0
        self._met.notify_all()

    def shares(self, caller: str, thing: str) -> None:
        """Let the users of other callers know of a thing of this one."""
        self._things[caller] = thing

    def of_another(self, caller: str) -> str | None:
        """Return the latest thing of another caller, or None."""
        others = [thing for owner, thing in self._things.items() if owner != caller]
        return others[-1] if others else None
