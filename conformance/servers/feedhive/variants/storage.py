"""Variants of how the server uses its storage."""

from __future__ import annotations

import time
from mimetypes import guess_type
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import VARIANT
from conformance.servers.gate import Gate
from conformance.servers.notified import Notified

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from conformance.servers.deviation import Server


@VARIANT("The storage tells the server about new and removed objects, so complete asks nobody.")
def storage_tells_about_its_objects(server: Server) -> None:
    told = Notified(server)
    server.replaces("check_object")(lambda _, row: told.check(row, told.up_to_date))


def _asks(name: str, sentence: str, found: Any) -> None:
    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(_: Any, row: Any) -> None:
            stored = found(store, row.key)
            if stored is None or stored[0] == 0 or stored[1] != row.content_type:
                raise Refusal(400, "The uploaded object is missing, empty or of another type")

    VARIANT.add(name, sentence, apply)


def _read(store: Any, key: str) -> tuple[int, str] | None:
    try:
        answer = store.client.get_object(Bucket=store.bucket, Key=key)
    except store.client.exceptions.NoSuchKey:
        return None
    return len(answer["Body"].read()), answer["ContentType"]


def _listed(store: Any, key: str) -> tuple[int, str] | None:
    answer = store.client.list_objects_v2(Bucket=store.bucket, Prefix=key)
    found = [one for one in answer.get("Contents", []) if one["Key"] == key]
    return (found[0]["Size"], store.head(key)[1]) if found else None


_asks("complete-reads-the-object", "Complete reads the whole object with GET.", _read)
_asks("complete-lists-the-object", "Complete looks for the object in a list.", _listed)


@VARIANT("A delete removes all objects of a media with one request.")
def objects_are_deleted_together(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = library.state.remove(media_id, owner)
        if row is None:
            raise Refusal(404, "Media not found")
        item = library.item(row)
        keys = [{"Key": key} for key in (row.key, row.thumbnail_key) if key]
        library.store.client.delete_objects(Bucket=library.store.bucket, Delete={"Objects": keys})
        return item


@VARIANT("A fetch asks the storage for the object, and fails when the storage fails.")
def fetch_asks_the_storage(server: Server) -> None:
    store = server.subject.store

    @server.wraps("get_media")
    async def asked(endpoint: Any, request: Any) -> Any:
        row_id, owner = request.path_params["id"], request.headers.get("authorization", "")
        caller = server.subject.settings.tokens.get(owner.partition(" ")[2])
        row = server.subject.state.media(row_id, caller) if caller else None
        if row is not None:
            await run_in_threadpool(store.head, row.key)
        return await endpoint(request)


@VARIANT("The storage takes octet streams for files without a type, and reads it from the key.")
def storage_types_octet_streams_by_their_key(server: Server) -> None:
    class TypingGate(Gate):
        async def passed(self, request: Request) -> Response:
            sent, known = request.headers.get("content-type", ""), self.named(request)
            untyped = request.method == "PUT" and sent.endswith("/octet-stream")
            if untyped and known is not None and time.time() < known[2]:
                guessed, _ = guess_type(request.path_params["key"])
                return await self.taken(request, guessed or sent)
            return await super().passed(request)

    TypingGate(server, "type")
