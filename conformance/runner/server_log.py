"""The log of the server that a run starts: kept line by line, each without secrets.

A server may log whole URLs and headers, and a pre-signed URL is a credential. In a run, the lines
go into a file of the report folder, so that they never tear the bar; each failure shows those that
the server wrote meanwhile. Elsewhere they are printed with a mark, so that no reader and no CI
system takes them for lines of the kit.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conformance.model.redaction import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from conformance.model.redaction import Redactor
    from conformance.model.run import Run

#: The file of the log in a report folder.
FILE = "server.log"
_MARK = "server | "
#: A longer line is left out: it could be cut in the middle of a secret.
_LINE_BYTES = 64 * 1024
_LEFT_OUT = f"(a line of more than {_LINE_BYTES:,} bytes is left out)"
_PIECE_BYTES = 64 * 1024
#: The file holds so many characters at most, and the memory the last ones.
_FILE_CHARACTERS, _KEPT_CHARACTERS = 20_000_000, 8_000_000
#: What a line costs besides its characters.
_PER_LINE = 100
#: A failure shows so many lines, each of so many characters; the end of a log so many lines.
_SHOWN_LINES, _SHOWN_CHARACTERS, _TAIL_LINES = 20, 300, 15
#: Seconds to wait for the last lines of a server that has ended.
_END_S = 1.0
#: A line comes so many seconds after the answer at most, which the server may write first.
_LATE_S = 0.1
_BY_TIME = "(by time: lines of other requests may be among them)"
_REQUEST_ID = re.compile(r"\b[0-9a-f]{32}\b")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ServerLog:
    """What a server writes: into a file if there is a `place` for it, and in memory.

    `died` is whether the server ended before it was stopped.
    """

    def __init__(self, place: Path | None = None, *, printed: bool = False) -> None:
        self.died = False
        self._place = place
        self._printed = printed
        self._lines: deque[tuple[float, str]] = deque()
        self._kept = 0
        self._written = 0

    @contextmanager
    def taking(self, redactor: Redactor) -> Iterator[int]:
        """Yield the file descriptor to which a server may log; its lines are kept redacted."""
        read, write = os.pipe()
        reader = threading.Thread(target=self._read, args=(read, redactor), daemon=True)
        reader.start()
        try:
            yield write
        finally:
            os.close(write)
            reader.join(_END_S)  # a process that the server left behind may hold the other end open

    def tail(self) -> list[str]:
        """Return the last lines."""
        return [text[:_SHOWN_CHARACTERS] for _, text in list(self._lines)[-_TAIL_LINES:]]

    def during(self, exchange: Mapping[str, Any]) -> list[str]:
        """Return the lines that the server wrote while a recorded exchange was open.

        Those with the request's id, where the server logs it, and what follows each of them;
        otherwise those of the time.
        """
        sent = {name.lower(): value for name, value in exchange["request"]["headers"]}
        own = sent.get("x-request-id", "")
        began = datetime.fromisoformat(exchange["started"]).timestamp()
        took = exchange["response"]["elapsed_s"] if exchange["response"] else 0.0
        meanwhile = [
            text for when, text in list(self._lines) if began <= when <= began + took + _LATE_S
        ]
        named = list(_of_request(meanwhile, own)) if own else []
        found = named or ([_BY_TIME, *meanwhile[:_SHOWN_LINES]] if meanwhile else [])
        return [text[:_SHOWN_CHARACTERS] for text in found[: _SHOWN_LINES + 1]]

    def attach(self, run: Run, redactor: Redactor) -> None:
        """Give each failure of a run the lines that the server wrote meanwhile.

        Args:
            run: The finished run; its evidence is changed.
            redactor: Knows the secrets of the run, which may be more than those at its start.
        """
        if not self._lines:
            return
        for result in run.requirements:
            for proof in result.evidence:
                if proof.exchange is not None and not proof.server_log:
                    proof.server_log = [redactor.text(line) for line in self.during(proof.exchange)]

    def _read(self, read: int, redactor: Redactor) -> None:
        with os.fdopen(read, "rb", buffering=0) as stream:
            for line in lines(stream.read, _LINE_BYTES):
                self._keep(_LEFT_OUT if line is None else shown(line, redactor))

    def _keep(self, text: str) -> None:
        self._lines.append((time.time(), text))
        self._kept += len(text) + _PER_LINE
        while self._kept > _KEPT_CHARACTERS:
            self._kept -= len(self._lines.popleft()[1]) + _PER_LINE
        if self._printed:
            sys.stderr.write(f"{_MARK}{text}\n")
            sys.stderr.flush()
        if self._place is not None and self._written < _FILE_CHARACTERS:
            self._written += len(text) + 1
            try:
                with self._place.open("a", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(f"{text}\n")
            except OSError:  # a full disk must not stop the server
                self._place = None


def _of_request(meanwhile: Iterable[str], own: str) -> Iterator[str]:
    """Yield the lines with the id of a request, each with those behind it that name no request."""
    ours = False
    for text in meanwhile:
        if own in text:
            ours = True
        elif _REQUEST_ID.search(text):
            ours = False
        if ours:
            yield text


def shown(line: bytes, redactor: Redactor) -> str:
    """Return a line of a log without secrets, colours and characters that control a terminal."""
    text = _COLOUR.sub("", line.decode("utf-8", "replace").rstrip("\r"))
    return visible(redactor.text(text))


def lines(read: Callable[[int], bytes], longest: int) -> Iterator[bytes | None]:
    """Yield the lines of a stream as they come; None for a line that is too long.

    Args:
        read: Returns the next bytes, at most as many as it is asked for; nothing at the end.
        longest: The bytes of the longest line that is yielded.
    """
    kept, dropping = b"", False
    while piece := read(_PIECE_BYTES):
        *whole, kept = (kept + piece).split(b"\n")
        for line in whole:
            yield None if dropping or len(line) > longest else line
            dropping = False
        if len(kept) > longest:
            kept, dropping = b"", True
    if kept or dropping:
        yield None if dropping else kept
