"""A gateway in front of a reference server that mutates answers, as rows of plain data ask.

The rows come from a file: `{"strikes": PATH, "mutants": [ROW, ...]}`. Each mutated answer has
the header `X-Mutant`, and adds a line with the id of its mutation to the file of strikes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.servers.deviation import Deviation
from conformance.servers.mutated import (
    MARK,
    UNCHANGED,
    Memory,
    Mutation,
    Remembered,
    changed,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server

_CLIENT_ERROR = 400
_RAW = "--raw-json-value--"
_BODILESS = frozenset({204, 205, 304})
#: The mutations of a whole body as bytes: nothing, cut short, with a byte order mark, in UTF-16.
_WHOLE: dict[str, Callable[[bytes], bytes]] = {
    "absent": lambda _: b"",
    "near": lambda original: original[:-1],
    "odd": lambda original: b"\xef\xbb\xbf" + original,
    "encoded": lambda original: original.decode("utf-8", "replace").encode("utf-16"),
}
#: Headers that the new body or the gateway itself sets.
_OWN_HEADERS = frozenset({"content-length", "content-type"})


def deviation(path: str) -> Deviation:
    """Return the deviation that applies the rows of a file.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not JSON.
    """
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    rows = [Mutation(**row) for row in told["mutants"]]
    strikes = Path(told["strikes"])
    return Deviation(
        "mutants", "Answers are mutated.", lambda server: Gateway(strikes).put(server, rows)
    )


@dataclass
class Gateway:
    """Remembers the answers of each operation and mutates them."""

    strikes: Path
    memories: dict[tuple[str, bool], Memory] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def put(self, server: Server, rows: list[Mutation]) -> None:
        """Put the gateway around the operations that the rows change."""
        for row in rows:
            self._around(server, row)

    def _around(self, server: Server, row: Mutation) -> None:
        @server.wraps(row.operation)
        async def mutated(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            if (response.status_code >= _CLIENT_ERROR) != row.refusal or MARK in response.headers:
                return response
            sent = await request.body()
            now = _remembered(request, sent, response)
            memory = self.memories.setdefault((row.operation, row.refusal), Memory())
            other = None
            if _asked(row, sent, response) and self._due(row):
                other = self._changed(row, response, now, memory)
            memory.add(now)
            return other or response

    def _due(self, row: Mutation) -> bool:
        self.counts[row.id] += 1
        return self.counts[row.id] % row.every == 0

    def _changed(
        self, row: Mutation, response: Response, now: Remembered, memory: Memory
    ) -> Response | None:
        match row.part:
            case "status" if response.status_code == row.to:
                return None
            case "status":
                other = _with_status(response, int(row.to))
            case "header":
                other = _with_header(response, row)
            case _:
                body = _body(row, response, now, memory)
                if body is None:
                    self.counts[row.id] -= 1  # the next answer takes its turn
                    return None
                other = _copied(response, body)
        other.headers[MARK] = row.id
        with self.strikes.open("a", encoding="utf-8") as file:
            file.write(f"{row.id}\n")
        return other


def _remembered(request: Request, sent: bytes, response: Response) -> Remembered:
    caller = hashlib.sha256(request.headers.get("authorization", "").encode()).hexdigest()
    asked = f"{request.method} {request.url} {hashlib.sha256(sent).hexdigest()}"
    return Remembered(caller, asked, _parsed(bytes(response.body)))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _asked(row: Mutation, sent: bytes, response: Response) -> bool:
    """Say whether the request or the status is one that the mutation is limited to."""
    match row.only:
        case {"in": "request", "at": pointer, "is": wanted}:
            return values(_parsed(sent), pointer) == [wanted]
        case {"in": "status", "is": wanted}:
            return bool(response.status_code == wanted)
        case _:
            return True


def _body(row: Mutation, response: Response, now: Remembered, memory: Memory) -> bytes | None:
    """Return the mutated body, or None when the mutation finds nothing to change."""
    original = bytes(response.body)
    if row.pointer == "" and row.kind in _WHOLE:
        return _WHOLE[row.kind](original)
    if row.raw:
        row = Mutation(**{**vars(row), "to": _RAW})
    body = changed(row, now, memory)
    if body is UNCHANGED:
        return None
    return json.dumps(body).replace(json.dumps(_RAW), row.raw).encode()


def _copied(response: Response, body: bytes, status: int | None = None) -> Response:
    other = Response(
        body, status or response.status_code, media_type=response.headers.get("content-type")
    )
    for name, value in response.headers.items():
        if name not in _OWN_HEADERS:
            other.headers[name] = value
    return other


def _with_status(response: Response, status: int) -> Response:
    body = b"" if status in _BODILESS else bytes(response.body)
    other = _copied(response, body, status)
    if status in _BODILESS and "content-type" in other.headers:
        del other.headers["content-type"]
    return other


def _with_header(response: Response, row: Mutation) -> Response:
    other = _copied(response, bytes(response.body))
    if row.kind == "absent":
        if row.pointer in other.headers:
            del other.headers[row.pointer]
    else:
        other.headers[row.pointer] = row.to
    return other
