"""Faults of upload sessions: what completes them twice, too late, or by a wrong id or type."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.faults.feedhive_completion import close_session, execute, gone, insert
from conformance.servers.faults.registry import FEEDHIVE as FAULT
from conformance.servers.feedhive.library import TYPES, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.bending import Answer, Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

#: Seconds after which a session that was completed counts as open again.
_FORGOTTEN_S = 4.0


# Completed already


@FAULT("That a session is completed shows only in the object, which is gone.", "FH-COMPLETE-08")
def moved_objects_alone_close_their_session(server: Server) -> None:
    library = server.subject
    honest = library.state.complete
    one_at_a_time = threading.Lock()
    server.replaces("is_completed")(lambda _, __: False)

    def complete(upload_id: str, media: MediaRow) -> bool:
        kept = dataclasses.replace(media, key=f"kept/{media.id}")
        with one_at_a_time:
            if library.store.head(media.key) is None:
                return False
            library.store.write(kept.key, library.store.read(media.key), media.mime_type)
            library.store.remove(media.key)
            if not honest(upload_id, kept):
                insert(server, kept)
        return True

    library.state.complete = complete


@FAULT("A file sent again completes the session of a deleted media.", "FH-COMPLETE-08")
def deleted_media_leave_their_session_open(server: Server) -> None:
    library = server.subject
    honest = library.state.remove

    def remove(media_id: str, owner: str) -> Any:
        row = honest(media_id, owner)
        if row is not None:
            execute(server, "UPDATE upload SET completed_at = NULL WHERE key = ?", row.key)
        return row

    library.state.remove = remove


@FAULT("That a session is completed is forgotten after some seconds.", "FH-COMPLETE-08")
def completed_sessions_open_again(server: Server) -> None:
    library = server.subject
    honest = library.state.complete

    def open_again(row: UploadRow | None) -> bool:
        return bool(row and row.completed_at and time.time() - row.completed_at > _FORGOTTEN_S)

    @server.replaces("is_completed")
    def is_completed(honest: Any, row: UploadRow) -> bool:
        return bool(honest(row)) and not open_again(row)

    def complete(upload_id: str, media: MediaRow) -> bool:
        if honest(upload_id, media):
            return True
        again = open_again(library.state.upload(upload_id, media.owner))
        if again:
            insert(server, media)
        return again

    library.state.complete = complete


@FAULT("A complete closes every session of the same filename.", "FH-LIFECYCLE-01")
def sessions_of_one_filename_close_together(server: Server) -> None:
    library = server.subject
    honest = library.state.complete

    def complete(upload_id: str, media: MediaRow) -> bool:
        won = bool(honest(upload_id, media))
        execute(
            server,
            "UPDATE upload SET completed_at = 0 WHERE completed_at IS NULL AND filename ="
            " (SELECT filename FROM upload WHERE id = ?)",
            upload_id,
        )
        return won

    library.state.complete = complete


def _delete_touches_sessions(name: str, sentence: str, statement: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("delete")
        def delete(honest: Any, owner: str, media_id: str) -> Any:
            item = honest(owner, media_id)
            execute(server, statement, owner)
            return item

    FAULT.add(name, sentence, apply, "FH-LIFECYCLE-01")


_delete_touches_sessions(
    "delete-removes-open-sessions",
    "A delete removes the sessions that are open.",
    "DELETE FROM upload WHERE owner = ? AND completed_at IS NULL",
)
_delete_touches_sessions(
    "delete-closes-open-sessions",
    "A delete closes the sessions that are open.",
    "UPDATE upload SET completed_at = 0 WHERE owner = ? AND completed_at IS NULL",
)


# Refused once


def _accepts_the_second_try(name: str, row: str, sentence: str, word: str) -> None:
    """Let a complete pass at the second try; `word` is of the refusal that comes first."""

    def apply(server: Server) -> None:
        tried: set[str] = set()
        server.replaces("thumbnail")(lambda honest, row: None if gone(server, row) else honest(row))

        @server.replaces("check_object")
        def check_object(honest: Any, row: UploadRow) -> None:
            try:
                honest(row)
            except Refusal as refusal:
                if word in refusal.message and row.id in tried:
                    return
                tried.add(row.id)
                raise

    FAULT.add(name, sentence, apply, row)


_accepts_the_second_try(
    "missing-objects-complete-at-the-second-try",
    "FH-COMPLETE-10",
    "A session without an object is refused once, and then completed.",
    "Nothing",
)
_accepts_the_second_try(
    "empty-objects-complete-at-the-second-try",
    "FH-COMPLETE-11",
    "An empty object is refused once, and then completed.",
    "empty",
)
_accepts_the_second_try(
    "other-types-complete-at-the-second-try",
    "FH-COMPLETE-12",
    "An object of another type is refused once, and then completed.",
    "type",
)


@FAULT("A complete before the file closes the session.", "FH-LIFECYCLE-01")
def early_completes_close_the_session(server: Server) -> None:
    @server.replaces("check_object")
    def check_object(honest: Any, row: UploadRow) -> None:
        try:
            honest(row)
        except Refusal as refusal:
            if "Nothing" in refusal.message:
                close_session(server, row.id)
            raise


# Expired


@FAULT("A refused complete keeps the session from expiring.", "FH-COMPLETE-07")
def refused_completes_stop_the_expiry(server: Server) -> None:
    refused: set[str] = set()

    @server.replaces("check_object")
    def check_object(honest: Any, row: UploadRow) -> None:
        try:
            honest(row)
        except Refusal:
            refused.add(row.id)
            raise

    server.replaces("is_expired")(lambda honest, row: honest(row) and row.id not in refused)


@FAULT("Videos have all the time in the world.", "FH-COMPLETE-07")
def sessions_of_videos_never_expire(server: Server) -> None:
    server.replaces("is_expired")(
        lambda honest, row: honest(row) and not row.content_type.startswith("video/")
    )


@FAULT("An expired session is refused once, and then completed.", "FH-COMPLETE-07")
def expired_sessions_complete_at_the_second_try(server: Server) -> None:
    tried: set[str] = set()

    @server.replaces("is_expired")
    def is_expired(honest: Any, row: UploadRow) -> bool:
        first = bool(honest(row)) and row.id not in tried
        if first:
            tried.add(row.id)
        return first


@FAULT("The announced expiry is reckoned once, when the server starts.", "FH-CREATE-13")
def expiry_is_reckoned_at_the_start(server: Server) -> None:
    announced = timestamp(time.time() + server.subject.settings.upload_ttl)

    @server.answers("create_upload")
    def fixed(answer: Answer) -> None:
        answer.data["expires_at"] = announced


# Found by another id


def _finds(name: str, sentence: str, condition: str) -> None:
    """Let a session be found by a condition on its id, where the id itself finds none."""

    def apply(server: Server) -> None:
        state = server.subject.state
        honest = state.upload

        def upload(upload_id: str, owner: str) -> UploadRow | None:
            with state._transaction() as connection:
                found = connection.execute(
                    f"SELECT id FROM upload WHERE {condition} LIMIT 1",  # noqa: S608 - ours
                    (upload_id,),
                ).fetchone()
            row: UploadRow | None = honest(found[0] if found else upload_id, owner)
            return row

        state.upload = upload

    FAULT.add(name, sentence, apply, "FH-COMPLETE-05")


_finds(
    "longer-ids-complete-a-session",
    "A session is found by a longer id.",
    "substr(?, 1, length(id)) = id",
)
_finds(
    "shorter-ids-complete-a-session",
    "A session is found by the beginning of its id.",
    "length(?1) > 20 AND substr(id, 1, length(?1)) = ?1",
)
_finds("patterns-complete-a-session", "A session is found by a pattern of its id.", "id LIKE ?")


# Of another type


def _takes(name: str, sentence: str, fits: Callable[[str, str], bool]) -> None:
    """Let complete take an object whose stored type fits the declared one in some other way."""

    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(honest: Any, row: UploadRow) -> None:
            stored = store.head(row.key)
            if stored is None or stored[0] == 0 or not fits(row.content_type, stored[1]):
                honest(row)

    FAULT.add(name, sentence, apply, "FH-COMPLETE-12")


_takes(
    "types-with-one-result-complete",
    "Complete compares only what the types result in.",
    lambda declared, stored: TYPES.get(stored) == TYPES[declared],
)
_takes(
    "any-object-completes-a-video",
    "Complete checks the type of pictures only.",
    lambda declared, _: declared.startswith("video/"),
)
_takes(
    "mp4-and-quicktime-complete-each-other",
    "Complete takes MP4 and QuickTime for one type.",
    lambda declared, stored: {declared, stored} == {"video/mp4", "video/quicktime"},
)


def _leaves_unchecked(unchecked: str) -> None:
    _takes(
        f"any-object-completes-{unchecked.replace('/', '-')}",
        f"Complete does not check the object where {unchecked} was declared.",
        lambda declared, _: declared == unchecked,
    )


for _type in ("image/jpg", "image/gif", "video/mov"):
    _leaves_unchecked(_type)
