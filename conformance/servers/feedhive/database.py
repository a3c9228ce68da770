"""Changes of records that FeedHive's operations do not offer, for faults and variants."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

_INSERT = "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)"


def execute(server: Server, statement: str, *values: Any) -> None:
    """Execute one SQL statement in a transaction of its own."""
    with server.subject.state.transaction() as connection:
        connection.execute(statement, values)


def insert(server: Server, media: MediaRow) -> None:
    """Insert a media record."""
    execute(
        server,
        _INSERT,
        *(media.id, media.owner, media.type, media.mime_type),
        *(media.key, media.thumbnail_key, media.created_at),
    )


def insert_many(server: Server, rows: list[tuple[Any, ...]]) -> None:
    """Insert many media records, each a tuple in the order of the table's columns."""
    with server.subject.state.transaction() as connection:
        connection.executemany(_INSERT, rows)


def make_media(server: Server, row: UploadRow) -> None:
    """Insert a media record for a session, which stays open."""
    media_id = server.subject.media_id()
    kind = row.content_type.partition("/")[0]
    values = (media_id, row.owner, kind, row.content_type, row.key, None, time.time())
    execute(server, _INSERT, *values)


def remove_record(server: Server, owner: str, media_id: str) -> MediaRow:
    """Remove a media record and keep its objects; refuse an unknown id."""
    row: MediaRow | None = server.subject.state.remove(media_id, owner)
    if row is None:
        raise Refusal(404, "Media not found")
    return row


def deleted_ids(server: Server) -> set[str]:
    """Return the set that holds the id of each media that is deleted from now on."""
    deleted: set[str] = set()

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        deleted.add(media_id)
        return item

    return deleted


def close_session(server: Server, upload_id: str) -> None:
    """Mark a session as completed."""
    execute(server, "UPDATE upload SET completed_at = 0 WHERE id = ?", upload_id)


def reopen_sessions_on_delete(server: Server) -> None:
    """Let each delete of a media mark its session as not completed."""

    @server.replaces("state.remove")
    def remove(original: Any, media_id: str, owner: str) -> MediaRow | None:
        row: MediaRow | None = original(media_id, owner)
        if row is not None:
            execute(server, "UPDATE upload SET completed_at = NULL WHERE key = ?", row.key)
        return row


def allow_shared_keys(server: Server) -> None:
    """Let several sessions have one object key; there must be no session yet."""
    execute(server, "DROP TABLE upload")
    execute(
        server,
        "CREATE TABLE upload (id TEXT PRIMARY KEY, owner TEXT, filename TEXT, content_type TEXT,"
        " key TEXT, expires_at REAL, completed_at REAL)",
    )


def gone(server: Server, row: UploadRow) -> bool:
    """Say whether the store has no object for a session."""
    return server.subject.store.head(row.key) is None
