"""Bends a reference server away from its documents (faults) or from its own habits (variants).

A bend is one small function that takes the `Server` and changes what it needs: a rule of the
library or publisher, the answers of an operation, or the way a request takes.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.routing import Route

    Endpoint = Callable[[Request], Awaitable[Response]]
    Around = Callable[[Endpoint, Request], Awaitable[Response]]
    Apply = Callable[["Server"], None]

_CLIENT_ERROR = 400


@dataclass(frozen=True)
class Bend:
    """One deviation: a name, one sentence, and for a fault the requirement that it breaks.

    `warns` names the SHOULD rows that a variant departs from by a freedom of the page.
    """

    name: str
    sentence: str
    apply: Apply
    requirement: str = ""
    warns: tuple[str, ...] = ()


@dataclass
class Answer:
    """A JSON answer that a bend may change in place; `arguments` are the path's parameters."""

    status: int
    body: dict[str, Any]
    request: Request
    sent: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The answer's data member."""
        data: dict[str, Any] = self.body["data"]
        return data


@dataclass
class Server:
    """What a bend works on: the subject with its rules, and the ways around its operations.

    `subject` is FeedHive's library or Hayon's publisher; with `own_date` the bends write
    the Date header, and the HTTP server does not.
    """

    subject: Any
    around: list[tuple[frozenset[str], Around]] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    own_date: bool = False

    def replaces(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Put a function in the place of a rule; it gets the honest rule first."""

        def put(function: Callable[..., Any]) -> Callable[..., Any]:
            honest = getattr(self.subject, name)
            setattr(self.subject, name, functools.partial(function, honest))
            return function

        return put

    def wraps(self, *operations: str) -> Callable[[Around], Around]:
        """Put a function around operations (all, when none is named)."""

        def put(function: Around) -> Around:
            self.around.append((frozenset(operations), function))
            return function

        return put

    def answers(
        self, *operations: str, refusals: bool = False
    ) -> Callable[[Callable[[Answer], None]], Callable[[Answer], None]]:
        """Change the JSON successes of operations, or with `refusals` their refusals."""

        def put(change: Callable[[Answer], None]) -> Callable[[Answer], None]:
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

    def endpoint(self, operation: str, honest: Endpoint) -> Endpoint:
        """Return an operation's endpoint with everything that was put around it."""
        for operations, function in self.around:
            if not operations or operation in operations:
                honest = functools.partial(function, honest)
        return honest


async def _sent(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


class Bends:
    """The bends of one kind and profile, in the order in which they are written down."""

    def __init__(self, kind: str) -> None:
        """Begin empty; `kind` is the word for what these are."""
        self.kind = kind
        self._bends: dict[str, Bend] = {}

    def __call__(
        self, sentence: str, requirement: str = "", *, warns: tuple[str, ...] = ()
    ) -> Callable[[Apply], Apply]:
        """Register a function, under its own name with dashes."""

        def register(apply: Apply) -> Apply:
            name = apply.__name__.strip("_").replace("_", "-")
            self.add(name, sentence, apply, requirement, warns=warns)
            return apply

        return register

    def add(
        self,
        name: str,
        sentence: str,
        apply: Apply,
        requirement: str = "",
        *,
        warns: tuple[str, ...] = (),
    ) -> None:
        """Register a bend, whose name must be new."""
        if name in self._bends:
            raise ValueError(f"two {self.kind}s are called {name}")
        self._bends[name] = Bend(name, sentence, apply, requirement, warns)

    def __iter__(self) -> Iterator[Bend]:
        """Iterate over the bends."""
        return iter(self._bends.values())

    def __len__(self) -> int:
        """Count the bends."""
        return len(self._bends)

    def __contains__(self, name: object) -> bool:
        """Say whether a bend has the name."""
        return name in self._bends

    def __getitem__(self, name: str) -> Bend:
        """Return the bend of a name."""
        return self._bends[name]
