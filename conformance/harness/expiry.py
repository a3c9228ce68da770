"""Announced expiries: when they are, by which clock, and for how long a run waits for them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from conformance.judge.finding import Blocked
from conformance.model.exchange import http_date
from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from datetime import datetime

    from conformance.model.exchange import Exchange
    from conformance.target import Target

#: Seconds after the announced moment before an expiry is judged: storages and servers
#: compare whole seconds, and their clocks differ.
EXPIRY_MARGIN_S = 1.5
#: Seconds before the announced moment that count as late in the life of an upload: a Date
#: and a signature each hide up to a second.
LATE_S = 3.0
#: A `Date` names a second: the moment itself is up to one second later.
DATE_RESOLUTION = timedelta(seconds=1)
#: A PUT that fails in the last seconds before the announced moment may have come too late,
#: unless the `Date` of the answer shows that it did not.
MISSED_S = 2.0
#: An upload with a shorter life cannot be used late: its second half is over too soon.
SHORTEST_LIFE_S = 4.0
#: How many seconds the kit waits for a twin at most.
TWIN_BOUND_S = 120.0
#: Two moments of one clock differ by this at most, although an answer takes a moment.
_SAME_CLOCK_S = 5.0
#: A server may round an expiry up to the minute; a clock that differs by more is another clock.
ROUNDED_S = 60.0


def server_time(exchange: Exchange) -> datetime | None:
    """Return the `Date` of an answer: the clock by which its announcements are judged."""
    return http_date(exchange.response.header("date")) if exchange.response else None


def remaining_s(exchange: Exchange, expires_at: datetime | None) -> float | None:
    """Return how many seconds after its answer something expires, by the server's own clock."""
    now = server_time(exchange)
    return (expires_at - now).total_seconds() if now and expires_at else None


def life_s(exchange: Exchange, expires_at: datetime | None, url: SignedUrl) -> float | None:
    """Return for how many seconds after its answer an upload lives at most, or None.

    The `Date` may be the clock of a proxy. The URL shows the clock of the server itself: when
    it was signed, and for how long. If the announced moment fits to the URL, the later end of
    the two counts, but not a `Date` that is off by more than a minute.

    Args:
        exchange: The answer that announces the upload.
        expires_at: The announced moment, if it can be read.
        url: The upload URL.
    """
    by_date, own = remaining_s(exchange, expires_at), _own_life_s(expires_at, url)
    if own is None:
        return by_date if by_date is not None else url.lifetime_s
    if by_date is None or by_date - own > ROUNDED_S:
        return own
    return max(by_date, own)


def _own_life_s(expires_at: datetime | None, url: SignedUrl) -> float | None:
    """Return the life of an upload by the clock that signed its URL; None if they do not fit."""
    if expires_at is None or url.signed_at is None or url.lifetime_s is None:
        return None
    announced = (expires_at - url.signed_at).total_seconds()
    fits = -_SAME_CLOCK_S <= announced - url.lifetime_s <= ROUNDED_S + _SAME_CLOCK_S
    return max(announced, float(url.lifetime_s)) if fits else None


def agreeing_clocks(exchange: Exchange, expires_at: datetime | None, *, expired: bool) -> None:
    """Raise `Blocked` unless the URL is also expired, or still valid, by the storage's clock.

    A storage judges a URL by its own clock. An API is not at fault when that clock differs
    from its own, or when a PUT could not be sent in time.
    """
    now = server_time(exchange)
    if now is None or expires_at is None:
        return
    agreed = now > expires_at if expired else now + DATE_RESOLUTION <= expires_at
    if not agreed:
        raise Blocked(
            limit="by the storage's own clock the URL had"
            f" {'not expired yet' if expired else 'expired, or was about to'}"
        )


def clock_is_not_ahead(put: Exchange, announced: Exchange) -> None:
    """Raise `Blocked` where a storage refused a new URL since its clock is ahead of the server's.

    The server is not at fault if it signed at the moment of its own answer, and the URL had
    expired by the storage's clock although its lifetime had not passed.

    Args:
        put: The PUT and its answer.
        announced: The answer that gave the URL.
    """
    url, storage, server = SignedUrl(put.request.url), server_time(put), server_time(announced)
    if put.succeeded or url.signed_at is None or url.expires_at is None:
        return
    if storage is None or server is None or storage < url.expires_at:
        return
    own = abs((url.signed_at - server).total_seconds()) <= _SAME_CLOCK_S
    if own and put.started - announced.started < (url.lifetime_s or 0):
        raise Blocked(
            limit=f"the URL lives {url.lifetime_s} s, and the clock of the storage is"
            f" {(storage - server).total_seconds():.0f} s ahead of the server's: set both by NTP"
        )


def came_in_time(put: Exchange, announced: Exchange) -> None:
    """Raise `Blocked` where a PUT was refused that came when the life of its URL was over.

    A slow machine may need longer than the uploads of a twin live.

    Args:
        put: The PUT and its answer.
        announced: The answer that gave the URL.
    """
    life = SignedUrl(put.request.url).lifetime_s or 0
    took = put.response.elapsed_s if put.response else 0.0
    late_s = put.started + took - announced.started
    if not put.succeeded and life >= SHORTEST_LIFE_S and late_s > life:
        raise Blocked(
            limit=f"the URL lives {life} s, and the PUT was answered {late_s:.0f} s after it was"
            " given: the target or this machine is too slow"
        )


def patience(target: Target) -> float:
    """Return for how many seconds this run may wait for an expiry."""
    return TWIN_BOUND_S if target.short_lived_url else target.max_wait


@dataclass(frozen=True)
class Deadline:
    """When an upload has expired on this machine's monotonic clock, and the seconds until then.

    `early_s` is how many seconds before that its URL expires already, and `unsure_s` by how many
    seconds it may have expired earlier.
    """

    due: float
    life_s: float
    early_s: float = 0.0
    unsure_s: float = 0.0

    @property
    def surely_open(self) -> float:
        """Until this moment the upload has certainly not expired."""
        return self.due - self.unsure_s - DATE_RESOLUTION.total_seconds()

    @property
    def url_due(self) -> float:
        """The moment when the URL expires."""
        return self.due - self.early_s

    @property
    def late(self) -> float:
        """The moment that is late in the life of the URL, always in its second half.

        Raises `Blocked` when the life is too short: then a PUT at once would show nothing.
        """
        life_s = self.life_s - self.early_s
        if life_s <= 0:
            raise Blocked(limit="the announced moment is already past by the server's own Date")
        if life_s < SHORTEST_LIFE_S:
            raise Blocked(
                limit=f"uploads live {life_s:.0f} s, too short for a PUT late in their life:"
                " let the twin at --short-lived-url live 6 s or more"
            )
        return self.url_due - min(LATE_S, life_s / 2)

    @classmethod
    def announced(
        cls,
        exchange: Exchange,
        expires_at: datetime | None,
        url: SignedUrl,
        bound: float,
        *,
        documented_s: float | None = None,
    ) -> Deadline:
        """Read when an upload expires, counted from the answer that announces it.

        Args:
            exchange: The answer that announces the upload.
            expires_at: The announced moment, if it can be read.
            url: The upload URL.
            bound: How many seconds this run may wait.
            documented_s: The documented life in seconds, for an upload that shows none.

        Raises:
            Blocked: The moment is further away than the run may wait, or not announced.
        """
        shown = life_s(exchange, expires_at, url)
        life = documented_s if shown is None else shown
        if life is None:
            raise Blocked(limit="nothing shows when the upload expires")
        if life + EXPIRY_MARGIN_S > bound:
            needed = int(life + EXPIRY_MARGIN_S) + 1
            raise Blocked(
                limit=f"uploads live {life:.0f} s, longer than this run waits:"
                f" pass --max-wait {needed}, or --short-lived-url"
            )
        fits = _own_life_s(expires_at, url) is not None
        early = max(life - (url.lifetime_s or 0), 0.0) if fits else 0.0
        # Its life may have begun when the request came, and be as short as that of the URL.
        took = exchange.response.elapsed_s if exchange.response else 0.0
        unsure = took + max(life - (url.lifetime_s or life), 0.0)
        since_s = max(time.time() - exchange.started - took, 0.0) if exchange.started else 0.0
        return cls(time.monotonic() - since_s + life, life, early, unsure)
