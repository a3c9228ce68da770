"""A front before the store: an S3 endpoint of its own, which answers as another engine does.

The server and its clients reach the store through it, also with the bucket's credentials. So it
changes the storage itself, and not what one server makes of it.
"""

from __future__ import annotations

from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.store import StoreAccess

_METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
# What belongs to one connection, or is written again for the next one.
_OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "transfer-encoding"}
)
_TIMEOUT_S = 30.0


class StoreFront:
    """Passes every request on, with the host to which it was signed; a subclass changes some."""

    def __init__(self, store: StoreAccess) -> None:
        self.store = store.direct

    def application(self) -> Starlette:
        """Return the endpoint as an application."""
        return Starlette(routes=[Route("/{path:path}", self.passed, methods=_METHODS)])

    async def passed(self, request: Request) -> Response:
        """Answer a request as the store does."""
        target = request.scope["raw_path"].decode()
        if request.url.query:
            target = f"{target}?{request.url.query}"
        return await self.asked(request, target, request.headers["host"])

    async def asked(self, request: Request, target: str, host: str) -> Response:
        """Send a request to the store, for a path with its query and for a host."""
        return await run_in_threadpool(self._ask, request, await request.body(), target, host)

    def _ask(self, request: Request, body: bytes, target: str, host: str) -> Response:
        parts = urlsplit(self.store.endpoint)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.netloc, timeout=_TIMEOUT_S)
        try:
            connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host)
            for name, value in request.headers.items():
                if name not in {*_OF_THE_CONNECTION, "host"}:
                    connection.putheader(name, value)
            if body or request.method in {"PUT", "POST"}:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return self._response(request.method, connection)
        finally:
            connection.close()

    def _response(self, method: str, connection: HTTPConnection) -> Response:
        answer = connection.getresponse()
        body = answer.read()
        found = [(name.lower(), value) for name, value in answer.getheaders()]
        kept = [(name, value) for name, value in found if name not in _OF_THE_CONNECTION]
        length = answer.getheader("Content-Length", "0") if method == "HEAD" else str(len(body))
        response = Response(body, answer.status)
        response.raw_headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in [*kept, ("content-length", length)]
        ]
        return response

    def key(self, request: Request) -> str:
        """Return the key that a request names, or an empty text."""
        bucket, _, key = request.path_params["path"].partition("/")
        return key if bucket == self.store.bucket else ""


def is_presigned(request: Request) -> bool:
    """Whether the query signs a request, if anything does."""
    return "authorization" not in request.headers
