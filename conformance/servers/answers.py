"""What both reference servers say alike: JSON answers, refusals, and whose key was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.store import StoreAccess


@dataclass(frozen=True)
class Settings:
    """How a reference server is set up; `upload_ttl` is in seconds, `tokens` maps to callers."""

    store: StoreAccess
    tokens: dict[str, str]
    upload_ttl: float
    plain_ids: bool = False


class Refusal(Exception):
    """A refusal: the status and the message that the client is told."""

    def __init__(self, status: int, message: str) -> None:
        """Keep what the answer needs."""
        super().__init__(message)
        self.status = status
        self.message = message


def caller_of(authorization: str, tokens: dict[str, str]) -> str:
    """Return the caller whose Bearer key was sent (RFC 6750 section 2.1), or refuse with 401."""
    scheme, _, token = authorization.partition(" ")
    caller = tokens.get(token.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        raise Refusal(401, "Missing or invalid API key")
    return caller


async def json_object(request: Request) -> dict[str, Any]:
    """Return the request's body as a JSON object, or refuse with 400."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Refusal(400, "The request body must be valid JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The request body must be a JSON object")
    return body


def refused(error: Refusal, **more: Any) -> Response:
    """Render a refusal."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None  # noqa: PLR2004 - RFC 9110 section 11.6.1
    return JSONResponse({"success": False, "message": error.message, **more}, error.status, headers)
