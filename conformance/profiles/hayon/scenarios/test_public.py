"""GET on the public s3Url."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.lag import PUBLIC_SOON_S
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import stripped
from conformance.profiles.hayon.expiry import LASTING
from conformance.profiles.hayon.given import ACCEPTED_TYPES
from conformance.profiles.hayon.public import (
    AGAIN,
    EQUAL,
    LARGE,
    SIMULTANEOUS,
    SIX_MIB,
    gives_the_bytes,
    has_expiring_query,
    is_a_file_of,
    is_an_upload,
    is_the_file,
)
from conformance.profiles.hayon.public_parts import PARTS, is_a_part
from conformance.profiles.hayon.served_type import has_its_type
from conformance.suite.marks import lifecycle, requirement, search, waits

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.profiles.hayon.public import PublicFiles


@requirement("HY-PUBLIC-01")
@lifecycle
def test_the_public_url_gives_the_bytes_again_and_again(public: PublicFiles) -> None:
    upload = public.file(AGAIN)

    for _ in range(6):
        exchange = public.read(upload)

        gives_the_bytes(exchange, upload)


@requirement("HY-PUBLIC-01")
@pytest.mark.parametrize("name", [*LARGE, pytest.param(SIX_MIB, id=SIX_MIB, marks=search)])
def test_the_public_url_gives_every_byte(public: PublicFiles, name: str) -> None:
    upload = public.file(name)

    exchange = public.read(upload)

    gives_the_bytes(exchange, upload)


@requirement("HY-PUBLIC-01")
@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_files_of_each_type_are_public(public: PublicFiles, content_type: str) -> None:
    upload = public.file(content_type)

    exchange = public.read(upload)

    gives_the_bytes(exchange, upload)


@requirement("HY-PUBLIC-01")
def test_simultaneous_uploads_keep_their_own_bytes(public: PublicFiles) -> None:
    uploads = public.files(SIMULTANEOUS)

    for upload in uploads:
        gives_the_bytes(public.read(upload), upload)


@requirement("HY-PUBLIC-01")
def test_equal_files_are_both_public(public: PublicFiles) -> None:
    for upload in public.files(EQUAL):
        gives_the_bytes(public.read(upload), upload)


@requirement("HY-PUBLIC-01")
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_part_of_a_public_film_is_a_part_of_it(public: PublicFiles, part: str) -> None:
    upload = public.file("video/mp4")

    answer, whole = public.read_part(upload, part)
    if not is_a_part(answer, part, whole):  # the server may have replaced the file between the two
        answer, whole = public.read_part(upload, part)

    actual = f"it was {answer.summary()}, which are other bytes"
    expect.that(is_a_part(answer, part, whole), f"bytes {part} of the film", actual, answer)


@requirement("HY-PUBLIC-02")
@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_the_public_url_gives_the_type(public: PublicFiles, content_type: str) -> None:
    upload = public.file(content_type)

    exchanges = [public.read(upload) for _ in range(2)]  # a cache may answer the second time

    for exchange in exchanges:
        with precondition("HY-PUBLIC-01"):
            gives_the_bytes(exchange, upload)
        has_its_type(exchange, upload)


@requirement("HY-UPLOAD-13")
def test_the_public_url_needs_no_pass(given: Given, public: PublicFiles) -> None:
    if not has_expiring_query(given.requested()):
        return
    upload = given.stored()
    with precondition("HY-PUBLIC-01"):
        gives_the_bytes(public.read(upload), upload)

    exchange = public.read_at_once(stripped(SignedUrl(upload.public_url)).url)

    actual = f"it was {exchange.summary()}"
    expect.that(exchange.succeeded, "the file without the query of its URL", actual, exchange)


@requirement("HY-PUBLIC-03")
def test_a_key_that_was_never_uploaded_gives_nothing(
    api: Api, given: Given, public: PublicFiles
) -> None:
    with precondition("HY-PUBLIC-01"):
        stored = public.file("image/png")
        gives_the_bytes(public.read(stored), stored)
    upload = given.requested()
    with precondition("HY-UPLOAD-14"):
        given_once = api.times_given(upload.key) == 1
        expect.that(given_once, "a new key", "another answer gave it before", upload.exchange)

    exchange = public.read_at_once(upload.public_url)

    # No document says what an unused key shows: an error or a placeholder is allowed.
    file = is_an_upload(exchange) or (
        is_a_file_of(exchange, upload.content_type)
        and not public.is_everywhere(exchange, upload.public_url)
    )
    actual = f"it was {exchange.summary()}"
    expect.that(
        not file, "no file under the unused key", actual, exchange, expect.NO_SUCCESS_STATUS
    )


@requirement("HY-PUBLIC-05")
@waits
def test_the_public_url_gives_the_bytes_soon(public: PublicFiles) -> None:
    upload = public.file("image/png")
    with precondition("HY-PUBLIC-01"):
        gives_the_bytes(exchange := public.read(upload), upload)

    missed_s = public.missed_s

    wanted = f"a stored file to be public within {PUBLIC_SOON_S:.0f} seconds"
    actual = f"one was still missing {missed_s:.0f} seconds after its upload"
    expect.that(missed_s <= PUBLIC_SOON_S, wanted, actual, exchange)


@requirement("HY-PUBLIC-04")
@waits
@pytest.mark.parametrize("kind", LASTING)
def test_the_public_url_outlives_the_upload_url(
    expiring: Expiring[Upload], given_expiring: Given, public: PublicFiles, kind: str
) -> None:
    upload = expiring.expired(kind)

    exchange = public.read(upload)

    if not is_the_file(exchange, upload):
        with precondition("HY-PUBLIC-01"):  # a new file is public there
            fresh = given_expiring.stored(upload.content_type)
            gives_the_bytes(public.read(fresh), fresh)
    with precondition("HY-UPLOAD-14"):
        again = given_expiring.api.times_given(upload.key) > 1
        expect.that(not again, "a key of its own", "a later answer gave it again", upload.exchange)
    gives_the_bytes(exchange, upload)
