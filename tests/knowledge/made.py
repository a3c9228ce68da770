"""Makes events for tests, as a stream of exchanges would."""

from __future__ import annotations

import math

from conformance.knowledge.event import Event
from conformance.knowledge.facts import Asked
from conformance.model.exchange import Exchange, Request, Response


def event(
    method: str = "PUT",
    *,
    began: float = 0.0,
    ended: float = math.inf,
    status: int | None = 200,
    body: bytes = b"",
    retries: int = 0,
    label: str = "image/png",
) -> Event:
    """Return an event; without an end it is in flight, without a status its answer is lost."""
    request = Request(method, "https://s/b/k", (("Content-Type", label),), body)
    made = Event(0, request, Asked(), "main", began)
    if ended < math.inf:
        response = None if status is None else Response(status, (), b"", 0.1)
        made.exchange = Exchange(request, response, None, retries=retries)
        made.ended = ended
    return made
