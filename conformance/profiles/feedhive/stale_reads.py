"""Answers about one item that come from a copy which is behind: a replica, or a cache.

The page says what complete and delete do, and not when a fetch shows it. So a fetch that does
not show it yet is sent again for a few seconds. The first fetch is judged too, as a SHOULD.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from conformance.harness.bounds import sleep
from conformance.judge.finding import Blocked
from conformance.knowledge.bounds import SHOWN_S
from conformance.knowledge.moment import same_moment
from conformance.profiles.feedhive.media_id import is_of_one_thing

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.exchange import Exchange

_LOOK_S = 0.2
#: Why a deleted item that is shown proves nothing.
GIVEN_AGAIN = "the server gave the id of a deleted media item to another one"
# These refuse the request, and say nothing about the item.
_NOT_ABOUT_THE_ITEM = frozenset({401, 429})


class StaleReads:
    """Fetches an item again while the answer may be older than its complete or its delete.

    After one item that never came, or never went, it waits no more for others of its kind: the
    cases judge that.
    """

    def __init__(self) -> None:
        # What happened last to an item of a caller: whether it is there, and since when.
        self._changes: dict[tuple[str | None, str], tuple[bool, float]] = {}
        self._deletes: dict[tuple[str | None, str], tuple[Exchange, float]] = {}
        # The sessions that made an item of this id, and when each of them first said so.
        self._makers: dict[tuple[str | None, str], dict[str, float]] = {}
        self._lost_until = -math.inf
        self._patient = {True: True, False: True}
        # The items that were seen: one that is missing later did come.
        self._came: set[tuple[str | None, str]] = set()

    def completed(self, media_id: object, caller: str | None, session: str) -> None:
        """Note that a complete of a session made an item."""
        if isinstance(media_id, str):
            now = time.monotonic()
            self._changes[caller, media_id] = True, now
            self._came.discard((caller, media_id))
            self._makers.setdefault((caller, media_id), {}).setdefault(session, now)

    def lost(self) -> None:
        """Note that a complete got no answer: the server may make an item of any free id."""
        self._lost_until = time.monotonic() + SHOWN_S

    def deleted(self, media_id: str, caller: str | None, answer: Exchange, began: float) -> None:
        """Note that an item was deleted, by a request that began at a monotonic moment.

        A complete that was answered since then may have made another item of this id, which lives.
        """
        self._deletes[caller, media_id] = answer, began
        if not self._made_since(media_id, caller, began):
            self._changes[caller, media_id] = False, time.monotonic()
            self._came.discard((caller, media_id))

    def is_given_again(self, media_id: str, caller: str | None = "main") -> bool:
        """Whether an item of another session may have this id since the last delete of it began."""
        _, began = self._deletes.get((caller, media_id), (None, math.inf))
        lost = began < self._lost_until and not is_of_one_thing(media_id)
        return lost or self._made_since(media_id, caller, began)

    def _made_since(self, media_id: str, caller: str | None, moment: float) -> bool:
        return any(at > moment for at in self._makers.get((caller, media_id), {}).values())

    def is_deleted(
        self, media_id: str, caller: str | None = "main", *, by: float = math.inf
    ) -> bool:
        """Whether the last change of an item was its delete: a server may give an id again.

        Args:
            media_id: The item.
            caller: Its owner.
            by: The moment, on the monotonic clock, at which that delete had been answered.
        """
        there, since = self._changes.get((caller, media_id), (True, 0.0))
        return not there and since <= by

    def living(self, caller: str | None = "main") -> set[str]:
        """Return the ids of a caller's items that were made, and not deleted since."""
        changes = self._changes.copy()  # in one step: other threads change it
        return {one for (owner, one), (there, _) in changes.items() if there and owner == caller}

    def settled(self, media_id: str, caller: str | None, fetch: Callable[[], Exchange]) -> Exchange:
        """Return the first answer that is not older than the last change, or the last of all.

        The last fetch is sent after the named seconds, so that its answer can be judged.

        Args:
            media_id: The item.
            caller: Who fetches it. Only the requests of its owner show that a copy is behind.
            fetch: Sends the request.

        Raises:
            Blocked: The server gave the id of a deleted item to another one.
        """
        there, since = self._changes.get((caller, media_id), (None, 0.0))
        waited = False
        while True:
            is_late = time.monotonic() >= since + SHOWN_S
            exchange = fetch()
            if there is None or not _is_older(exchange, there=there):
                self._came.update([(caller, media_id)] if there else [])
                return exchange
            if not there and _is_another(self._deletes[caller, media_id][0], exchange):
                raise Blocked(limit=GIVEN_AGAIN)
            if is_late and (caller, media_id) not in self._came:
                self._patient[there] = self._patient[there] and not waited
            if is_late or not self._patient[there]:
                return exchange
            waited = True
            sleep(_LOOK_S)


def _is_another(deleted: Exchange, shown: Exchange) -> bool:
    """Whether an answer shows an item that was created at another moment than the deleted one."""
    moments = [answer.at("data", "created_at") for answer in (deleted, shown)]
    return not same_moment(*moments)


def _is_older(exchange: Exchange, *, there: bool) -> bool:
    """Whether an answer may come from the time before a complete or a delete."""
    if there:
        return exchange.refuses and exchange.status not in _NOT_ABOUT_THE_ITEM
    return exchange.succeeded
