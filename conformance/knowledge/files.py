"""The files of sessions and media: their places and URLs, and what reading them gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.lives import FileRead
from conformance.knowledge.place import signed_place_of
from conformance.knowledge.stored import kind_of, sha256_of

if TYPE_CHECKING:
    from conformance.knowledge.event import Event
    from conformance.knowledge.lives import Media, Session
    from conformance.knowledge.place import Place

#: At most so many handed-out URLs of one media are remembered.
_URLS = 16


class Files:
    """Which URL leads to whose file; `reads` are the answers of the storage to these URLs."""

    def __init__(self) -> None:
        self._shown: dict[Place, Media] = {}
        self._handed: dict[str, Media | Session] = {}
        self.reads: list[FileRead] = []

    def media_at(self, place: Place | None) -> Media | None:
        """Return the media whose file was first shown at a place."""
        return self._shown.get(place) if place else None

    def handed(self, url: str) -> Media | Session | None:
        """Return the thing for whose file an answer gave out exactly this URL."""
        return self._handed.get(url)

    def announce(self, session: Session, url: str) -> None:
        """Remember the URL at which the file of a session will be."""
        self._handed.setdefault(url, session)

    def hand_out(self, media: Media, url: str, event: Event) -> None:
        """Remember a URL of a media; the last answer that gave it out counts."""
        if url not in media.urls and len(media.urls) >= _URLS:
            oldest = next(iter(media.urls))
            del media.urls[oldest], media.first_given[oldest]
            self._handed.pop(oldest, None)
        media.urls[url] = event
        media.first_given.setdefault(url, event)
        self._handed[url] = media
        place = signed_place_of(url)
        if place is not None:
            self._shown.setdefault(place, media)

    def forget(self, media: Media) -> None:
        """Forget every place and URL of a media."""
        self._shown = {place: one for place, one in self._shown.items() if one is not media}
        self._handed = {url: one for url, one in self._handed.items() if one is not media}

    def read(self, event: Event, place: Place) -> None:
        """Remember what a GET of a URL gave, if it gave the whole file of a known thing."""
        thing, exchange = self._handed.get(event.request.url), event.exchange
        if thing is None or exchange is None or exchange.response is None:
            return
        if exchange.response.truncated or event.is_partial:
            return
        body = exchange.response.body
        digest, kind = sha256_of(body), kind_of(body)
        self.reads.append(FileRead(event, place, thing, digest, kind, event.succeeded))
