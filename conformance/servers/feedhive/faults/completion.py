"""Faults of POST /media/uploads/:id/complete."""

from __future__ import annotations

import itertools
import threading
import time
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.answers import Refusal, other_caller
from conformance.servers.feedhive.database import (
    gone,
    insert,
    make_media,
    reopen_sessions_on_delete,
)
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.feedhive.sessions import TYPES, timestamp
from conformance.servers.feedhive.state import MediaRow

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server
    from conformance.servers.feedhive.state import UploadRow

_COMPLETE = "complete_upload"
#: Seconds that a race lasts, and seconds that a change comes late.
_RACE_S = 0.05
_YEARS_AGO = 1_500_000_000.0
_LATE_S = 2.0


def _checked(
    server: Server, *, exists: bool = True, filled: bool = True, typed: bool = True
) -> None:
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(_: Any, row: UploadRow) -> None:
        stored = store.head(row.key)
        if stored is None:
            if exists:
                raise Refusal(400, "Nothing was uploaded yet")
            return
        if filled and stored[0] == 0:
            raise Refusal(400, "The uploaded object is empty")
        if typed and stored[1] != row.content_type:
            raise Refusal(400, "The uploaded object has another content type than declared")


@FAULT("The answer of complete has no id.", "FH-COMPLETE-01")
def complete_answers_no_id(server: Server) -> None:
    server.answers(_COMPLETE)(lambda answer: answer.data.clear())


@FAULT("Every third complete answers the id of a media that is older by years.", "FH-COMPLETE-01")
def completes_answer_older_media(server: Server) -> None:
    older = MediaRow("med_older", "main", "image", "image/png", "older.png", None, _YEARS_AGO)
    insert(server, older)
    completed = itertools.count(1)

    @server.answers(_COMPLETE)
    def answer_older(answer: Answer) -> None:
        if next(completed) % 3 == 0:
            answer.data["id"] = older.id


@FAULT("The answer of complete is a 204 without a body.", "FH-COMPLETE-01")
def complete_answers_204(server: Server) -> None:
    @server.wraps(_COMPLETE)
    async def silent(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        return Response(status_code=204) if response.status_code == 200 else response


@FAULT("A get does not find a new media for two seconds.", "FH-COMPLETE-20")
def media_can_be_fetched_late(server: Server) -> None:
    _found_after(server, _LATE_S)


@FAULT("A get does not find a new media for twelve seconds.", "FH-COMPLETE-02")
def media_can_be_fetched_very_late(server: Server) -> None:
    _found_after(server, 6 * _LATE_S)


def _found_after(server: Server, seconds: float) -> None:
    library = server.subject

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        if row is not None and time.time() - row.created_at < seconds:
            raise Refusal(404, "Media not found")
        return original(owner, media_id)


@FAULT("The id in the answer is not the id of the media.", "FH-COMPLETE-02")
def complete_answers_another_id(server: Server) -> None:
    @server.answers(_COMPLETE)
    def other(answer: Answer) -> None:
        answer.data["id"] = answer.data["id"][:-1] + "x"


@FAULT("The list misses a new media for two seconds.", "FH-COMPLETE-17")
def media_are_listed_late(server: Server) -> None:
    @server.answers("list_media")
    def late(answer: Answer) -> None:
        before = timestamp(time.time() - _LATE_S)
        items = answer.data["items"]
        answer.data["items"] = [item for item in items if item["created_at"] < before]


@FAULT("The list contains a new media twice.", "FH-COMPLETE-03")
def newest_media_is_listed_twice(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        if cursor is None and limit > len(answer["items"]) > 0:
            answer["items"] = [answer["items"][0], *answer["items"]]
        return answer


@FAULT("Complete needs a JSON body.", "FH-COMPLETE-04")
def complete_needs_a_body(server: Server) -> None:
    @server.wraps(_COMPLETE)
    async def strict(endpoint: Endpoint, request: Request) -> Response:
        if not await request.body():
            return JSONResponse({"success": False, "message": "Body required"}, 400)
        return await endpoint(request)


@FAULT("The complete of an unknown session succeeds without an effect.", "FH-COMPLETE-05")
def unknown_sessions_complete(server: Server) -> None:
    @server.answers(_COMPLETE, refusals=True)
    def kind(answer: Answer) -> None:
        if answer.status == 404:
            answer.status, answer.body = 200, {"success": True, "data": {"id": "med_0/0"}}


@FAULT("The complete of an unknown session gets a server error.", "FH-COMPLETE-05")
def unknown_sessions_crash(server: Server) -> None:
    @server.answers(_COMPLETE, refusals=True)
    def crash(answer: Answer) -> None:
        if answer.status == 404:
            answer.status = 500


@FAULT("Complete accepts an expired session without an object.", "FH-COMPLETE-06")
def expired_bare_sessions_complete(server: Server) -> None:
    library = server.subject

    @server.replaces("is_expired")
    def is_expired(original: Any, row: UploadRow) -> bool:
        return bool(original(row)) and library.store.head(row.key) is not None

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        if time.time() < row.expires_at:
            original(row)


@FAULT("Complete checks the expiry only of a session without an object.", "FH-COMPLETE-07")
def expired_stored_sessions_complete(server: Server) -> None:
    library = server.subject

    @server.replaces("is_expired")
    def is_expired(original: Any, row: UploadRow) -> bool:
        return bool(original(row)) and library.store.head(row.key) is None


@FAULT("Sessions never expire.", "FH-COMPLETE-07")
def sessions_never_expire(server: Server) -> None:
    server.replaces("is_expired")(lambda _, __: False)


@FAULT("A second complete succeeds with the same id.", "FH-COMPLETE-08")
def second_complete_is_idempotent(server: Server) -> None:
    known: dict[str, Any] = {}

    @server.wraps(_COMPLETE)
    async def remembered(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        upload_id = request.path_params["id"]
        if response.status_code == 200:
            known[upload_id] = bytes(response.body)
        elif upload_id in known and response.status_code == 409:
            return Response(known[upload_id], media_type="application/json")
        return response


@FAULT("A second complete creates a second media.", "FH-COMPLETE-08")
def second_complete_makes_another(server: Server) -> None:
    @server.replaces("is_completed")
    def is_completed(_: Any, __: UploadRow) -> bool:
        return False

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        if not original(upload_id, media):
            insert(server, media)
        return True


@FAULT("A second complete succeeds after a delete of the media.", "FH-COMPLETE-08")
def deleted_media_reopen_their_session(server: Server) -> None:
    reopen_sessions_on_delete(server)
    server.replaces("check_object")(
        lambda original, row: None if gone(server, row) else original(row)
    )


def _all_win(server: Server, kinds: tuple[str, ...]) -> None:
    """Let completes of media of these types all succeed that come at the same time."""

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        threading.Event().wait(_RACE_S)
        won = bool(original(upload_id, media))
        if not won and media.type in kinds:
            insert(server, media)
        return won or media.type in kinds


@FAULT("Several completes at the same time all succeed.", "FH-COMPLETE-09")
def overlapping_completes_all_win(server: Server) -> None:
    _all_win(server, ("image", "gif", "video"))


@FAULT("Several completes of a video at the same time all succeed.", "FH-COMPLETE-09")
def overlapping_completes_of_films_all_win(server: Server) -> None:
    _all_win(server, ("video",))


@FAULT(
    "Of several completes at the same time, all except one get a server error.", "FH-COMPLETE-16"
)
def overlapping_completes_crash(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        threading.Event().wait(_RACE_S)
        if not original(upload_id, media):
            raise Refusal(500, "UNIQUE constraint failed")
        return True


@FAULT("Complete accepts a session without an object.", "FH-COMPLETE-10")
def bare_sessions_complete(server: Server) -> None:
    _checked(server, exists=False)


@FAULT("Complete refuses a session without an object, but creates the media.", "FH-COMPLETE-10")
def refused_sessions_leave_media(server: Server) -> None:
    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        try:
            original(row)
        except Refusal as refusal:
            if "Nothing" in refusal.message:
                make_media(server, row)
            raise


@FAULT("Complete accepts an object of zero bytes.", "FH-COMPLETE-11")
def empty_objects_complete(server: Server) -> None:
    _checked(server, filled=False)


@FAULT("Complete does not check the content type of the object.", "FH-COMPLETE-12")
def any_stored_type_completes(server: Server) -> None:
    _checked(server, typed=False)


@FAULT("Complete compares only the first five characters of the types.", "FH-COMPLETE-12")
def any_image_completes_an_image(server: Server) -> None:
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        stored = store.head(row.key)
        if stored is None or stored[0] == 0 or not stored[1].startswith(row.content_type[:5]):
            original(row)


@FAULT("Complete accepts an object of an unsupported type.", "FH-COMPLETE-12")
def unsupported_stored_types_complete(server: Server) -> None:
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        stored = store.head(row.key)
        if stored is None or stored[0] == 0 or stored[1] in TYPES:
            original(row)


@FAULT("Complete accepts an object that was stored without a type.", "FH-COMPLETE-12")
def untyped_objects_complete(server: Server) -> None:
    library = server.subject

    @server.answers("create_upload")
    def unsigned(answer: Answer) -> None:
        key = library.store.key_of(answer.data["upload_url"])
        seconds = max(int(library.settings.upload_ttl), 1)
        answer.data["upload_url"] = library.store.signed_put(key, None, seconds)

    # From a key without an extension, the store cannot guess a type.
    server.replaces("object_key")(lambda _, owner, __: f"media/{owner}/{token_hex(16)}")

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        stored = library.store.head(row.key)
        if stored is None or stored[0] == 0 or not stored[1].endswith("octet-stream"):
            original(row)


@FAULT("A caller can complete the session of another caller.", "FH-COMPLETE-14")
def anybody_completes_a_session(server: Server) -> None:
    @server.replaces("state.upload")
    def upload(original: Any, upload_id: str, owner: str) -> UploadRow | None:
        other = other_caller(owner)
        row: UploadRow | None = original(upload_id, owner) or original(upload_id, other)
        return row


@FAULT("A complete with a body that is not a JSON object gets a server error.", "FH-COMPLETE-16")
def complete_crashes_on_a_body(server: Server) -> None:
    @server.wraps(_COMPLETE)
    async def fragile(endpoint: Endpoint, request: Request) -> Response:
        body = (await request.body()).strip()
        if body and not (body.startswith(b"{") and body.endswith(b"}")):
            return PlainTextResponse("SyntaxError", 500)
        return await endpoint(request)


@FAULT("The answer to the complete of a video has a number as id.", "FH-COMPLETE-SCHEMA")
def video_completes_with_a_number(server: Server) -> None:
    library = server.subject

    @server.answers(_COMPLETE)
    def number(answer: Answer) -> None:
        row = library.state.media(answer.data["id"], "main")
        if row is not None and row.type == "video":
            answer.data["id"] = 7


@FAULT("The status of a complete is 299.", "FH-COMPLETE-SCHEMA-REF")
def complete_answers_299(server: Server) -> None:
    server.answers(_COMPLETE)(lambda answer: setattr(answer, "status", 299))
