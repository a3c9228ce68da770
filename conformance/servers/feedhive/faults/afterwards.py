"""Faults that show afterwards only: when a session has expired, or a media was deleted."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import remove_record
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.later import later
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import UploadRow

#: The seconds after which a late removal comes, and after which a bare session is old.
_LATE_S, _OLD_S = 3.0, 6.0


def _has_expired(server: Server, key: str) -> bool:
    """Whether the session of an object has expired."""
    with server.subject.state.transaction() as connection:
        rows = connection.execute("SELECT expires_at FROM upload WHERE key = ?", (key,)).fetchall()
    return any(time.time() >= expires_at for (expires_at,) in rows)


@FAULT("Once its session has expired, a media cannot be deleted.", "FH-DELETE-01")
def media_of_expired_sessions_cannot_be_deleted(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = server.subject.state.media(media_id, owner)
        if row is not None and _has_expired(server, row.key):
            raise Refusal(404, "Media not found")
        return original(owner, media_id)


@FAULT("Once its session has expired, the delete of a media keeps the bytes.", "FH-DELETE-06")
def expired_sessions_keep_their_bytes(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is not None and _has_expired(server, row.key):
            return library.item(remove_record(server, owner, media_id))
        return original(owner, media_id)


@FAULT("The filename of a session that expired open cannot be used again.", "FH-CREATE-01")
def filenames_of_expired_sessions_are_taken(server: Server) -> None:
    known = "SELECT 1 FROM upload WHERE filename = ? AND completed_at IS NULL AND expires_at < ?"

    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        with server.subject.state.transaction() as connection:
            taken = isinstance(filename, str) and filename.isascii()
            if taken and connection.execute(known, (filename, time.time())).fetchone():
                raise Refusal(409, "An upload with this filename exists")
        return original(owner, filename, declared)


@FAULT("A session without its file completes once it is some seconds old.", "FH-COMPLETE-10")
def old_bare_sessions_complete(server: Server) -> None:
    library = server.subject

    def is_bare_and_old(row: UploadRow) -> bool:
        age = library.now() - (row.expires_at - library.settings.upload_ttl)
        return age > _OLD_S and library.store.head(row.key) is None

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        if not is_bare_and_old(row):
            original(row)

    @server.replaces("thumbnail")
    def thumbnail(original: Any, row: UploadRow) -> Any:
        return None if library.store.head(row.key) is None else original(row)


def _digests(server: Server) -> Callable[[str], str]:
    def digest(key: str) -> str:
        try:
            return hashlib.sha256(server.subject.store.read(key)).hexdigest()
        except FAILED:
            return ""

    return digest


@FAULT("The file of a deleted media cannot be uploaded again.", "FH-COMPLETE-01")
def files_of_deleted_media_are_refused(server: Server) -> None:
    library, digest = server.subject, _digests(server)
    deleted: set[str] = set()

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        found = digest(row.key) if row else ""
        item = original(owner, media_id)
        deleted.add(found)
        return item

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        original(row)
        if digest(row.key) in deleted - {""}:
            raise Refusal(409, "Duplicate file")


@FAULT("A late removal takes the same file that was uploaded again meanwhile.", "FH-DELETE-09")
def late_removals_take_equal_files(server: Server) -> None:
    library, digest = server.subject, _digests(server)
    lock = threading.Lock()

    def sweep(found: str, since: float) -> None:
        with library.state.transaction() as connection:
            newer = "SELECT key FROM media WHERE created_at > ?"
            keys = [key for (key,) in connection.execute(newer, (since,))]
        with lock:
            for key in keys:
                if digest(key) == found:
                    library.store.remove(key)

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        found = digest(row.key) if row else ""
        item = original(owner, media_id)
        if found:
            later(_LATE_S, sweep, found, time.time())
        return item
