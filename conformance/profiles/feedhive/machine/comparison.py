"""The differences between the model and what the server shows, each with its requirement.

Nothing here sends a request: the differences follow from the model, one reading and the step
before it. `agreement` reads again, waits and decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.judge import expect
from conformance.model.moment import parsed_moment
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive.machine import effects as row
from conformance.profiles.feedhive.machine.model import digest
from conformance.profiles.feedhive.upload import RESULTING_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.machine.effects import Effects
    from conformance.profiles.feedhive.machine.model import Item, Model
    from conformance.profiles.feedhive.machine.observation import Library

_EMPTY = digest(b"")
_LISTED_TYPE = "FH-LIST-15"


@dataclass(frozen=True)
class Step:
    """A step of a sequence: its words, who did it, its effects, and the items that it made."""

    words: str
    caller: str
    effects: Effects = row.READ
    made: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """Something that is not as the model says.

    `others` says that another client can explain it: then it is a finding only in a library
    that nobody else changes.
    """

    requirement: str
    expected: str
    actual: str
    exchange: Exchange | None = None
    others: bool = False
    #: The item that the list lacks: fetching it may show more.
    lacks: Item | None = None
    #: Only the total differs, which may be a count that the server keeps for a while.
    of_total: bool = False
    #: The id of the item that nobody is known to have made.
    appeared: str = ""


def of_library(model: Model, seen: Library, step: Step, *, company: bool) -> Iterator[Difference]:
    """Yield how a caller's library differs from the model, the surest difference first.

    Args:
        model: What the sequence expects.
        seen: The library as the server shows it.
        step: The step after which it was read.
        company: Whether another client or case uses the library: what it can explain is left out.
    """
    found = (
        *_dead(model, seen),
        *_foreign(model, seen),
        *_twice(model, seen),
        *_missing(model, seen, step),
        *appeared(model, seen, step),
        *_total(model, seen, step, company=company),
        *_end(model, seen),
        *_types(model, seen),
    )
    yield from (one for one in found if not (company and one.others))


def _dead(model: Model, seen: Library) -> Iterator[Difference]:
    gone = {item.id for item in model.dead() if model.is_gone(item)} & set(seen.ids)
    if gone:
        actual = f"the list has {_names(gone)}"
        yield Difference(
            row.GONE_FROM_THE_LIST, "no deleted item in the list", actual, seen.exchange
        )


def _foreign(model: Model, seen: Library) -> Iterator[Difference]:
    foreign = {one.id for one in model.live() if one.caller != seen.caller} & set(seen.ids)
    if foreign:
        actual = f"the list of {seen.caller} has {_names(foreign)}"
        yield Difference(row.OWN_ITEMS_ONLY, "no item of the other caller", actual, seen.exchange)


def _twice(model: Model, seen: Library) -> Iterator[Difference]:
    ours = [media_id for media_id in seen.ids if model.item(media_id)]
    twice = {media_id for media_id in ours if ours.count(media_id) > 1}
    if not twice:
        return
    one_page = any(page.ids.count(media_id) > 1 for page in seen.pages for media_id in twice)
    requirement = row.LISTED if one_page else row.WALK
    wanted, actual = "each item in the list once", f"the list has {_names(twice)} more than once"
    # A new item of another client shifts the pages of a cursor that counts items.
    yield Difference(requirement, wanted, actual, seen.exchange, others=not one_page)


def _missing(model: Model, seen: Library, step: Step) -> Iterator[Difference]:
    for item in model.live(seen.caller):
        if item.id in seen.ids:
            continue
        # Of several new ones, a later one may have cost an earlier one.
        new = step.made == {item.id}
        requirement = row.LISTED if new else _lost(item, step)
        wanted = "the new item to be listed" if new else "every item to stay in the list"
        actual = f"{item.id} of {seen.caller} is missing after this step: {step.words}"
        yield Difference(requirement, wanted, actual, seen.exchange, lacks=item)


def _lost(item: Item, step: Step) -> str:
    return step.effects.lost if item.caller == step.caller else step.effects.taken


def appeared(model: Model, seen: Library, step: Step) -> Iterator[Difference]:
    """Yield the items that the sequence did not make, and that were not there before it."""
    known = model.found[seen.caller].ids
    places = {_place(one.upload.url) for one in model.sessions}
    for item in seen.items:
        media_id = str(item.get("id"))
        if media_id in known or model.item(media_id):
            continue
        ours = _place(str(item.get("media_url") or "")) in places - {""}
        actual = f"the list of {seen.caller} has {media_id} after this step: {step.words}"
        wanted = "no item that nobody made"
        yield Difference(
            *(step.effects.appeared, wanted, actual, seen.exchange),
            others=not ours,
            appeared=media_id,
        )


def _place(url: str) -> str:
    return f"{SignedUrl(url).host}{SignedUrl(url).path}" if url else ""


def _expected_total(model: Model, seen: Library) -> int:
    found = model.found[seen.caller]
    # Items of others that are gone: the run may have made room where a server has a limit.
    gone = set() if seen.pages[-1].has_more else found.ids - set(seen.ids)
    return found.total + len(model.live(seen.caller)) - len(gone)


def _end(model: Model, seen: Library) -> Iterator[Difference]:
    shown = len(set(seen.ids))
    if seen.pages[-1].has_more and shown >= _expected_total(model, seen):
        wanted, actual = "`has_more` to be false at the end", f"it is true behind all {shown} items"
        yield Difference(row.END, wanted, actual, seen.exchange, others=True, of_total=True)


def _total(model: Model, seen: Library, step: Step, *, company: bool) -> Iterator[Difference]:
    own, wanted = len(model.live(seen.caller)), _expected_total(model, seen)
    if company and seen.total < own:
        wants, actual = f"`data.total` to be at least {own}", f"it is {seen.total}"
        yield Difference(row.TOTAL, wants, actual, seen.exchange, of_total=True)
    elif not company and seen.total != wanted:
        mine = seen.caller == step.caller
        requirement = step.effects.total if mine else step.effects.others_total
        actual = f"it is {seen.total} for {seen.caller} after this step: {step.words}"
        wants = f"`data.total` to be {wanted}"
        yield Difference(requirement, wants, actual, seen.exchange, others=True, of_total=True)


def _types(model: Model, seen: Library) -> Iterator[Difference]:
    for shown in seen.items:
        item = model.item(str(shown.get("id")))
        kind = shown.get("type")
        if item is None or not isinstance(kind, str):
            continue
        wanted = RESULTING_TYPES[item.session.upload.content_type]
        if kind != wanted:
            declared = item.session.upload.content_type
            actual = f"it is {expect.shown(kind)} in the list"
            yield Difference(
                _LISTED_TYPE, f"the type {wanted} of an upload of {declared}", actual, seen.exchange
            )


def out_of_order(model: Model, seen: Library) -> Difference | None:
    """Return the difference if the sequence's own items do not come newest first."""
    ours = [one for one in seen.items if model.item(str(one.get("id")))]
    moments = [parsed_moment(one.get("created_at")) for one in ours]
    known = [moment for moment in moments if moment is not None]
    if all(first >= second for first, second in pairwise(known)):
        return None
    wanted = "created_at to fall from item to item"
    return Difference(row.ORDER, wanted, "it rises", seen.exchange)


def of_bucket(model: Model, objects: Mapping[str, str], step: Step) -> Iterator[Difference]:
    """Yield what the bucket lacks: the objects of live items, with bytes of their own.

    Args:
        model: The model.
        objects: The ETag of each object, by key.
        step: The step before.
    """
    for item in model.live():
        requirement = step.effects.bytes if item.caller == step.caller else step.effects.taken
        for key, was in item.known_objects():
            now = objects.get(key)
            wanted = f"the objects of {item.id} to stay as they were"
            if now is None and was:
                actual = f"{key} is gone after this step: {step.words}"
                yield Difference(requirement, wanted, actual)
            elif now is not None and now != was and not item.replaced:
                if now == _EMPTY:
                    yield Difference(requirement, wanted, f"{key} is empty now")
                elif key == item.file_key and model.belongs_elsewhere(item, now):
                    yield Difference(requirement, wanted, f"{key} has the bytes of another upload")


def _names(ids: set[str]) -> str:
    return ", ".join(sorted(ids))
