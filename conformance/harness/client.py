"""The one HTTP client: bounded, recorded, patient with rate limits, careful with the token."""

from __future__ import annotations

import logging
import re
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpcore
import httpx

from conformance import __version__
from conformance.harness.transport import (
    EgressRefused,
    GuardedBackend,
    Transport,
    Unresolvable,
    whole_request_bound,
)
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response, http_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.target import Limits, Target

_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
# RFC 6585 section 4 lets a 429 come without Retry-After; then we wait this long.
_DEFAULT_RETRY_S = 1.0
# S3 API reference, error responses; how often we come again.
_SLOW_DOWN = re.compile(rb"<Code>\s*(SlowDown|ServiceUnavailable)\s*</Code>")
_SLOW_DOWNS = 3
_READ_CHUNK_BYTES = 65_536
_STALE_CONNECTIONS = 3
# They log whole URLs and headers, and a pre-signed URL is a credential. A filter and no
# level: in the same process a user's own suite may read the log of its own requests.
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
_sending: ContextVar[bool] = ContextVar("conformance_sending", default=False)


@dataclass
class Transcript:
    """What was sent for the running case, and which requirement it was sent for."""

    run_id: str
    requirement: str = "-"
    exchanges: list[Exchange] = field(default_factory=list)
    listeners: list[Callable[[Exchange], None]] = field(default_factory=list)
    #: Whether the case also did what no exchange shows, such as replacing an object.
    offstage: bool = False

    def begin(self, requirement: str) -> None:
        """Start the transcript of another case."""
        self.requirement = requirement
        self.offstage = False
        self.exchanges.clear()

    def add(self, exchange: Exchange) -> Exchange:
        """Keep an exchange and tell the listeners, the contract among them."""
        self.exchanges.append(exchange)
        for listener in self.listeners:
            listener(exchange)
        return exchange


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep the requests of this thread out of the log, whatever else logs meanwhile."""
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def _not_ours(_: logging.LogRecord) -> bool:
    """Say whether a record may be logged: the filter of the HTTP libraries' loggers."""
    return not _sending.get()


class Client:
    """Sends requests to the target and its storage; judges nothing, never raises on a status."""

    def __init__(self, target: Target, transcript: Transcript) -> None:
        """Open the connection pool; close it with `close`."""
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_not_ours)
        self.target = target
        self.transcript = transcript
        self._origins = {_origin(url) for url in (target.base_url, target.short_lived_url) if url}
        self._http = httpx.Client(
            transport=Transport(GuardedBackend(target)),
            timeout=_timeout(target.limits),
            follow_redirects=False,
            trust_env=False,
            # A cookie of the API is a key of its own, and no caller of the contract sends any.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def is_own(self, url: str) -> bool:
        """Say whether a URL is on the target's own origin, or its twin's."""
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
        """Send one request, wait out rate limits, record and return the exchange.

        `caller` ("main" or "other") adds that caller's token, and only on the target's own
        origin; what goes `to_storage` gets no header of the API's, even there.

        Raises `Blocked` when the server keeps asking to slow down for longer than the
        limits allow, or its storage may not be contacted.
        """
        own = self.is_own(url) and not to_storage
        sent = self._headers(dict(headers or {}), caller, own=own)
        patience = self.target.limits.retry_after
        for retries in range(1_000):
            exchange = self._once(Request(method, url, sent, content, caller), operation, retries)
            pause = _requested_pause(exchange)
            if pause is None and retries < _SLOW_DOWNS and _is_slow_down(exchange):
                pause = 0.5 * 2**retries
            if pause is None:
                return self.transcript.add(exchange)
            if pause > patience:
                break
            patience -= max(pause, 0.05)
            threading.Event().wait(pause)
        self.transcript.add(exchange)
        raise Blocked(
            limit=f"the server keeps asking to slow down ({exchange.status}); wait longer"
            " with --retry-after SECONDS"
        )

    def _headers(
        self, headers: dict[str, str], caller: str | None, *, own: bool
    ) -> tuple[tuple[str, str], ...]:
        names = {name.lower() for name in headers}
        purpose = f"run={self.transcript.run_id}; requirement={self.transcript.requirement}"
        headers["User-Agent"] = f"media-conformance/{__version__} ({purpose})"
        if own:
            headers["X-Request-Id"] = uuid4().hex
            token = self.target.other_token if caller == "other" else self.target.token
            if caller and "authorization" not in names:
                headers["Authorization"] = f"Bearer {token}"
            if "accept" not in names:
                headers["Accept"] = "application/json"
        return tuple(headers.items())

    def _once(self, request: Request, operation: str | None, retries: int) -> Exchange:
        started = time.time()
        try:
            with _unlogged(), whole_request_bound(self.target.limits.whole):
                response = self._answer(request)
        except (EgressRefused, Unresolvable) as error:
            if self.is_own(request.url):
                return Exchange(request, None, str(error), operation, retries, started)
            raise Blocked(limit=str(error)) from error
        except (httpx.HTTPError, httpcore.TimeoutException, httpcore.NetworkError,
                httpcore.ProtocolError, httpcore.UnsupportedProtocol,
                httpx.InvalidURL, OSError) as error:  # fmt: skip
            return Exchange(request, None, _reason(error), operation, retries, started)
        return Exchange(request, response, None, operation, retries, started)

    def _answer(self, request: Request) -> Response:
        """Send the request; once more when an idle connection turns out to be closed.

        A server may close a connection that waits for its next request at any moment
        (RFC 9112 section 9.5): such a failure says nothing about the request.
        """
        for _ in range(_STALE_CONNECTIONS):
            wire = Wire()
            try:
                return self._exchange(request, wire)
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                if wire.connected or wire.answered:
                    raise
        return self._exchange(request, Wire())

    def _exchange(self, request: Request, wire: Wire) -> Response:
        started = time.monotonic()
        options: dict[str, Any] = {"content": request.body} if request.body else {}
        options["extensions"] = {"trace": wire.note}
        limit = self.target.limits.response_bytes
        with self._http.stream(
            request.method, request.url, headers=list(request.headers), **options
        ) as answer:
            received = bytearray()
            for chunk in answer.iter_bytes(_READ_CHUNK_BYTES):
                received += chunk
                if len(received) > limit:
                    break
            headers = tuple(
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers.raw
            )
            elapsed = time.monotonic() - started
            return Response(
                answer.status_code, headers, bytes(received[:limit]), elapsed, len(received) > limit
            )


class Wire:
    """What one request met on its way: a new connection, the beginning of an answer."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.connected = False
        self.answered = False

    def note(self, event: str, _: Mapping[str, Any]) -> None:
        """Listen to httpcore's trace."""
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


def _is_slow_down(exchange: Exchange) -> bool:
    """Say whether S3 asks to come again: it sends no Retry-After, and its SDKs just do."""
    response = exchange.response
    if response is None or response.status != _UNAVAILABLE:
        return False
    return _SLOW_DOWN.search(response.body) is not None


def _requested_pause(exchange: Exchange) -> float | None:
    """Return for how many seconds the server asks us to stay away, or None."""
    response = exchange.response
    if response is None or response.status not in {_TOO_MANY_REQUESTS, _UNAVAILABLE}:
        return None
    value = response.header("retry-after")
    if value is None:
        return _DEFAULT_RETRY_S if response.status == _TOO_MANY_REQUESTS else None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdigit():
        return float(seconds)
    moment, now = http_date(value), http_date(response.header("date"))
    if moment is None or now is None:
        return _DEFAULT_RETRY_S
    return max((moment - now).total_seconds(), 0.0)
