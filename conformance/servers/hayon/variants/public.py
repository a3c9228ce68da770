"""Variants of the public objects."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from conformance.servers.encoding import as_webp, encoded_again
from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"


@VARIANT("Public objects have an ETag and a Cache-Control header.")
def cached_public_objects(server: Server) -> None:
    @server.wraps("get_public_object")
    async def cached(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        response.headers["Cache-Control"] = "public, max-age=31536000"
        response.headers["ETag"] = '"x"'
        return response


@VARIANT("The public URL redirects to the file.")
def redirected_public_objects(server: Server) -> None:
    publisher = server.subject

    @server.wraps("get_public_object")
    async def redirected(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        if found.status_code != 200:
            return found
        key = request.path_params["key"]
        return RedirectResponse(publisher.store.signed_get(key, 60), 302)


@VARIANT("An uploaded file becomes public a second after the first request for it.")
def late_public_objects(server: Server) -> None:
    first_seen: dict[str, float] = {}

    @server.wraps("get_public_object")
    async def late(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        key = request.path_params["key"]
        if found.status_code != 200:
            return found
        if time.monotonic() - first_seen.setdefault(key, time.monotonic()) < 1:
            return PlainTextResponse("Not Found", 404)
        return found


@VARIANT("A cache keeps each 404 for ten seconds, and files become public 1.5 seconds late.")
def remembered_misses(server: Server) -> None:
    given: dict[str, float] = {}
    missed: dict[str, float] = {}

    @server.answers(_UPLOAD)
    def noted(answer: Answer) -> None:
        given[answer.data["s3Key"]] = time.monotonic()

    @server.wraps("get_public_object")
    async def cached(endpoint: Endpoint, request: Request) -> Response:
        key, now = request.path_params["key"], time.monotonic()
        remembered = now - missed.get(key, -10.0) < 10
        early = now - given.get(key, 0.0) < 1.5
        found = await endpoint(request)
        if found.status_code == 200 and not remembered and not early:
            return found
        if not remembered:
            missed[key] = now
        return PlainTextResponse("Not Found", 404)


def _misses(name: str, sentence: str, answer: Callable[[Request], Response]) -> None:
    """Register a variant that has its own answer for a path without a file."""

    def apply(server: Server) -> None:
        @server.wraps("get_public_object")
        async def other(endpoint: Endpoint, request: Request) -> Response:
            found = await endpoint(request)
            return found if found.status_code == 200 else answer(request)

    VARIANT.add(name, sentence, apply)


def _drawing(request: Request) -> Response:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><text>{request.url.path}</text></svg>"
    return Response(svg, media_type="image/svg+xml")


_misses(
    "placeholders-for-missing-objects",
    "A path without a file returns a placeholder picture.",
    lambda _: Response(b"GIF89a\1\0\1\0\0\0\0;", media_type="image/gif"),
)
_misses(
    "pending-objects",
    "A path without a file gets a 202 that calls the file pending.",
    lambda request: JSONResponse({"status": "pending", "key": request.path_params["key"]}, 202),
)
_misses(
    "drawings-for-missing-objects",
    "A path without a file returns an SVG drawing of its name.",
    _drawing,
)
_misses(
    "pages-for-missing-objects",
    "A path without a file returns an HTML page.",
    lambda _: HTMLResponse("<p>Nothing here.</p>"),
)


@VARIANT("The public host removes the metadata of a PNG.")
def stripped_pictures(server: Server) -> None:
    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        body, content_type = original(key)
        return (_critical_chunks(body) if content_type == "image/png" else body), content_type


@VARIANT("The server removes the metadata of a PNG from the bucket once it was read in public.")
def pictures_stripped_in_place(server: Server) -> None:
    seen: set[str] = set()

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        body, content_type = original(key)
        if content_type != "image/png":
            return body, content_type
        if key in seen:
            body = _critical_chunks(body)
            server.subject.store.write(key, body, content_type)
        seen.add(key)
        return body, content_type


@VARIANT("The public host encodes pictures again without metadata, and packs films again.")
def pictures_encoded_again(server: Server) -> None:
    known: dict[str, bytes] = {}

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        body, content_type = original(key)
        if key not in known:
            known[key] = encoded_again(body, content_type)
        return known[key], content_type


@VARIANT("The CDN converts pictures to WebP, and says so.")
def pictures_become_webp(server: Server) -> None:
    known: dict[str, tuple[bytes, str]] = {}

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        if key not in known:
            body, content_type = original(key)
            converted = as_webp(body) if content_type.startswith("image/") else None
            known[key] = (converted, "image/webp") if converted else (body, content_type)
        return known[key]


@VARIANT("The public host hands every file out as a download, whatever its type.")
def public_files_are_downloads(server: Server) -> None:
    @server.wraps("get_public_object")
    async def saved(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        if found.status_code == 200:
            found.headers["Content-Type"] = "application/octet-stream"
            found.headers["Content-Disposition"] = "attachment"
        return found


def _critical_chunks(body: bytes) -> bytes:
    """Return a PNG without its ancillary chunks; their names begin with a lower-case letter."""
    kept, place = body[:8], 8
    while place < len(body):
        end = place + 12 + int.from_bytes(body[place : place + 4], "big")
        if body[place + 4 : place + 5].isupper():
            kept += body[place:end]
        place = end
    return kept
