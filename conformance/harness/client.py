"""The one HTTP client of the kit.

It bounds every request in time and size, records it, waits where the server asks for a
pause, and sends a token to the target's own origin only.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpcore
import httpx

from conformance import __version__
from conformance.harness.disturbance import is_disturbed
from conformance.harness.retry import Limited, Retries, perhaps_done, requested_pause
from conformance.harness.token_expiry import Tokens
from conformance.harness.transport import (
    FRESH,
    PIECE_BYTES,
    EgressRefused,
    GuardedBackend,
    Replayed,
    Transport,
    Unresolvable,
    whole_request_bound,
)
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.signed_url import url_defect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.harness.transcript import Transcript
    from conformance.target import Limits, Target

# After so many kept connections that a server had closed, its connections are not kept.
_STALE_CONNECTIONS = 3
# These loggers write whole URLs and headers, and a pre-signed URL is a credential. They get
# a filter instead of a level: in the same process a user's own suite may read the log of its
# own requests.
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
_sending: ContextVar[bool] = ContextVar("conformance_sending", default=False)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep the requests of this thread out of the log."""
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def _not_ours(_: logging.LogRecord) -> bool:
    """Whether a record may be logged: the filter of the HTTP libraries' loggers."""
    return not _sending.get()


class Client:
    """Sends requests to the target and its storage; it judges nothing and raises on no status.

    `close` closes its connection pool.
    """

    def __init__(self, target: Target, transcript: Transcript) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_not_ours)
        self.target = target
        self.transcript = transcript
        self.tokens = Tokens(target)
        self._retries = Retries()
        self._stale: Counter[tuple[object, ...]] = Counter()
        #: Each says whether an answer shows a limit of the server that no pause ends.
        self.known_limits: list[Callable[[Exchange], bool]] = []
        self._origins = {_origin(url) for url in (target.base_url, target.short_lived_url) if url}
        self._http = httpx.Client(
            transport=Transport(GuardedBackend(target)),
            timeout=_timeout(target.limits),
            follow_redirects=False,
            trust_env=False,
            # A cookie may authenticate like a key, and the documented callers send no cookie.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def is_own(self, url: str) -> bool:
        """Whether a URL is on the origin of the target or of its twin."""
        return _origin(url) in self._origins

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        caller: str | None = None,
        operation: str | None = None,
        to_storage: bool = False,
    ) -> Exchange:
        """Send one request, wait where the server asks for it, record and return the exchange.

        Args:
            method: The HTTP method.
            url: The absolute URL.
            headers: Headers that replace or complete those of the kit.
            content: The body.
            caller: "main" or "other" adds that caller's token, on the target's own origin only.
            operation: The operationId of the request, for the schemas and the reports.
            to_storage: Whether the request is for the storage: then it gets no header of the
                API, even where the storage is on the API's own origin.

        Raises:
            Blocked: The server asks for longer pauses than the limits allow (`Limited`), or the
                kit may not contact its storage.
        """
        own = self.is_own(url) and not to_storage
        sent = self._headers(dict(headers or {}), caller, own=own)
        return self._sent(Request(method, url, sent, content, caller), operation)

    def _sent(self, request: Request, operation: str | None) -> Exchange:
        """Send a request again after each pause that the server needs, as `send` says."""
        add = self.transcript.opened(request)
        patience, done = self.target.limits.retry_after, False
        for retries in range(1_000):
            exchange = self._once(request, operation, retries, repeated=done)
            pause = None if is_disturbed() else self._retries.pause(exchange, retries)
            if pause is None:
                return self.tokens.checked(add(exchange), self._resent)
            if pause > patience or any(knows(exchange) for knows in self.known_limits):
                break
            done = done or perhaps_done(exchange)
            patience -= max(pause, 0.05)
            threading.Event().wait(pause)
        add(exchange)
        if requested_pause(exchange) is None:  # the pause is our own, and there is an answer
            return exchange
        self._retries.waited_in_vain(exchange)
        raise Limited(exchange)

    def _resent(self, request: Request, operation: str | None) -> Exchange:
        """Send a request once more, to learn whether a token has expired, or with another one."""
        add = self.transcript.opened(request)
        return add(self._once(request, operation, 0, repeated=False))

    def send_request(
        self, request: Request, *, caller: str | None = None, operation: str | None = None
    ) -> Exchange:
        """Send a complete request; otherwise the same as `send`."""
        return self.send(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.body,
            caller=caller,
            operation=operation,
        )

    def _headers(
        self, headers: dict[str, str], caller: str | None, *, own: bool
    ) -> tuple[tuple[str, str], ...]:
        names = {name.lower() for name in headers}
        purpose = f"run={self.transcript.run_id}; requirement={self.transcript.requirement}"
        headers["User-Agent"] = f"media-conformance/{__version__} ({purpose})"
        if own:
            headers["X-Request-Id"] = uuid4().hex
            if caller and "authorization" not in names:
                headers["Authorization"] = f"Bearer {self.tokens.of(caller)}"
            if "accept" not in names:
                headers["Accept"] = "application/json"
        return tuple(headers.items())

    def _once(
        self, request: Request, operation: str | None, retries: int, *, repeated: bool
    ) -> Exchange:
        started = time.time()
        try:
            with _unlogged(), whole_request_bound(self.target.limits.whole):
                response, stale = self._answer(request)
        except (EgressRefused, Unresolvable) as error:
            if self.is_own(request.url):
                return Exchange(request, None, str(error), operation, retries, started)
            raise Blocked(limit=str(error)) from error
        except (httpx.HTTPError, httpcore.TimeoutException, httpcore.NetworkError,
                httpcore.ProtocolError, httpcore.UnsupportedProtocol,
                httpx.InvalidURL, OSError) as error:  # fmt: skip
            return Exchange(request, None, _reason(error), operation, retries, started)
        except (UnicodeError, ValueError, OverflowError) as error:
            if not url_defect(request.url):
                raise  # the kit's own fault
            return Exchange(request, None, _reason(error), operation, retries, started)
        repeated = repeated or stale
        return Exchange(request, response, None, operation, retries, started, repeated)

    def _answer(self, request: Request) -> tuple[Response, bool]:
        """Send the request; on a new connection if the server had closed the kept one.

        A server may close an idle connection at any moment (RFC 9112 section 9.5): such a
        failure says nothing about the request. The second result is whether that happened.
        """
        origin = _origin(request.url)
        if self._stale[origin] < _STALE_CONNECTIONS:
            wire = Wire()
            try:
                return self._exchange(request, wire), False
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                if wire.connected or wire.answered:
                    raise
                self._stale[origin] += 1
                return self._exchange(request, Wire(), fresh=True), True
        return self._exchange(request, Wire(), fresh=True), False

    def _exchange(self, request: Request, wire: Wire, *, fresh: bool = False) -> Response:
        started = time.monotonic()
        options: dict[str, Any] = {"content": request.body} if request.body else {}
        options["extensions"] = {"trace": wire.note, FRESH: fresh}
        limit = self.target.limits.response_bytes
        with self._http.stream(
            request.method, request.url, headers=list(request.headers), **options
        ) as answer:
            raw = _bounded(answer.iter_raw(PIECE_BYTES), limit)
            body, defect = decoded(answer, raw[:limit], limit)
            headers = tuple(
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers.raw
            )
            elapsed = time.monotonic() - started
            truncated = max(len(raw), len(body)) > limit
            return Response(answer.status_code, headers, body[:limit], elapsed, truncated, defect)


def _bounded(pieces: Iterator[bytes], limit: int) -> bytes:
    """Return the bytes of the pieces up to a limit, and at least one more if there are more."""
    received = bytearray()
    for piece in pieces:
        received += piece
        if len(received) > limit:
            break
    return bytes(received)


def decoded(answer: httpx.Response, raw: bytes, limit: int) -> tuple[bytes, str]:
    """Return the decoded body up to a limit; or the raw bytes, and why they cannot be decoded."""
    encoding = answer.headers.get("content-encoding")
    if not encoding or not raw:
        return raw, ""
    replayed = httpx.Response(answer.status_code, headers=answer.headers, stream=Replayed(raw))
    try:
        return _bounded(replayed.iter_bytes(PIECE_BYTES), limit), ""
    except httpx.DecodingError:
        return raw, f"its Content-Encoding is {encoding[:40]}, but it cannot be decoded"


class Wire:
    """Notes of one request whether it opened a connection and whether an answer began."""

    def __init__(self) -> None:
        self.connected = False
        self.answered = False

    def note(self, event: str, _: Mapping[str, Any]) -> None:
        """Note an event of httpcore's trace."""
        self.connected |= event.startswith("connection.connect_tcp")
        self.answered |= event.endswith("receive_response_headers.complete")


def _timeout(limits: Limits) -> httpx.Timeout:
    return httpx.Timeout(limits.read, connect=limits.connect)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    return f"{kind}: {error}" if str(error) else kind
