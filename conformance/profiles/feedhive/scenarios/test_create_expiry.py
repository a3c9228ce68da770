"""POST /media/uploads: when a session and its upload URL expire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from conformance.harness.expiry import server_time
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.profiles.feedhive.lifetimes import (
    TOLERANCE_S,
    expire_together,
    is_rounded,
    rounding_s,
)
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import requirement, waits

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.model.signed_url import SignedUrl
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

_LIFE_S = 600
# Whole seconds on both sides, and the same clock twice.
_DRIFT_S = 3.0


@requirement("FH-CREATE-12")
def test_expires_at_is_an_iso_8601_date_time(given: Given) -> None:
    upload = given.created_upload()

    expect.moment(upload.exchange, "data", "expires_at")


@requirement("FH-CREATE-13")
def test_the_session_is_announced_to_live_ten_minutes(given: Given) -> None:
    upload = given.created_upload()
    if upload.expires_at is None:
        raise Blocked(limit="expires_at cannot be read: see FH-CREATE-12")

    clocks = [server_time(upload.exchange) or datetime.now(UTC), upload.signed.signed_at]

    ahead = [(upload.expires_at - now).total_seconds() for now in clocks if now]
    latest = _LIFE_S + TOLERANCE_S + rounding_s(upload.expires_at)
    expect.that(
        any(_LIFE_S - TOLERANCE_S <= one <= latest for one in ahead),
        f"expires_at to lie about {_LIFE_S} seconds ahead of the server's Date or of X-Amz-Date",
        f"it lies {' and '.join(f'{one:.0f}' for one in ahead)} seconds ahead",
        upload.exchange,
    )


@requirement("FH-CREATE-13")
@waits
def test_the_announced_expiry_moves_on_with_the_clock(
    given: Given, expiring: Expiring[Upload]
) -> None:
    early = given.working.create()
    expiring.over()
    late = given.created_upload()
    moved = _seconds_between(early.expires_at, late.expires_at)
    passed = _seconds_between(server_time(early.exchange), server_time(late.exchange))
    drift = _DRIFT_S + _answering_s(early) + _answering_s(late)

    if moved is None or passed is None or passed <= drift + 1:
        raise NotApplicable("no two sessions were created some seconds apart, by their Date")
    if is_rounded(early.expires_at) and is_rounded(late.expires_at):
        raise NotApplicable("expires_at is rounded to some seconds or to minutes")
    # Two instances of a server may have clocks of their own.
    expect.that(
        moved and abs(moved - passed) <= drift + TOLERANCE_S,
        f"expires_at to move on by the {passed:.0f} seconds between two sessions",
        f"it moved by {moved:.0f}",
        late.exchange,
    )


@requirement("FH-CREATE-15")
@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_the_urls_own_expiry_agrees_with_expires_at(given: Given, content_type: str) -> None:
    upload = given.created_upload(content_type)
    own = _own_expiry(upload)
    if upload.expires_at is None:
        raise Blocked(limit="expires_at cannot be read: see FH-CREATE-12")

    expect.that(
        expire_together(upload.expires_at, own),
        f"the URL to expire when expires_at says, {upload.expires_at.isoformat()}",
        f"it expires at {own.isoformat()}",
        upload.exchange,
    )


def _own_expiry(upload: Upload) -> datetime:
    """Judge that the expiry in the upload URL can be read, and return it."""
    signed = upload.signed
    found = signed.expires_at
    if found is None and not signed.must_name_its_expiry:
        raise Blocked(limit="the signature of the upload URL shows no expiry")
    if found is None:
        names = ("X-Amz-Date", "X-Amz-Expires", "Expires")
        shown = ", ".join(f"{name} {expect.shown(_brief(signed, name))}" for name in names)
        wanted = "an upload URL that says when it expires"
        expect.violated(wanted, f"it cannot be read: {shown}", upload.exchange)
    return found


def _brief(signed: SignedUrl, name: str) -> str | None:
    value = signed.parameter(name)
    return value and value[:40]


def _seconds_between(first: datetime | None, second: datetime | None) -> float | None:
    return (second - first).total_seconds() if first and second else None


def _answering_s(upload: Upload) -> float:
    """Return how long the answer took: expires_at may be from its begin, Date from its end."""
    return upload.exchange.response.elapsed_s if upload.exchange.response else 0.0
