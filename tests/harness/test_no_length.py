"""A request without its length: the kit can send what curl sends for a POST without a body."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

from conformance.harness.pools import Pools
from conformance.harness.raw_request import raw_request
from conformance.harness.transport import GuardedBackend
from conformance.model.exchange import Request
from conformance.target import Connection, Target

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def received(headers: dict[str, str]) -> bytes:
    """Return the bytes that a POST without a body sends."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

        def answer_once() -> bytes:
            connection, _ = server.accept()
            with connection:
                sent = connection.recv(65_536)
                connection.sendall(ANSWER)
            return sent

        sent = pool.submit(answer_once)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        backend = GuardedBackend(Target("feedhive", url, "token-of-the-tests"))
        pools = Pools(backend, Connection())
        request = raw_request(Request("POST", url, tuple(headers.items())), {})
        pools.send(request, to_target=True, fresh=False).close()
        pools.close()
        return sent.result(5)


def test_an_empty_length_leaves_the_header_out() -> None:
    assert b"content-length" not in received({"Content-Length": ""}).lower()


def test_a_post_has_its_length_otherwise() -> None:
    assert b"content-length: 0" in received({}).lower()
