"""Servers that lock a client out for a while after some requests without a valid key.

Gateways count failed log-ins, often by address: then every request gets a 429 for a minute or
more, those with a valid key too. No document speaks of it. The kit waits until the server lets it
in again, and after a few times it sends no more such requests: the other cases go on.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

# A server that counts failed log-ins lets a client fail so often at least.
_LEAST = 3
# A shorter pause is a rate limit of every request.
_LONG_S = 10.0
# So long a lock-out lasts at most that the kit waits for.
_LONGEST_S = 90.0
# After so many long pauses behind refused keys, no more keys of that kind are sent.
_ENOUGH = 2
_UNAUTHORIZED = 401


class LockedOut(Blocked):
    """Requests without a valid key lock the kit out, so no more of them are sent."""


class LockOut:
    """What one process knows about such a lock-out; every method may be called from threads."""

    def __init__(self) -> None:
        self._refused = self._pauses = 0
        self._began, self._until = -math.inf, 0.0
        self._lock = threading.Lock()

    @property
    def is_likely(self) -> bool:
        """Whether enough keys were refused of late that a pause may be due to them."""
        return self._refused >= _LEAST or time.monotonic() - self._began < _LONGEST_S

    def check(self) -> None:
        """Raise `LockedOut` before a request without a valid key, once such requests lock out."""
        if self._pauses >= _ENOUGH:
            raise LockedOut(
                limit="the server locks this client out for a while after some requests without"
                " a valid key: let its limit of failed log-ins spare the kit"
            )

    def refused(self, exchange: Exchange) -> None:
        """Note the answer to a request without a valid key."""
        if exchange.status == _UNAUTHORIZED:
            with self._lock:
                self._refused += 1

    def waits(self, waited_s: float, pause_s: float) -> None:
        """Note that the server asks a request for a pause.

        Requests that are under way at the same time meet the same lock-out, which counts once.

        Args:
            waited_s: How long the request has waited already.
            pause_s: How long it will wait now.
        """
        now = time.monotonic()
        if waited_s + pause_s < _LONG_S:
            return
        with self._lock:
            if now - waited_s > self._until and self._refused >= _LEAST:
                self._pauses += 1
                self._refused, self._began = 0, now - waited_s
            self._until = max(self._until, now + pause_s)
