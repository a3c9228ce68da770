"""Upload sessions and media: what certainly happened to them, and what may have happened."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.knowledge.moment import same_moment

if TYPE_CHECKING:
    from conformance.knowledge.event import Event
    from conformance.knowledge.facts import Opening, View
    from conformance.knowledge.place import Place


class State(StrEnum):
    """A state in which a media may be."""

    ALIVE = "alive"
    DEAD = "dead"


@dataclass(eq=False, slots=True)
class Session:
    """An upload session: who opened it, what was announced, and each complete of it."""

    instance: str
    owner: str
    opening: Opening
    opened: Event
    place: Place | None
    completes: list[Event] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id that the server gave it."""
        return self.opening.id

    @property
    def declared(self) -> str:
        """The declared content type, or an empty text if the request does not say."""
        declared = self.opening.content_type
        return declared if isinstance(declared, str) else ""

    def success_before(self, event: Event) -> Event | None:
        """Return a complete that succeeded before another one began, or None."""
        done = (one for one in self.completes if one.succeeded and one.ended < event.began)
        return next(done, None)

    def may_be_complete(self, ended: float) -> bool:
        """Whether some complete may have succeeded before a moment."""
        return any(one.began < ended and not one.refused for one in self.completes)


@dataclass(eq=False, slots=True)
class Media:
    """A media that a complete made.

    It is certainly alive from `born_at` until the first request that may have removed it
    began (`doomed_at`), and certainly dead after `dead_at`. In between, both is possible.
    `mime_types` are those that it was shown with, one for each time that it changed.
    `first_given` and `urls` hold the first and the last answer that gave out each URL of its file.
    `seen_at` is when the last request began whose answer shows it.
    `missed` is the first fetch of its owner that did not find it, `lingered` the first one that
    found it although its delete was answered: a copy of the database may be behind. `looked` is
    its owner's last fetch. `again` says that the id had another media before.
    """

    id: str
    instance: str
    owner: str
    session: Session | None
    born: Event
    threats: set[Event] = field(default_factory=set)
    doomed_at: float = math.inf
    death: Event | None = None
    first_view: dict[str, tuple[View, Event]] = field(default_factory=dict)
    mime_types: list[str] = field(default_factory=list)
    urls: dict[str, Event] = field(default_factory=dict)
    first_given: dict[str, Event] = field(default_factory=dict)
    fetched: Event | None = None
    missed: Event | None = None
    seen_at: float = -math.inf
    lingered: Event | None = None
    looked: Event | None = None
    again: bool = False

    @property
    def born_at(self) -> float:
        """When the answer to its complete came."""
        return self.born.ended

    def show_type(self, mime_type: object) -> None:
        """Note the mime type of an answer that shows it."""
        if isinstance(mime_type, str) and self.mime_types[-1:] != [mime_type]:
            self.mime_types.append(mime_type)

    def threaten(self, event: Event) -> None:
        """Note a request that may have removed it."""
        self.threats.add(event)
        self.doomed_at = min(self.doomed_at, event.began)

    def outlives(self, event: Event) -> bool:
        """Whether a delete that was answered may have removed the media that had its id before."""
        return self.again and event.began < self.born_at

    def spare(self, event: Event) -> None:
        """Note that a request certainly did not remove it."""
        self.threats.discard(event)
        self.doomed_at = min((one.began for one in self.threats), default=math.inf)

    @property
    def dead_at(self) -> float:
        """When an answer said that it is deleted; infinite while no answer did."""
        return self.death.ended if self.death else math.inf

    def states(self, began: float, ended: float) -> set[State]:
        """Return the states in which a request between two moments may find it."""
        if self.dead_at < began:
            return {State.DEAD}
        if self.born_at < began and ended < self.doomed_at:
            return {State.ALIVE}
        return {State.ALIVE, State.DEAD}

    def surely_alive(self, event: Event) -> bool:
        """Whether every permitted history has it alive during a request."""
        return self.states(event.began, event.ended) == {State.ALIVE}

    def may_be_dead(self, event: Event) -> bool:
        """Whether some permitted history has it dead at the end of a request."""
        return self.doomed_at < event.ended

    def is_another(self, view: View) -> bool:
        """Whether a view is of another item, to which the server gave the same id later."""
        moments = {one.created_at for one, _ in self.first_view.values()}
        return bool(moments) and not any(same_moment(one, view.created_at) for one in moments)

    def surely_dead(self, event: Event) -> bool:
        """Whether every permitted history has it dead during a request."""
        return self.states(event.began, event.ended) == {State.DEAD}


@dataclass(eq=False, slots=True)
class FileRead:
    """An answer of the storage to a GET of a URL that an answer of the API gave out.

    `kind` is the media type that the first bytes of the answer show, or empty. `succeeded` is
    noted while the bytes are at hand: asking the event later would unpack all of them again.
    """

    event: Event
    place: Place
    of: Media | Session
    sha256: str
    kind: str
    succeeded: bool
