"""The guarded network: which addresses a run may contact."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from conformance.harness.transport import EgressRefused, GuardedBackend, Unresolvable
from conformance.target import Target, parsed_network

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def listening() -> Iterator[int]:
    """Listen on loopback for the length of the block; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def backend(base_url: str, **options: object) -> GuardedBackend:
    return GuardedBackend(Target("feedhive", base_url, "token-of-the-tests", **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "0.0.0.0", "224.0.0.1"),  # noqa: S104 - refused
        *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
        *("100.100.100.200", "fd00:ec2::254"),
    ],
)
def test_addresses_of_the_machine_itself_stay_shut(host: str) -> None:
    with pytest.raises(EgressRefused, match="--allow-network"):
        backend("http://127.0.0.1:1").connect_tcp(host, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "100.64.0.1"])
def test_a_public_target_opens_no_private_address(host: str) -> None:
    with pytest.raises(EgressRefused):
        backend("http://93.184.216.34").connect_tcp(host, 9, timeout=0.1)


def test_a_mapped_host_is_reached_at_its_address() -> None:
    with listening() as port:
        address = f"127.0.0.1:{port}"
        guarded = backend("http://127.0.0.1:1", storage_resolve={"minio.internal": address})

        guarded.connect_tcp("minio.internal", 9000).close()


def test_the_kits_own_gate_is_reached_wherever_the_target_is() -> None:
    more = {"s3_endpoint": "http://93.184.216.34", "s3_bucket": "b"}
    with listening() as port:
        backend("http://10.0.0.1", storage_gate=port, **more).connect_tcp("127.0.0.1", port).close()
        with pytest.raises(EgressRefused):
            backend("http://10.0.0.1", storage_gate=port + 1, **more).connect_tcp("127.0.0.1", port)


def test_an_unknown_host_names_the_flag_that_maps_it() -> None:
    with pytest.raises(Unresolvable, match=r"--storage-resolve minio\.invalid=ADDR"):
        backend("http://127.0.0.1:1").connect_tcp("minio.invalid", 80)


def test_names_below_localhost_are_this_machine_whatever_the_resolver_says() -> None:
    with listening() as port:
        guarded = backend("http://127.0.0.1:1")

        guarded.connect_tcp("media.s3.localhost", port).close()


def test_a_public_target_does_not_open_names_below_localhost() -> None:
    with pytest.raises(EgressRefused):
        backend("http://93.184.216.34").connect_tcp("media.s3.localhost", 9, timeout=0.1)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Replace the resolver: it knows only these names, and literal addresses."""
    known: dict[str, str] = {}

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known.get(host, host), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def test_a_storage_host_that_the_user_names_may_be_private(names: dict[str, str]) -> None:
    names.update({"minio.example": "10.0.0.7", "other.example": "10.0.0.8"})
    guarded = backend("http://93.184.216.34", storage_host=frozenset({"minio.example"}))

    assert guarded.allowed("MINIO.example", 9000) == (["10.0.0.7"], 9000)
    with pytest.raises(EgressRefused):
        guarded.allowed("other.example", 9000)


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "224.0.0.1"])
def test_a_name_that_the_user_gave_leads_to_no_metadata_address(
    address: str, names: dict[str, str]
) -> None:
    names["api.example"] = address
    options = {"storage_host": frozenset({"api.example"}), "s3_bucket": "b"}

    for guarded in (
        backend("http://api.example"),
        backend("http://10.0.0.1", **options),
        backend("http://10.0.0.1", storage_resolve={"api.example": "api.example"}),
        backend("http://10.0.0.1", s3_endpoint="http://api.example", s3_bucket="b"),
    ):
        with pytest.raises(EgressRefused, match="--allow-network"):
            guarded.allowed("api.example", 80)
    opened = backend("http://api.example", allow_network=(parsed_network(address),))
    assert opened.allowed("api.example", 80)[0] == [address]


def test_an_address_that_the_user_wrote_is_contacted_whatever_it_is(names: dict[str, str]) -> None:
    assert names == {}
    for url, host in (("http://169.254.1.5", "169.254.1.5"), ("http://0.0.0.0:8000", "0.0.0.0")):  # noqa: S104
        assert backend(url).allowed(host, 80)[0] == [host]
