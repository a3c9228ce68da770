"""Faults of callers: one caller, or a request without a key, harms the media of another."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, Any

from conformance.servers.access import mix_up_callers
from conformance.servers.answers import CALLERS, other_caller
from conformance.servers.feedhive.database import execute
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server
    from conformance.servers.feedhive.state import MediaRow

_DELETE = "delete_media"
_STATUSES = {"FH-DELETE-10": 404, "FH-AUTH-05": 401}


def _row(server: Server, media_id: str) -> MediaRow | None:
    """Return a media record of any caller."""
    found = (server.subject.state.media(media_id, owner) for owner in CALLERS)
    return next(filter(None, found), None)


def _harms(name: str, requirement: str, sentence: str, harm: Callable[[Server, Any], Any]) -> None:
    """Register a fault: a refused delete damages the media, but keeps its record."""

    def apply(server: Server) -> None:
        @server.answers(_DELETE, refusals=True)
        def harmed(answer: Answer) -> None:
            row = _row(server, answer.request.path_params["id"])
            if row is not None and answer.status == _STATUSES[requirement]:
                harm(server, row)

    FAULT.add(name, sentence, apply, requirement)


def _unlist(server: Server, row: MediaRow) -> None:
    """Remove an item from the list; a get still finds it."""
    if not hasattr(server.subject, "unlisted"):
        server.subject.unlisted = set()

        @server.replaces("page")
        def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
            answer = original(owner, limit, cursor)
            items = [one for one in answer["items"] if one["id"] not in server.subject.unlisted]
            return {**answer, "items": items}

    server.subject.unlisted.add(row.id)


def _administers(verb: str, rule: str, look_up: str, requirement: str) -> None:
    """Register a fault: the first caller reaches what the other one has, and not the reverse."""

    def apply(server: Server) -> None:
        @server.replaces(rule)
        def lenient(original: Any, owner: str, thing: str) -> Any:
            found = getattr(server.subject.state, look_up)(thing, CALLERS[1])
            return original(CALLERS[1] if found is not None else owner, thing)

    FAULT.add(
        f"first-caller-{verb}-everything",
        f"The caller who was there first {verb} the media of all.",
        apply,
        requirement,
    )


_administers("fetches", "media", "media", "FH-GET-12")
_administers("deletes", "delete", "media", "FH-DELETE-10")
_administers("completes", "complete_upload", "upload", "FH-COMPLETE-14")


for _requirement, _whose, _delete in (
    ("FH-DELETE-10", "foreign", "A delete by another caller"),
    ("FH-AUTH-05", "keyless", "A delete without a key"),
):
    _harms(
        f"{_whose}-deletes-take-the-bytes",
        _requirement,
        f"{_delete} is refused, but removes the bytes.",
        lambda server, row: server.subject.store.remove(row.key),
    )
    _harms(
        f"{_whose}-deletes-take-the-thumbnail",
        _requirement,
        f"{_delete} is refused, but removes the thumbnail.",
        lambda server, row: server.subject.store.remove(row.thumbnail_key or "none"),
    )
    _harms(
        f"{_whose}-deletes-hide-the-item",
        _requirement,
        f"{_delete} is refused, but removes the item from the list.",
        _unlist,
    )


def _counted(owner: str, filename: str, known: dict[tuple[str, str], int]) -> str:
    """Return a path that is unique for one caller, but that both callers get."""
    known[owner, filename] = known.get((owner, filename), 0) + 1
    safe = "".join(letter if letter.isalnum() else "-" for letter in filename)[:80]
    return f"{safe}/{known[owner, filename]}"


@FAULT(
    "Object keys contain the filename and a count per caller, but not the caller.", "FH-CREATE-11"
)
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


@FAULT("Complete copies uploads to keys that do not contain the caller.", "FH-LIFECYCLE-03")
def copies_lack_the_caller(server: Server) -> None:
    library = server.subject
    known: dict[tuple[str, str], int] = {}

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        upload = library.state.upload(upload_id, media.owner)
        if upload is None or upload.completed_at is not None:
            return bool(original(upload_id, media))
        key = f"kept/{_counted(media.owner, upload.filename, known)}"
        library.store.write(key, library.store.read(media.key), media.mime_type)
        return bool(original(upload_id, dataclasses.replace(media, key=key)))


@FAULT("A new media replaces the other caller's media with the same filename.", "FH-LIFECYCLE-03")
def namesakes_replace_each_other(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        won = bool(original(upload_id, media))
        if won:
            execute(
                server,
                "DELETE FROM media WHERE owner != ? AND key IN (SELECT key FROM upload WHERE"
                " filename = (SELECT filename FROM upload WHERE id = ?))",
                media.owner,
                upload_id,
            )
        return won


@FAULT(
    "Delete removes the bytes of the other caller's media with the same filename.",
    "FH-LIFECYCLE-03",
)
def delete_takes_the_namesakes_bytes(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        other = other_caller(owner)
        rows, _ = library.state.page(other, 1_000, None) if row is not None else ([], 0)
        for one in rows:
            names = [_filename(server, key) for key in (one.key, row.key)]
            if names[0] == names[1]:
                library.store.remove(one.key)
        return original(owner, media_id)


def _filename(server: Server, key: str) -> str:
    with server.subject.state.transaction() as connection:
        found = connection.execute("SELECT filename FROM upload WHERE key = ?", (key,)).fetchone()
    return str(found[0]) if found else key


@FAULT(
    "The server keeps the caller in a global variable, and lists at the same time overwrite it.",
    "FH-LIFECYCLE-03",
)
def lists_at_once_are_mixed_up(server: Server) -> None:
    mix_up_callers(server, "list_media")


def _media_of_an_upload(server: Server, upload_id: str) -> MediaRow | None:
    """Return the media of any caller that an upload became."""
    known = "SELECT m.id FROM upload u JOIN media m ON m.key = u.key WHERE u.id = ?"
    with server.subject.state.transaction() as connection:
        found = connection.execute(known, (upload_id,)).fetchone()
    return _row(server, found[0]) if found else None


@FAULT("Get by the id of an upload shows its media to every caller.", "FH-GET-12")
def upload_ids_show_foreign_media(server: Server) -> None:
    library = server.subject

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        row = _media_of_an_upload(server, media_id)
        if row is None or row.owner == owner:
            return original(owner, media_id)
        return library.item(row)


@FAULT("Delete by the id of an upload deletes the media of every caller.", "FH-DELETE-10")
def upload_ids_delete_foreign_media(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = _media_of_an_upload(server, media_id)
        if row is None or row.owner == owner:
            return original(owner, media_id)
        return original(row.owner, row.id)
