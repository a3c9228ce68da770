"""The state machine of the lifecycle: what it takes as refused, and what it models as stored."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
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
