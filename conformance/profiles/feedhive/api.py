"""FeedHive's operations: each sends, journals what was created, and judges nothing."""

from __future__ import annotations

import json
from copy import copy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from conformance.harness.remains import SAME_BYTES
from conformance.harness.retry import unless_lost
from conformance.harness.signals import uninterrupted
from conformance.profiles.feedhive.bookkeeping import Bookkeeping, is_removed, thing_in
from conformance.profiles.feedhive.changes import Changes
from conformance.profiles.feedhive.limits import Limits
from conformance.profiles.feedhive.post_id import post_id_in, post_path
from conformance.profiles.feedhive.spare import Spare
from conformance.profiles.feedhive.stale_reads import StaleReads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.harness.client import Client
    from conformance.harness.harness import Harness
    from conformance.harness.journal import Entry
    from conformance.model.exchange import Exchange, Request

#: Parts of the API that a server may lack, and that its owner may claim by `--capability`.
OPTIONAL_PARTS = ("posts",)

#: How a reproducer removes what an operation created: method, path, and the member for the path.
REMOVALS = {
    "complete_upload": ("DELETE", "/media/{}", ("data", "id")),
    "create_post": ("DELETE", "/posts/{}", ("data", "id")),
}


class Api:
    """The operations of `POST /media/uploads` and its neighbours, named by their operationId.

    `caller` is "main", "other" or None for a request without any Authorization header;
    `headers` replaces or adds headers, also the Authorization. `base_url` and `instance` are
    those of the short-lived twin, if it is not the target itself.

    Where a limit of the server refuses a request, the method raises `ServerLimit`; where a
    write was sent again and its first try may have done it, `AnswerLost`.
    """

    def __init__(
        self, harness: Harness, base_url: str | None = None, instance: str = "main"
    ) -> None:
        self._client = harness.client
        self._ledger = harness.ledger
        self._books = Bookkeeping(harness, instance)
        self._bounds = harness.bounds
        self._target = harness.target
        self.spare = Spare(harness)
        self.limits = Limits(harness, self)
        self.reads = StaleReads()
        self.completions = harness.completions
        self.changes = Changes(harness, self._books, self.spare, self.limits, self.reads)
        self._base_url = (base_url or harness.target.base_url).rstrip("/")
        self.instance = instance

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
        sent = {**({"Content-Type": label} if label else {}), **(headers or {})}
        if caller is None or "Authorization" in sent:
            return self.send_create(content, caller, sent)
        return self.limits.on_create(lambda: self.send_create(content, caller, sent), caller)

    @uninterrupted
    def send_create(
        self,
        content: object,
        caller: str | None,
        headers: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"}),
    ) -> Exchange:
        """Send what `create_upload` sends; a refusal is not held against a limit."""
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()

        def send() -> Exchange:
            return self._send(
                "POST", "/media/uploads", "create_upload", caller, headers=headers, content=raw
            )

        return self.changes.create(caller, send)

    def complete_upload(
        self,
        upload_id: str,
        *,
        body: bytes = b"",
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """POST /media/uploads/{id}/complete, without a body unless one is given."""
        if caller is None or "Authorization" in (headers or {}):
            return self.send_complete(upload_id, body=body, caller=caller, headers=headers)
        return self.limits.on_complete(
            lambda: self.send_complete(upload_id, body=body, caller=caller, headers=headers),
            caller,
        )

    @uninterrupted
    def send_complete(
        self,
        upload_id: str,
        *,
        body: bytes = b"",
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Send what `complete_upload` sends; a refusal is not held against a limit."""
        path = f"/media/uploads/{quote(upload_id, safe='')}/complete"

        def send() -> Exchange:
            return self._send(
                "POST", path, "complete_upload", caller, headers=headers, content=body
            )

        return unless_lost(self.changes.complete(upload_id, caller, send))

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
        at_once: bool = False,
    ) -> Exchange:
        """GET /media/{id}, the id percent-encoded whole.

        A fetch that does not show a complete or a delete yet is sent again, unless `at_once`.
        """
        path = f"/media/{quote(media_id, safe='')}"

        def fetch() -> Exchange:
            return self._send("GET", path, "get_media", caller, headers=headers)

        return fetch() if at_once or headers else self.reads.settled(media_id, caller, fetch)

    def delete_media(
        self,
        media_id: str,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """DELETE /media/{id}, the id percent-encoded whole.

        Raises `Blocked` for a media that nothing shows to be the run's own.
        """
        path = f"/media/{quote(media_id, safe='')}"

        def send() -> Exchange:
            return self._send("DELETE", path, "delete_media", caller, headers=headers)

        return unless_lost(self.changes.delete(media_id, caller, send))

    @uninterrupted
    def create_post(
        self,
        body: object,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """POST /posts with a body (bytes go raw)."""
        with self._bounds.creating() as created:
            exchange = self._send_body(
                "POST", "/posts", body, headers=headers, operation="create_post", caller=caller
            )
            created(self._books.post(exchange, post_id_in(exchange), caller))
        return exchange

    def list_posts(
        self,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
        **query: object,
    ) -> Exchange:
        """GET /posts with the query parameters given (`limit`, `cursor`)."""
        text = urlencode({name: value for name, value in query.items() if value is not None})
        path = f"/posts?{text}" if text else "/posts"
        return self._send("GET", path, "list_posts", caller, headers=headers)

    def get_post(
        self,
        post_id: str,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """GET /posts/{id}, the id percent-encoded whole."""
        return self._send("GET", post_path(post_id), "get_post", caller, headers=headers)

    def update_post(
        self,
        post_id: str,
        body: object,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """PATCH /posts/{id} with a body (bytes go raw)."""
        path = post_path(post_id)
        return self._send_body(
            "PATCH", path, body, headers=headers, operation="update_post", caller=caller
        )

    def delete_post(
        self,
        post_id: str,
        *,
        caller: str | None = "main",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """DELETE /posts/{id}, the id percent-encoded whole."""
        path = post_path(post_id)
        return unless_lost(self._send("DELETE", path, "delete_post", caller, headers=headers))

    @uninterrupted
    def send_generated(
        self, request: Request, operation: str, *, caller: str | None = "main"
    ) -> Exchange:
        """Send a complete request, and journal what it created."""

        def send() -> Exchange:
            return self._client.send_request(request, caller=caller, operation=operation)

        if operation == "create_upload":
            return self.changes.create(caller, send)
        if operation == "complete_upload":
            return self.changes.complete(thing_in(request.url), caller, send)
        if operation == "delete_media":
            return self.changes.delete(thing_in(request.url), caller, send)
        return send()

    def adopt(self, media_id: str, upload_id: str, caller: str) -> None:
        """Journal a media that this run made of an upload, although no answer said so."""
        self._books.note("media", media_id, caller, proof=SAME_BYTES, session=upload_id)
        self.completions.made(media_id)
        self.reads.completed(media_id, caller, upload_id)

    @property
    def shared(self) -> bool:
        """Whether other shards of the run may use the callers' tokens at the same time."""
        return self._target.shared

    def made(self, media_id: str) -> bool:
        """Whether this process made a media item; it may be deleted since."""
        return self._ledger.made("media", media_id)

    def remove(self, entry: Entry) -> bool:
        """Remove a thing that the ledger names, and return whether it is gone.

        An upload session cannot be removed, and need not be: it expires by itself.
        """
        if entry.kind not in {"media", "post"}:
            return True
        if entry.instance != self.instance:
            return bool(self._target.short_lived_url) and self._twin().remove(entry)
        if entry.caller not in self._target.tokens:  # with the token of another it looks gone
            return False
        if entry.kind == "media":
            return is_removed(entry, self.delete_media, self.get_media)
        return is_removed(entry, self.delete_post, self.get_post)

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

    def _send_body(
        self,
        method: str,
        path: str,
        body: object,
        *,
        headers: Mapping[str, str] | None,
        **options: Any,
    ) -> Exchange:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._send(method, path, headers=sent, content=raw, **options)


def knock(client: Client) -> list[Exchange]:
    """Send one harmless request to two operations: does the server answer, is the token valid?"""
    base_url = client.target.base_url
    listed = client.send("GET", f"{base_url}/media?limit=1", caller="main")
    if client.target.read_only:
        return [listed]
    unknown = client.send(
        "POST", f"{base_url}/media/uploads/upl_conformance_preflight/complete", caller="main"
    )
    return [listed, unknown]
