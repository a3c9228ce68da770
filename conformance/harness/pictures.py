"""Small real pictures, written by the specification of each format.

Pillow and PyAV decode all of them in the tests. They are 64 x 64 pixels, unless a function says
otherwise.
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
_GIF_HEAD = b"GIF89a" + struct.pack("<HHBBB", SIZE, SIZE, 0x80, 0, 0) + _DARK + _LIGHT
_JFIF = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
# So many bytes has a comment segment, beside its length (ITU-T T.81, section B.2.4.5).
_COMMENT_BYTES = 65_533
# The only code of the AC table, and its bits: no further coefficient.
_END_OF_BLOCK = (0, 1)
# Huffman codes of the sizes of a DC difference: (code, bits) (ITU-T T.81, table K.3).
_DC_COUNTS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_DC_CODES = ((0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3),
             (0b1110, 4), (0b11110, 5), (0b111110, 6))  # fmt: skip


def png(mosaic: Mosaic, width: int = SIZE) -> bytes:
    """Return a PNG of two colours, 64 pixels high (PNG specification, sections 5 and 11).

    The mosaic is repeated up to the width, which is a multiple of 64 pixels.
    """
    header = struct.pack(">IIBBBBB", width, SIZE, 1, 3, 0, 0, 0)
    pixels = _png_rows(mosaic, b"\x00", b"\xff", width // SIZE)  # 8 pixels of one bit
    chunks = ((b"IHDR", header), (b"PLTE", _DARK + _LIGHT), (b"IDAT", pixels), (b"IEND", b""))
    return PNG_SIGNATURE + b"".join(png_chunk(kind, data) for kind, data in chunks)


def transparent_png(mosaic: Mosaic) -> bytes:
    """Return a PNG of 64 x 64 pixels whose light tiles are half transparent (RGBA)."""
    pixels = _png_rows(mosaic, (_DARK + b"\xff") * EDGE, (_LIGHT + b"\x80") * EDGE)
    return _png_without_palette(SIZE, 6, pixels)


def portrait_png(mosaic: Mosaic) -> bytes:
    """Return a PNG in RGB of 64 x 128 pixels: the mosaic, and below it the mosaic again."""
    pixels = _png_rows(mosaic, _DARK * EDGE, _LIGHT * EDGE, down=2)
    return _png_without_palette(2 * SIZE, 2, pixels)


def grey_png(mosaic: Mosaic) -> bytes:
    """Return a grey PNG of 64 x 64 pixels whose light tiles are half transparent."""
    pixels = _png_rows(mosaic, b"\x30\xff" * EDGE, b"\xd0\x80" * EDGE)
    return _png_without_palette(SIZE, 4, pixels)


def _png_without_palette(height: int, colour_type: int, pixels: bytes) -> bytes:
    """Return a PNG that is 64 pixels wide, by its colour type (section 11.2.1)."""
    header = struct.pack(">IIBBBBB", SIZE, height, 8, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return PNG_SIGNATURE + b"".join(png_chunk(kind, data) for kind, data in chunks)


def _png_rows(mosaic: Mosaic, dark: bytes, light: bytes, times: int = 1, down: int = 1) -> bytes:
    """Return the compressed rows, each with filter 0 before it, of tiles that are one row high.

    The mosaic is repeated so many times to the right, and downwards.
    """
    tiles = [light if is_light else dark for is_light in mosaic.tiles()]
    rows = (b"".join(tiles[start : start + TILES]) for start in range(0, len(tiles), TILES))
    return zlib.compress(b"".join((b"\x00" + row * times) * EDGE for row in rows) * down, 9)


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
    note = b"\x21\xfe" + bytes([len(comment)]) + comment + b"\x00" if comment else b""
    return _GIF_HEAD + note + _gif_frame(mosaic) + b";"


def animated_gif(*mosaics: Mosaic) -> bytes:
    """Return a GIF that shows mosaics in turns, each for a fifth of a second, without an end."""
    without_end = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    delay = b"\x21\xf9\x04" + struct.pack("<BHB", 0, 20, 0) + b"\x00"
    frames = b"".join(delay + _gif_frame(mosaic) for mosaic in mosaics)
    return _GIF_HEAD + without_end + frames + b";"


def transparent_gif(mosaic: Mosaic) -> bytes:
    """Return a GIF of one frame whose dark tiles are transparent."""
    dark = b"\x21\xf9\x04" + struct.pack("<BHB", 1, 0, 0) + b"\x00"
    return _GIF_HEAD + dark + _gif_frame(mosaic) + b";"


def _gif_frame(mosaic: Mosaic) -> bytes:
    image = b"," + struct.pack("<HHHHB", 0, 0, SIZE, SIZE, 0)
    coded = _gif_codes([light for row in mosaic.pixels() for light in row])
    parts = [coded[start : start + 255] for start in range(0, len(coded), 255)]
    blocks = b"".join(bytes([len(part)]) + part for part in parts) + b"\x00"
    return image + b"\x02" + blocks


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
    return _JFIF + _comments(comment) + _jpeg_scan(mosaic, 1) + b"\xff\xd9"


def _comments(comment: bytes) -> bytes:
    """Return the segments of a comment, which may be long."""
    starts = range(0, len(comment), _COMMENT_BYTES)
    parts = [comment[start : start + _COMMENT_BYTES] for start in starts]
    return b"".join(b"\xff\xfe" + struct.pack(">H", 2 + len(part)) + part for part in parts)


def progressive_jpeg(mosaic: Mosaic) -> bytes:
    """Return a grey JPEG whose coefficients come in two scans (ITU-T T.81, annex G).

    The first has the DC coefficient of each block; the second says that there are no others.
    """
    direct = _scan_header(1, 0, 0) + _jpeg_blocks(mosaic)
    others = _scan_header(1, 1, 63) + b"\x00" * (TILES * TILES // 8)  # a bit for each block
    return _JFIF + _jpeg_tables(1, b"\xff\xc2") + direct + others + b"\xff\xd9"


def photo(mosaic: Mosaic) -> bytes:
    """Return a JPEG as phones write it: in colour, and with an orientation (Exif 2.32) of 6."""
    orientation = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    directory = b"II*\x00" + struct.pack("<IH", 8, 1) + orientation + struct.pack("<I", 0)
    exif = b"Exif\x00\x00" + directory
    application = b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif
    return b"\xff\xd8" + application + _jpeg_scan(mosaic, 3) + b"\xff\xd9"


def _jpeg_scan(mosaic: Mosaic, components: int) -> bytes:
    """Return the tables and the blocks: of the luminance, and of two colours that are all grey."""
    grey = (_DC_CODES[0], _END_OF_BLOCK) * (components - 1)
    blocks = _jpeg_blocks(mosaic, _END_OF_BLOCK, *grey)
    return _jpeg_tables(components, b"\xff\xc0") + _scan_header(components, 0, 63) + blocks


def _jpeg_tables(components: int, frame: bytes) -> bytes:
    """Return what comes before the first scan; the marker of the frame says how it is coded."""
    names = range(1, components + 1)
    quantization = b"\xff\xdb" + struct.pack(">HB", 67, 0) + b"\x10" * 64
    frame += struct.pack(">HBHHB", 8 + 3 * components, 8, SIZE, SIZE, components)
    frame += b"".join(bytes([name, 0x11, 0]) for name in names)
    direct = b"\xff\xc4" + struct.pack(">HB", 31, 0x00) + _DC_COUNTS + bytes(range(12))
    alternating = b"\xff\xc4" + struct.pack(">HB", 20, 0x10) + b"\x01" + b"\x00" * 15 + b"\x00"
    return quantization + frame + direct + alternating


def _scan_header(components: int, first: int, last: int) -> bytes:
    """Return what comes before the blocks of a scan with the coefficients from first to last."""
    header = b"\xff\xda" + struct.pack(">HB", 6 + 2 * components, components)
    names = b"".join(bytes([name, 0]) for name in range(1, components + 1))
    return header + names + bytes([first, last, 0])


def _jpeg_blocks(mosaic: Mosaic, *codes: tuple[int, int]) -> bytes:
    """Return the blocks: the DC coefficient of the luminance in each, and codes after it."""
    writer, before = BitWriter(), 0
    for light in mosaic.tiles():
        level = 32 if light else -32  # times 16, an eighth of it: 64 above or below the middle
        difference, before = level - before, level
        size = abs(difference).bit_length()
        writer.add(*_DC_CODES[size])
        writer.add(difference if difference > 0 else difference - 1, size)
        for code in codes:
            writer.add(*code)
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
