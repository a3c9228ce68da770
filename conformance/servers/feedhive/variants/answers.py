"""Variants of the answers: their statuses, fields and timestamps."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.feedhive.library import MAXIMUM_LIMIT
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_INDIA = timezone(timedelta(hours=5, minutes=30))


@VARIANT("The status of a create is 200 instead of 201.")
def create_answers_200(server: Server) -> None:
    server.answers("create_upload")(lambda answer: setattr(answer, "status", 200))


@VARIANT("The status of a complete is 201 instead of 200.")
def complete_answers_201(server: Server) -> None:
    server.answers("complete_upload")(lambda answer: setattr(answer, "status", 201))


@VARIANT("Each refusal with 409 is a 422 instead.")
def refuses_with_422(server: Server) -> None:
    @server.answers(refusals=True)
    def other(answer: Answer) -> None:
        answer.status = 422 if answer.status == 409 else answer.status


@VARIANT("Each reason to refuse a complete has its own status.")
def particular_refusals(server: Server) -> None:
    @server.answers("complete_upload", refusals=True)
    def particular(answer: Answer) -> None:
        statuses = {"expired": 410, "Nothing": 409, "empty": 422, "type": 415, "completed": 409}
        message = answer.body["message"]
        answer.status = next(
            (code for word, code in statuses.items() if word in message), answer.status
        )


@VARIANT("The resources of another caller get a 403.")
def foreign_is_403(server: Server) -> None:
    library = server.subject

    def foreign(table: Callable[[str, str], Any], found_id: str) -> bool:
        return any(table(found_id, caller) for caller in CALLERS)

    @server.answers("get_media", "delete_media", "complete_upload", refusals=True)
    def forbidden(answer: Answer) -> None:
        found_id = answer.request.path_params["id"]
        if answer.status == 404 and (
            foreign(library.state.media, found_id) or foreign(library.state.upload, found_id)
        ):
            answer.status = 403


@VARIANT("The server refuses a limit above 100.")
def large_limits_are_refused(server: Server) -> None:
    @server.replaces("page_size")
    def page_size(original: Any, text: str | None) -> int:
        if text is not None and text.isdecimal() and int(text) > MAXIMUM_LIMIT:
            raise Refusal(400, "limit must not exceed 100")
        limit: int = original(text)
        return limit


@VARIANT("The server reads a limit that is not a number as the default, and a limit below 1 as 1.")
def bad_limits_are_mended(server: Server) -> None:
    @server.replaces("page_size")
    def page_size(original: Any, text: str | None) -> int:
        number = int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else None
        limit: int = original(None) if number is None else min(max(number, 1), MAXIMUM_LIMIT)
        return limit


@VARIANT("Timestamps have an offset and microseconds.")
def moments_with_offset(server: Server) -> None:
    def rewritten(text: str) -> str:
        return datetime.fromisoformat(text).astimezone(_INDIA).isoformat(timespec="microseconds")

    _moments(server, rewritten)


@VARIANT("Timestamps are in whole seconds.")
def moments_in_seconds(server: Server) -> None:
    _moments(server, lambda text: text[:19] + "Z")


def _moments(server: Server, rewritten: Callable[[str], str]) -> None:
    @server.answers("create_upload")
    def expiry(answer: Answer) -> None:
        answer.data["expires_at"] = rewritten(answer.data["expires_at"])

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        return {**answer, "created_at": rewritten(answer["created_at"])}


@VARIANT("Every object has additional fields.")
def more_fields(server: Server) -> None:
    @server.answers()
    def more(answer: Answer) -> None:
        answer.body.update(meta={"request_id": "r"}, message="OK")
        answer.data.update(links={"self": "/"}, version=3)

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        return {**original(row), "width": 1, "height": None, "tags": []}

    @server.answers(refusals=True)
    def more_refused(answer: Answer) -> None:
        answer.body.update(code="REFUSED", errors=[], data=None)


@VARIANT("All fields that may be null are null.")
def null_fields(server: Server) -> None:
    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        return {**original(row), "mime_type": None, "thumbnail_url": None, "created_at": None}


@VARIANT("mime_type is the common name of a type, not its alias.")
def canonical_types(server: Server) -> None:
    common = {"image/jpg": "image/jpeg", "video/mov": "video/quicktime"}

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        return {**answer, "mime_type": common.get(row.mime_type, row.mime_type)}


@VARIANT("A path that no route matches gets a plain 404 from the framework.")
def plain_404(server: Server) -> None:
    @server.wraps("get_media", "delete_media")
    async def plain(endpoint: Endpoint, request: Request) -> Response:
        media_id = request.path_params["id"]
        if not media_id.isprintable() or "//" in media_id or ".." in media_id:
            return PlainTextResponse("Not Found", 404)
        return await endpoint(request)


@VARIANT("The server reads the body before it checks the key.")
def parses_before_authenticating(server: Server) -> None:
    @server.wraps("create_upload")
    async def parsed(endpoint: Endpoint, request: Request) -> Response:
        try:
            await request.json()
        except (ValueError, RecursionError):
            return JSONResponse({"success": False, "message": "Malformed JSON"}, 400)
        return await endpoint(request)
