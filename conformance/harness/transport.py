"""Where the kit connects: host mapping, the egress rule, and a bound on the whole request.

A hostile server chooses the host of its upload URLs, so the kit checks the address that it
really connects to, not the name. Link-local addresses (cloud metadata) are closed unless
the user opens them.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Iterator, Mapping

    from conformance.target import Network

#: The size of the pieces in which a body is received and decoded.
PIECE_BYTES = 65_536

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses of cloud metadata that are not link-local: Alibaba, and Amazon over IPv6.
_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254")))
# RFC 6052 section 2.1.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_wire: ContextVar[Wire | None] = ContextVar("wire", default=None)


class Destinations(Protocol):
    """Where the owner of a target allows connections to; a `Target` is one."""

    @property
    def base_url(self) -> str:
        """The URL of the API."""

    @property
    def short_lived_url(self) -> str | None:
        """The URL of its short-lived twin, if there is one."""

    @property
    def s3_endpoint(self) -> str | None:
        """The endpoint of its bucket, if it was given."""

    @property
    def storage_resolve(self) -> Mapping[str, str]:
        """For a storage host, where to connect to instead."""

    @property
    def allow_network(self) -> tuple[Network, ...]:
        """Private networks that URLs may point into."""

    @property
    def storage_host(self) -> Collection[str]:
        """Hosts that URLs may name at a private address too, in lower case."""

    @property
    def storage_gate(self) -> int:
        """The port of the kit's own gate before the store; 0 without."""


class EgressRefused(httpcore.ConnectError):
    """The kit may not contact the address; the text names the flag that allows it."""


class Unresolvable(httpcore.ConnectError):
    """The host name is unknown here; the text names the flag that maps it."""


@contextmanager
def whole_request_bound(seconds: float) -> Iterator[None]:
    """End everything inside within the seconds, also when the bytes come very slowly."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class Wire:
    """Notes of one request: did it open a connection, did an answer begin, and its first bytes.

    Whoever sends it notes that its answer began.

    The bytes before the end of the header lines are bounded, those of 1xx answers among them.
    """

    def __init__(self, header_bytes: int) -> None:
        self.connected = False
        self.answered = False
        self._most = self._left = header_bytes

    def received(self, count: int) -> None:
        """Count the bytes of a read; raises `RemoteProtocolError` for too many headers."""
        self._left -= count
        # The last read before the body may hold a part of the body.
        if not self.answered and self._left < -PIECE_BYTES:
            raise httpcore.RemoteProtocolError(f"more than {self._most:,} bytes of header lines")


@contextmanager
def noted_by(wire: Wire) -> Iterator[None]:
    """Let the notes of a request count what it receives inside."""
    token = _wire.set(wire)
    try:
        yield
    finally:
        _wire.reset(token)


def note_connecting() -> None:
    """Note that the request inside `noted_by` opens a connection."""
    wire = _wire.get()
    if wire is not None:
        wire.connected = True


def _remaining(timeout: float | None) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the request took longer than its whole-request bound")
    return left if timeout is None else min(timeout, left)


class BoundedStream(httpcore.NetworkStream):
    """A connection whose reads and writes also end at the whole-request bound."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within the smaller of both bounds."""
        data = self._stream.read(max_bytes, _remaining(timeout))
        wire = _wire.get()
        if wire is not None:
            wire.received(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within the smaller of both bounds."""
        self._stream.write(buffer, _remaining(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return the encrypted stream, bounded the same way."""
        stream = self._stream.start_tls(ssl_context, server_hostname, _remaining(timeout))
        return BoundedStream(stream)

    def get_extra_info(self, info: str) -> Any:
        """Return information about the connection."""
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore.SyncBackend):
    """Opens connections only where the owner of the target allows them."""

    def __init__(self, target: Destinations) -> None:
        self._mapping = dict(target.storage_resolve)
        self._networks = target.allow_network
        self._gate = target.storage_gate
        urls = (target.base_url, target.short_lived_url, target.s3_endpoint)
        self._named = {urlsplit(url).hostname for url in urls if url}
        self._opened = {*self._named, *target.storage_host, *self._mapping}

    def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> httpcore.NetworkStream:
        """Connect to the mapped, resolved and allowed address of a host."""
        note_connecting()
        addresses, port = self.allowed(host, port)
        return BoundedStream(self._first_reachable(addresses, port, *args, **kwargs))

    def allowed(self, host: str, port: int) -> tuple[list[str], int]:
        """Return the addresses of a host that the kit may contact, and the port to use.

        Args:
            host: The name or address in a URL.
            port: Its port.

        Raises:
            EgressRefused: No address is allowed.
            Unresolvable: The host is not known here.
        """
        name = host.lower()
        mapped, port = _host_and_port(self._mapping.get(name, name), port)
        addresses = _addresses(mapped, port)
        if name not in self._opened:
            addresses = [
                each for each in addresses if self._allows(each) or self._is_gate(each, port)
            ]
        elif not _is_address(mapped):  # a name may lead anywhere, which the user cannot see
            addresses = [each for each in addresses if self._is_usual(each)]
        if not addresses:
            raise EgressRefused(
                f"{host} has an address that the kit may not contact;"
                " to allow it, pass --allow-network with its network"
            )
        return addresses, port

    def _first_reachable(
        self, addresses: list[str], port: int, *args: Any, **kwargs: Any
    ) -> httpcore.NetworkStream:
        for address in addresses[:-1]:
            try:
                return super().connect_tcp(address, port, *args, **kwargs)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return super().connect_tcp(addresses[-1], port, *args, **kwargs)

    def is_mapped(self, host: str) -> bool:
        """Whether the user has said where a host really is."""
        return host.lower() in self._mapping

    def _is_usual(self, text: str) -> bool:
        """Whether an address is one that a server has: a metadata address is not."""
        address = _unmapped(ipaddress.ip_address(text.split("%", maxsplit=1)[0]))
        if any(address in network for network in self._networks):
            return True
        special = address.is_link_local or address.is_multicast or address.is_unspecified
        return not special and address not in _METADATA

    def _allows(self, text: str) -> bool:
        address = _unmapped(ipaddress.ip_address(text.split("%", maxsplit=1)[0]))
        if any(address in network for network in self._networks):
            return True
        if not self._is_usual(text):
            return False
        if address.is_loopback:
            return self._target_is(lambda own: own.is_loopback)
        if not address.is_global:
            return self._target_is(lambda own: not own.is_global)
        return True

    def _is_gate(self, text: str, port: int) -> bool:
        """Return whether an address is the kit's own storage gate."""
        return port == self._gate and ipaddress.ip_address(text.partition("%")[0]).is_loopback

    def _target_is(self, kind: Any) -> bool:
        for host in filter(None, self._named):
            try:
                found = _addresses(host, 0)
            except Unresolvable:
                continue
            if any(kind(ipaddress.ip_address(text.split("%")[0])) for text in found):
                return True
        return False


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 address, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _host_and_port(text: str, port: int) -> tuple[str, int]:
    host, separator, mapped_port = text.rpartition(":")
    if separator and mapped_port.isdigit() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(mapped_port)
    return text.strip("[]"), port


def _addresses(host: str, port: int) -> list[str]:
    if host.rstrip(".").endswith(".localhost"):
        return ["127.0.0.1", "::1"]  # RFC 6761 section 6.3; not every resolver knows it
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError):  # the last one: a port above 65535
        raise Unresolvable(
            f"the host {host} cannot be resolved here; map it with --storage-resolve {host}=ADDR"
        ) from None
    return list(dict.fromkeys(str(row[4][0]) for row in found))
