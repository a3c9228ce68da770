"""Why an item cannot be fetched or deleted, so that one defect fails one requirement.

An item that is not there yet is a defect of completing. An id with a slash may be a defect
of the path. In both cases fetching and deleting themselves may work.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.harness.bounds import sleep
from conformance.judge.finding import Blocked, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.upload import Media

AT_ONCE = "FH-COMPLETE-02"
SLASHED_GET = "FH-GET-11"
SLASHED_DELETE = "FH-DELETE-12"

# For how long and how often the kit looks for a late item.
_LATE_S = 6.0
_LOOK_S = 0.5


class Causes:
    """Finds out why an item is not found; it waits for late items until one was or none came."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._patient = True
        self._seen_late = False

    @contextmanager
    def of_failed_get(self, media: Media, exchange: Exchange) -> Iterator[None]:
        """Turn a violation inside into `Blocked` if the item is late or its path is unknown."""
        try:
            yield
        except Violation as violation:
            if self._unrouted(media, exchange):
                raise blocked(violation, SLASHED_GET) from violation
            if self._late(media, exchange):
                raise blocked(violation, AT_ONCE) from violation
            raise

    @contextmanager
    def of_failed_delete(self, media: Media, exchange: Exchange) -> Iterator[None]:
        """Turn a violation inside into `Blocked` if the item is late or its path is unknown."""
        try:
            yield
        except Violation as violation:
            if self._unrouted(media, exchange):
                raise blocked(violation, SLASHED_DELETE) from violation
            found = self._api.get_media(media.id, caller=media.upload.caller)
            if self._late(media, found):
                raise blocked(violation, AT_ONCE) from violation
            raise

    def _unrouted(self, media: Media, exchange: Exchange) -> bool:
        """Whether an id with slashes is refused in another way than an unknown id without."""
        if "/" not in media.id or not exchange.refuses:
            return False
        ask = self._api.get_media if exchange.operation == "get_media" else self._api.delete_media
        unknown = f"conformance-{uuid4().hex}"
        return _kind(ask(unknown), unknown) != _kind(exchange, media.id)

    def _late(self, media: Media, exchange: Exchange) -> bool:
        """Whether a refused item can be fetched some seconds later."""
        deadline = time.monotonic() + _LATE_S
        while self._patient and not self._seen_late and exchange.refuses:
            sleep(_LOOK_S)
            found = self._api.get_media(media.id, caller=media.upload.caller)
            self._seen_late = found.succeeded
            self._patient = time.monotonic() < deadline
        return self._seen_late and exchange.refuses


def blocked(violation: Violation, requirement: str) -> Blocked:
    """Return the `Blocked` that names the requirement which a violation really breaks."""
    violation.requirement = requirement
    return Blocked(violation=violation)


def _kind(exchange: Exchange, media_id: str) -> tuple[object, ...]:
    """Return the kind of a refusal: its status, type and words without the id."""
    words = exchange.summary().replace(media_id, "")
    return exchange.status, exchange.content_type, words
