"""Actions at the same time: every item once, the results in order."""

from __future__ import annotations

import threading

from conformance.harness.concurrency import parallel


def test_all_items_are_worked_on_at_the_same_time_and_answered_in_order() -> None:
    meeting = threading.Barrier(3, timeout=5)

    def action(number: int) -> int:
        meeting.wait()
        return number * 2

    assert parallel(action, range(3)) == [0, 2, 4]


def test_nothing_to_do_gives_nothing() -> None:
    assert parallel(str, []) == []
