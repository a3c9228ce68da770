"""Requests that the RFCs call equivalent, in other spellings than the kit's usual one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.retry import unless_lost
from conformance.judge import expect
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.machine.spelling import (
    OF_CREATE,
    OF_IDS,
    OF_LIST,
    Writer,
    expected,
)
from conformance.profiles.feedhive.upload import Media
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.machine.spelling import Spelling

_ids = pytest.mark.parametrize("spelling", OF_IDS, ids=[one.words for one in OF_IDS])


def _taken(exchange: Exchange, spelling: Spelling) -> None:
    expect.answered(exchange)
    actual = f"it was {exchange.summary()}"
    expect.that(exchange.succeeded, expected(spelling), actual, exchange, expect.SUCCESS_STATUS)


@requirement("FH-LIFECYCLE-06")
@pytest.mark.parametrize("spelling", OF_CREATE, ids=[one.words for one in OF_CREATE])
def test_create_takes_another_spelling(
    given: Given, conformance_case: Harness, spelling: Spelling
) -> None:
    given.working.create()

    exchange = Writer(conformance_case, given.api, spelling).create(
        unique_filename("image/png"), "image/png"
    )

    if exchange.refuses:
        given.created_upload()  # `Blocked` where a limit of the server refuses this one too
    _taken(exchange, spelling)


@requirement("FH-LIFECYCLE-06")
@pytest.mark.parametrize("spelling", OF_LIST, ids=[one.words for one in OF_LIST])
def test_list_takes_another_spelling(
    given: Given, conformance_case: Harness, spelling: Spelling
) -> None:
    given.working.list()

    _taken(Writer(conformance_case, given.api, spelling).list(10), spelling)


@requirement("FH-LIFECYCLE-06")
@_ids
def test_ids_are_taken_in_another_spelling(
    api: Api, given: Given, conformance_case: Harness, spelling: Spelling
) -> None:
    given.working.get()
    given.working.delete()
    writer = Writer(conformance_case, api, spelling)
    upload = given.stored_upload()

    completed = unless_lost(writer.complete(upload.id))

    if completed.refuses:
        given.media()  # `Blocked` where a limit of the server refuses this one too
    _taken(completed, spelling)
    media_id = expect.text(completed, "data", "id")
    given.fetched(Media(media_id, upload))  # a copy of the database may be behind
    given.in_time(lambda: _taken(writer.get(media_id), spelling))
    _taken(unless_lost(writer.delete(media_id)), spelling)
