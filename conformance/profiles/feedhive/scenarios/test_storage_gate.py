"""What only the storage sees, through the storage gate."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.retry import even_if_lost
from conformance.harness.storage_gate import (
    CUT_ANSWER,
    FAILURES,
    INTERNAL_ERROR,
    NO_ANSWER,
    SLOW_DOWN,
    went_to_the_storage,
)
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.gated import Gated
from conformance.profiles.feedhive.given import COMPLETE, DELETE
from conformance.suite.marks import accounted, requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage_gate import Failure, StorageGate
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

# Seconds within which a storage tells a server that an object is gone.
_TOLD_S = 10.0
# A picture has a thumbnail, and a server may treat a film in another way.
_KINDS = ("image/png", "video/mp4")
each_kind = pytest.mark.parametrize("content_type", _KINDS)
# Media that are deleted: their type, how the storage fails, and for which of their objects.
_FAILED_DELETES = (
    ("image/png", SLOW_DOWN, "objects"),
    ("image/png", NO_ANSWER, "objects"),
    ("image/png", CUT_ANSWER, "objects"),
    ("video/mp4", CUT_ANSWER, "objects"),
    ("image/png", SLOW_DOWN, "thumbnails"),
)
_NOT_ASKED = "the server asks the storage nothing about the object"


@pytest.fixture
def gated(api: Api, conformance_case: Harness) -> Gated:
    """The steps of these cases."""
    return Gated(api, conformance_case)


@requirement("FH-PUT-11")
def test_the_bytes_go_to_the_storage_directly(given: Given, gate: StorageGate) -> None:
    upload = given.created_upload("image/jpeg")
    since = gate.count()

    given.stored(upload)

    went_to_the_storage(gate, upload, since)


@requirement("FH-COMPLETE-18")
@each_kind
def test_complete_asks_the_storage(
    api: Api, given: Given, gate: StorageGate, conformance_case: Harness, content_type: str
) -> None:
    upload = given.created_upload(content_type)
    since = gate.count()
    given.stored(upload)
    with precondition(COMPLETE):
        expect.success(api.complete_upload(upload.id))
    if gate.asked_about(gate.key(upload.signed), since):
        return
    # A storage can tell the server of its objects. Then it tells of their end as well.
    gone = given.stored_upload(content_type)
    conformance_case.remove_object(gone.url)
    sleep(_TOLD_S)

    exchange = api.complete_upload(gone.id)

    expect.not_accepted(exchange, "no media of an object that was removed before the complete")


@requirement("FH-COMPLETE-19")
@accounted
def test_a_failing_storage_makes_no_media(api: Api, given: Given, gate: StorageGate) -> None:
    given.working.complete()
    # Each kind meets an error and a lost answer.
    kinds = islice(cycle(_KINDS), len(FAILURES))
    uploads = parallel(given.created_upload, kinds)

    with observe.no_new_media(api):
        pairs = zip(FAILURES, uploads, strict=True)
        asked = parallel(lambda pair: _completed_while(*pair, api, gate), pairs)

    if not any(asked):
        raise NotApplicable(_NOT_ASKED)


@requirement("FH-DELETE-15")
@each_kind
def test_the_record_goes_before_the_objects(given: Given, gated: Gated, content_type: str) -> None:
    given.working.delete()
    backed = gated.backed(given.media(content_type))

    with precondition(DELETE):
        shown = gated.record_when_objects_go(backed)

    wanted = "the item to be gone when the delete of its object reaches the storage"
    expect.that(shown is None, wanted, "it is still fetched and listed", shown)


@requirement("FH-DELETE-18")
def test_a_failing_storage_leaves_no_record_without_bytes(given: Given, gated: Gated) -> None:
    given.working.delete()
    kinds = [content_type for content_type, _, _ in _FAILED_DELETES]
    media = [gated.backed(one) for one in parallel(given.media, kinds)]

    tries = [
        (failure, backed, getattr(backed, which))
        for backed, (_, failure, which) in zip(media, _FAILED_DELETES, strict=True)
        if getattr(backed, which)
    ]
    asked = parallel(lambda one: gated.deleted_while(*one), tries)

    if not any(asked):
        raise NotApplicable("no delete of the object reaches the storage before the answer")


@requirement("FH-GET-16")
@each_kind
def test_a_failing_storage_takes_no_media_away(
    given: Given, gated: Gated, content_type: str
) -> None:
    given.working.get()
    backed = gated.backed(given.media(content_type))

    asked = [gated.shown_while(one, backed) for one in (INTERNAL_ERROR, CUT_ANSWER)]

    gated.still_whole(backed)
    if not any(asked):
        raise NotApplicable(_NOT_ASKED)


def _completed_while(failure: Failure, upload: Upload, api: Api, gate: StorageGate) -> bool:
    """Complete a session without an object while the storage fails; return whether it was asked."""
    with gate.failing_questions(failure, gate.key(upload.signed)) as order:
        exchange: Exchange = even_if_lost(lambda: api.complete_upload(upload.id))
        asked = order.caught() > 0
    wanted = f"no success without an object while {failure.words}"
    if asked:
        # No answer at all is no success either.
        expect.that(not exchange.succeeded, wanted, f"it was {exchange.summary()}", exchange)
    return asked
