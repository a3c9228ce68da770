"""When a request is sent again, and after which pause.

A server may ask for a pause, and a proxy or a storage may fail for a moment: neither shows how
the server answers. A request is sent again only a few times; then its last answer is judged.
What was sent again may have been done before: then its refusal shows nothing (`AnswerLost`).
"""

from __future__ import annotations

import math
import random
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.judge.finding import Blocked
from conformance.model.exchange import http_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.exchange import Exchange, Response

_FORBIDDEN, _TOO_MANY_REQUESTS, _INTERNAL, _UNAVAILABLE = 403, 429, 500, 503
# A 429 may come without Retry-After (RFC 6585 section 4); the kit then waits this long, and
# with each further try twice as long up to the longest.
_DEFAULT_PAUSE_S, _LONGEST_DEFAULT_PAUSE_S = 1.0, 4.0
#: So long a request waits in all where the server names no pause.
LONGEST_UNNAMED_S = 30.0
# A date that is so far ahead or farther may be wrong.
_FAR_S = 20.0
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


# A refusal with one of these statuses was made before the request was looked at.
_NOT_LOOKED_AT = frozenset({401, 403, 405, 411, 413, 414, 415, 429, 431})


class Limited(Blocked):
    """The server asked for a longer pause than the run allows; `exchange` is its last answer."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(
            limit=f"the server keeps asking for a pause ({exchange.status}):"
            " let the run wait longer with --retry-after SECONDS"
        )
        self.exchange = exchange


class AnswerLost(Blocked):
    """A write was sent again and then refused: the first try may have done it."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(
            limit="the answer to a request was lost, and it was refused"
            f" ({exchange.status}) when it was sent again: the first try may have done it"
        )
        self.exchange = exchange


def unless_lost(exchange: Exchange) -> Exchange:
    """Return the answer of a write; raise `AnswerLost` where its own first try explains it.

    Use it for a write whose success makes a second one fail, such as a delete.
    """
    if lost(exchange):
        raise AnswerLost(exchange)
    return exchange


def lost(exchange: Exchange) -> bool:
    """Whether the refusal of a write may come from its own first try, which was done."""
    return exchange.repeated and exchange.refuses and exchange.status not in _NOT_LOOKED_AT


def even_if_lost(send: Callable[[], Exchange]) -> Exchange:
    """Return the last answer to a write, also where its own first try explains it.

    Use it where only the sum of several writes is judged, or that none is a server error.
    """
    try:
        return send()
    except AnswerLost as refusal:
        return refusal.exchange


def perhaps_done(exchange: Exchange) -> bool:
    """Whether a request that is sent again may have been done: a rate limit comes before that."""
    return exchange.status not in {_FORBIDDEN, _TOO_MANY_REQUESTS}


class Retries:
    """Decides for one client which requests are sent again."""

    def __init__(self) -> None:
        self._in_vain: dict[tuple[str | None, int | None], int] = {}
        self._limited: set[tuple[str | None, ...]] = set()

    def waited_in_vain(self, exchange: Exchange) -> None:
        """Note that no pause helped: requests of this kind wait no more until one succeeds."""
        self._limited.add(_kind(exchange))

    def pause(self, exchange: Exchange, retries: int) -> float | None:
        """Return the seconds to wait before the request is sent again; None to judge the answer.

        Args:
            exchange: The request and its last answer.
            retries: How often it was sent again already.

        Returns:
            The seconds; infinity when the server asks for a pause, and pauses do not help.
        """
        response = exchange.response
        if response is None:
            return None
        if exchange.succeeded:
            self._limited.discard(_kind(exchange))
        asked = _sensible(requested_pause(exchange), response, retries)
        if asked is not None and response.status != _FORBIDDEN:
            return self._pause_for(exchange, asked, retries)
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

    def _pause_for(self, exchange: Exchange, asked: float, retries: int) -> float:
        """Return how long to wait where a server asks for a pause."""
        if _kind(exchange) in self._limited:
            return math.inf
        return asked if asked > 0 else _short_pause(retries)


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


def names_its_pause(exchange: Exchange) -> bool:
    """Whether an answer says for how long, so that it is worth the wait: most say a minute."""
    value = exchange.response.header("retry-after") if exchange.response else None
    return value is not None and (value.strip().isdigit() or http_date(value) is not None)


def _sensible(asked: float | None, response: Response, retries: int) -> float | None:
    """Return the pause that was asked for, or one that grows where the answer does not say it.

    A date far ahead may come from a clock that is neither ours nor that of `Date`.
    """
    value = response.header("retry-after")
    if asked is None or (value is not None and (value.strip().isdigit() or asked < _FAR_S)):
        return asked
    return min(_DEFAULT_PAUSE_S * float(2 ** min(retries, 10)), _LONGEST_DEFAULT_PAUSE_S)


def _seconds_until(moment: datetime, response: Response) -> float:
    """Return the seconds until a moment, by the clock that makes the pause shorter.

    The `Date` may be the clock of a proxy, and the clock of this machine may be wrong.
    """
    clocks = [datetime.now(UTC), http_date(response.header("date"))]
    return min(max((moment - now).total_seconds(), 0.0) for now in clocks if now is not None)


def _kind(exchange: Exchange) -> tuple[str | None, ...]:
    """Return what a server may limit: one operation of one caller, on one of its hosts."""
    return urlsplit(exchange.request.url).netloc, exchange.operation, exchange.request.caller


def _short_pause(retries: int) -> float:
    return min(_SHORTEST_PAUSE_S * float(2 ** min(retries, 10)), _LONGEST_SHORT_PAUSE_S)


def _fails_for_a_moment(response: Response) -> bool:
    """Whether an answer is a 503, as of a proxy that sheds load, or a momentary error of S3."""
    if response.status == _UNAVAILABLE:
        return True
    return response.status == _INTERNAL and _MOMENTARY.search(response.body) is not None
