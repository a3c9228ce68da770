"""Real small files of every declared type, since a server may look at the bytes.

All show a mosaic: `genuine` always the same one, `unique` a new one each time. So two files also
look different, and not only a comment in them differs. Pillow and PyAV decode them in the tests.
"""

from __future__ import annotations

import re
import struct
import zlib
from functools import cache, partial
from itertools import repeat
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from conformance.harness import films, pictures
from conformance.harness.mosaic import Mosaic

if TYPE_CHECKING:
    from collections.abc import Callable

# A width in pixels that no thumbnail has.
_WIDE = 1280
# A mark makes the bytes of one upload different from all others; all are equally long.
_MARK = re.compile(rb"conformance-mark-[0-9a-f]{32}")
# The mosaic and the mark of `genuine`.
_USUAL = UUID("5a3c0ff0-1234-4567-89ab-cdef0f0f3c5a")
# Some mosaics need fewer bytes than others: padding gives all files of a type the same length.
_PNG_BYTES = 1_500
_JPEG_BYTES = 500
# An empty chunk of a PNG: its length, its name and its checksum.
_CHUNK_BYTES = 12

_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/mov": "mov",
}


@cache
def genuine(content_type: str) -> bytes:
    """Return a small, valid file of a MIME type, always the same; raises `KeyError` for others."""
    return _MAKERS[content_type](_USUAL)


def unique(content_type: str) -> bytes:
    """Return a new valid file of a type: it looks different, and is as long as all of its type."""
    return _MAKERS[content_type](uuid4())


def unique_png(size: int = 0) -> bytes:
    """Return a new wide picture, padded to about `size` bytes."""
    return _png(uuid4(), max(size, _PNG_BYTES))


def wide_png(size: int = 0) -> bytes:
    """Return a picture that is wider than a thumbnail, padded to about `size` bytes."""
    return padded_png(size, pictures.png(_mosaic(uuid4()), _WIDE))


def padded_png(size: int, image: bytes | None = None) -> bytes:
    """Return a valid PNG of about `size` bytes: an image, and an ancillary chunk of padding.

    Without an image it is a new picture of 64 x 64 pixels.

    The padding varies along its length, so that a server which swaps or drops a part
    of an upload cannot return the same bytes.
    """
    image = pictures.png(_mosaic(uuid4())) if image is None else image
    wanted = max(size - len(image) - _CHUNK_BYTES, 0)
    block = _padding_block()
    whole, rest = divmod(wanted, len(block))
    padding = (*repeat(block, whole), block[:rest])
    return _with_chunk(image, b"ruSt", *padding) if wanted else image


def padded(content_type: str, size: int) -> bytes:
    """Return a new valid JPEG, WebP or film with so many bytes of padding inside it.

    Raises `KeyError` for another type.
    """
    identity, block = uuid4(), _padding_block()
    whole, rest = divmod(size, len(block))
    note = b"".join((_mark(identity), b"\0", *repeat(block, whole), block[:rest]))
    return _WITH_A_NOTE[content_type](_mosaic(identity), note)


def mark_of(content: bytes) -> bytes | None:
    """Return the mark that every sample file holds, or None."""
    found = _MARK.search(content)
    return found[0] if found else None


def is_like(content: bytes, content_type: str) -> bool:
    """Whether bytes are a file of a type: a whole PNG, or the right first bytes of another type."""
    if content_type == "image/png":
        return png_size(content) is not None
    # Of a film the box `ftyp` after its size; of a picture SOI with a marker, `GIF` or `RIF`.
    part = slice(4, 8) if content_type.startswith("video/") else slice(0, 3)
    return content[part] == genuine(content_type)[part]


def extension(content_type: str) -> str:
    """Return the usual file name extension of a MIME type, without a dot."""
    return _EXTENSIONS[content_type]


def png_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG in pixels, or None when it is not a whole PNG."""
    if not content.startswith(pictures.PNG_SIGNATURE):
        return None
    kind, place = b"", len(pictures.PNG_SIGNATURE)
    view = memoryview(content)
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", content[place : place + 8].ljust(8, b"\0"))
        end = place + 12 + length
        checksum = content[end - 4 : end]
        if end > len(content) or checksum != _checksum(view[place + 4 : end - 4]):
            return None
        place = end
    width, height = struct.unpack_from(">II", content, len(pictures.PNG_SIGNATURE) + 8)
    return width, height


def _checksum(data: memoryview) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


@cache
def _padding_block() -> bytes:
    return bytes((index * 7 + (index >> 8) * 13) & 0xFF for index in range(65_536))


def _mosaic(identity: UUID) -> Mosaic:
    return Mosaic(identity.int >> 64 ^ identity.int & (1 << 64) - 1)


def _mark(identity: UUID) -> bytes:
    return f"conformance-mark-{identity.hex}".encode()


def _with_chunk(image: bytes, kind: bytes, *data: bytes) -> bytes:
    end = image.rindex(b"IEND") - 4
    return b"".join((image[:end], *pictures.chunk_pieces(kind, *data), image[end:]))


def _png(identity: UUID, size: int = _PNG_BYTES) -> bytes:
    """Return a picture that is wider than a thumbnail, so that a thumbnail is noticed."""
    image = pictures.png(_mosaic(identity), _WIDE)
    return padded_png(size, _with_chunk(image, b"tEXt", b"Comment\0" + _mark(identity)))


def _jpeg(identity: UUID) -> bytes:
    mosaic, mark = _mosaic(identity), _mark(identity)
    short = pictures.jpeg(mosaic, mark)
    return pictures.jpeg(mosaic, mark.ljust(len(mark) + _JPEG_BYTES - len(short)))


def _made(make: Callable[[Mosaic, bytes], bytes]) -> Callable[[UUID], bytes]:
    return lambda identity: make(_mosaic(identity), _mark(identity) + b"\0")


# These formats have a place for a note of any length.
_WITH_A_NOTE: dict[str, Callable[[Mosaic, bytes], bytes]] = {
    "image/jpeg": pictures.jpeg,
    "image/jpg": pictures.jpeg,
    "image/webp": pictures.webp,
    "video/mp4": films.mp4,
    "video/quicktime": films.quicktime,
}
_MAKERS: dict[str, Callable[[UUID], bytes]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/jpg": _jpeg,
    "image/gif": _made(pictures.gif),
    "image/webp": _made(pictures.webp),
    "video/mp4": _made(films.mp4),
    "video/quicktime": _made(films.quicktime),
    "video/mov": _made(films.quicktime),
}


def _new(make: Callable[..., bytes], mosaics: int = 1) -> Callable[[], bytes]:
    return lambda: make(*(_mosaic(uuid4()) for _ in range(mosaics)))


#: Files as people upload them: the type of each, and what makes a new one.
EVERYDAY_FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a PNG with transparency": ("image/png", _new(pictures.transparent_png)),
    "a PNG in portrait format": ("image/png", _new(pictures.portrait_png)),
    "a grey PNG with transparency": ("image/png", _new(pictures.grey_png)),
    "a GIF with transparency": ("image/gif", _new(pictures.transparent_gif)),
    "an animated GIF": ("image/gif", _new(pictures.animated_gif, 2)),
    "a photo of a phone": ("image/jpeg", _new(pictures.photo)),
    "a progressive JPEG": ("image/jpeg", _new(pictures.progressive_jpeg)),
    "a JPEG of 600 KiB": ("image/jpeg", partial(padded, "image/jpeg", 600 << 10)),
    "a film for the web": ("video/mp4", _new(films.streamable_mp4)),
    "a film of 1.2 MiB": ("video/mp4", partial(padded, "video/mp4", 1_258_291)),
}
