"""HTTP/1.1 messages as bytes: their heads are read, and never changed (RFC 9112)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Take = Callable[[bytes], None]

#: Bytes that a head may have; it is also the limit of a line in a chunked body.
HEAD_BYTES = 65_536
#: Bytes that are read and passed on at once.
PIECE_BYTES = 65_536

_FINAL = 200  # statuses below it come before the final answer
_BODILESS = frozenset({204, 304})


class BadMessage(Exception):
    """The bytes are not an HTTP/1.1 message that the gate can pass on."""


@dataclass(frozen=True)
class Head:
    """The head of a message: its raw bytes, its first line in three parts, and its headers.

    The names of the headers are in lower case; of repeated ones the values are joined by commas.
    """

    raw: bytes
    line: tuple[str, str, str]
    headers: dict[str, str]

    @property
    def closes(self) -> bool:
        """Whether the connection ends with this message."""
        options = self.headers.get("connection", "").lower()
        old = "HTTP/1.0" in {self.line[0], self.line[2]}
        return "close" in options or (old and "keep-alive" not in options)

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def length(self) -> int | None:
        """The announced length of the body; None without one."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def status(self) -> int:
        """The status of a response."""
        text = self.line[1]
        return int(text) if text.isascii() and text.isdigit() else 0

    @property
    def is_final(self) -> bool:
        """Whether a response is not one of those that come before the real one (1xx)."""
        return self.status >= _FINAL


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Read one head; None if the connection ends before its first byte.

    Raises `BadMessage` if the bytes are no head, and the errors of `asyncio.StreamReader`.
    """
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial.strip():
            return None
        raise BadMessage("the head ends too early") from None
    except asyncio.LimitOverrunError:
        raise BadMessage(f"the head has more than {HEAD_BYTES} bytes") from None
    first, *lines = raw.decode("latin-1").lstrip("\r\n").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 2:  # noqa: PLR2004 - a status line may have no reason
        raise BadMessage(f"the first line is {first[:40]!r}")
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers[key] = f"{headers[key]},{value.strip()}" if key in headers else value.strip()
    return Head(raw, (parts[0], parts[1], parts[2] if len(parts) > 2 else ""), headers)  # noqa: PLR2004 - as above


def has_body(response: Head, method: str) -> bool:
    """Return whether a response to this method has a body (RFC 9112 section 6.3)."""
    return method != "HEAD" and response.is_final and response.status not in _BODILESS


async def pass_body(
    head: Head, reader: asyncio.StreamReader, take: Take, flush: asyncio.StreamWriter | None
) -> None:
    """Read a body with an announced end, and give each piece to `take`.

    `flush` is the connection that `take` writes to: no more is read than it can send.
    """
    if head.chunked:
        await _pass_chunks(reader, take, flush)
    elif head.length:
        await _pass_bytes(head.length, reader, take, flush)


async def pass_rest(
    reader: asyncio.StreamReader, take: Take, flush: asyncio.StreamWriter | None
) -> None:
    """Read a body that ends with its connection."""
    while piece := await reader.read(PIECE_BYTES):
        take(piece)
        if flush is not None:
            await flush.drain()


async def _pass_bytes(
    count: int, reader: asyncio.StreamReader, take: Take, flush: asyncio.StreamWriter | None
) -> None:
    while count > 0:
        piece = await reader.read(min(count, PIECE_BYTES))
        if not piece:
            raise BadMessage("the body ends too early")
        take(piece)
        count -= len(piece)
        if flush is not None:
            await flush.drain()


async def _pass_chunks(
    reader: asyncio.StreamReader, take: Take, flush: asyncio.StreamWriter | None
) -> None:
    while True:
        line = await reader.readuntil(b"\r\n")
        take(line)
        try:
            size = int(line.partition(b";")[0].strip(), 16)
        except ValueError:
            raise BadMessage("a chunk has no size") from None
        if size == 0:
            break
        await _pass_bytes(size + 2, reader, take, flush)
    while line != b"\r\n":  # the trailer section
        line = await reader.readuntil(b"\r\n")
        take(line)
