"""Oracles of media: wherever an item is shown, it agrees with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.callers import NOBODY, is_known
from conformance.knowledge.facts import Act
from conformance.knowledge.lives import Media
from conformance.knowledge.moment import same_moment
from conformance.knowledge.place import signed_place_of
from conformance.knowledge.texts import is_distinctive
from conformance.oracles.finding import AGREES, Finding
from conformance.oracles.registry import Registry
from conformance.profiles.feedhive.upload import RESULTING_TYPES, reported_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.facts import View
    from conformance.knowledge.knowledge import Knowledge
    from conformance.oracles.finding import Judgement

ORACLES = Registry()

_SHOWING = (Act.FETCH, Act.LIST, Act.DELETE)
#: The row of the type that each declared type becomes.
_BECOMES = {
    "image/jpeg": "FH-GET-02",
    "image/jpg": "FH-GET-03",
    "image/png": "FH-GET-04",
    "image/gif": "FH-GET-05",
    "video/mp4": "FH-GET-06",
    "video/quicktime": "FH-GET-07",
    "video/mov": "FH-GET-08",
}
_DISAGREES = {Act.LIST: "FH-LIST-16", Act.DELETE: "FH-DELETE-16"}
# A file, or a record, that is not there. Other refusals say something about the request.
_GONE = frozenset({404, 410})
_LEAST_ID = 12


@ORACLES.of_answers("FH-GET-01", "FH-DELETE-01", acts=(Act.FETCH, Act.DELETE))
def answer_is_of_the_item(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The item in the answer is the one whose id was asked for."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or not event.succeeded:
        return
    requirement = "FH-GET-01" if event.asked.act is Act.FETCH else "FH-DELETE-01"
    for view in event.told.views:
        yield (
            AGREES
            if view.id == media.id
            else Finding(
                requirement,
                ("media", media.id),
                f"the item {media.id}",
                f"the answer shows {str(view.id)[:80]}",
                event,
                media.born,
            )
        )


@ORACLES.of_answers(*_BECOMES.values(), "FH-LIST-15", "FH-DELETE-16", acts=_SHOWING)
def type_is_that_of_the_upload(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A media has the type that the page's table gives for the declared type."""
    for view, media in knowledge.fresh(event):
        declared = media.session.declared if media.session else ""
        wanted = RESULTING_TYPES.get(declared)
        if wanted is None or not isinstance(view.type, str):
            continue
        rows = {Act.LIST: "FH-LIST-15", Act.DELETE: "FH-DELETE-16"}
        yield (
            AGREES
            if view.type == wanted
            else Finding(
                rows.get(event.asked.act, _BECOMES[declared]),
                ("media", media.id),
                f"a media of {declared} to have the type {wanted}",
                f"it is {view.type}",
                event,
                media.born,
            )
        )


@ORACLES.of_libraries("FH-GET-15", needs_quiet=False)
def mime_type_is_that_of_the_file(knowledge: Knowledge) -> Iterator[Judgement]:
    """A fetched media reports the declared type, or that of its file if the server converts it."""
    for read in knowledge.reads:
        media = read.of
        if not isinstance(media, Media) or not read.event.succeeded or not read.kind:
            continue
        view, shown = media.first_view.get("get_media", (None, None))
        declared = media.session.declared if media.session else ""
        if view is None or shown is None or declared not in RESULTING_TYPES:
            continue
        if not isinstance(view.mime_type, str):
            continue
        fits = view.mime_type in reported_types(declared) or view.mime_type == read.kind
        yield (
            AGREES
            if fits
            else Finding(
                "FH-GET-15",
                ("media", media.id),
                f"the mime_type {declared}",
                f"it is {view.mime_type}, and its file is {read.kind}",
                shown,
                read.event,
            )
        )


@ORACLES.of_answers(*_DISAGREES.values(), acts=tuple(_DISAGREES))
def views_agree(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """An item has the same mime_type and created_at in the list, in get and in delete."""
    for view, media in knowledge.fresh(event):
        for operation, (earlier, seen) in media.first_view.items():
            if operation == event.asked.operation:
                continue
            differs = _difference(earlier, view)
            yield (
                Finding(
                    _DISAGREES[event.asked.act],
                    ("media", media.id),
                    f"the item as {operation} shows it",
                    differs,
                    event,
                    seen,
                )
                if differs
                else AGREES
            )


def _difference(one: View, other: View) -> str:
    """Return how two views of an item differ; what is null may be filled later."""
    if not _same_type(one.mime_type, other.mime_type):
        return f"its mime_type was {one.mime_type} and is {other.mime_type}"
    if not same_moment(one.created_at, other.created_at):
        return f"its created_at was {one.created_at} and is {other.created_at}"
    return ""


def _same_type(one: object, other: object) -> bool:
    if not isinstance(one, str) or not isinstance(other, str) or one == other:
        return True
    return bool(reported_types(one) & reported_types(other))


@ORACLES.of_answers("FH-PUT-04", acts=_SHOWING)
def media_url_is_its_own(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """media_url never leads to the object of another upload or media."""
    for view, media in knowledge.fresh(event):
        place = signed_place_of(view.media_url) if isinstance(view.media_url, str) else None
        if place is None:
            continue
        opened, shown = knowledge.session_at(place), knowledge.media_at(place)
        other = opened if opened is not media.session else None
        against = other.opened if other and other.instance == media.instance else None
        if against is None and shown is not None and shown is not media:
            against = shown.born if shown.instance == media.instance else None
        if against is not None and _same_bytes(knowledge, media, event, place_name=place.path):
            continue
        yield (
            Finding(
                "FH-PUT-04",
                ("media", media.id),
                "media_url to lead to the item's own file",
                f"it leads to {place.path}, which belongs to another upload",
                event,
                against,
            )
            if against is not None
            else AGREES
        )


def _same_bytes(knowledge: Knowledge, media: Media, event: Event, *, place_name: str) -> bool:
    """Whether two uploads may hold equal files, which a server may keep once."""
    if media.session is None or media.session.place is None:
        return True
    own = knowledge.objects.get(media.session.place)
    writes = own.possible(media.born.began, media.born.ended) if own else None
    if not writes:
        return True
    places = {one for write in writes for one in knowledge.places_of_bytes(write.sha256)}
    del event
    return any(one.path == place_name for one in places - {media.session.place})


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
    """A media that is certainly alive is fetched by its owner."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or event.caller != media.owner or not event.asked.exact:
        return
    if not media.surely_alive(event):
        return
    if event.succeeded:
        yield AGREES
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
            return "FH-DELETE-08", change, "after a delete of another media"
        if media.session is not None and change.asked.subject == media.session.id:
            return "FH-COMPLETE-08", change, "after another complete of its session"
    return "FH-GET-01", media.fetched, "although it was found before"


@ORACLES.of_answers("FH-DELETE-02", acts=(Act.FETCH,))
def use_after_free(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A deleted media is never fetched again."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or not media.surely_dead(event):
        return
    yield (
        Finding(
            "FH-DELETE-02",
            ("media", media.id),
            "a deleted media to be gone",
            f"{media.id} is fetched after its delete was answered",
            event,
            media.death,
        )
        if event.succeeded
        else AGREES
    )


@ORACLES.of_answers("FH-DELETE-05", acts=(Act.DELETE,))
def delete_after_free(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A second delete of a media does not succeed."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or not media.surely_dead(event) or event.caller != media.owner:
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
    """Nobody but its owner fetches or deletes a media."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or event.caller == media.owner or not is_known(media.owner):
        return
    deletes = event.asked.act is Act.DELETE
    if not is_known(event.caller) and not (deletes and event.caller == NOBODY):
        return
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
        else AGREES
    )


@ORACLES.of_answers("FH-GET-09", "FH-DELETE-11", acts=(Act.FETCH, Act.DELETE))
def invalid_dynamic_object(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """An id that only resembles a known one reaches nothing."""
    instance, subject = event.asked.instance, event.asked.subject
    near = knowledge.near_miss_of(instance, subject)
    if near is None or (instance, subject) in knowledge.seen_ids or not event.asked.exact:
        return
    requirement = "FH-GET-09" if event.asked.act is Act.FETCH else "FH-DELETE-11"
    yield (
        Finding(
            requirement,
            ("media", near),
            "an unknown id to be refused",
            f"{subject[:80]!r} reached something, and only {near} is known",
            event,
        )
        if event.succeeded
        else AGREES
    )


@ORACLES.of_answers("FH-LIFECYCLE-02", acts=(Act.FETCH, Act.LIST))
def session_is_no_media(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A session that nobody completed is not shown as a media."""
    instance = event.asked.instance
    named = {(instance, str(view.id)) for view in event.told.views}
    sessions = [knowledge.sessions[key] for key in named & knowledge.sessions.keys()]
    if named and not sessions:
        yield AGREES
    for session in sessions:
        if len(session.id) < _LEAST_ID or not is_distinctive(session.id):
            continue  # short ids of sessions and of media may be equal
        if knowledge.media_of(instance, session.id) or session.may_be_complete(event.ended):
            continue
        yield Finding(
            "FH-LIFECYCLE-02",
            ("session", session.id),
            "no media before its upload is completed",
            f"{session.id} is shown as a media",
            event,
            session.opened,
        )
