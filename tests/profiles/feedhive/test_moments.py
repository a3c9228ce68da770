"""Which moments of a new item are good."""

from __future__ import annotations

import pytest

from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.moments import are_apart, is_about_now

NOON = 1_959_249_600.0  # 2032-02-01T12:00:00Z
DATE = "Sun, 01 Feb 2032 12:00:00 GMT"


def shown(date: str | None, started: float) -> Exchange:
    headers = (("Date", date),) if date else ()
    return Exchange(Request("GET", "http://h"), Response(200, headers, b"", 0.0), started=started)


@pytest.mark.parametrize(
    "created_at",
    [
        None,
        "no moment",
        "2032-02-01T12:00:00Z",
        "2032-02-01T00:00:00Z",
        "2032-02-01T24:00:00+14:00",
        "2032-01-31T00:00:00",
    ],
)
def test_a_moment_of_about_now_passes(created_at: str | None) -> None:
    for date, started in ((DATE, 0.0), (None, NOON)):
        is_about_now(created_at, shown(date, started))


@pytest.mark.parametrize("created_at", ["1970-01-01T00:00:00Z", "2029-02-01T12:00:00Z"])
def test_a_moment_long_ago_is_told(created_at: str) -> None:
    with pytest.raises(Violation):
        is_about_now(created_at, shown(DATE, NOON))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2032-02-01T12:00:01Z", "2032-02-01T12:00:02Z"),
        ("2032-02-01T00:00:00Z", "2032-02-01T00:00:00Z"),
        ("2032-02-01T12:31:00Z", "2032-02-01T12:31:00Z"),
        (None, None),
    ],
)
def test_moments_may_be_a_day_or_a_minute(first: str | None, second: str | None) -> None:
    are_apart(first, second, shown(DATE, NOON))


def test_one_moment_of_two_items_is_told() -> None:
    with pytest.raises(Violation):
        are_apart("2032-02-01T12:00:00.1Z", "2032-02-01T12:00:00.100Z", shown(DATE, NOON))
