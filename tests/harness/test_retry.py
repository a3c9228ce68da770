"""A request is sent again after a failure of a moment, a few times, and its last answer counts."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from conformance.harness.retry import AnswerLost, Retries, requested_pause, unless_lost
from conformance.model.exchange import Exchange, Request, Response

INTERNAL = b"<Error><Code>InternalError</Code></Error>"


def answered(status: int, body: bytes = b"", **headers: str | None) -> Exchange:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items() if value)
    return Exchange(
        Request("PUT", "http://127.0.0.1/x"),
        Response(status, named, body, 0.1),
        operation="put_object",
    )


def date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def pauses(exchange: Exchange, retries: Retries | None = None) -> list[float]:
    """Return the pauses between the tries of a request that always gets the same answer."""
    retries, found = retries or Retries(), list[float]()
    while len(found) < 50 and (pause := retries.pause(exchange, len(found))) is not None:
        found.append(pause)
    return found


@pytest.mark.parametrize(
    "exchange",
    [
        answered(503, b"upstream connect error"),
        answered(503, b"<Error><Code>SlowDown</Code></Error>"),
        answered(500, INTERNAL),
        answered(403, b"slow down", Retry_After="0"),
    ],
)
def test_a_failure_of_a_moment_is_tried_again_with_growing_pauses_and_then_judged(
    exchange: Exchange,
) -> None:
    found = pauses(exchange)

    assert 3 <= len(found) <= 5
    assert found == sorted(found)
    assert found[0] < 0.5
    assert 3 < sum(found) < 6


@pytest.mark.parametrize(
    "exchange",
    [
        answered(200),
        answered(403),
        answered(429 - 1),
        answered(500, b'{"success": false, "message": "InternalError"}'),
        answered(502),
        answered(400, INTERNAL),
        Exchange(Request("GET", "http://127.0.0.1/x"), None, "ReadError"),
    ],
)
def test_any_other_answer_is_judged_at_once(exchange: Exchange) -> None:
    assert pauses(exchange) == []


def test_a_403_waits_as_long_as_it_asks() -> None:
    assert min(pauses(answered(403, Retry_After="7"))) == 7.0


def test_failures_that_never_pass_are_tried_again_only_once_after_a_few_requests() -> None:
    retries = Retries()

    counts = [len(pauses(answered(503), retries)) for _ in range(5)]

    assert counts == [4, 4, 4, 1, 1]


def test_a_failure_that_passes_earns_all_tries_again() -> None:
    retries = Retries()
    for _ in range(4):
        pauses(answered(503), retries)

    assert retries.pause(answered(200), 1) is None

    assert len(pauses(answered(503), retries)) == 4


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), ("12", 12.0), ("soon", 1.0), ("\xb2", 1.0), (None, 1.0)],
)
def test_a_rate_limit_asks_for_a_pause(value: str | None, seconds: float) -> None:
    assert requested_pause(answered(429, Retry_After=value)) == seconds


def test_a_date_in_the_past_asks_for_no_pause() -> None:
    assert requested_pause(answered(429, Retry_After=date(-30))) == 0.0


@pytest.mark.parametrize("proxy", [None, 0.0, -3600.0, 3600.0])
@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_date_is_a_pause_whatever_the_clock_of_a_proxy_shows(
    status: int, proxy: float | None
) -> None:
    now = None if proxy is None else date(proxy)

    pause = requested_pause(answered(status, Retry_After=date(5), Date=now))

    assert pause is not None
    assert 0 <= pause <= 5.1
    if proxy != 3600.0:
        assert pause > 3


def test_a_rate_limit_without_a_pause_does_not_make_a_tight_loop() -> None:
    found = pauses(answered(429, Retry_After="0"))

    assert len(found) == 50
    assert found[0] < 0.1
    assert sum(found) > 30


def test_a_number_of_thousands_of_digits_is_a_long_pause() -> None:
    assert (requested_pause(answered(429, Retry_After="9" * 5_000)) or 0) > 1_000


def test_after_waiting_in_vain_a_rate_limit_is_waited_for_no_more_until_a_success() -> None:
    retries, limited = Retries(), answered(429, Retry_After="5")

    retries.waited_in_vain(limited)
    assert retries.pause(limited, 0) == math.inf
    assert retries.pause(replace(limited, operation="get_object"), 0) == 5.0

    retries.pause(answered(200), 0)
    assert retries.pause(limited, 0) == 5.0


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
def test_the_refusal_of_a_write_that_was_sent_again_shows_nothing(status: int) -> None:
    refused = answered(status)

    assert unless_lost(refused) is refused
    with pytest.raises(AnswerLost, match=f"{status}"):
        unless_lost(replace(refused, repeated=True))


@pytest.mark.parametrize("status", [200, 401, 403, 429, 500, 503])
def test_any_other_answer_of_a_write_that_was_sent_again_is_judged(status: int) -> None:
    exchange = replace(answered(status), repeated=True)

    assert unless_lost(exchange) is exchange


def test_a_date_far_ahead_may_be_of_a_wrong_clock_so_pauses_grow_instead() -> None:
    assert pauses(answered(429, Retry_After=date(3_600)))[:4] == [1.0, 2.0, 4.0, 4.0]
    assert pauses(answered(429, Retry_After="3600"))[0] == 3_600.0
    assert pauses(answered(429))[:4] == [1.0, 2.0, 4.0, 4.0]
