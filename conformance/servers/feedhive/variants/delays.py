"""Variants with delays: lists that lag, and bytes that a queue removes late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.database import remove_record
from conformance.servers.feedhive.registry import VARIANT
from conformance.servers.later import later

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow

#: The seconds after which the list and the total show a new media.
LIST_LAG_S = 0.4
#: The seconds after which a worker has moved a file, and after which it removes the original.
WORKER_DELAY_S, ORIGINAL_STAYS_S = 1.0, 5.0
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
            later(QUEUE_DELAY_S, library.store.remove, key)
        return library.item(row)


@VARIANT(
    "A second after complete a worker moves the file, and the original goes five seconds later.",
    warns=("FH-GET-14", "FH-PUT-04"),
)
def files_movelater(server: Server) -> None:
    state, store = server.subject.state, server.subject.store

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        done = bool(original(upload_id, media))
        if done:
            later(WORKER_DELAY_S, moved, media)
        return done

    def moved(media: MediaRow) -> None:
        key = f"processed/{media.key}"
        store.write(key, store.read(media.key), media.mime_type)
        with state.transaction() as connection:
            found = connection.execute(
                "UPDATE media SET key = ? WHERE id = ?", (key, media.id)
            ).rowcount
        if found:
            later(ORIGINAL_STAYS_S, store.remove, media.key)
        else:  # it was deleted meanwhile
            store.remove(key)
