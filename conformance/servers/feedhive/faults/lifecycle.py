"""Faults of the whole lifecycle, from create to delete."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.servers.access import mix_up_callers
from conformance.servers.answers import Refusal, other_caller
from conformance.servers.feedhive.database import close_session, execute, insert, make_media
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow


@FAULT("The list contains a media as soon as its upload is created.", "FH-LIFECYCLE-02")
def uploads_are_media_at_once(server: Server) -> None:
    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: UploadRow) -> None:
        original(row)
        make_media(server, row)


@FAULT("Every third new gif removes the first of the three.", "FH-LIFECYCLE-01")
def third_media_in_a_minute_is_lost(server: Server) -> None:
    library = server.subject
    fresh: list[tuple[str, str, str]] = []

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        won = bool(original(upload_id, media))
        if won and media.type == "gif":
            fresh.append((media.id, media.owner, media.type))
            if len(fresh) % 3 == 0:
                library.state.remove(fresh[-3][0], fresh[-3][1])
        return won


@FAULT("A delete by one caller removes the newest media of the other.", "FH-LIFECYCLE-03")
def deletes_reach_the_other_caller(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        other = other_caller(owner)
        rows, _ = library.state.page(other, 1, None)
        for row in rows:
            library.state.remove(row.id, other)
        return item


@FAULT(
    "The server keeps the caller in a global variable, and requests at the same time overwrite it.",
    "FH-LIFECYCLE-03",
)
def callers_at_once_are_mixed_up(server: Server) -> None:
    mix_up_callers(server)


@FAULT(
    "Delete removes the caller's open sessions with the filename of the media.", "FH-LIFECYCLE-01"
)
def delete_removes_open_namesakes(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = server.subject.state.media(media_id, owner)
        item = original(owner, media_id)
        execute(
            server,
            "DELETE FROM upload WHERE owner = ? AND completed_at IS NULL AND filename ="
            " (SELECT filename FROM upload WHERE key = ?)",
            *(owner, row.key),
        )
        return item


@FAULT("A media is gone when its session expires.", "FH-LIFECYCLE-04")
def media_expire_with_their_session(server: Server) -> None:
    library = server.subject
    ttl = library.settings.upload_ttl

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is not None and time.time() - row.created_at > ttl:
            raise Refusal(404, "Media not found")
        return original(owner, media_id)


@FAULT("The bytes of a media are gone when its session expires.", "FH-LIFECYCLE-04")
def bytes_expire_with_their_session(server: Server) -> None:
    library = server.subject
    ttl = library.settings.upload_ttl

    @server.replaces("item")
    def item(original: Any, row: MediaRow) -> Any:
        if time.time() - row.created_at > ttl:
            library.store.remove(row.key)
        return original(row)


@FAULT("The server removes the thumbnail of a media when its session expires.", "FH-LIFECYCLE-04")
def thumbnails_expire_with_their_session(server: Server) -> None:
    library = server.subject
    ttl = library.settings.upload_ttl

    @server.replaces("item")
    def item(original: Any, row: MediaRow) -> Any:
        if row.thumbnail_key and time.time() - row.created_at > ttl:
            library.store.remove(row.thumbnail_key)
        return original(row)


def _spoils(
    name: str, requirement: str, sentence: str, status: int, spoil: Callable[[Server, str], Any]
) -> None:
    """Register a fault: a refused complete has an effect; `spoil` gets the id of the session."""

    def apply(server: Server) -> None:
        @server.answers("complete_upload", refusals=True)
        def spoiled(answer: Answer) -> None:
            if answer.status == status:
                spoil(server, answer.request.path_params["id"])

    FAULT.add(name, sentence, apply, requirement)


def _remove_media(server: Server, upload_id: str) -> None:
    statement = "DELETE FROM media WHERE key = (SELECT key FROM upload WHERE id = ?)"
    execute(server, statement, upload_id)


def _remove_bytes(server: Server, upload_id: str) -> None:
    row = server.subject.state.upload(upload_id, "main")
    if row is not None:
        server.subject.store.remove(row.key)


def _remove_thumbnail(server: Server, upload_id: str) -> None:
    row = server.subject.state.upload(upload_id, "main")
    if row is not None:
        server.subject.store.remove(f"thumbnails/{row.key}.png")


_spoils(
    "keyless-complete-closes-the-session",
    "FH-AUTH-02",
    "A complete without a key is refused, but closes the session.",
    401,
    close_session,
)
_spoils(
    "foreign-complete-closes-the-session",
    "FH-COMPLETE-14",
    "A complete by another caller is refused, but closes the session.",
    404,
    close_session,
)
_spoils(
    "second-complete-removes-the-media",
    "FH-COMPLETE-08",
    "A second complete is refused, but removes the media.",
    409,
    _remove_media,
)
_spoils(
    "second-complete-removes-the-bytes",
    "FH-COMPLETE-08",
    "A second complete is refused, but removes the bytes of the media.",
    409,
    _remove_bytes,
)
_spoils(
    "second-complete-removes-the-thumbnail",
    "FH-COMPLETE-08",
    "A second complete is refused, but removes the thumbnail of the media.",
    409,
    _remove_thumbnail,
)


@FAULT("A refused complete brings the deleted media back under its old id.", "FH-COMPLETE-08")
def refused_completes_bring_media_back(server: Server) -> None:
    removed: dict[str, MediaRow] = {}

    @server.replaces("state.remove")
    def remove(original: Any, media_id: str, owner: str) -> MediaRow | None:
        row: MediaRow | None = original(media_id, owner)
        if row is not None:
            removed[row.key] = row
        return row

    @server.replaces("is_completed")
    def is_completed(original: Any, row: UploadRow) -> bool:
        if row.key in removed:
            insert(server, removed.pop(row.key))
        return bool(original(row))


def _closes_at_a_refusal(name: str, sentence: str, word: str, *, typed: bool = True) -> None:
    """Register a fault: a refused complete closes its session; `word` is in the message.

    Unless `typed`, the upload URL takes a file of any type.
    """

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            try:
                original(row)
            except Refusal as refusal:
                if word in refusal.message:
                    close_session(server, row.id)
                raise

        @server.answers("create_upload")
        def signed(answer: Answer) -> None:
            if not typed:
                key = library.store.key_of(answer.data["upload_url"])
                seconds = max(int(library.settings.upload_ttl), 1)
                answer.data["upload_url"] = library.store.signed_put(key, None, seconds)

    FAULT.add(name, sentence, apply, "FH-LIFECYCLE-05")


_closes_at_a_refusal(
    "early-completes-close-the-session", "A complete before the PUT closes the session.", "Nothing"
)
_closes_at_a_refusal(
    "empty-files-close-their-session", "A complete of an empty file closes the session.", "empty"
)
_closes_at_a_refusal(
    "wrong-types-close-their-session",
    "A complete of a file of another type closes the session.",
    "type",
    typed=False,
)
