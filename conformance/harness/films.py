"""Small real films of one frame: H.264 in an MP4 or a QuickTime file.

The frame holds its samples uncompressed (I_PCM macroblocks), so no encoder is needed.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from conformance.harness.bits import BitWriter
from conformance.harness.mosaic import SIZE

if TYPE_CHECKING:
    from conformance.harness.mosaic import Mosaic

_MACROBLOCK = 16
_BLOCKS = SIZE // _MACROBLOCK
# Level 1 of the baseline profile, which every decoder has (ITU-T H.264, annex A).
_PROFILE, _CONSTRAINTS, _LEVEL = 66, 0xC0, 10
_TIMESCALE = 1_000
_DURATION = 1_000
_MP4_HANDLER = b"\x00" * 4


def mp4(mosaic: Mosaic, note: bytes = b"") -> bytes:
    """Return an MP4 of one second (ISO/IEC 14496-12, 14496-15)."""
    return _film(mosaic, _mp4_brands(), _MP4_HANDLER, note)


def streamable_mp4(mosaic: Mosaic) -> bytes:
    """Return an MP4 whose index comes before its frames, as files for the web have it."""
    brands, sample = _mp4_brands(), _sample(mosaic)
    index = len(_movie(len(sample), 0, _MP4_HANDLER))
    movie = _movie(len(sample), len(brands) + index + 8, _MP4_HANDLER)
    return brands + movie + _box(b"mdat", sample)


def quicktime(mosaic: Mosaic, note: bytes = b"") -> bytes:
    """Return a QuickTime film of one second (QuickTime File Format, movie atoms)."""
    return _film(mosaic, _box(b"ftyp", b"qt  ", _u32(512), b"qt  "), b"mhlr", note)


def _mp4_brands() -> bytes:
    return _box(b"ftyp", b"isom", _u32(512), b"isomiso2avc1mp41")


def _film(mosaic: Mosaic, brands: bytes, handler: bytes, note: bytes) -> bytes:
    sample = _sample(mosaic)
    offset = len(brands) + 8
    film = brands + _box(b"mdat", sample) + _movie(len(sample), offset, handler)
    return film + (_box(b"free", note) if note else b"")


def _sample(mosaic: Mosaic) -> bytes:
    picture = _picture(mosaic)
    return _u32(len(picture)) + picture


def _movie(size: int, offset: int, handler: bytes) -> bytes:
    header = _box(
        b"mvhd",
        struct.pack(">IIIIIIH10x", 0, 0, 0, _TIMESCALE, _DURATION, 0x10000, 0x100),
        _matrix(),
        b"\x00" * 24,
        _u32(2),
    )
    track = _box(
        b"tkhd",
        struct.pack(">IIIIIIQhhhH", 3, 0, 0, 1, 0, _DURATION, 0, 0, 0, 0, 0),
        _matrix(),
        struct.pack(">II", SIZE << 16, SIZE << 16),
    )
    media = _box(
        b"mdia",
        _box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, _TIMESCALE, _DURATION, 0x55C4, 0)),
        _box(b"hdlr", _u32(0), handler, b"vide", b"\x00" * 12, b"video\x00"),
        _box(
            b"minf",
            _box(b"vmhd", struct.pack(">I8x", 1)),
            _box(b"dinf", _box(b"dref", _u32(0, 1), _box(b"url ", _u32(1)))),
            _box(b"stbl", *_sample_tables(size, offset)),
        ),
    )
    return _box(b"moov", header, _box(b"trak", track, media))


def _sample_tables(size: int, offset: int) -> list[bytes]:
    return [
        _box(b"stsd", _u32(0, 1), _sample_entry()),
        _box(b"stts", _u32(0, 1, 1, _DURATION)),
        _box(b"stsc", _u32(0, 1, 1, 1, 1)),
        _box(b"stsz", _u32(0, size, 1)),
        _box(b"stco", _u32(0, 1, offset)),
    ]


def _sample_entry() -> bytes:
    """Return the description of the only sample: H.264, its parameter sets in `avcC`."""
    sequence, picture = _sequence_parameters(), _picture_parameters()
    configuration = _box(
        b"avcC",
        bytes([1, _PROFILE, _CONSTRAINTS, _LEVEL, 0xFF, 0xE1]),
        struct.pack(">H", len(sequence)) + sequence,
        b"\x01" + struct.pack(">H", len(picture)) + picture,
    )
    visual = struct.pack(
        ">6xH16xHHIIIH32xHh",
        *(1, SIZE, SIZE, 72 << 16, 72 << 16, 0, 1, 24, -1),
    )
    return _box(b"avc1", visual, configuration)


def _sequence_parameters() -> bytes:
    writer = BitWriter()
    for value in (_PROFILE, _CONSTRAINTS, _LEVEL):
        writer.add(value, 8)
    for value in (0, 0, 2, 0):  # id, bits of frame_num, order of output, reference frames
        writer.golomb(value)
    writer.add(0, 1)  # no gaps in frame_num
    writer.golomb(_BLOCKS - 1)
    writer.golomb(_BLOCKS - 1)
    writer.add(0b1100, 4)  # whole frames, direct_8x8_inference; no cropping, no VUI
    return _unit(0x67, writer)


def _picture_parameters() -> bytes:
    writer = BitWriter()
    writer.golomb(0)
    writer.golomb(0)
    writer.add(0, 2)  # CAVLC, no order of fields
    for value in (0, 0, 0):  # one slice group, one reference frame in each list
        writer.golomb(value)
    writer.add(0, 3)  # no weighted prediction
    for value in (0, 0, 0):  # quantizers
        writer.golomb(value)
    writer.add(0b100, 3)  # the slice says how it is deblocked
    return _unit(0x68, writer)


def _picture(mosaic: Mosaic) -> bytes:
    """Return the one slice of the one frame (ITU-T H.264, sections 7.3.3 and 7.3.5)."""
    writer = BitWriter()
    for value in (0, 7, 0):  # first macroblock, an I slice, picture parameters
        writer.golomb(value)
    writer.add(0, 4)  # frame_num
    writer.golomb(0)  # idr_pic_id
    writer.add(0, 2)  # no reference is marked
    writer.golomb(0)  # quantizer
    writer.golomb(1)  # no deblocking
    for row in range(_BLOCKS):
        for column in range(_BLOCKS):
            writer.golomb(25)  # I_PCM
            writer.align()
            writer.extend(_samples(mosaic, column, row))
    return _unit(0x65, writer)


def _samples(mosaic: Mosaic, column: int, row: int) -> bytes:
    """Return the samples of a macroblock: 256 of luma, 64 of each chroma."""
    left, top = column * _MACROBLOCK, row * _MACROBLOCK
    luma = bytes(
        200 if mosaic.pixel(left + x, top + y) else 60
        for y in range(_MACROBLOCK)
        for x in range(_MACROBLOCK)
    )
    return luma + b"\x70" * 64 + b"\x90" * 64


def _unit(header: int, writer: BitWriter) -> bytes:
    """Return a NAL unit: the stop bit added, start codes inside prevented (section 7.4.1)."""
    writer.add(1, 1)
    escaped = re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", writer.to_bytes())
    return bytes([header]) + escaped


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return _u32(8 + len(body)) + kind + body


def _u32(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def _matrix() -> bytes:
    return struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
