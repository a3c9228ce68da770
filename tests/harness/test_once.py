"""What several cases need is made once, although they ask for it at the same time."""

from __future__ import annotations

import threading

from conformance.harness.concurrency import parallel
from conformance.harness.once import Once


def test_a_thing_is_made_once() -> None:
    once = Once()
    made: list[str] = []

    def ask(_: int) -> None:
        with once.making("picture"):
            if not made:
                threading.Event().wait(0.005)
                made.append("picture")

    parallel(ask, range(8))

    assert made == ["picture"]


def test_different_things_are_made_at_the_same_time() -> None:
    once, meeting = Once(), threading.Barrier(2, timeout=5)

    def ask(name: str) -> int:
        with once.making(name):
            return meeting.wait()

    assert sorted(parallel(ask, ["picture", "film"])) == [0, 1]


def test_a_thing_may_need_another_one() -> None:
    once = Once()

    with once.making("library"), once.making("picture"), once.making("library"):
        pass
