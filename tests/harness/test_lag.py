"""Waiting for something that happens later: bounded, overlapping, and counted by the misses."""

from __future__ import annotations

import time

import pytest

from conformance.harness import lag
from conformance.harness.lag import Lag, Watch
from conformance.judge.finding import Blocked


def test_what_is_true_at_once_was_never_missed() -> None:
    assert Watch({"it": lambda: True}, 5.0).lag("it") == Lag(happened=True, missed_s=0.0)


def test_a_late_thing_was_missed_until_the_last_look_that_did_not_find_it() -> None:
    due = time.monotonic() + 0.3

    found = Watch({"it": lambda: time.monotonic() >= due}, 5.0).lag("it")

    assert found.happened
    assert 0.1 < found.missed_s < 0.3


def test_what_never_happens_ends_with_a_look_after_the_bound() -> None:
    began = time.monotonic()

    found = Watch({"it": lambda: False}, 0.4).lag("it")

    assert not found.happened
    assert found.missed_s >= 0.4
    assert time.monotonic() - began < 5.0


def test_several_things_are_waited_for_at_the_same_time() -> None:
    due = time.monotonic() + 0.5
    late = dict.fromkeys(map(str, range(10)), lambda: time.monotonic() >= due)

    watch = Watch({**late, "early": lambda: True, "never": lambda: False}, 1.0)

    assert watch.lag("early").missed_s == 0.0
    assert all(watch.lag(name).happened for name in late)
    assert not watch.lag("never").happened
    assert time.monotonic() - due < 4.0


def test_what_a_look_raises_is_raised_where_the_case_waits() -> None:
    def unseen() -> bool:
        raise Blocked(limit="the bucket is closed")

    watch = Watch({"it": unseen, "other": lambda: True}, 5.0)

    assert watch.lag("other").happened
    with pytest.raises(Blocked, match="closed"):
        watch.lag("it")


def test_soon_is_sooner_than_at_all() -> None:
    assert lag.PUBLIC_SOON_S < lag.PUBLIC_BOUND_S
    assert lag.GONE_SOON_S < lag.GONE_BOUND_S
