"""Variants with delays: lists that lag, and bytes that a queue removes late."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.database import remove_record
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server

#: The seconds after which the list and the total show a new media.
LIST_LAG_S = 0.4
#: The seconds after which the queue removes the objects of a deleted media.
QUEUE_DELAY_S = 40.0


def _lagging(server: Server, seconds: float) -> None:
    library = server.subject

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        newest = library.now() - seconds, ""
        fresh = [
            row for row in original(owner, 1_000, None)[0] if (row.created_at, row.id) >= newest
        ]
        rows, total = original(owner, limit, newest if after is None else min(after, newest))
        return rows, total - len(fresh)


@VARIANT(
    "The list and its total show a new media 0.4 seconds late.",
    warns=("FH-COMPLETE-17", "FH-LIST-19"),
)
def lists_lag(server: Server) -> None:
    _lagging(server, LIST_LAG_S)


@VARIANT(
    "The list and its total show a new media two and a half seconds late.",
    warns=("FH-COMPLETE-17", "FH-LIST-19"),
)
def lists_lag_by_seconds(server: Server) -> None:
    _lagging(server, LIST_LAG_S + 2.1)


@VARIANT("A queue removes the objects 40 seconds after the record.", warns=("FH-DELETE-17",))
def bytes_go_after_forty_seconds(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = remove_record(server, owner, media_id)
        for key in filter(None, (row.key, row.thumbnail_key)):
            timer = threading.Timer(QUEUE_DELAY_S, _removed, [library.store, key])
            timer.daemon = True
            timer.start()
        return library.item(row)


def _removed(store: Any, key: str) -> None:
    try:
        store.remove(key)
    except Exception:  # noqa: BLE001 - the server has stopped
        return
