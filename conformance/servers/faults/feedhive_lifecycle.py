"""Faults of the lifecycle as a whole."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from conformance.servers.answers import Refusal
from conformance.servers.faults.feedhive_completion import close_session, execute, make_media
from conformance.servers.faults.registry import FEEDHIVE as FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from conformance.servers.bending import Answer, Endpoint, Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow


@FAULT("A media is listed as soon as its upload is created.", "FH-LIFECYCLE-02")
def uploads_are_media_at_once(server: Server) -> None:
    library = server.subject
    honest = library.state.add_upload

    def add_upload(row: UploadRow) -> None:
        honest(row)
        make_media(server, row)

    library.state.add_upload = add_upload


@FAULT("A third media in a row overwrites the first.", "FH-LIFECYCLE-01")
def third_media_in_a_minute_is_lost(server: Server) -> None:
    library = server.subject
    honest = library.state.complete
    fresh: list[tuple[str, str, str]] = []

    def complete(upload_id: str, media: MediaRow) -> bool:
        won = bool(honest(upload_id, media))
        if won and media.type == "gif":
            fresh.append((media.id, media.owner, media.type))
            if len(fresh) % 3 == 0:
                library.state.remove(fresh[-3][0], fresh[-3][1])
        return won

    library.state.complete = complete


@FAULT("A delete by one caller removes the newest media of the other.", "FH-LIFECYCLE-03")
def deletes_reach_the_other_caller(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(honest: Any, owner: str, media_id: str) -> Any:
        item = honest(owner, media_id)
        other = "other" if owner == "main" else "main"
        rows, _ = library.state.page(other, 1, None)
        for row in rows:
            library.state.remove(row.id, other)
        return item


def keep_the_caller_in_a_global(server: Server, *operations: str) -> None:
    """Answer overlapping requests of the operations (all, when none is named) as one caller's."""
    newest: list[tuple[bytes, bytes]] = []

    @server.wraps(*operations)
    async def mixed_up(endpoint: Endpoint, request: Request) -> Response:
        headers = request.scope["headers"]
        newest[:] = [header for header in headers if header[0] == b"authorization"]
        await asyncio.sleep(0.01)
        others = [header for header in headers if header[0] != b"authorization"]
        return await endpoint(
            Request({**request.scope, "headers": others + newest}, request.receive)
        )


@FAULT("The caller is kept in a global while other requests run.", "FH-LIFECYCLE-03")
def callers_at_once_are_mixed_up(server: Server) -> None:
    keep_the_caller_in_a_global(server)


@FAULT("A media vanishes when its session expires.", "FH-LIFECYCLE-04")
def media_expire_with_their_session(server: Server) -> None:
    library = server.subject
    ttl = library.settings.upload_ttl

    @server.replaces("media")
    def media(honest: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is not None and time.time() - row.created_at > ttl:
            raise Refusal(404, "Media not found")
        return honest(owner, media_id)


@FAULT("The bytes of a media vanish when its session expires.", "FH-LIFECYCLE-04")
def bytes_expire_with_their_session(server: Server) -> None:
    library = server.subject
    ttl = library.settings.upload_ttl

    @server.replaces("item")
    def item(honest: Any, row: MediaRow) -> Any:
        if time.time() - row.created_at > ttl:
            library.store.remove(row.key)
        return honest(row)


def _spoils(
    name: str, requirement: str, sentence: str, status: int, spoil: Callable[[Server, str], Any]
) -> None:
    """Let a refused complete leave something behind; `spoil` gets the session's id."""

    def apply(server: Server) -> None:
        @server.answers("complete_upload", refusals=True)
        def spoiled(answer: Answer) -> None:
            if answer.status == status:
                spoil(server, answer.request.path_params["id"])

    FAULT.add(name, sentence, apply, requirement)


def _remove_media(server: Server, upload_id: str) -> None:
    statement = "DELETE FROM media WHERE key = (SELECT key FROM upload WHERE id = ?)"
    execute(server, statement, upload_id)


def _remove_bytes(server: Server, upload_id: str) -> None:
    row = server.subject.state.upload(upload_id, "main")
    if row is not None:
        server.subject.store.remove(row.key)


def _remove_thumbnail(server: Server, upload_id: str) -> None:
    row = server.subject.state.upload(upload_id, "main")
    if row is not None:
        server.subject.store.remove(f"thumbnails/{row.key}.png")


_spoils(
    "keyless-complete-closes-the-session",
    "FH-AUTH-02",
    "A complete without a key is refused and closes the session all the same.",
    401,
    close_session,
)
_spoils(
    "foreign-complete-closes-the-session",
    "FH-COMPLETE-14",
    "A complete by another caller is refused and closes the session all the same.",
    404,
    close_session,
)
_spoils(
    "second-complete-removes-the-media",
    "FH-COMPLETE-08",
    "A second complete is refused and takes the media away.",
    409,
    _remove_media,
)
_spoils(
    "second-complete-removes-the-bytes",
    "FH-COMPLETE-08",
    "A second complete is refused and takes the media's bytes away.",
    409,
    _remove_bytes,
)
_spoils(
    "second-complete-removes-the-thumbnail",
    "FH-COMPLETE-08",
    "A second complete is refused and takes the media's thumbnail away.",
    409,
    _remove_thumbnail,
)
