"""Genuine tiny files of every declared type, since a server may look at the bytes.

Each file is made from the specification of its format. `padded_png` makes a picture of a
wanted size in a way that the format allows, so that it stays genuine.
"""

from __future__ import annotations

import binascii
import re
import struct
import zlib
from functools import cache
from uuid import uuid4

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Width and height in pixels of a picture that no thumbnail has.
_WIDE = 1280, 4
# A mark makes the bytes of one upload different from all others; all are equally long.
_MARK = re.compile(rb"conformance-mark-[0-9a-f]{32}")


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _png(width: int = 1, height: int = 1) -> bytes:
    """Return a red picture, of one pixel by default (PNG specification, sections 5 and 11)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\xff\x00\x00" * width) * height)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_png_chunk(kind, data) for kind, data in chunks)


def _gif() -> bytes:
    """Return a black pixel (GIF89a specification)."""
    screen = struct.pack("<HHBBB", 1, 1, 0x80, 0, 0)
    palette = b"\x00\x00\x00\xff\xff\xff"
    image = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0)
    return b"GIF89a" + screen + palette + image + b"\x02\x02D\x01\x00" + b";"


def _jpeg() -> bytes:
    """Return a grey 8x8 baseline image (ITU T.81): one DC coefficient, one AC end of block."""
    quantization = b"\xff\xdb" + struct.pack(">HB", 67, 0) + b"\x01" * 64
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 8, 8, 1) + b"\x01\x11\x00"
    one_code = b"\x01" + b"\x00" * 15 + b"\x00"
    direct = b"\xff\xc4" + struct.pack(">HB", 20, 0x00) + one_code
    alternating = b"\xff\xc4" + struct.pack(">HB", 20, 0x10) + one_code
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x00\x3f\x00" + b"\x3f"
    application = (
        b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    )
    return (
        b"\xff\xd8" + application + quantization + frame + direct + alternating + scan + b"\xff\xd9"
    )


def _webp() -> bytes:
    """Return one lossless pixel (WebP container specification, VP8L)."""
    image = binascii.unhexlify("2f00000010071011118888fe0700")
    chunk = b"VP8L" + struct.pack("<I", len(image)) + image
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _matrix() -> bytes:
    return struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _movie(brand: bytes, *compatible: bytes) -> bytes:
    """Return a movie with one empty video track (ISO/IEC 14496-12, or QuickTime before it)."""
    brands = _box(b"ftyp", brand, struct.pack(">I", 512), *compatible)
    header = _box(
        b"mvhd",
        struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, 0, 0x10000, 0x100),
        _matrix(),
        b"\x00" * 24,
        struct.pack(">I", 2),
    )
    track = _box(
        b"tkhd",
        struct.pack(">IIIIIIQhhhH", 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0),
        _matrix(),
        struct.pack(">II", 16 << 16, 16 << 16),
    )
    media = _box(
        b"mdia",
        _box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, 0, 0x55C4, 0)),
        _box(b"hdlr", struct.pack(">II4s12x", 0, 0, b"vide"), b"video\x00"),
        _box(
            b"minf",
            _box(b"vmhd", struct.pack(">I8x", 1)),
            _box(
                b"dinf", _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", b"\x00\x00\x00\x01"))
            ),
            _box(b"stbl", *_empty_sample_tables()),
        ),
    )
    return brands + _box(b"mdat", b"\x00" * 16) + _box(b"moov", header, _box(b"trak", track, media))


def _empty_sample_tables() -> list[bytes]:
    tables = [_box(kind, struct.pack(">II", 0, 0)) for kind in (b"stsd", b"stts", b"stsc", b"stco")]
    return [*tables, _box(b"stsz", struct.pack(">III", 0, 0, 0))]


def _mp4() -> bytes:
    return _movie(b"isom", b"isom", b"iso2", b"mp41")


def _quicktime() -> bytes:
    return _movie(b"qt  ", b"qt  ")


_MAKERS = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/jpg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
    "video/mp4": _mp4,
    "video/quicktime": _quicktime,
    "video/mov": _quicktime,
}

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
    """Return a tiny, valid file of a MIME type; raises `KeyError` for an unknown type."""
    return _MAKERS[content_type]()


def unique(content_type: str) -> bytes:
    """Return a genuine file of a type with a new mark; all files of a type are equally long."""
    mark = f"conformance-mark-{uuid4().hex}\0".encode()  # a chunk of RIFF has an even length
    if content_type == "image/png":
        return unique_png()
    content = genuine(content_type)
    if content_type.startswith("video/"):
        return content + _box(b"free", mark)
    if content_type == "image/webp":
        chunk = b"CONF" + struct.pack("<I", len(mark)) + mark
        return b"RIFF" + struct.pack("<I", len(content) - 8 + len(chunk)) + content[8:] + chunk
    if content_type in {"image/jpeg", "image/jpg"}:
        comment = b"\xff\xfe" + struct.pack(">H", 2 + len(mark)) + mark
        return content[:20] + comment + content[20:]  # after the JFIF segment
    return content


def unique_png(size: int = 0) -> bytes:
    """Return a wide picture with a new mark, padded to about `size` bytes."""
    mark = f"conformance-mark-{uuid4().hex}".encode()
    text = _png_chunk(b"tEXt", b"Comment\0" + mark)
    content = wide_png(size - len(text))
    end = content.index(b"IEND") - 4
    return content[:end] + text + content[end:]


def mark_of(content: bytes) -> bytes | None:
    """Return the mark that `unique` embedded, or None."""
    found = _MARK.search(content)
    return found[0] if found else None


def is_like(content: bytes, content_type: str) -> bool:
    """Whether bytes are a file of a type: a whole PNG, or the right first bytes of another type."""
    if content_type == "image/png":
        return png_size(content) is not None
    # Of a film the box `ftyp` after its size; of a picture SOI with a marker, or `RIF`.
    part = slice(4, 8) if content_type.startswith("video/") else slice(0, 3)
    return content[part] == genuine(content_type)[part]


def extension(content_type: str) -> str:
    """Return the usual file name extension of a MIME type, without a dot."""
    return _EXTENSIONS[content_type]


def wide_png(size: int = 0) -> bytes:
    """Return a picture that is wider than a thumbnail, padded to about `size` bytes."""
    return padded_png(size, _png(*_WIDE))


def png_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG in pixels, or None when it is not a whole PNG."""
    if not content.startswith(_PNG_SIGNATURE):
        return None
    kind, place = b"", len(_PNG_SIGNATURE)
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", content[place : place + 8].ljust(8, b"\0"))
        chunk = content[place : place + 12 + length]
        if chunk != _png_chunk(kind, chunk[8:-4]):
            return None
        place += len(chunk)
    width, height = struct.unpack_from(">II", content, len(_PNG_SIGNATURE) + 8)
    return width, height


def padded_png(size: int, image: bytes = _png()) -> bytes:
    """Return a valid PNG of about `size` bytes: an image, and an ancillary chunk of padding.

    The padding varies along its length, so that a server which swaps or drops a part
    of an upload cannot return the same bytes.
    """
    block = bytes((index * 7 + (index >> 8) * 13) & 0xFF for index in range(65_536))
    padding = (block * (size // len(block) + 1))[: max(size - len(image) - 12, 0)]
    end = image.index(b"IEND") - 4
    return image[:end] + _png_chunk(b"ruSt", padding) + image[end:]
