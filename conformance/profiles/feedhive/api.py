"""FeedHive's five operations: each sends, journals what was created, and judges nothing."""

from __future__ import annotations

import json
from copy import copy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from conformance.harness.ledger import Entry
from conformance.harness.signals import uninterrupted
from conformance.judge.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.harness.client import Client
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange, Request

#: Parts of the API that a server may lack and its owner may claim: FeedHive has none.
OPTIONAL_PARTS: tuple[str, ...] = ()

#: How a reproducer removes what an operation created: method, path, and what fills it.
REMOVALS = {"complete_upload": ("DELETE", "/media/{}", ("data", "id"))}

_GONE = frozenset({404, 410})


class Api:
    """The operations of `POST /media/uploads` and its neighbours, named by their operationId.

    `caller` is "main", "other" or None for a request without any Authorization header;
    `headers` replaces or adds headers, an Authorization among them.
    """

    def __init__(
        self, harness: Harness, base_url: str | None = None, instance: str = "main"
    ) -> None:
        """Speak to the target, or to its short-lived twin by another base URL."""
        self._client = harness.client
        self._ledger = harness.ledger
        self._target = harness.target
        self._base_url = (base_url or harness.target.base_url).rstrip("/")
        self.instance = instance

    @uninterrupted
    def create_upload(
        self,
        filename: object = None,
        content_type: object = None,
        *,
        body: object = None,
        label: str | None = "application/json",
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """POST /media/uploads with the two members, or with `body` as it is (bytes go raw).

        `label` is the content type of the body, None for none.
        """
        content = body if body is not None else {"filename": filename, "content_type": content_type}
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = {**({"Content-Type": label} if label else {}), **(headers or {})}
        exchange = self._send(
            "POST", "/media/uploads", "create_upload", caller, headers=sent, content=raw
        )
        self._journal("upload", exchange.at("data", "upload_id"), caller)
        return exchange

    @uninterrupted
    def complete_upload(
        self,
        upload_id: str,
        *,
        body: bytes = b"",
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """POST /media/uploads/{id}/complete, without a body unless one is given."""
        path = f"/media/uploads/{quote(upload_id, safe='')}/complete"
        exchange = self._send(
            "POST", path, "complete_upload", caller, headers=headers, content=body
        )
        self._journal("media", exchange.at("data", "id"), caller)
        return exchange

    def list_media(
        self,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
        **query: object,
    ) -> Exchange:
        """GET /media with the query parameters given (`limit`, `cursor`)."""
        text = urlencode({name: value for name, value in query.items() if value is not None})
        path = f"/media?{text}" if text else "/media"
        return self._send("GET", path, "list_media", caller, headers=headers)

    def get_media(
        self,
        media_id: str,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """GET /media/{id}, the id percent-encoded whole."""
        path = f"/media/{quote(media_id, safe='')}"
        return self._send("GET", path, "get_media", caller, headers=headers)

    def delete_media(
        self,
        media_id: str,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """DELETE /media/{id}, the id percent-encoded whole."""
        path = f"/media/{quote(media_id, safe='')}"
        return self._send("DELETE", path, "delete_media", caller, headers=headers)

    @uninterrupted
    def send_generated(self, request: Request, operation: str) -> Exchange:
        """Send a request that a generator made up, and journal what it created."""
        exchange = self._client.send(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.body,
            caller="main",
            operation=operation,
        )
        if operation == "create_upload":
            self._journal("upload", exchange.at("data", "upload_id"), "main")
        elif operation == "complete_upload":
            self._journal("media", exchange.at("data", "id"), "main")
        return exchange

    def made(self, media_id: str) -> bool:
        """Say whether this process made a media item, be it there or deleted since."""
        return self._ledger.made("media", media_id)

    def remove(self, entry: Entry) -> bool:
        """Remove what the ledger says was created; return whether it is gone.

        An upload session cannot be removed and needs no removal: it expires by itself.
        """
        if entry.kind != "media":
            return True
        if entry.instance != self.instance:
            if not self._target.short_lived_url:
                return False
            return self._twin().remove(entry)
        if entry.caller == "other" and not self._target.other_token:
            return False
        try:
            exchange = self.delete_media(entry.id, caller=entry.caller)
        except Finding:
            return False
        gone = exchange.succeeded or exchange.status in _GONE
        # A 200 that says no tells not why.
        return gone or (exchange.declines and self.get_media(entry.id, caller=entry.caller).refuses)

    def _twin(self) -> Api:
        twin = copy(self)
        twin.instance = "twin"
        twin._base_url = (self._target.short_lived_url or "").rstrip("/")  # noqa: SLF001 - a copy of its own
        return twin

    def _send(
        self, method: str, path: str, operation: str, caller: str | None, **options: Any
    ) -> Exchange:
        return self._client.send(
            method, self._base_url + path, caller=caller, operation=operation, **options
        )

    def _journal(self, kind: str, created_id: object, caller: str | None) -> None:
        if isinstance(created_id, str) and created_id:
            self._ledger.add(Entry(kind, created_id, caller or "main", self.instance))


def knock(client: Client) -> list[Exchange]:
    """Send one harmless request to two operations: is anybody there, is the token accepted?"""
    base_url = client.target.base_url
    listed = client.send("GET", f"{base_url}/media?limit=1", caller="main")
    unknown = client.send(
        "POST", f"{base_url}/media/uploads/upl_conformance_preflight/complete", caller="main"
    )
    return [listed, unknown]
