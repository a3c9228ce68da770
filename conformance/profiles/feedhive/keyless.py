"""Requests without a key, to the paths themselves and to other spellings of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange

#: Other spellings of the five paths; a router may take them for the path itself.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "trailing slash": lambda path: f"{path}/",
    "doubled slash": lambda path: f"/{path}",
    "inner doubled slash": lambda path: path.replace("/media/", "/media//", 1),
    "upper case": lambda path: path.replace("/media", "/MEDIA", 1),
    "encoded letter": lambda path: path.replace("/media", "/%6Dedia", 1),
    "path parameter": lambda path: path.replace("/media", "/media;a=b", 1),
    "format": lambda path: f"{path}.json",
}


def _members(exchange: Exchange) -> set[str] | None:
    return set(exchange.json) if isinstance(exchange.json, dict) else None


def _unknown_path() -> str:
    return f"/conformance-{uuid4().hex}"


class Keyless:
    """Sends requests without a key to paths in another spelling."""

    def __init__(self, harness: Harness) -> None:
        self._client = harness.client
        self._base_url = harness.target.base_url.rstrip("/")

    def send(self, method: str, path: str, body: bytes = b"") -> Exchange:
        """Send a request without any Authorization header."""
        headers = {"Content-Type": "application/json"} if body else {}
        return self._client.send(method, self._base_url + path, headers=headers, content=body)

    def reaches_nothing(self, answered: Exchange) -> bool:
        """Whether a server that answers other paths with success knows no operation at this one.

        Then a path that nobody can know gets an answer with the same members, or the root of the
        API does: some servers read what follows a doubled slash as a host.
        """
        sent = answered.request
        others = (self.send(sent.method, path, sent.body) for path in (_unknown_path(), "/"))
        return any(
            other.status == answered.status and _members(other) == _members(answered)
            for other in others
        )

    def heads_everything(self) -> bool:
        """Whether the server answers a HEAD with success whatever the path is."""
        return self.send("HEAD", _unknown_path()).succeeded
