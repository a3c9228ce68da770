"""Connections that are kept for the next request: the one that was used last is taken first.

The pool of httpcore looks at every connection before and after each request, and asks the
system whether it is still open: with sixteen lanes that is most of its work. Here only the
connection that is taken is looked at. httpcore still opens the connections and speaks HTTP.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterator

# Servers close idle connections after some seconds; the kit closes them earlier.
IDLE_S = 1.0
_SCHEMES = frozenset({b"http", b"https", b"ws", b"wss"})

#: The scheme, host and port that a connection leads to.
_Origin = tuple[bytes, bytes, int]


class KeptConnections:
    """Sends requests over connections of its own. `close` closes those that are not in use.

    Every method may be called from several threads.
    """

    def __init__(self, pool: httpcore.ConnectionPool, *, most: int, kept: int) -> None:
        """Begin without a connection.

        Args:
            pool: Makes each connection, and does nothing else.
            most: How many may be in use at the same time.
            kept: How many may stay open between two requests.
        """
        self._make = pool.create_connection
        self._kept = kept
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: deque[tuple[_Origin, float, httpcore.ConnectionInterface]] = deque()

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request; the answer is read and closed by the caller.

        Raises what httpcore raises: `UnsupportedProtocol`, `PoolTimeout`, and so on.
        """
        scheme = request.url.scheme
        if scheme not in _SCHEMES:
            what = f"has an unsupported protocol '{scheme.decode()}://'"
            missing = "is missing an 'http://' or 'https://' protocol"
            raise httpcore.UnsupportedProtocol(f"Request URL {what if scheme else missing}.")
        if not self._free.acquire(timeout=request.extensions.get("timeout", {}).get("pool")):
            raise httpcore.PoolTimeout
        connection = None
        try:
            connection = self._taken(request.url.origin)
            answer = connection.handle_request(request)
        except BaseException:
            self._free.release()
            if connection is not None:
                connection.close()
            raise
        answer.stream = _Body(self, request.url.origin, connection, answer)
        return answer

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._lock:
            closing = [connection for _, _, connection in self._idle]
            self._idle.clear()
        for connection in closing:
            connection.close()

    def _taken(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """Return a kept connection that is still open, or a new one."""
        while True:
            kept = self._last(_key(origin))
            if kept is None:
                return self._make(origin)
            if not kept.has_expired():
                return kept
            kept.close()

    def _last(self, key: _Origin) -> httpcore.ConnectionInterface | None:
        with self._lock:
            for number in range(len(self._idle) - 1, -1, -1):
                if self._idle[number][0] == key:
                    connection = self._idle[number][2]
                    del self._idle[number]
                    return connection
        return None

    def give_back(self, origin: httpcore.Origin, connection: httpcore.ConnectionInterface) -> None:
        """Keep a connection whose answer was read, and close what was idle for too long."""
        now = time.monotonic()
        closing = []
        with self._lock:
            if connection.is_idle() and not has_unasked(connection):
                self._idle.append((_key(origin), now, connection))
            else:
                closing.append(connection)
            while self._idle and (len(self._idle) > self._kept or now - self._idle[0][1] > IDLE_S):
                closing.append(self._idle.popleft()[2])
        for idle in closing:
            idle.close()
        self._free.release()


class _Body:
    """The body of an answer: its connection is kept when it is closed."""

    def __init__(
        self,
        home: KeptConnections,
        origin: httpcore.Origin,
        connection: httpcore.ConnectionInterface,
        answer: httpcore.Response,
    ) -> None:
        self._home, self._origin, self._connection = home, origin, connection
        self._stream: Any = answer.stream
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            try:
                self._stream.close()
            finally:
                self._home.give_back(self._origin, self._connection)


def has_unasked(connection: Any) -> bool:
    """Whether bytes came behind the answer: they answer nothing that was asked.

    They must not be taken for the answer to the next request (RFC 9112 section 6.3). httpcore
    keeps them, and shows them nowhere.
    """
    inner = connection
    while (further := getattr(inner, "_connection", None)) is not None:
        inner = further
    state = getattr(inner, "_h11_state", None)
    return state is not None and bool(state.trailing_data[0])


def _key(origin: httpcore.Origin) -> _Origin:
    return origin.scheme, origin.host, origin.port
