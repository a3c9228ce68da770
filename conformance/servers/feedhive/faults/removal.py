"""Faults of DELETE /media/:id: records and objects that it keeps, or wrongly removes."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from conformance.servers.answers import CALLERS
from conformance.servers.feedhive.database import execute, insert, remove_record
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Server
    from conformance.servers.feedhive.state import MediaRow

_BACK_AFTER_S = 2.0
#: The seconds after which a slow queue removes the objects.
_QUEUE_DELAY_S = 50.0


@FAULT("Delete removes the record, but keeps the bytes.", "FH-DELETE-06")
def delete_keeps_the_bytes(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = remove_record(server, owner, media_id)
        return library.item(row)


@FAULT("A queue removes the objects fifty seconds after the record.", "FH-DELETE-17")
def bytes_go_late(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = remove_record(server, owner, media_id)
        for key in filter(None, (row.key, row.thumbnail_key)):
            timer = threading.Timer(_QUEUE_DELAY_S, _quietly_removed, [library.store, key])
            timer.daemon = True
            timer.start()
        return library.item(row)


def _quietly_removed(store: Any, key: str) -> None:
    try:
        store.remove(key)
    except Exception:  # noqa: BLE001 - the server has stopped
        return


@FAULT("Delete keeps the bytes of videos.", "FH-DELETE-06")
def delete_keeps_videos(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is None or row.type != "video":
            return original(owner, media_id)
        library.state.remove(media_id, owner)
        return library.item(row)


@FAULT("Delete keeps the bytes of the second caller.", "FH-DELETE-06")
def bytes_of_the_other_caller_stay(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if owner != CALLERS[1]:
            return original(owner, media_id)
        return library.item(remove_record(server, owner, media_id))


@FAULT("Delete keeps the thumbnail.", "FH-DELETE-06")
def delete_keeps_the_thumbnail(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = remove_record(server, owner, media_id)
        item = library.item(row)
        library.store.remove(row.key)
        return item


@FAULT("A cache of the server still returns the thumbnails of deleted media.", "FH-DELETE-07")
def a_cache_keeps_thumbnails(server: Server) -> None:
    store = server.subject.store
    kept: dict[str, bytes] = {}

    async def cached(request: Request) -> Response:
        key = request.path_params["key"]
        if key not in kept:
            kept[key] = await run_in_threadpool(store.read, key)
        return Response(kept[key], media_type="image/png")

    server.routes.append(Route("/cache/{key:path}", cached))

    @server.answers("get_media")
    def through_the_cache(answer: Answer) -> None:
        if answer.data["thumbnail_url"]:
            key = store.key_of(answer.data["thumbnail_url"])
            answer.data["thumbnail_url"] = f"{answer.request.base_url}cache/{key}"


@FAULT("Delete removes every media with the same filename.", "FH-DELETE-08")
def delete_takes_the_filename(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        item = original(owner, media_id)
        execute(
            server,
            "DELETE FROM media WHERE key IN (SELECT key FROM upload WHERE filename ="
            " (SELECT filename FROM upload WHERE key = ?))",
            row.key,
        )
        return item


def _harms_the_neighbour(
    name: str, requirement: str, sentence: str, step: int, harm: Callable[[Any, MediaRow], Any]
) -> None:
    """Register a fault: delete damages the media beside the deleted one in the list.

    `step` is -1 for the media that came next, and 1 for the media that came before.
    """

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            rows, _ = library.state.page(owner, 100, None)
            ids = [row.id for row in rows]
            if media_id in ids and 0 <= ids.index(media_id) + step < len(ids):
                harm(library, rows[ids.index(media_id) + step])
            return original(owner, media_id)

    FAULT.add(name, sentence, apply, requirement)


_harms_the_neighbour(
    "delete-takes-a-neighbours-record",
    "FH-DELETE-08",
    "Delete also removes the record of the media that was created before.",
    1,
    lambda library, row: library.state.remove(row.id, row.owner),
)
_harms_the_neighbour(
    "delete-takes-a-neighbours-thumbnail",
    "FH-DELETE-09",
    "Delete also removes the thumbnail of the media that was created next.",
    -1,
    lambda library, row: library.store.remove(row.thumbnail_key or "none"),
)
_harms_the_neighbour(
    "delete-takes-a-neighbours-bytes",
    "FH-DELETE-09",
    "Delete also removes the bytes of the media that was created next.",
    -1,
    lambda library, row: library.store.remove(row.key),
)


@FAULT(
    "Delete removes every object of the caller whose key has the same beginning.", "FH-DELETE-09"
)
def delete_takes_a_prefix(server: Server) -> None:
    library = server.subject
    count = [0]

    @server.replaces("object_key")
    def object_key(_: Any, owner: str, filename: str) -> str:
        safe = "".join(c if c.isalnum() else "-" for c in filename.rpartition(".")[0])[:80]
        count[0] += 1
        return f"media/{owner}/{safe}/{count[0]}"

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        item = original(owner, media_id)
        prefix = row.key.rpartition("/")[0]
        listed = library.store.client.list_objects_v2(Bucket=library.store.bucket, Prefix=prefix)
        for found in listed.get("Contents", []):
            library.store.remove(found["Key"])
        return item


def _keeps(name: str, sentence: str, mime_type: str, kept: str) -> None:
    """Register a fault: delete keeps one object of a media of one type.

    `kept` is the member of the record that holds the key of the object.
    """

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            if row is None or row.mime_type != mime_type:
                return original(owner, media_id)
            item = library.item(row)
            remove_record(server, owner, media_id)
            for member in {"key", "thumbnail_key"} - {kept}:
                library.store.remove(getattr(row, member) or "none")
            return item

    FAULT.add(name, sentence, apply, "FH-DELETE-06")


_keeps("delete-keeps-image-jpg", "Delete keeps the bytes of image/jpg.", "image/jpg", "key")
_keeps(
    "delete-keeps-gif-thumbnails",
    "Delete keeps the thumbnails of gifs.",
    "image/gif",
    "thumbnail_key",
)


@FAULT("A late worker saves a deleted media again.", "FH-DELETE-02")
def deleted_media_come_back(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        item = original(owner, media_id)
        timer = threading.Timer(_BACK_AFTER_S, _saved_again, [server, row])
        timer.daemon = True
        timer.start()
        return item


def _saved_again(server: Server, row: MediaRow) -> None:
    try:
        insert(server, row)
    except Exception:  # noqa: BLE001 - the server has stopped
        return


@FAULT("A delete also removes the objects of equal files.", "FH-DELETE-09")
def delete_takes_equal_files(server: Server) -> None:
    keys: dict[str, set[str]] = {}
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        keys.setdefault(hashlib.sha256(store.read(row.key)).hexdigest(), set()).add(row.key)

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = server.subject.state.media(media_id, owner)
        answer = original(owner, media_id)
        equal = [found for found in keys.values() if row is not None and row.key in found]
        for key in set().union(*equal):
            store.remove(key)
        return answer


@FAULT("Delete keeps the bytes of a file over 1 MiB.", "FH-DELETE-06")
def delete_keeps_large_files(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        stored = library.store.head(row.key) if row else None
        if stored is None or stored[0] <= 1 << 20:
            return original(owner, media_id)
        library.state.remove(media_id, owner)
        return library.item(row)
