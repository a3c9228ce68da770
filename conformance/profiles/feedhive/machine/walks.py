"""Walks through the list at limits that the model chooses, also with a change in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.bounds import sleep
from conformance.judge.finding import Blocked, Violation, precondition
from conformance.profiles.feedhive import library
from conformance.profiles.feedhive.library import MAXIMUM_LIMIT
from conformance.profiles.feedhive.machine import agreement, effects
from conformance.profiles.feedhive.machine.prologue import finish

if TYPE_CHECKING:
    from conformance.profiles.feedhive.library import Page
    from conformance.profiles.feedhive.machine.sequence import Sequence

# A walk reads about so many pages at most.
_PAGES = 6
_CHANGED = "FH-LIST-13"
_LIMIT = "FH-LIST-03"


def limits(count: int) -> list[int]:
    """Return the limits that are worth a walk through so many items, without repeats.

    A divisor makes the last page full; around the whole number the end of the list is decided.
    """
    divisors = [number for number in range(2, count) if count % number == 0]
    half = count // 2
    wanted = [count, *(divisors[:1] or [half]), half, count - 1, count + 1]
    least = max(1, count // _PAGES)
    return [one for one in dict.fromkeys(wanted) if least <= one <= MAXIMUM_LIMIT]


def all_limits(sequence: Sequence) -> None:
    """Walk at the whole number of items, and at a limit that leaves a rest of two or more."""
    for limit in limits(_count(sequence, sequence.main))[:2]:
        walk(sequence, sequence.main, limit)


def some(sequence: Sequence, caller: str, number: int) -> None:
    """Walk at one of the limits."""
    chosen = limits(_count(sequence, caller))
    if chosen:
        walk(sequence, caller, chosen[number % len(chosen)])


def walk(sequence: Sequence, caller: str, limit: int) -> None:
    """Walk at a limit as one step: every item of the sequence once, and no page too large."""
    sequence.say(f"walk through the list of {caller} at limit {limit}")
    pages = _read(sequence, caller, limit)
    for page in pages:
        if len(page.items) > limit:
            with precondition(_LIMIT):
                actual = f"it has {len(page.items)}"
                raise Violation(f"at most {limit} items", actual, page.exchange)
    if _whole(sequence, caller, pages):
        return
    # The whole state first: an item that the server lost is not a fault of the walk.
    sequence.agree(caller, settled=True)
    if caller in sequence.world.company:
        return
    sleep(library.LISTED_WITHIN_S)  # one of several replicas may be behind
    again = _read(sequence, caller, limit)
    if not _whole(sequence, caller, again):
        _blame(sequence, caller, limit, again)


def _whole(sequence: Sequence, caller: str, pages: list[Page]) -> bool:
    """Whether the pages show every item of the sequence once."""
    wanted = {item.id for item in sequence.model.live(caller)}
    met = [media_id for page in pages for media_id in page.ids if media_id in wanted]
    return len(met) == len(wanted) == len(set(met))


def _blame(sequence: Sequence, caller: str, limit: int, pages: list[Page]) -> None:
    """Raise the finding of a walk that lost or repeated an item: between pages or at its end."""
    wanted = {item.id for item in sequence.model.live(caller)}
    with precondition(library.LIST):
        order = list(library.listed_items(sequence.world.api, caller=caller))
    met = [media_id for page in pages for media_id in page.ids]
    lost = wanted - set(met)
    rest = order[max((order.index(one) for one in met if one in order), default=-1) + 1 :]
    if lost and lost <= set(rest):
        library.ends_late(pages, wanted, limit)
    twice = {one for one in wanted if met.count(one) > 1}
    with precondition(effects.WALK):
        actual = f"{len(lost)} are missing" if lost else f"{len(twice)} come again"
        raise Violation(f"every item once at limit {limit}", actual, pages[-1].exchange)


def _read(sequence: Sequence, caller: str, limit: int) -> list[Page]:
    """Read the pages; in a large library only until all items of the sequence were shown.

    In company, the item at which a page ends may be deleted by others: then the walk ends there.
    """
    pages: list[Page] = []
    missing = {item.id for item in sequence.model.live(caller)}
    large = sequence.model.found[caller].total > MAXIMUM_LIMIT
    try:
        with precondition(library.LIST):
            for page in library.walk(sequence.world.api, limit=limit, caller=caller):
                pages.append(page)
                missing.difference_update(page.ids)
                if large and not missing:
                    break
    except Blocked as blocked:
        if blocked.violation is not None or caller not in sequence.world.company:
            raise
    return pages


def _count(sequence: Sequence, caller: str) -> int:
    """Return how many items a walk shows; of a large library only those of the sequence count."""
    others, own = sequence.model.found[caller].total, len(sequence.model.live(caller))
    return own if others > MAXIMUM_LIMIT else others + own


def through_a_change(sequence: Sequence, caller: str) -> None:
    """Walk while a session is completed: each item that was there before comes once.

    A cursor that counts items shows one item again. That is allowed, and more is not.
    """
    model, world = sequence.model, sequence.world
    open_sessions = model.open_sessions(caller)
    wanted = {item.id for item in model.live(caller)}
    crowded = caller in world.company
    if not open_sessions or len(wanted) < 2 or crowded:  # noqa: PLR2004 - two pages
        return
    limit = max(1, _count(sequence, caller) // 2)
    sequence.say(f"walk through the list of {caller} at limit {limit}, and complete in between")
    with precondition(library.LIST):
        pages = library.walk(world.api, limit=limit, caller=caller)
        met = list(next(pages).ids)
    finish(sequence, open_sessions[0])
    try:
        met += [media_id for page in pages for media_id in page.ids]
    except Blocked:  # the walks without a change judge that
        return
    repeats = len([one for one in met if one in wanted]) - len(wanted & set(met))
    lost = wanted - set(met)
    if (lost or repeats > 1) and agreement.left_alone(world, model, caller):
        actual = f"{len(lost)} are missing and {repeats} come again"
        exchange = world.harness.transcript.exchanges[-1]
        world.notice(_CHANGED, "every item that was there before, once", actual, exchange)
