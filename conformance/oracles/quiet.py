"""Whether other clients change a library, and when it was certainly left alone.

What a whole library shows can only be judged while nobody changes it. Everything here is seen
in the stream: an item that nobody in it made, and that comes or goes, has another maker.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from conformance.knowledge.bounds import SETTLED_S
from conformance.knowledge.callers import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge


def is_quiet(knowledge: Knowledge, began: float, ended: float) -> bool:
    """Whether no request that may change a library was in flight then or shortly before."""
    return not any(
        change.began < ended and change.ended > began - SETTLED_S for change in knowledge.changes
    )


def walks(knowledge: Knowledge) -> Iterator[list[Event]]:
    """Yield the pages of each whole walk that was made while the library was left alone.

    A page follows the latest earlier page of the same caller that gave its cursor. Cursors may
    repeat; while nobody changes the library, all pages of one limit that give the same one are
    equal. At another limit it may be another place, as where a cursor is the number of a page.
    """
    given: dict[tuple[object, ...], list[Event]] = {}
    for page in sorted(knowledge.pages, key=lambda event: event.ended):
        told = page.told.page
        if told is None or told.limit is None or not is_known(page.caller):
            continue
        where = page.asked.instance, page.caller, told.limit
        if isinstance(told.next_cursor, str) and told.next_cursor:
            given.setdefault((*where, told.next_cursor), []).append(page)
        if told.has_more is False:
            chain = _chain(page, given)
            quiet = bool(chain) and is_quiet(knowledge, chain[0].began, chain[-1].ended)
            if quiet and not (knowledge.outsiders and _totals_differ(chain)):
                yield chain


def _totals_differ(chain: list[Event]) -> bool:
    """Whether the library grew or shrank during a walk, as its own pages count it."""
    totals = [page.told.page.total for page in chain if page.told.page is not None]
    return any(total != totals[0] for total in totals)


def _chain(last: Event, given: dict[tuple[object, ...], list[Event]]) -> list[Event]:
    """Return the pages from the first one to a last one; empty if they cannot be found."""
    chain = [last]
    met = set()
    while (told := chain[0].told.page) is not None and told.cursor is not None:
        key = (chain[0].asked.instance, chain[0].caller, told.limit, told.cursor)
        before = given.get(key, [])
        at = bisect_left(before, chain[0].began, key=lambda page: page.ended)
        if at == 0 or told.cursor in met:
            return []
        met.add(told.cursor)
        chain.insert(0, before[at - 1])
    return chain


def has_company(knowledge: Knowledge) -> bool:
    """Whether items that nobody in the stream made came or went."""
    latest: dict[tuple[str, str], set[str]] = {}
    for chain in whole_lists(knowledge):
        where = chain[0].asked.instance, chain[0].caller
        strangers = {
            media_id
            for page in chain
            if page.told.page is not None
            for media_id in page.told.page.ids
            if knowledge.media_of(where[0], media_id) is None
        }
        if latest.setdefault(where, strangers) != strangers:
            return True
    return False


def whole_lists(knowledge: Knowledge) -> Iterator[list[Event]]:
    """Yield each page that is the whole list, and each whole walk, whether quiet or not."""
    for page in knowledge.pages:
        told = page.told.page
        if told is None or told.limit is None or told.cursor is not None:
            continue
        if told.has_more is False:
            yield [page]
    yield from (chain for chain in walks(knowledge) if len(chain) > 1)
