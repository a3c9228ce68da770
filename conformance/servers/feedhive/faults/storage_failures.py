"""Faults that only the storage sees, or that show only when the storage fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.notified import Notified
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from conformance.servers.deviation import Server


@FAULT("Complete trusts what it was told when the bytes came, and asks nobody.", "FH-COMPLETE-18")
def complete_trusts_its_own_record(server: Server) -> None:
    told = Notified(server)
    server.replaces("check_object")(lambda _, row: told.check(row, told.at_the_upload))


def _ignores(kind: type[Exception] | tuple[type[Exception], ...], name: str, sentence: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("check_object")
        def check_object(original: Any, row: Any) -> None:
            try:
                original(row)
            except kind:
                return

        @server.replaces("thumbnail")
        def thumbnail(original: Any, row: Any) -> str | None:
            try:
                return str(original(row))
            except FAILED:
                return None

    FAULT.add(name, sentence, apply, "FH-COMPLETE-19")


_ignores(FAILED, "complete-ignores-a-failing-storage", "Complete succeeds when the storage fails.")
_ignores(
    BotoCoreError,
    "complete-ignores-a-lost-answer",
    "Complete succeeds when the answer of the storage does not come.",
)


@FAULT("The objects are removed first, and the record after them.", "FH-DELETE-15")
def objects_are_removed_first(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        for key in filter(None, (row.key, row.thumbnail_key) if row else ()):
            library.store.remove(key)
        return original(owner, media_id)


@FAULT("When the storage fails, a delete puts the record back.", "FH-DELETE-18")
def failed_deletes_restore_the_record(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        try:
            return original(owner, media_id)
        except FAILED:
            _put_back(library.state, row)
            raise


@FAULT("When the storage fails, a delete keeps everything and succeeds.", "FH-DELETE-18")
def failed_deletes_succeed(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        item = library.item(row) if row else None
        try:
            return original(owner, media_id)
        except FAILED:
            _put_back(library.state, row)
            return item


def _put_back(state: Any, row: Any) -> None:
    with state.transaction() as connection:
        values = (row.id, row.owner, row.type, row.mime_type, row.key, row.thumbnail_key)
        connection.execute(
            "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, row.created_at)
        )


@FAULT("A fetch removes the record of an object that it cannot find.", "FH-GET-16")
def fetch_removes_what_it_cannot_find(server: Server) -> None:
    library = server.subject

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        try:
            found = row is not None and library.store.head(row.key) is not None
        except FAILED:
            found = False
        if row is not None and not found:
            library.state.remove(media_id, owner)
            raise Refusal(404, "Media not found")
        return original(owner, media_id)
