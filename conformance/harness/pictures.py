"""Small real pictures, written by the specification of each format.

Pillow and PyAV decode all of them in the tests. They are 64 x 64 pixels, unless the caller wants
another width.
"""

from __future__ import annotations

import struct
import zlib
from functools import reduce
from typing import TYPE_CHECKING

from conformance.harness.bits import BitWriter
from conformance.harness.mosaic import EDGE, SIZE, TILES

if TYPE_CHECKING:
    from conformance.harness.mosaic import Mosaic

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DARK, _LIGHT = b"\x1e\x28\x6e", b"\xfa\xc8\x32"
# Huffman codes of the sizes of a DC difference: (code, bits) (ITU-T T.81, table K.3).
_DC_COUNTS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_DC_CODES = ((0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3),
             (0b1110, 4), (0b11110, 5), (0b111110, 6))  # fmt: skip


def png(mosaic: Mosaic, width: int = SIZE) -> bytes:
    """Return a PNG of two colours, 64 pixels high (PNG specification, sections 5 and 11).

    The mosaic is repeated up to the width, which is a multiple of 64 pixels.
    """
    header = struct.pack(">IIBBBBB", width, SIZE, 1, 3, 0, 0, 0)
    tiles = [b"\xff" if light else b"\x00" for light in mosaic.tiles()]  # 8 pixels of one bit
    rows = (b"".join(tiles[start : start + TILES]) for start in range(0, len(tiles), TILES))
    pixels = zlib.compress(b"".join((b"\x00" + row * (width // SIZE)) * EDGE for row in rows), 9)
    chunks = ((b"IHDR", header), (b"PLTE", _DARK + _LIGHT), (b"IDAT", pixels), (b"IEND", b""))
    return PNG_SIGNATURE + b"".join(png_chunk(kind, data) for kind, data in chunks)


def png_chunk(kind: bytes, *data: bytes) -> bytes:
    """Return a chunk with its length and its checksum; the data may come in pieces."""
    return b"".join(chunk_pieces(kind, *data))


def chunk_pieces(kind: bytes, *data: bytes) -> list[bytes]:
    """Return a chunk in pieces, none of them copied: a padding has several megabytes."""
    checksum = reduce(lambda known, piece: zlib.crc32(piece, known), data, zlib.crc32(kind))
    length = sum(map(len, data))
    return [struct.pack(">I", length), kind, *data, struct.pack(">I", checksum)]


def gif(mosaic: Mosaic, comment: bytes = b"") -> bytes:
    """Return a GIF of one frame (GIF89a specification); the comment has 255 bytes at most."""
    screen = struct.pack("<HHBBB", SIZE, SIZE, 0x80, 0, 0)
    note = b"\x21\xfe" + bytes([len(comment)]) + comment + b"\x00" if comment else b""
    image = b"," + struct.pack("<HHHHB", 0, 0, SIZE, SIZE, 0)
    coded = _gif_codes([light for row in mosaic.pixels() for light in row])
    parts = [coded[start : start + 255] for start in range(0, len(coded), 255)]
    blocks = b"".join(bytes([len(part)]) + part for part in parts) + b"\x00"
    return b"GIF89a" + screen + _DARK + _LIGHT + note + image + b"\x02" + blocks + b";"


def _gif_codes(pixels: list[bool]) -> bytes:
    """Code pixels by LZW, the table cleared before a code would need a fourth bit."""
    clear, end, bits = 4, 5, 3
    pairs = (pixels[start : start + 2] for start in range(0, len(pixels), 2))
    codes = [code for pair in pairs for code in (clear, *pair)]
    coded = 0
    for place, code in enumerate([*codes, end]):
        coded |= int(code) << place * bits
    return coded.to_bytes((bits * (len(codes) + 1) + 7) // 8, "little")


def jpeg(mosaic: Mosaic, comment: bytes = b"") -> bytes:
    """Return a grey baseline JPEG (ITU-T T.81): one DC coefficient for each block of 8 x 8."""
    application = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    note = b"\xff\xfe" + struct.pack(">H", 2 + len(comment)) + comment if comment else b""
    quantization = b"\xff\xdb" + struct.pack(">HB", 67, 0) + b"\x10" * 64
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, SIZE, SIZE, 1) + b"\x01\x11\x00"
    direct = b"\xff\xc4" + struct.pack(">HB", 31, 0x00) + _DC_COUNTS + bytes(range(12))
    alternating = b"\xff\xc4" + struct.pack(">HB", 20, 0x10) + b"\x01" + b"\x00" * 15 + b"\x00"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x00\x3f\x00"
    tables = quantization + frame + direct + alternating
    return b"\xff\xd8" + application + note + tables + scan + _jpeg_blocks(mosaic) + b"\xff\xd9"


def _jpeg_blocks(mosaic: Mosaic) -> bytes:
    writer, before = BitWriter(), 0
    for light in mosaic.tiles():
        level = 32 if light else -32  # times 16, an eighth of it: 64 above or below the middle
        difference, before = level - before, level
        size = abs(difference).bit_length()
        writer.add(*_DC_CODES[size])
        writer.add(difference if difference > 0 else difference - 1, size)
        writer.add(0, 1)  # the only code of the AC table: no further coefficient
    writer.align(1)
    return writer.to_bytes().replace(b"\xff", b"\xff\x00")


def webp(mosaic: Mosaic, note: bytes = b"") -> bytes:
    """Return a lossless WebP (WebP specification, VP8L); the note is a chunk of even length."""
    chunks = b"VP8L" + _riff_content(_vp8l(mosaic))
    if note:
        chunks += b"CONF" + _riff_content(note)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _riff_content(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content + b"\x00" * (len(content) % 2)


def _vp8l(mosaic: Mosaic) -> bytes:
    fields = [(SIZE - 1, 14), (SIZE - 1, 14), (0, 1), (0, 3)]  # no alpha, version 0
    fields += [(0, 1), (0, 1), (0, 1)]  # no transform, no colour cache, one group of codes
    fields += [(1, 1), (1, 1), (1, 1), (0x30, 8), (0xD0, 8)]  # green: two symbols of one bit each
    for symbol in (0x20, 0x60, 0xFF, 0x00):  # red, blue, alpha, distance: one symbol, no bits
        fields += [(1, 1), (0, 1), (1, 1), (symbol, 8)]
    fields += [(int(light), 1) for row in mosaic.pixels() for light in row]
    coded = place = 0
    for value, bits in fields:
        coded |= value << place
        place += bits
    return b"\x2f" + coded.to_bytes((place + 7) // 8, "little")
