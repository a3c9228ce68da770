"""Oracles of reach: which media can be fetched and deleted, by whom, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.bounds import SHOWN_S
from conformance.knowledge.callers import NOBODY, are_different, is_known
from conformance.knowledge.facts import Act
from conformance.knowledge.texts import is_distinctive
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.knowledge.lives import Media
    from conformance.oracles.finding import Judgement

ORACLES = Registry()

# A record that is not there. Other refusals say something about the request.
_GONE = frozenset({404, 410})
_LEAST_ID = 12


@ORACLES.of_answers(
    "FH-COMPLETE-02",
    "FH-GET-01",
    "FH-GET-11",
    "FH-DELETE-08",
    "FH-DELETE-10",
    "FH-AUTH-05",
    "FH-COMPLETE-08",
    acts=(Act.FETCH,),
)
def ensure_resource_availability(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """Its owner can fetch a media item that is certainly alive."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or event.caller != media.owner or not event.asked.exact:
        return
    if not is_known(event.caller) or not media.surely_alive(event):
        return
    if event.succeeded:
        row = _why_missing(knowledge, media, event)[0]
        yield agrees_on(row, *([] if media.fetched else ["FH-COMPLETE-02"]))
    elif event.began < media.born_at + SHOWN_S:
        return  # a copy of the database may be behind
    elif event.status in _GONE and not event.retried:
        requirement, against, why = _why_missing(knowledge, media, event)
        yield Finding(
            requirement,
            ("media", media.id),
            f"the media {media.id} to be found",
            f"it is refused with {event.status} {why}",
            event,
            against,
        )


def _why_missing(knowledge: Knowledge, media: Media, event: Event) -> tuple[str, Event, str]:
    """Return the row that explains a missing item, the request that may have caused it, and how."""
    if media.fetched is None:
        row = "FH-GET-11" if "/" in media.id else "FH-COMPLETE-02"
        return row, media.born, "after its complete was answered"
    since = media.fetched.began
    for change in reversed(knowledge.changes):
        if change.ended < since or change.began > event.ended:
            continue
        if change.asked.act is Act.DELETE and change.asked.subject == media.id:
            if change.caller == NOBODY:
                return "FH-AUTH-05", change, "after a refused delete without a key"
            return "FH-DELETE-10", change, "after a refused delete of another caller"
        if change.asked.act is Act.DELETE and change.succeeded:
            return "FH-DELETE-08", change, "after a delete of another media item"
        if media.session is not None and change.asked.subject == media.session.id:
            return "FH-COMPLETE-08", change, "after another complete of its session"
    return "FH-GET-01", media.fetched, "although it was found before"


@ORACLES.of_answers("FH-COMPLETE-20", "FH-DELETE-19", acts=(Act.FETCH,))
def read_your_writes(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The first fetch after a complete or a delete shows it."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or event.caller != media.owner or not event.asked.exact:
        return
    change: Event | None
    if event.succeeded and media.fetched is None and media.surely_alive(event):
        late, requirement, change = media.missed, "FH-COMPLETE-20", media.born
    elif event.refused and media.surely_dead(event):
        late, requirement, change = media.lingered, "FH-DELETE-19", media.death
    else:
        return
    yield (
        Finding(
            requirement,
            ("media", media.id),
            "the first fetch to show what was done",
            f"{late.answer}, and a later fetch shows it",
            late,
            change,
        )
        if late
        else agrees_on(requirement)
    )


@ORACLES.of_libraries("FH-COMPLETE-20", "FH-DELETE-19")
def unread_writes(knowledge: Knowledge) -> Iterator[Judgement]:
    """Some fetch shows each complete and each delete, also where nobody fetched again later."""
    for media in knowledge.media.values():
        if media.looked is None:
            continue
        late, requirement, change = None, "", media.born
        if media.fetched is None and media.looked.began < media.born_at + SHOWN_S:
            late, requirement = media.missed, "FH-COMPLETE-20"
        elif media.looked.succeeded and media.looked.began < media.dead_at + SHOWN_S:
            late, requirement, change = media.lingered, "FH-DELETE-19", media.death or media.born
        yield (
            Finding(
                requirement,
                ("media", media.id),
                "a fetch to show what was done",
                f"{late.answer}, and no later fetch shows it",
                late,
                change,
            )
            if late
            else agrees_on()
        )


@ORACLES.of_answers("FH-DELETE-02", acts=(Act.FETCH,))
def use_after_free(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A deleted media item is never fetched again."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or not media.surely_dead(event):
        return
    if event.succeeded and event.began < media.dead_at + SHOWN_S:
        return  # a copy of the database may be behind
    if any(knowledge.is_another(media, view, event) for view in event.told.views):
        return  # the id was given again, to a client that the stream does not show
    yield (
        Finding(
            "FH-DELETE-02",
            ("media", media.id),
            "a deleted media item to be gone",
            f"{media.id} is fetched after its delete was answered",
            event,
            media.death,
        )
        if event.succeeded
        else AGREES
    )


@ORACLES.of_answers("FH-DELETE-05", acts=(Act.DELETE,))
def delete_after_free(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A second delete of a media item does not succeed."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or not media.surely_dead(event) or event.caller != media.owner:
        return
    if any(knowledge.is_another(media, view, event) for view in event.told.views):
        return
    yield (
        Finding(
            "FH-DELETE-05",
            ("media", media.id),
            "a second delete to be refused",
            f"that of {media.id} succeeded",
            event,
            media.death,
        )
        if event.succeeded
        else AGREES
    )


@ORACLES.of_answers("FH-GET-12", "FH-DELETE-10", "FH-AUTH-05", acts=(Act.FETCH, Act.DELETE))
def namespace_rule(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """Only its owner fetches or deletes a media item."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or not are_different(event.caller, media.owner):
        return
    deletes = event.asked.act is Act.DELETE
    if event.caller == NOBODY and not deletes:
        return
    shown = [view for view in event.told.views if view.id == media.id]
    if any(knowledge.is_another(media, view, event) for view in shown):
        return  # the id was given again
    requirement = "FH-DELETE-10" if deletes else "FH-GET-12"
    requirement = "FH-AUTH-05" if event.caller == NOBODY else requirement
    yield (
        Finding(
            requirement,
            ("media", media.id),
            f"only {media.owner} to reach {media.id}",
            f"{event.caller} did",
            event,
            media.born,
        )
        if event.succeeded
        else agrees_on(*([requirement] if event.refused else []))
    )


@ORACLES.of_answers("FH-GET-09", "FH-DELETE-11", acts=(Act.FETCH, Act.DELETE))
def invalid_dynamic_object(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """An id that only resembles a known one reaches nothing."""
    instance, subject = event.asked.instance, event.asked.subject
    near = knowledge.near_miss_of(instance, subject)
    requirement = "FH-GET-09" if event.asked.act is Act.FETCH else "FH-DELETE-11"
    if near is None or (instance, subject) in knowledge.seen_ids or not event.asked.exact:
        return
    if event.succeeded and knowledge.outsiders:
        return  # it may be the id of something that was there before the stream began
    if event.succeeded and any(view.id == subject for view in event.told.views):
        return  # counted ids: it is the id of an item that nobody listed yet
    yield (
        Finding(
            requirement,
            ("media", near),
            "an unknown id to be refused",
            f"{subject[:80]!r} reached something, and only {near} is known",
            event,
        )
        if event.succeeded
        else agrees_on(*([requirement] if event.refused else []))
    )


@ORACLES.of_answers("FH-LIFECYCLE-02", acts=(Act.FETCH, Act.LIST))
def session_is_no_media(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A session that nobody completed is not shown as a media item."""
    instance = event.asked.instance
    named = {(instance, str(view.id)) for view in event.told.views}
    sessions = [knowledge.sessions[key] for key in named & knowledge.sessions.keys()]
    if named and not sessions:
        yield agrees_on()  # there may be no session that is not complete
    for session in sessions:
        if len(session.id) < _LEAST_ID or not is_distinctive(session.id):
            continue  # short ids of sessions and of media may be equal
        if knowledge.media_of(instance, session.id) or session.may_be_complete(event.ended):
            continue
        yield Finding(
            "FH-LIFECYCLE-02",
            ("session", session.id),
            "no media before its upload is completed",
            f"{session.id} is shown as a media item",
            event,
            session.opened,
        )
