"""Where a request really goes: over the user's proxy or not, with the headers of a gateway."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from conformance.harness.bucket import Bucket
from conformance.harness.client import Client
from conformance.harness.proxies import Proxies, ignored
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Blocked
from conformance.problem import UsageProblem
from conformance.target import Connection, Target
from tests.harness.http_server import TOKEN, Handler, Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.model.exchange import Exchange

GATEWAY = ("X-Gateway-Key", "the-key-of-the-gateway")


class AsProxy(BaseHTTPRequestHandler):
    """Answers each request itself, and refuses tunnels."""

    protocol_version = "HTTP/1.1"
    server: ProxyServer

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_CONNECT(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        self.send_error(403, "not for you")

    def log_message(self, *_: object) -> None:
        pass


class ProxyServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), AsProxy)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def proxying() -> Iterator[ProxyServer]:
    with ProxyServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def client_of(base_url: str, connection: Connection, **more: object) -> Iterator[Client]:
    target = Target("feedhive", base_url, TOKEN, connection=connection, **more)  # type: ignore[arg-type]
    with closing(Client(target, Transcript("run"))) as client:
        yield client


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Replace the resolver: it knows only these names."""
    known: dict[str, str] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *how: object, **more: object) -> list[tuple[object, ...]]:
        if host in known:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], port))]
        if host.replace(".", "").isdigit() or ":" in host:
            return real(host, port, *how, **more)  # type: ignore[arg-type,return-value]
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def test_a_name_that_only_the_proxy_knows_is_asked_for_over_it(resolver: dict[str, str]) -> None:
    assert resolver == {}
    with (
        proxying() as proxy,
        client_of("http://api.example.test", Connection(proxy=proxy.url)) as c,
    ):
        assert c.send("GET", "http://api.example.test/media", caller="main").status == 200
        assert c.send("GET", "http://bucket.example.test/k?x=1", to_storage=True).status == 200

    paths = [path for path, _ in proxy.asked]
    assert paths == ["http://api.example.test/media", "http://bucket.example.test/k?x=1"]
    assert "Authorization" not in proxy.asked[1][1]


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "10.1.2.3", "inside.example"])
def test_behind_a_proxy_what_this_machine_can_resolve_is_checked(
    host: str, resolver: dict[str, str]
) -> None:
    resolver["inside.example"] = "192.168.7.7"
    with (
        proxying() as proxy,
        client_of("http://api.example.test", Connection(proxy=proxy.url)) as c,
    ):
        with pytest.raises(Blocked, match="--allow-network"):
            c.send("GET", f"http://{host}/latest", to_storage=True)

        assert proxy.asked == []


def test_a_tunnel_that_the_proxy_refuses_is_no_answer(resolver: dict[str, str]) -> None:
    assert resolver == {}
    with (
        proxying() as proxy,
        client_of("https://api.example.test", Connection(proxy=proxy.url)) as c,
    ):
        exchange = c.send("GET", "https://api.example.test/media", caller="main")

    assert exchange.response is None
    assert "the proxy refuses the connection: 403" in (exchange.error or "")
    assert TOKEN not in str(proxy.asked)


def test_a_proxy_that_asks_for_credentials_is_not_taken_for_the_server() -> None:
    with proxying() as proxy, client_of("http://127.0.0.1:1", Connection(proxy=proxy.url)) as c:
        proxy.status = 407
        exchange = c.send("GET", "http://127.0.0.1:1/x", caller="main")

    assert exchange.response is None
    assert "the proxy asks for credentials" in (exchange.error or "")


def test_a_host_whose_address_the_user_gave_is_reached_without_the_proxy() -> None:
    with proxying() as proxy, serving(Handler.reply_ok) as server:
        address = server.url.removeprefix("http://")
        more = {"storage_resolve": {"minio.internal": address}}
        with client_of("http://api.example.test", Connection(proxy=proxy.url), **more) as client:
            client.send("GET", "http://minio.internal:9000/k", to_storage=True)

    assert proxy.asked == []
    assert server.seen[0]["host"] == "minio.internal:9000"


def variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_the_variables_count_only_where_the_user_asks_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with proxying() as proxy, serving(Handler.reply_ok) as server:
        variables(monkeypatch, HTTP_PROXY=proxy.url)
        with client_of(server.url, Connection()) as client:
            client.send("GET", f"{server.url}/direct")
        with client_of(server.url, Connection(proxy="env")) as client:
            client.send("GET", f"{server.url}/over-it")
        variables(monkeypatch, HTTP_PROXY=proxy.url, NO_PROXY="127.0.0.1")
        with client_of(server.url, Connection(proxy="env")) as client:
            client.send("GET", f"{server.url}/direct-again")

    assert [path for path, _ in proxy.asked] == [f"{server.url}/over-it"]
    assert len(server.seen) == 2


def test_the_bucket_ignores_the_variables_too_and_keeps_the_name_of_its_endpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with proxying() as proxy, serving(Handler.reply_ok) as server:
        variables(monkeypatch, HTTP_PROXY=proxy.url, HTTPS_PROXY=proxy.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-access-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
        target = Target(
            "feedhive", "http://127.0.0.1:1", TOKEN, s3_bucket="media",
            s3_endpoint="http://minio.internal:9000", connection=Connection(headers=(GATEWAY,)),
            storage_resolve={"minio.internal": server.url.removeprefix("http://")},
        )  # fmt: skip
        with closing(Bucket(target)) as bucket:
            found = bucket.find("a key")

    assert proxy.asked == []
    assert found is not None
    assert server.seen[0]["host"] == "minio.internal:9000"
    assert GATEWAY[0].lower() not in server.seen[0]


def test_the_bucket_is_subject_to_the_egress_rule(
    resolver: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
    resolver["metadata.example"] = "169.254.169.254"
    target = Target("feedhive", "http://127.0.0.1:1", TOKEN, s3_bucket="media",
                    s3_endpoint="http://metadata.example")  # fmt: skip
    with closing(Bucket(target)) as bucket, pytest.raises(UsageProblem, match="--allow-network"):
        bucket.check()


def test_no_credentials_are_asked_of_a_metadata_address_of_the_kits_own_accord(
    resolver: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert resolver == {}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    target = Target("feedhive", "http://127.0.0.1:1", TOKEN, s3_bucket="media")

    with closing(Bucket(target)) as bucket, pytest.raises(UsageProblem, match="NoCredentials"):
        bucket.check()


@pytest.mark.parametrize(
    "url", ["socks5://127.0.0.1:1080", "http://[broken", "ftp://proxy.example:21"]
)
def test_a_variable_with_another_kind_of_proxy_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables(monkeypatch, HTTPS_PROXY=url)

    with pytest.raises(UsageProblem, match="--proxy env"):
        Proxies(Connection(proxy="env"))


def test_variables_are_read_once_since_cases_run_while_they_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables(monkeypatch, HTTP_PROXY="http://127.0.0.1:1080", NO_PROXY="near.example")
    proxies = Proxies(Connection(proxy="env"))
    variables(monkeypatch, NO_PROXY="far.example")

    assert proxies.of("http", "near.example", 80) is None
    assert proxies.of("http", "far.example", 80) is not None


def test_the_credentials_of_a_proxy_are_sent_and_are_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with proxying() as proxy:
        url = proxy.url.replace("://", "://me:pass-word-1@")
        variables(monkeypatch, HTTP_PROXY=url)
        connection = Connection(proxy="env")
        with client_of("http://127.0.0.1:1", connection) as client:
            client.send("GET", "http://127.0.0.1:1/x")

    assert proxy.asked[0][1]["Proxy-Authorization"] == "Basic bWU6cGFzcy13b3JkLTE="
    assert "pass-word-1" in connection.secrets


def test_ignored_variables_are_told_in_one_line() -> None:
    found = {"HTTPS_PROXY": "http://p:1", "http_proxy": "http://p:1", "NO_PROXY": "x", "no": ""}

    assert ignored(None, found) == [
        "proxy variables are set and ignored (HTTPS_PROXY, http_proxy): --proxy env uses them"
    ]
    assert ignored("env", found) == ignored(None, {"NO_PROXY": "x"}) == []


def sent(server: Server, **how: object) -> tuple[Exchange, dict[str, str]]:
    with client_of(server.url, Connection(headers=(GATEWAY,))) as client:
        exchange = client.send("GET", f"{server.url}/x", **how)  # type: ignore[arg-type]
    return exchange, server.seen[-1]


def test_the_header_of_a_gateway_goes_to_the_target_and_into_no_record() -> None:
    with serving(Handler.reply_ok) as server:
        exchange, received = sent(server, caller="main")

    assert received[GATEWAY[0].lower()] == GATEWAY[1]
    assert GATEWAY[1] not in str(exchange)


def test_the_header_of_a_gateway_never_goes_to_storage_nor_to_another_origin() -> None:
    with serving(Handler.reply_ok) as server, serving(Handler.reply_ok) as other:
        _, received = sent(server, to_storage=True)
        with client_of(server.url, Connection(headers=(GATEWAY,))) as client:
            client.send("GET", f"{other.url}/x", caller="main")

    assert GATEWAY[0].lower() not in received
    assert GATEWAY[0].lower() not in other.seen[0]
    assert "authorization" not in other.seen[0]


def test_what_a_case_sends_stays_where_a_gateway_wants_the_same_header() -> None:
    with serving(Handler.reply_ok) as server:
        _, received = sent(server, headers={GATEWAY[0]: "of the case"})

    assert received[GATEWAY[0].lower()] == "of the case"
