"""What is made before the first case: at the same time, and each with its own end."""

from __future__ import annotations

import threading

import pytest

from conformance.harness.beforehand import Beforehand
from conformance.judge.finding import Blocked


def test_everything_is_made_at_the_same_time_and_once() -> None:
    subject, meeting = Beforehand(), threading.Barrier(2, timeout=5)

    made = [subject.add(meeting.wait) for _ in range(2)]
    waits = bool(subject)
    subject.run()
    subject.run()

    assert waits
    assert not subject
    assert sorted(one.result(0) for one in made) == [0, 1]


def test_a_finding_belongs_to_those_who_need_what_could_not_be_made() -> None:
    def blocked() -> None:
        raise Blocked(limit="the server is gone")

    subject = Beforehand()
    failed, made = subject.add(blocked), subject.add(lambda: "a media")

    subject.run()

    assert made.result(0) == "a media"
    with pytest.raises(Blocked, match="the server is gone"):
        failed.result(0)


def test_a_fault_of_the_kit_is_raised_at_once() -> None:
    subject = Beforehand()
    subject.add(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        subject.run()
