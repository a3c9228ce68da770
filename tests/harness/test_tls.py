"""TLS: what the kit trusts, what it presents, and to whom."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from conformance.harness.client import Client
from conformance.harness.preflight import reachable
from conformance.harness.transcript import Transcript
from conformance.problem import UsageProblem
from conformance.target import Connection, Target
from tests.harness.http_server import TOKEN, Handler, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.fixture
def client_cert(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "client.pem"
    authority.issue_cert("kit@example.test").private_key_and_cert_chain_pem.write_to_path(path)
    return str(path)


@contextmanager
def secured(certificate: trustme.LeafCert, wants: trustme.CA | None = None) -> Iterator[Server]:
    """Serve over TLS; with `wants`, only clients with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if wants is not None:
        wants.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    with Server(Handler.reply_ok) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def asked(server: Server, *, to_storage: bool = False, **how: object) -> int | str:
    """Send one request; return the status, or why there was no answer."""
    url = f"https://127.0.0.1:{server.server_port}"
    target = Target("feedhive", url, TOKEN, connection=Connection(**how))  # type: ignore[arg-type]
    client = Client(target, Transcript("run"))
    try:
        exchange = client.send("GET", f"{url}/x", caller="main", to_storage=to_storage)
    finally:
        client.close()
    return exchange.status or exchange.error or ""


def test_an_authority_of_the_users_own_is_trusted_if_it_is_named(
    authority: trustme.CA, bundle: str
) -> None:
    with secured(authority.issue_cert("127.0.0.1")) as server:
        assert "certificate verify failed" in str(asked(server))
        assert asked(server, ca_bundle=bundle) == 200


def certificates(authority: trustme.CA) -> dict[str, trustme.LeafCert]:
    past = datetime.now(UTC) - timedelta(days=1)
    return {
        "expired": authority.issue_cert("127.0.0.1", not_after=past),
        "another name": authority.issue_cert("example.test"),
        "another authority": trustme.CA().issue_cert("127.0.0.1"),
    }


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("expired", "certificate has expired"),
        ("another name", "IP address mismatch"),
        ("another authority", "unable to get local issuer certificate"),
    ],
)
def test_a_bad_certificate_is_refused_and_passes_only_where_nothing_is_checked(
    kind: str, why: str, authority: trustme.CA, bundle: str
) -> None:
    with secured(certificates(authority)[kind]) as server:
        assert why in str(asked(server, ca_bundle=bundle))
        assert server.seen == []
        assert asked(server, insecure=True) == 200


def test_a_client_certificate_is_presented_to_the_target_and_never_to_its_storage(
    authority: trustme.CA, bundle: str, client_cert: str
) -> None:
    with secured(authority.issue_cert("127.0.0.1"), wants=authority) as server:
        assert isinstance(asked(server, ca_bundle=bundle), str)
        assert asked(server, ca_bundle=bundle, client_cert=client_cert) == 200
        refused = asked(server, to_storage=True, ca_bundle=bundle, client_cert=client_cert)

    assert isinstance(refused, str)


@pytest.mark.parametrize("flag", ["ca_bundle", "client_cert"])
def test_a_file_that_cannot_be_used_is_named_with_its_flag(flag: str, tmp_path: Path) -> None:
    named = {"ca_bundle": lambda path: Connection(ca_bundle=path),
             "client_cert": lambda path: Connection(client_cert=path)}  # fmt: skip
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate", encoding="utf-8")

    for path in (wrong, tmp_path / "missing.pem"):
        connection = named[flag](str(path))
        target = Target("feedhive", "https://127.0.0.1:1", TOKEN, connection=connection)
        with pytest.raises(UsageProblem, match=f"--{flag.replace('_', '-')} .*{path.name}"):
            Client(target, Transcript("run"))


def test_a_file_that_cannot_be_used_is_named_also_where_the_target_is_away(tmp_path: Path) -> None:
    connection = Connection(ca_bundle=str(tmp_path / "missing.pem"))

    with pytest.raises(UsageProblem, match=r"--ca-bundle .*missing\.pem cannot be used"):
        reachable("http://127.0.0.1:9", 1.0, connection)


def test_a_key_with_a_password_is_refused_and_not_asked_for_on_the_terminal(
    authority: trustme.CA, tmp_path: Path
) -> None:
    plain = authority.issue_cert("kit@example.test")
    key = serialization.load_pem_private_key(plain.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a password"),
    )
    path = tmp_path / "locked.pem"
    path.write_bytes(locked + plain.cert_chain_pems[0].bytes())
    target = Target("feedhive", "https://127.0.0.1:1", TOKEN,
                    connection=Connection(client_cert=str(path)))  # fmt: skip

    with pytest.raises(UsageProblem, match="without a password"):
        Client(target, Transcript("run"))
