"""Builds knowledge about a server from the stream of exchanges.

Every request is announced when it begins (`begin`) and again when its answer came (`fold`): an
answer can only be judged by someone who knows what else is in flight. Knowledge never asks who
sent a request or why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.knowledge.callers import DOUBTFUL, are_different, is_known
from conformance.knowledge.event import Event
from conformance.knowledge.facts import Act
from conformance.knowledge.files import Files
from conformance.knowledge.lives import Media, Session
from conformance.knowledge.place import Place, place_of, signed_place_of
from conformance.knowledge.stored import Stored
from conformance.knowledge.texts import Texts, is_distinctive
from conformance.model.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.callers import Callers
    from conformance.knowledge.facts import Reader, View
    from conformance.model.exchange import Exchange, Request

#: The instances of a target: itself, and its short-lived twin.
INSTANCES = ("main", "twin")
# A shorter id, for example from a counter, may be the beginning of another one.
_NEAR = 12
# These refuse the request, and say nothing about the item: the key may have expired.
_NOT_ABOUT_THE_ITEM = frozenset({401, 429})


@dataclass
class Knowledge:
    """What is known.

    Args:
        reader: Translates the exchanges of the API into facts.
        callers: Finds the caller of a request.
        alone: Whether the stream has every request to the caller's library; else nothing is
            concluded from what the library lacks or counts.
        sees_storage: Whether the stream has every PUT; else nothing is concluded from a PUT
            that is missing.
        outsiders: Whether the stream began in the middle of things, and something outside of it
            may remove what the stream made, as tests do that reset a database. Then an item is
            missing only where it is seen again later, and a short id may come again.
        secrets: Knows the keys that no answer may contain.
    """

    reader: Reader
    callers: Callers
    alone: bool = True
    sees_storage: bool = True
    outsiders: bool = False
    secrets: Redactor = field(default_factory=Redactor)
    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    media: dict[tuple[str, str], Media] = field(default_factory=dict)
    objects: dict[Place, Stored] = field(default_factory=dict)
    pages: list[Event] = field(default_factory=list)
    changes: list[Event] = field(default_factory=list)
    files: Files = field(default_factory=Files)
    texts: Texts = field(default_factory=Texts)
    seen_ids: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Prepare the indices."""
        self._numbers = count(1)
        self._spelled: dict[tuple[str, str], set[str]] = {}
        self._deletes: dict[tuple[str, str], list[Event]] = {}
        self._openings: dict[Place, Session] = {}
        self._prints: set[tuple[object, ...]] = set()
        self._ids: dict[tuple[str, str], set[str]] = {}
        self._dead: dict[str, dict[str, Media]] = {}
        self._hashes: dict[str, set[Place]] = {}

    # Questions

    def session(self, instance: str, upload_id: str) -> Session | None:
        """Return the session with exactly this id."""
        return self.sessions.get((instance, upload_id))

    def media_of(self, instance: str, media_id: object) -> Media | None:
        """Return the media with exactly this id."""
        return self.media.get((instance, media_id)) if isinstance(media_id, str) else None

    def session_at(self, place: Place | None) -> Session | None:
        """Return the session whose file goes to a place."""
        return self._openings.get(place) if place else None

    def may_be_known(self, subject: str) -> bool:
        """Whether an id is a known one, perhaps in another spelling that a server may accept."""
        spelled = spelling(subject)
        return any((instance, spelled) in self._spelled for instance in INSTANCES)

    def is_passed_on(self, media: Media, view: View, event: Event) -> bool:
        """Whether a view may be of a media that got the id of one that may be deleted."""
        if not media.may_be_dead(event) or not isinstance(view.media_url, str):
            return False
        session = self.session_at(signed_place_of(view.media_url))
        if session is None or session is media.session:
            return False
        return session.may_be_complete(event.ended)

    def is_another(self, media: Media, view: View, event: Event) -> bool:
        """Whether a view is of another item than the media that had its id first."""
        may_come_again = self.outsiders or media.may_be_dead(event)
        if may_come_again and media.is_another(view):
            return True
        return self.is_passed_on(media, view, event)

    def comes_again(self, known_id: str) -> bool:
        """Whether the id may be given again after a reset by an outsider, as from a counter."""
        return self.outsiders and not any(map(is_distinctive, re.findall("[A-Za-z0-9]+", known_id)))

    def near_miss_of(self, instance: str, subject: str) -> str | None:
        """Return the known id of which an unknown one is the beginning, or an extension."""
        spelled = spelling(subject)
        if self.may_be_known(subject) or len(spelled) < _NEAR:
            return None
        return next(
            (
                min(ids)
                for (where, known), ids in self._spelled.items()
                if where == instance
                and len(known) >= _NEAR
                and (known.startswith(spelled) or spelled.startswith(known))
            ),
            None,
        )

    def places_of_bytes(self, sha256: str) -> set[Place]:
        """Return the places to which bytes with this hash were sent."""
        return self._hashes.get(sha256, set())

    def ids_of_others(self, instance: str, caller: str) -> set[str]:
        """Return the ids of the media that other callers made."""
        return {
            media_id
            for (where, owner), ids in self._ids.items()
            if where == instance and are_different(owner, caller)
            for media_id in ids
        }

    def deleted(self, instance: str) -> dict[str, Media]:
        """Return the media that are certainly deleted, by id."""
        return self._dead.get(instance, {})

    def living(self, instance: str, caller: str, since: float, until: float) -> Iterator[Media]:
        """Yield the media of a caller that are certainly alive during a time.

        With outsiders, only those that were seen again later.

        Args:
            instance: The instance of the target that has them.
            caller: Their owner.
            since: The beginning of the time, in monotonic seconds.
            until: Its end, in monotonic seconds.
        """
        if not is_known(caller):
            return
        for media_id in self._ids.get((instance, caller), ()):
            media = self.media[instance, media_id]
            if self.outsiders and media.seen_at <= until:
                continue
            if until < media.doomed_at and media.born.ended < since:
                yield media

    def fresh(self, event: Event) -> Iterator[tuple[View, Media]]:
        """Yield the known items of an answer that its operation never showed like this."""
        for view in event.fresh:
            media = self.media_of(event.asked.instance, view.id)
            if media is not None:
                yield view, media

    # The stream

    def begin(self, request: Request, at: float, source: str = "") -> Event:
        """Note that a request was sent, and return its event; `at` is in monotonic seconds."""
        asked, caller = self.reader.asked(request), self.callers.of(request)
        event = Event(next(self._numbers), request, asked, caller, at, source)
        if asked.place is not None and request.method not in {"GET", "HEAD", "OPTIONS"}:
            write = self.objects.setdefault(asked.place, Stored()).begin(event)
            if write is not None and write.whole:
                self._hashes.setdefault(write.sha256, set()).add(asked.place)
        elif asked.act is Act.COMPLETE:
            self.changes.append(event)
            session = self.session(asked.instance, asked.subject)
            if session is not None:
                session.completes.append(event)
        elif asked.act is Act.DELETE:
            self.changes.append(event)
            self._threaten(event)
        return event

    def sent(self, event: Event, request: Request) -> None:
        """Note the whole request of an event, if its body was not known when it began."""
        event.request = request
        place = event.asked.place
        stored = self.objects.get(place) if place is not None else None
        write = stored.sent(event) if stored is not None else None
        if place is not None and write is not None and write.whole:
            self._hashes.setdefault(write.sha256, set()).add(place)

    def fold(self, event: Event) -> None:
        """Learn from an event that has ended."""
        if event.succeeded and event.asked.act is not Act.OTHER:
            self.callers.learn(event.request)
            event.caller = self.callers.of(event.request)
        if event.asked.place is not None:
            self._fold_storage(event, event.asked.place)
        elif event.asked.act is Act.DELETE:
            self._fold_delete(event)
        self._fold_opening(event)
        self._fold_complete(event)
        self._fold_views(event)
        event.settle()

    def disturb(self, url: str, at: float) -> None:
        """Note that something outside of the stream may have changed the object of a URL."""
        place = place_of(url)
        if place is not None:
            stored = self.objects.setdefault(place, Stored())
            stored.disturbed = min(stored.disturbed, at)

    def read(self, event: Event, exchange: Exchange, at: float) -> None:
        """Read the answer of an event, before it is judged."""
        event.end(exchange, self.reader.told(event.asked, exchange), at)
        where = event.asked.instance, event.asked.operation
        for view in event.told.views:
            media = self.media_of(where[0], view.id)
            key = (*where, *view.fingerprint())
            if media is None or self.is_passed_on(media, view, event):
                continue
            if key not in self._prints:
                self._prints.add(key)
                event.fresh.append(view)

    def _spell(self, instance: str, known_id: str) -> None:
        self._spelled.setdefault((instance, spelling(known_id)), set()).add(known_id)

    def _threaten(self, event: Event) -> None:
        """A delete in flight may have removed the media by now, whoever sent it."""
        key = event.asked.instance, spelling(event.asked.subject)
        self._deletes.setdefault(key, []).append(event)
        for media_id in self._spelled.get(key, ()):
            media = self.media_of(event.asked.instance, media_id)
            if media is not None:
                media.threaten(event)

    def _fold_delete(self, event: Event) -> None:
        instance, subject = event.asked.instance, event.asked.subject
        shown = {view.id for view in event.told.views}
        named = self._spelled.get((instance, spelling(subject)), set())
        targets = [self.media_of(instance, media_id) for media_id in {*named, *shown}]
        media = [one for one in targets if one is not None]
        for one in media:
            stranger = are_different(event.caller, one.owner)
            if event.refused and (stranger or event.caller == DOUBTFUL != one.owner):
                one.spare(event)
            elif event.succeeded:
                one.threaten(event)
                own = event.caller == one.owner and (one.id == subject or one.id in shown)
                if own and not one.outlives(event):
                    one.death = one.death or event
                    self._dead.setdefault(instance, {})[one.id] = one
        if event.succeeded and not media and (instance, subject) not in self.seen_ids:
            for one in self.media.values():  # it removed something, and nobody knows what
                if one.instance == instance:
                    one.threaten(event)

    def _fold_opening(self, event: Event) -> None:
        opening, instance = event.told.opening, event.asked.instance
        if opening is None:
            return
        place = signed_place_of(opening.upload_url)
        session = Session(instance, event.caller, opening, event, place)
        if self.comes_again(opening.id):
            self.sessions.pop((instance, opening.id), None)
            self._openings = {at: one for at, one in self._openings.items() if at != place}
        first = self.sessions.setdefault((instance, opening.id), session)
        if first is not session:
            return
        self._spell(instance, opening.id)
        if place is not None:
            self._openings.setdefault(place, session)
        if opening.public_url:
            self.files.announce(session, opening.public_url)
        if is_known(event.caller):
            self.texts.learn(event.caller, opening.id, opening.filename)
            self.texts.learn_place(event.caller, place)

    def _fold_complete(self, event: Event) -> None:
        instance, made = event.asked.instance, event.told.made
        if made is None:
            return
        session = self.session(instance, event.asked.subject)
        known = self.media_of(instance, made)
        if known is not None:
            after_a_reset = self.comes_again(made) and known.session is not session
            if not after_a_reset and not known.may_be_dead(event):
                return
            self._forget(known)
        media = Media(made, instance, event.caller, session, event, again=known is not None)
        self.media[instance, made] = media
        self._ids.setdefault((instance, event.caller), set()).add(made)
        self._spell(instance, made)
        for delete in self._deletes.get((instance, spelling(made)), ()):
            if delete.ended >= event.began:
                media.threaten(delete)
        if is_known(event.caller):
            self.texts.learn(event.caller, made)

    def _forget(self, media: Media) -> None:
        """Forget a media whose id was given again, after its delete or after a reset."""
        del self.media[media.instance, media.id]
        self._ids.get((media.instance, media.owner), set()).discard(media.id)
        self._dead.get(media.instance, {}).pop(media.id, None)
        self.files.forget(media)

    def _fold_views(self, event: Event) -> None:
        instance = event.asked.instance
        if event.told.page is not None and event.succeeded:
            self.pages.append(event)
            self.seen_ids.update((instance, one) for one in event.told.page.ids)
        if event.asked.act is Act.FETCH:
            self._fold_fetch(event)
        for view in event.told.views:
            media = self.media_of(instance, view.id)
            if media is None or self.is_passed_on(media, view, event):
                continue
            media.seen_at = max(media.seen_at, event.began)
            if isinstance(view.media_url, str):
                self.files.hand_out(media, view.media_url, event)
        for view, media in self.fresh(event):
            media.first_view.setdefault(event.asked.operation, (view, event))
            media.show_type(view.mime_type)
            if is_known(media.owner):
                self.texts.learn_place(media.owner, place_of(str(view.media_url)))

    def _fold_fetch(self, event: Event) -> None:
        media = self.media_of(event.asked.instance, event.asked.subject)
        if media is None:
            return
        if any(view.id == media.id for view in event.told.views):
            media.fetched = event
        if event.caller != media.owner or not event.asked.exact:
            return
        if event.status in _NOT_ABOUT_THE_ITEM:
            return
        media.looked = event
        another = any(self.is_another(media, view, event) for view in event.told.views)
        if event.succeeded and media.surely_dead(event) and not another:
            media.lingered = media.lingered or event
        elif event.refused and media.fetched is None and media.surely_alive(event):
            media.missed = media.missed or event

    def _fold_storage(self, event: Event, place: Place) -> None:
        if event.request.method != "GET":
            stored = self.objects.get(place)
            if stored is not None:
                stored.end(event)
            return
        self.files.read(event, place)


def spelling(known_id: str) -> str:
    """Return what stays of an id if letter case, encoding and punctuation do not matter."""
    return "".join(filter(str.isalnum, unquote(unquote(known_id)).casefold()))
