"""The target: a proxy in front of a correct server, which misbehaves in one way."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.hostile import wire
from tests.hostile.way import OWN, Visit
from tests.hostile.ways.bodies import own_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hostile.way import Way


class Target:
    """The proxy of one way; `requests` counts what came."""

    def __init__(self, way: Way, correct: str, port: int) -> None:
        self.way = way
        self.correct = correct
        self.requests = 0
        scheme = "https" if way.tls else "http"
        self.base = f"{scheme}://127.0.0.1:{port}"
        self._port = port
        self._stopping = False
        self._visits: set[asyncio.Task[None]] = set()

    async def serve(self, stop: asyncio.Event, ready: threading.Event) -> None:
        """Serve until the event."""
        context = self.way.tls() if self.way.tls else None
        server = await asyncio.start_server(
            self._connected, "127.0.0.1", self._port, limit=wire.LONGEST, ssl=context
        )
        ready.set()
        await stop.wait()
        self._stopping = True
        server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0.05)  # the transports close in the next turns of the loop

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._visits.add(task)
            task.add_done_callback(self._visits.discard)
        with suppress(OSError, ValueError, EOFError, asyncio.CancelledError):
            await self._requests(reader, writer)
        writer.transport.abort() if self._stopping else writer.close()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (asked := await wire.asked(reader)) is not None:
            self.requests += 1
            asked.number = self.requests
            visit = Visit(asked, self.correct, self.base, writer)
            if asked.target.startswith(OWN):
                await own_file(visit)
            else:
                await self.way.misbehave(visit)
            if not visit.open:
                return


@contextmanager
def misbehaving(way: Way, correct: str) -> Iterator[Target]:
    """Run the target of a way in a thread of its own.

    Args:
        way: How it misbehaves.
        correct: The base URL of the correct server behind it.
    """
    target = Target(way, correct, _free_port())
    if not way.listens:
        yield target
        return
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()
    serving = target.serve(stop, ready)

    def serve() -> None:
        loop.run_until_complete(serving)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield target
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
