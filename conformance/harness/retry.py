"""When a server asks for a pause, and for how long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.model.exchange import http_date

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
# A 429 may come without Retry-After (RFC 6585 section 4); the kit then waits this long.
_DEFAULT_PAUSE_S = 1.0
# S3 API reference, error responses; the number is how often the kit sends the request again.
_SLOW_DOWN = re.compile(rb"<Code>\s*(SlowDown|ServiceUnavailable)\s*</Code>")
_SLOW_DOWN_RETRIES = 3


def pause_before_retry(exchange: Exchange, retries: int) -> float | None:
    """Return for how many seconds to wait before the next retry; None when none is asked for.

    `retries` is how many retries the request had already.
    """
    pause = _requested_pause(exchange)
    if pause is None and retries < _SLOW_DOWN_RETRIES and _is_slow_down(exchange):
        return float(0.5 * 2**retries)
    return pause


def _is_slow_down(exchange: Exchange) -> bool:
    """Whether S3 asks for a slower client: it sends no Retry-After, and its SDKs just retry."""
    response = exchange.response
    if response is None or response.status != _UNAVAILABLE:
        return False
    return _SLOW_DOWN.search(response.body) is not None


def _requested_pause(exchange: Exchange) -> float | None:
    """Return the pause in seconds that the status and `Retry-After` ask for, or None."""
    response = exchange.response
    if response is None or response.status not in {_TOO_MANY_REQUESTS, _UNAVAILABLE}:
        return None
    value = response.header("retry-after")
    if value is None:
        return _DEFAULT_PAUSE_S if response.status == _TOO_MANY_REQUESTS else None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdigit():
        return float(seconds)
    moment, now = http_date(value), http_date(response.header("date"))
    if moment is None or now is None:
        return _DEFAULT_PAUSE_S
    return max((moment - now).total_seconds(), 0.0)
