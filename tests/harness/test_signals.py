"""An interruption waits until what was created is journalled, and is never lost."""

from __future__ import annotations

import signal
import threading

import pytest

from conformance.harness.signals import held_back, uninterrupted


@uninterrupted
def create(
    journal: list[str], *, interruptions: int = 0, number: signal.Signals = signal.SIGINT
) -> str:
    """Create something and journal it, interrupted between the two."""
    for _ in range(interruptions):
        signal.raise_signal(number)
    journal.append("journalled")
    return "upload"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_waits_for_the_end_of_the_block(number: signal.Signals) -> None:
    before = signal.signal(number, signal.default_int_handler)
    done: list[str] = []
    try:
        with pytest.raises(KeyboardInterrupt):
            create(done, interruptions=1, number=number)
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)

    assert done == ["journalled"]


def test_a_second_interruption_does_not_wait() -> None:
    done: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        create(done, interruptions=2)

    assert done == []


def test_without_an_interruption_nothing_changes() -> None:
    before = signal.getsignal(signal.SIGINT)

    with held_back():
        pass

    assert signal.getsignal(signal.SIGINT) is before


def test_a_failure_inside_does_not_swallow_the_interruption() -> None:
    @uninterrupted
    def fail() -> None:
        signal.raise_signal(signal.SIGINT)
        raise ValueError("inside")

    with pytest.raises(KeyboardInterrupt):
        fail()


def test_other_threads_leave_the_handlers_alone() -> None:
    seen = []

    def work() -> None:
        before = signal.getsignal(signal.SIGINT)
        with held_back():
            seen.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [True]


def test_a_call_gives_its_result() -> None:
    done: list[str] = []

    assert create(done) == "upload"
    assert done == ["journalled"]
