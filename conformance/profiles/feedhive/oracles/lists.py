"""Oracles of lists: what one page shows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.judge import expect
from conformance.knowledge.bounds import COUNTED_S, SETTLED_S
from conformance.knowledge.callers import is_known
from conformance.knowledge.facts import Act
from conformance.model.moment import parsed_moment
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.registry import Registry
from conformance.profiles.feedhive.library import MAXIMUM_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.facts import Page
    from conformance.knowledge.knowledge import Knowledge
    from conformance.oracles.finding import Judgement

ORACLES = Registry()

_SHOWN_IDS = 3
#: So many of the newest changes may still be in flight.
_NEW = 64


def _page(event: Event) -> Page | None:
    return event.told.page if event.asked.exact else None


@ORACLES.of_answers("FH-LIST-02", "FH-LIST-03", "FH-LIST-04", acts=(Act.LIST,))
def page_keeps_its_limit(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """A page holds at most as many items as its limit says, and never more than a hundred."""
    page = _page(event)
    if page is None:
        return
    count, limit = len(page.ids), page.limit if page.limit is not None else MAXIMUM_LIMIT
    given = "limit=" in event.request.url
    requirement = "FH-LIST-03" if given else "FH-LIST-02"
    if count <= limit:
        yield agrees_on(requirement) if count == limit else AGREES
        return
    requirement = "FH-LIST-04" if count > MAXIMUM_LIMIT else requirement
    yield Finding(
        requirement,
        event.request.url.partition("?")[2][:80],
        f"at most {limit} items",
        f"the page has {count}",
        event,
    )


@ORACLES.of_answers("FH-LIST-08", acts=(Act.LIST,))
def page_leads_on_or_ends(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """A page has a cursor if more items follow, and null if none follows."""
    page = _page(event)
    if page is None or not isinstance(page.has_more, bool):
        return
    if page.limit is None:
        return  # no document says what a limit of zero shows
    leads = isinstance(page.next_cursor, str) and bool(page.next_cursor)
    ends = page.next_cursor is None
    expected = "a next_cursor while has_more is true" if page.has_more else "null at the end"
    yield (
        AGREES
        if (leads if page.has_more else ends)
        else Finding(
            "FH-LIST-08",
            f"has_more {page.has_more}",
            expected,
            f"next_cursor is {expect.shown(page.next_cursor)[:60]}",
            event,
        )
    )


@ORACLES.of_answers("FH-LIST-07", acts=(Act.LIST,))
def whole_page_has_no_more(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A first page that is not full, and shows as many items as its total says, is the last."""
    page = _page(event)
    if page is None or page.cursor is not None or page.limit is None or knowledge.outsiders:
        return
    count = len(page.ids)
    if isinstance(page.total, bool) or page.total != count or count >= page.limit:
        return
    if any(one.caller == event.caller and one.overlaps(event) for one in knowledge.changes[-_NEW:]):
        return  # the items and the flag may be of different moments
    yield (
        AGREES
        if page.has_more is not True
        else Finding(
            "FH-LIST-07",
            event.caller,
            "`has_more` to be false at the end",
            f"it is true behind all {count} items",
            event,
        )
    )


@ORACLES.of_answers("FH-COMPLETE-03", "FH-LIST-06", acts=(Act.LIST,))
def page_shows_no_item_twice(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """No page shows an item twice."""
    page = _page(event)
    if page is None:
        return
    if len(set(page.ids)) == len(page.ids):
        known = any(knowledge.media_of(event.asked.instance, one) for one in page.ids)
        yield agrees_on("FH-COMPLETE-03") if known else AGREES
        return
    twice = next(one for one in page.ids if page.ids.count(one) > 1)
    media = knowledge.media_of(event.asked.instance, twice)
    requirement = "FH-COMPLETE-03" if media else "FH-LIST-06"
    yield Finding(
        requirement,
        "twice",
        "each item once",
        f"{twice} is on the page twice",
        event,
        media.born if media else None,
    )


@ORACLES.of_answers("FH-LIST-12", "FH-LIST-17", acts=(Act.LIST,), joins=True)
def namespace_rule_of_lists(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A list shows no media of another caller, whatever its cursor is."""
    page = _page(event)
    if page is None or not is_known(event.caller):
        return
    others = knowledge.ids_of_others(event.asked.instance, event.caller)
    requirement = "FH-LIST-17" if page.cursor is None else "FH-LIST-12"
    shown = [
        (media, view)
        for view in event.told.views
        if view.id in others and (media := knowledge.media_of(event.asked.instance, view.id))
    ]
    foreign = [media for media, view in shown if not knowledge.is_another(media, view, event)]
    if not foreign:
        yield agrees_on(requirement) if others else AGREES
        return
    media = min(foreign, key=lambda one: one.id)
    yield Finding(
        requirement,
        event.caller,
        "only the caller's own media",
        f"{media.id} is of {media.owner}",
        event,
        media.born,
    )


@ORACLES.of_answers("FH-LIST-14", acts=(Act.LIST,), joins=True)
def newest_come_first(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The items of a page are ordered by created_at, newest first."""
    page = _page(event)
    if page is None:
        return
    moments = [
        (view, parsed_moment(view.created_at))
        for view in event.told.views
        if isinstance(view.created_at, str) and knowledge.media_of(event.asked.instance, view.id)
    ]
    if len(moments) < 2:  # noqa: PLR2004 - an order needs two
        return
    wrong = next(
        (
            (newer[0], older[0])
            for newer, older in pairwise(moments)
            if newer[1] is not None and older[1] is not None and newer[1] < older[1]
        ),
        None,
    )
    yield (
        Finding(
            "FH-LIST-14",
            "order",
            "the newest first",
            f"{wrong[0].id} of {wrong[0].created_at} comes before"
            f" {wrong[1].id} of {wrong[1].created_at}",
            event,
        )
        if wrong
        else AGREES
    )


@ORACLES.of_answers("FH-DELETE-03", acts=(Act.LIST,), joins=True)
def use_after_free_of_lists(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A list that is read well after a delete does not show the deleted item."""
    page = _page(event)
    dead = knowledge.deleted(event.asked.instance)
    if page is None or not dead:
        return
    back = [
        dead[media_id]
        for media_id in dead.keys() & set(page.ids)
        if dead[media_id].dead_at + SETTLED_S < event.began
        and not any(
            knowledge.is_another(dead[media_id], view, event)
            for view in event.told.views
            if view.id == media_id
        )
    ]
    yield (
        Finding(
            "FH-DELETE-03",
            ("media", back[0].id),
            "no deleted item in the list",
            f"it shows {back[0].id}",
            event,
            back[0].death,
        )
        if back
        else AGREES
    )


@ORACLES.of_answers("FH-LIST-09", acts=(Act.LIST,), hindsight=True, joins=True)
def total_counts_the_living(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The total is never lower than the number of media that are certainly alive."""
    page = _page(event)
    if page is None or isinstance(page.total, bool) or not isinstance(page.total, int | float):
        return
    living = knowledge.living(
        event.asked.instance, event.caller, event.began - COUNTED_S, event.ended
    )
    least = sum(1 for _ in living)
    if not least:
        return
    yield (
        Finding(
            "FH-LIST-09",
            event.caller,
            f"a total of at least {least}",
            f"it is {page.total}, but that many media items were made and not deleted",
            event,
        )
        if page.total < least
        else AGREES
    )


@ORACLES.of_answers("FH-LIST-19", acts=(Act.LIST,), hindsight=True, joins=True)
def total_covers_its_page(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The total is not lower than the number of living media on its own page."""
    page = _page(event)
    if page is None or isinstance(page.total, bool) or not isinstance(page.total, int | float):
        return
    living = knowledge.living(event.asked.instance, event.caller, event.began, event.ended)
    shown = len({one.id for one in living} & set(page.ids))
    if not shown:
        return
    yield (
        Finding(
            "FH-LIST-19",
            event.caller,
            f"a total of at least {shown}",
            f"it is {page.total}, but the page itself shows that many media",
            event,
        )
        if page.total < shown
        else AGREES
    )


@ORACLES.of_answers("FH-COMPLETE-03", "FH-LIST-07", acts=(Act.LIST,), hindsight=True, joins=True)
def whole_page_shows_the_living(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A page that is the whole list shows every media item that is certainly alive."""
    page = _page(event)
    if page is None or page.cursor is not None or page.has_more is not False:
        return
    if page.limit is None:
        return  # a limit of zero may mean no items, and -1 all but the last
    since = event.began - SETTLED_S
    living = {
        one.id: one
        for one in knowledge.living(event.asked.instance, event.caller, since, event.ended)
    }
    if not living:
        return
    lost = sorted(living.keys() - set(page.ids))
    full = len(page.ids) >= page.limit
    yield (
        Finding(
            "FH-LIST-07" if full else "FH-COMPLETE-03",
            event.caller,
            "`has_more` to be true while more items follow" if full else "every media item",
            f"{len(lost)} are missing, for example {', '.join(lost[:_SHOWN_IDS])}",
            event,
            living[lost[0]].born,
        )
        if lost
        else agrees_on("FH-COMPLETE-03")
    )
