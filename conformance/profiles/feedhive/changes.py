"""Sends what changes a library, and notes what it did, however the request was written.

Cases beside each other rely on it: what one of them completes must never look new to another.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.harness.reading import check_library
from conformance.harness.retry import lost
from conformance.judge.finding import Blocked
from conformance.profiles.feedhive.media_id import not_given_again
from conformance.profiles.feedhive.stale_reads import GIVEN_AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.bookkeeping import Bookkeeping
    from conformance.profiles.feedhive.limits import Limits
    from conformance.profiles.feedhive.spare import Spare
    from conformance.profiles.feedhive.stale_reads import StaleReads

    Send = Callable[[], Exchange]


class Changes:
    """The creates, completes and deletes of one api.

    Each method sends by `send`, notes for the journal, the other cases, the spare things and the
    limits what the answer says, and returns the exchange.
    """

    def __init__(
        self, harness: Harness, books: Bookkeeping, spare: Spare, limits: Limits, reads: StaleReads
    ) -> None:
        self._bounds = harness.bounds
        self._completions = harness.completions
        self._books = books
        self._spare = spare
        self._limits = limits
        self._reads = reads
        # How many deletes of a media are under way.
        self._deletes: Counter[str] = Counter()
        # When the items of a caller changed last, on the monotonic clock.
        self._changed: dict[str | None, float] = {}

    def last(self, caller: str) -> float:
        """Return when the items of a caller changed last, on the monotonic clock."""
        return self._changed.get(caller, -math.inf)

    def create(self, caller: str | None, send: Send) -> Exchange:
        """Open a session."""
        with self._bounds.creating() as created:
            exchange = send()
            created(self._books.session(exchange, caller))
        self._spare.opened(exchange)
        return exchange

    def complete(self, upload_id: str, caller: str | None, send: Send) -> Exchange:
        """Complete a session; until it has ended, nobody knows whose a new media is."""
        check_library(caller)
        self._books.begin_complete(upload_id, caller)
        with self._completions.under_way(), self._limits.making_room(caller) as answered:
            exchange = send()
            answered(exchange)
            self._books.end_complete(upload_id, exchange, caller)
            self._completed(exchange, caller, upload_id)
        self._note_time(exchange, caller)
        if exchange.succeeded:
            self._spare.completed(upload_id, exchange)
            self._limits.freed(caller)
        return exchange

    def _completed(self, exchange: Exchange, caller: str | None, upload_id: str) -> None:
        media_id = exchange.at("data", "id")
        if exchange.succeeded:
            self._completions.made(media_id)
            self._reads.completed(media_id, caller, upload_id)
        elif not exchange.refuses:
            self._completions.lost()
            self._reads.lost()

    def delete(self, media_id: str, caller: str | None, send: Send) -> Exchange:
        """Delete a media; `Blocked` for one that nothing shows to be the run's own."""
        check_library(caller)
        self._books.may_delete(media_id)
        with self._deleting(media_id, caller), self._limits.making_room(caller) as answered:
            began = time.monotonic()
            exchange = send()
            answered(exchange)
            if exchange.succeeded or lost(exchange):
                self._reads.deleted(media_id, caller, exchange, began)
        self._note_time(exchange, caller)
        if exchange.succeeded:
            self._books.removed(media_id, caller)
            self._spare.keep(media_id)
            self._limits.freed(caller)
        return exchange

    def _note_time(self, exchange: Exchange, caller: str | None) -> None:
        if not exchange.refuses:
            self._changed[caller] = time.monotonic()

    @contextmanager
    def _deleting(self, media_id: str, caller: str | None) -> Iterator[None]:
        """Let a delete that comes too late meet no new item, which has the same id by now."""
        dead = self._reads.is_deleted(media_id, caller)
        self._deletes[media_id] += 1
        try:
            if not (dead or self._deletes[media_id] > 1):
                yield
                return
            with not_given_again(self._completions, media_id):
                if dead and self._reads.is_given_again(media_id, caller):
                    raise Blocked(limit=GIVEN_AGAIN)
                yield
        finally:
            self._deletes[media_id] -= 1
