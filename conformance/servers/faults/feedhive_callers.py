"""Faults of what belongs to whom, and of deletes that reach where they should not."""

from __future__ import annotations

import dataclasses
import threading
import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.faults.feedhive_completion import execute
from conformance.servers.faults.feedhive_lifecycle import keep_the_caller_in_a_global
from conformance.servers.faults.registry import FEEDHIVE as FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.bending import Answer, Server
    from conformance.servers.feedhive.state import MediaRow

_DELETE = "delete_media"
_BACK_AFTER_S = 2.0
_STATUSES = {"FH-DELETE-10": 404, "FH-AUTH-05": 401}


def _row(server: Server, media_id: str) -> MediaRow | None:
    """Return a media of whatever owner."""
    found = (server.subject.state.media(media_id, owner) for owner in ("main", "other"))
    return next(filter(None, found), None)


def _harms(name: str, requirement: str, sentence: str, harm: Callable[[Server, Any], Any]) -> None:
    """Let a refused delete harm the item, whose record stays."""

    def apply(server: Server) -> None:
        @server.answers(_DELETE, refusals=True)
        def harmed(answer: Answer) -> None:
            row = _row(server, answer.request.path_params["id"])
            if row is not None and answer.status == _STATUSES[requirement]:
                harm(server, row)

    FAULT.add(name, sentence, apply, requirement)


def _unlist(server: Server, row: MediaRow) -> None:
    """Leave an item out of the list and its total, and let it be fetched."""
    if not hasattr(server.subject, "unlisted"):
        server.subject.unlisted = set()

        @server.replaces("page")
        def page(honest: Any, owner: str, limit: int, cursor: str | None) -> Any:
            answer = honest(owner, limit, cursor)
            items = [one for one in answer["items"] if one["id"] not in server.subject.unlisted]
            return {**answer, "items": items}

    server.subject.unlisted.add(row.id)


for _requirement, _whose in (("FH-DELETE-10", "foreign"), ("FH-AUTH-05", "keyless")):
    _harms(
        f"{_whose}-deletes-take-the-bytes",
        _requirement,
        f"A {_whose} delete is refused, and takes the bytes.",
        lambda server, row: server.subject.store.remove(row.key),
    )
    _harms(
        f"{_whose}-deletes-take-the-thumbnail",
        _requirement,
        f"A {_whose} delete is refused, and takes the thumbnail.",
        lambda server, row: server.subject.store.remove(row.thumbnail_key or "none"),
    )
    _harms(
        f"{_whose}-deletes-hide-the-item",
        _requirement,
        f"A {_whose} delete is refused, and takes the item off the list.",
        _unlist,
    )


def _counted(owner: str, filename: str, known: dict[tuple[str, str], int]) -> str:
    """Return a path that is unique among the caller's, and the same for both callers."""
    known[owner, filename] = known.get((owner, filename), 0) + 1
    safe = "".join(letter if letter.isalnum() else "-" for letter in filename)[:80]
    return f"{safe}/{known[owner, filename]}"


@FAULT("Keys are made of the filename and count in each caller's own way.", "FH-CREATE-11")
def keys_lack_the_caller(server: Server) -> None:
    known: dict[tuple[str, str], int] = {}
    execute(server, "ALTER TABLE upload RENAME TO strict_upload")
    execute(
        server,
        "CREATE TABLE upload (id TEXT PRIMARY KEY, owner TEXT NOT NULL, filename TEXT NOT NULL,"
        " content_type TEXT NOT NULL, key TEXT NOT NULL, expires_at REAL NOT NULL,"
        " completed_at REAL)",
    )
    lock = threading.Lock()

    @server.replaces("object_key")
    def object_key(_: Any, owner: str, filename: str) -> str:
        with lock:
            return f"media/{_counted(owner, filename, known)}"


@FAULT("Uploads are copied to keys that lack the caller.", "FH-LIFECYCLE-03")
def copies_lack_the_caller(server: Server) -> None:
    library = server.subject
    honest = library.state.complete
    known: dict[tuple[str, str], int] = {}

    def complete(upload_id: str, media: MediaRow) -> bool:
        upload = library.state.upload(upload_id, media.owner)
        if upload is None or upload.completed_at is not None:
            return bool(honest(upload_id, media))
        key = f"kept/{_counted(media.owner, upload.filename, known)}"
        library.store.write(key, library.store.read(media.key), media.mime_type)
        return bool(honest(upload_id, dataclasses.replace(media, key=key)))

    library.state.complete = complete


@FAULT("A media replaces the other caller's of the same filename.", "FH-LIFECYCLE-03")
def namesakes_replace_each_other(server: Server) -> None:
    library = server.subject
    honest = library.state.complete

    def complete(upload_id: str, media: MediaRow) -> bool:
        won = bool(honest(upload_id, media))
        if won:
            execute(
                server,
                "DELETE FROM media WHERE owner != ? AND key IN (SELECT key FROM upload WHERE"
                " filename = (SELECT filename FROM upload WHERE id = ?))",
                media.owner,
                upload_id,
            )
        return won

    library.state.complete = complete


@FAULT("Delete takes the bytes of the other caller's media of that filename.", "FH-LIFECYCLE-03")
def delete_takes_the_namesakes_bytes(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(honest: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        other = "other" if owner == "main" else "main"
        rows, _ = library.state.page(other, 1_000, None) if row is not None else ([], 0)
        for one in rows:
            names = [_filename(server, key) for key in (one.key, row.key)]
            if names[0] == names[1]:
                library.store.remove(one.key)
        return honest(owner, media_id)


def _filename(server: Server, key: str) -> str:
    with server.subject.state._transaction() as connection:
        found = connection.execute("SELECT filename FROM upload WHERE key = ?", (key,)).fetchone()
    return str(found[0]) if found else key


@FAULT("The caller is kept in a global while other lists are made.", "FH-LIFECYCLE-03")
def lists_at_once_are_mixed_up(server: Server) -> None:
    keep_the_caller_in_a_global(server, "list_media")


@FAULT("A late worker saves a deleted media anew.", "FH-DELETE-02")
def deleted_media_come_back(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(honest: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        item = honest(owner, media_id)
        values = dataclasses.astuple(row)
        timer = threading.Timer(_BACK_AFTER_S, _saved_anew, [server, values])
        timer.daemon = True
        timer.start()
        return item


def _saved_anew(server: Server, values: tuple[Any, ...]) -> None:
    try:
        execute(server, "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
    except Exception:  # noqa: BLE001 - the server has stopped
        return


@FAULT("Delete takes an id for a pattern of SQL's.", "FH-DELETE-11")
def delete_takes_patterns(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(honest: Any, owner: str, media_id: str) -> Any:
        rows, _ = library.state.page(owner, 1_000, None)
        pattern = media_id.replace("%", "*").replace("_", "?")
        found = [row.id for row in rows if len(media_id) > 1 and fnmatchcase(row.id, pattern)]
        return honest(owner, media_id if media_id in found or not found else found[0])


def _keeps(name: str, sentence: str, mime_type: str, kept: str) -> None:
    """Let delete keep one of the objects of one type: the member `kept` of its record."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(honest: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            if row is None or row.mime_type != mime_type:
                return honest(owner, media_id)
            item = library.item(row)
            if library.state.remove(media_id, owner) is None:
                raise Refusal(404, "Media not found")
            for member in {"key", "thumbnail_key"} - {kept}:
                library.store.remove(getattr(row, member) or "none")
            return item

    FAULT.add(name, sentence, apply, "FH-DELETE-06")


_keeps("delete-keeps-image-jpg", "The bytes of image/jpg stay.", "image/jpg", "key")
_keeps("delete-keeps-gif-thumbnails", "Thumbnails of gifs stay.", "image/gif", "thumbnail_key")


@FAULT("The thumbnail of a media vanishes when its session expires.", "FH-LIFECYCLE-04")
def thumbnails_expire_with_their_session(server: Server) -> None:
    library = server.subject
    ttl = library.settings.upload_ttl

    @server.replaces("item")
    def item(honest: Any, row: MediaRow) -> Any:
        if row.thumbnail_key and time.time() - row.created_at > ttl:
            library.store.remove(row.thumbnail_key)
        return honest(row)
