"""The pace follows the server: up while it answers as fast as before, down when it does not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.harness import pace
from conformance.harness.concurrency import parallel
from conformance.harness.pace import BEGINS, Pace


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def answers(subject: Pace, clock: Clock, elapsed_s: float, count: int) -> None:
    with subject.case():
        for _ in range(count):
            with subject.request("list at host"):
                clock.now += elapsed_s


def alone(subject: Pace, clock: Clock, elapsed_s: float) -> None:
    with subject.request("list at host"):
        clock.now += elapsed_s


@pytest.mark.parametrize(
    ("alone_s", "later_s", "pace"),
    [(0.1, 0.11, 16), (0.1, 0.4, 1), (0.001, 0.02, 16)],
    ids=["as fast as alone", "slow", "slower but fast anyway"],
)
def test_the_pace_follows_the_answers(
    clock: Clock, alone_s: float, later_s: float, pace: int
) -> None:
    subject = Pace(16)
    alone(subject, clock, alone_s)

    answers(subject, clock, later_s, 400)

    assert subject.now == pace


def test_a_refusal_that_is_fast_makes_no_success_look_slow(clock: Clock) -> None:
    subject = Pace(16)

    with subject.case():
        for number in range(400):
            refusal = number % 5 == 0
            with subject.request("complete at host") as answered:
                clock.now += 0.002 if refusal else 0.1
                answered(404 if refusal else 200, 100)

    assert subject.now == 16


def test_a_long_answer_is_compared_with_long_ones(clock: Clock) -> None:
    subject = Pace(16)

    with subject.case():
        for number in range(400):
            long = number % 3 > 0
            with subject.request("list at host") as answered:
                clock.now += 0.25 if long else 0.06
                answered(200, 40_000 if long else 400)

    assert subject.now == 16


def test_a_pause_that_the_server_asks_for_slows_the_kit_at_once(clock: Clock) -> None:
    subject = Pace(16)
    alone(subject, clock, 0.1)
    answers(subject, clock, 0.1, 400)

    subject.refused()
    answers(subject, clock, 0.1, 20)

    assert subject.now == 1


def test_a_server_that_asks_for_pauses_again_is_asked_slowly_for_longer(clock: Clock) -> None:
    subject = Pace(16)
    alone(subject, clock, 0.1)
    slow: list[int] = []

    for _ in range(8):
        for _ in range(3):  # the answers to requests that were under way count as one
            subject.refused()
        slow.append(0)
        while subject.now == 1:
            answers(subject, clock, 0.1, 1)
            slow[-1] += 1

    assert slow == sorted(slow)
    assert slow[0] < 40
    assert 400 <= slow[-1] == slow[-2] < 420


def test_no_more_cases_run_than_the_pace_allows() -> None:
    subject = Pace(16)
    running = most = 0
    lock = threading.Lock()

    def case(_: int) -> None:
        nonlocal running, most
        with subject.case():
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.005)
            with lock:
                running -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(case, range(24)))

    assert most == subject.reached == BEGINS


def test_a_case_that_goes_first_waits_for_no_other_that_waits() -> None:
    subject, order = Pace(1), list[str]()
    others_wait = threading.Barrier(3, timeout=5)

    def case(name: str, *, first: bool = False) -> None:
        others_wait.wait()
        with subject.case(first=first):
            order.append(name)

    with ThreadPoolExecutor(2) as pool:
        with subject.case():
            begun = [pool.submit(case, "other"), pool.submit(case, "first", first=True)]
            others_wait.wait()
            while not subject._first:
                threading.Event().wait(0.001)
        for one in begun:
            one.result(5)

    assert order == ["first", "other"]


def test_requests_that_a_case_needs_at_the_same_time_are_not_held_back() -> None:
    subject = Pace(1)
    meeting = threading.Barrier(3, timeout=5)

    def send(_: int) -> int:
        with subject.request("complete at host"):
            return meeting.wait()

    with subject.case():
        assert sorted(parallel(send, range(3))) == [0, 1, 2]
