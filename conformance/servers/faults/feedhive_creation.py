"""Faults of POST /media/uploads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.answers import Refusal
from conformance.servers.faults.registry import FEEDHIVE as FAULT
from conformance.servers.feedhive import library as feedhive
from conformance.servers.feedhive.library import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.bending import Answer, Endpoint, Server

_CREATE = "create_upload"


def _rewrites(name: str, requirement: str, sentence: str, change: Callable[[Answer], None]) -> None:
    FAULT.add(name, sentence, lambda server: server.answers(_CREATE)(change), requirement)  # type: ignore[arg-type]


_rewrites(
    "create-lacks-the-upload-id",
    "FH-CREATE-01",
    "Create answers no upload_id.",
    lambda answer: answer.data.pop("upload_id"),
)
_rewrites(
    "create-lacks-the-upload-url",
    "FH-CREATE-01",
    "Create answers no upload_url.",
    lambda answer: answer.data.pop("upload_url"),
)
_rewrites(
    "create-lacks-expires-at",
    "FH-CREATE-01",
    "Create answers no expires_at.",
    lambda answer: answer.data.pop("expires_at"),
)
_rewrites(
    "create-says-success-false",
    "FH-CREATE-01",
    "A create that worked says success false.",
    lambda answer: answer.body.update(success=False),
)
_rewrites(
    "create-answers-without-envelope",
    "FH-CREATE-01",
    "The fields stand outside of data.",
    lambda answer: answer.body.update(answer.body.pop("data")),
)


@FAULT("Every create is a server error.", "FH-CREATE-01")
def create_is_out_of_order(server: Server) -> None:
    @server.wraps(_CREATE)
    async def broken(_: Endpoint, __: Request) -> Response:
        return PlainTextResponse("out of order", 500)


def _refused_type(content_type: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create_upload(honest: Any, owner: str, filename: object, declared: object) -> Any:
            if declared == content_type:
                raise Refusal(400, "unsupported")
            return honest(owner, filename, declared)

    name = "refuses-" + content_type.replace("/", "-")
    FAULT.add(name, f"Create refuses {content_type}.", apply, "FH-CREATE-02")


for _content_type in ("image/jpg", "image/gif", "video/mov", "video/quicktime"):
    _refused_type(_content_type)


def _accepts(
    name: str, requirement: str, sentence: str, mend: Callable[[Any, Any], tuple[Any, Any]]
) -> None:
    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create_upload(honest: Any, owner: str, filename: object, declared: object) -> Any:
            return honest(owner, *mend(filename, declared))

    FAULT.add(name, sentence, apply, requirement)


_PNG = "image/png"
_accepts(
    "takes-a-missing-filename",
    "FH-CREATE-03",
    "Create needs no filename.",
    lambda f, t: ("unnamed" if f is None else f, t),
)
_accepts(
    "takes-an-empty-filename",
    "FH-CREATE-04",
    "Create takes an empty filename.",
    lambda f, t: ("unnamed" if f == "" else f, t),
)
_accepts(
    "takes-a-number-as-filename",
    "FH-CREATE-05",
    "Create takes a number for a filename.",
    lambda f, t: (str(f) if isinstance(f, int) else f, t),
)
_accepts(
    "takes-a-list-as-filename",
    "FH-CREATE-05",
    "Create takes a list for a filename.",
    lambda f, t: (str(f) if isinstance(f, list) else f, t),
)
_accepts(
    "takes-a-missing-type",
    "FH-CREATE-06",
    "Create takes image/png for a missing type.",
    lambda f, t: (f, _PNG if t is None else t),
)
_accepts(
    "takes-a-list-as-type",
    "FH-CREATE-07",
    "Create takes the first of a list of types.",
    lambda f, t: (f, _PNG if isinstance(t, list) else t),
)
_accepts(
    "takes-a-list-of-a-type",
    "FH-CREATE-07",
    "Create takes a list that holds a supported type.",
    lambda f, t: (f, t[0] if isinstance(t, list) and t[0] in list(feedhive.TYPES) else t),
)
_accepts(
    "takes-an-object-of-a-type",
    "FH-CREATE-07",
    "Create takes an object that has a supported type for a member.",
    lambda f, t: (f, next(iter(t)) if isinstance(t, dict) else t),
)
_accepts(
    "takes-a-number-as-type",
    "FH-CREATE-07",
    "Create takes a number for a type.",
    lambda f, t: (f, _PNG if isinstance(t, int) else t),
)
_accepts(
    "takes-webp",
    "FH-CREATE-08",
    "Create takes image/webp, which is not supported.",
    lambda f, t: (f, _PNG if t == "image/webp" else t),
)
_accepts(
    "takes-any-image",
    "FH-CREATE-08",
    "Create takes whatever begins with image/.",
    lambda f, t: (f, _PNG if str(t).startswith("image/") and t not in feedhive.TYPES else t),
)
_accepts(
    "takes-what-begins-like-a-type",
    "FH-CREATE-08",
    "Create takes whatever begins with a supported type.",
    lambda f, t: (f, _PNG if str(t).startswith(_PNG) else t),
)
_accepts(
    "takes-what-ends-like-a-type",
    "FH-CREATE-08",
    "Create takes whatever ends with a supported type.",
    lambda f, t: (f, _PNG if str(t).endswith(_PNG) else t),
)
_accepts(
    "takes-octet-streams",
    "FH-CREATE-08",
    "Create takes application/octet-stream.",
    lambda f, t: (f, _PNG if t == "application/octet-stream" else t),
)
_accepts(
    "takes-an-empty-type",
    "FH-CREATE-08",
    "Create takes an empty type.",
    lambda f, t: (f, _PNG if t == "" else t),
)


@FAULT("Create takes a body that is no JSON object for an empty form.", "FH-CREATE-09")
def takes_a_broken_body(server: Server) -> None:
    @server.wraps(_CREATE)
    async def lenient(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        broken = not (await request.body()).strip().startswith(b"{")
        if response.status_code == 400 and broken:
            made = server.subject.create_upload("main", "unnamed.png", _PNG)
            return JSONResponse({"success": True, "data": made}, 201)
        return response


@FAULT("Two creates of one filename get one upload id.", "FH-CREATE-10")
def shares_upload_ids(server: Server) -> None:
    known: dict[object, str] = {}

    @server.answers(_CREATE)
    def shared(answer: Answer) -> None:
        name = answer.sent["filename"]
        answer.data["upload_id"] = known.setdefault(name, answer.data["upload_id"])


@FAULT("Two creates of one filename get one object.", "FH-CREATE-11")
def shares_objects(server: Server) -> None:
    known: dict[object, str] = {}

    @server.answers(_CREATE)
    def shared(answer: Answer) -> None:
        name = answer.sent["filename"]
        answer.data["upload_url"] = known.setdefault(name, answer.data["upload_url"])


_rewrites(
    "expires-at-is-an-epoch-text",
    "FH-CREATE-12",
    "expires_at is a text of epoch seconds.",
    lambda answer: answer.data.update(expires_at=str(int(time.time()) + 600)),
)
_rewrites(
    "expires-at-is-an-http-date",
    "FH-CREATE-12",
    "expires_at is a date like HTTP's.",
    lambda answer: answer.data.update(expires_at="Sat, 31 Jan 2032 12:00:00 GMT"),
)


def _lives(name: str, seconds: float, sentence: str) -> None:
    def apply(server: Server) -> None:
        library = server.subject
        if library.settings.upload_ttl < 60:
            return

        @server.replaces("create_upload")
        def create_upload(honest: Any, owner: str, filename: object, declared: Any) -> Any:
            made = honest(owner, filename, declared)
            key = urlsplit(made["upload_url"]).path.removeprefix(f"/{library.store.bucket}/")
            url = library.store.signed_put(key, declared, int(seconds))
            return {**made, "upload_url": url, "expires_at": timestamp(time.time() + seconds)}

    FAULT.add(name, sentence, apply, "FH-CREATE-13")


_lives("sessions-of-an-hour", 3_600, "Uploads are announced to live an hour.")
_lives("sessions-of-a-minute", 60, "Uploads are announced to live a minute.")


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
    "upload_url carries no signature.",
    lambda answer: answer.data.update(upload_url=answer.data["upload_url"].partition("?")[0]),
)


def _signed_for(name: str, factor: float, sentence: str) -> None:
    def apply(server: Server) -> None:
        library = server.subject
        if library.settings.upload_ttl < 60:
            return

        @server.replaces("create_upload")
        def create_upload(honest: Any, owner: str, filename: object, declared: Any) -> Any:
            made = honest(owner, filename, declared)
            key = urlsplit(made["upload_url"]).path.removeprefix(f"/{library.store.bucket}/")
            seconds = int(library.settings.upload_ttl * factor)
            return {**made, "upload_url": library.store.signed_put(key, declared, seconds)}

    FAULT.add(name, sentence, apply, "FH-CREATE-15")


_signed_for(
    "url-outlives-its-session", 6, "The URL is signed for an hour, the session lives ten minutes."
)
_signed_for("url-dies-before-its-session", 0.5, "The URL is signed for half of the session's life.")


@FAULT("A create without a content type header is a server error.", "FH-CREATE-18")
def crashes_without_a_label(server: Server) -> None:
    @server.wraps(_CREATE)
    async def fragile(endpoint: Endpoint, request: Request) -> Response:
        if "content-type" not in request.headers:
            return PlainTextResponse("'NoneType' object has no attribute 'split'", 500)
        return await endpoint(request)


@FAULT("A create that is labelled a form is a server error.", "FH-CREATE-18")
def crashes_on_forms(server: Server) -> None:
    @server.wraps(_CREATE)
    async def fragile(endpoint: Endpoint, request: Request) -> Response:
        if request.headers.get("content-type", "").endswith("form-urlencoded"):
            return PlainTextResponse("Cannot destructure property 'filename' of undefined", 500)
        return await endpoint(request)


@FAULT("A body that is no JSON is a server error.", "FH-CREATE-18")
def crashes_on_broken_json(server: Server) -> None:
    @server.answers(_CREATE, refusals=True)
    def broken(answer: Answer) -> None:
        if not answer.sent and answer.status == 400:
            answer.status = 500


@FAULT("The answer for a gif lacks expires_at.", "FH-CREATE-SCHEMA")
def gif_sessions_lack_expires_at(server: Server) -> None:
    @server.answers(_CREATE)
    def without(answer: Answer) -> None:
        if answer.sent.get("content_type") == "image/gif":
            del answer.data["expires_at"]


_rewrites(
    "create-answers-299",
    "FH-CREATE-SCHEMA-REF",
    "Create answers a status of its own making.",
    lambda answer: setattr(answer, "status", 299),
)


@FAULT("Every seventh create is a server error.", "FH-CREATE-01")
def every_seventh_create_fails(server: Server) -> None:
    count = iter(range(1, 1_000_000))

    @server.wraps(_CREATE)
    async def sometimes(endpoint: Endpoint, request: Request) -> Response:
        if next(count) % 7 == 0:
            return PlainTextResponse("try again", 500)
        return await endpoint(request)
