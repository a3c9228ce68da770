"""Faults of the storage that stands before the store, each for one kind of upload only."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from conformance.servers.feedhive.registry import FAULT
from conformance.servers.gate import Gate

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Server


class _Open(Gate):
    """A gate that a subclass opens for some expired uploads."""

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


@FAULT("An expired upload URL works where nothing was stored yet.", "FH-PUT-09")
def expired_urls_of_bare_sessions_work(server: Server) -> None:
    class BareGate(_Open):
        def opens(self, key: str, declared: str) -> bool:
            return self.store.head(key) is None

    BareGate(server)


@FAULT("An expired upload URL of a video works.", "FH-PUT-09")
def expired_urls_of_films_work(server: Server) -> None:
    class FilmGate(_Open):
        def opens(self, key: str, declared: str) -> bool:
            return declared.startswith("video/")

    FilmGate(server)


@FAULT("The signature of the upload URL does not cover its date.", "FH-PUT-05")
def upload_url_can_be_moved_in_time(server: Server) -> None:
    class MovedGate(Gate):
        def covered(self, query: str) -> str:
            return re.sub("X-Amz-Date=[0-9TZ]+", "", query)

    MovedGate(server)


@FAULT("Only the first eight characters of the signature are compared.", "FH-PUT-05")
def only_the_beginning_of_the_signature_counts(server: Server) -> None:
    class ShortGate(Gate):
        def covered(self, query: str) -> str:
            return re.sub("(X-Amz-Signature=.{8})[^&]*", r"\1", query)

    ShortGate(server)


@FAULT("The upload URL also writes the objects of the caller's other open sessions.", "FH-PUT-06")
def upload_url_writes_other_sessions(server: Server) -> None:
    class FolderGate(Gate):
        async def passed(self, request: Request) -> Response:
            key = request.path_params["key"]
            known = self.issued.get(key)
            if request.method == "PUT" and known and request.url.query != known[0]:
                folder = key.rpartition("/")[0]
                for other, (query, declared, end) in self.issued.items():
                    if (
                        query == request.url.query
                        and other.rpartition("/")[0] == folder
                        and time.time() < end
                        and declared == request.headers.get("content-type")
                    ):
                        body = await request.body()
                        await run_in_threadpool(self.store.write, key, body, declared)
                        return Response(status_code=200)
            return await super().passed(request)

    FolderGate(server)


@FAULT("The upload URL reads the object once its session is completed.", "FH-PUT-07")
def upload_url_reads_after_complete(server: Server) -> None:
    class ReadGate(Gate):
        async def passed(self, request: Request) -> Response:
            key = request.path_params["key"]
            known = self.issued.get(key)
            if request.method == "GET" and known and request.url.query == known[0]:
                with server.subject.state.transaction() as connection:
                    done = connection.execute("SELECT 1 FROM media WHERE key = ?", (key,))
                    found = done.fetchone()
                if found:
                    return Response(await run_in_threadpool(self.store.read, key))
            return await super().passed(request)

    ReadGate(server)


@FAULT("The upload URL also takes the file by POST.", "FH-PUT-07")
def upload_url_takes_post(server: Server) -> None:
    class PostGate(Gate):
        async def posted(self, request: Request) -> Response:
            key = request.path_params["key"]
            known = self.issued.get(key)
            if known is None or request.url.query != known[0] or time.time() > known[2]:
                return Response(status_code=403)
            body = await request.body()
            await run_in_threadpool(self.store.write, key, body, known[1])
            return Response(status_code=200)

    gate = PostGate(server)
    server.routes.append(Route("/gate/{key:path}", gate.posted, methods=["POST"]))


@FAULT("A second PUT succeeds, but the first file stays.", "FH-PUT-02")
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


def _cut(name: str, sentence: str, beginning: bytes, at: int) -> None:
    def apply(server: Server) -> None:
        class CuttingGate(Gate):
            def stored_body(self, body: bytes) -> bytes:
                return body[: 1 << 20] if body[at : at + len(beginning)] == beginning else body

        CuttingGate(server)

    FAULT.add(name, sentence, apply, "FH-PUT-02")


_cut("large-films-are-cut", "Films over 1 MiB are cut to their first MiB.", b"ftyp", 4)
_cut("large-jpegs-are-cut", "JPEGs over 1 MiB are cut to their first MiB.", b"\xff\xd8", 0)


def _stored_as(name: str, sentence: str, wrong: dict[str, str]) -> None:
    def apply(server: Server) -> None:
        class TypeGate(Gate):
            def stored_type(self, declared: str) -> str:
                return wrong.get(declared, declared)

        store = TypeGate(server).store

        @server.replaces("check_object")
        def check_object(original: Any, row: Any) -> None:
            stored = store.head(row.key)
            takes = wrong.get(row.content_type)
            if not (takes and stored and stored[0] and stored[1] == takes):
                original(row)

    FAULT.add(name, sentence, apply, "FH-PUT-03")


_stored_as(
    "gifs-are-stored-as-octet-streams",
    "GIFs are stored as octet streams.",
    {"image/gif": "application/octet-stream"},
)


_stored_as(
    "mov-is-stored-as-mp4",
    "QuickTime videos are stored as video/mp4.",
    {"video/quicktime": "video/mp4", "video/mov": "video/mp4"},
)


_stored_as(
    "jpegs-are-stored-as-octet-streams",
    "JPEGs are stored as octet streams.",
    {"image/jpeg": "binary/octet-stream", "image/jpg": "binary/octet-stream"},
)


@FAULT("Complete judges the size and type of the first file that was stored.", "FH-COMPLETE-11")
def complete_judges_the_first_put(server: Server) -> None:
    first: dict[str, tuple[int, str]] = {}

    class NotingGate(Gate):
        async def passed(self, request: Request) -> Response:
            response = await super().passed(request)
            if request.method == "PUT" and response.status_code == 200:
                key = request.path_params["key"]
                size = len(await request.body())
                first.setdefault(key, (size, self.issued[key][1]))
            return response

    NotingGate(server)

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        if first.get(row.key, (0, ""))[0] == 0 or server.subject.store.head(row.key) is None:
            original(row)
