"""What only the storage gate lets a case see, or cause: for the media of the case alone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.harness.bounds import sleep
from conformance.harness.disturbance import disturbing
from conformance.harness.retry import even_if_lost
from conformance.harness.storage_gate import held
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable, precondition
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.files import URLS, is_refused, usable_url
from conformance.profiles.feedhive.library import LIST, MAXIMUM_LIMIT, page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.harness.harness import Harness
    from conformance.harness.storage_gate import Failure, StorageGate
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.upload import Media

# Seconds within which a server that was disturbed may put itself in order.
_ORDER_BOUND_S = 5.0
_LOOK_S = 0.2
# Seconds within which a deleted record is gone from wherever the server reads it.
_REPLICA_S = 2.5


@dataclass(frozen=True)
class Backed:
    """A media, the objects behind its URLs, and these URLs."""

    media: Media
    objects: tuple[StoredObject, ...]
    urls: tuple[str, ...]

    @property
    def thumbnails(self) -> tuple[StoredObject, ...]:
        """The objects that are not the file itself."""
        return self.objects[1:]


class Gated:
    """The steps of the cases that use the gate."""

    def __init__(self, api: Api, harness: Harness) -> None:
        self.api = api
        self.gate: StorageGate = harness.gate
        self.bucket: Bucket = harness.bucket
        self._journal = harness.journal_objects

    def backed(self, media: Media) -> Backed:
        """Return a media with its objects, which the list names: so no cache holds the item.

        Raises `NotApplicable` if media_url names no object of the bucket: an object that the
        server keeps elsewhere, or removes anyway, shows nothing.
        """
        with precondition(LIST):
            page = page_of(self.api.list_media(limit=MAXIMUM_LIMIT))
        item = next((one for one in page.items if one.get("id") == media.id), {})
        urls = [url for name in URLS if (url := _own(item, name, page.items))]
        found = [self.bucket.behind(SignedUrl(url)) for url in urls]
        if not found or found[0] is None or urls[0] != item.get("media_url"):
            raise NotApplicable("media_url names no object of the bucket that is only this item's")
        return Backed(media, tuple(one for one in found if one), tuple(urls))

    def record_when_objects_go(self, backed: Backed) -> Exchange | None:
        """Delete a media, and fetch it while the gate holds the delete of its objects.

        Returns the answer that still shows the record; None if the record is gone by then. The
        object of a thumbnail counts as well: the page says "objects".
        Raises `Blocked` if nothing could be seen.
        """
        with (
            ThreadPoolExecutor(max_workers=1) as pool,
            self.gate.holding_deletes(*backed.objects) as order,
        ):
            deleting = pool.submit(copy_context().run, self._delete, backed.media)
            caught = held(order, deleting.done)
            shown = self._shown_to_the_end(backed.media)
            listed = shown.succeeded and observe.met(self.api, backed.media.id)
            in_time = not (caught and deleting.done())
            order.end()
            expect.success(deleting.result())
        if caught and (not in_time or not _says(shown)):
            raise Blocked(limit="the server answered no request while its delete was held")
        if not caught and self.bucket.find(backed.objects[0].key) is None:
            self.gate.is_used()
            raise NotApplicable("the server removes the objects in a way that the gate cannot see")
        return shown if caught and shown.succeeded and listed else None

    def _shown_to_the_end(self, media: Media) -> Exchange:
        """Fetch a media until it is gone, for some seconds: a replica may know it later."""
        deadline = time.monotonic() + _REPLICA_S
        while (shown := self._look_at(media)).succeeded and time.monotonic() < deadline:
            sleep(_LOOK_S)
        return shown

    def _look_at(self, media: Media) -> Exchange:
        """Fetch a media once: whether it is there is open while the storage fails."""
        return self.api.get_media(media.id, at_once=True)

    def _delete(self, media: Media) -> Exchange:
        return even_if_lost(lambda: self.api.delete_media(media.id))

    def deleted_while(
        self, failure: Failure, backed: Backed, objects: Sequence[StoredObject]
    ) -> bool:
        """Delete a media while the storage fails for some of its objects, and judge what is left.

        Returns whether a delete of these objects reached the storage meanwhile.
        """
        self._journal(*backed.urls)  # the server may not try again
        with self.gate.failing_deletes(failure, *objects) as order:
            exchange = self._delete(backed.media)
            caught = order.caught() > 0
        if caught:
            self._in_order(failure, backed, exchange)
        return caught

    def _in_order(self, failure: Failure, backed: Backed, exchange: Exchange) -> None:
        """Judge that a record which a failed delete left is whole, and that no success left it."""
        deadline = time.monotonic() + _ORDER_BOUND_S
        while True:
            shown = self._look_at(backed.media)
            bare = shown.succeeded and self.bucket.find(backed.objects[0].key) is None
            kept = shown.succeeded and exchange.succeeded
            if not (bare or kept) or time.monotonic() > deadline:
                break
            sleep(_LOOK_S)
        wanted = f"no record without its bytes when {failure.words} to the delete of the object"
        expect.that(not bare, wanted, "the item is still fetched, and its object is gone", shown)
        wanted = f"the item to be gone after a successful delete, though {failure.words}"
        expect.that(not kept, wanted, "it is still fetched", shown)

    def shown_while(self, failure: Failure, backed: Backed) -> bool:
        """Fetch and list a media while the storage fails; return whether it was asked."""
        keys = [one.key for one in backed.objects]
        with self.gate.failing_questions(failure, *keys) as order:
            self._look_at(backed.media)
            self.api.list_media()
            return order.caught() > 0

    def still_whole(self, backed: Backed) -> None:
        """Judge that a media is fetched with its bytes, and delete it.

        A short memory of the failure is allowed.
        """
        with disturbing():  # whether it is still there is open until now
            try:
                self._is_whole(backed)
            finally:
                self._delete(backed.media)

    def _is_whole(self, backed: Backed) -> None:
        deadline = time.monotonic() + _ORDER_BOUND_S
        while True:
            shown = self._look_at(backed.media)
            if shown.succeeded or time.monotonic() > deadline:
                break
            sleep(_LOOK_S)
        wanted = "the item to be there when the storage works again"
        actual = f"it was {shown.summary()}"
        expect.that(shown.succeeded, wanted, actual, shown)
        stored = self.bucket.behind(SignedUrl(usable_url(shown)))
        expect.that(stored, "its object to be there", "the bucket has no such object", shown)


def _own(item: dict[str, Any], name: str, items: list[dict[str, Any]]) -> str:
    """Return a URL of an item, or nothing where another item has the same file."""
    url = item.get(name)
    others = [one.get(name) for one in items if one is not item]
    places = {SignedUrl(other).path for other in others if isinstance(other, str)}
    # Without another item, a thumbnail may be that of all items.
    own = isinstance(url, str) and (places or name == "media_url")
    return url if isinstance(url, str) and own and SignedUrl(url).path not in places else ""


def _says(shown: Exchange) -> bool:
    """Whether an answer says whether there is an item: an error of the server does not."""
    return shown.succeeded or is_refused(shown)
