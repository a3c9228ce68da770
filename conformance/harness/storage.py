"""Requests to the storage behind pre-signed URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from conformance.harness.retry import unless_lost
from conformance.judge.finding import Blocked
from conformance.model.url_changes import stripped

if TYPE_CHECKING:
    from conformance.harness.client import Client
    from conformance.model.exchange import Exchange
    from conformance.model.signed_url import SignedUrl

# The redirects of RFC 9110 section 15.4, and how many of them are followed.
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_REDIRECTS = 5
_ALREADY_STORED = frozenset({409, 412})


class Storage:
    """Sends requests to the storage: never with a token or the request id of the kit."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def put(self, url: str, body: bytes, content_type: str | None) -> Exchange:
        """PUT the bytes to a pre-signed URL, with the content type and without authentication."""
        headers = {"Content-Type": content_type} if content_type else {}
        exchange = self._client.send(
            *("PUT", url), headers=headers, content=body, operation="put_object", to_storage=True
        )
        # A storage that takes one PUT per URL refuses the second one with these.
        return unless_lost(exchange) if exchange.status in _ALREADY_STORED else exchange

    def get(
        self, url: str, method: str = "GET", content_type: str | None = None, part: str = ""
    ) -> Exchange:
        """Send a request without a body and without authentication to a URL.

        `part` names the bytes that it asks for, such as "0-99".
        """
        more = {"Content-Type": content_type, "Range": f"bytes={part}" if part else None}
        headers = {"Accept": "*/*"} | {name: value for name, value in more.items() if value}
        return self._client.send(
            method, url, headers=headers, operation="get_object", to_storage=True
        )

    def misuse(self, url: SignedUrl, method: str, content_type: str) -> Exchange:
        """Send another method to an upload URL, with the content type if the URL signs it."""
        # A storage refuses a request without a signed header, whatever its method is.
        signed = "content-type" in url.signed_headers
        return self.get(url.url, method, content_type if signed else None)

    def read_beginning(self, url: str) -> Exchange:
        """Ask for the first bytes behind a URL, as a player of films does."""
        return self.get(url, part="0-99")

    def read(self, url: str, part: str = "") -> Exchange:
        """Read a file, or a part of it, as a browser would: over redirects.

        The egress rule counts for each of them.

        Raises `Blocked` when its host cannot be reached from here, or when the answer is lost:
        neither shows whether there is a file.
        """
        for _ in range(_REDIRECTS):
            exchange = self.get(url, part=part)
            if exchange.response is None:
                raise Blocked(limit=_unread(exchange.error))
            location = exchange.response.header("location")
            if exchange.status not in _REDIRECTING or not location:
                break
            url = _joined(url, location)
        return exchange

    def gives_to_everybody(self, url: SignedUrl, answer: Exchange) -> bool:
        """Whether the answer to a GET, HEAD, POST or PATCH is the same without any signature.

        Such a file is public, or the host answers so whatever is asked: the URL grants nothing.
        """
        method = answer.request.method
        if method not in {"GET", "HEAD", "POST", "PATCH"} or answer.response is None:
            return False
        plain = self.get(stripped(url).url, method)
        same = plain.response is not None and plain.response.body == answer.response.body
        return plain.succeeded and same


def _unread(error: str | None) -> str:
    """Say why a file could not be read; httpx names a failed connection Connect..."""
    if (error or "").startswith("Connect"):
        return f"the file's host cannot be reached from here: {error}"
    return f"the file could not be read: {error}"


def _joined(url: str, location: str) -> str:
    """Return the URL that a redirect leads to; a Location that is not a URL stays as it is."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location
