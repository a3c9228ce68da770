"""A loopback server that answers as a test says, and the client for it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from conformance.harness.client import Client
from conformance.harness.transcript import Transcript
from conformance.target import Limits, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.model.exchange import Exchange

    Answer = Callable[["Handler"], None]

TOKEN = "token-of-the-tests"


class Handler(BaseHTTPRequestHandler):
    """Answers as the test says and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.server.answer(self)

    def reply(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reply_ok(self) -> None:
        self.reply(200)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A loopback server of one test."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.seen: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    with Server(answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def client_of(server: Server, **limits: float) -> Iterator[Client]:
    bounds = Limits(**limits)  # type: ignore[arg-type]
    client = Client(Target("feedhive", server.url, TOKEN, limits=bounds), Transcript("run"))
    try:
        yield client
    finally:
        client.close()


def sent(client: Client, url: str) -> Exchange:
    return client.send("GET", url, caller="main")
