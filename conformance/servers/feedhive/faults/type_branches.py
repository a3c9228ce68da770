"""Faults of one type's branch: a check that the server makes for every type but some."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from conformance.servers.answers import CALLERS, Refusal, other_caller
from conformance.servers.feedhive.database import close_session, execute, gone
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.feedhive.state import MediaRow

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.servers.deviation import Endpoint, Server
    from conformance.servers.feedhive.state import UploadRow

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


def _bare_sessions_complete(branch: str) -> None:
    words, start = _BRANCHES[branch]

    def apply(server: Server) -> None:
        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            if not (row.content_type.startswith(start) and gone(server, row)):
                original(row)

    sentence = f"Complete accepts a session without a file if {words} are declared."
    FAULT.add(f"{branch}-complete-without-a-file", sentence, apply, "FH-COMPLETE-10")


def _complete_again(branch: str) -> None:
    words, start = _BRANCHES[branch]

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("complete_upload")
        def complete_upload(original: Any, owner: str, upload_id: str) -> str:
            row = library.state.upload(upload_id, owner)
            if row is not None and row.completed_at and row.content_type.startswith(start):
                execute(server, "UPDATE upload SET completed_at = NULL WHERE id = ?", row.id)
            made: str = original(owner, upload_id)
            return made

    sentence = f"A second complete makes a second media if {words} are declared."
    FAULT.add(f"{branch}-are-completed-again", sentence, apply, "FH-COMPLETE-08")


def _early_completes_close(branch: str) -> None:
    words, start = _BRANCHES[branch]

    def apply(server: Server) -> None:
        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            if row.content_type.startswith(start) and gone(server, row):
                close_session(server, row.id)
            original(row)

    sentence = f"A complete before the PUT closes the session if {words} are declared."
    FAULT.add(f"early-completes-close-sessions-of-{branch}", sentence, apply, "FH-LIFECYCLE-05")


for _name in _BRANCHES:
    _empty_files_complete(_name)
    _expired_sessions_complete(_name)
for _name in ("jpegs", "gifs", "quicktime-films"):
    _bare_sessions_complete(_name)
    _complete_again(_name)
for _name in ("jpegs", "mp4s"):
    _early_completes_close(_name)


def _declared(row: MediaRow | UploadRow) -> str:
    return row.mime_type if isinstance(row, MediaRow) else row.content_type


#: What each verb calls its rule, what the rule looks up, and the rows of others and of no key.
_VERBS = {
    "shown": ("media", "media", "get_media", "FH-GET-12", "FH-AUTH-04"),
    "deleted": ("delete", "media", "delete_media", "FH-DELETE-10", "FH-AUTH-05"),
    "completed": ("complete_upload", "upload", "complete_upload", "FH-COMPLETE-14", "FH-AUTH-02"),
}
_KINDS = {"films": "video/", "gifs": "image/gif", "jpegs": "image/jp"}


def _of_anybody(kind: str, verb: str) -> None:
    """Register a fault: a rule looks up files of a kind without their owner."""
    rule, look_up, _, requirement, _ = _VERBS[verb]

    def apply(server: Server) -> None:
        state = server.subject.state

        @server.replaces(rule)
        def lenient(original: Any, owner: str, thing: str) -> Any:
            found = getattr(state, look_up)(thing, other_caller(owner))
            known = found is not None and _declared(found).startswith(_KINDS[kind])
            return original(other_caller(owner) if known else owner, thing)

    name = f"{kind}-are-{verb}-{'to' if verb == 'shown' else 'by'}-anybody"
    FAULT.add(name, f"The {kind} of a caller are {verb} for every caller.", apply, requirement)


def _of_nobody(kind: str, verb: str) -> None:
    """Register a fault: an operation needs no key for files of a kind."""
    _, look_up, operation, _, requirement = _VERBS[verb]

    def apply(server: Server) -> None:
        keys = {owner: key for key, owner in server.subject.settings.tokens.items()}

        @server.wraps(operation)
        async def keyless(endpoint: Endpoint, request: Request) -> Response:
            found = None
            if "authorization" not in request.headers:
                look = getattr(server.subject.state, look_up)
                rows = (look(request.path_params["id"], owner) for owner in CALLERS)
                found = next(filter(None, rows), None)
            if found is None or not _declared(found).startswith(_KINDS[kind]):
                return await endpoint(request)
            key = (b"authorization", f"Bearer {keys[found.owner]}".encode())
            headers = [*request.scope["headers"], key]
            return await endpoint(Request({**request.scope, "headers": headers}, request.receive))

    FAULT.add(
        f"{kind}-are-{verb}-without-a-key",
        f"The {kind} of all callers are {verb} without a key.",
        apply,
        requirement,
    )


for _kind in _KINDS:
    for _verb in _VERBS:
        _of_anybody(_kind, _verb)
for _kind, _verb in (
    *(("films", "shown"), ("gifs", "shown"), ("films", "deleted"), ("gifs", "deleted")),
    *(("films", "completed"), ("jpegs", "completed")),
):
    _of_nobody(_kind, _verb)


def _goes_with_its_session(name: str, whose: str, *, films: bool) -> None:
    """Register a fault: some media are gone when their session expires."""

    def apply(server: Server) -> None:
        library = server.subject
        ttl = library.settings.upload_ttl

        @server.replaces("media")
        def media(original: Any, owner: str, media_id: str) -> Any:
            row = library.state.media(media_id, owner)
            film = row is not None and _declared(row).startswith("video/")
            chosen = film if films else owner == "other"
            if row is not None and chosen and time.time() - row.created_at > ttl:
                raise Refusal(404, "Media not found")
            return original(owner, media_id)

    sentence = f"The media {whose} are gone when their session expires."
    FAULT.add(name, sentence, apply, "FH-LIFECYCLE-04")


_goes_with_its_session("films-go-with-their-session", "that are films", films=True)
_goes_with_its_session("another-callers-media-go", "of the second caller", films=False)


@FAULT("The total still counts deleted films.", "FH-DELETE-04")
def deleted_films_stay_counted(server: Server) -> None:
    deleted: Counter[str] = Counter()

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        deleted[owner] += item["type"] == "video"
        return item

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        rows, total = original(owner, limit, after)
        return rows, total + deleted[owner]
