"""Waiting for something that happens later: bounded, and counted from when it began."""

from __future__ import annotations

import time

import pytest

from conformance.harness import lag
from conformance.harness.lag import seconds_until


def test_what_is_true_at_once_takes_no_time() -> None:
    assert (seconds_until(lambda: True, 5.0) or 0.0) < 0.1


def test_it_returns_the_seconds_until_the_look_that_found_it() -> None:
    due = time.monotonic() + 0.3

    found = seconds_until(lambda: time.monotonic() >= due, 5.0)

    assert found == pytest.approx(0.5, abs=0.25)


def test_what_never_happens_ends_with_the_bound() -> None:
    began = time.monotonic()

    assert seconds_until(lambda: False, 0.4) is None

    assert 0.4 <= time.monotonic() - began < 1.0


def test_a_wait_that_began_earlier_takes_only_the_rest_and_looks_at_least_once() -> None:
    long_ago, looks = time.monotonic() - 100, iter([False, True])

    assert seconds_until(lambda: next(looks), 60.0, long_ago) is None
    assert list(looks) == [True]
    assert seconds_until(lambda: True, 60.0, long_ago) == pytest.approx(100, abs=1)


def test_soon_is_sooner_than_at_all() -> None:
    assert lag.PUBLIC_SOON_S < lag.PUBLIC_BOUND_S
    assert lag.GONE_SOON_S < lag.GONE_BOUND_S
