"""Variants that process a stored file after its complete, and store it again."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow

#: The seconds after which the worker has processed a file.
WORKER_DELAY_S = 0.6
#: An empty box of type `free`, which every player of MP4 and QuickTime ignores.
_FREE_BOX = b"\x00\x00\x00\x08free"


@VARIANT(
    "Shortly after complete, a worker stores the processed file under the same key.",
    warns=("FH-PUT-04",),
)
def files_are_processed_in_place(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        done = bool(original(upload_id, media))
        if done:
            timer = threading.Timer(WORKER_DELAY_S, _process, [server, media])
            timer.daemon = True
            timer.start()
        return done


def _process(server: Server, media: MediaRow) -> None:
    library = server.subject
    try:
        body = _processed(library.store.read(media.key), media.mime_type)
        if library.state.media(media.id, media.owner) is not None:  # it is not deleted meanwhile
            library.store.write(media.key, body, media.mime_type)
        if library.state.media(media.id, media.owner) is None:
            library.store.remove(media.key)
    except Exception:  # noqa: BLE001 - the server has stopped, or the file cannot be read
        return


def _processed(body: bytes, mime_type: str) -> bytes:
    """Return a picture that was encoded again, or a film with a box that nobody needs."""
    if mime_type.startswith("video/"):
        return body + _FREE_BOX
    encoded = io.BytesIO()
    try:
        with Image.open(io.BytesIO(body)) as image:
            image.save(encoded, image.format, save_all=mime_type == "image/gif")
    except (UnidentifiedImageError, OSError, ValueError):
        return body
    return encoded.getvalue()
