"""DELETE /media/{id}: the bytes, of the deleted media and of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.concurrency import parallel
from conformance.harness.lag import GONE_BOUND_S, GONE_SOON_S
from conformance.harness.late_look import age_s
from conformance.judge import expect
from conformance.judge.finding import Blocked, Finding, NotApplicable, Violation, precondition
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive import kept_files
from conformance.profiles.feedhive.expiry import EMPTIED_LATE
from conformance.profiles.feedhive.filename import alike
from conformance.profiles.feedhive.files import URLS, usable_url
from conformance.profiles.feedhive.removals import (
    MEDIA_URL,
    OBJECT,
    OBJECTS,
    THUMBNAIL_URL,
    backing,
    removed,
)
from conformance.profiles.feedhive.upload import Media
from conformance.suite.marks import exclusive, requirement, waits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.lag import Lag
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.removals import Removal, Removals
    from conformance.profiles.feedhive.upload import Upload

_IN_TIME = f"within {GONE_BOUND_S:.0f} seconds"
_NEIGHBOURS = 12
# A worker that stores a file again has done so by then, or earlier where the effort is quick.
_LATE_S = 25.0


def _bucket(harness: Harness) -> Bucket:
    """Return the bucket; not applicable without access, since other cases read the URLs then."""
    if not harness.target.s3_bucket:
        raise NotApplicable("there is no access to the bucket: the case of media_url judges")
    return harness.bucket


@requirement("FH-DELETE-06")
@waits
def test_the_bytes_are_deleted_from_the_bucket(
    removals: Removals, conformance_case: Harness
) -> None:
    bucket, removal = _bucket(conformance_case), removals.of("video/mp4")

    lag = removal.lag(OBJECT)

    actual = f"it is still in the bucket {bucket.name!r}"
    expect.that(lag.happened, f"the object to be gone {_IN_TIME}", actual)


@requirement("FH-DELETE-06")
@waits
def test_the_bucket_keeps_no_object_of_any_type(
    removals: Removals, conformance_case: Harness
) -> None:
    bucket = _bucket(conformance_case)
    found = {content_type: _lags(removals, content_type, OBJECTS) for content_type in removals}

    kept = [f"{place} of {name}" for name, lags in found.items() for place in _kept(lags)]

    wanted = f"every object to be gone {_IN_TIME}"
    expect.that(not kept, wanted, f"the bucket {bucket.name!r} still has the {', '.join(kept)}")
    if not any(found.values()):
        raise NotApplicable("no URL of the items names an object that the bucket has")
    removals.all_begun()


@requirement("FH-DELETE-06")
@waits
def test_the_bucket_keeps_no_object_of_a_media_whose_session_has_expired(
    expiring: Expiring[Upload], given_expiring: Given, conformance_case: Harness
) -> None:
    media = Media.of(expiring.also_expired(EMPTIED_LATE))

    removal = removed(conformance_case, given_expiring, media)

    watched = [place for place in OBJECTS if place not in removal.unwatched]
    if not watched:
        raise removal.unwatched[OBJECT]
    kept = _kept({place: removal.lag(place) for place in watched})
    actual = f"the bucket still has the {', '.join(kept)}"
    expect.that(not kept, f"every object to be gone {_IN_TIME}", actual)


@requirement("FH-DELETE-06")
@waits
def test_the_storage_serves_no_thumbnail_of_a_deleted_media(
    removals: Removals, storage: Storage
) -> None:
    removal = removals.of("image/png")
    if THUMBNAIL_URL not in removal.direct:
        raise NotApplicable("the item has no thumbnail_url that leads to the storage")

    _refused_in_time(removal, THUMBNAIL_URL, storage, "the storage to refuse the thumbnail")


@requirement("FH-DELETE-06")
@waits
def test_the_storage_serves_no_bytes_of_a_deleted_media(
    removals: Removals, storage: Storage, conformance_case: Harness
) -> None:
    removal = removals.of("image/png")
    if MEDIA_URL not in removal.direct:
        if conformance_case.target.s3_bucket:
            raise NotApplicable(
                "media_url does not lead to the storage: the case of the bucket judges the bytes"
            )
        raise Blocked(capability="s3-access")

    _refused_in_time(removal, MEDIA_URL, storage, "the storage to refuse the bytes")


@requirement("FH-DELETE-06")
@waits
def test_the_bytes_of_deleted_media_do_not_come_back(
    removals: Removals, storage: Storage, conformance_case: Harness
) -> None:
    back = removals.came_back(storage, age_s(conformance_case.effort, _LATE_S))

    if conformance_case.completions.came_again():
        raise NotApplicable("the server gives the ids of deleted media again")
    actual = f"there is the {', '.join(back)} again"
    expect.that(not back, "the bytes of deleted media to stay away", actual)


@requirement("FH-DELETE-07")
@waits
@pytest.mark.parametrize("field", ["media_url", "thumbnail_url"])
def test_the_urls_of_a_deleted_media_serve_nothing(
    removals: Removals, storage: Storage, field: str
) -> None:
    removal = removals.of("image/png")
    if field in removal.direct:
        raise NotApplicable(f"{field} leads to the storage itself: see FH-DELETE-06")

    _refused_in_time(removal, field, storage, f"{field} to serve nothing")


@requirement("FH-DELETE-17")
@waits
def test_the_bytes_are_deleted_soon(removals: Removals) -> None:
    removal = removals.of("image/png")
    lags = _lags(removals, "image/png", (OBJECT, *sorted(removal.direct)))
    if not lags:
        raise Blocked(capability="s3-access", seen="no URL of the item leads to the storage")
    with precondition("FH-DELETE-06"):
        kept = _kept(lags)
        expect.that(not kept, f"the bytes to be gone {_IN_TIME}", f"{', '.join(kept)} has them")

    late_s = max(lag.missed_s for lag in lags.values())

    wanted = f"the bytes to be gone within {GONE_SOON_S:.0f} seconds"
    actual = f"they were still there {late_s:.0f} seconds after the delete"
    expect.that(late_s <= GONE_SOON_S, wanted, actual)


@requirement("FH-DELETE-09")
@exclusive  # so that the item behind the deleted one is one of this case
def test_the_neighbours_bytes_survive(
    given: Given, storage: Storage, conformance_case: Harness, owner: str
) -> None:
    media = given.media(caller=owner)
    equal = given.media(body=media.upload.body, caller=owner)
    neighbours = [equal, *alike(given, media), *given.shared_by(owner).library(_NEIGHBOURS)]
    shown = parallel(given.fetched, neighbours)
    readable = kept_files.readable_files(storage, *shown)
    if not readable and conformance_case.target.s3_bucket:
        raise NotApplicable("no media_url gives bytes: the case of the bucket judges them")
    if not readable:
        raise Blocked(capability="s3-access", seen="no media_url gives bytes")

    given.deleted(media)

    for neighbour, one in zip(neighbours, shown, strict=True):
        urls = {usable_url(one, field) for field in URLS}
        own = {url: exchange for url, exchange in readable.items() if url in urls}
        kept_files.files_kept(given, storage, neighbour, own)


@requirement("FH-DELETE-09")
def test_the_neighbours_objects_stay_in_the_bucket(
    given: Given, storage: Storage, conformance_case: Harness
) -> None:
    if not conformance_case.target.s3_bucket:
        raise NotApplicable("there is no access to the bucket: the case of media_url judges")
    bucket = conformance_case.bucket
    media = given.media()
    neighbours = [*alike(given, media), *given.shared.library(_NEIGHBOURS)]
    shown = parallel(given.fetched, neighbours)
    kept = _stored_objects(bucket, zip(neighbours, shown, strict=True))
    if not kept and kept_files.readable_files(storage, *shown):
        raise NotApplicable("the bytes are not in this bucket: the case of media_url judges them")
    if not kept:
        raise Blocked(limit="neither upload_url nor media_url names an object that the bucket has")

    given.deleted(media)

    _objects_stay(bucket, kept, neighbours, given)


def _stored_objects(
    bucket: Bucket, shown: Iterable[tuple[Media, Exchange]]
) -> dict[str, StoredObject]:
    """Return the objects of media in the bucket, by the id of the media."""
    pairs = [(usable_url(one), media) for media, one in shown]
    found = parallel(lambda pair: backing(bucket, *pair), pairs)
    return {pair[1].id: one for pair, one in zip(pairs, found, strict=True) if one}


def _objects_stay(
    bucket: Bucket, kept: Mapping[str, StoredObject], media: Sequence[Media], given: Given
) -> None:
    """Judge that the objects of media stay; a worker may move some while they are looked at."""
    before: set[str] = set()
    while True:
        stayed = {one.key: one for one in _unmoved(bucket, kept, media, given)}
        try:
            kept_files.objects_kept(bucket, stayed)
        except Violation:
            if stayed.keys() == before:
                raise
            before = set(stayed)
        else:
            return


def _unmoved(
    bucket: Bucket, kept: Mapping[str, StoredObject], media: Sequence[Media], given: Given
) -> Iterator[StoredObject]:
    """Yield the objects that must still be there.

    A server may move a file, for example when it was processed: then the item names another
    object, which the bucket has.
    """
    for one in media:
        stored = kept.get(one.id)
        if stored is None:
            continue
        if bucket.find(stored.key) is None:
            moved = bucket.behind(SignedUrl(usable_url(given.api.get_media(one.id))))
            if moved is not None and moved.key != stored.key:
                continue
        yield stored


def _refused_in_time(removal: Removal, place: str, storage: Storage, wanted: str) -> None:
    """Judge that a URL of a deleted media is refused within the bound."""
    lag = removal.lag(place)
    if not lag.happened:
        shown = storage.read(removal.urls[place])
        actual = f"it does not refuse the request: it was {shown.summary()}"
        expect.violated(f"{wanted} {_IN_TIME}", actual, shown)


def _lags(removals: Removals, content_type: str, places: Iterable[str]) -> dict[str, Lag]:
    """Wait for the places of a deleted media that are watched."""
    try:
        removal = removals.of(content_type)
    except Finding:
        return {}
    return {place: removal.lag(place) for place in places if place not in removal.unwatched}


def _kept(lags: Mapping[str, Lag]) -> list[str]:
    return [place for place, lag in lags.items() if not lag.happened]
