"""Connections between two requests: which one is taken, which are closed, how many there are."""

from __future__ import annotations

from typing import Any

import httpcore
import pytest

from conformance.harness import kept
from conformance.harness.kept import KeptConnections

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Line(httpcore.MockStream):
    """A connection to a server that answers every request; `gone` says that it was closed."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__(list(answers))
        self.gone = self.closed = False

    def get_extra_info(self, info: str) -> Any:
        return self.gone if info == "is_readable" else None

    def close(self) -> None:
        self.closed = True
        super().close()


class Backend(httpcore.MockBackend):
    """Opens lines, and remembers them."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__([])
        self.answers = answers or (ANSWER,) * 9
        self.lines: list[Line] = []

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        self.lines.append(Line(*self.answers))
        return self.lines[-1]


def connections(backend: Backend, most: int = 9, most_kept: int = 2) -> KeptConnections:
    pool = httpcore.ConnectionPool(network_backend=backend)
    return KeptConnections(pool, most=most, kept=most_kept)


def sent(home: KeptConnections, url: str = "http://a.test/") -> httpcore.Response:
    waits = {"timeout": {"pool": 0.01}}
    return home.handle_request(
        httpcore.Request("GET", url, headers={"Host": "x"}, extensions=waits)
    )


def whole(answer: httpcore.Response) -> bytes:
    body = b"".join(answer.iter_stream())
    answer.close()
    return body


def test_a_connection_is_used_again_for_its_own_origin_only() -> None:
    backend = Backend()
    home = connections(backend)
    for url in ["http://a.test/", "http://a.test/x", "http://a.test:81/", "http://b.test/"]:
        assert whole(sent(home, url)) == b"{}"

    assert len(backend.lines) == 3


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    backend = Backend()
    home = connections(backend)
    whole(sent(home))
    backend.lines[0].gone = True
    whole(sent(home))

    assert [line.closed for line in backend.lines] == [True, False]


def test_a_body_that_nobody_read_closes_its_connection() -> None:
    backend = Backend()
    home = connections(backend)
    sent(home).close()
    whole(sent(home))

    assert [line.closed for line in backend.lines] == [True, False]


def test_a_connection_is_not_shared_while_its_answer_is_read() -> None:
    backend = Backend()
    home = connections(backend)
    first, second = sent(home), sent(home)

    assert len(backend.lines) == 2
    assert whole(first) == whole(second) == b"{}"


def test_only_so_many_are_kept_and_none_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Backend()
    home = connections(backend)
    for answer in [sent(home) for _ in range(4)]:
        whole(answer)
    assert [line.closed for line in backend.lines] == [True, True, False, False]

    monkeypatch.setattr(kept, "IDLE_S", -1.0)
    whole(sent(home))
    assert all(line.closed for line in backend.lines)


def test_nothing_is_kept_where_each_request_has_a_connection_of_its_own() -> None:
    backend = Backend()
    home = connections(backend, most_kept=0)
    for _ in range(2):
        whole(sent(home))

    assert [line.closed for line in backend.lines] == [True, True]


def test_a_request_waits_for_a_connection_only_as_long_as_it_may() -> None:
    home = connections(Backend(), most=1)
    first = sent(home)
    with pytest.raises(httpcore.PoolTimeout):
        sent(home)
    whole(first)

    assert whole(sent(home)) == b"{}"


def test_a_failed_request_gives_its_place_back_and_closes() -> None:
    backend = Backend(b"garbage\r\n\r\n")
    home = connections(backend, most=1)
    for _ in range(3):
        with pytest.raises(httpcore.RemoteProtocolError):
            sent(home)

    assert [line.closed for line in backend.lines] == [True] * 3


def test_closing_closes_what_is_kept() -> None:
    backend = Backend()
    home = connections(backend)
    whole(sent(home))
    home.close()

    assert backend.lines[0].closed


@pytest.mark.parametrize(("url", "text"), [("ftp://a.test/", "unsupported"), ("/x", "missing")])
def test_only_http_is_sent(url: str, text: str) -> None:
    with pytest.raises(httpcore.UnsupportedProtocol, match=text):
        sent(connections(Backend()), url)


def test_an_answer_that_nobody_asked_for_is_never_taken_for_the_next_one() -> None:
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
    backend = Backend(ANSWER + poison, ANSWER)
    home = connections(backend)

    assert [whole(sent(home)) for _ in range(2)] == [b"{}", b"{}"]
    assert [line.closed for line in backend.lines] == [True, True]
