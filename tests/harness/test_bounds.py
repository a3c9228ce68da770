"""A run ends within its bounds, by one reason, and a slow server is not taken for a silent one."""

from __future__ import annotations

import threading
import time
from contextvars import Context
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.harness.bounds import Bounds, RunEnded, sleep
from conformance.judge.finding import Blocked
from conformance.target import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST, ACT = "h:80", "get_media at h:80"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide that these tests themselves may run in several processes, which would share a bound."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)


class Clock:
    """The monotonic clock of a test."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found  # type: ignore[return-value]


def silent(bounds: Bounds, clock: Clock, seconds: float = 15.0) -> str:
    """Let one request get no answer for so many seconds."""
    began = clock.now
    clock.now += seconds
    return bounds.timed_out(HOST, began)


def test_a_few_time_outs_in_a_row_are_enough(clock: Clock) -> None:
    bounds = Bounds(Limits())

    assert [bool(silent(bounds, clock)) for _ in range(3)] == [False, False, True]
    with pytest.raises(Blocked, match="3 requests in a row"):
        bounds.open(HOST)


def test_an_answer_between_them_begins_the_row_anew(clock: Clock) -> None:
    bounds = Bounds(Limits())
    for _ in range(10):
        assert not silent(bounds, clock)
        bounds.answered(HOST, ACT)

    bounds.open(HOST)
    bounds.check()


def test_time_outs_at_the_same_time_count_once(clock: Clock) -> None:
    bounds, began = Bounds(Limits()), clock.now
    clock.now += 15

    assert not any(bounds.timed_out(HOST, began) for _ in range(12))


def test_two_requests_that_drip_for_a_minute_each_are_enough(clock: Clock) -> None:
    bounds = Bounds(Limits())

    assert not silent(bounds, clock, 60)
    assert silent(bounds, clock, 60)


def test_the_run_ends_in_time_for_the_clean_up(clock: Clock) -> None:
    bounds = Bounds(Limits(run=100, clean_up=20))
    clock.now += 81

    with pytest.raises(RunEnded, match="--max-time"):
        bounds.begin_case()
    assert "--max-time" in bounds.ended

    bounds.clean_up()
    bounds.sends()
    clock.now += 21
    with pytest.raises(RunEnded, match="--cleanup-timeout"):
        bounds.sends()


def test_waits_for_an_expiry_add_to_the_time(clock: Clock) -> None:
    bounds = Bounds(Limits(run=100, clean_up=20), longer_s=600)
    clock.now += 600

    bounds.begin_case()


def test_a_case_that_takes_too_long_is_blocked_and_the_run_goes_on(clock: Clock) -> None:
    bounds = Bounds(Limits(case=5))
    bounds.begin_case()
    clock.now += 6

    with pytest.raises(Blocked, match="--case-timeout") as blocked:
        bounds.sends()
    assert not isinstance(blocked.value, RunEnded)
    bounds.begin_case()
    bounds.sends()
    assert not bounds.ended


@pytest.mark.parametrize(
    ("limit", "flag"),
    [("requests", "--max-requests"), ("stored_bytes", "--max-stored-bytes")],
)
def test_what_a_run_sends_is_bounded(limit: str, flag: str) -> None:
    bounds = Bounds(replace(Limits(), **{limit: 10}))
    for _ in range(10):
        bounds.sends(stored=1)

    with pytest.raises(RunEnded, match=flag):
        bounds.sends(stored=1)


def test_what_a_run_keeps_is_bounded() -> None:
    bounds = Bounds(Limits(kept_bytes=100))
    bounds.keeps(100)
    bounds.check()
    bounds.keeps(1)

    with pytest.raises(RunEnded, match="--max-kept-bytes"):
        bounds.check()


def test_the_processes_of_a_run_share_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "4")
    bounds = Bounds(Limits(requests=8))
    bounds.sends()
    bounds.sends()

    with pytest.raises(RunEnded):
        bounds.sends()


def test_pauses_that_never_help_end_the_run() -> None:
    bounds = Bounds(Limits(retries=3))

    assert [bounds.may_retry() for _ in range(4)] == [True, True, True, False]
    for _ in range(40):
        bounds.paused(in_vain=True)
    with pytest.raises(RunEnded, match="--retry-after"):
        bounds.check()


def test_the_clean_up_asks_a_silent_target_only_once_more(clock: Clock) -> None:
    bounds = Bounds(Limits())
    bounds.fall_silent("it is silent")
    bounds.clean_up()

    assert bounds.whole_s <= 5
    assert silent(bounds, clock, 5)
    with pytest.raises(Blocked):
        bounds.open(HOST)


def test_the_clean_up_waits_for_the_answers_of_a_slow_target() -> None:
    bounds = Bounds(Limits())
    bounds.end("the time is over")
    bounds.clean_up()

    assert bounds.whole_s > 30


def test_a_target_that_starts_again_gets_a_moment(clock: Clock) -> None:
    bounds, since = Bounds(Limits()), clock.now

    assert bounds.may_return(since)
    clock.now += 11
    assert not bounds.may_return(since)
    assert not bounds.may_return(clock.now)
    bounds.answered(HOST)
    assert bounds.may_return(clock.now)


def test_a_few_urls_that_are_too_long_end_the_run() -> None:
    bounds = Bounds(Limits())

    for _ in range(11):
        with pytest.raises(Blocked, match="too long"):
            bounds.too_long("it is too long")
    assert bounds.ended


def make(bounds: Bounds, *, works: bool = True) -> None:
    with bounds.creating() as created:
        created(works)


def test_what_a_run_makes_is_bounded_before_it_is_made() -> None:
    bounds = Bounds(Limits(created=2))
    for works in (True, False, False, True):
        make(bounds, works=works)

    with pytest.raises(RunEnded, match="--max-created"):
        make(bounds)
    assert "2 uploads or posts" in bounds.ended


def test_a_create_without_an_answer_counts_since_it_may_have_worked() -> None:
    bounds = Bounds(Limits(created=1))
    with pytest.raises(Blocked), bounds.creating():
        raise Blocked(limit="no answer")

    with pytest.raises(RunEnded):
        make(bounds)


def test_without_a_bound_nothing_is_counted() -> None:
    bounds = Bounds(Limits())
    for _ in range(10):
        make(bounds)

    assert not bounds.ended


@pytest.mark.parametrize(("method", "allowed"), [("GET", True), ("HEAD", True), ("POST", False),
                                                 ("PUT", False), ("DELETE", False)])  # fmt: skip
def test_a_run_that_only_reads_sends_nothing_else(method: str, *, allowed: bool) -> None:
    bounds = Bounds(Limits(), read_only=True)

    if allowed:
        bounds.may_send(method)
    else:
        with pytest.raises(Blocked, match="--read-only"):
            bounds.may_send(method)
    Bounds(Limits()).may_send(method)


def test_a_wait_ends_when_the_time_of_the_run_is_over() -> None:
    bounds = Bounds(replace(Limits(), run=0.2))
    began = time.monotonic()

    def case() -> None:
        bounds.begin_case()
        sleep(60)

    with pytest.raises(RunEnded, match="--max-time"):
        Context().run(case)
    assert time.monotonic() - began < 5


def test_a_wait_ends_when_the_session_ends() -> None:
    bounds = Bounds(Limits())
    threading.Timer(0.1, bounds.halt).start()

    def case() -> None:
        bounds.begin_case()
        sleep(60)

    with pytest.raises(RunEnded, match="the session ended"):
        Context().run(case)


def test_a_wait_without_a_case_takes_its_time() -> None:
    began = time.monotonic()

    Context().run(sleep, 0.05)

    assert time.monotonic() - began >= 0.05


def test_a_slow_server_leaves_its_clean_up_the_time_that_it_needs(clock: Clock) -> None:
    bounds = Bounds(Limits(run=600.0, clean_up=60.0))
    assert bounds.left_s == 540

    bounds.owed_s = lambda: 150.0

    assert bounds.left_s == 450
    clock.now += 451
    with pytest.raises(RunEnded, match="the run and its clean-up may take 600 s"):
        bounds.check()
    bounds.clean_up()
    assert bounds.left_s == 150
    bounds.check()


def test_the_clean_up_takes_half_of_the_time_at_most() -> None:
    bounds = Bounds(Limits(run=600.0, clean_up=60.0))

    bounds.owed_s = lambda: 5_000.0

    assert 269 < bounds.left_s <= 270


def test_the_time_of_an_answer_follows_the_target() -> None:
    bounds = Bounds(Limits())

    for _ in range(60):
        bounds.took(5.0)

    assert 4.9 < bounds.answer_s < 5.0
