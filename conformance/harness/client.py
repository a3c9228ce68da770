"""The one HTTP client of the kit.

It bounds every request in time and size, records it, waits where the server asks for a
pause, and sends a token to the target's own origin only.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import httpcore

from conformance.harness.bounds import Bounds, RunEnded, sleep
from conformance.harness.decoding import ACCEPTED, most_bytes, received, value_of
from conformance.harness.disturbance import is_disturbed
from conformance.harness.expiry import patience
from conformance.harness.headers import read, shared
from conformance.harness.lock_out import LockOut
from conformance.harness.pace import Pace
from conformance.harness.pools import Pools
from conformance.harness.rate import Rate
from conformance.harness.raw_request import InvalidURL, raw_request
from conformance.harness.reading import check_reading
from conformance.harness.retry import (
    LONGEST_UNNAMED_S,
    Limited,
    Retries,
    names_its_pause,
    perhaps_done,
    requested_pause,
)
from conformance.harness.token_expiry import Tokens
from conformance.harness.transport import (
    EgressRefused,
    GuardedBackend,
    Unresolvable,
    Wire,
    noted_by,
    whole_request_bound,
)
from conformance.harness.unlogged import filter_loggers, unlogged
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.json_body import JsonLimits
from conformance.model.signed_url import url_defect
from conformance.model.timing import Timing
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.harness.transcript import Transcript
    from conformance.target import Limits, Target

_REQUEST_ID = "X-Request-Id"
# After so many kept connections that a server had closed, its connections are not kept.
_STALE_CONNECTIONS = 3
# No page of a list is as long; of the texts of a longer answer, so many copies are kept.
_LONG_BYTES, _COPIES = 512 * 1024, 6
# Seconds between two looks whether a server takes connections again.
_RETURNS_LOOK_S = 0.5


class Client:
    """Sends requests to the target and its storage; it judges nothing and raises on no status.

    `close` closes its connection pool.
    """

    def __init__(self, target: Target, transcript: Transcript) -> None:
        filter_loggers()
        self.target = target
        self.transcript = transcript
        self.tokens = Tokens(target)
        self.bounds = Bounds(
            *(target.limits, patience(target)),
            longer_s=0.0 if target.short_lived_url else target.max_wait,
            read_only=target.read_only,
        )
        self.pace = Pace(target.limits.concurrency)
        self._rate = Rate(target.limits.rate)
        self.timing = Timing()
        self._retries = Retries()
        self._lock_out = LockOut()
        self._stale: Counter[tuple[object, ...]] = Counter()
        #: Each says whether an answer shows a limit of the server that no pause ends.
        self.known_limits: list[Callable[[Exchange], bool]] = []
        self._origins = {_origin(url) for url in (target.base_url, target.short_lived_url) if url}
        at_once = target.limits.concurrency
        self._pools = Pools(GuardedBackend(target), target.connection, at_once)
        self._extensions = {"timeout": _timeouts(target.limits)}
        limits = target.limits
        self._json = JsonLimits(limits.json_bytes, limits.json_depth, limits.json_values)

    def close(self) -> None:
        """Close every connection."""
        self._pools.close()

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
        request = Request(method, url, sent, content, caller)
        signed, began = self.tokens.signed(request), time.monotonic()
        if own and not signed:
            self._lock_out.check()
        exchange = self._sent(request, operation)
        if own and signed:
            self._lock_out.answered(exchange, began)
        elif own:
            self._lock_out.refused(exchange)
        return exchange

    def _sent(self, request: Request, operation: str | None) -> Exchange:
        """Send a request again after each pause that the server needs, as `send` says."""
        check_reading(request.method)
        self._allowed(request, operation)
        add = self.transcript.opened(request)
        waited, done, known = 0.0, False, False
        for retries in range(1_000):
            self._rate.wait()
            with self.pace.request(self._parties(request, operation)[1]) as answered:
                exchange = self._once(request, operation, retries, repeated=done)
                answered(exchange.status, exchange.response.size if exchange.response else 0)
            pause = None if is_disturbed() else self._retries.pause(exchange, retries)
            if pause is None:
                self._note_end(exchange)
                return self.tokens.checked(add(exchange), self._resent)
            self.pace.refused()
            known = any(knows(exchange) for knows in self.known_limits)
            if waited + pause > self._patience_s(exchange) or known or not self.bounds.may_retry():
                break
            done = done or perhaps_done(exchange)
            self._lock_out.waits(waited, pause)
            waited += max(pause, 0.05)
            sleep(pause)
            self.bounds.check()
        add(exchange)
        if requested_pause(exchange) is None:  # the pause is our own, and there is an answer
            return exchange
        self._retries.waited_in_vain(exchange)
        if not known:  # a limit that no pause ends leaves the other operations alone
            self.bounds.paused(in_vain=True)
        raise Limited(exchange)

    def _patience_s(self, exchange: Exchange) -> float:
        """Return how long a request may wait in all, where its answer asks for a pause."""
        longest = self.target.limits.retry_after
        if names_its_pause(exchange) or self._lock_out.is_likely:
            return longest
        return min(longest, LONGEST_UNNAMED_S)

    def _allowed(self, request: Request, operation: str | None) -> None:
        """Count a request; raise `Blocked` where a bound of the run forbids to send it."""
        self.bounds.may_send(request.method)
        longest = self.target.limits.url_length
        if len(request.url) > longest:
            reason = f"the server hands out ids or URLs that need more than {longest:,} characters"
            self.bounds.too_long(f"{reason}: see --max-url-length")
        self.bounds.open(*self._parties(request, operation))
        self.bounds.sends(len(request.body) if request.method == "PUT" else 0)

    def _parties(self, request: Request, operation: str | None) -> tuple[str, str]:
        """Return in words who has to answer: the host, and the operation at it."""
        _, name, port = _origin(request.url)
        host = f"{name}:{port}"[:200]
        return host, f"{operation or request.method} at {host}"

    def _note_end(self, exchange: Exchange) -> None:
        """Note what an exchange says about the target: it answers, and keeps so many bytes."""
        response, request = exchange.response, exchange.request
        if response is None:
            self.bounds.unanswered += 1
            return
        self.bounds.paused(in_vain=False)
        operation = exchange.operation or "others"
        own = self.is_own(request.url) and operation != "put_object"
        self.timing.answered(operation, response.elapsed_s, by_storage=not own)
        if own:
            self.bounds.took(response.elapsed_s)
        self.bounds.answered(*self._parties(request, exchange.operation))
        self.bounds.keeps(_kept_bytes(exchange) + len(request.url))

    def _note_silence(self, request: Request, operation: str | None, began: float) -> None:
        """Note that no answer came in time; too many of them end the run."""
        host, act = self._parties(request, operation)
        self.bounds.timed_out(act, began)
        reason = self.bounds.timed_out(host, began)
        if reason and (self.is_own(request.url) or operation == "put_object"):
            self.bounds.fall_silent(reason)

    def _resent(self, request: Request, operation: str | None) -> Exchange:
        """Send a request once more, to learn whether a token has expired, or with another one."""
        self._allowed(request, operation)
        self._rate.wait()
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
        if "accept-encoding" not in names:
            headers["Accept-Encoding"] = ACCEPTED
        headers["User-Agent"] = f"media-conformance/{__version__} ({purpose})"
        if own:
            headers[_REQUEST_ID] = uuid4().hex
            if caller and "authorization" not in names:
                headers["Authorization"] = f"Bearer {self.tokens.of(caller)}"
            if "accept" not in names:
                headers["Accept"] = "application/json"
        return shared(headers.items())

    def _once(
        self, request: Request, operation: str | None, retries: int, *, repeated: bool
    ) -> Exchange:
        started, began = time.time(), time.monotonic()
        try:
            with unlogged(), whole_request_bound(self.bounds.whole_s):
                response, stale = self._patiently(request)
        except (EgressRefused, Unresolvable) as error:
            if self.is_own(request.url):
                return Exchange(request, None, str(error), operation, retries, started)
            raise Blocked(limit=str(error)) from error
        except httpcore.TimeoutException as error:
            self._note_silence(request, operation, began)
            return Exchange(request, None, _reason(error), operation, retries, started)
        except (httpcore.NetworkError, httpcore.ProtocolError,
                httpcore.UnsupportedProtocol, InvalidURL, OSError) as error:  # fmt: skip
            return Exchange(request, None, _reason(error), operation, retries, started)
        except (UnicodeError, ValueError, OverflowError) as error:
            if not url_defect(request.url):
                raise  # the kit's own fault
            return Exchange(request, None, _reason(error), operation, retries, started)
        repeated = repeated or stale
        return Exchange(request, response, None, operation, retries, started, repeated)

    def _patiently(self, request: Request) -> tuple[Response, bool]:
        """Send the request; wait a while where the target takes no connection, then give up.

        A server that starts again refuses connections for a moment. Nothing was sent then.
        Raises `RunEnded` where it does not return.
        """
        since = time.monotonic()
        while True:
            try:
                return self._answer(request)
            except httpcore.ConnectError as error:
                refused = isinstance(error.__cause__, ConnectionRefusedError)
                if not refused or not self.is_own(request.url):
                    raise
                self.pace.refused()
                if not self.bounds.may_return(since):
                    host = self._parties(request, None)[0]
                    self.bounds.end(f"{host} takes no connections any more: {error}")
                    raise RunEnded(limit=self.bounds.ended) from None
            sleep(_RETURNS_LOOK_S)

    def _answer(self, request: Request) -> tuple[Response, bool]:
        """Send the request; on a new connection if the server had closed the kept one.

        A server may close an idle connection at any moment (RFC 9112 section 9.5): such a
        failure says nothing about the request. The second result is whether that happened.
        """
        origin = _origin(request.url)
        if self._stale[origin] < _STALE_CONNECTIONS:
            wire = self._wire()
            try:
                return self._exchange(request, wire), False
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                if wire.connected or wire.answered:
                    raise
                self._stale[origin] += 1
                return self._exchange(request, self._wire(), fresh=True), True
        return self._exchange(request, self._wire(), fresh=True), False

    def _wire(self) -> Wire:
        return Wire(self.target.limits.header_bytes)

    def _exchange(self, request: Request, wire: Wire, *, fresh: bool = False) -> Response:
        started = time.monotonic()
        # Only a request for the API has the kit's request id.
        own = self.is_own(request.url) and _REQUEST_ID in dict(request.headers)
        limits = self.target.limits
        sent = raw_request(request, self._extensions)
        with noted_by(wire):
            answer = self._pools.send(sent, to_target=own, fresh=fresh)
            wire.answered = True
            try:
                encoding = value_of(answer.headers, b"content-encoding")
                most = most_bytes(answer.headers, limits)
                body, truncated, defect = received(answer.iter_stream(), encoding, most)
            finally:
                answer.close()
        headers = read(answer.headers)
        elapsed = time.monotonic() - started
        return Response(
            *(answer.status, headers, body, elapsed, truncated, defect), json_limits=self._json
        )


def _kept_bytes(exchange: Exchange) -> int:
    """Return about how many bytes of memory an answer takes for the rest of the run.

    The long texts of a success are kept several times, however small its body packs.
    """
    response = exchange.response
    if response is None:
        return 0
    is_long = response.size > _LONG_BYTES and exchange.succeeded and exchange.json is not None
    return _COPIES * response.size if is_long else response.kept_bytes


def _timeouts(limits: Limits) -> dict[str, float]:
    """Return the bounds in seconds, by the names of httpcore."""
    return {"connect": limits.connect, **dict.fromkeys(("read", "write", "pool"), limits.read)}


@lru_cache(maxsize=1024)  # each request needs it several times, and many ask the same URL
def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port


def _reason(error: Exception) -> str:
    return ": ".join(filter(None, (type(error).__name__, str(error))))
