"""An interruption waits until what was created is journalled, and is never lost."""

from __future__ import annotations

import signal
import sys
import threading
import time

import pytest

from conformance.harness import signals
from conformance.harness.signals import (
    check_interrupted,
    held_back,
    interruptible,
    is_interrupted,
    terminable,
    uninterrupted,
)


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


class Loses:
    """Python loses what is raised while this goes away."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_an_interruption_that_python_loses_is_raised_at_the_next_look() -> None:
    with interruptible():
        lost = Loses()
        del lost
        assert is_interrupted()

        with pytest.raises(KeyboardInterrupt):
            check_interrupted()
        signals.taken()
        check_interrupted()


def test_an_interruption_that_python_loses_ends_a_wait_and_shows_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    began = time.monotonic()

    with interruptible():
        lost = Loses()
        del lost
        with pytest.raises(KeyboardInterrupt):
            threading.Event().wait(10)
    signals.taken()

    assert time.monotonic() - began < 5
    assert capfd.readouterr().err == ""


def test_what_else_python_loses_is_still_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fails:
        def __del__(self) -> None:
            raise ValueError("lost")

    shown: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: shown.append(lost.exc_type))

    with interruptible():
        fails = Fails()
        del fails

    assert shown == [ValueError]


def test_a_new_session_inside_another_keeps_an_interruption() -> None:
    with interruptible():
        lost = Loses()
        del lost
        with pytest.raises(KeyboardInterrupt), interruptible():
            check_interrupted()
    signals.taken()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_interrupt_and_the_handlers_return(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with interruptible(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)

    assert signal.getsignal(number) is before
    signals.taken()


def test_an_interruption_that_was_held_back_is_noted() -> None:
    done: list[str] = []

    with interruptible():
        with pytest.raises(KeyboardInterrupt):
            create(done, interruptions=1)
        assert is_interrupted()
    signals.taken()

    assert done == ["journalled"]


def test_sigterm_interrupts_a_session_that_nobody_else_ends() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt), terminable():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signals.taken()
        signal.signal(signal.SIGTERM, before)


def test_somebody_elses_handler_of_sigterm_stays() -> None:
    got: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: got.append(number))
    try:
        with terminable():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert got == [signal.SIGTERM]
