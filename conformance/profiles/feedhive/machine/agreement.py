"""Compares the whole state with the model after a step: both libraries and the bucket.

The documents name no moment at which a list must show a change, so a difference counts only
if it is still there after the named wait. A difference that another client can explain counts
only in a library that stays as it is while this run changes nothing.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation, precondition
from conformance.knowledge.bounds import COUNTED_S
from conformance.profiles.feedhive.library import (
    FIRST_WATCH_S,
    LIST,
    LISTED_WITHIN_S,
    WATCH_S,
    settle,
    walk,
)
from conformance.profiles.feedhive.machine import comparison, files
from conformance.profiles.feedhive.machine.model import Found
from conformance.profiles.feedhive.machine.observation import library
from conformance.profiles.feedhive.totals import current_total

if TYPE_CHECKING:
    from conformance.profiles.feedhive.machine.comparison import Difference, Step
    from conformance.profiles.feedhive.machine.model import Model
    from conformance.profiles.feedhive.machine.observation import Library
    from conformance.profiles.feedhive.machine.world import World

_LOOK_S, _COUNT_S = 0.2, 1.0
# After so many seconds the bucket is listed again: the step may have reached it only now.
_WAITED_S = 2.0
# A lag that was seen once may be a little longer the next time.
_LAG_MARGIN = 1.3


def found(world: World, caller: str) -> Found:
    """Return a caller's library as it is before a sequence, also where the list lags."""
    settle(world.api)
    with precondition(LIST):
        # The second page too: when items of the sequence go, its items move to the first.
        pages = list(islice(walk(world.api, caller=caller), 2))
    ids, total = {media_id for page in pages for media_id in page.ids}, pages[0].total
    if caller not in world.company and (pages[-1].has_more or total != len(ids)):
        total = current_total(world.api, caller)
    return Found(ids, total)


def agree(
    world: World, model: Model, step: Step, *, settled: bool = False
) -> dict[str, str] | None:
    """Judge that both libraries and the bucket are as the model says; raises the first finding.

    Args:
        world: What the sequences share.
        model: What the server must hold.
        step: The step before.
        settled: Whether to wait where the lists lag. Otherwise a list that lags is only read.

    Returns:
        The ETag of each object in the bucket, by key; None where it cannot be listed.

    Raises:
        Blocked: By the requirement that a difference breaks.
    """
    if settled and world.lag_s:
        sleep(world.lag_s * _LAG_MARGIN)
    state = _state(world, model)
    if not (world.lag_s and not settled):
        for seen in state.libraries:
            _agree_on_library(world, model, step, seen)
    return _agree_on_bucket(world, model, step, state)


@dataclass(frozen=True)
class _State:
    """The libraries of all callers and the objects of the bucket, read at one time."""

    libraries: list[Library]
    objects: dict[str, str] | None
    at: float


def _state(world: World, model: Model) -> _State:
    """Read everything at the same time: one request after the other would take long."""
    at = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        objects = pool.submit(listing, world)
        libraries = parallel(lambda caller: _read(world, model, caller), world.callers)
    return _State(libraries, objects.result(), at)


def _agree_on_library(world: World, model: Model, step: Step, seen: Library) -> None:
    started, caller = time.monotonic(), seen.caller
    differences = _differences(world, model, seen, step)
    while differences and time.monotonic() - started < LISTED_WITHIN_S:
        sleep(_LOOK_S)
        seen = _read(world, model, caller)
        differences = _differences(world, model, seen, step)
        if not differences and caller not in world.company:  # others may have moved the pages
            world.lag_s = max(world.lag_s, time.monotonic() - started)
    if differences and all(one.of_total for one in differences) and not world.total_is_wrong:
        differences = _without_kept_totals(world, model, caller, step, differences)
    if differences:
        _judge(world, model, seen, differences)
    disorder = comparison.out_of_order(model, seen)
    if disorder is not None:
        world.notice(disorder.requirement, disorder.expected, disorder.actual, seen.exchange)


def _differences(world: World, model: Model, seen: Library, step: Step) -> list[Difference]:
    found = comparison.of_library(model, seen, step, company=seen.caller in world.company)
    kept = [one for one in found if not (world.keeps_totals and one.of_total)]
    if seen.caller not in world.beside:
        return kept
    return [*kept, *_made_by_nobody(world, model, seen, step)]


def _made_by_nobody(world: World, model: Model, seen: Library, step: Step) -> list[Difference]:
    """Return the new items that no other case of this run is known to have made."""
    found = [one for one in comparison.appeared(model, seen, step) if one.others]
    fresh = world.api.completions.not_of_others(one.appeared for one in found)
    return [one for one in found if one.appeared in fresh]


def _without_kept_totals(
    world: World, model: Model, caller: str, step: Step, differences: list[Difference]
) -> list[Difference]:
    """Wait for a total that the server may keep for a while; return what differs then."""
    deadline = time.monotonic() + COUNTED_S - LISTED_WITHIN_S
    while differences and time.monotonic() < deadline:
        sleep(_COUNT_S)
        differences = _differences(world, model, _read(world, model, caller), step)
        world.keeps_totals = not differences
    world.total_is_wrong = bool(differences)
    return differences


def _read(world: World, model: Model, caller: str) -> Library:
    world.done["pages of the list"] += 1
    return library(world.api, caller, {item.id for item in model.live(caller)})


def _judge(world: World, model: Model, seen: Library, differences: list[Difference]) -> None:
    """Raise the first difference that counts; note the company of another client.

    A case that finds something beside others runs again alone, so there nothing has to be sure.
    """
    sure = [one for one in differences if not one.others or seen.caller in world.beside]
    if sure:
        _raise_if_not_fetched(world, sure[0])
        raise_finding(sure[0])
    if left_alone(world, model, seen.caller):
        raise_finding(differences[0])


def _raise_if_not_fetched(world: World, difference: Difference) -> None:
    """Raise the finding of an item that is missing in the list, if it is gone altogether.

    The refused get shows it in a form that a script can ask again.
    """
    item = difference.lacks
    if item is None:
        return
    exchange = world.api.get_media(item.id, caller=item.caller)
    if exchange.refuses:
        actual = f"{difference.actual}; fetching it answered {exchange.summary()}"
        with precondition(difference.requirement):
            expect.violated(difference.expected, actual, exchange, expect.SUCCESS_STATUS)


def left_alone(world: World, model: Model, caller: str) -> bool:
    """Whether a library stays as it is while this run changes nothing; notes if it does not."""
    if caller in world.company:
        return False
    seen = _read(world, model, caller)
    before = set(seen.ids), seen.total
    deadline = time.monotonic() + (WATCH_S if world.watched else FIRST_WATCH_S)
    world.watched = True
    while time.monotonic() < deadline:
        sleep(_LOOK_S)
        now = _read(world, model, caller)
        if (set(now.ids), now.total) != before:
            world.company.add(caller)
            return False
    return True


def _agree_on_bucket(
    world: World, model: Model, step: Step, state: _State
) -> dict[str, str] | None:
    waited = time.monotonic() - state.at > _WAITED_S
    objects = listing(world) if waited else state.objects
    if objects is None:
        return None
    for item in model.live():
        if any(was and key not in objects for key, was in item.known_objects()):
            files.follow(world, item, objects, partial(listing, world))
    for difference in comparison.of_bucket(model, objects, step):
        raise_finding(difference)
    for item in model.live():
        item.take_over(objects)
    for owed in [one for one in world.owed.values() if not one.is_url]:
        if owed.place not in objects:
            del world.owed[owed.place]
    return objects


def listing(world: World) -> dict[str, str] | None:
    """Return the ETag of each object in the bucket, by key; None where it cannot be listed."""
    if world.bucket is None or not world.listable:
        return None
    try:
        objects = world.bucket.etags()
    except Blocked:
        objects = None
    world.listable = objects is not None
    return objects


def raise_finding(difference: Difference) -> None:
    """Raise a difference as `Blocked` by the requirement that it breaks."""
    with precondition(difference.requirement):
        raise Violation(difference.expected, difference.actual, difference.exchange)
