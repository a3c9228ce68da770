"""The PUT to the pre-signed URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness import sample_files, upload_url
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.profiles.feedhive import served_files
from conformance.profiles.feedhive.files import listed_url, read_in_time, url_of
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import requirement, search, two_libraries, waits

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

# Every film has this box, in whatever container it is (ISO/IEC 14496-12 section 8.2.1).
_INDEX_OF_A_FILM = b"moov"


@requirement("FH-PUT-01")
def test_the_upload_url_takes_the_bytes_without_authentication(
    given: Given, conformance_case: Harness
) -> None:
    upload = given.created_upload()

    upload_url.takes_a_file(conformance_case, upload)


@requirement("FH-PUT-02")
@pytest.mark.parametrize("kind", upload_url.FILES)
def test_the_stored_object_holds_the_bytes_sent(given: Given, bucket: Bucket, kind: str) -> None:
    content_type, body = upload_url.FILES[kind]
    upload = given.stored_upload(content_type, body())

    upload_url.stored_the_bytes(bucket, upload)


@requirement("FH-PUT-02")
def test_a_second_file_replaces_the_first(
    given: Given, bucket: Bucket, conformance_case: Harness
) -> None:
    upload = given.stored_upload()

    upload_url.replaces_the_file(conformance_case, bucket, upload)


@requirement("FH-PUT-03")
@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_the_stored_object_has_the_declared_type(
    given: Given, bucket: Bucket, content_type: str
) -> None:
    upload = given.stored_upload(content_type)

    upload_url.stored_the_type(bucket, upload)


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
    url = url_of(given.fetched(media))
    if url is None:
        raise NotApplicable("the item has no media_url")

    exchange = read_in_time(storage, url)

    expect.that(exchange.succeeded, "the bytes", f"it was {exchange.summary()}", exchange)
    if exchange.response is not None and exchange.content_type == "image/png":
        # A server may drop metadata and compress the file again, but the picture is the same.
        served = sample_files.png_size(exchange.response.body)
        actual = f"it has {served[0]} x {served[1]} pixels" if served else "it is not a whole PNG"
        sent = sample_files.png_size(media.upload.body)
        expect.that(served == sent, "the picture that was uploaded", actual, exchange)


@requirement("FH-PUT-04")
def test_a_film_comes_back_through_media_url(given: Given, storage: Storage) -> None:
    url = url_of(given.fetched(given.shared.sample("video/mp4")))
    if url is None:
        raise NotApplicable("the item has no media_url")

    exchange = read_in_time(storage, url)

    expect.that(exchange.succeeded, "the bytes", f"it was {exchange.summary()}", exchange)
    if exchange.response is not None and exchange.content_type == "video/mp4":
        indexed = _INDEX_OF_A_FILM in exchange.response.body
        actual = f"the {len(exchange.response.body)} bytes have no index"
        expect.that(indexed, "a film with its index (moov)", actual, exchange)


@requirement("FH-PUT-04")
@two_libraries
def test_the_bytes_come_back_through_listed_urls(
    given: Given, storage: Storage, conformance_case: Harness
) -> None:
    made = [given.shared.sample(content_type) for content_type in RESULTING_TYPES]
    if "other-token" in conformance_case.target.capabilities:
        made.append(given.media("image/gif", caller="other"))

    listed: dict[str, dict[str, Any]] = {}
    for caller in {media.upload.caller for media in made}:
        own = [media for media in made if media.upload.caller == caller]
        listed |= given.listed(*own, caller=caller)

    urls = [listed_url(listed[media.id]) for media in made]
    if not any(urls):
        raise NotApplicable("the listed items have no media_url")
    answers = parallel(lambda url: read_in_time(storage, url) if url else None, urls)
    for media, exchange in zip(made, answers, strict=True):
        if exchange is not None:
            served_files.is_the_file(media, exchange)


@requirement("FH-PUT-05")
@pytest.mark.parametrize("how", upload_url.SIGNATURE_CHANGES)
def test_a_changed_signature_is_refused(given: Given, conformance_case: Harness, how: str) -> None:
    upload = given.created_upload()

    upload_url.refuses_a_change(conformance_case, upload, how)
    given.stored(upload)  # the unchanged URL works, so the change was the reason


@requirement("FH-PUT-05")
@pytest.mark.parametrize("how", ["tampered", "stripped"])
def test_a_changed_signature_is_refused_for_a_film_too(
    given: Given, conformance_case: Harness, how: str
) -> None:
    upload = given.created_upload("video/mp4")

    upload_url.refuses_a_change(conformance_case, upload, how)
    given.stored(upload)  # the unchanged URL works, so the change was the reason


@requirement("FH-PUT-06")
def test_the_upload_url_writes_its_own_object_only(given: Given, conformance_case: Harness) -> None:
    upload = given.created_upload()

    for change in ("for_other_key", "for_other_extension"):
        upload_url.refuses_a_change(conformance_case, upload, change)
    given.stored(upload)  # the unchanged URL works, so the change was the reason


@requirement("FH-PUT-06")
def test_the_upload_url_writes_no_other_upload(given: Given, conformance_case: Harness) -> None:
    upload = given.created_upload()
    callers = ("other",) if "other-token" in conformance_case.target.capabilities else ()
    others = [given.created_upload(caller=caller) for caller in callers]

    for neighbour in (given.created_upload(), given.stored_upload(), *others):
        upload_url.refuses_the_place_of(conformance_case, upload, neighbour)
    given.stored(upload)  # the URL works at its own place


@requirement("FH-PUT-07")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
def test_the_upload_url_is_good_for_put_only(
    given: Given, conformance_case: Harness, method: str
) -> None:
    upload = given.stored_upload()

    upload_url.refuses_the_method(conformance_case, upload, method)


@requirement("FH-PUT-07")
def test_the_upload_url_reads_no_part(given: Given, conformance_case: Harness) -> None:
    upload = given.stored_upload()

    upload_url.gives_no_part(conformance_case, upload)


@requirement("FH-PUT-07")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_the_upload_url_of_a_film_is_good_for_put_only(
    given: Given, conformance_case: Harness, method: str
) -> None:
    upload = given.stored_upload("video/mp4")

    upload_url.refuses_the_method(conformance_case, upload, method)


@requirement("FH-PUT-07")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_the_upload_url_of_a_media_is_good_for_put_only(
    given: Given, conformance_case: Harness, method: str
) -> None:
    media = given.media()

    upload_url.refuses_the_method(conformance_case, media.upload, method)


@requirement("FH-PUT-08")
@waits
def test_the_upload_url_works_late_in_its_life(expiring: Expiring[Upload], given: Given) -> None:
    given.stored_upload()  # the PUT works at all

    exchange = expiring.late_put()

    upload_url.worked_late(exchange)


@requirement("FH-PUT-09")
@waits
@pytest.mark.parametrize("kind", ["bare", "stored", "of a video"])
def test_an_expired_upload_url_is_refused(
    expiring: Expiring[Upload], conformance_case: Harness, kind: str
) -> None:
    upload = expiring.expired(kind)

    upload_url.refuses_after_expiry(conformance_case, upload)


@requirement("FH-PUT-10")
def test_the_upload_url_carries_no_checksum_of_an_empty_body(given: Given) -> None:
    upload = given.created_upload()

    upload_url.demands_no_empty_body(upload)
