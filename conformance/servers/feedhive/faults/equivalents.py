"""Faults of equivalent spellings: a request that only looks different is not understood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server

_REQUIREMENT = "FH-LIFECYCLE-06"


def _unread(
    name: str, sentence: str, operations: tuple[str, ...], odd: Callable[[Request, bytes], bool]
) -> None:
    """Register a fault: operations do not find what a request names if `odd` holds for it."""

    def apply(server: Server) -> None:
        @server.wraps(*operations)
        async def strict(endpoint: Endpoint, request: Request) -> Response:
            if odd(request, await request.body()):
                return JSONResponse({"success": False, "message": "Not found"}, 404)
            return await endpoint(request)

    FAULT.add(name, sentence, apply, _REQUIREMENT)


def _raw(request: Request) -> bytes:
    """Return the path as it was sent; a server may have left the query behind it."""
    path: bytes = request.scope.get("raw_path") or b""
    return path.partition(b"?")[0]


def _needlessly_encoded(request: Request, _: bytes) -> bool:
    """Whether the path percent-encodes something that needs no encoding."""
    found = request.path_params.get("id", "")
    return bool(found) and quote(found, safe="").lower().encode() not in _raw(request).lower()


def _lower_hexadecimal(request: Request, _: bytes) -> bool:
    raw = _raw(request)
    return any(part[:2] != part[:2].upper() for part in raw.split(b"%")[1:])


def _escaped(_: Request, body: bytes) -> bool:
    return b"\\u00" in body and b"\\u0000" not in body and _is_json(body)


def _is_json(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except ValueError:
        return False
    return isinstance(found, dict) and str(found.get("content_type")).isprintable()


_IDS = ("complete_upload", "get_media", "delete_media")

_unread(
    "letters-of-ids-must-not-be-encoded",
    "An id with a needlessly percent-encoded letter is not found.",
    _IDS,
    _needlessly_encoded,
)
_unread(
    "percent-encodings-must-be-in-upper-case",
    "An id is not found if its percent-encodings are in lower case.",
    _IDS,
    _lower_hexadecimal,
)
_unread(
    "escapes-in-json-are-not-read",
    "Create does not read JSON whose characters are escaped.",
    ("create_upload",),
    _escaped,
)
_unread(
    "limits-must-not-be-encoded",
    "A list whose limit has percent-encoded digits is not found.",
    ("list_media",),
    lambda request, _: b"limit=%3" in request.scope["query_string"],
)
