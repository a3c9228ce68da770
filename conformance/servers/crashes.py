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
