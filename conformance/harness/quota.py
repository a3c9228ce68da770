"""Limits of a server: after a number of successes it refuses more of the same, with a message.

No document names such a limit, and none forbids it. Control requests show that it
is not a broken operation: a server without a limit accepts them, and a fault that comes only
sometimes lets one of them pass. Where other cases make room meanwhile, a limit lets one pass too:
then it shows nothing. A requirement that a limit stops is not verified.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.harness.retry import Limited
from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.model.exchange import Exchange

    #: A refusal without what differs each time: operation, caller, status and words.
    Kind = tuple[str | None, str | None, int | None, str]

#: A server that made fewer than this has no limit that a client can live with.
LEAST = 10
# So many control requests in a row show that everything of the kind is refused.
_CONTROLS = 3
# RFC 9110 and RFC 6585: payment required, too many requests. They mean nothing but a limit.
_PLAIN = frozenset({402, 429})
# The other statuses that servers use for it; they need a message that names a limit.
_POSSIBLE = frozenset({400, 403, 409, 413, 422})
_WORDS = re.compile(
    r"quota|limit|plan\b|trial|upgrade|maxim|exceed|too many|reach|\bfull\b|capacity"
    r"|allow(?:s\b|ance)|credit|billing|subscription",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w-])\d+(?![\w-])")
_VARYING = re.compile(r"\S*\d\S*")
# S3 says it in the code of its error: EntityTooLarge.
_SIZE_WORDS = re.compile(
    r"too[ _-]?(?:large|big)|larger than|bigger than|(?:file|object|body)[ _-]?size"
    r"|\b(?:file|object|body|entity|payload)\b[^.]{0,60}(?:bytes|\d ?[KMG]i?B)\b",
    re.IGNORECASE,
)
_SHOWN = 160
# So much of a refusal is read.
_READ_BYTES = 1_000


class ServerLimit(Blocked):
    """The server has a limit, and this run has reached it."""


@dataclass
class Quotas:
    """What one process knows about the limits of a server.

    `made` returns how many things of an operation a caller made in this run so far.
    """

    made: Callable[[str | None, str | None], int]
    _confirmed: set[Kind] = field(default_factory=set)
    _refuted: set[Kind] = field(default_factory=set)
    _full: dict[tuple[str | None, str | None], str] = field(default_factory=dict)
    #: For each caller, how many requests that make room are under way, and how many have ended.
    _making_room: Counter[str | None] = field(default_factory=Counter)
    _made_room: Counter[str | None] = field(default_factory=Counter)
    _controlling: int | None = None
    _one_at_a_time: threading.RLock = field(default_factory=threading.RLock)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def making_room(self, caller: str | None) -> Iterator[Callable[[Exchange], None]]:
        """Send inside a request that may make room for others of a caller.

        Yields:
            A function that takes the answer: a refused request makes no room.
        """
        answers: list[Exchange] = []
        if self._controlling == threading.get_ident():
            yield answers.append  # a control makes room only for itself
            return
        with self._counting:
            self._making_room[caller] += 1
        try:
            yield answers.append
        finally:
            with self._counting:
                self._making_room[caller] -= 1
                self._made_room[caller] += not any(answer.refuses for answer in answers)

    def stop_if_full(self, operation: str, caller: str | None) -> None:
        """Raise `ServerLimit` when nothing was freed since the limit refused the caller."""
        reason = self._full.get((operation, caller))
        if reason is not None:
            raise ServerLimit(limit=reason)

    def knows(self, exchange: Exchange) -> bool:
        """Whether an answer is the refusal of a limit that controls have shown."""
        return exchange.status is not None and _kind(exchange) in self._confirmed

    def freed(self, caller: str | None) -> None:
        """Note that something of a caller was removed or finished: there may be room again."""
        for operation, other in list(self._full):
            if other == caller:
                self._full.pop((operation, other), None)

    def examined(self, send: Callable[[], Exchange], control: Callable[[], Exchange]) -> Exchange:
        """Return the answer to a request; raise `ServerLimit` when a limit refuses it.

        Args:
            send: Sends the request.
            control: Sends a request of the same operation and caller that must succeed.

        Raises:
            ServerLimit: A limit of the server refuses it.
            Limited: The server asks for a pause, and does not do so because of a limit.
        """
        before = self._made_room.copy()
        try:
            exchange, limited = send(), None
        except Limited as pause:
            exchange, limited = pause.exchange, pause
        key = exchange.operation, exchange.request.caller
        if exchange.succeeded and self._full.pop(key, ""):
            # Nothing was freed: it was a limit for a time, which a pause may end.
            self._confirmed = {kind for kind in self._confirmed if kind[:2] != key}
        if self._is_a_limit(exchange, control, before):
            self._full[key] = reason = self._reason(exchange)
            raise ServerLimit(limit=reason)
        if limited is not None:
            raise limited
        return exchange

    def _is_a_limit(
        self, exchange: Exchange, control: Callable[[], Exchange], before: Counter[str | None]
    ) -> bool:
        """Whether a limit refused a request; `before` counts what had made room until then."""
        if not may_be_a_limit(exchange):
            return False
        kind, caller = _kind(exchange), exchange.request.caller
        with self._one_at_a_time:
            if kind not in self._confirmed | self._refuted:
                if self.made(exchange.operation, caller) < LEAST:
                    return False
                if self._all_are_refused(control, kind):
                    self._confirmed.add(kind)
                elif self._making_room[caller] or self._made_room[caller] != before[caller]:
                    # For now: others made room for the control. A file may also be too large.
                    return _names_a_limit(exchange) and not names_a_size(exchange)
                else:
                    self._refuted.add(kind)
            return kind in self._confirmed

    def _all_are_refused(self, control: Callable[[], Exchange], kind: Kind) -> bool:
        self._controlling = threading.get_ident()
        try:
            return all(_kind(_answer(control)) == kind for _ in range(_CONTROLS))
        finally:
            self._controlling = None

    def _reason(self, exchange: Exchange) -> str:
        number = self.made(exchange.operation, exchange.request.caller)
        return (
            f"a limit of the server after {number} successes of {exchange.operation}"
            f" in this run: {_words(exchange)[:_SHOWN]!r} ({exchange.status}):"
            " test with a caller that has a larger quota"
        )


def may_be_a_limit(exchange: Exchange) -> bool:
    """Whether a refusal has a status and words that a server may use for a limit."""
    number = exchange.status in _POSSIBLE and _NUMBER.search(_words(exchange)) is not None
    return number or _names_a_limit(exchange)


def names_a_size(exchange: Exchange) -> bool:
    """Whether a refusal says that one file is too large, and not that there are too many."""
    body = exchange.response.body if exchange.response else b""
    return _SIZE_WORDS.search(body[:_READ_BYTES].decode("utf-8", "replace")) is not None


def _names_a_limit(exchange: Exchange) -> bool:
    """Whether a refusal means nothing but a limit: a number may also be a place in the request."""
    if exchange.status in _PLAIN:
        return True
    return exchange.status in _POSSIBLE and _WORDS.search(_words(exchange)) is not None


def _answer(control: Callable[[], Exchange]) -> Exchange:
    try:
        return control()
    except Limited as limited:
        return limited.exchange


def _kind(exchange: Exchange) -> Kind:
    words = _VARYING.sub("", _words(exchange))
    return exchange.operation, exchange.request.caller, exchange.status, words


def _words(exchange: Exchange) -> str:
    """Return the message of a refusal, or its body if that has no message."""
    message = exchange.at("message")
    if isinstance(message, str):
        return message
    body = exchange.response.body if exchange.response else b""
    return body[:_READ_BYTES].decode("utf-8", "replace")
