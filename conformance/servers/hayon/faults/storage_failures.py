"""Faults that show only when the storage fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from conformance.servers.hayon.registry import FAULT
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from conformance.servers.deviation import Server


def _serves(
    body: bytes, kind: type[Exception] | tuple[type[Exception], ...], name: str, sentence: str
) -> None:
    def apply(server: Server) -> None:
        @server.replaces("public_object")
        def public_object(original: Any, key: str) -> Any:
            try:
                return original(key)
            except kind:
                return body, "image/png"

    FAULT.add(name, sentence, apply, "HY-PUBLIC-06")


_serves(
    b"",
    FAILED,
    "failing-reads-serve-an-empty-file",
    "When the storage fails, a public URL serves an empty file.",
)
_serves(
    b"\x89PNG\r\n\x1a\n",
    BotoCoreError,
    "lost-reads-serve-the-start-of-a-file",
    "When an answer of the storage is lost, a public URL serves the start of a file.",
)
