"""Faults of GET /media/:id."""

from __future__ import annotations

import dataclasses
from dataclasses import fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from conformance.servers.answers import CALLERS, Refusal, other_caller
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.wire_variants import SkewedStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server
    from conformance.servers.feedhive.state import MediaRow

_GET = "get_media"
_NOT_FOUND = 404
_DAY_S, _TWENTY_HOURS_S = 86_400, 72_000.0


_rewrites = FAULT.rewriting(_GET)


_rewrites(
    "get-answers-another-id",
    "FH-GET-01",
    "The answer of get has the id of another media.",
    lambda answer: answer.data.update(id="med_other"),
)
_rewrites(
    "get-answers-a-list",
    "FH-GET-01",
    "The answer of get has the media in an array.",
    lambda answer: answer.body.update(data=[answer.data]),
)


@FAULT("Get does not find any media.", "FH-GET-01")
def get_finds_nothing(server: Server) -> None:
    @server.wraps(_GET)
    async def nothing(_: Endpoint, __: Request) -> Response:
        return PlainTextResponse("Not found", _NOT_FOUND)


def _becomes(content_type: str, wrong: str, requirement: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("state.complete")
        def complete(original: Any, upload_id: str, media: Any) -> Any:
            row = server.subject.state.upload(upload_id, media.owner)
            if row is not None and row.content_type == content_type:
                object.__setattr__(media, "type", wrong)
            return original(upload_id, media)

    name = f"{content_type.replace('/', '-')}-becomes-{wrong}"
    FAULT.add(
        name, f"A file of type {content_type} becomes a media of type {wrong}.", apply, requirement
    )


_becomes("image/jpeg", "gif", "FH-GET-02")
_becomes("image/jpg", "jpg", "FH-GET-03")
_becomes("image/png", "video", "FH-GET-04")
_becomes("image/gif", "image", "FH-GET-05")
_becomes("video/mp4", "image", "FH-GET-06")
_becomes("video/quicktime", "quicktime", "FH-GET-07")
_becomes("video/mov", "image", "FH-GET-08")


def _unknown(name: str, requirement: str, sentence: str, change: Callable[[Answer], Any]) -> None:
    def apply(server: Server) -> None:
        @server.answers(_GET, refusals=True)
        def changed(answer: Answer) -> None:
            if answer.status == _NOT_FOUND:
                change(answer)

    FAULT.add(name, sentence, apply, requirement)


def _matching(name: str, sentence: str, matches: Callable[[str, str], bool]) -> None:
    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("media")
        def media(original: Any, owner: str, media_id: str) -> Any:
            try:
                return original(owner, media_id)
            except Refusal:
                rows, _ = library.state.page(owner, 1_000, None)
                found = [row for row in rows if media_id and matches(row.id, media_id)]
                if not found:
                    raise
                return library.item(found[0])

    FAULT.add(name, sentence, apply, "FH-GET-09")


_matching(
    "get-takes-the-beginning-of-an-id",
    "Get accepts the beginning of an id.",
    lambda own, asked: own.startswith(asked),
)
_matching(
    "get-takes-more-than-an-id",
    "Get ignores the characters after an id.",
    lambda own, asked: asked.startswith(own),
)
_matching(
    "get-takes-patterns",
    "Get reads an id as a SQL pattern.",
    lambda own, asked: fnmatchcase(own, asked.replace("%", "*")),
)
_unknown(
    "unknown-ids-give-null",
    "FH-GET-09",
    "The get of an unknown id succeeds without data.",
    lambda answer: vars(answer).update(status=200, body={"success": True, "data": None}),
)
_unknown(
    "unknown-ids-are-200-errors",
    "FH-ERROR-03",
    "The get of an unknown id is an error with status 200.",
    lambda answer: vars(answer).update(status=200),
)
_unknown(
    "unknown-ids-crash-get",
    "FH-GET-09",
    "The get of an unknown id gets a server error.",
    lambda answer: vars(answer).update(status=500),
)
_unknown(
    "unknown-ids-are-400",
    "FH-GET-10",
    "The get of an unknown id gets a 400.",
    lambda answer: vars(answer).update(status=400),
)
_unknown(
    "unknown-ids-lack-the-message",
    "FH-GET-10",
    "The 404 of an unknown id has no message.",
    lambda answer: answer.body.pop("message"),
)


def _slashed(operation: str, requirement: str) -> None:
    def apply(server: Server) -> None:
        @server.wraps(operation)
        async def undecoded(endpoint: Endpoint, request: Request) -> Response:
            if b"%2f" in request.scope["raw_path"].lower():
                return PlainTextResponse("Not found", _NOT_FOUND)
            return await endpoint(request)

    verb = operation.partition("_")[0]
    sentence = f"The server does not decode a slash in an id on {verb}."
    FAULT.add(f"{verb}-does-not-decode-slashes", sentence, apply, requirement)


_slashed("get_media", "FH-GET-11")
_slashed("delete_media", "FH-DELETE-12")


@FAULT("A caller can get the media of another caller.", "FH-GET-12")
def anybody_fetches_a_media(server: Server) -> None:
    @server.replaces("state.media")
    def media(original: Any, media_id: str, owner: str) -> Any:
        return original(media_id, owner) or original(media_id, other_caller(owner))


@FAULT("The get of another caller's media is refused with its data in the body.", "FH-GET-12")
def refusals_hold_the_media(server: Server) -> None:
    library = server.subject

    @server.answers(_GET, refusals=True)
    def leaking(answer: Answer) -> None:
        for owner in CALLERS:
            row = library.state.media(answer.request.path_params["id"], owner)
            if row is not None and answer.status == _NOT_FOUND:
                answer.status = 403
                answer.body["data"] = library.item(row)


@FAULT("The get of a very long id gets a server error.", "FH-GET-13")
def long_ids_crash_get(server: Server) -> None:
    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        if len(media_id) > 500:
            raise Refusal(500, "value too long for type character varying")
        return original(owner, media_id)


_rewrites(
    "media-url-is-unsigned",
    "FH-GET-14",
    "media_url has no signature.",
    lambda answer: answer.data.update(media_url=answer.data["media_url"].partition("?")[0]),
)


@FAULT("media_url works only for five minutes.", "FH-GET-14")
def media_url_lives_five_minutes(server: Server) -> None:
    store = server.subject.store
    server.replaces("download_url")(lambda _, key: store.signed_get(key, 300))


@FAULT("media_url was signed twenty hours ago, so that caches keep it.", "FH-GET-14")
def media_url_is_signed_in_advance(server: Server) -> None:
    access = server.subject.store
    known = {field.name: getattr(access, field.name) for field in fields(access)}
    before = SkewedStore(**known, skew_s=-_TWENTY_HOURS_S)
    server.replaces("download_url")(lambda _, key: before.signed_get(key, _DAY_S))


@FAULT("The media_url of a listed item works only for five minutes.", "FH-GET-14")
def listed_media_urls_live_five_minutes(server: Server) -> None:
    store = server.subject.store

    @server.answers("list_media")
    def short(answer: Answer) -> None:
        for item in answer.data["items"]:
            item["media_url"] = store.signed_get(store.key_of(item["media_url"]), 300)


@FAULT("The media_url of a listed film leads to no object.", "FH-PUT-04")
def listed_media_urls_of_films_are_dead(server: Server) -> None:
    store = server.subject.store

    @server.answers("list_media")
    def dead(answer: Answer) -> None:
        for item in answer.data["items"]:
            if item["type"] == "video":
                key = store.key_of(item["media_url"])
                item["media_url"] = store.signed_get(f"{key}.part", 86_400)


_rewrites(
    "mime-type-is-octet-stream",
    "FH-GET-15",
    "mime_type is application/octet-stream for every media.",
    lambda answer: answer.data.update(mime_type="application/octet-stream"),
)


@FAULT("mime_type of a gif is image/png.", "FH-GET-15")
def gifs_claim_to_be_png(server: Server) -> None:
    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        return {**answer, "mime_type": "image/png"} if row.type == "gif" else answer


@FAULT("The server guesses mime_type from the filename.", "FH-GET-15")
def filenames_make_the_type(server: Server) -> None:
    library = server.subject

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        named = library.state.upload(upload_id, media.owner).filename.endswith(".png")
        guessed = dataclasses.replace(media, mime_type="image/png") if named else media
        return bool(original(upload_id, guessed))


@FAULT("The answer to the get of a video/mov has its type in upper case.", "FH-GET-SCHEMA")
def videos_shout_their_type(server: Server) -> None:
    @server.answers(_GET)
    def shout(answer: Answer) -> None:
        if answer.data["mime_type"] == "video/mov":
            answer.data["type"] = "VIDEO"


_rewrites(
    "get-lacks-created-at",
    "FH-GET-SCHEMA-REF",
    "The answer of get has no created_at.",
    lambda answer: answer.data.pop("created_at"),
)
_rewrites(
    "get-lacks-media-url",
    "FH-GET-SCHEMA-REF",
    "The answer of get has no media_url.",
    lambda answer: answer.data.pop("media_url"),
)


@FAULT("Complete keeps only the first bytes of a video.", "FH-PUT-04")
def films_are_cut_short(server: Server) -> None:
    store = server.subject.store

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        if media.type == "video":
            store.write(media.key, store.read(media.key)[:16], media.mime_type)
        return bool(original(upload_id, media))


@FAULT("media_url returns the thumbnail.", "FH-PUT-04")
def media_url_gives_another_picture(server: Server) -> None:
    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        return {**answer, "media_url": answer["thumbnail_url"] or answer["media_url"]}
