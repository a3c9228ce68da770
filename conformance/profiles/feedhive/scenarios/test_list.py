"""GET /media."""

from __future__ import annotations

import threading
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from conformance import expect
from conformance.case import exclusive, requirement, search
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.library import (
    DEFAULT_LIMIT,
    MAXIMUM_LIMIT,
    listed_items,
    page_of,
    walk,
)
from conformance.verdict import Blocked, NotApplicable, precondition

if TYPE_CHECKING:
    from conformance.examination import Examination
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

# One page more than the largest limit: less would not show a limit that is not kept.
_LARGE = MAXIMUM_LIMIT + 5
# Any two moments so far apart differ in their second.
_NEXT_SECOND_S = 1.05
_EXAMPLES = {"standard": 6, "thorough": 40}
_BAD_LIMITS = {
    "zero": "0",
    "negative": "-1",
    "text": "ten",
    "empty": "",
    "fraction": "2.5",
    "exponent": "1e9",
    "huge": "9" * 30,
    "not a number": "NaN",
}
_TOO_LARGE_LIMITS = {"101": "101", "1000": "1000", "two to the 31st": "2147483648"}
_BAD_CURSORS = {
    "letter": "x",
    "percent-encoded null": "%00",
    "cut base64": "eyJ9",
    "null": "null",
    "zero": "0",
    "negative": "-1",
    "list": "[]",
    "accent": "é",
    "very long": "a" * 3_000,
}


@requirement("FH-LIST-01")
def test_list_gives_a_page(api: Api, given: Given) -> None:
    given.media()

    exchange = api.list_media()

    page_of(exchange)


@requirement("FH-LIST-02")
@exclusive
def test_pages_hold_twenty_items_by_default(api: Api, given: Given) -> None:
    given.library(2 * DEFAULT_LIMIT + 2)

    with observe.undisturbed(api):
        for page in islice(walk(api, limit=None), 2):
            expect.equal(len(page.items), DEFAULT_LIMIT, "the size of a page", page.exchange)


@requirement("FH-LIST-03")
@exclusive
@pytest.mark.parametrize("limit", [1, 2, 7, 20, 99, 100])
def test_a_page_holds_what_the_limit_asks_for(api: Api, given: Given, limit: int) -> None:
    given.library(_LARGE)

    page = page_of(api.list_media(limit=limit))

    expect.equal(len(page.items), limit, "the size of the page", page.exchange)


@requirement("FH-LIST-03")
@exclusive
def test_the_pages_of_a_walk_hold_what_the_limit_asks_for(api: Api, given: Given) -> None:
    given.library(_LARGE)

    with observe.undisturbed(api):
        for page in islice(walk(api, limit=30), 3):
            expect.equal(len(page.items), 30, "the size of the page", page.exchange)


@requirement("FH-LIST-04")
@pytest.mark.parametrize(
    "limit",
    [*_TOO_LARGE_LIMITS.values(), *_BAD_LIMITS.values()],
    ids=[*_TOO_LARGE_LIMITS, *_BAD_LIMITS],
)
def test_no_limit_gives_more_than_a_hundred_items(api: Api, given: Given, limit: str) -> None:
    given.library(_LARGE)

    exchange = api.list_media(limit=limit)

    expect.answered(exchange)
    items = exchange.at("data", "items") or []
    size = len(items) if isinstance(items, list) else 0
    most = f"at most {MAXIMUM_LIMIT} items"
    expect.that(size <= MAXIMUM_LIMIT, most, f"there are {size}", exchange)


@requirement("FH-LIST-05")
@pytest.mark.parametrize("limit", _BAD_LIMITS.values(), ids=_BAD_LIMITS)
def test_a_bad_limit_is_no_server_error(api: Api, given: Given, limit: str) -> None:
    given.working_list()

    exchange = api.list_media(limit=limit)

    expect.not_a_server_error(exchange)


@requirement("FH-LIST-05")
@pytest.mark.parametrize("cursor", _BAD_CURSORS.values(), ids=_BAD_CURSORS)
def test_a_bad_cursor_is_no_server_error(api: Api, given: Given, cursor: str) -> None:
    given.working_list()

    exchange = api.list_media(cursor=cursor)

    expect.not_a_server_error(exchange)


@requirement("FH-LIST-06")
@exclusive
@pytest.mark.parametrize("limit", [7, 20, 50, 100, None], ids=lambda limit: str(limit or "default"))
def test_a_walk_meets_every_item_once(api: Api, given: Given, limit: int | None) -> None:
    made = {media.id for media in given.library(_LARGE)}

    observe.complete_walk(api, limit, made)


@requirement("FH-LIST-06")
@exclusive
def test_a_walk_of_full_pages_meets_every_item_once(api: Api, given: Given) -> None:
    made = {media.id for media in given.library(_LARGE)}
    limit = observe.dividing_limit(api, given)

    observe.complete_walk(api, limit, made)


@requirement("FH-LIST-06")
@exclusive
@search
def test_any_limit_walks_the_same_library(
    api: Api, given: Given, conformance_case: Examination
) -> None:
    made = {media.id for media in given.library(_LARGE)}

    @seed(conformance_case.seed)
    @settings(
        max_examples=_EXAMPLES.get(conformance_case.effort, 6),
        phases=(Phase.generate, Phase.shrink),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @drawn(limit=st.integers(min_value=1, max_value=MAXIMUM_LIMIT))
    def any_limit(limit: int) -> None:
        observe.complete_walk(api, limit, made)

    any_limit()


@requirement("FH-LIST-07")
@exclusive
def test_has_more_tells_whether_another_page_exists(api: Api, given: Given) -> None:
    made = {media.id for media in given.library(_LARGE)}
    limit = observe.dividing_limit(api, given)

    with observe.undisturbed(api):
        pages = list(walk(api, limit=limit))
        for page, following in pairwise(pages):
            expect.that(following.items, "items behind `has_more` true", "none", page.exchange)
        lost = made - {media_id for page in pages for media_id in page.ids}
        last = pages[-1].exchange
        expect.that(not lost, "`has_more` to be true while items are left", "it is false", last)


@requirement("FH-LIST-08")
@exclusive
@pytest.mark.parametrize("limit", [30, 100])
def test_next_cursor_is_null_exactly_at_the_end(api: Api, given: Given, limit: int) -> None:
    given.library(_LARGE)

    with observe.undisturbed(api):
        pages = list(walk(api, limit=limit))

        for page in pages[:-1]:
            expect.text(page.exchange, "data", "next_cursor")
        last = pages[-1]
        expect.equal(last.next_cursor, None, "the last page's `data.next_cursor`", last.exchange)
        for page in pages:
            agree = page.has_more == (page.next_cursor is not None)
            expect.that(
                agree, "`has_more` and `next_cursor` to agree", "they differ", page.exchange
            )


@requirement("FH-LIST-09")
@exclusive
def test_total_counts_the_whole_library_on_every_page(api: Api, given: Given) -> None:
    given.library(_LARGE)

    with observe.undisturbed(api):
        pages = list(walk(api, limit=40))

        met = len({media_id for page in pages for media_id in page.ids})
        for page in pages:
            expect.equal(page.total, met, "`data.total`", page.exchange)


@requirement("FH-LIST-09")
@exclusive
def test_total_grows_with_a_new_media(api: Api, given: Given) -> None:
    given.prompt_list()
    with observe.undisturbed(api):
        before = observe.total(api)
        given.media()

        page = page_of(api.list_media(limit=1))

        expect.equal(page.total, before + 1, "`data.total`", page.exchange)


@requirement("FH-LIST-10")
@exclusive
def test_the_same_cursor_twice_gives_the_same_items(api: Api, given: Given) -> None:
    given.library(DEFAULT_LIMIT + 2)
    cursor = page_of(api.list_media(limit=5)).next_cursor

    with observe.undisturbed(api):
        first = page_of(api.list_media(limit=5, cursor=cursor))
        second = page_of(api.list_media(limit=5, cursor=cursor))
        expect.equal(second.ids, first.ids, "the ids of the page", second.exchange)


@requirement("FH-LIST-11")
def test_a_garbage_cursor_is_refused(api: Api, given: Given) -> None:
    given.working_list()

    exchange = api.list_media(cursor="!! not a cursor !!")

    expect.refused(exchange)


@requirement("FH-LIST-12")
def test_no_cursor_shows_another_callers_items(api: Api, given: Given) -> None:
    given.library(DEFAULT_LIMIT + 2)
    given.working_list(caller="other")
    cursor = page_of(api.list_media(limit=3)).next_cursor
    mine = set(listed_items(api))

    exchange = api.list_media(limit=100, cursor=cursor, caller="other")

    with precondition("FH-LIST-05"):
        expect.not_a_server_error(exchange)
    if exchange.succeeded:
        foreign = mine & set(page_of(exchange).ids)
        expect.that(not foreign, "no item of the other caller", f"it shows {foreign}", exchange)


@requirement("FH-LIST-13")
@exclusive
def test_an_insertion_during_a_walk_repeats_and_loses_nothing(api: Api, given: Given) -> None:
    made = {media.id for media in given.library(DEFAULT_LIMIT + 2)}
    order = list(listed_items(api))
    with observe.undisturbed(api):
        pages = walk(api, limit=10)
        first = next(pages).ids

        given.media()
        rest = observe.ids_until_met(pages, made - set(first))

        met = made <= {*first, *rest}
        if met and rest == order[len(first) - 1 :][: len(rest)]:
            raise NotApplicable("the cursors of this server count items: one is met again")
        observe.each_once(first + rest, made)


@requirement("FH-LIST-13")
@exclusive
def test_a_deletion_during_a_walk_repeats_and_loses_nothing(api: Api, given: Given) -> None:
    made = {media.id for media in given.library(DEFAULT_LIMIT + 2)}
    doomed = given.media()
    order = list(listed_items(api))
    with observe.undisturbed(api):
        pages = walk(api, limit=10)
        first = next(pages).ids

        given.deleted(doomed)
        rest = observe.ids_until_met(pages, made - set(first))

        if doomed.id in first and rest == order[len(first) + 1 :]:
            raise NotApplicable("the cursors of this server count items: one is passed over")
        observe.each_once(first + rest, made)


@requirement("FH-LIST-13")
@exclusive
def test_a_walk_goes_on_behind_an_item_that_is_deleted(api: Api, given: Given) -> None:
    given.library(DEFAULT_LIMIT + 2)
    doomed, _ = given.media(), given.media()
    order = list(listed_items(api))
    place = order.index(doomed.id)
    with observe.undisturbed(api):
        pages = walk(api, limit=min(place + 1, MAXIMUM_LIMIT))
        next(pages)  # the cursor behind it is where the item was

        given.deleted(doomed)
        page = next(pages)

        following = order[place + 1 :]
        if page.ids == following[1 : len(page.ids) + 1]:
            raise NotApplicable("the cursors of this server count items: one is passed over")
        expect.equal(page.ids, following[: len(page.ids)], "the ids of the page", page.exchange)


@requirement("FH-LIST-14")
@exclusive
def test_the_newest_media_come_first(api: Api, given: Given) -> None:
    older = given.media()
    # Where moments are told in whole seconds, two of one second have an order of their own.
    threading.Event().wait(_NEXT_SECOND_S)
    newer = given.media()

    page = page_of(api.list_media(limit=100))

    moments = [expect.parsed_moment(item.get("created_at")) for item in page.items]
    known = [moment for moment in moments if moment is not None]
    falling = all(first >= second for first, second in pairwise(known))
    expect.that(falling, "created_at to fall along the page", "it rises", page.exchange)
    places = [page.ids.index(media.id) for media in (newer, older) if media.id in page.ids]
    expect.equal(places, sorted(places), "the places of the newer and the older", page.exchange)


@requirement("FH-LIST-15")
@exclusive
@pytest.mark.parametrize("content_type", ["image/png", "image/gif", "video/mp4"])
def test_listed_items_name_what_fetching_gives(api: Api, given: Given, content_type: str) -> None:
    given.prompt_list()
    media = given.sample(content_type)
    fetched = given.fetched(media)

    with observe.undisturbed(api):
        item = listed_items(api).get(media.id)
        expect.that(item, "the item to be listed", "it is not")
    if item is not None:
        expect.equal(item.get("type"), fetched.at("data", "type"), "the listed `type`", fetched)


@requirement("FH-LIST-16")
def test_listed_items_agree_with_fetching_in_all_fields(api: Api, given: Given) -> None:
    media = given.media()
    fetched = given.fetched(media)

    item = listed_items(api).get(media.id)

    for name in ("mime_type", "created_at"):
        listed, own = item and item.get(name), fetched.at("data", name)
        if listed is not None and own is not None:
            expect.equal(listed, own, f"the listed `{name}`", fetched)


@requirement("FH-LIST-17")
@exclusive
def test_the_list_holds_only_the_callers_items(api: Api, given: Given) -> None:
    mine, other = given.media(), given.media(caller="other")

    listed, others = listed_items(api), listed_items(api, caller="other")

    expect.that(mine.id not in others, "the item not to be listed for the other", "it is")
    expect.that(other.id not in listed, "the other's item not to be listed", "it is")


@requirement("FH-LIST-18")
@exclusive
def test_the_total_leaves_out_other_callers_items(api: Api, given: Given) -> None:
    given.media(caller="other")
    with observe.undisturbed(api):
        before = observe.total(api)

        given.media(caller="other")

        expect.equal(observe.total(api), before, "`data.total` after another caller's upload")


@requirement("FH-LIST-06")
@exclusive
def test_a_cursor_walk_of_single_items_goes_on(api: Api, given: Given) -> None:
    given.library(DEFAULT_LIMIT + 2)
    with precondition("FH-LIST-01"):
        first = page_of(api.list_media(limit=1))
    if not isinstance(first.next_cursor, str):
        raise Blocked(limit="no cursor to follow: see FH-LIST-08")

    second = page_of(api.list_media(limit=1, cursor=first.next_cursor))

    expect.that(second.ids != first.ids, "the next item", "it is the same", second.exchange)
