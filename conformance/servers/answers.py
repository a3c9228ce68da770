"""The parts that the reference servers share: callers and their keys, JSON bodies, refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from conformance.servers.store import StoreAccess


#: The callers of a reference server; each has a key.
CALLERS = ("main", "other")


@dataclass(frozen=True)
class Settings:
    """The settings of a reference server.

    `tokens` maps each key to its caller; `upload_ttl` is the life of uploads in seconds.
    """

    store: StoreAccess
    tokens: dict[str, str]
    upload_ttl: float
    plain_ids: bool = False


class Refusal(Exception):
    """A refused request: the status and the message of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


#: The refusal of a request that the store fails.
STORE_FAILED = Refusal(500, "The storage does not answer")


def caller_of(authorization: str, tokens: dict[str, str]) -> str:
    """Return the caller that the Bearer key belongs to (RFC 6750 section 2.1); else 401."""
    scheme, _, token = authorization.partition(" ")
    caller = tokens.get(token.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        raise Refusal(401, "Missing or invalid API key")
    return caller


def other_caller(caller: str) -> str:
    """Return the caller who is not this one."""
    return CALLERS[1] if caller == CALLERS[0] else CALLERS[0]


async def json_object(request: Request) -> dict[str, Any]:
    """Return the body of a request as a JSON object; else refuse with 400."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Refusal(400, "The request body must be valid JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The request body must be a JSON object")
    return body


def refused(error: Refusal, **more: Any) -> Response:
    """Return the answer to a refused request; `more` are further members of its body."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None  # noqa: PLR2004 - RFC 9110 section 11.6.1
    return JSONResponse({"success": False, "message": error.message, **more}, error.status, headers)


def unrouted(request: Request, error: Exception, **more: Any) -> Response:
    """Return the answer to a request that no route takes; `more` are further members.

    If only the method is wrong, it names those that the path has (RFC 9110 section 15.5.6).
    """
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = refused(Refusal(status, "No such operation"), **more)
    if status == 405:  # noqa: PLR2004 - RFC 9110 section 15.5.6
        response.headers["Allow"] = ", ".join(sorted(set(_methods(request))))
    return response


def _methods(request: Request) -> Iterator[str]:
    """Yield the methods of the first path that fits; it has a route for each operation."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    path = request.scope["path"]
    first = next((route.path for route in routes if route.path_regex.match(path)), None)
    for route in routes:
        if route.path == first:
            yield from route.methods or ()
