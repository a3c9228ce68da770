"""DELETE /media/{id}."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance import expect
from conformance.case import exclusive, requirement
from conformance.examination import parallel
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.library import listed_items
from conformance.storage import SignedUrl
from conformance.verdict import Blocked, NotApplicable, precondition

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.bucket import Bucket
    from conformance.examination import Examination
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media
    from conformance.storage import Storage

_AT_ONCE = 6
# The record goes first: the bytes may follow, but within this many seconds.
_BYTES_GONE_BOUND_S = 30.0
_POLL_S = 0.25
_NEIGHBOURS = 12
# None of them is a pattern that could match an id: a server that takes ids for patterns
# would delete what is not ours.
# Of shorter ids, counted ones for instance, the beginning may be that of a stranger's.
_TELLING_ID = 12
_BAD_IDS = {
    "two dots": "..",
    "percent sign": "%zz-no-such-media",
    "quote": "'",
    "accents": "é/ü",
    "very long": "a" * 3_000,
    "null": "null",
    "blank": " ",
}


@requirement("FH-DELETE-01")
def test_delete_answers_with_the_deleted_item(api: Api, given: Given) -> None:
    media = given.media()
    given.fetched(media)

    exchange = api.delete_media(media.id)

    with given.causes.of_failed_delete(media, exchange):
        expect.success(exchange)
        expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)


@requirement("FH-DELETE-01")
def test_delete_takes_a_media_of_each_type(api: Api, given: Given) -> None:
    given.working_delete()
    doomed = given.of_each_type()

    exchanges = parallel(len(doomed), lambda number: api.delete_media(doomed[number].id))

    for exchange in exchanges:
        expect.success(exchange)


@requirement("FH-DELETE-02")
def test_a_deleted_media_cannot_be_fetched(api: Api, given: Given) -> None:
    media = given.media()
    given.fetched(media)

    given.deleted(media)

    observe.gone(api, media.id)


@requirement("FH-DELETE-03")
def test_a_deleted_media_is_not_listed(api: Api, given: Given) -> None:
    media = given.media()

    given.deleted(media)

    times = observe.times_listed(api, media.id)
    expect.equal(times, 0, "how often the deleted media is listed")


@requirement("FH-DELETE-04")
@exclusive
def test_the_total_shrinks_with_a_delete(api: Api, given: Given) -> None:
    given.prompt_list()
    media = given.media()
    with observe.undisturbed(api):
        before = observe.total(api)

        given.deleted(media)

        expect.equal(observe.total(api), before - 1, "`data.total` after the delete")


@requirement("FH-DELETE-05")
def test_a_second_delete_is_refused(api: Api, given: Given) -> None:
    media = given.deleted(given.media())

    exchange = api.delete_media(media.id)

    expect.refused(exchange)


@requirement("FH-DELETE-06")
def test_the_bytes_are_deleted_from_the_bucket(given: Given, bucket: Bucket) -> None:
    media = given.media("video/mp4")
    url = given.fetched(media).at("data", "media_url") or ""
    keys = {
        found.key for own in (media.upload.signed, SignedUrl(url)) if (found := bucket.behind(own))
    }
    if not keys and _leads_to_the_storage(url, media):
        raise NotApplicable("the bytes are elsewhere than in the bucket: media_url shows them")
    if not keys:
        raise Blocked(limit="neither upload_url nor media_url names an object that the bucket has")

    given.deleted(media)

    gone = _within_bound(lambda: not any(map(bucket.find, keys)))
    wanted = f"the object to be gone within {_BYTES_GONE_BOUND_S:.0f} seconds"
    expect.that(gone, wanted, "it is still in the bucket")


@requirement("FH-DELETE-06")
def test_the_storage_serves_no_thumbnail_of_a_deleted_media(given: Given, storage: Storage) -> None:
    media = given.media()
    url = _thumbnail(given, media)
    if url is None or not _leads_to_the_storage(url, media) or not storage.read(url).succeeded:
        raise NotApplicable("the item has no thumbnail_url that leads to the storage")
    if SignedUrl(url).path == SignedUrl(_thumbnail(given, given.sample()) or "").path:
        raise NotApplicable("the thumbnail is not the item's alone")

    given.deleted(media)

    gone = _within_bound(lambda: _serves_nothing(storage, url))
    wanted = f"the storage to refuse the thumbnail within {_BYTES_GONE_BOUND_S:.0f} seconds"
    expect.that(gone, wanted, "it still gives it", storage.read(url))


@requirement("FH-DELETE-06")
def test_the_storage_serves_no_bytes_of_a_deleted_media(
    given: Given, storage: Storage, conformance_case: Examination
) -> None:
    media = given.media()
    url = given.fetched(media).at("data", "media_url")
    if not isinstance(url, str) or not _leads_to_the_storage(url, media):
        if conformance_case.target.s3_bucket:
            raise NotApplicable(
                "media_url does not lead to the storage: the bucket shows the bytes"
            )
        raise Blocked(capability="s3-access")
    if not storage.read(url).succeeded:
        raise Blocked(limit="media_url gives no bytes: see FH-PUT-04")

    given.deleted(media)

    gone = _within_bound(lambda: _serves_nothing(storage, url))
    wanted = f"the storage to refuse the bytes within {_BYTES_GONE_BOUND_S:.0f} seconds"
    expect.that(gone, wanted, "it still gives them", storage.read(url))


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

    gone = _within_bound(lambda: _serves_nothing(storage, url))
    wanted = f"{field} to serve nothing after {_BYTES_GONE_BOUND_S:.0f} seconds"
    expect.that(gone, wanted, "it still gives the bytes", storage.read(url))


@requirement("FH-DELETE-08")
@exclusive
def test_the_neighbours_records_survive(api: Api, given: Given) -> None:
    given.working_get()
    first, media = given.media(), given.media()
    neighbours = [first, *_alike(given, media)]
    with observe.undisturbed(api):
        before = set(listed_items(api))

        given.deleted(media)

        lost = before - set(listed_items(api)) - {media.id}
        expect.that(not lost, "every other item to stay", f"{', '.join(sorted(lost))} went too")
        for neighbour in neighbours:
            expect.success(api.get_media(neighbour.id))


@requirement("FH-DELETE-09")
def test_the_neighbours_bytes_survive(given: Given, storage: Storage) -> None:
    media = given.media()
    neighbours = [*_alike(given, media), *given.library(_NEIGHBOURS)]
    shown = parallel(len(neighbours), lambda number: given.fetched(neighbours[number]))
    urls = [item.at("data", field) for item in shown for field in ("media_url", "thumbnail_url")]
    urls = [url for url in urls if isinstance(url, str)]
    there = parallel(len(urls), lambda number: storage.read(urls[number]).succeeded)
    readable = [url for url, succeeded in zip(urls, there, strict=True) if succeeded]
    if not readable:
        raise NotApplicable("no media_url gives bytes that could be lost")

    given.deleted(media)

    for exchange in parallel(len(readable), lambda number: storage.read(readable[number])):
        expect.that(exchange.succeeded, "the neighbour's bytes", "they are gone", exchange)


@requirement("FH-DELETE-10")
def test_another_caller_cannot_delete_the_media(api: Api, given: Given) -> None:
    given.working_list(caller="other")
    media = given.media()
    given.fetched(media)

    exchange = api.delete_media(media.id, caller="other")

    observe.nothing_given(exchange)
    expect.refused(exchange)
    expect.success(api.get_media(media.id))


@requirement("FH-DELETE-11")
@pytest.mark.parametrize("shape", ["plausible", "slashed", "an upload id"])
def test_delete_refuses_an_unknown_id(api: Api, given: Given, shape: str) -> None:
    given.working_delete()
    token = uuid4().hex
    unknown = {
        "plausible": f"med_{token}",
        "slashed": f"med_{token[:4]}/{token[4:]}",
        "an upload id": given.working_create().id,
    }[shape]

    exchange = api.delete_media(unknown)

    expect.refused(exchange)


@requirement("FH-DELETE-11")
@pytest.mark.parametrize("shape", ["cut short", "one longer"])
def test_delete_refuses_what_is_nearly_an_id(api: Api, given: Given, shape: str) -> None:
    media = given.media()
    given.fetched(media)
    asked = media.id[:-1] if shape == "cut short" else f"{media.id}0"
    if len(media.id) < _TELLING_ID or not _names_nothing(api, asked):
        raise NotApplicable("what is nearly an id may be that of another item")

    exchange = api.delete_media(asked)

    expect.refused(exchange)
    expect.success(api.get_media(media.id))


@requirement("FH-DELETE-12")
def test_delete_takes_an_id_with_slashes_percent_encoded(api: Api, given: Given) -> None:
    media = given.media()
    if "/" not in media.id:
        raise NotApplicable("the ids of this server have no slash")

    exchange = api.delete_media(media.id)

    expect.success(exchange)
    observe.gone(api, media.id)


@requirement("FH-DELETE-13")
def test_concurrent_deletes_answer_cleanly(api: Api, given: Given) -> None:
    given.working_delete()
    media = given.media()

    exchanges = parallel(_AT_ONCE, lambda _: api.delete_media(media.id))

    for exchange in exchanges:
        expect.not_a_server_error(exchange)
    observe.gone(api, media.id)


@requirement("FH-DELETE-14")
@pytest.mark.parametrize("media_id", _BAD_IDS.values(), ids=_BAD_IDS)
def test_delete_of_a_bad_id_is_no_server_error(api: Api, given: Given, media_id: str) -> None:
    given.working_delete()

    exchange = api.delete_media(media_id)

    expect.not_a_server_error(exchange)


@requirement("FH-DELETE-16")
def test_the_deleted_item_is_returned_as_it_was(api: Api, given: Given) -> None:
    given.working_delete()
    media = given.media("image/gif")
    before = given.fetched(media)

    exchange = api.delete_media(media.id)

    with precondition("FH-DELETE-01"):
        expect.success(exchange)
    for name in ("type", "mime_type", "created_at"):
        was, now = before.at("data", name), exchange.at("data", name)
        if was is not None:  # null may have become filled
            expect.equal(now, was, f"`data.{name}`", exchange)


def _leads_to_the_storage(url: str, media: Media) -> bool:
    """Whether a URL is signed for the host that took the upload: no cache stands before it."""
    own = SignedUrl(url)
    return own.signed and own.host == media.upload.signed.host


def _thumbnail(given: Given, media: Media) -> str | None:
    """Return an item's thumbnail_url, which may show itself only at the second look."""
    looks = (given.fetched(media).at("data", "thumbnail_url") for _ in range(2))
    return next((url for url in looks if isinstance(url, str)), None)


def _alike(given: Given, media: Media) -> list[Media]:
    """Return items of the same filename, and of names that begin alike, made after another."""
    name = media.upload.filename
    stem, _, extension = name.rpartition(".")
    names = (name, f"{stem}-2.{extension}", f"{name}.{extension}")
    return parallel(
        len(names),
        lambda number: given.completed(given.stored(given.created_upload(filename=names[number]))),
    )


def _names_nothing(api: Api, media_id: str) -> bool:
    """Whether an id is nobody's: only such a one may be deleted without being made by us."""
    exchange = api.get_media(media_id)
    if exchange.succeeded and exchange.at("data", "id") == media_id:
        return False
    with precondition("FH-GET-09"):
        expect.refused(exchange)
    return True


def _serves_nothing(storage: Storage, url: str) -> bool:
    """Whether a URL is refused; an answer that breaks off, as the file goes, tells nothing yet."""
    try:
        return not storage.read(url).succeeded
    except Blocked:
        return False


def _within_bound(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _BYTES_GONE_BOUND_S
    while not holds():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(_POLL_S)
    return True
