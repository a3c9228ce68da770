"""Limits of a FeedHive server: on open sessions, on sessions in all, on media."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.harness.quota import Quotas, ServerLimit
from conformance.profiles.feedhive.upload import genuine_body

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.spare import Operations

_CONTROL_TYPE = "image/png"
# What a success of each operation makes, by the words of the ledger.
_MADE = {"create_upload": "upload", "complete_upload": "media"}


class Limits:
    """Finds out what a limit of the server refuses; each method raises `ServerLimit` for it."""

    def __init__(self, harness: Harness, api: Operations) -> None:
        self._api = api
        self._ledger = harness.ledger
        self._storage = harness.storage
        self._one_at_a_time = threading.RLock()
        self._quotas = Quotas(self._made)
        harness.client.known_limits.append(self._quotas.knows)

    def on_create(self, ask: Callable[[], Exchange], caller: str) -> Exchange:
        """Return the answer to a create."""
        control = lambda: self._control_session(caller)  # noqa: E731
        return self._examined("create_upload", caller, ask, control)

    def on_complete(self, ask: Callable[[], Exchange], caller: str) -> Exchange:
        """Return the answer to a complete."""
        control = lambda: self._control_media(caller)  # noqa: E731
        return self._examined("complete_upload", caller, ask, control)

    def _examined(
        self,
        operation: str,
        caller: str,
        ask: Callable[[], Exchange],
        control: Callable[[], Exchange],
    ) -> Exchange:
        """Return the answer; where a limit refuses it, make room and ask again."""
        try:
            return self._quotas.examined(ask, control)
        except ServerLimit:
            self._make_room(operation, caller)
        return self._quotas.examined(ask, control)

    def make_room(self, caller: str) -> None:
        """Raise `ServerLimit` where the limit on media was met, and there is nothing to delete."""
        self._make_room("complete_upload", caller)

    def _make_room(self, operation: str, caller: str) -> None:
        with self._one_at_a_time:  # another thread may just make room
            try:
                self._quotas.stop_if_full(operation, caller)
            except ServerLimit:
                if not self._api.spare.free(self._api, caller):
                    raise

    def making_room(self, caller: str | None) -> AbstractContextManager[Callable[[Exchange], None]]:
        """Send inside a complete or a delete, and pass its answer: it may make room for others."""
        return self._quotas.making_room(caller)

    def freed(self, caller: str | None) -> None:
        """Note that a session of a caller was completed, or a media deleted."""
        self._quotas.freed(caller)

    def _made(self, operation: str | None, caller: str | None) -> int:
        kind = _MADE[operation or ""]
        return self._ledger.count(kind, caller or "main", self._api.instance)

    def _control_session(self, caller: str) -> Exchange:
        """Open a session that every server opens, unless it opens none at all."""
        name = f"control-{uuid4().hex[:12]}.png"
        return self._api.send_create({"filename": name, "content_type": _CONTROL_TYPE}, caller)

    def _control_media(self, caller: str) -> Exchange:
        """Complete a session that every server completes; its media is deleted at once."""
        created = self.on_create(lambda: self._control_session(caller), caller)
        url, upload_id = created.at("data", "upload_url"), created.at("data", "upload_id")
        if not isinstance(url, str) or not isinstance(upload_id, str):
            return created
        stored = self._storage.put(url, genuine_body(_CONTROL_TYPE), _CONTROL_TYPE)
        if not stored.succeeded:
            return stored
        completed = self._api.send_complete(upload_id, caller=caller)
        media_id = completed.at("data", "id")
        if completed.succeeded and isinstance(media_id, str):
            self._api.delete_media(media_id, caller=caller)
        return completed
