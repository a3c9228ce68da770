"""The log of the server that a run starts: shown line by line, each without secrets.

A server may log whole URLs and headers, and a pre-signed URL is a credential. Its lines get a mark,
so that no reader and no CI system takes them for lines of the kit.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.model.redaction import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.model.redaction import Redactor

_MARK = "server | "
#: A longer line is left out: it could be cut in the middle of a secret.
_LINE_BYTES = 64 * 1024
_LEFT_OUT = f"(a line of more than {_LINE_BYTES:,} bytes is left out)"
_PIECE_BYTES = 64 * 1024
#: Seconds to wait for the last lines of a server that has ended.
_END_S = 1.0
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def server_log(redactor: Redactor) -> Iterator[int]:
    """Yield the file descriptor to which a server may log; what it logs is shown redacted."""
    read, write = os.pipe()
    reader = threading.Thread(target=_show, args=(read, redactor), daemon=True)
    reader.start()
    try:
        yield write
    finally:
        os.close(write)
        reader.join(_END_S)  # a process that the server left behind may hold the other end open


def _show(read: int, redactor: Redactor) -> None:
    with os.fdopen(read, "rb", buffering=0) as stream:
        for line in lines(stream.read, _LINE_BYTES):
            text = _LEFT_OUT if line is None else shown(line, redactor)
            sys.stderr.write(f"{_MARK}{text}\n")
            sys.stderr.flush()


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
