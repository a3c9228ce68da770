"""How many cases and requests of a run are under way at the same time.

The pace begins low. It rises while the answers come as fast as they did one at a time, and falls
at once when they become slower, when the server asks for a pause, and when it takes no
connection. A server that takes one request at a time is so asked one at a time.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: So many cases run at the same time at first.
BEGINS = 4
# Answers that are faster than this say nothing about the load: the kit itself needs as long.
_FLOOR_S = 0.04
# An answer that takes so many times as long as one alone is slow, or still as fast.
_SLOW, _FAST = 2.0, 1.4
# So many answers are looked at before the pace changes.
_WINDOW = 8
# After a pause that the server asked for, the pace stays low for so many answers; each further
# time for twice as many, up to a limit.
_CAUTION, _MOST_CAUTION = 25, 400
_REFUSED = 400

_paced: ContextVar[bool] = ContextVar("paced", default=False)


@contextmanager
def unpaced() -> Iterator[None]:
    """Send the requests inside at once: a case needs them at the same time."""
    with _pacing(kept=False):
        yield


@contextmanager
def paced() -> Iterator[None]:
    """Send of the requests inside only as many at a time as the pace allows."""
    with _pacing(kept=True):
        yield


@contextmanager
def _pacing(*, kept: bool) -> Iterator[None]:
    token = _paced.set(kept)
    try:
        yield
    finally:
        _paced.reset(token)


class Pace:
    """The pace of one process; `most` bounds it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._now = float(min(BEGINS, most))
        self._cases = self._requests = 0
        self._first = 0
        self._lock = threading.RLock()
        self._case_ended = threading.Condition(self._lock)
        self._answered = threading.Condition(self._lock)
        # The fastest answers, by their operation and by how long they are: each step is fourfold.
        self._alone_s: dict[tuple[str, int], float] = {}
        self._ratios: list[float] = []
        self._caution = 0
        self._last_caution = 0
        #: The highest pace that was reached.
        self.reached = 1

    @contextmanager
    def case(self, *, first: bool = False) -> Iterator[None]:
        """Wait until one more case may run; its requests keep the pace.

        Args:
            first: Whether it goes before all others that wait.
        """
        with self._lock:
            self._first += first
            self._case_ended.wait_for(lambda: self._cases < self.now and (first or not self._first))
            self._first -= first
            self._cases += 1
            self.reached = max(self.reached, self._cases)
        try:
            with paced():
                yield
        finally:
            with self._lock:
                self._cases -= 1
                self._case_ended.notify_all()

    @contextmanager
    def request(self, operation: str) -> Iterator[Callable[[int | None, int], None]]:
        """Wait until one more request may be sent, and learn from the time that it takes.

        It does not learn from refusals, which a server may send much faster than it works. Long
        answers are compared with long ones: a page of a hundred items may take a server longer.

        Args:
            operation: The operation, and the host that is asked.

        Yields:
            A function that takes the status of the answer, or None without one, and how many
            bytes its body has.
        """
        found: list[tuple[int | None, int]] = []
        kept = _paced.get()
        if kept:
            with self._lock:
                self._answered.wait_for(lambda: self._requests < self.now)
                self._requests += 1
        began = time.monotonic()
        try:
            yield lambda status, size: found.append((status, size))
        finally:
            elapsed_s = time.monotonic() - began
            with self._lock:
                if not any(status and status >= _REFUSED for status, _ in found):
                    length = max((size.bit_length() // 2 for _, size in found), default=0)
                    self._learn((operation, length), elapsed_s, paced=kept)
                if kept:
                    self._requests -= 1
                    self._answered.notify()

    def refused(self) -> None:
        """Note that the server asks for a pause, or takes no connection: go on one at a time.

        One such answer may be chance, so the pace may rise soon. Those that come while the kit is
        cautious, such as answers to requests that were under way, count as the same time.
        """
        with self._lock:
            if not self._caution:
                self._last_caution = min(self._last_caution * 2, _MOST_CAUTION) or _CAUTION
            self._now, self._caution = 1.0, self._last_caution
            self._ratios.clear()

    @property
    def now(self) -> int:
        """How many cases may run, and how many requests may be under way, at this moment."""
        return max(int(self._now), 1)

    def _learn(self, kind: tuple[str, int], elapsed_s: float, *, paced: bool) -> None:
        """Learn from one answer; one that was not paced counts only if no case ran beside it."""
        if not paced and self._cases:
            return
        alone = min(self._alone_s.get(kind, elapsed_s), elapsed_s)
        self._alone_s[kind] = alone
        if not paced:
            return
        self._ratios.append(max(elapsed_s, _FLOOR_S) / max(alone, _FLOOR_S))
        self._caution = max(self._caution - 1, 0)
        if len(self._ratios) < max(_WINDOW, self.now):
            return
        middle = sorted(self._ratios)[len(self._ratios) // 2]
        self._ratios.clear()
        if middle > _SLOW:
            self._now = max(self._now * 0.7, 1.0)
        elif middle < _FAST and not self._caution:
            self._now = min(self._now + 1.0, float(self.most))
            self._answered.notify()
            self._case_ended.notify_all()
