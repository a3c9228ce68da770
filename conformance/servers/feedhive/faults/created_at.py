"""Faults of created_at: it is a moment, but not that of the item."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.servers.feedhive.registry import FAULT
from conformance.servers.feedhive.sessions import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow

_YEAR_S = 365 * 86_400.0


def _created(name: str, sentence: str, moment: Callable[[MediaRow, float], float]) -> None:
    """Register a fault; `moment` gets an item and the time when the server began."""

    def apply(server: Server) -> None:
        begun = time.time()
        server.replaces("item")(
            lambda original, row: {**original(row), "created_at": timestamp(moment(row, begun))}
        )

    FAULT.add(name, sentence, apply, "FH-LIST-14")


_created(
    "items-are-as-old-as-the-server",
    "created_at of each item is the time when the server began.",
    lambda _, begun: begun,
)
_created("items-are-of-the-epoch", "created_at of each item is in 1970.", lambda *_: 0.0)
_created(
    "items-are-years-old",
    "created_at lies three years in the past.",
    lambda row, _: row.created_at - 3 * _YEAR_S,
)
