"""The URLs of POST /api/posts/media/upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness import upload_url
from conformance.judge import expect
from conformance.judge.finding import Blocked, precondition
from conformance.model.signed_url import SignedUrl
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.profiles.hayon.given import Given, Upload

_HOUR_S = 3_600
_DAY_S = 86_400


@requirement("HY-UPLOAD-13")
@pytest.mark.parametrize("content_type", ["image/png", "video/mp4"])
def test_the_public_url_carries_no_signature(given: Given, content_type: str) -> None:
    upload = given.requested(content_type)

    public = SignedUrl(upload.public_url)

    permanent = not public.signed and public.expires_at is None
    expect.that(permanent, "s3Url without a signature", "it has one", upload.exchange)


@requirement("HY-UPLOAD-15")
def test_each_request_gives_a_new_upload_url(given: Given) -> None:
    with precondition("HY-UPLOAD-17"):
        upload_url.is_signed(given.requested())

    urls = [upload.url for upload in given.series()]

    distinct = len(set(urls))
    expect.that(distinct == len(urls), f"{len(urls)} different upload URLs", f"{distinct} differ")


@requirement("HY-UPLOAD-17")
def test_the_upload_url_is_pre_signed(given: Given) -> None:
    upload = given.requested()

    upload_url.is_signed(upload)


@requirement("HY-UPLOAD-18")
def test_the_upload_url_names_its_expiry(given: Given) -> None:
    upload = given.requested()

    expires_at = upload.signed.expires_at

    with precondition("HY-UPLOAD-17"):
        upload_url.is_signed(upload)
    expect.that(expires_at, "an upload URL that names its expiry", "it does not", upload.exchange)


@requirement("HY-UPLOAD-19")
def test_the_upload_url_expires_within_the_hour(given: Given) -> None:
    uploads = given.each()
    with precondition("HY-UPLOAD-29"):
        for upload in uploads:
            _expires_within(upload, _DAY_S - 1, "less than a day")

    for upload in uploads:
        _expires_within(upload, _HOUR_S, "at most an hour")


@requirement("HY-UPLOAD-29")
def test_the_upload_url_expires_within_the_day(given: Given) -> None:
    uploads = given.each()

    for upload in uploads:
        _expires_within(upload, _DAY_S - 1, "less than a day")


def _expires_within(upload: Upload, seconds: int, name: str) -> None:
    life = upload.life_s
    if life is None:
        raise Blocked(limit="the lifetime of the upload URL cannot be read")
    wanted = f"the upload URL to be valid for {name}"
    expect.that(life <= seconds, wanted, f"it is {life:.0f} seconds", upload.exchange)


@requirement("HY-UPLOAD-20")
def test_the_signature_parameters_are_consistent(given: Given) -> None:
    upload = given.requested()
    with precondition("HY-UPLOAD-17"):
        upload_url.is_signed(upload)

    upload_url.is_consistently_signed(upload)
