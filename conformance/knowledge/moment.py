"""Moments of answers: the same texts come again and again, so each is parsed once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from conformance.model.moment import parsed_moment

#: One operation may show a moment in whole seconds, and another one more precisely.
PRECISION = timedelta(seconds=1)


@lru_cache(20_000)
def moment_of(text: str) -> datetime | None:
    """Return the moment of an ISO 8601 text, or None."""
    return parsed_moment(text)


def same_moment(one: object, other: object) -> bool:
    """Whether two texts are the same moment, to the second; an unreadable text equals any other."""
    if not isinstance(one, str) or not isinstance(other, str) or one == other:
        return True
    first, second = moment_of(one), moment_of(other)
    return first is None or second is None or abs(first - second) < PRECISION
