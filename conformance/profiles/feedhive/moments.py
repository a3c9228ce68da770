"""What `created_at` tells: it may be null, or the day alone, but not the time of another moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from conformance.harness.expiry import server_time
from conformance.judge import expect
from conformance.model.moment import parsed_moment

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

# A server may tell the day alone, in a zone that it does not name; a proxy writes the Date.
_ABOUT_NOW = timedelta(days=2)


def is_about_now(created_at: object, shown: Exchange) -> None:
    """Judge that an item which was just made was created about now.

    The clock of the server and our own are both good.

    Args:
        created_at: The member of the item.
        shown: The answer that shows it.
    """
    moment = parsed_moment(created_at)
    if moment is None:  # null, or judged by the schemas
        return
    clocks = [server_time(shown), datetime.fromtimestamp(shown.started, UTC)]
    near = any(now is not None and abs(moment - now) <= _ABOUT_NOW for now in clocks)
    actual = f"it is {expect.shown(created_at)}"
    expect.that(near, "`created_at` of a new media to be about now", actual, shown)


def are_apart(first: object, second: object, shown: Exchange) -> None:
    """Judge that the moments of two items differ that were made in different seconds.

    A moment without seconds may be a day or a minute, which two items share.
    """
    one, other = parsed_moment(first), parsed_moment(second)
    shared = one is not None and one == other and (one.second or one.microsecond)
    wanted = "two media that were made a second apart to have different `created_at`"
    expect.that(not shared, wanted, f"both have {expect.shown(first)}", shown)
