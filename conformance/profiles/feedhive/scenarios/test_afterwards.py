"""What is there after a race or a delete, and what others get of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.retry import even_if_lost
from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive import kept_files, observe
from conformance.profiles.feedhive.files import read_in_time, still_there, usable_url
from conformance.profiles.feedhive.media_id import is_of_one_thing, not_given_again
from conformance.suite.marks import requirement, two_libraries

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

_AT_ONCE = 6
# What a losing complete cleans up is gone then.
_CLEANED_UP_S = 1.0


@requirement("FH-COMPLETE-09")
def test_the_file_outlives_the_completes_that_lost(
    api: Api, given: Given, storage: Storage
) -> None:
    sample = given.shared.sample()
    if not kept_files.readable_at(storage, usable_url(given.fetched(sample))):
        raise NotApplicable("media_url gives no bytes")
    upload = given.stored_upload()

    complete = lambda _: even_if_lost(lambda: api.complete_upload(upload.id))  # noqa: E731
    exchanges = parallel(complete, range(_AT_ONCE))

    won = next((one for one in exchanges if one.succeeded), None)
    if won is None:
        raise NotApplicable("no complete won: another case judges that")
    sleep(_CLEANED_UP_S)
    fetched = api.get_media(expect.text(won, "data", "id"))
    expect.success(fetched)
    url = usable_url(fetched)
    if not url:
        raise NotApplicable("the item of the winner has no media_url")
    still_there(read_in_time(storage, url))


@requirement("FH-GET-12")
def test_another_caller_gets_nothing_of_a_deleted_media(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    given.working.list(caller="other")
    media = given.deleted(given.media())
    observe.gone(api, media.id)

    exchanges = [api.get_media(media.id, caller=caller) for caller in ("other", None)]

    if conformance_case.completions.came_again():
        raise NotApplicable("the server gives the ids of deleted media again")
    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-DELETE-10")
@two_libraries
def test_another_caller_cannot_delete_a_deleted_media(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    given.working.list(caller="other")
    media = given.deleted(given.media())
    observe.gone(api, media.id)
    if conformance_case.completions.came_again():
        raise NotApplicable("the server gives the ids of deleted media again")

    exchange = api.delete_media(media.id, caller="other")

    observe.nothing_given(exchange)


@requirement("FH-DELETE-10")
@two_libraries
def test_a_delete_by_another_caller_closes_no_session(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    upload = given.stored_upload()
    if not is_of_one_thing(upload.id):
        raise NotApplicable("a short upload id may also be that of a media")

    exchange = api.delete_media(upload.id, caller="other")

    observe.nothing_given(exchange)
    expect.success(api.complete_upload(upload.id))


@requirement("FH-DELETE-06")
def test_overlapping_deletes_remove_the_object(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    if "s3-access" not in conformance_case.target.capabilities:
        raise NotApplicable("the bucket is not given")
    bucket, media = conformance_case.bucket, given.media()
    url = SignedUrl(usable_url(given.fetched(media)))
    stored = bucket.behind(url) or bucket.behind(media.upload.signed)
    if stored is None:
        raise NotApplicable("no URL of the item names an object that the bucket has")

    delete = lambda _: even_if_lost(lambda: api.delete_media(media.id))  # noqa: E731
    with not_given_again(api.completions, media.id):
        exchanges = parallel(delete, range(_AT_ONCE))

    if not any(exchange.succeeded for exchange in exchanges):
        raise NotApplicable("no delete succeeded: another case judges that")
    observe.objects_gone(bucket, {stored.key: "media"})
