"""Tokens that expire during a run, or are locked out: that shows nothing about the server.

A 401 for a token that was accepted before is either wrong or means that the token has expired.
A request that the token was accepted for shows which: if the server refuses it too, the token
has expired. Then it is fetched again, or everything that remains is `Blocked`. A 403 is
examined in the same way: a firewall may refuse everything for a while.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.exchange import Exchange, Request
    from conformance.target import Target

    Send = Callable[[Request, str | None], Exchange]

_UNAUTHORIZED, _FORBIDDEN = 401, 403
# A server may refuse a valid token now and then: so many refusals in a row are an expiry.
_CONTROLS = 3
_NAMES = {"main": "token", "other": "other_token"}


class Tokens:
    """The tokens of both callers, as long as the server accepts them."""

    def __init__(self, target: Target) -> None:
        self._current = {"other": "", **target.tokens}
        self._issued = {caller: {token} for caller, token in self._current.items()}
        #: A request that was accepted, for each caller and host: the twin may have its own tokens.
        self._accepted: dict[tuple[str, str], tuple[Request, str | None]] = {}
        #: When the last control of a 403 began that was accepted, by `time.monotonic`.
        self._let_in: dict[tuple[str, str], float] = {}
        self._expired: dict[str, Blocked] = {}
        self._lock, self._controlling = threading.Lock(), threading.Lock()
        #: Fetches the token of a setting again, and returns None where that is not possible.
        self.renew: Callable[[str], str | None] = lambda _: None

    def of(self, caller: str) -> str:
        """Return the token of a caller; raise `Blocked` once it has expired."""
        caller = caller if caller in self._current else "main"
        if caller in self._expired:
            raise Blocked(limit=str(self._expired[caller].limit))
        return self._current[caller]

    def signed(self, request: Request) -> bool:
        """Whether a request has a token that the server gave out to one of the callers."""
        token = _token_of(request)
        return any(token in issued for issued in self._issued.values())

    def checked(self, exchange: Exchange, send: Send) -> Exchange:
        """Return an answer that can be judged: the same, or that of the renewed token.

        Args:
            exchange: The request and its last answer.
            send: Sends a request once.

        Raises:
            Blocked: The token has expired, and there is no other, or the server accepts nothing
                of this client any more.
        """
        caller = exchange.request.caller or ""
        used = _token_of(exchange.request)
        own = used in self._issued.get(caller, ())
        # Without a token, it may be a file that the target itself serves.
        if exchange.status == _FORBIDDEN and (own or _is_open_read(exchange.request)):
            self._not_locked_out(exchange, send)
        if not own or exchange.status == _FORBIDDEN:
            return exchange
        if exchange.status != _UNAUTHORIZED:
            self._note(exchange)
            return exchange
        with self._lock:
            if used != self._current[caller]:
                return send(_with(exchange.request, self.of(caller)), exchange.operation)
            known = self._accepted.get(_place(exchange.request))
            if known is None or self._is_valid(caller, *known, send):
                return exchange
            self._replace(caller)
            return send(_with(exchange.request, self.of(caller)), exchange.operation)

    def _note(self, exchange: Exchange) -> None:
        """Remember a request that the token was accepted for: a GET, or else the first POST."""
        request = exchange.request
        known = self._accepted.get(_place(request))
        if not exchange.succeeded or request.method not in {"GET", "POST"}:
            return
        if known is None or (request.method == "GET" and known[0].method != "GET"):
            self._accepted[_place(request)] = request, exchange.operation

    def _not_locked_out(self, exchange: Exchange, send: Send) -> None:
        """Raise `Blocked` where a 403 is no answer to a request: everything gets one by now.

        A firewall refuses a client for a while that sent many refused requests. What has the
        envelope of the API is an answer of the server itself, and no firewall wrote it.
        """
        if isinstance(exchange.json, dict) and "success" in exchange.json:
            return
        answered, place = time.monotonic(), _place(exchange.request, "main")
        known = self._accepted.get(place)
        if known is None:
            return
        control = _with(known[0], self.of(place[0]))
        with self._controlling:
            if self._let_in.get(place, 0.0) > answered:
                return  # another thread has just asked
            began = time.monotonic()
            if any(send(control, known[1]).status != _FORBIDDEN for _ in range(_CONTROLS)):
                self._let_in[place] = began
                return
        raise Blocked(
            limit="the server answers 403 to this client by now, also to a request that it"
            " accepted before: let its firewall or its rate limit spare the kit"
        )

    def _is_valid(self, caller: str, request: Request, operation: str | None, send: Send) -> bool:
        """Whether the server still accepts the token for what it was accepted for."""
        control = _with(request, self._current[caller])
        return any(send(control, operation).status != _UNAUTHORIZED for _ in range(_CONTROLS))

    def _replace(self, caller: str) -> None:
        """Fetch the token again; without another one, the caller can do nothing any more."""
        name = _NAMES.get(caller, f"token of {caller}")
        found = self.renew(name) if caller in _NAMES else None
        if found and found not in self._issued[caller]:
            self._current[caller] = found
            self._issued[caller].add(found)
            return
        self._expired[caller] = Blocked(
            limit=f"the {name} expired during the run (401, also for a request that it was"
            f" accepted for): use one that lives longer, or {name}_command in the settings file"
        )


def _place(request: Request, nobody: str = "") -> tuple[str, str]:
    """Return the caller, or `nobody`, and the host of a request."""
    return request.caller or nobody, urlsplit(request.url).netloc


def _is_open_read(request: Request) -> bool:
    return request.method == "GET" and _token_of(request) is None


def _token_of(request: Request) -> str | None:
    values = (value for name, value in request.headers if name == "Authorization")
    scheme, _, token = next(values, "").partition(" ")
    return token if scheme == "Bearer" else None


def _with(request: Request, token: str) -> Request:
    """Return a request with another token."""
    kept = tuple(pair for pair in request.headers if pair[0] != "Authorization")
    return replace(request, headers=(*kept, ("Authorization", f"Bearer {token}")))
