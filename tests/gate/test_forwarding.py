"""The gate passes on every byte, and fails or holds only what it was ordered to."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from conformance.gate.forwarding import Forwarder
from conformance.gate.orders import CUT, HOLD, SILENCE, STATUS, Order
from conformance.gate.sight import DELETE, READ

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\n\r\nhello"
GET = b"GET /media/uploads/abcdef.png HTTP/1.1\r\nHost: Any:1\r\nx-ODD:  a\r\n\r\n"
DELETED = b"HTTP/1.1 204 No Content\r\n\r\n"
REMOVE = b"DELETE /media/uploads/abcdef.png HTTP/1.1\r\nHost: h\r\n\r\n"
KEY = "uploads/abcdef.png"


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class Store:
    """A store that gives one answer to everything, and keeps the bytes that it got."""

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.got = b""
        self.connections = 0
        self.closes = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65_536):
                self.got += piece
                if self.got.endswith(b"\r\n\r\n") or self.got.endswith(b"</Delete>"):
                    writer.write(self.answer)
                    await writer.drain()
                    if self.closes:
                        break
        await closed(writer)


@contextlib.asynccontextmanager
async def gate_before(store: Store) -> AsyncIterator[tuple[Forwarder, int]]:
    gate = Forwarder()
    async with await asyncio.start_server(store.serve, "127.0.0.1", 0) as behind:
        gate.endpoint = f"http://127.0.0.1:{behind.sockets[0].getsockname()[1]}"
        gate.bucket = "media"
        async with await asyncio.start_server(gate.serve, "127.0.0.1", 0, limit=65_536) as before:
            yield gate, before.sockets[0].getsockname()[1]
            handlers = [
                task for task in asyncio.all_tasks() if "serve" in repr(task.get_coro())
            ]  # they end with their connections
            if handlers:
                await asyncio.wait(handlers, timeout=5)


async def answer_to(port: int, *requests: bytes, size: int = 0) -> bytes:
    """Send requests on one connection; return what comes, up to a size or to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    for request in requests:
        writer.write(request)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            got += await (reader.readexactly(size) if size else reader.read(-1))
    await closed(writer)
    return got


def run(test: Callable[[], Awaitable[Any]]) -> Any:
    async def bounded() -> Any:
        return await asyncio.wait_for(test(), 20)

    return asyncio.run(bounded())


def test_requests_and_answers_pass_byte_for_byte_on_kept_connections() -> None:
    store = Store()

    async def test() -> None:
        async with gate_before(store) as (gate, port):
            assert await answer_to(port, GET, GET, size=len(OK)) == OK + OK
            assert store.got == GET + GET
            assert store.connections == 1
            assert [(one.kind, one.keys, one.status) for one in gate.sights] == [
                (READ, [KEY], 200)
            ] * 2
            assert gate.failures == []

    run(test)


def test_a_body_passes_and_its_digest_is_kept() -> None:
    body = b"x" * 200_000 + b"\r\n\r\n"
    store = Store()

    async def test() -> None:
        async with gate_before(store) as (gate, port):
            put = b"PUT /media/a HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
            assert await answer_to(port, put + body, size=len(OK)) == OK
            assert store.got == put + body
            await asyncio.sleep(0)
            assert gate.sights[0].size == len(body)
            assert gate.sights[0].sha256 == hashlib.sha256(body).hexdigest()

    run(test)


def test_chunks_pass_as_they_are_in_both_directions() -> None:
    chunked = b"5;a=b\r\nhello\r\n0\r\nX-Trailer: t\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked
    store = Store(answer)

    async def test() -> None:
        async with gate_before(store) as (_, port):
            put = b"PUT /media/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked
            # The store answers once it saw an empty line: that of the head, or that of the end.
            assert (await answer_to(port, put, size=len(answer)))[: len(answer)] == answer
            assert store.got == put

    run(test)


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    store = Store(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
    store.closes = True

    async def test() -> None:
        async with gate_before(store) as (_, port):
            assert await answer_to(port, GET) == store.answer

    run(test)


def test_the_word_to_continue_passes() -> None:
    store = Store(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)

    async def test() -> None:
        async with gate_before(store) as (_, port):
            assert await answer_to(port, GET, size=len(store.answer)) == store.answer

    run(test)


def test_a_closed_connection_to_the_store_is_opened_again() -> None:
    store = Store()
    store.closes = True

    async def test() -> None:
        async with gate_before(store) as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(2):
                writer.write(GET)
                assert await reader.readexactly(len(OK)) == OK
                await asyncio.sleep(0.05)
            await closed(writer)
            assert store.connections == 2

    run(test)


@pytest.mark.parametrize("status", [500, 503])
def test_a_request_is_failed_with_a_status_and_never_reaches_the_store(status: int) -> None:
    store = Store()

    async def test() -> None:
        async with gate_before(store) as (gate, port):
            gate.orders.add(Order((READ,), (KEY,), STATUS, status))
            got = await answer_to(port, GET.replace(b"x-ODD:  a", b"Connection: close"))
            assert got.startswith(b"HTTP/1.1 %d " % status)
            assert got.endswith(b"</Error>")
            assert store.got == b""

    run(test)


def test_a_silence_ends_without_an_answer() -> None:
    store = Store()

    async def test() -> None:
        async with gate_before(store) as (gate, port):
            gate.orders.add(Order((READ,), (KEY,), SILENCE, seconds=0.05))
            assert await answer_to(port, GET) == b""
            assert store.got == b""

    run(test)


@pytest.mark.parametrize(
    ("request_", "answer", "kind", "got"),
    [
        (GET, OK, READ, OK[:-3]),
        (REMOVE, DELETED, DELETE, b"HTTP/1.1"),
        (GET.replace(b"GET", b"HEAD"), OK[:-5], READ, b"HTTP/1.1"),
    ],
    ids=["GET", "DELETE", "HEAD"],
)
def test_a_cut_answer_is_of_a_request_that_was_done(
    request_: bytes, answer: bytes, kind: str, got: bytes
) -> None:
    store = Store(answer)

    async def test() -> None:
        async with gate_before(store) as (gate, port):
            gate.orders.add(Order((kind,), (KEY,), CUT))
            assert await answer_to(port, request_) == got
            assert store.got == request_

    run(test)


def test_a_delete_waits_while_it_is_held() -> None:
    store = Store(DELETED)

    async def test() -> None:
        async with gate_before(store) as (gate, port):
            number = gate.orders.add(Order((DELETE,), (KEY,), HOLD, seconds=10))
            asked = asyncio.ensure_future(answer_to(port, REMOVE, size=len(DELETED)))
            assert await gate.orders.caught(number, 5.0) == 1
            assert store.got == b""
            gate.orders.end(number)
            assert await asked == DELETED
            assert store.got == REMOVE

    run(test)


def test_a_delete_of_several_objects_is_read_and_passed_on() -> None:
    store = Store()
    body = b"<Delete><Object><Key>uploads/abcdef.png</Key></Object></Delete>"

    async def test() -> None:
        async with gate_before(store) as (gate, port):
            post = b"POST /media?delete HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
            assert await answer_to(port, post + body, size=len(OK)) == OK
            assert store.got == post + body
            assert (gate.sights[0].kind, gate.sights[0].keys) == (DELETE, [KEY])

    run(test)


def test_a_store_that_cannot_be_reached_is_the_gates_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("conformance.gate.forwarding._CONNECT_PAUSE_S", 0.0)

    async def test() -> None:
        async with gate_before(Store()) as (gate, port):
            gate.endpoint = "http://127.0.0.1:1"
            assert await answer_to(port, GET) == b""
            assert "no connection to http://127.0.0.1:1" in gate.failures[0]

    run(test)


@pytest.mark.parametrize("said", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost", b"\r\n"])
def test_what_is_no_request_ends_the_connection(said: bytes) -> None:
    async def test() -> None:
        async with gate_before(Store()) as (gate, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            writer.write_eof()
            assert await reader.read(-1) == b""
            await closed(writer)
            assert gate.failures == []

    run(test)
