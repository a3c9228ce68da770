"""Faults of POST /media/uploads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.feedhive.registry import FAULT
from conformance.servers.feedhive.sessions import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_CREATE = "create_upload"
_PNG = "image/png"


_rewrites = FAULT.rewriting(_CREATE)


_rewrites(
    "create-lacks-the-upload-id",
    "FH-CREATE-01",
    "The answer of create has no upload_id.",
    lambda answer: answer.data.pop("upload_id"),
)
_rewrites(
    "create-lacks-the-upload-url",
    "FH-CREATE-01",
    "The answer of create has no upload_url.",
    lambda answer: answer.data.pop("upload_url"),
)
_rewrites(
    "create-lacks-expires-at",
    "FH-CREATE-01",
    "The answer of create has no expires_at.",
    lambda answer: answer.data.pop("expires_at"),
)
_rewrites(
    "create-says-success-false",
    "FH-CREATE-01",
    "success is false in the answer of a successful create.",
    lambda answer: answer.body.update(success=False),
)
_rewrites(
    "create-answers-without-envelope",
    "FH-CREATE-01",
    "The fields are in the body itself, without a data member.",
    lambda answer: answer.body.update(answer.body.pop("data")),
)


@FAULT("Every create gets a server error.", "FH-CREATE-01")
def create_is_out_of_order(server: Server) -> None:
    @server.wraps(_CREATE)
    async def broken(_: Endpoint, __: Request) -> Response:
        return PlainTextResponse("out of order", 500)


@FAULT("Create accepts a body that is not a JSON object.", "FH-CREATE-09")
def takes_a_broken_body(server: Server) -> None:
    @server.wraps(_CREATE)
    async def lenient(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        broken = not (await request.body()).strip().startswith(b"{")
        if response.status_code == 400 and broken:
            made = server.subject.create_upload("main", "unnamed.png", _PNG)
            return JSONResponse({"success": True, "data": made}, 201)
        return response


@FAULT("Two creates with the same filename get the same upload_id.", "FH-CREATE-10")
def shares_upload_ids(server: Server) -> None:
    known: dict[object, str] = {}

    @server.answers(_CREATE)
    def shared(answer: Answer) -> None:
        name = answer.sent["filename"]
        answer.data["upload_id"] = known.setdefault(name, answer.data["upload_id"])


@FAULT("Two creates with the same filename get the same object.", "FH-CREATE-11")
def shares_objects(server: Server) -> None:
    known: dict[object, str] = {}

    @server.answers(_CREATE)
    def shared(answer: Answer) -> None:
        name = answer.sent["filename"]
        answer.data["upload_url"] = known.setdefault(name, answer.data["upload_url"])


_rewrites(
    "expires-at-is-an-epoch-text",
    "FH-CREATE-12",
    "expires_at is a string of epoch seconds.",
    lambda answer: answer.data.update(expires_at=str(int(time.time()) + 600)),
)
_rewrites(
    "expires-at-is-an-http-date",
    "FH-CREATE-12",
    "expires_at is an HTTP date.",
    lambda answer: answer.data.update(expires_at="Sat, 31 Jan 2032 12:00:00 GMT"),
)


def _signed_for(
    name: str,
    requirement: str,
    sentence: str,
    seconds_of: Callable[[float], float],
    *,
    announced: bool = False,
) -> None:
    """Register a fault: the URL works for other seconds, and with `announced` expires_at says so.

    `seconds_of` gets the life of uploads without the fault.
    """

    def apply(server: Server) -> None:
        library = server.subject
        if library.settings.upload_ttl < 60:
            return

        @server.replaces("create_upload")
        def create_upload(original: Any, owner: str, filename: object, declared: Any) -> Any:
            made = original(owner, filename, declared)
            key = library.store.key_of(made["upload_url"])
            seconds = seconds_of(library.settings.upload_ttl)
            made["upload_url"] = library.store.signed_put(key, declared, int(seconds))
            if announced:
                made["expires_at"] = timestamp(time.time() + seconds)
            return made

    FAULT.add(name, sentence, apply, requirement)


_signed_for(
    "sessions-of-an-hour",
    "FH-CREATE-13",
    "expires_at and the URL give an upload one hour.",
    lambda _: 3_600,
    announced=True,
)
_signed_for(
    "sessions-of-a-minute",
    "FH-CREATE-13",
    "expires_at and the URL give an upload one minute.",
    lambda _: 60,
    announced=True,
)
_rewrites(
    "upload-url-is-relative",
    "FH-CREATE-14",
    "upload_url is only a path.",
    lambda answer: answer.data.update(
        upload_url=urlunsplit(("", "", *urlsplit(answer.data["upload_url"])[2:]))
    ),
)
_rewrites(
    "upload-url-is-unsigned",
    "FH-CREATE-14",
    "upload_url has no signature.",
    lambda answer: answer.data.update(upload_url=answer.data["upload_url"].partition("?")[0]),
)


_signed_for(
    "url-outlives-its-session",
    "FH-CREATE-15",
    "The URL works for an hour, but the session only for ten minutes.",
    lambda ttl: ttl * 6,
)
_signed_for(
    "url-dies-before-its-session",
    "FH-CREATE-15",
    "The URL works only for half of the session's life.",
    lambda ttl: ttl * 0.5,
)


@FAULT("A create without a Content-Type header gets a server error.", "FH-CREATE-18")
def crashes_without_a_label(server: Server) -> None:
    @server.wraps(_CREATE)
    async def fragile(endpoint: Endpoint, request: Request) -> Response:
        if "content-type" not in request.headers:
            return PlainTextResponse("'NoneType' object has no attribute 'split'", 500)
        return await endpoint(request)


@FAULT("A create with the content type of a form gets a server error.", "FH-CREATE-18")
def crashes_on_forms(server: Server) -> None:
    @server.wraps(_CREATE)
    async def fragile(endpoint: Endpoint, request: Request) -> Response:
        if request.headers.get("content-type", "").endswith("form-urlencoded"):
            return PlainTextResponse("Cannot destructure property 'filename' of undefined", 500)
        return await endpoint(request)


@FAULT("A create with a body that is not JSON gets a server error.", "FH-CREATE-18")
def crashes_on_broken_json(server: Server) -> None:
    @server.answers(_CREATE, refusals=True)
    def broken(answer: Answer) -> None:
        if not answer.sent and answer.status == 400:
            answer.status = 500


@FAULT("The answer for a gif has no expires_at.", "FH-CREATE-SCHEMA")
def gif_sessions_lack_expires_at(server: Server) -> None:
    @server.answers(_CREATE)
    def without(answer: Answer) -> None:
        if answer.sent.get("content_type") == "image/gif":
            del answer.data["expires_at"]


_rewrites(
    "create-answers-299",
    "FH-CREATE-SCHEMA-REF",
    "The status of a create is 299.",
    lambda answer: setattr(answer, "status", 299),
)


@FAULT("Every seventh create gets a server error.", "FH-CREATE-01")
def every_seventh_create_fails(server: Server) -> None:
    count = iter(range(1, 1_000_000))

    @server.wraps(_CREATE)
    async def sometimes(endpoint: Endpoint, request: Request) -> Response:
        if next(count) % 7 == 0:
            return PlainTextResponse("try again", 500)
        return await endpoint(request)
