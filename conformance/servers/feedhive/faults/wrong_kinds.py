"""Faults that touch one type, one name or one spelling only, and leave all others as they are."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.feedhive.cursor import decoded
from conformance.servers.feedhive.database import allow_shared_keys, insert, remove_record
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.feedhive.sessions import TYPES

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_CACHED_S = 20.0
_UNAUTHORIZED, _NOT_FOUND = 401, 404


def _key_by(name: str, sentence: str, key_of: Any) -> None:
    def apply(server: Server) -> None:
        allow_shared_keys(server)
        counts: dict[str, int] = {}

        @server.replaces("object_key")
        def object_key(_: Any, owner: str, filename: str) -> str:
            # Each filename counts for itself, so equal names never share; the clean-up comes later.
            with_owner = f"{owner}\0{filename}"
            counts[with_owner] = counts.get(with_owner, 0) + 1
            part = hashlib.sha256(key_of(filename).encode("utf-8", "replace")).hexdigest()[:20]
            return f"media/{owner}/{part}-{counts[with_owner]}"

    FAULT.add(name, sentence, apply, "FH-CREATE-11")


_key_by(
    "long-names-share-an-object",
    "Filenames with the same first sixty-four characters get the same object.",
    lambda name: name[:64],
)


_key_by(
    "names-in-folders-share-an-object",
    "Filenames that differ only in their folder get the same object.",
    lambda name: re.split(r"[/\\]", name)[-1],
)


def _takes_types(name: str, sentence: str, takes: Any) -> None:
    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create_upload(original: Any, owner: str, filename: Any, content_type: Any) -> Any:
            wrong = isinstance(content_type, str) and content_type not in TYPES
            if wrong and isinstance(filename, str) and takes(content_type, filename):
                return original(owner, filename, "image/png")
            return original(owner, filename, content_type)

    FAULT.add(name, sentence, apply, "FH-CREATE-08")


_OWN = {"webp": "image/webp", "heic": "image/heic", "avif": "image/avif", "webm": "video/webm"}


_takes_types(
    "webp-passes-with-its-own-extension",
    "Create accepts WebP, HEIC, AVIF and WebM if the filename has their extension.",
    lambda kind, name: _OWN.get(name.rpartition(".")[2].lower()) == kind,
)


_takes_types(
    "takes-older-names-of-types",
    "Create accepts image/pjpeg and image/x-png.",
    lambda kind, _: kind in {"image/pjpeg", "image/x-png"},
)


_takes_types(
    "takes-m4v",
    "Create accepts video/x-m4v.",
    lambda kind, _: kind == "video/x-m4v",
)


_takes_types(
    "refuses-only-what-it-knows",
    "Create refuses only a list of usual types, and takes pictures that are not in it.",
    lambda kind, _: re.fullmatch(
        r"image/(x-icon|vnd\.microsoft\.icon|jp2|jxl|x-ms-bmp|heif)", kind
    ),
)


_takes_types(
    "takes-types-with-a-second-type",
    "Create accepts an unsupported type that has a supported one as parameter.",
    lambda kind, _: re.fullmatch(r"[a-z]+/[a-z]+;.*image/png.*", kind),
)


@FAULT("The upload URL of a video works for an hour, its session for ten minutes.", "FH-CREATE-15")
def urls_of_films_outlive_their_session(server: Server) -> None:
    library = server.subject

    @server.answers("create_upload")
    def signed(answer: Answer) -> None:
        if library.settings.upload_ttl > 60 and answer.sent["content_type"].startswith("video/"):
            key = library.store.key_of(answer.data["upload_url"])
            answer.data["upload_url"] = library.store.signed_put(
                key, answer.sent["content_type"], 3_600
            )


def _also_completes(name: str, sentence: str, passes: Any) -> None:
    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(original: Any, row: Any) -> None:
            stored = store.head(row.key)
            if stored and stored[0] and passes(row.content_type, stored[1], stored[0]):
                return
            original(row)

    FAULT.add(name, sentence, apply, "FH-COMPLETE-12")


_also_completes(
    "gifs-complete-with-a-film",
    "A GIF session completes with a stored video/mp4.",
    lambda declared, stored, _: declared == "image/gif" and stored == "video/mp4",
)


_also_completes(
    "films-complete-with-a-gif",
    "A session of video/mp4 completes with a stored GIF.",
    lambda declared, stored, _: declared == "video/mp4" and stored == "image/gif",
)


_also_completes(
    "octet-streams-complete",
    "Complete accepts an object of type application/octet-stream.",
    lambda _, stored, __: stored in {"application/octet-stream", "binary/octet-stream"},
)


_also_completes(
    "webp-completes-a-picture",
    "Complete accepts a stored image/webp where another picture was declared.",
    lambda declared, stored, _: declared.startswith("image/") and stored == "image/webp",
)


@FAULT("Complete remembers for a filename that its object exists.", "FH-COMPLETE-10")
def heads_are_cached_by_filename(server: Server) -> None:
    known: dict[tuple[str, str], Any] = {}
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        place = row.owner, row.filename
        if known.get(place) == row.content_type:
            return
        original(row)
        known[place] = row.content_type

    @server.replaces("thumbnail")
    def thumbnail(original: Any, row: Any) -> Any:
        return original(row) if store.head(row.key) else None


@FAULT("A file that its caller has already is refused with a 409.", "FH-COMPLETE-01")
def equal_files_are_refused(server: Server) -> None:
    known: dict[tuple[str, str], str] = {}
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        file = row.owner, hashlib.sha256(store.read(row.key)).hexdigest()
        if known.setdefault(file, row.key) != row.key:
            raise Refusal(409, "the file exists already")


@FAULT("A delete also removes the objects of equal files.", "FH-DELETE-09")
def delete_takes_equal_files(server: Server) -> None:
    keys: dict[str, set[str]] = {}
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        keys.setdefault(hashlib.sha256(store.read(row.key)).hexdigest(), set()).add(row.key)

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = server.subject.state.media(media_id, owner)
        answer = original(owner, media_id)
        equal = [found for found in keys.values() if row is not None and row.key in found]
        for key in set().union(*equal):
            store.remove(key)
        return answer


@FAULT("Sessions of the second caller never expire.", "FH-COMPLETE-07")
def sessions_of_the_other_caller_never_expire(server: Server) -> None:
    @server.replaces("is_expired")
    def is_expired(original: Any, row: Any) -> bool:
        return row.owner != CALLERS[1] and bool(original(row))


@FAULT("Delete keeps the bytes of a file over 1 MiB.", "FH-DELETE-06")
def delete_keeps_large_files(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        size = (library.store.head(row.key) or (0, ""))[0] if row else 0
        if size <= 1 << 20:
            return original(owner, media_id)
        item = library.item(row)
        remove_record(server, owner, media_id)
        return item


@FAULT("Of several completes of a video at once, all succeed.", "FH-COMPLETE-09")
def films_completed_at_once_all_win(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: Any) -> bool:
        if media.type == "video":
            threading.Event().wait(0.05)
        if original(upload_id, media):
            return True
        if media.type != "video":
            return False
        insert(server, media)
        return True


def _reads_limits(name: str, sentence: str, pattern: str, number: Any) -> None:
    def apply(server: Server) -> None:
        @server.replaces("page_size")
        def page_size(original: Any, text: str | None) -> int:
            if text is not None and re.fullmatch(pattern, text):
                return max(1, min(int(number(text)), 100_000))
            return int(original(text))

    FAULT.add(name, sentence, apply, "FH-LIST-04")


_reads_limits(
    "signed-limits-escape-the-maximum",
    "A limit with a plus sign is not held to the maximum.",
    r"\+[0-9]+",
    int,
)


_reads_limits(
    "limits-with-blanks-escape-the-maximum",
    "A limit with a blank at its end is not held to the maximum.",
    r"[0-9]+ +",
    int,
)


_reads_limits(
    "hexadecimal-limits-escape-the-maximum",
    "A hexadecimal limit is not held to the maximum.",
    r"0x[0-9a-fA-F]{1,8}",
    lambda text: int(text, 16),
)


_reads_limits(
    "decimal-limits-escape-the-maximum",
    "A limit such as 200.0 is not held to the maximum.",
    r"[0-9]+\.0+",
    float,
)


_reads_limits(
    "limits-with-leading-zeros-escape-the-maximum",
    "A limit with leading zeros is not held to the maximum.",
    r"0+[1-9][0-9]*",
    int,
)


@FAULT("A cache keeps the 404 of another caller's get, and gives it to the owner.", "FH-GET-12")
def foreign_gets_lock_the_owner_out(server: Server) -> None:
    kept: dict[str, tuple[float, Response]] = {}

    @server.wraps("get_media")
    async def cached(endpoint: Endpoint, request: Request) -> Response:
        at, answer = kept.get(request.url.path, (0.0, Response()))
        if time.monotonic() - at < _CACHED_S:
            return answer
        response: Response = await endpoint(request)
        if response.status_code == _NOT_FOUND:
            kept[request.url.path] = time.monotonic(), response
        return response


@FAULT("A page behind a cursor needs no key.", "FH-AUTH-03")
def lists_with_a_cursor_need_no_key(server: Server) -> None:
    library = server.subject

    @server.wraps("list_media")
    async def passing(endpoint: Endpoint, request: Request) -> Response:
        cursor = request.query_params.get("cursor")
        response = await endpoint(request)
        if response.status_code == _UNAUTHORIZED and cursor:
            try:
                decoded(cursor)
                limit = library.page_size(request.query_params.get("limit"))
            except Refusal:
                return response
            page = library.page(CALLERS[0], limit, cursor)
            return JSONResponse({"success": True, "data": page})
        return response
