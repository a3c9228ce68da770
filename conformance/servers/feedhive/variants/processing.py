"""Variants that process a stored file after its complete, and store it again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from conformance.servers.encoding import encoded_again
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow

#: The seconds after which the worker has processed a file.
WORKER_DELAY_S = 0.6


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
