"""Variants that process a stored file after its complete, and store it again."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from conformance.servers.encoding import encoded_again
from conformance.servers.feedhive.registry import VARIANT
from conformance.servers.later import later
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

#: The seconds after which the worker has processed a file.
WORKER_DELAY_S = 0.6
#: The seconds after which the worker has made a thumbnail.
THUMBNAIL_DELAY_S = 75.0


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
        body = encoded_again(library.store.read(media.key), media.mime_type)
        if library.state.media(media.id, media.owner) is not None:  # it is not deleted meanwhile
            library.store.write(media.key, body, media.mime_type)
        if library.state.media(media.id, media.owner) is None:
            library.store.remove(media.key)
    except Exception:  # noqa: BLE001 - the server has stopped, or the file cannot be read
        return


@VARIANT("A worker stores a thumbnail 75 seconds after complete, at the URL that is known before.")
def thumbnails_are_made_much_later(server: Server) -> None:
    library = server.subject

    @server.replaces("thumbnail")
    def thumbnail(original: Any, row: UploadRow) -> str | None:
        key: str | None = original(row)
        if key is not None:
            with suppress(*FAILED):  # a complete at the same time may have taken it already
                small = library.store.read(key)
                library.store.remove(key)
                later(THUMBNAIL_DELAY_S, made, key, small)
        return key

    def made(key: str, small: bytes) -> None:
        with library.state.transaction() as connection:
            known = connection.execute("SELECT 1 FROM media WHERE thumbnail_key = ?", (key,))
            if known.fetchone() is not None:  # it is not deleted meanwhile
                library.store.write(key, small, "image/png")
