"""The faults of the PUT that profiles share: where an upload URL leads, and what it accepts.

Each names the promise that it breaks; `PUT_REQUIREMENTS` of a profile maps the promises to
its own requirements.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from conformance.servers.gate import EmptyChecksumGate, Gate
from conformance.servers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Server

PUT_FAULT = Registry("fault")


@PUT_FAULT("The upload URL works with any signature.", "signature")
def put_takes_any_signature(server: Server) -> None:
    Gate(server, "signature")


@PUT_FAULT("The upload URL writes any object.", "own object only")
def put_writes_any_key(server: Server) -> None:
    Gate(server, "key")


@PUT_FAULT("The upload URL also reads the object.", "PUT only")
def upload_url_reads_and_deletes(server: Server) -> None:
    Gate(server, "method")


@PUT_FAULT(
    "The upload URL reads and deletes the object if the request has the signed header.", "PUT only"
)
def upload_url_reads_for_whoever_signs_the_type(server: Server) -> None:
    class TypedGate(Gate):
        async def passed(self, request: Request) -> Response:
            known = self.issued.get(request.path_params["key"])
            if known is None or request.headers.get("content-type") != known[1]:
                return Response(status_code=403)
            if request.method == "DELETE" and request.url.query == known[0]:
                await run_in_threadpool(self.store.remove, request.path_params["key"])
                return Response(status_code=204)
            return await super().passed(request)

    TypedGate(server, "method")


def _covers_less(name: str, sentence: str, uncovered: str, kept: str = "") -> None:
    """Register a fault: the signature does not cover what a pattern matches, except `kept`."""

    def apply(server: Server) -> None:
        class LooseGate(Gate):
            def covered(self, query: str) -> str:
                return re.sub(uncovered, kept, query)

        LooseGate(server)

    PUT_FAULT.add(name, sentence, apply, "signature")


_covers_less(
    "upload-url-can-be-prolonged",
    "The signature does not cover X-Amz-Expires.",
    "X-Amz-Expires=[0-9]+",
)
_covers_less(
    "upload-url-can-be-moved-in-time",
    "The signature does not cover X-Amz-Date.",
    "X-Amz-Date=[0-9TZ]+",
)
_covers_less(
    "signature-does-not-cover-the-credential",
    "The signature does not cover X-Amz-Credential.",
    "X-Amz-Credential=[^&]+",
)
_covers_less(
    "only-the-beginning-of-the-signature-counts",
    "Only the first eight characters of the signature are compared.",
    "(X-Amz-Signature=.{8})[^&]*",
    r"\1",
)


def _cuts(name: str, kind: str, promise: str, magic: bytes = b"", at: int = 0) -> None:
    """Register a fault: large files with these bytes at a place are cut."""

    def apply(server: Server) -> None:
        class CuttingGate(Gate):
            def stored_body(self, body: bytes) -> bytes:
                return body[: 1 << 20] if body.startswith(magic, at) else body

        CuttingGate(server)

    PUT_FAULT.add(name, f"{kind} over 1 MiB are cut to their first MiB.", apply, promise)


_cuts("put-cuts-at-one-mebibyte", "Files", "bytes come back")
_cuts("large-films-are-cut", "Films", "bytes stored", b"ftyp", 4)
_cuts("large-jpegs-are-cut", "JPEGs", "bytes stored", b"\xff\xd8")


@PUT_FAULT(
    "The upload URL also writes the objects of the caller's other open uploads.",
    "own object only",
)
def upload_url_writes_other_uploads(server: Server) -> None:
    class FolderGate(Gate):
        async def passed(self, request: Request) -> Response:
            folder = request.path_params["key"].rpartition("/")[0]
            open_urls = {
                (query, declared)
                for key, (query, declared, end) in self.issued.items()
                if key.rpartition("/")[0] == folder and time.time() < end
            }
            declared = request.headers.get("content-type", "")
            if request.method == "PUT" and (request.url.query, declared) in open_urls:
                return await self.taken(request, declared)
            return await super().passed(request)

    FolderGate(server)


@PUT_FAULT("The upload URL also takes the file by POST.", "PUT only")
def upload_url_takes_post(server: Server) -> None:
    class PostGate(Gate):
        async def posted(self, request: Request) -> Response:
            known = self.named(request)
            if known is None or time.time() > known[2]:
                return Response(status_code=403)
            return await self.taken(request, known[1])

    gate = PostGate(server)
    server.routes.append(Route("/gate/{key:path}", gate.posted, methods=["POST"]))


@PUT_FAULT("A second PUT succeeds, but the first file stays.", "bytes stored")
def second_put_is_ignored(server: Server) -> None:
    class FirstGate(Gate):
        async def passed(self, request: Request) -> Response:
            key, known = request.path_params["key"], self.named(request)
            signed = known is not None and request.headers.get("content-type") == known[1]
            if (
                request.method == "PUT"
                and signed
                and await run_in_threadpool(self.store.head, key) is not None
            ):
                return Response(status_code=200)
            return await super().passed(request)

    FirstGate(server)


def _opens_late(name: str, sentence: str, opens: Callable[[Gate, str, str], bool]) -> None:
    """Register a fault: an expired URL works for some uploads, by their key and declared type."""

    def apply(server: Server) -> None:
        class LateGate(Gate):
            async def passed(self, request: Request) -> Response:
                known, key = self.named(request), request.path_params["key"]
                signed = known is not None and request.headers.get("content-type") == known[1]
                expired = known is not None and time.time() >= known[2]
                late = request.method == "PUT" and signed and expired
                if known and late and await run_in_threadpool(opens, self, key, known[1]):
                    return await self.taken(request, known[1])
                return await super().passed(request)

        LateGate(server)

    PUT_FAULT.add(name, sentence, apply, "expiry")


@PUT_FAULT("The upload URL works after its expiry.", "expiry")
def upload_url_never_expires(server: Server) -> None:
    Gate(server, "expiry")


_opens_late(
    "expired-urls-of-bare-uploads-work",
    "An expired upload URL works where nothing was stored yet.",
    lambda gate, key, _: gate.store.head(key) is None,
)
_opens_late(
    "expired-urls-overwrite",
    "An expired upload URL overwrites a stored file.",
    lambda gate, key, _: gate.store.head(key) is not None,
)
_opens_late(
    "expired-urls-of-films-work",
    "An expired upload URL of a video works.",
    lambda _, __, declared: declared.startswith("video/"),
)


@PUT_FAULT("Larger files lose their last byte.", "bytes stored")
def put_loses_the_last_byte(server: Server) -> None:
    class LosingGate(Gate):
        def stored_body(self, body: bytes) -> bytes:
            return body[:-1] if len(body) > 1_000 else body

    LosingGate(server)


@PUT_FAULT("Some objects are stored as octet streams.", "type stored")
def put_loses_the_type(server: Server) -> None:
    class TypelessGate(Gate):
        def stored_type(self, declared: str) -> str:
            untyped = "video" in declared or "webp" in declared
            return "binary/octet-stream" if untyped else declared

    store = TypelessGate(server).store
    if hasattr(server.subject, "check_object"):
        server.replaces("check_object")(lambda _, row: store.read(row.key) and None)


@PUT_FAULT("The upload URL stops working long before its announced expiry.", "announced life")
def upload_url_dies_early(server: Server) -> None:
    ttl = server.subject.settings.upload_ttl

    class EarlyGate(Gate):
        def early(self) -> float:
            return ttl * 0.75 if ttl < 60 else 0.0

    EarlyGate(server)


@PUT_FAULT("The upload URL never works.", "accepted without a key")
def put_is_refused(server: Server) -> None:
    class ClosedGate(Gate):
        def early(self) -> float:
            return 100_000.0

    ClosedGate(server)


@PUT_FAULT("The upload URL needs an Authorization header.", "accepted without a key")
def put_needs_authentication(server: Server) -> None:
    class LockedGate(Gate):
        async def passed(self, request: Request) -> Response:
            if "authorization" not in request.headers:
                return Response(status_code=401)
            return await super().passed(request)

    LockedGate(server)


@PUT_FAULT("The upload URL holds the checksum of an empty body.", "no checksum of an empty body")
def upload_url_fixes_an_empty_checksum(server: Server) -> None:
    class StrictGate(EmptyChecksumGate):
        async def passed(self, request: Request) -> Response:
            if request.method == "PUT" and await request.body():
                return Response("BadDigest", 400)
            return await super().passed(request)

    StrictGate(server)


@PUT_FAULT(
    "The upload URL holds the checksum of an empty body, which the storage ignores.",
    "no checksum of an empty body",
)
def upload_url_holds_an_ignored_checksum(server: Server) -> None:
    EmptyChecksumGate(server)


@PUT_FAULT("The upload URL does not say which headers it signs.", "complete signature")
def signature_lacks_its_headers(server: Server) -> None:
    class HeaderlessGate(Gate):
        def redirected(self, answer: Answer) -> None:
            super().redirected(answer)
            for name in self.urls(answer):
                url = answer.data[name]
                answer.data[name] = url.replace("X-Amz-SignedHeaders", "X-Amz-Headers")

        async def passed(self, request: Request) -> Response:
            # The gate skips the check of the whole query, but not of the signature in it.
            known = self.issued.get(request.path_params["key"])
            signature = "X-Amz-Signature=" + request.query_params.get("X-Amz-Signature", "-")
            if known is None or signature not in known[0]:
                return Response(status_code=403)
            return await super().passed(request)

    HeaderlessGate(server, "signature")


@PUT_FAULT("The server takes the bytes itself, and sends them to the storage.", "direct")
def server_passes_the_bytes_on(server: Server) -> None:
    Gate(server).store = server.subject.store
