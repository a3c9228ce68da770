"""What a run leaves: media of completes whose answer was lost, and what nobody can delete."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.harness.belongings import Item, Listing, is_within
from conformance.harness.journal import BYTES, OBJECT, REFUSED, SESSION, Entry, Journal, place_text
from conformance.model.left_behind import FILES, OPEN_SESSIONS, POSTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

#: So many files are read at most to find the bytes of one journal.
_READ_FILES = 40
#: So many uncertain items are named at most.
_NAMED = 20
#: How the kit found a media that no answer named: words of the journal.
PLACE, SAME_BYTES, DERIVED = "same-place", "same-bytes", "same-name"
#: A name of so many characters is not shared by chance.
_LONG_NAME = 16


@dataclass
class Found:
    """Media that a journal does not name: the run's own, and those that may be.

    `whole` is False where a library could not be read.
    """

    own: list[Entry] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    whole: bool = True


def lost_media(
    journal: Journal,
    lists: Mapping[str, Callable[[str], Listing]],
    read: Callable[[str], bytes | None],
    known: Iterable[str],
) -> Found:
    """Find the media of sessions whose complete was sent, and of which no answer named the media.

    A media is the run's own if it is at the place of the session's file and was created within
    the run, or if its file holds the bytes that were sent: each upload has bytes of its own.

    Args:
        journal: The journal of the run.
        lists: For each instance, what lists the library of a caller.
        read: Returns the bytes behind a URL, or None.
        known: The ids of the media that any journal names.
    """
    found, left = Found(), _READ_FILES
    named = set(known)
    by_library: dict[tuple[str, str], list[Entry]] = {}
    for suspect in journal.suspects():
        by_library.setdefault((suspect.instance, suspect.caller), []).append(suspect)
    unsure: list[str] = []
    for (instance, caller), suspects in by_library.items():
        listing = lists[instance](caller) if instance in lists else Listing()
        found.whole &= listing.answered
        new = [
            item
            for item in listing.items
            if item.id not in named and _may_be_new(item, journal, listing)
        ]
        lost = any(suspect.proof != REFUSED for suspect in suspects)
        for item in new:
            entry, left = _owned(item, suspects, journal, read, left if lost else 0)
            if entry is not None:
                found.own.append(entry)
            elif lost:
                unsure.append(item.id)
    # The twin may show the same library.
    own = {entry.id for entry in found.own}
    found.own = list({entry.id: entry for entry in found.own}.values())
    found.uncertain = [one for one in dict.fromkeys(unsure) if one not in own][:_NAMED]
    return found


def _may_be_new(item: Item, journal: Journal, listing: Listing) -> bool:
    began = journal.header.began if journal.header else 0.0
    return item.created is None or is_within(item.created, began, listing.skew_s)


def _owned(
    item: Item,
    suspects: list[Entry],
    journal: Journal,
    read: Callable[[str], bytes | None],
    left: int,
) -> tuple[Entry | None, int]:
    """Return an item as an entry if it is the run's own, and how many files may still be read."""
    place = place_text(item.url)
    at_place = next((one for one in suspects if place and one.place == place), None)
    if at_place is not None and item.created is not None:
        return _entry(item, at_place, PLACE), left
    lost = [at_place] if at_place else [one for one in suspects if one.proof != REFUSED]
    if not item.url or (left <= 0 and at_place is None):
        return None, left
    body = read(item.url)
    digest = hashlib.sha256(body).hexdigest() if body else ""
    owner = next((one for one in lost if digest in journal.digests.get(one.place, ())), None)
    return (_entry(item, owner, SAME_BYTES) if owner else None), left - 1


def _entry(item: Item, suspect: Entry, proof: str) -> Entry:
    return Entry("media", item.id, suspect.caller, suspect.instance, proof, session=suspect.id)


def derived_objects(journal: Journal, moments: Mapping[str, datetime | None]) -> list[Entry]:
    """Return the objects that a server made of the run's own ones: their keys hold the same name.

    Args:
        journal: The journal of the run.
        moments: When each object of the bucket was stored, by its key.
    """
    began = journal.header.began if journal.header else 0.0
    own = {entry.id for entry in journal.ever.values() if entry.kind == OBJECT and entry.proof}
    names = {name for key in own if len(name := _stem(key)) >= _LONG_NAME}
    return [
        Entry(OBJECT, key, proof=DERIVED)
        for key, moment in moments.items()
        if key not in own and is_within(moment, began) and any(name in key for name in names)
    ]


def _stem(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


# What no operation can delete


def left_behind(journal: Journal, *, posts_stay: bool) -> Counter[str]:
    """Count what a run made and no operation can delete, by kind.

    Args:
        journal: The journal of a process, before anything was removed for it.
        posts_stay: Whether the profile has no operation that deletes a post.
    """
    media = {entry.session: entry for entry in journal.ever.values() if entry.session}
    removed = {session for session, entry in media.items() if entry.proof}
    sessions = [entry for entry in journal.ever.values() if entry.kind == SESSION]
    # The server removes the file of a media with it, as it promises.
    gone = {session.place for session in sessions if session.id in removed}
    keys = [entry.id for entry in journal.ever.values() if entry.kind == OBJECT and entry.proof]
    stored = {entry.id for entry in journal.having(BYTES)} - gone
    left = [place for place in stored if not any(place.endswith(f"/{key}") for key in keys)]
    posts = len(journal.having("post")) if posts_stay else 0
    used = {session.place for session in sessions if session.place in stored}
    is_open = [
        one for one in sessions if one.id not in media and not (posts_stay and one.place in used)
    ]
    counts = Counter({OPEN_SESSIONS: len(is_open), FILES: len(left), POSTS: posts})
    return +counts
