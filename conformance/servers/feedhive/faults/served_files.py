"""Faults of complete: media_url serves the file with another type, or as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server


def _stores(
    name: str, sentence: str, mime_type: str, stored: Callable[[bytes], tuple[bytes, str]]
) -> None:
    """Register a fault: complete stores the file of a type again; an empty one means all types."""

    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("state.complete")
        def complete(original: Any, upload_id: str, media: Any) -> Any:
            if mime_type in ("", media.mime_type):
                store.write(media.key, *stored(store.read(media.key)))
            return original(upload_id, media)

    FAULT.add(name, sentence, apply, "FH-PUT-04")


_stores(
    "complete-loses-the-type",
    "Complete copies each object without its content type.",
    "",
    lambda body: (body, "application/octet-stream"),
)
_stores(
    "jpegs-are-copied-as-text",
    "Complete reads a JPEG as text and writes the text, without what is no UTF-8.",
    "image/jpeg",
    lambda body: (body.decode("utf-8", "replace").encode(), "image/jpeg"),
)
_stores(
    "gifs-are-copied-as-text",
    "Complete reads a GIF as text and writes the text, without what is no UTF-8.",
    "image/gif",
    lambda body: (body.decode("utf-8", "replace").encode(), "image/gif"),
)
_stores(
    "films-get-the-line-ends-of-text",
    "Complete writes a QuickTime film with the line ends of a text.",
    "video/quicktime",
    lambda body: (body.replace(b"\n", b"\r\n"), "video/quicktime"),
)
