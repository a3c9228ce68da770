"""A TCP proxy that holds each message to a server for a while, as a long way would."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 65_536
# The proxy is there within so many seconds, or the bench ends.
_READY_S = 10.0


@contextmanager
def delayed(port: int, delay_s: float) -> Iterator[int]:
    """Forward to a port of this machine, each message of a client later; yield the proxy's port."""
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()

    async def serve() -> None:
        ends = asyncio.Event()
        server = await asyncio.start_server(lambda r, w: _joined(r, w, port, delay_s), "127.0.0.1")
        async with server:
            own_port = server.sockets[0].getsockname()[1]
            ready.set_result((asyncio.get_running_loop(), ends, own_port))
            await ends.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    loop, ends, own_port = ready.result(_READY_S)
    try:
        yield own_port
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join(_READY_S)


async def _joined(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, delay_s: float
) -> None:
    """Join a client with the server, until one of them closes."""
    back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
    ways = (_passed(reader, back_writer, delay_s), _passed(back_reader, writer, 0.0))
    try:
        await asyncio.gather(*ways, return_exceptions=True)
    finally:
        writer.close()
        back_writer.close()


async def _passed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float
) -> None:
    held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    sending = asyncio.create_task(_sent(held, writer))
    try:
        while data := await reader.read(_PIECE):
            held.put_nowait((time.monotonic() + delay_s, data))
    except ConnectionError:
        pass
    held.put_nowait((time.monotonic(), b""))
    await sending


async def _sent(held: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    while True:
        due, data = await held.get()
        await asyncio.sleep(max(due - time.monotonic(), 0.0))
        if not data:
            writer.close()
            return
        writer.write(data)
        await writer.drain()
