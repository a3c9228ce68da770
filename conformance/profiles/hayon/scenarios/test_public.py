"""GET on the public s3Url."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.case import requirement, waits
from conformance.verdict import Blocked, precondition

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.expiry import Expiring
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.storage import Storage


def _read(storage: Storage, upload: Upload) -> Exchange:
    """Read the public URL; a host that this machine cannot reach proves nothing."""
    exchange = storage.get(upload.public_url)
    if exchange.response is None:
        raise Blocked(limit=f"the host of s3Url cannot be reached from here: {exchange.error}")
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
def test_a_key_that_was_never_uploaded_gives_nothing(given: Given, storage: Storage) -> None:
    with precondition("HY-PUBLIC-01"):
        stored = given.stored()
        _gives_the_bytes(_read(storage, stored), stored)
    upload = given.requested()
    with precondition("HY-UPLOAD-14"):
        expect.that(upload.key != stored.key, "a new key", "it is the same", upload.exchange)

    exchange = _read(storage, upload)

    actual = f"it was {exchange.summary()}"
    expect.that(not exchange.succeeded, "no file", actual, exchange, expect.NO_SUCCESS_STATUS)


@requirement("HY-PUBLIC-04")
@waits
def test_the_public_url_outlives_the_upload_url(
    expiring: Expiring[Upload], storage: Storage
) -> None:
    upload = expiring.expired("stored")

    exchange = _read(storage, upload)

    _gives_the_bytes(exchange, upload)
