"""The PUT to the pre-signed URL."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.harness import upload_url
from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation, precondition
from conformance.profiles.hayon.expiry import EXPIRED
from conformance.profiles.hayon.given import ACCEPTED_TYPES
from conformance.profiles.hayon.public import LARGE
from conformance.suite.marks import requirement, waits

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.profiles.hayon.public import PublicFiles


@requirement("HY-PUT-01")
@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_the_upload_url_takes_the_bytes_without_authentication(
    given: Given, conformance_case: Harness, content_type: str
) -> None:
    upload = given.requested(content_type)
    with precondition("HY-UPLOAD-17"):
        upload_url.is_signed(upload)

    upload_url.takes_a_file(conformance_case, upload)


@requirement("HY-PUT-02")
@pytest.mark.parametrize("how", upload_url.SIGNATURE_CHANGES)
def test_a_changed_signature_is_refused(given: Given, conformance_case: Harness, how: str) -> None:
    upload = given.requested()

    upload_url.refuses_a_change(conformance_case, upload, how)
    given.put(upload)  # the unchanged URL works, so the change was the reason


@requirement("HY-PUT-02")
def test_a_refused_put_is_not_public(
    given: Given, public: PublicFiles, conformance_case: Harness
) -> None:
    upload = given.requested()
    refused = upload_url.refuses_a_change(conformance_case, upload, "tampered")

    with suppress(Blocked):  # no answer; HY-PUBLIC-01 says whether the host can be reached
        exchange = public.read_at_once(upload.public_url)
        body = exchange.response.body if exchange.response else b""
        actual = "it serves the bytes of a PUT that was refused"
        expect.that(body != refused.request.body, "no file behind s3Url", actual, exchange)


@requirement("HY-PUT-03")
def test_the_upload_url_writes_its_own_object_only(given: Given, conformance_case: Harness) -> None:
    upload = given.requested()

    for change in ("for_other_key", "for_other_extension"):
        upload_url.refuses_a_change(conformance_case, upload, change)
    given.put(upload)  # the unchanged URL works, so the change was the reason


@requirement("HY-PUT-03")
def test_the_upload_url_writes_no_other_upload(given: Given, conformance_case: Harness) -> None:
    upload = given.requested()
    neighbours = given.requested(), given.stored(), given.requested(caller=given.callers[-1])

    for neighbour in neighbours:
        upload_url.refuses_the_place_of(conformance_case, upload, neighbour)
    given.put(upload)  # the URL works at its own place


@requirement("HY-PUT-04")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
def test_the_upload_url_is_good_for_put_only(
    given: Given, conformance_case: Harness, method: str
) -> None:
    upload = given.stored()

    upload_url.refuses_the_method(conformance_case, upload, method)


@requirement("HY-PUT-04")
def test_the_upload_url_reads_no_part(given: Given, conformance_case: Harness) -> None:
    upload = given.stored()

    upload_url.gives_no_part(conformance_case, upload)


@requirement("HY-PUT-05")
@waits
@pytest.mark.parametrize("kind", EXPIRED)
def test_an_expired_upload_url_is_refused(
    expiring: Expiring[Upload], given_expiring: Given, conformance_case: Harness, kind: str
) -> None:
    given_expiring.sample("image/png")  # the PUT works at all
    upload = expiring.expired(kind)

    upload_url.refuses_after_expiry(conformance_case, upload)


@requirement("HY-PUT-06")
def test_the_upload_url_is_tied_to_no_empty_body(given: Given) -> None:
    upload = given.requested()

    upload_url.demands_no_empty_body(upload)


@requirement("HY-PUT-07")
@pytest.mark.parametrize("name", LARGE)
def test_the_stored_object_holds_the_bytes_sent(
    given: Given, public: PublicFiles, bucket: Bucket, name: str
) -> None:
    with suppress(Violation):
        upload_url.stored_the_bytes(bucket, public.file(name))
        return
    # An upload event may have changed that file since: judge one at the moment of its PUT.
    content_type, body = LARGE[name]
    upload = given.stored(content_type, body())

    upload_url.stored_the_bytes(bucket, upload)


@requirement("HY-PUT-07")
def test_a_second_file_replaces_the_first(
    given: Given, bucket: Bucket, conformance_case: Harness
) -> None:
    upload = given.stored()

    upload_url.replaces_the_file(conformance_case, bucket, upload)


@requirement("HY-PUT-10")
@pytest.mark.parametrize("content_type", ["image/png", "video/mp4"])
def test_the_key_is_the_objects_in_the_bucket(
    given: Given, bucket: Bucket, content_type: str
) -> None:
    upload = given.stored(content_type)
    with precondition("HY-PUT-07"):
        behind = upload_url.object_behind(bucket, upload)

    stored = bucket.find(upload.key)

    actual = f"the object is under {behind.key!r}, and s3Key is {upload.key!r}"
    expect.that(stored, "the object in the bucket under s3Key", actual, upload.exchange)


@requirement("HY-PUT-08")
@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_the_stored_object_has_the_declared_type(
    given: Given, bucket: Bucket, content_type: str
) -> None:
    upload = given.stored(content_type)

    upload_url.stored_the_type(bucket, upload)


@requirement("HY-PUT-09")
@waits
def test_the_upload_url_works_late_in_its_life(expiring: Expiring[Upload], given: Given) -> None:
    given.stored()  # the PUT works at all

    exchange = expiring.late_put()

    upload_url.worked_late(exchange)
