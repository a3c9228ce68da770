"""Faults of one type's branch: a check that the server makes for every type but some."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal, other_caller
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

#: The branches: what each is called, and how its types begin.
_BRANCHES = {
    "pngs": ("PNGs", "image/png"),
    "jpegs": ("JPEGs", "image/jp"),
    "gifs": ("GIFs", "image/gif"),
    "mp4s": ("MP4 films", "video/mp4"),
    "quicktime-films": ("QuickTime films", "video/quicktime"),
}


def _empty_files_complete(branch: str) -> None:
    words, start = _BRANCHES[branch]

    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            stored = store.head(row.key)
            if not (row.content_type.startswith(start) and stored and stored[0] == 0):
                original(row)

    sentence = f"Complete accepts an empty file if {words} are declared."
    FAULT.add(f"empty-{branch}-complete", sentence, apply, "FH-COMPLETE-11")


def _expired_sessions_complete(branch: str) -> None:
    words, start = _BRANCHES[branch]

    def apply(server: Server) -> None:
        server.replaces("is_expired")(
            lambda original, row: original(row) and not row.content_type.startswith(start)
        )

    name, sentence = f"sessions-of-{branch}-never-expire", f"Sessions of {words} never expire."
    FAULT.add(name, sentence, apply, "FH-COMPLETE-07")


for _name in ("pngs", "gifs", "mp4s"):
    _empty_files_complete(_name)
for _name in _BRANCHES:
    _expired_sessions_complete(_name)


def _is_film(row: MediaRow | UploadRow | None) -> bool:
    if row is None:
        return False
    declared = row.mime_type if hasattr(row, "mime_type") else row.content_type
    return declared.startswith("video/")


def _of_anybody(name: str, verb: str, rule: str, look_up: str, requirement: str) -> None:
    """Register a fault: a rule looks up films without their owner."""

    def apply(server: Server) -> None:
        state = server.subject.state

        @server.replaces(rule)
        def lenient(original: Any, owner: str, thing: str) -> Any:
            found = getattr(state, look_up)(thing, other_caller(owner))
            return original(other_caller(owner) if _is_film(found) else owner, thing)

    sentence = f"A caller can {verb} the film of another caller."
    FAULT.add(name, sentence, apply, requirement)


_of_anybody("films-are-shown-to-anybody", "get", "media", "media", "FH-GET-12")
_of_anybody("films-are-deleted-by-anybody", "delete", "delete", "media", "FH-DELETE-10")
_of_anybody(
    "films-are-completed-by-anybody", "complete", "complete_upload", "upload", "FH-COMPLETE-14"
)


def _goes_with_its_session(name: str, whose: str, *, films: bool) -> None:
    """Register a fault: some media are gone when their session expires."""

    def apply(server: Server) -> None:
        library = server.subject
        ttl = library.settings.upload_ttl

        @server.replaces("media")
        def media(original: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            chosen = _is_film(row) if films else owner == "other"
            if row is not None and chosen and time.time() - row.created_at > ttl:
                raise Refusal(404, "Media not found")
            return original(owner, media_id)

    sentence = f"The media {whose} are gone when their session expires."
    FAULT.add(name, sentence, apply, "FH-LIFECYCLE-04")


_goes_with_its_session("films-go-with-their-session", "that are films", films=True)
_goes_with_its_session("another-callers-media-go", "of the second caller", films=False)
