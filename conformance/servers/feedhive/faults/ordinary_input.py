"""Faults with input that people and programs send every day: names, types, bodies, cursors."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_COLUMN = 255
_LONGEST_NAME = 1_000
_WRONG = 400
_CRASH = 500


def _names(name: str, requirement: str, sentence: str, status: Callable[[str], int]) -> None:
    """Register a fault: create refuses a filename with this status, or takes it at 0."""

    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create(original: Any, owner: str, filename: object, content_type: object) -> Any:
            found = status(filename) if isinstance(filename, str) else 0
            if found:
                raise Refusal(found, "this filename cannot be used")
            return original(owner, filename, content_type)

    FAULT.add(name, sentence, apply, requirement)


def _crashes_above(length: int) -> int:
    if length > _LONGEST_NAME:
        return _WRONG
    return _CRASH if length > _COLUMN else 0


_names(
    "long-names-crash-create",
    "FH-CREATE-17",
    "A filename of 256 to 1,000 characters is a server error; a longer one is refused.",
    lambda name: _crashes_above(len(name)),
)
_names(
    "names-of-many-bytes-crash-create",
    "FH-CREATE-17",
    "A filename of up to 255 characters that has more bytes than that is a server error.",
    lambda name: (
        _WRONG if len(name) > _COLUMN else _crashes_above(len(name.encode("utf-8", "replace")))
    ),
)
_names(
    "dots-alone-crash-create",
    "FH-CREATE-18",
    "A filename of two dots is a server error.",
    lambda name: _CRASH if name in {".", "..", "/"} else 0,
)


def _signs(name: str, sign: str) -> None:
    """Register a fault: the upload URL of a filename with this sign has a wrong signature."""

    def apply(server: Server) -> None:
        @server.answers("create_upload")
        def broken(answer: Answer) -> None:
            if sign in str(answer.sent.get("filename")):
                url = answer.data["upload_url"]
                answer.data["upload_url"] = re.sub("(Signature=)..", r"\g<1>zz", url)

    FAULT.add(name, f"A {sign} in the filename makes the upload URL useless.", apply, "FH-PUT-01")


_signs("at-signs-break-the-upload-url", "@")
_signs("tildes-break-the-upload-url", "~")
_signs("semicolons-break-the-upload-url", ";")


def _takes(name: str, other: str, known: str) -> None:
    """Register a fault: create takes another type for a known one."""

    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create(original: Any, owner: str, filename: object, content_type: object) -> Any:
            return original(owner, filename, known if content_type == other else content_type)

    FAULT.add(name, f"{other} is taken for {known}.", apply, "FH-CREATE-08")


_takes("x-quicktime-is-taken", "video/x-quicktime", "video/quicktime")
_takes("mpeg4-is-taken", "video/mpeg4", "video/mp4")
_takes("any-video-is-taken", "video/*", "video/mp4")
_takes("x-gif-is-taken", "image/x-gif", "image/gif")
_takes("jfif-is-taken", "image/jfif", "image/jpeg")


def _filenames(name: str, sentence: str, read: Callable[[Any], Any]) -> None:
    """Register a fault: a filename that is not a string is read in this way."""

    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create(original: Any, owner: str, filename: object, content_type: object) -> Any:
            return original(owner, read(filename), content_type)

    FAULT.add(name, sentence, apply, "FH-CREATE-05")


_filenames(
    "fractions-are-filenames",
    "A filename may be a fraction.",
    lambda value: str(value) if isinstance(value, float) else value,
)
_filenames(
    "bodies-are-filenames",
    "A filename may be an object that has the filename.",
    lambda value: value.get("filename", value) if isinstance(value, dict) else value,
)


def _completes(name: str, declared: set[str], stored: str) -> None:
    """Register a fault: an object of a wrong type completes an upload of these types."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("check_object")
        def check(original: Any, row: Any) -> None:
            found = library.store.head(row.key)
            if not (found and found[0] and found[1] == stored and row.content_type in declared):
                original(row)

    what = " or ".join(sorted(declared))
    FAULT.add(name, f"{stored} completes {what}.", apply, "FH-COMPLETE-12")


_completes(
    "octet-streams-complete-quicktime-films",
    {"video/quicktime", "video/mov"},
    "application/octet-stream",
)
_completes("octet-streams-complete-gifs", {"image/gif"}, "application/octet-stream")
_completes("web-pages-complete-jpegs", {"image/jpeg"}, "text/html")
_completes("binary-octet-streams-complete", {"image/png", "video/mp4"}, "binary/octet-stream")


@FAULT("A complete with a body succeeds a second time.", "FH-COMPLETE-08")
def second_completes_with_a_body_succeed(server: Server) -> None:
    library = server.subject
    with_a_body: set[str] = set()

    @server.wraps("complete_upload")
    async def noted(endpoint: Endpoint, request: Request) -> Response:
        if (await request.body()).strip():
            with_a_body.add(request.path_params["id"])
        return await endpoint(request)

    @server.replaces("complete_upload")
    def complete(original: Any, owner: str, upload_id: str) -> Any:
        row = library.state.upload(upload_id, owner)
        if row and row.completed_at is not None and upload_id in with_a_body:
            with library.state.transaction() as connection:
                found = connection.execute("SELECT id FROM media WHERE key = ?", (row.key,))
                for (media_id,) in found.fetchall():
                    return media_id
        return original(owner, upload_id)


@FAULT("A cursor that is the base64 of other JSON is a server error.", "FH-LIST-05")
def cursors_of_other_json_crash(server: Server) -> None:
    @server.wraps("list_media")
    async def listed(endpoint: Endpoint, request: Request) -> Response:
        cursor = request.query_params.get("cursor", "")
        try:
            value = json.loads(base64.b64decode(cursor + "==", altchars=b"-_"))
        except ValueError:
            return await endpoint(request)
        if isinstance(value, list) and len(value) > 1:
            return await endpoint(request)
        return PlainTextResponse("Internal Server Error", _CRASH)


@FAULT("A PATCH on the path of create opens a session.", "FH-ERROR-05")
def creates_by_patch(server: Server) -> None:
    async def created(_: Request) -> Response:
        text = '{"success": true, "data": {"upload_id": "upl_1", "upload_url": null}}'
        return Response(text, media_type="application/json")

    server.routes.append(Route("/media/uploads", created, methods=["PATCH"]))
