"""Faults of what should last: media, bytes and URLs that vanish, and deletes that take too much."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.encoding import encoded_again
from conformance.servers.feedhive.database import deleted_ids
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.overlap import OVERLAP_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from conformance.servers.deviation import Answer, Endpoint, Server
    from conformance.servers.feedhive.state import MediaRow

#: The seconds after which a media, or a part of it, vanishes.
VANISHES_AFTER_S = 20.0
_LOOKS_LATE = "standard"


def _old(row: MediaRow) -> bool:
    return time.time() - row.created_at > VANISHES_AFTER_S


@FAULT("A media is gone twenty seconds after its complete.", "FH-LIFECYCLE-04", effort=_LOOKS_LATE)
def media_vanish_after_a_while(server: Server) -> None:
    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        for row in original(owner, 1_000, None)[0]:
            if _old(row):
                server.subject.state.remove(row.id, owner)
        return original(owner, limit, after)

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        row = server.subject.state.media(media_id, owner)
        if row is not None and _old(row):
            raise Refusal(404, "Media not found")
        return original(owner, media_id)


def _loses(name: str, sentence: str, lose: Callable[[Any, MediaRow], Any]) -> None:
    """Register a fault: an old media loses something before an operation shows it."""

    def apply(server: Server) -> None:
        @server.replaces("item")
        def item(original: Any, row: MediaRow) -> Any:
            if _old(row):
                lose(server.subject.store, row)
            return original(row)

    FAULT.add(name, sentence, apply, "FH-LIFECYCLE-04", effort=_LOOKS_LATE)


_loses(
    "bytes-vanish-after-a-while",
    "The bytes of a media are gone twenty seconds after its complete.",
    lambda store, row: store.remove(row.key),
)
_loses(
    "bytes-change-after-a-while",
    "The bytes of a media are others twenty seconds after its complete.",
    lambda store, row: store.write(row.key, b"archived", row.mime_type),
)


@FAULT(
    "A media has another type twenty seconds after its complete.",
    "FH-LIFECYCLE-04",
    effort=_LOOKS_LATE,
)
def types_change_after_a_while(server: Server) -> None:
    @server.replaces("item")
    def item(original: Any, row: MediaRow) -> Any:
        answer = original(row)
        return (
            {**answer, "type": "video" if row.type != "video" else "gif"} if _old(row) else answer
        )


def _without_media_url(server: Server) -> None:
    @server.replaces("item")
    def item(original: Any, row: MediaRow) -> Any:
        answer = original(row)
        del answer["media_url"]
        return answer


def _harms_all(name: str, sentence: str, harm: Callable[[Any, MediaRow], Any]) -> None:
    """Register a fault: delete damages all other media of the caller; items lack media_url."""

    def apply(server: Server) -> None:
        library = server.subject
        _without_media_url(server)

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            item = original(owner, media_id)
            for row in library.state.page(owner, 1_000, None)[0]:
                harm(library.store, row)
            return item

    FAULT.add(name, sentence, apply, "FH-DELETE-09")


_harms_all(
    "delete-takes-all-objects-without-media-url",
    "Delete removes all objects of the caller, and items have no media_url.",
    lambda store, row: store.remove(row.key),
)
_harms_all(
    "delete-rewrites-all-objects-without-media-url",
    "Delete writes other bytes into all objects of the caller, and items have no media_url.",
    lambda store, row: store.write(row.key, b"tombstone", row.mime_type),
)


def _harms_the_next(name: str, sentence: str, harm: Callable[[Any, MediaRow], Any]) -> None:
    """Register a fault: delete damages the media that was created next."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            rows, _ = library.state.page(owner, 100, None)
            ids = [row.id for row in rows]
            if media_id in ids and ids.index(media_id) > 0:
                harm(library.store, rows[ids.index(media_id) - 1])
            return original(owner, media_id)

    FAULT.add(name, sentence, apply, "FH-DELETE-09")


_harms_the_next(
    "delete-empties-a-neighbours-bytes",
    "Delete empties the object of the media that was created next.",
    lambda store, row: store.write(row.key, b"", row.mime_type),
)
_harms_the_next(
    "delete-rewrites-a-neighbours-bytes",
    "Delete reverses the bytes of the media that was created next.",
    lambda store, row: store.write(row.key, store.read(row.key)[::-1], row.mime_type),
)
_harms_the_next(
    "delete-inverts-a-neighbours-picture",
    "Delete stores the negative of the picture that was created next.",
    lambda store, row: store.write(
        row.key, encoded_again(store.read(row.key), row.mime_type, inverted=True), row.mime_type
    ),
)
_harms_the_next(
    "delete-retypes-a-neighbour",
    "Delete gives the object of the media that was created next the type octet-stream.",
    lambda store, row: store.write(row.key, store.read(row.key), "application/octet-stream"),
)


@FAULT("Deletes at the same time all answer with the item of the newest one.", "FH-DELETE-01")
def deletes_at_once_are_mixed_up(server: Server) -> None:
    newest: list[Response] = []

    @server.wraps("delete_media")
    async def mixed_up(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        if response.status_code >= 400:
            return response
        newest[:] = [response]
        await asyncio.sleep(OVERLAP_S)
        return newest[0]


@FAULT("Get of a deleted item gets a server error.", "FH-DELETE-02")
def deleted_media_crash_get(server: Server) -> None:
    deleted = deleted_ids(server)

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        if media_id in deleted:
            raise Refusal(500, "NoSuchKey: The specified key does not exist")
        return original(owner, media_id)


def _others_url(name: str, sentence: str, operation: str) -> None:
    def apply(server: Server) -> None:
        known: list[dict[str, Any]] = []

        @server.answers(operation)
        def another(answer: Answer) -> None:
            for item in answer.data.get("items", [answer.data]):
                own = dict(item)
                others = [one for one in known if one["id"] != item["id"]]
                if others:
                    item["media_url"] = others[-1]["media_url"]
                known.append(own)

    FAULT.add(name, sentence, apply, "FH-PUT-04")


_others_url(
    "media-url-is-of-another-item",
    "media_url in the answer of get is that of another item.",
    "get_media",
)


@FAULT("A media_url has the signature of another item.", "FH-PUT-04")
def media_url_has_a_wrong_signature(server: Server) -> None:
    store = server.subject.store

    @server.replaces("download_url")
    def download_url(original: Any, key: str) -> str:
        other = store.signed_get("other", 86_400).partition("?")[2]
        return f"{original(key).partition('?')[0]}?{other}"
