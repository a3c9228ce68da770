"""Faults that only files show as people have them: large ones, and formats that cameras write."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import execute, remove_record
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import UploadRow

_MIB = 1 << 20
# The colour type of a PNG, behind its signature and the first fields of IHDR (section 11.2.1).
_COLOUR_TYPE, _RGB, _GREY = slice(25, 26), b"\x02", (b"\x00", b"\x04")
# The extension of a GIF that names a transparent colour (GIF89a, section 23).
_TRANSPARENT = b"\x21\xf9\x04\x01"
# The begin of a frame that is coded progressively (ITU-T T.81, table B.1).
_PROGRESSIVE, _HEAD_BYTES = b"\xff\xc2", 4_000


def _crashes(name: str, words: str, start: str, is_odd: Callable[[bytes], bool]) -> None:
    """Register a fault: complete crashes on some files of the types that begin so."""

    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(original: Any, row: UploadRow) -> None:
            original(row)
            if row.content_type.startswith(start) and is_odd(store.read(row.key)):
                raise Refusal(500, "Internal server error")

    FAULT.add(f"{name}-crash-complete", f"Complete of {words} crashes.", apply, "FH-COMPLETE-01")


def _is_portrait(body: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(body)) as image:
            return image.height > image.width
    except (UnidentifiedImageError, OSError):
        return False


_crashes("portrait-pictures", "a picture that is higher than wide", "image/", _is_portrait)
_crashes(
    *("rgb-pngs", "a PNG without a palette and without transparency", "image/png"),
    lambda body: body[_COLOUR_TYPE] == _RGB,
)
_crashes(
    *("grey-pngs", "a PNG in shades of grey", "image/png"),
    lambda body: body[_COLOUR_TYPE] in _GREY,
)
_crashes(
    *("transparent-gifs", "a GIF of one picture with transparency", "image/gif"),
    lambda body: _TRANSPARENT in body,
)
_crashes(
    *("progressive-jpegs", "a progressive JPEG", "image/jp"),
    lambda body: _PROGRESSIVE in body[:_HEAD_BYTES],
)
_crashes(
    *("jpegs-over-512-kib", "a JPEG over 512 KiB", "image/jp"),
    lambda body: len(body) > _MIB // 2,
)
_crashes(
    *("films-for-the-web", "a film whose index comes before its frames", "video/"),
    lambda body: 0 <= body.find(b"moov") < body.find(b"mdat"),
)
_crashes(
    *("films-over-1-mib", "a film over 1 MiB", "video/"),
    lambda body: len(body) > _MIB,
)


def _has_two_frames(body: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(body)) as image:
            return getattr(image, "n_frames", 1) > 1
    except (UnidentifiedImageError, OSError):
        return False


def _becomes(
    name: str, sentence: str, requirement: str, kind: str, is_odd: Callable[[str, bytes], bool]
) -> None:
    """Register a fault: some files become media of another type."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("complete_upload")
        def complete_upload(original: Any, owner: str, upload_id: str) -> str:
            made: str = original(owner, upload_id)
            row = library.state.media(made, owner)
            if is_odd(row.mime_type, library.store.read(row.key)):
                execute(server, "UPDATE media SET type = ? WHERE id = ?", kind, made)
            return made

    FAULT.add(name, sentence, apply, requirement)


_becomes(
    "animations-become-films",
    "An animated GIF becomes a media of type video.",
    "FH-GET-05",
    "video",
    lambda declared, body: declared == "image/gif" and _has_two_frames(body),
)
_becomes(
    "still-gifs-become-images",
    "A GIF of one picture becomes a media of type image.",
    "FH-GET-05",
    "image",
    lambda declared, body: declared == "image/gif" and not _has_two_frames(body),
)
_becomes(
    "transparent-pngs-become-gifs",
    "A PNG with transparency becomes a media of type gif.",
    "FH-GET-04",
    "gif",
    lambda declared, body: declared == "image/png" and body[_COLOUR_TYPE] == b"\x06",
)


@FAULT("A delete keeps the bytes of a film over 1 MiB.", "FH-DELETE-06")
def delete_keeps_large_films(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.media(media_id, owner)
        stored = library.store.head(row.key) if row and row.type == "video" else None
        if stored and stored[0] > _MIB:
            return library.item(remove_record(server, owner, media_id))
        return original(owner, media_id)
