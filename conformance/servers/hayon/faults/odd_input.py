"""Faults of odd input, of messages for single types, and of other spellings of the path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.crashes import (
    crash_on_bodies,
    crash_on_requests,
    has_lone_surrogate,
    has_no_boundary,
    has_nul,
    is_deep,
)
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"
_PATH = "/api/posts/media/upload"


def _bodies(name: str, sentence: str, crashes: Callable[[bytes], bool]) -> None:
    def apply(server: Server) -> None:
        crash_on_bodies(server, _UPLOAD, crashes)

    FAULT.add(name, sentence, apply, "HY-UPLOAD-27")


_bodies(
    "nul-in-a-type-crashes",
    "A NUL in the body causes a server error.",
    has_nul,
)
_bodies(
    "deep-json-crashes",
    "A hundred open brackets in a row in the body cause a server error.",
    is_deep,
)
_bodies(
    "lone-surrogates-crash",
    "A lone surrogate in the body causes a server error.",
    has_lone_surrogate,
)
_bodies(
    "members-given-twice-crash",
    "A body that has contentType twice causes a server error.",
    lambda body: body.count(b'"contentType"') > 1,
)
_bodies(
    "empty-bodies-crash",
    "An empty body causes a server error.",
    lambda body: not body,
)


_bodies(
    "bodies-over-100-kib-crash",
    "A body of more than 100 KiB causes a server error.",
    lambda body: len(body) > 102_400,
)
_bodies(
    "names-of-prototypes-crash",
    "A member named __proto__ causes a server error.",
    lambda body: b'"__proto__":' in body,
)


def _headers(name: str, sentence: str, crashes: Callable[[Request], bool]) -> None:
    def apply(server: Server) -> None:
        crash_on_requests(server, _UPLOAD, crashes)

    FAULT.add(name, sentence, apply, "HY-UPLOAD-27")


_headers(
    "other-charsets-crash",
    "Another charset than UTF-8 causes a server error.",
    lambda request: "iso-8859" in request.headers.get("content-type", "").lower(),
)
_headers(
    "unknown-charsets-crash",
    "A charset that the server does not know causes a server error.",
    lambda request: "charset=x-" in request.headers.get("content-type", "").lower(),
)
_headers(
    "labels-without-a-slash-crash",
    "A label of the body that is no type causes a server error.",
    lambda request: "/" not in request.headers.get("content-type", "/"),
)
_headers(
    "content-encodings-crash",
    "A Content-Encoding causes a server error.",
    lambda request: "content-encoding" in request.headers,
)


@FAULT("A multipart label without a boundary causes a server error.", "HY-UPLOAD-27")
def multipart_labels_crash(server: Server) -> None:
    crash_on_requests(server, _UPLOAD, has_no_boundary)


def _message(content_type: str, message: str) -> None:
    """Register a fault: the refusal of one unsupported type has another message."""

    def apply(server: Server) -> None:
        @server.answers(_UPLOAD, refusals=True)
        def other(answer: Answer) -> None:
            if answer.sent.get("contentType") == content_type and answer.status == 400:
                answer.body["message"] = message

    name = f"refusal-of-{content_type.replace('/', '-').replace('+', '-')}-has-other-words"
    sentence = f"The refusal of {content_type} has another text."
    FAULT.add(name, sentence, apply, "HY-UPLOAD-22")


_message("image/gif", "Animated pictures are not supported")
_message("image/svg+xml", "SVG is not allowed")
_message("application/pdf", "Documents are not supported")
_message("audio/mpeg", "Invalid media type: audio/mpeg")
_message("video/webm", "Invalid media type.")
_message("text/plain", "invalid media type")


def _open(name: str, words: str, path: str) -> None:
    """Register a fault: the upload path needs no key if it is spelled otherwise."""

    def apply(server: Server) -> None:
        async def answered(request: Request) -> Response:
            try:
                declared: Any = (await request.json()).get("contentType")
                data = server.subject.upload_url(CALLERS[0], declared, str(request.base_url))
            except (ValueError, AttributeError, RecursionError, Refusal):
                refusal = {"success": False, "message": "Invalid media type", "data": None}
                return JSONResponse(refusal, 400)
            message = "Upload URL generated"
            return JSONResponse({"success": True, "message": message, "data": data})

        server.routes.append(Route(path, answered, methods=["POST"]))

    FAULT.add(f"{name}-need-no-key", f"The path with {words} needs no key.", apply, "HY-AUTH-01")


_open("doubled-slashes", "a doubled slash at its beginning", f"/{_PATH}")
_open("inner-doubled-slashes", "a doubled slash before upload", "/api/posts/media//upload")
_open("upper-case-paths", "an upper-case first part", "/API/posts/media/upload")
_open("path-parameters", "a parameter inside", "/api/posts;a=b/media/upload")
_open("formats", "a format at its end", f"{_PATH}.json")


def _with_a_key(server: Server, request: Request) -> Request:
    """Return a request as a caller with a valid key sends it."""
    token = next(iter(server.subject.settings.tokens))
    key = (b"authorization", f"Bearer {token}".encode())
    kept = [one for one in request.scope["headers"] if one[0] != b"authorization"]
    return Request({**request.scope, "headers": [*kept, key]}, request.receive)


@FAULT("The path with an encoded letter needs no key.", "HY-AUTH-01")
def encoded_letters_need_no_key(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def unlocked(endpoint: Endpoint, request: Request) -> Response:
        encoded = b"%" in request.scope["raw_path"]
        return await endpoint(_with_a_key(server, request) if encoded else request)


@FAULT("The server takes any key of the query.", "HY-AUTH-01")
def takes_any_key_in_the_query(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def queried(endpoint: Endpoint, request: Request) -> Response:
        named = "token" in request.query_params
        return await endpoint(_with_a_key(server, request) if named else request)


def _type_needs_no_key(content_type: str) -> None:
    def apply(server: Server) -> None:
        @server.wraps(_UPLOAD)
        async def unlocked(endpoint: Endpoint, request: Request) -> Response:
            answer = await endpoint(request)
            if answer.status_code != 401 or content_type.encode() not in await request.body():
                return answer
            arguments = CALLERS[0], content_type, str(request.base_url)
            data = server.subject.upload_url(*arguments)
            message = "Upload URL generated"
            return JSONResponse({"success": True, "message": message, "data": data})

    name = f"{content_type.replace('/', '-')}-needs-no-key"
    FAULT.add(name, f"The upload of {content_type} needs no key.", apply, "HY-AUTH-01")


_type_needs_no_key("image/webp")
_type_needs_no_key("video/quicktime")


@FAULT("A PUT on the path of the upload request answers like a POST.", "HY-UPLOAD-32")
def uploads_by_put(server: Server) -> None:
    async def answered(request: Request) -> Response:
        data = server.subject.upload_url(CALLERS[0], "image/png", str(request.base_url))
        return JSONResponse({"success": True, "message": "Upload URL generated", "data": data})

    server.routes.append(Route(_PATH, answered, methods=["PUT"]))


@FAULT("The status of a success is 203.", "HY-UPLOAD-31")
def upload_answers_203(server: Server) -> None:
    server.answers(_UPLOAD)(lambda answer: setattr(answer, "status", 203))
