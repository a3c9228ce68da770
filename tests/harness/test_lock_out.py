"""A server that locks the client out after refused keys is asked for no more of them."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest

from conformance.harness.lock_out import LockOut
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from tests.harness.http_server import client_of, serving

if TYPE_CHECKING:
    from tests.harness.http_server import Handler

ACCEPTED = Exchange(Request("GET", "http://h"), Response(200, (), b"", 0.0))
REFUSED = Exchange(Request("GET", "http://h"), Response(401, (), b"", 0.0))


def failed(lock_out: LockOut, times: int = 3) -> None:
    for _ in range(times):
        lock_out.refused(REFUSED)


def test_two_long_pauses_behind_refused_keys_are_enough() -> None:
    lock_out = LockOut()
    for _ in range(2):
        lock_out.check()
        failed(lock_out)
        lock_out.waits(0.0, 60.0)
        lock_out._until = -math.inf  # the time is over

    with pytest.raises(Blocked, match="failed log-ins"):
        lock_out.check()


def test_requests_at_the_same_time_meet_one_lock_out() -> None:
    lock_out = LockOut()
    for _ in range(8):
        failed(lock_out)
        lock_out.waits(0.0, 60.0)

    lock_out.check()


@pytest.mark.parametrize(("keys", "pause_s"), [(2, 60.0), (9, 1.0)])
def test_few_keys_and_short_pauses_show_nothing(keys: int, pause_s: float) -> None:
    lock_out = LockOut()
    for _ in range(5):
        failed(lock_out, keys)
        lock_out.waits(0.0, pause_s)
        lock_out._until, lock_out._refused = -math.inf, 0

    lock_out.check()


def test_pauses_that_grow_count_together() -> None:
    lock_out = LockOut()
    failed(lock_out)

    lock_out.waits(8.0, 4.0)

    lock_out._until = -math.inf
    assert lock_out.is_likely
    assert lock_out._pauses == 1


def test_a_valid_key_is_sent_on_after_the_lock_out() -> None:
    locked_until = [0.0, 0.0]

    def gate(handler: Handler) -> None:
        valid = "secret" not in handler.headers.get("Authorization", "secret")
        locked = time.monotonic() < locked_until[0]
        handler.reply(429 if locked else 200 if valid else 401, Retry_After="1")

    with serving(gate) as target, client_of(target) as client:
        client._lock_out._pauses = 2

        assert client.send("GET", target.url, caller="main").status == 200
        with pytest.raises(Blocked, match="failed log-ins"):
            client.send("GET", target.url, headers={"Authorization": "Bearer secret"})
        assert client.send("GET", target.url, to_storage=True).status == 401


def test_a_long_pause_without_refused_keys_is_a_rate_limit() -> None:
    lock_out = LockOut()
    for keys in (3, 3, 0, 3, 3):
        failed(lock_out, keys)
        lock_out.waits(0.0, 60.0)
        lock_out._until = -math.inf

    lock_out.check()


def test_a_valid_key_that_is_let_in_meanwhile_shows_a_rate_limit() -> None:
    lock_out = LockOut()
    for _ in range(3):
        failed(lock_out)
        lock_out.waits(0.0, 60.0)
        lock_out.answered(ACCEPTED, time.monotonic())
        lock_out._until = -math.inf

    lock_out.check()
