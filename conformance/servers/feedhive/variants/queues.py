"""Variants that answer at once and do the work a few seconds later, in a queue."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import execute, insert
from conformance.servers.feedhive.registry import VARIANT
from conformance.servers.later import later

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow

#: The seconds after which a queue has removed a record, added one, and stored a file.
REMOVED_S, ADDED_S, STORED_S = 3.0, 2.0, 3.0
#: The seconds after which a worker has converted a picture, and after which the original goes.
CONVERTED_S, ORIGINAL_STAYS_S = 1.0, 20.0


@VARIANT(
    "A queue removes the record and then the objects, three seconds after the answer of delete.",
    warns=("FH-DELETE-05", "FH-DELETE-19"),
)
def a_queue_deletes(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is None:
            raise Refusal(404, "Media not found")
        item = library.item(row)
        later(REMOVED_S, original, owner, media_id)
        return item


@VARIANT(
    "A queue adds the record two seconds after the answer of complete.",
    warns=("FH-COMPLETE-17", "FH-COMPLETE-20", "FH-LIST-19"),
)
def a_queue_completes(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(_: Any, upload_id: str, media: MediaRow) -> bool:
        with server.subject.state.transaction() as connection:
            won = connection.execute(
                "UPDATE upload SET completed_at = ? WHERE id = ? AND completed_at IS NULL",
                (media.created_at, upload_id),
            ).rowcount
        if won:
            later(ADDED_S, insert, server, media)
        return bool(won)


@VARIANT("A worker copies the file to its place three seconds after complete.")
def files_come_later(server: Server) -> None:
    library = server.subject

    def copy(media: MediaRow, key: str) -> None:
        library.store.write(key, library.store.read(media.key), media.mime_type)
        if library.state.media(media.id, media.owner) is None:  # it was deleted meanwhile
            library.store.remove(key)
        library.store.remove(media.key)

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        key = f"library/{media.key}"
        done = bool(original(upload_id, dataclasses.replace(media, key=key)))
        if done:
            later(STORED_S, copy, media, key)
        return done


@VARIANT("A worker converts pictures to WebP a second after complete, and the item says so.")
def pictures_are_converted_later(server: Server) -> None:
    library = server.subject

    def convert(media: MediaRow) -> None:
        converted, key = io.BytesIO(), f"{media.key}.webp"
        with Image.open(io.BytesIO(library.store.read(media.key))) as image:
            image.save(converted, "webp")
        library.store.write(key, converted.getvalue(), "image/webp")
        change = "UPDATE media SET key = ?, mime_type = ? WHERE id = ?"
        execute(server, change, key, "image/webp", media.id)
        if library.state.media(media.id, media.owner) is None:  # it was deleted meanwhile
            library.store.remove(key)
        later(ORIGINAL_STAYS_S, library.store.remove, media.key)

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        done = bool(original(upload_id, media))
        if done and media.type == "image":
            later(CONVERTED_S, convert, media)
        return done
