"""Oracles of the bytes: what media_url serves, compared by hash with what was stored.

A server may convert a file, so other bytes than those sent prove nothing. The bytes of another
upload, or only the beginning of the file, do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.facts import Act
from conformance.knowledge.lives import Media
from conformance.knowledge.place import signed_place_of
from conformance.model.exchange import ABSENT
from conformance.model.signed_url import SignedUrl
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.registry import Registry
from conformance.oracles.served import wrong_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.knowledge.lives import FileRead
    from conformance.knowledge.stored import Write
    from conformance.oracles.finding import Judgement

ORACLES = Registry()

_URL_IS_FRESH_S = 120.0


@ORACLES.of_answers("FH-PUT-04")
def media_url_serves_its_own_file(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """media_url never serves the file of another upload, or only a part of its own file."""
    media = knowledge.files.handed(event.request.url)
    response = event.exchange.response if event.exchange else None
    if not isinstance(media, Media) or response is None or event.request.method != "GET":
        return
    if not event.succeeded or response.truncated or response.defect or event.is_partial:
        return
    own = _stored(knowledge, media)
    if not own:
        return
    if not response.body and all(write.size for write in own):
        actual = "it serves an empty file"
    else:
        place = media.session.place if media.session else None
        actual = wrong_file(knowledge, own, place, response.body)
    yield (
        Finding(
            "FH-PUT-04",
            ("media", media.id),
            "media_url to serve the file that was stored",
            actual,
            event,
            own[-1].event,
        )
        if actual
        else AGREES
    )


def _stored(knowledge: Knowledge, media: Media) -> list[Write]:
    """Return the writes of which the complete found one; empty if that is not known."""
    session = media.session
    stored = knowledge.objects.get(session.place) if session and session.place else None
    if stored is None or not knowledge.sees_storage:
        return []
    # A PUT after the complete may still change the object, and no page says anything of it.
    later = [write for write in stored.writes if write.ended > media.born.began]
    return [*(stored.possible(media.born.began, media.born.ended) or ()), *later]


@ORACLES.of_libraries("FH-DELETE-09", "FH-LIFECYCLE-04", needs_quiet=False)
def files_of_the_living_stay(knowledge: Knowledge) -> Iterator[Judgement]:
    """The file of a media item that is alive, and that was served before, is still served."""
    served: dict[str, FileRead] = {}
    last = {read.place: read.event for read in knowledge.files.reads if read.succeeded}
    for read in knowledge.files.reads:
        media = read.of
        if not isinstance(media, Media) or not media.surely_alive(read.event):
            continue
        earlier = served.get(media.id)
        if read.succeeded:
            served[media.id] = read
            done = earlier and _delete_between(knowledge, media, earlier.event, read.event)
            yield agrees_on("FH-DELETE-09") if done else AGREES
        elif earlier is not None and _is_missing(media, earlier, read):
            if last[read.place].began > read.event.began:
                continue  # a copy of the storage was behind, or a firewall before it refused once
            if _may_be_removed(knowledge, media, read):
                continue
            cause = _delete_between(knowledge, media, earlier.event, read.event)
            requirement = "FH-DELETE-09" if cause else "FH-LIFECYCLE-04"
            yield Finding(
                requirement,
                ("media", media.id),
                "the file of a media item to stay",
                f"that of {media.id} was served before, and now it is"
                f" refused with {read.event.status}",
                read.event,
                cause or earlier.event,
            )


def _may_be_removed(knowledge: Knowledge, media: Media, read: FileRead) -> bool:
    """Whether a client may have removed the object itself, where the storage lets it."""
    places = {read.place, media.session.place if media.session else None}
    objects = [knowledge.objects[place] for place in places if place in knowledge.objects]
    return any(stored.may_be_changed(read.event.ended) for stored in objects)


def _is_missing(media: Media, earlier: FileRead, read: FileRead) -> bool:
    """Whether a file is gone from where the item still says that it is.

    A server may move a file. So the same place was served before, and a later answer about the
    item gave it out again.
    """
    if read.event.status not in ABSENT or read.place != earlier.place or read.event.retried:
        return False
    if _may_have_expired(media, read.event):
        return False
    return any(
        shown.began > read.event.ended and signed_place_of(url) == read.place
        for url, shown in media.urls.items()
    )


def _may_have_expired(media: Media, read: Event) -> bool:
    """Whether the URL of a read may be too old, also where it lives for seconds only."""
    given = media.first_given.get(read.request.url)
    if given is None:
        return True
    url = SignedUrl(read.request.url)
    started = read.exchange.started if read.exchange else 0.0
    if url.expires_at is not None and url.expires_at.timestamp() < started + _URL_IS_FRESH_S:
        return True
    life = _URL_IS_FRESH_S if url.lifetime_s is None else url.lifetime_s / 2
    return read.began - given.ended > life


def _delete_between(
    knowledge: Knowledge, media: Media, before: Event, after: Event
) -> Event | None:
    """Return a delete of another media item that was done between two requests, or None."""
    return next(
        (
            change
            for change in knowledge.changes
            if change.asked.act is Act.DELETE
            and change.succeeded
            and change.asked.subject != media.id
            and change.ended > before.began
            and change.began < after.ended
        ),
        None,
    )
