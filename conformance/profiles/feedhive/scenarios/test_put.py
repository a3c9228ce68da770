"""The PUT to the pre-signed URL."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from conformance.harness import sample_files
from conformance.harness.expiry import agreeing_clocks
from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.model.signed_url import SignedUrl
from conformance.suite.marks import requirement, search, waits

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.expiry import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

# ISO/IEC 14496-12 section 8.2.1: each film has this box, however it is packed.
_INDEX_OF_A_FILM = b"moov"


@requirement("FH-PUT-01")
def test_the_upload_url_takes_the_bytes_without_authentication(
    given: Given, storage: Storage
) -> None:
    upload = given.created_upload()

    exchange = storage.put(upload.url, given.genuine("image/png"), "image/png")

    expect.stored(exchange)


@requirement("FH-PUT-02")
def test_the_stored_object_holds_the_bytes_sent(given: Given, bucket: Bucket) -> None:
    upload = given.stored_upload(body=sample_files.padded_png(50_000))

    stored = bucket.arrived(upload.signed)

    expect.that(stored, "the object in the bucket", "there is none under the URL's key")
    if stored is not None:
        wanted = hashlib.sha256(upload.body).hexdigest()
        expect.equal(stored.sha256, wanted, "the SHA-256 of the stored object")


@requirement("FH-PUT-03")
def test_the_stored_object_has_the_declared_type(given: Given, bucket: Bucket) -> None:
    upload = given.stored_upload("video/mp4")

    stored = bucket.arrived(upload.signed)

    expect.that(stored, "the object in the bucket", "there is none under the URL's key")
    if stored is not None:
        expect.equal(stored.content_type, "video/mp4", "the content type of the stored object")


@requirement("FH-PUT-04")
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(0, id="small"),
        pytest.param((1 << 20) + 17, id="over 1 MiB"),
        pytest.param(8 << 20, id="8 MiB", marks=search),
    ],
)
def test_the_bytes_come_back_through_media_url(given: Given, storage: Storage, size: int) -> None:
    media = given.media(body=sample_files.wide_png(size))
    url = given.fetched(media).at("data", "media_url")
    if not isinstance(url, str):
        raise NotApplicable("the item has no media_url")

    exchange = storage.read(url)

    expect.that(exchange.succeeded, "the bytes", f"it was {exchange.summary()}", exchange)
    if exchange.response is not None and exchange.content_type == "image/png":
        # Metadata may be gone and the file packed anew, but it is the same picture.
        served = sample_files.png_size(exchange.response.body)
        actual = f"it is one of {served[0]} x {served[1]}" if served else "it is no whole PNG"
        sent = sample_files.png_size(media.upload.body)
        expect.that(served == sent, "the picture sent", actual, exchange)


@requirement("FH-PUT-04")
def test_a_film_comes_back_through_media_url(given: Given, storage: Storage) -> None:
    url = given.fetched(given.sample("video/mp4")).at("data", "media_url")
    if not isinstance(url, str):
        raise NotApplicable("the item has no media_url")

    exchange = storage.read(url)

    expect.that(exchange.succeeded, "the bytes", f"it was {exchange.summary()}", exchange)
    if exchange.response is not None and exchange.content_type == "video/mp4":
        indexed = _INDEX_OF_A_FILM in exchange.response.body
        actual = f"there is none in {len(exchange.response.body)} bytes"
        expect.that(indexed, "a film with its index (moov)", actual, exchange)


@requirement("FH-PUT-05")
@pytest.mark.parametrize("how", ["tampered", "stripped", "longer_life"])
def test_a_changed_signature_is_refused(
    given: Given, storage: Storage, conformance_case: Harness, how: str
) -> None:
    upload = given.created_upload()
    changed: SignedUrl = getattr(upload.signed, how)()
    if changed == upload.signed:
        raise NotApplicable("the upload URL names no lifetime that could be longer")

    exchange = storage.put(changed.url, given.genuine("image/png"), "image/png")

    if exchange.succeeded:
        conformance_case.canary.check(upload.signed, how)
    expect.denied(exchange)


@requirement("FH-PUT-06")
def test_the_upload_url_writes_its_own_object_only(
    given: Given, storage: Storage, conformance_case: Harness
) -> None:
    upload = given.created_upload()
    other = upload.signed.for_other_key()

    exchange = storage.put(other.url, given.genuine("image/png"), "image/png")

    if exchange.succeeded:
        conformance_case.canary.check(upload.signed, "for_other_key")
    expect.denied(exchange)


@requirement("FH-PUT-07")
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_the_upload_url_is_good_for_put_only(
    given: Given, storage: Storage, conformance_case: Harness, method: str
) -> None:
    upload = given.stored_upload()

    exchange = storage.misuse(upload.signed, method, upload.content_type)

    if method == "HEAD" and not exchange.describes(len(upload.body)):
        return  # some gateways answer every HEAD alike: that tells nothing of the object
    if exchange.succeeded:
        conformance_case.canary.check(upload.signed, method)
        if storage.gives_to_everybody(upload.signed, exchange):
            return  # a public file: the upload URL grants nothing that was not everybody's
    expect.denied(exchange)


@requirement("FH-PUT-08")
@waits
def test_the_upload_url_works_late_in_its_life(expiring: Expiring[Upload], given: Given) -> None:
    given.stored_upload()  # the PUT works at all

    exchange = expiring.late_put()

    if not exchange.succeeded:
        url = SignedUrl(exchange.request.url)
        agreeing_clocks(exchange, url.expires_at, expired=False)
    expect.stored(exchange)


@requirement("FH-PUT-09")
@waits
def test_an_expired_upload_url_is_refused(
    expiring: Expiring[Upload], given: Given, storage: Storage, conformance_case: Harness
) -> None:
    upload = expiring.expired("stored")

    exchange = storage.put(upload.url, given.genuine("image/png"), "image/png")

    if exchange.succeeded:
        agreeing_clocks(exchange, upload.signed.expires_at, expired=True)
        conformance_case.canary.check(upload.signed, "expired")
    expect.denied(exchange)


@requirement("FH-PUT-10")
def test_the_upload_url_carries_no_checksum_of_an_empty_body(
    given: Given, storage: Storage
) -> None:
    upload = given.created_upload()

    exchange = storage.put(upload.url, given.genuine("image/png"), "image/png")

    # A storage that does not mind the checksum makes it harmless.
    tied = not exchange.succeeded and upload.signed.empty_checksums
    expect.that(not tied, "no checksum of an empty body", f"there is {tied}", exchange)
