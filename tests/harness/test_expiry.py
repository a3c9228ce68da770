"""When an upload is late in its life, and when it lives too short for that."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from conformance.harness.expiry import (
    LATE_S,
    SHORTEST_LIFE_S,
    Deadline,
    agreeing_clocks,
    came_in_time,
    clock_is_not_ahead,
    life_s,
)
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.signed_url import SignedUrl

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


def signed(life_s: int, *, at: datetime | None = None) -> SignedUrl:
    """Return an upload URL that was signed at the expiry of the tests, or at another moment."""
    date = (at or EXPIRY).strftime("%Y%m%dT%H%M%SZ")
    return SignedUrl(f"http://127.0.0.1/key?X-Amz-Date={date}&X-Amz-Expires={life_s}")


NO_LIFE = SignedUrl("http://127.0.0.1/key?Signature=x")
IN_TEN_S = EXPIRY + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("proxy_s", "life"),
    [(0, 10), (1, 10), (-1, 11), (20, 10), (-20, 30), (420, 10), (-420, 10), (3600, 10)],
)
def test_an_upload_lives_until_the_later_of_its_date_and_its_urls_own_life(
    proxy_s: int, life: float
) -> None:
    assert life_s(answered(proxy_s), IN_TEN_S, signed(10)) == life


def test_an_hour_behind_is_the_clock_of_a_proxy() -> None:
    assert life_s(answered(-3600), IN_TEN_S, signed(10)) == 10


def test_a_deadline_is_counted_from_the_answer_however_late_it_is_read() -> None:
    created = replace(answered(0), started=time.time() - 4)

    deadline = Deadline.announced(created, EXPIRY + timedelta(seconds=60), signed(60), 90.0)

    assert 55 < deadline.due - time.monotonic() < 57


@pytest.mark.parametrize(
    "url", [NO_LIFE, signed(3600), signed(10, at=datetime(2020, 1, 1, tzinfo=UTC))]
)
def test_a_url_that_does_not_fit_to_the_announced_moment_shows_nothing(url: SignedUrl) -> None:
    assert life_s(answered(0), IN_TEN_S, url) == 10


def test_an_expiry_that_is_rounded_up_to_the_minute_counts() -> None:
    announced = EXPIRY + timedelta(seconds=645)

    assert life_s(answered(0), announced, signed(600)) == 645
    assert life_s(answered(30), announced, signed(600)) == 645


def test_a_url_shows_its_life_where_the_answer_announces_none() -> None:
    assert life_s(answered(0), None, signed(10)) == 10
    assert life_s(answered(0), None, NO_LIFE) is None


def test_the_late_put_comes_before_the_url_expires_although_the_session_lives_longer() -> None:
    began = time.monotonic()

    deadline = Deadline.announced(answered(0), EXPIRY + timedelta(seconds=60), signed(20), 90.0)

    assert deadline.due - began == pytest.approx(60, abs=1)
    assert deadline.late - began == pytest.approx(20 - LATE_S, abs=1)


@pytest.mark.parametrize("proxy_s", [-3600, -20, 0, 20, 3600])
def test_the_late_put_is_in_time_whatever_the_clock_of_a_proxy_shows(proxy_s: int) -> None:
    began = time.monotonic()

    deadline = Deadline.announced(answered(proxy_s), IN_TEN_S, signed(10), 90.0)

    assert deadline.late - began == pytest.approx(10 - LATE_S, abs=1)
    assert deadline.due - began >= 10


def test_a_moment_further_away_than_the_run_waits_blocks() -> None:
    with pytest.raises(Blocked, match="--max-wait 602"):
        Deadline.announced(answered(0), None, NO_LIFE, 60.0, documented_s=600)
    with pytest.raises(Blocked, match="nothing shows when the upload expires"):
        Deadline.announced(answered(0), None, NO_LIFE, 60.0)


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


def refused_by_a_clock(ahead_s: float, *, signed_s: float = 0.0, after_s: float = 0.5) -> None:
    """Judge a refused PUT to a URL of five seconds.

    Args:
        ahead_s: How far the storage's clock is ahead of the server's.
        signed_s: When the URL was signed, in seconds after the server's own Date.
        after_s: When the PUT was sent, in seconds after the URL was given.
    """
    url = signed(5)
    server = EXPIRY - timedelta(seconds=signed_s)
    answer = Response(200, (("Date", format_datetime(server, usegmt=True)),), b"", 0.0)
    given = Exchange(Request("POST", "http://127.0.0.1/"), answer, started=100.0)
    storage = server + timedelta(seconds=ahead_s + after_s)
    refusal = Response(403, (("Date", format_datetime(storage, usegmt=True)),), b"", 0.0)
    put = Exchange(Request("PUT", url.url), refusal, started=100.0 + after_s)
    clock_is_not_ahead(put, given)


def test_a_new_url_that_expired_by_the_clock_of_the_storage_blames_nobody() -> None:
    with pytest.raises(Blocked, match="the clock of the storage is 8 s ahead"):
        refused_by_a_clock(8)


@pytest.mark.parametrize(
    ("ahead_s", "more"),
    [(2, {}), (0, {"after_s": 6}), (8, {"signed_s": -3600}), (-8, {})],
    ids=["not expired", "sent too late", "signed by a wrong clock", "behind"],
)
def test_any_other_refusal_of_a_new_url_is_judged(ahead_s: float, more: dict[str, float]) -> None:
    refused_by_a_clock(ahead_s, **more)


def refused_after(seconds: float, life_s: int = 5, status: int = 403) -> None:
    given = Exchange(Request("POST", "http://a.test"), None, started=100.0)
    put = Exchange(
        Request("PUT", signed(life_s).url), Response(status, (), b"", 0.5), started=100.0 + seconds
    )
    came_in_time(put, given)


def test_a_put_that_was_refused_after_the_life_of_its_url_blames_nobody() -> None:
    with pytest.raises(Blocked, match="the URL lives 5 s, and the PUT was answered 6 s"):
        refused_after(5.5)


@pytest.mark.parametrize(
    ("seconds", "life_s", "status"),
    [(4.0, 5, 403), (60.0, 900, 403), (5.5, 5, 200), (0.1, 0, 403), (2.0, 1, 403)],
    ids=["in time", "long life", "accepted", "no life", "a life too short to use"],
)
def test_any_other_put_is_judged(seconds: float, life_s: int, status: int) -> None:
    refused_after(seconds, life_s, status)
