"""Faults that hit bystanders: the file of a winner, an answer to a stranger, an open session."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.feedhive.database import close_session, execute, remove_record
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.later import later
from conformance.servers.overlap import OVERLAP_S

if TYPE_CHECKING:
    from conformance.servers.deviation import Server

_CLEAN_UP_S = 0.5
_LATE_S = 3.0
_PATIENCE = 5
_SMALL = 20


@FAULT("Half a second later, a complete that lost a race removes the file.", "FH-COMPLETE-09")
def losing_completes_clean_up_the_bytes(server: Server) -> None:
    library = server.subject

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: Any) -> bool:
        won = bool(original(upload_id, media))
        if not won:
            later(_CLEAN_UP_S, library.store.remove, media.key)
        return won


@FAULT("Another caller can fetch what was deleted.", "FH-GET-12")
def tombstones_are_shown_to_strangers(server: Server) -> None:
    dead: dict[str, tuple[str, Any]] = {}

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        dead[media_id] = owner, (item := original(owner, media_id))
        return item

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        whose, item = dead.get(media_id, (owner, None))
        return item if whose != owner else original(owner, media_id)


@FAULT("Another caller can delete once more what was deleted.", "FH-DELETE-10")
def strangers_delete_what_was_deleted(server: Server) -> None:
    dead: dict[str, tuple[str, Any]] = {}

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        whose, item = dead.get(media_id, (owner, None))
        if whose != owner:
            return item
        dead[media_id] = owner, (item := original(owner, media_id))
        return item


@FAULT("A DELETE by another caller with the id of a session closes it.", "FH-DELETE-10")
def foreign_deletes_close_sessions(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        closed = "UPDATE upload SET completed_at = 0 WHERE id = ? AND completed_at IS NULL"
        execute(server, f"{closed} AND owner <> ?", media_id, owner)
        return original(owner, media_id)


@FAULT("Two deletes at the same time keep the bytes.", "FH-DELETE-06")
def overlapping_deletes_keep_the_bytes(server: Server) -> None:
    library, lock = server.subject, threading.Lock()
    under_way: Counter[str] = Counter()
    overlapped: set[str] = set()

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        with lock:
            under_way[media_id] += 1
            if under_way[media_id] > 1:
                overlapped.add(media_id)
        try:
            time.sleep(OVERLAP_S)
            if media_id in overlapped:
                return library.item(remove_record(server, owner, media_id))
            return original(owner, media_id)
        finally:
            with lock:
                under_way[media_id] -= 1


@FAULT(
    "Three seconds after complete, a worker stores the file again, deleted or not.", "FH-DELETE-06"
)
def late_workers_store_deleted_files_again(server: Server) -> None:
    library = server.subject

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: Any) -> bool:
        body = library.store.read(media.key)
        later(_LATE_S, library.store.write, media.key, body, media.mime_type)
        return bool(original(upload_id, media))


@FAULT("The fifth refused complete closes the session.", "FH-LIFECYCLE-05")
def five_refused_completes_close_the_session(server: Server) -> None:
    refused: Counter[str] = Counter()

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        try:
            original(row)
        except Refusal:
            refused[row.id] += 1
            if refused[row.id] >= _PATIENCE:
                close_session(server, row.id)
            raise


@FAULT("A small page behind a cursor shows the items of the cursor's caller.", "FH-LIST-12")
def small_pages_follow_the_cursors_caller(server: Server) -> None:
    library = server.subject

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        if after and limit < _SMALL:
            owner = next((one for one in CALLERS if library.state.media(after[1], one)), owner)
        return original(owner, limit, after)


@FAULT("A delete of a media removes the records of equal files.", "FH-DELETE-08")
def delete_takes_records_of_equal_files(server: Server) -> None:
    library = server.subject
    files: dict[str, tuple[str, str]] = {}

    @server.replaces("complete_upload")
    def complete_upload(original: Any, owner: str, upload_id: str) -> str:
        made: str = original(owner, upload_id)
        body = library.store.read(library.state.media(made, owner).key)
        files[made] = owner, hashlib.sha256(body).hexdigest()
        return made

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        for other in [one for one, file in files.items() if file == files[media_id]]:
            library.state.remove(other, owner)
        return item
