"""Faults of what a filename may hold, and of what it may decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from conformance.servers.answers import Refusal
from conformance.servers.faults.registry import FEEDHIVE as FAULT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.bending import Answer, Endpoint, Server

_CREATE = "create_upload"


@FAULT("A filename with other than ASCII letters is a server error.", "FH-CREATE-17")
def crashes_on_unicode_filenames(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(honest: Any, owner: str, filename: object, declared: object) -> Any:
        if isinstance(filename, str) and not filename.isascii():
            raise Refusal(500, "'ascii' codec cannot encode")
        return honest(owner, filename, declared)


@FAULT("A filename with a percent sign gets a URL that does not work.", "FH-CREATE-17")
def percent_signs_break_the_url(server: Server) -> None:
    @server.answers(_CREATE)
    def broken(answer: Answer) -> None:
        if "%" in str(answer.sent.get("filename")):
            answer.data["upload_url"] = answer.data["upload_url"].replace(
                "media/", "media%2F%25", 1
            )


def _hostile(name: str, operation: str, sentence: str) -> None:
    """Register a fault that breaks an operation on what was created with a quote in its name."""

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
_hostile("quotes-break-get", "get_media", "A quote in the filename breaks fetching.")
_hostile("quotes-break-delete", "delete_media", "A quote in the filename breaks deleting.")
