"""A way to misbehave: its name, what it does in one sentence, and the code that does it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.hostile.wire import Answer, fetched

if TYPE_CHECKING:
    import ssl

    from tests.hostile.wire import Asked

#: A path that only the ways use: for files and places that an answer names.
OWN = "/hostile/"


@dataclass
class Visit:
    """One request to the target, with everything that a way may do about it."""

    asked: Asked
    correct: str
    base: str
    writer: asyncio.StreamWriter
    #: Whether the connection stays open after this answer.
    open: bool = True

    async def answer(self) -> Answer:
        """Ask the correct server."""
        return await fetched(self.correct, self.asked)

    async def send(self, data: bytes) -> None:
        """Write bytes, as slowly as they are read."""
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, answer: Answer) -> None:
        """Write an answer that is well formed."""
        await self.send(answer.whole() if self.asked.method != "HEAD" else answer.head())

    async def correctly(self) -> None:
        """Answer as the correct server does."""
        await self.reply(await self.answer())

    async def for_ever(self) -> None:
        """Say nothing more, and keep the connection open."""
        self.open = False
        await asyncio.Event().wait()

    def reset(self) -> None:
        """Break the connection off, so that the client sees a reset."""
        self.open = False
        self.writer.transport.abort()


Misbehaviour = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True)
class Way:
    """One way. `left` says that what was made can stay, since the target never lets it go.

    `listens` is False for a target that is not there; `tls` makes the context of its TLS.
    """

    name: str
    does: str
    misbehave: Misbehaviour
    left: bool = False
    correct: bool = False
    listens: bool = True
    tls: Callable[[], ssl.SSLContext] | None = None


WAYS: dict[str, Way] = {}


def way(does: str, **more: Any) -> Callable[[Misbehaviour], Misbehaviour]:
    """Add a way; its name is that of the function, with dashes."""

    def add(misbehave: Misbehaviour) -> Misbehaviour:
        name = misbehave.__name__.replace("_", "-")
        WAYS[name] = Way(name, does, misbehave, **more)
        return misbehave

    return add


def changing(change: Callable[[Any, Visit], Any]) -> Misbehaviour:
    """Return what answers with the JSON of the correct server, changed by a function."""

    async def misbehave(visit: Visit) -> None:
        answer = await visit.answer()
        value = answer.json
        if value is not None:
            value = change(value, visit)
            answer = answer.with_json(value)
        await visit.reply(answer)

    return misbehave


def json_way(does: str, **more: Any) -> Callable[[Callable[[Any, Visit], Any]], Misbehaviour]:
    """Add a way that changes the JSON of each answer."""

    def add(change: Callable[[Any, Visit], Any]) -> Misbehaviour:
        misbehave = changing(change)
        misbehave.__name__ = change.__name__
        return way(does, **more)(misbehave)

    return add
