"""Variants of the upload requests that the server accepts, and of other requests to that path."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Route

from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server

_UPLOAD = "create_media_upload"
_URL_SAFE = str.maketrans("-_", "+/")


@VARIANT("The server decodes API keys from base64, as Node does, and then compares them.")
def keys_are_decoded(server: Server) -> None:
    def decoded(key: str) -> bytes:
        kept = "".join(filter(lambda one: one.isalnum() or one in "+/", key.translate(_URL_SAFE)))
        whole = kept[: -1 if len(kept) % 4 == 1 else None]
        return base64.b64decode(whole + "=" * (-len(whole) % 4))

    known = {decoded(token): token for token in server.subject.settings.tokens}

    @server.replaces("caller")
    def caller(original: Any, operation: str, authorization: str) -> Any:
        scheme, _, key = authorization.partition(" ")
        return original(operation, f"{scheme} {known.get(decoded(key), key)}")


@VARIANT("The server accepts types in upper case and types with parameters.")
def lenient_types(server: Server) -> None:
    @server.replaces("upload_url")
    def upload_url(original: Any, caller: str, declared: object, base_url: str) -> Any:
        if isinstance(declared, str):
            declared = declared.partition(";")[0].strip().lower()
        return original(caller, declared, base_url)


@VARIANT("A body without the content type JSON gets a 415; the server does not read it.")
def unlabelled_bodies_are_415(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def refusing(endpoint: Endpoint, request: Request) -> Response:
        if "json" in request.headers.get("content-type", "").lower():
            return await endpoint(request)
        return PlainTextResponse("Unsupported Media Type", 415)


@VARIANT("The server validates a request before its key, so a bad type gets a 400.")
def types_are_validated_before_the_key(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def validated(endpoint: Endpoint, request: Request) -> Response:
        answer = await endpoint(request)
        try:
            declared = (await request.json()).get("contentType")
        except (ValueError, AttributeError, RecursionError):
            declared = None
        if answer.status_code != 401 or declared in EXTENSIONS:
            return answer
        refusal = {"success": False, "message": "Invalid media type", "data": None}
        return JSONResponse(refusal, 400)


@VARIANT("A firewall answers an impossible type with its own 403.")
def firewalled_types(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def walled(endpoint: Endpoint, request: Request) -> Response:
        body = await request.body()
        if any(word in body for word in (b"\\n", b"__proto__", b"constructor", b"*/*")):
            return PlainTextResponse("Forbidden", 403)
        return await endpoint(request)


@VARIANT("A GET on the path of the upload request returns a page.")
def pages_beside_the_upload(server: Server) -> None:
    async def page(_: Request) -> Response:
        return HTMLResponse("<p>Use POST: the answer holds data.uploadUrl.</p>")

    server.routes.append(Route("/api/posts/media/upload", page, methods=["GET"]))
