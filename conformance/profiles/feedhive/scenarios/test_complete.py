"""POST /media/uploads/{id}/complete."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness.harness import parallel
from conformance.judge import expect
from conformance.profiles.feedhive import observe
from conformance.suite.marks import exclusive, requirement

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

_AT_ONCE = 8
# Of shorter ids, counted ones for instance, the beginning may be that of another session.
_TELLING_ID = 12


@requirement("FH-COMPLETE-01")
def test_complete_gives_a_media_id(api: Api, given: Given) -> None:
    upload = given.stored_upload()

    exchange = api.complete_upload(upload.id)

    expect.success(exchange)
    expect.text(exchange, "data", "id")


@requirement("FH-COMPLETE-02")
def test_the_new_media_can_be_fetched_at_once(api: Api, given: Given) -> None:
    media = given.media()

    exchange = api.get_media(media.id)

    with given.causes.of_failed_get(media, exchange):
        expect.success(exchange)
        expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)


@requirement("FH-COMPLETE-03")
@exclusive
def test_the_new_media_is_listed_once(api: Api, given: Given) -> None:
    media = given.media()

    with observe.undisturbed(api):
        times = observe.times_listed(api, media.id)
        expect.equal(times, 1, "how often the new media is listed")


@requirement("FH-COMPLETE-04")
def test_complete_needs_no_body(api: Api, given: Given) -> None:
    upload = given.stored_upload("image/gif")

    exchange = api.complete_upload(upload.id, body=b"")

    expect.success(exchange)


@requirement("FH-COMPLETE-05")
@exclusive
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
@exclusive
def test_complete_refuses_what_is_nearly_a_session(api: Api, given: Given) -> None:
    given.working.complete()
    upload = given.stored_upload()

    with observe.no_new_media(api):
        for nearly in _nearly(upload.id):
            _completes_nothing(api.complete_upload(nearly))
    expect.success(api.complete_upload(upload.id))


@requirement("FH-COMPLETE-09")
@exclusive
@pytest.mark.parametrize("attempt", ["first", "second", "third"])
def test_of_concurrent_completions_exactly_one_succeeds(
    api: Api, given: Given, attempt: str
) -> None:
    del attempt  # a race is not lost every time
    given.working.prompt_list()
    upload = given.stored_upload()
    before = observe.visible_ids(api)

    exchanges = parallel(_AT_ONCE, lambda _: api.complete_upload(upload.id))

    wins = [exchange for exchange in exchanges if exchange.succeeded]
    expect.equal(len(wins), 1, f"how many of {_AT_ONCE} calls succeed")
    fresh = observe.visible_ids(api) - before
    if len(fresh) != 1:
        observe.left_alone(api)
    expect.equal(len(fresh), 1, "how many media appear")


@requirement("FH-COMPLETE-16")
def test_concurrent_completions_are_no_server_error(api: Api, given: Given) -> None:
    given.working.complete()
    upload = given.stored_upload()

    exchanges = parallel(_AT_ONCE, lambda _: api.complete_upload(upload.id))

    for exchange in exchanges:
        expect.not_a_server_error(exchange)


@requirement("FH-COMPLETE-10")
@exclusive
def test_complete_refuses_a_session_without_an_object(api: Api, given: Given) -> None:
    upload = given.created_upload()

    with observe.no_new_media(api):
        observe.refused_twice(api, upload)


@requirement("FH-COMPLETE-11")
@exclusive
def test_complete_refuses_an_empty_object(api: Api, given: Given, storage: Storage) -> None:
    upload = given.created_upload()
    storage.put(upload.url, b"", "image/png")  # storage may refuse it: also legitimate

    with observe.no_new_media(api):
        observe.refused_twice(api, upload)


@requirement("FH-COMPLETE-14")
@exclusive
def test_complete_refuses_another_callers_session(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    given.working.complete()
    upload = given.stored_upload()

    with observe.no_new_media(api, "main", "other"):
        expect.refused(api.complete_upload(upload.id, caller="other"))
    expect.success(api.complete_upload(upload.id))


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


def _nearly(upload_id: str) -> list[str]:
    """Return forms of an id that name nothing; of a short one, those that cannot be another's."""
    longer = f"{upload_id}a0"  # more, whether it is read as text, as hexadecimal or as base64
    if len(upload_id) < _TELLING_ID:
        return [longer]
    shorter = upload_id[:-1]
    place = max((at for at, sign in enumerate(shorter) if sign.isalnum()), default=0)
    # To a database that looks up with LIKE, both are patterns that match this very id.
    return [longer, shorter, f"{upload_id[:place]}_{upload_id[place + 1 :]}", f"{shorter}%"]


def _completes_nothing(exchange: Exchange) -> None:
    """Judge that there is no success; a server that chokes on the form completes nothing."""
    expect.answered(exchange)
    expect.that(
        not exchange.succeeded,
        "no success for what is only nearly the id of a session",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.NO_SUCCESS_STATUS,
    )
