"""A caller's library as the list operation shows it: pages, walks and snapshots."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 - read by WeakKeyDictionary
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from conformance.harness.bounds import sleep
from conformance.judge import expect
from conformance.judge.finding import Blocked, Finding, precondition
from conformance.model.moment import parsed_moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api

LIST = "FH-LIST-01"

#: The page: a page of a list never holds more.
MAXIMUM_LIMIT = 100
#: The page: the size of a page of a list when the request names no limit.
DEFAULT_LIMIT = 20
#: So many items a library needs at least, so that a page reaches the maximum.
LARGE = MAXIMUM_LIMIT + 5
#: A new media must be in the list, and in its total, within so many seconds (our reading).
LISTED_WITHIN_S = 6.0
_LOOK_S = 0.2
# A list that lagged once may lag a little longer the next time.
_LAG_MARGIN = 1.3
#: For how long a library is watched, to see whether other clients change it: the first time
#: longer, since another client may change it every few seconds only.
FIRST_WATCH_S, WATCH_S = 12.0, 2.0
#: Libraries up to this size are walked completely to see what changed.
WHOLE_WALK_BOUND = 500
#: A walk ends after so many pages of the maximum; larger libraries are not tested.
PAGES_BOUND = 150
# So many pages show that a library really is large.
_PAGES_OF_A_LARGE_ONE = 8
# Cursors that count items show some items again when other clients add items, but never so
# many more than there are new ones.
_REPEATS_OF_COMPANY = 100


@dataclass(frozen=True)
class Page:
    """One answer of the list operation, with the members that a walk needs."""

    exchange: Exchange
    items: list[dict[str, Any]]
    total: int
    has_more: bool
    next_cursor: str | None

    @property
    def ids(self) -> list[str]:
        """The ids in the order of the page."""
        return [str(item.get("id")) for item in self.items]


def page_of(exchange: Exchange) -> Page:
    """Judge that an answer is a page of a list, and return it."""
    expect.success(exchange)
    items = exchange.at("data", "items")
    total = exchange.at("data", "total")
    has_more = exchange.at("data", "has_more")
    cursor = exchange.at("data", "next_cursor")
    expect.that(
        isinstance(items, list) and all(isinstance(item, dict) for item in items),
        "`data.items` to be a list of media objects",
        f"it is {expect.shown(items)[:100]}",
        exchange,
    )
    number = isinstance(total, int | float) and not isinstance(total, bool)
    expect.that(number, "`data.total` to be a number", f"it is {expect.shown(total)}", exchange)
    expect.that(
        isinstance(has_more, bool),
        "`data.has_more` to be a boolean",
        f"it is {expect.shown(has_more)}",
        exchange,
    )
    expect.that(
        cursor is None or isinstance(cursor, str),
        "`data.next_cursor` to be a string or null",
        f"it is {expect.shown(cursor)}",
        exchange,
    )
    return Page(exchange, items, int(total), has_more, cursor)


def walk(api: Api, *, limit: int | None = MAXIMUM_LIMIT, caller: str = "main") -> Iterator[Page]:
    """Yield the pages of a whole walk.

    `Blocked` when the library is larger than the bound, by FH-LIST-08 when a cursor of the server
    is refused although the item that it may name is still there, and by FH-LIST-06 when the walk
    shows the same items again: it would have no end.
    """
    cursor: str | None = None
    shown: list[str] = []
    reached: dict[str | None, list[str]] = {}
    repeats, met = 0, set[str]()
    for _ in range(PAGES_BOUND * MAXIMUM_LIMIT // (limit or DEFAULT_LIMIT)):
        exchange = api.list_media(limit=limit, cursor=cursor, caller=caller)
        refused = cursor is not None and exchange.refuses
        if refused and shown and api.get_media(shown[-1], caller=caller).refuses:
            raise Blocked(limit="the item at which a page ended was deleted during the walk")
        with precondition("FH-LIST-08"):
            wanted, actual = "the page that next_cursor leads to", f"it was {exchange.summary()}"
            expect.that(not refused, wanted, actual, exchange)
        page = page_of(exchange)
        repeats += len(met.intersection(page.ids))
        met.update(page.ids)
        again = bool(page.ids) and reached.get(cursor) == page.ids
        with precondition("FH-LIST-06"):
            ends = not again and repeats <= len(met) + _REPEATS_OF_COMPANY
            expect.that(ends, "a walk that ends", "it shows the same items again", page.exchange)
        reached[cursor] = shown = page.ids
        yield page
        if not page.has_more or not page.next_cursor:
            return
        cursor = page.next_cursor
    raise Blocked(
        limit=f"the library has more than {PAGES_BOUND * MAXIMUM_LIMIT} items:"
        " test with a caller whose library is smaller"
    )


def whole_walk(api: Api, limit: int) -> list[Page]:
    """Return the pages of a walk that has to reach the end of the library.

    A large library is walked with the largest pages. `Blocked` soon where even these are too
    many; a total alone does not show that, since it may be wrong.
    """
    pages = walk(api, limit=limit)
    found = [next(pages)]
    total = found[0].total
    if total <= WHOLE_WALK_BOUND:
        return [*found, *pages]
    pages = walk(api, limit=MAXIMUM_LIMIT)
    found = list(islice(pages, _PAGES_OF_A_LARGE_ONE))
    if total > PAGES_BOUND * MAXIMUM_LIMIT and found[-1].has_more:
        raise Blocked(
            limit=f"the library has {total:,} items, and only a walk through all of them shows"
            " this: test with a caller whose library is smaller"
        )
    return [*found, *pages]


# From which moment on the items of a large library are looked at, for each caller of an api;
# None where all of them are.
_floors: WeakKeyDictionary[Api, dict[str, datetime | None]] = WeakKeyDictionary()


def recent_pages(api: Api, caller: str = "main") -> Iterator[Page]:
    """Yield the pages of a whole walk; of a large library only its newest items.

    The first look at the library decides. Where it is large and its newest items come first, it
    is read as far back as the first page reached then: what the run makes is newer. So two
    readings can be compared, although items of the run come and go.
    """
    floors = _floors.setdefault(api, {})
    for page in walk(api, caller=caller):
        if caller not in floors:
            floors[caller] = _oldest(page) if page.total > WHOLE_WALK_BOUND else None
        floor = floors[caller]
        if floor is None or _oldest(page) is None:  # its order cannot be relied on
            yield page
            continue
        kept = [item for item in page.items if (_moment(item) or floor) >= floor]
        yield replace(page, items=kept)
        if len(kept) < len(page.items):
            return


def _oldest(page: Page) -> datetime | None:
    """Return the moment of the last item, if the moments of the page fall from item to item."""
    moments = [moment for item in page.items if (moment := _moment(item)) is not None]
    falling = all(first >= second for first, second in pairwise(moments))
    return moments[-1] if falling and len(moments) == len(page.items) and moments else None


def _moment(item: Mapping[str, Any]) -> datetime | None:
    return parsed_moment(item.get("created_at"))


def first_pages(api: Api, count: int, *, limit: int | None) -> list[Page]:
    """Return the first pages of a walk through a library that has more; see `following`."""
    pages = walk(api, limit=limit)
    found = [next(pages)]
    while len(found) < count:
        found.append(following(pages, found[-1]))
    return found


def following(pages: Iterator[Page], page: Page) -> Page:
    """Return the page that must follow a page of a walk; see `leads_on`."""
    leads_on(page)
    after = next(pages, None)
    if after is None:
        raise Blocked(limit="the walk ended before the page that the case needs")
    return after


def leads_on(page: Page) -> None:
    """Show that a page which more items must follow leads on.

    `Blocked` by FH-LIST-07 or FH-LIST-08 otherwise: the rest of the library cannot be read.
    """
    with precondition("FH-LIST-07"):
        wanted = "`has_more` to be true while more items follow"
        expect.that(page.has_more, wanted, "it is false", page.exchange)
    with precondition("FH-LIST-08"):
        expect.text(page.exchange, "data", "next_cursor")


def reaches_all(pages: list[Page], made: Collection[str], limit: int) -> None:
    """Show that a walk reached all items that were made.

    `Blocked` by the requirement of paging that lost them: the walk ended after a full page,
    or pages lack items.
    """
    ends_late(pages, made, limit)
    lost = sorted(set(made) - {media_id for page in pages for media_id in page.ids})
    with precondition("FH-LIST-06"):
        actual = f"{len(lost)} are missing, for example {', '.join(lost[:3])}"
        expect.that(not lost, "every item", actual, pages[-1].exchange)


def ends_late(pages: list[Page], made: Collection[str], limit: int) -> None:
    """Show that a walk that lost items did not end too early.

    `Blocked` by FH-LIST-07 or FH-LIST-08 otherwise. Where a page is not full, the pages lost
    the items, and not the end.
    """
    lost = set(made).difference(*(page.ids for page in pages))
    full = all(len(page.items) >= limit for page in pages)
    if lost and (pages[-1].has_more or full):
        leads_on(pages[-1])


def listed_items(api: Api, *, caller: str = "main") -> dict[str, dict[str, Any]]:
    """Return all items of a caller by id; of a large library only its newest, as `recent` says.

    `Blocked` by FH-LIST-01 when they cannot be listed.
    """
    with precondition(LIST):
        return {
            str(item.get("id")): item for page in recent_pages(api, caller) for item in page.items
        }


# The seconds after which the list of an api showed the first new media; 0 where it was at once.
_lags: WeakKeyDictionary[Api, float] = WeakKeyDictionary()


def settle(api: Api) -> None:
    """Wait until a list that lags shows everything that this run has completed so far."""
    lag = _lags.get(api, 0.0)
    if lag:
        sleep(lag * _LAG_MARGIN)


class Arrivals:
    """Waits for new media where the list lags; where it shows the first at once, never again.

    After one media that never came, it waits no more: the cases of the list judge that.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._measured = False
        self._lags = False

    def expect_one(self) -> None:
        """Read the list before the first media is completed, since a cache may keep the answer."""
        if not self._measured:
            with suppress(Finding):  # the cases of the list judge it
                next(walk(self._api))

    def wait(self, media_id: str, caller: str = "main") -> None:
        """Wait until a new media is listed, if the list lags."""
        if self._measured and not self._lags:
            return
        started = time.monotonic()
        at_once = shown = self._shows(media_id, caller)
        while not shown and time.monotonic() - started < LISTED_WITHIN_S:
            sleep(_LOOK_S)
            shown = self._shows(media_id, caller)
        self._lags = shown and (self._lags or not at_once)
        self._measured = True
        if self._lags:
            lag = time.monotonic() - started
            _lags[self._api] = max(lag, _lags.get(self._api, 0.0))

    def _shows(self, media_id: str, caller: str = "main") -> bool:
        """Whether the list has a media; a list that cannot be read is left to its own cases."""
        try:
            return any(media_id in page.ids for page in walk(self._api, caller=caller))
        except Finding:
            return True
