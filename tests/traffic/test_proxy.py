"""The proxy between a client and an upstream, both real: paths, bodies, files, failures."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest

from conformance.problem import UsageProblem
from conformance.target import Connection
from conformance.traffic.assessor import Assessor
from conformance.traffic.egress import Allowed
from conformance.traffic.excerpt import FILE_BYTES
from conformance.traffic.listening import Listener
from conformance.traffic.proxy import Door, Proxy
from conformance.traffic.relevance import Kind
from conformance.traffic.upload_urls import UploadUrls
from tests.traffic.visits import FEEDHIVE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from conformance.judge.finding import Violation
    from conformance.model.exchange import Exchange
    from conformance.traffic.assessor import Observed

QUERY = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abcdef0123456789"


class Upstream:
    """An API and a storage in one: it answers with what it received, or as `answers` says."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[int, list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        digest, size = hashlib.sha256(), 0
        while True:
            message = await receive()
            digest.update(message.get("body", b""))
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        target = scope["raw_path"].decode()
        self.received.append(
            {"method": scope["method"], "path": target, "query": scope["query_string"].decode(),
             "headers": headers, "size": size, "sha256": digest.hexdigest()}
        )  # fmt: skip
        status, extra, body = self.answers.get(target, (200, [], b"{}"))
        named = [name for name, _ in extra]
        label = [] if b"content-type" in named else [(b"content-type", b"application/json")]
        typed = [*label, *extra]
        await send({"type": "http.response.start", "status": status, "headers": typed})
        for start in range(0, max(len(body), 1), 65_536):
            more = start + 65_536 < len(body)
            piece = body[start : start + 65_536]
            await send({"type": "http.response.body", "body": piece, "more_body": more})


class Watched:
    """The proxy, what it forwards to, and what it showed to the terminal."""

    def __init__(self, upstream: Upstream, base: str, leads: UploadUrls | None) -> None:
        self.upstream = upstream
        self.base = base
        self.leads = leads
        self.here = ""
        self.seen: list[tuple[Observed, Exchange, list[Violation]]] = []
        self.assessor = Assessor(FEEDHIVE, f"{base}/api", {}, sees_storage=leads is not None)

    def note(self, observed: Observed, exchange: Exchange, found: list[Violation]) -> None:
        self.seen.append((observed, exchange, found))


@contextmanager
def watched(*, storage: bool = False, connection: Connection | None = None) -> Iterator[Watched]:
    upstream = Upstream()
    with Listener(0, "--a") as behind, Listener(0, "--b") as front, Listener(0, "--c") as files:
        behind.serve(upstream)
        leads = UploadUrls(files.url) if storage else None
        made = Watched(upstream, behind.url, leads)
        made.here = front.url
        allowed = Allowed(behind.url)
        door = Door(lambda _: behind.url, "/api", leads=leads, here=front.url, to_target=True)
        front.serve(Proxy(door, made.assessor, allowed, made.note, connection))
        if leads is not None:
            door = Door(leads.origin_of, kept=FILE_BYTES)
            files.serve(Proxy(door, made.assessor, allowed, made.note, connection))
        yield made


def raw(url: str, target: str) -> int:
    """Send a GET whose target no client library changes."""
    parts = httpx.URL(url)
    with httpcore.ConnectionPool() as pool:
        to = httpcore.URL(
            scheme=b"http", host=parts.raw_host, port=parts.port, target=target.encode()
        )
        return pool.request("GET", to, headers=[("Host", "client")]).status


def test_paths_queries_and_headers_are_forwarded_as_they_were_sent() -> None:
    with watched() as proxy:
        for target in ("/media/a%2Fb%2f..%20c", "/media/../x//y?cursor=a%3D&limit=1", "/media?q=%"):
            assert raw(proxy.here, target) == 200
        headers = {"X-Odd": "1", "Connection": "x-hop", "X-Hop": "2", "Accept-Encoding": "br, gzip"}
        httpx.post(f"{proxy.here}/media/uploads", headers=headers, content=b"{}")

    first, second, third, last = proxy.upstream.received
    assert first["path"] == "/api/media/a%2Fb%2f..%20c"
    assert (second["path"], second["query"]) == ("/api/media/../x//y", "cursor=a%3D&limit=1")
    assert third["query"] == "q=%"
    assert first["headers"]["host"] == proxy.base.removeprefix("http://")
    assert last["headers"]["x-odd"] == "1"
    assert last["headers"]["accept-encoding"] == "gzip"
    assert "x-hop" not in last["headers"]
    assert last["size"] == 2


def test_an_answer_comes_back_as_it_is_and_is_judged_decoded() -> None:
    body = gzip.compress(json.dumps({"success": False, "message": "no"}).encode())
    extra = [(b"content-encoding", b"gzip"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    with watched() as proxy:
        proxy.upstream.answers["/api/media"] = (404, extra, body)
        answer = httpx.get(f"{proxy.here}/media")

    observed, exchange, _ = proxy.seen[0]
    assert (answer.status_code, answer.json()) == (404, {"success": False, "message": "no"})
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert (observed.kind, exchange.json) == (Kind.OPERATION, answer.json())


def test_large_bodies_stream_and_only_their_beginning_is_kept() -> None:
    piece, count = bytes(range(256)) * 256, 160  # 10 MB

    def pieces() -> Iterator[bytes]:
        yield from (piece for _ in range(count))

    with watched() as proxy:
        proxy.upstream.answers["/api/media/uploads"] = (200, [], piece * count)
        answer = httpx.post(f"{proxy.here}/media/uploads", content=pieces(), timeout=60)

    (_, exchange, _), received = proxy.seen[0], proxy.upstream.received[0]
    assert len(answer.content) == received["size"] == exchange.request.size == len(piece) * count
    assert exchange.request.digest == received["sha256"]
    assert received["headers"]["transfer-encoding"] == "chunked"
    assert exchange.response is not None
    assert exchange.response.truncated
    assert exchange.response.size == len(piece) * count
    assert max(len(exchange.request.body), len(exchange.response.body)) < 5_000_000


def test_a_finding_is_shown_at_once_and_tokens_are_learned_first() -> None:
    with watched() as proxy:
        token = "tok_of_nobody_else_1"
        httpx.get(f"{proxy.here}/media", headers={"Authorization": f"Bearer {token}"})

    (_, _, found) = proxy.seen[0]
    assert [violation.requirement for violation in found] == ["FH-LIST-SCHEMA"]
    assert token not in proxy.assessor.redactor.text(f"it is {token}")


def test_signed_urls_lead_through_the_second_port_with_their_host() -> None:
    with watched(storage=True) as proxy:
        url = f"{proxy.base}/bucket/my%20file.png"
        data = {"upload_id": "upl_1beb21fa59e5", "upload_url": f"{url}?{QUERY}", "public": url}
        body = json.dumps({"success": True, "data": data}).replace("/", "\\/").encode()
        proxy.upstream.answers["/api/media/uploads"] = (201, [], body)

        led = httpx.post(f"{proxy.here}/media/uploads", content=b"{}").json()["data"]
        httpx.put(led["upload_url"], content=b"PNG", headers={"Content-Type": "image/png"})
        strange = httpx.put(led["upload_url"].replace("/bucket", "/elsewhere"), content=b"x")

    assert proxy.leads is not None
    assert led["upload_url"] == f"{proxy.leads.led_location(data['upload_url'])}"
    assert not led["upload_url"].startswith(proxy.base)
    assert led["public"] == url
    put = proxy.upstream.received[1]
    assert (put["path"], put["query"]) == ("/bucket/my%20file.png", QUERY)
    assert put["headers"]["host"] == proxy.base.removeprefix("http://")
    assert strange.status_code == 404
    assert len(proxy.upstream.received) == 2
    assert [observed.kind for observed, _, _ in proxy.seen] == [Kind.OPERATION, Kind.STORAGE]
    assert proxy.seen[1][1].request.url == data["upload_url"]


@pytest.mark.parametrize(
    ("label", "encoding", "seen"),
    [
        (b"application/json", b"gzip", True),
        (b"text/plain", b"", True),
        (b"application/octet-stream", b"", False),
    ],
)
def test_an_upload_url_is_led_in_any_text_or_its_file_counts_as_unseen(
    label: bytes, encoding: bytes, *, seen: bool
) -> None:
    with watched(storage=True) as proxy:
        url = f"{proxy.base}/bucket/a.png?{QUERY}"
        data = {"upload_id": "upl_1beb21fa59e5", "upload_url": url, "expires_at": None}
        body = json.dumps({"success": True, "data": data}).encode()
        extra = [(b"content-type", label), *([(b"content-encoding", encoding)] if encoding else [])]
        packed = gzip.compress(body) if encoding else body
        proxy.upstream.answers["/api/media/uploads"] = (201, extra, packed)

        answer = httpx.post(f"{proxy.here}/media/uploads", content=b"{}")

    assert proxy.leads is not None
    assert answer.json()["data"]["upload_url"].startswith(proxy.base) != seen
    assert proxy.assessor.knowledge.sees_storage == seen


def test_a_url_may_not_lead_to_an_address_that_is_closed() -> None:
    with watched(storage=True) as proxy:
        assert proxy.leads is not None
        led = proxy.leads.led_location(f"http://169.254.169.254/latest?{QUERY}")

        answer = httpx.get(led)

    assert answer.status_code == 502
    assert "may not contact" in answer.text


def test_a_server_that_does_not_answer_is_a_lost_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    made = Watched(Upstream(), base, None)
    with Listener(0, "--port") as front:
        front.serve(Proxy(Door(lambda _: base), made.assessor, Allowed(base), made.note))
        answer = httpx.delete(f"{front.url}/media/med_12")

    assert answer.status_code == 502
    assert made.seen[0][1].response is None
    assert made.assessor.answered == 0


def test_redirects_of_the_api_stay_within_the_proxy() -> None:
    with watched() as proxy:
        location = f"{proxy.base}/api/media?x=1".encode()
        proxy.upstream.answers["/api/media/"] = (308, [(b"location", location)], b"")
        answer = httpx.get(f"{proxy.here}/media/")

    assert answer.headers["location"] == f"{proxy.here}/media?x=1"


def test_a_busy_port_gets_one_line() -> None:
    with Listener(0, "--port") as first:
        port = int(first.url.rpartition(":")[2])
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(UsageProblem, match=f"port {port} cannot be used .* with --port"):
                Listener(port, "--port")


def test_the_header_of_a_gateway_is_added_for_the_api_alone_and_shown_nowhere() -> None:
    connection = Connection(headers=(("X-Gateway-Key", "the-key-of-the-gateway"),))
    with watched(connection=connection, storage=True) as proxy:
        url = f"{proxy.base}/bucket/key?X-Amz-Signature=00"
        proxy.upstream.answers["/api/media"] = (200, [], json.dumps({"url": url}).encode())
        led = httpx.get(f"{proxy.here}/media").json()["url"]
        httpx.get(led)
        httpx.get(f"{proxy.here}/media", headers={"X-Gateway-Key": "of the client"})

    api, storage, own = (one["headers"] for one in proxy.upstream.received)
    assert api["x-gateway-key"] == "the-key-of-the-gateway"
    assert "x-gateway-key" not in storage
    assert own["x-gateway-key"] == "of the client"
    assert "the-key-of-the-gateway" not in str([one.request.headers for _, one, _ in proxy.seen])
