"""GET /media, page after page: cursors and the end of a walk."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.library import (
    DEFAULT_LIMIT,
    LARGE,
    MAXIMUM_LIMIT,
    WHOLE_WALK_BOUND,
    leads_on,
    listed_items,
    page_of,
    reaches_all,
    walk,
    whole_walk,
)
from conformance.profiles.feedhive.settled import when_settled
from conformance.suite.marks import exclusive, quiet, requirement, search

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.library import Page

_EXAMPLES = {"standard": 6, "thorough": 40}
# The server may take this limit for the maximum, or for any smaller one, or refuse it.
_BEYOND = 2 * MAXIMUM_LIMIT
# Smaller limits need a request for nearly each item: the machine walks at them, in a small library.
_SMALL = 4
# A walk that meets a change needs so many items at least, in pages of so many.
_SOME, _PAGE = 12, 5


@requirement("FH-LIST-06")
@quiet
@pytest.mark.parametrize("limit", [7, 20, 50, 100, None], ids=lambda limit: str(limit or "default"))
@when_settled
def test_a_walk_meets_every_item_once(api: Api, given: Given, limit: int | None) -> None:
    made = {media.id for media in given.shared.library(LARGE)}

    observe.complete_walk(api, limit, made)


@requirement("FH-LIST-06")
@quiet
@when_settled
def test_a_walk_beyond_the_maximum_meets_every_item_once(api: Api, given: Given) -> None:
    made = {media.id for media in given.shared.library(LARGE)}
    if not api.list_media(limit=_BEYOND).at("data", "items"):
        raise NotApplicable("the server shows nothing at a limit above the maximum")

    observe.complete_walk(api, _BEYOND, made)


@requirement("FH-LIST-06")
@quiet
@when_settled
def test_a_walk_of_full_pages_meets_every_item_once(api: Api, given: Given) -> None:
    made = {media.id for media in given.shared.library(LARGE)}
    limit = observe.dividing_limit(api, given)

    observe.complete_walk(api, limit, made)


@requirement("FH-LIST-06")
@quiet
@search
@when_settled
def test_any_limit_walks_the_same_library(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    made = {media.id for media in given.shared.library(LARGE)}
    limits: set[int] = set()

    @seed(conformance_case.seed)
    @settings(
        max_examples=_EXAMPLES.get(conformance_case.effort, 6),
        phases=(Phase.generate,),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @drawn(limit=st.integers(min_value=_SMALL, max_value=MAXIMUM_LIMIT))
    def draw(limit: int) -> None:
        limits.add(limit)

    draw()
    parallel(lambda limit: observe.complete_walk(api, limit, made), sorted(limits))


@requirement("FH-LIST-07")
@quiet
@when_settled
def test_has_more_tells_whether_another_page_exists(api: Api, given: Given) -> None:
    made = {media.id for media in given.shared.library(LARGE)}
    limit = observe.dividing_limit(api, given)

    with observe.undisturbed(api):
        pages = whole_walk(api, limit)
        for page, after in pairwise(pages):
            there = bool(after.items)
            expect.that(there, "items after `has_more` true", "there are none", page.exchange)
        lost = made - {media_id for page in pages for media_id in page.ids}
        last = pages[-1]
        # Where a page is not full, the pages lost the items, and not the end.
        full = all(len(page.items) >= limit for page in pages)
        cut_short = lost and full and not last.has_more
        wanted = "`has_more` to be true while more items follow"
        expect.that(not cut_short, wanted, "it is false", last.exchange)
        reaches_all(pages, made, limit)


@requirement("FH-LIST-07")
@quiet
@when_settled
def test_has_more_is_true_before_a_single_last_item(api: Api, given: Given) -> None:
    given.shared.library(LARGE)
    with observe.undisturbed(api):
        every = _ids(whole_walk(api, MAXIMUM_LIMIT))
        if _leaves_one(len(every)) is None:
            given.media()  # of two numbers in a row, one is even
            every = _ids(whole_walk(api, MAXIMUM_LIMIT))
        limit = _leaves_one(len(every))
        if limit is None:
            raise NotApplicable("no limit leaves a single item of this library for the last page")

        pages = whole_walk(api, limit)

        full = all(len(page.items) == limit for page in pages)
        cut_short = every - _ids(pages) and full and not pages[-1].has_more
        wanted = "`has_more` to be true while an item follows"
        expect.that(not cut_short, wanted, "it is false", pages[-1].exchange)


def _ids(pages: list[Page]) -> set[str]:
    return {media_id for page in pages for media_id in page.ids}


def _leaves_one(count: int) -> int | None:
    """Return a limit that leaves one of so many items for the last page, in few pages."""
    limits = range(MAXIMUM_LIMIT, _SMALL, -1) if count <= WHOLE_WALK_BOUND else ()
    return next((limit for limit in limits if count % limit == 1), None)


@requirement("FH-LIST-08")
@quiet
@pytest.mark.parametrize("limit", [30, 100])
@when_settled
def test_next_cursor_is_null_exactly_at_the_end(api: Api, given: Given, limit: int) -> None:
    made = {media.id for media in given.shared.library(LARGE)}

    with observe.undisturbed(api):
        pages = whole_walk(api, limit)

        for page in pages[:-1]:
            expect.text(page.exchange, "data", "next_cursor")
        last = pages[-1]
        there = "next_cursor" in (last.exchange.at("data") or {})
        expect.that(
            there, "`data.next_cursor` on the last page too", "it is missing", last.exchange
        )
        expect.equal(last.next_cursor, None, "the last page's `data.next_cursor`", last.exchange)
        for page in pages:
            agree = page.has_more == (page.next_cursor is not None)
            expect.that(
                agree,
                "`next_cursor` to be null exactly when `has_more` is false",
                f"`has_more` is {expect.shown(page.has_more)},"
                f" and `next_cursor` is {expect.shown(page.next_cursor)}",
                page.exchange,
            )
        reaches_all(pages, made, limit)


@requirement("FH-LIST-10")
@quiet
@when_settled
def test_the_same_cursor_twice_gives_the_same_items(api: Api, given: Given) -> None:
    given.shared.library(DEFAULT_LIMIT + 2)
    start = page_of(api.list_media(limit=5))
    leads_on(start)

    with observe.undisturbed(api):
        first = page_of(api.list_media(limit=5, cursor=start.next_cursor))
        second = page_of(api.list_media(limit=5, cursor=start.next_cursor))
        expect.equal(second.ids, first.ids, "the ids of the page", second.exchange)


@requirement("FH-LIST-13")
@exclusive
def test_an_insertion_during_a_walk_repeats_and_loses_nothing(
    api: Api, given: Given, owner: str
) -> None:
    made = {media.id for media in given.shared_by(owner).library(_SOME)}
    with observe.undisturbed(api, owner):
        order = list(listed_items(api, caller=owner))
        pages = walk(api, limit=_PAGE, caller=owner)
        start = next(pages)
        leads_on(start)
        first = start.ids

        given.media(caller=owner)
        rest = observe.ids_until_met(pages, made - set(first))

        met = made <= {*first, *rest}
        if met and rest == order[len(first) - 1 :][: len(rest)]:
            raise NotApplicable("the cursors of this server count items, so one item comes twice")
        observe.each_once(first + rest, made)


@requirement("FH-LIST-13")
@exclusive
def test_a_deletion_during_a_walk_repeats_and_loses_nothing(
    api: Api, given: Given, owner: str
) -> None:
    made = {media.id for media in given.shared_by(owner).library(_SOME)}
    doomed = given.media(caller=owner)
    with observe.undisturbed(api, owner):
        order = list(listed_items(api, caller=owner))
        pages = walk(api, limit=_PAGE, caller=owner)
        start = next(pages)
        leads_on(start)
        first = start.ids

        given.deleted(doomed)
        rest = observe.ids_until_met(pages, made - set(first))

        if doomed.id in first and rest == order[len(first) + 1 :]:
            raise NotApplicable("the cursors of this server count items, so one item is skipped")
        observe.each_once(first + rest, made)


@requirement("FH-LIST-13")
@exclusive
def test_a_walk_goes_on_behind_an_item_that_is_deleted(api: Api, given: Given, owner: str) -> None:
    given.shared_by(owner).library(_SOME)
    made = [given.media(caller=owner), given.media(caller=owner)]
    with observe.undisturbed(api, owner):
        order = list(listed_items(api, caller=owner))
        with precondition("FH-COMPLETE-03"):
            listed = all(media.id in order for media in made)
            expect.that(listed, "the new media to be listed", "one is not listed")
        # Items of one moment may be in any order, and the last page leads nowhere.
        doomed = next(media for media in made if media.id != order[-1])
        place = order.index(doomed.id)
        limit = min(place + 1, MAXIMUM_LIMIT)
        start = next(
            walk(api, limit=limit, caller=owner)
        )  # the next cursor is at the place of the item
        leads_on(start)

        given.deleted(doomed)
        exchange = api.list_media(limit=limit, cursor=start.next_cursor, caller=owner)
        actual = f"it was {exchange.summary()}"
        expect.that(not exchange.refuses, "the walk to go on", actual, exchange)
        page = page_of(exchange)

        older = order[place + 1 :]
        if page.ids == older[1 : len(page.ids) + 1]:
            raise NotApplicable("the cursors of this server count items, so one item is skipped")
        expect.equal(page.ids, older[: len(page.ids)], "the ids of the page", page.exchange)


@requirement("FH-LIST-06")
@quiet
@when_settled
def test_a_cursor_walk_of_single_items_goes_on(api: Api, given: Given) -> None:
    given.shared.library(DEFAULT_LIMIT + 2)
    with observe.undisturbed(api):
        with precondition("FH-LIST-01"):
            first = page_of(api.list_media(limit=1))
        leads_on(first)

        second = page_of(api.list_media(limit=1, cursor=first.next_cursor))

        goes_on = second.ids != first.ids
        expect.that(goes_on, "the next item", "it is the same item", second.exchange)
