"""When an upload is late in its life, and when it lives too short for that."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import pytest

from conformance.harness.expiry import (
    EXPIRY_MARGIN_S,
    LATE,
    LATE_S,
    SHORTEST_LIFE_S,
    Deadline,
    Expiring,
    agreeing_clocks,
)
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response

EXPIRY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("life", [SHORTEST_LIFE_S, 5.0, 6.0, 900.0])
def test_late_lies_in_the_second_half_and_before_the_end(life: float) -> None:
    deadline = Deadline(1_000.0 + life, life)

    assert 1_000.0 + life / 2 <= deadline.late < deadline.due


def test_late_is_shortly_before_the_end_of_a_long_life() -> None:
    assert Deadline(1_000.0, 900.0).late == 1_000.0 - LATE_S


def test_a_life_too_short_to_be_late_in_is_not_judged() -> None:
    with pytest.raises(Blocked, match="--short-lived-url live 6 s or more"):
        _ = Deadline(3.0, 3.0).late


def answered(seconds: int) -> Exchange:
    """Return an answer whose `Date` is so many seconds after the expiry."""
    date = format_datetime(EXPIRY + timedelta(seconds=seconds), usegmt=True)
    response = Response(403, (("Date", date),), b"", 0.01)
    return Exchange(Request("PUT", "http://127.0.0.1/key"), response)


def test_a_refusal_clearly_before_the_expiry_is_judged() -> None:
    agreeing_clocks(answered(-1), EXPIRY, expired=False)


def test_a_refusal_within_the_second_of_the_expiry_is_not() -> None:
    with pytest.raises(Blocked, match="storage's own clock the URL had expired, or was about to"):
        agreeing_clocks(answered(0), EXPIRY, expired=False)


def test_a_success_after_the_expiry_is_judged() -> None:
    agreeing_clocks(answered(1), EXPIRY, expired=True)


def test_a_success_within_the_second_of_the_expiry_is_not() -> None:
    with pytest.raises(Blocked, match="storage's own clock the URL had not expired yet"):
        agreeing_clocks(answered(0), EXPIRY, expired=True)


def test_all_is_over_once_the_last_that_was_begun_has_expired() -> None:
    life = {LATE: -EXPIRY_MARGIN_S, "longer": 0.2 - EXPIRY_MARGIN_S}
    uploads: Expiring[str] = Expiring(
        {kind: partial(str, kind) for kind in life},
        lambda kind: Deadline(time.monotonic() + life[kind], 1.0),
        lambda _: answered(0),
        bound=1.0,
    )
    began = time.monotonic()

    uploads.over()  # nothing is begun
    at_once = time.monotonic() - began
    uploads.begin()
    uploads.over()

    assert at_once < 0.1
    assert time.monotonic() - began >= 0.2
