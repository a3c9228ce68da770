"""Passes requests on to the store and its answers back, byte for byte as they came."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.gate import store
from conformance.gate.message import (
    HEAD_BYTES,
    BadMessage,
    Head,
    has_body,
    pass_body,
    pass_rest,
    read_head,
)
from conformance.gate.orders import CUT, HOLD, SILENCE, Order, Orders
from conformance.gate.sight import Sight, deletes_several, keys_in, seen

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

# How many requests the gate remembers, and how many connections it serves at once.
_REMEMBERED = 20_000
_CONNECTIONS = 256
# Seconds that a connection may idle, and within which the store must accept a connection.
_IDLE_S = 120.0
_CONNECT_S = 5.0
_CLOSE_S = 1.0
_CONNECT_TRIES = 3
_CONNECT_PAUSE_S = 0.2
# A request that deletes several objects names at most a thousand keys of a kilobyte each.
_DELETE_BYTES = 4 * 1024 * 1024
_CUT_BYTES = len("HTTP/1.1")
_REASONS = {500: "Internal Server Error", 503: "Service Unavailable"}
_CODES = {500: "InternalError", 503: "SlowDown"}


class Forwarder:
    """The gate itself: the address of the store, what was seen, and what shall happen."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.bucket = ""
        self.orders = Orders()
        self.sights: deque[Sight] = deque(maxlen=_REMEMBERED)
        self.count = 0
        #: How many requests were not the kit's own.
        self.others = 0
        #: What the gate itself could not do.
        self.failures: list[str] = []
        self._free = asyncio.Semaphore(_CONNECTIONS)

    def note(self, head: Head) -> Sight:
        """Remember a request."""
        self.count += 1
        sight = seen(self.count, head, self.bucket)
        self.others += not sight.own
        self.sights.append(sight)
        return sight

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a new connection to the store; raises `OSError`."""
        host, port = store.address(self.endpoint)
        context = store.trust(self.endpoint)
        for left in reversed(range(_CONNECT_TRIES)):
            try:
                return await asyncio.wait_for(
                    asyncio.open_connection(
                        host,
                        port,
                        limit=HEAD_BYTES,
                        ssl=context,
                        server_hostname=urlsplit(self.endpoint).hostname if context else None,
                    ),
                    _CONNECT_S,
                )
            except (OSError, TimeoutError):
                if not left:
                    raise
                await asyncio.sleep(_CONNECT_PAUSE_S)
        raise OSError("no try was left")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of a client until one side ends it."""
        async with self._free:
            connection = Connection(self, reader, writer)
            try:
                while await connection.one_request():
                    pass
            except (BadMessage, OSError, TimeoutError, asyncio.IncompleteReadError,
                    asyncio.LimitOverrunError):  # fmt: skip
                pass  # one side ended its connection: the other side sees the same
            except Exception as error:  # noqa: BLE001 - it is the gate's, and is reported so
                self.failures.append(repr(error))
            finally:
                await connection.close()


class Connection:
    """One connection of a client, with a connection of its own to the store."""

    def __init__(
        self, gate: Forwarder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._gate = gate
        self._client = reader, writer
        self._store: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def close(self) -> None:
        """Close both connections."""
        for writer in (self._client[1], self._store[1] if self._store else None):
            if writer is not None:
                await _closed(writer)

    async def one_request(self) -> bool:
        """Serve one request; return whether there may be another one."""
        reader, _ = self._client
        head = await asyncio.wait_for(read_head(reader), _IDLE_S)
        if head is None:
            return False
        sight = self._gate.note(head)
        body = bytearray()
        if deletes_several(head):  # only its body says which objects it is about
            await self._continue(head)
            await pass_body(head, reader, lambda piece: _gather(body, piece), None)
            sight.keys = keys_in(bytes(body))
        order = self._gate.orders.about(sight)
        if order is not None and order.action == HOLD:
            await order.held()
        elif order is not None and order.action == SILENCE:
            await order.held()
            return False
        elif order is not None and order.action != CUT:
            return await self._refuse(head, order, sight, read=bool(body))
        return await self._forward(head, sight, bytes(body), order)

    async def _continue(self, head: Head) -> None:
        """Ask for a body that the client sends only when it is asked for (RFC 9110, 10.1.1)."""
        if head.headers.get("expect", "").lower() == "100-continue":
            self._client[1].write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await self._client[1].drain()

    async def _refuse(self, head: Head, order: Order, sight: Sight, *, read: bool) -> bool:
        """Answer with an error of S3, after the body of the request."""
        reader, writer = self._client
        if not read:
            await self._continue(head)
            await pass_body(head, reader, lambda _: None, None)
        sight.status = order.status
        code = _CODES.get(order.status, "InternalError")
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
        lines = (
            f"HTTP/1.1 {order.status} {_REASONS.get(order.status, 'Error')}",
            "Content-Type: application/xml",
            f"Content-Length: {len(body)}",
        )
        text = "\r\n".join(lines) + "\r\n\r\n"
        writer.write((text if head.line[0] == "HEAD" else text + body).encode())
        await writer.drain()
        return not head.closes

    async def _forward(self, head: Head, sight: Sight, body: bytes, order: Order | None) -> bool:
        """Pass a request on and its answer back; `body` is what was already read of it."""
        reader, _ = self._client
        store_reader, store_writer = await self._to_store()
        store_writer.write(head.raw + body)
        digest = hashlib.sha256(body)

        def take(piece: bytes) -> None:
            digest.update(piece)
            sight.size += len(piece)
            store_writer.write(piece)

        parts: list[Coroutine[Any, Any, Any]] = [self._answer(head, sight, store_reader, order)]
        if not body:
            parts.append(pass_body(head, reader, take, store_writer))
        try:
            await store_writer.drain()
            return await _both(parts)
        finally:
            sight.sha256 = digest.hexdigest()

    async def _to_store(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return the connection to the store; a new one if the store has closed it."""
        if self._store is None or self._store[0].at_eof() or self._store[1].is_closing():
            if self._store is not None:
                await _closed(self._store[1])
            try:
                self._store = await self._gate.connect()
            except (OSError, TimeoutError) as error:
                self._gate.failures.append(f"no connection to {self._gate.endpoint}: {error!r}")
                raise
        return self._store

    async def _answer(
        self, head: Head, sight: Sight, store: asyncio.StreamReader, order: Order | None
    ) -> bool:
        """Pass an answer back; return whether the connections may go on."""
        _, writer = self._client
        while True:
            answer = await read_head(store)
            if answer is None:
                raise BadMessage("the store ended the connection without an answer")
            if answer.is_final:
                break
            writer.write(answer.raw)
            await writer.drain()
        sight.status = answer.status
        if order is not None and order.action == CUT:
            await self._cut(answer, store, bodied=has_body(answer, head.line[0]))
            return False
        writer.write(answer.raw)
        unbounded = False
        if has_body(answer, head.line[0]):
            unbounded = not answer.chunked and answer.length is None
            if unbounded:
                await pass_rest(store, writer.write, writer)
            else:
                await pass_body(answer, store, writer.write, writer)
        await writer.drain()
        return not (unbounded or head.closes or answer.closes)

    async def _cut(self, answer: Head, store: asyncio.StreamReader, *, bodied: bool) -> None:
        """Pass on a part of an answer: of its body, if it has one, or of its first line."""
        _, writer = self._client
        if bodied and answer.length and answer.length > 1:
            some = await store.read(answer.length // 2)
            writer.write(answer.raw + some[: answer.length // 2])
        else:
            # Some clients take the headers that came for all of them.
            writer.write(answer.raw[:_CUT_BYTES])
        await writer.drain()


async def _both(parts: list[Coroutine[Any, Any, Any]]) -> bool:
    """Run the answer and the sending of a body side by side; return the answer's result.

    An answer that comes before the whole body is the end of the connection. Raises what the
    first of them raises.
    """
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        while not tasks[0].done():
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if tasks[-1].done() and not tasks[0].done():
                await tasks[0]
        return bool(tasks[0].result()) and all(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever its other side does."""
    writer.close()
    with suppress(OSError, TimeoutError, ssl.SSLError):
        await asyncio.wait_for(writer.wait_closed(), _CLOSE_S)


def _gather(body: bytearray, piece: bytes) -> None:
    body += piece
    if len(body) > _DELETE_BYTES:
        raise BadMessage("the request deletes more objects than S3 allows")


def after(sights: Iterable[Sight], number: int) -> list[Sight]:
    """Return the requests that came after one, by their numbers."""
    return [sight for sight in sights if sight.number > number]
