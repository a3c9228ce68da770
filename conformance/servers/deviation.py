"""Makes a reference server deviate: from its documents (faults) or from its habits (variants).

A deviation is one small function. It takes the `Server` and changes what it needs: a rule of
the subject, the answers of an operation, or the way of a request through the server.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from conformance.servers.store import StoreAccess

    Endpoint = Callable[[Request], Awaitable[Response]]
    Around = Callable[[Endpoint, Request], Awaitable[Response]]
    Apply = Callable[["Server"], Any]
    Front = Callable[[StoreAccess], Starlette]

_CLIENT_ERROR = 400


@dataclass(frozen=True)
class Deviation:
    """A fault or a variant: its name, one sentence, and for a fault the requirement it breaks.

    `warns` names the SHOULD requirements that a variant is allowed to miss, because the
    document leaves the choice to the server. `front` makes the endpoint of a storage that stands
    before the store; server and clients use it instead of the store. `shown_by` names the command
    that shows a fault where no run of the suite can; otherwise it is empty. `effort` is the least
    that looks for a fault: the quick one waits only some seconds.
    """

    name: str
    sentence: str
    apply: Apply
    requirement: str = ""
    warns: tuple[str, ...] = ()
    front: Front | None = None
    shown_by: str = ""
    effort: str = "quick"


@dataclass
class Answer:
    """A JSON answer, which a deviation may change in place; `sent` is the request's JSON body."""

    status: int
    body: dict[str, Any]
    request: Request
    sent: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The data member of the body."""
        data: dict[str, Any] = self.body["data"]
        return data


@dataclass
class Server:
    """The object that deviations change: the subject with its rules, and its operations.

    `subject` is FeedHive's library or Hayon's publisher. If `own_date` is true, a deviation
    writes the Date header, and the HTTP server does not. After `keep_alive_s` idle seconds the
    HTTP server closes a connection; with `ends_kept` it closes it at the second request.
    """

    subject: Any
    around: list[tuple[frozenset[str], Around]] = field(default_factory=list)
    routes: list[BaseRoute] = field(default_factory=list)
    own_date: bool = False
    keep_alive_s: int = 5
    ends_kept: bool = False

    def replaces(self, rule: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Replace a rule by a function, which gets the original rule as its first argument.

        `rule` is the name of a method of the subject, such as `delete`, or a path to a method
        of one of its parts, such as `state.complete`.
        """

        def put(function: Callable[..., Any]) -> Callable[..., Any]:
            *path, name = rule.split(".")
            owner = functools.reduce(getattr, path, self.subject)
            setattr(owner, name, functools.partial(function, getattr(owner, name)))
            return function

        return put

    def wraps(self, *operations: str) -> Callable[[Around], Around]:
        """Put a function around the operations; without operations, around all of them."""

        def put(function: Around) -> Around:
            self.around.append((frozenset(operations), function))
            return function

        return put

    def answers(
        self, *operations: str, refusals: bool = False
    ) -> Callable[[Callable[[Answer], Any]], Callable[[Answer], Any]]:
        """Change the successful JSON answers of operations; with `refusals`, the refusals."""

        def put(change: Callable[[Answer], Any]) -> Callable[[Answer], Any]:
            @self.wraps(*operations)
            async def changed(endpoint: Endpoint, request: Request) -> Response:
                response = await endpoint(request)
                if (response.status_code >= _CLIENT_ERROR) != refusals:
                    return response
                answer = Answer(
                    response.status_code,
                    json.loads(bytes(response.body)),
                    request,
                    await _sent(request),
                )
                change(answer)
                return JSONResponse(answer.body, answer.status)

            return change

        return put

    def endpoint(self, operation: str, original: Endpoint) -> Endpoint:
        """Return the endpoint of an operation, inside all functions that were put around it."""
        for operations, function in self.around:
            if not operations or operation in operations:
                original = functools.partial(function, original)
        return original


async def _sent(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
