"""Reads date-times of ISO 8601, which allows more forms than Python's own reader takes.

Read are calendar, ordinal and week dates, the basic and the extended format, times without
seconds, fractions of the last unit with a point or a comma, 24:00, leap seconds, and offsets
with or without a colon. `T` and `Z` may be in lower case (RFC 3339 section 5.6).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

#: A moment outside of these is moved to the nearer one, so that the kit can calculate.
FIRST = datetime(2, 1, 1, tzinfo=UTC)
LAST = datetime(9998, 12, 31, tzinfo=UTC)

_MOMENT = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-?(?P<month>[0-9]{2})-?(?P<day>[0-9]{2})"
    r"|-?W(?P<week>[0-9]{2})-?(?P<weekday>[1-7])"
    r"|-?(?P<ordinal>[0-9]{3}))"
    r"T(?P<hour>[0-9]{2})(?::?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2}))?)?"
    r"(?:[.,](?P<fraction>[0-9]{1,30}))?"
    r"(?P<offset>Z|(?P<sign>[+-])(?P<ahead_hours>[0-9]{2})(?::?(?P<ahead_minutes>[0-9]{2}))?)?"
)
_LONGEST = 80
_LAST_HOUR, _LAST_MINUTE, _LEAP_SECOND = 24, 59, 60


def parsed_moment(text: object) -> datetime | None:
    """Return the moment of a date-time, or None when the value is not one.

    One without an offset counts as UTC. A leap second is read as the second after it.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    return _parsed(text)


@lru_cache(maxsize=20_000)  # the same items come in many answers
def _parsed(text: str) -> datetime | None:
    found = _MOMENT.fullmatch(text.upper())
    if found is None:
        return None
    parts = found.groupdict()
    try:
        date, time, zone = _date(parts), _time(parts), _zone(parts)
    except (ValueError, OverflowError):
        return None
    try:
        moment = date.replace(tzinfo=zone) + time
        return min(max(moment, FIRST), LAST)
    except OverflowError:
        return LAST


def _date(parts: dict[str, str | None]) -> datetime:
    """Return the midnight of the date; raise `ValueError` where there is no such day."""
    year = int(parts["year"] or 0)
    if parts["week"] and parts["weekday"]:
        return datetime.fromisocalendar(year, int(parts["week"]), int(parts["weekday"]))
    if parts["ordinal"]:
        day = datetime(year, 1, 1) + timedelta(days=int(parts["ordinal"]) - 1)  # noqa: DTZ001 - the zone comes later
        if day.year != year:
            raise ValueError(parts)
        return day
    return datetime(year, int(parts["month"] or 0), int(parts["day"] or 0))  # noqa: DTZ001 - the zone comes later


def _time(parts: dict[str, str | None]) -> timedelta:
    """Return the time since midnight; raise `ValueError` where no clock shows it."""
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    unit = next(name for name in ("second", "minute", "hour") if parts[name] is not None)
    rest = timedelta(**{f"{unit}s": float(f"0.{parts['fraction'] or 0}")})
    told = timedelta(hours=hour, minutes=minute, seconds=second) + rest
    if minute > _LAST_MINUTE or second > _LEAP_SECOND or hour > _LAST_HOUR:
        raise ValueError(parts)
    if hour == _LAST_HOUR and told > timedelta(hours=_LAST_HOUR):
        raise ValueError(parts)
    return told


def _zone(parts: dict[str, str | None]) -> timezone:
    """Return the offset, UTC by default; raise `ValueError` for one of a day or more."""
    minutes = int(parts["ahead_minutes"] or 0)
    if minutes > _LAST_MINUTE:
        raise ValueError(parts)
    ahead = timedelta(hours=int(parts["ahead_hours"] or 0), minutes=minutes)
    return timezone(-ahead if parts["sign"] == "-" else ahead)
