"""A library that is large before the first request, to see how costs grow with its size."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.servers.answers import CALLERS
from conformance.servers.feedhive.database import insert_many

if TYPE_CHECKING:
    from conformance.servers.deviation import Server

_DAY_S = 86_400.0
# All preloaded items name this object, which nobody stored: no client of a run reads it.
_KEY = "preloaded/picture.png"


def preload(server: Server, count: int) -> None:
    """Add so many pictures of the first caller, one made each second until a day ago."""
    since = time.time() - _DAY_S - count
    owner = CALLERS[0]
    rows = [
        (f"med_preloaded/{number:08}", owner, "image", "image/png", _KEY, None, since + number)
        for number in range(count)
    ]
    insert_many(server, rows)
