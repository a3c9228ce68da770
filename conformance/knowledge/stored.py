"""What a place of the storage may hold: its writes, and which of them can be there still."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from conformance.knowledge.event import Event

# Statuses of a refused PUT that say nothing about what is stored: a conflict with an object
# that is there, or a failed condition.
_STORED_PERHAPS = frozenset({408, 409, 412, 425, 429})
# A PUT with one of these parameters or with this header sends no object (S3 API reference).
_PARTS = frozenset({"acl", "legal-hold", "partNumber", "retention", "tagging", "uploadId"})
_COPY = "x-amz-copy-source"
_BRANDS = {b"qt  ": "video/quicktime"}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(eq=False, slots=True)
class Write:
    """A PUT: when, what, under which type, and whether it certainly took effect.

    `whole` says that all of its bytes are known: they are not while it is still being sent.
    """

    event: Event
    sha256: str
    size: int
    content_type: str
    certain: bool = False
    whole: bool = True

    @property
    def began(self) -> float:
        """When the request began."""
        return self.event.began

    @property
    def ended(self) -> float:
        """When the storage answered; infinite while it has not."""
        return self.event.ended

    @property
    def body(self) -> bytes:
        """The bytes that were sent."""
        return self.event.request.body


@dataclass(eq=False, slots=True)
class Stored:
    """The object at one place.

    `disturbed` is when something that is not in the stream may have changed it first; `others`
    are the requests of the stream, other than a PUT, that may have.
    """

    writes: list[Write] = field(default_factory=list)
    disturbed: float = math.inf
    others: list[Event] = field(default_factory=list)

    def begin(self, event: Event) -> Write | None:
        """Note that a request which may change the object was sent; return a PUT as a write."""
        if event.request.method == "PUT" and not _is_of_a_part(event):
            request = event.request
            header = {name.lower(): value for name, value in request.headers}
            declared = header.get("content-type", "").split(";")[0].strip().lower()
            size, digest = request.size, request.digest
            self.writes.append(Write(event, digest, size, declared, whole=request.whole))
            return self.writes[-1]
        if event.request.method not in {"GET", "HEAD", "OPTIONS"}:
            self.others.append(event)
        return None

    def sent(self, event: Event) -> Write | None:
        """Note what a PUT sent, if that was not known when it began; return its write."""
        write = next((one for one in self.writes if one.event is event), None)
        if write is not None:
            write.sha256, write.size = event.request.digest, event.request.size
            write.whole = event.request.whole
        return write

    def end(self, event: Event) -> None:
        """Note an answer: its request took effect, it certainly did not, or nobody knows."""
        refused = event.refused and event.status not in _STORED_PERHAPS
        if refused:
            self.others = [one for one in self.others if one is not event]
        write = next((one for one in self.writes if one.event is event), None)
        if write is None:
            return
        if event.succeeded:
            write.certain = True
        elif refused:
            self.writes.remove(write)

    def may_be_changed(self, until: float) -> bool:
        """Whether anything but a PUT may have changed or removed the object before a moment."""
        return self.disturbed < until or any(event.began < until for event in self.others)

    def possible(self, began: float, ended: float) -> list[Write] | None:
        """Return the writes of which one is there between two moments, or None if unknown.

        An empty list says that certainly nothing was stored.
        """
        if self.may_be_changed(ended):
            return None
        candidates = [write for write in self.writes if write.began < ended]
        settled = [write for write in candidates if write.certain and write.ended < began]
        found = [
            write for write in candidates if not any(later.began > write.ended for later in settled)
        ]
        return found if all(write.whole for write in found) else None


def _is_of_a_part(event: Event) -> bool:
    """Whether a PUT does not send a whole object: a part of it, its access or its tags, a copy."""
    names = {name.lower() for name, _ in event.request.headers}
    query = parse_qsl(urlsplit(event.request.url).query, keep_blank_values=True)
    return _COPY in names or any(name in _PARTS for name, _ in query)


def sha256_of(body: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def kind_of(body: bytes) -> str:
    """Return the media type that the first bytes of a file show, or an empty text."""
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            return kind
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body[4:8] == b"ftyp":
        return _BRANDS.get(body[8:12], "video/mp4")
    return ""
