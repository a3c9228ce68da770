"""What cases made and need no more, for a server that limits how much a caller has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from conformance.harness.concurrency import parallel
from conformance.judge.finding import Finding
from conformance.profiles.feedhive.upload import RESULTING_TYPES, genuine_body

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange

# How many things are removed at once.
_AT_ONCE = 6


class Operations(Protocol):
    """What `Spare` and `Limits` need of the api that they belong to."""

    instance: str
    spare: Spare

    def send_create(self, content: object, caller: str | None) -> Exchange:
        """Send a create."""

    def send_complete(self, upload_id: str, *, caller: str | None) -> Exchange:
        """Send a complete."""

    def delete_media(self, media_id: str, *, caller: str | None) -> Exchange:
        """Send a delete."""


class Spare:
    """The open sessions and the media of one process, by id, each with the answer that made it."""

    def __init__(self, harness: Harness) -> None:
        self._transcript = harness.transcript
        self._provenance = harness.provenance
        self._storage = harness.storage
        self._sessions: dict[str, Exchange] = {}
        self._media: dict[str, Exchange] = {}

    def opened(self, exchange: Exchange) -> None:
        """Note the session that an answer opened."""
        upload_id = exchange.at("data", "upload_id")
        if exchange.succeeded and isinstance(upload_id, str):
            self._sessions[upload_id] = exchange

    def completed(self, upload_id: str, exchange: Exchange) -> None:
        """Note the media that a session became."""
        self.keep(upload_id)
        media_id = exchange.at("data", "id")
        if isinstance(media_id, str):
            self._media[media_id] = exchange

    def keep(self, thing: str) -> None:
        """Note that a session or a media must stay, or that it is there no more."""
        self._sessions.pop(thing, None)
        self._media.pop(thing, None)

    def free(self, api: Operations, caller: str) -> bool:
        """Complete the sessions of a caller and delete the media, except what a case needs.

        What the running case made and what waits for its expiry stays. Each thing is tried
        once. Returns whether at least one is gone.
        """
        media = self.unused_media(caller)
        sessions = self._taken(self._sessions, caller)
        deleted = parallel(lambda one: _deleted(api, one, caller), media, _AT_ONCE)
        finished = parallel(lambda one: self._finished(api, *one), sessions.items(), _AT_ONCE)
        return any([*deleted, *finished])

    def unused_media(self, caller: str) -> dict[str, Exchange]:
        """Return the media of a caller that no case needs, by id; they are not spare any more."""
        return self._taken(self._media, caller)

    def _taken(self, things: dict[str, Exchange], caller: str) -> dict[str, Exchange]:
        """Remove and return what no case needs any more."""
        running = {id(exchange) for exchange in self._transcript.running}
        return {
            name: things.pop(name)
            for name, made in list(things.items())
            if made.request.caller == caller
            and id(made) not in running
            and not self._provenance.aside(made)
        }

    def _finished(self, api: Operations, upload_id: str, opened: Exchange) -> bool:
        caller, content_type = opened.request.caller or "main", _declared(opened)
        url = opened.at("data", "upload_url")
        if content_type not in RESULTING_TYPES or not isinstance(url, str):
            return False
        try:
            self._storage.put(url, genuine_body(content_type), content_type)
            exchange = api.send_complete(upload_id, caller=caller)
        except Finding:  # the cases judge these operations
            return False
        media_id = exchange.at("data", "id")
        if exchange.succeeded and isinstance(media_id, str):
            self.keep(media_id)
            _deleted(api, media_id, caller)
        return exchange.succeeded


def _deleted(api: Operations, media_id: str, caller: str) -> bool:
    try:
        return api.delete_media(media_id, caller=caller).succeeded
    except Finding:  # the cases judge it
        return False


def _declared(opened: Exchange) -> str:
    """Return the content type that a request to create declared, or an empty text."""
    try:
        declared = json.loads(opened.request.body)["content_type"]
    except (ValueError, KeyError, TypeError):
        return ""
    return declared if isinstance(declared, str) else ""
