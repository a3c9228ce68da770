"""POST /media/uploads/{id}/complete of a session that has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.expiry import COMPLETED_AGAIN, NAMED_AGAIN, OF_ANOTHER, STORED
from conformance.profiles.feedhive.given import upload_of
from conformance.profiles.feedhive.upload import Media
from conformance.suite.marks import accounted, requirement, waits

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload


@requirement("FH-COMPLETE-06")
@accounted
@waits
def test_complete_refuses_an_expired_session_without_an_object(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    upload = expiring.expired("bare")

    with observe.no_new_media(given_expiring.api):
        observe.refused_twice(given_expiring.api, upload)


@requirement("FH-COMPLETE-07")
@accounted
@waits
@pytest.mark.parametrize("kind", STORED)
def test_complete_refuses_an_expired_session_with_its_object(
    expiring: Expiring[Upload], given_expiring: Given, kind: str
) -> None:
    upload = expiring.expired(kind)

    with observe.no_new_media(given_expiring.api):
        observe.refused_twice(given_expiring.api, upload)


@requirement("FH-COMPLETE-01")
@waits
def test_a_session_can_be_completed_late_in_its_life(expiring: Expiring[Upload]) -> None:
    exchange = expiring.late_complete()

    expect.success(exchange)


@requirement("FH-COMPLETE-07")
@waits
def test_a_late_put_does_not_prolong_its_session(expiring: Expiring[Upload]) -> None:
    exchange = expiring.overdue_complete()

    expect.refused(exchange)


@requirement("FH-COMPLETE-07")
@accounted
@waits
def test_complete_refuses_an_expired_session_of_another_caller(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    upload = expiring.expired(OF_ANOTHER)

    with observe.no_new_media(given_expiring.api, upload.caller):
        observe.refused_twice(given_expiring.api, upload)


@requirement("FH-COMPLETE-07")
@accounted
@waits
def test_a_new_session_of_the_same_filename_does_not_revive_an_expired_one(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    api, upload = given_expiring.api, expiring.expired(NAMED_AGAIN)

    namesake = api.create_upload(upload.filename, upload.content_type)

    if namesake.at("data", "upload_id") == upload.id:
        raise NotApplicable("create gives the session of a filename again, with a new life")
    with observe.no_new_media(api):
        observe.refused_twice(api, upload)


@requirement("FH-COMPLETE-08")
@accounted
@waits
def test_a_second_complete_after_the_expiry_leaves_the_media(
    expiring: Expiring[Upload], given_expiring: Given, storage: Storage
) -> None:
    api, media = given_expiring.api, Media.of(expiring.also_expired(COMPLETED_AGAIN))

    with (
        observe.untouched(api, storage, media, given_expiring),
        observe.no_new_media(api),
    ):
        observe.refused_twice(api, media.upload)


@requirement("FH-COMPLETE-10")
@accounted
@waits
def test_complete_refuses_a_session_that_was_bare_for_long(
    api: Api, given: Given, expiring: Expiring[Upload]
) -> None:
    upload = given.working.create()
    expiring.over()

    with observe.no_new_media(api):
        observe.refused_twice(api, upload)


@requirement("FH-CREATE-01")
@waits
def test_the_filename_of_an_expired_session_can_be_used_again(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    given_expiring.working.create()
    name, kind = expiring.also_expired("bare").filename, "image/png"

    exchange = given_expiring.api.create_upload(name, kind)

    upload_of(exchange, kind, name)
