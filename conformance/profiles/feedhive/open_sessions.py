"""The upload sessions that cases left open, for a server that limits how many a caller has."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from conformance.judge.finding import Finding
from conformance.profiles.feedhive.upload import RESULTING_TYPES, genuine_body

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange

# How many sessions are finished at once.
_AT_ONCE = 6


class Operations(Protocol):
    """What `OpenSessions` and `Limits` need of the api that they belong to."""

    instance: str
    sessions: OpenSessions

    def send_create(self, content: object, caller: str | None) -> Exchange:
        """Send a create."""

    def send_complete(self, upload_id: str, *, caller: str | None) -> Exchange:
        """Send a complete."""

    def delete_media(self, media_id: str, *, caller: str | None) -> Exchange:
        """Send a delete."""


class OpenSessions:
    """The open sessions of one process, by id, each with the answer that opened it."""

    def __init__(self, harness: Harness) -> None:
        self._transcript = harness.transcript
        self._provenance = harness.provenance
        self._storage = harness.storage
        self._open: dict[str, Exchange] = {}

    def opened(self, exchange: Exchange) -> None:
        """Note the session that an answer opened."""
        upload_id = exchange.at("data", "upload_id")
        if exchange.succeeded and isinstance(upload_id, str):
            self._open[upload_id] = exchange

    def closed(self, upload_id: str) -> None:
        """Note that a session was completed, or that it must stay open."""
        self._open.pop(upload_id, None)

    def finish(self, api: Operations, caller: str) -> bool:
        """Complete the sessions that no case needs any more, and delete their media.

        The sessions of the running case and those that wait for their expiry stay. Each
        session is tried once. Returns whether at least one was completed.
        """
        done = [
            upload_id
            for upload_id, exchange in list(self._open.items())
            if exchange.request.caller == caller and not self._needed(exchange)
        ]
        sessions = [(upload_id, self._open.pop(upload_id)) for upload_id in done]
        if not sessions:
            return False
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            finished = list(pool.map(lambda one: self._finished(api, *one), sessions))
        return any(finished)

    def _needed(self, exchange: Exchange) -> bool:
        running = any(one is exchange for one in list(self._transcript.exchanges))
        return running or self._provenance.aside(exchange)

    def _finished(self, api: Operations, upload_id: str, exchange: Exchange) -> bool:
        caller, content_type = exchange.request.caller or "main", _declared(exchange)
        url = exchange.at("data", "upload_url")
        if content_type not in RESULTING_TYPES or not isinstance(url, str):
            return False
        try:
            self._storage.put(url, genuine_body(content_type), content_type)
            completed = api.send_complete(upload_id, caller=caller)
            media_id = completed.at("data", "id")
            if completed.succeeded and isinstance(media_id, str):
                api.delete_media(media_id, caller=caller)
        except Finding:  # the cases judge these operations
            return False
        return completed.succeeded


def _declared(exchange: Exchange) -> str:
    """Return the content type that a request to create declared, or an empty text."""
    try:
        declared = json.loads(exchange.request.body)["content_type"]
    except (ValueError, KeyError, TypeError):
        return ""
    return declared if isinstance(declared, str) else ""
