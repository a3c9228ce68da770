"""What the server must hold for one sequence: its upload sessions, and the items they became.

The model knows nothing that the exchanges do not show, and it is small on purpose: it can be
replaced by knowledge that is built from all traffic of a run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.profiles.feedhive.upload import Upload


class Stored(StrEnum):
    """The object that the storage holds for a session."""

    NOTHING = "nothing"
    GENUINE = "genuine bytes"
    EMPTY = "an empty object"
    FOREIGN = "an object of another type"


#: The requirement by which a complete is refused, by the object of the session.
REFUSALS = {
    Stored.NOTHING: "FH-COMPLETE-10",
    Stored.EMPTY: "FH-COMPLETE-11",
    Stored.FOREIGN: "FH-COMPLETE-12",
}


class Touch(StrEnum):
    """Something that must not spoil an open session."""

    NOBODY = "a complete without a key"
    STRANGER = "a complete by the other caller"
    NAMESAKE = "the complete of another session with its filename"
    DELETE = "the delete of another item"
    EARLY = "a complete before its file was stored"


@dataclass
class Item:
    """A media item: `alive` until its delete was answered."""

    id: str
    session: Session
    alive: bool = True
    #: The keys of its objects in the bucket, each with the ETag that was seen last.
    objects: dict[str, str] = field(default_factory=dict)
    #: The members whose URLs led to these keys.
    members: set[str] = field(default_factory=set)
    #: The one of these keys that is its file; the others are thumbnails.
    file_key: str = ""
    #: The URL of its file, if reading it gave bytes, and the digest of these bytes.
    file_url: str = ""
    file_digest: str = ""
    #: A later PUT may have replaced its bytes.
    replaced: bool = False

    def known_objects(self) -> list[tuple[str, str]]:
        """Return the keys and ETags that are known now; a look may add keys meanwhile."""
        return list(self.objects.items())

    def take_over(self, objects: Mapping[str, str]) -> None:
        """Note the ETags that a listing of the bucket shows for its objects."""
        self.objects.update(
            {key: objects[key] for key, _ in self.known_objects() if key in objects}
        )

    @property
    def caller(self) -> str:
        """The caller that owns it."""
        return self.session.upload.caller


@dataclass
class Session:
    """An upload session: what was stored for it, what happened to it, and its item."""

    upload: Upload
    stored: Stored = Stored.NOTHING
    #: The documents promise nothing about it any more.
    lost: bool = False
    touched: list[Touch] = field(default_factory=list)
    item: Item | None = None

    @property
    def is_open(self) -> bool:
        """Whether it must still be possible to complete it."""
        return (
            self.item is None and not self.lost and self.stored in (Stored.NOTHING, Stored.GENUINE)
        )

    def touch(self, how: Touch) -> None:
        """Note what happened to it while it was open."""
        if self.is_open and how not in self.touched:
            self.touched.append(how)


@dataclass
class Found:
    """What a caller's library held before the sequence: ids of others, and their number."""

    ids: set[str] = field(default_factory=set)
    total: int = 0


@dataclass
class Model:
    """The sessions and items of a sequence, and the libraries as it found them, by caller."""

    found: dict[str, Found] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    #: The session whose file a digest (MD5, as in an ETag) belongs to.
    bodies: dict[str, Session] = field(default_factory=dict)

    def sent(self, session: Session, body: bytes) -> None:
        """Note the file that was stored for a session."""
        session.upload.body = body
        self.bodies[digest(body)] = session

    def completed(self, session: Session, media_id: str) -> Item:
        """Note that a session became an item; it touches the open sessions of its filename."""
        item = Item(media_id, session)
        session.item = item
        self.items.append(item)
        for other in self.open_sessions():
            if other.upload.filename == session.upload.filename:
                other.touch(Touch.NAMESAKE)
        return item

    def deleted(self, item: Item) -> None:
        """Note that an item was deleted; it touches the open sessions of its caller."""
        item.alive = False
        for other in self.open_sessions(item.caller):
            other.touch(Touch.DELETE)

    def live(self, caller: str | None = None) -> list[Item]:
        """Return the items that must exist, of one caller or of all, the oldest first."""
        return [one for one in self.items if one.alive and caller in (None, one.caller)]

    def dead(self) -> list[Item]:
        """Return the items that were deleted."""
        return [one for one in self.items if not one.alive]

    def open_sessions(self, caller: str | None = None) -> list[Session]:
        """Return the sessions that must still be possible to complete."""
        return [one for one in self.sessions if one.is_open and caller in (None, one.upload.caller)]

    def item(self, media_id: str) -> Item | None:
        """Return the item of an id: the live one, if the server gave the id of a dead one again."""
        found = [one for one in self.items if one.id == media_id]
        return next((one for one in found if one.alive), found[0] if found else None)

    def is_gone(self, item: Item) -> bool:
        """Whether no item has the id of a deleted one: a server may give an id again."""
        found = self.item(item.id)
        return found is None or not found.alive

    def own_objects(self, item: Item) -> set[str]:
        """Return the keys of an item that are surely its own.

        All items may have one placeholder as their thumbnail. So a thumbnail is its own only if
        another item of the same declared type has another one.
        """
        declared = item.session.upload.content_type
        others = [one for one in self.items if one is not item]
        alike = [one for one in others if one.session.upload.content_type == declared]
        own = {key for key in item.objects if not any(key in one.objects for one in others)}
        if any(set(one.objects) - {one.file_key} for one in alike):
            return own
        return own & {item.file_key}

    def belongs_elsewhere(self, item: Item, found: str) -> bool:
        """Whether a digest is that of the file of another session."""
        owner = self.bodies.get(found)
        return owner is not None and owner is not item.session


def digest(body: bytes) -> str:
    """Return the MD5 of a body: S3's ETag of an object that was stored by one PUT."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def middle_first(items: Iterable[Item]) -> list[Item]:
    """Return items from the middle to the ends, so that each delete has neighbours."""
    rest, ordered = list(items), list[Item]()
    while rest:
        ordered.append(rest.pop(len(rest) // 2))
    return ordered
