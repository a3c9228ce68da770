"""Faults that begin when a session has expired, whatever became of it before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import execute
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.later import later

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from conformance.servers.deviation import Endpoint, Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

#: So many seconds after the expiry a sweep of sessions comes.
_SWEPT_S = 0.3


def _selected(server: Server, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows that an SQL statement selects."""
    with server.subject.state.transaction() as connection:
        rows: list[tuple[Any, ...]] = connection.execute(statement, values).fetchall()
    return rows


def _expired_keys(server: Server) -> set[str]:
    """Return the object keys of all sessions that have expired."""
    expired = "SELECT key FROM upload WHERE expires_at <= ?"
    return {key for (key,) in _selected(server, expired, time.time())}


# A second complete


def _removes(name: str, sentence: str, remove: Callable[[Server, UploadRow], None]) -> None:
    """Register a fault: a complete of an expired session removes something of its media."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("complete_upload")
        def complete_upload(original: Any, owner: str, upload_id: str) -> Any:
            row = library.state.upload(upload_id, owner)
            if row is not None and row.completed_at is not None and library.is_expired(row):
                remove(server, row)
            return original(owner, upload_id)

    FAULT.add(name, sentence, apply, "FH-COMPLETE-08")


_removes(
    "late-second-completes-remove-the-bytes",
    "A second complete after the expiry removes the bytes of the media.",
    lambda server, row: server.subject.store.remove(row.key),
)
_removes(
    "late-second-completes-remove-the-record",
    "A second complete after the expiry removes the media, and keeps its bytes.",
    lambda server, row: execute(server, "DELETE FROM media WHERE key = ?", row.key),
)


# Sessions that go on


@FAULT("A new session of a filename prolongs all open ones of it.", "FH-COMPLETE-07")
def creates_of_a_namesake_prolong_the_session(server: Server) -> None:
    prolonged = (
        "UPDATE upload SET expires_at = ? WHERE owner = ? AND filename = ? AND completed_at IS NULL"
    )

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: UploadRow) -> None:
        original(row)
        execute(server, prolonged, row.expires_at, row.owner, row.filename)


@FAULT("A refused complete of another caller prolongs the session.", "FH-COMPLETE-07")
def foreign_completes_stop_the_expiry(server: Server) -> None:
    prolonged = "UPDATE upload SET expires_at = expires_at + 600 WHERE id = ? AND owner <> ?"

    @server.replaces("state.upload")
    def upload(original: Any, upload_id: str, owner: str) -> Any:
        execute(server, prolonged, upload_id, owner)
        return original(upload_id, owner)


def _never_expire(name: str, content_type: str) -> None:
    """Register a fault: the sessions of one declared type never expire."""

    def apply(server: Server) -> None:
        @server.replaces("is_expired")
        def is_expired(original: Any, row: UploadRow) -> bool:
            return bool(original(row)) and row.content_type != content_type

    FAULT.add(name, f"Sessions of {content_type} never expire.", apply, "FH-COMPLETE-07")


_never_expire("sessions-of-image-jpg-never-expire", "image/jpg")
_never_expire("sessions-of-video-mov-never-expire", "video/mov")


# Media of expired sessions


@FAULT("A sweep of expired sessions takes the pictures that are JPEGs.", "FH-LIFECYCLE-04")
def jpegs_go_with_their_session(server: Server) -> None:
    state = server.subject.state

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> Any:
        completed = original(upload_id, media)
        if completed and media.mime_type == "image/jpeg":
            found = "SELECT expires_at FROM upload WHERE id = ?"
            left = _selected(server, found, upload_id)[0][0] - time.time()
            later(max(left, 0) + _SWEPT_S, state.remove, media.id, media.owner)
        return completed


def _expired_owner(server: Server, media_id: str) -> str | None:
    """Return the owner of a media whose session has expired, and None for any other id."""
    owner = (
        "SELECT media.owner FROM media JOIN upload ON upload.key = media.key"
        " WHERE media.id = ? AND upload.expires_at < ?"
    )
    found = _selected(server, owner, media_id, time.time())
    return found[0][0] if found else None


def _opens(name: str, rule: str, verb: str, requirement: str) -> None:
    """Register a fault: a rule takes any caller for the owner once the session has expired."""

    def apply(server: Server) -> None:
        @server.replaces(rule)
        def reach(original: Any, owner: str, media_id: str) -> Any:
            return original(_expired_owner(server, media_id) or owner, media_id)

    sentence = f"Once its session has expired, a media is {verb} by another caller."
    FAULT.add(name, sentence, apply, requirement)


_opens("media-of-expired-sessions-are-shown-to-others", "media", "fetched", "FH-GET-12")
_opens("media-of-expired-sessions-are-deleted-by-others", "delete", "deleted", "FH-DELETE-10")


def _needs_no_key(name: str, operation: str, verb: str, requirement: str) -> None:
    """Register a fault: an operation needs no key once the session has expired."""

    def apply(server: Server) -> None:
        token = next(iter(server.subject.settings.tokens))
        key = (b"authorization", f"Bearer {token}".encode())

        @server.wraps(operation)
        async def open_to_all(endpoint: Endpoint, request: Request) -> Response:
            keyless = "authorization" not in request.headers
            if not keyless or _expired_owner(server, request.path_params["id"]) is None:
                return await endpoint(request)
            headers = [*request.scope["headers"], key]
            return await endpoint(Request({**request.scope, "headers": headers}, request.receive))

    sentence = f"Once its session has expired, a media is {verb} without a key."
    FAULT.add(name, sentence, apply, requirement)


_needs_no_key("media-of-expired-sessions-are-public", "get_media", "fetched", "FH-AUTH-04")
_needs_no_key("anybody-deletes-media-of-expired-sessions", "delete_media", "deleted", "FH-AUTH-05")


@FAULT("A post takes no media whose session has expired.", "FH-COMPLETE-15")
def posts_refuse_media_of_expired_sessions(server: Server) -> None:
    @server.replaces("posts._checked")
    def checked(original: Any, owner: str, fields: Any) -> Any:
        known = original(owner, fields)
        expired = _expired_keys(server)
        for media_id in known.get("media", []):
            if server.subject.state.media(media_id, owner).key in expired:
                raise Refusal(400, "media holds an unknown id")
        return known


# The total


@FAULT("The total counts the sessions that expired without being completed.", "FH-LIST-09")
def total_counts_expired_sessions(server: Server) -> None:
    expired = (
        "SELECT count(*) FROM upload WHERE owner = ? AND completed_at IS NULL AND expires_at < ?"
    )

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        rows, total = original(owner, limit, after)
        return rows, total + _selected(server, expired, owner, time.time())[0][0]
