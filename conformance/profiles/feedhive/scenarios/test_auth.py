"""Bearer keys on each of the five operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import expect
from conformance.case import exclusive, requirement
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.given import unique_filename
from conformance.verdict import precondition

if TYPE_CHECKING:
    from conformance.examination import Examination
    from conformance.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

_KINDS = ["no header", "empty", "no key", "other scheme", "garbage", "longer", "shorter"]


@pytest.fixture(params=_KINDS)
def headers(request: pytest.FixtureRequest, conformance_examination: Examination) -> dict[str, str]:
    """Headers without a valid key."""
    token = conformance_examination.target.token
    values = {
        "empty": "",
        "no key": "Bearer",
        "other scheme": f"Basic {token}",
        "garbage": "Bearer conformance-no-such-key",
        "longer": f"Bearer {token}x",
        "shorter": f"Bearer {token[:-1]}",
    }
    kind = str(request.param)
    return {} if kind == "no header" else {"Authorization": values[kind]}


def _refused_with_401(exchange: Exchange) -> None:
    expect.status(exchange, [401])
    expect.error_envelope(exchange)


@requirement("FH-AUTH-01")
def test_create_gives_nothing(api: Api, given: Given, headers: dict[str, str]) -> None:
    given.working_create()

    name = unique_filename("image/png")
    exchange = api.create_upload(name, "image/png", caller=None, headers=headers)

    observe.nothing_given(exchange)


@requirement("FH-AUTH-02")
@exclusive
def test_complete_creates_nothing(api: Api, given: Given, headers: dict[str, str]) -> None:
    given.working_complete()
    upload = given.stored_upload()

    with observe.no_new_media(api):
        observe.nothing_given(api.complete_upload(upload.id, caller=None, headers=headers))
    expect.success(api.complete_upload(upload.id))


@requirement("FH-AUTH-03")
def test_list_gives_nothing(api: Api, given: Given, headers: dict[str, str]) -> None:
    given.working_list()

    exchange = api.list_media(caller=None, headers=headers)

    observe.nothing_given(exchange)


@requirement("FH-AUTH-04")
def test_get_gives_nothing(api: Api, given: Given, headers: dict[str, str]) -> None:
    media = given.library(1)[0]
    given.fetched(media)

    exchange = api.get_media(media.id, caller=None, headers=headers)

    observe.nothing_given(exchange)


@requirement("FH-AUTH-05")
def test_delete_deletes_nothing(api: Api, given: Given, headers: dict[str, str]) -> None:
    media = given.media()
    given.fetched(media)

    exchange = api.delete_media(media.id, caller=None, headers=headers)

    observe.nothing_given(exchange)
    expect.success(api.get_media(media.id))


@requirement("FH-AUTH-06")
def test_create_answers_a_json_401(api: Api, given: Given, headers: dict[str, str]) -> None:
    given.working_create()

    exchange = api.create_upload("a.png", "image/png", caller=None, headers=headers)

    _refused_with_401(exchange)


@requirement("FH-AUTH-07")
def test_complete_answers_a_json_401(api: Api, given: Given, headers: dict[str, str]) -> None:
    upload = given.working_create()

    exchange = api.complete_upload(upload.id, caller=None, headers=headers)

    _refused_with_401(exchange)


@requirement("FH-AUTH-08")
def test_list_answers_a_json_401(api: Api, given: Given, headers: dict[str, str]) -> None:
    given.working_list()

    exchange = api.list_media(caller=None, headers=headers)

    _refused_with_401(exchange)


@requirement("FH-AUTH-09")
def test_get_answers_a_json_401(api: Api, given: Given, headers: dict[str, str]) -> None:
    media = given.library(1)[0]

    exchange = api.get_media(media.id, caller=None, headers=headers)

    _refused_with_401(exchange)


@requirement("FH-AUTH-10")
def test_delete_answers_a_json_401(api: Api, given: Given, headers: dict[str, str]) -> None:
    media = given.media()

    exchange = api.delete_media(media.id, caller=None, headers=headers)

    with precondition("FH-AUTH-05"):
        observe.nothing_given(exchange)
    _refused_with_401(exchange)
