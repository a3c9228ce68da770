"""Faults of upload sessions: a complete that comes twice, too late, or with a wrong id or type."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import CALLERS, Refusal, caller_of
from conformance.servers.feedhive.database import (
    execute,
    gone,
    insert,
    reopen_sessions_on_delete,
)
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.feedhive.sessions import TYPES, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

#: Seconds after which a completed session is open again.
_FORGOTTEN_S = 4.0


# Already completed


@FAULT("A completed session is only known by its missing object.", "FH-COMPLETE-08")
def moved_objects_alone_close_their_session(server: Server) -> None:
    library = server.subject
    one_at_a_time = threading.Lock()
    server.replaces("is_completed")(lambda _, __: False)

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        kept = dataclasses.replace(media, key=f"kept/{media.id}")
        with one_at_a_time:
            if library.store.head(media.key) is None:
                return False
            library.store.write(kept.key, library.store.read(media.key), media.mime_type)
            library.store.remove(media.key)
            if not original(upload_id, kept):
                insert(server, kept)
        return True


@FAULT("After a delete, a new PUT of the file makes a second complete succeed.", "FH-COMPLETE-08")
def deleted_media_leave_their_session_open(server: Server) -> None:
    reopen_sessions_on_delete(server)


@FAULT("A completed session is open again after four seconds.", "FH-COMPLETE-08")
def completed_sessions_open_again(server: Server) -> None:
    library = server.subject

    def open_again(row: UploadRow | None) -> bool:
        return bool(row and row.completed_at and time.time() - row.completed_at > _FORGOTTEN_S)

    @server.replaces("is_completed")
    def is_completed(original: Any, row: UploadRow) -> bool:
        return bool(original(row)) and not open_again(row)

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        if original(upload_id, media):
            return True
        again = open_again(library.state.upload(upload_id, media.owner))
        if again:
            insert(server, media)
        return again


@FAULT("A complete closes every session with the same filename.", "FH-LIFECYCLE-01")
def sessions_of_one_filename_close_together(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        won = bool(original(upload_id, media))
        execute(
            server,
            "UPDATE upload SET completed_at = 0 WHERE completed_at IS NULL AND filename ="
            " (SELECT filename FROM upload WHERE id = ?)",
            upload_id,
        )
        return won


def _delete_touches_sessions(name: str, sentence: str, statement: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            item = original(owner, media_id)
            execute(server, statement, owner)
            return item

    FAULT.add(name, sentence, apply, "FH-LIFECYCLE-01")


_delete_touches_sessions(
    "delete-removes-open-sessions",
    "A delete removes the open sessions of the caller.",
    "DELETE FROM upload WHERE owner = ? AND completed_at IS NULL",
)
_delete_touches_sessions(
    "delete-closes-open-sessions",
    "A delete closes the open sessions of the caller.",
    "UPDATE upload SET completed_at = 0 WHERE owner = ? AND completed_at IS NULL",
)


# Refused only once


def _accepts_the_second_try(name: str, row: str, sentence: str, word: str) -> None:
    """Register a fault: the second complete succeeds; `word` is in the message of the first."""

    def apply(server: Server) -> None:
        tried: set[str] = set()
        server.replaces("thumbnail")(
            lambda original, row: None if gone(server, row) else original(row)
        )

        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            try:
                original(row)
            except Refusal as refusal:
                if word in refusal.message and row.id in tried:
                    return
                tried.add(row.id)
                raise

    FAULT.add(name, sentence, apply, row)


_accepts_the_second_try(
    "missing-objects-complete-at-the-second-try",
    "FH-COMPLETE-10",
    "The second complete of a session without an object succeeds.",
    "Nothing",
)
_accepts_the_second_try(
    "empty-objects-complete-at-the-second-try",
    "FH-COMPLETE-11",
    "The second complete of an empty object succeeds.",
    "empty",
)
_accepts_the_second_try(
    "other-types-complete-at-the-second-try",
    "FH-COMPLETE-12",
    "The second complete of an object of another type succeeds.",
    "type",
)


# Expired


@FAULT("A session does not expire after a refused complete.", "FH-COMPLETE-07")
def refused_completes_stop_the_expiry(server: Server) -> None:
    refused: set[str] = set()

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        try:
            original(row)
        except Refusal:
            refused.add(row.id)
            raise

    server.replaces("is_expired")(lambda original, row: original(row) and row.id not in refused)


@FAULT("Sessions of videos never expire.", "FH-COMPLETE-07")
def sessions_of_videos_never_expire(server: Server) -> None:
    server.replaces("is_expired")(
        lambda original, row: original(row) and not row.content_type.startswith("video/")
    )


@FAULT("A session is over after half of its announced life.", "FH-COMPLETE-01")
def sessions_die_at_half_time(server: Server) -> None:
    ttl = server.subject.settings.upload_ttl

    @server.replaces("is_expired")
    def is_expired(original: Any, row: UploadRow) -> bool:
        return bool(original(row)) or time.time() > row.expires_at - ttl / 2


@FAULT("The second complete of an expired session succeeds.", "FH-COMPLETE-07")
def expired_sessions_complete_at_the_second_try(server: Server) -> None:
    tried: set[str] = set()

    @server.replaces("is_expired")
    def is_expired(original: Any, row: UploadRow) -> bool:
        first = bool(original(row)) and row.id not in tried
        if first:
            tried.add(row.id)
        return first


@FAULT("expires_at is calculated once, when the server starts.", "FH-CREATE-13")
def expiry_is_reckoned_at_the_start(server: Server) -> None:
    announced = timestamp(time.time() + server.subject.settings.upload_ttl)

    @server.answers("create_upload")
    def fixed(answer: Answer) -> None:
        answer.data["expires_at"] = announced


# Found with another id


def _finds(name: str, sentence: str, condition: str) -> None:
    """Register a fault: a SQL condition on the id finds a session, not only the whole id."""

    def apply(server: Server) -> None:
        state = server.subject.state

        @server.replaces("state.upload")
        def upload(original: Any, upload_id: str, owner: str) -> UploadRow | None:
            with state.transaction() as connection:
                found = connection.execute(
                    f"SELECT id FROM upload WHERE {condition} LIMIT 1",  # noqa: S608 - the conditions below
                    (upload_id,),
                ).fetchone()
            row: UploadRow | None = original(found[0] if found else upload_id, owner)
            return row

    FAULT.add(name, sentence, apply, "FH-COMPLETE-05")


_finds(
    "longer-ids-complete-a-session",
    "Complete accepts an id with additional characters at its end.",
    "substr(?, 1, length(id)) = id",
)
_finds(
    "shorter-ids-complete-a-session",
    "Complete accepts the beginning of an id.",
    "length(?1) > 20 AND substr(id, 1, length(?1)) = ?1",
)
_finds("patterns-complete-a-session", "Complete reads an id as a SQL pattern.", "id LIKE ?")


# Of another type


def _takes(name: str, sentence: str, fits: Callable[[str, str], bool]) -> None:
    """Register a fault: complete accepts an object if `fits` holds for declared and stored type."""

    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            stored = store.head(row.key)
            if stored is None or stored[0] == 0 or not fits(row.content_type, stored[1]):
                original(row)

    FAULT.add(name, sentence, apply, "FH-COMPLETE-12")


_takes(
    "types-with-one-result-complete",
    "Complete compares only the media types, such as image or video.",
    lambda declared, stored: TYPES.get(stored) == TYPES[declared],
)
_takes(
    "any-object-completes-a-video",
    "Complete checks the content type only of images, not of videos.",
    lambda declared, _: declared.startswith("video/"),
)
_takes(
    "mp4-and-quicktime-complete-each-other",
    "Complete accepts MP4 for QuickTime and QuickTime for MP4.",
    lambda declared, stored: {declared, stored} == {"video/mp4", "video/quicktime"},
)


def _leaves_unchecked(unchecked: str) -> None:
    _takes(
        f"any-object-completes-{unchecked.replace('/', '-')}",
        f"Complete does not check the content type if {unchecked} was declared.",
        lambda declared, _: declared == unchecked,
    )


for _type in ("image/jpg", "image/gif", "video/mov"):
    _leaves_unchecked(_type)


@FAULT("The upload URL of a video works for an hour, its session for ten minutes.", "FH-CREATE-15")
def urls_of_films_outlive_their_session(server: Server) -> None:
    library = server.subject

    @server.answers("create_upload")
    def signed(answer: Answer) -> None:
        if answer.sent["content_type"].startswith("video/"):
            _sign_for_an_hour(library, answer)


def _sign_for_an_hour(library: Any, answer: Answer) -> None:
    """Give another upload URL; uploads of the twin, which live for seconds, keep theirs."""
    if library.settings.upload_ttl > 60:
        key = library.store.key_of(answer.data["upload_url"])
        declared = answer.sent["content_type"]
        answer.data["upload_url"] = library.store.signed_put(key, declared, 3_600)


@FAULT("The upload URLs of the second caller work for an hour.", "FH-CREATE-15")
def urls_of_the_other_caller_outlive_their_session(server: Server) -> None:
    library = server.subject

    @server.answers("create_upload")
    def signed(answer: Answer) -> None:
        caller = caller_of(answer.request.headers["authorization"], library.settings.tokens)
        if caller == CALLERS[1]:
            _sign_for_an_hour(library, answer)


@FAULT("Sessions of the second caller never expire.", "FH-COMPLETE-07")
def sessions_of_the_other_caller_never_expire(server: Server) -> None:
    @server.replaces("is_expired")
    def is_expired(original: Any, row: Any) -> bool:
        return row.owner != CALLERS[1] and bool(original(row))
