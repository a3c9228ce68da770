"""Faults of look-ups: names that every object holds, types that nearly match, and caches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_PNG = "image/png"
_NOT_FOUND = 404
_CACHED_S = 20.0
_BUILT_IN = frozenset({"constructor", "toString", "__proto__"})


def _takes(name: str, sentence: str, reads: Callable[[str], bool]) -> None:
    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
            taken = isinstance(declared, str) and reads(declared)
            return original(owner, filename, _PNG if taken else declared)

    FAULT.add(name, sentence, apply, "FH-CREATE-08")


_takes(
    "takes-names-of-every-object",
    "Create accepts the name of a built-in member as a type.",
    lambda text: text in _BUILT_IN,
)
_takes(
    "takes-a-list-of-types",
    "Create accepts a list of types with commas and uses the first.",
    lambda text: text.partition(",")[0] == _PNG and "," in text,
)
_takes(
    "takes-the-first-line",
    "Create compares only the first line of a type.",
    lambda text: "\n" in text and text.splitlines()[0] == _PNG,
)
_takes("takes-an-extension", "Create accepts a file extension as a type.", lambda t: t == ".png")
_takes("takes-any-range", "Create accepts the range of all types.", lambda text: text == "*/*")


@FAULT(
    "Create accepts a type with a line break at its end, and signs it with the line break.",
    "FH-CREATE-08",
)
def line_breaks_are_signed(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        return original(owner, filename, _PNG if declared == f"{_PNG}\n" else declared)

    @server.answers("create_upload")
    def signs_the_line_break(answer: Answer) -> None:
        if answer.sent.get("content_type") == f"{_PNG}\n":
            url = answer.data["upload_url"]
            answer.data["upload_url"] = url[:-4] + ("0000" if url[-4:] != "0000" else "1111")


def _finds(operation: str, requirement: str, sentence: str, data: object) -> None:
    def apply(server: Server) -> None:
        @server.wraps(operation)
        async def finds(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            unknown = response.status_code == _NOT_FOUND
            if unknown and request.path_params["id"] in _BUILT_IN:
                return JSONResponse({"success": True, "data": data})
            return response

    FAULT.add(f"{operation.partition('_')[0]}-finds-built-in-names", sentence, apply, requirement)


_finds(
    "complete_upload",
    "FH-COMPLETE-05",
    "Complete finds a session under the name of a built-in member.",
    {"id": "med_0/0"},
)
_finds(
    "get_media", "FH-GET-09", "Get finds a media under the name of a built-in member.", {"id": None}
)
_finds(
    "delete_media",
    "FH-DELETE-11",
    "Delete finds a media under the name of a built-in member.",
    {"id": None},
)


@FAULT("Complete remembers for a filename that its object exists.", "FH-COMPLETE-10")
def heads_are_cached_by_filename(server: Server) -> None:
    known: dict[tuple[str, str], Any] = {}
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        place = row.owner, row.filename
        if known.get(place) == row.content_type:
            return
        original(row)
        known[place] = row.content_type

    @server.replaces("thumbnail")
    def thumbnail(original: Any, row: Any) -> Any:
        return original(row) if store.head(row.key) else None


@FAULT("A cache keeps the 404 of another caller's get, and gives it to the owner.", "FH-GET-12")
def foreign_gets_lock_the_owner_out(server: Server) -> None:
    kept: dict[str, tuple[float, Response]] = {}

    @server.wraps("get_media")
    async def cached(endpoint: Endpoint, request: Request) -> Response:
        at, answer = kept.get(request.url.path, (0.0, Response()))
        if time.monotonic() - at < _CACHED_S:
            return answer
        response: Response = await endpoint(request)
        if response.status_code == _NOT_FOUND:
            kept[request.url.path] = time.monotonic(), response
        return response
