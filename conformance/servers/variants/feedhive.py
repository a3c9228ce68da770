"""Variants of FeedHive's media endpoints."""

from __future__ import annotations

import itertools
import re
import secrets
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.answers import Refusal
from conformance.servers.faults.feedhive_storage import tied_to_an_empty_body
from conformance.servers.feedhive.library import MAXIMUM_LIMIT
from conformance.servers.variants.registry import FEEDHIVE as VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.bending import Answer, Endpoint, Server

_INDIA = timezone(timedelta(hours=5, minutes=30))


@VARIANT("Create answers 200 instead of 201.")
def create_answers_200(server: Server) -> None:
    server.answers("create_upload")(lambda answer: setattr(answer, "status", 200))


@VARIANT("Complete answers 201 instead of 200.")
def complete_answers_201(server: Server) -> None:
    server.answers("complete_upload")(lambda answer: setattr(answer, "status", 201))


def _statuses(name: str, sentence: str, statuses: dict[int, int]) -> None:
    def apply(server: Server) -> None:
        @server.answers(refusals=True)
        def other(answer: Answer) -> None:
            answer.status = statuses.get(answer.status, answer.status)

    VARIANT.add(name, sentence, apply)


_statuses("refuses-with-422", "Bad input is a 422, a completed session a 422 too.", {409: 422})


@VARIANT("Bad sessions, empty and mismatched objects get statuses of their own.")
def particular_refusals(server: Server) -> None:
    @server.answers("complete_upload", refusals=True)
    def particular(answer: Answer) -> None:
        words = {"expired": 410, "Nothing": 409, "empty": 422, "type": 415, "completed": 409}
        message = answer.body["message"]
        answer.status = next(
            (code for word, code in words.items() if word in message), answer.status
        )


@VARIANT("A limit above a hundred is refused.")
def large_limits_are_refused(server: Server) -> None:
    @server.replaces("page_size")
    def page_size(honest: Any, text: str | None) -> int:
        if text is not None and text.isdigit() and int(text) > MAXIMUM_LIMIT:
            raise Refusal(400, "limit must not exceed 100")
        limit: int = honest(text)
        return limit


@VARIANT("A limit that cannot be read is taken for the default, zero for one.")
def bad_limits_are_mended(server: Server) -> None:
    @server.replaces("page_size")
    def page_size(honest: Any, text: str | None) -> int:
        number = int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else None
        limit: int = honest(None) if number is None else min(max(number, 1), MAXIMUM_LIMIT)
        return limit


@VARIANT("Another caller's resources are a 403.")
def foreign_is_403(server: Server) -> None:
    library = server.subject

    def foreign(table: Callable[[str, str], Any], found_id: str) -> bool:
        return any(table(found_id, caller) for caller in ("main", "other"))

    @server.answers("get_media", "delete_media", "complete_upload", refusals=True)
    def forbidden(answer: Answer) -> None:
        found_id = answer.request.path_params["id"]
        if answer.status == 404 and (
            foreign(library.state.media, found_id) or foreign(library.state.upload, found_id)
        ):
            answer.status = 403


@VARIANT("Ids are plain.")
def plain_ids(server: Server) -> None:
    server.replaces("media_id")(lambda _: f"med_{secrets.token_hex(10)}")


@VARIANT("Ids are UUIDs, and a path that holds none is a bad request.")
def typed_ids(server: Server) -> None:
    server.replaces("media_id")(lambda _: str(uuid4()))

    @server.wraps("get_media", "delete_media")
    async def typed(endpoint: Endpoint, request: Request) -> Response:
        try:
            UUID(request.path_params["id"])
        except ValueError:
            return JSONResponse({"success": False, "message": "id must be a UUID"}, 400)
        return await endpoint(request)


@VARIANT("Ids count up, and a deleted one is gone for good.")
def counted_ids(server: Server) -> None:
    numbers = itertools.count(10_000)
    given_out: set[str] = set()

    @server.replaces("media_id")
    def media_id(_: Any) -> str:
        given_out.add(str(next(numbers)))
        return max(given_out, key=int)

    @server.answers("get_media", "delete_media", refusals=True)
    def gone(answer: Answer) -> None:
        if answer.request.path_params["id"] in given_out and answer.status == 404:
            answer.status = 410


@VARIANT("A filename must fit the declared type.")
def fitting_filenames(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(honest: Any, owner: str, filename: object, declared: object) -> Any:
        name = str(filename).lower()
        if declared == "video/mp4" and not name.endswith(".mp4"):
            raise Refusal(422, "filename does not fit content_type")
        return honest(owner, filename, declared)


@VARIANT("All thumbnails are one placeholder.")
def shared_thumbnails(server: Server) -> None:
    library = server.subject
    key = "static/placeholder.png"

    @server.replaces("thumbnail")
    def thumbnail(_: Any, row: Any) -> None:
        if row.content_type == "image/png":
            library.store.write(key, library.store.read(row.key), "image/png")

    @server.replaces("item")
    def item(honest: Any, row: Any) -> Any:
        url = library.download_url(key) if row.type == "image" else None
        return {**honest(row), "thumbnail_url": url}


@VARIANT("Ids are long and hold several slashes.")
def deep_ids(server: Server) -> None:
    server.replaces("media_id")(
        lambda _: "/".join(["workspace", "9f", *(secrets.token_hex(12) for _ in range(4))])
    )


@VARIANT("Ids are numbers as texts.")
def number_ids(server: Server) -> None:
    server.replaces("media_id")(lambda _: str(secrets.randbelow(10**15)))


@VARIANT("Moments are written with an offset and in microseconds.")
def moments_with_offset(server: Server) -> None:
    def rewritten(text: str) -> str:
        return datetime.fromisoformat(text).astimezone(_INDIA).isoformat(timespec="microseconds")

    _moments(server, rewritten)


@VARIANT("Moments are written in whole seconds.")
def moments_in_seconds(server: Server) -> None:
    _moments(server, lambda text: text[:19] + "Z")


def _moments(server: Server, rewritten: Callable[[str], str]) -> None:
    @server.answers("create_upload")
    def expiry(answer: Answer) -> None:
        answer.data["expires_at"] = rewritten(answer.data["expires_at"])

    @server.replaces("item")
    def item(honest: Any, row: Any) -> Any:
        answer = honest(row)
        return {**answer, "created_at": rewritten(answer["created_at"])}


@VARIANT("Every object carries further fields.")
def more_fields(server: Server) -> None:
    @server.answers()
    def more(answer: Answer) -> None:
        answer.body.update(meta={"request_id": "r"}, message="OK")
        answer.data.update(links={"self": "/"}, version=3)

    @server.replaces("item")
    def item(honest: Any, row: Any) -> Any:
        return {**honest(row), "width": 1, "height": None, "tags": []}

    @server.answers(refusals=True)
    def more_refused(answer: Answer) -> None:
        answer.body.update(code="REFUSED", errors=[], data=None)


@VARIANT("Fields that may be null are.")
def null_fields(server: Server) -> None:
    @server.replaces("item")
    def item(honest: Any, row: Any) -> Any:
        return {**honest(row), "mime_type": None, "thumbnail_url": None, "created_at": None}


@VARIANT("Aliases of types are reported under their common name.")
def canonical_types(server: Server) -> None:
    common = {"image/jpg": "image/jpeg", "video/mov": "video/quicktime"}

    @server.replaces("item")
    def item(honest: Any, row: Any) -> Any:
        answer = honest(row)
        return {**answer, "mime_type": common.get(row.mime_type, row.mime_type)}


@VARIANT("The upload URL does not sign the content type.")
def unsigned_type(server: Server) -> None:
    library = server.subject

    @server.answers("create_upload")
    def resigned(answer: Answer) -> None:
        key = urlsplit(answer.data["upload_url"]).path.removeprefix(f"/{library.store.bucket}/")
        seconds = max(int(library.settings.upload_ttl), 1)
        answer.data["upload_url"] = library.store._signed("put_object", seconds, Key=key)


@VARIANT("The upload URL holds the checksum of an empty body, which the storage does not mind.")
def unminded_checksum(server: Server) -> None:
    tied_to_an_empty_body(server)


@VARIANT("There are no thumbnails.")
def no_thumbnails(server: Server) -> None:
    server.replaces("thumbnail")(lambda _, __: None)


@VARIANT("Thumbnails appear only at the second look.")
def late_thumbnails(server: Server) -> None:
    seen: set[str] = set()

    @server.replaces("item")
    def item(honest: Any, row: Any) -> Any:
        answer = honest(row)
        late = row.id not in seen
        seen.add(row.id)
        return {**answer, "thumbnail_url": None} if late else answer


@VARIANT("Media URLs are signed anew in each answer.")
def fresh_media_urls(server: Server) -> None:
    store = server.subject.store
    server.replaces("download_url")(
        lambda _, key: store.signed_get(key, 86_400 - secrets.randbelow(60))
    )


@VARIANT("The bytes are deleted some seconds after the record.")
def bytes_go_later(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = library.state.remove(media_id, owner)
        if row is None:
            raise Refusal(404, "Media not found")
        for key in filter(None, (row.key, row.thumbnail_key)):
            timer = threading.Timer(2.0, library.store.remove, [key])
            timer.daemon = True
            timer.start()
        return library.item(row)


@VARIANT("Paths that no route takes get the framework's plain answer.")
def plain_404(server: Server) -> None:
    @server.wraps("get_media", "delete_media")
    async def plain(endpoint: Endpoint, request: Request) -> Response:
        media_id = request.path_params["id"]
        if not media_id.isprintable() or "//" in media_id or ".." in media_id:
            return PlainTextResponse("Not Found", 404)
        return await endpoint(request)


@VARIANT("The body is read before the key is looked at.")
def parses_before_authenticating(server: Server) -> None:
    @server.wraps("create_upload")
    async def parsed(endpoint: Endpoint, request: Request) -> Response:
        try:
            await request.json()
        except (ValueError, RecursionError):
            return JSONResponse({"success": False, "message": "Malformed JSON"}, 400)
        return await endpoint(request)


@VARIANT("Long and strange filenames are refused.")
def strict_filenames(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(honest: Any, owner: str, filename: object, declared: object) -> Any:
        if not isinstance(filename, str) or not re.fullmatch(r"[\w. -]{1,200}", filename):
            raise Refusal(422, "filename has characters that are not allowed")
        return honest(owner, filename, declared)


@VARIANT("The filename is part of the object's key.")
def filenames_in_keys(server: Server) -> None:
    @server.replaces("object_key")
    def object_key(_: Any, owner: str, filename: str) -> str:
        safe = re.sub(r"[^A-Za-z0-9.]+", "-", filename)[-60:].lstrip(".")
        return f"u/{owner}/{secrets.token_hex(6)}/{safe or 'file'}"


@VARIANT("Upload ids hold slashes.")
def slashed_upload_ids(server: Server) -> None:
    state = server.subject.state

    @server.answers("create_upload")
    def renamed(answer: Answer) -> None:
        plain = answer.data["upload_id"]
        answer.data["upload_id"] = f"upl/{plain[4:10]}/{plain[10:]}"

    looked_up = state.upload

    def upload(upload_id: str, owner: str) -> Any:
        return looked_up(upload_id.replace("upl/", "upl_", 1).replace("/", ""), owner)

    state.upload = upload
