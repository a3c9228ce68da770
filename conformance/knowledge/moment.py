"""Compares the moments of answers."""

from __future__ import annotations

from datetime import timedelta

from conformance.model.moment import parsed_moment

#: One operation may show a moment in whole seconds, and another one more precisely.
PRECISION = timedelta(seconds=1)


def agrees(one: object, other: object) -> bool:
    """Whether two values are equal, or are moments that are the same to the second."""
    return one == other or (parsed_moment(one) is not None and same_moment(one, other))


def same_moment(one: object, other: object) -> bool:
    """Whether two texts are the same moment, to the second; an unreadable text equals any other."""
    if not isinstance(one, str) or not isinstance(other, str) or one == other:
        return True
    first, second = parsed_moment(one), parsed_moment(other)
    return first is None or second is None or abs(first - second) < PRECISION
