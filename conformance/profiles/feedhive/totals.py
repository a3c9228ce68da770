"""The total of a list: the page says what it counts, and not how old the count may be.

A server may keep a count for a while, since counting is slow. So a total is judged within the
named seconds, and a case that compares two totals begins with one that is up to date.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from weakref import WeakSet

from conformance.harness.bounds import sleep
from conformance.judge.finding import Blocked, precondition
from conformance.knowledge.bounds import COUNTED_S
from conformance.profiles.feedhive.library import (
    LIST,
    WHOLE_WALK_BOUND,
    listed_items,
    page_of,
)

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api

_LOOK_S = 0.5
#: Why nothing is judged that items of other shards may change.
SHARED = (
    "other shards may use the same tokens: pass --start, or --own-tokens if each shard has its own"
)

# The apis whose total never became the number of the listed items: the cases of it judge that.
_wrong: WeakSet[Api] = WeakSet()


def total(api: Api, caller: str = "main") -> int:
    """Return the `total` of the list; `Blocked` by FH-LIST-01 when it cannot be read."""
    with precondition(LIST):
        return page_of(api.list_media(limit=1, caller=caller)).total


def current_total(api: Api, caller: str = "main") -> int:
    """Return a `total` that is up to date: that of the items which a walk shows.

    It is waited for within the named seconds, once. A large library is not walked.
    `Blocked` where other shards change the library at the same time.
    """
    not_shared(api)
    deadline = time.monotonic() + COUNTED_S
    while True:
        found = total(api, caller)
        if found > WHOLE_WALK_BOUND or api in _wrong:
            return found
        if found == len(listed_items(api, caller=caller)):
            return found
        if time.monotonic() >= deadline:
            _wrong.add(api)
        sleep(_LOOK_S)


def not_shared(api: Api) -> None:
    """Raise `Blocked` where other shards change the library, so that no total is exact."""
    if api.shared:
        raise Blocked(limit=SHARED)
