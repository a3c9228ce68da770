"""Opens the connections of the proxy, under the same egress rule as those of a run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpcore

from conformance.harness.transport import GuardedBackend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.target import Network


@dataclass(frozen=True)
class Allowed:
    """Where the proxy may connect to: its upstream, and what the owner allows besides."""

    base_url: str
    storage_resolve: Mapping[str, str] = field(default_factory=dict)
    allow_network: tuple[Network, ...] = ()
    short_lived_url: str | None = None
    s3_endpoint: str | None = None
    storage_gate: int = 0
    storage_host: frozenset[str] = frozenset()


class AsyncGuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections only where the owner of the target allows them."""

    def __init__(self, allowed: Allowed) -> None:
        self._rule = GuardedBackend(allowed)
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the mapped, resolved and allowed address of a host."""
        addresses, port = await asyncio.to_thread(self._rule.allowed, host, port)
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, *args, **kwargs)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, *args, **kwargs)

    async def sleep(self, seconds: float) -> None:
        """Wait, for the retries of httpcore."""
        await self._backend.sleep(seconds)
