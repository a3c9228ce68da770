"""Faults of callers: who gets an upload, and which data of another request it contains."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import FAULT
from conformance.servers.overlap import OVERLAP_S, Overlap

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server

_UPLOAD = "create_media_upload"
_PATH = "/api/posts/media/upload"


def _granted(server: Server, request: Request, content_type: str) -> Response:
    """Return an upload of the main caller to any client."""
    data = server.subject.upload_url("main", content_type, str(request.base_url))
    return JSONResponse({"success": True, "message": "Upload URL generated", "data": data})


def _opens_a_way(name: str, sentence: str, method: str, path: str) -> None:
    def apply(server: Server) -> None:
        async def granted(request: Request) -> Response:
            return _granted(server, request, "image/png")

        server.routes.append(Route(path, granted, methods=[method]))

    FAULT.add(name, sentence, apply, "HY-AUTH-01")


_opens_a_way("gets-need-no-key", "A GET returns an upload and needs no key.", "GET", _PATH)
_opens_a_way(
    "slashes-need-no-key",
    "The path with a trailing slash needs no key.",
    "POST",
    f"{_PATH}/",
)


@FAULT("The upload of a video needs no key.", "HY-AUTH-01")
def videos_need_no_key(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def opened(endpoint: Endpoint, request: Request) -> Response:
        if "authorization" in request.headers or b'"video/mp4"' not in await request.body():
            return await endpoint(request)
        return _granted(server, request, "video/mp4")


def _kept_for_all(name: str, requirement: str, sentence: str, place: int) -> None:
    """Keep one argument of a request in a place that the next request overwrites."""

    def apply(server: Server) -> None:
        last: dict[int, Any] = {}
        overlap = Overlap()

        @server.replaces("upload_url")
        def upload_url(original: Any, *arguments: Any) -> Any:
            last[place] = arguments[place]
            overlap.enter()
            return original(*arguments[:place], last[place], *arguments[place + 1 :])

    FAULT.add(name, sentence, apply, requirement)


_kept_for_all(
    "types-are-mixed-up",
    "HY-UPLOAD-30",
    "A request gets an upload for the content type of another request at the same time.",
    1,
)
_kept_for_all(
    "callers-are-mixed-up",
    "HY-UPLOAD-28",
    "A request gets the upload of another caller who asks at the same time.",
    0,
)


@FAULT("A request needs no key while the server answers a valid key.", "HY-AUTH-02")
def keys_are_valid_for_all(server: Server) -> None:
    served: list[str] = []

    @server.replaces("caller")
    def caller(original: Any, operation: str, authorization: str) -> str:
        try:
            found: str = original(operation, authorization)
        except Refusal:
            if served and operation == _UPLOAD:
                return served[-1]
            raise
        served.append(found)
        return found

    @server.wraps(_UPLOAD)
    async def serving(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        await asyncio.sleep(OVERLAP_S)
        served.clear()
        return response


@FAULT("Object keys count per caller and type, but do not contain the caller.", "HY-UPLOAD-28")
def callers_number_their_types_alike(server: Server) -> None:
    # The main caller had some uploads before the run.
    counts = {("main", one): itertools.count(9) for one in ("image/png", "video/mp4")}

    @server.replaces("object_key")
    def object_key(_: Any, caller: str, content_type: str) -> str:
        number = next(counts.setdefault((caller, content_type), itertools.count(1)))
        return f"posts/{id(counts)}/media-{number}.{content_type.rpartition('/')[2]}"


@FAULT("A request without a key and without a listed type crashes the server.", "HY-AUTH-05")
def bad_bodies_without_a_key_crash(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def logged(endpoint: Endpoint, request: Request) -> Response:
        answer = await endpoint(request)
        try:
            declared = (await request.json()).get("contentType")
        except (ValueError, AttributeError, RecursionError):
            declared = None
        if answer.status_code != 401 or declared in EXTENSIONS:
            return answer
        return PlainTextResponse("Internal Server Error", 500)


def _other_may(name: str, requirement: str, sentence: str, declared: object) -> None:
    """Register a fault: the second caller gets an upload with this contentType."""

    def apply(server: Server) -> None:
        @server.replaces("upload_url")
        def upload_url(original: Any, caller: str, asked: object, base_url: str) -> Any:
            lax = caller == CALLERS[1] and asked == declared
            return original(caller, "image/png" if lax else asked, base_url)

    FAULT.add(name, sentence, apply, requirement)


_other_may(
    "gifs-are-for-some-callers", "HY-UPLOAD-21", "One caller can upload image/gif.", "image/gif"
)
_other_may(
    "some-callers-need-no-type", "HY-UPLOAD-23", "One caller gets an upload without a type.", None
)
