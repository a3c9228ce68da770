"""DELETE /media/{id}: the bytes, of the deleted media and of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive import observe
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media

_BYTES_GONE_BOUND_S = observe.BYTES_GONE_BOUND_S
_GONE_FROM_THE_BUCKET = f"the object to be gone within {_BYTES_GONE_BOUND_S:.0f} seconds"
_NEIGHBOURS = 12


@requirement("FH-DELETE-06")
def test_the_bytes_are_deleted_from_the_bucket(given: Given, bucket: Bucket) -> None:
    media = given.media("video/mp4")
    url = given.fetched(media).at("data", "media_url") or ""
    observe.is_its_own(given, url, media)
    stored = _backing(bucket, url, media)
    if not stored and _leads_to_the_storage(url, media):
        raise NotApplicable("the bytes are not in this bucket: the case of media_url judges them")
    if not stored:
        raise Blocked(limit="neither upload_url nor media_url names an object that the bucket has")

    given.deleted(media)

    gone = observe.within_bound(lambda: bucket.find(stored.key) is None)
    expect.that(gone, _GONE_FROM_THE_BUCKET, "it is still in the bucket")


@requirement("FH-DELETE-06")
def test_the_bucket_keeps_no_object_of_any_type(given: Given, bucket: Bucket) -> None:
    given.working.delete()
    doomed = given.of_each_type()
    found = parallel(lambda media: _objects(given, bucket, media), doomed)
    keys = {
        key: media.content_type for media, own in zip(doomed, found, strict=True) for key in own
    }
    if not keys:
        raise NotApplicable("no URL of the items names an object that the bucket has")

    parallel(given.deleted, doomed)

    observe.objects_gone(bucket, keys)


@requirement("FH-DELETE-06")
def test_the_storage_serves_no_thumbnail_of_a_deleted_media(given: Given, storage: Storage) -> None:
    media = given.media()
    url = observe.thumbnail(given, media)
    if url is None or not _leads_to_the_storage(url, media) or not storage.read(url).succeeded:
        raise NotApplicable("the item has no thumbnail_url that leads to the storage")
    if SignedUrl(url).path == SignedUrl(observe.thumbnail(given, given.shared.sample()) or "").path:
        raise NotApplicable("other items have the same thumbnail")

    given.deleted(media)

    gone = observe.within_bound(lambda: _serves_nothing(storage, url))
    wanted = f"the storage to refuse the thumbnail within {_BYTES_GONE_BOUND_S:.0f} seconds"
    expect.that(gone, wanted, "it does not refuse it", storage.read(url))


@requirement("FH-DELETE-06")
def test_the_storage_serves_no_bytes_of_a_deleted_media(
    given: Given, storage: Storage, conformance_case: Harness
) -> None:
    media = given.media()
    url = given.fetched(media).at("data", "media_url")
    if not isinstance(url, str) or not _leads_to_the_storage(url, media):
        if conformance_case.target.s3_bucket:
            raise NotApplicable(
                "media_url does not lead to the storage: the case of the bucket judges the bytes"
            )
        raise Blocked(capability="s3-access")
    observe.is_its_own(given, url, media)
    if not storage.read(url).succeeded:
        raise Blocked(limit="media_url gives no bytes: see FH-PUT-04")

    given.deleted(media)

    gone = observe.within_bound(lambda: _serves_nothing(storage, url))
    wanted = f"the storage to refuse the bytes within {_BYTES_GONE_BOUND_S:.0f} seconds"
    expect.that(gone, wanted, "it does not refuse them", storage.read(url))


@requirement("FH-DELETE-07")
@pytest.mark.parametrize("field", ["media_url", "thumbnail_url"])
def test_the_urls_of_a_deleted_media_serve_nothing(
    given: Given, storage: Storage, field: str
) -> None:
    media = given.media()
    url = given.fetched(media).at("data", field)
    if not isinstance(url, str) or not storage.read(url).succeeded:
        raise NotApplicable(f"the item has no {field} that gives bytes")
    if _leads_to_the_storage(url, media):
        raise NotApplicable(f"{field} leads to the storage itself: see FH-DELETE-06")

    given.deleted(media)

    gone = observe.within_bound(lambda: _serves_nothing(storage, url))
    wanted = f"{field} to serve nothing after {_BYTES_GONE_BOUND_S:.0f} seconds"
    expect.that(gone, wanted, "it does not refuse the request", storage.read(url))


@requirement("FH-DELETE-09")
def test_the_neighbours_bytes_survive(
    given: Given, storage: Storage, conformance_case: Harness
) -> None:
    media = given.media()
    neighbours = [*given.alike(media), *given.shared.library(_NEIGHBOURS)]
    shown = parallel(given.fetched, neighbours)
    readable = observe.readable_files(storage, *shown)
    if not readable and conformance_case.target.s3_bucket:
        raise NotApplicable("no media_url gives bytes: the case of the bucket judges them")
    if not readable:
        raise Blocked(capability="s3-access", seen="no media_url gives bytes")

    given.deleted(media)

    observe.bytes_kept(storage, readable)


@requirement("FH-DELETE-09")
def test_the_neighbours_objects_stay_in_the_bucket(
    given: Given, storage: Storage, conformance_case: Harness
) -> None:
    if not conformance_case.target.s3_bucket:
        raise NotApplicable("there is no access to the bucket: the case of media_url judges")
    bucket = conformance_case.bucket
    media = given.media()
    neighbours = [*given.alike(media), *given.shared.library(_NEIGHBOURS)]
    shown = parallel(given.fetched, neighbours)
    kept = _stored_objects(bucket, zip(neighbours, shown, strict=True))
    if not kept and observe.readable_files(storage, *shown):
        raise NotApplicable("the bytes are not in this bucket: the case of media_url judges them")
    if not kept:
        raise Blocked(limit="neither upload_url nor media_url names an object that the bucket has")

    given.deleted(media)

    observe.objects_kept(bucket, kept)


def _stored_objects(
    bucket: Bucket, shown: Iterable[tuple[Media, Exchange]]
) -> dict[str, StoredObject]:
    """Return the objects of media in the bucket, by key."""
    pairs = [(str(one.at("data", "media_url") or ""), media) for media, one in shown]
    found = parallel(lambda pair: _backing(bucket, *pair), pairs)
    return {one.key: one for one in found if one}


def _backing(bucket: Bucket, url: str, media: Media) -> StoredObject | None:
    """Return a media's object: the one of media_url, otherwise the upload's.

    A server may copy the upload to another key, and let a rule of the bucket delete the
    upload.
    """
    return bucket.behind(SignedUrl(url)) or bucket.behind(media.upload.signed)


def _objects(given: Given, bucket: Bucket, media: Media) -> set[str]:
    """Return the keys of a media's file, and of its thumbnail if no other media has the same."""
    url = given.fetched(media).at("data", "media_url") or ""
    observe.is_its_own(given, url, media)
    file = _backing(bucket, url, media)
    own = SignedUrl(observe.thumbnail(given, media) or "")
    shared = SignedUrl(observe.thumbnail(given, given.shared.sample(media.content_type)) or "")
    thumbnail = bucket.behind(own) if own.path != shared.path else None
    return {found.key for found in (file, thumbnail) if found}


def _leads_to_the_storage(url: str, media: Media) -> bool:
    """Whether a URL is signed for the host that took the upload, so that no cache is before it."""
    own = SignedUrl(url)
    return own.signed and own.host == media.upload.signed.host


def _serves_nothing(storage: Storage, url: str) -> bool:
    """Whether a URL is refused: a server error or a lost answer does not show that it is gone."""
    try:
        answer = storage.read(url)
    except Blocked:
        return False
    return answer.status is not None and not answer.succeeded and answer.status < 500
