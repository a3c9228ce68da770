"""GET on the public s3Url."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import expect, specimen
from conformance.case import lifecycle, requirement, waits
from conformance.profiles.hayon.public import gives_the_bytes, is_the_file, query_is_a_pass
from conformance.storage import SignedUrl
from conformance.verdict import precondition

if TYPE_CHECKING:
    from conformance.expiry import Expiring
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.profiles.hayon.public import PublicFiles


@requirement("HY-PUBLIC-01")
@lifecycle
def test_the_public_url_gives_the_bytes_again_and_again(given: Given, public: PublicFiles) -> None:
    upload = given.stored()

    for _ in range(2):
        exchange = public.read(upload)

        gives_the_bytes(exchange, upload)


@requirement("HY-PUBLIC-01")
@pytest.mark.parametrize("content_type", ["image/png", "video/mp4"])
def test_the_public_url_gives_every_byte(
    given: Given, public: PublicFiles, content_type: str
) -> None:
    body = specimen.padded_png(1 << 20) if content_type == "image/png" else None
    upload = given.stored(content_type, body)

    exchange = public.read(upload)

    gives_the_bytes(exchange, upload)


@requirement("HY-PUBLIC-02")
def test_the_public_url_gives_the_type(given: Given, public: PublicFiles) -> None:
    upload = given.stored("image/webp")

    exchange = public.read(upload)

    with precondition("HY-PUBLIC-01"):
        gives_the_bytes(exchange, upload)
    expect.equal(exchange.content_type, "image/webp", "the content type", exchange)


@requirement("HY-UPLOAD-13")
def test_the_public_url_needs_no_pass(given: Given, public: PublicFiles) -> None:
    if not query_is_a_pass(given.requested()):
        return
    upload = given.stored()
    with precondition("HY-PUBLIC-01"):
        gives_the_bytes(public.read(upload), upload)

    exchange = public.read_at_once(SignedUrl(upload.public_url).stripped().url)

    actual = f"without its query it was {exchange.summary()}"
    expect.that(exchange.succeeded, "the file for everybody", actual, exchange)


@requirement("HY-PUBLIC-03")
def test_a_key_that_was_never_uploaded_gives_nothing(
    api: Api, given: Given, public: PublicFiles
) -> None:
    with precondition("HY-PUBLIC-01"):
        stored = given.stored()
        gives_the_bytes(public.read(stored), stored)
    upload = given.requested()
    with precondition("HY-UPLOAD-14"):
        given_once = api.times_given(upload.key) == 1
        expect.that(given_once, "a new key", "it was given before", upload.exchange)

    exchange = public.read_at_once(upload.public_url)

    # A site may answer every path with a page of its own, or with a placeholder picture.
    page = exchange.content_type == "text/html"
    file = exchange.succeeded and not page and not public.is_everywhere(exchange, upload.public_url)
    actual = f"it was {exchange.summary()}"
    expect.that(not file, "no file", actual, exchange, expect.NO_SUCCESS_STATUS)


@requirement("HY-PUBLIC-04")
@waits
def test_the_public_url_outlives_the_upload_url(
    expiring: Expiring[Upload], expiring_given: Given, public: PublicFiles
) -> None:
    upload = expiring.expired("stored")

    exchange = public.read(upload)

    if not is_the_file(exchange, upload):
        with precondition("HY-PUBLIC-01"):  # a fresh file is public there, this one is no more
            fresh = expiring_given.stored()
            gives_the_bytes(public.read(fresh), fresh)
    with precondition("HY-UPLOAD-14"):
        again = expiring_given.api.times_given(upload.key) > 1
        expect.that(not again, "a key of its own", "it was given again", upload.exchange)
    gives_the_bytes(exchange, upload)
