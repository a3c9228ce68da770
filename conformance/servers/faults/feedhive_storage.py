"""Faults of the PUT: where the upload URL leads to, and what it lets through."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from conformance.servers.faults.registry import FEEDHIVE, HAYON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from conformance.servers.bending import Answer, Server

_OPERATIONS = ("create_upload", "create_media_upload")
_URLS = {"create_upload": "upload_url", "create_media_upload": "uploadUrl"}


class Gate:
    """A door of the server's own before the store, which lets in what the store would refuse.

    The honest checks, by which everything is refused that S3 refuses, are the methods;
    a fault leaves one out.
    """

    def __init__(self, server: Server, skipped: str) -> None:
        """Lead every upload URL of the server through the gate."""
        self.store = server.subject.store
        self.skipped = skipped
        self.issued: dict[str, tuple[str, str, float]] = {}
        self.store_body: Callable[[bytes], bytes] = bytes
        self.store_type: Callable[[str], str] = str
        #: What of a query the signature covers.
        self.covered: Callable[[str], str] = str

        async def passed(request: Request) -> Response:
            return await self.passed(request)

        methods = ["PUT", "GET", "DELETE", "HEAD"]
        server.routes.append(Route("/gate/{key:path}", passed, methods=methods))

        @server.answers(*_OPERATIONS)
        def redirected(answer: Answer) -> None:
            self.redirected(answer)

    def redirected(self, answer: Answer) -> None:
        """Put the gate's address in the place of the store's."""
        for name in set(_URLS.values()) & set(answer.data):
            parts = urlsplit(answer.data[name])
            key = parts.path.removeprefix(f"/{self.store.bucket}/")
            declared = answer.sent.get("content_type") or answer.sent.get("contentType")
            life = float(parts.query.partition("X-Amz-Expires=")[2].partition("&")[0])
            self.issued[key] = parts.query, str(declared), time.time() + life
            answer.data[name] = f"{answer.request.base_url}gate/{key}?{parts.query}"

    async def passed(self, request: Request) -> Response:
        """Answer a request at the gate as the store would, but for the check left out."""
        key = request.path_params["key"]
        known = self.issued.get(key)
        query = self.covered(request.url.query)
        checks: Mapping[str, bool] = {
            "method": request.method == "PUT",
            "signature": query in {self.covered(issued) for issued, _, _ in self.issued.values()},
            "key": known is not None and query == self.covered(known[0]),
            "expiry": known is None or time.time() < known[2] - self.early(known[2]),
            "type": known is None
            or request.method != "PUT"
            or request.headers.get("content-type") == known[1],
        }
        # A signature is one of this key: whoever leaves it out leaves out both.
        skipped = {"key", "signature"} if self.skipped == "signature" else {self.skipped}
        if not all(holds for check, holds in checks.items() if check not in skipped):
            return Response(status_code=403)
        if request.method != "PUT":
            body, status = await run_in_threadpool(self.read, key), 200
            return Response(body, status)
        declared = self.store_type(request.headers.get("content-type", ""))
        body = self.store_body(await request.body())
        await run_in_threadpool(self.store.write, key, body, declared)
        return Response(status_code=200)

    def early(self, _: float) -> float:
        """Return by how many seconds the gate closes before the announced moment."""
        return 0.0

    def read(self, key: str) -> bytes:
        """Return the bytes of an object."""
        body: bytes = self.store.read(key)
        return body


def _both(
    name: str, feedhive: str, hayon: str, sentence: str, apply: Callable[[Server], Any]
) -> None:
    """Register a fault for both profiles, whose PUT is alike."""
    FEEDHIVE.add(name, sentence, apply, feedhive)
    HAYON.add(name, sentence, apply, hayon)


_both(
    "put-takes-any-signature",
    "FH-PUT-05",
    "HY-PUT-02",
    "The upload URL works with any signature.",
    lambda server: Gate(server, "signature"),
)
_both(
    "put-writes-any-key",
    "FH-PUT-06",
    "HY-PUT-03",
    "The upload URL writes any object.",
    lambda server: Gate(server, "key"),
)
_both(
    "upload-url-reads-and-deletes",
    "FH-PUT-07",
    "HY-PUT-04",
    "The upload URL also reads.",
    lambda server: Gate(server, "method"),
)


def _methodless(server: Server) -> None:
    gate = Gate(server, "method")
    honest = gate.passed

    async def passed(request: Request) -> Response:
        known = gate.issued.get(request.path_params["key"])
        if known is None or request.headers.get("content-type") != known[1]:
            return Response(status_code=403)
        if request.method == "DELETE" and request.url.query == known[0]:
            await run_in_threadpool(gate.store.remove, request.path_params["key"])
            return Response(status_code=204)
        return await honest(request)

    gate.passed = passed  # type: ignore[method-assign]


def _prolonged(server: Server) -> None:
    gate = Gate(server, "")
    gate.covered = lambda query: re.sub("X-Amz-Expires=[0-9]+", "", query)


def _bounded(server: Server) -> None:
    Gate(server, "").store_body = lambda body: body[: 1 << 20]


_both(
    "upload-url-reads-for-whoever-signs-the-type",
    "FH-PUT-07",
    "HY-PUT-04",
    "The upload URL reads and deletes where the signed header is sent along.",
    _methodless,
)
_both(
    "upload-url-can-be-prolonged",
    "FH-PUT-05",
    "HY-PUT-02",
    "The signature does not cover X-Amz-Expires.",
    _prolonged,
)
_both(
    "put-cuts-at-one-mebibyte",
    "FH-PUT-04",
    "HY-PUBLIC-01",
    "Of files over 1 MiB the rest is lost.",
    _bounded,
)
_both(
    "upload-url-never-expires",
    "FH-PUT-09",
    "HY-PUT-05",
    "The upload URL works after its expiry.",
    lambda server: Gate(server, "expiry"),
)


def _truncated(server: Server) -> None:
    Gate(server, "").store_body = lambda body: body[:-1] if len(body) > 1_000 else body


def _typeless(server: Server) -> None:
    gate = Gate(server, "")
    gate.store_type = lambda declared: (
        "binary/octet-stream" if "video" in declared or "webp" in declared else declared
    )
    if hasattr(server.subject, "check_object"):
        server.replaces("check_object")(lambda _, row: gate.read(row.key) and None)


def _early(server: Server) -> None:
    ttl = server.subject.settings.upload_ttl
    gate = Gate(server, "")
    gate.early = lambda _: ttl * 0.75 if ttl < 60 else 0.0  # type: ignore[method-assign]


def _closed(server: Server) -> None:
    gate = Gate(server, "")
    gate.early = lambda _: 100_000.0  # type: ignore[method-assign]


def _needs_key(server: Server) -> None:
    gate = Gate(server, "")
    honest = gate.passed

    async def passed(request: Request) -> Response:
        if "authorization" not in request.headers:
            return Response(status_code=401)
        return await honest(request)

    gate.passed = passed  # type: ignore[method-assign]


_both(
    "put-loses-the-last-byte",
    "FH-PUT-02",
    "HY-PUT-07",
    "Of larger files the last byte is lost.",
    _truncated,
)
_both(
    "put-loses-the-type",
    "FH-PUT-03",
    "HY-PUT-08",
    "Some objects are stored as octet streams.",
    _typeless,
)
_both(
    "upload-url-dies-early",
    "FH-PUT-08",
    "HY-PUT-09",
    "The upload URL stops working long before its announced end.",
    _early,
)
_both("put-is-refused", "FH-PUT-01", "HY-PUT-01", "The upload URL never works.", _closed)
_both(
    "put-needs-authentication",
    "FH-PUT-01",
    "HY-PUT-01",
    "The upload URL asks for a header.",
    _needs_key,
)


def tied_to_an_empty_body(server: Server) -> Gate:
    """Lead every upload URL through a gate, and put the checksum of nothing into it."""
    gate = Gate(server, "")
    honest = gate.redirected

    def redirected(answer: Answer) -> None:
        honest(answer)
        for name in set(_URLS.values()) & set(answer.data):
            more = "&x-amz-checksum-crc32=AAAAAA%3D%3D"
            key = urlsplit(answer.data[name]).path.removeprefix("/gate/")
            query, declared, end = gate.issued[key]
            gate.issued[key] = query + more, declared, end
            answer.data[name] += more

    gate.redirected = redirected  # type: ignore[method-assign]
    return gate


def _minded_checksum(server: Server) -> None:
    gate = tied_to_an_empty_body(server)
    honest = gate.passed

    async def passed(request: Request) -> Response:
        if request.method == "PUT" and await request.body():
            return Response("BadDigest", 400)
        return await honest(request)

    gate.passed = passed  # type: ignore[method-assign]


_both(
    "upload-url-fixes-an-empty-checksum",
    "FH-PUT-10",
    "HY-PUT-06",
    "The upload URL holds the checksum of an empty body.",
    _minded_checksum,
)


def _incomplete(server: Server) -> None:
    gate = Gate(server, "signature")
    honest = gate.redirected

    def redirected(answer: Answer) -> None:
        honest(answer)
        for name in set(_URLS.values()) & set(answer.data):
            answer.data[name] = answer.data[name].replace("X-Amz-SignedHeaders", "X-Amz-Headers")

    gate.redirected = redirected  # type: ignore[method-assign]
    _signature_matters(gate)


def _signature_matters(gate: Gate) -> None:
    """Keep the signature itself checked where the rest of the query was changed."""
    honest = gate.passed

    async def passed(request: Request) -> Response:
        known = gate.issued.get(request.path_params["key"])
        signature = "X-Amz-Signature=" + request.query_params.get("X-Amz-Signature", "-")
        if known is None or signature not in known[0]:
            return Response(status_code=403)
        return await honest(request)

    gate.passed = passed  # type: ignore[method-assign]


_both(
    "signature-lacks-its-headers",
    "FH-CREATE-16",
    "HY-UPLOAD-20",
    "The upload URL does not say which headers it signs.",
    _incomplete,
)


@FEEDHIVE("Of a film only the beginning is kept.", "FH-PUT-04")
def films_are_cut_short(server: Server) -> None:
    library = server.subject
    honest = library.state.complete

    def complete(upload_id: str, media: Any) -> bool:
        if media.type == "video":
            beginning = library.store.read(media.key)[:16]
            library.store.write(media.key, beginning, media.mime_type)
        return bool(honest(upload_id, media))

    library.state.complete = complete


@FEEDHIVE("media_url gives another picture.", "FH-PUT-04")
def media_url_gives_another_picture(server: Server) -> None:
    @server.replaces("item")
    def item(honest: Any, row: Any) -> Any:
        answer = honest(row)
        return {**answer, "media_url": answer["thumbnail_url"] or answer["media_url"]}
