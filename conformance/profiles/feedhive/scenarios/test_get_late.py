"""GET /media/{id} late: a media, its bytes and its thumbnail stay when its session has expired."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from conformance.harness import sample_files
from conformance.harness.bounds import sleep
from conformance.harness.late_look import age_s
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.profiles.feedhive import kept_files, observe
from conformance.profiles.feedhive.expiry import COMPLETED_BY_ANOTHER, COMPLETED_FILM
from conformance.profiles.feedhive.files import still_there, url_of, usable_url
from conformance.profiles.feedhive.upload import Media
from conformance.suite.marks import exclusive, requirement, waits

if TYPE_CHECKING:
    from concurrent.futures import Future

    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

# A late look at a media comes at least so many seconds after its upload, or earlier where the
# effort is quick.
_OLD_S = 25.0


@requirement("FH-LIFECYCLE-04")
@exclusive
@waits
def test_a_media_outlives_its_upload_session(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    given_expiring.working.get()
    upload = expiring.expired("completed")
    api = given_expiring.api

    exchange = api.get_media(upload.media_id or "")

    expect.success(exchange)
    expect.equal(exchange.at("data", "id"), upload.media_id, "`data.id`", exchange)
    with observe.undisturbed(api):
        times = observe.times_listed(api, upload.media_id or "")
        expect.that(times == 1, "the media to be listed once", f"it is listed {times} times")


@requirement("FH-LIFECYCLE-04")
@waits
@pytest.mark.parametrize("kind", [COMPLETED_FILM, COMPLETED_BY_ANOTHER])
def test_a_film_and_another_callers_media_outlive_their_upload_session(
    expiring: Expiring[Upload], given_expiring: Given, storage: Storage, kind: str
) -> None:
    upload = expiring.expired(kind)

    exchange = given_expiring.api.get_media(upload.media_id or "", caller=upload.caller)

    expect.success(exchange)
    fresh = given_expiring.media(upload.content_type, caller=upload.caller)
    if kept_files.readable_at(storage, usable_url(given_expiring.fetched(fresh))):
        still_there(storage.read(expect.url(exchange, "data", "media_url", lenient=True)))


@requirement("FH-LIFECYCLE-04")
@waits
def test_the_bytes_outlive_the_upload_session(
    expiring: Expiring[Upload], given_expiring: Given, storage: Storage
) -> None:
    fresh = url_of(given_expiring.fetched(given_expiring.media("image/jpeg")))
    if fresh is None or not storage.read(fresh).succeeded:
        raise Blocked(limit="media_url gives no bytes: see FH-PUT-04")
    upload = expiring.expired("completed")
    shown = given_expiring.fetched(Media.of(upload))
    url = expect.url(shown, "data", "media_url", lenient=True)

    exchange = storage.read(url)

    still_there(exchange)


@requirement("FH-DELETE-09")
@waits
def test_a_file_that_was_uploaded_again_after_a_delete_stays(
    given: Given, uploaded_again: Future[Media], storage: Storage, expiring: Expiring[Upload]
) -> None:
    media, fresh = uploaded_again.result(), given.media()
    if not kept_files.readable_at(storage, usable_url(given.fetched(fresh))):
        raise NotApplicable("media_url gives no bytes")
    expiring.over()

    still_there(storage.read(usable_url(given.fetched(media))))


@requirement("FH-LIFECYCLE-04")
@waits
@pytest.mark.parametrize("content_type", ["image/png", "image/gif", "video/mp4"])
def test_a_media_is_the_same_late_in_the_run(
    api: Api, given: Given, storage: Storage, conformance_case: Harness, content_type: str
) -> None:
    media = given.shared.sample(content_type)
    given.working.get()
    fresh = given.fetched(given.media(content_type))
    _wait_until(media, age_s(conformance_case.effort, _OLD_S))

    exchange = api.get_media(media.id)

    expect.success(exchange)
    kind = fresh.at("data", "type")
    expect.equal(exchange.at("data", "type"), kind, "`data.type`", exchange)
    new, old = (_served(storage, one) for one in (fresh, exchange))
    if new is not None and old is not None and new.succeeded:
        still_there(old)
        if new.content_type == old.content_type == "image/png":
            sizes = [sample_files.png_size(kept_files.body_of(one)) for one in (new, old)]
            expect.that(sizes[0] == sizes[1], "the picture to stay", "it is another one", old)
        elif new.content_type == old.content_type == "video/mp4":
            whole = [b"moov" in kept_files.body_of(one) for one in (new, old)]
            expect.that(whole[0] == whole[1], "the film to stay", "it is not a film any more", old)


def _served(storage: Storage, fetched: Exchange) -> Exchange | None:
    url = usable_url(fetched)
    return storage.read(url) if url else None


def _wait_until(media: Media, age: float) -> None:
    """Wait until the upload of a media began so many seconds ago."""
    sleep(max(media.upload.exchange.started + age - time.time(), 0))


@requirement("FH-LIFECYCLE-04")
@waits
def test_the_thumbnail_outlives_the_upload_session(
    expiring: Expiring[Upload], given_expiring: Given, storage: Storage
) -> None:
    fresh = observe.thumbnail(given_expiring, given_expiring.media("image/jpeg"))
    if fresh is None or not storage.read(fresh).succeeded:
        raise NotApplicable("the items have no thumbnail_url that gives bytes")
    upload = expiring.expired("completed")
    url = observe.thumbnail(given_expiring, Media.of(upload))
    if url is None:
        raise NotApplicable("thumbnail_url may be null")

    exchange = storage.read(url)

    still_there(exchange, "the bytes of the thumbnail")
