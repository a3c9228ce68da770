"""Faults of complete: stored types that are nearly the declared type, and files that are equal."""

from __future__ import annotations

import hashlib
import mimetypes
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import UploadRow


def _completes(name: str, sentence: str, accepts: Callable[[str, str], bool]) -> None:
    """Register a fault: complete accepts a stored type beside the declared type."""

    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(original: Any, row: Any) -> None:
            stored = store.head(row.key)
            if stored is None or stored[0] == 0 or not accepts(stored[1], row.content_type):
                original(row)

    FAULT.add(name, sentence, apply, "FH-COMPLETE-12")


_completes(
    "types-that-begin-alike-complete",
    "Complete accepts a stored type that begins with the declared type, such as image/pngx.",
    lambda stored, declared: stored.startswith(declared),
)
_completes(
    "types-that-end-alike-complete",
    "Complete accepts a stored type that ends with the declared type, such as x-image/png.",
    lambda stored, declared: stored.endswith(declared),
)
_completes(
    "types-inside-the-declared-type-complete",
    "Complete accepts a stored type that is a part of the declared type, such as image/p.",
    lambda stored, declared: stored in declared,
)
_completes(
    "gifs-complete-with-a-film",
    "A session of image/gif completes with a stored video/mp4.",
    lambda stored, declared: (stored, declared) == ("video/mp4", "image/gif"),
)
_completes(
    "films-complete-with-a-gif",
    "A session of video/mp4 completes with a stored GIF.",
    lambda stored, declared: (stored, declared) == ("image/gif", "video/mp4"),
)
_completes(
    "octet-streams-complete",
    "Complete accepts an object of type application/octet-stream.",
    lambda stored, _: stored == "application/octet-stream",
)
_completes(
    "webp-completes-a-picture",
    "Complete accepts a stored image/webp where another picture was declared.",
    lambda stored, declared: stored == "image/webp" and declared.startswith("image/"),
)


def _completes_one(name: str, declared: str, *stored: str) -> None:
    """Register a fault: one declared type completes with some other types."""
    _completes(
        name,
        f"A session of {declared} completes with a stored {' or '.join(stored)}.",
        lambda found, wanted: wanted == declared and found in stored,
    )


_completes_one("octet-streams-complete-a-jpeg", "image/jpeg", "application/octet-stream")
_completes_one("heic-completes-a-jpeg", "image/jpeg", "image/heic")
_completes_one("svg-completes-a-png", "image/png", "image/svg+xml")
_completes_one("jpegs-complete-a-gif", "image/gif", "image/jpeg", "image/jpg")
_completes_one("other-names-complete-an-mp4", "video/mp4", "application/mp4", "video/x-m4v")
_completes_one("sounds-complete-an-mp4", "video/mp4", "audio/mp4")
_completes_one("pictures-complete-a-quicktime-film", "video/quicktime", "image/png")


@FAULT("A file that its caller has already is refused with a 409.", "FH-COMPLETE-01")
def equal_files_are_refused(server: Server) -> None:
    known: dict[tuple[str, str], str] = {}
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        file = row.owner, hashlib.sha256(store.read(row.key)).hexdigest()
        if known.setdefault(file, row.key) != row.key:
            raise Refusal(409, "the file exists already")


@FAULT("Complete accepts the type that the extension of the filename has.", "FH-COMPLETE-12")
def types_of_the_filename_complete(server: Server) -> None:
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        stored = store.head(row.key)
        named = mimetypes.guess_type(row.filename)[0]
        if stored is None or not stored[0] or stored[1] != named:
            original(row)
