"""Server errors that a request causes, for the faults of all profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server


def crash_on_requests(server: Server, operation: str, crashes: Callable[[Request], bool]) -> None:
    """Let an operation answer some requests with a server error."""

    @server.wraps(operation)
    async def fragile(endpoint: Endpoint, request: Request) -> Response:
        if crashes(request):
            return PlainTextResponse("Internal Server Error", 500)
        return await endpoint(request)


def crash_on_bodies(server: Server, operation: str, crashes: Callable[[bytes], bool]) -> None:
    """Let an operation answer some bodies with a server error, if the request has a key."""

    @server.wraps(operation)
    async def fragile(endpoint: Endpoint, request: Request) -> Response:
        if "authorization" in request.headers and crashes(await request.body()):
            return PlainTextResponse("Internal Server Error", 500)
        return await endpoint(request)


def has_nul(body: bytes) -> bool:
    """Whether a body has a NUL, escaped or not."""
    return b"\\u0000" in body or b"\0" in body


def is_deep(body: bytes) -> bool:
    """Whether the JSON of a body has a hundred open brackets in a row."""
    return b"[" * 100 in body or b'{"a":' * 100 in body.replace(b" ", b"")


def has_lone_surrogate(body: bytes) -> bool:
    """Whether a body has an escaped surrogate; the genuine bodies have none at all."""
    return b"\\ud8" in body.lower() or b"\\udc" in body.lower()


def has_no_boundary(request: Request) -> bool:
    """Whether the label of a request is a multipart type without a boundary."""
    label = request.headers.get("content-type", "").lower()
    return label.startswith("multipart/") and "boundary=" not in label
