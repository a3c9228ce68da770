"""Reading what is public: whatever stands before the bucket may take a moment."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from conformance import expect
from conformance.storage import SignedUrl

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.profiles.hayon.given import Upload
    from conformance.storage import Storage

# Seconds until an uploaded file must be public, and between two looks for it.
_PUBLIC_BOUND_S = 8.0
_POLL_S = 0.25


class PublicFiles:
    """The files behind s3Url, as anybody meets them."""

    def __init__(self, storage: Storage) -> None:
        """Begin patiently."""
        self._storage = storage
        self._in_vain = False

    def read(self, upload: Upload) -> Exchange:
        """Read a stored file, and wait for it; once that was in vain, no other is waited for."""
        deadline = time.monotonic() + (0.0 if self._in_vain else _PUBLIC_BOUND_S)
        exchange = self._storage.read(upload.public_url)
        while not exchange.succeeded and time.monotonic() < deadline:
            threading.Event().wait(_POLL_S)
            exchange = self._storage.read(upload.public_url)
        self._in_vain |= not exchange.succeeded
        return exchange

    def read_at_once(self, url: str) -> Exchange:
        """Read a URL as it stands this moment."""
        return self._storage.read(url)

    def is_everywhere(self, exchange: Exchange, url: str) -> bool:
        """Say whether a site answers a path that surely holds no file in the same way."""
        parts = urlsplit(url)
        folder, _, name = parts.path.rpartition("/")
        _, dot, extension = name.rpartition(".")
        nowhere = f"{folder}/{uuid4()}{dot}{extension if dot else ''}"
        sibling = self._storage.read(urlunsplit(parts._replace(path=nowhere)))
        same = sibling.response and exchange.response
        return bool(same) and _shown(sibling) == _shown(exchange)


def _shown(exchange: Exchange) -> tuple[int | None, bytes]:
    return exchange.status, exchange.response.body if exchange.response else b""


def gives_the_bytes(exchange: Exchange, upload: Upload) -> None:
    """Judge that an answer is the uploaded file (HY-PUBLIC-01)."""
    expect.that(
        exchange.succeeded,
        "the bytes",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.SUCCESS_STATUS,
    )
    expect.that(
        is_the_file(exchange, upload), "the bytes that were uploaded", "they are others", exchange
    )


def is_the_file(exchange: Exchange, upload: Upload) -> bool:
    """Say whether an answer is the uploaded file, byte by byte."""
    response = exchange.response
    return exchange.succeeded and response is not None and response.body == upload.body


def query_is_a_pass(upload: Upload) -> bool:
    """Say whether the query of s3Url holds more than the file's key or a version.

    What names the file may stand in a query too; a long value that is no part of the key
    is a pass that somebody was given.
    """
    values = SignedUrl(upload.public_url).parameters.values()
    return any(
        len(value) >= _PASS_CHARACTERS and value not in upload.key and upload.key not in value
        for value in values
    )


_PASS_CHARACTERS = 16
