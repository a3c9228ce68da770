"""POST /media/uploads/{id}/complete of a session that is completed already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.files import URLS, still_there, url_of, usable_url
from conformance.suite.marks import accounted, requirement, waits

if TYPE_CHECKING:
    from concurrent.futures import Future

    from conformance.harness.expiring import Expiring
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media, Upload


@requirement("FH-COMPLETE-08")
@accounted
def test_complete_refuses_a_completed_session(api: Api, given: Given, storage: Storage) -> None:
    media = given.media()
    given.fetched(media)

    with observe.no_new_media(api):
        _refused_again(api, storage, media.upload)
    expect.success(api.get_media(media.id))


@requirement("FH-COMPLETE-03")
@accounted
def test_a_file_that_was_sent_twice_is_one_new_media(
    api: Api, given: Given, storage: Storage
) -> None:
    given.working.growing_list()
    upload = given.stored_upload()
    if not storage.put(upload.url, upload.body, upload.content_type).succeeded:
        raise NotApplicable("the storage takes one file for each upload URL")
    before = observe.known_ids(api)

    given.completed(upload)

    fresh = observe.new_ids(api, before)
    if len(fresh) != 1:
        observe.left_alone(api)
    expect.that(len(fresh) == 1, "exactly 1 new media in the list", f"there are {len(fresh)}")


@requirement("FH-COMPLETE-08")
@accounted
def test_complete_refuses_a_completed_session_of_each_kind(api: Api, given: Given) -> None:
    given.working.complete()
    media = parallel(given.media, ["image/jpeg", "image/gif", "video/mp4", "video/quicktime"])

    with observe.no_new_media(api):
        parallel(lambda one: expect.refused(api.complete_upload(one.upload.id)), media)


@requirement("FH-COMPLETE-08")
@accounted
def test_complete_refuses_the_session_of_a_deleted_media(
    api: Api, given: Given, storage: Storage
) -> None:
    media = given.deleted(given.media())

    with observe.no_new_media(api):
        _refused_again(api, storage, media.upload)


@requirement("FH-COMPLETE-08")
@accounted
@waits
def test_complete_refuses_a_session_completed_long_ago(
    api: Api, expiring: Expiring[Upload], early: Future[Media], storage: Storage
) -> None:
    upload = early.result().upload

    expiring.over()

    with observe.no_new_media(api):
        _refused_again(api, storage, upload)


@requirement("FH-COMPLETE-08")
def test_the_bytes_outlive_a_second_complete(api: Api, given: Given, storage: Storage) -> None:
    media = given.media()
    before = _readable(given, storage, media)
    if not before:
        raise NotApplicable("no URL of the item gives bytes")

    expect.refused(api.complete_upload(media.upload.id))

    shown = api.get_media(media.id)
    expect.success(shown)
    for field in before:
        url = url_of(shown, field)
        if url is not None:  # the server may make a thumbnail again
            still_there(storage.read(url), f"the bytes of {field}")


def _refused_again(api: Api, storage: Storage, upload: Upload) -> None:
    """Judge that a completed session is refused, also after its URL took the file again.

    A server that moves the object away may refuse only because no object is there, and not
    because it knows that the session is completed. The storage may refuse the file.
    """
    expect.refused(api.complete_upload(upload.id))
    storage.put(upload.url, upload.body, upload.content_type)
    expect.refused(api.complete_upload(upload.id))
    expect.refused(api.complete_upload(upload.id, body=b"{}"))


def _readable(given: Given, storage: Storage, media: Media) -> list[str]:
    """Return the fields of an item whose URLs give bytes."""
    given.fetched(media)  # a thumbnail may appear only in the second answer
    shown = given.fetched(media)
    urls = {field: url for field in URLS if (url := usable_url(shown, field))}
    answers = parallel(storage.read, urls.values())
    return [field for field, answer in zip(urls, answers, strict=True) if answer.succeeded]
