"""Faults of an upload request whose type is unlisted, blank, or not in contentType."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.gate import Gate
from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

    Pick = Callable[[Request, dict[str, Any]], object]

_UPLOAD = "create_media_upload"
_PNG = "image/png"
_FILMS = ("video/mp4", "video/quicktime")
_BAD_REQUEST = 400


async def _members(request: Request) -> dict[str, Any]:
    """Return the members of a body; none where it is no object."""
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _falls_back(name: str, requirement: str, sentence: str, pick: Pick) -> None:
    """Register a fault: where contentType is refused, the type comes from somewhere else."""

    def apply(server: Server) -> None:
        @server.wraps(_UPLOAD)
        async def otherwise(endpoint: Endpoint, request: Request) -> Response:
            answer = await endpoint(request)
            if answer.status_code != _BAD_REQUEST:
                return answer
            picked = pick(request, await _members(request))
            if picked not in EXTENSIONS:
                return answer
            publisher = server.subject
            caller = publisher.caller(_UPLOAD, request.headers.get("authorization", ""))
            data = publisher.upload_url(caller, picked, str(request.base_url))
            message = "Upload URL generated"
            return JSONResponse({"success": True, "message": message, "data": data})

    FAULT.add(name, sentence, apply, requirement)


def _takes(name: str, sentence: str, taken: tuple[str, ...]) -> None:
    _falls_back(
        name,
        "HY-UPLOAD-21",
        sentence,
        lambda _, members: _PNG if members.get("contentType") in taken else None,
    )


_takes("takes-matroska", "The server accepts video/x-matroska.", ("video/x-matroska",))
_takes("takes-windows-media", "The server accepts video/x-ms-wmv.", ("video/x-ms-wmv",))
_takes("takes-wave-sounds", "The server accepts audio/wav.", ("audio/wav",))
_takes("takes-tables-of-text", "The server accepts text/csv.", ("text/csv",))
_takes(
    "takes-json-and-scripts",
    "The server accepts application/json and text/javascript.",
    ("application/json", "text/javascript"),
)
_takes(
    "takes-sounds-in-mp4",
    "The server accepts audio/mp4 and application/mp4.",
    ("audio/mp4", "application/mp4"),
)
_falls_back(
    "takes-a-listed-type-as-parameter",
    "HY-UPLOAD-21",
    "The server accepts every type with a parameter that is a listed type.",
    lambda _, members: (
        _PNG if re.search("; *[a-z]+=image/png", str(members.get("contentType"))) else None
    ),
)
_falls_back(
    "takes-the-type-of-another-member",
    "HY-UPLOAD-23",
    "The server takes a missing contentType from mimeType.",
    lambda _, members: None if "contentType" in members else members.get("mimeType"),
)
_falls_back(
    "takes-the-type-of-a-file-name",
    "HY-UPLOAD-23",
    "The server takes a missing contentType from the name of the file.",
    lambda _, members: (
        _PNG
        if "contentType" not in members and str(members.get("fileName")).endswith(".png")
        else None
    ),
)
_falls_back(
    "takes-the-type-of-the-header",
    "HY-UPLOAD-23",
    "The server takes a missing contentType from the header of the request.",
    lambda request, members: (
        None if "contentType" in members else request.headers.get("content-type")
    ),
)
_falls_back(
    "takes-a-blank-type",
    "HY-UPLOAD-24",
    "The server reads a contentType of blanks as image/png.",
    lambda _, members: _PNG if re.fullmatch(" +", str(members.get("contentType"))) else None,
)
_falls_back(
    "file-names-outrank-the-type",
    "HY-UPLOAD-21",
    "The server takes an unsupported type from the name of the file instead.",
    lambda _, members: (
        _PNG if members.get("contentType") and str(members.get("fileName")).endswith(".png") else 0
    ),
)
_falls_back(
    "empty-types-come-from-another-member",
    "HY-UPLOAD-24",
    "The server takes an empty contentType from mimeType.",
    lambda _, members: members.get("mimeType") if members.get("contentType") == "" else None,
)
_falls_back(
    "null-types-come-from-another-member",
    "HY-UPLOAD-25",
    "The server takes a contentType that is null from mimeType.",
    lambda _, members: members.get("mimeType") if members.get("contentType", "") is None else None,
)


def _crashes(name: str, sentence: str, crashes: Callable[[str], bool]) -> None:
    """Register a fault: some types cause a server error."""

    def apply(server: Server) -> None:
        @server.wraps(_UPLOAD)
        async def fragile(endpoint: Endpoint, request: Request) -> Response:
            declared = str((await _members(request)).get("contentType"))
            if "authorization" in request.headers and crashes(declared):
                return PlainTextResponse("Internal Server Error", 500)
            return await endpoint(request)

    FAULT.add(name, sentence, apply, "HY-UPLOAD-21")


_crashes(
    "long-types-crash",
    "A type of more than 255 letters causes a server error.",
    lambda declared: len(declared) > 255,
)
_crashes(
    "parameters-of-a-type-crash",
    "A type with a parameter causes a server error.",
    lambda declared: ";" in declared,
)


@FAULT("The server itself stores the films that it gets.", "HY-WORKFLOW-01")
def films_pass_through_the_server(server: Server) -> None:
    class FilmGate(Gate):
        def redirected(self, answer: Answer) -> None:
            if answer.sent["contentType"] in _FILMS:
                super().redirected(answer)

    FilmGate(server).store = server.subject.store
