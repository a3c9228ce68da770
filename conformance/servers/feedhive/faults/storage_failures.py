"""Faults that only the storage sees, or that show when it fails: for all files, or for some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import insert, remove_record
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.notified import Notified
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

_ALL, _FILMS, _PICTURES = "", "video/", "image/"


def _trusts_its_record(name: str, sentence: str, types: str) -> None:
    """Register a fault: complete asks the storage nothing about files of some types."""

    def apply(server: Server) -> None:
        told = Notified(server)

        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            if row.content_type.startswith(types):
                told.check(row, told.at_the_upload)
            else:
                original(row)

        # Without an object there is no thumbnail, and no question about it.
        @server.replaces("thumbnail")
        def thumbnail(_: Any, row: UploadRow) -> None:
            del row

    FAULT.add(name, sentence, apply, "FH-COMPLETE-18")


_trusts_its_record(
    "complete-trusts-its-own-record",
    "Complete trusts what it was told when the bytes came, and asks nobody.",
    _ALL,
)
_trusts_its_record(
    "complete-of-pictures-trusts-its-own-record",
    "Complete of a picture trusts what it was told when the bytes came.",
    _PICTURES,
)


def _ignores(
    failures: tuple[type[Exception], ...], name: str, sentence: str, types: str = _ALL
) -> None:
    """Register a fault: complete takes a failure of the storage for success."""

    def apply(server: Server) -> None:
        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            try:
                original(row)
            except failures:
                if not row.content_type.startswith(types):
                    raise

        @server.replaces("thumbnail")
        def thumbnail(original: Any, row: UploadRow) -> Any:
            try:
                return original(row)
            except FAILED:
                return None

    FAULT.add(name, sentence, apply, "FH-COMPLETE-19")


_ignores(FAILED, "complete-ignores-a-failing-storage", "Complete succeeds when the storage fails.")
_ignores(
    (BotoCoreError,),
    "complete-ignores-a-lost-answer",
    "Complete succeeds when the answer of the storage does not come.",
)
_ignores(
    FAILED,
    "complete-of-films-ignores-a-failing-storage",
    "Complete of a film succeeds when the storage fails.",
    _FILMS,
)


def _is_film(row: MediaRow) -> bool:
    return row.type == "video"


def _removes_first(
    name: str, sentence: str, chosen: Callable[[MediaRow], tuple[str | None, ...]]
) -> None:
    """Register a fault: the objects with these keys go before the record."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            for key in filter(None, chosen(row) if row else ()):
                library.store.remove(key)
            return original(owner, media_id)

    FAULT.add(name, sentence, apply, "FH-DELETE-15")


_removes_first(
    "objects-are-removed-first",
    "The objects are removed first, and the record after them.",
    lambda row: (row.key, row.thumbnail_key),
)
_removes_first(
    "objects-of-films-are-removed-first",
    "The object of a film is removed first, and its record after it.",
    lambda row: (row.key,) if _is_film(row) else (),
)
_removes_first(
    "thumbnails-are-removed-before-the-record",
    "The object of a thumbnail is removed first, and the record after it.",
    lambda row: (row.thumbnail_key,),
)


def _puts_back(
    name: str,
    sentence: str,
    chosen: Callable[[MediaRow], bool] = lambda _: True,
    *,
    succeeds: bool = False,
) -> None:
    """Register a fault: the record of a media is there again where the storage fails."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            item = library.item(row) if row else None
            try:
                return original(owner, media_id)
            except FAILED:
                if row and chosen(row):
                    insert(server, row)
                if succeeds:
                    return item
                raise

    FAULT.add(name, sentence, apply, "FH-DELETE-18")


_puts_back(
    "failed-deletes-restore-the-record", "When the storage fails, a delete puts the record back."
)
_puts_back(
    "failed-deletes-of-films-restore-the-record",
    "When the storage fails, a delete puts the record of a film back.",
    _is_film,
)
_puts_back(
    "failed-deletes-succeed",
    "When the storage fails, a delete keeps everything and succeeds.",
    succeeds=True,
)


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


def _forgets(name: str, sentence: str, chosen: Callable[[MediaRow], bool]) -> None:
    """Register a fault: a fetch that cannot find an object removes the record."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("media")
        def media(original: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            if row is not None and chosen(row) and not _is_there(library.store, row.key):
                library.state.remove(media_id, owner)
                raise Refusal(404, "Media not found")
            return original(owner, media_id)

    FAULT.add(name, sentence, apply, "FH-GET-16")


def _is_there(store: Any, key: str) -> bool:
    try:
        return store.head(key) is not None
    except FAILED:
        return False


_forgets(
    "fetch-removes-what-it-cannot-find",
    "A fetch removes the record of an object that it cannot find.",
    lambda _: True,
)
_forgets(
    "fetches-of-films-remove-what-they-cannot-find",
    "A fetch removes the record of a film whose object it cannot find.",
    _is_film,
)
