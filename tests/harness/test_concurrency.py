"""Actions at the same time: every item once, the results in order."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

from conformance.harness.concurrency import parallel
from conformance.harness.pace import BEGINS, Pace, paced, unpaced

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


def test_all_items_are_worked_on_at_the_same_time_and_answered_in_order() -> None:
    meeting = threading.Barrier(3, timeout=5)

    def action(number: int) -> int:
        meeting.wait()
        return number * 2

    assert parallel(action, range(3)) == [0, 2, 4]


def test_nothing_to_do_gives_nothing() -> None:
    assert parallel(str, []) == []


def test_the_threads_belong_to_the_context_that_began_them() -> None:
    case: ContextVar[str] = ContextVar("case")
    case.set("own")

    assert parallel(lambda _: case.get(), range(2)) == ["own", "own"]


def test_no_more_run_at_the_same_time_than_wanted() -> None:
    running = most = 0

    def action(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        threading.Event().wait(0.002)
        running -= 1

    parallel(action, range(6), at_once=2)

    assert most <= 2


@pytest.mark.parametrize(("within", "most"), [(unpaced, 6), (paced, BEGINS)])
def test_the_pace_counts_for_requests_that_are_not_needed_at_the_same_time(
    within: Callable[[], AbstractContextManager[None]], most: int
) -> None:
    pace, meeting = Pace(16), threading.Barrier(most, timeout=5)
    running = reached = 0

    def action(number: int) -> None:
        nonlocal running, reached
        with pace.request("list at host"):
            running += 1
            reached = max(reached, running)
            if number < most:
                meeting.wait()
            running -= 1

    parallel(action, range(6), within=within)

    assert reached == most
