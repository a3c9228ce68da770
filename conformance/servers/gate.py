"""A gate before the store: it accepts uploads that the store would refuse."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Server

_OPERATIONS = ("create_upload", "create_media_upload")
_URLS = {"create_upload": "upload_url", "create_media_upload": "uploadUrl"}
_EMPTY_CHECKSUM = "&x-amz-checksum-crc32=AAAAAA%3D%3D"


class Gate:
    """A route of the server that takes the uploads, checks them and stores them.

    It makes the same checks as S3. `skipped` names the check that it leaves out; a subclass
    changes one of the methods.
    """

    def __init__(self, server: Server, skipped: str = "") -> None:
        # It is a part of the storage, so its calls are not those of the server.
        self.store = server.subject.store.direct
        self.skipped = skipped
        #: For each key: the query of its URL, its declared type, and when it expires.
        self.issued: dict[str, tuple[str, str, float]] = {}
        methods = ["PUT", "GET", "DELETE", "HEAD"]
        server.routes.append(Route("/gate/{key:path}", self.passed, methods=methods))
        server.answers(*_OPERATIONS)(self.redirected)

    def redirected(self, answer: Answer) -> None:
        """Replace the store's address in an upload URL by the address of the gate."""
        for name in self.urls(answer):
            parts = urlsplit(answer.data[name])
            key = self.store.key_of(answer.data[name])
            declared = answer.sent.get("content_type") or answer.sent.get("contentType")
            life = float(parts.query.partition("X-Amz-Expires=")[2].partition("&")[0])
            self.issued[key] = parts.query, str(declared), time.time() + life
            answer.data[name] = f"{answer.request.base_url}gate/{key}?{parts.query}"

    @staticmethod
    def urls(answer: Answer) -> set[str]:
        """Return the members of an answer that hold an upload URL."""
        return set(_URLS.values()) & set(answer.data)

    async def passed(self, request: Request) -> Response:
        """Answer a request as the store does, but without the skipped check."""
        key = request.path_params["key"]
        known = self.issued.get(key)
        query = self.covered(request.url.query)
        checks = {
            "method": request.method == "PUT",
            "signature": query in {self.covered(issued) for issued, _, _ in self.issued.values()},
            "key": known is not None and query == self.covered(known[0]),
            "expiry": known is None or time.time() < known[2] - self.early(),
            "type": known is None
            or request.method != "PUT"
            or request.headers.get("content-type") == known[1],
        }
        # A signature belongs to one key, so the check of the key needs the signature too.
        skipped = {"key", "signature"} if self.skipped == "signature" else {self.skipped}
        if not all(holds for check, holds in checks.items() if check not in skipped):
            return Response(status_code=403)
        if request.method != "PUT":
            return Response(await run_in_threadpool(self.store.read, key))
        declared = self.stored_type(request.headers.get("content-type", ""))
        body = self.stored_body(await request.body())
        await run_in_threadpool(self.store.write, key, body, declared)
        return Response(status_code=200)

    def named(self, request: Request) -> tuple[str, str, float] | None:
        """Return what was issued for the key of a request, if the URL is exactly that one."""
        known = self.issued.get(request.path_params["key"])
        return known if known is not None and request.url.query == known[0] else None

    async def taken(self, request: Request, declared: str) -> Response:
        """Store the body of a request as it is, without any check."""
        key, body = request.path_params["key"], await request.body()
        await run_in_threadpool(self.store.write, key, body, declared)
        return Response(status_code=200)

    def covered(self, query: str) -> str:
        """Return the part of a URL's query that the signature covers."""
        return query

    def early(self) -> float:
        """Return how many seconds before the announced expiry the gate closes."""
        return 0.0

    def stored_body(self, body: bytes) -> bytes:
        """Return the bytes that the gate stores."""
        return body

    def stored_type(self, declared: str) -> str:
        """Return the content type that the gate stores."""
        return declared


class RequeriedGate(Gate):
    """A gate whose upload URLs have another query than the URLs of the store."""

    def redirected(self, answer: Answer) -> None:
        """Replace the query in the URL."""
        super().redirected(answer)
        for name in self.urls(answer):
            url, _, query = answer.data[name].partition("?")
            key = urlsplit(url).path.removeprefix("/gate/")
            _, declared, end = self.issued[key]
            self.issued[key] = self.requeried(query), declared, end
            answer.data[name] = f"{url}?{self.requeried(query)}"

    def requeried(self, query: str) -> str:
        """Return the query that replaces the store's query."""
        return query


class EmptyChecksumGate(RequeriedGate):
    """A gate whose upload URLs hold the checksum of an empty body, which nobody checks."""

    def requeried(self, query: str) -> str:
        """Add the checksum."""
        return query + _EMPTY_CHECKSUM
