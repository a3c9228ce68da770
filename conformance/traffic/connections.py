"""The connections of the proxy of `watch`: directly or over the user's own proxy, with its TLS."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpcore

from conformance.harness import tls
from conformance.harness.pools import with_gateway
from conformance.harness.proxies import Proxies
from conformance.harness.transport import GuardedBackend, Unresolvable
from conformance.model.ports import DEFAULT_PORTS
from conformance.traffic.egress import AsyncGuardedBackend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from conformance.harness.pools import RawHeaders
    from conformance.harness.proxies import Proxy
    from conformance.target import Connection
    from conformance.traffic.egress import Allowed


class Connections:
    """Opens the connections of one door.

    Servers close idle connections at any time, so none is kept. Raises `UsageProblem` for a file
    or proxy that cannot be used.
    """

    def __init__(self, allowed: Allowed, connection: Connection, *, to_target: bool) -> None:
        """Prepare the connections.

        Args:
            allowed: Where they may lead.
            connection: How to connect.
            to_target: Whether they lead to the target itself, which may learn who the user is.
        """
        self._rule = GuardedBackend(allowed)
        self._backend = AsyncGuardedBackend(allowed)
        self._proxies = Proxies(connection)
        self._others = tls.for_others(connection)
        self._context = tls.for_target(connection) if to_target else self._others
        named = connection.headers if to_target else ()
        self._headers = [(name.encode(), value.encode()) for name, value in named]
        self._pools: dict[Proxy | None, httpcore.AsyncConnectionPool] = {}

    async def proxy_for(self, url: httpcore.URL) -> Proxy | None:
        """Return the proxy for a URL; raise `EgressRefused` where it must not lead over one."""
        scheme, host = url.scheme.decode(), url.host.decode("ascii")
        port = url.port or DEFAULT_PORTS.get(scheme, 0)
        proxy = None if self._rule.is_mapped(host) else self._proxies.of(scheme, host, port)
        if proxy is not None:
            with suppress(Unresolvable):  # then only the proxy knows the address
                await asyncio.to_thread(self._rule.allowed, host, port)
        return proxy

    def stream(
        self,
        proxy: Proxy | None,
        method: str,
        url: httpcore.URL,
        *,
        headers: RawHeaders,
        content: AsyncIterator[bytes] | None,
        extensions: dict[str, Any],
    ) -> AbstractAsyncContextManager[httpcore.Response]:
        """Send a request over a proxy or directly; the arguments are those of httpcore."""
        sent = with_gateway(headers, self._headers)
        pool = self._pool(proxy)
        return pool.stream(method, url, headers=sent, content=content, extensions=extensions)

    def _pool(self, proxy: Proxy | None) -> httpcore.AsyncConnectionPool:
        if proxy not in self._pools:
            self._pools[proxy] = self._opened(proxy)
        return self._pools[proxy]

    def _opened(self, proxy: Proxy | None) -> httpcore.AsyncConnectionPool:
        how: dict[str, Any] = {
            "ssl_context": self._context,
            "max_connections": 200,
            "max_keepalive_connections": 0,
        }
        if proxy is None:
            return httpcore.AsyncConnectionPool(network_backend=self._backend, **how)
        return httpcore.AsyncHTTPProxy(
            proxy.url,
            proxy_auth=proxy.credentials,
            proxy_ssl_context=self._others if proxy.url.startswith("https:") else None,
            **how,
        )
