"""When a request is sent again, and after which pause.

A server may ask for a pause, and a proxy or a storage may fail for a moment: neither shows how
the server answers. A request is sent again only a few times; then its last answer is judged.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance.model.exchange import http_date

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange, Response

_FORBIDDEN, _TOO_MANY_REQUESTS, _INTERNAL, _UNAVAILABLE = 403, 429, 500, 503
# A 429 may come without Retry-After (RFC 6585 section 4); the kit then waits this long.
_DEFAULT_PAUSE_S = 1.0
# A server may ask for no pause at all: then the pauses grow from the first to the second.
_SHORTEST_PAUSE_S, _LONGEST_SHORT_PAUSE_S = 0.05, 1.0
# S3 API reference, error responses: failures of a moment, which its SDKs try again.
_MOMENTARY = re.compile(rb"<Code>\s*(InternalError|SlowDown|ServiceUnavailable)\s*</Code>")
# How often a request is sent again without a request for a pause, and the first pause; each
# further pause is twice as long, 3.75 s in total.
_MOST_RETRIES = 4
_FIRST_PAUSE_S = 0.25
# Clients that failed together come again apart: a pause is longer by up to this part.
_SPREAD = 0.3
# Once so many requests of an operation failed to the end, its failures do not pass: the next
# ones are sent again only once.
_IN_VAIN = 3


class Retries:
    """Decides for one client which requests are sent again."""

    def __init__(self) -> None:
        self._in_vain: dict[tuple[str | None, int | None], int] = {}

    def pause(self, exchange: Exchange, retries: int) -> float | None:
        """Return the seconds to wait before the request is sent again; None to judge the answer.

        Args:
            exchange: The request and its last answer.
            retries: How often it was sent again already.
        """
        response = exchange.response
        if response is None:
            return None
        asked = requested_pause(exchange)
        if asked is not None and response.status != _FORBIDDEN:
            return asked if asked > 0 else _short_pause(retries)
        if asked is None and not _fails_for_a_moment(response):
            if retries:
                self._in_vain.clear()
            return None
        kind = exchange.operation, response.status
        if retries >= (1 if self._in_vain.get(kind, 0) >= _IN_VAIN else _MOST_RETRIES):
            self._in_vain[kind] = self._in_vain.get(kind, 0) + 1
            return None
        growing = _FIRST_PAUSE_S * float(2**retries) * (1 + _SPREAD * random.random())  # noqa: S311 - no secret
        return max(asked or 0.0, growing)


def requested_pause(exchange: Exchange) -> float | None:
    """Return the pause in seconds that an answer asks for, or None.

    A 403 with `Retry-After` is a rate limit too. A 503 without it asks for nothing.
    """
    response = exchange.response
    if response is None or response.status not in {_FORBIDDEN, _TOO_MANY_REQUESTS, _UNAVAILABLE}:
        return None
    value = response.header("retry-after")
    if value is None:
        return _DEFAULT_PAUSE_S if response.status == _TOO_MANY_REQUESTS else None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdigit():
        return float(seconds[:9])
    moment = http_date(value)
    return _DEFAULT_PAUSE_S if moment is None else _seconds_until(moment, response)


def _seconds_until(moment: datetime, response: Response) -> float:
    """Return the seconds until a moment, by the clock that makes the pause shorter.

    The `Date` may be the clock of a proxy, and the clock of this machine may be wrong.
    """
    clocks = [datetime.now(UTC), http_date(response.header("date"))]
    return min(max((moment - now).total_seconds(), 0.0) for now in clocks if now is not None)


def _short_pause(retries: int) -> float:
    return min(_SHORTEST_PAUSE_S * float(2 ** min(retries, 10)), _LONGEST_SHORT_PAUSE_S)


def _fails_for_a_moment(response: Response) -> bool:
    """Whether an answer is a 503, as of a proxy that sheds load, or a momentary error of S3."""
    if response.status == _UNAVAILABLE:
        return True
    return response.status == _INTERNAL and _MOMENTARY.search(response.body) is not None
