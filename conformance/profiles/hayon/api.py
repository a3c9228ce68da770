"""Hayon's operations: each sends, journals what was created, and judges nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from conformance.harness.belongings import OWN
from conformance.harness.journal import Entry, place_text
from conformance.harness.quota import Quotas
from conformance.harness.signals import uninterrupted
from conformance.judge.finding import Violation
from conformance.profiles.hayon.bad_requests import UPLOAD_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.harness.client import Client
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange, Request

#: Parts of the API that a server may lack, and that its owner may claim by `--capability`.
OPTIONAL_PARTS = ("posts",)


class Api:
    """The operations of `POST /api/posts/media/upload` and its neighbours, by operationId.

    `caller` is "main", "other" or None for a request without any Authorization header;
    `headers` replaces or adds headers, also the Authorization; None leaves one out.
    `base_url` and `instance` are those of the short-lived twin, if it is not the target itself.
    """

    def __init__(
        self, harness: Harness, base_url: str | None = None, instance: str = "main"
    ) -> None:
        self._client = harness.client
        self._ledger = harness.ledger
        self.quotas = Quotas(
            lambda _, caller: harness.ledger.count("upload", caller or "main", self.instance)
        )
        harness.client.known_limits.append(self.quotas.knows)
        self._bounds = harness.bounds
        self._notice = harness.proof.notice
        self._holds_a_key = harness.holds_a_key
        self._keys: dict[str, list[Exchange]] = {}
        self._base_url = (base_url or harness.target.base_url).rstrip("/")
        self.instance = instance

    def create_media_upload(
        self,
        content_type: object = None,
        *,
        body: object = None,
        caller: str | None = "main",
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        """POST /api/posts/media/upload for a type, or with `body` as it is (bytes go raw).

        Raises `ServerLimit` where a limit of the server refuses it.
        """
        content = {"contentType": content_type} if body is None else body
        if caller is None or "Authorization" in (headers or {}):
            return self._ask(content, caller, headers)
        return self.quotas.examined(
            lambda: self._ask(content, caller, headers),
            lambda: self._ask({"contentType": "image/png"}, caller),
        )

    @uninterrupted
    def _ask(
        self,
        content: object,
        caller: str | None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        with self._bounds.creating() as created:
            exchange = self._send(
                "POST", UPLOAD_PATH, "create_media_upload", content, caller=caller, headers=headers
            )
            created(self._journal(exchange))
        return exchange

    @uninterrupted
    def ask_otherwise(self, method: str, path: str) -> Exchange:
        """Ask for an upload by a request that the page does not document, without a key."""
        with self._bounds.creating() as created:
            exchange = self._client.send(
                method,
                f"{self._base_url}{path}",
                headers={"Content-Type": "application/json"} if method == "POST" else {},
                content=b'{"contentType": "image/png"}' if method == "POST" else b"",
            )
            created(self._journal(exchange))
        return exchange

    @uninterrupted
    def create_post(
        self,
        body: Mapping[str, object],
        *,
        caller: str | None = "main",
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        """POST /api/posts with a body that holds the content of text and mediaItems."""
        with self._bounds.creating() as created:
            exchange = self._send(
                "POST", "/api/posts", "create_post", body, caller=caller, headers=headers
            )
            created(self._journal_post(exchange))
        return exchange

    def update_post(
        self,
        post_id: str,
        body: Mapping[str, object],
        *,
        caller: str | None = "main",
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        """PUT /api/posts/{postId} with a body that holds the content of text and mediaItems."""
        path = f"/api/posts/{quote(post_id, safe='')}"
        return self._send("PUT", path, "update_post", body, caller=caller, headers=headers)

    @uninterrupted
    def send_generated(
        self, request: Request, operation: str, *, caller: str | None = "main"
    ) -> Exchange:
        """Send a generated request, and journal what it created."""
        with self._bounds.creating() as created:
            exchange = self._client.send_request(request, caller=caller, operation=operation)
            posted = operation == "create_post" and self._journal_post(exchange)
            created(self._journal(exchange) or posted)
        self._look_for_keys(exchange)
        return exchange

    def times_given(self, key: str) -> int:
        """Return how often this instance gave a key so far."""
        return len(self._keys.get(key, ()))

    def keys_of(self, caller: str) -> set[str]:
        """Return the keys that this instance gave a caller so far."""
        return {
            key
            for key, answers in self._keys.items()
            if any(answer.request.caller == caller for answer in answers)
        }

    def remove(self, entry: Entry) -> bool:
        """Hayon documents no way to remove an upload or a post; they count as left behind."""
        del entry
        return True

    def _send(
        self,
        method: str,
        path: str,
        operation: str,
        content: object,
        *,
        caller: str | None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        named = {"Content-Type": "application/json", **(headers or {})}
        raw: Any = content if isinstance(content, bytes) else json.dumps(content).encode()
        exchange = self._client.send(
            method,
            self._base_url + path,
            headers={name: value for name, value in named.items() if value is not None},
            content=raw,
            caller=caller,
            operation=operation,
        )
        self._look_for_keys(exchange)
        return exchange

    def _look_for_keys(self, exchange: Exchange) -> None:
        """Notice a success that holds a key; other cases check the errors."""
        if exchange.succeeded and self._holds_a_key(exchange):
            self._notice(
                Violation("no key in the answer", "it holds a key", exchange, "HY-AUTH-07")
            )

    def _journal_post(self, exchange: Exchange) -> bool:
        """Journal a post that was made; no document says which member of the answer names it."""
        if not exchange.succeeded:
            return False
        caller = exchange.request.caller or "main"
        post = Entry("post", uuid4().hex[:8], caller, self.instance, proof=OWN)
        self._ledger.add(post)
        return True

    def _journal(self, exchange: Exchange) -> bool:
        """Journal the key that an answer gives out; return whether it gives one."""
        key, url = exchange.at("data", "s3Key"), exchange.at("data", "uploadUrl")
        if not isinstance(key, str) or not key:
            return False
        caller = exchange.request.caller
        place = place_text(url) if isinstance(url, str) else ""
        self._ledger.add(Entry("upload", key, caller or "main", self.instance, place=place))
        if caller is not None and exchange.succeeded:
            answers = self._keys.setdefault(key, [])
            answers.append(exchange)
            if len(answers) > 1:
                self._notice(_repeated(answers[0], exchange))
        return True


def _repeated(first: Exchange, second: Exchange) -> Violation:
    """Return the violation that two answers with the same key show; all requests count."""
    if first.request.caller != second.request.caller:
        whose, requirement = "another caller's", "HY-UPLOAD-28"
    elif second.started < first.started + (first.response.elapsed_s if first.response else 0.0):
        whose, requirement = "a simultaneous", "HY-UPLOAD-16"
    else:
        whose, requirement = "an earlier", "HY-UPLOAD-14"
    wanted, actual = "a key that no other answer gave", f"{whose} request got the same key"
    return Violation(wanted, actual, second, requirement)


def knock(client: Client) -> list[Exchange]:
    """Ask for one upload that is never used: does the server answer, is the token valid?"""
    return [
        client.send(
            "POST",
            client.target.base_url + UPLOAD_PATH,
            headers={"Content-Type": "application/json"},
            content=b'{"contentType": "image/png"}',
            caller="main",
        )
    ]
