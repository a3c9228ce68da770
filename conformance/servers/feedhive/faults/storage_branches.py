"""Faults that only the storage sees, or that show when it fails, in the branch of one type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.database import insert, remove_record
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.notified import Notified
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow


def _removes_first(name: str, sentence: str, chosen: str) -> None:
    """Register a fault: one object, by its member of the record, goes before the record."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            key = getattr(row, chosen, None)
            if key and (chosen == "thumbnail_key" or _is_film(row)):
                library.store.remove(key)
            return original(owner, media_id)

    FAULT.add(name, sentence, apply, "FH-DELETE-15")


def _is_film(row: MediaRow | None) -> bool:
    return row is not None and row.type == "video"


_removes_first(
    "objects-of-films-are-removed-first",
    "The object of a film is removed first, and its record after it.",
    "key",
)
_removes_first(
    "thumbnails-are-removed-before-the-record",
    "The object of a thumbnail is removed first, and the record after it.",
    "thumbnail_key",
)


@FAULT("When the storage fails, a delete puts the record of a film back.", "FH-DELETE-18")
def failed_deletes_of_films_restore_the_record(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        try:
            return original(owner, media_id)
        except FAILED:
            if _is_film(row):
                insert(server, row)
            raise


@FAULT(
    "When the thumbnail cannot be removed, a delete puts the record back without its file.",
    "FH-DELETE-18",
)
def failed_deletes_of_thumbnails_restore_the_record(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        known = library.state.media(media_id, owner)
        if known is None or not known.thumbnail_key:
            return original(owner, media_id)
        row = remove_record(server, owner, media_id)
        item = library.item(row)
        library.store.remove(row.key)
        try:
            library.store.remove(row.thumbnail_key)
        except FAILED:
            insert(server, row)
            raise
        return item


@FAULT("Complete of a film succeeds when the storage fails.", "FH-COMPLETE-19")
def complete_of_films_ignores_a_failing_storage(server: Server) -> None:
    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        try:
            original(row)
        except FAILED:
            if not row.content_type.startswith("video/"):
                raise


@FAULT("Complete of a picture trusts what it was told when the bytes came.", "FH-COMPLETE-18")
def complete_of_pictures_trusts_its_own_record(server: Server) -> None:
    told = Notified(server)

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        if row.content_type.startswith("image/"):
            told.check(row, told.at_the_upload)
        else:
            original(row)

    # Without an object there is no thumbnail, and no question about it.
    @server.replaces("thumbnail")
    def thumbnail(_: Any, row: UploadRow) -> None:
        del row


@FAULT("A fetch removes the record of a film whose object it cannot find.", "FH-GET-16")
def fetches_of_films_remove_what_they_cannot_find(server: Server) -> None:
    library = server.subject

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if _is_film(row) and not _is_there(library.store, row.key):
            library.state.remove(media_id, owner)
        return original(owner, media_id)


def _is_there(store: Any, key: str) -> bool:
    try:
        return store.head(key) is not None
    except FAILED:
        return False
