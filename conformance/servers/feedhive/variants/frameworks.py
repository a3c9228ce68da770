"""Variants of what other frameworks do: how they write items, store files and count ids."""

from __future__ import annotations

import hashlib
import itertools
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.database import execute, remove_record
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer, Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow


@VARIANT("created_at is the moment at which the upload session was opened.")
def items_are_as_old_as_their_session(server: Server) -> None:
    opened: dict[str, float] = {}
    library = server.subject

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: UploadRow) -> None:
        opened[row.key] = library.now()
        original(row)

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        return bool(original(upload_id, replace(media, created_at=opened[media.key])))


@VARIANT("A file is stored under the hash of its bytes, once for equal files.")
def files_are_stored_by_their_hash(server: Server) -> None:
    library, one_at_a_time = server.subject, threading.Lock()

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        with one_at_a_time:
            if library.store.head(media.key) is None:  # another complete has just moved the file
                return bool(original(upload_id, media))
            body = library.store.read(media.key)
            key = f"blobs/{hashlib.sha256(body).hexdigest()}"
            library.store.write(key, body, media.mime_type)
            done = bool(original(upload_id, replace(media, key=key)))
            if done:
                library.store.remove(media.key)
            return done

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = remove_record(server, owner, media_id)
        with library.state.transaction() as connection:
            used = connection.execute("SELECT 1 FROM media WHERE key = ?", (row.key,)).fetchone()
        for key in filter(None, (None if used else row.key, row.thumbnail_key)):
            library.store.remove(key)
        return library.item(row)


@VARIANT("A fetch shows created_at in microseconds, a list in whole seconds.")
def moments_are_finer_in_a_fetch(server: Server) -> None:
    @server.answers("get_media", "delete_media")
    def finer(answer: Answer) -> None:
        moment = datetime.fromisoformat(answer.data["created_at"]).astimezone(UTC)
        answer.data["created_at"] = moment.isoformat(timespec="microseconds")

    @server.answers("list_media")
    def coarser(answer: Answer) -> None:
        for item in answer.data["items"]:
            item["created_at"] = item["created_at"][:19] + "+0000"


@VARIANT("The thumbnail of a picture is the picture itself.")
def pictures_are_their_thumbnails(server: Server) -> None:
    @server.replaces("thumbnail")
    def thumbnail(_: Any, row: UploadRow) -> str | None:
        return row.key if row.content_type.startswith("image/") else None


@VARIANT("Upload ids and media ids are a long word and a number that counts up.")
def counted_ids_of_long_words(server: Server) -> None:
    media, uploads = itertools.count(1), itertools.count(1)
    server.replaces("media_id")(lambda _: f"workspace_media_{next(media)}")

    @server.answers("create_upload")
    def counted(answer: Answer) -> None:
        named = f"workspace_upload_{next(uploads)}"
        execute(server, "UPDATE upload SET id = ? WHERE id = ?", named, answer.data["upload_id"])
        answer.data["upload_id"] = named


@VARIANT(
    "Members of items that have no value are left out.",
    warns=("FH-GET-SCHEMA-REF", "FH-LIST-SCHEMA-REF", "FH-DELETE-SCHEMA-REF"),
)
def empty_members_are_left_out(server: Server) -> None:
    @server.answers("list_media", "get_media", "delete_media")
    def left_out(answer: Answer) -> None:
        for item in answer.data.get("items", [answer.data]):
            for name in [name for name, value in item.items() if value is None]:
                del item[name]
