"""The files of a media item: its URLs, read in one place, and what the storage gives for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.harness.bounds import sleep
from conformance.harness.lag import PUBLIC_SOON_S
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.model.exchange import ABSENT
from conformance.model.signed_url import url_defect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange

#: The members of an item that hold a URL, each with the requirement that judges the URL.
URLS = {"media_url": "FH-GET-14", "thumbnail_url": "FH-GET-SCHEMA-REF"}

# Seconds between two looks for a file that is not there yet.
_LOOK_S = 1.0
# 4xx that say nothing about the file (RFC 9110 section 15.5.9, RFC 8470, RFC 6585).
_NOT_ABOUT_THE_FILE = frozenset({408, 425, 429})


def read_in_time(storage: Storage, url: str) -> Exchange:
    """Return what the URL of a new file gives, which a server may store a while after complete.

    After `PUBLIC_SOON_S`, it is what the URL gave last.
    """
    deadline = time.monotonic() + PUBLIC_SOON_S
    exchange = storage.read(url)
    while exchange.refuses and time.monotonic() < deadline:
        sleep(_LOOK_S)
        exchange = storage.read(url)
    return exchange


def url_of(shown: Exchange, field: str = "media_url") -> str | None:
    """Return a URL of an item that an answer shows, or None where the item has none.

    A URL that browsers repair counts: only the requirement of the member judges its spelling.

    Raises `Blocked` by that requirement if no client can request the URL.
    """
    if not isinstance(shown.at("data", field), str):
        return None
    with precondition(URLS[field]):
        return expect.url(shown, "data", field, lenient=True)


def listed_url(item: Mapping[str, Any]) -> str | None:
    """Return the media_url of a listed item, or None where no client can request it."""
    return _usable(item.get("media_url")) or None


def usable_url(shown: Exchange, field: str = "media_url") -> str:
    """Return a URL of an item, or an empty text where no client can request it.

    It is for cases that can also judge without the URL.
    """
    return _usable(shown.at("data", field))


def _usable(value: object) -> str:
    return value if isinstance(value, str) and not url_defect(value, lenient=True) else ""


def still_there(exchange: Exchange, what: str = "the bytes") -> None:
    """Judge that a file which was there is still there.

    Only some answers of a storage show that a file is gone: a server error does not.
    """
    expect.that(exchange.succeeded, f"{what} to stay", lambda: _fate(exchange), exchange)


# RFC 9111 section 5.1, and what caches and CDNs add besides.
_OF_CACHES = ("age", "x-cache", "x-cache-status", "cf-cache-status", "x-proxy-cache")


def is_refused(exchange: Exchange) -> bool:
    """Whether the storage answers that it gives nothing for a URL.

    Some storages say it with 400 or 401. A server error, a lost answer and a request for a
    pause do not show that the file is gone.
    """
    status = exchange.status
    return status is not None and 400 <= status < 500 and status not in _NOT_ABOUT_THE_FILE  # noqa: PLR2004 - the 4xx class


def came_through_a_cache(exchange: Exchange) -> bool:
    """Whether an answer names a cache on its way: that may give a file which is deleted."""
    response = exchange.response
    return response is not None and any(response.header(name) for name in _OF_CACHES)


def _fate(exchange: Exchange) -> str:
    if exchange.status in ABSENT:
        return f"they are gone ({exchange.status})"
    return f"they could not be read: the answer was {exchange.summary()}"
