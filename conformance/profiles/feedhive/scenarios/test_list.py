"""GET /media."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.cut_off import was_answered
from conformance.judge.finding import precondition
from conformance.knowledge.bounds import COUNTED_S
from conformance.knowledge.moment import agrees
from conformance.model.moment import parsed_moment
from conformance.profiles.feedhive import moments, observe
from conformance.profiles.feedhive.cursor import (
    BAD_CURSORS,
    INVENTED_CURSOR,
    UNREADABLE_CURSOR,
    altered_cursors,
    is_an_id,
)
from conformance.profiles.feedhive.filename import media_called
from conformance.profiles.feedhive.library import (
    DEFAULT_LIMIT,
    LARGE,
    MAXIMUM_LIMIT,
    first_pages,
    leads_on,
    listed_items,
    page_of,
    reaches_all,
    whole_walk,
)
from conformance.profiles.feedhive.settled import when_settled
from conformance.profiles.feedhive.totals import current_total, not_shared, total
from conformance.suite.marks import exclusive, quiet, requirement, tried, two_libraries

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.library import Page

# Above the maximum, and above the size of any library of a case.
_FAR_BEYOND = 1000
# Two moments that are so far apart have different seconds.
_NEXT_SECOND_S = 1.05
_STRANGE_LIMITS = {
    "101": "101",
    "1000": "1000",
    "two to the 31st": "2147483648",
    "zero": "0",
    "negative": "-1",
    "text": "ten",
    "empty": "",
    "fraction": "2.5",
    "exponent": "1e9",
    "huge": "9" * 30,
    "not a number": "NaN",
    "nul": "10\0",
    "signed": "+200",
    "hexadecimal": "0xC8",
    "decimal": "200.0",
    "leading zeros": "0200",
    "a blank behind it": "200 ",
    "with an underscore": "1_000",
    "Arabic digits": "\u0662\u0660\u0660",
    "superscript": "\u00b2",
    "infinity": "Infinity",
}


@requirement("FH-LIST-01")
def test_list_gives_a_page(api: Api, given: Given) -> None:
    given.media()

    exchange = api.list_media()

    page_of(exchange)


@requirement("FH-LIST-02")
@quiet
@when_settled
def test_pages_hold_twenty_items_by_default(api: Api, given: Given) -> None:
    given.shared.library(2 * DEFAULT_LIMIT + 2)

    def are_full() -> None:
        for page in first_pages(api, 2, limit=None):
            expect.equal(len(page.items), DEFAULT_LIMIT, "the size of a page", page.exchange)

    with observe.undisturbed(api):
        given.in_time(are_full)


@requirement("FH-LIST-03")
@quiet
@pytest.mark.parametrize("limit", [1, 2, 7, 20, 99, 100])
@when_settled
def test_a_page_holds_what_the_limit_asks_for(api: Api, given: Given, limit: int) -> None:
    given.shared.library(LARGE)

    def is_full() -> None:
        page = page_of(api.list_media(limit=limit))
        expect.equal(len(page.items), limit, "the size of the page", page.exchange)

    given.in_time(is_full)


@requirement("FH-LIST-03")
@quiet
@when_settled
def test_the_pages_of_a_walk_hold_what_the_limit_asks_for(api: Api, given: Given) -> None:
    given.shared.library(LARGE)

    def are_full() -> None:
        for page in first_pages(api, 3, limit=30):
            expect.equal(len(page.items), 30, "the size of the page", page.exchange)

    with observe.undisturbed(api):
        given.in_time(are_full)


@requirement("FH-LIST-04")
@quiet
@pytest.mark.parametrize("limit", _STRANGE_LIMITS.values(), ids=_STRANGE_LIMITS)
def test_no_limit_gives_more_than_a_hundred_items(api: Api, given: Given, limit: str) -> None:
    given.shared.library(LARGE)

    exchange = api.list_media(limit=limit)

    if "\0" in limit:
        was_answered(exchange)
    _is_no_larger_than_the_maximum(exchange)


@requirement("FH-LIST-04")
@quiet
def test_no_limit_behind_a_cursor_gives_more_than_a_hundred_items(api: Api, given: Given) -> None:
    given.shared.library(LARGE)
    with precondition("FH-LIST-01"):
        first = page_of(api.list_media(limit=1))
    leads_on(first)

    exchange = api.list_media(limit=_FAR_BEYOND, cursor=first.next_cursor)

    _is_no_larger_than_the_maximum(exchange)


def _is_no_larger_than_the_maximum(exchange: Exchange) -> None:
    expect.answered(exchange)
    items = exchange.at("data", "items") or []
    size = len(items) if isinstance(items, list) else 0
    most = f"at most {MAXIMUM_LIMIT} items"
    expect.that(size <= MAXIMUM_LIMIT, most, f"there are {size}", exchange)


@requirement("FH-LIST-05")
@pytest.mark.parametrize("limit", _STRANGE_LIMITS.values(), ids=_STRANGE_LIMITS)
def test_a_strange_limit_is_no_server_error(api: Api, given: Given, limit: str) -> None:
    given.working.list()

    exchange = api.list_media(limit=limit)

    expect.not_a_server_error(exchange)


@requirement("FH-LIST-05")
@pytest.mark.parametrize("cursor", BAD_CURSORS.values(), ids=BAD_CURSORS)
def test_a_bad_cursor_is_no_server_error(api: Api, given: Given, cursor: str) -> None:
    given.working.list()

    exchange = api.list_media(cursor=cursor)

    expect.not_a_server_error(exchange)


@requirement("FH-LIST-09")
@quiet
@when_settled
def test_total_counts_the_whole_library_on_every_page(api: Api, given: Given) -> None:
    not_shared(api)
    made = {media.id for media in given.shared.library(LARGE)}

    with observe.undisturbed(api):
        given.in_time(lambda: _counts_all(api, made), COUNTED_S)


@requirement("FH-LIST-09")
@exclusive
def test_total_grows_with_a_new_media(api: Api, given: Given, owner: str) -> None:
    given.working.growing_list()
    with observe.undisturbed(api, owner):
        before = current_total(api, owner)
        given.media(caller=owner)

        given.in_time(lambda: _counts(api, owner, before + 1), COUNTED_S)


@requirement("FH-LIST-19")
@exclusive
def test_total_counts_a_new_media_at_once(api: Api, given: Given, owner: str) -> None:
    given.working.growing_list()
    upload = given.stored_upload(caller=owner)
    with observe.undisturbed(api, owner):
        before = current_total(api, owner)
        given.completed(upload, listed=False)

        _counts(api, owner, before + 1)


def _counts(api: Api, caller: str, wanted: int) -> None:
    """Judge that the list of a caller counts so many media."""
    page = page_of(api.list_media(limit=1, caller=caller))
    expect.equal(page.total, wanted, "`data.total`", page.exchange)


def _counts_all(api: Api, made: set[str]) -> None:
    """Judge that each page of a walk counts the media that the walk shows."""
    pages = whole_walk(api, 40)
    reaches_all(pages, made, 40)
    met = len({media_id for page in pages for media_id in page.ids})
    for page in pages:
        expect.equal(page.total, met, "`data.total`", page.exchange)


@requirement("FH-LIST-11")
def test_a_garbage_cursor_is_refused(api: Api, given: Given) -> None:
    given.working.list()

    page = page_of(api.list_media(limit=1))

    unreadable = api.list_media(cursor=UNREADABLE_CURSOR)
    invented = api.list_media(cursor=INVENTED_CURSOR)

    expect.status(unreadable, [400])
    if not is_an_id(page.next_cursor, page.ids):
        expect.status(invented, [400])


@requirement("FH-LIST-12")
def test_no_cursor_shows_another_callers_items(api: Api, given: Given) -> None:
    given.shared.library(DEFAULT_LIMIT + 2)
    given.working.list(caller="other")
    first = page_of(api.list_media(limit=3))
    leads_on(first)
    mine = set(listed_items(api))

    exchanges = [
        api.list_media(limit=limit, cursor=first.next_cursor, caller="other")
        for limit in (100, 3, None)
    ]

    for exchange in exchanges:
        with precondition("FH-LIST-05"):
            expect.not_a_server_error(exchange)
        if exchange.succeeded:
            foreign = sorted(mine & set(page_of(exchange).ids))
            actual = f"it shows {', '.join(foreign)}"
            expect.that(not foreign, "no item of the other caller", actual, exchange)


@requirement("FH-LIST-12")
@two_libraries
def test_no_altered_cursor_shows_another_callers_items(api: Api, given: Given) -> None:
    given.shared.library(DEFAULT_LIMIT + 2)
    given.working.list(caller="other")
    foreign = {given.media(caller="other").id for _ in range(2)}
    foreign |= set(listed_items(api, caller="other"))
    first = page_of(api.list_media(limit=3))
    leads_on(first)

    cursors = altered_cursors(first.next_cursor or "")
    cursors += filter(None, [page_of(api.list_media(limit=1, caller="other")).next_cursor])
    exchanges = parallel(lambda cursor: api.list_media(limit=100, cursor=cursor), cursors)

    for exchange in exchanges:
        if exchange.succeeded:
            shown = sorted(foreign & set(page_of(exchange).ids))
            actual = f"it shows {', '.join(shown[:3])}"
            expect.that(not shown, "no item of the other caller", actual, exchange)


@requirement("FH-LIST-14")
@tried
def test_the_newest_media_come_first(api: Api, given: Given) -> None:
    older = given.media()
    # Two items of the same second may be in any order when created_at has whole seconds.
    sleep(_NEXT_SECOND_S)
    newer = given.media()

    pages: list[Page] = []

    def has_the_newest() -> None:
        pages.append(page := page_of(api.list_media(limit=100)))
        shown = newer.id in page.ids
        expect.that(shown, "the newest media on the first page", "it is not there", page.exchange)

    given.in_time(has_the_newest)

    page = pages[-1]
    found = [parsed_moment(item.get("created_at")) for item in page.items]
    known = [moment for moment in found if moment is not None]
    falling = all(first >= second for first, second in pairwise(known))
    expect.that(falling, "created_at to fall from item to item", "it rises", page.exchange)
    places = [page.ids.index(media.id) for media in (newer, older) if media.id in page.ids]
    shown_at = [page.items[place].get("created_at") for place in places]
    for created_at in shown_at:
        moments.is_about_now(created_at, page.exchange)
    for first, second in pairwise(shown_at):
        moments.are_apart(first, second, page.exchange)
    # Items of one moment may be in any order; a server may keep the day alone.
    of_one_moment = None not in shown_at and shown_at[:1] == shown_at[1:]
    ordered = places == sorted(places) or of_one_moment
    expect.that(ordered, "the newer media before the older", "it comes after it", page.exchange)


@requirement("FH-LIST-15")
@quiet
@pytest.mark.parametrize("content_type", ["image/png", "image/gif", "video/mp4"])
@when_settled
def test_listed_items_name_what_fetching_gives(given: Given, content_type: str) -> None:
    given.working.growing_list()
    media = given.shared.sample(content_type)
    fetched = given.fetched(media)

    item = given.listed(media)[media.id]

    expect.equal(item.get("type"), fetched.at("data", "type"), "the listed `type`", fetched)


@requirement("FH-LIST-15")
@tried
def test_the_listed_type_is_the_declared_type_whatever_the_filename(api: Api, given: Given) -> None:
    given.working.growing_list()
    media = media_called(f"conformance-{uuid4().hex[:8]}.gif", "image/png", api, given)
    fetched = given.fetched(media)

    item = given.listed(media)[media.id]

    expect.equal(item.get("type"), fetched.at("data", "type"), "the listed `type`", fetched)


@requirement("FH-LIST-16")
def test_listed_items_agree_with_fetching_in_all_fields(given: Given) -> None:
    media = given.media()
    fetched = given.fetched(media)

    item = given.listed(media)[media.id]

    for name in ("mime_type", "created_at"):
        listed, own = item.get(name), fetched.at("data", name)
        if listed is not None and own is not None and not agrees(listed, own):
            expect.equal(listed, own, f"the listed `{name}`", fetched)


@requirement("FH-LIST-17")
@two_libraries
@tried
def test_the_list_holds_only_the_callers_items(api: Api, given: Given) -> None:
    mine, other = given.media(), given.media(caller="other")

    listed, others = listed_items(api), listed_items(api, caller="other")

    expect.that(mine.id not in others, "the item not to be in the other caller's list", "it is")
    expect.that(other.id not in listed, "the other caller's item not to be listed", "it is")


@requirement("FH-LIST-18")
@exclusive
@two_libraries
def test_the_total_leaves_out_other_callers_items(api: Api, given: Given, owner: str) -> None:
    stranger = {"main": "other", "other": "main"}[owner]
    given.media(caller=stranger)
    with observe.undisturbed(api, owner):
        before = current_total(api, owner)

        given.media(caller=stranger)

        given.in_time(
            lambda: expect.equal(
                total(api, owner), before, "`data.total` after another caller's upload"
            )
        )
