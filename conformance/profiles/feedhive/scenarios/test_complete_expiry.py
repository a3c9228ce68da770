"""POST /media/uploads/{id}/complete of a session that has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.expiry import OF_ANOTHER, STORED
from conformance.profiles.feedhive.given import upload_of
from conformance.suite.marks import accounted, requirement, waits

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
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
