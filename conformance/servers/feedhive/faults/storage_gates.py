"""Faults of a storage that knows what the server did, or that errs for some types only."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from conformance.servers.feedhive.database import make_media, remove_record
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.gate import Gate

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Server


@FAULT("The upload URL reads the object once its session is completed.", "FH-PUT-07")
def upload_url_reads_after_complete(server: Server) -> None:
    class ReadGate(Gate):
        async def passed(self, request: Request) -> Response:
            key = request.path_params["key"]
            if request.method == "GET" and self.named(request):
                with server.subject.state.transaction() as connection:
                    done = connection.execute("SELECT 1 FROM media WHERE key = ?", (key,))
                    found = done.fetchone()
                if found:
                    return Response(await run_in_threadpool(self.store.read, key))
            return await super().passed(request)

    ReadGate(server)


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


@FAULT("The upload URL of a film also reads and deletes the object.", "FH-PUT-07")
def upload_urls_of_films_read_and_delete(server: Server) -> None:
    class FilmGate(Gate):
        async def passed(self, request: Request) -> Response:
            key, known = request.path_params["key"], self.named(request)
            if known is None or not known[1].startswith("video/") or request.method == "PUT":
                return await super().passed(request)
            if request.method == "DELETE":
                await run_in_threadpool(self.store.remove, key)
                return Response(status_code=204)
            return Response(await run_in_threadpool(self.store.read, key))

    FilmGate(server)


@FAULT("The object of a film takes every signature, or none.", "FH-PUT-05")
def upload_urls_of_films_take_any_signature(server: Server) -> None:
    class FilmGate(Gate):
        async def passed(self, request: Request) -> Response:
            known = self.issued.get(request.path_params["key"])
            film = known is not None and known[1].startswith("video/")
            if film and request.method == "PUT":
                return await self.taken(request, request.headers.get("content-type", ""))
            return await super().passed(request)

    FilmGate(server)


@FAULT("Each PUT of a file makes a media when the session is completed.", "FH-COMPLETE-03")
def files_sent_twice_become_two_media(server: Server) -> None:
    puts: Counter[str] = Counter()

    class CountingGate(Gate):
        async def passed(self, request: Request) -> Response:
            response = await super().passed(request)
            stored = request.method == "PUT" and response.status_code == 200
            puts[request.path_params["key"]] += stored
            return response

    CountingGate(server)

    @server.replaces("complete_upload")
    def complete_upload(original: Any, owner: str, upload_id: str) -> str:
        made: str = original(owner, upload_id)
        row = server.subject.state.upload(upload_id, owner)
        for _ in range(puts[row.key] - 1):
            make_media(server, row)
        return made


@FAULT("A delete keeps the object of a file that was sent twice.", "FH-DELETE-06")
def files_sent_twice_outlive_their_delete(server: Server) -> None:
    sent: Counter[str] = Counter()

    class CountingGate(Gate):
        async def passed(self, request: Request) -> Response:
            response = await super().passed(request)
            sent[request.path_params["key"]] += (
                request.method == "PUT" and response.status_code < 300
            )
            return response

    CountingGate(server)
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is None or sent[row.key] < 2:
            return original(owner, media_id)
        return library.item(remove_record(server, owner, media_id))
