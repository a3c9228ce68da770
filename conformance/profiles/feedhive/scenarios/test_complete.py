"""POST /media/uploads/{id}/complete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness import sample_files, upload_url
from conformance.harness.concurrency import parallel
from conformance.harness.retry import even_if_lost, unless_lost
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.library import listed_items
from conformance.profiles.feedhive.media_id import in_another_case, is_of_one_thing, nearly
from conformance.profiles.feedhive.settled import when_settled
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import accounted, exclusive, quiet, requirement, tried, two_libraries

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

_AT_ONCE = 8
# A race does not show in every attempt.
_ATTEMPTS = {"first": "image/png", "second": "video/mp4", "third": "image/gif"}
# A server may treat each of these in its own way.
_OF_EACH_KIND = ("image/png", "image/jpeg", "image/gif", "video/mp4", "video/quicktime")
# A server may lose one media of some.
_MANY = 12


@requirement("FH-COMPLETE-01")
def test_complete_gives_a_media_id(api: Api, given: Given) -> None:
    upload = given.stored_upload()

    exchange = api.complete_upload(upload.id)

    expect.success(exchange)
    expect.text(exchange, "data", "id")


@requirement("FH-COMPLETE-01")
def test_equal_files_become_two_media(api: Api, given: Given) -> None:
    given.working.complete()
    first = given.stored_upload()
    second = given.stored_upload(body=first.body)

    exchanges = [api.complete_upload(upload.id) for upload in (first, second)]

    ids = []
    for exchange in exchanges:
        expect.success(exchange)
        ids.append(expect.text(exchange, "data", "id"))
    expect.that(ids[0] != ids[1], "two media items", f"both are {ids[0]}", exchanges[1])


@requirement("FH-COMPLETE-01")
@pytest.mark.parametrize("kind", sample_files.EVERYDAY_FILES)
def test_complete_takes_files_as_people_upload_them(api: Api, given: Given, kind: str) -> None:
    given.working.complete()
    content_type, body = sample_files.EVERYDAY_FILES[kind]
    upload = given.stored_upload(content_type, body())

    exchange = api.complete_upload(upload.id)

    upload_url.is_within_limits(exchange, upload)
    expect.success(exchange)


@requirement("FH-COMPLETE-01")
def test_the_file_of_a_deleted_media_can_be_uploaded_again(api: Api, given: Given) -> None:
    old = given.deleted(given.media()).upload
    upload = given.stored(given.created_upload(filename=old.filename), old.body)

    exchange = api.complete_upload(upload.id)

    expect.success(exchange)


@requirement("FH-COMPLETE-02")
def test_the_new_media_can_be_fetched_at_once(api: Api, given: Given) -> None:
    media = given.media()

    exchange = api.get_media(media.id)

    with given.causes.of_failed_get(media, exchange):
        expect.success(exchange)
        expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)


@requirement("FH-COMPLETE-20")
def test_the_first_fetch_shows_the_new_media(api: Api, given: Given) -> None:
    given.working.get()
    media = given.completed(given.stored_upload(), listed=False)

    exchange = api.get_media(media.id, at_once=True)

    with precondition("FH-COMPLETE-02"):
        expect.success(api.get_media(media.id))
    expect.success(exchange)


@requirement("FH-COMPLETE-03")
@tried
def test_the_new_media_is_listed_once(api: Api, given: Given) -> None:
    media = given.media()

    def listed_once() -> None:
        times = observe.times_listed(api, media.id)
        expect.that(times == 1, "the new media to be listed once", f"it is listed {times} times")

    with observe.undisturbed(api):
        given.in_time(listed_once)


@requirement("FH-COMPLETE-03")
@quiet
@when_settled
def test_each_of_many_new_media_is_listed(api: Api, given: Given) -> None:
    made = {media.id for media in given.shared.library(_MANY)}

    def all_listed() -> None:
        missing = sorted(made - set(listed_items(api)))
        actual = f"{len(missing)} of {len(made)} are missing, for example {''.join(missing[:1])}"
        expect.that(not missing, "every new media to be listed", actual)

    with observe.undisturbed(api):
        given.in_time(all_listed)


@requirement("FH-COMPLETE-17")
@exclusive
def test_the_new_media_is_listed_at_once(api: Api, given: Given, owner: str) -> None:
    upload = given.stored_upload(caller=owner)
    with observe.undisturbed(api, owner):
        listed_items(api, caller=owner)  # a cache may keep this answer
        media = given.completed(upload, listed=False)

        listed = listed_items(api, caller=owner)

        expect.that(media.id in listed, "the new media to be listed at once", "it is not listed")


@requirement("FH-COMPLETE-04")
def test_complete_needs_no_body(api: Api, given: Given) -> None:
    upload = given.stored_upload("image/gif")

    exchange = api.complete_upload(upload.id, body=b"")

    expect.success(exchange)


@requirement("FH-COMPLETE-04")
def test_complete_needs_no_length(api: Api, given: Given) -> None:
    given.working.complete()
    upload = given.stored_upload()

    # The curl line of the page sends neither a body nor its length.
    exchange = api.complete_upload(upload.id, headers={"Content-Length": ""})

    expect.success(exchange)


@requirement("FH-COMPLETE-05")
@accounted
@pytest.mark.parametrize("shape", ["plausible", "slashed", "a media id"])
def test_complete_refuses_an_unknown_session(api: Api, given: Given, shape: str) -> None:
    media = given.media()
    unknown = {
        "plausible": media.upload.id[:-8] + uuid4().hex[:8],
        "slashed": f"upl_{uuid4().hex[:6]}/{uuid4().hex[:6]}",
        "a media id": media.id,
    }[shape]

    with observe.no_new_media(api):
        expect.refused(api.complete_upload(unknown))


@requirement("FH-COMPLETE-05")
@accounted
def test_complete_refuses_what_is_nearly_a_session(api: Api, given: Given) -> None:
    given.working.complete()
    upload = given.stored_upload()

    with observe.no_new_media(api):
        for wrong in _nearly(upload.id):
            _completes_nothing(api.complete_upload(wrong))
    expect.success(api.complete_upload(upload.id))


@requirement("FH-COMPLETE-09")
@accounted
@pytest.mark.parametrize("attempt", _ATTEMPTS)
def test_of_concurrent_completions_exactly_one_succeeds(
    api: Api, given: Given, attempt: str
) -> None:
    given.working.growing_list()
    upload = given.stored_upload(_ATTEMPTS[attempt])
    before = observe.known_ids(api)

    exchanges = parallel(lambda _: _completed_at_once(api, upload.id), range(_AT_ONCE))

    wins = [exchange for exchange in exchanges if exchange.succeeded]
    if not wins:
        for exchange in exchanges:
            unless_lost(exchange)
    wanted = f"exactly 1 of {_AT_ONCE} concurrent completes to succeed"
    expect.that(len(wins) == 1, wanted, f"{len(wins)} succeeded")
    fresh = observe.new_ids(api, before)
    if len(fresh) != 1:
        observe.left_alone(api)
    expect.that(len(fresh) == 1, "exactly 1 new media in the list", f"there are {len(fresh)}")


@requirement("FH-COMPLETE-16")
def test_concurrent_completions_are_no_server_error(api: Api, given: Given) -> None:
    given.working.complete()
    upload = given.stored_upload()

    exchanges = parallel(lambda _: _completed_at_once(api, upload.id), range(_AT_ONCE))

    for exchange in exchanges:
        expect.not_a_server_error(exchange)


@requirement("FH-COMPLETE-10")
@accounted
def test_complete_refuses_a_session_without_an_object(api: Api, given: Given) -> None:
    given.working.create()
    uploads = parallel(given.created_upload, RESULTING_TYPES)

    with observe.no_new_media(api):
        parallel(partial(observe.refused_twice, api), uploads)


@requirement("FH-COMPLETE-10")
@accounted
def test_complete_refuses_a_session_whose_filename_has_an_object_elsewhere(
    api: Api, given: Given
) -> None:
    media = given.media()
    upload = given.created_upload(filename=media.upload.filename)

    with observe.no_new_media(api):
        observe.refused_twice(api, upload)


@requirement("FH-COMPLETE-11")
@accounted
def test_complete_refuses_an_empty_object(api: Api, given: Given, storage: Storage) -> None:
    _refuses_empty_objects(api, given, storage, ["image/png", "image/gif", "video/mp4"])


@requirement("FH-COMPLETE-11")
@accounted
def test_complete_refuses_an_empty_object_of_the_other_types(
    api: Api, given: Given, storage: Storage
) -> None:
    others = ["image/jpeg", "image/jpg", "video/quicktime", "video/mov"]
    _refuses_empty_objects(api, given, storage, others)


def _refuses_empty_objects(api: Api, given: Given, storage: Storage, types: list[str]) -> None:
    uploads = parallel(given.created_upload, types)
    for upload in uploads:
        storage.put(upload.url, b"", upload.content_type)  # the storage may refuse it

    with observe.no_new_media(api):
        # The first one alone: a script can repeat what no other request overlaps.
        observe.refused_twice(api, uploads[0])
        parallel(partial(observe.refused_twice, api), uploads[1:])


@requirement("FH-COMPLETE-11")
@accounted
def test_complete_refuses_an_object_that_was_emptied(
    api: Api, given: Given, storage: Storage, conformance_case: Harness
) -> None:
    if "s3-access" not in conformance_case.target.capabilities:
        raise NotApplicable("only the bucket shows whether an empty object replaced the first")
    upload = given.stored_upload()
    if not storage.put(upload.url, b"", "image/png").succeeded:
        raise NotApplicable("the storage takes one file for each upload URL, or no empty one")
    stored = conformance_case.bucket.behind(upload.signed)
    if stored is None or stored.size:
        raise NotApplicable("the storage does not show the empty object at once")

    with observe.no_new_media(api):
        observe.refused_twice(api, upload)


@requirement("FH-COMPLETE-14")
@two_libraries
@accounted
def test_complete_refuses_another_callers_session(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    given.working.complete()
    uploads = parallel(given.stored_upload, _OF_EACH_KIND)
    uploads.append(given.stored_upload(caller="other"))
    stranger = {"main": "other", "other": "main"}

    with observe.no_new_media(api, "main", "other"):
        for upload in uploads:
            expect.refused(api.complete_upload(upload.id, caller=stranger[upload.caller]))
    for upload in uploads:
        expect.success(api.complete_upload(upload.id, caller=upload.caller))


@requirement("FH-COMPLETE-14")
@two_libraries
def test_complete_refuses_another_callers_session_in_another_letter_case(
    api: Api, given: Given
) -> None:
    given.working.list(caller="other")
    given.working.complete()
    upload = given.stored_upload()

    exchange = api.complete_upload(in_another_case(upload.id), caller="other")

    observe.nothing_given(exchange)
    expect.success(api.complete_upload(upload.id))


@requirement("FH-COMPLETE-16")
@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "video/mp4"])
def test_complete_of_a_file_cut_short_is_no_server_error(
    api: Api, given: Given, content_type: str
) -> None:
    given.working.complete()
    whole = given.genuine(content_type)
    upload = given.stored_upload(content_type, whole[: len(whole) // 2])

    exchange = api.complete_upload(upload.id)

    expect.not_a_server_error(exchange)


@requirement("FH-COMPLETE-16")
@pytest.mark.parametrize(
    "sign", ["\0", "\ufffd", "\n", "\U0001f305"], ids=["NUL", "not UTF-8", "line break", "emoji"]
)
def test_complete_of_a_bad_id_is_no_server_error(api: Api, given: Given, sign: str) -> None:
    given.working.complete()

    exchange = api.complete_upload(f"upl_{sign}")

    expect.not_a_server_error(exchange)


@requirement("FH-COMPLETE-16")
@pytest.mark.parametrize(
    "body", [b"{}", b"null", b'{"id": 7}', b"{"], ids=["object", "null", "id", "cut short"]
)
def test_a_body_on_complete_is_no_server_error(api: Api, given: Given, body: bytes) -> None:
    upload = given.stored_upload()

    exchange = api.complete_upload(
        upload.id, body=body, headers={"Content-Type": "application/json"}
    )

    expect.not_a_server_error(exchange)


def _completed_at_once(api: Api, upload_id: str) -> Exchange:
    """Complete a session that others complete at the same time, and return the last answer.

    A server that sheds load gets some of these again.
    """
    return even_if_lost(lambda: api.complete_upload(upload_id))


def _nearly(upload_id: str) -> list[str]:
    """Return wrong forms of an id; of a short one only those that cannot name another session."""
    if not is_of_one_thing(upload_id):
        return [nearly(upload_id, "longer")]
    shorter = nearly(upload_id, "cut short")
    place = max((at for at, sign in enumerate(shorter) if sign.isalnum()), default=0)
    # For a database that searches with LIKE, this matches the id too.
    inner = f"{shorter[:place]}_{upload_id[place + 1 :]}"
    return [shorter, inner, *(nearly(upload_id, shape) for shape in ("longer", "a pattern"))]


def _completes_nothing(exchange: Exchange) -> None:
    """Judge that there is no success; a server error completes nothing either."""
    expect.not_accepted(exchange, "no success for an id that is only nearly right")
