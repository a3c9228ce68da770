"""The PUT to the pre-signed URL."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from conformance.harness import sample_files
from conformance.harness.expiry import agreeing_clocks
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.model.signed_url import SignedUrl
from conformance.profiles.hayon.given import ACCEPTED_TYPES, signature
from conformance.suite.marks import requirement, waits

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.expiry import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.hayon.given import Given, Upload


@requirement("HY-PUT-01")
@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_the_upload_url_takes_the_bytes_without_authentication(
    given: Given, storage: Storage, content_type: str
) -> None:
    upload = given.requested(content_type)
    with precondition("HY-UPLOAD-17"):
        signature(upload)

    exchange = storage.put(upload.url, given.genuine(content_type), content_type)

    expect.stored(exchange)


@requirement("HY-PUT-02")
@pytest.mark.parametrize("how", ["tampered", "stripped", "longer_life"])
def test_a_changed_signature_is_refused(
    given: Given, storage: Storage, conformance_case: Harness, how: str
) -> None:
    upload = given.requested()
    changed: SignedUrl = getattr(upload.signed, how)()
    if changed == upload.signed:
        raise NotApplicable("the upload URL names no lifetime that could be longer")

    exchange = storage.put(changed.url, given.genuine("image/png"), "image/png")

    if exchange.succeeded:
        conformance_case.canary.check(upload.signed, how)
    expect.denied(exchange)


@requirement("HY-PUT-03")
def test_the_upload_url_writes_its_own_object_only(
    given: Given, storage: Storage, conformance_case: Harness
) -> None:
    upload = given.requested()
    other = upload.signed.for_other_key()

    exchange = storage.put(other.url, given.genuine("image/png"), "image/png")

    if exchange.succeeded:
        conformance_case.canary.check(upload.signed, "for_other_key")
    expect.denied(exchange)


@requirement("HY-PUT-04")
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_the_upload_url_is_good_for_put_only(
    given: Given, storage: Storage, conformance_case: Harness, method: str
) -> None:
    upload = given.stored()

    exchange = storage.misuse(upload.signed, method, upload.content_type)

    if method == "HEAD" and not exchange.describes(len(upload.body)):
        return  # some gateways answer every HEAD alike: that tells nothing of the object
    if exchange.succeeded:
        conformance_case.canary.check(upload.signed, method)
        if storage.gives_to_everybody(upload.signed, exchange):
            return  # a public file: the upload URL grants nothing that was not everybody's
    expect.denied(exchange)


@requirement("HY-PUT-05")
@waits
def test_an_expired_upload_url_is_refused(
    expiring: Expiring[Upload], given: Given, storage: Storage, conformance_case: Harness
) -> None:
    upload = expiring.expired("bare")

    exchange = storage.put(upload.url, given.genuine("image/png"), "image/png")

    if exchange.succeeded:
        agreeing_clocks(exchange, upload.signed.expires_at, expired=True)
        conformance_case.canary.check(upload.signed, "expired")
    expect.denied(exchange)


@requirement("HY-PUT-06")
def test_the_upload_url_is_tied_to_no_empty_body(given: Given, storage: Storage) -> None:
    upload = given.requested()
    tied = upload.signed.empty_checksums
    if not tied:
        return

    exchange = storage.put(upload.url, given.genuine("image/png"), "image/png")

    # A storage may pass over the parameter: then no client ever meets it.
    actual = f"there is {tied}, and a file is refused"
    expect.that(exchange.succeeded, "no checksum of an empty body", actual, upload.exchange)


@requirement("HY-PUT-07")
def test_the_stored_object_holds_the_bytes_sent(given: Given, bucket: Bucket) -> None:
    upload = given.stored(body=sample_files.padded_png(50_000))

    stored = bucket.arrived(upload.signed)

    expect.that(stored, "the object in the bucket", "there is none under the URL's key")
    if stored is not None:
        wanted = hashlib.sha256(upload.body).hexdigest()
        expect.equal(stored.sha256, wanted, "the SHA-256 of the stored object")


@requirement("HY-PUT-10")
@pytest.mark.parametrize("content_type", ["image/png", "video/mp4"])
def test_the_key_is_the_objects_in_the_bucket(
    given: Given, bucket: Bucket, content_type: str
) -> None:
    upload = given.stored(content_type)
    with precondition("HY-PUT-07"):
        behind = bucket.arrived(upload.signed)
        expect.that(behind, "the object in the bucket", "there is none under the URL's key")

    stored = bucket.find(upload.key)

    under = f"it is under {behind.key!r}, s3Key is {upload.key!r}" if behind else ""
    expect.that(stored, "the object in the bucket under s3Key", under, upload.exchange)


@requirement("HY-PUT-08")
def test_the_stored_object_has_the_declared_type(given: Given, bucket: Bucket) -> None:
    upload = given.stored("image/webp")

    stored = bucket.arrived(upload.signed)

    expect.that(stored, "the object in the bucket", "there is none under the URL's key")
    if stored is not None:
        expect.equal(stored.content_type, "image/webp", "the content type of the stored object")


@requirement("HY-PUT-09")
@waits
def test_the_upload_url_works_late_in_its_life(expiring: Expiring[Upload], given: Given) -> None:
    given.stored()  # the PUT works at all

    exchange = expiring.late_put()

    if not exchange.succeeded:
        url = SignedUrl(exchange.request.url)
        agreeing_clocks(exchange, url.expires_at, expired=False)
    expect.stored(exchange)
