"""Oracles of lists: whole walks through a library that nobody changes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.knowledge.bounds import COUNTED_S, SETTLED_S
from conformance.knowledge.facts import Act
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.quiet import walks
from conformance.oracles.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.oracles.finding import Judgement

ORACLES = Registry()


@ORACLES.of_libraries("FH-LIST-06", "FH-LIST-07")
def walk_shows_each_item_once(knowledge: Knowledge) -> Iterator[Judgement]:
    """A walk through a library that nobody changes shows each living media item once."""
    for chain in walks(knowledge):
        first, last = chain[0], chain[-1]
        ids = [one for event in chain if event.told.page for one in event.told.page.ids]
        since = first.began - SETTLED_S
        living = {
            one.id for one in knowledge.living(last.asked.instance, last.caller, since, last.ended)
        }
        if len(chain) == 1 or not living:
            continue
        twice = (
            next((one for one in ids if ids.count(one) > 1), None)
            if len(set(ids)) < len(ids)
            else None
        )
        lost = sorted(living - set(ids))
        page = last.told.page
        full = bool(page and page.limit is not None and len(page.ids) >= page.limit)
        if twice:
            yield Finding(
                "FH-LIST-06",
                last.caller,
                "each item once in a walk",
                f"{twice} comes twice",
                last,
                first,
            )
        elif lost:
            yield Finding(
                "FH-LIST-07" if full else "FH-LIST-06",
                last.caller,
                "a walk to show every item",
                f"{len(lost)} are missing, for example {lost[0]}",
                last,
                first,
            )
        else:
            yield agrees_on("FH-LIST-06", "FH-LIST-07")


@ORACLES.of_libraries("FH-LIST-07")
def more_leads_to_items(knowledge: Knowledge) -> Iterator[Judgement]:
    """In a walk through a library that nobody changes, a page with has_more true leads to items."""
    for chain in walks(knowledge):
        for event, after in pairwise(chain):
            page, following = event.told.page, after.told.page
            if page is None or following is None or page.has_more is not True:
                continue
            yield (
                AGREES
                if following.ids
                else Finding(
                    "FH-LIST-07",
                    event.caller,
                    "items after `has_more` true",
                    "the next page is empty",
                    after,
                    event,
                )
            )


def _recent_counts(knowledge: Knowledge, walk: Event, now: int) -> tuple[int, int]:
    """Return the least and the most items that a library had lately: a total may be kept.

    Args:
        knowledge: What is known.
        walk: The first page of a walk.
        now: How many items the walk shows.
    """
    least = most = lowest = highest = now
    for change in reversed(knowledge.changes):
        mine = (change.asked.instance, change.caller) == (walk.asked.instance, walk.caller)
        recent = change.began < walk.ended and change.ended > walk.began - COUNTED_S
        if not mine or not recent or change.refused:
            continue
        # Before a complete there was one item less; without a clear answer, perhaps.
        step = -1 if change.asked.act is Act.COMPLETE else 1
        least += step if change.succeeded else min(step, 0)
        most += step if change.succeeded else max(step, 0)
        lowest, highest = min(lowest, least), max(highest, most)
    return lowest, highest


@ORACLES.of_libraries("FH-LIST-09")
def total_counts_the_walk(knowledge: Knowledge) -> Iterator[Judgement]:
    """The total of a quiet walk is the number of items that it shows, or was shortly before."""
    for chain in walks(knowledge):
        shown = {one for event in chain if event.told.page for one in event.told.page.ids}
        least, most = _recent_counts(knowledge, chain[0], len(shown))
        for event in chain:
            total = event.told.page.total if event.told.page else None
            if isinstance(total, bool) or not isinstance(total, int | float):
                continue
            yield (
                AGREES
                if least <= total <= most
                else Finding(
                    "FH-LIST-09",
                    event.caller,
                    f"a total of {len(shown)}",
                    f"it is {total}, and the walk shows {len(shown)} items",
                    event,
                    chain[-1],
                )
            )
