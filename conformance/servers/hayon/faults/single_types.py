"""Faults that only some content types show: in their keys, upload URLs or public files."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.gate import Gate
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"
_UNAUTHORIZED = 401
_KIB, _MIB = 1 << 10, 1 << 20
_FILMS = ("video/mp4", "video/quicktime")


def _public_is_cut(name: str, sentence: str, size: int, *types: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("public_object")
        def public_object(original: Any, key: str) -> Any:
            body, content_type = original(key)
            return (body[:size] if content_type in types else body), content_type

    FAULT.add(name, sentence, apply, "HY-PUBLIC-01")


_public_is_cut(
    "public-films-are-cut", "s3Url returns only the first 64 KiB of a video.", 64 * _KIB, *_FILMS
)
_public_is_cut(
    "public-webps-are-cut",
    "s3Url returns only the first 64 KiB of a WebP.",
    64 * _KIB,
    "image/webp",
)
_public_is_cut(
    "public-jpgs-are-cut",
    "s3Url returns only the first 64 KiB of an image/jpg.",
    64 * _KIB,
    "image/jpg",
)
_public_is_cut(
    "public-quicktimes-are-cut",
    "s3Url returns only the first MiB of a QuickTime video.",
    _MIB,
    "video/quicktime",
)
_public_is_cut(
    "public-jpegs-are-cut", "s3Url returns only the first MiB of a JPEG.", _MIB, "image/jpeg"
)


def _expires_in_public(name: str, sentence: str, ends: Callable[[str, str], bool]) -> None:
    """Register a fault: some public files go with their upload URL, by their type and key."""

    def apply(server: Server) -> None:
        issued: dict[str, float] = {}
        ttl = server.subject.settings.upload_ttl

        @server.answers(_UPLOAD)
        def noted(answer: Answer) -> None:
            if ends(answer.sent["contentType"], answer.data["s3Key"]):
                issued[answer.data["s3Key"]] = time.time()

        @server.replaces("public_object")
        def public_object(original: Any, key: str) -> Any:
            if key in issued and time.time() > issued[key] + ttl:
                raise Refusal(404, "Not found")
            return original(key)

    FAULT.add(
        name, f"s3Url of {sentence} expires together with its upload URL.", apply, "HY-PUBLIC-04"
    )


_expires_in_public("public-films-expire", "a video", lambda kind, _: kind in _FILMS)
_expires_in_public("public-webps-expire", "a WebP", lambda kind, _: kind == "image/webp")
_expires_in_public(
    "public-files-of-some-callers-expire",
    "a file of the second caller",
    lambda _, key: f"/{CALLERS[1]}/" in key,
)


def _opens_all_but_png(
    name: str, sentence: str, requirement: str, passes: Callable[[str, str], bool]
) -> None:
    """Register a fault: other types than image/png need no valid key.

    `passes` gets the Authorization header and the key of the main caller.
    """

    def apply(server: Server) -> None:
        token = next(iter(server.subject.settings.tokens))

        @server.wraps(_UPLOAD)
        async def unlocked(endpoint: Endpoint, request: Request) -> Response:
            answer = await endpoint(request)
            sent = request.headers.get("authorization", "")
            if answer.status_code != _UNAUTHORIZED or not passes(sent, token):
                return answer
            try:
                declared = (await request.json())["contentType"]
                data = server.subject.upload_url(CALLERS[0], declared, str(request.base_url))
            except (ValueError, LookupError, TypeError, RecursionError, Refusal):
                return answer
            if declared == "image/png":
                return answer
            message = "Upload URL generated"
            return JSONResponse({"success": True, "message": message, "data": data})

    FAULT.add(name, sentence, apply, requirement)


_opens_all_but_png(
    "only-png-needs-a-known-key",
    "For other types than image/png the server accepts any bearer key.",
    "HY-AUTH-02",
    lambda sent, _: sent.startswith("Bearer c"),
)
_opens_all_but_png(
    "only-png-needs-the-whole-key",
    "For other types than image/png the server compares only the beginning of a key.",
    "HY-AUTH-04",
    lambda sent, token: sent.startswith(f"Bearer {token[:8]}"),
)


def _lax_films(name: str, sentence: str, requirement: str, skipped: str) -> None:
    """Register a fault: the upload URLs of videos skip one check of the gate."""

    def apply(server: Server) -> None:
        class FilmGate(Gate):
            async def passed(self, request: Request) -> Response:
                known = self.issued.get(request.path_params["key"])
                lax = known is not None and known[1] in _FILMS and time.time() < known[2]
                if lax and skipped == "method" and request.method == "DELETE":
                    await run_in_threadpool(self.store.remove, request.path_params["key"])
                    return Response(status_code=204)
                if lax and skipped == "method" and request.method == "GET":
                    body = await run_in_threadpool(self.store.read, request.path_params["key"])
                    return Response(body)
                if lax and skipped == "signature" and request.method == "PUT":
                    return await self.taken(request, known[1] if known else "")
                return await super().passed(request)

        FilmGate(server)

    FAULT.add(name, sentence, apply, requirement)


_lax_films(
    "film-urls-take-any-signature",
    "The upload URL of a video works with any signature.",
    "HY-PUT-02",
    "signature",
)
_lax_films(
    "film-urls-read-and-delete",
    "The upload URL of a video also reads and deletes the object.",
    "HY-PUT-04",
    "method",
)


@FAULT("The upload URL of a video writes any object.", "HY-PUT-03")
def film_urls_write_any_key(server: Server) -> None:
    class FilmGate(Gate):
        async def passed(self, request: Request) -> Response:
            declared = request.headers.get("content-type", "")
            issued = {query for query, known, _ in self.issued.values() if known in _FILMS}
            known = self.named(request)
            late = known is not None and time.time() >= known[2]
            lax = declared in _FILMS and request.url.query in issued and not late
            if request.method == "PUT" and lax:
                return await self.taken(request, declared)
            return await super().passed(request)

    FilmGate(server)


def _expired_works(content_type: str) -> None:
    def apply(server: Server) -> None:
        class LateGate(Gate):
            async def passed(self, request: Request) -> Response:
                known = self.named(request)
                late = known is not None and known[1] == content_type and time.time() >= known[2]
                if request.method == "PUT" and late:
                    return await self.taken(request, content_type)
                return await super().passed(request)

        LateGate(server)

    name = f"expired-urls-of-{content_type.replace('/', '-')}-work"
    FAULT.add(name, f"An expired upload URL of {content_type} works.", apply, "HY-PUT-05")


for _type in ("image/jpeg", "image/jpg", "image/webp", "video/quicktime"):
    _expired_works(_type)


def _large_is_cut(name: str, sentence: str, magic: bytes, at: int) -> None:
    """Register a fault: larger files with these bytes at a place are cut."""

    def apply(server: Server) -> None:
        class CuttingGate(Gate):
            def stored_body(self, body: bytes) -> bytes:
                return body[: 64 * _KIB] if body.startswith(magic, at) else body

        CuttingGate(server)

    FAULT.add(name, sentence, apply, "HY-PUT-07")


_large_is_cut("large-webps-are-cut", "WebPs are cut to their first 64 KiB.", b"WEBP", 8)
_large_is_cut(
    "large-quicktimes-are-cut", "QuickTime videos are cut to their first 64 KiB.", b"ftypqt", 4
)


@FAULT("A file that is stored already is not stored again under its other key.", "HY-PUBLIC-01")
def equal_files_are_stored_once(server: Server) -> None:
    first: dict[str, str] = {}

    class SavingGate(Gate):
        async def passed(self, request: Request) -> Response:
            key = request.path_params["key"]
            if request.method == "PUT" and self.named(request):
                digest = hashlib.sha256(await request.body()).hexdigest()
                if first.setdefault(digest, key) != key:
                    return Response(status_code=200)
            return await super().passed(request)

    SavingGate(server)
