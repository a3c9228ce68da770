"""Oracles of media: wherever an item is shown, it agrees with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.facts import Act
from conformance.knowledge.lives import Media
from conformance.knowledge.moment import same_moment
from conformance.knowledge.place import signed_place_of
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.registry import Registry
from conformance.profiles.feedhive.upload import RESULTING_TYPES, reported_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.facts import View
    from conformance.knowledge.knowledge import Knowledge
    from conformance.knowledge.place import Place
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
# The kind of the files that servers make of an upload, by their types.
_PROCESSED: dict[object, str] = {
    **dict.fromkeys(("image/jpeg", "image/jpg", "image/png", "image/gif"), "picture"),
    **dict.fromkeys(("image/webp", "image/avif"), "picture"),
    **dict.fromkeys(("video/mp4", "video/quicktime", "video/mov", "video/webm"), "film"),
}
_GET, _LIST = "get_media", "list_media"
_DISAGREES = {Act.LIST: "FH-LIST-16", Act.DELETE: "FH-DELETE-16"}


@ORACLES.of_answers("FH-GET-01", "FH-DELETE-01", acts=(Act.FETCH, Act.DELETE))
def answer_is_of_the_item(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The item in the answer is the one whose id was requested."""
    media = knowledge.media_of(event.asked.instance, event.asked.subject)
    if media is None or not event.succeeded:
        return
    requirement = "FH-GET-01" if event.asked.act is Act.FETCH else "FH-DELETE-01"
    for view in event.told.views:
        yield (
            agrees_on(requirement)
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
    """A media item has the type that the page's table gives for the declared type."""
    for view, media in knowledge.fresh(event):
        declared = media.session.declared if media.session else ""
        wanted = RESULTING_TYPES.get(declared)
        if wanted is None or not isinstance(view.type, str):
            continue
        rows = {Act.LIST: "FH-LIST-15", Act.DELETE: "FH-DELETE-16"}
        row = rows.get(event.asked.act, _BECOMES[declared])
        yield (
            agrees_on(row)
            if view.type == wanted
            else Finding(
                row,
                ("media", media.id),
                f"a media item of {declared} to have the type {wanted}",
                f"it is {view.type}",
                event,
                media.born,
            )
        )


@ORACLES.of_libraries("FH-GET-15", needs_quiet=False)
def mime_type_is_that_of_the_file(knowledge: Knowledge) -> Iterator[Judgement]:
    """A fetched media reports the declared type, or that of its file if the server converts it."""
    for read in knowledge.files.reads:
        media = read.of
        if not isinstance(media, Media) or not read.succeeded or not read.kind:
            continue
        view, shown = media.first_view.get(_GET, (None, None))
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
            differs = _difference(media, earlier, view)
            yield (
                Finding(
                    _odd_one_out(media, operation, view) or _DISAGREES[event.asked.act],
                    ("media", media.id),
                    f"the item as {operation} shows it",
                    differs,
                    event,
                    seen,
                )
                if differs
                else agrees_on(_DISAGREES[event.asked.act])
            )


def _odd_one_out(media: Media, operation: str, view: View) -> str:
    """Return the row of the list where get shows an item as this view does, and the list not."""
    fetched = media.first_view.get(_GET)
    agrees = fetched is not None and not _difference(media, fetched[0], view)
    return _DISAGREES[Act.LIST] if operation == _LIST and agrees else ""


def _difference(media: Media, one: View, other: View) -> str:
    """Return how two views of an item differ; what is null may be filled later."""
    if not _same_type(one.mime_type, other.mime_type) and not _is_processed(media, one, other):
        return f"its mime_type was {one.mime_type} and is {other.mime_type}"
    if not same_moment(one.created_at, other.created_at):
        return f"its created_at was {one.created_at} and is {other.created_at}"
    return ""


def _is_processed(media: Media, one: View, other: View) -> bool:
    """Whether the server may have made another file of an item between two views, once."""
    kind = _PROCESSED.get(one.mime_type)
    back = len(media.mime_types) > len(set(media.mime_types))
    return kind is not None and kind == _PROCESSED.get(other.mime_type) and not back


def _same_type(one: object, other: object) -> bool:
    if not isinstance(one, str) or not isinstance(other, str) or one == other:
        return True
    return bool(reported_types(one) & reported_types(other))


@ORACLES.of_answers("FH-PUT-04", acts=_SHOWING, joins=True)
def media_url_is_its_own(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """media_url never leads to the object of another upload or media."""
    for view, media in knowledge.fresh(event):
        place = signed_place_of(view.media_url) if isinstance(view.media_url, str) else None
        if place is None:
            continue
        opened, shown = knowledge.session_at(place), knowledge.files.media_at(place)
        other = opened if opened is not media.session else None
        against = other.opened if other and other.instance == media.instance else None
        if against is None and shown is not None and shown is not media:
            against = shown.born if shown.instance == media.instance else None
        if against is not None and _same_bytes(knowledge, media, place, shown):
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
            else agrees_on()  # only the file itself shows what is served
        )


def _same_bytes(knowledge: Knowledge, media: Media, other: Place, shown: Media | None) -> bool:
    """Whether an upload and another place may hold equal files, which a server may keep once.

    Args:
        knowledge: What is known.
        media: The media of the upload.
        other: The other place.
        shown: The media whose file was shown there first, if there is one.
    """
    own = _hashes(knowledge, media)
    others = _hashes(knowledge, shown) if shown is not None else set()
    if not own or others is None:
        return True
    return bool(own & others) or any(other in knowledge.places_of_bytes(one) for one in own)


def _hashes(knowledge: Knowledge, media: Media) -> set[str] | None:
    """Return the hashes of the files that a media may be made of; None if they are not known."""
    place = media.session.place if media.session else None
    stored = knowledge.objects.get(place) if place else None
    writes = stored.possible(media.born.began, media.born.ended) if stored else None
    return {write.sha256 for write in writes} if writes else None
