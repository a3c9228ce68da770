"""Bearer keys on each of the five operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness import bad_credentials
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.given import unique_filename
from conformance.suite.marks import exclusive, requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

Headers = dict[str, str]


@pytest.fixture
def keyless(conformance_harness: Harness) -> list[Headers]:
    """Headers without a valid key, of every kind."""
    return list(bad_credentials.every(conformance_harness).values())


def _refused_with_401(exchange: Exchange) -> None:
    with precondition("FH-ERROR-03"):
        expect.error_status(exchange)
    expect.status(exchange, [401])
    expect.error_envelope(exchange)


@requirement("FH-AUTH-01")
def test_create_gives_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.create()

    name = unique_filename("image/png")
    exchanges = parallel(
        lambda headers: api.create_upload(name, "image/png", caller=None, headers=headers), keyless
    )

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-AUTH-02")
@exclusive
def test_complete_creates_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.complete()
    upload = given.stored_upload()

    with observe.no_new_media(api):
        for headers in keyless:
            exchange = api.complete_upload(upload.id, caller=None, headers=headers)
            observe.nothing_given(exchange)
    expect.success(api.complete_upload(upload.id))


@requirement("FH-AUTH-03")
def test_list_gives_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.list()

    exchanges = parallel(lambda headers: api.list_media(caller=None, headers=headers), keyless)

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-AUTH-04")
def test_get_gives_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    media = given.shared.sample()
    given.fetched(media)

    exchanges = parallel(
        lambda headers: api.get_media(media.id, caller=None, headers=headers), keyless
    )

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-AUTH-05")
def test_delete_deletes_nothing(
    api: Api, given: Given, storage: Storage, keyless: list[Headers]
) -> None:
    with observe.untouched(api, storage, given.media(), given) as media:
        for headers in keyless:
            exchange = api.delete_media(media.id, caller=None, headers=headers)
            observe.nothing_given(exchange)


@requirement("FH-AUTH-06")
def test_create_answers_a_json_401(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.create()

    exchanges = parallel(
        lambda headers: api.create_upload("a.png", "image/png", caller=None, headers=headers),
        keyless,
    )

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-07")
def test_complete_answers_a_json_401(api: Api, given: Given, keyless: list[Headers]) -> None:
    upload = given.working.create()

    exchanges = parallel(
        lambda headers: api.complete_upload(upload.id, caller=None, headers=headers), keyless
    )

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-08")
def test_list_answers_a_json_401(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.list()

    exchanges = parallel(lambda headers: api.list_media(caller=None, headers=headers), keyless)

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-09")
def test_get_answers_a_json_401(api: Api, given: Given, keyless: list[Headers]) -> None:
    media = given.shared.sample()
    given.working.get()

    exchanges = parallel(
        lambda headers: api.get_media(media.id, caller=None, headers=headers), keyless
    )

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-10")
def test_delete_answers_a_json_401(api: Api, given: Given, keyless: list[Headers]) -> None:
    media = given.media()
    given.working.delete()

    for headers in keyless:
        exchange = api.delete_media(media.id, caller=None, headers=headers)
        with precondition("FH-AUTH-05"):
            observe.nothing_given(exchange)
        _refused_with_401(exchange)
