"""Servers that lock a client out for a while after some requests without a valid key.

Gateways count failed log-ins, often by address. Then every request gets a 429 for a minute or
more, even with a valid key. The documents do not mention it. The kit waits until the server lets
it in again, and after a few times it sends no more such requests: the other cases go on.

A rate limit of all requests asks for long pauses as well. The difference: it also comes where no
key was refused before, or it lets some requests with a valid key in at the same time.
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
# A pause may be named a little longer than the lock-out is.
_ROUNDED_S = 5.0
_UNAUTHORIZED = 401
_PAUSES = frozenset({429, 503})


class LockedOut(Blocked):
    """Requests without a valid key lock the kit out, so no more of them are sent."""


class LockOut:
    """What one process knows about such a lock-out; every method may be called from threads."""

    def __init__(self) -> None:
        self._refused = self._pauses = 0
        self._began, self._until = -math.inf, -math.inf
        self._counted = self._is_a_rate_limit = False
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
            if now - waited_s > self._until:
                self._begins(now - waited_s)
            self._until = max(self._until, now + pause_s)

    def _begins(self, began: float) -> None:
        if not self._refused:
            self._is_a_rate_limit, self._pauses = True, 0
        self._counted = self._refused >= _LEAST and not self._is_a_rate_limit
        self._pauses += self._counted
        self._refused, self._began = 0, began

    def answered(self, exchange: Exchange, began: float) -> None:
        """Note the answer to a request with a valid key: no lock-out lets it in meanwhile.

        Args:
            exchange: The request and its answer.
            began: When it was first sent, on the monotonic clock.
        """
        meanwhile = self._began < began and time.monotonic() < self._until - _ROUNDED_S
        if not meanwhile or exchange.status is None or exchange.status in _PAUSES:
            return
        with self._lock:
            self._pauses -= self._counted
            self._counted = False
