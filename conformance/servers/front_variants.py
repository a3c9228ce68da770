"""Variants of proxies before a server, and of how JSON is written, for all profiles."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Match, Route

from conformance.servers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.types import Scope

    from conformance.servers.deviation import Endpoint, Server

FRONT_VARIANT = Registry("variant")

_COLD_START_S = 5.0
_PIECE_BYTES = 64
_LONGEST_PATH, _LONGEST_BODY = 2_000, 16_000
_SUSPICIOUS = ("%00", "..", "%27", "'", "%0A", "%EF%BF%BD", "null", "script", "%25zz")
_UNAUTHORIZED = 401
_KNOWN = re.compile(r"/(media|posts|api/posts|cdn)(/.*)?", re.DOTALL)
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\r\n"


@FRONT_VARIANT("JSON is indented, with escaped letters and slashes and a line break at its end.")
def indented_json(server: Server) -> None:
    @server.wraps()
    async def indented(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        if not response.headers.get("content-type", "").startswith("application/json"):
            return response
        text = json.dumps(json.loads(bytes(response.body)), indent=4).replace("/", "\\/")
        return Response(f"{text}\n", response.status_code, {"Content-Type": "application/json"})


@FRONT_VARIANT("Answers come in chunks, without a length.")
def chunked_answers(server: Server) -> None:
    def pieces(body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), _PIECE_BYTES):
            yield body[start : start + _PIECE_BYTES]

    @server.wraps()
    async def chunked(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        headers = {
            name: value for name, value in response.headers.items() if name != "content-length"
        }
        body = bytes(response.body)
        return StreamingResponse(pieces(body), response.status_code, headers)


@FRONT_VARIANT("The first request of each operation takes five seconds.")
def cold_starts(server: Server) -> None:
    warm: set[tuple[str, str]] = set()

    @server.wraps()
    async def starting(endpoint: Endpoint, request: Request) -> Response:
        kind = request.method, request.url.path.rpartition("/")[2][:9]
        if kind not in warm and len(warm) < 5:
            warm.add(kind)
            await asyncio.sleep(_COLD_START_S)
        return await endpoint(request)


@FRONT_VARIANT("A front server answers what looks suspicious, or is long, with a page of its own.")
def a_firewall_before_the_server(server: Server) -> None:
    @server.wraps()
    async def guarded(endpoint: Endpoint, request: Request) -> Response:
        raw = request.scope["raw_path"].decode("ascii", "replace")
        target = f"{raw}?{request.url.query}"
        if len(target) > _LONGEST_PATH:
            return _page(414, "Request-URI Too Large")
        if any(sign in target for sign in _SUSPICIOUS):
            return _page(403, "Forbidden")
        if len(await request.body()) > _LONGEST_BODY:
            return _page(413, "Request Entity Too Large")
        return await endpoint(request)


def _page(status: int, reason: str) -> Response:
    return Response(_PAGE.format(f"{status} {reason}"), status, media_type="text/html")


class _AnyOther(Route):
    """Matches every path but those of the operations."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave the paths of the operations to their own routes."""
        return (Match.NONE, {}) if _KNOWN.fullmatch(scope["path"]) else super().matches(scope)


@FRONT_VARIANT("Every unknown path gets a 200 with a status in JSON.")
def unknown_paths_answer_200(server: Server) -> None:
    async def status(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    server.routes.append(_AnyOther("/{path:path}", status, methods=methods))


@FRONT_VARIANT("A gateway refuses a wrong key, with a body and names of headers of its own.")
def a_gateway_refuses_keys(server: Server) -> None:
    @server.wraps()
    async def gateway(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        if response.status_code == _UNAUTHORIZED:
            body: dict[str, Any] = {"message": "Unauthorized", "success": False}
            response = JSONResponse(body, _UNAUTHORIZED)
            response.headers["x-amzn-Remapped-WWW-Authenticate"] = "Bearer"
            response.headers["x-amzn-ErrorType"] = "UnauthorizedException"
        response.headers["x-amzn-RequestId"] = "0f8fad5b-d9cb-469f-a165-70867728950e"
        response.headers["x-amz-apigw-id"] = "Zx9fHqC5oAMFc0A="
        return response
