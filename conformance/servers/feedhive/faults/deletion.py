"""Faults of DELETE /media/:id."""

from __future__ import annotations

import math
import threading
import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal, other_caller
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_DELETE = "delete_media"
_RACE_S = 0.05
_BRIEFLY_S = 2.0


_rewrites = FAULT.rewriting(_DELETE)


_rewrites(
    "delete-answers-no-item",
    "FH-DELETE-01",
    "The answer of delete has no item.",
    lambda answer: answer.body.update(data=None),
)
_rewrites(
    "delete-answers-another-id",
    "FH-DELETE-01",
    "The answer of delete has the id of another item.",
    lambda answer: answer.data.update(id="med_other"),
)


@FAULT("Delete refuses every request.", "FH-DELETE-01")
def delete_refuses(server: Server) -> None:
    @server.replaces("delete")
    def delete(_: Any, __: str, ___: str) -> Any:
        raise Refusal(405, "Deleting is switched off")


@FAULT("The delete of a JPEG gets a server error.", "FH-DELETE-01")
def jpegs_cannot_be_deleted(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is not None and row.mime_type == "image/jpeg":
            raise Refusal(500, "cannot identify image file")
        return original(owner, media_id)


@FAULT("A get still finds a deleted item.", "FH-DELETE-02")
def deleted_media_can_be_fetched(server: Server) -> None:
    _found_for(server, math.inf)


@FAULT("A get still finds a deleted item for two seconds.", "FH-DELETE-19")
def deleted_media_can_be_fetched_briefly(server: Server) -> None:
    _found_for(server, _BRIEFLY_S)


@FAULT("A get still finds a deleted item for ten seconds.", "FH-DELETE-02")
def deleted_media_can_be_fetched_for_long(server: Server) -> None:
    _found_for(server, 5 * _BRIEFLY_S)


def _found_for(server: Server, seconds: float) -> None:
    kept: dict[tuple[str, str], tuple[float, Any]] = {}

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        kept[owner, media_id] = time.monotonic(), item
        return item

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        at, item = kept.get((owner, media_id), (-math.inf, None))
        return item if time.monotonic() - at < seconds else original(owner, media_id)


@FAULT("The list still contains a deleted item.", "FH-DELETE-03")
def deleted_media_stay_listed(server: Server) -> None:
    kept: dict[str, list[Any]] = {}

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        kept.setdefault(owner, []).append(item)
        return item

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        room = max(limit - len(answer["items"]), 0)
        return {**answer, "items": [*answer["items"], *kept.get(owner, [])[-room:][:room]]}


@FAULT("The total does not go down after a delete.", "FH-DELETE-04")
def total_never_shrinks(server: Server) -> None:
    deleted: dict[str, int] = {}

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        deleted[owner] = deleted.get(owner, 0) + 1
        return item

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        return {**answer, "total": answer["total"] + deleted.get(owner, 0)}


@FAULT("A second delete succeeds with the same item.", "FH-DELETE-05")
def second_delete_succeeds(server: Server) -> None:
    known: dict[tuple[str, str], Any] = {}

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if (owner, media_id) not in known:
            known[owner, media_id] = original(owner, media_id)
        return known[owner, media_id]


@FAULT("A second delete gets a server error.", "FH-DELETE-05")
def second_delete_crashes(server: Server) -> None:
    known: set[tuple[str, str]] = set()

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if (owner, media_id) in known:
            raise Refusal(500, "Cannot read properties of undefined")
        item = original(owner, media_id)
        known.add((owner, media_id))
        return item


@FAULT("A caller can delete the media of another caller.", "FH-DELETE-10")
def anybody_deletes_a_media(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        try:
            return original(owner, media_id)
        except Refusal:
            return original(other_caller(owner), media_id)


@FAULT("The server refuses the delete of another caller's media, but deletes it.", "FH-DELETE-10")
def refused_deletes_are_done(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        try:
            return original(owner, media_id)
        except Refusal:
            original(other_caller(owner), media_id)
            raise


def _matching(name: str, sentence: str, matches: Callable[[str, str], bool]) -> None:
    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            rows, _ = library.state.page(owner, 1_000, None)
            found = [row.id for row in rows if media_id and matches(row.id, media_id)]
            return original(owner, found[0] if found else media_id)

    FAULT.add(name, sentence, apply, "FH-DELETE-11")


_matching(
    "delete-takes-the-beginning-of-an-id",
    "Delete accepts the beginning of an id.",
    lambda own, asked: own.startswith(asked),
)
_matching(
    "delete-takes-more-than-an-id",
    "Delete ignores the characters after an id.",
    lambda own, asked: asked.startswith(own),
)


@FAULT("Delete reads an id as a SQL pattern.", "FH-DELETE-11")
def delete_takes_patterns(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        rows, _ = library.state.page(owner, 1_000, None)
        pattern = media_id.replace("%", "*").replace("_", "?")
        found = [row.id for row in rows if len(media_id) > 1 and fnmatchcase(row.id, pattern)]
        return original(owner, media_id if media_id in found or not found else found[0])


@FAULT("The delete of an unknown id succeeds.", "FH-DELETE-11")
def unknown_deletes_succeed(server: Server) -> None:
    known: set[str] = set()

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        try:
            item = original(owner, media_id)
        except Refusal:
            if media_id in known or not media_id.startswith("med_"):
                raise
            return {
                "id": media_id,
                "type": "image",
                "mime_type": None,
                "media_url": "https://x.example/",
                "thumbnail_url": None,
                "created_at": None,
            }
        known.add(media_id)
        return item


@FAULT("A delete during another delete of the same media gets a server error.", "FH-DELETE-13")
def overlapping_deletes_crash(server: Server) -> None:
    running: set[str] = set()

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if media_id in running:
            raise Refusal(500, "database is locked")
        running.add(media_id)
        try:
            threading.Event().wait(_RACE_S)
            return original(owner, media_id)
        finally:
            running.discard(media_id)


@FAULT("The delete of a very long id gets a server error.", "FH-DELETE-14")
def long_ids_crash_delete(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if len(media_id) > 500:
            raise Refusal(500, "value too long for type character varying")
        return original(owner, media_id)


_rewrites(
    "deleted-gifs-are-images",
    "FH-DELETE-16",
    "The answer to the delete of a gif says that it is an image.",
    lambda answer: answer.data.update(
        type="image" if answer.data["type"] == "gif" else answer.data["type"]
    ),
)


@FAULT("The answer to the delete of a video has its type in upper case.", "FH-DELETE-SCHEMA")
def deleted_videos_shout_their_type(server: Server) -> None:
    @server.answers(_DELETE)
    def shout(answer: Answer) -> None:
        if answer.data["type"] == "video":
            answer.data["type"] = "VIDEO"


_rewrites(
    "deleted-items-lack-created-at",
    "FH-DELETE-SCHEMA-REF",
    "The answer of delete has no created_at.",
    lambda answer: answer.data.pop("created_at"),
)
