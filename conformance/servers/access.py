"""Wrong checks of API keys, for the faults of all profiles."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.overlap import OVERLAP_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import Headers
    from starlette.responses import Response

    from conformance.servers.deviation import Endpoint, Server

_UNAUTHORIZED = 401


def accept_bad_keys(server: Server, operation: str, passes: Callable[[str, str], bool]) -> None:
    """Let an operation accept some bad keys as the main caller's.

    `passes` gets the Authorization header and the key of the main caller.
    """
    token = next(iter(server.subject.settings.tokens))

    @server.replaces("caller")
    def caller(original: Any, asked: str, authorization: str) -> str:
        try:
            found: str = original(asked, authorization)
        except Refusal:
            if asked == operation and passes(authorization, token):
                return CALLERS[0]
            raise
        return found


def refuse_bad_keys_with(server: Server, operation: str, response: Response) -> None:
    """Let an operation answer every bad key with this response."""

    @server.wraps(operation)
    async def other(endpoint: Endpoint, request: Request) -> Response:
        answer = await endpoint(request)
        return response if answer.status_code == _UNAUTHORIZED else answer


def mix_up_callers(server: Server, *operations: str) -> None:
    """Answer requests at the same time as the caller of the newest one.

    Without operations, this affects all of them.
    """
    newest: list[tuple[bytes, bytes]] = []

    @server.wraps(*operations)
    async def mixed_up(endpoint: Endpoint, request: Request) -> Response:
        headers = request.scope["headers"]
        newest[:] = [header for header in headers if header[0] == b"authorization"]
        await asyncio.sleep(OVERLAP_S)
        others = [header for header in headers if header[0] != b"authorization"]
        return await endpoint(
            Request({**request.scope, "headers": others + newest}, request.receive)
        )


def trust_headers(server: Server, operation: str, trusts: Callable[[Headers], bool]) -> None:
    """Let an operation take some requests without an Authorization as the main caller's."""
    token = next(iter(server.subject.settings.tokens))
    key = (b"authorization", f"Bearer {token}".encode())

    @server.wraps(operation)
    async def trusting(endpoint: Endpoint, request: Request) -> Response:
        if "authorization" in request.headers or not trusts(request.headers):
            return await endpoint(request)
        headers = [*request.scope["headers"], key]
        return await endpoint(Request({**request.scope, "headers": headers}, request.receive))
