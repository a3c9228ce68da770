"""How long URLs and sessions live, and what servers round of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.profiles.feedhive.lifetimes import is_about_a_day, is_rounded

_DAY_S, _HOUR_S = 86_400, 3_600


@pytest.mark.parametrize("life_s", [_DAY_S, _DAY_S - 60, _DAY_S + _HOUR_S])
def test_a_day_may_begin_at_the_last_full_hour(life_s: int) -> None:
    assert is_about_a_day(life_s)


@pytest.mark.parametrize("life_s", [300, _DAY_S - _HOUR_S, _DAY_S + _HOUR_S + 1, 7 * _DAY_S])
def test_another_life_is_no_day(life_s: int) -> None:
    assert not is_about_a_day(life_s)


@pytest.mark.parametrize(
    ("second", "microsecond", "rounded"),
    [(0, 0, True), (30, 0, True), (31, 0, False), (30, 1, False)],
)
def test_an_expiry_is_rounded_at_a_full_ten_seconds(
    second: int,
    microsecond: int,
    rounded: bool,  # noqa: FBT001 - a value of the table
) -> None:
    announced = datetime(2026, 11, 28, 12, 0, second, microsecond, tzinfo=UTC)

    assert is_rounded(announced) is rounded
