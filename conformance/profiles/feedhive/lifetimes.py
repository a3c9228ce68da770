"""How long the URLs and sessions of the page live, and what servers round of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.expiry import ROUNDED_S

if TYPE_CHECKING:
    from datetime import datetime

#: Rounding to whole seconds, and the time that a slow server takes to answer.
TOLERANCE_S = 30.0
# The further reference (Media): a media_url works for so long.
_DAY_S = 86_400
#: A URL that was signed at the full hour, so that caches keep it, lives up to an hour longer.
HOUR_S = 3_600


def in_whole_minutes(announced: datetime | None) -> bool:
    """Whether an expiry may be rounded up to a minute."""
    return announced is not None and announced.second == 0


def is_rounded(announced: datetime | None) -> bool:
    """Whether an expiry may be rounded to ten seconds, to half a minute or to minutes."""
    return announced is not None and announced.second % 10 == 0 and not announced.microsecond


def rounding_s(announced: datetime) -> float:
    """Return by how many seconds more an expiry may be late, since it is rounded up to a minute."""
    return ROUNDED_S if in_whole_minutes(announced) else 0.0


def expire_together(announced: datetime, own: datetime) -> bool:
    """Whether the signature of an upload URL ends when its session is announced to expire."""
    later_s = (announced - own).total_seconds()
    return -TOLERANCE_S <= later_s <= TOLERANCE_S + rounding_s(announced)


def is_about_a_day(life_s: int) -> bool:
    """Whether a URL lives for a day, one per cent more or less, or from the last full hour on."""
    return -(_DAY_S // 100) <= life_s - _DAY_S <= HOUR_S


def seconds_before(one: datetime | None, other: datetime | None) -> float:
    """Return how many seconds a moment comes before another; 0 where one is not known."""
    return (other - one).total_seconds() if one and other else 0.0
