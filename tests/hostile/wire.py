"""HTTP as bytes: what was asked, and the answer that a correct server would give."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Headers = list[tuple[str, str]]

#: One request or answer, in bytes.
LONGEST = 32 * 1024 * 1024
_OPERATIONS = {
    ("POST", 2): "create",
    ("POST", 4): "complete",
    ("GET", 1): "list",
    ("GET", 2): "get",
    ("DELETE", 2): "delete",
}


@dataclass
class Asked:
    """A request as it came; `number` counts the requests of this target from 1."""

    method: str
    target: str
    headers: Headers
    body: bytes
    number: int = 0

    @property
    def operation(self) -> str:
        """The operation of FeedHive in one word, or an empty text."""
        steps = [step for step in self.target.partition("?")[0].split("/") if step]
        if not steps or steps[0] != "media":
            return ""
        if self.method == "POST" and steps[1:2] != ["uploads"]:
            return ""
        return _OPERATIONS.get((self.method, len(steps)), "")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass
class Answer:
    """An answer; what is written of it is its own length, unless a way says another one."""

    status: int = 200
    body: bytes = b"{}"
    headers: Headers = field(default_factory=lambda: [("content-type", "application/json")])

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_json(self, value: object) -> Answer:
        return Answer(self.status, json.dumps(value).encode(), self.headers)

    def head(self, *more: tuple[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {self.status} X", *(f"{n}: {v}" for n, v in (*self.headers, *more))]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def whole(self) -> bytes:
        return self.head(("content-length", str(len(self.body)))) + self.body


async def asked(reader: asyncio.StreamReader) -> Asked | None:
    """Read one request, or return None at the end of the connection."""
    head = await _head(reader)
    if head is None:
        return None
    method, target, *_ = head[0].split(" ")
    request = Asked(method, target, _headers(head[1:]), b"")
    if "chunked" in request.header("transfer-encoding"):
        request.body = await _chunks(reader)
    else:
        request.body = await reader.readexactly(int(request.header("content-length") or 0))
    return request


async def fetched(base: str, request: Asked) -> Answer:
    """Send a request to the correct server, and return its answer."""
    parts = urlsplit(base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=LONGEST)
    dropped = {"host", "connection", "transfer-encoding", "content-length", "expect"}
    kept = [(name, value) for name, value in request.headers if name.lower() not in dropped]
    length = [("Content-Length", str(len(request.body)))] if request.body else []
    lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in (*kept, *length, ("Connection", "close"))]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body)
    try:
        head = await _head(reader)
        if head is None:
            return Answer(502)
        headers = _headers(head[1:])
        answer = Answer(int(head[0].split(" ")[1]), b"", headers)
        if request.method != "HEAD":
            answer.body = await _body(reader, headers)
        gone = {"content-length", "transfer-encoding", "connection"}
        answer.headers = [(name, value) for name, value in headers if name.lower() not in gone]
        return answer
    finally:
        writer.close()


async def _body(reader: asyncio.StreamReader, headers: Headers) -> bytes:
    chunked = any(n.lower() == "transfer-encoding" and "chunked" in v for n, v in headers)
    return await _chunks(reader) if chunked else await reader.read()


async def _head(reader: asyncio.StreamReader) -> list[str] | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return None
    return raw.decode("latin-1").rstrip("\r\n").split("\r\n")


def _headers(lines: list[str]) -> Headers:
    pairs = (line.partition(":") for line in lines)
    return [(name.strip(), value.strip()) for name, _, value in pairs]


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while size := int((await reader.readline()).split(b";")[0] or b"0", 16):
        whole += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return whole
