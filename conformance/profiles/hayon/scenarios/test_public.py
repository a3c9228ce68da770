"""GET on the public s3Url."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from conformance import expect
from conformance.case import lifecycle, requirement, waits
from conformance.verdict import precondition

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.expiry import Expiring
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.storage import Storage

# Seconds until an uploaded file must be public, and between two looks for it.
_PUBLIC_BOUND_S = 8.0
_POLL_S = 0.25


def _read(storage: Storage, upload: Upload) -> Exchange:
    """Read the public URL of what is stored: what stands before the bucket may take a moment."""
    deadline = time.monotonic() + _PUBLIC_BOUND_S
    exchange = storage.read(upload.public_url)
    while not exchange.succeeded and time.monotonic() < deadline:
        threading.Event().wait(_POLL_S)
        exchange = storage.read(upload.public_url)
    return exchange


def _gives_the_bytes(exchange: Exchange, upload: Upload) -> None:
    expect.that(
        exchange.succeeded,
        "the bytes",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.SUCCESS_STATUS,
    )
    same = exchange.response is not None and exchange.response.body == upload.body
    expect.that(same, "the bytes that were uploaded", "they are others", exchange)


@requirement("HY-PUBLIC-01")
@lifecycle
def test_the_public_url_gives_the_bytes(given: Given, storage: Storage) -> None:
    upload = given.stored()

    exchange = _read(storage, upload)

    _gives_the_bytes(exchange, upload)


@requirement("HY-PUBLIC-02")
def test_the_public_url_gives_the_type(given: Given, storage: Storage) -> None:
    upload = given.stored("image/webp")

    exchange = _read(storage, upload)

    with precondition("HY-PUBLIC-01"):
        _gives_the_bytes(exchange, upload)
    expect.equal(exchange.content_type, "image/webp", "the content type", exchange)


@requirement("HY-PUBLIC-03")
def test_a_key_that_was_never_uploaded_gives_nothing(
    api: Api, given: Given, storage: Storage
) -> None:
    with precondition("HY-PUBLIC-01"):
        stored = given.stored()
        _gives_the_bytes(_read(storage, stored), stored)
    upload = given.requested()
    with precondition("HY-UPLOAD-14"):
        given_once = api.times_given(upload.key) == 1
        expect.that(given_once, "a new key", "it was given before", upload.exchange)

    exchange = storage.read(upload.public_url)

    # A site may answer every path with a page of its own.
    file = exchange.succeeded and exchange.content_type != "text/html"
    actual = f"it was {exchange.summary()}"
    expect.that(not file, "no file", actual, exchange, expect.NO_SUCCESS_STATUS)


@requirement("HY-PUBLIC-04")
@waits
def test_the_public_url_outlives_the_upload_url(
    expiring: Expiring[Upload], storage: Storage
) -> None:
    upload = expiring.expired("stored")

    exchange = _read(storage, upload)

    _gives_the_bytes(exchange, upload)
