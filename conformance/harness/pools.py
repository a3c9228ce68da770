"""The connections of a client: of the target apart from those of its storage, over a proxy or not.

A connection with the client certificate is never used for the storage, and the headers of a
gateway are added here, so that no record of a request holds them.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpcore

from conformance.harness import tls
from conformance.harness.kept import IDLE_S, KeptConnections
from conformance.harness.proxies import Proxies
from conformance.harness.transport import BoundedStream, Unresolvable, note_connecting
from conformance.model.ports import DEFAULT_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.harness.proxies import Proxy
    from conformance.harness.transport import GuardedBackend
    from conformance.target import Connection

_MOST, _KEPT = 50, 20
# Only a proxy answers so (RFC 9110 section 15.5.8).
_PROXY_WANTS_CREDENTIALS = 407

RawHeaders = list[tuple[bytes, bytes]]
#: Which pool: is it for the target itself, are its connections kept, over which proxy.
_Key = tuple[bool, bool, "Proxy | None"]


class Pools:
    """The connection pools of one client. `close` closes them all."""

    def __init__(self, backend: GuardedBackend, connection: Connection, at_once: int = 0) -> None:
        """Prepare the pools; raises `UsageProblem` for a file or proxy that cannot be used.

        Args:
            backend: Opens the connections.
            connection: How the user connects.
            at_once: How many requests may be under way at the same time, if that is many.
        """
        self._most, self._kept = max(_MOST, at_once), max(_KEPT, at_once)
        self._backend = backend
        self._proxies = Proxies(connection)
        self._headers = [(name.encode(), value.encode()) for name, value in connection.headers]
        others = tls.for_others(connection)
        self._contexts = {
            False: others,
            True: tls.for_target(connection) if connection.client_cert else others,
        }
        self._pools: dict[_Key, KeptConnections] = {}
        self._lock = threading.Lock()

    def send(self, request: httpcore.Request, *, to_target: bool, fresh: bool) -> httpcore.Response:
        """Send a request; the answer is read and closed by the caller.

        Args:
            request: The request.
            to_target: Whether it is for the target itself, and may show who the user is.
            fresh: Whether it must not use a kept connection.

        Raises:
            EgressRefused: Its host has no address that the kit may contact.
            ConnectError: No connection could be made, or the proxy refuses to make one.
        """
        url = request.url
        scheme, host = url.scheme.decode(), url.host.decode("ascii")
        port = url.port or DEFAULT_PORTS.get(scheme, 0)
        proxy = None if self._backend.is_mapped(host) else self._proxies.of(scheme, host, port)
        if proxy is not None:
            with suppress(Unresolvable):  # then only the proxy knows the address
                self._backend.allowed(host, port)
        if to_target:
            request.headers = with_gateway(request.headers, self._headers)
        try:
            answer = self._pool((to_target, not fresh, proxy)).handle_request(request)
        except httpcore.ProxyError as error:
            raise httpcore.ConnectError(f"the proxy refuses the connection: {error}") from None
        if proxy is not None and answer.status == _PROXY_WANTS_CREDENTIALS:
            answer.close()
            raise httpcore.ConnectError("the proxy asks for credentials (407): see --proxy env")
        return answer

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, key: _Key) -> KeptConnections:
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._opened(*key)
            return self._pools[key]

    def _opened(self, to_target: bool, kept: bool, proxy: Proxy | None) -> KeptConnections:  # noqa: FBT001 - the parts of a key
        how: dict[str, Any] = {
            "ssl_context": self._contexts[to_target],
            "keepalive_expiry": IDLE_S,
        }
        if proxy is None:
            pool = httpcore.ConnectionPool(network_backend=self._backend, **how)
        else:
            pool = httpcore.HTTPProxy(
                proxy.url,
                proxy_auth=proxy.credentials,
                proxy_ssl_context=self._contexts[False] if proxy.url.startswith("https:") else None,
                network_backend=ProxyBackend(),
                **how,
            )
        return KeptConnections(pool, most=self._most, kept=self._kept if kept else 0)


class ProxyBackend(httpcore.SyncBackend):
    """Opens connections to the user's own proxy, bounded as all others."""

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Connect to the proxy."""
        note_connecting()
        return BoundedStream(super().connect_tcp(*args, **kwargs))


def with_gateway(sent: Iterable[tuple[bytes, bytes]], added: RawHeaders) -> RawHeaders:
    """Return the headers of a request with those of a gateway; what a case sends stays."""
    sent = list(sent)
    names = {name.lower() for name, _ in sent}
    return [*sent, *(one for one in added if one[0].lower() not in names)]
