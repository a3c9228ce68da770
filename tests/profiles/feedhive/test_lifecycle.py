"""The state machine of the lifecycle: what it takes as refused, and what it models as stored."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.harness.retry import AnswerLost
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import lifecycle as sequences
from conformance.profiles.feedhive.lifecycle import Lifecycle, Session, Stored
from conformance.profiles.feedhive.upload import Upload


def put_answer(status: int) -> Exchange:
    return Exchange(Request("PUT", "http://127.0.0.1/key"), Response(status, (), b"", 0.01))


def machine(*statuses: int) -> tuple[Any, Session, list[bytes]]:
    """Return a machine with one session, whose storage answers each PUT by the next status."""
    answers, kept = iter(statuses), list[bytes]()

    def put(_: str, body: bytes, __: str) -> Exchange:
        exchange = put_answer(next(answers))
        if exchange.succeeded:
            kept.append(body)
        return exchange

    def stored(upload: Upload) -> Upload:
        upload.body = b"first"
        assert put("", upload.body, "").succeeded
        return upload

    class Bound(Lifecycle):
        given = cast("Any", SimpleNamespace(stored=stored))
        storage = cast("Any", SimpleNamespace(put=put))

    found = Bound()
    upload = Upload("u", "http://127.0.0.1/key", "image/png", "a.png", None, put_answer(200))
    session = Session(upload)
    found.model.sessions.append(session)
    return found, session, kept


@pytest.mark.parametrize("status", [403, 409, 412])
def test_a_storage_may_refuse_the_second_put_of_a_url(status: int) -> None:
    lifecycle, session, kept = machine(200, status)

    lifecycle.store(0, 2)

    assert session.stored is Stored.GENUINE
    assert session.upload.body == kept[-1] == b"first"


def test_a_second_put_that_is_taken_replaces_the_bytes() -> None:
    lifecycle, session, kept = machine(200, 200)

    lifecycle.store(0, 2)

    assert session.upload.body == kept[-1] != b"first"


def test_an_empty_object_stays_when_the_storage_takes_no_second_put() -> None:
    lifecycle, session, _ = machine(200, 412)

    lifecycle.store_nothing(0)
    lifecycle.store(0, 1)

    assert session.stored is Stored.EMPTY


def test_a_second_put_that_fails_in_the_server_is_not_a_refusal() -> None:
    lifecycle, _, _ = machine(200, 500)

    with pytest.raises(Blocked, match="FH-PUT-01"):
        lifecycle.store(0, 2)


def losing(*_: object, **__: object) -> Exchange:
    """Answer as an api or a storage whose first answer got lost."""
    raise AnswerLost(replace(put_answer(409), repeated=True))


@pytest.mark.parametrize("media_id", ["med_1", None])
def test_a_complete_whose_answer_got_lost_may_have_made_the_media(
    monkeypatch: pytest.MonkeyPatch, media_id: str | None
) -> None:
    lifecycle, session, _ = machine(200)
    type(lifecycle).api = cast("Any", SimpleNamespace(complete_upload=losing))
    monkeypatch.setattr(sequences, "found_media", lambda *_: media_id)
    lifecycle.store(0, 1)

    lifecycle.complete(0)

    assert (session.media_id, session.spoiled) == (media_id, media_id is None)


def test_a_delete_whose_answer_got_lost_is_done() -> None:
    lifecycle, session, _ = machine()
    type(lifecycle).api = cast("Any", SimpleNamespace(delete_media=losing))
    session.media_id = "med_1"

    lifecycle.delete(0)

    assert session.deleted


def test_a_put_whose_answer_got_lost_leaves_the_session_unclear() -> None:
    lifecycle, session, _ = machine()
    type(lifecycle).storage = cast("Any", SimpleNamespace(put=losing))

    lifecycle.store_nothing(0)

    assert session.spoiled
