"""What belongs to the run: which ids and objects the kit made itself, and so may delete.

A broken server may hand out somebody's media as a new one. So an id is the kit's own only if the
kit saw a list without it before, or if its created_at lies within the run.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - read by dataclass
from typing import TYPE_CHECKING

from conformance.harness.journal import BEFORE, Entry
from conformance.judge.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.harness.bucket import Bucket
    from conformance.harness.client import Client
    from conformance.model.exchange import Exchange

#: The clocks of kit and server may differ by so many seconds.
CLOCKS_S = 60.0
#: So many items that are there before, and that look new, are noted.
_NOTED = 200
#: A library is looked at up to so many pages; what is behind them counts as not seen.
PAGES = 10
#: So often a fetch is sent whose connection breaks, and after so many seconds it is not again.
_TRIES, _SILENT_S = 5, 2.0
#: How the kit knows that a thing is its own: words of the journal.
ABSENT, CREATED, OWN = "absent-before", "created-in-the-run", "own"


@dataclass(frozen=True)
class Item:
    """One item of a library, as a list shows it."""

    id: str
    url: str = ""
    created: datetime | None = None


@dataclass(frozen=True)
class Listing:
    """A caller's library: `whole` says that no item is missing, `total` is what the server says.

    `skew_s` is how far the clock of the answers is ahead of this machine's; `answered` is False
    where no list was given at all, or a page of it got no answer.
    """

    items: tuple[Item, ...] = ()
    whole: bool = False
    total: int | None = None
    skew_s: float = 0.0
    answered: bool = False


@dataclass
class Belongings:
    """What each caller had before the run made anything, and what is the run's own.

    `lists` maps an instance to what lists a caller's library there; `began` is when the run
    began, in seconds since the epoch. `note` journals an entry,
    `created_at` fetches a media of a caller at an instance. It may be used by several threads.
    """

    began: float
    lists: Mapping[str, Callable[[str], Listing]]
    bucket: Callable[[], Bucket | None]
    note: Callable[[Entry], None] = lambda _: None
    created_at: Callable[[str, str, str], datetime | None] = lambda *_: None
    _before: dict[tuple[str, str], Listing] = field(default_factory=dict)
    _keys: frozenset[str] | None = None
    _looked_at_keys: bool = False
    _looking: threading.RLock = field(default_factory=threading.RLock)

    def look(self, caller: str, instance: str) -> Listing:
        """Return what a caller had at the first look, which must be before the first complete."""
        with self._looking:
            if (caller, instance) not in self._before:
                self._before[caller, instance] = Listing()  # a failed look is not made again
                found = listing(self.lists[instance], caller)
                self._before[caller, instance] = found
                # A later clean-up could take these for things of the run.
                recent = [one for one in found.items if self._is_recent(one, found.skew_s)]
                for item in recent[:_NOTED]:
                    self.note(Entry(BEFORE, item.id, caller, instance))
            return self._before[caller, instance]

    def _is_recent(self, item: Item, skew_s: float) -> bool:
        return item.created is None or self.is_new(item.created, skew_s)

    def proof_of(self, media_id: str, caller: str, instance: str, created: datetime | None) -> str:
        """Return how the kit knows that a media is its own; empty if nothing shows it."""
        before = list(self._before.values())
        if any(item.id == media_id for one in before for item in one.items):
            return ""
        seen = self._before.get((caller, instance), Listing())
        if seen.whole:
            return ABSENT
        created = created or self._fetched(media_id, caller, instance)
        return CREATED if self.is_new(created, seen.skew_s) else ""

    def _fetched(self, media_id: str, caller: str, instance: str) -> datetime | None:
        """Return the created_at that a fetch shows, since a complete need not show it."""
        try:
            return self.created_at(media_id, caller, instance)
        except Finding:
            return None

    def is_new(self, created: datetime | None, skew_s: float = 0.0) -> bool:
        """Whether a moment lies within the run, by this clock or by that of the answers."""
        return is_within(created, self.began, skew_s)

    def proof_of_object(self, key: str) -> str:
        """Return how the kit knows that an object of the bucket is its own, before it stores it.

        Only where the target's bucket is given.
        """
        bucket = self.bucket()
        if bucket is None:
            return ""
        with self._looking:
            if not self._looked_at_keys:
                self._looked_at_keys = True
                self._keys = _keys_of(bucket)
        if self._keys is not None:
            return "" if key in self._keys else ABSENT
        try:
            modified = bucket.modified(key)
        except Finding:
            return ""
        if modified is None:
            return ABSENT
        return CREATED if self.is_new(modified) else ""


def patient_get(client: Client, url: str, caller: str) -> Exchange:
    """Fetch a URL, and ask again where a connection broke: what the kit made depends on the answer.

    A server that was silent for long is not asked again.
    """
    for _ in range(_TRIES):
        began = time.monotonic()
        exchange = client.send("GET", url, caller=caller)
        if exchange.response is not None or time.monotonic() - began > _SILENT_S:
            break
    return exchange


def listing(look: Callable[[str], Listing], caller: str) -> Listing:
    """Return a caller's library, or an empty listing where the server or a bound forbids it."""
    try:
        return look(caller)
    except Finding:
        return Listing()


def is_within(created: datetime | None, began: float, skew_s: float = 0.0) -> bool:
    """Whether a moment lies between the begin of a run and now.

    Args:
        created: The moment, or None.
        began: When the run began, in seconds since the epoch.
        skew_s: How far another clock, which may also be the right one, is ahead of this one.
    """
    if created is None:
        return False
    moment, now = created.timestamp(), time.time()
    return any(began - CLOCKS_S <= moment - ahead <= now + CLOCKS_S for ahead in {0.0, skew_s})


def _keys_of(bucket: Bucket) -> frozenset[str] | None:
    """Return all keys of a bucket, or None where there are too many or they cannot be listed."""
    try:
        etags = bucket.etags()
    except Finding:
        return None
    return None if etags is None else frozenset(etags)
