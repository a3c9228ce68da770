"""Faults that touch one kind of upload, one type or one spelling only."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from conformance.servers.gate import Gate
from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Endpoint, Server

_UPLOAD = "create_media_upload"


class _Open(Gate):
    def opens(self, key: str, declared: str) -> bool:
        raise NotImplementedError

    async def passed(self, request: Request) -> Response:
        key = request.path_params["key"]
        known = self.issued.get(key)
        if (
            known
            and request.method == "PUT"
            and time.time() >= known[2]
            and request.url.query == known[0]
            and request.headers.get("content-type") == known[1]
            and await run_in_threadpool(self.opens, key, known[1])
        ):
            body = await request.body()
            await run_in_threadpool(self.store.write, key, body, known[1])
            return Response(status_code=200)
        return await super().passed(request)


@FAULT("An expired upload URL overwrites a stored file.", "HY-PUT-05")
def expired_urls_overwrite(server: Server) -> None:
    class StoredGate(_Open):
        def opens(self, key: str, declared: str) -> bool:
            return self.store.head(key) is not None

    StoredGate(server)


@FAULT("An expired upload URL of a video works.", "HY-PUT-05")
def expired_urls_of_films_work(server: Server) -> None:
    class FilmGate(_Open):
        def opens(self, key: str, declared: str) -> bool:
            return declared.startswith("video/")

    FilmGate(server)


@FAULT("The signature does not cover X-Amz-Date.", "HY-PUT-02")
def upload_url_can_be_moved_in_time(server: Server) -> None:
    class MovedGate(Gate):
        def covered(self, query: str) -> str:
            return re.sub("X-Amz-Date=[0-9TZ]+", "", query)

    MovedGate(server)


@FAULT("Only the beginning of the signature is compared.", "HY-PUT-02")
def only_the_beginning_of_the_signature_counts(server: Server) -> None:
    class ShortGate(Gate):
        def covered(self, query: str) -> str:
            return re.sub("(X-Amz-Signature=.{8})[^&]*", r"\1", query)

    ShortGate(server)


@FAULT("The upload URL also writes the caller's other objects.", "HY-PUT-03")
def upload_url_writes_other_uploads(server: Server) -> None:
    class FolderGate(Gate):
        async def passed(self, request: Request) -> Response:
            key = request.path_params["key"]
            known = self.issued.get(key)
            if request.method == "PUT" and known and request.url.query != known[0]:
                for query, declared, end in list(self.issued.values()):
                    if query == request.url.query and time.time() < end:
                        body = await request.body()
                        await run_in_threadpool(self.store.write, key, body, declared)
                        return Response(status_code=200)
            return await super().passed(request)

    FolderGate(server)


@FAULT("A second PUT succeeds, but the first file stays.", "HY-PUT-07")
def second_put_is_ignored(server: Server) -> None:
    class FirstGate(Gate):
        async def passed(self, request: Request) -> Response:
            key = request.path_params["key"]
            known = self.issued.get(key)
            if (
                request.method == "PUT"
                and known
                and request.url.query == known[0]
                and request.headers.get("content-type") == known[1]
                and time.time() < known[2]
                and await run_in_threadpool(self.store.head, key) is not None
            ):
                await request.body()
                return Response(status_code=200)
            return await super().passed(request)

    FirstGate(server)


def _takes(name: str, sentence: str, pattern: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("upload_url")
        def upload_url(original: Any, caller: str, content_type: Any, base_url: str) -> Any:
            wrong = isinstance(content_type, str) and content_type not in EXTENSIONS
            if wrong and re.fullmatch(pattern, content_type):
                return original(caller, "image/png", base_url)
            return original(caller, content_type, base_url)

    FAULT.add(name, sentence, apply, "HY-UPLOAD-21")


_takes("takes-m4v", "The server accepts video/x-m4v.", "video/x-m4v")


_takes("takes-jfif", "The server accepts image/jfif and image/jpe.", "image/(jfif|jpe)")


_takes(
    "refuses-only-what-it-knows",
    "The server refuses a list of usual types, and takes pictures that are not in it.",
    r"image/(x-icon|vnd\.microsoft\.icon|jp2|jxl|x-ms-bmp|heif)|video/(ogg|x-matroska|x-flv)",
)


_takes("takes-data-urls", "The server accepts a data URL of any type.", r"data:image/[a-z]+.*")


@FAULT("The server takes the key of the query without checking it.", "HY-AUTH-01")
def takes_any_key_in_the_query(server: Server) -> None:
    token = next(iter(server.subject.settings.tokens))

    @server.wraps(_UPLOAD)
    async def queried(endpoint: Endpoint, request: Request) -> Response:
        if not request.headers.get("authorization") and request.query_params.get("token"):
            headers = [*request.scope["headers"], (b"authorization", f"Bearer {token}".encode())]
            return await endpoint(Request({**request.scope, "headers": headers}, request.receive))
        return await endpoint(request)
