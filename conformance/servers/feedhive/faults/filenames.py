"""Faults of filenames: characters that break the server, and types guessed from a name."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_CREATE = "create_upload"


@FAULT("A filename with a character outside ASCII causes a server error.", "FH-CREATE-17")
def crashes_on_unicode_filenames(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        if isinstance(filename, str) and not filename.isascii():
            raise Refusal(500, "'ascii' codec cannot encode")
        return original(owner, filename, declared)


@FAULT("A percent sign in the filename breaks the upload URL.", "FH-CREATE-17")
def percent_signs_break_the_url(server: Server) -> None:
    @server.answers(_CREATE)
    def broken(answer: Answer) -> None:
        if "%" in str(answer.sent.get("filename")):
            answer.data["upload_url"] = answer.data["upload_url"].replace(
                "media/", "media%2F%25", 1
            )


def _hostile(name: str, operation: str, sentence: str) -> None:
    """Register a fault: an operation fails for an upload with a quote in its filename."""

    def apply(server: Server) -> None:
        marked: set[str] = set()

        @server.answers(_CREATE)
        def created(answer: Answer) -> None:
            if '"' in str(answer.sent.get("filename")):
                marked.add(answer.data["upload_id"])

        @server.answers("complete_upload")
        def completed(answer: Answer) -> None:
            if answer.request.path_params["id"] in marked:
                marked.add(answer.data["id"])

        @server.wraps(operation)
        async def fragile(endpoint: Endpoint, request: Request) -> Response:
            if request.path_params["id"] in marked:
                return PlainTextResponse('unrecognized token: "', 500)
            return await endpoint(request)

    FAULT.add(name, sentence, apply, "FH-CREATE-17")


_hostile("quotes-break-complete", "complete_upload", "A quote in the filename breaks complete.")
_hostile("quotes-break-get", "get_media", "A quote in the filename breaks get.")
_hostile("quotes-break-delete", "delete_media", "A quote in the filename breaks delete.")


def _typed_by_name(name: str, suffix: str, kind: str, sentence: str) -> None:
    def apply(server: Server) -> None:
        state = server.subject.state

        @server.replaces("state.complete")
        def complete(original: Any, upload_id: str, media: Any) -> Any:
            row = state.upload(upload_id, media.owner)
            last = row.filename.rpartition(".")[2] if "." in row.filename else ""
            if last == suffix and row.content_type == "video/mp4":
                object.__setattr__(media, "type", kind)
            return original(upload_id, media)

    FAULT.add(name, sentence, apply, "FH-GET-06")


_typed_by_name(
    "names-decide-the-type",
    "png",
    "image",
    "A video with a filename like clip.png becomes an image.",
)
_typed_by_name(
    "types-need-an-extension",
    "",
    "image",
    "A video with a filename without an extension becomes an image.",
)


def _of_the_clock(name: str, requirement: str, sentence: str, member: str) -> None:
    """Register a fault: sessions with one filename in one hundredth of a second share a member."""

    def apply(server: Server) -> None:
        known: dict[tuple[object, int], str] = {}

        @server.answers(_CREATE)
        def timed(answer: Answer) -> None:
            moment = answer.sent.get("filename"), int(time.time() * 100)
            answer.data[member] = known.setdefault(moment, answer.data[member])

    FAULT.add(name, sentence, apply, requirement)


_of_the_clock(
    "upload-ids-of-the-clock",
    "FH-CREATE-10",
    "upload_id consists of the filename and the time.",
    "upload_id",
)
_of_the_clock(
    "objects-of-the-clock",
    "FH-CREATE-11",
    "The object key consists of the filename and the time.",
    "upload_url",
)
